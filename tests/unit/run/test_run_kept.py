"""Kept results: found again, whole, never those of other code; what is kept is not redone."""

import json

import numpy as np
import pytest

from simkit.errors import InputError
from simkit.run import replicate
from simkit.run.kept import ROOM, KeptResults

ABOUT = {"seed": 1, "interval": "every 7 days", "agents": None}
VALUES = np.array([[0.1, np.nan], [1 / 3, -2e-300]])


class Squares:
    """Keeps the squares of numbers."""

    def __init__(self, folder):
        self.results = KeptResults(folder)

    def find(self, task):
        return self.results.find({"number": task}, (1,))

    def keep(self, task, result):
        self.results.keep({"number": task}, result)


def file_of(folder):
    (path,) = (folder / ROOM).rglob("*.json")
    return path


def test_a_result_is_found_again_to_the_last_bit(tmp_path):
    KeptResults(tmp_path).keep(ABOUT, VALUES)
    again = KeptResults(tmp_path)
    np.testing.assert_array_equal(again.find(ABOUT, VALUES.shape), VALUES)
    assert again.find(ABOUT | {"seed": 2}, VALUES.shape) is None
    assert (
        again.find(dict(reversed(ABOUT.items())), VALUES.shape) is not None
    )  # the order says nothing
    # The file says what it is about, for a person who looks.
    assert json.loads(file_of(tmp_path).read_text())["about"] == ABOUT


def test_results_of_other_code_are_not_found(tmp_path, monkeypatch):
    KeptResults(tmp_path).keep(ABOUT, VALUES)
    monkeypatch.setattr("simkit.run.kept.run_identity", lambda: "edited")
    assert KeptResults(tmp_path).find(ABOUT, VALUES.shape) is None


def test_files_that_were_edited_since_they_were_read_keep_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("simkit.run.code._hash_of_files", lambda: "edited")
    with pytest.raises(InputError, match="restart the kernel"):
        KeptResults(tmp_path)


@pytest.mark.parametrize(
    "damage",
    ["cut", "changed", "no JSON at all", "of another kind", "no text at all", "of another shape"],
)
def test_a_damaged_file_is_said_and_not_used(tmp_path, damage):
    kept = KeptResults(tmp_path)
    kept.keep(ABOUT, VALUES)
    path = file_of(tmp_path)
    text = path.read_bytes()
    other = KeptResults(tmp_path / "other")
    other.keep(ABOUT, VALUES[0])
    broken = {
        "cut": text[: len(text) // 2],
        "changed": text.replace(b"0.1", b"0.2"),
        "no JSON at all": b"ash",
        "of another kind": b"[1, 2]",
        "no text at all": bytes(range(256)),
        "of another shape": file_of(tmp_path / "other").read_bytes(),
    }
    path.write_bytes(broken[damage])
    with pytest.warns(UserWarning, match="is damaged: it is computed and written again"):
        assert kept.find(ABOUT, VALUES.shape) is None
    kept.keep(ABOUT, VALUES)
    np.testing.assert_array_equal(kept.find(ABOUT, VALUES.shape), VALUES)


def test_what_is_kept_is_not_done_again_and_an_error_loses_nothing(tmp_path, capsys):
    done = []

    def square(number):
        done.append(number)
        if number == 4 and len(done) < 8:
            raise ValueError("not yet")
        return np.array([float(number**2)])

    with pytest.raises(ValueError, match="not yet"):
        replicate(range(6), square, jobs=1, keeper=Squares(tmp_path))
    assert done == [0, 1, 2, 3, 4]
    done[:] = [None] * 8
    results = replicate(range(6), square, jobs=1, keeper=Squares(tmp_path), progress=True)
    assert done[8:] == [4, 5]
    assert [float(result[0]) for result in results] == [0, 1, 4, 9, 16, 25]
    assert "4 of 6 were done before" in capsys.readouterr().err


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a folder that can be written"):
        KeptResults(tmp_path / "file")


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("simkit.run.kept.tempfile.TemporaryFile", refuse)
    with pytest.raises(InputError, match="must be a folder that can be written: Permission denied"):
        KeptResults(tmp_path)


def test_what_cannot_be_read_is_said(tmp_path):
    kept = KeptResults(tmp_path)
    kept.keep(ABOUT, VALUES)
    path = file_of(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="must be a file that can be read"):
        kept.find(ABOUT, VALUES.shape)


def test_other_things_in_the_folder_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    KeptResults(tmp_path).keep(ABOUT, VALUES)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", ROOM}
    assert not [path for path in (tmp_path / ROOM).rglob("*") if path.name.startswith(".")]
