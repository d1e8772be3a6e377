"""The arms of a study: those that the log names, the control among them, and their policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simkit.cli.inputs import CURRENT
from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.policy import RecallPolicy
    from simkit.trial.design import TrialDesign


def without_lone_arms(log: CallLog) -> tuple[CallLog, list[str]]:
    """Return the log without the arms of segments that have only one, and what to say of it."""
    arms = log.contacts.groupby("segment")["arm"].agg(["nunique", "first"])
    lone = arms[arms["nunique"] == 1]
    if lone.empty:
        return log, []
    arm = log.contacts["arm"].mask(log.contacts["segment"].isin(lone.index))
    notes = [
        f"{segment}: {name} is the only arm, so there is no trial to evaluate"
        for segment, name in lone["first"].items()
    ]
    return replace(log, contacts=log.contacts.assign(arm=arm)), notes


def arms_of(log: CallLog | None, segments: Iterable[str]) -> dict[str, list[str]]:
    """Return the arms of each segment that has any."""
    if log is None:
        return {}
    contacts = log.contacts[log.contacts["arm"].notna()]
    arms = contacts.groupby("segment")["arm"].unique()
    return {name: [str(arm) for arm in arms[name]] for name in segments if name in arms.index}


def controls_of(
    tried: Mapping[str, Sequence[str]], given: Mapping[str, str], design: TrialDesign | None
) -> dict[str, str]:
    """Return the arm of today's policy of each segment: as given, else registered, else current.

    Raises
    ------
    InputError
        Where it is none of the segment's arms.
    """
    problems = []
    control = {}
    registered = {} if design is None else design.control
    for segment, arms in tried.items():
        arm = given.get(segment, registered.get(segment, CURRENT))
        if arm not in arms:
            rule = f"must be the arm of today's policy in {segment}: {', '.join(sorted(arms))}"
            problems.append(Problem("study", "--current", given.get(segment), rule))
        control[segment] = arm
    if problems:
        raise InputError(problems)
    return control


def matching(
    policies: Mapping[str, Mapping[str, RecallPolicy]],
    tried: Mapping[str, Sequence[str]],
    path: str,
) -> dict[str, dict[str, RecallPolicy]]:
    """Return the policies of the arms that were tried.

    Raises
    ------
    InputError
        Where the file at ``path`` has none for an arm.
    """
    rule = "must have a table in the file: which policy did this arm follow?"
    problems = [
        Problem(path, f"{segment}.{arm}", None, rule)
        for segment, arms in tried.items()
        for arm in arms
        if arm not in policies.get(segment, {})
    ]
    if problems:
        raise InputError(problems)
    return {name: {arm: policies[name][arm] for arm in arms} for name, arms in tried.items()}
