"""Whether the log says of all arms' dials alike what happened in them."""

from __future__ import annotations

import pandas as pd

from simkit.trial.checks.check import ALPHA, Check, by_arm, homogeneity, judged, percent
from simkit.trial.checks.dials import Dials

MATERIAL = 0.01
"""Difference between arms in the share of dials that is worth a warning: of millions of dials
every difference is significant."""

MANY = 0.05
PARTS = {
    "unknown": ("endings without a known code", "rows"),
    "errors": ("technical errors", "rows"),
    "without_agent": ("dials without an agent", "dials"),
    "without_ring": ("dials without their ringing time", "dials"),
    "without_talk": ("answered dials without their talk time", "live"),
    "without_wrap": ("answered dials without their wrap-up time", "live"),
}
ABSENT = {
    "without_agent": "agents",
    "without_ring": "ringing",
    "without_talk": "talk",
    "without_wrap": "wrap-up",
}
COUNTED = ("rows", "dials", "live", *(name for name in PARTS if name != "without_agent"))


def recorded_checks(dials: Dials, by_agent: pd.DataFrame) -> list[Check]:
    """Check that what is missing in the log is missing in all arms alike.

    Parameters
    ----------
    dials
        The trial's dials.
    by_agent
        Their counts by cell and agent, as `simkit.trial.checks.load.load_of` returns them.
    """
    sums = by_agent.groupby("cell")[list(COUNTED)].sum()
    unnamed = by_agent[by_agent["agent_id"].isna()].groupby("cell")["dials"].sum()
    sums["without_agent"] = unnamed.reindex(sums.index).fillna(0)
    table = sums.reindex(range(len(dials.cells))).fillna(0)
    checks = []
    for segment, cells in dials.segments.items():
        here = table.loc[cells].set_axis([dials.arm(cell) for cell in cells])
        if not here["rows"].sum():
            continue
        checks += [_part_check(segment, name, here) for name in ("unknown", "errors")]
        checks.append(_known_check(segment, here))
    return checks


def _shares(name: str, here: pd.DataFrame) -> tuple[pd.Series, float]:
    """Return each arm's share of dials of which something is missing, and the test of equality."""
    whole = here[PARTS[name][1]]
    counts = pd.concat([here[name], whole - here[name]], axis=1)
    return here[name] / whole.where(whole > 0), homogeneity(counts.to_numpy(dtype="float64"))


def _differs(shares: pd.Series, p_value: float) -> bool:
    return bool(p_value < ALPHA and shares.max() - shares.min() >= MATERIAL)


def _part_check(segment: str, name: str, here: pd.DataFrame) -> Check:
    label, whole = PARTS[name]
    shares, p_value = _shares(name, here)
    overall = float(here[name].sum() / here[whole].sum())
    differs = _differs(shares, p_value)
    many = overall > MANY
    found = percent(overall)
    if here[name].any():
        found += f" ({by_arm((str(arm), percent(part)) for arm, part in shares.items())})"
    meaning = "many rows do not say what happened: sales and opt-outs may be among them"
    if name == "errors":
        meaning = "many dials never were calls: contacts were called less often than it seems"
    if differs:
        meaning = "arms differ in it: one looks better or worse by what was written down"
    advice = "map the codes (mapping file) and ask who may leave a call without one"
    if name == "errors":
        advice = "ask the dialler's administrator for the cause; look by arm and by day"
    return judged(
        label,
        segment,
        found,
        p_value,
        bad="warning" if differs or many else "ok",
        fine="few, and alike in all arms",
        meaning=meaning,
        advice=advice,
    )


def _known_check(segment: str, here: pd.DataFrame) -> Check:
    """Check agents and times in one line: what no dial holds is a gap of the log, not of an arm.

    Talk and wrap-up are asked of answered dials only: others have none.
    """
    told, apart, holes, absent = [], [], [], []
    least = float("nan")
    for name in ABSENT:
        label = PARTS[name][0]
        shares, p_value = _shares(name, here)
        overall = float(here[name].sum() / max(here[PARTS[name][1]].sum(), 1))
        if overall == 1:
            absent.append(ABSENT[name])
            continue
        if overall:
            parts = by_arm((str(arm), percent(part)) for arm, part in shares.items())
            told.append(f"{label} {percent(overall)} ({parts})")
        if _differs(shares, p_value):
            apart.append(label)
            least = p_value if not least < p_value else least
        elif overall > MANY:
            holes.append(label)
    if absent:
        told.append(f"not recorded at all: {', '.join(absent)}")
    meaning = (
        [f"arms differ in {', '.join(apart)}: costs per arm are not comparable"] if apart else []
    )
    if holes:
        meaning.append(f"many {', '.join(holes)}: costs and load are too low")
    return judged(
        "agents and times recorded",
        segment,
        "; ".join(told) or "of every dial",
        least,
        bad="warning" if meaning else "ok",
        fine="missing in all arms alike" if told else "complete",
        meaning="; ".join(meaning),
        advice="ask whether one arm's dials came from another system or export; until then read "
        "net value with care and the effects on sales and opt-outs first",
    )
