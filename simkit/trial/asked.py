"""What an evaluation is asked, held against what was registered before the trial."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Economics
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.deviations import Deviation, Request, advised, deviations_of
from simkit.trial.effects.judged import anew_by_auto
from simkit.trial.read.data import ALL
from simkit.trial.read.names import WHERE
from simkit.trial.settings import Margins

if TYPE_CHECKING:
    from simkit.trial.compare import Comparison

#: The usual 5 %.
DEFAULT_ALPHA = 0.05
#: What is compared hangs on these; looks saw it as registered.
COMPARED = frozenset(
    (
        *("control", "horizon", "adjust", "arm", "adjust_method", "second_cluster"),
        *("lower_is_better", "higher_is_better"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The settings of an evaluation, those of the design where nothing else is given.

    Parameters
    ----------
    design
        The registered design; None without one.
    control, outcomes, horizon_days, margins, guardrails, expected_shares, adjust, economics, alpha
        As ``evaluate`` takes them.
    second_cluster
        The same.
    cluster
        The column that errors follow; with a design, where none is given and the data have it, that
        of the unit which it assigns.
    primary
        The outcome that decides; None: net value where it is among the outcomes, else the first.
    deviations
        What is asked otherwise than registered.
    """

    design: TrialDesign | None
    control: str | Mapping[str, str]
    outcomes: Sequence[str] | None
    cluster: str | None
    horizon_days: float | None
    margins: Margins | None
    guardrails: Margins | None
    expected_shares: Mapping[str, float] | None
    adjust: Sequence[str]
    economics: Mapping[str, Economics] | None
    alpha: float
    second_cluster: str | None = None
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

    @property
    def comparisons(self) -> int:
        """How many comparisons of an outcome were registered; 0 without a design."""
        meant = {} if self.design is None else self.design.arms
        return sum(len(arms) - 1 for arms in meant.values())

    @property
    def as_looked_at(self) -> bool:
        """Whether what is compared is what looks at the trial see: arms, outcome and horizon."""
        # Prices that no design holds are given to looks and evaluation alike.
        priced = self.design is not None and bool(self.design.prices)
        changed = {one.what for one in self.deviations if one.decides}
        return COMPARED.isdisjoint(changed) and not (priced and "prices" in changed)

    def exploratory(self, outcomes: Sequence[str]) -> frozenset[str]:
        """Return those of some outcomes that were not registered as what they are now.

        That is of none, or of a guardrail that was named afterwards. None without a design.
        """
        if self.design is None:
            return frozenset()
        unwatched = set(self.guardrails or ()) - set(self.design.guardrails)
        meant = set(self.design.outcomes) - unwatched
        return frozenset(outcomes) - meant

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

    def as_advised(self, errors: str, found: Comparison) -> Asked:
        """Let permutation decide nothing after the fact where the usual errors ask for it.

        They do where t is misled in a comparison that was registered.
        """
        registered = found.table[found.table["role"] != "exploratory"].dropna(subset="estimate")
        rows: Iterable[Any] = registered.itertuples(index=False)
        means = ((found.means[row.outcome, row.segment], row) for row in rows)
        if errors == "permutation" and any(
            here is not None and anew_by_auto(here, row.arm, row.control) for here, row in means
        ):
            return replace(self, deviations=advised(self.deviations))
        return self

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


def hold_against(design: GivenDesign | None, request: Request) -> Asked:
    """Fill in what is not given from the design, and tell what is given otherwise.

    What was registered cannot be left out: the primary outcome and every guardrail are evaluated
    whatever is asked besides.

    Parameters
    ----------
    design
        The design or its file; None: nothing was registered.
    request
        What is asked.

    Raises
    ------
    InputError
        Without a control from either side; or for a file that is no design.
    """
    design = None if design is None else as_design(design, WHERE)
    outcomes = _with_guardrails(request, None if design is None else design.outcomes)
    request = replace(request, outcomes=outcomes)
    if design is None:
        return _unregistered(request)
    shares, prices = request.expected_shares, request.economics
    return Asked(
        design=design,
        control=_alike(design.control) if request.control is None else request.control,
        outcomes=_all_to_evaluate(design, outcomes),
        cluster=design.cluster_in(request.columns, request.cluster),
        horizon_days=design.horizon_days if request.horizon_days is None else request.horizon_days,
        margins={**_each_alike(design.margins), **(request.margins or {})} or None,
        guardrails={**_each_alike(design.guardrails), **(request.guardrails or {})},
        expected_shares=(dict(design.shares) or None) if shares is None else shares,
        adjust=design.covariates if request.adjust is None else request.adjust,
        economics=(dict(design.prices) or None) if prices is None else prices,
        alpha=design.alpha if request.alpha is None else request.alpha,
        second_cluster=design.second_cluster
        if request.second_cluster is None
        else request.second_cluster or None,
        primary=design.primary,
        deviations=deviations_of(design, request),
    )


def _unregistered(request: Request) -> Asked:
    if request.control is None:
        rule = "must be given: the arm that the others are compared with"
        raise InputError([Problem(WHERE, "control", None, rule)])
    return Asked(
        design=None,
        control=request.control,
        outcomes=request.outcomes,
        cluster=request.cluster,
        horizon_days=request.horizon_days,
        margins=request.margins,
        guardrails=request.guardrails,
        expected_shares=request.expected_shares,
        adjust=() if request.adjust is None else request.adjust,
        economics=request.economics,
        alpha=DEFAULT_ALPHA if request.alpha is None else request.alpha,
        second_cluster=request.second_cluster or None,
    )


def _all_to_evaluate(design: TrialDesign, asked: Sequence[str] | None) -> Sequence[str]:
    """Return the outcomes asked for, those that must not be left out before them."""
    if asked is None:
        return design.outcomes
    if isinstance(asked, str):
        return asked  # refused later, with all else that is wrong
    registered = [name for name in asked if name in design.outcomes]
    return tuple(dict.fromkeys((design.primary, *design.guardrails, *registered, *asked)))


def _with_guardrails(request: Request, registered: Sequence[str] | None) -> Sequence[str] | None:
    """Add the guardrails to the outcomes: who names one wants it compared.

    None, which is what a log has without a design, stays: the usual harms are among it.
    """
    outcomes = request.outcomes
    asked = registered if outcomes is None else outcomes
    if not (asked or (request.worth_eur and outcomes is None)):
        return outcomes
    beyond = [name for name in request.guardrails or () if name not in (asked or ())]
    return [*(asked or ()), *beyond] if beyond else outcomes


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
