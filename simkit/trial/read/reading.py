"""Contacts of a stored log on their way to sums: their attempts counted, their outcomes added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from simkit.calllog.source import Source
from simkit.calllog.stored import ATTEMPTS_FILE, StoredLog
from simkit.calllog.suspects import problems_of_attempts
from simkit.errors import InputError, Problem
from simkit.measures.agents import AgentArms
from simkit.measures.batches import ahead
from simkit.measures.clock import Clock
from simkit.measures.counting import ROWS_SUSPECTED
from simkit.measures.drawn import Drawing
from simkit.measures.gaps import GapFile
from simkit.measures.money import MONEY_COLUMNS, UNPRICED, named_prices
from simkit.measures.outcomes import outcome_columns
from simkit.measures.passing import Passed, cancel_probs, pass_attempts
from simkit.measures.reduction import US_PER_DAY
from simkit.trial.read.drawn import DrawnCalls
from simkit.trial.read.lots import Lot, Lots
from simkit.trial.read.marks import SOLD, Marking
from simkit.trial.read.names import DIALLED
from simkit.trial.read.sums import Accounts, AccountSums, Moments, those
from simkit.trial.read.whom_left_out import Called, ended_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.scenario import Economics

    #: Which contacts, what was counted of them, and their outcomes.
    Worked = tuple[slice, dict[str, NDArray[np.int64]], dict[str, NDArray[Any]]]

#: Contacts whose outcomes are worked out at a time.
AT_ONCE = 1 << 15
#: What is counted that flags, money and warnings follow from.
NEEDED = (
    *("attempts", "right_party", "agent_s", "agent_s_unknown"),
    *("opt_outs", "complaints", "suppressions"),
)

_STRANGERS = f"""
SELECT file_row_number
FROM read_parquet($attempts, file_row_number = true) a
ANTI JOIN read_parquet($contacts) c ON c.contact_id = a.contact_id
ORDER BY file_row_number
LIMIT {ROWS_SUSPECTED}
"""

_UNPRICED_ROWS = f"""
SELECT a.file_row_number
FROM read_parquet($attempts, file_row_number = true) a
JOIN read_parquet($contacts) c ON c.contact_id = a.contact_id
WHERE a.disposition = 'sale' AND a.value_cents IS NULL AND c.segment = $segment
ORDER BY a.file_row_number
LIMIT {ROWS_SUSPECTED}
"""


class Reading:
    """The sums of a trial while its log is read, lot by lot of its contacts.

    Parameters
    ----------
    stored, lots, clock
        The log, its contacts, the offsets of its time zone.
    columns
        Names of the columns of segment, arm and account.
    cell_of
        Codes of segment and arm → cell.
    arm_of_cell
        Number of each cell's arm.
    names
        Outcomes that are summed.
    horizon_days, economics
        As in ``contact_outcomes``.
    clustered
        Whether accounts hold several contacts.
    agents, gaps, called, drawn, marking
        Where agents, gaps, numbers of calls and contacts drawn at random are gathered, and, if
        asked for, marks of the arms.
    """

    def __init__(
        self,
        stored: StoredLog,
        lots: Lots,
        *,
        clock: Clock,
        columns: tuple[str, str, str],
        cell_of: Mapping[tuple[int, int], int],
        arm_of_cell: NDArray[np.int64],
        names: tuple[str, ...],
        horizon_days: float,
        economics: Mapping[str, Economics] | None,
        clustered: bool,
        agents: AgentArms,
        gaps: GapFile,
        called: Called,
        drawn: DrawnCalls,
        marking: Marking | None = None,
    ) -> None:
        self._stored, self._lots, self._clock = stored, lots, clock
        self._segment, self._arm, self._account = columns
        self._arm_of_cell, self._names = arm_of_cell, names
        self._counted = {*NEEDED, *names}
        self._horizon_days = horizon_days
        self.agents, self._gaps, self._called = agents, gaps, called
        self._drawn, self._marking = drawn, marking
        segments = [len(lots.labels[name].values) + 1 for name in columns[:2]]
        # The last row and column are those of a null, whose code is −1.
        self._cells = np.full(segments, -1, dtype=np.int16)
        for codes, cell in cell_of.items():
            self._cells[codes] = cell
        count = len(arm_of_cell)
        self._prices_by = [str(name) for name in lots.labels["segment"].values]
        self._prices = None if economics is None else named_prices(self._prices_by, economics)
        withdrawal = stored.header.withdrawal_days or {}
        self._withdrawal_days = np.array([withdrawal.get(name, 0.0) for name in self._prices_by])
        self._accounts = AccountSums(count, len(names)) if clustered else None
        self._moments = Moments(count, len(names))
        self._contacts: list[dict[str, NDArray[np.generic]]] = []
        self._money = np.zeros((count, len(MONEY_COLUMNS)))
        self.binary = np.ones((count, len(names)), dtype=np.bool_)
        self.pending = self.time_unknown = self.attempts = self._matched = 0
        self.cancelled = self.timed = False
        self.probs_known = False

    def take(self, lot: Lot, passed_by: Callable[[], None]) -> None:
        """Read the attempts of some contacts and add their outcomes up.

        Parameters
        ----------
        lot
            The contacts.
        passed_by
            Called once their attempts are read, before their outcomes are worked out.

        Raises
        ------
        InputError
            An attempt breaks a rule, or a sale has no value and its segment none.
        """
        horizon_us = round(self._horizon_days * US_PER_DAY)
        segment, arm = lot.codes[self._segment], lot.codes[self._arm]
        followed, cell = np.zeros(len(lot), dtype=np.bool_), np.full(len(lot), -1, dtype=np.int16)
        for part in lot.parts():
            here = followed[part] = lot.observed_us[part] - lot.entered_us[part] >= horizon_us
            cell[part] = np.where(here, self._cells[segment[part], arm[part]], -1)
        seen = lot.let_enter()
        seen["cell"] = cell
        drawing = Drawing(self._drawn.part, arm, seen, horizon_us, self._clock)
        passed = pass_attempts(
            self._stored,
            lot.ids,
            seen,
            horizon_us=horizon_us,
            arm_of_cell=self._arm_of_cell,
            clock=self._clock,
            agents=self.agents,
            gaps=self._gaps,
            drawing=drawing,
        )
        chosen = drawing.done()
        del drawing, seen  # what has been kept on the way
        pa.default_memory_pool().release_unused()
        if passed.suspected:
            self._judge(passed.suspects, passed.suspected)
        passed_by()
        probs = cancel_probs(self._stored, lot.ids)
        self.probs_known = probs is not None
        if self._marking is None:
            lot.drop_ids()
        self._matched += passed.matched
        self.cancelled = self.cancelled or passed.cancelled
        if self._accounts is not None:
            self._accounts.begin(lot.codes[self._account].astype(np.int32, copy=False), cell)
        dialled, ended = np.zeros((2, len(lot)), dtype=np.bool_)
        unpriced: set[int] = set()
        for rows, counts, columns in ahead(self._outcomes(lot, passed, followed, probs)):
            of_contact = lot.codes["segment"][rows]
            unpriced |= set(of_contact[counts["unpriced"] > 0].tolist())
            assigned, compared = those(arm[rows] >= 0), those(cell[rows] >= 0)
            dialled[rows], ended[rows] = columns[DIALLED], ended_of(columns)
            self.pending += int((columns["pending"] * followed[rows])[assigned].sum())
            self.time_unknown += int(counts["agent_s_unknown"][assigned].sum())
            self.attempts += int(counts["attempts"][assigned].sum())
            self.timed = self.timed or bool(counts["agent_s"][assigned].any())
            later = passed.later[rows]
            self._called.add(
                cell[rows][compared],
                (columns["attempts"] + later["attempts"])[compared],
                (columns["right_party"] + later["right_party"])[compared],
                (ended[rows] | later["ended"])[compared],
                passed.last_reached(rows)[compared],
            )
            self._add(rows, cell[rows], [columns[name] for name in self._names])
            if self._prices is not None:
                self._add_money(cell[rows], columns)
            if self._marking is not None:
                followed_us = passed.seen["entered_us"][rows] + horizon_us
                came = columns | {SOLD: counts["value_cents"]}
                self._marking.add(cell[rows], lot.ids[rows], followed_us, came)
        self._refuse_unpriced(unpriced)
        account = lot.codes["account_id"]
        self._drawn.add(
            chosen,
            cell=self._cells[segment[chosen.place], arm[chosen.place]].astype(np.int64),
            account=account[chosen.place].astype(np.int64),
            closed=np.isin(account[chosen.place], account[ended]),
        )
        kept = those(arm >= 0)
        self._contacts.append(
            {
                "segment": segment[kept].astype(np.int16, copy=False),
                "arm": arm[kept].astype(np.int16, copy=False),
                "cluster": lot.codes[self._account][kept],
                "followed": followed[kept],
                "dialled": dialled[kept],
            }
        )

    def _outcomes(
        self,
        lot: Lot,
        passed: Passed,
        followed: NDArray[np.bool_],
        probs: NDArray[np.float64] | None,
    ) -> Iterator[Worked]:
        """Work the outcomes of a lot's contacts out, some at a time."""
        for first in range(0, len(lot), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            seen = passed.seen[rows]
            counts = passed.counts(rows, self._counted)
            observed_us = seen["observed_us"].copy()
            of_contact = lot.codes["segment"][rows].astype(np.int64)
            columns = outcome_columns(
                counts,
                observed_us=observed_us,
                withdrawal_days=self._withdrawal_days[of_contact],
                cancel_prob=None if probs is None else probs[rows],
                prices=self._prices,
                of_contact=of_contact,
                spent_days=self._horizon_days,
                counted=self._counted,
            )
            columns |= {
                DIALLED: counts["attempts"] > 0,
                "full_horizon": followed[rows],
                "followed_days": np.minimum(
                    (observed_us - seen["entered_us"]) / US_PER_DAY, self._horizon_days
                ),
                **{name: numbers[rows] for name, numbers in lot.numbers.items()},
            }
            yield rows, counts, columns

    def contacts(self, segments: pd.Series, arms: pd.Series) -> pd.DataFrame:
        """Return the assigned contacts as a trial has them.

        Parameters
        ----------
        segments, arms
            Names, by code.
        """
        parts = {
            name: np.concatenate([part.pop(name) for part in self._contacts])
            for name in ("segment", "arm", "cluster", "followed", "dialled")
        }
        labelled = {
            name: pd.Series(
                pd.Categorical.from_codes(parts[name].astype(np.int16), pd.Index(names))
            )
            for name, names in (("segment", segments), ("arm", arms))
        }
        return pd.DataFrame({**parts, **labelled}, copy=False)

    def sums(self) -> Accounts | Moments:
        """Return what was added up."""
        return self._moments if self._accounts is None else self._accounts.done()

    def money(self) -> NDArray[np.float64] | None:
        """Return the sums of MONEY_COLUMNS by cell; None without prices."""
        return None if self._prices is None else self._money

    def require_known_contacts(self) -> None:
        """Raise InputError where attempts were made to nobody whom the log knows."""
        total = self._stored.attempts()
        if self._matched == total:
            return
        self._judge(np.array(self._found(_STRANGERS), dtype=np.int64), total - self._matched)

    def _add(self, rows: slice, cell: NDArray[np.int16], values: list[NDArray[Any]]) -> None:
        kept = those(cell >= 0)
        here, values = cell[kept], [column[kept] for column in values]
        for place, value in enumerate(values):
            if self.binary[:, place].any():
                other = (value != 0) & (value != 1)
                if other.any():
                    self.binary[here[other], place] = False
        if self._accounts is None:
            self._moments.add(here.astype(np.int64), np.column_stack(values).astype(np.float64))
        else:
            self._accounts.add(rows, values)

    def _add_money(self, cell: NDArray[np.int16], columns: Mapping[str, NDArray[Any]]) -> None:
        kept = those(cell >= 0)
        here, cells = cell[kept], len(self._money)
        for place, name in enumerate(MONEY_COLUMNS):
            self._money[:, place] += np.bincount(here, weights=columns[name][kept], minlength=cells)

    def _judge(self, rows: NDArray[np.int64], suspected: int) -> None:
        problems = problems_of_attempts(self._stored, rows.tolist(), suspected)
        if problems:
            raise InputError(problems)

    def _refuse_unpriced(self, segments: set[int]) -> None:
        if self._prices is None:
            return
        problems = []
        for code in sorted(segments):
            if self._prices[code].sale_value_eur is None:
                name = self._prices_by[code]
                rows = tuple(self._found(_UNPRICED_ROWS, segment=name))
                where = Source.parquet(ATTEMPTS_FILE).name
                problems.append(Problem(where, "value_cents", None, UNPRICED.format(name), rows))
        if problems:
            raise InputError(problems)

    def _found(self, query: str, **values: str) -> list[int]:
        files = {
            "attempts": str(self._stored.attempts_file),
            "contacts": str(self._stored.contacts_file),
        }
        with duckdb.connect(":memory:") as database:
            return [row for (row,) in database.execute(query, files | values).fetchall()]
