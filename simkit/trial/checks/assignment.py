"""How contacts were assigned, first called and followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.checks.check import Check
from simkit.trial.effects.means import units_in_arms
from simkit.trial.read.data import TrialData, positions

SAMPLE_RATIO_ALPHA = 0.001
SAMPLE_RATIO = "sample ratio"
# Were contacts assigned one by one, half of the accounts with several or more would be split.
MOSTLY_WHOLE = 0.25


def sample_ratio(
    counts: Mapping[str, int], shares: Mapping[str, float] | None = None
) -> tuple[float, str]:
    """Test whether the arms are as large as they were meant to be.

    Parameters
    ----------
    counts
        Arm → units assigned.
    shares
        Arm → its intended part, on any scale; None for equal parts.

    Returns
    -------
    p_value, found
        Of Pearson's χ² test, and the counts in words.
    """
    seen = np.array(list(counts.values()), dtype=np.float64)
    meant = np.array([1.0 if shares is None else shares[arm] for arm in counts])
    found = ", ".join(f"{arm} {count:,}" for arm, count in counts.items())
    if not seen.sum():
        return float("nan"), found
    return float(stats.chisquare(seen, seen.sum() * meant / meant.sum()).pvalue), found


def assignment_checks(data: TrialData, shares: Mapping[str, float] | None) -> list[Check]:
    """Check how contacts were assigned, first called and followed, by segment."""
    checks = []
    for segment, arms in data.arms.items():
        if data.contacts is None:
            here = data.values[data.values["segment"] == segment].set_index("arm")["n"]
            checks.append(_ratio_check(segment, {arm: int(here[arm]) for arm in arms}, shares))
            continue
        rows = data.contacts[data.contacts["segment"] == segment]
        clustered = data.clustered
        if clustered:
            checks.append(_split_check(segment, rows))
            clustered = _split_share(rows) <= MOSTLY_WHOLE
        checks.append(_ratio_check(segment, _units(rows, arms, clustered=clustered), shares))
        if "dialled" in rows:
            called = _units(rows[rows["dialled"]], arms, clustered=clustered)
            p_value, found = sample_ratio(called, shares)
            fine = not p_value < SAMPLE_RATIO_ALPHA
            checks.append(
                Check(
                    "sample ratio among first calls",
                    segment,
                    found,
                    p_value,
                    "ok" if fine else "warning",
                    "each arm called as many of its contacts as the others"
                    if fine
                    else "arms differ in how many contacts they called at all: part of what they "
                    "delivered, so nobody is left out",
                )
            )
        if not rows["followed"].all():
            checks.append(_followed_check(segment, rows, arms))
    return checks


def _units(rows: pd.DataFrame, arms: Sequence[str], *, clustered: bool) -> dict[str, int]:
    cluster = rows["cluster"].to_numpy() if clustered else None
    counts = units_in_arms(positions(rows["arm"], arms), cluster, len(arms))
    return dict(zip(arms, counts.tolist(), strict=True))


def _ratio_check(
    segment: str, counts: Mapping[str, int], shares: Mapping[str, float] | None
) -> Check:
    p_value, found = sample_ratio(counts, shares)
    fine = not p_value < SAMPLE_RATIO_ALPHA
    return Check(
        SAMPLE_RATIO,
        segment,
        found,
        p_value,
        "ok" if fine else "fail",
        "arms are as large as assigned by chance"
        if fine
        else "arms are not as large as chance would make them: units were lost or moved after the "
        "assignment, so no difference can be trusted until this is explained",
    )


def _split_accounts(rows: pd.DataFrame) -> tuple[int, int, int]:
    """Count the accounts, those with several contacts, and those whose contacts differ in arm."""
    arms = rows[["cluster", "arm"]].drop_duplicates()["cluster"].value_counts()
    sizes = rows["cluster"].value_counts()
    return len(sizes), int((sizes > 1).sum()), int((arms > 1).sum())


def _split_share(rows: pd.DataFrame) -> float:
    _, several, split = _split_accounts(rows)
    return split / max(several, 1)


def _split_check(segment: str, rows: pd.DataFrame) -> Check:
    accounts, _, split = _split_accounts(rows)
    return Check(
        "accounts split over arms",
        segment,
        f"{split:,} of {accounts:,} accounts",
        float("nan"),
        "warning" if split else "ok",
        "colleagues got different arms and may have talked: the effects may be too small"
        if split
        else "each account was assigned as a whole",
    )


def _followed_check(segment: str, rows: pd.DataFrame, arms: Sequence[str]) -> Check:
    by_arm = pd.crosstab(rows["arm"], rows["followed"]).reindex(list(arms)).to_numpy()
    p_value = float(stats.chi2_contingency(by_arm, correction=False).pvalue)
    short = int((~rows["followed"]).sum())
    fine = not p_value < SAMPLE_RATIO_ALPHA
    return Check(
        "followed to the horizon",
        segment,
        f"{short:,} of {len(rows):,} contacts were not, and are left out",
        p_value,
        "ok" if fine else "fail",
        "as many in each arm as chance would make them"
        if fine
        else "arms differ in how many are left out, so those who remain are not alike",
    )
