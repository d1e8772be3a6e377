"""How many contacts would have been called in days without a call, by their arm's own rests.

A contact's rest is the time from a dial (or its entry) to its next dial. An arm of a long interval
whose contacts entered together is called in waves, with weeks of silence between them; so what is
to be expected of a silence is asked of the rests, not of the calls a day: of those whose last dial
was the same number of days ago, which part was called on such a day at other times?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS
from simkit.measures.reduction import US_PER_DAY, is_

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials

#: Dials of a contact beyond which their number does not matter.
MANY = 20

# After a dial that is a reason to stop, or in which the contact named the time, no rest of the arm
# begins. A contact whose number may not be called any more is no longer to be called.
_RESTS = f"""
SELECT cell, number, entered_day, from_day, to_day, until_day, over, count(*) AS contacts
FROM (
    SELECT
        cell,
        row_number() OVER calls AS number,
        entered_us // {US_PER_DAY} AS entered_day,
        dialled_us // {US_PER_DAY} AS from_day,
        lead(dialled_us) OVER calls // {US_PER_DAY} AS to_day,
        least(observed_us, coalesce(struck_off_us, observed_us)) // {US_PER_DAY} AS until_day,
        {is_(*DISPOSITIONS.having("terminal"), "callback_requested")} AS over
    FROM (
        SELECT
            *,
            max(dialled_us) FILTER ({is_("suppressed")}) OVER (PARTITION BY place) AS struck_off_us
        FROM dials
        WHERE cell IN ({{cells}})
    )
    WHERE counts
    WINDOW calls AS (PARTITION BY place ORDER BY attempt_no)
)
WHERE NOT over OR number = 1
GROUP BY ALL
ORDER BY ALL
"""


@dataclass(frozen=True, eq=False)
class Rests:
    """The rests of an arm's contacts, one entry for those who are alike.

    Parameters
    ----------
    number
        Dials before it; 0 for the time from the entry to the first dial.
    age
        Days since entry at which it begins.
    from_day, end_day
        The day on which it begins, and that of the next dial or the last on which one would have
        been observed; days since 1970-01-01.
    called
        Whether it ended with a dial.
    contacts
        How many there are.
    """

    number: NDArray[np.int64]
    age: NDArray[np.int64]
    from_day: NDArray[np.int64]
    end_day: NDArray[np.int64]
    called: NDArray[np.bool_]
    contacts: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Due:
    """Contacts who were on call in a silence.

    Parameters
    ----------
    contacts
        How many, of each kind.
    called
        Which part of them would have been called, by the number of their dials.
    at_age
        The same by the days since entry of their last dial; NaN where none of the arm's contacts
        was followed further at that age.
    observed_days
        Days for which they were observed since the silence began.
    """

    contacts: NDArray[np.float64]
    called: NDArray[np.float64]
    at_age: NDArray[np.float64]
    observed_days: NDArray[np.int64]

    @classmethod
    def together(cls, parts: Sequence[Due]) -> Due:
        """Put the contacts of several arms together."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            )
        )

    @property
    def expected(self) -> float:
        """How many would have been called, by the less of what number and age tell."""
        return float((self.contacts * np.fmin(self.called, self.at_age)).sum())

    @property
    def sure(self) -> float:
        """The same of those alone at whose age others were followed further."""
        return float(np.nansum(self.contacts * np.minimum(self.called, self.at_age)))


def rests_of(dials: Dials, cells: list[int]) -> dict[int, Rests]:
    """Return the rests of the contacts of some cells.

    Parameters
    ----------
    dials
        The trial's dials, with the entry of their contacts.
    cells
        Positions of the cells.
    """
    query = _RESTS.format(cells=", ".join(map(str, cells)))
    found = dials.ask(query, ("attempt_no",), ())
    return {cell: _rests(found[found["cell"] == cell]) for cell in found["cell"].unique().tolist()}


def due_in(
    rests: Rests,
    first: int,
    last: int,
    *,
    seen: NDArray[np.int64],
    silent: NDArray[np.int64],
    by_age: bool,
) -> Due:
    """Tell which part of the contacts on call would have been called in a silence.

    Parameters
    ----------
    rests
        Of the arm's contacts.
    first, last
        The silence, days since 1970-01-01.
    seen
        The days on which the trial was called; outside the silence, they tell of rests.
    silent
        The days of the silence on which the arm might have been called.
    by_age
        Whether ``at_age`` is asked for; else it is NaN.
    """
    begin = int(rests.from_day.min())
    known, wanted = (np.zeros(_span(rests, last), dtype=np.bool_) for _ in range(2))
    outside = seen[((seen < first) | (seen > last)) & (seen >= begin)]
    known[outside[outside - begin < len(known)] - begin] = True
    wanted[silent - begin] = True
    on_call = (rests.from_day < last) & (rests.end_day >= first)  # also who enters meanwhile
    until = np.minimum(rests.end_day - rests.called, last)
    days = known, wanted, on_call, (first, until)
    called, some = _called(np.minimum(rests.number, MANY), rests, *days)
    first_calls = (rests.number[on_call] == 0) & ~some
    if first_calls.any():  # nobody who entered at another time tells of them: as for later calls
        called[first_calls] = _called(np.zeros_like(rests.number), rests, *days)[0][first_calls]
    at_age = np.full(len(called), np.nan)
    if by_age:
        chance, some = _called(np.where(rests.number == 0, -1, rests.age), rests, *days)
        at_age[some] = chance[some]
    return Due(rests.contacts[on_call], called, at_age, rests.end_day[on_call] - first + 1)


def _span(rests: Rests, last: int) -> int:
    return max(int(rests.end_day.max()), last) - int(rests.from_day.min()) + 2


def _called(
    stratum: NDArray[np.int64],
    rests: Rests,
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    on_call: NDArray[np.bool_],
    window: tuple[int, NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the chance of a call in the window (life tables by stratum), and whether it is known.

    Of those whose rest has lasted so many days, the part that was called on a day is counted over
    the days ``known``; the chance is that of any call on the days ``wanted`` of the window.
    """
    begin, width = int(rests.from_day.min()), len(known)
    start, end = rests.from_day - begin, rests.end_day - begin
    strata, code = np.unique(stratum, return_inverse=True)
    at_risk, events = np.zeros((2, len(strata), width))
    for day, here in _by_day(start):
        ending = np.zeros((len(strata), width))
        np.add.at(ending, (code[here], (end - start)[here]), rests.contacts[here])
        open_days = known[day:]
        left = ending[:, ::-1].cumsum(axis=1)[:, ::-1]
        at_risk[:, 1 : len(open_days)] += left[:, 1 : len(open_days)] * open_days[1:]
    told = rests.called & known[end] & (end > start)
    np.add.at(events, (code[told], (end - start)[told]), rests.contacts[told])
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    survived = np.log1p(-np.minimum(hazard, 1 - 1e-9))
    chance, some = np.zeros(len(code)), np.zeros(len(code), dtype=np.bool_)
    first, until = window[0] - begin, window[1] - begin
    for day, here in _by_day(np.where(on_call, start, -1)):
        if day < 0:
            continue
        asked = np.zeros(width, dtype=np.bool_)
        asked[: width - day] = wanted[day:]
        lasted = (survived * asked).cumsum(axis=1)
        evidence = (at_risk * asked).cumsum(axis=1)
        before = max(first - 1 - day, 0)
        rows, ages = code[here], np.maximum(until[here] - day, before)
        chance[here] = -np.expm1(lasted[rows, ages] - lasted[rows, before])
        some[here] = evidence[rows, ages] > evidence[rows, before]
    return chance[on_call], some[on_call]


def _by_day(days: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    order = np.argsort(days, kind="stable")
    values, firsts = np.unique(days[order], return_index=True)
    return list(zip(values.tolist(), np.split(order, firsts[1:]), strict=True))


def _rests(rows: pd.DataFrame) -> Rests:
    first = rows[rows["number"] == 1]
    entry = first.assign(
        number=0, from_day=first["entered_day"], to_day=first["from_day"], over=False
    )
    every = pd.concat([entry, rows[~rows["over"].astype(np.bool_)]], ignore_index=True)
    start = every["from_day"].to_numpy(dtype=np.int64)
    called = every["to_day"].notna().to_numpy()
    end = every["to_day"].fillna(every["until_day"]).to_numpy(dtype=np.int64)
    return Rests(
        number=every["number"].to_numpy(dtype=np.int64),
        age=start - every["entered_day"].to_numpy(dtype=np.int64),
        from_day=start,
        end_day=np.maximum(end, start),
        called=called,
        contacts=every["contacts"].to_numpy(dtype=np.float64),
    )
