"""Everything an engine needs of a run, decided before its clock starts.

Both engines play the same plan; it holds numbers only, so that neither has to ask a scenario or a
policy anything while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkit.engine.arguments import Policies
from simkit.errors import InputError, Problem
from simkit.model import (
    CallParameters,
    Key,
    TraitTable,
    account_sizes,
    call_parameters,
    draw,
    draw_traits,
    run_key,
    skill_logits,
)
from simkit.model.contact import MAX_NAMED_DAYS
from simkit.model.streams import ENTRY, FIRST_DUE, uniforms
from simkit.policy import RecallPolicy
from simkit.policy.due import Rules, compile_rules, first_due
from simkit.policy.hours import calling_hours
from simkit.scenario import Scenario
from simkit.scenario.hours import DAY_S, OpenHours, WorkingDays


@dataclass(frozen=True)
class Cell:
    """One segment under one arm's policy.

    Attributes
    ----------
    segment, arm
        Names; the arm is None where one policy serves the whole segment.
    parameters, rules
        The segment and the policy as numbers.
    segment_hours
        When the segment may be called: dates are named inside these hours.
    hours
        When the policy calls: the segment's hours, narrowed by the policy's windows.
    pool
        Which agents serve it: the position in ``Plan.pools``.
    reach_profile_logit
        168 numbers: weekday × 24 + hour.
    """

    segment: str
    arm: str | None
    parameters: CallParameters
    rules: Rules
    segment_hours: OpenHours
    hours: OpenHours
    pool: int
    reach_profile_logit: tuple[float, ...]


@dataclass(frozen=True)
class Pool:
    """Agents who serve the same contacts; ``agents`` is None where they are unlimited."""

    arm: str | None
    agents: int | None
    first_agent: int


@dataclass(frozen=True)
class Plan:
    """A run, ready to be played.

    Attributes
    ----------
    key
        Of all its draws.
    end_s
        When observation ends, in seconds of the clock.
    first_weekday
        Weekday of day 0 (Monday is 0).
    cells, pools
        Segments × arms, and the agents who serve them.
    shifts
        When agents work; plays no part where they are unlimited.
    working
        Working days.
    skill_logit
        By agent number, over all pools.
    cell, account, entered_s
        By contact number: shape (contacts,).
    first_due_s
        When each contact is first due; None: when its policy says so (see :meth:`first_due`).
    traits
        By contact number.
    """

    key: Key
    end_s: int
    first_weekday: int
    cells: tuple[Cell, ...]
    pools: tuple[Pool, ...]
    shifts: OpenHours
    working: WorkingDays
    skill_logit: np.ndarray
    cell: np.ndarray
    account: np.ndarray
    entered_s: np.ndarray
    traits: TraitTable
    first_due_s: np.ndarray | None = None

    def first_due(self, contact: int) -> int:
        """Return when a contact is first due, in seconds of the clock."""
        if self.first_due_s is not None:
            return int(self.first_due_s[contact])
        cell = self.cells[self.cell[contact]]
        u = uniforms(self.key, contact, ENTRY, 0, 0)[FIRST_DUE]
        return first_due(cell.rules, cell.hours, self.working, int(self.entered_s[contact]), u)


def contacts_by_segment(scenario: Scenario, contacts: int | Mapping[str, int]) -> dict[str, int]:
    """Split a number of contacts over the segments by their shares, largest remainders first."""
    if not isinstance(contacts, int):
        return {name: contacts[name] for name in scenario.segments}
    shares = {name: segment.share for name, segment in scenario.segments.items()}
    total = sum(shares.values())
    exact = {name: contacts * share / total for name, share in shares.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: contacts - sum(counts.values())]:
        counts[name] += 1
    return counts


def policies_by_arm(scenario: Scenario, policy: Policies) -> dict[str, dict[Any, RecallPolicy]]:
    """Return ``{segment: {arm: policy}}``, with arm None where one policy serves a segment."""
    if isinstance(policy, RecallPolicy):
        return {name: {None: policy} for name in scenario.segments}
    result: dict[str, dict[Any, RecallPolicy]] = {}
    for name in scenario.segments:
        of_segment: Any = policy[name]
        if isinstance(of_segment, RecallPolicy):
            of_segment = {None: of_segment}
        result[name] = dict(of_segment)
    return result


def make_plan(
    scenario: Scenario,
    policy: Policies,
    *,
    contacts: int | Mapping[str, int],
    agents: int | Mapping[str, int] | None,
    days: int,
    seed: int,
    replication: int,
) -> Plan:
    """Decide everything that does not depend on the course of the run.

    The arguments are those of :func:`simkit.engine.simulate`, already checked.
    """
    key = run_key(seed, replication)
    arms_of = policies_by_arm(scenario, policy)
    pools = _make_pools(arms_of, agents)
    pool_of_arm = {pool.arm: place for place, pool in enumerate(pools)}
    calendar = scenario.calendar
    working = calendar.working_days(scenario.start, days)
    _check_named_dates(scenario, working, days)
    cells: list[Cell] = []
    cells_of: dict[str, list[int]] = {}
    for name, segment in scenario.segments.items():
        segment_hours = calendar.open_hours(segment.windows, scenario.start, days)
        cells_of[name] = []
        for arm, arm_policy in arms_of[name].items():
            cells_of[name].append(len(cells))
            cells.append(
                Cell(
                    segment=name,
                    arm=arm,
                    parameters=call_parameters(segment),
                    rules=compile_rules(arm_policy),
                    segment_hours=segment_hours,
                    hours=calling_hours(arm_policy, scenario, name, days),
                    pool=pool_of_arm.get(arm, 0),
                    reach_profile_logit=tuple(
                        x for day in segment.reach_profile_logit for x in day
                    ),
                )
            )

    cell_parts, account_parts, entered_parts, trait_parts = [], [], [], []
    first_contact, first_account = 0, 0
    for name, count in contacts_by_segment(scenario, contacts).items():
        segment = scenario.segments[name]
        numbers = np.arange(first_contact, first_contact + count, dtype=np.int64)
        accounts = _accounts(segment.account_size_mean, key, count, first_account)
        # Colleagues enter together: the account is what is bought, listed and randomised.
        entry_days = (draw("entry_day", key, accounts) * segment.entry_spread_days).astype(np.int64)
        cell_parts.append(_randomise(key, accounts, np.array(cells_of[name])))
        account_parts.append(accounts)
        entered_parts.append(entry_days * DAY_S)
        trait_parts.append(draw_traits(segment, key, numbers, accounts))
        first_contact += count
        first_account = int(accounts[-1]) + 1 if count else first_account

    cell = np.concatenate(cell_parts)
    entered_s = np.concatenate(entered_parts)
    staffed = sum(pool.agents or 0 for pool in pools)
    return Plan(
        key=key,
        end_s=days * DAY_S,
        first_weekday=scenario.start.weekday(),
        cells=tuple(cells),
        pools=pools,
        shifts=calendar.open_hours(scenario.staff.shifts, scenario.start, days),
        working=working,
        skill_logit=skill_logits(scenario.staff.skill_sd_logit, key, staffed),
        cell=cell,
        account=np.concatenate(account_parts),
        entered_s=entered_s,
        traits=TraitTable.concatenate(trait_parts),
    )


def _check_named_dates(scenario: Scenario, working: WorkingDays, days: int) -> None:
    """Raise InputError where the latest date that a contact may name is not in the calendar."""
    last = working.rank[days - 1] + MAX_NAMED_DAYS - 1
    problems = []
    for name, segment in scenario.segments.items():
        hours = scenario.calendar.open_hours(segment.windows, scenario.start, days)
        if last >= len(working.days) or working.days[last] * DAY_S >= hours.closes[-1]:
            rule = f"must be open {MAX_NAMED_DAYS} working days after the end, for dates named then"
            problems.append(Problem(scenario.name, f"calendar and {name}.windows", "closed", rule))
    if problems:
        raise InputError(problems)


def _accounts(size_mean: float, key: Key, contacts: int, first: int) -> np.ndarray:
    """Fill accounts with contacts until all have one; account numbers from ``first`` on."""
    if contacts == 0:
        return np.empty(0, dtype=np.int64)
    candidates = np.arange(first, first + contacts, dtype=np.int64)
    ends = np.cumsum(account_sizes(size_mean, key, candidates))
    return first + np.searchsorted(ends, np.arange(contacts), side="right").astype(np.int64)


def _randomise(key: Key, accounts: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Deal accounts to arms in random order, so that arms differ by one account at most."""
    own, account_place = np.unique(accounts, return_inverse=True)
    order = np.argsort(draw("arm", key, own), kind="stable")
    dealt = np.empty(len(own), dtype=np.int64)
    dealt[order] = np.arange(len(own)) % len(cells)
    return cells[dealt[account_place]]


def _make_pools(
    arms_of: Mapping[str, Mapping[str | None, RecallPolicy]], agents: int | Mapping[str, int] | None
) -> tuple[Pool, ...]:
    """Return one pool for all, or one for each arm where agents are given per arm."""
    if agents is None or isinstance(agents, int):
        return (Pool(None, agents, 0),)
    pools: list[Pool] = []
    first = 0
    for arm in dict.fromkeys(arm for arms in arms_of.values() for arm in arms):
        assert arm is not None  # checked before: agents per arm need arms
        pools.append(Pool(arm, agents[arm], first))
        first += agents[arm]
    return tuple(pools)
