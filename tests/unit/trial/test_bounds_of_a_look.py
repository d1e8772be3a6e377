"""Bounds at a look lie beyond 0 where its test says so; of few events they do not run away."""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.looks.ledger import Seen

Z = np.linspace(-6, 6, 241)


def seen(estimate: float, se: float, p_value: float, df: float = np.inf) -> Seen:
    return Seen(
        *("complaints", "all", "long", "current", "guardrail", 1.0),
        lower_is_better=True,
        estimate=estimate,
        se=se,
        df=df,
        p_value=p_value,
    )


# Of 1 of 80 against 2 of 85 Fisher's test says 1 or nearly so, though the estimate is a third of
# its error; an error that went with that p-value would have no end.
@pytest.mark.parametrize("p_value", [0.94, 1 - 1e-12, 1.0])
def test_of_few_events_bounds_lie_by_the_estimates_own_error(p_value):
    row = seen(-0.011, 0.0298, p_value)
    for z in (1.6449, 3.9286):
        # The effect z errors below, and above, the estimate; all of them lie beyond 0.
        assert row.shifted(z) == pytest.approx(-0.011 - z * 0.0298)
        assert row.shifted(-z) == pytest.approx(-0.011 + z * 0.0298)


CASES = {
    "Student": seen(0.9, 0.4, 2 * float(stats.t.sf(0.9 / 0.4, 12)), 12.0),
    "a test that sees less": seen(0.02, 0.01, 0.3),
    "of harm that is less": seen(-0.02, 0.01, 0.3),
    "a test that sees more": seen(0.02, 0.01, 0.001),
    "no difference": seen(0.0, 0.01, 1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_bounds_lie_beyond_0_where_the_test_says_so_and_nowhere_jump(name):
    row = CASES[name]
    low = np.array([row.shifted(z) for z in Z])
    assert (np.diff(low) <= 1e-12).all()
    # No step of .05 normal deviates takes more than that of the larger error, of t with 12
    # degrees of freedom at 6 deviates: 0.05 * t's slope there, below 10.
    assert (-np.diff(low) < 0.05 * 10 * max(row.se, abs(row.estimate))).all()
    assert row.shifted(0.0) == row.estimate
    rejects = np.abs(Z) < abs(row.z) - 1e-9
    if row.estimate > 0:
        assert ((low > 0) == (rejects | (Z < 0)))[np.abs(Z - row.z) > 1e-6].all()


def test_where_the_p_value_is_the_estimates_own_bounds_are_students():
    row = CASES["Student"]
    wanted = 0.9 - 0.4 * stats.t.isf(stats.norm.sf(2.2414), 12)
    assert row.shifted(2.2414) == pytest.approx(wanted)
