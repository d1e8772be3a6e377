"""simkit's rooms import only from rooms above them in the list of layers."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# From the foundation up. Rooms in one line are brothers: they do not import from each other.
LAYERS = (
    ("errors",),
    ("result",),
    ("calllog",),
    ("scenario",),
    ("policy",),
    ("model",),
    ("engine",),
    ("measures",),
    ("run",),
    ("sweep", "trial", "calibrate"),
    ("recommend",),
    ("report",),
    ("cli", "app"),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# The package's own front: it hands on the names of every room, so no room may import from it.
FRONT = {"__init__", "__main__"}


def imported_modules(tree: ast.Module, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line number and dotted name of all that a module imports, wherever in it that stands."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - (node.level - 1)]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif isinstance(node, ast.Call) and node.args:
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            first = node.args[0]
            if (
                name in {"import_module", "__import__"}
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
            ):
                yield node.lineno, first.value


def forbidden_imports(package: Path) -> list[str]:
    """Each import in a package folder that goes up or sideways, as ``file:line: reason``."""
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        room = parts[0]
        if room in FRONT:
            continue
        place = path.relative_to(package.parent).as_posix()
        if room not in LEVEL:
            found.append(f"{place}: {room} is no room of the list of layers")
            continue
        is_package = parts[-1] == "__init__"
        module = ".".join([package.name, *(parts[:-1] if is_package else parts)])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, name in imported_modules(tree, module, is_package):
            top, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if top != package.name or other in {room, "__version__"}:
                continue
            if other not in LEVEL:
                found.append(f"{place}:{line}: {room} imports {name}: name the room it lives in")
            elif LEVEL[other] == LEVEL[room]:
                found.append(f"{place}:{line}: {room} imports sideways, from {other}")
            elif LEVEL[other] > LEVEL[room]:
                found.append(f"{place}:{line}: {room} imports upwards, from {other}")
    return found


class _WithoutTypes(ast.NodeTransformer):
    """Leave out what is imported for type checkers only: it is no import when the code runs."""

    def visit_If(self, node: ast.If) -> ast.If | None:
        return None if getattr(node.test, "id", "") == "TYPE_CHECKING" else node


def rooms_imported(package: Path, room: str) -> dict[str, set[str]]:
    """For each room within a room the others in it that it imports when it runs."""
    inside = f"{package.name}.{room}."
    found: dict[str, set[str]] = {}
    for path in sorted((package / room).rglob("*.py")):
        parts = path.relative_to(package / room).with_suffix("").parts
        if parts[0] in FRONT:
            continue
        tree = _WithoutTypes().visit(ast.parse(path.read_text(encoding="utf-8")))
        is_package = parts[-1] == "__init__"
        module = inside + ".".join(parts[:-1] if is_package else parts)
        names = [name for _, name in imported_modules(tree, module, is_package)]
        others = {name.split(".")[2] for name in names if name.startswith(inside)}
        found.setdefault(parts[0], set()).update(others - {parts[0]})
    return found


def layers_in_table(text: str) -> list[tuple[str, ...]]:
    """The rooms that the first column of ARCHITECTURE.md's table of layers names, row by row."""
    section = re.search(r"^#+ Layers.*?(?=^#+ |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    rows = section.group().splitlines() if section else []
    named = [
        tuple(re.findall(r"`simkit/(\w+)(?:/|\.py)`", row.split("|")[1]))
        for row in rows
        if row.startswith("|")
    ]
    return [rooms for rooms in named if rooms]


def write_package(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "simkit"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def test_no_room_imports_upwards_or_sideways(repository_root):
    assert forbidden_imports(repository_root / "simkit") == []


def test_rooms_of_a_trial_do_not_import_one_another_in_a_circle(repository_root):
    # A CycleError names the circle.
    TopologicalSorter(rooms_imported(repository_root / "simkit", "trial")).prepare()


def test_circle_of_rooms_is_found_and_imports_for_types_make_none(tmp_path):
    files = {
        "trial/__init__.py": "from simkit.trial.plan import make\n",
        "trial/plan.py": "from simkit.trial.checks.check import Check\n",
        "trial/checks/check.py": "if TYPE_CHECKING:\n    from simkit.trial.plan import Plan\n",
    }
    package = write_package(tmp_path, files)
    assert rooms_imported(package, "trial") == {"plan": {"checks"}, "checks": set()}
    package = write_package(tmp_path, files | {"trial/checks/load.py": "from .. import plan\n"})
    with pytest.raises(CycleError):
        TopologicalSorter(rooms_imported(package, "trial")).prepare()


def test_architecture_page_lists_the_same_layers(repository_root):
    page = repository_root / "ARCHITECTURE.md"
    if not page.is_file():
        pytest.skip("there is no ARCHITECTURE.md")
    table = layers_in_table(page.read_text(encoding="utf-8"))
    # The page may leave out what everybody imports (errors) and rooms that are not built yet.
    shown = {room for rooms in table for room in rooms}
    layers = [set(rooms) & shown for rooms in LAYERS]
    assert [set(rooms) for rooms in table] == [rooms for rooms in layers if rooms]
    built = {
        path.stem
        for path in (repository_root / "simkit").iterdir()
        if path.suffix == ".py" or any(path.glob("*.py"))
    }
    assert built - FRONT - {"errors"} <= shown


def test_allowed_imports_pass(tmp_path):
    package = write_package(
        tmp_path,
        {
            "__init__.py": "from simkit.cli import main\n",
            "__main__.py": "from simkit.cli import main\n",
            "errors.py": "import enum\n",
            "calllog/__init__.py": "from simkit.calllog.store import read\n",
            "calllog/store.py": "import pandas\nfrom simkit.errors import InputError\n",
            "calllog/adapters/csv.py": "from ..store import read\nfrom . import codes\n",
            "calllog/adapters/codes.py": "",
            "trial/effects.py": "from simkit import calllog, measures\n",
            "measures/outcomes.py": "import simkit.calllog.store as store\n",
            "cli.py": "from simkit import __version__, report\n",
            "report/page.py": "import simkitlike.cli\n",
        },
    )
    assert forbidden_imports(package) == []


@pytest.mark.parametrize(
    ("place", "line", "reason"),
    [
        ("calllog/store.py", "from simkit.engine import simulate", "upwards, from engine"),
        ("calllog/store.py", "import simkit.engine.plan", "upwards, from engine"),
        ("calllog/store.py", "from simkit import engine", "upwards, from engine"),
        ("calllog/store.py", "from .. import engine", "upwards, from engine"),
        ("calllog/adapters/csv.py", "from ...engine.plan import Plan", "upwards, from engine"),
        ("calllog/__init__.py", "from ..engine import plan", "upwards, from engine"),
        (
            "calllog/store.py",
            "def f():\n    from simkit.engine import plan",
            "upwards, from engine",
        ),
        ("calllog/store.py", "import_module('simkit.engine')", "upwards, from engine"),
        ("errors.py", "from simkit.calllog import CallLog", "upwards, from calllog"),
        ("trial/effects.py", "from simkit.sweep import sweep", "sideways, from sweep"),
        ("cli.py", "import simkit.app", "sideways, from app"),
        ("trial/effects.py", "from simkit import simulate", "name the room it lives in"),
        ("trial/effects.py", "import simkit", "name the room it lives in"),
        ("attic/box.py", "", "attic is no room"),
    ],
)
def test_forbidden_import_is_named(tmp_path, place, line, reason):
    package = write_package(tmp_path, {place: f"{line}\n"})
    (problem,) = forbidden_imports(package)
    assert problem.startswith(f"simkit/{place}:")
    assert problem.endswith(reason) or reason in problem


def test_table_of_layers_is_read_row_by_row():
    text = """# Page
| `simkit/other/` | not in the section |
## Layers: import only from above
| room | what lives there |
|---|---|
| `simkit/calllog/` | `simkit/ghost/` in a text is no room; `adapters/` neither |
| `simkit/sweep/` · `simkit/trial/` | brothers |
| `simkit/cli.py`, `simkit/app/` | doors |
| `notebooks/` | no room |
## Next
| `simkit/later/` | not in the section |
"""
    assert layers_in_table(text) == [("calllog",), ("sweep", "trial"), ("cli", "app")]
