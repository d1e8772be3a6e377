"""Whether contacts still have the segment, account and strata that they were assigned with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from simkit.calllog.source import many
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check, judged
from simkit.trial.read.data import as_names
from simkit.trial.read.roster import ACCOUNT, SEGMENT

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


def before_checks(before: pd.DataFrame, told: pd.DataFrame, *, whole: int) -> Iterator[Check]:
    """Hold what data tell of contacts against what the assignment knew of them.

    Parameters
    ----------
    before
        What the assignment knew, as `Roster.before`.
    told
        What the data tell of the same contacts. Segments of other names, and strata that the data
        lack, are not compared; that they are not those registered is told elsewhere.
    whole
        Accounts of several contacts, where whole accounts were assigned; else 0.
    """
    for name in before:
        if name == SEGMENT:
            if set(as_names(told[SEGMENT])) & set(before[SEGMENT]):
                yield _check(name, before[SEGMENT], told[SEGMENT], *OF_SEGMENTS)
        elif name == ACCOUNT:
            if whole and ACCOUNT in told:
                yield _check("account", before[ACCOUNT], told[ACCOUNT], *OF_ACCOUNTS)
            elif whole:
                found = f"{many(whole, 'account')} of several contacts, which the data do not name"
                yield Check(
                    f"account{LIKE_ASSIGNED}", EVERYWHERE, found, NO_P_VALUE, "fail", *OF_ACCOUNTS
                )
        elif name in told:
            meaning, advice = OF_STRATA
            yield _check(str(name), before[name], told[name], meaning, advice.format(name))


def _check(name: str, before: pd.Series, told: pd.Series, meaning: str, advice: str) -> Check:
    off = int(_apart(before, told).sum())
    return judged(
        f"{name}{LIKE_ASSIGNED}",
        EVERYWHERE,
        f"{off:,} of {len(before):,} contacts in another {name} than assigned",
        bad="fail" if off else "ok",
        fine=f"every contact has the {name} that it was assigned with",
        meaning=meaning,
        advice=advice,
    )


def _apart(before: pd.Series, told: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell who has another label than before; under other names, than most who had the same.

    So labels may be written anew (accounts by another number, strata in another language), but not
    dealt anew: an account that is taken apart is apart but for one of its parts, and of those
    joined all but one are.
    """
    was, now = as_names(before).fillna(""), as_names(told).fillna("")
    if set(now) <= {*was, ""}:
        return np.asarray(was.to_numpy() != now.to_numpy(), dtype=np.bool_)
    pairs = pd.DataFrame({"was": pd.factorize(was)[0], "now": pd.factorize(now)[0]})
    counts = pairs.value_counts(sort=True).reset_index()
    usual = counts.drop_duplicates("was").set_index("was")["now"]
    back = counts.drop_duplicates("now").set_index("now")["was"]
    apart = pairs["now"].to_numpy() != pairs["was"].map(usual).to_numpy()
    joined = pairs["was"].to_numpy() != pairs["now"].map(back).to_numpy()
    return np.asarray(apart | joined, dtype=np.bool_)
