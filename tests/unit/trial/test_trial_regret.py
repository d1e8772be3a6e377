"""Probability of being best, regret, and the value of testing on, against closed forms."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.effects.means import ArmMeans, means_of_contacts, means_of_counts
from simkit.trial.regret import regret

# A Sobol sequence of 2**15 points; what it integrates here it has to about 1e-4 of a standard
# error of the means (seen by doubling the points), which 1e-3 leaves a factor of ten for.
CLOSE = 1e-3


def means(mean, cov, units=10_000):
    size = len(mean)
    n = np.full(size, units)
    return ArmMeans(
        arms=tuple("abcdefg"[:size]),
        mean=np.array(mean, dtype=float),
        cov=np.array(cov, dtype=float),
        n=n,
        units=n,
        effective_n=n.astype(float),
        binary=False,
        clustered=False,
        method="made",
    )


def loss(z):
    """Unit normal loss E(Z - z)+, Raiffa and Schlaifer 1961, table II."""
    return stats.norm.pdf(z) - z * stats.norm.sf(z)


def test_two_arms_agree_with_the_normal_loss_integral():
    found = regret({"all": means([1.0, 1.5], np.diag([0.3, 0.6]))}, outcome="y", unit="EUR")
    se, gap = np.sqrt(0.9), 0.5
    table = found.table.set_index("arm")
    assert table.loc["b", "prob_best"] == pytest.approx(stats.norm.cdf(gap / se), abs=CLOSE)
    assert table.loc["b", "regret"] == pytest.approx(se * loss(gap / se), abs=CLOSE)
    assert table.loc["a", "regret"] == pytest.approx(gap + se * loss(gap / se), abs=CLOSE)
    # A trial of the same size again: preposterior error se sqrt(1/2) (Raiffa and Schlaifer, 5.5).
    longer = found.longer.set_index("times")
    for times in (1.0, 2.0, 4.0):
        moved = se * np.sqrt(times / (1 + times))
        assert longer.loc[times, "value"] == pytest.approx(moved * loss(gap / moved), abs=CLOSE)
    assert longer["value_perfect"].to_numpy() == pytest.approx(se * loss(gap / se), abs=CLOSE)


@pytest.mark.parametrize(
    ("events", "n"),
    [
        ((0, 5), (5, 5)),
        ((0, 1), (5, 5)),
        ((0, 0), (5, 5)),
        ((0, 0), (5, 1_000)),
        ((8, 6), (8, 9)),
        ((0, 29), (40, 60)),
        ((29, 30), (2_000, 2_050)),  # few in one arm: all arms have it
    ],
)
def test_few_events_have_the_posteriors_of_shares(events, n):
    """Jeffreys' Beta posteriors by quadrature: P(a < b), E(max - a), and E(max) - max E."""
    a, b = (stats.beta(x + 0.5, m - x + 0.5) for x, m in zip(events, n, strict=True))

    def over(law, what):
        """The mean of what, in the law's own quantiles, where Jeffreys' poles are harmless."""
        parts = [0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1 - 1e-3, 1 - 1e-6, 1.0]
        return sum(integrate.quad(lambda u: what(law.ppf(u)), *each)[0] for each in pairwise(parts))

    # E max(a, b) is the integral of 1 - F_a F_b.
    most = 1 - sum(
        integrate.quad(lambda p: a.cdf(p) * b.cdf(p), *each)[0]
        for each in ((0, 1e-4), (1e-4, 1e-2), (1e-2, 0.2), (0.2, 1))
    )
    counts = np.array(events, dtype=float), np.array(n)
    found = regret({"all": means_of_counts(*counts, ["a", "b"])}, outcome="y", unit="share")
    table = found.table.set_index("arm")
    assert table.loc["b", "prob_best"] == pytest.approx(over(b, a.cdf), abs=CLOSE)
    assert table.loc["a", "regret"] == pytest.approx(most - a.mean(), abs=CLOSE)
    assert table.loc["b", "regret"] == pytest.approx(most - b.mean(), abs=CLOSE)
    perfect = most - max(a.mean(), b.mean())
    assert found.longer["value_perfect"].iloc[0] == pytest.approx(perfect, abs=CLOSE)
    assert (found.longer["value"] <= found.longer["value_perfect"] + CLOSE).all()


def test_nothing_among_five_contacts_is_no_certainty():
    """0 harms of 5 against 1 of 5: Beta(1/2, 11/2) is the lower with probability .88, not 1."""
    totals = pd.DataFrame({"arm": ["a", "b"], "n": [5, 5], "opt_out": [1, 0]})
    means = evaluate(totals, outcomes=["opt_out"], control="a").means
    found = regret(means, outcome="opt_out", unit="share", lower_is_better=True)
    found = found.table.set_index("arm")
    a, b = stats.beta(1.5, 4.5), stats.beta(0.5, 5.5)
    least = integrate.quad(lambda p: a.pdf(p) * b.cdf(p), 0, 1)[0]
    assert found.loc["b", "prob_best"] == pytest.approx(least, abs=CLOSE)
    assert found.loc["b", "regret"] > 0.001


def test_accounts_none_of_which_has_an_event_count_as_one_each():
    """Four accounts of three contacts, no event, against one event of two: Beta(1/2, 9/2)."""
    value = np.zeros(24)
    value[[12, 17]] = 1.0
    account = np.arange(24) // 3
    arm = np.repeat([0, 1], 12)
    found = regret(
        {"all": means_of_contacts(value, arm, ("a", "b"), account)}, outcome="y", unit="share"
    )
    # b: 2 of 12, its accounts' shares 1/3, 1/3, 0, 0: CR2 is s²/4 = (1/36)(4/3)/4 of 4 accounts,
    # t with 8 - 2 degrees of freedom.
    b = stats.t(6, 1 / 6, np.sqrt(1 / 108))
    above = integrate.quad(lambda p: stats.beta(0.5, 4.5).pdf(p) * b.sf(p), 0, 1, limit=200)[0]
    assert found.table["prob_best"].iloc[1] == pytest.approx(above, abs=CLOSE)


def test_few_units_have_the_tails_of_students_t():
    found = regret({"all": means([0.0, 1.0], np.eye(2) / 2, units=3)}, outcome="y", unit="EUR")
    assert found.table["prob_best"].tolist()[1] == pytest.approx(stats.t.cdf(1.0, 4), abs=CLOSE)


def test_equal_arms_share_the_probability_and_the_regret_is_that_of_the_normal_maximum():
    found = regret({"all": means([2.0] * 3, np.eye(3))}, outcome="y", unit="EUR")
    assert found.table["prob_best"].to_numpy() == pytest.approx(1 / 3, abs=CLOSE)
    # The mean of the largest of three standard normals is 3 / (2 sqrt(pi)) (David 1970).
    largest = 1.5 / np.sqrt(np.pi)
    assert found.table["regret"].to_numpy() == pytest.approx(largest, abs=CLOSE)


@pytest.mark.parametrize(
    ("arms", "ahead", "prob"),
    # R. E. Bechhofer (1954), Annals of Mathematical Statistics 25, 16-39, table I: by how many
    # standard errors of a mean the best must lie ahead of all others, which are level.
    [(2, 2.3262, 0.95), (3, 2.7101, 0.95), (4, 2.9162, 0.95), (3, 2.2302, 0.9), (4, 2.4516, 0.9)],
)
def test_the_probability_of_being_best_is_bechhofer_s(arms, ahead, prob):
    level = means([0.0] * (arms - 1) + [ahead], np.eye(arms), units=1_000_000)
    found = regret({"all": level}, outcome="y", unit="EUR")
    assert found.table["prob_best"].iloc[-1] == pytest.approx(prob, abs=CLOSE)


def test_what_arms_have_in_common_cannot_be_regretted():
    common = np.full((2, 2), 100.0) + 0.01 * np.eye(2)
    found = regret({"all": means([0.0, 1.0], common)}, outcome="y", unit="EUR")
    assert found.table["prob_best"].tolist()[1] == pytest.approx(1.0, abs=CLOSE)
    assert found.table["regret"].tolist()[1] == pytest.approx(0.0, abs=CLOSE)


def test_lower_may_be_better_and_a_vetoed_arm_is_never_the_choice():
    by_segment = {"b2c": means([0.1, 0.2, 0.9], 1e-4 * np.eye(3)), "b2b": None}
    found = regret(by_segment, outcome="opt_out", unit="share", lower_is_better=True)
    assert found.table["prob_best"].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=CLOSE)
    stopped = regret(by_segment, outcome="y", unit="EUR", vetoed=[("b2c", "c")])
    assert stopped.table["prob_best"].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=CLOSE)
    lost = pytest.approx([0.1, 0.0, np.nan], abs=CLOSE, nan_ok=True)
    assert stopped.table["regret"].tolist() == lost
    assert "b leads among those that no guardrail stops with probability above 0.99" in (
        stopped.sentence()
    )
    alone = regret(by_segment, outcome="y", unit="EUR", vetoed=[("b2c", "c"), ("b2c", "b")])
    assert alone.longer.empty
    assert alone.sentence() == "b2c · a is left: a guardrail stops every other arm."


def test_arms_that_are_level_share_the_probability():
    level = regret({"all": means([1.0] * 3, np.zeros((3, 3)))}, outcome="y", unit="EUR")
    assert level.table["prob_best"].to_numpy() == pytest.approx(1 / 3)


@pytest.mark.parametrize("times", [(0.0, -1.0), "x", ["x"], None])
def test_sizes_of_a_further_trial_must_be_numbers_above_0(times):
    with pytest.raises(InputError, match="must be numbers above 0"):
        regret({"all": None}, outcome="y", unit="EUR", times=times)


def table():
    """1,500 contacts an arm, 1 in 10 buying in the one and 1 in 5 in the other."""
    number = np.arange(3_000)
    bought = np.where(number < 1_500, number % 10 == 0, number % 5 == 0).astype(float)
    return pd.DataFrame({"arm": np.where(number < 1_500, "a", "b"), "sale": bought})


def missing(rows):
    return rows.assign(sale=rows["sale"].where((rows["arm"] == "a") | (rows.index % 3 > 0)))


REFUSED = {
    "reached only": (table().assign(reached=1), "sale", {}, "only contacts who were reached"),
    "missing": (missing(table()), "sale", {}, "missing for 16.7 %"),
    "per call": (table().rename(columns={"sale": "s_per_call"}), "s_per_call", {}, "rate per call"),
    "constant": (table().assign(y=3.0), "y", {}, "does not vary in either arm"),
    "attempts": (table().assign(attempts=table()["sale"]), "attempts", {}, "it describes"),
    "two": (table().iloc[1_498:1_502].assign(sale=[0.0, 0, 1, 1]), "sale", {}, "too little"),
    "one agent an arm": (
        table().assign(account=np.arange(3_000) // 4, agent=table()["arm"] == "b"),
        "sale",
        {"cluster": "account", "second_cluster": "agent"},
        "belong to one second cluster",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_or_doubted_is_no_choice_and_the_reason_is_said(case):
    rows, outcome, more, why = REFUSED[case]
    found = evaluate(rows, outcomes=[outcome], control="a", **more)
    assert found.table["p_adjusted"].isna().all()
    choice = found.regret()
    assert choice.table.empty
    assert choice.longer.empty
    assert choice.sentence().startswith("No choice between arms: ")
    assert why in choice.sentence()
    assert "probability" not in found._repr_html_()


def test_a_segment_that_is_refused_takes_no_other_ones_choice_away():
    rows = table().assign(where="north")
    alone = table().iloc[[0, 1, 1_500, 1_501]].assign(where="south", sale=[0.0, 0, 1, 1])
    found = evaluate(
        pd.concat([rows, alone], ignore_index=True), outcomes=["sale"], control="a", segment="where"
    )
    choice = found.regret()
    assert choice.table["segment"].unique().tolist() == ["north"]
    assert "north · b is the best arm with probability above 0.99" in choice.sentence()
    assert "south · No choice between arms: an arm of two contacts tells" in choice.sentence()
    assert list(found.means) == ["north", "south"]
    assert found.means["south"] is None


@pytest.mark.parametrize(
    ("unit", "least"),
    [
        ("EUR per contact", "cost less than 0.01 EUR per contact (y) on average"),
        ("share of contacts", "cost less than 0.01 percentage points (y) on average"),
        ("per contact", "cost less than 0.01 per contact (y) on average"),
    ],
)
def test_a_loss_that_rounds_to_nothing_has_the_unit_of_its_outcome(unit, least):
    found = regret({"all": means([0.0, 9.0], 1e-8 * np.eye(2))}, outcome="y", unit=unit)
    assert least in found.sentence()


@pytest.mark.parametrize(
    ("unit", "scale", "said"),
    [
        # Means 0 and z = .93 standard errors of their difference apart: the loss is L(z) of one.
        ("per contact", 0.045, "cost {:.4f} per contact (y) on average"),
        ("per contact", 0.00045, "cost {:.6f} per contact (y) on average"),
        ("EUR per contact", 0.045, "cost {:.4f} EUR per contact (y) on average"),
        ("EUR per contact", 45.0, "cost {:.2f} EUR per contact (y) on average"),
    ],
)
def test_a_loss_has_two_digits_on_whatever_scale_its_outcome_is(unit, scale, said):
    cov = scale**2 / 2 * np.eye(2)
    found = regret({"all": means([0.0, 0.93 * scale], cov)}, outcome="y", unit=unit)
    least = float(found.table["regret"].min())
    assert least == pytest.approx(scale * loss(0.93), rel=0.02)
    assert said.format(least) in found.sentence()
    assert "less than" not in found.sentence()


def test_what_rounds_to_nothing_is_less_than_a_hundredth_of_what_is_at_stake():
    # .04 are at stake: a hundredth of it, as a power of ten, is .0001.
    found = regret({"all": means([0.0, 0.04], 1e-14 * np.eye(2))}, outcome="y", unit="per contact")
    assert "cost less than 0.0001 per contact (y)" in found.sentence()


@pytest.mark.parametrize("sold", [0, 1])
def test_where_none_or_all_have_the_event_no_arm_leads(sold):
    rows = pd.DataFrame({"arm": ["a"] * 450 + ["b"] * 450, "sale": sold})
    said = evaluate(rows, outcomes=["sale"], control="a").regret().sentence()
    assert said.startswith("No arm leads: their means are equal (")
    assert "nothing tells them apart. Choosing any of them would cost" in said
    assert "probability" not in said
    rows.loc[500, "sale"] = 1 - sold  # one event is little, and tells them apart
    assert (
        " leads with probability "
        in evaluate(rows, outcomes=["sale"], control="a").regret().sentence()
    )
