"""How a measure responds to the recall interval, and net value against what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, ScalarFormatter

from simkit.measures.registry import SHARE
from simkit.recommend.numbers import EUR
from simkit.report import sentences
from simkit.report import sentences_response as words
from simkit.report.figures import style
from simkit.sweep.curve.optimum import short_days
from simkit.sweep.practice import PRACTICE_DAYS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.sweep.curve.optimum import Optimum
    from simkit.sweep.curve.pareto import ParetoFront
    from simkit.sweep.curve.response import Response

TOO_NEAR = 0.08
WIDE_RANGE = 10.0
ROOM = 0.04


def response_figure(
    response: Response, *, practice: Mapping[str, tuple[float, float]] = PRACTICE_DAYS
) -> Figure:
    """Draw a response: its points, the curve with its band, and the best interval with its own.

    Parameters
    ----------
    response
        What ``simkit.sweep.curve.response`` found.
    practice
        Segment → range of usual practice in calendar days, to be marked.

    Returns
    -------
    Figure
        One panel; its ticks name the delivered days of the points.
    """
    sure = words.share(response.confidence)
    legend = {key: text.format(sure) for key, text in words.RESPONSE_LEGEND.items()}
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=4.4)
        _practice(axes, practice.get(response.segment), legend["practice"])
        _curve(axes, response.table, legend)
        _bars(axes, response.points, legend["points"])
        _days_axis(axes, response.points)
        if response.optimum is not None:
            _optimum(axes, response.optimum, legend["optimum"])
        axes.set_xlabel(words.RESPONSE_AXIS)
        label = sentences.measure_axis(response.measure, response.unit, response.horizon_days)
        axes.set_ylabel(label)
        if response.unit == SHARE:
            axes.yaxis.set_major_formatter(_PERCENT)
        axes.set_title(style.wrapped(words.response_title(response), style.WIDE_TITLE))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def pareto_figure(front: ParetoFront) -> Figure:
    """Draw net value against a cost: each interval with its intervals of confidence, the front.

    Filled points lie on the front, pale ones behind it, hollow ones are surely beaten in both by
    another interval.

    Parameters
    ----------
    front
        What ``simkit.sweep.curve.pareto`` found.

    Returns
    -------
    Figure
        One panel; each point bears the name of its interval.
    """
    table = front.table
    held, beaten = (table[name].to_numpy(dtype=bool) for name in ("on_front", "surely_dominated"))
    x, y = table["cost"].to_numpy(), table["net_value_eur"].to_numpy()
    looks: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        ("front", held, {"color": style.CURVE, "s": 46}),
        ("open", ~held & ~beaten, {"facecolor": _PALE, "edgecolor": style.CURVE, "s": 40}),
        ("dominated", beaten, {"facecolor": "white", "edgecolor": style.CURVE, "s": 40}),
    )
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=4.6)
        order = np.argsort(x[held], kind="stable")
        axes.plot(x[held][order], y[held][order], color=style.CURVE, linewidth=1.4, zorder=2)
        axes.errorbar(
            x,
            y,
            xerr=_reach(table, "cost", "cost_low", "cost_high"),
            yerr=_reach(table, "net_value_eur", "net_value_low", "net_value_high"),
            fmt="none",
            ecolor=style.QUIET,
            elinewidth=0.9,
            capsize=2,
            zorder=1,
            label=words.FRONT_LEGEND["interval"].format(words.share(front.confidence)),
        )
        for key, mask, look in looks:
            if mask.any():
                axes.scatter(x[mask], y[mask], zorder=3, label=words.FRONT_LEGEND[key], **look)
        _names(axes, table)
        wide = bool(x.min() > 0 and x.max() / x.min() > WIDE_RANGE)
        _cost_axis(axes, front.unit, wide=wide)
        axes.set_xlabel(words.cost_axis(front, log_scale=wide))
        label = sentences.measure_axis("net_value_eur", EUR, front.horizon_days)
        axes.set_ylabel(label)
        axes.set_title(style.wrapped(words.front_title(front), style.WIDE_TITLE))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


_PERCENT = FuncFormatter(lambda value, _: f"{100 * value:.6g} %".replace("-", "−"))
_PALE = (0.75, 0.85, 0.93)


def _practice(axes: Axes, days: tuple[float, float] | None, label: str) -> None:
    if days is not None:
        axes.axvspan(*days, color=style.PRACTICE, alpha=0.12, linewidth=0, label=label)


def _curve(axes: Axes, table: pd.DataFrame, legend: Mapping[str, str]) -> None:
    x = table["delivered_days"]
    axes.fill_between(
        x,
        table["band_low"],
        table["band_high"],
        color=style.CURVE,
        alpha=0.15,
        linewidth=0,
        label=legend["band"],
    )
    axes.plot(x, table["mean"], color=style.CURVE, linewidth=1.8, zorder=2, label=legend["curve"])


def _bars(axes: Axes, points: pd.DataFrame, label: str) -> None:
    axes.errorbar(
        points["delivered_days"],
        points["mean"],
        yerr=_reach(points, "mean", "ci_low", "ci_high"),
        fmt="o",
        ms=5,
        color=style.INK,
        markerfacecolor="white",
        elinewidth=1.0,
        capsize=2.5,
        zorder=3,
        label=label,
    )


def _optimum(axes: Axes, best: Optimum, label: str) -> None:
    axes.axvspan(best.low, best.high, color=style.WINNER, alpha=0.10, linewidth=0, zorder=0)
    for end in (best.low, best.high):
        axes.axvline(end, color=style.WINNER, linestyle=(0, (2, 3)), linewidth=1.0, zorder=1)
    axes.plot(
        [best.low, best.high],
        [best.value, best.value],
        color=style.WINNER,
        linewidth=1.6,
        marker="|",
        ms=9,
        zorder=3,
    )
    axes.scatter(
        [best.days], [best.value], marker="*", s=170, color=style.WINNER, zorder=4, label=label
    )


def _days_axis(axes: Axes, points: pd.DataFrame) -> None:
    """Name the delivered days of each point; a neighbour that is too near stands a line lower."""
    x = points["delivered_days"].to_numpy()
    axes.set_xscale("log")
    width = math.log(x[-1] / x[0])
    labels, taken = [], [-math.inf, -math.inf]
    for days in x:
        place = math.log(days / x[0]) / width
        level = int(place - taken[0] < TOO_NEAR)
        taken[level] = place
        labels.append("\n" * level + short_days(days))
    axes.set_xticks(x, labels)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=False, axis="x")
    axes.set_xlim(x[0] * math.exp(-ROOM * width), x[-1] * math.exp(ROOM * width))


def _cost_axis(axes: Axes, unit: str, *, wide: bool) -> None:
    """Scale the axis of a cost: on a log scale the front of a wide range is not a heap of dots."""
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(_PERCENT if unit == SHARE else ScalarFormatter())
    axes.margins(0.1)


def _names(axes: Axes, table: pd.DataFrame) -> None:
    """Name the points; up and left of those on the front, down and right of the others."""
    for row in table.to_dict("records"):
        side = -1 if row["on_front"] else 1
        axes.annotate(
            words.point_label(row["interval"]),
            (row["cost"], row["net_value_eur"]),
            xytext=(6 * side, -5 * side),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="bottom" if side < 0 else "top",
            fontsize=8.5,
            zorder=4,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )


def _reach(rows: pd.DataFrame, mean: str, low: str, high: str) -> Any:
    """Return the lengths of error bars down and up; none where there is no interval."""
    ends = np.vstack([rows[mean] - rows[low], rows[high] - rows[mean]])
    return np.nan_to_num(np.maximum(ends, 0.0))
