"""The Makefile builds .venv when it must, and only then; a stand-in plays Python and pip."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TARGETS = {
    "study",
    "test",
    "lab",
    "bench",
    "validate",
    "data",
    "lock",
    "luck",
    "trials",
    "format",
    "clean",
    "help",
}

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")

# Answers what the Makefile asks of a Python: is it suitable, build a .venv (whose Python is this
# script again), install. Each act but the first is noted in a file; the file `broken` makes
# installing fail.
STAND_IN = r"""#!/bin/sh
case "$*" in
    -c*|--version) echo 'Python 3.11.0' ;;
    '-m venv '*) echo venv >> acts; rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python
        printf '#!/bin/sh\necho "the $@"\n' > .venv/bin/simkit
        chmod +x .venv/bin/simkit ;;
    *--requirement*) echo packages >> acts
        if [ -e broken ]; then echo 'ERROR: the line went dead'; exit 1; fi ;;
    *--editable*) echo simkit >> acts ;;
esac
"""


@pytest.fixture
def checkout(tmp_path, repository_root) -> Path:
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(repository_root / "Makefile", folder)
    (folder / "requirements.lock").write_text("six==1.17.0\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    stand_in = tmp_path / "python-stand-in"
    stand_in.write_text(STAND_IN, encoding="utf-8")
    stand_in.chmod(0o755)
    return folder


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A `make test` around this run must not pass its own flags on.
    environment = {k: v for k, v in os.environ.items() if not re.match("MAKE|MFLAGS|ARGS$", k)}
    return subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def study(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return make(checkout, "study", f"PYTHON={checkout.parent / 'python-stand-in'}", *arguments)


def acts(checkout: Path) -> list[str]:
    """What was done since the last call."""
    path = checkout / "acts"
    done = path.read_text(encoding="utf-8").split() if path.exists() else []
    path.unlink(missing_ok=True)
    return done


def change(path: Path) -> None:
    """Give a file a time after everything that was built until now."""
    later = path.stat().st_mtime + 3600
    os.utime(path, (later, later))


def test_help_is_the_default_and_lists_every_target(checkout):
    listed = set(re.findall(r"^  (\w+) ", make(checkout).stdout, re.MULTILINE))
    assert listed == TARGETS


def test_without_a_suitable_python_the_rule_is_named(checkout):
    result = make(checkout, "study", "PYTHON=no-such-python")
    assert result.returncode != 0
    assert "Python 3.11 or newer" in result.stderr
    assert "no-such-python" in result.stderr
    assert not (checkout / ".venv").exists()


def test_first_run_builds_and_the_second_only_runs(checkout):
    first = study(checkout, "ARGS=--seed 2")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == "the study --seed 2"
    assert acts(checkout) == ["venv", "packages", "simkit"]
    second = study(checkout)
    assert second.stdout == "the study\n"
    assert acts(checkout) == []


def test_changed_lock_builds_anew_and_changed_project_installs_simkit_again(checkout):
    study(checkout)
    acts(checkout)
    change(checkout / "pyproject.toml")
    study(checkout)
    assert acts(checkout)[:1] == ["simkit"]
    change(checkout / "requirements.lock")
    study(checkout)
    assert acts(checkout)[:2] == ["venv", "packages"]


def test_interrupted_build_is_begun_again(checkout):
    (checkout / "broken").touch()
    broken = study(checkout)
    assert broken.returncode != 0
    assert "the line went dead" in broken.stderr
    assert "the study" not in broken.stdout
    (checkout / "broken").unlink()
    acts(checkout)
    mended = study(checkout)
    assert mended.returncode == 0, mended.stderr
    assert acts(checkout) == ["venv", "packages", "simkit"]


def test_venv_whose_python_has_gone_is_built_anew(checkout):
    study(checkout)
    acts(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert study(checkout).returncode == 0
    assert acts(checkout) == ["venv", "packages", "simkit"]
