"""Columns of a table that look like percents where a yes, a no or a number of contacts is meant."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

WHOLE = 100.0
NOT_THE_SHARE = ": it looks like a percent; give how many contacts, not the share"


def percent_doubts(values: pd.DataFrame) -> Iterator[str]:
    """Yield a doubt for each outcome of which every known value is 0 or 100.

    Parameters
    ----------
    values
        The outcomes, one row a contact.
    """
    for name in values:
        if set(values[name].dropna().unique()) == {0.0, WHOLE}:
            yield (
                f"{name} looks like a percent: 0 and 100; code it 0 and 1, or it is read as an "
                "amount of 100 per contact and not as a share of contacts"
            )


def as_share(column: pd.Series) -> str:
    """Return what to add to a refusal of a column of counts that holds shares; else nothing.

    Parameters
    ----------
    column
        As given: numbers, or texts with a percent sign.
    """
    texts = column.astype(str).str.strip()
    number = pd.to_numeric(texts.str.rstrip("% "), errors="coerce")
    within = bool(number.between(0, WHOLE).all())
    broken = bool((number % 1 != 0).any() or texts.str.endswith("%").any())
    return NOT_THE_SHARE if within and broken else ""
