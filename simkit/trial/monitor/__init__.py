"""A trial while it runs: looks that are counted, guardrails that are watched all the time."""

from simkit.trial.monitor.monitor import monitor
from simkit.trial.monitor.monitoring import Monitoring
from simkit.trial.monitor.watching import Watching, watch_guardrails

__all__ = ["Monitoring", "Watching", "monitor", "watch_guardrails"]
