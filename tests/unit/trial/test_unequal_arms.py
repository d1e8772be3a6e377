"""Money in arms of unequal numbers: assigned anew where t is misled, doubted where it cannot be."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.effects import judged
from simkit.trial.effects.adjust import adjusted_means
from simkit.trial.effects.lopsided import lopsidedness, skewness
from simkit.trial.effects.means import means_of_contacts, means_of_moments, means_of_sums
from simkit.trial.effects.resampling import Draws, Pair, ResampledDifference, permutation
from simkit.trial.read.sums import Moments


def money(arms: tuple[int, int], seed: int = 1, sd: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Values and arms of contacts of whom a fifth buy, for log-normal amounts."""
    random, arm = np.random.default_rng(seed), np.repeat([0, 1], arms)
    return random.lognormal(3.0, sd, len(arm)) * (random.random(len(arm)) < 0.2), arm


def table_of(arms: tuple[int, int], **columns: object) -> pd.DataFrame:
    value, arm = money(arms)
    return pd.DataFrame({"arm": np.array(["now", "new"])[arm], "value_eur": value, **columns})


def three_arms(n: tuple[int, int, int]) -> pd.DataFrame:
    """Money of three arms, of which each has far more a contact than the one before."""
    random, arm = np.random.default_rng(1), np.repeat([0, 1, 2], n)
    value = random.lognormal(3.0, 2.0, len(arm)) * (random.random(len(arm)) < 0.2) + 1_000.0 * arm
    return pd.DataFrame({"arm": np.array(["now", "new", "newer"])[arm], "value_eur": value})


def parts(table: pd.DataFrame) -> dict[str, float]:
    return dict(table["arm"].value_counts(normalize=True))


def shares(arms: tuple[int, int]) -> dict[str, float]:
    return {"now": arms[0] / sum(arms), "new": arms[1] / sum(arms)}


def test_contacts_are_assigned_anew_as_by_hand() -> None:
    """3 against 6 contacts: all 84 assignments, each judged by Welch's t."""
    value, arm = np.array([0, 0, 1, 0, 7, 3, 0, 90, 4.0]), np.repeat([1, 0], [3, 6])
    means = means_of_contacts(value, arm, ("now", "new"), None, errors="permutation")
    found = means.difference("new", "now")
    assert isinstance(found, ResampledDifference)
    assert found.method == "permutation of contacts, all 84 draws"

    def t(chosen: tuple[int, ...]) -> float:
        inside = np.isin(np.arange(9), chosen)
        with np.errstate(divide="ignore", invalid="ignore"):
            return abs(stats.ttest_ind(value[inside], value[~inside], equal_var=False).statistic)

    as_large = sum(t(each) >= t((0, 1, 2)) * (1 - 1e-10) for each in combinations(range(9), 3))
    assert found.p_value == as_large / 84


def test_money_in_unequal_arms_is_assigned_anew_and_in_equal_ones_judged_by_welch() -> None:
    for arms, how in (((900, 60), "permutation of contacts"), ((480, 480), "OLS, HC2, t with")):
        found = evaluate(
            table_of(arms), control="now", outcomes=["value_eur"], expected_shares=shares(arms)
        )
        assert found.table["method"].iloc[0].startswith(how)
        assert not found.table["reason"].iloc[0].startswith("a few large")


def test_unequal_arms_of_values_that_are_not_skewed_stay_with_welch() -> None:
    random, arm = np.random.default_rng(2), np.repeat([0, 1], [900, 60])
    found = means_of_contacts(random.normal(size=960), arm, ("a", "b"), None).difference("b", "a")
    assert found.method == "OLS, HC2, t with Welch's degrees of freedom"
    assert not found.doubt


def test_accounts_that_are_all_different_are_contacts_alone() -> None:
    arms = (900, 60)
    settings = {"control": "now", "outcomes": ["value_eur"], "expected_shares": shares(arms)}
    alone = evaluate(table_of(arms), **settings).table
    named = evaluate(table_of(arms, company=np.arange(960)), cluster="company", **settings).table
    pd.testing.assert_frame_equal(alone, named)


def test_the_order_of_contacts_does_not_matter() -> None:
    value, arm = money((900, 60))
    order = np.random.default_rng(4).permutation(960)
    one, other = (
        means_of_contacts(value[at], arm[at], ("a", "b"), None).difference("b", "a")
        for at in (np.arange(960), order)
    )
    assert one.p_value == other.p_value
    assert one.interval(0.05) == pytest.approx(other.interval(0.05), rel=1e-9)


def test_lopsidedness_is_the_skewness_of_the_difference() -> None:
    """By its cumulants: those of a mean of n are κ₂/n and κ₃/n²."""
    for n, m in ((60, 3_000), (300, 2_700), (50, 50)):
        second, third = 2.0, 5.0
        of_difference = (third / n**2 - third / m**2) / (second / n + second / m) ** 1.5
        assert lopsidedness(third / second**1.5, (n, m)) == pytest.approx(of_difference)
    assert lopsidedness(4.0, (100, 10**9)) == pytest.approx(4.0 / np.sqrt(100))


def test_the_skewness_is_that_of_scipy_from_contacts_and_from_moments_in_lots() -> None:
    value, arm = money((700, 90))
    apart = value - np.array([value[arm == place].mean() for place in (0, 1)])[arm]
    of_contacts = means_of_contacts(value, arm, ("a", "b"), None)
    moments = Moments(2, 1)
    for rows in np.array_split(np.random.default_rng(6).permutation(790), 7):
        moments.add(arm[rows], value[rows, None])
    variance = np.array([moments.variance(place, np.ones(1)) for place in (0, 1)])
    of_moments = means_of_moments(
        ("a", "b"),
        moments.n,
        moments.mean[:, 0],
        variance,
        binary=False,
        third=moments.third(slice(0, 2), 0),
    )
    for means in (of_contacts, of_moments):
        assert skewness(means, "b", "a") == pytest.approx(stats.skew(apart))


def test_what_cannot_be_assigned_anew_is_doubted_and_what_to_do_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judged, "MOST_RESAMPLED", 50)
    arms = (900, 60)
    found = evaluate(
        table_of(arms), control="now", outcomes=["value_eur"], expected_shares=shares(arms)
    )
    row = found.table.iloc[0]
    assert row["verdict"] == "cannot tell"
    for text in (row["reason"], found.sentences()[0]):
        assert "new has 60 contacts beside 900 in now" in text
        assert 'errors="permutation" (--errors permutation) assigns them anew' in text
        assert "equal arms, more contacts, or amounts capped" in text
    asked = evaluate(
        table_of(arms),
        control="now",
        outcomes=["value_eur"],
        expected_shares=shares(arms),
        errors="permutation",
    )
    assert asked.table["method"].iloc[0] == "permutation of contacts, 9,999 draws"
    assert "a few large" not in asked.table["reason"].iloc[0]


def test_each_pair_of_arms_is_assigned_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table and Dunnett's comparisons ask for the same pairs; between the new arms t holds."""
    pairs: list[Pair] = []

    def counted(pair: Pair) -> tuple[Draws, float]:
        pairs.append(pair)
        return permutation(pair)

    monkeypatch.setitem(judged.RESAMPLED, "permutation", counted)
    table = three_arms((900, 60, 60))
    evaluate(table, control="now", outcomes=["value_eur"], expected_shares=parts(table))
    assert len(pairs) == 2


def test_a_comparison_that_is_doubted_counts_for_the_correction_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By Holm the smaller of two p-values counts twice, whatever the other is."""
    monkeypatch.setattr(judged, "MOST_RESAMPLED", 50)
    table = three_arms((900, 60, 900))
    table.loc[table["arm"] == "newer", "value_eur"] -= 1_900.0
    found = evaluate(table, control="now", outcomes=["value_eur"], expected_shares=parts(table))
    doubted, told = found.table.iloc[0], found.table.iloc[1]
    assert (doubted["arm"], doubted["verdict"]) == ("new", "cannot tell")
    assert np.isnan(doubted["p_adjusted"])
    assert 0 < told["p_value"] < 0.5
    assert told["p_adjusted"] == pytest.approx(2 * told["p_value"])
    assert told["corrected_for"] == "2 comparisons"


def test_the_lead_of_an_arm_has_no_interval_where_t_is_misled_between_the_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No arm has over twice the control's contacts, but one 3.7 times the other's."""
    monkeypatch.setattr(judged, "MOST_RESAMPLED", 50)
    table = three_arms((1_900, 1_000, 3_700))
    found = evaluate(table, control="now", outcomes=["value_eur"], expected_shares=parts(table))
    assert (found.table["verdict"] == "better").all()
    winner = found.winners.iloc[0]
    assert (winner["winner"], winner["runner_up"]) == ("newer", "new")
    assert winner["lead"] > 0
    assert winner[["lead_low", "lead_high"]].isna().all()
    assert "Between them it cannot be told (newer +" in found.sentence()
    assert "is ahead of" not in found.sentence()
    assert "nan" not in found.sentence()


@pytest.mark.parametrize(
    ("errors", "arms", "verdict"),
    [
        ("permutation", (900, 60), "warning"),
        ("permutation", (480, 480), "fail"),
        ("cr1", (900, 60), "fail"),
    ],
)
@pytest.mark.parametrize("most", [50, 4_000])
def test_errors_otherwise_than_registered_decide_nothing_only_where_t_is_misled(
    monkeypatch: pytest.MonkeyPatch, most: int, errors: str, arms: tuple[int, int], verdict: str
) -> None:
    monkeypatch.setattr(judged, "MOST_RESAMPLED", most)
    policy = RecallPolicy.every(days=7.0)
    design = TrialDesign(
        name="autumn",
        arms={"all": {"now": policy, "new": policy}},
        control={"all": "now"},
        salt="autumn",
        horizon_days=60.0,
        primary="value_eur",
        secondary=(),
        guardrails={},
        shares=shares(arms),
        unit="contact",
    )
    found = evaluate(table_of(arms), design=design, errors=errors)
    about = found.checks[found.checks["found"].str.startswith("errors: ")]
    assert about["found"].tolist() == [f"errors: {errors} instead of auto"]
    assert about["verdict"].tolist() == [verdict]
    assert ("Do not act" in found.sentence()) == (verdict == "fail")


def test_t_of_accounts_and_the_wild_bootstrap_are_doubted_alike() -> None:
    """Signs on residuals make them symmetrical, so that the bootstrap does not see skewness."""
    value, arm = money((900, 60))
    n = np.random.default_rng(3).integers(1, 4, 960)
    for errors in ("cr1", "cr2", "crv3", "wild"):
        means = means_of_sums(("a", "b"), arm, n, value, binary=False, errors=errors)
        assert "60 accounts beside 900 in a" in means.difference("b", "a").doubt
    means = means_of_sums(("a", "b"), arm, n, value, binary=False)
    assert not means.difference("b", "a").doubt


def test_regression_with_slopes_of_its_own_is_doubted_where_the_plain_outcome_misleads() -> None:
    value, arm = money((900, 120))
    before = pd.DataFrame({"before": np.random.default_rng(5).normal(size=1_020)})
    plain = means_of_contacts(value, arm, ("a", "b"), None)
    lin, why_not = adjusted_means(plain, value, arm, None, before)
    assert not why_not
    assert "or by CUPED" in lin.difference("b", "a").doubt
    cuped, _ = adjusted_means(plain, value, arm, None, before, "cuped")
    assert "permutation of contacts" in cuped.difference("b", "a").method
    assert not cuped.difference("b", "a").doubt


def test_totals_of_a_rare_event_beside_a_large_arm_are_doubted() -> None:
    """Of one event alone the worth would have the exact test of its share."""
    totals = pd.DataFrame(
        {"arm": ["now", "new"], "n": [9_000, 300], "bought": [90, 3], "churned": 0}
    )
    for n, doubted in ((300, True), (9_000, False)):
        totals.loc[1, ["n", "bought"]] = n, n // 100
        row = evaluate(
            totals,
            control="now",
            outcomes=["bought"],
            worth_eur={"bought": 40.0, "churned": -15.0},
            expected_shares=shares((9_000, n)),
        ).table.set_index("outcome")
        assert ("contacts one by one" in row.loc["net_value_eur", "reason"]) == doubted
        assert "Newcombe" in row.loc["bought", "method"]


@pytest.mark.parametrize("errors", ["cr1", "cr2", "crv3", "wild", "permutation"])
def test_errors_that_are_asked_for_are_given_to_contacts_assigned_one_by_one(errors: str) -> None:
    """As accounts of one have them; CR1 is then HC1, CRV3 HC3 but for its (G − 1)/G, CR2 HC2."""
    arms = (70, 60)
    table = table_of(arms, bought=money(arms)[0] > 0)
    row = evaluate(
        table,
        control="now",
        outcomes=["value_eur", "bought"],
        expected_shares=shares(arms),
        errors=errors,
    ).table.set_index("outcome")
    value, arm = money(arms)
    for name, values in (("value_eur", value), ("bought", (value > 0).astype(float))):
        method, se = row.loc[name, "method"], row.loc[name, "se"]
        e = values - np.array([values[arm == place].mean() for place in (0, 1)])[arm]
        n = np.bincount(arm)[arm]
        power, factor = {"cr1": (0, 130 / 128), "crv3": (2, 129 / 130)}.get(errors, (1, 1.0))
        assert se == pytest.approx(np.sqrt(factor * ((e / n) ** 2 / (1 - 1 / n) ** power).sum()))
        named = {"wild": "wild bootstrap of contacts", "permutation": "permutation of contacts"}
        assert named.get(errors, f"{errors.upper()} by contact") in method


def test_errors_are_refused_where_no_contact_is_held() -> None:
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [900, 800], "bought": [90, 70]})
    with pytest.raises(InputError, match='must be "auto": totals by arm hold no outcome'):
        evaluate(totals, control="a", outcomes=["bought"], errors="permutation")
