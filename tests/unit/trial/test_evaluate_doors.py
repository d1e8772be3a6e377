"""A call log, a table of contacts and a table of totals come to the same comparison."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.errors import InputError
from simkit.scenario import Economics
from simkit.trial import evaluate

FIRST_COLUMNS = [
    *("outcome", "arm", "control", "estimate", "se", "ci_low", "ci_high"),
    *("p_value", "p_adjusted", "n", "verdict"),
]
Table = Callable[..., pd.DataFrame]


def test_the_table_begins_with_the_promised_columns(contacts_table: Table) -> None:
    table = contacts_table({"none": 100, "weekly": 100}, {"none": 0.1, "weekly": 0.2})
    found = evaluate(table, arm="arm", outcomes=["sale"], control="none", cluster=None)
    assert found.table.columns[: len(FIRST_COLUMNS)].tolist() == FIRST_COLUMNS
    assert len(found.table) == 1


def test_totals_say_what_their_contacts_say(contacts_table: Table) -> None:
    sizes, shares = {"a": 150, "b": 130, "c": 140}, {"a": 0.1, "b": 0.3, "c": 0.0}
    table = contacts_table(sizes, shares)
    totals = table.groupby("arm")["sale"].agg(n="size", sale="sum").reset_index()
    one, other = (evaluate(data, outcomes=["sale"], control="a") for data in (table, totals))
    left, right = (found.table.drop(columns="method") for found in (one, other))
    pd.testing.assert_frame_equal(left, right)
    assert one.sentences() == other.sentences()


def test_totals_by_segment_with_a_named_size() -> None:
    totals = pd.DataFrame(
        {
            "where": ["north", "north", "south", "south"],
            "arm": ["a", "b", "a", "b"],
            "people": [100, 100, 200, 200],
            "sale": [30, 10, 20, 20],
        }
    )
    found = evaluate(totals, outcomes=["sale"], control="b", segment="where", n="people")
    rows = found.table.set_index("segment")
    assert rows["estimate"].to_dict() == pytest.approx({"north": 0.2, "south": 0.0})
    assert rows["n"].to_dict() == {"north": 100, "south": 200}
    assert rows["verdict"].to_dict() == {"north": "better", "south": "cannot tell"}


def test_each_segment_may_have_its_own_control() -> None:
    totals = pd.DataFrame(
        {
            "where": ["b2b", "b2b", "b2c", "b2c"],
            "arm": ["10 days", "20 days", "7 days", "14 days"],
            "n": 100,
            "sale": [30, 10, 20, 20],
        }
    )
    controls = {"b2b": "20 days", "b2c": "7 days"}
    found = evaluate(totals, outcomes=["sale"], control=controls, segment="where")
    assert found.table[["arm", "control"]].to_numpy().tolist() == [
        ["10 days", "20 days"],
        ["14 days", "7 days"],
    ]
    assert "interaction of arm and segment" not in set(found.checks["check"])


def test_arms_may_be_numbers_and_come_in_their_order(contacts_table: Table) -> None:
    table = contacts_table({"7": 50, "14": 50, "30": 50}, {"7": 0.1, "14": 0.2, "30": 0.3})
    table["arm"] = table["arm"].astype(float)
    found = evaluate(table, outcomes=["sale"], control=7)
    assert found.table["arm"].tolist() == ["14", "30"]
    assert set(found.table["control"]) == {"7"}


def test_a_log_compares_contacts_as_assigned(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=42)
    rows = found.table.set_index("outcome")
    sale = rows.loc["sale"]
    # 30 of 120 against 20 of 120, the contact that is never called among them.
    assert (sale["mean_arm"], sale["mean_control"]) == pytest.approx((30 / 120, 20 / 120))
    assert (sale["n"], sale["n_control"], sale["clusters"]) == (120, 120, 120)
    assert rows["role"].to_dict() == {
        "net_sale": "primary",
        **dict.fromkeys(("sale", "opt_out", "complaint", "cancelled"), "secondary"),
        **dict.fromkeys(("net_sale_per_dial", "net_sale_per_agent_hour"), "secondary"),
    }
    assert found.horizon_days == 42
    assert found.trustworthy


def test_a_log_with_prices_puts_net_value_first(
    trial_log: CallLog, prices: dict[str, Economics]
) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=42, economics=prices)
    first = found.table.iloc[0]
    assert (first["outcome"], first["role"]) == ("net_value_eur", "primary")
    # 100 EUR a sale, .50 EUR and 20 s at 36 EUR/hour a dial: .70 EUR; 594 and 317 dials.
    assert first["mean_arm"] == pytest.approx((30 * 100 - 594 * 0.7) / 120)
    assert first["mean_control"] == pytest.approx((20 * 100 - 317 * 0.7) / 120)
    assert first["margin"] == pytest.approx(3.65 * 42 / 365)
    guard = found.table.set_index("outcome").loc["opt_out"]
    assert (guard["role"], guard["margin"]) == ("guardrail", 0.02)


def test_a_log_shows_what_each_arm_delivered(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=42)
    dose = found.exposure.set_index("arm")
    assert dose["contacts"].to_dict() == {"7 days": 120, "14 days": 120}
    assert dose["contacts_dialled"].to_dict() == {"7 days": 119, "14 days": 119}
    assert dose["dials"].to_dict() == {"7 days": 594, "14 days": 317}
    assert dose["median_days_between_dials"].to_dict() == {"7 days": 7.0, "14 days": 14.0}
    assert dose["agent_hours"].to_dict() == pytest.approx(
        {"7 days": 3.3, "14 days": 317 * 20 / 3600}
    )


def test_the_horizon_of_a_log_is_what_every_contact_was_followed(
    call_log: Callable[..., CallLog],
) -> None:
    people = [
        {"contact_id": n, "arm": "ab"[n % 2], "entered_at": n % 5, "observed_until": 30.5}
        for n in range(20)
    ]
    calls = [{"contact_id": n, "dialled_at": 10, "disposition": "sale"} for n in range(0, 20, 3)]
    assert evaluate(call_log(people, calls), control="a").horizon_days == 26


def test_contacts_without_the_whole_horizon_are_left_out_and_counted(
    call_log: Callable[..., CallLog],
) -> None:
    people: list[dict[str, Any]] = [
        {"contact_id": n, "arm": "ab"[n % 2], "observed_until": 60 if n < 40 else 20}
        for n in range(50)
    ]
    people += [{"contact_id": n, "arm": None} for n in range(50, 57)]
    calls = [{"contact_id": n, "dialled_at": 25, "disposition": "sale"} for n in range(0, 40, 3)]
    found = evaluate(call_log(people, calls), control="a", horizon_days=30)
    assert found.left_out.to_numpy().tolist() == [
        ["not assigned to an arm (arm is null)", 7],
        ["not followed for 30 days", 10],
    ]
    assert set(found.table["n"] + found.table["n_control"]) == {40}


def test_a_horizon_that_nobody_reached_is_refused(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=90)
    assert set(found.table["verdict"]) == {"refused"}
    assert "followed for 90 days" in found.table["reason"].iloc[0]
    assert found.sentence().startswith("b2c · No answer")


def test_a_log_of_final_counts_is_refused_by_name(call_log: Callable[..., CallLog]) -> None:
    log = call_log([{"contact_id": n, "arm": "ab"[n % 2]} for n in range(8)], [])
    counts = CallLog(log.header, log.contacts, None)
    with pytest.raises(InputError, match="evaluate needs a log with one row an attempt"):
        evaluate(counts, control="a")


def test_a_result_shows_itself_in_a_notebook(trial_log: CallLog) -> None:
    found = evaluate(trial_log, control="14 days", horizon_days=42, outcomes=["sale", "opt_out"])
    shown = found._repr_html_()
    assert found.sentence() in shown
    assert "Checks" in shown
    # The trend of what decides and the choice between arms; not what nobody adjusted.
    assert escape(found.regret().sentence()) in shown
    assert sum(escape(text) in shown for text in found.trend_sentences()) == 1
    assert "Without adjustment" not in shown


def test_what_may_not_be_acted_on_is_not_shown_as_a_choice(trial_log: CallLog) -> None:
    evaluated = evaluate(trial_log, control="14 days", horizon_days=42, outcomes=["sale"])
    found = replace(evaluated, trustworthy=False)
    assert found.regret().sentence()
    assert escape(found.regret().sentence()) not in found._repr_html_()


def test_a_notebook_shows_the_plain_differences_beside_adjusted_ones(trial_log: CallLog) -> None:
    contacts = trial_log.contacts
    past = np.random.default_rng(2).poisson(3, len(contacts)).astype(float)
    log = replace(trial_log, contacts=contacts.assign(calls_before=past))
    found = evaluate(log, control="14 days", horizon_days=42, adjust=["calls_before"])
    assert "<summary>Without adjustment</summary>" in found._repr_html_()


@pytest.mark.parametrize(
    "name",
    [
        *("revenue_eur", "calls", "clicks", "Ricavi", "minuti", "dials", "net_value", "valore"),
        *("customer_revenue", "fatturato_clienti", "30_minutes", "payments", "incassi", "units"),
    ],
)
def test_totals_of_amounts_and_of_what_happens_often_are_no_shares(name: str) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [1000, 1000], name: [400, 300], "sale": [9, 7]})
    found = evaluate(totals, arm="arm", control="a", outcomes=["sale", name], n="n")
    assert dict(zip(found.table["outcome"], found.table["verdict"], strict=True))[name] == "refused"
    row = found.table.set_index("outcome").loc[name]
    assert "amount" in row["reason"]
    assert np.isnan(row["ci_low"])


@pytest.mark.parametrize(
    "name",
    [
        *("clicked", "contacts_with_calls", "reached", "sold_in_30_days", "orders", "answered"),
        *("unsubscribed_from_emails", "bought_within_two_days", "high_value_sold"),
        *("acquisti_entro_trenta_giorni", "visite_prenotate", "no_cost_plan"),
    ],
)
def test_totals_of_contacts_stay_shares(name: str) -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [1000, 1000], name: [400, 300]})
    found = evaluate(totals, arm="arm", control="a", outcomes=[name], n="n")
    assert found.table["verdict"].item() != "refused"


def test_contacts_are_not_split_by_their_outcome(contacts_table: Table) -> None:
    table = contacts_table({"none": 100, "weekly": 100}, {"none": 0.1, "weekly": 0.2})
    table["answer"] = table["sale"].map({0: "cold", 1: "warm"})
    for segment in ("sale", "answer"):
        with pytest.raises(InputError, match="what the arm itself brings about") as told:
            evaluate(table, arm="arm", outcomes=["sale"], control="none", segment=segment)
        assert told.value.problems[0].value == segment


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "A"),
        ("7", "7.0"),
        ("7 days", "7,00 days"),
        ("ogni 7 giorni", "ogni  7 giorni"),
        ("ogni 7 giorni", "ogni 7\u00a0giorni"),
        ("perch\u00e9", "perche\u0301"),  # composed, and a letter with an accent behind it
    ],
)
def test_arms_that_differ_in_writing_alone_are_refused(
    contacts_table: Table, one: str, other: str
) -> None:
    table = contacts_table({one: 100, other: 100, "b": 100}, {one: 0.1, other: 0.1, "b": 0.2})
    with pytest.raises(InputError, match="must differ by more than capitals") as told:
        evaluate(table, arm="arm", outcomes=["sale"], control="b")
    assert sorted(told.value.problems[0].value) == sorted([one, other])


@pytest.mark.parametrize(("one", "other"), [("1", "01"), ("1.5", "1.50 EUR"), ("7", "70")])
def test_arms_of_other_numbers_or_letters_are_two(
    contacts_table: Table, one: str, other: str
) -> None:
    table = contacts_table({one: 100, other: 100}, {one: 0.1, other: 0.2})
    assert len(evaluate(table, arm="arm", outcomes=["sale"], control=one).table) == 1
