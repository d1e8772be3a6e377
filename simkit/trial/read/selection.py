"""What is no effect of an arm: figures on contacts whom the arm itself has selected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from simkit.errors import Problem
from simkit.measures import OUTCOMES
from simkit.measures.outcomes import OUTCOME_COLUMNS
from simkit.measures.registry import SHARE
from simkit.trial.read.only_reached import (
    columns_of_the_reached,
    says_whom_reached,
    selected_rows,
)
from simkit.trial.vocabulary import (
    counts_no_contacts,
    is_rate_of_calls,
    plain_name,
    told_of_calls,
)

AFTER = frozenset((*OUTCOMES, *OUTCOME_COLUMNS))
"""What happens to a contact in a trial: the arm's own doing, no covariate and no segment."""

SAY_BEFORE = "what was known before says so in its name, as calls_before or chiamate_precedenti"
MAX_MISSING_SHARE = 0.05
MISSING_ALPHA = 0.01
NO_SHARE = (
    "read by its name it is an amount, or what one contact can have many times, and no number of "
    "contacts: totals do not show how it spreads over them; give one row per contact, or how many "
    "contacts had it, under a name that says so (contacts_with_calls)"
)


def after_assignment(name: str) -> bool:
    """Tell whether a column is what an arm brings about: an outcome, or calls and their results."""
    return plain_name(name) in AFTER or told_of_calls(name)


def covariate_problems(
    where: str, field: str, names: Sequence[str], taken: Collection[str | None]
) -> Iterator[Problem]:
    """Yield what is wrong with the names of covariates by which means are to be adjusted.

    The same is asked where a trial is designed and assigned as where it is evaluated, so that
    nobody learns after the last call that a registered covariate cannot be used.

    Parameters
    ----------
    where, field
        What was given them, for messages.
    names
        The covariates.
    taken
        Columns that are something else: arm, segment, account, the outcomes.
    """
    for name in dict.fromkeys(names):
        if after_assignment(name):
            rule = (
                "must be known before the assignment: this is counted during the trial, and "
                "adjusting for what an arm itself brings about takes a part of its effect away; "
                f"{SAY_BEFORE}"
            )
            yield Problem(where, field, name, rule)
        elif name in taken:
            rule = "must be a covariate: this column names outcomes, arms, segments, ids or times"
            yield Problem(where, field, name, rule)
    for name in dict.fromkeys(names):
        if list(names).count(name) > 1:
            yield Problem(where, field, name, "must be named once")


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
    whole = selected_rows(table, arm) if len(table) else ""
    refused = {}
    for name in outcomes:
        if is_rate_of_calls(name):
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


def _missing(table: pd.DataFrame, name: str, arm: pd.Series) -> str:
    missing = table[name].isna().to_numpy(dtype=np.bool_)
    for column in columns_of_the_reached(table):
        unreached = ~says_whom_reached(table, column)
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


def is_no_share(name: str) -> bool:
    """Tell whether a total is read as an amount, or as what a contact can have many times."""
    known = OUTCOMES.get(plain_name(name))
    return counts_no_contacts(name) if known is None else known.unit != SHARE
