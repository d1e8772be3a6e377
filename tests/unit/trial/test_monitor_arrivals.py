"""monitor where other numbers of contacts come than were planned: each segment has its own end."""

import dataclasses
import re

import numpy as np
import pytest
from scipy import stats

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.cost import Cost, costs_by_segment
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor import monitor
from simkit.trial.monitor.arrivals import Arrival, arrival_words
from simkit.trial.monitor.decisions import Course, decide
from simkit.trial.monitor.words import cost_words, row_words
from simkit.trial.sequential.boundaries import bounds, crossing
from simkit.trial.sequential.spending import obrien_fleming

WORLD = load_scenario("trial")
INFINITE = re.compile(r"\b(inf|∞)\b")
PARTS = (0.33, 0.67, 1.0)
ARMS = {
    segment: {
        "current": RecallPolicy.every(working_days=2),
        "long": RecallPolicy.every(working_days=8),
    }
    for segment in ("b2c", "b2b")
}


def made(contacts):
    return TrialDesign(
        name="swapped",
        arms=ARMS,
        control={"b2c": "current", "b2b": "current"},
        salt="s",
        prices=WORLD.economics(),
        horizon_days=30.0,
        guardrails={"opt_out": {"b2c": 0.02, "b2b": 0.02}},
        looks=Looks(fractions=PARTS),
        contacts=contacts,
    )


def seen(segment, n, fraction, z):
    return Seen(
        outcome="net_value_eur",
        segment=segment,
        arm="long",
        control="current",
        role="primary",
        fraction=fraction,
        lower_is_better=False,
        unit="EUR per contact",
        n=n,
        n_control=n,
        estimate=2.0 * z,
        se=2.0,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(z))),
    )


@pytest.fixture
def rows():
    """b2c has its 200 contacts at the second look, b2b half of its 300 at the third."""
    looks = [
        Look("2026-02-01", 0.3, False, (seen("b2c", 50, 0.5, 1.0), seen("b2b", 25, 0.17, 1.0))),
        # Drawn unevenly, they hold a little less than the planned information.
        Look("2026-02-15", 0.6, False, (seen("b2c", 100, 0.98, 1.0), seen("b2b", 50, 0.33, 1.0))),
        Look("2026-03-01", 0.7, False, (seen("b2c", 150, 1.47, 9.0), seen("b2b", 75, 0.5, 1.0))),
    ]
    return decide(Course(made({"b2c": 200, "b2b": 300}), looks, by_spending=True))


def test_a_comparison_ends_when_the_contacts_of_its_segment_are_in(rows):
    own = [row for row in rows if row.segment == "b2c"]
    other = [row for row in rows if row.segment == "b2b"]
    assert [row.decision for row in own] == ["go on", "end: not shown", "no claim left"]
    assert [row.decision for row in other] == ["go on"] * 3
    assert [row.ended_at for row in own] == [0, 2, 2]
    assert own[1].spent == pytest.approx(own[1].level)
    # What came later counts for nothing, however large; nor is any chance left to speak of.
    assert own[2].claimed_at == 0
    assert np.isnan(own[1].conditional_power)
    assert not np.isnan(other[2].conditional_power)


def test_the_end_of_a_segment_spends_its_error_rate_and_no_more():
    upper = bounds([0.5, 0.98], 0.05, obrien_fleming, final=[False, True])
    either = crossing([0.5, 0.98], -upper, upper)
    assert either.upper.sum() + either.lower.sum() == pytest.approx(0.05, abs=1e-9)


def test_no_bound_is_told_as_none_and_why(rows):
    spent = next(row for row in rows if np.isinf(row.bound) and row.ended_at)
    text = row_words(spent, 30.0)
    assert "with no bound left: nothing more may be claimed" in text
    assert "spent at look 2, its end" in text
    unbound = {"bound": np.inf, "ci_low": -np.inf, "ci_high": np.inf}
    early = dataclasses.replace(rows[0], **unbound, spent=1e-9)
    assert "with no bound yet (so early" in row_words(early, 30.0)
    assert not INFINITE.search(text + row_words(early, 30.0))
    again = dataclasses.replace(early, spent=0.01)
    told = row_words(again, 30.0)
    assert "with no bound (it adds nothing to what an earlier look had of these arms" in told
    assert "so early" not in told
    assert not INFINITE.search(told)
    cost = cost_words({"b2c": Cost(1, 0.01, np.inf, 2.5)}, 0.0125, if_more_come=False)
    assert "nothing is left to claim at the end" in cost
    assert not INFINITE.search(cost)


def test_what_a_look_off_the_plan_costs_is_each_segments_own():
    """Looks at a third, at half (off the plan) and at two thirds of the trial."""
    contacts = {"b2c": 200, "b2b": 300}
    looks = [
        Look("2026-02-01", 0.33, False, (seen("b2c", 60, 0.6, 1.0), seen("b2b", 23, 0.15, 1.0))),
        Look("2026-02-08", 0.5, False, (seen("b2c", 80, 0.8, 1.0), seen("b2b", 45, 0.3, 1.0))),
        Look("2026-02-15", 0.67, False, (seen("b2c", 100, 1.0, 1.0), seen("b2b", 68, 0.45, 1.0))),
    ]
    keys = [row.key for row in looks[0].seen]
    found = costs_by_segment(looks, PARTS, keys, contacts, 0.025, "obrien_fleming")
    for segment, times, kept in (
        ("b2c", [0.6, 0.8, 1.0], [0.6, 1.0]),
        ("b2b", [0.15, 0.3, 0.45, 1.0], [0.15, 0.45, 1.0]),
    ):
        cost = found[segment]
        assert cost.looks == 1
        assert cost.final_bound == bounds(times, 0.025, obrien_fleming)[-1]
        assert cost.final_bound_planned == bounds(kept, 0.025, obrien_fleming)[-1]
    text = cost_words(found, 0.025, if_more_come=False)
    assert text.startswith("1 look off plan: where results seen before decided when to look, ")
    assert ". If none did, in b2c it used up " in text
    b2c = found["b2c"]
    was = f"the bound at the end is {b2c.final_bound:.3f} instead of {b2c.final_bound_planned:.3f};"
    assert was in text
    assert text.endswith(f"the bound at the end stays {found['b2b'].final_bound:.3f}")
    # Small parts are written out, and a bound that stays is not told as if it moved.
    small = cost_words({"b2c": Cost(1, 2.13e-5, 1.969, 1.969)}, 0.05, if_more_come=False)
    assert small.endswith(
        "used up 0.000021 of the error rate of 0.05, and the bound at the end stays 1.969"
    )
    # Where b2c was in at the look off the plan, that was its end, and no look too many.
    whole = dataclasses.replace(looks[1], seen=(seen("b2c", 100, 1.0, 1.0), looks[1].seen[1]))
    ended = costs_by_segment(
        [looks[0], whole, looks[2]], PARTS, keys, contacts, 0.025, "obrien_fleming"
    )
    assert ended == {"b2b": found["b2b"]}


def test_a_segment_that_is_in_has_ended_also_where_an_arm_cannot_be_told():
    untold = dataclasses.replace(seen("b2c", 100, 0.98, 1.0), arm="longest", reason="refused")
    looks = [
        Look("2026-02-01", 0.3, False, (seen("b2c", 50, 0.5, 1.0),)),
        Look("2026-02-15", 0.6, False, (seen("b2c", 100, 0.98, 1.0), untold)),
    ]
    plan = Course(made({"b2c": 200, "b2b": 300}), looks, by_spending=True)
    rows = decide(plan)
    assert [(row.look, row.arm, row.ended_at) for row in rows] == [
        (1, "long", 0),
        (2, "long", 2),
        (2, "longest", 2),
    ]
    came = [Arrival("b2c", planned=200, entered=300, following=0, followed=300)]
    (text,) = arrival_words(came, rows[1:], final=False, by_spending=True)
    assert "b2c ended at look 2" in text
    # It spent nothing there: the end that spends is the first look at which it can be told.
    told = dataclasses.replace(untold, reason="", n=120, n_control=120, fraction=1.2)
    later = [*looks, Look("2026-03-01", 0.7, False, (seen("b2c", 120, 1.2, 1.0), told))]
    last = decide(Course(made({"b2c": 200, "b2b": 300}), later, by_spending=True))[-1]
    assert (last.arm, last.ended_at) == ("longest", 3)
    assert last.spent == pytest.approx(last.level)


def test_a_segment_that_has_not_begun_has_not_ended():
    none = Arrival("b2b", planned=300, entered=0, following=0, followed=0)
    assert none.words() == "b2b has not begun, 300 are planned"
    assert not list(arrival_words([none], [], final=False, by_spending=True))
    gone = dataclasses.replace(none, entered=10, followed=10)
    assert gone.fewer
    assert not none.fewer


@pytest.fixture(scope="module")
def whole():
    return simulate(WORLD, ARMS, contacts=1500, agents=40, days=90, seed=4)


@pytest.fixture(scope="module")
def came(whole):
    return whole.contacts["segment"].value_counts().to_dict()


def test_more_and_fewer_than_planned_are_told_by_segment(whole, came, tmp_path):
    """A design with the sizes of its two segments swapped, looked at until all are in."""
    planned = {"b2c": came["b2b"], "b2b": came["b2c"]}
    assert planned["b2c"] < 0.9 * planned["b2b"]
    path, seen_at = tmp_path / "looks.toml", {}
    for day in ("2026-02-20", "2026-02-28", "2026-04-10"):
        found = monitor(whole, made(planned), economics=WORLD.economics(), as_of=day, ledger=path)
        seen_at[day] = found
    # More than planned in one segment fill no gap in the other.
    fraction = 2 * came["b2b"] / (came["b2b"] + came["b2c"])
    assert found.looks["fraction"].iloc[-1] == pytest.approx(fraction)
    text = found.sentence()
    assert "off plan" not in text
    assert "Look 3 (with all who have come; registered at 33 %, 67 % and 100 %)" in text
    sizes = f"b2c {came['b2c']} where {planned['b2c']} were planned; b2b {came['b2b']} of"
    assert sizes in text
    assert found.last.set_index("segment")["ended_at"].to_dict() == {"b2c": 2, "b2b": 0}
    assert "nothing to stop for in b2b: go on if more contacts are to come" in text
    more, fewer, cost = found.warnings[:3]
    assert more.startswith(f"b2c: {came['b2c']} contacts have come, {planned['b2c']} were planned")
    assert "b2c ended at look 2" in more
    assert "report what look 2 showed" in more
    assert fewer.startswith(f"b2b: {came['b2b']} of {planned['b2b']} planned contacts")
    assert "if not, the trial ended here" in fewer
    assert all("b2c and b2b the wrong way round" in told for told in (more, fewer))
    assert cost.startswith("if more contacts are to come: ")
    assert not INFINITE.search(" ".join([text, *found.sentences(), more, fewer, cost]))
    # While contacts enter nobody is missing, but too many are told before the end that they make.
    early = seen_at["2026-02-28"]
    assert not any(told.startswith("b2b:") for told in early.warnings)


def test_as_many_as_planned_are_not_remarked_on(whole, came):
    found = monitor(whole, made(came), economics=WORLD.economics(), as_of="2026-04-10", earlier=[])
    assert not any("planned" in told for told in found.warnings)
    assert "the end of the trial" in found.sentence()
    assert [each.followed for each in found.arrivals] == [came["b2c"], came["b2b"]]


def test_a_look_before_one_of_the_segments_has_begun(whole, came):
    here = whole.contacts["segment"] == "b2c"
    contacts = whole.contacts[here].reset_index(drop=True)
    names = set(contacts["contact_id"])
    calls = whole.attempts[whole.attempts["contact_id"].isin(names)].reset_index(drop=True)
    truth = whole.truth[whole.truth["contact_id"].isin(names)].reset_index(drop=True)
    log = dataclasses.replace(whole, contacts=contacts, attempts=calls, truth=truth)
    design = made({"b2c": came["b2c"], "b2b": 300})
    found = monitor(log, design, economics=WORLD.economics(), as_of="2026-04-10", earlier=[])
    text = found.sentence()
    assert "b2b has not begun, 300 are planned" in text
    assert "with all who have come" not in text
    assert "this was the end" not in text
    assert not any("nobody is being followed any more" in told for told in found.warnings)


def test_a_check_that_failed_is_named_and_nothing_goes_on_as_if_all_were_well(whole, came):
    contacts = whole.contacts[["contact_id", "arm"]]
    drawn = dict(contacts.itertuples(index=False, name=None))
    first = contacts["contact_id"].iloc[0]
    drawn[first] = "long" if drawn[first] == "current" else "current"
    found = monitor(
        whole,
        made(came),
        economics=WORLD.economics(),
        as_of="2026-02-28",
        earlier=["2026-02-20"],
        assigned=drawn,
    )
    text = found.sentence()
    assert text.startswith("Do not act on this: a check failed: ")
    assert "in another arm than assigned" in text
    assert "while a check fails nothing is decided here" in text
    assert "go on" not in text
    comparisons = found.sentences()[:2]
    assert all("nothing is decided while checks fail" in told for told in comparisons)
    assert all(": go on" not in told for told in comparisons)
