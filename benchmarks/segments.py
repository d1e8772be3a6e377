"""How often the arms' effects are said to differ between segments where nothing differs.

Run it by ``python benchmarks/segments.py`` (some minutes on one core). Accounts have 1, 2, 3, …
contacts (geometric, mean 4, at most 15) of which some buy, for 200 EUR (an account's log odds are
normal, sd .4); calls cost a gamma amount. Claims at 5 % by the test that ``evaluate`` makes
(`simkit.trial.effects.homogeneity`), and by the same sum of squares read from F with the number of
all accounts less that of all arms. *Left out* are segments whose accounts are far too few in an
arm; *tested* are trials with two segments or more left, and *claims* are parts of these.

The last column leaves out nothing: it shows the test itself, of fewer accounts than it is made for.

Of 1,000 trials each, per cent (± .7):

========  ====  ========  ======  ========  ======  ======  ====  ======================
segments  arms  accounts  buyers  left out  tested  claims  by F  claims, none left out
========  ====  ========  ======  ========  ======  ======  ====  ======================
6            7        15     .20     100 %       0       -  24.1                     7.3
6            3        12     .20     100 %       0       -  13.0                     5.7
6            3        12     .05     100 %       0       -  16.0                     3.7
4            3        20     .05      12 %     992     3.6   7.8                     3.3
6            3        40     .05       0 %   1,000     4.7   7.8                     4.7
3            3        67     .05       0 %   1,000     3.4   4.9                     3.4
6            7        30     .20       0 %   1,000     4.5  12.2                     4.5
6            2        30     .10       0 %   1,000     3.3   4.9                     3.3
2            3       100     .05       0 %   1,000     4.4   5.0                     4.4
6            7        60     .20       0 %   1,000     4.9   9.1                     4.9
========  ====  ========  ======  ========  ======  ======  ====  ======================

And where contacts are assigned one by one, of whom none is left out:

========  ====  ========  ======  ======  ====
segments  arms  contacts  buyers  claims  by F
========  ====  ========  ======  ======  ====
6            7        50     .05     1.2  27.0
6            7       200     .05     5.0   8.1
6            3       400     .01     2.7   6.0
4            3        60     .20     4.7   5.4
========  ====  ========  ======  ======  ====
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.trial.effects.homogeneity import homogeneity
from simkit.trial.effects.means import ArmMeans, means_of_contacts, means_of_sums
from simkit.trial.rare import few_units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Draw = Callable[[np.random.Generator, int, int, float], ArmMeans]
    World = tuple[int, int, int, float]

ALPHA, PERCENT = 0.05, 100.0
MEAN_SIZE, LARGEST, SPREAD, PRICE = 4, 15, 0.4, 200.0
#: Segments, arms, accounts of each arm in each segment, part of the contacts who buy.
WORLDS = (
    *((6, 7, 15, 0.2), (6, 3, 12, 0.2), (6, 3, 12, 0.05), (4, 3, 20, 0.05), (6, 3, 40, 0.05)),
    *((3, 3, 67, 0.05), (6, 7, 30, 0.2), (6, 2, 30, 0.1), (2, 3, 100, 0.05), (6, 7, 60, 0.2)),
)
#: The same of contacts that are assigned one by one.
WORLDS_OF_CONTACTS = ((6, 7, 50, 0.05), (6, 7, 200, 0.05), (6, 3, 400, 0.01), (4, 3, 60, 0.2))


def segment_of(random: np.random.Generator, arms: int, accounts: int, buyers: float) -> ArmMeans:
    """Draw one segment whose arms are all alike."""
    number = arms * accounts
    size = np.minimum(random.geometric(1 / MEAN_SIZE, number), LARGEST)
    odds = np.log(buyers / (1 - buyers)) + random.normal(0, SPREAD, number)
    sold = random.binomial(size, 1 / (1 + np.exp(-odds)))
    total = PRICE * sold - random.gamma(2.0 * size, 4.0)
    names = [str(arm) for arm in range(arms)]
    arm = np.repeat(np.arange(arms), accounts)
    return means_of_sums(names, arm, size, total, binary=False, errors="cr2")


def segment_of_contacts(
    random: np.random.Generator, arms: int, contacts: int, buyers: float
) -> ArmMeans:
    """Draw one segment whose arms are all alike, and whose contacts are assigned one by one."""
    number = arms * contacts
    values = PRICE * (random.random(number) < buyers) - random.gamma(2.0, 4.0, number)
    names = [str(arm) for arm in range(arms)]
    return means_of_contacts(values, np.repeat(np.arange(arms), contacts), names, None)


def p_values(segments: Sequence[ArmMeans]) -> tuple[float, float]:
    """Give the p-value of the test, and that by F with the degrees of freedom of all accounts."""
    control, *arms = segments[0].arms
    found = homogeneity(segments, control, arms)
    number = found.df[0]
    whole = found.df[1] + number - 1
    square = found.statistic * whole / found.df[1]
    units = sum(int(one.units.sum()) - len(one.arms) for one in segments)
    return found.p_value, float(stats.f.sf(square, number, units))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--trials", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    worlds = {
        "accounts": (segment_of, WORLDS),
        "contacts": (segment_of_contacts, WORLDS_OF_CONTACTS),
    }
    for units, (draw, sizes) in worlds.items():
        columns = ("segments", "arms", units, "buyers", "left out", "tested", "claims", "by F")
        table = Table(*columns, "claims, none left out")
        for world in sizes:
            table.add_row(*(f"{each:g}" for each in world), *shown(draw, world, asked))
        Console(width=110).print(table)


def shown(draw: Draw, world: World, asked: argparse.Namespace) -> list[str]:
    """Make the trials of a world, and tell what was left out, tested and claimed."""
    random = np.random.default_rng(asked.seed)
    segments, arms, units, buyers = world
    made, whole, out = [], [], 0
    for _ in range(asked.trials):
        drawn = [draw(random, arms, units, buyers) for _ in range(segments)]
        if any((one.own == 0).any() for one in drawn):  # told as not tested
            continue
        whole.append(p_values(drawn))
        enough = [one for one in drawn if not few_units(one, one.arms)]
        out += segments - len(enough)
        if len(enough) > 1:
            made.append(p_values(enough)[0])
    by_test, by_f = (np.array(whole) < ALPHA).mean(axis=0) * PERCENT
    claims = f"{(np.array(made) < ALPHA).mean() * PERCENT:.1f}" if made else "-"
    share = out / (segments * len(whole)) * PERCENT
    return [f"{share:.0f} %", f"{len(made)}", claims, f"{by_f:.1f}", f"{by_test:.1f}"]


if __name__ == "__main__":
    main()
