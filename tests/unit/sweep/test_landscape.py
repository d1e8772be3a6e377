"""A map of the optimum: exact tops and losses of known curves, kept pairs, errors."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario
from simkit.sweep import landscape, sweep
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, CellRun
from simkit.sweep.screening.points import PointRun

GRID = ("1wd", "2wd", "5wd", "10wd", "20wd", "60wd")
DAYS = np.array([1.4, 2.8, 7.0, 14.0, 28.0, 84.0])
HALF_LIFE, DECISION = "b2c.irritation_half_life_days", "b2c.decision_mean_days"
OVER = {"irritation_half_life_days": (28.0, 7, 14), "b2c.decision_mean_days": [3.0, 12.0]}
QUIET = {"jobs": 1, "progress": False}
BEND = 3.0  # EUR per squared doubling


@pytest.fixture(scope="module")
def b2c():
    return load_scenario("b2c")


def top_of_world(half_life, decision):
    """Doublings of days: by how much the best interval grows with both, by construction."""
    return math.log2(9) + 1.5 * math.log2(half_life / 14) + 0.5 * math.log2(decision / 6)


def stand_in(run, cell):
    """Give a net value that is a parabola in log(days), and luck that all intervals share."""
    segment = run.scenarios["b2c"].segments["b2c"]
    top = top_of_world(segment.irritation_half_life_days, segment.decision_mean_days)
    days = cell.policy.interval.calendar_days(5)
    found = np.full((1, len(MEASURED), len(RUN_COLUMNS)), np.nan)
    value = 10 + cell.replication - BEND * (math.log2(days) - top) ** 2
    found[0, MEASURED.index("net_value_eur"), 0] = value
    return found


@pytest.fixture
def known(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    return landscape(b2c, over=OVER, intervals=GRID, replications=4, **QUIET)


def test_the_best_interval_of_known_curves_is_exact(known):
    # A parabola through three points of a parabola is exact; luck is 0, 1, 2, 3, on average 1.5.
    pairs = [(half, decision) for half in (7, 14, 28) for decision in (3, 12)]
    assert list(zip(known.table[HALF_LIFE], known.table[DECISION], strict=True)) == pairs
    tops = [2 ** top_of_world(*pair) for pair in pairs]
    assert known.table["optimum_days"].to_numpy() == pytest.approx(tops)
    assert (known.table["edge"] == "").all()
    assert known.table["net_value_eur"].to_numpy() == pytest.approx([11.5] * 6)
    assert known.as_assumed["optimum_days"] == pytest.approx(9)
    assert (known.as_assumed[HALF_LIFE], known.as_assumed[DECISION]) == (14, 6)


def test_what_practice_costs_is_exact(known):
    # All intervals share their luck, so that differences have none: the interval is a point.
    inside = [2, 3]  # 7 and 14 days
    for row in known.table.to_dict("records"):
        curve = -BEND * (np.log2(DAYS) - top_of_world(row[HALF_LIFE], row[DECISION])) ** 2
        best, practice = int(np.argmax(curve)), inside[int(np.argmax(curve[inside]))]
        loss = curve[best] - curve[practice]
        assert [row["loss_eur"], row["loss_low"], row["loss_high"]] == pytest.approx([loss] * 3)
        assert row["best"] == RecallPolicy.every(working_days=int(GRID[best][:-2])).label
        assert row["practice"] == RecallPolicy.every(working_days=int(GRID[practice][:-2])).label
        assert row["beaten"] == (loss > 1e-9)
        # worthwhile_eur of b2c is 2.
        assert row["verdict"] == ("fails" if loss > 2 else "holds")
    assert set(known.table["verdict"]) == {"fails", "holds"}
    assert known.as_assumed["loss_eur"] == 0


def test_a_map_has_the_first_parameter_across(known):
    grid = known.grid("optimum_days")
    assert list(grid.columns) == [7, 14, 28]
    assert list(grid.index) == [3, 12]
    assert grid.loc[12, 28] == pytest.approx(2 ** top_of_world(28, 12))


def test_sentences_say_what_was_found(known):
    fails = int((known.table["verdict"] == "fails").sum())
    said = known.sentence()
    assert said.startswith(
        "b2c: over irritation_half_life_days (7 to 28) and decision_mean_days (3 to 12) the best "
        "interval goes from 2.2 to 36.0 days; as assumed it is about 9.0. Usual practice, every 7 "
        f"to 14 days, fails in {fails} of 6 pairs"
    )
    assert "more than the 2 EUR per contact that are worth a change" in said
    assert "as assumed 0.00 (0.00 to 0.00)" in said
    assert "edge" not in said
    assert "edge" not in known._repr_html_().replace("<th>edge</th>", "")


def test_luck_leaves_a_verdict_open(b2c, monkeypatch):
    def lucky(run, cell):
        days, found = cell.policy.interval.calendar_days(5), stand_in(run, cell)
        found[0, MEASURED.index("net_value_eur"), 0] += (
            9 * (-1) ** cell.replication * math.log(days)
        )
        return found

    monkeypatch.setattr(CellRun, "__call__", lucky)
    found = landscape(b2c, over=OVER, intervals=GRID, replications=4, **QUIET)
    assert set(found.table["verdict"]) == {"open"}
    assert not found.table["beaten"].any()
    assert (found.table["loss_low"] <= found.table["loss_eur"]).all()
    assert (found.table["loss_high"] > found.table["loss_eur"]).all()


def test_tops_at_the_edge_are_counted_and_said(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    grid = ("5wd", "7wd", "10wd")
    found = landscape(b2c, over=OVER, intervals=grid, replications=2, **QUIET)
    # By hand the tops lie at 2.2, 4.5, 6.4 and at 12.7, 18, 36 days; 12.7 is nearer to 14 than 9.8.
    assert "In 6 pairs the best interval lies at the edge" in found.sentence()
    assert "(3 shortest, 3 longest), and the true one may lie beyond" in found.sentence()
    assert "from at most 7.0 to at least 14.0 days" in found.sentence()
    assert "In no pair of values an interval outside practice does better." in found.sentence()
    assert (found.table["loss_high"] == 0).all()


def test_what_lies_beyond_the_edge_is_said_on_its_side(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    grid, practice = ("40wd", "50wd", "60wd"), (50, 90)
    asked = {"over": OVER, "intervals": grid, "practice": practice, "replications": 2}
    said = landscape(b2c, **asked, **QUIET).sentence()
    assert "from at most 56.0 to at most 56.0 days; as assumed it is at most 56.0." in said


def test_the_least_worthwhile_difference_may_be_varied_too(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    over = {"irritation_half_life_days": [7.0, 28.0], "worthwhile_eur": [0.5, 500.0]}
    found = landscape(b2c, over=over, intervals=GRID, replications=2, **QUIET)
    assert list(found.grid("verdict").loc[500.0]) == ["holds", "holds"]
    assert list(found.grid("verdict").loc[0.5]) == ["fails", "fails"]
    assert "the 0.5 to 500 EUR per contact" in found.sentence()


def test_a_pair_is_a_sweep_of_the_scenario_with_both_values(b2c):
    small = {"contacts": 40, "replications": 2, "days": 60, "intervals": ("2wd", "5wd", "10wd")}
    found = landscape(b2c, over={key: list(v)[:2] for key, v in OVER.items()}, **small, **QUIET)
    row = found.table.iloc[-1]
    assert (row[HALF_LIFE], row[DECISION]) == (28, 12)
    world = b2c.vary_all({HALF_LIFE: 28.0, DECISION: 12.0}, source="assumed")
    by_sweep = sweep(world, **small, **QUIET).table
    net = by_sweep[(by_sweep["measure"] == "net_value_eur") & (by_sweep["horizon_days"] == 60)]
    means = net.set_index("interval")["mean"]
    assert means.max() - means[row["practice"]] == pytest.approx(row["loss_eur"])
    assert means[row["practice"]] == pytest.approx(row["practice_net_value_eur"])
    assert means.idxmax() == row["best"]


def test_the_same_map_comes_out_whoever_works(b2c):
    small = {"contacts": 40, "replications": 2, "days": 60, "intervals": ("2wd", "5wd", "10wd")}
    alone = landscape(b2c, over=OVER, **small, **QUIET)
    together = landscape(b2c, "b2c", over=OVER, **small, jobs=2, progress=False)
    pd.testing.assert_frame_equal(alone.table, together.table)


def test_an_interrupted_map_goes_on_where_it_was(b2c, tmp_path, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    whole, done, patience = PointRun.__call__, [], 4

    def counted(run, point):
        if len(done) == patience:
            raise KeyboardInterrupt
        done.append(point)
        return whole(run, point)

    def study(folder, over=OVER):
        asked = {"over": over, "intervals": GRID, "replications": 4, **QUIET}
        return landscape(b2c, keep=tmp_path / folder, **asked)

    monkeypatch.setattr(PointRun, "__call__", counted)
    with pytest.raises(KeyboardInterrupt):
        study("kept")
    patience = None
    resumed = study("kept")
    assert len(done) == len(set(done)) == 7  # six pairs, and the scenario as it is
    pd.testing.assert_frame_equal(resumed.table, study("other").table)
    more = study("kept", {**OVER, "b2c.decision_mean_days": [3.0, 12.0, 20.0]})
    assert len(done) == 14 + 3
    assert len(more.table) == 9


def test_it_is_written(known, tmp_path):
    room = known.write(tmp_path / "out")
    table = pd.read_csv(room / "landscape.csv", keep_default_na=False)
    assert list(table.columns) == [
        *(HALF_LIFE, DECISION, "optimum_days", "edge", "net_value_eur", "best", "practice"),
        *("practice_net_value_eur", "loss_eur", "loss_low", "loss_high", "beaten"),
        *("worthwhile_eur", "verdict"),
    ]
    about = json.loads((room / "landscape.json").read_text(encoding="utf-8"))
    assert about["practice_days"] == [7, 14]
    assert about["as_assumed"]["best"] == known.as_assumed["best"]
    assert about["verdicts"] == known.verdicts


def problems(b2c, **asked):
    with pytest.raises(InputError) as error:
        landscape(b2c, **asked)
    return [(problem.field, problem.rule) for problem in error.value.problems]


def test_everything_wrong_is_told_at_once(b2c):
    found = problems(
        b2c,
        over={
            "need_per_yaer": [1.0, 2.0],
            "irritation_half_life_days": [-1.0, 14.0, 14.0, "x"],
            "decision_shape": [2],
            "b2c.decision_shape": [2, 3],
        },
        intervals=["5wd", "10wd"],
        contacts=0,
        jobs=0,
    )
    assert found == [
        ("contacts", "must be a whole number from 1 to 1073741823"),
        ("jobs", "must be a whole number other than 0 (−1 for all cores)"),
        ("intervals", "must be at least 3 intervals"),
        ("need_per_yaer", "is an unknown key; did you mean 'need_per_year'?"),
        (HALF_LIFE, "must be > 0"),
        (f"{HALF_LIFE}[2]", "must be there only once"),
        (f"{HALF_LIFE}[3]", "must be a number"),
        ("b2c.decision_shape", "must have at least 2 values"),
        ("b2c.decision_shape", "must be there only once"),
        ("over", "must be 2 parameters with their values"),
    ]


@pytest.mark.parametrize(
    ("practice", "rule"),
    [
        ((14, 7), "must be two numbers of days"),
        ((7,), "must be two numbers of days"),
        ("soon", "must be two numbers of days"),
        ((8, 13), "must hold an interval swept: 1.4, 2.8, 7, 14, 28, 84 days"),
    ],
)
def test_practice_must_be_a_range_that_holds_an_interval(b2c, practice, rule):
    ((field, said),) = problems(b2c, over=OVER, intervals=GRID, practice=practice)
    assert field == "practice"
    assert said.startswith(rule)


@pytest.mark.parametrize("segment", [None, "b2x"])
def test_a_segment_must_be_named_among_several(segment):
    with pytest.raises(InputError, match="must be one of b2c, b2b"):
        landscape(load_scenario("trial"), segment, over=OVER)


def test_a_value_out_of_the_models_range_is_named(b2c):
    over = {"spark_prob": [0.1, 1.5], "decision_shape": [1, 2.5]}
    found = dict(problems(b2c, over=over))
    assert found == {
        "b2c.spark_prob": "must be <= 1",
        "b2c.decision_shape": "must be a whole number",
    }


def test_values_may_come_from_numpy(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    over = {"irritation_half_life_days": np.geomspace(7, 28, 3), "decision_shape": np.arange(1, 3)}
    found = landscape(b2c, over=over, intervals=GRID, replications=2, **QUIET)
    assert list(found.grid("loss_eur").columns) == pytest.approx([7, 14, 28])
    json.dumps([dict(found.as_assumed), dict(found.settings)])
