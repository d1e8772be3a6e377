"""The answer of a look in one sentence: what to stop, what has ended, and whether to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simkit.trial.looks.guarded import STOP_ARM
from simkit.trial.looks.kinds import OFF_PLAN
from simkit.trial.monitor.decisions import BETTER, ENDED, FUTILE, GO_ON, NO_CLAIM, WORSE
from simkit.trial.monitor.guarding import HELD, not_within
from simkit.trial.monitor.words import (
    TOO_SMALL,
    TURNED,
    held_words,
    stopped_words,
    waits_words,
)
from simkit.trial.sentences import PERCENT, arm_words, listed

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.monitor.arrivals import Arrival

CLAIMS = {BETTER: "better", WORSE: "worse"}
NOTHING_DECIDED = (
    "while a check fails nothing is decided here: neither that an arm may be stopped, nor that all "
    "is well"
)


def look_words(
    look: Any, planned: Sequence[float], came: Sequence[Arrival], uncompared: str = ""
) -> str:
    """Say which look this is, and how many contacts it has.

    Parameters
    ----------
    look
        A row of the table of looks, as a named tuple.
    planned
        Registered parts of the information; empty if no looks were registered.
    came
        The contacts of each segment.
    uncompared
        Why nothing was compared whatever had come, in words; empty where that is not so.
    """
    day = str(look.as_of)[:10]
    if uncompared:
        return f"As of {day} there is no look ({uncompared})"
    if look.fraction <= 0:
        return (
            f"As of {day} it is too early for a look (no contact has been followed to the horizon "
            "yet)"
        )
    kind = str(look.kind)
    if kind == OFF_PLAN and not look.final and not any(each.to_come for each in came):
        kind = "with all who have come"
    if kind == look.kind != OFF_PLAN:
        kind += f"; registered: {len(planned)}" if planned else ""
    else:
        kind += f"; registered at {listed([f'{PERCENT * part:g} %' for part in planned])}"
    sizes = ""
    if len(came) > 1 or any(each.more or each.fewer for each in came):
        sizes = f" ({'; '.join(each.words() for each in came)})"
    end = ", the end of the trial" if look.final else ""
    return (
        f"Look {look.look} ({kind}), as of {day}, with {PERCENT * look.fraction:.0f} % of the "
        f"planned contacts followed to the horizon{sizes}{end}"
    )


def found_parts(look: Any, last: pd.DataFrame, guards: pd.DataFrame, primary: str) -> Iterator[str]:
    """Say what was found at a look: what is better or worse, and what is to be stopped.

    Of an arm that is better it is said where a guardrail is not shown to hold, and then of others
    that they could be adopted. At the end that is the evaluation's to say, whose test of a
    guardrail is made once and shows more.

    Parameters
    ----------
    look, last, guards
        The look, its comparisons and its guardrails.
    primary
        The outcome that decides.
    """
    turned = last["turned"].astype(bool)  # a table without rows holds objects
    for decision, word in CLAIMS.items():
        names = _names(last[(last["decision"] == decision) & ~turned])
        if names:
            yield f"{', '.join(names)} {_are(names)} {word}"
    for row in last[turned].itertuples(index=False):
        yield f"{row.segment} · {arm_words(str(row.arm))} was {TURNED.format(row.claimed_at)}"
    better_now = last[(last["decision"] == BETTER) & ~turned]
    yield from _who_may_be_adopted(look, better_now, guards)
    held = last[last["decision"] == HELD]
    yield from (held_words(row) for row in held.itertuples(index=False))
    stopped = guards[guards["decision"] == STOP_ARM]
    better = last[last["claimed_at"].gt(0) & (last["decision"] == STOP_ARM)]
    shown = set(zip(better["segment"], better["arm"], strict=True))
    for (segment, arm), rows in stopped.groupby(["segment", "arm"], sort=False):
        by = primary if (segment, arm) in shown else ""
        yield stopped_words(str(segment), str(arm), rows, by)
    futile = _names(last[last["decision"] == FUTILE])
    if futile:
        yield f"success has become unlikely for {', '.join(futile)}"


def _who_may_be_adopted(look: Any, better: pd.DataFrame, guards: pd.DataFrame) -> Iterator[str]:
    """Say of arms that are better which gain too little or wait, and whom nothing is open of."""
    unshown = not_within(guards)
    gains_little = better["too_small"].astype(bool)
    small = _names(better[gains_little])
    if small:
        yield f"{listed(small)} {_are(small)} {TOO_SMALL}"
    waits: dict[str, list[str]] = {}
    free = []
    for row in better[~gains_little].itertuples(index=False):
        own = unshown[(unshown["segment"] == row.segment) & (unshown["arm"] == row.arm)]
        name = f"{row.segment} · {arm_words(str(row.arm))}"
        if len(own):
            waits.setdefault(", ".join(own["outcome"]), []).append(name)
        else:
            free.append(name)
    for outcomes, names in waits.items():
        yield f"{listed(names)} {_are(names)} {waits_words(outcomes, final=look.final)}"
    if (waits or small) and free:
        yield f"{listed(free)} {_are(free)} within all margins and could be adopted now"


def what_is_left(
    look: Any, last: pd.DataFrame, came: Sequence[Arrival], *, found: bool
) -> Iterator[str]:
    """Say what has ended without a difference, and what goes on.

    Parameters
    ----------
    look, last, came
        The look, its comparisons, the contacts of each segment.
    found
        Whether anything was found that has been said already.
    """
    if last["z"].isna().all():
        yield (
            "nothing can be told, and this is not counted as a look"
            if look.fraction <= 0
            else "nothing can be told of the primary outcome"
        )
        return
    over = last[last["decision"].isin([ENDED, NO_CLAIM])]
    if look.final:
        if len(over) and not found:
            yield "no difference was shown, so nothing may be claimed"
        return
    for ended_at, rows in over.groupby("ended_at", sort=True):
        when = "this look" if ended_at == look.look else f"look {ended_at}"
        yield f"{listed(_names(rows, last))} ended with {when} and showed no difference"
    on = last[last["decision"] == GO_ON]
    short = on["segment"].isin([each.segment for each in came if each.fewer])
    if (~short).any():
        rest = listed(_names(on[~short], last))
        whole = not found and len(on[~short]) == len(last)
        yield "go on: nothing to stop for" if whole else f"go on with {rest}"
    if short.any():
        yield (
            f"nothing to stop for in {listed(_names(on[short], last))}: go on if more contacts "
            "are to come, else this was the end"
        )


def _names(rows: pd.DataFrame, of: pd.DataFrame | None = None) -> list[str]:
    """Name comparisons; a segment by itself where it is there with all it has in a table."""
    names = []
    for segment, here in rows.groupby("segment", sort=False):
        if of is not None and len(here) == (of["segment"] == segment).sum():
            names.append(str(segment))
        else:
            names += [f"{segment} · {arm_words(arm)}" for arm in here["arm"]]
    return names


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
