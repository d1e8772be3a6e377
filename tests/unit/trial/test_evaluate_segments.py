"""Several segments: estimates drawn to their mean; verdicts that differ where effects may not."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import Evaluation, evaluate
from simkit.trial.effects import shrinkage
from simkit.trial.effects.shrinkage import shrink

INTERACTION = "interaction of arm and segment"


def totals(cells: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=["where", "arm", "sale"]).assign(n=1_000)


def trial(sales: dict[str, tuple[int, int]]) -> Evaluation:
    """Sales of two arms of 1,000 contacts, now and long, in each segment."""
    cells = [(where, "now", now) for where, (now, _) in sales.items()]
    cells += [(where, "long", long) for where, (_, long) in sales.items()]
    return evaluate(totals(cells), outcomes=["sale"], control="now", segment="where")


# -- the estimate drawn to the mean ------------------------------------------------------------


def test_two_segments_of_equal_error_by_hand() -> None:
    """Estimates 1 and 5 with errors of 1.

    Paule and Mandel: Σ (y − 3)² ÷ (1 + τ²) = 8 ÷ (1 + τ²) = k − 1 = 1, so τ² = 7 and B = 1/8. Means
    3 ∓ 7/8 · 2; variance 7/8 · 1 + (1/8)² · 8/2 = .9375.
    """
    shrunk, low, high = shrink(np.array([1.0, 5.0]), np.array([1.0, 1.0]), 0.05)
    half = stats.norm.isf(0.025) * np.sqrt(0.9375)
    # The iteration for τ² ends at an equation that holds to 1e-5.
    assert shrunk == pytest.approx([1.25, 4.75], abs=1e-5)
    assert low == pytest.approx([1.25 - half, 4.75 - half], abs=1e-5)
    assert high == pytest.approx([1.25 + half, 4.75 + half], abs=1e-5)


def test_what_chance_explains_is_drawn_to_the_mean_by_precision() -> None:
    """Estimates 0 and 1, errors 1 and 2: Q = 1 ÷ (1 + 4) < k − 1, so τ² = 0.

    The mean weighted by 1 and 1/4 is .2, its variance 1 ÷ 1.25 = .8.
    """
    shrunk, low, high = shrink(np.array([0.0, 1.0]), np.array([1.0, 2.0]), 0.1)
    half = stats.norm.isf(0.05) * np.sqrt(0.8)
    assert shrunk == pytest.approx([0.2, 0.2])
    assert (low[0], high[1]) == pytest.approx((0.2 - half, 0.2 + half))


def test_eight_schools_are_drawn_to_their_pooled_estimate() -> None:
    # Gelman et al. 2013, table 5.2 and section 5.5: pooled 7.7, standard error 4.1.
    estimates = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    ses = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    shrunk, low, high = shrink(estimates, ses, 0.05)
    assert shrunk.round(1).tolist() == [7.7] * 8
    assert ((high - low) / (2 * stats.norm.isf(0.025))).round(1).tolist() == [4.1] * 8


def test_teacher_expectancy_is_drawn_as_raudenbush_and_bryk_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S. W. Raudenbush, A. S. Bryk 1985, Journal of Educational Statistics 10, 75-98, figure 2.

    Nineteen trials and their empirical Bayes estimates with intervals, to four digits by R's
    metafor, blup(rma(yi, vi)). τ² is theirs, .0188 by REML; what is tested is what follows from it.
    """
    estimates = [0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80]
    estimates += [0.54, 0.18, -0.02, 0.23, -0.18, -0.06, 0.30, 0.07, -0.07]
    variances = [156, 216, 279, 1391, 1362, 106, 106, 484, 269, 630, 912, 497, 835, 841, 253, 279]
    variances += [193, 88, 303]

    def theirs(effect: np.ndarray, variance: np.ndarray, method_re: str) -> SimpleNamespace:
        weight = 1 / (variance + 0.0188)
        mean = np.average(effect, weights=weight)
        return SimpleNamespace(tau2=0.0188, mean_effect_re=mean, sd_eff_w_re=weight.sum() ** -0.5)

    monkeypatch.setattr(shrinkage, "combine_effects", theirs)
    found = shrink(np.array(estimates), np.sqrt(np.array(variances) / 10_000), 0.05)
    drawn = [0.0543, 0.1006, -0.0064, 0.2144, 0.1051, -0.0082, 0.0174, -0.0293, 0.1604, 0.2485]
    drawn += [0.1618, 0.1102, 0.0646, 0.1105, -0.0288, 0.0258, 0.1905, 0.0744, 0.0248]
    low = [-0.1324, -0.1033, -0.2228, -0.0533, -0.1622, -0.1737, -0.1481, -0.2689, -0.0543, 0.0]
    low += [-0.0970, -0.1303, -0.1920, -0.1463, -0.2405, -0.1906, -0.0076, -0.0808, -0.1954]
    high = [0.2411, 0.3045, 0.2100, 0.4821, 0.3724, 0.1572, 0.1828, 0.2102, 0.3751, 0.4970]
    high += [0.4206, 0.3507, 0.3212, 0.3672, 0.1829, 0.2422, 0.3886, 0.2295, 0.2450]
    # τ² has three digits only.
    assert np.array(found) == pytest.approx(np.array([drawn, low, high]), abs=5e-4)


def test_segments_with_the_same_arms_are_drawn_together_and_verdicts_stay() -> None:
    found = trial({"north": (100, 145), "south": (100, 125)}).table
    drawn = shrink(found["estimate"].to_numpy(), found["se"].to_numpy(), 0.05)
    columns = ["shrunk", "shrunk_low", "shrunk_high"]
    assert found[columns].to_numpy() == pytest.approx(np.array(drawn).T)
    assert found["shrunk"].between(0.025, 0.045).all()
    # Drawn, the south's interval leaves out 0 as well; its verdict rests on its own.
    assert (found["shrunk_low"] > 0).all()
    assert found["verdict"].tolist() == ["better", "cannot tell"]


def test_the_drawn_estimate_is_said_where_segments_are_many_enough_to_tell() -> None:
    sales = {"a": (100, 130), "b": (100, 125), "c": (100, 110), "d": (100, 115)}
    assert "Drawn" not in " ".join(trial(sales).sentences())
    said = trial(sales | {"e": (100, 120)}).sentences()
    # 3, 2.5, 1, 1.5 and 2 points, with errors of 1.4: all chance, so all are drawn to about 2.
    assert all("Drawn towards the mean of all segments: +1.9" in text for text in said)


@pytest.mark.parametrize("name", ["shrunk", "shrunk_low", "shrunk_high"])
def test_one_segment_alone_is_drawn_to_nothing(name: str) -> None:
    found = trial({"north": (100, 145)})
    assert found.table[name].isna().all()
    assert "Drawn" not in found.sentences()[0]


def test_arms_of_other_names_are_not_drawn_together() -> None:
    """Three segments: "long" in two of them, "longer" in the third, all against "now"."""
    cells = [
        *[("a", "now", 100), ("a", "long", 120), ("b", "now", 100), ("b", "long", 150)],
        *[("c", "now", 100), ("c", "longer", 150)],
    ]
    table = totals(cells)
    found = evaluate(table, outcomes=["sale"], control="now", segment="where").table
    assert found["shrunk"].notna().tolist() == [True, True, False]
    control = {"a": "now", "b": "long", "c": "now"}
    turned = evaluate(table, outcomes=["sale"], control=control, segment="where").table
    assert turned["shrunk"].isna().all()


def test_a_segment_without_any_sale_counts_and_one_without_any_spread_does_not() -> None:
    """0 of 1,000 against 0 of 1,000 has Newcombe's width; 5 EUR from each contact has no error."""
    empty = trial({"north": (100, 145), "south": (0, 0)})
    assert empty.table["shrunk"].notna().all()
    random = np.random.default_rng(5)
    table = pd.DataFrame({"arm": ["now", "long"] * 60, "where": ["north"] * 60 + ["south"] * 60})
    table["spend"] = np.where(table["where"] == "north", random.normal(5, 1, 120), 5.0)
    flat = evaluate(table, outcomes=["spend"], control="now", segment="where").table
    assert flat["verdict"].tolist() == ["cannot tell", "refused"]
    assert flat["shrunk"].isna().all()


def test_segments_that_agree_exactly_have_the_same_estimate_and_less_error() -> None:
    found = trial({"north": (100, 120), "south": (100, 120)}).table
    assert found["shrunk"].tolist() == pytest.approx([0.02, 0.02])
    half = stats.norm.isf(0.025) * found["se"] / np.sqrt(2)
    assert (found["shrunk_high"] - 0.02).tolist() == pytest.approx(half.tolist())


# -- verdicts that differ where the segments were not shown to ---------------------------------


def test_verdicts_that_differ_without_a_shown_difference_are_warned_about() -> None:
    """45 and 25 more sales of 1,000: z = 2.0 points ÷ 2.04, p = .33 for their difference."""
    found = trial({"north": (100, 145), "south": (100, 125)})
    row = found.checks.set_index("check").loc[INTERACTION]
    assert row["p_value"] > 0.3
    assert row["verdict"] == "warning"
    says = (
        "the verdicts differ between segments (long: better in north, cannot tell in south), but "
        "the segments were not shown to differ"
    )
    assert sum(says in text for text in found.warnings) == 1
    assert (
        "but the segments were not shown to differ: what is shown in one and not in another is no "
        "difference between the two."
    ) in found.sentence()
    assert found.trustworthy


@pytest.mark.parametrize(
    "sales",
    [
        {"north": (100, 200), "south": (100, 60)},  # shown to differ
        {"north": (100, 145), "south": (100, 150)},  # both better
        {"north": (100, 105), "south": (100, 110)},  # neither can be told
    ],
)
def test_no_warning_where_segments_differ_or_verdicts_agree(
    sales: dict[str, tuple[int, int]],
) -> None:
    found = trial(sales)
    assert found.checks.set_index("check").loc[INTERACTION, "verdict"] == "ok"
    assert not any("segments" in text for text in found.warnings)
    assert "not shown to differ" not in found.sentence()


def test_money_of_a_segment_that_spent_nothing_is_still_money() -> None:
    """All 0 in one segment, and the unit is that of the whole column: not of a share."""
    random = np.random.default_rng(5)
    table = pd.DataFrame({"arm": ["a", "b"] * 400, "visit": np.repeat(["no", "yes"], 400)})
    table["spend"] = np.where(table["visit"] == "yes", random.lognormal(3, 1, 800), 0.0)
    table["bought"] = (table["spend"] > 30).astype(int)
    found = evaluate(table, outcomes=["spend", "bought"], control="a", segment="visit")
    rows = found.table.set_index(["outcome", "segment"])
    assert rows.loc["spend", "unit"].unique().tolist() == ["per contact"]
    assert rows.loc[("spend", "no"), "reason"].startswith("the outcome does not vary")
    assert rows.loc["bought", "unit"].unique().tolist() == ["share of contacts"]
    assert not any("spend" in text and "percentage" in text for text in found.sentences())


def test_segments_of_a_table_stand_in_its_order() -> None:
    names = ["young", "10 to 20", "9 and less"]
    cells = [(where, arm, 100) for where in names for arm in ("now", "long")]
    of_totals = evaluate(totals(cells), outcomes=["sale"], control="now", segment="where")
    assert of_totals.table["segment"].tolist() == names
    people = totals(cells)[["where", "arm"]].loc[np.arange(600) % 6].assign(attempts=1)
    people["sale"] = np.arange(600) % 4 == 0
    found = evaluate(people, outcomes=["sale"], control="now", segment="where")
    assert found.table["segment"].tolist() == names
    assert list(dict.fromkeys(found.exposure["segment"])) == names
    assert found.exposure["dials"].tolist() == [100] * 6


# -- a segment with hardly any contacts --------------------------------------------------------


@pytest.mark.parametrize(
    ("sold", "answer"),
    [
        ((1, 1), "Cannot tell whether any arm beats now on contacts who bought; there are hardly"),
        ((0, 3), "far too few contacts (3 an arm): what they show holds for themselves only"),
    ],
)
def test_hardly_any_contacts_are_told_in_the_answer_of_their_segment_alone(sold, answer):
    """Six contacts in the south, 3,000 in the north."""
    cells = [("north", "now", 1500, 150), ("north", "long", 1500, 225)]
    cells += [("south", arm, 3, n) for arm, n in zip(("now", "long"), sold, strict=True)]
    table = pd.DataFrame(cells, columns=["where", "arm", "n", "sale"])
    found = evaluate(table, outcomes=["sale"], control="now", segment="where")
    north, south, *others = found.paragraphs()
    assert south.startswith(f"south · {answer}")
    assert not any(words in north for words in ("hardly any", "too few"))
    if sold == (0, 3):
        assert others[0].startswith("south · Keep now for now: on contacts who bought, long is")
    else:
        assert "any contacts (3 in now, 3 in long). Against now" in south


def test_where_an_arm_is_all_alike_it_says_that_segments_cannot_be_compared() -> None:
    found = trial({"north": (100, 145), "south": (0, 0)})
    row = found.checks.set_index("check").loc[INTERACTION]
    assert row["found"] == "contacts who bought: all contacts of an arm in south are alike"
    assert row["meaning"].startswith("whether the arms' effects differ")
