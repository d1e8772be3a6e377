"""Who was assigned, as the assignment's file tells it: each contact's arm, segment and account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from simkit.trial.read.data import as_names

ACCOUNT, SEGMENT = "account_id", "segment"


@dataclass(frozen=True, eq=False)
class Roster:
    """The contacts that were assigned.

    Parameters
    ----------
    arms
        contact_id → arm; ids may be texts where a log has numbers.
    before
        What else was told of them, and must not have changed since: any of ``segment``,
        ``account_id`` and the strata, all as text; the index is the id as text. Without rows
        where a list tells arms alone.
    """

    arms: Mapping[int | str, str]
    before: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> Roster:
        """Return what a table with ``contact_id``, ``arm`` and more columns of labels tells."""
        arms = dict(zip(table["contact_id"].tolist(), table["arm"].tolist(), strict=True))
        more = [name for name in table if name not in ("contact_id", "arm")]
        before = pd.DataFrame({str(name): as_names(table[name]).to_numpy() for name in more})
        return cls(arms, before.set_axis(as_names(table["contact_id"]), axis=0))

    def only(self, ids: Collection[str]) -> Roster:
        """Return what is known of some contacts alone, by their ids as text."""
        arms = {name: arm for name, arm in self.arms.items() if str(name) in ids}
        return replace(self, arms=arms)

    def whole_accounts(self) -> int:
        """Count the accounts of several contacts, where each lies wholly in one arm; else 0."""
        if ACCOUNT not in self.before:
            return 0
        arm = pd.Series({str(name): arm for name, arm in self.arms.items()}, dtype=object)
        by = [self.before[name] for name in (ACCOUNT, SEGMENT) if name in self.before]
        inside = arm.reindex(self.before.index).groupby(by, sort=False)
        if inside.nunique().gt(1).any():
            return 0
        return int((self.before[ACCOUNT].value_counts() > 1).sum())

    def without_colleagues(self, there: Collection[str]) -> int:
        """Count who is missing from accounts of which others are there.

        Parameters
        ----------
        there
            Ids of the contacts that are there, as text.
        """
        if ACCOUNT not in self.before:
            return 0
        here = self.before.index.isin(list(there))
        account = self.before[ACCOUNT]
        return int((account[~here].isin(account[here].dropna()) & account[~here].notna()).sum())

    @property
    def accounts(self) -> pd.Series | None:
        """Contact's id → account as it was assigned, both as text; None where no list tells it."""
        return self.before.get(ACCOUNT)
