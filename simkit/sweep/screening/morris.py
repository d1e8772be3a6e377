"""Morris screening, by SALib: trajectories through the ranges, and effects along them.

A trajectory begins at a random point of a grid of four levels a parameter and changes one
parameter after the other by two thirds of its range. Each change gives that parameter's elementary
effect there, per whole range: (result after − result before) / (2/3), upwards. Over r trajectories

- μ, their mean, has the sign of the effect;
- μ*, the mean of their sizes, ranks parameters even where effects change sign;
- σ, their standard deviation, is 0 where the effect is the same everywhere: it is large where a
  parameter acts in a curve or together with others.

One more step of each trajectory changes no parameter but the populations, to others that have no
contact in common with them. Its μ* is what luck alone looks like: a *dummy* parameter. Steps of
parameters keep the populations, so that luck moves them less than that.

References: M. D. Morris, Technometrics 33 (1991) 161–174; F. Campolongo, J. Cariboni and
A. Saltelli, Environmental Modelling & Software 22 (2007) 1509–1518 (μ*); F. Khorashadi Zadeh et
al., same journal 91 (2017) 210–222 (dummy parameters); T. Iwanaga, W. Usher and J. Herman,
Socio-Environmental Systems Modelling 4 (2022) 18155 (SALib).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 4
RESAMPLES = 1000
POPULATIONS = "(populations)"


@dataclass(frozen=True)
class Design:
    """Trajectories through the ranges of k parameters.

    Parameters
    ----------
    names
        The parameters, shape (k,).
    places
        Where the points lie between 0 (low) and 1 (high), one row a point, one column a
        parameter, and the populations last, shape (r · (k + 2), k + 1).
    seed
        Of the design.
    """

    names: tuple[str, ...]
    places: NDArray[np.float64]
    seed: int

    @property
    def length(self) -> int:
        """Number of points of a trajectory."""
        return len(self.names) + 2


@dataclass(frozen=True)
class Effects:
    """Effects of k parameters and of luck on one result, in its unit per whole range.

    Parameters
    ----------
    mu, mu_star, mu_star_conf, sigma
        By parameter, luck last, shape (k + 1,); ``mu_star_conf`` is half the length of the
        interval of μ*, from 1,000 resamples of the trajectories.
    """

    mu: NDArray[np.float64]
    mu_star: NDArray[np.float64]
    mu_star_conf: NDArray[np.float64]
    sigma: NDArray[np.float64]

    @property
    def beyond_luck(self) -> NDArray[np.bool_]:
        """Whether a parameter's μ* is shown to be larger than luck's, shape (k,).

        The interval of the difference, from those of the two, does not reach 0. Each parameter is
        judged by itself: screening is to lose none that matters, and may keep one too many.
        """
        gap = self.mu_star[:-1] - self.mu_star[-1]
        return np.asarray(gap > np.hypot(self.mu_star_conf[:-1], self.mu_star_conf[-1]))


def require_salib() -> None:
    """Raise InputError unless SALib is installed."""
    try:
        import SALib.sample.morris  # noqa: F401
    except ImportError:
        rule = "must be installed: pip install 'simkit[sensitivity]'"
        raise InputError([Problem("sensitivity", "SALib", None, rule)]) from None


def design(names: tuple[str, ...], trajectories: int, seed: int) -> Design:
    """Draw trajectories; the first ones are the same whatever their number.

    Parameters
    ----------
    names
        The parameters.
    trajectories
        How many.
    seed
        Of the draws.
    """
    from SALib.sample import morris

    places = morris.sample(_problem(names), trajectories, num_levels=LEVELS, seed=seed)
    return Design(names, np.asarray(places, dtype=np.float64), seed)


def effects(drawn: Design, results: NDArray[np.float64], confidence: float) -> Effects:
    """Reduce a result at every point to effects.

    Parameters
    ----------
    drawn
        The design.
    results
        One a point, in the design's order.
    confidence
        Of the intervals of μ*, e.g. .95.
    """
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(drawn.names),
        drawn.places,
        results,
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        conf_level=confidence,
        seed=drawn.seed,
    )
    columns = ("mu", "mu_star", "mu_star_conf", "sigma")
    return Effects(**{name: np.array(found[name], dtype=np.float64) for name in columns})


def sizes_among(
    drawn: Design, results: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the mean size of the effects whose steps begin and end at chosen points.

    Parameters
    ----------
    drawn
        The design.
    results
        One a point, in the design's order.
    chosen
        Whether a point is chosen, likewise; where all are, the mean is μ*.

    Returns
    -------
    means
        By parameter, luck last, shape (k + 1,), NaN where no step is left.
    steps
        How many steps are left, likewise.
    """
    by_trajectory = (-1, drawn.length)
    moves = np.diff(drawn.places.reshape(*by_trajectory, drawn.length - 1), axis=1)
    changes = np.abs(np.diff(results.reshape(by_trajectory), axis=1))
    ends = chosen.reshape(by_trajectory)
    left = (ends[:, 1:] & ends[:, :-1])[..., None] & (moves != 0)
    sizes = np.where(left, changes[..., None] / np.where(moves == 0, 1.0, np.abs(moves)), 0.0)
    steps = left.sum(axis=(0, 1))
    means = np.full(len(steps), np.nan)
    np.divide(sizes.sum(axis=(0, 1)), steps, out=means, where=steps > 0)
    return means, steps


def _problem(names: tuple[str, ...]) -> dict[str, Any]:
    everything = [*names, POPULATIONS]
    return {
        "num_vars": len(everything),
        "names": everything,
        "bounds": [[0.0, 1.0]] * len(everything),
    }
