"""Whether field and simulation agree: one rule, and the words that all who tell of it use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from simkit.recommend.verdict import Alternative, Estimate

if TYPE_CHECKING:
    from simkit.recommend.evidence import Evidence, FieldEvidence

SAME_HORIZON_DAYS = 1.0
LEVEL = 0.95
AGREE, SIGN, SIGN_ALONE = "yes", "in sign", "in sign, not in size"
DISAGREE, CANNOT_TELL = "no", "cannot tell"
APART = (SIGN_ALONE, DISAGREE)
"""What a reader must be warned of."""


@dataclass(frozen=True)
class Beside:
    """The simulation beside an arm of a trial, at the sweep's horizon nearest to the trial's.

    Parameters
    ----------
    days
        That horizon [days].
    simulated
        Net value less that of the control [EUR per contact].
    agree
        Whether the field agrees, from `agreement`.
    """

    days: float
    simulated: Estimate
    agree: str


def agreement(field: Estimate, simulated: Estimate, *, same_horizon: bool) -> str:
    """Say whether a field estimate and a simulated one agree.

    At the same horizon they are estimates of one number, and disagree in size when they differ by
    more than chance allows (two-sided 5 %, Welch's test: both standard errors are estimated, the
    simulated one from few replications); whether then also in sign, the estimates say. At different
    horizons only their signs can be compared, and only where both are known.

    Parameters
    ----------
    field, simulated
        The estimates; of the field's, the interval of this comparison alone.
    same_horizon
        Whether they cover the same time.

    Returns
    -------
    str
        ``"yes"`` (same horizon), ``"in sign"`` (different horizons), ``"in sign, not in size"``
        (same horizon), ``"no"`` or ``"cannot tell"``.

    References
    ----------
    B. L. Welch (1947), The generalization of 'Student's' problem when several different population
    variances are involved, Biometrika 34, 28-35.
    """
    same_sign = field.value * simulated.value > 0
    if same_horizon:
        quantile = float(stats.t.isf((1 - LEVEL) / 2, _welch_df(field, simulated)))
        allowed = quantile * math.hypot(field.se, simulated.se)
        if abs(field.value - simulated.value) <= allowed:
            return AGREE
        return SIGN_ALONE if same_sign else DISAGREE
    if field.low * field.high <= 0 or simulated.low * simulated.high <= 0:
        return CANNOT_TELL
    return SIGN if same_sign else DISAGREE


def _welch_df(*estimates: Estimate) -> float:
    loss = math.fsum(one.se**4 / one.df for one in estimates)
    return math.fsum(one.se**2 for one in estimates) ** 2 / loss if loss else math.inf


def beside(one: Evidence, field: FieldEvidence, arm: Alternative) -> Beside:
    """Hold an arm of a trial against the simulation at the horizon nearest to the trial's."""
    days = one.simulated.nearest(field.days)
    labels = field.intervals[arm.arm], field.intervals[field.control]
    simulated = one.simulated.difference(*labels, days)
    agree = CANNOT_TELL
    if arm.alone is not None:
        same = abs(days - field.days) <= SAME_HORIZON_DAYS
        agree = agreement(arm.alone, simulated, same_horizon=same)
    return Beside(days, simulated, agree)
