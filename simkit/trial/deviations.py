"""In what an evaluation is asked otherwise than was registered, and what follows from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simkit.measures import OUTCOMES
from simkit.policy import RecallPolicy
from simkit.scenario import Economics
from simkit.trial.design import TrialDesign
from simkit.trial.read.names import NET_VALUE
from simkit.trial.settings import Margins

ERRORS = "errors"
#: What a log's prices are part of.
MONEY = frozenset(name for name, one in OUTCOMES.items() if one.unit.startswith("EUR"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """What an evaluation is asked, before a design fills in the rest; None: not given.

    Parameters
    ----------
    columns
        Those of the data's contacts.
    control, outcomes, cluster, horizon_days, margins, guardrails, expected_shares
        As given to ``evaluate``.
    adjust, second_cluster, economics, alpha, lower_is_better, higher_is_better, worth_eur, policies
        The same.
    free
        Setting that no design holds → what is asked, and what is usual.
    """

    columns: Collection[str]
    control: str | Mapping[str, str] | None
    outcomes: Sequence[str] | None
    cluster: str | None
    horizon_days: float | None
    margins: Margins | None
    guardrails: Margins | None
    expected_shares: Mapping[str, float] | None
    adjust: Sequence[str] | None
    second_cluster: str | None
    economics: Mapping[str, Economics] | None
    alpha: float | None
    lower_is_better: Collection[str]
    higher_is_better: Collection[str]
    worth_eur: Mapping[str, float] | None
    policies: object
    free: Mapping[str, tuple[object, object]]


@dataclass(frozen=True)
class Deviation:
    """Something that is asked otherwise than it was registered.

    Parameters
    ----------
    what
        The setting.
    found
        What was registered and what is asked, in words.
    meaning
        What follows from it.
    decides
        Whether it could turn the verdict in somebody's favour: then none may be acted on.
    advice
        What to do.
    """

    what: str
    found: str
    meaning: str
    decides: bool
    advice: str = "leave it as registered; what you would rather have asked, ask in the next trial"


def advised(deviations: Sequence[Deviation]) -> tuple[Deviation, ...]:
    """Let the errors that were asked for decide nothing: the usual ones are so, or advise them."""
    return tuple(
        replace(
            one,
            meaning="where money in unequal arms misleads t, units assigned anew by chance are the "
            "exact test of the same question",
            decides=False,
            advice="tell it with the result",
        )
        if one.what == ERRORS
        else one
        for one in deviations
    )


def deviations_of(design: TrialDesign, request: Request) -> tuple[Deviation, ...]:
    """Tell what is asked otherwise than the design registers it."""
    return (
        *_control(design, request.control),
        *_outcomes(design, request.outcomes),
        *_horizon(design, request.horizon_days),
        *_alpha(design, request.alpha),
        *_guardrails(design, request.guardrails),
        *_margins(design, request.margins),
        *_shares(design, request.expected_shares),
        *_adjust(design, request.adjust),
        *_second_cluster(design, request.second_cluster),
        *_prices(design, request.economics),
        *_worth(design, request.worth_eur),
        *_policies(design, request.policies),
        *_free(request.free),
        *_direction(design, request.lower_is_better, request.higher_is_better),
    )


def _control(design: TrialDesign, given: str | Mapping[str, str] | None) -> list[Deviation]:
    if given is None:
        return []
    asked = given if isinstance(given, Mapping) else dict.fromkeys(design.segments, given)
    return [
        Deviation(
            "control",
            f"{segment}: {asked.get(segment)} instead of {arm}",
            "a control chosen after the fact can make any arm look good",
            decides=True,
        )
        for segment, arm in design.control.items()
        if asked.get(segment) != arm
    ]


def _outcomes(design: TrialDesign, given: Sequence[str] | None) -> list[Deviation]:
    if given is None or isinstance(given, str):
        return []
    added = [name for name in given if name not in design.outcomes]
    if not added:
        return []
    return [
        Deviation(
            "outcomes",
            f"{', '.join(added)} {'was' if len(added) == 1 else 'were'} not registered",
            "of many outcomes looked at afterwards some differ by chance: these explore, and "
            "decide nothing",
            decides=False,
        )
    ]


def _horizon(design: TrialDesign, given: float | None) -> list[Deviation]:
    if given is None or given == design.horizon_days:
        return []
    short = given < design.horizon_days
    return [
        Deviation(
            "horizon",
            f"{given:g} days instead of {design.horizon_days:g}",
            "an earlier horizon is a look before the end: it favours frequent calling, and picking "
            "the horizon that looks best finds differences where there are none"
            if short
            else "picking the horizon that looks best finds differences where there are none",
            decides=True,
        )
    ]


def _alpha(design: TrialDesign, given: float | None) -> list[Deviation]:
    if given is None or given == design.alpha:
        return []
    return [
        Deviation(
            "alpha",
            f"{given:g} instead of {design.alpha:g}",
            "an error rate raised afterwards calls more of nothing an effect"
            if given > design.alpha
            else "a stricter error rate than registered",
            decides=given > design.alpha,
        )
    ]


def _each_segment(margin: Any, segments: Sequence[str]) -> Mapping[str, float]:
    return margin if isinstance(margin, Mapping) else dict.fromkeys(segments, margin)


def _guardrails(design: TrialDesign, given: Margins | None) -> list[Deviation]:
    found = []
    if given is not None and not given and design.guardrails:
        found.append(
            Deviation(
                "guardrails",
                f"none asked for, while the design registers {', '.join(design.guardrails)}",
                "what was registered to stop an arm is kept: nobody takes it back after the fact",
                decides=False,
            )
        )
    for name, margin in (given or {}).items():
        asked = _each_segment(margin, design.segments)
        meant = design.guardrails.get(name)
        if meant is None:
            text = "a guardrail named afterwards: it can only stop more"
            found.append(Deviation("guardrails", f"{name} was not registered", text, decides=False))
            continue
        for segment, value in asked.items():
            if value == meant.get(segment):
                continue
            wider = not value < meant.get(segment, 0.0)
            found.append(
                Deviation(
                    "guardrails",
                    f"{name} in {segment}: margin {value:g} instead of {meant.get(segment)}",
                    "a margin widened after the fact is no guardrail"
                    if wider
                    else "a margin narrowed after the fact: it can only stop more",
                    decides=wider,
                )
            )
    return found


def _margins(design: TrialDesign, given: Margins | None) -> list[Deviation]:
    changed = [
        name
        for name, margin in (given or {}).items()
        if dict(_each_segment(margin, design.segments)) != dict(design.margins.get(name, {}))
    ]
    if not changed:
        return []
    text = "what is too small to matter was settled after the fact"
    # A margin of the primary outcome turns the verdict either way: wider, what matters becomes
    # equivalent; narrower, what is too small to be adopted wins.
    turns = design.primary in changed or any(
        not value <= design.margins.get(name, {}).get(segment, 0.0)
        for name in changed
        for segment, value in _each_segment((given or {})[name], design.segments).items()
    )
    return [Deviation("margins", f"{', '.join(changed)}", text, decides=turns)]


def _shares(design: TrialDesign, given: Mapping[str, float] | None) -> list[Deviation]:
    if given is None or dict(given) == dict(design.shares):
        return []
    text = "the sample-ratio check compares with other parts than were meant"
    return [Deviation("expected_shares", f"{dict(given)}", text, decides=False)]


def _adjust(design: TrialDesign, given: Sequence[str] | None) -> list[Deviation]:
    if given is None or isinstance(given, str) or set(given) == set(design.covariates):
        return []
    return [
        Deviation(
            "adjust",
            f"by {', '.join(given) or 'nothing'} instead of "
            f"{', '.join(design.covariates) or 'nothing'}",
            "covariates chosen after the fact can be chosen for the answer",
            decides=True,
        )
    ]


def _second_cluster(design: TrialDesign, given: str | None) -> list[Deviation]:
    if given is None or (given or None) == design.second_cluster:
        return []
    return [
        Deviation(
            "second_cluster",
            f"{given or 'none'} instead of {design.second_cluster or 'none'}",
            "errors chosen after the fact can be chosen for the answer",
            decides=True,
            advice="leave it as registered; register it for the next trial (simkit design "
            "--second-cluster)",
        )
    ]


def _prices(design: TrialDesign, given: Mapping[str, Economics] | None) -> list[Deviation]:
    changed = [name for name, row in (given or {}).items() if design.prices.get(name) != row]
    changed = [name for name in design.segments if name in changed]
    if not changed or not (design.prices or MONEY.intersection(design.outcomes)):
        return []
    text, decides = _of_money(
        design, "who sets the prices after the fact sets the net value", MONEY
    )
    if design.prices:
        return [Deviation("prices", f"others in {', '.join(changed)}", text, decides)]
    return [
        Deviation(
            "prices",
            f"none registered for {', '.join(changed)}",
            text,
            decides,
            advice="register the prices of the next trial in its design (simkit design --prices or "
            "--scenario; economics), and give none to the evaluation",
        )
    ]


def _worth(design: TrialDesign, given: Mapping[str, float] | None) -> list[Deviation]:
    if given is None:
        return []
    text = "who says after the fact what each event is worth sets the net value"
    return [
        Deviation(
            "worth_eur",
            f"no design holds the worth of {', '.join(given)}",
            *_of_money(design, text, {NET_VALUE}),
            advice="give net value as a column of the table, or evaluate the log by the registered "
            "prices",
        )
    ]


def _of_money(design: TrialDesign, text: str, outcomes: Collection[str]) -> tuple[str, bool]:
    """Tell what follows where outcomes are set after the fact, and whether that could decide."""
    if not {design.primary, *design.guardrails}.isdisjoint(outcomes):
        return text, True
    if any(name in design.outcomes for name in outcomes):
        return f"{text}, which is beside what decides: it decides nothing", False
    return f"{text}, which was not registered: it explores, and decides nothing", False


def _policies(design: TrialDesign, given: object) -> list[Deviation]:
    if not isinstance(given, Mapping):
        return []
    found = []
    for segment in [name for name in design.segments if name in given] or design.segments:
        named = given.get(segment)
        asked: Mapping[str, object] = named if isinstance(named, Mapping) else {}
        found += [
            f"{segment}.{arm}: {_called(asked.get(arm))} instead of {policy.describe()}"
            for arm, policy in design.arms[segment].items()
            if asked.get(arm) != policy
        ]
    if not found:
        return []
    text = "who says afterwards what the arms were to do settles whether they did it"
    return [Deviation("policies", "; ".join(found), text, decides=True)]


def _called(policy: object) -> str:
    return policy.describe() if isinstance(policy, RecallPolicy) else "none"


def _free(asked: Mapping[str, tuple[object, object]]) -> list[Deviation]:
    return [
        Deviation(
            name,
            f"{given} instead of {usual}",
            "an analysis chosen after the fact can be chosen for the answer",
            decides=True,
        )
        for name, (given, usual) in asked.items()
        if given != usual
    ]


def _direction(
    design: TrialDesign, lower_is_better: Collection[str], higher_is_better: Collection[str]
) -> list[Deviation]:
    text = "which way an outcome is better is no choice of whoever evaluates it"
    turned = {
        "lower_is_better": [name for name in lower_is_better if not design.less_is_better(name)],
        "higher_is_better": [name for name in higher_is_better if design.less_is_better(name)],
    }
    return [
        Deviation(field, ", ".join(registered), text, decides=True)
        for field, names in turned.items()
        if (registered := [name for name in names if name in design.outcomes])
    ]
