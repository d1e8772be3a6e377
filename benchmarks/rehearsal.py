"""What a rehearsed trial costs, and whether its error rates are what they should be.

Run it by ``python benchmarks/rehearsal.py``.

- *Where the time goes*: one trial of the size asked for, on one core: playing it, making a field
  log of it, evaluating it, looking at it.
- *False positives and coverage* where no arm differs, against alpha.
- *Power*, rehearsed against the normal formula from the true difference and the errors that trials
  state; it should agree where contacts are many and agents as many as it takes.
- *The wrong arm for the year*, by duration.
- *Looks* (``--looks 0.4 0.7 1 --entry-days 84``): false claims of all looks together, against
  alpha; power and the part of the contacts that has been followed when an arm is out, against the
  boundaries' own (`simkit.trial.sequential.boundaries.crossing`) for the drift that trials show.
  Those are of a Z with standard deviation 1. Where sales are rare and arms differ much it is less
  (an estimate that is large has a large error), and fewer trials stop early than they say.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats
from sequential import expected_time

from simkit.engine import make_ready
from simkit.engine.record import attempts_table, contacts_table, play
from simkit.engine.simulate import engine_of, prepared
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario, load_scenario
from simkit.trial import evaluate
from simkit.trial.design import Looks, TrialDesign
from simkit.trial.rehearse import Rehearsal, rehearse
from simkit.trial.rehearse.field_log import days_to_play, field_logs
from simkit.trial.rehearse.looking import looks_at
from simkit.trial.rehearse.trials import layout_of, settings_of
from simkit.trial.sequential.boundaries import bounds, crossing
from simkit.trial.sequential.spending import SPENDING

CALLED_ONCE = 5


def design_of(
    contacts: int, horizon_days: float, primary: str, looks: Looks | None = None
) -> TrialDesign:
    """Return a trial of today's daily calling against three longer intervals in b2c."""
    arms = {
        "current": RecallPolicy.every(working_days=1),
        "weekly": RecallPolicy.every(days=7),
        "fortnight": RecallPolicy.every(days=14),
        "month": RecallPolicy.every(days=30),
    }
    return TrialDesign(
        name="benchmark",
        arms={"b2c": arms},
        control={"b2c": "current"},
        salt="benchmark",
        primary=primary,
        guardrails={"opt_out": {"b2c": 0.01}},
        horizon_days=horizon_days,
        contacts={"b2c": contacts},
        looks=looks,
    )


def seconds(design: TrialDesign, scenario: Scenario) -> dict[str, float]:
    """Return the seconds of each part of one trial on one core, the least of several."""
    economics = scenario.economics()
    days = days_to_play(scenario, design.horizon_days)
    arms = {segment: dict(of_arm) for segment, of_arm in design.arms.items()}
    found: dict[str, list[float]] = {}
    for replication in range(CALLED_ONCE):
        marks = [time.perf_counter()]
        plan, header = prepared(
            scenario,
            arms,
            contacts=dict(design.contacts),
            agents=None,
            days=days,
            seed=1,
            replication=replication,
        )
        rows = play(engine_of("compiled", plan)).attempts
        marks.append(time.perf_counter())
        attempts_table(rows, header)
        contacts_table(plan, header)
        marks.append(time.perf_counter())
        log = next(field_logs(plan, header, [days]))
        before = time.perf_counter()
        evaluate(log, **settings_of(design, design.horizon_days, economics))
        found.setdefault("evaluation", []).append(time.perf_counter() - before)
        if design.looks is not None:
            before = time.perf_counter()
            looks_at(log, design, plan.entered_s, days, layout_of(design), economics)
            looks = f"{len(design.looks.fractions)} looks"
            found.setdefault(looks, []).append(time.perf_counter() - before)
        found.setdefault("engine", []).append(marks[1] - marks[0])
        found.setdefault("log", []).append(marks[2] - marks[1])
    return {name: min(times) for name, times in sorted(found.items())}


def looks_tables(found: Rehearsal) -> Iterator[Table]:
    """Yield what the looks decided, and their power and information against the boundaries'."""
    looks = found.design.looks
    if looks is None:
        return
    decided = Table(
        *("arm", "look at", "day", "better", "worse", "futile", "guardrail", "out", "false claims")
    )
    for row in found.looks.to_dict("records"):
        shares = (f"{row[name]:.3f}" for name in ("better", "worse", "futile", "guardrail"))
        decided.add_row(
            row["arm"],
            f"{row['fraction']:.2f}",
            f"{row['days']:.1f}",
            *shares,
            f"{row['stopped']:.3f}",
            f"{row['false_claim']:.3f} ({row['false_claim_low']:.3f} to "
            f"{row['false_claim_high']:.3f})",
        )
    yield decided
    plan = Table(
        *("arm", "power", "boundaries", "one look", "followed", "boundaries", "entered"),
        *("days saved", "exaggeration", "corrected"),
    )
    effects = found.table[found.table["horizon_days"] == found.design.horizon_days]
    drifts = (effects["mean_estimate"] / effects["mean_se"]).abs().tolist()
    for row, drift in zip(found.stops.to_dict("records"), [np.nan, *drifts], strict=True):
        ranges = ["", ""]
        if not np.isnan(drift):
            # As above, Holm lies between these levels. Guardrails and futility are not in them.
            crossed = []
            for k in (len(drifts), 1):
                limit = bounds(looks.fractions, found.design.alpha / k, SPENDING[looks.spending])
                one = crossing(looks.fractions, -limit, limit, drift)
                crossed.append((one.upper.sum(), expected_time(one, looks.fractions)))
            ranges = [
                f"{low:.3f} to {high:.3f}"
                for low, high in (sorted(pair) for pair in zip(*crossed, strict=True))
            ]
        plan.add_row(
            row["arm"],
            f"{row['power']:.3f} ({row['power_low']:.3f} to {row['power_high']:.3f})",
            ranges[0],
            f"{row['power_at_end']:.3f}",
            f"{row['followed']:.3f} ({row['followed_low']:.3f} to {row['followed_high']:.3f})",
            ranges[1],
            f"{row['entered']:.3f}",
            f"{row['days_saved']:.1f} of {row['end_days']:.0f}",
            f"{row['exaggeration']:.2f}",
            f"{row['exaggeration_corrected']:.2f}",
        )
    yield plan


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--contacts", type=int, default=4000)
    parser.add_argument("--days", type=float, default=126.0)
    parser.add_argument("--primary", default="sale")
    parser.add_argument("--durations", type=float, nargs="*", default=[])
    parser.add_argument("--looks", type=float, nargs="*", default=[], help="parts, rising to 1")
    parser.add_argument("--spending", default="obrien_fleming")
    parser.add_argument("--futility", action="store_true")
    parser.add_argument("--entry-days", type=float, default=0.0)
    parser.add_argument("--keep", default=None)
    options = parser.parse_args()

    make_ready("compiled")
    console = Console(width=150)
    looks = None
    if options.looks:
        parts_of = tuple(options.looks)
        looks = Looks(fractions=parts_of, spending=options.spending, futility=options.futility)
    design = design_of(options.contacts, options.days, options.primary, looks)
    world = load_scenario("b2c")
    entering = world.vary("b2c.entry_spread_days", options.entry_days, source="as asked")
    times = seconds(design, entering)
    parts = ", ".join(f"{name} {1000 * time_s:.0f} ms" for name, time_s in times.items())
    console.print(f"One trial of {options.contacts:,} contacts and {options.days:g} days: {parts}.")
    began = time.perf_counter()
    found = rehearse(
        design,
        world,
        replications=options.replications,
        durations_days=options.durations,
        entry_days=options.entry_days,
        judged_by="net_value_eur",
        keep=options.keep,
    )
    console.print(f"Rehearsal: {time.perf_counter() - began:.0f} s in all.")
    any_claim = found.false_positives.iloc[0]
    console.print(
        f"No difference: {any_claim['claim']:.1%} of trials claim one "
        f"({any_claim['claim_low']:.1%} to {any_claim['claim_high']:.1%})."
    )
    shown = Table(
        "arm", "days", "true", "power", "formula", "exaggeration", "coverage", "null cov."
    )
    null = found.false_positives.set_index(["arm", "outcome"])["coverage"]
    for row in found.table.to_dict("records"):
        # One arm alone would be called at alpha; Holm over several lies between that and alpha / k.
        effect = abs(row["truth"]) / row["mean_se"]
        arms = len(design.arms["b2c"]) - 1
        low, high = (
            stats.norm.cdf(effect - stats.norm.isf(design.alpha / 2 / k)) for k in (arms, 1)
        )
        shown.add_row(
            row["arm"],
            f"{row['horizon_days']:g}",
            f"{row['truth']:+.4f}",
            f"{row['power']:.3f} ({row['power_low']:.3f} to {row['power_high']:.3f})",
            f"{low:.3f} to {high:.3f}",
            f"{row['exaggeration']:.2f}",
            f"{row['coverage']:.3f}",
            f"{null[row['arm'], design.primary]:.3f}",
        )
    console.print(shown)
    wrong = Table("days", "truly best then", "best of year", "wrong arm", "expected loss")
    for row in found.durations.to_dict("records"):
        wrong.add_row(
            f"{row['horizon_days']:g}",
            row["best_then"],
            row["best_of_year"],
            f"{row['wrong']:.3f} ({row['wrong_low']:.3f} to {row['wrong_high']:.3f})",
            f"{row['loss_highest']:.2f}",
        )
    console.print(wrong)
    for table in looks_tables(found):
        console.print(table)
    console.print(found.sentence())


if __name__ == "__main__":
    main()
