"""Whether calls are missing: weeks in which an arm was not called, or calls that end too soon.

A log kept by simkit numbers the dials of a contact, so that one that is lost is missed. The export
of a dialler does not: where a file was lost, or the export ends before the follow-up, contacts
seem to have been left alone, their opt-outs are gone with the calls, and nothing else shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.checks.check import ALPHA, UNUSUAL, WORST_FIRST, Check, Verdict, by_arm, judged
from simkit.trial.checks.due import Due, Rests, due_in, rests_of
from simkit.trial.checks.silent import (
    FEWEST_DAYS,
    WEEK,
    DialDays,
    Silence,
    closed,
    dial_days,
    silences,
    usual_days,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials


#: Calls of one day come together: as if so many were one call (assumed; 2 would be much).
TOGETHER = 3.0
FEWEST_DUE = float(-TOGETHER * np.log(ALPHA))
"""Contacts that must have been due, so that chance leaves all of them out in fewer than 1 of 1,000
silences (Poisson)."""

#: Share of an arm's contacts from which calls that are missing could turn a result (assumed; most
#: opt-outs are rarer).
A_FEW = 0.05
#: Days without calls before the end of observation that no holiday explains (assumed).
NO_HOLIDAY_DAYS = 21

ASK_LOST = (
    "look for the missing calls (another campaign, list or file of the export) and import again"
)


def silence_checks(dials: Dials, until_us: NDArray[np.int64]) -> list[Check]:
    """Check that calls to no arm are missing for weeks, and that they go on to the end.

    Parameters
    ----------
    dials
        The trial's dials, or those of contacts drawn at random from it; up to the horizon at which
        arms are compared, since calls after it move no result.
    until_us
        Until when each contact was observed, or its horizon ended, civil microseconds.
    """
    days = dial_days(dials, until_us)
    if days is None:
        return []
    cells, contacts = dials.cells, dials.contacts
    silent = [one for cell in range(len(cells)) for one in silences(days, cell)]
    shut = closed(days)
    tail = days.observed_day - days.last
    asked = range(len(cells)) if shut or tail >= WEEK else sorted({one.cell for one in silent})
    rests = rests_of(dials, list(asked)) if asked else {}
    checks = []
    for segment, here in dials.segments.items():
        arms = {cell: cells[cell][1] for cell in here}
        within = [one for one in silent if one.cell in arms]
        checks.append(_arms_check(segment, arms, within, rests, contacts))
        checks.append(_end_check(segment, here, days, rests, contacts))
    return [*checks, *_closed_checks(shut, days, rests, contacts)]


def _arms_check(
    segment: str,
    arms: dict[int, str],
    silent: list[Silence],
    rests: dict[int, Rests],
    contacts: NDArray[np.int64],
) -> Check:
    told: list[tuple[str, str]] = []
    worst: Verdict = "ok"
    longest = dict.fromkeys(arms, 0)
    for one in silent:
        longest[one.cell] = max(longest[one.cell], len(one.on))
        if one.cell not in rests:
            continue
        early, due = (
            due_in(
                rests[one.cell],
                one.first,
                last,
                seen=one.seen,
                silent=one.on[one.on <= last],
                by_age=one.ended,
            )
            for last in (_half(one.first, one.last), one.last)
        )
        if early.expected < FEWEST_DUE or one.chance > UNUSUAL:
            continue
        expected = due.expected
        part = expected / int(contacts[one.cell])
        verdict: Verdict = "fail" if one.chance < ALPHA and part >= A_FEW else "warning"
        worst = min(worst, verdict, key=WORST_FIRST.index)
        told.append(
            (
                arms[one.cell],
                f"not dialled from {_date(one.on[0])} to {_date(one.on[-1])}, {len(one.on)} days "
                f"on which others were, when by its own calls about {expected:,.0f} of its "
                f"{int(contacts[one.cell]):,} contacts were due",
            )
        )
    found = by_arm(told)
    if not told:
        found = "longest time without a dial while others were dialled, in days of calling: "
        found += by_arm(
            (arm, str(longest[cell]) if longest[cell] else f"below {FEWEST_DAYS}")
            for cell, arm in arms.items()
        )
    names = " and ".join(dict.fromkeys(arm for arm, _ in told))
    return judged(
        "weeks without calls to an arm",
        segment,
        found,
        bad=worst,
        fine="no arm was left out for longer than its own interval explains",
        meaning=f"calls to {names} are missing from the log, or nobody made them: with lost calls "
        "their opt-outs, complaints and sales are lost, so the arm looks better or worse than it "
        "is",
        advice=f"{ASK_LOST}; if {names} was really not called then, say so beside each result: it "
        "is that of the interval with this pause",
    )


def _end_check(
    segment: str,
    cells: list[int],
    days: DialDays,
    rests: dict[int, Rests],
    contacts: NDArray[np.int64],
) -> Check:
    last, until = days.last, days.observed_day
    name, found = "calls to the end", f"the last dial that is compared was on {_date(last)}"
    fine = "calls go on to the end of what is compared, or all who were to be called had been"
    calling = days.of_calling(range(len(days.dials)))
    half = _half(last + 1, until)
    coming = usual_days(calling, last + 1, half)
    parts = [
        due_in(rests[cell], last + 1, half, seen=calling, silent=coming, by_age=True)
        for cell in cells
        if cell in rests and until - last >= WEEK
    ]
    if not parts:
        return judged(name, segment, found, bad="ok", fine=fine, meaning="", advice="")
    due = Due.together(parts)
    of = int(contacts[cells].sum())
    waiting = due.called > 0
    length = _median(due.observed_days[waiting], due.contacts[waiting])
    worst: Verdict = "ok"
    on_call = float(due.contacts.sum())
    if due.expected >= FEWEST_DUE and due.expected >= A_FEW * of:
        sure = due.sure >= FEWEST_DUE and due.sure >= A_FEW * of
        worst = "fail" if sure and length >= NO_HOLIDAY_DAYS else "warning"
        found += (
            f", and {due.contacts[waiting].sum():,.0f} of {of:,} contacts who were still on call "
            f"are compared over {length:.0f} days more (median), in the first half of which by the "
            f"calls before about {due.expected:,.0f} would have been called"
        )
    elif (
        until - last >= NO_HOLIDAY_DAYS
        and on_call >= max(A_FEW * of, FEWEST_DUE)
        and _stopped_on_one_day(cells, days, rests)
    ):
        worst = "warning"
        found += (
            f", and {on_call:,.0f} of {of:,} contacts are compared over up to {until - last} days "
            "more; calls ended in all arms at once, though their contacts had been called unlike "
            "often by then"
        )
    meaning = (
        "the export seems to end before the follow-up: what came later is taken for no call, no "
        "sale and no opt-out, more so in the arm that calls more"
    )
    if worst == "warning":
        meaning = (
            "either the export ends there, and what came later is taken for no call, no sale and "
            "no opt-out; or the calls ended, and then all is well. The log cannot tell"
        )
    return judged(
        name,
        segment,
        found,
        bad=worst,
        fine=fine,
        meaning=meaning,
        advice="export again up to observed_until, or let observed_until end where the export does;"
        " where calling was stopped before contacts were through, let observed_until end there, "
        "too, and compare at a horizon within it",
    )


def _stopped_on_one_day(cells: list[int], days: DialDays, rests: dict[int, Rests]) -> bool:
    """Tell whether calls to all arms ended on one day, but not after as many calls to a contact.

    Calls that end with the most that are allowed end for each arm when its contacts are through,
    after as many calls of each; those that an export lacks end on one day, or in an arm of a long
    interval no longer before it than its contacts rest.
    """
    for cell in cells:
        own = np.flatnonzero(days.dials[cell])
        if cell not in rests or not len(own):
            return False
        if days.last - days.first - int(own[-1]) > max(WEEK, _usual_rest_days(rests[cell])):
            return False
    return len({_calls_at_end(rests[cell]) for cell in cells}) > 1


def _usual_rest_days(rests: Rests) -> float:
    """Return the days between two calls to a contact (median)."""
    between = rests.called & (rests.number > 0)
    return _median((rests.end_day - rests.from_day)[between], rests.contacts[between])


def _calls_at_end(rests: Rests) -> float:
    """Return how many calls those who are called no more have had (median)."""
    at_end = ~rests.called
    return _median(rests.number[at_end], rests.contacts[at_end])


def _closed_checks(
    shut: list[tuple[int, int]],
    days: DialDays,
    rests: dict[int, Rests],
    contacts: NDArray[np.int64],
) -> list[Check]:
    calling = days.of_calling(range(len(days.dials)))
    told = []
    for first, last in shut:
        half = _half(first, last)
        silent = usual_days(calling, first, half)
        expected = sum(
            due_in(one, first, half, seen=calling, silent=silent, by_age=False).expected
            for one in rests.values()
        )
        if expected >= FEWEST_DUE and expected >= A_FEW * contacts.sum():
            told.append(
                f"{_date(first)} to {_date(last)}; by the other calls about {expected:,.0f} of "
                f"{int(contacts.sum()):,} contacts were due in the first half of it"
            )
    if not told:
        return []
    return [
        judged(
            "weeks without any call",
            "all",
            "; ".join(told),
            bad="warning",
            fine="",
            meaning="nobody was called for weeks: a holiday for all arms is no harm, but if the "
            "calls of these weeks were lost, so were their sales, opt-outs and complaints",
            advice=f"ask whether calling was closed then; if not, {ASK_LOST}",
        )
    ]


def _median(values: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    if not len(values):
        return 0.0
    order = np.argsort(values, kind="stable")
    upto = weights[order].cumsum()
    return float(values[order][np.searchsorted(upto, upto[-1] / 2)])


def _half(first: int, last: int) -> int:
    """Return the day by which contacts must have been due: half of a silence.

    Where an arm is called in waves, those called first in a wave tell nothing of the days before
    it, since each contact has a day of its own on which the wave comes to it.
    """
    return first + (last - first) // 2


def _date(day: int | np.int64) -> str:
    return str(np.datetime64(int(day), "D"))
