"""Whether the contacts that were planned have been followed, no fewer and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from simkit.trial.checks.assigned import AS_ASSIGNED, Missing
from simkit.trial.checks.check import NO_P_VALUE, Check
from simkit.trial.checks.early import unplanned_look_warning
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.checks.swapped import swapped_numbers
from simkit.trial.level import Level
from simkit.trial.read.columns import TABLE
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.sentences import PERCENT
from simkit.trial.sequential.uncounted import MOSTLY_THERE, as_planned

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.design import TrialDesign

CAME = "planned contacts"
NOT_BEGUN = "it has not begun: nobody in it has come yet"
TO_COME = "those who came last are still being followed, so more may come"
TOO_MANY = (
    "looks go by the number planned: a segment ends there, and what comes after it can claim "
    "nothing more"
)
TOO_FEW = (
    "nobody is being followed any more, and contacts are missing: they never entered, or were "
    "taken out of the log, perhaps by how they did; with fewer, only larger differences are found"
)
ALWAYS = (
    "an arm is called better or worse by the primary outcome here only where that holds however "
    "often one looks"
)
SAID_AGAIN = (
    "the look of {} saw just these contacts and stands in the ledger: what it claimed is said again"
)
SINCE_THE_END = (
    "it ended with the look of {}, which saw other contacts: these claim nothing new, and what was "
    "claimed by then stands"
)
OTHERS_SINCE_THE_END = (
    "it ended with the look of {}, which saw other contacts, or other results: these claim nothing "
    "new"
)
ALL_THERE = (
    "nobody is being followed any more, and fewer contacts have been assigned than were planned: "
    "with fewer, only larger differences are found"
)
SAY_WHY = "find out why more came than were registered, and say so with the result"
THAT_IS_ALL = "if no more come, the trial ends with those it has (simkit monitor, --final)"
ADVICE: Mapping[Missing, str] = {
    "nobody": THAT_IS_ALL,
    "somebody": f"see the check '{AS_ASSIGNED}', which says how many are missing; {THAT_IS_ALL}",
    "unknown": "find out which it is (a check against the assignment names who is missing: "
    f"assigned, --assigned); {THAT_IS_ALL}",
}
UNSEEN = (
    "without the assignment nobody can see who is missing: the arms may have lost those who did "
    "badly (as many as were planned, within {:g} %, are taken for all)"
)
_BAND_PERCENT = round(PERCENT * (1 - MOSTLY_THERE), 1)
SHOW_THEM = "give the assignment (assigned, --assigned): it names who is missing"


def names_in(data: TrialData, design: TrialDesign | None) -> dict[str, str]:
    """Return registered segment → what the data call it, of those that they hold.

    Without a column of segments all of them are the only one that was registered.

    Parameters
    ----------
    data
        The trial as read.
    design
        What was registered; without it nothing was.
    """
    meant = () if design is None else design.segments
    if data.segments == (ALL,) and len(meant) == 1:
        return {meant[0]: ALL}
    return {segment: segment for segment in meant if segment in data.segments}


def followed_in(data: TrialData, design: TrialDesign | None) -> dict[str, dict[str, int]]:
    """Return planned segment → arm → contacts followed to the horizon, of those in the data.

    Parameters
    ----------
    data, design
        As `names_in` takes them.
    """
    planned = {} if design is None else design.contacts
    names = names_in(data, design)
    primary = "" if design is None else design.primary
    return {
        segment: _followed(data, names[segment], primary) for segment in planned if segment in names
    }


def planned_checks(
    data: TrialData,
    design: TrialDesign,
    levels: Mapping[tuple[str, str], Level],
    *,
    missing: Missing = "unknown",
) -> list[Check]:
    """Tell by segment whether the planned contacts have been followed to the horizon.

    Parameters
    ----------
    data, design
        The trial as read, and what was registered.
    levels
        Segment, as the data call it, and arm → what looks leave to their comparison.
    missing
        Who is, as the assignment tells it.
    """
    checks = []
    names, followed = names_in(data, design), followed_in(data, design)
    # One fraction for all segments, so that they are told alike, and at once.
    of_all = sum(sum(arms.values()) for arms in followed.values()) / max(
        sum(design.contacts[segment] for segment in followed), 1
    )
    for segment, by_arm in followed.items():
        planned, seen = design.contacts[segment], sum(by_arm.values())
        part, here = seen / planned, names[segment]
        looked = _looked([left for (name, _), left in levels.items() if name == here])
        if as_planned(part):
            if part < 1 and missing == "unknown":
                found = f"{seen:,} of {planned:,} planned contacts followed to the horizon"
                checks.append(_unseen(REGISTERED, here, found))
            continue
        if looked:
            checks.append(_counted(here, seen, planned, looked))
        elif part > 1:
            checks.append(_more(here, seen, planned))
        else:
            fraction = of_all if 0 < of_all < 1 else part
            warning = unplanned_look_warning(design, fraction)
            checks.append(_fewer(here, seen, planned, warning, missing))
    return checks


def came_checks(
    contacts: pd.DataFrame,
    design: TrialDesign,
    running: Collection[str],
    *,
    missing: Missing = "unknown",
) -> list[Check]:
    """Hold the contacts that have come against those planned, in each segment.

    Parameters
    ----------
    contacts
        Those in the trial so far, with their ``segment``.
    design
        The design.
    running
        Segments in which more contacts may come, so that those missing are told only. So it is in
        one in which nobody has come yet.
    missing
        Who is, as the assignment tells it.
    """
    sizes = contacts["segment"].value_counts()
    numbers = {
        segment: (planned, int(sizes.get(segment, 0)))
        for segment, planned in design.contacts.items()
    }
    doubt = swapped_numbers(numbers)
    checks = []
    for segment, (planned, came) in numbers.items():
        found = f"{came:,} of {planned:,} planned contacts have come"
        if as_planned(came / planned):
            if came < planned and missing == "unknown" and segment not in running:
                checks.append(_unseen(CAME, segment, found))
                continue
            meaning = "as many as were planned"
            if came != planned:
                meaning += f", within {_BAND_PERCENT:g} % of that number"
            checks.append(Check(CAME, segment, found, NO_P_VALUE, "ok", meaning))
        elif came > planned:
            found = f"{came:,} contacts have come, {planned:,} were planned"
            meaning = f"{TOO_MANY}{doubt}"
            checks.append(Check(CAME, segment, found, NO_P_VALUE, "warning", meaning, SAY_WHY))
        elif not came:
            checks.append(Check(CAME, segment, found, NO_P_VALUE, "ok", NOT_BEGUN))
        elif segment in running:
            checks.append(Check(CAME, segment, found, NO_P_VALUE, "ok", TO_COME))
        else:
            meaning = f"{ALL_THERE if missing == 'nobody' else TOO_FEW}{doubt}"
            advice = ADVICE[missing]
            checks.append(Check(CAME, segment, found, NO_P_VALUE, "warning", meaning, advice))
    return checks


def _followed(data: TrialData, segment: str, primary: str) -> dict[str, int]:
    """Count by arm; whose outcome that decides is missing was not followed to the horizon."""
    if data.contacts is None:
        here = data.values[data.values["segment"] == segment]
        sizes = here.groupby("arm")["n"].sum()
    else:
        followed = data.contacts["followed"]
        if data.where == TABLE and primary in data.values:
            followed = followed & data.values[primary].notna().to_numpy()
        here = data.contacts[(data.contacts["segment"] == segment) & followed]
        sizes = here["arm"].value_counts()
    return {str(arm): int(size) for arm, size in sizes.items()}


def _looked(levels: Sequence[Level]) -> str:
    """Say what the looks of a ledger mean for the contacts of a segment.

    Empty where some comparison is looked at here for the first time.
    """
    if not levels or not all(left.again or left.ended for left in levels):
        return ""
    day = next((left.ended for left in levels if left.ended), "")
    since = OTHERS_SINCE_THE_END if any(left.apart for left in levels) else SINCE_THE_END
    return since.format(day) if day else SAID_AGAIN.format(levels[0].again)


def _counted(segment: str, seen: int, planned: int, meaning: str) -> Check:
    """Tell of contacts that a look of the ledger saw, or of others after the end."""
    if seen > planned:
        found = f"{seen:,} contacts followed to the horizon, {planned:,} were planned"
        return Check(REGISTERED, segment, found, NO_P_VALUE, "warning", meaning, SAY_WHY)
    found = f"{seen:,} of {planned:,} planned contacts followed to the horizon"
    return Check(REGISTERED, segment, found, NO_P_VALUE, "ok", meaning)


def _unseen(check: str, segment: str, found: str) -> Check:
    meaning = UNSEEN.format(_BAND_PERCENT)
    return Check(check, segment, found, NO_P_VALUE, "warning", meaning, SHOW_THEM)


def _fewer(segment: str, seen: int, planned: int, warning: str | None, missing: Missing) -> Check:
    why = "fewer were assigned"
    if missing != "nobody":
        why += ", or contacts were removed, perhaps by how they did"
    return Check(
        REGISTERED,
        segment,
        f"{seen:,} of {planned:,} planned contacts followed to the horizon",
        NO_P_VALUE,
        "warning",
        f"if the trial still runs, {warning}. So {ALWAYS}; if it has ended, {why}"
        if seen
        else "nobody has been followed to the horizon",
        "look by simkit monitor, which spends the error rate as registered; a trial that ended "
        "with fewer contacts, if not because of what it shows, is its last look (final)",
    )


def _more(segment: str, seen: int, planned: int) -> Check:
    return Check(
        REGISTERED,
        segment,
        f"{seen:,} contacts followed to the horizon, {planned:,} were planned",
        NO_P_VALUE,
        "warning",
        f"whoever goes on until a difference shows finds one, so {ALWAYS}",
        "evaluate the contacts that were planned, in the order of their entry; say why there are "
        "more",
    )
