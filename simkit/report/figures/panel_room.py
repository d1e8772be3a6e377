"""Room for panels side by side: as wide as what is read in them, and words in lines that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simkit.report import sentences_forest as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simkit.report.figures.differences import Span

GAP_IN = 0.45
"""Between panels."""
TICK_IN = 0.5
"""An axis has a tick at most in so many inches."""
LETTER_IN = 0.09
"""A letter of a name beside the rows takes less than that."""
MARGIN_IN = 0.56
"""Room of the word beside a margin's line."""


def widths(names: Sequence[str], least: Sequence[float]) -> tuple[float, list[float]]:
    """Return how wide a figure is, and each panel of a row [inches].

    Parameters
    ----------
    names
        Names beside the rows, with the line breaks that they are drawn with.
    least
        The least width of each panel of a row [inches].
    """
    beside = LETTER_IN * max((len(line) for name in names for line in name.splitlines()), default=0)
    taken = beside + GAP_IN * len(least)
    figure = max(style.WIDTH_IN, taken + sum(least))
    larger = (figure - taken) / sum(least)
    return figure, [larger * width for width in least]


def write_words(axes: Axes, title: str, label: str, width_in: float) -> None:
    """Write a panel's title and the label of its axis, neither wider than the panel.

    Parameters
    ----------
    axes
        The panel.
    title, label
        What is written above it and below it.
    width_in
        Its width [inches].
    """
    style.fit(axes.set_title(""), title, width_in)
    write_label(axes, label, width_in)


def write_label(axes: Axes, label: str, width_in: float) -> None:
    """Write the label of a panel's axis, not wider than the panel; as `write_words` takes them."""
    axes.set_xlabel("")
    style.fit(axes.xaxis.label, label, width_in)


def make_room_for_words(figure: Figure, row: Sequence[Axes]) -> None:
    """Make a figure higher by the lines above and below a row of its panels."""
    style.make_room_for_titles(figure, row)
    lines = max(1 + axes.get_xlabel().count("\n") for axes in row)
    figure.set_figheight(figure.get_figheight() + style.LABEL_LINE_IN * lines)


def name_margin(axes: Axes, margin: float, limits: Span, width_in: float) -> None:
    """Write what the line of a margin is beside it, where neither 0 nor the edge is in the way.

    Where there is no room on either side the legend says it alone.

    Parameters
    ----------
    axes
        The panel.
    margin
        Where the line is.
    limits
        Both ends of the panel's axis.
    width_in
        Its width [inches].
    """
    left, right = limits
    least = MARGIN_IN / width_in * (right - left)
    lower = max(left, 0.0) if margin > 0 else left
    upper = min(right, 0.0) if margin < 0 else right
    # Towards the middle first.
    sides = [(margin - lower, -1), (upper - margin, 1)]
    if margin <= (left + right) / 2:
        sides.reverse()
    for room, side in sides:
        if room >= least:
            axes.annotate(
                words.MARGIN,
                (margin, 0.0),
                xycoords=axes.get_xaxis_transform(),
                xytext=(3 * side, 4),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                color=style.WINNER,
                fontsize=8.5,
            )
            return
