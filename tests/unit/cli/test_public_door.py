"""`import simkit`: few names, cheap, and the same whoever imports what first."""

import inspect
import json
import pickle
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import version

import pytest

import simkit

NAMES = {
    "load_scenario",
    "RecallPolicy",
    "simulate",
    "CallLog",
    "read_call_log",
    "measures",
    "sweep",
    "audit",
    "evaluate",
    "recommend",
    *("assign", "check_trial", "design_trial", "load_design"),
    *("monitor", "open_call_log", "rehearse"),
}


def run(code: str, *arguments: str) -> str:
    """The output of a Python of its own, in which nothing is imported yet."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_it_loads_nothing_heavy():
    heavy = {"pandas", "numpy", "pydantic", "duckdb", "scipy", "matplotlib", "typer"}
    loaded = run("import sys, simkit; print(*sys.modules)").split()
    assert heavy.isdisjoint(loaded)


def test_door_names_the_verbs():
    assert set(simkit.__all__) == {*NAMES, "__version__"}
    assert dir(simkit) == sorted(simkit.__all__)
    assert all(callable(getattr(simkit, name)) for name in NAMES)


def test_version_is_that_of_the_installed_package(repository_root):
    project = tomllib.loads((repository_root / "pyproject.toml").read_text(encoding="utf-8"))
    assert simkit.__version__ == version("simkit") == project["project"]["version"]


def test_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="module 'simkit' has no attribute 'simulat'"):
        simkit.simulat  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'simulat'"):
        from simkit import simulat  # noqa: F401


# A room and its verb share a name; each order in which people import them must give both.
ORDERS = [
    "import simkit; simkit.{0}; import simkit.{0}",
    "import simkit.{0}",
    "import simkit.{0}; import simkit; simkit.{0}",
    "from simkit.{0} import {0}; import simkit",
    "from simkit import {0}; import simkit",
    "from simkit import {0}; from simkit.{0} import {0} as verb; import simkit",
    "from simkit import *; import simkit",
    "import simkit.{1}; import simkit",
    "from importlib import import_module; import_module('simkit.{0}'); import simkit",
]


TRY = """
import json, sys
from types import ModuleType

def forget():
    for module in [module for module in sys.modules if module.partition(".")[0] == "simkit"]:
        del sys.modules[module]

for order in json.loads(sys.argv[1]):
    forget()
    names = {{}}
    exec(order, names)
    import simkit
    import simkit.{0} as room
    from simkit.{0} import {0} as verb
    assert isinstance(simkit.{0}, ModuleType) and simkit.{0} is room is sys.modules["simkit.{0}"]
    assert room.__name__ == "simkit.{0}" and not isinstance(verb, ModuleType)
    try:
        simkit.{0}(nonsense=1)
    except TypeError as error:
        # The verb's own complaint: so it was the verb that was called.
        assert str(error).startswith("{0}() "), error
    print(order)
"""


def test_room_is_a_package_and_a_verb_in_every_order():
    orders = [order.format("measures", "measures.table") for order in ORDERS]
    assert run(TRY.format("measures"), json.dumps(orders)).splitlines() == orders


@pytest.mark.parametrize("name", ["measures", "sweep", "recommend"])
def test_every_room_of_a_verb_can_be_called(name):
    room = import_module(f"simkit.{name}")
    assert getattr(simkit, name) is room
    with pytest.raises(TypeError, match=rf"{name}\(\) got an unexpected keyword"):
        room(nonsense=1)


def test_verb_measures_a_log():
    from simkit.measures import contact_outcomes

    log = simkit.simulate(
        simkit.load_scenario("b2c"), simkit.RecallPolicy.every(days=7), contacts=10, days=20
    )
    assert simkit.measures(log).contacts == len(contact_outcomes(log)) == 10


def test_verb_shows_its_own_signature_and_travels_between_processes():
    from simkit.measures import measures

    assert inspect.signature(simkit.measures) == inspect.signature(measures)
    assert pickle.loads(pickle.dumps(measures)) is measures
    assert pickle.loads(pickle.dumps(simkit.RecallPolicy)) is simkit.RecallPolicy
