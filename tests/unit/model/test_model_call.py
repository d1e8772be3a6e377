"""What a call does: its probabilities by hand, its draws against them, its marks on the contact.

The steps of a call and their order are those of the contact model: number, answer, opt-out, then
by latent state; all at the irritation decayed to the moment, and one jump afterwards.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_segment import DAY_S, KEY, logit, parameters
from scipy import stats
from scipy.special import expit

from simkit.calllog import DISPOSITIONS
from simkit.model import (
    MODEL_DISPOSITIONS,
    CallParameters,
    Circumstances,
    Mind,
    Outcome,
    Traits,
    disposition_probs,
    draw,
    play,
)
from simkit.model.contact import DECIDING, DEFERRED, IDLE, LOST, READY

NAMES = tuple(DISPOSITIONS)
NOW_S = 30.0 * DAY_S
CERTAIN, NEVER = 1000.0, -1000.0

# Every step has a probability well inside (0, 1), so that each branch is taken often.
MIXED = {
    "reach_base_logit": logit(0.7),
    "reach_irritation_logit": 0.3,
    "optout_base_logit": logit(0.15),
    "optout_irritation_logit": 0.8,
    "complaint_prob": 0.3,
    "account_optout_prob": 0.4,
    "spark_prob": 0.6,
    "push_prob": 0.7,
    "callback_prob": 0.35,
    "sale_base_logit": logit(0.6),
    "sale_irritation_logit": 0.5,
    "callback_bonus_logit": 0.9,
    "cancel_base_logit": logit(0.3),
    "cancel_irritation_logit": 0.4,
    "cancel_pressed_logit": 0.6,
}


def contact(number: int = 0, **changes: object) -> Traits:
    plain = Traits(number, 0.0, 0.0, 1.0, False, math.inf, math.inf)
    return plain._replace(**changes)


def mind(state: int, irritation: float = 0.0, irritation_s: float = NOW_S) -> Mind:
    return Mind(state, 0, 0, math.inf, math.inf, irritation, irritation_s, 0.0, 0.0)


def call(attempt_no: int = 1, **changes: object) -> Circumstances:
    return Circumstances(attempt_no, NOW_S, 0.0, 0.0, kept=False, push=False)._replace(**changes)


def name(outcome: Outcome) -> str:
    return NAMES[outcome.disposition]


def probs(
    p: CallParameters,
    who: Traits,
    state: int,
    irritation: float = 0.0,
    *,
    hour: float = 0.0,
    skill: float = 0.0,
    kept: bool = False,
    push: bool = False,
) -> dict[str, float]:
    found = disposition_probs(p, who, state, irritation, hour, skill, kept, push)
    return dict(zip(MODEL_DISPOSITIONS, found, strict=True))


# The probabilities.


@pytest.mark.parametrize("irritation", [0.0, 1.4])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("push", [False, True])
@pytest.mark.parametrize("state", [IDLE, DECIDING, READY, DEFERRED, LOST])
def test_probabilities_are_the_products_of_the_steps_in_their_order(
    state, push, kept, irritation
) -> None:
    who = contact(sale_offset_logit=-0.4, reach_offset_logit=0.5)
    found = probs(
        parameters(**MIXED), who, state, irritation, hour=-0.2, skill=0.3, kept=kept, push=push
    )
    # By hand, step after step.
    answer = expit(logit(0.7) - 0.2 + 0.5 - 0.3 * irritation)
    objects = expit(logit(0.15) + 0.8 * irritation)
    damped = math.exp(-0.5 * irritation)
    buys = expit(logit(0.6) - 0.4 + 0.3 - 0.5 * irritation + (0.9 if kept else 0.0))
    talks = answer * (1 - objects)
    expected = dict.fromkeys(MODEL_DISPOSITIONS, 0.0)
    expected["no_answer"] = 1 - answer
    expected["opt_out"] = answer * objects * 0.7
    expected["complaint"] = answer * objects * 0.3
    deciding = {IDLE: talks * 0.6 * damped, DECIDING: talks}.get(state, 0.0)
    pushed = deciding * 0.65 * 0.7 * damped if push else 0.0
    ready = (talks if state == READY else 0.0) + pushed
    expected["refused"] = talks * (1 - 0.6 * damped) if state == IDLE else 0.0
    expected["already_solved"] = talks if state == LOST else 0.0
    expected["callback_requested"] = deciding * 0.35
    expected["undecided"] = deciding * 0.65 - pushed
    expected["sale"] = ready * buys
    # A push that wins the contact over tries the sale, which may fail; any other push leaves the
    # contact undecided.
    expected["not_now"] = ready * (1 - buys) + (talks if state == DEFERRED else 0.0)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_dead_number_is_all_there_is_to_it() -> None:
    found = probs(parameters(**MIXED), contact(dead=True), READY, 0.5)
    assert found == {**dict.fromkeys(MODEL_DISPOSITIONS, 0.0), "bad_number": 1.0}


@given(
    state=st.sampled_from([IDLE, DECIDING, READY, DEFERRED, LOST]),
    irritation=st.floats(0, 1e3),
    logits=st.lists(st.floats(-1e3, 1e3), min_size=8, max_size=8),
    shares=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    coefficients=st.lists(st.floats(0, 10), min_size=3, max_size=3),
    kept=st.booleans(),
    push=st.booleans(),
)
def test_probabilities_lie_in_the_unit_interval_and_sum_to_one(
    state, irritation, logits, shares, coefficients, kept, push
) -> None:
    p = parameters(
        reach_base_logit=logits[0],
        optout_base_logit=logits[1],
        sale_base_logit=logits[2],
        callback_bonus_logit=logits[3],
        spark_prob=shares[0],
        push_prob=shares[1],
        callback_prob=shares[2],
        complaint_prob=shares[3],
        reach_irritation_logit=coefficients[0],
        optout_irritation_logit=coefficients[1],
        sale_irritation_logit=coefficients[2],
    )
    who = contact(sale_offset_logit=logits[4], reach_offset_logit=logits[5])
    found = disposition_probs(p, who, state, irritation, logits[6], logits[7], kept, push)
    # A difference of two equal products may be a rounding error below 0.
    assert all(-1e-15 <= part <= 1.0 for part in found)
    assert math.fsum(found) == pytest.approx(1.0, rel=1e-14)


def test_the_model_ends_calls_only_in_dispositions_of_the_log() -> None:
    assert set(MODEL_DISPOSITIONS) <= set(DISPOSITIONS)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("push", [False, True])
@pytest.mark.parametrize("state", [IDLE, DECIDING, READY, DEFERRED, LOST])
def test_what_happens_has_these_probabilities(state, push, kept) -> None:
    p, n = parameters(**MIXED), 4000
    numbers = np.arange(n, dtype=np.int64)
    optout, sale = (-np.log(draw(f"{what}_threshold", KEY, numbers)) for what in ("optout", "sale"))
    counts = dict.fromkeys(MODEL_DISPOSITIONS, 0)
    for i in range(n):
        # A contact who was called before has a hazard behind it and survived it: what is left of
        # the threshold is exponential again, and the probabilities are the same.
        behind = 0.7 * (i % 2)
        who = contact(i, optout_threshold=optout[i] + behind, sale_threshold=sale[i] + behind)
        before = mind(state, 0.6)._replace(optout_hazard=behind, sale_hazard=behind)
        outcome, _ = play(p, KEY, who, before, call(attempt_no=3, kept=kept, push=push))
        counts[name(outcome)] += 1
    expected = probs(p, contact(), state, 0.6, kept=kept, push=push)
    possible = [key for key, prob in expected.items() if prob > 0]
    assert sum(counts[key] for key in possible) == n  # what is impossible does not happen
    # Chi-squared at 1e-4 for each of 20 cases: a false alarm in 1 of 500 keys.
    test = stats.chisquare(
        [counts[key] for key in possible], [n * expected[key] for key in possible]
    )
    assert test.pvalue > 1e-4


# The order of the steps.


def test_steps_that_are_certain_win_in_their_order() -> None:
    all_certain = {
        "reach_base_logit": CERTAIN,
        "optout_base_logit": CERTAIN,
        "sale_base_logit": CERTAIN,
    }
    who = contact(optout_threshold=20.0, sale_threshold=20.0)  # as high as a draw can come
    ready = mind(READY)

    def outcome(who: Traits, **changes: object) -> str:
        return name(play(parameters(**{**all_certain, **changes}), KEY, who, ready, call())[0])

    assert outcome(who._replace(dead=True)) == "bad_number"
    assert outcome(who, reach_base_logit=NEVER) == "no_answer"
    assert outcome(who, complaint_prob=0.0) == "opt_out"
    assert outcome(who, complaint_prob=1.0) == "complaint"
    assert outcome(who, optout_base_logit=NEVER) == "sale"
    assert outcome(who, optout_base_logit=NEVER, sale_base_logit=NEVER) == "not_now"


def answered(**changes: object) -> CallParameters:
    """Return parameters under which everybody answers and nobody opts out."""
    return parameters(**{"reach_base_logit": CERTAIN, "optout_base_logit": NEVER, **changes})


def test_a_spark_goes_on_as_deciding_in_the_same_call() -> None:
    sure = {"spark_prob": 1.0, "sale_base_logit": CERTAIN, "push_prob": 1.0}
    who = contact(sale_threshold=1.0)
    asks, after = play(answered(**sure, callback_prob=1.0), KEY, who, mind(IDLE), call(push=True))
    assert (name(asks), after.state) == ("callback_requested", DEFERRED)
    quiet = answered(**sure, callback_prob=0.0)
    unpushed, after = play(quiet, KEY, who, mind(IDLE), call())
    assert (name(unpushed), after.state) == ("undecided", DECIDING)
    assert NOW_S < after.leaves_s < math.inf  # deciding takes its time from now on
    assert NOW_S < after.rival_s < math.inf
    sold, after = play(quiet, KEY, who, mind(IDLE), call(push=True))
    assert (name(sold), sold.pushed) == ("sale", True)


def test_a_named_date_comes_before_a_push() -> None:
    p = answered(callback_prob=1.0, push_prob=1.0, sale_base_logit=CERTAIN)
    outcome, after = play(p, KEY, contact(sale_threshold=1.0), mind(DECIDING), call(push=True))
    assert (name(outcome), outcome.pushed) == ("callback_requested", False)
    assert outcome.named_days >= 1
    assert (after.state, after.leaves_s) == (DEFERRED, math.inf)


def test_a_push_that_wins_over_but_does_not_sell_leaves_the_contact_ready() -> None:
    p = answered(callback_prob=0.0, push_prob=1.0, sale_base_logit=NEVER)
    outcome, after = play(p, KEY, contact(), mind(DECIDING), call(push=True))
    assert (name(outcome), outcome.pushed, after.state) == ("not_now", True, READY)


def test_a_push_that_does_not_win_over_leaves_the_contact_deciding() -> None:
    p = answered(callback_prob=0.0, push_prob=0.0)
    outcome, after = play(p, KEY, contact(), mind(DECIDING), call(push=True))
    assert (name(outcome), outcome.pushed, after.state) == ("undecided", True, DECIDING)


def test_only_a_contact_who_decides_is_pushed() -> None:
    p = answered(callback_prob=0.0, spark_prob=0.0)
    for state in (IDLE, READY, DEFERRED, LOST):
        outcome, _ = play(p, KEY, contact(), mind(state), call(push=True))
        assert not outcome.pushed


@pytest.mark.parametrize("state", [IDLE, DECIDING, READY, DEFERRED, LOST])
def test_a_call_without_spark_push_or_date_changes_neither_state_nor_its_times(state) -> None:
    p = answered(spark_prob=0.0, callback_prob=0.0, sale_base_logit=NEVER)
    before = mind(state)._replace(leaves_s=NOW_S + 5.0, rival_s=NOW_S + 9.0, need_no=2, spell=1)
    _, after = play(p, KEY, contact(), before, call())
    assert after[:5] == before[:5]


# Irritation.


JUMPS = {
    "jump_missed": 0.01,
    "jump_refused": 0.02,
    "jump_callback_kept": 0.04,
    "jump_early": 0.08,
    "jump_answered": 0.16,
    "jump_push": 0.32,
}
SURE_DATE = {"callback_prob": 1.0}
SURE_SALE = {"sale_base_logit": CERTAIN}


@pytest.mark.parametrize(
    ("state", "changes", "circumstances", "disposition", "jump"),
    [
        (IDLE, {"reach_base_logit": NEVER}, {}, "no_answer", 0.01),
        (IDLE, {"reach_base_logit": NEVER}, {"kept": True}, "no_answer", 0.01),
        (IDLE, {}, {}, "refused", 0.02),
        (DEFERRED, {}, {}, "not_now", 0.08),
        (LOST, {}, {}, "already_solved", 0.16),
        (READY, {}, {}, "not_now", 0.16),
        (READY, SURE_SALE, {}, "sale", 0.16),
        (DECIDING, {}, {}, "undecided", 0.16),
        (DECIDING, SURE_DATE, {}, "callback_requested", 0.16),
        (DECIDING, {}, {"push": True}, "undecided", 0.16 + 0.32),
        (DECIDING, {"push_prob": 1.0}, {"push": True}, "not_now", 0.16 + 0.32),
        (DECIDING, {}, {"kept": True, "push": True}, "undecided", 0.04 + 0.32),
        (DECIDING, {}, {"kept": True}, "undecided", 0.04),
        (READY, SURE_SALE, {"kept": True}, "sale", 0.04),
        (LOST, {}, {"kept": True}, "already_solved", 0.04),
        (READY, {"optout_base_logit": CERTAIN, "complaint_prob": 0.0}, {}, "opt_out", 0.16),
    ],
)
def test_a_call_adds_exactly_one_jump_times_the_sensitivity(
    state, changes, circumstances, disposition, jump
) -> None:
    base = {"spark_prob": 0.0, "callback_prob": 0.0, "push_prob": 0.0, "sale_base_logit": NEVER}
    p = answered(**{**JUMPS, **base, **changes})
    who = contact(sensitivity=2.5, optout_threshold=20.0, sale_threshold=20.0)
    outcome, after = play(p, KEY, who, mind(state, irritation=0.5), call(**circumstances))
    assert name(outcome) == disposition
    assert after.irritation == pytest.approx(0.5 + 2.5 * jump, rel=1e-14)
    assert after.irritation_s == NOW_S


def test_a_dead_number_irritates_nobody() -> None:
    p = answered(**JUMPS)
    outcome, after = play(p, KEY, contact(dead=True), mind(IDLE, irritation=0.5), call())
    assert (name(outcome), after.irritation) == ("bad_number", 0.5)


def test_probabilities_use_the_stock_decayed_to_the_call_before_its_jump() -> None:
    p = answered(
        irritation_half_life_days=10.0,
        optout_base_logit=-3.0,
        optout_irritation_logit=1.1,
        sale_base_logit=0.4,
        sale_irritation_logit=0.7,
        cancel_base_logit=-1.0,
        cancel_irritation_logit=0.5,
        jump_answered=50.0,
    )
    before = mind(READY, irritation=2.0, irritation_s=NOW_S - 10.0 * DAY_S)  # 1.0 by now
    outcome, after = play(p, KEY, contact(sale_threshold=1e-9), before, call())
    # The hazard of an event of probability p is −log(1 − p).
    assert after.optout_hazard == pytest.approx(-math.log1p(-expit(-3.0 + 1.1)), rel=1e-12)
    assert after.sale_hazard == pytest.approx(-math.log1p(-expit(0.4 - 0.7)), rel=1e-12)
    assert outcome.cancel_prob == pytest.approx(expit(-1.0 + 0.5), rel=1e-12)
    assert after.irritation == pytest.approx(1.0 + 50.0, rel=1e-12)


def test_hazards_grow_only_where_the_event_could_have_happened() -> None:
    p = parameters(**{**MIXED, "reach_base_logit": NEVER})
    _, missed = play(p, KEY, contact(), mind(READY), call())
    assert (missed.optout_hazard, missed.sale_hazard) == (0.0, 0.0)
    p = answered(optout_base_logit=0.0, spark_prob=0.0, callback_prob=0.0)
    for state in (IDLE, DECIDING, DEFERRED, LOST):
        _, after = play(p, KEY, contact(), mind(state), call())
        assert after.optout_hazard == pytest.approx(math.log(2))  # −log(1 − ½)
        assert after.sale_hazard == 0.0


def test_the_event_happens_when_the_cumulated_hazard_reaches_the_threshold() -> None:
    # Opt-out probability ½ in each answered call: hazard log 2 each, so a threshold between
    # 2 log 2 and 3 log 2 is passed in the third call.
    p = answered(optout_base_logit=0.0, complaint_prob=0.0, optout_irritation_logit=0.0)
    who = contact(optout_threshold=2.5 * math.log(2))
    state, seen = mind(LOST), []
    for attempt in (1, 2, 3):
        outcome, state = play(p, KEY, who, state, call(attempt))
        seen.append(name(outcome))
    assert seen == ["already_solved", "already_solved", "opt_out"]


# Cancelling, handling time, draws.


@pytest.mark.parametrize(("pressed", "bonus"), [(False, 0.0), (True, 0.6)])
def test_sales_are_cancelled_with_their_probability_within_the_withdrawal_time(
    pressed, bonus
) -> None:
    p = answered(
        **{**MIXED, "reach_base_logit": CERTAIN, "optout_base_logit": NEVER},
    )._replace(push_prob=1.0, callback_prob=0.0, sale_base_logit=CERTAIN, withdrawal_s=1000.0)
    state = DECIDING if pressed else READY
    n, after_s = 4000, []
    expected = expit(logit(0.3) + 0.4 * 0.0 + bonus)
    for i in range(n):
        who = contact(i, sale_threshold=1.0)
        outcome, _ = play(p, KEY, who, mind(state), call(push=True))
        assert (name(outcome), outcome.pushed) == ("sale", pressed)
        assert outcome.cancel_prob == pytest.approx(expected, rel=1e-12)
        if outcome.cancel_after_s >= 0.0:
            after_s.append(outcome.cancel_after_s)
        else:
            assert outcome.cancel_after_s == -1.0
    assert abs(len(after_s) - n * expected) < 4 * math.sqrt(n * expected * (1 - expected))
    assert stats.kstest(np.array(after_s) / 1000.0, "uniform").pvalue > 1e-4


def test_what_is_not_sold_cannot_be_cancelled() -> None:
    p = answered(spark_prob=0.0, callback_prob=0.0, sale_base_logit=NEVER, cancel_base_logit=9.0)
    for state in (IDLE, DECIDING, READY, DEFERRED, LOST):
        outcome, _ = play(p, KEY, contact(), mind(state), call())
        assert (outcome.cancel_prob, outcome.cancel_after_s) == (0.0, -1.0)


def test_shares_of_complaints_and_closed_accounts_among_opt_outs() -> None:
    p = answered(
        optout_base_logit=CERTAIN, complaint_prob=0.3, account_optout_prob=0.4, spark_prob=0.0
    )
    n = 4000
    outcomes = [
        play(p, KEY, contact(i, optout_threshold=1.0), mind(IDLE), call())[0] for i in range(n)
    ]
    complaints = sum(name(outcome) == "complaint" for outcome in outcomes)
    accounts = sum(outcome.account_opts_out for outcome in outcomes)
    both = sum(name(o) == "complaint" and o.account_opts_out for o in outcomes)
    for found, share in ((complaints, 0.3), (accounts, 0.4), (both, 0.12)):
        assert abs(found - n * share) < 4 * math.sqrt(n * share * (1 - share))


def test_a_call_not_answered_takes_its_ringing_and_nothing_else() -> None:
    p = parameters(reach_base_logit=NEVER, ring_s=25.0, ring_answered_s=12.0, wrap_s=20.0)
    for who in (contact(), contact(dead=True)):
        outcome, _ = play(p, KEY, who, mind(IDLE), call())
        assert (outcome.ring_s, outcome.talk_s, outcome.wrap_s) == (25, 0, 0)


@pytest.mark.parametrize(
    ("state", "changes", "mean_s"),
    [
        (IDLE, {"spark_prob": 0.0}, 30.0),  # refused: brief
        (LOST, {}, 30.0),  # already solved: brief
        (READY, {"optout_base_logit": CERTAIN}, 30.0),  # opted out: brief
        (DECIDING, {"callback_prob": 0.0}, 120.0),  # undecided
        (DECIDING, {"callback_prob": 1.0}, 120.0),  # named a date
        (DEFERRED, {}, 120.0),  # not now
        (READY, {"sale_base_logit": CERTAIN}, 500.0),  # sold
    ],
)
def test_talks_are_lognormal_with_the_mean_of_their_disposition(state, changes, mean_s) -> None:
    cv, n = 0.8, 1500
    p = answered(
        talk_brief_mean_s=30.0,
        talk_mean_s=120.0,
        talk_sale_mean_s=500.0,
        talk_cv=cv,
        ring_answered_s=12.0,
        wrap_s=20.0,
        **changes,
    )
    sd_log = math.sqrt(math.log1p(cv * cv))
    law = stats.lognorm(sd_log, scale=mean_s / math.sqrt(1 + cv * cv))
    talks = []
    for i in range(n):
        who = contact(i, optout_threshold=1.0, sale_threshold=1.0)
        outcome, _ = play(p, KEY, who, mind(state), call())
        assert (outcome.ring_s, outcome.wrap_s) == (12, 20)
        assert isinstance(outcome.talk_s, int)
        assert outcome.talk_s >= 1
        talks.append(outcome.talk_s)
    # Whole seconds: compare the shares below the law's quintiles, rounded as the talks are.
    for cut in np.ceil(law.ppf([0.2, 0.4, 0.6, 0.8])):
        share = law.cdf(cut - 0.5)
        below = sum(talk < cut for talk in talks)
        assert abs(below - n * share) < 4 * math.sqrt(n * share * (1 - share))


def test_draws_are_keyed_by_contact_and_attempt_not_by_time() -> None:
    p = parameters(**MIXED, talk_cv=0.8)

    def outcomes(attempt_no: int, now_s: float) -> list[Outcome]:
        return [
            play(
                p,
                KEY,
                contact(i),
                mind(LOST, irritation_s=now_s),
                call(attempt_no, now_s=now_s),
            )[0]
            for i in range(200)
        ]

    assert outcomes(1, 0.0) == outcomes(1, NOW_S)
    assert outcomes(1, 0.0) != outcomes(2, 0.0)
