"""The lead of the winner over the next arm, and intervals that looks cost unlike amounts."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.recommend.field import leads
from simkit.trial import Evaluation, evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.ledger import Look, Seen, write_ledger

ARMS = {name: RecallPolicy.every(days=days) for name, days in (("a", 7.0), ("b", 10.0), ("c", 14))}
N = 900


def design(looks: Looks | None) -> TrialDesign:
    return TrialDesign(
        name="autumn",
        arms={"b2c": ARMS},
        control={"b2c": "c"},
        salt="autumn",
        horizon_days=60.0,
        primary="visits",
        higher_is_better=("visits",),
        unit="contact",
        looks=looks,
        contacts={"b2c": 3 * N},
    )


def table(**ahead: float) -> pd.DataFrame:
    """Three arms of a normal outcome, ahead of c by so many standard errors of a difference."""
    spread = stats.norm.ppf((np.arange(N) + 0.5) / N)
    se = np.sqrt(2 * spread.var(ddof=1) / N)
    parts = [
        pd.DataFrame({"segment": "b2c", "arm": arm, "visits": spread + ahead.get(arm, 0.0) * se})
        for arm in ARMS
    ]
    return pd.concat(parts, ignore_index=True)


def run(looks: Looks | None, **more: object) -> Evaluation:
    return evaluate(table(a=6.2, b=4.0), design=design(looks), segment="segment", **more)


@pytest.mark.parametrize(
    ("looks", "bound", "told"),
    [
        (None, 1.95996, False),
        # Lan and DeMets' Pocock type, three equal steps, two-sided .05, by R's ldbounds:
        # ldBounds(t = 1:3 / 3, iuse = 2, alpha = .05). Student's t with 1,798 degrees of freedom
        # adds 0.1 % to it.
        (Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock"), 2.2958, True),
    ],
)
def test_the_lead_pays_for_looks_as_the_comparisons_with_the_control_do(
    looks: Looks | None, bound: float, told: bool
) -> None:
    found = run(looks)
    row = found.winners.iloc[0]
    assert (row["winner"], row["runner_up"]) == ("a", "b")
    se = found.table["se"].iloc[0]  # all arms have one spread and one size
    assert row["lead"] == pytest.approx(2.2 * se, rel=1e-6)
    assert (row["lead"] - row["lead_low"]) / se == pytest.approx(bound, rel=2e-3)
    # A lead of 2.2 errors stands out at one look, and not at the last of three.
    assert (row["lead_low"] > 0) is not told
    said = "corrected for the looks that were registered)"
    assert ("Between them it cannot be told (a" in found.sentence()) is told
    assert found.sentence().endswith(f"{said}.") is told or said in found.sentence()
    ((lead, corrected_for),) = leads(found, "b2c").values()
    assert lead.low == row["lead_low"]
    assert corrected_for == ("the looks that were registered" if told else "")


def test_intervals_that_looks_cost_unlike_amounts_say_so_one_by_one(tmp_path: Path) -> None:
    """A look written by hand saw b alone: of a nothing could be told there, and nothing spent."""
    by = design(Looks(fractions=(1 / 3, 2 / 3, 1.0), spending="pocock"))
    seen = Seen(
        *("visits", "b2c", "b", "c", "primary", 0.5, False, ""),
        n=450,
        n_control=450,
        estimate=0.1,
        se=0.1,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(1.0)),
    )
    nothing = dataclasses.replace(seen, arm="a", reason="nobody yet", p_value=float("nan"))
    look = Look("2026-03-01 00:00:00+01:00", 0.5, False, (nothing, seen))
    write_ledger(tmp_path / "looks.toml", by, [look])
    found = run(by.looks, ledger=tmp_path / "looks.toml")
    told = found.table.set_index("arm")["corrected_for"]
    assert told["a"] == "2 comparisons"
    assert told["b"] == "2 comparisons and the looks that were made"
    text = found.sentence()
    start = text[text.index("Against c") :]
    assert start.startswith("Against c, with 95 % intervals: a ")
    said = ", in agreement with Holm's verdict over 2 comparisons"
    assert f"{said}); b " in start
    assert f"{said} and the looks that were made)" in start


def test_intervals_that_are_alike_are_corrected_once() -> None:
    text = run(Looks(fractions=(0.5, 1.0), spending="pocock")).sentence()
    said = (
        "in agreement with Holm's verdicts over 2 comparisons and the looks that were registered, "
        "each by itself, not all at once: a "
    )
    assert f"Against c, with 95 % intervals {said}" in text
    assert text.count("2 comparisons") == 1
