"""Odds ratios of a yes or no: a logit from counts, with the errors of whole accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from simkit.errors import InputError, Problem
from simkit.result import Result
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.sentences import place_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

WHERE = "logit"
#: Of the deviance, relative: errors agree with a fit on contacts to six digits.
TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Logit(Result):
    """Odds ratios of the arms, each against its control.

    Parameters
    ----------
    table
        One row an arm: ``segment``, ``arm``, ``control``, ``odds_ratio``, ``log_odds_ratio``,
        ``se`` (of the logarithm), ``ci_low``, ``ci_high`` (of the ratio), ``p_value``, ``n``,
        ``events``.
    outcome, alpha
        What was compared; one minus the level of the intervals.
    accounts
        Units whose errors were allowed to hang together; contacts where each was assigned alone.
    """

    table: pd.DataFrame
    outcome: str
    alpha: float
    accounts: int

    def sentence(self) -> str:
        """Say each odds ratio with its interval."""
        level = f"{100 * (1 - self.alpha):g} %"
        parts = [
            f"{place_words(str(row.segment))}{row.arm}: odds of {self.outcome} "
            f"{row.odds_ratio:.3g} times those of {row.control} "
            f"({level}: {row.ci_low:.3g} to {row.ci_high:.3g})"
            for row in self.table.itertuples(index=False)
        ]
        return "; ".join(parts) + "."

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, float_format="{:.4g}".format)
        return f"<p>{escape(self.sentence())}</p>{table}"


def logit(trial: TrialData, outcome: str, *, by_segment: bool = True, alpha: float = 0.05) -> Logit:
    """Compare the arms' odds of a yes or no outcome.

    A description beside the difference in means, which decides: an odds ratio depends on what
    else is in the model. Contacts with the same arm and segment have the same fitted share, so
    the counts of these cells give the estimates and the information; and an account's score is,
    in each of its cells, the events it had less those that were to be expected of its contacts.
    So the errors by account are those of a fit on contacts with ``cov_type="cluster"``.
    Clustering collapsed rows instead would count rows where contacts are meant.

    Parameters
    ----------
    trial
        What `simkit.trial.read.trial.read_trial` makes of a log, in memory or on disk, or of a
        table of contacts.
    outcome
        A yes or no.
    by_segment
        Whether each segment has odds ratios of its own; else one for all, beside an effect of the
        segment: for that all segments must have arms of the same names and the same control.
    alpha
        One minus the level of the intervals.

    Raises
    ------
    InputError
        The outcome is no yes or no, has no event (or nothing else) in some arm, only totals are
        known, or segments do not have the same arms.

    Examples
    --------
    >>> from simkit import read_call_log
    >>> from simkit.trial.models import logit, read_trial
    >>> trial = read_trial(read_call_log("data/trial"), control="current")
    >>> logit(trial, "sale").table["arm"].tolist()
    ['long', 'longer', 'long', 'longer']
    """
    if trial.contacts is None or outcome not in trial.outcomes:
        rule = "must be an outcome of contacts: "
        raise InputError([Problem(WHERE, "outcome", outcome, rule + ", ".join(trial.outcomes))])
    account, cell, n, events, cells = trial.account_events(outcome)
    control = trial.control
    arms = {segment: trial.arms[segment] for segment in trial.segments}
    problems = _problems(trial, outcome, cell, n, events, cells)
    if not by_segment and (len({*arms.values()}) > 1 or len({*control.values()}) > 1):
        rule = "must be True: the segments have other arms or controls"
        problems.append(Problem(WHERE, "by_segment", by_segment, rule))
    if problems:
        raise InputError(problems)
    design, names = _design(arms, control, by_segment=by_segment)
    estimate, cov = clustered_logit(account, cell, n, events, design)
    size, had = _sums(cell, n, len(cells)), _sums(cell, events, len(cells))
    z = float(stats.norm.isf(alpha / 2))
    rows = []
    for place, (segment, arm) in names.items():
        value, se = float(estimate[place]), float(np.sqrt(cov[place, place]))
        here = [at for at, one in enumerate(cells) if one[1] == arm and segment in (ALL, one[0])]
        rows.append(
            {
                "segment": segment,
                "arm": arm,
                "control": control[segment if by_segment else trial.segments[0]],
                "odds_ratio": np.exp(value),
                "log_odds_ratio": value,
                "se": se,
                "ci_low": np.exp(value - z * se),
                "ci_high": np.exp(value + z * se),
                "p_value": float(2 * stats.norm.sf(abs(value) / se)),
                "n": int(size[here].sum()),
                "events": int(had[here].sum()),
            }
        )
    return Logit(pd.DataFrame(rows), outcome, alpha, len(np.unique(account)))


def clustered_logit(
    account: IntArray, cell: IntArray, n: IntArray, events: FloatArray, design: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fit a logit to counts, with errors by account.

    Parameters
    ----------
    account, cell, n, events
        Account, cell, contacts and those with the event, one a row; each pair stands once.
    design
        What is known of each cell, cells × coefficients.

    Returns
    -------
    estimate, cov
        As a fit on contacts with ``cov_type="cluster"`` gives them: with the factor
        G ÷ (G − 1) · (N − 1) ÷ (N − K) for G accounts, N contacts and K coefficients.
    """
    size, had = (_sums(cell, values, len(design)) for values in (n, events))
    there = size > 0
    had, rest = had[there], (size - had)[there]
    if int(there.sum()) == design.shape[1]:
        # As many coefficients as cells: the odds as they are. Iterations would never settle, since
        # all that is left of the deviance is rounding.
        estimate = np.asarray(np.linalg.solve(design[there], np.log(had / rest)), dtype=np.float64)
    else:
        fit = GLM(np.column_stack([had, rest]), design[there], family=Binomial()).fit(tol=TOLERANCE)
        estimate = np.asarray(fit.params, dtype=np.float64)
    share = 1 / (1 + np.exp(-(design @ estimate)))
    bread = np.linalg.inv((design * (size * share * (1 - share))[:, None]).T @ design)
    _, code = np.unique(account, return_inverse=True)
    surplus = events - n * share[cell]
    accounts = int(code.max()) + 1
    scores = np.column_stack(
        [
            np.bincount(code, weights=surplus * column[cell], minlength=accounts)
            for column in design.T
        ]
    )
    total, terms = int(size.sum()), design.shape[1]
    factor = accounts / (accounts - 1) * (total - 1) / (total - terms)
    return estimate, factor * bread @ (scores.T @ scores) @ bread


def _sums(cell: IntArray, values: NDArray[np.number], cells: int) -> FloatArray:
    return np.bincount(cell, weights=values, minlength=cells).astype(np.float64)


def _design(
    arms: Mapping[str, tuple[str, ...]], control: Mapping[str, str], *, by_segment: bool
) -> tuple[FloatArray, dict[int, tuple[str, str]]]:
    """Give a column to each segment, and one to each arm but the controls."""
    cells = [(segment, arm) for segment, there in arms.items() for arm in there]
    names: list[tuple[str, str]] = []
    for segment, arm in cells:
        if arm != control[segment]:
            name = (segment if by_segment else ALL, arm)
            names += [] if name in names else [name]
    first = len(arms)
    design = np.zeros((len(cells), first + len(names)))
    for row, (segment, arm) in enumerate(cells):
        design[row, list(arms).index(segment)] = 1.0
        name = (segment if by_segment else ALL, arm)
        if arm != control[segment]:
            design[row, first + names.index(name)] = 1.0
    return design, {first + place: name for place, name in enumerate(names)}


def _problems(
    trial: TrialData,
    outcome: str,
    cell: IntArray,
    n: IntArray,
    events: FloatArray,
    cells: Sequence[tuple[str, str]],
) -> list[Problem]:
    if ((events < 0) | (events > n) | (events % 1 != 0)).any() or not trial.yes_or_no(outcome):
        return [Problem(WHERE, "outcome", outcome, "must be yes or no (1 or 0) for each contact")]
    size, had = _sums(cell, n, len(cells)), _sums(cell, events, len(cells))
    rule = "must be had by some, and not by all, of the contacts of each arm: else odds are 0 or ∞"
    return [
        Problem(WHERE, outcome, f"{segment} · {arm}: {had[at]:,.0f} of {size[at]:,.0f}", rule)
        for at, (segment, arm) in enumerate(cells)
        if not 0 < had[at] < size[at]
    ]
