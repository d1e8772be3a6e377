"""The figure of a study of sensitivity: what a bar, its mark and its title say."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from simkit.errors import InputError
from simkit.report import sensitivity_figure
from simkit.report.figures.sensitivity import COLOURS, FIRM, PALE
from simkit.sweep import Sensitivity

# Name, μ*, half its interval, σ, direction, beyond luck; the names long and short.
ROWS = [
    ("irritation_half_life_days", 2.5, 0.6, 1.2, "longer", True),
    ("need_per_year", 1.4, 0.3, 2.2, "shorter", True),
    ("reach_base_logit", 1.3, 0.5, 2.1, "both", True),
    ("contact_value_eur_per_year", 0.5, 0.5, 0.4, "longer", False),
    ("talk_cv", 0.0, 0.0, 0.0, "none", False),
]


def made(rows=ROWS, edges=("", "")):
    table = pd.DataFrame(
        [
            {
                "parameter": f"b2c.{key}",
                "low": 0.4,
                "high": 3.6,
                "unit": "1/year",
                "mu_star": size,
                "mu_star_low": max(size - half, 0),
                "mu_star_high": size + half,
                "sigma": sigma,
                "direction": direction,
                "beyond_luck": beyond,
                "mu_star_inside": size / 2 if size else np.nan,
            }
            for key, size, half, sigma, direction, beyond in rows
        ]
    )
    return Sensitivity(
        table=table,
        points=pd.DataFrame({"edge": list(edges)}),
        left_out=pd.DataFrame(),
        optimum_days=9.9,
        net_value_eur=16.0,
        luck=0.3,
        luck_low=0.2,
        luck_high=0.4,
        settings={"segment": "b2c"},
    )


def test_the_title_answers_first():
    (axes,) = sensitivity_figure(made()).axes
    title = axes.get_title(loc="left")
    assert " ".join(title.split()) == (
        "b2c: the best interval (about 10 days as assumed) hangs most on "
        "irritation_half_life_days (2.5 doublings), need_per_year (1.4) and reach_base_logit "
        "(1.3); 2 of 5 parameters cannot be told from luck"
    )
    nothing = made([row for row in ROWS if not row[-1]])
    (axes,) = sensitivity_figure(nothing).axes
    assert "cannot be shown to move by more than luck" in axes.get_title(loc="left")


def test_bars_intervals_and_luck_are_drawn_where_they_are():
    (axes,) = sensitivity_figure(made()).axes
    bars = sorted(axes.patches, key=lambda bar: bar.get_y())
    bars = [bar for bar in bars if bar.get_height() < 0.9]  # not the band of luck
    assert [bar.get_width() for bar in bars] == [row[1] for row in ROWS]
    for bar, row in zip(bars, ROWS, strict=True):
        assert bar.get_facecolor()[:3] == pytest.approx(COLOURS[row[4]])
        assert bar.get_alpha() == (FIRM if row[5] else PALE)
    lines = [tuple(line.get_xdata()) for line in axes.get_lines()]
    assert (1.9, 3.1) in [tuple(np.round(line, 9)) for line in lines]
    assert [0.3, 0.3] in [list(line) for line in lines]
    sigmas = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "D"]
    assert sigmas == [row[3] for row in ROWS]
    assert re.search(r"\[doublings", axes.get_xlabel())


def test_effects_inside_are_shown_only_where_some_points_are_at_the_edge():
    def strokes(edges):
        (axes,) = sensitivity_figure(made(edges=edges)).axes
        marks = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "|"]
        return marks, axes.get_legend().get_texts()

    assert strokes(("", ""))[0] == []
    marks, texts = strokes(("", "longest"))
    assert marks[:4] == [1.25, 0.7, 0.65, 0.25]
    assert any("shortest or longest" in text.get_text() for text in texts)


@pytest.mark.parametrize("count", [1, 5, 20])
def test_nothing_is_cut_off(count):
    # The longest names of all parameters, so that the title is as long as it can be.
    longest = ("contact_value_eur_per_year", "irritation_half_life_days", "sale_irritation_logit")
    rows = [(name, *ROWS[0][1:]) for name in longest] + ROWS * 4
    rows = rows[:count]
    figure = sensitivity_figure(made(rows, edges=("longest",)))
    (axes,) = figure.axes
    assert len(axes.get_yticklabels()) == min(count, 12)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    # A hundredth of an inch of antialiasing is no cut.
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01


def test_there_must_be_something_to_show():
    with pytest.raises(InputError, match="must be at least 1"):
        sensitivity_figure(made(), most=0)
