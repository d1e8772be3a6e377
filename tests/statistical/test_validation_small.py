"""A small version of ``make validate``: regenerated trials against the recorded truth.

The full study (200 trials) is benchmarks/validate.py; its figures stand in the README.
"""

import importlib.util
import sys

import pandas as pd
import pytest

TRIALS = range(1_001, 1_013)
"""Replications of the bundled design that neither the bundled trial nor its truth has used."""


@pytest.fixture(scope="module")
def validate(repository_root):
    spec = importlib.util.spec_from_file_location(
        "validate", repository_root / "benchmarks" / "validate.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["validate"]


@pytest.fixture(scope="module")
def regenerated(validate):
    trial = validate.OneTrial(validate.simulated_arms(2, 100, jobs=1), shuffles=2)
    return [trial(number) for number in TRIALS]


@pytest.fixture(scope="module")
def truth(repository_root):
    means = pd.read_csv(repository_root / "data" / "truth" / "arms.csv")
    means = means.set_index(["segment", "arm", "outcome"])["mean"]
    control = means.xs("current", level="arm")
    return means.drop(index="current", level="arm").sub(control).rename("truth")


def test_intervals_hold_the_truth(validate, regenerated, truth):
    # 12 trials × 12 intervals. Those of one trial hang together; 3 outcomes of one comparison
    # counted as one and the two arms of a segment (one control) as one leave at least 12 × 2 = 24
    # independent ones, so the standard error is at most sqrt(.05 × .95 / 24) = 4.4 points, and
    # 95 − 4 × 4.4 = 77 is missed by chance less than once in 10,000 runs.
    table = validate.coverage(pd.concat([rows for rows, _ in regenerated]), truth)
    assert len(table) == 12
    assert table["covered"].sum() / table["trials"].sum() >= 0.77


def test_estimates_are_right_on_average(validate, regenerated, truth):
    # The mean of 12 estimates lies within 4 of its standard errors of the truth; that has an
    # error of its own, from 50 trials of the same size. By chance that fails in fewer than 1 in
    # 1,000 runs of 12 comparisons.
    rows = pd.concat([rows for rows, _ in regenerated])
    rows = rows[rows["outcome"].isin(validate.MEASURED)]
    table = rows.groupby(["segment", "arm", "outcome"]).agg(
        mean=("estimate", "mean"),
        variance=("se", lambda se: (se**2).mean()),
        trials=("estimate", "size"),
    )
    error = (table["variance"] * (1 / table["trials"] + 1 / 50)) ** 0.5
    off = (table["mean"] - truth).abs() / error
    assert off.count() == 12
    assert off.max() < 4


def test_arms_dealt_at_random_are_not_adopted(regenerated):
    # 24 evaluations of nothing. At the promised 5 % at most, 6 or more claims have probability
    # .0010 (binomial); an adoption needs a claim and more besides.
    shuffles = [pair for _, pairs in regenerated for pair in pairs]
    assert len(shuffles) == 24
    assert sum(claimed for claimed, _ in shuffles) <= 5
    assert all(claimed or not adopted for claimed, adopted in shuffles)
