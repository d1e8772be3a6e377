"""The second cluster of contacts: who called them most, or a column that groups them."""

from __future__ import annotations

from dataclasses import dataclass
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
SELECT
    place, agent_id AS agent,
    CAST(dials AS DOUBLE) / CAST(sum(dials) OVER (PARTITION BY place) AS DOUBLE) AS part
FROM (
    SELECT place, agent_id, count(*) AS dials, min(dialled_us) AS first_us
    FROM dials
    WHERE agent_id IS NOT NULL
    GROUP BY place, agent_id
)
QUALIFY row_number() OVER (PARTITION BY place ORDER BY dials DESC, first_us, agent_id) = 1
ORDER BY place
"""


#: Part of a contact's dials, on average, that its main agent makes where contacts belong to one
#: agent (assumed).
OWN = 0.8
#: What second clusters are called: agents, or groups by a column.
AGENTS = "agents"
GROUPS = "groups of {}"
RULE = "a contact counts as the agent's who made most of its dials"


@dataclass(frozen=True, eq=False)
class SecondClusters:
    """The second cluster of each contact.

    Parameters
    ----------
    codes
        One a contact, −1 where it has none.
    part
        Of the contact's dials whose agent is known, that which its main agent made; NaN where none
        is. None where the cluster is a column of contacts.
    """

    codes: NDArray[np.int64]
    part: NDArray[np.float64] | None = None

    def remarks(
        self, assigned: NDArray[np.bool_], contacts: pd.DataFrame
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Say by what rule contacts have an agent, in doubt where they belong to no one agent.

        Parameters
        ----------
        assigned
            Which contacts have an arm.
        contacts
            ``segment`` and ``arm`` of these.

        Returns
        -------
        doubts, warnings
            One of them holds the rule; both are empty where no rule was needed.
        """
        if self.part is None:
            return (), ()
        part = pd.Series(self.part[assigned], index=contacts.index)
        mean = float(part.mean())
        if not mean < OWN:
            known = "" if np.isnan(mean) else f" ({100 * mean:.0f} % of them on average)"
            return (), (f"errors follow {AGENTS} too: {RULE}{known}",)
        by_arm = part.groupby([contacts["segment"], contacts["arm"]], sort=False).mean().dropna()
        alone = len(contacts["segment"].unique()) == 1
        told = ", ".join(
            f"{name[1] if alone else ' · '.join(map(str, name))} {100 * each:.0f} %"
            for name, each in zip(by_arm.index, by_arm, strict=True)
        )
        return (
            f"errors follow {AGENTS} too, and {RULE}, but on average that agent made only "
            f"{100 * mean:.0f} % of them ({told}): contacts belong to no one agent, so this "
            "tells little of what they have in common; what to do: let errors follow what all "
            "dials of a contact share (a column of contacts, as its team or shift), or leave the "
            "second cluster out, and say so",
        ), ()


def named_groups(name: str | None, *, of_log: bool) -> str:
    """Say what the second clusters are called, several of them; empty where there are none.

    Parameters
    ----------
    name
        As given to `second_clusters`, or the column of a table.
    of_log
        Whether the data are a log, which has agents of its own.
    """
    if not name:
        return ""
    return AGENTS if of_log and name == AGENT else GROUPS.format(name)


def groups_of(column: pd.Series) -> NDArray[np.int64]:
    """Give each value a code, −1 where it is missing."""
    return np.asarray(pd.factorize(column)[0], dtype=np.int64)


def second_clusters(log: CallLog, name: str, horizon_days: float) -> SecondClusters:
    """Give each contact of a log its second cluster.

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
        return SecondClusters(groups_of(log.contacts[name]))
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
    place = found["place"].astype(np.int64)
    agents = np.full(len(log.contacts), -1, dtype=np.int64)
    agents[place] = groups_of(pd.Series(found["agent"]))
    part = np.full(len(log.contacts), np.nan)
    part[place] = found["part"].astype(np.float64)
    return SecondClusters(agents, part)
