"""The sweep: determinism, common random numbers, tables, sentences, errors."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simkit.errors import InputError
from simkit.measures import MEASURES, OUTCOMES
from simkit.policy import RecallPolicy, Span
from simkit.scenario import load_scenario
from simkit.sweep import cells, default_intervals, sweep
from simkit.sweep.cells import MEASURED, RUN_COLUMNS

SMALL = {"replications": 3, "contacts": 30, "days": 60, "horizons": (30, 60), "progress": False}


@pytest.fixture(scope="module")
def trial():
    return load_scenario("trial")


@pytest.fixture(scope="module")
def result(trial):
    intervals = {"b2c": ["5wd", "10wd"], "b2b": ["5wd", "20wd", "7d"]}
    return sweep(trial, intervals, jobs=1, **SMALL)


def rows(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def test_tables_have_the_columns_and_rows_of_their_description(result):
    assert list(result.table.columns) == [
        *("segment", "agents", "interval", "interval_days", "delivered_days", "horizon_days"),
        *("measure", "unit", "mean", "se", "ci_low", "ci_high", "replications"),
    ]
    assert list(result.differences.columns) == [
        *("segment", "agents", "interval", "best", "horizon_days", "measure", "difference", "se"),
        *("ci_low", "ci_high", "as_good", "within_worthwhile"),
    ]
    assert list(result.runs.columns) == [
        *("segment", "agents", "interval", "replication", "horizon_days", "measure"),
        *("value", "contact_variance", "contact_variance_df"),
    ]
    assert len(result.table) == 5 * 2 * len(MEASURED)
    assert len(result.runs) == 3 * len(result.table)
    assert result.table.groupby("segment")["interval"].unique().map(list).to_dict() == {
        "b2c": ["every 5 working days", "every 10 working days"],
        "b2b": ["every 5 working days", "every 20 working days", "every 7 days"],
    }
    assert set(MEASURED) <= set(OUTCOMES) | set(MEASURES)


def test_a_mean_is_the_mean_over_runs_with_its_t_interval(result):
    where = {"segment": "b2c", "interval": "every 10 working days", "horizon_days": 60}
    values = rows(result.runs, measure="net_value_eur", **where)["value"]
    (row,) = rows(result.table, measure="net_value_eur", **where).itertuples()
    low, high = stats.t.interval(0.95, df=2, loc=values.mean(), scale=stats.sem(values))
    assert (row.mean, row.se) == pytest.approx((values.mean(), stats.sem(values)))
    assert (row.ci_low, row.ci_high) == pytest.approx((low, high))
    assert row.replications == 3


def test_a_difference_is_paired_by_replication(result):
    found = rows(result.differences, segment="b2b", horizon_days=60, measure="agent_s")
    runs = rows(result.runs, segment="b2b", horizon_days=60, measure="agent_s").pivot_table(
        "value", "replication", "interval"
    )
    best = found["best"].iloc[0]
    assert best == runs.mean().idxmin()  # agents' time: less is better
    for row in found.itertuples():
        gap = runs[row.interval] - runs[best]
        assert row.difference == pytest.approx(gap.mean())
        assert row.se == pytest.approx(stats.sem(gap))
    # A measure that only describes has no best.
    assert "attempts" not in set(result.differences["measure"])


def test_delivered_days_stand_beside_the_wish(result):
    days = result.table.drop_duplicates(["segment", "interval"]).set_index(["segment", "interval"])
    # 20 working days of five a week are 28 days; the calendar of 60 days has few public holidays.
    assert days.loc[("b2b", "every 20 working days"), "interval_days"] == 28
    delivered = days.loc[("b2b", "every 20 working days"), "delivered_days"]
    assert 28 <= delivered < 32
    assert days.loc[("b2c", "every 5 working days"), "delivered_days"] == pytest.approx(7, abs=0.7)


def test_policies_that_the_calendar_makes_one_are_said(result):
    (group,) = result.coincide
    assert group.segment == "b2b"
    assert group.intervals == ("every 5 working days", "every 7 days")
    assert group.sentence() in result.sentences()


def test_any_number_of_jobs_gives_the_same_result(trial, result):
    intervals = {"b2c": ["5wd", "10wd"], "b2b": ["5wd", "20wd", "7d"]}
    apart = sweep(trial, intervals, jobs=2, **SMALL)
    for name in ("table", "differences", "runs"):
        pd.testing.assert_frame_equal(getattr(apart, name), getattr(result, name), check_exact=True)


def test_replications_are_different_populations_and_the_seed_chooses_them(trial, result):
    values = rows(
        result.runs,
        segment="b2c",
        horizon_days=60,
        measure="agent_s",
        interval="every 5 working days",
    )["value"]
    assert values.nunique() == 3
    other = sweep(trial, ["5wd"], segments=["b2c"], seed=2, jobs=1, **SMALL)
    again = rows(other.runs, horizon_days=60, measure="agent_s")["value"]
    assert not set(again) & set(values)


def test_an_interval_meets_the_same_contacts_whatever_else_is_swept(trial, result):
    alone = sweep(trial, ["10wd"], segments="b2c", jobs=1, **SMALL)
    wanted = rows(result.runs, segment="b2c", interval="every 10 working days")
    pd.testing.assert_frame_equal(alone.runs, wanted.reset_index(drop=True), check_exact=True)


def test_common_random_numbers_lower_the_variance_of_differences(trial):
    # If the populations were independent, var(a − b) / (var a + var b) would have mean 1 and a
    # standard error near 1/√(R − 1), .2 for R = 26 replications. Below 1 − 3 × .2 = .4 it is not.
    found = sweep(
        trial,
        ["5wd", "7wd"],
        segments=["b2c"],
        replications=26,
        contacts=40,
        days=60,
        horizons=[60],
        jobs=1,
        progress=False,
    )
    for measure in ("net_value_eur", "sale", "agent_s"):
        runs = rows(found.runs, measure=measure).pivot_table("value", "replication", "interval")
        a, b = (runs[name] for name in runs)
        assert (a - b).var() / (a.var() + b.var()) < 0.4, measure


def test_everyone_is_followed_for_the_whole_horizon_though_they_enter_spread(trial, monkeypatch):
    plans = []
    make_plan = cells.make_plan

    def remember(*arguments, **named):
        plans.append(make_plan(*arguments, **named))
        return plans[-1]

    monkeypatch.setattr(cells, "make_plan", remember)
    spread = trial.vary("b2c.entry_spread_days", 12.5, source="assumed")
    sweep(spread, ["10wd"], segments=["b2c"], jobs=1, **SMALL)
    assert len(plans) == 3
    for plan in plans:
        assert len(set(plan.entered_s)) > 5
        assert (plan.end_s - plan.entered_s >= 60 * 86_400).all()


def test_the_default_grid_is_swept_at_the_default_horizons(trial, monkeypatch):
    fake_values(monkeypatch, lambda cell, horizon: 0.0)
    found = sweep(trial, replications=2, days=200, progress=False)
    assert found.horizons == (30, 90, 200)
    assert [p.interval for p in found.policies["b2b"].values()] == list(default_intervals("b2b"))
    assert sweep(trial, replications=2, progress=False).horizons == (30, 90, 365)


def fake_values(monkeypatch, net_value):
    """Let each cell have the net value of a function and 1 in every other measure."""

    def replicate(tasks, run, **_):
        values = np.ones((len(tasks), len(run.horizons), len(MEASURED), len(RUN_COLUMNS)))
        for place, cell in enumerate(tasks):
            for h, horizon in enumerate(run.horizons):
                values[place, h, 0, 0] = net_value(cell, horizon)
        return list(values)

    monkeypatch.setattr(sys.modules["simkit.sweep.sweep"], "replicate", replicate)


def peaked(cell, horizon):
    """Net value with its peak at 2 working days over 30 days and at 10 over a year.

    The population adds 0, 1, 2 ... to all, and a wiggle of ±.1 that is not shared, so that 10 and
    15 working days (which differ by .05) cannot be told apart and all others can.
    """
    days = cell.policy.interval.working_days
    over_a_year = {1: -20.0, 2: 2.0, 5: 8.0, 10: 10.0, 15: 9.95, 30: 5.0}
    value = over_a_year[days] if horizon == 365 else 5.0 - abs(days - 2)
    return value + cell.replication + 0.1 * (-1) ** (cell.replication + days)


@pytest.fixture
def peak(trial, monkeypatch):
    fake_values(monkeypatch, peaked)
    grid = [Span(working_days=days) for days in (1, 2, 5, 10, 15, 30)]
    scenario = trial.vary("b2c.worthwhile_eur", 3.0, source="assumed")
    return sweep(scenario, grid, segments=["b2c"], replications=6, horizons=(30, 365))


def test_the_best_interval_and_those_as_good(peak):
    best = peak.best("b2c")
    assert (best.interval, best.horizon_days) == ("every 10 working days", 365)
    assert best.as_good == ("every 10 working days", "every 15 working days")
    # The gap of 5 working days is 2 and its allowance small: within 3 EUR a year; 30 loses 5.
    assert best.within_worthwhile == (
        "every 5 working days",
        "every 10 working days",
        "every 15 working days",
    )
    assert best.policy == RecallPolicy.every(working_days=10)
    assert best.mean == pytest.approx(12.5)  # 10 and the mean of 0 ... 5
    assert (best.unit, best.at_edge) == ("EUR per contact", False)
    assert best.interval_days == 14
    assert peak.best("b2c", 30).interval == "every 2 working days"
    assert peak.best("b2c", measure="sale").within_worthwhile is None


def test_sentences_say_the_winner_its_rivals_and_what_a_short_test_would_choose(peak):
    first, second = peak.sentences()
    assert first.startswith(
        "b2c: over 365 days net value is best when called every 10 working days"
    )
    assert "(delivered every 1.0 days)" in first  # the fake's 1 in every other measure
    assert "12.50 EUR per contact (95% interval" in first
    assert first.endswith("cannot be told apart from it: every 15 working days.")
    assert second == (
        "b2c: over 30 days every 2 working days comes out best, which over 365 days is ruled out: "
        "a test of 30 days would have been likely to choose it."
    )
    assert peak.sentence() == f"{first} {second}"
    assert "every 10 working days" in peak._repr_html_()


def test_a_best_interval_at_the_edge_of_the_grid_is_said(trial, monkeypatch):
    fake_values(monkeypatch, lambda cell, horizon: -cell.policy.interval.working_days)
    found = sweep(trial, ["1wd", "5wd"], segments=["b2c"], replications=2, horizons=[365])
    assert found.best("b2c").at_edge
    assert "edge of the grid" in found.sentence()
    assert "all others are ruled out" in found.sentence()


def test_what_is_written_is_what_was_found(peak, tmp_path):
    peak.write(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "sweep.csv")
    assert table["mean"].tolist() == pytest.approx(peak.table["mean"].tolist())
    assert len(pd.read_csv(tmp_path / "out" / "sweep_differences.csv")) == len(peak.differences)
    runs = pd.read_csv(tmp_path / "out" / "sweep_runs.csv")
    pd.testing.assert_frame_equal(runs, peak.runs, check_dtype=False)
    about = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert about["replications"] == 6
    assert about["policies"]["b2c"]["every 10 working days"]["interval"] == {"working_days": 10}


def test_best_names_what_the_sweep_does_not_have(peak):
    with pytest.raises(InputError) as caught:
        peak.best("b2b", 90, "attempts")
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["segment", "horizon_days", "measure"]


def test_a_base_is_kept_by_segment(trial, monkeypatch):
    fake_values(monkeypatch, lambda cell, horizon: 0.0)
    base = {"b2c": RecallPolicy.every(days=1), "b2b": RecallPolicy.every(days=1, push=True)}
    found = sweep(trial, "10wd", base=base, replications=2)
    assert not found.policies["b2c"]["every 10 working days"].push
    assert found.policies["b2b"]["every 10 working days"].push
    # A segment without a base has nothing decided but its interval; the other keeps its own.
    partial = sweep(trial, "10wd", base={"b2b": base["b2b"]}, replications=2)
    assert partial.policies["b2b"] == found.policies["b2b"]
    assert partial.policies["b2c"] == {"every 10 working days": RecallPolicy.every(working_days=10)}


def test_policies_of_one_interval_are_told_apart_by_all_that_they_decide(trial, monkeypatch):
    fake_values(monkeypatch, lambda cell, horizon: float(cell.policy.push))
    gentle, pushing = (RecallPolicy.every(days=7, push=push) for push in (False, True))
    found = sweep(trial, [gentle, pushing], segments=["b2c"], replications=2)
    assert found.policies["b2c"] == {"every 7 days": gentle, pushing.describe(): pushing}
    assert pushing.describe() != pushing.label == gentle.label
    # The second is no copy of the first: each has rows of its own, and one of them is the best.
    assert set(found.table["interval"]) == {"every 7 days", pushing.describe()}
    assert found.best("b2c").interval == pushing.describe()
    assert found.best("b2c").policy == pushing


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"replications": 0}, "replications"),
        ({"replications": 1}, "replications"),
        ({"contacts": 0}, "contacts"),
        ({"contacts": 10.5}, "contacts"),
        ({"agents": 0}, "agents"),
        ({"days": 0, "horizons": None}, "days"),
        ({"days": 30_000, "horizons": None}, "days"),
        ({"days": "30", "horizons": None}, "days"),
        ({"days": None}, "days"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"contacts": 2**30}, "contacts"),
        ({"agents": 2**20}, "agents"),
        ({"horizons": ["a"]}, "horizons"),
        ({"horizons": 30}, "horizons"),
        ({"horizons": [float("nan")]}, "horizons"),
        ({"segments": ["b2x"]}, "segments"),
        ({"segments": []}, "segments"),
        ({"segments": ["b2c", "b2c"]}, "segments"),
        ({"horizons": [90]}, "horizons"),
        ({"horizons": [0]}, "horizons"),
        ({"horizons": []}, "horizons"),
        ({"horizons": [30, 30]}, "horizons"),
        ({"intervals": []}, "intervals"),
        ({"intervals": ["7d", "7 days"]}, "intervals[1]"),
        ({"intervals": ["-7d"]}, "intervals[0]"),
        ({"intervals": [10]}, "intervals[0]"),
        ({"intervals": {"b2c": ["7d"]}}, "intervals"),
        ({"base": {"b2x": RecallPolicy.every(days=7)}}, "base"),
        ({"base": "weekly"}, "base"),
        ({"base": {"b2c": "7d"}}, "base"),
        ({"intervals": 7}, "intervals[0]"),
        ({"intervals": {"b2c": ["7d"], "b2b": ["7d"], "b2x": ["7d"]}}, "intervals"),
        ({"segments": 5}, "segments"),
        ({"agents": "12"}, "agents"),
        ({"indifference_eur": True}, "indifference_eur"),
        ({"engine": "abacus"}, "engine"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_a_wrong_argument_is_named(trial, wrong, field):
    arguments = SMALL | {"intervals": ["5wd"], "jobs": 1} | wrong
    with pytest.raises(InputError) as caught:
        sweep(trial, **arguments)
    assert field in [problem.field for problem in caught.value.problems]


def test_all_wrong_arguments_are_listed_at_once(trial):
    with pytest.raises(InputError) as caught:
        sweep(trial, ["soon", "7d"], segments=["b2c", "x"], replications=1, contacts=0)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["replications", "contacts", "segments", "intervals[0]"]


def test_contacts_that_do_not_fit_into_memory_are_refused_before_anything_runs(trial, monkeypatch):
    monkeypatch.setattr("simkit.engine.memory.available_bytes", lambda: 10**9)
    with pytest.raises(InputError, match=r"they need 2\.1 GB, and 1\.0 GB are free"):
        # 2 runs at once of 1,000,000 contacts, 540 + 3 × 170 bytes each.
        sweep(trial, ["5wd"], segments=["b2c"], contacts=10**6, jobs=2, progress=False)


def test_memory_that_runs_out_is_told(trial, monkeypatch):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(cells, "make_plan", exhausted)
    with pytest.raises(InputError, match="must fit into memory, which ran out; simulate fewer"):
        sweep(trial, ["5wd"], jobs=1, **SMALL)


def test_numpy_numbers_are_taken_and_written(trial, tmp_path):
    numbers = {"replications": np.int64(2), "contacts": np.int64(20), "days": np.int64(60)}
    found = sweep(
        trial,
        ["10wd"],
        segments=["b2c"],
        horizons=np.array([30, 60]),
        agents=np.array([1, 2]),
        seed=np.int64(3),
        keep=tmp_path / "runs",
        progress=False,
        **numbers,
    )
    assert found.horizons == (30, 60)
    assert found.agents == (1, 2)
    found.write(tmp_path / "out")
    about = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert (about["horizons_days"], about["agents"], about["seed"]) == ([30, 60], [1, 2], 3)


def test_what_is_no_scenario_is_named():
    with pytest.raises(InputError, match="must be a Scenario"):
        sweep("b2c")


@pytest.mark.parametrize("segment", ["b2c", "b2b"])
def test_simpys_engine_sweeps_the_same(trial, segment):
    small = SMALL | {"segments": [segment], "agents": [1, None]}
    found = {
        engine: sweep(trial, ["1wd", "10wd"], engine=engine, jobs=2, **small)
        for engine in ("compiled", "simpy")  # on threads, and on processes
    }
    for name in ("table", "differences", "runs"):
        first, second = (getattr(result, name) for result in found.values())
        pd.testing.assert_frame_equal(first, second, check_exact=True)
