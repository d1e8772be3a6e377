"""Models beside the main comparison of means: each says more of one question, none decides."""

from simkit.trial.models.counts import CountRatios, count_ratio
from simkit.trial.models.ends import FirstEnds, first_ends
from simkit.trial.models.gee import GeeEffects, gee
from simkit.trial.models.hazards import HazardRatios, hazard_ratios
from simkit.trial.models.heavy_tails import RobustValue, robust_value
from simkit.trial.models.incidence import CumulativeIncidence, cumulative_incidence
from simkit.trial.models.logit import Logit, logit
from simkit.trial.models.registered import read_trial

__all__ = [
    "CountRatios",
    "CumulativeIncidence",
    "FirstEnds",
    "GeeEffects",
    "HazardRatios",
    "Logit",
    "RobustValue",
    "count_ratio",
    "cumulative_incidence",
    "first_ends",
    "gee",
    "hazard_ratios",
    "logit",
    "read_trial",
    "robust_value",
]
