"""Arms of the same worth of which one costs and sells more: told apart no more than by chance."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import evaluate

TRIALS = 200
WORTH_EUR = 200.0


def trial(seed: int, accounts: int, size: int) -> pd.DataFrame:
    """Often: some 4 EUR a contact, of whom 2 % buy; seldom: 2 EUR, and 1 %. Both are worth 0."""
    random = np.random.default_rng((seed, accounts, size))
    account = np.arange(2 * accounts).repeat(size)
    often = account < accounts
    sale = random.random(len(account)) < np.where(often, 0.02, 0.01)
    cost = random.gamma(16, np.where(often, 0.25, 0.125))
    net = WORTH_EUR * sale - cost
    arm = np.where(often, "often", "seldom")
    return pd.DataFrame({"arm": arm, "account": account, "net_value_eur": net, "sale": sale})


def found_in(
    trials: int, accounts: int, size: int, outcomes: list[str]
) -> dict[str, tuple[int, int, int]]:
    """Count trials in which money tells the arms apart, has p below .05, rests on too few."""
    rows = []
    for seed in range(trials):
        table = trial(seed, accounts, size)
        found = evaluate(
            table.assign(profit_eur=table["net_value_eur"]),
            arm="arm",
            control="often",
            cluster="account",
            outcomes=outcomes,
        ).table
        rows.append(found[found["unit"] == "EUR per contact"])
    counts = {}
    for name, found in pd.concat(rows).groupby("outcome"):
        told = int(found["verdict"].isin(["better", "worse"]).sum())
        alone, rare = int((found["p_value"] <= 0.05).sum()), int((found["rare"] != "").sum())
        counts[str(name)] = told, alone, rare
    return counts


@pytest.mark.parametrize(("accounts", "size"), [(20, 5), (100, 5)])
def test_arms_that_are_worth_the_same_are_told_apart_by_chance_alone(
    accounts: int, size: int
) -> None:
    """Nor by other money, which does not tell its sales: where nobody bought it is costs alone."""
    found = found_in(TRIALS, accounts, size, ["net_value_eur", "sale", "profit_eur"])
    told, alone, rare = zip(found["net_value_eur"], found["profit_eur"], strict=True)
    # At most what a test of 5 % would let pass once in a thousand; with 3 sales p alone lets more.
    most = stats.binom.isf(0.001, TRIALS, 0.05)
    assert max(told) <= most
    assert (min(alone) > most) == (max(alone) > most) == (accounts == 20)
    if accounts == 20:
        assert alone == (31, 31)
        assert told == (0, 8)
        assert rare == (200, 192)


def test_nor_where_a_table_has_only_their_net_value() -> None:
    told, alone, rare = found_in(60, 20, 5, ["net_value_eur"])["net_value_eur"]
    assert alone > stats.binom.isf(0.001, 60, 0.05)
    assert (told, rare) == (0, 60)


def spends(random: np.random.Generator, contacts: int, buyers: int) -> pd.DataFrame:
    """Log-normal spends of a few: the largest of 15 is some six times the usual one."""
    spend = np.zeros(contacts)
    spend[random.permutation(contacts)[:buyers]] = np.exp(random.normal(4, 1, buyers))
    return pd.DataFrame({"arm": np.where(np.arange(contacts) % 2, "a", "b"), "spend_eur": spend})


@pytest.mark.parametrize(
    ("contacts", "buyers", "share"),
    # Shares of 400 and 1,000 such trials that were doubted.
    [(200, 15, 0.03), (1_000, 15, 0.0), (60, 60, 0.01)],
)
def test_money_with_a_long_tail_is_hardly_doubted(contacts: int, buyers: int, share: float) -> None:
    random = np.random.default_rng((contacts, buyers))
    doubted = sum(
        bool(
            evaluate(
                spends(random, contacts, buyers), arm="arm", control="a", outcomes=["spend_eur"]
            ).table["rare"][0]
        )
        for _ in range(40)
    )
    assert doubted <= stats.binom.isf(0.001, 40, share)


def test_without_a_sale_the_cheaper_arm_is_not_better() -> None:
    table = trial(1, 20, 5)
    table["sale"] = False
    cost = np.where(table["arm"] == "often", 4.0, 2.0)
    table["net_value_eur"] = -cost * np.random.default_rng(1).uniform(0.5, 1.5, len(table))
    found = evaluate(
        table, arm="arm", control="often", cluster="account", outcomes=["net_value_eur", "sale"]
    )
    row = found.table.set_index("outcome").loc["net_value_eur"]
    assert row["verdict"] == "cannot tell"
    assert "what such events bring hardly" in row["reason"]


def test_money_of_a_handful_of_contacts_says_so_and_is_no_choice() -> None:
    """3 contacts of 400 bring what decides; the others cost 1 to 3 EUR, in one arm a fifth."""
    random = np.random.default_rng(2)
    often = np.arange(400) % 2 == 0
    money = -random.uniform(1, 3, 400) * np.where(often, 1.0, 0.2)
    money[[1, 3, 5]] += 900.0, 1_100.0, 1_000.0
    table = pd.DataFrame({"arm": np.where(often, "often", "seldom"), "profit_eur": money})
    found = evaluate(table, arm="arm", control="often", outcomes=["profit_eur"])
    assert "rest on 3 contacts of both arms together" in found.table["rare"][0]
    choice = found.regret()
    assert choice.table.empty
    assert "No choice between arms: the means rest on 3 contacts" in choice.sentence()
    assert "probability" not in found._repr_html_()
    net = table.rename(columns={"profit_eur": "net_value_eur"})
    told = evaluate(net, arm="arm", control="often", outcomes=["net_value_eur"])
    assert "3 contacts of both arms together with a net value above 0" in told.table["rare"][0]
    assert told.table["verdict"].tolist() == ["cannot tell"]
