"""At how many days the arms of a log are compared where nobody names a horizon, and what is said.

It is chosen by the calendar alone: when contacts entered, and until when they were observed.
Nothing that happened to them is looked at, and it is the same for all arms and segments. The end of
an observation may itself be an outcome (who opts out, or dies, is watched no longer; who buys is
watched longer, for the cancellation): so only those are ever left out who *entered* too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simkit.errors import InputError
from simkit.measures.reduction import US_PER_DAY
from simkit.trial.effects.laws import chi2_sf
from simkit.trial.read.sums import those
from simkit.trial.read.unsaid import short_horizon

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Part of each arm's contacts that may be left out unasked, for having entered late.
A_FEW = 0.05
#: Of those who entered too late, so many may be followed all the same (one in any log): they stay
#: among those compared, and might have been chosen for what happened to them.
KEPT = 0.001
#: Part of each arm's contacts that a horizon which is proposed may leave out.
MOST = 0.5
#: Nobody is left out unasked for less than a tenth more contact-days, and no horizon is proposed
#: that has less than a quarter more: entries that are spread over weeks always leave some.
WORTH = 1.1
PROPOSED = 1.25
#: Arms that leave out different parts of their contacts: the level of the checks.
ALPHA = 0.001
HUNDRED = 100.0


@dataclass(frozen=True)
class Horizon:
    """The horizon of a log for which none was named.

    Parameters
    ----------
    days
        Whole days since entry, the same for all arms.
    remarks, doubts
        What to say of it: where few who entered late are left out; and where it is short because
        of some.
    """

    days: float
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class LogEnd:
    """Until when the contacts of a log were observed: where it ends but for a few.

    Parameters
    ----------
    first_us, last_us
        The first moment at which an assigned contact entered, and the last until which one was
        observed, civil microseconds.
    """

    def __init__(self, first_us: int, last_us: int) -> None:
        self._last_us = last_us
        span = (last_us - first_us) // US_PER_DAY + 1
        # By whole days before the last moment: how many were observed until then, and the latest.
        self._count = np.zeros(span, dtype=np.int64)
        self._latest = np.full(span, first_us, dtype=np.int64)

    def add(self, observed_us: NDArray[np.int64]) -> None:
        """Count contacts by the moment until which they were observed, civil microseconds."""
        if len(observed_us) and (observed_us == observed_us[0]).all():  # as where a log ends
            one = (self._last_us - int(observed_us[0])) // US_PER_DAY
            self._count[one] += len(observed_us)
            self._latest[one] = max(self._latest[one], observed_us[0])
            return
        before = (self._last_us - observed_us) // US_PER_DAY
        self._count += np.bincount(before, minlength=len(self._count))
        np.maximum.at(self._latest, before, observed_us)

    def moment_us(self) -> int:
        """Return the last moment that more than a twentieth of the contacts reach.

        So one contact, or a few, who were observed longer than all others do not move it; and
        those whose observation ended earlier for what happened could only do so if they were more
        than nineteen in twenty.
        """
        reached = np.cumsum(self._count)
        return int(self._latest[np.argmax(reached > A_FEW * reached[-1])])


class FollowedDays:
    """How many contacts of each arm were followed for how many days.

    Parameters
    ----------
    cells
        Segment and arm of each cell.
    first_us, last_us
        The first moment at which an assigned contact entered, and the last until which one was
        observed, civil microseconds.
    end_us
        Where the log ends, see `LogEnd`.
    """

    def __init__(
        self, cells: Sequence[tuple[str, str]], first_us: int, last_us: int, end_us: int
    ) -> None:
        self._cells = tuple(cells)
        self._end_us = end_us
        self._span = (last_us - first_us) // US_PER_DAY + 1
        # Those observed until the end of the log, who can only have entered late; and the others.
        self._late, self._ended = (
            np.zeros((len(self._cells), self._span), dtype=np.int64) for _ in range(2)
        )
        # By how many days those who were observed beyond the end could have been followed until
        # it, and were in all: at all days between they stay among those compared.
        self._until_end, self._in_all = (np.zeros(self._span, dtype=np.int64) for _ in range(2))

    def add(
        self, cell: NDArray[np.int64], entered_us: NDArray[np.int64], observed_us: NDArray[np.int64]
    ) -> None:
        """Count contacts.

        Parameters
        ----------
        cell
            The place of each among the cells.
        entered_us, observed_us
            When each entered, and until when it was observed, civil microseconds.
        """
        days = (observed_us - entered_us) // US_PER_DAY
        place = cell * self._span + days
        ended = self._end_us - observed_us > US_PER_DAY
        for counts, which in ((self._ended, ended), (self._late, ~ended)):
            if which.any():
                found = np.bincount(place[those(which)], minlength=counts.size)
                counts += found.reshape(counts.shape)
        beyond = observed_us - self._end_us > US_PER_DAY
        if beyond.any():
            until_end = np.maximum((self._end_us - entered_us[beyond]) // US_PER_DAY, 0)
            self._until_end += np.bincount(until_end, minlength=self._span)
            self._in_all += np.bincount(days[beyond], minlength=self._span)

    def horizon(self) -> Horizon:
        """Choose the most whole days that everybody was followed, or all but a few who came late.

        Late are those who were observed until the end of the log, and not for so long. They are
        left out where they are at most a twentieth of each arm, no more of one arm than of another
        but by chance, and a tenth more contact-days can be compared without them. Nobody is left
        out whose observation ended before that of the log: that may be for what happened to them.
        Nor is anybody where others who entered as late were observed beyond the end, and so would
        stay (but for one in a thousand): they may have been chosen for what happened to them.

        Raises
        ------
        InputError
            Where too many were followed for less than a day.
        """
        everybody = self._late + self._ended
        sizes = everybody.sum(axis=1)
        # Column d: those followed for less than d whole days.
        late, short = (np.cumsum(counts, axis=1) - counts for counts in (self._late, everybody))
        by_ends = short.sum(axis=0) > late.sum(axis=0)
        chosen_late = self._kept() > self._kept_at_most()
        parts = short / sizes[:, None]
        worth = np.arange(self._span) * (sizes.sum() - short.sum(axis=0))  # contact-days
        all_days = int(np.flatnonzero(short.sum(axis=0) == 0)[-1])
        chosen = all_days
        few = np.flatnonzero(~by_ends & ~chosen_late & (parts.max(axis=0) <= A_FEW))
        few = few[few > all_days]
        if len(few):
            best = int(few[np.argmax(worth[few])])
            if worth[best] >= WORTH * worth[all_days] and not self._differs(short[:, best]):
                chosen = best
        if chosen < 1:
            raise InputError([short_horizon(int(everybody[:, 0].sum()), int(sizes.sum()))])
        remarks = (self._left_out(chosen, all_days, short),) if chosen > all_days else ()
        more = np.flatnonzero(parts.max(axis=0) <= MOST)
        best = int(more[np.argmax(worth[more])])
        shortened = worth[best] >= PROPOSED * worth[chosen]
        doubts = (self._shortened(chosen, best, short, late),) if shortened else ()
        return Horizon(float(chosen), remarks, doubts)

    def _kept(self) -> NDArray[np.int64]:
        """Count by day those who entered too late to be followed so long, and were all the same."""
        begun, over = (np.cumsum(counts) - counts for counts in (self._until_end, self._in_all))
        kept: NDArray[np.int64] = begun - over
        return kept

    def _kept_at_most(self) -> float:
        return max(1.0, KEPT * float((self._late + self._ended).sum()))

    def _differs(self, left_out: NDArray[np.int64]) -> bool:
        """Tell whether the arms of a segment leave out different parts of their contacts."""
        sizes = (self._late + self._ended).sum(axis=1)
        for segment in dict.fromkeys(name for name, _ in self._cells):
            here = np.array([name == segment for name, _ in self._cells])
            n, out = sizes[here], left_out[here]
            part = out.sum() / n.sum()
            if 0 < part < 1:
                apart = ((out - n * part) ** 2 / (n * part * (1 - part))).sum()
                if chi2_sf(float(apart), len(n) - 1) < ALPHA:
                    return True
        return False

    def _left_out(self, days: int, all_days: int, short: NDArray[np.int64]) -> str:
        with_all = f"{all_days} days" if all_days else "less than a day"
        return (
            f"no horizon was named: the arms are compared at {days} days, since only "
            f"{self._count(short[:, days])} entered too late to be followed so long; with these it "
            f"would be {with_all}"
        )

    def _shortened(
        self, days: int, longer: int, short: NDArray[np.int64], late: NDArray[np.int64]
    ) -> str:
        out = short[:, longer]
        ended = int((out - late[:, longer]).sum())
        why = "entered too late to be followed longer"
        end = f"{np.datetime64(self._end_us, 'us').astype('datetime64[D]')}, the end of the log"
        if ended:
            why = f"were not followed longer ({ended:,} of them not until {end})"
        kept = int(self._kept()[longer])
        if kept > self._kept_at_most():
            why += (
                f", while {kept:,} who entered as late were followed beyond {end}, perhaps for "
                "what happened to them"
            )
        said = (
            f"no horizon was named: the arms are compared at only {days} days, because "
            f"{self._count(out)} {why}; a horizon of {longer} days would leave out just these"
        )
        if self._differs(out):
            said += ", more of one arm than of another, so that those who remain are not alike"
        return (
            f"{said}. Short horizons favour calling more often; name one by the calendar, before "
            "looking: of many that are tried some show a difference by luck"
        )

    def _count(self, out: NDArray[np.int64]) -> str:
        """Write how many are left out, of how many, and which part of each arm."""
        sizes = (self._late + self._ended).sum(axis=1)
        shares = [f"{HUNDRED * part:.1f} %" for part in out / sizes]
        parts = f"at most {HUNDRED * (out / sizes).max():.1f} % of the contacts of any arm"
        if len({segment for segment, _ in self._cells}) == 1:
            named = zip(self._cells, shares, strict=True)
            parts = ", ".join(f"{arm} {share}" for (_, arm), share in named)
        share = HUNDRED * out.sum() / sizes.sum()
        return f"{out.sum():,} of {sizes.sum():,} contacts ({share:.1f} %; {parts})"
