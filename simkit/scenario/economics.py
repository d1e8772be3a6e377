"""Prices of one segment, from a scenario or from a user's own file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field

from simkit.errors import InputError, Problem
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import FrozenModel, NonNegative, Probability, moved

ALL_SEGMENTS = "all"


class Economics(FrozenModel):
    """What sales, calls and losses are worth in one segment; every field has its name's unit."""

    sale_value_eur: NonNegative | None = Field(
        default=None, description="value of a sale whose log gives none [EUR]"
    )
    dial_eur: NonNegative = Field(description="cost of one dial [EUR]")
    agent_eur_per_hour: NonNegative = Field(description="cost of an agent's time [EUR/hour]")
    complaint_eur: NonNegative = Field(description="cost of a complaint [EUR]")
    contact_value_eur_per_year: NonNegative = Field(
        description="worth of being allowed to call the contact for a year [EUR/year]"
    )
    valuation_days: NonNegative = Field(
        description="time from entry over which that worth is counted [days]"
    )
    worthwhile_eur: NonNegative = Field(
        description="net value per contact-year below which nobody would change the policy [EUR]"
    )
    optout_margin_prob: Probability = Field(
        description="tolerated extra opt-outs per contact at the horizon [probability]"
    )


def load_prices(path: str | Path, segments: Iterable[str] | None = None) -> dict[str, Economics]:
    """Read a price file: TOML with one table a segment, whose keys are `Economics`' fields.

    A table ``[all]`` gives the numbers that a segment's own table does not, and all of them to the
    segments without a table.

    Parameters
    ----------
    path
        The file.
    segments
        The segments whose prices are wanted. Without it the result has the tables of the file,
        ``"all"`` among them.

    Returns
    -------
    dict of str to Economics
        In the order of `segments`, or of the file.

    Raises
    ------
    InputError
        Naming every table and number that breaks a rule, and every segment without prices.
    """
    where = str(path)
    tables = read_toml(Path(path))
    problems = [
        Problem(where, name, table, "must be a table, one for each segment")
        for name, table in tables.items()
        if not isinstance(table, dict)
    ]
    if not tables:
        problems.append(Problem(where, "(file)", "", "must hold a table for a segment"))
    if problems:
        raise InputError(problems)
    shared: dict[str, Any] = tables.get(ALL_SEGMENTS, {})
    prices: dict[str, Economics] = {}
    for name in tables if segments is None else segments:
        if name not in tables and ALL_SEGMENTS not in tables:
            rule = f"must have a table [{name}], or [{ALL_SEGMENTS}] for every segment not named"
            problems.append(Problem(where, name, None, rule))
            continue
        try:
            prices[name] = Economics(**(shared | tables.get(name, {})))
        except InputError as error:
            problems.extend(moved(problem, where, name) for problem in error.problems)
    if problems:
        raise InputError(problems)
    return prices
