"""The money of a contact: each term of its net value (the model's section on money)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simkit.calllog.source import Source
from simkit.errors import InputError, Problem
from simkit.measures.reduction import US_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

COST_COLUMNS = ("dial_cost_eur", "agent_cost_eur", "complaint_cost_eur", "optout_cost_eur")
MONEY_COLUMNS = ("value_eur", *COST_COLUMNS, "net_value_eur")
DAYS_PER_YEAR = 365.0
UNPRICED = "must be known, or the segment must have a sale_value_eur: {!r} has none"


def expected_to_stay(
    net_sale: NDArray[np.bool_],
    pending: NDArray[np.bool_],
    since_sale_us: NDArray[np.int64],
    cancel_prob: NDArray[np.float64] | None,
    withdrawal_days: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give each contact's expected number of sales that stay.

    A sale not pending counts 1 or 0. A pending sale of a simulated log, whose truth says the
    probability p that it is cancelled, at a time uniform over the w days of withdrawal, has
    survived e days: it is cancelled yet with probability p(1 − e/w) / (1 − p·e/w), by Bayes. A
    pending sale of a field log counts in full.

    Parameters
    ----------
    net_sale, pending
        Sold and not cancelled; that sale may still be cancelled.
    since_sale_us
        Microseconds from the sale to the end of observation (any value where there is no sale).
    cancel_prob
        p, NaN where it is not known; None for a log that does not say.
    withdrawal_days
        w.
    """
    stays = net_sale.astype(np.float64)
    if cancel_prob is None or not pending.any():
        return stays
    at = np.flatnonzero(pending)
    prob = cancel_prob[at]
    waited = since_sale_us[at] / US_PER_DAY / withdrawal_days[at]
    remaining = prob * (1.0 - waited) / (1.0 - prob * waited)
    stays[at] = np.where(np.isnan(prob), 1.0, 1.0 - remaining)
    return stays


def cancel_probs(log: CallLog) -> NDArray[np.float64] | None:
    """Return how likely each contact's sale is to be cancelled, NaN without one; None: unknown."""
    if not cancel_probs_known(log):
        return None
    assert log.truth is not None
    of_contact = log.truth.set_index("contact_id")["cancel_prob"].reindex(
        log.contacts["contact_id"]
    )
    return of_contact.to_numpy(dtype=np.float64, na_value=np.nan)


def cancel_probs_known(log: CallLog) -> bool:
    """Return whether a log says how likely its sales are to be cancelled: a simulated one may."""
    simulated = log.header.source == "simulated"
    return simulated and log.truth is not None and "cancel_prob" in log.truth


def prices_of(
    log: CallLog,
    segments: Sequence[str],
    of_contact: NDArray[np.int64],
    unpriced: NDArray[np.int64],
    economics: Mapping[str, Economics],
) -> tuple[Economics, ...]:
    """Return the prices of each of a log's segments.

    Parameters
    ----------
    log
        The log, to name the rows of sales without a value.
    segments, of_contact
        The segments, and the place of each contact's among them.
    unpriced
        Number of each contact's sales of which no value was recorded.
    economics
        Prices of each segment.

    Raises
    ------
    InputError
        If a segment has no prices, or a sale has no value and its segment no ``sale_value_eur``.
    """
    prices = named_prices(segments, economics)
    unset = np.array([price.sale_value_eur is None for price in prices], dtype=np.bool_)
    if (unset[of_contact] & (unpriced > 0)).any():
        _refuse_unpriced(log, [name for name, no in zip(segments, unset, strict=True) if no])
    return prices


def named_prices(
    segments: Sequence[str], economics: Mapping[str, Economics]
) -> tuple[Economics, ...]:
    """Return the prices of each of some segments.

    Raises
    ------
    InputError
        If a segment has no prices.
    """
    missing = [name for name in segments if name not in economics]
    if missing:
        rule = "must have prices: give them, or leave its contacts out"
        raise InputError(Problem("economics", "segment", name, rule) for name in missing)
    return tuple(economics[name] for name in segments)


def money_columns(
    counts: Mapping[str, NDArray[np.int64]],
    net_sale_expected: NDArray[np.float64],
    prices: Sequence[Economics],
    of_contact: NDArray[np.int64],
    spent_days: NDArray[np.float64] | float,
) -> dict[str, NDArray[np.float64]]:
    """Give each contact's money, EUR.

    The cost of an opt-out is what the contact would have brought in the rest of ``valuation_days``
    beyond the horizon; inside it, the missing sales already show.

    Parameters
    ----------
    counts
        What was counted of the attempts: the names of `simkit.measures.outcomes.COUNTED`.
    net_sale_expected
        Each contact's expected number of sales that stay.
    prices, of_contact
        Prices, and the place of each contact's among them.
    spent_days
        The horizon, or each contact's own followed days.

    Returns
    -------
    dict[str, numpy.ndarray]
        MONEY_COLUMNS.
    """
    every = slice(None)

    def price(name: str, contacts: slice | NDArray[np.intp] = every) -> NDArray[np.float64]:
        values = [getattr(row, name) for row in prices]
        of_segment = np.array([0.0 if v is None else v for v in values], dtype=np.float64)
        return of_segment.take(of_contact[contacts])

    # Sales, complaints and opt-outs are those of a few: of the others they are worth 0.
    sold, complained, lost = (
        np.flatnonzero(some)
        for some in (
            net_sale_expected,
            counts["complaints"],
            (counts["opt_outs"] > 0) | (counts["suppressions"] > 0),
        )
    )
    recorded, unpriced = (counts[name][sold] for name in ("value_cents", "unpriced"))
    values = recorded / 100 + unpriced * price("sale_value_eur", sold)
    spent = np.broadcast_to(spent_days, of_contact.shape)[lost]
    beyond = np.maximum(price("valuation_days", lost) - spent, 0.0) / DAYS_PER_YEAR
    size = len(of_contact)
    money = {
        "value_eur": _of_some(size, sold, values * net_sale_expected[sold]),
        "dial_cost_eur": counts["attempts"] * price("dial_eur"),
        "agent_cost_eur": counts["agent_s"] / 3600 * price("agent_eur_per_hour"),
        "complaint_cost_eur": _of_some(size, complained, price("complaint_eur", complained)),
        "optout_cost_eur": _of_some(size, lost, price("contact_value_eur_per_year", lost) * beyond),
    }
    costs = sum((money[name] for name in COST_COLUMNS), np.zeros(size))
    return money | {"net_value_eur": money["value_eur"] - costs}


def _of_some(
    size: int, contacts: NDArray[np.intp], amounts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one amount a contact: those of some, 0 of the others."""
    found = np.zeros(size)
    found[contacts] = amounts
    return found


def _refuse_unpriced(log: CallLog, segments: list[str]) -> None:
    attempts = log.attempts
    assert attempts is not None
    segment_of = log.contacts.set_index("contact_id")["segment"]
    unpriced = ((attempts["disposition"] == "sale") & attempts["value_cents"].isna()).to_numpy()
    segment = segment_of.reindex(attempts["contact_id"]).to_numpy()
    source = Source.memory("attempts")
    problems = (
        source.problem(
            "value_cents",
            unpriced & (segment == name),
            UNPRICED.format(name),
            attempts["value_cents"],
        )
        for name in segments
    )
    raise InputError(problem for problem in problems if problem is not None)
