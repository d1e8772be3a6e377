"""A forest plot of several guardrails can be read: no text meets another or the edge."""

import pandas as pd
import pytest
from texts_drawn import boxes, cut, met

from simkit.report import forest_figure
from simkit.report.figures import style
from simkit.report.figures.panel_room import name_margin
from simkit.trial import evaluate

GUARDRAILS = ("opt_out", "complaint", "cancelled")
ARMS = ("attuale", "corto", "lungo", "spesso")
LONG_ARMS = (
    "richiamo come sempre, ogni quindici giorni",
    "richiamo ogni cinque giorni lavorativi",
    "richiamo_ogni_giorno_lavorativo_anche_il_sabato",
    "ognigiornolavorativoancheilsabatoenelleferie",
)


def forest(arms, guardrails, segments=("",)):
    """Of 500 contacts an arm: as many buy in each, and in the last four times as many opt out."""
    often = dict.fromkeys(arms, 25) | {arms[-1]: 100}
    counts = {
        "sale": dict.fromkeys(arms, 60),
        "opt_out": often,
        "complaint": dict.fromkeys(arms, 10),
        "cancelled": dict.fromkeys(arms, 15),
    }
    table = pd.DataFrame(
        [
            {
                "contact_id": f"{segment} {arm} {number}",
                "segment": segment,
                "arm": arm,
                **{name: int(number * 7 % 500 < of_arm[arm]) for name, of_arm in counts.items()},
            }
            for segment in segments
            for arm in arms
            for number in range(500)
        ]
    )
    found = evaluate(
        table,
        control=arms[0],
        outcomes=["sale"],
        guardrails=dict.fromkeys(guardrails, 0.02),
        segment="segment" if len(segments) > 1 else None,
    )
    return forest_figure(found)


@pytest.mark.parametrize("arms", [ARMS, LONG_ARMS], ids=["short names", "long names"])
@pytest.mark.parametrize(
    ("number", "segments"), [(1, ("",)), (2, ("",)), (3, ("",)), (3, ("privati", "aziende"))]
)
def test_no_text_of_a_forest_meets_another_or_is_cut_off(arms, number, segments):
    figure = forest(arms, GUARDRAILS[:number], segments)
    drawn = boxes(figure)
    assert len(figure.axes) == len(segments) * (1 + number)
    assert len(drawn) > 10 * len(segments)
    assert not met(drawn)
    assert not cut(figure, drawn)


def test_each_guardrail_is_named_above_its_panel_and_with_its_unit_below():
    figure = forest(ARMS, GUARDRAILS)
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes[1:]]
    assert titles[0].startswith("contacts who opted out: vetoed: spesso")
    assert titles[1].startswith("contacts who complained: ")
    assert titles[2].startswith("contacts who cancelled: ")
    for axes in figure.axes:
        assert axes.get_xlabel().endswith("[percentage points]")
        low, high = axes.get_xlim()
        assert sum(low <= tick <= high for tick in axes.get_xticks()) >= 2


@pytest.mark.parametrize(
    ("limits", "margin", "named"),
    [
        ((-42.0, 4.0), 2.0, False),  # 0 on one side and the edge on the other
        ((-42.0, 20.0), 2.0, True),
        ((-4.0, 42.0), 38.0, True),
        ((-4.0, 42.0), -2.0, False),
        ((-1.0, 1.0), 0.0, True),
    ],
)
def test_the_word_margin_is_written_across_no_line_and_no_edge(limits, margin, named):
    figure, (axes,) = style.new_figure(height_in=2.0)
    figure.set_figwidth(3.0)
    axes.set_xlim(*limits)
    name_margin(axes, margin, limits, 2.3)
    figure.draw_without_rendering()
    assert len(axes.texts) == int(named)
    for text in axes.texts:
        box = text.get_window_extent().transformed(axes.transData.inverted())
        assert limits[0] <= box.x0 < box.x1 <= limits[1]
        assert not any(box.x0 < line < box.x1 for line in (0.0, margin))
