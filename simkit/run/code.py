"""Which code decides a simulated result: two runs may share results if it is the same."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITHOUT_A_SAY = ("trial", "recommend", "report", "cli")
"""Rooms that work on results and make none."""


@cache
def code_identity() -> str:
    """Return a hash of all code that may decide what a simulated run yields."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if place.parts[0] not in WITHOUT_A_SAY:
            digest.update(place.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
