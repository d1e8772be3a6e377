"""How surely a finite number of rehearsals tells a share or a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simkit.trial.effects.laws import normal_isf
from simkit.trial.effects.proportions import wilson

#: The usual level.
CONFIDENCE = 0.95


def share(events: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the share of the trials with an event, with its 95 % interval (Wilson).

    Parameters
    ----------
    events
        One a trial. Without any trial all three are NaN.
    """
    if not len(events):
        return np.nan, np.nan, np.nan
    seen = float(events.mean())
    low, high = wilson(seen, len(events), normal_isf((1 - CONFIDENCE) / 2))
    return seen, float(low), float(high)


def average(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return a mean with its 95 % interval (Student's t); no interval for less than two values.

    Parameters
    ----------
    values
        One a trial; NaN where a trial has none.
    """
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return (float(known.mean()) if len(known) else np.nan), np.nan, np.nan
    return interval(float(known.mean()), standard_error(known), len(known) - 1)


def named(name: str, found: tuple[float, float, float]) -> dict[str, float]:
    """Return a figure and its interval as columns: ``name``, ``name_low``, ``name_high``."""
    value, low, high = found
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def columns_of(*figures: str) -> tuple[str, ...]:
    """Return the columns of figures with their intervals, as `named` names them."""
    return tuple(f"{name}{end}" for name in figures for end in ("", "_low", "_high"))


def interval(value: float, se: float, df: float) -> tuple[float, float, float]:
    """Return a value with its 95 % interval by Student's t."""
    half = float(stats.t.isf((1 - CONFIDENCE) / 2, df)) * se
    return value, value - half, value + half


def standard_error(values: NDArray[np.float64]) -> float:
    """Return the standard error of a mean; NaN values are left out."""
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return np.nan
    return float(known.std(ddof=1) / np.sqrt(len(known)))
