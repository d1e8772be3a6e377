"""A table of contacts or totals from a CSV file, whatever separates its cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.design import TrialDesign

TABLE, COLUMNS = "table", "columns"  # what a message calls a table in memory, and a lack in it
CONTROL_OF, IN_SEGMENT, ONE_OF_THE_ARMS = "control of ", " in segment ", "must be one of the arms"
OF_OUTCOMES = "--outcome, --guardrail or --worth"


def read_table(path: Path, wanted: Sequence[str], labels: Collection[str] = ()) -> pd.DataFrame:
    """Return a CSV table (comma, semicolon, tab or bar separated).

    Decimals may have a comma where semicolons separate the cells.

    Parameters
    ----------
    path
        The file.
    wanted
        Columns that help to see what separates the cells. Whether they are there is for whoever
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
    from simkit.calllog.textfile import Dialect, read_text_table, seen_delimiter

    dialect = Dialect(seen_delimiter(path, wanted))
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


def registered_column(design: TrialDesign, outcome: str) -> str:
    """Say what a table needs of an outcome that was registered, and what else can be done.

    Parameters
    ----------
    design
        The trial as registered.
    outcome
        One of its outcomes, which the table lacks.
    """
    from simkit.trial.read.names import NET_VALUE

    guarded = outcome in design.guardrails
    role = "primary outcome" if outcome == design.primary else "guardrail" if guarded else "outcome"
    what = "its value of each contact, or their sum over each arm beside the number of contacts"
    if outcome == NET_VALUE:
        what = (
            "what each contact's sales earn less what its calls and losses cost, in EUR, by the "
            f"registered prices within {design.horizon_days:g} days (totals of the arms do not "
            "show how it spreads; --worth COLUMN=EUR makes one, which was not registered)"
        )
    return (
        f"it is the {role} of design {design.name}, so that the table must hold it under this "
        f"name: {what}. A log (--log) gives it by itself. A table that cannot hold it cannot be "
        "evaluated as registered: without --design its own columns are compared (--outcome), and "
        "that is not what was registered"
    )


@contextmanager
def of_options(
    table: Path | None,
    control: Sequence[str] | None,
    options: Mapping[str | None, str],
    registered: TrialDesign | None = None,
) -> Iterator[None]:
    """Let problems of a table name its file and, where a column is missing, the option for it.

    Parameters
    ----------
    table
        The file, whose rows are counted; None where calls are evaluated.
    control
        What ``--control`` was given.
    options
        Column → the option that names it, of those that are no outcomes.
    registered
        The design, whose outcomes a table must hold under their names.
    """

    def named(problem: Problem) -> Problem:
        if problem.field.startswith(CONTROL_OF) and problem.rule.startswith(ONE_OF_THE_ARMS):
            _, within, segment = problem.field.partition(IN_SEGMENT)
            value, rule = problem.value, problem.rule
            if not control:
                value = None
                rule = rule.replace("must be", "must be given, as the policy in use:", 1)
            return Problem("command line", f"--control{within}{segment}", value, rule)
        if table is None or problem.where != TABLE:
            return problem
        rule = problem.rule
        if problem.field == COLUMNS:
            if registered is not None and problem.value in registered.outcomes:
                rule += f"; {registered_column(registered, str(problem.value))}"
                return replace(problem, where=table.name, rule=rule)
            option = options.get(str(problem.value), OF_OUTCOMES)
            rule += f"; name the one that holds it with {option}, or rename it in the file"
        return replace(problem, where=table.name, rule=rule)

    try:
        yield
    except InputError as error:
        raise InputError(map(named, error.problems)) from None
