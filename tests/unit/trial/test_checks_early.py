"""What an evaluation before the end means is said at the design's own error rate."""

import pytest

from simkit.policy import RecallPolicy
from simkit.trial.checks.early import unplanned_look_warning
from simkit.trial.design import TrialDesign


def of(alpha: float) -> TrialDesign:
    arms = {name: RecallPolicy.every(days=days) for name, days in (("short", 7.0), ("long", 14.0))}
    return TrialDesign(
        name="autumn",
        arms={"b2c": arms},
        control={"b2c": "long"},
        salt="s",
        horizon_days=60.0,
        alpha=alpha,
    )


@pytest.mark.parametrize(
    ("alpha", "bound", "errors", "level"),
    # Two tests at equal steps of the information: Armitage, McPherson and Rowe (1969), table 2,
    # .018, .083 and .160 for .01, .05 and .10. The bounds are R's qnorm(1 - alpha / 2).
    [
        (0.01, "2.58", (1.75, 1.85), "1 %"),
        (0.05, "1.96", (8.25, 8.35), "5 %"),
        (0.10, "1.64", (15.95, 16.05), "10 %"),
    ],
)
def test_two_looks_are_told_at_the_error_rate_of_the_design(
    alpha: float, bound: str, errors: tuple[float, float], level: str
) -> None:
    said = unplanned_look_warning(of(alpha), 0.5)
    assert said is not None
    assert f"Two looks at {bound}, this one and the end, find something in " in said
    found = float(said.split("find something in ")[1].split(" %")[0])
    assert errors[0] <= found <= errors[1]
    assert f"without any effect, not in {level}." in said
    assert f"standard errors, not {bound}: use monitor" in said


def test_the_registered_end_is_no_early_look() -> None:
    assert unplanned_look_warning(of(0.05), 1.0) is None
