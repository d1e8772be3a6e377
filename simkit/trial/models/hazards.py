"""Cause-specific hazards: how fast those who are still there buy, or opt out, arm against arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.result import Result
from simkit.trial.design import GivenDesign
from simkit.trial.effects.covariates import regressors
from simkit.trial.effects.difference import TDifference
from simkit.trial.effects.laws import satterthwaite
from simkit.trial.effects.ratio import RATIO_COLUMNS
from simkit.trial.models.cells import KeptArms, kept_arms
from simkit.trial.models.contrasts import WHERE, contrasts_table, shown_html
from simkit.trial.models.cox import LARGEST_LOG_RATIO, fit_cox
from simkit.trial.models.ends import SALE, FirstEnds, first_ends
from simkit.trial.models.incidence import check_events
from simkit.trial.models.ratios import log_ratio_columns, ratio_sentence
from simkit.trial.read.data import positions
from simkit.trial.sentences import label
from simkit.trial.settings import alpha_problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAVEAT = (
    "a hazard ratio compares only those who have not ended yet, and arms select them differently: "
    "an arm may sell faster to those who are left and still to fewer in all; the cumulative "
    "incidence tells the shares"
)


@dataclass(frozen=True, eq=False, repr=False)
class HazardRatios(Result):
    """How many times as fast an end comes in an arm, among those who have not ended yet.

    Parameters
    ----------
    table
        One row per segment and arm: the columns that all models share (``estimate``, ``se``,
        ``ci_low``, ``ci_high`` of the logarithm of the ratio), then ``ratio``, ``ratio_low``,
        ``ratio_high``, ``events_arm``, ``events_control``.
    event
        The end.
    alpha
        One minus the level of the intervals.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    event: str
    alpha: float
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say each row, and what a hazard ratio does not tell."""
        what = f"{label(self.event)}, as a rate among those still there"
        rows = self.table.itertuples(index=False)
        told = " ".join(ratio_sentence(row, what, self.alpha) for row in rows)
        return f"{told} {CAVEAT[0].upper()}{CAVEAT[1:]}."

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", *RATIO_COLUMNS, "p_adjusted"),
            *("events_arm", "events_control", "n", "n_control", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def hazard_ratios(
    data: CallLog | pd.DataFrame,
    event: str = SALE,
    *,
    design: GivenDesign | None = None,
    control: str | Mapping[str, str] | None = None,
    horizon_days: float | None = None,
    covariates: Sequence[str] = (),
    arm: str = "arm",
    cluster: str | None = None,
    segment: str | None = None,
    alpha: float = 0.05,
) -> HazardRatios:
    """Fit Cox's regression to one kind of end, the other kinds taken for censored.

    That is the right way to a cause-specific hazard, and the wrong one to a share: see
    `cumulative_incidence` for shares. The ratio is taken to be the same at all times; with arms
    that call at different intervals it is an average over the time that was watched.

    **Errors.** Where accounts hold several contacts: each account left out in turn where there are
    at most 50, else the sandwich of score residuals by account, and Student's t with the degrees
    of freedom that the arms' numbers of events and accounts give. Else Cox's own.

    Parameters
    ----------
    data, design, control, arm, cluster, segment, alpha
        As in `cumulative_incidence`.
    event
        The kind of end.
    horizon_days
        Days since assignment after which all are censored; None for all that was observed. An end
        at this very time counts as in `cumulative_incidence`.
    covariates
        Columns known at assignment to adjust for.

    Returns
    -------
    HazardRatios
        A row per segment and arm.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = alpha_problems(WHERE, alpha)
    if horizon_days is not None and not 0 < horizon_days < np.inf:
        problems.append(Problem(WHERE, "horizon_days", horizon_days, "must be above 0"))
    if problems:
        raise InputError(problems)
    ends = first_ends(
        data,
        design=design,
        control=control,
        arm=arm,
        cluster=cluster,
        segment=segment,
        covariates=covariates,
    )
    check_events(ends, (event,))
    horizon = np.inf if horizon_days is None else horizon_days
    rows: list[dict[str, Any]] = []
    for name in ends.arms:
        rows += _segment(ends, name, event, horizon, alpha)
    table = contrasts_table(rows, alpha, (*RATIO_COLUMNS, "events_arm", "events_control"))
    return HazardRatios(table, event, alpha, (*ends.warnings, CAVEAT))


@dataclass(frozen=True, eq=False)
class _Watched:
    """One segment's contacts up to the horizon, arm by place in the segment's list."""

    names: tuple[str, ...]
    control: str
    arm: NDArray[np.int64]
    cluster: NDArray[np.int64] | None
    days: NDArray[np.float64]
    happened: NDArray[np.bool_]
    columns: NDArray[np.float64]
    kept: KeptArms

    @property
    def events(self) -> dict[str, int]:
        """Events by arm."""
        found = np.bincount(self.arm, weights=self.happened, minlength=len(self.names))
        return dict(zip(self.names, found.astype(int).tolist(), strict=True))

    @property
    def units(self) -> dict[str, int]:
        """Units by arm that can be compared."""
        return dict(zip(self.kept.arms, self.kept.units.tolist(), strict=True))


def _watched(ends: FirstEnds, name: str, event: str, horizon: float) -> _Watched:
    here = np.flatnonzero(ends.contacts["segment"] == name)
    contacts = ends.contacts.iloc[here]
    arm = positions(contacts["arm"], ends.arms[name])
    cluster = contacts["cluster"].to_numpy() if ends.clustered else None
    days = contacts["time_days"].to_numpy(dtype=np.float64)
    happened = contacts["kind"].to_numpy() == ends.kinds.index(event) + 1
    happened &= days <= ends.last_time(horizon)
    return _Watched(
        names=ends.arms[name],
        control=ends.control[name],
        arm=arm,
        cluster=cluster,
        days=np.minimum(days, horizon),
        happened=happened,
        columns=regressors(ends.covariates.iloc[here]),
        kept=kept_arms(ends.arms[name], arm, cluster),
    )


def _segment(
    ends: FirstEnds, name: str, event: str, horizon: float, alpha: float
) -> list[dict[str, Any]]:
    seen = _watched(ends, name, event, horizon)
    events, units, control = seen.events, seen.units, seen.control
    found = _fitted(seen)
    rows = []
    for arm in seen.names:
        if arm == control:
            continue
        pair = (arm, control)
        row: dict[str, Any] = {
            "outcome": event,
            "segment": name,
            "arm": arm,
            "control": control,
            "unit": "log of the ratio of hazards",
            "n": int((seen.arm == seen.names.index(arm)).sum()),
            "n_control": int((seen.arm == seen.names.index(control)).sum()),
            "clusters": sum(units.get(one, 0) for one in pair) if ends.clustered else 0,
            "events_arm": events[arm],
            "events_control": events[control],
        }
        reasons = [
            seen.kept.too_few.get(one, f"nobody of {one} had the event")
            for one in pair
            if one not in units or not events[one]
        ]
        known = {"reason": "; ".join(reasons)} if reasons else log_ratio_columns(found[arm], alpha)
        rows.append(row | known)
    return rows


def _fitted(seen: _Watched) -> dict[str, TDifference]:
    """Fit the arms that have events: without one, a ratio is 0 or infinity, and is only told."""
    events, units, control = seen.events, seen.units, seen.control
    able = [one for one in seen.names if one in units and events[one]]
    others = [one for one in able if one != control]
    if control not in able or not others:
        return {}
    take = np.isin(seen.arm, [seen.names.index(one) for one in able])
    dummies = seen.arm[take, None] == np.array([seen.names.index(one) for one in others])
    account = None
    if seen.cluster is not None:
        account = np.unique(seen.cluster[take], return_inverse=True)[1].astype(np.int64)
    fit = fit_cox(
        seen.days[take],
        seen.happened[take].astype(np.float64),
        np.hstack([dummies.astype(np.float64), seen.columns[take]]),
        account,
    )
    found = {}
    for at, arm in enumerate(others):
        df = np.inf
        if account is not None:
            own = np.array([1 / events[arm], 1 / events[control]])
            df = satterthwaite(own, np.array([units[arm], units[control]]) - 1.0)
        runs = abs(fit.log_ratio[at]) > LARGEST_LOG_RATIO
        doubt = "the fit did not settle: the arms' events hardly overlap in time" if runs else ""
        se = float(np.sqrt(fit.cov[at, at]))
        found[arm] = TDifference(float(fit.log_ratio[at]), se, df, fit.method, doubt)
    return found
