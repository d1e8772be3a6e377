"""A dialler's export into a call log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from simkit.calllog import cells, schema
from simkit.calllog.adapters.calls import Reading, read_calls
from simkit.calllog.adapters.contacts import (
    Contacts,
    contacts_of_calls,
    end_of_observation,
    read_contacts,
)
from simkit.calllog.adapters.counts import read_counts
from simkit.calllog.adapters.mapping import (
    CALL_KEYS,
    CONTACT_KEYS,
    DiallerMapping,
    load_mapping,
)
from simkit.calllog.header import Header, is_zone
from simkit.calllog.log import CallLog
from simkit.calllog.rules import within_contact
from simkit.calllog.textfile import read_text_table
from simkit.calllog.validate import Tables, check
from simkit.errors import InputError, Problem

#: The zone of local times that nobody named; the log's notes then say so.
DEFAULT_TIMEZONE = "Europe/Rome"
OnRow = Literal["error", "leave_out"]


def import_log(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str],
    *,
    contacts: str | os.PathLike[str] | None = None,
    timezone: str | None = None,
    observed_until: object = None,
    currency: str = "EUR",
    withdrawal_days: Mapping[str, float] | None = None,
    source: Literal["field", "simulated"] = "field",
    unknown_contacts: OnRow = "error",
    outside_observation: OnRow = "error",
    after_end: OnRow = "error",
) -> CallLog:
    """Read a dialler's export into a call log.

    Nothing is dropped in silence: rows left out are counted by reason in ``log.left_out``, and
    what is unknown or was assumed stands in ``log.header.notes``. Only columns that the mapping
    names are read, so that names, numbers and addresses never enter a log.

    Parameters
    ----------
    path
        The export.
    mapping
        Name of a bundled mapping (``"vicidial"``, ``"uci_bank"``, ``"uci_bank_additional"``) or
        path of a TOML file.
    contacts
        Path of a CSV with one row a contact, also those never dialled: contact_id, account_id,
        segment, arm, entered_at, observed_until; further columns become covariates. Its times are
        ISO 8601 or, where no time of a column is, as the export writes them; a date is its
        midnight. Without it the contacts are the ids seen, and `observed_until` must be given.
    timezone
        IANA name of the zone of local times; default: the mapping's, else Europe/Rome with a
        note. A time that the clock skipped in spring is an error; one that it showed twice in
        autumn is taken as the first and noted.
    observed_until
        Until when the calls are known, for every contact; a date is its midnight. Never guessed.
    currency
        Currency of the values.
    withdrawal_days
        Segment → days within which a sale can be cancelled, where it is known.
    source
        What the header says the log is.
    unknown_contacts
        What to do with calls of contacts that are not in the contacts file: an error, or left
        out and counted.
    outside_observation
        The same for calls before their contact entered or after it was observed.
    after_end
        The same for calls after a sale, an opt-out or a complaint.

    Returns
    -------
    CallLog
        A valid log.

    Raises
    ------
    InputError
        Listing everything that is wrong, with file, column, row numbers, value and rule.
    """
    rules, name = load_mapping(mapping), _mapping_name(mapping)
    zone, notes = _zone(timezone, rules)
    until = None if observed_until is None else end_of_observation(observed_until, zone)
    if rules.detail == "counts":
        if contacts is not None:
            rule = "must not be given: an export of final counts holds its contacts itself"
            raise InputError([Problem("import", "contacts", str(contacts), rule)])
        return read_counts(
            Path(path), rules, name, zone, until, notes, currency=currency, origin=source
        )
    if contacts is None and until is None:
        rule = "must be given where there is no contacts file: it is never guessed"
        raise InputError([Problem("import", "observed_until", None, rule)])

    wanted = list(rules.named(CONTACT_KEYS + CALL_KEYS).values())
    text, origin = read_text_table(Path(path), rules.dialect(name), wanted)
    if text.empty:
        none = Problem(Path(path).name, "rows", 0, "must be at least 1 below the header")
        raise InputError(origin.lost or [none])
    reading = Reading(origin, problems=list(origin.lost), notes=notes)
    calls = read_calls(text, rules, name, zone, reading)
    if calls.empty and not reading.problems:
        rule = f"calls: every row was left out ({_words(reading.left_out)})"
        raise InputError([Problem(Path(path).name, "rows", 0, rule)])
    if contacts is not None:
        try:
            people = read_contacts(Path(contacts), zone, until, rules.time_format)
        except InputError as error:
            raise InputError([*reading.problems, *error.problems]) from None
        extra = [key for key in CONTACT_KEYS[1:] if key in calls]
        if extra:
            reading.notes.append(f"{', '.join(extra)}: the contacts file's, not the export's")
    elif calls.empty or until is None:
        raise InputError(reading.problems)
    else:
        people = contacts_of_calls(calls, reading.source, until)
    reading.problems += people.problems
    reading.notes += people.notes
    calls, people = _with_ids(calls, people)
    if contacts is not None:
        calls = _known_and_observed(calls, people, reading, unknown_contacts, outside_observation)
    calls = _before_the_end(calls, reading, after_end)
    return _built(calls, people, rules, zone, reading, currency, withdrawal_days, source)


def _built(
    calls: pd.DataFrame,
    people: Contacts,
    rules: DiallerMapping,
    zone: str,
    reading: Reading,
    currency: str,
    withdrawal_days: Mapping[str, float] | None,
    source: Literal["field", "simulated"],
) -> CallLog:
    """Return the valid log, or raise everything that is wrong with the import."""
    order = np.argsort(calls["dialled_at"].to_numpy(), kind="stable")
    calls = calls.iloc[order].reset_index(drop=True)
    calls["attempt_no"] = calls.groupby("contact_id", sort=False).cumcount() + 1
    unknown = [column.name for column in schema.ATTEMPTS if column.name not in calls]
    attempts = pd.DataFrame(
        {
            column.name: calls.get(column.name, pd.Series(None, calls.index, dtype=object))
            for column in schema.ATTEMPTS
        }
    )
    if unknown:
        reading.notes.append(f"not in the export, so null: {', '.join(unknown)}")
    entered = people.table["entered_at"].dropna()
    start = entered.min().tz_localize(None).normalize() if len(entered) else pd.Timestamp(0)
    header = Header(
        source=source,
        start=start,
        timezone=zone,
        currency=currency,
        withdrawal_days=None if withdrawal_days is None else dict(withdrawal_days),
        notes=(
            f"imported from {reading.source.name}: {rules.title or 'own mapping'}",
            *reading.notes,
        ),
    )
    log = CallLog(
        header,
        schema.conform(people.table, schema.CONTACTS, zone),
        schema.conform(attempts, schema.ATTEMPTS, zone),
        left_out=reading.left_out_table(),
    )
    tables = Tables(
        header,
        log.contacts,
        log.attempts,
        left_out=log.left_out,
        sources={"contacts": people.source, "attempts": reading.source.take(order)},
        unread=frozenset(("contacts", name) for name in people.unread),
    )
    problems = [*reading.problems, *check(tables)]
    if problems:
        raise InputError(problems)
    return log


def _known_and_observed(
    calls: pd.DataFrame,
    people: Contacts,
    reading: Reading,
    unknown_contacts: OnRow,
    outside_observation: OnRow,
) -> pd.DataFrame:
    """Return the calls of known contacts while they were observed."""
    unknown = ~calls["contact_id"].isin(people.table["contact_id"]).to_numpy()
    rule = 'must be in the contacts file (or import with unknown_contacts="leave_out")'
    if people.source.lost:
        calls = reading.leave_out(calls, unknown, None)  # they may be in the rows lost
    else:
        why = schema.UNKNOWN_CONTACT
        calls = _without(calls, unknown, unknown_contacts, reading, "contact_id", rule, why)
    first = people.table.drop_duplicates("contact_id").set_index("contact_id")
    for name, rule, reason in (
        ("entered_at", "must not be before", schema.BEFORE_ENTRY),
        ("observed_until", "must not be after", schema.AFTER_OBSERVATION),
    ):
        bound = calls["contact_id"].map(first[name])
        early = name == "entered_at"
        outside = (calls["dialled_at"] < bound) if early else (calls["dialled_at"] > bound)
        rule = f'{rule} the contact\'s {name} (or import with outside_observation="leave_out")'
        calls = _without(
            calls, outside.to_numpy(), outside_observation, reading, "dialled_at", rule, reason
        )
    return calls


def _before_the_end(calls: pd.DataFrame, reading: Reading, after_end: OnRow) -> pd.DataFrame:
    """Return the calls that do not follow a final end of their contact."""
    after = within_contact(calls)["after_end"].to_numpy(dtype=bool)
    rule = (
        "must not be after the contact's sale, opt-out or complaint "
        '(or import with after_end="leave_out")'
    )
    return _without(calls, after, after_end, reading, "dialled_at", rule, schema.AFTER_END)


def _without(
    calls: pd.DataFrame,
    rows: npt.NDArray[np.bool_],
    how: OnRow,
    reading: Reading,
    column: str,
    rule: str,
    reason: str,
) -> pd.DataFrame:
    """Return the calls without some rows: left out and counted, or a problem."""
    if how == "leave_out":
        return reading.leave_out(calls, rows, reason)
    reading.add(reading.source.problem(column, rows, rule, calls[column]))
    return reading.leave_out(calls, rows, None)


def _with_ids(calls: pd.DataFrame, people: Contacts) -> tuple[pd.DataFrame, Contacts]:
    """Return both tables with ids as whole numbers, where that loses nothing in either."""
    table = people.table
    ids = [calls["contact_id"], table["contact_id"]]
    if all(cells.are_plain_ids(each) and each.notna().all() for each in ids):
        calls = calls.assign(contact_id=ids[0].astype("int64"))
        table = table.assign(contact_id=ids[1].astype("int64"))
    accounts = table["account_id"]
    if cells.are_plain_ids(accounts) and accounts.notna().all():
        table = table.assign(account_id=accounts.astype("int64"))
    return calls, replace(people, table=table)


def _mapping_name(mapping: str | os.PathLike[str]) -> str:
    return Path(os.fspath(mapping)).name


def _zone(timezone: str | None, rules: DiallerMapping) -> tuple[str, list[str]]:
    zone = timezone or rules.timezone
    if zone is None:
        return DEFAULT_TIMEZONE, [f"time zone not given: taken as {DEFAULT_TIMEZONE}"]
    if not is_zone(zone):
        rule = "must be the name of a time zone, as Europe/Rome"
        raise InputError([Problem("import", "timezone", zone, rule)])
    return zone, []


def _words(left_out: Mapping[str, Any]) -> str:
    return ", ".join(f"{reason}: {rows:,}" for reason, rows in left_out.items())
