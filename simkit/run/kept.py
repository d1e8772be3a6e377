"""A folder of finished results, each in a file named by a hash of all that it depends on."""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.calllog.whole import whole_file
from simkit.errors import InputError, Problem
from simkit.run.code import run_identity

ROOM = "simkit-runs"
WHERE = "kept runs"


class KeptResults:
    """Arrays of numbers on disk, found again by what they depend on.

    Each is a JSON file that appears whole or not at all, so that a folder may be shared by runs
    that go on at the same time, and outlives one that is killed.

    Parameters
    ----------
    folder
        The folder's name; results go to a folder ``simkit-runs`` in it.
    *rooms
        Further rooms whose code the results depend on, as `run_identity` takes them.

    Raises
    ------
    InputError
        If no folder can be there; or as `run_identity`.
    """

    def __init__(self, folder: str | Path, *rooms: str) -> None:
        self.room = Path(folder) / ROOM
        self._code = run_identity(*rooms)
        try:
            self.room.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.room):
                pass
        except OSError as error:
            rule = f"must be a folder that can be written: {error.strerror}"
            raise InputError([Problem(WHERE, "folder", str(folder), rule)]) from None

    def find(self, about: Mapping[str, Any], shape: tuple[int, ...]) -> NDArray[np.float64] | None:
        """Return the result that depends on all of this; None where there is none.

        Parameters
        ----------
        about
            What the result depends on besides the code, as JSON can hold it.
        shape
            What the result must look like.
        """
        path = self._path(about)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            rule = f"must be a file that can be read: {error.strerror}"
            raise InputError([Problem(WHERE, "file", str(path), rule)]) from None
        try:
            found = json.loads(content)
            values = np.array(found["values"], dtype=np.float64)  # null becomes NaN
            whole = found["sha256"] == _checksum(found["values"]) and values.shape == shape
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            warnings.warn(f"{path} is damaged: it is computed and written again", stacklevel=2)
            return None
        return values

    def keep(self, about: Mapping[str, Any], values: NDArray[np.float64]) -> None:
        """Keep a result.

        Parameters
        ----------
        about
            As in `find`.
        values
            The result, of any shape.
        """
        plain = _plain(values.tolist())
        content = {"about": dict(about), "sha256": _checksum(plain), "values": plain}
        with whole_file(self._path(about)) as path:
            path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")

    def _path(self, about: Mapping[str, Any]) -> Path:
        canonical = json.dumps([self._code, dict(about)], sort_keys=True, allow_nan=False)
        name = hashlib.sha256(canonical.encode()).hexdigest()
        return self.room / name[:2] / f"{name}.json"


def number_kept(folder: str | Path) -> int:
    """Count the results that a folder of `KeptResults` holds, whatever they are of.

    Parameters
    ----------
    folder
        The folder's name, as `KeptResults` takes it.
    """
    return sum(1 for _ in (Path(folder) / ROOM).glob("*/*.json"))


def _plain(values: Any) -> Any:
    """Return nested lists with None for NaN, which JSON does not know."""
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return None if math.isnan(values) else values


def _checksum(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
