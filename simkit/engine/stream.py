"""A simulated log of any size: it goes to disk while it is being played."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from simkit.calllog import Header
from simkit.calllog.parquet import GROUP_ROWS
from simkit.calllog.store import refuse_to_overwrite, write_parts
from simkit.engine.arguments import Policies, check_arguments
from simkit.engine.memory import FEWER, check_room, clear_shortage
from simkit.engine.plan import Plan
from simkit.engine.record import ATTEMPT, Engine, attempts_table, contacts_table, truth_table
from simkit.engine.simulate import engine_of, prepared
from simkit.errors import InputError, Problem
from simkit.scenario import Scenario
from simkit.scenario.hours import DAY_S


def simulate_to(
    folder: str | os.PathLike[str],
    scenario: Scenario,
    policy: Policies,
    *,
    contacts: int | Mapping[str, int] = 2000,
    agents: int | Mapping[str, int] | None = None,
    days: int = 365,
    seed: int = 1,
    replication: int = 0,
    engine: str = "compiled",
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Simulate a call centre and write its call log to a folder while it is being played.

    The folder is to the byte what ``simulate(...).write(folder)`` leaves, but attempts take no more
    memory however many they are: only contacts do (280 bytes each). Nothing is validated on the
    way: a simulated log keeps the rules by construction, and tests hold it to that.

    Parameters
    ----------
    folder
        The folder's name; it appears whole or not at all. A call log that stands there is replaced.
    scenario, policy, contacts, agents, days, seed, replication, engine
        As in :func:`simkit.engine.simulate`. SimPy's engine hands over its attempts at the end, all
        at once.
    progress
        Called now and then with the number of whole days that have been played, at last with
        `days`.

    Returns
    -------
    Path
        The folder: read by :func:`simkit.calllog.read_call_log` where it fits into memory, and by
        DuckDB, pandas or anything else that knows Parquet.

    Raises
    ------
    InputError
        Where an argument breaks a rule, `folder` holds something that is not a call log, or the
        contacts do not fit into memory; all problems at once.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from simkit import RecallPolicy, load_scenario, read_call_log
    >>> with TemporaryDirectory() as room:
    ...     policy = RecallPolicy.every(days=7)
    ...     folder = simulate_to(f"{room}/weekly", load_scenario("b2c"), policy, contacts=20)
    ...     len(read_call_log(folder).contacts)
    20
    """
    problems: list[Problem] = []
    try:
        check_arguments(
            scenario,
            policy,
            contacts=contacts,
            agents=agents,
            days=days,
            seed=seed,
            replication=replication,
            engine=engine,
        )
    except InputError as error:
        problems += error.problems
    try:
        refuse_to_overwrite(Path(folder))
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    with clear_shortage(contacts, FEWER):
        check_room(scenario, policy, contacts, engine, tables=False)
        plan, header = prepared(
            scenario,
            policy,
            contacts=contacts,
            agents=agents,
            days=days,
            seed=seed,
            replication=replication,
        )
        run = engine_of(engine, plan)
        tables = {
            "contacts": _contacts(plan, header),
            "attempts": _attempts(plan, run, header, progress),
            "truth": _truth(plan, run, header),
        }
        return write_parts(folder, header, tables)


# Generators: what they give is made when it is written, the truth after the last attempt.


def _contacts(plan: Plan, header: Header) -> Iterator[pd.DataFrame]:
    for rows in _groups(plan):
        yield contacts_table(plan, header, rows)


def _attempts(
    plan: Plan, run: Engine, header: Header, progress: Callable[[int], None] | None
) -> Iterator[pd.DataFrame]:
    yield attempts_table(np.empty(0, dtype=ATTEMPT), header)  # the columns, should nobody be called
    for rows in run.run():
        yield attempts_table(rows, header)
        if progress is not None and len(rows):
            progress(int(rows["dialled_s"][-1]) // DAY_S)
    if progress is not None:
        progress(plan.end_s // DAY_S)


def _truth(plan: Plan, run: Engine, header: Header) -> Iterator[pd.DataFrame]:
    ended = run.ended()
    for rows in _groups(plan):
        yield truth_table(plan, ended, header, rows)


def _groups(plan: Plan) -> Iterator[slice]:
    """Give the contacts in slices: their tables never stand in memory as a whole."""
    for first in range(0, max(len(plan.cell), 1), GROUP_ROWS):
        yield slice(first, first + GROUP_ROWS)
