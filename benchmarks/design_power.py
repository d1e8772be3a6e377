"""Whether trials of the size that the formulas give find what they were sized for.

Contacts in accounts of unequal sizes are drawn with a planted difference, and compared by the very
code that evaluates a trial; the share that is found should be the power asked for. Once a row with
accounts assigned, few and many, and once with contacts; shares as beta-binomial, so that accounts
correlate. A guardrail is drawn without a difference: the share that is shown within its margin.

    python benchmarks/design_power.py --trials 2000
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from simkit.trial.design.planned_test import Means, PlannedTest, Shares
from simkit.trial.design.sizes import design_effect
from simkit.trial.effects.guardrails import WITHIN, judge
from simkit.trial.effects.means import means_of_contacts

POWER = 0.8
ARMS = ("arm", "control")


@dataclass(frozen=True)
class Case:
    """One kind of trial: its outcome, its accounts, what is to be found."""

    name: str
    difference: float
    icc: float = 0.1
    size_mean: float = 3.0
    share: float | None = None
    part: float = 0.5
    margin: float | None = None
    by_account: bool = True


CASES = (
    Case("means, about 8 accounts", 1.5),
    Case("means, about 20 accounts", 0.9),
    Case("means, about 200 accounts", 0.3),
    Case("means, arm one fifth", 0.4, part=0.2),
    Case("means, contacts alone", 0.2, by_account=False),
    Case("share 10 %, + 4 points", 0.04, share=0.1),
    Case("share 10 %, + 4 points, contacts alone", 0.04, share=0.1, by_account=False),
    Case("share 10 %, − 4 points, arm a third", -0.04, share=0.1, part=1 / 3),
    Case("guardrail, share 5 %, margin 3 points", 0.0, share=0.05, margin=0.03),
    Case(
        "guardrail, share 5 %, margin 3, contacts alone",
        *(0.0, 0.1, 3.0, 0.05, 0.5, 0.03, False),
    ),
)


def sizes_of(case: Case, contacts: float, rng: np.random.Generator) -> np.ndarray:
    """Draw accounts (1 + geometric) until they hold about so many contacts."""
    number = max(round(contacts / case.size_mean), 2)
    return rng.geometric(1 / case.size_mean, number)


def values_of(
    case: Case, sizes: np.ndarray, difference: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw the outcome of each contact of some accounts."""
    account = np.repeat(np.arange(len(sizes)), sizes)
    icc = case.icc if case.by_account else 0.0
    if case.share is None:
        between = rng.normal(0, math.sqrt(icc), len(sizes))
        return difference + between[account] + rng.normal(0, math.sqrt(1 - icc), len(account))
    mean = case.share + difference
    if not icc:
        return (rng.random(len(account)) < mean).astype(float)
    strength = (1 - icc) / icc
    own = rng.beta(mean * strength, (1 - mean) * strength, len(sizes))
    return (rng.random(len(account)) < own[account]).astype(float)


def measured(case: Case, trials: int, seed: int) -> tuple[float, float, float]:
    """Return contacts, the power that the formula gives them, and the share that was found."""
    cv = math.sqrt((case.size_mean - 1) / case.size_mean)  # of 1 + geometric sizes
    alone = None if case.share is not None else 1.0
    test = PlannedTest(
        Means((1.0, 1.0)) if case.share is None else Shares(case.share),
        parts=(case.part, 1 - case.part),
        null=case.margin or 0.0,
        sides=1 if case.margin else 2,
        design_effect=design_effect(case.size_mean, case.icc, cv) if case.by_account else 1.0,
        unit_size=case.size_mean if case.by_account else alone,
    )
    contacts = test.contacts(case.difference, POWER)
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(trials):
        sizes = [sizes_of(case, contacts * part, rng) for part in test.parts]
        pairs = zip(sizes, (case.difference, 0.0), strict=True)
        values = [values_of(case, own, difference, rng) for own, difference in pairs]
        arm = np.repeat([0, 1], [len(own) for own in values])
        cluster = None
        if case.by_account:
            cluster = np.repeat(np.arange(sum(map(len, sizes))), np.concatenate(sizes))
        means = means_of_contacts(np.concatenate(values), arm, ARMS, cluster)
        difference = means.difference(*ARMS)
        if case.margin:
            judged = judge(difference, case.margin, test.alpha, lower_is_better=True)
            found += judged.state == WITHIN
        elif difference.se > 0:
            rejected = difference.p_value <= test.alpha
            found += rejected and difference.estimate * case.difference > 0
    return contacts, test.power(case.difference, contacts), found / trials


def main() -> None:
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=2000, help="trials of each case")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same table")
    options = parser.parse_args()
    table = Table("trial", "contacts", "asked", "found", "± 2 standard errors", box=None)
    for number, case in enumerate(CASES):
        contacts, asked, found = measured(case, options.trials, options.seed + number)
        error = 2 * math.sqrt(asked * (1 - asked) / options.trials)
        row = (f"{contacts:,.0f}", f"{asked:.3f}", f"{found:.3f}", f"{error:.3f}")
        table.add_row(case.name, *row)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
