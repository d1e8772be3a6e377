"""Who calls whom when: engines that play a plan and leave a call log."""

from simkit.engine.arguments import ENGINES
from simkit.engine.simulate import make_ready, simulate

__all__ = ["ENGINES", "make_ready", "simulate"]
