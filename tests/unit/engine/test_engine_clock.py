"""From seconds of the civil clock to timestamps: daylight saving, missing values, other zones."""

import numpy as np
import pandas as pd
import pytest

from simkit.engine.record import NONE, to_timestamps

DAY_S, HOUR_S = 86_400, 3_600


def at(day: int, hour: float) -> int:
    return day * DAY_S + int(hour * HOUR_S)


def test_a_skipped_hour_moves_to_its_end_and_a_double_one_is_the_earlier() -> None:
    # Rome, 2026: clocks go from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October.
    start = pd.Timestamp("2026-03-28")
    october = (pd.Timestamp("2026-10-25") - start).days
    seconds = np.array([at(1, 1.5), at(1, 2.25), at(1, 3), NONE, at(october, 2.5), at(october, 3)])
    times = to_timestamps(start, "Europe/Rome", seconds)
    assert [None if pd.isna(time) else time.isoformat() for time in times] == [
        "2026-03-29T01:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T03:00:00+02:00",
        None,
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T03:00:00+01:00",
    ]


@pytest.mark.parametrize(
    "zone", ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
)
def test_a_year_of_seconds_agrees_with_pandas(zone) -> None:
    # pandas looks up each value by itself; Lord Howe's clocks move by half an hour.
    start = pd.Timestamp("2026-01-05")
    seconds = np.random.default_rng(1).integers(0, 400 * DAY_S, 20_000)
    seconds[::7] = NONE
    civil = pd.Series(
        start.to_datetime64().astype("M8[us]") + seconds * np.timedelta64(10**6, "us")
    )
    expected = civil.where(seconds != NONE).dt.tz_localize(
        zone, nonexistent="shift_forward", ambiguous=np.ones(len(civil), dtype=bool)
    )
    pd.testing.assert_series_equal(to_timestamps(start, zone, seconds), expected)


def test_nothing_known_and_nothing_at_all() -> None:
    start = pd.Timestamp("2026-01-05")
    unknown = to_timestamps(start, "Europe/Rome", np.array([NONE, NONE]))
    assert unknown.isna().all()
    assert str(unknown.dtype) == "datetime64[us, Europe/Rome]"
    assert len(to_timestamps(start, "Europe/Rome", np.array([], dtype=np.int64))) == 0
