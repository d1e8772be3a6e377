"""A study of sensitivity: exact effects of known curves, exact zeros, kept points, errors."""

import json
import math
import sys

import numpy as np
import pandas as pd
import pytest

from simkit.errors import InputError
from simkit.scenario import load_scenario
from simkit.sweep import sensitivity
from simkit.sweep.cells import MEASURED, RUN_COLUMNS, CellRun
from simkit.sweep.screening.factors import REASONS
from simkit.sweep.screening.morris import design
from simkit.sweep.screening.points import PointRun

GRID = ("2wd", "5wd", "12wd", "30wd")
SMALL = {"contacts": 60, "replications": 2, "days": 60, "intervals": GRID[:3], "trajectories": 2}
QUIET = {"jobs": 1, "progress": False}
# By hand: doublings of the top, EUR of its height, both over the whole range.
KNOWN = {
    "need_per_year": (-0.9, 5.0),  # log scale
    "agent_eur_per_hour": (0.5, -2.0),  # linear
    "decision_shape": (0.25, 0.0),  # whole numbers, log scale
    "reach_base_logit": (0.0, 1.5),
}
OF_POPULATIONS = 0.2  # doublings by which the second set of populations moves the top


@pytest.fixture(scope="module")
def b2c():
    return load_scenario("b2c")


def stand_in(run, cell):
    """Give a net value that is a parabola in log(days); its top is linear in each place."""
    segment = run.scenarios["b2c"].segments["b2c"]
    places = {
        "need_per_year": math.log(segment.need_per_year / 0.4) / math.log(9),
        "agent_eur_per_hour": (segment.agent_eur_per_hour - 16) / 20,
        "decision_shape": math.log(segment.decision_shape) / math.log(8),
        "reach_base_logit": (segment.reach_base_logit + 2.2) / 3.05,
    }
    top = 3.7 + sum(KNOWN[key][0] * place for key, place in places.items())
    top += OF_POPULATIONS * (cell.replication // 2)
    height = sum(KNOWN[key][1] * place for key, place in places.items())
    days = cell.policy.interval.calendar_days(5)
    found = np.full((1, len(MEASURED), len(RUN_COLUMNS)), np.nan)
    found[0, MEASURED.index("net_value_eur"), 0] = height - 3 * (math.log2(days) - top) ** 2
    return found


@pytest.fixture
def known(b2c, monkeypatch):
    """A study of curves whose tops are known, by the way that simulated ones take."""
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    return sensitivity(b2c, parameters=KNOWN, intervals=GRID, trajectories=6, **QUIET)


def test_effects_of_known_curves_are_exact(known):
    # A parabola through three points of a parabola is exact, and Morris's effects of a linear
    # function are its slopes wherever they are taken: μ the slope, μ* its size, σ 0.
    rows = known.table.set_index("parameter")
    for key, (doublings, eur) in KNOWN.items():
        row = rows.loc[f"b2c.{key}"]
        assert row["mu"] == pytest.approx(doublings, abs=1e-9)
        assert row["mu_star"] == pytest.approx(abs(doublings), abs=1e-9)
        assert row["mu_star_low"] == pytest.approx(abs(doublings), abs=1e-9)
        assert row["sigma"] == pytest.approx(0, abs=1e-9)
        assert row["mu_star_net_value_eur"] == pytest.approx(abs(eur), abs=1e-9)
    assert list(known.table["parameter"].str.removeprefix("b2c.")) == list(KNOWN)


def test_luck_is_what_other_populations_do(known):
    # A step of two thirds of the range, per whole range: .2 / (2/3).
    assert known.luck == pytest.approx(OF_POPULATIONS * 1.5)
    assert (known.luck_low, known.luck_high) == pytest.approx((known.luck, known.luck))
    beyond = known.table.set_index("parameter")["beyond_luck"]
    assert beyond[["b2c.need_per_year", "b2c.agent_eur_per_hour"]].all()
    assert not beyond[["b2c.decision_shape", "b2c.reach_base_logit"]].any()


def test_the_optimum_as_assumed_is_that_of_both_sets_of_populations(known):
    # At the scenario's own values: need 1.2 lies at 1/2, agents' 24 EUR at .4, shape 2 at 1/3.
    doublings = 3.7 - 0.9 / 2 + 0.5 * 0.4 + 0.25 / 3 + OF_POPULATIONS / 2
    assert known.optimum_days == pytest.approx(2**doublings)


def test_directions_and_sentences_say_what_was_found(known):
    direction = dict(zip(known.table["parameter"], known.table["direction"], strict=True))
    assert direction["b2c.need_per_year"] == "shorter"
    assert direction["b2c.agent_eur_per_hour"] == "longer"
    assert known.sentence().startswith(
        "b2c: over these ranges the best interval, about 12 days as assumed, hangs most on: "
        "need_per_year (0.9 doublings, shorter the higher it is), "
        "agent_eur_per_hour (0.5 doublings, longer the higher it is)."
    )
    assert "2 of 4 parameters cannot be told from such luck" in known.sentence()
    assert "edge" not in known.sentence()


def test_an_effect_is_the_difference_of_neighbouring_points(known):
    # By hand from the points, without SALib: each step changes one thing by two thirds.
    points = known.points
    assert len(points) == 6 * (len(KNOWN) + 2)
    factors = [name for name in points if name.startswith("b2c.")]
    for _, way in points.groupby("trajectory"):
        steps = way.iloc[1:].reset_index(drop=True) != way.iloc[:-1].reset_index(drop=True)
        assert (steps[[*factors, "populations"]].sum(axis=1) == 1).all()
        assert (steps[[*factors, "populations"]].sum() == 1).all()
        step = np.diff(np.log2(way["optimum_days"]))[steps["b2c.need_per_year"]]
        up = np.diff(way["b2c.need_per_year"])[steps["b2c.need_per_year"]] > 0
        assert np.where(up, step, -step) / (2 / 3) == pytest.approx([KNOWN["need_per_year"][0]])


def test_a_loss_is_what_the_interval_as_assumed_costs_at_a_point(known):
    # The best interval tried is that nearest to the top on the log scale; as assumed 12 days,
    # nearest to 12 working days (16.8 days).
    days = np.array([2.8, 7.0, 16.8, 42.0])
    for row in known.points.itertuples():
        values = row.net_value_eur - 3 * np.log2(days / row.optimum_days) ** 2
        assert row.loss_eur == pytest.approx(values.max() - values[2])


def test_tops_at_the_edge_are_counted_and_said(b2c, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    short = ("20wd", "25wd", "30wd")
    found = sensitivity(b2c, parameters=KNOWN, intervals=short, trajectories=2, **QUIET)
    assert found.at_edge == {"shortest": 12, "longest": 0}
    assert "In 12 of 12 points the best interval lies at the edge" in found.sentence()
    assert found.table["mu_star_inside"].isna().all()
    assert (found.table["steps_inside"] == 0).all()
    assert (found.table["mu_star"] == 0).all()
    assert set(found.table["direction"]) == {"none"}
    assert "cannot be shown to move by more than luck" in found.sentence()


def test_effects_inside_leave_out_steps_to_and_from_the_edge(known, b2c, monkeypatch):
    # Where nothing is at the edge they are all effects, by another way than SALib's.
    pd.testing.assert_series_equal(
        known.table["mu_star_inside"], known.table["mu_star"], check_names=False
    )
    assert (known.table["steps_inside"] == 6).all()
    # Where some tops lie beyond the longest interval, need_per_year moves those inside by .9 still.
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    grid = ("2wd", "5wd", "9wd", "20wd")
    found = sensitivity(b2c, parameters=KNOWN, intervals=grid, trajectories=8, **QUIET)
    row = found.table.set_index("parameter").loc["b2c.need_per_year"]
    assert 0 < found.at_edge["longest"] < len(found.points)
    assert 0 < row["steps_inside"] < 8
    assert row["mu_star_inside"] == pytest.approx(0.9)
    assert row["mu_star"] != pytest.approx(0.9, abs=0.01)
    assert "Changes that begin and end inside are largest with: need_per_year" in found.sentence()


def test_points_where_calling_does_not_pay_are_said(b2c, monkeypatch):
    def never(run, cell):
        found = stand_in(run, cell)
        days = cell.policy.interval.calendar_days(5)
        found[0, MEASURED.index("net_value_eur"), 0] = -1 / days
        return found

    monkeypatch.setattr(CellRun, "__call__", never)
    found = sensitivity(b2c, parameters=KNOWN, intervals=GRID, trajectories=2, **QUIET)
    assert "(0 shortest, 12 longest, at 12 of which calling does not pay)" in found.sentence()


def test_more_trajectories_begin_with_the_same_ones():
    few, many = design(("a", "b", "c"), 4, 7), design(("a", "b", "c"), 9, 7)
    assert np.array_equal(few.places, many.places[: len(few.places)])


def test_parameters_that_cannot_matter_change_nothing_to_the_last_bit(b2c):
    # Everybody is called when due, nobody pushes, nobody is called early: the reasons given for
    # leaving these out. Common random numbers make "nothing" exact.
    ranges = {key: (0.0, 0.9) for key in REASONS if not key.endswith(("_min", "_eur", "early"))}
    ranges |= {"callback_window_min": (1, 90), "worthwhile_eur": (1, 90), "jump_early": (0, 9)}
    ranges["cancel_pressed_logit"] = (0, 2)
    assert set(ranges) == set(REASONS)
    found = sensitivity(b2c, parameters=ranges, ranges=ranges, **SMALL, **QUIET)
    assert (found.table["mu_star"] == 0).all()
    assert (found.table["mu_star_net_value_eur"] == 0).all()
    assert (found.table["sigma"] == 0).all()
    assert found.luck > 0


def test_the_same_study_gives_the_same_tables_whoever_works(b2c):
    parameters = ["need_per_year", "decision_shape"]
    alone = sensitivity(b2c, parameters=parameters, **SMALL, **QUIET)
    together = sensitivity(b2c, "b2c", parameters=parameters, **SMALL, jobs=2, progress=False)
    pd.testing.assert_frame_equal(alone.table, together.table)
    pd.testing.assert_frame_equal(alone.points, together.points)


def test_an_interrupted_study_goes_on_where_it_was(b2c, tmp_path, monkeypatch):
    monkeypatch.setattr(CellRun, "__call__", stand_in)
    whole, done, patience = PointRun.__call__, [], 7

    def counted(run, point):
        if len(done) == patience:
            raise KeyboardInterrupt
        done.append(point)
        return whole(run, point)

    def study(folder, **more):
        found = {"parameters": KNOWN, "intervals": GRID, "trajectories": 2, **QUIET, **more}
        return sensitivity(b2c, keep=tmp_path / folder, **found)

    monkeypatch.setattr(PointRun, "__call__", counted)
    with pytest.raises(KeyboardInterrupt):
        study("kept")
    patience = None
    resumed, needed = study("kept"), len(done)
    assert len(set(done)) == needed  # no point was done twice
    again = study("kept")
    assert len(done) == needed
    at_once = study("other")
    assert len(done) == 2 * needed
    for found in (resumed, again):
        pd.testing.assert_frame_equal(found.points, at_once.points)
    more = study("kept", trajectories=3)
    assert 2 * needed < len(done) <= 2 * needed + len(KNOWN) + 2
    pd.testing.assert_frame_equal(more.points.head(len(at_once.points)), at_once.points)


def test_tables_are_written(known, tmp_path):
    room = known.write(tmp_path / "out")
    table = pd.read_csv(room / "sensitivity.csv")
    assert list(table.columns) == [
        *("parameter", "meaning", "unit", "value", "low", "high", "scale", "source", "mu"),
        *("mu_star", "mu_star_low", "mu_star_high", "sigma", "direction", "beyond_luck"),
        *("mu_star_inside", "steps_inside", "mu_star_net_value_eur"),
    ]
    assert len(pd.read_csv(room / "sensitivity_points.csv")) == len(known.points)
    about = json.loads((room / "sensitivity.json").read_text(encoding="utf-8"))
    assert about["luck"]["mu_star"] == known.luck
    assert about["segment"] == "b2c"
    assert "need_per_year" in known._repr_html_()


def test_everything_wrong_is_told_at_once(b2c):
    with pytest.raises(InputError) as error:
        sensitivity(
            b2c,
            parameters=["need_per_yaer"],
            ranges={"dial_eur": (2, 1)},
            intervals=["5wd", "10wd"],
            trajectories=1,
            contacts=0,
            jobs=0,
        )
    fields = [problem.field for problem in error.value.problems]
    assert fields == [
        *("contacts", "jobs", "trajectories", "intervals", "dial_eur.low", "b2c.need_per_yaer")
    ]


@pytest.mark.parametrize("segment", [None, "b2x"])
def test_a_segment_must_be_named_among_several(segment):
    with pytest.raises(InputError, match="must be one of b2c, b2b"):
        sensitivity(load_scenario("trial"), segment)


def test_intervals_of_equal_length_are_refused(b2c):
    with pytest.raises(InputError, match="must not be as long as another"):
        sensitivity(b2c, intervals=["5wd", "7d", "10wd"])


def test_without_salib_it_says_how_to_install_it(b2c, monkeypatch):
    for name in ("SALib", "SALib.sample", "SALib.sample.morris"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'simkit\[sensitivity\]'"):
        sensitivity(b2c, **SMALL, **QUIET)
