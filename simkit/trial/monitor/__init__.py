"""A trial while it runs: looks that are counted, guardrails that are watched all the time."""

from simkit.trial.monitor.monitor import monitor
from simkit.trial.monitor.monitoring import Monitoring

__all__ = ["Monitoring", "monitor"]
