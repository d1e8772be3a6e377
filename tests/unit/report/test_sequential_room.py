"""The picture of looks with several guardrails can be read: no text meets another or the edge."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from texts_drawn import boxes, cut, met
from three_looks import three_looks

from simkit.report import sequential_figure

SHARE = "share of contacts"
GUARDRAILS = {
    "opt_out": (SHARE, 1.0),
    "complaint": (SHARE, 0.15),
    "refusals": ("per contact", 8.0),
    "disdette_entro_trenta_giorni": (SHARE, 0.03),
}
STATES = {
    "beyond the margin": ("stop this arm", 1),
    "open": ("go on", 0),
    "within the margin": ("go on", 0),
    "vetoed at the end: harm shown, and not within the margin": ("stop this arm", 3),
    "harm shown, open whether within the margin": ("go on", 0),
}
COMPARISONS = (
    ("b2c", "ogni1"),
    ("b2c", "ogni10"),
    ("b2c", "richiamo_ogni_venti_giorni"),
    ("b2b", "ogni20"),
)


def looked_at(comparisons, guardrails):
    """The three looks for each comparison, with each guardrail; the last look has no bound."""
    made = three_looks()
    named = [dict(zip(("segment", "arm"), each, strict=True)) for each in COMPARISONS[:comparisons]]
    guards = []
    for row, names in enumerate(named):
        for place, (outcome, (unit, by)) in enumerate([*GUARDRAILS.items()][:guardrails]):
            state = [*STATES][(row + place) % len(STATES)]
            decision, since = STATES[state]
            told = {"state": state, "decision": decision, "crossed_at": since}
            own = made.guardrails.assign(outcome=outcome, unit=unit, **names, **told)
            own[["estimate", "low", "high", "margin"]] *= by
            guards.append(own)
    table = pd.concat([made.table.assign(**names) for names in named], ignore_index=True)
    last, first = table["look"] == 3, table["look"] == 1
    table.loc[first, ["estimate", "ci_low", "ci_high", "z"]] = np.nan
    table.loc[last, ["bound", "ci_low", "ci_high"]] = np.inf, -np.inf, np.inf
    table.loc[last, ["ended_at", "spent", "decision"]] = 0, 0.01, "go on"
    return dataclasses.replace(
        made,
        table=table,
        guardrails=pd.concat(guards, ignore_index=True),
        bounds=pd.concat([made.bounds.assign(**names) for names in named], ignore_index=True),
    )


@pytest.mark.parametrize(("comparisons", "guardrails"), [(4, 1), (2, 2), (3, 3), (1, 4)])
def test_no_text_of_the_looks_meets_another_or_is_cut_off(comparisons, guardrails):
    figure = sequential_figure(looked_at(comparisons, guardrails))
    drawn = boxes(figure)
    assert len(figure.axes) == comparisons * (2 + guardrails)
    assert len(drawn) > 10 * comparisons
    assert not met(drawn)
    assert not cut(figure, drawn)


def test_no_panel_is_narrower_than_its_label_and_no_unit_is_broken_within_a_word():
    figure = sequential_figure(looked_at(1, 4))
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.xaxis.label.get_window_extent().width <= axes.bbox.width + 1
    units = [axes.get_xlabel().split("[")[-1].replace("\n", " ") for axes in figure.axes]
    points = "percentage points]"
    assert [units[0], *units[2:]] == [
        "EUR per contact]",
        points,
        points,
        "per contact]",
        points,
    ]
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes[2:]]
    assert titles[1] == "open whether within the margin"
