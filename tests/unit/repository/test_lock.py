"""requirements.lock pins everything that pyproject.toml asks for, with hashes."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


def pins(text: str) -> dict[str, list[Version]]:
    """The pinned versions of each package (more than one where markers tell them apart).

    Raises ``ValueError`` at the first line that is not a pin with at least one SHA-256.
    """
    found: dict[str, list[Version]] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = PIN.fullmatch(line)
        if match is None:
            raise ValueError(f"not a pin with hashes: {line[:80]}")
        name = canonicalize_name(match["name"])
        found.setdefault(name, []).append(Version(match["version"]))
    return found


def uncovered(project: str, lock: str) -> list[str]:
    """Requirements of pyproject.toml that the lock leaves out or pins outside of their bounds."""
    document = tomllib.loads(project)
    pinned = pins(lock)
    lines = [
        *document["build-system"]["requires"],
        *document["project"]["dependencies"],
        *(
            line
            for extra in document["project"]["optional-dependencies"].values()
            for line in extra
        ),
    ]
    missing = []
    for line in lines:
        requirement = Requirement(line)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        if not versions or not all(map(requirement.specifier.contains, versions)):
            missing.append(f"{line}: {', '.join(map(str, versions)) or 'not'} in the lock")
    return missing


@pytest.fixture
def lock(repository_root) -> str:
    return (repository_root / "requirements.lock").read_text(encoding="utf-8")


def test_every_line_is_a_pin_with_hashes(lock):
    assert len(pins(lock)) > 0


def test_lock_covers_all_that_the_project_asks_for(repository_root, lock):
    project = (repository_root / "pyproject.toml").read_text(encoding="utf-8")
    assert uncovered(project, lock) == [], "make the lock again: make lock"


def test_lock_names_no_place_to_fetch_from(lock):
    assert re.findall(r"https?:|file:|^ *--?(?!hash=)[a-z]", lock, re.MULTILINE) == []


def test_requirement_outside_the_lock_is_noticed():
    project = """
        build-system.requires = ["setuptools>=77"]
        project.dependencies = ["numpy>=2.0", "Rich-Text>=1"]
        project.optional-dependencies.dev = ["pytest>=8.3"]
    """
    one_hash = f"--hash=sha256:{'0' * 64}"
    lock = f"""\
numpy==1.26 ; python_version < '3.12' \\
    {one_hash}
numpy==2.4 ; python_version >= '3.12' \\
    {one_hash}
    # via simkit
rich-text==1.0 \\
    {one_hash} \\
    {one_hash}
setuptools==84.0 \\
    {one_hash}
"""
    assert uncovered(project, lock) == [
        "numpy>=2.0: 1.26, 2.4 in the lock",
        "pytest>=8.3: not in the lock",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.0",
        "numpy>=2.0 \\\n    --hash=sha256:" + "0" * 64,
        "numpy==2.0 \\\n    --hash=md5:" + "0" * 32,
        "-e .",
    ],
)
def test_line_without_pin_or_hash_is_refused(line):
    with pytest.raises(ValueError, match="not a pin with hashes"):
        pins(f"six==1.17.0 \\\n    --hash=sha256:{'1' * 64}\n    # via simkit\n{line}\n")
