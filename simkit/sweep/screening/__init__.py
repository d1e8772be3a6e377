"""What the best interval hangs on: Morris screening, and maps over two parameters."""

from simkit.sweep.screening.landscape import landscape
from simkit.sweep.screening.landscape_result import Landscape
from simkit.sweep.screening.ranges import Range, bundled_ranges, read_ranges
from simkit.sweep.screening.result import Sensitivity
from simkit.sweep.screening.sensitivity import sensitivity

__all__ = [
    "Landscape",
    "Range",
    "Sensitivity",
    "bundled_ranges",
    "landscape",
    "read_ranges",
    "sensitivity",
]
