"""Where nobody names a horizon, it follows from the calendar, and whoever shortens it is told."""

import numpy as np
import pandas as pd
import pytest
from made_trial import DAYS, ENTRY_DAYS, POLICIES, START, made

from simkit.calllog.stored import open_call_log
from simkit.errors import InputError
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.read.horizon import FollowedDays, LogEnd

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


def observed_longer(tables, contacts, *, days=30):
    """Contacts whose observation lasted so much longer than that of all others."""
    tables.contacts.loc[contacts, "observed_until"] += pd.Timedelta(days=days)
    return tables


def tables_entered_late(count):
    """As `entered_late`, to be changed further: contacts and calls, and who the late ones are."""
    tables = made()
    arms = tables.contacts["arm"]
    late = pd.concat([tables.contacts[arms == arm].head(count // 2) for arm in arms.unique()]).index
    tables.contacts.loc[late, "entered_at"] = START + pd.Timedelta(days=DAYS - LATE_DAYS)
    return tables, late


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
    assert "were not followed longer (10 of them not until 2026-05-04, the end of the log)" in said


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


def logs_of_every_kind():
    yield "few late", entered_late(22)
    yield "many late", entered_late(200)
    for kind, longer in (("one longer", slice(400, 400)), ("several longer", slice(400, 429))):
        yield kind, without_earlier_calls(observed_longer(tables_entered_late(22)[0], longer))
    tables, late = tables_entered_late(22)
    yield "late ones longer", without_earlier_calls(observed_longer(tables, late[:5], days=100))
    tables, _ = tables_entered_late(22)
    tables.contacts.loc[400, "observed_until"] = START + pd.Timedelta(days=60)
    yield "one ended", without_earlier_calls(tables)


def test_a_log_on_disk_takes_the_same_horizon_and_says_the_same(tmp_path):
    horizons = {}
    for kind, log in logs_of_every_kind():
        log.write(tmp_path / kind)
        stored = evaluated(open_call_log(tmp_path / kind))
        here = evaluated(log)
        assert stored.horizon_days == here.horizon_days
        assert about_horizon(stored) == about_horizon(here)
        assert stored.left_out.equals(here.left_out)
        horizons[kind] = here.horizon_days
    assert horizons == {
        "few late": ALL_DAYS,
        "many late": LATE_DAYS,
        "one longer": ALL_DAYS,
        "several longer": ALL_DAYS,
        "late ones longer": LATE_DAYS,
        "one ended": 58,  # the days that this one was followed, from its entry on the third
    }


def test_who_was_observed_longer_than_all_others_does_not_make_late_ones_shorten_it():
    _, late = tables_entered_late(22)
    # One; 30 of 800; one of those late, who is then followed long enough.
    for longer, left_out in (([400], 22), (range(400, 430), 22), (late[:1], 21)):
        tables, _ = tables_entered_late(22)
        found = evaluated(without_earlier_calls(observed_longer(tables, longer, days=100)))
        assert found.horizon_days == ALL_DAYS
        assert found.left_out["count"].tolist() == [left_out]
        (said,) = about_horizon(found)
        assert f"since only {left_out} of 800 contacts (2." in said


def test_where_many_were_followed_for_less_than_a_day_a_horizon_must_be_given():
    with pytest.raises(InputError, match="200 of 800 contacts were followed for less than a day"):
        evaluated(entered_late(200, days=0))


def test_a_few_followed_for_less_than_a_day_are_left_out():
    found = evaluated(entered_late(22, days=0))
    assert found.horizon_days == ALL_DAYS
    assert "with these it would be less than a day" in about_horizon(found)[0]


def horizon_of(days):
    """The horizon of two arms whose contacts were all followed for the same numbers of days."""
    days = np.array(days)
    return horizon_of_dated(LAST - days, np.full(len(days), LAST))


LAST = 10_000


def horizon_of_dated(entered, observed):
    """The horizon of two arms whose contacts entered, and were observed until, the same days."""
    day_us = 86_400_000_000
    entered, observed = (np.array(days, dtype=np.int64) * day_us for days in (entered, observed))
    end = LogEnd(entered.min(), observed.max())
    end.add(np.tile(observed, 2))
    found = FollowedDays(
        [("b2c", "a"), ("b2c", "b")], entered.min(), observed.max(), end.moment_us()
    )
    for arm in (0, 1):
        found.add(np.full(len(entered), arm), entered, observed)
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


def followed(*groups):
    """Days of entry and of the end of observation of groups of 100 contacts in all."""
    entered = np.repeat([group[1] for group in groups], [group[0] for group in groups])
    observed = np.repeat([group[2] for group in groups], [group[0] for group in groups])
    assert len(entered) == 100
    return entered, observed


def test_the_end_of_the_log_is_the_last_day_that_more_than_a_twentieth_reach():
    observed = np.array([100] * 95 + [120] * 3 + [400] * 2) * 86_400_000_000
    end = LogEnd(0, observed.max())
    for part in np.array_split(observed, 7):
        end.add(part)
    assert end.moment_us() == 100 * 86_400_000_000
    also = LogEnd(0, observed.max())
    also.add(np.append(observed[1:], observed[-1]))  # now 6 of 100 are observed longer
    assert also.moment_us() == 120 * 86_400_000_000


def test_who_opted_out_early_is_not_left_out_however_long_a_few_were_observed():
    # 96 followed for 100 days, one of them until 300; 4 whose observation ended on day 30.
    found = horizon_of_dated(*followed((95, 0, 100), (1, 0, 300), (4, 0, 30)))
    assert found.days == 30.0
    assert (
        "because 8 of 200 contacts (4.0 %; a 4.0 %, b 4.0 %) were not followed" in found.doubts[0]
    )
    assert "(8 of them not until 1970-04-11, the end of the log)" in found.doubts[0]


def test_of_late_ones_who_were_watched_until_something_happened_nobody_is_left_out():
    """They end after the log does for all others: 2 opted out soon, 3 were followed to the end."""
    found = horizon_of_dated(*followed((95, 0, 100), (2, 90, 115), (3, 90, 190)))
    assert found.days == 25.0
    (said,) = found.doubts
    assert "because 4 of 200 contacts" in said
    assert "while 6 who entered as late were followed beyond 1970-04-11, the end of the log" in said
    assert "perhaps for what happened to them" in said


def test_who_entered_when_all_others_had_been_followed_is_left_out_as_late():
    found = horizon_of_dated(*followed((98, 0, 100), (2, 105, 112)))
    assert found.days == 100.0
    assert "since only 4 of 200 contacts" in found.remarks[0]


def test_staggered_entries_followed_for_a_time_of_their_own_keep_it():
    """Each is followed for 90 days from an entry on one of 60, but for 2 who entered late."""
    entered = np.append(np.arange(98) * 60 // 98, [120, 120])
    observed = np.minimum(entered + 90, 150)
    observed[0] = 400
    found = horizon_of_dated(entered, observed)
    assert 85 <= found.days <= 90
    assert "since only 4 of 200 contacts" in found.remarks[0]


def test_it_is_one_for_all_arms_and_segments_however_they_were_observed():
    """One segment was followed for half as long: nobody of the other is compared for longer."""
    day_us = 86_400_000_000
    cells = [(segment, arm) for segment in ("b2c", "b2b") for arm in ("a", "b")]
    end = LogEnd(0, 100 * day_us)
    found = FollowedDays(cells, 0, 100 * day_us, 100 * day_us)
    for cell, days in enumerate((100, 100, 50, 50)):
        observed = np.full(200, days * day_us)
        end.add(observed)
        found.add(np.full(200, cell), np.zeros(200, dtype=np.int64), observed)
    assert end.moment_us() == 100 * day_us
    assert found.horizon().days == 50.0
