"""The command line as a whole: its commands, and what they have in common."""

from __future__ import annotations

from typing import Annotated

import typer

from simkit.cli.entry import Door
from simkit.cli.on_assign import assign
from simkit.cli.on_both import recommend, study
from simkit.cli.on_check import check
from simkit.cli.on_design import design
from simkit.cli.on_evaluate import evaluate
from simkit.cli.on_logs import audit, import_
from simkit.cli.on_monitor import monitor
from simkit.cli.on_rehearse import rehearse
from simkit.cli.on_sensitivity import sensitivity
from simkit.cli.on_simulate import simulate
from simkit.cli.on_sweep import sweep

app = typer.Typer(
    cls=Door,
    name="simkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    *(study, recommend, simulate, sweep, sensitivity),
    *(design, rehearse, assign, check, monitor, audit, evaluate),
):
    app.command()(command)
app.command("import")(import_)


def _version(wanted: bool) -> None:
    if wanted:
        from simkit import __version__

        typer.echo(f"simkit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Say how often to call the same contact.

    Start with **simkit study**: it needs nothing and shows the whole path on a bundled trial.
    Every command explains itself: **simkit study --help**.
    """
