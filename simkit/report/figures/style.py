"""How all figures look: colours that colour-blind readers tell apart, sizes, file form."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import seaborn as sns
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_BLUE, _ORANGE, _GREEN, _RED, _PURPLE, _BROWN, *_ = sns.color_palette("colorblind")
CURVE = _BLUE
WINNER = _RED
PRACTICE = _GREEN
SECOND = _ORANGE
THIRD = _PURPLE
QUIET = (0.45, 0.45, 0.45)
INK = (0.15, 0.15, 0.15)
VERDICT_COLOURS = {"better": _BLUE, "worse": _RED, "equivalent": _GREEN, "not worse": _GREEN}
STATE_COLOURS = {"within margin": _BLUE, "veto": _RED}
WIDTH_IN = 9.0
WIDEST, MOST_AN_INCH = 120, 16.0
"""Letters of the longest line of a figure, and of an inch of it."""
WIDE_TITLE, MAIN_TITLE, SIDE_TITLE, ARM_NAME = 88, 42, 28, 24
LABEL_LINE_IN, TITLE_LINE_IN = 0.165, 0.2
"""Heights of a line of a label and of a title."""
LEAST_PANEL_IN, PASSES = 2.0, 4
"""Height that a panel must keep beside all that is written, and tries at a layout that gives it."""
HASH_SALT = "simkit"
BEHIND_LINE = re.compile(r"(?<=_)")
UNBROKEN = "\u00a0"
TOGETHER = re.compile(r" (?=·)|(?<=·) |(?<=\d) (?=%|EUR\b|days?\b|working days?\b)")
"""Blanks at which no line is broken: in ``"b2c · long"``, between a number and its unit."""

_RC: Any = {
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": (0.9, 0.9, 0.9),
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


@contextmanager
def styled() -> Iterator[None]:
    """Apply the look to figures made inside the block, and to nothing else."""
    with sns.axes_style("ticks"), mpl.rc_context(_RC):
        yield


def new_figure(
    rows: int = 1, columns: int = 1, *, height_in: float, **more: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure and its axes, row by row.

    The figure is taken from pyplot's hands at once, so that a notebook shows it where it is
    returned, not twice, and nothing piles up in memory.

    Parameters
    ----------
    rows, columns
        Number of axes.
    height_in
        Height in inches.
    **more
        As ``pyplot.subplots`` takes it.
    """
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH_IN, height_in),
        layout="constrained",
        squeeze=False,
        **more,
    )
    plt.close(figure)
    return figure, list(axes.ravel())


def label_in(labels: Sequence[str]) -> float:
    """Return how high a row of a figure must be [inches], so that the names beside it do not meet.

    Parameters
    ----------
    labels
        Names of the rows, with the line breaks that they are drawn with.
    """
    return LABEL_LINE_IN * (1.5 + max(label.count("\n") for label in labels))


def make_room_for_titles(figure: Figure, row: Sequence[Axes]) -> None:
    """Make a figure higher by the lines of the titles above a row of its panels."""
    lines = max(1 + axes.get_title(loc="left").count("\n") for axes in row)
    figure.set_figheight(figure.get_figheight() + TITLE_LINE_IN * lines)


def make_room_for_panels(figure: Figure) -> None:
    """Make a figure higher until no panel is lower than can be read, whatever is written around.

    Labels of the upright axes are broken into lines where they would run past their panel.

    Parameters
    ----------
    figure
        With all that is written in it; its panels are laid out in equal rows.
    """
    panels = [axes for axes in figure.axes if axes.get_visible()]
    places = [place for axes in panels if (place := axes.get_subplotspec()) is not None]
    rows = max(place.get_gridspec().nrows for place in places)
    for _ in range(PASSES):
        figure.draw_without_rendering()
        lacking = LEAST_PANEL_IN - min(axes.bbox.height for axes in panels) / figure.dpi
        if lacking <= 0:
            break
        figure.set_figheight(figure.get_figheight() + rows * lacking + LABEL_LINE_IN)
    for axes in panels:
        label, room = axes.get_ylabel(), axes.bbox.height
        taken = axes.yaxis.label.get_window_extent().height
        if label and taken > room:
            axes.set_ylabel(wrapped(label, int(len(label) * room / taken)))


def series(number: int) -> list[tuple[float, float, float]]:
    """Return so many colours that colour-blind readers tell apart, for lines that are alike."""
    return [(red, green, blue) for red, green, blue in sns.color_palette("colorblind", number)]


def wrapped(title: str, width: int) -> str:
    """Return a title whose lines have at most so many characters, so that none is cut off.

    A line that is broken is broken into parts of about equal length: no word is left alone, and a
    segment and its arm, as in ``"b2c · long"``, and a number and its unit stay together.
    """
    return "\n".join(_even(line, width) for line in title.splitlines())


def fit(text: Text, content: str, room_in: float) -> None:
    """Write a text in lines that are no wider than its room, by the width that they really take.

    Parameters
    ----------
    text
        A text of a figure, with its font.
    content
        What to write; its line breaks are kept.
    room_in
        Width of its room [inches].
    """
    room = room_in * text.figure.dpi
    for width in range(min(WIDEST, int(MOST_AN_INCH * room_in)), 0, -1):
        text.set_text(wrapped(content, width))
        if text.get_window_extent().width <= room:
            break


class _Names(textwrap.TextWrapper):
    """Breaks a word that is longer than a line behind its ``_``, if it has any."""

    def _split(self, text: str) -> list[str]:
        return [
            part
            for word in super()._split(text)
            for part in (BEHIND_LINE.split(word) if len(word) > self.width else (word,))
            if part
        ]


def _even(line: str, width: int) -> str:
    line = TOGETHER.sub(UNBROKEN, line)
    fewest = len(_Names(width).wrap(line))
    narrow = max(len(line) // max(fewest, 1), 1)
    narrowest = next(n for n in range(narrow, width + 1) if len(_Names(n).wrap(line)) <= fewest)
    return _Names(narrowest).fill(line).replace(UNBROKEN, " ")


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG; equal figures give equal bytes, and text needs no font installed.

    Parameters
    ----------
    figure
        The figure.
    """
    stream = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": HASH_SALT}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
