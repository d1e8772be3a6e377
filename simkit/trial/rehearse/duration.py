"""How long a trial must run: the arm that it picks at each duration, and that of the year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simkit.trial.read.names import NET_VALUE
from simkit.trial.rehearse.arguments import YEAR_DAYS
from simkit.trial.rehearse.montecarlo import average, named, share, standard_error
from simkit.trial.rehearse.tables import Noted

SETTLED_SE = 2.0
"""The year's best arm is settled where its lead is more than so many standard errors."""


def durations_table(noted: Noted) -> pd.DataFrame:
    """Return how often a trial of each duration picks the wrong arm: see `Rehearsal.durations`."""
    layout = noted.layout
    rows = []
    for segment in noted.design.segments:
        places = layout.places(segment)
        year = true_values(noted, places, YEAR_DAYS, noted.judged_by)
        best = int(year.argmax())
        loss = year[best] - year
        control = places.index(layout.control[places[0]])
        for at, days in enumerate(noted.durations):
            highest = picked(noted, places, at)
            declared = declared_arms(noted, places, at)
            said = declared >= 0
            then = int(true_values(noted, places, days, noted.design.primary).argmax())
            rows.append(
                {
                    "segment": segment,
                    "horizon_days": days,
                    "best_of_year": layout.cells[places[best]][1],
                    "best_then": layout.cells[places[then]][1],
                    "too_short": _too_short(noted, places, days, then, best),
                    **named("wrong", share(highest != best)),
                    **named("wrong_costly", _costly(noted, segment, loss[highest])),
                    **named("wrong_then", share(highest != then)),
                    **named("declared_right", share(declared == best)),
                    **named("declared_wrong", share(said & (declared != best))),
                    **named("declared_none", share(~said)),
                    **named("loss_highest", mean_loss(loss[highest])),
                    **named("loss_declared", mean_loss(loss[np.where(said, declared, control)])),
                    "trials": len(highest),
                }
            )
    return pd.DataFrame(rows)


def winners_table(noted: Noted) -> pd.DataFrame:
    """Return how often each arm wins at each duration: see `Rehearsal.winners`."""
    layout = noted.layout
    rows = []
    for segment in noted.design.segments:
        places = layout.places(segment)
        year = true_values(noted, places, YEAR_DAYS, noted.judged_by)
        for at, days in enumerate(noted.durations):
            highest = picked(noted, places, at)
            declared = declared_arms(noted, places, at)
            for number, place in enumerate(places):
                rows.append(
                    {
                        "segment": segment,
                        "horizon_days": days,
                        "arm": layout.cells[place][1],
                        **named("highest", share(highest == number)),
                        **named("declared", share(declared == number)),
                        "loss_in_year": float(year.max() - year[number]),
                    }
                )
    return pd.DataFrame(rows)


def picked(noted: Noted, places: list[int], duration: int) -> NDArray[np.int64]:
    """Return the arm with the best estimate in each trial, as its number in the segment.

    The control stands at 0; an arm without an estimate is not picked.
    """
    estimate = noted.layout.effect(noted.trials[:, duration], noted.design.primary, "estimate")
    here = estimate[:, places] * noted.sign
    here[:, places.index(noted.layout.control[places[0]])] = 0.0
    best: NDArray[np.int64] = np.where(np.isnan(here), -np.inf, here).argmax(axis=1)
    return best


def declared_arms(noted: Noted, places: list[int], duration: int) -> NDArray[np.int64]:
    """Return the arm declared the winner in each trial, as its number in the segment; −1: none."""
    declared = noted.layout.of_arm(noted.trials[:, duration], "declared")[:, places] == 1
    found: NDArray[np.int64] = np.where(declared.any(axis=1), declared.argmax(axis=1), -1)
    return found


def true_values(
    noted: Noted, places: list[int], horizon: float, outcome: str
) -> NDArray[np.float64]:
    """Return what each arm of a segment truly gains over the control; more is better."""
    means: NDArray[np.float64] = noted.true_differences(outcome, horizon).mean(axis=0)
    return means[places] * noted.sign_of(outcome)


def _too_short(noted: Noted, places: list[int], days: float, then: int, best: int) -> bool:
    """Say whether another arm than the year's best is truly ahead at a duration, beyond luck."""
    primary = noted.design.primary
    differences = noted.true_differences(primary, days)[:, places] * noted.sign
    return then != best and _ahead(differences[:, then] - differences[:, best])


def _ahead(lead: NDArray[np.float64]) -> bool:
    return bool(lead.mean() > SETTLED_SE * standard_error(lead))


def mean_loss(loss: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return a mean loss with its interval, which ends at 0: none is below, nor is their mean."""
    mean, low, high = average(loss)
    return mean, float(np.maximum(low, 0.0)), high


def _costly(noted: Noted, segment: str, loss: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return how often the arm picked loses more in the year than is worth a change."""
    if noted.judged_by != NET_VALUE:
        return np.nan, np.nan, np.nan
    return share(loss > noted.worthwhile_eur[segment])


def unsettled(noted: Noted, segment: str) -> tuple[str, str] | None:
    """Return the year's best arm and the next, where their difference may be luck; else None."""
    places = noted.layout.places(segment)
    differences = noted.true_differences(noted.judged_by, YEAR_DAYS)[:, places]
    differences = differences * noted.sign_of(noted.judged_by)
    first, second = np.argsort(-differences.mean(axis=0), kind="stable")[:2]
    if _ahead(differences[:, first] - differences[:, second]):
        return None
    names = [noted.layout.cells[place][1] for place in places]
    return names[first], names[second]


def run_for_days(
    durations: pd.DataFrame, segment: str, wrong_at_most: float, wrong: str = "wrong"
) -> float | None:
    """Return the shortest duration from which on the wrong arm is picked seldom enough, surely.

    The upper end of the probability's Monte Carlo interval decides, not the share that was seen: no
    wrong arm in two rehearsals says next to nothing.

    Parameters
    ----------
    durations
        `durations_table`.
    segment
        Where.
    wrong_at_most
        The probability that is accepted, for the upper end of the interval. No longer duration
        that was tried may exceed it either.
    wrong
        What is wrong: ``"wrong"`` or ``"wrong_costly"``.

    Returns
    -------
    float or None
        Days since entry; None where no duration that was tried will do.
    """
    return _first_fine(durations, segment, wrong_at_most, f"{wrong}_high")


def may_do_days(
    durations: pd.DataFrame, segment: str, wrong_at_most: float, wrong: str = "wrong"
) -> float | None:
    """Return what `run_for_days` does, by the share that was seen, which may be luck."""
    return _first_fine(durations, segment, wrong_at_most, wrong)


def surely_too_often(durations: pd.DataFrame, segment: str, wrong_at_most: float) -> bool:
    """Tell whether even the longest duration tried picks the wrong arm too often, surely.

    The lower end of the probability's Monte Carlo interval decides: where the interval holds what
    is accepted, the rehearsals settle neither that it will do nor that it will not.

    Parameters
    ----------
    durations, segment, wrong_at_most
        As `run_for_days` takes them.
    """
    rows = durations[durations["segment"] == segment]
    longest = rows[rows["horizon_days"] == rows["horizon_days"].max()]
    return bool((longest["wrong_low"] > wrong_at_most).all())


def _first_fine(
    durations: pd.DataFrame, segment: str, wrong_at_most: float, column: str
) -> float | None:
    rows = durations[durations["segment"] == segment].sort_values("horizon_days", ascending=False)
    fine = (rows[column] <= wrong_at_most).cummin().to_numpy(dtype=np.bool_)
    days = rows["horizon_days"].to_numpy(dtype=np.float64)[fine]
    return float(days[-1]) if len(days) else None
