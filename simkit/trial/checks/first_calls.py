"""Whether each arm called as many of the contacts assigned to it as the others did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.checks.check import (
    ALPHA,
    NO_P_VALUE,
    Check,
    fine_by_chance,
    judged,
    percent,
)
from simkit.trial.checks.rates import design_effect
from simkit.trial.read.data import CalledRows

if TYPE_CHECKING:
    from numpy.typing import NDArray


def first_calls_check(
    segment: str, rows: CalledRows, arms: Sequence[str], *, by_account: bool, late: str
) -> Check:
    """Compare how many of its contacts each arm never called.

    Parameters
    ----------
    segment
        Its name.
    rows
        Its contacts who had time to be called.
    arms
        Its arms.
    by_account
        Whether accounts were assigned, whose contacts may be called alike.
    late
        Why the others are left out.
    """
    n, called = (
        np.bincount(rows.arm, weights=each, minlength=len(arms)).astype(np.int64)
        for each in (rows.n, rows.called)
    )
    p_value = called_alike(rows, len(arms), by_account=by_account)
    found = "every contact was called" if n.any() else "nobody was to be called by now"
    if (called < n).any():
        told = zip(arms, n.tolist(), (n - called).tolist(), strict=True)
        counts = (f"{_count(left, of)} of {arm}'s {of:,} contacts" for arm, of, left in told)
        found = f"never called: {', '.join(counts)}"
    if rows.late:
        found += f"; {rows.late:,} contacts {late}"
    return judged(
        "sample ratio among first calls",
        segment,
        found,
        p_value,
        bad="warning" if p_value < ALPHA else "ok",
        fine=fine_by_chance("each arm called as many of its contacts as the others", p_value),
        meaning="arms differ in how many contacts they called at all: part of what "
        "they delivered, so nobody is left out",
        advice="compare all assigned contacts as here, never only those called; ask "
        "why the arm's list was not worked off (too few agents, loaded late)",
    )


def _count(uncalled: int, of: int) -> str:
    return f"{uncalled:,} ({percent(uncalled / of)})" if uncalled else "none"


def called_alike(rows: CalledRows, arms: int, *, by_account: bool) -> float:
    """Test whether arms called the same share of their contacts.

    Each arm is held against all others by Fisher's exact test, and the smallest p-value is
    multiplied by the number of such tests (Bonferroni). A χ² test would cry wolf where few were
    never called and arms are of uneven sizes. Colleagues are called alike: counts are divided by
    the design effect of whole accounts before (Rao and Scott 1992, Biometrics 48, 577).

    Parameters
    ----------
    rows
        Contacts of one account in one arm each.
    arms
        Number of arms.
    by_account
        Whether accounts were assigned; contacts assigned one by one count one by one.

    Returns
    -------
    float
        NaN where all were called, or nobody was, or fewer than two arms have contacts.
    """
    n, called = (
        np.bincount(rows.arm, weights=each, minlength=arms) for each in (rows.n, rows.called)
    )
    share = called.sum() / max(n.sum(), 1.0)
    there = np.flatnonzero(n)
    if len(there) < 2 or not 0 < share < 1:
        return NO_P_VALUE
    effect = _design_effect(rows, arms, share) if by_account else 1.0
    n, called = np.rint(n / effect), np.rint(called / effect)
    table = np.column_stack([n - called, called]).clip(0).astype(np.int64)
    tests = 1 if len(there) == 2 else len(there)
    p_values = [
        stats.fisher_exact([table[place], table.sum(axis=0) - table[place]]).pvalue
        for place in there[:tests]
    ]
    return min(1.0, tests * float(min(p_values)))


def _design_effect(rows: CalledRows, arms: int, share: float) -> float:
    """Return by how much accounts called as wholes widen the spread of the share called."""
    code, _ = pd.factorize(rows.account * arms + rows.arm)
    n, called = (_sums(code, each) for each in (rows.n, rows.called))
    around = float(((called - share * n) ** 2).sum())
    return design_effect(around, share, float(n.sum()))


def _sums(code: NDArray[np.intp], values: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(code, weights=values).astype(np.float64)
