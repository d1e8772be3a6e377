"""Scenario files: bundled ones, inheritance, round trips, and every wrong input named at once."""

import datetime as dt
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from simkit.errors import InputError, Problem
from simkit.scenario import Scenario, Segment, bundled_scenarios, load_scenario
from simkit.scenario.segment import unit_and_meaning

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def problems(path: Path) -> dict[str, Problem]:
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    found = {problem.field: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), "a parameter is reported once"
    return found


def test_the_bundled_scenarios() -> None:
    assert bundled_scenarios() == ("b2b", "b2c", "trial")
    assert list(load_scenario("b2c").segments) == ["b2c"]
    assert list(load_scenario("b2b").segments) == ["b2b"]
    assert list(load_scenario("trial").segments) == ["b2c", "b2b"]


@pytest.mark.parametrize("name", ["b2c", "b2b", "trial"])
def test_bundled_scenarios_start_on_a_monday_that_is_no_holiday(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.start.weekday() == 0
    assert not scenario.calendar.holidays(scenario.start, 1)


@pytest.mark.parametrize("name", ["b2c", "b2b", "trial"])
def test_every_number_has_a_source_and_no_default_in_code(name: str) -> None:
    scenario = load_scenario(name)
    for segment in scenario.segments:
        for key, field in Segment.model_fields.items():
            if key not in ("initial_state", "reach_profile_logit"):
                assert field.is_required(), key
                assert scenario.sources[f"{segment}.{key}"].strip()
    assert scenario.sources["staff.skill_sd_logit"].strip()
    assert scenario.sources["staff.shifts"].strip()


def test_every_parameter_is_described_with_its_unit() -> None:
    for key, field in Segment.model_fields.items():
        unit, meaning = unit_and_meaning(field.description or "")
        assert unit, key
        assert meaning, key


def test_b2c_windows_are_those_of_the_code_of_conduct() -> None:
    # Italy, code of conduct on telemarketing 2024: Mon-Fri 9-20, Sat and eves 10-19.
    windows = load_scenario("b2c").segments["b2c"].windows.to_dict()
    week = {day: ["09:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    assert windows == week | {"sat": ["10:00-19:00"], "eve": ["10:00-19:00"]}


def test_an_extending_file_changes_only_what_it_says(write: Write) -> None:
    path = write(
        """
        extends = "b2c"
        [segments.b2c]
        need_per_year = { value = 2, source = "our records 2025" }
        """
    )
    base, mine = load_scenario("b2c"), load_scenario(path)
    assert mine.segments["b2c"].need_per_year == 2.0
    assert mine.sources["b2c.need_per_year"] == "our records 2025"
    assert mine.name == "mine"
    assert mine.vary(
        "b2c.need_per_year",
        base.segments["b2c"].need_per_year,
        source=base.sources["b2c.need_per_year"],
    ).segments == dict(base.segments)


def test_files_extend_files_of_their_own_folder(write: Write) -> None:
    write('extends = "b2c"\ntimezone = "Europe/Paris"', "base.toml")
    assert load_scenario(write('extends = "base.toml"')).timezone == "Europe/Paris"


def test_of_several_parents_the_later_one_wins(write: Write) -> None:
    write('extends = "b2c"\nstart = 2026-02-02', "early.toml")
    write('extends = "b2c"\nstart = 2026-03-02', "late.toml")
    path = write('extends = ["early.toml", "late.toml"]')
    assert load_scenario(path).start == dt.date(2026, 3, 2)


def test_hours_are_replaced_week_by_week(write: Write) -> None:
    path = write(
        """
        extends = "b2c"
        [segments.b2c.windows]
        source = "our campaign"
        tue = ["10:00-12:00"]
        """
    )
    assert load_scenario(path).segments["b2c"].windows.to_dict() == {"tue": ["10:00-12:00"]}


@pytest.mark.parametrize("name", ["b2c", "b2b", "trial"])
def test_a_written_scenario_is_read_back_as_equal(name: str, write: Write) -> None:
    scenario = load_scenario(name)
    assert load_scenario(write(scenario.to_toml())) == scenario
    assert scenario.to_toml().count("\n") < 100 * (len(scenario.segments) + 1)


def test_a_profile_of_the_week_and_odd_texts_survive_the_round_trip(write: Write) -> None:
    profile = tuple(tuple(0.01 * (day + hour) for hour in range(24)) for day in range(7))
    scenario = load_scenario("b2b").vary(
        "b2b.reach_profile_logit", profile, source='a "quoted" \\ text, ] è [ 1'
    )
    assert load_scenario(write(scenario.to_toml())) == scenario


def test_a_scenario_crosses_process_borders() -> None:
    scenario = load_scenario("trial")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.identity() == scenario.identity()


def test_an_unknown_name_lists_the_bundled_ones() -> None:
    with pytest.raises(InputError, match=r"b2b, b2c, trial.*did you mean 'trial'"):
        load_scenario("trail")


def test_all_that_is_wrong_is_named_at_once_with_file_value_and_rule(write: Write) -> None:
    path = write(
        """
        extends = "b2c"
        timezon = "Europe/Rome"
        timezone = "Europe/Roma"
        start = "2026-01-12"
        currency = "USD"
        [calendar]
        country = "ZZ"
        [staff]
        skill_sd_logit = 0.3
        [segments.b2c]
        need_per_yaer = { value = 2.0, source = "crm" }
        rival_per_day = { value = -2.0, source = "crm" }
        spark_prob = { value = 1.5, source = "crm" }
        push_prob = { value = 0.5 }
        callback_prob = { value = "high", source = " " }
        decision_shape = { value = 2.5, source = "crm" }
        callback_shape = { value = 33, source = "crm" }
        decision_mean_days = { source = "crm" }
        lost_days = { value = 0, source = "crm" }
        ring_s = { value = inf, source = "crm" }
        initial_state = "stationery"
        account_size_mean = { value = 0.9, source = "crm" }
        share = { value = 0.7, source = "crm" }
        reach_profile_logit = { value = [[0.0]], source = "crm" }
        talk_cv = { value = 0.3, source = "crm", unit = "s" }
        jump_push = { value = true, source = "crm" }
        windows = { source = "crm", mon = ["09:00-08:00"] }
        """
    )
    found = problems(path)
    rules = {field: (problem.value, problem.rule) for field, problem in found.items()}
    expected = {
        "timezon": ("Europe/Rome", "is an unknown key; did you mean 'timezone'?"),
        "timezone": ("Europe/Roma", "must be an IANA time zone, e.g. 'Europe/Rome'"),
        "start": ("2026-01-12", "must be a date, written 2026-01-12 without quotes"),
        "currency": ("USD", "must be 'EUR'"),
        "calendar.country": (
            "ZZ", "must be an ISO 3166 country code with known holidays, e.g. 'IT'",
        ),
        "staff.skill_sd_logit": (0.3, 'must be written { value = ..., source = "..." }'),
        "b2c.need_per_yaer": (
            {"value": 2.0, "source": "crm"}, "is an unknown key; did you mean 'need_per_year'?",
        ),
        "b2c.rival_per_day": (-2.0, "must be >= 0"),
        "b2c.spark_prob": (1.5, "must be <= 1"),
        "b2c.push_prob.source": (None, "must say where the number comes from, or 'assumed'"),
        "b2c.callback_prob": ("high", "must be a number"),
        "b2c.callback_prob.source": (" ", "must say where the number comes from, or 'assumed'"),
        "b2c.decision_shape": (2.5, "must be a whole number"),
        "b2c.callback_shape": (33, "must be <= 32"),
        "b2c.decision_mean_days": (
            {"source": "crm"}, 'must be written { value = ..., source = "..." }',
        ),
        "b2c.lost_days": (0, "must be >= 0.01"),
        "b2c.ring_s": (float("inf"), "must be finite"),
        "b2c.initial_state": (
            "stationery",
            "must be 'stationary', 'idle' or 'deciding'; did you mean 'stationary'?",
        ),
        "b2c.account_size_mean": (0.9, "must be >= 1"),
        "b2c.share": (0.7, "must be 1"),
        "b2c.reach_profile_logit": ([[0.0]], "must have 7 entries"),
        "b2c.reach_profile_logit.0": ([0.0], "must have 24 entries"),
        "b2c.talk_cv.unit": ("s", "is an unknown key"),
        "b2c.jump_push": (True, "must be a number"),
        "b2c.windows.mon": (
            ["09:00-08:00"], "must have windows that end after they start, from 00:00 to 24:00",
        ),
    }  # fmt: skip
    assert rules == expected
    assert {problem.where for problem in found.values()} == {str(path)}


def test_a_problem_names_the_file_that_holds_it(write: Write) -> None:
    base = write(
        'extends = "b2c"\n[segments.b2c]\nspark_prob = { value = 2, source = "x" }', "base.toml"
    )
    mine = write('extends = "base.toml"\n[segments.b2c]\npush_prob = { value = 3, source = "x" }')
    found = problems(mine)
    assert found["b2c.spark_prob"].where == str(base)
    assert found["b2c.push_prob"].where == str(mine)


def test_a_missing_parameter_is_named_with_its_meaning(write: Write) -> None:
    text = load_scenario("b2c").to_toml()
    lines = [line for line in text.splitlines() if not line.startswith("push_prob")]
    found = problems(write("\n".join(lines)))
    assert list(found) == ["b2c.push_prob"]
    assert found["b2c.push_prob"].rule.startswith("must be given: a push makes")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("1.4", 'must be <= 1 and must be written { value = ..., source = "..." }'),
        ("0.4", 'must be written { value = ..., source = "..." }'),
    ],
)
def test_a_number_without_a_source_is_checked_at_once(write: Write, value: str, rule: str) -> None:
    path = write(f'extends = "b2c"\n[segments.b2c]\ncallback_prob = {value}')
    found = problems(path)
    assert list(found) == ["b2c.callback_prob"]
    assert (found["b2c.callback_prob"].value, found["b2c.callback_prob"].rule) == (
        float(value),
        rule,
    )


def test_a_week_without_its_own_source_does_not_inherit_one(write: Write) -> None:
    path = write('extends = "b2c"\n[segments.b2c.windows]\nmon = ["09:00-10:00"]')
    assert list(problems(path)) == ["b2c.windows.source"]


def test_a_misspelt_segment_is_one_problem(write: Write) -> None:
    path = write('extends = "b2c"\n[segments.b2cc]\npush_prob = { value = 0.1, source = "x" }')
    found = problems(path)
    assert list(found) == ["b2cc"]
    assert 'must say which segment it is like, like = "b2c", or give all' in found["b2cc"].rule
    assert found["b2cc"].rule.endswith("did you mean 'b2c'?")


PRIVATI = """
extends = "b2c"
[segments.privati]
like = "b2c"
need_per_year = { value = 0.9, source = "our sales in 2025" }
"""


def test_a_segment_of_ones_own_takes_the_place_of_the_one_it_is_like(write: Write) -> None:
    found, model = load_scenario(write(PRIVATI)), load_scenario("b2c")
    assert list(found.segments) == ["privati"]
    assert found.segments["privati"].need_per_year == 0.9
    expected = dict(model.segments["b2c"]) | {"need_per_year": 0.9}
    assert dict(found.segments["privati"]) == expected
    assert found.sources["privati.need_per_year"] == "our sales in 2025"
    assert found.sources["privati.spark_prob"] == model.sources["b2c.spark_prob"]
    assert load_scenario(write(found.to_toml(), "again.toml")) == found


def test_every_segment_may_have_a_name_of_ones_own(write: Write) -> None:
    text = """
extends = "trial"
[segments.privati]
like = "b2c"
[segments.aziende]
like = "b2b"
"""
    found, model = load_scenario(write(text)), load_scenario("trial")
    assert list(found.segments) == ["privati", "aziende"]
    assert [*found.segments.values()] == [*model.segments.values()]


def test_a_segment_that_another_is_like_stays_where_the_file_names_it(write: Write) -> None:
    share = "share = { value = 0.5, source = 'x' }\n"
    found = load_scenario(write(f"{PRIVATI}{share}[segments.b2c]\n{share}"))
    assert list(found.segments) == ["b2c", "privati"]
    assert found.segments["b2c"].need_per_year != 0.9


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('extends = "trial"\n[segments.privati]\nlike = "b2x"', "inherited segment (b2c, b2b)"),
        ('extends = "b2c"\n[segments.privati]\nlike = 3', "inherited segment (b2c)"),
        ('[segments.privati]\nlike = "b2c"', 'inherited segment (none: say extends = "..." first)'),
    ],
)
def test_a_segment_that_is_like_none_is_told(write: Write, text: str, rule: str) -> None:
    assert rule in problems(write(text))["privati.like"].rule


def test_a_problem_of_a_copied_number_names_the_file_that_holds_it(write: Write) -> None:
    write('extends = "b2c"\n[segments.b2c]\nspark_prob = { value = 2.0, source = "x" }', "a.toml")
    found = problems(write(PRIVATI.replace('"b2c"', '"a.toml"', 1)))
    assert found["privati.spark_prob"].where.endswith("a.toml")


def test_shares_of_own_segments_are_for_ones_own_file_to_mend(write: Write) -> None:
    """Two segments like one inherit its whole share each; the file that made them two is named."""
    two = 'extends = "b2b"\n[segments.aziende]\nlike = "b2b"\n[segments.enti]\nlike = "b2b"'
    path = write(two)
    found = problems(path)
    assert found["aziende.share + enti.share"].value == 2.0
    assert found["aziende.share + enti.share"].where == str(path)


def test_shares_must_sum_to_one(write: Write) -> None:
    path = write('extends = "trial"\n[segments.b2c]\nshare = { value = 0.5, source = "x" }')
    found = problems(path)
    assert found["b2c.share + b2b.share"].value == pytest.approx(0.9)
    assert found["b2c.share + b2b.share"].rule.startswith("must be 1: give each segment its own")


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("", "start", "must be given"),
        ("", "segments", "must have a table"),
        ("name = ", "(file)", "must be valid TOML"),
        ('extends = "b2c"\nsegments = 3', "segments", "must be a table"),
        ('extends = "b2c"\nstaff = 3', "staff", "must be a table"),
        ('extends = "b2c"\n[segments]\nb2b = 3', "b2b", "must be a table"),
        ('extends = "b2c"\n[calendar]\ncountry = 3', "calendar.country", "must be text"),
        ("extends = 3", "extends", "must be a scenario's name"),
        ('extends = "nowhere.toml"', "extends", "must be a TOML file or a bundled scenario"),
        ('extends = "mine.toml"', "extends", "must not lead back"),
    ],
)
def test_files_of_a_wrong_form_are_named(write: Write, text: str, field: str, rule: str) -> None:
    found = problems(write(text))
    assert rule in found[field].rule


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert problems(path)["(file)"].rule == "must be UTF-8 text"


@pytest.mark.parametrize("name", ["staff", "all", "B2C", "b2c.north"])
def test_segment_names_that_would_confuse_are_refused(name: str) -> None:
    scenario = load_scenario("b2c")
    content = dict(scenario) | {"segments": {name: scenario.segments["b2c"]}}
    with pytest.raises(InputError, match="must be small letters"):
        Scenario(**content)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('extends = "b2c"\n[segments.Privati]\nlike = "b2c"', "Privati"),
        ('extends = "b2c"\n[calendar]\nsubdivision = "ZZ"', "calendar.subdivision"),
        ('extends = "b2x"', "extends"),
    ],
)
def test_a_mistake_is_told_of_the_file_given_never_of_the_bundled_one_it_extends(
    write: Write, text: str, field: str
) -> None:
    mine = write(text)
    assert {name: problem.where for name, problem in problems(mine).items()} == {field: str(mine)}
