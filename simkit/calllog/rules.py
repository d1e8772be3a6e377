"""The rules on a call log's rows, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simkit.calllog.dispositions import DISPOSITIONS


@dataclass(frozen=True)
class RowRule:
    """A rule on the rows of one table.

    Parameters
    ----------
    column
        The column it is about.
    rule
        What must hold, in words.
    needs
        Columns, of the table or worked out for it, without which it cannot be judged.
    broken
        The table → True for the rows that break the rule.
    listed
        Whether a message lists which values break it.
    """

    column: str
    rule: str
    needs: tuple[str, ...]
    broken: Callable[[pd.DataFrame], pd.Series[bool]]
    listed: bool = False


CONTACT_RULES: tuple[RowRule, ...] = (
    RowRule(
        "contact_id",
        "must be there once: one row a contact",
        ("contact_id",),
        lambda t: t["contact_id"].duplicated(keep=False) & t["contact_id"].notna(),
        listed=True,
    ),
    RowRule(
        "observed_until",
        "must not be before entered_at",
        ("observed_until", "entered_at"),
        lambda t: t["observed_until"] < t["entered_at"],
    ),
    RowRule(
        "account_id",
        "must be in one segment only",
        ("account_id", "segment"),
        lambda t: _varies(t, "account_id", "segment"),
    ),
)

COUNTS_RULES: tuple[RowRule, ...] = (
    RowRule(
        "attempts_count",
        "must be ≥ 0",
        ("attempts_count",),
        lambda t: t["attempts_count"] < 0,
    ),
    RowRule(
        "final_disposition",
        "must be null for a contact without attempts",
        ("attempts_count", "final_disposition"),
        lambda t: (t["attempts_count"] == 0) & t["final_disposition"].notna(),
    ),
)

ATTEMPT_RULES: tuple[RowRule, ...] = (
    RowRule(
        "contact_id",
        "must be a contact of the contacts table",
        ("contact_id", "known"),
        lambda t: ~t["known"] & t["contact_id"].notna(),
    ),
    RowRule(
        "attempt_no",
        "must be there once for a contact: (contact_id, attempt_no) is the key",
        ("attempt_no", "repeated"),
        lambda t: t["repeated"],
    ),
    RowRule(
        "attempt_no",
        "must count the contact's rows 1, 2, ... in time order",
        ("attempt_no", "repeated", "expected_no"),
        lambda t: (t["attempt_no"] != t["expected_no"]) & ~t["repeated"],
    ),
    RowRule(
        "dialled_at",
        "must not be before the row above: rows are in time order",
        ("dialled_at",),
        lambda t: t["dialled_at"] < t["dialled_at"].shift(),
    ),
    RowRule(
        "dialled_at",
        "must not be before the contact's entered_at",
        ("dialled_at", "entered_at"),
        lambda t: t["dialled_at"] < t["entered_at"],
    ),
    RowRule(
        "dialled_at",
        "must not be after the contact's observed_until",
        ("dialled_at", "observed_until"),
        lambda t: t["dialled_at"] > t["observed_until"],
    ),
    RowRule(
        "dialled_at",
        f"must not be after the contact's final end ({', '.join(DISPOSITIONS.having('final'))})",
        ("dialled_at", "after_end"),
        lambda t: t["after_end"],
    ),
    RowRule(
        "due_at",
        "must not be after dialled_at",
        ("due_at", "dialled_at"),
        lambda t: t["due_at"] > t["dialled_at"],
    ),
    RowRule(
        "callback_at",
        "must not be before dialled_at: a callback in the past",
        ("callback_at", "dialled_at"),
        lambda t: t["callback_at"] < t["dialled_at"],
    ),
    RowRule(
        "callback_at",
        "must be null unless the disposition is callback_requested",
        ("callback_at", "disposition"),
        lambda t: t["callback_at"].notna() & (t["disposition"] != "callback_requested"),
    ),
    RowRule(
        "cancelled_at",
        "must be null unless the disposition is sale",
        ("cancelled_at", "disposition"),
        lambda t: t["cancelled_at"].notna() & (t["disposition"] != "sale"),
    ),
    RowRule(
        "cancelled_at",
        "must not be before dialled_at, when the sale was made",
        ("cancelled_at", "dialled_at"),
        lambda t: t["cancelled_at"] < t["dialled_at"],
    ),
    RowRule(
        "value_cents",
        "must be null unless the disposition is sale",
        ("value_cents", "disposition"),
        lambda t: t["value_cents"].notna() & (t["disposition"] != "sale"),
    ),
    RowRule("value_cents", "must be ≥ 0", ("value_cents",), lambda t: _below_0(t["value_cents"])),
    RowRule("ring_s", "must be ≥ 0", ("ring_s",), lambda t: _below_0(t["ring_s"])),
    RowRule("talk_s", "must be ≥ 0", ("talk_s",), lambda t: _below_0(t["talk_s"])),
    RowRule("wrap_s", "must be ≥ 0", ("wrap_s",), lambda t: _below_0(t["wrap_s"])),
)

TRUTH_RULES: tuple[RowRule, ...] = (
    CONTACT_RULES[0],
    RowRule(
        "contact_id",
        "must be a contact of the contacts table",
        ("contact_id", "known"),
        lambda t: ~t["known"] & t["contact_id"].notna(),
    ),
)


def within_contact(frame: pd.DataFrame, *, with_end: bool = True) -> dict[str, pd.Series[Any]]:
    """Work out each row's number within its contact, and whether it follows a final end.

    Parameters
    ----------
    frame
        Rows with contact_id, dialled_at and disposition, in any order.
    with_end
        False where there are no dispositions to rely on.

    Returns
    -------
    dict
        ``expected_no`` and, `with_end`, ``after_end``, on the frame's index.
    """
    names = ["contact_id", "dialled_at", *(["disposition"] if with_end else [])]
    rows = frame[names]
    if not frame["dialled_at"].is_monotonic_increasing:
        rows = rows.sort_values("dialled_at", kind="stable")
    found: dict[str, pd.Series[Any]] = {
        "expected_no": rows.groupby("contact_id", sort=False).cumcount() + 1
    }
    if with_end:
        ends = rows["disposition"].isin(DISPOSITIONS.having("final")).astype("int32")
        before = ends.groupby(rows["contact_id"], sort=False).cumsum() - ends
        found["after_end"] = before > 0
    return {name: values.reindex(frame.index) for name, values in found.items()}


def _varies(table: pd.DataFrame, key: str, column: str) -> pd.Series[bool]:
    """Say for each row whether its key has several values of a column."""
    pairs = table[[key, column]].dropna().drop_duplicates()
    several = pairs.loc[pairs[key].duplicated(keep=False), key]
    return table[key].isin(several)


def _below_0(values: pd.Series[Any]) -> pd.Series[bool]:
    return (values < 0).fillna(False).astype(bool)
