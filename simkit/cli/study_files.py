"""What a study leaves behind: the report, its tables, and what they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.calllog.whole import whole_folder
from simkit.cli.output import note

if TYPE_CHECKING:
    from simkit.cli.effort import Effort
    from simkit.cli.study import Answer


def write(found: Answer, folder: Path, effort: Effort, seed: int) -> None:
    """Write the report with its tables; the folder appears whole or not at all.

    Parameters
    ----------
    found
        The answer.
    folder
        The folder: new, empty, or an earlier study's, which is then replaced.
    effort, seed
        What was simulated, for the record.
    """
    from simkit.recommend.folder import REPORT_FILE, STUDY_FILE, refuse_other
    from simkit.report import write_report

    refuse_other(folder, STUDY_FILE, where="command line", field="--out")
    note("writing the report")
    with whole_folder(folder) as room:
        found.recommendation.write(room)
        write_report(
            room / REPORT_FILE,
            found.recommendation,
            scenario=found.question.scenario,
            evaluation=found.evaluation,
            audit=found.audit,
            log=found.question.log,
            checks=found.checks,
            incidence=found.incidence,
        )
        if found.evaluation is not None:
            _csv(found.evaluation.table, room / "evaluation.csv")
            _csv(found.evaluation.checks, room / "evaluation_checks.csv")
        if found.audit is not None:
            _csv(found.audit.table, room / "audit.csv")
        text = json.dumps(_record(found, effort, seed), indent=2, ensure_ascii=False)
        (room / STUDY_FILE).write_text(text + "\n", encoding="utf-8")


def _record(found: Answer, effort: Effort, seed: int) -> dict[str, Any]:
    """Return what the study was made from, so that it can be made again."""
    from simkit import __version__

    question = found.question
    log = question.log
    return {
        "simkit": __version__,
        "scenario": question.scenario.identity(),
        "segments": list(question.segments),
        "contacts_per_run": effort.contacts,
        "agents_per_run": effort.agents,
        "replications": effort.replications,
        "seed": seed,
        "design": None if question.design is None else question.design.identity(),
        "looks": None if found.evaluation is None else found.evaluation.looks or None,
        "log": None if log is None else log.header.to_dict(),
        "notes": list(question.notes),
    }


def _csv(table: Any, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
