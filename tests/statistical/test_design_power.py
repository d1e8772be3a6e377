"""Trials of the size that the formulas give find what they were sized for.

The full study is benchmarks/design_power.py; its figures stand in ARCHITECTURE.md.
"""

import importlib.util
import sys

import pytest

from simkit.trial.effects import resampling

TRIALS = 300


@pytest.fixture(scope="module")
def study(repository_root):
    spec = importlib.util.spec_from_file_location(
        "design_power", repository_root / "benchmarks" / "design_power.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["design_power"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["design_power"]


@pytest.mark.parametrize(
    "name",
    [
        "means, about 200 accounts",
        "means, contacts alone",
        "share 10 %, + 4 points, contacts alone",
        "share 10 %, − 4 points, arm a third",
        "guardrail, share 5 %, margin 3, contacts alone",
    ],
)
def test_the_power_asked_for_is_what_trials_have(study, name, monkeypatch):
    # 399 drawn assignments keep the level (.05 × 400 is a whole number) and cost .004 of power:
    # p strays by √(.05 × .95/399) = .011, and at .039, .05 and .061 power is .769, .8 and .823.
    monkeypatch.setattr(resampling, "DRAWS", 399)
    # Binomial: a standard error of .023 at 300 trials. 4 of them, and .02 for what the formula
    # leaves out (the sizes of the accounts are random), hold a correct program but for 1 in 10,000.
    case = next(case for case in study.CASES if case.name == name)
    _, asked, found = study.measured(case, TRIALS, seed=11)
    assert asked == pytest.approx(0.8, abs=1e-6)
    assert found == pytest.approx(asked, abs=4 * 0.023 + 0.02)
