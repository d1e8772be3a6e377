"""One row per contact: every expected number is worked out by hand beside it."""

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog, Header
from simkit.errors import InputError
from simkit.measures import OUTCOMES, contact_outcomes

TIMES = {"ring_s": 10, "talk_s": 40, "wrap_s": 5}


def test_each_attempt_counts_for_its_contact_within_the_horizon(call_log):
    log = call_log(
        {7: {}, 3: {}, 5: {}},
        [
            (7, 1, "no_answer", {"ring_s": 20, "talk_s": 0, "wrap_s": 0}),
            (3, 1.5, "abandoned", TIMES),
            (7, 2, "refused", TIMES),
            (7, 3, "callback_requested", TIMES),
            (3, 4, "bad_number", TIMES),
            (7, 5, "error", TIMES),
            (7, 29, "sale", TIMES),
            (3, 31, "not_now", TIMES),  # after the horizon
        ],
    )
    table = contact_outcomes(log, horizon_days=30).set_index("contact_id")
    assert list(table.index) == [7, 3, 5]  # the order of the contacts, the undialled one too
    # Contact 7: no_answer, refused, callback_requested, sale; an error is no attempt.
    counted = ["attempts", "live", "right_party", "conversations", "refused", "callbacks", "sale"]
    assert table.loc[7, counted].tolist() == [4, 3, 3, 3, 1, 1, 1]
    assert table.loc[7, "agent_s"] == 20 + 3 * 55
    # Contact 3: abandoned (live, but no conversation) and a dead number.
    assert table.loc[3, counted].tolist() == [2, 1, 0, 0, 0, 0, 0]
    assert table.loc[3, ["bad_number", "abandoned"]].tolist() == [1, 1]
    assert table["reached"].tolist() == [True, False, False]
    numbers = table.loc[5].drop(["account_id", "segment", "arm", "entered_at", "observed_until"])
    assert numbers.drop(["followed_days", "full_horizon"]).sum() == 0


def test_the_horizon_ends_at_the_same_time_of_day_in_spite_of_summer_time(call_log):
    # Entered at 10:00 on day 20; summer time begins on day 27. The window of 10 days ends at 10:00
    # of day 30 by the clock on the wall, which is 239 hours later.
    log = call_log(
        {1: {"entered_at": 20 + 10 / 24}},
        [
            (1, 30 + 9.5 / 24, "no_answer"),
            (1, 30 + 10 / 24, "no_answer"),
        ],
    )
    assert contact_outcomes(log, horizon_days=10)["attempts"].tolist() == [1]


def test_attempts_before_entry_or_after_observation_are_not_counted(call_log):
    log = call_log(
        {1: {"entered_at": 5, "observed_until": 20}},
        [(1, 4, "no_answer"), (1, 5, "no_answer"), (1, 20, "no_answer"), (1, 21, "no_answer")],
    )
    for horizon in (None, 90):
        assert contact_outcomes(log, horizon_days=horizon)["attempts"].tolist() == [2]


def test_followed_days_and_full_horizon(call_log):
    log = call_log({1: {}, 2: {"entered_at": 60}, 3: {"entered_at": 70}}, [])
    table = contact_outcomes(log, horizon_days=40)
    assert table["followed_days"].tolist() == [40, 40, 30]
    assert table["full_horizon"].tolist() == [True, True, False]
    table = contact_outcomes(log)
    assert table["followed_days"].tolist() == [100, 40, 30]
    assert table["full_horizon"].all()


def test_a_complaint_is_an_opt_out_too(call_log):
    log = call_log({1: {}, 2: {}, 3: {}}, [(1, 1, "complaint"), (2, 1, "opt_out")])
    table = contact_outcomes(log)
    assert table["opt_out"].tolist() == [1, 1, 0]
    assert table["complaint"].tolist() == [1, 0, 0]


def test_a_sale_is_cancelled_pending_or_kept(call_log):
    log = call_log(
        {1: {}, 2: {}, 3: {}, 4: {"segment": "b2b"}},
        [
            (1, 10, "sale", {"cancelled_at": 80}),  # seen after the horizon: still cancelled
            (2, 10, "sale"),  # 14 days have passed at day 100
            (3, 95, "sale"),  # may be cancelled until day 109
            (4, 95, "sale"),  # withdrawal not known: not pending
        ],
        withdrawal_days={"b2c": 14.0},
    )
    table = contact_outcomes(log)
    assert table["sale"].tolist() == [1, 1, 1, 1]
    assert table["cancelled"].tolist() == [1, 0, 0, 0]
    assert table["net_sale"].tolist() == [0, 1, 1, 1]
    assert table["pending"].tolist() == [0, 0, 1, 0]
    assert contact_outcomes(log, horizon_days=30)["cancelled"].tolist() == [1, 0, 0, 0]


def test_a_pending_sale_counts_at_expectation_when_simulated_and_in_full_in_the_field(
    call_log, prices
):
    truth = pd.DataFrame({"contact_id": [2, 1], "cancel_prob": [np.nan, 0.2]})
    calls = [(1, 93, "sale", {"value_cents": 10_000})]
    columns = ["net_sale_expected", "value_eur"]
    made = call_log({1: {}, 2: {}}, calls, truth, source="simulated", withdrawal_days={"b2c": 14.0})
    # Half of the 14 days have passed: cancelled yet with .2 × .5 / (1 − .2 × .5) = 1/9.
    table = contact_outcomes(made, economics={"b2c": prices})
    assert table.loc[0, columns].tolist() == pytest.approx([8 / 9, 800 / 9])
    assert table.loc[0, ["net_sale", "pending"]].tolist() == [1, 1]
    field = call_log({1: {}, 2: {}}, calls, truth, withdrawal_days={"b2c": 14.0})
    table = contact_outcomes(field, economics={"b2c": prices})
    assert table.loc[0, columns].tolist() == [1.0, 100.0]


def test_money_adds_up_by_hand(call_log, prices):
    log = call_log(
        {1: {}, 2: {}, 3: {}, 4: {}},
        [
            (1, 1, "undecided", TIMES),
            (1, 2, "sale", TIMES | {"value_cents": 12_345}),
            (2, 3, "complaint", TIMES),
            (3, 4, "sale", {"cancelled_at": 5, "ring_s": 10}),
            (4, 5, "suppressed"),
        ],
    )
    table = contact_outcomes(log, horizon_days=30, economics={"b2c": prices})
    assert table["value_eur"].tolist() == pytest.approx([123.45, 0, 0, 0])
    assert table["dial_cost_eur"].tolist() == pytest.approx([1.0, 0.5, 0.5, 0])
    # A cent a second.
    assert table["agent_cost_eur"].tolist() == pytest.approx([1.10, 0.55, 0.10, 0])
    assert table["complaint_cost_eur"].tolist() == pytest.approx([0, 20, 0, 0])
    # Ten cents a day for the 130 − 30 days of valuation beyond the horizon; a number on the
    # suppression list is lost like an opt-out.
    assert table["optout_cost_eur"].tolist() == pytest.approx([0, 10, 0, 10])
    assert table["net_value_eur"].tolist() == pytest.approx([121.35, -31.05, -0.6, -10])
    # Without a horizon the contact's own 100 followed days are taken off.
    own = contact_outcomes(log, economics={"b2c": prices})
    assert own["optout_cost_eur"].tolist() == pytest.approx([0, 3, 0, 3])


def test_a_sale_without_a_value_takes_the_price_list(call_log, prices):
    log = call_log({1: {}}, [(1, 2, "sale")])
    assert contact_outcomes(log, economics={"b2c": prices})["value_eur"].tolist() == [100.0]


def test_without_prices_there_is_no_money(call_log):
    assert not [name for name in contact_outcomes(call_log({1: {}}, [])) if name.endswith("eur")]


def test_unknown_handling_time_counts_as_nothing_and_is_flagged(call_log):
    log = call_log(
        {1: {}},
        [(1, 1, "undecided", {"talk_s": 30}), (1, 2, "undecided", TIMES), (1, 3, "error")],
    )
    table = contact_outcomes(log)
    assert table[["agent_s", "talk_wrap_s", "agent_s_unknown"]].to_numpy().tolist() == [[85, 75, 1]]


def test_text_ids_covariates_and_the_order_of_contacts_are_kept(call_log):
    log = call_log(
        {"b": {"region": "north", "agent_hint": 1.5}, "a": {"region": "south", "agent_hint": 2.5}},
        [("a", 1, "no_answer", {"agent_id": "x"}), ("b", 2, "sale", {"agent_id": "y"})],
    )
    table = contact_outcomes(log)
    assert table["contact_id"].tolist() == ["b", "a"]
    assert table["region"].tolist() == ["north", "south"]
    assert table["sale"].tolist() == [1, 0]
    assert list(table.columns[: len(log.contacts.columns)]) == list(log.contacts.columns)
    assert "followed_days" not in log.contacts  # the log itself is not changed


def test_categories_and_other_integer_types_give_the_same(call_log):
    log = call_log({1: {}, 2: {}}, [(1, 1, "no_answer"), (2, 2, "sale")])
    other = CallLog(
        log.header,
        log.contacts.astype({"contact_id": "Int64", "segment": "category"}),
        log.attempts.astype({"disposition": "category", "contact_id": "int32"}),
    )
    wanted = contact_outcomes(log)
    found = contact_outcomes(other)
    names = list(OUTCOMES)[6:]
    pd.testing.assert_frame_equal(found[names], wanted[names])


def test_every_averaged_outcome_is_a_column(call_log, prices):
    table = contact_outcomes(call_log({1: {}}, []), economics={"b2c": prices})
    assert set(OUTCOMES) <= set(table.columns)
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in OUTCOMES)


def test_totals_are_conserved(call_log):
    # 200 contacts, 3,000 calls at random: what is counted by contact sums to what the log holds.
    rng = np.random.default_rng(1)
    ends = rng.choice(["no_answer", "busy", "refused", "undecided", "error"], 3_000)
    who = rng.integers(0, 200, 3_000)
    days = np.sort(rng.uniform(0, 99, 3_000))
    log = call_log(
        {key: {} for key in range(200)},
        [(int(w), d, e, TIMES) for w, d, e in zip(who, days, ends, strict=True)],
    )
    table = contact_outcomes(log)
    assert table["attempts"].sum() == (ends != "error").sum()
    assert table["refused"].sum() == (ends == "refused").sum()
    assert table["agent_s"].sum() == 55 * (ends != "error").sum()
    shorter = [contact_outcomes(log, horizon_days=h)["attempts"].sum() for h in (10, 50, 100)]
    assert shorter == [int((ends[days < h] != "error").sum()) for h in (10, 50, 100)]


def test_a_log_without_any_attempt(call_log, prices):
    log = call_log({1: {}, 2: {}}, [])
    table = contact_outcomes(log, horizon_days=30, economics={"b2c": prices})
    assert table["net_value_eur"].tolist() == [0, 0]


@pytest.mark.parametrize("horizon", [0, -3, float("nan"), float("inf")])
def test_a_horizon_must_be_above_0(call_log, horizon):
    with pytest.raises(InputError, match="must be a number above 0"):
        contact_outcomes(call_log({1: {}}, []), horizon_days=horizon)


def test_a_segment_without_prices_is_named(call_log, prices):
    log = call_log({1: {}, 2: {"segment": "b2b"}, 3: {"segment": "vip"}}, [])
    with pytest.raises(InputError) as caught:
        contact_outcomes(log, economics={"b2c": prices})
    assert [problem.value for problem in caught.value.problems] == ["b2b", "vip"]


def test_a_sale_of_unknown_value_is_named_with_its_rows(call_log, prices):
    log = call_log(
        {1: {}, 2: {"segment": "b2b"}},
        [(1, 1, "sale"), (2, 2, "no_answer"), (2, 3, "sale")],
    )
    free = prices.model_copy(update={"sale_value_eur": None})
    with pytest.raises(InputError) as caught:
        contact_outcomes(log, economics={"b2c": prices, "b2b": free})
    (problem,) = caught.value.problems
    assert (problem.field, problem.rows) == ("value_cents", (2,))
    assert "'b2b'" in problem.rule


def test_an_unknown_disposition_is_refused_with_its_rows(call_log):
    log = call_log({1: {}}, [(1, 1, "no_answer"), (1, 2, "sold"), (1, 3, "sold")])
    with pytest.raises(InputError) as caught:
        contact_outcomes(log)
    (problem,) = caught.value.problems
    assert (problem.value, problem.rows) == ("sold", (1, 2))


def test_a_covariate_must_not_be_named_like_an_outcome(call_log):
    with pytest.raises(InputError, match="sale == 'sale', must have another name"):
        contact_outcomes(call_log({1: {"sale": 3}}, []))


def test_final_counts_are_refused_by_name():
    contacts = pd.DataFrame({"contact_id": [1]})
    header = Header(
        source="field", start=pd.Timestamp("2026-03-02"), timezone="Europe/Rome", detail="counts"
    )
    with pytest.raises(InputError, match="contact_outcomes"):
        contact_outcomes(CallLog(header, contacts, None))
