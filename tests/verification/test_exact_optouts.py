"""Opt-out alone, with a constant probability o per answered call: (1 − po)^n are left after n."""

import numpy as np
import pytest
from exact_world import CERTAIN_LOGIT, STANDARD_ERRORS, logit, off_by, world

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.policy import RecallPolicy

FOR_EVER_DAYS = 1e9


def run(p: float, o: float, attempts: int, contacts: int, **changes: object) -> CallLog:
    scenario = world(
        decision_mean_days=FOR_EVER_DAYS,  # everybody stays undecided
        reach_base_logit=CERTAIN_LOGIT if p == 1 else logit(p),
        optout_base_logit=logit(o),
        **changes,
    )
    policy = RecallPolicy.every(days=1, caps={"total": attempts})
    return simulate(scenario, policy, contacts=contacts, days=attempts + 1)


@pytest.mark.parametrize(("p", "o"), [(0.5, 0.2), (1.0, 0.05), (0.3, 0.6)])
def test_the_share_left_after_n_attempts_is_geometric(p, o) -> None:
    contacts = 3000
    log = run(p, o, attempts=10, contacts=contacts)
    left = log.attempts[log.attempts["disposition"] != "opt_out"]
    for n in (1, 2, 5, 10):
        still_there = int((left["attempt_no"] == n).sum())
        assert off_by(still_there, contacts, (1 - p * o) ** n) < STANDARD_ERRORS


def test_opt_outs_per_answered_call_do_not_depend_on_the_history_of_calls() -> None:
    # The cumulated hazard meets an exponential threshold, which has no memory: among those who
    # answer for the j-th time the share that opts out is o, for every j.
    o = 0.25
    log = run(0.6, o, attempts=8, contacts=3000)
    answered = log.attempts[log.attempts["disposition"] != "no_answer"]
    nth = answered.groupby("contact_id").cumcount()
    for j in range(4):
        calls = answered.loc[nth == j, "disposition"]
        assert off_by(int((calls == "opt_out").sum()), len(calls), o) < STANDARD_ERRORS


def test_a_share_of_the_opt_outs_complains() -> None:
    log = run(1.0, 0.3, attempts=5, contacts=2000, complaint_prob=0.4)
    objections = log.attempts["disposition"].isin(["opt_out", "complaint"])
    complaints = int((log.attempts["disposition"] == "complaint").sum())
    assert off_by(complaints, int(objections.sum()), 0.4) < STANDARD_ERRORS


def test_a_share_of_the_opt_outs_closes_the_account() -> None:
    # One attempt each, at random moments of one day, accounts of several contacts. Each opt-out
    # of a contact with open colleagues closes the account with probability a.
    a = 0.35
    log = run(1.0, 0.2, attempts=1, contacts=6000, account_size_mean=4.0, account_optout_prob=a)
    rows = log.attempts.merge(log.contacts[["contact_id", "account_id"]], on="contact_id")
    size = log.contacts.groupby("account_id").size()
    suppressed = rows["disposition"] == "suppressed"
    closing_moments = rows.loc[suppressed, ["account_id", "dialled_at"]].drop_duplicates()
    opt_outs = rows[rows["disposition"] == "opt_out"].copy()
    # Colleagues who were done before the opt-out (each is capped after its one call) cannot show
    # that the account closed: count the opt-outs that had at least one colleague left.
    dialled = rows[~suppressed].groupby("account_id")["dialled_at"].rank(method="first")
    left = size.reindex(opt_outs["account_id"]).to_numpy() - dialled.loc[opt_outs.index]
    could_close = opt_outs[left.to_numpy() > 0]
    closed = could_close.merge(closing_moments, on=["account_id", "dialled_at"])
    assert off_by(len(closed), len(could_close), a) < STANDARD_ERRORS
    assert len(closed) == len(closing_moments)  # nothing else closes an account


def test_nobody_opts_out_where_the_probability_is_nil() -> None:
    scenario = world(decision_mean_days=FOR_EVER_DAYS)
    log = simulate(scenario, RecallPolicy.every(days=1), contacts=200, days=30)
    assert set(log.attempts["disposition"]) == {"no_answer", "undecided"}


def test_a_nearly_certain_opt_out_takes_one_answered_call() -> None:
    log = run(1.0, 1.0 - 1e-12, attempts=3, contacts=300)
    assert (log.attempts["disposition"] == "opt_out").all()
    assert np.array_equal(log.attempts["attempt_no"], np.ones(300))
