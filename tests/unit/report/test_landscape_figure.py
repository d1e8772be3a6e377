"""The map of the optimum: what cells, outlines, ring and title say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from simkit.report import landscape_figure
from simkit.report.figures import style
from simkit.sweep import Landscape

HALF_LIFE, DECISION = "b2c.irritation_half_life_days", "b2c.decision_mean_days"
# Half-life, decision, best interval, edge, net value, loss, verdict.
ROWS = [
    (7.0, 3.0, 1.4, "shortest", 20.0, 12.34, "fails"),
    (7.0, 12.0, 4.2, "", 15.0, 3.0, "open"),
    (14.0, 3.0, 9.0, "", 12.0, 0.0, "holds"),
    (14.0, 12.0, 14.4, "", 9.0, 0.0, "holds"),
    (28.0, 3.0, 30.0, "", 5.0, 2.5, "fails"),
    (28.0, 12.0, 84.0, "longest", -0.2, 9.96, "fails"),
]


def made(rows=ROWS, own=(14.0, 6.0), worthwhile=2.0):
    names = (HALF_LIFE, DECISION, "optimum_days", "edge", "net_value_eur", "loss_eur", "verdict")
    table = pd.DataFrame(rows, columns=names).assign(worthwhile_eur=worthwhile)
    return Landscape(
        table=table,
        as_assumed={HALF_LIFE: own[0], DECISION: own[1]},
        settings={
            "segment": "b2c",
            "parameters": [HALF_LIFE, DECISION],
            "units": {HALF_LIFE: "days", DECISION: "days"},
            "interval_days": [1.4, 7.0, 14.0, 84.0],
            "practice_days": [7.0, 14.0],
        },
    )


def panels(found):
    figure = landscape_figure(found)
    return figure, *figure.axes[:2]


def cells(axes):
    """Text of each cell, by its column and row from the lower left."""
    place = axes.transData.inverted()
    words = {}
    for text in axes.texts:
        x, y = place.transform(text.get_transform().transform(text.get_position()))
        words[int(x), int(y)] = text.get_text()
    return words


def borders(axes, colour):
    drawn = [line for line in axes.get_lines() if line.get_linestyle() == "-"]
    return {
        tuple(zip(*(map(int, line.get_data()[axis]) for axis in (0, 1)), strict=True))
        for line in drawn
        if to_rgb(line.get_color()) == to_rgb(colour)
    }


def around(*squares):
    """The border of squares given by their lower left corners, without what two share."""
    edges = [
        edge
        for x, y in squares
        for edge in (
            ((x, y), (x + 1, y)),
            ((x, y + 1), (x + 1, y + 1)),
            ((x, y), (x, y + 1)),
            ((x + 1, y), (x + 1, y + 1)),
        )
    ]
    return {edge for edge in edges if edges.count(edge) == 1}


def test_cells_say_days_and_euros_where_they_belong():
    _, left, right = panels(made())
    assert cells(left) == {
        **{(0, 0): "≤1.4", (0, 1): "4.2", (1, 0): "9.0"},
        **{(1, 1): "14", (2, 0): "30", (2, 1): "≥84†"},
    }
    assert cells(right) == {
        **{(0, 0): "12", (0, 1): "(3.0)", (1, 0): "0.0"},
        **{(1, 1): "0.0", (2, 0): "2.5", (2, 1): "10"},
    }


def test_practice_and_failure_are_outlined():
    _, left, right = panels(made())
    assert borders(left, style.PRACTICE) == around((1, 0), (1, 1))
    assert borders(right, style.INK) == around((0, 0), (2, 0), (2, 1))


def test_a_ring_marks_the_scenarios_own_values():
    def rings(found):
        _, left, right = panels(found)
        return [
            [line.get_xydata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
            for axes in (left, right)
        ]

    # 14 is the middle column; 6 lies a third of the way from 3 to 12.
    for marks in rings(made()):
        assert np.array(marks) == pytest.approx(np.array([[1.5, 0.5 + 1 / 3]]))
    assert rings(made(own=(14.0, 60.0))) == [[], []]


def test_the_scale_of_days_has_practice_in_its_middle_and_holds_all_intervals():
    _, left, _ = panels(made())
    norm = left.collections[0].norm
    assert np.sqrt(norm.vmin * norm.vmax) == pytest.approx(np.sqrt(7 * 14))
    # 84 days are further from that middle than 1.4: 8.5 times as long, not 7.1 times as short.
    assert norm.vmax == pytest.approx(84)
    assert norm.vmin < 1.4


def test_the_title_answers_first():
    figure, left, _ = panels(made())
    assert " ".join(figure.get_suptitle().split()) == (
        "b2c: calling every 7 to 14 days fails in 3 of 6 worlds, surely holds in 2 (1 open); "
        "at worst it costs 12.34 EUR per contact"
    )
    assert left.get_xlabel() == "irritation_half_life_days [days]"
    assert left.get_ylabel() == "decision_mean_days [days]"
    quiet = [(*row[:5], 0.0, "holds") for row in ROWS]
    assert "fails in none of 6 worlds, surely holds in 6;" in panels(made(quiet))[0].get_suptitle()


def test_remarks_stand_only_where_they_are_needed():
    def remarks(found):
        (legend,) = landscape_figure(found).legends
        return " ".join(text.get_text() for text in legend.get_texts())

    assert all(mark in remarks(made()) for mark in ("(…)", "≤ ≥", "†", "the 2 EUR"))
    plain = remarks(made([(*row[:3], "", 5.0, 0.0, "holds") for row in ROWS]))
    assert not any(mark in plain for mark in ("(…)", "≤ ≥", "†"))


@pytest.mark.parametrize("count", [2, 9])
def test_nothing_is_cut_off(count):
    values = [float(value) for value in range(1, count + 1)]
    rows = [(x, y, 84.0, "longest", -1.0, 12.0, "open") for x in values for y in values]
    figure = landscape_figure(made(rows))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    # A hundredth of an inch of antialiasing is no cut.
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01
