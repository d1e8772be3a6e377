"""A log from which contacts were taken out by how they were called is no trial any more."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_trial import Tables, made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.assign.given import Given
from simkit.trial.read.roster import Roster
from simkit.trial.read.whom_left_out import Called, ended_of

Numbers = Sequence[int] | np.ndarray

CONTROL = {
    "control": "14 days",
    "outcomes": ["sale", "opt_out"],
    "horizon_days": 90,
    "checks": "assignment",
}


@functools.cache
def whole() -> CallLog:
    """800 contacts of whom 1 in 12 dials sells, which ends the calling; others are refused."""
    tables = made()
    random = np.random.default_rng(3)
    calls = tables.attempts.sort_values(["contact_id", "dialled_at"], ignore_index=True)
    sold = (calls["disposition"] == "refused") & (random.random(len(calls)) < 0.4)
    calls["disposition"] = calls["disposition"].mask(sold, "sale")
    after = sold.groupby(calls["contact_id"]).cumsum() - sold
    return Tables(tables.contacts, calls[after == 0]).log()


def kept(
    log: CallLog, dials: int = 0, reached: int = 0, horizon_days: float | None = 90
) -> CallLog:
    """Only contacts with so many dials by the horizon, of which so many reached them."""
    assert log.attempts is not None
    by = contact_outcomes(log, horizon_days=horizon_days).set_index("contact_id")
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


@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_whom_a_whole_export_leaves_out_is_seen_at_an_early_horizon(
    on_disk: bool, tmp_path: Path
) -> None:
    """Those reached after the horizon look like the unreached: all calls that there are count."""
    log = kept(whole(), reached=1, horizon_days=None)
    by = contact_outcomes(log, horizon_days=20)
    assert (by["right_party"] == 0).mean() > 0.1
    settings = CONTROL | {"horizon_days": 20}
    if on_disk:
        log.write(tmp_path / "log")
    found = evaluate(open_call_log(tmp_path / "log") if on_disk else log, **settings)
    assert (found.table["verdict"] == "refused").all()
    assert "the log holds only contacts who were reached" in found.sentence()
    assert evaluate(whole(), **settings).table["verdict"].iloc[0] != "refused"


def test_a_list_that_anybody_may_have_made_lifts_no_refusal(tmp_path: Path) -> None:
    """Whoever took contacts out can list those who are left."""
    log = kept(whole(), reached=1)
    assigned = dict(zip(log.contacts["contact_id"], log.contacts["arm"], strict=True))
    log.write(tmp_path / "log")
    given = {**CONTROL, "checks": "all", "assigned": assigned}
    for found in (evaluate(log, **given), evaluate(open_call_log(tmp_path / "log"), **given)):
        assert (found.table["verdict"] == "refused").all()
        assert "does not tell when it was made" in found.sentence()


def test_the_record_of_an_assignment_that_names_missing_contacts_lifts_no_refusal() -> None:
    """It shows that nobody was taken out only where nobody of it is missing."""
    log = kept(whole(), reached=1)
    there = len(log.contacts)
    arms = dict(zip(whole().contacts["contact_id"], whole().contacts["arm"], strict=True))
    record = Given(Roster(arms), "hash", recorded=len(arms))
    found = evaluate(log, **{**CONTROL, "checks": "all", "assigned": record})
    assert set(found.table["verdict"]) == {"refused"}
    missing = f"of those whom the assignment holds {len(arms) - there:,} are not in this log"
    assert missing in found.table["reason"].iloc[0]
    mine = {name: arms[name] for name in log.contacts["contact_id"]}
    alone = Given(Roster(mine), "hash", recorded=there)
    assert not evaluate(log, **{**CONTROL, "checks": "all", "assigned": alone}).refusals


def test_the_whole_log_is_not_refused() -> None:
    assert "refused" not in evaluate(whole(), **CONTROL).table["verdict"].iloc[0]


@pytest.mark.parametrize("case", SELECTED)
def test_a_log_on_disk_is_refused_for_the_same_reason(case: str, tmp_path: Path) -> None:
    how, why = SELECTED[case]
    kept(whole(), **how).write(tmp_path / "log")
    found = evaluate(open_call_log(tmp_path / "log"), **CONTROL)
    assert why in found.table["reason"].iloc[0]


CELLS = [(segment, arm) for segment in ("b2c", "b2b") for arm in ("daily", "monthly")]


def called(
    dials: Numbers, reached: Numbers, ended: Numbers = (), last: Numbers = (), **cells: str
) -> Called:
    """What contacts with so many dials, of which so many reached them, tell of their log."""
    found = Called(CELLS)
    add(found, dials, reached, ended, last, **cells)
    return found


def add(
    to: Called,
    dials: Numbers,
    reached: Numbers,
    ended: Numbers = (),
    last: Numbers = (),
    **cells: str,
) -> None:
    sold, talked = (
        np.asarray(one, dtype=bool) if len(one) else np.zeros(len(dials), dtype=bool)
        for one in (ended, last)
    )
    place = CELLS.index((cells.get("segment", "b2c"), cells.get("arm", "daily")))
    to.add(np.full(len(dials), place), np.asarray(dials), np.asarray(reached), sold, talked)


def test_everybody_called_often_and_reached_in_the_end_is_nothing_strange() -> None:
    """16 dials, each of which reaches with .7: of 800, 800 · .3^16 = 3e-6 are never reached."""
    random = np.random.default_rng(5)
    reached = random.binomial(16, 0.7, 800)
    assert reached.min() > 0
    assert called(np.full(800, 16), reached).refusal() == ""


def reached_so_often(*numbers: int) -> Called:
    """So many contacts never reached, reached once, twice and three times, with nine dials each."""
    reached = np.repeat(np.arange(len(numbers)), numbers)
    return called(np.full(len(reached), 9), reached)


def test_those_never_reached_are_bounded_from_below_by_those_reached_once_and_twice() -> None:
    """Chao (1987), bias-corrected: f₁(f₁ - 1)/2(f₂ + 1) = 40 · 39/(2 · 20) = 39, of whom a third.

    P(Poisson(13) = 0) = 2e-6; of 9 and 19 it is 1.8, and e^-0.6 is no rarity. Who is there and was
    never reached shows that the log does not hold the reached alone.
    """
    assert reached_so_often(0, 40, 19, 600).refusal()
    assert reached_so_often(1, 40, 19, 600).refusal() == ""
    assert reached_so_often(0, 9, 19, 600).refusal() == ""


def geometric(contacts: int, reach: float, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Dials to contacts who are called until they are reached, and whether they were."""
    dials = np.random.default_rng(seed).geometric(reach, contacts)
    return np.minimum(dials, most), (dials <= most).astype(int)


def test_a_talk_that_ends_the_calling_makes_no_selection_of_a_whole_log() -> None:
    """Nobody is reached twice, so Chao's bound is beyond the list; .7^9 = 4 in 100 were never.

    Of 1,000 in the log 960 were reached, and with so many reached by one of n dials the sum is
    1,000 · .7^9 = 40, a third of which is 13: nobody is e^-13, and 5 are P(Poisson(13) <= 5) = .01.
    """
    dials, reached = geometric(1000, 0.3, 9, seed=8)
    assert called(dials, reached).refusal() == ""
    there = reached > 0
    assert called(dials[there], reached[there]).refusal()
    few = there | (np.cumsum(~there) <= 5)
    assert called(dials[few], reached[few]).refusal() == ""
    # Of 100, 3 are expected never to be reached: none is e^-3.
    assert called(dials[there][:100], reached[there][:100]).refusal() == ""


def test_where_most_dials_reach_nothing_is_told() -> None:
    """Called until they are reached, by 3 dials in 4: of 2,000, 2,000 · .25^12 = 1e-4 never are."""
    dials, reached = geometric(2000, 0.75, 12, seed=9)
    assert reached.all()
    assert called(dials, reached).refusal() == ""


def seldom_reached(contacts: int, dials: int, left_in: int, seed: int) -> tuple[np.ndarray, ...]:
    """Contacts reached by 1 dial in 5; of those never reached only so many are left in."""
    reached = np.random.default_rng(seed).binomial(dials, 0.2, contacts)
    kept = (reached > 0) | (np.cumsum(reached == 0) <= left_in)
    return np.full(int(kept.sum()), dials), reached[kept]


def test_one_contact_who_was_left_in_does_not_hide_that_the_others_were_taken_out() -> None:
    """Four dials that reach with .2: 1,000 · .8^4 = 410 are never reached, and 590 are.

    Among these p is 800/2,364 = .34, and 410 were reached once: 410 · .66 ÷ (4 · .34) = 200, a
    third of which is 67. P(Poisson(67) <= 40) = 3e-4; 60 are no rarity.
    """
    for left_in in (1, 40):
        found = called(*seldom_reached(1000, 4, left_in, seed=1)).refusal()
        assert found.startswith(f"the log holds {left_in} never reached among ")
        assert "give a row to every assigned contact" in found
    assert called(*seldom_reached(1000, 4, 60, seed=1)).refusal() == ""
    assert called(*seldom_reached(1000, 4, 1000, seed=1)).refusal() == ""


def test_a_segment_from_which_contacts_were_taken_out_is_named_beside_a_whole_one() -> None:
    found = called(*seldom_reached(1000, 4, 1, seed=1), segment="b2c")
    add(found, *seldom_reached(1000, 4, 1000, seed=2), segment="b2b")
    assert found.refusal().startswith("segment b2c of the log holds 1 never reached among ")
    none = called(*seldom_reached(1000, 4, 0, seed=1), segment="b2c")
    add(none, *seldom_reached(1000, 4, 1000, seed=2), segment="b2b")
    assert none.refusal().startswith("segment b2c of the log holds only contacts who were reached")
    # Taken out of both, it is the log.
    both = called(*seldom_reached(1000, 4, 1, seed=1), segment="b2c")
    add(both, *seldom_reached(1000, 4, 1, seed=2), segment="b2b")
    assert both.refusal().startswith("the log holds 2 never reached among ")


def test_an_arm_that_calls_often_does_not_hide_what_another_shows() -> None:
    """Among those dialled 30 times, 500 · .8^30 = .6 are never reached; of 3 dials it is 256.

    (1 - p)^(M - n + 1) with M = 30 for those with 3 dials is nothing.
    """
    apart, alike = Called(CELLS), Called(CELLS)
    for arm, dials in (("daily", 30), ("monthly", 3)):
        numbers = seldom_reached(500, dials, int(arm == "monthly"), seed=4)
        add(apart, *numbers, segment="b2c", arm=arm)
        add(alike, *numbers, segment="b2c")
    assert "never reached among" in apart.refusal()
    assert alike.refusal() == ""


def test_a_log_counted_in_parts_says_what_it_says_as_a_whole() -> None:
    random = np.random.default_rng(6)
    dials, reached = random.integers(2, 9, 500), random.integers(0, 4, 500)
    ended = random.random(500) < 0.3
    parts = Called(CELLS)
    for at in np.array_split(np.arange(500), 3):
        add(parts, dials[at], reached[at], ended[at])
    assert parts.counted == called(dials, reached, ended).counted


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
        refused += bool(called(dials, reached, sold.any(axis=1)).refusal())
    assert refused <= 3


@pytest.mark.parametrize("reach", [-2.0, -0.6, 1.0, 2.5])
def test_no_whole_log_of_the_simulator_is_refused_and_one_of_the_reached_but_one_is(
    reach: float,
) -> None:
    """Logs of few and of many contacts, seldom and nearly always reached.

    In a sound log those never reached exceed the bound, of which only a third is used: that they
    fall below it is rarer than the 1 in 1,000 of the rule. At reach -2 one dial in ten reaches, and
    most of the contacts taken out again are missed: 80 or more, of which the log holds one.
    """
    segments = load_scenario("trial").segments
    base = {f"{name}.reach_base_logit": reach for name in segments}
    world = load_scenario("trial").vary_all(base, source="assumed")
    policies = {f"{days} days": RecallPolicy.every(days=days) for days in (7.0, 14.0, 30.0)}
    arms = dict.fromkeys(segments, policies)
    for contacts in (60, 1500):
        log = simulate(world, arms, contacts=contacts, agents=None, days=110, seed=contacts)
        rows = contact_outcomes(log, horizon_days=60)
        assert of(rows).refusal() == ""
    never = rows[rows["right_party"] == 0]
    left_in = never.groupby("segment").head(1).index
    nearly = of(rows.drop(never.index.difference(left_in))).refusal()
    assert ("the log holds 2 never reached among" in nearly) == (reach < 0)


def of(rows: pd.DataFrame) -> Called:
    """What the contacts of a log, with their outcomes, tell of it."""
    place, cells = pd.MultiIndex.from_frame(rows[["segment", "arm"]]).factorize()
    found = Called(list(cells))
    numbers = (rows[name].to_numpy() for name in ("attempts", "right_party"))
    found.add(place, *numbers, ended_of(rows), np.zeros(len(rows), dtype=bool))
    return found


def test_an_arm_from_which_the_unreached_were_taken_out_is_named_beside_a_whole_one() -> None:
    """The other arm's unreached hide, in both arms together, that one has none."""
    found = called(*seldom_reached(1000, 4, 1000, seed=1), segment="b2c", arm="daily")
    assert found.refusal() == ""
    found = called(*seldom_reached(1000, 4, 1000, seed=1), segment="b2c", arm="daily")
    add(found, *seldom_reached(1000, 4, 0, seed=2), segment="b2c", arm="monthly")
    why = "arm monthly in b2c of the log holds only contacts who were reached"
    assert found.refusal().startswith(why)


def test_fewer_never_reached_than_their_bound_less_its_error_are_doubted() -> None:
    """200 of 3,000 were reached once in 40 dials and called on, 30 twice; a dial reaches with .187.

    38/39 · 200 · 199 ÷ 62 = 625 by Chao. r = 200/30, and his variance is (38/39)² · 30 · (r⁴/4 +
    r³ + r²/2) = 23,100 = 152²; 625 · exp(-2.33 √ln(1 + (152/625)²)) = 358. P(Poisson(358) <= 280) =
    1e-5, and of 320 it is .02. The refusal's sum is 200 · .81 ÷ (.187 · 40) = 22, a third of which
    refuses nothing.
    """

    def log(never: int, **more: Numbers) -> Called:
        reached = np.repeat([0, 1, 2, 8], [never, 200, 30, 3000 - 230 - never])
        return called(np.full(3000, 40), reached, segment="b2c", arm="daily", **more)

    told = log(280).doubt()
    assert told.startswith("segment b2c of the log holds 280 never reached among 3,000 contacts")
    assert "358 are to be expected at least" in told
    assert log(280).refusal() == ""
    assert log(320).doubt() == ""
    # Whoever is not called on, or ended the calling, tells nothing of those called to the end.
    all_ = np.ones(3000, dtype=bool)
    for more in ({"last": all_}, {"ended": all_}):
        assert "once or twice" not in log(0, **more).doubt()


@pytest.mark.parametrize("ends", [0.0, 0.3, 0.7])
def test_no_whole_log_is_doubted_whether_a_talk_ends_the_calling_or_not(ends: float) -> None:
    """100 whole logs of 800 contacts, 12 dials that reach with .1: .9^12 = 28 in 100 never are.

    The bound is of just those, so it is the hardest case: it exceeds them in 1 of 100 logs, and by
    so much that Poisson is below 1 in 1,000 in hardly any: at most 1 (Poisson(.1) > 1 is .005).
    With nine in ten of the never reached taken out nearly all are doubted while talks go on.
    """
    random = np.random.default_rng(11)
    doubted = thinned = 0
    for _ in range(100):
        answered = random.random((800, 12)) < 0.1
        over = answered & (random.random((800, 12)) < ends)
        dials = np.where(over.any(axis=1), over.argmax(axis=1) + 1, 12)
        made = np.arange(12) < dials[:, None]
        reached = (answered & made).sum(axis=1)
        last = answered[np.arange(800), dials - 1]
        doubted += bool(called(dials, reached, last=last).doubt())
        kept = (reached > 0) | (random.random(800) < 0.1)
        thinned += bool(called(dials[kept], reached[kept], last=last[kept]).doubt())
    assert doubted <= 1
    assert ends or thinned >= 95


def test_a_log_on_disk_is_doubted_as_in_memory(tmp_path: Path) -> None:
    """One in ten of those never reached is left; calls beyond the horizon tell as well."""
    reach = {"b2c.reach_base_logit": -1.0, "b2c.bad_number_prob": 0.0}
    world = load_scenario("b2c").vary_all(reach, source="assumed")
    policies = {f"{days:g} days": RecallPolicy.every(days=days) for days in (7.0, 14.0)}
    log = simulate(world, {"b2c": policies}, contacts=1500, agents=None, days=90, seed=2)
    rows = contact_outcomes(log)
    never = rows.loc[rows["right_party"] == 0, "contact_id"]
    gone = never[np.arange(len(never)) % 10 > 0]
    assert log.attempts is not None
    kept = dataclasses.replace(
        log,
        contacts=log.contacts[~log.contacts["contact_id"].isin(gone)].reset_index(drop=True),
        attempts=log.attempts[~log.attempts["contact_id"].isin(gone)].reset_index(drop=True),
        truth=None,
    )
    kept.write(tmp_path / "log")
    memory, disk = (
        evaluate(one, **(CONTROL | {"horizon_days": 30}))
        for one in (kept, open_call_log(tmp_path / "log"))
    )
    assert memory.doubts == disk.doubts
    assert "are to be expected at least" in memory.doubts[0]
    assert evaluate(log, **(CONTROL | {"horizon_days": 30})).doubts == ()


@pytest.mark.parametrize("ends", [0.0, 0.1, 0.3, 1.0])
def test_a_whole_log_in_which_everybody_was_reached_is_doubted_and_not_refused(ends: float) -> None:
    """15 dials that reach with .4 miss 0.5 of 1,000; a talk ends the calling of some, or of all."""
    random = np.random.default_rng(1)
    whole = 0
    for _ in range(20):
        hit = random.random((1_000, 15)) < 0.4
        end = hit & (random.random(hit.shape) < ends)
        dials = np.where(end.any(axis=1), end.argmax(axis=1) + 1, 15)
        reached = (hit & (np.arange(15) < dials[:, None])).sum(axis=1)
        if not reached.all():
            continue
        whole += 1
        called = Called([("b2c", "current")])
        nobody = np.zeros(1_000, dtype=bool)
        called.add(
            np.zeros(1_000, dtype=int), dials, reached, nobody, hit[np.arange(1_000), dials - 1]
        )
        assert not called.refusal()
        assert "holds 1,000 contacts, and all of them were reached" in called.doubt()
    assert whole >= 5  # exp(−.47) of 20 are 12.5; fewer than 5 in 1 of 5,000


def test_that_all_of_a_few_were_reached_may_be_chance_and_of_many_hardly_ever_is() -> None:
    """Where 3 of 100 are never: .97^226 = .00102 and .97^227 = .00099; a rule of 1 in 1,000."""

    def doubt(never: int, talked: int) -> str:
        reached = np.repeat([0, 1], [never, talked])
        return called(np.full(never + talked, 2), reached, last=reached).doubt()

    assert doubt(0, 226) == ""
    told = doubt(0, 227)
    assert told.startswith("the log holds 227 contacts, and all of them were reached: ")
    assert "hold the number against the list that was handed to the dialler" in told
    assert doubt(1, 999) == ""


def test_a_segment_all_of_whom_were_reached_is_named_beside_another() -> None:
    found = called(np.full(400, 3), np.repeat([0, 2], [100, 300]), segment="b2c")
    add(found, np.full(300, 3), np.full(300, 2), segment="b2b")
    told = found.doubt()
    assert told.startswith(
        "segment b2b of the log holds 300 contacts, and all of them were reached"
    )
    assert "b2c" not in told


@functools.cache
def until_a_talk() -> CallLog:
    """Contacts called until they answer, by dials that reach with .6; who never did is out."""
    tables = made()
    random = np.random.default_rng(8)
    calls = tables.attempts.sort_values(["contact_id", "dialled_at"], ignore_index=True)
    talk = pd.Series(random.random(len(calls)) < 0.6)
    calls["disposition"] = np.where(talk, "refused", "no_answer")
    before = talk.groupby(calls["contact_id"]).cumsum() - talk
    return kept(Tables(tables.contacts, calls[before == 0]).log(), reached=1, horizon_days=None)


def test_a_log_of_the_reached_that_no_call_betrays_is_doubted_beside_the_answer(
    tmp_path: Path,
) -> None:
    log = until_a_talk()
    log.write(tmp_path / "log")
    for one in (log, open_call_log(tmp_path / "log")):
        found = evaluate(one, **CONTROL)
        shown = found.table["outcome"].isin(CONTROL["outcomes"])
        assert "refused" not in set(found.table.loc[shown, "verdict"])
        unsold, doubt = sorted(found.doubts, key=len)  # nobody buys in this log
        assert unsold.startswith("no contacts who bought in any arm")
        assert "and all of them were reached: of any list some hardly ever are" in doubt
        assert "show it by the assignment as simkit assign wrote it (assigned" in doubt
        assert doubt[1:] in found.sentence()
