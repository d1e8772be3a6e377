"""Rehearsals of any number of arms with shares that are written down, so that none is run."""

import itertools

import numpy as np
import pandas as pd

from simkit.policy import RecallPolicy
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.rehearse import Rehearsal

SEGMENT, HORIZON = "b2c", 60.0
DURATIONS = (30.0, 60.0, 90.0, 126.0, 182.0, 273.0, 365.0)
FRACTIONS = (0.33, 0.67, 1.0)
EVERY = (1, 2, 3, 5, 7, 10, 15)


def with_ends(name: str, share: float) -> dict[str, float]:
    """A share with ends of an interval about as wide as that of six rehearsals."""
    ends = np.clip([share - 0.25, share + 0.25], 0, 1)
    return {name: share, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def rehearsed(arms: int, *, long: bool) -> Rehearsal:
    """A rehearsal of so many arms, of names short or long; all are found at 100 % in the end."""
    name = "ogni {} giorni lavorativi (campagna primavera)" if long else "ogni {}"
    names = [name.format(days) for days in EVERY[:arms]]
    policies = [RecallPolicy.every(working_days=days) for days in EVERY[:arms]]
    design = TrialDesign(
        name="drawn",
        arms={SEGMENT: dict(zip(names, policies, strict=True))},
        control={SEGMENT: names[0]},
        salt="drawn",
        horizon_days=HORIZON,
        contacts={SEGMENT: 300 * arms},
        looks=Looks(fractions=FRACTIONS),
    )
    table, winners, durations, looks, stops = [], [], [], [], []
    for step, days in enumerate(DURATIONS):
        at = {"segment": SEGMENT, "horizon_days": days}
        for place, arm in enumerate(names):
            if place:
                share = min(1.0, 0.1 + 0.2 * step + 0.05 * place)
                table.append({**at, "arm": arm, **with_ends("power", share)})
            won = 1.0 if place == 1 and step > 3 else 0.0 if step > 3 else 1 / arms
            winners.append({**at, "arm": arm, **with_ends("highest", won)})
        shares = {"wrong": 1 - step / 6, "declared_wrong": 0.5 - step / 12}
        shares |= {"loss_highest": 1 - step / 10, "loss_declared": 0.9 - step / 10}
        ends = {key: one for part in itertools.starmap(with_ends, shares.items())
                for key, one in part.items()}  # fmt: skip
        durations.append({**at, "best_of_year": names[1], "trials": 6, **ends})
    for place, arm in enumerate(names[1:]):
        of = {"segment": SEGMENT, "arm": arm}
        stops.append({**of, "stopped_early": 0.1 * place, "days": 99.0 - place})
        for look, fraction in enumerate(FRACTIONS):
            shares = {"better": look / 2, "worse": 0.0, "futile": np.nan, "guardrail": 0.0}
            row = {**of, "look": look + 1, "fraction": fraction}
            for decided, share in shares.items():
                row |= with_ends(decided, share)
            looks.append(row)
    nothing = pd.DataFrame()
    return Rehearsal(
        table=pd.DataFrame(table),
        false_positives=nothing,
        guardrails=nothing,
        bias=nothing,
        load=nothing,
        durations=pd.DataFrame(durations),
        winners=pd.DataFrame(winners),
        truth=nothing,
        looks=pd.DataFrame(looks),
        stops=pd.DataFrame(stops).assign(days_saved=0.0, end_days=100.0),
        run_for={SEGMENT: 365.0},
        run_for_worthwhile={SEGMENT: 365.0},
        design=design,
        settings={"durations_days": DURATIONS},
        wrong_at_most=0.1,
        judged_by="net_value_eur",
        worthwhile_eur={SEGMENT: 1.0},
        unsettled={SEGMENT: None},
        warnings=(),
    )
