"""Mapping files: what a dialler's export calls the things a call log knows."""

from __future__ import annotations

import codecs
import os
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simkit.calllog.dispositions import DISPOSITIONS
from simkit.calllog.textfile import Dialect
from simkit.errors import InputError, Problem

#: Keys that name a column of the export, for any degree of detail.
CONTACT_KEYS = ("contact_id", "account_id", "segment", "arm")
#: Keys that name a column of an export with one row a call.
CALL_KEYS = (
    "dialled_at",
    "disposition",
    "due_at",
    "agent_id",
    "channel",
    "pushed",
    "ring_s",
    "talk_s",
    "wrap_s",
    "callback_at",
    "cancelled_at",
    "value",
)
#: Keys that name a column of an export with one row a contact.
COUNT_KEYS = ("attempts_count", "final_disposition", "entered_at", "observed_until")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(_Part):
    """How the calendar of rows that carry no year is rebuilt.

    Parameters
    ----------
    month
        Column with the month's English name or its first three letters.
    day
        Column with the day of the month; None where there is none.
    first_year
        Year of the first row.
    last_year
        Year of the last row, as a check that the rows are in date order; None: not checked.
    in_date_order
        Must be true: a year begins where the month is earlier than in the row above.
    """

    month: str
    day: str | None = None
    first_year: int = Field(ge=1970, le=2100)
    last_year: int | None = None
    in_date_order: Literal[True]


class Contradiction(_Part):
    """Two columns that cannot both be right; the rows are counted, kept and noted.

    Parameters
    ----------
    column, equals
        The rows where this column holds this text ...
    other, above
        ... although this one holds more than this number.
    meaning
        What a reader must know about them.
    """

    column: str
    equals: str
    other: str
    above: float
    meaning: str


class DiallerMapping(_Part):
    """What an export calls things, as written in a mapping file.

    Parameters
    ----------
    title
        What the mapping is for.
    detail
        ``"attempts"``: one row a call; ``"counts"``: one row a contact.
    delimiter, encoding, quoting
        How the file is written; `quoting` false where ``"`` is an ordinary character.
    decimal
        ``"."`` or ``","``.
    time_format
        As `datetime.strptime` has it; None: ISO 8601.
    timezone
        IANA name of the zone of its local times; None: said at import.
    duration_unit
        Unit of ring, talk and wrap: ``"s"``, ``"min"``, ``"ms"`` or ``"hh:mm:ss"``.
    value_unit
        Unit of `value`: ``"currency"`` or ``"cents"``.
    contact_id, account_id, segment, arm
        Columns. In an export of final counts `contact_id` may be missing: the row's number.
    dialled_at, disposition, due_at, agent_id, channel, pushed, ring_s, talk_s, wrap_s, \
    callback_at, cancelled_at, value
        Columns of an export with one row a call; the first two must be given. Where there is no
        channel it is ``"phone"``.
    talk_only_if_live
        True where the column `talk_s` means talk only in a call that a person answered.
    no_agent
        Contents of `agent_id` that mean a machine.
    attempts_count, final_disposition, entered_at, observed_until
        Columns of an export of final counts; the first two must be given.
    covariates
        Columns of an export of final counts to keep; ``"all"``: all that have no other use.
    dispositions
        Code → disposition.
    ignore
        Code → why a row with it is no call.
    unknown_end
        Code of `final_disposition` → what it says, where it does not say how the contact ended.
    period
        How a calendar without years is rebuilt.
    contradictions
        Rows to count and to note.
    columns
        All columns of the export in its order, for writing one; empty: those named above.
    """

    title: str = ""
    detail: Literal["attempts", "counts"] = "attempts"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    quoting: bool = True
    decimal: Literal[".", ","] = "."
    time_format: str | None = None
    timezone: str | None = None
    duration_unit: Literal["s", "min", "ms", "hh:mm:ss"] = "s"
    value_unit: Literal["currency", "cents"] = "currency"
    contact_id: str | None = None
    account_id: str | None = None
    segment: str | None = None
    arm: str | None = None
    dialled_at: str | None = None
    disposition: str | None = None
    due_at: str | None = None
    agent_id: str | None = None
    channel: str | None = None
    pushed: str | None = None
    ring_s: str | None = None
    talk_s: str | None = None
    wrap_s: str | None = None
    callback_at: str | None = None
    cancelled_at: str | None = None
    value: str | None = None
    talk_only_if_live: bool = False
    no_agent: tuple[str, ...] = ()
    attempts_count: str | None = None
    final_disposition: str | None = None
    entered_at: str | None = None
    observed_until: str | None = None
    covariates: Literal["all"] | tuple[str, ...] = ()
    dispositions: dict[str, str] = Field(default_factory=dict)
    ignore: dict[str, str] = Field(default_factory=dict)
    unknown_end: dict[str, str] = Field(default_factory=dict)
    period: Period | None = None
    contradictions: tuple[Contradiction, ...] = ()
    columns: tuple[str, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codecs.lookup(value)
        except LookupError:
            raise ValueError("must be an encoding, as utf-8 or cp1252") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("must be the name of a time zone, as Europe/Rome") from None
        return value

    @field_validator("time_format")
    @classmethod
    def _offset_last(cls, value: str | None) -> str | None:
        if value is not None and "%z" in value and not value.endswith("%z"):
            raise ValueError("must have %z at its end or not at all")
        return value

    def dialect(self, name: str) -> Dialect:
        """Return how the export's file is written, as the mapping of this name says."""
        return Dialect(self.delimiter, self.encoding, self.quoting, said_in=where_to_write(name))

    def named(self, keys: tuple[str, ...]) -> dict[str, str]:
        """Return key → the export's column, for those of `keys` that the mapping names."""
        return {key: column for key in keys if (column := getattr(self, key)) is not None}


def bundled_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with simkit."""
    files = resources.files("simkit.calllog.adapters") / "mappings"
    return tuple(sorted(Path(file.name).stem for file in files.iterdir()))


def where_to_write(name: str) -> str:
    """Return the file in which a user can change what a mapping says.

    Parameters
    ----------
    name
        The mapping's name: of a bundled one, or of the user's file.
    """
    if name in bundled_mappings():
        return f'a mapping file of your own that says extends = "{name}"'
    return name


def load_mapping(mapping: str | os.PathLike[str]) -> DiallerMapping:
    """Read a mapping file.

    Parameters
    ----------
    mapping
        Name of a bundled mapping (`bundled_mappings`) or path of a TOML file. A file may say
        ``extends = "vicidial"`` (or a path beside it): its keys replace those of the other
        mapping, its codes are added.

    Raises
    ------
    InputError
        Listing every key that breaks a rule.
    """
    content, name = _content(mapping, Path(), ())
    try:
        loaded = DiallerMapping.model_validate(content)
    except ValidationError as error:
        raise InputError(_problems(error, name)) from None
    problems = list(_inconsistencies(loaded, name))
    if problems:
        raise InputError(problems)
    return loaded


def _content(
    mapping: str | os.PathLike[str], beside: Path, seen: tuple[str, ...]
) -> tuple[dict[str, Any], str]:
    """Return a mapping file's keys, those it extends included, and its name for messages."""
    file, name, folder = _find(mapping, beside)
    if str(file) in seen:
        raise InputError([Problem(name, "extends", str(mapping), "must not lead back to itself")])
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(name, "file", str(mapping), f"must be TOML: {error}")]) from None
    base = content.pop("extends", None)
    if base is None:
        return content, name
    if not isinstance(base, str):
        raise InputError([Problem(name, "extends", base, "must be a mapping's name or a path")])
    below, _ = _content(base, folder, (*seen, str(file)))
    return _merged(below, content), name


def _find(mapping: str | os.PathLike[str], beside: Path) -> tuple[Traversable, str, Path]:
    text = os.fspath(mapping)
    if text in bundled_mappings():
        folder = resources.files("simkit.calllog.adapters") / "mappings"
        return folder / f"{text}.toml", f"mapping {text}", Path()
    path = beside / text
    if not path.is_file():
        names = ", ".join(bundled_mappings())
        rule = f"must be a bundled mapping ({names}) or the path of a TOML file"
        raise InputError([Problem("mapping", "mapping", text, rule)])
    return path, path.name, path.parent


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another's keys laid over it; a code it maps anew moves."""
    merged = {**below, **above}
    tables = ("dispositions", "ignore", "unknown_end")
    given = {code for name in tables for code in _table(above, name)}
    for name in tables:
        kept = {code: to for code, to in _table(below, name).items() if code not in given}
        if name in merged and isinstance(above.get(name, {}), Mapping):
            merged[name] = kept | dict(_table(above, name))
    return merged


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = content.get(name, {})
    return table if isinstance(table, Mapping) else {}


def _problems(error: ValidationError, name: str) -> list[Problem]:
    """Return pydantic's findings in the project's own words."""
    problems = []
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"])
        match each["type"]:
            case "extra_forbidden":
                rule = f"is not a key; known are {', '.join(DiallerMapping.model_fields)}"
            case "missing":
                problems.append(Problem(name, place, None, "must be given"))
                continue
            case "value_error":
                rule = str(each["ctx"]["error"])
            case _:
                rule = each["msg"].replace("Input should", "must")
        problems.append(Problem(name, place, each["input"], rule))
    return problems


def _inconsistencies(mapping: DiallerMapping, name: str) -> Iterator[Problem]:
    """Check what no key can be judged for alone."""
    counts = mapping.detail == "counts"
    needed = COUNT_KEYS[:2] if counts else ("contact_id", "dialled_at", "disposition")
    for key in needed:
        if getattr(mapping, key) is None:
            yield Problem(name, key, None, "must name a column of the export")
    for key in mapping.named(CALL_KEYS if counts else COUNT_KEYS):
        rule = f"must not be given with detail = {mapping.detail!r}"
        yield Problem(name, key, getattr(mapping, key), rule)
    if not mapping.dispositions:
        yield Problem(name, "dispositions", {}, "must map at least one code")
    for code, disposition in mapping.dispositions.items():
        if disposition not in DISPOSITIONS:
            rule = f"must be one of {', '.join(DISPOSITIONS)}"
            if code in DiallerMapping.model_fields:
                rule += f"; if {code} is a setting, write it above the first [table]"
            yield Problem(name, f"dispositions.{code}", disposition, rule)
    tables = (mapping.dispositions, mapping.ignore, mapping.unknown_end)
    for code in dict.fromkeys(code for table in tables for code in table):
        if sum(code in table for table in tables) > 1:
            rule = "must be in one of [dispositions], [ignore] and [unknown_end]"
            yield Problem(name, "code", code, rule)
    if mapping.columns:
        named = mapping.named(CONTACT_KEYS + CALL_KEYS + COUNT_KEYS)
        for key, column in named.items():
            if column not in mapping.columns:
                yield Problem(name, key, column, "must be one of `columns`")
