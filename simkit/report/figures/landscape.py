"""The map of the optimum: the best interval over two parameters, and what practice costs there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import seaborn as sns
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from simkit.report import sentences_landscape as words
from simkit.report.figures import style
from simkit.sweep.screening.landscape_result import FAILS, OPEN

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simkit.sweep import Landscape

ROUND_DAYS = (1, 2, 3, 5, 7, 10, 14, 20, 30, 45, 60, 90, 180, 365)
CELL_IN, FRAME_IN, LEAST_IN = 0.4, 2.2, 4.2
LEAST_LOSS_SCALE = 1.0
OUTLINE = 2.4
ASSUMED: dict[str, Any] = {
    "marker": "o",
    "ms": 25,
    "mfc": "none",
    "mec": style.INK,
    "mew": 1.3,
    "linestyle": "none",
}


def landscape_figure(found: Landscape) -> Figure:
    """Map the best interval over two parameters, and beside it what usual practice costs.

    Left, colours say by how much the best interval is shorter (brown) or longer (violet) than
    usual practice, whose cells are outlined. Right, those cells are outlined in which practice
    surely costs more than the scenario's least difference worth a change. A ring marks the
    scenario's own values.

    Parameters
    ----------
    found
        The map.

    Returns
    -------
    Figure
        Two panels with the same axes, each with its scale.
    """
    table, practice = found.table, found.practice_days
    days, loss = found.grid("optimum_days"), found.grid("loss_eur")
    shown = days.map(words.shown_days)  # 27.9 is written 28, and judged so
    within = shown.ge(practice[0]) & shown.le(practice[1])
    fails = found.grid("verdict") == FAILS
    height = max(FRAME_IN + CELL_IN * len(days), LEAST_IN)
    with style.styled():
        figure, (left, right) = style.new_figure(1, 2, height_in=height, sharey=True)
        bar = _heat(left, days, _days_text(found), cmap="PuOr", norm=_days_norm(found))
        _days_scale(bar, practice)
        top = max(float(table["loss_eur"].max()), LEAST_LOSS_SCALE)
        bar = _heat(right, loss, _loss_text(found), cmap="Reds", norm=Normalize(0, top))
        bar.set_label(words.LOSS_SCALE, fontsize=8)
        _outline(left, within.to_numpy(), style.PRACTICE)
        _outline(right, fails.to_numpy(), style.INK)
        for axes, title in ((left, words.DAYS_TITLE), (right, words.LOSS_TITLE)):
            _assumed(axes, found)
            _name_axes(axes, found)
            axes.set_title(title, fontsize=9.5)
        right.set_ylabel("")
        _legend(figure, found)
        verdicts = found.verdicts
        title = words.landscape_title(
            found.segment,
            practice,
            verdicts[FAILS],
            verdicts["holds"],
            len(table),
            float(table["loss_eur"].max()),
        )
        figure.suptitle(style.wrapped(title, style.WIDE_TITLE), x=0.01, ha="left")
    return figure


def _heat(axes: Axes, values: pd.DataFrame, text: NDArray[np.str_], **scale: Any) -> Colorbar:
    sns.heatmap(
        values,
        ax=axes,
        annot=text,
        fmt="",
        annot_kws={"fontsize": 8.5},
        linewidths=0.6,
        linecolor="white",
        cbar=False,
        **scale,
    )
    axes.invert_yaxis()
    axes.grid(visible=False)
    return axes.figure.colorbar(
        axes.collections[0], ax=axes, location="bottom", shrink=0.95, pad=0.02, aspect=30
    )


def _days_norm(found: Landscape) -> LogNorm:
    """Return a scale whose middle is that of practice, and which holds all intervals tried."""
    low, high = found.practice_days
    middle = float(np.sqrt(low * high))
    tried = found.settings["interval_days"]
    reach = max(middle / min(tried), max(tried) / middle)
    return LogNorm(middle / reach, middle * reach)


def _days_scale(bar: Colorbar, practice: tuple[float, float]) -> None:
    """Mark days and the range of practice on the colour bar."""
    low, high = bar.ax.get_xlim()
    shown = [days for days in ROUND_DAYS if low <= days <= high]
    bar.ax.xaxis.set_major_locator(FixedLocator(shown))
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    bar.ax.axvspan(*practice, facecolor="none", edgecolor=style.PRACTICE, linewidth=OUTLINE)
    bar.set_label(words.DAYS_SCALE, fontsize=8)


def _days_text(found: Landscape) -> NDArray[np.str_]:
    columns = [found.grid(name).to_numpy() for name in ("optimum_days", "edge", "net_value_eur")]
    cells = zip(*(column.ravel() for column in columns), strict=True)
    text = [words.days_cell(days, edge, idle=value <= 0) for days, edge, value in cells]
    return np.array(text).reshape(columns[0].shape)


def _loss_text(found: Landscape) -> NDArray[np.str_]:
    columns = [found.grid(name).to_numpy() for name in ("loss_eur", "verdict")]
    cells = zip(*(column.ravel() for column in columns), strict=True)
    text = [words.loss_cell(eur, is_open=verdict == OPEN) for eur, verdict in cells]
    return np.array(text).reshape(columns[0].shape)


def _outline(axes: Axes, mask: NDArray[np.bool_], colour: Any) -> None:
    """Draw the border between cells in the mask and cells outside it."""
    framed = np.pad(mask, 1).astype(np.int8)
    # Cell (row, column) reaches from its number to the next one, on both axes.
    for row, column in np.argwhere(np.diff(framed[1:-1], axis=1)):
        axes.plot([column] * 2, [row, row + 1], **_line(colour))
    for row, column in np.argwhere(np.diff(framed[:, 1:-1], axis=0)):
        axes.plot([column, column + 1], [row] * 2, **_line(colour))


def _line(colour: Any) -> dict[str, Any]:
    return {
        "color": colour,
        "linewidth": OUTLINE,
        "solid_capstyle": "projecting",
        "clip_on": False,
        "zorder": 4,
    }


def _assumed(axes: Axes, found: Landscape) -> None:
    """Ring the scenario's own values, between cells where they are none of the map's."""
    places = []
    for name in found.parameters:
        values = np.sort(found.table[name].unique()).astype(np.float64)
        own = float(found.as_assumed[name])
        if not values[0] <= own <= values[-1]:
            return
        places.append(float(np.interp(own, values, np.arange(len(values)))) + 0.5)
    axes.plot(*places, **ASSUMED, zorder=5)


def _name_axes(axes: Axes, found: Landscape) -> None:
    units = found.settings["units"]
    across, down = (words.parameter_axis(name, units[name]) for name in found.parameters)
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    for axis, name in ((axes.xaxis, found.parameters[0]), (axes.yaxis, found.parameters[1])):
        values = np.sort(found.table[name].unique())
        labels = [f"{value:g}".replace("-", "−") for value in values]
        axis.set_ticks(np.arange(len(values)) + 0.5, labels, rotation=0)
    axes.tick_params(length=0)


def _legend(figure: Figure, found: Landscape) -> None:
    low, high = found.practice_days
    worth = found.table["worthwhile_eur"]
    least = words.worth_in_words(float(worth.min()), float(worth.max()))
    handles: list[Any] = [
        Patch(fc="none", ec=style.PRACTICE, lw=2, label=words.PRACTICE.format(low=low, high=high)),
        Patch(fc="none", ec=style.INK, lw=2, label=words.FAILS.format(least=least)),
        Line2D([], [], **{**ASSUMED, "ms": 9}, label=words.ASSUMED),
    ]
    remarks = {
        words.OPEN: bool(found.verdicts[OPEN]),
        words.EDGE: bool((found.table["edge"] != "").any()),
        words.IDLE: bool((found.table["net_value_eur"] <= 0).any()),
    }
    handles += [Line2D([], [], linestyle="none", label=text) for text, on in remarks.items() if on]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=8)
