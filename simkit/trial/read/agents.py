"""The second cluster of contacts: who called them most, or a column that groups them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures.reduction import reduce_attempts, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog

AGENT = "agent_id"

_MAIN_AGENT = """
SELECT place, agent_id AS agent
FROM (
    SELECT place, agent_id, count(*) AS dials, min(dialled_us) AS first_us
    FROM dials
    WHERE agent_id IS NOT NULL
    GROUP BY place, agent_id
)
QUALIFY row_number() OVER (PARTITION BY place ORDER BY dials DESC, first_us, agent_id) = 1
ORDER BY place
"""


def groups_of(column: pd.Series) -> NDArray[np.int64]:
    """Give each value a code, −1 where it is missing."""
    return np.asarray(pd.factorize(column)[0], dtype=np.int64)


def second_clusters(log: CallLog, name: str, horizon_days: float) -> NDArray[np.int64]:
    """Give each contact of a log the code of its second cluster, −1 where it has none.

    Parameters
    ----------
    log
        A log of attempts.
    name
        A column of contacts; or ``"agent_id"``: the agent who made most of the contact's dials by
        the horizon, of those with as many the one who dialled first.
    horizon_days
        Days since entry.

    Raises
    ------
    InputError
        If there is no such column, or no agent is known.
    """
    if name in log.contacts:
        return groups_of(log.contacts[name])
    if name != AGENT:
        there = ", ".join(map(str, log.contacts.columns))
        rule = f"must be {AGENT} or a column of contacts; there are: {there}"
        raise InputError([Problem("call log", "second_cluster", name, rule)])
    found = reduce_attempts(
        log,
        windows(log, horizon_days),
        _MAIN_AGENT,
        columns=("disposition", AGENT),
        times=(),
    )
    if not len(found["place"]):
        rule = "must be known for some dials: without agents errors cannot follow them"
        raise InputError([Problem("call log", AGENT, None, rule)])
    agents = np.full(len(log.contacts), -1, dtype=np.int64)
    agents[found["place"].astype(np.int64)] = groups_of(pd.Series(found["agent"]))
    return agents
