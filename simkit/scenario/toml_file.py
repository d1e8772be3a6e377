"""Reading TOML files with errors that a person can act on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from simkit.errors import InputError, Problem


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it cannot be read, is not UTF-8 text or not TOML; the message gives line and column.
    """
    where = str(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            [Problem(where, "(file)", error.strerror, "must be a readable file")]
        ) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(where, "(file)", error.reason, "must be UTF-8 text")]) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError([Problem(where, "(file)", str(error), "must be valid TOML")]) from error
