"""The field trial on the page: what was registered, what is doubted, what stands beside."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from page_reader import Page

from simkit.recommend import recommend
from simkit.report import write_report
from simkit.report.sections_trial import checked, doubts, field, standing
from simkit.report.sentences_trial import probability_text, relative_text
from simkit.trial import evaluate
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.design import TrialDesign


@pytest.fixture(scope="session")
def design(study) -> TrialDesign:
    """The small study as it might have been registered."""
    return TrialDesign(
        name="forty days",
        arms=study.policies,
        control=dict.fromkeys(study.policies, "control"),
        salt="forty",
        horizon_days=40.0,
        secondary=("sale",),
        guardrails={"opt_out": {"b2c": 0.02, "b2b": 0.01}},
        margins={"net_value_eur": {"b2c": 6.0, "b2b": 30.0}},
        prices=study.scenario.economics(),
    )


@pytest.fixture(scope="session")
def registered(study, design):
    """The small study evaluated as registered."""
    return evaluate(study.log, design=design, economics=study.scenario.economics())


@pytest.fixture(scope="session")
def early(study, design):
    """The same at an earlier horizon than registered, which may not be acted on."""
    prices = study.scenario.economics()
    return evaluate(study.log, design=design, horizon_days=20, economics=prices)


def shown(evaluation, segment="b2c", **more):
    given = {"regret": None, "checks": None, "incidence": None} | more
    return field(evaluation, segment, {}, **given)


def page_of(study, tmp_path, evaluation, **more) -> Page:
    path = write_report(
        tmp_path / "report.html", study.recommendation, evaluation=evaluation, **more
    )
    return Page(path.read_text(encoding="utf-8"))


def test_the_registered_design_is_named_with_what_decides_and_what_may_veto(registered, design):
    lines = dict(standing(registered))
    assert lines["registered"] == f"forty days ({design.identity()}), day not known"
    assert lines["decides"] == "net value at 40 days"
    worth = "b2c 6.00 EUR, b2b 30.00 EUR at 40 days, as registered"
    assert lines["worth a change"] == worth
    told = "contacts who opted out (tolerated: b2c +2.00 percentage points, b2b +1.00 percentage"
    assert lines["may veto"].startswith(told)
    assert lines["evaluated"] == "as registered"


def test_an_evaluation_as_registered_is_not_doubted_and_folds_what_is_fine(
    study, registered, tmp_path
):
    assert registered.trustworthy
    kinds = {kind for segment in study.policies for kind, _ in doubts(registered, segment)}
    assert kinds <= {"segments not shown to differ"}
    page = page_of(study, tmp_path, registered)
    assert "A check of the simulated trial failed" not in page.words
    # Of each segment the other outcomes and the trends; and the checks.
    assert len(page.all("details")) == 2 * 2 + 1
    assert "checks found nothing" in page.words
    assert "The other outcomes, of which none decides" in page.words


def test_without_a_design_the_decision_says_so(study, tmp_path):
    page = page_of(study, tmp_path, study.evaluation)
    answer = page.words[: page.words.index("What to know before acting")]
    assert answer.count("No design was given: nothing shows which outcome") == 2
    assert "none: nothing shows which outcome" in answer
    classes = [attrs["class"] for attrs in page.all("article")]
    assert classes == ["answer doubted"] * 2
    # What was never tried cannot be doubted.
    assert doubts(None, "b2c") == doubts(study.evaluation, "b2x") == []


def test_a_deviation_that_decides_is_told_before_the_decisions(study, early, tmp_path):
    assert not early.trustworthy
    page = page_of(study, tmp_path, early)
    words = page.words
    alarm = words.index("A check of the simulated trial failed")
    assert alarm < words.index(study.recommendation.decisions[0].headline)
    assert [attrs["class"] for attrs in page.all("article")] == ["answer failed"] * 2
    answer = words[: words.index("What to know before acting")]
    assert answer.count("Not as registered. Horizon: 20 days instead of 40") == 2
    # A trial that may not be acted on is not read as a choice either.
    assert "probability of being the best" not in words
    assert "Not read as a choice between arms" in words
    assert dict(standing(early))["evaluated"].startswith("horizon: 20 days instead of 40")


def test_a_check_that_failed_elsewhere_leaves_no_decision_clean(study):
    checks = study.evaluation.checks.copy()
    row = (checks["check"] == "sample ratio") & (checks["segment"] == "b2b")
    checks.loc[row, ["verdict", "meaning"]] = ["fail", "units were lost"]
    failed = replace(study.evaluation, checks=checks, trustworthy=False)
    assert any("units were lost" in text for _, text in doubts(failed, "b2b"))
    kind, text = doubts(failed, "b2c")[0]
    assert (kind, text[:7]) == ("a check failed", "In b2b:")


def test_checks_come_worst_first_with_what_to_do_and_the_fine_ones_apart(early):
    told, fine = checked(early).values()
    verdicts = [row[2] for row in told.rows]
    assert verdicts[0] == "fail"
    assert verdicts == sorted(verdicts, key=["fail", "warning"].index)
    assert told.columns[-1] == "what to do"
    assert all(row[-1] for row in told.rows)
    assert len(told.rows) + len(fine.rows) == len(early.checks)
    assert fine.caption == f"{len(fine.rows)} checks found nothing"


def test_ratios_and_dunnetts_intervals_stand_beside_the_differences(study):
    outcomes = shown(study.evaluation)["outcomes"]
    table = study.evaluation.table
    rows = table[(table["segment"] == "b2c") & (table["role"] != "secondary")]
    assert outcomes.columns.index("Dunnett's interval") == 5
    for cells, row in zip(outcomes.rows, rows.itertuples(), strict=True):
        assert cells[3] == relative_text(row.ratio, row.ratio_low, row.ratio_high)
        assert (cells[5] == "–") == bool(np.isnan(row.ci_low_dunnett))
    # One comparison alone has none.
    two = table[table["arm"] != "rare"].assign(ci_low_dunnett=np.nan)
    alone = shown(replace(study.evaluation, table=two))["outcomes"]
    assert "Dunnett's interval" not in alone.columns


def test_what_looks_flattered_stands_freed_of_them_beside_the_difference(study):
    """As the sentences of a trial evaluated with its ledger have it; without one no such column."""
    table = study.evaluation.table.copy()
    first = (table["role"] == "primary") & (table["segment"] == "b2c")
    table.loc[first, ["median_unbiased", "final_low", "final_high"]] = [1.25, -0.5, 3.0]
    looked = shown(replace(study.evaluation, table=table))["outcomes"]
    place = looked.columns.index("freed of the looks")
    cells = {row[place] for row in looked.rows}
    assert cells == {"+1.25 (−0.50 to +3.00)", "–"}  # guardrails are not claimed at looks
    assert "freed of that (median unbiased)" in looked.note
    assert "freed of the looks" not in shown(study.evaluation)["outcomes"].columns


def test_a_ratio_is_told_as_more_or_less():
    nan = float("nan")
    assert relative_text(1.45, 1.02, 1.9) == "+45 % (+2 to +90)"
    assert relative_text(0.1, 0.0, float("inf")) == "−90 % (−100 to +∞)"
    assert relative_text(2.0, nan, nan) == "+100 %"
    assert relative_text(0.998, 0.996, 1.02) == "0 % (0 to +2)"  # not −0
    assert relative_text(nan, nan, nan) == "–"


def test_plain_differences_stand_beside_adjusted_ones(study):
    contacts = study.log.contacts
    past = np.random.default_rng(4).poisson(3, len(contacts)).astype(float)
    log = replace(study.log, contacts=contacts.assign(calls_before=past))
    found = evaluate(
        log,
        control="control",
        horizon_days=40,
        economics=study.scenario.economics(),
        adjust=["calls_before"],
    )
    outcomes = shown(found)["outcomes"]
    place = outcomes.columns.index("without adjustment")
    plain = study.evaluation.table
    rows = plain[(plain["segment"] == "b2c") & (plain["role"] == "primary")]
    for cells, row in zip(outcomes.rows, rows.itertuples(), strict=False):
        assert cells[place].startswith(f"{row.estimate:+.2f}".replace("-", "−"))
        assert "by adjustment" in cells[place]
    assert outcomes.rows[-1][place].startswith("not adjusted: ")
    assert "adjusted for what was known before" in outcomes.note
    assert "without adjustment" not in shown(study.evaluation)["outcomes"].columns


def test_the_trend_is_told_of_what_decides_and_tabled_for_all(study):
    found = shown(study.evaluation)
    assert found["trend_said"] in study.evaluation.trend_sentences()
    assert "net value per contact" in found["trend_said"]
    here = study.evaluation.trend["segment"] == "b2c"
    assert len(found["trend"].rows) == here.sum()
    without = shown(replace(study.evaluation, trend=pd.DataFrame()))
    assert (without["trend_said"], without["trend"]) == ("", None)


def choice_of(evaluation):
    """The choice as if this small trial had enough sales, and segments shown to differ."""
    checks = evaluation.checks
    p_value = checks["p_value"].mask(checks["check"] == INTERACTION, 0.01)
    table = evaluation.table.assign(rare="")
    return replace(evaluation, table=table, checks=checks.assign(p_value=p_value)).regret()


def test_the_choice_has_each_arms_probability_and_what_a_trial_is_worth(study):
    regret = choice_of(study.evaluation)
    choice = shown(study.evaluation, regret=regret)["choice"]
    assert choice["sentence"] in regret.sentence()
    assert choice["sentence"].startswith("b2c · ")
    rows = regret.table[regret.table["segment"] == "b2c"]
    assert [cells[0] for cells in choice["table"].rows] == rows["arm"].tolist()
    assert [cells[2] for cells in choice["table"].rows] == [
        probability_text(one) for one in rows["prob_best"]
    ]
    assert "no trial can be worth more than" in choice["table"].note
    free = replace(regret, table=regret.table.assign(vetoed=False))
    columns = shown(study.evaluation, regret=free)["choice"]["table"].columns
    assert "guardrail" not in columns


def test_an_arm_that_is_vetoed_may_be_best_but_not_be_chosen_and_has_no_loss(study):
    regret = choice_of(study.evaluation)
    often = regret.table["arm"] == "often"
    stopped = replace(
        regret, table=regret.table.assign(vetoed=often, regret=regret.table["regret"].mask(often))
    )
    table = shown(study.evaluation, regret=stopped)["choice"]["table"]
    assert [cells[-2:] for cells in table.rows if cells[0] == "often"] == [
        ["–", "vetoed: may not be chosen"]
    ]
    assert "nan" not in str(table.rows)


def test_a_segment_without_a_choice_says_why_and_no_other_ones_reason(study):
    regret = choice_of(study.evaluation)
    half = replace(
        regret,
        table=regret.table[regret.table["segment"] == "b2b"],
        why_not={"b2c": "an arm of two accounts tells too little"},
    )
    without = shown(study.evaluation, regret=half)
    assert without["choice"] is None
    assert without["no_choice"] == (
        "Not read as a choice between arms: an arm of two accounts tells too little."
    )
    other = shown(study.evaluation, segment="b2b", regret=half)
    assert other["no_choice"] == ""
    assert "b2c" not in other["choice"]["sentence"]


def test_figures_are_drawn_only_of_what_was_given(study):
    assert shown(study.evaluation)["incidence"] is None
    found = shown(study.evaluation, checks=study.checks, incidence=study.incidence)
    assert found["incidence"].alt.startswith("Doubtful: no design was given")
    assert "b2c: bought, cancelled or not, by day 40" in found["incidence"].alt
    elsewhere = replace(
        study.incidence, curves=study.incidence.curves[lambda rows: rows["segment"] != "b2c"]
    )
    assert shown(study.evaluation, incidence=elsewhere)["incidence"] is None


def test_a_failed_check_is_told_once_on_the_card_and_sizes_no_trial(study, tmp_path):
    checks = study.evaluation.checks.copy()
    row = (checks["check"] == "sample ratio") & (checks["segment"] == "b2b")
    checks.loc[row, ["verdict", "meaning", "advice"]] = ["fail", "units were lost", "find them"]
    failed = replace(study.evaluation, checks=checks, trustworthy=False)
    decided = recommend(
        study.scenario,
        study.sweep,
        evaluation=failed,
        policies=study.policies,
        horizon_days=study.evaluation.horizon_days,
    )
    path = write_report(tmp_path / "report.html", decided, evaluation=failed)
    words = Page(path.read_text(encoding="utf-8")).words
    answer = words[: words.index("What to know before acting")]
    assert "Cannot tell: a check of the trial failed (sample ratio)." in answer
    assert answer.count("units were lost") == 1
    assert "not sized: a check failed" in words


def test_a_simulated_log_is_called_simulated_wherever_the_page_speaks_of_its_trial(
    study, registered, tmp_path
):
    assert registered.simulated
    page = page_of(study, tmp_path, registered, log=study.log)
    assert "field trial" not in page.words.lower()
    answer = page.words[: page.words.index("What to know before acting")]
    # A badge in each segment's box, and below all what it means.
    assert answer.count("simulated log") == len(study.recommendation.decisions)
    assert "The log is simulated: nobody was called" in answer
    for text in (
        "The simulated trial",
        "What the simulated trial says",
        "simulated trial, 40 days",
    ):
        assert text in page.words


def test_a_log_of_real_calls_is_called_a_field_trial(study, registered, tmp_path):
    real = replace(registered, simulated=False)
    said = page_of(study, tmp_path, real)
    assert "What the field trial says" in said.words
    assert "simulated log" not in said.words
    found = recommend(
        study.scenario, study.sweep, evaluation=real, policies=study.policies, horizon_days=40
    )
    assert any(text.startswith("Field trial: ") for text in found.warnings)
    assert not any(text.startswith("Simulated trial: ") for text in found.warnings)


def test_a_doubt_of_the_answer_stands_in_its_box(study, registered, tmp_path):
    untimed = "of 9 of 10 calls a part of the agent's time is not known"
    doubtful = replace(registered, doubts=(untimed,), warnings=(untimed, *registered.warnings))
    found = recommend(
        study.scenario, study.sweep, evaluation=doubtful, policies=study.policies, horizon_days=40
    )
    path = write_report(tmp_path / "report.html", found, evaluation=doubtful)
    words = Page(path.read_text(encoding="utf-8")).words
    answer = words[: words.index("What to know before acting")]
    assert answer.count(f"In doubt. O{untimed[1:]}.") == len(found.decisions)
    assert f"Simulated trial: {untimed}" in found.warnings
    assert f"Simulated trial: {untimed}" not in words  # said above


def test_where_looks_ended_a_comparison_the_page_says_which_figure_is_as_seen(
    study, registered, tmp_path
):
    freed = registered.table["role"] == "primary"
    table = registered.table.assign(
        median_unbiased=registered.table["estimate"].where(freed) - 1,
        final_low=registered.table["ci_low"],
        final_high=registered.table["ci_high"],
    )
    ended = replace(registered, table=table)
    found = recommend(
        study.scenario, study.sweep, evaluation=ended, policies=study.policies, horizon_days=40
    )
    for one in found.decisions:
        assert one.reason.count("the figure to report is freed of that (median unbiased)") == 2
    page = page_of(study, tmp_path, ended)
    assert page.words.count("The trial's are as seen: its figures to report, freed of") == 2
    assert "as seen: its figures" not in page_of(study, tmp_path, registered).words
