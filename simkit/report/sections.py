"""A recommendation and what it rests on, arranged as the sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from simkit.recommend.numbers import EUR
from simkit.recommend.verdict import FAILED
from simkit.report import (
    sections_trial,
    sentences,
    sentences_audit,
    sentences_page,
    sentences_trial,
)
from simkit.report.blocks import Table, picture
from simkit.report.figures import audit_figure, horizon_figure, sweep_figure

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.recommend import Decision, Recommendation
    from simkit.scenario import Scenario
    from simkit.sweep import SweepResult
    from simkit.trial import AuditReport, Checks, Evaluation
    from simkit.trial.models import CumulativeIncidence
    from simkit.trial.regret import Regret

NET_VALUE = "net_value_eur"
OPT_OUT = "opt_out"
SIMULATED = "simulated"


def sections(
    recommendation: Recommendation,
    *,
    sweep: SweepResult,
    scenario: Scenario | None,
    evaluation: Evaluation | None,
    audit: AuditReport | None,
    log: CallLog | None,
    checks: Checks | None,
    incidence: CumulativeIncidence | None,
    version: str,
    made_on: str | None,
) -> dict[str, Any]:
    """Arrange all that a page shows, by the names its template knows.

    Parameters
    ----------
    recommendation, sweep, scenario, evaluation, audit, log, checks, incidence
        As ``write_report`` takes them.
    version
        Of simkit.
    made_on
        A date in words; None for none.
    """
    names = _arm_names(recommendation)
    regret = evaluation.regret() if evaluation is not None and evaluation.trustworthy else None
    simulated = is_simulated(evaluation, log)
    return {
        "simulated": simulated,
        "summary": _summary(recommendation),
        "standing": None if evaluation is None else sections_trial.standing(evaluation),
        "alarm": evaluation is not None and not evaluation.trustworthy,
        "warnings": _not_in_the_boxes(recommendation.warnings, evaluation),
        "segments": [
            _segment(
                *(one, recommendation, sweep, evaluation, names, regret, checks, incidence),
                simulated=simulated,
            )
            for one in recommendation.decisions
        ],
        "audit": None if audit is None else _audit(audit),
        "quality": _quality(evaluation, log, checks, incidence),
        "assumed": _assumed(recommendation),
        "made": sentences_page.made_lines(
            sweep.settings,
            recommendation.scenario,
            version,
            made_on,
            recommendation.horizon_days,
        ),
        "description": "" if scenario is None else scenario.description,
    }


def _not_in_the_boxes(warnings: Sequence[str], evaluation: Evaluation | None) -> list[str]:
    """Return the warnings but for what the answers of the segments bear themselves."""
    doubts = () if evaluation is None else evaluation.doubts
    return [text for text in warnings if not any(doubt in text for doubt in doubts)]


def is_simulated(evaluation: Evaluation | None, log: CallLog | None) -> bool:
    """Tell whether the trial on the page was played by a simulation, as the log's header says."""
    of_log = log is not None and log.header.source == SIMULATED
    return of_log or (evaluation is not None and evaluation.simulated)


def _arm_names(recommendation: Recommendation) -> dict[str, dict[str, str]]:
    """Return segment → arm → interval, of the arms that were tried."""
    names: dict[str, dict[str, str]] = {}
    for _, row in recommendation.evidence.iterrows():
        names.setdefault(row["segment"], {})[row["arm"]] = row["interval"]
        if row["control_interval"]:
            names[row["segment"]][row["control"]] = row["control_interval"]
    return names


def _summary(recommendation: Recommendation) -> Table:
    days = recommendation.horizon_days
    columns = [head.format(days=days) for head in sentences_page.SUMMARY_COLUMNS]
    rows = [
        [
            one.segment,
            one.verdict,
            sentences_page.POLICY_NOT_KNOWN if one.use_now is None else one.use_now.describe(),
            sentences_page.as_good_text(one.as_good, *one.range_days),
            f"{one.interval}: {sentences.money_text(one.net_value)}",
            f"{one.interval}: {sentences.share_text(one.opt_outs)}",
            sentences_page.NOT_SIZED
            if one.verdict == FAILED
            else sentences_page.next_trial_text(one.next_trial),
        ]
        for one in recommendation.decisions
    ]
    return Table(sentences_page.PAGE["summary"], columns, rows, sentences_page.SUMMARY_NOTE)


def _segment(
    one: Decision,
    recommendation: Recommendation,
    sweep: SweepResult,
    evaluation: Evaluation | None,
    names: Mapping[str, Mapping[str, str]],
    regret: Regret | None,
    checks: Checks | None,
    incidence: CumulativeIncidence | None,
    *,
    simulated: bool,
) -> dict[str, Any]:
    days = recommendation.horizon_days
    tried = evaluation is not None and (evaluation.table["segment"] == one.segment).any()
    curves = [
        picture(
            sweep_figure(sweep, one.segment, horizon_days=days, current=one.current),
            sentences_page.CAPTIONS["curve"],
            _values(sweep, one.segment, NET_VALUE, days),
        ),
        picture(horizon_figure(sweep, one.segment), sentences_page.CAPTIONS["horizons"]),
        picture(
            sweep_figure(
                sweep, one.segment, measure=OPT_OUT, horizon_days=days, current=one.current
            ),
            sentences_page.CAPTIONS["opt_outs"],
            _values(sweep, one.segment, OPT_OUT, days),
        ),
    ]
    found = None
    if evaluation is not None and tried:
        found = sections_trial.field(
            evaluation, one.segment, names, regret=regret, checks=checks, incidence=incidence
        )
    doubts = sections_trial.doubts(evaluation, one.segment)
    told = {sentences_trial.CHECK_FAILED} if one.verdict == FAILED else set()
    return {
        "decision": one,
        "doubts": doubts,
        "not_in_reason": [(kind, text) for kind, text in doubts if kind not in told],
        "failed": tried and evaluation is not None and not evaluation.trustworthy,
        "curves": curves,
        "field": found,
        "evidence": _evidence(
            recommendation,
            one.segment,
            simulated=simulated,
            freed=evaluation is not None and sections_trial.is_freed(evaluation, one.segment),
        ),
    }


def _values(sweep: SweepResult, segment: str, measure: str, days: float) -> list[str]:
    table = sweep.table
    rows = table[
        (table["segment"] == segment)
        & (table["measure"] == measure)
        & (table["horizon_days"] == days)
    ]
    return [
        sentences.point_text(
            row["interval"], row["mean"], row["ci_low"], row["ci_high"], row["unit"]
        )
        for _, row in rows.iterrows()
    ]


def _evidence(
    recommendation: Recommendation, segment: str, *, simulated: bool, freed: bool
) -> Table | None:
    table = recommendation.evidence
    here = table[table["segment"] == segment]
    if here.empty:
        return None
    first = here.iloc[0]
    near = first["simulated_days"]
    columns = sentences_page.evidence_columns(
        first["field_days"], near, first["year_days"], simulated=simulated
    )
    rows = [
        [
            sentences_page.arm_text(row["arm"], row["interval"]),
            _estimate(row, "field"),
            *([] if pd.isna(near) else [_estimate(row, "simulated")]),
            _estimate(row, "year"),
            row["agree"],
            sentences_page.STATES[row["state"]],
        ]
        for _, row in here.iterrows()
    ]
    note = sentences_page.evidence_note(first["control_interval"] or first["control"], freed=freed)
    return Table(sentences_page.PAGE["side_by_side"], columns, rows, note)


def _estimate(row: pd.Series[Any], name: str) -> str:
    value, low, high = (float(row[key]) for key in (name, f"{name}_low", f"{name}_high"))
    return sentences.estimate_text(value, low, high, EUR)


def _audit(audit: AuditReport) -> dict[str, Any]:
    table = audit.table
    rows = [
        [
            f"{int(row['attempt_no'])}",
            f"{int(row['tried']):,}",
            f"{int(row['successes']):,}",
            *(
                sentences.percent_text(row[key])
                for key in ("crude", "ci_low", "ci_high", "stratified", "beta_geometric")
            ),
        ]
        for _, row in table.iterrows()
    ]
    return {
        "sentence": audit.sentence(),
        "note": sentences_audit.AUDIT_NOTE,
        "picture": picture(
            audit_figure(audit), sentences_page.CAPTIONS["audit"], audit.sentences()
        ),
        "table": Table(
            sentences_audit.AUDIT_CAPTION, sentences_audit.AUDIT_COLUMNS, rows, dense=True
        ),
    }


def _quality(
    evaluation: Evaluation | None,
    log: CallLog | None,
    checks: Checks | None,
    incidence: CumulativeIncidence | None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "log": "" if log is None else log.sentence(),
        "notes": (
            *(() if log is None else log.header.notes),
            *(() if incidence is None else incidence.warnings),
        ),
        "import": None,
        "left_out": None,
        "checks": None,
        "exposure": None,
        "drawn": checks is not None,
        "trial": evaluation is not None,
    }
    if log is not None and log.left_out is not None and len(log.left_out):
        found["import"] = _plain(log.left_out, sentences_page.PAGE["left_out_import"])
    if evaluation is not None:
        if len(evaluation.left_out):
            found["left_out"] = _plain(evaluation.left_out, sentences_page.PAGE["left_out"])
        if len(evaluation.checks):
            found["checks"] = sections_trial.checked(evaluation)
        if len(evaluation.exposure):
            found["exposure"] = _plain(evaluation.exposure, sentences_page.PAGE["exposure"])
    return found


def _assumed(recommendation: Recommendation) -> list[Table]:
    """List assumed parameters: those of segments with a column for each, then the others."""
    table = recommendation.assumed
    split = table["parameter"].str.partition(".")
    table = table.assign(part=split[0], name=split[2])
    segments = [one.segment for one in recommendation.decisions]
    of_segments = table["part"].isin(segments)
    note = sentences_page.ASSUMED_NOTE.format(number=len(table))
    tables = [
        _parameters(table[of_segments], segments, note),
        *(_parameters(rest, [str(part)], "") for part, rest in table[~of_segments].groupby("part")),
    ]
    return [one for one in tables if one.rows]


def _parameters(table: pd.DataFrame, parts: Sequence[str], note: str) -> Table:
    rows = []
    for name, same in table.groupby("name", sort=False):
        first = same.iloc[0]
        values = dict(zip(same["part"], same["value"], strict=True))
        rows.append(
            [
                str(name),
                f"{first['meaning']} [{first['unit']}]",
                *(sentences.cell_text(values[part]) if part in values else "" for part in parts),
                sentences_page.remark(dict(zip(same["part"], same["source"], strict=True))),
            ]
        )
    columns = [*sentences_page.ASSUMED_COLUMNS, *parts, sentences_page.ASSUMED_LAST_COLUMN]
    return Table(sentences_page.PAGE["assumed"], columns, rows, note, dense=True, widths=(20, 30))


def _plain(table: pd.DataFrame, caption: str) -> Table:
    columns = [sentences.column_head(str(name)) for name in table.columns]
    rows = [[sentences.cell_text(value) for value in row] for row in table.itertuples(index=False)]
    return Table(caption, columns, rows, dense=True)
