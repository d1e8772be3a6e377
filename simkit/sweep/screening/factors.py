"""Which parameters a study varies, between which values, and why it leaves others alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, Segment, Staff
from simkit.scenario.validation import unknown_key
from simkit.sweep.screening.ranges import Range, bundled_ranges

WHERE = "sensitivity"
STAFF = "staff"
LOG_FROM = 4.0
"""A range whose ends have this ratio or a larger one is cut on a logarithmic scale."""

MUST_HOLD_0 = frozenset({"sale_irritation_logit"})
"""Effects that may be none: field evidence that irritation lowers sales is mixed."""

JUDGEMENTS = ("worthwhile_eur", "optout_margin_prob")
OF_LIMITED_AGENTS = ("skill_sd_logit", "callback_window_min")
OF_PUSHING = ("push_prob", "jump_push", "cancel_pressed_logit")
OF_EARLY_CALLS = ("jump_early",)

NO_RANGE = "no range is known for it"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(JUDGEMENTS, "says what a difference is worth, not what calls lead to"),
        **dict.fromkeys(OF_LIMITED_AGENTS, "matters only where agents are limited"),
        **dict.fromkeys(OF_PUSHING, "matters only where the policy pushes"),
        **dict.fromkeys(OF_EARLY_CALLS, "no policy calls before a date that a contact named"),
    }
)


@dataclass(frozen=True)
class Factor:
    """A parameter that is varied.

    Parameters
    ----------
    name
        As ``"b2c.need_per_year"``.
    low, high
        Ends of its range.
    source
        Of the range.
    whole
        Whether its values are whole numbers.
    """

    name: str
    low: float
    high: float
    source: str
    whole: bool

    @property
    def key(self) -> str:
        """The name without its part: ``"need_per_year"``."""
        return self.name.rpartition(".")[2]

    @property
    def scale(self) -> str:
        """``"log"`` or ``"linear"``: on which scale the range is cut into equal steps."""
        wide = self.low > 0 and self.high / self.low >= LOG_FROM
        return "log" if wide and not self.name.endswith("_logit") else "linear"

    def value(self, place: float) -> float | int:
        """Return the parameter's value at a place between 0 (low) and 1 (high)."""
        if place in (0.0, 1.0):
            value = self.high if place else self.low  # the ends themselves, to the last bit
        elif self.scale == "log":
            value = math.exp(math.log(self.low) * (1 - place) + math.log(self.high) * place)
        else:
            value = self.low * (1 - place) + self.high * place
        return round(value) if self.whole else float(value)


@dataclass(frozen=True)
class Choice:
    """What is varied, and what is not.

    Parameters
    ----------
    factors
        The parameters varied, in the scenario's order.
    left_out
        Assumed parameters that are not: name → why.
    """

    factors: tuple[Factor, ...]
    left_out: Mapping[str, str]


def choose(
    scenario: Scenario,
    segment: str,
    *,
    parameters: Iterable[str] | None,
    ranges: Mapping[str, Range],
    policies: Sequence[RecallPolicy],
    agents: int | None,
) -> tuple[Choice, list[Problem]]:
    """Choose the parameters to vary.

    Parameters
    ----------
    scenario, segment
        Whose parameters.
    parameters
        Their names, with or without the part; None for all that are assumed and have a range and
        may matter here, and all that the caller gives a range of.
    ranges
        The caller's ranges, which go before the bundled ones.
    policies, agents
        How contacts are called: some parameters cannot matter then.

    Returns
    -------
    choice
        What is varied; to be used only if there is no problem.
    problems
        All that is wrong with names and ranges.
    """
    parts = {segment: Segment.model_fields, STAFF: Staff.model_fields}
    problems: list[Problem] = []
    own = {full_name(name, segment): found for name, found in ranges.items()}
    known = {full_name(name, segment): found for name, found in bundled_ranges(segment).items()}
    known |= own
    assumed = [name for name in scenario.assumed if name.partition(".")[0] in parts]
    asked = [] if parameters is None else [full_name(name, segment) for name in parameters]
    for name in dict.fromkeys([*own, *asked]):
        part, _, key = name.partition(".")
        if part not in parts or key not in parts[part]:
            fields = [key for fields in parts.values() for key in fields]
            problems.append(unknown_key(WHERE, name, _shown(own.get(name)), fields))
        elif parameters is not None and name in own and name not in asked:
            rule = "must be among the parameters, or have no range"
            problems.append(Problem(WHERE, name, _shown(own[name]), rule))
        elif name not in known:
            rule = "must have a range, and none comes with simkit: give one"
            problems.append(Problem(WHERE, name, _value(scenario, name), rule))
    unknown = {problem.field for problem in problems}
    left_out: dict[str, str] = {}
    if parameters is None:
        silent = _cannot_matter(policies, agents)
        for name in assumed:
            if name not in own and name.rpartition(".")[2] in silent:
                left_out[name] = REASONS[name.rpartition(".")[2]]
            elif name not in known:
                left_out[name] = NO_RANGE
        asked = [name for name in [*assumed, *own] if name not in left_out]
    order = [f"{part}.{key}" for part, fields in parts.items() for key in fields]
    factors: list[Factor] = []
    for name in order:
        if name in asked and name not in unknown:
            factor, more = _factor(scenario, name, known[name])
            problems += more
            factors += [] if more else [factor]
    if not factors and not problems:
        rule = "must be at least one number that is assumed and has a range: give ranges"
        problems.append(Problem(WHERE, "parameters", list(asked), rule))
    return Choice(tuple(factors), left_out), problems


def full_name(name: str, segment: str) -> str:
    """Return a parameter's name with its part."""
    if "." in name:
        return name
    return f"{STAFF}.{name}" if name in Staff.model_fields else f"{segment}.{name}"


def _cannot_matter(policies: Sequence[RecallPolicy], agents: int | None) -> frozenset[str]:
    silent = {*JUDGEMENTS, *OF_EARLY_CALLS}
    if agents is None:
        silent |= set(OF_LIMITED_AGENTS)
    if not any(policy.push for policy in policies):
        silent |= set(OF_PUSHING)
    return frozenset(silent)


def _factor(scenario: Scenario, name: str, found: Range) -> tuple[Factor, list[Problem]]:
    value = _value(scenario, name)
    whole = isinstance(value, int) and not isinstance(value, bool)
    factor = Factor(name, found.low, found.high, found.source, whole)
    if not whole and not isinstance(value, float):
        return factor, [Problem(WHERE, name, _shown(found), "must be a parameter that is a number")]
    problems: list[Problem] = []
    for end in ("low", "high"):
        bound = getattr(found, end)
        if whole and bound != round(bound):
            problems.append(Problem(WHERE, f"{name}.{end}", bound, "must be a whole number"))
            continue
        try:
            scenario.vary(name, round(bound) if whole else float(bound), source=found.source)
        except InputError as error:
            problems += [
                Problem(WHERE, f"{name}.{end}", bound, each.rule) for each in error.problems
            ]
    if not found.low <= value <= found.high:
        rule = f"must hold the scenario's own value {value:g}: give a range of your own"
        problems.append(Problem(WHERE, f"range of {name}", _shown(found), rule))
    if factor.key in MUST_HOLD_0 and not found.low <= 0 <= found.high:
        rule = "must hold 0: field evidence that irritation lowers sales is mixed"
        problems.append(Problem(WHERE, f"range of {name}", _shown(found), rule))
    return factor, problems


def _value(scenario: Scenario, name: str) -> Any:
    part, _, key = name.partition(".")
    return getattr(scenario.staff if part == STAFF else scenario.segments[part], key)


def _shown(found: Range | None) -> str | None:
    return None if found is None else f"{found.low:g} to {found.high:g}"
