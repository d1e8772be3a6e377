"""Measures of tiny logs: every expected value is worked out by hand beside it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog, Header
from simkit.errors import InputError
from simkit.measures import MEASURES, OUTCOMES, contact_outcomes, measures
from simkit.measures.reduction import windows
from simkit.measures.spacing import gap_days

TIMES = {"ring_s": 10, "talk_s": 40, "wrap_s": 5}


@pytest.fixture
def small(call_log):
    """Three contacts of arm "a", one of arm "b"; contact 4 is never dialled."""
    return call_log(
        {1: {"arm": "a"}, 2: {"arm": "a"}, 3: {"arm": "b"}, 4: {"arm": "a"}},
        [
            (1, 1, "no_answer", {"due_at": 1, "ring_s": 25, "talk_s": 0, "wrap_s": 0}),
            (2, 1, "answered_other", TIMES | {"due_at": 0.75}),
            (3, 2, "abandoned", {"due_at": 2, "ring_s": 10, "talk_s": 0, "wrap_s": 0}),
            (1, 8, "undecided", TIMES | {"due_at": 8}),
            (2, 12, "complaint", TIMES | {"due_at": 11}),
            (3, 22, "opt_out", TIMES | {"due_at": 12}),
            (1, 18, "sale", TIMES | {"due_at": 15, "cancelled_at": 20}),
        ],
    )


def test_rates_have_the_denominators_of_their_definitions(small):
    table = measures(small, by=())
    expected = {
        "answer_rate": 6 / 7,  # all but one no answer; an abandoned call is a live answer
        "right_party_rate": 4 / 7,  # undecided, complaint, opt-out, sale
        "abandoned_rate": 1 / 6,
        "conversion_per_dial": 1 / 7,
        "conversion_per_right_party": 1 / 4,
        "conversion_per_contact": 1 / 4,
        "cancellation_rate": 1.0,
        "net_sales_per_contact": 0.0,
        "penetration": 3 / 4,
        "saturation": 7 / 4,
        "attempts_per_sale": 7.0,
        "opt_outs_per_contact": 2 / 4,  # the complaint is one
        "opt_outs_per_1000_conversations": 1000 * 2 / 5,  # 6 live answers less one abandoned
        "complaints_per_contact": 1 / 4,
        "complaints_per_1000_conversations": 1000 / 5,
        "agent_hours_per_contact": (25 + 10 + 5 * 55) / 3600 / 4,
        "net_sales_per_agent_hour": 0.0,
    }
    found = table.table.set_index("measure")["value"]
    assert found[list(expected)].to_dict() == pytest.approx(expected)


def test_groups_add_up_to_the_whole(small):
    whole = measures(small, by=()).table.set_index("measure")
    parts = measures(small, by=("arm",)).table
    sums = parts.groupby("measure")[["numerator", "denominator"]].sum(min_count=2)
    both = parts.groupby("measure")["numerator"].count() == 2
    names = both.index[both]
    assert len(names) > 15
    for column in ("numerator", "denominator"):
        assert sums.loc[names, column].tolist() == pytest.approx(whole.loc[names, column].tolist())


def test_a_group_is_asked_for_by_name(small):
    table = measures(small)
    assert table.value("saturation", arm="a") == pytest.approx(5 / 3)
    assert table.value("saturation", segment="b2c", arm="b") == 2
    with pytest.raises(InputError, match="must name one row"):
        table.value("saturation")


def test_delivered_interval_is_the_gap_between_dials(small):
    table = measures(small, by=("arm",))
    # Arm a: contact 1 after 7 and 10 days, contact 2 after 11; arm b: contact 3 after 20.
    assert table.value("delivered_interval_days", arm="a") == pytest.approx(28 / 3)
    assert table.value("delivered_interval_median_days", arm="a") == pytest.approx(10)
    assert table.value("delivered_interval_days", arm="b") == pytest.approx(20)


def test_interval_adherence_and_wait_are_measured_from_the_due_date(small):
    table = measures(small, by=("arm",))
    # Due after 7, 7, 10 days; dialled after 7, 10, 11: ratios 1, 10/7, 1.1. Arm b: 20 of 10.
    assert table.value("interval_adherence", arm="a") == pytest.approx(1.1)
    assert table.value("interval_adherence", arm="b") == pytest.approx(2.0)
    # Waits in arm a: 0, 0, 3 days and ¼, 1 day; in arm b 0 and 10 days.
    assert table.value("wait_hours", arm="a") == pytest.approx(24 * 4.25 / 5)
    assert table.value("wait_hours", arm="b") == pytest.approx(24 * 5)


def test_a_gap_over_the_change_to_summer_time_is_whole_days(call_log):
    log = call_log({1: {}}, [(1, 26.4, "no_answer"), (1, 27.4, "no_answer")])
    assert measures(log, by=()).value("delivered_interval_days") == 1.0


def test_gaps_are_counted_by_the_days_between_which_they_lie(small):
    frame = windows(small, None)
    # Contacts 1, 2 and 4 of arm a are in cell 0, contact 3 is left out.
    found = gap_days(small, frame, np.array([0, 0, -1, 0]))
    day = pd.Timestamp("2026-03-02") + pd.to_timedelta([1, 1, 8], unit="D")
    assert found["from_day"].tolist() == day.tolist()
    day = pd.Timestamp("2026-03-02") + pd.to_timedelta([8, 12, 18], unit="D")
    assert found["to_day"].tolist() == day.tolist()
    assert found[["cell", "gaps"]].to_numpy().tolist() == [[0, 1]] * 3


def test_callbacks_are_kept_from_the_named_time_to_the_end_of_the_window(call_log):
    hour = 1 / 24
    named = {"callback_at": 10}
    log = call_log(
        {key: {} for key in range(7)} | {7: {"observed_until": 10.01}},
        [(key, 5, "callback_requested", named) for key in range(6)]
        + [(6, 5, "callback_requested"), (7, 5, "callback_requested", named)]
        + [
            (0, 10, "undecided"),  # kept
            (1, 10 + hour, "undecided"),  # kept: at the window's very end
            (2, 10 + 1.1 * hour, "undecided"),  # late
            (3, 9.9, "undecided"),  # early: not what was promised
            (4, 12, "undecided"),  # late
            # 5 is not called back at all; 6 named no date, so nothing was promised;
            # 7 is not observed to the window's end, so nobody can say yet.
        ],
    )
    table = measures(log, by=(), callback_window_min=60)
    assert table.value("callback_adherence") == pytest.approx(2 / 6)
    # After a promise the gap is not a recall interval; 6 promised nothing but has no second call.
    assert np.isnan(table.value("delivered_interval_days"))
    assert measures(log, by=(), callback_window_min={"b2c": 90}).value(
        "callback_adherence"
    ) == pytest.approx(3 / 6)


def test_a_callback_an_hour_before_the_named_time_keeps_the_promise_once(call_log):
    hour, noon, night = 1 / 24, 10.5, 10 + 0.5 / 24
    log = call_log(
        {key: {} for key in range(7)},
        [
            (key, 5, "callback_requested", {"callback_at": at})
            for key, at in enumerate((noon, noon, noon, noon, 10, night, night))
        ]
        + [
            (0, noon - hour, "undecided"),  # kept: just an hour before
            (1, noon - 1.01 * hour, "undecided"),  # early
            (2, noon - 0.25 * hour, "no_answer"),  # kept, and
            (2, noon + 0.25 * hour, "undecided"),  # not counted again
            (3, noon - 2 * hour, "no_answer"),  # early, and
            (3, noon, "undecided"),  # the next dial alone is judged
            (4, 10 - 0.1 * hour, "undecided"),  # only the date is named: not on the day before
            (5, 10 - 0.1 * hour, "undecided"),  # 0:30 is named: nor here
            (6, 10, "undecided"),  # kept
        ],
    )
    table = measures(log, by=(), callback_window_min=60)
    assert table.value("callback_adherence") == pytest.approx(3 / 7)


def test_a_promise_that_a_colleagues_opt_out_forbids_to_keep_is_none(call_log):
    named = {"callback_at": 10}
    log = call_log(
        {key: {} for key in range(3)},
        [(key, 5, "callback_requested", named) for key in range(3)]
        + [
            (0, 10, "undecided"),  # kept
            (1, 8, "suppressed"),  # struck off before the date
            (2, 20, "suppressed"),  # nobody had called until then: broken
        ],
    )
    table = measures(log, by=(), callback_window_min=60)
    assert table.value("callback_adherence") == pytest.approx(1 / 2)


def test_without_a_window_callback_adherence_says_why_it_has_no_value(call_log):
    log = call_log({1: {}}, [(1, 5, "callback_requested", {"callback_at": 10})])
    row = measures(log, by=(), only=["callback_adherence"]).table.iloc[0]
    assert np.isnan(row["value"])
    assert row["reason"] == "the time within which a callback keeps the promise is not known"


def test_what_a_field_log_does_not_say_has_no_value_and_a_reason(call_log):
    log = call_log({1: {}}, [(1, 1, "no_answer"), (1, 8, "undecided")])
    rows = measures(log, by=()).table.set_index("measure")
    reasons = rows.loc[rows["value"].isna(), "reason"]
    assert reasons.str.len().min() > 0
    assert "when an attempt was due" in reasons["wait_hours"]
    assert "when an attempt was due" in reasons["interval_adherence"]
    assert "how long the calls took" in reasons["agent_hours_per_contact"]
    assert "logged in" in reasons["occupancy"]
    assert reasons["net_value_eur_per_contact"] == "no prices were given"
    assert reasons["attempts_per_sale"] == "there are no sales"
    assert rows.loc["delivered_interval_days", "value"] == 7
    assert rows.loc["answer_rate", "reason"] == ""


def test_partly_unknown_time_and_pending_sales_are_remarked(call_log, prices):
    log = call_log(
        {1: {}},
        [(1, 1, "undecided", {"talk_s": 60}), (1, 95, "sale", TIMES)],
        withdrawal_days={"b2c": 14.0},
    )
    rows = measures(log, by=(), economics={"b2c": prices}).table.set_index("measure")
    value = rows.loc["net_value_eur_per_contact"]
    assert value["value"] > 0
    assert "may still be cancelled, counted in full: 1" in value["reason"]
    assert "a part of the agents' time unknown, counted as 0: 1" in value["reason"]


def test_money_is_the_mean_of_the_contacts_money(small, prices):
    economics = {"b2c": prices}
    outcomes = contact_outcomes(small, economics=economics)
    table = measures(small, by=(), economics=economics)
    for term in ("net_value", "value", "dial_cost", "agent_cost", "complaint_cost", "optout_cost"):
        found = table.value(f"{term}_eur_per_contact")
        assert found == pytest.approx(outcomes[f"{term}_eur"].mean())
    # 4 contacts followed 100 days each.
    yearly = outcomes["net_value_eur"].sum() / (400 / 365)
    assert table.value("net_value_eur_per_contact_year") == pytest.approx(yearly)


def test_cost_of_a_customer_is_all_cost_over_net_sales(call_log, prices):
    log = call_log(
        {1: {}, 2: {}, 3: {}},
        [
            (1, 1, "sale", TIMES),
            (2, 1, "sale", TIMES | {"cancelled_at": 3}),
            (3, 1, "complaint", TIMES),
        ],
    )
    table = measures(log, by=(), economics={"b2c": prices})
    # 3 dials at .50, 165 s at a cent, one complaint at 20, one opt-out at ten cents for 30 days.
    assert table.value("cost_eur_per_customer") == pytest.approx(1.5 + 1.65 + 20 + 3)


def test_contacts_without_the_whole_horizon_are_left_out_and_counted(call_log):
    log = call_log({1: {}, 2: {"observed_until": 20}}, [(1, 1, "sale"), (2, 2, "no_answer")])
    table = measures(log, by=(), horizon_days=30)
    assert (table.contacts, table.left_out) == (1, 1)
    assert table.value("conversion_per_contact") == 1
    assert "not observed for the whole horizon: 1 of 2 contacts" in table.sentence()
    assert measures(log, by=()).value("conversion_per_contact") == 0.5


def test_occupancy_needs_the_logged_in_time_of_exactly_its_groups(small):
    # 5 calls with 45 s of talk and wrap-up; 4 of them in arm a.
    assert measures(small, by=(), logged_in_s=450).value("occupancy") == pytest.approx(0.5)
    by_arm = measures(small, by=("arm",), logged_in_s={"a": 360, "b": 90})
    assert by_arm.value("occupancy", arm="a") == pytest.approx(0.5)
    assert by_arm.value("occupancy", arm="b") == pytest.approx(0.5)

    def reason(**arguments):
        rows = measures(small, only=["occupancy"], **arguments).table
        assert rows["value"].isna().all()
        return rows["reason"].iloc[0]

    assert "all agents" in reason(by=("arm",), logged_in_s=450)
    assert "by arm" in reason(by=(), logged_in_s={"a": 360, "b": 90})
    assert "horizon" in reason(by=(), logged_in_s=450, horizon_days=30)


def test_a_simulated_header_brings_the_window_and_the_logged_in_time(small):
    about = {"logged_in_s": {"a": 360.0, "b": 90.0}, "callback_window_min": {"b2c": 30.0}}
    header = dataclasses.replace(small.header, source="simulated", scenario=about)
    log = CallLog(header, small.contacts, small.attempts)
    table = measures(log, by=("arm",))
    assert table.value("occupancy", arm="a") == pytest.approx(0.5)
    reason = table.table.set_index("measure").loc["callback_adherence", "reason"]
    assert set(reason) == {"there are no callbacks promised"}


def counts_log():
    contacts = pd.DataFrame(
        {
            "contact_id": [1, 2, 3, 4],
            "segment": "b2c",
            "arm": None,
            "attempts_count": np.array([3, 1, 0, 2], dtype="int32"),
            "final_disposition": pd.array(["sale", "opt_out", None, None], dtype="str"),
        }
    )
    start = pd.Timestamp("2026-03-02")
    header = Header(source="field", start=start, timezone="Europe/Rome", detail="counts")
    return CallLog(header, contacts, None)


def test_final_counts_support_a_few_measures_and_the_others_say_why_not():
    rows = measures(counts_log(), by=()).table.set_index("measure")
    expected = {
        "saturation": 6 / 4,
        "penetration": 3 / 4,
        "conversion_per_contact": 1 / 4,
        "conversion_per_dial": 1 / 6,
        "attempts_per_sale": 6.0,
        "opt_outs_per_contact": 1 / 4,
        "complaints_per_contact": 0.0,
    }
    assert rows["value"].dropna().to_dict() == pytest.approx(expected)
    assert "end is unknown, counted as without: 1" in rows.loc["conversion_per_contact", "reason"]
    lacking = rows.loc[rows["value"].isna(), "reason"]
    assert set(lacking) == {"the log holds final counts only, no attempts"}


def test_a_measure_that_needs_attempts_is_refused_by_name_on_final_counts():
    with pytest.raises(InputError) as caught:
        measures(counts_log(), by=(), only=["answer_rate", "saturation", "wait_hours"])
    assert [problem.value for problem in caught.value.problems] == ["answer_rate", "wait_hours"]
    with pytest.raises(InputError, match="measures with a horizon needs a log"):
        measures(counts_log(), horizon_days=30)


def test_all_wrong_arguments_are_listed_at_once(small):
    with pytest.raises(InputError) as caught:
        measures(
            small,
            by=("team",),
            only=["answer_rat"],
            callback_window_min={"b2c": -1},
            logged_in_s=0,
        )
    assert [problem.value for problem in caught.value.problems] == ["answer_rat", "team", -1, 0]


def test_the_sentence_gives_net_value_first_with_units_and_days(small, prices):
    said = measures(small, by=("arm",), horizon_days=50, economics={"b2c": prices}).sentences()
    # Arm b: two dials at .50, 65 s at a cent, an opt-out at ten cents for 80 days; days 2 to 22.
    assert said[1] == (
        "b over 50 days: net value −9.65 EUR per contact; 0.0 sales per 100 contacts, net of "
        "cancellations; 100.0 % of contacts opted out or complained; 2.0 dials per contact; "
        "100.0 % of dials answered; 20.0 days between dials."
    )


def test_without_a_horizon_the_sentence_gives_the_days_of_each_group(call_log):
    log = call_log(
        {1: {"arm": "a", "observed_until": 30}, 2: {"arm": "a", "observed_until": 50}, 3: {}},
        [(3, 5, "no_answer")],
    )
    assert measures(log, only=["saturation"]).sentences() == [
        "b2c, a over 40 days on average: 0.0 dials per contact.",
        "b2c over 100 days on average: 1.0 dials per contact.",
    ]
    by_arm = measures(log, by=("arm",), only=["saturation"]).sentence()
    assert by_arm.endswith(" No arm over 100 days on average: 1.0 dials per contact.")
    whole = measures(log, by=(), only=["saturation"]).sentence()
    assert whole == "All contacts over 60 days on average: 0.3 dials per contact."


def test_text_ids_give_the_same_measures(small, call_log):
    as_text = CallLog(
        small.header,
        small.contacts.astype({"contact_id": "str", "account_id": "str"}),
        small.attempts.astype({"contact_id": "str"}),
    )
    wanted, found = measures(small).table, measures(as_text).table
    pd.testing.assert_frame_equal(found, wanted)


def test_a_log_without_attempts_has_rows_for_all(call_log, prices):
    table = measures(call_log({1: {}}, []), economics={"b2c": prices})
    assert len(table.table) == len(MEASURES)
    assert table.value("saturation") == 0
    assert "net value 0.00 EUR per contact" in table.sentence()
    assert "0.0 dials per contact." in table.sentence()


def test_a_log_without_contacts_has_no_rows(call_log):
    whole = call_log({1: {}}, [])
    log = CallLog(whole.header, whole.contacts.iloc[:0], whole.attempts)
    assert len(contact_outcomes(log, horizon_days=30)) == 0
    table = measures(log)
    assert (len(table.table), table.sentence()) == (0, "")
    assert "0 contacts" in table._repr_html_()


def test_the_registry_says_all_that_a_reader_needs():
    for name, row in MEASURES.items():
        assert row.name == name
        assert row.better in ("higher", "lower", "neither")
        assert all((row.unit, row.formula, row.meaning, row.numerator, row.counted))
        with pytest.raises(dataclasses.FrozenInstanceError):
            row.unit = "apples"
    assert {row.better for row in OUTCOMES.values()} <= {"higher", "lower", "neither"}


def test_a_notebook_shows_measures_by_group(small):
    html = measures(small)._repr_html_()
    assert "saturation" in html
    assert "4 contacts, 0 left out" in html
