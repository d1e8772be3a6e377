"""A segment of the bundled b2c scenario with some of its parameters changed."""

from __future__ import annotations

import math

from simkit.model import CallParameters, Key, call_parameters, run_key
from simkit.scenario import Segment, load_scenario

B2C = load_scenario("b2c").segments["b2c"]
DAY_S = 86_400.0
KEY: Key = run_key(seed=20_260_112, replication=0)


def segment(**changes: object) -> Segment:
    return Segment(**{**dict(B2C), **changes})


def parameters(**changes: object) -> CallParameters:
    return call_parameters(segment(**changes))


def logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
