"""What is compiled is kept, never runs stale, and does without a folder that can be written."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simkit.engine.compiled import build
from simkit.scenario import hours

ROOMS = Path(build.__file__).parents[2]


def test_every_file_that_decides_a_log_is_watched() -> None:
    watched = {path.relative_to(ROOMS).as_posix() for path in build.sources(*build.DOORS)}
    assert watched >= {
        "calllog/codes.py",
        "calllog/dispositions.py",  # the codes' order
        "scenario/hours.py",
        "policy/due.py",
        "policy/standing.py",
        "model/call.py",
        "model/contact.py",
        "model/laws.py",
        "model/parameters.py",  # constants only
        "model/philox.py",
        "model/streams.py",
        "engine/compiled/build.py",
        "engine/compiled/kernel.py",
        "engine/compiled/rows.py",
        "engine/compiled/state.py",
    }


def test_functions_of_another_room_are_watched_by_their_own_sources() -> None:
    watched = {path.relative_to(ROOMS).as_posix() for path in build.sources(hours.hour_of_week)}
    assert watched >= {"scenario/hours.py", "engine/compiled/build.py", "calllog/codes.py"}
    assert "model/call.py" not in watched


def test_a_constant_is_watched_wherever_it_stands(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    folder = build.cache_folder(*build.DOORS)
    assert folder == build.cache_folder(*build.DOORS)
    monkeypatch.setattr("simkit.engine.compiled.attempt.NONE", -2)  # of simkit.engine.record
    assert folder != build.cache_folder(*build.DOORS)


def test_code_that_was_edited_after_it_was_read_is_not_kept_under_the_edited_name(tmp_path) -> None:
    # A notebook's kernel has read the files; then somebody edits one; then the kernel simulates.
    copy = tmp_path / "copy"
    shutil.copytree(ROOMS, copy / "simkit", ignore=shutil.ignore_patterns("__pycache__"))
    hours_file = copy / "simkit" / "scenario" / "hours.py"
    script = f"""
import pathlib, sys
sys.path.insert(0, {str(copy)!r})
from simkit.engine.compiled import build
from simkit.scenario import hours
assert build.__file__.startswith({str(copy)!r})
file = pathlib.Path({str(hours_file)!r})
if "edit" in sys.argv:
    text = file.read_text()
    assert text.count("% 7 * 24") == 1
    file.write_text(text.replace("% 7 * 24", "% 7 * 25"))
print(build.cache_folder(hours.hour_of_week))
"""
    environment = dict(os.environ) | {build.CACHE_VARIABLE: str(tmp_path / "kept")}
    folders = [
        subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for arguments in (("edit",), ())
    ]
    assert folders[0] != folders[1]


def test_doors_of_the_same_sources_have_folders_of_their_own(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    folders = {build.cache_folder(door) for door in (hours.roll_open, hours.is_open)}
    assert len(folders) == 2


def test_an_edited_file_has_another_folder(tmp_path, monkeypatch) -> None:
    source = tmp_path / "call.py"
    source.write_text("chance = 0.5")
    before = build.fingerprint((source,))
    assert before == build.fingerprint((source,))
    source.write_text("chance = 0.6")
    assert before != build.fingerprint((source,))


def test_the_folder_can_be_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "mine"))
    folder = build.cache_folder(*build.DOORS)
    assert folder is not None
    assert folder.parent == tmp_path / "mine"


@pytest.fixture
def _nothing_compiled(monkeypatch):
    monkeypatch.setattr(build, "compiled_functions", lambda *doors, keep: (keep,) * len(doors))
    monkeypatch.setattr(build, "_KEPT", {})


@pytest.mark.usefixtures("_nothing_compiled")
def test_the_first_run_says_that_it_compiles_and_later_ones_do_not(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    assert build.compiled_kernel().play_on is True  # kept
    assert "compiling the engine" in capsys.readouterr().err
    folder = build.cache_folder(*build.DOORS)
    (folder / "index").mkdir()
    (folder / "index" / "kernel.play_on.nbi").touch()  # as numba leaves it
    build._KEPT.clear()
    build.compiled_kernel()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_nothing_compiled")
def test_without_a_folder_nothing_is_kept_and_it_says_so(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "file"))
    assert build.cache_folder(*build.DOORS) is None
    assert build.compiled_kernel().play_on is False
    assert f"let {build.CACHE_VARIABLE} name a folder" in capsys.readouterr().err


def test_two_threads_that_ask_at_once_get_one_kernel(tmp_path, monkeypatch, capsys) -> None:
    declared = []

    def slowly(*doors, keep):
        declared.append(doors)
        time.sleep(0.1)  # for the other thread to come in between, if it could
        return tuple(object() for _ in doors)

    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(build, "compiled_functions", slowly)
    monkeypatch.setattr(build, "_KEPT", {})
    got = []
    threads = [
        threading.Thread(target=lambda: got.append(build.compiled_kernel())) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(declared) == 1
    assert got[0] == got[1]
    assert capsys.readouterr().err.count("compiling the engine") == 1


def test_other_functions_are_kept_by_the_same_way(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(build, "_KEPT", {})
    (hour,) = build.kept(hours.hour_of_week, what="the hours")
    assert hour(2, 5 * hours.HOUR_S) == hours.hour_of_week(2, 5 * hours.HOUR_S)
    assert "compiling the hours; later runs begin at once" in capsys.readouterr().err
    assert build.kept(hours.hour_of_week, what="the hours") == (hour,)

    build._KEPT.clear()  # as in another process
    (again,) = build.kept(hours.hour_of_week, what="the hours")
    assert capsys.readouterr().err == ""
    assert again(2, 5 * hours.HOUR_S) == hours.hour_of_week(2, 5 * hours.HOUR_S)
    assert sum(again.stats.cache_hits.values()) == 1
    assert not again.stats.cache_misses
