"""The picture of looks: marks by kind, bounds made and to come, margins."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from three_looks import three_looks

from simkit.errors import InputError
from simkit.report import sequential_figure
from simkit.report.figures import style
from simkit.report.figures.band import NAME, band_text
from simkit.report.sentences import one_line
from simkit.trial.checks.check import Check, checks_table


@pytest.fixture
def made():
    """Three looks at .3 (not planned), .5 and .76; the last one reaches its bound."""
    return three_looks()


def marks(axes):
    """Place, face and edge of each look, by its line."""
    return {
        int(line.get_ydata()[0]): (
            float(line.get_xdata()[0]),
            line.get_markerfacecolor(),
            line.get_color(),
        )
        for line in axes.get_lines()
        if line.get_marker() == "o"
    }


def bars(axes, style_of="-"):
    """Both ends of each interval or range, by its line."""
    return {
        int(line.get_ydata()[0]): tuple(line.get_xdata())
        for line in axes.get_lines()
        if len(line.get_xdata()) == 2
        and line.get_linestyle() == style_of
        and line.get_ydata()[0] == line.get_ydata()[1]
    }


def ticks_read(axes):
    """How a reader finds the value of a place: along the labels of the ticks."""
    axes.figure.draw_without_rendering()
    at = axes.get_xticks()
    labels = [text.get_text().replace("−", "-") for text in axes.get_xticklabels()]
    slope, start = np.polyfit(at, [float(label) for label in labels], 1)
    assert len(at) > 1
    return lambda place: slope * place + start


def texts(axes):
    """What is written into a panel, each in one line."""
    return [text.get_text().replace("\n", " ") for text in axes.texts]


def test_planned_looks_are_filled_and_others_hollow(made):
    for axes in sequential_figure(made).axes:
        faces = {place: face for place, (_, face, _) in marks(axes).items()}
        assert faces[0] == "white"
        assert faces[1] != "white"
        assert to_rgb(marks(axes)[2][2]) == to_rgb(style.WINNER)  # stopped by its guardrail


def test_intervals_are_in_the_unit_of_the_outcome_and_bounds_in_that_of_z(made):
    difference, deviate, guardrail = sequential_figure(made).axes
    table, guards = made.table, made.guardrails
    for place, (low, high) in bars(difference).items():
        assert (low, high) == pytest.approx(tuple(table.loc[place, ["ci_low", "ci_high"]]))
    for place, (low, high) in bars(deviate).items():
        assert high == -low == pytest.approx(table["bound"][place])
    assert set(bars(deviate)) == {0, 1, 2}
    assert not bars(deviate, "--")  # the arm is stopped: no look to come decides it
    for place, (low, high) in bars(guardrail).items():
        assert (low, high) == pytest.approx(tuple(guards.loc[place, ["low", "high"]]))
    assert "[EUR per contact]" in difference.get_xlabel()
    assert "[percentage points]" in guardrail.get_xlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("outcome", "unit", "shown", "factor"),
    [
        ("sale", "share of contacts", "[percentage points]", 100.0),
        ("net_value_eur", "EUR per contact", "[EUR per contact]", 1.0),
        ("refusals", "per contact", "[per contact]", 1.0),
    ],
)
def test_what_is_read_at_the_ticks_is_the_result_in_the_unit_of_the_axis(
    made, outcome, unit, shown, factor
):
    """The factors: a share of 0.0194 is 1.94 percentage points, and EUR are EUR."""
    by = 0.01 if factor > 1 else 1.0
    numbers = ["estimate", "ci_low", "ci_high"]
    table = made.table.assign(outcome=outcome, unit=unit)
    table[numbers] *= by
    guards = made.guardrails.assign(outcome=outcome, unit=unit)
    found = dataclasses.replace(made, table=table, guardrails=guards, primary=outcome)
    difference, _, guardrail = sequential_figure(found).axes
    for axes, rows, names in (
        (difference, table, numbers),
        (guardrail, guards, ["estimate", "low", "high"]),
    ):
        assert shown in one_line(axes.get_xlabel())
        read = ticks_read(axes)
        told = factor * rows[names].to_numpy(dtype=float)
        drawn = [[read(marks(axes)[at][0]), *map(read, bars(axes)[at])] for at in (0, 1, 2)]
        assert np.array(drawn) == pytest.approx(told)
    (margin,) = (
        line.get_xdata()[0] for line in guardrail.get_lines() if line.get_linestyle() == "--"
    )
    assert ticks_read(guardrail)(margin) == pytest.approx(factor * 0.02)


def test_the_title_gives_the_answer_and_the_look(made):
    figure = sequential_figure(made)
    title = figure.get_suptitle().replace("\n", " ")
    assert title.startswith("Stop b2c · long: guardrail contacts who opted out")
    assert "Look 3" not in title  # below it, in smaller letters
    (below,) = [text.get_text().replace("\n", " ") for text in figure.texts[1:]]
    assert "Look 3 (planned; registered: 3), as of 2026-03-03" in below
    difference, _, guardrail = figure.axes
    head = "b2c · long against current: better, but stop this arm (contacts who opted out)"
    assert head in texts(difference)
    assert guardrail.get_title(loc="left").startswith("stop")
    labels = [text.get_text() for text in difference.get_yticklabels()]
    made_at = ["look 3 · 3 Mar · 76 %", "look 2 · 2 Mar · 50 %", "look 1 · 1 Mar · 30 %"]
    assert labels == made_at
    entries = {text.get_text() for text in figure.legends[0].get_texts()}
    looks = {"filled: a look that was planned", "hollow: a look that was not planned"}
    assert {*looks, "guardrail, bounds that hold at all times", "stopped by a guardrail"} < entries
    assert not entries & {"the same at a look to come", "shown better", "shown worse"}


def going_on(made):
    """The same looks, of which the last decided nothing."""
    plain = {"decision": "go on", "guardrail": "", "claimed_at": 0}
    guards = made.guardrails.assign(decision="go on", state="open")
    return dataclasses.replace(made, table=made.table.assign(**plain), guardrails=guards)


def entries_of(figure):
    return {text.get_text() for text in figure.legends[0].get_texts()}


def test_a_look_to_come_is_shown_only_while_the_comparison_goes_on(made):
    figure = sequential_figure(going_on(made))
    difference, deviate, _ = figure.axes
    assert set(bars(deviate, "--")) == {3}  # the end, still to come
    assert difference.get_yticklabels()[0].get_text() == "to come · 100 %"
    assert "the same at a look to come" in entries_of(figure)
    over = going_on(made)
    over = dataclasses.replace(over, looks=over.looks.assign(final=[False, False, True]))
    ended = sequential_figure(over)
    assert not bars(ended.axes[1], "--")
    assert "the same at a look to come" not in entries_of(ended)


@pytest.mark.parametrize(
    ("decision", "entry"),
    [
        ("stop: better", "shown better"),
        ("stop: worse", "shown worse"),
        ("stop: futile", "success has become unlikely"),
        ("go on", None),
    ],
)
def test_each_colour_that_is_drawn_and_no_other_is_in_the_legend(made, decision, entry):
    found = going_on(made)
    decided = found.table["decision"].where(found.table["look"] < 3, decision)
    found = dataclasses.replace(found, table=found.table.assign(decision=decided))
    of_colours = {
        "shown better",
        "shown worse",
        "stopped by a guardrail",
        "success has become unlikely",
    }
    assert entries_of(sequential_figure(found)) & of_colours == ({entry} if entry else set())


def test_where_there_is_no_bound_none_is_drawn(made):
    last = made.table["look"] == 3
    gone = {"bound": np.inf, "ci_low": -np.inf, "ci_high": np.inf, "ended_at": 2}
    table = made.table.assign(
        **{name: made.table[name].where(~last, value) for name, value in gone.items()}
    )
    difference, deviate, _ = sequential_figure(dataclasses.replace(made, table=table)).axes
    assert set(bars(difference)) == set(bars(deviate)) == {0, 1}
    assert "no interval" in texts(difference)
    assert "no bound left" in texts(deviate)
    early = dataclasses.replace(made, table=table.assign(ended_at=0, spent=1e-9))
    assert "no bound yet" in texts(sequential_figure(early).axes[1])
    again = dataclasses.replace(made, table=table.assign(ended_at=0, spent=0.01))
    assert "no bound: nothing new" in texts(sequential_figure(again).axes[1])


def test_comparisons_of_like_reach_share_a_scale_and_others_do_not(made):
    def second(by):
        other = made.table.assign(segment="b2b")
        money = ["estimate", "ci_low", "ci_high"]
        other[money] *= by
        guards = made.guardrails.assign(segment="b2b")
        return dataclasses.replace(
            made,
            table=pd.concat([made.table, other]),
            guardrails=pd.concat([made.guardrails, guards]),
        )

    for by, same in ((8.0, True), (20.0, False)):
        panels = np.array(sequential_figure(second(by)).axes).reshape(2, 3)
        assert (panels[0, 0].get_xlim() == panels[1, 0].get_xlim()) == same
        assert ("each segment has its own scale" in one_line(panels[1, 0].get_xlabel())) != same
        for column in (1, 2):
            assert panels[0, column].get_xlim() == panels[1, column].get_xlim()


def test_what_reaches_beyond_the_picture_has_an_arrow(made):
    first = made.table["look"] == 1
    table = made.table.assign(ci_high=made.table["ci_high"].where(~first, 1e4))
    figure = sequential_figure(dataclasses.replace(made, table=table))
    axes = figure.axes[0]
    assert axes.get_xlim()[1] < 1e3
    assert any(line.get_marker() == ">" for line in axes.get_lines())
    entries = {text.get_text() for text in figure.legends[0].get_texts()}
    assert "goes on beyond the picture" in entries


def test_a_failed_check_stands_in_a_band_above_and_nothing_has_the_colour_of_a_decision(made):
    failed = checks_table([Check("clock", "all", "9 calls", np.nan, "fail", "calls before entry")])
    found = dataclasses.replace(made, checks=failed, trustworthy=False)
    figure = sequential_figure(found)
    told = "Do not act on this: a check failed: clock (9 calls): calls before entry."
    assert band_text(figure).replace("\n", " ") == told
    assert figure.get_suptitle().startswith("While a check fails nothing is decided here")
    assert any("nothing is decided while a check fails" in text for text in texts(figure.axes[0]))
    assert figure.axes[2].get_title(loc="left") == "not decided"
    for axes in figure.axes:
        assert {to_rgb(colour) for _, _, colour in marks(axes).values()} == {to_rgb(style.INK)}
    figure.draw_without_rendering()
    (band,) = [text for text in figure.texts if text.get_gid() == NAME]
    (title,) = [one for one in figure.texts if one.get_text() == figure.get_suptitle()]
    assert title.get_window_extent().y1 < band.get_window_extent().y0
    assert band_text(sequential_figure(made)) == ""


def test_a_segment_that_is_not_there_is_refused(made):
    with pytest.raises(InputError, match="segment"):
        sequential_figure(made, "b2b")


def test_an_arm_that_is_better_but_not_shown_safe_or_ended_but_vetoed_says_so(made):
    title = "b2c · long against current: "
    better = {"decision": "stop: better", "guardrail": "", "claimed_at": 3}
    table = made.table.assign(**better)
    for state, decision, told in (
        ("open", "go on", "better, but not shown to be safe (contacts who opted out)"),
        ("within the margin", "go on", "better, stop"),
    ):
        guards = made.guardrails.assign(state=state, decision=decision)
        found = dataclasses.replace(made, table=table, guardrails=guards)
        assert title + told in texts(sequential_figure(found).axes[0])
    ended = {"decision": "end: not shown", "guardrail": "", "ended_at": 3}
    found = dataclasses.replace(made, table=made.table.assign(**ended))
    told = "ended, no difference shown, and stop this arm (contacts who opted out)"
    assert title + told in texts(sequential_figure(found).axes[0])


def test_long_names_are_not_cut_off(made):
    names = {
        "segment": "piccole e medie imprese dell'Emilia-Romagna",
        "arm": "più di rado è meglio",
    }
    tables = ("table", "guardrails", "bounds")
    long = {name: getattr(made, name).assign(**names) for name in tables}
    figure = sequential_figure(dataclasses.replace(made, **long))
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in axes.texts)


def test_a_day_before_the_first_look_is_drawn_as_no_look_and_the_legend_stands_alone(made):
    first = {name: getattr(made, name).iloc[:1] for name in ("table", "guardrails", "looks")}
    nothing = dict.fromkeys(["estimate", "z", "bound", "ci_low", "ci_high"], np.nan)
    plain = {"fraction": 0.0, "decision": "nothing to tell yet", "guardrail": "", "claimed_at": 0}
    unseen = dict.fromkeys(["estimate", "low", "high"], np.nan)
    found = dataclasses.replace(
        made,
        table=first["table"].assign(**nothing, **plain, unit=""),
        guardrails=first["guardrails"].assign(**unseen, decision="go on", unit=""),
        looks=first["looks"].assign(fraction=0.0),
        bounds=made.bounds.assign(made=False),
    )
    figure = sequential_figure(found)
    difference, deviate, guardrail = figure.axes
    labels = [text.get_text() for text in difference.get_yticklabels()]
    assert "no look yet · 1 Mar" in labels
    assert not any(label.startswith("look") for label in labels)
    assert "z within this range claims nothing, at a look to come" in entries_of(figure)
    assert not any("the same" in entry for entry in entries_of(figure))
    for axes in (difference, guardrail):  # nothing was measured, so there is no scale to read
        assert list(axes.get_xticks()) == [0.0]
    assert len(deviate.get_xticks()) > 1
