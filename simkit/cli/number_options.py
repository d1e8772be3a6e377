"""Options that are numbers, for all or for each segment, arm or outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simkit.cli.inputs import Together, by_segment
from simkit.errors import InputError, Problem


def numbers_by_segment(
    option: str, given: list[str] | None, segments: Iterable[str], *, whole: bool = False
) -> Any:
    """Return segment → number of an option; None where it is not given."""
    if not given:
        return None
    known = list(segments)
    if not known:  # the file that names them is missing or broken, which is told
        return None
    texts = by_segment(option, given, known)
    return _all({name: (option, text) for name, text in texts.items()}, whole=whole)


def named_numbers(option: str, given: list[str] | None, *, whole: bool = False) -> Any:
    """Return name → number of an option written NAME=NUMBER, ``""`` for one without a name."""
    if not given:
        return None
    texts: dict[str, tuple[str, str]] = {}
    problems = []
    for text in given:
        name, _, number = text.rpartition("=")
        if name.strip() in texts or (len(given) > 1 and not name):
            rule = "must be NAME=NUMBER, each name once"
            problems.append(Problem("command line", option, text, rule))
        texts[name.strip()] = (option, number)
    if problems:
        raise InputError(problems)
    return _all(texts, whole=whole)


def _all(texts: dict[str, tuple[str, str]], *, whole: bool) -> dict[str, Any]:
    together = Together()
    found: dict[str, Any] = {}
    for name, (option, text) in texts.items():
        with together:
            found[name] = one_number(option, text, whole=whole)
    together.tell()
    return found


def one_number(option: str, text: str, *, whole: bool = False) -> Any:
    """Return the number that a text says."""
    try:
        return int(text) if whole else float(text)
    except ValueError:
        rule = f"must be a {'whole ' if whole else ''}number"
        raise InputError([Problem("command line", option, text.strip(), rule)]) from None
