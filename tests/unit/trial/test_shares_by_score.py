"""Score tests and intervals of two shares give what is published."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from simkit.trial import evaluate
from simkit.trial.effects.difference import ScoreDifference
from simkit.trial.effects.exact import held_exact
from simkit.trial.effects.margin import MarginDifference
from simkit.trial.effects.proportions import Shares


def test_farrington_manning_of_the_design_document() -> None:
    """83/88 against 69/76 and a margin of .10: z 2.957151, p .0015525, shares .849033, .949033."""
    shares = Shares((83, 69), (88, 76))
    assert round(shares.z_of_difference(-0.1), 6) == 2.957151
    assert round(float(stats.norm.sf(shares.z_of_difference(-0.1))), 7) == 0.0015525
    assert shares.under_difference(-0.1) == pytest.approx((0.849033, 0.949033), abs=5e-7)
    p_value = MarginDifference(shares).p_beyond(-0.1, above=False)
    assert p_value == pytest.approx(0.0015525, abs=5e-8)


# Newcombe 1998, Statistics in Medicine 17, 873-890, table II, cases (a) to (i) but for the mirror
# of (f): methods 6 (Miettinen-Nurminen) and 5 (Mee).
NEWCOMBE = [
    ((56, 48), (70, 80), (0.0528, 0.3382), (0.0533, 0.3377)),
    ((9, 3), (10, 10), (0.1700, 0.8406), (0.1821, 0.8370)),
    ((6, 2), (7, 7), (0.0342, 0.8534), (0.0544, 0.8478)),
    ((5, 0), (56, 29), (-0.0326, 0.1933), (-0.0313, 0.1926)),
    ((0, 0), (10, 20), (-0.1658, 0.2844), (-0.1611, 0.2775)),
    ((0, 0), (10, 10), (-0.2879, 0.2879), (-0.2775, 0.2775)),
    ((10, 0), (10, 20), (0.7156, 1.0), (0.7225, 1.0)),
    ((10, 0), (10, 10), (0.6636, 1.0), (0.6777, 1.0)),
]


@pytest.mark.parametrize(("events", "n", "miettinen_nurminen", "mee"), NEWCOMBE)
def test_intervals_of_a_difference(
    events: tuple[int, int],
    n: tuple[int, int],
    miettinen_nurminen: tuple[float, float],
    mee: tuple[float, float],
) -> None:
    shares = Shares(events, n)
    assert tuple(np.round(shares.difference_interval(0.05), 4)) == miettinen_nurminen
    assert tuple(np.round(shares.difference_interval(0.05, unbiased=False), 4)) == mee
    assert tuple(np.round(MarginDifference(shares).interval(0.05), 4)) == mee


# Newcombe 1998, same table, method 10 (hybrid score), as ``evaluate`` has it.
@pytest.mark.parametrize(
    ("events", "n", "interval"),
    [
        ((6, 2), (7, 7), (0.0582, 0.8062)),
        ((5, 0), (56, 29), (-0.0381, 0.1926)),
        ((0, 0), (10, 20), (-0.1611, 0.2775)),
        ((0, 0), (10, 10), (-0.2775, 0.2775)),
        ((10, 0), (10, 20), (0.6791, 1.0)),
        ((10, 0), (10, 10), (0.6075, 1.0)),
    ],
)
def test_hybrid_score(
    events: tuple[int, int], n: tuple[int, int], interval: tuple[float, float]
) -> None:
    found = ScoreDifference((events[0] / n[0], events[1] / n[1]), n, "")
    assert tuple(np.round(found.interval(0.05), 4)) == interval


def test_miettinen_and_nurminens_own_example() -> None:
    """Miettinen and Nurminen 1985, example 5, to eight digits as printed by PropCIs for R."""
    found = Shares((0, 0), (10, 20)).difference_interval(0.05)
    assert found == pytest.approx((-0.16576023, 0.28438134), abs=5e-9)
    mirrored = Shares((10, 20), (10, 20)).difference_interval(0.05)
    assert mirrored == pytest.approx((-0.28438134, 0.16576023), abs=5e-9)
    # PropCIs of R: diffscoreci(3, 29, 6, 36) with Miettinen and Nurminen's variance.
    found = Shares((3, 6), (29, 36)).difference_interval(0.05)
    assert found == pytest.approx((-0.2369807, 0.1227832), abs=5e-8)


# Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("events", "n", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))],
)
def test_wilson_score(events: int, n: int, interval: tuple[float, float]) -> None:
    """The routine that the hybrid interval rests on; Mee's is the same against a known share."""
    found = tuple(np.round(proportion_confint(events, n, method="wilson"), 4))
    assert found == interval
    known = Shares((events, 500_000_000), (n, 1_000_000_000))
    low, high = known.difference_interval(0.05, unbiased=False)
    assert (low + 0.5, high + 0.5) == pytest.approx(interval, abs=1e-4)


# Gart and Nam 1990, Biometrics 46, 637-643 (Mee's interval, printed by ratesci for R).
def test_gart_and_nam_of_a_difference() -> None:
    found = Shares((7, 2), (25, 25)).difference_interval(0.05, unbiased=False)
    assert tuple(np.round(found, 3)) == (-0.014, 0.412)


@pytest.mark.parametrize(
    ("events", "n", "unbiased", "interval"),
    [
        # Gart and Nam 1988, Biometrics 44, 323-338 (Koopman's interval, printed by ratesci for R).
        ((8, 4), (15, 15), False, (0.815, 5.336)),
        ((6, 6), (10, 20), False, (0.844, 4.594)),
        # Fagerland and Newcombe 2013, Statistics in Medicine 32 (Miettinen-Nurminen, ratesci).
        ((24, 53), (73, 65), True, (0.280, 0.560)),
        ((29, 11), (55, 11), True, (0.397, 0.742)),
        ((7, 1), (18, 18), True, (1.296, 42.544)),
    ],
)
def test_intervals_of_a_ratio(
    events: tuple[int, int], n: tuple[int, int], unbiased: bool, interval: tuple[float, float]
) -> None:
    found = Shares(events, n).ratio_interval(0.05, unbiased=unbiased)
    assert tuple(np.round(found, 3)) == interval


def test_a_ratio_without_events_has_an_open_end() -> None:
    assert Shares((0, 0), (10, 20)).ratio_interval(0.05) == (0.0, np.inf)
    low, high = Shares((0, 5), (10, 20)).ratio_interval(0.05)
    assert low == 0.0
    assert 0 < high < np.inf
    low, high = Shares((5, 0), (20, 10)).ratio_interval(0.05)
    assert 0 < low < np.inf
    assert high == np.inf


COUNTS = st.tuples(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))


def of_counts(counts: tuple[int, int, float, float]) -> Shares:
    n1, n0, first, second = counts
    return Shares((round(first * n1), round(second * n0)), (n1, n0))


@given(counts=COUNTS, difference=st.floats(-0.98, 0.98))
def test_the_shares_under_a_difference_are_the_most_likely(
    counts: tuple[int, int, float, float], difference: float
) -> None:
    """No share near by, and none on a grid, makes the counts more likely."""
    shares = of_counts(counts)

    def log_likelihood(control: np.ndarray) -> np.ndarray:
        p = np.stack([control + difference, control])
        x, n = (np.array(pair, dtype=float)[:, None] for pair in (shares.events, shares.n))
        p = np.clip(p, 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(x > 0, x * np.log(p), 0) + np.where(n > x, (n - x) * np.log1p(-p), 0)
        return parts.sum(axis=0)

    _, control = shares.under_difference(difference)
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    grid = np.linspace(low, high, 201)
    best = log_likelihood(np.array([control]))[0]
    # At an end of the range the root may be off by rounding, and a logarithm of 0 follows.
    near = np.clip(control + np.array([-1e-9, 1e-9]), low, high)
    best = max(best, *log_likelihood(near))
    assert log_likelihood(grid).max() <= best + 1e-6 * max(1.0, abs(best))


@given(counts=COUNTS, bound=st.floats(-0.5, 0.5), alpha=st.sampled_from([0.1, 0.05, 0.01]))
def test_the_margins_test_and_its_bound_tell_the_same(
    counts: tuple[int, int, float, float], bound: float, alpha: float
) -> None:
    found = MarginDifference(of_counts(counts))
    low, high = found.interval(2 * alpha)
    for p_value, inside in (
        (found.p_beyond(bound, above=True), high < bound),
        (found.p_beyond(bound, above=False), low > bound),
    ):
        assert abs(p_value - alpha) < 1e-8 or (p_value < alpha) == inside


def test_two_contacts_an_arm_claim_nothing() -> None:
    """0 of 2 against 2 of 2: Newcombe's p is .028, Fisher's exact one is 1/3."""
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [2, 2], "sale": [0, 2]})
    row = evaluate(totals, outcomes=["sale"], control="a").table.iloc[0]
    assert stats.fisher_exact([[0, 2], [2, 0]]).pvalue == pytest.approx(1 / 3)
    assert row["verdict"] == "cannot tell"
    assert "two contacts" in row["reason"]


def test_tiny_arms_claim_nothing_that_no_exact_test_supports() -> None:
    """0 of 3 against 3 of 3, three times: happens by chance in 2 of 64, not below .05 ÷ 3."""
    totals = pd.DataFrame({"arm": list("abcd"), "n": [3] * 4, "sale": [0, 3, 3, 3]})
    rows = evaluate(totals, outcomes=["sale"], control="a").table
    assert ScoreDifference((1.0, 0.0), (3, 3), "").p_value < 0.05 / 3
    assert rows["p_value"].to_numpy() == pytest.approx(2 / 64)
    assert (rows["p_adjusted"] > 0.05).all()
    assert set(rows["verdict"]) == {"cannot tell"}
    assert (rows["ci_low_adjusted"] == 0).all()
    assert (rows["ci_low"] > 0).all()  # at .05 itself both tests reject


def test_few_events_in_a_small_arm_claim_nothing_that_fishers_test_does_not() -> None:
    """1 of 20 against 2 of 2,000: Newcombe's p is .002, twice Fisher's tail .058."""
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [2_000, 20], "sale": [2, 1]})
    parts = {"a": 2_000 / 2_020, "b": 20 / 2_020}
    row = evaluate(totals, outcomes=["sale"], control="a", expected_shares=parts).table.iloc[0]
    # One minus the chance that none of the 3 events falls among the 20.
    tail = 1 - (2_000 * 1_999 * 1_998) / (2_020 * 2_019 * 2_018)
    assert row["p_value"] == pytest.approx(2 * tail)
    assert row["verdict"] == "cannot tell"
    assert row["method"].endswith("p not below that of Fisher's exact test")


def test_accounts_counted_as_one_are_held_exact_too() -> None:
    """Four accounts without a sale against four with sales only: 2 ÷ 4^4 at most, not less."""
    arm = np.repeat(["a", "b"], 12)
    rows = pd.DataFrame({"arm": arm, "account": np.arange(24) // 3, "sale": (arm == "b") * 1.0})
    row = evaluate(rows, outcomes=["sale"], control="a", cluster="account").table.iloc[0]
    assert row["p_value"] == pytest.approx(2 / 2**8)


def test_larger_arms_keep_newcombes_interval_alone() -> None:
    found = ScoreDifference((0.2, 0.1), (300, 300), "")
    assert held_exact(found) is found
    level = ScoreDifference((0.0, 0.0), (5, 5), "")
    assert held_exact(level) is level


@given(
    n=st.tuples(st.integers(2, 25), st.one_of(st.integers(2, 25), st.integers(300, 900))),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    alpha=st.sampled_from([0.1, 0.05, 0.01, 0.001]),
)
def test_the_exact_p_value_and_interval_tell_the_same(
    n: tuple[int, int], share: tuple[float, float], alpha: float
) -> None:
    events = tuple(round(part * size) for part, size in zip(share, n, strict=True))
    found = held_exact(ScoreDifference((events[0] / n[0], events[1] / n[1]), n, ""))
    low, high = found.interval(alpha)
    near = abs(found.p_value - alpha) < 1e-9
    assert near or (found.p_value < alpha) == (low > 0 or high < 0)
    assert low <= found.estimate <= high
