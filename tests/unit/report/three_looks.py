"""Three looks at a running trial, as `monitor` would give them."""

import numpy as np
from scipy import stats

from simkit.policy import RecallPolicy
from simkit.trial.checks.check import checks_table
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.looks.guarded import Guarded
from simkit.trial.looks.ledger import Look, Seen
from simkit.trial.monitor import Monitoring
from simkit.trial.monitor.arrivals import Arrival
from simkit.trial.monitor.decisions import BY_SPENDING, Course, Interim, decide
from simkit.trial.monitor.guarding import guard, hold
from simkit.trial.monitor.tables import bounds_table, looks_table, rows_table


def seen(fraction, z, outcome="net_value_eur", se=2.0, margin=np.nan, unit="EUR per contact"):
    return Seen(
        outcome=outcome,
        segment="b2c",
        arm="long",
        control="current",
        role="primary" if outcome == "net_value_eur" else "guardrail",
        fraction=fraction,
        lower_is_better=outcome != "net_value_eur",
        unit=unit,
        n=50,
        n_control=50,
        estimate=z * se,
        se=se,
        df=np.inf,
        p_value=2 * float(stats.norm.sf(abs(z))),
        margin=margin,
    )


def three_looks():
    """Three looks at .3 (not planned), .5 and .76; the last one reaches its bound."""
    arms = {
        name: RecallPolicy.every(working_days=days) for name, days in (("current", 5), ("long", 9))
    }
    design = TrialDesign(
        name="t",
        arms={"b2c": arms},
        control={"b2c": "current"},
        salt="s",
        horizon_days=60.0,
        looks=Looks(fractions=(0.5, 0.75, 1.0), futility=True),
        contacts={"b2c": 1000},
        guardrails={"opt_out": {"b2c": 0.02}},
    )
    steps = [(0.3, 1.0, 1.0), (0.5, 1.5, 2.5), (0.76, 3.0, 8.0)]
    share = {"outcome": "opt_out", "se": 0.01, "margin": 0.02, "unit": "share of contacts"}
    looks = [
        Look(f"2026-03-0{at}", part, False, (seen(part, z), seen(part, harm, **share)))
        for at, (part, z, harm) in enumerate(steps, start=1)
    ]
    plan = Course(design, looks, by_spending=True)
    rows, guards = decide(plan), guard(looks, plan.names, 0.05)
    hold(rows, guards)
    return Monitoring(
        table=rows_table(rows, Interim),
        guardrails=rows_table(guards, Guarded),
        looks=looks_table(looks, plan.names),
        bounds=bounds_table(plan, rows),
        checks=checks_table([]),
        arrivals=(Arrival("b2c", 1000, 900, 140, 760),),
        primary="net_value_eur",
        alpha=0.05,
        horizon_days=60.0,
        planned=plan.planned,
        spending=plan.spending,
        method=BY_SPENDING,
        trustworthy=True,
        warnings=(),
    )
