"""Whether one person stands in the list more than once, and in more than one arm."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simkit.trial.checks.check import EVERYWHERE, NO_P_VALUE, Check, judged
from simkit.trial.read.data import TrialData
from simkit.trial.read.persons import person_columns, same_person
from simkit.trial.read.spelling import spelt_otherwise

#: How the checks begin that are made here; the column follows.
PEOPLE_BY = "people by"
SPELLING = "accounts in two spellings"
#: Part of the contacts who may stand twice in one arm (assumed).
MANY = 0.01


def people_checks(
    data: TrialData,
    columns: pd.DataFrame,
    accounts: pd.Series | None,
    person: Sequence[str] | None,
    *,
    called: bool = True,
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
    called
        False before the first call, when they can still be joined.
    """
    assert data.contacts is not None
    names = person_columns(columns) if person is None else tuple(person)
    own = pd.Series(range(len(columns)), index=columns.index)
    account = own if accounts is None else accounts
    return [
        _person_check(data.contacts, same_person(columns[name]), account, name, called=called)
        for name in names
    ]


def spelling_checks(contacts: pd.DataFrame, account: str) -> list[Check]:
    """Tell of accounts that are written in several ways, and so count as several.

    Parameters
    ----------
    contacts
        Those of the trial.
    account
        Column of their accounts.
    """
    which, rule = spelt_otherwise(contacts[account])
    if not which.any():
        return []
    return [
        Check(
            SPELLING,
            EVERYWHERE,
            f"{int(which.sum()):,} contacts; {account} {rule}",
            NO_P_VALUE,
            "fail",
            "one account counts as several: that it is not split over arms is not known, errors "
            "are too small, and an evaluation refuses the log",
            f"write each account one way in the list ({account}), and check again",
        )
    ]


def _person_check(
    contacts: pd.DataFrame, ids: pd.Series, account: pd.Series, name: str, *, called: bool
) -> Check:
    people = pd.DataFrame(
        {"id": ids.to_numpy(), "arm": contacts["arm"].to_numpy(), "account": account.to_numpy()}
    ).dropna(subset=["id"])
    several = people.groupby("id", sort=False)[["arm", "account"]].nunique()
    twice = several[several["account"] > 1]
    across = int((twice["arm"] > 1).sum())
    same = len(twice) - across
    concerned = int(people["id"].isin(twice.index).sum())
    bad = across > 0 or concerned > MANY * len(people)
    meaning, advice = (_of_a_trial if called else _of_a_list)(across)
    return judged(
        f"{PEOPLE_BY} {name}",
        "all",
        f"of {len(people):,} contacts with a {name}, {across:,} people stand in different arms and "
        f"{same:,} more than once in one arm",
        bad="warning" if bad else "ok",
        fine="hardly anybody stands in the list twice",
        meaning=meaning,
        advice=advice,
    )


def _of_a_trial(across: int) -> tuple[str, str]:
    """Say what it means, and what to do, where they were called."""
    return (
        "the same people were called as several contacts"
        + (
            " in different arms: they got both intervals, and the effects are too small"
            if across
            else ": they are called more often than the arm says, and count as independent though "
            "they are not"
        ),
        "join them before the assignment; in this trial make them one account, so that "
        "errors know (cluster), and repeat without those in two arms to see whether it matters",
    )


def _of_a_list(across: int) -> tuple[str, str]:
    """Say what it means, and what to do, before anybody is called."""
    return (
        "the same people would be called as several contacts"
        + (
            " in different arms: they would get both intervals, and the effects come out too small"
            if across
            else ": more often than the arm says, and count as independent though they are not"
        ),
        "join them before the first call: keep one row of each, or give their rows one account_id "
        "where accounts are assigned, and assign the list anew",
    )
