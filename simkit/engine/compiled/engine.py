"""A run of the compiled engine: a plan in, what SimPy's engine would have left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkit.engine.compiled.build import Kernel, compiled_kernel
from simkit.engine.compiled.kernel import DONE, HEAP_FULL
from simkit.engine.compiled.state import new_state, pack_world, with_more_room
from simkit.engine.plan import Plan
from simkit.engine.record import ATTEMPT, NONE, Ended
from simkit.policy.standing import OPEN, SOLD

ROWS_AT_ONCE = 1 << 18


class CompiledEngine:
    """One run of a plan.

    Parameters
    ----------
    plan
        What to play.
    rows_at_once
        How many attempts the kernel writes before it hands them over.
    kernel
        What plays; None: the compiled kernel.

    Attributes
    ----------
    contacts
        By number, records of :data:`simkit.engine.compiled.state.CONTACT`.
    """

    def __init__(
        self, plan: Plan, rows_at_once: int = ROWS_AT_ONCE, kernel: Kernel | None = None
    ) -> None:
        self.plan = plan
        self._kernel = kernel or compiled_kernel()
        self._world = pack_world(plan)
        self._state = new_state(plan, self._world)
        self._at_once = rows_at_once
        self.contacts = self._state.contacts

    def run(self) -> Iterator[np.ndarray]:
        """Play the plan to its end.

        Yields
        ------
        numpy.ndarray
            Attempts in the order in which they were dialled, dtype ATTEMPT; a new array each time.
        """
        kernel, world, state = self._kernel, self._world, self._state
        # A call may end an account: then each of its contacts gets a row.
        most_rows = int(np.bincount(self.plan.account).max()) if len(self.plan.account) else 1
        given = self.plan.first_due_s
        first_due_s = np.empty(0, dtype=np.int64) if given is None else given
        kernel.begin(world, state.contacts, state.dues, state.due_on_day, first_due_s)
        why, now_s = HEAP_FULL, 0
        while why != DONE:
            rows = np.empty(max(self._at_once, most_rows), dtype=ATTEMPT)
            why, count, now_s = kernel.play_on(
                world,
                state.contacts,
                state.dues,
                state.due_on_day,
                state.waiting,
                state.waiting_count,
                state.agents,
                state.dialled_s,
                rows,
                most_rows,
                now_s,
            )
            if why == HEAP_FULL:
                with_more_room(state)
            if count:
                yield rows[:count]
        kernel.finish(world, state.contacts)

    def ended(self) -> Ended:
        """Return how the contacts were left, once the run is over."""
        contacts = self.contacts
        return Ended(
            end=contacts["end"],
            ended_s=np.where(contacts["end"] == OPEN, NONE, contacts["callback_s"]),
            cancel_prob=np.where(contacts["end"] == SOLD, contacts["optout_hazard"], np.nan),
            state=contacts["state"],
            need_no=contacts["need_no"],
            irritation=contacts["irritation"],
        )
