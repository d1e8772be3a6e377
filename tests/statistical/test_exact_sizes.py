"""How often a difference of two shares is claimed where there is none: all outcomes, added up."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects.difference import ScoreDifference
from simkit.trial.effects.exact import FEW_EXPECTED, MOST_LISTED, held_exact
from simkit.trial.effects.means import means_of_counts
from simkit.trial.effects.proportions import wilson
from simkit.trial.effects.scaled import ScaledMeans

LEVELS = (0.05, 0.01, 0.001)
#: Shares in common; a claim's probability is a polynomial in them, flat at its largest.
GRID = np.unique(np.concatenate([np.linspace(0, 1, 1_001), np.geomspace(1e-5, 0.1, 200)]))


def by_newcombe(n: tuple[int, int], alpha: float) -> np.ndarray:
    """Events of both arms whose interval (Newcombe 1998, method 10) leaves out 0."""
    p = np.arange(n[0] + 1)[:, None] / n[0], np.arange(n[1] + 1) / n[1]
    z = stats.norm.isf(alpha / 2)
    (low, high), (low_0, high_0) = (wilson(share, m, z) for share, m in zip(p, n, strict=True))
    apart = p[0] - p[1]
    below = np.sqrt((p[0] - low) ** 2 + (high_0 - p[1]) ** 2)
    above = np.sqrt((high - p[0]) ** 2 + (p[1] - low_0) ** 2)
    return (apart > below) | (-apart > above)


def as_evaluated(n: tuple[int, int]) -> dict[float, np.ndarray]:
    """The same, by the intervals that `evaluate` gives; only what Newcombe's claims is looked at.

    Arms and answers can be exchanged, so that a part of the outcomes tells of all.
    """
    claims = {alpha: by_newcombe(n, alpha) for alpha in LEVELS}
    for x, y in np.argwhere(claims[LEVELS[0]]):
        if x / n[0] > y / n[1]:  # yes for no: the other half
            continue
        other = (n[0] - x, n[1] - y)
        if n[0] == n[1] and (y, x) > other:
            continue
        found = held_exact(ScoreDifference((x / n[0], y / n[1]), n, ""))
        for alpha, claimed in claims.items():
            if claimed[x, y]:
                low, high = found.interval(alpha)
                same = [(x, y), other]
                same += [(y, x), (n[1] - y, n[0] - x)] if n[0] == n[1] else []
                for at in same:
                    claimed[at] = low > 0 or high < 0
    return claims


def size(n: tuple[int, int], claimed: np.ndarray) -> float:
    """Largest probability of a claim over the shares that both arms may have."""
    arm, control = (stats.binom.pmf(np.arange(m + 1)[:, None], m, GRID) for m in n)
    return float(((claimed.T.astype(float) @ arm) * control).sum(axis=0).max())


# The table in `held_exact`: sizes at .05, .01 and .001 of Newcombe's interval alone, and as here.
SIZES: dict[tuple[int, int], tuple[tuple[float, ...], tuple[float, ...]]] = {
    (3, 3): ((0.0312, 0.0312, 0.0), (0.0312, 0.0, 0.0)),
    (5, 5): ((0.0618, 0.0215, 0.002), (0.0215, 0.002, 0.0)),
    (8, 8): ((0.0768, 0.0213, 0.0005), (0.0279, 0.0081, 0.0005)),
    (15, 15): ((0.055, 0.0161, 0.0014), (0.0433, 0.0091, 0.0005)),
    (30, 30): ((0.0519, 0.0135, 0.0011), (0.0469, 0.0091, 0.0008)),
    (60, 60): ((0.0548, 0.0112, 0.0013), (0.0489, 0.0097, 0.001)),
    (5, 50): ((0.0526, 0.0153, 0.0028), (0.0439, 0.0047, 0.0005)),
    (10, 1_000): ((0.1106, 0.0635, 0.0375), (0.0328, 0.0061, 0.0003)),
}


@pytest.mark.parametrize("n", SIZES)
def test_arms_with_few_contacts_or_events_claim_no_more_than_the_level(n: tuple[int, int]) -> None:
    claims = as_evaluated(n)
    alone = [size(n, by_newcombe(n, alpha)) for alpha in LEVELS]
    held = [size(n, claims[alpha]) for alpha in LEVELS]
    assert (alone, held) == tuple(pytest.approx(told, abs=5.1e-5) for told in SIZES[n])
    assert (np.array(held) <= LEVELS).all()


@pytest.mark.parametrize("n", [(100, 100), (100, 1_000), (200, 2_000)])
def test_larger_arms_claim_hardly_more_than_the_level(n: tuple[int, int]) -> None:
    """Where less than ten are expected Fisher's test decides too; above, Newcombe's alone."""
    assert (n[0] + 1) * (n[1] + 1) > MOST_LISTED
    x, y = np.arange(n[0] + 1)[:, None], np.arange(n[1] + 1)
    few = np.minimum(x + y, sum(n) - x - y) * min(n) / sum(n) < FEW_EXPECTED
    # Fisher's p only where Newcombe's widest claims: elsewhere nothing is claimed at any level.
    asked = by_newcombe(n, LEVELS[0]) & few
    arm, all_events = np.nonzero(asked)[0], (x + y)[asked]
    law = stats.hypergeom(sum(n), all_events, n[0])
    fisher = np.zeros(asked.shape)
    fisher[asked] = 2 * np.minimum(law.cdf(arm), law.sf(arm - 1))
    for alpha, most in zip(LEVELS, (0.056, 0.011, 0.0014), strict=True):
        assert size(n, by_newcombe(n, alpha) & (~few | (fisher <= alpha))) <= most


def test_what_one_event_is_worth_claims_as_its_share_where_t_claims_too_much() -> None:
    """8 against 8 at .05: t has .067, the share, and so its worth, .0279 as in `SIZES`."""
    n = (8, 8)
    by_t, as_share = (np.zeros((9, 9), dtype=bool) for _ in range(2))
    for x, y in np.ndindex(9, 9):
        share = means_of_counts(np.array([x, y], dtype=float), np.array(n), ("new", "none"))
        if share.own.all():  # else t has no error of an arm, and may claim nothing
            by_t[x, y] = replace(share, binary=False).difference("new", "none").p_value <= LEVELS[0]
        as_share[x, y] = (
            ScaledMeans.of(share, share, 40.0).difference("new", "none").p_value <= (LEVELS[0])
        )
    assert (size(n, by_t), size(n, as_share)) == (
        pytest.approx(0.067, abs=5.1e-4),
        pytest.approx(SIZES[n][1][0], abs=5.1e-5),
    )
