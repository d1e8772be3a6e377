"""How well a log tells that most of those who were never reached were taken out of it.

Logs are simulated in worlds that differ in how people are reached, in the calling and in size. From
each, nobody is taken out, then four in five of those never reached, nine in ten, and all of them.
Printed are the shares of logs that `simkit.trial.evaluate` refuses or doubts.

    python benchmarks/left_out.py --worlds 200
    python benchmarks/left_out.py --worlds 200 --ends 0.3
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS, CallLog
from simkit.engine import simulate
from simkit.measures import contact_outcomes
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial.read.whom_left_out import Called, ended_of

LEFT_IN = (1.0, 0.2, 0.1, 0.0)
VARIED = {
    "reach_base_logit": (None, -2.5, -1.5, -1.0, 0.0, 0.7),
    "reach_sd_logit": (None, 0.0, 1.6),
    "reach_irritation_logit": (None, 0.0, 0.8),
    "bad_number_prob": (None, 0.0, 0.15),
}
INTERVALS = ((2, 5, 10), (5, 15), (1, 3))


def world_log(number: int) -> CallLog:
    """Simulate a trial in a world of its own."""
    random = np.random.default_rng([7, number])
    world = load_scenario(("trial", "b2c", "b2b")[number % 3])
    drawn = {name: values[random.integers(len(values))] for name, values in VARIED.items()}
    changes = {
        f"{segment}.{name}": value
        for segment in world.segments
        for name, value in drawn.items()
        if value is not None
    }
    world = world.vary_all(changes, source="assumed") if changes else world
    intervals = INTERVALS[random.integers(len(INTERVALS))]
    rule = {f"{days} days": RecallPolicy.every(working_days=days) for days in intervals}
    contacts = int(random.choice([400, 1000, 2500]))
    scarce = {arm: max(1, contacts // 300) for arm in rule} if random.random() < 1 / 3 else None
    return simulate(
        world,
        dict.fromkeys(world.segments, rule),
        contacts=contacts,
        agents=scarce,
        days=int(random.choice([60, 90, 150])),
        seed=number,
    )


def called_rows(log: CallLog, ends: float, random: np.random.Generator) -> pd.DataFrame:
    """Give each contact's dials and reaches; with such a chance a talk ended its calling."""
    table = contact_outcomes(log)
    attempts = log.require_attempts("left_out")
    made = attempts[attempts["disposition"].astype(str).isin(DISPOSITIONS.having("counts"))]
    reached = made["disposition"].astype(str).isin(DISPOSITIONS.having("right_party"))
    over = reached & (random.random(len(made)) < ends)
    after = over.groupby(made["contact_id"]).cumsum() - over
    made, reached = made[after == 0], reached[after == 0]
    by = reached.groupby(made["contact_id"])
    found = pd.DataFrame({"attempts": by.size(), "right_party": by.sum(), "last": by.last()})
    rows = found.reindex(table["contact_id"]).fillna({"last": False}).fillna(0)
    rows = rows.astype({"attempts": int, "right_party": int, "last": bool}).reset_index()
    return rows.assign(segment=table["segment"], arm=table["arm"], ended=ended_of(table))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=200, help="logs simulated")
    parser.add_argument("--ends", type=float, default=0.0, help="chance that a talk ends calling")
    asked = parser.parse_args()
    told: dict[float, list[tuple[bool, ...]]] = defaultdict(list)
    for number in range(asked.worlds):
        random = np.random.default_rng([8, number])
        rows = called_rows(world_log(number), asked.ends, random)
        never = rows["right_party"] == 0
        for part in LEFT_IN:
            kept = rows[~never | (random.random(len(rows)) < part)]
            place, cells = pd.MultiIndex.from_frame(kept[["segment", "arm"]]).factorize()
            called = Called(list(cells))
            names = ("attempts", "right_party", "ended", "last")
            called.add(place, *(kept[name].to_numpy() for name in names))
            told[part].append((bool(called.refusal()), bool(called.doubt())))
    shares = {f"{part:g}": 100 * np.mean(found, axis=0) for part, found in told.items()}
    table = pd.DataFrame(shares, index=["refused [%]", "doubted [%]"]).T
    print(table.rename_axis("left in").to_string(float_format="{:.1f}".format))


if __name__ == "__main__":
    main()
