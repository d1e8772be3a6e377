"""The curve through the means: spline, covariances, band and best, against other ways to them."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from simkit.sweep.curve import smoothing
from simkit.sweep.curve.smoothing import Smooth, covariance_of_means, smooth, smoother_matrix

PLACES = np.array([0.0, 0.2, 0.35, 0.5, 0.7, 0.8, 1.0])


def runs_of(seed, replications=8, places=PLACES, own=1.0):
    random = np.random.default_rng(seed)
    shared = 3 * random.normal(size=(replications, 1))
    noise = own * random.normal(size=(replications, len(places)))
    return 10 - 40 * (places - 0.5) ** 2 + shared + noise


def curve_of(covariance, df, mean=None):
    """A curve with a given covariance on the grid, and degrees of freedom."""
    size = len(covariance)
    return Smooth(
        places=np.linspace(0, 1, size),
        mean=np.zeros(size) if mean is None else mean,
        sd=np.sqrt(np.diag(covariance)),
        df=np.broadcast_to(np.asarray(df, dtype=float), size),
        covariance=covariance,
        fitted=np.empty(0),
        own_se=np.empty(0),
    )


def test_the_smoother_is_universal_kriging():
    # The same spline as the best linear unbiased predictor of a twice integrated white noise on
    # top of any straight line, from its own equations (Wahba 1978).
    variances, tau2, at = np.linspace(0.5, 2, len(PLACES)), 300.0, np.linspace(0, 1, 23)
    lines, drift = np.column_stack([PLACES**0, PLACES]), np.column_stack([at**0, at])

    def kernel(u, v):
        # ∫ (u − a)+ (v − a)+ da, by quadrature.
        return np.array(
            [
                [integrate.quad(lambda a: (x - a) * (y - a), 0, min(x, y))[0] for y in v]  # noqa: B023
                for x in u
            ]
        )

    points = tau2 * kernel(PLACES, PLACES) + np.diag(variances)
    system = np.block([[points, lines], [lines.T, np.zeros((2, 2))]])
    sides = np.vstack([tau2 * kernel(PLACES, at), drift.T])
    weights = np.linalg.solve(system, sides)[: len(PLACES)].T
    found = smoother_matrix(PLACES, variances, tau2, at)
    assert found == pytest.approx(weights, abs=1e-8)
    # And the error is the kriging variance, prior − 2 × shared + predicted, at the same places.
    bias = tau2 * (
        smoothing._wiener(at, at)
        - found @ smoothing._wiener(PLACES, at)
        - (found @ smoothing._wiener(PLACES, at)).T
        + found @ smoothing._wiener(PLACES, PLACES) @ found.T
    )
    error = found @ np.diag(variances) @ found.T + bias
    solved = np.linalg.solve(system, sides)
    kriging = tau2 * np.diag(kernel(at, at)) - np.einsum("ij,ij->j", sides, solved)
    assert np.diag(error) == pytest.approx(kriging, abs=1e-8)


def test_a_stiff_curve_is_the_weighted_line_and_a_soft_one_goes_through_the_points():
    variances = np.linspace(0.5, 2, len(PLACES))
    means = runs_of(1).mean(axis=0)
    stiff = smoother_matrix(PLACES, variances, 1e-6, PLACES) @ means
    # numpy's weights apply to the residuals, so they are 1/σ.
    line = np.polyval(np.polyfit(PLACES, means, 1, w=variances**-0.5), PLACES)
    assert stiff == pytest.approx(line, rel=1e-5)
    soft = smoother_matrix(PLACES, variances, 1e9, PLACES) @ means
    assert soft == pytest.approx(means, rel=1e-5)


def test_a_shift_of_a_replication_moves_the_curve_and_not_its_shape():
    runs = runs_of(2)
    shift = np.linspace(-9, 9, len(runs))[:, None]
    one, other = smooth(PLACES, runs), smooth(PLACES, runs + shift)
    assert other.mean == pytest.approx(one.mean, abs=1e-6)

    def of_differences(curve):
        variances = np.diag(curve.covariance)
        return variances[:, None] + variances - 2 * curve.covariance

    assert of_differences(other) == pytest.approx(of_differences(one), abs=1e-6)


def test_noise_is_that_of_the_mean_of_the_replications_own_curves():
    # With one penalty for all, each replication has a curve S y_r, and S V S' is the covariance of
    # their mean by numpy's own.
    runs = runs_of(3)
    smoother = smoother_matrix(PLACES, np.ones(len(PLACES)), 50.0, np.linspace(0, 1, 11))
    theirs = np.cov((runs @ smoother.T).T) / len(runs)
    assert smoother @ covariance_of_means(runs) @ smoother.T == pytest.approx(theirs)


def test_means_of_unequal_replications_share_what_both_have_met():
    # By hand: A has 1, 3, 5, 3 (mean 3, variance 8/3), B met the first two, 2 and 6 (variance 8).
    # Over these, (1, 2) and (3, 6), the covariance is 4. So Var A = 8/3/4, Var B = 8/2 and
    # Cov = 4 · 2/(4 · 2) = 1.
    runs = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan], [3.0, np.nan]])
    assert covariance_of_means(runs) == pytest.approx(np.array([[2 / 3, 1.0], [1.0, 4.0]]))


def test_covariance_from_pairs_has_no_negative_eigenvalue_and_no_smaller_variance():
    random = np.random.default_rng(4)
    for _ in range(50):
        runs = random.normal(size=(6, 1)) + 0.3 * random.normal(size=(6, 8))
        runs[np.arange(6)[:, None] >= random.integers(2, 7, 8)] = np.nan
        found = covariance_of_means(runs)
        assert np.linalg.eigvalsh(found).min() > -1e-12
        counts = (~np.isnan(runs)).sum(axis=0)
        assert (np.diag(found) >= np.nanvar(runs, axis=0, ddof=1) / counts - 1e-12).all()


def test_band_of_curves_that_move_as_one_is_the_t_interval():
    curve = curve_of(np.ones((50, 50)), 7.0)
    assert smoothing.simultaneous_quantiles(curve, 0.95) == pytest.approx(stats.t.isf(0.025, 7))


@pytest.mark.parametrize("length", [0.4, 1.2])
def test_band_of_a_turning_pair_of_normals_is_exact(length):
    # Z(θ) = Z₁ cos θ + Z₂ sin θ over an arc of θ. |Z| passes c somewhere where the radius r (of
    # density r e^(−r²/2)) and the angle do: within arccos(c/r) of the arc or of its opposite.
    def passed(c):
        def density(r):
            return r * np.exp(-(r**2) / 2) * min(1.0, (length + 2 * np.arccos(c / r)) / np.pi)

        return integrate.quad(density, c, np.inf)[0]

    exact = optimize.brentq(lambda c: passed(c) - 0.05, 1.5, 4)
    theta = np.linspace(0, length, 200)
    curve = curve_of(np.cos(theta[:, None] - theta), 1e9)
    # The formula counts the ends twice where arcs overlap beyond them: exact to 1 in 1,000 here.
    assert smoothing.simultaneous_quantiles(curve, 0.95) == pytest.approx(exact, rel=1e-3)


def test_band_is_wider_than_one_day_alone_needs_and_more_so_with_fewer_replications():
    few, many = (smooth(PLACES, runs_of(5, replications)) for replications in (5, 40))
    for curve in (few, many):
        wide = smoothing.simultaneous_quantiles(curve, 0.95)
        assert (wide > smoothing.t_quantiles(curve.df, 0.95)).all()
    assert (few.df < many.df).all()


def test_degrees_of_freedom_join_as_satterthwaite_has_them():
    # Equal parts of 5 and 10 degrees: independent 2²/(1/5 + 1/10) = 13.3; wholly dependent, the
    # relative error is the mean of √(2/5) and √(2/10), that of 2/((√.4 + √.2)/2)² = 6.86.
    parts, df = np.array([[3.0, 3.0], [3.0, 0.0]]), np.array([5.0, 10.0])
    assert smoothing._apart(parts, df) == pytest.approx([40 / 3, 5])
    assert smoothing._together(parts, df) == pytest.approx([8 / (0.4**0.5 + 0.2**0.5) ** 2, 5])


def test_best_of_a_parabola_lies_where_its_slope_is_told_from_zero():
    # mean −c (u − .6)² and an error that is a random slope s·T(u − .6): each drawn curve has its
    # best at .6 + s T/(2c), so the middle 95 % is .6 ± t s/(2c).
    places = np.linspace(0, 1, smoothing.GRID)
    c, slope, df = 20.0, 2.0, 6.0
    covariance = slope**2 * np.outer(places - 0.6, places - 0.6)
    curve = curve_of(covariance, df, mean=-c * (places - 0.6) ** 2)
    best, low, high = smoothing.where_the_highest_lies(curve, 0.95)
    half = stats.t.isf(0.025, df) * slope / (2 * c)
    step = 1 / (smoothing.GRID - 1)
    # 4,000 draws: the standard error of a 2.5 % quantile of t(6) is √(.025·.975/4000) over the
    # density there, .0025/.0340 = .073 in units of s/(2c); three of them, and half a step.
    allowed = 3 * 0.073 * slope / (2 * c) + step / 2
    assert places[best] == pytest.approx(0.6, abs=step / 2)
    assert places[low] == pytest.approx(0.6 - half, abs=allowed)
    assert places[high] == pytest.approx(0.6 + half, abs=allowed)


def test_values_without_noise_are_met_and_equal_values_give_a_flat_curve():
    exact = np.tile(10 - 40 * (PLACES - 0.5) ** 2, (5, 1))
    found = smooth(PLACES, exact)
    assert found.fitted == pytest.approx(exact[0], abs=1e-3)
    flat = smooth(PLACES, np.full((5, len(PLACES)), 3.0))
    assert flat.mean == pytest.approx(3.0)
    assert np.isfinite(smoothing.simultaneous_quantiles(flat, 0.95)).all()


def test_more_replications_give_a_narrower_curve():
    few, many = (smooth(PLACES, runs_of(6, replications)) for replications in (6, 96))
    # Noise falls as 1/√R, by 4; bias does not, so the gain is less, and 2 at the least.
    assert few.sd.mean() / many.sd.mean() > 2
