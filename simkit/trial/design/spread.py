"""How much contacts differ in an outcome, and how alike those of one account are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simkit.engine import simulate
from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES, contact_outcomes
from simkit.measures.registry import SHARE
from simkit.trial.effects.covariates import regressors
from simkit.trial.read.data import as_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simkit.calllog import CallLog
    from simkit.policy import RecallPolicy
    from simkit.scenario import Economics, Scenario

WHERE = "design_trial"
SIMULATED, LOG = "simulated", "log"
PILOT_CONTACTS = 20_000
"""Contacts of each segment that are simulated to see how much they differ."""


@dataclass(frozen=True)
class Accounts:
    """The accounts of a segment.

    Parameters
    ----------
    size, size_cv
        Contacts in an account, mean; coefficient of variation of that number.
    number
        How many were seen.
    """

    size: float
    size_cv: float
    number: int


@dataclass(frozen=True)
class Spread:
    """How much the contacts of a segment differ in one outcome.

    Parameters
    ----------
    mean
        Mean per contact under the policy compared with.
    sd
        Standard deviation between contacts of an arm [the outcome's unit].
    share
        Whether the outcome is a yes or no, so that ``sd`` follows from ``mean``.
    icc
        Correlation between contacts of one account, from the analysis of variance; NaN where no
        account has two.
    r2
        Part of the variance that the covariates explain.
    contacts
        From how many it was learned.
    df
        Degrees of freedom of the variance: few where few contacts make up most of it.
    """

    mean: float
    sd: float
    share: bool
    icc: float
    r2: float
    contacts: int
    df: float


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a log of contacts tells of the trial to come.

    Parameters
    ----------
    source
        Where it comes from: ``"simulated"`` or ``"log"``.
    accounts
        Segment → its accounts.
    spreads
        Segment → outcome → its spread.
    words
        The same in a sentence.
    missing
        Covariates that the contacts do not have.
    without_queue
        Whether it was simulated with as many agents as it takes.
    """

    source: str
    accounts: Mapping[str, Accounts]
    spreads: Mapping[str, Mapping[str, Spread]]
    words: str
    missing: tuple[str, ...] = ()
    without_queue: bool = False


def simulated_log(
    scenario: Scenario,
    segment: str,
    policy: RecallPolicy,
    horizon_days: float,
    *,
    contacts: int = PILOT_CONTACTS,
    agents_per_contact: float | None = None,
    seed: int = 1,
) -> CallLog:
    """Simulate a segment's contacts under the policy compared with, all followed to the horizon.

    Parameters
    ----------
    scenario, segment, policy
        The world, whose contacts, and how often they are called.
    horizon_days
        Days since entry that each contact must be followed.
    contacts
        How many.
    agents_per_contact
        Agents that serve a contact, so that calls wait as in the trial; None: as many as it takes.
    seed
        Of the run.
    """
    agents = None
    if agents_per_contact is not None:
        agents = max(round(agents_per_contact * contacts), 1)
    return simulate(
        scenario.only(segment),
        policy,
        contacts=contacts,
        agents=agents,
        days=math.ceil(horizon_days + scenario.segments[segment].entry_spread_days),
        seed=seed,
    )


def pilot_of(
    log: CallLog,
    segments: Mapping[str, str],
    outcomes: Sequence[str],
    horizon_days: float,
    *,
    economics: Mapping[str, Economics] | None,
    covariates: Sequence[str],
    source: str,
    words: str,
) -> Pilot:
    """Read from a log how much contacts differ at a horizon.

    Contacts not followed so long are left out. Where the log has arms, contacts are compared with
    those of their own arm, and the mean is that of the arm compared with, if the log has it.

    Parameters
    ----------
    log
        A log of attempts.
    segments
        Segment → name of the arm compared with.
    outcomes
        Columns of ``contact_outcomes``.
    horizon_days
        Days since entry.
    economics
        Prices; None without money.
    covariates
        Columns of contacts known before assignment; those that the log lacks are named in the
        result.
    source, words
        Where the log comes from.

    Raises
    ------
    InputError
        With every segment that has too few contacts, and every outcome that does not vary.
    """
    table = contact_outcomes(log, horizon_days=horizon_days, economics=economics)
    known = tuple(name for name in covariates if name in log.contacts.columns)
    names = as_names(table["segment"])
    problems: list[Problem] = []
    accounts: dict[str, Accounts] = {}
    spreads: dict[str, dict[str, Spread]] = {}
    for segment, control in segments.items():
        here = table[(names == segment) & table["full_horizon"]]
        codes, sizes = np.unique(pd.factorize(here["account_id"])[0], return_counts=True)
        if len(codes) < 2:
            rule = f"must have 2 accounts followed for {horizon_days:g} days at least"
            problems.append(Problem(WHERE, f"segment {segment}", len(codes), rule))
            continue
        accounts[segment] = Accounts(
            float(sizes.mean()), float(sizes.std() / sizes.mean()), len(sizes)
        )
        spreads[segment] = {}
        for outcome in outcomes:
            found = _spread(here, outcome, control, known)
            spreads[segment][outcome] = found
            if not found.sd > 0 and not found.share:
                rule = "must differ between contacts: without that no size can be told"
                problems.append(Problem(WHERE, f"{outcome} in {segment}", found.mean, rule))
    if problems:
        raise InputError(problems)
    missing = tuple(name for name in covariates if name not in known)
    return Pilot(source, accounts, spreads, words, missing)


def _spread(
    contacts: pd.DataFrame, outcome: str, control: str, covariates: Sequence[str]
) -> Spread:
    values = contacts[outcome].to_numpy(dtype=np.float64)
    labels = as_names(contacts["arm"])
    arm, arms = pd.factorize(labels, use_na_sentinel=False)
    deviations = _centred(values, arm)
    total = float(deviations @ deviations)
    in_control = (labels == control).to_numpy()
    mean = float(values[in_control].mean() if in_control.any() else values.mean())
    freedom = max(len(values) - len(arms), 1)
    share = OUTCOMES[outcome].unit == SHARE and bool(np.isin(values, (0.0, 1.0)).all())
    sd = math.sqrt(mean * (1 - mean)) if share else math.sqrt(total / freedom)
    r2 = 0.0
    columns = regressors(contacts[list(covariates)])
    if columns.shape[1] and total > 0:
        within = np.apply_along_axis(_centred, 0, columns, arm)
        fitted = within @ np.linalg.lstsq(within, deviations, rcond=None)[0]
        deviations = deviations - fitted
        left = max(freedom - np.linalg.matrix_rank(within), 1)
        r2 = max(1 - float(deviations @ deviations) / left / (total / freedom), 0.0)
    account = pd.factorize(contacts["account_id"])[0]
    return Spread(
        mean,
        sd,
        share,
        _icc(deviations, account),
        r2,
        len(values),
        _freedom(deviations, account),
    )


def _centred(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    means = np.bincount(group, weights=values) / np.bincount(group)
    centred: NDArray[np.float64] = values - means[group]
    return centred


def _icc(deviations: NDArray[np.float64], account: NDArray[np.int64]) -> float:
    """Return the correlation within accounts, by the analysis of variance (Donner and Klar 2000).

    ρ = (B − W) ÷ (B + (m₀ − 1) W) with the mean squares between and within accounts, and
    m₀ = (n − Σm²/n) ÷ (G − 1) for accounts of unequal sizes m.
    """
    sizes = np.bincount(account)
    n, groups = len(deviations), len(sizes)
    if groups in (1, n):
        return math.nan
    sums = np.bincount(account, weights=deviations)
    between = float((sums**2 / sizes).sum())
    within = (float(deviations @ deviations) - between) / (n - groups)
    between /= groups - 1
    usual = (n - float((sizes.astype(np.float64) ** 2).sum()) / n) / (groups - 1)
    below = between + (usual - 1) * within
    return (between - within) / below if below > 0 else math.nan


def _freedom(deviations: NDArray[np.float64], account: NDArray[np.int64]) -> float:
    """Return the degrees of freedom of the variance, 2(G − 1)/(κ − 1) with the sums' kurtosis κ.

    Those of the χ² with the same mean and variance (Satterthwaite 1946), never more than G − 1.
    """
    squares = np.bincount(account, weights=deviations) ** 2
    total = float(squares.sum())
    if total == 0:
        return math.nan
    kurtosis = len(squares) * float((squares**2).sum()) / total**2
    return (len(squares) - 1) / max((kurtosis - 1) / 2, 1.0)
