"""simkit monitor: prints the look, counts it, writes picture and tables."""

import pandas as pd
import pytest

from simkit.calllog import read_call_log
from simkit.cli.on_monitor import COLUMNS, HEADINGS
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.monitor import monitor


@pytest.fixture
def trial(files):
    design = TrialDesign(
        name="autumn",
        arms=load_arms(files / "policies.toml"),
        control={"b2b": "current"},
        salt="s",
        horizon_days=30.0,
        looks=Looks(fractions=(0.5, 1.0)),
        contacts={"b2b": 180},
        prices=load_scenario("b2b").economics(),
    )
    design.write(files / "trial.toml")
    return design


def test_monitor_gives_what_the_package_gives(files, trial, simkit):
    trial = trial.replace(primary="sale")  # whose few are told by an exact test
    trial.write(files / "sales.toml")
    asked = ("monitor", "--design", "sales.toml", "--log", "log", "--scenario", "b2b")
    more = ("--as-of", "2026-03-20", "--ledger", "looks.toml", "--out", "found")
    result = simkit(*asked, *more, "--picture", "look.png")
    assert result.exit_code == 0, result.output
    found = monitor(
        read_call_log(files / "log"),
        trial,
        economics=load_scenario("b2b").economics(),
        as_of="2026-03-20",
        earlier=[],
    )
    assert found.sentence() in result.output
    for text in found.sentences():
        assert text in result.output
    written = pd.read_csv(files / "found" / "monitor.csv")
    assert written["z"].tolist() == pytest.approx(found.table["z"].tolist())
    picture = (files / "found" / "monitor.png").read_bytes()
    assert len(picture) > 10_000
    assert (files / "look.png").read_bytes() == picture
    assert "Picture: look.png" in result.output
    assert (files / "found" / "guardrails.csv").exists()
    ledger = (files / "looks.toml").read_text()
    assert "[[looks]]" in ledger
    assert "nan" not in ledger
    # A p-value that counts looks and comparisons is not called p alone, and is explained.
    assert COLUMNS["p_adjusted"] == "p over all looks and arms"
    assert all(word in result.output for word in COLUMNS["p_adjusted"].split())
    assert HEADINGS.format(alpha=0.05).split(". ")[-2] in " ".join(result.output.split())


def test_monitor_without_a_ledger_warns(files, trial, simkit):
    result = simkit("monitor", "--design", "trial.toml", "--log", "log", "--scenario", "b2b")
    assert result.exit_code == 0, result.output
    assert "Warning: nobody said which looks were made before" in result.output


def test_monitor_tells_what_is_missing(files, trial, simkit):
    result = simkit("monitor", "--log", "log")
    assert result.exit_code == 2
    assert "--design" in result.output
    result = simkit("monitor")
    assert all(option in result.output for option in ("--log", "--design"))
    trial.replace(prices={}).write(files / "unpriced.toml")
    result = simkit("monitor", "--design", "unpriced.toml", "--log", "log")
    assert "--prices" in result.output
    drawn = ("--guardrails-only", "--picture", "look.txt")
    result = simkit("monitor", "--design", "trial.toml", "--log", "log", *drawn)
    assert "--picture == 'look.txt', must end in .png" in result.output
    assert "must not be given with --guardrails-only, which is no look and draws none" in (
        result.output
    )
    late = ("--scenario", "b2b", "--as-of", "soon")
    result = simkit("monitor", "--design", "trial.toml", "--log", "log", *late)
    assert "command line: --as-of" in result.output


def test_guardrails_alone_are_watched_and_noted(files, trial, simkit):
    guarded = trial.replace(guardrails={"opt_out": {"b2b": 0.05}})
    guarded.write(files / "guarded.toml")
    asked = ("monitor", "--design", "guarded.toml", "--log", "log", "--scenario", "b2b")
    more = ("--as-of", "2026-03-20", "--ledger", "looks.toml", "--out", "found")
    result = simkit(*asked, *more, "--guardrails-only")
    assert result.exit_code == 0, result.output
    assert "guardrail contacts who opted out" in result.output
    assert "net value" not in result.output
    assert set(pd.read_csv(files / "found" / "guardrails.csv")["outcome"]) == {"opt_out"}
    assert not (files / "found" / "monitor.csv").exists()
    ledger = (files / "looks.toml").read_text()
    assert "[[watched]]" in ledger
    assert "[[looks]]" not in ledger
    refused = simkit(*asked, "--guardrails-only", "--final", "--earlier", "2026-02-01")
    for option in ("--final", "--earlier"):
        assert f"{option} == " in refused.stderr


def test_a_day_too_early_for_a_look_names_no_ledger_that_was_not_written(files, trial, simkit):
    guarded = trial.replace(guardrails={"opt_out": {"b2b": 0.05}})
    guarded.write(files / "guarded.toml")
    asked = ("monitor", "--design", "guarded.toml", "--log", "log", "--scenario", "b2b")
    kept = ("--ledger", "looks.toml")
    for more, named in ((("--guardrails-only",), "Noted: "), ((), "Looks: ")):
        early = simkit(*asked, *kept, *more, "--as-of", "2026-01-20")
        assert early.exit_code == 0, early.output
        assert named not in early.output
        assert not (files / "looks.toml").exists()
    look = simkit(*asked, *kept, "--as-of", "2026-03-20")
    assert "Looks: looks.toml" in look.output


def test_monitor_holds_the_contacts_against_the_assignment(files, trial, simkit):
    contacts = read_call_log(files / "log").contacts[["contact_id", "arm"]]
    contacts.to_csv(files / "arms.csv", index=False)
    asked = ("monitor", "--design", "trial.toml", "--log", "log", "--scenario", "b2b")
    held = simkit(*asked, "--assigned", "arms.csv")
    assert held.exit_code == 0, held.output
    assert "a list of arms without the record" in held.output
    other = {"current": "long", "long": "current"}
    contacts.loc[0, "arm"] = other.get(contacts.loc[0, "arm"], "current")
    contacts.to_csv(files / "arms.csv", index=False)
    spoilt = simkit(*asked, "--assigned", "arms.csv")
    assert "Do not act on this" in spoilt.output
    assert "1 of 90 contacts in another arm than assigned" in spoilt.output
    assert "if the checks had passed" in " ".join(spoilt.output.split())
    missing = simkit("monitor", "--assigned", "none.csv")
    assert all(option in missing.output for option in ("--assigned", "--design", "--log"))


def test_evaluate_counts_the_looks_of_the_ledger(files, trial, simkit):
    how = ("--design", "trial.toml", "--log", "log", "--scenario", "b2b")
    looked = simkit("monitor", *how, "--as-of", "2026-03-20", "--ledger", "looks.toml")
    assert looked.exit_code == 0, looked.output
    found = simkit("evaluate", *how, "--ledger", "looks.toml")
    assert found.exit_code == 0, found.output
    assert "The trial was looked at before (2026-03-20): an arm is called" in found.output
    # What the answer says stands in no warning below it.
    assert found.output.count("he trial was looked at before") == 1
    missing = simkit("evaluate", *how, "--ledger", "none.toml")
    assert missing.exit_code == 2
    assert "command line: --ledger" in missing.output
