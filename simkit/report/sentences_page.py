"""Words of the report page that do not come with a result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simkit.recommend.numbers import count, count_range, listed_intervals
from simkit.recommend.sentences import trial_kind

if TYPE_CHECKING:
    from simkit.recommend import NextTrial

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "title": "How often should we call the same contact?",
        "answer": "The answer",
        "summary": "The decision in figures",
        "warnings": "What to know before acting",
        "simulation": "What the simulation says",
        "field": "What the {kind} says",
        "side_by_side": "Trial and simulation side by side",
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
        "standing": "The {kind}",
        "alarm": "A check of the {kind} failed: nothing that it says may be acted on before that "
        "is settled.",
        "simulated": "The log is simulated: nobody was called, and what is called a trial here was "
        "played by the simulation. Decide nothing about real contacts by it.",
        "simulated_badge": "simulated log",
        "alarm_link": "What failed, and what to do",
        "others": "The other outcomes, of which none decides",
        "choice": "The trial as a choice between the arms",
        "trend": "Over the days between calls",
        "trend_all": "The same of every outcome",
        "incidence": "When contacts bought and opted out",
        "exposure_all": "What each arm delivered, in figures",
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
NOT_SIZED = "not sized: a check failed"
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
        "not judged": "not judged: a check failed",
        "another outcome": "another outcome decides",
    }
)
ASSUMED_NOTE = (
    "The answer rests on these {number} numbers that nobody has measured; replace what you can by "
    "your own figures. What is assumed besides: that contacts behave as the model says."
)
ASSUMED_COLUMNS = ("parameter", "meaning [unit]")
ASSUMED_LAST_COLUMN = "what is known"
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
        "forest": "Thick line: 95 % interval of the comparison alone; thin line: the "
        "interval that agrees with the verdict, which is corrected for comparisons (Holm) and "
        "looks; these hold each by itself, not all at once. Grey band: too small to matter. At the "
        "right, one-sided bounds of the guardrail, which must end before the margin. An arrow: the "
        "interval has no end on that side.",
        "incidence": "Time runs from the assignment. An end of another kind takes a contact out "
        "for good. Bands: 95 % intervals of each day alone; the dotted line is the horizon at "
        "which the arms are compared. These curves describe; the comparison above decides.",
        "exposure": "Left: the days between two calls of the same contact, and what the calendar "
        "makes of the intended interval. Right: each arm's share of the contacts, and of the work "
        "that it took.",
        "audit": "Dots: successes ÷ attempts. Diamonds: the same if every attempt number had the "
        "strata of all. Dashed: a fit in which nobody tires and easy buyers leave first.",
    }
)


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


def arm_text(arm: str, interval: str) -> str:
    """Name an arm and its interval in a cell."""
    return arm if arm == interval else f"{arm} ({interval})"


def page_words(*, simulated: bool) -> dict[str, str]:
    """Return the words of the page, in which a trial is called field or simulated.

    Parameters
    ----------
    simulated
        Whether the log behind it was simulated.
    """
    kind = trial_kind(simulated=simulated)
    return {name: text.format(kind=kind) for name, text in PAGE.items()}


def evidence_columns(
    field_days: float, near_days: float, year_days: float, *, simulated: bool
) -> list[str]:
    """Head the columns of trial and simulation side by side."""
    kind = trial_kind(simulated=simulated)
    field = kind if math.isnan(field_days) else f"{kind}, {field_days:g} days"
    near = [] if math.isnan(near_days) else [f"simulation, {near_days:g} days"]
    year = f"simulation, {year_days:g} days"
    return ["arm", field, *near, year, "do they agree?", "what became of the arm"]


def evidence_note(control: str, *, freed: bool) -> str:
    """Say how trial and simulation are set side by side; as seen, where looks call for another."""
    as_seen = (
        " The trial's are as seen: its figures to report, freed of the looks, stand above with the "
        "outcomes."
    )
    return (
        f"Net value per contact less that of {control} [EUR per contact], with intervals; the "
        "trial's agree with its verdicts, which are corrected for comparisons (Holm) and looks, "
        "each by itself, not all at once. Trial and simulation are compared "
        "in size at the same horizon, in sign only at different ones."
    ) + (as_seen if freed else "")


def remark(sources: Mapping[str, str]) -> str:
    """Write what is known of assumed numbers, by segment where it differs; "assumed" is dropped."""
    known = {part: _known(text) for part, text in sources.items()}
    texts = list(dict.fromkeys(text for text in known.values() if text))
    if len(texts) <= 1:
        return "".join(texts)
    return "; ".join(f"{part}: {text}" for part, text in known.items() if text)


def _known(source: str) -> str:
    return source.strip().removeprefix("assumed").lstrip(":;, ")


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
