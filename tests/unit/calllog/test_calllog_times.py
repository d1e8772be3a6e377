"""Local times as text: offsets, the two changes of the clock, mixed zones."""

import pandas as pd
import pytest

from simkit.calllog.times import format_times, midnights, parse_times

ZONE = "Europe/Rome"


def parsed(texts, time_format=None, **how):
    return parse_times(pd.Series(texts, dtype="str"), ZONE, time_format, **how)


def rules(times):
    return {rule: rows.nonzero()[0].tolist() for rule, rows in times.broken.items()}


@pytest.mark.parametrize(
    ("text", "time_format", "utc"),
    [
        ("2024-01-15", None, "2024-01-14 23:00"),
        ("2024-01-15 09:30", None, "2024-01-15 08:30"),
        ("2024-07-15T09:30:05", None, "2024-07-15 07:30:05"),
        ("2024-07-15T09:30:05.25", None, "2024-07-15 07:30:05.25"),
        ("2024-07-15T09:30:05+02:00", None, "2024-07-15 07:30:05"),
        ("2024-07-15 09:30:05 +0200", None, "2024-07-15 07:30:05"),
        ("15/07/2024 09:30", "%d/%m/%Y %H:%M", "2024-07-15 07:30"),
        ("09:30 15-07-2024", "%H:%M %d-%m-%Y", "2024-07-15 07:30"),
        ("15.07.2024 09:30 +0200", "%d.%m.%Y %H:%M %z", "2024-07-15 07:30"),
        ("Thu, 27 Oct 2016 14:51:34", "%a, %d %b %Y %H:%M:%S", "2016-10-27 12:51:34"),
    ],
)
def test_a_time_is_read(text, time_format, utc):
    """Rome is one hour ahead of UTC in winter, two in summer."""
    times = parsed([text, None], time_format)
    assert times.broken == {}
    assert str(times.values.dtype) == "datetime64[us, Europe/Rome]"
    assert times.values[0] == pd.Timestamp(utc, tz="UTC")
    assert pd.isna(times.values[1])


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("soon", None),
        ("2024", None),
        ("20240115", None),
        ("2024-13-01", None),
        ("2024-02-30", None),
        ("0000-00-00 00:00:00", None),
        ("2024-01-15 09:30", "%d/%m/%Y %H:%M"),
        ("31/31/2024 10:00", "%d/%m/%Y %H:%M"),
        ("15.07.2024 09:30", "%d.%m.%Y %H:%M %z"),
    ],
)
def test_what_is_no_time_is_broken(text, time_format):
    times = parsed(["2024-01-15 09:30" if time_format is None else None, text], time_format)
    (rule,) = rules(times)
    assert rule.startswith("must be a time")
    assert rules(times)[rule] == [1]
    assert pd.isna(times.values[1])


def test_a_time_that_the_clock_skipped_in_spring():
    times = parsed(["2024-03-31 01:59", "2024-03-31 02:30", "2024-03-31 03:00"])
    assert rules(times) == {
        "must be a time that the clock showed in Europe/Rome (skipped in spring)": [1]
    }


def test_a_time_that_the_clock_showed_twice_is_the_first_and_counted():
    times = parsed(["2024-10-27 01:59", "2024-10-27 02:30", "2024-10-27 03:00"])
    assert times.broken == {}
    assert times.repeated == 1
    assert times.values[1] == pd.Timestamp("2024-10-27 00:30", tz="UTC")


def test_an_offset_tells_the_two_apart():
    times = parsed(["2024-10-27 02:30+02:00", "2024-10-27 02:30+01:00"])
    assert times.repeated == 0
    assert times.values.diff()[1] == pd.Timedelta(hours=1)


def test_an_offset_of_another_zone():
    times = parsed(["2024-01-15 09:30+01:00", "2024-01-15 09:30Z", "2024-01-15 09:30-05:00"])
    (rule,) = rules(times)
    assert "must have the offset of Europe/Rome at that time: time zones are mixed" in rule
    assert rules(times)[rule] == [1, 2]


def test_times_with_and_without_an_offset():
    times = parsed(["2024-01-15 09:30", "2024-01-15 09:30+01:00", "2024-01-15 10:30+01:00"])
    rule = "must have an offset in every row or in none: time zones are mixed"
    assert rules(times) == {rule: [0]}


def test_an_offset_may_be_required():
    times = parsed(["2024-01-15 09:30", "2024-01-15 09:30+01:00"], offset_required=True)
    rule = "must have its time zone's offset, as 2024-03-01T09:30:00+01:00"
    assert rules(times) == {rule: [0]}


def test_an_empty_column():
    assert len(parsed([]).values) == 0
    assert parsed([None, None]).values.isna().all()


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/St_Johns", "Asia/Kolkata", "UTC"])
def test_what_is_written_is_read_again(zone):
    """Every hour of a year, both changes of the clock included, and a null."""
    hours = pd.Series(pd.date_range("2024-01-01", "2025-01-01", freq="h", tz="UTC", unit="us"))
    times = hours.dt.tz_convert(zone)
    times[0] = pd.NaT
    again = parse_times(format_times(times), zone)
    assert again.broken == {}
    pd.testing.assert_series_equal(again.values, times, check_names=False)


def test_a_day_without_midnight_starts_later():
    """In Santiago the clock goes from 23:59:59 on 7 September 2024 to 01:00, at 04:00 UTC."""
    days = pd.Series(pd.to_datetime(["2024-09-08 15:00"])).dt.as_unit("us")
    assert midnights(days, "America/Santiago")[0] == pd.Timestamp("2024-09-08 04:00", tz="UTC")


@pytest.mark.parametrize(
    ("text", "time_format", "utc"),
    [
        ("15/07/2024", "%d/%m/%Y %H:%M", "2024-07-14 22:00"),
        ("15/07/2024 09:30", "%d/%m/%Y %H:%M", "2024-07-15 07:30"),
        ("15-07-2024", "%H:%M %d-%m-%Y", "2024-07-14 22:00"),
        ("15-07-2024", "%d-%m-%Y %H:%M %z", "2024-07-14 22:00"),
    ],
)
def test_a_date_alone_is_its_midnight_where_it_may_be(text, time_format, utc):
    """Rome is two hours ahead of UTC in July."""
    times = parsed([text], time_format, date_alone=True)
    assert times.broken == {}
    assert times.values[0] == pd.Timestamp(utc, tz="UTC")


def test_a_date_inside_which_the_clock_stands_is_never_alone():
    assert rules(parsed(["15 07"], "%d %H:%M %m", date_alone=True))
