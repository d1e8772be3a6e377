"""Reading scenario files: inheritance, values with sources, all problems at once.

A number is written with its source, ``need_per_year = { value = 1.2, source = "assumed" }``.
``extends = "b2c"`` (or a list, later files winning) starts from other scenarios; what a file then
says replaces what it inherits, number by number; hours are replaced week by week.

A segment of the file's own says which inherited one it is like, ``[segments.privati]`` with
``like = "b2c"``, and then only what differs. It takes the place of that one, which stays only where
the file names it as well (``[segments.b2c]``, with its new share, as the shares must sum to 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simkit.errors import InputError, Problem
from simkit.scenario.scenario import (
    SHARES_RULE,
    SOURCE_RULE,
    STAFF,
    Scenario,
    Staff,
    in_words_of_files,
    share_problems,
)
from simkit.scenario.segment import UNSOURCED, WEEKS, Segment
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import did_you_mean, unknown_key

BUNDLED = Path(__file__).parent / "bundled"
NOT_INHERITED = frozenset({"name", "description", "extends"})
TOP_KEYS = (
    "name", "description", "extends", "start", "timezone", "currency", "calendar", "staff",
    "segments",
)  # fmt: skip
LIKE = "like"
NUMBER_RULE = 'must be written { value = ..., source = "..." }'


def bundled_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with simkit."""
    return tuple(sorted(path.stem for path in BUNDLED.glob("*.toml")))


def segment_rule(name: str, scenario: Scenario, wanted: Iterable[str]) -> str:
    """Return the rule that a name breaks which is no segment of a scenario, and what to do.

    Parameters
    ----------
    name, scenario
        The two.
    wanted
        All segments that the scenario should have.
    """
    known = list(scenario.segments)
    rule = f"must be a segment of scenario {scenario.name!r}, which has {', '.join(known)}"
    elsewhere, meant = bundled_with(wanted), did_you_mean(name, known)
    if elsewhere or meant:
        return f"{rule}; {elsewhere}" if elsewhere else f"{rule}{meant}"
    own = f'[segments.{name}] with {LIKE} = "{known[0]}"'
    return f"{rule}; a segment of your own is a table {own} in a scenario file"


def bundled_with(segments: Iterable[str]) -> str:
    """Say which bundled scenario has all of some segments; an empty text where none has."""
    wanted = list(dict.fromkeys(segments))
    for name in bundled_scenarios():
        if set(wanted) <= set(load_scenario(name).segments):
            return f"the bundled scenario with {' and '.join(wanted)} is {name}"
    return ""


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    name_or_path
        A bundled scenario's name (``"b2c"``, ``"b2b"``, ``"trial"``) or a TOML file.

    Raises
    ------
    InputError
        Naming every parameter that breaks a rule with its file, value and rule; or listing the
        bundled scenarios if there is no such file.
    """
    path = _locate(name_or_path, Path())
    content = _Content()
    _read(path, content, ())
    return _build(path, content)


@dataclass
class _Content:
    """The merged content of a file and those it extends, and which file each entry is from."""

    tree: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def where(self, name: str, default: str) -> str:
        """Return the file that an entry, or the closest table around it, was read from.

        What comes with simkit is right by itself: a file that extends it has made the mistake.
        """
        while name:
            if name in self.origins:
                found = self.origins[name]
                return default if Path(found).parent == BUNDLED else found
            name = name.rpartition(".")[0]
        return default


def _locate(
    name_or_path: str | Path, folder: Path, *, where: str = "", field: str = "scenario"
) -> Path:
    """Return the file of a bundled name, or of a path relative to `folder`.

    ``where`` and ``field`` say who names it, for messages; by default whoever calls.
    """
    text = str(name_or_path)
    if text in bundled_scenarios():
        return BUNDLED / f"{text}.toml"
    path = folder / name_or_path
    if path.is_file():
        return path
    names = ", ".join(bundled_scenarios())
    rule = f"must be a TOML file or a bundled scenario ({names})"
    raise InputError(
        [Problem(where or text, field, text, rule + did_you_mean(text, bundled_scenarios()))]
    )


def _read(path: Path, content: _Content, below: tuple[Path, ...]) -> None:
    """Merge a file over those it extends, depth first."""
    where = str(path)
    if path.resolve() in below:
        raise InputError([Problem(where, "extends", path.name, "must not lead back to the file")])
    tree = read_toml(path)
    parents = tree.get("extends", [])
    if isinstance(parents, str):
        parents = [parents]
    if not isinstance(parents, list) or not all(isinstance(parent, str) for parent in parents):
        rule = "must be a scenario's name or file, or a list of them"
        raise InputError([Problem(where, "extends", parents, rule)])
    for parent in parents:
        found = _locate(parent, path.parent, where=where, field="extends")
        _read(found, content, (*below, path.resolve()))
    for key in NOT_INHERITED:
        content.tree.pop(key, None)
    _take_places(tree, content, where)
    _merge(content.tree, tree, content.origins, where, "")


def _take_places(tree: dict[str, Any], content: _Content, where: str) -> None:
    """Put a file's own segments in the places of the inherited ones that they are like."""
    own = tree.get("segments")
    if not isinstance(own, dict):
        return
    inherited: dict[str, Any] = content.tree.get("segments", {})
    like = {
        name: table.pop(LIKE)
        for name, table in own.items()
        if isinstance(table, dict) and LIKE in table
    }
    there = ", ".join(inherited) or 'none: say extends = "..." first'
    problems = [
        Problem(where, f"{name}.{LIKE}", model, f"must be an inherited segment ({there})")
        for name, model in like.items()
        if not isinstance(model, str) or model not in inherited
    ]
    if problems:
        raise InputError(problems)
    taken = {name: deepcopy(inherited[model]) for name, model in like.items()}
    origins = dict(content.origins)
    for name, model in like.items():
        copied = {
            f"{name}{entry.removeprefix(model)}": file
            for entry, file in origins.items()
            if entry == model or entry.startswith(f"{model}.")
        }
        content.origins.update(copied)
    kept = {
        name: part for name, part in inherited.items() if name in own or name not in like.values()
    }
    content.tree["segments"] = kept | taken


def _merge(
    base: dict[str, Any], over: dict[str, Any], origins: dict[str, str], where: str, path: str
) -> None:
    for key, value in over.items():
        name = f"{path}{key}"
        below = base.get(key)
        mergeable = isinstance(value, dict) and not _is_whole(value) and not _is_whole(below)
        if mergeable:
            origins.setdefault(name, where)
            if not isinstance(below, dict):
                base[key] = {}
            # People know a parameter as b2c.need_per_year, not as segments.b2c.need_per_year.
            inner = "" if name == "segments" else f"{name}."
            _merge(base[key], value, origins, where, inner)
        else:
            base[key] = value
            origins[name] = where


def _is_whole(value: Any) -> bool:
    """Tell a number with its source, or a week with its source, from a table of entries."""
    return isinstance(value, dict) and ("source" in value or "value" in value)


def _build(path: Path, content: _Content) -> Scenario:
    where = str(path)
    tree = content.tree
    problems = [
        unknown_key(content.where(key, where), key, value, TOP_KEYS)
        for key, value in tree.items()
        if key not in TOP_KEYS
    ]
    arguments = {key: value for key, value in tree.items() if key in TOP_KEYS and key != "extends"}
    arguments.setdefault("name", path.stem)
    sources: dict[str, str] = {}

    def unpack(table: Any, name: str, model: type[Staff | Segment]) -> Any:
        values, found = _unpack(table, name, model, content.where(name, where), sources)
        problems.extend(
            Problem(content.where(problem.field, where), problem.field, problem.value, problem.rule)
            for problem in found
        )
        return values

    if STAFF in arguments:
        arguments[STAFF] = unpack(arguments[STAFF], STAFF, Staff)
    segments = arguments.setdefault("segments", {})
    if isinstance(segments, dict):
        fragments = _fragments(segments)
        problems.extend(
            Problem(content.where(name, where), name, list(segments[name]), rule)
            for name, rule in fragments.items()
        )
        arguments["segments"] = {
            name: unpack(table, name, Segment)
            for name, table in segments.items()
            if name not in fragments
        }
    try:
        scenario = Scenario(**arguments, sources=sources)
    except InputError as error:
        bare = {problem.field: at for at, problem in enumerate(problems) if _is_bare(problem)}
        seen = {problem.field for problem in problems}
        for problem in in_words_of_files(where, error):
            if problem.field in bare:
                at = bare[problem.field]
                problems[at] = replace(problems[at], rule=f"{problem.rule} and {NUMBER_RULE}")
            elif problem.field not in seen:
                # Shares are wrong together: whoever put the segments together is to mend them.
                together = problem.rule.startswith(SHARES_RULE)
                origin = where if together else content.where(problem.field, where)
                problems.append(Problem(origin, problem.field, problem.value, problem.rule))
        # A scenario checks its shares only once all else holds; a reader wants to know at once.
        tables = arguments["segments"] if isinstance(arguments["segments"], dict) else {}
        shares = {
            name: table.get("share") if isinstance(table, dict) else None
            for name, table in tables.items()
        }
        seen = {problem.field for problem in problems}
        problems += [
            problem for problem in share_problems(where, shares) if problem.field not in seen
        ]
        raise InputError(problems) from None
    if problems:
        raise InputError(problems)
    return scenario


def _is_bare(problem: Problem) -> bool:
    """Tell a number without its source, whose value may break a rule of its own."""
    return problem.rule == NUMBER_RULE and not isinstance(problem.value, dict)


def _fragments(segments: dict[str, Any]) -> dict[str, str]:
    """Return segments with few of the parameters: mostly another segment's name misspelt."""
    required = {key for key, info in Segment.model_fields.items() if info.is_required()}
    found = {
        name: len(required & set(table))
        for name, table in segments.items()
        if isinstance(table, dict)
    }
    whole = [name for name, count in found.items() if 2 * count >= len(required)]
    models = " or ".join(f'{LIKE} = "{name}"' for name in whole)
    rule = f"must say which segment it is like, {models}, or give all {len(required)} parameters"
    return {
        name: f"{rule}{did_you_mean(name, whole)}"
        for name, count in found.items()
        if whole and name not in whole
    }


def _unpack(
    table: Any, name: str, model: type[Staff | Segment], where: str, sources: dict[str, str]
) -> tuple[Any, list[Problem]]:
    """Take values and sources apart; entries in a wrong form are reported and left out."""
    if not isinstance(table, dict):
        return table, []
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, entry in table.items():
        parameter = f"{name}.{key}"
        if key not in model.model_fields:
            problems.append(unknown_key(where, parameter, entry, model.model_fields))
        elif key in UNSOURCED:
            values[key] = entry
        elif not isinstance(entry, dict):
            rule = "must be a table of weekdays with a source" if key in WEEKS else NUMBER_RULE
            problems.append(Problem(where, parameter, entry, rule))
            if key not in WEEKS:  # its value is checked at once, as if it had a source
                values[key], sources[parameter] = entry, "missing"
        else:
            rest = dict(entry)
            source = rest.pop("source", None)
            if not isinstance(source, str) or not source.strip():
                problems.append(Problem(where, f"{parameter}.source", source, SOURCE_RULE))
                source = "missing"
            sources[parameter] = source
            if key in WEEKS:
                values[key] = rest
                continue
            if "value" in rest:
                values[key] = rest.pop("value")
            else:
                problems.append(Problem(where, parameter, entry, NUMBER_RULE))
            problems.extend(
                unknown_key(where, f"{parameter}.{extra}", found, ("value", "source"))
                for extra, found in rest.items()
            )
    return values, problems
