"""Whether the trial is evaluated as it was registered, and whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.trial.asked import Asked, Deviation
from simkit.trial.checks.check import Check
from simkit.trial.checks.early import unplanned_look_warning
from simkit.trial.level import as_planned
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.read.names import NO_ARM

REGISTERED = "registration"


def registered_checks(
    data: TrialData, asked: Asked, level: float, *, accounts: bool = True
) -> list[Check]:
    """Hold what is evaluated against the design: settings, segments, arms, and how much is there.

    Parameters
    ----------
    data
        The trial as read.
    asked
        The settings, and where they differ from the design.
    level
        What looks leave of the error rate, for the comparisons that decide.
    accounts
        Whether it is known which contacts share an account.
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
    if asked.design.unit == "account" and not accounts:
        deviations.append(_without_accounts(totals=data.contacts is None))
    checks = [_check(one) for one in deviations]
    checks += _size(data, asked)
    if not checks:
        text = f"{asked.design.name}, {asked.design.identity()}"
        meaning = "evaluated as it was registered"
        if level < asked.alpha:
            meaning += (
                f", at the last of its looks: what decides is claimed at {level:.3g} instead of "
                f"{asked.alpha:g}; whether the looks were made as registered, only the ledger of "
                "simkit monitor shows"
            )
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


def _without_accounts(*, totals: bool) -> Deviation:
    if totals:
        return Deviation(
            "cluster",
            "whole accounts were assigned, and totals do not tell which contacts share one",
            "the errors may be too small by as much as colleagues are alike",
            decides=False,
            advice="evaluate the contacts, with their accounts",
        )
    return Deviation(
        "cluster",
        "not given, while whole accounts were assigned",
        "errors must follow the unit that was assigned, or they are too small",
        decides=True,
        advice="name the column of the account (cluster)",
    )


def planned_parts(data: TrialData, asked: Asked) -> dict[str, float]:
    """Return segment → part of its planned contacts that have been followed to the horizon."""
    if asked.design is None:
        return {}
    return {
        segment: _followed(data, segment) / planned
        for segment, planned in asked.design.contacts.items()
        if segment in data.segments
    }


def _followed(data: TrialData, segment: str) -> int:
    if data.contacts is None:
        return int(data.values.loc[data.values["segment"] == segment, "n"].sum())
    here = (data.contacts["segment"] == segment) & data.contacts["followed"]
    return int(np.count_nonzero(here))


def _size(data: TrialData, asked: Asked) -> list[Check]:
    """Tell by segment whether the planned contacts have been followed to the horizon."""
    assert asked.design is not None
    checks = []
    for segment, part in planned_parts(data, asked).items():
        if as_planned(part):
            continue
        if part > 1:
            checks.append(_more(segment, _followed(data, segment), asked.design.contacts[segment]))
            continue
        seen, planned = _followed(data, segment), asked.design.contacts[segment]
        checks.append(
            Check(
                REGISTERED,
                segment,
                f"{seen:,} of {planned:,} planned contacts followed to the horizon",
                float("nan"),
                "warning",
                f"if the trial still runs, {unplanned_look_warning(asked.design, part)}. So what "
                "decides is claimed here only where it holds however often one looks; if it has "
                "ended, fewer were assigned, or contacts were removed, perhaps by how they did"
                if seen
                else "nobody has been followed to the horizon",
                "look by simkit monitor, which spends the error rate as registered; a trial that "
                "ended with fewer contacts, if not because of what it shows, is its last look "
                "(final)",
            )
        )
    return checks


def _more(segment: str, seen: int, planned: int) -> Check:
    return Check(
        REGISTERED,
        segment,
        f"{seen:,} contacts followed to the horizon, {planned:,} were planned",
        float("nan"),
        "warning",
        "whoever goes on until a difference shows finds one, so what decides is claimed here only "
        "where it holds however often one looks",
        "evaluate the contacts that were planned, in the order of their entry; say why there are "
        "more",
    )


def without_arm(data: TrialData) -> int:
    """Return how many contacts of the log have no arm."""
    rows = data.left_out.itertuples(index=False)
    return sum(int(count) for reason, count in rows if NO_ARM in reason)


def registered_comparisons(asked: Asked) -> int:
    """Return how many comparisons of an outcome were registered; 0 without a design."""
    if asked.design is None:
        return 0
    arms: Sequence[int] = [len(by_name) for by_name in asked.design.arms.values()]
    return sum(count - 1 for count in arms)
