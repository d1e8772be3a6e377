"""Decisions that differ where their segments were not shown to: what they tell together."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.recommend import Recommendation, recommend
from simkit.trial import evaluate

SEGMENTS = ("b2c", "b2b")


@pytest.fixture
def decided(build, scenario):
    """What is recommended where 14 days bring this much more than 7, sd 10, 400 an arm."""

    def decide(gains: dict[str, float]) -> Recommendation:
        spread = 10 * stats.norm.ppf((np.arange(400) + 0.5) / 400)
        parts = [
            pd.DataFrame(
                {
                    "segment": name,
                    "arm": arm,
                    "net_value_eur": 10 + gain + spread,
                    "opt_out": (np.arange(400) % 40 == 0).astype(int),
                }
            )
            for name, more in gains.items()
            for arm, gain in (("7 days", 0.0), ("14 days", more))
        ]
        found = evaluate(
            pd.concat(parts, ignore_index=True),
            outcomes=["net_value_eur", "opt_out"],
            control="7 days",
            segment="segment",
            horizon_days=90,
            guardrails={"opt_out": 0.03},
        )
        arms = {"7 days": build.weekly, "14 days": build.fortnightly}
        return recommend(
            scenario,
            build.sweep(dict.fromkeys(SEGMENTS, build.long_pays)),
            evaluation=found,
            policies=dict.fromkeys(SEGMENTS, arms),
            current=dict.fromkeys(SEGMENTS, build.weekly),
        )

    return decide


def reasons(found: Recommendation) -> dict[str, tuple[str, str]]:
    return {one.segment: (one.verdict, one.reason) for one in found.decisions}


def test_who_is_not_adopted_for_is_told_what_leads_in_all_segments_together(decided) -> None:
    """3 and 1.2 with an error of .7: the first is shown, their difference (1.8 of 1) is not."""
    found = reasons(decided({"b2c": 3.0, "b2b": 1.2}))
    assert found["b2c"][0] == "adopt"
    assert "together" not in found["b2c"][1]
    verdict, reason = found["b2b"]
    assert verdict == "cannot tell: test longer"
    assert "All segments together · 14 days leads with probability above 0.99" in reason
    assert "the verdicts let it be chosen in b2c alone" in reason
    assert "b2c and b2b were not shown to differ" in reason


@pytest.mark.parametrize(
    "gains",
    [
        {"b2c": 3.0, "b2b": 3.0},  # decided alike
        {"b2c": 4.0, "b2b": -2.0},  # shown to differ
    ],
)
def test_nothing_is_added_where_decisions_agree_or_segments_differ(decided, gains) -> None:
    assert not any("together" in reason for _, reason in reasons(decided(gains)).values())
