"""Writing a scenario as people write it: each number on one line with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli_w

from simkit.scenario.segment import UNSOURCED, WEEKS, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simkit.scenario.scenario import Scenario, Staff


def scenario_text(scenario: Scenario) -> str:
    """Return the text of a complete scenario file.

    Parameters
    ----------
    scenario
        What to write.
    """
    head = ("name", "description", "start", "timezone", "currency")
    calendar = {key: value for key, value in scenario.calendar if value is not None}
    lines = [*_entries({key: getattr(scenario, key) for key in head})]
    lines += ["", "[calendar]", *_entries(calendar)]
    parts: dict[str, Staff | Segment] = {"staff": scenario.staff, **scenario.segments}
    for name, part in parts.items():
        table = f"segments.{name}" if isinstance(part, Segment) else name
        lines += ["", f"[{table}]", *_part(name, table, part, scenario.sources)]
    return "\n".join([*lines, ""])


def _part(name: str, table: str, part: Staff | Segment, sources: dict[str, str]) -> Iterator[str]:
    weeks: list[str] = []
    for key, value in part:
        source = sources.get(f"{name}.{key}")
        if key in UNSOURCED:
            yield from _entries({key: value})
        elif key in WEEKS:
            weeks += ["", f"[{table}.{key}]", *_entries({"source": source} | value.to_dict())]
        elif source is not None:
            yield f"{key} = {{ {', '.join(_entries({'value': value, 'source': source}))} }}"
    yield from weeks


def _entries(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        lines = tomli_w.dumps({key: value}).splitlines()
        if len(lines) == 1:
            yield lines[0]
        else:  # a list, which people write on one line
            text = " ".join(line.strip() for line in lines)
            yield text.replace("[ ", "[").replace(", ]", "]")
