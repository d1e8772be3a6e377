"""Whether a trial's arms are those that the design's salt draws, for each unit anew."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.source import many
from simkit.calllog.stored import StoredLog
from simkit.trial.assign.given import DRAWN
from simkit.trial.assign.randomise import arms_at, codes_of
from simkit.trial.checks.assigned import MANY
from simkit.trial.checks.assignment import sample_ratio
from simkit.trial.checks.check import ALPHA, EVERYWHERE, NO_P_VALUE, Check
from simkit.trial.design import TrialDesign
from simkit.trial.read.began import SIMULATED
from simkit.trial.read.data import ALL, as_names
from simkit.trial.read.roster import Roster

REDRAWN = "arms drawn again"
CHANCE_Z = 4.0
"""Draws that have nothing to do with each other agree by so much more once in 30,000 (normal)."""

#: Part of the contacts above which accounts count as renumbered (assumed).
MOSTLY = 0.5
SALT = "by SHA-256 of the design's salt and the id"


UNIT = ["segment", "code", "given"]


@dataclass(frozen=True)
class _Seen:
    """What was counted: contacts, and of units, each once in every arm that it has."""

    contacts: int
    differ: int
    units: int
    agree: int
    expected: float
    variance: float
    torn: int
    blank: dict[str, dict[str, int]]

    @property
    def by_chance(self) -> bool:
        """Whether the arms agree with the draw no better than another draw would."""
        spread = math.sqrt(self.variance)
        return self.agree < self.units and self.agree - self.expected < CHANCE_Z * spread


def redrawn_checks(
    design: TrialDesign,
    data: CallLog | StoredLog | pd.DataFrame,
    *,
    arm: str,
    cluster: str | None,
    segment: str | None,
    method: str | None,
    assigned: Roster | None,
) -> list[Check]:
    """Draw the arms of a trial again, where they follow from the salt and the ids, and compare.

    Nothing else tells whether arms were drawn until they pleased, from another salt in another
    folder, when the file of the assignment is not at hand.

    Parameters
    ----------
    design
        The design: its salt, unit, arms and shares.
    data
        A log, in memory or on disk, or a table. Simulated calls were assigned by the simulation.
    arm, cluster, segment
        Columns as `simkit.trial.evaluate` takes them; of a log the column segment is drawn in.
    method
        How the arms were drawn, by the record of the assignment; None: by the design.
    assigned
        Who was assigned, where the assignment was given: then arms dealt by blocks are held against
        it, and accounts are those that it names, whatever numbers they have got since.
    """
    how, listed = method or design.method, assigned is not None
    if isinstance(data, CallLog | StoredLog) and data.header.source == SIMULATED:
        return []
    if how == "outside" or (how is None and design.strata):
        return []
    if how == "blocks":
        return [] if listed else [_only_the_list()]
    accounts = None
    if assigned is not None and design.unit == "account":
        accounts = assigned.accounts
    frames = _frames(design, data, arm, cluster, segment, accounts)
    if frames is None:
        return [_without_ids(design.unit)] if how == "hash" else []
    seen = _seen(frames, design)
    return [
        *([_judged(seen, known=how == "hash", listed=listed)] if seen.units else []),
        *(_blanks(seen, design) if how == "hash" and not seen.by_chance else []),
    ]


def _frames(
    design: TrialDesign,
    data: CallLog | StoredLog | pd.DataFrame,
    arm: str,
    cluster: str | None,
    segment: str | None,
    accounts: pd.Series | None,
) -> Iterator[pd.DataFrame] | None:
    """Give unit, segment and arm of contacts, some at a time; None without ids of units."""
    unit = design.unit_column
    own = "segment" if _is_log(data) else segment
    if isinstance(data, pd.DataFrame) and unit not in data and design.unit == "account":
        unit = cluster or ""  # a column of another name
    by = "contact_id"
    columns = [unit, arm, *([] if own is None else [own]), *([] if accounts is None else [by])]
    if isinstance(data, StoredLog):
        batches = data.contact_batches(list(dict.fromkeys(columns)))
        return (_named(batch.to_pandas(), unit, own, arm, accounts) for batch in batches)
    table = data.contacts if isinstance(data, CallLog) else data
    if unit not in table:
        return None
    return iter([_named(table, unit, own, arm, accounts if by in table else None)])


def _is_log(data: object) -> bool:
    return isinstance(data, CallLog | StoredLog)


def _named(
    table: pd.DataFrame, unit: str, segment: str | None, arm: str, accounts: pd.Series | None
) -> pd.DataFrame:
    """Return one row per unit, segment and arm, with its contacts, all as text."""
    frame = pd.DataFrame({"unit": table[unit], "arm": table[arm].astype(object)})
    frame["segment"] = ALL if segment is None else table[segment].astype(object)
    if accounts is not None:
        frame = _as_assigned(frame, as_names(table["contact_id"]).map(accounts))
    if frame["unit"].is_unique:
        frame["contacts"] = 1
    else:
        keys = ["unit", "segment", "arm"]
        sizes = frame.groupby(keys, dropna=False, sort=False, observed=True).size()
        frame = sizes.rename("contacts").reset_index()
    return frame.assign(**{name: as_names(frame[name]) for name in ("unit", "segment", "arm")})


def _as_assigned(frame: pd.DataFrame, accounts: pd.Series) -> pd.DataFrame:
    """Name units as they were assigned, and leave out those whose account has got another id since.

    Parameters
    ----------
    frame
        Contacts with the ``unit`` that the data tell.
    accounts
        The account that each was assigned in, in the same rows; missing where no list tells it.
    """
    told, own = accounts.notna(), as_names(frame["unit"])
    renumbered = (own[told] != accounts[told]).mean() > MOSTLY
    whose = told if renumbered else told | True
    return frame.assign(unit=accounts.where(told, own))[whose].reset_index(drop=True)


def _seen(frames: Iterator[pd.DataFrame], design: TrialDesign) -> _Seen:
    """Count contacts and units. A unit whose contacts lie apart in a file is met several times."""
    rows = pd.concat([_drawn(frame, design) for frame in frames], ignore_index=True)
    units = rows.drop_duplicates(UNIT)
    armed, blank = units["given"] >= 0, units["given"] < 0
    differ = rows["given"].ge(0) & rows["given"].ne(rows["drawn"])
    chance = units.loc[armed, "chance"]
    torn = 0
    if design.unit == "account":
        torn = len(np.intersect1d(units.loc[armed, "code"], units.loc[blank, "code"]))
    counts: dict[str, dict[str, int]] = {}
    for place, name in enumerate(design.segments):
        drawn = units.loc[blank & (units["segment"] == place), "drawn"]
        arms = sorted(design.parts(name))
        found = np.bincount(drawn, minlength=len(arms)).tolist()
        counts[name] = dict(zip(arms, found, strict=True))
    return _Seen(
        contacts=int(rows.loc[rows["given"] >= 0, "contacts"].sum()),
        differ=int(rows.loc[differ, "contacts"].sum()),
        units=int(armed.sum()),
        agree=int((armed & (units["given"] == units["drawn"])).sum()),
        expected=float(chance.sum()),
        variance=float((chance * (1 - chance)).sum()),
        torn=torn,
        blank=counts,
    )


def _drawn(frame: pd.DataFrame, design: TrialDesign) -> pd.DataFrame:
    """Return segment, number drawn, arm drawn and arm given (-1: none) by place, and its chance."""
    only = design.segments[0] if len(design.segments) == 1 else None
    tables = []
    for place, name in enumerate(design.segments):
        parts = design.parts(name)
        arms = pd.Index(sorted(parts))
        known = frame["arm"].isna() | frame["arm"].isin(arms)
        here = frame[known & frame["segment"].isin([name, ALL] if name == only else [name])]
        codes = codes_of(here["unit"], design.salt)
        given = arms.get_indexer(pd.Index(here["arm"]))
        share = np.array([*(parts[arm] for arm in arms), np.nan])
        columns = {
            "segment": np.full(len(here), place, dtype=np.int16),
            "code": codes,
            "drawn": arms.get_indexer(pd.Index(arms_at(codes, parts))).astype(np.int16),
            "given": given.astype(np.int16),
            "chance": share[given],
            "contacts": here["contacts"].to_numpy(dtype=np.int64),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _judged(seen: _Seen, *, known: bool, listed: bool) -> Check:
    if not seen.differ:
        found = f"{many(seen.contacts, 'contact')} in the arm that the salt draws"
        meaning = f"each arm is the one that was drawn, {SALT}"
        return Check(REDRAWN, EVERYWHERE, found, NO_P_VALUE, "ok", meaning)
    found = f"{seen.differ:,} of {seen.contacts:,} contacts in another arm than the salt draws"
    if not seen.by_chance:
        return Check(
            REDRAWN,
            EVERYWHERE,
            found,
            NO_P_VALUE,
            "warning" if listed and seen.differ <= MANY * seen.contacts else "fail",
            "contacts were moved to other arms, or their ids were changed, after arms were drawn "
            f"{SALT}",
            "put everybody into the arm drawn; write ids as they were assigned, with leading zeros "
            "and in the accounts that they had then",
        )
    if known:
        return Check(
            REDRAWN,
            EVERYWHERE,
            f"{found}, as many as chance makes",
            NO_P_VALUE,
            "fail",
            "the arms are not those that the registered salt draws: they were drawn from another, "
            "and who may draw again until the arms please has not assigned by chance",
            "evaluate by the design whose salt drew these arms, and say why there are two; see "
            "also that ids are written as they were assigned, with leading zeros, or give the "
            "assignment (assigned, --assigned), which names accounts as they were; arms that "
            "others deal need a design that says so before (method outside, --method outside)",
        )
    return Check(
        DRAWN,
        EVERYWHERE,
        f"{found}, as many as chance makes",
        NO_P_VALUE,
        "warning",
        "nothing shows that the arms were drawn once, nor by whom",
        "give the assignment (assigned, --assigned); in the next design say how arms are drawn "
        "(method), as simkit design does",
    )


def _blanks(seen: _Seen, design: TrialDesign) -> Iterator[Check]:
    """Tell of contacts without an arm who cannot be strangers to the trial."""
    advice = "put back the arms (simkit assign gives them again); find out who took them away"
    if seen.torn:
        yield Check(
            REDRAWN,
            EVERYWHERE,
            f"{many(seen.torn, 'account')} with an arm for some contacts and none for others",
            NO_P_VALUE,
            "fail",
            "whole accounts were assigned, so that these contacts have lost their arms: who is "
            "left was selected",
            advice,
        )
    for segment, counts in seen.blank.items():
        p_value, found = sample_ratio(counts, design.parts(segment))
        if p_value < ALPHA:
            yield Check(
                REDRAWN,
                segment,
                f"of those without an arm the salt draws {found}",
                p_value,
                "fail",
                "contacts have lost their arms in one arm more than in the others: who is left was "
                "selected",
                advice,
            )


def _only_the_list() -> Check:
    return Check(
        DRAWN,
        EVERYWHERE,
        "by blocks, from a list that was not given",
        NO_P_VALUE,
        "warning",
        "arms dealt by blocks hang on the list, so that nothing here shows that they were drawn "
        "once and kept",
        "give the assignment (assigned, --assigned)",
    )


def _without_ids(unit: str) -> Check:
    return Check(
        DRAWN,
        EVERYWHERE,
        f"by hash, and the data hold no ids of {unit}s",
        NO_P_VALUE,
        "warning",
        "the arms cannot be drawn again, so that nothing here shows that they were drawn once and "
        "kept",
        "give the contacts with the ids by which they were assigned"
        + (" (cluster names the account's column)" if unit == "account" else ""),
    )
