"""Those who have entered a trial by a day, as its checks read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog.cut import cut, moment_of, only
from simkit.errors import InputError, Problem
from simkit.measures.reduction import reduce_attempts, windows
from simkit.scenario import DAY_S
from simkit.trial.checks.assigned import MANY
from simkit.trial.checks.so_far import running
from simkit.trial.read.data import (
    LEFT_OUT_COLUMNS,
    TrialData,
    arms_and_controls,
    as_names,
    natural_order,
)
from simkit.trial.read.unsaid import LOG
from simkit.trial.sequential.uncounted import as_planned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.trial.read.roster import Roster

GRACE_DAYS = 7.0
"""For holidays and queues: so much later than one interval after its entry a first call may be."""

CALLED = "SELECT place FROM dials WHERE counts GROUP BY place"


@dataclass(frozen=True, eq=False)
class Entered:
    """The contacts that have entered a trial by a moment, and the calls to them.

    Parameters
    ----------
    log
        The log as it stood then.
    to_come
        Ids of contacts that enter later.
    arm, segment, account
        Columns of contacts.
    """

    log: CallLog
    to_come: pd.Series
    arm: str
    segment: str
    account: str

    @cached_property
    def in_trial(self) -> NDArray[np.bool_]:
        """Which of the log's contacts have an arm."""
        return self.log.contacts[self.arm].notna().to_numpy(dtype=np.bool_)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Those who have one."""
        return self.log.contacts[self.in_trial].reset_index(drop=True)

    @cached_property
    def labels(self) -> pd.DataFrame:
        """Their ``segment``, ``arm`` and ``account``, in the same rows."""
        return pd.DataFrame(
            {
                "segment": as_names(self.contacts[self.segment]),
                "arm": as_names(self.contacts[self.arm]),
                "account": self.contacts[self.account],
            }
        )

    @property
    def arms(self) -> dict[str, list[str]]:
        """Segment → the arms that have contacts in it."""
        found = self.labels.groupby("segment")["arm"].unique()
        return {str(segment): list(arms) for segment, arms in found.items()}

    def without(self, segments: Collection[str]) -> Entered:
        """Return those of the other segments, as if these were still to come."""
        if not segments:
            return self
        gone = np.zeros(len(self.in_trial), dtype=np.bool_)
        gone[self.in_trial] = self.labels["segment"].isin(segments).to_numpy()
        later = self.log.contacts.loc[gone, "contact_id"]
        return replace(self, log=only(self.log, ~gone), to_come=pd.concat([self.to_come, later]))

    def running(self, horizon_days: float | None) -> list[str]:
        """Name the segments whose last contacts are still followed, so that more may come."""
        by_segment = self.contacts.groupby(self.labels["segment"])
        return [str(name) for name, here in by_segment if running(here, horizon_days)]

    def more_to_come(
        self, horizon_days: float | None, planned: Mapping[str, int], assigned: Roster | None
    ) -> bool:
        """Tell whether contacts may still enter: the trial runs, or a wave of it is to come.

        Parameters
        ----------
        horizon_days
            Days since entry at which arms will be compared.
        planned
            Segment → contacts registered. Until about as many have come, others may, though all
            who are there have been followed; but colleagues enter together, so that who is missing
            from an account that has entered is lost.
        assigned
            Who was assigned, where that is known.
        """
        if running(self.contacts, horizon_days):
            return True
        came = self.labels["segment"].value_counts()
        parts = [came.get(name, 0) / number for name, number in planned.items()]
        if not any(part < 1 and not as_planned(part) for part in parts):
            return False
        there = pd.concat([self.log.contacts["contact_id"], self.to_come])
        left_behind = 0 if assigned is None else assigned.without_colleagues(as_names(there))
        return left_behind <= MANY * len(self.contacts)


def entered(
    where: str, log: CallLog, as_of: object, *, arm: str, segment: str, account: str
) -> Entered:
    """Return who had entered by a day; without one, all of them.

    Parameters
    ----------
    where
        The function, for messages.
    log, as_of
        As `simkit.trial.check_trial` takes them.
    arm, segment, account
        Columns of contacts.

    Raises
    ------
    InputError
        If it is no day, or nobody had entered by then.
    """
    then = log if as_of is None else _as_it_stood(where, log, as_of)
    ids = log.contacts["contact_id"]
    to_come = ids[~ids.isin(then.contacts["contact_id"])]
    return Entered(then, to_come, arm, segment, account)


def _as_it_stood(where: str, log: CallLog, as_of: object) -> CallLog:
    try:
        moment = moment_of(as_of, log.header.timezone)
    except InputError as error:
        found = [Problem(where, "as_of", each.value, each.rule) for each in error.problems]
        raise InputError(found) from None
    then = cut(log, moment)
    if then.contacts.empty:
        first = log.contacts["entered_at"].min()
        rule = f"must be after the first contact entered, {first}"
        raise InputError([Problem(where, "as_of", str(as_of), rule)])
    return then


def as_assigned(
    who: Entered,
    control: str | Mapping[str, str] | None,
    known: Sequence[str],
    horizon_days: float | None,
) -> TrialData:
    """Return the contacts as assigned, with no outcome: all of them, however long followed.

    Parameters
    ----------
    who
        Those who have entered.
    control
        The arm, or segment → the arm, that others are compared with; None: the first of each.
    known
        Columns known at assignment.
    horizon_days
        Days since entry at which arms will be compared.

    Raises
    ------
    InputError
        With everything that is wrong with arms and controls.
    """
    labels = who.labels[["segment", "arm"]]
    if control is None:
        control = {name: natural_order(arms)[0] for name, arms in who.arms.items()}
    arms, controls, problems = arms_and_controls(LOG, who.arm, labels.assign(n=1), control)
    if problems:
        raise InputError(problems)
    log = who.log
    called = reduce_attempts(log, windows(log, None), CALLED, columns=(), times=())["place"]
    dialled = np.zeros(len(who.in_trial), dtype=np.bool_)
    dialled[np.asarray(called, dtype=np.int64)] = True
    rows = labels.assign(
        cluster=pd.factorize(who.contacts[who.account])[0],
        followed=True,
        dialled=dialled[who.in_trial],
    )
    clustered = bool(rows["cluster"].duplicated().any())
    return TrialData(
        where=LOG,
        arms=arms,
        control=controls,
        contacts=rows,
        values=pd.DataFrame(index=rows.index),
        outcomes=(),
        clustered=clustered,
        unit=who.account if clustered else "contact",
        left_out=pd.DataFrame(columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon_days,
        covariates=who.contacts[list(known)] if known else None,
    )


def with_time(data: TrialData, contacts: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """Mark who was followed long enough for a first call in every arm of the segment.

    A first call is due within one interval of the entry. While a trial runs, an arm with a longer
    interval has therefore called fewer of its newest contacts, as it should.

    Parameters
    ----------
    data, contacts
        The trial as assigned, and its contacts in the same rows.
    exposure
        Segment, arm, and the intervals intended and delivered.
    """
    assert data.contacts is not None
    days = exposure[["intended_days", "delivered_days"]].max(axis=1)
    longest = days.groupby(exposure["segment"]).max()
    followed = contacts["observed_until"] - contacts["entered_at"]
    needed = data.contacts["segment"].map(longest).astype(float).fillna(0.0) + GRACE_DAYS
    return data.contacts.assign(had_time=(followed.dt.total_seconds() / DAY_S >= needed).to_numpy())


def followed_whole(contacts: pd.DataFrame, horizon_days: float | None) -> bool:
    """Tell whether anybody was followed for a whole horizon."""
    longest = (contacts["observed_until"] - contacts["entered_at"]).max().total_seconds()
    return horizon_days is not None and bool(longest >= horizon_days * DAY_S)
