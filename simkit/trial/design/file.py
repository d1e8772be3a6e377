"""The one door for designs: an object, or the file of a registered one."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from simkit.errors import InputError, Problem
from simkit.scenario.toml_file import read_toml
from simkit.scenario.validation import moved
from simkit.trial.design.designed_trial import DesignedTrial
from simkit.trial.design.trial_design import TrialDesign
from simkit.trial.design.written import IDENTITY

GivenDesign: TypeAlias = TrialDesign | DesignedTrial | str | Path
"""A design as a user hands it in: itself, what `design_trial` made, or the file of one."""


def load_design(path: str | Path) -> TrialDesign:
    """Read a registered design.

    Parameters
    ----------
    path
        The file that `TrialDesign.write` wrote, or one of your own with the same keys and without
        an identity: with that trials are designed, rehearsed and assigned, and an evaluation says
        that nothing shows it to be what was registered.

    Returns
    -------
    TrialDesign
        The design.

    Raises
    ------
    InputError
        Naming every field that breaks a rule; or if the file holds an identity and its content
        was changed since.
    """
    place = Path(path)
    content = read_toml(place)
    identity = content.pop(IDENTITY, None)
    content = {name: tuple(v) if isinstance(v, list) else v for name, v in content.items()}
    try:
        design = TrialDesign.as_it_stands(content)
    except InputError as error:
        raise InputError(moved(problem, str(place), "") for problem in error.problems) from None
    if identity is not None and identity != design.identity():
        rule = (
            "must be the identity of what the file says: it was changed after it was written, and "
            "is not what was registered; a changed design is a new one, to be written under "
            "another name by TrialDesign.write or simkit design"
        )
        raise InputError([Problem(str(place), IDENTITY, identity, rule)])
    design._without_identity = identity is None
    return design


def as_design(given: object, where: str) -> TrialDesign:
    """Return the design that is meant by what a user handed in.

    Parameters
    ----------
    given
        A design, what `design_trial` returned, or the file of one.
    where
        The function, for messages.

    Raises
    ------
    InputError
        If it is none of these; or for a file that is no design.
    """
    if isinstance(given, str | Path):
        return load_design(given)
    if isinstance(given, DesignedTrial):
        return given.design
    if not isinstance(given, TrialDesign):
        rule = "must be a TrialDesign, a DesignedTrial (see design_trial) or the file of one"
        raise InputError([Problem(where, "design", type(given).__name__, rule)])
    return given
