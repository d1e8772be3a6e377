"""Everything that is imported is asked for in pyproject.toml.

The lock holds the notebooks' and the tests' tools too, so a run does not notice when simkit leans
on one of them, or on something that only came along with another package.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

# Distribution name -> module name, where more than the hyphen differs.
MODULES = {"pyyaml": "yaml", "pytest-xdist": "xdist", "salib": "SALib"}


def imported(path: Path) -> set[str]:
    """The top-level names that a file imports, without the standard library and relative ones."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names


# Extras that users ask for by name; what simkit imports of them it imports where it is used.
FOR_USERS = ("cluster", "sensitivity")


def declared(project: str, *, extras: Iterable[str] | None) -> set[str]:
    """The modules that pyproject.toml asks for, with some extras; None: with all."""
    table = tomllib.loads(project)["project"]
    optional = table["optional-dependencies"]
    lines = list(table["dependencies"])
    lines += [line for name in (optional if extras is None else extras) for line in optional[name]]
    names = {Requirement(line).name.lower() for line in lines}
    return {MODULES.get(name, re.sub(r"[-.]", "_", name)) for name in names}


def undeclared(folder: Path, known: set[str]) -> dict[str, list[str]]:
    """Per unknown module, the files of a folder that import it."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for name in sorted(imported(path) - known):
            found.setdefault(name, []).append(path.relative_to(folder.parent).as_posix())
    return found


def test_simkit_imports_only_what_it_asks_for(repository_root):
    project = (repository_root / "pyproject.toml").read_text(encoding="utf-8")
    known = declared(project, extras=FOR_USERS) | {"simkit"}
    assert undeclared(repository_root / "simkit", known) == {}


@pytest.mark.parametrize("name", ["tests", "benchmarks", "data"])
def test_other_folders_import_only_what_the_extras_ask_for(repository_root, name):
    project = (repository_root / "pyproject.toml").read_text(encoding="utf-8")
    folder = repository_root / name
    beside = {path.stem for path in folder.rglob("*.py")}
    known = declared(project, extras=None) | beside | {"simkit"}
    assert undeclared(folder, known) == {}


def test_simkit_needs_no_extra_to_be_imported(repository_root):
    project = (repository_root / "pyproject.toml").read_text(encoding="utf-8")
    known = declared(project, extras=())
    optional = declared(project, extras=FOR_USERS) - known
    at_once = {
        path.name
        for path in (repository_root / "simkit").rglob("*.py")
        if optional & imported_at_once(path)
    }
    assert at_once == set()


def imported_at_once(path: Path) -> set[str]:
    """The top-level names that a file imports when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_undeclared_import_is_noticed(tmp_path):
    project = """
        [project]
        dependencies = ["tomli-w>=1"]
        optional-dependencies.dev = ["PyYAML>=6"]
    """
    package = tmp_path / "simkit"
    package.mkdir()
    code = "import os\nimport tomli_w\nfrom . import x\ndef f():\n    import yaml.nodes\n"
    (package / "a.py").write_text(code, encoding="utf-8")
    assert undeclared(package, declared(project, extras=())) == {"yaml": ["simkit/a.py"]}
    assert undeclared(package, declared(project, extras=None)) == {}
