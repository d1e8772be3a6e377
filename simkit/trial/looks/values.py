"""What the values of a ledger's tables must be: of the right kind, and possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

import numpy as np
import pandas as pd

from simkit.errors import Problem

KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "must be text"),
    "float": ((float, int), "must be a number"),
    "int": ((int,), "must be a whole number"),
    "bool": ((bool,), "must be true or false"),
}
"""What a value of a ledger must be, by the kind of the field."""
RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "fraction": (lambda value: 0 <= value < np.inf, "must be a part of the planned, 0 or more"),
    "n": (lambda value: value >= 0, "must be 0 or more"),
    "n_control": (lambda value: value >= 0, "must be 0 or more"),
    "estimate": (lambda value: abs(value) < np.inf, "must be finite"),
    "se": (lambda value: 0 < value < np.inf, "must be above 0"),
    "df": (lambda value: value > 0, "must be above 0"),
    "p_value": (lambda value: 0 <= value <= 1, "must lie between 0 and 1"),
    "margin": (lambda value: abs(value) < np.inf, "must be finite"),
}
"""What a number of `Seen` must be, where it is known."""


def wrong_look(kind: Any, row: Mapping[str, Any], where: str, place: str) -> list[Problem]:
    """Return what is wrong with a look, apart from what was seen at it.

    Parameters
    ----------
    kind
        Its class.
    row
        Field → value, as the file has them.
    where, place
        The file; where in it the look stands.
    """
    return _wrong(kind, row, where, place) or _out_of_range(row, where, place)


def wrong_row(kind: Any, row: Mapping[str, Any], where: str, place: str) -> list[Problem]:
    """Return what is wrong with a comparison as seen at a look; what is unknown is no number.

    Parameters
    ----------
    kind, row, where, place
        As `wrong_look` takes them.
    """
    return _wrong(kind, row, where, place) or [
        Problem(where, f"{place}.{name}", row[name], rule)
        for name, (holds, rule) in RANGES.items()
        if name in row and not np.isnan(row[name]) and not holds(row[name])
    ]


def _wrong(kind: Any, row: Mapping[str, Any], where: str, place: str) -> list[Problem]:
    known = {field.name: field for field in fields(kind)}
    problems = [
        Problem(where, f"{place}.{name}", value, f"must be one of {', '.join(known)}")
        for name, value in row.items()
        if name not in known
    ]
    problems += [
        Problem(where, f"{place}.{name}", None, "is missing")
        for name, field in known.items()
        if field.default is MISSING and name not in row
    ]
    for name, value in row.items():
        if name not in known or str(known[name].type) not in KINDS:
            continue
        kinds, rule = KINDS[str(known[name].type)]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            problems.append(Problem(where, f"{place}.{name}", value, rule))
    return problems


def _out_of_range(row: Mapping[str, Any], where: str, place: str) -> list[Problem]:
    """Return what is wrong with a look whose values are of the right kinds."""
    problems = []
    try:
        zoned = pd.Timestamp(row["as_of"]).tz is not None
    except ValueError:
        zoned = False
    if not zoned:
        rule = "must be a time with its offset, as 2026-02-20 00:00:00+01:00"
        problems.append(Problem(where, f"{place}.as_of", row["as_of"], rule))
    if not 0 <= row["fraction"] < np.inf:
        rule = "must be a part of the planned information, 0 or more"
        problems.append(Problem(where, f"{place}.fraction", row["fraction"], rule))
    return problems
