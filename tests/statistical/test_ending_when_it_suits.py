"""Who may end a trial when it suits claims no more than the error rate of what is not there.

The reader of these trials looks at every registered look, and says *final* at any of them once
that would be enough. Nothing is true in any trial.
"""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.level import Level
from simkit.trial.levels import levels_left
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor.decisions import Course, decide
from simkit.trial.sequential.boundaries import bounds, crossing
from simkit.trial.sequential.spending import SPENDING

TRIALS = 200_000
ARMS = {"current": 7, "long": 14}


def seen(fraction: float) -> Seen:
    names = {"outcome": "net_value_eur", "segment": "b2c", "arm": "long", "control": "current"}
    told = {"estimate": 0.1, "se": 1.0, "df": np.inf, "p_value": 0.92}
    return Seen(**names, role="primary", fraction=fraction, lower_is_better=False, **told)


def registered(fractions: list[float], spending: str) -> TrialDesign:
    return TrialDesign(
        name="null",
        arms={"b2c": {name: RecallPolicy.every(days=days) for name, days in ARMS.items()}},
        control={"b2c": "current"},
        salt="s",
        horizon_days=60.0,
        looks=Looks(fractions=fractions, spending=spending),
        contacts={"b2c": 1000},
    )


def reached(fractions: list[float], spending: str, ending: int | None) -> list[float]:
    """The bounds that `monitor` sets at each look, where the trial is ended at one of them."""
    design = registered(fractions, spending)
    made = fractions if ending is None else fractions[: ending + 1]
    looks = [
        Look(
            f"2026-03-{place + 1:02d} 00:00:00+00:00",
            part,
            part == 1 or place == ending,
            (seen(part),),
            complete=part == 1,
        )
        for place, part in enumerate(made)
    ]
    return [row.bound for row in decide(Course(design, looks, by_spending=True))]


def claims_of(fractions: list[float], least: list[float]) -> int:
    """Of trials without any effect, how many reach a bound at some look."""
    steps = np.diff(np.array(fractions), prepend=0.0)
    noise = np.random.default_rng(91).standard_normal((TRIALS, len(fractions))) * np.sqrt(steps)
    z = np.cumsum(noise, axis=1) / np.sqrt(fractions)
    return int((np.abs(z) >= least).any(axis=1).sum())


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("fractions", [[0.5, 1.0], [0.2, 0.4, 0.6, 0.8, 1.0]])
def test_who_ends_a_trial_when_it_suits_claims_nothing_in_19_of_20(
    fractions: list[float], spending: str
) -> None:
    going_on = reached(fractions, spending, None)
    # From the second look on results have been seen. Whoever ends at the first has to say so before
    # seeing it, spends all there, and can claim nothing afterwards: 5 % and the end of it.
    least = [
        going_on[0],
        *(
            min(going_on[place], reached(fractions, spending, place)[place])
            for place in range(1, len(fractions))
        ),
    ]
    # The central 99.9 % of the binomial law of .05: 3.3 standard errors, .0484 to .0516.
    low, high = stats.binom.interval(0.999, TRIALS, 0.05)
    assert low <= claims_of(fractions, least) <= high


@pytest.mark.parametrize(("looks", "percent"), [(2, 8), (5, 14)])
def test_if_each_end_spent_all_that_is_left_it_would_claim_far_more(
    looks: int, percent: int
) -> None:
    parts = [(number + 1) / looks for number in range(looks)]
    spend = SPENDING["obrien_fleming"]
    least = [
        float(bounds(parts[: place + 1], 0.05, spend, final=[False] * place + [True])[-1])
        for place in range(looks)
    ]
    left = crossing(parts, [-limit for limit in least], least)
    rate = float(left.upper.sum() + left.lower.sum())
    assert round(100 * rate) == percent
    # The rate by integration is that of simulated trials, within the central 99.9 %.
    low, high = stats.binom.interval(0.999, TRIALS, rate)
    assert low <= claims_of(parts, least) <= high


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_who_ends_when_it_suits_and_evaluates_all_contacts_afterwards_claims_no_more(
    spending: str,
) -> None:
    """The trial ends at its second look where that claims; the others come to it all the same."""
    fractions = [0.4, 0.7, 1.0]
    design = registered(fractions, spending)
    limits = reached(fractions, spending, None)

    def left(*, ended: bool) -> Level:
        sizes = [round(500 * part) for part in fractions]
        looks = [
            Look(
                f"2026-03-{place + 1:02d} 00:00:00+00:00",
                part,
                ended and place == 1,
                (dataclasses.replace(seen(part), n=sizes[place], n_control=sizes[place]),),
            )
            for place, part in enumerate(fractions[:2])
        ]
        there = {"b2c": dict.fromkeys(ARMS, sizes[-1])}
        return levels_left(design, there, design.alpha, looks)["b2c", "long"]

    # After that end nothing new is claimed; else it is the bound that the two looks have left.
    assert left(ended=True).ended == "2026-03-02"
    assert not left(ended=False).ended
    at_the_end = left(ended=False).bound(design.alpha)
    steps = np.diff(np.array(fractions), prepend=0.0)
    noise = np.random.default_rng(92).standard_normal((TRIALS, len(fractions))) * np.sqrt(steps)
    z = np.abs(np.cumsum(noise, axis=1) / np.sqrt(fractions))
    shown = (z[:, :2] >= limits[:2]).any(axis=1)
    anew = (z[:, 1] < limits[1]) & (z[:, 2] >= at_the_end)
    # The central 99.9 % of the binomial law of .05, as above.
    low, high = stats.binom.interval(0.999, TRIALS, 0.05)
    assert low <= int((shown | anew).sum()) <= high
