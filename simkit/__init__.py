"""How often should we call? Simulation, sweeps and field trials of call frequency.

The names below are the public door; each is fetched when it is first used, so that
``import simkit`` costs next to nothing.

>>> from simkit import RecallPolicy, load_scenario, simulate
>>> log = simulate(load_scenario("b2c"), RecallPolicy.every(days=7), contacts=20, days=30)
>>> len(log.contacts)
20
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simkit.calllog import CallLog, read_call_log
    from simkit.calllog.stored import open_call_log
    from simkit.engine import simulate
    from simkit.measures import measures
    from simkit.policy import RecallPolicy
    from simkit.recommend import recommend
    from simkit.scenario import load_scenario
    from simkit.sweep import sweep
    from simkit.trial import audit, check_trial, evaluate
    from simkit.trial.assign import assign
    from simkit.trial.design import design_trial, load_design
    from simkit.trial.monitor import monitor
    from simkit.trial.rehearse import rehearse

    __version__: str

__all__ = [
    "CallLog",
    "RecallPolicy",
    "__version__",
    "assign",
    "audit",
    "check_trial",
    "design_trial",
    "evaluate",
    "load_design",
    "load_scenario",
    "measures",
    "monitor",
    "open_call_log",
    "read_call_log",
    "recommend",
    "rehearse",
    "simulate",
    "sweep",
]

#: Public name → the room that it lives in.
_ROOMS = {
    "CallLog": "calllog",
    "RecallPolicy": "policy",
    "assign": "trial.assign",
    "audit": "trial",
    "check_trial": "trial",
    "design_trial": "trial.design",
    "evaluate": "trial",
    "load_design": "trial.design",
    "load_scenario": "scenario",
    "measures": "measures",
    "monitor": "trial.monitor",
    "open_call_log": "calllog.stored",
    "read_call_log": "calllog",
    "recommend": "recommend",
    "rehearse": "trial.rehearse",
    "simulate": "engine",
    "sweep": "sweep",
}


class _Verb(ModuleType):
    """A room that bears the name of its verb: ``simkit.measures(log)`` calls the verb.

    ``simkit.measures`` is the package with `contact_outcomes` and more in it, and people also
    call it. Were the attribute now the function and now the package, what it is would depend on
    who imported what before; so it is always the package, and the package can be called.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._verb(*args, **kwargs)

    @property
    def _verb(self) -> Any:
        return vars(self)[self.__name__.rpartition(".")[2]]

    @property
    def __signature__(self) -> Any:
        """What notebooks and editors show."""
        from inspect import signature

        return signature(self._verb)


class _Front(ModuleType):
    """The package itself, where the import system binds each room that somebody imports."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == _ROOMS.get(name) and isinstance(value, ModuleType):
            value.__class__ = _Verb
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found: Any = version("simkit")
        except PackageNotFoundError:
            found = "0+not.installed"
    elif name == _ROOMS.get(name):
        found = import_module(f"simkit.{name}")
    elif name in _ROOMS:
        found = getattr(import_module(f"simkit.{_ROOMS[name]}"), name)
    else:
        raise AttributeError(f"module 'simkit' has no attribute {name!r}", name=name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
