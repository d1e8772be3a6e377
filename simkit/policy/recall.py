"""The recall policy: when a contact may be called again, and when no more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import BeforeValidator, Field, model_validator

from simkit.errors import InputError, Problem
from simkit.scenario.calendar import WeekHours
from simkit.scenario.hours import DAY_S
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import Count, FrozenModel, did_you_mean, moved

BUNDLED = Path(__file__).parent / "bundled"

SpanDays = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=3650)]
SpanWorkingDays = Annotated[int, Field(strict=True, ge=1, le=2600)]

Tally = Annotated[Count, Field(le=10_000)]
"""How many calls of a kind are counted; engines count on in 16 bits."""


def days_words(days: float) -> str:
    """Return a duration: ``"1 day"``, ``"60 days"``."""
    return f"{days:g} day{'' if days == 1 else 's'}"


class Span(FrozenModel):
    """A stretch of time in calendar days or in working days, exactly one of the two.

    Parameters
    ----------
    days
        Calendar days, > 0 and <= 3650; may be a fraction. The moment reached rolls to the
        next open one.
    working_days
        Working days, from 1 to 2600, at the same time of day.
    """

    days: SpanDays | None = Field(default=None, description="calendar days [days]")
    working_days: SpanWorkingDays | None = Field(default=None, description="working days [days]")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.days is None) == (self.working_days is None):
            found = self.model_dump(exclude_none=True)
            rule = "must have exactly one of days and working_days"
            raise InputError([Problem("Span", "", found, rule)])
        return self

    @property
    def label(self) -> str:
        """The span in words: ``"7 days"``, ``"1 working day"``."""
        if self.working_days is not None:
            return f"{self.working_days} working day{'' if self.working_days == 1 else 's'}"
        return "" if self.days is None else days_words(self.days)

    @property
    def seconds(self) -> int | None:
        """Whole seconds of a span in calendar days; None for working days."""
        return None if self.days is None else max(round(self.days * DAY_S), 1)

    def calendar_days(self, working_days_per_week: int = 5) -> float:
        """Return the nominal length in calendar days; holidays are not counted.

        Parameters
        ----------
        working_days_per_week
            By which a span in working days is stretched to weeks of 7 days.
        """
        if self.days is not None:
            return self.days
        assert self.working_days is not None
        return self.working_days * 7 / working_days_per_week


def _as_table(given: object) -> object:
    """Refuse what is no span nor the table of one, as the text "5 days" is."""
    if isinstance(given, Span | dict) or given is None:
        return given
    raise ValueError("must be a table, as { days = 5 } or { working_days = 5 }")


GivenSpan = Annotated[Span, BeforeValidator(_as_table)]


class Rests(FrozenModel):
    """How long a contact is left in peace after a call that ended so; None: the interval."""

    no_answer: GivenSpan | None = Field(default=None, description="after a call not answered")
    refused: GivenSpan | None = Field(default=None, description="after a refusal")
    not_now: GivenSpan | None = Field(default=None, description="after 'not now'")
    undecided: GivenSpan | None = Field(default=None, description="after an undecided talk")
    already_solved: GivenSpan | None = Field(default=None, description="after 'already solved'")


class Caps(FrozenModel):
    """The most calls that a contact gets, answered or not; None: no cap.

    A callback that the contact asked for counts; `per_30_days` and `per_year` do not delay it, but
    `total` is the end, whatever was promised.
    """

    per_30_days: Count | None = Field(default=None, description="calls in any 30 days [calls]")
    per_year: Count | None = Field(default=None, description="calls in any 365 days [calls]")
    total: Count | None = Field(default=None, description="calls in all; then closed [calls]")


class RecallPolicy(FrozenModel):
    """How often the contacts of a segment (or of an arm of it) are called.

    The interval runs from the last dial to the next due date. A callback that the contact asked
    for is always made at the named time and never earlier, whatever the interval.

    Parameters
    ----------
    interval
        Recall interval, and rest after every disposition that `rests` does not name.
    rests
        Other rests by disposition.
    retries_max
        How many calls without an answer in a row get the rest ``rests.no_answer``, before the
        interval applies again; None: all. Needs ``rests.no_answer``.
    push
        Whether agents press an undecided contact for a decision.
    caps
        The most calls in 30 days, in a year and in all.
    bad_number_attempts
        Calls that meet a dead number after which the contact is closed, >= 1.
    refusals_max
        Refusals after which the contact is closed, >= 1; None: none closes it.
    windows
        Hours that narrow the segment's calling windows (both must be open); None: the segment's.
    """

    interval: GivenSpan = Field(
        description="recall interval, { days = ... } or { working_days = ... }"
    )
    rests: Rests = Field(default=Rests(), description="rests by disposition")
    retries_max: Tally | None = Field(default=None, description="quick retries in a row [calls]")
    push: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="press undecided contacts"
    )
    caps: Caps = Field(default=Caps(), description="most calls by contact")
    bad_number_attempts: Tally = Field(default=2, description="calls to a dead number [calls]")
    refusals_max: Tally | None = Field(default=None, description="refusals that close a contact")
    windows: WeekHours | None = Field(default=None, description="narrower calling windows")

    @model_validator(mode="after")
    def _retries_have_a_rest(self) -> Self:
        if self.retries_max is not None and self.rests.no_answer is None:
            rule = "must come with rests.no_answer, the rest before such a retry"
            raise InputError([Problem("RecallPolicy", "retries_max", self.retries_max, rule)])
        return self

    @classmethod
    def every(
        cls, *, days: float | None = None, working_days: int | None = None, **changes: Any
    ) -> RecallPolicy:
        """Return the policy of one interval, in calendar or in working days.

        Parameters
        ----------
        days, working_days
            The interval; exactly one is given.
        **changes
            Other fields, e.g. ``push=True`` or ``caps={"per_year": 10}``.

        Raises
        ------
        InputError
            Naming every field that breaks a rule.
        """
        given = {"days": days, "working_days": working_days}
        interval = {name: value for name, value in given.items() if value is not None}
        return cls(**{"interval": interval} | changes)

    @property
    def label(self) -> str:
        """The interval in words: ``"every 7 days"``, ``"every 20 working days"``."""
        span = self.interval.label
        return f"every {span.removeprefix('1 ')}" if span.startswith("1 ") else f"every {span}"

    def describe(self) -> str:
        """Return all that the policy says, in one line."""
        parts = [self.label]
        for name, span in self.rests:
            if span is not None:
                parts.append(f"{span.label} after {name}")
                if name == "no_answer" and self.retries_max is not None:
                    parts[-1] += f" (at most {self.retries_max} in a row)"
        caps = {"per_30_days": "in 30 days", "per_year": "a year", "total": "in all"}
        for name, words in caps.items():
            cap = getattr(self.caps, name)
            if cap is not None:
                parts.append(f"at most {cap} calls {words}")
        if self.refusals_max is not None:
            parts.append(f"closed after {self.refusals_max} refusals")
        if self.windows is not None:
            parts.append(f"within {self.windows}")
        if self.push:
            parts.append("pushing")
        return ", ".join(parts)

    def replace(self, **changes: Any) -> RecallPolicy:
        """Return a copy with some fields changed, checked like a new policy.

        Raises
        ------
        InputError
            Naming every field that breaks a rule.
        """
        return RecallPolicy(**{**dict(self), **changes})

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as plain tables and values, absent parts left out."""
        content = self.model_dump(exclude_none=True)
        if self.windows is not None:
            content["windows"] = self.windows.to_dict()
        return {name: _plain(part) for name, part in content.items() if part != {}}

    def to_toml(self) -> str:
        """Return the policy as the text of a file that `load_policy` reads back as equal."""
        return tomli_w.dumps(self.to_dict())


def bundled_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with simkit."""
    return tuple(sorted(path.stem for path in BUNDLED.glob("*.toml")))


def load_policy(name_or_path: str | Path) -> RecallPolicy:
    """Read a policy.

    Parameters
    ----------
    name_or_path
        A bundled policy's name (``"practice_b2c"``, ``"practice_b2b"``) or a TOML file.

    Raises
    ------
    InputError
        Naming every field that breaks a rule with its value and rule, or the bundled policies if
        there is no such file.
    """
    text = str(name_or_path)
    path = BUNDLED / f"{text}.toml" if text in bundled_policies() else Path(name_or_path)
    if not path.is_file():
        names = bundled_policies()
        rule = f"must be a TOML file or a bundled policy ({', '.join(names)})"
        raise InputError([Problem(text, "policy", text, rule + did_you_mean(text, names))])
    try:
        return RecallPolicy(**read_toml(path))
    except InputError as error:
        raise InputError(moved(problem, str(path), "") for problem in error.problems) from None


def _plain(value: Any) -> Any:
    """Write 7.0 as 7, as people write it."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
