"""Where nobody names a horizon, it follows from the calendar, and whoever shortens it is told."""

import numpy as np
import pandas as pd
import pytest
from made_trial import DAYS, ENTRY_DAYS, POLICIES, START, made

from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.read.horizon import FollowedDays

CONTROL = "7 days"
#: Of the made trial: all entered on its first 14 days, and are observed until its last.
ALL_DAYS = DAYS - ENTRY_DAYS + 1
LATE_DAYS = 20


def entered_late(count, *, arms=("7 days", "14 days"), days=LATE_DAYS):
    """The made trial with so many contacts of some arms, evenly, who entered so many days ago."""
    tables = made()
    people = tables.contacts
    for arm in arms:
        late = people.index[people["arm"] == arm][: count // len(arms)]
        people.loc[late, "entered_at"] = START + pd.Timedelta(days=DAYS - days)
    return without_earlier_calls(tables)


def without_earlier_calls(tables):
    people = tables.contacts.set_index("contact_id")
    of = tables.attempts["contact_id"]
    dialled = tables.attempts["dialled_at"]
    within = (dialled >= of.map(people["entered_at"])) & (
        dialled <= of.map(people["observed_until"])
    )
    tables.attempts = tables.attempts[within]
    return tables.log()


def evaluated(log, **settings):
    return evaluate(
        log, control=CONTROL, outcomes=["opt_out", "sale"], checks="assignment", **settings
    )


def about_horizon(found):
    return [text for text in found.warnings if text.startswith("no horizon was named")]


def test_all_followed_alike_are_compared_as_long_as_all_were_and_nothing_is_said():
    found = evaluated(made().log())
    assert found.horizon_days == ALL_DAYS
    assert not about_horizon(found)
    assert found.left_out.empty


def test_a_few_who_entered_late_are_left_out_instead_of_shortening_the_comparison():
    found = evaluated(entered_late(22))
    assert found.horizon_days == ALL_DAYS
    assert found.left_out.to_numpy().tolist() == [[f"not followed for {ALL_DAYS} days", 22]]
    (said,) = about_horizon(found)
    assert f"compared at {ALL_DAYS} days, since only 22 of 800 contacts (2.8 %; " in said
    assert "with these it would be 20 days" in said


def test_many_who_entered_late_shorten_it_and_the_answer_says_so_and_what_else_could_be_asked():
    found = evaluated(entered_late(200))
    assert found.horizon_days == LATE_DAYS
    assert found.left_out.empty
    (said,) = about_horizon(found)
    assert "at only 20 days, because 200 of 800 contacts (25.0 %; " in said
    assert f"a horizon of {ALL_DAYS} days would leave out just these" in said
    assert "of many that are tried some show a difference by luck" in said
    assert said[1:] in found.sentence()


def test_a_twentieth_of_the_contacts_is_too_much_where_they_are_all_of_one_arm():
    found = evaluated(entered_late(22, arms=("14 days",)))  # 5.5 % of that arm
    assert found.horizon_days == LATE_DAYS
    (said,) = about_horizon(found)
    assert "more of one arm than of another, so that those who remain are not alike" in said


def test_few_are_not_left_out_where_their_parts_differ_more_than_by_chance():
    # 18 of some 400 and none of the others: 4.5 %, Pearson's chi-squared of 2 x 2 about 18.
    found = evaluated(entered_late(18, arms=("14 days",)))
    assert found.horizon_days == LATE_DAYS
    assert "more of one arm than of another" in about_horizon(found)[0]


def test_nobody_is_left_out_unasked_whose_observation_ended_before_that_of_the_log():
    """It may have ended for what happened to them: who opted out is still followed."""
    tables = made()
    ended = START + pd.Timedelta(days=60)
    tables.contacts.loc[:9, "observed_until"] = ended
    shortest = 60 - ENTRY_DAYS + 1
    found = evaluated(without_earlier_calls(tables))
    assert shortest <= found.horizon_days <= 60
    assert found.left_out.empty
    (said,) = about_horizon(found)
    assert "10 of 800 contacts" in said
    assert "were not followed longer (10 of them not until the end of the log)" in said


def test_a_horizon_that_is_named_or_registered_rules():
    log = entered_late(22)
    named = evaluated(log, horizon_days=30)
    assert (named.horizon_days, about_horizon(named)) == (30, [])
    design = TrialDesign(
        name="t",
        arms=POLICIES,
        control={"b2c": CONTROL},
        horizon_days=40,
        salt="t",
        primary="sale",
        secondary=(),
        guardrails={},
    )
    registered = evaluate(log, design=design)
    assert (registered.horizon_days, about_horizon(registered)) == (40, [])


def test_a_log_on_disk_takes_the_same_horizon_and_says_the_same(tmp_path):
    for count in (22, 200):
        log = entered_late(count)
        log.write(tmp_path / str(count))
        stored = evaluated(open_call_log(tmp_path / str(count)))
        here = evaluated(log)
        assert stored.horizon_days == here.horizon_days
        assert about_horizon(stored) == about_horizon(here)
        assert stored.left_out.equals(here.left_out)


def test_where_many_were_followed_for_less_than_a_day_a_horizon_must_be_given():
    with pytest.raises(InputError, match="200 of 800 contacts were followed for less than a day"):
        evaluated(entered_late(200, days=0))


def test_a_few_followed_for_less_than_a_day_are_left_out():
    found = evaluated(entered_late(22, days=0))
    assert found.horizon_days == ALL_DAYS
    assert "with these it would be less than a day" in about_horizon(found)[0]


def horizon_of(days):
    """The horizon of two arms whose contacts were all followed for the same numbers of days."""
    day_us, last = 86_400_000_000, 10_000
    found = FollowedDays([("b2c", "a"), ("b2c", "b")], (last - max(days)) * day_us, last * day_us)
    entered = (last - np.array(days)) * day_us
    for arm in (0, 1):
        found.add(np.full(len(days), arm), entered, np.full(len(days), last * day_us))
    return found.horizon()


def test_who_enters_evenly_over_two_months_is_not_left_out_for_a_few_days_more():
    # A twentieth less would be followed for 3 days more: 63 x .95 is hardly more than 60.
    found = horizon_of(range(60, 120))
    assert (found.days, found.remarks, found.doubts) == (60.0, (), ())


def test_who_leaves_a_few_out_is_told_as_well_of_many_who_shorten_it():
    found = horizon_of([10] * 3 + [20] * 30 + [90] * 67)
    assert found.days == 20.0
    assert "only 6 of 200 contacts (3.0 %; a 3.0 %, b 3.0 %) entered too late" in found.remarks[0]
    assert "at only 20 days, because 66 of 200 contacts" in found.doubts[0]
    assert "a horizon of 90 days would leave out just these" in found.doubts[0]


def test_the_horizon_uses_the_most_contact_days():
    # 2 of 100 for 10 days, 3 for 40, 95 for 44: 95 x 44 = 4,180 beats 98 x 40 = 3,920.
    found = horizon_of([10] * 2 + [40] * 3 + [44] * 95)
    assert found.days == 44.0
