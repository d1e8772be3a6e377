"""Do intervals differ less by luck on the same populations? Three designs of one law compared.

Run it by ``python benchmarks/variance.py`` (140 seconds of processor time, over
all cores). The default grid of each segment is run in three designs of the same law:

- *independent*: every interval has populations of its own;
- *by attempt*: all intervals meet the same populations, and whether a contact opts out or buys is
  decided by a new uniform at every attempt, keyed by contact and attempt number;
- *thresholds*, as shipped: the same populations, and a contact opts out or buys when its cumulated
  hazard passes a threshold that it has for good.

The second is no option of the model. Here it is made by drawing both thresholds anew at each
attempt and forgetting the hazard before it: P(−log(1 − p) >= Exp(1)) = p.

- *Worth*: with A and B the means of two intervals in one replication, how many independent
  replications give a difference as sure as one on the same populations does: Var(A) + Var(B) of
  the independent runs ÷ Var(A − B), for neighbours in the grid and for each interval against the
  best. Intervals of the medians are percentiles of a bootstrap over replications; *own runs* is the
  thresholds' median by ``simkit.sweep.common_numbers``, with Var(A) + Var(B) of the paired runs
  themselves.
- *Same means*: each design's vector of means against that of the shipped one, by Hotelling's T²
  on replications taken in pairs (after Scheffé 1943 where they are independent), exact for normal
  means; Holm over all at the level of ``LEVEL``, which was set before anything was run.

References: H. Hotelling, Annals of Mathematical Statistics 2 (1931) 360–378; H. Scheffé, same
annals 14 (1943) 35–44.
"""

from __future__ import annotations

import argparse
import math
import types
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import stats
from statsmodels.stats.multitest import multipletests

from simkit.engine.compiled import kernel
from simkit.engine.compiled.build import Kernel, called, compiled_functions, compiled_kernel
from simkit.engine.compiled.engine import CompiledEngine
from simkit.model.call import Circumstances, Outcome, play
from simkit.model.contact import Mind, Traits
from simkit.model.parameters import CallParameters
from simkit.model.streams import LANES, Key, uniforms
from simkit.policy import RecallPolicy
from simkit.run import replicate
from simkit.scenario import load_scenario
from simkit.sweep import cells, default_intervals
from simkit.sweep.cells import MEASURED, Cell, CellRun, better_of
from simkit.sweep.common_numbers import worth_of
from simkit.sweep.grids import policies_of
from simkit.sweep.words import measure_in_words

SEGMENTS = ("b2c", "b2b")
PAIRED = ("by attempt", "thresholds")
MEASURES = ("net_value_eur", "sale", "opt_out")
DAYS = 365
LEVEL = 0.01
"""Of all comparisons of means together."""
CONFIDENCE = 0.95
RESAMPLES = 1_000
OWN_POPULATIONS = 100_000
"""Interval number i of the independent design has populations from (i + 1) times this on."""
REDRAWN = 255
"""A block of the random streams that no draw of the model uses."""

Values = NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]


def play_by_attempt(
    p: CallParameters, key: Key, who: Traits, before: Mind, at: Circumstances
) -> tuple[Outcome, Mind]:
    """Play an attempt with thresholds of its own, as if no hazard had been cumulated before it."""
    u_optout, u_sale, _, _ = uniforms(key, who.number, REDRAWN, at.attempt_no, 0)
    anew = Traits(
        who.number,
        who.sale_offset_logit,
        who.reach_offset_logit,
        who.sensitivity,
        who.dead,
        -math.log(u_optout),
        -math.log(u_sale),
    )
    unharmed = Mind(
        before.state,
        before.need_no,
        before.spell,
        before.leaves_s,
        before.rival_s,
        before.irritation,
        before.irritation_s,
        0.0,
        0.0,
    )
    return play(p, key, anew, unharmed, at)


# Only simkit's own functions are compiled with those that call them.
play_by_attempt.__module__ = play.__module__


def replaced(function: Any, old: Callable[..., Any], new: Callable[..., Any]) -> Any:
    """Return a function that calls ``new`` wherever it, or what it calls, would call ``old``."""
    if function is old:
        return new
    parts = {name: replaced(part, old, new) for name, part in called(function).items()}
    if all(part is function.__globals__[name] for name, part in parts.items()):
        return function
    copy = types.FunctionType(
        function.__code__,
        {**function.__globals__, **parts},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
    return copy


def kernel_by_attempt(*, compiled: bool) -> Kernel:
    """Return the engine's kernel with thresholds drawn anew at each attempt.

    Parameters
    ----------
    compiled
        Whether to compile it, which takes most of a minute.
    """
    assert REDRAWN not in LANES
    play_on = replaced(kernel.play_on, play, play_by_attempt)
    if not compiled:
        return Kernel(kernel.begin, play_on, kernel.finish)
    shipped = compiled_kernel()
    return Kernel(shipped.begin, *compiled_functions(play_on), shipped.finish)


def run_of(segment: str, contacts: int, *, days: int = DAYS, seed: int = 1) -> CellRun:
    """Return what runs the cells of a segment."""
    scenario = load_scenario(segment)
    entry_days = math.ceil(scenario.segments[segment].entry_spread_days)
    return CellRun(
        scenarios={segment: scenario.only(segment)},
        contacts=contacts,
        run_days={segment: days + entry_days},
        horizons=(float(days),),
        seed=seed,
        engine="compiled",
    )


def grid_of(
    segment: str, policies: dict[str, RecallPolicy], replications: int, *, own_populations: bool
) -> list[Cell]:
    """Return the cells of a grid, replication by replication.

    Parameters
    ----------
    segment, policies, replications
        What to run, and how often.
    own_populations
        Whether each interval has populations of its own.
    """
    return [
        Cell(segment, None, label, policy, number + own_populations * (i + 1) * OWN_POPULATIONS)
        for number in range(replications)
        for i, (label, policy) in enumerate(policies.items())
    ]


def values_of(
    run: CellRun,
    todo: Sequence[Cell],
    *,
    by: Kernel | None = None,
    jobs: int = -1,
    description: str | None = None,
) -> Values:
    """Return the means over contacts, shape (replications, intervals, ``MEASURES``).

    Parameters
    ----------
    run, todo
        What runs cells, and the cells, replication by replication.
    by
        The kernel that plays; None for the engine that ``run`` names.
    jobs
        Threads; −1 for one a core.
    description
        Of the progress bar; None for no bar.
    """
    with ExitStack() as changed:
        if by is not None:
            engine = mock.patch.object(
                cells, "engine_of", lambda _, plan: CompiledEngine(plan, kernel=by)
            )
            changed.enter_context(engine)
        found = replicate(
            todo,
            run,
            jobs=jobs,
            threads=True,
            progress=description is not None,
            description=description or "",
        )
    means = np.array(found)[:, 0, [MEASURED.index(name) for name in MEASURES], 0]
    return means.reshape(-1, len({cell.interval for cell in todo}), len(MEASURES))


def neighbours(count: int) -> Pairs:
    """Return the pairs of intervals that stand side by side in a grid."""
    return [(place, place + 1) for place in range(count - 1)]


def with_best(values: Values, measure: str) -> Pairs:
    """Return the pairs of each interval and the one with the best mean, values of shape (R, k)."""
    means = values.mean(axis=0)
    best = int(np.argmin(means) if better_of(measure) == "lower" else np.argmax(means))
    return [(place, best) for place in range(len(means)) if place != best]


def worth(independent: Values, paired: Values, pairs: Pairs) -> Values:
    """Return Var(A) + Var(B) of independent runs ÷ Var(A − B) of paired ones.

    Parameters
    ----------
    independent, paired
        Shape (..., R, k): replications, then intervals.
    pairs
        Of intervals.

    Returns
    -------
    Shape (..., pairs).
    """
    first, second = np.array(pairs).T
    each = independent.var(axis=-2, ddof=1)
    differences = paired[..., first] - paired[..., second]
    ratio: Values = (each[..., first] + each[..., second]) / differences.var(axis=-2, ddof=1)
    return ratio


def resampled_worth(independent: Values, paired: Values, pairs: Pairs, seed: int) -> Values:
    """Return bootstrap draws of ``worth``, shape (``RESAMPLES``, pairs).

    Independent runs are drawn for each interval by itself, paired ones by whole replications.
    """
    rng = np.random.default_rng(seed)
    count, intervals = independent.shape
    apart = rng.integers(count, size=(RESAMPLES, count, intervals))
    together = rng.integers(len(paired), size=(RESAMPLES, len(paired)))
    return worth(independent[apart, np.arange(intervals)], paired[together], pairs)


def same_means(differences: Values) -> tuple[float, float]:
    """Test whether a vector of mean differences is 0, by Hotelling's T².

    Parameters
    ----------
    differences
        One row a replication, shape (R, k), R > k.

    Returns
    -------
    F with k and R − k degrees of freedom, and its p-value.
    """
    count, width = differences.shape
    mean = differences.mean(axis=0)
    covariance = np.cov(differences, rowvar=False).reshape(width, width)
    t_squared = count * float(mean @ np.linalg.solve(covariance, mean))
    statistic = (count - width) / (width * (count - 1)) * t_squared
    return statistic, float(stats.f.sf(statistic, width, count - width))


def bounds(draws: Values) -> Values:
    """Return the percentile interval of bootstrap draws, shape (2, ...) for draws of (B, ...)."""
    both: Values = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return both


def shown(ratio: float, interval: Sequence[float]) -> str:
    """Return a ratio with its interval."""
    return f"{ratio:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


def worth_tables(
    found: dict[str, dict[str, Values]], labels: dict[str, list[str]], seed: int
) -> tuple[Table, Table]:
    """Return what a paired replication is worth: medians over pairs, and pair by pair."""
    columns = (*PAIRED, " ÷ ".join(reversed(PAIRED)))
    medians = Table("segment", "measure", "compared", title="Worth: medians over pairs, and ranges")
    each = Table("segment", "measure", "interval", "compared with", title="Worth: each pair")
    for column in columns:
        medians.add_column(column, justify="right")
        each.add_column(column, justify="right")
    medians.add_column("own runs", justify="right")
    for segment, designs in found.items():
        for place, measure in enumerate(MEASURES):
            values = {name: designs[name][:, :, place] for name in designs}
            best = with_best(values["thresholds"], measure)
            groups = {
                "neighbours": neighbours(len(labels[segment])),
                f"best, {labels[segment][best[0][1]]}": best,
            }
            for compared, pairs in groups.items():
                ratios = [worth(values["independent"], values[name], pairs) for name in PAIRED]
                # With one seed both designs draw the same replications, whose populations they
                # have in common.
                draws = [
                    resampled_worth(values["independent"], values[name], pairs, seed)
                    for name in PAIRED
                ]
                ratios.append(ratios[1] / ratios[0])
                draws.append(draws[1] / draws[0])
                own = [
                    worth_of(*values["thresholds"][:, pair].T, confidence=CONFIDENCE).worth
                    for pair in pairs
                ]
                words = measure_in_words(measure)
                medians.add_row(
                    segment,
                    words,
                    compared,
                    *(
                        f"{shown(float(np.median(ratio)), bounds(np.median(some, axis=1)))}\n"
                        f"from {ratio.min():.2f} to {ratio.max():.2f}"
                        for ratio, some in zip(ratios, draws, strict=True)
                    ),
                    f"{np.median(own):.2f}",
                )
                for number, pair in enumerate(pairs):
                    each.add_row(
                        segment,
                        words,
                        *(labels[segment][i] for i in pair),
                        *(
                            shown(ratio[number], bounds(some[:, number]))
                            for ratio, some in zip(ratios, draws, strict=True)
                        ),
                    )
    return medians, each


def means_table(found: dict[str, dict[str, Values]]) -> tuple[Table, bool]:
    """Return the table of tests of equal means, and whether none is refused."""
    rows = [
        (segment, measure, design, *same_means(values - designs["thresholds"][:, :, place]))
        for segment, designs in found.items()
        for place, measure in enumerate(MEASURES)
        for design in ("independent", "by attempt")
        for values in (designs[design][:, :, place],)
    ]
    refused, adjusted, _, _ = multipletests([row[-1] for row in rows], LEVEL, method="holm")
    table = Table("segment", "measure", "design against thresholds", title="Same means")
    for name in ("F", "p", "p (Holm)"):
        table.add_column(name, justify="right")
    for (segment, measure, design, statistic, p), p_holm in zip(rows, adjusted, strict=True):
        words = measure_in_words(measure)
        table.add_row(segment, words, design, f"{statistic:.2f}", f"{p:.3f}", f"{p_holm:.3f}")
    return table, not refused.any()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=200, help="of each interval")
    parser.add_argument("--contacts", type=int, default=1000, help="of each run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", action="store_true", help="show each pair of intervals too")
    options = parser.parse_args()

    kernels = {
        "independent": None,
        "by attempt": kernel_by_attempt(compiled=True),
        "thresholds": None,
    }
    found: dict[str, dict[str, Values]] = {}
    labels: dict[str, list[str]] = {}
    for segment in SEGMENTS:
        policies, _ = policies_of(default_intervals(segment), None)
        labels[segment] = [label.removeprefix("every ") for label in policies]
        run = run_of(segment, options.contacts, seed=options.seed)
        found[segment] = {
            design: values_of(
                run,
                grid_of(
                    segment,
                    policies,
                    options.replications,
                    own_populations=design == "independent",
                ),
                by=by,
                description=f"{segment}, {design}",
            )
            for design, by in kernels.items()
        }
    console = Console(width=130)
    medians, each = worth_tables(found, labels, options.seed)
    console.print(medians)
    if options.pairs:
        console.print(each)
    table, same = means_table(found)
    console.print(table)
    console.print(
        f"{options.replications} replications of {options.contacts:,} contacts over {DAYS} days. "
        f"The means of the three designs {'agree' if same else 'DO NOT AGREE'} at the "
        f"{LEVEL:.0%} level set beforehand."
    )


if __name__ == "__main__":
    main()
