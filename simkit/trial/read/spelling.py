"""Accounts and ids in two spellings: one that is written in two ways would be two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from simkit.calllog.source import broken_values
from simkit.trial.read.data import as_names
from simkit.trial.read.names import UNSEEN, without_zeros

#: Legal forms of companies in Italian, German, French, Spanish and English, without their dots.
LEGAL_FORMS = frozenset(
    (
        *("srl", "srls", "spa", "sapa", "sas", "snc", "ss", "scarl", "scrl", "coop", "soc"),
        *("gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "ug", "gbr", "ek", "ev", "eg"),
        *("sa", "sarl", "sasu", "eurl", "sci", "scop", "cie", "sl", "slu", "slne", "sau", "sc"),
        *("ltd", "llc", "llp", "plc", "inc", "corp", "co", "c"),
    )
)
#: A word of letters (with marks as in Coca-Cola) that is as long may be a name; others are codes.
SHORTEST_NAME = 3
#: Part of the words of letters that may be written as hardly any name is (aBcD); where more are,
#: capitals tell codes apart (assumed: of codes of three letters drawn at random 5 in 8 are so).
ODDLY_WRITTEN = 0.4
#: Not more zeros: 1.000 may be a thousand.
ZEROS_OF_NUMBERS = r"(?:[.,]0{1,2})"
ONE_WAY = "must be written one way: accounts whose names differ by {} alone would be two"


def _with_plain_form(name: str) -> str:
    """Write a legal form without dots, and no comma before it: S.r.l. as Srl."""
    if "." not in name and "," not in name:  # as most are: to go through each word takes long
        return name
    words: list[str] = []
    for word in re.sub(r"(?<!\S)(\w\.) (?=\w\.(?: |$))", r"\1", name).split(" "):
        form = word.replace(".", "")
        if words and form.casefold() in LEGAL_FORMS:
            words[-1], word = words[-1].rstrip(","), form
        words.append(word)
    return " ".join(words)


#: What readers do not mind in a company's name → how it is taken away.
OF_COMPANIES: Mapping[str, Callable[[str], str]] = {
    **UNSEEN,
    "how the legal form is written (S.r.l. for Srl)": _with_plain_form,
}


def _taken_away(names: pd.Series, but_for: str = "") -> pd.Series:
    for what, taken_away in OF_COMPANIES.items():
        if what != but_for:
            names = names.map(taken_away)
    return names


def account_keys(accounts: pd.Series) -> pd.Series:
    """Return what is left of accounts' names without what readers do not see or mind.

    That is `OF_COMPANIES` of names of several words, and of single words of letters. Codes may
    differ by capitals alone, as those of some customer systems do: of these, and of numbers, only
    blanks around them and zeros after the point are taken away.

    Parameters
    ----------
    accounts
        Names or ids as text, all that are held against each other; missing ones stay missing.
    """
    different = pd.Series(accounts.dropna().unique(), dtype="str")
    bare = different.str.strip()
    letters = bare.str.replace(r"[-'’&.]", "", regex=True)
    word = letters.str.isalpha() & (letters.str.len() >= SHORTEST_NAME)
    odd = [one not in (one.lower(), one.upper(), one.title()) for one in bare[word]]
    if sum(odd) > ODDLY_WRITTEN * word.sum():
        word &= False
    named = word | bare.str.contains("[ \t\u00a0]", regex=True)
    number = bare.str.fullmatch(rf"[0-9]+{ZEROS_OF_NUMBERS}")
    keys = bare.astype(object)
    keys[number] = keys[number].map(without_zeros)
    keys[named] = _taken_away(keys[named])
    return accounts.map(keys.set_axis(different.astype(object)))


def spelt_otherwise(accounts: pd.Series) -> tuple[pd.Series[bool], str]:
    """Tell which accounts are named as another one but for what readers do not see or mind.

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
    keys = account_keys(different)
    keys = keys[keys.duplicated(keep=False)].sort_values(kind="stable")
    by_key = different[keys.index]  # those of one account beside each other
    which = names.isin(by_key)
    rule = ONE_WAY.format(_differences(by_key))
    return which, rule + broken_values(by_key)


def _differences(names: pd.Series) -> str:
    """Say by what some names differ that are otherwise the same."""
    same = _taken_away(names).nunique()
    found = [what for what in OF_COMPANIES if _taken_away(names, what).nunique() > same]
    *first, last = found or ["blanks"]
    return f"{', '.join(first)} or {last}" if first else last


def bare_ids(ids: pd.Series) -> pd.Series:
    """Return ids without blanks around them, and numbers without what a spreadsheet does to them.

    It takes "007" for the number 7, and writes it as 7.0.
    """
    bare = ids.astype("str").str.strip()
    number = bare.str.fullmatch(rf"[0-9]+{ZEROS_OF_NUMBERS}?")
    return bare.where(~number, bare.str.extract(r"^0*([0-9]+)", expand=False))
