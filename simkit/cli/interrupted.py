"""What an interruption looks like, and what it leaves behind."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

#: What DuckDB raises, as a RuntimeError, when Ctrl-C is pressed while it answers a question.
IN_A_QUERY = "Query interrupted"
INTERRUPTED = "interrupted; nothing half-written was left behind"


def is_interruption(error: BaseException) -> bool:
    """Tell whether an error is a Ctrl-C, also one that fell into a query of the database.

    Parameters
    ----------
    error
        Whatever was raised.
    """
    if isinstance(error, KeyboardInterrupt):
        return True
    if type(error) is RuntimeError:
        return str(error) == IN_A_QUERY
    duckdb = sys.modules.get("duckdb")  # where nothing was asked it is not there
    return duckdb is not None and isinstance(error, duckdb.InterruptException)


@contextlib.contextmanager
def keeping(folder: Path | None) -> Iterator[None]:
    """Say at an interruption how many finished runs are kept, and how to go on.

    Parameters
    ----------
    folder
        Where runs are kept; None where they are not.

    Raises
    ------
    KeyboardInterrupt
        With these words.
    """
    try:
        yield
    except BaseException as error:
        if folder is None or not is_interruption(error):
            raise
        from simkit.calllog.source import many
        from simkit.run.kept import number_kept

        number = number_kept(folder)
        kept = f"{many(number, 'finished run')} {'is' if number == 1 else 'are'} kept in {folder}"
        raise KeyboardInterrupt(
            f"{INTERRUPTED}; {kept}: give the same command again, and it goes on from there"
        ) from None
