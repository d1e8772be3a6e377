"""An interval's end beside 0 shows on which side it lies; what rounds to 0 has no minus."""

import pytest

from simkit.measures.registry import SHARE
from simkit.trial.sentences import amount, span


@pytest.mark.parametrize(
    ("low", "high", "unit", "told"),
    [
        (-0.0178, 3.503, "per contact", "−0.02 to +3.5"),  # holds 0
        (0.0178, 3.503, "per contact", "+0.02 to +3.5"),  # does not
        (-0.00002, 0.04, SHARE, "−0.002 to +4.00"),
        (-12.5, 0.0003, "EUR per contact", "−12.50 to +0.0003"),
        (-1e-12, 3.5, "per contact", "0.0 to +3.5"),  # a double's noise
        (-1.04, 2.28, "per contact", "−1.0 to +2.3"),
    ],
)
def test_an_end_beside_zero_shows_its_side(low: float, high: float, unit: str, told: str) -> None:
    assert span(low, high, unit) == told


def test_an_estimate_that_rounds_to_zero_is_not_written_as_below_it() -> None:
    assert amount(-0.004, "EUR per contact", 20.0) == "0.00 EUR"
