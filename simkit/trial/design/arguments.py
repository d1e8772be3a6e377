"""The arguments of a design: what they may be, and what is wrong with those given."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, segment_rule
from simkit.scenario.validation import did_you_mean
from simkit.trial.design.trial_design import Looks, TrialDesign
from simkit.trial.settings import Margins, is_number

if TYPE_CHECKING:
    from simkit.scenario import Economics

WHERE = "design_trial"
OPT_OUT = "opt_out"


def require_kinds(arms: object, control: object, **given: object) -> None:
    """Refuse arguments of another kind than can be read at all, all of them at once.

    Parameters
    ----------
    arms, control
        As `design_trial` takes them.
    given
        Its other tables, lists and numbers, by name.

    Raises
    ------
    InputError
        With everything that is of another kind.
    """
    problems = [*_arms_problems(arms), *_control_problems(control)]
    for name in ("secondary", "strata", "covariates"):
        value = given[name]
        if isinstance(value, str | Mapping) or not isinstance(value, Collection):
            rule = "must be a list of names"
            problems.append(Problem(WHERE, name, value, rule))
    looks = given["looks"]
    if looks is not None and not isinstance(looks, Looks):
        parts = looks if isinstance(looks, Collection) and not isinstance(looks, str) else [None]
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
    if problems:
        raise InputError(problems)


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


def own_problems(
    basis: Any, horizon_days: Any, inflation: float | None, correction: str, compared: Sequence[str]
) -> list[Problem]:
    """Return what is wrong with arguments that no design holds; nothing goes on without a basis."""
    problems = []
    if not isinstance(basis, Scenario | CallLog):
        rule = "must be a Scenario or a CallLog"
        problems.append(Problem(WHERE, "basis", basis, rule))
    if not is_number(horizon_days):
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


def other_problems(
    basis: Scenario | CallLog, arms: Mapping[str, Any], given: Mapping[str, Any]
) -> list[Problem]:
    """Return what a design alone shows to be wrong, where some arguments could not even be read.

    Nothing is simulated and no log is read for it.

    Parameters
    ----------
    basis, arms
        As `design_trial` takes them, arms by segment.
    given
        Its other arguments, by name, without those that could not be read.
    """
    problems = own_problems(
        basis,
        given["horizon_days"],
        given["inflation"],
        given["correction"],
        [given["primary"], *given["secondary"]],
    )
    fields = {name: value for name, value in given.items() if name in TrialDesign.model_fields}
    fields = {name: value for name, value in fields.items() if value is not None}
    fields |= {"arms": arms, "salt": given["salt"] or given["name"]}
    fields["guardrails"] = guards_of(
        given.get("guardrails", {}), {}, given["primary"], list(arms), problems
    )
    registered(fields, problems)
    return problems
