"""Who gets which arm: reproducible from a salt and the ids, stable when the list grows."""

from simkit.trial.assign.assigning import assign
from simkit.trial.assign.assignment import Assignment
from simkit.trial.assign.file import load_assignment
from simkit.trial.assign.given import Assigned, Given, given_arms
from simkit.trial.assign.redraw import redrawn_checks
from simkit.trial.assign.units import read_contact_list

__all__ = [
    "Assigned",
    "Assignment",
    "Given",
    "assign",
    "given_arms",
    "load_assignment",
    "read_contact_list",
    "redrawn_checks",
]
