from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_trial import made

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, CONTACTS, conform
from simkit.scenario import Economics

START = pd.Timestamp("2026-01-12")  # a Monday, 10 weeks before summer time
TIMEZONE = "Europe/Rome"


def at(day: float) -> pd.Timestamp:
    naive = START + pd.Timedelta(seconds=round(day * 86_400))
    return naive.tz_localize(TIMEZONE)


def build(
    contacts: Sequence[dict[str, Any]], calls: Sequence[dict[str, Any]], **header: Any
) -> CallLog:
    """A log from contacts and calls; times are days after the start."""
    usual = {"segment": "b2c", "arm": None, "entered_at": 0, "observed_until": 60}
    people = pd.DataFrame([usual | {"account_id": row["contact_id"]} | row for row in contacts])
    people["entered_at"] = [at(day) for day in people["entered_at"]]
    people["observed_until"] = [at(day) for day in people["observed_until"]]
    names = [column.name for column in ATTEMPTS]
    dials = pd.DataFrame(
        [dict.fromkeys(names) | {"channel": "phone"} | row for row in calls], columns=names
    )
    if len(dials):
        dials["dialled_at"] = [at(day) for day in dials["dialled_at"]]
        dials = dials.sort_values("dialled_at", kind="stable").reset_index(drop=True)
        dials["attempt_no"] = dials.groupby("contact_id").cumcount() + 1
    settings: dict[str, Any] = {"source": "field", "start": START, "timezone": TIMEZONE}
    return CallLog(
        Header(**settings | header),
        conform(people, CONTACTS, TIMEZONE),
        conform(dials, ATTEMPTS, TIMEZONE),
    ).validate()


@pytest.fixture(name="call_log")
def call_log_() -> Callable[..., CallLog]:
    return build


@pytest.fixture
def trial_log() -> CallLog:
    """Two arms of 120 contacts in 60 accounts: weekly calls sell to 1 in 4, fortnightly to 1 in 6.

    Each contact is called on its arm's days until it buys, at most 6 times weekly or 3 times
    fortnightly, by one of the arm's four agents; one contact in each arm is never called. So there
    are 30 sales in 594 dials against 20 in 317: more per contact, fewer per dial.
    """
    people, calls = [], []
    for number in range(240):
        arm, gap, every = ("7 days", 7, 4) if (number // 2) % 2 else ("14 days", 14, 6)
        place = number // 4 * 2 + number % 2  # 0..119 inside the arm
        people.append({"contact_id": number, "account_id": number // 2, "arm": arm})
        if place == 119:
            continue
        buys_at = 1 + place % 3 if place % every == 0 else 7
        for attempt in range(1, min(buys_at, 3 if gap == 14 else 6) + 1):
            calls.append(
                {
                    "contact_id": number,
                    "dialled_at": (attempt - 1) * gap + 0.4,
                    "agent_id": number // 4 % 4 + (1 if gap == 7 else 5),
                    "disposition": "sale" if attempt == buys_at else "no_answer",
                    "ring_s": 20,
                    "talk_s": 0,
                    "wrap_s": 0,
                }
            )
    return build(people, calls)


@pytest.fixture(scope="session")
def flawless() -> CallLog:
    """A trial in which every check holds; not to be changed."""
    return made().log()


@pytest.fixture
def prices() -> dict[str, Economics]:
    return {
        "b2c": Economics(
            sale_value_eur=100.0,
            dial_eur=0.5,
            agent_eur_per_hour=36.0,
            complaint_eur=20.0,
            contact_value_eur_per_year=36.5,
            valuation_days=400.0,
            worthwhile_eur=3.65,  # a cent a day
            optout_margin_prob=0.02,
        )
    }


@pytest.fixture
def contacts_table() -> Callable[..., pd.DataFrame]:
    """A table of contacts: ``sizes`` gives each arm's number, ``shares`` its exact share of sales.

    The arm's first round(share · n) contacts buy; nothing is random.
    """

    def table(sizes: dict[str, int], shares: dict[str, float]) -> pd.DataFrame:
        parts = []
        for arm, size in sizes.items():
            sale = (np.arange(size) < round(shares[arm] * size)).astype(int)
            parts.append(pd.DataFrame({"arm": arm, "sale": sale}))
        return pd.concat(parts, ignore_index=True)

    return table
