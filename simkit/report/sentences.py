"""Every word of figures and reports that does not come with a result; one language, one module."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simkit.measures import MEASURES, OUTCOMES
from simkit.recommend.numbers import (
    PERCENT,
    amount,
    count,
    count_range,
    listed,
    listed_intervals,
    money,
    span,
)
from simkit.recommend.verdict import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from simkit.recommend import NextTrial

LANGUAGE = "en"
SHARE = "share of contacts"
EUR = "EUR per contact"
LONG_DAYS = 100.0
LONG_NUMBER = 10_000
ONE_PERCENT = 0.01
BEST_WORDS: Mapping[str, str] = MappingProxyType({"net_value_eur": "highest"})

# ---------------------------------------------------------------- figures: axes, legends, titles

INTERVAL_AXIS = (
    "interval between calls: above as wished (d: days, wd: working days),\n"
    "below as delivered [calendar days, log scale]"
)
DELIVERED_AXIS = "delivered interval between calls [calendar days, log scale]"
ATTEMPT_AXIS = "attempt number of the contact [attempts]"
SUCCESS_AXIS = "attempts that succeed [%]"
TRACE_AXIS = "time since the contact entered [days]"
MARGIN = "margin"
REFUSED = "no answer"
CANCELLED = "sale cancelled"
OBSERVED = "observed until here"

LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "interval": "95 % interval",
        "ruled_out": "ruled out as the best",
        "as_good": "cannot be told\nfrom the best",
        "best": "best",
        "practice": "usual practice",
        "current": "in use:\n{}",
    }
)
AUDIT_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "crude": "as it looks, with\n95 % intervals",
        "stratified": "with the strata of all\nattempts",
        "beta_geometric": "fit in which contacts\ndiffer and nobody tires",
    }
)
TRACE_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "live": "answered",
        "missed": "not answered",
        "waited": "waited since due",
        "named": "until the named date",
    }
)


def measure_name(measure: str) -> str:
    """Name a measure in words."""
    if measure in OUTCOMES:
        return OUTCOMES[measure].meaning
    if measure in MEASURES:
        return MEASURES[measure].meaning
    return measure.replace("_", " ")


def measure_axis(measure: str, unit: str, days: float) -> str:
    """Label an axis with a measure, its unit and its time."""
    shown = "% of contacts" if unit == SHARE else unit
    return f"{measure_name(measure)}\n[{shown}, {days:g} days]"


def short_interval(interval: str) -> str:
    """Shorten an interval: ``"every 5 working days"`` is ``"5 wd"``, ``"every day"`` ``"1 d"``."""
    words = interval.removeprefix("every ").split(" ")
    number = words.pop(0) if words[0].replace(".", "", 1).isdigit() else "1"
    unit = {"working": "wd", "day": "d", "days": "d"}.get(words[0])
    return interval if unit is None else f"{number} {unit}"


def tick(interval: str, delivered_days: float) -> str:
    """Label a point of the interval axis: ``"5 wd"`` above ``"7.2"``."""
    digits = 1 if delivered_days < LONG_DAYS else 0
    return f"{short_interval(interval)}\n{delivered_days:.{digits}f}"


def sweep_title(
    segment: str, measure: str, days: float, best: str | None, good: Sequence[str]
) -> str:
    """State which interval is best over a horizon, and which cannot be told from it."""
    what = f"{measure_name(measure)} over {days:g} days"
    if best is None:
        return f"{segment}: {what} by interval between calls"
    others = [name for name in good if name != best]
    text = f"{segment}: {what} is {BEST_WORDS.get(measure, 'best')} when called {best}"
    if not others:
        return text
    return f"{text};\ncannot be told from it: {listed_intervals(others)}"


def optout_title(segment: str, days: float, ends: Sequence[tuple[str, float]]) -> str:
    """State how many contacts opt out at the longest and at the shortest interval."""
    (long, few), (short, many) = ends
    return (
        f"{segment}: over {days:g} days {PERCENT * few:.1f} % of contacts opt out when called "
        f"{long},\n{PERCENT * many:.1f} % when called {short}"
    )


def horizon_title(days: float, best: str | None, good: Sequence[str]) -> str:
    """State what comes out best at one horizon, and how many cannot be told from it."""
    if best is None:
        return f"{days:g} days"
    others = len(good) - 1
    rest = f", {others} not told from it" if others else ""
    return f"{days:g} days: best {short_interval(best)}{rest}"


def horizons_title(
    segment: str,
    measure: str,
    best: Mapping[float, str | None],
    good: Mapping[float, Sequence[str]],
) -> str:
    """State whether what comes out best over a short time does so over the longest.

    A change is claimed only where each of the two is ruled out as the best at the other's horizon.

    Parameters
    ----------
    segment, measure
        What is shown.
    best, good
        Horizon [days] → the best interval, and all that cannot be told from it.
    """
    what = measure_name(measure)
    names = list(dict.fromkeys(best.values()))
    last = max(best)
    winner = best[last]
    if len(best) == 1 or winner is None or None in names:
        return f"{segment}: {what} by interval and horizon"
    short = [days for days in sorted(best) if best[days] not in good[last]]
    changed = [days for days in short if winner not in good[days]]
    if changed:
        days = changed[0]
        return (
            f"{segment}: {best[days]} comes out best on {what} over {days:g} days,\n"
            f"{winner} over {last:g} days; each is ruled out as the best at the other horizon"
        )
    if short:
        days = short[0]
        return (
            f"{segment}: {best[days]} comes out best on {what} over {days:g} days,\n"
            f"but cannot be told there from {winner}, best over {last:g} days"
        )
    if len(names) > 1:
        return (
            f"{segment}: what comes out best on {what} differs by horizon,\n"
            f"but none can be told from that of {last:g} days"
        )
    text = f"{segment}: {winner} comes out best on {what} at every horizon"
    wide = [f"{days:g}" for days in sorted(best) if len(good[days]) > 1]
    return f"{text};\nothers cannot be told from it over {listed(wide)} days" if wide else text


def difference_axis(outcome: str, unit: str) -> str:
    """Label an axis with a difference from the control and its unit."""
    shown = "percentage points" if unit == SHARE else unit
    return f"{measure_name(outcome)}, arm − control\n[{shown}]"


def arm_label(row: Any, names: Mapping[str, str]) -> str:
    """Name an arm and its control beside a row of a forest plot."""
    return f"{named(row.arm, names)}\nagainst {named(row.control, names)}"


def named(arm: str, names: Mapping[str, str]) -> str:
    """Name an arm, with its interval where that is known and says more."""
    interval = names.get(arm, "")
    return arm if not interval else f"{arm}: {short_interval(interval)}"


def forest_label(row: Any) -> str:
    """Write an estimate with its corrected interval above a row of a forest plot."""
    text = amount(row.estimate, row.unit, named=False)
    if math.isnan(row.ci_low_adjusted):
        return text
    return f"{text} ({span(row.ci_low_adjusted, row.ci_high_adjusted, row.unit)})"


def forest_title(rows: pd.DataFrame, segment: str, horizon_days: float | None) -> str:
    """State what the arms' comparison found."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    place = "" if segment == "all" else f"{segment}{when}: "
    better = rows.loc[rows["verdict"] == "better", "arm"].tolist()
    worse = rows.loc[rows["verdict"] == "worse", "arm"].tolist()
    control = rows["control"].iloc[0]
    parts = []
    if better:
        parts.append(f"{listed(better)} better than {control}")
    if worse:
        parts.append(f"{listed(worse)} worse than {control}")
    open_arms = [arm for arm in rows["arm"] if arm not in (*better, *worse)]
    if open_arms and parts:
        parts.append(f"{listed(open_arms)} open")
    return place + (",\n".join(parts) if parts else f"no arm told from {control}")


def guardrail_title(states: Mapping[str, str]) -> str:
    """State which arms pass a guardrail; ``states`` holds arm → state."""
    stopped = [arm for arm, state in states.items() if state == "veto"]
    passed = [arm for arm, state in states.items() if state == "within margin"]
    parts = [f"vetoed: {listed(stopped)}"] if stopped else []
    if passed:
        parts.append(f"within the margin: {listed(passed)}")
    return ";\n".join(parts) or "no arm shown to be within the margin"


def audit_title(*, identified: bool) -> str:
    """State whether a log can show what calling more often does."""
    if identified:
        return "The arms were assigned: compare them; success by attempt is no effect"
    return "This log cannot tell tired contacts from easy buyers who leave first"


def trace_title(contact_id: object, calls: int, followed_days: float, ending: str) -> str:
    """State what happened to one contact."""
    times = f"{calls} call{'' if calls == 1 else 's'} in {followed_days:.0f} days"
    return f"Contact {contact_id}: {times};\n{ending}"


def trace_ending(meaning: str | None) -> str:
    """Say how the last call ended."""
    return "never called" if meaning is None else f"last: {meaning}"


# ------------------------------------------------------------------------------- the report page

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "title": "How often should we call the same contact?",
        "answer": "The answer",
        "summary": "The decision in figures",
        "warnings": "What to know before acting",
        "simulation": "What the simulation says",
        "field": "What the field trial says",
        "side_by_side": "Field and simulation side by side",
        "audit": "What the log tells by attempt",
        "quality": "Data quality",
        "checks": "Checks of the trial",
        "left_out": "Left out of the comparison",
        "left_out_import": "Left out at the import",
        "nothing_left_out": "No contact was left out of the comparison.",
        "exposure": "What each arm delivered",
        "no_data": "There was no call log: everything here is simulated.",
        "assumed": "Assumed parameters",
        "made": "How this was made",
        "to_top": "to the answer",
        "no_trial": "There is no field trial of this segment.",
        "none_assumed": "No parameter is assumed: each has a source. What remains is the model.",
    }
)
SUMMARY_COLUMNS = (
    "segment",
    "verdict",
    "call now",
    "may be the best (simulated)",
    "net value per contact-year (simulated)",
    "opt-outs per contact in {days:g} days (simulated)",
    "next trial",
)
SUMMARY_NOTE = (
    "With 95 % intervals over the replications of the simulation: they carry the assumptions "
    "listed below. The policy to use now, for the dialler team, is in policy.toml."
)
OUTCOME_COLUMNS = (
    "outcome [unit]",
    "arm",
    "difference (95 % interval)",
    "interval that decides",
    "role",
    "verdict",
    "reason",
)
OUTCOME_NOTE = (
    "The interval that decides is corrected for the number of comparisons (Holm); a guardrail's "
    "are its one-sided bounds."
)
STATES: Mapping[str, str] = MappingProxyType(
    {
        "passes": "passes",
        "too small": "gain too small to matter",
        "vetoed": "vetoed by a guardrail",
        "not shown safe": "not shown to be safe",
        "reversed": "reversed by the simulation",
        "open": "open",
        "refused": "no answer",
        "no trial": "not tried",
    }
)
ASSUMED_NOTE = (
    "The answer rests on these {number} numbers that nobody has measured; replace what you can by "
    "your own figures. What is assumed besides: that contacts behave as the model says."
)
ASSUMED_COLUMNS = ("parameter", "meaning [unit]")
ASSUMED_LAST_COLUMN = "what is known"
AUDIT_CAPTION = "Success by attempt"
AUDIT_COLUMNS = (
    *("attempt", "tried", "successes", "as it looks", "95 % from", "to"),
    *("with the strata of all", "fit without fatigue"),
)
AUDIT_NOTE = "None of these figures shows what calling more or less often would do."
POLICY_NOT_KNOWN = "not known: leave as it is"
CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "curve": "Points are means over replications. All intervals met the same simulated "
        "populations, so that two may differ surely although their 95 % intervals overlap: filled "
        "points are those that a paired comparison cannot tell from the best.",
        "horizons": "The same simulation read at several horizons; the star is what comes out "
        "best at each, filled points cannot be told from it. A trial that ends at a short horizon "
        "may choose any of those.",
        "opt_outs": "Opt-outs include complaints; an opt-out ends the right to call for good.",
        "forest": "Thick line: 95 % interval of the comparison alone; thin line: corrected for the "
        "number of comparisons (Holm), which decides. Grey band: too small to matter. At the "
        "right, one-sided bounds of the guardrail, which must end before the margin.",
        "audit": "Dots: successes ÷ attempts. Diamonds: the same if every attempt number had the "
        "strata of all. Dashed: a fit in which nobody tires and easy buyers leave first.",
    }
)


def outcome_text(outcome: str, unit: str) -> str:
    """Name an outcome with the unit of its differences."""
    return f"{measure_name(outcome)} [{'percentage points' if unit == SHARE else unit}]"


def estimate_text(value: float, low: float, high: float, unit: str) -> str:
    """Write an estimate with its interval, or a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = amount(value, unit, named=False)
    return text if math.isnan(low) else f"{text} ({span(low, high, unit)})"


def bounds_text(low: float, high: float, unit: str) -> str:
    """Write an interval, or a dash where there is none."""
    return "–" if math.isnan(low) else span(low, high, unit)


def money_text(estimate: Estimate) -> str:
    """Write an amount of money with its interval."""
    bounds = span(estimate.low, estimate.high, signed=False)
    return f"{money(estimate.value, signed=False)} ({bounds})"


def share_text(estimate: Estimate) -> str:
    """Write a share of contacts with its interval, in percent."""
    low, high = (percent_text(part) for part in (estimate.low, estimate.high))
    return f"{percent_text(estimate.value)} ({low} to {high})"


def percent_text(share: float) -> str:
    """Write a share in percent, with the digits that a small one needs."""
    if math.isnan(share):
        return "–"
    digits = 1 if abs(share) >= ONE_PERCENT else 2
    return f"{PERCENT * share:.{digits}f} %".replace("-", "−")


def point_text(interval: str, mean: float, low: float, high: float, unit: str) -> str:
    """Say one point of a curve."""
    if unit == SHARE:
        value = f"{percent_text(mean)}, {percent_text(low)} to {percent_text(high)}"
    else:
        value = f"{amount(mean, unit)}, {span(low, high, unit)}"
    return f"{interval}: {value}"


def as_good_text(labels: Sequence[str], low_days: float, high_days: float) -> str:
    """Write the set of intervals that may be the best: it holds the true one at 95 %."""
    if len(labels) == 1:
        return f"{labels[0]} alone (delivered: {low_days:.1f} days)"
    return f"{listed_intervals(labels)} (delivered: {low_days:.1f} to {high_days:.1f} days)"


def next_trial_text(trial: NextTrial | None) -> str:
    """Write the next trial in a cell."""
    if trial is None:
        return "none needed"
    contacts = "size not known"
    if trial.contacts_range is not None:
        contacts = f"{count_range(*trial.contacts_range)} contacts an arm"
    elif trial.contacts_per_arm is not None:
        contacts = f"{count(trial.contacts_per_arm)} contacts an arm"
    return f"{listed_intervals(trial.arms)}; {trial.days} days; {contacts}"


def against(arm: str, control: str) -> str:
    """Name an arm and its control in a cell."""
    return f"{arm} against {control}"


def arm_text(arm: str, interval: str) -> str:
    """Name an arm and its interval in a cell."""
    return arm if arm == interval else f"{arm} ({interval})"


def outcomes_caption(segment: str, horizon_days: float | None) -> str:
    """Name the table of a trial's outcomes."""
    when = f" at {horizon_days:g} days" if horizon_days else ""
    return f"{segment}: every outcome of the field trial{when}"


def evidence_columns(field_days: float, near_days: float, year_days: float) -> list[str]:
    """Head the columns of field and simulation side by side."""
    field = "field trial" if math.isnan(field_days) else f"field trial, {field_days:g} days"
    near = [] if math.isnan(near_days) else [f"simulated, {near_days:g} days"]
    year = f"simulated, {year_days:g} days"
    return ["arm", field, *near, year, "do they agree?", "what became of the arm"]


def evidence_note(control: str) -> str:
    """Say how field and simulation are set side by side."""
    return (
        f"Net value per contact less that of {control} [EUR per contact], with intervals; the "
        "field's are corrected for the number of comparisons. Field and simulation are compared "
        "in size at the same horizon, in sign only at different ones."
    )


def column_head(name: str) -> str:
    """Head a column by its name in the table."""
    return name.replace("_", " ")


def cell_text(value: Any) -> str:
    """Write a value of any table in a cell: numbers with four digits, the rest as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Real):
        number = float(value)
        if math.isnan(number):
            return "–"
        whole = isinstance(value, Integral) or abs(number) >= LONG_NUMBER
        return (f"{number:,.0f}" if whole else f"{number:.4g}").replace("-", "−")
    return str(value)


def remark(sources: Mapping[str, str]) -> str:
    """Write what is known of assumed numbers, by segment where it differs; "assumed" is dropped."""
    known = {part: _known(text) for part, text in sources.items()}
    texts = list(dict.fromkeys(text for text in known.values() if text))
    if len(texts) <= 1:
        return "".join(texts)
    return "; ".join(f"{part}: {text}" for part, text in known.items() if text)


def _known(source: str) -> str:
    return source.strip().removeprefix("assumed").lstrip(":;, ")


def one_line(title: str) -> str:
    """Write a title of several lines in one."""
    return " ".join(title.split())


def made_lines(
    settings: Mapping[str, Any],
    scenario: Mapping[str, str],
    version: str,
    made_on: str | None,
    horizon_days: float,
) -> list[tuple[str, str]]:
    """Say how the figures came about: names and values."""
    (agents,) = settings["agents"]
    lines = [
        ("simkit", version),
        ("scenario", f"{scenario['name']} (SHA-256 {scenario['sha256']})"),
        ("horizon that decides", f"{horizon_days:g} days"),
        ("replications of the simulation", f"{settings['replications']:,}"),
        ("contacts in each run", f"{settings['contacts']:,}"),
        ("agents in each run", "as many as it takes" if agents is None else f"{agents:,}"),
        ("seed", f"{settings['seed']}"),
        ("engine", f"{settings['engine']}"),
    ]
    return [*lines, ("date", made_on)] if made_on else lines
