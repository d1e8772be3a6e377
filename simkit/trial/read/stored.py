"""The door for call logs on disk: attempts → contacts → accounts, none of the first is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem
from simkit.measures.agents import AgentArms
from simkit.measures.clock import clock
from simkit.measures.gaps import MOST_CELLS, GapFile
from simkit.measures.money import MONEY_COLUMNS
from simkit.measures.outcomes import OUTCOME_COLUMNS, refuse_names
from simkit.measures.passing import make_ready
from simkit.measures.reduction import US_PER_DAY
from simkit.trial.read.assigned_whole import ACCOUNT, unit_doubts
from simkit.trial.read.data import LEFT_OUT_COLUMNS, arms_and_controls, as_names, unknown_segment
from simkit.trial.read.drawn import DrawnCalls
from simkit.trial.read.horizon import FollowedDays, Horizon, LogEnd
from simkit.trial.read.logs import (
    MONEY_FIRST,
    PER_AGENT_HOUR,
    PER_DIAL,
    S_PER_HOUR,
    WITHOUT_MONEY,
)
from simkit.trial.read.lots import Lots
from simkit.trial.read.marks import Marking
from simkit.trial.read.names import DIALLED, IN_MEMORY, NO_ARM, SALE, SCHEMA_COLUMNS
from simkit.trial.read.reading import Reading
from simkit.trial.read.selection import refused_outcomes
from simkit.trial.read.stored_lost import ended_early_of, events_of
from simkit.trial.read.summed import DIALS, SALES, SECONDS, SummedTrial
from simkit.trial.read.unsaid import (
    LOG,
    check_columns,
    check_outcomes,
    default_margins,
    kept_unasked,
    no_arms,
    not_recorded,
    shared_agents,
    still_open,
    unknown_time,
)
from simkit.trial.read.whom_left_out import Called, Shown, refused_log
from simkit.trial.vocabulary import names_a_person

#: Contacts who opted out, those by a complaint among them; and the latter.
ASKED_OUT = ("opt_out", "complaint")

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.scenario import Economics


def from_stored(
    stored: StoredLog,
    *,
    arm: str,
    outcomes: Sequence[str] | None,
    control: object,
    cluster: str | None,
    segment: str | None,
    horizon_days: float | None,
    economics: Mapping[str, Economics] | None,
    covariates: Sequence[str] | None,
    shown: Shown = "nothing",
    recorded: int = 0,
    moments_us: Sequence[int] | None = None,
) -> SummedTrial:
    """Read a call log on disk in passing: the trial that `from_log` makes of it in memory.

    Raises
    ------
    InputError
        With what is wrong with the settings, with the contacts, or with the attempts.
    """
    by_segment = "segment" if segment is None else segment
    account = "account_id" if cluster is None else cluster
    blank = stored.empty_contacts()
    there = list(map(str, blank.columns))
    problems = check_columns(there, (arm, by_segment, account, *(covariates or ())))
    if problems:
        raise InputError(problems)
    refuse_names(blank)
    named = tuple(outcomes or (WITHOUT_MONEY if economics is None else MONEY_FIRST))
    problems = check_outcomes(
        _outline(blank, priced=economics is not None), named, priced=economics is not None
    )
    if problems:
        raise InputError(problems)
    time = clock(stored.header.timezone)
    own = [name for name in named if name in there]
    lots = Lots(
        stored,
        time,
        accounts=("account_id", account),
        labels=("segment", by_segment, arm),
        numbers=own,
    )
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(make_ready)
        lots.require_sound()
        survey = lots.survey(arm, by_segment, account)
        ready.result()
    if survey.missing[by_segment]:
        raise InputError([unknown_segment(LOG, survey.missing[by_segment])])
    if not len(survey.cells):
        raise InputError([no_arms(arm)])
    _refuse_unknown((*own, account), survey.missing)
    segment_names, arm_names = (
        as_names(pd.Series(lots.labels[name].values)) for name in (by_segment, arm)
    )
    labels = pd.DataFrame(
        {
            "segment": segment_names.to_numpy()[survey.cells[:, 0]],
            "arm": arm_names.to_numpy()[survey.cells[:, 1]],
            "n": survey.sizes,
        }
    )
    arms, controls, problems = arms_and_controls(LOG, arm, labels, control)
    cells = [(name, one) for name, its_arms in arms.items() for one in its_arms]
    if len(cells) > MOST_CELLS:
        rule = f"must make at most {MOST_CELLS:,} arms in all segments"
        problems.append(Problem(LOG, arm, len(cells), rule))
    if problems:
        raise InputError(problems)
    cell_of = {
        (int(row[0]), int(row[1])): cells.index((str(label.segment), str(label.arm)))
        for row, label in zip(survey.cells, labels.itertuples(index=False), strict=True)
    }
    chosen = Horizon(np.nan if horizon_days is None else horizon_days)
    if horizon_days is None:
        span_us = survey.entries_us[0], survey.ends_us[1]
        chosen = _common_horizon(lots, (by_segment, arm), cell_of, cells, span_us)
    horizon = chosen.days
    if not horizon < np.inf:
        rule = "must be a number above 0"
        raise InputError([Problem("measures", "horizon_days", horizon, rule)])
    names = tuple(dict.fromkeys((*named, SALE, SALES, DIALS, SECONDS, DIALLED, *ASKED_OUT)))
    all_arms = list(dict.fromkeys(one for _, one in cells))
    horizon_us = round(horizon * US_PER_DAY)
    called, drawn = Called(cells), DrawnCalls(int(survey.sizes.sum()))
    marking = None if moments_us is None else Marking(cells, moments_us)
    with GapFile(len(cells), horizon_us) as gaps:
        work = Reading(
            stored,
            lots,
            clock=time,
            columns=(by_segment, arm, account),
            cell_of=cell_of,
            arm_of_cell=np.array([all_arms.index(one) for _, one in cells]),
            names=names,
            horizon_days=horizon,
            economics=economics,
            clustered=survey.clustered,
            agents=AgentArms(len(all_arms)),
            gaps=gaps,
            called=called,
            drawn=drawn,
            marking=marking,
        )
        with ThreadPoolExecutor(1) as beside:
            medians: list[Future[NDArray[np.float64]]] = []
            for lot in lots:
                last = lot.first + len(lot) == stored.contacts()

                def passed_by(last: bool = last) -> None:
                    if last:  # all gaps are there: their medians, while outcomes are worked out
                        medians.append(beside.submit(gaps.median_days))

                work.take(lot, passed_by)
            work.require_known_contacts()
            contacts, sums = work.contacts(segment_names, arm_names), work.sums()
    contacts["shorter"], contacts["lost"] = (np.zeros(len(contacts), np.bool_) for _ in range(2))
    if survey.ends_us[1] - survey.ends_us[0] > US_PER_DAY:
        contacts["shorter"], contacts["lost"] = ended_early_of(
            stored, arm, contacts["segment"].cat.codes.to_numpy(), survey.entries_us, horizon
        )
    happened = pd.DataFrame()
    if contacts["lost"].any():
        events = [name for name, one in zip(names, work.binary.T, strict=True) if one.all()]
        happened = events_of(stored, arm, contacts["lost"].to_numpy(), events, horizon)
    asked, complained = (sums.amounts[:, names.index(name)] for name in ASKED_OUT)
    exposure = pd.DataFrame(cells, columns=["segment", "arm"])
    exposure["contacts"] = sums.sizes
    exposure["contacts_dialled"] = np.round(sums.amounts[:, names.index(DIALLED)]).astype(np.int64)
    dials = sums.amounts[:, names.index(DIALS)]
    exposure["dials"] = np.round(dials).astype(np.int64)
    exposure["median_days_between_dials"] = medians[0].result()
    exposure["dials_per_contact"] = exposure["dials"] / exposure["contacts"]
    exposure["agent_hours"] = sums.amounts[:, names.index(SECONDS)] / S_PER_HOUR
    known = [
        name
        for name in there
        if name not in {*SCHEMA_COLUMNS, arm, account} and not names_a_person(name, or_firm=True)
    ]
    before = list(known if covariates is None else covariates)
    left_out = [
        (f"{NO_ARM} ({arm} is null)", survey.unassigned),
        (f"not followed for {horizon:g} days", int((~contacts["followed"]).sum())),
    ]
    cancellations = stored.header.withdrawal_days is not None or work.cancelled
    refusals, doubts = refused_log(called, named, shown, recorded - int(survey.sizes.sum()))
    no_time, untimed = unknown_time(
        work.time_unknown, work.attempts, named, priced=economics is not None
    )
    return SummedTrial(
        where=LOG,
        arms=arms,
        control=controls,
        contacts=contacts,
        values=pd.DataFrame(columns=[*named]),
        outcomes=named,
        clustered=survey.clustered,
        unit=account if survey.clustered else "contact",
        left_out=pd.DataFrame([row for row in left_out if row[1]], columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon,
        exposure=exposure,
        refusals={
            **refusals,
            **refused_outcomes(_outline(blank, priced=False), named, labels["arm"].iloc[:0]),
            **not_recorded(named, cancellations=cancellations),
        },
        ratios=(PER_DIAL, PER_AGENT_HOUR) if work.timed else (PER_DIAL,),
        margins=default_margins(economics, horizon, arms),
        warnings=(
            *chosen.remarks,
            *shared_agents(work.agents.shared(), work.agents.agents()),
            *still_open(0 if work.probs_known else work.pending),
            *kept_unasked(named, cancellations=cancellations),
            *untimed,
            *_unchecked(before),
        ),
        doubts=(
            *_whole_accounts(stored, by_segment, arm, account),
            *chosen.doubts,
            *doubts,
        ),
        time_doubts=no_time,
        names=names,
        cells=tuple(cells),
        sums=sums,
        happened=happened,
        binary=work.binary,
        entries_us=survey.entries_us,
        ends_us=survey.ends_us,
        money=_money(work.money(), cells, sums.sizes),
        called_by=work.agents.counted(all_arms),
        drawn=drawn,
        marks=() if marking is None else marking.marks(),
        cancellable=cancellations,
        asked_out=dict(zip(cells, np.round(asked - complained).astype(int).tolist(), strict=True)),
    )


def _whole_accounts(stored: StoredLog, segment: str, arm: str, cluster: str) -> tuple[str, ...]:
    """Say that accounts were assigned as a whole where errors follow something else."""
    if cluster == ACCOUNT:
        return ()
    names = list(dict.fromkeys([ACCOUNT, cluster, segment, arm]))
    table: pd.DataFrame = pa.Table.from_batches(list(stored.contact_batches(names))).to_pandas()
    table = table[table[arm].notna()].reset_index(drop=True)
    labels = pd.DataFrame({"segment": table[segment], "arm": table[arm]})
    return unit_doubts(table, (), labels, cluster, rows_told=True)


def _money(
    sums: NDArray[np.float64] | None, cells: Sequence[tuple[str, str]], n: NDArray[np.int64]
) -> pd.DataFrame:
    """Average the parts of net value over the contacts of each cell."""
    if sums is None:
        return pd.DataFrame()
    means = pd.DataFrame(sums / np.maximum(n, 1)[:, None], columns=list(MONEY_COLUMNS))
    return pd.DataFrame(cells, columns=["segment", "arm"]).join(means)


def _outline(blank: pd.DataFrame, *, priced: bool) -> pd.DataFrame:
    """Return the columns of the contacts' outcomes, without rows."""
    names = [name for name in OUTCOME_COLUMNS if priced or not name.endswith("_eur")]
    return blank.join(pd.DataFrame(columns=names, dtype=np.float64))


def _common_horizon(
    lots: Lots,
    columns: tuple[str, str],
    cell_of: Mapping[tuple[int, int], int],
    cells: Sequence[tuple[str, str]],
    span_us: tuple[int, int],
) -> Horizon:
    """Choose the horizon at which the contacts in arms are compared.

    Parameters
    ----------
    lots
        All contacts.
    columns
        Names of the columns of segment and arm.
    cell_of
        Codes of segment and arm → cell.
    cells
        Segment and arm of each cell.
    span_us
        The first entry and the last end of observation, civil microseconds.
    """
    # A code of −1, nobody's arm, is the last row or column.
    codes = np.array(list(cell_of), dtype=np.int64)
    of_codes = np.full(codes.max(axis=0) + 2, -1, dtype=np.int64)
    of_codes[codes[:, 0], codes[:, 1]] = list(cell_of.values())

    def assigned() -> Iterator[tuple[NDArray[np.int64], ...]]:
        for lot in lots:
            for part in lot.parts():
                segments, arms = (lot.codes[name][part] for name in columns)
                cell = of_codes[segments, arms]
                kept = slice(None) if (cell >= 0).all() else cell >= 0
                yield cell[kept], lot.entered_us[part][kept], lot.observed_us[part][kept]

    end = LogEnd(*span_us)
    for _, _, observed in assigned():
        end.add(observed)
    followed = FollowedDays(cells, *span_us, end.moment_us())
    for cell, entered, observed in assigned():
        followed.add(cell, entered, observed)
    return followed.horizon()


def _refuse_unknown(own: Sequence[str], missing: Mapping[str, int]) -> None:
    rule = "must be known for each contact of a log read from disk ({:,} are not)"
    problems = [
        Problem(LOG, name, None, rule.format(missing[name])) for name in own if missing[name]
    ]
    if problems:
        raise InputError(problems)


def _unchecked(covariates: Sequence[str]) -> tuple[str, ...]:
    if not covariates:
        return ()
    return (
        f"the balance of {', '.join(covariates)} between arms was not checked: for that, "
        f"{IN_MEMORY}",
    )
