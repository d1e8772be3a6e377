"""The words of the figures of a rehearsed trial."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.calllog.source import many
from simkit.measures import OUTCOMES
from simkit.recommend.numbers import listed

if TYPE_CHECKING:
    from simkit.trial.rehearse import Rehearsal

MOST_IN_TITLE = 3
"""Arms that a title names one by one."""
DURATION_AXIS = "duration of the trial [days since entry, log scale]"
INTERVALS = "95 % interval, from the number of rehearsals"
POWER_AXIS = "trials that find the arm's effect [%]"
POWER_WANTED = "power asked for: {:.0f} %"
HORIZON = "the design's horizon"
WRONG_AXIS = "trials that pick the wrong arm [%]"
WRONG_LINES = {
    "wrong": "the arm with the best estimate is not the year's best",
    "declared_wrong": "another arm is declared the winner",
}
LOSS_LINES = {
    "loss_highest": "the arm with the best estimate is followed",
    "loss_declared": "the declared winner is followed, else the control",
}
ACCEPTED = "accepted: {:.0f} %"
WINNERS_AXIS = "trials in which the arm has the best estimate [%]"


LOOKS_AXIS = "contacts followed to the horizon [%]"
ONE_LOOK = "one look: its marks stand side by side"
DECIDED_AXIS = "trials, by this look [%]"
SHOWN_BETTER, SHOWN_WORSE = "shown better", "shown worse"
DECISIONS = ("better", "worse", "futile", "guardrail")
GIVEN_UP, STOPPED_BY_GUARDRAIL = "given up as futile", "stopped by a guardrail"


def looks_title(found: Rehearsal, segment: str) -> str:
    """Say how often each arm is out before the end, and how many days that saves."""
    rows = found.stops[found.stops["segment"] == segment].to_dict("records")
    parts = _by_arm(rows, "stopped_early")
    whole, looks = found.stops.iloc[0], found.looks["look"].unique()
    return (
        f"{_where(found, segment)}{len(looks)} looks stop {parts} of trials before the "
        f"end.\nUntil every arm is decided they save {whole['days_saved']:.0f} of "
        f"{whole['end_days']:.0f} days on average."
    )


def looks_panel(found: Rehearsal, segment: str, arm: str) -> str:
    """Name an arm, and how long it stays in the trial on average, or that no look decides it."""
    stops, looks = found.stops, found.looks
    row = stops[(stops["segment"] == segment) & (stops["arm"] == arm)].iloc[0]
    decided = looks.loc[(looks["segment"] == segment) & (looks["arm"] == arm), list(DECISIONS)]
    never = "" if decided.fillna(0).to_numpy().any() else "decided by no look, "
    return f"{arm}: {never}in the trial for {row['days']:.0f} days on average"


def power_title(found: Rehearsal, segment: str) -> str:
    """Say which arms the trial finds at its horizon."""
    days = found.design.horizon_days
    rows = found.table[(found.table["segment"] == segment) & (found.table["horizon_days"] == days)]
    parts = _by_arm(rows.to_dict("records"), "power")
    return f"{_where(found, segment)}{days:g} days find {parts} of trials"


def wrong_title(found: Rehearsal, segment: str) -> str:
    """Say how long the trial must run."""
    days, limit = found.run_for[segment], 100 * found.wrong_at_most
    longest = found.settings["durations_days"][-1]
    if days is None:
        perhaps = found.may_do[segment]
        if perhaps is not None or not found.surely_wrong[segment]:
            when = f"even at {longest:g} days, the longest tried,"
            when = when if perhaps is None else f"in {perhaps:g} days"
            return (
                f"{_where(found, segment)}{_rehearsals(found)} do not settle whether {when} at "
                f"most {limit:.0f} % of trials pick the wrong arm for the year"
            )
        return (
            f"{_where(found, segment)}even at {longest:g} days, the longest tried, over "
            f"{limit:.0f} % of trials pick the wrong arm"
        )
    when = f"at {days:g} days, the longest tried" if days == longest else f"from {days:g} days on"
    return (
        f"{_where(found, segment)}{when}, at most {limit:.0f} % of trials pick the wrong arm for "
        "the year"
    )


def winners_title(found: Rehearsal, segment: str) -> str:
    """Say which arm wins the shortest and the longest trial most often."""
    rows = found.winners[found.winners["segment"] == segment]
    days = found.settings["durations_days"]
    parts = []
    for day in (days[0], days[-1]):
        here = rows[rows["horizon_days"] == day]
        most = here["highest"].max()
        first = here.loc[here["highest"] == most, "arm"]
        named = listed(first) if len(first) <= MOST_IN_TITLE else f"each of {len(first)} arms"
        parts.append(f"{day:g} days pick {named} in {100 * most:.0f} %")
    told = ", ".join(dict.fromkeys(parts))
    return f"{_where(found, segment)}{told} of {_rehearsals(found)}"


def arm_label(found: Rehearsal, segment: str, arm: str) -> str:
    """Name an arm, with its policy and its true effect at the horizon."""
    return f"{arm}: {found.design.arms[segment][arm].label}"


def winner_label(found: Rehearsal, segment: str, arm: str, best: str) -> str:
    """Name an arm, and say if it is the control or the best of the year."""
    marks = [
        text
        for text, on in (
            ("control", arm == found.design.control[segment]),
            ("best of the year, thick line", arm == best),
        )
        if on
    ]
    return f"{arm} ({', '.join(marks)})" if marks else arm


def loss_axis(found: Rehearsal) -> str:
    """Name what is lost by following the trial."""
    unit = OUTCOMES[found.judged_by].unit
    if unit.startswith("EUR"):
        return "expected loss [EUR per contact-year]"
    return f"expected loss in a year [{unit}]"


def _by_arm(rows: Sequence[Mapping[Hashable, Any]], share: str) -> str:
    """Say a share of each arm; of many arms, which are named below, only from where to where."""
    if len(rows) <= MOST_IN_TITLE:
        return ", ".join(f"{row['arm']} in {100 * row[share]:.0f} %" for row in rows)
    low, high = (f"{100 * end(row[share] for row in rows):.0f}" for end in (min, max))
    shares = low if low == high else f"{low} to {high}"
    return f"each of {len(rows)} arms in {shares} %"


def _rehearsals(found: Rehearsal) -> str:
    return many(int(found.durations["trials"].max()), "rehearsal")


def _where(found: Rehearsal, segment: str) -> str:
    return f"{segment}: " if len(found.segments) > 1 else ""
