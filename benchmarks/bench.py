"""What a simulated attempt costs: seconds and ratios, all from one run of this script.

Run it by ``make bench``. Absolute times are this machine's; the ratios travel better.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from typing import Any

import simpy
from rich.console import Console
from rich.table import Table

from simkit.engine import simulate
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()

    scenario = load_scenario("b2c")
    event_s = timed(bare_events)[0] / REFERENCE_EVENTS
    block_s = timed(bare_draws)[0] / REFERENCE_BLOCKS
    table = Table("what", "seconds", "attempts", "µs an attempt", "ratio to a SimPy event")
    table.add_row("a bare SimPy event", "", "", f"{event_s * 1e6:.2f}", "1.0")
    table.add_row("a bare Philox block", "", "", f"{block_s * 1e6:.2f}", f"{block_s / event_s:.1f}")
    for label, agents in ((f"{options.agents} agents", options.agents), ("unlimited", None)):
        seconds, log = timed(
            lambda agents=agents: simulate(
                scenario,
                RecallPolicy.every(days=7),
                contacts=options.contacts,
                agents=agents,
                days=options.days,
                engine="simpy",
            )
        )
        n = len(log.attempts)
        table.add_row(
            f"simulate, SimPy, {options.contacts:,} contacts, {options.days} days, {label}",
            f"{seconds:.1f}",
            f"{n:,}",
            f"{seconds / n * 1e6:.1f}",
            f"{seconds / n / event_s:.1f}",
        )
    seconds, _ = timed(
        lambda: contact_outcomes(log, horizon_days=365, economics=scenario.economics())
    )
    table.add_row(
        "contact outcomes of the last log",
        f"{seconds:.2f}",
        f"{n:,}",
        f"{seconds / n * 1e6:.2f}",
        f"{seconds / n / event_s:.2f}",
    )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
