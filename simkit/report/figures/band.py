"""The band along the upper edge of a picture that says what may not be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.transforms import BboxTransformTo, ScaledTranslation

from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simkit.report.cautions import Caution

NAME = "caution"
"""The id of the band's text, by which a page finds it."""
INDENT_IN, PAD_IN, BELOW_IN = 0.12, 0.09, 0.08
FONT_PT, LINE_IN = 10.5, 0.19
FORBIDS, DOUBTS = (0.64, 0.13, 0.11), (1.0, 0.93, 0.78)


def draw_band(figure: Figure, caution: Caution | None) -> float:
    """Write a caution into a band of its own above all else; the figure grows by its height.

    The lines are broken by the width that they really take, so that none is cut off.

    Parameters
    ----------
    figure
        A figure with a constrained layout, which is kept off the band.
    caution
        What to say; None for no band.

    Returns
    -------
    float
        Inches that the band takes at the upper edge.
    """
    if caution is None:
        return 0.0
    # Inches from the upper left corner, so that the band stays there when the figure grows.
    place = figure.dpi_scale_trans + ScaledTranslation(0, 1, BboxTransformTo(figure.bbox))
    text = figure.text(
        INDENT_IN,
        -PAD_IN,
        "",
        transform=place,
        va="top",
        fontsize=FONT_PT,
        fontweight="bold",
        color="white" if caution.forbids else style.INK,
        gid=NAME,
        zorder=10,
    )
    style.fit(text, caution.text, figure.get_figwidth() - 2 * INDENT_IN)
    height = 2 * PAD_IN + LINE_IN * (1 + text.get_text().count("\n"))
    figure.add_artist(
        Rectangle(
            (0, -height),
            figure.get_figwidth(),
            height,
            transform=place,
            facecolor=FORBIDS if caution.forbids else DOUBTS,
            edgecolor="none",
            zorder=9,
        )
    )
    text.set_in_layout(False)
    taken = height + BELOW_IN
    whole = figure.get_figheight() + taken
    figure.set_figheight(whole)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, 1 - taken / whole))
    return taken


def band_text(figure: Figure) -> str:
    """Return what the band of a figure says, in one line; empty where it has none."""
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == NAME)
