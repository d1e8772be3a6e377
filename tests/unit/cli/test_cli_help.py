"""Every command explains itself, quickly."""

import subprocess
import sys
from importlib.metadata import version

import pytest

COMMANDS = [
    *("study", "recommend", "simulate", "sweep", "sensitivity"),
    *("design", "rehearse", "assign", "check", "monitor", "import", "audit", "evaluate"),
]


def test_commands_are_those_of_the_package(simkit):
    text = simkit("--help").output
    assert all(f" {name} " in text for name in COMMANDS)


def test_without_a_command_help_is_shown(simkit):
    assert "simkit study" in simkit().output


@pytest.mark.parametrize("name", COMMANDS)
def test_command_shows_an_example_and_no_jargon(simkit, name):
    result = simkit(name, "--help")
    assert result.exit_code == 0
    assert f"simkit {name}" in result.output
    assert "Examples" not in result.output
    assert "Parameters" not in result.output
    assert "InputError" not in result.output


def test_version(simkit):
    assert simkit("--version").output == f"simkit {version('simkit')}\n"


def test_help_does_not_load_what_it_does_not_need():
    code = "import sys, simkit.cli.application; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert {"pandas", "pydantic", "duckdb", "matplotlib"}.isdisjoint(done.stdout.split())


def test_module_is_the_command_too():
    done = subprocess.run(
        [sys.executable, "-m", "simkit", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == f"simkit {version('simkit')}\n"
