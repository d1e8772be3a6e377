"""The files that a recommendation leaves: whole or not at all, and readable back."""

import tomllib

import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.recommend import load_policies, recommend
from simkit.recommend.folder import WRITTEN

FILES = {
    "policy.toml",
    "decision.csv",
    "evidence.csv",
    "horizons.csv",
    "assumptions.csv",
    "warnings.txt",
    "sweep.csv",
    "sweep_differences.csv",
    "sweep_runs.csv",
    "sweep.json",
}


@pytest.fixture
def adopted(build, scenario):
    """Adopt in b2c, no trial in b2b; the policies hold more than an interval."""
    caps = {"caps": {"per_year": 10}, "rests": {"refused": {"working_days": 30}}, "push": True}
    grid = [RecallPolicy.every(days=days, **caps) for days in (2, 7, 14, 28)]
    sweep = build.sweep({"b2c": build.long_pays, "b2b": build.long_pays}, grid=grid)
    arms = dict(zip(build.arms, grid[1:], strict=True))
    return recommend(
        scenario,
        sweep,
        evaluation=build.evaluation([build.arm("14 days", 3.0, 2.0)]),
        policies={"b2c": arms},
        current={"b2b": grid[1]},
    )


def test_policies_round_trip(adopted, tmp_path):
    folder = adopted.write(tmp_path / "out")
    assert load_policies(folder / "policy.toml") == adopted.policies
    assert adopted.policies["b2c"].label == "every 14 days"
    assert adopted.policies["b2c"].caps.per_year == 10
    assert adopted.policies["b2b"].label == "every 7 days"


def test_file_says_verdict_and_reason_beside_the_policy(adopted, tmp_path):
    text = (adopted.write(tmp_path / "out") / "policy.toml").read_text(encoding="utf-8")
    assert text.startswith("# How often")
    tables = tomllib.loads(text)
    assert list(tables) == ["b2c", "b2b"]
    assert tables["b2c"]["verdict"] == "adopt"
    assert tables["b2c"]["reason"] == adopted.decision("b2c").reason
    assert tables["b2b"]["verdict"] == "test this interval"
    assert tables["b2b"]["next_step"].startswith("Next trial: every 7 and 14 days")


def test_unknown_policy_is_said_and_not_loaded(scenario, long_pays, tmp_path):
    path = recommend(scenario, long_pays).write(tmp_path / "out") / "policy.toml"
    assert (
        "leave the dialler as it is" in tomllib.loads(path.read_text())["b2c"]["policy_not_known"]
    )
    with pytest.raises(InputError, match=r"b2c\.policy.*not known"):
        load_policies(path)


def test_only_the_segments_wanted_are_loaded(adopted, tmp_path):
    path = adopted.write(tmp_path / "out") / "policy.toml"
    assert list(load_policies(path, ["b2b"])) == ["b2b"]
    with pytest.raises(InputError, match="must be a table of the file, which has b2c, b2b"):
        load_policies(path, ["b2x"])


def test_a_policy_edited_wrongly_is_named(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text("[b2c.policy]\npsh = true\ninterval = { days = 0 }\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_policies(path)
    fields = {problem.field for problem in raised.value.problems}
    assert fields == {"b2c.policy.psh", "b2c.policy.interval.days"}


def test_all_tables_are_written(adopted, tmp_path):
    folder = adopted.write(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == FILES
    assert FILES <= WRITTEN
    read = pd.read_csv(folder / "decision.csv")
    assert read["segment"].tolist() == ["b2c", "b2b"]
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "evidence.csv"), adopted.evidence, check_dtype=False
    )
    assert (folder / "warnings.txt").read_text().splitlines() == list(adopted.warnings)


def test_same_recommendation_writes_the_same_bytes(adopted, tmp_path):
    one, two = adopted.write(tmp_path / "one"), adopted.write(tmp_path / "two")
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_an_earlier_recommendation_is_replaced_as_a_whole(adopted, tmp_path):
    folder = adopted.write(tmp_path / "out")
    (folder / "report.html").write_text("old")
    adopted.write(folder)
    assert {path.name for path in folder.iterdir()} == FILES


@pytest.mark.parametrize("name", ["thesis.txt", "sweep.csv.bak", ".hidden"])
def test_folder_with_a_file_of_the_users_is_not_replaced(adopted, tmp_path, name):
    # policy.toml and all the rest stand there: only the further file says that it is not ours.
    folder = adopted.write(tmp_path / "out")
    (folder / name).write_text("years of work")
    with pytest.raises(InputError, match="nothing else is overwritten"):
        adopted.write(folder)
    assert (folder / name).read_text() == "years of work"
    assert {path.name for path in folder.iterdir()} == {*FILES, name}


def test_folder_or_link_of_the_users_is_not_replaced(adopted, tmp_path):
    folder = adopted.write(tmp_path / "out")
    (folder / "report.html").mkdir()
    (tmp_path / "link").symlink_to(folder)
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "policy.toml").write_text("[mine]")
    for taken in (folder, tmp_path / "link", alone, alone / "policy.toml"):
        with pytest.raises(InputError, match="nothing else is overwritten"):
            adopted.write(taken)
    assert (alone / "policy.toml").read_text() == "[mine]"


def test_another_folder_is_left_alone(adopted, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="must be a new or empty folder"):
        adopted.write(folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_interrupted_writing_leaves_nothing(adopted, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(adopted.sweep), "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        adopted.write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_unknown_segment_is_named(adopted):
    with pytest.raises(InputError, match="must be one of b2c, b2b"):
        adopted.decision("b2x")
