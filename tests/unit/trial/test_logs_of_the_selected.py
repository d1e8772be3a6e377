"""A log from which contacts were taken out by how they were called is no trial any more."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_trial import Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.measures import contact_outcomes
from simkit.trial import evaluate
from simkit.trial.read.selection import Called

CONTROL = {
    "control": "14 days",
    "outcomes": ["sale", "opt_out"],
    "horizon_days": 90,
    "checks": "assignment",
}


def whole() -> CallLog:
    """800 contacts of whom 1 in 12 dials sells, which ends the calling; others are refused."""
    tables = made()
    random = np.random.default_rng(3)
    calls = tables.attempts.sort_values(["contact_id", "dialled_at"], ignore_index=True)
    sold = (calls["disposition"] == "refused") & (random.random(len(calls)) < 0.4)
    calls["disposition"] = calls["disposition"].mask(sold, "sale")
    after = sold.groupby(calls["contact_id"]).cumsum() - sold
    return Tables(tables.contacts, calls[after == 0]).log()


def kept(log: CallLog, dials: int = 0, reached: int = 0) -> CallLog:
    """Only contacts with so many dials by the horizon, of which so many reached them."""
    assert log.attempts is not None
    by = contact_outcomes(log, horizon_days=90).set_index("contact_id")
    ids = by.index[(by["attempts"] >= dials) & (by["right_party"] >= reached)]
    return dataclasses.replace(
        log,
        contacts=log.contacts[log.contacts["contact_id"].isin(ids)].reset_index(drop=True),
        attempts=log.attempts[log.attempts["contact_id"].isin(ids)].reset_index(drop=True),
    )


SELECTED = {
    "reached": ({"reached": 1}, "the log holds only contacts who were reached"),
    "twice": ({"dials": 2}, "the log holds only contacts called at least 2 times"),
    "often": ({"dials": 5}, "the log holds only contacts called at least 5 times"),
}


@pytest.mark.parametrize("case", SELECTED)
def test_a_log_of_the_reached_or_of_the_often_called_is_refused(case: str) -> None:
    how, why = SELECTED[case]
    found = evaluate(kept(whole(), **how), **CONTROL)
    assert (found.table["verdict"] == "refused").all()
    assert found.sentence().startswith("b2c · No answer on contacts who bought")
    assert why in found.sentence()


def test_the_whole_log_is_not_refused() -> None:
    assert "refused" not in evaluate(whole(), **CONTROL).table["verdict"].iloc[0]


@pytest.mark.parametrize("case", SELECTED)
def test_a_log_on_disk_is_refused_for_the_same_reason(case: str, tmp_path: Path) -> None:
    how, why = SELECTED[case]
    kept(whole(), **how).write(tmp_path / "log")
    found = evaluate(open_call_log(tmp_path / "log"), **CONTROL)
    assert why in found.table["reason"].iloc[0]


def test_everybody_called_often_and_reached_in_the_end_is_nothing_strange() -> None:
    """16 dials, each of which reaches with .7: of 800, 800 · .3^16 = 3e-6 are never reached."""
    random = np.random.default_rng(5)
    called = Called()
    reached = random.binomial(16, 0.7, 800)
    called.add(np.full(800, 16), reached, np.zeros(800, dtype=bool))
    assert called.unreached == 0
    assert called.refusal() == ""


def reached_so_often(*numbers: int) -> Called:
    """So many contacts never reached, reached once, twice and three times, with nine dials each."""
    called = Called()
    reached = np.repeat(np.arange(len(numbers)), numbers)
    called.add(np.full(len(reached), 9), reached, np.zeros(len(reached), dtype=bool))
    return called


def test_those_never_reached_are_bounded_from_below_by_those_reached_once_and_twice() -> None:
    """Chao (1987), bias-corrected: f₁(f₁ - 1)/2(f₂ + 1) = 40 · 39/(2 · 20) = 39, of whom a third.

    P(Poisson(13) = 0) = 2e-6; of 9 and 19 it is 1.8, and e^-0.6 is no rarity. Who is there and was
    never reached shows that the log does not hold the reached alone.
    """
    assert reached_so_often(0, 40, 19, 600).refusal()
    assert reached_so_often(1, 40, 19, 600).refusal() == ""
    assert reached_so_often(0, 9, 19, 600).refusal() == ""


def test_a_talk_that_ends_the_calling_makes_no_selection_of_a_whole_log() -> None:
    """Nobody is reached twice, so Chao's bound is beyond the list; 4 in 100 were never reached."""
    assert reached_so_often(40, 960).refusal() == ""
    assert reached_so_often(5, 995).refusal() == ""
    assert reached_so_often(0, 995).refusal()
    # Of 100, 3 are expected never to be reached: none is e^-3.
    assert reached_so_often(0, 100).refusal() == ""


def test_a_log_counted_in_parts_says_what_it_says_as_a_whole() -> None:
    random = np.random.default_rng(6)
    rows = pd.DataFrame(
        {"dials": random.integers(2, 9, 500), "reached": random.integers(0, 4, 500)}
    )
    ended = random.random(500) < 0.3
    whole_, parts = Called(), Called()
    whole_.add(rows["dials"].to_numpy(), rows["reached"].to_numpy(), ended)
    for at in np.array_split(np.arange(500), 3):
        parts.add(rows["dials"].to_numpy()[at], rows["reached"].to_numpy()[at], ended[at])
    assert parts == whole_


def test_chance_refuses_no_whole_log() -> None:
    """300 whole logs of 400 contacts, dialled 12 times, each with a chance of its own.

    The bound is below those who are there, and three times too large only by an error of several
    standard ones, which is refused in 1 of 1,000: of 300 logs at most 3 (Poisson(.3) > 3: 3e-4).
    """
    random = np.random.default_rng(7)
    refused = 0
    for _ in range(300):
        chance = random.beta(4, 4, 400)
        answered = random.random((400, 12)) < chance[:, None]
        sold = answered & (random.random((400, 12)) < 0.02)
        dials = np.where(sold.any(axis=1), sold.argmax(axis=1) + 1, 12)
        reached = (answered & (np.arange(12) < dials[:, None])).sum(axis=1)
        called = Called()
        called.add(dials, reached, sold.any(axis=1))
        refused += bool(called.refusal())
    assert refused <= 3
