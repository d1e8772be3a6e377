"""The command that designs a trial before its first call."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.design_inputs import basis_of, controls_of, looks_of, with_account_sizes
from simkit.cli.inputs import missing_files
from simkit.cli.number_options import (
    contacts_of_each,
    guardrails_of,
    named_numbers,
    numbers_by_segment,
)
from simkit.cli.options import MODEL, RESULT, AccountSizeOption, SeedOption, WorldPricesOption
from simkit.cli.output import bullets, say, show
from simkit.errors import Problem, Together

BACKDATED = (
    "it says that it was registered on {}, which is past: nothing but your word shows that it was "
    "(without --registered-on the day is today's)"
)
TO_COME = "must not be after today, {}: a design is registered on the day on which it is written"
COMPARED = "What is compared"
SIZE = "How large"
ASSIGNED = "Who gets which arm"


class Unit(StrEnum):
    """What is assigned to an arm as a whole."""

    ACCOUNT = "account"
    CONTACT = "contact"


class Method(StrEnum):
    """How arms are drawn."""

    HASH = "hash"
    BLOCKS = "blocks"
    OUTSIDE = "outside"


class Spending(StrEnum):
    """How looks before the end share the error rate."""

    OBRIEN_FLEMING = "obrien_fleming"
    POCOCK = "pocock"


def design(
    arms: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML: how often each arm calls, [segment.arm] interval = { working_days = 5 }.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Days since entry at which the arms will be compared.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM",
            help="The arm that the others are compared with; SEGMENT=ARM where segments differ.  "
            "[default: current]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    primary: Annotated[
        str,
        typer.Option(
            metavar="OUTCOME",
            help="The outcome that decides: net_value_eur, sale, opt_out and so on.",
            rich_help_panel=COMPARED,
        ),
    ] = "net_value_eur",
    secondary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME",
            help="An outcome shown beside it; repeat it.",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    guardrail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=MARGIN",
            help="Harm that is tolerated, as opt_out=0.01, in the outcome's unit: of yes or no a "
            "share of contacts (0.01 is one percentage point); SEGMENT=OUTCOME=MARGIN where "
            "segments differ; repeat it; none for no guardrail.  [default: opt-outs, as the prices "
            "say]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    looks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTS",
            help="Look before the end too, when these parts of the planned contacts have been "
            "followed to the horizon, as 0.5,0.75,1.  [default: one look, at the end]",
            rich_help_panel=COMPARED,
            show_default=False,
        ),
    ] = None,
    spending: Annotated[
        Spending,
        typer.Option(
            help="With --looks: what a look before the end may claim. obrien_fleming: very large "
            "differences only, so that the end loses hardly anything; pocock: more, and the end "
            "less.",
            rich_help_panel=COMPARED,
        ),
    ] = Spending.OBRIEN_FLEMING,
    futility: Annotated[
        bool,
        typer.Option(
            "--futility",
            help="With --looks: also stop where success has become unlikely (not binding).",
            rich_help_panel=COMPARED,
        ),
    ] = False,
    scenario: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Take the spread of contacts, and prices, from this scenario: b2c, b2b, trial, or "
            "a TOML file.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Instead of --scenario: take the spread from past calls (see simkit import).",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    prices: WorldPricesOption = None,
    account_size: AccountSizeOption = None,
    worthwhile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AMOUNT",
            help="Improvement of the outcome that is to be found, per contact over the whole "
            "--horizon, in the outcome's unit (net value: EUR a contact, not a year's; of yes or "
            "no a share, as 0.02); SEGMENT=AMOUNT where segments differ.  [default: the prices' "
            "worthwhile_eur, EUR a contact-year, times horizon / 365]",
            rich_help_panel=SIZE,
            show_default=False,
        ),
    ] = None,
    contacts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SEGMENT=N",
            help="Contacts that you have in a segment, all its arms together: says what they find. "
            "Repeat it, SEGMENT=N for each; N alone where there is one segment.  [default: as many "
            "as it takes]",
            rich_help_panel=SIZE,
            show_default=False,
        ),
    ] = None,
    alpha: Annotated[
        float,
        typer.Option(
            metavar="PROB",
            help="Accepted probability of claiming a difference, either way, where there is none.",
            rich_help_panel=SIZE,
        ),
    ] = 0.05,
    power: Annotated[
        float,
        typer.Option(
            metavar="PROB",
            help="Probability with which the --worthwhile improvement is to be found.",
            rich_help_panel=SIZE,
        ),
    ] = 0.8,
    inflation: Annotated[
        float | None,
        typer.Option(
            metavar="FACTOR",
            help="By which looks raise the contacts needed, as 1.05.  [default: as --spending "
            "makes it]",
            rich_help_panel=SIZE,
            show_default=False,
        ),
    ] = None,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column known before the first call, by which estimates will be adjusted; "
            "repeat it.",
            rich_help_panel=SIZE,
            show_default=False,
        ),
    ] = None,
    second_cluster: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="A grouping across accounts that errors follow too; of a log, agent_id. The sizes "
            "do not know it.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    unit: Annotated[
        Unit, typer.Option(help="What is assigned as a whole.", rich_help_panel=ASSIGNED)
    ] = Unit.ACCOUNT,
    method: Annotated[
        Method | None,
        typer.Option(
            help="How arms are drawn: by hash and by blocks as simkit assign does, or outside of "
            "simkit.  [default: blocks with --stratum, else hash]",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM=PART",
            help="An arm's part of the contacts, on any scale.  [default: equal parts]",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    stratum: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of the list within each of whose values arms are to be even, as region; "
            "repeat it.",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    agents: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N",
            help="Agents shared by all arms; ARM=N, repeated, where each arm has its own.  "
            "[default: not said]",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option(metavar="TEXT", help="What the trial is called.", rich_help_panel=ASSIGNED),
    ] = "trial",
    salt: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Makes this trial's assignment its own: another text deals other arms.  "
            "[default: the name]",
            rich_help_panel=ASSIGNED,
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = 1,
    registered_on: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help="The day on which the design is registered, as 2026-01-12; evaluations hold it "
            "against the first call.  [default: today]",
            rich_help_panel=RESULT,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="File of the design.", rich_help_panel=RESULT)
    ] = Path("trial.toml"),
) -> None:
    """Design a trial: what it compares, how many contacts that takes, and what those you have find.

    **As many contacts as it takes**

        simkit design --scenario trial --arms arms.toml --control current --horizon 98

    arms.toml holds a table for each segment and arm:

        [b2c.current]
        interval = { working_days = 5 }

        [b2c.long]
        interval = { working_days = 10 }

    **With the contacts that you have, and what past calls say of them**

        simkit design --log simkit-log --prices prices.toml --arms arms.toml --horizon 98 --contacts b2c=4000

    The file registers the trial: simkit assign and simkit evaluate read it.
    """  # noqa: E501  (an example that can be copied is in one line)
    from simkit.policy.arms import load_arms
    from simkit.trial.design import design_trial
    from simkit.trial.design.arguments import other_problems, strange_segments
    from simkit.trial.design.designed_trial import SIZES_ENDING

    together = Together()
    needed = {"--arms": arms, "--horizon": horizon}
    together.problems += [
        Problem("command line", option, None, "must be given")
        for option, value in needed.items()
        if value is None
    ]
    together.problems += missing_files({"--arms": arms, "--prices": prices})
    if out.exists():
        rule = "must be a new file: a registered design is not overwritten"
        together.problems.append(Problem("command line", "--out", str(out), rule))
    policies: dict[str, Any] = {}
    if arms is not None and arms.is_file():
        with together:
            policies = load_arms(arms)
    segments = list(policies)
    world: Any = None
    economics = None
    with together:
        world, economics = basis_of(scenario, log, prices, segments)
        strange = strange_segments(segments, world)
        together.problems += strange
        if strange:
            segments = []  # nothing more can be said of what is given by segment
        world = with_account_sizes(world, account_size, segments)
    given: dict[str, Any] = {}
    if segments:
        with together:
            given["control"] = controls_of(control, segments)
    with together:
        given["worthwhile"] = numbers_by_segment("--worthwhile", worthwhile, segments)
    with together:
        given["contacts"] = contacts_of_each(contacts, segments)
    with together:
        tolerated = guardrails_of(guardrail)
        if segments:
            given["guardrails"] = None if tolerated is None else tolerated.margins(segments)
    with together:
        given["shares"] = named_numbers("--share", share, example="long=2")
    with together:
        staff = named_numbers("--agents", agents, example="long=2", whole=True, alone=True)
        given["agents"] = None if staff is None else staff.get("", staff)
    with together:
        given["looks"] = looks_of(",".join(looks or []), spending.value, futility=futility)
    given |= {
        "horizon_days": horizon,
        "primary": primary,
        "secondary": tuple(secondary or ()),
        "unit": unit.value,
        "method": None if method is None else method.value,
        "strata": tuple(stratum or ()),
        "covariates": tuple(covariate or ()),
        "second_cluster": second_cluster,
        "alpha": alpha,
        "power": power,
        "salt": salt,
        "name": name,
        "inflation": inflation,
        "seed": seed,
        "registered_on": date.today() if registered_on is None else registered_on,
    }
    # Only here, since a clock must not decide what a design in Python may say: a simulated trial's
    # days are those of no calendar.
    if registered_on is not None and _is_to_come(registered_on):
        rule = TO_COME.format(date.today())
        together.problems.append(Problem("command line", "--registered-on", registered_on, rule))
    if together.problems and world is not None and horizon is not None and "control" in given:
        together.problems += other_problems(policies, given)
    together.tell()
    assert world is not None  # as the problems above have made sure
    found = design_trial(world, policies, economics=economics, **given)
    place = found.write(out)  # before it is told: who reads only the head of it ends the command
    say(*found.sentences(), style="bold")
    counts = ", ".join(f"{name} {number:,}" for name, number in found.design.contacts.items())
    say(f"Contacts planned, all arms together: {counts}.", found.basis)
    show(
        found.sizes,
        {
            "segment": "segment",
            "outcome": "outcome",
            "arm": "arm",
            "role": "role",
            "unit": "unit",
            "difference": f"difference or margin in {horizon:g} days",
            "contacts_needed": "needed in the arm",
            "segment_needed": "needed in all",
            "contacts": "planned in the arm",
            "mde": "smallest that those planned find",
            "power": "their chance to find the difference",
        },
    )
    day = found.design.registered_on
    told = [*found.warnings, *([BACKDATED.format(day)] if day and day < date.today() else [])]
    bullets(f"Warning: {text}" for text in told)
    say(f"Design: {place}", f"Sizes: {place.with_suffix(SIZES_ENDING)}")


def _is_to_come(text: str) -> bool:
    """Tell whether a day is after today; what is no day is told with the design."""
    try:
        return date.fromisoformat(text) > date.today()
    except ValueError:
        return False
