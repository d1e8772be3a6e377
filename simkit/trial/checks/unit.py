"""Whether what was assigned is what was registered, and whether errors follow it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.trial.checks.assignment import WHOLE_ACCOUNTS
from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.checks.in_arms import MOSTLY_WHOLE, AccountsInArms
from simkit.trial.design import TrialDesign
from simkit.trial.deviations import Deviation
from simkit.trial.read.data import TrialData

ACCOUNT, CONTACT = "account_id", "contact_id"
#: Accounts that chance would split, below which their being whole shows nothing: of 20, 5 or fewer
#: are split once in 14,000 times (Poisson).
EXPECTED_SPLIT = 20
FOLLOW = "errors must follow the unit that was assigned"


def unit_deviations(
    source: CallLog | StoredLog | pd.DataFrame,
    data: TrialData,
    design: TrialDesign,
    cluster: str | None,
) -> list[Deviation]:
    """Tell where errors follow something else than the unit that was registered.

    Contacts that were assigned one by one have errors of their own also where they share accounts:
    how alike colleagues are does not bias the variance of a mean when chance dealt each of them.
    Accounts that were assigned are named by ``account_id``; a column that joins whole ones is
    told, and so is one of another name where there is no ``account_id``. Whether its groups were
    assigned as a whole, `simkit.trial.checks.assignment.whole_accounts_check` tells.

    Parameters
    ----------
    source, data
        The log or table as given, and as read.
    design
        The design.
    cluster
        The column that errors follow; None: each row is on its own.

    References
    ----------
    A. Abadie, S. Athey, G. W. Imbens and J. M. Wooldridge (2023), When should you adjust standard
    errors for clustering?, Quarterly Journal of Economics 138, 1-35.
    """
    if design.unit == "contact":
        return [_other_groups(data.unit)] if data.clustered else []
    if data.contacts is None:
        return [
            Deviation(
                "cluster",
                "whole accounts were assigned, and totals do not tell which contacts share one",
                "the errors may be too small by as much as colleagues are alike",
                decides=False,
                advice="evaluate the contacts, with their accounts",
            )
        ]
    if cluster is None:
        return [
            Deviation(
                "cluster",
                "not given, while whole accounts were assigned",
                f"{FOLLOW}, or they are too small",
                decides=True,
                advice="name the column of the account (cluster)",
            )
        ]
    if cluster == ACCOUNT:
        return []
    groups = data.contacts["cluster"].nunique()
    if ACCOUNT not in columns_of(source):
        if cluster == CONTACT:
            return [_finer(cluster)]
        return [
            Deviation(
                "cluster",
                f"{cluster} is taken as the account that was assigned: {groups:,} of them for "
                f"{len(data.contacts):,} contacts",
                f"{FOLLOW}, and only whoever names this column says that it is that",
                decides=False,
                advice=f"call the column of the account {ACCOUNT}",
            )
        ]
    pairs = _read(source, [ACCOUNT, cluster]).drop_duplicates()
    if pairs[ACCOUNT].duplicated().any():
        return [_finer(cluster)]
    if not pairs[cluster].duplicated().any():
        return []  # the accounts under another name
    return [
        Deviation(
            "cluster",
            f"errors by {cluster}, which joins accounts: {groups:,} groups of {len(pairs):,}",
            "whole accounts were assigned, and their errors are right without joining them",
            decides=False,
            advice="tell it with the result",
        )
    ]


def _finer(cluster: str) -> Deviation:
    return Deviation(
        "cluster",
        f"errors by {cluster}, while whole accounts were assigned",
        f"{FOLLOW}, or they are too small",
        decides=True,
    )


def _other_groups(cluster: str) -> Deviation:
    return Deviation(
        "cluster",
        f"errors by {cluster}, while contacts were assigned one by one",
        f"{FOLLOW}: groups that are chosen after the fact can be chosen for the answer",
        decides=True,
    )


def one_by_one_check(
    source: CallLog | StoredLog | pd.DataFrame, *, arm: str, segment: str | None
) -> list[Check]:
    """Check, for a design that assigns contacts one by one, that chance split their accounts.

    Where whole accounts were assigned, errors of contacts are too small. Nothing is told of data
    without accounts, or with too few of several contacts.

    Parameters
    ----------
    source
        The log or table.
    arm, segment
        Columns, as `simkit.trial.evaluate` takes them.
    """
    if ACCOUNT not in columns_of(source):
        return []
    if segment is None and not isinstance(source, pd.DataFrame):
        segment = "segment"
    rows = _read(source, [ACCOUNT, arm, *([] if segment is None else [segment])])
    parts = (
        [rows] if segment is None else [here for _, here in rows.groupby(segment, observed=True)]
    )
    split, several, expected = 0, 0, 0.0
    for here in parts:
        account, (place, arms) = pd.factorize(here[ACCOUNT])[0], pd.factorize(here[arm])
        found = AccountsInArms.of(account, place, len(arms))
        sizes, share = found.contacts.sum(axis=0), found.contacts.sum(axis=1) / max(len(here), 1)
        alone = (share[:, np.newaxis] ** sizes[sizes > 1]).sum(axis=0)
        split, several = split + found.split, several + found.several
        expected += float((1 - alone).sum())
    if expected < EXPECTED_SPLIT or split > MOSTLY_WHOLE * expected:
        return []
    return [
        Check(
            WHOLE_ACCOUNTS,
            EVERYWHERE,
            f"{split:,} of {several:,} accounts of several contacts in several arms, where chance "
            f"makes {expected:,.0f}",
            NO_P_VALUE,
            "fail",
            "contacts were registered as assigned one by one, and these were assigned by whole "
            "accounts: errors are too small by as much as colleagues are alike",
            "find out what was assigned; evaluate by a design that says so (unit)",
        )
    ]


def columns_of(source: object) -> Sequence[str]:
    """Name the columns of contacts of a log or table; none of anything else."""
    if isinstance(source, StoredLog):
        return list(map(str, source.contacts_schema.names))
    table = source.contacts if isinstance(source, CallLog) else source
    return list(map(str, table.columns)) if isinstance(table, pd.DataFrame) else []


def _read(source: CallLog | StoredLog | pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return columns of contacts, without those in whom one is missing."""
    if isinstance(source, StoredLog):
        batches = list(source.contact_batches(names))
        table: pd.DataFrame = pa.Table.from_batches(batches).to_pandas()
    else:
        table = (source.contacts if isinstance(source, CallLog) else source)[names]
    return table.dropna()
