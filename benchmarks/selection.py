"""Does sequential selection keep its promises, and at what cost? Races with a known truth.

Run it by ``python benchmarks/selection.py`` (some minutes on two cores with the defaults). Each
race compares eight policies whose values share most of a replication's fortune (common random
numbers), neighbours more than others, with unequal spreads: paired differences from the fourth have
standard deviations from .24 to .71.

- *simkit*: ``simkit.sweep.selection`` as a sweep uses it: only who is wanted is replicated.
- *all as good*: the same bounds, replicating all that cannot be ruled out.
- *KN*: Kim and Nelson (2001), first stage of 10 replications. It stands here as a yardstick only.

Each is looked at after every replication and after batches. *Bad selections* lose more than the
indifference zone; *best lost* counts the races in which the true best was ruled out at some time
(KN promises nothing of the kind). Where the best is not unique the first of them counts.

A second table shows how often mean ± half-width holds when replicating until a half-width is
reached, by ``simkit.sweep.selection.precision`` and by stopping as soon as the t interval is short
enough.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.run import replicate
from simkit.sweep.selection.precision import MIN_REPLICATIONS, precision
from simkit.sweep.selection.standing import standing

POLICIES = 8
PLACES = np.arange(POLICIES)
SPREADS = np.array([1.0, 0.8, 0.7, 0.7, 0.8, 0.9, 1.0, 1.2])
CORRELATION = 0.8 + 0.2 * np.exp(-np.abs(PLACES[:, None] - PLACES) / 3)
FIRST_STAGE = 10
BLOCK = 500
TRUTHS = {
    "one ahead by the zone": lambda zone: np.where(PLACES == 3, zone, 0.0),
    "all equal": lambda zone: np.zeros(POLICIES),
    "a curve": lambda zone: -0.05 * (PLACES - 3.3) ** 2,
    "a flat curve": lambda zone: -0.015 * (PLACES - 3.3) ** 2,
    "0.9 zones apart": lambda zone: -0.9 * zone * np.abs(PLACES - 3),
}


@dataclass(frozen=True)
class End:
    """How a race ended: the policy chosen, whether the best was ever out, what it took."""

    chosen: int
    best_lost: bool
    runs: int
    replications: int
    as_good: int


class Draws:
    """Values of all policies, drawn when first needed: every procedure meets the same."""

    def __init__(self, rng: np.random.Generator, means: np.ndarray, skewed: bool) -> None:
        self.rng, self.means, self.skewed = rng, means, skewed
        self.root = np.linalg.cholesky(CORRELATION * np.outer(SPREADS, SPREADS))
        self.rows = np.empty((0, POLICIES))

    def first(self, count: int) -> np.ndarray:
        """Return the first rows."""
        while len(self.rows) < count:
            if self.skewed:
                # Skewness 1, mean 0, variance 1: a gamma law of shape 4.
                noise = (self.rng.gamma(4.0, size=(BLOCK, POLICIES)) - 4.0) / 2.0
            else:
                noise = self.rng.normal(size=(BLOCK, POLICIES))
            self.rows = np.vstack([self.rows, self.means + noise @ self.root.T])
        return self.rows[:count]


def simkit_race(draws: Draws, zone: float, alpha: float, batch: int, only_wanted: bool) -> End:
    """Race by the shipped statistics."""
    best = int(np.argmax(draws.means))
    run = np.zeros(POLICIES, dtype=int)
    further, lost, end = np.ones(POLICIES, dtype=bool), False, FIRST_STAGE
    while True:
        run[further] = end
        values = np.where(np.arange(end)[:, None] < run, draws.first(end), np.nan)
        found = standing(values, confidence=1 - alpha, indifference=zone)
        lost |= not found.as_good[best]
        if found.settled:
            return End(found.leader, lost, int(run.sum()), end, int(found.as_good.sum()))
        further = found.wanted if only_wanted else found.as_good
        end += batch


def kim_nelson_race(draws: Draws, zone: float, alpha: float, batch: int) -> End:
    """Race by procedure KN with c = 1: η = ((2α/(k − 1))^(−2/(n0 − 1)) − 1)/2, h² = 2η(n0 − 1)."""
    df = FIRST_STAGE - 1
    h_square = ((2 * alpha / (POLICIES - 1)) ** (-2 / df) - 1) * df
    first = draws.first(FIRST_STAGE)
    variance = (first[:, :, None] - first[:, None, :]).var(axis=0, ddof=1)
    left, run, n = np.ones(POLICIES, dtype=bool), np.zeros(POLICIES, dtype=int), FIRST_STAGE
    while True:
        run[left] = n
        sums = draws.first(n).sum(axis=0)
        allowed = np.maximum(0.0, h_square * variance / (2 * zone) - zone * n / 2)
        beaten = (sums[:, None] < sums - allowed) & left
        left &= ~beaten.any(axis=1)
        if left.sum() == 1:
            chosen = int(np.argmax(left))
            lost = chosen != int(np.argmax(draws.means))
            return End(chosen, lost, int(run.sum()), n, 1)
        n += batch


@dataclass(frozen=True)
class Races:
    """All procedures on the same draws."""

    truth: str
    zone: float
    alpha: float
    batch: int
    skewed: bool

    def __call__(self, seed: int) -> dict[str, tuple[End, bool]]:
        """Return each procedure's end and whether its selection is bad."""
        means = TRUTHS[self.truth](self.zone)
        draws = Draws(np.random.default_rng([seed, 5]), means, self.skewed)
        ends = {}
        for batch in (1, self.batch):
            ends[f"simkit, {batch}"] = simkit_race(draws, self.zone, self.alpha, batch, True)
            ends[f"all as good, {batch}"] = simkit_race(draws, self.zone, self.alpha, batch, False)
            ends[f"KN, {batch}"] = kim_nelson_race(draws, self.zone, self.alpha, batch)
        worst = means.max() - self.zone - 1e-12
        return {name: (end, bool(means[end.chosen] < worst)) for name, end in ends.items()}


@dataclass(frozen=True)
class HalfWidths:
    """Replications until a half-width is reached that ``needed`` would give, were σ = 1 known."""

    needed: int
    confidence: float
    batch: int

    def __call__(self, seed: int) -> tuple[int, int]:
        """Return where the shipped rule stops, and where the t interval is first short enough."""
        width = stats.norm.ppf((1 + self.confidence) / 2) / np.sqrt(self.needed)
        values = np.random.default_rng([seed, 6]).normal(size=(20 * self.needed + 200, 1))
        stops = [0, 0]
        for n in range(MIN_REPLICATIONS, len(values), self.batch):
            found = precision(values[:n], half_width=width, confidence=self.confidence)
            for place, done in enumerate((found.reached, found.half_width[0] <= width)):
                stops[place] = stops[place] or (n if done else 0)
            if all(stops):
                break
        return stops[0], stops[1]


def races_table(options: argparse.Namespace) -> Table:
    """Return error rates and costs of all procedures in all worlds."""
    shown = Table("true means", "zone", "procedure, batch", title="Selection of the best")
    for column in ("bad selections", "best lost", "runs", "replications", "as good"):
        shown.add_column(column, justify="right")
    worlds = [(truth, False) for truth in TRUTHS] + [("one ahead by the zone", True)]
    for truth, skewed in worlds:
        for zone in (0.3, 0.15):
            races = Races(truth, zone, options.alpha, options.batch, skewed)
            words = f"{truth}{', skewed values' if skewed else ''}"
            found = replicate(range(options.races), races, progress=True, description=words)
            for place, name in enumerate(found[0]):
                ends = [one[name] for one in found]
                figures = [
                    f"{np.mean([bad for _, bad in ends]):.1%}",
                    f"{np.mean([end.best_lost for end, _ in ends]):.1%}",
                    f"{np.mean([end.runs for end, _ in ends]):.0f}",
                    f"{np.mean([end.replications for end, _ in ends]):.0f}",
                    f"{np.mean([end.as_good for end, _ in ends]):.1f}",
                ]
                heading = (words, f"{zone:g}") if place == 0 else ("", "")
                shown.add_row(*heading, name, *figures, end_section=place == len(found[0]) - 1)
    return shown


def half_widths_table(options: argparse.Namespace) -> Table:
    """Return how often mean ± half-width holds, and the replications it took."""
    shown = Table("confidence", "needed were σ known", "batch", title="Replicating to a half-width")
    for column in ("simkit holds", "replications", "t interval short enough", "replications"):
        shown.add_column(column, justify="right")
    for confidence in (0.9, 0.95, 0.99):
        for needed in (10, 20, 50):
            for batch in (1, options.batch):
                stops = np.array(
                    replicate(range(options.races), HalfWidths(needed, confidence, batch), jobs=1)
                )
                # The mean of normal values is independent of the spread that decided the stop.
                width = stats.norm.ppf((1 + confidence) / 2) / np.sqrt(needed)
                holds = (2 * stats.norm.cdf(width * np.sqrt(stops)) - 1).mean(axis=0)
                means = stops.mean(axis=0)
                figures = [
                    f"{holds[0]:.1%}",
                    f"{means[0]:.1f}",
                    f"{holds[1]:.1%}",
                    f"{means[1]:.1f}",
                ]
                shown.add_row(f"{confidence:.0%}", str(needed), str(batch), *figures)
    return shown


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=500, help="races of each kind")
    parser.add_argument("--batch", type=int, default=5, help="replications between two looks")
    parser.add_argument("--alpha", type=float, default=0.05, help="error rate allowed")
    options = parser.parse_args()
    console = Console(width=130)
    console.print(races_table(options))
    error = np.sqrt(options.alpha * (1 - options.alpha) / options.races)
    console.print(
        f"{options.races:,} races of each kind: a rate of {options.alpha:.0%} has a standard error "
        f"of {error:.2%}."
    )
    console.print(half_widths_table(options))


if __name__ == "__main__":
    main()
