"""From the noted looks at many trials to tables: what each look decides, where the trials stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.trial.effects.multiplicity import holm
from simkit.trial.rehearse.layout import BETTER, FUTILE, STOPPED, WORSE
from simkit.trial.rehearse.montecarlo import average, columns_of, named, share
from simkit.trial.rehearse.tables import ANY, Noted

LOOKS_COLUMNS = (
    *("segment", "arm", "look", "fraction", "days", "entered", "own_day"),
    *columns_of("better", "worse", "futile", "guardrail", "stopped", "false_claim"),
    "trials",
)
STOPS_COLUMNS = (
    *("segment", "arm"),
    *columns_of(
        "power", "power_at_end", "false_claim", "false_claim_at_end", "stopped_early", "days"
    ),
    "end_days",
    *columns_of("days_saved", "followed", "entered", "exaggeration", "exaggeration_corrected"),
    "trials",
)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Followed:
    """Trials whose looks are obeyed: an arm is out at the first look that stops it.

    Parameters
    ----------
    better, worse, futile, guardrail
        By each look, whether the arm was shown better or worse, given up, stopped by a guardrail,
        before or when it was out: shape (trials, looks, arms).
    stopped
        Whether it is out by this look.
    last
        The look at which it is out, or the end: shape (trials, arms).
    claimed
        The look at which a difference was shown; -1 for none.
    days, followed, entered
        Of each look, also of one that is made as a later one: shape (trials, looks).
    estimate, corrected
        Of each look and arm; ``corrected`` where a difference was shown or the trial ended.
    better_alone, worse_alone
        What the end alone would claim without looks before: shape (trials, arms).
    """

    better: Bools
    worse: Bools
    futile: Bools
    guardrail: Bools
    stopped: Bools
    last: NDArray[np.int64]
    claimed: NDArray[np.int64]
    days: Floats
    followed: Floats
    entered: Floats
    estimate: Floats
    corrected: Floats
    better_alone: Bools
    worse_alone: Bools

    @property
    def found(self) -> Bools:
        """Whether the looks show a difference: shape (trials, arms)."""
        return np.asarray(self.better[:, -1] | self.worse[:, -1])

    @property
    def found_alone(self) -> Bools:
        """Whether the end alone would show one: shape (trials, arms)."""
        return self.better_alone | self.worse_alone


def followed(noted: Noted, looks: Floats) -> Followed:
    """Follow trials from look to look.

    Parameters
    ----------
    noted
        All that was noted.
    looks
        Of the trials or of the null trials: shape (trials, looks, cells, width).
    """
    layout, compared = noted.layout, noted.layout.compared

    def of(field: str) -> Floats:
        return layout.of_look(looks, field)

    # A look of which a check failed may not be acted on: the trial goes on to the next.
    trusted = (of("trustworthy") == 1.0)[:, :, compared]
    decision, claim = of("decision")[:, :, compared], of("claimed")[:, :, compared]
    guarded = trusted & (of("guarded")[:, :, compared] == 1.0)
    stops = guarded | (trusted & np.isin(decision, (BETTER, WORSE, FUTILE, STOPPED)))
    by_now = np.logical_or.accumulate(stops, axis=1)
    still_in = np.ones_like(by_now)
    still_in[:, 1:] = ~by_now[:, :-1]

    def by_look(event: Bools) -> Bools:
        return np.asarray(np.logical_or.accumulate(trusted & event & still_in, axis=1))

    end = looks.shape[1] - 1
    better, worse = by_look(claim == BETTER), by_look(claim == WORSE)
    shown = better | worse
    better_alone, worse_alone = _end_alone(noted, looks)
    return Followed(
        better=better,
        worse=worse,
        futile=by_look(decision == FUTILE),
        guardrail=by_look(guarded),
        stopped=by_now,
        last=np.where(by_now.any(axis=1), by_now.argmax(axis=1), end),
        claimed=np.where(shown.any(axis=1), shown.argmax(axis=1), -1),
        days=_as_made(of("days")[:, :, 0]),
        followed=_as_made(of("followed")[:, :, 0]),
        entered=_as_made(of("entered")[:, :, 0]),
        estimate=of("estimate")[:, :, compared],
        corrected=of("median_unbiased")[:, :, compared],
        better_alone=better_alone,
        worse_alone=worse_alone,
    )


def _as_made(values: Floats) -> Floats:
    """Fill what a look lacks that is made as a later one from that later one."""
    filled = values.copy()
    for look in range(values.shape[1] - 2, -1, -1):
        filled[:, look] = np.where(np.isnan(filled[:, look]), filled[:, look + 1], filled[:, look])
    return filled


def _end_alone(noted: Noted, looks: Floats) -> tuple[Bools, Bools]:
    """Return what the last look would claim if it were the only one registered."""
    layout, compared = noted.layout, noted.layout.compared
    last = looks[:, -1]
    p_value, estimate, trusted = (
        layout.of_look(last, name)[:, compared] for name in ("p_value", "estimate", "trustworthy")
    )
    alpha = noted.design.alpha
    adjusted = np.array([holm(row, alpha)[0] for row in np.nan_to_num(p_value, nan=1.0)])
    claims = (adjusted <= alpha) & (trusted == 1.0)
    up = estimate * noted.sign > 0
    return claims & up, claims & ~up


def looks_table(noted: Noted) -> pd.DataFrame:
    """Return what has been decided by each look: see `Rehearsal.looks`."""
    if noted.design.looks is None:
        return pd.DataFrame(columns=list(LOOKS_COLUMNS))
    trials, null = followed(noted, noted.looks), followed(noted, noted.null_looks)
    made = ~np.isnan(noted.layout.of_look(noted.looks, "days")[:, :, 0])
    futility = noted.design.looks.futility
    rows = []
    for segment, arm, at in _arms(noted):
        for look, part in enumerate(noted.design.looks.fractions):

            def by_now(events: Bools, look: int = look, at: list[int] = at) -> Bools:
                return _any(events[:, look, at])

            futile = by_now(trials.futile)
            rows.append(
                {
                    "segment": segment,
                    "arm": arm,
                    "look": look + 1,
                    "fraction": part,
                    "days": float(trials.days[:, look].mean()),
                    "entered": float(trials.entered[:, look].mean()),
                    "own_day": float(made[:, look].mean()),
                    **named("better", share(by_now(trials.better))),
                    **named("worse", share(by_now(trials.worse))),
                    **named("futile", share(futile) if futility else (np.nan,) * 3),
                    **named("guardrail", share(by_now(trials.guardrail))),
                    **named("stopped", share(~by_now(~trials.stopped))),
                    **named("false_claim", share(by_now(null.better | null.worse))),
                    "trials": len(made),
                }
            )
    return pd.DataFrame(rows)


def stops_table(noted: Noted) -> pd.DataFrame:
    """Return what the whole plan of looks finds and saves: see `Rehearsal.stops`."""
    if noted.design.looks is None:
        return pd.DataFrame(columns=list(STOPS_COLUMNS))
    trials, null = followed(noted, noted.looks), followed(noted, noted.null_looks)
    truth = noted.true_differences(noted.design.primary, noted.design.horizon_days)
    truth = truth.mean(axis=0)[noted.layout.compared]
    is_better = truth * noted.sign > 0
    right = np.where(is_better, trials.better[:, -1], trials.worse[:, -1])
    right_alone = np.where(is_better, trials.better_alone, trials.worse_alone)
    each = np.arange(len(trials.last))
    end = trials.days.shape[1] - 1
    rows = []
    for segment, arm, at in _arms(noted):
        last = trials.last[:, at].max(axis=1)
        days = trials.days[each, last]
        sizes = np.full((2, len(each)), np.nan)
        if arm != ANY:
            one = at[0]
            claimed = trials.claimed[:, one]
            early = (claimed >= 0) & (claimed < end)
            for size, values in zip(sizes, (trials.estimate, trials.corrected), strict=True):
                size[early] = np.abs(values[each, claimed, one][early]) / abs(truth[one])
        rows.append(
            {
                "segment": segment,
                "arm": arm,
                **named("power", share(_any(right[:, at]))),
                **named("power_at_end", share(_any(right_alone[:, at]))),
                **named("false_claim", share(_any(null.found[:, at]))),
                **named("false_claim_at_end", share(_any(null.found_alone[:, at]))),
                **named("stopped_early", share(last < end)),
                **named("days", average(days)),
                "end_days": float(trials.days[:, -1].mean()),
                **named("days_saved", average(trials.days[:, -1] - days)),
                **named("followed", average(trials.followed[each, last])),
                **named("entered", average(trials.entered[each, last])),
                **named("exaggeration", average(sizes[0])),
                **named("exaggeration_corrected", average(sizes[1])),
                "trials": len(each),
            }
        )
    return pd.DataFrame(rows)


def _any(events: Bools) -> Bools:
    """Return in which trials there is an event of any of these arms."""
    return np.asarray(events.any(axis=1))


def _arms(noted: Noted) -> list[tuple[str, str, list[int]]]:
    """Return what gets rows: all arms together, then each, with its places among those compared."""
    cells = [noted.layout.cells[place] for place in noted.layout.compared]
    each = [(segment, arm, [at]) for at, (segment, arm) in enumerate(cells)]
    return [(ANY, ANY, list(range(len(cells)))), *each]
