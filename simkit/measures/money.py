"""The money of a contact: each term of its net value (the model's section on money)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from simkit.calllog.source import Source
from simkit.errors import InputError, Problem
from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

COST_COLUMNS = ("dial_cost_eur", "agent_cost_eur", "complaint_cost_eur", "optout_cost_eur")
MONEY_COLUMNS = ("value_eur", *COST_COLUMNS, "net_value_eur")
DAYS_PER_YEAR = 365.0


def expected_to_stay(
    log: CallLog,
    net_sale: NDArray[np.bool_],
    pending: NDArray[np.bool_],
    since_sale_us: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Give each contact's expected number of sales that stay.

    A sale not pending counts 1 or 0. A pending sale of a simulated log, whose truth says the
    probability p that it is cancelled, at a time uniform over the w days of withdrawal, has
    survived e days: it is cancelled yet with probability p(1 − e/w) / (1 − p·e/w), by Bayes. A
    pending sale of a field log counts in full.

    Parameters
    ----------
    log
        The log, for its truth, source and days of withdrawal.
    net_sale, pending
        Sold and not cancelled; that sale may still be cancelled.
    since_sale_us
        Microseconds from the sale to the end of observation (any value where there is no sale).
    """
    stays = net_sale.astype(np.float64)
    truth = log.truth
    if not cancel_probs_known(log) or not pending.any():
        return stays
    assert truth is not None
    at = np.flatnonzero(pending)
    of_contact = truth.set_index("contact_id")["cancel_prob"]
    listed = log.contacts.iloc[at]
    prob = of_contact.reindex(listed["contact_id"]).to_numpy(dtype=np.float64, na_value=np.nan)
    days = listed["segment"].map(log.header.withdrawal_days or {}).to_numpy(dtype=np.float64)
    waited = since_sale_us[at] / US_PER_DAY / days
    remaining = prob * (1.0 - waited) / (1.0 - prob * waited)
    stays[at] = np.where(np.isnan(prob), 1.0, 1.0 - remaining)
    return stays


def cancel_probs_known(log: CallLog) -> bool:
    """Return whether a log says how likely its sales are to be cancelled: a simulated one may."""
    simulated = log.header.source == "simulated"
    return simulated and log.truth is not None and "cancel_prob" in log.truth


def add_money(
    log: CallLog,
    table: pd.DataFrame,
    value_cents: NDArray[np.int64],
    unpriced: NDArray[np.int64],
    economics: Mapping[str, Economics],
    horizon_days: float | None,
) -> None:
    """Add the money columns to a table of outcomes.

    The cost of an opt-out is what the contact would have brought in the rest of ``valuation_days``
    beyond the horizon; inside it, the missing sales already show.

    Parameters
    ----------
    log
        The log, to name the rows of sales without a value.
    table
        One row per contact; changed in place.
    value_cents
        Recorded value of each contact's sales.
    unpriced
        Number of each contact's sales of which no value was recorded.
    economics
        Prices of each segment.
    horizon_days
        The horizon; None takes each contact's own followed days.

    Raises
    ------
    InputError
        If a segment has no prices, or a sale has no value and its segment no ``sale_value_eur``.
    """
    codes, segments = table["segment"].factorize(use_na_sentinel=False)
    missing = [str(name) for name in segments if name not in economics]
    if missing:
        rule = "must have prices: give them, or leave its contacts out"
        raise InputError(Problem("economics", "segment", name, rule) for name in missing)
    prices = [economics[name] for name in segments]
    unset = np.array([price.sale_value_eur is None for price in prices], dtype=np.bool_)
    if (unset[codes] & (unpriced > 0)).any():
        _refuse_unpriced(log, [str(name) for name, no in zip(segments, unset, strict=True) if no])

    def price(name: str) -> NDArray[np.float64]:
        values = [getattr(row, name) for row in prices]
        of_segment = np.array([0.0 if v is None else v for v in values], dtype=np.float64)
        return of_segment.take(codes)

    sold = value_cents / 100 + unpriced * price("sale_value_eur")
    table["value_eur"] = sold * table["net_sale_expected"]
    table["dial_cost_eur"] = table["attempts"] * price("dial_eur")
    table["agent_cost_eur"] = table["agent_s"] / 3600 * price("agent_eur_per_hour")
    table["complaint_cost_eur"] = table["complaint"] * price("complaint_eur")
    spent = table["followed_days"].to_numpy() if horizon_days is None else horizon_days
    beyond = np.maximum(price("valuation_days") - spent, 0.0) / DAYS_PER_YEAR
    lost = (table["opt_out"] + table["suppressed"]).clip(upper=1)
    table["optout_cost_eur"] = lost * price("contact_value_eur_per_year") * beyond
    table["net_value_eur"] = table["value_eur"] - table[list(COST_COLUMNS)].sum(axis=1)


def _refuse_unpriced(log: CallLog, segments: list[str]) -> None:
    attempts = log.attempts
    assert attempts is not None
    segment_of = log.contacts.set_index("contact_id")["segment"]
    unpriced = ((attempts["disposition"] == "sale") & attempts["value_cents"].isna()).to_numpy()
    segment = segment_of.reindex(attempts["contact_id"]).to_numpy()
    rule = "must be known, or the segment must have a sale_value_eur: {!r} has none"
    source = Source.memory("attempts")
    problems = (
        source.problem(
            "value_cents", unpriced & (segment == name), rule.format(name), attempts["value_cents"]
        )
        for name in segments
    )
    raise InputError(problem for problem in problems if problem is not None)
