"""Whether the arms of a running trial are those that were registered: else there is no look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog.cut import cut
from simkit.trial.checks.check import Check
from simkit.trial.checks.registered import added_segments, changed_arms, registration_check
from simkit.trial.checks.so_far import SO_FAR, too_few
from simkit.trial.entered import Entered

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.trial.design import TrialDesign

WRONG_ARMS = "the arms in the log are not those that were registered, so nothing was compared"
UNCOUNTED_FOR_ARMS = (
    f"{WRONG_ARMS}: this day is not counted as a look, costs nothing and is not written to the "
    "ledger. Put the arms right and look again"
)
NO_CHANCE = (
    "so few of {} are no chance: contacts are missing from the log, stand under another arm's "
    "name, or have not been handed over"
)
FIND_THEM = (
    "find them (held against the list as assigned, the log shows who is missing: assigned, "
    "--assigned), give the contacts of every registered arm, and look again"
)


def arms_checks(log: CallLog, design: TrialDesign, moment: pd.Timestamp) -> tuple[Check, ...]:
    """Return what is wrong with the arms of those who had entered by a moment; empty: nothing.

    An arm or a segment under a name that was not registered is wrong at any time: it is misspelt,
    or was added. An arm in which too few have entered to compare it is wrong where chance does not
    make so few of as many as have entered in its segment; else it waits. So does a segment in
    which nobody has entered. Contacts without an arm are not of the trial.

    Parameters
    ----------
    log, design, moment
        As `simkit.trial.monitor.reading.read_look` takes them.
    """
    then = cut(log, moment)
    nobody = then.contacts["contact_id"].iloc[:0]
    who = Entered(then, nobody, arm="arm", segment="segment", account=design.unit_column)
    there = {segment: set(arms) for segment, arms in who.arms.items()}
    strange = {name for name, arms in there.items() if arms - set(design.arms.get(name, ()))}
    wrong = added_segments(list(there), design)
    wrong += changed_arms({name: there[name] for name in there if name in strange}, design)
    checks = [registration_check(one) for one in wrong]
    for segment, here in who.labels.groupby("segment", sort=False):
        name = str(segment)
        few = None if name in strange else too_few(here, design.arms[name], design.shares)
        if few is not None and few.no_chance:
            meaning = NO_CHANCE.format(", ".join(few.arms))
            checks.append(Check(SO_FAR, name, few.found, few.chance, "fail", meaning, FIND_THEM))
    return tuple(checks)
