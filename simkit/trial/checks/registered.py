"""Whether the trial is evaluated as it was registered, and whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.trial.asked import Asked, Deviation
from simkit.trial.checks.check import Check
from simkit.trial.read.data import ALL, TrialData

REGISTERED = "registration"
MOSTLY_THERE = 0.95


def registered_checks(data: TrialData, asked: Asked) -> list[Check]:
    """Hold what is evaluated against the design: settings, segments, arms, and how much is there.

    Parameters
    ----------
    data
        The trial as read.
    asked
        The settings, and where they differ from the design.
    """
    if asked.design is None:
        return [
            Check(
                REGISTERED,
                ALL,
                "no design was given",
                float("nan"),
                "warning",
                "nothing shows which outcome, horizon and arms were meant to decide before anyone "
                "looked",
                "register the next trial before it begins (simkit design)",
            )
        ]
    deviations = [*asked.deviations, *_segments(data, asked), *_arms(data, asked)]
    checks = [_check(one) for one in deviations]
    checks += _size(data, asked)
    if not checks:
        text = f"{asked.design.name}, {asked.design.identity()}"
        meaning = "evaluated as it was registered"
        checks.append(Check(REGISTERED, ALL, text, float("nan"), "ok", meaning))
    return checks


def _check(deviation: Deviation) -> Check:
    return Check(
        REGISTERED,
        ALL,
        f"{deviation.what}: {deviation.found}",
        float("nan"),
        "fail" if deviation.decides else "warning",
        deviation.meaning,
        deviation.advice,
    )


def _segments(data: TrialData, asked: Asked) -> list[Deviation]:
    assert asked.design is not None
    meant, there = asked.design.segments, data.segments
    if there == (ALL,) and len(meant) == 1:
        return []
    found = []
    added = [name for name in there if name not in meant]
    if added:
        found.append(
            Deviation(
                "segments",
                f"{', '.join(added)} instead of {', '.join(meant)}",
                "of many ways to split the contacts some show a difference by chance: a split that "
                "was not registered decides nothing",
                decides=True,
                advice="evaluate by the registered segments; to learn of others, register a trial",
            )
        )
    missing = [name for name in meant if name not in there]
    if missing and not added:
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


def _arms(data: TrialData, asked: Asked) -> list[Deviation]:
    assert asked.design is not None
    found = []
    for segment, arms in data.arms.items():
        meant = set(asked.design.arms.get(segment, {}))
        if segment == ALL and len(asked.design.segments) == 1:
            meant = set(asked.design.arms[asked.design.segments[0]])
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
                "arms were dropped or added after the trial began",
                decides=True,
                advice="give the contacts of every registered arm, and of no other",
            )
        )
    return found


def _size(data: TrialData, asked: Asked) -> list[Check]:
    """Tell by segment whether the planned contacts have been followed to the horizon."""
    # The room of the looks evaluates trials, so it cannot be read before this one.
    from simkit.trial.monitor.cost import unplanned_look_warning

    assert asked.design is not None
    checks = []
    for segment, planned in asked.design.contacts.items():
        if segment not in data.segments:
            continue
        if data.contacts is None:
            seen = int(data.values.loc[data.values["segment"] == segment, "n"].sum())
        else:
            here = (data.contacts["segment"] == segment) & data.contacts["followed"]
            seen = int(np.count_nonzero(here))
        if seen >= MOSTLY_THERE * planned:
            continue
        checks.append(
            Check(
                REGISTERED,
                segment,
                f"{seen:,} of {planned:,} planned contacts followed to the horizon",
                float("nan"),
                "warning",
                f"if the trial still runs, {unplanned_look_warning(asked.design, seen / planned)}"
                if seen
                else "nobody has been followed to the horizon",
                "look by simkit monitor, which spends the error rate as registered",
            )
        )
    return checks


def registered_comparisons(asked: Asked) -> int:
    """Return how many comparisons of an outcome were registered; 0 without a design."""
    if asked.design is None:
        return 0
    arms: Sequence[int] = [len(by_name) for by_name in asked.design.arms.values()]
    return sum(count - 1 for count in arms)
