"""Where results are to be written: whether that can be, before anything long begins."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from simkit.errors import InputError, Problem


def folder_problems(option: str, folder: Path | None) -> list[Problem]:
    """Return why a folder cannot be written, before anything long begins.

    Parameters
    ----------
    option, folder
        The option that names it, and what it names; None for none.
    """
    if folder is None:
        return []
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    rule = "must be a folder that can be written"
    try:
        # Rights tell little of network drives and full disks: only trying shows it.
        with tempfile.TemporaryDirectory(prefix=".simkit.", dir=there):
            return []
    except NotADirectoryError:
        return [Problem("command line", option, str(folder), rule)]
    except OSError as error:
        why = f"{rule}: {error.strerror or error}"
        return [Problem("command line", option, str(folder), why)]


def file_problems(option: str, file: Path | None) -> list[Problem]:
    """Return why a file cannot be written, before anything long begins.

    Parameters
    ----------
    option, file
        The option that names it, and what it names; None for none.
    """
    if file is None:
        return []
    if file.is_dir():
        return [Problem("command line", option, str(file), "must be a file, not a folder")]
    rule = "must be a file that can be written"
    found = folder_problems(option, file.parent)
    return [replace(problem, value=str(file), rule=rule) for problem in found]


def picture_problems(option: str, file: Path | None) -> list[Problem]:
    """Return why a picture, which is a PNG, cannot be written to a file; without a suffix it can.

    Parameters
    ----------
    option, file
        The option that names it, and what it names; None for none.
    """
    found = file_problems(option, file)
    if file is not None and file.suffix.lower() not in ("", ".png"):
        found.append(Problem("command line", option, str(file), "must end in .png"))
    return found


def log_problems(option: str, folder: Path, *, replace_log: bool) -> list[Problem]:
    """Return why a call log cannot be written: where one stands it is replaced when told to.

    Parameters
    ----------
    option, folder
        The option that names the folder, and what it names.
    replace_log
        Whether a call log that stands there may be replaced; anything else may not.
    """
    from simkit.calllog.store import refuse_to_overwrite

    try:
        refuse_to_overwrite(folder)
    except InputError as error:
        return list(error.problems)
    if replace_log or not folder.exists() or not any(folder.iterdir()):
        return []
    rule = "must be a new folder: a call log stands there, which only --replace replaces"
    return [Problem("command line", option, str(folder), rule)]
