"""The contacts of one segment as every model reads them: outcome, arm and account as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem
from simkit.trial.effects.clusters import units_in_arms
from simkit.trial.effects.covariates import regressors, why_unfit
from simkit.trial.effects.means import MIN_UNITS
from simkit.trial.models.contrasts import WHERE
from simkit.trial.read.data import TrialData, positions
from simkit.trial.read.names import IN_MEMORY
from simkit.trial.read.summed import SummedTrial
from simkit.trial.settings import alpha_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Few enough that as many fits take seconds, and so few that the sandwich claims too much
#: (assumed).
JACKKNIFE_MAX_ACCOUNTS = 50


@dataclass(frozen=True, eq=False)
class Cells:
    """One outcome of the followed contacts of one segment.

    Parameters
    ----------
    arms
        Names of the arms with at least two units.
    values, arm
        The outcome, and the place of the contact's arm in ``arms``; one entry a contact.
    account
        Code of the contact's account, 0, 1, …; the contact's own number where each was assigned
        alone.
    clustered
        Whether an account holds several contacts.
    units
        Accounts in each arm.
    rows
        Place of each contact in the trial's table.
    too_few
        Arm → why it cannot be compared.
    """

    arms: tuple[str, ...]
    values: FloatArray
    arm: IntArray
    account: IntArray
    clustered: bool
    units: IntArray
    rows: IntArray
    too_few: dict[str, str]

    @property
    def n(self) -> IntArray:
        """Contacts in each arm."""
        return np.bincount(self.arm, minlength=len(self.arms))

    @property
    def accounts(self) -> int:
        """Number of accounts (contacts where each was assigned alone)."""
        return int(self.account.max()) + 1 if len(self.account) else 0

    @property
    def dummies(self) -> FloatArray:
        """One column an arm: 1 where the contact belongs to it."""
        return np.asarray(self.arm[:, None] == np.arange(len(self.arms)), dtype=np.float64)

    def why_not(self, arm: str, control: str) -> str:
        """Say why two arms cannot be compared; empty where both hold enough units."""
        return "; ".join(self.too_few[one] for one in (arm, control) if one in self.too_few)

    def numbers(self, pair: tuple[int, int]) -> dict[str, int]:
        """Give the contacts of an arm and of its control, and the accounts of both together."""
        n, control = (int(self.n[at]) for at in pair)
        accounts = int(self.units[list(pair)].sum()) if self.clustered else 0
        return {"n": n, "n_control": control, "clusters": accounts}


def cells_of(trial: TrialData, outcome: str, segment: str) -> Cells:
    """Read one outcome of one segment.

    Parameters
    ----------
    trial
        A trial of contacts (not of totals).
    outcome, segment
        What and where.
    """
    assert trial.contacts is not None
    rows = np.flatnonzero(trial.followed(outcome, segment))
    arm = positions(trial.contacts["arm"].iloc[rows], trial.arms[segment])
    cluster = trial.contacts["cluster"].to_numpy()[rows] if trial.clustered else None
    values = trial.values[outcome].to_numpy(dtype=np.float64)[rows]
    kept = kept_arms(trial.arms[segment], arm, cluster)
    take = kept.place[arm] >= 0
    _, account = np.unique(rows[take] if cluster is None else cluster[take], return_inverse=True)
    return Cells(
        kept.arms,
        values[take],
        kept.place[arm[take]],
        account.astype(np.int64),
        trial.clustered,
        kept.units,
        rows[take],
        kept.too_few,
    )


@dataclass(frozen=True, eq=False)
class KeptArms:
    """The arms that hold enough units to be compared.

    Parameters
    ----------
    arms, units
        Their names, and the units in each.
    place
        For each arm of the segment its place among the kept ones, −1 for none.
    too_few
        Arm that is left out → why.
    """

    arms: tuple[str, ...]
    units: IntArray
    place: IntArray
    too_few: dict[str, str]


def kept_arms(names: Sequence[str], arm: IntArray, cluster: IntArray | None) -> KeptArms:
    """Keep the arms with at least two units: one alone shows no spread.

    Parameters
    ----------
    names
        The segment's arms.
    arm, cluster
        Place of each contact's arm among the names; code of its account, or None.
    """
    units = units_in_arms(arm, cluster, len(names))
    enough = units >= MIN_UNITS
    kind = "contacts" if cluster is None else "accounts"
    too_few = {
        name: f"{name} has {count} of the {MIN_UNITS} {kind} that are needed at least"
        for name, count in zip(names, units.tolist(), strict=True)
        if count < MIN_UNITS
    }
    place = np.where(enough, np.cumsum(enough) - 1, -1).astype(np.int64)
    arms = tuple(name for name, fine in zip(names, enough, strict=True) if fine)
    return KeptArms(arms, units[enough], place, too_few)


def covariates_of(trial: TrialData, names: Sequence[str], rows: IntArray) -> FloatArray:
    """Give a trial's covariates in some of its rows as columns of numbers."""
    if not names:
        return np.empty((len(rows), 0))
    assert trial.covariates is not None
    return regressors(trial.covariates[list(names)].iloc[rows])


def require_contacts(trial: object) -> None:
    """Refuse what does not hold the contacts one by one, before anything of it is looked at.

    Raises
    ------
    InputError
        For a log on disk, what was read of one, or what is no trial at all.
    """
    if isinstance(trial, SummedTrial | StoredLog):
        rule = f"must hold each contact's values, which nothing read from disk does: {IN_MEMORY}"
        raise InputError([Problem(WHERE, "trial", type(trial).__name__, rule)])
    if not isinstance(trial, TrialData):
        rule = "must be read by read_trial (simkit.trial.models.read_trial), from a log or a table"
        raise InputError([Problem(WHERE, "trial", type(trial).__name__, rule)])


def refuse_unreadable(
    trial: TrialData,
    outcome: str,
    alpha: float,
    *,
    covariates: Sequence[str] = (),
    problems: Sequence[Problem] = (),
) -> None:
    """Refuse what no model can read.

    Raises
    ------
    InputError
        With these problems and everything else that is wrong.
    """
    found = [*problems, *alpha_problems(WHERE, alpha)]
    if trial.contacts is None:
        rule = "must hold one row per contact: totals of each arm do not show the contacts' spread"
        found.append(Problem(WHERE, "trial", "totals", rule))
    if outcome not in trial.outcomes:
        rule = f"must be one of the outcomes read: {', '.join(trial.outcomes)}"
        found.append(Problem(WHERE, "outcome", outcome, rule))
    known = [] if trial.covariates is None else list(map(str, trial.covariates.columns))
    there = ", ".join(known) or "none"
    for name in covariates:
        if name not in known:
            rule = f"must be one of the covariates read: {there}"
            found.append(Problem(WHERE, "covariates", name, rule))
        elif trial.covariates is not None:
            rule = why_unfit(trial.covariates[name])
            if trial.covariates[name].isna().any():
                rule = "must be known for each contact: leaving some out would break the assignment"
            if rule:
                found.append(Problem(WHERE, "covariates", name, rule))
    if found:
        raise InputError(found)
