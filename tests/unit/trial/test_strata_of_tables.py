"""Registered strata of a table of contacts: their sample ratio is checked, or said not to be."""

import numpy as np
import pandas as pd

from simkit.policy import RecallPolicy
from simkit.trial import evaluate
from simkit.trial.design import TrialDesign

DESIGN = TrialDesign(
    name="by region",
    arms={
        "all": {
            "now": RecallPolicy.every(days=7),
            "new": RecallPolicy.every(days=14),
        }
    },
    control={"all": "now"},
    horizon_days=60,
    primary="sale",
    salt="regions",
    strata=("region",),
    registered_on="2026-01-12",
)


def table(region: list[str]) -> pd.DataFrame:
    """200 contacts of each arm, whose regions are given for one arm after the other."""
    random = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "arm": ["now"] * 200 + ["new"] * 200,
            "sale": random.integers(0, 2, 400),
            "region": region,
        }
    )


def checked(contacts: pd.DataFrame) -> pd.Series:
    found = evaluate(contacts, design=DESIGN)
    rows = found.checks[found.checks["check"] == "sample ratio by region"]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_parts_of_each_stratum_are_checked_in_a_table_of_contacts() -> None:
    alike = checked(table((["north"] * 100 + ["south"] * 100) * 2))
    assert alike["verdict"] == "ok"
    # 170 of 200 against 30 of 200: no chance of 1 in 1,000.
    apart = ["north"] * 170 + ["south"] * 30 + ["north"] * 30 + ["south"] * 170
    assert checked(table(apart))["verdict"] == "fail"


def test_a_table_without_a_registered_stratum_is_told_what_cannot_be_checked() -> None:
    row = checked(table(["north"] * 400).drop(columns="region"))
    assert row["verdict"] == "warning"
    assert row["found"] == "no column region was read"
    assert "nobody can see whether the arms have kept their parts" in row["meaning"]


def test_totals_hold_no_strata_and_say_so() -> None:
    totals = pd.DataFrame({"arm": ["now", "new"], "n": 200, "sale": [20, 30]})
    assert checked(totals)["verdict"] == "warning"
