"""What a call log does not say, and what follows for its trial, however the log is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from simkit.errors import Problem
from simkit.measures.money import DAYS_PER_YEAR
from simkit.trial.read.names import IDS, NET_VALUE

if TYPE_CHECKING:
    from simkit.scenario import Economics

LOG = "call log"
#: Part of the calls without all of their time from which the answer is in doubt (assumed; as many
#: as `simkit.trial.checks.recorded` warns of).
MANY_UNTIMED = 0.05
#: Outcomes that agents' time is part of.
TIMED = frozenset((NET_VALUE, "agent_cost_eur", "agent_s"))
NO_CANCELLATIONS = "the log does not say which sales were cancelled"


def check_outcomes(table: pd.DataFrame, names: Sequence[str], *, priced: bool) -> list[Problem]:
    """Say which outcomes a table of contacts does not have; its rows do not matter."""
    numbers = [
        str(name)
        for name in table.columns
        if pd.api.types.is_numeric_dtype(table[name]) or pd.api.types.is_bool_dtype(table[name])
    ]
    numbers = [name for name in numbers if name not in IDS]
    rule = f"must be an outcome of a contact; there are: {', '.join(numbers)}"
    if not priced:
        rule += "; money needs economics"
    return [Problem(LOG, "outcomes", name, rule) for name in names if name not in numbers]


def check_columns(there: Sequence[str], names: Sequence[str]) -> list[Problem]:
    """Say which columns contacts do not have."""
    rule = f"must be a column of contacts; there are: {', '.join(there)}"
    return [Problem(LOG, "contacts", name, rule) for name in names if name not in there]


def no_arms(arm: str) -> Problem:
    """Return the problem of a log in which nobody was assigned to an arm."""
    rule = "must be known for some contacts: without arms there is no trial; audit the log"
    return Problem(LOG, arm, None, rule)


def short_horizon(short: int, of: int) -> Problem:
    """Return the problem of contacts that were followed for less than a day, and how many."""
    rule = f"must be given: {short:,} of {of:,} contacts were followed for less than a day"
    return Problem("evaluate", "horizon_days", None, rule)


def default_margins(
    economics: Mapping[str, Economics] | None,
    horizon: float,
    arms: Mapping[str, tuple[str, ...]],
) -> dict[str, dict[str, float]]:
    """Return the margins that come with prices: outcome → segment → margin."""
    priced = {name: economics[name] for name in arms if name in economics} if economics else {}
    return {
        "net_value_eur": {
            name: row.worthwhile_eur * horizon / DAYS_PER_YEAR for name, row in priced.items()
        },
        "opt_out": {name: row.optout_margin_prob for name, row in priced.items()},
    }


def still_open(pending: int) -> tuple[str, ...]:
    """Warn of sales that can still be cancelled, where nothing is known of how likely that is."""
    return (f"{pending} sales can still be cancelled: they count in full",) if pending else ()


def not_recorded(outcomes: Sequence[str], *, cancellations: bool) -> dict[str, str]:
    """Return the outcomes that the log says nothing about, with the reason: unknown is not 0."""
    if cancellations:
        return {}
    return {name: NO_CANCELLATIONS for name in ("cancelled", "net_sale") if name in outcomes}


def kept_unasked(outcomes: Sequence[str], *, cancellations: bool) -> tuple[str, ...]:
    """Warn of a net value in which no sale was ever cancelled."""
    if NET_VALUE not in outcomes or cancellations:
        return ()
    return (
        f"{NO_CANCELLATIONS}: net value counts every sale as kept, which flatters arms that press "
        "or call often",
    )


def unknown_time(
    unknown: int, attempts: int, outcomes: Sequence[str], *, priced: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Doubt net value where calls cost less than they did, since their time is not known.

    Parameters
    ----------
    unknown, attempts
        Calls of which a part of the agent's time is not known, and all calls.
    outcomes
        What is compared.
    priced
        Whether time costs anything here.

    Returns
    -------
    doubts, warnings
        A doubt of the outcomes that cost time (`TIMED`) where it is many calls and net value is
        compared; else a warning.
    """
    if not priced or not unknown:
        return (), ()
    told = (
        f"of {unknown:,} of {attempts:,} calls a part of the agent's time is "
        "not known and counts as 0: costs are too low, most so in the arm that calls most",
    )
    if NET_VALUE not in outcomes or unknown <= MANY_UNTIMED * attempts:
        return (), told
    return (f"{told[0]}, so that its net value looks better than it is",), ()


def shared_agents(shared: int, agents: int) -> tuple[str, ...]:
    """Warn of agents who called for several arms."""
    if not shared:
        return ()
    return (
        f"{shared} of {agents} agents called for more than "
        "one arm: an arm that calls more takes their time from the others, so part of the "
        "difference may be the queue's",
    )
