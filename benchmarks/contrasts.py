"""Error rates of trends, Dunnett's comparisons, ratios and adjusted means by account.

Run it by ``python benchmarks/contrasts.py`` (some minutes on a core with the defaults). Trials of
whole accounts of 1, 2, 3, … contacts that share half of the variance, without any effect except
where one is named. All rates are per cent and should be 5.

- *arms*: the line weighted by the arms' effective numbers of contacts (simkit's) and, as a
  yardstick, by their estimated errors (generalised least squares); departure from the line; the
  smallest of Dunnett's adjusted p-values and of Holm's. *Growth*: how much more each next arm
  spreads.
- *adjusted*: claims by ``lin`` and ``cuped``, and what they leave of the plain variance; history
  tells about half of it, and more or less alike in both arms. Permutations of accounts make 999
  draws here, not 9,999.
- *ratios*: how often a true ratio of 1.4 is missed, by the relative error of the control's mean.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.trial.effects import resampling
from simkit.trial.effects.adjust import adjusted_means
from simkit.trial.effects.dunnett import correlation_with_control, dunnett
from simkit.trial.effects.means import ArmMeans, means_of_contacts
from simkit.trial.effects.ratio import ratio_of_means
from simkit.trial.effects.trend import trend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

ALPHA, PERCENT = 0.05, 100.0
NAMES = ("7", "14", "28", "56")
SCORES = dict(zip(NAMES, np.log2([7.0, 14.0, 28.0, 56.0]), strict=True))
ACCOUNTS = (
    *((10, 10, 10, 10), (20, 20, 20, 20), (50, 50, 50, 50)),
    *((10, 20, 40, 80), (80, 40, 20, 10), (5, 50, 50, 50)),
)
WORLDS = (
    *(((10, 10), 0.0), ((20, 20), 0.0), ((60, 60), 1.0), ((15, 60), 0.0), ((15, 60), 1.0)),
    *(((60, 15), 1.0), ((100, 100), 0.0), ((10, 190), 0.0)),
)


def arms_of(
    random: np.random.Generator, accounts: tuple[int, ...], truth: FloatArray, growth: float = 1.0
) -> ArmMeans:
    """Draw accounts and reckon the arms' means with the cluster jackknife's variances."""
    mean, own, contacts, effective = (np.empty(len(accounts)) for _ in range(4))
    for place, number in enumerate(accounts):
        size = random.geometric(0.4, number).astype(np.float64)
        noise = size * random.normal(size=number) + np.sqrt(size) * random.normal(size=number)
        total = size * truth[place] + noise * growth**place
        mean[place] = total.sum() / size.sum()
        without = (total.sum() - total) / (size.sum() - size)
        own[place] = ((without - mean[place]) ** 2).sum() * (1 - 1 / sum(accounts))
        contacts[place], effective[place] = size.sum(), size.sum() ** 2 / (size**2).sum()
    return ArmMeans(
        NAMES[: len(accounts)],
        mean,
        np.diag(own),
        contacts.astype(np.int64),
        np.array(accounts),
        effective,
        binary=False,
        clustered=True,
        method="",
    )


def by_estimated_weights(means: ArmMeans) -> float:
    """Give the p-value of the slope by generalised least squares."""
    score = np.array(list(SCORES.values()))
    design = np.column_stack([np.ones(len(score)), score])
    weighted = np.linalg.solve(means.cov, design)
    cov = np.linalg.inv(design.T @ weighted)
    weights = (cov @ weighted.T)[1]
    parts = weights**2 * means.own
    df = parts.sum() ** 2 / (parts**2 / means.freedom).sum()
    return float(2 * stats.t.sf(abs(weights @ means.mean) / np.sqrt(cov[1, 1]), df))


def arms_table(random: np.random.Generator, trials: int) -> Table:
    """Count claims of trends and comparisons where nothing is true."""
    table = Table("accounts", "growth", "line", "GLS", "departure", "Dunnett", "Holm", title="arms")
    for accounts in ACCOUNTS:
        for growth in (1.0, 1.5):
            count = np.zeros(5)
            for _ in range(trials):
                means = arms_of(random, accounts, np.zeros(4), growth)
                line = trend(means, SCORES)
                apart = [means.difference(arm, NAMES[0]) for arm in NAMES[1:]]
                least = min(one.p_value for one in apart)
                joint = False
                if least < ALPHA:  # else no adjusted p-value is
                    correlation = correlation_with_control(means, NAMES[1:], NAMES[0])
                    joint = bool(dunnett(apart, correlation, ALPHA).p_values.min() < ALPHA)
                claims = (
                    line.p_value < ALPHA,
                    by_estimated_weights(means) < ALPHA,
                    line.departure_p < ALPHA,
                    joint,
                    least < ALPHA / len(apart),
                )
                count += claims
            shown = [f"{value:.1f}" for value in PERCENT * count / trials]
            table.add_row(" ".join(map(str, accounts)), f"{growth:g}", *shown)
    return table


def adjusted_table(random: np.random.Generator, trials: int) -> Table:
    """Count claims of adjusted differences where there is no effect."""
    table = Table(
        "accounts", "slopes differ by", "method", "claims", "variance left", title="adjusted"
    )
    methods: tuple[Literal["lin", "cuped"], ...] = ("lin", "cuped")
    for accounts, apart in WORLDS:
        claims, left = dict.fromkeys(methods, 0), {method: [] for method in methods}
        owner = np.repeat([0, 1], accounts)
        for _ in range(trials):
            cluster = np.repeat(np.arange(len(owner)), random.geometric(0.4, len(owner)))
            arm, shared = owner[cluster], random.normal(size=(2, len(owner)))[:, cluster]
            past, noise = shared + random.normal(size=(2, len(cluster)))
            value = past * (1 + apart * arm) + noise
            plain = means_of_contacts(value, arm, ("a", "b"), cluster)
            for method in methods:
                history = pd.DataFrame({"past": past})
                means, _ = adjusted_means(plain, value, arm, cluster, history, method)
                found = means.difference("b", "a")
                claims[method] += found.p_value < ALPHA
                left[method].append((found.se / plain.difference("b", "a").se) ** 2)
        for method in methods:
            rate = f"{PERCENT * claims[method] / trials:.1f}"
            ratio = f"{np.median(left[method]):.2f}"
            table.add_row(" ".join(map(str, accounts)), f"{apart:g}", method, rate, ratio)
    return table


def ratios_table(random: np.random.Generator, trials: int) -> Table:
    """Count how often the interval misses a true ratio of 1.4."""
    table = Table("control's mean", "missed", "without interval", "methods", title="ratios")
    for centre in (4.0, 1.5, 0.8, 0.4):
        missed, none, methods = 0, 0, []
        for _ in range(trials):
            found = ratio_of_means(
                arms_of(random, (60, 60), np.array([centre, 1.4 * centre])), "14", "7", ALPHA
            )
            missed += found.low > 1.4 or found.high < 1.4
            none += bool(np.isnan(found.low))
            methods.append(found.method)
        usual = max(set(methods), key=methods.count)
        shown = [f"{PERCENT * count / trials:.1f}" for count in (missed, none)]
        table.add_row(f"{centre:g}", *shown, usual)
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--trials", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    resampling.DRAWS = 999
    random = np.random.default_rng(asked.seed)
    console = Console()
    console.print(arms_table(random, asked.trials))
    console.print(adjusted_table(random, max(asked.trials // 2, 1)))
    console.print(ratios_table(random, asked.trials))


if __name__ == "__main__":
    main()
