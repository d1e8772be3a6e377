"""Right values under another type are taken; where a type cannot be had, the reason is told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from simkit.calllog import CallLog, read_call_log
from simkit.errors import InputError

TABLES = ("contacts", "attempts", "truth")


def changed(log, table, **columns):
    """Return the log with columns of a table made anew by functions of them."""
    frame = getattr(log, table)
    return replace(
        log, **{table: frame.assign(**{name: how(frame[name]) for name, how in columns.items()})}
    )


def assert_conforms_to(log, expected):
    with pytest.raises(InputError):
        log.validate()
    found = log.conformed()
    assert found.validate() is found
    for table in TABLES:
        assert_frame_equal(getattr(found, table), getattr(expected, table))


def as_objects(values):
    return values.astype(object).where(values.notna(), None)


# column: how its values come under another type, without a loss.
SAME_VALUES = {
    "arm of objects": ("contacts", {"arm": as_objects}),
    "arm with NaN among objects": (
        "contacts",
        {"arm": lambda v: v.astype(object).where(v.notna(), np.nan)},
    ),
    "arm of pandas' other texts": ("contacts", {"arm": lambda v: v.astype("string")}),
    "segment as a category": ("contacts", {"segment": lambda v: v.astype("category")}),
    "segment in Arrow": ("contacts", {"segment": lambda v: v.astype(pd.ArrowDtype(pa.string()))}),
    "ids of objects": ("contacts", {"contact_id": as_objects, "account_id": as_objects}),
    "ids with nulls allowed": ("contacts", {"contact_id": lambda v: v.astype("Int64")}),
    "ids as decimals": ("contacts", {"contact_id": lambda v: v.astype("float64")}),
    "ids as a category": ("attempts", {"contact_id": lambda v: v.astype("category")}),
    "agents as decimals with NaN": ("attempts", {"agent_id": lambda v: v.astype("float64")}),
    "agents of objects": ("attempts", {"agent_id": as_objects}),
    "numbers as int64": ("attempts", {"attempt_no": lambda v: v.astype("int64")}),
    "seconds as decimals": (
        "attempts",
        {name: lambda v: v.astype("float64") for name in ("ring_s", "talk_s", "wrap_s")},
    ),
    "seconds in Arrow": ("attempts", {"talk_s": lambda v: v.astype(pd.ArrowDtype(pa.int64()))}),
    "cents of objects": ("attempts", {"value_cents": as_objects}),
    "flags of objects": ("attempts", {"pushed": as_objects}),
    "flags as 0 and 1": ("attempts", {"pushed": lambda v: v.astype("float64")}),
    "times in another zone": ("attempts", {"dialled_at": lambda v: v.dt.tz_convert("UTC")}),
    "times of nanoseconds": ("contacts", {"entered_at": lambda v: v.dt.as_unit("ns")}),
    "times of objects": ("attempts", {"due_at": as_objects}),
    "times in Arrow": (
        "attempts",
        {"dialled_at": lambda v: v.astype(pd.ArrowDtype(pa.timestamp("us", "Europe/Rome")))},
    ),
    "covariates of objects": (
        "contacts",
        dict.fromkeys(("region", "size", "known_since"), as_objects),
    ),
    "a covariate as a category": ("contacts", {"region": lambda v: v.astype("category")}),
    "a trait of objects": ("truth", {"initial_state": as_objects, "buying_offset": as_objects}),
}


@pytest.mark.parametrize("what", SAME_VALUES)
def test_the_same_values_under_another_type_are_the_same_log(small_log, what):
    table, columns = SAME_VALUES[what]
    assert_conforms_to(changed(small_log, table, **columns), small_log)


def test_a_sound_log_is_not_copied(small_log):
    assert small_log.conformed() is small_log


def test_times_of_several_zones_keep_their_instants(small_log):
    dialled = small_log.attempts["dialled_at"]
    mixed = pd.Series(
        [time.tz_convert("UTC") if place % 2 else time for place, time in enumerate(dialled)],
        dtype=object,
    )
    log = changed(small_log, "attempts", dialled_at=lambda _: mixed)
    assert_conforms_to(log, small_log)


def test_logs_put_together_by_concat_are_one_log(build_log):
    """The second log has no agents, no ring times and no arms, so its columns are of objects."""
    log = build_log("str")
    other = log.contacts.assign(contact_id="D" + log.contacts["contact_id"], arm=None)
    unknown = dict.fromkeys(("agent_id", "ring_s", "pushed", "callback_at"))
    calls = log.attempts.assign(contact_id="D" + log.attempts["contact_id"], **unknown)
    calls = calls[calls["disposition"] != "callback_requested"]
    calls["attempt_no"] = calls.groupby("contact_id").cumcount() + 1
    contacts = pd.concat([log.contacts, other.astype({"arm": object, "segment": object})])
    attempts = pd.concat([log.attempts, calls]).sort_values("dialled_at", kind="stable")
    both = CallLog(log.header, contacts, attempts)
    with pytest.raises(InputError):
        both.validate()
    found = both.conformed().validate()
    assert found.contacts["arm"].value_counts().to_dict() == {"weekly": 2, "monthly": 1}
    assert found.attempts["ring_s"].sum() == log.attempts["ring_s"].sum()
    assert len(found.attempts) == 9


def test_what_is_written_has_the_types_of_the_schema(small_log, tmp_path):
    log = changed(small_log, "contacts", arm=as_objects)
    found = read_call_log(log.write(tmp_path / "log"))
    assert_frame_equal(found.contacts, small_log.contacts)


# what: (table, column, its values anew, what the message says)
NOT_WITHOUT_LOSS = {
    "agents as int64, told before they are conformed": (
        *("attempts", "agent_id", lambda v: v.fillna(9).astype("int64")),
        "agent_id == 'int64', must be whole numbers (Int64) or texts (str); its values fit: "
        "CallLog.conformed() gives the type",
    ),
    "ids as decimals that are none": (
        *("contacts", "contact_id", lambda v: v.astype("float64") + 0.5),
        "contact_id == 'float64', must be whole numbers (int64) or texts (str); 1.5 is none: "
        "round it, or say what it is (rows 0, 1, 2, 3)",
    ),
    "a number that is unknown": (
        *("attempts", "attempt_no", lambda v: v.astype("float64").mask(v.index == 2)),
        "attempt_no == 'float64', must be whole numbers (int32); a null has none: leave the row "
        "out, or give it one (row 2)",
    ),
    "a number that is too large": (
        *("attempts", "ring_s", lambda v: v.astype("Int64").mask(v.index == 0, 2**40)),
        "ring_s == 'Int64', must be whole seconds (Int32); 1099511627776 is too large (row 0)",
    ),
    "ids as decimals of more digits than these hold": (
        *("contacts", "contact_id", lambda v: v.astype("float64") * 1e17),
        "decimals so large do not hold each whole number: read them as whole numbers",
    ),
    "numbers as texts": (
        *("attempts", "attempt_no", lambda v: v.astype("str")),
        "attempt_no == 'str', must be whole numbers (int32); these are texts: pd.to_numeric reads",
    ),
    "arms as numbers": (
        *("contacts", "arm", lambda v: pd.Series([7, 14, 7, 14])),
        "arm == 'int64', must be texts (str); these are no texts: .astype('str') makes texts of",
    ),
    "arms of several kinds": (
        *("contacts", "arm", lambda v: pd.Series([7, "14", "7", None], dtype=object)),
        "arm == 'object', must be texts (str), not a mixture of str (2) and int (1): .astype('str'",
    ),
    "ids of several kinds": (
        *("contacts", "contact_id", lambda v: pd.Series([1, "2", 3, 4], dtype=object)),
        "contact_id == 'object', must be whole numbers (int64) or texts (str), not a mixture of "
        "int (3) and str (1)",
    ),
    "flags as texts": (
        *("attempts", "pushed", lambda v: pd.Series(["yes", "no", None, "yes", "no"])),
        "pushed == 'str', must be yes or no (boolean); these are neither True and False nor 1 and",
    ),
    "times without a zone": (
        *("contacts", "entered_at", lambda v: v.dt.tz_localize(None)),
        "entered_at == 'datetime64[us]', must be times (datetime64[us, Europe/Rome]); these have "
        "no time zone: .dt.tz_localize('Europe/Rome') gives it to times of that clock",
    ),
    "times as texts": (
        *("contacts", "entered_at", lambda v: v.astype("str")),
        "entered_at == 'str', must be times (datetime64[us, Europe/Rome]); these are texts: "
        "pd.to_datetime reads times from them",
    ),
    "a covariate of lists": (
        *("contacts", "region", lambda v: pd.Series([[1], [2], [3], [4]])),
        "region == 'object', must be numbers, yes or no, texts, or times in Europe/Rome; these are "
        "list (4)",
    ),
}


@pytest.mark.parametrize("what", NOT_WITHOUT_LOSS)
def test_the_message_says_what_is_found_what_is_needed_and_how_to_get_it(small_log, what):
    table, column, how, says = NOT_WITHOUT_LOSS[what]
    log = changed(small_log, table, **{column: how})
    if "conformed()" not in says:
        log = log.conformed()
    with pytest.raises(InputError) as raised:
        log.validate()
    assert says in str(raised.value)


def test_a_column_that_stands_there_twice_is_named(small_log):
    """As after ``pd.concat(axis=1)`` of tables that share a column."""
    twice = pd.concat([small_log.contacts, small_log.contacts[["arm"]]], axis=1)
    log = replace(small_log, contacts=twice)
    assert log.conformed() is log
    with pytest.raises(InputError, match="columns == 'arm', must stand once among the columns"):
        log.validate()
