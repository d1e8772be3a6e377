"""Whether a trial is the one that its design registered: when, drawn how, and whole."""

from __future__ import annotations

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.trial.assign import Given, redrawn_checks
from simkit.trial.checks.assigned import unassigned_check
from simkit.trial.checks.assignment import whole_accounts_check
from simkit.trial.checks.check import Check
from simkit.trial.checks.registration import registration_checks
from simkit.trial.checks.unit import one_by_one_check
from simkit.trial.design import TrialDesign
from simkit.trial.read.began import began
from simkit.trial.read.data import TrialData


def design_checks(
    design: TrialDesign | None,
    data: CallLog | StoredLog | pd.DataFrame,
    trial: TrialData,
    *,
    arm: str,
    cluster: str | None,
    segment: str | None,
    drawn: Given,
    without_arm: int,
) -> list[Check]:
    """Hold a trial against the day, the drawing and the units of its design.

    Parameters
    ----------
    design
        The design; without one only contacts without an arm are told.
    data, trial
        The log or table as given, and as read.
    arm, cluster, segment
        Columns, as `simkit.trial.evaluate` takes them.
    drawn
        What is known of who was assigned.
    without_arm
        Contacts of the data that have no arm.
    """
    bare: list[Check] = []
    if drawn.roster is None:  # else it says who should have one
        of = _contacts_of(data)
        bare = unassigned_check(without_arm, of, registered=design is not None)
    if design is None:
        return bare
    checks = [
        *registration_checks(design, began(data, arm)),
        *redrawn_checks(
            design,
            data,
            arm=arm,
            cluster=cluster,
            segment=segment,
            method=drawn.method,
            assigned=drawn.roster,
        ),
    ]
    if design.unit == "account":
        checks += whole_accounts_check(trial)
    else:
        checks += one_by_one_check(data, arm=arm, segment=segment)
    return [*checks, *bare]


def _contacts_of(data: CallLog | StoredLog | pd.DataFrame) -> int:
    """Return how many contacts the data hold, those without an arm too."""
    if isinstance(data, StoredLog):
        return data.contacts()
    return len(data.contacts if isinstance(data, CallLog) else data)
