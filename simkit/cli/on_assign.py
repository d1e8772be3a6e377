"""The command that assigns a list of contacts to the arms of a design."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.inputs import missing_files
from simkit.cli.options import RESULT
from simkit.cli.output import bullets, say, show
from simkit.errors import Problem, Together

if TYPE_CHECKING:
    import pandas as pd

ASSIGNED = "Who gets which arm"
MOST_COVARIATES = 12
"""Rows of what was known before that fit on a screen; the others differ less."""


class Method(StrEnum):
    """How arms are drawn."""

    HASH = "hash"
    BLOCKS = "blocks"


def assign(
    design: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The registered design, see simkit design.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV, one row a contact, with columns of these names: contact_id, account_id, "
            "segment, the strata.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The assignment made before: its contacts keep their arms.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Method | None,
        typer.Option(
            help="hash: the arm follows from the id alone; blocks: arms even within strata.  "
            "[default: as the design says; else blocks where it has strata]",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Why contacts that have arms get others; it is kept and told with the results.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="CSV file for the dialler.", rich_help_panel=RESULT),
    ] = Path("assignment.csv"),
) -> None:
    """Give each contact of a list its arm, so that it can be had again and never moves.

    simkit assign --design trial.toml --contacts list.csv --out assignment.csv

    list.csv holds a row for each contact; further columns are covariates (numbers, or at most 20
    different texts), whose balance is shown:

        contact_id,account_id,segment,region
        000123,A7,b2c,north
        000124,A7,b2c,north

    The file for the dialler is written as the list is, with commas, semicolons, tabs or bars between
    its cells, so that the same spreadsheet opens it.
    account_id is needed where whole accounts are assigned, segment where the design has several, and
    each stratum of the design (here region) has a column. Ids are read as text, zeros included.

    **When the list has grown**: contacts keep their arms, new ones get theirs

        simkit assign --design trial.toml --contacts longer.csv --earlier assignment.csv --out second.csv
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.trial.assign import assign as to_arms

    together = Together()
    needed = {"--design": design, "--contacts": contacts}
    together.problems += [
        Problem("command line", option, None, "must be given")
        for option, value in needed.items()
        if value is None
    ]
    together.problems += missing_files({**needed, "--earlier": earlier})
    if out.exists():
        rule = "must be a new file: an assignment is not overwritten"
        together.problems.append(Problem("command line", "--out", str(out), rule))
    together.tell()
    assert design is not None  # as the problems above have made sure
    assert contacts is not None
    found = to_arms(
        contacts,
        design,
        method=None if method is None else method.value,
        earlier=earlier,
        again=again,
    )
    place = found.write_csv(out)
    say(found.sentence(), style="bold")
    show(
        found.balance,
        {
            "segment": "segment",
            "stratum": "stratum",
            "arm": "arm",
            "contacts": "contacts",
            "units": f"{found.unit}s" if found.unit == "account" else "assigned",
            "share": f"share of {found.unit}s",
            "expected": "meant",
        },
    )
    _show_covariates(found.covariates)
    bullets(f"Warning: {text}" for text in found.notes)
    say(f"Assignment: {place}", f"How it was made: {place.with_suffix('.json')}")


def _show_covariates(covariates: pd.DataFrame) -> None:
    """Print how far arms differ from their control in what was known before, the farthest first."""
    from simkit.calllog.source import many

    if not len(covariates):
        return
    order = covariates["standardised"].abs().sort_values(ascending=False, kind="stable").index
    show(
        covariates.loc[order[:MOST_COVARIATES]],
        {
            "segment": "segment",
            "arm": "arm",
            "control": "control",
            "covariate": "known before",
            "mean": "arm's mean or share",
            "mean_control": "control's",
            "standardised": "difference in standard deviations",
        },
        title="What was known before, the largest differences first",
    )
    more = len(covariates) - MOST_COVARIATES
    if more > 0:
        say(f"{many(more, 'smaller difference')} not shown.")
