"""Whether the log says of all arms' dials alike what happened in them."""

from __future__ import annotations

from simkit.trial.checks.check import NO_P_VALUE, Check, by_arm, judged, percent
from simkit.trial.checks.dials import Dials
from simkit.trial.checks.rates import Rates

#: Share of the dials that may lack something before costs and results are doubted (assumed).
MANY = 0.05
AGENTS = "agents"
KNOWN = {
    "without_agent": ("dials without an agent", AGENTS),
    "without_ring": ("dials without their ringing time", "ringing"),
    "without_talk": ("answered dials without their talk time", "talk"),
    "without_wrap": ("answered dials without their wrap-up time", "wrap-up"),
}


def recorded_checks(dials: Dials, rates: Rates) -> list[Check]:
    """Check that what is missing in the log is missing in all arms alike.

    Parameters
    ----------
    dials, rates
        The trial's dials, and what is missing in them.
    """
    checks = []
    for segment, cells in dials.segments.items():
        if not rates.sums.loc[cells, "rows"].sum():
            continue
        arms = [dials.arm(cell) for cell in cells]
        checks += [
            _endings_check(segment, cells, arms, rates),
            _errors_check(segment, cells, arms, rates),
            _known_check(segment, cells, arms, rates),
        ]
    return checks


def parts_of(part: str, cells: list[int], arms: list[str], rates: Rates) -> str:
    """Write a share, over all and by arm: ``"3 % (a 2 %, b 4 %)"``."""
    overall = rates.share(part, cells)
    if not overall > 0:
        return percent(0.0)
    shares = map(percent, rates.shares(part, cells))
    return f"{percent(overall)} ({by_arm(zip(arms, shares, strict=True))})"


def _endings_check(segment: str, cells: list[int], arms: list[str], rates: Rates) -> Check:
    differs = rates.differs("unknown", cells)
    return judged(
        "endings without a known code",
        segment,
        f"of all rows: {parts_of('unknown', cells, arms, rates)}",
        rates.p_value("unknown", cells),
        bad="warning" if differs or rates.share("unknown", cells) > MANY else "ok",
        fine="few, and alike in all arms",
        meaning="arms differ in it: one looks better or worse by what was written down"
        if differs
        else "many rows do not say what happened: sales and opt-outs may be among them",
        advice="map the codes (mapping file) and ask who may leave a call without one",
    )


def _errors_check(segment: str, cells: list[int], arms: list[str], rates: Rates) -> Check:
    differs = rates.differs("errors", cells)
    return judged(
        "technical errors",
        segment,
        f"of all rows: {parts_of('errors', cells, arms, rates)}",
        rates.p_value("errors", cells),
        bad="warning" if differs or rates.share("errors", cells) > MANY else "ok",
        fine="few, and alike in all arms",
        meaning="arms differ in it: one was called less often than its dials say"
        if differs
        else "many dials never were calls: contacts were called less often than it seems",
        advice="ask the dialler's administrator for the cause; look by arm and by day",
    )


def _known_check(segment: str, cells: list[int], arms: list[str], rates: Rates) -> Check:
    """Check agents and times in one line; what no dial holds is missing in all arms alike.

    Talk and wrap-up are asked of answered dials only: others have none.
    """
    told, apart, holes, absent = [], [], [], []
    least = NO_P_VALUE
    for part, (label, what) in KNOWN.items():
        overall = rates.share(part, cells)
        if overall == 1:
            absent.append(what)
            continue
        if overall > 0:
            told.append(f"{label} {parts_of(part, cells, arms, rates)}")
        if rates.differs(part, cells):
            apart.append(label)
            p_value = rates.p_value(part, cells)
            least = p_value if not least < p_value else least
        elif overall > MANY:
            holes.append(label)
    if absent:
        told.append(f"not recorded at all: {', '.join(absent)}")
    meaning = []
    if apart:
        meaning.append(f"arms differ in {', '.join(apart)}: costs per arm are not comparable")
    if holes:
        meaning.append(f"many {', '.join(holes)}: costs and load are too low")
    advice = (
        "ask whether one arm's dials came from another system or export; until then read net value "
        "with care and the effects on sales and opt-outs first"
    )
    if absent:
        meaning += _without(absent)
        if not (apart or holes):
            advice = (
                "map the columns that hold it (mapping file), or ask for an export that does; "
                "until then read the effects on sales and opt-outs beside net value"
            )
    return judged(
        "agents and times recorded",
        segment,
        "; ".join(told) or "of every dial",
        least,
        bad="warning" if meaning else "ok",
        fine="missing in all arms alike" if told else "complete",
        meaning="; ".join(meaning),
        advice=advice,
    )


def _without(absent: list[str]) -> list[str]:
    """Say what cannot be told without what no dial holds."""
    told = []
    times = [what for what in absent if what != AGENTS]
    if times:
        told.append(
            f"net value leaves out the agents' time for {' and '.join(times)}, which counts as 0: "
            "an arm that calls more often looks better than it is"
        )
    if AGENTS in absent:
        told.append("who called is not known, so that nothing shows whether one arm had others")
    return told
