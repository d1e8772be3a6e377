"""One door for all kinds of data: a log, a table of contacts, totals by arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.trial.read.data import TrialData
from simkit.trial.read.logs import from_log
from simkit.trial.read.tables import from_counts, from_table, is_counts

if TYPE_CHECKING:
    from simkit.scenario import Economics

WHERE = "evaluate"


def read_trial(
    data: object,
    *,
    control: str | Mapping[str, str],
    arm: str = "arm",
    outcomes: Sequence[str] | None = None,
    cluster: str | None = None,
    segment: str | None = None,
    horizon_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
    covariates: Sequence[str] | None = None,
    n: str | None = None,
) -> TrialData:
    """Read the contacts of a trial as assigned, whatever they come in.

    Parameters
    ----------
    data, control, arm, outcomes, cluster, segment, horizon_days, economics, covariates, n
        As given to `simkit.trial.evaluate`.

    Returns
    -------
    TrialData
        What every estimator of a trial reads.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = []
    if isinstance(outcomes, str) or (outcomes is not None and not len(outcomes)):
        problems.append(Problem(WHERE, "outcomes", outcomes, "must be a list of columns"))
    if horizon_days is not None and not horizon_days > 0:
        problems.append(Problem(WHERE, "horizon_days", horizon_days, "must be above 0"))
    if isinstance(data, CallLog):
        if n is not None:
            problems.append(Problem(WHERE, "n", n, "must be None for a call log"))
    elif not isinstance(data, pd.DataFrame):
        rule = "must be a call log or a pandas table"
        problems.append(Problem(WHERE, "data", type(data).__name__, rule))
    else:
        if outcomes is None:
            rule = "must name the columns to compare"
            problems.append(Problem(WHERE, "outcomes", None, rule))
        if economics is not None:
            rule = "must be None for a table: its money is a column, its margins are named"
            problems.append(Problem(WHERE, "economics", sorted(economics), rule))
    if problems:
        raise InputError(problems)
    if isinstance(data, CallLog):
        return from_log(
            data,
            arm=arm,
            outcomes=outcomes,
            control=control,
            cluster=cluster,
            segment=segment,
            horizon_days=horizon_days,
            economics=economics,
            covariates=covariates,
        )
    assert isinstance(data, pd.DataFrame)
    named = list(outcomes or ())
    if is_counts(data, arm, named, segment, n):
        if covariates:
            rule = "must be None: totals by arm hold no covariates"
            raise InputError([Problem(WHERE, "covariates", list(covariates), rule)])
        return from_counts(
            data,
            arm=arm,
            outcomes=named,
            control=control,
            cluster=cluster,
            segment=segment,
            n=n,
            horizon_days=horizon_days,
        )
    return from_table(
        data,
        arm=arm,
        outcomes=named,
        control=control,
        cluster=cluster,
        segment=segment,
        horizon_days=horizon_days,
        covariates=list(covariates or ()),
    )
