"""A field trial as sections of a page: how it stands, what it found, what to doubt of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from simkit.recommend.numbers import amount
from simkit.report import sentences, sentences_page, sentences_trial
from simkit.report.blocks import Picture, Table, picture
from simkit.report.figures import exposure_figure, forest_figure, incidence_figure
from simkit.trial.checks.check import worst_first
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.checks.registration import REGISTERED

if TYPE_CHECKING:
    from simkit.trial import Checks, Evaluation
    from simkit.trial.models import CumulativeIncidence
    from simkit.trial.regret import Regret

Doubts = list[tuple[str, str]]
ALL = sentences_trial.ALL


def standing(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return what was registered, and how the evaluation stands to it: names and values."""
    design, table = evaluation.design, evaluation.table
    if design is None:
        rows = table[table["role"] == "guardrail"].groupby("outcome", sort=False)
        guards = {
            str(name): dict(zip(here["segment"], here["margin"], strict=True))
            for name, here in rows
        }
    else:
        guards = design.guardrails
    verdicts = evaluation.checks["verdict"]
    return sentences_trial.standing_lines(
        design,
        primary=evaluation.primary if design is None else design.primary,
        horizon_days=evaluation.horizon_days if design is None else design.horizon_days,
        guards=guards,
        units=dict(zip(table["outcome"], table["unit"], strict=True)),
        deviations=[] if design is None else [row.found for row in _deviations(evaluation)],
        off_plan=evaluation.off_plan,
        checked=sentences_trial.checked_text(
            len(verdicts), int((verdicts == "fail").sum()), int((verdicts == "warning").sum())
        ),
    )


def doubts(evaluation: Evaluation | None, segment: str) -> Doubts:
    """Return what a decision on a segment must not be read without: a kind, and words.

    A failed check of another segment counts too: then nothing of the trial may be acted on.
    """
    if evaluation is None or not (evaluation.table["segment"] == segment).any():
        return []
    failed = evaluation.checks[evaluation.checks["verdict"] == "fail"]
    here = failed[failed["segment"].isin([ALL, segment])]
    found: Doubts = [
        (
            sentences_trial.CHECK_FAILED,
            sentences_trial.failed_doubt(row.check, row.found, row.meaning),
        )
        for row in _rows(here[here["check"] != REGISTERED])
    ]
    if here.empty and not evaluation.trustworthy:
        elsewhere = sentences_trial.elsewhere_doubt(list(dict.fromkeys(failed["segment"])))
        found.append((sentences_trial.CHECK_FAILED, elsewhere))
    kind = sentences_trial.NOT_AS_REGISTERED
    if evaluation.design is None:
        kind = sentences_trial.NOT_REGISTERED
    found += [
        (
            kind,
            # What a warning means stands once on the page, among the warnings.
            row.found
            if row.verdict == "warning" and evaluation.design is not None
            else sentences_trial.deviation_doubt(row.found, row.meaning),
        )
        for row in _deviations(evaluation)
        if row.segment in (ALL, segment)
    ]
    apart = evaluation.checks
    apart = apart[(apart["check"] == INTERACTION) & apart["p_value"].notna()]
    apart = apart[apart["verdict"] == "warning"]
    found += [(sentences_trial.NOT_APART, row.meaning) for row in _rows(apart)]
    found += [(sentences_trial.IN_DOUBT, text) for text in evaluation.doubts]
    return [(name, f"{text[0].upper()}{text[1:]}") for name, text in found]


def _deviations(evaluation: Evaluation) -> list[Any]:
    checks = evaluation.checks
    return list(_rows(checks[(checks["check"] == REGISTERED) & (checks["verdict"] != "ok")]))


def field(
    evaluation: Evaluation,
    segment: str,
    names: Mapping[str, Mapping[str, str]],
    *,
    regret: Regret | None,
    checks: Checks | None,
    incidence: CumulativeIncidence | None,
) -> dict[str, Any]:
    """Arrange what a trial says of one segment.

    Parameters
    ----------
    evaluation, segment
        The trial, and the segment.
    names
        Segment → arm → interval.
    regret
        The trial read as a choice; None where it may not be.
    checks, incidence
        What the figures of exposure and cumulative incidence draw; None for no figure.
    """
    table = evaluation.table[evaluation.table["segment"] == segment]
    decides = table["role"] != "secondary"
    outcomes = _outcomes(evaluation, table[decides], segment, decides=True)
    others = _outcomes(evaluation, table[~decides], segment, decides=False)
    figure = forest_figure(evaluation, segment, names=names)
    said = [" ".join(row[:3]) for row in outcomes.rows]
    trend_said, trend = _trend(evaluation, segment)
    return {
        "parts": evaluation.parts.get(segment, ()) if evaluation.trustworthy else (),
        "adjusted": sentences_trial.adjusted_text(evaluation.adjusted),
        "looks": sentences_trial.looks_text(evaluation.looks),
        "forest": picture(figure, sentences_page.CAPTIONS["forest"], said),
        "outcomes": outcomes,
        "others": others if others.rows else None,
        "choice": None if regret is None else _choice(regret, segment, names.get(segment, {})),
        "no_choice": _no_choice(regret, segment),
        "trend_said": trend_said,
        "trend": trend,
        "incidence": None if incidence is None else _incidence(incidence, evaluation, segment),
        "exposure": None if checks is None else _exposure(checks, segment),
    }


def _outcomes(evaluation: Evaluation, table: pd.DataFrame, segment: str, *, decides: bool) -> Table:
    plain = _plain(evaluation, segment)
    dunnett = bool(table["ci_low_dunnett"].notna().any())
    freed = bool(table["median_unbiased"].notna().any())
    rows = []
    verdicts = evaluation.verdicts().loc[table.index]
    widths = (table["ci_high"] - table["ci_low"]).groupby(table["outcome"]).apply(list)
    for row in _rows(table.assign(verdict=verdicts)):
        digits = sentences.digits_of(widths[row.outcome], row.unit)
        cells = [
            sentences_trial.outcome_text(row.outcome, row.unit, row.role, row.better),
            sentences_trial.against(row.arm, row.control),
            sentences.estimate_text(row.estimate, row.ci_low, row.ci_high, row.unit, digits),
            sentences_trial.relative_text(row.ratio, row.ratio_low, row.ratio_high),
            sentences.bounds_text(row.ci_low_adjusted, row.ci_high_adjusted, row.unit, digits),
        ]
        if dunnett:
            low, high = row.ci_low_dunnett, row.ci_high_dunnett
            cells.append(sentences.bounds_text(low, high, row.unit, digits))
        if plain:
            cells.append(_plain_cell(plain.get((row.outcome, row.arm)), row.unit, digits))
        if freed:
            estimate = (row.median_unbiased, row.final_low, row.final_high)
            cells.append(sentences.estimate_text(*estimate, row.unit, digits))
        rows.append([*cells, row.verdict, row.reason])
    note = sentences_trial.OUTCOME_NOTE
    note += sentences_trial.DUNNETT_NOTE if dunnett else ""
    note += sentences_trial.PLAIN_NOTE if plain else ""
    note += sentences_trial.FREED_NOTE if freed else ""
    return Table(
        sentences_trial.outcomes_caption(segment, evaluation.horizon_days, decides=decides),
        sentences_trial.outcome_columns(
            evaluation.alpha, dunnett=dunnett, plain=bool(plain), freed=freed
        ),
        rows,
        note if decides else "",
        dense=True,
    )


def is_freed(evaluation: Evaluation, segment: str) -> bool:
    """Tell whether looks ended a comparison of a segment, so that another figure is to report."""
    here = evaluation.table["segment"] == segment
    return bool(evaluation.table.loc[here, "median_unbiased"].notna().any())


def _plain(evaluation: Evaluation, segment: str) -> dict[tuple[str, str], Any]:
    """Return (outcome, arm) → the row of the unadjusted difference, where there are any."""
    table = evaluation.unadjusted
    if table.empty:
        return {}
    here = table[table["segment"] == segment]
    return {(row.outcome, row.arm): row for row in _rows(here)}


def _plain_cell(row: Any, unit: str, digits: int) -> str:
    if row is None:
        return "–"
    estimate = sentences.estimate_text(row.estimate, row.ci_low, row.ci_high, unit, digits)
    return sentences_trial.plain_text(estimate, row.variance_reduction_percent, row.reason)


def _trend(evaluation: Evaluation, segment: str) -> tuple[str, Table | None]:
    """Return the sentence on the outcome that decides, and a table of all."""
    if evaluation.trend.empty:
        return "", None
    here = (evaluation.trend["segment"] == segment).to_numpy()
    if not here.any():
        return "", None
    said = ""
    rows = []
    for row, text in zip(_rows(evaluation.trend), evaluation.trend_sentences(), strict=True):
        if row.segment != segment:
            continue
        if row.outcome == evaluation.primary:
            said = text
        cells = [sentences_trial.outcome_text(row.outcome, row.unit, "")]
        if row.reason:
            cells += ["–", row.reason]
        else:
            cells += [
                sentences.estimate_text(row.slope, row.ci_low, row.ci_high, row.unit),
                sentences_trial.line_text(row.departure_p, evaluation.alpha),
            ]
        rows.append(cells)
    first = evaluation.trend[here].iloc[0]
    caption = sentences_trial.trend_caption(first["days"], first["source"])
    columns = sentences_trial.trend_columns(evaluation.alpha)
    return said, Table(caption, columns, rows, dense=True)


def _choice(regret: Regret, segment: str, names: Mapping[str, str]) -> dict[str, Any] | None:
    here = regret.table[regret.table["segment"] == segment]
    if here.empty:
        return None
    longer = regret.longer[regret.longer["segment"] == segment]
    unit, scale = regret.unit, regret.scale(segment)
    rows = [
        [
            sentences_page.arm_text(row.arm, names.get(row.arm, row.arm)),
            amount(row.mean, unit, signed=False),
            sentences_trial.probability_text(row.prob_best),
            sentences_trial.loss_text(row.regret, unit, scale),
        ]
        for row in _rows(here)
    ]
    columns = list(sentences_trial.CHOICE_COLUMNS)
    if here["vetoed"].any():
        columns.append(sentences_trial.STOPPED_COLUMN)
        for cells, vetoed in zip(rows, here["vetoed"], strict=True):
            cells.append(sentences_trial.VETOED if vetoed else sentences_trial.NOT_STOPPED)
    note = sentences_trial.CHOICE_NOTE
    if len(longer):
        sizes = list(zip(longer["contacts_more"], longer["value"], strict=True))
        most = float(longer["value_perfect"].max())
        note = sentences_trial.longer_text(sizes, most, unit, scale)
    caption = sentences_trial.choice_caption(segment, regret.outcome)
    return {
        "sentence": replace(regret, table=here, longer=longer, why_not={}).sentence(),
        "table": Table(caption, columns, rows, note),
    }


def _no_choice(regret: Regret | None, segment: str) -> str:
    """Say why there is no choice between a segment's arms; nothing where there is one."""
    if regret is None:
        return sentences_trial.not_told(sentences_trial.A_CHECK_FAILED)
    if segment not in regret.why_not:
        return ""
    return sentences_trial.not_told(regret.why_not[segment])


def _incidence(
    incidence: CumulativeIncidence, evaluation: Evaluation, segment: str
) -> Picture | None:
    if not (incidence.curves["segment"] == segment).any():
        return None
    said = [
        text
        for text, name in zip(incidence.sentences(), incidence.table["segment"], strict=True)
        if name == segment
    ]
    figure = incidence_figure(incidence, segment, evaluation=evaluation)
    return picture(figure, sentences_page.CAPTIONS["incidence"], said)


def _exposure(checks: Checks, segment: str) -> Picture | None:
    rows = checks.exposure[checks.exposure["segment"] == segment]
    if rows.empty:
        return None
    said = [sentences_trial.delivered_text(row) for row in _rows(rows)]
    return picture(exposure_figure(checks, segment), sentences_page.CAPTIONS["exposure"], said)


def checked(evaluation: Evaluation) -> dict[str, Any]:
    """Arrange the checks: what was found, the worst first, and apart from it what was not."""
    table = worst_first(evaluation.checks)
    fine = table["verdict"] == "ok"
    told = [
        [row.check, row.segment, row.verdict, row.found, row.meaning, row.advice]
        for row in _rows(table[~fine])
    ]
    quiet = [[row.check, row.segment, row.found, row.meaning] for row in _rows(table[fine])]
    caption = sentences_page.PAGE["checks"]
    summary = sentences_trial.fine_summary(len(quiet))
    return {
        "told": Table(caption, sentences_trial.CHECK_COLUMNS, told, dense=True) if told else None,
        "fine": Table(summary, sentences_trial.FINE_COLUMNS, quiet, dense=True) if quiet else None,
    }


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples(index=False)
