"""Does the evaluation keep its error rates with few accounts, uneven ones and unequal arms.

Run it by ``python benchmarks/cluster_errors.py`` (some ten minutes on one core). Trials are
drawn in which whole accounts were assigned, and compared as ``evaluate`` does it: by the sums of
each account. Accounts have 1, 2, 3, … contacts (geometric, mean 2.5), or 1 and a Poisson-gamma
number of mean 30 and coefficient of variation .8. Outcomes are

- *normal*: values whose accounts share half of the variance;
- *share .3*, *share .1*: yes or no, shares of accounts from beta laws, correlation .1;
- *money*: a tenth of the contacts buy (correlation .1) for log-normal amounts; less costs.

The first table holds trap 7's figures beside those found here: two arms, accounts of 5 to 40
contacts and normal values with a twentieth of the variance shared, no effect, claims by the usual
CR1 with z, CRV3 with t(G − 1) and CR2 with Bell and McCaffrey's degrees of freedom.

The second has trials without an effect: claims at the level of 5 % by each kind of errors, ``auto``
the default; *no event* counts trials in which an arm has none, or no account unlike another. The
third has trials with one (half a standard deviation, in an arm that also spreads half as much
again; a share of .40 against .30): how often the 95 % intervals of the default and of CR2 hold it,
and how often they leave out 0. The default is CR2 where the accounts of both arms tell more than
100 of one size would, unless arms are unequal.

The fourth, ``--alone``, has contacts assigned one by one without an effect: some buy, for
log-normal amounts. Claims by the default and by Welch's t, each beside those that the smaller arm
is worse; *doubted* counts trials whose t must not claim (`simkit.trial.effects.lopsided`).
Of 1,000 trials each, ± one standard error:

=============  ======  ======  ==========  ==========  ==========
contacts       log sd  buyers  default     Welch's t   doubted
=============  ======  ======  ==========  ==========  ==========
3,000/60          2.5     .30   5.8 ± 0.7  40.0 ± 1.5   0.0
2,700/300         1.5     .15   4.8 ± 0.7  12.7 ± 1.1   0.0
2,000/200         1.0     .10   5.7 ± 0.7  10.3 ± 1.0   0.0
1,500/1,500       2.0     .10   3.9 ± 0.6   3.9 ± 0.6   0.0
2,000/1,000       2.5     .30   4.0 ± 0.6   4.0 ± 0.6   0.0
40/10             1.0     .30   2.9 ± 0.5  10.8 ± 1.0   3.0
15/15             1.0     .50   2.6 ± 0.5   2.6 ± 0.5   0.0
20,000/6,000      1.0     .10   6.5 ± 0.8   6.5 ± 0.8   2.8
50,000/20,000     1.5     .10   3.9 ± 0.6   4.4 ± 0.6  19.1
50,000/20,000     2.5     .10   0.0 ± 0.0   5.4 ± 0.7  97.0
=============  ======  ======  ==========  ==========  ==========

In the first three all but 3 in 1,000 of t's claims are that the smaller arm is worse. With all
9,999 draws the default claims 4.8, 4.7 and 5.2 (± 0.4, of 2,500 trials or more), and an evaluation
takes .04, .08 and .05 s of one core; comparing 60,000 with 4,000 contacts takes .9 s.

The fifth, ``--tail``, has many accounts of which a few large ones hold most contacts and buy more
often: yes or no, an account's log odds N(−3 + .3 log size, .5), no effect. Of 1,000 trials each:

=========  =======================  =========  =========  =============
accounts   sizes                    default    CR2 and t  largest holds
=========  =======================  =========  =========  =============
120        Pareto 1.1, at most 400  3.5 ± 0.6  9.1 ± 0.9  21 %
120        log-normal, sd 1.5       5.1 ± 0.7  8.2 ± 0.9  12 %
200        Pareto 1.1, at most 400  4.5 ± 0.7  9.6 ± 0.9  17 %
200        log-normal, sd 1.5       4.2 ± 0.6  6.6 ± 0.8  9 %
1,000      Pareto 1.1, at most 400  5.5 ± 0.7  6.9 ± 0.8  5 %
1,000      log-normal, sd 1.5       5.3 ± 0.7  5.3 ± 0.7  4 %
=========  =======================  =========  =========  =============

Resampled tests make 999 draws here, not 9,999, which leaves their error rates as they are, but for
.7 points either way that all trials of one size share, as their draws are the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.trial.effects import resampling
from simkit.trial.effects.accounts import AccountTotals
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.judged import FEW
from simkit.trial.effects.lopsided import UNEQUAL
from simkit.trial.effects.means import ArmMeans, means_of_contacts, means_of_sums

ALPHA = 0.05
LISTED = 15  # accounts up to which every trial is resampled in every way
NAMES = ("control", "arm", "other")
TREATED = "arm"
KINDS = ("auto", "cr2", "crv3", "cr1", "wild", "permutation")
TRAP = {6: (0.20, 0.049, 0.047), 10: (0.12, 0.047, 0.047), 20: (0.08, 0.049, 0.050)}
TRAP |= {40: (0.07, 0.051, 0.054)}
ARMS = ((5, 5), (3, 4, 3), (5, 5, 5), (3, 7), (10, 10), (20, 20), (20, 40), (50, 50), (100, 100))
ARMS += ((67, 67, 66), (50, 150), (10, 190))
#: Contacts of the two arms, standard deviation of the amounts' logarithm, part of contacts who buy.
ALONE = (
    *((3_000, 60, 2.5, 0.3), (2_700, 300, 1.5, 0.15), (2_000, 200, 1.0, 0.1)),
    *((1_500, 1_500, 2.0, 0.1), (2_000, 1_000, 2.5, 0.3), (40, 10, 1.0, 0.3), (15, 15, 1.0, 0.5)),
    *((20_000, 6_000, 1.0, 0.1), (50_000, 20_000, 1.5, 0.1), (50_000, 20_000, 2.5, 0.1)),
)
EFFECT, SHARES, SPREAD = 0.5, (0.3, 0.4), 1.5

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Sizes = Callable[[np.random.Generator, int], IntArray]

SIZES: dict[str, Sizes] = {
    "geometric": lambda random, accounts: random.geometric(0.4, accounts),
    "mean 31": lambda random, accounts: 1 + random.poisson(random.gamma(1 / 0.64, 19.2, accounts)),
}
#: Sizes with a long tail: of 200 accounts the largest holds a tenth to a sixth of all contacts.
TAILS: dict[str, Sizes] = {
    "Pareto 1.1, at most 400": lambda random, accounts: np.minimum(
        1 + (2 * random.pareto(1.1, accounts)).astype(np.int64), 400
    ),
    "log-normal, sd 1.5": lambda random, accounts: (
        1 + random.lognormal(1.0, 1.5, accounts).astype(np.int64)
    ),
}
TAIL_ACCOUNTS = (120, 200, 1_000)


def normal(random: np.random.Generator, n: IntArray, part: float) -> FloatArray:
    """Total of values of which accounts share a part of the variance."""
    shared, own = random.normal(size=(2, len(n)))
    return np.asarray(n * np.sqrt(part) * shared + np.sqrt(n * (1 - part)) * own)


def events(random: np.random.Generator, n: IntArray, share: FloatArray | float) -> FloatArray:
    """Contacts with an event, of which each account has its own share: correlation 1/10."""
    share = np.broadcast_to(share, n.shape)
    own = random.beta(share * 9, (1 - share) * 9)
    return random.binomial(n, own).astype(np.float64)


def money(random: np.random.Generator, n: IntArray) -> FloatArray:
    """Value of the sales, log-normal amounts of mean 90 EUR, less 2 EUR a contact."""
    sales = events(random, n, 0.1).astype(np.int64)
    amounts = random.lognormal(4.0, 1.0, int(sales.sum()))
    owner = np.repeat(np.arange(len(n)), sales)
    return np.asarray(np.bincount(owner, weights=amounts, minlength=len(n)) - 2.0 * n)


OUTCOMES: dict[str, Callable[[np.random.Generator, IntArray], FloatArray]] = {
    "normal": lambda random, n: normal(random, n, 0.5),
    "share .3": lambda random, n: events(random, n, 0.3),
    "share .1": lambda random, n: events(random, n, 0.1),
    "money": money,
}


@dataclass(frozen=True, eq=False)
class Trial:
    """One drawn trial: per account its arm, its contacts and their total."""

    arm: IntArray
    n: IntArray
    total: FloatArray
    binary: bool

    def means(self, kind: str) -> ArmMeans:
        """Average by arm with one kind of errors."""
        names = NAMES[: int(self.arm.max()) + 1]
        return means_of_sums(names, self.arm, self.n, self.total, binary=self.binary, errors=kind)


def drawn(random: np.random.Generator, arms: Sequence[int], sizes: str, outcome: str) -> Trial:
    """Draw a trial without an effect. The first arm named is the treated one."""
    arm = np.repeat([1, 0, 2][: len(arms)], arms)
    n = SIZES[sizes](random, len(arm))
    return Trial(arm, n, OUTCOMES[outcome](random, n), outcome.startswith("share"))


def with_effect(
    random: np.random.Generator, arms: Sequence[int], sizes: str, outcome: str
) -> tuple[Trial, float]:
    """Draw a trial with an effect, and give the effect."""
    arm = np.repeat([1, 0, 2][: len(arms)], arms)
    n = SIZES[sizes](random, len(arm))
    if outcome == "share":
        share = np.where(arm == 1, SHARES[1], SHARES[0])
        return Trial(arm, n, events(random, n, share), True), SHARES[1] - SHARES[0]
    total = normal(random, n, 0.5)
    total = np.where(arm == 1, SPREAD * total + EFFECT * n, total)
    return Trial(arm, n, total, False), EFFECT


def quick(arms: Sequence[int]) -> bool:
    """Tell whether the default hardly ever resamples: sizes here tell over half of equal ones."""
    return sum(arms[:2]) >= 2 * FEW and max(arms[:2]) <= UNEQUAL * min(arms[:2])


def rate(hits: Sequence[bool] | NDArray[np.bool_]) -> str:
    """Write a rate in percent with its Monte Carlo error."""
    if not len(hits):
        return ""
    found = float(np.mean(hits))
    return f"{100 * found:.1f} ± {100 * np.sqrt(found * (1 - found) / len(hits)):.1f}"


def trap_table(random: np.random.Generator, trials: int) -> Table:
    """Claims with 6, 10, 20 and 40 clusters beside those of the design document."""
    shown = Table("clusters", title="Few clusters: false positives in %, found (trap 7)")
    for column in ("CR1 with z", "CRV3 with t(G − 1)", "CR2 with Bell-McCaffrey"):
        shown.add_column(column, justify="right")
    contrast = np.array([-1.0, 1.0])
    for clusters, published in TRAP.items():
        hits: list[list[bool]] = [[], [], []]
        for _ in range(trials):
            arm = np.repeat([0, 1], clusters // 2)
            n = random.integers(5, 41, clusters)
            sums = AccountTotals.of(arm, np.arange(clusters), n, normal(random, n, 0.05), 2)
            estimate = abs(float(contrast @ sums.mean))
            laws = (stats.norm(), stats.t(clusters - 1), stats.t(sums.sizes.freedom(contrast)))
            for place, (kind, law) in enumerate(zip(("cr1", "crv3", "cr2"), laws, strict=True)):
                se = np.sqrt(contrast @ sums.cov(kind) @ contrast)
                hits[place].append(2 * law.sf(estimate / se) <= ALPHA)
        cells = [f"{rate(h)} ({100 * p:.1f})" for h, p in zip(hits, published, strict=True)]
        shown.add_row(str(clusters), *cells)
    return shown


def null_table(random: np.random.Generator, trials: int, resampled: int) -> Table:
    """Claims without an effect."""
    shown = Table("accounts", "sizes", "outcome", title="No effect: claims in % at the 5 % level")
    for column in (*KINDS, "no event"):
        shown.add_column(column, justify="right")
    for arms in ARMS:
        few = sum(arms) <= LISTED
        whole = quick(arms) or sum(arms[:2]) <= FEW
        for sizes in SIZES:
            for outcome in OUTCOMES:
                hits: dict[str, list[bool]] = {kind: [] for kind in KINDS}
                nothing = []
                for place in range(trials):
                    one = drawn(random, arms, sizes, outcome)
                    kinds = ["cr2", "crv3", "cr1"]
                    if whole or place < resampled:
                        kinds.append("auto")
                    if few and place < resampled:
                        kinds += ["wild", "permutation"]
                    for kind in kinds:
                        found = one.means(kind).difference(TREATED, "control")
                        told = bool(found.se > 0 and not found.doubt)
                        hits[kind].append(told and found.p_value <= ALPHA)
                    nothing.append(not told or "Newcombe" in found.method)
                cells = [rate(hits[kind]) for kind in KINDS]
                last = outcome == list(OUTCOMES)[-1]
                names = ["/".join(map(str, arms)), sizes, outcome]
                shown.add_row(*names, *cells, rate(nothing), end_section=last)
    return shown


def coverage_table(random: np.random.Generator, trials: int, resampled: int) -> Table:
    """How often intervals hold a planted effect, and how often they find it."""
    shown = Table("accounts", "sizes", "outcome", title="An effect: 95 % intervals, % of trials")
    for column in ("auto holds it", "CR2 holds it", "auto without 0", "CR2 without 0"):
        shown.add_column(column, justify="right")
    for arms in ARMS:
        for sizes in SIZES:
            for outcome in ("normal", "share"):
                seen: list[list[bool]] = [[], [], [], []]
                for _ in range(trials if quick(arms) or sum(arms) <= LISTED else resampled):
                    one, effect = with_effect(random, arms, sizes, outcome)
                    for place, kind in enumerate(("auto", "cr2")):
                        low, high = one.means(kind).difference(TREATED, "control").interval(ALPHA)
                        seen[place].append(low <= effect <= high)
                        seen[2 + place].append(low > 0 or high < 0)
                last = outcome == "share" and sizes == list(SIZES)[-1]
                names = ("/".join(map(str, arms)), sizes, outcome)
                shown.add_row(*names, *map(rate, seen), end_section=last)
    return shown


def alone_table(random: np.random.Generator, trials: int) -> Table:
    """Claims without an effect where contacts were assigned one by one."""
    shown = Table("contacts", "log sd", "buyers", title="Contacts alone, no effect: claims in %")
    for column in ("default", "smaller worse", "Welch's t", "smaller worse", "doubted"):
        shown.add_column(column, justify="right")
    for large, small, sd, buyers in ALONE:
        arm = np.repeat([0, 1], (large, small))
        seen: list[list[bool]] = [[], [], [], [], []]
        for _ in range(trials):
            bought = random.random(len(arm)) < buyers
            value = random.lognormal(3.0, sd, len(arm)) * bought
            found = means_of_contacts(value, arm, NAMES[:2], None).difference(TREATED, "control")
            if not found.se > 0:  # nobody bought
                continue
            by_t = TDifference(found.estimate, found.se, found.df, "")
            claims = (bool(found.p_value <= ALPHA and not found.doubt), by_t.p_value <= ALPHA)
            for place, claim in enumerate(claims):
                seen[2 * place].append(claim)
                seen[2 * place + 1].append(claim and found.estimate < 0)
            seen[4].append(bool(found.doubt))
        shown.add_row(f"{large:,}/{small:,}", str(sd), str(buyers), *map(rate, seen))
    return shown


def tail_table(random: np.random.Generator, trials: int) -> Table:
    """Claims without an effect where a few of many accounts hold most contacts."""
    shown = Table("accounts", "sizes", title="A few large accounts, no effect: claims in %")
    for column in ("auto", "cr2", "largest holds"):
        shown.add_column(column, justify="right")
    for accounts in TAIL_ACCOUNTS:
        arm = np.repeat([0, 1], accounts // 2)
        for name, law in TAILS.items():
            seen: list[list[bool]] = [[], []]
            largest = []
            for _ in range(trials):
                n = law(random, accounts)
                odds = random.normal(-3.0 + 0.3 * np.log(n), 0.5)
                total = random.binomial(n, 1 / (1 + np.exp(-odds))).astype(np.float64)
                one = Trial(random.permutation(arm), n, total, True)
                for place, kind in enumerate(("auto", "cr2")):
                    found = one.means(kind).difference(TREATED, "control")
                    seen[place].append(found.p_value <= ALPHA)
                largest.append(100 * n.max() / n.sum())
            shown.add_row(f"{accounts}", name, *map(rate, seen), f"{np.median(largest):.0f} %")
    return shown


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=2_000, help="trials of each kind")
    parser.add_argument("--resampled", type=int, default=1_000, help="of these, also resampled")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coverage", action="store_true", help="the table of intervals alone")
    parser.add_argument("--alone", action="store_true", help="the table of contacts alone")
    parser.add_argument("--tail", action="store_true", help="the table of large accounts alone")
    options = parser.parse_args()
    resampling.DRAWS = 999
    console = Console(width=130)
    # Draws of their own, so that each is the same by itself.
    if options.alone:
        random = np.random.default_rng((options.seed, 2))
        console.print(alone_table(random, options.resampled))
        return
    if options.tail:
        random = np.random.default_rng((options.seed, 3))
        console.print(tail_table(random, options.resampled))
        return
    if not options.coverage:
        random = np.random.default_rng(options.seed)
        console.print(trap_table(random, options.trials))
        console.print(null_table(random, options.trials, options.resampled))
    random = np.random.default_rng((options.seed, 1))
    console.print(coverage_table(random, options.trials, options.resampled))
    if not options.coverage:
        random = np.random.default_rng((options.seed, 2))
        console.print(alone_table(random, options.resampled))
        random = np.random.default_rng((options.seed, 3))
        console.print(tail_table(random, options.resampled))


if __name__ == "__main__":
    main()
