"""Titles name every arm, count what is too much to name, and leave no word alone in a line."""

import pandas as pd
import pytest

from simkit.report.figures.style import wrapped
from simkit.report.sentences_forest import forest_title, guardrail_title
from simkit.report.sentences_incidence import incidence_title
from simkit.report.sentences_sweep import sweep_title


def test_broken_lines_are_about_equally_long():
    title = "b2b at 90 days: ten and twenty better than current, thirty open"
    lines = wrapped(title, 52).splitlines()
    assert " ".join(lines) == title
    # Filled up, the second line would hold two words.
    assert lines == ["b2b at 90 days: ten and twenty", "better than current, thirty open"]
    assert wrapped("a short one\nof two lines", 42) == "a short one\nof two lines"
    assert wrapped("", 42) == ""
    assert wrapped("pausa_lunga_di_una_settimana wins", 20) == "pausa_lunga_di_\nuna_settimana wins"
    assert max(map(len, wrapped("x" * 50 + " y", 42).splitlines())) <= 42


def test_a_forest_of_several_verdicts_is_one_line_before_it_is_broken():
    rows = pd.DataFrame(
        {"arm": ["ten", "twenty"], "verdict": ["better", "cannot tell"], "control": "current"}
    )
    expected = "b2b at 90 days: ten better than current, twenty open"
    assert forest_title(rows, "b2b", 90.0) == expected


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([5, 10, 15], "cannot be told from it: every 5, 10 and 15 days"),
        ([5, 10, 15, 20], "4 others cannot be told from it"),
    ],
)
def test_many_intervals_as_good_as_the_best_are_counted(others, said):
    good = ["every 2 days", *(f"every {days} days" for days in others)]
    title = sweep_title("b2c", "net_value_eur", 365, "every 2 days", good)
    assert title == (f"b2c: net value over 365 days is highest when called every 2 days;\n{said}")


@pytest.mark.parametrize(
    ("ten", "said"),
    [
        ((-0.04, -0.07, -0.01), "ten 11.80 % (−4.00, −7.00 to −1.00)"),
        ((-0.01, -0.03, 0.01), "ten 14.80 % (−1.00, −3.00 to +1.00)"),
        ((float("nan"),) * 3, "ten cannot be compared"),
    ],
)
def test_incidence_describes_every_arm_and_claims_nothing(ten, said):
    low_high = ("estimate", "ci_low", "ci_high")
    rows = pd.DataFrame([(-0.0485, -0.08, -0.01), ten], columns=low_high).assign(
        arm=["twenty", "ten"], outcome="opt_out", control="current", unit="share of contacts"
    )
    rows = rows.assign(incidence_control=0.158, incidence_arm=0.158 + rows["estimate"])
    assert incidence_title(rows, "b2b", 90.0).splitlines() == [
        "b2b: opted out by day 90:",
        "current 15.80 %",
        "twenty 10.95 % (−4.85, −8.00 to −1.00)",
        said,
    ]


def test_a_segment_and_its_arm_stay_in_one_line():
    assert wrapped("stop b2c · long, stop b2c · rare", 17) == "stop b2c · long,\nstop b2c · rare"


def test_a_number_and_its_unit_stay_in_one_line():
    title = "privati: 2 looks stop medio in 0 %, lungo in 0 %, lunghissimo in 0 % of trials"
    for width in range(20, 80):
        assert not any(line.startswith("%") for line in wrapped(title, width).splitlines())
    assert wrapped("it saves 12 of 120 days", 18) == "it saves 12\nof 120 days"


def test_an_arm_that_a_guardrail_vetoes_is_not_open():
    rows = pd.DataFrame(
        {"arm": ["ten", "twenty"], "verdict": ["better", "cannot tell"], "control": "current"}
    )
    said = forest_title(rows, "b2b", 90.0, ["twenty"])
    assert said == "b2b at 90 days: ten better than current, twenty vetoed"
    only = forest_title(rows[1:], "b2b", 90.0, ["twenty"])
    assert only == "b2b at 90 days: twenty vetoed"


def test_the_title_of_a_guardrail_names_it_and_every_arm():
    states = {"ten": "within margin", "twenty": "veto", "thirty": "not told"}
    name = "contacts who opted out:\n"
    said = guardrail_title("opt_out", states)
    assert said == f"{name}vetoed: twenty;\nopen: thirty;\nwithin the margin: ten"
    said = guardrail_title("opt_out", {"ten": "not told"})
    assert said == f"{name}no arm shown to be within the margin"
