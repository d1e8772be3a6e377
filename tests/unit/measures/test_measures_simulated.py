"""Outcomes of simulated logs, counted a second time by plain pandas."""

import numpy as np
import pandas as pd
import pytest

from simkit.calllog import DISPOSITIONS
from simkit.engine import simulate
from simkit.measures import contact_outcomes, measures
from simkit.policy import RecallPolicy
from simkit.scenario import load_scenario


@pytest.fixture(scope="module")
def log():
    policy = {
        "b2c": {"often": RecallPolicy.every(days=7), "rarely": RecallPolicy.every(days=14)},
        "b2b": {
            "often": RecallPolicy.every(working_days=5),
            "rarely": RecallPolicy.every(working_days=20),
        },
    }
    return simulate(load_scenario("trial"), policy, contacts=150, agents=2, days=150)


def civil(times):
    return times.dt.tz_localize(None)


@pytest.mark.parametrize("horizon_days", [30, 90, None])
def test_outcomes_agree_with_a_count_by_pandas(log, horizon_days):
    calls = log.attempts.merge(log.contacts, on="contact_id")
    calls = calls[calls["disposition"].isin(DISPOSITIONS.having("counts"))]
    if horizon_days is not None:
        since = civil(calls["dialled_at"]) - civil(calls["entered_at"])
        calls = calls[since < pd.Timedelta(days=horizon_days)]
    table = contact_outcomes(log, horizon_days=horizon_days).set_index("contact_id")

    def counted(*dispositions):
        fits = calls[calls["disposition"].isin(dispositions)]
        return fits.groupby("contact_id").size().reindex(table.index, fill_value=0).tolist()

    assert table["attempts"].tolist() == counted(*DISPOSITIONS)
    assert table["live"].tolist() == counted(*DISPOSITIONS.having("live"))
    assert table["right_party"].tolist() == counted(*DISPOSITIONS.having("right_party"))
    assert table["sale"].tolist() == counted("sale")
    assert table["opt_out"].tolist() == counted("opt_out", "complaint")
    handling = calls[["ring_s", "talk_s", "wrap_s"]].sum(axis=1).groupby(calls["contact_id"]).sum()
    assert table["agent_s"].tolist() == handling.reindex(table.index, fill_value=0).tolist()
    assert table["sale"].sum() > 0


def test_spacing_agrees_with_a_count_by_pandas(log):
    calls = log.attempts[log.attempts["disposition"].isin(DISPOSITIONS.having("counts"))]
    calls = calls.sort_values(["contact_id", "attempt_no"])
    dialled = civil(calls["dialled_at"])
    gaps = dialled.groupby(calls["contact_id"]).diff().dt.total_seconds() / 86_400
    before = calls["disposition"].groupby(calls["contact_id"]).shift()
    gaps = gaps[before != "callback_requested"].dropna()
    waits = (dialled - civil(calls["due_at"])).dt.total_seconds() / 3_600
    table = measures(log, by=())
    assert table.value("delivered_interval_days") == pytest.approx(gaps.mean())
    assert table.value("delivered_interval_median_days") == pytest.approx(gaps.median())
    assert table.value("wait_hours") == pytest.approx(waits.mean())


def test_pending_sales_stay_as_often_as_expected():
    # The same run ended after 60 and after 101 days: sales that could still be cancelled on day 60
    # count at their chance q of staying, and by day 101 each has been decided. The number that
    # stayed has mean Σq and variance Σq(1 − q); within 3 standard deviations of it.
    changes = {
        "b2c.cancel_base_logit": -0.5,
        "b2c.withdrawal_days": 40,
        "b2c.entry_spread_days": 0,
    }
    scenario = load_scenario("b2c").vary_all(changes, source="assumed")
    early, late = (
        contact_outcomes(
            simulate(scenario, RecallPolicy.every(days=7), contacts=1500, days=days),
            horizon_days=60,
        )
        for days in (60, 101)
    )
    pending = early["pending"] == 1
    chance = early.loc[pending, "net_sale_expected"]
    assert (late["pending"] == 0).all()
    assert pending.sum() >= 25
    assert chance.between(0.2, 0.999).all()
    gap = late.loc[pending, "net_sale"].sum() - chance.sum()
    assert abs(gap) < 3 * np.sqrt((chance * (1 - chance)).sum())
    assert (late.loc[~pending, "net_sale"] == early.loc[~pending, "net_sale"]).all()
