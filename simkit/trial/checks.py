"""What must hold before the arms may be compared: how they were assigned and followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.data import TrialData, positions
from simkit.trial.effects import MIN_UNITS, ArmMeans, units_in_arms

SAMPLE_RATIO_ALPHA = 0.001
INTERACTION_ALPHA = 0.05
INTERVALS_IN_HORIZON = 2
CHECK_COLUMNS = ("check", "segment", "found", "p_value", "verdict", "meaning")
SAMPLE_RATIO = "sample ratio"
INTERACTION = "interaction of arm and segment"
# Were contacts assigned one by one, half of the accounts with several or more would be split.
MOSTLY_WHOLE = 0.25


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


def horizon_checks(data: TrialData) -> list[Check]:
    """Check that the horizon covers at least two of the longest interval delivered."""
    gap = data.exposure.get("median_days_between_dials")
    if gap is None or data.horizon_days is None or not gap.notna().any():
        return []
    checks = []
    for segment in data.segments:
        longest = gap[data.exposure["segment"] == segment].max()
        if np.isnan(longest):
            continue
        fine = data.horizon_days >= INTERVALS_IN_HORIZON * longest
        checks.append(
            Check(
                "horizon",
                segment,
                f"{data.horizon_days:g} days; longest median gap between dials {longest:.1f} days",
                float("nan"),
                "ok" if fine else "warning",
                "covers at least two of the longest interval"
                if fine
                else "covers less than two of the longest interval: short horizons favour calling "
                "more often",
            )
        )
    return checks


def interaction_check(
    data: TrialData, outcome: str, means: Mapping[str, ArmMeans | None], table: pd.DataFrame
) -> list[Check]:
    """Test whether the arms' effects differ between segments, before any segment is read alone.

    The differences of each segment are compared with their average weighted by precision (a
    homogeneity statistic, divided by its degrees of freedom and read from F). Where they are not
    shown to differ and an arm's verdicts do, that is a warning: better in one segment and cannot
    tell in another is no difference between the two.

    Parameters
    ----------
    data, outcome
        The trial, and its primary outcome.
    means
        Segment → means of that outcome.
    table
        The comparison's rows, for their verdicts.
    """
    known = {name: row for name, row in means.items() if row is not None}
    controls = {data.control[name] for name in known}
    if len(data.segments) < MIN_UNITS or len(known) < MIN_UNITS or len(controls) != 1:
        return []
    control = controls.pop()
    common = set.intersection(*({*row.arms} for row in known.values()))
    arms = [arm for arm in data.arms[next(iter(known))] if arm in common and arm != control]
    if control not in common or not arms:
        return []
    differences, weights, units = [], [], 0
    for row in known.values():
        places = [row.arms.index(arm) for arm in arms]
        contrast = np.zeros((len(arms), len(row.arms)))
        contrast[np.arange(len(arms)), places] = 1.0
        contrast[:, row.arms.index(control)] = -1.0
        cov = contrast @ row.cov @ contrast.T
        if np.linalg.matrix_rank(cov) < len(arms):
            text = "an arm without any variation: the test cannot be made"
            return [Check(INTERACTION, "all", text, float("nan"), "warning", text)]
        differences.append(contrast @ row.mean)
        weights.append(np.linalg.inv(cov))
        units += int(row.units.sum()) - len(row.arms)
    centre = np.linalg.solve(
        sum(weights), sum(w @ d for w, d in zip(weights, differences, strict=True))
    )
    statistic = sum(
        float((d - centre) @ w @ (d - centre)) for w, d in zip(weights, differences, strict=True)
    )
    freedom = (len(known) - 1) * len(arms)
    p_value = float(stats.f.sf(statistic / freedom, freedom, units))
    found = f"{outcome}: F({freedom}, {units}) = {statistic / freedom:.2f}"
    if p_value < INTERACTION_ALPHA:
        meaning = "the arms' effects differ between segments"
        return [Check(INTERACTION, "all", found, p_value, "ok", meaning)]
    apart = _verdicts_apart(
        table[(table["outcome"] == outcome) & table["segment"].isin(known)], arms
    )
    if apart:
        meaning = (
            f"the verdicts differ between segments ({apart}), but the segments were not shown to "
            "differ: this alone is no reason to give one of them a policy of its own"
        )
        return [Check(INTERACTION, "all", found, p_value, "warning", meaning)]
    meaning = (
        "no sign that the arms' effects differ between segments: a segment that looks special may "
        "be noise"
    )
    return [Check(INTERACTION, "all", found, p_value, "ok", meaning)]


def _verdicts_apart(rows: pd.DataFrame, arms: Sequence[str]) -> str:
    """Say where each of the arms has which verdict, of those whose verdicts differ."""
    told = []
    for arm in arms:
        here = rows[(rows["arm"] == arm) & (rows["verdict"] != "refused")]
        if len(set(here["verdict"])) > 1:
            by_segment = [f"{row.verdict} in {row.segment}" for row in here.itertuples(index=False)]
            told.append(f"{arm}: {', '.join(by_segment)}")
    return "; ".join(told)
