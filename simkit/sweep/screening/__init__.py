"""Which assumed parameters move the optimal interval most: Morris screening on the model."""

from simkit.sweep.screening.ranges import Range, bundled_ranges, read_ranges
from simkit.sweep.screening.result import Sensitivity
from simkit.sweep.screening.sensitivity import sensitivity

__all__ = ["Range", "Sensitivity", "bundled_ranges", "read_ranges", "sensitivity"]
