"""Registered looks at rehearsed trials are those of monitor, and what they decide is counted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.engine.simulate import prepared
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.scenario.hours import DAY_S
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.guarded import STOP_ARM
from simkit.trial.monitor import monitor
from simkit.trial.rehearse import rehearse
from simkit.trial.rehearse.layout import (
    BETTER,
    DECISIONS,
    FUTILE,
    GO_ON,
    HELD_BACK,
    LOOK_FIELDS,
    STOPPED,
    WORSE,
)
from simkit.trial.rehearse.looking import look_days
from simkit.trial.rehearse.rehearse import WRONG_AT_MOST, prepare
from simkit.trial.rehearse.stopping import LOOKS_COLUMNS, STOPS_COLUMNS, followed
from simkit.trial.rehearse.trials import FIRST_OF, Task

ARMS = {
    "b2b": {
        "current": RecallPolicy.every(working_days=5),
        "often": RecallPolicy.every(working_days=1),
        "long": RecallPolicy.every(working_days=20),
    }
}
ENTRY_DAYS, HORIZON_DAYS = 40, 30.0
LOOKS = Looks(fractions=(0.35, 0.6, 1.0), spending="pocock", futility=True)
PLAIN = {"replications": 3, "durations_days": (), "progress": False, "jobs": 1}


def made(**changes):
    fields = {
        "name": "autumn",
        "arms": ARMS,
        "control": {"b2b": "current"},
        "salt": "autumn-2026",
        "horizon_days": HORIZON_DAYS,
        "guardrails": {"opt_out": {"b2b": 0.05}},
        "looks": LOOKS,
        "contacts": {"b2b": 400},
    }
    return TrialDesign(**{**fields, **changes})


def run_of(design, **changes):
    about = {
        "contacts": None,
        "agents": None,
        "replications": 2,
        "truth_replications": None,
        "durations_days": (),
        "entry_days": ENTRY_DAYS,
        "wrong_at_most": WRONG_AT_MOST,
        "judged_by": None,
        "economics": None,
        "seed": 1,
    }
    return prepare(design, load_scenario("b2b"), **{**about, **changes})


@pytest.fixture(scope="module")
def looked():
    return rehearse(made(), load_scenario("b2b"), entry_days=ENTRY_DAYS, **PLAIN)


@pytest.mark.parametrize(("kind", "number"), [("trial", 1), ("null", 0)])
def test_what_is_noted_of_looks_is_what_monitor_says_of_the_same_log(kind, number):
    design, run = made(), run_of(made()).run
    noted = run(Task(kind, number))[-3:]
    assert noted.shape[1:] == (3, run.layout.width)
    log = simulate(
        run.scenario,
        run.policies(kind),
        contacts=400,
        agents=None,
        days=ENTRY_DAYS + 30,
        seed=1,
        replication=FIRST_OF[kind] + number,
    )
    header = replace(log.header, source="field", scenario=None, policy=None, seed=None)
    log = CallLog(header, log.contacts, log.attempts)
    # By hand: the first midnights on which 35 and 60 % were followed, and the end.
    start = pd.Timestamp(log.header.start).tz_localize(log.header.timezone)
    age_days = (log.contacts["entered_at"] - start) / pd.Timedelta(days=1) + HORIZON_DAYS
    ages = age_days.round(3).to_numpy()  # an hour of daylight saving is not a day
    midnights = np.arange(ENTRY_DAYS + 31)
    share = (ages[:, None] <= midnights + 0.1).mean(axis=0)
    days = [int(np.argmax(share >= part)) for part in (0.35, 0.6)] + [ENTRY_DAYS + 30]
    dates = [str((log.header.start + pd.Timedelta(days=day)).date()) for day in days]
    economics = load_scenario("b2b").economics()
    for look in range(3):
        found = monitor(log, design, economics=economics, as_of=dates[look], earlier=dates[:look])
        here = pd.DataFrame(noted[look, 1:, : len(LOOK_FIELDS)], columns=list(LOOK_FIELDS))
        assert set(here["days"]) == {days[look]}
        assert found.last["arm"].tolist() == ["often", "long"]
        for name in ("estimate", "p_value", "median_unbiased"):
            np.testing.assert_array_equal(here[name], found.last[name])
        assert here["decision"].tolist() == [DECISIONS[told] for told in found.last["decision"]]
        assert here["followed"].iloc[0] == found.looks["fraction"].iloc[-1]
        assert here["entered"].iloc[0] == (log.contacts["entered_at"] < dates[look]).mean()
        shown = found.last["claimed_at"].gt(0).to_numpy()
        assert (here["claimed"] != 0).tolist() == shown.tolist()
        guards = found.guardrails[found.guardrails["look"] == look + 1]
        assert here["guarded"].tolist() == (guards["decision"] == STOP_ARM).tolist()
    assert np.isnan(noted[:, 0, LOOK_FIELDS.index("estimate")]).all()  # the control


def test_a_look_falls_on_the_first_midnight_that_finds_its_part_followed():
    random = np.random.default_rng(3)
    fractions = (0.2, 0.35, 0.5, 0.9, 1.0)
    for contacts in (7, 100, 1001):
        entered = random.integers(0, 30, contacts)
        end = 30 + 56
        # Counting day by day.
        counted = [
            next(day for day in range(end + 1) if (entered + 56 <= day).sum() >= part * contacts)
            for part in fractions
        ]
        counted = [end if day >= counted[-1] else day for day in counted]
        expected = [
            None if day in counted[place + 1 :] else day for place, day in enumerate(counted)
        ]
        assert look_days(entered * DAY_S, fractions, 56.0, end) == expected


def test_looks_on_one_day_are_one_look():
    nobody_later = np.zeros(50, dtype=np.int64)
    assert look_days(nobody_later, (0.3, 0.6, 1.0), 56.0, 56) == [None, None, 56]
    two_waves = np.repeat([0, 9 * DAY_S], 25)
    assert look_days(two_waves, (0.3, 0.5, 0.6, 1.0), 56.0, 66) == [None, 56, None, 66]


def test_one_look_at_the_end_says_what_the_power_table_says():
    design = made(looks=Looks(fractions=(1.0,)), guardrails={}, horizon_days=60.0)
    found = rehearse(design, load_scenario("b2b"), entry_days=5, **(PLAIN | {"replications": 4}))
    for name in ("better", "worse"):
        np.testing.assert_array_equal(found.looks.iloc[1:][name], found.table[name])
    stops, null = found.stops.iloc[1:], found.false_positives
    assert found.table["power"].max() > 0
    for name in ("power", "power_low", "power_high"):
        np.testing.assert_array_equal(stops[name], found.table[name])
    np.testing.assert_array_equal(stops["power_at_end"], found.table["power"])
    np.testing.assert_array_equal(found.stops["false_claim"], null["claim"])
    np.testing.assert_array_equal(found.stops["false_claim_at_end"], null["claim"])
    assert (found.stops["days_saved"] == 0).all()
    assert not any("looks" in text for text in found.sentences())


def test_what_is_kept_depends_on_the_looks_and_on_who_enters_when():
    def about(design, **changes):
        return run_of(design, **changes).run.about(Task("trial", 0))

    plain = about(made())
    others = [
        about(made(looks=None)),
        about(made(looks=Looks(fractions=(0.35, 0.6, 1.0), spending="pocock"))),
        about(made(looks=Looks(fractions=(0.35, 0.6, 1.0), futility=True))),
        about(made(looks=Looks(fractions=(0.35, 1.0), spending="pocock", futility=True))),
        about(made(power=0.9)),  # futility bounds follow from it
        about(made(), entry_days=20),
    ]
    assert all(other != plain for other in others)
    assert about(made(name="winter", salt="w")) == plain


def noted_of(looked, **fields):
    """Return what was noted of trials: shape (trials, looks, cells, width), as told by arm."""
    prepared_ = run_of(made())
    layout = prepared_.run.layout
    trials = np.zeros((1, looked, 3, layout.width))
    told = {"trustworthy": 1.0, "days": 1.0, "p_value": 0.5, "estimate": 1.0} | fields
    for name, values in told.items():
        trials[0, ..., LOOK_FIELDS.index(name)] = np.reshape(values, (-1, 1))
    return layout, trials


class Noted:
    """As much of what was noted as `followed` asks for."""

    def __init__(self, layout):
        self.layout, self.design, self.sign = layout, made(), 1.0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # A claim after the arm was given up is not counted.
        (
            {"decision": [GO_ON, FUTILE, BETTER], "claimed": [0, 0, BETTER]},
            {"futile": [0, 1, 1], "better": [0, 0, 0], "stopped": [0, 1, 1], "last": 1},
        ),
        # Shown better at the look at which a guardrail stops it: both.
        (
            {"decision": [GO_ON, STOPPED, STOPPED], "claimed": [0, BETTER, BETTER]}
            | {"guarded": [0, 1, 1]},
            {"guardrail": [0, 1, 1], "better": [0, 1, 1], "stopped": [0, 1, 1], "last": 1},
        ),
        # Better but held back for harm: shown, and still in.
        (
            {"decision": [HELD_BACK, HELD_BACK, BETTER], "claimed": [BETTER] * 3},
            {"better": [1, 1, 1], "stopped": [0, 0, 1], "last": 2, "claimed": 0},
        ),
        # A look of which a check failed may not be acted on.
        (
            {"decision": [WORSE, WORSE, WORSE], "claimed": [WORSE] * 3, "trustworthy": [0, 1, 1]},
            {"worse": [0, 1, 1], "stopped": [0, 1, 1], "last": 1, "claimed": 1},
        ),
        # Nothing is ever shown.
        (
            {"decision": [GO_ON] * 3, "claimed": [0, 0, 0], "guarded": [0, 0, 0]},
            {"better": [0] * 3, "worse": [0] * 3, "stopped": [0] * 3, "last": 2, "claimed": -1},
        ),
    ],
)
def test_looks_are_obeyed(fields, expected):
    layout, trials = noted_of(3, **fields)
    found = followed(Noted(layout), trials)
    for name, values in expected.items():
        seen = getattr(found, name)
        seen = seen[0, :, 0] if seen.ndim == 3 else seen[0, 0]
        np.testing.assert_array_equal(seen, values, err_msg=name)


def test_every_look_has_its_rows_and_intervals(looked):
    assert list(looked.looks.columns) == list(LOOKS_COLUMNS)
    assert list(looked.stops.columns) == list(STOPS_COLUMNS)
    assert looked.looks.groupby(["segment", "arm"]).size().tolist() == [3, 3, 3]
    # What was decided stays decided, and whatever stops an arm is a stop.
    for arm, rows in looked.looks.groupby("arm"):
        for name in ("better", "worse", "futile", "guardrail", "stopped", "false_claim", "days"):
            assert rows[name].is_monotonic_increasing
        if arm != "any":  # where one is stopped the others go on
            assert (rows[["futile", "guardrail"]].max(axis=1) <= rows["stopped"]).all()
    stops = looked.stops.set_index("arm")
    assert stops.loc["any", "days"] >= stops["days"].max()
    assert stops["end_days"].eq(ENTRY_DAYS + 30).all()
    np.testing.assert_allclose(stops["days"] + stops["days_saved"], stops["end_days"])
    none = rehearse(made(looks=None), load_scenario("b2b"), **(PLAIN | {"replications": 2}))
    assert (len(none.looks), len(none.stops)) == (0, 0)
    assert list(none.stops.columns) == list(STOPS_COLUMNS)


def test_strata_and_covariates_are_not_rehearsed_and_are_no_hindrance():
    how = PLAIN | {"replications": 2}
    plain, more = (
        rehearse(made(looks=None, **known), load_scenario("b2b"), **how)
        for known in ({}, {"strata": ("province",), "covariates": ("spent",)})
    )
    pd.testing.assert_frame_equal(more.table, plain.table)
    told = " ".join(more.warnings)
    assert "not rehearsed: assignment within province" in told
    assert "not rehearsed: adjustment by spent" in told


def test_the_sentence_says_what_looks_save_and_where_that_is_little(looked):
    told = "\n".join(looked.sentences())
    whole = looked.stops.iloc[0]
    assert (
        "The registered looks, at 35, 60 and 100 % of the contacts, save "
        f"{whole['days_saved']:.0f} of 70 days on average" in told
    )
    assert "since days are saved only once every arm is decided" in told
    # Two shares of trials that claim something where nothing is: it is said why they differ.
    (claims,) = (one for one in told.split("\n") if one.startswith("Where no arm differs"))
    assert "by the end alone, at the bound that the looks before leave to it; by any of" in claims
    assert f"the end among them, {100 * whole['false_claim']:.0f} % (" in claims
    assert "They can save little" not in told
    assert looked.settings["entry_days"] == {"b2b": 40.0}
    at_once = rehearse(made(), load_scenario("b2b"), **(PLAIN | {"replications": 2}))
    told = "\n".join(at_once.sentences())
    assert "save 0 of 30 days" in told
    assert "contacts enter on one day and each is followed for 30 days" in told
    assert "the first look falls on the day of the end" in told
    assert at_once.looks["own_day"].tolist() == [0, 0, 1] * 3
    few = rehearse(made(), load_scenario("b2b"), entry_days=3, **(PLAIN | {"replications": 2}))
    assert "They can save little: contacts enter within 3 days" in "\n".join(few.sentences())


@pytest.mark.parametrize(("shown_by", "told"), [(4, False), (5, True)])
def test_how_much_looks_exaggerate_is_not_told_of_a_few(looked, shown_by, told):
    looks = looked.looks.assign(better=shown_by / 100, worse=0.0, trials=100)
    stops = looked.stops.assign(stopped_early=0.5, exaggeration=38.0)
    said = "\n".join(replace(looked, looks=looks, stops=stops).sentences())
    assert ("the estimate is on average 38.0 times the true effect" in said) == told


@pytest.mark.parametrize("reason", ["futile", "worse"])
@pytest.mark.parametrize(("best", "share"), [("long", 0.9), ("long", 0.4), ("often", 0.9)])
def test_looks_that_give_up_the_best_arm_of_the_year_are_warned_of_first(
    looked, reason, best, share
):
    looks = looked.looks.assign(futile=0.0, worse=0.0)
    long = looks["arm"] == "long"
    looks.loc[long, [reason, f"{reason}_low", f"{reason}_high"]] = [share, 0.3, 0.97]
    durations = looked.durations.assign(best_of_year=best)
    found = replace(looked, looks=looks, durations=durations)
    assert found.sentences()[0] == found.sentence()
    does = "give it up" if reason == "futile" else "show it worse"
    warned = found.sentence().startswith(
        f"Warning: long is the best arm of the year, yet the looks {does} before the end in 90 % "
    ) or found.sentence().startswith(
        "Warning: long is the best arm of the year, as far as so few populations tell, yet the "
        f"looks {does} before the end in 90 % (30 to 97 %) of rehearsals: in 30 days"
    )
    assert warned == (best == "long" and share > 0.5)
    assert ("without the futility rule" in found.sentence()) == (warned and reason == "futile")
    assert ("Warning" in found.sentence()) == warned


@pytest.mark.parametrize("stopped", [0.4, 1.0])
def test_an_arm_that_a_guardrail_stops_explains_why_looks_show_less_than_the_end(looked, stopped):
    looks = looked.looks.assign(guardrail=np.where(looked.looks["arm"] == "often", stopped, 0.0))
    stops = looked.stops.assign(power=0.15, power_at_end=1.0)
    said = "\n".join(replace(looked, looks=looks, stops=stops).sentences())
    why = (
        "would in 100 % (often, which the end alone would show in 100 %, is out by then: a "
        "guardrail stops it for its harm in 100 % of trials; an arm that a look has taken out "
        "shows nothing later)"
    )
    assert (why in said) == (stopped > 0.5)
    assert "an arm that a look has taken out shows nothing later)" in said


@pytest.mark.parametrize("days", [-1, float("nan"), "a month", True, 4000])
def test_days_of_entry_that_cannot_be_are_told(days):
    with pytest.raises(InputError) as told:
        rehearse(made(), load_scenario("b2b"), entry_days=days, wrong_at_most=2)
    assert {problem.field for problem in told.value.problems} == {"entry_days", "wrong_at_most"}


def test_contacts_enter_evenly_over_the_days_that_are_asked():
    world = run_of(made(), entry_days=20).run.scenario
    plan, _ = prepared(world, ARMS, contacts=400, agents=None, days=60, seed=1, replication=0)
    days = plan.entered_s / DAY_S
    assert (days.min(), days.max()) == (0, 19)
    assert run_of(made(), entry_days=None).run.scenario == load_scenario("b2b")
