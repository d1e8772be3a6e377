"""monitor: the trial as it stood on a day, by the estimator of evaluate, each look counted."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import escape

import numpy as np
import pandas as pd
import pytest
import tomli_w

from simkit.calllog.cut import cut, moment_of
from simkit.engine import simulate
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.direction import guess_words
from simkit.trial.looks.ledger import read_ledger, write_ledger
from simkit.trial.monitor import Monitoring, monitor, watch_guardrails

HORIZON = 30.0
FIRST, SECOND, LAST = "2026-02-20", "2026-02-28", "2026-04-10"
WORLD = load_scenario("trial")
ARMS = {
    segment: {
        "current": RecallPolicy.every(working_days=2),
        "long": RecallPolicy.every(working_days=8),
    }
    for segment in ("b2c", "b2b")
}


@pytest.fixture(scope="module")
def whole():
    return simulate(WORLD, ARMS, contacts=1500, agents=40, days=90, seed=4)


@pytest.fixture(scope="module")
def design(whole):
    return TrialDesign(
        name="autumn",
        arms=ARMS,
        control={"b2c": "current", "b2b": "current"},
        salt="s",
        prices=WORLD.economics(),
        horizon_days=HORIZON,
        guardrails={"opt_out": {"b2c": 0.02, "b2b": 0.02}},
        looks=Looks(fractions=(0.4, 0.7, 1.0), futility=True),
        contacts=whole.contacts["segment"].value_counts().to_dict(),
    )


def look(log, design, day, **more):
    return monitor(log, design, economics=WORLD.economics(), as_of=day, **more)


@pytest.fixture(scope="module")
def seen(whole, design) -> Callable[..., Monitoring]:
    """What is seen on a day, after earlier ones: each such look is made once for all tests."""

    @cache
    def once(day: str, *earlier: str) -> Monitoring:
        return look(whole, design, day, earlier=list(earlier))

    return once


@pytest.fixture(scope="module")
def first_ledger(whole, design, tmp_path_factory) -> str:
    """The text of a ledger in which the first look stands."""
    path = tmp_path_factory.mktemp("first") / "looks.toml"
    look(whole, design, FIRST, ledger=path)
    return path.read_text()


def test_one_earlier_day_is_no_list_of_letters(whole, design):
    with pytest.raises(InputError, match="earlier == '2026-05-01', must be a list of days"):
        look(whole, design, SECOND, earlier="2026-05-01")


def test_estimates_are_those_of_evaluate_on_the_log_of_that_day(whole, seen):
    found = seen(SECOND, FIRST)
    then = cut(whole, moment_of(SECOND, whole.header.timezone))
    outcomes = ["net_value_eur", "opt_out"]
    plain = evaluate(
        then,
        control="current",
        economics=WORLD.economics(),
        horizon_days=HORIZON,
        outcomes=outcomes,
    ).table
    for outcome, rows in (("net_value_eur", found.last), ("opt_out", found.guardrails)):
        rows = rows[rows["look"] == 2]
        here = plain[plain["outcome"] == outcome].set_index("segment").loc[rows["segment"]]
        for name in ("estimate", "se", "n", "n_control"):
            assert rows[name].to_numpy() == pytest.approx(here[name].to_numpy())
    assert found.table["look"].tolist() == [1, 1, 2, 2]
    full = then.contacts["observed_until"] - then.contacts["entered_at"] >= pd.Timedelta(days=30)
    assert found.looks["fraction"].iloc[-1] == pytest.approx(
        full.mean() * len(then.contacts) / 1500
    )


def test_it_does_not_say_that_no_design_was_given(seen):
    for day in (FIRST, LAST):
        found = seen(day)
        assert not any("no design was given" in text for text in found.warnings)
        assert "registration" not in set(found.checks["check"])
        assert len(found.checks) > 10
        assert found.checks.index.tolist() == list(range(len(found.checks)))


def test_what_came_later_does_not_leak(whole, design, seen):
    then = cut(whole, moment_of(SECOND, whole.header.timezone))
    found = seen(SECOND, FIRST)
    known = look(then, design, SECOND, earlier=[FIRST])
    pd.testing.assert_frame_equal(found.table, known.table)
    pd.testing.assert_frame_equal(found.guardrails, known.guardrails)


def test_a_ledger_counts_as_earlier_days_do_and_one_day_once(whole, design, seen, tmp_path):
    path = tmp_path / "looks.toml"
    for day in (FIRST, SECOND, SECOND):
        by_ledger = look(whole, design, day, ledger=path)
    by_days = seen(SECOND, FIRST)
    pd.testing.assert_frame_equal(by_ledger.table, by_days.table, atol=1e-12)
    assert by_ledger.looks["kind"].tolist() == ["planned", "planned"]
    with pytest.raises(InputError, match="a look that was made"):
        look(whole, design, FIRST, ledger=path)
    # A look that stands in no ledger is added, in its place.
    more = look(whole, design, LAST, ledger=path, earlier=["2026-02-24"])
    assert more.looks["as_of"].str[:10].tolist() == [FIRST, "2026-02-24", SECOND, LAST]
    assert more.looks["final"].tolist() == [False, False, False, True]
    assert more.looks["kind"].tolist()[1] == "off plan"


def test_a_look_off_plan_says_what_it_costs(whole, design, seen):
    planned = seen(SECOND, FIRST)
    assert not any("off plan" in text for text in planned.warnings)
    more = look(whole, design, SECOND, earlier=[FIRST, "2026-02-24"])
    cost = more.warnings[0]
    assert cost.startswith(
        "1 look off plan: where results seen before decided when to look, the error rate is not "
        "guaranteed. If none did, "
    )
    assert "and the bound at the end is" in cost
    assert cost.count(". ") == 1  # two sentences
    # At the same error rate (Holm may give more where another comparison was claimed sooner).
    pairs = zip(more.last.itertuples(), planned.last.itertuples(), strict=True)
    alike = [(now.bound, plain.bound) for now, plain in pairs if now.level == plain.level]
    assert alike
    assert all(now > plain for now, plain in alike)


def test_without_any_word_of_earlier_looks_it_reads_as_if_always_looked(whole, design, seen):
    counted = seen(LAST)
    alone = look(whole, design, LAST)
    assert "nobody said which looks were made before" in alone.warnings[0]
    assert alone.method == "confidence sequence"
    assert (alone.table["kind"] == "not counted").all()
    assert counted.method == "error spending"
    # Two comparisons: by Holm at least one of them at .025, as at a single look.
    assert counted.last["bound"].max() == pytest.approx(2.2414, abs=1e-3)
    wider = alone.last["ci_high"] - alone.last["ci_low"]
    width = counted.last["ci_high"] - counted.last["ci_low"]
    assert (wider.to_numpy() > 1.3 * width.to_numpy()).all()
    unregistered = look(whole, design.replace(looks=None), SECOND, earlier=[])
    assert "no looks before the end were registered" in unregistered.warnings[0]
    single = look(whole, design.replace(looks=None), LAST, earlier=[])
    assert single.method == "error spending"


def test_too_early_is_no_look(whole, design, tmp_path):
    path = tmp_path / "looks.toml"
    found = look(whole, design, "2026-02-01", ledger=path)
    assert not path.exists()
    assert "not counted as a look, costs nothing" in found.warnings[0]
    assert (found.table["decision"] == "nothing to tell yet").all()
    assert all("nothing to tell yet" in text for text in found.sentences())
    assert found.sentence() == (
        "As of 2026-02-01 it is too early for a look (no contact has been followed to the horizon "
        "yet): nothing can be told, and this is not counted as a look."
    )


def test_an_end_before_all_were_followed_is_told(whole, design, seen):
    ended = look(whole, design, SECOND, earlier=[FIRST], final=True)
    entered = whole.contacts["entered_at"]
    now = moment_of(SECOND, whole.header.timezone)
    following = ((entered < now) & (now - entered < pd.Timedelta(days=HORIZON))).sum()
    assert following > 0
    assert ended.warnings[0].startswith(f"{following} contacts are still being followed")
    assert "after results had been seen" in ended.warnings[1]
    for found in (seen(SECOND, FIRST), look(whole, design, LAST)):
        assert not any("still being followed" in text for text in found.warnings)


def test_registered_looks_that_stand_in_no_ledger_are_named(whole, design, tmp_path):
    late = look(whole, design, LAST, ledger=tmp_path / "looks.toml")
    said = (
        "the registered looks at 40 % and 70 % of the information stand in no ledger: if a look "
        "was made elsewhere, it must stand in this ledger"
    )
    assert late.warnings[0].startswith(said)
    assert f"T{said[1:]}" in late.sentence()
    assert late.warnings[0] not in late.further()
    assert len(late.further()) == len(late.warnings) - 1
    # The ledger now holds this look; nobody made one at FIRST, as was said; looked at in time.
    for found in (
        look(whole, design, LAST, ledger=tmp_path / "none.toml", earlier=[]),
        look(whole, design, FIRST, ledger=tmp_path / "first.toml"),
        look(whole, design, LAST, ledger=tmp_path / "first.toml"),
    ):
        assert not any("in no ledger" in text for text in (*found.warnings, found.sentence()))


def test_at_the_end_an_arm_is_stopped_where_evaluate_vetoes_it(whole, design):
    """Arms renamed, so that the arm with more opt-outs is tried; no harm at all is tolerated."""
    names = {"long": "current", "current": "long"}
    log = replace(whole, contacts=whole.contacts.assign(arm=whole.contacts["arm"].map(names)))
    strict = design.replace(guardrails={"opt_out": {"b2c": 0.0, "b2b": 0.0}})
    found = look(log, strict, LAST, earlier=[])
    plain = evaluate(log, design=strict, economics=WORLD.economics())
    vetoed = set(plain.vetoes.loc[plain.vetoes["state"] == "veto", "segment"])
    stopped = found.guardrails["decision"] == "stop this arm"
    assert vetoed
    assert set(found.guardrails.loc[stopped, "segment"]) == vetoed
    running = look(log, strict, LAST, earlier=[], final=False)
    assert not running.guardrails["state"].str.startswith("vetoed").any()
    for segment in vetoed:
        assert f"stop {segment} · long: guardrail contacts who opted out" in found.sentence()


def test_the_end_can_be_said_where_fewer_came_than_planned(whole, design):
    larger = design.replace(contacts={"b2c": 1250, "b2b": 1000})
    open_ = look(whole, larger, LAST, earlier=[])
    ended = look(whole, larger, LAST, earlier=[], final=True)
    assert not open_.looks["final"].iloc[-1]
    assert set(ended.last["decision"]) <= {"end: not shown", "stop: better", "stop: worse"}
    assert ended.last["spent"].to_numpy() == pytest.approx(ended.last["level"].to_numpy())
    assert (open_.last["spent"] < ended.last["spent"]).all()
    assert "the end of the trial" in ended.sentence()
    assert "only where the end does not depend on results" in ended.warnings[0]
    assert not any("said to end" in text for text in open_.warnings)


def test_a_look_that_was_no_end_does_not_become_one_and_an_end_stays(whole, design, tmp_path):
    path = tmp_path / "looks.toml"
    look(whole, design, SECOND, ledger=path)
    kept = path.read_text()
    with pytest.raises(InputError, match="final == True, must not be True: the ledger holds"):
        look(whole, design, SECOND, ledger=path, final=True)
    assert path.read_text() == kept
    # The next day holds nearly the same information: to end there leaves nothing to gain.
    soon = look(whole, design, "2026-03-01", ledger=path, final=True)
    on = look(whole, design, "2026-03-01", earlier=[SECOND])
    assert soon.last["bound"].to_numpy() == pytest.approx(on.last["bound"].to_numpy())
    ended = tmp_path / "ended.toml"
    first = look(whole, design, SECOND, ledger=ended, final=True)
    again = look(whole, design, SECOND, ledger=ended)
    pd.testing.assert_frame_equal(first.table, again.table)
    with pytest.raises(InputError, match="the ledger says that the trial ended with this look"):
        look(whole, design, SECOND, ledger=ended, final=False)
    # With all planned contacts in, the day may be said to be the end afterwards: it was.
    look(whole, design, LAST, ledger=tmp_path / "last.toml", final=False)
    last = look(whole, design, LAST, ledger=tmp_path / "last.toml", final=True)
    assert last.looks["final"].tolist() == [True]


def test_contacts_without_an_arm_are_left_out_and_counted(whole, design):
    contacts = whole.contacts.copy()
    accounts = contacts.loc[contacts["segment"] == "b2c", "account_id"].drop_duplicates()
    outside = contacts["account_id"].isin(accounts.iloc[:20])
    contacts.loc[outside, "arm"] = None
    found = look(replace(whole, contacts=contacts), design, LAST, earlier=[])
    told = f"{outside.sum()} contacts left out: they have no arm of this trial"
    assert told in found.warnings
    assert found.trustworthy
    assert found.table["estimate"].notna().all()


def test_sentences_say_look_bound_and_what_to_do(seen):
    found = seen(SECOND, FIRST)
    assert found.sentence().startswith(f"Look 2 (planned; registered: 3), as of {SECOND}")
    rows = found.sentences()
    assert len(rows) == 4  # two segments, each one comparison and one guardrail
    assert "b2c · long against current: net value per contact" in rows[0]
    assert "interval that holds at all looks" in rows[0]
    assert "guardrail contacts who opted out" in rows[2]
    assert "margin +2.00 percentage points" in rows[2]
    assert escape(found.sentence()) in found._repr_html_()
    assert len(found.sentences(1)) == 4


def test_decisions_follow_the_bounds_that_are_shown(seen):
    found = seen(LAST, FIRST, SECOND)
    for row in found.table.itertuples(index=False):
        crossed = abs(row.z) >= row.bound
        outside = row.ci_low * row.ci_high > 0
        assert crossed == outside
        if row.claimed_at == row.look:
            assert crossed
        assert not (row.claimed_at == 0 and crossed)
    drawn = found.bounds[found.bounds["made"]]
    assert drawn["upper"].to_numpy() == pytest.approx(-drawn["lower"].to_numpy())
    assert np.isfinite(drawn["upper"]).all()


def test_all_that_is_wrong_is_told_at_once(whole, design):
    with pytest.raises(InputError) as told:
        look(whole, design.replace(contacts={}), "soon", earlier=["yesterday"])
    assert {problem.field for problem in told.value.problems} == {"contacts", "as_of", "earlier"}
    with pytest.raises(InputError) as told:
        look(whole, design, FIRST, earlier=[SECOND])
    assert [problem.field for problem in told.value.problems] == ["earlier"]
    for day, rule in (("2026-06-01", "must not be after"), ("2026-01-01", "must be after")):
        with pytest.raises(InputError, match=rule):
            look(whole, design, day, earlier=[])


# -- looks at one moment, and settings of another kind -------------------------------------------


def test_a_day_named_twice_is_one_look(whole, design):
    once, twice = (
        look(whole, design, SECOND, earlier=earlier)
        for earlier in ([FIRST], [FIRST, pd.Timestamp(FIRST), f"{FIRST}T00:00"])
    )
    pd.testing.assert_frame_equal(once.table, twice.table)
    (said,) = set(twice.warnings) - set(once.warnings)
    assert said == f"earlier names {FIRST} 00:00 3 times: one look"


def test_a_ledger_from_which_a_look_was_taken_is_refused(whole, design, first_ledger, tmp_path):
    path = tmp_path / "looks.toml"
    path.write_text(first_ledger)
    look(whole, design, SECOND, ledger=path)
    head, first, second = path.read_text().split("[[looks]]")
    for changed in (
        f"{head}[[looks]]{second}",
        f"{head}[[looks]]{first}",
        path.read_text().replace("identity", "# identity"),
    ):
        path.write_text(changed)
        with pytest.raises(InputError, match="a look that is taken out is still a look"):
            look(whole, design, LAST, ledger=path)
        with pytest.raises(InputError, match="a look that is taken out is still a look"):
            evaluate(whole, design=design, ledger=path)
    path.write_text(f"{head}[[looks]]{first}[[looks]]{second}")
    assert len(read_ledger(path, design)) == 2


@pytest.mark.parametrize("written", ["2026-02-20T00:00+01:00", "2026-02-19 23:00:00+00:00"])
def test_a_moment_written_otherwise_in_the_ledger_is_the_same_look(
    whole, design, first_ledger, seen, tmp_path, written
):
    path = tmp_path / "looks.toml"
    path.write_text(first_ledger)
    (once,) = read_ledger(path, design)
    write_ledger(path, design, [replace(once, as_of=written)])
    pd.testing.assert_frame_equal(look(whole, design, FIRST, ledger=path).table, seen(FIRST).table)
    assert path.read_text() == first_ledger
    write_ledger(path, design, [replace(once, as_of=written)])
    pd.testing.assert_frame_equal(
        look(whole, design, SECOND, earlier=[FIRST], ledger=path).table.drop(columns="as_of"),
        seen(SECOND, FIRST).table.drop(columns="as_of"),
    )
    # Twice in the file it is a mistake: which of the two is meant?
    head, row = first_ledger.split("[[looks]]")
    again = row.replace("2026-02-20 00:00:00+01:00", written)
    path.write_text(f"{head}[[looks]]{row}\n[[looks]]{again}")
    with pytest.raises(InputError, match=r"looks\[2\].as_of == .*must stand there once"):
        look(whole, design, SECOND, ledger=path)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("p_value", -1.0, "must lie between 0 and 1"),
        ("p_value", 1.5, "must lie between 0 and 1"),
        ("se", -1.0, "must be above 0"),
        ("df", -3.0, "must be above 0"),
        ("n", -1, "must be 0 or more"),
        ("n_control", -1, "must be 0 or more"),
        ("fraction", -0.1, "must be a part of the planned, 0 or more"),
        ("estimate", float("inf"), "must be finite"),
        ("margin", float("inf"), "must be finite"),
    ],
)
def test_a_ledger_holds_no_number_that_cannot_be(
    whole, design, first_ledger, tmp_path, field, value, rule
):
    path = tmp_path / "looks.toml"
    content = tomllib.loads(first_ledger)
    content["looks"][0]["seen"][1][field] = value
    path.write_text(tomli_w.dumps(content))
    with pytest.raises(InputError) as caught:
        look(whole, design, SECOND, ledger=path)
    (problem,) = caught.value.problems
    told = (str(path), f"looks[1].seen[2].{field}", value, rule)
    assert (problem.where, problem.field, problem.value, problem.rule) == told


@pytest.mark.parametrize("verb", [monitor, watch_guardrails])
def test_settings_of_another_kind_are_named_with_their_function(whole, design, verb):
    wrong = {"economics": {"b2c": 5}, "ledger": 3, "as_of": []}
    fields = ["economics['b2c']", "ledger", "as_of"]
    if verb is monitor:
        wrong |= {"earlier": 5, "final": "yes"}
        fields[1:1] = ["earlier"]
        fields[3:3] = ["final"]
    with pytest.raises(InputError) as caught:
        verb(whole, design, **wrong)
    assert [problem.field for problem in caught.value.problems] == fields
    assert {problem.where for problem in caught.value.problems} == {verb.__name__}
    with pytest.raises(InputError, match=f"{verb.__name__}: log == 'int', must be a call log"):
        verb(5, design)


# -- an arm in which too few have come ------------------------------------------------------------


@pytest.mark.parametrize("third", [0, 1])
def test_an_arm_with_too_few_waits_and_the_others_are_compared(whole, design, seen, third):
    """A small arm of companies has none yet, or one: households and the two others go on."""
    arms = {**ARMS, "b2b": {**ARMS["b2b"], "longer": RecallPolicy.every(working_days=12)}}
    shares = {"current": 1.0, "long": 1.0, "longer": 0.005}
    registered = design.replace(arms=arms, shares=shares)
    people = whole.contacts.copy()
    if third:
        moved = people.index[(people["segment"] == "b2b") & (people["arm"] == "long")][0]
        people.loc[moved, "arm"] = "longer"
    log = replace(whole, contacts=people)
    plain, found = seen(SECOND), look(log, registered, SECOND, earlier=[])
    assert "b2b: too few in longer yet to compare with" in found.warnings
    assert found.trustworthy
    rows = found.table.set_index(["segment", "arm"])
    assert np.isnan(rows.loc[("b2b", "longer"), "estimate"])
    compared = rows.loc[[("b2c", "long"), ("b2b", "long")], "estimate"]
    if third:
        assert compared.notna().all()
    else:
        before = plain.table.set_index(["segment", "arm"])["estimate"]
        pd.testing.assert_series_equal(compared, before[compared.index])
    # At the end of the trial an arm that never had anybody is no arm that waits.
    end = look(log, registered, LAST, final=True, earlier=[])
    assert not end.trustworthy
    assert "arms were dropped or added" in end.checks["meaning"].str.cat()


def test_a_look_says_that_nobody_registered_which_way_is_better(seen) -> None:
    plain = seen(FIRST)
    assert "a guess" not in plain.sentence()
    guessed = replace(plain, guess=guess_words("walks", less=False))
    assert " More of walks is taken as better: a guess." in guessed.sentence()
