"""What a look answers of arms that are better: which may be adopted, and which not yet."""

import dataclasses
from math import nan
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.guarded import Guarded
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor.answer import found_parts
from simkit.trial.monitor.decisions import Course, Interim
from simkit.trial.monitor.guarding import judge_looks
from simkit.trial.monitor.monitor import rows_table
from simkit.trial.monitor.words import row_words, waits

MARGIN = 0.02
#: Difference of opt-outs and its standard error. A confidence sequence of one side reaches about 3
#: standard errors: below the margin, to both sides of it, from above 0 and from above the margin.
HARMS = {"safe": (0.0, 0.003), "open": (0.01, 0.01), "harm": (0.02, 0.004), "stop": (0.06, 0.01)}
CASES = {
    ("safe", "safe"): ["b2c · a, b2c · b are better"],
    ("safe", "open"): [
        "b2c · a, b2c · b are better",
        "b2c · b is not to be adopted yet: not shown to be within the margin of contacts who opted "
        "out",
        "b2c · a is within all margins and could be adopted now",
    ],
    ("open", "open"): [
        "b2c · a, b2c · b are better",
        "b2c · a and b2c · b are not to be adopted yet: not shown to be within the margin of "
        "contacts who opted out",
    ],
    ("open", "harm"): [
        "b2c · a is better",
        "b2c · a is not to be adopted yet: not shown to be within the margin of contacts who opted "
        "out",
        "b2c · b is better by net value per contact, but its guardrail contacts who opted out "
        "shows harm, and whether it is within the margin is open: do not take it over yet",
    ],
    ("safe", "stop"): [
        "b2c · a is better",
        "stop b2c · b: guardrail contacts who opted out is beyond the margin, although it is "
        "better by net value per contact",
    ],
}


def design() -> TrialDesign:
    days = {"now": 5, "a": 10, "b": 20}
    return TrialDesign(
        name="autumn",
        arms={"b2c": {arm: RecallPolicy.every(working_days=n) for arm, n in days.items()}},
        control={"b2c": "now"},
        salt="s",
        horizon_days=60.0,
        guardrails={"opt_out": {"b2c": MARGIN}},
        looks=Looks(fractions=(0.5, 1.0)),
        contacts={"b2c": 4000},
    )


def seen(arm: str, estimate: float, se: float, *, guardrail: bool) -> Seen:
    return Seen(
        outcome="opt_out" if guardrail else "net_value_eur",
        segment="b2c",
        arm=arm,
        control="now",
        role="guardrail" if guardrail else "primary",
        fraction=0.5,
        lower_is_better=guardrail,
        n=700,
        n_control=700,
        estimate=estimate,
        se=se,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(estimate) / se)),
        margin=MARGIN if guardrail else np.nan,
    )


def judged(
    states: tuple[str, ...], *, final: bool = False, matters: tuple[float, float] = (nan, nan)
) -> tuple[list[Interim], list[Guarded]]:
    """Both arms gain 5 standard errors, beyond any bound at half of the information."""
    gains = [
        dataclasses.replace(seen(arm, 10.0, 2.0, guardrail=False), margin=margin)
        for arm, margin in zip("ab", matters, strict=True)
    ]
    harms = [
        seen(arm, *HARMS[state], guardrail=True) for arm, state in zip("ab", states, strict=True)
    ]
    looks = [Look("2026-03-01 00:00:00+01:00", 0.5, final, (*gains, *harms))]
    return judge_looks(Course(design(), looks, by_spending=True))


def answered(states: tuple[str, ...], **more: Any) -> list[str]:
    rows, guards = judged(states, **more)
    final = more.get("final", False)
    return list(
        found_parts(
            SimpleNamespace(final=final),
            rows_table(rows, Interim),
            rows_table(guards, Guarded),
            "net_value_eur",
        )
    )


@pytest.mark.parametrize(("states", "said"), CASES.items())
def test_an_arm_that_is_better_is_adopted_only_where_guardrails_hold(
    states: tuple[str, str], said: list[str]
) -> None:
    assert answered(states) == said


@pytest.mark.parametrize(
    ("states", "final", "said"),
    [
        (("safe", "safe"), False, ["stop, it is better", "stop, it is better"]),
        (
            ("safe", "open"),
            False,
            [
                "stop, it is better",
                "it is better, but not to be adopted yet: not shown to be within the margin of "
                "contacts who opted out",
            ],
        ),
        (
            ("safe", "open"),
            True,
            [
                "stop, it is better",
                "it is better, but not to be adopted before simkit evaluate --ledger shows that "
                "the margin of contacts who opted out is kept",
            ],
        ),
        (
            ("harm", "stop"),
            False,
            [
                "it is better, but its guardrail contacts who opted out shows harm",
                "it is better, but stop this arm for its guardrail contacts who opted out",
            ],
        ),
    ],
)
def test_the_row_of_an_arm_says_what_the_answer_says(
    states: tuple[str, str], final: bool, said: list[str]
) -> None:
    rows, guards = judged(states, final=final)
    waiting = waits(rows_table(rows, Interim), rows_table(guards, Guarded), final=final)
    for row, words, meaning in zip(rows, waiting, said, strict=True):
        text = row_words(row, 60.0, waits=words)
        assert f": {meaning} (" in text or text.endswith(f": {meaning}.")


def test_at_the_end_the_evaluation_tells_of_guardrails() -> None:
    """Its test is made once and so shows more than bounds that hold at all times."""
    assert answered(("safe", "open"), final=True) == [
        "b2c · a, b2c · b are better",
        "b2c · b is not to be adopted before simkit evaluate --ledger shows that the margin of "
        "contacts who opted out is kept",
        "b2c · a is within all margins and could be adopted now",
    ]


SMALL = "better by less than matters, so not to be adopted"


# At half of the information and Holm's level the bound is about 3.1 errors of 2 EUR, so that the
# repeated interval of a gain of 10 reaches up to about 16 EUR.
@pytest.mark.parametrize(
    ("states", "matters", "said"),
    [
        (
            ("safe", "safe"),
            (25.0, 5.0),
            [f"b2c · a is {SMALL}", "b2c · b is within all margins and could be adopted now"],
        ),
        (("safe", "safe"), (25.0, 25.0), [f"b2c · a and b2c · b are {SMALL}"]),
        (("open", "safe"), (25.0, 25.0), [f"b2c · a and b2c · b are {SMALL}"]),
        (("safe", "safe"), (11.0, 5.0), []),
    ],
)
def test_an_arm_that_gains_less_than_matters_is_not_to_be_adopted(
    states: tuple[str, str], matters: tuple[float, float], said: list[str]
) -> None:
    assert answered(states, matters=matters) == ["b2c · a, b2c · b are better", *said]


def test_the_row_of_an_arm_that_gains_less_than_matters_says_so() -> None:
    rows, _ = judged(("safe", "safe"), matters=(25.0, 5.0))
    assert [row.too_small for row in rows] == [True, False]
    assert f": it is {SMALL} (± 25" in row_words(rows[0], 60.0)
    assert ": stop, it is better" in row_words(rows[1], 60.0)


def test_a_look_that_adds_nothing_leaves_the_size_as_it_was() -> None:
    """Then there is no bound and no interval, which would lie within no margin."""
    gain = dataclasses.replace(seen("a", 10.0, 2.0, guardrail=False), margin=25.0)
    looks = [Look(f"2026-03-0{day} 00:00:00+01:00", 0.5, False, (gain,)) for day in (1, 2)]
    rows, _ = judge_looks(Course(design(), looks, by_spending=True))
    assert np.isinf(rows[1].bound)
    assert [row.too_small for row in rows] == [True, True]
    text = row_words(rows[1], 60.0)
    assert "with no bound (it adds nothing to what an earlier look had of these arms" in text
