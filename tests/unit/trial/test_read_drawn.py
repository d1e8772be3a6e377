"""Dials of contacts drawn at random are those of the log, however its contacts are named."""

import numpy as np
import pandas as pd
import pytest
from made_trial import made

from simkit.calllog import CallLog
from simkit.calllog.stored import open_call_log
from simkit.measures.reduction import US_PER_DAY, civil_us
from simkit.trial.read.drawn import DrawnCalls
from simkit.trial.read.trial import read_trial

HORIZON_DAYS = 40.0
IDS = {
    "from 0 on": lambda number: number,
    "with gaps, in no order": lambda number: 7_000 - 3 * number,
    "far apart": lambda number: number * 10**9,
    "texts": lambda number: [f"c{one}" for one in number],
}


def named(how: str) -> CallLog:
    tables = made()
    rename = dict(zip(range(800), IDS[how](np.arange(800)), strict=True))
    for table in (tables.contacts, tables.attempts):
        table["contact_id"] = table["contact_id"].map(rename)
    tables.contacts.loc[::10, "arm"] = None
    return tables.log()


def read(log: CallLog, folder: object) -> DrawnCalls:
    stored = open_call_log(log.write(folder))
    return read_trial(stored, control="7 days", outcomes=["sale"], horizon_days=HORIZON_DAYS).drawn


@pytest.mark.parametrize("lot", [1 << 21, 250])
@pytest.mark.parametrize("how", IDS)
def test_dials_drawn_are_those_in_the_horizon_of_contacts_with_an_arm(
    tmp_path, monkeypatch, how, lot
):
    monkeypatch.setattr("simkit.trial.read.lots.LOT", lot)
    log = named(how)
    drawn = read(log, tmp_path / "log")
    assert len(drawn) == drawn.assigned == 720
    zone = log.header.timezone
    contacts = log.contacts[log.contacts["arm"].notna()].reset_index(drop=True)
    calls = log.attempts.merge(
        contacts.reset_index(names="place")[["contact_id", "place", "entered_at"]], on="contact_id"
    )
    dialled, entered = (civil_us(calls[name], zone) for name in ("dialled_at", "entered_at"))
    within = dialled - entered < HORIZON_DAYS * US_PER_DAY
    expected = {"place": calls["place"], "attempt_no": calls["attempt_no"], "dialled_us": dialled}
    order = ["place", "attempt_no"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(drawn.dials())[list(expected)].sort_values(order, ignore_index=True),
        pd.DataFrame(expected)[within].sort_values(order, ignore_index=True),
        check_dtype=False,
    )


@pytest.mark.parametrize("how", IDS)
def test_as_many_are_drawn_as_were_wanted_and_all_dials_of_each(tmp_path, monkeypatch, how):
    log = named(how)
    every = pd.DataFrame(read(log, tmp_path / "every").dials())
    monkeypatch.setattr("simkit.trial.read.drawn.DRAWN", 240)
    drawn = read(log, tmp_path / "drawn")
    # Four standard errors of a binomial of 720 and 1/3: 12.6.
    assert abs(len(drawn) - 240) < 51
    found = pd.DataFrame(drawn.dials())
    lives, all_lives = (
        set(dials.groupby("place")["dialled_us"].agg(tuple)) for dials in (found, every)
    )
    assert lives <= all_lives
