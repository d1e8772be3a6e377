"""What names of columns tell of rates: shares, percents, means of several."""

from __future__ import annotations

from simkit.trial.lexicon import NUMBER
from simkit.trial.lexicon_rates import (
    CONVERSIONS,
    MEANS,
    OF_INSTALMENTS,
    RATES,
    RATES_OR_COUNTS,
    SALES,
    SCORES,
)
from simkit.trial.vocabulary import counts_no_contacts, holding, plain_name, words

_RATES, _RATES_OR_COUNTS, _SCORES = holding(RATES), holding(RATES_OR_COUNTS), holding(SCORES)
_CONVERSIONS, _COUNTED, _MEANS = words(CONVERSIONS), words(CONVERSIONS, SALES), words(MEANS)
_NO_RATE, _INSTALMENTS = words(NUMBER) | {"n"}, words(OF_INSTALMENTS)


def says_rate(name: str) -> bool:
    """Tell whether a name says that it is a rate: ``conversion_rate``, ``pct_vendite``, ``sale %``.

    In Italian "rate" are instalments: alone, or a number of them, it is not known to be one.
    """
    plain = plain_name(name)
    *of, last = plain.split("_")
    return "%" in name or bool(_RATES.search(plain)) or (last == "rate" and not {*of} <= _NO_RATE)


def may_say_rate(name: str) -> bool:
    """Tell whether it may say so, or count: ``conversione``, ``resa``, ``rate``; not ``n_rate``.

    ``rate_pagate`` are instalments that were paid.
    """
    plain = plain_name(name)
    parts = plain.split("_")
    counted = parts[0] in _NO_RATE or ("rate" in parts and bool(_INSTALMENTS & set(parts)))
    return bool(_RATES_OR_COUNTS.search(plain)) and not counted


def says_no_part(name: str) -> bool:
    """Tell whether what it names is never broken, unless it is a mean: ``conversioni``."""
    parts = set(plain_name(name).split("_"))
    return bool(parts & _CONVERSIONS) or bool(parts & _COUNTED and parts & _MEANS)


def counts_sales(name: str) -> bool:
    """Tell whether it names what each contact has a whole number of, or its money: ``vendite``."""
    return bool(set(plain_name(name).split("_")) & _COUNTED)


def measures_each(name: str) -> bool:
    """Tell whether a name is one of an amount, or a score, that a contact has alone."""
    return counts_no_contacts(name) or bool(_SCORES.search(plain_name(name)))
