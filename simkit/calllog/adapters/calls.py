"""Rows of an export into calls: codes, times, durations, in a call log's terms."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simkit.calllog import cells
from simkit.calllog.adapters.contacts import repeated_note
from simkit.calllog.adapters.mapping import (
    CALL_KEYS,
    CONTACT_KEYS,
    DiallerMapping,
    where_to_write,
)
from simkit.calllog.dispositions import DISPOSITIONS
from simkit.calllog.source import Source, many
from simkit.calllog.times import parse_times
from simkit.errors import Problem

TIMES = ("dialled_at", "due_at", "callback_at", "cancelled_at")
DURATIONS = ("ring_s", "talk_s", "wrap_s")


@dataclass
class Reading:
    """What is known so far of an export that is being read.

    Parameters
    ----------
    source
        Where the rows came from.
    problems
        Everything wrong with them.
    left_out
        Reason → rows left out.
    notes
        What a reader of the log must know.
    """

    source: Source
    problems: list[Problem] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave_out(
        self, frame: pd.DataFrame, rows: npt.NDArray[np.bool_], reason: str | None
    ) -> pd.DataFrame:
        """Return the frame without some rows, counted by reason (None: they are a problem)."""
        if not rows.any():
            return frame
        if reason is not None:
            self.left_out[reason] = self.left_out.get(reason, 0) + int(rows.sum())
        self.source = self.source.take((~rows).nonzero()[0])
        return frame[~rows].reset_index(drop=True)

    def add(self, problem: Problem | None) -> None:
        """Note a problem, if there is one."""
        if problem is not None:
            self.problems.append(problem)

    def left_out_table(self) -> pd.DataFrame:
        """Return the rows left out: reason, rows."""
        rows = np.array(list(self.left_out.values()), dtype=np.int64)
        return pd.DataFrame({"reason": pd.Series(list(self.left_out), dtype="str"), "rows": rows})


def read_calls(
    text: pd.DataFrame, mapping: DiallerMapping, name: str, timezone: str, reading: Reading
) -> pd.DataFrame:
    """Return the calls among an export's rows, in a call log's terms.

    Rows that cannot be read are a problem in `reading` and are not returned, so that the rules
    of a call log can be checked on the others at once.

    Parameters
    ----------
    text
        The export's cells.
    mapping, name
        What they mean, and the mapping's name for messages.
    timezone
        IANA name of the zone of local times.
    reading
        Takes up problems, rows left out and notes; its source follows the rows returned.

    Returns
    -------
    DataFrame
        The columns the mapping names, under a call log's names; ids are still text.
    """
    text = reading.leave_out(text, text.isna().all(axis=1).to_numpy(), "blank row")
    text = reading.leave_out(text, text.duplicated().to_numpy(), "identical to an earlier row")
    text = _without_ignored(text, mapping, reading)
    theirs = mapping.named(CONTACT_KEYS + CALL_KEYS)
    renamed = pd.DataFrame({key: text[column] for key, column in theirs.items()})
    reading.source = replace(reading.source, columns=theirs)
    known = mapping.dispositions
    bad = unknown_codes(renamed["disposition"], known, "disposition", name, reading)
    renamed["disposition"] = renamed["disposition"].fillna("").map(mapping.dispositions)
    calls = renamed.copy()
    for key in theirs:
        values, broken = _typed(key, renamed[key], mapping, name, timezone, reading)
        calls[key] = values
        for rule, rows in broken.items():
            reading.add(reading.source.problem(key, rows, rule, renamed[key]))
            bad |= rows
        if key in ("contact_id", "dialled_at"):
            null = renamed[key].isna().to_numpy()
            reading.add(reading.source.problem(key, null, "must not be empty", renamed[key]))
            bad |= null
    calls = reading.leave_out(calls, bad, None)
    return _meant(calls, mapping)


def _typed(
    key: str,
    text: pd.Series[str],
    mapping: DiallerMapping,
    name: str,
    timezone: str,
    reading: Reading,
) -> tuple[pd.Series[Any], dict[str, npt.NDArray[np.bool_]]]:
    """Return one column in its type and, by rule, the rows whose cells break it."""
    if key in TIMES:
        parsed = parse_times(text, timezone, mapping.time_format)
        reading.notes += repeated_note(parsed.repeated, reading.source.name)
        return parsed.values, parsed.broken
    if key in DURATIONS:
        values, bad = cells.durations(text, mapping.duration_unit, mapping.decimal)
        rule = f"must be a duration in {mapping.duration_unit} (duration_unit)"
        if mapping.duration_unit != "hh:mm:ss":
            rule += _other_decimal(text, bad, mapping, name)
    elif key == "value":
        values, bad = cells.cents(text, mapping.value_unit, mapping.decimal)
        rule = f'must be an amount with "{mapping.decimal}" before its cents (decimal)'
        rule += _other_decimal(text, bad, mapping, name)
    elif key == "pushed":
        values, bad = cells.flags(text)
        rule = f"must be one of {', '.join(cells.FLAGS)}"
    else:
        return text, {}
    return values, {rule: bad} if bad.any() else {}


def _other_decimal(
    text: pd.Series[str], bad: npt.NDArray[np.bool_], mapping: DiallerMapping, name: str
) -> str:
    """Return what to do if more cells are numbers with the other decimal sign; else nothing."""
    other = "," if mapping.decimal == "." else "."
    if cells.decimals(text, other)[1].sum() >= bad.sum():
        return ""
    return f'; for numbers such as these write decimal = "{other}" in {where_to_write(name)}'


def _meant(calls: pd.DataFrame, mapping: DiallerMapping) -> pd.DataFrame:
    """Return the calls without contents that mean nothing there, as the mapping says."""
    meant = calls.copy()
    if "agent_id" in meant:
        agents = meant["agent_id"].mask(meant["agent_id"].isin(mapping.no_agent))
        meant["agent_id"] = agents.astype("Int64") if cells.are_plain_ids(agents) else agents
    if "talk_s" in meant and mapping.talk_only_if_live:
        live = meant["disposition"].isin(DISPOSITIONS.having("live"))
        meant["talk_s"] = meant["talk_s"].where(live)
    if "value" in meant:
        # Exports write 0 where nothing was sold; any other value there is for validation to name.
        nothing = (meant["disposition"] != "sale") & (meant["value"] == 0).fillna(False)
        meant["value"] = meant["value"].mask(nothing)
        meant = meant.rename(columns={"value": "value_cents"})
    channel = meant["channel"].fillna("phone") if "channel" in meant else "phone"
    return meant.assign(channel=channel)


def _without_ignored(text: pd.DataFrame, mapping: DiallerMapping, reading: Reading) -> pd.DataFrame:
    column = mapping.named(CALL_KEYS)["disposition"]
    for code, why in mapping.ignore.items():
        rows = (text[column].fillna("") == code).to_numpy()
        text = reading.leave_out(text, rows, f"{code}: {why}, not a call")
    return text


def unknown_codes(
    codes: pd.Series[str], known: Collection[str], column: str, name: str, reading: Reading
) -> npt.NDArray[np.bool_]:
    """Add a problem for each code that a mapping does not know, with its count.

    Parameters
    ----------
    codes
        The export's codes; null is the code ``""``.
    known
        The codes that the mapping knows.
    column
        The call log's column that they are for.
    name
        The mapping's name.
    reading
        Takes up the problems.

    Returns
    -------
    ndarray of bool
        True for the rows with an unknown code.
    """
    filled = codes.fillna("")
    unknown = ~filled.isin(list(known)).to_numpy()
    counts = filled[unknown].value_counts()
    if len(filled) and unknown.all():
        rule = (
            f"must have codes that {name} knows: none of the {len(counts):,} here is; is it the "
            "right column, the right mapping?"
        )
        reading.add(reading.source.problem(column, unknown, rule, filled))
    for code, count in counts.items():
        if code == "":
            rule = (
                f"must not be empty ({many(count, 'row')}): no code says how the call ended. If an "
                f"empty cell means one thing there, map it in {where_to_write(name)}: "
                '"" = "no_answer" under [dispositions], or "" = "never dialled" under [ignore] '
                "if the row is no call"
            )
            reading.add(reading.source.problem(column, (filled == "").to_numpy(), rule, filled))
            continue
        near = difflib.get_close_matches(str(code), known, 1)
        rule = (
            f"is not a code that {name} knows ({many(count, 'row')}"
            f"{f'; did you mean {near[0]!r}?' if near else ''}): map it in "
            f"{where_to_write(name)}, under [dispositions], or under [ignore] if it is no call"
        )
        reading.add(reading.source.problem(column, (filled == code).to_numpy(), rule, filled))
    return unknown
