"""What looks leave of an error rate, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simkit.trial.level import LEAST, ONE_LOOK, ROUNDING, Level
from simkit.trial.levels import part_there
from simkit.trial.looks.ending import counted_words, off_plan_in, unseen_words
from simkit.trial.looks.kinds import TIMING, off_plan_words
from simkit.trial.looks.ledger import COMPLETE, Look
from simkit.trial.seen_again import ANOTHER_QUESTION
from simkit.trial.sequential.uncounted import as_planned

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

PERCENT = 100.0
CLAIMS_STAND = "other contacts than it saw claim nothing new, and what was claimed by then stands"
CLAIMS_NOTHING = "what is not just what it saw claims nothing new"


def claimed_words(levels: Mapping[tuple[str, str], Level], alpha: float) -> str:
    """Say how small p must be for a verdict on what decides: once, or by segment where they differ.

    Parameters
    ----------
    levels
        Segment and arm → what is left; of the arms of a segment the lowest is told.
    alpha
        The error rate of which it is left.
    """
    lowest: dict[str, float] = {}
    for (segment, _), left in levels.items():
        level = LEAST if left.ended else left.of(alpha)
        lowest[segment] = min(level, lowest.get(segment, alpha))
    texts = {name: f"below {level:.3g}" for name, level in lowest.items() if level > LEAST}
    ended = [name for name in lowest if name not in texts]
    if not texts:
        return "no arm is called better or worse by the primary outcome any more"
    alike = not ended and len(set(texts.values())) == 1
    small = [text if alike else f"{text} in {name}" for name, text in texts.items()]
    said = f"where p is {' and '.join(dict.fromkeys(small))}"
    if min(lowest[name] for name in texts) < alpha * (1 - ROUNDING):
        said = f"only {said} instead of {alpha:g}"
    if ended:
        said += f", and not at all in {' and '.join(ended)}"
    return f"an arm is called better or worse by the primary outcome {said}"


def apart_words(levels: Mapping[tuple[str, str], Level]) -> tuple[str, ...]:
    """Say where a look saw others than are there, or other results: its claim is not theirs.

    That something else is asked than was registered is said by the check of it.

    Parameters
    ----------
    levels
        Segment and arm → what is left.
    """
    segments: dict[str, list[str]] = {}
    for (segment, _), left in levels.items():
        if left.apart and left.apart != ANOTHER_QUESTION:
            segments.setdefault(left.apart, []).append(segment)
    several = len({segment for segment, _ in levels}) > 1
    return tuple(
        f"in {' and '.join(dict.fromkeys(names))} {why}" if several else why
        for why, names in segments.items()
    )


def looks_taken(
    design: TrialDesign | None,
    there: Mapping[str, Mapping[str, int]],
    levels: Mapping[tuple[str, str], Level],
    alpha: float,
    looks: Sequence[Look] | None,
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """Say on what the levels rest where looks before the end were made or registered.

    Parameters
    ----------
    design, there, alpha, looks
        As `levels_left` takes them.
    levels
        What it returned, by segments as the data call them.
    names
        Registered segment → what the data call it.
    """
    if design is None:
        return ()
    beside = _off_the_plan(design, there, levels, names)
    if looks is not None:
        parts = {segment: part_there(design, there, segment) for segment in there}
        before = [look for look in looks if look.fraction < COMPLETE]
        told = counted_words(before, _seen_again(before, there, levels))
        off_plan = off_plan_in(looks, design)
        if off_plan:
            told += f". {off_plan_words(off_plan)}: {TIMING}"
        if not levels or not all(left.ended for left in levels.values()):
            told += f"{'. If none did,' if off_plan else ':'} {claimed_words(levels, alpha)}"
        told += _ended_words(levels)
        unseen = unseen_words(looks, design, parts)
        if unseen and not looks:  # then it is a part of the answer
            told += "".join(f". {text[0].upper()}{text[1:]}" for text in unseen)
            unseen = ()
        return (told, *unseen, *beside)
    if design.looks is None or len(design.looks.fractions) == ONE_LOOK:
        return beside
    return (
        "the looks before this are taken to be those registered: give the ledger in which simkit "
        "monitor counted them (ledger, --ledger), and those really made are counted",
        *beside,
    )


def _seen_again(
    looks: Sequence[Look],
    there: Mapping[str, Mapping[str, int]],
    levels: Mapping[tuple[str, str], Level],
) -> Look | None:
    """Return the look that saw just the contacts that are there; None where there is none."""
    days = {left.again for left in levels.values() if left.again}
    sizes = {segment: sum(arms.values()) for segment, arms in there.items()}
    for look in looks:
        if look.as_of[:10] in days and all(look.followed(name) == n for name, n in sizes.items()):
            return look
    return None


def _off_the_plan(
    design: TrialDesign,
    there: Mapping[str, Mapping[str, int]],
    levels: Mapping[tuple[str, str], Level],
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """Say by which rule segments are judged where no look counted that other contacts are there."""
    more, about = [], []
    for segment in there:
        called = names[segment]
        own = [left for (name, _), left in levels.items() if name == called and left.uncounted]
        part = part_there(design, there, segment)
        if own and as_planned(part):
            about.append(f"{segment} {PERCENT * part:.4g} %")
        elif own and part > 1:
            more.append(segment)
    told = []
    if more:
        told.append(
            f"more contacts than planned were followed in {' and '.join(more)}, and an evaluation "
            "could be made anew until a difference shows: only what holds however often one looks "
            "is claimed there (a confidence sequence). The first look of simkit monitor that has "
            "the planned contacts may claim more, if no result decided when it was made"
        )
    if about:
        told.append(
            f"not just the planned contacts were followed ({', '.join(about)} of them), and an "
            "evaluation could be made anew until something shows: more is asked of p, the further "
            "their number is from that planned. That costs nothing where the assignment's file "
            "(assigned, --assigned) shows that these are all who were ever assigned, each followed "
            "to the horizon (so not while the last of them are still being followed), or where "
            "this is counted as the last look (simkit monitor, --final)"
        )
    return tuple(told)


def _ended_words(levels: Mapping[tuple[str, str], Level]) -> str:
    """Say where nothing new is claimed, since it ended with a look that saw other contacts."""
    days: dict[tuple[str, bool], list[str]] = {}
    for (segment, _), left in levels.items():
        if left.ended:
            segments = days.setdefault((left.ended, bool(left.apart)), [])
            segments += [] if segment in segments else [segment]
    return "".join(
        f". {' and '.join(segments)} ended with the look of {day}: "
        f"{CLAIMS_NOTHING if apart else CLAIMS_STAND} (to read that end as it was: simkit monitor, "
        "--as-of)"
        for (day, apart), segments in days.items()
    )
