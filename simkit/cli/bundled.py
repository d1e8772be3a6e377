"""Where the bundled field trial is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simkit.errors import InputError, Problem

DATA = Path(__file__).resolve().parents[2] / "data"


@dataclass(frozen=True)
class BundledTrial:
    """The files of the bundled field trial."""

    log: Path
    design: Path


def bundled_trial() -> BundledTrial:
    """Return the bundled trial's files.

    It belongs to the repository, not to the package: whoever installs a wheel gets no data.

    Raises
    ------
    InputError
        There is no such folder beside the package.
    """
    found = BundledTrial(log=DATA / "trial", design=DATA / "design.toml")
    if not (found.log / "header.json").is_file():
        rule = (
            "must be given: the bundled field trial is in the folder data/ of simkit's "
            "repository, and this installation has none beside it"
        )
        raise InputError([Problem("command line", "--log", None, rule)])
    return found
