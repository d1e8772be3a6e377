"""Whether contacts still have the segment, account and strata that they were assigned with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simkit.calllog.source import many
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check, judged
from simkit.trial.read.data import as_names
from simkit.trial.read.names import alike
from simkit.trial.read.roster import ACCOUNT, SEGMENT
from simkit.trial.read.spelling import account_keys

#: How checks end that hold what data tell of contacts against the assignment.
LIKE_ASSIGNED = " as assigned"
OF_SEGMENTS = (
    "contacts were put into another segment after the assignment, perhaps because of how they "
    "did: within a segment, arms are no longer compared by lot",
    "put into the column of segments the segment assigned, whatever a contact became later",
)
OF_ACCOUNTS = (
    "whole accounts were assigned, and errors must follow these: of accounts taken apart or mixed "
    "since, they come out too small",
    "give each contact the account that it was assigned in, in a column account_id",
)
OF_STRATA = (
    "contacts were put into another stratum after the assignment, perhaps because of how they did: "
    "balance and adjustment by it say nothing",
    "put into the column {} what the assignment holds, whatever it became later",
)
BLANK_NOW = (
    "what the assignment knew of them is blank now: balance and adjustment by it leave out who "
    "they were, and labels that are blanked after the results may be chosen by them",
    "put into the column {} what the assignment holds, or say why it is blank",
)


def before_checks(before: pd.DataFrame, told: pd.DataFrame, *, whole: int) -> Iterator[Check]:
    """Hold what data tell of contacts against what the assignment knew of them.

    Parameters
    ----------
    before
        What the assignment knew, as `Roster.before`; of whom it knew nothing, nothing is compared.
    told
        What the data tell of the same contacts. Segments of other names, and strata that the data
        lack, are not compared; that they are not those registered is told elsewhere.
    whole
        Accounts of several contacts, where whole accounts were assigned; else 0.
    """
    for name in before:
        if before[name].isna().all():
            continue
        if name == SEGMENT:
            was, now = _keys(before[SEGMENT], told[SEGMENT])
            if set(now.dropna()) & set(was.dropna()):
                yield _check(name, was, now, *OF_SEGMENTS)
        elif name == ACCOUNT:
            if whole and ACCOUNT in told:
                was, now = _account_keys(before[ACCOUNT], told[ACCOUNT])
                yield _check("account", was, now, *OF_ACCOUNTS)
            elif whole:
                found = f"{many(whole, 'account')} of several contacts, which the data do not name"
                yield Check(
                    f"account{LIKE_ASSIGNED}", EVERYWHERE, found, NO_P_VALUE, "fail", *OF_ACCOUNTS
                )
        elif name in told:
            meaning, advice = OF_STRATA
            was, now = _keys(before[name], told[name])
            yield _check(str(name), was, now, meaning, advice.format(name))


def _keys(before: pd.Series, told: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return labels as they are compared: without what readers do not see or mind in a name."""
    names = as_names(before), as_names(told)
    keys = {name: alike(name) or None for one in names for name in one.dropna().unique()}
    was, now = (one.map(keys).astype(object) for one in names)
    return was, now


def _account_keys(before: pd.Series, told: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return accounts as they are compared: names of companies like labels, codes as they are."""
    names = as_names(before), as_names(told)
    keys = account_keys(pd.concat(names, ignore_index=True))
    return keys[: len(before)], keys[len(before) :]


def _check(name: str, was: pd.Series, now: pd.Series, meaning: str, advice: str) -> Check:
    """Compare whom both tell of: nothing was known, or is known now, of who is blank in one."""
    known, there = was.notna().to_numpy(), now.notna().to_numpy()
    both = known & there
    off, blank = int(_apart(was[both], now[both]).sum()), int((known & ~there).sum())
    found = f"{off:,} of {int(both.sum()):,} contacts in another {name} than assigned"
    fine = f"every contact has the {name} that it was assigned with"
    if not known.all():
        found += f"; {int((~known).sum()):,} more had none then, and are not compared"
        fine = f"every contact whose {name} the assignment tells still has it"
    if blank:
        found += f"; of {blank:,} more it is blank now"
    if blank and not off:
        meaning, advice = BLANK_NOW[0], BLANK_NOW[1].format(name)
    return judged(
        f"{name}{LIKE_ASSIGNED}",
        EVERYWHERE,
        found,
        bad="fail" if off else "warning" if blank else "ok",
        fine=fine,
        meaning=meaning,
        advice=advice,
    )


def _apart(was: pd.Series, now: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell who has another label than before; under other names, than most who had the same.

    So labels may be written anew (accounts by another number, strata in another language), but not
    dealt anew: an account that is taken apart is apart but for one of its parts, and of those
    joined all but one are.
    """
    if set(now) <= set(was):
        return np.asarray(was.to_numpy() != now.to_numpy(), dtype=np.bool_)
    pairs = pd.DataFrame({"was": pd.factorize(was)[0], "now": pd.factorize(now)[0]})
    counts = pairs.value_counts(sort=True).reset_index()
    usual = counts.drop_duplicates("was").set_index("was")["now"]
    back = counts.drop_duplicates("now").set_index("now")["was"]
    apart = pairs["now"].to_numpy() != pairs["was"].map(usual).to_numpy()
    joined = pairs["was"].to_numpy() != pairs["now"].map(back).to_numpy()
    return np.asarray(apart | joined, dtype=np.bool_)
