"""What is committed: the files a repository needs, and nothing of the machine it was made on."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import simkit

REQUIRED = [
    ".ci/run",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "data/README.md",
    "environment.yml",
    "notebooks",
    "pyproject.toml",
    "requirements.lock",
    "simkit/py.typed",
    "tests",
]

# Written in pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "the address of a package host": re.compile(
        r"py" + r"pi\.org|python" + r"hosted\.org|ana" + r"conda\.(?:org|com)|npm" + r"js\.org"
        r"|--(?:extra-)?index" + r"-url|https?://[^\s\"'<>]*/simple\b"
        r"|https?://[^\s\"'<>]*/packages/[0-9a-f]{2}/"
    ),
    "an absolute path of a machine": re.compile(
        r"(?<![\w.~:/+-])/(?:tmp|work|opt|mnt|srv|private|Volumes|var/folders|usr/local)/\w"
        r"|\b[A-Z]:\\+(?:Users|Windows|Temp|Program)"
    ),
    "a home folder": re.compile(
        r"(?<![\w.~:/+-])/(?:home|Users|root)/\w|(?<![\w/~])~/\w|(?<![\w/~])~/\.\w"
    ),
}


def committed_files(root: Path) -> list[Path]:
    """The files that git knows, still there on disk; skips outside of a git checkout."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    names = [name for name in listing.decode().split("\0") if name]
    if not names:
        pytest.skip("nothing is committed yet")
    return [root / name for name in names if (root / name).is_file()]


def traces(text: str) -> list[str]:
    """Each trace of a machine or a package host in a text, as ``line number: what it is``."""
    return [
        f"{number}: {what}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def test_committed_text_holds_no_trace_of_a_machine_or_package_host(repository_root):
    found = []
    for path in committed_files(repository_root):
        content = path.read_bytes()
        if b"\0" in content:
            continue
        name = path.relative_to(repository_root).as_posix()
        text = content.decode("utf-8", errors="replace")
        found += [f"{name}:{trace}" for trace in traces(text)]
    assert found == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("see https://py" + "pi.org/project/x", "the address of a package host"),
        ("--extra-index" + "-url x", "the address of a package host"),
        ("https://mirror.example/index/sim" + "ple/numpy", "the address of a package host"),
        ("read_csv('" + "/tmp" + "/log.csv')", "an absolute path of a machine"),
        ("path=" + "/opt" + "/simkit", "an absolute path of a machine"),
        (r"C:\Us" + r"ers\anna\log.csv", "an absolute path of a machine"),
        ('"File ' + "/home" + '/anna/simkit.py"', "a home folder"),
        ("~" + "/simkit/log.csv", "a home folder"),
    ],
)
def test_trace_is_noticed(line, what):
    assert traces(f"first\n{line}\n") == [f"2: {what}"]


@pytest.mark.parametrize(
    "line",
    [
        "#!/usr/bin/env bash",
        "https://example.org/home/page and https://example.org/opt/page",
        "data/opt/x, ../shared/data, ./opt/x, kit/home/x",
        "y ~ x and a ~/ b",
        "a simple/plain rule; the packages/ folder",
    ],
)
def test_innocent_line_passes(line):
    assert traces(line) == []


@pytest.mark.parametrize("name", REQUIRED)
def test_required_file_is_there(repository_root, name):
    assert (repository_root / name).exists()


def test_ci_script_can_be_run(repository_root):
    assert (repository_root / ".ci" / "run").stat().st_mode & 0o100


def test_license_is_complete(repository_root):
    text = (repository_root / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert [int(n) for n in re.findall(r"^   (\d)\. ", text, re.MULTILINE)] == list(range(1, 10))
    assert "END OF TERMS AND CONDITIONS" in text


def test_version_is_the_same_everywhere(repository_root):
    def read(name: str) -> str:
        return (repository_root / name).read_text(encoding="utf-8")

    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert simkit.__version__ == version
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    newest = re.search(r"^## \[(\d[^\]]*)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


def test_citation_has_what_its_format_requires(repository_root):
    # The required keys of Citation File Format 1.2.0.
    citation = yaml.safe_load((repository_root / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert isinstance(citation["version"], str)
