"""The call log's header: what a log is, when it starts, in which time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

import pandas as pd

from simkit.errors import InputError, Problem

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Header:
    """What a call log is, beside its tables.

    Parameters
    ----------
    source
        ``"simulated"`` or ``"field"``.
    start
        Local midnight at which the log starts, without a time zone.
    timezone
        IANA name of the zone of every time in the log, e.g. ``"Europe/Rome"``.
    currency
        Three letters; money in the log is in its cents.
    detail
        ``"attempts"``: one row a dial; ``"counts"``: only how many attempts a contact had and
        how they ended.
    schema_version
        Version of the tables' layout.
    scenario, policy
        Identity of what was simulated; None in a field log.
    seed, replication
        What the random draws were keyed by; None in a field log.
    withdrawal_days
        Segment → days within which a sale can be cancelled; None where it is not known.
    notes
        What a reader must know: what is unknown, what was assumed.
    """

    source: Literal["simulated", "field"]
    start: pd.Timestamp
    timezone: str
    currency: str = "EUR"
    detail: Literal["attempts", "counts"] = "attempts"
    schema_version: int = SCHEMA_VERSION
    scenario: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    seed: int | None = None
    replication: int | None = None
    withdrawal_days: dict[str, float] | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the header as JSON can hold it, in the order of the fields."""
        return {
            **asdict(self),
            "start": self.start.isoformat() if _is_time(self.start) else str(self.start),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: object, where: str = "header") -> Header:
        """Return the header held by a JSON object.

        Parameters
        ----------
        data
            What JSON was read as.
        where
            What to call it in messages, e.g. a file's name.

        Raises
        ------
        InputError
            Listing every unknown or missing field and every value that breaks a rule.
        """
        if not isinstance(data, Mapping):
            raise InputError([Problem(where, "header", data, "must be a JSON object")])
        known = {field.name: field for field in fields(cls)}
        problems = [
            Problem(where, str(name), value, f"is not a field; known are {', '.join(known)}")
            for name, value in data.items()
            if name not in known
        ]
        problems += [
            Problem(where, name, None, "is missing")
            for name, field in known.items()
            if field.default is MISSING and name not in data
        ]
        if problems:
            raise InputError(problems)
        values = dict(data)
        try:
            values["start"] = pd.Timestamp(datetime.fromisoformat(values["start"]))
        except (TypeError, ValueError):
            rule = "must be a date, as 2024-01-01"
            raise InputError([Problem(where, "start", values["start"], rule)]) from None
        if isinstance(values.get("notes"), list):
            values["notes"] = tuple(values["notes"])
        header = cls(**values)
        problems = header.problems(where)
        if problems:
            raise InputError(problems)
        return header

    def problems(self, where: str = "header") -> list[Problem]:
        """Return everything that is wrong with the header, each with the rule it breaks."""
        return [
            Problem(where, name, getattr(self, name), rule)
            for name, rule, holds in _RULES
            if not holds(getattr(self, name))
        ]


def _is_time(value: object) -> bool:
    return isinstance(value, pd.Timestamp) and value is not cast(object, pd.NaT)


def _is_naive_midnight(value: Any) -> bool:
    return _is_time(value) and value.tzinfo is None and value == value.normalize()


def is_zone(value: Any) -> bool:
    """Say whether a text is the IANA name of a time zone."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError, AttributeError):
        return False
    return True


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_days(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(segment, str) and isinstance(days, int | float) and days >= 0
        for segment, days in value.items()
    )


_RULES: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("source", "must be 'simulated' or 'field'", lambda v: v in ("simulated", "field")),
    ("start", "must be a local midnight without a time zone", _is_naive_midnight),
    ("timezone", "must be the name of a time zone, as Europe/Rome", is_zone),
    (
        "currency",
        "must be three capital letters, as EUR",
        lambda v: isinstance(v, str) and len(v) == 3 and v.isalpha() and v.isupper(),
    ),
    ("detail", "must be 'attempts' or 'counts'", lambda v: v in ("attempts", "counts")),
    (
        "schema_version",
        f"must be {SCHEMA_VERSION}, the version that this simkit reads",
        lambda v: v == SCHEMA_VERSION,
    ),
    ("scenario", "must be an object or null", lambda v: v is None or isinstance(v, Mapping)),
    ("policy", "must be an object or null", lambda v: v is None or isinstance(v, Mapping)),
    ("seed", "must be a whole number or null", lambda v: v is None or _is_whole(v)),
    ("replication", "must be a whole number or null", lambda v: v is None or _is_whole(v)),
    ("withdrawal_days", "must be segment → days ≥ 0, or null", lambda v: v is None or _is_days(v)),
    (
        "notes",
        "must be a list of texts",
        lambda v: isinstance(v, tuple) and all(isinstance(note, str) for note in v),
    ),
)
