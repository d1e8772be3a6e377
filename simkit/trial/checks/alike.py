"""Whether two arms' units are as alike in what was known of them as chance makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, stats

from simkit.trial.effects.resampling import TIE, choices, summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Units of the smaller arm up to which they are assigned anew; of more the score is as exact.
MOST_DEALT = 200
#: With the one at hand 5,000: p below .001 is at most 4 of them.
DRAWS = 4_999


def units_alike(
    regressors: NDArray[np.float64], member: NDArray[np.bool_], unit: NDArray[np.int64]
) -> tuple[float, float]:
    """Test all regressors at once, by the unit that was assigned.

    The units are assigned anew, as many to each arm as there were, and the distance of the arms'
    means (Mahalanobis', by the spread of that distance over the assignments) is compared with that
    at hand: exact for units of any sizes and values. A Wald test takes what a few units have, when
    they happen to be in one arm, for a difference without error: one blank cell would do; and a
    score test cannot see arms of few units that lie wholly apart. Of many units, or where the
    contacts of one lie in both arms, the score is read from its law all the same (D. D. Boos 1992,
    On generalized score tests, The American Statistician 46, 327-333).

    Parameters
    ----------
    regressors
        Contacts x regressors, each with mean 0.
    member
        Whether a contact is in the arm, and not in its control.
    unit
        Code of its unit, 0 and up.

    Returns
    -------
    p_value, least
        And the smallest p-value that so many units can have.
    """
    size = np.bincount(unit)
    inside = np.bincount(unit, weights=member)
    values = np.zeros((len(size), regressors.shape[1]))
    np.add.at(values, unit, regressors)
    dealt = inside == size
    whole = bool((dealt | (inside == 0)).all())
    dealt = ~dealt if 2 * dealt.sum() > len(size) else dealt
    if not whole or not 0 < dealt.sum() <= MOST_DEALT:
        return _by_score(regressors, member, unit, len(size)), 0.0
    features = np.column_stack([size, values])
    total = features.sum(axis=0)
    drawn, listed = choices(int(dealt.sum()), len(size), DRAWS)
    apart = np.concatenate([_apart(summed(chosen, features), total) for chosen in drawn])
    at_hand = _apart(features[dealt].sum(axis=0)[None, :], total)
    spread = linalg.pinvh(apart.T @ apart / len(apart))
    distance, seen = (((d @ spread) * d).sum(axis=1) for d in (apart, at_hand))
    unseen = 0 if listed else 1
    as_large = int((distance >= TIE * seen).sum()) + unseen
    most = int((distance >= TIE * distance.max()).sum()) if listed else unseen
    return as_large / (len(distance) + unseen), most / (len(distance) + unseen)


def _apart(sums: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the difference of two arms' means from the sums of one, draws x regressors."""
    others = total - sums
    found: NDArray[np.float64] = sums[:, 1:] / sums[:, :1] - others[:, 1:] / others[:, :1]
    return found


def _by_score(
    regressors: NDArray[np.float64], member: NDArray[np.bool_], unit: NDArray[np.int64], units: int
) -> float:
    scores = np.zeros((units, regressors.shape[1]))
    np.add.at(scores, unit, regressors * (member - member.mean())[:, None])
    total = scores.sum(axis=0)
    statistic = float(total @ linalg.pinvh(scores.T @ scores) @ total)
    return float(stats.chi2.sf(statistic, regressors.shape[1]))
