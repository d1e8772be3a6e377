"""Options that are numbers, for all or for each segment, arm or outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simkit.cli.inputs import by_segment
from simkit.errors import InputError, Problem, Together

CONTACTS, GUARDRAIL = "--contacts", "--guardrail"
NONE = "none"
NUMBER_FORM = ", with a decimal point and without %, as 0.01 for 1 %"
IN_A_SEGMENT = 2  # "=" in SEGMENT=OUTCOME=MARGIN


def numbers_by_segment(
    option: str, given: list[str] | None, segments: Iterable[str], *, whole: bool = False
) -> Any:
    """Return segment → number of an option, of all segments; None where it is not given.

    A number without a segment is that of each segment that has none of its own.
    """
    if not given:
        return None
    known = list(segments)
    if not known:  # the file that names them is missing or broken, which is told
        return None
    texts = by_segment(option, given, known, bundled=option == CONTACTS)
    missing = [name for name in known if name not in texts]
    if missing:
        also = " ".join(f"{option} {name}=..." for name in missing)
        rule = f"must be given for each segment ({', '.join(known)}): give {also} too"
        raise InputError([Problem("command line", option, ", ".join(given), rule)])
    numbers = _all({text: (option, text) for text in texts.values()}, whole=whole)
    return {name: numbers[text] for name, text in texts.items()}


def contacts_in_all(given: list[str] | None, segments: Sequence[str]) -> Any:
    """Return contacts of all segments together, or segment → contacts; None: not given.

    Parameters
    ----------
    given
        The values of ``--contacts``: one number for all segments together, or SEGMENT=N for each.
    segments
        The segments; empty where what names them is missing or broken, which is told.
    """
    if given and len(given) == 1 and "=" not in given[0]:
        return one_number(CONTACTS, given[0], whole=True)
    _only_named(given, segments, f"or one number for all segments together: {CONTACTS} N")
    return numbers_by_segment(CONTACTS, given, segments, whole=True)


def contacts_of_each(given: list[str] | None, segments: Sequence[str]) -> Any:
    """Return segment → contacts; None: not given.

    Parameters
    ----------
    given
        The values of ``--contacts``: SEGMENT=N for each segment, or one number where there is one
        segment.
    segments
        The segments, as in `contacts_in_all`.
    """
    if len(segments) > 1:
        _only_named(
            given, segments, "since a number alone may be meant for each or for all together"
        )
    return numbers_by_segment(CONTACTS, given, segments, whole=True)


def _only_named(given: list[str] | None, segments: Sequence[str], why: str) -> None:
    """Refuse numbers of contacts that do not say whose they are."""
    bare = [text for text in given or [] if "=" not in text]
    if bare and segments:
        named = " ".join(f"{CONTACTS} {name}=N" for name in segments)
        rule = f"must be given for each segment, as {named}, {why}"
        raise InputError([Problem("command line", CONTACTS, ", ".join(bare), rule)])


def named_numbers(
    option: str,
    given: Iterable[str] | None,
    *,
    example: str,
    whole: bool = False,
    alone: bool = False,
) -> Any:
    """Return name → number of an option written NAME=NUMBER; None where it is not given.

    Parameters
    ----------
    option, given
        The option and its values.
    example
        How one is written, as ``long=2``.
    whole
        Whether numbers must be whole.
    alone
        Whether one number without a name, returned by the name ``""``, is for all.

    Raises
    ------
    InputError
        Naming each value that names nothing, or what was named before, or is no number.
    """
    texts = list(given or ())
    found: dict[str, Any] = {}
    together = Together()
    for text in texts:
        before, separator, number = text.rpartition("=")
        name, rule = before.strip(), f"must be a name, = and a number, as {example}"
        if name in found:
            together.problems.append(Problem("command line", option, text, "must be given once"))
            continue
        if not (name or (alone and len(texts) == 1 and not separator)):
            if not separator and _margin(text.replace(",", ".")) is not None:
                rule = f"must say whose number it is: a name, = and the number, as {example}"
            together.problems.append(Problem("command line", option, text, rule))
            continue
        found[name] = None  # so that it is known, whatever is wrong with its number
        with together:
            found[name] = one_number(option, number, whole=whole)
    together.tell()
    return found or None


@dataclass(frozen=True)
class Guardrails:
    """Harm that is tolerated, as the command line says it.

    Parameters
    ----------
    shared
        Outcome → margin in all segments that have none of their own, in the outcome's unit.
    own
        Outcome → segment → margin.
    """

    shared: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that are named."""
        return tuple(dict.fromkeys([*self.shared, *self.own]))

    def margins(self, segments: Sequence[str]) -> dict[str, float | dict[str, float]]:
        """Return outcome → margin, or segment → margin where segments differ.

        Raises
        ------
        InputError
            Naming each segment that is not known.
        """
        rule = f"must begin with a segment ({', '.join(segments)}) and ="
        if not segments:
            rule = "must be OUTCOME=MARGIN where nothing tells segments apart"
        problems = [
            Problem("command line", GUARDRAIL, f"{segment}={name}={margin:g}", rule)
            for name, margins in self.own.items()
            for segment, margin in margins.items()
            if segment not in segments
        ]
        if problems:
            raise InputError(problems)
        found: dict[str, float | dict[str, float]] = {}
        for name in self.outcomes:
            shared = self.shared.get(name)
            if name not in self.own:
                assert shared is not None  # as an outcome has a margin here or there
                found[name] = shared
            else:
                rest = {} if shared is None else dict.fromkeys(segments, shared)
                found[name] = {**rest, **self.own[name]}
        return found


def guardrails_of(given: Iterable[str] | None) -> Guardrails | None:
    """Return what is given as OUTCOME=MARGIN or SEGMENT=OUTCOME=MARGIN, or none alone.

    Parameters
    ----------
    given
        The option's values.

    Returns
    -------
    Guardrails or None
        None where nothing is given, so that something else says it.

    Raises
    ------
    InputError
        Naming each text that says no margin, and each margin that is given twice.
    """
    texts = list(given or ())
    if not texts:
        return None
    if texts == [NONE]:
        return Guardrails({}, {})
    margins: dict[tuple[str, ...], float] = {}
    problems = []
    for text in texts:
        *names, number = (part.strip() for part in text.split("="))
        key = tuple(names)
        margin = _margin(number)
        if not 1 <= len(key) <= IN_A_SEGMENT or not all(key):
            rule = "must be OUTCOME=MARGIN, as opt_out=0.01, or SEGMENT=OUTCOME=MARGIN, or none"
            problems.append(Problem("command line", GUARDRAIL, text, f"{rule} alone"))
        elif margin is None:
            rule = f"must end in a number, 0 or more: the harm that is tolerated{NUMBER_FORM}"
            problems.append(Problem("command line", GUARDRAIL, text, rule))
        elif key in margins:
            problems.append(Problem("command line", GUARDRAIL, text, "must be given once"))
        else:
            margins[key] = margin
    if problems:
        raise InputError(problems)
    own: dict[str, dict[str, float]] = {}
    for key, margin in margins.items():
        if len(key) == IN_A_SEGMENT:
            own.setdefault(key[1], {})[key[0]] = margin
    return Guardrails({key[0]: margins[key] for key in margins if len(key) < IN_A_SEGMENT}, own)


def _margin(text: str) -> float | None:
    """Return the margin that a text says, or None where it says none."""
    try:
        margin = float(text)
    except ValueError:
        return None
    return margin if 0 <= margin < math.inf else None


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
        kind = "whole number, as 3000" if whole else f"number{NUMBER_FORM}"
        rule = f"must be a {kind}"
        pointed = text.strip().replace(",", ".")
        if not whole and text.count(",") == 1 and _margin(pointed) is not None:
            rule = f"must be written with a decimal point: {pointed}"
        raise InputError([Problem("command line", option, text.strip(), rule)]) from None
