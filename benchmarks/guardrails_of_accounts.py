"""How often is harm as large as its margin shown to be within it, of whole accounts assigned.

Run it by ``python benchmarks/guardrails_of_accounts.py`` (some ten minutes on two cores). Two arms
are drawn of so many accounts each: a share of contacts has the event (an opt-out, say), and shares
of accounts follow a beta law. Accounts have log-normal numbers of contacts, so that a few large
ones may have most, or are small and large in turn. Where the arm's share is twice that of the
control and the margin just this difference, 5 of 100 trials may show the harm to be within it;
where the arm does no harm, the more the better.

- *alone*: by the test that the accounts' difference has;
- *seen*: where few events are expected, p not below those of the score and of an exact test, with
  as many degrees of freedom as there are accounts, and accounts' spread about the shares seen;
- *here*: as `simkit.trial.effects.margin_of_accounts` does it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from simkit.trial.effects import resampling
from simkit.trial.effects.margin_of_accounts import HeldMargin, margin_test
from simkit.trial.effects.means import ArmMeans, means_of_sums

ALPHA = 0.05
ARMS = ("arm", "control")
RULES = ("alone", "seen", "here")
#: Leaves error rates as they are, since .05 × 400 is whole.
DRAWS = 399


@dataclass(frozen=True)
class Case:
    """One kind of trial.

    Parameters
    ----------
    accounts
        Of each arm.
    size
        Contacts of an account on average.
    share
        Of contacts that have the event in the control; also the margin.
    log_sd
        Standard deviation of the logarithm of accounts' sizes.
    alike
        Correlation of contacts of an account.
    sizes
        Those that accounts have in turn, instead of log-normal ones.
    """

    accounts: int
    size: int
    share: float
    log_sd: float = 1.2
    alike: float = 0.2
    sizes: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """How sizes vary."""
        if self.sizes:
            return " and ".join(map(str, self.sizes))
        return f"mean {self.size}, log sd {self.log_sd:g}"


CASES = (
    Case(20, 100, 0.01),
    Case(40, 100, 0.01),
    Case(100, 100, 0.01),
    Case(40, 30, 0.01),
    Case(40, 100, 0.03),
    Case(40, 30, 0.01, alike=0.05),
    Case(40, 100, 0.01, log_sd=0.0),
    Case(40, 30, 0.01, log_sd=0.0),
    Case(12, 42, 0.01, alike=0.05, sizes=(5, 80)),
    Case(12, 42, 0.03, alike=0.05, sizes=(5, 80)),
    Case(12, 42, 0.03, sizes=(5, 80)),
    Case(12, 42, 0.10, sizes=(5, 80)),
)


def drawn(random: np.random.Generator, case: Case, harm: float) -> ArmMeans:
    """Draw a trial whose arm has so much more of the event."""
    arm = np.repeat([0, 1], case.accounts)
    if case.sizes:
        n = np.tile(np.resize(case.sizes, case.accounts), 2)
    else:
        log = case.log_sd * random.standard_normal(2 * case.accounts) - case.log_sd**2 / 2
        n = np.maximum(1, np.round(case.size * np.exp(log))).astype(int)
    expected, spread = case.share + harm * (arm == 0), (1 - case.alike) / case.alike
    own = random.beta(expected * spread, (1 - expected) * spread)
    happened = random.binomial(n, own).astype(float)
    return means_of_sums(ARMS, arm, n, happened, binary=True)


def passed(means: ArmMeans, margin: float) -> Iterator[str]:
    """Give the rules by which the harm is shown to lie within the margin."""
    own = means.difference(*ARMS).against_margin()
    if own.p_beyond(margin, above=True) >= ALPHA:
        return  # no p-value is below that of the accounts' own test
    yield "alone"
    tested = margin_test(means, *ARMS)
    seen = tested
    if isinstance(tested, HeldMargin):
        seen = replace(tested, freedom=float(means.units.sum() - 2), sums=None)
    for rule, test in (("seen", seen), ("here", tested)):
        if test.p_beyond(margin, above=True) < ALPHA:
            yield rule


def counted(trials: tuple[int, int], seed: int, case: Case) -> tuple[Counter[str], Counter[str]]:
    """Count trials in which harm of just the margin, and none, is shown to be within it."""
    resampling.DRAWS = DRAWS
    counts = []
    for harm, number in zip((case.share, 0.0), trials, strict=True):
        random = np.random.default_rng(seed)
        found: Counter[str] = Counter()
        for _ in range(number):
            found.update(passed(drawn(random, case, harm), case.share))
        counts.append(found)
    return counts[0], counts[1]


def main() -> None:
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=1500, help="with harm of just the margin")
    parser.add_argument("--harmless", type=int, default=500, help="trials without harm")
    parser.add_argument("--seed", type=int, default=101, help="same seed, same table")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    trials = (options.trials, options.harmless)
    headings = [f"{kind}: {rule}" for kind in ("harm", "no harm") for rule in RULES]
    table = Table(
        *("accounts an arm", "contacts of each", "share", "correlation", *headings),
        box=None,
        title="trials of 100 that show harm to be within its margin",
    )
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = pool.map(partial(counted, trials, options.seed), CASES)
        for case, (harmed, harmless) in zip(CASES, rows, strict=True):
            told = [
                f"{100 * found[rule] / number:.1f}"
                for found, number in zip((harmed, harmless), trials, strict=True)
                for rule in RULES
            ]
            table.add_row(
                *(str(case.accounts), case.name, f"{case.share:g}", f"{case.alike:g}", *told)
            )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
