"""Guardrails: harm that must stay within a margin named beforehand, or vetoes an arm."""

from __future__ import annotations

from dataclasses import dataclass

from simkit.trial.effects.difference import Difference, MarginTest
from simkit.trial.effects.laws import t_isf, t_sf

VETO = "veto"
WITHIN = "within margin"
OPEN = "open, not shown to be within the margin"
NOT_WORSE = "not worse"
#: Of standard errors: a bound that is searched for, which costs an exact test a step.
PRECISION = 0.01
DOUBLINGS = 30  # of its bracket, beyond which there is no bound
VERDICTS = {VETO: "worse", WITHIN: NOT_WORSE, OPEN: "cannot tell"}


@dataclass(frozen=True)
class Guardrail:
    """What one guardrail says of one arm.

    Parameters
    ----------
    state
        ``"veto"``, ``"within margin"`` or that neither can be told.
    lower, upper
        One-sided bounds of the difference, each at level ``1 - alpha``, in the outcome's own
        direction: for one of which more is better, harm lies below.
    power
        Probability of ``"within margin"`` if there is truly no difference.
    p_value
        One-sided p-value of harm as large as the margin; below ``alpha`` it is within.
    method
        How margin and bounds were tested.
    """

    state: str
    lower: float
    upper: float
    power: float
    p_value: float = float("nan")
    method: str = ""

    @property
    def verdict(self) -> str:
        """The row's verdict."""
        return VERDICTS[self.state]


def judge(
    difference: Difference,
    margin: float,
    alpha: float,
    *,
    lower_is_better: bool,
    alpha_within: float | None = None,
    tested: MarginTest | None = None,
) -> Guardrail:
    """Test one arm for non-inferiority: whether its harm lies below the margin.

    *Within margin*: the one-sided upper bound of the harm lies below the margin. *Veto*: it does
    not, and harm is shown (its lower bound lies above 0). Otherwise the trial cannot tell. There
    is no correction for the number of guardrails: each one alone may stop an arm, and more of
    them can only stop more.

    Shares of contacts assigned one by one are tested by Farrington and Manning's score, whose
    variance is that at the margin, and where few events are expected by an exact test too
    (`simkit.trial.effects.margin`): where that holds the p-value up, the bound lies where it too
    shows the harm to be smaller. All else is tested as the difference is.

    Parameters
    ----------
    difference
        Arm less control.
    margin
        Tolerated harm, 0 or more, in the outcome's unit.
    alpha
        One-sided error rate of each bound.
    lower_is_better
        Whether more of the outcome is the harm; else less of it is.
    alpha_within
        That of the bound that must lie within the margin, where looks take something from it;
        default: ``alpha``.
    tested
        The test against margins; default: the difference's own.

    Returns
    -------
    Guardrail
        State, bounds and power.
    """
    tested = difference.against_margin() if tested is None else tested
    safe = alpha if alpha_within is None else alpha_within
    ends = tested.interval(2 * alpha), tested.interval(2 * safe)
    harm_low, harm_high = (
        (ends[0][0], ends[1][1]) if lower_is_better else (-ends[0][1], -ends[1][0])
    )
    bound = margin if lower_is_better else -margin
    p_value = tested.p_beyond(bound, above=lower_is_better)
    # An exact test may hold back what the bounds alone would show.
    if p_value >= safe and harm_high < margin:
        harm_high = _held_back(tested, margin, safe, harm_is_above=lower_is_better)
    if harm_low > 0 and tested.p_beyond(0.0, above=not lower_is_better) >= alpha:
        harm_low = 0.0
    if harm_high < margin and not (difference.doubt or tested.doubt):
        state = WITHIN
    elif harm_low > 0 and not difference.doubt:
        state = VETO
    else:
        state = OPEN
    low, high = (harm_low, harm_high) if lower_is_better else (0.0 - harm_high, 0.0 - harm_low)
    return Guardrail(state, low, high, _power(tested, margin, alpha), p_value, tested.method)


def _held_back(tested: MarginTest, margin: float, alpha: float, *, harm_is_above: bool) -> float:
    """Find the harm, beyond a margin within which it is not shown, that it is shown to be below."""
    sign = 1.0 if harm_is_above else -1.0

    def shown_below(harm: float) -> bool:
        return tested.p_beyond(sign * harm, above=harm_is_above) < alpha

    kept, shown = margin, margin + tested.se
    for _ in range(DOUBLINGS):
        if shown_below(shown):
            break
        kept, shown = shown, shown + 2 * (shown - kept)
    else:
        return float("inf")
    while shown - kept > PRECISION * tested.se:
        middle = (kept + shown) / 2
        kept, shown = (kept, middle) if shown_below(middle) else (middle, shown)
    return shown


def _power(difference: MarginTest, margin: float, alpha: float) -> float:
    if not difference.se > 0:
        return float("nan")
    return t_sf(t_isf(alpha, difference.df) - margin / difference.se, difference.df)
