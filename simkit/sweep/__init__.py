"""How often to call: recall intervals compared on the model, under common random numbers."""

from simkit.sweep.found import BestInterval, Coincidence, Precise, Selected
from simkit.sweep.grids import DEFAULT_HORIZONS_DAYS, DEFAULT_WORKING_DAYS, default_intervals
from simkit.sweep.practice import PRACTICE_DAYS
from simkit.sweep.result import SweepResult
from simkit.sweep.screening import Landscape, Sensitivity, landscape, sensitivity
from simkit.sweep.sweep import sweep

__all__ = [
    "DEFAULT_HORIZONS_DAYS",
    "DEFAULT_WORKING_DAYS",
    "PRACTICE_DAYS",
    "BestInterval",
    "Coincidence",
    "Landscape",
    "Precise",
    "Selected",
    "Sensitivity",
    "SweepResult",
    "default_intervals",
    "landscape",
    "sensitivity",
    "sweep",
]
