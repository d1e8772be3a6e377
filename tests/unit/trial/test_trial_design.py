"""A design hangs together, goes to a file and comes back, and is not changed unseen."""

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.trial.design import Looks, TrialDesign, load_design


def made(**changes):
    arms = {
        "current": RecallPolicy.every(working_days=5),
        "long": RecallPolicy.every(working_days=10, push=True),
    }
    fields = {
        "name": "autumn",
        "arms": {"b2c": arms},
        "control": {"b2c": "current"},
        "salt": "autumn-2026",
        "horizon_days": 98.0,
        "secondary": ("sale",),
        "guardrails": {"opt_out": {"b2c": 0.01}},
        "looks": Looks(fractions=(0.5, 1.0)),
        "contacts": {"b2c": 4000},
        "agents": {"current": 4, "long": 4},
    }
    return TrialDesign(**{**fields, **changes})


def test_a_design_comes_back_from_its_file_as_it_was(tmp_path):
    for design in (
        made(),
        made(strata=("region",), agents=6, looks=None, shares={"current": 2.0, "long": 1.0}),
    ):
        path = design.write(tmp_path / f"{design.identity()}.toml")
        assert load_design(path) == design
        assert load_design(path).identity() == design.identity()


def test_a_registered_design_is_not_overwritten(tmp_path):
    path = made().write(tmp_path / "trial.toml")
    before = path.read_bytes()
    with pytest.raises(InputError, match="not overwritten"):
        made(horizon_days=30.0).write(path)
    assert path.read_bytes() == before


def test_a_file_that_was_changed_after_it_was_written_is_refused(tmp_path):
    path = made().write(tmp_path / "trial.toml")
    path.write_text(path.read_text().replace("horizon_days = 98.0", "horizon_days = 30.0"))
    with pytest.raises(InputError, match="changed after it was written"):
        load_design(path)


def test_all_that_does_not_hang_together_is_told_at_once():
    with pytest.raises(InputError) as told:
        made(
            control={"b2c": "none", "b2b": "current"},
            shares={"current": 1.0, "other": 1.0},
            guardrails={"net_value_eur": {"b2c": 1.0}, "opt_out": {}},
            margins={"opt_out": {"b2c": 0.1}},
            contacts={"b2b": 10},
            strata=("segment",),
        )
    fields = {problem.field for problem in told.value.problems}
    assert fields >= {
        *(
            "control.b2c",
            "control",
            "shares",
            "shares.long",
            "guardrails",
            "guardrails.opt_out.b2c",
        ),
        *("margins", "contacts", "contacts.b2c", "outcomes", "strata"),
    }


def test_a_part_of_a_design_is_that_of_its_segments():
    arms = {"b2c": made().arms["b2c"], "b2b": {"current": made().arms["b2c"]["current"]}}
    arms["b2b"]["rare"] = RecallPolicy.every(working_days=40)
    both = made(
        arms=arms,
        control={"b2c": "current", "b2b": "current"},
        guardrails={"opt_out": {"b2c": 0.01, "b2b": 0.02}},
        contacts={"b2c": 4000, "b2b": 900},
        agents={"current": 4, "long": 4, "rare": 1},
        shares={"current": 2.0, "long": 1.0, "rare": 1.0},
    )
    assert both.only(["b2c"]) == made(shares={"current": 2.0, "long": 1.0})
    assert both.only(["b2b", "b2c"]) == both


def test_looks_must_rise_to_one():
    for fractions in ((0.5, 0.4, 1.0), (0.5,), (), (0.5, 0.5, 1.0), (0.0, 1.0), (50.0, 100.0)):
        with pytest.raises(InputError, match="that rise from look to look"):
            Looks(fractions=fractions)


def test_parts_of_unequal_arms_sum_to_one():
    design = made(shares={"current": 1.0, "long": 3.0})
    assert design.parts("b2c") == {"current": 0.25, "long": 0.75}
    assert made().parts("b2c") == {"current": 0.5, "long": 0.5}
