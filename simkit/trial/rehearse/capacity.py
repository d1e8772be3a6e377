"""The same trial with agents who serve all arms, and with agents for each arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from simkit.engine.arguments import AGENTS_MAX, whole_problems
from simkit.errors import InputError, Problem, Together
from simkit.result import Result
from simkit.scenario import Economics, Scenario
from simkit.trial.design import GivenDesign, TrialDesign, as_design
from simkit.trial.rehearse import words
from simkit.trial.rehearse.arguments import WHERE, total_agents
from simkit.trial.rehearse.coverage_words import too_short
from simkit.trial.rehearse.how import how_of, how_problems
from simkit.trial.rehearse.montecarlo import columns_of
from simkit.trial.rehearse.rehearse import WRONG_AT_MOST, prepare
from simkit.trial.rehearse.result import Rehearsal

SHARED, OWN = "shared by all arms", "each arm its own"


@dataclass(frozen=True, eq=False, repr=False)
class CapacityComparison(Result):
    """Two rehearsals of one trial that differ in whom the agents serve.

    Parameters
    ----------
    shared, own
        The rehearsal with agents shared by all arms; that with agents for each arm, as many in all.
    """

    shared: Rehearsal
    own: Rehearsal

    @property
    def table(self) -> pd.DataFrame:
        """One row per segment, arm and kind of capacity, at the design's horizon.

        ``agents``, ``bias`` with its interval, ``truth``, ``power`` and ``coverage`` with theirs,
        ``times_control`` (agents' time of a contact against the control's), and, for the segment,
        ``wrong`` (the best estimate is not the year's best arm).
        """
        parts = []
        for kind, found in ((SHARED, self.shared), (OWN, self.own)):
            keys = ["segment", "arm", "horizon_days"]
            days, primary = found.design.horizon_days, found.design.primary
            bias = found.bias[found.bias["outcome"] == primary]
            power = found.table[[*keys, *columns_of("power", "coverage", "better")]]
            wrong = found.durations[["segment", "horizon_days", *columns_of("wrong")]]
            rows = (
                bias[bias["horizon_days"] == days]
                .drop(columns=["outcome", "se"])
                .merge(power, on=keys)
                .merge(found.load[[*keys, "times_control"]], on=keys)
                .merge(wrong, on=["segment", "horizon_days"])
            )
            rows.insert(2, "agents", kind)
            parts.append(rows)
        return pd.concat(parts, ignore_index=True)

    def sentence(self) -> str:
        """Say what sharing agents does to differences, and which intervals are too short."""
        table, primary = self.table, self.shared.design.primary
        texts = []
        several = len(self.shared.segments) > 1
        rows = table.to_dict("records")
        # Both kinds have the same rows in the same order.
        for row, other in zip(rows[: len(rows) // 2], rows[len(rows) // 2 :], strict=True):
            where = f"{row['segment']}, {row['arm']}" if several else row["arm"]
            texts.append(
                f"{where}: truly {words.amount(row['truth'], primary)}; trials are off by "
                f"{_bias(row, primary)} with agents shared by all arms, by "
                f"{_bias(other, primary)} with agents for each arm."
            )
        for kind, found in ((SHARED, self.shared), ("for each arm", self.own)):
            texts += [f"With agents {kind}, {told}." for told in too_short(found)]
        return " ".join(texts)

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, float_format="{:.3g}".format)
        return f"<p><strong>{escape(self.sentence())}</strong></p>{table}"


def compare_capacity(
    design: GivenDesign,
    scenario: Scenario,
    *,
    agents: int | Mapping[str, int] | None = None,
    contacts: int | Mapping[str, int] | None = None,
    replications: int = 200,
    truth_replications: int | None = None,
    entry_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
    seed: int = 1,
    jobs: int = -1,
    client: Any = None,
    keep: Any = None,
    progress: bool = True,
) -> CapacityComparison:
    """Rehearse a trial with agents shared by all arms, and with agents for each arm.

    Both are compared with the same truth: each arm alone, with the same agents in all.

    Parameters
    ----------
    design, scenario, contacts, replications, truth_replications, entry_days, economics, seed
        As in `rehearse`. Trials are evaluated at the design's horizon only.
    jobs, client, keep, progress
        As in `rehearse`.
    agents
        How many in all, dealt to the arms in proportion to their contacts; or arm → its own, who
        are then shared by all. None takes the design's.

    Returns
    -------
    CapacityComparison
        Both rehearsals, side by side.

    Raises
    ------
    InputError
        Listing every argument that breaks a rule.
    """
    design = as_design(design, WHERE)
    staff = design.agents if agents is None else agents
    arms = list(dict.fromkeys(arm for of_arm in design.arms.values() for arm in of_arm))
    numbers = list(staff.values()) if isinstance(staff, Mapping) else [staff]
    known = not any(whole_problems("agents", one, 1, AGENTS_MAX + 1) for one in numbers)
    total = total_agents(staff) if known else None
    if total is None or total < len(arms):
        rule = f"must be a number of agents, at least one for each of the {len(arms)} arms"
        raise InputError([Problem(WHERE, "agents", staff, rule)])
    own = dict(staff) if isinstance(staff, Mapping) else _dealt(total, design, arms)
    together = Together()
    with together:
        both = [
            prepare(
                design,
                scenario,
                contacts=contacts,
                agents=given,
                replications=replications,
                truth_replications=truth_replications,
                durations_days=(),
                entry_days=entry_days,
                wrong_at_most=WRONG_AT_MOST,
                judged_by=None,
                economics=economics,
                seed=seed,
            )
            for given in (total, own)
        ]
    together.problems += how_problems(jobs, client, keep, progress)
    together.tell()
    total = both[0].runs_alone + sum(one.runs for one in both)
    with how_of(jobs, client, keep, total=total, progress=progress) as how:
        truth = both[0].truth(how)
        return CapacityComparison(*(one.play(how, truth) for one in both))


def _dealt(total: int, design: TrialDesign, arms: list[str]) -> dict[str, int]:
    """Deal agents to arms in proportion to their units, at least one each (largest remainders)."""
    parts = np.array(
        [sum(design.parts(name).get(arm, 0.0) for name in design.segments) for arm in arms]
    )
    spare = (total - len(arms)) * parts / parts.sum()
    dealt = np.floor(spare).astype(np.int64)
    dealt[np.argsort(dealt - spare, kind="stable")[: total - len(arms) - int(dealt.sum())]] += 1
    return {arm: 1 + int(more) for arm, more in zip(arms, dealt, strict=True)}


def _bias(row: Mapping[Any, Any], primary: str) -> str:
    low, high = (words.amount(row[name], primary) for name in ("bias_low", "bias_high"))
    return f"{words.amount(row['bias'], primary)} ({low} to {high})"
