"""One row per contact: what happened to it, and what it was worth, by a horizon."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS
from simkit.calllog.source import Source
from simkit.errors import InputError, Problem
from simkit.measures.money import (
    MONEY_COLUMNS,
    cancel_probs,
    expected_to_stay,
    money_columns,
    prices_of,
)
from simkit.measures.reduction import US_PER_DAY, Windows, is_, reduce_attempts, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

COUNT_COLUMNS = (
    "attempts",
    "live",
    "right_party",
    "conversations",
    "abandoned",
    "bad_number",
    "refused",
    "callbacks",
    "appointments",
    "agent_s",
    "talk_wrap_s",
    "agent_s_unknown",
)
FLAG_COLUMNS = ("sale", "cancelled", "net_sale", "pending", "opt_out", "complaint", "suppressed")
OUTCOME_COLUMNS = (
    "followed_days",
    "full_horizon",
    *COUNT_COLUMNS,
    "reached",
    *FLAG_COLUMNS,
    "net_sale_expected",
    *MONEY_COLUMNS,
)

#: What is counted of a contact's attempts, and all its outcomes follow from.
COUNTED = (
    *COUNT_COLUMNS,
    "sales",
    "cancellations",
    "sold_us",
    "value_cents",
    "unpriced",
    "opt_outs",
    "complaints",
    "suppressions",
)

_SALE = is_("sale")

# "abandoned" is a live answer that no agent took: an answer, not a conversation.
_QUERY = f"""
SELECT
    place,
    count(*) FILTER (counts) AS attempts,
    count(*) FILTER (live) AS live,
    count(*) FILTER (right_party) AS right_party,
    count(*) FILTER (live AND NOT {is_("abandoned")}) AS conversations,
    count(*) FILTER ({is_("abandoned")}) AS abandoned,
    count(*) FILTER ({is_("bad_number")}) AS bad_number,
    count(*) FILTER ({is_("refused")}) AS refused,
    count(*) FILTER ({is_("callback_requested")}) AS callbacks,
    count(*) FILTER ({is_("appointment")}) AS appointments,
    coalesce(CAST(sum(coalesce(ring_s, 0) + coalesce(talk_s, 0) + coalesce(wrap_s, 0))
        FILTER (counts) AS BIGINT), 0) AS agent_s,
    coalesce(CAST(sum(coalesce(talk_s, 0) + coalesce(wrap_s, 0))
        FILTER (counts) AS BIGINT), 0) AS talk_wrap_s,
    count(*) FILTER (counts AND (ring_s IS NULL OR talk_s IS NULL OR wrap_s IS NULL))
        AS agent_s_unknown,
    count(*) FILTER ({_SALE}) AS sales,
    count(*) FILTER ({_SALE} AND cancelled_us IS NOT NULL) AS cancellations,
    coalesce(max(dialled_us) FILTER ({_SALE}), -1) AS sold_us,
    coalesce(CAST(sum(value_cents) FILTER ({_SALE}) AS BIGINT), 0) AS value_cents,
    count(*) FILTER ({_SALE} AND value_cents IS NULL) AS unpriced,
    count(*) FILTER ({is_("opt_out", "complaint")}) AS opt_outs,
    count(*) FILTER ({is_("complaint")}) AS complaints,
    count(*) FILTER ({is_("suppressed")}) AS suppressions,
    count(*) FILTER (unknown) AS unknown
FROM dials
GROUP BY place
"""


def contact_outcomes(
    log: CallLog,
    *,
    horizon_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
) -> pd.DataFrame:
    """Give one row per contact, also for those never dialled: its outcomes by a fixed horizon.

    An attempt counts if it was dialled in ``entered_at <= t < entered_at + horizon``. Time is
    local civil time: a day has 86,400 s of the clock on the wall, as on the model's clock, so
    that a change to summer time moves no attempt over the horizon's edge.

    Parameters
    ----------
    log
        A validated log of attempts (not of final counts).
    horizon_days
        Days since each contact's entry; None for all until its ``observed_until``.
    economics
        Prices of each segment in the log. None leaves the money out.

    Returns
    -------
    pandas.DataFrame
        In the order of ``log.contacts``, with all its columns, then

        - ``followed_days``: days observed, at most the horizon; ``full_horizon``: observed for all
          of it (always true without a horizon);
        - counts of attempts: ``attempts``, ``live``, ``right_party``, ``conversations`` (live and
          not abandoned), ``abandoned``, ``bad_number``, ``refused``, ``callbacks`` (requested),
          ``appointments``;
        - ``agent_s``: ringing, talk and wrap-up, s; ``talk_wrap_s``: without the ringing;
          ``agent_s_unknown``: attempts of which a part is not known, and counts as 0 s;
        - ``reached``: whether the right party was spoken to at least once;
        - flags 0 or 1: ``sale``; ``cancelled`` (that sale was cancelled, whenever this was seen);
          ``net_sale`` (sold and not cancelled); ``pending`` (the sale could still be cancelled at
          ``observed_until``); ``opt_out`` (a complaint is one too); ``complaint``; ``suppressed``;
        - ``net_sale_expected``: ``net_sale``, but a pending sale of a simulated log counts with
          its probability of staying;
        - with ``economics``, EUR: ``value_eur`` (of sales net of cancellations, a pending one as
          in ``net_sale_expected``), ``dial_cost_eur``, ``agent_cost_eur``, ``complaint_cost_eur``,
          ``optout_cost_eur`` and ``net_value_eur`` (the value less the four costs).

    Raises
    ------
    InputError
        For a log of final counts; a horizon that is not above 0; a disposition that is not in the
        table of dispositions; a covariate named like an outcome; a segment without prices; a sale
        of unknown value in a segment without ``sale_value_eur``.
    """
    log.require_attempts("contact_outcomes")
    frame = windows(log, horizon_days)
    refuse_names(log.contacts)
    counts = _counts(log, frame)
    of_contact, names = log.contacts["segment"].factorize(use_na_sentinel=False)
    segments = [str(name) for name in names]
    prices = (
        None
        if economics is None
        else prices_of(log, segments, of_contact, counts["unpriced"], economics)
    )
    # A segment whose withdrawal period is not known has no pending sale.
    withdrawal_days = [(log.header.withdrawal_days or {}).get(name, 0.0) for name in segments]
    columns = outcome_columns(
        counts,
        observed_us=frame.observed_us,
        withdrawal_days=np.array(withdrawal_days, dtype=np.float64).take(of_contact),
        cancel_prob=cancel_probs(log),
        prices=prices,
        of_contact=of_contact,
        spent_days=frame.followed_days if horizon_days is None else horizon_days,
    )
    table = log.contacts.reset_index(drop=True)
    table["followed_days"] = frame.followed_days
    table["full_horizon"] = frame.full
    return table.assign(**{name: columns[name] for name in OUTCOME_COLUMNS if name in columns})


def sold_cents(log: CallLog, horizon_days: float) -> NDArray[np.int64]:
    """Add up what each contact's sales were worth when made, whatever was cancelled since.

    Parameters
    ----------
    log, horizon_days
        As `contact_outcomes` takes them.

    Returns
    -------
    numpy.ndarray
        Cents, shape (contacts,), in the order of ``log.contacts``; 0 for a sale of unknown value.
    """
    log.require_attempts("sold_cents")
    return _counts(log, windows(log, horizon_days))["value_cents"]


def outcome_columns(
    counts: Mapping[str, NDArray[np.int64]],
    *,
    observed_us: NDArray[np.int64],
    withdrawal_days: NDArray[np.float64],
    cancel_prob: NDArray[np.float64] | None,
    prices: Sequence[Economics] | None,
    of_contact: NDArray[np.int64],
    spent_days: NDArray[np.float64] | float,
    counted: Collection[str] = COUNT_COLUMNS,
) -> dict[str, NDArray[Any]]:
    """Work the outcomes of contacts out from what was counted of their attempts.

    Parameters
    ----------
    counts
        One value a contact of each of COUNTED.
    observed_us
        When each contact's observation ended, on the clock of ``counts["sold_us"]``.
    withdrawal_days
        Days within which each contact's sale can be cancelled; 0 where not known.
    cancel_prob
        As in `expected_to_stay`.
    prices, of_contact
        Prices, and the place of each contact's among them; None leaves the money out.
    spent_days
        As in `money_columns`.
    counted
        Which of COUNT_COLUMNS are wanted: each is a copy.

    Returns
    -------
    dict[str, numpy.ndarray]
        OUTCOME_COLUMNS but for the days followed and counts that are not wanted; the money only
        with prices.
    """
    columns: dict[str, NDArray[Any]] = {
        name: counts[name].astype(np.int32 if name != "agent_s" else np.int64)
        for name in COUNT_COLUMNS
        if name in counted
    }
    columns["reached"] = counts["right_party"] > 0
    flags = _flags(counts, observed_us, withdrawal_days)
    columns |= {name: flags[name].astype(np.int32) for name in FLAG_COLUMNS}
    columns["net_sale_expected"] = expected_to_stay(
        flags["net_sale"],
        flags["pending"],
        observed_us - counts["sold_us"],
        cancel_prob,
        withdrawal_days,
    )
    if prices is not None:
        expected = columns["net_sale_expected"]
        columns |= money_columns(counts, expected, prices, of_contact, spent_days)
    return columns


def refuse_names(contacts: pd.DataFrame) -> None:
    """Raise InputError where a column of contacts is named like an outcome."""
    clashes = [name for name in contacts.columns if name in OUTCOME_COLUMNS]
    if clashes:
        rule = "must have another name: an outcome has this one"
        raise InputError([Problem("contacts", str(name), name, rule) for name in clashes])


def _counts(log: CallLog, frame: Windows) -> dict[str, NDArray[np.int64]]:
    answer = reduce_attempts(
        log,
        frame,
        _QUERY,
        columns=("ring_s", "talk_s", "wrap_s", "value_cents"),
        times=("cancelled_at",),
    )
    place = answer.pop("place")
    counts = {}
    for name, values in answer.items():
        counts[name] = np.zeros(len(log.contacts), dtype=np.int64)
        counts[name][place] = values
    if counts["unknown"].any():
        _refuse_unknown_dispositions(log)
    return counts


def _refuse_unknown_dispositions(log: CallLog) -> None:
    assert log.attempts is not None
    found = log.attempts["disposition"]
    rule = "must be one of the dispositions: " + ", ".join(DISPOSITIONS)
    strange = found[~found.isin(list(DISPOSITIONS))].unique()
    source = Source.memory("attempts")
    problems = (source.problem("disposition", found == code, rule, found) for code in strange)
    raise InputError(problem for problem in problems if problem is not None)


def _flags(
    counts: Mapping[str, NDArray[np.int64]],
    observed_us: NDArray[np.int64],
    withdrawal_days: NDArray[np.float64],
) -> dict[str, NDArray[np.bool_]]:
    sale = counts["sales"] > 0
    cancelled = counts["cancellations"] > 0
    open_until = counts["sold_us"] + (withdrawal_days * US_PER_DAY).astype(np.int64)
    net_sale = sale & ~cancelled
    return {
        "sale": sale,
        "cancelled": cancelled,
        "net_sale": net_sale,
        "pending": net_sale & (withdrawal_days > 0) & (open_until > observed_us),
        "opt_out": counts["opt_outs"] > 0,
        "complaint": counts["complaints"] > 0,
        "suppressed": counts["suppressions"] > 0,
    }
