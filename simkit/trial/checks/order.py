"""Whether a contact's dials follow each other: the same call twice, calls before they were due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from simkit.measures.reduction import US_PER_DAY, US_PER_S
from simkit.trial.checks.check import ALPHA, Check, judged

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

# Two talks in a row of a contact with the same agent and ending, by whether they lie within a day.
_PAIRS = f"""
SELECT
    code,
    count(*) FILTER (gap_us <= {US_PER_DAY}) AS near,
    count(*) FILTER (gap_us <= {US_PER_DAY} AND same_times) AS near_same,
    count(*) AS pairs,
    count(*) FILTER (same_times) AS same
FROM (
    SELECT
        code,
        dialled_us - lag(dialled_us) OVER talks AS gap_us,
        code = lag(code) OVER talks
            AND agent_id IS NOT DISTINCT FROM lag(agent_id) OVER talks AS alike,
        talk_s = lag(talk_s) OVER talks
            AND ring_s IS NOT DISTINCT FROM lag(ring_s) OVER talks
            AND wrap_s IS NOT DISTINCT FROM lag(wrap_s) OVER talks AS same_times
    FROM dials
    WHERE counts AND cell >= 0 AND talk_s > 0
    WINDOW talks AS (PARTITION BY place ORDER BY attempt_no)
)
WHERE alike AND gap_us > {ECHO_MINUTES * 60 * US_PER_S}
GROUP BY code
ORDER BY code
"""


@dataclass(frozen=True)
class Copies:
    """Talks whose times are all the same as those of the contact's talk before, within a day.

    Parameters
    ----------
    talks, expected
        How many there are, and how many there were if talks within a day were as often alike as
        those that lie further apart.
    p_value
        How often chance makes as many.
    """

    talks: int
    expected: float
    p_value: float


def copies(dials: Dials) -> Copies:
    """Compare the pairs of talks within a day with those further apart, ending by ending.

    Two talks of a contact may be alike by chance, where times are rounded or its talks are short,
    whether a day or a month lies between them. So among the pairs of one ending those with the same
    times lie within a day as often as others do (hypergeometric), and over the endings their
    numbers are added up.

    Parameters
    ----------
    dials
        The trial's dials.

    References
    ----------
    N. Mantel, W. Haenszel (1959), Statistical aspects of the analysis of data from retrospective
    studies of disease, Journal of the National Cancer Institute 22, 719-748; with their correction
    for continuity.
    """
    found = dials.ask(_PAIRS, ("attempt_no", "agent_id", "ring_s", "talk_s", "wrap_s"), ())
    near, near_same, pairs, same = (
        found[name].to_numpy(dtype=np.float64) for name in ("near", "near_same", "pairs", "same")
    )
    far = pairs - near
    told = (near > 0) & (far > 0)
    near, near_same, far, pairs, same = (
        values[told] for values in (near, near_same, far, pairs, same)
    )
    mean = near * same / pairs
    spread = float(np.sqrt((mean * (1 - same / pairs) * far / (pairs - 1)).sum()))
    above = float((near_same - mean).sum()) - 0.5
    by_far = float((near * (same - near_same) / far).sum())
    chance = float(stats.norm.sf(above / spread)) if spread else 1.0
    return Copies(int(near_same.sum()), by_far, chance)


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
    talks = int(dials.ask(_TALKS, ("talk_s",), ())["talks"].iloc[0])
    copied = copies(dials)
    bad, early, twice = (
        count >= FEWEST and count > STRANGE * total for count in (at_once, before_due, repeated)
    )
    again = echoed >= FEWEST and echoed > STRANGE * talks
    beyond = copied.talks - copied.expected
    later = copied.p_value < ALPHA and beyond >= FEWEST and beyond > STRANGE * talks
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
    if later:
        found += (
            f"; {copied.talks:,} of {talks:,} talks more than {ECHO_MINUTES} minutes and at most a "
            "day after one with the same agent, ending and seconds of ringing, talk and wrap-up, "
            f"where by the talks further apart about {copied.expected:,.0f} were to be expected"
        )
    if twice or again or later:
        meaning = (
            f"nobody dials, rings and dials again within {SECONDS} seconds"
            if twice
            else "two talks are hardly ever of the same length to the second"
            if again
            else "talks are no more alike on one day than on others"
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
        bad="warning" if bad or early or twice or again or later else "ok",
        fine="a contact's dials follow each other",
        meaning=meaning,
        advice="look for doubled rows in the export (one a call and one a transfer?), and for due "
        "dates that were written later",
    )
