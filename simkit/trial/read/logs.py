"""The door for call logs: contacts as assigned, at one horizon, with what each arm delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog.source import Source
from simkit.errors import Problem, Together
from simkit.measures import contact_outcomes
from simkit.measures.money import MONEY_COLUMNS, cancel_probs_known
from simkit.measures.outcomes import sold_cents
from simkit.measures.reduction import reduce_attempts, windows
from simkit.measures.spacing import spacing_totals
from simkit.trial.effects.ratio import linearised
from simkit.trial.read.agents import named_groups, second_clusters
from simkit.trial.read.assigned_whole import unit_doubts
from simkit.trial.read.data import (
    LEFT_OUT_COLUMNS,
    TrialData,
    arms_and_controls,
    as_names,
)
from simkit.trial.read.horizon import FollowedDays, Horizon, LogEnd
from simkit.trial.read.lost import ended_early
from simkit.trial.read.marks import SOLD, Marks, marks_at
from simkit.trial.read.names import NO_ARM, SALE, SCHEMA_COLUMNS
from simkit.trial.read.persons import known_before
from simkit.trial.read.repeated import label_columns
from simkit.trial.read.selection import refused_outcomes
from simkit.trial.read.spelling import spelt_otherwise
from simkit.trial.read.unsaid import (
    LOG,
    check_columns,
    check_outcomes,
    default_margins,
    kept_unasked,
    no_arms,
    not_recorded,
    still_open,
    unknown_time,
)
from simkit.trial.read.whom_left_out import CALLED_BY, Called, Shown, ended_of, refused_log

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.scenario import Economics

S_PER_HOUR = 3600.0
MONEY_FIRST = ("net_value_eur", "net_sale", "sale", "opt_out", "complaint", "cancelled")
WITHOUT_MONEY = MONEY_FIRST[1:]
LAST_DIALS = """
SELECT place, arg_max(right_party, dialled_us) AS last FROM dials WHERE counts GROUP BY place
"""
PER_DIAL = "net_sale_per_dial"
PER_AGENT_HOUR = "net_sale_per_agent_hour"
PER_CALL_REASON = (
    "describes, decides nothing: how many calls an arm makes is its own result, so its calls are "
    "not comparable with another arm's; the figures per assigned contact decide"
)


def from_log(
    log: CallLog,
    *,
    arm: str,
    outcomes: Sequence[str] | None,
    control: object,
    cluster: str | None,
    segment: str | None,
    horizon_days: float | None,
    economics: Mapping[str, Economics] | None,
    covariates: Sequence[str] | None,
    second_cluster: str | None = None,
    strata: Sequence[str] = (),
    shown: Shown = "nothing",
    recorded: int = 0,
    moments_us: Sequence[int] | None = None,
) -> TrialData:
    """Read a call log: one row per contact as assigned, also those never dialled.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    log.require_attempts("evaluate")
    by_segment = "segment" if segment is None else segment
    account = "account_id" if cluster is None else cluster
    together = Together()
    together.problems += _column_problems(log, (arm, by_segment, account, *(covariates or ())))
    arms: dict[str, tuple[str, ...]] = {}
    in_arms = arm in log.contacts and bool(log.contacts[arm].notna().any())
    if in_arms and by_segment in log.contacts:
        assigned = log.contacts[arm].notna().to_numpy(dtype=np.bool_)
        labels = log.contacts.loc[assigned, [by_segment, arm]].reset_index(drop=True)
        contacts = pd.DataFrame(
            {"segment": as_names(labels[by_segment]), "arm": as_names(labels[arm])}
        )
        arms, controls, problems = arms_and_controls(LOG, arm, contacts.assign(n=1), control)
        together.problems += problems
    named = tuple(outcomes or (WITHOUT_MONEY if economics is None else MONEY_FIRST))
    chosen = Horizon(1.0 if horizon_days is None else horizon_days)
    if in_arms or horizon_days is not None:
        with together:
            if horizon_days is None and arms:  # without, only what else is wrong is told
                chosen = _common_horizon(log, assigned, contacts, arms)
            horizon = chosen.days
            table = contact_outcomes(log, horizon_days=horizon, economics=economics)
            together.problems += check_outcomes(table, named, priced=economics is not None)
    together.tell()
    table = table[assigned].reset_index(drop=True)
    contacts["cluster"] = pd.factorize(table[account])[0]
    contacts["followed"] = table["full_horizon"].to_numpy(dtype=np.bool_)
    contacts["dialled"] = (table["attempts"] > 0).to_numpy(dtype=np.bool_)
    frame = windows(log, horizon)
    _, contacts["lost"] = ended_early(
        contacts["segment"], frame.entered_us[assigned], frame.observed_us[assigned], horizon
    )
    second = None
    no_one: tuple[str, ...] = ()
    by_rule: tuple[str, ...] = ()
    if second_cluster is not None:
        crossing = second_clusters(log, second_cluster, horizon)
        second = crossing.codes[assigned]
        no_one, by_rule = crossing.remarks(assigned, contacts)
    clustered = bool(contacts["cluster"].duplicated().any())
    values = table[list(dict.fromkeys((*named, SALE)))].astype(np.float64)
    ratios = _ratios(table, contacts)
    cancellations = _cancellations_known(log)
    exposure = _dose(log, horizon, assigned, table, contacts, arms)
    marks: Marks = ()
    if moments_us is not None:
        came = table.assign(**{SOLD: sold_cents(log, horizon)[assigned]})
        marks = marks_at(came, contacts, log.header.timezone, horizon, moments_us)
    followed = contacts["followed"]
    left_out = [
        (f"{NO_ARM} ({arm} is null)", int((~assigned).sum())),
        (f"not followed for {horizon:g} days", int((~followed).sum())),
    ]
    known = [name for name in log.contacts.columns if name not in {*SCHEMA_COLUMNS, arm, account}]
    before = list(covariates or ())
    if covariates is None:
        own = table[list(log.contacts.columns)]
        before = known_before(own, {*SCHEMA_COLUMNS, arm, account}, strata)
    # Columns of contacts may name what was assigned: companies, of accounts of one person each.
    groups = unit_doubts(table, label_columns(table[known], ()), contacts, account, rows_told=True)
    called = _called(log, table, assigned, contacts)
    refusals, doubts = refused_log(called, named, shown, recorded - len(contacts))
    no_time, untimed = unknown_time(
        int(table["agent_s_unknown"].sum()),
        int(table["attempts"].sum()),
        named,
        priced=economics is not None,
    )
    return TrialData(
        where=LOG,
        arms=arms,
        control=controls,
        contacts=contacts,
        values=pd.concat([values, ratios], axis=1),
        outcomes=named,
        clustered=clustered,
        unit=account if clustered else "contact",
        left_out=pd.DataFrame([row for row in left_out if row[1]], columns=list(LEFT_OUT_COLUMNS)),
        horizon_days=horizon,
        covariates=table[before] if before else None,
        exposure=exposure,
        refusals={
            **refusals,
            **refused_outcomes(table.iloc[:0], named, contacts["arm"].iloc[:0]),
            **not_recorded(named, cancellations=cancellations),
        },
        ratios=tuple(ratios.columns),
        margins=default_margins(economics, horizon, arms),
        warnings=(
            *chosen.remarks,
            *_still_open(log, table),
            *kept_unasked(named, cancellations=cancellations),
            *untimed,
            *by_rule,
        ),
        doubts=(*groups, *no_one, *chosen.doubts, *doubts),
        time_doubts=no_time,
        second=second,
        second_name=named_groups(second_cluster, of_log=True),
        marks=marks,
        cancellable=cancellations,
        asked_out=_asked_out(table, contacts, arms),
        money=_money(table, contacts),
    )


def _asked_out(
    table: pd.DataFrame, contacts: pd.DataFrame, arms: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], int]:
    """Count those of each arm who opted out other than by a complaint."""
    asked = table["opt_out"].astype(np.bool_) & ~table["complaint"].astype(np.bool_)
    of_arms = contacts[asked.to_numpy() & contacts["followed"]].groupby(["segment", "arm"]).size()
    return {
        (segment, arm): int(of_arms.get((segment, arm), 0))
        for segment, names in arms.items()
        for arm in names
    }


def _money(table: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Average the parts of net value over the contacts of each arm who were followed."""
    if "value_eur" not in table:
        return pd.DataFrame()
    followed = contacts["followed"]
    by = [contacts.loc[followed, name] for name in ("segment", "arm")]
    return table.loc[followed, list(MONEY_COLUMNS)].groupby(by).mean().reset_index()


def _column_problems(log: CallLog, names: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the columns of arm, segment and account, or not there at all."""
    problems = check_columns(list(map(str, log.contacts.columns)), names)
    account = names[2]
    if account in log.contacts:
        which, rule = spelt_otherwise(log.contacts[account])
        found = Source.memory("contacts").problem(account, which, rule, log.contacts[account])
        problems += [found] if found else []
    if names[0] in log.contacts and log.contacts[names[0]].isna().all():
        problems.append(no_arms(names[0]))
    return problems


def _common_horizon(
    log: CallLog,
    assigned: NDArray[np.bool_],
    contacts: pd.DataFrame,
    arms: Mapping[str, tuple[str, ...]],
) -> Horizon:
    """Choose the horizon at which the contacts in arms are compared."""
    frame = windows(log, None)
    entered, observed = frame.entered_us[assigned], frame.observed_us[assigned]
    cells = [(segment, name) for segment, names in arms.items() for name in names]
    of_contact = pd.MultiIndex.from_frame(contacts[["segment", "arm"]])
    cell = pd.MultiIndex.from_tuples(cells).get_indexer(of_contact).astype(np.int64)
    span_us = int(entered.min()), int(observed.max())
    end = LogEnd(*span_us)
    end.add(observed)
    found = FollowedDays(cells, *span_us, end.moment_us())
    found.add(cell, entered, observed)
    return found.horizon()


def _called(
    log: CallLog, table: pd.DataFrame, assigned: NDArray[np.bool_], contacts: pd.DataFrame
) -> Called:
    """Count all observed calls of those who were followed, also those beyond the horizon."""
    if windows(log, None).followed_days[assigned].max(initial=0) > table["followed_days"].max():
        table = contact_outcomes(log)[assigned].reset_index(drop=True)
    followed = contacts["followed"].to_numpy(dtype=np.bool_)
    rows = {name: table[name].to_numpy()[followed] for name in CALLED_BY}
    place, cells = pd.MultiIndex.from_frame(contacts.loc[followed, ["segment", "arm"]]).factorize()
    called = Called([(str(segment), str(arm)) for segment, arm in cells])
    last = _last_reached(log)[assigned][followed]
    called.add(place, rows["attempts"], rows["right_party"], ended_of(rows), last)
    return called


def _last_reached(log: CallLog) -> NDArray[np.bool_]:
    """Tell of each contact whether the last dial that was observed reached the right party."""
    answer = reduce_attempts(log, windows(log, None), LAST_DIALS, columns=(), times=())
    last = np.zeros(len(log.contacts), dtype=np.bool_)
    last[answer["place"]] = answer["last"]
    return last


def _ratios(table: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Write sales per dial and per agent-hour as one value a contact."""
    sales = table["net_sale_expected"].to_numpy(dtype=np.float64)
    used = {PER_DIAL: table["attempts"].to_numpy(dtype=np.float64)}
    hours = table["agent_s"].to_numpy(dtype=np.float64) / S_PER_HOUR
    if hours.any():
        used[PER_AGENT_HOUR] = hours
    ratios = pd.DataFrame(np.nan, index=contacts.index, columns=list(used))
    groups = contacts[contacts["followed"]].groupby(["segment", "arm"]).indices
    followed = np.flatnonzero(contacts["followed"])
    for rows in groups.values():
        at = followed[rows]
        for name, amount in used.items():
            values = linearised(sales[at], amount[at])
            if values is not None:
                ratios.loc[at, name] = values
    return ratios


def _dose(
    log: CallLog,
    horizon: float,
    assigned: NDArray[np.bool_],
    table: pd.DataFrame,
    contacts: pd.DataFrame,
    arms: Mapping[str, tuple[str, ...]],
) -> pd.DataFrame:
    """Give what each arm delivered by the horizon."""
    cells = [(segment, name) for segment, names in arms.items() for name in names]
    followed = contacts["followed"].to_numpy()
    of_contact = pd.MultiIndex.from_frame(contacts[["segment", "arm"]])
    cell = pd.MultiIndex.from_tuples(cells).get_indexer(of_contact).astype(np.int64)
    cell[~followed] = -1
    of_all = np.full(len(assigned), -1, dtype=np.int64)
    of_all[assigned] = cell
    frame = windows(log, horizon)
    shown = pd.DataFrame(cells, columns=["segment", "arm"])
    attempts = table["attempts"].to_numpy(dtype=np.int64)[followed]
    at, size = cell[followed], len(cells)
    shown["contacts"] = np.bincount(at, minlength=size)
    shown["contacts_dialled"] = np.bincount(at[attempts > 0], minlength=size)
    shown["dials"] = np.bincount(at, weights=attempts, minlength=size).astype(np.int64)
    no_window = np.full(len(of_all), np.nan)  # callbacks are not asked for
    spacing = spacing_totals(log, frame, of_all, size, no_window)
    shown["median_days_between_dials"] = spacing["gap_median_days"]
    shown["dials_per_contact"] = shown["dials"] / shown["contacts"]
    seconds = np.bincount(at, weights=table["agent_s"].to_numpy()[followed], minlength=size)
    shown["agent_hours"] = seconds / S_PER_HOUR
    return shown


def _still_open(log: CallLog, table: pd.DataFrame) -> tuple[str, ...]:
    known = cancel_probs_known(log)
    return () if known else still_open(int(table.loc[table["full_horizon"], "pending"].sum()))


def _cancellations_known(log: CallLog) -> bool:
    attempts = log.require_attempts("evaluate")
    return log.header.withdrawal_days is not None or bool(attempts["cancelled_at"].notna().any())
