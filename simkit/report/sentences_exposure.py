"""Words of the figure that shows what each arm delivered and what it took."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simkit.recommend.numbers import listed
from simkit.trial.checks.delivered import AS_INTENDED, off_their_names, waits_for_calling_days

if TYPE_CHECKING:
    import pandas as pd

GAP_AXIS = "time between two calls [calendar days, log scale]"
LOAD_AXIS = "share of the segment [%]"
RANGE = "10 % to 90 % of the gaps"
MIDDLE = "the middle half"
MEDIAN = "median"
INTENDED = "intended, on days with calls"
CONTACTS = "contacts"
AGENT_TIME = "agents' time"
DIALS = "dials"
EQUAL = 1.25


def arm_row(arm: str, intended: str, gaps: int) -> str:
    """Name an arm beside its row, with the interval that it should have and its number of gaps."""
    rule = f"\n{intended}" if intended and intended != arm else ""
    return f"{arm}{rule}\n({gaps:,} gaps)"


def delivered_title(segment: str, rows: pd.DataFrame) -> str:
    """State whether the arms delivered their intervals."""
    known = rows[rows["as_intended"].notna()]
    off = known.loc[known["as_intended"] < AS_INTENDED, "arm"].tolist()
    if known.empty:
        return f"{segment}: what each arm delivered (intended intervals were not given)"
    parts = [f"{listed(off)} did not deliver the intended interval"] if off else []
    beside = off_their_names(known)
    if len(beside):
        arms = listed(
            f"{arm} called every {days:g} days, not every {named:g}"
            for arm, days, named in zip(
                beside["arm"], beside["delivered_days"], beside["named_days"], strict=True
            )
        )
        why = ": days without calling lie between" if waits_for_calling_days(beside) else ""
        parts.append(f"{arms}{why}")
    return f"{segment}: {'; '.join(parts) or 'each arm delivered its interval'}"


def load_title(rows: pd.DataFrame, what: str) -> str:
    """State how unequal the arms' load was, and whether agents were shared."""
    load = (rows["of_agent_time"] / rows["of_contacts"]).to_numpy()
    shared = int(rows["shared_agents"].max()) > 0
    whose = "shared agents" if shared else "own agents"
    if not len(load) or not math.isfinite(load.min()) or not load.min() > 0:
        return f"Load on {whose}"
    ratio = float(load.max() / load.min())
    if ratio < EQUAL:
        return f"Arms took about equal {what} of {whose}"
    most, least = (rows["arm"].to_numpy()[place] for place in (load.argmax(), load.argmin()))
    return f"{most} took {ratio:.1f} times the {what} of {least} per contact ({whose})"
