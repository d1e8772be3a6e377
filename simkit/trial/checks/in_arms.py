"""Accounts counted by the arms in which they have contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.effects.clusters import SPARSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Were contacts assigned one by one, half of the accounts with several or more would be split.
MOSTLY_WHOLE = 0.25


@dataclass(frozen=True, eq=False)
class AccountsInArms:
    """How many accounts there are, and in how many arms each lies.

    Parameters
    ----------
    accounts, several, split
        Accounts, those with several contacts, and those whose contacts differ in arm.
    in_arm
        Accounts with a contact in each arm.
    contacts
        Contacts of each account in each arm, arms × accounts.
    """

    accounts: int
    several: int
    split: int
    in_arm: NDArray[np.int64]
    contacts: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        account: NDArray[np.int64],
        arm: NDArray[np.int64],
        arms: int,
        n: NDArray[np.int64] | None = None,
    ) -> AccountsInArms:
        """Count contacts by account and arm, once for all that is asked of them.

        Parameters
        ----------
        account, arm
            Code of the account (0 or more) and position of the arm, one a row.
        arms
            Number of arms.
        n
            Contacts of each row; None for one.
        """
        highest = int(account.max(initial=0))
        if highest * arms >= SPARSE * len(account):
            account, found = pd.factorize(account)
            highest = len(found)
        # An arm's accounts lie side by side: what is asked of each account adds whole rows up.
        wide = highest + 1
        place = arm.astype(np.int64) * wide + account
        contacts = np.bincount(place, weights=n, minlength=arms * wide).reshape(arms, wide)
        there, held = contacts > 0, contacts.sum(axis=0)
        return cls(
            int(np.count_nonzero(held)),
            int(np.count_nonzero(held > 1)),
            int(np.count_nonzero(there.sum(axis=0) > 1)),
            there.sum(axis=1),
            contacts.astype(np.int64, copy=False),
        )

    def sizes_p_value(self) -> float:
        """Test whether accounts are as large in each arm (Kruskal and Wallis); NaN if all alike."""
        sizes = [row[row > 0] for row in self.contacts if row.any()]
        if len(sizes) < 2 or len(np.unique(np.concatenate(sizes))) < 2:
            return float("nan")
        return float(stats.kruskal(*sizes).pvalue)

    @property
    def mostly_whole(self) -> bool:
        """Whether few accounts with several contacts are split: then accounts were assigned."""
        return self.split / max(self.several, 1) <= MOSTLY_WHOLE
