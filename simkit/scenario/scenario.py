"""A scenario: all that is taken as given about the world in which a policy acts."""

from __future__ import annotations

import hashlib
import json
import math
import re
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from simkit.errors import InputError, Problem
from simkit.scenario.calendar import Calendar, Date, WeekHours
from simkit.scenario.economics import ALL_SEGMENTS, Economics
from simkit.scenario.segment import UNSOURCED, Segment, unit_and_meaning
from simkit.scenario.toml_text import scenario_text
from simkit.scenario.validation import FrozenDict, FrozenModel, NonNegative, unknown_key

ASSUMED = "assumed"
STAFF = "staff"
SHARE_TOLERANCE = 1e-9


def _known_time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, e.g. 'Europe/Rome'") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class Staff(FrozenModel):
    """The agents: how they differ and when they are logged in.

    Parameters
    ----------
    skill_sd_logit
        Spread of the agents' skill on the sale logit, >= 0.
    shifts
        When an agent is logged in, by weekday; holidays are free.
    """

    skill_sd_logit: NonNegative = Field(description="spread of skill between agents [logit]")
    shifts: WeekHours = Field(description="when an agent is logged in [local time]")


class Scenario(FrozenModel):
    """What the world is, with a source beside each number.

    Parameters
    ----------
    name
        How reports call it.
    description
        A sentence on what it stands for.
    start
        The first day of the simulated time.
    timezone
        IANA name, e.g. ``"Europe/Rome"``.
    currency
        ``"EUR"``: amounts have the unit of their parameters' names.
    calendar
        Public holidays and working days.
    staff
        The agents.
    segments
        The segments by name; their shares sum to 1.
    sources
        For each number (``"b2c.need_per_year"``, ``"staff.skill_sd_logit"``) where it comes from,
        or a text that starts with "assumed".
    """

    name: str = Field(min_length=1, description="name of the scenario")
    description: str = Field(default="", description="what the scenario stands for")
    start: Date = Field(description="first day, a date such as 2026-01-12")
    timezone: TimeZone = Field(description="IANA time zone, e.g. Europe/Rome")
    currency: Literal["EUR"] = Field(description="currency of all amounts")
    calendar: Calendar = Field(description="table of holidays and working days")
    staff: Staff = Field(description="table of the agents")
    segments: Annotated[dict[str, Segment], AfterValidator(FrozenDict)] = Field(
        description="a table for each segment"
    )
    sources: Annotated[dict[str, str], AfterValidator(FrozenDict)] = Field(
        description="source of each number"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        where = type(self).__name__
        problems: list[Problem] = []
        for name in self.segments:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in (STAFF, ALL_SEGMENTS):
                rule = "must be small letters, digits and _, and not 'staff' or 'all'"
                problems.append(Problem(where, f"segments.{name}", name, rule))
        problems.extend(
            share_problems(where, {name: part.share for name, part in self.segments.items()})
        )
        problems.extend(
            Problem(where, f"{name}.source", self.sources.get(name), SOURCE_RULE)
            for name in self._numbers()
            if not self.sources.get(name, "").strip()
        )
        known = set(self._numbers()) | {f"{name}.reach_profile_logit" for name in self.segments}
        problems.extend(
            unknown_key(where, f"sources.{name}", source, known)
            for name, source in self.sources.items()
            if name not in known
        )
        if problems:
            raise InputError(problems)
        return self

    def vary(self, parameter: str, value: Any, *, source: str) -> Scenario:
        """Return a copy with one parameter changed.

        Parameters
        ----------
        parameter
            ``"b2c.need_per_year"``, ``"staff.skill_sd_logit"``.
        value
            The new value, in the unit of the parameter's name.
        source
            Where it comes from, or ``"assumed"``.

        Raises
        ------
        InputError
            If the parameter does not exist or the value breaks its rule.
        """
        return self.vary_all({parameter: value}, source=source)

    def vary_all(self, values: Mapping[str, Any], *, source: str) -> Scenario:
        """Return a copy with several parameters changed at once, e.g. all shares.

        Parameters
        ----------
        values
            The new values by parameter, as in `vary`.
        source
            Where they come from, or ``"assumed"``.

        Raises
        ------
        InputError
            Naming every parameter that does not exist or whose value breaks its rule.
        """
        parts: dict[str, dict[str, Any]] = {STAFF: dict(self.staff)}
        parts |= {name: dict(segment) for name, segment in self.segments.items()}
        problems: list[Problem] = []
        for parameter, value in values.items():
            part, _, key = parameter.partition(".")
            if part not in parts:
                rule = f"must be <part>.<parameter> with a part of {', '.join(parts)}"
                problems.append(Problem(self.name, parameter, value, rule))
            elif key not in parts[part]:
                problems.append(unknown_key(self.name, parameter, value, parts[part]))
            else:
                # A numpy scalar is a plain number to people who vary parameters over an array.
                parts[part][key] = value.item() if hasattr(value, "item") else value
        if problems:
            raise InputError(problems)
        sourced = {name: source for name in values if name.partition(".")[2] not in UNSOURCED}
        content = dict(self) | {
            "staff": parts.pop(STAFF),
            "segments": parts,
            "sources": {**self.sources, **sourced},
        }
        try:
            return Scenario(**content)
        except InputError as error:
            raise InputError(in_words_of_files(self.name, error)) from None

    def entering_over(self, days: float, *, source: str) -> Scenario:
        """Return a copy whose contacts enter over so many days, in every segment.

        Parameters
        ----------
        days
            Days over which contacts enter, evenly.
        source
            Where the number comes from.

        Raises
        ------
        InputError
            If it breaks the rule of ``entry_spread_days``.
        """
        spread = {f"{name}.entry_spread_days": days for name in self.segments}
        return self.vary_all(spread, source=source)

    def only(self, segment: str) -> Scenario:
        """Return a copy with one segment, whose share is then 1.

        Raises
        ------
        InputError
            If there is no such segment.
        """
        if segment not in self.segments:
            rule = f"must be one of {', '.join(self.segments)}"
            raise InputError([Problem(self.name, "segment", segment, rule)])
        prefixes = (f"{STAFF}.", f"{segment}.")
        sources = {name: text for name, text in self.sources.items() if name.startswith(prefixes)}
        sources[f"{segment}.share"] = "the only segment"
        content = dict(self) | {
            "segments": {segment: dict(self.segments[segment]) | {"share": 1.0}},
            "sources": sources,
        }
        return Scenario(**content)

    def economics(self) -> dict[str, Economics]:
        """Return the prices of each segment."""
        names = [name for name in Economics.model_fields if name != "sale_value_eur"]
        return {
            segment: Economics(
                sale_value_eur=part.sale_value_mean_eur,
                **{name: getattr(part, name) for name in names},
            )
            for segment, part in self.segments.items()
        }

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the parameters whose source says that they are assumed."""
        return tuple(name for name, text in self.sources.items() if is_assumed(text))

    def parameters(self) -> pd.DataFrame:
        """Return one row a parameter: parameter, value, unit, meaning, source, assumed."""
        rows: list[dict[str, Any]] = []
        for part_name, part in (*self.segments.items(), (STAFF, self.staff)):
            for key, field in type(part).model_fields.items():
                value = getattr(part, key)
                if key == "reach_profile_logit":
                    value = "flat" if not any(map(any, value)) else "by weekday and hour"
                name = f"{part_name}.{key}"
                unit, meaning = unit_and_meaning(field.description or "")
                source = self.sources.get(name, "")
                rows.append(
                    {
                        "parameter": name,
                        "value": str(value) if isinstance(value, WeekHours) else value,
                        "unit": unit,
                        "meaning": meaning,
                        "source": source,
                        "assumed": is_assumed(source),
                    }
                )
        return pd.DataFrame(rows)

    def identity(self) -> dict[str, str]:
        """Return name and fingerprint (SHA-256) of all that can change a run.

        Name, description and sources do not enter the fingerprint; the order of the segments does.
        """
        content = {
            "start": self.start.isoformat(),
            "timezone": self.timezone,
            "currency": self.currency,
            "calendar": self.calendar.model_dump(mode="json"),
            "staff": self.staff.model_dump(mode="json"),
            "segments": [
                [name, segment.model_dump(mode="json")] for name, segment in self.segments.items()
            ],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return {"name": self.name, "sha256": hashlib.sha256(canonical.encode()).hexdigest()}

    def to_toml(self) -> str:
        """Return the scenario as a complete file that `load_scenario` reads back as equal."""
        return scenario_text(self)

    def _numbers(self) -> list[str]:
        """Return the names of all parameters that must have a source."""
        names = [f"{STAFF}.{key}" for key in Staff.model_fields]
        for segment, part in self.segments.items():
            names += [
                f"{segment}.{key}"
                for key, field in Segment.model_fields.items()
                if key not in UNSOURCED
                and (field.is_required() or getattr(part, key) != field.default)
            ]
        return names


SOURCE_RULE = f"must say where the number comes from, or {ASSUMED!r}"


def is_assumed(source: str) -> bool:
    """Return whether a source says that its number is assumed."""
    return source.strip().lower().startswith(ASSUMED)


SHARES_RULE = "must be 1"


def share_problems(where: str, shares: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the segments' shares taken together: they must sum to 1."""
    if not shares:
        return [Problem(where, "segments", {}, "must have a table [segments.<name>]")]
    if not all(isinstance(share, (int, float)) for share in shares.values()):
        return []
    total = math.fsum(shares.values())
    if abs(total - 1) <= SHARE_TOLERANCE:
        return []
    names = " + ".join(f"{name}.share" for name in shares)
    rule = SHARES_RULE
    if len(shares) > 1:
        rule += (
            ': give each segment its own part of all, as share = { value = 0.5, source = "..." }'
        )
    return [Problem(where, names, total, rule)]


def in_words_of_files(where: str, error: InputError) -> list[Problem]:
    """Return a `Scenario`'s problems with the names people know, e.g. ``b2c.need_per_year``."""
    return [
        Problem(where, problem.field.removeprefix("segments."), problem.value, problem.rule)
        for problem in error.problems
    ]
