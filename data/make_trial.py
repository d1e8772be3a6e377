"""Make the bundled field trial again: ``make data``, or ``python data/make_trial.py``.

A simulated trial (nobody was called): the world of ``load_scenario("trial")``, the policies of
``policies.toml``, and the design below. The same versions of all packages on the same machine
give the same bytes; elsewhere the tables are equal. ``README.md`` describes what is written.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import tomli_w

from simkit.calllog import CallLog
from simkit.calllog.adapters import export_contacts, export_log
from simkit.calllog.whole import whole_file
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy.arms import load_arms
from simkit.run import replicate
from simkit.scenario import Scenario, load_scenario
from simkit.trial.design import TrialDesign

HERE = Path(__file__).resolve().parent
SEED = 1
CONTACTS = {"b2c": 1200, "b2b": 1800}
DAYS = 126
"""Contacts enter in the first four weeks, so that all are followed for 14."""
HORIZON_DAYS = 98
AGENTS = {"current": 4, "long": 4, "longer": 4}
"""Each arm has its own: an arm that calls more must not take time from another. Four, since the
skill of an arm's agents belongs to the arm, and no error clustered by account can see it."""
REGISTERED_ON = "2026-01-09"
"""The Friday before the scenario's calendar starts."""
REPLICATIONS = 50
"""Trials of the same design behind the true means; none of them is the bundled one."""
OUTCOMES = ("net_value_eur", "net_sale_expected", "sale", "opt_out", "complaint", "cancelled")

STOCK_CODES = {
    "not_now": "answered_other",
    "undecided": "answered_other",
    "already_solved": "refused",
    "complaint": "opt_out",
}
"""What an agent presses for it in a VICIdial that has only the stock status codes."""

PRICES_HEAD = """\
# What sales, calls and losses are worth, for --prices: a table a segment, or [all] for every
# segment without one. A dialler does not know what a sale was worth: sale_value_eur is the mean.

"""


@dataclass(frozen=True)
class Trial:
    """A trial of the bundled design, numbered: 0 is the bundled one."""

    scenario: Scenario

    def __call__(self, replication: int) -> CallLog:
        """Return the trial of that number."""
        return simulate(
            self.scenario,
            load_arms(HERE / "policies.toml"),
            contacts=CONTACTS,
            agents=AGENTS,
            days=DAYS,
            seed=SEED,
            replication=replication,
        )


@dataclass(frozen=True)
class ArmMeans:
    """Means of each arm in a trial: what `evaluate` compares, in a population drawn anew."""

    trial: Trial

    def __call__(self, replication: int) -> pd.DataFrame:
        """Return one row per segment and arm: outcomes' means, and the number of contacts."""
        economics = self.trial.scenario.economics()
        contacts = contact_outcomes(
            self.trial(replication), horizon_days=HORIZON_DAYS, economics=economics
        )
        groups = contacts.groupby(["segment", "arm"], sort=False)
        return groups[list(OUTCOMES)].mean().assign(contacts=groups.size())


def registered(scenario: Scenario) -> TrialDesign:
    """Return the design, as it would have been registered before the first call."""
    arms = load_arms(HERE / "policies.toml")
    prices = scenario.economics()
    return TrialDesign(
        name="simkit's bundled trial (simulated)",
        arms=arms,
        control=dict.fromkeys(arms, "current"),
        salt="accounts were assigned by the simulation",
        method="outside",
        horizon_days=float(HORIZON_DAYS),
        primary="net_value_eur",
        secondary=("net_sale", "sale", "complaint", "cancelled"),
        guardrails={"opt_out": {name: row.optout_margin_prob for name, row in prices.items()}},
        margins={
            "net_value_eur": {
                name: round(row.worthwhile_eur * HORIZON_DAYS / 365, 6)
                for name, row in prices.items()
            }
        },
        prices=prices,
        contacts=CONTACTS,
        agents=AGENTS,
        registered_on=REGISTERED_ON,
    )


def write_design(scenario: Scenario, folder: Path) -> None:
    """Write the design; the one that is there is this script's own."""
    (folder / "design.toml").unlink(missing_ok=True)
    registered(scenario).write(folder / "design.toml")


def write_trial(log: CallLog, folder: Path) -> None:
    """Write what a field trial would show, and apart from it what nobody could know."""
    CallLog(log.header, log.contacts, log.attempts).write_csv(folder / "trial")
    assert log.truth is not None
    with whole_file(folder / "truth" / "contacts.csv") as path:
        log.truth.to_csv(path, index=False, lineterminator="\n")


def write_vicidial(log: CallLog, scenario: Scenario, folder: Path) -> None:
    """Write the same calls as VICIdial exports them, with the files that say the rest."""
    assert log.attempts is not None
    codes = log.attempts["disposition"].replace(STOCK_CODES)
    stock = CallLog(log.header, log.contacts, log.attempts.assign(disposition=codes))
    export_log(stock, folder / "vicidial" / "calls.txt", "vicidial")
    export_contacts(log, folder / "vicidial" / "contacts.csv")
    prices = {name: row.model_dump() for name, row in scenario.economics().items()}
    with whole_file(folder / "vicidial" / "prices.toml") as path:
        path.write_text(PRICES_HEAD + tomli_w.dumps(prices), encoding="utf-8", newline="\n")


def arm_means(trial: Trial, replications: int) -> pd.DataFrame:
    """Return each arm's mean over many trials: segment, arm, outcome, mean, se, contacts.

    The standard error is that between trials: contacts of one account are not independent.
    """
    runs = replicate(
        range(1, replications + 1), ArmMeans(trial), progress=True, description="true means"
    )
    means = pd.concat(runs, keys=range(len(runs)), names=["replication"]).reset_index()
    keys = ["segment", "arm", "outcome"]
    each = means.melt(["replication", "segment", "arm", "contacts"], OUTCOMES, "outcome", "mean")
    table = each.groupby(keys).agg(
        mean=("mean", "mean"), se=("mean", "sem"), contacts=("contacts", "sum")
    )
    order = pd.MultiIndex.from_product([CONTACTS, AGENTS, OUTCOMES], names=keys)
    table = table.reindex(order).reset_index().round({"mean": 6, "se": 6})
    table.insert(3, "horizon_days", HORIZON_DAYS)
    return table


def main() -> None:
    """Write everything that is made."""
    arguments = argparse.ArgumentParser(description="Make the bundled field trial again.")
    arguments.add_argument("--out", type=Path, default=HERE, help="folder (default: this one)")
    arguments.add_argument(
        "--replications", type=int, default=REPLICATIONS, help="trials behind the true means"
    )
    given = arguments.parse_args()
    scenario = load_scenario("trial")
    trial = Trial(scenario)
    log = trial(0)
    write_trial(log, given.out)
    write_vicidial(log, scenario, given.out)
    with whole_file(given.out / "truth" / "arms.csv") as path:
        arm_means(trial, given.replications).to_csv(path, index=False, lineterminator="\n")
    write_design(scenario, given.out)
    if given.out != HERE:
        shutil.copy(HERE / "policies.toml", given.out)
    print(log.sentence())


if __name__ == "__main__":
    main()
