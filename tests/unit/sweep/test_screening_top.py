"""The top of a curve over intervals: exact for a parabola in log(days), honest at the edges."""

import numpy as np
import pytest

from simkit.sweep.screening.top import top_of

DAYS = np.array([1.4, 2.8, 4.2, 7.0, 11.2, 18.2, 29.4, 47.6, 84.0])


@pytest.mark.parametrize("top", [3.0, 7.0, 8.9, 9.0, 30.0, 60.0])
def test_a_parabola_in_log_days_has_its_top_found(top):
    # The parabola through three of its own points is the parabola itself.
    found = top_of(DAYS, 12.5 - 3.0 * np.log(DAYS / top) ** 2)
    assert (found.days, found.value, found.edge) == (pytest.approx(top), pytest.approx(12.5), "")


@pytest.mark.parametrize(("top", "days", "edge"), [(0.5, 1.4, "shortest"), (200, 84, "longest")])
def test_a_top_beyond_the_edge_is_said_to_be_there(top, days, edge):
    values = -(np.log(DAYS / top) ** 2)
    found = top_of(DAYS, values)
    assert (found.days, found.edge) == (days, edge)
    assert found.value == values.max()


def test_the_top_lies_between_the_midpoints_of_the_gaps():
    # Equal to a neighbour: halfway between the two (the parabola's symmetry).
    found = top_of(np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.0, 5.0, 5.0, 0.0]))
    assert found.days == pytest.approx(np.sqrt(8.0))
    low, high = np.sqrt(DAYS[:-1] * DAYS[1:])[[2, 3]]
    for neighbours in ([4.999, 4.0], [4.0, 4.999], [-90.0, 4.999]):
        values = np.full(len(DAYS), -100.0)
        values[[2, 3, 4]] = neighbours[0], 5.0, neighbours[1]
        assert low <= top_of(DAYS, values).days <= high


def test_a_flat_curve_has_no_top_inside():
    assert top_of(DAYS, np.zeros(len(DAYS))).edge == "shortest"
