from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, CONTACTS, conform
from simkit.scenario import Economics

START = pd.Timestamp("2026-03-02")  # a Monday; summer time begins on day 27, 29 March
TIMEZONE = "Europe/Rome"


def at(day: float) -> pd.Timestamp:
    """Local civil time, days after the start."""
    naive = START + pd.Timedelta(seconds=round(day * 86_400))
    return naive.tz_localize(TIMEZONE)


def build(
    contacts: dict[Any, dict[str, Any]],
    calls: list[tuple[Any, float, str] | tuple[Any, float, str, dict[str, Any]]],
    truth: pd.DataFrame | None = None,
    **header: Any,
) -> CallLog:
    """A log from contacts by id and calls (contact, day, disposition, further columns)."""
    timed = ("entered_at", "observed_until", "due_at", "callback_at", "cancelled_at")

    def row(values: dict[str, Any]) -> dict[str, Any]:
        return {name: at(v) if name in timed else v for name, v in values.items()}

    people = [
        {"contact_id": key, "account_id": key, "segment": "b2c", "arm": None}
        | row({"entered_at": 0, "observed_until": 100} | more)
        for key, more in contacts.items()
    ]
    dials = [
        dict.fromkeys(column.name for column in ATTEMPTS)
        | {"contact_id": key, "dialled_at": at(day), "channel": "phone", "disposition": end}
        | row(more[0] if more else {})
        for key, day, end, *more in calls
    ]
    attempts = pd.DataFrame(dials, columns=[column.name for column in ATTEMPTS])
    attempts["attempt_no"] = attempts.groupby("contact_id").cumcount() + 1
    return CallLog(
        Header(**{"source": "field", "start": START, "timezone": TIMEZONE} | header),
        conform(pd.DataFrame(people), CONTACTS, TIMEZONE),
        conform(attempts, ATTEMPTS, TIMEZONE),
        truth,
    )


@pytest.fixture(name="call_log")
def call_log_() -> Callable[..., CallLog]:
    return build


@pytest.fixture
def prices() -> Economics:
    """Round prices, so that a person can add them up."""
    return Economics(
        sale_value_eur=100.0,
        dial_eur=0.5,
        agent_eur_per_hour=36.0,  # a cent a second
        complaint_eur=20.0,
        contact_value_eur_per_year=36.5,  # ten cents a day
        valuation_days=130.0,
        worthwhile_eur=1.0,
        optout_margin_prob=0.01,
    )
