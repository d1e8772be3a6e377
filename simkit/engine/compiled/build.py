"""Compiling functions with all that they call, and keeping what was compiled.

Every scalar function of model, policy and calendar is compiled by numba exactly as it stands: as a
copy of it whose globals name the compiled copies of the functions that it calls. So nothing in
those rooms has to know of numba, and an interpreted and a compiled run cannot differ.

Numba's own cache notices edits of the one file that a function stands in, and not of the files it
calls. The folder of the cache therefore carries a hash of all these sources, of the functions and
constants as this process has loaded them (its files may have been edited since), and of the
versions. Whoever has functions to compile asks :func:`kept` for them; the kernel is one caller.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import platform
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from platformdirs import user_cache_path

from simkit.calllog import DISPOSITIONS, codes
from simkit.engine.compiled import kernel
from simkit.engine.compiled.rows import part_of, prefetch, rows_of

CACHE_VARIABLE = "SIMKIT_CACHE_DIR"
"""Environment variable that names another folder for what is compiled."""
DOORS = (kernel.begin, kernel.play_on, kernel.finish)
BY_ANOTHER_WAY = (rows_of, part_of, prefetch)
"""Functions that numba is told of in :mod:`simkit.engine.compiled.rows`."""

Compiled = tuple[Callable[..., Any], ...]
_KEPT: dict[Compiled, Compiled] = {}
_ONE_AT_A_TIME = threading.Lock()


class Kernel(NamedTuple):
    """The doors of :mod:`simkit.engine.compiled.kernel`, compiled or as they stand."""

    begin: Callable[..., Any]
    play_on: Callable[..., Any]
    finish: Callable[..., Any]


def compiled_functions(*functions: Callable[..., Any], keep: bool = False) -> Compiled:
    """Return functions compiled, with all functions of simkit that they call.

    Parameters
    ----------
    *functions
        Plain functions that numba can compile.
    keep
        Whether later processes find them in numba's cache folder.
    """
    done: dict[Any, Any] = {}
    return tuple(_compile(function, done, keep=keep) for function in functions)


def called(function: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """Return simkit's own plain functions that a function names, by the name it uses."""
    names = function.__code__.co_names
    found = {name: function.__globals__.get(name) for name in names}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, types.FunctionType)
        and value.__module__.startswith("simkit.")
        and value not in BY_ANOTHER_WAY
    }


def reached(*doors: Callable[..., Any]) -> set[Callable[..., Any]]:
    """Return some functions and all of simkit's own that they call, directly or not."""
    seen: set[Callable[..., Any]] = set()
    todo = list(doors)
    while todo:
        function = todo.pop()
        if function not in seen:
            seen.add(function)
            todo.extend(called(function).values())
    return seen


def sources(*doors: Callable[..., Any]) -> tuple[Path, ...]:
    """Return the files that what some functions do may depend on, sorted.

    All of each folder in which a function stands that they reach, and of this one, which compiles
    them; and the table of dispositions, for their codes.
    """
    folders = {Path(inspect.getfile(function)).parent for function in reached(*doors)}
    files = {path for folder in folders | {Path(__file__).parent} for path in folder.glob("*.py")}
    tables = {Path(inspect.getfile(part)) for part in (type(DISPOSITIONS), codes)}
    return tuple(sorted(files | tables))


def as_loaded(*doors: Callable[..., Any]) -> tuple[str, ...]:
    """Return some functions, those they reach, and the constants that these name, as texts.

    They are what will be compiled, also where a file was edited after this process had read it.
    """
    parts = []
    for function in reached(*doors):
        name = f"{function.__module__}.{function.__qualname__}"
        parts.append(f"{name} {function.__defaults__!r} {_essence(function.__code__)!r}")
        parts += [
            f"{name} {constant} = {value!r}"
            for constant in function.__code__.co_names
            if isinstance(value := function.__globals__.get(constant), (int, float, str, tuple))
        ]
    return tuple(sorted(parts))


def _essence(code: types.CodeType) -> tuple[Any, ...]:
    """Return what a piece of code does, but for where it stands."""
    constants = [
        _essence(part)
        if isinstance(part, types.CodeType)
        else sorted(map(repr, part))  # a set has no order that lasts
        if isinstance(part, frozenset)
        else part
        for part in code.co_consts
    ]
    return (code.co_code.hex(), code.co_names, code.co_varnames, constants)


def fingerprint(files: tuple[Path, ...], parts: Iterable[str] = ()) -> str:
    """Return a hash of files, of further parts, of the versions that compile, and the processor."""
    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, np.__version__, platform.machine())
    for part in (*versions, *parts):
        digest.update(part.encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(*doors: Callable[..., Any]) -> Path | None:
    """Return where compiled functions are kept; None where nothing can be written."""
    named = os.environ.get(CACHE_VARIABLE)
    root = Path(named) if named else user_cache_path("simkit")
    names = (f"{door.__module__}.{door.__qualname__}" for door in doors)
    parts = (*names, *as_loaded(*doors))
    folder = root / f"compiled-{fingerprint(sources(*doors), parts)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def kept(*doors: Callable[..., Any], what: str) -> Compiled:
    """Return functions compiled; later processes find them in the cache folder.

    They are declared once a process, also where several threads ask at once; numba compiles or
    loads each when it is first called.

    Parameters
    ----------
    *doors
        Plain functions that numba can compile.
    what
        What is said to be compiled, where it was not found: the first run on a machine says so.
    """
    with _ONE_AT_A_TIME:
        if doors not in _KEPT:
            _KEPT[doors] = _declared(doors, what)
        return _KEPT[doors]


def compiled_kernel() -> Kernel:
    """Return the compiled kernel; the first call on a machine says that it compiles."""
    return Kernel(*kept(*DOORS, what="the engine, which takes about a minute"))


def _declared(doors: Compiled, what: str) -> Compiled:
    folder = cache_folder(*doors)
    if folder is None:
        _tell(
            f"compiling {what}; nothing can be kept in the cache folder, so every process compiles "
            f"anew: let {CACHE_VARIABLE} name a folder that can be written"
        )
    elif not any(folder.rglob("*.nbi")):
        _tell(f"compiling {what}; later runs begin at once")
    before = numba.config.CACHE_DIR
    # Numba decides when a function is declared where it will be kept.
    numba.config.CACHE_DIR = str(folder or "")
    try:
        return compiled_functions(*doors, keep=folder is not None)
    finally:
        numba.config.CACHE_DIR = before


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _compile(
    function: Any, done: dict[Any, Any], *, keep: bool = False, inside: bool = False
) -> Any:
    if function not in done:
        parts = {name: _compile(part, done, inside=True) for name, part in called(function).items()}
        copy = types.FunctionType(
            function.__code__,
            {**function.__globals__, **parts},
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
        # What is called becomes part of its caller, so only the doors are kept. What only moves
        # numbers about is written out where it is called: three times faster. The model's
        # functions are not, which would only take longer to compile.
        moves = not function.__module__.startswith("simkit.model.")
        done[function] = numba.njit(
            error_model="numpy",
            nogil=True,
            cache=keep,
            inline="always" if inside and moves else "never",
        )(copy)
    return done[function]
