"""The policies of a trial's arms, read from one file."""

from __future__ import annotations

from pathlib import Path

from simkit.errors import InputError, Problem
from simkit.policy.recall import RecallPolicy
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import moved


def load_arms(path: str | Path) -> dict[str, dict[str, RecallPolicy]]:
    """Read what each arm of a trial means: a TOML file with a table ``[segment.arm]`` for each.

    Parameters
    ----------
    path
        The file. A table holds a policy's fields, e.g. ``interval = { working_days = 5 }``.

    Returns
    -------
    dict
        Segment → arm → policy, in the order of the file: what ``simulate`` takes as policies.

    Raises
    ------
    InputError
        Naming every table and field that breaks a rule.
    """
    where = str(path)
    tables = read_toml(Path(path))
    problems: list[Problem] = []
    policies: dict[str, dict[str, RecallPolicy]] = {}
    if not tables:
        problems.append(Problem(where, "(file)", "", "must hold a table [<segment>.<arm>]"))
    for segment, arms in tables.items():
        if not isinstance(arms, dict) or not arms:
            rule = "must hold a table for each arm, as [b2c.current]"
            problems.append(Problem(where, segment, arms, rule))
            continue
        policies[segment] = {}
        for arm, content in arms.items():
            place = f"{segment}.{arm}"
            if not isinstance(content, dict) or arm in RecallPolicy.model_fields:
                rule = f"must be a policy's table [{segment}.<arm>]: the name of an arm is missing"
                problems.append(Problem(where, place, content, rule))
                continue
            try:
                policies[segment][arm] = RecallPolicy(**content)
            except InputError as error:
                problems += [moved(problem, where, place) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return policies
