"""From a running trial's log to what is seen of it on a day."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog.cut import cut, only
from simkit.measures.reduction import US_PER_DAY, civil_us, windows
from simkit.trial.assign import Given
from simkit.trial.checks.before import LIKE_ASSIGNED
from simkit.trial.checks.check import said_of
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.checks.registered import ARMS_CHANGED
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.effects.guardrails import OPEN, VETO
from simkit.trial.effects.means import MIN_UNITS, NONE_SEEN_MARK
from simkit.trial.evaluate import evaluate
from simkit.trial.looks.ending import end_of
from simkit.trial.looks.history import information
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.read.data import as_names

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics
    from simkit.trial.checks.log_checks import Which
    from simkit.trial.design import TrialDesign
    from simkit.trial.evaluation import Evaluation

NOT_GIVEN = Given()
NOT_YET = "nobody has been followed for the whole horizon yet"


def read_look(
    log: CallLog,
    design: TrialDesign,
    moment: pd.Timestamp,
    *,
    economics: Mapping[str, Economics] | None,
    final: bool | None = None,
    assigned: Given = NOT_GIVEN,
    checks: Which = "all",
) -> tuple[Look, Evaluation | None, tuple[str, ...]]:
    """Look at a trial as it stood at a moment.

    Parameters
    ----------
    log, design, moment
        The log, the registered design, and when.
    economics
        As `simkit.trial.evaluate` takes it.
    final
        Whether the trial ends here; None: it does once all planned contacts are in.
    assigned
        The assignment, where it shows that nobody was taken out of the log.
    checks
        As `simkit.trial.evaluate` takes it.

    Returns
    -------
    look, evaluation, warnings
        What was seen; the evaluation it comes from, None where nothing can be compared yet; what
        a reader must know of the data.
    """
    then, warnings = _registered(cut(log, moment), design)
    then = _due(then, design, moment)
    counts = _followed(then, design)
    parts = {
        segment: sum(counts.get((segment, arm), 0) for arm in arms) / design.contacts[segment]
        for segment, arms in design.arms.items()
    }
    whole = end_of(design, parts)
    ready, waiting = _ready(then, design)
    ends = whole.complete if final is None else final
    evaluation = None
    if whole.fraction > 0 and ready:
        evaluation = _evaluate(then, design, ready, economics, assigned, checks, ended=ends)
    rows = _rows(design, evaluation, counts)
    look = Look(moment.isoformat(sep=" "), whole.fraction, ends, tuple(rows), whole.complete)
    return look, evaluation, (*warnings, *waiting)


def uncompared(log: CallLog, design: TrialDesign, moment: pd.Timestamp, reason: str) -> Look:
    """Return a day on which nothing is compared, so that it is no look and spends nothing.

    Parameters
    ----------
    log, design, moment
        As `read_look` takes them.
    reason
        Why nothing is compared, in words.
    """
    then, _ = _registered(cut(log, moment), design)
    counts = _followed(_due(then, design, moment), design)
    rows = _rows(design, None, counts)
    seen = tuple(dataclasses.replace(row, reason=reason) for row in rows)
    return Look(moment.isoformat(sep=" "), 0.0, False, seen)


def _registered(log: CallLog, design: TrialDesign) -> tuple[CallLog, tuple[str, ...]]:
    """Keep the contacts of registered arms. Where others had been given arms, no look is made."""
    pairs = [(segment, arm) for segment, arms in design.arms.items() for arm in arms]
    known = pd.MultiIndex.from_frame(log.contacts[["segment", "arm"]]).isin(pairs)
    if known.all():
        return log, ()
    text = f"{int((~known).sum()):,} contacts left out: they have no arm of this trial"
    return only(log, known), (text,)


def _due(log: CallLog, design: TrialDesign, moment: pd.Timestamp) -> CallLog:
    """Keep those who entered a whole horizon ago: who came later is not lost, but still to come."""
    entered = civil_us(log.contacts["entered_at"], log.header.timezone)
    now = civil_us(pd.Series([moment]), log.header.timezone)[0]
    due = now - entered >= round(design.horizon_days * US_PER_DAY)
    return log if due.all() else only(log, due)


def entered_and_following(
    log: CallLog, design: TrialDesign, moment: pd.Timestamp
) -> dict[str, tuple[int, int]]:
    """Count by segment those who had entered, and those of them not a whole horizon ago."""
    then, _ = _registered(cut(log, moment), design)
    came = then.contacts["segment"].value_counts()
    due = _due(then, design, moment).contacts["segment"].value_counts()
    return {
        segment: (int(came.get(segment, 0)), int(came.get(segment, 0) - due.get(segment, 0)))
        for segment in design.segments
    }


def _followed(log: CallLog, design: TrialDesign) -> dict[tuple[str, str], int]:
    """Count the contacts of each arm that were followed for the whole horizon."""
    full = windows(log, design.horizon_days).full
    return _sizes(log.contacts[full])


def _sizes(contacts: pd.DataFrame) -> dict[tuple[str, str], int]:
    counts = contacts.groupby(["segment", "arm"], as_index=False).size()
    pairs = zip(counts["segment"].astype(str), counts["arm"].astype(str), strict=True)
    return dict(zip(pairs, counts["size"].tolist(), strict=True))


def _ready(log: CallLog, design: TrialDesign) -> tuple[dict[str, list[str]], list[str]]:
    """Return segment → its arms with enough contacts to compare, and say which ones wait."""
    sizes = _sizes(log.contacts)
    ready: dict[str, list[str]] = {}
    waiting = []
    for segment, arms in design.arms.items():
        enough = [arm for arm in arms if sizes.get((segment, arm), 0) >= MIN_UNITS]
        late = [arm for arm in arms if arm not in enough]
        if late:
            waiting.append(f"{segment}: too few in {', '.join(late)} yet to compare with")
        if design.control[segment] in enough and len(enough) > 1:
            ready[segment] = enough
    return ready, waiting


def _evaluate(
    log: CallLog,
    design: TrialDesign,
    ready: Mapping[str, Sequence[str]],
    economics: Mapping[str, Economics] | None,
    assigned: Given,
    checks: Which,
    *,
    ended: bool,
) -> Evaluation:
    """Evaluate what is in by the very estimator that will evaluate the whole."""
    pairs = [(segment, arm) for segment, arms in ready.items() for arm in arms]
    there = pd.MultiIndex.from_frame(log.contacts[["segment", "arm"]]).isin(pairs)
    part = log if there.all() else only(log, there)
    margins = {name: row for name, row in design.margins.items() if name == design.primary}
    # How many contacts were planned is the monitor's own business, not the evaluation's.
    due = design.replace(secondary=(), margins=margins, contacts={}, looks=None)
    found = evaluate(
        part,
        design=due.only(ready),
        economics=economics,
        assigned=assigned.only(set(as_names(part.contacts["contact_id"]))),
        checks=checks,
    )
    # The part of the design that decides now has an identity of its own, which would mislead; all
    # who have entered are held against the assignment, not only those who are compared; while the
    # trial runs an arm without contacts waits for them; and what segments' verdicts would be if
    # this were the end is no claim of a look.
    table = found.checks
    gone = (table["check"] == REGISTERED) & (table["verdict"] == "ok")
    gone |= table["check"].str.endswith(LIKE_ASSIGNED)
    gone |= (table["check"] == INTERACTION) & (table["verdict"] == "warning")
    if not ended:
        gone |= table["meaning"] == ARMS_CHANGED
    said = set(said_of(table[gone]))
    return dataclasses.replace(
        found,
        checks=table[~gone].reset_index(drop=True),
        warnings=tuple(text for text in found.warnings if text not in said),
    )


def _rows(
    design: TrialDesign,
    evaluation: Evaluation | None,
    counts: Mapping[tuple[str, str], int],
) -> list[Seen]:
    planned = {
        (segment, arm): design.contacts[segment] * part
        for segment in design.segments
        for arm, part in design.parts(segment).items()
    }
    table: dict[tuple[str, str, str], Any] = {}
    vetoed: set[tuple[str, str, str]] = set()
    if evaluation is not None:
        stopped = evaluation.vetoes[evaluation.vetoes["state"] == VETO]
        named = stopped[["outcome", "segment", "arm"]].astype(str)
        vetoed = set(named.itertuples(index=False, name=None))
        for row in evaluation.table.itertuples(index=False):
            table[str(row.outcome), str(row.segment), str(row.arm)] = row
    rows = []
    for outcome in (design.primary, *design.guardrails):
        for segment in design.segments:
            control = design.control[segment]
            for arm in design.arms[segment]:
                if arm == control:
                    continue
                pair = [(segment, arm), (segment, control)]
                start = Seen(
                    outcome=outcome,
                    segment=segment,
                    arm=arm,
                    control=control,
                    role="primary" if outcome == design.primary else "guardrail",
                    fraction=information(
                        [counts.get(one, 0) for one in pair], [planned[one] for one in pair]
                    ),
                    lower_is_better=design.less_is_better(outcome),
                    margin=design.guardrails.get(outcome, {}).get(segment, float("nan")),
                    n=counts.get(pair[0], 0),
                    n_control=counts.get(pair[1], 0),
                )
                filled = _filled(start, table.get(start.key))
                rows.append(dataclasses.replace(filled, vetoed=filled.key in vetoed))
    return rows


def _filled(start: Seen, row: Any) -> Seen:
    if row is None or start.fraction == 0:
        return dataclasses.replace(start, reason=NOT_YET)
    if not (np.isfinite(row.p_value) and row.se > 0):
        return dataclasses.replace(start, unit=row.unit, reason=row.reason or NOT_YET)
    decides = start.role == "primary"
    refused = row.verdict == "refused" or (decides and np.isnan(row.p_adjusted))
    # What evaluate would not tell apart either is not told at a look, and nothing is spent on it.
    # By a harm that is seen an arm may be stopped, even where its control's is doubted: an arm that
    # irritates does many times the harm of one that hardly calls, and early on that may show none.
    harm = row.estimate > 0 if start.lower_is_better else row.estimate < 0
    few = row.rare if decides else "" if harm else row.unseen
    if NONE_SEEN_MARK in row.reason:  # bounds that may claim nothing are not held against a margin
        few = row.reason.removeprefix(f"{OPEN}; ")
    return dataclasses.replace(
        start,
        unit=row.unit,
        estimate=float(row.estimate),
        se=float(row.se),
        df=float(row.df),
        p_value=float(row.p_value),
        margin=float(row.margin) if decides else start.margin,
        reason=row.reason if refused else few,
    )
