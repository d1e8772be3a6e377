"""What was to be compared, in which direction, within which margins: settled before looking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE, Better
from simkit.trial.checks.arguments import share_problems
from simkit.trial.direction import asked_of, less_is_better, tells_harm, told_direction
from simkit.trial.effects.judged import ERRORS, RESAMPLED
from simkit.trial.level import Level, Shown
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import NET_VALUE, WHERE
from simkit.trial.sentences import guess_warning
from simkit.trial.settings import Margins, alpha_problems


@dataclass(frozen=True)
class Plan:
    """The settings of a comparison, checked against the data.

    Parameters
    ----------
    outcomes, primary
        What is compared; what decides.
    lower_is_better, neither
        Outcomes of which less is better, and those of which neither is.
    margins
        Outcome → segment → difference too small to matter.
    guardrails
        Outcome → segment → harm that is tolerated.
    alpha
        Error rate of each family, and of each guardrail's bound.
    exploratory
        Outcomes that were not registered: they decide nothing.
    comparisons
        How many comparisons of an outcome were registered; 0 where nothing was.
    errors
        Which errors the comparisons get.
    levels
        Segment and arm → what looks leave of an error rate to their comparison.
    stopped
        Guardrail, segment and arm → the day of the look at which it stopped the arm.
    guessed
        Outcomes of which nothing tells which way they are better.
    turned
        Outcomes that are taken the other way than their names say.
    opposed
        Arms that are longer than their control in one segment and shorter in another.
    """

    outcomes: tuple[str, ...]
    primary: str
    lower_is_better: frozenset[str]
    neither: frozenset[str]
    margins: Mapping[str, Mapping[str, float]]
    guardrails: Mapping[str, Mapping[str, float]]
    alpha: float
    exploratory: frozenset[str] = frozenset()
    comparisons: int = 0
    errors: str = "auto"
    levels: Mapping[tuple[str, str], Level] = field(default_factory=dict)
    stopped: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()
    opposed: frozenset[str] = frozenset()

    def left(self, segment: str, arm: str) -> Level:
        """Return what looks leave to an arm's comparison; of one not registered, the least."""
        if (segment, arm) in self.levels:
            return self.levels[segment, arm]
        least = min(self.levels.values(), key=lambda left: left.of(self.alpha), default=Level())
        return replace(least, shown=Shown(), ended="", apart="")

    def without_margin(self) -> tuple[str, ...]:
        """Name the harms among the outcomes that cannot veto, for want of a margin."""
        return tuple(
            name
            for name in self.outcomes
            if tells_harm(name) and name not in self.guardrails and name != self.primary
        )

    def better(self, outcome: str) -> Better:
        """Return which way an outcome is better."""
        if outcome in self.neither:
            return "neither"
        return "lower" if outcome in self.lower_is_better else "higher"

    def against_their_names(self) -> tuple[str, ...]:
        """Say which outcomes are taken the other way than their names say."""
        return tuple(
            f"{'less' if name in self.lower_is_better else 'more'} of {name} is taken as better, "
            "as was asked, although its name says the opposite: make sure that it is meant so"
            for name in self.outcomes
            if name in self.turned
        )

    def guesses(self) -> tuple[str, ...]:
        """Say which way outcomes are taken to be better of which that is not known.

        The primary outcome, on which the answer rests, is told by itself.
        """
        guessed = [name for name in self.outcomes if name in self.guessed]
        decides = [name for name in guessed if name == self.primary]
        others = [name for name in guessed if name != self.primary]
        told = [
            (better, [name for name in names if self.better(name) == better])
            for names in (decides, others)
            for better in ("lower", "higher")
        ]
        return tuple(guess_warning(names, less=one == "lower") for one, names in told if names)


def setting_problems(
    outcomes: Sequence[str],
    *,
    alpha: float,
    lower_is_better: Collection[str],
    higher_is_better: Collection[str],
    margins: Margins | None,
    guardrails: Margins | None,
) -> list[Problem]:
    """Return what is wrong with the settings of a comparison, whatever its data hold.

    Parameters
    ----------
    outcomes
        What is compared.
    alpha, lower_is_better, higher_is_better, margins, guardrails
        As given to ``evaluate``.
    """
    known = f"must be one of the outcomes: {', '.join(outcomes)}"
    problems = alpha_problems(WHERE, alpha)
    problems += [
        Problem(WHERE, setting, name, known)
        for setting, names in (
            ("lower_is_better", lower_is_better),
            ("higher_is_better", higher_is_better),
            ("margins", margins or {}),
            ("guardrails", guardrails or {}),
        )
        for name in names
        if name not in outcomes
    ]
    problems += [
        Problem(WHERE, "higher_is_better", name, "must not stand in lower_is_better too")
        for name in higher_is_better
        if name in lower_is_better
    ]
    problems += [
        Problem(WHERE, f"{setting}[{name!r}]", value, "must be a number, 0 or more")
        for setting, given in (("margins", margins), ("guardrails", guardrails))
        for name, margin in (given or {}).items()
        for value in _distinct(list(margin.values()) if isinstance(margin, Mapping) else [margin])
        if not 0 <= value < np.inf
    ]
    return problems


def make_plan(
    data: TrialData,
    *,
    lower_is_better: Collection[str],
    higher_is_better: Collection[str] = (),
    margins: Margins | None,
    guardrails: Margins | None,
    expected_shares: Mapping[str, float] | None,
    registered_shares: Mapping[str, float] | None = None,
    alpha: float,
    primary: str | None = None,
    exploratory: frozenset[str] = frozenset(),
    comparisons: int = 0,
    errors: str = "auto",
    levels: Mapping[tuple[str, str], Level] | None = None,
    stopped: Mapping[tuple[str, str, str], str] | None = None,
) -> Plan:
    """Check the settings of a comparison and fill in the defaults.

    Parameters
    ----------
    data
        The trial.
    lower_is_better, higher_is_better, margins, guardrails, expected_shares, alpha, errors
        As given to ``evaluate``.
    registered_shares
        The arms' parts in the design.
    primary
        The outcome that decides; None: net value where it is among the outcomes, else the first.
    exploratory, comparisons, levels, stopped
        What was not registered, how many comparisons were, what looks leave to each, and which
        arms their guardrails stopped.

    Raises
    ------
    InputError
        With every setting that is wrong.
    """
    outcomes = data.outcomes
    if primary is None:
        primary = NET_VALUE if NET_VALUE in outcomes else outcomes[0]
    problems = setting_problems(
        outcomes,
        alpha=alpha,
        lower_is_better=lower_is_better,
        higher_is_better=higher_is_better,
        margins=margins,
        guardrails=guardrails,
    )
    problems += share_problems(WHERE, expected_shares, data.arms, registered_shares)
    problems += _check_errors(errors, data)
    equivalence = {NET_VALUE: data.margins.get(NET_VALUE, {})} if NET_VALUE in outcomes else {}
    equivalence = {name: row for name, row in equivalence.items() if row}
    equivalence |= _by_segment("margins", margins or {}, data, problems)
    if guardrails is None:
        harm = data.margins.get("opt_out", {})
        veto = {"opt_out": harm} if harm and "opt_out" in outcomes and primary != "opt_out" else {}
    else:
        veto = _by_segment("guardrails", guardrails, data, problems)
    rule = "must be below 1: it is a share of contacts, as 0.01"
    problems += [
        Problem(WHERE, f"{setting}[{name!r}]", value, rule)
        for setting, by_name in (("margins", equivalence), ("guardrails", veto))
        for name, by_segment in by_name.items()
        if name in outcomes and _is_share(data, name)
        for value in _distinct(list(by_segment.values()))
        if not value < 1
    ]
    said = {*lower_is_better, *higher_is_better}
    problems += [
        Problem(WHERE, "guardrails", name, rule)
        for name in veto
        if name not in said and (rule := asked_of(name))
    ]
    if primary in veto:
        rule = "must not be the primary outcome: that one decides and needs no veto"
        problems.append(Problem(WHERE, "guardrails", primary, rule))
    if problems:
        raise InputError(problems)
    lower = frozenset(lower_is_better) | frozenset(
        name for name in outcomes if name not in said and less_is_better(name)
    )
    neither = frozenset(
        name for name in outcomes if name not in said and told_direction(name) == "neither"
    )
    guessed = frozenset(
        name for name in outcomes if name not in said and told_direction(name) is None
    )
    against = [name for name in lower_is_better if told_direction(name) == "higher"]
    against += [name for name in higher_is_better if told_direction(name) == "lower"]
    return Plan(
        outcomes=outcomes,
        primary=primary,
        lower_is_better=lower,
        neither=neither,
        margins=equivalence,
        guardrails=veto,
        alpha=alpha,
        exploratory=exploratory,
        comparisons=comparisons,
        errors=errors,
        levels=dict(levels or {}),
        stopped=dict(stopped or {}),
        guessed=guessed,
        turned=frozenset(against),
    )


def _is_share(data: TrialData, outcome: str) -> bool:
    """Tell whether an outcome is a share of contacts: yes or no for each of them."""
    if (outcome in OUTCOMES and OUTCOMES[outcome].unit != SHARE) or outcome.endswith("_eur"):
        return False
    return data.contacts is None or data.yes_or_no(outcome)


def _check_errors(errors: str, data: TrialData) -> list[Problem]:
    if errors not in ERRORS:
        return [Problem(WHERE, "errors", errors, f"must be one of: {', '.join(ERRORS)}")]
    if errors != "auto" and data.no_units:
        return [Problem(WHERE, "errors", errors, f'must be "auto": {data.no_units}')]
    if data.second is None or errors not in RESAMPLED:
        return []
    rule = "must not resample accounts where errors follow a second cluster too"
    return [Problem(WHERE, "errors", errors, rule)]


def _by_segment(
    setting: str, given: Margins, data: TrialData, problems: list[Problem]
) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {}
    for name, margin in given.items():
        if isinstance(margin, Mapping):
            missing = [segment for segment in data.segments if segment not in margin]
            rule = "must have a margin for each segment"
            problems += [Problem(WHERE, f"{setting}[{name!r}]", one, rule) for one in missing]
            by_segment = dict(margin)
        else:
            by_segment = dict.fromkeys(data.segments, margin)
        found[name] = by_segment
    return found


def _distinct(values: Sequence[float]) -> list[float]:
    return list(dict.fromkeys(values))
