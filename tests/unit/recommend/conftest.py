"""Hand-made sweeps and trials, small enough to see why each verdict must follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, load_scenario
from simkit.sweep import SweepResult
from simkit.sweep.cells import MEASURED, RUN_COLUMNS
from simkit.sweep.groups import Group
from simkit.sweep.tables import differences_table, means_table, runs_table
from simkit.trial import Evaluation

WEEKLY = RecallPolicy.every(days=7)
FORTNIGHTLY = RecallPolicy.every(days=14)
MONTHLY = RecallPolicy.every(days=28)
DAILY = RecallPolicy.every(working_days=1)
GRID = (DAILY, WEEKLY, FORTNIGHTLY, MONTHLY)
HORIZONS = (30.0, 90.0, 365.0)
CONTACTS = 400
REPLICATIONS = 6
# Two patterns of replication noise with mean 0 and sample variance 1: one shared by all intervals
# (as common random numbers make it), one for each interval's own.
SHARED = np.array([1, -1, 1, -1, 1, -1]) * np.sqrt(5 / 6)
OWN = np.array([1, 1, -1, -1, 0, 0]) * np.sqrt(5 / 4)


@cache
def world() -> Scenario:
    """The bundled world of both segments, read once."""
    worthwhile = {"b2c.worthwhile_eur": 1.0, "b2b.worthwhile_eur": 3.0}
    return load_scenario("trial").vary_all(worthwhile, source="assumed for these tests")


def make_sweep(
    curves: Mapping[str, Mapping[float, Sequence[float]]],
    *,
    scenario=None,
    spread: float = 1.0,
    noise: float = 0.1,
    opt_outs: Sequence[float] = (0.20, 0.10, 0.06, 0.04),
    run_df: float = 1000.0,
    grid: Sequence[RecallPolicy] = GRID,
) -> SweepResult:
    """A sweep whose net value per contact is, by segment and horizon, one number an interval.

    ``spread`` is the standard deviation between replications that all intervals share, ``noise``
    that of each interval's own. Contacts inside the runs differ as these replications say, with
    ``run_df`` degrees of freedom a run.
    """
    scenario = scenario or world()
    policies = {name: {policy.label: policy for policy in grid} for name in curves}
    shape = (REPLICATIONS, len(grid) * len(curves), len(HORIZONS), len(MEASURED))
    values, runs = np.zeros(shape), np.full((*shape, len(RUN_COLUMNS)), np.nan)
    net, out = MEASURED.index("net_value_eur"), MEASURED.index("opt_out")
    gap = MEASURED.index("delivered_interval_days")
    for s, by_horizon in enumerate(curves.values()):
        for h, days in enumerate(HORIZONS):
            for p, mean in enumerate(by_horizon[days]):
                at = s * len(grid) + p
                wobble = noise * OWN * (-1) ** p
                values[:, at, h, net] = mean + spread * SHARED + wobble
                values[:, at, h, out] = opt_outs[p] * days / 365 + 0.002 * SHARED
                values[:, at, h, gap] = grid[p].interval.calendar_days()
    runs[..., 0] = values
    runs[..., net, 1:] = CONTACTS * (spread**2 + noise**2), run_df
    runs[..., out, 1:] = CONTACTS * 0.002**2, run_df
    groups = [
        Group(
            name,
            None,
            own,
            runs[:, s * len(grid) : (s + 1) * len(grid)],
            np.ones((REPLICATIONS, len(grid)), dtype=bool),
        )
        for s, (name, own) in enumerate(policies.items())
    ]
    return SweepResult(
        table=means_table(scenario, groups, HORIZONS, 0.95),
        differences=differences_table(scenario, groups, HORIZONS, 0.95, {}),
        runs=runs_table(groups, HORIZONS),
        policies=policies,
        coincide=(),
        settings={
            "scenario": scenario.identity(),
            "contacts": CONTACTS,
            "agents": (None,),
            "days": 365,
            "horizons_days": HORIZONS,
            "replications": REPLICATIONS,
            "seed": 1,
            "engine": "simpy",
            "confidence": 0.95,
        },
    )


@dataclass(frozen=True)
class Arm:
    """One arm of a hand-made trial: net value's estimate and half-widths, one guardrail.

    ``verdict`` and ``reason`` are by the interval, unless they are given.
    """

    name: str
    estimate: float
    half: float
    guard: str = "within margin"
    harm: float = -0.01
    harm_half: float = 0.005
    segment: str = "b2c"
    n: int = 1000
    refused: str = ""
    guarded: bool = True
    verdict: str = ""
    reason: str = ""
    few: str = ""
    unseen: str = ""

    @property
    def by_interval(self) -> str:
        if self.refused:
            return "refused"
        if abs(self.estimate) <= self.half:
            return "cannot tell"
        return "better" if self.estimate > 0 else "worse"


GUARD_VERDICTS = {"within margin": "equivalent", "veto": "worse"}


def make_evaluation(
    arms: Sequence[Arm],
    *,
    control: str = "7 days",
    horizon_days: float | None = 90.0,
    fails: Sequence[tuple[str, str]] = (),
    primary: str = "net_value_eur",
    lead: tuple[str, str, float, float, float] | None = None,
    warnings: Sequence[str] = (),
    refusals: Mapping[str, str] | None = None,
) -> Evaluation:
    """A trial with the adjusted intervals as given; an alone interval is 10 % narrower.

    ``lead`` holds the best arm of b2c, the next one, and by how much it leads with both bounds.
    """
    rows, vetoes = [], []
    nan = float("nan")
    for arm in arms:
        known = not arm.refused
        base = {"arm": arm.name, "control": control, "segment": arm.segment, "n": arm.n}
        base |= {"n_control": arm.n, "clusters": 0, "df": 1000.0, "method": "by hand"}
        family = sum(not one.refused for one in arms)
        base |= {"few": arm.few, "unseen": arm.unseen}
        base["corrected_for"] = f"{family} comparisons" if family > 1 else ""
        half = arm.half
        rows.append(
            base
            | {
                "outcome": primary,
                "estimate": arm.estimate if known else nan,
                "se": half / 2.24 if known else nan,
                "ci_low": arm.estimate - 0.9 * half if known else nan,
                "ci_high": arm.estimate + 0.9 * half if known else nan,
                "p_value": 0.01,
                "p_adjusted": 0.02 if abs(arm.estimate) > half else 0.5,
                "verdict": arm.verdict or arm.by_interval,
                "role": "primary",
                "unit": "EUR per contact",
                "mean_arm": 5.0 + arm.estimate,
                "mean_control": 5.0,
                "ci_low_adjusted": arm.estimate - half if known else nan,
                "ci_high_adjusted": arm.estimate + half if known else nan,
                "margin": nan,
                "reason": arm.refused or arm.reason,
            }
        )
        if not arm.guarded:
            continue
        low, high = arm.harm - arm.harm_half, arm.harm + arm.harm_half
        rows.append(
            base
            | {
                "outcome": "opt_out",
                "estimate": arm.harm,
                "se": arm.harm_half / 1.645,
                "ci_low": low,
                "ci_high": high,
                "p_value": 0.1,
                "p_adjusted": 0.1,
                "verdict": GUARD_VERDICTS.get(arm.guard, "cannot tell"),
                "role": "guardrail",
                "unit": "share of contacts",
                "mean_arm": 0.05 + arm.harm,
                "mean_control": 0.05,
                "ci_low_adjusted": low,
                "ci_high_adjusted": high,
                "margin": 0.01,
                "reason": arm.guard,
            }
        )
        vetoes.append(
            {
                "outcome": "opt_out",
                "segment": arm.segment,
                "arm": arm.name,
                "control": control,
                "estimate": arm.harm,
                "margin": 0.01,
                "state": arm.guard,
                "lower": low,
                "upper": high,
                "power": 0.5,
                "stopped_on": "",
            }
        )
    columns = ["check", "segment", "found", "p_value", "verdict", "meaning", "advice"]
    checks = [
        ("sample ratio", segment, "7 days 900, 14 days 1,100", 1e-6, "fail", meaning, "find them")
        for segment, meaning in fails
    ]
    return Evaluation(
        table=pd.DataFrame(rows),
        checks=pd.DataFrame(checks, columns=columns),
        exposure=pd.DataFrame(),
        left_out=pd.DataFrame(columns=["reason", "count"]),
        vetoes=pd.DataFrame(
            vetoes,
            columns=[
                *("outcome", "segment", "arm", "control", "estimate", "margin"),
                *("state", "lower", "upper", "power", "stopped_on"),
            ],
        ),
        winners=pd.DataFrame(
            [] if lead is None else [("b2c", *lead, "")],
            columns=[
                *("segment", "winner", "runner_up", "lead", "lead_low", "lead_high"),
                "corrected_for",
            ],
        ),
        primary=primary,
        alpha=0.05,
        horizon_days=horizon_days,
        trustworthy=not fails,
        warnings=tuple(warnings),
        refusals=refusals or {},
    )


ARMS = {"7 days": WEEKLY, "14 days": FORTNIGHTLY, "28 days": MONTHLY}


@pytest.fixture
def build() -> SimpleNamespace:
    """Everything that builds evidence by hand."""
    return SimpleNamespace(
        sweep=make_sweep,
        evaluation=make_evaluation,
        arm=Arm,
        arms=ARMS,
        weekly=WEEKLY,
        fortnightly=FORTNIGHTLY,
        monthly=MONTHLY,
        daily=DAILY,
        contacts=CONTACTS,
        replications=REPLICATIONS,
        long_pays=LONG_PAYS,
    )


# Net value per contact of daily, weekly, fortnightly and monthly calls by horizon: daily calls win
# 30 days, weekly ones 90, fortnightly ones the year, by 4 EUR from weekly.
LONG_PAYS = {30.0: (4, 3, 2, 1), 90.0: (5, 9, 7, 4), 365.0: (10, 20, 24, 15)}


@pytest.fixture(scope="session")
def long_pays() -> SweepResult:
    """Households whose winner changes with the horizon."""
    return make_sweep({"b2c": LONG_PAYS})


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The bundled world of both segments."""
    return world()
