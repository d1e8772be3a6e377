"""What the looks that a ledger holds leave to claim at the end of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem
from simkit.trial.looks.cost import cost_of_looks
from simkit.trial.looks.ledger import COMPLETE, Look, passed_by, read_ledger
from simkit.trial.sequential.anytime import multiplier

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

PERCENT = 100.0


def counted_looks(
    where: str, ledger: str | Path | None, design: TrialDesign | None
) -> tuple[Look, ...] | None:
    """Return the looks that were made before the end; None where no ledger is given.

    Parameters
    ----------
    where
        The function, for messages.
    ledger
        The file that `simkit.trial.monitor.monitor` wrote. It is read only.
    design
        The design that it belongs to.

    Raises
    ------
    InputError
        If it is no ledger, one of another design, or one of a trial that was ended before its
        planned contacts were in.
    """
    if ledger is None:
        return None
    rules = []
    if design is None:
        rules.append("must be None without the design that it belongs to")
    if not (isinstance(ledger, str | Path) and Path(ledger).is_file()):
        rules.append("must be a file that exists: the one in which simkit monitor counts looks")
    if rules or design is None:
        raise InputError(Problem(where, "ledger", str(ledger), rule) for rule in rules)
    looks = read_ledger(Path(ledger), design)
    ended = next((look for look in looks if look.final and look.fraction < COMPLETE), None)
    if ended is not None:
        rule = (
            f"must hold no end of the trial: it ended with the look of {ended.as_of[:10]}, and "
            "nothing can be claimed after that. What it claimed holds: simkit monitor shows it "
            "again, with this ledger and as of that day"
        )
        raise InputError([Problem(where, "ledger", str(ledger), rule)])
    # The look with all planned contacts is the end, which this evaluation says again.
    return tuple(look for look in looks if 0 < look.fraction < COMPLETE)


def end_of(design: TrialDesign, there: Mapping[str, float]) -> Look:
    """Return what an end of the trial with so many contacts is as a look.

    Parameters
    ----------
    design
        The design.
    there
        Segment → part of its planned contacts that were followed to the horizon; empty where that
        is not known, which is taken for all of them.
    """
    planned = {segment: design.contacts[segment] for segment in there}
    seen = sum(min(part, 1.0) * planned[segment] for segment, part in there.items())
    whole = seen / sum(planned.values()) if planned else 1.0
    complete = all(part >= COMPLETE for part in there.values())
    return Look("", whole, True, (), complete)


def bound_at_end(
    looks: Sequence[Look], design: TrialDesign, there: Mapping[str, float], alpha: float
) -> float:
    """Give the bound of |Z| at the end after these looks, as `simkit.trial.monitor` does.

    Parameters
    ----------
    looks
        All looks made before.
    design, there
        As `end_of` takes them.
    alpha
        Error rate over all looks.
    """
    end = end_of(design, there)
    if end.fraction <= 0:
        return 0.0
    if design.looks is None and looks:  # none were registered: nothing says how to spend
        return multiplier(end.fraction, alpha)
    planned = design.looks.fractions if design.looks else ()
    spending = design.looks.spending if design.looks else "obrien_fleming"
    return cost_of_looks([*looks, end], planned, alpha, spending).final_bound


def counted_words(looks: Sequence[Look], level: float, alpha: float) -> str:
    """Say that the looks of the ledger were counted, and what they leave."""
    days = ", ".join(look.as_of[:10] for look in looks)
    if not looks:
        counted = "its ledger holds no look"
    elif len(looks) == 1:
        counted = f"the look of its ledger ({days}) was counted"
    else:
        counted = f"the {len(looks)} looks of its ledger ({days}) were counted"
    return f"{counted}: what decides is claimed at {level:.3g}, of the trial's alpha of {alpha:g}"


def ended_segments(looks: Sequence[Look] | None, design: TrialDesign | None) -> dict[str, str]:
    """Return segment → day of the look of the ledger at which its planned contacts were in.

    That look was the segment's end, and all its error rate was spent there: an evaluation after it
    claims nothing new. Without registered looks nothing is spent by a look, and there is none.
    """
    if design is None or design.looks is None:
        return {}
    ended: dict[str, str] = {}
    for look in looks or ():
        for row in look.seen:
            planned = design.contacts.get(row.segment, float("inf"))
            if row.role == "primary" and row.told and look.whole(row.key, planned):
                ended.setdefault(row.segment, look.as_of[:10])
    return ended


def unseen_words(
    looks: Sequence[Look], design: TrialDesign, there: Mapping[str, float]
) -> tuple[str, ...]:
    """Say which registered looks were passed before the first one that the ledger holds."""
    planned = design.looks.fractions if design.looks else ()
    passed = passed_by([*looks, end_of(design, there)], planned)
    if not passed:
        return ()
    parts = ", ".join(f"{PERCENT * part:g} %" for part in passed)
    return (
        f"its ledger holds no look for those registered at {parts} of the information: if one was "
        "made, less may be claimed than here; enter its day (simkit monitor, --earlier)",
    )
