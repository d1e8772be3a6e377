"""What a user says of a trial besides its data, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.errors import Problem
from simkit.policy import RecallPolicy
from simkit.scenario.validation import closest
from simkit.trial.design import TrialDesign
from simkit.trial.read.roster import Roster
from simkit.trial.read.unsaid import LOG
from simkit.trial.settings import is_number

if TYPE_CHECKING:
    import pandas as pd


def said_problems(
    where: str,
    contacts: pd.DataFrame,
    arms: Mapping[str, Sequence[str]],
    *,
    policies: object = None,
    policies_are: str = "policies",
    assigned: Roster | None = None,
    columns: Mapping[str, object] | None = None,
) -> Iterator[Problem]:
    """Yield what is wrong with the arguments of checks.

    Parameters
    ----------
    where
        The function, for messages.
    contacts
        What is known of contacts.
    arms
        Segment → its arms, as in the data.
    policies
        As in `simkit.trial.check_trial`.
    assigned
        Who was assigned, as it was given.
    policies_are
        What gave the policies, for messages.
    columns
        Argument → columns that it names; None where it was not given.
    """
    there = ", ".join(map(str, contacts.columns))
    for argument, names in (columns or {}).items():
        if names is None:
            continue
        if isinstance(names, str) or not isinstance(names, Sequence):
            yield Problem(where, argument, names, "must be a list of columns")
            continue
        for name in names:
            if name not in contacts:
                rule = f"must be a column of contacts; there are: {there}"
                yield Problem(where, argument, name, rule)
    if assigned is not None and not (isinstance(assigned.arms, Mapping) and assigned.arms):
        rule = "must be a mapping contact_id → arm, an Assignment (see assign) or its file"
        yield Problem(where, "assigned", type(assigned.arms).__name__, rule)
    if policies is not None:
        yield from _policy_problems(where, policies_are, policies, arms)


def lacking_problems(
    design: TrialDesign | None, columns: Collection[str], covariates: Collection[str]
) -> list[Problem]:
    """Name the registered columns of contacts that a log lacks.

    Parameters
    ----------
    design
        The design; without one nothing is lacking.
    columns
        The columns of the log's contacts.
    covariates
        The columns by which means are adjusted; those that are registered are meant.
    """
    if design is None:
        return []
    meant = dict.fromkeys(design.strata, "a stratum")
    meant |= {name: "a covariate" for name in design.covariates if name in covariates}
    rule = (
        "must be a column of the log's contacts, since it was registered as {}; there are: "
        f"{', '.join(columns)}. Take it from the list that was assigned"
    )
    return [
        Problem(LOG, "contacts", name, rule.format(role))
        for name, role in meant.items()
        if name not in columns
    ]


def share_problems(
    where: str,
    shares: Mapping[str, object] | None,
    arms: Mapping[str, Sequence[str]],
    registered: Mapping[str, object] | None = None,
) -> list[Problem]:
    """Return what is wrong with the arms' intended parts.

    Parameters
    ----------
    where
        The function, for messages.
    shares
        Arm → its part; None where it was not given.
    arms
        Segment → its arms, as in the data.
    registered
        The parts of a design, which name all of its arms: an arm of the data that they do not name
        was not registered, which is told as such.
    """
    if shares is None:
        return []
    names = sorted({name for named in arms.values() for name in named})
    if registered and dict(shares) == dict(registered):
        names = []
    rule = "must name each arm"
    problems = [
        Problem(where, "expected_shares", name, rule) for name in names if name not in shares
    ]
    return problems + [
        Problem(where, f"expected_shares[{name!r}]", share, "must be above 0")
        for name, share in shares.items()
        if not is_number(share) or not 0 < share < math.inf
    ]


def unknown_shares(
    where: str,
    shares: Mapping[str, float] | None,
    arms: Mapping[str, Sequence[str]],
    design: TrialDesign | None,
) -> list[Problem]:
    """Return the parts that belong to no arm, neither of the data nor of the design.

    Parameters
    ----------
    where, shares, arms
        As `share_problems` takes them.
    design
        The trial as registered, whose arms need not all be in the data.
    """
    sources = (arms,) if design is None else (arms, design.arms)
    names = sorted({name for by_segment in sources for own in by_segment.values() for name in own})
    rule = f"is the name of no arm; the arms are {', '.join(names)}"
    return [
        Problem(where, "expected_shares", name, rule) for name in shares or {} if name not in names
    ]


def _policy_problems(
    where: str, name: str, policies: Any, arms: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    if not isinstance(policies, Mapping):
        rule = "must be a mapping segment → arm → policy"
        yield Problem(where, name, type(policies).__name__, rule)
        return
    for segment, named in policies.items():
        if segment not in arms:
            rule = f"must name a segment of the data: {', '.join(arms)}"
            yield Problem(where, name, segment, rule)
            continue
        if not isinstance(named, Mapping):
            rule = "must be a mapping arm → policy"
            yield Problem(where, f"{name}.{segment}", type(named).__name__, rule)
            continue
        for arm, policy in named.items():
            place = f"{name}.{segment}.{arm}"
            if arm not in arms[segment]:
                rule = f"must name an arm of the segment: {', '.join(arms[segment])}"
                near = closest(str(arm), [one for one in arms[segment] if one not in named])
                if near:
                    rule += f'. "{near}" is not registered: was "{arm}" meant?'
                yield Problem(where, place, arm, rule)
            elif not isinstance(policy, RecallPolicy):
                rule = "must be a RecallPolicy, as RecallPolicy.every(days=7)"
                yield Problem(where, place, type(policy).__name__, rule)
