"""What looks leave of an error rate to each comparison, by the looks registered or made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simkit.trial.level import MADE_LOOKS, ONE_LOOK, REGISTERED_LOOKS, ROUNDING, Level, Shown
from simkit.trial.looks.history import (
    claimed_by,
    end_among,
    history,
    information,
    sequential_p_value,
    spends_error,
)
from simkit.trial.looks.ledger import COMPLETE, Key, Look
from simkit.trial.seen_again import Found, Here
from simkit.trial.sequential.uncounted import as_planned, uncounted

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

NOTHING = Found()


def levels_left(
    design: TrialDesign | None,
    there: Mapping[str, Mapping[str, int]],
    alpha: float,
    looks: Sequence[Look] | None = None,
    *,
    settled: bool = False,
    as_looked_at: bool = True,
    found: Found = NOTHING,
) -> dict[tuple[str, str], Level]:
    """Return segment and arm → what looks leave of an error rate to their comparison.

    A design with looks is evaluated as its last one: at the bound that the spending leaves there,
    as if all looks had been made as registered. With a ledger the looks that were made take the
    place of those registered, each at the information that it had of the comparison, as in
    `simkit.trial.monitor`.

    What one of them has seen already is said again, as it was said there, also before the planned
    contacts are in. A comparison that ended, with its planned contacts or with the trial, claims
    nothing new of other contacts than its end saw; what its looks claimed stands. Who goes on
    after an early end looks again by monitor, which counts it. But what looks claimed is claimed
    only of what they saw: not where contacts whom one of them saw are not there, or are others, or
    did otherwise, nor of another outcome, horizon or control.

    Else, with fewer contacts than planned in its segment, or with more, a comparison is looked at
    off the plan, which no ledger counts, and pays for what could be looked at so
    (`simkit.trial.sequential.uncounted`): little near the planned number, and far from it only
    what holds however often one looks is claimed. Who goes on until a difference shows finds one,
    and an evaluation cannot know why more came. A look of monitor stands in the ledger and can be
    made once: the first that has the planned contacts, and an end that is declared before, is
    judged by spending at its own information; evaluated with that ledger the same contacts are
    claimed alike. How many have come in other segments does not matter to it.

    About as many as planned pay nothing where these are all who were ever assigned.

    Parameters
    ----------
    design
        What was registered; without it nothing is, and looks cost nothing.
    there
        Segment → arm → contacts followed to the horizon. Of a segment that is not among them all
        that was planned is taken to be there.
    alpha
        Error rate of the family, at which it is told what it is spent on.
    looks
        Those that a ledger holds; None: no ledger is given.
    settled
        Whether the assignment's record shows that just all who were assigned are there.
    as_looked_at
        Whether outcome, horizon and control are those that looks compare.
    found
        What tells the contacts that are there, and their results, from others.
    """
    levels: dict[tuple[str, str], Level] = {}
    if design is None:
        return levels
    for segment, arms in design.arms.items():
        for arm in arms:
            here = _here(design, there, segment, arm, settled=settled)
            here = replace(here, as_looked_at=as_looked_at, found=found)
            if arm == design.control[segment] or here.fraction <= 0:  # nobody is there to compare
                continue
            key = (design.primary, segment, arm)
            left = _registered(design, here) if looks is None else _made(looks, design, key, here)
            levels[segment, arm] = replace(left, cost=_cost(left, here, alpha))
    return levels


def _here(
    design: TrialDesign,
    there: Mapping[str, Mapping[str, int]],
    segment: str,
    arm: str,
    *,
    settled: bool,
) -> Here:
    if segment not in there:
        return Here()
    planned, control = design.contacts[segment], design.control[segment]
    parts = design.parts(segment)
    sizes = there[segment].get(arm, 0), there[segment].get(control, 0)
    fraction = information(sizes, [planned * parts[name] for name in (arm, control)])
    part = part_there(design, there, segment)
    paid = None if settled and as_planned(part) else uncounted(part, fraction)
    return Here(part, fraction, sizes, paid)


def _registered(design: TrialDesign, here: Here) -> Level:
    """Return what is left if all looks before were made as registered, and this is the last."""
    if design.looks is None or len(design.looks.fractions) == ONE_LOOK:
        return Level(uncounted=here.uncounted)
    *before, _ = design.looks.fractions
    times = (*before, max(here.fraction, before[-1]))
    ends = (*(False for _ in before), True)
    return Level(
        times, ends, design.looks.spending, uncounted=here.uncounted, cost=REGISTERED_LOOKS
    )


def _made(
    looks: Sequence[Look],
    design: TrialDesign,
    key: Key,
    here: Here,
) -> Level:
    """Return what the looks of a ledger leave to a comparison; see `levels_left`."""
    planned = design.contacts.get(key[1], np.inf)
    spending = None  # nothing says how to spend: only what always holds is claimed
    if not looks or spends_error(looks, registered=design.looks is not None):
        spending = design.looks.spending if design.looks else "obrien_fleming"
    again = next((at + 1 for at in range(len(looks)) if here.seen_at(looks, at, key)), 0)
    apart = here.apart_from(looks[:again] if again else looks, key)
    times, final = history(looks[:again], key, planned)
    if again and not (spending and any(final[:-1])):
        said = Level(
            shown=Shown() if apart else _shown(looks[:again], key, planned, spending),
            before=claimed_by(looks[: again - 1], key, planned, spending),
            apart=apart,
            again=looks[again - 1].as_of[:10],
            closed=looks[again - 1].final,
        )
        if spending is None:
            return replace(said, always=here.fraction, cost=MADE_LOOKS)
        if len(times) == ONE_LOOK and final[0]:
            return said
        spent = replace(said, times=tuple(times), final=tuple(final), spending=spending)
        return replace(spent, cost=MADE_LOOKS)
    shown = Shown() if apart else _shown(looks, key, planned, spending)
    # Where nothing is spent no planned contacts end anything: the trial alone does.
    ends = [look for look in looks if spending or look.final]
    ended = end_among(ends, key, planned) if here.sizes is not None else 0
    last = ends[ended - 1] if ended else None
    if last is not None and (last.told(key) or (last.final and last.fraction < COMPLETE)):
        day = last.as_of[:10]
        return Level(always=here.fraction, cost=MADE_LOOKS, shown=shown, ended=day, apart=apart)
    if spending is None:
        return Level(always=here.fraction, cost=MADE_LOOKS, shown=shown, apart=apart)
    # A look with all planned contacts that was written by hand is this very end.
    looks = [look for look in looks if look.fraction < COMPLETE]
    times, final = history(looks, key, planned)
    before = claimed_by(looks, key, planned, spending)
    seen = max([0.0, *times[-1:]])  # with less than a look has seen nothing is left to spend
    times, final = [*times, max(here.fraction, seen)], [*final, here.fraction >= seen]
    if len(times) == ONE_LOOK:
        return Level(uncounted=here.uncounted, shown=shown, apart=apart)
    return Level(
        tuple(times),
        tuple(final),
        spending,
        uncounted=here.uncounted,
        cost=MADE_LOOKS,
        shown=shown,
        before=before,
        apart=apart,
    )


def part_there(design: TrialDesign, there: Mapping[str, Mapping[str, int]], segment: str) -> float:
    """Give the part of a segment's planned contacts that were followed to the horizon."""
    return sum(there[segment].values()) / design.contacts[segment]


def _shown(looks: Sequence[Look], key: Key, planned: float, spending: str | None) -> Shown:
    """Return what the looks showed of a comparison, by the one that showed most."""
    found = Shown()
    for number, look in enumerate(looks, start=1):
        p_value = sequential_p_value(looks[:number], key, planned, spending)
        seen = look.find(key)
        if seen is not None and p_value < found.p_value:
            found = Shown(p_value, look.as_of[:10], seen.z > 0)
    return found


def _cost(left: Level, here: Here, alpha: float) -> str:
    """Name what makes the level smaller than alpha; empty where nothing does."""
    if left.of(alpha) >= alpha * (1 - ROUNDING):
        return ""
    if left.again or left.ended:
        return left.cost
    if left.uncounted is None:
        return left.cost
    number = f"{'fewer' if here.part < 1 else 'more'} contacts than planned"
    return f"{left.cost} and {number}" if left.cost and as_planned(here.part) else number
