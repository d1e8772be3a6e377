"""The response's band and best interval hold the truth as often as they say.

Curves of known best, met by populations that shift and tilt them as a whole and by noise that is
larger for short intervals. Each statement is to hold in 95 % of sweeps at least; with 100 sweeps a
share of .95 has a standard error of .0218, so that less than .95 − 3 × .0218 = .885 refutes it: a
correct method fails in 1 of 700.
"""

import numpy as np
import pytest

from simkit.sweep.curve import smoothing

SWEEPS = 100
LEAST = 0.95 - 3 * np.sqrt(0.95 * 0.05 / SWEEPS)
DAYS = np.array([1.4, 2.9, 4.3, 7.2, 14.3, 21.5, 28.6, 42.8])
PLACES = np.log(DAYS / DAYS[0]) / np.log(DAYS[-1] / DAYS[0])
GRID = np.linspace(0, 1, 81)


@pytest.fixture(autouse=True)
def _coarse(monkeypatch):
    """Fewer places and drawn curves than in earnest: a tail of 2.5 % is met to ± .5 %."""
    monkeypatch.setattr(smoothing, "GRID", len(GRID))
    monkeypatch.setattr(smoothing, "DRAWS", 1000)


def opted_out(u):
    """As net value runs on the model: many opt-outs on the left, few calls on the right."""
    days = DAYS[0] * (DAYS[-1] / DAYS[0]) ** u
    return 26 * np.exp(-6.6 / days) - 0.25 * days


def edge(u):
    """Best at the shortest interval, where the curve is level."""
    return -20 * u**2


def shallow(u):
    """Nearly all the same; best at .4."""
    return -3 * (u - 0.4) ** 2


def runs(random, course, replications, noise):
    population, tilt = random.normal(size=(2, replications, 1))
    own = random.normal(size=(replications, len(PLACES))) * np.linspace(1.2, 0.6, len(PLACES))
    return course(PLACES) + noise * np.sqrt(replications) * (
        2 * population + 1.4 * tilt * (PLACES - 0.5) + own
    )


def shares(courses, replications, noise, *, given_up=False):
    """How often the band holds all of the curve, a pointwise interval a place, and the best."""
    random = np.random.default_rng(50)
    held = []
    for course in courses(random):
        values = runs(random, course, replications, noise)
        if given_up:
            values[4:, :2] = np.nan
        curve = smoothing.smooth(PLACES, values)
        truth = course(GRID)
        errors = np.abs(curve.mean - truth) / curve.sd
        _, low, high = smoothing.where_the_highest_lies(curve, 0.95)
        held.append(
            (
                (errors <= smoothing.simultaneous_quantiles(curve, 0.95)).all(),
                (errors <= smoothing.t_quantiles(curve.df, 0.95)).mean(),
                low <= int(np.argmax(truth)) <= high,
            )
        )
    return np.mean(held, axis=0)


@pytest.mark.parametrize(
    ("course", "replications", "noise", "given_up"),
    [
        (opted_out, 5, 0.7, False),
        (opted_out, 10, 1.5, True),
        (edge, 10, 1.5, False),
        (shallow, 20, 1.0, False),
    ],
)
def test_a_fixed_curve_is_held(course, replications, noise, given_up):
    band, pointwise, best = shares(
        lambda _: [course] * SWEEPS, replications, noise, given_up=given_up
    )
    assert band >= LEAST
    assert best >= LEAST
    # Along the curve, on average: places of one sweep are alike, so the bound is that of sweeps.
    assert pointwise >= LEAST


def test_curves_of_the_smoothing_law_are_held():
    """Rough curves, with bends between the points that no mean shows."""

    def courses(random):
        step = 1 / (len(GRID) - 1)
        for _ in range(SWEEPS):
            slope = np.cumsum(random.normal(size=len(GRID))) * 60 * np.sqrt(step)
            path = np.cumsum(slope) * step
            path = path - random.uniform(0, 2) * path[-1] * GRID
            yield lambda u, path=path: np.interp(u, GRID, path)

    band, pointwise, best = shares(courses, 10, 0.5)
    assert band >= LEAST
    assert pointwise >= LEAST
    assert best >= LEAST


def test_band_of_independent_curves_over_replications_is_held_where_errors_are_estimated():
    """Two independent normals turned by θ: the t process of the formula itself, 7 degrees.

    2,000 samples of 8: .95 − 3 × √(.95 × .05/2000) = .935 at least; and no wider than needed, so
    at most .97: the formula's bound is near the truth for a short arc.
    """
    random = np.random.default_rng(51)
    theta = np.linspace(0, 1.2, 60)
    turn = np.vstack([np.cos(theta), np.sin(theta)])
    samples = random.normal(size=(2000, 8, 2)) @ turn
    t = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(8))
    size = len(theta)
    law = smoothing.Smooth(
        places=theta,
        mean=np.zeros(size),
        sd=np.ones(size),
        df=np.full(size, 7.0),
        covariance=turn.T @ turn,
        fitted=np.empty(0),
        own_se=np.empty(0),
    )
    held = (np.abs(t).max(axis=1) <= smoothing.simultaneous_quantiles(law, 0.95)[0]).mean()
    assert 0.935 <= held <= 0.97
