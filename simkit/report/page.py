"""The report: one HTML file that needs nothing else and answers the question first."""

from __future__ import annotations

import os
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from simkit.calllog.whole import whole_file
from simkit.report import sentences, sentences_page
from simkit.report.sections import sections

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.recommend import Recommendation
    from simkit.scenario import Scenario
    from simkit.sweep import SweepResult
    from simkit.trial import AuditReport, Checks, Evaluation
    from simkit.trial.models import CumulativeIncidence

TEMPLATE = "report.html"
PACKAGE = "simkit"
NOT_INSTALLED = "version not known"


def write_report(
    path: str | os.PathLike[str],
    recommendation: Recommendation,
    *,
    sweep: SweepResult | None = None,
    scenario: Scenario | None = None,
    evaluation: Evaluation | None = None,
    audit: AuditReport | None = None,
    log: CallLog | None = None,
    checks: Checks | None = None,
    incidence: CumulativeIncidence | None = None,
    made_on: date | None = None,
    title: str | None = None,
) -> Path:
    """Write a recommendation as one HTML page; the file appears whole or not at all.

    The page holds its own style and figures and points to no other address, so that it can be
    mailed, printed and kept.

    Parameters
    ----------
    path
        The file's name.
    recommendation
        What is reported.
    sweep
        The simulation; None for the recommendation's own.
    scenario
        What the simulation took as given; its description is quoted.
    evaluation, audit, log
        The field trial, the audit and the call log behind the recommendation, where there are any.
    checks
        The checks of the trial (`simkit.trial.check_trial`), whose exposure is drawn: what
        each arm delivered against what was intended. None for no such figure.
    incidence
        By when contacts bought and opted out (`simkit.trial.models.cumulative_incidence`). None for
        no such figure.
    made_on
        A date to print; None for none.
    title
        The page's title; None for the question itself.

    Returns
    -------
    Path
        The file.
    """
    content = sections(
        recommendation,
        sweep=recommendation.sweep if sweep is None else sweep,
        scenario=scenario,
        evaluation=evaluation,
        audit=audit,
        log=log,
        checks=checks,
        incidence=incidence,
        version=_version(),
        made_on=None if made_on is None else made_on.isoformat(),
    )
    room = Environment(
        loader=PackageLoader("simkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = room.get_template(TEMPLATE).render(
        content,
        lang=sentences.LANGUAGE,
        title=title or sentences_page.PAGE["title"],
        words=sentences_page.page_words(simulated=content["simulated"]),
    )
    with whole_file(path) as fresh:
        fresh.write_text(text, encoding="utf-8")
    return Path(path)


def _version() -> str:
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED
