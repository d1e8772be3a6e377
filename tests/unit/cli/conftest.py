"""A small trial of 90 contacts as files, and the command line run in this process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simkit.calllog.adapters import export_contacts, export_log
from simkit.cli.application import app
from simkit.engine import simulate
from simkit.policy.arms import load_arms
from simkit.scenario import load_scenario

POLICIES = """\
[b2b.current]
interval = { working_days = 5 }

[b2b.long]
interval = { working_days = 10 }
"""
PRICES = """\
[all]
sale_value_eur = 500.0
dial_eur = 0.1
agent_eur_per_hour = 30.0
complaint_eur = 100.0
contact_value_eur_per_year = 100.0
valuation_days = 730.0
worthwhile_eur = 3.0
optout_margin_prob = 0.01
"""
# What stock VICIdial has no code for; see data/README.md.
STOCK = {"not_now": "refused", "undecided": "refused", "already_solved": "refused"}
STOCK |= {"complaint": "opt_out"}


@pytest.fixture(scope="session")
def small_files(tmp_path_factory) -> Path:
    """A folder: log/ (CSV), calls.txt (VICIdial), contacts.csv, prices.toml, policies.toml."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "policies.toml").write_text(POLICIES, encoding="utf-8")
    (folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    scenario = load_scenario("b2b").vary("b2b.sale_base_logit", 2.0, source="assumed")
    policies = load_arms(folder / "policies.toml")
    log = simulate(scenario, policies, contacts=90, agents=3, days=90, seed=1)
    log.write_csv(folder / "log")
    codes = log.attempts["disposition"].replace(STOCK)
    stock = type(log)(log.header, log.contacts, log.attempts.assign(disposition=codes))
    export_log(stock, folder / "calls.txt", "vicidial")
    export_contacts(log, folder / "contacts.csv")
    return folder


@pytest.fixture
def files(small_files, tmp_path, monkeypatch) -> Path:
    """The small trial's files, copied to a folder of the test's own, which is also the current."""
    folder = tmp_path / "work"
    shutil.copytree(small_files, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def simkit() -> Callable[..., Result]:
    """Run the command line: ``simkit("audit", "--log", "log")``."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def short_grid(monkeypatch):
    """Two usual intervals instead of nine: what is simulated is not judged here."""
    from simkit.policy import Span

    spans = (Span(working_days=10), Span(working_days=20))
    monkeypatch.setattr("simkit.sweep.default_intervals", lambda segment: spans)
