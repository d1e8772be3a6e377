"""Whether one person stands in the list more than once, and in more than one arm."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simkit.trial.checks.check import Check, judged
from simkit.trial.read.data import TrialData
from simkit.trial.vocabulary import names_a_person

#: Part of different values from which a column may tell persons apart (assumed): one of towns or
#: agents has few.
MOSTLY_UNIQUE = 0.5
#: Part of the contacts who may stand twice in one arm (assumed).
MANY = 0.01
SHORTEST = 5
"""Characters below which a text is no number of a person (a dash, a zero, "n/a")."""


def person_columns(columns: pd.DataFrame) -> tuple[str, ...]:
    """Name the columns that seem to tell persons apart: by their name, and mostly unique.

    Parameters
    ----------
    columns
        What is known of contacts, one row each.
    """
    found = []
    for name in columns:
        if names_a_person(str(name), or_firm=True):
            values = same_person(columns[name]).dropna()
            if len(values) and values.nunique() >= MOSTLY_UNIQUE * len(values):
                found.append(str(name))
    return tuple(found)


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


def people_checks(
    data: TrialData, columns: pd.DataFrame, accounts: pd.Series | None, person: Sequence[str] | None
) -> list[Check]:
    """Look for persons that stand in several contacts.

    Colleagues of one account may share a telephone number: only what stands in several accounts
    counts.

    Parameters
    ----------
    data
        The trial, with its contacts.
    columns
        What is known of them, in the same rows.
    accounts
        Their accounts, in the same rows; None where contacts are on their own.
    person
        Columns that tell persons apart; None to look for columns that seem to.
    """
    assert data.contacts is not None
    names = person_columns(columns) if person is None else tuple(person)
    own = pd.Series(range(len(columns)), index=columns.index)
    account = own if accounts is None else accounts
    return [
        _person_check(data.contacts, same_person(columns[name]), account, name) for name in names
    ]


def _person_check(contacts: pd.DataFrame, ids: pd.Series, account: pd.Series, name: str) -> Check:
    people = pd.DataFrame(
        {"id": ids.to_numpy(), "arm": contacts["arm"].to_numpy(), "account": account.to_numpy()}
    ).dropna(subset=["id"])
    several = people.groupby("id", sort=False)[["arm", "account"]].nunique()
    twice = several[several["account"] > 1]
    across = int((twice["arm"] > 1).sum())
    same = len(twice) - across
    concerned = int(people["id"].isin(twice.index).sum())
    bad = across > 0 or concerned > MANY * len(people)
    return judged(
        f"people by {name}",
        "all",
        f"of {len(people):,} contacts with a {name}, {across:,} people stand in different arms and "
        f"{same:,} more than once in one arm",
        bad="warning" if bad else "ok",
        fine="hardly anybody stands in the list twice",
        meaning="the same people were called as several contacts"
        + (
            " in different arms: they got both intervals, and the effects are too small"
            if across
            else ": they are called more often than the arm says, and count as independent though "
            "they are not"
        ),
        advice="join them before the assignment; in this trial make them one account, so that "
        "errors know (cluster), and repeat without those in two arms to see whether it matters",
    )
