"""A trial of 800 contacts without a flaw, made without the engine; tests spoil one thing each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, CONTACTS, conform
from simkit.policy import RecallPolicy

START = pd.Timestamp("2026-01-12")  # a Monday; clocks go forward on 29 March, day 76
TIMEZONE = "Europe/Rome"
DAYS = 112
ARMS = {"7 days": 7, "14 days": 14}
POLICIES = {"b2c": {arm: RecallPolicy.every(days=days) for arm, days in ARMS.items()}}
ENTRY_DAYS = 14


@dataclass
class Tables:
    """Contacts and attempts with naive local times."""

    contacts: pd.DataFrame
    attempts: pd.DataFrame

    def log(self) -> CallLog:
        """The log: in time order, numbered, valid."""
        dials = self.attempts.sort_values("dialled_at", kind="stable").reset_index(drop=True)
        dials["attempt_no"] = dials.groupby("contact_id").cumcount() + 1
        contacts = self.contacts.copy()
        for table, names in (
            (contacts, ("entered_at", "observed_until")),
            (dials, ("due_at", "dialled_at", "callback_at")),
        ):
            for name in names:
                table[name] = (
                    table[name]
                    .astype("datetime64[us]")
                    .dt.tz_localize(TIMEZONE, ambiguous=True, nonexistent="shift_forward")
                )
        header = Header(source="field", start=START, timezone=TIMEZONE)
        tables = conform(contacts, CONTACTS, TIMEZONE), conform(dials, ATTEMPTS, TIMEZONE)
        return CallLog(header, *tables).validate()

    def of(self, arm: str) -> np.ndarray:
        """Which attempts are an arm's."""
        arms = self.contacts.set_index("contact_id")["arm"]
        return (self.attempts["contact_id"].map(arms) == arm).to_numpy()


def made(seed: int = 1, *, contacts: int = 800) -> Tables:
    """Two arms called on Mondays to Fridays from 9 to 18, four agents each, called to the end."""
    random = np.random.default_rng(seed)
    number = np.arange(contacts)
    entered = random.integers(0, ENTRY_DAYS, contacts)
    people = pd.DataFrame(
        {
            "contact_id": number,
            "account_id": number,
            "segment": "b2c",
            "arm": random.permutation(np.array(list(ARMS))[number % 2]),
            "entered_at": START + pd.to_timedelta(entered, unit="D"),
            "observed_until": START + pd.Timedelta(days=DAYS),
            "phone": [
                f"+39 02 {value:07d}"
                for value in random.choice(10_000_000, contacts, replace=False)
            ],
        }
    )
    interval = people["arm"].map(ARMS).to_numpy()
    first = entered + (random.random(contacts) * interval).astype(int)
    days, ids = [], []
    now = first
    while (now < DAYS).any():
        weekday = now % 7
        now = now + np.where(weekday >= 5, 7 - weekday, 0)  # weekends roll to Monday
        days.append(now[now < DAYS])
        ids.append(number[now < DAYS])
        now = now + interval
    day, who = np.concatenate(days), np.concatenate(ids)
    second = random.integers(9 * 3600, 18 * 3600, len(day))
    dialled = START + pd.to_timedelta(day * 86_400 + second, unit="s")
    live = random.random(len(day)) < 0.2
    team = (people["arm"].to_numpy() == "14 days")[who]
    calls = pd.DataFrame(
        {
            "contact_id": who,
            "due_at": dialled,
            "dialled_at": dialled,
            "agent_id": random.integers(0, 4, len(day)) + 4 * team,
            "channel": "phone",
            "disposition": np.where(live, "refused", "no_answer"),
            "pushed": pd.NA,
            "ring_s": 20,
            "talk_s": np.where(live, 60, 0),
            "wrap_s": 5,
            "callback_at": pd.NaT,
            "cancelled_at": pd.NaT,
            "value_cents": pd.NA,
        }
    )
    return Tables(people, calls)


def spoilt(change: Callable[[Tables], None], seed: int = 1) -> CallLog:
    """The log after one thing has been spoilt."""
    tables = made(seed)
    change(tables)
    return tables.log()
