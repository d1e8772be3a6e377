"""The totals of each cell that the measures are ratios of, and why one is not to be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.measures.money import (
    COST_COLUMNS,
    DAYS_PER_YEAR,
    MONEY_COLUMNS,
    cancel_probs_known,
)
from simkit.measures.outcomes import contact_outcomes
from simkit.measures.reduction import windows
from simkit.measures.spacing import spacing_totals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

_SUMMED = {
    "attempts": "attempts",
    "live": "live",
    "right_party": "right_party",
    "conversations": "conversations",
    "abandoned": "abandoned",
    "sales": "sale",
    "cancelled": "cancelled",
    "net_sales": "net_sale_expected",
    "opt_outs": "opt_out",
    "complaints": "complaint",
    "pending": "pending",
    "agent_s": "agent_s",
    "talk_wrap_s": "talk_wrap_s",
    "agent_s_unknown": "agent_s_unknown",
}
_NO_PRICES = "no prices were given"
COUNTS_ONLY = "the log holds final counts only, no attempts"


@dataclass
class Totals:
    """Totals of the cells while they are gathered.

    Parameters
    ----------
    cells
        One row a cell, in the order of the totals' entries.
    of_contact
        The cell of each contact, −1 where it is left out.
    values
        The totals, one array a name.
    missing
        Why a total is not known: by name, for all cells.
    remarks
        What to know about a total that is known: by name, one text a cell (empty for nothing).
    """

    cells: pd.DataFrame
    of_contact: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)

    def sums(self, column: pd.Series) -> NDArray[np.float64]:
        """Add a column of the contacts up by cell."""
        kept = self.of_contact >= 0
        weights = column.to_numpy(dtype=np.float64)[kept]
        sums = np.bincount(self.of_contact[kept], weights=weights, minlength=len(self.cells))
        return sums.astype(np.float64)


def cells_of(contacts: pd.DataFrame, by: tuple[str, ...], kept: NDArray[np.bool_]) -> Totals:
    """Assign a cell to each of the contacts that are kept, sorted by the grouping columns.

    Parameters
    ----------
    contacts
        One row per contact.
    by
        Grouping columns; none for a single cell. A null is a value of its own.
    kept
        Which contacts belong to a cell.
    """
    of_contact = np.full(len(contacts), -1, dtype=np.int64)
    if not by:
        of_contact[kept] = 0
        return Totals(pd.DataFrame(index=range(1)), of_contact)
    grouped = contacts.loc[kept, list(by)].groupby(list(by), dropna=False, observed=True)
    of_contact[kept] = grouped.ngroup().to_numpy()
    cells = grouped.size().reset_index()[list(by)]
    return Totals(cells, of_contact)


def totals_of_attempts(
    log: CallLog,
    by: tuple[str, ...],
    horizon_days: float | None,
    economics: Mapping[str, Economics] | None,
    callback_window_min: Mapping[str, float],
) -> Totals:
    """Gather the totals of a log of attempts; contacts without the full horizon are left out.

    Parameters
    ----------
    log, horizon_days, economics
        As in ``contact_outcomes``.
    by
        Grouping columns of the contacts.
    callback_window_min
        For each segment how long after the named time a callback keeps the promise, min.
    """
    table = contact_outcomes(log, horizon_days=horizon_days, economics=economics)
    frame = windows(log, horizon_days)
    found = cells_of(log.contacts, by, frame.full)
    values = found.values
    values["contacts"] = found.sums(pd.Series(np.ones(len(table))))
    values["contact_years"] = found.sums(table["followed_days"]) / DAYS_PER_YEAR
    values["contacts_tried"] = found.sums(table["attempts"] > 0)
    for name, column in _SUMMED.items():
        values[name] = found.sums(table[column])
    values["agent_hours"] = values.pop("agent_s") / 3600
    values["talk_wrap_hours"] = values.pop("talk_wrap_s") / 3600
    if economics is None:
        found.missing |= dict.fromkeys((*MONEY_COLUMNS, "cost_eur"), _NO_PRICES)
    else:
        for name in MONEY_COLUMNS:
            values[name] = found.sums(table[name])
        values["cost_eur"] = np.sum([values[name] for name in COST_COLUMNS], axis=0)
    of_segment = log.contacts["segment"].map(dict(callback_window_min))
    minutes = np.asarray(of_segment, dtype=np.float64)
    values |= spacing_totals(log, frame, found.of_contact, len(found.cells), minutes * 60)
    _say_what_attempts_lack(log, found)
    if np.isnan(minutes[found.of_contact >= 0]).any():
        reason = "the time within which a callback keeps the promise is not known"
        found.missing |= dict.fromkeys(("callbacks_kept", "callbacks_promised"), reason)
    return found


def totals_of_counts(log: CallLog, by: tuple[str, ...]) -> Totals:
    """Gather the few totals that a log of final counts supports."""
    contacts = log.contacts
    found = cells_of(contacts, by, np.ones(len(contacts), dtype=np.bool_))
    tried = contacts["attempts_count"]
    ended = contacts["final_disposition"]
    found.values |= {
        "contacts": found.sums(pd.Series(np.ones(len(contacts)))),
        "contacts_tried": found.sums(tried > 0),
        "attempts": found.sums(tried),
        "sales": found.sums((ended == "sale").fillna(value=False)),
        "opt_outs": found.sums(ended.isin(["opt_out", "complaint"])),
        "complaints": found.sums((ended == "complaint").fillna(value=False)),
    }
    unknown = found.sums(ended.isna() & (tried > 0))
    text = "contacts whose end is unknown, counted as without: {:,.0f}"
    remarks = [text.format(count) if count else "" for count in unknown]
    found.remarks |= dict.fromkeys(("sales", "opt_outs", "complaints"), remarks)
    return found


def _say_what_attempts_lack(log: CallLog, found: Totals) -> None:
    attempts = log.attempts
    assert attempts is not None
    values = found.values
    if not cancel_probs_known(log):
        _remark(
            found,
            ("net_sales", "value_eur", "net_value_eur", "cost_eur"),
            values["pending"],
            "sales that may still be cancelled, counted in full: {:,.0f}",
        )
    if not len(attempts):
        return

    def recorded(*columns: str) -> bool:
        return any(name in attempts and attempts[name].notna().any() for name in columns)

    if not recorded("talk_s"):
        found.missing["talk_wrap_hours"] = "the log does not say how long the talks took"
    timed = ("agent_cost_eur", "cost_eur", "net_value_eur")
    if recorded("ring_s", "talk_s", "wrap_s"):
        text = "attempts with a part of the agents' time unknown, counted as 0: {:,.0f}"
        _remark(found, ("agent_hours", "talk_wrap_hours", *timed), values["agent_s_unknown"], text)
    else:
        found.missing["agent_hours"] = "the log does not say how long the calls took"
        text = "attempts of unknown agents' time, its cost counted as 0: {:,.0f}"
        _remark(found, timed, values["agent_s_unknown"], text)
    if not recorded("due_at"):
        reason = "the log does not say when an attempt was due"
        found.missing |= dict.fromkeys(("waits", "wait_hours", "adherence_median"), reason)


def _remark(found: Totals, names: tuple[str, ...], counts: NDArray[np.float64], text: str) -> None:
    for name in names:
        before = found.remarks.get(name, [""] * len(counts))
        found.remarks[name] = [
            "; ".join(filter(None, (old, text.format(count) if count else "")))
            for old, count in zip(before, counts, strict=True)
        ]
