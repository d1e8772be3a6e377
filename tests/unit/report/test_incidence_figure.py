"""The figure of cumulative incidence: panels, curves with bands, the horizon, numbers at risk."""

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.report import incidence_figure
from simkit.report.figures import svg
from simkit.trial.models import cumulative_incidence


@pytest.fixture(scope="module")
def incidence():
    rng = np.random.default_rng(5)
    n = 900
    table = pd.DataFrame(
        {
            "segment": rng.choice(["b2b", "b2c"], n),
            "arm": rng.choice(["often", "rare", "control"], n),
        }
    )
    sale = rng.exponential(np.where(table["arm"] == "often", 60, 400), n)
    optout, watched = rng.exponential(300, n), rng.uniform(20, 80, n)
    first = np.min([sale, optout, watched], axis=0)
    ends = np.array(["sale", "opt_out", None], dtype=object)
    table["end"] = ends[np.argmin([sale, optout, watched], axis=0)]
    table["time_days"] = first
    return cumulative_incidence(table, horizon_days=50.0, control="control", segment="segment")


def test_a_row_for_each_end_and_a_column_for_each_segment(incidence):
    figure = incidence_figure(incidence)
    panels = figure.axes
    assert len(panels) == 4
    (legend,) = figure.legends
    note = " ".join(legend.get_title().get_text().split())
    assert "taken before rounding, with its 95 % interval, not corrected and no verdict." in note
    assert note.endswith("No check of the trial stands behind this picture.")
    titles = [" ".join(axes.get_title(loc="left").split()) for axes in panels]
    assert titles[0].startswith("b2c: bought, cancelled or not, by day 50: control ")
    for title in titles:  # described, whatever was found: the outcome that decides is another
        assert not any(word in title for word in ("against", "told from", "better", "worse"))
    assert panels[0].get_ylabel().startswith("contacts who bought")
    assert all("days since assignment" in axes.get_xlabel() for axes in panels)


def test_curves_are_the_estimates_with_their_bands(incidence):
    axes = incidence_figure(incidence, "b2b").axes[0]
    curves = incidence.curves
    here = curves[(curves["segment"] == "b2b") & (curves["outcome"] == "sale")]
    lines = {line.get_label(): line for line in axes.get_lines()}
    for arm, curve in here.groupby("arm"):
        np.testing.assert_allclose(lines[arm].get_ydata(), curve["incidence"])
    assert len(axes.collections) == 3  # a band an arm
    top = np.nanmax(here["ci_high"])
    assert axes.get_ylim()[1] >= top
    marks = [line for line in axes.get_lines() if list(line.get_xdata()) == [50.0, 50.0]]
    assert len(marks) == 1  # the horizon


def test_numbers_at_risk_stand_below_or_are_left_out(incidence):
    with_numbers = incidence_figure(incidence, "b2c").axes[0]
    curves = incidence.curves
    here = curves[(curves["segment"] == "b2c") & (curves["outcome"] == "sale")]
    written = {text.get_text() for text in with_numbers.texts}
    assert {f"{n:,}" for n in here.loc[here["days"] == 0, "at_risk"]} <= written
    assert not incidence_figure(incidence, "b2c", at_risk=False).axes[0].texts


def test_equal_figures_give_equal_bytes(incidence):
    assert svg(incidence_figure(incidence)) == svg(incidence_figure(incidence))


def test_a_segment_that_is_none_is_refused(incidence):
    with pytest.raises(InputError, match="must be one of b2c, b2b"):
        incidence_figure(incidence, "b2x")


def test_each_arm_is_named_once_with_one_colour(incidence):
    figure = incidence_figure(incidence)
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {"often", "rare", "control"}
    colours = [{line.get_label(): line.get_color() for line in axes.lines} for axes in figure.axes]
    assert all(one["often"] == colours[0]["often"] for one in colours)
    assert all(one["rare"] == colours[0]["rare"] for one in colours)


def test_numbers_of_neighbouring_panels_do_not_meet(incidence):
    figure = incidence_figure(incidence)
    figure.draw_without_rendering()
    left, right = ([text.get_window_extent() for text in axes.texts] for axes in figure.axes[:2])
    assert max(box.x1 for box in left) < min(box.x0 for box in right)


@pytest.mark.parametrize("names", [("nord", "sud", "est", "ovest"), ("famiglie del Nord",) * 3])
def test_of_many_segments_no_title_or_label_meets_another_or_is_cut(names):
    rng = np.random.default_rng(6)
    segments = [f"{name} {place}" for place, name in enumerate(names)]
    table = pd.DataFrame(
        {
            "segment": np.repeat(segments, 90),
            "arm": ["ogni sette giorni", "ogni quattordici giorni", "mai"] * 30 * len(segments),
            "time_days": rng.uniform(5, 60, 90 * len(segments)),
            "end": rng.choice(
                np.array(["sale", "opt_out", None], dtype=object), 90 * len(segments)
            ),
        }
    )
    found = cumulative_incidence(
        table, horizon_days=40.0, control="ogni sette giorni", segment="segment"
    )
    figure = incidence_figure(found)
    figure.draw_without_rendering()
    texts = [one for axes in figure.axes for one in (axes._left_title, axes.xaxis.label)]
    boxes = [one.get_window_extent() for one in texts]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert len(boxes) == 4 * len(segments)
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
