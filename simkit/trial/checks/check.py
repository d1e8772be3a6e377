"""One line of what was checked before the arms are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from simkit.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECK_COLUMNS = ("check", "segment", "found", "p_value", "verdict", "meaning", "advice")
ALPHA = 0.001
"""Level of each test: there are dozens, and one that cries wolf would teach not to listen."""

#: Below them chance does not usually make such a difference, and hardly ever does.
UNUSUAL, RARE = 0.05, 0.01

Verdict = Literal["ok", "warning", "fail"]
WORST_FIRST = ("fail", "warning", "ok")
NO_P_VALUE = float("nan")
EVERYWHERE = "all"


@dataclass(frozen=True, repr=False)
class Check(Result):
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
    advice
        What to do; empty where it is ok.
    """

    check: str
    segment: str
    found: str
    p_value: float
    verdict: Verdict
    meaning: str
    advice: str = ""

    def sentence(self) -> str:
        """Say what was found, what it means and what to do."""
        todo = f"; what to do: {self.advice}" if self.advice else ""
        return f"{self.name_and_meaning()}{todo}"

    def name_and_meaning(self) -> str:
        """Say what was found and what it means."""
        place = "" if self.segment == EVERYWHERE else f", {self.segment}"
        return f"{self.check}{place} ({self.found}): {self.meaning}"


def judged(
    check: str,
    segment: str,
    found: str,
    p_value: float = NO_P_VALUE,
    *,
    bad: Verdict,
    fine: str,
    meaning: str,
    advice: str,
) -> Check:
    """Return a check in the words for what it came to.

    Parameters
    ----------
    check, segment, found, p_value
        As in `Check`.
    bad
        The verdict.
    fine
        What it means where the verdict is ok.
    meaning, advice
        What it means and what to do where it is not.
    """
    if bad == "ok":
        return Check(check, segment, found, p_value, "ok", fine)
    return Check(check, segment, found, p_value, bad, meaning, advice)


def fine_by_chance(fine: str, p_value: float) -> str:
    """Say of arms that a test lets pass how alike they are: below .05 not as chance makes them.

    Parameters
    ----------
    fine
        What it means where chance makes such a difference.
    p_value
        Of the test; NaN where there is none.
    """
    if not p_value < UNUSUAL:
        return fine
    usual = "of tests where nothing is wrong 1 in 20 finds as much"
    seen = "worth a look at how contacts came into the arms" if p_value < RARE else usual
    return (
        f"arms differ more than chance usually makes them (p = {p_value:.2g}; {seen}), and less "
        f"than this check objects to (p below {ALPHA:g})"
    )


def checks_table(checks: Sequence[Check]) -> pd.DataFrame:
    """Write checks as a table."""
    return pd.DataFrame([asdict(check) for check in checks], columns=list(CHECK_COLUMNS))


def worst_first(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a checks' table, failures first, then warnings, else in their order."""
    rank = table["verdict"].map({verdict: place for place, verdict in enumerate(WORST_FIRST)})
    return table.iloc[np.argsort(rank.to_numpy(dtype=np.int64), kind="stable")]


def said_of(table: pd.DataFrame) -> list[str]:
    """Say each row of a checks' table that is not ok, in its order; segments alike at once."""
    alike: dict[tuple[str, ...], list[Check]] = {}
    for row in rows_of(table):
        if row.verdict != "ok":
            one = Check(**row._asdict())
            alike.setdefault((one.check, one.verdict, one.meaning, one.advice), []).append(one)
    return [_said_at_once(checks) for checks in alike.values()]


def said_beside(table: pd.DataFrame, above: str) -> dict[str, str]:
    """Return what `said_of` says of checks that were told above → the same without its meaning.

    Parameters
    ----------
    table
        A checks' table.
    above
        What is told; a check is where all that was found stands in it, and what it means.
    """
    left = {}
    alike = table[table["verdict"] != "ok"].groupby(
        ["check", "verdict", "meaning", "advice"], sort=False
    )
    for _, rows in alike:
        one = next(rows_of(rows))
        if one.advice and one.meaning in above and all(found in above for found in rows["found"]):
            (said,) = said_of(rows)
            left[said] = said.replace(f": {one.meaning}", ", as said above", 1)
    return left


def _said_at_once(checks: Sequence[Check]) -> str:
    """Say checks of one meaning in one sentence, each segment with what was found in it."""
    first, *others = checks
    if not others:
        return first.sentence()
    found = "; ".join(f"{one.segment}: {one.found}" for one in checks)
    return replace(first, segment=EVERYWHERE, found=found).sentence()


def homogeneity(counts: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Return the p-value of Pearson's χ² test that the rows have the same shares by column.

    Rows and columns without any count are left out; NaN where fewer than two of either are left.
    """
    kept = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        return NO_P_VALUE
    return float(stats.chi2_contingency(kept, correction=False).pvalue)


def percent(share: float) -> str:
    """Write a share as a percentage."""
    digits = 0 if share >= 0.1 or share == 0 else 1 if share >= 0.001 else 2
    return f"{100 * share:.{digits}f} %"


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Yield a table's rows as named tuples (for the few rows of a result, not for attempts)."""
    yield from table.itertuples(index=False)


def by_arm(texts: Iterable[tuple[str, str]]) -> str:
    """Write what was found in each arm: ``"current 3 %, long 4 %"``."""
    return ", ".join(f"{arm} {text}" for arm, text in texts)


def furthest(counts: pd.DataFrame) -> str:
    """Name the row whose shares are furthest from all rows' and tell them."""
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), total / total.sum())
    distance = ((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=1)
    name = distance.idxmax()
    row = counts.loc[name]
    return f"{name}: " + by_arm((arm, f"{row[arm]:,}") for arm in counts.columns)
