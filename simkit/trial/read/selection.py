"""What is no effect of an arm: figures on contacts whom the arm itself has selected."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.measures import OUTCOMES
from simkit.measures.outcomes import OUTCOME_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALL_WORDS = (
    "reached|call|calls|dial|dials|attempt|attempts|conversation|conversations|answer|answers|"
    "answered|live|right_party|agent_hour|agent_hours|agent_s|hour|hours"
)
CONDITIONAL_NAME = re.compile(rf"(?:^|[_ ])(?:per|given|if|among)[_ ](?:{CALL_WORDS})(?:$|[_ ])")
AFTER = frozenset((*OUTCOMES, *OUTCOME_COLUMNS))
"""What happens to a contact in a trial: the arm's own doing, no covariate and no segment."""

CALL_COLUMNS = ("attempt_no", "dialled_at", "disposition")
OF_CALLS = (
    "the table holds a row for each call: contacts were assigned, not calls, and how often a "
    "contact is called is the arm's own doing; give one row to every assigned contact"
)
SELECTED_TOTALS = re.compile(rf"(?:^|_)(?:{CALL_WORDS})(?:$|_)")
MAX_MISSING_SHARE = 0.05
MISSING_ALPHA = 0.01
CALLED_TWICE = 2
ENDS_CALLING = ("sale", "opt_out", "suppressed")
CALLED_BY = ("attempts", "right_party", *ENDS_CALLING)
"""Outcomes that `Called.add_outcomes` looks at."""
CHANCE = 0.001
RIGHT = 1 / 3
"""Of those who are expected to be missing from a log, the part that is taken for sure."""

NEVER_REACHED = 0.03
"""Of any list at least so many are never reached: dead numbers alone are as many (assumed)."""

REACHED_ONLY = (
    "holds only contacts who were reached: whom an arm reaches is its own doing; give a row to "
    "every assigned contact"
)
CALLED_ONLY = (
    "holds only contacts called at least {} times: how often a contact is called is the arm's own "
    "doing; give a row to every assigned contact"
)

OR_SHOW = "if nobody was taken out, show it by the assignment (assigned, --assigned)"


@dataclass
class Called:
    """What the calls to a log's contacts tell of those who may have been taken out of it.

    In a log, unlike in a table, it is nothing strange that everybody was called, and in the end
    reached. So those who must be there are counted.

    *Never reached*: of contacts who are called to the end, f₁ reached once and f₂ twice, at least
    f₁(f₁ − 1) ÷ 2(f₂ + 1) others were never reached (Chao 1987, bias-corrected), however unequally
    contacts are reached. Where a talk ends the calling, that is too many; so they must also be
    fewer than any list has. *Ended early*: if a dial ends the calling of a contact (who buys or
    opts out) with probability h, N(1 − (1 − h)^(k − 1)) contacts have fewer than k dials.

    References
    ----------
    A. Chao (1987), Estimating the population size for capture-recapture data with unequal
    catchability, Biometrics 43, 783-791.
    """

    contacts: int = 0
    dials: int = 0
    ended: int = 0
    fewest: int = 0
    unreached: int = 0
    once: int = 0
    twice: int = 0

    def add(
        self, attempts: NDArray[np.int64], reached: NDArray[np.int64], ended: NDArray[np.bool_]
    ) -> None:
        """Count contacts: their dials, how often they were reached, whether their calling ended."""
        if not len(attempts):
            return
        fewest = int(attempts.min())
        self.fewest = min(self.fewest, fewest) if self.contacts else fewest
        self.contacts += len(attempts)
        self.dials += int(attempts.sum())
        self.ended += int(ended.sum())
        self.unreached += int((reached == 0).sum())
        on = reached[~ended]
        _, once, twice = np.bincount(np.minimum(on, 3), minlength=4)[:3]
        self.once += int(once)
        self.twice += int(twice)

    def add_outcomes(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Count contacts by their outcomes, as `simkit.measures.contact_outcomes` names them."""
        attempts, reached = (columns[name].astype(np.int64) for name in ("attempts", "right_party"))
        ended = np.zeros(len(attempts), dtype=np.bool_)
        for name in ENDS_CALLING:
            ended |= columns[name].astype(np.bool_)
        self.add(attempts, reached, ended)

    def refusal(self) -> str:
        """Say whom the log leaves out; empty where nothing shows that it does."""
        never = self.once * (self.once - 1) / (2 * (self.twice + 1))
        if not self.unreached and _must_be_there(min(NEVER_REACHED * self.contacts, RIGHT * never)):
            return f"the log {REACHED_ONLY}"
        if self.fewest < CALLED_TWICE:
            return ""
        early = self.contacts * (1 - (1 - self.ended / self.dials) ** (self.fewest - 1))
        missing = _must_be_there(RIGHT * early)
        return f"the log {CALLED_ONLY.format(self.fewest)}" if missing else ""


def _must_be_there(expected: float) -> bool:
    """Tell whether it is no chance that there is nobody where so many are expected."""
    return bool(np.exp(-expected) < CHANCE)


def refused_outcomes(
    table: pd.DataFrame, outcomes: Sequence[str], arm: pd.Series
) -> dict[str, str]:
    """Find the outcomes that compare contacts selected after the assignment.

    Whom an arm reaches, and how often it calls before that, is its own doing. Contacts chosen by
    it are no longer alike between arms, so their difference is not an effect.

    Parameters
    ----------
    table
        One row per contact; no rows where only totals are known.
    outcomes
        The outcomes.
    arm
        Arm of each row.

    Returns
    -------
    dict[str, str]
        Outcome → the reason in plain words.
    """
    whole = _selected_rows(table)
    refused = {}
    for name in outcomes:
        if CONDITIONAL_NAME.search(name.lower()):
            refused[name] = (
                "a rate per call or per reached contact: how many calls were made and who was "
                "reached is itself a result of the arm; compare what happened per assigned contact"
            )
        elif whole:
            refused[name] = whole
        elif name in table and table[name].isna().any():
            reason = _missing(table, name, arm)
            if reason:
                refused[name] = reason
    return refused


def table_doubts(table: pd.DataFrame, cluster: str | None) -> tuple[str, ...]:
    """Say what a table of contacts leaves in doubt."""
    warnings = []
    attempts = table.get("attempts")
    if attempts is not None and pd.api.types.is_numeric_dtype(attempts) and attempts.min() == 1:
        warnings.append(
            "every contact in the table has been called at least once: contacts assigned and "
            "never called belong to the comparison too"
        )
    if cluster is None and "account_id" in table and table["account_id"].duplicated().any():
        warnings.append(
            "contacts share accounts, but cluster was not given: if accounts were assigned, the "
            'intervals are too narrow; set cluster="account_id"'
        )
    return tuple(warnings)


def _selected_rows(table: pd.DataFrame) -> str:
    if not len(table):
        return ""
    if any(name in table for name in CALL_COLUMNS):
        return OF_CALLS
    reached = table.get("reached")
    if reached is not None and (reached == 1).all():
        return f"the table {REACHED_ONLY}"
    attempts = table.get("attempts")
    counted = attempts is not None and pd.api.types.is_numeric_dtype(attempts)
    if attempts is not None and counted and attempts.min() >= CALLED_TWICE:
        return f"the table {CALLED_ONLY.format(int(attempts.min()))}"
    return ""


def _missing(table: pd.DataFrame, name: str, arm: pd.Series) -> str:
    missing = table[name].isna().to_numpy(dtype=np.bool_)
    reached = table.get("reached")
    if reached is not None:
        unreached = ~reached.astype("boolean").fillna(False).to_numpy(dtype=np.bool_)
        if unreached.any() and missing[unreached].all():
            return (
                "known only for contacts who were reached: whom an arm reaches is its own doing; "
                "give the others their value (no sale is 0)"
            )
    share = float(missing.mean())
    by_arm = pd.crosstab(arm.to_numpy(), missing).to_numpy()
    p_value = float(stats.chi2_contingency(by_arm, correction=False).pvalue)
    if share > MAX_MISSING_SHARE or p_value < MISSING_ALPHA:
        differs = f"; missing differs by arm, p = {p_value:.2g}" if p_value < MISSING_ALPHA else ""
        return (
            f"missing for {100 * share:.1f} % of the contacts{differs}: those who are left may "
            "have been selected by the arm; give every assigned contact its value"
        )
    return ""


def refused_log(called: Called, outcomes: Sequence[str]) -> dict[str, str]:
    """Refuse all outcomes of a log from which contacts were taken out by how they were called."""
    reason = called.refusal()
    return dict.fromkeys(outcomes, f"{reason}; {OR_SHOW}") if reason else {}


def refused_totals(outcomes: Sequence[str], size: str) -> dict[str, str]:
    """Refuse totals that count calls or reached contacts instead of those assigned.

    Parameters
    ----------
    outcomes
        The outcomes.
    size
        Name of the column with the number of contacts.
    """
    if not SELECTED_TOTALS.search(size.lower()):
        return {}
    reason = (
        f"totals per {size}: how many calls are made and who is reached is the arm's own doing; "
        "give the number of contacts assigned to each arm"
    )
    return dict.fromkeys(outcomes, reason)
