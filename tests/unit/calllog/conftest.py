"""Small call logs whose every row can be checked by eye."""

from collections.abc import Callable

import pandas as pd
import pytest
from crm_export import EXPORT, MAPPING

from simkit.calllog import CallLog, Header
from simkit.calllog.schema import ATTEMPTS, CONTACTS, conform, contact_columns

ZONE = "Europe/Rome"

# Contact 4 is never dialled; contact 1 buys and cancels; contact 2 names a date, is called then
# (the clock was put forward on 31 March) and opts out; nobody was free to talk to contact 3.
CALLS = """
contact no due              dialled          agent disposition        pushed ring talk wrap
1       1  2024-03-05T09:00 2024-03-05T09:10 7     no_answer          -      25   -    -
2       1  2024-03-05T09:00 2024-03-05T09:12 8     callback_requested no     8    60   30
3       1  -                2024-03-06T10:00 -     abandoned          -      -    -    -
1       2  2024-03-12T09:10 2024-03-12T09:10 7     sale               yes    5    300  60
2       2  2024-04-02T10:00 2024-04-02T10:05 8     opt_out            no     6    45   30
"""


def times(texts: list[str | None]) -> pd.Series:
    return pd.to_datetime(pd.Series(texts), format="ISO8601").dt.as_unit("us").dt.tz_localize(ZONE)


@pytest.fixture
def build_log() -> Callable[..., CallLog]:
    """Return a function that builds the small log, with whole numbers or texts as ids."""

    def build(ids: str = "int") -> CallLog:
        def named(numbers: list[int | None], letter: str) -> pd.Series:
            if ids == "int":
                return pd.Series(numbers, dtype="Int64")
            return pd.Series([n and f"{letter}{n:03d}" for n in numbers], dtype="str")

        contacts = pd.DataFrame(
            {
                "contact_id": named([1, 2, 3, 4], "C"),
                "account_id": named([10, 10, 11, 12], "A"),
                "segment": ["b2b", "b2b", "b2c", "b2c"],
                "arm": ["weekly", "weekly", "monthly", None],
                "entered_at": times(["2024-03-04"] * 4),
                "observed_until": times(["2024-06-03"] * 4),
                "region": ["north", None, "south, west", 'the "rest"'],
                "size": [1.5, 0.1, None, 1e300],
                "known_since": times(["2020-10-25T01:30", None, "2021-01-01", None]),
                "vip": [True, False, False, True],
            }
        )
        head, *rows = (line.split() for line in CALLS.split("\n") if line)
        cells = {
            name: [None if row[place] == "-" else row[place] for row in rows]
            for place, name in enumerate(head)
        }

        def numbers(name: str, dtype: str) -> pd.Series:
            return pd.Series([each and int(each) for each in cells[name]], dtype=dtype)

        attempts = pd.DataFrame(
            {
                "contact_id": named([int(each) for each in cells["contact"]], "C"),
                "attempt_no": numbers("no", "int32"),
                "due_at": times(cells["due"]),
                "dialled_at": times(cells["dialled"]),
                "agent_id": named([each and int(each) for each in cells["agent"]], "G"),
                "channel": "phone",
                "disposition": cells["disposition"],
                "pushed": pd.Series(
                    [each and each == "yes" for each in cells["pushed"]], dtype="boolean"
                ),
                "ring_s": numbers("ring", "Int32"),
                "talk_s": numbers("talk", "Int32"),
                "wrap_s": numbers("wrap", "Int32"),
                "callback_at": times([None, "2024-04-02T10:00", None, None, None]),
                "cancelled_at": times([None, None, None, "2024-03-20T12:00", None]),
                "value_cents": pd.Series([None, None, None, 19_900, None], dtype="Int64"),
            }
        )
        header = Header(
            source="simulated",
            start=pd.Timestamp("2024-03-04"),
            timezone=ZONE,
            scenario={"name": "small", "sha256": "0"},
            policy={"b2b": {"weekly": {"days": 7}}},
            seed=1,
            replication=0,
            withdrawal_days={"b2b": 0.0, "b2c": 14.0},
            notes=("made by hand: “è così”",),
        )
        truth = pd.DataFrame(
            {
                "contact_id": contacts["contact_id"],
                "buying_offset": [0.1, -0.2, 1 / 3, None],
                "initial_state": ["idle", "deciding", "idle", "ready"],
            }
        )
        return CallLog(
            header,
            conform(contacts, CONTACTS, ZONE),
            conform(attempts, ATTEMPTS, ZONE),
            conform(truth, CONTACTS[:1], ZONE),
            pd.DataFrame({"reason": ["blank row"], "rows": [2]}),
        )

    return build


@pytest.fixture
def small_log(build_log: Callable[..., CallLog]) -> CallLog:
    """Return the small log with whole numbers as ids."""
    return build_log()


@pytest.fixture
def counts_log() -> CallLog:
    """Return a log of final counts."""
    contacts = pd.DataFrame(
        {
            "contact_id": [1, 2, 3],
            "account_id": [1, 2, 3],
            "segment": "all",
            "arm": None,
            "entered_at": times(["2024-03-04"] * 3),
            "observed_until": times(["2024-03-05"] * 3),
            "attempts_count": [1, 5, 0],
            "final_disposition": ["sale", None, None],
            "period": "2024-03",
        }
    )
    header = Header("field", pd.Timestamp("2024-03-04"), ZONE, detail="counts")
    return CallLog(header, conform(contacts, contact_columns("counts"), ZONE), None)


@pytest.fixture
def files(tmp_path):
    """Return a function that writes the three files, with changes, and gives their paths."""

    def write(export=EXPORT, mapping=MAPPING, contacts=None, encoding="utf-8"):
        paths = {"path": tmp_path / "calls.csv", "mapping": tmp_path / "crm.toml"}
        paths["path"].write_text(export, encoding=encoding)
        paths["mapping"].write_text(mapping, encoding="utf-8")
        if contacts is not None:
            paths["contacts"] = tmp_path / "contacts.csv"
            paths["contacts"].write_text(contacts, encoding="utf-8")
        return paths

    return write
