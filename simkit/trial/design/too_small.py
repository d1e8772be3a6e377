"""Where the planned contacts are too few to find what is worth finding, and what would help."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from simkit.measures.money import DAYS_PER_YEAR
from simkit.trial.design.size_table import PRIMARY
from simkit.trial.design.trial_design import TrialDesign
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import amount, label

CURE = (
    "more contacts, a longer horizon, covariates known before, or a larger difference called "
    "worthwhile"
)
CLOSE = 1e-9


def too_small(design: TrialDesign, sizes: pd.DataFrame) -> dict[str, str]:
    """Return segment → what its primary outcome finds, where that is less than was asked for.

    Parameters
    ----------
    design, sizes
        The trial and its sizes, with contacts planned.
    """
    rows = sizes[(sizes["role"] == PRIMARY) & (sizes["contacts"] < sizes["contacts_needed"])]
    # Least power first: the neediest arm speaks for its segment.
    worst = rows.sort_values("power", kind="stable").drop_duplicates("segment")
    found = {str(row.segment): row for row in worst.itertuples(index=False)}
    return {name: _finds(design, found[name]) for name in design.segments if name in found}


def too_small_sentence(design: TrialDesign, sizes: pd.DataFrame) -> str:
    """Say in which segments the trial is too small, and what to do; empty where it is in none."""
    found = too_small(design, sizes)
    if not found:
        return ""
    where = ". ".join(f"{segment} has {text}" for segment, text in found.items())
    return (
        f"Too small for what you call worthwhile: {where}. What helps: {CURE}. How often a larger "
        "difference is found, as a scenario's own may be, simkit rehearse says."
    )


def size_words(value: float, unit: str) -> str:
    """Write a difference with its unit, digits as its size needs."""
    if not math.isfinite(value):
        return "no difference that there can be"
    return amount(value, unit, abs(value))


def in_a_year(design: TrialDesign, segment: str, difference: float) -> str:
    """Say what a difference in net value is in a year, and whether the prices ask for it.

    Parameters
    ----------
    design, segment
        The trial, and where in it.
    difference
        In EUR a contact over the horizon.

    Returns
    -------
    str
        In brackets, with a blank before; empty for other outcomes than net value.
    """
    if design.primary != NET_VALUE:
        return ""
    of_year = difference * DAYS_PER_YEAR / design.horizon_days
    text = f"{of_year:,.2f} EUR a contact-year"
    prices = design.prices.get(segment)
    if prices is not None and math.isclose(of_year, prices.worthwhile_eur, rel_tol=CLOSE):
        text += ", the prices' worthwhile_eur"
    return f" ({text})"


def _finds(design: TrialDesign, row: Any) -> str:
    return (
        f"power {_percent(row.power)} to find {size_words(row.difference, row.unit)} of "
        f"{label(design.primary)} in {design.horizon_days:g} days, what is worthwhile; the "
        f"smallest difference that it finds with {100 * design.power:g} % is "
        f"{size_words(row.mde, row.unit)}"
    )


def _percent(power: float) -> str:
    return "below 1 %" if power < 0.01 else f"{100 * power:.0f} %"
