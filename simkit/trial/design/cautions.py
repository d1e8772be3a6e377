"""What should be mended before the first call of a trial."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from simkit.policy.delivered import delivered_days, delivery
from simkit.scenario import Scenario
from simkit.trial.both_ways import both_ways, step_of_policies
from simkit.trial.design.size_table import GUARDRAIL
from simkit.trial.design.spread import Pilot
from simkit.trial.design.trial_design import TrialDesign
from simkit.trial.effects.lopsided import UNEQUAL
from simkit.trial.read.agents import AGENT, named_groups
from simkit.trial.sentences import label

#: A first call falls anywhere within one interval and the second an interval later: from two on
#: everybody is due a second time.
INTERVALS_IN_HORIZON = 2
#: In an arm (assumed): two such arms leave t at most 18 degrees of freedom.
FEW_UNITS = 10
ENOUGH_UNITS = 20
"""In an arm; with fewer, the formula promises more than a trial keeps (benchmarks/design_power)."""

MUCH_LONGER = 1.1
"""Times the interval that was asked (assumed); a year's holidays alone make a week 1.006 weeks."""

NO_NAME = "trial"

MANY_DF = 100.0
"""With so many degrees of freedom a variance is known to about a third either way."""


def cautions(
    design: TrialDesign,
    sizes: pd.DataFrame,
    pilot: Pilot,
    scenario: Scenario | None,
) -> tuple[str, ...]:
    """Say in words what a design would later be blamed for.

    Parameters
    ----------
    design, sizes
        The trial and its sizes, with contacts planned.
    pilot
        What the sizes rest on.
    scenario
        Whose calendar says which intervals are delivered; None: intervals as wished.
    """
    return (
        *same_arms(design),
        *opposed_arms(design),
        *_of_horizon(design, scenario),
        *_of_calling_days(design, scenario),
        *short_guardrails(design, sizes),
        *_of_units(design, pilot),
        *_of_unequal_arms(design, pilot),
        *_of_agents(design),
        *of_second_cluster(design),
        *_of_salt(design),
        *_of_pilot(design, sizes, pilot),
    )


def said_of_few(segment: str, arm: str, units: str) -> str:
    """Say that an arm has fewer than `FEW_UNITS` of what is assigned.

    Parameters
    ----------
    segment, arm
        Whose.
    units
        How many, as ``about 8 accounts``.
    """
    told = f"{segment}: {arm} has {units}: with fewer than {FEW_UNITS} hardly anything can be shown"
    return told + (", however many contacts they hold" if "account" in units else "")


def same_arms(design: TrialDesign) -> Iterator[str]:
    """Say which arms of a segment do the same.

    Parameters
    ----------
    design
        The trial.
    """
    for segment, arms in design.arms.items():
        for one, other in combinations(arms, 2):
            if arms[one] == arms[other]:
                yield (
                    f"{segment}: {one} and {other} both do the same ({arms[one].describe()}): an "
                    "A/A trial, whose differences are chance; if they should differ, mend the arms"
                )


def opposed_arms(design: TrialDesign) -> Iterator[str]:
    """Say which arms are longer than their control in one segment and shorter in another.

    Parameters
    ----------
    design
        The trial.
    """
    steps = (
        (segment, arm, control, step)
        for segment, arms in design.arms.items()
        for arm in arms
        if arm != (control := design.control[segment])
        and (step := step_of_policies(arms[arm], arms[control])) is not None
    )
    for told in both_ways(steps).values():
        yield (
            f"{told}: what it does in such segments together is the effect of no one change, so "
            "that no arm will be chosen for all segments; give it another name where it changes "
            "the interval the other way"
        )


def _of_horizon(design: TrialDesign, scenario: Scenario | None) -> Iterator[str]:
    for segment, arms in design.arms.items():
        gaps = {
            arm: policy.interval.calendar_days()
            if scenario is None
            else delivered_days(policy, scenario, segment)
            for arm, policy in arms.items()
        }
        arm = max(gaps, key=gaps.__getitem__)
        gap, days = gaps[arm], design.horizon_days
        if days >= INTERVALS_IN_HORIZON * gap:
            continue
        text = (
            f"{segment}: the horizon of {days:g} days covers less than two of the longest interval "
            f"({arm}, {gap:.1f} days as delivered): short horizons favour calling more often; "
            f"{math.ceil(INTERVALS_IN_HORIZON * gap)} days or more would do"
        )
        # A first call falls anywhere within one interval, the second an interval later.
        twice = min(max(days / gap - 1, 0.0), 1.0)
        if twice == 0:
            text += f"; nobody in {arm} is due a second time, so that it is no interval at all"
        else:
            text += f"; about {100 * twice:.0f} % of the contacts in {arm} are due a second time"
        yield text


def _of_calling_days(design: TrialDesign, scenario: Scenario | None) -> Iterator[str]:
    """Say which intervals in calendar days come out much longer, since no call is made on some."""
    if scenario is None:
        return
    per_week = len(scenario.calendar.working_weekdays)
    for segment, arms in design.arms.items():
        for arm, policy in arms.items():
            asked = policy.interval.days
            if asked is None:
                continue
            found = delivery(policy, scenario, segment)
            if found.days < MUCH_LONGER * asked:
                continue
            working = max(round(found.days * per_week / 7), 1)
            yield (
                f"{segment}: {policy.interval.label} between the calls of {arm} cannot be kept, "
                f"since calls are due on days when nobody may call: the calendar makes it "
                f"{found.days:.1f} on average (days between calls in a week without holidays: "
                f"{found.pattern}); say what you mean in working days, as "
                f"interval = {{ working_days = {working} }}"
            )


def short_guardrails(design: TrialDesign, sizes: pd.DataFrame) -> Iterator[str]:
    """Say which guardrails pass less often than asked for with the contacts planned.

    Parameters
    ----------
    design, sizes
        As `cautions` takes them.
    """
    # A shortage must show in the figure that is told: 0.797 of the 0.8 that were asked is none.
    short = sizes["power"].round(2) < round(design.power, 2)
    short &= sizes["contacts"] < sizes["contacts_needed"]
    guards = sizes[(sizes["role"] == GUARDRAIL) & short]
    worst = guards.loc[guards.groupby(["segment", "outcome"], sort=False)["power"].idxmin()]
    row: Any
    for row in worst.itertuples(index=False):
        yield (
            f"{row.segment}: with {int(row.contacts):,} contacts in {row.arm} the guardrail on "
            f"{label(row.outcome)} passes with probability {row.power:.2f} only, even if the "
            "arms do not differ, and an arm that is not shown safe is not adopted: more contacts "
            "or a wider margin"
        )


def _of_units(design: TrialDesign, pilot: Pilot) -> Iterator[str]:
    for segment in design.segments:
        size = pilot.accounts[segment].size
        if design.unit == "contact" and size > 1:
            yield (
                f"{segment}: contacts are assigned one by one, with {size:.1f} in an account: "
                "colleagues in different arms talk, and the effects may look too small; "
                'unit="account" avoids it'
            )
        parts = design.parts(segment)
        arm = min(parts, key=parts.__getitem__)
        contacts = design.contacts[segment] * parts[arm]
        units = contacts / size if design.unit == "account" else contacts
        if units < ENOUGH_UNITS and design.method == "hash":
            yield (
                f"{segment}: about {units:.0f} {design.unit}s in {arm}: drawn one by one, by hash, "
                'so few come out uneven; method = "blocks" keeps arms even'
            )
        if units < FEW_UNITS:
            yield said_of_few(segment, arm, f"about {units:.0f} {design.unit}s")
        elif units < ENOUGH_UNITS and design.unit == "account":
            yield (
                f"{segment}: {arm} has about {units:.0f} accounts: with fewer than "
                f"{ENOUGH_UNITS} of unequal sizes the power is lower than these sizes say"
            )


def _of_unequal_arms(design: TrialDesign, pilot: Pilot) -> Iterator[str]:
    for segment in design.segments:
        money = [name for name, spread in pilot.spreads[segment].items() if not spread.share]
        parts = design.parts(segment)
        small, large = min(parts, key=parts.__getitem__), max(parts, key=parts.__getitem__)
        if not money or parts[large] <= UNEQUAL * parts[small]:
            continue
        yield (
            f"{segment}: {large} gets {parts[large] / parts[small]:.2g} times the "
            f"{design.unit}s of {small}: a few large sales carry {', '.join(money)}, and in so "
            "small an arm beside a large one they seldom show that it is better, so that the "
            "power is lower than these sizes say; equal arms avoid it"
        )


def _of_agents(design: TrialDesign) -> Iterator[str]:
    if isinstance(design.agents, dict):
        single = [arm for arm, number in design.agents.items() if number == 1]
        if single:
            yield (
                f"one agent alone calls for {', '.join(single)}: that agent's skill cannot be told "
                "from the arm's interval; two or more, or agents who call for all arms"
            )


def of_second_cluster(design: TrialDesign) -> Iterator[str]:
    """Say what a second cluster takes from a trial, and how little few agents leave.

    Parameters
    ----------
    design
        The trial.
    """
    if design.second_cluster is not None:
        groups = named_groups(design.second_cluster, of_log=True)
        text = (
            f"errors will follow {groups} too, which the sizes do not know: as far as contacts of "
            "one are alike, the trial finds less than they say"
        )
        if design.second_cluster == AGENT and design.agents is not None:
            agents = design.agents
            number = sum(agents.values()) if isinstance(agents, dict) else agents
            text += (
                f"; {number} agents leave at most {number - 1} degrees of freedom, however many "
                "contacts there are"
            )
        yield text


def _of_salt(design: TrialDesign) -> Iterator[str]:
    if design.salt == NO_NAME:
        yield (
            "the trial has no name of its own: another one without a name would give the same "
            "contacts the same arms, and carry its effects over; give name or salt"
        )


def _of_pilot(design: TrialDesign, sizes: pd.DataFrame, pilot: Pilot) -> Iterator[str]:
    if pilot.missing:
        yield (
            f"not known of the contacts: {', '.join(pilot.missing)}; what adjusting for it gains "
            "is left out"
        )
    if design.agents is not None and pilot.without_queue:
        yield (
            "the spread is simulated with as many agents as it takes, since contacts were not "
            "given beside agents"
        )
    for segment, outcome in sizes[["segment", "outcome"]].drop_duplicates().to_numpy():
        spread = pilot.spreads[segment][outcome]
        if spread.share and spread.mean in (0.0, 1.0):
            yield (
                f"{segment}: {outcome} is the same for all {spread.contacts:,} contacts it was "
                f"learned from, so that its share is only known to {3 / spread.contacts:.2g}: "
                "sizes may be too small"
            )
    shaky = sizes[(sizes["df"] < MANY_DF) & sizes["needed_low"].notna()]
    row: Any
    for row in shaky.drop_duplicates(["segment", "outcome"]).itertuples(index=False):
        yield (
            f"{row.segment}: the spread of {row.outcome} rests on few contacts that differ: "
            f"{int(row.segment_needed):,} needed may truly be {int(row.needed_low):,} to "
            f"{int(row.needed_high):,}"
        )
