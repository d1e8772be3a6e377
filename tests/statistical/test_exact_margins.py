"""How often an arm is shown to be within its margin whose harm is just that: outcomes, added up."""

import numpy as np
import pytest
from scipy import optimize, stats

from simkit.trial.effects.difference import ScoreDifference
from simkit.trial.effects.guardrails import WITHIN, judge
from simkit.trial.effects.margin import exact_p, few_expected
from simkit.trial.effects.proportions import Shares, score_of_difference

ALPHA = 0.05
#: Contacts of the arm and of its control, margin → size by the score alone, and as here, of harm
#: that is more of the outcome: the table in `exact_p`.
SIZES = {
    (100, 100, 0.02): (0.0519, 0.0519),
    (300, 100, 0.05): (0.0542, 0.0518),
    (1_900, 100, 0.01): (0.0773, 0.0538),
    (5_000, 50, 0.01): (0.1093, 0.0519),
    (50, 1_000, 0.05): (0.057, 0.0506),
    (4_500, 500, 0.005): (0.0628, 0.0547),
}


def shares_of(n: tuple[int, int], margin: float) -> np.ndarray:
    """Shares of the control that leave few expected, and some beyond, where the score has its own.

    By how many the smaller arm has; more closely where they are few.
    """
    return np.unique(np.geomspace(0.05, 60, 60)) / min(n) * (1 - margin) / max(1, 60 / min(n) / 0.5)


def size(n: tuple[int, int], margin: float, most: np.ndarray) -> float:
    """Largest probability of at most so many events in the arm, by those of the control."""
    share = shares_of(n, margin)
    events = np.arange(n[1] + 1)[:, None]
    shown = stats.binom.cdf(most[:, None], n[0], share + margin)
    return float((stats.binom.pmf(events, n[1], share) * shown).sum(axis=0).max())


def by_score(n: tuple[int, int], margin: float) -> np.ndarray:
    """By events of the control the most in the arm that the score alone shows to be within."""
    events, all_of_arm = np.arange(n[1] + 1), np.arange(n[0] + 1)
    score = np.array([score_of_difference((all_of_arm, x), n, margin) for x in events])
    return (score < -stats.norm.isf(ALPHA)).sum(axis=1) - 1


def within(events: tuple[int, int], n: tuple[int, int], margin: float) -> bool:
    """Whether the exact test agrees with the score."""
    shares = Shares(events, n)
    return not few_expected(shares) or exact_p(shares, margin, above=True) < ALPHA


def as_judged(n: tuple[int, int], margin: float) -> np.ndarray:
    """The same as `judge` shows it; with more events in the arm it shows less."""
    share = shares_of(n, margin).max()
    likely = int(stats.binom.isf(1e-7, n[1], share))
    found = by_score(n, margin)
    for x in range(likely + 1):
        while found[x] >= 0 and not within((int(found[x]), x), n, margin):
            found[x] -= 1
    return found


@pytest.mark.parametrize(("n", "n_control", "margin"), SIZES)
def test_harm_of_just_the_margin_is_shown_to_be_within_it_no_more_often_than_the_level(
    n: int, n_control: int, margin: float
) -> None:
    both = n, n_control
    alone, held = by_score(both, margin), as_judged(both, margin)
    sizes = [size(both, margin, most) for most in (alone, held)]
    assert sizes == pytest.approx(SIZES[n, n_control, margin], abs=5.1e-5)
    # A tenth more than the level at most; it is the score's where some twenty are expected.
    assert sizes[1] <= 1.1 * ALPHA
    # What is told of an arm, of harm that is more of an outcome and of harm that is less of it.
    x_control = int(np.argmax(alone - held))
    for more in (0, 1):
        share = ((held[x_control] + more) / n, x_control / n_control)
        for less_is_better in (True, False):
            one = share if less_is_better else (1 - share[0], 1 - share[1])
            told = judge(
                ScoreDifference(one, both, ""), margin, ALPHA, lower_is_better=less_is_better
            )
            assert (told.state == WITHIN) is (more == 0)
            assert (told.p_value < ALPHA) is (more == 0)
            bound = told.upper if less_is_better else -told.lower
            assert (bound < margin) is (more == 0)


def test_the_exact_p_value_is_the_sum_over_all_outcomes() -> None:
    """12 against 9 contacts, each outcome written out, at each share that was tried."""
    n, margin, events = (12, 9), 0.1, (1, 3)
    outcomes = [(x, y) for x in range(n[0] + 1) for y in range(n[1] + 1)]
    score = {one: Shares(one, n).z_of_difference(margin) for one in outcomes}
    loud = [one for one in outcomes if score[one] <= score[events] + 1e-9]
    # Clopper and Pearson's interval of the larger arm: solved for, not by the beta law.
    low = optimize.brentq(lambda p: stats.binom.sf(events[0] - 1, n[0], p) - 5e-5, 1e-12, 0.5)
    high = optimize.brentq(lambda p: stats.binom.cdf(events[0], n[0], p) - 5e-5, 0.1, 1 - 1e-12)
    control = np.linspace(max(low - margin, 0), min(high - margin, 1 - margin), 100)
    chances = sum(
        stats.binom.pmf(x, n[0], control + margin) * stats.binom.pmf(y, n[1], control)
        for x, y in loud
    )
    expected = float(np.max(chances)) + 1e-4
    assert exact_p(Shares(events, n), margin, above=True) == pytest.approx(expected, abs=1e-7)
    # The same of contacts without an event, and of the arms exchanged.
    none = (n[0] - events[0], n[1] - events[1])
    assert exact_p(Shares(none, n), -margin, above=False) == pytest.approx(expected, abs=1e-7)
    exchanged = Shares(none[::-1], n[::-1])
    assert exact_p(exchanged, margin, above=True) == pytest.approx(expected, abs=1e-7)


def test_the_published_guardrail_keeps_the_p_value_of_its_score() -> None:
    """Farrington and Manning: 83 of 88 against 69 of 76, margin .10: .0015525."""
    told = judge(
        ScoreDifference((83 / 88, 69 / 76), (88, 76), ""), 0.1, ALPHA, lower_is_better=False
    )
    assert told.p_value == pytest.approx(0.0015525, abs=5e-8)


def test_harm_is_shown_no_more_often_than_the_level_where_there_is_none() -> None:
    """A veto: 100 of the arm against 1,900, where the score alone shows harm in 9.8 %."""
    n = (100, 1_900)
    share = np.unique(np.geomspace(0.05, 20, 40)) / n[0]
    likely = int(stats.binom.isf(1e-7, n[1], share.max()))
    counts = np.arange(likely + 1)
    rates = []
    for exact in (False, True):
        least = np.full(likely + 1, n[0] + 1)
        for x in counts:
            scores = score_of_difference((np.arange(n[0] + 1), x), n, 0.0)
            fewest = int(np.argmax(scores > stats.norm.isf(ALPHA)))
            while exact and exact_p(Shares((fewest, x), n), 0.0, above=False) >= ALPHA:
                fewest += 1
            least[x] = fewest
        shown = stats.binom.sf(least[:, None] - 1, n[0], share)
        rates.append((stats.binom.pmf(counts[:, None], n[1], share) * shown).sum(axis=0).max())
    assert rates[0] == pytest.approx(0.0984, abs=5.1e-5)
    assert rates[1] <= ALPHA
