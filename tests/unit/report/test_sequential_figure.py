"""The picture of looks: marks by kind, bounds made and to come, margins."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from scipy import stats

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.report import sequential_figure
from simkit.report.figures import style
from simkit.trial.checks.check import checks_table
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor import Monitoring
from simkit.trial.monitor.decisions import BY_SPENDING, Plan, Row, decide
from simkit.trial.monitor.guarding import Guarded, guard, hold
from simkit.trial.monitor.monitor import bounds_table, looks_table, rows_table


def seen(fraction, z, outcome="net_value_eur", se=2.0, margin=np.nan, unit="EUR per contact"):
    return Seen(
        outcome=outcome,
        segment="b2c",
        arm="long",
        control="current",
        role="primary" if outcome == "net_value_eur" else "guardrail",
        fraction=fraction,
        lower_is_better=outcome != "net_value_eur",
        unit=unit,
        n=50,
        n_control=50,
        estimate=z * se,
        se=se,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(z))),
        margin=margin,
    )


@pytest.fixture
def made():
    """Three looks at .3 (not planned), .5 and .76; the last one reaches its bound."""
    arms = {
        name: RecallPolicy.every(working_days=days) for name, days in (("current", 5), ("long", 9))
    }
    design = TrialDesign(
        name="t",
        arms={"b2c": arms},
        control={"b2c": "current"},
        salt="s",
        horizon_days=60.0,
        looks=Looks(fractions=(0.5, 0.75, 1.0), futility=True),
        contacts={"b2c": 1000},
        guardrails={"opt_out": {"b2c": 0.02}},
    )
    steps = [(0.3, 1.0, 1.0), (0.5, 1.5, 2.5), (0.76, 3.0, 8.0)]
    share = {"outcome": "opt_out", "se": 0.01, "margin": 0.02, "unit": "share of contacts"}
    looks = [
        Look(f"2026-03-0{at}", part, False, (seen(part, z), seen(part, harm, **share)))
        for at, (part, z, harm) in enumerate(steps, start=1)
    ]
    plan = Plan(design, looks, by_spending=True)
    rows, guards = decide(plan), guard(looks, plan.names, 0.05)
    hold(rows, guards)
    return Monitoring(
        table=rows_table(rows, Row),
        guardrails=rows_table(guards, Guarded),
        looks=looks_table(looks, plan.names),
        bounds=bounds_table(plan, rows),
        checks=checks_table([]),
        primary="net_value_eur",
        alpha=0.05,
        horizon_days=60.0,
        planned=plan.planned,
        spending=plan.spending,
        method=BY_SPENDING,
        trustworthy=True,
        warnings=(),
    )


def marks(axes):
    """Place, face and edge of each look."""
    return [
        (float(line.get_xdata()[0]), line.get_markerfacecolor(), line.get_color())
        for line in axes.get_lines()
        if line.get_marker() == "o" and len(line.get_xdata())
    ]


def test_planned_looks_are_filled_and_others_hollow(made):
    comparison, guardrail = sequential_figure(made).axes
    for axes in (comparison, guardrail):
        faces = {place: face for place, face, _ in marks(axes)}
        assert faces[0.3] == "white"
        assert faces[0.5] != "white"
    assert to_rgb(marks(comparison)[2][2]) == to_rgb(style.WINNER)  # better, stopped
    assert to_rgb(marks(guardrail)[2][2]) == to_rgb(style.WINNER)  # beyond the margin


def test_bounds_go_through_looks_made_and_on_to_the_end(made):
    axes = sequential_figure(made).axes[0]
    lines = [line for line in axes.get_lines() if line.get_marker() == "None"]
    blue = [line for line in lines if to_rgb(line.get_color()) == to_rgb(style.CURVE)]
    solid = max(blue, key=lambda line: (line.get_linestyle() == "-", line.get_ydata()[0]))
    assert list(solid.get_xdata()) == [0.3, 0.5, 0.76]
    assert list(solid.get_ydata()) == pytest.approx(made.table["bound"].tolist())
    dashed = [line for line in blue if line.get_linestyle() == "--"]
    assert all(list(line.get_xdata()) == [0.76, 1.0] for line in dashed)
    assert len(dashed) == 2


def test_titles_and_axes_say_what_is_shown(made):
    figure = sequential_figure(made)
    comparison, guardrail = figure.axes
    assert comparison.get_title(loc="left").replace("\n", " ") == (
        "b2c · long against current: better, but stop this arm (contacts who opted out)"
    )
    assert "stop this arm" in guardrail.get_title(loc="left").replace("\n", " ")
    assert "planned information" in comparison.get_xlabel()
    assert "[percentage points]" in guardrail.get_ylabel()
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"planned look", "other look"} < texts


def test_a_segment_that_is_not_there_is_refused(made):
    with pytest.raises(InputError, match="segment"):
        sequential_figure(made, "b2b")
