"""Calls to contacts that stop although nothing that ends calling is recorded.

Who buys or opts out is called no more. Where just those rows are lost (sales of an arm go to
another campaign, opt-outs to another system), the contact seems to be called in vain for a while
and then left alone; gaps, weeks and hours look as they should. What shows is the silence
afterwards. Calling stops honestly, too: after a most of calls, after talks, with a campaign, for
want of agents. So a contact counts only where others that were like it were nearly always called
again: others of its own arm, or, where calls to a part of its arm stop together, those of another
arm. A rule stops (nearly) all whom it meets, and what all arms do alike is none of one's loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.calllog import DISPOSITIONS
from simkit.calllog.codes import CODES
from simkit.measures.reduction import US_PER_DAY
from simkit.trial.checks.check import ALPHA, NO_P_VALUE, Check, by_arm, judged, percent
from simkit.trial.checks.rates import same_share
from simkit.trial.checks.silent import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.trial.checks.dials import Dials

STOPPED = "calls that stop without an end"
#: Of those who were like a contact so many must have been called again (assumed).
NEARLY_ALWAYS = 0.9
#: Where fewer of them were called on for another rest, a rule stopped the arm (a most of calls, an
#: age, an end of calling); where more, only some of its contacts were called no more (assumed).
CALLED_ON = 0.5
#: Fewer who were alike tell nothing.
FEWEST_ALIKE = 20
#: Weeks after a dial whose contacts must have been called again, too (assumed): a queue that grows
#: and a campaign that ends leave out those who were called last first.
WEEKS_AFTER = 2
ALIKE = {
    "number": 0,
    "run": 0,
    "code": 0,
    "week": WEEKS_AFTER,
    "weeks_on": WEEKS_AFTER,
    "entered_week": 0,
}
"""In what dials are alike → how many that follow are asked, too."""
#: What an ending is a reason for, as a dead number, is for an arm's own policy to say.
OWN_RULE = "code"
#: An arm's usual longest rest is that which one in twenty exceeds.
LONG_REST = 0.95
#: Silence counts from so many of the usual longest rests (assumed).
RESTS = 2
#: Contacts who stop, so that χ² holds.
FEWEST_STOPPED = 10
#: Points by which arms must differ before it is told (assumed).
WORTH_TELLING = 0.02
#: About so many contacts are looked at; more would tell nothing new.
ENOUGH = 50_000

NO_CODE = -1
UNREACHED = tuple(
    name for name, one in DISPOSITIONS.items() if one.counts and not one.live and not one.terminal
)
"""Nobody was reached: after a talk there may be a reason to stop that no code tells."""
CLOSING = ("sale", "opt_out", "complaint", "suppressed")
"""Where one of an account's contacts ended so, calls to all of it may end."""

_CALLS = f"""
SELECT
    cell,
    account,
    place,
    coalesce(code, {NO_CODE}) AS code,
    coalesce(counts, false) AS counts,
    closed,
    entered_us // {US_PER_DAY} AS entered_day,
    dialled_us // {US_PER_DAY} AS from_day,
    observed_us // {US_PER_DAY} AS until_day
FROM dials
WHERE {{sampled}}
ORDER BY place, attempt_no
"""


@dataclass(frozen=True, eq=False)
class InVain:
    """Dials that reached nobody, one entry each; days are whole.

    Parameters
    ----------
    account, place
        Whose they are: the contact's account, and its place.
    alike
        What others may be alike in, the keys of ALIKE: ``number`` (dials so far), ``run`` (of them
        in a row that reached nobody), ``code``, ``week``, ``weeks_on`` (since entry) and
        ``entered_week``.
    rest_days
        Until the contact's next dial; NaN where none followed.
    on_days, followed_days
        Until the contact's last dial, and until the end of what is compared.
    """

    account: NDArray[np.int64]
    place: NDArray[np.int64]
    alike: Mapping[str, NDArray[np.int64]]
    rest_days: NDArray[np.float64]
    on_days: NDArray[np.int64]
    followed_days: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[Any]) -> InVain:
        """Return some of them."""
        return InVain(
            self.account[rows],
            self.place[rows],
            {name: values[rows] for name, values in self.alike.items()},
            self.rest_days[rows],
            self.on_days[rows],
            self.followed_days[rows],
        )

    @property
    def followed(self) -> NDArray[np.bool_]:
        """Whether the contact was called again after each."""
        return ~np.isnan(self.rest_days)


@dataclass(frozen=True, eq=False)
class Unanswered:
    """Dials of an arm that reached nobody and after which others like them were called again.

    Parameters
    ----------
    dials
        The dials.
    long_rest_days
        The rest that one in twenty exceeds.
    """

    dials: InVain
    long_rest_days: float


def stopped_checks(dials: Dials) -> list[Check]:
    """Check that no arm has more contacts than others whose calls stop without a recorded end.

    Parameters
    ----------
    dials
        The trial's dials, or those of contacts drawn at random from it; up to the horizon at which
        arms are compared.
    """
    step = max(int(dials.contacts.sum()) // ENOUGH, 1)
    sampled = f"hash(account) % {step} = 0" if step > 1 else "true"
    found = dials.ask(_CALLS.format(sampled=sampled), ("attempt_no",), ())
    by_cell = _in_vain(found, len(dials.cells))
    checks = []
    for segment, cells in dials.segments.items():
        if len(cells) > 1:
            rows = {dials.arm(cell): by_cell[cell] for cell in cells}
            checks.append(_check(segment, unanswered(rows)))
    return checks


def _in_vain(calls: pd.DataFrame, cells: int) -> list[InVain]:
    """Return, cell by cell, the dials of open accounts that reached nobody.

    Parameters
    ----------
    calls
        All dials of their accounts, each contact's together and in order.
    cells
        How many cells there are.
    """
    told = {name: calls[name].to_numpy() for name in calls}
    place, code, day = told["place"], told["code"], told["from_day"]
    begins = np.diff(place, prepend=place[:1] - 1) != 0
    # Counted over all contacts; what stood at a contact's beginning is taken off again.
    counted = told["counts"].cumsum()
    before = np.maximum.accumulate(np.where(begins, counted - told["counts"], 0))
    reached = ~np.isin(code, [CODES[name] for name in UNREACHED])
    last_reached = np.maximum.accumulate(np.where(reached, counted, before))
    last = np.roll(begins, -1)
    last_day = day[last][begins.cumsum() - 1]
    account = told["account"]
    ended = np.unique(account[np.isin(code, [CODES[name] for name in CLOSING])])
    kept = (told["cell"] >= 0) & ~reached & ~told["closed"] & ~np.isin(account, ended)
    in_vain = InVain(
        account,
        place,
        {
            "number": counted - before,
            "run": counted - last_reached,
            "code": code,
            "week": day // WEEK,
            "weeks_on": (day - told["entered_day"]) // WEEK,
            "entered_week": told["entered_day"] // WEEK,
        },
        np.where(last, np.nan, np.roll(day, -1) - day),
        last_day - day,
        told["until_day"] - day,
    )
    rows = np.flatnonzero(kept)
    cell = told["cell"][rows]
    in_order = rows[np.argsort(cell, kind="stable")]
    upto = np.bincount(cell, minlength=cells).cumsum()[:-1]
    return [in_vain[of_cell] for of_cell in np.split(in_order, upto)]


def unanswered(arms: Mapping[str, InVain]) -> dict[str, Unanswered]:
    """Return the dials of a segment's arms that can be judged, of arms that have enough of them.

    Parameters
    ----------
    arms
        Arm → its dials that reached nobody.
    """
    told: dict[str, InVain] = {}
    usual: dict[str, float] = {}
    for arm, rows in arms.items():
        rests = rows.rest_days[rows.followed]
        if len(rests) >= FEWEST_ALIKE:
            usual[arm] = max(float(np.quantile(rests, LONG_REST)), float(WEEK))
            told[arm] = rows[rows.followed_days >= usual[arm]]
    kept = {arm: np.ones(len(rows.place), dtype=np.bool_) for arm, rows in told.items()}
    for name, after in ALIKE.items():
        strata = {arm: _Strata.of(rows, name, usual[arm]) for arm, rows in told.items()}
        for arm, rows in told.items():
            others = [one for other, one in strata.items() if other != arm and name != OWN_RULE]
            kept[arm] &= strata[arm].called_again(rows.alike[name], others, after)
    return {arm: Unanswered(rows[kept[arm]], usual[arm]) for arm, rows in told.items()}


@dataclass(frozen=True, eq=False)
class _Strata:
    """Of an arm's dials that are alike in something: which were nearly always followed by another.

    Parameters
    ----------
    fine, bad
        Strata of which enough were seen, by whether nearly all were called again.
    partly
        Strata in which many contacts were called on for a further rest.
    """

    fine: frozenset[int]
    bad: frozenset[int]
    partly: frozenset[int]

    @classmethod
    def of(cls, rows: InVain, name: str, usual_days: float) -> _Strata:
        """Tell strata apart by what is alike in them, in an arm with such a usual longest rest."""
        stratum = rows.alike[name]
        seen = rows.followed_days >= RESTS * usual_days
        fine, bad = _parted(stratum, rows.followed, NEARLY_ALWAYS)
        partly, _ = _parted(stratum[seen], (rows.on_days >= usual_days)[seen], CALLED_ON)
        return cls(fine, bad, partly)

    def called_again(
        self, stratum: NDArray[np.int64], others: Sequence[_Strata], after: int
    ) -> NDArray[np.bool_]:
        """Tell whose like were nearly always called again, and so were those of the strata after.

        Where many of the arm were called on, and nearly all of another arm, that is the like.
        """
        elsewhere = frozenset[int]().union(*(other.fine for other in others))
        excused = self.bad - (self.partly & elsewhere)
        early = {one - more for one in excused for more in range(1, after + 1)}
        fine = (self.fine | self.bad) - excused - early
        found: NDArray[np.bool_] = np.isin(stratum, list(fine))
        return found


def _parted(
    stratum: NDArray[np.int64], happened: NDArray[np.bool_], most: float
) -> tuple[frozenset[int], frozenset[int]]:
    """Tell strata of which enough were seen apart: where it happened to at least so many, or not.

    Parameters
    ----------
    stratum
        The stratum of each dial, a small whole number: they are counted by it.
    happened
        Whether it happened, of each.
    most
        The part of them to which it must have happened.
    """
    if not len(stratum):
        return frozenset(), frozenset()
    lowest = int(stratum.min())
    sizes = np.bincount(stratum - lowest)
    enough = np.flatnonzero(sizes >= FEWEST_ALIKE)
    shares = np.bincount(stratum - lowest, weights=happened)[enough] / sizes[enough]
    many, few = (enough[shares >= most] + lowest), (enough[shares < most] + lowest)
    return frozenset(many.tolist()), frozenset(few.tolist())


def _check(segment: str, arms: dict[str, Unanswered]) -> Check:
    shares: dict[str, tuple[float, float]] = {}
    worst: dict[str, float] = {}
    least = NO_P_VALUE
    pairs = list(itertools.combinations(arms, 2))
    for pair in pairs:
        silent_days = RESTS * max(arms[arm].long_rest_days for arm in pair)
        both = [_judged(arms[arm], silent_days) for arm in pair]
        if not all(map(len, both)):
            continue
        share, hazard = (
            [one.total("stopped") / one.total(whole) for one in both]
            for whole in ("contacts", "dials")
        )
        for arm, part in zip(pair, share, strict=True):
            if arm not in shares or silent_days < shares[arm][1]:
                shares[arm] = part, silent_days
        if sum(one.total("stopped") for one in both) < FEWEST_STOPPED:
            continue
        # By contact and by dial: a contact that is called more often has more last calls to lose.
        p_value = max(_p_value(both, whole) for whole in ("contacts", "dials")) * len(pairs)
        least = float(np.fmin(least, min(p_value, 1.0)))
        high = int(share[1] > share[0])
        more = share[high] - share[1 - high] >= WORTH_TELLING and hazard[high] > hazard[1 - high]
        if more and p_value < ALPHA:
            worst[pair[high]] = min(worst.get(pair[high], 1.0), p_value)
            # What is told of both is what was compared.
            shares |= {arm: (part, silent_days) for arm, part in zip(pair, share, strict=True)}
    found = "too few contacts can be judged"
    if shares:
        # Not of how many: those without an end tell how many have one, and that is a result.
        found = "contacts not called again, with no end recorded: " + by_arm(
            (arm, f"{percent(part)} (of those who can be judged, over {days:.0f} days or more)")
            for arm, (part, days) in shares.items()
        )
    names = " and ".join(worst)
    return judged(
        STOPPED,
        segment,
        found,
        least,
        bad="warning" if worst else "ok",
        fine="no arm stands out" if shares else "nothing to compare",
        meaning=f"calls to contacts of {names} stop where others like them were nearly always "
        "called again, and no row says why: rows that end calling (sales, opt-outs) may be lost "
        f"in {names}; then effects on sales, opt-outs and net value are wrong",
        advice=f"count the sales and opt-outs of {names} against the CRM, import what is missing; "
        "if these contacts left for another reason, say it in the log (a disposition, or "
        "observed_until)",
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """The contacts of an arm who can be judged, one entry each.

    Parameters
    ----------
    account
        The account of each.
    counts
        ``contacts`` (1 each), ``dials``, and ``stopped``: whether its calls stopped.
    """

    account: NDArray[np.int64]
    counts: Mapping[str, NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.account)

    def total(self, name: str) -> int:
        """Count them, their dials, or those whose calls stopped."""
        return int(self.counts[name].sum())


def _judged(arm: Unanswered, silent_days: float) -> _Judged:
    """Return the contacts of an arm by the dials after which a silence so long could be seen."""
    seen = arm.dials[arm.dials.followed_days >= silent_days]
    _, first, contact = np.unique(seen.place, return_index=True, return_inverse=True)
    stopped = np.bincount(contact[~seen.followed], minlength=len(first))
    counts = {"contacts": np.ones_like(first), "dials": np.bincount(contact), "stopped": stopped}
    return _Judged(seen.account[first], counts)


def _p_value(arms: Sequence[_Judged], whole: str) -> float:
    """Test whether arms have the same share of contacts that stop, with the account as the unit."""
    sums = []
    for one in arms:
        account = np.unique(one.account, return_inverse=True)[1]
        part, of = (np.bincount(account, weights=one.counts[name]) for name in ("stopped", whole))
        sums.append((part.sum(), of.sum(), part @ part, part @ of, of @ of))
    return same_share(*np.array(sums, dtype=np.float64).T)
