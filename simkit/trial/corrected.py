"""What the interval that decides is corrected for, and what it does not promise, in words."""

from __future__ import annotations

COMPARISONS = "comparisons"
#: Holm gives each comparison a level of its own, down to the uncorrected one: see
#: `simkit.trial.effects.multiplicity`.
NOT_AT_ONCE = "each by itself, not all at once"


def corrected_for(comparisons: int, cost: str) -> str:
    """Say what the adjusted intervals of a family are corrected for; empty for nothing.

    Parameters
    ----------
    comparisons
        How many the family has.
    cost
        What looks, or other contacts than planned, cost them; empty for nothing.
    """
    several = [f"{comparisons} {COMPARISONS}"] if comparisons > 1 else []
    return (", " if " and " in cost else " and ").join([*several, *([cost] if cost else [])])


def interval_words(what: str, *, several: bool = True) -> str:
    """Say what intervals are that were corrected, to be written behind them; empty for nothing.

    Of one comparison the interval is corrected as such. Of several, Holm corrects the verdicts, and
    each interval only agrees with its own: two that both leave out 0 do not hold together as surely
    as each does, and where all before it were rejected the last one has the uncorrected level.

    Parameters
    ----------
    what
        From `corrected_for`.
    several
        Whether more than one interval is spoken of.
    """
    if COMPARISONS not in what:
        return f"corrected for {what}" if what else ""
    if not several:
        return f"in agreement with Holm's verdict over {what}"
    return f"in agreement with Holm's verdicts over {what}, {NOT_AT_ONCE}"
