"""Whether the trial is evaluated as it was registered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.scenario.validation import closest
from simkit.trial.asked import Asked
from simkit.trial.checks.assigned import Missing
from simkit.trial.checks.check import NO_P_VALUE, Check
from simkit.trial.checks.planned import planned_checks
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.checks.unit import unit_deviations
from simkit.trial.design import TrialDesign
from simkit.trial.deviations import Deviation
from simkit.trial.level import Level
from simkit.trial.level_words import claimed_words
from simkit.trial.looks.ending import off_plan_in
from simkit.trial.looks.kinds import off_plan_words
from simkit.trial.looks.ledger import Look
from simkit.trial.read.data import ALL, TrialData

ARMS_CHANGED = "arms were dropped or added after the trial began"


def registered_checks(
    source: CallLog | StoredLog | pd.DataFrame,
    data: TrialData,
    asked: Asked,
    levels: Mapping[tuple[str, str], Level],
    *,
    looks: Sequence[Look] | None = None,
    missing: Missing = "unknown",
) -> list[Check]:
    """Hold what is evaluated against the design: settings, segments, arms, and how much is there.

    Parameters
    ----------
    source, data
        The log or table as given, and the trial as read from it.
    asked
        The settings, and where they differ from the design.
    levels
        Segment and arm → what looks leave of the error rate to their comparison.
    looks
        Those that were made, as a ledger tells; None: none was given.
    missing
        Who is, as the assignment tells it.
    """
    if asked.design is None:
        return [
            Check(
                REGISTERED,
                ALL,
                "no design was given",
                NO_P_VALUE,
                "warning",
                "nothing shows which outcome, horizon and arms were meant to decide before anyone "
                "looked, nor how many comparisons were looked at: of 8 groups of contacts in which "
                "no arm does anything, at least one has p < .05 in 1 of 3 trials",  # 1 - .95^8
                "register the next trial before it begins (simkit design)",
            )
        ]
    deviations = [
        *asked.deviations,
        *unit_deviations(source, data, asked.design, asked.cluster),
        *_segments(data, asked),
        *_arms(data, asked),
    ]
    checks = [registration_check(one) for one in deviations]
    checks += planned_checks(data, asked.design, levels, missing=missing)
    if not checks:
        text = f"{asked.design.name}, {asked.design.identity()}"
        meaning = "evaluated as it was registered"
        off_plan = off_plan_in(looks, asked.design)
        if off_plan:
            meaning += f", but {off_plan_words(off_plan)}"
        if levels and all(left.ended for left in levels.values()):
            meaning += ", after its end: nothing new is claimed"
        elif any(left.of(asked.alpha) < asked.alpha for left in levels.values()):
            meaning += f", at the last of its looks: {claimed_words(levels, asked.alpha)}; "
            meaning += (
                "the looks are those of its ledger"
                if looks is not None
                else "whether the looks were made as registered, only the ledger of simkit monitor "
                "shows (ledger, --ledger)"
            )
        checks.append(Check(REGISTERED, ALL, text, NO_P_VALUE, "ok", meaning))
    return checks


def registration_check(deviation: Deviation) -> Check:
    """Write what is otherwise than registered as a check."""
    return Check(
        REGISTERED,
        ALL,
        f"{deviation.what}: {deviation.found}",
        NO_P_VALUE,
        "fail" if deviation.decides else "warning",
        deviation.meaning,
        deviation.advice,
    )


def _segments(data: TrialData, asked: Asked) -> list[Deviation]:
    assert asked.design is not None
    meant, there = asked.design.segments, data.segments
    if there == (ALL,) and len(meant) == 1:
        return []
    found = added_segments(there, asked.design)
    missing = [name for name in meant if name not in there]
    if missing and not found:
        found.append(
            Deviation(
                "segments",
                f"{', '.join(missing)} left out",
                "the trial is evaluated in parts: corrections count all the comparisons that were "
                "registered",
                decides=False,
                advice="evaluate all segments at once",
            )
        )
    return found


def added_segments(there: Sequence[str], design: TrialDesign) -> list[Deviation]:
    """Tell which segments of the data were not registered, and which may be meant by them.

    Parameters
    ----------
    there
        Those of the data.
    design
        What was registered.
    """
    meant = design.segments
    added = [name for name in there if name not in meant]
    if not added:
        return []
    return [
        Deviation(
            "segments",
            f"{', '.join(added)} instead of {', '.join(meant)}",
            _misspelt(added, meant) + "of many ways to split the contacts some show a difference "
            "by chance: a split that was not registered decides nothing",
            decides=True,
            advice="evaluate by the registered segments; to learn of others, register a trial",
        )
    ]


def _misspelt(names: Sequence[str], registered: Collection[str]) -> str:
    """Ask of names that were not registered whether near ones are meant; empty where none is."""
    near = {name: closest(name, registered) for name in names}
    asked = [f'"{name}" is not registered: was "{one}" meant?' for name, one in near.items() if one]
    return f"{' '.join(asked)} If not, " if asked else ""


def _arms(data: TrialData, asked: Asked) -> list[Deviation]:
    assert asked.design is not None
    return changed_arms(data.arms, asked.design)


def changed_arms(there: Mapping[str, Collection[str]], design: TrialDesign) -> list[Deviation]:
    """Tell where the arms that have contacts are others than those registered.

    Parameters
    ----------
    there
        Segment → the arms that have contacts. A segment that was not registered is passed over.
    design
        What was registered.
    """
    found = []
    for segment, arms in there.items():
        meant = set(design.arms.get(segment, {}))
        if segment == ALL and len(design.segments) == 1:
            meant = set(design.arms[design.segments[0]])
        if not meant or meant == set(arms):
            continue
        parts = {
            "without contacts": sorted(meant - set(arms)),
            "not registered": sorted(set(arms) - meant),
        }
        words = "; ".join(f"{', '.join(names)} {what}" for what, names in parts.items() if names)
        found.append(
            Deviation(
                "arms",
                f"{segment}: {words}",
                _misspelt(parts["not registered"], meant) + ARMS_CHANGED,
                decides=True,
                advice="give the contacts of every registered arm, and of no other, each arm "
                "written as in the design",
            )
        )
    return found
