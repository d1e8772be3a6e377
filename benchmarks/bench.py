"""What a simulated attempt costs: seconds and ratios, all from one run of this script.

Run it by ``make bench``. Absolute times are this machine's; the ratios travel better. Two sizes or
two numbers of threads are compared in turn several times, and the median of their ratios is told,
so that a moment in which the machine was busy does not decide.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import simpy
from large_logs import show
from rich.console import Console
from rich.table import Table

from simkit.engine import make_ready, simulate, simulate_to
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.compiled.state import new_state, pack_world
from simkit.engine.plan import Plan, make_plan
from simkit.engine.record import ATTEMPT, play
from simkit.engine.simulate import engine_of
from simkit.measures import contact_outcomes
from simkit.model.philox import philox4x32
from simkit.policy import RecallPolicy, Span
from simkit.scenario import load_scenario
from simkit.sweep import sweep

REFERENCE_EVENTS = 200_000
REFERENCE_BLOCKS = 100_000
REFERENCE_BYTES = 20_000_000
RUNS_SMALL = 5
RUNS_LARGE = 3
RUNS_THREADS = 7
STUDY_WORKING_DAYS = (*range(1, 11), 12, 15, 18, 20, 25, 30, 35, 40, 50, 60)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor seconds that a piece of work takes, garbage collection off."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    gc.enable()
    return seconds, result


def bare_events() -> None:
    """Let one SimPy process wait many times: the floor under any SimPy engine."""
    env = simpy.Environment()

    def waits():
        for _ in range(REFERENCE_EVENTS):
            yield env.timeout(1)

    env.process(waits())
    env.run()


def bare_draws() -> None:
    """Draw Philox blocks in plain Python: the floor under any keyed attempt."""
    for counter in range(REFERENCE_BLOCKS):
        philox4x32(counter, 1, 2, 3, 4, 5)


def played(plan: Plan) -> int:
    """Let the compiled engine play a plan and drop its rows; return how many there were."""
    return sum(len(rows) for rows in CompiledEngine(plan).run())


def bare_hash(data: bytes) -> None:
    """Hash bytes, without Python's lock: what two threads can gain at most on this machine."""
    hashlib.sha256(data).digest()


def in_threads(work: Callable[[Any], Any], parts: list[Any], threads: int) -> float:
    """Return the wall seconds in which so many threads do the parts of a work."""
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))
    return time.perf_counter() - start


def gains_of_two(
    works: dict[str, tuple[Callable[[Any], Any], list[Any]]],
) -> dict[str, tuple[float, float, float]]:
    """Return for each work the seconds in one thread and in two, and how much faster two are.

    Medians of several runs, all works in turn.
    """
    pairs: dict[str, list[tuple[float, float]]] = {label: [] for label in works}
    for _ in range(RUNS_THREADS):
        for label, (work, parts) in works.items():
            pairs[label].append((in_threads(work, parts, 1), in_threads(work, parts, 2)))
    return {
        label: (
            statistics.median(one for one, _ in of_work),
            statistics.median(two for _, two in of_work),
            statistics.median(one / two for one, two in of_work),
        )
        for label, of_work in pairs.items()
    }


def against_small(small: Plan, large: Plan) -> tuple[float, int, float]:
    """Return the seconds and attempts of a large plan, and its cost an attempt against a small's.

    Medians of several runs, in turn.
    """
    seconds, ratios = [], []
    for _ in range(RUNS_LARGE):
        small_runs = [timed(lambda: played(small)) for _ in range(RUNS_SMALL)]
        large_s, attempts = timed(lambda: played(large))
        small_each = statistics.median(small_s / count for small_s, count in small_runs)
        seconds.append(large_s)
        ratios.append(large_s / attempts / small_each)
    return statistics.median(seconds), attempts, statistics.median(ratios)


def state_bytes(plan: Plan) -> float:
    """Return how many bytes of state a run of a plan begins with, a contact."""
    state = new_state(plan, pack_world(plan))
    return sum(getattr(state, part.name).nbytes for part in fields(state)) / len(plan.cell)


def streamed(plan: dict[str, Any], days: int) -> tuple[int, float, float]:
    """Stream a log to disk; return attempts, bytes an attempt, and the most memory so far [MB]."""
    with tempfile.TemporaryDirectory() as room:
        path = simulate_to(Path(room) / "log", days=days, **plan) / "attempts.parquet"
        attempts = pq.ParquetFile(path).metadata.num_rows
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return attempts, path.stat().st_size / attempts, peak_mb


def whole_study() -> tuple[float, int]:
    """Sweep 20 intervals × 2 segments × 30 replications × 10,000 contacts × a year.

    Returns
    -------
    seconds
        Wall seconds, from the call of `sweep` to its result.
    attempts
        How many were simulated.
    """
    intervals = [Span(working_days=days) for days in STUDY_WORKING_DAYS]
    start = time.perf_counter()
    found = sweep(
        load_scenario("trial"), intervals, replications=30, contacts=10_000, horizons=[365]
    )
    seconds = time.perf_counter() - start
    runs = found.runs[found.runs["measure"] == "attempts"]
    return seconds, round(float(runs["value"].sum()) * 10_000)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--many", type=int, default=1_000_000, help="contacts of the large run")
    parser.add_argument("--study", action="store_true", help="the whole study besides: minutes")
    options = parser.parse_args()
    many_agents = options.agents * options.many // options.contacts

    scenario, policy = load_scenario("b2c"), RecallPolicy.every(days=7)

    def plan_of(contacts: int, agents: int | None, replication: int = 0) -> Plan:
        return make_plan(
            scenario,
            policy,
            contacts=contacts,
            agents=agents,
            days=options.days,
            seed=1,
            replication=replication,
        )

    table = Table("what", "seconds", "attempts", "µs an attempt", "ratio")

    def row(what: str, seconds: float, attempts: int, ratio: str = "") -> float:
        each = seconds / attempts * 1e6
        table.add_row(what, f"{seconds:.2f}", f"{attempts:,}", f"{each:.3f}", ratio)
        return each

    event_us = timed(bare_events)[0] / REFERENCE_EVENTS * 1e6
    block_us = timed(bare_draws)[0] / REFERENCE_BLOCKS * 1e6
    table.add_row("a bare SimPy event", "", "", f"{event_us:.3f}", "")
    table.add_row("a bare Philox block in Python", "", "", f"{block_us:.3f}", "")
    make_ready("compiled")
    size = f"{options.contacts:,} contacts, {options.days} days"
    chosen = {"scenario": scenario, "policy": policy, "contacts": options.contacts}
    for days in (options.days, 2 * options.days):
        attempts, each, peak_mb = streamed(chosen | {"agents": options.agents}, days)
        what = f"streamed to Parquet, {options.contacts:,} contacts, {days} days"
        size_of_one = f"{each:.2f} bytes each"
        table.add_row(what, "", f"{attempts:,}", size_of_one, f"peak {peak_mb:.0f} MB so far")
    for label, agents in ((f"{options.agents} agents", options.agents), ("unlimited", None)):
        plan = plan_of(options.contacts, agents)
        fast = play(engine_of("compiled", plan))
        fast_s = statistics.median(
            timed(lambda plan=plan: play(engine_of("compiled", plan)))[0] for _ in range(RUNS_SMALL)
        )
        slow_s, slow = timed(lambda plan=plan: play(engine_of("simpy", plan)))
        attempts = len(slow.attempts)
        slow_us = row(
            f"SimPy, {size}, {label}", slow_s, attempts, f"{slow_s / fast_s:.0f} compiled"
        )
        log = "the same log" if np.array_equal(fast.attempts, slow.attempts) else "ANOTHER LOG"
        row(f"compiled, {size}, {label}", fast_s, attempts, log)
    whole_s, log = timed(
        lambda: simulate(
            scenario, policy, contacts=options.contacts, agents=options.agents, days=options.days
        )
    )
    attempts = len(log.attempts)
    whole_us = row("simulate with its tables, compiled", whole_s, attempts)
    outcomes_s, _ = timed(
        lambda: contact_outcomes(log, horizon_days=365, economics=scenario.economics())
    )
    row("contact outcomes of that log", outcomes_s, attempts)
    plans_s, plans = timed(
        lambda: [plan_of(options.contacts, options.agents, number) for number in range(8)]
    )
    table.add_row("8 plans of such runs", f"{plans_s:.3f}", "", "", "")
    works = {
        "8 compiled runs": (played, plans),
        "8 bare hashes": (bare_hash, [bytes(REFERENCE_BYTES)] * 8),
    }
    for label, (one_s, two_s, gain) in gains_of_two(works).items():
        table.add_row(f"{label}, in one thread", f"{one_s:.2f}", "", "", "")
        table.add_row("and in two", f"{two_s:.2f}", "", "", f"{gain:.2f} faster")
    for label, agents in ((f"{many_agents:,} agents", many_agents), ("unlimited", None)):
        small = plan_of(options.contacts, None if agents is None else options.agents)
        large = plan_of(options.many, agents)
        large_s, attempts, ratio = against_small(small, large)
        what = f"compiled, {options.many:,} contacts, {label}"
        row(what, large_s, attempts, f"{ratio:.2f} that of {options.contacts:,}")
    table.add_row("state of a contact", f"{state_bytes(large):.1f} bytes", "", "", "")
    table.add_row("an attempt in memory", f"{ATTEMPT.itemsize} bytes", "", "", "")
    if options.study:
        study_s, attempts = whole_study()
        row("the whole study: sweep on all cores, wall seconds", study_s, attempts)
    console = Console(width=130)
    console.print(table)
    show(console)
    console.print(
        f"simulate, SimPy's engine against the compiled one with its tables: "
        f"{slow_us / whole_us:.0f} times"
    )


if __name__ == "__main__":
    main()
