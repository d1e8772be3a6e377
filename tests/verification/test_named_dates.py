"""Dates that contacts name lie in the calendar, also where few days of a week are worked."""

import pytest

from simkit.engine import simulate
from simkit.engine.plan import make_plan
from simkit.engine.record import NONE, play
from simkit.engine.simulate import engine_of
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario

FEW_DAYS = """
extends = "b2b"
name = "few days"
[calendar]
country = "IT"
working_weekdays = {days}
[segments.b2b]
callback_mean_days = {{ value = 90.0, source = "assumed for this test" }}
callback_shape = {{ value = 1, source = "assumed for this test" }}
"""


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("days", ['["tue", "wed", "thu"]', '["mon"]'])
def test_no_named_date_is_lost_beyond_the_calendar(tmp_path, days, engine):
    path = tmp_path / "few.toml"
    path.write_text(FEW_DAYS.format(days=days))
    scenario = load_scenario(path)
    run = {"contacts": 1000, "days": 365, "seed": 2}
    plan = make_plan(scenario, RecallPolicy.every(days=7), agents=None, replication=0, **run)
    attempts = play(engine_of(engine, plan)).attempts
    named = attempts[attempts["callback_s"] != NONE]
    assert (named["callback_s"] > named["dialled_s"]).all()
    # Some are named so late that the old margin of 400 days would have lost them.
    assert named["callback_s"].max() > plan.end_s
    simulate(scenario, RecallPolicy.every(days=7), engine=engine, **run).validate()


def test_a_calendar_that_ends_too_early_for_named_dates_is_refused(monkeypatch):
    monkeypatch.setattr("simkit.scenario.calendar._margin_days", lambda calendar: 100)
    scenario = load_scenario("b2c").vary("b2c.need_per_year", 1.0, source="assumed")
    with pytest.raises(InputError, match="must be open 250 working days after the end"):
        simulate(scenario, RecallPolicy.every(days=7), contacts=5, days=17)
