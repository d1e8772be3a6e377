"""Shares of dials by arm, tested with the contact as the unit.

A contact's dials are alike: what is missing in one is often missing in the next. A χ² test that
took each dial for a trial of its own would cry wolf in every large log. So Pearson's χ² is divided
by the mean design effect, estimated from the contacts' own sums (Rao and Scott 1981, JASA 76, 221).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.measures.reduction import US_PER_DAY, is_
from simkit.trial.checks.check import ALPHA, NO_P_VALUE
from simkit.trial.checks.dials import Dials

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATERIAL = 0.01
"""Difference between arms that is worth a warning: of millions of dials any is significant."""

#: Wider than calling hours are by law or habit (assumed): outside only clocks are wrong.
EARLIEST_HOUR, LATEST_HOUR = 7, 22
_HOUR = f"dialled_us % {US_PER_DAY} // {US_PER_DAY // 24}"

#: Part → (which dials are counted, of which).
PARTS = {
    "unknown": ("unknown", "rows"),
    "errors": (is_("error"), "rows"),
    "without_agent": ("counts AND agent_id IS NULL", "dials"),
    "without_ring": ("counts AND ring_s IS NULL", "dials"),
    "without_talk": ("live AND talk_s IS NULL", "answered"),
    "without_wrap": ("live AND wrap_s IS NULL", "answered"),
    "odd_hours": (f"counts AND NOT {_HOUR} BETWEEN {EARLIEST_HOUR} AND {LATEST_HOUR - 1}", "dials"),
}
WHOLES = {"rows": "true", "dials": "counts", "answered": "live"}
COLUMNS = ("agent_id", "ring_s", "talk_s", "wrap_s")


def _sum(what: str, name: str) -> str:
    return f"CAST(sum({what}) AS DOUBLE) AS {name}"


_OF_CONTACT = [
    *(f"count(*) FILTER ({which}) AS {name}" for name, which in WHOLES.items()),
    *(f"count(*) FILTER ({which}) AS {name}" for name, (which, _) in PARTS.items()),
]
_OF_CELL = [
    *(_sum(name, name) for name in WHOLES),
    *(_sum(f"{name} * {name}", f"{name}_squared") for name in WHOLES),
    *(_sum(name, name) for name in PARTS),
    *(_sum(f"{name} * {name}", f"{name}_squared") for name in PARTS),
    *(_sum(f"{name} * {whole}", f"{name}_crossed") for name, (_, whole) in PARTS.items()),
]
RATES = f"""
SELECT
    cell,
    count(*) AS dialled,
    count(*) FILTER (last_us = observed_us) AS ending,
    max(last_us) AS last_us,
    {", ".join(_OF_CELL)}
FROM (
    SELECT
        any_value(cell) AS cell,
        max(dialled_us) AS last_us,
        any_value(observed_us) AS observed_us,
        {", ".join(_OF_CONTACT)}
    FROM dials
    WHERE cell >= 0
    GROUP BY place
)
GROUP BY cell
ORDER BY cell
"""


@dataclass(frozen=True, eq=False)
class Rates:
    """Sums over the contacts of each cell, from which shares and their tests follow.

    Parameters
    ----------
    sums
        One row a cell: for each of `WHOLES` its sum and that of its squares; for each of `PARTS`
        these and the sum of its products with its whole. Besides, contacts ``dialled``, those
        ``ending`` (observed until the very moment of their last call) and ``last_us``, the cell's
        last call (civil microseconds).
    """

    sums: pd.DataFrame

    def share(self, part: str, cells: Sequence[int]) -> float:
        """Return the share of a part in some cells together; NaN where there is nothing."""
        whole = float(self.sums.loc[list(cells), PARTS[part][1]].sum())
        return float(self.sums.loc[list(cells), part].sum()) / whole if whole else NO_P_VALUE

    def shares(self, part: str, cells: Sequence[int]) -> NDArray[np.float64]:
        """Return the share of a part in each of some cells; 0 where there is nothing."""
        here = self.sums.loc[list(cells)]
        counted, whole = (here[name].to_numpy(dtype=np.float64) for name in (part, PARTS[part][1]))
        return np.asarray(counted / np.maximum(whole, 1.0), dtype=np.float64)

    def p_value(self, part: str, cells: Sequence[int]) -> float:
        """Test whether a part has the same share in each cell, with the contact as the unit."""
        whole_name = PARTS[part][1]
        here = self.sums.loc[list(cells)]
        here = here[here[whole_name] > 0]
        part_of, whole = (here[name].to_numpy(dtype=np.float64) for name in (part, whole_name))
        around = (here[f"{part}_squared"], here[f"{part}_crossed"], here[f"{whole_name}_squared"])
        return same_share(part_of, whole, *(sums.to_numpy(dtype=np.float64) for sums in around))

    def differs(self, part: str, cells: Sequence[int]) -> bool:
        """Tell whether cells surely differ in a part, by as much as matters."""
        shares = self.shares(part, cells)
        sure = self.p_value(part, cells) < ALPHA
        return bool(sure and shares.max() - shares.min() >= MATERIAL)


def same_share(
    part: NDArray[np.float64],
    whole: NDArray[np.float64],
    part_squared: NDArray[np.float64],
    crossed: NDArray[np.float64],
    whole_squared: NDArray[np.float64],
) -> float:
    """Test whether a part has the same share of its whole in each cell: its p-value, or NaN.

    Parameters
    ----------
    part, whole
        Their sums in each cell, the latter above 0.
    part_squared, crossed, whole_squared
        Sums over the cell's units (contacts, or accounts) of the squares and of the product.
    """
    if len(whole) < 2 or not 0 < part.sum() < whole.sum():
        return NO_P_VALUE
    share = part.sum() / whole.sum()
    variance = share * (1 - share)
    statistic = float(((part - share * whole) ** 2 / whole).sum() / variance)
    around = (part_squared - 2 * share * crossed + share**2 * whole_squared).sum()
    effect = design_effect(float(around), share, float(whole.sum()))
    return float(stats.chi2.sf(statistic / effect, len(whole) - 1))


def design_effect(around: float, share: float, whole: float) -> float:
    """Return by how much units taken as wholes widen the spread of a share, at least 1.

    Parameters
    ----------
    around
        Sum over units (accounts, say) of the squares of what their part differs by from the share.
    share, whole
        The share, above 0 and below 1, and of how many it is one.

    References
    ----------
    J. N. K. Rao, A. J. Scott (1992), A simple method for the analysis of clustered binary data,
    Biometrics 48, 577-585.
    """
    return max(around / (share * (1 - share) * whole), 1.0)


def rates_of(dials: Dials) -> Rates:
    """Count, contact by contact, which dials lack something or came at odd hours.

    Parameters
    ----------
    dials
        The trial's dials.
    """
    found = dials.ask(RATES, COLUMNS, ()).set_index("cell")
    return Rates(found.reindex(range(len(dials.cells))).fillna(0.0))
