"""One line of what was checked before the arms are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

CHECK_COLUMNS = ("check", "segment", "found", "p_value", "verdict", "meaning")


@dataclass(frozen=True)
class Check:
    """One line of the checks' table.

    Parameters
    ----------
    check, segment
        What was looked at, and where.
    found
        What was seen, in words.
    p_value
        Of the test, where there is one; else NaN.
    verdict
        ``"ok"``, ``"warning"``, or ``"fail"``: then no result may be acted on.
    meaning
        What follows from it.
    """

    check: str
    segment: str
    found: str
    p_value: float
    verdict: Literal["ok", "warning", "fail"]
    meaning: str


def checks_table(checks: Sequence[Check]) -> pd.DataFrame:
    """Write checks as a table."""
    return pd.DataFrame([asdict(check) for check in checks], columns=list(CHECK_COLUMNS))
