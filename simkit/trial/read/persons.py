"""Columns that tell persons apart: a telephone, an e-mail address, a tax code."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from simkit.trial.effects.covariates import MAX_LEVELS
from simkit.trial.vocabulary import names_a_person

#: Part of different values from which a column may tell persons apart (assumed): one of towns or
#: agents has few.
MOSTLY_UNIQUE = 0.5
SHORTEST = 5
"""Characters below which a text is no number of a person (a dash, a zero, "n/a")."""


def person_columns(columns: pd.DataFrame) -> tuple[str, ...]:
    """Name the columns that seem to tell persons apart: by their name, and mostly unique.

    Parameters
    ----------
    columns
        What is known of contacts, one row each.
    """
    named = [name for name in columns if names_a_person(str(name), or_firm=True)]
    return tuple(str(name) for name in named if _mostly_unique(same_person(columns[name])))


def known_before(
    columns: pd.DataFrame, taken: Collection[str | None], registered: Collection[str] = ()
) -> list[str]:
    """Name the columns that are covariates where nobody names them.

    Those that are called after what a person has, and hold more of them than a label may have
    levels, are none, though the same number stand there often: the mean of telephone numbers says
    nothing. Whether there is one (``has_email``) does.

    Parameters
    ----------
    columns
        What is known of contacts, one row each.
    taken
        Columns that are something else: ids, arm, segment, times.
    registered
        Columns that were named as covariates or strata: they are, whatever they hold.
    """
    further: list[Any] = [name for name in columns if name not in taken]
    return [name for name in further if name in registered or not _of_persons(name, columns[name])]


def _of_persons(name: object, values: pd.Series) -> bool:
    if not names_a_person(str(name), or_firm=True):
        return False
    ids = same_person(values)
    return _mostly_unique(ids) or ids.nunique() > MAX_LEVELS


def _mostly_unique(ids: pd.Series) -> bool:
    known = ids.dropna()
    return len(known) > 0 and bool(known.nunique() >= MOSTLY_UNIQUE * len(known))


def same_person(values: pd.Series) -> pd.Series:
    """Write identifiers so that the same one is written alike; what identifies nobody is missing.

    Case and blanks go; of what holds only digits and the marks of a telephone number, so do the
    marks and the Italian prefix (+39, 0039). Nothing else is guessed: a prefix without + or 00 may
    be part of a number.

    Parameters
    ----------
    values
        A column.
    """
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    known = values.notna()
    text = values.astype("string").str.replace(r"\s+", "", regex=True).str.casefold()
    number = text.str.fullmatch(r"\+?[\d().\-/]+").fillna(False).astype(bool)
    digits = text.str.replace(r"[().\-/]", "", regex=True)
    digits = digits.str.replace(r"^(?:\+|00)39(?=\d{6})", "", regex=True)
    text = text.where(~number, digits)
    repeated = text.str.fullmatch(r"(.)\1*").fillna(True).astype(bool)
    usable = known & (text.str.len() >= SHORTEST).fillna(False).astype(bool) & ~repeated
    return text.astype(object).where(usable, None)
