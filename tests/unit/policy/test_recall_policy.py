"""The recall policy: constructors, words, files, wrong inputs."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.errors import InputError
from simkit.policy import Caps, RecallPolicy, Rests, Span, bundled_policies, load_policy

spans = st.one_of(
    st.floats(min_value=0.01, max_value=3650).map(lambda days: Span(days=days)),
    st.integers(1, 2600).map(lambda days: Span(working_days=days)),
)
counts = st.none() | st.integers(1, 500)
windows = st.none() | st.just({"mon": ["09:00-12:30", "14:00-20:00"], "eve": []})


@st.composite
def policies(draw: st.DrawFn) -> RecallPolicy:
    names = ("no_answer", "refused", "not_now", "undecided", "already_solved")
    rests = {name: draw(st.none() | spans) for name in names}
    return RecallPolicy(
        interval=draw(spans),
        rests=Rests(**rests),
        retries_max=draw(counts) if rests["no_answer"] else None,
        push=draw(st.booleans()),
        caps=Caps(per_30_days=draw(counts), per_year=draw(counts), total=draw(counts)),
        bad_number_attempts=draw(st.integers(1, 9)),
        refusals_max=draw(counts),
        windows=draw(windows),
    )


@given(policies())
def test_a_written_policy_is_read_back_as_equal(
    tmp_path_factory: pytest.TempPathFactory, policy: RecallPolicy
) -> None:
    path = tmp_path_factory.mktemp("policy") / "policy.toml"
    path.write_text(policy.to_toml(), encoding="utf-8")
    assert load_policy(path) == policy


@pytest.mark.parametrize(
    ("policy", "label"),
    [
        (RecallPolicy.every(days=7), "every 7 days"),
        (RecallPolicy.every(days=1), "every day"),
        (RecallPolicy.every(days=0.5), "every 0.5 days"),
        (RecallPolicy.every(days=10), "every 10 days"),
        (RecallPolicy.every(working_days=20), "every 20 working days"),
        (RecallPolicy.every(working_days=1), "every working day"),
        (RecallPolicy.every(days=7, push=True), "every 7 days"),
    ],
)
def test_the_label_is_the_interval_in_words(policy: RecallPolicy, label: str) -> None:
    assert policy.label == label


def test_the_description_says_all() -> None:
    policy = RecallPolicy.every(
        days=7,
        rests={"no_answer": {"days": 1}, "refused": {"working_days": 30}},
        retries_max=3,
        caps={"per_30_days": 4, "per_year": 20, "total": 50},
        refusals_max=2,
        windows={"tue": ["10:00-12:00"]},
        push=True,
    )
    assert policy.describe() == (
        "every 7 days, 1 day after no_answer (at most 3 in a row), 30 working days after refused, "
        "at most 4 calls in 30 days, at most 20 calls a year, at most 50 calls in all, "
        "closed after 2 refusals, within tue 10:00-12:00, pushing"
    )


def test_defaults_are_the_plain_rotation() -> None:
    policy = RecallPolicy.every(days=7)
    assert policy.rests == Rests()
    assert policy.caps == Caps()
    assert policy.bad_number_attempts == 2
    assert (policy.push, policy.retries_max, policy.refusals_max, policy.windows) == (
        False, None, None, None,
    )  # fmt: skip


def test_a_replaced_policy_is_a_checked_copy() -> None:
    policy = RecallPolicy.every(days=7)
    assert policy.replace(push=True).push
    assert not policy.push
    assert policy.replace(interval={"working_days": 5}).label == "every 5 working days"
    with pytest.raises(InputError, match="must be >= 1"):
        policy.replace(caps={"total": 0})


def test_a_policy_is_frozen_hashable_and_crosses_process_borders() -> None:
    policy = RecallPolicy.every(working_days=20, caps={"per_year": 10})
    with pytest.raises(ValueError, match="frozen"):
        policy.push = True  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert len({policy, policy.replace(), RecallPolicy.every(days=7)}) == 2


def test_a_span_is_counted_in_its_own_days() -> None:
    assert Span(days=0.5).seconds == 43_200
    assert Span(working_days=3).seconds is None
    assert Span(days=10).calendar_days() == 10
    assert Span(working_days=20).calendar_days() == 28
    assert Span(working_days=12).calendar_days(working_days_per_week=6) == 14


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        ({}, "interval", "must be given"),
        ({"interval": {}}, "interval", "must have exactly one of days and working_days"),
        ({"interval": {"days": 7, "working_days": 5}}, "interval", "exactly one"),
        ({"interval": 7}, "interval", "must be a table"),
        ({"interval": {"days": 0}}, "interval.days", "must be > 0"),
        ({"interval": {"days": -7}}, "interval.days", "must be > 0"),
        ({"interval": {"days": 4000}}, "interval.days", "must be <= 3650"),
        ({"interval": {"days": "7"}}, "interval.days", "must be a number"),
        ({"interval": {"days": True}}, "interval.days", "must be a number"),
        ({"interval": {"days": float("nan")}}, "interval.days", "must be finite"),
        ({"interval": {"working_days": 2.5}}, "interval.working_days", "must be a whole number"),
        ({"interval": {"working_days": 0}}, "interval.working_days", "must be >= 1"),
        ({"interval": {"workdays": 5}}, "interval.workdays", "did you mean 'working_days'?"),
        ({"rests": {"no_anwser": {"days": 1}}}, "rests.no_anwser", "did you mean 'no_answer'?"),
        ({"rests": {"refused": {"days": -1}}}, "rests.refused.days", "must be > 0"),
        ({"retries_max": 2}, "retries_max", "must come with rests.no_answer"),
        ({"caps": {"per_year": 0}}, "caps.per_year", "must be >= 1"),
        ({"caps": {"per_yaer": 3}}, "caps.per_yaer", "did you mean 'per_year'?"),
        ({"bad_number_attempts": 0}, "bad_number_attempts", "must be >= 1"),
        ({"refusals_max": 0}, "refusals_max", "must be >= 1"),
        ({"push": 1}, "push", "must be true or false"),
        ({"pusch": True}, "pusch", "did you mean 'push'?"),
        ({"windows": {"mon": ["12:00-09:00"]}}, "windows.mon", "end after they start"),
    ],
)
def test_wrong_policies_are_named(content: dict[str, object], field: str, rule: str) -> None:
    valid = {} if content == {} else {"interval": {"days": 7}}
    with pytest.raises(InputError) as caught:
        RecallPolicy(**(valid | content))
    # A span of unknown days has also no days at all: the typo comes first.
    problem = caught.value.problems[0]
    assert problem.field == field
    assert rule in problem.rule


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('push = "yes"\n[interval]\ndays = -1\n[caps]\ntotal = 0\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_policy(path)
    found = {(problem.where, problem.field) for problem in caught.value.problems}
    assert found == {(str(path), name) for name in ("push", "interval.days", "caps.total")}


def test_every_takes_exactly_one_interval() -> None:
    for arguments in ({}, {"days": 7, "working_days": 5}):
        with pytest.raises(InputError, match="exactly one of days and working_days"):
            RecallPolicy.every(**arguments)


def test_practice_is_bundled() -> None:
    # Usual in practice: households every 7 to 14 days, companies every 20 to 30 working days and
    # at most 8 to 10 calls a year.
    assert bundled_policies() == ("practice_b2b", "practice_b2c")
    assert load_policy("practice_b2c") == RecallPolicy.every(days=7)
    assert load_policy("practice_b2b") == RecallPolicy.every(working_days=20, caps={"per_year": 10})


def test_an_unknown_name_lists_the_bundled_policies() -> None:
    with pytest.raises(InputError, match="practice_b2b, practice_b2c"):
        load_policy("practise")
