"""Which code decides a simulated result: two runs may share results if it is the same."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simkit.errors import InputError, Problem

ROOT = Path(__file__).parents[1]
PACKAGE = __name__.partition(".")[0]
WITHOUT_A_SAY = ("trial", "recommend", "report", "cli")
"""Rooms that work on results and make none, unless the run itself asks them to."""
NUMBERS_FROM = ("holidays", "numba", "numpy", "scipy")
"""Packages that decide a run: what is open, and the last digits of a number."""
FURTHER_NUMBERS_FROM = {"trial": ("duckdb", "pandas", "statsmodels")}
"""Room without a say that a run may ask → packages that then decide the run too."""


def _hash_of_files(room: str | None = None) -> str:
    """Return the hash of a room without a say; of all the others where none is named."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        of_room = place.parts[0] if place.parts[0] in WITHOUT_A_SAY else None
        if of_room == room:
            digest.update(place.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Now, as this process reads the files, and not when it is first asked for.
_AS_LOADED = _hash_of_files()
_ROOMS_AS_LOADED = {room: _hash_of_files(room) for room in FURTHER_NUMBERS_FROM}


def rooms_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the rooms without a say that have one in this function: the one that it lives in."""
    module = getattr(function, "__module__", None) or type(function).__module__
    return tuple(room for room in FURTHER_NUMBERS_FROM if module.startswith(f"{PACKAGE}.{room}."))


def code_identity(*rooms: str) -> str:
    """Return a hash of all code that may decide what a simulated run yields.

    Parameters
    ----------
    *rooms
        Those of FURTHER_NUMBERS_FROM that the run asks: a trial that is rehearsed is evaluated.

    Raises
    ------
    InputError
        If the files are not those any more that this process has read.
    """
    edited = _hash_of_files() != _AS_LOADED
    if edited or any(_hash_of_files(room) != _ROOMS_AS_LOADED[room] for room in rooms):
        rule = "must be those that are in use, or results would be kept under another code's name"
        cure = "begin anew (in a notebook: restart the kernel)"
        raise InputError(
            [Problem("simkit", "files", "edited since they were read", f"{rule}: {cure}")]
        )
    return " ".join((_AS_LOADED, *(_ROOMS_AS_LOADED[room] for room in rooms)))


def run_identity(*rooms: str) -> str:
    """Return what must be the same for runs of one study to be the same: code and versions.

    Parameters
    ----------
    *rooms
        As in `code_identity`.

    Raises
    ------
    InputError
        As `code_identity`.
    """
    further = [name for room in rooms for name in FURTHER_NUMBERS_FROM[room]]
    versions = (f"{name} {version(name)}" for name in (*NUMBERS_FROM, *further))
    return ", ".join((f"code {code_identity(*rooms)}", *versions, platform.machine()))
