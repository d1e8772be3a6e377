"""Which code decides a simulated result: two runs may share results if it is the same."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

from simkit.errors import InputError, Problem

ROOT = Path(__file__).parents[1]
WITHOUT_A_SAY = ("trial", "recommend", "report", "cli")
"""Rooms that work on results and make none."""
NUMBERS_FROM = ("holidays", "numba", "numpy", "scipy")
"""Packages that decide a run: what is open, and the last digits of a number."""


def _hash_of_files() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if place.parts[0] not in WITHOUT_A_SAY:
            digest.update(place.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Now, as this process reads the files, and not when it is first asked for.
_AS_LOADED = _hash_of_files()


def code_identity() -> str:
    """Return a hash of all code that may decide what a simulated run yields.

    Raises
    ------
    InputError
        If the files are not those any more that this process has read.
    """
    if _hash_of_files() != _AS_LOADED:
        rule = "must be those that are in use, or results would be kept under another code's name"
        cure = "begin anew (in a notebook: restart the kernel)"
        raise InputError(
            [Problem("simkit", "files", "edited since they were read", f"{rule}: {cure}")]
        )
    return _AS_LOADED


def run_identity() -> str:
    """Return what must be the same for runs of one study to be the same: code and versions.

    Raises
    ------
    InputError
        As `code_identity`.
    """
    versions = (f"{name} {version(name)}" for name in NUMBERS_FROM)
    return ", ".join((f"code {code_identity()}", *versions, platform.machine()))
