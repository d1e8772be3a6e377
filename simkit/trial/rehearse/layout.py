"""What is noted of a rehearsed trial: a few numbers of each arm, at each duration and look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.trial.effects.guardrails import NOT_WORSE, OPEN, VETO, WITHIN
from simkit.trial.evaluation import Evaluation
from simkit.trial.looks.guarded import STOP_ARM, Guarded
from simkit.trial.monitor import decisions
from simkit.trial.monitor.decisions import Interim
from simkit.trial.monitor.guarding import HELD

EFFECT_FIELDS = ("estimate", "se", "ci_low", "ci_high", "verdict", "state")
"""Of each outcome: what its row of the evaluation says; NaN for the control."""
ARM_FIELDS = ("declared", "contacts", "dials_per_contact", "agent_hours", "trustworthy")
"""Of each arm: whether it was declared the winner, what it delivered, whether checks held."""
LOOK_FIELDS = (
    *("days", "followed", "entered", "trustworthy"),
    *("estimate", "p_value", "median_unbiased", "claimed", "decision", "guarded"),
)
"""Of each look that was made, first what is the same for all arms: days since the start, parts of
the contacts that were followed to the horizon and that had entered, whether checks held. Then what
`simkit.trial.monitor` says of the arm, NaN for the control: ``claimed`` by this look (1 better, -1
worse, 0 nothing), the decision, and whether a guardrail stops the arm. NaN where no look was made,
since the next one fell on the same day."""
EQUIVALENT, BETTER, CANNOT_TELL, WORSE = 2.0, 1.0, 0.0, -1.0
VERDICTS = {
    "better": BETTER,
    "worse": WORSE,
    "equivalent": EQUIVALENT,
    NOT_WORSE: EQUIVALENT,
    "cannot tell": CANNOT_TELL,
}
PASSED, UNDECIDED, VETOED = 1.0, 0.0, -1.0
STATES = {WITHIN: PASSED, OPEN: UNDECIDED, VETO: VETOED}
GO_ON, FUTILE, STOPPED, HELD_BACK, ENDED = 0.0, 2.0, 3.0, 4.0, 5.0
DECISIONS = {
    decisions.BETTER: BETTER,
    decisions.WORSE: WORSE,
    decisions.FUTILE: FUTILE,
    STOP_ARM: STOPPED,
    HELD: HELD_BACK,
    decisions.ENDED: ENDED,
    decisions.GO_ON: GO_ON,
    decisions.NOTHING: GO_ON,
}


@dataclass(frozen=True)
class Layout:
    """The order of what is noted.

    Parameters
    ----------
    cells
        Segment and arm, in the design's order.
    control
        Place of each cell's control among the cells.
    outcomes
        The primary outcome, then the guardrails.
    looks
        How many looks were registered.
    """

    cells: tuple[tuple[str, str], ...]
    control: tuple[int, ...]
    outcomes: tuple[str, ...]
    looks: int = 0

    @property
    def width(self) -> int:
        """Numbers a cell, at a duration or a look."""
        return max(len(self.outcomes) * len(EFFECT_FIELDS) + len(ARM_FIELDS), len(LOOK_FIELDS))

    def places(self, segment: str) -> list[int]:
        """Return the places of a segment's arms."""
        return [place for place, (name, _) in enumerate(self.cells) if name == segment]

    @property
    def compared(self) -> list[int]:
        """The places of the arms that are compared with a control."""
        return [place for place, control in enumerate(self.control) if place != control]

    def effect(self, noted: NDArray[np.float64], outcome: str, field: str) -> NDArray[np.float64]:
        """Return a field of an outcome, shape (..., cells).

        Parameters
        ----------
        noted
            Shape (..., cells, width).
        outcome, field
            One of the outcomes, one of EFFECT_FIELDS.
        """
        at = self.outcomes.index(outcome) * len(EFFECT_FIELDS) + EFFECT_FIELDS.index(field)
        return noted[..., at]

    def of_arm(self, noted: NDArray[np.float64], field: str) -> NDArray[np.float64]:
        """Return one of ARM_FIELDS, shape (..., cells)."""
        return noted[..., len(self.outcomes) * len(EFFECT_FIELDS) + ARM_FIELDS.index(field)]

    def of_look(self, looked: NDArray[np.float64], field: str) -> NDArray[np.float64]:
        """Return one of LOOK_FIELDS, shape (..., cells)."""
        return looked[..., LOOK_FIELDS.index(field)]

    def note(self, found: Evaluation) -> NDArray[np.float64]:
        """Return what is noted of an evaluation, shape (cells, width).

        A trial of which a check failed may not be acted on: it claims and declares nothing.
        """
        wanted = [(outcome, *cell) for outcome in self.outcomes for cell in self.cells]
        rows = found.table.assign(verdict=found.table["verdict"].map(VERDICTS))
        numbers = _taken(rows, ("outcome", "segment", "arm"), wanted, EFFECT_FIELDS[:-1])
        if not found.trustworthy:
            verdict = numbers[:, -1]
            verdict[~np.isnan(verdict)] = CANNOT_TELL
        vetoes = found.vetoes.assign(state=found.vetoes["state"].map(STATES))
        states = _taken(vetoes, ("outcome", "segment", "arm"), wanted, EFFECT_FIELDS[-1:])
        effects = np.column_stack([numbers, states])
        by_cell = effects.reshape(len(self.outcomes), len(self.cells), len(EFFECT_FIELDS))
        winner = dict(zip(found.winners["segment"], found.winners["winner"], strict=True))
        declared = [found.trustworthy and winner.get(segment) == arm for segment, arm in self.cells]
        return self._padded(
            [
                *by_cell,
                np.array(declared, dtype=np.float64),
                _taken(found.exposure, ("segment", "arm"), self.cells, ARM_FIELDS[1:-1]),
                np.full(len(self.cells), float(found.trustworthy)),
            ]
        )

    def note_look(
        self, same_for_all: Sequence[float], rows: Sequence[Interim], guarded: Sequence[Guarded]
    ) -> NDArray[np.float64]:
        """Return what is noted of a look, shape (cells, width).

        Parameters
        ----------
        same_for_all
            The first of LOOK_FIELDS.
        rows, guarded
            What `simkit.trial.monitor` says of this look.
        """
        of_arm = np.full((len(self.cells), len(LOOK_FIELDS) - len(same_for_all)), np.nan)
        stopped = {(row.segment, row.arm) for row in guarded if row.decision == STOP_ARM}
        for row in rows:
            # A claim of worse is the only one that no guardrail goes before.
            claim = WORSE if row.decision == decisions.WORSE else BETTER
            claimed = claim if row.claimed_at else CANNOT_TELL
            of_arm[self.cells.index((row.segment, row.arm))] = (
                *(row.estimate, row.p_value, row.median_unbiased, claimed),
                DECISIONS[row.decision],
                float((row.segment, row.arm) in stopped),
            )
        return self._padded([np.tile(np.array(same_for_all), (len(self.cells), 1)), of_arm])

    def _padded(self, columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return columns side by side, filled up with NaN to the width."""
        found = np.column_stack(list(columns))
        more = np.full((len(found), self.width - found.shape[1]), np.nan)
        return np.hstack([found, more])


def _taken(
    table: pd.DataFrame,
    keys: Sequence[str],
    wanted: Sequence[tuple[str, ...]],
    columns: Sequence[str],
) -> NDArray[np.float64]:
    """Return columns of the rows with certain keys, in their order; NaN where there is no row."""
    there = zip(*(table[name].tolist() for name in keys), strict=True)
    place = {key: at for at, key in enumerate(there)}
    take = np.array([place.get(key, -1) for key in wanted], dtype=np.int64)
    found = np.full((len(wanted), len(columns)), np.nan)
    values = table[list(columns)].to_numpy(dtype=np.float64)
    found[take >= 0] = values[take[take >= 0]]
    return found
