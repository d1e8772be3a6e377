"""Resampling accounts: against another package, against the definition, and consistent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkit.trial import evaluate
from simkit.trial.effects import resampling
from simkit.trial.effects.accounts import AccountSizes, AccountTotals
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.means import means_of_contacts, means_of_sums
from simkit.trial.effects.resampling import Pair, ResampledDifference, permutation, wild


def rows(accounts: int, control: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts of 3 to 13 contacts, values by sine and cosine: another program can make them."""
    account = np.repeat(np.arange(accounts), 3 + 7 * np.arange(accounts) % 11)
    arm = (account >= control).astype(np.int64)
    value = np.cos(3.0 * account) + np.sin(1.7 * np.arange(len(account))) + 0.6 * arm
    return value, arm, account


@pytest.mark.parametrize(
    ("accounts", "control", "p_value", "t"),
    [
        (10, 4, 0.1796875, 2.2967141129701645),
        (10, 5, 0.259765625, 1.4179434811874807),
        (12, 6, 0.13623046875, 2.0096641704779317),
    ],
)
def test_wild_bootstrap_of_wildboottest(
    accounts: int, control: int, p_value: float, t: float
) -> None:
    """Python, wildboottest 0.3.2: ``wildboottest(OLS(y, [1, arm]), B=99999, cluster=account,
    param="arm", weights_type="rademacher", bootstrap_type="11")``, which lists all 2^G signs.

    It leaves out ties; here the sample itself and its mirror image count as draws as large.
    """
    value, arm, account = rows(accounts, control)
    means = means_of_contacts(value, arm, ("a", "b"), account, errors="wild")
    found = means.difference("b", "a")
    assert found.p_value == p_value + 2 / 2**accounts
    n = len(value)
    cr1 = found.variance * accounts / (accounts - 1) * (n - 1) / (n - 2)
    assert found.estimate / np.sqrt(cr1) == pytest.approx(t, rel=1e-12)


def test_the_wild_bootstrap_under_a_difference_follows_its_definition() -> None:
    """By rows of contacts: fit under δ, flip the accounts' residuals, fit again."""
    value, arm, account = rows(11, 5)
    found = means_of_contacts(value, arm, ("a", "b"), account, errors="wild").difference("b", "a")
    x = np.column_stack([np.ones(len(arm)), arm])

    def t_of(y: np.ndarray, slope: float) -> float:
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        inverse = np.linalg.inv(x.T @ x)
        scores = np.array([x[account == g].T @ (y - x @ beta)[account == g] for g in range(11)])
        return float((beta[1] - slope) / np.sqrt((inverse @ scores.T @ scores @ inverse)[1, 1]))

    for difference in (0.0, -0.4, 1.3):
        restricted = (value - difference * arm).mean() + difference * arm
        signs = 2 * (np.arange(2**11)[:, None] >> np.arange(11) & 1) - 1
        seen = abs(t_of(value, difference))
        # A hundred of the 2,048 by hand; the rest of the count by symmetry cannot be told apart.
        chosen = np.random.default_rng(3).choice(2**11, 100, replace=False)
        by_hand = sorted(
            abs(t_of(restricted + signs[k][account] * (value - restricted), difference))
            for k in chosen
        )
        at = np.array([1.0, difference, difference**2])
        spread = np.sqrt(found.draws.variance @ at)
        drawn = np.sort(np.abs(found.draws.difference @ at[:2]) / spread)
        for one in by_hand:
            assert np.abs(drawn - one).min() < 1e-9 * max(1.0, one)
        share = (drawn >= seen * (1 - 1e-10)).mean()
        assert found.p_of(difference) == share


def test_permutation_of_six_accounts_by_hand() -> None:
    """3 against 3 of one contact each: 20 assignments, of which 2 part the values as far."""
    values = np.array([1.0, 2.0, 3.0, 10.0, 11.0, 12.0])
    arm = np.repeat([0, 1], 3)
    means = means_of_sums(
        ("a", "b"), arm, np.ones(6, dtype=int), values, binary=False, errors="permutation"
    )
    found = means.difference("b", "a")
    assert found.p_value == 2 / 20
    assert found.method == "permutation of accounts, all 20 draws"
    # No assignment is rarer than 1 in 10, so no difference can be ruled out at 5 %.
    assert found.interval(0.05) == (-np.inf, np.inf)
    low, high = found.interval(0.2)
    assert low < found.estimate < high


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    arms=st.tuples(st.integers(2, 7), st.integers(3, 9)),
    alpha=st.sampled_from([0.3, 0.1, 0.05]),
    kind=st.sampled_from(["wild", "permutation"]),
)
def test_p_value_and_interval_tell_the_same(
    seed: int, arms: tuple[int, int], alpha: float, kind: str
) -> None:
    random = np.random.default_rng(seed)
    n = random.integers(1, 6, sum(arms))
    total = n * random.normal(size=len(n)) + 0.8 * n * np.repeat([0, 1], arms)
    arm = np.repeat([0, 1], arms)
    means = means_of_sums(("a", "b"), arm, n, total, binary=False, errors=kind)
    found = means.difference("b", "a")
    low, high = found.interval(alpha)
    assert low <= found.estimate <= high
    assert (found.p_value <= alpha) == (low > 0 or high < 0)
    bound = found.estimate + 0.5
    assert found.p_beyond(bound, above=True) == found.p_of(bound) / 2
    assert found.p_beyond(bound, above=False) == 1 - found.p_of(bound) / 2


@pytest.mark.parametrize("kind", ["wild", "permutation"])
def test_order_of_accounts_and_a_shift_do_not_matter(kind: str) -> None:
    random = np.random.default_rng(7)
    n = random.integers(1, 9, 40)
    total = n * random.normal(size=40)
    arm = np.repeat([0, 1], [10, 30])
    order = random.permutation(40)
    results = []
    for rows_, shift in ((np.arange(40), 0.0), (order, 0.0), (order, 1e6)):
        means = means_of_sums(
            ("a", "b"),
            arm[rows_],
            n[rows_],
            (total + shift * n)[rows_],
            binary=False,
            errors=kind,
        )
        found = means.difference("b", "a")
        results.append((found.p_value, *found.interval(0.05)))
    assert results[0] == pytest.approx(results[1], rel=1e-9)
    assert results[0] == pytest.approx(results[2], rel=1e-6)


def test_the_rounding_of_totals_does_not_matter() -> None:
    """Most accounts bought nothing, so that totals are equal but for the last digit."""
    random = np.random.default_rng(11)
    n, arm = np.full(60, 3), np.arange(60) % 2
    total = random.binomial(1, 0.3, 60) * 0.1
    noise = total * (1 + random.choice([-1e-15, 0.0, 1e-15], 60))
    one, other = (
        means_of_sums(("a", "b"), arm[rows_], n, values[rows_], binary=False).difference("a", "b")
        for values, rows_ in ((total, np.arange(60)), (noise, random.permutation(60)))
    )
    assert one.p_value == other.p_value
    assert one.interval(0.05) == pytest.approx(other.interval(0.05), rel=1e-9)


def test_accounts_in_both_arms_are_flipped_whole() -> None:
    """The wild bootstrap takes them; they cannot be assigned anew, and the method says so."""
    random = np.random.default_rng(9)
    account, arm = np.repeat(np.arange(12), 2), np.tile([0, 1], 12)
    n, total = random.integers(1, 5, 24), random.normal(size=24)
    sums = AccountTotals.of(arm, account, n, total, 2)
    draws, variance = wild(Pair.of(sums, 0, 1))
    contrast = np.array([-1.0, 1.0])
    cr1 = contrast @ sums.cov("cr1") @ contrast / (12 / 11 * (n.sum() - 1) / (n.sum() - 2))
    assert variance == pytest.approx(cr1)
    assert draws.listed
    means = means_of_sums(
        ("a", "b"), arm, n, total, binary=False, account=account, errors="permutation"
    )
    found = means.difference("b", "a")
    assert isinstance(found, TDifference)
    assert found.method.endswith("(no permutation of accounts: some are in both arms)")


def test_sampled_draws_count_the_sample_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "DRAWS", 99)
    value = np.concatenate([np.zeros(20), np.ones(20)]) + np.linspace(0, 0.1, 40)
    sizes = AccountSizes(np.repeat([0, 1], 20), np.arange(40), np.ones(40, dtype=int), 2)
    sums = AccountTotals(sizes, value)
    draws, variance = permutation(Pair.of(sums, 0, 1))
    found = ResampledDifference(1.05, 0.1, 38.0, draws, variance, "")
    assert not draws.listed
    assert found.p_of(0.0) == 0.01


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), arms=st.sampled_from([(5, 5), (3, 7), (10, 10), (4, 9)]))
def test_below_the_smallest_p_value_of_the_assignments_the_default_goes_on_by_t(
    seed: int, arms: tuple[int, int]
) -> None:
    """The same as permutation at every level that it allows; below, no more than Student's t."""
    random = np.random.default_rng(seed)
    n, arm = random.integers(1, 6, sum(arms)), np.repeat([0, 1], arms)
    total = n * random.normal(size=len(n)) + random.choice([0.0, 3.0, 30.0]) * n * arm
    whole, auto, by_t = (
        means_of_sums(("a", "b"), arm, n, total, binary=False, errors=errors).difference("b", "a")
        for errors in ("permutation", "auto", "cr2")
    )
    least = whole.draws.least_p
    if arms == (10, 10):  # 184,756 assignments: a sample of them
        assert least in (1 / 10_000, 2 / 10_000)  # which may hold the one at hand by chance
    else:
        assert least == (1 + (arms == (5, 5))) / len(whole.draws.difference)
    if whole.p_value > least:
        assert auto.p_value == whole.p_value
    else:
        assert auto.p_value == min(least, by_t.p_value)
    for alpha in (0.1, 0.05):
        assert auto.interval(alpha) == whole.interval(alpha)
    assert np.isfinite(auto.interval(least / 10)).all()
    low, high = auto.interval(least / 10)
    assert (auto.p_value <= least / 10) == (low > 0 or high < 0)


def test_an_interval_without_end_is_said() -> None:
    """3 accounts against 3: the sentence must not hide that nothing is ruled out."""
    table = pd.DataFrame(
        {
            "arm": np.repeat(["a", "b"], 6),
            "account": np.repeat(np.arange(6), 2),
            "value": [1.0, 2, 3, 5, 2, 2, 4, 7, 8, 6, 9, 5],
        }
    )
    found = evaluate(
        table, outcomes=["value"], control="a", cluster="account", errors="permutation"
    )
    assert "; 95 % interval −∞ to +∞)" in found.sentences()[0]
    assert found.table["verdict"].tolist() == ["cannot tell"]
