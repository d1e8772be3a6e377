"""Net value from what each event is worth, for tables whose money nobody added up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.trial.direction import asked_of, told_direction
from simkit.trial.effects.means import ArmMeans, means_of_moments
from simkit.trial.effects.scaled import ScaledMeans
from simkit.trial.read.names import NET_VALUE, WHERE
from simkit.trial.settings import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simkit.trial.read.data import TrialData

    FloatArray = NDArray[np.float64]

WORST_CASE = (
    "totals do not tell how many contacts did several of the things that net value adds up: its "
    "error is the largest that the totals allow"
)


def check_worth(
    worth_eur: Mapping[str, float],
    columns: Sequence[str],
    *,
    lower_is_better: Collection[str] = (),
    higher_is_better: Collection[str] = (),
) -> None:
    """Raise one InputError with what is wrong with the worth of events.

    A harm of which one is worth more than nothing would make the arm win that does most of it. So
    the sign must be that of the direction: as named, else as the event's name tells. What it does
    not tell must be named (``lost_sales=40`` may be a cost that was written without its minus).

    Parameters
    ----------
    worth_eur
        Column → what one of it is worth [EUR].
    columns
        The table's columns.
    lower_is_better, higher_is_better
        Columns of which less, or more, is better, whatever their names tell.
    """
    problems = [
        Problem(WHERE, f"worth_eur[{name!r}]", value, "must be a number")
        for name, value in worth_eur.items()
        if not is_number(value) or not np.isfinite(value)
    ]
    asked = (lower_is_better, higher_is_better)
    problems += [
        Problem(WHERE, f"worth_eur[{name!r}]", value, rule)
        for name, value in worth_eur.items()
        if is_number(value) and np.isfinite(value) and (rule := _wrong_sign(name, value, *asked))
    ]
    if not worth_eur:
        problems.append(Problem(WHERE, "worth_eur", {}, "must name what some column is worth"))
    if NET_VALUE in columns:
        rule = "must be None: the table has a column of net value already"
        problems.append(Problem(WHERE, "worth_eur", sorted(worth_eur), rule))
    if problems:
        raise InputError(problems)


def _wrong_sign(
    name: str, worth: float, lower_is_better: Collection[str], higher_is_better: Collection[str]
) -> str:
    """Say that an event is worth what its direction denies, or has none; empty if all is well."""
    if worth > 0 and name in lower_is_better:
        return f"must be below 0: less of it is better, as asked, so write {-worth:g}"
    if worth < 0 and name in higher_is_better:
        return f"must be above 0: more of it is better, as asked, so write {-worth:g}"
    if name in (*lower_is_better, *higher_is_better):
        return ""
    if worth > 0 and told_direction(name) == "lower":
        return (
            f"must be below 0: by its name it is harm, so write what one costs as {-worth:g}; if "
            "one truly brings money, name it in higher_is_better"
        )
    if worth < 0 and told_direction(name) == "higher":
        return (
            f"must be above 0: by its name it is a gain, so write what one brings as {-worth:g}; "
            "if one truly costs money, name it in lower_is_better"
        )
    return asked_of(name) if worth else ""


def net_value(table: pd.DataFrame, worth_eur: Mapping[str, float]) -> pd.Series:
    """Return each contact's net value [EUR]: missing where a part of it is."""
    worth = [worth_eur[name] * table[name].astype(np.float64) for name in worth_eur]
    return sum(worth[1:], start=worth[0])


def with_net_value(refused: dict[str, str], worth_eur: Mapping[str, float]) -> dict[str, str]:
    """Refuse net value too where a part of it is refused as an effect."""
    parts = [refused[name] for name in worth_eur if name in refused]
    return {**refused, NET_VALUE: parts[0]} if parts else refused


def net_value_of_counts(
    totals: pd.DataFrame, n: NDArray[np.int64], arms: Sequence[str], worth_eur: Mapping[str, float]
) -> ArmMeans:
    """Give the arms' mean net values from totals of events, with the largest error they allow.

    Var Σ wᵢXᵢ = Σ wᵢ² pᵢ(1 − pᵢ) + 2 Σ wᵢwⱼ cov(Xᵢ, Xⱼ), and for shares pᵢ and pⱼ the covariance
    lies between max(0, pᵢ + pⱼ − 1) − pᵢpⱼ and min(pᵢ, pⱼ) − pᵢpⱼ (Fréchet's bounds). The third
    moment, which only tells whether to doubt, is that of events that are independent.

    Parameters
    ----------
    totals
        One row an arm; a column for each event.
    n, arms
        Contacts and names of the arms.
    worth_eur
        Column → what one of it is worth [EUR].
    """
    worth = np.array(list(worth_eur.values()), dtype=np.float64)
    share = totals[list(worth_eur)].to_numpy(dtype=np.float64) / n[:, None]
    product = share[:, :, None] * share[:, None, :]
    together = np.minimum(share[:, :, None], share[:, None, :]) - product
    apart = np.maximum(share[:, :, None] + share[:, None, :] - 1, 0.0) - product
    weights = worth[:, None] * worth[None, :]
    cov = np.where(weights > 0, together, apart)
    own = np.arange(len(worth))
    cov[:, own, own] = share * (1 - share)
    variance = (weights * cov).sum(axis=(1, 2)) * n / (n - 1)
    third = (share * (1 - share) * (1 - 2 * share)) @ worth**3
    return means_of_moments(arms, n, share @ worth, variance, binary=False, third=third)


def as_share(data: TrialData, means: ArmMeans, outcome: str, segment: str, errors: str) -> ArmMeans:
    """Let a net value that is what one yes/no event is worth be judged as the share that has it.

    Its contacts are few or its events rare as the share's are, and have the same exact tests. 8
    against 8 contacts claimed up to 6.7 % of nothing at a level of 5 % by t, and 2.8 % as shares
    (`tests/statistical/test_exact_sizes.py`).

    Parameters
    ----------
    data
        The trial.
    means
        Of the outcome, whatever it is.
    outcome, segment, errors
        As `TrialData.means` takes them.
    """
    if outcome != NET_VALUE or len(data.worth_eur) != 1:
        return means
    ((event, worth),) = data.worth_eur.items()
    share, _ = data.means(event, segment, errors)
    if share is None or not share.binary or worth == 0:
        return means
    return ScaledMeans.of(means, share, worth)
