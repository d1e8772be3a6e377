"""The file that tells the dialler team which policy to use now, segment by segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import moved

POLICY_KEY = "policy"
HEAD = """\
# How often each segment is to be called, and why.
#
# [<segment>.policy] is the recall policy to use NOW. A verdict other than "adopt" changes nothing:
# the policy is then the one in use. Without [<segment>.policy] the one in use is not known to this
# file: leave the dialler as it is.
"""


def policy_text(
    policies: Mapping[str, RecallPolicy], notes: Mapping[str, Mapping[str, str]]
) -> str:
    """Return the text of a policy file.

    Parameters
    ----------
    policies
        Segment → the policy to use now; a segment may be missing.
    notes
        Segment → what is said beside it, in the order of the file, e.g. verdict and reason.
    """
    tables: dict[str, dict[str, Any]] = {}
    for segment, words in notes.items():
        tables[segment] = dict(words)
        if segment in policies:
            tables[segment][POLICY_KEY] = policies[segment].to_dict()
    return f"{HEAD}\n{tomli_w.dumps(tables)}"


def load_policies(
    path: str | Path, segments: Iterable[str] | None = None
) -> dict[str, RecallPolicy]:
    """Read a policy file that `Recommendation.write` wrote.

    Parameters
    ----------
    path
        The file, ``policy.toml``.
    segments
        The segments wanted; None for all of the file.

    Returns
    -------
    dict of str to RecallPolicy
        Segment → the policy to use now, in the order of `segments` or of the file.

    Raises
    ------
    InputError
        Naming every segment that the file lacks or gives no policy for, and every field that
        breaks a rule.
    """
    where = str(path)
    tables = read_toml(Path(path))
    problems: list[Problem] = []
    policies: dict[str, RecallPolicy] = {}
    for segment in tables if segments is None else segments:
        table = tables.get(segment)
        if not isinstance(table, dict):
            rule = f"must be a table of the file, which has {', '.join(tables) or 'none'}"
            problems.append(Problem(where, segment, table, rule))
            continue
        content = table.get(POLICY_KEY)
        if not isinstance(content, dict):
            rule = f"must be a table [{segment}.{POLICY_KEY}]: the policy to use now is not known"
            problems.append(Problem(where, f"{segment}.{POLICY_KEY}", content, rule))
            continue
        try:
            policies[segment] = RecallPolicy(**content)
        except InputError as error:
            place = f"{segment}.{POLICY_KEY}"
            problems += [moved(problem, where, place) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return policies
