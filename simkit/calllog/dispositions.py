"""How a call can end: one frozen table, read by everything that must tell endings apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

Flag = Literal["live", "right_party", "terminal", "counts", "hostile", "final"]


@dataclass(frozen=True)
class Disposition:
    """One way a call can end.

    Parameters
    ----------
    name
        The code used in ``attempts.disposition``.
    live
        A person answered.
    right_party
        The person was the contact.
    terminal
        A reason to stop calling.
    counts
        Counts as an attempt.
    hostile
        Unpleasant for the agent.
    final
        No call may follow. Stricter than `terminal`: a policy may try a bad number again,
        but never somebody who bought, objected or complained.
    meaning
        The same in words.
    """

    name: str
    live: bool
    right_party: bool
    terminal: bool
    counts: bool
    hostile: bool
    final: bool
    meaning: str


class DispositionTable(Mapping[str, Disposition]):
    """The dispositions by name, in their fixed order: ``DISPOSITIONS["sale"].live``."""

    def __init__(self, rows: tuple[Disposition, ...]) -> None:
        self._rows = {row.name: row for row in rows}

    def __getitem__(self, name: str) -> Disposition:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def having(self, flag: Flag) -> tuple[str, ...]:
        """Return the names of the dispositions with one flag set, in the table's order.

        Parameters
        ----------
        flag
            ``"live"``, ``"right_party"``, ``"terminal"``, ``"counts"``, ``"hostile"`` or
            ``"final"``.
        """
        return tuple(row.name for row in self._rows.values() if getattr(row, flag))

    @property
    def table(self) -> pd.DataFrame:
        """One row a disposition: name, the flags and the meaning; a new frame every time."""
        return pd.DataFrame([asdict(row) for row in self._rows.values()])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


T, F = True, False
#: Every disposition a call log may hold.
DISPOSITIONS = DispositionTable(
    (
        #            name              live right term counts hostile final meaning
        Disposition("no_answer", F, F, F, T, F, F, "nobody answered"),
        Disposition("busy", F, F, F, T, F, F, "line busy"),
        Disposition("machine", F, F, F, T, F, F, "answering machine"),
        Disposition("bad_number", F, F, T, T, F, F, "number does not work"),
        Disposition("abandoned", T, F, F, T, F, F, "answered, but no agent was free"),
        Disposition("answered_other", T, F, F, T, F, F, "somebody else answered"),
        Disposition("refused", T, T, F, T, T, F, "refused"),
        Disposition("not_now", T, T, F, T, F, F, "not now"),
        Disposition("undecided", T, T, F, T, F, F, "still deciding"),
        Disposition("callback_requested", T, T, F, T, F, F, "asked to be called back"),
        Disposition("already_solved", T, T, F, T, F, F, "has already solved it elsewhere"),
        Disposition("appointment", T, T, F, T, F, F, "made an appointment"),
        Disposition("sale", T, T, T, T, F, T, "bought"),
        Disposition("opt_out", T, T, T, T, T, T, "asked never to be called again"),
        Disposition("complaint", T, T, T, T, T, T, "complained"),
        Disposition("suppressed", F, F, T, F, F, F, "not dialled: the number may not be called"),
        Disposition("error", F, F, F, F, F, F, "technical error, no call"),
    )
)
del T, F
