"""Do the models of a trial hold their error rates? Trials simulated with and without an effect.

Run it by ``python benchmarks/models.py`` (about 20 minutes of processor time; ``--trials 100`` for
a look). Two arms of whole accounts of 1, 2, 3, … contacts (geometric, mean 3); contacts of an
account are alike by a gamma or beta law, so that the true marginal effect is known exactly:

- *incidence*: sale and opt-out compete, an account's frailty raises both; contacts enter over 40
  days, so a third of them is censored before the horizon. F(t) = share · (1 − (1 + θΛt)^(−1/θ)).
- *hazards*: the same without an effect (frailty bends an effect's ratio away from a constant).
- *gee*: yes/no with beta-distributed accounts. *counts*: negative binomial with gamma accounts.
- *value*: few buy, for lognormal sums (σ = 1, skewed), beside a small cost of all. *uneven*:
  the same, one account of five in the arm.

Printed: per model and number of accounts, false positives without an effect, and how often 95 %
intervals hold the planted one; ± is two standard errors.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.trial.models import (
    count_ratio,
    cumulative_incidence,
    gee,
    hazard_ratios,
    robust_value,
)
from simkit.trial.read.data import TrialData
from simkit.trial.read.trial import read_trial

HORIZON_DAYS = 80.0
FRAILTY = 0.5  # variance of an account's frailty
SALE, OPT_OUT = 0.004, 0.003  # hazards a day
#: Truth and interval of each estimate of a trial: (name, truth, low, high).
Found = list[tuple[str, float, float, float]]


def accounts_of(random: np.random.Generator, accounts: int, short_in: int = 2) -> pd.DataFrame:
    """Make two arms of whole accounts, one of ``short_in`` of them called at short intervals."""
    account = np.repeat(np.arange(accounts), random.geometric(1 / 3, accounts))
    arm = np.where(random.permutation(accounts) % short_in, "long", "short")[account]
    return pd.DataFrame({"account": account, "arm": arm})


def _read(table: pd.DataFrame, outcome: str) -> TrialData:
    return read_trial(table, control="long", outcomes=[outcome], cluster="account")


def _row(name: str, truth: float, row: pd.Series) -> tuple[str, float, float, float]:
    return name, truth, float(row["ci_low"]), float(row["ci_high"])


def _ends(random: np.random.Generator, accounts: int, effect: float) -> pd.DataFrame:
    table = accounts_of(random, accounts)
    size = len(table)
    frailty = random.gamma(1 / FRAILTY, FRAILTY, accounts)[table["account"]]
    raised = np.where(table["arm"] == "short", effect, 1.0)
    sale = random.exponential(1 / (frailty * SALE * raised), size)
    optout = random.exponential(1 / (frailty * OPT_OUT), size)
    watched = random.uniform(60, 100, size)
    first = np.min([watched, sale, optout], axis=0)
    ends = np.array([None, "sale", "opt_out"], dtype=object)
    which = np.argmin([watched, sale, optout], axis=0)
    return table.assign(time_days=first, end=ends[which])


def _nobody_bought(table: pd.DataFrame) -> bool:
    """Tell whether there is no sale at all, as in some trials of 12 accounts: no answer then."""
    return not bool((table["end"] == "sale").any())


def _share(effect: float) -> float:
    rate = SALE * effect + OPT_OUT
    gone = 1 - (1 + FRAILTY * rate * HORIZON_DAYS) ** (-1 / FRAILTY)
    return SALE * effect / rate * gone


def incidence(random: np.random.Generator, accounts: int, planted: bool) -> Found:
    """Estimate cumulative incidence at the horizon."""
    effect = 1.8 if planted else 1.0
    table = _ends(random, accounts, effect)
    if _nobody_bought(table):
        return [("incidence", _share(effect) - _share(1.0), math.nan, math.nan)]
    found = cumulative_incidence(
        table, "sale", horizon_days=HORIZON_DAYS, control="long", cluster="account"
    )
    return [_row("incidence", _share(effect) - _share(1.0), found.table.iloc[0])]


def hazards(random: np.random.Generator, accounts: int, planted: bool) -> Found:
    """Estimate the ratio of hazards, only without an effect."""
    if planted:
        return []
    table = _ends(random, accounts, 1.0)
    if _nobody_bought(table):
        return [("hazards", 0.0, math.nan, math.nan)]
    found = hazard_ratios(table, "sale", control="long", cluster="account")
    return [_row("hazards", 0.0, found.table.iloc[0])]


def estimating_equations(random: np.random.Generator, accounts: int, planted: bool) -> Found:
    """Estimate a share of contacts, alike within accounts by .15."""
    table = accounts_of(random, accounts)
    mean = np.where(table["arm"] == "short", 0.35 if planted else 0.25, 0.25)
    alike = 1 / 0.15 - 1
    draws = random.random(accounts)[table["account"]]
    chance = stats.beta.ppf(draws, mean * alike, (1 - mean) * alike)
    table["sale"] = (random.random(len(table)) < chance).astype(int)
    row = gee(_read(table, "sale"), "sale").table.iloc[0]
    return [_row("gee", 0.1 if planted else 0.0, row)]


def counts(random: np.random.Generator, accounts: int, planted: bool) -> Found:
    """Estimate rates of callbacks, several a contact."""
    table = accounts_of(random, accounts)
    effect = 1.5 if planted else 1.0
    alike = random.gamma(2, 0.5, accounts)[table["account"]] * random.gamma(1, 1, len(table))
    mean = alike * np.where(table["arm"] == "short", effect, 1.0)
    table["callbacks"] = random.poisson(mean)
    row = count_ratio(_read(table, "callbacks"), "callbacks").table.iloc[0]
    return [_row("counts", math.log(effect), row)]


def value(random: np.random.Generator, accounts: int, planted: bool, short_in: int = 2) -> Found:
    """Estimate net value: sales are few and differ much in size."""
    table = accounts_of(random, accounts, short_in)
    short = table["arm"] == "short"
    chance = np.where(short, 0.16 if planted else 0.08, 0.08)
    worth = random.lognormal(3, 1, len(table))
    table["net_value_eur"] = (random.random(len(table)) < chance) * worth - 0.5
    truth = 0.08 * math.exp(3.5) if planted else 0.0
    found = robust_value(_read(table, "net_value_eur"), resamples=999)
    # Where nobody buys there is but one row, without an interval.
    rows = found.table.set_index("estimator").reindex(["mean, t", "mean, bootstrap-t"])
    return [_row(f"value 1 in {short_in}, {name}", truth, row) for name, row in rows.iterrows()]


def uneven_value(random: np.random.Generator, accounts: int, planted: bool) -> Found:
    """Estimate net value where one account of five is called at short intervals."""
    return value(random, accounts, planted, short_in=5)


WORLDS: dict[str, Callable[[np.random.Generator, int, bool], Found]] = {
    "incidence": incidence,
    "hazards": hazards,
    "gee": estimating_equations,
    "counts": counts,
    "value": value,
    "uneven": uneven_value,
}


def study(world: str, accounts: int, planted: bool, seed: int) -> Found:
    """Simulate and evaluate one trial."""
    random = np.random.default_rng([list(WORLDS).index(world), accounts, int(planted), seed])
    return WORLDS[world](random, accounts, planted)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--accounts", type=int, nargs="+", default=[12, 40, 200])
    parser.add_argument("--models", nargs="+", default=list(WORLDS), choices=list(WORLDS))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    shown = Table(title=f"{options.trials} trials each, 5 % and 95 % wanted")
    for column in ("model", "accounts", "false positives", "covered", "no answer"):
        shown.add_column(column, justify="left" if column == "model" else "right")
    for world in options.models:
        for accounts in options.accounts:
            runs = Parallel(n_jobs=options.jobs)(
                delayed(study)(world, accounts, planted, seed)
                for planted in (False, True)
                for seed in range(options.trials)
            )
            rows = pd.DataFrame(
                [(*one, place < options.trials) for place, run in enumerate(runs) for one in run],
                columns=["model", "truth", "low", "high", "null"],
            )
            rows["told"] = rows["low"].notna()
            rows["hit"] = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
            for model, here in rows.groupby("model", sort=False):
                cells = []
                for null in (True, False):
                    told = here[here["told"] & (here["null"] == null)]
                    if told.empty:
                        cells.append("–")
                        continue
                    rate = (1 - told["hit"]).mean() if null else told["hit"].mean()
                    cells.append(f"{100 * rate:.1f} ± {_two_errors(rate, len(told)):.1f} %")
                none = f"{100 * (1 - here['told'].mean()):.1f} %"
                shown.add_row(str(model), str(accounts), *cells, none)
    Console(width=100).print(shown)


def _two_errors(rate: float, trials: int) -> float:
    return 200 * math.sqrt(max(rate * (1 - rate), 1 / trials) / trials)


if __name__ == "__main__":
    main()
