"""What was checked of a trial, in a table and in words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from simkit.result import Result
from simkit.trial.checks.check import WORST_FIRST, rows_of, said_of
from simkit.trial.checks.planned import NOT_BEGUN, TO_COME


@dataclass(frozen=True, eq=False, repr=False)
class Checks(Result):
    """What was checked of a trial, and nothing of what it found.

    Parameters
    ----------
    table
        One row per check and segment, the worst first: ``check``, ``segment``, ``found``,
        ``p_value``, ``verdict`` (ok, warning, fail), ``meaning``, ``advice``.
    exposure
        One row per segment and arm: intended and delivered intervals, callbacks, load, waiting;
        see `simkit.trial.checks.exposure.Exposure` and `simkit.trial.checks.load.Load`.
    gaps
        ``segment``, ``arm``, ``days`` (calendar days between two dials of a contact), ``gaps``.
    balance
        Standardised differences of each covariate; see `simkit.trial.checks.balance`.
    """

    table: pd.DataFrame
    exposure: pd.DataFrame
    gaps: pd.DataFrame
    balance: pd.DataFrame

    @property
    def passed(self) -> bool:
        """False when a check failed: then no result of the trial may be acted on."""
        return not (self.table["verdict"] == "fail").any()

    def found(self, verdict: str) -> pd.DataFrame:
        """Return the rows with a verdict: ``"fail"``, ``"warning"`` or ``"ok"``."""
        return self.table[self.table["verdict"] == verdict]

    def sentences(self) -> list[str]:
        """Say each thing that is not as it should be, the worst first."""
        return said_of(self.table)

    def sentence(self) -> str:
        """Say in one sentence whether the trial can be trusted so far."""
        number = len(self.table)
        failed, warned = (self.found(verdict) for verdict in WORST_FIRST[:2])
        said = len(said_of(warned))  # what several segments share is said once
        if len(failed):
            what = "; ".join(dict.fromkeys(failed["meaning"]))
            more = f" There {_are(said)} besides." if said else ""
            return f"Do not act on results of this trial: {what}.{more}"
        if len(warned):
            names = ", ".join(dict.fromkeys(warned["check"]))
            more = self._to_come()
            return f"{number} checks, none failed; there {_are(said)}: {names}{more}."
        return f"{number} checks, nothing found{self._to_come()}."

    def _to_come(self) -> str:
        """Say how many contacts have come where more are to come: nobody is missing yet."""
        rows = self.table[self.table["meaning"].isin([TO_COME, NOT_BEGUN])]
        texts = [f"in {row.segment} {row.found}" for row in rows_of(rows)]
        return f"; so far {', '.join(texts)}" if texts else ""

    def _repr_html_(self) -> str:
        shown = self.table[["check", "segment", "found", "verdict", "meaning", "advice"]]
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>"
            f"{shown.to_html(index=False)}"
            f"<details><summary>What each arm delivered</summary>"
            f"{self.exposure.to_html(index=False, float_format='{:.3g}'.format)}</details>"
        )


def _are(warnings: int) -> str:
    return "is 1 warning" if warnings == 1 else f"are {warnings} warnings"
