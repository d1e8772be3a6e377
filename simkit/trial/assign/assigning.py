"""The verb that assigns contacts to the arms of a design."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from simkit.calllog.source import Source, many
from simkit.errors import InputError, Problem
from simkit.trial.assign.assignment import (
    COMMAS,
    OTHER_ARMS,
    Again,
    Assignment,
    Method,
    differences,
    salt_digest,
)
from simkit.trial.assign.balance import balance_table, checks_of, covariates_table
from simkit.trial.assign.file import load_assignment
from simkit.trial.assign.randomise import block_of, by_blocks, by_hash
from simkit.trial.assign.remarks import DEALT_FIRST, few_units, not_compared, too_few
from simkit.trial.assign.units import (
    ContactList,
    contact_list,
    dialect_of,
    read_list_of,
    torn_units,
)
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.design.trial_design import usual_drawing
from simkit.trial.read.selection import covariate_problems

WHERE = "assign"
HASH, BLOCKS = "hash", "blocks"


def assign(
    contacts: pd.DataFrame | str | Path,
    design: GivenDesign,
    *,
    method: Literal["hash", "blocks"] | None = None,
    earlier: Assignment | str | Path | None = None,
    again: str | None = None,
    segment: str = "segment",
) -> Assignment:
    """Give each contact of a list its arm, so that it can be had again and never moves.

    **By hash** (the default without strata): the arm follows from SHA-256 of the design's salt and
    the id of the account (or contact) alone. The list's order, who else is on it and when it was
    assigned do not matter, so that a list that grows needs no memory. Arms are as large as chance
    makes them: of 1,000 units in two arms, within about 31 of 500 nineteen times in twenty. Strata
    are balanced by chance only, too.

    **By blocks** (the default with strata): within each segment and stratum, permuted blocks are
    dealt to units in the order of their hashes, so that arms differ from their parts by less than
    one block in each stratum: with equal parts by one unit at most. What a unit gets then depends
    on who was on the list before: when the list grows, hand over the ``earlier`` assignment. Its
    contacts keep their arms, those that are no longer listed too, and new units go on from there.

    A contact of an account that has an arm gets that arm. Segment and strata are those that a
    contact had when it was assigned.

    Parameters
    ----------
    contacts
        One row a contact, or a CSV file: ``contact_id``, ``account_id`` (where accounts are
        assigned), the segment (where the design has several), the design's strata; further columns
        are covariates, whose balance is shown (numbers, and texts of at most 20 different values),
        but for those that tell persons apart (a telephone, an e-mail, a tax code): by these it is
        told who is listed twice.
        A missing value of a stratum is a stratum.
    design
        The registered design, or its file: its salt, unit, arms, shares and strata.
    method
        ``"hash"`` or ``"blocks"``; default: the design's, else blocks where it has strata.
    earlier
        The assignment made before of a part of this list, or its file.
    again
        Why contacts that have arms are given others: only where ``earlier`` was made with another
        salt or other arms. It is kept in the file, and told when the trial is evaluated.
    segment
        Name of the segment's column.

    Returns
    -------
    Assignment
        Contacts with their arms, balance, and `Assignment.write_csv` for the dialler.

    Raises
    ------
    InputError
        With everything that is wrong with the list, as rows of the file; if an account's contacts
        lie in several segments or strata; if arms would change and nobody said why.
    """
    _check_kinds(contacts, earlier, again, segment, method)
    design, before = _opened(design, earlier)
    registered: Any = design.method
    how: Method = method or registered or usual_drawing(design.strata)
    problems = _own_problems(design, how, before, again)
    problems += covariate_problems(
        WHERE, "covariates", design.covariates, {segment, *design.outcomes}
    )
    listed = None
    try:
        listed = _listed(contacts, design, segment, None if before is None else before.table)
    except InputError as error:
        problems += error.problems
    if problems or listed is None:
        raise InputError(problems)
    kept = before if before is not None and again is None else None
    table = listed.table.copy()
    known = _known_arms(table, kept, design)
    new = known.isna()
    problems = [
        *torn_units(table, new, design.strata, listed.source),
        *_moved_units(table, known, kept, listed.source),
    ]
    if problems:
        raise InputError(problems)
    notes = []
    if kept is not None:
        notes += _as_assigned(table, kept, design)
    units = table.loc[new, ["unit", "segment", *design.strata]].drop_duplicates("unit")
    arms = _hashed(units, design) if how == HASH else _dealt(units, design, kept)
    table["arm"] = known.where(~new, table["unit"].map(arms))
    table["on_list"] = True
    gone = pd.DataFrame()
    if kept is not None:
        gone = kept.table[~kept.table["contact_id"].isin(table["contact_id"])]
        gone = gone.assign(on_list=False)
        if len(gone):
            notes.append(
                f"{many(len(gone), 'contact')} assigned earlier and no longer on the list: kept, "
                "since they belong to the trial"
            )
    if how == BLOCKS and before is None:
        notes.append(DEALT_FIRST)
    notes += not_compared(listed.covariates)
    columns = ["contact_id", "account_id", "segment", *design.strata, "arm", "on_list"]
    whole = pd.concat([table[columns], gone[columns]] if len(gone) else [table[columns]])
    whole = whole.reset_index(drop=True).astype({"on_list": np.bool_})
    notes += [*too_few(whole, design), *few_units(whole, design)]
    history = () if before is None else before.again
    if again is not None and before is not None:
        both = before.table.merge(whole, on="contact_id", suffixes=("_before", ""))
        moved = int((both["arm"] != both["arm_before"]).sum())
        history += (Again(again, before.design, before.salt, moved, len(both)),)
    return Assignment(
        table=whole,
        balance=balance_table(whole, design),
        covariates=covariates_table(table, listed.covariates, design),
        checks=checks_of(table, listed.covariates, design, listed.further),
        trial=design.name,
        design=design.identity(),
        salt=salt_digest(design.salt),
        method=how,
        unit=design.unit,
        strata=design.strata,
        parts={name: design.parts(name) for name in design.segments},
        again=history,
        first=before is None,
        notes=tuple(notes),
        dialect=COMMAS if isinstance(contacts, pd.DataFrame) else dialect_of(contacts),
    )


def _check_kinds(
    contacts: object, earlier: object, again: object, segment: object, method: object
) -> None:
    """Refuse arguments of another kind than can be read at all."""
    kinds: dict[str, tuple[object, bool, str]] = {
        "contacts": (
            contacts,
            isinstance(contacts, pd.DataFrame | str | Path),
            "must be a DataFrame with one row a contact, or a CSV file",
        ),
        "earlier": (
            earlier,
            earlier is None or isinstance(earlier, Assignment | str | Path),
            "must be an Assignment, or the file of one",
        ),
        "again": (again, again is None or isinstance(again, str), "must say why, as a text"),
        "segment": (segment, isinstance(segment, str), "must be the name of a column"),
        "method": (method, method is None or isinstance(method, str), "must be a text"),
    }
    problems = [
        Problem(WHERE, name, type(value).__name__, rule)
        for name, (value, fine, rule) in kinds.items()
        if not fine
    ]
    if problems:
        raise InputError(problems)


def _opened(
    design: GivenDesign, earlier: Assignment | str | Path | None
) -> tuple[TrialDesign, Assignment | None]:
    """Return the design and the earlier assignment, from objects or from files."""
    found, before = None, None
    problems: list[Problem] = []
    try:
        found = as_design(design, WHERE)
    except InputError as error:
        problems += error.problems
    try:
        before = load_assignment(earlier) if isinstance(earlier, str | Path) else earlier
    except InputError as error:
        problems += error.problems
    if problems or found is None:
        raise InputError(problems)
    return found, before


def _listed(
    contacts: pd.DataFrame | str | Path,
    design: TrialDesign,
    segment: str,
    earlier: pd.DataFrame | None,
) -> ContactList:
    """Read and check the list; tell what is wrong with its cells and with its rows together."""
    if isinstance(contacts, pd.DataFrame):
        return contact_list(contacts, design, segment, Source.memory("contacts"), earlier)
    table, source, problems = read_list_of(contacts)
    try:
        found = contact_list(table, design, segment, source, earlier)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    return found


def _own_problems(
    design: TrialDesign, method: str, earlier: Assignment | None, again: str | None
) -> list[Problem]:
    problems = []
    if method not in (HASH, BLOCKS):
        rule = 'must be "hash" or "blocks"'
        problems.append(Problem(WHERE, "method", method, rule))
    elif method != (design.method or method):
        rule = f"must be {design.method}, as the design registers it"
        problems.append(Problem(WHERE, "method", method, rule))
    if method == BLOCKS:
        rule = "must be parts in the ratio of small whole numbers, as 2 : 1 : 1, to make blocks"
        problems += [
            Problem(WHERE, f"shares in {name}", design.parts(name), rule)
            for name in design.segments
            if block_of(design.parts(name)) is None
        ]
    if again is not None and not again.strip():
        problems.append(Problem(WHERE, "again", again, "must say why"))
    if earlier is None:
        if again is not None:
            rule = "must come with the earlier assignment, whose arms it changes"
            problems.append(Problem(WHERE, "again", again, rule))
        return problems
    changes = differences(earlier, design, method)
    if OTHER_ARMS not in changes and not set(earlier.parts) <= set(design.arms):
        changes.append(OTHER_ARMS)
    if again is not None and not changes:
        rule = "must not be given: nothing has changed since, so that everybody keeps their arm"
        problems.append(Problem(WHERE, "again", again, rule))
    if again is None and changes:
        rule = (
            f"was made with {' and '.join(changes)}: contacts would move to other arms. Use the "
            "earlier design, or say again and why: it is kept, and told with the results"
        )
        problems.append(Problem(WHERE, "earlier", earlier.trial, rule))
    return problems


def _known_arms(
    table: pd.DataFrame, kept: Assignment | None, design: TrialDesign
) -> pd.Series[str]:
    """Return the arm that each contact has, its own or that of its account; null for new ones."""
    if kept is None:
        return pd.Series(None, table.index, dtype=object)
    own = table["contact_id"].map(kept.table.set_index("contact_id")["arm"])
    unit = design.unit_column
    of_unit = kept.table.drop_duplicates(unit).set_index(unit)["arm"]
    own = own.where(own.notna(), table["unit"].map(of_unit))
    # A contact that brings its arm along to an account without one gives it to its colleagues.
    return own.where(own.notna(), own.groupby(table["unit"]).transform("first")).astype(object)


def _moved_units(
    table: pd.DataFrame, known: pd.Series[str], kept: Assignment | None, source: Source
) -> list[Problem]:
    if kept is None:
        return []
    pairs = pd.DataFrame({"unit": table["unit"], "arm": known}).dropna().drop_duplicates()
    several = pairs.loc[pairs["unit"].duplicated(), "unit"]
    rule = (
        "must hold contacts of one arm: since the earlier assignment contacts have moved between "
        "accounts, and nobody changes arm; leave their accounts as they were"
    )
    split = source.problem("account_id", table["unit"].isin(several), rule, table["unit"])
    strange = pd.Series(False, table.index)
    for name, arms in kept.parts.items():
        strange |= (table["segment"] == name) & known.notna() & ~known.isin(list(arms))
    rule = "must be a segment that has the arm which the account got earlier"
    foreign = source.problem("segment", strange, rule, table["segment"])
    return [problem for problem in (split, foreign) if problem]


def _as_assigned(table: pd.DataFrame, kept: Assignment, design: TrialDesign) -> list[str]:
    """Put back the segment and strata that contacts had when they were assigned."""
    before = kept.table.set_index("contact_id")
    differ = pd.Series(False, table.index)
    for name in ("segment", *design.strata):
        then = table["contact_id"].map(before[name])
        other = then.notna() & (then != table[name])
        differ |= other
        table[name] = then.where(then.notna(), table[name])
    count = int(differ.sum())
    if not count:
        return []
    return [
        f"{many(count, 'contact')} in another segment or stratum than when they were assigned: "
        "they keep the earlier one"
    ]


def _hashed(units: pd.DataFrame, design: TrialDesign) -> dict[str, str]:
    arms: dict[str, str] = {}
    for segment, here in units.groupby("segment", sort=False):
        names = here["unit"].tolist()
        found = by_hash(names, design.salt, design.parts(str(segment)))
        arms |= dict(zip(names, found, strict=True))
    return arms


def _dealt(units: pd.DataFrame, design: TrialDesign, kept: Assignment | None) -> dict[str, str]:
    cell = ["segment", *design.strata]
    dealt: dict[tuple[str, ...], int] = {}
    if kept is not None:
        unit = design.unit_column
        first = kept.table.drop_duplicates(unit)
        dealt = {tuple(map(str, key)): len(rows) for key, rows in first.groupby(cell, sort=False)}
    arms: dict[str, str] = {}
    for key, here in units.groupby(cell, sort=False):
        names = tuple(map(str, key))
        block = block_of(design.parts(names[0]))
        assert block is not None  # as _own_problems has made sure
        arms |= by_blocks(
            here["unit"].tolist(), design.salt, "/".join(names), block, dealt.get(names, 0)
        )
    return arms
