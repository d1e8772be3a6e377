"""The arguments of a design: what they may be, and what is wrong with those given."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.calllog import CallLog
from simkit.engine.arguments import AGENTS_MAX, CONTACTS_MAX, SEED_MAX, whole_problems
from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, segment_rule
from simkit.scenario.validation import did_you_mean
from simkit.trial.design.looks import Looks
from simkit.trial.design.trial_design import TrialDesign
from simkit.trial.settings import LONGEST_DAYS, Margins, is_number, price_problems

if TYPE_CHECKING:
    from simkit.scenario import Economics

WHERE = "design_trial"
OPT_OUT = "opt_out"
#: Assumed, of a difference or a margin other than 0, in its outcome's unit: what is beyond is a
#: slip, and past what the formulas of sizes can tell.
LEAST_SIZE, LARGEST_SIZE = 1e-6, 1e9
#: Assumed, of an arm's part of the units: an arm of one unit in a million is a slip.
LEAST_PART = 1e-6
#: Assumed: a hundred looks by Pocock's spending raise the contacts by 1.3 at a power of 0.8.
INFLATION_MAX = 10.0


def require_kinds(basis: object, arms: object, control: object, **given: object) -> None:
    """Refuse arguments of another kind than can be read at all, all of them at once.

    Parameters
    ----------
    basis, arms, control
        As `design_trial` takes them.
    given
        Its other tables, lists, texts and numbers, by name.

    Raises
    ------
    InputError
        With everything that is of another kind.
    """
    problems = [*_arms_problems(arms), *_control_problems(control)]
    if not isinstance(basis, Scenario | CallLog):
        problems.append(Problem(WHERE, "basis", basis, "must be a Scenario or a CallLog"))
    for name in ("secondary", "strata", "covariates"):
        if not _is_list(given[name]):
            problems.append(Problem(WHERE, name, given[name], "must be a list of names"))
    if not isinstance(given["primary"], str):
        problems.append(Problem(WHERE, "primary", given["primary"], "must be a text"))
    days = given["horizon_days"]
    if not is_number(days) or days > LONGEST_DAYS:
        rule = f"must be a number of days, at most {LONGEST_DAYS:,}"
        problems.append(Problem(WHERE, "horizon_days", days, rule))
    looks = given["looks"]
    if looks is not None and not isinstance(looks, Looks):
        parts: Any = looks if _is_list(looks) else [None]
        if not all(is_number(part) for part in parts):
            rule = "must be a list of parts of the information, as [0.5, 1.0], or Looks"
            problems.append(Problem(WHERE, "looks", looks, rule))
    if given["inflation"] is not None and not is_number(given["inflation"]):
        problems.append(Problem(WHERE, "inflation", given["inflation"], "must be a number"))
    problems += _number_problems("worthwhile", given["worthwhile"], "a number, or segment → number")
    shares, guardrails = given["shares"], given["guardrails"]
    if shares is not None and not isinstance(shares, Mapping):
        problems.append(Problem(WHERE, "shares", shares, "must be arm → part"))
    else:
        problems += _number_problems("shares", shares, "a number")
    if guardrails is not None and not isinstance(guardrails, Mapping):
        rule = 'must be outcome → harm that is tolerated, as {"opt_out": 0.01}'
        problems.append(Problem(WHERE, "guardrails", guardrails, rule))
    else:
        for name, margin in (guardrails or {}).items():
            field, rule = f"guardrails[{name!r}]", "a number, or segment → number"
            problems += _number_problems(field, "nothing" if margin is None else margin, rule)
    problems += _too_many("contacts", given["contacts"], CONTACTS_MAX)
    problems += _too_many("agents", given["agents"], AGENTS_MAX)
    problems += whole_problems("seed", given["seed"], 0, SEED_MAX + 1, WHERE)
    problems += price_problems(WHERE, given["economics"])
    if problems:
        raise InputError(problems)


def _is_list(given: object) -> bool:
    if isinstance(given, np.ndarray):  # one of no dimension is a collection that has no parts
        return given.ndim == 1
    return isinstance(given, Collection) and not isinstance(given, str | bytes | Mapping)


def _arms_problems(arms: object) -> Iterator[Problem]:
    if not isinstance(arms, Mapping) or not arms:
        yield Problem(WHERE, "arms", arms, "must be arm → policy, or segment → arm → policy")
        return
    flat = any(isinstance(value, RecallPolicy) for value in arms.values())
    tables: Mapping[Any, Any] = {None: arms} if flat else arms
    for segment, table in tables.items():
        place = "arms" if segment is None else f"arms[{segment!r}]"
        if segment is not None and not isinstance(segment, str):
            yield Problem(WHERE, "arms", segment, "must be the name of a segment, a text")
        if not isinstance(table, Mapping):
            yield Problem(WHERE, place, table, "must be a policy, or arm → policy")
            continue
        for name, policy in table.items():
            if not isinstance(name, str):
                rule = f"must be the name of an arm, a text: {str(name)!r}"
                yield Problem(WHERE, place, name, rule)
            if not isinstance(policy, RecallPolicy):
                rule = "must be a RecallPolicy, as RecallPolicy.every(working_days=5)"
                yield Problem(WHERE, f"{place}[{name!r}]", policy, rule)


def _control_problems(control: object) -> Iterator[Problem]:
    named = control if isinstance(control, Mapping) else {None: control}
    for segment, name in named.items():
        if not isinstance(name, str):
            place = "control" if segment is None else f"control[{segment!r}]"
            yield Problem(WHERE, place, name, "must be the name of an arm, a text")


def _number_problems(field: str, given: object, kind: str) -> Iterator[Problem]:
    if given is None:
        return
    by_name = given if isinstance(given, Mapping) else {None: given}
    for name, value in by_name.items():
        if not is_number(value):
            place = field if name is None else f"{field}[{name!r}]"
            yield Problem(WHERE, place, value, f"must be {kind}")


def _too_many(field: str, given: object, most: int) -> Iterator[Problem]:
    """Give numbers of people that are beyond any; of other kinds and below 1 the design tells."""
    for name, value in (given if isinstance(given, Mapping) else {None: given}).items():
        if isinstance(value, int | np.integer) and value > most:
            place = field if name is None else f"{field}[{name!r}]"
            yield Problem(WHERE, place, value, f"must be at most {most:,}")


def own_problems(
    inflation: float | None,
    compared: Sequence[str],
    shares: Mapping[str, float] | None,
) -> list[Problem]:
    """Return what is wrong with arguments that no design holds, or that it holds for any size."""
    problems = []
    if inflation is not None and not 1 <= inflation <= INFLATION_MAX:
        rule = f"must be from 1 to {INFLATION_MAX:g}"
        problems.append(Problem(WHERE, "inflation", inflation, rule))
    whole = sum(shares.values()) if shares else 0.0
    problems += [
        Problem(WHERE, f"shares[{arm!r}]", part, f"must be at least {LEAST_PART:g} of all parts")
        for arm, part in (shares or {}).items()
        if part > 0 and not LEAST_PART * whole <= part < math.inf
    ]
    problems += _outcome_problems(compared)
    return problems


def _outcome_problems(names: Sequence[str], field: str = "outcomes") -> list[Problem]:
    fine = [name for name, row in OUTCOMES.items() if row.better != "neither"]
    rule = f"must be an outcome of which more or less is better: {', '.join(fine)}"
    return [Problem(WHERE, field, name, rule) for name in names if name not in fine]


def segments_of(basis: Scenario | CallLog) -> list[str]:
    """Return the segments of a scenario or of a log."""
    if isinstance(basis, Scenario):
        return list(basis.segments)
    return [str(name) for name in dict.fromkeys(basis.contacts["segment"].dropna())]


def strange_segments(segments: Sequence[str], basis: Scenario | CallLog) -> list[Problem]:
    """Return a problem for each segment of the arms that the scenario or the log has not."""
    known = segments_of(basis)

    def rule(name: str) -> str:
        if isinstance(basis, Scenario):
            return segment_rule(name, basis, segments)
        return f"must be a segment of the log: {', '.join(known)}{did_you_mean(name, known)}"

    return [Problem(WHERE, "arms", name, rule(name)) for name in segments if name not in known]


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
    """Return outcome → segment → harm tolerated, by default of opting out as the prices say.

    What is no outcome is told among the problems, and is left out.
    """
    if given is None:
        margin = {name: row.optout_margin_prob for name, row in prices.items()}
        return {OPT_OUT: margin} if margin and primary != OPT_OUT else {}
    strange = _outcome_problems(list(given), "guardrails")
    problems += strange
    guards = {
        name: by_segment(f"guardrails[{name!r}]", margin, segments, problems)
        for name, margin in given.items()
    }
    for name, row in guards.items():
        problems += size_problems(f"guardrails[{name!r}]", row)
    # A design would ask which way those are better, which would not make an outcome of them.
    refused = {problem.value for problem in strange}
    return {name: row for name, row in guards.items() if name not in refused}


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


def size_problems(field: str, by_name: Mapping[str, float]) -> list[Problem]:
    """Return a problem for each difference or margin, other than 0, that is beyond any."""
    rule = f"must be from {LEAST_SIZE:f} to {LARGEST_SIZE:,.0f}"
    return [
        Problem(WHERE, f"{field}[{name!r}]", value, rule)
        for name, value in by_name.items()
        if 0 < value < math.inf and not LEAST_SIZE <= value <= LARGEST_SIZE
    ]


def planned_of(
    given: int | Mapping[str, int] | None, segments: Sequence[str], problems: list[Problem]
) -> dict[str, int] | None:
    """Return segment → contacts planned; None where they were not given."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        if not given:
            rule = f"must be given for each segment: {', '.join(segments)}; or None"
            problems.append(Problem(WHERE, "contacts", given, rule))
        return dict(given)
    if len(segments) > 1:
        rule = f"must be given for each segment: {', '.join(segments)}"
        problems.append(Problem(WHERE, "contacts", given, rule))
    return dict.fromkeys(segments, given)


def registered(fields: Mapping[str, Any], problems: list[Problem]) -> TrialDesign | None:
    """Return the design, or None and all that is wrong: of single fields and of them together."""
    try:
        return TrialDesign(**fields)
    except InputError as error:
        told = list(error.problems)
    problems += told
    wrong = {problem.field.partition(".")[0] for problem in told} & TrialDesign.model_fields.keys()
    if wrong & {"arms", "control"}:
        return None
    try:
        # A field that is wrong by itself hides whether the others hang together.
        TrialDesign(**{**{k: v for k, v in fields.items() if k not in wrong}, **_plain(wrong)})
    except InputError as error:
        seen = {(problem.field, problem.rule) for problem in told}
        problems += [one for one in error.problems if (one.field, one.rule) not in seen]
    return None


def _plain(wrong: Collection[str]) -> dict[str, Any]:
    """Return harmless values of the fields that a design must have."""
    harmless = {"name": "name", "salt": "salt", "horizon_days": 1.0}
    return {name: value for name, value in harmless.items() if name in wrong}


def other_problems(arms: Mapping[str, Any], given: Mapping[str, Any]) -> list[Problem]:
    """Return what a design alone shows to be wrong, where some arguments could not even be read.

    Nothing is simulated and no log is read for it.

    Parameters
    ----------
    arms
        As `design_trial` takes them, by segment.
    given
        Its other arguments, by name, without those that could not be read.
    """
    compared = [given["primary"], *given["secondary"]]
    problems = own_problems(given["inflation"], compared, given.get("shares"))
    fields = {name: value for name, value in given.items() if name in TrialDesign.model_fields}
    fields = {name: value for name, value in fields.items() if value is not None}
    fields |= {"arms": arms, "salt": given["salt"] or given["name"]}
    fields["guardrails"] = guards_of(
        given.get("guardrails", {}), {}, given["primary"], list(arms), problems
    )
    registered(fields, problems)
    return problems
