"""A trial before its first call: what will be compared, how large and how long, who gets what."""

from simkit.trial.design.designed_trial import DesignedTrial
from simkit.trial.design.file import GivenDesign, as_design, load_design
from simkit.trial.design.looks import Looks
from simkit.trial.design.planning import design_trial
from simkit.trial.design.trial_design import TrialDesign

__all__ = [
    "DesignedTrial",
    "GivenDesign",
    "Looks",
    "TrialDesign",
    "as_design",
    "design_trial",
    "load_design",
]
