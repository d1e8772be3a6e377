"""The result of assigning contacts to arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from simkit.calllog.source import many
from simkit.calllog.textfile import Dialect
from simkit.result import Result
from simkit.trial.assign.alike_words import said_of_balance
from simkit.trial.assign.randomise import CLOSE, digest
from simkit.trial.assign.written import write_assignment
from simkit.trial.checks.check import said_of
from simkit.trial.checks.people import PEOPLE_BY

if TYPE_CHECKING:
    from simkit.trial.design import TrialDesign

Method = Literal["hash", "blocks"]
OTHER_ARMS = "other arms or shares"
COMMAS = Dialect()
#: Part of what was meant by which an arm must be off to be called uneven (assumed); of 1,000 units
#: by hash in three arms it is five standard errors.
UNEVEN = 0.2
IN_WORDS = {"hash": "by hash", "blocks": "by permuted blocks"}


@dataclass(frozen=True, repr=False)
class Again(Result):
    """A time at which contacts that had arms were given others.

    Parameters
    ----------
    reason
        Why, in the words of who did it.
    design, salt
        Identity of the design, and digest of the salt, that the arms before came from.
    moved, both
        Of how many contacts the arm changed; how many were on both lists.
    """

    reason: str
    design: str
    salt: str
    moved: int
    both: int

    def sentence(self) -> str:
        """Say what happened and why."""
        return (
            f"Contacts were assigned again: {self.moved:,} of the {self.both:,} that had an arm "
            f"changed it. Reason given: {self.reason}."
        )


@dataclass(frozen=True, eq=False, repr=False)
class Assignment(Result):
    """Contacts with their arms.

    Parameters
    ----------
    table
        One row a contact, ids as text: ``contact_id``, ``account_id``, ``segment``, the strata's
        columns, ``arm``, ``on_list`` (False where it was assigned earlier and is no longer on the
        list: it belongs to the trial all the same).
    balance
        One row per segment, stratum and arm, of the contacts on the list: ``contacts``, ``units``
        (accounts, where these are assigned), ``share`` of the units, ``expected`` share,
        ``p_value`` of so uneven arms by chance (Pearson's χ² in that stratum; by blocks it is no
        test, since they are even by design).
    covariates
        One row per segment, arm and covariate (or label of one): ``mean``, ``mean_control``,
        ``standardised`` (their difference over the contacts' standard deviation), ``p_value`` (of
        all covariates of that arm together, one score test with errors by account).
    checks
        ``check``, ``segment``, ``found``, ``p_value``, ``verdict``, ``meaning``, ``advice``; also
        who is listed twice, by columns such as a telephone.
    trial, design, salt
        The trial's name, its design's identity, and a digest of its salt.
    method, unit, strata, parts
        How it was done: "hash" or "blocks"; "account" or "contact"; columns; segment → arm → part.
    again
        Times at which contacts were given other arms, the first time first.
    first
        Whether it was made without an earlier assignment.
    notes
        What a reader must know.
    dialect
        How the list's file was written, and so that for the dialler.
    """

    table: pd.DataFrame
    balance: pd.DataFrame
    covariates: pd.DataFrame
    checks: pd.DataFrame
    trial: str
    design: str
    salt: str
    method: Method
    unit: str
    strata: tuple[str, ...]
    parts: Mapping[str, dict[str, float]]
    again: tuple[Again, ...] = ()
    first: bool = True
    notes: tuple[str, ...] = ()
    dialect: Dialect = COMMAS

    def sentence(self) -> str:
        """Say how many got which arm, how, and whether the arms are alike."""
        here = self.table[self.table["on_list"]]
        parts = []
        for segment, arms in self.parts.items():
            counts = here.loc[here["segment"] == segment, "arm"].value_counts()
            if len(counts):
                own = ", ".join(f"{arm} {int(counts.get(arm, 0)):,}" for arm in arms)
                parts.append(f"{segment}: {own}")
        if not len(here):
            text = "No contact is on the list: nobody has been given an arm."
            return " ".join([text, *(one.sentence() for one in self.again)])
        units = here["account_id" if self.unit == "account" else "contact_id"].nunique()
        of_units = f" of {many(units, 'account')}" if self.unit == "account" else ""
        text = (
            f"{many(len(here), 'contact')}{of_units} assigned {IN_WORDS[self.method]} "
            f"({'; '.join(parts)})."
        )
        wrong = self.checks[self.checks["verdict"] != "ok"]
        twice = wrong["check"].str.startswith(PEOPLE_BY)
        text += "".join(f" {said[0].upper()}{said[1:]}." for said in said_of(wrong[twice]))
        wrong = wrong[~twice]
        for row in wrong.itertuples(index=False):
            text += f" {row.segment}, {row.check}: {row.meaning}."
        empty = self._empty_arms(here)
        if empty:
            without = "without an account" if self.unit == "account" else "without a contact"
            text += f" {many(len(empty), 'arm')} {without}: {', '.join(empty)}."
        elif not len(wrong) and len(self.checks):
            uneven = self._uneven_arms()
            if uneven:
                text += (
                    f" Arms are uneven by chance, as few that are drawn one by one are: "
                    f"{', '.join(uneven)}. A design with method blocks (simkit design --method "
                    "blocks) keeps them even."
                )
            else:
                text += " Arms are as large as meant."
            alike = said_of_balance(self.checks, self.covariates)
            text += f" {alike}" if alike else ""
        return " ".join([text, *(one.sentence() for one in self.again)])

    def _uneven_arms(self) -> list[str]:
        """Return each arm that has far more or fewer units than were meant, though by chance."""
        units = self.balance.groupby(["segment", "arm"])["units"].sum()
        found = []
        for segment, parts in self.parts.items():
            own = {arm: int(units.get((segment, arm), 0)) for arm in parts}
            for arm, there in own.items():
                meant = sum(own.values()) * parts[arm] / sum(parts.values())
                if abs(there - meant) > max(UNEVEN * meant, 1):
                    where = f"{segment} {arm}" if len(self.parts) > 1 else arm
                    found.append(f"{where} {many(there, self.unit)} of {meant:.0f} meant")
        return found

    def _empty_arms(self, here: pd.DataFrame) -> list[str]:
        """Return the arms, with their segments where there are several, that nobody on it has."""
        there = set(here[["segment", "arm"]].itertuples(index=False, name=None))
        several = len(self.parts) > 1
        return [
            f"{segment} {arm}" if several else arm
            for segment, arms in self.parts.items()
            for arm in arms
            if (segment, arm) not in there
        ]

    def write_csv(self, path: str | Path) -> Path:
        """Write the file for the dialler, and beside it how it was made.

        Parameters
        ----------
        path
            CSV with the columns of ``table``, written as the list was where that came from a file:
            with its delimiter, and a byte-order mark if it had one. A file of the same name ending
            in ``.json`` holds the design's identity, a digest of the salt, the method and what was
            done again.

        Raises
        ------
        InputError
            If one of the two exists, or if the folder holds an assignment of the same trial with
            another salt, of which this one does not say why it was done again, or one dealt by
            blocks to other contacts, from which this one does not go on.
        """
        record = {
            "trial": self.trial,
            "design": self.design,
            "salt": self.salt,
            "method": self.method,
            "unit": self.unit,
            "strata": list(self.strata),
            "parts": dict(self.parts),
            "again": [asdict(one) for one in self.again],
            "first": self.first,
        }
        return write_assignment(self.table, record, Path(path), self.dialect)

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.notes)
        parts = [f"<p><strong>{escape(self.sentence())}</strong></p>"]
        parts += [
            frame.to_html(index=False, float_format="{:.3g}".format)
            for frame in (self.balance, self.covariates)
            if len(frame)
        ]
        return "".join(parts) + (f"<ul>{notes}</ul>" if notes else "")


def salt_digest(salt: str) -> str:
    """Return a short text by which a salt is known again without being shown."""
    return digest([f"salt:{salt}"])


def _alike(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    """Say whether two tables give the same arms the same parts."""
    return set(first) == set(second) and all(
        abs(part - second[arm]) < CLOSE for arm, part in first.items()
    )


def differences(made: Assignment, design: TrialDesign, method: str | None) -> list[str]:
    """Say in which of the things that arms hang on an assignment differs from a design.

    Parameters
    ----------
    made
        The assignment; its arms are held against those of the design's segments.
    design
        The design.
    method
        How the design's arms are drawn; None where that is not known.
    """
    same = {
        "another salt": made.salt == salt_digest(design.salt),
        f"{made.unit}s as units": made.unit == design.unit,
        f"the method {made.method}": made.method == (method or made.method),
        "other strata": made.strata == design.strata,
        OTHER_ARMS: all(
            _alike(parts, design.parts(segment))
            for segment, parts in made.parts.items()
            if segment in design.arms
        ),
    }
    return [words for words, fine in same.items() if not fine]
