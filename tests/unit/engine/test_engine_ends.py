"""What ends the calling of a contact: sales, objections, dead numbers, refusals, caps."""

import pandas as pd
import pytest
from certain_centre import (
    ABSENT,
    ASKS_TO_BE_CALLED_BACK,
    BUYS,
    DEAD,
    OPTS_OUT,
    REFUSES,
    SOLVED,
    UNDECIDED,
    centre,
)

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy

DAYS = 30


def run(kind: dict, policy: RecallPolicy, contacts: int = 5, **changes: object) -> CallLog:
    scenario = centre({"kind": {**kind, **changes}})
    log = simulate(scenario, policy, contacts=contacts, agents=None, days=DAYS)
    return log.validate()


def dispositions(log: CallLog) -> list[list[str]]:
    return log.attempts.groupby("contact_id")["disposition"].apply(list).tolist()


def policy(**changes: object) -> RecallPolicy:
    return RecallPolicy.every(working_days=1, **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "seen", "end"),
    [
        (BUYS, {}, ["sale"], "sold"),
        (OPTS_OUT, {}, ["opt_out"], "opted_out"),
        (OPTS_OUT | {"complaint_prob": 1.0}, {}, ["complaint"], "opted_out"),
        (DEAD, {}, ["bad_number"] * 2, "bad_number"),
        (DEAD, {"bad_number_attempts": 1}, ["bad_number"], "bad_number"),
        (DEAD, {"bad_number_attempts": 4}, ["bad_number"] * 4, "bad_number"),
        (REFUSES, {"refusals_max": 3}, ["refused"] * 3, "refused_too_often"),
        (ABSENT, {"caps": {"total": 4}}, ["no_answer"] * 4, "capped"),
        (ABSENT, {"caps": {"total": 1}}, ["no_answer"], "capped"),
        (SOLVED, {"caps": {"total": 2}}, ["already_solved"] * 2, "capped"),
        (REFUSES, {"caps": {"total": 3}, "refusals_max": 3}, ["refused"] * 3, "refused_too_often"),
    ],
)
def test_an_end_is_the_last_that_happens(kind, changes, seen, end) -> None:
    log = run(kind, policy(**changes))
    assert dispositions(log) == [seen] * 5
    assert (log.truth["end"] == end).all()
    last = log.attempts.groupby("contact_id")["dialled_at"].max()
    assert log.truth["ended_at"].tolist() == last.tolist()


@pytest.mark.parametrize(
    ("kind", "disposition"),
    [(REFUSES, "refused"), (UNDECIDED, "undecided"), (SOLVED, "already_solved")],
)
def test_what_ends_nothing_goes_on_to_the_end_of_the_run(kind, disposition) -> None:
    log = run(kind, policy())
    # First due on the first working day, Monday 5 January; Mon-Fri for 30 days to 3 February.
    assert dispositions(log) == [[disposition] * 22] * 5
    assert (log.truth["end"] == "open").all()
    assert log.truth["ended_at"].isna().all()


def test_refusals_are_counted_in_all_and_other_talks_between_them_do_not_reset_them() -> None:
    # An idle contact of whom every other call sparks nothing: refused and undecided mix.
    kind = REFUSES | {"need_per_year": 0.0, "reach_base_logit": 0.0}
    log = run(kind, policy(refusals_max=2), contacts=40)
    for seen in dispositions(log):
        assert seen.count("refused") <= 2
    closed = log.truth["end"] == "refused_too_often"
    assert closed.sum() > 30


def test_caps_in_30_days_space_the_calls_out() -> None:
    log = run(ABSENT, policy(caps={"per_30_days": 2}), contacts=3)
    assert dispositions(log) == [["no_answer"] * 2] * 3
    assert (log.truth["end"] == "open").all()


def test_a_total_cap_holds_however_the_calls_end() -> None:
    # Every call names a date. The cap counts calls in all, and then the contact is closed.
    kind = ASKS_TO_BE_CALLED_BACK | {"callback_ready_prob": 0.0}
    log = run(kind, policy(caps={"total": 3}))
    assert dispositions(log) == [["callback_requested"] * 3] * 5
    assert (log.truth["end"] == "capped").all()


def test_an_opt_out_for_the_account_closes_its_open_contacts_once_and_undialled() -> None:
    kind = OPTS_OUT | {"account_size_mean": 4.0, "account_optout_prob": 1.0}
    log = run(kind, RecallPolicy.every(days=20), contacts=200)
    rows = log.attempts.merge(log.contacts[["contact_id", "account_id"]], on="contact_id")
    size = log.contacts.groupby("account_id").size()
    seen = pd.crosstab(rows["account_id"], rows["disposition"])
    # Whoever is called first opts out for all: one call for each account, and no more.
    assert (seen["opt_out"] == 1).all()
    assert (seen["suppressed"] == size - 1).all()
    suppressed = rows[rows["disposition"] == "suppressed"]
    empty = ["due_at", "agent_id", "ring_s", "talk_s", "wrap_s", "callback_at", "value_cents"]
    assert suppressed[empty].isna().all(axis=None)
    when = rows[rows["disposition"] == "opt_out"].set_index("account_id")["dialled_at"]
    assert (suppressed["dialled_at"] == suppressed["account_id"].map(when)).all()
    assert suppressed["contact_id"].is_unique
    assert log.truth["end"].value_counts()["account_opted_out"] == len(suppressed)


def test_an_opt_out_for_oneself_leaves_the_colleagues_alone() -> None:
    kind = OPTS_OUT | {"account_size_mean": 4.0, "account_optout_prob": 0.0}
    log = run(kind, RecallPolicy.every(days=20), contacts=100)
    assert set(log.attempts["disposition"]) == {"opt_out"}
    assert len(log.attempts) == 100


def test_contacts_who_are_done_are_not_suppressed_again() -> None:
    # Everybody is capped after one call; some call opts out for the account.
    kind = UNDECIDED | {
        "optout_base_logit": 0.0,
        "account_size_mean": 6.0,
        "account_optout_prob": 1.0,
    }
    log = run(kind, RecallPolicy.every(days=20, caps={"total": 1}), contacts=300)
    assert log.attempts["contact_id"].is_unique
    last = log.attempts.set_index("contact_id")["disposition"]
    ends = log.truth.set_index("contact_id")["end"]
    names = {"suppressed": "account_opted_out", "opt_out": "opted_out", "undecided": "capped"}
    pd.testing.assert_series_equal(last.map(names).sort_index(), ends, check_names=False)
