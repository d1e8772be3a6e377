"""The door to rehearsals: a design and a scenario in, what the trial would find out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simkit.engine.arguments import as_whole
from simkit.errors import InputError, Problem, Together
from simkit.measures import OUTCOMES
from simkit.scenario import Economics, Scenario
from simkit.trial.design import GivenDesign, as_design
from simkit.trial.rehearse.alone import Alone, AloneRun
from simkit.trial.rehearse.arguments import (
    AS_DESIGNED,
    WHERE,
    YEAR_DAYS,
    argument_problems,
    durations_of,
    entering_over,
    read_once,
    total_agents,
    world_of,
)
from simkit.trial.rehearse.how import How, how_of, how_problems
from simkit.trial.rehearse.result import Rehearsal, made
from simkit.trial.rehearse.tables import Noted, measured_alone
from simkit.trial.rehearse.trials import Task, TrialRun, plain

if TYPE_CHECKING:
    from distributed import Client

#: Assumed: one trial in ten may pick the wrong arm; a user may ask for less.
WRONG_AT_MOST = 0.1


def rehearse(
    design: GivenDesign,
    scenario: Scenario,
    *,
    contacts: int | Mapping[str, int] | None = None,
    agents: int | Mapping[str, int] | str | None = AS_DESIGNED,
    replications: int = 200,
    truth_replications: int | None = None,
    durations_days: Iterable[float] | None = None,
    entry_days: float | None = None,
    wrong_at_most: float = WRONG_AT_MOST,
    judged_by: str | None = None,
    economics: Mapping[str, Economics] | None = None,
    seed: int = 1,
    jobs: int = -1,
    client: Client | None = None,
    keep: str | Path | None = None,
    progress: bool = True,
) -> Rehearsal:
    """Rehearse a trial on the simulator before a single contact is called.

    The trial is simulated many times. Each time what it leaves is stripped to what the field would
    leave, cut at each of several durations, and evaluated by `simkit.trial.evaluate`, the code that
    will evaluate the real one. Beside it stand

    - the same trial with every arm following its control's policy: whatever is found there, is
      found wrongly;
    - each arm *alone*: its policy serves everybody, with the same agents for each contact. That is
      what adopting the arm would bring, and so the truth that the trial is judged by. In the trial
      itself arms may take each other's agents.

    Trials, null trials and truth have draws of their own; the arms alone meet the same populations.
    The result is the same for any number of workers, whatever their order.

    Where the design has looks, each trial and each null trial is also looked at, as
    `simkit.trial.monitor` will look at the real one, on the first day on which a registered part of
    the contacts has been followed to the horizon. A look stops nobody in the simulation: what comes
    after it is played, and left out of what the looks find. What looks can save hangs on how long
    contacts take to enter: of a list that is handed over on one day, all looks fall on one day.

    A rehearsal knows no covariates and no strata but the segments, so that a trial adjusted by
    covariates is at least as precise.

    Parameters
    ----------
    design
        The trial, or its file.
    scenario
        What the world is assumed to be; of several segments only those of the design are used.
    contacts
        How many, all arms together, or by segment; None takes the design's.
    agents
        How many serve all arms, or arm → its own agents, or None for as many as it takes; by
        default as the design says.
    replications
        Trials, and as many null trials.
    truth_replications
        Populations that each arm serves alone; None for half as many as trials: each of them is
        larger, by the arms that it is not shared with.
    durations_days
        Days since entry at which each trial is evaluated, besides the design's horizon; None for
        30, 60, 90, 126, 182, 273 and 365.
    entry_days
        Over how many days contacts enter, evenly; None for the scenario's ``entry_spread_days``.
    wrong_at_most
        Probability of picking the wrong arm that is accepted.
    judged_by
        The outcome over a year by which an arm is right or wrong; None for the design's primary
        one. Give ``"net_value_eur"`` to see what it costs to decide by sales.
    economics
        Prices by segment that trials are evaluated with, and the truth; None for those that the
        design registers, else the scenario's. What simulated sales bring is the scenario's.
    seed
        Of all random draws.
    jobs
        How many runs at once on this machine; −1 for one a core.
    client
        A Dask cluster (``distributed.Client``) that does the work instead of this machine.
    keep
        A folder in which every finished run is kept at once: what was interrupted goes on, and
        what is extended computes only what is not there.
    progress
        Whether to show how far it has come.

    Returns
    -------
    Rehearsal
        Power, false positives, looks, guardrails, bias, load, and how long the trial must run.

    Raises
    ------
    InputError
        Listing every argument that breaks a rule.

    References
    ----------
    A. Gelman and J. Carlin (2014), Beyond power calculations: assessing type S (sign) and type M
    (magnitude) errors, Perspectives on Psychological Science 9, 641-651.
    """
    together = Together()
    with together:
        prepared = prepare(
            design,
            scenario,
            contacts=contacts,
            agents=agents,
            replications=replications,
            truth_replications=truth_replications,
            durations_days=durations_days,
            entry_days=entry_days,
            wrong_at_most=wrong_at_most,
            judged_by=judged_by,
            economics=economics,
            seed=seed,
        )
    together.problems += how_problems(jobs, client, keep, progress)
    together.tell()
    total = prepared.runs_alone + prepared.runs
    with how_of(jobs, client, keep, total=total, progress=progress) as how:
        return prepared.play(how, prepared.truth(how))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A rehearsal whose arguments have been checked."""

    run: TrialRun
    alone: AloneRun
    replications: int
    truth_replications: int
    wrong_at_most: float
    judged_by: str

    @property
    def _arms(self) -> list[str]:
        return list(dict.fromkeys(arm for _, arm in self.run.layout.cells))

    @property
    def runs_alone(self) -> int:
        """How many runs `truth` takes."""
        return self.truth_replications * len(self._arms)

    @property
    def runs(self) -> int:
        """How many runs `play` takes: trials, and as many without a difference."""
        return 2 * self.replications

    def truth(self, how: How) -> NDArray[np.float64]:
        """Return what arms give alone, shape (replications, horizons, cells, measured)."""
        arms = self._arms
        tasks = [Alone(arm, number) for number in range(self.truth_replications) for arm in arms]
        found = how.play(self.alone, tasks)
        by_arm = found.reshape(self.truth_replications, len(arms), *found.shape[1:])
        segments = list(self.run.scenario.segments)
        cells = [
            by_arm[:, arms.index(arm), :, segments.index(segment)]
            for segment, arm in self.run.layout.cells
        ]
        return np.stack(cells, axis=2)

    def play(self, how: How, truth: NDArray[np.float64]) -> Rehearsal:
        """Rehearse the trials and compare them with the truth."""
        run = self.run
        trials = [Task("trial", number) for number in range(self.replications)]
        null = [Task("null", number) for number in range(self.replications)]
        found = how.play(run, trials)
        found_null = how.play(run, null)
        durations = len(run.durations)
        noted = Noted(
            design=run.design,
            layout=run.layout,
            durations=run.durations,
            trials=found[:, :durations],
            null=found_null[:, :1],
            looks=found[:, durations:],
            null_looks=found_null[:, 1:],
            alone=truth,
            horizons=self.alone.horizons,
            lower_is_better=frozenset(
                name
                for name in measured_alone(run.layout, self.judged_by)
                if OUTCOMES[name].better == "lower"
            ),
            judged_by=self.judged_by,
            worthwhile_eur={
                name: run.economics[name].worthwhile_eur for name in run.scenario.segments
            },
        )
        settings = {
            "scenario": run.scenario.identity(),
            "design": run.design.identity(),
            "contacts": plain(run.contacts),
            "agents": plain(run.agents),
            "replications": self.replications,
            "truth_replications": self.truth_replications,
            "durations_days": run.durations,
            "entry_days": {
                name: segment.entry_spread_days for name, segment in run.scenario.segments.items()
            },
            "seed": run.seed,
        }
        return made(noted, settings, self.wrong_at_most)


def prepare(
    design: GivenDesign,
    scenario: object,
    *,
    contacts: Any,
    agents: Any,
    replications: Any,
    truth_replications: Any,
    durations_days: Any,
    entry_days: Any,
    wrong_at_most: Any,
    judged_by: Any,
    economics: Any,
    seed: Any,
) -> Prepared:
    """Check the arguments of `rehearse` and return what is to be done.

    Raises
    ------
    InputError
        Listing every argument that breaks a rule.
    """
    wrong: list[Problem] = []
    registered = None
    try:
        registered = as_design(design, WHERE)
    except InputError as error:
        wrong += error.problems
    if not isinstance(scenario, Scenario):
        wrong.append(Problem(WHERE, "scenario", type(scenario).__name__, "must be a Scenario"))
    if wrong or registered is None or not isinstance(scenario, Scenario):
        raise InputError(wrong)
    design = registered
    world, problems = world_of(design, scenario)
    world = None if world is None else entering_over(world, entry_days)
    people = (dict(design.contacts) or None) if contacts is None else contacts
    staff = design.agents if isinstance(agents, str) and agents == AS_DESIGNED else agents
    if truth_replications is None and isinstance(replications, int | np.integer):
        truth_replications = max(replications // 2, 2)
    durations_days = read_once(durations_days)
    judge = design.primary if judged_by is None else judged_by
    prices = (design.prices or scenario.economics()) if economics is None else economics
    problems += argument_problems(
        design,
        world,
        contacts=people,
        agents=staff,
        replications=replications,
        truth_replications=truth_replications,
        seed=seed,
        durations_days=durations_days,
        entry_days=entry_days,
        economics=prices,
        wrong_at_most=wrong_at_most,
        judged_by=judge,
    )
    if problems or world is None:
        raise InputError(problems)
    prices = {name: prices[name] for name in world.segments}
    people, staff = as_whole(people), as_whole(staff)
    durations = durations_of(design, durations_days)
    run = TrialRun(design, world, prices, people, staff, durations, int(seed))
    alone = AloneRun(
        arms=design.arms,
        control=design.control,
        scenario=world,
        economics=prices,
        contacts=people,
        agents=total_agents(staff),
        horizons=tuple(sorted({*durations, YEAR_DAYS})),
        outcomes=measured_alone(run.layout, judge),
        seed=int(seed),
    )
    return Prepared(
        run, alone, int(replications), int(truth_replications), float(wrong_at_most), judge
    )
