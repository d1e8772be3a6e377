"""How often the checks of a trial raise an alarm where nothing is wrong, and how long they take.

Trials without a flaw are simulated anew with the scenario "trial": accounts assigned at random,
each arm with agents of its own, callbacks, queues and suppressed contacts as the model has them.
Every warning is false, then. Printed for each check: alarms, and the rejections at 5 % of those
with a p-value, which should be at most about 5 of 100.

    python benchmarks/checks.py --trials 200
    python benchmarks/checks.py --trials 200 --shared
    python benchmarks/checks.py --trials 0 --attempts 10000000
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np
import pandas as pd

from simkit.calllog import CallLog, Header
from simkit.engine import simulate
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import check_trial

POLICIES = {
    "b2c": {
        "current": RecallPolicy.every(working_days=2),
        "long": RecallPolicy.every(working_days=5),
        "longer": RecallPolicy.every(working_days=10),
    },
    "b2b": {
        "current": RecallPolicy.every(working_days=5),
        "long": RecallPolicy.every(working_days=10),
        "longer": RecallPolicy.every(working_days=20),
    },
}
AGENTS = dict.fromkeys(("current", "long", "longer"), 4)
SECONDS_A_DAY = 86_400


def false_alarms(trials: int, contacts: int, days: int, seed: int, *, shared: bool) -> pd.DataFrame:
    """Count alarms over flawless trials."""
    scenario = load_scenario("trial")
    agents = sum(AGENTS.values()) if shared else AGENTS
    alarms: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    tested: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for number in range(trials):
        log = simulate(
            scenario, POLICIES, contacts=contacts, agents=agents, days=days, seed=seed + number
        )
        found = check_trial(log, policies=POLICIES, horizon_days=days - 28)
        for row in found.table.itertuples(index=False):
            lines[row.check] += 1
            alarms[row.check] += row.verdict != "ok"
            if not np.isnan(row.p_value):
                tested[row.check] += 1
                below[row.check] += row.p_value < 0.05
    return pd.DataFrame(
        {
            "lines": lines,
            "alarms": alarms,
            "tested": tested,
            "p < .05 [%]": {name: 100 * below[name] / size for name, size in tested.items()},
        }
    ).fillna({"tested": 0})


def large_log(attempts: int, seed: int) -> CallLog:
    """Make a log of so many dials, five a contact, two arms; times at random from 9 to 18."""
    random = np.random.default_rng(seed)
    contacts = attempts // 5
    start = pd.Timestamp("2026-01-12")
    ids = np.arange(contacts)
    people = pd.DataFrame(
        {
            "contact_id": ids,
            "account_id": ids // 10,
            "segment": np.array(["b2c", "b2b"])[ids // 10 % 2],
            "arm": np.array(["7 days", "14 days"])[ids // 20 % 2],
            "entered_at": (start + pd.to_timedelta(ids % 28, unit="D")).tz_localize("Europe/Rome"),
            "observed_until": (start + pd.Timedelta(days=120)).tz_localize("Europe/Rome"),
        }
    )
    who = np.repeat(ids, 5)
    number = np.tile(np.arange(5), contacts)
    gap = np.where(who // 20 % 2 == 0, 7, 14)
    second = random.integers(9 * 3600, 18 * 3600, len(who))
    us = (start.value // 1000) + ((who % 28 + number * gap) * SECONDS_A_DAY + second) * 1_000_000
    order = np.argsort(us, kind="stable")
    dialled = pd.Series(us[order].view("datetime64[us]")).dt.tz_localize(
        "Europe/Rome", ambiguous=True, nonexistent="shift_forward"
    )
    live = random.random(len(who)) < 0.2
    calls = pd.DataFrame(
        {
            "contact_id": who[order],
            "attempt_no": (number[order] + 1).astype(np.int32),
            "due_at": dialled,
            "dialled_at": dialled,
            "agent_id": pd.array(random.integers(0, 2000, len(who)), dtype="Int64"),
            "channel": pd.Series(pd.Categorical.from_codes(np.zeros(len(who), np.int8), ["phone"])),
            "disposition": pd.Series(
                pd.Categorical.from_codes(live.astype(np.int8), ["no_answer", "refused"])
            ),
            "ring_s": pd.array(np.full(len(who), 20), dtype="Int32"),
            "talk_s": pd.array(np.where(live, 60, 0), dtype="Int32"),
            "wrap_s": pd.array(np.full(len(who), 5), dtype="Int32"),
        }
    )
    return CallLog(Header(source="field", start=start, timezone="Europe/Rome"), people, calls)


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=100, help="flawless trials simulated")
    parser.add_argument("--contacts", type=int, default=900, help="contacts of each")
    parser.add_argument("--days", type=int, default=98, help="days of each")
    parser.add_argument("--shared", action="store_true", help="arms share twelve agents")
    parser.add_argument("--attempts", type=int, default=0, help="dials of a log that is timed")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.trials:
        table = false_alarms(
            asked.trials, asked.contacts, asked.days, asked.seed, shared=asked.shared
        )
        print(table.to_string(float_format="{:.1f}".format))
        print(f"{int(table['alarms'].sum())} alarms in {int(table['lines'].sum()):,} checks")
    if asked.attempts:
        log = large_log(asked.attempts, asked.seed)
        begun = time.perf_counter()
        policies = {
            name: {"7 days": RecallPolicy.every(days=7), "14 days": RecallPolicy.every(days=14)}
            for name in ("b2b", "b2c")
        }
        found = check_trial(log, policies=policies)
        print(f"{asked.attempts:,} dials: {time.perf_counter() - begun:.1f} s; {found.sentence()}")


if __name__ == "__main__":
    main()
