"""Harm of just the margin, in accounts and where few have the event: seldom shown to be within."""

import numpy as np
import pytest
from scipy import stats

from simkit.trial.effects import resampling
from simkit.trial.effects.guardrails import WITHIN, judge
from simkit.trial.effects.margin_of_accounts import HELD, margin_test
from simkit.trial.effects.means import ArmMeans, means_of_contacts

ALPHA = 0.05
ARMS = ("arm", "control")
#: Accounts, contacts of each → trials of 600 in which it is shown, by accounts alone and as here.
COUNTS = {(10, 60): (66, 19), (40, 30): (50, 36)}


def trial(
    random: np.random.Generator, accounts: int, size: int, share: float, harm: float, alike: float
) -> ArmMeans:
    """Every other account in the control; shares differ between accounts by a beta law."""
    of = np.repeat(np.arange(accounts), size)
    expected = share + harm * (np.arange(accounts) % 2 == 0)
    spread = (1 - alike) / alike
    own = random.beta(expected * spread, (1 - expected) * spread)
    happened = (random.random(len(of)) < own[of]).astype(float)
    return means_of_contacts(happened, of % 2, ARMS, of)


@pytest.mark.parametrize(
    ("accounts", "size", "share", "alike", "misled"),
    [(10, 60, 0.02, 0.09, True), (40, 30, 0.01, 0.05, False)],
)
def test_harm_of_just_the_margin_is_seldom_shown_to_be_within_it(
    accounts: int,
    size: int,
    share: float,
    alike: float,
    misled: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the test of accounts alone it is in 11 and 8 of 100, and in 3 and 6 as here (± 1)."""
    monkeypatch.setattr(resampling, "DRAWS", 399)  # leaves error rates: .05 × 400 is whole
    random, trials, alone, held = np.random.default_rng(12), 600, 0, 0
    for _ in range(trials):
        means = trial(random, accounts, size, share, share, alike)
        difference = means.difference(*ARMS)
        alone += judge(difference, share, ALPHA, lower_is_better=True).state == WITHIN
        tested = margin_test(means, *ARMS)
        told = judge(difference, share, ALPHA, lower_is_better=True, tested=tested)
        held += told.state == WITHIN
    assert (alone, held) == COUNTS[accounts, size]
    # At most what a test of 5.5 % lets pass once in a thousand.
    most = int(stats.binom.isf(0.001, trials, 1.1 * ALPHA))
    assert held <= most
    assert held < alone
    assert (alone > most) is misled


def test_with_many_events_a_share_of_accounts_keeps_its_own_test() -> None:
    random = np.random.default_rng(3)
    many, few = (trial(random, 60, 30, share, 0.0, 0.02) for share in (0.3, 0.01))
    assert HELD not in margin_test(many, *ARMS).method
    told = margin_test(few, *ARMS)
    assert told.method.endswith(HELD)
    own = few.difference(*ARMS).against_margin()
    assert told.interval(0.1) == own.interval(0.1)
    for bound, above in ((0.02, True), (0.0, False), (0.005, True)):
        assert told.p_beyond(bound, above=above) >= own.p_beyond(bound, above=above)


def test_effective_numbers_are_contacts_over_the_design_effect_of_both_arms() -> None:
    """By hand, from the variances of the two means."""
    means = trial(np.random.default_rng(8), 40, 10, 0.04, 0.02, 0.2)
    told = margin_test(means, *ARMS)
    n, share = means.n, means.mean
    variance = np.diag(means.cov)
    effect = (variance * n**2).sum() / (n * share * (1 - share)).sum()
    assert effect > 1
    assert told.shares.n == pytest.approx(tuple(n / effect))  # type: ignore[attr-defined]
    assert told.freedom == 38  # type: ignore[attr-defined]
