"""What is compiled is kept, never runs stale, and does without a folder that can be written."""

from pathlib import Path

import pytest

from simkit.engine.compiled import build

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


def test_an_edited_file_has_another_folder(tmp_path, monkeypatch) -> None:
    source = tmp_path / "call.py"
    source.write_text("chance = 0.5")
    before = build.fingerprint((source,))
    assert before == build.fingerprint((source,))
    source.write_text("chance = 0.6")
    assert before != build.fingerprint((source,))


def test_the_folder_can_be_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "mine"))
    folder = build.cache_folder()
    assert folder is not None
    assert folder.parent == tmp_path / "mine"


@pytest.fixture
def _nothing_compiled(monkeypatch):
    monkeypatch.setattr(build, "compiled_functions", lambda *doors, keep: (keep,) * len(doors))
    build.compiled_kernel.cache_clear()
    yield
    build.compiled_kernel.cache_clear()


@pytest.mark.usefixtures("_nothing_compiled")
def test_the_first_run_says_that_it_compiles_and_later_ones_do_not(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path))
    assert build.compiled_kernel().play_on is True  # kept
    assert "compiling the engine" in capsys.readouterr().err
    folder = build.cache_folder()
    (folder / "index").mkdir()
    (folder / "index" / "kernel.play_on.nbi").touch()  # as numba leaves it
    build.compiled_kernel.cache_clear()
    build.compiled_kernel()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_nothing_compiled")
def test_without_a_folder_nothing_is_kept_and_it_says_so(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "file"))
    assert build.cache_folder() is None
    assert build.compiled_kernel().play_on is False
    assert f"let {build.CACHE_VARIABLE} name a folder" in capsys.readouterr().err
