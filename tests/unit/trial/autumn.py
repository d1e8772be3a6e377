"""The trial that tests of registered designs evaluate, and what its result says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simkit.policy import RecallPolicy
from simkit.trial import Evaluation
from simkit.trial.design import TrialDesign

SALES = {"b2c": {"7 days": 150, "14 days": 100}}


def design(**changes: Any) -> TrialDesign:
    weekly, fortnightly = (RecallPolicy.every(days=days) for days in (7.0, 14.0))
    fields: dict[str, Any] = {
        "name": "autumn",
        "arms": {"b2c": {"7 days": weekly, "14 days": fortnightly}},
        "control": {"b2c": "14 days"},
        "salt": "autumn",
        "horizon_days": 60.0,
        "primary": "net_sale_expected",
        "secondary": ("attempts",),
        "guardrails": {"opt_out": {"b2c": 0.5}},
    }
    return TrialDesign(**{**fields, **changes})


def table(sales: Mapping[str, Mapping[str, int]], n: int = 1000, **columns: Any) -> pd.DataFrame:
    """One row a contact: of n contacts in each arm of each segment so many buy."""
    parts = []
    for segment, by_arm in sales.items():
        for arm, bought in by_arm.items():
            sale = (np.arange(n) < bought).astype(int)
            parts.append(pd.DataFrame({"segment": segment, "arm": arm, "sale": sale}))
    return pd.concat(parts, ignore_index=True).assign(opt_out=0, **columns)


def of_table(**changes: Any) -> TrialDesign:
    usual = {"primary": "sale", "secondary": (), "guardrails": {"opt_out": {"b2c": 0.01}}}
    usual |= {"unit": "contact"}
    return design(**{**usual, **changes})


def says(found: Evaluation, text: str) -> bool:
    """Whether the result, its warnings and its sentence all say so."""
    told = [*found.checks["found"], *found.checks["meaning"]]
    places = (told, found.warnings, [found.sentence()])
    return all(any(text in line for line in lines) for lines in places)
