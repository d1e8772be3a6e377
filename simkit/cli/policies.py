"""Policies as the commands are given them, and as they tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem

if TYPE_CHECKING:
    from simkit.policy import RecallPolicy


def read_policy(text: str) -> RecallPolicy:
    """Return the policy that a text says: an interval, a bundled policy's name or a file.

    Raises
    ------
    InputError
        It is none of these.
    """
    from simkit.policy import bundled_policies, load_policy
    from simkit.sweep.grids import policies_of

    if text in bundled_policies() or Path(text).suffix == ".toml":
        return load_policy(text)
    policies, problems = policies_of([text], None)
    if problems:
        names = ", ".join(bundled_policies())
        rule = (
            'must be an interval ("7 days", "20 working days"), a policy file (.toml) or a '
            f"bundled policy ({names})"
        )
        raise InputError([Problem("command line", "how often", text, rule)])
    return next(iter(policies.values()))


def read_policies(texts: Iterable[str]) -> list[RecallPolicy]:
    """Return the policies of several texts, each as `read_policy` takes it.

    Raises
    ------
    InputError
        Naming each text that says none.
    """
    policies = []
    problems: list[Problem] = []
    for text in texts:
        try:
            policies.append(read_policy(text))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return policies


def one_line(policies: Mapping[str, Mapping[str, RecallPolicy]]) -> str:
    """Return what each arm of each segment is, in words."""
    return "; ".join(
        f"{segment}: " + ", ".join(f"{arm} = {policy.label}" for arm, policy in arms.items())
        for segment, arms in policies.items()
    )
