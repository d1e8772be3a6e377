"""What a simulated attempt costs: seconds and ratios, all from one run of this script.

Run it by ``make bench``. Absolute times are this machine's; the ratios travel better.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import simpy
from rich.console import Console
from rich.table import Table

from simkit.engine import make_ready, simulate
from simkit.engine.compiled.engine import CompiledEngine
from simkit.engine.compiled.state import CONTACT, DUE
from simkit.engine.plan import Plan, make_plan
from simkit.engine.record import ATTEMPT, play
from simkit.engine.simulate import engine_of
from simkit.measures import contact_outcomes
from simkit.model.philox import philox4x32
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

REFERENCE_EVENTS = 200_000
REFERENCE_BLOCKS = 100_000


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


def in_threads(plans: list[Plan], threads: int) -> float:
    """Return the wall seconds in which so many threads play the plans."""
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(played, plans))
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--many", type=int, default=1_000_000, help="contacts of the large run")
    options = parser.parse_args()

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
    for label, agents in ((f"{options.agents} agents", options.agents), ("unlimited", None)):
        plan = plan_of(options.contacts, agents)
        fast_s, fast = min(
            (timed(lambda plan=plan: play(engine_of("compiled", plan))) for _ in range(5)),
            key=lambda run: run[0],
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
    plans = [plan_of(options.contacts, options.agents, number) for number in range(8)]
    one_s = in_threads(plans, 1)
    two_s = in_threads(plans, 2)
    table.add_row("8 compiled runs in one thread", f"{one_s:.2f}", "", "", "")
    table.add_row("and in two", f"{two_s:.2f}", "", "", f"{one_s / two_s:.2f} faster")
    plan = plan_of(options.contacts, options.agents)
    small_s, small = timed(lambda: played(plan))
    many_agents = options.agents * options.many // options.contacts
    large_plan = plan_of(options.many, many_agents)
    large_s, large = timed(lambda: played(large_plan))
    small_us = small_s / small * 1e6
    ratio = f"{large_s / large * 1e6 / small_us:.2f} that of {options.contacts:,}"
    row(f"compiled, {options.many:,} contacts, {many_agents:,} agents", large_s, large, ratio)
    table.add_row("state of a contact", f"{CONTACT.itemsize + DUE.itemsize} bytes", "", "", "")
    table.add_row("an attempt in memory", f"{ATTEMPT.itemsize} bytes", "", "", "")
    console = Console(width=130)
    console.print(table)
    console.print(
        f"simulate, SimPy's engine against the compiled one with its tables: "
        f"{slow_us / whole_us:.0f} times"
    )


if __name__ == "__main__":
    main()
