"""The options that several commands share, each with its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.effort import STANDARD
from simkit.cli.inputs import LeaveOut

LOG = "Your calls"
MODEL = "The simulated world"
PRICES = "Prices"
EFFORT = "How much to simulate"
RESULT = "Result"
COMPARED = "What is compared"


class Errors(StrEnum):
    """Which errors the comparisons of a trial get: `simkit.trial.evaluate`."""

    AUTO = "auto"
    CR1 = "cr1"
    CR2 = "cr2"
    CRV3 = "crv3"
    WILD = "wild"
    PERMUTATION = "permutation"


ErrorsOption = Annotated[
    Errors,
    typer.Option(
        "--errors",
        help="How the errors of the comparisons are computed. auto suits what was assigned; take "
        "permutation (contacts or companies are dealt anew by chance) where a result says so.",
        rich_help_panel=COMPARED,
    ),
]

ExpectedShareOption = Annotated[
    list[str] | None,
    typer.Option(
        "--expected-share",
        metavar="ARM=PART",
        help="An arm's part of those assigned, on any scale, where nothing registered says it: "
        "current=2 and long=1 where they were dealt two to one; repeat it, once an arm.  "
        "[default: the design's, else equal parts]",
        rich_help_panel=COMPARED,
        show_default=False,
    ),
]

LogOption = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="PATH",
        help="Your calls: a dialler's export, or a folder that simkit wrote.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
MappingOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="What your dialler calls things: vicidial, or a TOML file of your own.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
ContactsFile = Annotated[
    Path | None,
    typer.Option(
        "--contacts",
        metavar="FILE",
        help="CSV, one row a contact, also those never called: contact_id, account_id, segment, "
        "arm, entered_at, observed_until.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
TimezoneOption = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Zone of the times in your files, as Europe/Rome.  [default: the mapping's, else "
        "Europe/Rome]",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Until when the calls are known, as 2026-05-31; where no contacts file says so.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
HorizonOption = Annotated[
    float | None,
    typer.Option(
        "--horizon",
        metavar="DAYS",
        min=1,
        help="Compare the arms at so many days since entry; contacts followed for less are left "
        "out and counted.  [default: the design's, else as long as all were followed, but for a "
        "few (at most 5 % of each arm) who entered late]",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
LeaveOutOption = Annotated[
    list[LeaveOut] | None,
    typer.Option(
        "--leave-out",
        metavar="WHICH",
        help="Leave such calls out, counted, instead of refusing the file: unknown-contacts, "
        "outside-observation or after-end; repeat it.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
_PRICES_HELP = (
    "TOML, a table for each segment: what a sale is worth, what a dial and an agent's hour cost, "
    "and so on, in EUR.  [default: {}]"
)


def _prices(default: str) -> Any:
    help_text = _PRICES_HELP.format(default)
    return typer.Option(
        "--prices", metavar="FILE", help=help_text, rich_help_panel=PRICES, show_default=False
    )


PricesOption = Annotated[Path | None, _prices("those of --scenario, else the design's")]
"""Where a scenario is named for its prices alone."""
TrialPricesOption = Annotated[Path | None, _prices("the design's, else the scenario's")]
"""Where a trial is played or looked at in a world."""
WorldPricesOption = Annotated[Path | None, _prices("the scenario's")]
ScenarioOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE",
        help="What is assumed about your contacts: b2c, b2b, trial (both), or a TOML file.",
        rich_help_panel=MODEL,
    ),
]
PricesOfOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Take the prices of this scenario: b2c, b2b, trial, or a TOML file.",
        rich_help_panel=PRICES,
        show_default=False,
    ),
]
OwnScenarioOption = Annotated[
    str | None,
    typer.Option(
        "--scenario",
        metavar="NAME|FILE",
        help="What is assumed about your contacts: b2c, b2b, trial (both), or a TOML file. "
        "Must be given with --log.  [default: trial]",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
PerAgentOption = Annotated[
    int | None,
    typer.Option(
        "--contacts-per-agent",
        metavar="N",
        min=1,
        help="How many contacts one of your agents serves, so that contacts wait where agents are "
        "short: a run of 800 contacts then has 800/N agents.  [default: as the design plans, else "
        "as many as it takes]",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
AccountSizeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account-size",
        metavar="N",
        help="Contacts that an account holds on average, where yours hold more or fewer than the "
        "scenario's: 4,000 contacts of 40 accounts are 100. SEGMENT=N where segments differ.  "
        "[default: the scenario's]",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
PoliciesOption = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        metavar="FILE",
        help="TOML: how often each arm called, [segment.arm] interval = { working_days = 5 }.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
DesignOption = Annotated[
    Path | None,
    typer.Option(
        "--design",
        metavar="FILE",
        help="The trial as it was registered before its first call (TOML): arms, control, horizon, "
        "outcomes, guardrails. The answer says what you ask for otherwise.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
AssignedOption = Annotated[
    Path | None,
    typer.Option(
        "--assigned",
        metavar="FILE",
        help="The file that simkit assign wrote: it shows who is not in the arm, segment and "
        "account assigned, and whether arms were drawn once only.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="The file in which simkit monitor counted the looks: the more there were, the smaller "
        "p must be for an arm to be called better. It is only read.",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
CurrentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--current",
        metavar="ARM|INTERVAL",
        help='Today\'s policy: an arm of the trial, or without a trial an interval ("7 days"). '
        "SEGMENT=... where segments differ.  [default: the design's control, else current]",
        rich_help_panel=LOG,
        show_default=False,
    ),
]
DaysOption = Annotated[
    int, typer.Option(metavar="N", help="Days simulated.", rich_help_panel=EFFORT)
]
KeepOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Keep every finished run here: what was interrupted goes on, and what is extended "
        "runs only what is new.",
        rich_help_panel=EFFORT,
        show_default=False,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="Same seed, same result; another is another chance.",
        rich_help_panel=EFFORT,
    ),
]
DaskOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Let the Dask cluster at this address do the work, as tcp://host:8786.",
        rich_help_panel=EFFORT,
        show_default=False,
    ),
]
JobsOption = Annotated[
    int,
    typer.Option(metavar="N", help="Processor cores to use; -1: all.", rich_help_panel=EFFORT),
]
PerRunOption = Annotated[
    int | None,
    typer.Option(
        "--contacts-per-run",
        metavar="N",
        help=f"Contacts in each simulated year.  [default: {STANDARD.contacts}]",
        rich_help_panel=EFFORT,
        show_default=False,
    ),
]
ReplicationsOption = Annotated[
    int | None,
    typer.Option(
        "--replications",
        metavar="N",
        help=f"Simulated years of each interval.  [default: {STANDARD.replications}]",
        rich_help_panel=EFFORT,
        show_default=False,
    ),
]
QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick", help="A first look in a minute or two, less sure.", rich_help_panel=EFFORT
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--no-progress", help="No progress bar.", rich_help_panel=EFFORT)
]
ReplaceOption = Annotated[
    bool,
    typer.Option(
        "--replace", help="Put the call log in the place of one there.", rich_help_panel=RESULT
    ),
]
CsvOption = Annotated[
    bool, typer.Option("--csv", help="Write CSV instead of Parquet.", rich_help_panel=RESULT)
]
LogFolder = Annotated[Path, typer.Option(help="Folder of the call log.", rich_help_panel=RESULT)]
TableFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="CSV file of the table.", rich_help_panel=RESULT, show_default=False
    ),
]
