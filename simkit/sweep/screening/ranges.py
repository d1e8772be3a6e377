"""How far off an assumed number may be: ranges as data, each with its source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simkit.errors import InputError, Problem
from simkit.scenario import Segment, Staff
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import unknown_key

BUNDLED = Path(__file__).parent / "bundled"
GIVEN = "given"
"""The source of a range that a caller wrote as two numbers."""

RULE = 'must be written { low = ..., high = ..., source = "..." }'
PAIR_RULE = "must be two numbers (low, high), or low, high and source"


@dataclass(frozen=True)
class Range:
    """Between which values a parameter may lie.

    Parameters
    ----------
    low, high
        Ends, in the unit of the parameter's name.
    source
        Where they come from, or a text that starts with "assumed".
    """

    low: float
    high: float
    source: str


def bundled_ranges(segment: str) -> dict[str, Range]:
    """Return the ranges that come with simkit, by parameter; none for a segment of one's own.

    Parameters
    ----------
    segment
        ``"b2c"`` or ``"b2b"``.
    """
    path = BUNDLED / f"{segment}.toml"
    return read_ranges(path) if path.is_file() else {}


def read_ranges(given: str | Path | Mapping[str, Any]) -> dict[str, Range]:
    """Read ranges.

    Parameters
    ----------
    given
        A TOML file with a line for each parameter,
        ``need_per_year = { low = 0.4, high = 3.6, source = "assumed" }``, or a mapping whose
        values are such tables, `Range` objects, or pairs ``(low, high)``. A parameter may be
        written with its part, ``"b2c.need_per_year"`` or ``[b2c]``.

    Raises
    ------
    InputError
        Naming each range that breaks a rule.
    """
    in_file = not isinstance(given, Mapping)
    where = str(given) if in_file else "ranges"
    tree = read_toml(Path(given)) if isinstance(given, str | Path) else given
    ranges: dict[str, Range] = {}
    problems: list[Problem] = []
    for name, entry in _flat(tree).items():
        found = _range(where, name, entry, in_file=in_file)
        if isinstance(found, Range):
            ranges[name] = found
        else:
            problems += found
    if problems:
        raise InputError(problems)
    return ranges


def _flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries by name; those of a table [b2c] are called b2c.<name>."""
    entries: dict[str, Any] = {}
    known = {*Segment.model_fields, *Staff.model_fields}
    for name, entry in tree.items():
        holds_tables = isinstance(entry, Mapping) and all(
            isinstance(part, Mapping) for part in entry.values()
        )
        if holds_tables and entry and name not in known:
            entries |= {f"{name}.{key}": part for key, part in entry.items()}
        else:
            entries[name] = entry
    return entries


def _range(where: str, name: str, entry: Any, *, in_file: bool) -> Range | list[Problem]:
    if isinstance(entry, Range):
        entry = {"low": entry.low, "high": entry.high, "source": entry.source}
    elif isinstance(entry, tuple | list) and len(entry) == 2 and not in_file:
        entry = {"low": entry[0], "high": entry[1], "source": GIVEN}
    if not isinstance(entry, Mapping):
        return [Problem(where, name, entry, RULE if in_file else PAIR_RULE)]
    problems = [
        unknown_key(where, f"{name}.{key}", value, ("low", "high", "source"))
        for key, value in entry.items()
        if key not in ("low", "high", "source")
    ]
    ends: dict[str, float] = {}
    for key in ("low", "high"):
        found: Any = entry.get(key)
        value = found.item() if hasattr(found, "item") else found
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(Problem(where, f"{name}.{key}", value, "must be a number"))
        elif not math.isfinite(value):
            problems.append(Problem(where, f"{name}.{key}", value, "must be finite"))
        else:
            ends[key] = value
    if len(ends) == 2 and ends["low"] >= ends["high"]:
        rule = f"must be < high ({ends['high']:g})"
        problems.append(Problem(where, f"{name}.low", ends["low"], rule))
    source = entry.get("source", None if in_file else GIVEN)
    if not isinstance(source, str) or not source.strip():
        rule = "must say where the range comes from, or 'assumed'"
        problems.append(Problem(where, f"{name}.source", source, rule))
    return problems or Range(ends["low"], ends["high"], str(source))
