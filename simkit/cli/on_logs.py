"""Commands on calls alone: import, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.cli.inputs import LogInput
from simkit.cli.options import (
    LOG,
    RESULT,
    ContactsFile,
    CsvOption,
    LeaveOutOption,
    LogFolder,
    LogOption,
    MappingOption,
    ReplaceOption,
    TableFile,
    TimezoneOption,
    UntilOption,
)
from simkit.cli.output import describe, say, show, write_table
from simkit.cli.places import file_problems, log_problems
from simkit.errors import Together


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
    csv: CsvOption = False,
    out: LogFolder = Path("simkit-log"),
    replace: ReplaceOption = False,
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
    together.problems += log_problems("--out", out, replace_log=replace) + calls.problems()
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
    out: TableFile = None,
) -> None:
    """Say what a log without a trial can tell about calling too often, and what it cannot.

    simkit audit --log calls.txt --mapping vicidial --contacts contacts.csv
    """
    from simkit.trial import audit as look

    given = LogInput(
        log=log,
        mapping=mapping,
        contacts=contacts,
        timezone=timezone,
        observed_until=observed_until,
        leave_out=leave_out or (),
        needed=True,
    )
    together = Together()
    together.problems += given.problems() + file_problems("--out", out)
    together.tell()
    calls = given.read()
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
