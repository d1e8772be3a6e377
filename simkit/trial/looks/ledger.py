"""The looks at a trial: what was seen at each, and the file that remembers them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import tomli_w
from scipy import stats

from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem
from simkit.scenario.toml_file import read_toml
from simkit.trial.looks.values import wrong_look, wrong_row

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

HEAD = """\
# The looks that were made at a running trial. simkit adds each one and counts it at the next: what
# a look may claim depends on all looks before it. A look that is taken out here is still a look.
"""
#: About the smallest number of a double, whose normal deviate is still finite (37).
MINIMUM_P = 1e-300
COMPLETE = 1.0 - 1e-9
"""So large a part of the planned contacts is all of them, at a look and at the evaluation alike.

Only there is all of an error rate spent: were it spent from some smaller part on, whoever looks
there could still wait for the rest, and would have two ends."""
IDENTITY = "identity"
CHANGED = (
    "must be the identity of the looks that the file holds: they were changed, or some taken out, "
    "after it was written, and a look that is taken out is still a look; give the file as simkit "
    "monitor wrote it"
)
TWICE = "must stand there once: two looks at one moment are one look"
Key = tuple[str, str, str]
"""What is compared: outcome, segment, arm."""


@dataclass(frozen=True)
class Seen:
    """One arm against its control on one outcome, as seen at one look.

    Parameters
    ----------
    outcome, segment, arm, control, role, unit
        As in the table of an evaluation.
    fraction
        Part of the planned information that is in (by numbers of contacts).
    n, n_control
        Contacts that were followed for the whole horizon.
    estimate, se, df, p_value
        By the estimator of `simkit.trial.evaluate`.
    lower_is_better, margin
        Direction of the outcome; tolerated harm of a guardrail, and of the primary outcome the
        difference too small to matter.
    vetoed
        Whether `simkit.trial.evaluate` vetoes the arm by this guardrail on what was in. It is read
        at the end only, when one may: it is not corrected for looks.
    reason
        Why nothing can be told; empty where it can.
    mark
        Of the contacts of both arms, and of what had come of them (`simkit.trial.read.marks`);
        empty where it was not taken.
    """

    outcome: str
    segment: str
    arm: str
    control: str
    role: str
    fraction: float
    lower_is_better: bool
    unit: str = ""
    n: int = 0
    n_control: int = 0
    estimate: float = float("nan")
    se: float = float("nan")
    df: float = float("nan")
    p_value: float = float("nan")
    margin: float = float("nan")
    vetoed: bool = False
    reason: str = ""
    mark: str = ""

    @property
    def key(self) -> Key:
        """What is compared: outcome, segment, arm."""
        return (self.outcome, self.segment, self.arm)

    @property
    def told(self) -> bool:
        """Whether there is an estimate with an error."""
        return not self.reason and self.fraction > 0 and bool(np.isfinite(self.p_value))

    @property
    def z(self) -> float:
        """The normal deviate with the estimate's p-value, in its direction."""
        if not self.told:
            return float("nan")
        size = float(stats.norm.isf(max(self.p_value, MINIMUM_P) / 2))
        return float(np.copysign(size, self.estimate))

    def shifted(self, z: float) -> float:
        """Give the effect that lies z normal deviates below the estimate, by its own t law.

        A bound lies beyond 0 exactly where the test says so, whose p-value, of an exact test or a
        permutation, need not be that of the estimate and its error. Where the test sees more, the
        error is the one that goes with its p-value. Where it sees less, that one is of use up to 0
        only, since of few events it has no end (p may be 1): bounds reach 0 where the test does not
        reject, and lie by the estimate's own error beyond it and on the other side.
        """
        if np.isinf(z):
            return float(np.copysign(np.inf, -z))
        size, own = self._deviate(abs(z)), self._deviate(abs(self.z))
        away = -float(np.copysign(size, z))
        bound = self.estimate + away * self.se
        if not self.estimate or self.p_value <= MINIMUM_P:
            return bound
        if own * self.se > abs(self.estimate):
            return self.estimate + away * abs(self.estimate) / own
        if self.estimate * z < 0 or not size:
            return bound
        if size <= own:
            return self.estimate * (1 - size / own)
        return min(bound, 0.0) if self.estimate > 0 else max(bound, 0.0)

    def _deviate(self, z: float) -> float:
        if np.isinf(self.df):
            return z
        return float(stats.t.isf(max(stats.norm.sf(z), MINIMUM_P), self.df))


@dataclass(frozen=True)
class Look:
    """One look at the trial.

    Parameters
    ----------
    as_of
        The day, in the log's time zone.
    fraction
        Part of the planned contacts that have been followed for the whole horizon. What came in a
        segment beyond its planned number fills no gap in another.
    final
        Whether the trial ends with it; which error that spends, `spends_all` tells.
    seen
        What was compared.
    complete
        Whether all planned contacts were in.
    """

    as_of: str
    fraction: float
    final: bool
    seen: tuple[Seen, ...]
    complete: bool = False

    @property
    def moment(self) -> pd.Timestamp:
        """The same as a time: however it is written, two looks at one moment are one look."""
        return pd.Timestamp(self.as_of)

    @property
    def cut_short(self) -> bool:
        """Whether the trial is said to end here though planned contacts are missing."""
        return self.final and not self.complete

    def find(self, key: Key) -> Seen | None:
        """Return what was seen of a comparison."""
        return next((row for row in self.seen if row.key == key), None)

    def told(self, key: Key) -> bool:
        """Tell whether a comparison could be told at this look."""
        seen = self.find(key)
        return seen is not None and seen.told

    def whole(self, key: Key, planned: float) -> bool:
        """Tell whether all that was planned for a comparison was in, told or not.

        Parameters
        ----------
        key
            What is compared.
        planned
            Contacts planned in its segment.
        """
        seen = self.find(key)
        return seen is not None and (
            max(seen.fraction, self.followed(seen.segment) / planned) >= COMPLETE
        )

    def followed(self, segment: str) -> int:
        """Count the contacts of a segment that were followed for the whole horizon."""
        sizes: dict[str, int] = {}
        for row in self.seen:
            if row.segment == segment:
                sizes |= {row.arm: row.n, row.control: row.n_control}
        return sum(sizes.values())


def spends_all(looks: Sequence[Look]) -> list[bool]:
    """Tell of each look whether it spends all the error that is left.

    The end does. But who says that a trial ends before its planned contacts are in, after results
    were seen, may end it because of them; then the end spends what its information allows and no
    more, as any look does, so that it does not matter why the trial ended.

    Parameters
    ----------
    looks
        In the order made.
    """
    found, seen = [], False
    for look in looks:
        found.append(look.final and not (look.cut_short and seen))
        seen = seen or look.fraction > 0
    return found


def read_ledger(path: Path, design: TrialDesign) -> list[Look]:
    """Read the looks that were made before; none if the file does not exist yet.

    Raises
    ------
    InputError
        If the file is not a ledger, or one of another design.
    """
    return _read(path, design, "looks")


def read_watched(path: Path, design: TrialDesign) -> list[Look]:
    """Read the days on which guardrails alone were seen; none if the file does not exist yet.

    Raises
    ------
    InputError
        If the file is not a ledger, or one of another design.
    """
    return _read(path, design, "watched")


def _read(path: Path, design: TrialDesign, key: str) -> list[Look]:
    if not path.exists():
        return []
    content, where = read_toml(path), str(path)
    if content.get("design") != design.identity():
        rule = (
            f"must be {design.identity()!r}, the identity of the design: these are the looks at "
            "another trial, or at this one before its design was changed"
        )
        raise InputError([Problem(where, "design", content.get("design"), rule)])
    as_written = content.get(IDENTITY) == _identity(content)
    problems: list[Problem] = []
    looks: list[Look] = []
    rows = content.get(key, [])
    if not isinstance(rows, list):
        raise InputError([Problem(where, key, rows, f"must be tables, each headed [[{key}]]")])
    for number, row in enumerate(rows, start=1):
        place = f"{key}[{number}]"
        if not isinstance(row, dict):
            problems.append(Problem(where, place, row, f"must be a table, headed [[{key}]]"))
            continue
        seen = row.pop("seen", [])
        problems += wrong_look(Look, {**row, "seen": ()}, where, place)
        if not isinstance(seen, list) or not all(isinstance(each, dict) for each in seen):
            rule = f"must be tables, each headed [[{key}.seen]]"
            problems.append(Problem(where, f"{place}.seen", seen, rule))
            continue
        for line, each in enumerate(seen, start=1):
            at = f"{place}.seen[{line}]"
            problems += wrong_row(Seen, each, where, at)
        if not problems:
            looks.append(Look(**row, seen=tuple(Seen(**each) for each in seen)))
    again = pd.Series([look.moment for look in looks], dtype=object).duplicated(keep=False)
    problems += [
        Problem(where, f"{key}[{at + 1}].as_of", looks[at].as_of, TWICE)
        for at in np.flatnonzero(again)
    ]
    if not problems and not as_written:
        problems = [Problem(where, IDENTITY, content.get(IDENTITY), CHANGED)]
    if problems:
        raise InputError(problems)
    return looks


def write_ledger(
    path: Path,
    design: TrialDesign,
    looks: Sequence[Look],
    *,
    watched: Sequence[Look] | None = None,
) -> None:
    """Write all looks; the file appears whole or stays as it was.

    Parameters
    ----------
    path, design, looks
        The file; the trial's design; all looks.
    watched
        Days on which guardrails alone were seen; None: those that the file holds.
    """
    days = read_watched(path, design) if watched is None else watched
    content: dict[str, Any] = {
        "trial": design.name,
        "design": design.identity(),
        "looks": [_plain(asdict(look)) for look in looks],
    }
    if days:
        content["watched"] = [_plain(asdict(day)) for day in days]
    content[IDENTITY] = _identity(tomllib.loads(tomli_w.dumps(content)))
    with whole_file(path) as fresh:
        fresh.write_text(f"{HEAD}\n{tomli_w.dumps(content)}", encoding="utf-8", newline="\n")


def _identity(content: Mapping[str, Any]) -> str:
    """Return a short text that changes with any look, as that of a design does."""
    told = {name: value for name, value in content.items() if name != IDENTITY}
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    # What is not known is left out: a file that people read holds no nan.
    return {**row, "seen": [_known(each) for each in row["seen"]]}


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if not (isinstance(value, float) and np.isnan(value))
    }
