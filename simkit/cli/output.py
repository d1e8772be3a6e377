"""What the commands print: sentences, tables, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simkit.calllog import CallLog

UNFOLDED = 500
QUOTED = "]'"
DOTS_PER_INCH = 150
#: What a message calls an argument of a function → the option that gives it.
OPTIONS = {
    ("import", "observed_until"): "--observed-until",
    ("import", "timezone"): "--timezone",
    ("import", "contacts"): "--contacts",
    ("mapping", "mapping"): "--mapping",
    ("simulate", "contacts"): "--contacts",
    ("simulate", "days"): "--days",
    ("simulate", "seed"): "--seed",
    ("simulate", "agents"): "--agents",
    ("sweep", "contacts"): "--contacts-per-run",
    ("sweep", "replications"): "--replications",
    ("sweep", "agents"): "--agents",
    ("sweep", "seed"): "--seed",
    ("sweep", "days"): "--days",
    ("sweep", "horizons"): "--horizon",
    ("sweep", "half_width_eur"): "--half-width",
    ("sweep", "indifference_eur"): "--indifference",
    ("sweep", "half_width_eur and indifference_eur"): "--half-width and --indifference",
    ("sweep", "replications_max"): "--most-replications",
    ("kept runs", "folder"): "--keep",
    ("dask", "address"): "--dask",
    ("sensitivity", "agents"): "--agents",
    ("sensitivity", "contacts"): "--contacts-per-run",
    ("sensitivity", "days"): "--days",
    ("sensitivity", "replications"): "--replications",
    ("sensitivity", "seed"): "--seed",
    ("sensitivity", "segment"): "--segment",
    ("sensitivity", "trajectories"): "--trajectories",
    ("sensitivity", "intervals"): "--every",
    ("sensitivity", "parameters"): "--vary",
    ("rehearse", "contacts"): "--contacts",
    ("rehearse", "agents"): "--agents",
    ("rehearse", "replications"): "--replications",
    ("rehearse", "seed"): "--seed",
    ("rehearse", "durations_days"): "--duration",
    ("rehearse", "entry_days"): "--entry-days",
    ("rehearse", "wrong_at_most"): "--wrong-at-most",
    ("rehearse", "judged_by"): "--judged-by",
    ("replicate", "jobs"): "--jobs",
    ("evaluate", "cluster"): "--cluster",
    ("evaluate", "errors"): "--errors",
    ("evaluate", "expected_shares"): "--expected-share",
    ("evaluate", "guardrails"): "--guardrail",
    ("evaluate", "higher_is_better"): "--higher-is-better",
    ("evaluate", "horizon_days"): "--horizon",
    ("evaluate", "ledger"): "--ledger",
    ("evaluate", "lower_is_better"): "--lower-is-better",
    ("evaluate", "n"): "--n",
    ("evaluate", "outcomes"): "--outcome",
    ("evaluate", "second_cluster"): "--second-cluster",
    ("evaluate", "segment"): "--segment",
    ("evaluate", "worth_eur"): "--worth",
    ("design_trial", "arms"): "--arms",
    ("design_trial", "contacts"): "--contacts",
    ("design_trial", "economics"): "--prices",
    ("design_trial", "inflation"): "--inflation",
    ("design_trial", "guardrails"): "--guardrail",
    ("design_trial", "outcomes"): "--primary or --secondary",
    ("design_trial", "worthwhile"): "--worthwhile",
    ("TrialDesign", "agents"): "--agents",
    ("TrialDesign", "alpha"): "--alpha",
    ("TrialDesign", "contacts"): "--contacts",
    ("TrialDesign", "control"): "--control",
    ("TrialDesign", "covariates"): "--covariate",
    ("TrialDesign", "guardrails"): "--guardrail",
    ("TrialDesign", "shares"): "--share",
    ("TrialDesign", "power"): "--power",
    ("TrialDesign", "horizon_days"): "--horizon",
    ("Looks", "fractions"): "--looks",
    ("assign", "again"): "--again",
    ("assign", "earlier"): "--earlier",
    ("assign", "method"): "--method",
    ("monitor", "as_of"): "--as-of",
    ("monitor", "earlier"): "--earlier",
    ("audit", "success"): "--success",
    ("check_trial", "as_of"): "--as-of",
    ("check_trial", "expected_shares"): "--expected-share",
    ("check_trial", "person"): "--person",
    ("audit", "attempts"): "--attempts",
}
#: How the same thing is said on the command line, where a message says it in Python.
IN_SHELL = {
    'import with unknown_contacts="leave_out"': "give --leave-out unknown-contacts",
    'import with outside_observation="leave_out"': "give --leave-out outside-observation",
    'import with after_end="leave_out"': "give --leave-out after-end",
    "write the log to a folder while it is played, by simkit.engine.simulate_to": "leave --csv out",
}
#: The same, where the words mean an option only in problems of `evaluate`: a design's file has them
#: too.
OF_EVALUATE = {
    "lower_is_better": "--lower-is-better",
    "higher_is_better": "--higher-is-better",
}


def say(*sentences: str, style: str | None = None) -> None:
    """Print sentences, each in a line of its own; a terminal breaks them between words."""
    console = _console()
    for text in sentences:
        console.print(escape(text), style=style, highlight=False, soft_wrap=not console.is_terminal)


def write_table(table: pd.DataFrame, path: Path | None) -> None:
    """Write a table as CSV, whole, where a path is given, and say so."""
    if path is None:
        return
    save_table(table, path)
    say(f"Table: {path}")


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, whole."""
    from simkit.calllog.whole import whole_file

    with whole_file(path) as fresh:
        table.to_csv(fresh, index=False, lineterminator="\n")


def write_pictures(figures: Mapping[str, Figure], folder: Path) -> None:
    """Write figures as PNG by file name; each appears whole or not at all."""
    from simkit.calllog.whole import whole_file

    for name, figure in figures.items():
        with whole_file(folder / name) as path:
            figure.savefig(path, format="png", dpi=DOTS_PER_INCH)


def note(text: str) -> None:
    """Print how far a long command has come, where it does not mix with results."""
    _console(stderr=True).print(escape(text), style="dim", highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print what went wrong."""
    _console(stderr=True).print(
        f"[red]simkit:[/red] {escape(text)}", highlight=False, soft_wrap=True
    )


def complain_of_inputs(error: InputError) -> None:
    """Print everything that is wrong with an input."""
    told = InputError(_in_shell(problem) for problem in error.problems)
    complain(str(told))


def _in_shell(problem: Problem) -> Problem:
    """Return a problem in the words of the command line."""
    rule = problem.rule
    words = IN_SHELL | (OF_EVALUATE if problem.where == "evaluate" else {})
    for in_python, in_shell in words.items():
        rule = rule.replace(in_python, in_shell)
    # guardrails['opt_out'] of an argument, guardrails.opt_out.b2c of a design
    setting, _, key = problem.field.replace(".", "[", 1).partition("[")
    option = OPTIONS.get((problem.where, setting))
    where, field = problem.where, problem.field
    if option is not None:
        where, field = "command line", f"{option} {key.strip(QUOTED)}".strip()
        rule = rule.replace("must be None", "must not be given")
    return Problem(where, field, problem.value, rule, problem.rows)


def show(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    title: str | None = None,
    *,
    width: int = UNFOLDED,
) -> None:
    """Print columns of a table.

    Parameters
    ----------
    table
        The table.
    columns
        Column → its heading.
    title
        What stands above.
    width
        How wide it may be where there is no terminal: a pipe has no width, so that nothing needs
        to be folded for it but where whole sentences stand in the cells.
    """
    console = _console()
    if not console.is_terminal:
        console = Console(width=width)
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name, heading in columns.items():
        number = table[name].dtype.kind in "if"
        shown.add_column(heading, justify="right" if number else "left", overflow="fold")
    for row in table[list(columns)].itertuples(index=False):
        shown.add_row(*map(_cell, row))
    console.print(shown)


def bullets(texts: Iterable[str]) -> None:
    """Print texts as a list."""
    say(*(f"  - {text}" for text in texts))


def describe(calls: CallLog, as_of: str | None = None) -> None:
    """Say what was read, what was left out and what is unknown; as it stood on a day."""
    from simkit.calllog.cut import cut, moment_of

    then, day = calls, ""
    if as_of is not None and calls.attempts is not None:
        with suppress(InputError):  # what is no day is told by whoever reads the log as of it
            then, day = cut(calls, moment_of(as_of, calls.header.timezone)), f"As of {as_of}: "
    say(f"{day}{then.sentence()}")
    bullets(calls.header.notes)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return escape(str(value))


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr)
