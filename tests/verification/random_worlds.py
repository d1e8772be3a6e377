"""Random worlds, small and crowded: few agents, long talks, narrow hours, holidays, callbacks,
caps, retries, refusals, accounts that opt out, arms that share agents or do not.
"""

import dataclasses
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkit.engine.plan import Plan, make_plan
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, WeekHours, load_scenario

B2C, TRIAL = load_scenario("b2c"), load_scenario("trial")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def random_scenario(chance: random.Random) -> Scenario:
    scenario = chance.choice([B2C, TRIAL])
    changes: dict[str, object] = {}
    for name in scenario.segments:
        changes |= {
            f"{name}.talk_mean_s": chance.uniform(100, 9000),
            f"{name}.talk_brief_mean_s": chance.uniform(20, 4000),
            f"{name}.ring_s": chance.choice([20.0, 3600.0]),
            f"{name}.reach_base_logit": chance.uniform(-1, 2),
            f"{name}.optout_base_logit": chance.uniform(-5, -2),
            f"{name}.account_optout_prob": chance.choice([0.0, 0.5, 1.0]),
            f"{name}.account_size_mean": chance.choice([1.0, 3.0]),
            f"{name}.callback_prob": chance.choice([0.0, 0.4, 0.9]),
            f"{name}.callback_window_min": chance.choice([1.0, 60.0]),
            f"{name}.initial_state": chance.choice(["stationary", "deciding"]),
            f"{name}.decision_mean_days": chance.uniform(1, 60),
            f"{name}.bad_number_prob": 0.1,
            f"{name}.entry_spread_days": chance.choice([0.0, 9.0]),
        }
    shifts = chance.choice(
        [
            scenario.staff.shifts,
            WeekHours(**{day: ["09:30-13:00", "14:00-17:00"] for day in WEEKDAYS}),
            WeekHours.every_day("00:00-24:00"),
        ]
    )
    changes["staff.shifts"] = shifts
    return scenario.vary_all(changes, source="test")


def random_policy(chance: random.Random) -> RecallPolicy:
    def span() -> dict[str, object]:
        if chance.random() < 0.5:
            return {"working_days": chance.randint(1, 8)}
        return {"days": chance.choice([0.05, 1.0, 2.5, 5.0, 7.0])}

    changes: dict[str, object] = {"interval": span(), "push": chance.random() < 0.5}
    rests = {
        name: span()
        for name in ("no_answer", "refused", "not_now", "undecided", "already_solved")
        if chance.random() < 0.4
    }
    changes["rests"] = rests
    if "no_answer" in rests and chance.random() < 0.7:
        changes["retries_max"] = chance.randint(1, 3)
    caps = {"per_30_days": (2, 9), "per_year": (3, 15), "total": (4, 20)}
    changes["caps"] = {
        name: chance.randint(*bounds) for name, bounds in caps.items() if chance.random() < 0.3
    }
    if chance.random() < 0.3:
        changes["refusals_max"] = chance.randint(1, 4)
    changes["bad_number_attempts"] = chance.randint(1, 3)
    if chance.random() < 0.4:
        late = [["11:00-15:30"], ["10:00-12:00", "16:00-19:00"]]
        changes["windows"] = WeekHours(**{day: chance.choice(late) for day in WEEKDAYS})
    return RecallPolicy(**changes)


@dataclass(frozen=True)
class RandomWorld:
    """A world, ready to be played by any engine."""

    scenario: Scenario
    policy: Mapping[str, Any]
    agents: Any
    plan: Plan


def random_world(seed: int, *, contacts: int = 30, days: int = 45) -> RandomWorld:
    """Return the world of a number."""
    chance = random.Random(seed)
    scenario = random_scenario(chance)
    arms = ("a", "b") if chance.random() < 0.6 else None
    policy = {
        name: {arm: random_policy(chance) for arm in arms} if arms else random_policy(chance)
        for name in scenario.segments
    }
    agents = chance.choice([None, 1, 2, {"a": 1, "b": 2} if arms else 3])
    plan = make_plan(
        scenario, policy, contacts=contacts, agents=agents, days=days, seed=seed, replication=0
    )
    if chance.random() < 0.5:
        # First calls all at the same few moments, so that contacts compete.
        dues = [plan.first_due(number) for number in range(contacts)]
        moments = chance.sample(dues, 3)
        later = [max([m for m in moments if m >= due], default=due) for due in dues]
        plan = dataclasses.replace(plan, first_due_s=np.array(later))
    return RandomWorld(scenario, policy, agents, plan)
