"""What a reader of a new assignment must know besides who has which arm."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simkit.calllog.source import many
from simkit.trial.assign.balance import as_numbers
from simkit.trial.design import TrialDesign
from simkit.trial.design.cautions import FEW_UNITS, said_of_few
from simkit.trial.effects.covariates import MAX_LEVELS

FAR_FEWER = 0.9
"""Part of the registered contacts below which it is said how many are missing (assumed): at nine
tenths a trial of power .80 still has .76."""

DEALT_FIRST = (
    "dealt by blocks without an earlier assignment: if this list, or part of it, was assigned "
    "before, contacts have moved to other arms; then give that assignment as the earlier one "
    "(earlier, --earlier) instead"
)


def too_few(table: pd.DataFrame, design: TrialDesign) -> Iterator[str]:
    """Say where far fewer contacts have an arm than the design registers.

    Parameters
    ----------
    table
        The contacts, those that left the list too: they belong to the trial.
    design
        The trial.
    """
    counts = table["segment"].value_counts()
    for segment, registered in design.contacts.items():
        number = int(counts.get(segment, 0))
        if number < FAR_FEWER * registered:
            yield (
                f"{segment}: {number:,} of the {registered:,} contacts that the design registers "
                "have an arm: what the trial finds was planned for all of them; assign the others "
                "too (with this assignment as the earlier one), or expect to find less"
            )


def few_units(table: pd.DataFrame, design: TrialDesign) -> Iterator[str]:
    """Say where an arm rests on few accounts: on few in all, or on one that holds most of it.

    Accounts of unequal sizes are counted as those of one size that tell as much, (Σn)² ÷ Σn².

    Parameters
    ----------
    table
        The contacts, those that left the list too.
    design
        The trial.
    """
    unit = design.unit_column
    for segment, here in table.groupby("segment", sort=False):
        for arm in design.parts(str(segment)):
            sizes = here.loc[here["arm"] == arm, unit].value_counts()
            if len(sizes) < FEW_UNITS:
                yield said_of_few(str(segment), arm, many(len(sizes), design.unit))
                continue
            contacts, largest = int(sizes.sum()), int(sizes.iloc[0])
            alike = contacts**2 / float((sizes.astype(float) ** 2).sum())
            if alike < FEW_UNITS:
                yield (
                    f"{segment}: of the {contacts:,} contacts in {arm} one account "
                    f"({sizes.index[0]}) holds {largest:,}, so that its {len(sizes):,} accounts "
                    f"tell no more than {alike:.1f} of one size would: with fewer than "
                    f"{FEW_UNITS} hardly anything can be shown; leave the largest out of the trial"
                )


def not_compared(covariates: pd.DataFrame) -> Iterator[str]:
    """Say which columns of the list have no balance to be shown.

    Parameters
    ----------
    covariates
        The further columns of the list.
    """
    left = [str(name) for name in covariates if not len(as_numbers(covariates[[name]]).columns)]
    if left:
        yield (
            f"balance not compared: {', '.join(left)}: a column without a value, with more than "
            f"{MAX_LEVELS} different texts, or of times"
        )
