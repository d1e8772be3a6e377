"""Whether segments differ, in a few lines: the test of it, and what luck leaves of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from simkit.trial.checks.check import said_of
from simkit.trial.checks.interaction import INTERACTION, INTERACTION_ALPHA
from simkit.trial.checks.opposed import ADVICE, OPPOSED
from simkit.trial.effects.shrinkage import TELLING_SEGMENTS
from simkit.trial.sentences import amount, arm_words, label, listed

if TYPE_CHECKING:
    import pandas as pd

ONE = 1
DIFFER = (
    "The arms' effects differ between segments (p = {:.2g}: so large a spread comes about by "
    "chance in fewer than {:g} of 100 trials). {}"
)
ONE_BY_ONE = "Each segment may be read by itself."
UNREGISTERED = (
    "Segments that were registered may then be read one by one; no design was given, so nothing "
    "shows that these were named beforehand, nor that no others were looked at."
)
NOT_SHOWN = (
    "The arms' effects are not shown to differ between segments (p = {:.2g}; it would take less "
    "than {:g}). Read all segments together: one that looks special may be chance."
)
NOT_TESTED = (
    "Whether the arms' effects differ between segments was not tested: {}. So nothing here shows "
    "that one segment needs a policy of its own."
)
TO_DO = "What to do: {}."
LEFT_OUT = " Nothing of this is said of {}."
NOT_DRAWN = "{}: what it does in these together is the effect of no one change, and is not told."
NOTHING_COMMON = "fewer than two of them have a control and an arm in common that can be compared"


def segment_lines(
    table: pd.DataFrame,
    checks: pd.DataFrame,
    primary: str,
    *,
    registered: bool,
    opposed: Mapping[str, str] | None = None,
) -> list[str]:
    """Say whether the segments differ, and each arm's effects drawn towards their mean.

    Parameters
    ----------
    table, checks
        Of an evaluation.
    primary
        The outcome that decides.
    registered
        Whether there is a design: else segments may have been hunted for.
    opposed
        Arm → that it is longer than its control in one segment and shorter in another, in words.

    Returns
    -------
    list
        One line for the test, and one for each arm; none where there is one segment.
    """
    here = table[table["outcome"] == primary]
    if here["segment"].nunique() == ONE:
        return []
    made = checks[checks["check"] == INTERACTION]
    if made.empty:
        lines = [NOT_TESTED.format(NOTHING_COMMON)]
    elif made["p_value"].isna().iloc[0]:
        why = str(made["found"].iloc[0]).removeprefix(f"{label(primary)}: ")
        lines = [f"{NOT_TESTED.format(why)} {TO_DO.format(made['advice'].iloc[0])}"]
    else:
        p_value = float(made["p_value"].iloc[0])
        shown = p_value < INTERACTION_ALPHA
        level = 100 * INTERACTION_ALPHA if shown else INTERACTION_ALPHA
        alone = ONE_BY_ONE if registered else UNREGISTERED
        lines = [(DIFFER if shown else NOT_SHOWN).format(p_value, level, alone)]
        lines[0] += LEFT_OUT.format(listed([*opposed])) if opposed else ""
    if opposed:
        lines += [NOT_DRAWN.format(text) for text in opposed.values()]
        lines[-1] += f" {TO_DO.format(ADVICE)}"
    drawn = here[here["shrunk"].notna()]
    for (arm, control), rows in drawn.groupby(["arm", "control"], sort=False):
        each: Iterable[Any] = rows.itertuples(index=False)
        told = ", ".join(
            f"{row.segment} {_size(row.shrunk, row)} (seen {_size(row.estimate, row)})"
            for row in each
        )
        both = f"{arm_words(str(arm))} against {arm_words(str(control))}"
        line = f"{both}, {label(primary)}, drawn towards their mean: {told}"
        if len(rows) < TELLING_SEGMENTS:
            line += f". Fewer than {TELLING_SEGMENTS} segments hardly tell how far to draw them"
        lines.append(f"{line}. It decides nothing.")
    return lines


def told_among_lines(checks: pd.DataFrame) -> list[str]:
    """Return the checks' warnings of which `segment_lines` says all.

    Parameters
    ----------
    checks
        Of an evaluation.
    """
    untested = (checks["check"] == INTERACTION) & checks["p_value"].isna()
    return said_of(checks[untested | (checks["check"] == OPPOSED)])


def _size(value: float, row: Any) -> str:
    return amount(value, row.unit, row.shrunk_high - row.shrunk_low)
