"""A guardrail looks at one of t's tails, which skewed amounts of unequal arms make too heavy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import evaluate
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.margin_of_accounts import margin_test
from simkit.trial.effects.margin_of_skewed import LeaningMargin
from simkit.trial.effects.means import ArmMeans, means_of_contacts

ARMS = ("arm", "control")
SIZES = (300, 2700)


def drawn(sizes: tuple[int, int]) -> np.ndarray:
    """Exponential amounts, of the same mean in both arms."""
    values = np.random.default_rng(3).exponential(size=sum(sizes))
    values[: sizes[0]] += values[sizes[0] :].mean() - values[: sizes[0]].mean()
    return values


def amounts(sizes: tuple[int, int] = SIZES) -> ArmMeans:
    return means_of_contacts(drawn(sizes), np.repeat([0, 1], sizes), ARMS, None)


# Hall (1992, section 2.6): P(t < x) = F(x) + g (2 x^2 + 1) f(x) / 6 of a normal F and its density
# f, where a mean of n exponentials has g = 2 / sqrt(n).
@pytest.mark.parametrize(("above", "added"), [(True, 1), (False, 0)])
def test_the_tail_that_is_too_heavy_holds_the_first_term_more(above: bool, added: int) -> None:
    own = TDifference(0.3, 0.2, 500.0, "t")
    lean = 2 / np.sqrt(100)
    found = LeaningMargin(own, lean).p_beyond(0.7, above=above)
    term = lean * (2 * 2.0**2 + 1) * stats.norm.pdf(2.0) / 6
    assert found == pytest.approx(own.p_beyond(0.7, above=above) + added * term)
    turned = LeaningMargin(own, -lean).p_beyond(0.7, above=not above)
    assert turned == pytest.approx(own.p_beyond(0.7, above=not above) + added * term)


def test_unequal_arms_of_amounts_lean_and_others_do_not() -> None:
    found = margin_test(amounts(), *ARMS)
    assert isinstance(found, LeaningMargin)
    # Of exponentials 2 (1/n - 1/m) / sqrt(1/n + 1/m); the skewness of 3,000 of them is told with a
    # standard error of about .2 (400 samples of them, by numpy).
    expected = 2 * (1 / 300 - 1 / 2700) / np.sqrt(1 / 300 + 1 / 2700)
    assert found.lean == pytest.approx(expected, rel=0.3)
    assert found.interval(0.1) == found.own.interval(0.1)
    equal = margin_test(amounts((1500, 1500)), *ARMS)
    assert not isinstance(equal, LeaningMargin)


def test_a_margin_that_t_alone_would_reach_is_open() -> None:
    """The bound lies where the test that decides puts it."""
    test = margin_test(amounts(), *ARMS)
    assert isinstance(test, LeaningMargin)
    _, by_t = test.own.interval(0.1)
    table = pd.DataFrame({"arm": np.repeat(ARMS, SIZES), "sale": 0, "complaints": drawn(SIZES)})
    table.loc[::3, "sale"] = 1
    found = evaluate(
        table,
        outcomes=["sale", "complaints"],
        control="control",
        guardrails={"complaints": by_t * 1.001},
    )
    row = found.table.set_index("outcome").loc["complaints"]
    assert row["verdict"] == "cannot tell"
    assert row["ci_high_adjusted"] > by_t * 1.001
    shown = evaluate(
        table,
        outcomes=["sale", "complaints"],
        control="control",
        guardrails={"complaints": row["ci_high_adjusted"] * 1.001},
    )
    assert shown.table.set_index("outcome").loc["complaints", "verdict"] in ("not worse", "better")


def test_where_amounts_lean_too_far_nothing_shows_harm_to_be_within_a_margin() -> None:
    """20 against 2,000 exponentials: g is near 2 / sqrt(20) = .45, beyond the limit of .2."""
    sizes = (20, 2000)
    table = pd.DataFrame({"arm": np.repeat(ARMS, sizes), "sale": 0, "complaints": drawn(sizes)})
    table.loc[::3, "sale"] = 1
    found = evaluate(
        table,
        outcomes=["sale", "complaints"],
        control="control",
        guardrails={"complaints": 100.0},
    )
    row = found.table.set_index("outcome").loc["complaints"]
    assert row["verdict"] == "cannot tell"
    assert "so nothing shows its harm to be within a margin" in row["reason"]
