"""The command that evaluates a trial: from its calls, or from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.cli.evaluated import tell
from simkit.cli.inputs import CURRENT, LogInput, by_segment, missing_files
from simkit.cli.number_options import GUARDRAIL, NONE, guardrails_of, named_numbers
from simkit.cli.options import (
    COMPARED,
    RESULT,
    AssignedOption,
    ContactsFile,
    DesignOption,
    Errors,
    ErrorsOption,
    ExpectedShareOption,
    LeaveOutOption,
    LedgerOption,
    LogOption,
    MappingOption,
    PricesOfOption,
    PricesOption,
    TableFile,
    TimezoneOption,
    UntilOption,
)
from simkit.cli.output import describe, save_table, say, write_pictures
from simkit.cli.places import file_problems, picture_problems
from simkit.cli.prices import prices_of_log, prices_of_stored
from simkit.cli.table_input import of_options, read_table
from simkit.errors import InputError, Problem, Together

if TYPE_CHECKING:
    import pandas as pd

    from simkit.calllog import CallLog
    from simkit.calllog.stored import StoredLog

OF_TABLE = "A table instead of calls"


def evaluate(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    leave_out: LeaveOutOption = None,
    prices: PricesOption = None,
    scenario: PricesOfOption = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Instead of --log: CSV, one row a contact, or one row an arm with its totals.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    arm: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="Column of the arm.", rich_help_panel=OF_TABLE),
    ] = "arm",
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column to compare; repeat it, the one that decides first.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the company or household, if whole ones were assigned.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the segment, to compare within each.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option(
            "--n",
            metavar="COLUMN",
            help="Column of the number of contacts, in a table of totals.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    worth: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=EUR",
            help="What one of a column is worth, as bought=40; below 0 for a loss; repeat it. "
            "Their sum, the net value, then decides.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    lower_is_better: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of which less is better, where its name does not tell; repeat it.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    higher_is_better: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of which more is better, where its name does not tell; repeat it.",
            rich_help_panel=OF_TABLE,
            show_default=False,
        ),
    ] = None,
    design: DesignOption = None,
    assigned: AssignedOption = None,
    ledger: LedgerOption = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM",
            help="The arm that the others are compared with; SEGMENT=ARM where segments differ.  "
            "[default: the design's, else current]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Days since entry at which to compare; who was followed for less is left out and "
            "counted.  [default: the design's, else as long as all were followed, but for a few "
            "(at most 5 % of each arm) who entered late; the answer says which]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    guardrail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=MARGIN",
            help="Harm that is tolerated, as opt_out=0.01, in the outcome's unit per contact: of "
            "yes or no a share of contacts (0.01 is one percentage point), else EUR or what is "
            "counted. SEGMENT=OUTCOME=MARGIN where segments differ; repeat it; none for no "
            "guardrail.  [default: the design's, else opt-outs, as the prices say]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    expected_share: ExpectedShareOption = None,
    errors: ErrorsOption = Errors.AUTO,
    second_cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A grouping across accounts that errors follow too: of a log agent_id, of a table "
            "a column; none for none.  [default: the design's, else none]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    out: TableFile = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="PNG of the arms' differences and the guardrails.",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compare the arms of a field trial: as assigned, per contact, at a fixed horizon.

    **From the calls**

        simkit evaluate --log calls.txt --mapping vicidial --contacts contacts.csv --prices prices.toml --control current

    **From a table with one row a contact**

        simkit evaluate --table trial.csv --arm group --outcome sale --guardrail opt_out=0.01 --control none

    **As it was registered**

        simkit evaluate --log calls.txt --mapping vicidial --contacts contacts.csv --prices prices.toml --design trial.toml
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.trial import evaluate as compare
    from simkit.trial.design import load_design

    calls = LogInput(log, mapping, contacts, timezone, observed_until, leave_out=leave_out or ())
    together = Together()
    together.problems += file_problems("--out", out)
    together.problems += picture_problems("--picture", picture)
    if (log is None) == (table is None):
        rule = "must be given: one of --log and --table"
        given = None if log is None else str(log)
        together.problems.append(Problem("command line", "--log", given, rule))
    elif table is None:
        columns = {"--cluster": cluster, "--segment": segment, "--n": n}
        columns["--arm"] = None if arm == "arm" else arm
        together.problems += _beside(columns, "must not be given with --log, but with --table")
        together.problems += [*calls.problems(), *missing_files({"--prices": prices})]
        if horizon is not None and not horizon > 0:
            rule = "must be above 0"
            together.problems.append(Problem("command line", "--horizon", horizon, rule))
    else:
        of_calls: dict[str, object] = {
            "--mapping": mapping,
            "--contacts": contacts,
            "--timezone": timezone,
            "--observed-until": observed_until,
            "--leave-out": [choice.value for choice in leave_out or ()],
            "--prices": prices,
            "--scenario": scenario,
        }
        together.problems += _beside(of_calls, "must not be given with --table, but with --log")
    if table is not None and log is None and design is None:
        rule = "must be given with --table"
        if not (outcome or worth):
            together.problems.append(Problem("command line", "--outcome", None, rule))
    with together:
        registered = None if design is None else load_design(design)
    second_cluster = "" if second_cluster == NONE else second_cluster
    with together:
        worth_eur = named_numbers("--worth", worth, example="bought=40")
    with together:
        parts = named_numbers("--expected-share", expected_share, example="long=2")
    with together:
        tolerated = guardrails_of(guardrail)
        if tolerated is not None and not tolerated.outcomes and design is not None:
            rule = "must not be given with --design: what was registered is always watched"
            raise InputError([Problem("command line", GUARDRAIL, NONE, rule)])
    together.tell()
    data: pd.DataFrame | CallLog | StoredLog
    if table is not None:
        wanted = [arm, *(outcome or ()), *(worth_eur or ()), *filter(None, (cluster, segment, n))]
        crossing = second_cluster
        if crossing is None and registered is not None:
            crossing = registered.second_cluster
        wanted += [crossing] if crossing else []
        wanted += [] if tolerated is None else tolerated.outcomes
        if registered is not None:
            wanted += [name for name in registered.outcomes if name not in wanted]
        data = read_table(
            table, wanted, [name for name in (arm, cluster, segment, crossing) if name]
        )
        segments = list(data[segment].dropna().astype(str).unique()) if segment in data else []
        more: dict[str, Any] = {"arm": arm, "cluster": cluster, "segment": segment, "n": n}
    else:
        data, segments, economics = _read(calls, prices, scenario)
        if economics is None and not (registered is not None and registered.prices):
            say("No prices, so no net value: --prices or --scenario gives them.")
        more = {"economics": economics}
    lost = table is not None and segment is not None and not segments  # no such column
    with together:
        usual = [] if registered is not None else [CURRENT]
        more["control"] = _control(control or usual, segments, lost=lost)
    if tolerated is not None:
        with together:
            more["guardrails"] = tolerated.shared if lost else tolerated.margins(segments)
    together.tell()
    options = {arm: "--arm", cluster: "--cluster", segment: "--segment", n or "n": "--n"}
    options |= {crossing: "--second-cluster"} if table is not None and crossing else {}
    with of_options(table, control, options, registered):
        found = compare(
            data,
            design=registered,
            outcomes=outcome,
            horizon_days=horizon,
            errors=errors.value,
            second_cluster=second_cluster,
            worth_eur=worth_eur,
            expected_shares=parts,
            lower_is_better=lower_is_better or (),
            higher_is_better=higher_is_better or (),
            assigned=assigned,
            ledger=ledger,
            **more,
        )
    if out is not None:  # before anything is told: a result that was seen is there
        save_table(found.table, out)
    if picture is not None:
        from simkit.report import forest_figure

        write_pictures({picture.name: forest_figure(found)}, picture.parent)
    if not control and registered is None:
        say(f"Control: {CURRENT}, since --control names no other.")
    tell(found)
    if out is not None:
        say(f"Table: {out}")
    if picture is not None:
        say(f"Picture: {picture}")


def _beside(given: Mapping[str, object], rule: str) -> list[Problem]:
    """Return a problem for each option that is given though nothing would read it."""
    return [
        Problem("command line", option, value if isinstance(value, list) else str(value), rule)
        for option, value in given.items()
        if value
    ]


def _control(
    given: Sequence[str], segments: Sequence[str], *, lost: bool
) -> str | Mapping[str, str] | None:
    """Return the control, of each segment where there are several; None where it is not given.

    Where the column of the segments is `lost`, only one that is for all of them can be judged.
    """
    if lost:
        return next((text for text in given if "=" not in text), {})
    if not given:
        return None
    return by_segment("--control", given, segments) if segments else given[0]


def _read(
    given: LogInput, prices: Path | None, scenario: str | None
) -> tuple[CallLog | StoredLog, list[str], Any]:
    """Return a log, large ones unread, with its segments and their prices."""
    stored = given.stored()
    if stored is not None:
        say(stored.sentence())
        segments = stored.segments()
        return stored, segments, prices_of_stored(segments, prices, scenario)
    read = given.read()
    describe(read)
    economics, read = prices_of_log(read, prices, scenario)
    return read, list(dict.fromkeys(read.contacts["segment"])), economics
