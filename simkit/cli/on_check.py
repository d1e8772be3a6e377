"""The command that checks a trial without looking at its results: check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.inputs import CURRENT, LogInput, by_segment, missing_files
from simkit.cli.number_options import named_numbers
from simkit.cli.options import (
    LOG,
    RESULT,
    ContactsFile,
    ExpectedShareOption,
    LeaveOutOption,
    LogOption,
    MappingOption,
    PoliciesOption,
    TimezoneOption,
    UntilOption,
)
from simkit.cli.output import bullets, describe, say, show, write_pictures, write_table
from simkit.cli.places import file_problems, picture_problems
from simkit.errors import Problem, Together

if TYPE_CHECKING:
    import pandas as pd

TRIAL = "The trial as planned"
PAGE = 100
"""Letters in a line of the table of all checks."""


def check(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    leave_out: LeaveOutOption = None,
    design: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML: the trial as registered, which says arms, shares, strata and horizon.",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    policies: PoliciesOption = None,
    assigned: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV: the assignment that simkit assign wrote, or any list with columns "
            "contact_id and arm.",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM",
            help="The arm whose balance the others are compared with; SEGMENT=ARM where segments "
            "differ.  [default: of the design, else current, else the first]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    expected_share: ExpectedShareOption = None,
    person: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of contacts that tells people apart, as phone or email; repeat it.  "
            "[default: columns so named]",
            rich_help_panel=LOG,
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Check the trial as it stood on this day, as 2026-05-31.  "
            "[default: the end of the log]",
            rich_help_panel=TRIAL,
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="List every check, those that found nothing too.",
            rich_help_panel=RESULT,
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV file of all checks.",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="PNG of what each arm delivered, and the load on agents.",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check a field trial while it runs: assignment, dose, agents, records, clocks. No results.

    **What was assigned, against what was called so far**

        simkit check --log calls.txt --mapping vicidial --contacts contacts.csv --assigned assignment.csv --policies policies.toml

    Ends with code 1 where a check failed, so that a nightly job can stop there.
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.policy.arms import load_arms
    from simkit.trial import check_trial
    from simkit.trial.assign import given_arms
    from simkit.trial.design import load_design

    source = LogInput(
        log=log,
        mapping=mapping,
        contacts=contacts,
        timezone=timezone,
        observed_until=observed_until,
        leave_out=leave_out or (),
        needed=True,
    )
    together = Together()
    together.problems += missing_files({"--assigned": assigned}) + source.problems()
    together.problems += file_problems("--out", out)
    together.problems += picture_problems("--picture", picture)
    registered = arms = None
    with together:
        registered = None if design is None else load_design(design)
    with together:
        arms = None if policies is None else load_arms(policies)
    with together:
        parts = named_numbers("--expected-share", expected_share, example="long=2")
        if parts and design is not None:
            rule = "must not be given with --design, which says the parts that were registered"
            together.problems.append(
                Problem("command line", "--expected-share", expected_share, rule)
            )
    with together:
        if assigned is not None and assigned.is_file():
            given_arms(assigned)  # what is wrong with it is told with all else
    together.tell()
    calls = source.read()
    describe(calls, as_of)
    found = check_trial(
        calls,
        design=registered,
        policies=arms,
        assigned=assigned,
        person=person,
        expected_shares=parts,
        as_of=as_of,
        control=_control(control, calls.contacts[["segment", "arm"]], known=registered is not None),
    )
    fine, there = len(found.found("ok")), found.exposure["segment"].nunique()
    answer = found.sentence()
    if fine == len(found.table) and not every:  # the whole answer is one line
        within = f"{there} segments; " if there > 1 else ""
        answer = f"{answer.removesuffix('.')} ({within}--all lists the checks)."
    say(answer, style="bold")
    bullets(f"{text}." for text in found.sentences())
    if every:
        columns = ("verdict", "check", "segment", "found", "meaning")
        show(found.table, dict(zip(columns, columns, strict=True)), "All checks", width=PAGE)
    elif fine < len(found.table):
        say(f"Checks that found nothing: {fine} (--all lists them).")
    write_table(found.table, out)
    if picture is not None:
        from simkit.report import exposure_figure

        write_pictures({picture.name: exposure_figure(found)}, picture.parent)
        say(f"Picture: {picture}")
    if not found.passed:
        raise typer.Exit(1)


def _control(
    given: list[str] | None, contacts: pd.DataFrame, *, known: bool
) -> dict[str, str] | None:
    """Return segment → control; None leaves it to the design, or to the first arm."""
    names = [str(name) for name in contacts["segment"].unique()]
    if given:
        return by_segment("--control", given, names)
    usual = contacts.loc[contacts["arm"] == CURRENT, "segment"].unique()
    return None if known or len(usual) < len(names) else dict.fromkeys(names, CURRENT)
