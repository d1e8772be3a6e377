"""Figures of a response and of a front: what was found is drawn, with units, and nothing is cut."""

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection

from simkit.report import pareto_figure, response_figure
from simkit.report.figures import svg
from simkit.report.sentences_response import front_title, response_title
from simkit.scenario import load_scenario
from simkit.sweep import sweep
from simkit.sweep.curve.pareto import pareto
from simkit.sweep.curve.response import response

UNIT = re.compile(r"\[[^\]]+\]")


@pytest.fixture(scope="module")
def swept():
    return sweep(
        load_scenario("b2c"),
        ["1wd", "2wd", "3wd", "5wd", "10wd", "15wd"],
        segments=["b2c"],
        replications=5,
        contacts=60,
        days=120,
        horizons=[40, 120],
        jobs=1,
        progress=False,
    )


@pytest.fixture(scope="module")
def net_value(swept):
    return response(swept)


@pytest.fixture(scope="module")
def front(swept):
    return pareto(swept)


FIGURES = {
    "net value": lambda s: response_figure(response(s)),
    "opt-outs": lambda s: response_figure(response(s, measure="opt_out", horizon_days=40)),
    "attempts": lambda s: response_figure(response(s, measure="attempts")),
    "nothing waits": lambda s: response_figure(response(s, measure="wait_hours")),
    "front": lambda s: pareto_figure(pareto(s)),
    "front of time": lambda s: pareto_figure(pareto(s, against="agent_s", horizon_days=40)),
    "front of complaints": lambda s: pareto_figure(pareto(s, against="complaint")),
}


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_units_the_title_a_message_and_no_text_is_cut_off(swept, name):
    figure = FIGURES[name](swept)
    (axes,) = figure.axes
    assert UNIT.search(axes.get_xlabel())
    assert UNIT.search(axes.get_ylabel())
    assert axes.get_title(loc="left").startswith("b2c")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert min(drawn.x0, drawn.y0) >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01
    assert plt.get_fignums() == []


def bars(axes):
    """All error bars, as (x, low, high) of upright and (y, low, high) of lying ones."""
    return {
        tuple(np.round(part, 6))
        for collection in axes.collections
        if hasattr(collection, "get_segments")
        for (x0, y0), (x1, y1) in collection.get_segments()
        for part in ((x0, y0, y1), (y0, x0, x1))
    }


def test_points_curve_band_and_best_are_drawn_as_found(net_value):
    (axes,) = response_figure(net_value).axes
    expected = {
        tuple(np.round((row.delivered_days, row.ci_low, row.ci_high), 6))
        for row in net_value.points.itertuples()
    }
    assert expected <= bars(axes)
    lines = [line.get_xydata() for line in axes.get_lines()]
    curve = net_value.table[["delivered_days", "mean"]].to_numpy()
    assert any(line.shape == curve.shape and np.allclose(line, curve) for line in lines)
    best = net_value.optimum
    span = [[best.low, best.value], [best.high, best.value]]
    assert any(line.shape == (2, 2) and np.allclose(line, span) for line in lines)
    stars = np.vstack(
        [part.get_offsets() for part in axes.collections if isinstance(part, PathCollection)]
    )
    assert np.isclose(stars, [best.days, best.value]).all(axis=1).any()
    band = net_value.table["band_high"].max()
    drawn = [part.get_paths()[0].vertices for part in axes.collections if part.get_paths()]
    assert any(np.isclose(vertices[:, 1].max(), band) for vertices in drawn if len(vertices) > 50)


def test_ticks_name_delivered_days_and_practice_is_marked(net_value):
    (axes,) = response_figure(net_value).axes
    ticks = [label.get_text().strip() for label in axes.get_xticklabels()]
    assert ticks == [f"{days:.1f}" for days in net_value.points["delivered_days"]]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "usual practice" in words
    bare = response_figure(net_value, practice={}).axes[0]
    assert "usual practice" not in [text.get_text() for text in bare.get_legend().get_texts()]


def test_title_says_the_best_its_interval_and_where_it_is_open(net_value):
    inner = replace(
        net_value.optimum, days=8.5, low=6.7, high=13.2, edge="", low_is_open=False,
        high_is_open=False,
    )  # fmt: skip
    title = "b2c: net value over 120 days is highest at 8.5 days between calls\n"
    for optimum, rest in (
        (inner, "(95 % interval 6.7 to 13.2 days)"),
        (replace(inner, low_is_open=True), "(95 % interval ≤ 13.2 days)"),
        (replace(inner, high_is_open=True), "(95 % interval ≥ 6.7 days)"),
        (
            replace(inner, low_is_open=True, high_is_open=True),
            "(95 % interval holds all that was tried)",
        ),
    ):
        found = replace(net_value, optimum=optimum, points=net_value.points.assign(misfit=0.0))
        assert response_title(found) == title + rest
    at_edge = replace(net_value, optimum=replace(inner, edge="longest"))
    assert "highest at the edge: ≥ 8.5 days between calls" in response_title(at_edge)


def test_title_says_that_the_curve_misses_a_point(net_value):
    missing = replace(net_value, points=net_value.points.assign(misfit=2.5))
    assert response_title(missing).endswith("; the curve misses a point")


def test_points_of_a_front_have_bars_both_ways_and_names(front):
    (axes,) = pareto_figure(front).axes
    found = bars(axes)
    for row in front.table.itertuples():
        upright = (row.cost, row.net_value_low, row.net_value_high)
        lying = (row.net_value_eur, row.cost_low, row.cost_high)
        assert tuple(np.round(upright, 6)) in found
        assert tuple(np.round(lying, 6)) in found
    names = [text.get_text() for text in axes.texts]
    assert names == ["1 wd", "2 wd", "3 wd", "5 wd", "10 wd", "15 wd"]


def test_front_is_a_line_through_its_points_and_the_beaten_are_hollow(front):
    held = front.table["on_front"]
    table = front.table.assign(surely_dominated=~held & (front.table["cost"] > 0.05))
    (axes,) = pareto_figure(replace(front, table=table)).axes
    points = table[held].sort_values("cost")[["cost", "net_value_eur"]].to_numpy()
    lines = [line.get_xydata() for line in axes.get_lines()]
    assert any(line.shape == points.shape and np.allclose(line, points) for line in lines)
    hollow = [
        part.get_offsets()
        for part in axes.collections
        if isinstance(part, PathCollection) and (part.get_facecolor() == 1).all()
    ]
    beaten = table.loc[table["surely_dominated"], ["cost", "net_value_eur"]].to_numpy()
    assert len(beaten)
    assert np.allclose(np.vstack(hollow), beaten)


def test_title_of_a_front_names_it_and_the_surely_beaten(front):
    table = front.table.assign(
        on_front=[False] * 3 + [True] * 3, surely_dominated=[True] * 2 + [False] * 4
    )
    assert front_title(replace(front, table=table)) == (
        "b2c: over 120 days the front is every 5, 10 and 15 working days;\n"
        "surely beaten in both: every 1 and 2 working days"
    )
    lone = front.table.assign(on_front=[False] * 5 + [True], surely_dominated=False)
    assert front_title(replace(front, table=lone)) == (
        "b2c: over 120 days every 15 working days has the most net value and the least contacts "
        "who opted out"
    )


def test_equal_figures_give_equal_bytes(net_value, front):
    for draw, what in ((response_figure, net_value), (pareto_figure, front)):
        assert svg(draw(what)) == svg(draw(what))
