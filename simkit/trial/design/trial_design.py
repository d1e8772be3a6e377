"""What a trial is, written down before its first call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from simkit.errors import InputError, Problem, Together
from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.policy import RecallPolicy
from simkit.scenario import Economics
from simkit.scenario.validation import Count, FrozenModel, NonNegative, Positive
from simkit.trial.design.looks import Looks
from simkit.trial.design.written import write_design
from simkit.trial.direction import asked_of, less_is_better
from simkit.trial.read.names import NET_VALUE, SCHEMA_COLUMNS
from simkit.trial.read.selection import covariate_problems
from simkit.trial.settings import ALPHA_MAX, ALPHA_MIN

WHERE = "TrialDesign"
#: With one there is nothing to compare.
DIRECTIONS = ("lower_is_better", "higher_is_better")


def _day(given: object) -> object:
    """Read a day, as a date or as its text; a moment is none."""
    try:
        found = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if isinstance(found, datetime) or not isinstance(found, date):
        raise ValueError("must be a day, as 2026-01-12")
    return found


Drawing: TypeAlias = Literal["hash", "blocks", "outside"]
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
Day = Annotated[date, BeforeValidator(_day)]
Name = Annotated[str, Field(min_length=1)]


def usual_drawing(strata: Collection[str]) -> Literal["hash", "blocks"]:
    """Return how arms are drawn where nobody says it: even within strata, else by hash."""
    return "blocks" if strata else "hash"


class TrialDesign(FrozenModel):
    """A trial as registered: what is compared, in whom, how long, and what would stop it.

    Everything that an evaluation could later choose in its own favour stands here. `evaluate` takes
    it (``evaluate(log, design=...)``) and says so where it is asked for anything else.
    """

    name: Name = Field(description="what the trial is called")
    arms: dict[str, dict[str, RecallPolicy]] = Field(
        description="the policy of each arm: segment → arm → policy"
    )
    control: dict[str, str] = Field(description="the arm compared with: segment → arm")
    unit: Literal["account", "contact"] = Field(
        default="account", description="what is assigned to an arm as a whole"
    )
    shares: dict[str, Positive] = Field(
        default={}, description="arm → its part of the units, on any scale; empty: equal parts"
    )
    strata: tuple[Name, ...] = Field(
        default=(), description="columns within whose values units are assigned, besides segment"
    )
    salt: Name = Field(description="text that makes this trial's assignment its own")
    method: Drawing | None = Field(
        default=None,
        description="how arms are drawn: hash and blocks as assign does, outside by others; none: "
        "not said",
    )
    horizon_days: Positive = Field(description="days since entry at which arms are compared [days]")
    primary: Name = Field(default=NET_VALUE, description="the outcome that decides")
    secondary: tuple[Name, ...] = Field(default=(), description="outcomes shown beside it")
    guardrails: dict[str, dict[str, NonNegative]] = Field(
        default={}, description="outcome → segment → harm that is tolerated [outcome's unit]"
    )
    margins: dict[str, dict[str, NonNegative]] = Field(
        default={}, description="outcome → segment → difference too small to matter [its unit]"
    )
    lower_is_better: tuple[Name, ...] = Field(
        default=(), description="outcomes of which less is better, where their names do not tell"
    )
    higher_is_better: tuple[Name, ...] = Field(
        default=(), description="outcomes of which more is better, guardrails too"
    )
    prices: dict[str, Economics] = Field(
        default={}, description="what sales, calls and losses are worth: segment → prices"
    )
    covariates: tuple[Name, ...] = Field(
        default=(), description="columns known before assignment by which estimates are adjusted"
    )
    second_cluster: Name | None = Field(
        default=None,
        description="column of a grouping across accounts that errors follow too (of a log, "
        "agent_id); none: accounts alone",
    )
    alpha: Annotated[float, Field(strict=True, ge=ALPHA_MIN, lt=ALPHA_MAX)] = Field(
        default=0.05, description="error rate of each family of comparisons, two-sided"
    )
    power: Share = Field(default=0.8, description="probability to find what is worth finding")
    looks: Looks | None = Field(
        default=None, description="looks before the end; none: evaluated once, at the end"
    )
    contacts: dict[str, Count] = Field(
        default={}, description="segment → contacts to be assigned, all arms together [contacts]"
    )
    agents: Count | dict[str, Count] | None = Field(
        default=None,
        description="agents shared by all arms, or arm → its own agents; none: not settled",
    )
    registered_on: Day | None = Field(
        default=None, description="the day on which the design was registered; none: not known"
    )
    _without_identity: bool = PrivateAttr(default=False)

    def __init__(self, **data: Any) -> None:
        together = Together()
        with together:
            super().__init__(**data)
        names = data.get("covariates", ())
        if isinstance(names, tuple) and all(isinstance(name, str) for name in names):
            taken = () if together.problems else self.outcomes
            together.problems += covariate_problems(WHERE, "covariates", names, taken)
        primary = data.get("primary", NET_VALUE)
        named = [name for field in DIRECTIONS for name in data.get(field) or ()]
        if isinstance(primary, str) and primary not in named:
            rule = asked_of(primary, decides=True)
            together.problems += [Problem(WHERE, "primary", primary, rule)] if rule else []
        together.tell()

    @classmethod
    def as_it_stands(cls, content: Mapping[str, Any]) -> Self:
        """Return a design that was made before, whatever some names in it tell.

        A trial that runs can be looked at, though its means cannot be adjusted by what is called as
        if it were counted in the trial: assigning it and evaluating it refuse that. That nobody
        said which way its primary outcome is better stands in every answer.

        Parameters
        ----------
        content
            Its fields.

        Raises
        ------
        InputError
            Naming every field that breaks another rule.
        """
        design = cls.__new__(cls)
        FrozenModel.__init__(design, **content)
        return design

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)
        return self

    def _problems(self) -> Iterator[Problem]:
        def problem(field: str, value: Any, rule: str) -> Problem:
            return Problem(WHERE, field, value, rule)

        if not self.arms:
            yield problem("arms", {}, "must hold a table for each segment")
        for segment, arms in self.arms.items():
            if len(arms) < 2:
                rule = "must hold at least two arms: with one there is nothing to compare"
                yield problem(f"arms.{segment}", list(arms), rule)
            control = self.control.get(segment)
            if control not in arms:
                rule = f"must be one of the arms: {', '.join(arms)} (name the policy in use)"
                yield problem(f"control.{segment}", control, rule)
        by_segment: dict[str, Mapping[str, Any]] = {
            "control": self.control,
            **{f"guardrails.{name}": row for name, row in self.guardrails.items()},
            **{f"margins.{name}": row for name, row in self.margins.items()},
            **({"contacts": self.contacts} if self.contacts else {}),
            **({"prices": self.prices} if self.prices else {}),
        }
        for field, table in by_segment.items():
            for segment in table.keys() - self.arms.keys():
                rule = f"must name a segment of the arms: {', '.join(self.arms)}"
                yield problem(field, segment, rule)
            if field != "control":
                for segment in self.arms.keys() - table.keys():
                    yield problem(f"{field}.{segment}", None, "must be given for each segment")
        names = list(dict.fromkeys(arm for arms in self.arms.values() for arm in arms))
        by_arm: dict[str, Mapping[str, float]] = {"shares": self.shares}
        if isinstance(self.agents, dict):
            by_arm["agents"] = self.agents
        for field, by_name in by_arm.items():
            for arm in by_name.keys() - set(names):
                yield problem(field, arm, f"must name an arm: {', '.join(names)}")
            # Without shares all parts are equal; agents of the arms' own are each arm's.
            needed = names if by_name or field == "agents" else []
            for arm in [arm for arm in needed if arm not in by_name]:
                yield problem(f"{field}.{arm}", None, "must be given for each arm")
        if self.primary in self.guardrails:
            rule = "must not be the primary outcome: that one decides and needs no veto"
            yield problem("guardrails", self.primary, rule)
        for name in self.margins.keys() - {self.primary, *self.secondary}:
            rule = "must be the primary or a secondary outcome (a guardrail has its own margin)"
            yield problem("margins", name, rule)
        for field, tables in (("guardrails", self.guardrails), ("margins", self.margins)):
            for name, row in tables.items():
                for segment, value in row.items():
                    if name in OUTCOMES and OUTCOMES[name].unit == SHARE and not value < 1:
                        rule = "must be below 1: it is a share of contacts, as 0.01"
                        yield problem(f"{field}.{name}.{segment}", value, rule)
        if not self.power > self.alpha:
            rule = (
                f"must be above alpha, {self.alpha:g}: so seldom a difference is found where there "
                "is none; 0.8 or 0.9 is usual"
            )
            yield problem("power", self.power, rule)
        outcomes = [self.primary, *self.secondary, *self.guardrails]
        for name in dict.fromkeys(name for name in outcomes if outcomes.count(name) > 1):
            yield problem("outcomes", name, "must have one role only")
        for field in DIRECTIONS:
            for name in getattr(self, field):
                if name not in outcomes:
                    yield problem(field, name, f"must be an outcome: {', '.join(outcomes)}")
        for name in self.guardrails:
            said = name in (*self.lower_is_better, *self.higher_is_better)
            if not said and (rule := asked_of(name)):
                yield problem("guardrails", name, rule)
        for name in set(self.lower_is_better) & set(self.higher_is_better):
            yield problem("higher_is_better", name, "must not stand in lower_is_better too")
        for field in ("strata", "covariates"):
            for name in getattr(self, field):
                if name in SCHEMA_COLUMNS:
                    rule = "must be a column of your own, known before assignment"
                    yield problem(field, name, rule)

    @property
    def without_identity(self) -> bool:
        """Whether it came from a file without the identity that `write` puts into it."""
        return self._without_identity

    @property
    def outcomes(self) -> tuple[str, ...]:
        """All outcomes, the primary one first, then guardrails, then the others."""
        return (self.primary, *self.guardrails, *self.secondary)

    @property
    def unit_column(self) -> str:
        """The column of contacts that names what is assigned: errors follow it."""
        return f"{self.unit}_id"

    def cluster_in(self, columns: Collection[str], given: str | None) -> str | None:
        """Return the column that errors follow: as given, else that of the unit where it is there.

        Parameters
        ----------
        columns
            Those of the contacts.
        given
            What was asked for; None: not given.
        """
        return self.unit_column if given is None and self.unit_column in columns else given

    def less_is_better(self, outcome: str) -> bool:
        """Tell whether less of an outcome is better, as registered, else by its name."""
        if outcome in (*self.lower_is_better, *self.higher_is_better):
            return outcome in self.lower_is_better
        return less_is_better(outcome)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments, in the order of the arms."""
        return tuple(self.arms)

    def parts(self, segment: str) -> dict[str, float]:
        """Return arm → its part of a segment's units; the parts sum to 1."""
        arms = self.arms[segment]
        scale = {arm: self.shares.get(arm, 1.0) for arm in arms}
        return {arm: part / sum(scale.values()) for arm, part in scale.items()}

    def identity(self) -> str:
        """Return a short text that changes with anything in the design (12 hexadecimal digits)."""
        content = json.dumps(self.to_dict(), sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def only(self, segments: Collection[str]) -> TrialDesign:
        """Return the design of some of its segments."""

        def part(by_segment: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in by_segment.items() if name in segments}

        kept = {arm for of_segment in part(self.arms).values() for arm in of_segment}
        agents = self.agents
        if isinstance(agents, dict):
            agents = {arm: number for arm, number in agents.items() if arm in kept}
        return self.replace(
            arms=part(self.arms),
            control=part(self.control),
            guardrails={name: part(row) for name, row in self.guardrails.items()},
            margins={name: part(row) for name, row in self.margins.items()},
            shares={arm: share for arm, share in self.shares.items() if arm in kept},
            contacts=part(self.contacts),
            prices=part(self.prices),
            agents=agents,
        )

    def replace(self, **changes: Any) -> TrialDesign:
        """Return a copy with some fields changed, checked like a new design.

        Raises
        ------
        InputError
            Naming every field that breaks a rule.
        """
        content = {**dict(self), **changes}
        new = "covariates" in changes
        changed = TrialDesign(**content) if new else TrialDesign.as_it_stands(content)
        changed._without_identity = self._without_identity
        return changed

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain tables and values, absent parts left out."""
        content = self.model_dump(exclude_none=True, exclude={"arms"})
        content["arms"] = {
            segment: {arm: policy.to_dict() for arm, policy in arms.items()}
            for segment, arms in self.arms.items()
        }
        return {name: part for name, part in content.items() if part not in ({}, (), [])}

    def write(self, path: str | Path) -> Path:
        """Write the design to a TOML file that `load_design` reads back as equal.

        Parameters
        ----------
        path
            The file; it appears whole or not at all.

        Raises
        ------
        InputError
            If it exists: a registered design is not overwritten.
        """
        return write_design(self.to_dict(), self.identity(), Path(path))
