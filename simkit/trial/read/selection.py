"""What is no effect of an arm: figures on contacts whom the arm itself has selected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
SEGMENT, ARM = "segment", "arm"
CHANCE = 0.001
RIGHT = 1 / 3
"""Of those who are expected to be missing from a log, the part that is taken for sure."""

NEVER_REACHED = 0.03
"""Of any list at least so many are never reached: dead numbers alone are as many (assumed)."""

WHOM_REACHED = "whom an arm reaches is its own doing; give a row to every assigned contact"
REACHED_ONLY = f"holds only contacts who were reached: {WHOM_REACHED}"
NEARLY_REACHED_ONLY = (
    "holds {:,} never reached among {:,} contacts, where by its own calls at least {:,.0f} are to "
    f"be expected: {WHOM_REACHED}"
)
CALLED_ONLY = (
    "holds only contacts called at least {} times: how often a contact is called is the arm's own "
    "doing; give a row to every assigned contact"
)

OR_SHOW = "if nobody was taken out, show it by the assignment (assigned, --assigned)"


@dataclass
class Counted:
    """The calls to contacts who are called alike: those of one arm of a segment."""

    contacts: int = 0
    dials: int = 0
    reaches: int = 0
    ended: int = 0
    fewest: int = 0
    most: int = 0
    unreached: int = 0
    once: int = 0
    twice: int = 0
    once_by_dials: Counter[int] = field(default_factory=Counter)

    def add(
        self, attempts: NDArray[np.int64], reached: NDArray[np.int64], ended: NDArray[np.bool_]
    ) -> None:
        """Count contacts: their dials, how often they were reached, whether their calling ended."""
        if not len(attempts):
            return
        fewest = int(attempts.min())
        self.fewest = min(self.fewest, fewest) if self.contacts else fewest
        self.most = max(self.most, int(attempts.max()))
        self.contacts += len(attempts)
        self.dials += int(attempts.sum())
        self.reaches += int(reached.sum())
        self.ended += int(ended.sum())
        self.unreached += int((reached == 0).sum())
        on = reached[~ended]
        _, once, twice = np.bincount(np.minimum(on, 3), minlength=4)[:3]
        self.once += int(once)
        self.twice += int(twice)
        self.once_by_dials.update(dict(enumerate(np.bincount(attempts[reached == 1]).tolist())))

    def never_reached(self) -> float:
        """Give how many contacts were never reached, at least, by the reach per dial.

        Let each dial reach with probability p. A contact has n dials, of which only the j-th
        reaches, with probability p(1 − p)^(n − 1)s, where s is the chance that after a talk at j
        the calling ends with n. The s of one j add up to 1, and there are at most M of j, the most
        dials of anyone. So the sum of (1 − p)^(M − n + 1) ÷ pM over those reached once has at most
        the expectation N(1 − p)^M, which is of contacts never reached by M dials, whether a talk
        ends the calling or not; and of contacts who are reached unequally more are never reached.
        p is the share of dials that reached, which is too high, and so safe, where contacts who
        were never reached are missing.

        Where a contact's dials reach unequally, by the hour, the sum is too large by the mean of
        their odds ÷ the odds of p: 2.1 times for .2 and .8 in turn, which the third that is taken
        for sure still covers. Where more than half of the dials reach it may be any number of
        times, so nothing is told.
        """
        if not 0 < 2 * self.reaches <= self.dials:
            return 0.0
        p = self.reaches / self.dials
        weights = [
            number * (1 - p) ** (self.most - dials + 1)
            for dials, number in self.once_by_dials.items()
        ]
        return sum(weights) / (p * self.most)


@dataclass
class Called:
    """What the calls to a log's contacts tell of those who may have been taken out of it.

    In a log, unlike in a table, it is nothing strange that everybody was called, and in the end
    reached. So those who must be there are counted, in each segment and in the log as a whole, and
    a third of them is taken for sure. Where as few as there are have a chance below 1 in 1,000
    (Poisson), the others were taken out.

    *Never reached*: by `Counted.never_reached`, arm by arm. Where nobody at all is left, also by
    those reached seldom: of contacts who are called to the end, f₁ reached once and f₂ twice, at
    least f₁(f₁ − 1) ÷ 2(f₂ + 1) others were never reached (Chao 1987, bias-corrected), however
    unequally contacts are reached. Where a talk ends the calling, that is too many; so they must
    also be fewer than any list has. Neither tells anything where more than half of the dials reach:
    then everybody may have been reached.

    *Ended early*: if a dial ends the calling of a contact (who buys or opts out) with probability
    h, N(1 − (1 − h)^(k − 1)) contacts have fewer than k dials.

    References
    ----------
    A. Chao (1987), Estimating the population size for capture-recapture data with unequal
    catchability, Biometrics 43, 783-791.
    """

    cells: dict[tuple[str, str], Counted] = field(default_factory=dict)

    def add_outcomes(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Count contacts by their outcomes.

        Parameters
        ----------
        columns
            Those of `CALLED_BY`, as `simkit.measures.contact_outcomes` names them; and ``segment``
            and ``arm``. Where one of these is not given, all are taken to be in the same, so that
            less is shown.
        """
        attempts, reached = (columns[name].astype(np.int64) for name in ("attempts", "right_party"))
        ended = np.zeros(len(attempts), dtype=np.bool_)
        for name in ENDS_CALLING:
            ended |= columns[name].astype(np.bool_)
        if SEGMENT not in columns and ARM not in columns:
            self._cell("", "").add(attempts, reached, ended)
            return
        names = pd.DataFrame({name: columns.get(name, "") for name in (SEGMENT, ARM)})
        for (segment, arm), rows in names.groupby([SEGMENT, ARM]):
            at = rows.index.to_numpy()
            self._cell(str(segment), str(arm)).add(attempts[at], reached[at], ended[at])

    def _cell(self, segment: str, arm: str) -> Counted:
        return self.cells.setdefault((segment, arm), Counted())

    def refusal(self) -> str:
        """Say whom the log, or a segment of it, leaves out; empty where nothing shows it."""
        segments: dict[str, list[Counted]] = {}
        for (segment, _), cell in self.cells.items():
            segments.setdefault(segment, []).append(cell)
        whole = _whom_left_out(self.cells.values())
        found = {name: why for name, cells in segments.items() if (why := _whom_left_out(cells))}
        if whole and len(found) in (0, len(segments)):
            return f"the log {whole}"
        return "; ".join(f"segment {name} of the log {why}" for name, why in found.items())


def _whom_left_out(cells: Iterable[Counted]) -> str:
    """Say whom some cells together leave out; empty where nothing shows that they do."""
    every = list(cells)
    contacts, dials, reaches, ended, unreached, once, twice = (
        sum(getattr(cell, name) for cell in every)
        for name in ("contacts", "dials", "reaches", "ended", "unreached", "once", "twice")
    )
    expected = RIGHT * sum(cell.never_reached() for cell in every)
    if not unreached and 2 * reaches <= dials:
        by_seldom = once * (once - 1) / (2 * (twice + 1))
        expected = max(expected, min(NEVER_REACHED * contacts, RIGHT * by_seldom))
    if _too_few(unreached, expected):
        if not unreached:
            return REACHED_ONLY
        return NEARLY_REACHED_ONLY.format(unreached, contacts, np.floor(expected))
    fewest = min((cell.fewest for cell in every), default=0)
    if fewest < CALLED_TWICE:
        return ""
    early = contacts * (1 - (1 - ended / dials) ** (fewest - 1))
    return CALLED_ONLY.format(fewest) if _too_few(0, RIGHT * early) else ""


def _too_few(there: int, expected: float) -> bool:
    """Tell whether it is no chance that so few are there where at least so many are expected."""
    return bool(stats.poisson.cdf(there, expected) < CHANCE)


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
