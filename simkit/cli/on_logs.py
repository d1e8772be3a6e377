"""Commands on calls alone: import, audit, evaluate."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.cli.inputs import (
    CURRENT,
    LogInput,
    Together,
    by_segment,
    read_table,
    segments_of,
    with_prices,
)
from simkit.cli.options import (
    LOG,
    MODEL,
    RESULT,
    AssignedOption,
    ContactsFile,
    DesignOption,
    LeaveOutOption,
    LogOption,
    MappingOption,
    PricesOption,
    TimezoneOption,
    UntilOption,
)
from simkit.cli.output import bullets, describe, say, show, write_table
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.calllog.stored import StoredLog


def import_(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    currency: Annotated[
        str, typer.Option(help="Currency of the values.", rich_help_panel=LOG)
    ] = "EUR",
    leave_out: LeaveOutOption = None,
    csv: Annotated[
        bool,
        typer.Option("--csv", help="Write CSV instead of Parquet.", rich_help_panel=RESULT),
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Folder of the call log.", rich_help_panel=RESULT)
    ] = Path("simkit-log"),
) -> None:
    """Turn a dialler's export into a call log, and say what was left out and why.

    **VICIdial, with the contacts file that says who was never called**

        simkit import --log calls.txt --mapping vicidial --contacts contacts.csv

    **Any CSV**: write a mapping of five lines, my.toml

        contact_id = "Lead"
        dialled_at = "Called"
        disposition = "Result"
        [dispositions]
        "No answer" = "no_answer"

    and name it: --mapping my.toml. Without --contacts, --observed-until says until when the calls
    are known.
    """
    from simkit.calllog.store import refuse_to_overwrite

    calls = LogInput(
        log=log,
        mapping=mapping,
        contacts=contacts,
        timezone=timezone,
        observed_until=observed_until,
        currency=currency,
        leave_out=leave_out or (),
        needed=True,
    )
    together = Together()
    with together:
        refuse_to_overwrite(out)
    together.problems += calls.problems()
    together.tell()
    found = calls.read()
    place = found.write_csv(out) if csv else found.write(out)
    describe(found)
    say(f"Call log: {place}")


def audit(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    leave_out: LeaveOutOption = None,
    success: Annotated[
        str, typer.Option(help="The disposition that counts as a success.", rich_help_panel=LOG)
    ] = "sale",
    attempts: Annotated[
        int, typer.Option(help="Attempt numbers shown.", rich_help_panel=RESULT)
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(help="CSV file of the table.", rich_help_panel=RESULT, show_default=False),
    ] = None,
) -> None:
    """Say what a log without a trial can tell about calling too often, and what it cannot.

    simkit audit --log calls.txt --mapping vicidial --contacts contacts.csv
    """
    from simkit.trial import audit as look

    calls = LogInput(
        log=log,
        mapping=mapping,
        contacts=contacts,
        timezone=timezone,
        observed_until=observed_until,
        leave_out=leave_out or (),
        needed=True,
    ).read()
    describe(calls)
    found = look(calls, success=success, attempts=attempts)
    say(found.sentence())
    show(
        found.table,
        {
            "attempt_no": "attempt",
            "tried": "tried",
            "successes": "successes",
            "crude": "success rate",
            "ci_low": "from",
            "ci_high": "to",
            "stratified": "strata alike",
            "beta_geometric": "if nobody tired",
        },
        title="Success by attempt, with 95 % intervals",
    )
    write_table(found.table, out)


def evaluate(
    log: LogOption = None,
    mapping: MappingOption = None,
    contacts: ContactsFile = None,
    timezone: TimezoneOption = None,
    observed_until: UntilOption = None,
    leave_out: LeaveOutOption = None,
    prices: PricesOption = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="Take the prices of this scenario: b2c, b2b, trial, or a TOML file.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Instead of --log: CSV, one row a contact, or one row an arm with its totals.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    arm: Annotated[
        str,
        typer.Option(help="Column of the arm.", rich_help_panel="A table instead of calls"),
    ] = "arm",
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            help="Column to compare; repeat it, the one that decides first.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Column of the company or household, if whole ones were assigned.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(
            help="Column of the segment, to compare within each.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option(
            "--n",
            help="Column of the number of contacts, in a table of totals.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    worth: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=EUR",
            help="What one of a column is worth, as bought=40; below 0 for a loss; repeat it. "
            "Their sum, the net value, then decides.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    lower_is_better: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of which less is better, where its name does not tell; repeat it.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    higher_is_better: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of which more is better, where its name does not tell; repeat it.",
            rich_help_panel="A table instead of calls",
            show_default=False,
        ),
    ] = None,
    design: DesignOption = None,
    assigned: AssignedOption = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            help="The arm that the others are compared with; SEGMENT=ARM where segments differ.  "
            "[default: the design's, else current]",
            rich_help_panel="What is compared",
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(
            help="Days since entry at which to compare.  "
            "[default: the design's, else as long as all were followed]",
            rich_help_panel="What is compared",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="CSV file of the table.", rich_help_panel=RESULT, show_default=False),
    ] = None,
) -> None:
    """Compare the arms of a field trial: as assigned, per contact, at a fixed horizon.

    **From the calls**

        simkit evaluate --log calls.txt --mapping vicidial --contacts contacts.csv --prices prices.toml --control current

    **From a table with one row a contact**

        simkit evaluate --table trial.csv --arm group --outcome sale --outcome opt_out --control none

    **As it was registered**

        simkit evaluate --log calls.txt --mapping vicidial --contacts contacts.csv --prices prices.toml --design trial.toml
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.calllog.stored import StoredLog
    from simkit.trial import evaluate as compare
    from simkit.trial.design import load_design

    if (log is None) == (table is None):
        rule = "must be given: one of --log and --table"
        raise InputError(
            [Problem("command line", "--log", None if log is None else str(log), rule)]
        )
    registered = None if design is None else load_design(design)
    worth_eur = _worth(worth or ())
    if table is not None:
        wanted = [
            arm,
            *(outcome or ()),
            *worth_eur,
            *(name for name in (cluster, segment, n) if name),
        ]
        if registered is not None:
            wanted += [name for name in registered.outcomes if name not in wanted]
        elif not (outcome or worth_eur) or not control:
            rule = "must be given with --table"
            needed = {"--outcome": outcome or worth_eur, "--control": control}
            raise InputError(
                Problem("command line", option, None, rule)
                for option, value in needed.items()
                if not value
            )
        labels = [name for name in (arm, cluster, segment) if name]
        rows = read_table(table, wanted, labels)
        known: list[str] = []
        if segment is not None:
            known = list(rows[segment].dropna().astype(str).unique())
        named = control or []
        found = compare(
            rows,
            design=registered,
            arm=arm,
            outcomes=outcome,
            control=(by_segment("--control", named, known) if known else named[0])
            if named
            else None,
            cluster=cluster,
            segment=segment,
            horizon_days=horizon,
            worth_eur=worth_eur or None,
            lower_is_better=lower_is_better or (),
            higher_is_better=higher_is_better or (),
            assigned=assigned,
            n=n,
        )
    else:
        given = LogInput(
            log=log,
            mapping=mapping,
            contacts=contacts,
            timezone=timezone,
            observed_until=observed_until,
            leave_out=leave_out or (),
            needed=True,
        )
        calls: CallLog | StoredLog | None = given.stored()
        if isinstance(calls, StoredLog):
            say(calls.sentence())
            names = calls.segments()
            economics = _stored_prices(names, prices, scenario)
        else:
            read = given.read()
            describe(read)
            economics, calls = prices_of_log(read, prices, scenario)
            names = list(dict.fromkeys(calls.contacts["segment"]))
        if economics is None and not (registered is not None and registered.prices):
            say("No prices, so no net value: --prices or --scenario gives them.")
        named = control or ([] if registered is not None else [CURRENT])
        found = compare(
            calls,
            design=registered,
            control=by_segment("--control", named, names) if named else None,
            economics=economics,
            worth_eur=worth_eur or None,
            outcomes=outcome,
            horizon_days=horizon,
            lower_is_better=lower_is_better or (),
            higher_is_better=higher_is_better or (),
            assigned=assigned,
        )
    say(found.sentence(), style="bold")
    bullets(found.sentences())
    bullets(f"Warning: {text}" for text in found.warnings)
    if found.trustworthy:
        say(found.regret().sentence())
    write_table(found.table, out)


def _worth(given: Iterable[str]) -> dict[str, float]:
    """Return column → EUR of options written ``COLUMN=EUR``."""
    worth: dict[str, float] = {}
    problems = []
    for text in given:
        column, _, value = text.rpartition("=")
        try:
            worth[column.strip()] = float(value)
        except ValueError:
            rule = "must be a column, = and a number, as bought=40"
            problems.append(Problem("command line", "--worth", text, rule))
    if problems:
        raise InputError(problems)
    return worth


def prices_of_log(calls: CallLog, prices: Path | None, scenario: str | None) -> tuple[Any, CallLog]:
    """Return the prices of the log's segments, from the user's file or a scenario, and the log."""
    from simkit.scenario import load_prices, load_scenario

    if scenario is not None:
        world = load_scenario(scenario)
        calls, segments, assumed = segments_of(calls, world)
        bullets([assumed] if assumed else [])
        return with_prices(world, prices, segments)[0].economics(), calls
    if prices is None:
        return None, calls
    return load_prices(prices, list(dict.fromkeys(calls.contacts["segment"]))), calls


def _stored_prices(segments: list[str], prices: Path | None, scenario: str | None) -> Any:
    """Return the prices of the segments of a log on disk, from the user's file or a scenario."""
    from simkit.scenario import load_prices, load_scenario

    if scenario is None:
        return None if prices is None else load_prices(prices, segments)
    world = load_scenario(scenario)
    unknown = [name for name in segments if name not in world.segments]
    if unknown:
        rule = f"must be one of the scenario's: {', '.join(world.segments)}"
        raise InputError(Problem("log", "segment", name, rule) for name in unknown)
    return with_prices(world, prices, tuple(segments))[0].economics()
