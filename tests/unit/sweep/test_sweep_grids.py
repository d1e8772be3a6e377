"""How intervals are written, and which are tried by default."""

import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy, Span
from simkit.sweep import DEFAULT_WORKING_DAYS, default_intervals
from simkit.sweep.grids import policies_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7d", Span(days=7)),
        ("7 days", Span(days=7)),
        ("every 1 day", Span(days=1)),
        ("1.5 days", Span(days=1.5)),
        ("20wd", Span(working_days=20)),
        ("20 working days", Span(working_days=20)),
        ("Every working day", Span(working_days=1)),
    ],
)
def test_an_interval_is_written_as_a_person_writes_it(text, span):
    policies, problems = policies_of([text], None)
    assert problems == []
    assert [policy.interval for policy in policies.values()] == [span]


def test_a_label_is_a_text_that_gives_the_interval_back():
    for span in (*default_intervals("b2c"), *default_intervals("b2b"), Span(days=7)):
        (label,) = policies_of([span], None)[0]
        (policy,) = policies_of([label], None)[0].values()
        assert policy.interval == span


def test_the_base_keeps_its_rests_and_caps_and_a_whole_policy_stays_as_it_is():
    base = RecallPolicy.every(days=7, push=True, caps={"per_year": 10})
    whole = RecallPolicy.every(days=14)
    policies, _ = policies_of(["5wd", whole], base)
    assert policies["every 5 working days"] == base.replace(interval=Span(working_days=5))
    assert policies["every 14 days"] == whole


@pytest.mark.parametrize("wrong", [7, "7", "7 weeks", "soon", None, 2.5])
def test_an_interval_without_a_unit_is_refused(wrong):
    _, (problem,) = policies_of([wrong], None)
    assert (problem.field, problem.value) == ("intervals[0]", wrong)
    assert "must say its unit" in problem.rule


@pytest.mark.parametrize("wrong", ["0 days", "0wd", "2.5 working days"])
def test_an_interval_that_is_none_is_refused_with_its_place(wrong):
    _, problems = policies_of(["7d", wrong], None)
    assert len(problems) == 1
    assert problems[0].field.startswith("intervals[1].")


def test_the_same_interval_twice_is_refused():
    _, (problem,) = policies_of(["7d", "5wd", "7 days"], None)
    assert (problem.field, problem.rule) == ("intervals[2]", "must be there only once")


def test_default_grids_are_in_working_days_and_ascend():
    # The model's trap: 5 and 6 calendar days deliver the same 7 where nobody calls at weekends.
    for segment in (*DEFAULT_WORKING_DAYS, "another"):
        grid = [span.working_days for span in default_intervals(segment)]
        assert None not in grid
        assert grid == sorted(set(grid))
    assert default_intervals("another") == default_intervals("b2c")


def test_a_wrong_span_cannot_be_made():
    with pytest.raises(InputError):
        Span(days=-1)
