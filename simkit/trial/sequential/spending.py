"""How an error rate is spent over the looks at a running trial.

A spending function says how much of an error rate may be used up by the time that a part t of the
planned information is in (Lan and DeMets 1983). Neither the number of looks nor their times need be
fixed beforehand: the next boundary depends on the looks made so far alone. It holds for any times
that do not depend on the results: for whoever looks sooner because the last look was nearly enough
nothing is guaranteed (though such a reader in ``benchmarks/sequential.py`` made 5.1 ± .4 % errors).

Reference: K. K. G. Lan and D. L. DeMets, Discrete sequential boundaries for clinical trials,
Biometrika 70 (1983) 659-663.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: (one-sided error rate, information times in (0, 1]) → error spent by each of them.
Spending = Callable[[float, "FloatArray"], "FloatArray"]


def obrien_fleming(alpha: float, times: FloatArray) -> FloatArray:
    """Spend almost nothing early: 2 − 2 Φ(z(α/2) ÷ √t), close to O'Brien and Fleming's bounds."""
    spent: FloatArray = 2.0 * ndtr(ndtri(alpha / 2) / np.sqrt(times))
    return spent


def pocock(alpha: float, times: FloatArray) -> FloatArray:
    """Spend about evenly: α log(1 + (e − 1) t), close to Pocock's constant bound."""
    spent: FloatArray = alpha * np.log1p((np.e - 1.0) * times)
    return spent


SPENDING: Mapping[str, Spending] = MappingProxyType(
    {"obrien_fleming": obrien_fleming, "pocock": pocock}
)


def spent_by(
    spending: Spending,
    alpha: float,
    times: Sequence[float] | FloatArray,
    *,
    final: Sequence[bool] | None = None,
) -> FloatArray:
    """Give the one-sided error spent by each look.

    Parameters
    ----------
    spending
        The function.
    alpha
        One-sided error rate; half of a two-sided one.
    times
        Information times of the looks, rising; beyond 1 all is spent.
    final
        Per look, whether the trial ends there, so that all that is left is spent; default: where
        the time has reached 1.

    Returns
    -------
    Cumulative error by look, at most ``alpha``.
    """
    at = np.asarray(times, dtype=np.float64)
    spent = spending(alpha, np.minimum(at, 1.0))
    ends = at >= 1.0 if final is None else (at >= 1.0) | np.asarray(final, dtype=np.bool_)
    spent = np.where(np.logical_or.accumulate(ends), alpha, spent)
    return np.maximum.accumulate(np.minimum(spent, alpha))
