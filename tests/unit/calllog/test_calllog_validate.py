"""Every rule of a call log: what breaks it, and the message."""

from dataclasses import replace

import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.calllog.schema import ATTEMPTS, conform, empty_attempts
from simkit.errors import InputError

ZONE = "Europe/Rome"


def at(text):
    return pd.Timestamp(text, tz=ZONE)


def attempt(row, **values):
    """Return a change of one row of attempts."""

    def change(log):
        attempts = log.attempts.copy()
        for column, value in values.items():
            attempts.loc[row, column] = value
        return replace(log, attempts=attempts)

    return change


def contact(row, **values):
    """Return a change of one row of contacts."""

    def change(log):
        contacts = log.contacts.copy()
        for column, value in values.items():
            contacts.loc[row, column] = value
        return replace(log, contacts=contacts)

    return change


def table(name, how):
    """Return a change of a whole table."""
    return lambda log: replace(log, **{name: how(getattr(log, name))})


def header(**values):
    """Return a change of the header."""
    return lambda log: replace(log, header=replace(log.header, **values))


def appended(**values):
    """Return a change that adds a last call of contact 1, who bought in row 3."""
    row = {
        "contact_id": 1,
        "attempt_no": 3,
        "due_at": at("2024-05-01 09:00"),
        "dialled_at": at("2024-05-01 09:00"),
        "channel": "phone",
        "disposition": "no_answer",
        **values,
    }

    def change(log):
        attempts = pd.concat([log.attempts, pd.DataFrame([row])], ignore_index=True)
        return replace(log, attempts=conform(attempts, ATTEMPTS, ZONE))

    return change


# what is broken: (change, fragments of the message, number of problems)
BROKEN = {
    "a column is missing": (
        table("attempts", lambda t: t.drop(columns="talk_s")),
        ["attempts (in memory, rows counted from 0): talk_s", "must be a column"],
        1,
    ),
    "a column of contacts is missing": (
        table("contacts", lambda t: t.drop(columns="arm")),
        ["contacts (in memory", "arm == None, must be a column"],
        1,
    ),
    "attempts has a column of its own": (
        table("attempts", lambda t: t.assign(mood=1)),
        ["mood == None, is not a column of attempts: contact_id, attempt_no"],
        1,
    ),
    "a column has another type": (
        table("attempts", lambda t: t.astype({"ring_s": "Float64"})),
        ["ring_s == 'Float64', must be whole seconds (Int32)"],
        1,
    ),
    "a covariate has a type that files do not keep": (
        table("contacts", lambda t: t.assign(tags=[[1], [2], [3], [4]])),
        ["tags == 'object', must be numbers, yes or no, texts, or times in Europe/Rome"],
        1,
    ),
    "no time zone": (
        table("contacts", lambda t: t.assign(entered_at=t["entered_at"].dt.tz_localize(None))),
        ["entered_at == 'datetime64[us]', must be times (datetime64[us, Europe/Rome])"],
        1,
    ),
    "another time zone than the header's": (
        table("attempts", lambda t: t.assign(due_at=t["due_at"].dt.tz_convert("UTC"))),
        ["due_at == 'datetime64[us, UTC]'", "the time zone of the header"],
        1,
    ),
    "an unknown time zone": (
        header(timezone="Europe/Atlantis"),
        ["header: timezone == 'Europe/Atlantis', must be the name of a time zone"],
        1,
    ),
    "a null where none may be": (
        attempt(2, disposition=None),
        ["disposition == None, must not be null (row 2)"],
        1,
    ),
    "a null in contacts": (
        contact(1, segment=None),
        ["segment == None, must not be null (row 1)"],
        1,
    ),
    "an empty text": (contact(3, segment=" "), ["segment == ' ', must hold something"], 1),
    "a line break": (contact(0, region="a\nb"), ["region == 'a\\nb'", "no line break"], 1),
    "a contact twice": (
        lambda log: replace(contact(3, contact_id=3)(log), truth=None),
        ["contact_id == 3, must be there once: one row a contact (rows 2, 3)"],
        1,
    ),
    "an account in two segments": (
        contact(2, account_id=10),
        ["account_id == 10, must be in one segment only (rows 0, 1, 2)"],
        1,
    ),
    "observed until before entry": (
        contact(3, observed_until=at("2024-03-03")),
        ["observed_until == '2024-03-03 00:00:00+01:00', must not be before entered_at (row 3)"],
        1,
    ),
    "an attempt twice": (
        attempt(3, attempt_no=1),
        ["attempt_no == 1, must be there once for a contact", "(rows 0, 3)"],
        1,
    ),
    "attempt numbers with a gap": (
        attempt(4, attempt_no=3),
        ["attempt_no == 3, must count the contact's rows 1, 2, ... in time order (row 4)"],
        1,
    ),
    "attempt numbers against time": (
        lambda log: attempt(3, attempt_no=1)(attempt(0, attempt_no=2)(log)),
        ["attempt_no == 2, must count the contact's rows 1, 2, ... in time order (rows 0, 3)"],
        1,
    ),
    "rows not in time order": (
        table("attempts", lambda t: t.iloc[[1, 0, 2, 3, 4]].reset_index(drop=True)),
        ["dialled_at == '2024-03-05 09:10:00+01:00', must not be before the row above", "(row 1)"],
        1,
    ),
    "an attempt of an unknown contact": (
        attempt(2, contact_id=99),
        ["contact_id == 99, must be a contact of the contacts table (row 2)"],
        1,
    ),
    "dialled before entry": (
        contact(2, entered_at=at("2024-03-06 10:01")),
        [
            "dialled_at == '2024-03-06 10:00:00+01:00', must not be before the contact's",
            "(row 2)",
        ],
        1,
    ),
    "dialled after the end of observation": (
        contact(1, observed_until=at("2024-04-02 10:04:59")),
        ["dialled_at == '2024-04-02 10:05:00+02:00', must not be after", "observed_until (row 4)"],
        1,
    ),
    "due after dialled": (
        attempt(0, due_at=at("2024-03-05 09:11")),
        ["due_at == '2024-03-05 09:11:00+01:00', must not be after dialled_at (row 0)"],
        1,
    ),
    "a callback in the past": (
        attempt(1, callback_at=at("2024-03-05 09:11")),
        ["callback_at", "must not be before dialled_at: a callback in the past (row 1)"],
        1,
    ),
    "a callback nobody asked for": (
        attempt(0, callback_at=at("2024-04-02 10:00")),
        ["callback_at", "must be null unless the disposition is callback_requested (row 0)"],
        1,
    ),
    "a cancellation of no sale": (
        attempt(4, cancelled_at=at("2024-04-05")),
        ["cancelled_at", "must be null unless the disposition is sale (row 4)"],
        1,
    ),
    "a cancellation before the sale": (
        attempt(3, cancelled_at=at("2024-03-12 09:09")),
        ["cancelled_at", "must not be before dialled_at, when the sale was made (row 3)"],
        1,
    ),
    "a value without a sale": (
        attempt(0, value_cents=100),
        ["value_cents == 100, must be null unless the disposition is sale (row 0)"],
        1,
    ),
    "a negative value": (attempt(3, value_cents=-1), ["value_cents == -1, must be ≥ 0 (row 3)"], 1),
    "a negative ring": (attempt(0, ring_s=-5), ["ring_s == -5, must be ≥ 0 (row 0)"], 1),
    "a negative talk": (attempt(1, talk_s=-5), ["talk_s == -5, must be ≥ 0 (row 1)"], 1),
    "a negative wrap": (attempt(1, wrap_s=-5), ["wrap_s == -5, must be ≥ 0 (row 1)"], 1),
    "unknown dispositions": (
        lambda log: attempt(2, disposition="gone")(attempt(0, disposition="N/A")(log)),
        [
            "disposition == 'N/A', must be one of no_answer, busy",
            "(1 row) (row 0)",
            "disposition == 'gone'",
        ],
        2,
    ),
    "a call after a sale": (
        appended(),
        ["must not be after the contact's final end (sale, opt_out, complaint) (row 5)"],
        1,
    ),
    "ids of two types": (
        table("attempts", lambda t: t.assign(contact_id=t["contact_id"].astype("str"))),
        ["contact_id == 'str', must be of the same type as contacts.contact_id (int64)", "mixed"],
        1,
    ),
    "ids of two types in one column": (
        table("contacts", lambda t: t.assign(contact_id=pd.Series([1, "2", 3, 4], dtype=object))),
        ["contact_id == 'object', must be whole numbers (int64) or texts (str), not a mixture"],
        1,
    ),
    "no attempts": (
        lambda log: replace(log, attempts=None),
        ["detail == 'attempts', must come with an attempts table"],
        1,
    ),
    "truth in a field log": (header(source="field"), ["must come without a truth table"], 1),
    "truth of nobody": (
        table("truth", lambda t: t.assign(contact_id=[1, 2, 3, 5])),
        ["truth (in memory", "contact_id == 5, must be a contact of the contacts table (row 3)"],
        1,
    ),
    "truth twice": (
        table("truth", lambda t: t.assign(contact_id=[1, 2, 3, 3])),
        ["truth (in memory", "contact_id == 3, must be there once"],
        1,
    ),
    "left_out of another shape": (
        table("left_out", lambda t: t.rename(columns={"rows": "n"})),
        ["left_out (in memory", "columns == 'reason, n', must be the columns reason, rows"],
        1,
    ),
}


@pytest.mark.parametrize("ids", ["int", "str"])
def test_the_small_log_is_valid(build_log, ids):
    log = build_log(ids)
    assert log.validate() is log


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_is_named_with_its_column_value_and_rows(small_log, what):
    change, fragments, number = BROKEN[what]
    with pytest.raises(InputError) as caught:
        change(small_log).validate()
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert len(caught.value.problems) == number, str(caught.value)


def test_all_violations_are_listed_at_once(small_log):
    log = small_log
    changes = [
        contact(3, contact_id=3),
        attempt(0, ring_s=-5),
        attempt(1, callback_at=at("2024-03-05 09:11")),
        attempt(2, disposition="gone"),
        header(currency="euro"),
    ]
    for change in changes:
        log = change(log)
    with pytest.raises(InputError) as caught:
        log.validate()
    assert [problem.field for problem in caught.value.problems] == [
        "currency",
        "contact_id",
        "disposition",
        "callback_at",
        "ring_s",
        "contact_id",
    ]


@pytest.mark.parametrize("end", ["sale", "opt_out", "complaint"])
def test_no_call_follows_a_final_end(small_log, end):
    log = attempt(3, disposition=end, value_cents=None, cancelled_at=pd.NaT)(appended()(small_log))
    with pytest.raises(InputError, match="final end"):
        log.validate()


@pytest.mark.parametrize("end", ["bad_number", "suppressed", "refused", "error"])
def test_a_call_may_follow_any_other_end(small_log, end):
    log = attempt(3, disposition=end, value_cents=None, cancelled_at=pd.NaT)(appended()(small_log))
    log.validate()


def test_limits_themselves_are_allowed(small_log):
    """A call at the second of entry, due then, and one at the end of observation."""
    log = contact(2, entered_at=at("2024-03-06 10:00"))(small_log)
    log = contact(1, observed_until=at("2024-04-02 10:05"))(log)
    attempt(1, callback_at=at("2024-03-05 09:12"))(log).validate()


def test_an_agent_with_two_calls_at_once_is_no_error(small_log):
    attempt(1, agent_id=7, dialled_at=at("2024-03-05 09:10"))(small_log).validate()


def test_a_log_in_which_nobody_was_dialled_is_valid(build_log):
    for ids in ("int", "str"):
        log = build_log(ids)
        replace(log, attempts=empty_attempts(ZONE, text_ids=ids == "str")).validate()


def test_final_counts(counts_log):
    counts_log.validate()
    broken = {
        "attempts_count == -1, must be ≥ 0 (row 1)": {"attempts_count": [1, -1, 0]},
        "must be null for a contact without attempts (row 2)": {
            "final_disposition": ["sale", None, "sale"]
        },
        "final_disposition == 'yes', must be one of": {"final_disposition": ["yes", None, None]},
    }
    for fragment, values in broken.items():
        log = replace(counts_log, contacts=counts_log.contacts.assign(**values))
        log = replace(log, contacts=log.contacts.astype({"attempts_count": "int32"}))
        with pytest.raises(InputError) as caught:
            log.validate()
        assert fragment in str(caught.value)
    with pytest.raises(InputError, match="must come without an attempts table"):
        CallLog(counts_log.header, counts_log.contacts, empty_attempts(ZONE)).validate()


def test_a_problem_of_very_many_rows_lists_the_first_thousand(small_log):
    many = pd.concat([small_log.contacts.iloc[[3]]] * 1_500, ignore_index=True)
    with pytest.raises(InputError) as caught:
        replace(small_log, contacts=many, attempts=empty_attempts(ZONE), truth=None).validate()
    (problem,) = caught.value.problems
    assert len(problem.rows) == 1_000
    assert "1,500 rows" in problem.rule
