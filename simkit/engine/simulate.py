"""The door to the engines: a scenario and a policy in, a call log out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from simkit.calllog import CallLog, Header
from simkit.engine.arguments import Policies, as_whole, check_arguments
from simkit.engine.memory import TO_DISK, check_room, clear_shortage, watched
from simkit.engine.plan import Plan, make_plan, policies_by_arm
from simkit.engine.record import Engine, play, to_call_log
from simkit.engine.simpy_engine import SimpyEngine
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, load_scenario


def simulate(
    scenario: Scenario,
    policy: Policies,
    *,
    contacts: int | Mapping[str, int] = 2000,
    agents: int | Mapping[str, int] | None = None,
    days: int = 365,
    seed: int = 1,
    replication: int = 0,
    engine: str = "compiled",
) -> CallLog:
    """Simulate a call centre and return its call log.

    Parameters
    ----------
    scenario
        What the world is.
    policy
        One :class:`~simkit.policy.RecallPolicy` for all, ``{segment: policy}``, or
        ``{segment: {arm: policy}}``: then accounts are randomised to arms, and a whole trial is
        one run.
    contacts
        How many; split over the segments by their shares, or given for each segment.
    agents
        How many serve all contacts; ``{arm: number}`` where each arm has its own; None for as
        many as it takes, so that every contact is dialled when due.
    days
        Calendar days observed from the scenario's start.
    seed
        Of all random draws, 0 <= seed < 2**64. The same arguments give the same log.
    replication
        Number of the replication; another gives an independent run.
    engine
        ``"compiled"``, or ``"simpy"``: the reference, which people read and extend. They play the
        same log, bit for bit, the compiled one in a hundredth of the time; it is compiled once on
        a machine, which takes about a minute and is said.

    Returns
    -------
    CallLog
        Contacts, attempts and (beside them, for no estimator to see) the truth.

    Raises
    ------
    InputError
        Where an argument breaks a rule; all problems at once. Where the log does not fit into
        memory: then see `simulate_to`.

    See Also
    --------
    simkit.engine.simulate_to : Writes the log to a folder while it is played, whatever its size.

    Examples
    --------
    >>> from simkit import RecallPolicy, load_scenario, simulate
    >>> log = simulate(load_scenario("b2c"), RecallPolicy.every(days=7), contacts=20, days=30)
    >>> len(log.contacts)
    20
    """
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
    with clear_shortage(contacts, TO_DISK):
        check_room(scenario, policy, contacts, engine, tables=True)
        plan, header = prepared(
            scenario,
            policy,
            contacts=contacts,
            agents=agents,
            days=days,
            seed=seed,
            replication=replication,
        )
        watch = partial(watched, contacts=contacts, days=int(days))
        return to_call_log(plan, play(engine_of(engine, plan), watch), header)


def prepared(
    scenario: Scenario,
    policy: Policies,
    *,
    contacts: int | Mapping[str, int],
    agents: int | Mapping[str, int] | None,
    days: int,
    seed: int,
    replication: int,
) -> tuple[Plan, Header]:
    """Return a run ready to be played, and the header of its log; arguments already checked."""
    seed, replication = int(seed), int(replication)
    plan = make_plan(
        scenario,
        policy,
        contacts=as_whole(contacts),
        agents=as_whole(agents),
        days=int(days),
        seed=seed,
        replication=replication,
    )
    return plan, _header(scenario, policy, plan, seed, replication)


def engine_of(name: str, plan: Plan) -> Engine:
    """Return a run of a plan by the engine of a name, one of ENGINES."""
    if name == "simpy":
        return SimpyEngine(plan)
    # Imported when first used: with it comes numba, which takes a while.
    from simkit.engine.compiled.engine import CompiledEngine

    return CompiledEngine(plan)


def _header(
    scenario: Scenario, policy: Policies, plan: Plan, seed: int, replication: int
) -> Header:
    """Return the header of a simulated log."""
    about: dict[str, Any] = dict(scenario.identity())
    about["callback_window_min"] = {
        name: segment.callback_window_min for name, segment in scenario.segments.items()
    }
    shift_s = sum(
        min(close, plan.end_s) - start
        for start, close in zip(plan.shifts.opens, plan.shifts.closes, strict=True)
        if start < plan.end_s
    )
    if all(pool.agents is not None for pool in plan.pools):
        per_pool = {pool.arm or "all": shift_s * (pool.agents or 0) for pool in plan.pools}
        about["logged_in_s"] = per_pool["all"] if list(per_pool) == ["all"] else per_pool
    labels = {
        name: {arm or "all": of_arm.label for arm, of_arm in arms.items()}
        for name, arms in policies_by_arm(scenario, policy).items()
    }
    return Header(
        source="simulated",
        start=pd.Timestamp(scenario.start),
        timezone=scenario.timezone,
        currency=scenario.currency,
        scenario=about,
        policy=labels,
        seed=seed,
        replication=replication,
        withdrawal_days={
            name: segment.withdrawal_days for name, segment in scenario.segments.items()
        },
    )


def make_ready(engine: str) -> None:
    """Let an engine be compiled, if it is to be, before many processes start it at once.

    Parameters
    ----------
    engine
        One of ENGINES.
    """
    if engine == "compiled":
        smallest = RecallPolicy.every(days=1)
        simulate(load_scenario("b2c"), smallest, contacts=1, days=366, engine=engine)
