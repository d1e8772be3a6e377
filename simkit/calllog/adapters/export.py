"""A call log written in a dialler's shape, by the mapping file that reads it."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog import schema
from simkit.calllog.adapters.mapping import (
    CALL_KEYS,
    CONTACT_KEYS,
    DiallerMapping,
    load_mapping,
)
from simkit.calllog.dispositions import DISPOSITIONS
from simkit.calllog.log import CallLog
from simkit.calllog.source import many
from simkit.calllog.times import format_times
from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem

_TIMES = ("dialled_at", "due_at", "callback_at", "cancelled_at")
_DURATIONS = ("ring_s", "talk_s", "wrap_s")


def export_log(
    log: CallLog, path: str | os.PathLike[str], mapping: str | os.PathLike[str]
) -> pd.DataFrame:
    """Write a log's calls as a dialler would export them.

    Where several codes mean a disposition, the mapping's first is written. The contacts go into
    a file of their own: `export_contacts`.

    Parameters
    ----------
    log
        The log.
    path
        The export; it appears whole or not at all.
    mapping
        Name of a bundled mapping or path of a TOML file.

    Returns
    -------
    DataFrame
        What the export has no place for: column, rows (how many values were not written).

    Raises
    ------
    InputError
        The log holds final counts only, or dispositions for which the mapping has no code.
    """
    attempts = log.require_attempts("export_log")
    rules = load_mapping(mapping)
    if rules.detail == "counts":
        rule = "must have detail = 'attempts' to write calls"
        raise InputError([Problem("export", "mapping", os.fspath(mapping), rule)])
    codes = _codes(attempts["disposition"], rules, os.fspath(mapping))
    columns = rules.named(CONTACT_KEYS + CALL_KEYS)
    written: dict[str, pd.Series[Any]] = {
        column: _as_text(key, log, codes, rules) for key, column in columns.items()
    }
    order = list(rules.columns) or list(columns.values())
    blank = pd.Series("", attempts.index, dtype="str")
    table = pd.DataFrame({name: written.get(name, blank) for name in order}, attempts.index)
    with whole_file(path) as fresh:
        _write(table, fresh, rules)
    return _not_written(attempts, rules)


def export_contacts(log: CallLog, path: str | os.PathLike[str]) -> Path:
    """Write a log's contacts, with their covariates, as the contacts file that imports read.

    Parameters
    ----------
    log
        The log.
    path
        The CSV file; it appears whole or not at all.

    Returns
    -------
    Path
        The file.
    """
    times = {
        str(name): format_times(log.contacts[name])
        for name in log.contacts
        if isinstance(log.contacts[name].dtype, pd.DatetimeTZDtype)
    }
    with whole_file(path) as fresh:
        log.contacts.assign(**times).to_csv(fresh, index=False, lineterminator="\n")
    return Path(path)


def _codes(dispositions: pd.Series[str], rules: DiallerMapping, name: str) -> pd.Series[str]:
    """Return the dialler's code of each row."""
    first: dict[str, str] = {}
    for code, disposition in rules.dispositions.items():
        first.setdefault(disposition, code)
    counts = dispositions.value_counts().reindex(list(DISPOSITIONS)).dropna()
    problems = [
        Problem(
            "export",
            "disposition",
            disposition,
            f"has no code in mapping {name} ({many(int(count), 'row')}): "
            "add one under [dispositions]",
        )
        for disposition, count in counts.items()
        if disposition not in first
    ]
    if problems:
        raise InputError(problems)
    return dispositions.map(first).astype("str")


def _as_text(
    key: str, log: CallLog, codes: pd.Series[str], rules: DiallerMapping
) -> pd.Series[Any]:
    """Return one column of the export as its cells read."""
    attempts = log.require_attempts("export_log")
    if key == "disposition":
        return codes
    if key in ("account_id", "segment", "arm"):
        return attempts["contact_id"].map(log.contacts.set_index("contact_id")[key])
    if key in _TIMES:
        return _times_as_text(attempts[key], rules)
    if key == "agent_id" and rules.no_agent:
        return attempts[key].astype("str").fillna(rules.no_agent[0])
    if key in _DURATIONS:
        seconds = attempts[key]
        if key == "talk_s" and rules.talk_only_if_live:
            seconds = seconds.where(attempts["disposition"].isin(DISPOSITIONS.having("live")))
        return _durations_as_text(seconds, rules)
    if key == "value":
        return _cents_as_text(attempts["value_cents"], rules)
    return attempts[key]


def _times_as_text(times: pd.Series[Any], rules: DiallerMapping) -> pd.Series[Any]:
    if rules.timezone is not None:
        times = times.dt.tz_convert(rules.timezone)
    if rules.time_format is None:
        return format_times(times)
    return pd.Series(times.dt.strftime(rules.time_format))


def _durations_as_text(seconds: pd.Series[Any], rules: DiallerMapping) -> pd.Series[Any]:
    match rules.duration_unit:
        case "hh:mm:ss":
            hours, rest = seconds // 3600, seconds % 3600
            parts = [hours, rest // 60, rest % 60]
            texts = [part.astype("str").str.zfill(2) for part in parts]
            return texts[0] + ":" + texts[1] + ":" + texts[2]
        case "min":
            # Six decimals of a minute bring back every whole second.
            minutes = (seconds.astype("Float64") / 60).round(6).astype("str")
            return minutes.str.replace(".", rules.decimal, regex=False)
        case "ms":
            return seconds.astype("Int64") * 1000
        case "s":
            return seconds


def _cents_as_text(cents: pd.Series[Any], rules: DiallerMapping) -> pd.Series[Any]:
    if rules.value_unit == "cents":
        return cents
    whole, rest = (cents // 100).astype("str"), (cents % 100).astype("str").str.zfill(2)
    return whole + rules.decimal + rest


def _not_written(attempts: pd.DataFrame, rules: DiallerMapping) -> pd.DataFrame:
    """Return how many values of each column the export has no place for."""
    keys = {"value": "value_cents"}
    placed = {keys.get(key, key) for key in rules.named(CONTACT_KEYS + CALL_KEYS)}
    lost = {
        column.name: int(attempts[column.name].notna().sum())
        for column in schema.ATTEMPTS
        # The number of an attempt and the channel "phone" come back by themselves.
        if column.name not in placed | {"attempt_no", "channel"}
    }
    if "talk_s" in placed and rules.talk_only_if_live:
        dead = ~attempts["disposition"].isin(DISPOSITIONS.having("live"))
        lost["talk_s"] = int(attempts.loc[dead, "talk_s"].notna().sum())
    if "channel" not in placed:
        lost["channel"] = int((attempts["channel"] != "phone").sum())
    there = {name: rows for name, rows in lost.items() if rows}
    return pd.DataFrame({"column": list(there), "rows": list(there.values())})


def _write(table: pd.DataFrame, path: Path, rules: DiallerMapping) -> None:
    if not rules.quoting:
        unsafe = f"[{re.escape(rules.delimiter)}\r\n]"
        for name in map(str, table.columns):
            if table[name].dropna().astype("str").str.contains(unsafe, regex=True).any():
                rule = f"must not hold {rules.delimiter!r}: the export has no quotes"
                raise InputError([Problem("export", name, None, rule)])
    table.to_csv(
        path,
        sep=rules.delimiter,
        encoding=rules.encoding,
        quoting=csv.QUOTE_MINIMAL if rules.quoting else csv.QUOTE_NONE,
        index=False,
        lineterminator="\n",
    )
