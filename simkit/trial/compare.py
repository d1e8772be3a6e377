"""Each arm against its control, outcome by outcome: estimates, corrections, verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simkit.measures import OUTCOMES
from simkit.measures.registry import SHARE
from simkit.trial.adjusted import Adjustment
from simkit.trial.corrected import corrected_for
from simkit.trial.effects.difference import Difference
from simkit.trial.effects.guardrails import OPEN, VERDICTS, VETO, WITHIN, Guardrail, judge
from simkit.trial.effects.margin_of_accounts import margin_test
from simkit.trial.effects.means import MIN_UNITS, ArmMeans
from simkit.trial.effects.multiplicity import holm
from simkit.trial.effects.shrinkage import shrink
from simkit.trial.level import Level
from simkit.trial.looks.ledger import Seen
from simkit.trial.plan import Plan
from simkit.trial.rare import FEW_ALONE, few_units, too_rare
from simkit.trial.read.data import TrialData
from simkit.trial.read.logs import PER_AGENT_HOUR, PER_CALL_REASON, PER_DIAL
from simkit.trial.read.names import NET_VALUE, SALE
from simkit.trial.read.unsaid import LOG
from simkit.trial.rows import NOT_KNOWN, SHOWN_AT, Role, Row, on_few, too_small
from simkit.trial.sentences import within_words
from simkit.trial.unrecorded import Unrecorded, unsold
from simkit.trial.winners import winners_of

FEWEST_SEGMENTS = 2  # one alone has no others to be drawn to
RATIO_UNITS = {PER_DIAL: "sales per dial", PER_AGENT_HOUR: "sales per agent-hour"}
DIVISORS = {PER_DIAL: "dials", PER_AGENT_HOUR: "agents' time"}
DESCRIBES = "more of it is neither better nor worse: it describes what the arm did"
ENDED_BEFORE = (
    "it ended with the look of {}, and no difference was shown by then; the contacts here are "
    "others than that look saw, and claim nothing new"
)
ENDED_APART = "it ended with the look of {}, and claims nothing new; {}"
STOPPED = f"{VETO}: it stopped the arm at the look of {{}}"
SHOWN = f"{SHOWN_AT} {{}}, and not anew by this evaluation"
NAMED_AFTERWARDS = "not registered: named afterwards, it can stop an arm, and show none safe"
NOT_REGISTERED = "not registered: it explores, and decides nothing"
VETO_COLUMNS = (
    *("outcome", "segment", "arm", "control", "estimate", "margin"),
    *("state", "lower", "upper", "power", "p_value", "method", "stopped_on"),
)
ASKED_EARLY = (
    "; within it by one look alone, but one that nothing counts, at other contacts than those "
    "planned, can be made anew until it is"
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What comes out of comparing all arms.

    Parameters
    ----------
    table
        The rows.
    vetoes
        One row per guardrail, segment and arm.
    winners
        One row per segment: the best arm on the primary outcome, if one is better by enough.
    primary_means
        Segment → means of the primary outcome; None where one of its rows carries no claim.
    means
        (outcome, segment) → means; None where not two arms have enough units.
    """

    table: pd.DataFrame
    vetoes: pd.DataFrame
    winners: pd.DataFrame
    primary_means: dict[str, ArmMeans | None]
    means: dict[tuple[str, str], ArmMeans | None]


def compare(data: TrialData, plan: Plan, adjustment: Adjustment | None = None) -> Comparison:
    """Compare every arm with its control on every outcome.

    Parameters
    ----------
    data, plan
        The trial, and what was to be compared.
    adjustment
        Covariates from before the trial, for which the means are adjusted.
    """
    rows: list[Row] = []
    vetoes: list[dict[str, object]] = []
    primary_means: dict[str, ArmMeans | None] = {}
    all_means: dict[tuple[str, str], ArmMeans | None] = {}
    sold = unsold(data)
    for outcome in (*plan.outcomes, *data.ratios):
        family: list[tuple[Row, Difference]] = []
        others: list[float] = []
        effects: list[Row] = []
        averaged = {
            segment: data.means(outcome, segment, plan.errors)
            if adjustment is None
            else adjustment.means(data, outcome, segment)
            for segment in data.segments
        }
        unrecorded = Unrecorded(data, outcome, {name: one for name, (one, _) in averaged.items()})
        for segment, (means, units) in averaged.items():
            all_means[outcome, segment] = means
            claims = True
            for arm in data.arms[segment]:
                if arm == data.control[segment]:
                    continue
                row = _start(data, plan, outcome, segment, arm)
                rows.append(row)
                difference = _estimate(row, data, plan, means, units)
                if row.verdict == "cannot tell":  # given here to what may claim nothing new alone
                    others.append(_shown(row, plan))
                if difference is not None:
                    row.rare = too_rare(data, outcome, segment, arm, row.control)
                    if sold is not None and outcome in (SALE, NET_VALUE) and not row.rare:
                        row.unseen, *_ = sold.of_pair(segment, arm, row.control)
                        row.rare = row.unseen
                    row.few = few_units(means, (arm, row.control)) if means is not None else ""
                claims = claims and difference is not None
                if difference is not None and not difference.doubt and arm not in plan.opposed:
                    effects.append(row)
                if row.role == "guardrail":
                    row.unseen, row.missed, row.unseen_in_control = unrecorded.of_pair(
                        segment, arm, row.control
                    )
                    judged = _guard(row, difference, plan, means)
                    day = plan.stopped.get((outcome, segment, arm), "")
                    vetoes.append({**vars(row), **vars(judged), "stopped_on": day})
                elif difference is not None:
                    family.append((row, difference))
            if outcome == plan.primary:
                primary_means[segment] = means if claims else None
        _decide(family, plan, others)
        for row, _ in family:
            if row.rare and row.verdict != "cannot tell":
                row.verdict, row.reason = "cannot tell", row.rare
            if on_few(row):
                row.reason = f"{row.reason}; {FEW_ALONE}" if row.reason else FEW_ALONE
        _shrink(effects, plan.alpha)
    for row in rows:
        if row.role == "guardrail" and row.outcome in plan.exploratory:
            row.reason += f"; {NAMED_AFTERWARDS}"
        if row.role == "exploratory":
            row.reason = f"{row.reason}; {NOT_REGISTERED}" if row.reason else NOT_REGISTERED
    table = pd.DataFrame([vars(row) for row in rows])
    stops = pd.DataFrame(vetoes, columns=list(VETO_COLUMNS))
    winners = winners_of(data, plan, rows, stops, all_means)
    return Comparison(table, stops, winners, primary_means, all_means)


def _start(data: TrialData, plan: Plan, outcome: str, segment: str, arm: str) -> Row:
    role: Role = "primary" if outcome == plan.primary else "secondary"
    margins = plan.margins
    if outcome in plan.exploratory:
        role = "exploratory"
    if outcome in plan.guardrails:
        role, margins = "guardrail", plan.guardrails
    row = Row(outcome, arm, data.control[segment], segment=segment, role=role)
    row.margin = margins.get(outcome, {}).get(segment, NOT_KNOWN)
    row.better = plan.better(outcome)
    return row


def _estimate(
    row: Row, data: TrialData, plan: Plan, means: ArmMeans | None, units: dict[str, int]
) -> Difference | None:
    """Fill in the estimate; give the difference back where it may carry a claim."""
    few = [name for name in (row.arm, row.control) if units[name] < MIN_UNITS]
    if means is None or few:
        too_few = "; ".join(_too_few(row, name, units[name], data) for name in few)
        refused = data.refusals.get(row.outcome, too_few)
        row.reason = refused if any(units.values()) else too_few
        return None
    a, c = means.arms.index(row.arm), means.arms.index(row.control)
    row.n, row.n_control = int(means.n[a]), int(means.n[c])
    row.clusters = 0
    if data.clustered:
        row.clusters = data.accounts_of(row.outcome, row.segment, (row.arm, row.control))
    row.mean_arm, row.mean_control = float(means.mean[a]), float(means.mean[c])
    row.unit = _unit(row.outcome, binary=means.binary, data=data)
    if row.outcome in data.refusals:
        row.reason = data.refusals[row.outcome]
        return None
    difference = means.difference(row.arm, row.control)
    row.estimate, row.se, row.method = difference.estimate, difference.se, difference.method
    if np.isnan(row.se):
        row.reason = difference.doubt
        return None
    if not row.se > 0:
        row.reason = "the outcome does not vary in either arm: there is nothing to tell from"
        return None
    row.df, row.p_value = difference.df, difference.p_value
    row.ci_low, row.ci_high = difference.interval(plan.alpha)
    if row.outcome in data.ratios:
        row.reason = PER_CALL_REASON
        return None
    if row.outcome in plan.neither:
        row.reason = DESCRIBES
        return None
    if difference.doubt and row.role != "guardrail":
        row.verdict, row.reason = "cannot tell", difference.doubt
        return None
    return difference


def _too_few(row: Row, arm: str, units: int, data: TrialData) -> str:
    """Say why an arm cannot be compared: too few followed, or nothing to divide their sales by."""
    time = f" followed for {data.horizon_days:g} days" if data.horizon_days else ""
    if row.outcome in data.ratios and not units:
        delivered = data.exposure.set_index(["segment", "arm"])["contacts"]
        contacts = int(delivered[row.segment, arm])
        if contacts:
            noun = "contact" if contacts == 1 else "contacts"
            what = DIVISORS[row.outcome]
            return f"{arm} has no {what} to divide by, with {contacts:,} {noun}{time}"
    kind = "contacts" if data.unit == "contact" else f"accounts ({data.unit})"
    return f"{arm} has {units} of the {MIN_UNITS} {kind}{time} that are needed at least"


def _guard(
    row: Row, difference: Difference | None, plan: Plan, means: ArmMeans | None
) -> Guardrail:
    """Judge a guardrail by these data, unless a look has stopped the arm by it already."""
    judged = _guard_now(row, difference, plan, means)
    day = plan.stopped.get((row.outcome, row.segment, row.arm))
    if day is None:
        return judged
    row.reason = STOPPED.format(day) + (f"; by now: {row.reason}" if row.reason else "")
    if difference is not None:
        row.verdict = VERDICTS[VETO]
    return replace(judged, state=VETO)


def _guard_now(
    row: Row, difference: Difference | None, plan: Plan, means: ArmMeans | None
) -> Guardrail:
    if difference is None or means is None:
        return Guardrail(OPEN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN)
    tested = margin_test(means, row.arm, row.control)
    judged = judge(
        difference,
        row.margin,
        plan.alpha,
        lower_is_better=row.outcome in plan.lower_is_better,
        alpha_within=plan.left(row.segment, row.arm).of_guardrail(plan.alpha),
        tested=tested,
    )
    if row.unseen_in_control or ((row.rare or row.unseen) and judged.state == WITHIN):
        judged = replace(judged, state=OPEN)
    row.p_adjusted = row.p_value
    row.ci_low_adjusted, row.ci_high_adjusted = judged.lower, judged.upper
    row.verdict = judged.verdict
    gain = -row.ci_high if row.outcome in plan.lower_is_better else row.ci_low
    if judged.state == WITHIN and gain > 0:
        row.verdict = "better"
    row.reason = judged.state
    doubts = [difference.doubt or tested.doubt, row.rare, row.unseen, row.missed]
    doubts = [doubt for doubt in doubts if doubt]
    row.reason += "".join(f"; {doubt}" for doubt in doubts)
    if judged.state == OPEN and judged.p_value < plan.alpha and not doubts:
        row.reason += ASKED_EARLY
    if judged.state == OPEN and not (row.unseen or difference.doubt):
        row.reason += (
            "; a trial of this size shows an arm that does no harm to be within it with "
            f"probability {judged.power:.2f}"
        )
    return judged


def _decide(family: list[tuple[Row, Difference]], plan: Plan, others: list[float]) -> None:
    """Correct one outcome's comparisons by Holm and give the verdicts.

    Looks cost each comparison something else. So each p-value is turned into the smallest error
    rate at which the comparison's own bound is reached, at the end or on the outcome that decides
    at an earlier look. That is a p-value however the trial was looked at, and Holm is right for
    any p-values; `simkit.trial.monitor` does the same. An interval is the one that goes with the
    bound at the rate that Holm gives the comparison.

    Of a comparison that ended at a look that saw other contacts, what the looks claimed stands,
    and these contacts claim nothing: their interval, which holds however often one looks,
    describes.

    Parameters
    ----------
    family
        The comparisons that are judged.
    plan
        What was to be compared.
    others
        p-values of those of which nothing new may be claimed: they must not spare these.
    """
    lefts = [plan.left(row.segment, row.arm) for row, _ in family]
    # Looks see the outcome that decides, and end no other.
    over = [
        row.role == "primary" and bool(left.ended)
        for left, (row, _) in zip(lefts, family, strict=True)
    ]
    now = [
        1.0 if ended else left.p_value(row.p_value)
        for ended, left, (row, _) in zip(over, lefts, family, strict=True)
    ]
    ever = [min(p_value, _shown(row, plan)) for p_value, (row, _) in zip(now, family, strict=True)]
    comparisons = max(plan.comparisons, len(family) + len(others))
    adjusted, rates = holm([*ever, *others], plan.alpha, family=comparisons)
    for number, (row, difference) in enumerate(family):
        left, rate = lefts[number], float(rates[number])
        row.p_adjusted = float(adjusted[number])
        row.corrected_for = corrected_for(comparisons, left.cost)
        row.ci_low_adjusted, row.ci_high_adjusted = difference.interval(left.of(rate))
        lower_is_better = row.outcome in plan.lower_is_better
        inside = too_small(row)
        claimed = row.p_adjusted <= plan.alpha
        earlier = claimed and now[number] > max(rate, ever[number])
        if not earlier and (claimed or left.ends):
            _free(row, left, rate, lower_is_better=lower_is_better)
        if claimed:
            higher = left.shown.higher if earlier else row.estimate > 0
            row.verdict = "worse" if higher == lower_is_better else "better"
            if earlier:
                row.reason = SHOWN.format(left.shown.as_of)
            elif inside:
                row.reason = f"but smaller than what matters, {within_words(row.margin, row.unit)}"
        elif over[number]:
            row.verdict = "cannot tell"
            row.reason = ENDED_BEFORE.format(left.ended)
            if left.apart:
                row.reason = ENDED_APART.format(left.ended, left.apart)
        elif inside:
            row.verdict = "equivalent"
            row.reason = f"too small to matter: within {within_words(row.margin, row.unit)}"
        else:
            row.verdict = "cannot tell"
            row.reason = "its interval includes 0"
            if not np.isnan(row.margin):
                beyond = within_words(row.margin, row.unit)
                row.reason += f", and differences that would matter, beyond {beyond}"
            if left.apart and row.role == "primary":
                row.reason += f"; {left.apart}"


def _free(row: Row, left: Level, rate: float, *, lower_is_better: bool) -> None:
    """Fill in the estimate of a comparison that ended here, freed of the bias of looks before."""
    if row.role != "primary":  # looks see the outcome that decides, and no other
        return
    seen = Seen(
        *(row.outcome, row.segment, row.arm, row.control, row.role),
        fraction=1.0,
        lower_is_better=lower_is_better,
        estimate=row.estimate,
        se=row.se,
        df=row.df,
        p_value=row.p_value,
    )
    freed = left.freed(seen, rate)
    if freed is not None:
        row.median_unbiased, row.final_low, row.final_high = freed


def _shown(row: Row, plan: Plan) -> float:
    """Return the smallest error rate at which an earlier look would have claimed a comparison."""
    # Looks see the outcome that decides, and no other.
    return plan.left(row.segment, row.arm).shown.p_value if row.role == "primary" else 1.0


def _shrink(effects: list[Row], alpha: float) -> None:
    """Draw one outcome's effects of an arm towards their mean over segments; verdicts stay."""
    alike: dict[tuple[str, str, str], list[Row]] = {}
    for row in effects:
        alike.setdefault((row.arm, row.control, row.unit), []).append(row)
    for rows in alike.values():
        if len(rows) < FEWEST_SEGMENTS:
            continue
        estimates, ses = (
            np.array([getattr(row, name) for row in rows]) for name in ("estimate", "se")
        )
        for row, *drawn in zip(rows, *shrink(estimates, ses, alpha), strict=True):
            row.shrunk, row.shrunk_low, row.shrunk_high = map(float, drawn)


def _unit(outcome: str, *, binary: bool, data: TrialData) -> str:
    if outcome in RATIO_UNITS:
        return RATIO_UNITS[outcome]
    known = data.where == LOG or binary
    if outcome in OUTCOMES and (known or OUTCOMES[outcome].unit != SHARE):
        return OUTCOMES[outcome].unit
    if binary:
        return SHARE
    # One of what is worth 1 EUR each is an amount in EUR, whatever its name.
    of_money = outcome.endswith("_eur") or abs(data.worth_eur.get(outcome, 0.0)) == 1
    return "EUR per contact" if of_money else "per contact"
