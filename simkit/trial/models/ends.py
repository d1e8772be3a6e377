"""How and when each contact of a trial ended first, counted from its assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS, CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem
from simkit.measures.reduction import US_PER_DAY, is_, reduce_attempts, windows
from simkit.trial.design import GivenDesign, as_design
from simkit.trial.effects.covariates import why_unfit
from simkit.trial.models.contrasts import NOT_KNOWN
from simkit.trial.read.data import ALL, LEFT_OUT_COLUMNS, arms_and_controls, as_names
from simkit.trial.read.names import A_LOG_OR_TABLE, IN_MEMORY, NO_ARM
from simkit.trial.vocabulary import no_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

SALE, OPT_OUT, COMPLAINT = "sale", "opt_out", "complaint"
NEVER = np.iinfo(np.int64).max
TIME, END = "time_days", "end"
WHERE = "ends"


@dataclass(frozen=True, eq=False)
class FirstEnds:
    """The first end of each assigned contact.

    Parameters
    ----------
    contacts
        One row per contact: ``segment``, ``arm``, ``cluster`` (a code), ``time_days`` (from entry
        to the first end or to the end of observation), ``kind`` (1 for the first of ``kinds``, …;
        0 for none), ``observed_days`` (NaN where not known).
    kinds
        Names of the ends, the ones asked about first.
    arms, control
        By segment.
    clustered, unit
        Whether an account holds several contacts; what was assigned.
    left_out
        Why contacts were left out, and how many.
    covariates
        What was known at assignment, in the contacts' rows.
    to_the_moment
        Whether times are those of a log, to the microsecond: then an end at the horizon's very
        moment comes too late, as in `simkit.trial.evaluate`, whose window is half-open. Times of a
        table may be whole days, and an end on the horizon's day is one by that day.
    warnings
        What a reader must know.
    """

    contacts: pd.DataFrame
    kinds: tuple[str, ...]
    arms: Mapping[str, tuple[str, ...]]
    control: Mapping[str, str]
    clustered: bool
    unit: str
    left_out: pd.DataFrame
    covariates: pd.DataFrame
    to_the_moment: bool
    warnings: tuple[str, ...] = ()

    def last_time(self, horizon_days: float) -> float:
        """Return the latest time, in days, at which an end counts as one by the horizon."""
        return float(np.nextafter(horizon_days, 0.0)) if self.to_the_moment else horizon_days


def first_ends(
    data: object,
    *,
    design: GivenDesign | None = None,
    control: str | Mapping[str, str] | None = None,
    arm: str = "arm",
    cluster: str | None = None,
    segment: str | None = None,
    covariates: Sequence[str] = (),
) -> FirstEnds:
    """Find each contact's first end, its time counted from the assignment.

    Never from the first call: whom an arm calls, and when first, is its own doing, and the time
    before would be time in which nobody can end (immortal time).

    Of a call log: sale; opt-out, a complaint counting as one; and the other reasons to stop calling
    (a dead number, a number that may not be called), whichever comes first. A reason after which
    some contact of the log still bought or opted out was no end, and is not taken for one. A
    contact without an end is censored at its ``observed_until``.

    Parameters
    ----------
    data
        A call log; or a table with one row per assigned contact, its ``time_days`` from assignment
        to the first end (or to the end of observation) and its ``end`` (a name; empty where there
        was none: "none" or "censored" is refused, or it would compete with the others).
    design
        The trial as registered, or its file; gives the control and the unit that errors follow.
    control, arm, cluster, segment
        As in `simkit.trial.evaluate`.
    covariates
        Columns known at assignment.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    registered = None if design is None else as_design(design, WHERE)
    if control is None and registered is None:
        rule = "must be given: the arm that the others are compared with; or design"
        raise InputError([Problem(WHERE, "control", None, rule)])
    if registered is not None:
        control = registered.control if control is None else control
        contacts = data.contacts if isinstance(data, CallLog) else data
        cluster = registered.cluster_in(getattr(contacts, "columns", ()), cluster)
    if isinstance(data, CallLog):
        return _of_log(data, control, arm, cluster, segment, covariates)
    if not isinstance(data, pd.DataFrame):
        rule = A_LOG_OR_TABLE
        if isinstance(data, StoredLog):
            rule = f"must hold each contact's ends, which are not read from disk: {IN_MEMORY}"
        raise InputError([Problem(WHERE, "data", type(data).__name__, rule)])
    return _of_table(data, control, arm, cluster, segment, covariates)


def _of_log(
    log: CallLog,
    control: object,
    arm: str,
    cluster: str | None,
    segment: str | None,
    covariates: Sequence[str],
) -> FirstEnds:
    log.require_attempts("cumulative incidence")
    by_segment = "segment" if segment is None else segment
    account = "account_id" if cluster is None else cluster
    _require(log.contacts, (arm, by_segment, account, *covariates))
    frame = windows(log, None)
    when, warnings = _times(log)
    # Of two ends in the same microsecond the first of the list counts: harm before sale.
    first = np.min(list(when.values()), axis=0)
    kinds = (SALE, OPT_OUT, *(name for name in when if name not in (SALE, OPT_OUT)))
    kind = np.zeros(len(log.contacts), dtype=np.int64)
    for name in reversed(when):
        kind[(when[name] == first) & (first < NEVER)] = kinds.index(name) + 1
    until = np.where(first < NEVER, first, frame.observed_us)
    assigned = log.contacts[arm].notna().to_numpy(dtype=np.bool_)
    table = log.contacts[assigned]
    contacts = pd.DataFrame(
        {
            "segment": as_names(table[by_segment]).to_numpy(),
            "arm": as_names(table[arm]).to_numpy(),
            "cluster": pd.factorize(table[account])[0],
            "time_days": (until - frame.entered_us)[assigned] / US_PER_DAY,
            "kind": kind[assigned],
            "observed_days": frame.followed_days[assigned],
        }
    )
    left = [(f"{NO_ARM} ({arm} is null)", int((~assigned).sum()))]
    before = table[list(covariates)].reset_index(drop=True)
    return _found(
        contacts, kinds, control, arm, account, before, left, to_the_moment=True, warnings=warnings
    )


def _times(log: CallLog) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    """Give the civil microsecond of each contact's first attempt with each end."""
    harms = (OPT_OUT, COMPLAINT)
    others = [name for name in DISPOSITIONS.having("terminal") if name not in (*harms, SALE)]
    asked = {OPT_OUT: is_(*harms), SALE: is_(SALE)} | {name: is_(name) for name in others}
    columns = ", ".join(
        f"min(dialled_us) FILTER ({test}) AS {name}, max(dialled_us) FILTER ({test}) AS last_{name}"
        for name, test in asked.items()
    )
    answer = reduce_attempts(
        log,
        windows(log, None),
        f"SELECT place, {columns} FROM dials GROUP BY place",
        columns=("disposition",),
        times=(),
    )
    place = np.asarray(answer["place"])
    when = {}
    for name in asked:
        when[name] = np.full(len(log.contacts), NEVER, dtype=np.int64)
        when[name][place] = np.ma.filled(answer[name], NEVER)
    latest = np.full(len(log.contacts), np.iinfo(np.int64).min)
    for name in (OPT_OUT, SALE):
        last = np.ma.filled(answer[f"last_{name}"], np.iinfo(np.int64).min)
        latest[place] = np.maximum(latest[place], last)
    warnings = []
    for name in others:
        after = int((latest > when[name]).sum())
        if after:
            meaning = DISPOSITIONS[name].meaning
            warnings.append(
                f"{after:,} contacts bought or opted out after a call that ended so: {meaning}; it "
                "is not taken for an end"
            )
            when[name][:] = NEVER
    return when, tuple(warnings)


def _of_table(
    table: pd.DataFrame,
    control: object,
    arm: str,
    cluster: str | None,
    segment: str | None,
    covariates: Sequence[str],
) -> FirstEnds:
    labels = [arm, *([] if segment is None else [segment]), *([] if cluster is None else [cluster])]
    _require(table, (*labels, TIME, END, *covariates))
    problems = [
        Problem(WHERE, str(name), None, f"must be known for each row; missing in {int(count):,}")
        for name, count in table[[*labels, TIME]].isna().sum().items()
        if count
    ]
    days = pd.to_numeric(table[TIME], errors="coerce")
    wrong = table.loc[(days.isna() & table[TIME].notna()) | ~(days.fillna(0) >= 0), TIME]
    if len(wrong):
        rule = f"must be a number, 0 or more; is not in {len(wrong):,} rows"
        problems.append(Problem(WHERE, TIME, str(wrong.iloc[0]), rule))
    ends = as_names(table[END])
    ends = ends.mask(ends.str.strip() == "")  # an empty cell, as in a file
    for name, count in ends[ends.map(no_end, na_action="ignore").eq(True)].value_counts().items():
        rule = (
            f"must be the name of an end, or empty where there was none; is not in {count:,} rows"
        )
        problems.append(Problem(WHERE, END, str(name), rule))
    if problems:
        raise InputError(problems)
    named = [str(name) for name in ends.dropna().unique()]
    usual = [name for name in (SALE, OPT_OUT) if name in named]
    kinds = (*usual, *sorted(name for name in named if name not in usual))
    codes = np.arange(len(table)) if cluster is None else pd.factorize(table[cluster])[0]
    contacts = pd.DataFrame(
        {
            "segment": ALL if segment is None else as_names(table[segment]).to_numpy(),
            "arm": as_names(table[arm]).to_numpy(),
            "cluster": codes,
            "time_days": days.to_numpy(dtype=np.float64),
            "kind": pd.Index(kinds).get_indexer(pd.Index(ends)) + 1,
            "observed_days": NOT_KNOWN,
        }
    )
    before = table[list(covariates)].reset_index(drop=True)
    return _found(contacts, kinds, control, arm, str(cluster), before, [], to_the_moment=False)


def _found(
    contacts: pd.DataFrame,
    kinds: tuple[str, ...],
    control: object,
    arm: str,
    account: str,
    covariates: pd.DataFrame,
    left_out: Sequence[tuple[str, int]],
    *,
    to_the_moment: bool,
    warnings: tuple[str, ...] = (),
) -> FirstEnds:
    arms, controls, problems = arms_and_controls(WHERE, arm, contacts.assign(n=1), control)
    problems += [
        Problem(WHERE, str(name), None, f"must be known for each contact; missing for {count:,}")
        for name, count in covariates.isna().sum().items()
        if count
    ]
    problems += [
        Problem(WHERE, str(name), None, rule)
        for name in covariates
        if (rule := why_unfit(covariates[name]))
    ]
    if problems:
        raise InputError(problems)
    clustered = bool(contacts["cluster"].duplicated().any())
    return FirstEnds(
        contacts=contacts,
        kinds=kinds,
        arms=arms,
        control=controls,
        clustered=clustered,
        unit=account if clustered else "contact",
        left_out=pd.DataFrame([row for row in left_out if row[1]], columns=list(LEFT_OUT_COLUMNS)),
        covariates=covariates,
        to_the_moment=to_the_moment,
        warnings=warnings,
    )


def _require(table: pd.DataFrame, names: Sequence[Any]) -> None:
    there = ", ".join(map(str, table.columns))
    rule = f"must be a column; there are: {there}"
    problems = [Problem(WHERE, "columns", name, rule) for name in names if name not in table]
    if not problems and not len(table):
        problems = [Problem(WHERE, "rows", 0, "must hold at least one row")]
    if not problems and table[names[0]].isna().all():
        rule = "must be known for some contacts: without arms there is no trial"
        problems = [Problem(WHERE, str(names[0]), None, rule)]
    if problems:
        raise InputError(problems)
