"""A trial before its first call: what will be compared, how large and how long, who gets what."""

from simkit.trial.design.file import load_design
from simkit.trial.design.trial_design import Looks, TrialDesign

__all__ = ["Looks", "TrialDesign", "load_design"]
