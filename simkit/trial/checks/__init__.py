"""What must hold before any effect is shown."""

from simkit.trial.checks.check import Check
from simkit.trial.checks.trial import Checks, check_trial

__all__ = ["Check", "Checks", "check_trial"]
