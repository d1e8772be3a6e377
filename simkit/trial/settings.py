"""Settings of an evaluation that are of another kind than can be read at all."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeGuard

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.scenario import Economics

#: Outcome → a margin for all segments, or segment → margin.
Margins = Mapping[str, float | Mapping[str, float]]
#: Assumed: an error rate of one half or more is a slip, as 95 or .95 for .05.
ALPHA_MAX = 0.5
#: Assumed: the bounds of looks are not found below 1e-12, and nobody asks for so few errors.
ALPHA_MIN = 1e-9
LOOKED_AT_LATER = ("intervals", "worth_eur")
#: Nobody is followed for longer: more is a slip, as seconds for days.
LONGEST_DAYS = 100_000
NAMES = "must be a list of columns, as {}"


def require_kinds(
    where: str,
    data: object,
    *,
    tables: Mapping[str, object],
    numbers: Mapping[str, object],
    columns: Mapping[str, object],
    lists: Mapping[str, object],
    words: Mapping[str, object],
    economics: object = None,
    control: object = None,
) -> None:
    """Refuse settings of another kind than can be read, all of them at once.

    A text where a list belongs would be read letter by letter, each of them a name.

    Parameters
    ----------
    where
        The function, for messages.
    data
        What is evaluated: a table's column names are looked at.
    tables, numbers, columns, lists, words
        Setting → what was given, by what it must be: name → number (or segment → that), a number,
        the name of a column, a list of names, a text (always given). None: not given.
    economics, control
        Segment → prices; an arm, or segment → arm. None: not given.

    Raises
    ------
    InputError
        With every setting that is of another kind.
    """
    problems = list(price_problems(where, economics))
    for name, value in tables.items():
        if value is not None:
            problems += _table_problems(where, name, value)
    problems += [
        Problem(where, name, value, "must be a number")
        for name, value in numbers.items()
        if value is not None and not is_number(value)
    ]
    days = numbers.get("horizon_days")
    if is_number(days) and days > LONGEST_DAYS:
        problems.append(Problem(where, "horizon_days", days, f"must be at most {LONGEST_DAYS:,}"))
    if not (control is None or isinstance(control, str | Mapping) or is_number(control)):
        rule = "must be the name of an arm, or a table: a segment → its arm"
        problems.append(Problem(where, "control", control, rule))
    problems += [
        Problem(where, name, value, "must be the name of a column, a text")
        for name, value in columns.items()
        if value is not None and not isinstance(value, str)
    ]
    problems += [
        Problem(where, name, value, "must be a text")
        for name, value in words.items()
        if not isinstance(value, str)
    ]
    for name, value in lists.items():
        problems += _list_problems(where, name, value)
    if not problems and isinstance(data, pd.DataFrame):
        problems += _column_problems(data)
    if problems:
        raise InputError(problems)


def require_prices(where: str, economics: object) -> None:
    """Refuse prices of another kind than can be read.

    Parameters
    ----------
    where
        The function, for messages.
    economics
        As given: segment → prices, or None.

    Raises
    ------
    InputError
        With every value that is no prices.
    """
    problems = list(price_problems(where, economics))
    if problems:
        raise InputError(problems)


def alpha_problems(where: str, alpha: float) -> list[Problem]:
    """Return what is wrong with an error rate.

    Parameters
    ----------
    where
        The function, for messages.
    alpha
        As given.
    """
    if ALPHA_MIN <= alpha < ALPHA_MAX:
        return []
    return [Problem(where, "alpha", alpha, f"must be from {ALPHA_MIN:g} to below {ALPHA_MAX}")]


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a setting is a real number, as Python or numpy has it."""
    if isinstance(value, int):  # one of hundreds of digits is beyond any other number
        return not isinstance(value, bool) and abs(value) <= sys.maxsize
    return isinstance(value, float | np.integer | np.floating)


def price_problems(where: str, given: object) -> Iterator[Problem]:
    """Give what is wrong with prices by segment; None: not given.

    Parameters
    ----------
    where
        The function, for messages.
    given
        What was given.
    """
    if given is None:
        return
    if inspect.isroutine(given):
        name = given.__name__
        rule = f"is a function that was not called: write scenario.{name}() with its brackets"
        yield Problem(where, "economics", given, rule)
        return
    if not isinstance(given, Mapping):
        rule = "must be a table: a segment → its prices, as scenario.economics() gives it"
        yield Problem(where, "economics", given, rule)
        return
    rule = "must be prices, as simkit.Economics(...) or scenario.economics() gives them"
    for segment, prices in given.items():
        if not isinstance(prices, Economics):
            yield Problem(where, f"economics[{segment!r}]", prices, rule)


def _table_problems(where: str, name: str, given: object) -> Iterator[Problem]:
    if not isinstance(given, Mapping):
        yield Problem(where, name, given, "must be a table: a name → its value")
        return
    if name != "intervals":
        for key in given:
            if not isinstance(key, str):
                yield Problem(where, name, key, "must be a name, a text")
    if name in LOOKED_AT_LATER:
        return
    for key, value in given.items():
        place = f"{name}[{key!r}]"
        if isinstance(value, Mapping) and name != "expected_shares":
            for segment, one in value.items():
                if not is_number(one):
                    yield Problem(where, f"{place}[{segment!r}]", one, "must be a number")
        elif not is_number(value):
            yield Problem(where, place, value, "must be a number")


def _list_problems(where: str, name: str, given: object) -> Iterator[Problem]:
    if given is None:
        return
    if isinstance(given, str | bytes) or not isinstance(given, Sequence | Set):
        example = [given] if isinstance(given, str) else ["sale"]
        yield Problem(where, name, given, NAMES.format(example))
        return
    for one in given:
        if not isinstance(one, str):
            yield Problem(where, name, one, "must be the name of a column, a text")


def _column_problems(table: pd.DataFrame) -> Iterator[Problem]:
    if table.columns.nlevels > 1:
        rule = "must be one row of names: join the levels before"
        yield Problem("table", "columns", f"{table.columns.nlevels} levels", rule)
        return
    # Ids are looked for in all of them, also in those that nobody names.
    for name in dict.fromkeys(table.columns[table.columns.duplicated()]):
        yield Problem("table", "columns", str(name), "must stand once among the columns")
