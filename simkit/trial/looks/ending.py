"""What the looks that a ledger holds leave to claim at the end of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem
from simkit.trial.looks.cost import looks_off_plan
from simkit.trial.looks.guarded import crossings
from simkit.trial.looks.kinds import passed_by
from simkit.trial.looks.ledger import COMPLETE, Key, Look, read_ledger, read_watched

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

PERCENT = 100.0


def counted_looks(
    where: str, ledger: str | Path | None, design: TrialDesign | None
) -> tuple[Look, ...] | None:
    """Return the looks that were made; None where no ledger is given.

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
        If it is no ledger, or one of another design.
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
    return tuple(look for look in read_ledger(Path(ledger), design) if look.fraction > 0)


def arms_stopped(ledger: str | Path | None, design: TrialDesign | None) -> dict[Key, str]:
    """Return guardrail, segment and arm → the day on which the arm was stopped by it.

    The bounds that stop an arm hold however often one looks, so that what comes after that day
    takes nothing back: whoever could wait for a better day would stop nobody.

    Parameters
    ----------
    ledger, design
        As `counted_looks` takes them, and has found in order.
    """
    if ledger is None or design is None:
        return {}
    path = Path(ledger)
    days = [*read_ledger(path, design), *read_watched(path, design)]
    rows = crossings(sorted(days, key=lambda day: day.moment), design.alpha)
    return {row.key: row.as_of[:10] for row in rows}


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


def off_plan_in(looks: Sequence[Look] | None, design: TrialDesign | None) -> int:
    """Count the looks of a ledger that were off the registered plan; 0 without a ledger."""
    if not looks or design is None or design.looks is None:
        return 0
    keys = [
        (design.primary, segment, arm)
        for segment, arms in design.arms.items()
        for arm in arms
        if arm != design.control[segment]
    ]
    return looks_off_plan(looks, design.looks.fractions, keys, design.contacts)


def counted_words(looks: Sequence[Look], this: Look | None = None) -> str:
    """Say when the trial was looked at, by its ledger, and which look ended it early.

    Parameters
    ----------
    looks
        Those before the planned end.
    this
        The one of them that saw just the contacts that are there; None: none did.
    """
    if not looks:
        return "its ledger holds no look before the end"
    if this is not None:
        at = looks.index(this)
        before = [counted_words(looks[:at])] if at else []
        return "; ".join([*before, _this_very_look(this, looks[at + 1 :])])
    days = _days(looks)
    end = next((look.as_of[:10] for look in looks if look.final), "")
    if len(looks) == 1:
        ended = ", which ended the trial early" if end else ""
        return f"the trial was looked at before ({days}){ended}"
    ended = f"; the look of {end} ended it early" if end else ""
    return f"the trial was looked at {len(looks)} times before ({days}){ended}"


def _this_very_look(this: Look, later: Sequence[Look]) -> str:
    """Say that a look saw just what is evaluated, how far the trial was, and what came since."""
    told = (
        f"this is the very look of {this.as_of[:10]}, with {PERCENT * this.fraction:.0f} % of the "
        "planned contacts followed to the horizon"
    )
    if this.final:
        return f"{told}, which ended the trial early"
    if later:
        return f"{told}; the trial was looked at again since ({_days(later)})"
    return f"{told}, and by its ledger the trial still runs"


def _days(looks: Sequence[Look]) -> str:
    return ", ".join(look.as_of[:10] for look in looks)


def unseen_words(
    looks: Sequence[Look], design: TrialDesign, there: Mapping[str, float]
) -> tuple[str, ...]:
    """Say which registered looks were passed before the first one that the ledger holds."""
    planned = design.looks.fractions if design.looks else ()
    passed = passed_by([*looks, end_of(design, there)], planned)
    if not passed:
        return ()
    parts = " and ".join(f"{PERCENT * part:.3g} %" for part in passed)
    return (
        "if a look was made elsewhere, it must stand in this ledger (simkit monitor, --earlier), "
        "or less may be claimed than here: the ledger holds none for those registered at "
        f"{parts} of the information",
    )
