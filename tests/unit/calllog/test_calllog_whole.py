"""A file appears whole or not at all, and so do several files of a folder."""

import pytest

from simkit.calllog.whole import whole_file, whole_files


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


def test_files_appear_together_beside_what_is_there(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "b.csv").write_text("old")
    with whole_files(tmp_path) as room:
        (room / "a.csv").write_text("a")
        (room / "b.csv").write_text("b")
        assert (tmp_path / "b.csv").read_text() == "old"
    found = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert found == {"a.csv": "a", "b.csv": "b", "mine.txt": "mine"}


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("there", [True, False])
def test_after_an_interruption_no_file_of_several_is_there(tmp_path, interruption, there):
    folder = tmp_path / "out"
    if there:
        folder.mkdir()
        (folder / "a.csv").write_text("old")

    def write_half():
        with whole_files(folder) as room:
            (room / "a.csv").write_text("new")
            raise interruption

    with pytest.raises(interruption):
        write_half()
    assert folder.exists() == there
    assert [each.read_text() for each in folder.glob("*")] == ["old"] * there


def test_a_folder_in_the_place_of_one_file_keeps_the_others_away(tmp_path):
    (tmp_path / "b.csv").mkdir()

    def write():
        with whole_files(tmp_path) as room:
            (room / "a.csv").write_text("a")
            (room / "b.csv").write_text("b")

    with pytest.raises(IsADirectoryError, match="a folder stands where a file belongs"):
        write()
    assert [each.name for each in tmp_path.iterdir()] == ["b.csv"]
