"""What a picture says on its face, since it is copied without the text beside it; its scales."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from simkit.report import cautions, exposure_figure, forest_figure, incidence_figure
from simkit.report.figures import style
from simkit.report.figures.band import NAME, band_text
from simkit.report.figures.differences import SignedTicks, shared
from simkit.report.sections_trial import field
from simkit.report.sentences import digits_of
from simkit.trial import evaluate
from simkit.trial.checks.check import Check, checks_table

LONG = {
    "often": "richiamo ogni giorno lavorativo, anche il sabato",
    "rare": "richiamo ogni cinque giorni lavorativi",
    "control": "richiamo come sempre, ogni quindici giorni",
}
MEANING = (
    "arms are not as large as chance would make them: units were lost or moved after the "
    "assignment, so no difference can be trusted until this is explained"
)
OTHERS = ("contacts were called before they entered, by a dialler that nobody had told" * 2, "b")
COLOURS = {to_rgb(one) for one in (*style.VERDICT_COLOURS.values(), *style.STATE_COLOURS.values())}


def failed_checks(*meanings):
    return [Check("ratio", "b2c", "12", 0.0, "fail", meaning, "look") for meaning in meanings]


def renamed(table):
    names = [name for name in ("arm", "control", "shared_with") if name in table]
    return table.assign(**{name: table[name].replace(LONG) for name in names})


@pytest.fixture(scope="module")
def better(study):
    """The trial of the study with long names, in which all arms are said to be better."""
    found = study.evaluation
    table = renamed(found.table)
    table["verdict"] = table["verdict"].mask(table["role"] == "primary", "better")
    table["reason"] = table["reason"].mask(table["role"] == "primary", "")
    vetoes, winners = renamed(found.vetoes), renamed(found.winners)
    return replace(found, table=table, vetoes=vetoes.assign(state="within margin"), winners=winners)


@pytest.fixture(scope="module")
def failed(better):
    return replace(better, checks=checks_table(failed_checks(MEANING, *OTHERS)), trustworthy=False)


@pytest.fixture(scope="module")
def pictures(study, failed):
    """Each picture of a trial of which a check failed."""
    incidence = study.incidence
    incidence = replace(incidence, table=renamed(incidence.table), curves=renamed(incidence.curves))
    checks = replace(study.checks, table=failed.checks, exposure=renamed(study.checks.exposure))
    return {
        "forest": forest_figure(failed),
        "forest of one segment": forest_figure(failed, "b2b"),
        "incidence": incidence_figure(incidence, evaluation=failed),
        "exposure": exposure_figure(checks),
    }


def line_of(figure):
    return band_text(figure).replace("\n", " ")


def test_each_picture_of_a_failed_check_forbids_to_act_in_the_words_of_the_headline(
    pictures, failed
):
    for name, figure in pictures.items():
        head = "Do not act on these results: "
        if name == "exposure":  # of checks alone, in their words
            head = "Do not act on results of this trial: "
        assert line_of(figure) == f"{head}{MEANING} (and 2 more failed checks)."
    assert failed.paragraphs()[0].startswith(f"Do not act on these results: {MEANING}")


def test_nothing_is_cut_off_and_the_band_stands_above_all_else(pictures):
    for figure in pictures.values():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        drawn = figure.get_tightbbox(canvas.get_renderer())
        width, height = figure.get_size_inches()
        assert min(drawn.x0, drawn.y0) >= -0.01
        assert drawn.x1 <= width + 0.01
        assert drawn.y1 <= height + 0.01
        (text,) = [text for text in figure.texts if text.get_gid() == NAME]
        below = max(axes.get_tightbbox().y1 for axes in figure.axes)
        assert text.get_window_extent().y0 >= below
        assert 0 < text.get_window_extent().x0 < text.get_window_extent().x1 < figure.bbox.x1


@pytest.mark.parametrize("name", ["forest", "exposure"])
def test_names_beside_the_rows_of_a_figure_do_not_meet(pictures, name):
    figure = pictures[name]
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
    boxes.sort(key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(boxes))


def test_a_forest_that_may_not_be_acted_on_has_no_colour_of_a_verdict(pictures, better):
    def dots(figure):
        lines = [line for axes in figure.axes for line in axes.lines if line.get_marker() == "o"]
        return {to_rgb(line.get_color()) for line in lines}

    assert dots(pictures["forest"]) == {to_rgb(style.QUIET)}
    assert dots(forest_figure(better)) <= COLOURS
    entries = [text.get_text() for text in pictures["forest"].legends[0].get_texts()]
    assert "grey: not to be acted on" in entries
    assert "grey: cannot tell" not in entries
    for axes in pictures["forest"].axes:
        title = axes.get_title(loc="left").replace("\n", " ")
        assert "if the checks had passed, this would read: " in title


def test_a_doubt_of_the_text_is_a_doubt_of_the_picture(better):
    assert better.trustworthy
    told = cautions.of_evaluation(better)
    assert not told.forbids
    doubt = (
        "no design was given: nothing shows that this was to decide before anyone looked, nor that "
        "it is the only comparison that was looked at"
    )
    # That segments were not shown to differ is one more, and a lesser one.
    assert told.text == f"Doubtful: {doubt} (and 1 more doubt)."
    assert f"{doubt[0].upper()}{doubt[1:]}." in better.paragraphs()
    assert line_of(forest_figure(better)) == told.text


def test_where_nothing_is_doubted_there_is_no_band(better, study):
    class Undoubted(type(better)):
        """An evaluation of which the text doubts nothing."""

        def doubted(self):
            return ()

    fields = {name: getattr(better, name) for name in better.__dataclass_fields__}
    assert line_of(forest_figure(Undoubted(**fields))) == ""
    trusted = replace(study.checks, table=study.checks.table.assign(verdict="ok"))
    assert line_of(exposure_figure(trusted)) == ""
    assert cautions.of_evaluation(None) is None


def test_few_reasons_are_all_told_and_others_are_counted(failed):
    two = replace(failed, checks=checks_table(failed_checks("a", "b")))
    assert cautions.of_evaluation(two).text == "Do not act on these results: a; b."
    more = replace(failed, checks=checks_table(failed_checks(MEANING, OTHERS[0])))
    assert cautions.of_evaluation(more).text.endswith("(and 1 more failed check).")


def test_verdicts_that_people_read_say_that_they_may_not_be_acted_on(failed, better):
    assert set(better.verdicts()) == set(better.table["verdict"])
    primary = failed.table["role"] == "primary"
    assert set(failed.table.loc[primary, "verdict"]) == {"better"}  # as programs read it
    assert set(failed.verdicts()[primary]) == {"better, not to be acted on"}
    silent = failed.table["verdict"].isin(["cannot tell", "refused"])
    assert (failed.verdicts()[silent] == failed.table.loc[silent, "verdict"]).all()
    said = [text for text in failed.sentences() if "net value" in text]
    assert any(text.endswith(": better, not to be acted on.") for text in said)
    assert "<td>better, not to be acted on</td>" in failed._repr_html_()
    assert "<td>better</td>" not in failed._repr_html_()
    rows = field(failed, "b2c", {}, regret=None, checks=None, incidence=None)["outcomes"].rows
    assert "better, not to be acted on" in [row[-2] for row in rows]


def test_a_saved_table_knows_whether_it_may_be_acted_on(study):
    assert study.evaluation.table["trustworthy"].all()
    early = evaluate(
        study.log,
        control="control",
        horizon_days=40,
        economics=study.scenario.economics(),
        expected_shares={"often": 9.0, "control": 1.0, "rare": 1.0},
    )
    assert not early.trustworthy
    assert not early.table["trustworthy"].any()


# ------------------------------------------------------------------------------------ the scales


def test_segments_share_the_scale_of_a_measure_unless_one_is_over_ten_times_wider(better):
    money = ["estimate", "ci_low", "ci_high", "ci_low_adjusted", "ci_high_adjusted"]
    here = (better.table["segment"] == "b2b") & (better.table["role"] == "primary")
    known = better.table.loc[better.table["role"] == "primary", money]
    reach = known.abs().max(axis=1).groupby(better.table["segment"]).max()
    for by, same in ((5.0, True), (20.0, False)):
        table = better.table.copy()
        table.loc[here, money] *= by * reach["b2c"] / reach["b2b"]
        panels = np.array(forest_figure(replace(better, table=table)).axes).reshape(2, -1)
        assert (panels[0, 0].get_xlim() == panels[1, 0].get_xlim()) == same
        assert panels[0, 1].get_xlim() == panels[1, 1].get_xlim()
        for axes in panels[:, 0]:
            assert ("each segment has its own scale" in axes.get_xlabel()) != same


def test_scales_reach_as_far_as_the_widest_of_those_that_share_them():
    assert shared([(-1.0, 2.0), (-4.0, 1.0)], ["a", "b"]) == [(-4.0, 2.0)] * 2
    assert shared([(0.0, 1.0), (-1.0, 10.1)], ["a", "b"]) == [(0.0, 1.0), (-1.0, 10.1)]
    assert shared([(0.0, 0.0), (-1.0, 3.0)], ["a", "b"]) == [(-1.0, 3.0)] * 2


def test_ticks_of_differences_have_signs_and_the_same_decimals():
    assert SignedTicks().format_ticks([-2.5, 0.0, 2.5, 5.0]) == ["−2.5", "0.0", "+2.5", "+5.0"]
    assert SignedTicks(100.0).format_ticks([-0.02, 0.0, 0.02]) == ["−2", "0", "+2"]


def test_labels_of_a_measure_have_the_same_decimals_in_all_segments(better):
    figure = forest_figure(better)
    panels = np.array(figure.axes).reshape(2, -1)[:, 0]
    labels = [text.get_text() for axes in panels for text in axes.texts]
    numbers = [part.strip("(),") for text in labels for part in text.split() if part != "to"]
    assert {number[0] for number in numbers} <= {"+", "−"}
    assert len({len(number.partition(".")[2]) for number in numbers}) == 1


@pytest.mark.parametrize(
    ("widths", "unit", "digits"),
    [
        ([12.0, 3.0], "EUR per contact", 2),
        ([12.0, 0.05], "EUR per contact", 3),
        ([0.00005], "share of contacts", 4),
        ([np.nan, np.inf], "dials", 0),
        ([0.4], "dials", 2),
    ],
)
def test_the_narrowest_interval_says_how_many_decimals_are_worth_writing(widths, unit, digits):
    """One more than the place of the width's first digit; two at least of money and shares."""
    assert digits_of(widths, unit) == digits
