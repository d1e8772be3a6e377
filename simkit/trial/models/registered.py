"""Reading a trial for the models: by the unit that was registered, where a design is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import InputError, Problem
from simkit.trial.checks.unit import columns_of
from simkit.trial.design import GivenDesign, as_design
from simkit.trial.read import trial as reading
from simkit.trial.read.columns import readable
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import WHERE

if TYPE_CHECKING:
    from simkit.scenario import Economics


def read_trial(
    data: object,
    *,
    control: str | Mapping[str, str] | None = None,
    design: GivenDesign | None = None,
    arm: str = "arm",
    outcomes: Sequence[str] | None = None,
    cluster: str | None = None,
    segment: str | None = None,
    horizon_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
    covariates: Sequence[str] | None = None,
    worth_eur: Mapping[str, float] | None = None,
    lower_is_better: Collection[str] = (),
    higher_is_better: Collection[str] = (),
    n: str | None = None,
    second_cluster: str | None = None,
) -> TrialData:
    """Read the contacts of a trial as assigned, whatever they come in.

    Parameters
    ----------
    data, arm, outcomes, segment, covariates, worth_eur, n, second_cluster
        As given to `simkit.trial.evaluate`.
    lower_is_better, higher_is_better
        Columns of which less, or more, is better, where their names do not tell it, or deny it.
    design
        The trial as registered, or its file: its control, horizon, prices, order of segments and
        the unit that errors follow hold where nothing else is given.
    control, cluster, horizon_days, economics
        As given to `simkit.trial.evaluate`; default: the design's. The first must be given without
        a design.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    registered = None if design is None else as_design(design, WHERE)
    on_calls = isinstance(data, CallLog | StoredLog)
    if registered is not None:
        control = registered.control if control is None else control
        cluster = registered.cluster_in(columns_of(data), cluster)
        horizon_days = registered.horizon_days if horizon_days is None else horizon_days
        economics = (registered.prices or None) if economics is None and on_calls else economics
    if control is None:
        rule = "must be given: the arm that the others are compared with; or design"
        raise InputError([Problem(WHERE, "control", None, rule)])
    found = reading.read_trial(
        readable(data) if isinstance(data, pd.DataFrame) else data,
        control=control,
        arm=arm,
        outcomes=outcomes,
        cluster=cluster,
        segment=segment,
        horizon_days=horizon_days,
        economics=economics,
        covariates=covariates,
        worth_eur=worth_eur,
        lower_is_better=lower_is_better,
        higher_is_better=higher_is_better,
        n=n,
        second_cluster=second_cluster,
    )
    return found if registered is None else found.in_order(registered.segments)
