"""The file of a trial's policies: a table for each segment and arm."""

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.policy.arms import load_arms


def problems_of(tmp_path, text: str) -> dict[str, str]:
    path = tmp_path / "arms.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_arms(path)
    assert all(problem.where == str(path) for problem in caught.value.problems)
    return {problem.field: problem.rule for problem in caught.value.problems}


def test_each_table_is_a_policy(tmp_path):
    path = tmp_path / "arms.toml"
    path.write_text(
        "[b2c.short]\ninterval = { days = 7 }\n"
        "[b2c.long]\ninterval = { working_days = 10 }\npush = true\n"
        "[b2b.short.interval]\nworking_days = 20\n",
        encoding="utf-8",
    )
    assert load_arms(path) == {
        "b2c": {
            "short": RecallPolicy.every(days=7),
            "long": RecallPolicy.every(working_days=10, push=True),
        },
        "b2b": {"short": RecallPolicy.every(working_days=20)},
    }


def test_all_problems_are_told_at_once_with_their_place(tmp_path):
    told = problems_of(
        tmp_path,
        "none = 3\n[b2c.short]\ninterval = { days = -7 }\n[b2c.long]\npush = true\n"
        "[b2b.short]\ninterval = { days = 7 }\ncap = 3\n",
    )
    assert set(told) == {
        "none",
        "b2c.short.interval.days",
        "b2c.long.interval",
        "b2b.short.cap",
    }


def test_forgotten_arm_is_named(tmp_path):
    told = problems_of(tmp_path, "[b2c]\ninterval = { days = 7 }\n")
    assert told == {
        "b2c.interval": "must be a policy's table [b2c.<arm>]: the name of an arm is missing"
    }


def test_empty_file_is_refused(tmp_path):
    assert problems_of(tmp_path, "") == {"(file)": "must hold a table [<segment>.<arm>]"}
