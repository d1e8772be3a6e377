"""Whether money rests on so few events that what they bring has hardly been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import label

if TYPE_CHECKING:
    from simkit.trial.read.data import TrialData

SALE = "sale"
#: Events in an arm and its control together.
FEWEST_EVENTS = 10


def too_rare(data: TrialData, outcome: str, segment: str, arm: str, control: str) -> str:
    """Say that too few events make up a net value; empty where they are enough, or not known.

    What calls cost is seen in each contact, what sales bring in those who bought. Before hardly
    anybody has, the cheaper arm looks better for sure, whatever its sales would have brought. Two
    arms that are worth the same, one twice as dear and buying twice as often, had p below .05 in 31
    of 200 trials with 3 sales expected in all, and in 12 with 15
    (`tests/statistical/test_rare_sales.py`).

    Parameters
    ----------
    data
        The trial: a log, or a table with a worth of its events or a column ``sale``.
    outcome, segment, arm, control
        What is compared.
    """
    if outcome != NET_VALUE:
        return ""
    worth = {name: abs(each) for name, each in data.worth_eur.items()}
    event = max(worth, key=worth.__getitem__, default=SALE)
    if event not in data.outcomes:
        return ""
    means, _ = data.means(event, segment)
    if means is None or not {arm, control} <= set(means.arms):
        return ""
    at = [means.arms.index(name) for name in (arm, control)]
    events = round(float((means.mean[at] * means.n[at]).sum()))
    if events >= FEWEST_EVENTS:
        return ""
    return (
        f"{events} {label(event)} in both arms together: what contacts cost is seen, what such "
        f"events bring hardly, so a net value of fewer than {FEWEST_EVENTS} tells nothing yet"
    )
