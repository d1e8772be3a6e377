"""Accounts by name: one that is written in two ways would be two, with a chance of two arms."""

from __future__ import annotations

import pandas as pd

from simkit.calllog.source import broken_values
from simkit.trial.read.data import as_names
from simkit.trial.read.names import alike

ONE_WAY = (
    "must be written one way: accounts whose names differ by capitals or blanks alone would be two"
)


def spelt_otherwise(accounts: pd.Series) -> tuple[pd.Series[bool], str]:
    """Tell which accounts are named as another one but for capitals, blanks, or an accent's code.

    Only names of several words are: codes may differ by capitals alone, as those of some customer
    systems do.

    Parameters
    ----------
    accounts
        Of each contact.

    Returns
    -------
    which, rule
        Whose account is written in several ways; and what they break, naming them.
    """
    if pd.api.types.is_numeric_dtype(accounts):
        return pd.Series(False, index=accounts.index), ONE_WAY
    names = as_names(accounts)
    different = pd.Series(names.dropna().unique(), dtype=object)
    named = different[different.str.strip().str.contains(r"\s", regex=True)]
    several = named[named.map(alike).duplicated(keep=False)] if len(named) else named
    which = names.isin(several)
    return which, ONE_WAY + broken_values(names[which])
