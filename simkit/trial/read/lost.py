"""Whose observation ended before that of others who entered on the same day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]


def ended_early(
    segment: pd.Series,
    entered_us: NDArray[np.int64],
    until_us: NDArray[np.int64],
    horizon_days: float | None,
) -> tuple[Flags, Flags]:
    """Tell whose observation ended over a day before that of others of the same day of entry.

    Parameters
    ----------
    segment
        Of each contact; only those of one segment are held against each other.
    entered_us, until_us
        When each entered, and until when it was observed, civil microseconds.
    horizon_days
        Days since entry at which arms are compared; None where that is not known.

    Returns
    -------
    shorter, lost
        Who was observed for less; and who of them is lost to the horizon, which the others reached
        (without a horizon: the same).
    """
    by = [segment.to_numpy(), entered_us // US_PER_DAY]
    latest = pd.Series(until_us).groupby(by, observed=True).transform("max").to_numpy()
    shorter = latest - until_us > US_PER_DAY
    if horizon_days is None:
        return shorter, shorter
    whole = entered_us + round(horizon_days * US_PER_DAY)
    return shorter, shorter & (until_us < whole) & (latest >= whole)
