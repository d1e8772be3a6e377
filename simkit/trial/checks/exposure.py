"""What each arm delivered: intervals against intended ones, callbacks, and what arms share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.measures.reduction import US_PER_DAY, is_
from simkit.measures.spacing import keeps_promise
from simkit.trial.checks.check import Check, by_arm, judged, percent, rows_of
from simkit.trial.checks.delivered import (
    FEWEST_GAPS,
    MOSTLY,
    TOLERANCE,
    delivered_check,
    untried_arms,
)
from simkit.trial.checks.dials import Dials
from simkit.trial.checks.opened import Opened, opened_days
from simkit.trial.checks.same_dose import dose_checks
from simkit.trial.checks.swapped import HOLD_AGAINST, SWAPPED, swapped_arms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.policy import RecallPolicy

Policies = Mapping[str, Mapping[str, "RecallPolicy"]]

#: Share of the gaps from which an arm is said to call as another does (assumed).
OF_ANOTHER_ARM = 0.1
#: Share of the later dials that contacts set themselves, from which it is said (assumed).
MOSTLY_CALLBACKS = 0.25
#: Share of promised calls that must be kept (assumed).
KEPT = 0.75
#: When a promise is kept, in words: as `keeps_promise` judges it.
KEPT_WHEN = "from an hour before to a day after the named time"
#: Those of a box with whiskers.
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

# Whoever asks to be called back sets the next dial: the gap after it is no recall interval. A kept
# promise is a next dial from an hour before the named time, on its day, to a day after it.
GAPS = f"""
SELECT
    cell,
    CAST(previous_us // {US_PER_DAY} AS BIGINT) AS from_day,
    CAST(dialled_us // {US_PER_DAY} AS BIGINT) AS to_day,
    coalesce(asked_before, false) AS asked,
    count(*) AS dials,
    count(*) FILTER (dialled_us <= previous_us) AS at_once,
    count(*) FILTER (named_us IS NOT NULL) AS promised,
    count(*) FILTER ({keeps_promise("dialled_us", "named_us", str(US_PER_DAY))}) AS kept
FROM (
    SELECT
        cell,
        dialled_us,
        lag(dialled_us) OVER calls AS previous_us,
        lag({is_("callback_requested")}) OVER calls AS asked_before,
        lag(callback_us) OVER calls AS named_us
    FROM dials
    WHERE counts AND cell >= 0
    WINDOW calls AS (PARTITION BY place ORDER BY attempt_no)
)
GROUP BY ALL
ORDER BY ALL
"""


@dataclass(frozen=True, eq=False)
class Exposure:
    """What each arm delivered.

    Parameters
    ----------
    table
        One row per segment and arm: ``contacts``, ``dials``, ``intended`` (in words),
        ``intended_days`` (median of what the calendar makes of it, calendar days; NaN where not
        named), ``named_days`` (the intended interval where it is in calendar days, as named; else
        NaN), ``gaps``, ``delivered_days`` (their median), ``q10`` to ``q90`` (quantiles of the
        gaps, days), ``as_intended`` (share of the gaps within 25 % or one working day),
        ``of_another_arm`` (share of the gaps that are another arm's and not its own),
        ``callbacks`` (share of the dials after the first that the contact had asked for),
        ``promised``, ``kept`` (promises to call back, and those kept: from an hour before the named
        time to a day after it).
    gaps
        ``segment``, ``arm``, ``days`` (calendar days between two dials), ``gaps``.
    at_once
        Dials to a contact at the very moment of the one before.
    mostly_of
        (segment, arm) → the other arms whose interval more than half of its gaps are, and not its
        own.
    """

    table: pd.DataFrame
    gaps: pd.DataFrame
    at_once: int
    mostly_of: Mapping[tuple[str, str], tuple[str, ...]]


def exposure_of(dials: Dials, policies: Policies | None = None) -> Exposure:
    """Measure what each arm delivered. It is a dose: it drops nobody.

    Parameters
    ----------
    dials
        The trial's dials.
    policies
        Segment → arm → policy, as intended; None where nobody wrote them down.
    """
    pairs = dials.ask(GAPS, ("attempt_no",), ("callback_at",))
    opened = {
        segment: opened_days(pairs["to_day"], pairs["dials"], pairs["cell"].isin(cells))
        for segment, cells in dials.segments.items()
    }
    named = policies or {}
    rows, gaps, mostly_of = [], [], {}
    by_cell = dict(iter(pairs.groupby("cell")))
    for cell, (segment, arm) in enumerate(dials.cells):
        here = by_cell.get(cell, pairs.iloc[:0])
        again = here[here["from_day"].notna()]
        own = again[~again["asked"].astype(np.bool_)]
        policy = named.get(segment, {}).get(arm)
        others = {name: one for name, one in named.get(segment, {}).items() if name != arm}
        days = _by_days(own)
        against, mostly_of[segment, arm] = _against(own, policy, others, opened[segment])
        gaps.append(days.assign(segment=segment, arm=arm))
        rows.append(
            {
                "segment": segment,
                "arm": arm,
                "contacts": int(dials.contacts[cell]),
                "dials": int(here["dials"].sum()),
                "gaps": int(own["dials"].sum()),
                "delivered_days": _quantile(days, 0.5),
                **{f"q{round(100 * q)}": _quantile(days, q) for q in QUANTILES},
                **against,
                "callbacks": _share(again.loc[again["asked"].astype(np.bool_), "dials"], again),
                "promised": int(again["promised"].sum()),
                "kept": int(again["kept"].sum()),
            }
        )
    return Exposure(
        pd.DataFrame(rows),
        pd.concat(gaps, ignore_index=True)[["segment", "arm", "days", "gaps"]],
        int(pairs["at_once"].sum()),
        mostly_of,
    )


def exposure_checks(exposure: Exposure, load: pd.DataFrame) -> list[Check]:
    """Check that arms delivered what was intended, differ at all, and follow their own rule.

    Parameters
    ----------
    exposure
        What they delivered.
    load
        Table of `simkit.trial.checks.load.Load`: whose calls waited for an agent.
    """
    checks = []
    rows_late = load[["segment", "arm", "late"]].itertuples(index=False, name=None)
    late = {(str(segment), str(arm)): float(share) for segment, arm, share in rows_late}
    for segment, rows in exposure.table.groupby("segment", sort=False):
        here = exposure.gaps[exposure.gaps["segment"] == segment]
        # An arm that nobody tried fails once: by the other arm that it called as, if there is one.
        untried = untried_arms(rows, late, exposure.mostly_of)
        as_another = [row for row in untried if exposure.mostly_of[row.segment, row.arm]]
        checks += [
            delivered_check(str(segment), rows, [row for row in untried if row not in as_another]),
            *dose_checks(str(segment), list(rows["arm"]), here),
            _callbacks_check(str(segment), rows),
        ]
        if len(rows) > 1 and rows["of_another_arm"].notna().any():
            checks.append(crossing_check(str(segment), rows, exposure.mostly_of, as_another))
    return checks


def _by_days(pairs: pd.DataFrame) -> pd.DataFrame:
    days = (pairs["to_day"] - pairs["from_day"]).astype(np.int64)
    grouped = pairs.groupby(days.to_numpy())["dials"].sum()
    return pd.DataFrame({"days": grouped.index.to_numpy(), "gaps": grouped.to_numpy()})


def _quantile(days: pd.DataFrame, level: float) -> float:
    """Return a quantile of gaps that are sorted by days: the smallest that reaches the level."""
    if days.empty:
        return float("nan")
    upto = days["gaps"].cumsum().to_numpy()
    return float(days["days"].to_numpy()[np.searchsorted(upto, level * upto[-1])])


def _share(part: pd.Series, whole: pd.DataFrame) -> float:
    total = float(whole["dials"].sum())
    return float(part.sum()) / total if total else float("nan")


def _against(
    gaps: pd.DataFrame,
    policy: RecallPolicy | None,
    others: Mapping[str, RecallPolicy],
    opened: Opened,
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Compare gaps with a policy's interval and its other rests, and with the other arms'."""
    unknown = float("nan")
    if policy is None or gaps.empty:
        nothing = dict.fromkeys(
            ("intended_days", "named_days", "as_intended", "of_another_arm"), unknown
        )
        label = "" if policy is None else policy.interval.label
        return {"intended": label, **nothing}, ()
    first, second = (
        gaps[name].to_numpy(dtype=np.int64).astype("datetime64[D]")
        for name in ("from_day", "to_day")
    )
    weight = gaps["dials"].to_numpy(dtype=np.float64)
    ours = _within(first, second, policy, opened)
    theirs, mostly_of = np.zeros(len(gaps), dtype=np.bool_), []
    for name, other in others.items():
        if other.interval != policy.interval:
            its = _within(first, second, other, opened) & ~ours
            theirs |= its
            if weight[its].sum() > MOSTLY * weight.sum():
                mostly_of.append(name)
    wished = (opened.after(first, policy.interval) - first).astype(np.int64)
    days = pd.DataFrame({"days": wished, "gaps": weight}).sort_values("days", kind="stable")
    found = {
        "intended": policy.interval.label,
        "intended_days": _quantile(days, 0.5),
        "named_days": unknown if policy.interval.days is None else policy.interval.days,
        "as_intended": float(weight[ours].sum() / weight.sum()),
        "of_another_arm": float(weight[theirs].sum() / weight.sum()),
    }
    return found, tuple(mostly_of)


def _within(
    first: NDArray[np.datetime64],
    second: NDArray[np.datetime64],
    policy: RecallPolicy,
    opened: Opened,
) -> NDArray[np.bool_]:
    """Tell which gaps are one of a policy's rests, within a quarter of it or one working day."""
    spans = [policy.interval, *(rest for _, rest in policy.rests if rest is not None)]
    fits = np.zeros(len(first), dtype=np.bool_)
    for span in spans:
        wished = opened.after(first, span)
        if span.working_days is not None:
            most = max(1.0, TOLERANCE * span.working_days)
            fits |= np.abs(opened.between(wished, second)) <= most
        else:
            assert span.days is not None
            off = np.abs((second - wished).astype(np.float64))
            fits |= (off <= TOLERANCE * span.days) | (np.abs(opened.between(wished, second)) <= 1)
    return fits


def _callbacks_check(segment: str, rows: pd.DataFrame) -> Check:
    many = rows[rows["callbacks"] > MOSTLY_CALLBACKS]
    due = rows[rows["promised"] >= FEWEST_GAPS]
    broken = due[due["kept"] < KEPT * due["promised"]]
    told = []
    for row in rows_of(rows):
        text = "none" if not row.callbacks > 0 else percent(row.callbacks)
        if row.promised:
            text += f" ({row.kept:,} of {row.promised:,} dated ones {KEPT_WHEN})"
        told.append((row.arm, text))
    meaning, advice = [], []
    if len(many):
        meaning.append(
            f"in {', '.join(many['arm'])} contacts set many of the dials themselves: the interval "
            "governs only the others, which makes the arms more alike"
        )
        advice.append("read effects as those of the interval with its callbacks")
    if len(broken):
        meaning.append(f"{', '.join(broken['arm'])} kept few promises to call back")
        advice.append("see that promised calls come first; broken promises cost sales in any arm")
    return judged(
        "callbacks",
        segment,
        f"of the dials after the first: {by_arm(told)}",
        bad="warning" if meaning else "ok",
        fine="few dials were set by the contact instead of the interval",
        meaning="; ".join(meaning),
        advice="; ".join(advice),
    )


def crossing_check(
    segment: str,
    rows: pd.DataFrame,
    mostly_of: Mapping[tuple[str, str], tuple[str, ...]],
    untried: Sequence[Any],
) -> Check:
    """Check that arms called at their own interval, not at another's.

    Parameters
    ----------
    segment, rows
        Its name, and its rows of the table of `Exposure`.
    mostly_of
        As there.
    untried
        Rows of arms whose own interval nobody has tried, since they called as another arm.
    """
    known = rows[rows["of_another_arm"].notna()]
    enough = known[known["gaps"] >= FEWEST_GAPS]
    crossed = enough[enough["of_another_arm"] > OF_ANOTHER_ARM]
    swapped = swapped_arms(
        {arm: mostly_of[segment, arm] for arm in enough["arm"]},
        dict(zip(enough["arm"], enough["delivered_days"], strict=True)),
        dict(zip(enough["arm"], enough["intended_days"], strict=True)),
    )
    told = zip(known["arm"], map(percent, known["of_another_arm"]), strict=True)
    meaning = (
        f"{', '.join(crossed['arm'])} often called at another arm's interval: contacts may "
        "have been treated as the other arm's, which makes the effects too small"
    )
    advice = (
        "look whether lists were mixed or the dialler's rule was set by campaign instead of "
        "by arm; keep everybody in the arm assigned"
    )
    if untried:
        meaning = "; ".join(
            f"{row.arm} called as {' and '.join(mostly_of[segment, row.arm])} was to call "
            f"({percent(row.of_another_arm)} of its gaps; {percent(row.as_intended)} are its own "
            "interval)"
            for row in untried
        )
        meaning += ": what its interval does, nobody has tried"
    if swapped:
        meaning, advice = SWAPPED.format(" and ".join(swapped)), HOLD_AGAINST
    return judged(
        "gaps of another arm",
        segment,
        f"of an arm's gaps between dials: {by_arm(told)}",
        bad="fail" if swapped or untried else "warning" if len(crossed) else "ok",
        fine="arms followed their own interval, not another's",
        meaning=meaning,
        advice=advice,
    )
