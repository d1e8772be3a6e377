"""Reading TOML files with errors that a person can act on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from simkit.errors import InputError, Problem

AT_LINE = re.compile(r"\(at line (\d+),")
COMMA = re.compile(r"=\s*([+-]?\d+),(\d+)")


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
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except OSError as error:
        raise InputError(
            [Problem(where, "(file)", error.strerror, "must be a readable file")]
        ) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(where, "(file)", error.reason, "must be UTF-8 text")]) from error
    except tomllib.TOMLDecodeError as error:
        rule = f"must be valid TOML{decimal_comma(text, error)}"
        raise InputError([Problem(where, "(file)", str(error), rule)]) from error


def decimal_comma(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return a hint where the line that cannot be read has a number with a comma; else nothing.

    Parameters
    ----------
    text
        The file's text.
    error
        Why it cannot be read; it names the line.
    """
    told = AT_LINE.search(str(error))
    lines = text.splitlines()
    number = int(told[1]) if told else 0
    found = COMMA.search(lines[number - 1]) if 0 < number <= len(lines) else None
    if found is None:
        return ""
    return f"; numbers have a decimal point: {found[1]}.{found[2]}, not {found[1]},{found[2]}"
