"""A table of contacts or totals from a CSV file, whatever separates its cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def read_table(path: Path, wanted: Sequence[str], labels: Collection[str] = ()) -> pd.DataFrame:
    """Return a CSV table (comma, semicolon, tab or bar separated).

    Decimals may have a comma where semicolons separate the cells.

    Parameters
    ----------
    path
        The file.
    wanted
        Columns by which is seen what separates the cells. Whether they are there is for whoever
        evaluates the table to say, with all else that is wrong with it.
    labels
        Columns that are names (arms, segments, accounts): they stay as they are written, so that
        01 is not 1.

    Raises
    ------
    InputError
        The file cannot be read, has rows with too many or too few cells, or has numbers that may
        be read in two ways.
    """
    import pandas as pd

    from simkit.calllog import cells
    from simkit.calllog.textfile import Dialect, guess_delimiter, read_text_table

    dialect = Dialect()
    dialect = Dialect(guess_delimiter(path, dialect, wanted) or dialect.delimiter)
    text, source = read_text_table(path, dialect, ())
    found = (
        cells.two_readings(text[name], dialect.delimiter, source)
        for name in text
        if name not in labels
    )
    problems = [*source.lost, *(problem for problem in found if problem)]
    if problems:
        raise InputError(problems)
    columns = {
        name: text[name] if name in labels else cells.inferred(text[name], dialect.delimiter)
        for name in text
    }
    return pd.DataFrame(columns, index=text.index)
