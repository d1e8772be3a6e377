"""Arms of the same worth of which one costs and sells more: told apart no more than by chance."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.trial import evaluate
from simkit.trial.effects import resampling

TRIALS = 120
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


@pytest.mark.parametrize(("accounts", "size"), [(20, 5), (100, 5)])
def test_arms_that_are_worth_the_same_are_told_apart_by_chance_alone(
    accounts: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "DRAWS", 399)  # leaves error rates: .05 × 400 is whole
    told = alone = 0
    for seed in range(TRIALS):
        found = evaluate(
            trial(seed, accounts, size),
            arm="arm",
            control="often",
            cluster="account",
            outcomes=["net_value_eur", "sale"],
        ).table.set_index("outcome")
        row = found.loc["net_value_eur"]
        told += row["verdict"] in ("better", "worse")
        alone += row["p_value"] <= 0.05
    # At most what a test of 5 % would let pass once in a thousand; with 3 sales p alone lets more.
    most = stats.binom.isf(0.001, TRIALS, 0.05)
    assert told <= most
    assert (alone > most) == (accounts == 20)


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
