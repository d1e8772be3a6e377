"""What must hold before any effect is shown."""

from simkit.trial.checks.check import Check

__all__ = ["Check"]
