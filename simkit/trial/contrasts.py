"""What stands beside each difference: its ratio, Dunnett's interval, the plain one, the trend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.trial.adjusted import Adjustment
from simkit.trial.effects.adjust import AdjustedMeans
from simkit.trial.effects.dunnett import correlation_with_control, dunnett
from simkit.trial.effects.means import ArmMeans
from simkit.trial.effects.ratio import RATIO_COLUMNS, ratio_of_means
from simkit.trial.effects.trend import trend
from simkit.trial.plan import Plan
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import WHERE
from simkit.trial.sentences import PERCENT
from simkit.trial.settings import is_number

if TYPE_CHECKING:
    from simkit.trial.compare import Comparison

#: Of the variance: a correlation of .95, which no history of a contact has with what it does next
#: (assumed).
MOST_EXPLAINED_PERCENT = 90.0
#: With one there is nothing to compare.
NOT_KNOWN = float("nan")
GIVEN, DELIVERED = "given", "median days between dials, as delivered"
DUNNETT_COLUMNS = ("p_dunnett", "ci_low_dunnett", "ci_high_dunnett")
UNADJUSTED_COLUMNS = (
    *("outcome", "segment", "arm", "control", "estimate", "se", "ci_low", "ci_high", "p_value"),
    *("variance_reduction_percent", "reason"),
)
TREND_COLUMNS = (
    *("outcome", "segment", "slope", "se", "ci_low", "ci_high", "p_value", "df"),
    *("departure_p", "arms", "days", "source", "unit", "method", "reason"),
)
TREND_METHOD = (
    "line through the arms' means over log2 of the days, weighted by their effective numbers of "
    "contacts, t with Satterthwaite's degrees of freedom; departure by Johansen's test"
)

Means = Mapping[tuple[str, str], ArmMeans | None]
Intervals = Mapping[str, float | Mapping[str, float]]


def with_contrasts(found: Comparison, plan: Plan) -> pd.DataFrame:
    """Add ratios to the rows of a comparison, and Dunnett's comparisons to the primary ones."""
    return _with_dunnett(_with_ratios(found.table, found.means, plan.alpha), found.means, plan)


def _with_ratios(table: pd.DataFrame, means: Means, alpha: float) -> pd.DataFrame:
    found = np.full((len(table), 3), np.nan)
    said = np.full(len(table), "", dtype=object)
    rows: Iterable[Any] = table.itertuples(index=False)
    for at, row in enumerate(rows):
        here = means[row.outcome, row.segment]
        if here is not None and not np.isnan(row.estimate):
            ratio = ratio_of_means(here, row.arm, row.control, alpha)
            found[at] = ratio.estimate, ratio.low, ratio.high
            said[at] = ratio.method
    columns = dict(zip(RATIO_COLUMNS, found.T, strict=True))
    return table.assign(**columns, ratio_method=said)


def _with_dunnett(table: pd.DataFrame, means: Means, plan: Plan) -> pd.DataFrame:
    found = np.full((len(table), 3), np.nan)
    # A primary row has an adjusted p-value where it may carry a claim.
    told = (table["role"] == "primary") & table["p_adjusted"].notna()
    for segment, rows in table[told].groupby("segment", sort=False):
        here = means[plan.primary, str(segment)]
        if here is None or len(rows) < 2:
            continue
        arms, control = rows["arm"].tolist(), str(rows["control"].iloc[0])
        joint = dunnett(
            [here.difference(arm, control) for arm in arms],
            correlation_with_control(here, arms, control),
            plan.alpha,
        )
        found[rows.index] = np.column_stack([joint.p_values, joint.low, joint.high])
    return table.assign(**dict(zip(DUNNETT_COLUMNS, found.T, strict=True)))


def unadjusted(found: Comparison, plan: Plan, adjustment: Adjustment | None) -> pd.DataFrame:
    """Give the plain difference beside each row that was adjusted, and why others were not."""
    rows = []
    if adjustment is not None:
        told: Iterable[Any] = found.table.itertuples(index=False)
        for row in told:
            means = found.means[row.outcome, row.segment]
            why_not = adjustment.why_not.get((row.outcome, row.segment), "")
            shown = {name: getattr(row, name) for name in UNADJUSTED_COLUMNS[:9]}
            gained = NOT_KNOWN
            if isinstance(means, AdjustedMeans) and not np.isnan(row.se):
                plain = means.plain.difference(row.arm, row.control)
                low, high = plain.interval(plan.alpha)
                shown |= {"estimate": plain.estimate, "se": plain.se, "p_value": plain.p_value}
                shown |= {"ci_low": low, "ci_high": high}
                gained = PERCENT * (1 - row.se**2 / plain.se**2)
            elif not why_not:
                continue
            rows.append({**shown, "variance_reduction_percent": gained, "reason": why_not})
    return pd.DataFrame(rows, columns=list(UNADJUSTED_COLUMNS))


def any_adjusted(found: Comparison) -> bool:
    """Tell whether the means of some outcome were adjusted."""
    return any(isinstance(means, AdjustedMeans) for means in found.means.values())


def not_adjusted(data: TrialData, plan: Plan, adjustment: Adjustment | None) -> list[str]:
    """Say of which outcomes the rows are plain although covariates were named."""
    if adjustment is None:
        return []
    return [
        f"{outcome}{'' if len(data.segments) == 1 else f' in {segment}'} is not adjusted: {why}"
        for (outcome, segment), why in adjustment.why_not.items()
        if outcome not in plan.guardrails
    ]


def too_well_told(plain: pd.DataFrame, adjust: Sequence[str]) -> tuple[str, ...]:
    """Doubt an adjustment that explains nearly all of an outcome: it may be the outcome itself.

    Parameters
    ----------
    plain
        Rows of `unadjusted`.
    adjust
        The covariates.
    """
    if plain.empty:
        return ()
    most = plain.groupby("outcome", sort=False)["variance_reduction_percent"].max()
    return tuple(
        f"the adjustment by {', '.join(adjust)} takes {percent:.1f} % of the variance of {outcome} "
        "away, as hardly anything known before the assignment does: what was counted during the "
        "trial takes a part of the effect away with it"
        for outcome, percent in most.items()
        if percent > MOST_EXPLAINED_PERCENT
    )


def check_intervals(intervals: Intervals | None, data: TrialData) -> None:
    """Check the days between calls that are given for the arms.

    Raises
    ------
    InputError
        Naming each arm or segment that is not there, and each number that is no number of days.
    """
    problems = []
    arms = {arm for names in data.arms.values() for arm in names}
    for name, value in (intervals or {}).items():
        if isinstance(value, Mapping):
            if name not in data.arms:
                rule = f"must be a segment: {', '.join(data.segments)}"
                problems.append(Problem(WHERE, "intervals", name, rule))
                continue
            known, inside = set(data.arms[name]), value
        else:
            known, inside = arms, {name: value}
        place = f"intervals[{name!r}]" if isinstance(value, Mapping) else "intervals"
        for arm, days in inside.items():
            if arm not in known:
                rule = f"must be an arm: {', '.join(sorted(known))}"
                problems.append(Problem(WHERE, place, arm, rule))
            if not is_number(days) or not 0 < days < np.inf:
                rule = "must be days between calls, above 0; leave an arm without calls out"
                problems.append(Problem(WHERE, f"{place}[{arm!r}]", days, rule))
    if problems:
        raise InputError(problems)


def trends(
    data: TrialData, plan: Plan, found: Comparison, intervals: Intervals | None
) -> pd.DataFrame:
    """Fit a line through the arms of each segment over the days between calls, outcome by outcome.

    Parameters
    ----------
    data, plan, found
        The trial and its comparison.
    intervals
        Arm → days between calls, or segment → that; an arm that is not named, such as one without
        calls, stays out. None takes the median days between dials that each arm delivered, where
        every arm of the segment has one.
    """
    units = found.table.set_index(["outcome", "segment"])["unit"].to_dict()
    rows = []
    for segment in data.segments:
        days, source = _days(data, segment, intervals)
        if not days:
            continue
        for outcome in plan.outcomes:
            if outcome in data.refusals:
                continue
            means = found.means[outcome, segment]
            row: dict[str, object] = dict.fromkeys(TREND_COLUMNS, NOT_KNOWN)
            row |= {"outcome": outcome, "segment": segment, "arms": len(days), "source": source}
            row |= {"unit": units.get((outcome, segment), ""), "method": TREND_METHOD}
            row["days"] = ", ".join(f"{arm}: {_in_days(day)}" for arm, day in days.items())
            rows.append(row | _trend(means, days, plan.alpha))
    return pd.DataFrame(rows, columns=list(TREND_COLUMNS))


def _in_days(days: float) -> str:
    """Write days between calls to a tenth, short ones to two digits: the hour of a call is luck."""
    text = f"{days:.1f}" if days >= 1 else f"{days:.2g}"
    text = text.removesuffix(".0")
    return f"{text} day{'' if text == '1' else 's'}"


def _trend(means: ArmMeans | None, days: Mapping[str, float], alpha: float) -> dict[str, object]:
    missing = [arm for arm in days if means is None or arm not in means.arms]
    if means is None or missing:
        return {"reason": f"too few contacts to compare in {', '.join(missing)}"}
    if len(set(days.values())) < 2:
        return {"reason": "all arms have the same days between calls"}
    still = [arm for arm in days if not means.own[means.arms.index(arm)]]
    if still:
        return {"reason": f"the outcome does not vary in {', '.join(still)}"}
    if doubt := means.without_error([means.arms.index(arm) for arm in days]):
        return {"reason": doubt}
    line = trend(means, {arm: float(np.log2(day)) for arm, day in days.items()})
    low, high = line.interval(alpha)
    return {
        **{"slope": line.slope, "se": line.se, "ci_low": low, "ci_high": high},
        **{"p_value": line.p_value, "df": line.df, "departure_p": line.departure_p},
        "reason": "",
    }


def _days(
    data: TrialData, segment: str, intervals: Intervals | None
) -> tuple[dict[str, float], str]:
    """Find the days between calls of a segment's arms, shortest first, and where they are from."""
    if intervals is not None:
        own = intervals.get(segment)
        given = own if isinstance(own, Mapping) else intervals
        found: dict[str, Any] = {arm: given[arm] for arm in data.arms[segment] if arm in given}
        source = GIVEN
    else:
        if "median_days_between_dials" not in data.exposure:
            return {}, ""
        told = (data.exposure[name] for name in ("segment", "arm", "median_days_between_dials"))
        medians = {(where, arm): days for where, arm, days in zip(*told, strict=True)}
        found = {arm: medians.get((segment, arm), NOT_KNOWN) for arm in data.arms[segment]}
        if not all(day > 0 for day in found.values()):
            return {}, ""
        source = DELIVERED
    days = {arm: float(day) for arm, day in found.items()}
    if len(days) < 2:
        return {}, ""
    return dict(sorted(days.items(), key=lambda pair: pair[1])), source
