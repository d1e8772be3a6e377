"""Figures: axes with units, messages as titles, nothing cut off, no trace left in pyplot."""

import re
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from simkit.errors import InputError
from simkit.report import (
    audit_figure,
    exposure_figure,
    forest_figure,
    horizon_figure,
    sweep_figure,
    trace_figure,
)
from simkit.report.figures import svg
from simkit.report.sentences_sweep import horizons_title
from simkit.trial import check_trial, evaluate

UNIT = re.compile(r"\[[^\]]+\]")


def busiest_contact(log):
    return log.attempts["contact_id"].value_counts().index[0]


def without_ends(evaluation):
    """The same trial, but of "often" in b2c no interval has an end, and of "rare" one has none."""
    table = evaluation.table.copy()
    here = (table["segment"] == "b2c") & (table["role"] != "secondary")
    ends = ["ci_low", "ci_high", "ci_low_adjusted", "ci_high_adjusted"]
    table.loc[here & (table["arm"] == "often"), ends] = [-np.inf, np.inf, -np.inf, np.inf]
    table.loc[here & (table["arm"] == "rare"), ends[3]] = np.inf
    return replace(evaluation, table=table)


FIGURES = {
    "net value": lambda s: sweep_figure(s.sweep, "b2c", current=s.policies["b2c"]["control"]),
    "opt-outs": lambda s: sweep_figure(s.sweep, "b2b", measure="opt_out", horizon_days=20),
    "attempts": lambda s: sweep_figure(s.sweep, "b2b", measure="attempts"),
    "horizons": lambda s: horizon_figure(s.sweep, "b2c"),
    "forest": lambda s: forest_figure(s.evaluation),
    "forest of one segment": lambda s: forest_figure(s.evaluation, "b2b"),
    "forest without ends": lambda s: forest_figure(without_ends(s.evaluation), "b2c"),
    "exposure": lambda s: exposure_figure(check_trial(s.log, policies=s.policies)),
    "exposure of one segment": lambda s: exposure_figure(check_trial(s.log), "b2c"),
    "audit": lambda s: audit_figure(s.audit),
    "trace": lambda s: trace_figure(s.log, busiest_contact(s.log)),
}


@pytest.fixture(params=FIGURES)
def figure(request, study):
    """Each kind of figure."""
    return FIGURES[request.param](study)


def test_axes_have_units(figure):
    shared = [figure.get_supxlabel(), figure.get_supylabel()]
    for axes in figure.axes:
        x = axes.get_xlabel() or shared[0]
        assert UNIT.search(x), f"no unit in {x!r}"
        y = axes.get_ylabel() or shared[1]
        # A categorical axis names arms or endings instead.
        names = [label.get_text() for label in axes.get_yticklabels()]
        categorical = not any(re.fullmatch(r"[−\d.% ]+", name) for name in names)
        assert UNIT.search(y) or categorical, f"no unit in {y!r}"


def test_titles_state_something(figure):
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert all(titles)


def test_no_text_is_cut_off(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    # In inches, of all that is drawn; a hundredth of an inch of antialiasing is no cut.
    drawn = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01


def test_titles_of_panels_do_not_meet(study):
    figure = forest_figure(study.evaluation, "b2c")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    boxes = [
        text.get_window_extent()
        for text in figure.findobj(Text)
        if text.get_text() and text.get_text() in titles
    ]
    assert len(boxes) == len(titles) == 2
    assert boxes[0].x1 <= boxes[1].x0


def test_interval_of_confidence_is_drawn(study):
    figure = sweep_figure(study.sweep, "b2c")
    (axes,) = figure.axes
    rows = study.sweep.table.query(
        "segment == 'b2c' and measure == 'net_value_eur' and horizon_days == 40"
    )
    drawn = {
        (round(x, 6), round(low, 6), round(high, 6))
        for collection in axes.collections
        if hasattr(collection, "get_segments")
        for (x, low), (_, high) in collection.get_segments()
    }
    expected = {
        (round(row.delivered_days, 6), round(row.ci_low, 6), round(row.ci_high, 6))
        for row in rows.itertuples()
    }
    assert expected <= drawn


def test_winner_is_starred_at_each_horizon(study):
    figure = horizon_figure(study.sweep, "b2b")
    for axes, days in zip(figure.axes, study.sweep.horizons, strict=True):
        best = study.sweep.best("b2b", days)
        points = np.vstack([marks.get_offsets() for marks in axes.collections])
        assert [best.delivered_days, best.mean] in points.round(9).tolist() or np.isclose(
            points, [best.delivered_days, best.mean]
        ).all(axis=1).any()
        assert axes.get_title(loc="left").startswith(f"{days:g} days")


@pytest.mark.parametrize(
    ("best", "good", "title"),
    [
        # Each is ruled out at the other's horizon: the winner changed.
        (
            {30: "a", 365: "b"},
            {30: ["a"], 365: ["b", "c"]},
            "b2c: a comes out best on net value over 30 days,\n"
            "b over 365 days; each is ruled out as the best at the other horizon",
        ),
        # The short run could not tell b from a: nothing changed for certain.
        (
            {30: "a", 365: "b"},
            {30: ["a", "b"], 365: ["b"]},
            "b2c: a comes out best on net value over 30 days,\n"
            "but cannot be told there from b, best over 365 days",
        ),
        (
            {30: "a", 365: "b"},
            {30: ["a"], 365: ["a", "b"]},
            "b2c: what comes out best on net value differs by horizon,\n"
            "but none can be told from that of 365 days",
        ),
        (
            {30: "a", 365: "a"},
            {30: ["a", "b"], 365: ["a"]},
            "b2c: a comes out best on net value at every horizon;\n"
            "others cannot be told from it over 30 days",
        ),
        (
            {30: "a", 365: "a"},
            {30: ["a"], 365: ["a"]},
            "b2c: a comes out best on net value at every horizon",
        ),
    ],
)
def test_change_of_winner_is_claimed_only_where_both_are_ruled_out(best, good, title):
    assert horizons_title("b2c", "net_value_eur", best, good) == title


def test_practice_and_current_policy_are_marked(study):
    figure = sweep_figure(study.sweep, "b2c", current=study.policies["b2c"]["control"])
    words = " ".join(text.get_text() for text in figure.axes[0].get_legend().get_texts())
    assert "usual practice" in words
    assert "every 5 working days" in words


def test_wished_and_delivered_intervals_stand_at_the_axis(study):
    figure = sweep_figure(study.sweep, "b2c")
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    # One working day with weekends and holidays is 1.4 calendar days and a little more.
    assert any(re.fullmatch(r"\s*1 wd\n1\.[45]", label) for label in labels)


def test_forest_names_the_intervals_of_arms(study):
    names = {"b2c": {"often": "every working day", "control": "every 5 working days"}}
    figure = forest_figure(study.evaluation, "b2c", names=names)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "often: 1 wd\nagainst control: 5 wd" in labels
    assert "rare\nagainst control: 5 wd" in labels


def test_forest_shows_the_margin(study):
    figure = forest_figure(study.evaluation, "b2c")
    guard = figure.axes[1]
    # optout_margin_prob of b2c is .01.
    assert any(np.allclose(line.get_xdata(), 0.01) for line in guard.get_lines())


def test_forest_says_what_its_lines_mean_and_nothing_touches_the_edge(study):
    figure = forest_figure(study.evaluation, "b2c")
    (legend,) = figure.legends
    told = [text.get_text() for text in legend.get_texts()]
    assert told[:2] == [
        "interval of this comparison alone",
        "interval that agrees with the verdict (Holm, looks)",
    ]
    rows = study.evaluation.table
    rows = rows[(rows["segment"] == "b2c") & (rows["role"] == "primary")]
    unsure = not rows["verdict"].isin(["better", "worse", "equivalent", "not worse"]).all()
    assert ("grey: cannot tell" in told) == unsure
    assert "margin of harm that is tolerated" in told
    figure.draw_without_rendering()
    drawn = [part.get_tightbbox() for part in (*figure.axes, *figure.legends)]
    edge = 0.05 * figure.dpi  # inches, of a figure 9 wide; a band above them goes to the edge
    assert min(box.x0 for box in drawn) >= edge
    assert max(box.x1 for box in drawn) <= figure.bbox.x1 - edge


def test_audit_says_what_it_cannot_tell(study):
    (axes,) = audit_figure(study.audit).axes
    assert axes.get_title(loc="left").startswith("This log cannot tell")


def test_trace_counts_the_calls(study):
    contact = busiest_contact(study.log)
    (axes,) = trace_figure(study.log, contact).axes
    calls = int((study.log.attempts["contact_id"] == contact).sum())
    assert f"Contact {contact}: {calls} calls" in axes.get_title(loc="left")


def test_contact_never_called_has_a_trace_too(study):
    contact = busiest_contact(study.log)
    attempts = study.log.attempts
    log = replace(study.log, attempts=attempts[attempts["contact_id"] != contact])
    (axes,) = trace_figure(log, contact).axes
    assert "never called" in axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("draw", "field"),
    [
        (lambda s: sweep_figure(s.sweep), "segment"),
        (lambda s: sweep_figure(s.sweep, "b2x"), "segment"),
        (lambda s: sweep_figure(s.sweep, "b2c", horizon_days=7), "horizon_days"),
        (lambda s: sweep_figure(s.sweep, "b2c", measure="joy"), "measure"),
        (lambda s: horizon_figure(s.sweep, "b2c", horizons=(7,)), "horizon_days"),
        (lambda s: forest_figure(s.evaluation, "b2x"), "segment"),
        (lambda s: trace_figure(s.log, -1), "contact_id"),
    ],
)
def test_unknown_names_are_named(study, draw, field):
    with pytest.raises(InputError) as raised:
        draw(study)
    assert [problem.field for problem in raised.value.problems] == [field]


def test_figures_leave_pyplot_and_its_settings_alone(study):
    before = dict(mpl.rcParams)
    sweep_figure(study.sweep, "b2c")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_equal_figures_give_equal_bytes(study):
    one, two = (svg(forest_figure(study.evaluation, "b2c")) for _ in range(2))
    assert one == two
    assert one.startswith(b"<?xml")


def test_intervals_without_an_end_are_arrows_to_the_edge(study):
    figure = forest_figure(without_ends(study.evaluation), "b2c")
    table = study.evaluation.table
    rows = table[(table["segment"] == "b2c") & (table["role"] == "primary")].set_index("arm")
    axes = figure.axes[0]
    left, right = axes.get_xlim()
    finite = [rows.loc["rare", "ci_low_adjusted"], *rows.loc["rare", ["ci_low", "ci_high"]]]
    assert left < min(0, *finite, *rows["estimate"])
    assert right > max(0, *finite, *rows["estimate"])
    places = {arm: place for place, arm in enumerate(rows.index)}
    arrows = {
        (line.get_marker(), *line.get_xydata()[0])
        for line in axes.lines
        if line.get_marker() in ("<", ">")
    }
    assert arrows == {
        ("<", left, places["often"]),
        (">", right, places["often"]),
        (">", right, places["rare"]),
    }
    bars = {tuple(line.get_xydata()[:, 0]) for line in axes.lines if len(line.get_xydata()) == 2}
    assert {(left, right), (rows.loc["rare", "ci_low_adjusted"], right)} <= bars
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "(−∞ to +∞)" in words
    # Where all have ends there is no arrow.
    plain = forest_figure(study.evaluation, "b2c").axes[0]
    assert not [line for line in plain.lines if line.get_marker() in ("<", ">")]


def test_forest_of_a_share_is_in_percentage_points():
    """150 of 1,000 against 100: 5 points, and so says the axis beneath it."""
    totals = pd.DataFrame({"arm": ["call", "none"], "n": [1000, 1000], "sale": [150, 100]})
    found = forest_figure(evaluate(totals, outcomes=["sale"], control="none"))
    axes = found.axes[0]
    FigureCanvasAgg(found).draw()
    assert "[percentage points]" in axes.get_xlabel().replace("\n", " ")
    for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True):
        text = label.get_text()
        assert float(text.replace("−", "-")) == pytest.approx(100 * place)


def test_an_estimate_near_the_edge_is_written_inside_its_panel(study):
    figure = forest_figure(study.evaluation, "b2c")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    for text in axes.texts:
        box = text.get_window_extent()
        assert axes.bbox.x0 <= box.x0
        assert box.x1 <= axes.bbox.x1
