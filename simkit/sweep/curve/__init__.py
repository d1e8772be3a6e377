"""What a sweep says between its intervals: the curve, its best, the front of two measures."""

from simkit.sweep.curve.optimum import Optimum
from simkit.sweep.curve.pareto import ParetoFront, pareto
from simkit.sweep.curve.response import Response, response

__all__ = ["Optimum", "ParetoFront", "Response", "pareto", "response"]
