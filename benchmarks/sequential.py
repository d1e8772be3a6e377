"""What does looking cost, and do the bounds keep their promises? Trials with a known truth.

Run it by ``python benchmarks/sequential.py`` (some minutes on two cores with the defaults). The
tables:

- *twenty looks*: 1.96 at each, error spending, confidence sequence: false claims, power, expected
  part of the contacts;
- *clustered contacts*: the estimator of ``evaluate`` on accounts that come in order, five looks:
  money of a heavy tail, and normal values of which accounts share half (1 + Poisson-gamma contacts
  in each, mean 31, coefficient of variation .8); permutations make 999 draws here, not 9,999;
- *looks off plan*: three registered looks, and others: at random times, every week, or, as nobody
  should, as soon as a look was nearly enough;
- *asked again and again*: ``evaluate`` at every moment from a fiftieth of the planned contacts to
  three times as many, no ledger counting it, and claims of registered looks beside it;
- *estimates*: of trials that stop early, plain and corrected: bias of the median, coverage;
- *guardrails*: how often an arm is stopped whose harm is exactly the margin, or beyond it;
- *simulated trials* (with ``--simulated``, some seconds each): two arms with one and the same
  policy, played by the engine, and looked at five times by ``monitor``, as a user would.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats

from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.effects import resampling
from simkit.trial.effects.means import MIN_UNITS, means_of_contacts
from simkit.trial.levels import levels_left
from simkit.trial.monitor import monitor
from simkit.trial.sequential.anytime import multiplier
from simkit.trial.sequential.boundaries import Crossing, bounds, crossing, drift_of
from simkit.trial.sequential.spending import SPENDING
from simkit.trial.sequential.stagewise import stagewise
from simkit.trial.sequential.uncounted import MOSTLY_THERE

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LEVEL, NAIVE = 0.05, 1.96
FIXED_DRIFT = float(stats.norm.isf(LEVEL / 2) + stats.norm.isf(0.2))  # power .80 without looks
FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]
TWENTIETHS = [look / 20 for look in range(1, 21)]
THIRDS = [0.4, 0.7, 1.0]
NEARLY = 0.85  # part of the bound that makes an impatient reader look again


def paths(
    random: np.random.Generator, times: Sequence[float], drift: float, trials: int
) -> np.ndarray:
    """Return Z of each trial at each look."""
    at = np.asarray(times)
    noise = random.standard_normal((trials, len(at))) * np.sqrt(np.diff(at, prepend=0.0))
    return (np.cumsum(noise, axis=1) + drift * at) / np.sqrt(at)


def percent(value: float, trials: int) -> str:
    """Write a rate with its standard error."""
    return f"{100 * value:.2f} ± {100 * np.sqrt(value * (1 - value) / trials):.2f}"


def expected_time(crossed: Crossing, times: Sequence[float]) -> float:
    """Give the expected information at the end; who never leaves goes on to the last look."""
    leaving = crossed.upper + crossed.lower
    return float(leaving @ np.asarray(times) + (1.0 - leaving.sum()) * times[-1])


def twenty_looks(random: np.random.Generator, trials: int) -> Table:
    """Compare three ways to read twenty looks."""
    table = Table(
        "rule", "false claims %", "power %", "expected part of the contacts", "bound at end"
    )
    rules = {
        "1.96 at each look": np.full(20, NAIVE),
        "spending, O'Brien-Fleming": bounds(TWENTIETHS, LEVEL, SPENDING["obrien_fleming"]),
        "spending, Pocock": bounds(TWENTIETHS, LEVEL, SPENDING["pocock"]),
        "confidence sequence": np.array([multiplier(time, LEVEL) for time in TWENTIETHS]),
        "one look at the end": np.array([*np.full(19, np.inf), NAIVE]),
    }
    null, alive = (paths(random, TWENTIETHS, drift, trials) for drift in (0.0, FIXED_DRIFT))
    for name, limits in rules.items():
        false = (np.abs(null) >= limits).any(axis=1).mean()
        found = (alive >= limits).any(axis=1).mean()
        part = expected_time(crossing(TWENTIETHS, -limits, limits, FIXED_DRIFT), TWENTIETHS)
        row = (percent(false, trials), percent(found, trials), f"{part:.3f}", f"{limits[-1]:.3f}")
        table.add_row(name, *row)
    return table


def clustered(random: np.random.Generator, trials: int) -> Table:
    """Look five times at accounts that come in order, by the estimator of `evaluate`."""
    table = Table("outcome", "accounts", "1.96 at each look %", "O'Brien-Fleming %", "Pocock %")
    resampling.DRAWS = 999
    for outcome, draw in (("money", money), ("normal", uneven)):
        for accounts in (20, 60, 200):
            hits = np.zeros(3)
            for _ in range(trials):
                hits += looked_at(random, *draw(random, accounts))
            rates = (percent(hit / trials, trials) for hit in hits)
            table.add_row(outcome, str(accounts), *rates)
    return table


def money(random: np.random.Generator, accounts: int) -> tuple[IntArray, FloatArray]:
    """Return account and value of contacts of which three in ten spend log-normal amounts."""
    cluster = np.repeat(np.arange(accounts), random.geometric(0.4, accounts))
    spent = random.lognormal(0.0, 1.0, len(cluster)) * (random.random(len(cluster)) < 0.3)
    return cluster, 3 * spent + random.normal(size=accounts)[cluster]


def uneven(random: np.random.Generator, accounts: int) -> tuple[IntArray, FloatArray]:
    """Return account and value of contacts of which accounts have very different numbers."""
    size = 1 + random.poisson(random.gamma(1 / 0.64, 19.2, accounts))
    cluster = np.repeat(np.arange(accounts), size)
    return cluster, random.normal(size=accounts)[cluster] + random.normal(size=len(cluster))


def looked_at(random: np.random.Generator, cluster: IntArray, value: FloatArray) -> list[bool]:
    """Tell for each rule whether one trial without an effect ends in a claim."""
    accounts = int(cluster[-1]) + 1
    of_account = random.permutation(np.arange(accounts) % 2)
    arm = of_account[cluster]
    times, sizes = [], []
    for part in FIFTHS:
        come = round(part * accounts)
        if min(np.bincount(of_account[:come], minlength=2)) < MIN_UNITS:
            continue  # evaluate refuses them, so nothing was seen
        here = cluster < come
        means = means_of_contacts(value[here], arm[here], ("a", "b"), cluster[here])
        times.append(float(here.mean()))
        sizes.append(stats.norm.isf(means.difference("b", "a").p_value / 2))
    rules = [np.full(len(times), NAIVE), *(bounds(times, LEVEL, SPENDING[n]) for n in SPENDING)]
    return [bool((np.array(sizes) >= limits).any()) for limits in rules]


def simulated(trials: int) -> Table:
    """Look five times at simulated trials whose arms have the same policy."""
    table = Table("claims", "of trials %", "an arm stopped for opt-outs %")
    world, day = load_scenario("trial"), pd.Timedelta(days=1)
    policy = RecallPolicy.every(working_days=3)
    arms = {name: {"current": policy, "same": policy} for name in ("b2c", "b2b")}
    claimed = stopped = 0
    for number in range(trials):
        log = simulate(world, arms, contacts=300, agents=12, days=60, seed=number)
        design = TrialDesign(
            name="null",
            arms=arms,
            control=dict.fromkeys(arms, "current"),
            salt="s",
            horizon_days=30.0,
            guardrails={"opt_out": dict.fromkeys(arms, 0.0)},
            looks=Looks(fractions=tuple(FIFTHS)),
            contacts=log.contacts["segment"].value_counts().to_dict(),
        )
        start = log.contacts["entered_at"].min()
        days = [start + after * day for after in (36, 42, 47, 53)]
        found = monitor(log, design, economics=world.economics(), earlier=days)
        claimed += bool((found.table["claimed_at"] > 0).any())
        stopped += bool((found.guardrails["crossed_at"] > 0).any())
    rates = (claimed / trials, stopped / trials)
    table.add_row("nothing is true", *(percent(rate, trials) for rate in rates))
    return table


def off_plan(random: np.random.Generator, trials: int) -> Table:
    """Add looks to three that were registered, and see what each way of adding costs."""
    table = Table("looks besides .4, .7 and 1", "false claims %", "power %", "bound at the end")

    def judged(times: Sequence[float], drift: float, count: int) -> tuple[float, float]:
        limits = bounds(times, LEVEL, SPENDING["obrien_fleming"])
        z = paths(random, times, drift, count)
        beyond = np.abs(z) >= limits if drift == 0 else z >= limits
        return float(beyond.any(axis=1).mean()), float(limits[-1])

    groups, each = max(trials // 500, 1), 500
    ways = {
        "none": lambda: THIRDS,
        "one, at a random time": lambda: sorted([*THIRDS, random.uniform(0.1, 0.95)]),
        "ten, at random times": lambda: sorted([*THIRDS, *random.uniform(0.1, 0.95, 10)]),
    }
    for name, way in ways.items():
        rows = np.array(
            [
                [judged(times, 0.0, each)[0], *judged(times, FIXED_DRIFT, each)]
                for times in (way() for _ in range(groups))
            ]
        ).mean(axis=0)
        count = groups * each
        table.add_row(name, percent(rows[0], count), percent(rows[1], count), f"{rows[2]:.3f}")
    hits = [impatient(random, drift, trials // 10) for drift in (0.0, FIXED_DRIFT)]
    label = "as soon as a look was nearly enough, often"
    table.add_row(label, *(percent(hit, trials // 10) for hit in hits), "")
    return table


def impatient(random: np.random.Generator, drift: float, trials: int) -> float:
    """Look again after every fiftieth of the contacts once a look was nearly enough."""
    grid = [look / 50 for look in range(1, 51)]
    found = 0
    for z in paths(random, grid, drift, trials):
        times: list[float] = []
        near = False
        for time, value in zip(grid, z, strict=True):
            if not near and time not in THIRDS:
                continue
            times.append(time)
            limit = float(bounds(times, LEVEL, SPENDING["obrien_fleming"])[-1])
            size = abs(value) if drift == 0 else value
            if size >= limit:
                found += 1
                break
            near = size >= NEARLY * limit
    return found / trials


def asked_again(random: np.random.Generator, trials: int) -> Table:
    """Evaluate at every moment, with nothing true; 100,000 contacts were planned."""
    table = Table("rule", "false claims at .05 %", "at .01 %")
    beside = np.geomspace(1e-5, 1 / MOSTLY_THERE - 1, 100)
    far, near = np.geomspace(0.02, MOSTLY_THERE, 100), [1 - beside[:-1], [1.0], 1 + beside]
    times = np.unique(np.concatenate([far, [0.5], *near, np.geomspace(1.06, 3, 20)]))
    about = (times > MOSTLY_THERE) & (times < 1 / MOSTLY_THERE)
    two = Looks(fractions=(0.5, 1.0), spending="pocock")
    rules: dict[str, list[list[float]]] = {"1.96 within 5 % of the planned contacts": []}
    for name, looks in (("evaluate, no looks", None), ("evaluate, after one look", two)):
        rules[name] = [asked_bounds(times, looks, level) for level in (LEVEL, LEVEL / 5)]
    for level in (LEVEL, LEVEL / 5):
        alone = np.where(about, stats.norm.isf(level / 2), np.inf)
        rules["1.96 within 5 % of the planned contacts"].append(alone.tolist())
    z = np.abs(np.concatenate([paths(random, times, 0.0, 2000) for _ in range(trials // 2000)]))
    for name, limits in rules.items():
        rates = [float((z >= bound).any(axis=1).mean()) for bound in limits]
        table.add_row(name, *(percent(rate, len(z)) for rate in rates))
    return table


def asked_bounds(times: FloatArray, looks: Looks | None, level: float) -> list[float]:
    """Return the bound of an evaluation at each part of the planned contacts, or of the look."""
    arms = {name: RecallPolicy.every(days=7) for name in ("current", "same")}
    planned = 100_000
    design = TrialDesign(
        name="asked again",
        arms={"b2c": arms},
        control={"b2c": "current"},
        salt="s",
        horizon_days=60.0,
        looks=looks,
        contacts={"b2c": planned},
    )
    found = []
    for time in times:
        there = {"b2c": dict.fromkeys(arms, round(time * planned / 2))}
        found.append(levels_left(design, there, level)["b2c", "same"].bound(level))
    if looks is not None:
        at = int(np.searchsorted(times, looks.fractions[0]))
        found[at] = float(bounds(looks.fractions, level, SPENDING[looks.spending])[0])
    return found


def estimates(random: np.random.Generator, trials: int) -> Table:
    """Compare plain and corrected estimates of trials that may stop early."""
    table = Table(
        *("spending", "plain: above the truth %", "median unbiased: above %"),
        *("plain interval covers %", "stagewise interval covers %", "repeated intervals, all %"),
    )
    for name, spend in SPENDING.items():
        limits = bounds(THIRDS, LEVEL, spend)
        drift = drift_of(THIRDS, limits, 0.8)
        counts = np.zeros(5)
        for z in paths(random, THIRDS, drift, trials):
            beyond = np.abs(z) >= limits
            last = int(np.argmax(beyond)) if beyond.any() else 2
            stop = last + 1
            read = stagewise(THIRDS[:stop], -limits[:stop], limits[:stop], z[last], LEVEL)
            error = z - drift * np.sqrt(THIRDS)
            counts += [
                error[last] > 0,
                read.drift > drift,
                abs(error[last]) <= NAIVE,
                read.low <= drift <= read.high,
                (np.abs(error) < limits).all(),
            ]
        table.add_row(name, *(percent(count / trials, trials) for count in counts))
    return table


def guardrails(random: np.random.Generator, trials: int) -> Table:
    """Watch a guardrail a hundred times by its one-sided sequence."""
    table = Table("harm", "arm stopped %", "median part of the contacts at the stop")
    times = [look / 100 for look in range(1, 101)]
    limits = np.array([multiplier(time, LEVEL, sides=1) for time in times])
    for name, beyond in (
        ("at the margin", 0.0),
        ("2.5 standard errors of the end beyond it", 2.5),
        ("5 standard errors beyond it", 5.0),
    ):
        stopped = paths(random, times, beyond, trials) >= limits
        at = np.argmax(stopped, axis=1)[stopped.any(axis=1)]
        when = f"{np.median(at + 1) / 100:.2f}" if len(at) else "-"
        table.add_row(name, percent(stopped.any(axis=1).mean(), trials), when)
    return table


def main() -> None:
    """Run all studies and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=20_000, help="trials of normal paths")
    parser.add_argument("--clustered", type=int, default=1000, help="trials of clustered contacts")
    parser.add_argument("--simulated", type=int, default=0, help="trials played by the engine")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    random, console = np.random.default_rng(chosen.seed), Console()
    for title, table in (
        ("Twenty looks", twenty_looks(random, chosen.trials)),
        ("Five looks at clustered contacts, nothing true", clustered(random, chosen.clustered)),
        ("Looks off plan", off_plan(random, chosen.trials)),
        ("Asked again and again, nothing true", asked_again(random, chosen.trials)),
        ("Estimates after three looks, power .8", estimates(random, chosen.trials // 10)),
        ("A guardrail watched a hundred times", guardrails(random, chosen.trials)),
    ):
        table.title = title
        console.print(table)
    if chosen.simulated:
        table = simulated(chosen.simulated)
        table.title = "Trials played by the engine, looked at five times"
        console.print(table)


if __name__ == "__main__":
    main()
