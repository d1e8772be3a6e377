"""Measures of a call log by group, each with the totals it is the ratio of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures.money import DAYS_PER_YEAR
from simkit.measures.reduction import windows
from simkit.measures.registry import MEASURES, Measure
from simkit.measures.totals import COUNTS_ONLY, Totals, totals_of_attempts, totals_of_counts
from simkit.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

_NULL = "–"
# What is said of a group, the answer first: the measure, its factor, and the words around it.
_SAID = (
    ("net_value_eur_per_contact", 1, "net value {:z,.2f} EUR per contact"),
    ("net_sales_per_contact", 100, "{:,.1f} sales per 100 contacts, net of cancellations"),
    ("opt_outs_per_contact", 100, "{:,.1f} % of contacts opted out or complained"),
    ("saturation", 1, "{:,.1f} dials per contact"),
    ("answer_rate", 100, "{:,.1f} % of dials answered"),
    ("delivered_interval_days", 1, "{:,.1f} days between dials"),
)


@dataclass(frozen=True, repr=False)
class MeasureTable(Result):
    """Measures by group.

    Parameters
    ----------
    table
        One row per group and measure: the grouping columns, ``measure``, ``value`` (NaN where the
        log cannot say), ``unit``, ``better``, ``n`` (how many observations the value rests on),
        ``numerator``, ``denominator``, ``reason`` (why there is no value, or what to know of it).
    by
        The grouping columns.
    horizon_days
        Days since entry that count; None for all that was observed.
    contacts, left_out
        Contacts measured, and contacts left out since they were not observed for the horizon.
    followed_days
        Days for which the contacts of each group were followed on average, at most the horizon, in
        the order of the table; empty for final counts.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    horizon_days: float | None
    contacts: int
    left_out: int
    followed_days: tuple[float, ...] = ()

    def value(self, measure: str, **group: object) -> float:
        """Give one value.

        Parameters
        ----------
        measure
            Name of the measure.
        **group
            The group, by grouping column; may be left out where there is only one.

        Raises
        ------
        InputError
            If not exactly one row fits.
        """
        fits = self.table["measure"] == measure
        for column, wanted in group.items():
            fits &= self.table[column] == wanted
        found = self.table.loc[fits, "value"]
        if len(found) != 1:
            rule = (
                f"must name one row of the table by measure and {', '.join(self.by) or 'nothing'}"
            )
            raise InputError([Problem("measures", measure, group, rule)])
        return float(found.iloc[0])

    def wide(self) -> pd.DataFrame:
        """Give one row a measure and one column a group, for reading."""
        names = [name for name in MEASURES if name in set(self.table["measure"])]
        if not self.by:
            return self.table.set_index("measure")[["value", "unit"]].loc[names]
        shown = self.table.assign(**{name: self._labels(name) for name in self.by})
        cells = shown.pivot_table("value", "measure", list(self.by), sort=False)
        return cells.reindex(names)

    def sentences(self) -> list[str]:
        """Say the main measures of each group, net value first."""
        labels = [self._labels(name) for name in self.by]
        keys = pd.Series([*zip(*labels, strict=True)] if labels else [()] * len(self.table))
        groups = self.table.groupby(keys.to_numpy(), sort=False)
        days = self.followed_days or (np.nan,) * groups.ngroups
        nameless = "All contacts" if groups.ngroups == 1 else f"No {' or '.join(self.by)}"
        sentences = []
        for (_, rows), key, followed in zip(groups, keys.unique(), days, strict=True):
            values = rows.set_index("measure")["value"].dropna()
            parts = [
                words.format(factor * values[name]).replace("-", "−")
                for name, factor, words in _SAID
                if name in values
            ]
            named = ", ".join(label for label in key if label != _NULL) or nameless
            said = "; ".join(parts) or "nothing to measure"
            sentences.append(f"{named}{self._time(followed)}: {said}.")
        return sentences

    def _time(self, followed_days: float) -> str:
        if self.horizon_days is not None:
            return f" over {self.horizon_days:g} days"
        if np.isnan(followed_days):
            return ""
        return f" over {followed_days:,.0f} days on average"

    def sentence(self) -> str:
        """Say the main measures."""
        left = (
            f" Left out, not observed for the whole horizon: {self.left_out:,} of"
            f" {self.left_out + self.contacts:,} contacts."
            if self.left_out
            else ""
        )
        return " ".join(self.sentences()) + left

    def _labels(self, name: str) -> pd.Series:
        """Name the groups along one column; a null is a dash."""
        values = self.table[name].astype("object")
        return values.where(values.notna(), _NULL).map(str)

    def _repr_html_(self) -> str:
        shown = self.wide().to_html(float_format=lambda value: f"{value:,.4g}", na_rep="–")
        return f"{shown}<p>{self.contacts:,} contacts, {self.left_out:,} left out</p>"


def measures(
    log: CallLog,
    *,
    by: Sequence[str] = ("segment", "arm"),
    horizon_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
    only: Iterable[str] | None = None,
    callback_window_min: float | Mapping[str, float] | None = None,
    logged_in_s: float | Mapping[str, float] | None = None,
) -> MeasureTable:
    """Measure a call log: ``MEASURES`` by group.

    A measure that the log cannot say has no value and a reason. A log of final counts supports
    those of contacts, attempts and how they ended; the others say that they need attempts.

    Parameters
    ----------
    log
        A validated log.
    by
        Grouping columns of ``log.contacts``; none for all contacts together.
    horizon_days
        Days since each contact's entry that count; contacts observed for less are left out. None
        for all that was observed, with everyone.
    economics
        Prices of each segment; without them the measures in EUR have no value.
    only
        Names of the measures wanted; None for all.
    callback_window_min
        How long after the named time a callback still keeps the promise, min: for all segments, or
        by segment. None takes ``callback_window_min`` of the header's scenario, if it is there.
    logged_in_s
        Agents' logged-in time, s: in all, or by arm. None takes ``logged_in_s`` of the header's
        scenario, if it is there.

    Raises
    ------
    InputError
        For an unknown measure or grouping column; for a measure asked for by name, or a horizon,
        that needs attempts, of a log of final counts; and as ``contact_outcomes``.
    """
    names = tuple(MEASURES) if only is None else tuple(only)
    columns = tuple(by)
    _check(log, names, columns, callback_window_min, logged_in_s)
    of_counts = log.header.detail == "counts"
    if of_counts:
        if horizon_days is not None:
            log.require_attempts("measures with a horizon")
        totals = totals_of_counts(log, columns)
        if only is not None:
            _refuse_without_attempts(names, totals)
        left_out = 0
        followed: tuple[float, ...] = ()
    else:
        minutes = _by_segment(log, callback_window_min)
        totals = totals_of_attempts(log, columns, horizon_days, economics, minutes)
        _add_logged_in(log, totals, columns, horizon_days, logged_in_s)
        left_out = int((~windows(log, horizon_days).full).sum())
        years, people = totals.values["contact_years"], totals.values["contacts"]
        followed = tuple(_ratio(years * DAYS_PER_YEAR, people).tolist())
    rows = [_rows(MEASURES[name], totals) for name in names]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    order = np.argsort(np.tile(np.arange(len(totals.cells)), len(rows)), kind="stable")
    return MeasureTable(
        table.iloc[order].reset_index(drop=True),
        columns,
        horizon_days,
        len(log.contacts) - left_out,
        left_out,
        followed,
    )


def _check(
    log: CallLog,
    names: tuple[str, ...],
    by: tuple[str, ...],
    callback_window_min: float | Mapping[str, float] | None,
    logged_in_s: float | Mapping[str, float] | None,
) -> None:
    problems = [
        Problem("measures", "only", name, f"must be one of {', '.join(MEASURES)}")
        for name in names
        if name not in MEASURES
    ]
    problems += [
        Problem(
            "measures",
            "by",
            name,
            f"must be a column of contacts: {', '.join(map(str, log.contacts.columns))}",
        )
        for name in by
        if name not in log.contacts
    ]
    for field, value in (
        ("callback_window_min", callback_window_min),
        ("logged_in_s", logged_in_s),
    ):
        numbers = value.values() if isinstance(value, Mapping) else (value,)
        problems += [
            Problem("measures", field, number, "must be a number above 0")
            for number in numbers
            if number is not None and not 0 < number < np.inf
        ]
    if problems:
        raise InputError(problems)


def _refuse_without_attempts(names: tuple[str, ...], totals: Totals) -> None:
    def lacking(row: Measure) -> bool:
        return any(name and name not in totals.values for name in (row.numerator, row.denominator))

    refused = [name for name in names if lacking(MEASURES[name])]
    if refused:
        rule = f"must not be asked for: {COUNTS_ONLY}"
        raise InputError(Problem("measures", "only", name, rule) for name in refused)


def _by_segment(log: CallLog, window: float | Mapping[str, float] | None) -> dict[str, float]:
    if window is None:
        window = (log.header.scenario or {}).get("callback_window_min", {})
    if isinstance(window, Mapping):
        return {str(segment): float(minutes) for segment, minutes in window.items()}
    return dict.fromkeys(log.contacts["segment"].unique(), float(window))


def _add_logged_in(
    log: CallLog,
    totals: Totals,
    by: tuple[str, ...],
    horizon_days: float | None,
    seconds: float | Mapping[str, float] | None,
) -> None:
    """Add the agents' logged-in hours, where they are known for exactly these groups."""
    if seconds is None:
        seconds = (log.header.scenario or {}).get("logged_in_s")
    if seconds is None:
        totals.missing["logged_in_hours"] = "the log does not say how long agents were logged in"
        return
    if horizon_days is not None:
        # Logged-in time is of the calendar, a horizon of each contact: they do not match.
        totals.missing["logged_in_hours"] = "logged-in time is of the whole log, not of a horizon"
        return
    cells = totals.cells
    if not isinstance(seconds, Mapping):
        if len(cells) > 1:
            reason = "the logged-in time is of all agents: ask for all contacts together"
            totals.missing["logged_in_hours"] = reason
            return
        totals.values["logged_in_hours"] = np.array([float(seconds) / 3600])
        return
    arms = cells["arm"].map(dict(seconds)) if "arm" in by else pd.Series(dtype="float64")
    if len(arms) == 0 or arms.isna().any() or cells["arm"].duplicated().any():
        reason = "the logged-in time is by arm: ask for groups by arm"
        totals.missing["logged_in_hours"] = reason
        return
    totals.values["logged_in_hours"] = arms.to_numpy(dtype=np.float64) / 3600


def _rows(row: Measure, totals: Totals) -> pd.DataFrame:
    """Give a measure's rows, one a cell."""
    size = len(totals.cells)
    parts = tuple(name for name in (row.numerator, row.denominator) if name)
    numerator, denominator, n = (
        totals.values.get(name, np.full(size, np.nan))
        for name in (row.numerator, row.denominator, row.counted)
    )
    lacking = "; ".join(dict.fromkeys(filter(None, (_lacks(totals, name) for name in parts))))
    if lacking:
        value = np.full(size, np.nan)
        reasons = [lacking] * size
    elif row.denominator:
        value = row.scale * _ratio(numerator, denominator)
        reasons = _remarks(totals, parts, denominator == 0, row.denominator)
    else:
        value = row.scale * numerator
        reasons = _remarks(totals, parts, np.isnan(numerator), row.counted)
    nothing = np.full(size, np.nan)
    return totals.cells.assign(
        measure=row.name,
        value=value,
        unit=row.unit,
        better=row.better,
        n=pd.array(n, dtype="Float64").astype("Int64"),
        numerator=nothing if lacking or not row.denominator else numerator,
        denominator=nothing if lacking or not row.denominator else denominator,
        reason=reasons,
    )


def _lacks(totals: Totals, name: str) -> str:
    if name in totals.missing:
        return totals.missing[name]
    return "" if name in totals.values else COUNTS_ONLY


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator != 0)
    return ratio


def _remarks(
    totals: Totals, parts: tuple[str, ...], empty: NDArray[np.bool_], counted: str
) -> list[str]:
    nothing = f"there are no {counted.replace('_', ' ')}"
    remarks = []
    for cell, is_empty in enumerate(empty):
        said = [totals.remarks[name][cell] for name in parts if name in totals.remarks]
        remarks.append(nothing if is_empty else "; ".join(dict.fromkeys(filter(None, said))))
    return remarks
