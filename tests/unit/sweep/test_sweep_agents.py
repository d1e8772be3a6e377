"""Several numbers of agents in one sweep: each is the sweep with that number alone."""

import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.recommend import recommend
from simkit.report import sweep_figure
from simkit.scenario import load_scenario
from simkit.sweep import sweep

SMALL = {"replications": 2, "contacts": 60, "days": 60, "horizons": (30, 60), "progress": False}


@pytest.fixture(scope="module")
def b2c():
    return load_scenario("b2c")


@pytest.fixture(scope="module")
def several(b2c):
    return sweep(b2c, ["1wd", "5wd"], agents=[1, 3, None], jobs=1, **SMALL)


@pytest.mark.parametrize("agents", [1, 3, None])
def test_each_number_is_a_sweep_of_its_own(b2c, several, agents):
    alone = sweep(b2c, ["1wd", "5wd"], agents=agents, jobs=1, **SMALL)
    part = several.only(agents)
    assert part.agents == (agents,)
    for name in ("table", "differences", "runs"):
        pd.testing.assert_frame_equal(getattr(part, name), getattr(alone, name), check_exact=True)
    assert part.sentences() == alone.sentences()


def test_where_agents_are_few_contacts_wait(several):
    waits = several.table[
        (several.table["measure"] == "wait_hours")
        & (several.table["interval"] == "every working day")
        & (several.table["horizon_days"] == 60)
    ].set_index("agents", drop=False)["mean"]
    assert waits.loc[1] > waits.loc[3]
    assert waits[waits.index.isna()].item() == 0


def test_sentences_say_with_how_many_agents(several):
    said = several.sentences()
    assert said[0].startswith("With 1 agent: b2c: over 60 days")
    assert any(text.startswith("With as many agents as it takes: b2c") for text in said)


def test_what_needs_one_number_says_so(b2c, several):
    for ask in (
        lambda: several.best("b2c"),
        lambda: sweep_figure(several),
        lambda: recommend(b2c, several, horizon_days=60),
    ):
        with pytest.raises(InputError, match=r"choose it by .only\(agents\)"):
            ask()
    with pytest.raises(InputError, match="must be one of 1, 3, None"):
        several.only(2)


@pytest.mark.parametrize(
    ("agents", "rule"),
    [
        ([], "must have a number of agents"),
        ([2, 2], "must be there only once"),
        ([2, 0], "must be a whole number from 1 to 1048575"),
        (2.5, "must be a whole number from 1 to 1048575"),
        ("3", "must be a whole number from 1 to 1048575"),
    ],
)
def test_wrong_numbers_of_agents_are_named(b2c, agents, rule):
    with pytest.raises(InputError, match=rule):
        sweep(b2c, ["5wd"], agents=agents, **SMALL)
