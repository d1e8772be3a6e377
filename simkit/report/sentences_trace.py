"""Words of the figure that traces one contact."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TRACE_AXIS = "time since the contact entered [days]"
CANCELLED = "sale cancelled"
OBSERVED = "observed until here"
TRACE_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "live": "answered",
        "missed": "not answered",
        "waited": "waited since due",
        "named": "until the named date",
    }
)


def trace_title(contact_id: object, calls: int, followed_days: float, ending: str) -> str:
    """State what happened to one contact."""
    times = f"{calls} call{'' if calls == 1 else 's'} in {followed_days:.0f} days"
    return f"Contact {contact_id}: {times};\n{ending}"


def trace_ending(meaning: str | None) -> str:
    """Say how the last call ended."""
    return "never called" if meaning is None else f"last: {meaning}"
