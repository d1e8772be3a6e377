"""One kind of error for everything a user hands in."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

MAX_ROWS_SHOWN = 5
#: Of a text, and of anything else: more hides the rule that stands behind the value.
MAX_LETTERS_OF_TEXT, MAX_LETTERS = 240, 120


def value_words(value: Any) -> str:
    """Write what was found so that a message stays readable: in one line, and not too long.

    Parameters
    ----------
    value
        Whatever was given: text, number, table, scenario, log, or a function that was not called.
    """
    if inspect.isroutine(value):
        return f"the function {value.__name__}"
    if hasattr(value, "columns") and len(getattr(value, "shape", ())) == 2:
        rows, columns = value.shape
        return f"a table ({rows:,} × {columns:,} cells)"
    text, most = repr(value), MAX_LETTERS_OF_TEXT
    if not isinstance(value, str | bytes):
        text, most = " ".join(text.split()), MAX_LETTERS
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} letters in all)"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where
        The file, table or object that holds the input.
    field
        The column or the parameter, e.g. ``"disposition"`` or ``"b2c.reach_sd_logit"``.
    value
        What was found there.
    rule
        What must hold, in words that follow the value: ``"must be < 1"``.
    rows
        Row numbers of the offending rows, counted as the reader of the file counts them
        (a header is row 1); empty where rows have no meaning.
    """

    where: str
    field: str
    value: Any
    rule: str
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        place = ""
        if self.rows:
            shown = ", ".join(str(row) for row in self.rows[:MAX_ROWS_SHOWN])
            more = len(self.rows) - MAX_ROWS_SHOWN
            noun = "row" if len(self.rows) == 1 else "rows"
            place = f" ({noun} {shown}{f' and {more} more' if more > 0 else ''})"
        return f"{self.where}: {self.field} == {value_words(self.value)}, {self.rule}{place}"


class InputError(ValueError):
    """An input breaks rules; ``problems`` lists every one of them.

    Parameters
    ----------
    problems
        All that is wrong, in the order found; at least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        head = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([head + ":", *(f"  {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        # An exception is pickled by its message; this one crosses processes with its problems.
        return InputError, (self.problems,)


class Together:
    """What is wrong with several inputs, told together.

    ``with together:`` keeps the problems of an `InputError` that the block raises; `tell` raises
    all that were kept.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, InputError):
            return False
        self.problems += error.problems
        return True

    def tell(self) -> None:
        """Raise one InputError with every problem, if there is any."""
        if self.problems:
            raise InputError(self.problems)
