"""What a page is made of: tables of text and pictures with their words."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkit.report.figures.band import band_text
from simkit.report.figures.style import svg
from simkit.report.sentences import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """A table as text.

    Parameters
    ----------
    caption
        What it shows.
    columns, rows
        Heads and cells. The first cell of a row is its head.
    note
        What to know when reading it; may be empty.
    dense
        Whether it is set small, for long lists; the note then stands above it.
    widths
        Widths of the first columns in percent; the others share the rest.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    dense: bool = False
    widths: Sequence[int] = ()


@dataclass(frozen=True)
class Picture:
    """A figure as part of a page.

    Parameters
    ----------
    source
        The picture itself, as a data address.
    alt
        What it shows, for who cannot see it.
    caption
        How to read it.
    """

    source: str
    alt: str
    caption: str


def picture(figure: Figure, caption: str, values: Sequence[str] = ()) -> Picture:
    """Turn a figure into a picture; its alternative text is its band, its titles and its values.

    Parameters
    ----------
    figure
        The figure.
    caption
        How to read it.
    values
        What its points say, in words.
    """
    code = base64.b64encode(svg(figure)).decode("ascii")
    band = band_text(figure).removesuffix(".")
    titles = [band, figure.get_suptitle(), *(axes.get_title(loc="left") for axes in figure.axes)]
    alt = ". ".join(one_line(text) for text in (*titles, *values) if text)
    return Picture(f"data:image/svg+xml;base64,{code}", f"{alt}.", caption)
