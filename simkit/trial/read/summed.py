"""A trial of which only sums are held: by account, or by cell where each contact is alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from simkit.errors import InputError, Problem
from simkit.measures.agents import AgentsCalled
from simkit.trial.effects.accounts import AccountSizes, AccountTotals
from simkit.trial.effects.means import (
    MIN_UNITS,
    ArmMeans,
    means_of_accounts,
    means_of_moments,
)
from simkit.trial.read.data import AssignedRows, CalledRows, TrialData
from simkit.trial.read.drawn import DrawnCalls
from simkit.trial.read.logs import PER_AGENT_HOUR, PER_DIAL, S_PER_HOUR
from simkit.trial.read.names import DIALLED, IN_MEMORY
from simkit.trial.read.sums import Accounts, Moments
from simkit.trial.read.unsaid import LOG

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOMENTS = f"of contacts that are each alone, a log on disk gives sums only; {IN_MEMORY}"
ALONE_ON_DISK = f"must hold several contacts: where each is alone, {IN_MEMORY}"
SALES, DIALS, SECONDS = "net_sale_expected", "attempts", "agent_s"


@dataclass(frozen=True, eq=False)
class SummedTrial(TrialData):
    """The contacts of a trial whose outcomes were added up while its log was read.

    ``contacts`` has its rows, in few bytes each, for the checks, and tells ``shorter`` (observed
    for over a day less than others who entered on or about its day); ``values`` has none.

    Parameters
    ----------
    names
        Outcomes that were summed.
    cells
        Segment and arm of each cell, segment by segment.
    sums
        Sums by account and cell, or moments by cell where each contact is alone.
    happened
        Of the contacts lost to the horizon, one row each: whether each outcome of yes or no had
        happened while they were observed.
    binary
        Whether an outcome is 0 or 1 for each contact, cells × outcomes.
    entries_us, ends_us
        The first and the last moment at which an assigned contact entered, and until which one was
        observed, civil microseconds.
    called_by
        The agents who called those compared.
    drawn
        Contacts drawn at random, with their dials.
    """

    names: tuple[str, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()
    sums: Accounts | Moments = field(default_factory=lambda: Moments(0, 0))
    happened: pd.DataFrame = field(default_factory=pd.DataFrame)
    binary: NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), dtype=np.bool_))
    entries_us: tuple[int, int] = (0, 0)
    ends_us: tuple[int, int] = (0, 0)
    called_by: AgentsCalled = field(default_factory=AgentsCalled)
    drawn: DrawnCalls = field(default_factory=lambda: DrawnCalls(0))
    _sizes: dict[tuple[int, bytes], AccountSizes] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def no_units(self) -> str:
        """Why no unit's outcome is held, as `TrialData.no_units` tells it."""
        return MOMENTS if isinstance(self.sums, Moments) else ""

    def means(
        self, outcome: str, segment: str, errors: str = "auto"
    ) -> tuple[ArmMeans | None, dict[str, int]]:
        """Average an outcome by arm, as `TrialData.means` does."""
        arms = self.arms[segment]
        first = self.cells.index((segment, arms[0]))
        here = slice(first, first + len(arms))
        weights, shift, counted = self._weights(outcome, here)
        binary = self.yes_or_no(outcome)
        if isinstance(self.sums, Moments):
            n = np.where(counted, self.sums.n[here], 0)
            units = n
        else:
            rows = self.sums.of_cells(here.start, here.stop)
            arm = self.sums.cell[rows] - first
            units = np.where(counted, np.bincount(arm, minlength=len(arms)), 0)
        by_arm = dict(zip(arms, units.tolist(), strict=True))
        enough = units >= MIN_UNITS
        if enough.sum() < MIN_UNITS:
            return None, by_arm
        kept = [name for name, fine in zip(arms, enough, strict=True) if fine]
        at = np.flatnonzero(enough)
        if isinstance(self.sums, Moments):
            mean = shift + (weights * self.sums.mean[here]).sum(axis=1)
            variance = [self.sums.variance(first + int(place), weights[place]) for place in at]
            third = None
            if outcome not in self.ratios:  # which carry no claim
                third = self.sums.third(here, self.names.index(outcome))[at]
            found = means_of_moments(
                kept,
                n[at],
                mean[at],
                np.array(variance),
                binary=binary,
                third=third,
            )
            return found, by_arm
        if outcome in self.ratios:
            total = shift[arm] * self.sums.n[rows]
            for place in np.flatnonzero(weights.any(axis=0)):
                total += weights[arm, place] * self.sums.totals[place, rows]
        else:
            total = self.sums.totals[self.names.index(outcome), rows]
        kept_total = total if enough.all() else total[enough[arm]]
        sums = AccountTotals(self._account_sizes(rows, arm, enough), kept_total)
        return means_of_accounts(kept, sums, binary=binary, errors=errors), by_arm

    def accounts_of(self, outcome: str, segment: str, arms: Sequence[str]) -> int:
        """Count the accounts of some arms' contacts, as `TrialData.accounts_of` does."""
        if not isinstance(self.sums, Accounts):
            return 0
        places = [self.cells.index((segment, arm)) for arm in arms]
        rows = [self.sums.of_cells(place, place + 1) for place in places]
        if self.sums.whole:
            return sum(each.stop - each.start for each in rows)
        return len(np.unique(np.concatenate([self.sums.account[each] for each in rows])))

    def _account_sizes(
        self, rows: slice, arm: NDArray[np.int64], enough: NDArray[np.bool_]
    ) -> AccountSizes:
        """Give the accounts of a segment's arms that have enough of them: once, for all outcomes.

        Parameters
        ----------
        rows
            The segment's, among the sums.
        arm
            Position of each row's arm.
        enough
            Which arms are kept.
        """
        assert isinstance(self.sums, Accounts)
        key = rows.start, enough.tobytes()
        if key not in self._sizes:
            take = enough[arm]
            own = (np.cumsum(enough) - 1)[arm[take]]
            account = np.arange(len(own))
            if not self.sums.whole:
                account = np.unique(self.sums.account[rows][take], return_inverse=True)[1]
            n = self.sums.n[rows][take]
            self._sizes[key] = AccountSizes(own, account, n, int(enough.sum()))
        return self._sizes[key]

    def assigned(self, segment: str) -> AssignedRows:
        """Give what was assigned in a segment, as `TrialData.assigned` does."""
        assert self.contacts is not None
        if not isinstance(self.sums, Accounts) or not self.contacts["followed"].all():
            return super().assigned(segment)  # sums hold only those who were followed
        first = self.cells.index((segment, self.arms[segment][0]))
        rows = self.sums.of_cells(first, first + len(self.arms[segment]))
        return AssignedRows(
            account=self.sums.account[rows],
            arm=self.sums.cell[rows] - first,
            n=self.sums.n[rows],
        )

    def called(self, segment: str) -> CalledRows:
        """Give who was called of those followed to the horizon, as `TrialData.called` does.

        Where each contact is alone, a row holds all of an arm, whatever its account is called.
        """
        assert self.contacts is not None
        here = (self.contacts["segment"] == segment) & ~self.contacts["followed"]
        arms, dialled = len(self.arms[segment]), self.names.index(DIALLED)
        first = self.cells.index((segment, self.arms[segment][0]))
        if isinstance(self.sums, Accounts):
            rows = self.sums.of_cells(first, first + arms)
            account, arm = self.sums.account[rows], self.sums.cell[rows] - first
            n, called = self.sums.n[rows], self.sums.totals[dialled, rows]
        else:
            account = arm = np.arange(arms)
            n = self.sums.sizes[first : first + arms]
            called = self.sums.amounts[first : first + arms, dialled]
        return CalledRows(
            account, arm, n.astype(np.int64), np.rint(called).astype(np.int64), int(here.sum())
        )

    def account_events(
        self, outcome: str
    ) -> tuple[
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.float64],
        tuple[tuple[str, str], ...],
    ]:
        """Add an outcome up by account and arm, as `TrialData.account_events` does."""
        place = self.names.index(outcome)
        if isinstance(self.sums, Accounts):
            rows = self.sums
            return rows.account, rows.cell, rows.n, rows.totals[place], self.cells
        raise InputError([Problem(LOG, "cluster", self.unit, ALONE_ON_DISK)])

    def with_lost(
        self, outcome: str, segment: str, values: Mapping[str, float]
    ) -> tuple[SummedTrial, int]:
        """Count the contacts of some arms that were lost to the horizon, with an outcome for all.

        Parameters
        ----------
        outcome, segment
            What and where.
        values
            Arm → the outcome of each of its lost contacts to whom an outcome of yes or no had not
            happened before. Of their other outcomes nothing is told.

        Returns
        -------
        trial, added
            With their sums, for this outcome alone; and how many were added.
        """
        assert self.contacts is not None
        every = self.contacts[self.contacts["lost"]]
        here = ((every["segment"] == segment) & every["arm"].isin(list(values))).to_numpy()
        lost = every[here]
        arms = lost["arm"].astype(object)
        places = {arm: self.cells.index((segment, arm)) for arm in values}
        cell = np.asarray(arms.map(places), dtype=np.int64)
        account = np.asarray(lost["cluster"], dtype=np.int64)
        added = np.zeros((len(lost), len(self.names)))
        place = self.names.index(outcome)
        added[:, place] = arms.map(dict(values)).to_numpy(float)
        if outcome in self.happened:
            added[self.happened.loc[here, outcome], place] = 1.0
        sums = self.sums.joined(account, cell, added)
        return replace(self, sums=sums), len(lost)

    def extremes(self, outcome: str, segment: str, part: float) -> tuple[float, float]:
        """Return about the means of the lowest and of the highest part of the contacts.

        Of accounts those of their means, each with the weight of its contacts. Of contacts that are
        each alone only moments are held, and a normal distribution's means of its tails are taken.

        Parameters
        ----------
        outcome, segment
            What and where.
        part
            Part of the contacts in each tail.
        """
        place, arms = self.names.index(outcome), self.arms[segment]
        first = self.cells.index((segment, arms[0]))
        if isinstance(self.sums, Accounts):
            rows = self.sums.of_cells(first, first + len(arms))
            n = self.sums.n[rows].astype(np.float64)
            mean = self.sums.totals[place, rows] / n
            order = np.argsort(mean)
            ends = []
            for way in (order, order[::-1]):
                before = np.cumsum(n[way]) - n[way]
                weight = np.clip(part * n.sum() - before, 0.0, n[way])
                ends.append(float(np.average(mean[way], weights=weight)))
            return ends[0], ends[1]
        here = slice(first, first + len(arms))
        n = self.sums.n[here].astype(np.float64)
        mean, moved = self.sums.mean[here, place], self.sums.moved[here, place, place]
        centre = float(np.average(mean, weights=n))
        spread = math.sqrt(float((moved + n * (mean - centre) ** 2).sum() / n.sum()))
        away = float(stats.norm.pdf(stats.norm.ppf(part))) / part * spread
        return centre - away, centre + away

    def yes_or_no(self, outcome: str) -> bool:
        """Tell whether an outcome is 0 or 1 for each contact that was followed."""
        if outcome in self.ratios:
            # A ratio is 0 for every contact where nobody bought; else its values are no yes and no.
            return not self.sums.amounts[:, self.names.index(SALES)].any()
        return bool(self.binary[:, self.names.index(outcome)].all())

    def _weights(
        self, outcome: str, here: slice
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Write an outcome as a weighted sum of those summed and a constant, arm by arm.

        Sales per dial and per agent-hour are linearised as in `simkit.trial.read.logs`:
        R + (y − R·x) ÷ x̄ with R = Σy ÷ Σx. Where there is nothing to divide by, no contact counts.
        """
        size = here.stop - here.start
        weights, shift = np.zeros((size, len(self.names))), np.zeros(size)
        counted = np.ones(size, dtype=np.bool_)
        if outcome not in self.ratios:
            weights[:, self.names.index(outcome)] = 1.0
            return weights, shift, counted
        amount, unit = {PER_DIAL: (DIALS, 1.0), PER_AGENT_HOUR: (SECONDS, S_PER_HOUR)}[outcome]
        y, x = self.names.index(SALES), self.names.index(amount)
        sales, used = self.sums.amounts[here, y], self.sums.amounts[here, x] / unit
        counted = used > 0
        ratio = np.divide(sales, used, out=np.zeros(size), where=counted)
        per_contact = np.where(counted, used, 1.0) / np.maximum(self.sums.sizes[here], 1)
        weights[:, y] = np.where(counted, 1 / per_contact, 0.0)
        weights[:, x] = np.where(counted, -ratio / per_contact / unit, 0.0)
        return weights, ratio, counted
