"""One door for all kinds of data: a log, a table of contacts, totals by arm."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem, Together
from simkit.trial.read.data import TrialData
from simkit.trial.read.logs import from_log
from simkit.trial.read.names import A_LOG_OR_TABLE, IN_MEMORY, NET_VALUE, WHERE
from simkit.trial.read.selection import SAY_BEFORE, after_assignment
from simkit.trial.read.stored import from_stored
from simkit.trial.read.tables import from_counts, from_table, is_counts
from simkit.trial.read.whom_left_out import Shown
from simkit.trial.read.worth import check_worth

ROWS_OF_A_KIND = 10

if TYPE_CHECKING:
    from simkit.scenario import Economics


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
    worth_eur: Mapping[str, float] | None = None,
    lower_is_better: Collection[str] = (),
    higher_is_better: Collection[str] = (),
    n: str | None = None,
    second_cluster: str | None = None,
    shown: Shown = "nothing",
    recorded: int = 0,
    strata: Sequence[str] = (),
    moments_us: Sequence[int] | None = None,
) -> TrialData:
    """Read the contacts of a trial as assigned, whatever they come in.

    Parameters
    ----------
    data, control, arm, outcomes, cluster, segment, horizon_days
        As given to `simkit.trial.evaluate`.
    economics, covariates, worth_eur, lower_is_better, higher_is_better, n, second_cluster
        As given to `simkit.trial.evaluate`.
    shown, recorded
        What shows of a log who was assigned, and how many the assignment's record holds, see
        `simkit.trial.read.whom_left_out.refused_log`.
    strata
        Registered columns, of strata or to be adjusted for: those that a table of contacts, or a
        log in memory, holds are read as covariates.
    moments_us
        Of a log: when looks were made, civil microseconds, for `TrialData.marks`; None: no marks.

    Returns
    -------
    TrialData
        What every estimator of a trial reads.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = _setting_problems(
        data,
        outcomes=outcomes,
        segment=segment,
        horizon_days=horizon_days,
        economics=economics,
        worth_eur=worth_eur,
        n=n,
        second_cluster=second_cluster,
    )
    if isinstance(data, pd.DataFrame):
        together = Together()
        together.problems += problems
        if any(problem.field == "segment" for problem in problems):
            # Split by it, the table would break rules that nobody has to mend.
            together.tell()
        with together:
            found = _read_table(
                data,
                arm=arm,
                outcomes=list(outcomes or ()),
                control=control,
                cluster=cluster,
                segment=segment,
                horizon_days=horizon_days,
                covariates=list(covariates or ()),
                worth_eur=worth_eur,
                lower_is_better=lower_is_better,
                higher_is_better=higher_is_better,
                n=n,
                second_cluster=second_cluster,
                strata=[name for name in strata if name in data],
            )
        together.tell()
        return found
    if problems:
        raise InputError(problems)
    assert isinstance(data, CallLog | StoredLog)  # as the problems above have made sure
    settings: dict[str, Any] = {
        "arm": arm,
        "outcomes": outcomes,
        "control": control,
        "cluster": cluster,
        "segment": segment,
        "horizon_days": horizon_days,
        "economics": economics,
        "covariates": covariates,
        "moments_us": moments_us,
        "shown": shown,
        "recorded": recorded,
    }
    if isinstance(data, CallLog):
        return from_log(data, second_cluster=second_cluster, strata=strata, **settings)
    return from_stored(data, **settings)


def data_problems(data: object) -> list[Problem]:
    """Return that data are neither a log nor a table, naming a file that was given instead."""
    if isinstance(data, CallLog | StoredLog | pd.DataFrame):
        return []
    given = str(data) if isinstance(data, str | Path) else type(data).__name__
    return [Problem(WHERE, "data", given, A_LOG_OR_TABLE)]


def _setting_problems(
    data: object,
    *,
    outcomes: Sequence[str] | None,
    segment: str | None,
    horizon_days: float | None,
    economics: Mapping[str, Economics] | None,
    worth_eur: Mapping[str, float] | None,
    n: str | None,
    second_cluster: str | None,
) -> list[Problem]:
    """Return what is wrong with settings for this kind of data, before any of it is read."""
    problems = data_problems(data)
    if segment is not None and (after_assignment(segment) or _is_outcome(segment, outcomes, data)):
        rule = (
            "must be known before the assignment: this is what the arm itself brings about, and "
            f"whoever it selects are other people in each arm; {SAY_BEFORE}"
        )
        problems.append(Problem(WHERE, "segment", segment, rule))
    if isinstance(outcomes, str) or (outcomes is not None and not len(outcomes)):
        problems.append(Problem(WHERE, "outcomes", outcomes, "must be a list of columns"))
    if horizon_days is not None and not horizon_days > 0:
        problems.append(Problem(WHERE, "horizon_days", horizon_days, "must be above 0"))
    if isinstance(data, CallLog | StoredLog):
        if n is not None:
            problems.append(Problem(WHERE, "n", n, "must be None for a call log"))
        if second_cluster is not None and isinstance(data, StoredLog):
            rule = (
                f"must be None for a log on disk, of which only sums are held: {IN_MEMORY}; or "
                'second_cluster="" (--second-cluster none), where a design registered it: the '
                "answer then says that it is not as registered"
            )
            problems.append(Problem(WHERE, "second_cluster", second_cluster, rule))
        if worth_eur is not None:
            rule = "must be None for a call log: its money comes from economics"
            problems.append(Problem(WHERE, "worth_eur", sorted(worth_eur), rule))
    elif isinstance(data, pd.DataFrame):
        if outcomes is None and worth_eur is None:
            rule = "must name the columns to compare"
            problems.append(Problem(WHERE, "outcomes", None, rule))
        if economics is not None:
            rule = "must be None for a table: its money is a column, its margins are named"
            problems.append(Problem(WHERE, "economics", sorted(economics), rule))
    return problems


def _is_outcome(segment: str, outcomes: Sequence[str] | None, data: object) -> bool:
    """Tell whether segments are an outcome, or say of each contact of a table what one says."""
    names = [] if outcomes is None or isinstance(outcomes, str) else list(outcomes)
    if segment in names:
        return True
    if not isinstance(data, pd.DataFrame) or segment not in data:
        return False
    split = pd.factorize(data[segment])[0]
    kinds = int(split.max(initial=-1)) + 1
    # Rows of contacts are many of a kind; those of totals are few, and alike by chance at times.
    return 1 < kinds < len(data) / ROWS_OF_A_KIND and any(
        np.array_equal(pd.factorize(data[name])[0], split) for name in names if name in data
    )


def _read_table(
    data: pd.DataFrame,
    *,
    arm: str,
    outcomes: Sequence[str],
    control: str | Mapping[str, str],
    cluster: str | None,
    segment: str | None,
    horizon_days: float | None,
    covariates: Sequence[str],
    worth_eur: Mapping[str, float] | None,
    lower_is_better: Collection[str],
    higher_is_better: Collection[str],
    n: str | None,
    second_cluster: str | None,
    strata: Sequence[str],
) -> TrialData:
    """Read a table of contacts, or of totals."""
    together = Together()
    if worth_eur is not None:
        with together:
            check_worth(
                worth_eur,
                list(map(str, data.columns)),
                lower_is_better=lower_is_better,
                higher_is_better=higher_is_better,
            )
        # What decides is named first; what it is made of must be in the table like the outcomes.
        outcomes = list(dict.fromkeys([*(one for one in outcomes if one != NET_VALUE), *worth_eur]))
    totals = is_counts(data, arm, outcomes, segment, n)
    if totals:
        told = "must be None: totals by arm hold no"
        unknown = [
            ("covariates", list(covariates), f"{told} covariates"),
            ("second_cluster", second_cluster, f"{told} groups of contacts"),
        ]
        together.problems += [
            Problem(WHERE, name, value, rule) for name, value, rule in unknown if value
        ]
    with together:
        if totals:
            found = from_counts(
                data,
                arm=arm,
                outcomes=outcomes,
                control=control,
                cluster=cluster,
                segment=segment,
                n=n,
                horizon_days=horizon_days,
                worth_eur=None if together.problems else worth_eur,
            )
        else:
            found = from_table(
                data,
                arm=arm,
                outcomes=outcomes,
                control=control,
                cluster=cluster,
                segment=segment,
                horizon_days=horizon_days,
                covariates=list(dict.fromkeys([*covariates, *strata])),
                worth_eur=None if together.problems else worth_eur,
                second_cluster=second_cluster,
            )
    together.tell()
    return found
