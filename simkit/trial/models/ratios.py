"""A ratio of an arm's figure to its control's, as every model of ratios writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.ratio import RATIO_COLUMNS
from simkit.trial.models.contrasts import filled
from simkit.trial.sentences import PERCENT, place_words


def log_ratio_columns(difference: TDifference, alpha: float) -> dict[str, Any]:
    """Give the columns of a log ratio: the shared ones on the log scale, then the ratio.

    Parameters
    ----------
    difference
        The logarithm of the ratio with its error; ``df`` infinite for the normal distribution.
    alpha
        One minus the level of the interval.
    """
    found = filled(difference, alpha)
    ends = [found.get(name, np.nan) for name in ("estimate", "ci_low", "ci_high")]
    return found | dict(zip(RATIO_COLUMNS, np.exp(ends).tolist(), strict=True))


def ratio_sentence(row: Any, what: str, alpha: float) -> str:
    """Say a row: how many times the control's figure the arm's is.

    Parameters
    ----------
    row
        A row as a named tuple.
    what
        The figure in words.
    alpha
        One minus the level of the interval.
    """
    head = f"{place_words(row.segment)}{row.arm} against {row.control}: {what}"
    if np.isnan(row.ratio):
        return f"{head}: {row.reason}."
    text = f"{head} {row.ratio:.2f} times"
    if np.isnan(row.ratio_low):
        return f"{text} ({row.reason})."
    level = f"{(1 - alpha) * PERCENT:g} % interval"
    return f"{text} ({level} {row.ratio_low:.2f} to {row.ratio_high:.2f})."
