"""Where a figure's texts are drawn, and whether all of them can be read."""

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def boxes(figure):
    """Text → its place, of all that is drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    hidden = set()

    def seen(text):
        return text.get_visible() and (text.axes is None or text.axes.get_visible())

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    return [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_text().strip() and text not in hidden and seen(text)
    ]


def met(drawn):
    """Pairs of texts of which one is written over the other."""
    return [
        (one, other)
        for (one, box), (other, beside) in itertools.combinations(drawn, 2)
        if box.overlaps(beside)
    ]


def cut(figure, drawn):
    """Texts that reach beyond the edge of the figure."""
    width, height = figure.bbox.size
    return [
        text for text, box in drawn if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
