"""Whether means rest on so few contacts that what these bring has hardly been seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.trial.read.columns import TABLE
from simkit.trial.read.names import NET_VALUE, SALE
from simkit.trial.rows import on_few
from simkit.trial.sentences import label, place_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simkit.trial.effects.means import ArmMeans
    from simkit.trial.read.data import TrialData

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

#: Events, or contacts, in an arm and its control together.
FEWEST_EVENTS = 10
#: Standard deviations from its arm's median from which on a contact is far from the rest. Of normal
#: amounts 6 in 10 are, of exponential ones 5; of a rare large one among small ones it alone.
FAR = 0.5
#: Part of the contacts up to which those that are far are few, and the others the main mass.
A_SMALL_PART = 0.1

#: Contacts, or accounts, of an arm from which on its own spread is seen well enough to say how
#: likely it is best. By fewer the spread is found at less than half of what it is too often, and
#: the probability is then far too sure: for normal amounts s < σ/2 has probability P(χ²(n − 1) <
#: (n − 1)/4), which is .22 for 3, .09 for 5 and .013 for 10. With 3 not even the variance of
#: Student's t of their mean is finite.
FEWEST_TO_CHOOSE = 10


#: How a verdict on what decides is read that rests on so few.
FEW_ALONE = "of so few that it holds for themselves only"
TAKES = (
    f"it takes {FEWEST_TO_CHOOSE} an arm at the very least, to see how much they differ by chance"
)
TO_CHOOSE = "{} to say which arm is best; " + TAKES


def far_too_few(means: ArmMeans) -> str:
    """Say that an arm has far too few contacts or accounts to be called likely best; else empty.

    Parameters
    ----------
    means
        Of the arms of a segment.
    """
    few = few_units(means, means.arms)
    return few and TO_CHOOSE.format(few)


def as_said_above(why_not: Mapping[str, str], few: Iterable[str], above: str) -> dict[str, str]:
    """Shorten why segments have no choice between arms, where it was told above how few there are.

    Parameters
    ----------
    why_not
        Segment → why.
    few
        How few there are, as `few_units` says it.
    above
        What was told before.
    """
    told = {
        TO_CHOOSE.format(text): f"{text.partition(' (')[0]}, as said above"
        for text in few
        if text and text in above
    }
    return {name: told.get(why, why) for name, why in why_not.items()}


def few_units(means: ArmMeans, arms: Sequence[str]) -> str:
    """Say how few contacts or accounts the arms have, where one of some has far too few.

    Accounts of uneven sizes count as those of one size that tell as much. Where errors follow a
    second cluster too, its groups are counted if the accounts are enough.

    Parameters
    ----------
    means
        Of the arms of a segment.
    arms
        Those that matter.
    """
    means = means.unadjusted
    effective = means.effective_n
    if means.others is not None and means.sums is not None:
        effective = means.sums.sizes.effective_n
    few = _few(means, _telling(means.units, effective), arms)
    if few or means.others is None:
        uneven = any(number < means.units[at] for at, number in few.items())
        counted = ", those of uneven sizes counted as fewer of one size" if uneven else ""
        return f"far too few {means.unit} ({_by_arm(few, means)}{counted})" if few else ""
    groups = means.others.sizes.units
    few = _few(means, _telling(groups, means.effective_n), arms)
    if not few:
        return ""
    uneven = any(number < groups[at] for at, number in few.items())
    alike = _by_arm(few, means).removesuffix(" an arm")
    counted = f", that tell as much as {alike} of one size" if uneven else ""
    there = _by_arm({at: int(groups[at]) for at in few}, means)
    return f"far too few {means.second_name} ({there}{counted}; errors follow them too)"


def _telling(units: IntArray, effective: FloatArray) -> list[int]:
    return [min(int(n), int(m)) for n, m in zip(units, effective, strict=True)]


def _few(means: ArmMeans, telling: Sequence[int], arms: Sequence[str]) -> dict[int, int]:
    """Return arm's place → units, of all that have far too few; none if none of some arms has."""
    few = {at: number for at, number in enumerate(telling) if number < FEWEST_TO_CHOOSE}
    return few if {means.arms[at] for at in few} & set(arms) else {}


def _by_arm(few: Mapping[int, int], means: ArmMeans) -> str:
    if len(few) == len(means.arms) and len(set(few.values())) == 1:
        return f"{next(iter(few.values()))} an arm"
    return ", ".join(f"{number} in {means.arms[at]}" for at, number in few.items())


def few_doubts(table: pd.DataFrame, claimed: Collection[tuple[str, str]] = ()) -> list[str]:
    """Say where a verdict on what decides rests on far too few contacts or accounts.

    Parameters
    ----------
    table
        The rows of all comparisons.
    claimed
        Segment and arm of what a look claims, whatever the table's verdict is.
    """
    few: Iterable[Any] = table[(table["role"] == "primary") & (table["few"] != "")].itertuples()
    rows = [row for row in few if on_few(row) or (str(row.segment), str(row.arm)) in claimed]
    return list(dict.fromkeys(f"{place_words(row.segment)}{decides_nothing(row)}" for row in rows))


def decides_nothing(row: Any) -> str:
    """Say of a row with a verdict on far too few that nothing is to be decided by it.

    Parameters
    ----------
    row
        A comparison as a named tuple, with ``few``.
    """
    return (
        f"{row.few}: what they show holds for themselves only, so let nothing be decided by a "
        f"verdict on so few; {TAKES}"
    )


def too_rare(data: TrialData, outcome: str, segment: str, arm: str, control: str) -> str:
    """Say that too few contacts make up the means; empty where they are enough, or not known.

    What calls cost is seen in each contact, what sales bring in those who bought. Before hardly
    anybody has, the cheaper arm looks better for sure, whatever its sales would have brought. Two
    arms that are worth the same, one twice as dear and buying twice as often, had p below .05 in 31
    of 200 trials with 3 sales expected in all, and in 12 with 15
    (`tests/statistical/test_rare_sales.py`). By this rule none of those with 3 sales is told apart
    by a net value, and 8 of 200 by money of another name, in which nobody had bought.

    So a net value needs ten sales. Where a table does not tell them, it needs ten contacts above 0;
    and any amount in a table rests on the contacts that are far from the rest, if these are less
    than a tenth of all: there must be ten of them too. Shares have exact tests, and what one event
    is worth has its share's.

    Parameters
    ----------
    data
        The trial: a log, or a table.
    outcome, segment, arm, control
        What is compared.
    """
    if outcome == NET_VALUE and (event := _event_of(data, segment)):
        if len(data.worth_eur) == 1:  # judged as its share
            return ""
        return _too_few_events(data, event, segment, arm, control)
    if data.where != TABLE or data.contacts is None or data.yes_or_no(outcome):
        return ""
    rows = data.followed(outcome, segment)
    values = data.values.loc[rows, outcome].to_numpy(dtype=np.float64)
    assigned = data.contacts.loc[rows, "arm"].to_numpy()
    pair = [values[assigned == name] for name in (arm, control)]
    above = sum(int((each > 0).sum()) for each in pair)
    if outcome == NET_VALUE and above < FEWEST_EVENTS:
        return (
            f"{above} {_contacts(above)} of both arms together with a net value above 0: what "
            "contacts cost is seen, what those who buy bring hardly, so a net value of fewer than "
            f"{FEWEST_EVENTS} tells nothing yet"
        )
    from_median = np.abs(np.concatenate([each - np.median(each) for each in pair]))
    far = int((from_median > FAR * np.sqrt((from_median**2).mean())).sum())
    if far >= min(FEWEST_EVENTS, A_SMALL_PART * len(from_median)):
        return ""
    return (
        f"the means rest on {far} {_contacts(far)} of both arms together, whose {label(outcome)} "
        f"is far from that of the rest: what fewer than {FEWEST_EVENTS} bring tells nothing yet"
    )


def _event_of(data: TrialData, segment: str) -> str:
    """Name the yes/no event that a net value rests on; empty where the data do not tell it."""
    worth = {name: abs(each) for name, each in data.worth_eur.items()}
    event = max(worth, key=worth.__getitem__, default=SALE)
    if data.where == TABLE and event not in data.outcomes:
        return ""
    means, _ = data.means(event, segment)
    return event if means is not None and means.binary else ""


def _too_few_events(data: TrialData, event: str, segment: str, arm: str, control: str) -> str:
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


def _contacts(number: int) -> str:
    return "contact" if number == 1 else "contacts"
