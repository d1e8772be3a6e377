"""Whether contacts were taken out of a log by how they were called: never reached, or seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import stats

from simkit.trial.read.counted import NEVER_REACHED, RIGHT, Counted, at_least, by_seldom
from simkit.trial.read.only_reached import (
    CALLED_ONLY,
    CALLED_TWICE,
    CHANCE,
    REACHED_ONLY,
    WHOM_REACHED,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shown = Literal["record", "list", "nothing"]
ENDS_CALLING = ("sale", "opt_out", "suppressed")
KINDS = ["cell", "attempts", "reached", "ended", "last"]
CALLED_BY = ("attempts", "right_party", *ENDS_CALLING)
"""Outcomes by which contacts are counted, of all calls that were observed: whoever takes contacts
out of an export knows no horizon."""
#: Contacts reached so often and oftener are counted as one.
OFTEN = 3
#: Counts are kept in a table of all that might occur where it is at most so sparse.
SPARSE = 8
NEARLY_REACHED_ONLY = (
    "holds {:,} never reached among {:,} contacts, where by its own calls at least {:,.0f} are to "
    f"be expected: {WHOM_REACHED}"
)
SELDOM = (
    "holds {:,} never reached among {:,} contacts, where by those who were reached once or twice "
    "{:,.0f} are to be expected at least: if contacts were taken out by how they were called, "
    "nothing here is an effect of an arm"
)
ALL_REACHED = (
    "holds {:,} contacts, and all of them were reached: of any list some hardly ever are (wrong "
    "numbers, people who never answer), unless each was called until it answered. If those never "
    "reached were left out, nothing here is an effect of an arm: hold the number against the list "
    "that was handed to the dialler"
)
OR_SHOW = (
    "if nobody was taken out, show it by the assignment as simkit assign wrote it (assigned, "
    "--assigned)"
)
PUT_BACK = "of those whom the assignment holds {:,} are not in this log: put them back"
NO_RECORD = (
    "the list of arms that was given does not tell when it was made: perhaps of those who are left"
)


class Called:
    """What the calls to a log's contacts tell of those who may have been taken out of it.

    In a log, unlike in a table, it is nothing strange that everybody was called, and in the end
    reached. So those who must be there are counted, in each segment and in the log as a whole, and
    a third of them is taken for sure. Where as few as there are have a chance below 1 in 1,000
    (Poisson), the others were taken out.

    *Never reached*: by `Counted.never_reached`, arm by arm. Where nobody at all is left, also by
    those reached seldom: of contacts who are called on after a talk, f₁ reached once and f₂ twice,
    at least about f₁(f₁ − 1) ÷ 2(f₂ + 1) others were never reached (Chao 1987, bias-corrected; see
    `at_least`), however unequally contacts are reached; no more are taken for sure than any list
    has. Whom a talk took off the list is no witness: if they counted, a whole log in which
    everybody was reached in the end would be refused. Neither tells anything where more than half
    of the dials reach: then everybody may have been reached.

    *Few never reached* are doubted where they are fewer than Chao's bound less 2.33 of its standard
    errors, in a segment, see `at_least`. *None never reached*, in a segment or a log of 227 or more
    contacts, is doubted whatever the calls say: where 3 in 100 of any list are never reached, so
    many hold none of them in fewer than 1 of 1,000 lists. A whole log may be such, if each contact
    was called until it answered. Of 100 simulated logs in worlds of all kinds one whole one is
    doubted (all were reached in it), 12 with four in five of the never reached taken out, 29 with
    nine in ten, and all with all of them, of which 48 are refused. Of logs in which three talks in
    ten end the calling it is 1, 4, 16 and all, of which 32 are refused; no whole one is refused
    (``benchmarks/left_out.py --worlds 100 [--ends 0.3]``). The others cannot be told: where people
    differ in how they are reached, any number may never be, and dead numbers, which are most of
    them on many lists, leave no trace in the calls to others. Only the assignment shows that nobody
    is missing.

    *Ended early*: if a dial ends the calling of a contact (who buys or opts out) with probability
    h, N(1 − (1 − h)^(k − 1)) contacts have fewer than k dials.

    Parameters
    ----------
    cells
        Segment and arm of each cell.

    References
    ----------
    A. Chao (1987), Estimating the population size for capture-recapture data with unequal
    catchability, Biometrics 43, 783-791.
    """

    def __init__(self, cells: Sequence[tuple[str, str]]) -> None:
        self._cells = list(cells)
        self._parts: list[NDArray[np.int64]] = []

    def add(
        self,
        cell: NDArray[np.integer],
        attempts: NDArray[np.integer],
        reached: NDArray[np.integer],
        ended: NDArray[np.bool_],
        last: NDArray[np.bool_],
    ) -> None:
        """Count contacts by cell, dials, how often they were reached, and how the calling ended.

        Parameters
        ----------
        cell
            Place of each contact's cell.
        attempts, reached
            How often each was dialled, and the right party reached, in all that was observed.
        ended
            Whether something ended the calling of it, see `ended_of`.
        last
            Whether the last dial reached the right party.
        """
        if not len(cell):
            return
        kinds = (len(self._cells), int(attempts.max()) + 1, OFTEN + 1, 2, 2)
        key = cell.astype(np.int64) * kinds[1] + attempts
        key = (key * kinds[2] + np.minimum(reached, OFTEN)) * kinds[3] + ended
        key = key * kinds[4] + last
        if np.prod(kinds) <= SPARSE * len(key):
            found, group = np.arange(np.prod(kinds)), key
        else:
            found, group = np.unique(key, return_inverse=True)
        contacts = np.bincount(group, minlength=len(found))
        reaches = np.bincount(group, weights=reached, minlength=len(found))
        there = np.flatnonzero(contacts)
        places = np.unravel_index(found[there], kinds)
        self._parts.append(np.column_stack([*places, contacts[there], reaches[there]]).astype("i8"))

    @cached_property
    def counted(self) -> dict[tuple[str, str], Counted]:
        """What was counted of each segment and arm; to be asked once all are added."""
        if not self._parts:
            return {}
        parts = pd.DataFrame(np.concatenate(self._parts), columns=[*KINDS, "contacts", "reaches"])
        rows = parts.groupby(list(KINDS), as_index=False).sum()
        by_cell = rows.astype({"ended": np.bool_, "last": np.bool_}).groupby("cell")
        return {
            self._cells[place]: Counted.of(by_cell.get_group(place))
            for place in range(len(self._cells))
            if place in by_cell.groups
        }

    def _by_segment(self) -> dict[str, list[Counted]]:
        segments: dict[str, list[Counted]] = {}
        for (segment, _), cell in self.counted.items():
            segments.setdefault(segment, []).append(cell)
        return segments

    def refusal(self) -> str:
        """Say whom the log, or a segment of it, leaves out; empty where nothing shows it."""
        cells, segments = self.counted, self._by_segment()
        whole = _whom_left_out(cells.values())
        found = {name: why for name, one in segments.items() if (why := _whom_left_out(one))}
        if whole and len(found) in (0, len(segments)):
            return f"the log {whole}"
        told = [f"segment {name} of the log {why}" for name, why in found.items()]
        told += [
            f"arm {arm} in {segment} of the log {why}"
            for (segment, arm), cell in cells.items()
            if segment not in found and (why := _whom_left_out([cell]))
        ]
        return "; ".join(told)

    def doubt(self) -> str:
        """Say where too few were never reached; empty where nothing shows it.

        Those taken out may have been others too, so that some of the never reached are left.
        """
        segments = self._by_segment()
        seldom = {name: why for name, one in segments.items() if (why := _too_seldom(one))}
        whole = _all_reached(self.counted.values())
        if whole and not seldom:
            return f"the log {whole}"
        found = {name: seldom.get(name) or _all_reached(one) for name, one in segments.items()}
        return "; ".join(f"segment {name} of the log {why}" for name, why in found.items() if why)


def ended_of(columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.bool_]:
    """Tell by their outcomes which contacts somebody need not call again.

    Parameters
    ----------
    columns
        `ENDS_CALLING`, as `simkit.measures.contact_outcomes` names them.
    """
    sale, opt_out, suppressed = (columns[name].astype(np.bool_) for name in ENDS_CALLING)
    return sale | opt_out | suppressed


def refused_log(
    called: Called, outcomes: Sequence[str], shown: Shown, missing: int = 0
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Refuse all outcomes of a log from which contacts were taken out by how they were called.

    Parameters
    ----------
    called
        What was counted.
    outcomes
        The outcomes.
    shown
        Whether something shows who was assigned: the assignment's own record, after which nothing
        need be estimated; a mere list, which whoever took contacts out may have made from those who
        are left, and so shows no more than nothing does.
    missing
        How many whom the record holds are not in the log: of them, it shows nothing.

    Returns
    -------
    refusals, doubts
        Outcome → reason, and what is to be doubted.
    """
    if shown == "record" and missing <= 0:
        return {}, ()
    instead = f"{NO_RECORD}; {OR_SHOW}" if shown == "list" else OR_SHOW
    if shown == "record":
        instead = PUT_BACK.format(missing)
    reason, doubt = called.refusal(), called.doubt()
    if reason:
        return dict.fromkeys(outcomes, f"{reason}; {instead}"), ()
    return {}, (f"{doubt}; {instead}",) if doubt else ()


def _whom_left_out(cells: Iterable[Counted]) -> str:
    """Say whom some cells together leave out; empty where nothing shows that they do."""
    every = list(cells)
    contacts, dials, ended, unreached = Counted.total(
        every, "contacts", "dials", "ended", "unreached"
    )
    expected = RIGHT * sum(cell.never_reached() for cell in every)
    if not unreached:
        expected = max(expected, by_seldom(every))
    if _too_few(unreached, expected):
        if not unreached:
            return REACHED_ONLY.format("")
        return NEARLY_REACHED_ONLY.format(unreached, contacts, np.floor(expected))
    fewest = min((cell.fewest for cell in every), default=0)
    if fewest < CALLED_TWICE:
        return ""
    early = contacts * (1 - (1 - ended / dials) ** (fewest - 1))
    return CALLED_ONLY.format(fewest, "") if _too_few(0, RIGHT * early) else ""


def _too_seldom(cells: Sequence[Counted]) -> str:
    """Say of a segment that fewer were never reached than its calls let expect."""
    unreached, contacts = Counted.total(cells, "unreached", "contacts")
    expected = at_least(cells)
    return SELDOM.format(unreached, contacts, expected) if _too_few(unreached, expected) else ""


def _all_reached(cells: Iterable[Counted]) -> str:
    """Say of so many contacts that all were reached, where chance would not have it so."""
    unreached, contacts = Counted.total(cells, "unreached", "contacts")
    strange = not unreached and (1 - NEVER_REACHED) ** contacts < CHANCE
    return ALL_REACHED.format(contacts) if strange else ""


def _too_few(there: int, expected: float) -> bool:
    """Tell whether it is no chance that so few are there where at least so many are expected."""
    return bool(stats.poisson.cdf(there, expected) < CHANCE)
