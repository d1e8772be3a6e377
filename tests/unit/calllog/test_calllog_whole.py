"""A file appears whole or not at all."""

import pytest

from simkit.calllog.whole import whole_file


def test_a_file_appears_when_it_is_done(tmp_path):
    path = tmp_path / "new" / "table.csv"
    with whole_file(path) as fresh:
        fresh.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert [each.name for each in path.parent.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_after_an_interruption_the_old_file_stands_alone(tmp_path, interruption):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_half():
        with whole_file(path) as fresh:
            fresh.write_text("half of")
            raise interruption

    with pytest.raises(interruption):
        write_half()
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]
