"""Which folder a result may replace: one that holds nothing but what simkit writes."""

from __future__ import annotations

from pathlib import Path

from simkit.errors import InputError, Problem

POLICY_FILE = "policy.toml"
DECISION_FILE = "decision.csv"
STUDY_FILE = "study.json"
REPORT_FILE = "report.html"
WRITTEN = frozenset(
    {
        POLICY_FILE,
        DECISION_FILE,
        STUDY_FILE,
        REPORT_FILE,
        "assumptions.csv",
        "audit.csv",
        "evaluation.csv",
        "evaluation_checks.csv",
        "evidence.csv",
        "horizons.csv",
        "sweep.csv",
        "sweep.json",
        "sweep_differences.csv",
        "sweep_runs.csv",
        "warnings.txt",
    }
)
"""All that a study or a recommendation writes; a folder with anything else is somebody's own."""


def refuse_other(
    folder: Path,
    mark: str = DECISION_FILE,
    *,
    where: str = "recommendation",
    field: str = "folder",
) -> None:
    """Raise InputError where something stands at `folder` that may not be replaced.

    Only a new or empty folder passes, or an earlier result: one that holds the mark of its kind,
    and no file but those that simkit writes.

    Parameters
    ----------
    folder
        Where results are to be written.
    mark
        The file by which an earlier result of the same kind is known.
    where, field
        What the message calls the place that named the folder.
    """
    plain = folder.is_dir() and not folder.is_symlink()
    there = {path.name: path.is_file() for path in folder.iterdir()} if plain else {}
    earlier = mark in there and there.keys() <= WRITTEN and all(there.values())
    free = plain and (not there or earlier)
    if folder.is_symlink() or (folder.exists() and not free):
        rule = "must be a new or empty folder, or an earlier result's: nothing else is overwritten"
        raise InputError([Problem(where, field, str(folder), rule)])
