"""evaluate, recommend and study with a registered design."""

import json

import pandas as pd
import pytest

from simkit.policy.arms import load_arms
from simkit.scenario import load_prices
from simkit.trial.design import TrialDesign


@pytest.fixture
def registered(files):
    design = TrialDesign(
        name="ninety contacts",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "long"},
        salt="ninety",
        horizon_days=60.0,
        guardrails={"opt_out": {"b2b": 0.05}},
        prices=load_prices(files / "prices.toml", ["b2b"]),
    )
    design.write(files / "trial.toml")
    return design


EVALUATE = ("evaluate", "--log", "log", "--prices", "prices.toml", "--design", "trial.toml")
FAST = ("--replications", 2, "--contacts-per-run", 40, "--no-progress", "--jobs", 1)


def test_a_design_says_horizon_control_and_guardrail(registered, simkit):
    result = simkit(*EVALUATE)
    assert result.exit_code == 0, result.output
    assert "b2b · current against long: net value per contact" in result.stdout
    assert "at 60 days" in result.stdout
    assert "guardrail, less is better, margin +5.00 percentage points" in result.stdout
    # Nothing is said of what was registered, but of the price that the opt-outs' part rests on.
    assert result.stdout.count("registered") == 1
    assert "by the price contact_value_eur_per_year, as registered" in " ".join(
        result.stdout.split()
    )
    assert "current is not shown to be within the margin of contacts who opted out" in result.stdout


def test_a_horizon_of_ones_own_is_told_first_and_may_not_be_acted_on(registered, simkit):
    result = simkit(*EVALUATE, "--horizon", 30)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("30 days instead of 60") >= 2
    assert "Do not act on these results" in result.stdout
    assert "is the best arm" not in result.stdout
    failed = [line for line in result.stdout.splitlines() if "Check failed: " in line]
    assert len(failed) == 1
    assert failed[0].startswith(
        "  - Check failed: registration (horizon: 30 days instead of 60): as said"
    )
    assert f"Warning: {failed[0].removeprefix('  - Check failed: ')}" not in result.stdout
    counts = [line for line in result.stdout.splitlines() if line.startswith("Checks: ")]
    assert len(counts) == 1
    assert " made, 1 failed, " in counts[0]


def test_a_study_as_registered_names_its_design(registered, files, simkit, short_grid):
    asked = ("--prices", "prices.toml", "--scenario", "b2b", "--out", "out", *FAST)
    result = simkit("study", "--log", "log", "--design", "trial.toml", *asked)
    assert result.exit_code == 0, result.output
    record = json.loads((files / "out" / "study.json").read_text(encoding="utf-8"))
    assert record["design"] == registered.identity()
    decision = pd.read_csv(files / "out" / "decision.csv")
    assert set(decision["design"]) == {registered.identity()}
    page = (files / "out" / "report.html").read_text(encoding="utf-8")
    assert f"ninety contacts ({registered.identity()})" in page
    assert "as registered" in page
    unlike = simkit("study", "--log", "log", "--design", "trial.toml", "--horizon", 30, *asked)
    assert unlike.exit_code == 0, unlike.output
    page = (files / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index("A check of the simulated trial failed") < page.index("30 days instead of 60")
    assert "CANNOT TELL" in unlike.stdout.upper()


def test_a_study_takes_the_registered_prices_and_says_so(registered, files, simkit, short_grid):
    # prices.toml, which were registered, are not b2b's own: a sale is 500 EUR, not its mean.
    asked = ("study", "--log", "log", "--design", "trial.toml", "--scenario", "b2b", *FAST)
    result = simkit(*asked, "--out", "out")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert (
        "prices are those registered in trial.toml, not the scenario's, which differ in b2b" in said
    )
    assert "Do not act" not in said
    given = simkit(*asked, "--prices", "prices.toml", "--out", "given")
    assert "prices are those registered" not in given.stdout
    for name in ("decision.csv", "evaluation.csv"):
        here, there = (pd.read_csv(files / out / name) for out in ("out", "given"))
        pd.testing.assert_frame_equal(here, there)
    (files / "dear.toml").write_text(
        (files / "prices.toml").read_text().replace("500.0", "900.0"), encoding="utf-8"
    )
    dear = " ".join(simkit(*asked, "--prices", "dear.toml", "--out", "dear").output.split())
    assert "prices: others in b2b" in dear


def test_registered_prices_without_a_value_of_sales_are_no_others(
    registered, files, simkit, short_grid
):
    text = (files / "prices.toml").read_text().replace("sale_value_eur = 500.0\n", "")
    (files / "prices.toml").write_text(text, encoding="utf-8")
    prices = load_prices(files / "prices.toml", ["b2b"])
    (files / "trial.toml").unlink()
    registered.replace(prices=prices).write(files / "trial.toml")
    asked = ("study", "--log", "log", "--design", "trial.toml", "--scenario", "b2b", *FAST)
    for out, given in (("out", ()), ("given", ("--prices", "prices.toml"))):
        said = " ".join(simkit(*asked, *given, "--out", out).output.split())
        assert "prices: others" not in said


def test_policies_are_not_given_twice(registered, simkit):
    given = ("--policies", "policies.toml", "--design", "trial.toml", "--scenario", "b2b")
    result = simkit("study", "--log", "log", *given)
    assert result.exit_code == 2
    assert "--policies == 'policies.toml', must not be given with --design" in (
        " ".join(result.output.split())
    )


def test_a_table_of_totals_with_what_its_columns_are_worth(files, simkit):
    (files / "totals.csv").write_text("arm,n,bought,left\nmail,2000,60,74\nnone,2000,40,42\n")
    asked = ("evaluate", "--table", "totals.csv", "--control", "none")
    worth = ("--worth", "bought=40", "--worth", "left=-15")
    untold = simkit(*asked, *worth)
    assert untold.exit_code == 2
    assert "--worth left == -15.0, must be named in --lower-is-better or --higher-is-better" in (
        " ".join(untold.output.split())
    )
    result = simkit(*asked, *worth, "--lower-is-better", "left")
    assert result.exit_code == 0, result.output
    # 20 of 2,000 more buy and 32 more leave: (20 × 40 − 32 × 15) ÷ 2,000.
    assert "mail against 'none': net value per contact +0.16 EUR" in result.stdout
    wrong = simkit(*asked, "--worth", "bought", "--worth", "left=much")
    assert wrong.exit_code == 2
    assert wrong.output.count("--worth ==") == 2
