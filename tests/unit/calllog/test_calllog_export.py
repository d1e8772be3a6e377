"""A log written by a mapping of one's own comes back through it."""

import pytest
from pandas.testing import assert_frame_equal

from simkit.calllog.adapters import export_contacts, export_log, import_log

EVERY_COLUMN = """
contact_id = "Customer"
dialled_at = "When"
disposition = "Result"
due_at = "Due"
agent_id = "Who"
channel = "How"
pushed = "Push"
ring_s = "Ring"
talk_s = "Talk"
wrap_s = "Wrap"
callback_at = "Next"
cancelled_at = "Undone"
value = "Worth"
{settings}
[dispositions]
nobody = "no_answer"
"asked, later" = "callback_requested"
dropped = "abandoned"
bought = "sale"
stop = "opt_out"
"""


@pytest.mark.parametrize("ids", ["int", "str"])
@pytest.mark.parametrize(
    "settings",
    [
        "",
        'delimiter = ";"\ndecimal = ","\nduration_unit = "min"\ntime_format = "%d.%m.%Y %H:%M:%S"',
        'delimiter = "\\t"\nduration_unit = "hh:mm:ss"\ntimezone = "Europe/Rome"',
        'duration_unit = "ms"\nvalue_unit = "cents"\ntime_format = "%Y%m%d %H%M%S %z"',
        'delimiter = "|"\nquoting = false\nencoding = "utf-16"',
    ],
)
def test_nothing_is_lost_where_every_column_has_a_place(build_log, tmp_path, ids, settings):
    log = build_log(ids)
    mapping = tmp_path / "all.toml"
    mapping.write_text(EVERY_COLUMN.format(settings=settings))
    assert export_log(log, tmp_path / "calls.csv", mapping).empty
    contacts = export_contacts(log, tmp_path / "contacts.csv")
    again = import_log(tmp_path / "calls.csv", mapping, contacts=contacts)
    assert_frame_equal(again.attempts, log.attempts)


def test_an_interrupted_export_leaves_nothing(small_log, tmp_path, monkeypatch):
    mapping = tmp_path / "all.toml"
    mapping.write_text(EVERY_COLUMN.format(settings=""))

    def fail(frame, path, **how):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr("pandas.DataFrame.to_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        export_log(small_log, tmp_path / "calls.csv", mapping)
    with pytest.raises(OSError, match="disk full"):
        export_contacts(small_log, tmp_path / "contacts.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["all.toml"]
