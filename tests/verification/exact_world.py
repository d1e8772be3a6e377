"""The plain world with some of its parts switched on, and what to hold its figures against."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from simkit.calllog import CallLog
from simkit.scenario import Scenario, load_scenario

PLAIN = load_scenario(Path(__file__).parent / "plain.toml")
DAY_S = 86_400
CERTAIN_LOGIT = 1000.0
NEVER_LOGIT = -1000.0

STANDARD_ERRORS = 4.0
"""How far a simulated figure may lie from the exact one: beyond 4 standard errors in either
direction lies 1 run in 16,000, which is each comparison's chance of a false alarm at a new seed."""


def world(**changes: object) -> Scenario:
    """Return the plain world with these parameters of its segment."""
    return PLAIN.vary_all({f"plain.{key}": value for key, value in changes.items()}, source="test")


def logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def off_by(successes: int, n: int, probability: float) -> float:
    """Return how many binomial standard errors a count lies from what is expected of it."""
    assert 0.0 < probability < 1.0
    se = math.sqrt(n * probability * (1.0 - probability))
    return abs(successes - n * probability) / se


def times_s(log: CallLog, column: str) -> pd.Series:
    """Return a time of each attempt in seconds since the start (of a log in UTC)."""
    start = log.header.start.tz_localize("UTC")
    return (log.attempts[column] - start).dt.total_seconds()
