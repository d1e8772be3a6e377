"""A call centre in which nothing is left to chance, for runs whose log is known beforehand.

Each segment is one kind of contact that always does the same. Durations in seconds, ringing, talk
and wrap-up together: not answered 20; brief talks (refused, already solved, opted out) 50; other
talks 80; a sale 320.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS
from simkit.engine.plan import Plan, make_plan
from simkit.engine.record import play
from simkit.engine.simpy_engine import SimpyEngine
from simkit.policy import RecallPolicy
from simkit.scenario import Calendar, Scenario, WeekHours, load_scenario

PLAIN = load_scenario(Path(__file__).parents[2] / "verification" / "plain.toml")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
MONDAY = dt.date(2026, 1, 5)
DAY_S = 86_400

CERTAIN, NEVER = 1000.0, -1000.0
FOR_EVER = 1e9
MISSED_S, BRIEF_S, TALK_S, SALE_S = 20, 50, 80, 320

ANSWERS = {"reach_base_logit": CERTAIN}
ABSENT = {"reach_base_logit": NEVER}
DEAD = {**ANSWERS, "bad_number_prob": 1.0}
REFUSES = {**ANSWERS, "initial_state": "idle"}
UNDECIDED = {**ANSWERS, "decision_mean_days": FOR_EVER}
ASKS_TO_BE_CALLED_BACK = {**UNDECIDED, "callback_prob": 1.0, "sale_base_logit": NEVER}
BUYS = {**ANSWERS, "decision_mean_days": 1e-9, "sale_base_logit": CERTAIN}
PUTS_OFF = {**BUYS, "sale_base_logit": NEVER}  # ready, and never buys
OPTS_OUT = {**UNDECIDED, "optout_base_logit": CERTAIN}
SOLVED = {**UNDECIDED, "rival_per_day": 1e9, "lost_days": FOR_EVER}


def office(*windows: str) -> WeekHours:
    """Return these hours from Monday to Friday."""
    return WeekHours(**{day: list(windows) for day in WEEKDAYS})


def centre(
    segments: Mapping[str, Mapping[str, object]],
    *,
    hours: WeekHours | None = None,
    shifts: WeekHours | None = None,
    start: dt.date = MONDAY,
    closed: Sequence[dt.date] = (),
    country: str | None = None,
) -> Scenario:
    """Return a scenario of these segments, by default open 09:00-18:00 from Monday to Friday."""
    hours = hours or office("09:00-18:00")
    base = dict(PLAIN.segments["plain"]) | {"windows": hours, "share": 1.0 / len(segments)}
    sources = {
        f"{name}.{key.removeprefix('plain.')}": "test"
        for key in (*PLAIN.sources, "plain.reach_profile_logit")
        if key.startswith("plain.")
        for name in segments
    }
    return Scenario(
        **dict(PLAIN)
        | {
            "start": start,
            "calendar": Calendar(working_weekdays=WEEKDAYS, closed=tuple(closed), country=country),
            "staff": dict(PLAIN.staff) | {"shifts": shifts or hours},
            "segments": {name: base | dict(changes) for name, changes in segments.items()},
            "sources": {"staff.skill_sd_logit": "test", "staff.shifts": "test", **sources},
        }
    )


def at(day: int, clock: str) -> int:
    """Return a moment in seconds: the day from 0, and a time such as 09:00:50."""
    parts = [int(part) for part in clock.split(":")]
    return day * DAY_S + sum(part * size for part, size in zip(parts, (3600, 60, 1), strict=False))


def clock(seconds: int) -> tuple[int, str]:
    """Return a moment as a person reads it: the day from 0, and the time of day."""
    day, rest = divmod(int(seconds), DAY_S)
    return day, f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def one_contact_each(
    first_due: Mapping[str, tuple[Mapping[str, object], int]],
    *,
    policy: RecallPolicy,
    agents: int | None = 1,
    days: int = 5,
    **of_centre: object,
) -> Plan:
    """Plan a run with one contact of each named kind, first due at a given moment.

    Contacts are numbered from 0 in the order in which they are named.
    """
    scenario = centre({name: kind for name, (kind, _) in first_due.items()}, **of_centre)
    plan = make_plan(
        scenario,
        policy,
        contacts=dict.fromkeys(first_due, 1),
        agents=agents,
        days=days,
        seed=1,
        replication=0,
    )
    due_s = np.array([moment for _, moment in first_due.values()], dtype=np.int64)
    return dataclasses.replace(plan, first_due_s=due_s)


def played(plan: Plan) -> pd.DataFrame:
    """Play a plan; return its attempts with names of contacts and dispositions, times in s."""
    raw = pd.DataFrame(play(SimpyEngine(plan)).attempts)
    kinds = [plan.cells[cell].segment for cell in plan.cell]
    raw["contact"] = [kinds[number] for number in raw["contact"]]
    raw["disposition"] = [tuple(DISPOSITIONS)[code] for code in raw["disposition"]]
    return raw


def order(attempts: pd.DataFrame, day: int | None = None) -> list[tuple[str, str]]:
    """Return who was dialled when, in the order played; of one day or of all."""
    times = [clock(moment) for moment in attempts["dialled_s"]]
    return [
        (contact, time if day is not None else f"{played_on} {time}")
        for contact, (played_on, time) in zip(attempts["contact"], times, strict=True)
        if day is None or played_on == day
    ]
