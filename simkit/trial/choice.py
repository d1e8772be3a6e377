"""The choice between arms that a trial allows: by which segments, and whether it is one at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simkit.trial.checks.interaction import CROSSED, INTERACTION, INTERACTION_ALPHA
from simkit.trial.checks.opposed import other_ways
from simkit.trial.direction import guess_words
from simkit.trial.effects.guardrails import OPEN, VETO
from simkit.trial.harm_beside import harms_beside
from simkit.trial.rare import far_too_few
from simkit.trial.read.data import TOGETHER
from simkit.trial.regret import FEWEST, Regret, regret
from simkit.trial.rows import claimed_on, too_small, turned

if TYPE_CHECKING:
    import pandas as pd

    from simkit.trial.effects.means import ArmMeans

CLAIMED = " (claimed {}, and not by these contacts alone)"
Pairs = set[tuple[str, str]]

NOT_APART = (
    "Nothing shows that the segments differ ({}), so an arm that leads in one of them is no policy "
    "for it alone."
)
NOT_FOR_ALL = "No arm is chosen for all segments together: {}."
STOPPED_IN_SOME = (
    "A segment in which a guardrail stops an arm that it does not stop elsewhere is told by itself."
)


def choice_of(
    table: pd.DataFrame,
    vetoes: pd.DataFrame,
    checks: pd.DataFrame,
    means: Mapping[str, ArmMeans | None],
    *,
    outcome: str,
    lower_is_better: bool,
    guessed: bool,
    times: Sequence[float],
    caution: str,
    opposed: Mapping[str, str] | None = None,
) -> Regret:
    """Read an evaluation as a choice between arms, as far as its verdicts allow one.

    Segments are chosen for one by one only where the interaction of arm and segment is shown: of
    several segments without any difference some look special, and a best arm in each would be a
    policy by segment that rests on chance. Where it was tested and is not shown, one arm is chosen
    for all of them at once; but a segment in which alone a guardrail stops an arm is told by
    itself, or its veto would take from the others an arm that their verdicts name. Where they have
    other arms or controls each is its own question. So it is where an arm is a longer interval than
    its control in one segment and a shorter one in another: these are two arms of one name. Where
    no test was made each is told by itself too: then it is said that nothing shows that they
    differ. Of accounts that stand in several segments no choice for all of them is told, since
    their results are not independent of each other.

    Parameters
    ----------
    table, vetoes, checks, means
        Of the evaluation.
    outcome, lower_is_better, guessed
        The one that decides, its direction, and whether that is a guess.
    times, caution
        As `simkit.trial.regret.regret` takes them.
    opposed
        Arm → that it is longer than its control in one segment and shorter in another, in words.
    """
    here = table[table["role"] == "primary"]
    # A row has an adjusted p-value where it may carry a claim; too few contacts leave it that.
    why = here["rare"].mask(here["p_adjusted"].isna(), here["reason"])
    silent = why[why != ""].groupby(here["segment"], sort=False)
    why_not = {str(name): "; ".join(reasons.unique()) for name, reasons in silent}
    for name, each in means.items():
        few = far_too_few(each) if each is not None and name not in why_not else ""
        if few:
            why_not[name] = few
    known = {name: one for name, one in means.items() if one is not None and name not in why_not}
    shown, tested = _interaction(checks)
    crossed = not checks[checks["check"] == CROSSED].empty
    alike = bool(tested) and not shown and len(known) == len(means) and _alike(known)
    alike = alike and not opposed
    stopped = _pairs(vetoes[vetoes["state"] == VETO])
    together = _as_one(known, stopped) if alike and not crossed else ()
    found = regret(
        {name: known.get(name) for name in means},
        outcome=outcome,
        unit=str(here["unit"].iloc[0]),
        lower_is_better=lower_is_better,
        vetoed=sorted(stopped),
        times=times,
        caution=caution,
        why_not=why_not,
        together=together,
    )
    unshown: dict[tuple[str, str], list[str]] = {}
    for row in vetoes[vetoes["state"] == OPEN].itertuples(index=False):
        segment = TOGETHER if row.segment in together else str(row.segment)
        outcomes = unshown.setdefault((segment, str(row.arm)), [])
        if row.outcome not in outcomes:
            outcomes.append(str(row.outcome))
    allowed = _allowed(here, stopped)
    by_arm = [{arm for name, arm in allowed if name == segment} for segment in together]
    allowed |= {(TOGETHER, arm) for arm in (set.intersection(*by_arm) if by_arm else ())}
    told_apart = ""
    if alike and not crossed and len(together) < len(known):
        told_apart = STOPPED_IN_SOME
    elif len(means) > 1 and not shown and not together:
        told_apart = NOT_APART.format(tested or "it was not tested")
        if opposed:
            told_apart = f"{NOT_FOR_ALL.format(other_ways([*opposed]))} {told_apart}"
    found = replace(
        found,
        unshown=unshown,
        shown=frozenset(allowed),
        rests_on=_rests_on(here, together),
        apart=tested,
        told_apart=told_apart,
        harms=harms_beside(table, outcome, together),
        guess=guess_words(outcome, less=lower_is_better) if guessed else "",
    )
    said = found.told_together().rstrip(".")
    of_one = {name: f"there is none for {name} alone. {said}" for name in together}
    return replace(found, why_not={**why_not, **of_one})


def _interaction(checks: pd.DataFrame) -> tuple[bool, str]:
    """Tell whether arms' effects are shown to differ between segments, and how it was tested."""
    made = checks[(checks["check"] == INTERACTION) & checks["p_value"].notna()]
    if made.empty:
        return False, ""
    p_value = float(made["p_value"].iloc[0])
    text = f"test of the interaction of arm and segment: p = {p_value:.2g}"
    return p_value < INTERACTION_ALPHA, text


def _alike(known: Mapping[str, ArmMeans]) -> bool:
    """Tell whether one arm can be chosen for all segments: they have the same ones."""
    return len(known) >= FEWEST and len({frozenset(one.arms) for one in known.values()}) == 1


def _as_one(known: Mapping[str, ArmMeans], stopped: Pairs) -> tuple[str, ...]:
    """Return the segments that are chosen for at once: in which guardrails stop the same arms.

    Where they stop an arm in some only, these are those in which none is stopped.
    """
    arms_stopped = {name: {arm for where, arm in stopped if where == name} for name in known}
    if len({frozenset(arms) for arms in arms_stopped.values()}) == 1:
        return tuple(known)
    free = tuple(name for name, arms in arms_stopped.items() if not arms)
    return free if len(free) >= FEWEST else ()


def _rests_on(rows: pd.DataFrame, together: Sequence[str]) -> dict[tuple[str, str], str]:
    """Say of arms that only an earlier look showed to be better which one that was."""
    days: dict[tuple[str, str], list[str]] = {}
    each: Iterable[Any] = rows[rows["verdict"] == "better"].itertuples(index=False)
    for row in each:
        if day := claimed_on(row):
            place = f"in {row.segment} " if row.segment in together else ""
            segment = TOGETHER if row.segment in together else str(row.segment)
            days.setdefault((segment, str(row.arm)), []).append(f"{place}at the look of {day}")
    return {key: CLAIMED.format(" and ".join(looks)) for key, looks in days.items()}


def _pairs(rows: pd.DataFrame) -> Pairs:
    return {(str(row.segment), str(row.arm)) for row in rows.itertuples(index=False)}


def _allowed(rows: pd.DataFrame, stopped: Pairs) -> Pairs:
    """Return whom the verdicts let be chosen: who is better, else the control if nobody may be."""
    found: Pairs = set()
    for segment, here in rows.groupby("segment", sort=False):
        each: Iterable[Any] = here.itertuples(index=False)
        of_arms = [row for row in each if (row.segment, row.arm) not in stopped]
        better = {
            (str(segment), str(row.arm))
            for row in of_arms
            if row.verdict == "better" and not too_small(row) and not turned(row)
        }
        settled = all(
            row.verdict in ("worse", "equivalent") or (row.verdict == "better" and too_small(row))
            for row in of_arms
        )
        found |= better
        if settled and not better:
            found.add((str(segment), str(here["control"].iloc[0])))
    return found
