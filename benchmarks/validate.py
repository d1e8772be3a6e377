"""Does the evaluation keep its promises? Coverage and false adoptions over regenerated trials.

Run it by ``make validate`` (it takes long: four minutes on two cores with
``--truth 400 --shuffles 1``, more by default). Each trial is the bundled design of
``data/make_trial.py`` with contacts drawn anew, evaluated by the code that evaluates real ones.

- *Coverage*: how often the 95 % interval of an arm's difference in net value, sales and opt-outs
  holds the truth, the difference of the arms' means over many other trials of the same design
  (same capacity for each contact).
- *False claims*: how often some arm is called better or worse in net value, and how often some
  segment is told to adopt an arm, when the arms' names were dealt to the accounts at random after
  the fact, so that no arm differs from another.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.calllog import CallLog
from simkit.engine import make_ready
from simkit.policy.arms import load_arms
from simkit.recommend import recommend
from simkit.run import replicate
from simkit.sweep import SweepResult, sweep
from simkit.trial import evaluate

DATA = Path(__file__).resolve().parents[1] / "data"
CONTROL = "current"
MEASURED = ("net_value_eur", "sale", "opt_out")
TRUTH_FIRST = 1_000_000
"""Replication numbers from here on make the truth; those below are the trials."""


def load_trial_maker() -> ModuleType:
    """Return ``data/make_trial.py`` as a module: the bundled design."""
    spec = importlib.util.spec_from_file_location("make_trial", DATA / "make_trial.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_trial"] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Means:
    """True means: each arm's, in one more trial of the design."""

    def __call__(self, replication: int) -> pd.DataFrame:
        """Return the outcomes' means, one row per segment and arm."""
        maker = load_trial_maker()
        means: pd.DataFrame = maker.ArmMeans(maker.Trial(maker.load_scenario("trial")))(replication)
        return means[list(MEASURED)]


@dataclass(frozen=True)
class OneTrial:
    """One regenerated trial: its intervals, and its verdicts with the arms dealt anew."""

    simulated: SweepResult
    shuffles: int

    def __call__(self, replication: int) -> tuple[pd.DataFrame, list[tuple[bool, bool]]]:
        """Return the evaluation's rows, and of each shuffle what was claimed and adopted."""
        maker = load_trial_maker()
        scenario = maker.load_scenario("trial")
        log: CallLog = maker.Trial(scenario)(replication)
        settings = {
            "control": CONTROL,
            "economics": scenario.economics(),
            "horizon_days": maker.HORIZON_DAYS,
            "checks": "assignment",
        }
        # A field log has no truth beside it.
        log = CallLog(log.header, log.contacts, log.attempts)
        rows = evaluate(log, outcomes=MEASURED, **settings).table
        shuffles = []
        rng = np.random.default_rng([replication, 1])
        for _ in range(self.shuffles):
            shuffled = CallLog(log.header, deal_anew(log.contacts, rng), log.attempts)
            evaluation = evaluate(shuffled, outcomes=MEASURED, **settings)
            decision = recommend(
                scenario,
                self.simulated,
                evaluation=evaluation,
                policies=load_arms(DATA / "policies.toml"),
            )
            primary = evaluation.table[evaluation.table["role"] == "primary"]
            claimed = bool(primary["verdict"].isin(["better", "worse"]).any())
            adopted = any(one.verdict == "adopt" for one in decision.decisions)
            shuffles.append((claimed, adopted))
        return rows, shuffles


def deal_anew(contacts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the contacts with the arms dealt to the accounts of each segment at random."""
    accounts = contacts.groupby(["segment", "account_id"], as_index=False)["arm"].first()
    accounts["arm"] = accounts.groupby("segment")["arm"].transform(
        lambda arms: rng.permutation(arms.to_numpy())
    )
    return contacts.drop(columns="arm").merge(accounts, on=["segment", "account_id"])


def true_differences(replications: int, progress: bool) -> pd.Series:
    """Return each arm's true difference from the control, by segment, arm and outcome."""
    runs = replicate(
        range(TRUTH_FIRST, TRUTH_FIRST + replications),
        Means(),
        progress=progress,
        description="truth",
    )
    means = sum(runs) / len(runs)
    control = means.xs(CONTROL, level="arm")
    differences = means.drop(index=CONTROL, level="arm").sub(control, level="segment")
    long = differences.melt(var_name="outcome", value_name="truth", ignore_index=False)
    return long.set_index("outcome", append=True)["truth"]


def coverage(rows: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    """Return how often the intervals hold the truth, by outcome, segment and arm."""
    keys = ["segment", "arm", "outcome"]
    effects = rows[rows["outcome"].isin(MEASURED)]
    effects = effects.join(truth, on=keys)
    effects["covered"] = effects["truth"].between(effects["ci_low"], effects["ci_high"])
    return effects.groupby(keys).agg(
        truth=("truth", "first"),
        mean_estimate=("estimate", "mean"),
        trials=("covered", "size"),
        covered=("covered", "sum"),
    )


def simulated_arms(replications: int, contacts: int, *, jobs: int = -1) -> SweepResult:
    """Return a sweep of the arms' policies, for the verdicts."""
    maker = load_trial_maker()
    arms = load_arms(DATA / "policies.toml")
    return sweep(
        maker.load_scenario("trial"),
        {segment: list(policies.values()) for segment, policies in arms.items()},
        replications=replications,
        contacts=contacts,
        jobs=jobs,
        progress=jobs != 1,
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--shuffles", type=int, default=3, help="of each trial")
    parser.add_argument("--truth", type=int, default=300, help="trials behind the truth")
    options = parser.parse_args()

    make_ready("compiled")
    truth = true_differences(options.truth, progress=True)
    results = replicate(
        range(1, options.trials + 1),
        OneTrial(simulated_arms(8, 500), options.shuffles),
        progress=True,
        description="trials",
    )
    table = coverage(pd.concat([rows for rows, _ in results]), truth)
    console = Console(width=110)
    shown = Table("segment", "arm", "outcome", "true difference", "mean estimate", "coverage")
    for (segment, arm, outcome), row in table.iterrows():
        shown.add_row(
            segment,
            arm,
            outcome,
            f"{row.truth:+.4f}",
            f"{row.mean_estimate:+.4f}",
            f"{row.covered / row.trials:.1%} of {row.trials:.0f}",
        )
    console.print(shown)
    covered, trials = int(table["covered"].sum()), int(table["trials"].sum())
    console.print(f"All intervals together: {covered / trials:.1%} of {trials} hold the truth.")
    shuffles = [pair for _, pairs in results for pair in pairs]
    for place, words in enumerate(("call an arm better or worse in net value", "adopt an arm")):
        if shuffles:
            wrong = sum(pair[place] for pair in shuffles)
            interval = stats.binomtest(wrong, len(shuffles)).proportion_ci()
            console.print(
                f"Arms dealt at random: {wrong} of {len(shuffles)} evaluations {words} "
                f"({wrong / len(shuffles):.1%}, 95 % interval {interval.low:.1%} to "
                f"{interval.high:.1%})."
            )


if __name__ == "__main__":
    main()
