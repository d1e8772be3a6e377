"""One contact's life: every call on a line of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D

from simkit.calllog import DISPOSITIONS
from simkit.errors import InputError, Problem
from simkit.report import sentences_trace as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.calllog import CallLog

DAY = pd.Timedelta(days=1)
ROW_IN = 0.36


def trace_figure(log: CallLog, contact_id: int | str) -> Figure:
    """Draw each call to one contact: when it was due, when it was made, how it ended.

    Parameters
    ----------
    log
        A log of attempts.
    contact_id
        The contact.

    Returns
    -------
    Figure
        One panel: days since entry across, how calls ended down; a dotted line leads from a call
        to the date the contact named in it.

    Raises
    ------
    InputError
        There is no such contact, or the log holds final counts only.
    """
    attempts = log.require_attempts("trace_figure")
    found = log.contacts[log.contacts["contact_id"] == contact_id]
    if found.empty:
        rule = "must be a contact of the contacts table"
        raise InputError([Problem("call log", "contact_id", contact_id, rule)])
    contact = found.iloc[0]
    calls = attempts[attempts["contact_id"] == contact_id]
    entered = contact["entered_at"]
    seen = [name for name in DISPOSITIONS if (calls["disposition"] == name).any()]
    places = {name: place for place, name in enumerate(seen)}
    followed = float((contact["observed_until"] - entered) / DAY)
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=1.6 + ROW_IN * max(len(seen), 1))
        rows = calls["disposition"].map(places).to_numpy()
        days = ((calls["dialled_at"] - entered) / DAY).to_numpy()
        due = ((calls["due_at"] - entered) / DAY).to_numpy()
        named = ((calls["callback_at"] - entered) / DAY).to_numpy()
        axes.hlines(rows, due, days, color=style.QUIET, linewidth=2, zorder=1)
        axes.hlines(rows, days, named, color=style.SECOND, linestyle=":", linewidth=1.6, zorder=1)
        axes.plot(named, rows, linestyle="none", marker="|", ms=11, mew=2, color=style.SECOND)
        answered = [name for name in seen if DISPOSITIONS[name].live]
        live = calls["disposition"].isin(answered).to_numpy()
        for mask, face in ((live, style.CURVE), (~live, "white")):
            axes.scatter(
                days[mask], rows[mask], s=42, facecolor=face, edgecolor=style.CURVE, zorder=3
            )
        cancelled = ((calls["cancelled_at"].dropna() - entered) / DAY).to_numpy()
        for day in cancelled:
            axes.axvline(day, color=style.WINNER, linewidth=1.3)
            axes.annotate(
                words.CANCELLED,
                (day, 0.5),
                xycoords=axes.get_xaxis_transform(),
                rotation=90,
            )
        axes.axvline(followed, color=style.INK, linewidth=1)
        axes.annotate(
            words.OBSERVED,
            (followed, 0.5),
            xytext=(-3, 0),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="center",
        )
        axes.set_xlim(-0.01 * followed, 1.01 * followed)
        axes.set_yticks(range(len(seen)), [DISPOSITIONS[name].meaning for name in seen])
        axes.set_ylim(len(seen) - 0.4, -0.6)
        axes.set_xlabel(words.TRACE_AXIS)
        axes.set_title(style.wrapped(_title(contact_id, calls, followed), style.MAIN_TITLE))
        waited = bool((due < days).any())
        _legend(axes, waited=waited, named=bool(calls["callback_at"].notna().any()))
    return figure


def _title(contact_id: int | str, calls: pd.DataFrame, followed_days: float) -> str:
    last = None if calls.empty else DISPOSITIONS[calls["disposition"].iloc[-1]].meaning
    counting = [name for name in DISPOSITIONS if DISPOSITIONS[name].counts]
    dialled = int(calls["disposition"].isin(counting).sum())
    ending = words.trace_ending(last)
    return words.trace_title(contact_id, dialled, followed_days, ending)


def _legend(axes: Axes, *, waited: bool, named: bool) -> None:
    """Explain the marks that are there."""
    look = {"linestyle": "none", "marker": "o", "markeredgecolor": style.CURVE}
    labels = words.TRACE_LEGEND
    handles = [
        Line2D([], [], markerfacecolor=style.CURVE, label=labels["live"], **look),
        Line2D([], [], markerfacecolor="white", label=labels["missed"], **look),
    ]
    if waited:
        handles.append(Line2D([], [], color=style.QUIET, linewidth=2, label=labels["waited"]))
    if named:
        handles.append(Line2D([], [], color=style.SECOND, linestyle=":", label=labels["named"]))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0))
