"""How contacts were assigned, first called and followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.trial.checks.assigned import MANY
from simkit.trial.checks.check import (
    ALPHA,
    EVERYWHERE,
    NO_P_VALUE,
    Check,
    by_arm,
    fine_by_chance,
    furthest,
    homogeneity,
    judged,
    percent,
)
from simkit.trial.checks.first_calls import first_calls_check
from simkit.trial.checks.in_arms import AccountsInArms
from simkit.trial.effects.laws import chi2_sf
from simkit.trial.read.counted_arms import LOOKS_COUNTED, look_counted
from simkit.trial.read.data import TrialData, positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATIO = "sample ratio"
WHOLE_ACCOUNTS = "whole accounts"
TOO_LATE = "came too late to be called by now"
COMPARE_LISTS = (
    "compare the contacts with the list as assigned and put back whoever is missing or was moved; "
    "if other parts were intended, say so (expected_shares; --expected-share)"
)
NOT_FOLLOWED = "were not followed to the horizon"


def sample_ratio(
    counts: Mapping[str, int], shares: Mapping[str, float] | None = None
) -> tuple[float, str]:
    """Test whether the arms are as large as they were meant to be.

    Parameters
    ----------
    counts
        Arm → units assigned.
    shares
        Arm → its intended part, on any scale; None for equal parts. An arm without a part was not
        registered, which is told as such: the others are held against each other.

    Returns
    -------
    p_value, found
        Of Pearson's χ² test, and the counts in words.
    """
    found = ", ".join(f"{arm} {count:,}" for arm, count in counts.items())
    counts = {arm: count for arm, count in counts.items() if shares is None or arm in shares}
    seen = np.array(list(counts.values()), dtype=np.float64)
    meant = np.array([1.0 if shares is None else shares[arm] for arm in counts])
    if not seen.sum() or (shares is not None and len(seen) == 1):
        return float("nan"), found
    expected = seen.sum() * meant / meant.sum()
    return chi2_sf(float(((seen - expected) ** 2 / expected).sum()), len(seen) - 1), found


def assignment_checks(
    data: TrialData, shares: Mapping[str, float] | None, strata: Sequence[str] = ()
) -> list[Check]:
    """Check how contacts were assigned, first called and followed, by segment.

    Parameters
    ----------
    data
        The trial.
    shares
        Arm → its intended part of the units; None for equal parts.
    strata
        Covariates within whose values units were assigned.
    """
    contacts = data.contacts
    if contacts is None:
        totals = data.values.set_index(["segment", "arm"])["n"]
        sizes = {
            segment: {arm: int(totals[segment, arm]) for arm in arms}
            for segment, arms in data.arms.items()
        }
        ratios = [_ratio_check(segment, counts, shares) for segment, counts in sizes.items()]
        unseen = [_stratum_unseen(segment, name) for segment in sizes for name in strata]
        return [*ratios, *_between_segments(sizes), *unseen]
    checks, sizes = [], {}
    all_followed = bool(contacts["followed"].all())
    for segment, arms in data.arms.items():
        rows, by_account = data.assigned(segment), False
        units = np.bincount(rows.arm, weights=rows.n, minlength=len(arms))
        if data.clustered:
            accounts = AccountsInArms.of(rows.account, rows.arm, len(arms), rows.n)
            checks.append(_split_check(segment, accounts))
            by_account = accounts.mostly_whole
            units = accounts.in_arm if by_account else units
        sizes[segment] = _named(arms, units)
        checks.append(_ratio_check(segment, sizes[segment], shares))
        if by_account:
            n = np.bincount(rows.arm, weights=rows.n, minlength=len(arms))
            checks.append(_sizes_check(segment, accounts, _named(arms, n)))
        for name in strata:
            if data.covariates is None or name not in data.covariates:
                checks.append(_stratum_unseen(segment, name))
            else:
                here = contacts[contacts["segment"] == segment]
                levels = data.covariates.loc[here.index, name]
                checks.append(_stratum_check(segment, name, here, levels, arms, by_account))
        called = data.called(segment)
        if called is not None:
            late = TOO_LATE if data.timed else NOT_FOLLOWED
            checks.append(
                first_calls_check(segment, called, arms, by_account=by_account, late=late)
            )
        if not all_followed:
            checks += _followed_checks(segment, contacts[contacts["segment"] == segment], arms)
    return [*checks, *_between_segments(sizes)]


def _between_segments(sizes: Mapping[str, Mapping[str, int]]) -> list[Check]:
    """Tell of segments whose arms are not of the same parts, as if the arm had made the segment.

    Each may be as large as chance makes it while all together are not. Told where it is found: that
    each is in order has a line of its own.
    """
    counts = pd.DataFrame(sizes).T
    if len(counts) == 1 or counts.isna().to_numpy().any():  # segments with arms of their own
        return []
    p_value = homogeneity(counts.to_numpy())
    if not p_value < ALPHA:
        return []
    return [
        judged(
            f"{SAMPLE_RATIO} by segment",
            EVERYWHERE,
            furthest(counts),
            p_value,
            bad="fail",
            fine="",
            meaning="the arms' parts differ between segments: if the segment was known only after "
            "the assignment, the arm itself has made it, and other people are compared in it",
            advice="compare all contacts together, or segments that were known before",
        )
    ]


def _named(arms: Sequence[str], counts: NDArray[Any]) -> dict[str, int]:
    return {arm: round(count) for arm, count in zip(arms, counts.tolist(), strict=True)}


def _sizes_check(segment: str, accounts: AccountsInArms, contacts: Mapping[str, int]) -> Check:
    """Compare how many contacts accounts have in each arm: whole accounts bring all of theirs."""
    p_value = accounts.sizes_p_value()
    means = (
        (arm, f"{count / max(int(of), 1):.2f}")
        for (arm, count), of in zip(contacts.items(), accounts.in_arm, strict=True)
    )
    return judged(
        "contacts per account",
        segment,
        by_arm(means),
        p_value,
        bad="fail" if p_value < ALPHA else "ok",
        fine=fine_by_chance("accounts are as large in each arm as chance makes them", p_value),
        meaning="accounts of one arm have fewer contacts than those of another, which chance does "
        "not make: contacts were taken out of an arm or added to one, perhaps by how they did",
        advice="compare the contacts with the list as assigned and put back whoever is missing",
    )


def whole_accounts_check(data: TrialData) -> list[Check]:
    """Check, for a design that assigns whole accounts, that none has contacts in several arms.

    Over all segments at once: an account that is split between two of them is whole in each, and
    the arms that it mixes are those of the trial. So nothing of it may be acted on, in any segment.
    By chance no account is split.

    Parameters
    ----------
    data
        The trial.
    """
    if data.contacts is None or not data.clustered:
        return []
    every = list(dict.fromkeys(arm for arms in data.arms.values() for arm in arms))
    account = data.contacts["cluster"].to_numpy()
    found = AccountsInArms.of(account, positions(data.contacts["arm"], every), len(every))
    if not found.split:
        return []
    return [
        judged(
            WHOLE_ACCOUNTS,
            EVERYWHERE,
            f"{found.split:,} of {found.accounts:,} accounts with contacts in several arms",
            bad="fail" if found.split > MANY * found.accounts else "warning",
            fine="",
            meaning="whole accounts were registered as what is assigned, and these were not: "
            "contacts were moved, or assigned by other rules",
            advice="put each contact into the arm that its account was assigned to, also where its "
            "colleagues are in another segment",
        )
    ]


def _ratio_check(
    segment: str, counts: Mapping[str, int], shares: Mapping[str, float] | None
) -> Check:
    p_value, found = sample_ratio(counts, shares)
    by_number = shares is None and look_counted(counts)
    return judged(
        SAMPLE_RATIO,
        segment,
        found,
        p_value,
        bad="fail" if p_value < ALPHA else "ok",
        fine=fine_by_chance("arms are as large as assigned by chance", p_value),
        meaning="arms are not as large as chance would make them: units were lost or moved after "
        "the assignment, so no difference can be trusted until this is explained",
        advice=LOOKS_COUNTED if by_number else COMPARE_LISTS,
    )


def _stratum_unseen(segment: str, name: str) -> Check:
    return Check(
        f"sample ratio by {name}",
        segment,
        f"no column {name} was read",
        NO_P_VALUE,
        "warning",
        "units were assigned within its values, and nobody can see whether the arms have kept "
        "their parts there",
        f"give {name} as a column of each contact; of a log on disk it is read in memory only",
    )


def _stratum_check(
    segment: str,
    name: str,
    rows: pd.DataFrame,
    levels: pd.Series,
    arms: Sequence[str],
    clustered: bool,
) -> Check:
    """Compare the arms' parts between the values of a stratum, unit by unit."""
    named = levels.astype(object).where(levels.notna(), "unknown").astype(str)
    units = rows.assign(level=named.to_numpy())
    if clustered:
        units = units.drop_duplicates(["cluster", "level", "arm"])
    counts = pd.crosstab(units["level"], units["arm"]).reindex(columns=list(arms), fill_value=0)
    p_value = homogeneity(counts.to_numpy())
    bad = p_value < ALPHA
    found = f"{len(counts):,} values of {name}"
    if bad:
        found += f"; {furthest(counts)}"
    return judged(
        f"sample ratio by {name}",
        segment,
        found,
        p_value,
        bad="fail" if bad else "ok",
        fine=fine_by_chance("each value holds the arms in the same parts", p_value),
        meaning="the arms' parts differ between strata: within one of them units were lost, moved "
        "or assigned by other rules",
        advice="look at that stratum's list first; compare it with the assignment",
    )


def _split_check(segment: str, accounts: AccountsInArms) -> Check:
    return judged(
        "accounts split over arms",
        segment,
        f"{accounts.split:,} of {accounts.accounts:,} accounts",
        bad="warning" if accounts.split else "ok",
        fine="each account was assigned as a whole",
        meaning="colleagues got different arms and may have talked: the effects may be too small",
        advice="assign whole accounts next time; if most were meant to be whole, find out which "
        "contacts were moved",
    )


def _followed_checks(segment: str, rows: pd.DataFrame, arms: Sequence[str]) -> list[Check]:
    if rows["followed"].all():
        return []
    # Colleagues enter together and are followed alike: each account counts once.
    units = rows.drop_duplicates(["cluster", "arm", "followed"])
    p_value = homogeneity(pd.crosstab(units["arm"], units["followed"]).to_numpy())
    short = int((~rows["followed"]).sum())
    found = f"{short:,} of {len(rows):,} contacts were not, and are left out"
    bad = p_value < ALPHA
    if bad:
        parts = (1 - rows.groupby("arm")["followed"].mean().reindex(list(arms))).items()
        found += f" ({by_arm((str(arm), percent(part)) for arm, part in parts)})"
    return [
        judged(
            "followed to the horizon",
            segment,
            found,
            p_value,
            bad="fail" if bad else "ok",
            fine=fine_by_chance("as many in each arm as chance would make them", p_value),
            meaning="arms differ in how many are left out, so those who remain are not alike",
            advice="take a horizon that all were followed for (horizon_days, --horizon), or "
            "find out why an arm's contacts were lost",
        )
    ]
