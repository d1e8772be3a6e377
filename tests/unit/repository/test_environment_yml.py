"""environment.yml and pyproject.toml ask for the same packages with the same bounds."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

# Distribution name -> conda-forge name, where they differ.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "matplotlib": "matplotlib-base",  # without a window toolkit
    "tzdata": "python-tzdata",  # conda's own tzdata is the system's database, not the package
}
# What conda needs to install simkit itself.
CONDA_ONLY = {"pip"}

# A pair that agrees, for tests that alter one side.
PROJECT = """
build-system.requires = ["setuptools>=77"]

[project]
requires-python = ">=3.11"
dependencies = ["duckdb>=1.4", "numpy>=2.0"]

[project.optional-dependencies]
lab = ["jupyterlab>=4.3"]
dev = ["pytest>=8.3"]
"""
ENVIRONMENT = """
dependencies:
  - python>=3.11
  - pip
  - setuptools>=77
  - python-duckdb>=1.4
  - numpy>=2.0
  - jupyterlab>=4.3
  - pytest>=8.3
  - pip:
      - -e .
"""


def requirements_of_project(text: str) -> dict[str, SpecifierSet]:
    """All that pyproject.toml asks for (Python, build, running, every extra), by conda name."""
    document = tomllib.loads(text)
    project = document["project"]
    wanted = {"python": SpecifierSet(project["requires-python"])}
    lines = [
        *document["build-system"]["requires"],
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    for line in lines:
        requirement = Requirement(line)
        wanted[CONDA_NAMES.get(requirement.name, requirement.name)] = requirement.specifier
    return wanted


def requirements_of_environment(text: str) -> dict[str, SpecifierSet]:
    """All that environment.yml asks for, but for its pip section."""
    lines = yaml.safe_load(text)["dependencies"]
    found = {}
    for line in lines:
        if isinstance(line, str):
            requirement = Requirement(line)
            found[requirement.name] = requirement.specifier
    return found


def differences(project: str, environment: str) -> list[str]:
    """Each disagreement of the two files in words; none where they agree."""
    wanted = requirements_of_project(project)
    found = requirements_of_environment(environment)
    return [
        *(f"{name}: not in environment.yml" for name in sorted(wanted.keys() - found.keys())),
        *(
            f"{name}: not in pyproject.toml"
            for name in sorted(found.keys() - wanted.keys() - CONDA_ONLY)
        ),
        *(
            f"{name}: {wanted[name]} in pyproject.toml, {found[name]} in environment.yml"
            for name in sorted(wanted.keys() & found.keys())
            if wanted[name] != found[name]
        ),
    ]


@pytest.fixture
def environment(repository_root: Path) -> str:
    return (repository_root / "environment.yml").read_text(encoding="utf-8")


def test_both_files_ask_for_the_same(repository_root, environment):
    project = (repository_root / "pyproject.toml").read_text(encoding="utf-8")
    assert differences(project, environment) == []


def test_environment_comes_from_conda_forge_and_installs_simkit(environment):
    document = yaml.safe_load(environment)
    assert document["channels"] == ["conda-forge"]
    assert document["dependencies"][-1] == {"pip": ["-e ."]}


def test_pair_that_agrees_passes():
    assert differences(PROJECT, ENVIRONMENT) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  - numpy>=2.0\n", "", "numpy: not in environment.yml"),
        ("  - numpy>=2.0\n", "  - numpy>=2.0\n  - polars>=1\n", "polars: not in pyproject.toml"),
        ("numpy>=2.0", "numpy>=1.9", "numpy: >=2.0 in pyproject.toml, >=1.9 in environment.yml"),
        ("numpy>=2.0", "numpy", "numpy: >=2.0 in pyproject.toml,  in environment.yml"),
        ("n>=3.11", "n>=3.9", "python: >=3.11 in pyproject.toml, >=3.9 in environment.yml"),
        ("  - python-duckdb>=1.4\n", "", "python-duckdb: not in environment.yml"),
        ("s>=77", "s>=70", "setuptools: >=77 in pyproject.toml, >=70 in environment.yml"),
    ],
)
def test_altered_environment_is_noticed(old, new, problem):
    assert ENVIRONMENT.count(old) == 1
    assert differences(PROJECT, ENVIRONMENT.replace(old, new)) == [problem]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (', "numpy>=2.0"', "", "numpy: not in pyproject.toml"),
        ('["pytest>=8.3"]', '["pytest>=8.3", "tox>=4"]', "tox: not in environment.yml"),
        ("lab>=4.3", "lab>=4.4", "jupyterlab: >=4.4 in pyproject.toml, >=4.3 in environment.yml"),
    ],
)
def test_altered_project_is_noticed(old, new, problem):
    assert PROJECT.count(old) == 1
    assert differences(PROJECT.replace(old, new), ENVIRONMENT) == [problem]
