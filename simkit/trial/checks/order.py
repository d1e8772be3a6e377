"""Whether a contact's dials follow each other: the same call twice, calls before they were due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.measures.reduction import US_PER_S
from simkit.trial.checks.check import Check, judged

if TYPE_CHECKING:
    from simkit.trial.checks.dials import Dials

STRANGE = 0.01
"""Share of dials from which odd times are worth a warning."""

#: Odd times below it are told and no warning (assumed): a handful of slips is in any log.
FEWEST = 10
#: Dialling, ringing and hanging up take longer (assumed; a telephone rings every five seconds).
SECONDS = 10

#: A talk of the same agent, ending and seconds is the same call until so long after (assumed: what
#: two servers write down of one call lies some minutes apart).
ECHO_MINUTES = 5

# A call that is known to have ended before, as one of a dead line that rang for 0 seconds, may have
# been followed by another at once. Agents who differ took part in one call each.
_REPEATED = f"""
SELECT
    count(*) FILTER (
        gap_us < {SECONDS * US_PER_S} AND (took_s IS NULL OR gap_us < took_s * {US_PER_S})
    ) AS repeated,
    count(*) FILTER (
        gap_us BETWEEN {SECONDS * US_PER_S} AND {ECHO_MINUTES * 60 * US_PER_S} AND same_talk
    ) AS echoed
FROM (
    SELECT
        dialled_us - lag(dialled_us) OVER calls AS gap_us,
        code = lag(code) OVER calls AS same_ending,
        agent_id IS NOT DISTINCT FROM lag(agent_id) OVER calls AS same_agent,
        talk_s > 0 AND talk_s = lag(talk_s) OVER calls AS same_talk,
        lag(ring_s + coalesce(talk_s, 0)) OVER calls AS took_s
    FROM dials
    WHERE counts AND cell >= 0
    WINDOW calls AS (PARTITION BY place ORDER BY attempt_no)
)
WHERE gap_us > 0 AND same_ending AND same_agent
"""
_TALKS = "SELECT count(*) AS talks FROM dials WHERE counts AND cell >= 0 AND talk_s > 0"


def order_check(dials: Dials, at_once: int, before_due: int, total: int) -> Check:
    """Check that dials of a contact are not told twice, nor made before they were due.

    Parameters
    ----------
    dials
        The trial's dials.
    at_once, before_due, total
        Dials to a contact at the very moment of the one before, before they fell due, and all.
    """
    columns = ("attempt_no", "agent_id", "ring_s", "talk_s")
    told = dials.ask(_REPEATED, columns, ()).iloc[0]
    repeated, echoed = int(told["repeated"]), int(told["echoed"])
    talks = int(dials.ask(_TALKS, ("talk_s",), ())["talks"].iloc[0]) if echoed >= FEWEST else 0
    bad, early, twice = (
        count >= FEWEST and count > STRANGE * total for count in (at_once, before_due, repeated)
    )
    again = echoed >= FEWEST and echoed > STRANGE * talks
    found = (
        f"{at_once:,} of {total:,} dials at the moment of the contact's dial before, "
        f"{repeated:,} less than {SECONDS} seconds after it with the same agent and ending, "
        f"{before_due:,} before they fell due"
    )
    meaning = (
        "dials came twice, or before they could: rows are repeated, or times are of two clocks"
    )
    if again:
        found += (
            f"; {echoed:,} of {talks:,} talks within {ECHO_MINUTES} minutes of one with the same "
            "agent, ending and seconds"
        )
    if twice or again:
        meaning = (
            f"nobody dials, rings and dials again within {SECONDS} seconds"
            if twice
            else "two talks are hardly ever of the same length to the second"
        )
        meaning += (
            ": these are probably the same calls twice, so that dials, their costs and shares per "
            "dial count them twice and intervals seem shorter"
        )
        if bad or early:
            meaning += "; other rows are repeated, too, or times are of two clocks"
    return judged(
        "order of the dials",
        "all",
        found,
        bad="warning" if bad or early or twice or again else "ok",
        fine="a contact's dials follow each other",
        meaning=meaning,
        advice="look for doubled rows in the export (one a call and one a transfer?), and for due "
        "dates that were written later",
    )
