"""Replications grow until what was asked for is known, and for no interval longer than needed."""

import sys

import numpy as np
import pytest

from simkit.errors import InputError
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.sweep.cells import MEASURED, RUN_COLUMNS

GRID = ["1wd", "5wd", "10wd", "15wd"]
ONE = {"segments": ["b2c"], "horizons": [30, 365], "progress": False}


@pytest.fixture(scope="module")
def trial():
    return load_scenario("trial")


@pytest.fixture
def noisy(monkeypatch):
    """Runs of known means: 0, 8, 10 and 9.9 EUR; luck of sd 2 in common and .5 of their own."""
    mean = {1: 0.0, 5: 8.0, 10: 10.0, 15: 9.9}
    calls = []

    def replicate(tasks, run, **_):
        calls.append(list(tasks))
        values = np.ones((len(tasks), len(run.horizons), len(MEASURED), len(RUN_COLUMNS)))
        for place, cell in enumerate(tasks):
            days = cell.policy.interval.working_days
            common, own = (
                np.random.default_rng([run.seed, cell.replication, stream]).normal()
                for stream in (0, days)
            )
            values[place, :, 0, 0] = mean[days] + 2 * common + 0.5 * own
        return list(values)

    monkeypatch.setattr(sys.modules["simkit.sweep.sweep"], "replicate", replicate)
    return calls


def of_main(result):
    table = result.table
    return table[(table["measure"] == "net_value_eur") & (table["horizon_days"] == 365)].set_index(
        "interval"
    )


def test_replications_are_as_many_as_asked_for_unless_more_is_asked(trial, noisy):
    found = sweep(trial, GRID, replications=6, **ONE)
    assert len(noisy) == 1
    assert set(of_main(found)["replications"]) == {6}
    assert found.selected == ()


def test_a_half_width_is_reached_with_about_as_many_as_it_takes(trial, noisy):
    found = sweep(trial, GRID, replications=5, half_width_eur=0.8, **ONE)
    rows = of_main(found)
    half = (rows["ci_high"] - rows["ci_low"]) / 2
    assert (half <= 0.8).all()
    # sd √4.25: (1.96 × 2.06 / .8)² = 25.5, and a few for what is not known of the spread.
    assert 20 <= rows["replications"].iloc[0] <= 50
    assert rows["replications"].nunique() == 1
    assert len(noisy) > 1


def test_a_selection_says_how_sure_it_is_and_saves_the_runs_of_the_hopeless(trial, noisy):
    found = sweep(trial, GRID, replications=6, indifference_eur=0.5, **ONE)
    (chosen,) = found.selected
    assert chosen.settled
    # 10 and 15 working days differ by .1 EUR: either is a good selection, and the best is in.
    assert chosen.interval in ("every 10 working days", "every 15 working days")
    assert "every 10 working days" in chosen.as_good
    assert chosen.guaranteed_prob == 0.95
    assert chosen.estimated_prob > 0.95
    runs = of_main(found)["replications"]
    assert runs["every working day"] < runs[chosen.interval]
    best = found.best("b2c")
    assert (best.interval, best.as_good) == (chosen.interval, chosen.as_good)
    assert "with a probability of at least 95%" in found.sentence()
    # Another horizon has no selection; there the paired comparison of all says what is as good.
    assert found.best("b2c", 30).interval in chosen.as_good


def test_what_cannot_be_told_with_the_replications_allowed_is_said(trial, noisy):
    found = sweep(trial, GRID, replications=6, indifference_eur=0.01, replications_max=12, **ONE)
    (chosen,) = found.selected
    assert not chosen.settled
    assert {"every 10 working days", "every 15 working days"} <= set(chosen.as_good)
    assert "cannot tell yet which interval is within 0.01 EUR of the best" in found.sentence()
    assert of_main(found)["replications"].max() == 12


def test_a_half_width_out_of_reach_stops_at_the_most_replications(trial, noisy):
    found = sweep(trial, GRID, replications=6, half_width_eur=0.01, replications_max=9, **ONE)
    assert set(of_main(found)["replications"]) == {9}
    assert (
        "are not known to within 0.01 EUR a contact yet: after 9 replications" in found.sentence()
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"half_width_eur": 0}, "half_width_eur"),
        ({"indifference_eur": -1.0}, "indifference_eur"),
        ({"indifference_eur": float("nan")}, "indifference_eur"),
        ({"indifference_eur": "1"}, "indifference_eur"),
        ({"half_width_eur": 1, "indifference_eur": 1}, "half_width_eur and indifference_eur"),
        ({"indifference_eur": 1, "replications_max": 3}, "replications_max"),
    ],
)
def test_wrong_wishes_are_named(trial, wrong, field):
    with pytest.raises(InputError) as caught:
        sweep(trial, GRID, replications=6, **wrong, **ONE)
    assert [problem.field for problem in caught.value.problems] == [field]
