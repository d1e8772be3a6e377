"""Errors that follow agents too claim as seldom as they say, be agents alike or unlike."""

import numpy as np
import pytest

from simkit.trial.effects.means import means_of_contacts

TRIALS, ACCOUNTS, AGENTS = 300, 100, 5
ARMS = ("now", "new")


def claims(
    *, own_agents: bool, spread: float, shares: bool, agents: tuple[int, int] = (AGENTS, AGENTS)
) -> tuple[int, int]:
    """How many of 300 trials without an effect have p < .05: by agents too, and by accounts alone.

    Accounts of 4 contacts on average are unlike (sd .8), and so are agents (sd ``spread``), of whom
    each arm has so many, its own or in common.
    """
    random = np.random.default_rng(20)
    found = np.zeros(2, dtype=int)
    for _ in range(TRIALS):
        account = np.repeat(np.arange(ACCOUNTS), 1 + random.poisson(3, ACCOUNTS))
        arm = account % 2
        agent = random.integers(0, np.array(agents)[arm]) + agents[0] * arm * own_agents
        value = random.normal(0, 0.8, ACCOUNTS)[account]
        value += random.normal(0, spread, sum(agents))[agent]
        if shares:  # log odds about −2: one in eight
            value = (random.logistic(size=len(value)) < value - 2).astype(float)
        else:
            value += random.normal(size=len(value))
        for at, second in enumerate((agent, None)):
            means = means_of_contacts(value, arm, ARMS, account, second=second, errors="cr2")
            found[at] += means.difference("new", "now").p_value < 0.05
    return int(found[0]), int(found[1])


@pytest.mark.parametrize("shares", [False, True])
def test_agents_that_all_arms_share_make_no_claim_that_accounts_do_not(shares: bool) -> None:
    """.05 of 300 is 15; 3 standard errors are 11.3."""
    both, alone = claims(own_agents=False, spread=0.0, shares=shares)
    assert both <= alone <= 26


def test_unlike_agents_of_each_arm_claim_far_too_often_unless_errors_follow_them() -> None:
    both, alone = claims(own_agents=True, spread=0.5, shares=False)
    assert both <= 26
    assert alone > 60


@pytest.mark.parametrize("agents", [(10, 2), (2, 2)])
def test_nor_where_an_arm_has_two_agents(agents: tuple[int, int]) -> None:
    """With min G − 1 degrees of freedom alone 10 and 2 agents claimed 14 % of nothing, 2 and 2 10.

    .05 of 300 is 15; 3 standard errors are 11.3.
    """
    both, alone = claims(own_agents=True, spread=0.5, shares=False, agents=agents)
    assert both <= 26
    assert alone > 60
