"""Frozen models whose constructor reports every broken rule as one `InputError`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simkit.errors import InputError, Problem

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Probability = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}
_TYPES = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "finite_number": "must be finite",
    "date_type": "must be a date, written 2026-01-12 without quotes",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
}
#: Told of a value that is of another kind than is meant.
_OTHER_KIND = frozenset((*_TYPES, "model_type", "model_attributes_type")) - {"finite_number"}


class FrozenDict(dict[_Key, _Value]):
    """A dictionary that refuses changes, so that frozen models stay as they were checked."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a scenario is frozen: make a copy with vary() or only()")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenModel(BaseModel):
    """A frozen pydantic model that raises `InputError` with all problems at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(_problems(type(self), error, data)) from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known word in any case, or an empty text."""
    close = closest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is closest, in any case; empty where none is near."""
    by_small = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), list(by_small), n=1, cutoff=0.6)
    return by_small[close[0]] if close else ""


def unknown_key(where: str, field: str, value: Any, known: Iterable[str]) -> Problem:
    """Return the problem of a key that nothing reads.

    Parameters
    ----------
    where
        The file or object that holds the key.
    field
        The key with the path to it; its last part is compared with `known`.
    value
        What the key holds.
    known
        The keys that are read in that place.
    """
    word = field.rpartition(".")[2]
    return Problem(where, field, value, f"is an unknown key{did_you_mean(word, known)}")


def moved(problem: Problem, where: str, prefix: str) -> Problem:
    """Return `problem` as seen from the object that holds the broken one.

    Parameters
    ----------
    problem
        A problem of a part.
    where
        The file or object that holds the part.
    prefix
        The path to the part; may be empty.
    """
    field = ".".join(part for part in (prefix, problem.field) if part)
    return Problem(where, field, problem.value, problem.rule, problem.rows)


def _problems(
    model: type[BaseModel], error: ValidationError, data: Mapping[str, Any]
) -> list[Problem]:
    """Translate pydantic's errors into this project's one kind of problem."""
    where = model.__name__
    problems: list[Problem] = []
    for path, detail in _of_kinds(error.errors(include_url=False), data):
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            problems.extend(moved(problem, where, path) for problem in cause.problems)
        elif detail["type"] == "extra_forbidden":
            problems.append(unknown_key(where, path, detail["input"], model.model_fields))
        elif detail["type"] == "missing":
            field = model.model_fields.get(path)
            described = f": {field.description}" if field and field.description else ""
            problems.append(Problem(where, path, None, f"must be given{described}"))
        else:
            problems.append(Problem(where, path, detail["input"], _rule(detail)))
    return problems


def _of_kinds(details: Sequence[Any], data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each error with its path, without the names of the kinds that a value may have.

    Of a value that may be of several kinds pydantic tells what is wrong with it as each of them:
    what counts is told of the kind that it has, and of one that has none, the first.
    """
    placed = [(*_place(detail, data), detail) for detail in details]
    fits = {at for path, at, detail in placed if path != at or detail["type"] not in _OTHER_KIND}
    told = set()
    for path, at, detail in placed:
        if path == at and detail["type"] in _OTHER_KIND:
            if at in fits or at in told:
                continue
            told.add(at)
        yield path, detail


def _place(detail: Any, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the path to a value, and that to the one of several kinds it lies in, or is."""
    there: Any = data
    parts: list[str] = []
    several = ""
    loc = detail["loc"]
    for place, part in enumerate(loc):
        listed = isinstance(there, list | tuple) and isinstance(part, int) and part < len(there)
        if listed or (isinstance(there, Mapping) and part in there):
            there = there[part]
        elif parts and not (detail["type"] == "missing" and place == len(loc) - 1):
            several = ".".join(parts)
            continue
        parts.append(str(part))
    return ".".join(parts), several


def _rule(detail: Any) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        return f"must be {sign} {context[key]:g}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        close = did_you_mean(str(detail["input"]), words)
        return f"must be {context['expected']}{close}"
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        return f"must have {least} entries"
    if kind in ("model_type", "model_attributes_type"):
        return "must be a table"
    if kind == "value_error":
        return str(context["error"])
    if kind in _TYPES:
        return _TYPES[kind]
    return str(detail["msg"])
