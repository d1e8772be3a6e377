"""Whether the times of the dials can be true: hours, clock changes, moments that repeat."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY, US_PER_S
from simkit.measures.spacing import US_PER_HOUR
from simkit.trial.checks.check import Check, judged
from simkit.trial.checks.clock_jumps import (
    FEWEST_A_DAY,
    FEWEST_HOURS,
    HOURS,
    WEEKS_BACK,
    jumps,
    shows_hours,
)
from simkit.trial.checks.dials import Dials
from simkit.trial.checks.order import FEWEST, STRANGE, order_check
from simkit.trial.checks.rates import EARLIEST_HOUR, LATEST_HOUR, Rates
from simkit.trial.checks.recorded import parts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Share of all dials at one moment that is no coincidence (assumed).
SAME_MOMENT = 0.05
#: A time of day that is as busy on so many other days is the dialler's habit (assumed).
OTHER_DAYS = 3
#: Clocks of two systems may differ by a minute (assumed).
SLACK_S = 60

TIMES = f"""
SELECT
    cell,
    CAST(dialled_us // {US_PER_DAY} AS BIGINT) AS day,
    CAST(dialled_us % {US_PER_DAY} // {US_PER_HOUR} AS BIGINT) AS hour,
    count(*) AS dials,
    count(*) FILTER (dialled_us % {US_PER_DAY} = 0) AS midnight,
    count(*) FILTER (due_us > dialled_us) AS before_due
FROM dials
WHERE counts AND cell >= 0
GROUP BY ALL
ORDER BY ALL
"""

MOMENT = """
SELECT CAST(approx_top_k(dialled_us, 1)[1] AS BIGINT) AS moment_us
FROM dials
WHERE counts AND cell >= 0
"""

THAT_TIME_OF_DAY = """
SELECT CAST(dialled_us // {day} AS BIGINT) AS day, count(*) AS dials
FROM dials
WHERE counts AND cell >= 0 AND dialled_us % {day} = {time}
GROUP BY ALL
ORDER BY ALL
"""

# A talk begins when the ringing ends; a minute of overlap is left to clocks that differ a little.
OVERLAPS = f"""
SELECT
    count(*) AS talks,
    count(*) FILTER (before_us - began_us > {SLACK_S * US_PER_S}) AS doubled
FROM (
    SELECT
        began_us,
        lag(began_us + CAST(talk_s AS BIGINT) * {US_PER_S})
            OVER (PARTITION BY agent_id ORDER BY began_us) AS before_us
    FROM (
        SELECT agent_id, talk_s,
               dialled_us + coalesce(CAST(ring_s AS BIGINT), 0) * {US_PER_S} AS began_us
        FROM dials
        WHERE agent_id IS NOT NULL AND talk_s > 0
    )
)
"""


def clock_checks(dials: Dials, rates: Rates, at_once: int) -> list[Check]:
    """Check the times of the dials: hours of the day, clock changes, moments, agents in two calls.

    Parameters
    ----------
    dials, rates
        The trial's dials, and their share at odd hours.
    at_once
        Dials to a contact at the very moment of the one before.
    """
    times = dials.ask(TIMES, (), ("due_at",))
    if times.empty:
        return []
    day = np.arange(int(times["day"].min()), int(times["day"].max()) + 1)
    grid = np.zeros((len(day), HOURS))
    np.add.at(grid, (times["day"].to_numpy() - day[0], times["hour"].to_numpy()), times["dials"])
    changes = clock_changes(dials.timezone, int(day[0]), int(day[-1]))
    checks = [
        _hours_check(segment, cells, dials, rates) for segment, cells in dials.segments.items()
    ]
    checks += [
        _skipped_check(grid, day, changes, dials.timezone),
        _jump_check(grid, day, changes),
        _moment_check(dials, int(times["dials"].sum()), int(times["midnight"].sum())),
        order_check(dials, at_once, int(times["before_due"].sum()), int(times["dials"].sum())),
    ]
    return [*checks, *_busy_check(dials)]


def clock_changes(timezone: str, first: int, last: int) -> dict[int, float]:
    """Return the days on which clocks changed → by how many hours.

    Parameters
    ----------
    timezone
        IANA name.
    first, last
        Days since 1970-01-01.
    """
    zone = ZoneInfo(timezone)
    # An offset at noon: changes are made at night.
    offsets = [
        dt.datetime.combine(
            dt.date(1970, 1, 1) + dt.timedelta(days=int(one)), dt.time(12), zone
        ).utcoffset()
        for one in range(first - 1, last + 1)
    ]
    hours = [0.0 if one is None else one.total_seconds() / 3600 for one in offsets]
    steps = np.diff(hours)
    return {first + int(place): float(steps[place]) for place in np.flatnonzero(steps)}


def _hours_check(segment: str, cells: list[int], dials: Dials, rates: Rates) -> Check:
    apart = rates.differs("odd_hours", cells)
    arms = [dials.arm(cell) for cell in cells]
    return judged(
        "hours of the dials",
        segment,
        f"dials before {EARLIEST_HOUR}:00 or from {LATEST_HOUR}:00: "
        f"{parts_of('odd_hours', cells, arms, rates)}",
        rates.p_value("odd_hours", cells),
        bad="warning" if apart or rates.share("odd_hours", cells) > STRANGE else "ok",
        fine="at hours at which people are called",
        meaning="nobody calls at such hours: the times are of another zone, or a clock or an "
        "import made them up" + ("; arms differ in it, so one has other times" if apart else ""),
        advice=f"compare one call with a recording; the log says {dials.timezone}: import again "
        "with the zone of the export (timezone), and ask what a time of 00:00 stands for",
    )


def _skipped_check(
    grid: NDArray[np.float64], day: NDArray[np.int64], changes: dict[int, float], timezone: str
) -> Check:
    zone, skipped, doubled = ZoneInfo(timezone), 0.0, 0.0
    for change in changes:
        date = dt.date(1970, 1, 1) + dt.timedelta(days=change)
        for hour in range(HOURS):
            wall = dt.datetime.combine(date, dt.time(hour, 30), zone)
            made = float(grid[change - day[0], hour])
            there = wall.astimezone(dt.UTC).astimezone(zone)
            skipped += made * (there.hour != hour)
            doubled += made * (wall.utcoffset() != wall.replace(fold=1).utcoffset())
    repeated = doubled - skipped  # a skipped hour has two offsets, too
    return judged(
        "hours that clocks skip or repeat",
        "all",
        f"{skipped:,.0f} dials in an hour that was skipped, {repeated:,.0f} in one that came twice",
        bad="warning" if skipped or repeated >= FEWEST else "ok",
        fine="none to speak of",
        meaning="such times never were on the wall's clock, or may mean either of two hours: they "
        "are not local times",
        advice="import again with the zone in which the dialler writes its times (often UTC)",
    )


def _jump_check(
    grid: NDArray[np.float64], day: NDArray[np.int64], changes: dict[int, float]
) -> Check:
    busy = int(shows_hours(grid).sum())
    told: list[str] = []
    last: dict[int, int] = {}
    at_change = False
    for row, hours in jumps(grid):
        # A lasting jump is seen on each day of its first week.
        follows = row - last.get(hours, -HOURS) <= WEEKS_BACK[0]
        last[hours] = row
        if follows:
            continue
        number = int(day[row])
        changed = any(number - WEEKS_BACK[0] < one <= number for one in changes)
        at_change |= changed
        date = dt.date(1970, 1, 1) + dt.timedelta(days=number)
        sign = "−" if hours < 0 else "+"
        told.append(f"{date} {sign}{abs(hours)} h{' (clocks had changed)' if changed else ''}")
    shown = ", ".join(told[:5]) + (f" and {len(told) - 5} more" if len(told) > 5 else "")
    meaning = "all dials of a day moved by whole hours: a clock was wrong, or calling hours changed"
    if at_change:
        meaning = (
            "all dials moved by an hour when clocks changed: the times are not local but of a "
            "fixed zone such as UTC, so hours of the day and days are wrong"
        )
    return judged(
        "clock jumps",
        "all",
        shown
        if told
        else f"none on {busy:,} days with at least {FEWEST_A_DAY} dials in "
        f"{FEWEST_HOURS} hours or more",
        bad="warning" if told else "ok",
        fine="dials lie at the same hours from week to week"
        if busy
        else "days have too few dials, or dials in too few hours, to tell",
        meaning=meaning,
        advice="import again with the zone of the export, or mend the times of those days; gaps "
        "in days hardly change, effects by hour do",
    )


def _moment_check(dials: Dials, total: int, midnight: int) -> Check:
    moment = int(dials.ask(MOMENT, (), ())["moment_us"].iloc[0])
    query = THAT_TIME_OF_DAY.format(day=US_PER_DAY, time=moment % US_PER_DAY)
    days = dials.ask(query, (), ()).set_index("day")["dials"]
    most = int(days.get(moment // US_PER_DAY, 0))
    # A dialler that opens at nine dials much at 9:00:00, but so it does on other days.
    elsewhere = int((days >= most / 2).sum()) - 1
    piled = most >= FEWEST and most > SAME_MOMENT * total and elsewhere < OTHER_DAYS
    at_midnight = midnight >= FEWEST and midnight > STRANGE * total
    when = pd.Timestamp(moment, unit="us")
    found = f"{midnight:,} of {total:,} dials at 00:00:00 sharp; most at one moment {most:,}"
    return judged(
        "moments that repeat",
        "all",
        f"{found} ({when:%Y-%m-%d %H:%M:%S})",
        bad="warning" if piled or at_midnight else "ok",
        fine="dials have times of their own",
        meaning="many dials carry one moment: a date without a time, or what an import writes "
        "where it knows none; order, gaps of less than a day and waiting cannot be read",
        advice="export the time of each dial with its seconds",
    )


def _busy_check(dials: Dials) -> list[Check]:
    found = dials.ask(OVERLAPS, ("agent_id", "ring_s", "talk_s"), ()).iloc[0]
    talks, doubled = int(found["talks"]), int(found["doubled"])
    if not talks:
        return []
    return [
        judged(
            "agents in two talks at once",
            "all",
            f"{doubled:,} of {talks:,} talks began over a minute before the agent's last one ended",
            bad="warning" if doubled >= FEWEST and doubled > STRANGE * talks else "ok",
            fine="agents had one talk at a time",
            meaning="several people call under one name, or times come from clocks that differ: "
            "load by agent and comparisons of agents cannot be read",
            advice="ask who shares a login; compare the clocks of the dialler's servers",
        )
    ]
