"""A rehearsal plays, cuts, deals and evaluates trials as the field would, and says so."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import CallLog
from simkit.engine import simulate
from simkit.engine.record import play
from simkit.engine.simulate import engine_of, prepared
from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.policy.recall import days_words
from simkit.report.sentences_rehearsal import wrong_title
from simkit.run.code import rooms_of
from simkit.scenario import load_scenario
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign
from simkit.trial.rehearse import compare_capacity, rehearse, words
from simkit.trial.rehearse.duration import may_do_days, run_for_days
from simkit.trial.rehearse.field_log import dealt, field_logs
from simkit.trial.rehearse.montecarlo import named, share
from simkit.trial.rehearse.rehearse import prepare
from simkit.trial.rehearse.result import TABLES
from simkit.trial.rehearse.trials import FIRST_OF, Task, TrialRun, settings_of

SMALL = {"replications": 3, "durations_days": (30,), "progress": False, "jobs": 1}
ARMS = {
    "b2b": {
        "current": RecallPolicy.every(working_days=5),
        "long": RecallPolicy.every(working_days=10),
        "longer": RecallPolicy.every(working_days=20),
    }
}


def made(**changes):
    fields = {
        "name": "autumn",
        "arms": ARMS,
        "control": {"b2b": "current"},
        "salt": "autumn-2026",
        "horizon_days": 60.0,
        "guardrails": {"opt_out": {"b2b": 0.05}},
        "margins": {"net_value_eur": {"b2b": 3.0}},
        "contacts": {"b2b": 240},
    }
    return TrialDesign(**{**fields, **changes})


@pytest.fixture(scope="module")
def b2b():
    # Contacts enter over ten days, so that a cut is not at the same age for all.
    world = load_scenario("b2b")
    return world.vary("b2b.entry_spread_days", 10.0, source="test")


@pytest.fixture(scope="module")
def small(b2b):
    return rehearse(made(), b2b, **SMALL)


@pytest.mark.parametrize("agents", [None, 2])
def test_a_cut_log_is_that_of_the_shorter_trial(b2b, agents):
    # Sales are many and withdrawn late, so that cancellations fall behind a cut.
    eager = b2b.vary_all({"b2b.sale_base_logit": 2.0, "b2b.cancel_base_logit": 1.0}, source="test")
    about = {"contacts": 300, "agents": agents, "seed": 1, "replication": 3}
    plan, header = prepared(eager, ARMS, days=150, **about)
    later = 0
    for days, log in zip((50, 90, 150), field_logs(plan, header, (50, 90, 150)), strict=True):
        expected = simulate(eager, ARMS, days=days, **about)
        pd.testing.assert_frame_equal(log.contacts, expected.contacts)
        pd.testing.assert_frame_equal(log.attempts.reset_index(drop=True), expected.attempts)
        later += int(expected.attempts["cancelled_at"].notna().sum())
        assert log.truth is None
        assert log.header.source == "field"
        assert (log.header.scenario, log.header.policy, log.header.seed) == (None, None, None)
    assert later > 10


def test_unequal_parts_are_dealt_by_whole_accounts(b2b):
    plan, _ = prepared(b2b, ARMS, contacts=1000, agents=None, days=30, seed=1, replication=0)
    parts = {"b2b": {"current": 0.5, "long": 0.3, "longer": 0.2}}
    found = dealt(plan, parts, "account")
    accounts = pd.DataFrame({"account": plan.account, "cell": found.cell}).drop_duplicates()
    assert accounts["account"].is_unique  # no account stands in two arms
    wanted = np.array([0.5, 0.3, 0.2]) * len(accounts)
    # Largest remainders: no arm is off by a whole account.
    assert np.all(np.abs(np.bincount(accounts["cell"]) - wanted) < 1)


def test_contacts_dealt_one_by_one_are_played_alike_by_both_engines(b2b):
    plan, _ = prepared(b2b, ARMS, contacts=200, agents=2, days=120, seed=1, replication=0)
    third = dict.fromkeys(ARMS["b2b"], 1 / 3)
    split = dealt(plan, {"b2b": third}, "contact")
    own = pd.DataFrame({"account": plan.account, "cell": split.cell}).drop_duplicates()
    assert own["account"].duplicated().any()
    compiled, simpy = (play(engine_of(name, split)).attempts for name in ("compiled", "simpy"))
    np.testing.assert_array_equal(compiled, simpy)


def test_a_rehearsed_trial_is_what_evaluate_says_of_the_field_log(b2b, small):
    # By hand: the trial of that number, without its truth, at the design's horizon.
    design, economics = made(), b2b.economics()
    estimates, vetoes = [], []
    for number in range(3):
        log = simulate(b2b, ARMS, contacts=240, days=70, seed=1, replication=number)
        header = replace(log.header, source="field", scenario=None, policy=None, seed=None)
        found = evaluate(
            CallLog(header, log.contacts, log.attempts),
            control={"b2b": "current"},
            outcomes=["net_value_eur", "opt_out"],
            horizon_days=60.0,
            economics=economics,
            margins={"net_value_eur": 3.0},
            guardrails={"opt_out": 0.05},
        )
        rows = found.table.set_index(["outcome", "arm"])
        estimates.append(rows.loc[("net_value_eur", "long"), "estimate"])
        vetoes.append(found.vetoes.set_index("arm").loc["long", "state"] == "within margin")
    row = small.table.set_index(["arm", "horizon_days"]).loc[("long", 60.0)]
    assert row["mean_estimate"] == pytest.approx(np.mean(estimates), rel=1e-12)
    guard = small.guardrails.set_index(["arm", "horizon_days"]).loc[("long", 60.0)]
    assert guard["within"] == pytest.approx(np.mean(vetoes))
    assert settings_of(design, 30.0, economics)["design"].margins == {"net_value_eur": {"b2b": 1.5}}


def test_the_truth_is_the_arm_alone_with_eventual_cancellations(b2b, small):
    # By hand: `long` for everybody, then the mean of the contacts' outcomes in the longest run.
    from simkit.measures import contact_outcomes

    means = []
    for number in range(small.settings["truth_replications"]):
        log = simulate(
            b2b,
            {"b2b": ARMS["b2b"]["long"]},
            contacts=240,
            days=375,
            seed=1,
            replication=FIRST_OF["alone"] + number,
        )
        outcomes = contact_outcomes(log, horizon_days=60, economics=b2b.economics())
        means.append(outcomes["net_value_eur"].mean())
    rows = small.truth.set_index(["outcome", "arm", "horizon_days"])
    row = rows.loc[("net_value_eur", "long", 60.0)]
    assert row["mean"] == pytest.approx(np.mean(means), rel=1e-12)


def test_the_same_whoever_works_and_nothing_twice(b2b, small, tmp_path, monkeypatch):
    played = []
    run = TrialRun.__call__

    def remember(self, task):
        played.append(task)
        return run(self, task)

    monkeypatch.setattr(TrialRun, "__call__", remember)
    settings = SMALL | {"keep": tmp_path}
    first = rehearse(made(), b2b, **(settings | {"replications": 2, "truth_replications": 2}))
    assert len(played) == 4
    again = rehearse(made(), b2b, **(settings | {"truth_replications": 2}))
    assert {task.replication for task in played[4:]} == {2}
    assert len(first.winners) == len(again.winners)
    # Another margin may change a verdict: it is another trial.
    other = made(margins={"net_value_eur": {"b2b": 4.0}})
    assert prepared_run(other, b2b).about(Task("trial", 0)) != prepared_run(made(), b2b).about(
        Task("trial", 0)
    )
    # The code that evaluates has a say in what is kept.
    assert rooms_of(prepared_run(made(), b2b)) == ("trial",)
    monkeypatch.undo()
    parallel = rehearse(made(), b2b, **(SMALL | {"jobs": 2, "truth_replications": 2}))
    for name in TABLES:
        pd.testing.assert_frame_equal(
            getattr(parallel, name), getattr(again, name), check_exact=True
        )


def prepared_run(design, scenario, economics=None):
    return prepare(
        design,
        scenario,
        contacts=None,
        agents=None,
        replications=2,
        truth_replications=None,
        durations_days=None,
        entry_days=None,
        wrong_at_most=0.1,
        judged_by=None,
        economics=economics,
        seed=1,
    ).run


def test_prices_are_those_registered_unless_others_are_given(b2b):
    own = b2b.economics()
    registered = {"b2b": own["b2b"].model_copy(update={"dial_eur": 9.0})}
    assert prepared_run(made(), b2b).economics == own
    assert prepared_run(made(prices=registered), b2b).economics == registered
    assert prepared_run(made(prices=registered), b2b, own).economics == own


def test_every_figure_has_its_monte_carlo_interval(small):
    for name in TABLES:
        table = getattr(small, name)
        for column in table.columns[table.columns.str.endswith("_low")]:
            value, low, high = (
                table[column.removesuffix("_low") + end] for end in ("", "_low", "_high")
            )
            known = value.notna() & low.notna()
            assert (low[known] <= value[known] + 1e-12).all(), (name, column)
            assert (value[known] <= high[known] + 1e-12).all(), (name, column)
    picked = small.winners.groupby("horizon_days")[["highest"]].sum()
    np.testing.assert_allclose(picked, 1.0)


def test_it_is_said_and_written(small, tmp_path):
    assert "With 240 contacts for 60 days, the trial" in small.sentence()
    assert "Where no arm differs" in "\n".join(small.sentences())
    assert "<table" in small._repr_html_()
    small.write(tmp_path / "out")
    about = json.loads((tmp_path / "out" / "rehearsal.json").read_text(encoding="utf-8"))
    assert about["settings"]["replications"] == 3
    written = pd.read_csv(tmp_path / "out" / "rehearsal_durations.csv")
    assert written["wrong"].tolist() == small.durations["wrong"].tolist()


def test_what_is_not_rehearsed_is_said():
    design = made(covariates=("age",), strata=("region",))
    settings = {"agents": {"current": 1}, "truth_replications": 2}
    told = " ".join(words.warnings(design, settings, {"b2b": ("long", "longer")}, 1, 9))
    parts = ("age", "region", "skill", "long and longer", "1 of 9 trials failed")
    assert all(part in told for part in parts)
    assert words.warnings(made(), {"agents": None}, {"b2b": None}, 0, 9) == ()


def test_everything_wrong_is_told_at_once(b2b):
    with pytest.raises(InputError) as told:
        rehearse(
            made(contacts={}, primary="attempts", guardrails={}, margins={}),
            b2b,
            replications=1,
            durations_days=(0, 30),
            agents={"current": 1},
            wrong_at_most=2,
            judged_by="luck",
            seed=-1,
        )
    fields = {problem.field for problem in told.value.problems}
    expected = {"contacts", "design", "replications", "durations_days", "agents", "seed"}
    assert expected | {"wrong_at_most", "judged_by"} <= fields
    with pytest.raises(InputError, match="must be a segment of scenario"):
        rehearse(made(), load_scenario("b2c"))
    with pytest.raises(InputError, match="at least one for each"):
        compare_capacity(made(), b2b)


@pytest.mark.parametrize(
    ("wrong", "days"),
    [
        ([0.9, 0.3, 0.08, 0.05], 126.0),
        ([0.05, 0.3, 0.08, 0.05], 126.0),  # a short trial may be right by luck of its bias
        ([0.05, 0.05, 0.05, 0.05], 30.0),
        ([0.9, 0.05, 0.05, 0.2], None),
    ],
)
def test_a_trial_must_run_until_no_longer_one_is_wrong_too_often(wrong, days):
    table = pd.DataFrame({"segment": "b2b", "horizon_days": [30.0, 60.0, 126.0, 365.0]})
    seen = table.assign(wrong=0.0, wrong_high=wrong)
    assert run_for_days(seen, "b2b", 0.1) == days  # by the upper end, whatever was seen
    assert may_do_days(seen, "b2b", 0.1) == 30.0


def shares(count, events):
    """So many trials of which so many have the event, as the columns of a share say it."""
    return share(np.arange(count) < events)


@pytest.mark.parametrize(
    ("trials", "told"),
    [
        # Wilson's upper end of no event among 2 is 66 %, among 34 10.2 %, among 35 9.9 %.
        (2, "whether {} is not settled by 2 rehearsals"),
        (34, "whether {} is not settled by 34 rehearsals"),
        (35, "{}, by the upper end of the interval"),
    ],
)
def test_few_rehearsals_settle_no_duration(small, trials, told):
    rows = small.durations.assign(trials=trials, **named("wrong", shares(trials, 0)))
    found = replace(
        small,
        durations=rows,
        run_for={"b2b": run_for_days(rows, "b2b", 0.1)},
        run_for_worthwhile={"b2b": None},
        wrong_at_most=0.1,
    )
    told = told.format("30 days would do for at most 10 % wrong trials")
    assert found.sentence().endswith(f"on average: {told}.")


def test_the_upper_end_decides_and_the_shorter_trial_that_it_rules_out_is_named(small):
    # Of 100 trials 8 wrong: Wilson's interval ends at 15 %; none wrong: at 3.7 %.
    rows = small.durations.assign(**named("wrong", shares(100, 0)))
    for name, value in named("wrong", shares(100, 8)).items():
        rows.loc[rows["horizon_days"] == 30.0, name] = value
    found = replace(
        small, durations=rows, run_for={"b2b": run_for_days(rows, "b2b", 0.1)}, wrong_at_most=0.1
    )
    assert (found.run_for["b2b"], found.may_do["b2b"]) == (60.0, 30.0)
    ending = ", by the upper end of the interval (with 30 days 8 % (4 to 15 %) were wrong)."
    assert found.sentence().endswith(f"that is at most 10 % of trials{ending}")
    shorter = replace(found, design=small.design.replace(horizon_days=30.0))
    assert shorter.sentence().endswith(f"run it 60 days for at most 10 % wrong trials{ending}")


@pytest.mark.parametrize(
    ("trials", "wrong", "settled"),
    [
        # Wilson's lower end of 1 wrong among 6 is 3 %, of 8 among 40 10.5 %, of 7 among 40 8.7 %
        # (R: prop.test(1, 6, correct = FALSE)$conf.int).
        (6, 1, False),
        (40, 7, False),
        (40, 8, True),
    ],
)
def test_too_many_wrong_trials_are_claimed_only_where_the_whole_interval_is_above_the_limit(
    small, trials, wrong, settled
):
    rows = small.durations.assign(trials=trials, **named("wrong", shares(trials, wrong)))
    about = {"run_for": {"b2b": None}, "run_for_worthwhile": {"b2b": None}, "wrong_at_most": 0.1}
    found = replace(small, durations=rows, **about)
    days = f"{rows['horizon_days'].max():g} days, the longest tried,"
    above = f"even after {days} that is more than 10 % of trials."
    undecided = (
        f"whether even {days} would do for at most 10 % wrong trials is not settled by "
        f"{trials} rehearsals."
    )
    assert found.sentence().endswith(above if settled else undecided)
    title = wrong_title(found, "b2b")
    assert title.startswith("even at" if settled else f"{trials} rehearsals do not settle whether ")
    assert ("over 10 % of trials pick" in title) == settled


def test_the_longest_duration_tried_says_nothing_of_longer_ones(small):
    rows = small.durations.assign(wrong=0.5, wrong_low=0.4, wrong_high=0.6)
    about = {"durations": rows, "run_for": {"b2b": None}, "wrong_at_most": 0.1}
    longest = float(rows["horizon_days"].max())
    found = replace(small, **about, run_for_worthwhile={"b2b": None})
    ending = f"even after {longest:g} days, the longest tried, that is more than 10 % of trials."
    assert found.sentence().endswith(ending)
    found = replace(small, **about, run_for_worthwhile={"b2b": longest})
    assert f"but at {longest:g} days, the longest tried, at most 10 % of trials" in found.sentence()
    found = replace(small, **about, run_for_worthwhile={"b2b": 30.0})
    assert "but from 30 days on at most 10 % of trials" in found.sentence()
    assert [days_words(days) for days in (1.0, 60.0)] == ["1 day", "60 days"]


def test_the_headline_names_the_guardrail_that_keeps_the_best_arm_from_being_adopted(small):
    rows = small.durations.assign(best_of_year="long")

    def told(veto: int, unshown: int) -> str:
        some = {**named("veto", shares(3, veto)), **named("open", shares(3, unshown))}
        found = replace(small, durations=rows, guardrails=small.guardrails.assign(**some))
        return found.sentence()

    # Wilson's interval of 2 in 3; of 1 in 3 it is the same from the other side.
    head = "; its guardrail contacts who opted out "
    assert f"{head}vetoes it in 67 % (21 to 94 %). The arm" in told(2, 0)
    stays = "stays open in 33 % (6 to 79 %): not to be adopted then. The arm"
    assert f"{head}{stays}" in told(0, 1)
    assert f"{head}vetoes it in 67 % (21 to 94 %) and {stays}" in told(2, 1)
    assert "guardrail contacts" not in told(0, 0)


def test_what_no_number_of_contacts_cures_is_said_only_where_the_years_best_arm_is_settled(small):
    rows = small.durations.assign(too_short=True, best_then="long", best_of_year="current")
    cure = "no number of contacts cures that"
    for unsettled, told in ((None, True), (("current", "long"), False)):
        found = replace(small, durations=rows, unsettled={"b2b": unsettled})
        (said,) = [text for text in found.sentences() if "is truly the best arm" in text]
        assert (cure in said) == told
        assert said.endswith("so few populations tell.") != told


def test_durations_at_which_the_years_best_is_behind_by_luck_perhaps_are_not_left_out(small):
    """The table of durations says who is ahead at each: so does the sentence."""
    days = small.durations["horizon_days"]
    rows = small.durations.assign(too_short=days <= days.min(), best_of_year="long")
    then = {0: "current", 1: "current", 2: "long"}
    for behind in (1, 2):
        rows["best_then"] = [then[0] if place < behind else then[2] for place in range(len(rows))]
        found = replace(small, durations=rows, unsettled={"b2b": None})
        (said,) = [text for text in found.sentences() if "is truly the best arm" in text]
        assert said.startswith(f"Up to {days.min():g} days current is truly the best arm")
        also = (
            f"; at {sorted(days)[1]:g} days current is still ahead, but not told apart from long."
        )
        assert said.endswith(also) == (behind == 2)


@pytest.mark.parametrize(
    ("claims", "wrong", "told"),
    [
        (0, np.nan, " of trials."),
        (1, 1.0, "; 1 of 20 trials finds something, 1 with the wrong sign: too few for a share."),
        (4, 0.0, "; 4 of 20 trials find something, none with the wrong sign: too few for a share."),
        (
            5,
            0.2,
            "; the 5 of 20 trials that find something have the wrong sign in 20 % and give 1.5 "
            "times the true size.",
        ),
    ],
)
def test_of_a_few_trials_that_find_something_their_number_is_told(small, claims, wrong, told):
    few = {"better": claims / 20, "worse": 0.0, "trials": 20}
    rows = small.table.assign(**few, wrong_sign=wrong, exaggeration=1.5)
    said = [text for text in replace(small, table=rows).sentences() if "scenario's own" in text]
    assert said
    assert all(text.endswith(told) for text in said)


def test_a_share_that_no_trial_has_is_from_exactly_0() -> None:
    """Wilson's lower bound of 0 of n is 0, which floating point misses by about 3e-17."""
    for trials in range(1, 200):
        assert share(np.zeros(trials, dtype=np.bool_))[1] == 0
        assert share(np.ones(trials, dtype=np.bool_))[2] == 1


def test_progress_counts_all_runs_as_one(capsys, b2b):
    """Three arms alone in 2 replications, 3 trials and 3 without a difference: 12 runs."""
    rehearse(made(), b2b, **SMALL | {"progress": True})
    told = [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert [line for line in told if line.startswith("rehearsal")] == [
        f"rehearsal: {done} of 12" for done in (3, 6, 9, 12)
    ]


def test_it_is_said_which_differences_are_meant_and_what_a_worthwhile_one_needs(small):
    design = small.design
    rows = small.table.assign(mean_se=[6.0] * len(small.table))
    said = " ".join(replace(small, table=rows).sentences())
    assert "long against current: the scenario's own difference is " in said
    # 80 contacts an arm, se² = V/2 × 2/80 = 36, so V = 2880. n = (z(1 − .05/2/2) + z(.8))² V / 3²
    # an arm, in R: (qnorm(1 - .05/4) + qnorm(.8))^2 * 2880 / 9 = 3041.2; three arms.
    assert (design.alpha, design.power, sum(design.contacts.values())) == (0.05, 0.8, 240)
    assert "what is worthwhile (3.00 EUR in 60 days) would need about 9,100 contacts in all" in said
    assert "rehearsed are 240." in said


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        # 2 EUR when wrong, in half of the trials; 3 EUR are worth a change.
        (1.0, "arms are closer than what is worth a change (3.00 EUR a contact-year)"),
        (2.0, "less than the 3.00 that are worth a change, and 4.00 where it is wrong"),
        (4.0, None),
    ],
)
def test_a_wrong_pick_that_costs_little_is_told_as_that(small, loss, told):
    rows = small.durations.assign(wrong=0.5, wrong_high=0.6, loss_highest=loss)
    found = replace(small, durations=rows, worthwhile_eur={"b2b": 3.0}, run_for={"b2b": None})
    assert ("worth a change" in found.sentence().partition(": even")[0]) == (told is not None)
    assert told is None or told in found.sentence()


def test_what_sharing_the_agents_does_is_always_said_in_one_sentence(small):
    def told(agents, low, high):
        rows = small.bias.assign(bias=(low + high) / 2, bias_low=low, bias_high=high)
        found = replace(small, bias=rows, settings={**small.settings, "agents": agents})
        return [text for text in found.sentences() if "gents" in text and "share" in text]

    (luck,) = told(4, -1.0, 2.0)
    assert "all arms share 4" in luck
    assert "long +0.50 EUR (−1.00 EUR to +2.00 EUR)" in luck
    assert luck.endswith("which may all be the luck of these rehearsals.")
    (sure,) = told(4, 1.0, 2.0)
    assert "luck" not in sure
    (none,) = told(None, -1.0, 2.0)
    assert "is not rehearsed" in none
    assert told({"current": 2, "long": 2, "longer": 2}, -1.0, 2.0) == []
