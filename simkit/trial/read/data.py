"""Contacts as they were assigned: what every door hands to the comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from simkit.errors import Problem
from simkit.trial.effects.clusters import units_in_arms
from simkit.trial.effects.means import MIN_UNITS, ArmMeans, means_of_contacts, means_of_counts
from simkit.trial.read.counted_arms import counted_arms
from simkit.trial.read.names import NET_VALUE, NO_ARM, alike
from simkit.trial.read.worth import as_share, net_value_of_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL = "all"
#: The name of segments whose arms are chosen for all of them at once.
TOGETHER = "all segments together"
BLANKS = "must hold something and no blanks at its ends: such names are read as different ones"
NAMED_ALL = "must have another name: this one stands for all segments"
ALIKE = (
    "must differ by more than capitals, blanks, zeros after the point, or how an accent is stored: "
    "one arm under two names would be two arms"
)
SEGMENTS_ALIKE = (
    "must differ by more than capitals, blanks, zeros after the point, or how an accent is stored: "
    "one segment under two names would be compared as two; write it one way"
)
ALONE = "must hold at least 2 contacts: one alone shows no spread"
EACH_ALONE = "must each hold at least 2 contacts: one alone shows no spread"
TOTALS = "totals by arm hold no outcome of a single contact or account"
LEFT_OUT_COLUMNS = ("reason", "count")


@dataclass(frozen=True, eq=False)
class AssignedRows:
    """What was assigned in a segment: rows that each hold contacts of one account in one arm.

    Parameters
    ----------
    account, arm
        Code of the account and position of the arm.
    n
        Contacts.
    """

    account: NDArray[np.int64]
    arm: NDArray[np.int64]
    n: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CalledRows(AssignedRows):
    """Those assigned in a segment who had time to be called.

    Parameters
    ----------
    called
        How many contacts of each row were called.
    late
        Further contacts in all, who came too late for it.
    """

    called: NDArray[np.int64]
    late: int


@dataclass(frozen=True, eq=False)
class TrialData:
    """The contacts of a trial, or the totals of its arms.

    Parameters
    ----------
    where
        What the data are called in messages.
    arms
        Segment → names of its arms, in natural order. A trial without segments has one, ``"all"``.
    control
        Segment → the arm that the others are compared with.
    contacts
        One row per assigned contact: ``segment``, ``arm``, ``cluster`` (a code), ``followed`` (for
        the whole horizon) and, where known, ``dialled`` and ``lost`` (not followed, though others
        who entered on or about its day were). None where only totals are known.
    values
        The outcomes of the same rows, as numbers; or, without contacts, one row per segment and
        arm with ``segment``, ``arm``, ``n`` and the outcomes' totals.
    outcomes
        Names of the outcomes among the values.
    clustered
        Whether a unit holds several contacts.
    unit
        What was assigned: ``"contact"`` or the name of the cluster column.
    left_out
        Why contacts were left out, and how many: ``reason``, ``count``.
    horizon_days
        Days since assignment that the outcomes cover; None where not known.
    covariates
        What was known at assignment, in the contacts' rows; None where there is nothing.
    exposure
        What each arm delivered, one row per segment and arm.
    refusals
        Outcome → why it is no effect.
    ratios
        Names of values that are descriptive ratios, linearised to one value a contact.
    margins
        Outcome → segment → margin that comes with the data's economics.
    warnings, doubts
        What a reader must know of the data; and what may make every estimate wrong.
    time_doubts
        What may make the estimates wrong that agents' time is part of, and no others.
    worth_eur
        Column of a table → what one of it is worth [EUR], from which net value follows.
    second
        Code of each contact's second cluster, −1 where it has none; None where errors do not
        follow one.
    second_name
        What the second clusters are called, several of them; empty where there are none.
    marks
        Marks of the arms (`simkit.trial.read.marks`) at the moments asked for and, last, of all who
        were followed; empty where none were asked for, or the contacts are not known.
    cancellable
        Whether it is known of sales that they were cancelled, which may come after the horizon.
    unshown
        What each row of a table is read as though no column shows it; empty of anything else.
    asked_out
        Of a log: segment and arm → contacts followed who opted out other than by a complaint.
    money
        Of a log with prices: ``segment``, ``arm``, and the means of the parts of net value over
        the contacts followed.
    """

    where: str
    arms: Mapping[str, tuple[str, ...]]
    control: Mapping[str, str]
    contacts: pd.DataFrame | None
    values: pd.DataFrame
    outcomes: tuple[str, ...]
    clustered: bool
    unit: str
    left_out: pd.DataFrame
    horizon_days: float | None = None
    covariates: pd.DataFrame | None = None
    exposure: pd.DataFrame = field(default_factory=pd.DataFrame)
    refusals: Mapping[str, str] = field(default_factory=dict)
    ratios: tuple[str, ...] = ()
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    time_doubts: tuple[str, ...] = ()
    worth_eur: Mapping[str, float] = field(default_factory=dict)
    second: NDArray[np.int64] | None = None
    second_name: str = ""
    marks: Sequence[Mapping[tuple[str, str], str]] = ()
    cancellable: bool = False
    unshown: str = ""
    asked_out: Mapping[tuple[str, str], int] = field(default_factory=dict)
    money: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments."""
        return tuple(self.arms)

    def in_order(self, segments: Sequence[str]) -> Self:
        """Return the trial with its segments in this order; any others come after them."""

        def place(name: str) -> int:
            return list(segments).index(name) if name in segments else len(segments)

        exposure = self.exposure
        if len(exposure):
            exposure = exposure.sort_values(
                "segment", key=lambda names: names.map(place), kind="stable", ignore_index=True
            )
        arms = {name: self.arms[name] for name in sorted(self.arms, key=place)}
        return replace(self, arms=arms, exposure=exposure)

    @property
    def no_units(self) -> str:
        """Why no unit's outcome is held, only sums over many; empty where they are held."""
        return TOTALS if self.contacts is None else ""

    def assigned(self, segment: str) -> AssignedRows:
        """Give what was assigned in a segment, followed or not."""
        assert self.contacts is not None
        rows = self.contacts[self.contacts["segment"] == segment]
        return AssignedRows(
            account=rows["cluster"].to_numpy(dtype=np.int64),
            arm=positions(rows["arm"], self.arms[segment]),
            n=np.ones(len(rows), dtype=np.int64),
        )

    def called(self, segment: str) -> CalledRows | None:
        """Give who was called of those in a segment who had time for it; None if nobody knows.

        They are those followed to the horizon, unless their time was worked out.
        """
        assert self.contacts is not None
        if "dialled" not in self.contacts:
            return None
        here = (self.contacts["segment"] == segment).to_numpy(dtype=np.bool_)
        had_time = self.contacts["had_time" if self.timed else "followed"].to_numpy(dtype=np.bool_)
        rows = self.contacts[here & had_time]
        return CalledRows(
            account=rows["cluster"].to_numpy(dtype=np.int64),
            arm=positions(rows["arm"], self.arms[segment]),
            n=np.ones(len(rows), dtype=np.int64),
            called=rows["dialled"].to_numpy(dtype=np.int64),
            late=int((here & ~had_time).sum()),
        )

    @property
    def timed(self) -> bool:
        """Whether it was worked out which contacts had time for a first call."""
        return self.contacts is not None and "had_time" in self.contacts

    @property
    def without_arm(self) -> int:
        """How many contacts of the data have no arm."""
        rows = self.left_out.itertuples(index=False)
        return sum(int(count) for reason, count in rows if NO_ARM in reason)

    def followed(self, outcome: str, segment: str) -> NDArray[np.bool_]:
        """Tell which contacts count for an outcome in a segment: followed, and not missing."""
        assert self.contacts is not None
        here = (self.contacts["segment"] == segment) & self.contacts["followed"]
        return (here & self.values[outcome].notna()).to_numpy(dtype=np.bool_)

    def means(
        self, outcome: str, segment: str, errors: str = "auto"
    ) -> tuple[ArmMeans | None, dict[str, int]]:
        """Average an outcome by arm.

        Parameters
        ----------
        outcome, segment
            What and where.
        errors
            As given to ``evaluate``.

        Returns
        -------
        means
            Of the arms with at least two units; None if there are not two such arms.
        units
            Arm → units with the outcome, also for the arms that are left out.
        """
        arms = self.arms[segment]
        if self.contacts is None:
            here = self.values[self.values["segment"] == segment].set_index("arm").loc[list(arms)]
            n = here["n"].to_numpy(dtype=np.int64)
            if outcome == NET_VALUE and self.worth_eur:
                means = net_value_of_counts(here, n, arms, self.worth_eur)
            else:
                means = means_of_counts(here[outcome].to_numpy(dtype=np.float64), n, arms)
            by_arm = dict(zip(arms, n.tolist(), strict=True))
            return as_share(self, means, outcome, segment, errors), by_arm
        rows = self.followed(outcome, segment)
        arm = positions(self.contacts.loc[rows, "arm"], arms)
        cluster = self.contacts.loc[rows, "cluster"].to_numpy() if self.clustered else None
        units = units_in_arms(arm, cluster, len(arms))
        enough = units >= MIN_UNITS
        by_arm = dict(zip(arms, units.tolist(), strict=True))
        if enough.sum() < MIN_UNITS:
            return None, by_arm
        kept = [name for name, fine in zip(arms, enough, strict=True) if fine]
        take = enough[arm]
        values = self.values.loc[rows, outcome].to_numpy(dtype=np.float64)[take]
        place = np.cumsum(enough) - 1
        means = means_of_contacts(
            values,
            place[arm[take]],
            kept,
            None if cluster is None else cluster[take],
            second=None if self.second is None else self.second[rows][take],
            errors=errors,
        )
        if self.second_name:
            means = replace(means, second_name=self.second_name)
        # Money of a segment in which nobody spent any is all 0, and still no share.
        if means.binary and not self.yes_or_no(outcome):
            means = replace(means, binary=False)
        return as_share(self, means, outcome, segment, errors), by_arm

    def accounts_of(self, outcome: str, segment: str, arms: Sequence[str]) -> int:
        """Count the accounts of some arms' contacts; one that is split between them counts once."""
        assert self.contacts is not None
        rows = self.contacts[self.followed(outcome, segment)]
        return int(rows.loc[rows["arm"].isin(list(arms)), "cluster"].nunique())

    def account_events(
        self, outcome: str
    ) -> tuple[
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.float64],
        tuple[tuple[str, str], ...],
    ]:
        """Add an outcome up by account and arm, over all segments.

        Returns
        -------
        account, cell, n, total
            Code of the account, place among the cells, contacts and sum, a row for each pair.
        cells
            Segment and arm of each cell, segment by segment.
        """
        assert self.contacts is not None
        cells = tuple((name, arm) for name, arms in self.arms.items() for arm in arms)
        frame = self.contacts[["segment", "arm"]]
        cell = pd.MultiIndex.from_tuples(cells).get_indexer(pd.MultiIndex.from_frame(frame))
        known = (cell >= 0) & self.contacts["followed"].to_numpy(dtype=np.bool_)
        known &= self.values[outcome].notna().to_numpy()
        account = self.contacts["cluster"].to_numpy(dtype=np.int64)[known]
        group, pairs = pd.factorize(account * len(cells) + cell[known])
        value = self.values[outcome].to_numpy(dtype=np.float64)[known]
        n = np.bincount(group, minlength=len(pairs)).astype(np.int64)
        total = np.bincount(group, weights=value, minlength=len(pairs)).astype(np.float64)
        places = np.asarray(pairs, dtype=np.int64)
        return places // len(cells), places % len(cells), n, total, cells

    def yes_or_no(self, outcome: str) -> bool:
        """Tell whether an outcome is 0 or 1 for each contact that was followed."""
        assert self.contacts is not None
        followed = self.values.loc[self.contacts["followed"].to_numpy(dtype=np.bool_), outcome]
        return bool(followed.dropna().isin((0.0, 1.0)).all())


def positions(values: pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    """Give each value's position among the names (each value must be one of them)."""
    named = pd.Index(names)
    if isinstance(values.dtype, pd.CategoricalDtype):  # each name is looked up once
        return named.get_indexer(values.cat.categories)[values.cat.codes].astype(np.int64)
    return named.get_indexer(pd.Index(values)).astype(np.int64)


def natural_order(names: Sequence[str]) -> tuple[str, ...]:
    """Sort names so that "7 days" comes before "14 days"."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = re.split(r"(\d+)", name)
        return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]

    return tuple(sorted(names, key=key))


def as_names(values: pd.Series) -> pd.Series:
    """Write labels as text: a whole number without its decimals; missing stays missing."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").astype(object).where(values.notna(), None)


def _loose(name: str) -> bool:
    return not name or name != name.strip()


def unknown_segment(where: str, contacts: int) -> Problem:
    """Say that some assigned contacts belong to no segment."""
    rule = f"must be known for each assigned contact ({contacts:,} are without one)"
    return Problem(where, "segment", None, rule)


def arms_and_controls(
    where: str, column: str, labels: pd.DataFrame, control: object
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], list[Problem]]:
    """Find each segment's arms and its control, and what is wrong with them.

    Parameters
    ----------
    where, column
        Names for messages: the data, the arms' column.
    labels
        ``segment``, ``arm`` and ``n`` (contacts), one row per contact or per cell.
    control
        The arm compared with, or segment → that arm.

    Returns
    -------
    arms, control, problems
        By segment; every broken rule.
    """
    problems: list[Problem] = []
    if labels.empty:
        return {}, {}, [Problem(where, column, None, "must name the arm of at least one contact")]
    unknown = labels["segment"].isna()
    if unknown.any():
        return {}, {}, [unknown_segment(where, int(labels.loc[unknown, "n"].sum()))]
    sizes = labels.groupby(["segment", "arm"], sort=False)["n"].sum()
    segments = [str(name) for name in labels["segment"].unique()]
    problems += [Problem(where, "segment", name, BLANKS) for name in segments if _loose(name)]
    named = [str(name) for name in labels["arm"].unique()]
    problems += [Problem(where, column, name, BLANKS) for name in named if _loose(name)]
    for _, same in pd.Series(segments, dtype=object).groupby([alike(name) for name in segments]):
        if len(same) > 1:
            counts = [f"{name!r} ({int(sizes[name].sum()):,} contacts)" for name in same]
            problems.append(Problem(where, "segment", " and ".join(counts), SEGMENTS_ALIKE))
    held = sizes.groupby("arm", sort=False).sum()
    problems += counted_arms(where, column, {str(arm): int(n) for arm, n in held.items()})
    taken = [name for name in (ALL, TOGETHER) if name in segments and (len(segments) > 1)]
    problems += [Problem(where, "segment", name, NAMED_ALL) for name in taken]
    if problems:
        return {}, {}, problems
    arms: dict[str, tuple[str, ...]] = {}
    controls: dict[str, str] = {}
    for segment in segments:
        here = sizes[segment]
        arms[segment] = natural_order([str(name) for name in here.index])
        place = column if segment == ALL else f"{column} in segment {segment}"
        found = control.get(segment) if isinstance(control, Mapping) else control
        plain = pd.Series(arms[segment]).groupby([alike(name) for name in arms[segment]])
        problems += [Problem(where, place, list(same), ALIKE) for _, same in plain if len(same) > 1]
        if len(here) < MIN_UNITS:
            rule = "must hold at least two arms: with one there is nothing to compare"
            problems.append(Problem(where, place, arms[segment], rule))
        if str(found) not in arms[segment]:
            rule = f"must be one of the arms: {', '.join(arms[segment])}"
            problems.append(Problem(where, f"control of {place}", found, rule))
        alone = [name for name in arms[segment] if here[name] < MIN_UNITS]
        if len(alone) > 1:
            problems.append(Problem(where, place, alone, EACH_ALONE))
        problems += [Problem(where, place, name, ALONE) for name in alone if len(alone) == 1]
        controls[segment] = str(found)
    return arms, controls, problems
