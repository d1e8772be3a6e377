"""Who calls whom when: engines that play a plan and leave a call log."""

from simkit.engine.arguments import ENGINES
from simkit.engine.simulate import make_ready, simulate
from simkit.engine.stream import simulate_to

__all__ = ["ENGINES", "make_ready", "simulate", "simulate_to"]
