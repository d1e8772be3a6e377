"""A second call centre, written from the rules alone and as plainly as can be: slow, and naive.

It shares with simkit what a call does to a contact (:func:`simkit.model.play`) and the plan of a
run (who the contacts are, when they enter and are first due). Who is called by whom and when it
works out by itself: it walks from one moment at which anything could change to the next, looks at
every contact, and keeps no queue. Dates are datetime's, hours are looked up day by day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from simkit.calllog import DISPOSITIONS
from simkit.engine.plan import Plan
from simkit.model import Circumstances, Mind, Traits, born, deferred, play
from simkit.policy import RecallPolicy
from simkit.policy.recall import Span
from simkit.scenario import Scenario, Segment, WeekHours

DAY_S = 86_400
HORIZON_DAYS = 800  # nobody looks further ahead in these runs

Row = tuple[int, int, int | None, int, int | None, str, int, int, int, int | None]


@dataclass
class NaiveContact:
    number: int
    account: int
    segment: Segment
    policy: RecallPolicy
    pool: str
    who: Traits
    mind: Mind
    due_s: int
    dialled_s: list[int] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    promised_s: int | None = None
    open: bool = True

    def urgency(self) -> tuple[int, int, int]:
        """Kept callbacks, then warm, then never called, then cold; by due time, then by id."""
        talks = [name for name in self.seen if name != "no_answer"]
        if self.promised_s is not None:
            rank = 0
        elif talks and talks[-1] in ("undecided", "not_now"):
            rank = 1
        elif not self.seen:
            rank = 2
        else:
            rank = 3
        return rank, self.due_s, self.number


class NaiveCentre:
    def __init__(
        self,
        scenario: Scenario,
        policies: Mapping[str, Mapping[str | None, RecallPolicy]],
        agents: int | Mapping[str, int] | None,
        plan: Plan,
    ) -> None:
        self.scenario, self.plan = scenario, plan
        self.end_s = plan.end_s
        self.holidays = set(scenario.calendar.holidays(scenario.start, HORIZON_DAYS))
        self.free_s: dict[str, dict[int, int]] = {}  # pool -> agent -> idle since
        first = 0
        if agents is not None:
            for name, count in (agents if isinstance(agents, Mapping) else {"": agents}).items():
                self.free_s[name] = dict.fromkeys(range(first, first + count), 0)
                first += count
        self.by_arm = isinstance(agents, Mapping)
        self.contacts = [self._contact(number, policies) for number in range(len(plan.cell))]
        self.rows: list[Row] = []

    def _contact(
        self, number: int, policies: Mapping[str, Mapping[str | None, RecallPolicy]]
    ) -> NaiveContact:
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
        return NaiveContact(
            number,
            int(plan.account[number]),
            self.scenario.segments[cell.segment],
            policies[cell.segment][cell.arm],
            str(cell.arm) if self.by_arm else "",
            who,
            born(cell.parameters, plan.key, number, float(plan.entered_s[number])),
            plan.first_due(number),
        )

    # The calendar, day by day.

    def date(self, day: int) -> dt.date:
        return self.scenario.start + dt.timedelta(days=day)

    def windows(self, week: WeekHours, day: int) -> list[tuple[int, int]]:
        date = self.date(day)
        if date in self.holidays:
            return []
        spans = list(week.of_weekday(date.weekday()))
        if week.eve is not None and date + dt.timedelta(days=1) in self.holidays:
            spans = [
                (max(a, c), min(b, d))
                for a, b in spans
                for c, d in week.eve
                if max(a, c) < min(b, d)
            ]
        return [(day * DAY_S + a, day * DAY_S + b) for a, b in spans]

    def is_open(self, moment_s: int, *weeks: WeekHours) -> bool:
        day = moment_s // DAY_S
        return all(any(a <= moment_s < b for a, b in self.windows(week, day)) for week in weeks)

    def next_open(self, moment_s: int, *weeks: WeekHours) -> int:
        """Return the first moment from this one on at which all are open."""
        for day in range(moment_s // DAY_S, HORIZON_DAYS):
            starts = [moment_s] + [a for week in weeks for a, _ in self.windows(week, day)]
            for start in sorted(starts):
                if start >= moment_s and self.is_open(start, *weeks):
                    return start
        return HORIZON_DAYS * DAY_S

    def working_days_on(self, moment_s: int, days: int) -> int:
        """Return the same time of day so many working days later."""
        day = moment_s // DAY_S
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        while days:
            day += 1
            date = self.date(day)
            works = names[date.weekday()] in self.scenario.calendar.working_weekdays
            days -= works and date not in self.holidays
            if day > HORIZON_DAYS:
                return day * DAY_S
        return day * DAY_S + moment_s % DAY_S

    def hours_of(self, contact: NaiveContact) -> list[WeekHours]:
        own = contact.policy.windows
        return [contact.segment.windows] + ([own] if own is not None else [])

    # What follows from a call.

    def next_due(self, contact: NaiveContact) -> int:
        policy, last, now_s = contact.policy, contact.seen[-1], contact.dialled_s[-1]
        missed = 0
        for name in reversed(contact.seen):
            if name != "no_answer":
                break
            missed += 1
        quick = policy.retries_max is None or missed <= policy.retries_max
        rest: Span | None = getattr(policy.rests, last, None)
        if rest is None or (last == "no_answer" and not quick):
            rest = policy.interval
        if rest.working_days is not None:
            due_s = self.working_days_on(now_s, rest.working_days)
        else:
            due_s = now_s + round(rest.days * DAY_S)
        for cap, days in ((policy.caps.per_30_days, 30), (policy.caps.per_year, 365)):
            if cap is not None and len(contact.dialled_s) >= cap:
                due_s = max(due_s, contact.dialled_s[-cap] + days * DAY_S)
        return self.next_open(due_s, *self.hours_of(contact))

    def dial(self, contact: NaiveContact, agent: int | None, now_s: int) -> int:
        plan = self.plan
        cell = plan.cells[plan.cell[contact.number]]
        number_of_call = len(contact.dialled_s) + 1
        window_s = contact.segment.callback_window_min * 60
        kept = contact.promised_s is not None and now_s - contact.promised_s <= window_s
        profile = contact.segment.reach_profile_logit
        outcome, contact.mind = play(
            cell.parameters,
            plan.key,
            contact.who,
            contact.mind,
            Circumstances(
                number_of_call,
                float(now_s),
                profile[self.date(now_s // DAY_S).weekday()][now_s % DAY_S // 3600],
                0.0 if agent is None else float(plan.skill_logit[agent]),
                kept,
                contact.policy.push,
            ),
        )
        name = tuple(DISPOSITIONS)[outcome.disposition]
        contact.promised_s = None
        if name == "callback_requested":
            same_time_s = self.working_days_on(now_s, outcome.named_days)
            contact.promised_s = self.next_open(same_time_s, contact.segment.windows)
            contact.mind = deferred(contact.mind, float(contact.promised_s))
        times = (outcome.ring_s, outcome.talk_s, outcome.wrap_s)
        self.rows.append(
            (
                contact.number,
                number_of_call,
                contact.due_s,
                now_s,
                agent,
                name,
                *times,
                contact.promised_s,
            )
        )
        contact.dialled_s.append(now_s)
        contact.seen.append(name)
        self.follow_up(contact, name, outcome.account_opts_out, now_s)
        return sum(times)

    def follow_up(self, contact: NaiveContact, name: str, account: bool, now_s: int) -> None:
        policy, seen = contact.policy, contact.seen
        if (
            name in ("sale", "opt_out", "complaint")
            or seen.count("bad_number") >= policy.bad_number_attempts
            or (policy.refusals_max is not None and seen.count("refused") >= policy.refusals_max)
            or (policy.caps.total is not None and len(seen) >= policy.caps.total)
        ):
            contact.open = False
        elif contact.promised_s is not None:
            contact.due_s = self.next_open(contact.promised_s, *self.hours_of(contact))
        else:
            contact.due_s = self.next_due(contact)
        if name in ("opt_out", "complaint") and account:
            for other in self.contacts:
                if other.account == contact.account and other.open:
                    other.open = False
                    number = len(other.dialled_s) + 1
                    self.rows.append(
                        (other.number, number, None, now_s, None, "suppressed", 0, 0, 0, None)
                    )

    # The clock.

    def run(self) -> list[Row]:
        now_s = 0
        while now_s < self.end_s:
            self.serve(now_s)
            now_s = self.next_moment(now_s)
        return self.rows

    def serve(self, now_s: int) -> None:
        on_shift = self.is_open(now_s, self.scenario.staff.shifts)
        while True:
            waiting = [
                contact
                for contact in self.contacts
                if contact.open
                and contact.due_s <= now_s
                and self.is_open(now_s, *self.hours_of(contact))
                and (not self.free_s or (on_shift and self.idle(contact.pool, now_s)))
            ]
            if not waiting:
                return
            contact = min(waiting, key=NaiveContact.urgency)
            if not self.free_s:
                self.dial(contact, None, now_s)
            else:
                _, agent = min(self.idle(contact.pool, now_s))
                busy_s = self.dial(contact, agent, now_s)
                self.free_s[contact.pool][agent] = now_s + busy_s

    def idle(self, pool: str, now_s: int) -> list[tuple[int, int]]:
        return [(since, agent) for agent, since in self.free_s[pool].items() if since <= now_s]

    def next_moment(self, now_s: int) -> int:
        """Return the next moment at which an agent, a contact or a door changes."""
        moments = [self.end_s]
        moments += [since for pool in self.free_s.values() for since in pool.values()]
        moments += [contact.due_s for contact in self.contacts if contact.open]
        weeks = [self.scenario.staff.shifts]
        weeks += [week for contact in self.contacts for week in self.hours_of(contact)]
        for week in {id(week): week for week in weeks}.values():
            for day in (now_s // DAY_S, now_s // DAY_S + 1):
                moments += [start for start, _ in self.windows(week, day)]
            moments.append((now_s // DAY_S + 1) * DAY_S)
        return min(moment for moment in moments if moment > now_s)
