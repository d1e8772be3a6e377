"""What a run needs of memory and what there is, so that a shortage is told instead of suffered."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from simkit.engine.arguments import WHERE, Policies
from simkit.engine.plan import policies_by_arm
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario
from simkit.scenario.hours import DAY_S

#: Bytes that a further contact adds to a process at its largest, by engine: the plan, the engine's
#: state and what is drawn meanwhile. Measured as the peak of runs of 1 and of 4 million contacts
#: (SimPy's: of 20,000 and 60,000), which were written to a folder.
CONTACT_BYTES = {"compiled": 280, "simpy": 2_000}
#: Bytes that its rows of `contacts` and `truth` take in memory, measured likewise.
CONTACT_TABLES_BYTES = 150
#: Bytes that an attempt still needs, once it has been played, to become a row of `attempts`.
ATTEMPT_TABLE_BYTES = 150
#: A moment at which a rolling cap looks back, one for each call that it allows.
REMEMBERED_BYTES = 4

#: Less than this is there without asking, which takes longer than a small run may.
TRIFLE_BYTES = 1 << 26

FEWER = "simulate fewer contacts"
TO_DISK = (
    "simulate fewer contacts or days, or write the log to a folder while it is played, by "
    "simkit.engine.simulate_to"
)

#: Where a control group keeps its limit, what it has used, and what of that is cache of files.
_CONTROL_GROUPS = (
    ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    (
        "sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
)


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return how much memory this process may still take; None where that is not known.

    The least of what the machine has to give and what the limits of control groups (containers,
    batch systems) leave. A machine that does not say what is free is taken to have all of it.

    Parameters
    ----------
    root
        Where the system's files are looked for.
    """
    found = [*_left_in_groups(root)]
    meminfo = _text(root / "proc/meminfo")
    free = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, flags=re.MULTILINE)
    if free:
        found.append(int(free[1]) * 1024)
    elif "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found, default=None)


def _left_in_groups(root: Path) -> Iterator[int]:
    """Give what is left in each control group that this process is in, and in those above it."""
    paths = re.findall(r"^\d+:(?:memory)?:(/.*)$", _text(root / "proc/self/cgroup"), re.MULTILINE)
    for mount, limit_file, used_file, cache in _CONTROL_GROUPS:
        top = root / mount
        groups = {top}
        for path in paths:
            below = top / path.strip("/")
            groups |= {group for group in (below, *below.parents) if group.is_relative_to(top)}
        for group in groups:
            limit, used = _text(group / limit_file).strip(), _text(group / used_file).strip()
            if limit.isdigit() and used.isdigit():
                given_back = re.search(
                    rf"^{cache} (\d+)", _text(group / "memory.stat"), flags=re.MULTILINE
                )
                yield max(int(limit) - int(used) + (int(given_back[1]) if given_back else 0), 0)


def _text(path: Path) -> str:
    """Return what a file of the system says; nothing where there is no such file for us."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def check_room(
    scenario: Scenario,
    policy: Policies,
    contacts: int | Mapping[str, int],
    engine: str,
    *,
    tables: bool,
) -> None:
    """Raise InputError where the contacts of a run cannot fit into memory.

    Parameters
    ----------
    scenario, policy, contacts, engine
        As in :func:`simkit.engine.simulate`, already checked.
    tables
        True where their tables stand in memory, too.
    """
    policies = [of for arms in policies_by_arm(scenario, policy).values() for of in arms.values()]
    each = contact_bytes(policies, engine) + (CONTACT_TABLES_BYTES if tables else 0)
    count = sum(contacts.values()) if isinstance(contacts, Mapping) else contacts
    require_room(int(count) * each, contacts, FEWER)


def contact_bytes(policies: Iterable[RecallPolicy], engine: str) -> int:
    """Return how many bytes a contact takes while it is simulated.

    Parameters
    ----------
    policies
        Those it may be called under.
    engine
        One of ENGINES.
    """
    caps = [policy.caps for policy in policies]
    remembered = max(max(cap.per_30_days or 0, cap.per_year or 0) for cap in caps)
    return CONTACT_BYTES[engine] + REMEMBERED_BYTES * remembered


def require_room(
    needed: int, contacts: int | Mapping[str, int], cure: str, where: str = WHERE
) -> None:
    """Raise InputError where contacts need more memory than there is.

    Parameters
    ----------
    needed
        What they need [bytes].
    contacts
        How many there are, as they were given.
    cure
        What to do.
    where
        The verb, for messages.
    """
    there = _too_little_for(needed)
    if there is not None:
        rule = f"must fit into memory: they need {_size(needed)}, and {_size(there)} are free"
        raise _shortage(contacts, f"{rule}; {cure}", where)


def watched(
    played: Iterator[np.ndarray], contacts: int | Mapping[str, int], days: int
) -> Iterator[np.ndarray]:
    """Let attempts pass while the table of all of them would still fit into memory.

    How many there will be, nobody knows before: contacts buy, object and name dates.

    Parameters
    ----------
    played
        Attempts as an engine yields them.
    contacts, days
        As in :func:`simkit.engine.simulate`.

    Raises
    ------
    InputError
        When it would not any more.
    """
    count = 0
    for rows in played:
        count += len(rows)
        needed = count * ATTEMPT_TABLE_BYTES
        there = _too_little_for(needed)
        if there is not None and len(rows):
            raise _shortage(
                contacts,
                f"must fit into memory with their attempts: {count:,} up to day "
                f"{int(rows['dialled_s'][-1]) // DAY_S + 1} of {days} need {_size(needed)} more as "
                f"a table, and {_size(there)} are free; {TO_DISK}",
            )
        yield rows


@contextmanager
def clear_shortage(
    contacts: int | Mapping[str, int], cure: str, where: str = WHERE
) -> Iterator[None]:
    """Turn a MemoryError into an InputError that says what to do.

    Parameters
    ----------
    contacts
        As in :func:`simkit.engine.simulate`.
    cure
        What to do.
    where
        The verb, for messages.
    """
    try:
        yield
    except MemoryError:
        raise _shortage(contacts, f"must fit into memory, which ran out; {cure}", where) from None


def _too_little_for(needed: int) -> int | None:
    """Return how much memory is free where that is known to be too little; else None."""
    there = available_bytes() if needed > TRIFLE_BYTES else None
    return there if there is not None and there < needed else None


def _shortage(contacts: int | Mapping[str, int], rule: str, where: str = WHERE) -> InputError:
    value: Any = dict(contacts) if isinstance(contacts, Mapping) else contacts
    return InputError([Problem(where, "contacts", value, rule)])


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e8 else f"{count / 1e6:,.1f} MB"
