"""The reference engine: who calls whom when, in SimPy.

Agents are processes that wait at a desk for a contact, and call. Contacts fall due by timeouts and
queue in the desk's heaps. Whatever happens within one second happens in this order: agents finish,
contacts fall due, and then, while an agent is idle, the due contact with the smallest (priority,
due time, number) goes to the agent idle longest, then of the smallest number. So one *dispatch*
event stands at the end of every instant in which anything changed.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Generator, Iterator
from typing import Any, cast

import numpy as np
import simpy

from simkit.calllog.codes import CALLBACK_REQUESTED, SALE_MADE, SUPPRESSED
from simkit.engine.plan import Cell, Plan, Pool
from simkit.engine.record import ATTEMPT, NONE, Ended
from simkit.model import Circumstances, Mind, Traits, advance, born, deferred, play
from simkit.model.call import keeps_promise
from simkit.policy.due import allowed_by_caps, callback_due, named_time, next_due
from simkit.policy.standing import ACCOUNT_OPTED_OUT, NEW, OPEN, after_attempt
from simkit.scenario.hours import OpenHours, hour_of_week, is_open

AFTER_ALL_ELSE = simpy.events.EventPriority(simpy.events.NORMAL + 1)

#: In which order an attempt is written down.
WRITTEN = (
    "contact",
    "attempt_no",
    "due_s",
    "dialled_s",
    "agent",
    "disposition",
    "pushed",
    "ring_s",
    "talk_s",
    "wrap_s",
    "callback_s",
    "cancelled_s",
    "value_cents",
)

Heap = list[tuple[int, int, int]]  # (priority, due time, contact number)


class Contact:
    """One contact as the engine sees it: its history of calls, and a mind it never looks into."""

    __slots__ = (
        "callback_s",
        "cancel_prob",
        "cell",
        "dialled_s",
        "due_s",
        "ended_s",
        "heap",
        "mind",
        "standing",
        "traits",
    )

    def __init__(self, traits: Traits, cell: Cell, heap: Heap, mind: Mind, due_s: int) -> None:
        self.traits = traits
        self.cell = cell
        self.heap = heap
        self.mind = mind
        self.due_s = due_s
        self.standing = NEW
        self.dialled_s: list[int] = []
        self.callback_s = NONE
        self.ended_s = NONE
        self.cancel_prob = math.nan


class Desk:
    """Where due contacts wait for the agents of one pool.

    Contacts wait in one heap for each set of opening hours, for a contact whose hours are over
    must not stand in the way of one who may still be called.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.unlimited = pool.agents is None
        self.waiting: dict[OpenHours, Heap] = {}
        self.idle: list[tuple[int, int, simpy.Event]] = []  # (idle since, agent, its call)

    def heap(self, hours: OpenHours) -> Heap:
        """Return the heap of the contacts with these hours."""
        return self.waiting.setdefault(hours, [])

    def most_urgent(self, now_s: int) -> Heap | None:
        """Return the heap whose head may be called now and is the most urgent, if there is one."""
        best: Heap | None = None
        for hours, heap in self.waiting.items():
            if (
                heap
                and (best is None or heap[0] < best[0])
                and is_open(now_s, hours.opens, hours.closes, hours.window_of_day)
            ):
                best = heap
        return best


class SimpyEngine:
    """One run of a plan.

    Parameters
    ----------
    plan
        What to play.

    Attributes
    ----------
    contacts
        By number; their latent minds are advanced to the end once :meth:`run` is over.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.env = simpy.Environment()
        self._cells = array("q")  # the attempts, as they were dialled: row after row
        self.desks = [Desk(pool) for pool in plan.pools]
        self._heaps = [self.desks[cell.pool].heap(cell.hours) for cell in plan.cells]
        self.contacts = [self._contact(number) for number in range(len(plan.cell))]
        self.colleagues: dict[int, list[Contact]] = {}
        for account, contact in zip(plan.account.tolist(), self.contacts, strict=True):
            self.colleagues.setdefault(account, []).append(contact)
        self._dispatch_stands = False

    def _contact(self, number: int) -> Contact:
        plan, traits = self.plan, self.plan.traits
        cell = plan.cells[plan.cell[number]]
        who = Traits(
            number,
            float(traits.buying_offset_logit[number] + traits.account_offset_logit[number]),
            float(traits.reach_offset_logit[number]),
            float(traits.sensitivity[number]),
            bool(traits.dead[number]),
            float(traits.optout_threshold[number]),
            float(traits.sale_threshold[number]),
        )
        mind = born(cell.parameters, plan.key, number, float(plan.entered_s[number]))
        due_s = plan.first_due(number)
        return Contact(who, cell, self._heaps[plan.cell[number]], mind, due_s)

    def run(self) -> Iterator[np.ndarray]:
        """Play the plan to its end.

        Yields
        ------
        numpy.ndarray
            All attempts at once, in the order in which they were dialled, dtype ATTEMPT.
        """
        for desk in self.desks:
            for place in range(desk.pool.agents or 0):
                self.env.process(self._agent(desk, desk.pool.first_agent + place))
        self.env.process(self._openings())
        for contact in self.contacts:
            self._await_due(contact)
        self.env.run(until=self.plan.end_s)
        for contact in self.contacts:
            contact.mind = advance(
                contact.cell.parameters,
                self.plan.key,
                contact.traits.number,
                contact.mind,
                float(self.plan.end_s),
            )
        yield self._rows()

    def _rows(self) -> np.ndarray:
        """Return the attempts written so far."""
        cells = np.array(self._cells, dtype=np.int64).reshape(-1, len(WRITTEN))
        rows = np.empty(len(cells), dtype=ATTEMPT)
        for place, name in enumerate(WRITTEN):
            rows[name] = cells[:, place]
        return rows

    def ended(self) -> Ended:
        """Return how the contacts were left, once the run is over."""
        minds = [contact.mind for contact in self.contacts]
        return Ended(
            end=np.array([contact.standing.end for contact in self.contacts], dtype=np.int64),
            ended_s=np.array([contact.ended_s for contact in self.contacts], dtype=np.int64),
            cancel_prob=np.array([contact.cancel_prob for contact in self.contacts]),
            state=np.array([mind.state for mind in minds], dtype=np.int64),
            need_no=np.array([mind.need_no for mind in minds], dtype=np.int64),
            irritation=np.array([mind.irritation for mind in minds], dtype=np.float64),
        )

    def _write(self, *row: int) -> None:
        """Append one attempt: a value for each of WRITTEN, in their order."""
        self._cells.extend(row)

    # Agents and hours: the processes.

    def _agent(self, desk: Desk, number: int) -> Generator[simpy.Event, Any, None]:
        """Wait for a contact, call, and wait again."""
        while True:
            call = self.env.event()
            heapq.heappush(desk.idle, (int(self.env.now), number, call))
            if any(desk.waiting.values()):
                self._ask_for_dispatch()
            busy_s = yield call
            yield self.env.timeout(busy_s)

    def _openings(self) -> Generator[simpy.Event, Any, None]:
        """Dispatch whenever a shift begins or calling hours open: somebody may be waiting."""
        moments = set(self.plan.shifts.opens)
        for cell in self.plan.cells:
            moments.update(cell.hours.opens)
        for moment in sorted(moments):
            if moment >= self.plan.end_s:
                return
            if moment > self.env.now:
                yield self.env.timeout(moment - self.env.now)
            self._ask_for_dispatch()

    # Contacts fall due, wait, and are given to agents.

    def _await_due(self, contact: Contact) -> None:
        """Let a contact fall due at its due time, unless observation ends before."""
        if contact.due_s < self.plan.end_s:
            falls_due = self.env.timeout(contact.due_s - self.env.now, contact)
            falls_due.callbacks.append(self._fall_due)

    def _fall_due(self, event: simpy.Event) -> None:
        contact = cast(Contact, event.value)
        if contact.standing.end == OPEN:
            entry = (contact.standing.priority, contact.due_s, contact.traits.number)
            heapq.heappush(contact.heap, entry)
            desk = self.desks[contact.cell.pool]
            if desk.idle or desk.unlimited:
                self._ask_for_dispatch()

    def _ask_for_dispatch(self) -> None:
        """Make sure that one dispatch stands at the end of this instant."""
        if not self._dispatch_stands:
            self._dispatch_stands = True
            event = self.env.event()
            event._ok, event._value = True, None
            event.callbacks.append(self._dispatch)
            self.env.schedule(event, priority=AFTER_ALL_ELSE)

    def _dispatch(self, _event: simpy.Event) -> None:
        """Give due contacts to idle agents until one of the two runs out."""
        self._dispatch_stands = False
        now_s = int(self.env.now)
        shifts = self.plan.shifts
        on_shift = is_open(now_s, shifts.opens, shifts.closes, shifts.window_of_day)
        for desk in self.desks:
            while desk.unlimited or (on_shift and desk.idle):
                heap = desk.most_urgent(now_s)
                if heap is None:
                    break
                contact = self.contacts[heapq.heappop(heap)[2]]
                if contact.standing.end != OPEN:  # a colleague opted out for the account meanwhile
                    continue
                if desk.unlimited:
                    self._dial(contact, NONE, now_s)
                else:
                    _, agent, call = heapq.heappop(desk.idle)
                    call.succeed(self._dial(contact, agent, now_s))

    # One call, and what follows from it.

    def _dial(self, contact: Contact, agent: int, now_s: int) -> int:
        """Call a contact; return for how many seconds that keeps the agent."""
        plan, cell, number = self.plan, contact.cell, contact.traits.number
        attempt_no = contact.standing.attempt_no + 1
        due_s = contact.due_s
        outcome, contact.mind = play(
            cell.parameters,
            plan.key,
            contact.traits,
            contact.mind,
            Circumstances(
                attempt_no,
                float(now_s),
                cell.reach_profile_logit[hour_of_week(plan.first_weekday, now_s)],
                0.0 if agent == NONE else float(plan.skill_logit[agent]),
                keeps_promise(cell.parameters, contact.callback_s, now_s),
                cell.rules.push,
            ),
        )
        contact.callback_s = NONE
        if outcome.named_days:
            contact.callback_s = named_time(
                cell.segment_hours, plan.working, now_s, outcome.named_days
            )
            contact.mind = deferred(contact.mind, float(contact.callback_s))
        cancelled_s, value_cents = NONE, NONE
        if outcome.disposition == SALE_MADE:
            value_cents = int(plan.traits.sale_value_cents[number])
            contact.cancel_prob = outcome.cancel_prob
            if outcome.cancel_after_s >= 0.0 and now_s + outcome.cancel_after_s < plan.end_s:
                cancelled_s = now_s + int(outcome.cancel_after_s)
        self._write(
            number,
            attempt_no,
            due_s,
            now_s,
            agent,
            outcome.disposition,
            outcome.pushed,
            outcome.ring_s,
            outcome.talk_s,
            outcome.wrap_s,
            contact.callback_s,
            cancelled_s,
            value_cents,
        )
        self._follow_up(contact, outcome.disposition, now_s)
        if outcome.account_opts_out:
            self._suppress_colleagues(contact, now_s)
        return outcome.ring_s + outcome.talk_s + outcome.wrap_s

    def _follow_up(self, contact: Contact, disposition: int, now_s: int) -> None:
        """End the contact, or set its next due time."""
        plan, cell = self.plan, contact.cell
        contact.dialled_s.append(now_s)
        contact.standing = after_attempt(cell.rules, contact.standing, disposition)
        if contact.standing.end != OPEN:
            contact.ended_s = now_s
            return
        if disposition == CALLBACK_REQUESTED:
            contact.due_s = callback_due(cell.hours, contact.callback_s)
        else:
            attempts, retries = contact.standing.attempt_no, contact.standing.retries
            allowed_s = allowed_by_caps(cell.rules, attempts, contact.dialled_s)
            contact.due_s = next_due(
                cell.rules, cell.hours, plan.working, disposition, retries, now_s, allowed_s
            )
        self._await_due(contact)

    def _suppress_colleagues(self, contact: Contact, now_s: int) -> None:
        """Note that an opt-out for the whole account ends its other contacts, undialled."""
        for colleague in self.colleagues[int(self.plan.account[contact.traits.number])]:
            if colleague.standing.end == OPEN:
                attempt_no = colleague.standing.attempt_no + 1
                colleague.standing = colleague.standing._replace(
                    attempt_no=attempt_no, end=ACCOUNT_OPTED_OUT
                )
                colleague.ended_s = now_s
                number = colleague.traits.number
                self._write(
                    *(number, attempt_no, NONE, now_s, NONE, SUPPRESSED, False), *(NONE,) * 6
                )
