"""How much a study simulates: agents as planned, where nobody says how many there are."""

import pytest

from simkit.cli.effort import Effort
from simkit.policy import RecallPolicy
from simkit.trial.design import TrialDesign

EFFORT = Effort(contacts=800, replications=10)


def design(agents: int | dict[str, int] | None, contacts: int) -> TrialDesign:
    return TrialDesign(
        name="spring",
        arms={"b2c": {name: RecallPolicy.every(days=7) for name in ("now", "new")}},
        control={"b2c": "now"},
        horizon_days=60,
        salt="spring",
        contacts={"b2c": contacts},
        agents=agents,
    )


@pytest.mark.parametrize(
    ("agents", "contacts", "each", "in_a_run"),
    [
        (6, 1_200, 200, 4),
        ({"now": 4, "new": 2}, 1_200, 200, 4),
        (1, 5_000, 800, 1),  # a run has one agent at least
        (50, 30, 1, 800),
    ],
)
def test_a_run_has_as_many_contacts_an_agent_as_the_trial_planned(
    agents: int | dict[str, int], contacts: int, each: int, in_a_run: int
) -> None:
    planned = EFFORT.as_registered(design(agents, contacts))
    assert (planned.contacts_per_agent, planned.agents) == (each, in_a_run)


def test_what_is_said_goes_before_what_was_planned_and_nothing_is_made_up() -> None:
    said = Effort(800, 10, contacts_per_agent=50)
    assert said.as_registered(design(6, 1_200)) is said
    assert EFFORT.as_registered(design(None, 1_200)) is EFFORT
    assert EFFORT.as_registered(None) is EFFORT
