"""The arguments of a design: what they may be, and what is wrong with those given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.scenario import Scenario
from simkit.trial.plan import Margins

if TYPE_CHECKING:
    from simkit.scenario import Economics

WHERE = "design_trial"
OPT_OUT = "opt_out"


def own_problems(
    basis: Any, horizon_days: Any, inflation: float | None, correction: str, compared: Sequence[str]
) -> list[Problem]:
    """Return what is wrong with arguments that no design holds; nothing goes on without a basis."""
    problems = []
    if not isinstance(basis, Scenario | CallLog):
        rule = "must be a Scenario or a CallLog"
        problems.append(Problem(WHERE, "basis", basis, rule))
    if not isinstance(horizon_days, int | float):
        rule = "must be a number of days"
        problems.append(Problem(WHERE, "horizon_days", horizon_days, rule))
    if problems:
        raise InputError(problems)
    if inflation is not None and not 1 <= inflation < math.inf:
        problems.append(Problem(WHERE, "inflation", inflation, "must be 1 or more"))
    if correction not in ("holm", "dunnett"):
        rule = 'must be "holm" or "dunnett"'
        problems.append(Problem(WHERE, "correction", correction, rule))
    problems += _outcome_problems(compared)
    return problems


def _outcome_problems(names: Sequence[str]) -> list[Problem]:
    fine = [name for name, row in OUTCOMES.items() if row.better != "neither"]
    rule = f"must be an outcome of which more or less is better: {', '.join(fine)}"
    return [Problem(WHERE, "outcomes", name, rule) for name in names if name not in fine]


def segments_of(basis: Scenario | CallLog) -> list[str]:
    """Return the segments of a scenario or of a log."""
    if isinstance(basis, Scenario):
        return list(basis.segments)
    return [str(name) for name in dict.fromkeys(basis.contacts["segment"].dropna())]


def prices_of(
    basis: Scenario | CallLog, economics: Mapping[str, Economics] | None
) -> dict[str, Economics] | None:
    """Return the prices, by default the scenario's; None where there are none."""
    if economics is not None:
        return dict(economics)
    return basis.economics() if isinstance(basis, Scenario) else None


def guards_of(
    given: Margins | None,
    prices: Mapping[str, Economics],
    primary: str,
    segments: Sequence[str],
    problems: list[Problem],
) -> dict[str, dict[str, float]]:
    """Return outcome → segment → harm tolerated, by default of opting out as the prices say."""
    if given is None:
        margin = {name: row.optout_margin_prob for name, row in prices.items()}
        return {OPT_OUT: margin} if margin and primary != OPT_OUT else {}
    problems += _outcome_problems(list(given))
    return {
        name: by_segment(f"guardrails[{name!r}]", margin, segments, problems)
        for name, margin in given.items()
    }


def by_segment(
    field: str,
    given: float | Mapping[str, float] | None,
    segments: Sequence[str],
    problems: list[Problem],
) -> dict[str, float]:
    """Return segment → number of an argument given for all or for each; empty where not given."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return dict.fromkeys(segments, float(given))
    rule = f"must name the segments: {', '.join(segments)}"
    problems += [
        Problem(WHERE, field, name, rule) for name in sorted(set(given) ^ set(segments), key=str)
    ]
    return {name: float(value) for name, value in given.items()}


def planned_of(
    given: int | Mapping[str, int] | None, segments: Sequence[str], problems: list[Problem]
) -> dict[str, int] | None:
    """Return segment → contacts planned; None where they were not given."""
    if given is None or isinstance(given, Mapping):
        return None if given is None else dict(given)
    if len(segments) > 1:
        rule = f"must be given for each segment: {', '.join(segments)}"
        problems.append(Problem(WHERE, "contacts", given, rule))
    return dict.fromkeys(segments, given)
