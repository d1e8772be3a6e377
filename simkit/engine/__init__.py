"""Who calls whom when: engines that play a plan and leave a call log."""

from simkit.engine.simulate import ENGINES, simulate

__all__ = ["ENGINES", "simulate"]
