"""What an evaluation is asked, held against what was registered before the trial."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Economics
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.plan import Margins
from simkit.trial.read.data import ALL
from simkit.trial.read.names import NET_VALUE, WHERE

DEFAULT_ALPHA = 0.05
ACCOUNT = "account_id"


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


@dataclass(frozen=True)
class Asked:
    """The settings of an evaluation, those of the design where nothing else is given.

    Parameters
    ----------
    design
        The registered design; None without one.
    control, outcomes, horizon_days, margins, guardrails, expected_shares, adjust, economics, alpha
        As ``evaluate`` takes them.
    primary
        The outcome that decides; None: net value where it is among the outcomes, else the first.
    deviations
        What is asked otherwise than registered.
    """

    design: TrialDesign | None
    control: str | Mapping[str, str]
    outcomes: Sequence[str] | None
    horizon_days: float | None
    margins: Margins | None
    guardrails: Margins | None
    expected_shares: Mapping[str, float] | None
    adjust: Sequence[str]
    economics: Mapping[str, Economics] | None
    alpha: float
    primary: str | None = None
    deviations: tuple[Deviation, ...] = ()

    def policies(self, segments: Sequence[str]) -> Mapping[str, Mapping[str, RecallPolicy]] | None:
        """Return what the arms of some segments were to deliver; None where nothing is known."""
        meant = {} if self.design is None else self.design.arms
        if len(meant) == 1 and tuple(segments) == (ALL,):
            return {ALL: next(iter(meant.values()))}
        return {name: arms for name, arms in meant.items() if name in segments} or None

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns within whose values units were assigned; none without a design."""
        return () if self.design is None else self.design.strata

    def exploratory(self, outcomes: Sequence[str]) -> frozenset[str]:
        """Return those of some outcomes that were not registered; none without a design."""
        return frozenset(outcomes) - set(outcomes if self.design is None else self.design.outcomes)

    def directions(
        self,
        outcomes: Sequence[str],
        lower_is_better: Collection[str],
        higher_is_better: Collection[str],
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what is lower and what is higher better: as given, and as registered besides."""
        lower, higher = tuple(lower_is_better), tuple(higher_is_better)
        if self.design is None:
            return lower, higher
        open_ones = set(outcomes) - {*lower, *higher}
        lower += tuple(name for name in self.design.lower_is_better if name in open_ones)
        higher += tuple(name for name in self.design.higher_is_better if name in open_ones)
        return lower, higher

    def with_segments(self, segments: Sequence[str]) -> Asked:
        """Give segments that were not registered the narrowest of the registered margins.

        A split that was not registered is evaluated, and said to decide nothing; its margins must
        not be wider than any that was meant.
        """
        if self.design is None or set(segments) <= set(self.design.segments):
            return self
        return replace(
            self,
            margins=_narrowest(self.margins, self.design.margins, segments),
            guardrails=_narrowest(self.guardrails, self.design.guardrails, segments),
        )


def hold_against(
    design: GivenDesign | None,
    *,
    control: str | Mapping[str, str] | None,
    outcomes: Sequence[str] | None,
    cluster: str | None,
    horizon_days: float | None,
    margins: Margins | None,
    guardrails: Margins | None,
    expected_shares: Mapping[str, float] | None,
    adjust: Sequence[str] | None,
    economics: Mapping[str, Economics] | None,
    alpha: float | None,
    lower_is_better: Collection[str],
    higher_is_better: Collection[str],
    worth_eur: Mapping[str, float] | None,
    policies: object,
    free: Mapping[str, tuple[object, object]],
) -> Asked:
    """Fill in what is not given from the design, and tell what is given otherwise.

    What was registered cannot be left out: the primary outcome and every guardrail are evaluated
    whatever is asked besides.

    Parameters
    ----------
    design
        The design or its file; None: nothing was registered.
    control, outcomes, cluster, horizon_days, margins, guardrails, expected_shares, adjust
        As given to ``evaluate``; None: not given.
    economics, alpha, lower_is_better, higher_is_better, worth_eur, policies
        The same.
    free
        Setting that no design holds → what is asked, and what is usual.

    Raises
    ------
    InputError
        Without a control from either side; or for a file that is no design.
    """
    design = None if design is None else as_design(design, WHERE)
    if design is None:
        if control is None:
            rule = "must be given: the arm that the others are compared with"
            raise InputError([Problem(WHERE, "control", None, rule)])
        return Asked(
            None,
            control,
            outcomes,
            horizon_days,
            margins,
            guardrails,
            expected_shares,
            () if adjust is None else adjust,
            economics,
            DEFAULT_ALPHA if alpha is None else alpha,
        )
    given = None if outcomes is None or isinstance(outcomes, str) else tuple(outcomes)
    registered = design.outcomes
    added = () if given is None else tuple(name for name in given if name not in registered)
    every = (
        registered
        if given is None
        else tuple(
            dict.fromkeys(
                (design.primary, *design.guardrails, *(n for n in given if n in registered), *added)
            )
        )
    )
    deviations = [
        *_control(design, control),
        *_outcomes(added),
        *_cluster(design, cluster),
        *_horizon(design, horizon_days),
        *_alpha(design, alpha),
        *_guardrails(design, guardrails),
        *_margins(design, margins),
        *_shares(design, expected_shares),
        *_adjust(design, adjust),
        *_prices(design, economics),
        *_worth(design, worth_eur),
        *_policies(design, policies),
        *_free(free),
        *_direction(design, lower_is_better, higher_is_better),
    ]
    return Asked(
        design,
        _alike(design.control) if control is None else control,
        every if not isinstance(outcomes, str) else outcomes,
        design.horizon_days if horizon_days is None else horizon_days,
        {**_each_alike(design.margins), **(margins or {})} or None,
        {**_each_alike(design.guardrails), **(guardrails or {})},
        (dict(design.shares) or None) if expected_shares is None else expected_shares,
        design.covariates if adjust is None else adjust,
        (dict(design.prices) or None) if economics is None else economics,
        design.alpha if alpha is None else alpha,
        design.primary,
        tuple(deviations),
    )


def _alike(by_segment: Mapping[str, Any]) -> Any:
    """Return what all segments have in common, which then holds for any other split too."""
    values = list(dict.fromkeys(by_segment.values()))
    return values[0] if len(values) == 1 else dict(by_segment)


def _each_alike(margins: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    return {name: _alike(by_segment) for name, by_segment in margins.items()}


def _narrowest(
    asked: Margins | None, meant: Mapping[str, Mapping[str, float]], segments: Sequence[str]
) -> Margins | None:
    if asked is None:
        return None
    return {
        name: {**dict.fromkeys(segments, min(meant[name].values())), **margin}
        if name in meant and margin == dict(meant[name])
        else margin
        for name, margin in asked.items()
    }


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


def _outcomes(added: Sequence[str]) -> list[Deviation]:
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


def _cluster(design: TrialDesign, given: str | None) -> list[Deviation]:
    if given is None or design.unit == "contact" or given == ACCOUNT:
        return []
    return [
        Deviation(
            "cluster",
            f"errors by {given}, while whole accounts were assigned",
            "errors must follow the unit that was assigned, or they are too small",
            decides=True,
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


def _by_segment(margin: Any, segments: Sequence[str]) -> Mapping[str, float]:
    return margin if isinstance(margin, Mapping) else dict.fromkeys(segments, margin)


def _guardrails(design: TrialDesign, given: Margins | None) -> list[Deviation]:
    found = []
    for name, margin in (given or {}).items():
        asked = _by_segment(margin, design.segments)
        meant = design.guardrails.get(name)
        if meant is None:
            text = "a guardrail named afterwards: it can only stop more"
            found.append(Deviation("guardrails", f"{name} was none", text, decides=False))
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
        if dict(_by_segment(margin, design.segments)) != dict(design.margins.get(name, {}))
    ]
    if not changed:
        return []
    text = "what is too small to matter was settled after the fact"
    # A margin of the primary outcome turns the verdict either way: wider, what matters becomes
    # equivalent; narrower, what is too small to be adopted wins.
    turns = design.primary in changed or any(
        not value <= design.margins.get(name, {}).get(segment, 0.0)
        for name in changed
        for segment, value in _by_segment((given or {})[name], design.segments).items()
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


def _prices(design: TrialDesign, given: Mapping[str, Economics] | None) -> list[Deviation]:
    if given is None or not design.prices:
        return []
    changed = [name for name, row in design.prices.items() if given.get(name) != row]
    if not changed:
        return []
    text = "who sets the prices after the fact sets the net value"
    return [Deviation("prices", f"others in {', '.join(changed)}", text, decides=True)]


def _worth(design: TrialDesign, given: Mapping[str, float] | None) -> list[Deviation]:
    if given is None:
        return []
    decides = NET_VALUE in design.outcomes
    text = "who says after the fact what each event is worth sets the net value"
    return [
        Deviation(
            "worth_eur",
            f"no design holds the worth of {', '.join(given)}",
            text
            if decides
            else f"{text}, which was not registered: it explores, and decides nothing",
            decides=decides,
            advice="give net value as a column of the table, or evaluate the log by the registered "
            "prices",
        )
    ]


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
