"""Attempts counted while they are played, so that a sweep needs no log.

What is counted is what :mod:`simkit.measures.outcomes` and :mod:`simkit.measures.spacing` ask a log
for, to the last digit: whole numbers only, and by the same windows. Attempts come in the order in
which they were dialled and each is looked at once, whatever the number of horizons: it is counted
for the first horizon that it falls in, and later horizons hold the earlier ones. No attempt is
remembered, so that memory does not grow with their number; medians are therefore left to logs.

The functions on records are written as those of the compiled engine are: numba compiles them as
they stand, and plain Python runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.engine.compiled.build import kept
from simkit.engine.compiled.rows import rows_of
from simkit.measures.outcomes import COUNTED
from simkit.measures.reduction import US_PER_DAY, US_PER_S
from simkit.measures.spacing import EARLY_US, US_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = -1

#: What a disposition counts as.
KIND = np.dtype(
    [
        (name, "?")
        for name in (
            *("counts", "live", "right_party", "abandoned", "bad_number", "refused", "asked"),
            *("appointment", "sale", "opt_out", "complaint", "suppressed"),
        )
    ]
)
#: A contact's attempts between two horizons; all counts but for the time of the last sale.
COUNT = np.dtype([(name, "i8" if name in ("value_cents", "sold_us") else "i4") for name in COUNTED])
#: What is counted of sales.
SOLD = ("sales", "cancellations", "sold_us", "value_cents", "unpriced")
#: A contact: its window begins at `entered_us`; its last dial, which asked to be called back then.
SEEN = np.dtype(
    [
        ("entered_us", "i8"),
        ("previous_us", "i8"),
        ("callback_us", "i8"),
        ("horizon", "i4"),
        ("asked", "?"),
    ]
)
SPACED = (
    *("gaps", "gap_s", "waits", "wait_s"),
    *("callbacks_promised", "callbacks_kept"),
)
#: All contacts' gaps, waits and promises, by horizon; in seconds, since 64 bits do not hold the
#: microseconds of 10⁸ gaps.
SPACING = np.dtype([(name, "i8") for name in SPACED])


class Tally:
    """The attempts of one run, counted by horizon.

    Parameters
    ----------
    entered_s
        When each contact entered, in seconds of the engine's clock, shape (contacts,).
    observed_s
        When observation ends, on the same clock.
    horizons_days
        Days since entry, ascending, for all of which everybody is observed.
    callback_window_us
        How long after the named time a callback still keeps the promise [µs].
    """

    def __init__(
        self,
        entered_s: NDArray[np.int64],
        observed_s: int,
        horizons_days: Sequence[float],
        callback_window_us: int,
    ) -> None:
        n = len(entered_s)
        self.observed_us = observed_s * US_PER_S
        self._horizons_us = np.array([round(days * US_PER_DAY) for days in horizons_days])
        self._window_us = callback_window_us
        self._seen = np.zeros(n, dtype=SEEN)
        self._seen["entered_us"] = entered_s * US_PER_S
        self._seen["previous_us"] = UNKNOWN
        self._counts = np.zeros((n, len(self._horizons_us)), dtype=COUNT)
        self._counts["sold_us"] = UNKNOWN
        self._spacing = np.zeros(len(self._horizons_us), dtype=SPACING)
        self._count, self._close = _compiled()

    def add(self, rows: NDArray[Any]) -> None:
        """Count further attempts: ATTEMPT rows, in the order in which they were dialled."""
        self._count(
            rows,
            KINDS,
            self._seen,
            self._counts,
            self._spacing,
            self._horizons_us,
            self._window_us,
        )

    def close(self) -> None:
        """Judge the promises that were still open when observation ended."""
        self._close(self._seen, self._spacing, self._horizons_us, self._window_us)

    def counts(self, horizon: int) -> dict[str, NDArray[np.int64]]:
        """Return what is counted of each contact by a horizon: COUNTED, each shape (contacts,).

        Parameters
        ----------
        horizon
            Its place among the horizons.
        """
        until = self._counts[:, : horizon + 1]
        return {
            name: until[name].max(axis=1) if name == "sold_us" else until[name].sum(axis=1)
            for name in COUNTED
        }

    def spacing(self, horizon: int) -> dict[str, float]:
        """Return what `spacing_totals` gives for all contacts by a horizon, but for the medians.

        Parameters
        ----------
        horizon
            Its place among the horizons.
        """
        until = {name: int(self._spacing[name][: horizon + 1].sum()) for name in SPACED}
        return {
            "gaps": float(until["gaps"]),
            "gap_days": until["gap_s"] * US_PER_S / US_PER_DAY,
            "waits": float(until["waits"]),
            "wait_hours": until["wait_s"] * US_PER_S / US_PER_HOUR,
            "callbacks_promised": float(until["callbacks_promised"]),
            "callbacks_kept": float(until["callbacks_kept"]),
        }


def _compiled() -> tuple[Callable[..., Any], ...]:
    return kept(count_rows, close_promises, what="the counting of attempts")


def count_rows(
    rows: Any,
    kinds: Any,
    seen: Any,
    counts: Any,
    spacing: Any,
    horizons_us: Any,
    window_us: int,
) -> None:
    """Count attempts.

    Parameters
    ----------
    rows
        ATTEMPT.
    kinds
        KIND, by code of the disposition.
    seen, counts, spacing
        SEEN by contact, COUNT by contact and horizon, SPACING by horizon; changed in place.
    horizons_us, window_us
        Horizons, and how long a promise to call back can be kept.
    """
    horizons = len(horizons_us)
    rows, kinds, seen = rows_of(rows), rows_of(kinds), rows_of(seen)
    counts, spacing = rows_of(counts), rows_of(spacing)
    for place in range(len(rows)):
        row = rows[place]
        number, dialled_us = int(row.contact), int(row.dialled_s) * US_PER_S
        who = seen[number]
        horizon = 0
        while horizon < horizons and dialled_us - who.entered_us >= horizons_us[horizon]:
            horizon += 1
        if horizon == horizons:
            continue
        kind = kinds[row.disposition]
        count = counts[number * horizons + horizon]
        count_attempt(count, kind, row.ring_s, row.talk_s, row.wrap_s)
        if kind.sale:
            count_sale(count, dialled_us, row.cancelled_s != UNKNOWN, row.value_cents)
        if kind.suppressed and dialled_us <= who.callback_us + window_us:
            who.callback_us = UNKNOWN  # nobody may call any more: there is no promise left to keep
        if not kind.counts:
            continue

        here = spacing[horizon]
        if row.due_s != UNKNOWN:
            here.waits += 1
            here.wait_s += int(row.dialled_s) - int(row.due_s)
        if who.previous_us != UNKNOWN:
            if not who.asked:
                here.gaps += 1
                here.gap_s += (dialled_us - who.previous_us) // US_PER_S
            elif who.callback_us != UNKNOWN:
                judge_by_horizon(who, spacing, horizons_us, window_us, horizon)
                here.callbacks_promised += 1
                first_us = keeps_from(int(who.callback_us))
                if first_us <= dialled_us <= who.callback_us + window_us:
                    here.callbacks_kept += 1
        who.previous_us = dialled_us
        who.horizon = horizon
        who.asked = kind.asked
        who.callback_us = UNKNOWN
        if row.callback_s != UNKNOWN:
            who.callback_us = int(row.callback_s) * US_PER_S


def count_attempt(count: Any, kind: Any, ring_s: int, talk_s: int, wrap_s: int) -> None:
    """Count one attempt among those of its contact, but for what it sold.

    Parameters
    ----------
    count
        A record of COUNTED; changed in place.
    kind
        KIND of the attempt's disposition.
    ring_s, talk_s, wrap_s
        As in the attempts' table; UNKNOWN where they are not known.
    """
    count.live += kind.live
    count.conversations += kind.live and not kind.abandoned
    count.right_party += kind.right_party
    count.abandoned += kind.abandoned
    count.bad_number += kind.bad_number
    count.refused += kind.refused
    count.callbacks += kind.asked
    count.appointments += kind.appointment
    count.opt_outs += kind.opt_out
    count.complaints += kind.complaint
    count.suppressions += kind.suppressed
    if kind.counts:
        count.attempts += 1
        count.agent_s_unknown += ring_s == UNKNOWN or talk_s == UNKNOWN or wrap_s == UNKNOWN
        talk_wrap_s = max(int(talk_s), 0) + max(int(wrap_s), 0)
        count.talk_wrap_s += talk_wrap_s
        count.agent_s += max(int(ring_s), 0) + talk_wrap_s


def count_sale(count: Any, dialled_us: int, cancelled: bool, value_cents: int) -> None:
    """Count a sale among those of its contact.

    Parameters
    ----------
    count
        A record of the SOLD of COUNTED; changed in place.
    dialled_us
        When it was made.
    cancelled
        Whether it was cancelled.
    value_cents
        Its value; UNKNOWN where it is not known.
    """
    count.sales += 1
    count.cancellations += cancelled
    count.sold_us = max(int(count.sold_us), dialled_us)
    count.unpriced += value_cents == UNKNOWN
    count.value_cents += max(int(value_cents), 0)


def keeps_from(callback_us: int) -> int:
    """Return from when on a dial keeps the promise to call back at a time; a day begins at 0."""
    return max(callback_us - EARLY_US, callback_us // US_PER_DAY * US_PER_DAY)


def judge_by_horizon(
    who: Any, spacing: Any, horizons_us: Any, window_us: int, next_horizon: int
) -> None:
    """Count a promise for the horizons at which nobody had called yet.

    It counts there once its window has closed, and not again where the next dial is seen too.
    """
    before = 0
    for horizon in range(who.horizon, next_horizon):
        broken = 0
        if who.callback_us + window_us < who.entered_us + horizons_us[horizon]:
            broken = 1
        spacing[horizon].callbacks_promised += broken - before
        before = broken
    if next_horizon < len(horizons_us):
        spacing[next_horizon].callbacks_promised -= before


def close_promises(seen: Any, spacing: Any, horizons_us: Any, window_us: int) -> None:
    """Count the promises that nobody has kept.

    Parameters
    ----------
    seen, spacing, horizons_us, window_us
        As in `count_rows`.
    """
    seen, spacing = rows_of(seen), rows_of(spacing)
    for number in range(len(seen)):
        who = seen[number]
        if who.previous_us != UNKNOWN and who.asked and who.callback_us != UNKNOWN:
            judge_by_horizon(who, spacing, horizons_us, window_us, len(horizons_us))


def _kinds() -> NDArray[Any]:
    """Return KIND by code of the disposition."""
    kinds = np.zeros(len(CODES), dtype=KIND)
    named = {
        **{flag: DISPOSITIONS.having(flag) for flag in ("counts", "live", "right_party")},
        **{name: (name,) for name in ("abandoned", "bad_number", "refused", "appointment")},
        **{name: (name,) for name in ("sale", "complaint", "suppressed")},
        "asked": ("callback_requested",),
        "opt_out": ("opt_out", "complaint"),
    }
    for name, dispositions in named.items():
        for disposition in dispositions:
            kinds[name][CODES[disposition]] = True
    return kinds


KINDS = _kinds()
