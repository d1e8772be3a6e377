"""The command on a trial that is still running."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.inputs import LogInput, missing_files
from simkit.cli.options import (
    RESULT,
    AssignedOption,
    ContactsFile,
    LeaveOutOption,
    LogOption,
    MappingOption,
    PricesOfOption,
    PricesOption,
    TimezoneOption,
    UntilOption,
)
from simkit.cli.output import bullets, describe, save_table, say, show, write_pictures
from simkit.cli.places import file_problems, folder_problems, picture_problems
from simkit.cli.prices import prices_of_log
from simkit.errors import InputError, Problem, Together

if TYPE_CHECKING:
    from simkit.trial.monitor import Monitoring

LOOK = "The look"
COLUMNS = {
    "look": "look",
    "segment": "segment",
    "arm": "arm",
    "fraction": "information",
    "estimate": "difference",
    "ci_low": "from",
    "ci_high": "to",
    "z": "z",
    "bound": "bound",
    "p_adjusted": "p over all looks and arms",
    "conditional_power": "chance to show it yet",
    "decision": "decision",
}
HEADINGS = (
    "information: part of what the planned contacts are to tell of this comparison. "
    "from, to: interval that holds at all looks together. "
    "z: the difference in standard errors, as its test counts them. "
    "bound: the size that z must reach for a claim (- where there is none). "
    "p over all looks and arms: corrected for every look and every comparison, so that a "
    "difference is claimed where it is at most {alpha:g}. "
    "chance to show it yet: that the arm is still shown better, if it differs by as much as the "
    "planned contacts find with the registered power"
)
EVALUATION = "Its evaluation, which says this again and tests the guardrails once"
NET_VALUE = "net_value_eur"
INFINITE = float("inf")


def monitor(
    design: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The registered design of the trial: the TOML file written before it began.",
            rich_help_panel=LOOK,
            show_default=False,
        ),
    ] = None,
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    leave_out: LeaveOutOption = None,
    assigned: AssignedOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Look at the trial as it stood on this day, as 2026-05-31.  "
            "[default: the end of the log]",
            rich_help_panel=LOOK,
            show_default=False,
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File in which looks are counted, as looks.toml beside the design; this look is "
            "added, and the file is made by the first. Without it the look is read as if there had "
            "been any number before.",
            rich_help_panel=LOOK,
            show_default=False,
        ),
    ] = None,
    earlier: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATE",
            help="Day of a look that stands in no ledger; repeat it.",
            rich_help_panel=LOOK,
            show_default=False,
        ),
    ] = None,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="The trial ends with this look, though fewer contacts came than were planned; "
            "to be decided before anything was seen.",
            rich_help_panel=LOOK,
        ),
    ] = False,
    guardrails_only: Annotated[
        bool,
        typer.Option(
            "--guardrails-only",
            help="Watch the guardrails: nothing of the primary outcome is shown or spent, and the "
            "ledger notes the day apart from the looks.",
            rich_help_panel=LOOK,
        ),
    ] = False,
    prices: PricesOption = None,
    scenario: PricesOfOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the picture and the tables.",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="PNG of what each look showed, and its bounds; alone, without the tables.",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Look at a running trial without being fooled by looking: what may be claimed, what to stop.

    simkit monitor --design trial.toml --log log --as-of 2026-05-31 --ledger looks.toml --prices prices.toml

    Each look is counted in the ledger, registered or not, since the more often one looks, the surer
    a difference must be to be claimed.

    **Opt-outs every week, without a look at what decides**

        simkit monitor --design trial.toml --log log --ledger looks.toml --guardrails-only
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.trial.assign import given_arms
    from simkit.trial.design import load_design
    from simkit.trial.monitor import monitor as look
    from simkit.trial.monitor import watch_guardrails

    calls = LogInput(
        log=log,
        mapping=mapping,
        contacts=contacts,
        timezone=timezone,
        observed_until=observed_until,
        leave_out=leave_out or (),
        needed=True,
    )
    together = Together()
    together.problems += missing_files({"--assigned": assigned})
    together.problems += calls.problems() + folder_problems("--out", out)
    together.problems += file_problems("--ledger", ledger)
    together.problems += picture_problems("--picture", picture)
    if design is None:
        rule = "must be given: the file of the registered design"
        together.problems.append(Problem("command line", "--design", None, rule))
    else:
        with together:
            registered = load_design(design)
    with together:
        if assigned is not None and assigned.is_file():
            given_arms(assigned)  # what is wrong with it is told with all else
    if guardrails_only:
        given = {"--earlier": earlier, "--final": final, "--picture": picture}
        rule = "must not be given with --guardrails-only, which is no look and draws none"
        together.problems += [
            Problem("command line", option, str(value), rule)
            for option, value in given.items()
            if value
        ]
    together.tell()
    read = calls.read()
    describe(read, as_of)
    economics, read = prices_of_log(read, prices, scenario)
    if economics is None and not registered.prices and registered.primary == NET_VALUE:
        rule = "must be given, or --scenario: the trial is decided by net value"
        raise InputError([Problem("command line", "--prices", None, rule)])
    if guardrails_only:
        seen = watch_guardrails(
            read,
            registered,
            economics=economics,
            as_of=as_of,
            ledger=ledger,
            assigned=assigned,
        )
        if out is not None:  # before anything is told: a result that was seen is there
            save_table(seen.table, out / "guardrails.csv")
        say(seen.sentence(), style="bold")
        bullets(seen.sentences())
        bullets(f"Warning: {text}" for text in seen.warnings)
        if ledger is not None and seen.fraction > 0:  # else nothing was noted
            say(f"Noted: {ledger}")
        if out is not None:
            say(f"Table: {out / 'guardrails.csv'}")
        return
    found = look(
        read,
        registered,
        economics=economics,
        as_of=as_of,
        earlier=earlier or None,
        ledger=ledger,
        final=True if final else None,
        assigned=assigned,
    )
    if out is not None:  # before anything is told, as above
        from simkit.calllog.whole import whole_files

        with whole_files(out) as room:
            save_table(found.table, room / "monitor.csv")
            save_table(found.guardrails, room / "guardrails.csv")
            _draw(found, room / "monitor.png")
    if picture is not None:
        _draw(found, picture)
    say(found.sentence(), style="bold")
    bullets(found.sentences())
    bullets(f"Warning: {text}" for text in found.further())
    columns = COLUMNS
    if not found.trustworthy:
        columns = {**COLUMNS, "decision": "decision if the checks had passed"}
    # No bound is infinite, and so is an interval without one: neither is a number to read.
    show(
        found.table.replace([INFINITE, -INFINITE], float("nan")), columns, title="All looks so far"
    )
    say(HEADINGS.format(alpha=found.alpha))
    this_look = found.looks.iloc[-1]
    counted = ledger is not None and this_look["fraction"] > 0  # else it was not written
    if counted:
        say(f"Looks: {ledger}")
    if counted and bool(this_look["final"]):
        carried: dict[str, object] = {
            "--log": log,
            "--mapping": mapping,
            "--contacts": contacts,
            "--timezone": timezone,
            "--observed-until": observed_until,
            "--leave-out": [one.value for one in leave_out or ()],
            "--design": design,
            "--ledger": ledger,
            "--assigned": assigned,
            "--prices": prices,
            "--scenario": scenario,
        }
        say(f"The trial has ended. {EVALUATION}: {_command('simkit evaluate', carried)}")
    if out is not None:
        say(*(f"Table: {out / name}.csv" for name in ("monitor", "guardrails")))
        say(f"Picture: {out / 'monitor.png'}")
    if picture is not None:
        say(f"Picture: {picture}")


def _draw(found: Monitoring, picture: Path) -> None:
    """Draw all looks so far."""
    from simkit.report import sequential_figure

    write_pictures({picture.name: sequential_figure(found)}, picture.parent)


def _command(verb: str, given: Mapping[str, object]) -> str:
    """Write a command that can be copied, with the options that were given here."""
    options = [
        f"{name} {shlex.quote(str(value))}"
        for name, values in given.items()
        for value in (values if isinstance(values, list) else [values])
        if value
    ]
    return " ".join([verb, *options])
