"""What a difference in net value is made of: sales, calls, complaints, opt-outs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.measures.money import COST_COLUMNS
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import against_words, place_words

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.read.data import TrialData

VALUE = "value_eur"
PARTS = (VALUE, *COST_COLUMNS)
#: What each part is called; costs are told as what they add to net value.
CALLED = ("sales", "dialling", "agents' time", "complaints", "opt-outs and suppressed numbers")
CENTS = 100
#: Part of an estimate by which sums may differ where contacts are added up in another order.
ROUNDING = 1e-6
WORTH = (
    "what an opt-out, or a number that may not be called any more, costs is no money seen in this "
    "trial: it is what such a contact would bring after the horizon, by the price "
    "contact_value_eur_per_year{}"
)


def parts_said(
    table: pd.DataFrame, data: TrialData, primary: str, *, registered: bool
) -> Mapping[str, tuple[str, ...]]:
    """Say by segment what each arm's difference in net value is made of: estimates, no claims.

    Empty where net value does not decide, or the data do not hold its parts (tables).

    Parameters
    ----------
    table
        Rows of the evaluation.
    data
        The trial.
    primary
        The outcome that decides.
    registered
        Whether the prices are those of a design.
    """
    if primary != NET_VALUE or not len(data.money):
        return {}
    means = data.money.set_index(["segment", "arm"])[list(PARTS)]
    signs = np.array([1.0, *(-1.0 for _ in COST_COLUMNS)])
    said: dict[str, list[str]] = {}
    rows = table[(table["outcome"] == NET_VALUE) & table["estimate"].notna()]
    for each in rows.itertuples(index=False):
        row: Any = each
        ours, theirs = (means.loc[(row.segment, arm)] for arm in (row.arm, row.control))
        parts = signs * (ours - theirs).to_numpy(dtype=np.float64)
        whole = float(parts.sum())
        seen = abs(whole - row.estimate) <= ROUNDING * max(1.0, np.abs(parts).sum())
        before = "" if seen else " before adjustment"
        cents = whole_cents(parts)
        told = ", ".join(f"{name} {_eur(cent)}" for name, cent in zip(CALLED, cents, strict=True))
        text = (
            f"{place_words(row.segment)}{against_words(row)}: of "
            f"{_eur(sum(cents))} EUR{before}: {told}"
        )
        if cents[-1]:
            text += f" ({WORTH.format(', as registered' if registered else '')})"
        said.setdefault(str(row.segment), []).append(f"{text}.")
    return {segment: tuple(lines) for segment, lines in said.items()}


def whole_cents(parts: np.ndarray[Any, np.dtype[np.float64]]) -> list[int]:
    """Round amounts to cents that add up to their rounded sum (largest remainders)."""
    cents = np.floor(parts * CENTS)
    left = round(float(parts.sum()) * CENTS) - int(cents.sum())
    largest = np.argsort(cents - parts * CENTS, kind="stable")[:left]
    cents[largest] += 1
    return [int(cent) for cent in cents]


def _eur(cents: int) -> str:
    return f"{cents / CENTS:+.2f}".replace("-", "−")
