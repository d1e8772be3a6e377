"""A trial rehearsed on the simulator, evaluated by the code that evaluates the real one."""

from simkit.trial.rehearse.capacity import CapacityComparison, compare_capacity
from simkit.trial.rehearse.rehearse import rehearse
from simkit.trial.rehearse.result import Rehearsal

__all__ = ["CapacityComparison", "Rehearsal", "compare_capacity", "rehearse"]
