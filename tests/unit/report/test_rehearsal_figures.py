"""Figures of a rehearsal show its numbers, each with its Monte Carlo band."""

from dataclasses import replace

import numpy as np
import pytest
from rehearsed_arms import DURATIONS, rehearsed
from texts_drawn import boxes, cut, met

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.report import looks_figure, power_figure, winners_figure, wrong_winner_figure
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.rehearse import rehearse

FIGURES = (power_figure, wrong_winner_figure, winners_figure)
LEAST_PANEL_IN = 2.0


@pytest.fixture(scope="module")
def found():
    arms = {
        "current": RecallPolicy.every(working_days=2),
        "long": RecallPolicy.every(working_days=10),
        "longer": RecallPolicy.every(working_days=20),
    }
    design = TrialDesign(
        name="drawn",
        arms={"b2b": arms},
        control={"b2b": "current"},
        salt="drawn",
        horizon_days=60.0,
        contacts={"b2b": 150},
        guardrails={"opt_out": {"b2b": 0.02}},
        looks=Looks(fractions=(0.4, 0.7, 1.0)),
    )
    return rehearse(
        design,
        load_scenario("b2b"),
        replications=2,
        durations_days=(30, 90),
        entry_days=30,
        progress=False,
        jobs=1,
    )


def lines(axes):
    return {line.get_label(): line.get_ydata() for line in axes.get_lines()}


def test_power_is_drawn_by_arm_and_duration(found):
    (axes,) = power_figure(found).axes
    drawn = lines(axes)
    for arm, of_arm in found.table.groupby("arm"):
        label = f"{arm}: {found.design.arms['b2b'][arm].label}"
        np.testing.assert_array_equal(drawn[label], of_arm["power"])
    bands = [band.get_paths()[0].vertices[:, 1] for band in axes.collections]
    rows = found.table[found.table["arm"] == "long"]
    assert bands[0].min() == pytest.approx(rows["power_low"].min())
    assert bands[0].max() == pytest.approx(rows["power_high"].max())
    assert drawn["power asked for: 80 %"][0] == 0.8


def test_lines_that_lie_upon_each_other_can_all_be_seen(found):
    table = found.table.assign(power=1.0)
    apart = table.assign(power=np.where(table["arm"] == "long", 0.4, 1.0))
    for rows, strokes in ((table, ["-", "--"]), (apart, ["-", "-"])):
        (axes,) = power_figure(replace(found, table=rows)).axes
        long, longer = (line for line in axes.get_lines() if line.get_marker() == "o")
        assert [long.get_linestyle(), longer.get_linestyle()] == strokes
        # The mark above is smaller, or the one below could not be seen.
        assert long.get_markersize() > longer.get_markersize()


def test_wrong_arms_and_what_they_cost_are_drawn(found):
    left, right = wrong_winner_figure(found).axes
    wrong = lines(left)["the arm with the best estimate is not the year's best"]
    np.testing.assert_array_equal(wrong, found.durations["wrong"])
    assert lines(left)["accepted: 10 %"][0] == 0.1
    loss = lines(right)["the arm with the best estimate is followed"]
    np.testing.assert_array_equal(loss, found.durations["loss_highest"])
    assert right.get_ylim()[1] >= found.durations["loss_declared_high"].max()
    assert right.get_ylabel() == "expected loss [EUR per contact-year]"


def test_winners_are_drawn_by_arm_with_bands_and_the_years_best_is_thick(found):
    (axes,) = winners_figure(found).axes
    best = found.durations["best_of_year"].iloc[0]
    arms = list(found.design.arms["b2b"])
    drawn = [line for line in axes.get_lines() if len(line.get_xdata()) == 3]  # durations
    for arm, line, band in zip(arms, drawn, axes.collections, strict=True):
        rows = found.winners[found.winners["arm"] == arm]
        assert line.get_label().startswith(arm)
        np.testing.assert_array_equal(line.get_ydata(), rows["highest"])
        reach = band.get_paths()[0].vertices[:, 1]
        assert reach.min() == pytest.approx(rows["highest_low"].min())
        assert reach.max() == pytest.approx(rows["highest_high"].max())
        thick = line.get_linewidth() == max(other.get_linewidth() for other in drawn)
        assert thick == (arm == best) == ("best of the year" in line.get_label())


@pytest.mark.parametrize("draw", [*FIGURES, looks_figure])
def test_intervals_and_scales_are_named_and_percent_stands_once(found, draw):
    figure = draw(found)
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    for legend in legends:
        told = " ".join(text.get_text().replace("\n", " ") for text in legend.get_texts())
        assert "95 % interval, from the number of rehearsals" in told
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.get_xscale() != "log" or "log scale" in axes.get_xlabel()
        ticks = [text.get_text() for text in (*axes.get_xticklabels(), *axes.get_yticklabels())]
        assert not any("%" in tick for tick in ticks)


def test_what_looks_decide_is_drawn_by_arm_with_intervals(found):
    panels = looks_figure(found).axes
    rows = found.looks[found.looks["segment"] == "b2b"]
    assert [axes.get_title(loc="left").split(":")[0] for axes in panels] == ["long", "longer"]
    for axes, (_, of_arm) in zip(panels, rows.groupby("arm", sort=False), strict=True):
        drawn = {bars.get_label(): bars for bars in axes.containers}
        # Futility was not registered, so nothing is said of it.
        assert set(drawn) == {"shown better", "shown worse", "stopped by a guardrail"}
        (line, _, (bars,)) = drawn["stopped by a guardrail"]
        np.testing.assert_array_equal(line.get_ydata(), of_arm["guardrail"])
        # Evenly beside the look, and every look has its place.
        places = np.array([bars.lines[0].get_xdata() for bars in drawn.values()])
        np.testing.assert_allclose(places.mean(axis=0), [0, 1, 2], atol=1e-12)
        # Between two looks there is more room than between the marks of one.
        assert np.ptp(places, axis=0).max() < 0.25
        assert len({bars.lines[0].get_marker() for bars in drawn.values()}) == len(drawn)
        assert [text.get_text() for text in axes.get_xticklabels()] == ["40", "70", "100"]
        # All marks of a look stand in its band, and bands do not touch.
        low = np.array([band.get_x() for band in axes.patches])
        high = low + [band.get_width() for band in axes.patches]
        assert (low < places).all()
        assert (places < high).all()
        assert (high[:-1] < low[1:]).all()
        ends = np.array([part[:, 1] for part in bars.get_segments()])
        np.testing.assert_allclose(ends, of_arm[["guardrail_low", "guardrail_high"]], atol=1e-12)
    title = looks_figure(found).get_suptitle()
    assert title.startswith("3 looks stop long in")
    assert title.endswith(" of 90 days on average.")  # 30 of entry and 60 of the horizon
    with pytest.raises(InputError, match="must be one of b2b"):
        looks_figure(found, "b2c")
    nothing = replace(found, looks=found.looks.iloc[:0])
    with pytest.raises(InputError, match="none were registered"):
        looks_figure(nothing)


def test_marks_at_0_and_at_100_percent_are_whole_and_none_hides_another(found):
    sides = {
        f"{name}{end}": side
        for name in ("better", "worse")
        for end in ("", "_low", "_high")
        for side in [float(name == "worse")]
    }
    sides |= dict.fromkeys(("futile", "futile_low", "futile_high"), 0.0)
    sides |= dict.fromkeys(("guardrail", "guardrail_low", "guardrail_high"), 0.0)
    figure = looks_figure(replace(found, looks=found.looks.assign(**sides)))
    figure.draw_without_rendering()
    for axes in figure.axes:
        lines = [bars.lines[0] for bars in axes.containers]
        half = lines[0].get_markersize() / 2 * figure.dpi / 72
        assert len(lines) == 4
        points = np.array([axes.transData.transform(line.get_xydata()) for line in lines])
        assert points[..., 1].min() - half >= axes.bbox.y0
        assert points[..., 1].max() + half <= axes.bbox.y1
        # At each look the middles of neighbours are most of a mark apart: their outlines show.
        assert np.diff(points[..., 0], axis=0).min() > half


@pytest.mark.parametrize("draw", FIGURES)
def test_a_segment_that_is_not_there_is_told(found, draw):
    with pytest.raises(InputError, match="must be one of b2b"):
        draw(found, "b2c")
    # The horizon is always named on the axis of durations.
    ticks = [label.get_text() for label in draw(found).axes[0].get_xticklabels()]
    assert "60" in ticks


def test_arms_that_lead_equally_often_are_both_named(found):
    level = replace(found, winners=found.winners.assign(highest=0.5))
    (axes,) = winners_figure(level).axes
    title = axes.get_title(loc="left").replace("\n", " ")
    assert "30 days pick current, long and longer in 50 %" in title
    assert title.endswith(f" of {found.settings['replications']} rehearsals")


def test_an_arm_that_no_look_decides_says_so(found):
    columns = ["better", "worse", "guardrail"]
    quiet = replace(found, looks=found.looks.assign(**dict.fromkeys(columns, 0.0)))
    for axes in looks_figure(quiet).axes:
        assert "decided by no look" in axes.get_title(loc="left").replace("\n", " ")


def legend_boxes(figure):
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    return [legend.get_window_extent() for legend in legends]


@pytest.mark.parametrize("arms", [3, 7])
@pytest.mark.parametrize("draw", [*FIGURES, looks_figure])
def test_however_many_arms_of_long_names_panels_can_be_read_and_nothing_is_cut(draw, arms):
    figure = draw(rehearsed(arms, long=True))
    texts = boxes(figure)
    assert not cut(figure, texts)
    assert not met(texts)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    for axes in panels:
        panel = axes.bbox
        # To a pixel, as panels are laid out.
        assert panel.height >= LEAST_PANEL_IN * figure.dpi - 1
        # A label stands beside its own axis.
        label = axes.yaxis.label.get_window_extent()
        assert not axes.get_ylabel() or (label.y0 >= panel.y0 - 5 and label.y1 <= panel.y1 + 5)
        # Marks at 0 and at 100 % are whole.
        for line in (line for line in axes.get_lines() if line.get_marker() not in ("None", "")):
            half = line.get_markersize() / 2 * figure.dpi / 72
            points = axes.transData.transform(line.get_xydata())
            assert points.min(axis=0)[1] - half >= panel.y0
            assert points.max(axis=0)[1] + half <= panel.y1
            assert points.min(axis=0)[0] - half >= panel.x0
            assert points.max(axis=0)[0] + half <= panel.x1
    assert all(not box.overlaps(axes.bbox) for box in legend_boxes(figure) for axes in panels)
    area = sum(axes.bbox.width * axes.bbox.height for axes in panels)
    assert area > 0.35 * figure.bbox.width * figure.bbox.height


def test_looks_at_many_arms_name_their_axes_once_a_row_and_column():
    panels = list(looks_figure(rehearsed(6, long=False)).axes)
    shown = [axes for axes in panels if axes.get_visible()]
    assert len(shown) == 5  # in rows of three and two
    assert [bool(axes.get_ylabel()) for axes in shown] == [True, False, False, True, False]
    # The last of the first row has none below it.
    assert [bool(axes.get_xlabel()) for axes in shown] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("draw", "column", "lines"), [(power_figure, "power", 6), (winners_figure, "highest", 7)]
)
def test_intervals_of_many_arms_are_bars_side_by_side_in_place_of_bands(draw, column, lines):
    found = rehearsed(7, long=False)
    (axes,) = draw(found).axes
    drawn = [line for line in axes.get_lines() if len(line.get_xdata()) == len(DURATIONS)]
    bars = [np.array(one.get_segments()) for one in axes.collections]
    assert len(drawn) == len(bars) == lines
    rows = found.table if column == "power" else found.winners
    for line, bar, (_, of_arm) in zip(drawn, bars, rows.groupby("arm", sort=False), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), of_arm[column])
        np.testing.assert_allclose(bar[:, :, 1], of_arm[[f"{column}_low", f"{column}_high"]])
        np.testing.assert_allclose(bar[:, 0, 0], line.get_xdata())
    places = np.log([line.get_xdata() for line in drawn])
    # All are apart at a duration, around it, and nearer to it than to the next.
    assert (np.diff(places, axis=0) > 0).all()
    np.testing.assert_allclose(places.mean(axis=0), np.log(DURATIONS))
    assert np.ptp(places, axis=0).max() < np.diff(np.log(DURATIONS)).min()
    assert len({line.get_marker() for line in drawn}) == lines


def test_titles_name_arms_one_by_one_only_where_they_are_few():
    few, many = (rehearsed(arms, long=False) for arms in (3, 7))
    (axes,) = power_figure(few).axes
    assert axes.get_title(loc="left") == "60 days find ogni 2 in 35 %, ogni 3 in 40 % of trials"
    (axes,) = power_figure(many).axes
    assert axes.get_title(loc="left") == "60 days find each of 6 arms in 35 to 60 % of trials"
    assert looks_figure(many).get_suptitle().startswith("3 looks stop each of 6 arms in 0 to 50 %")
    (axes,) = winners_figure(many).axes
    assert axes.get_title(loc="left").startswith("30 days pick each of 7 arms in 14 %, 365 days")
