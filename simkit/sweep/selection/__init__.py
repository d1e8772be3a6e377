"""When there are enough replications, and what may then be said."""

from simkit.sweep.selection.precision import Precision, precision
from simkit.sweep.selection.standing import Standing, standing

__all__ = ["Precision", "Standing", "precision", "standing"]
