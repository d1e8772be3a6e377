"""How often harm as large as its margin is shown to be within it, of skewed amounts and counts.

Run it by ``python benchmarks/guardrails_of_amounts.py`` (a quarter of an hour on two cores).
Contacts are assigned one by one, mostly a few of them to the arm. Its amounts are half as large
again as the control's, and the margin is just this difference, so that 5 of 100 trials may show the
harm to be within it.

- *counts*: negative binomial, mean .2, dispersion .2 (complaints, calls for help);
- *spent*: a tenth spend, a gamma law of shape 2 (refunds);
- *times*: exponential.

*own*: by the difference's own test, Student's t or a permutation. *here*: as
`simkit.trial.effects.margin_of_skewed` does it. *claimed*: the same where nothing is doubted
(`simkit.trial.effects.lopsided`), which a guardrail needs.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from simkit.trial.effects.margin_of_accounts import margin_test
from simkit.trial.effects.means import ArmMeans, means_of_contacts

ALPHA = 0.05
ARMS = ("arm", "control")
HARM = 1.5
RULES = ("own", "here", "claimed")
Draw = Callable[[np.random.Generator, int, float], NDArray[np.float64]]
SIZES = ((100, 1900), (300, 2700), (1000, 9000), (500, 500))


def counts(random: np.random.Generator, contacts: int, times: float) -> NDArray[np.float64]:
    """Draw negative binomial counts of mean .2 times so many."""
    mean, dispersion = 0.2 * times, 0.2
    part = dispersion / (dispersion + mean)
    return random.negative_binomial(dispersion, part, contacts).astype(float)


def spent(random: np.random.Generator, contacts: int, times: float) -> NDArray[np.float64]:
    """Draw what a tenth times so many spend: 40 on average."""
    amounts = random.gamma(2.0, 20.0, contacts)
    return np.where(random.random(contacts) < 0.1 * times, amounts, 0.0)


def times_taken(random: np.random.Generator, contacts: int, times: float) -> NDArray[np.float64]:
    """Draw times of mean 1 times so many."""
    return random.exponential(times, contacts)


#: What is drawn → how, and its mean in the control.
KINDS: dict[str, tuple[Draw, float]] = {
    "counts": (counts, 0.2),
    "spent": (spent, 4.0),
    "times": (times_taken, 1.0),
}
CASES = [(kind, sizes) for kind in KINDS for sizes in SIZES]


def drawn(random: np.random.Generator, kind: str, sizes: tuple[int, int]) -> ArmMeans:
    """Draw a trial whose arm does harm."""
    draw, _ = KINDS[kind]
    values = np.concatenate([draw(random, sizes[0], HARM), draw(random, sizes[1], 1.0)])
    return means_of_contacts(values, np.repeat([0, 1], sizes), ARMS, None)


def passed(means: ArmMeans, margin: float) -> Iterator[str]:
    """Give the rules by which the harm is shown to lie within the margin."""
    own = means.difference(*ARMS).against_margin()
    if own.p_beyond(margin, above=True) < ALPHA:
        yield "own"
    test = margin_test(means, *ARMS)
    if test.p_beyond(margin, above=True) < ALPHA:
        yield "here"
        if not test.doubt:
            yield "claimed"


def counted(trials: int, seed: int, case: tuple[str, tuple[int, int]]) -> Counter[str]:
    """Count trials in which harm of just the margin is shown to be within it."""
    kind, sizes = case
    random, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(trials):
        found.update(passed(drawn(random, kind, sizes), (HARM - 1) * KINDS[kind][1]))
    return found


def main() -> None:
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7, help="same seed, same table")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    table = Table(
        *("outcome", "arm", "control", *RULES),
        box=None,
        title="trials of 100 that show harm of just the margin to be within it",
    )
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = pool.map(partial(counted, options.trials, options.seed), CASES)
        for (kind, sizes), found in zip(CASES, rows, strict=True):
            shares = [f"{100 * found[rule] / options.trials:.1f}" for rule in RULES]
            table.add_row(kind, *(f"{size:,}" for size in sizes), *shares)
    Console().print(table)


if __name__ == "__main__":
    main()
