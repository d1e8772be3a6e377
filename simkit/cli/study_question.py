"""What a study is asked: log, scenario, prices, policies and design, matched with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.cli.inputs import by_segment, segments_of
from simkit.cli.policies import one_line, read_policies
from simkit.cli.prices import with_prices, with_registered_prices
from simkit.cli.study_arms import arms_of, controls_of, matching, without_lone_arms
from simkit.errors import Together
from simkit.policy.arms import load_arms
from simkit.trial.assign.given import given_arms
from simkit.trial.design import load_design
from simkit.trial.looks.ending import counted_looks
from simkit.trial.read.names import WHERE as EVALUATE

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.policy import RecallPolicy, Span
    from simkit.scenario import Economics, Scenario
    from simkit.trial.design import TrialDesign


@dataclass(frozen=True)
class Question:
    """What is to be decided, checked before anything long begins.

    Parameters
    ----------
    scenario
        The world, with the user's prices in it, else those that the trial has registered.
    prices
        The user's prices; empty where they gave none.
    segments
        The segments in question.
    log
        The calls; None where there are none.
    arms
        Segment → arm → its policy, where the log is a trial's.
    control
        Segment → the arm of today's policy, for the same segments.
    current
        Segment → today's policy, where it is known.
    notes
        What was assumed.
    design
        The trial as registered; None where it was not.
    named
        The arms' policies as a file names them; None where they are registered or as delivered.
    assigned
        File of the assignment; None where it is not given, or the log names no arms.
    ledger
        File in which the looks at the trial were counted; None as for ``assigned``.
    expected_shares
        Arm → its part of those assigned; None where it is registered, or parts are equal.
    """

    scenario: Scenario
    prices: Mapping[str, Economics]
    segments: tuple[str, ...]
    log: CallLog | None
    arms: Mapping[str, Mapping[str, RecallPolicy]]
    control: Mapping[str, str]
    current: Mapping[str, RecallPolicy]
    notes: tuple[str, ...]
    design: TrialDesign | None = None
    named: Mapping[str, Mapping[str, RecallPolicy]] | None = None
    assigned: Path | None = None
    ledger: Path | None = None
    expected_shares: Mapping[str, float] | None = None

    def trial_prices(self) -> dict[str, Economics]:
        """Return segment → the prices that the trial is evaluated by, as they were registered.

        Only the user's own take their place, and are then told as a deviation.
        """
        registered = {} if self.design is None else self.design.prices
        return {**self.scenario.economics(), **registered, **self.prices}

    def grid(self) -> dict[str, list[RecallPolicy | Span]]:
        """Return the intervals to simulate: what was tried, what is in use, and the usual ones."""
        from simkit.policy import RecallPolicy
        from simkit.sweep import default_intervals

        grid: dict[str, list[RecallPolicy | Span]] = {}
        for segment in self.segments:
            known: dict[RecallPolicy, None] = {}
            for policy in (*self.arms.get(segment, {}).values(), self.current.get(segment)):
                if policy is not None and policy not in known:
                    known[policy] = None
            labels = {policy.label for policy in known}
            others = [
                span
                for span in default_intervals(segment)
                if RecallPolicy(interval=span).label not in labels
            ]
            grid[segment] = sorted([*known, *others], key=_nominal_days)
        return grid


def ask(
    scenario: Scenario,
    log: CallLog | None,
    *,
    prices: Path | None = None,
    policies: Path | None = None,
    design: Path | None = None,
    assigned: Path | None = None,
    ledger: Path | None = None,
    expected_shares: Mapping[str, float] | None = None,
    current: Sequence[str] = (),
) -> Question:
    """Match log, scenario, prices and policies with each other.

    Parameters
    ----------
    scenario, log
        The world and the calls.
    prices, policies
        Files of prices, and of the arms' policies.
    design
        File of the registered trial, which names the arms' policies and controls.
    assigned
        File of the assignment.
    ledger
        File in which the looks at the trial were counted.
    expected_shares
        As `simkit.trial.evaluate` takes them.
    current
        Today's policy: an arm, or an interval where there is no trial; ``SEGMENT=`` before it
        where segments differ.

    Raises
    ------
    InputError
        With everything that does not fit together.
    """
    notes: list[str] = []
    segments = tuple(scenario.segments)
    if log is not None:
        log, segments, assumed = segments_of(log, scenario)
        log, alone = without_lone_arms(log)
        notes += [*([assumed] if assumed else []), *alone]
    together = Together()
    with together:
        scenario, economics = with_prices(scenario, prices, segments)
    tried = arms_of(log, segments)
    given: dict[str, str] = {}
    registered: TrialDesign | None = None
    control: dict[str, str] = {}
    in_use: dict[str, RecallPolicy] = {}
    with together:
        given = by_segment("--current", current, segments)
        registered = None if design is None or not tried else load_design(design)
        control = controls_of(tried, given, registered)
    if registered is not None and prices is None:
        scenario, priced = with_registered_prices(scenario, registered.prices, design)
        notes += [priced] if priced else []
    with together:
        if assigned is not None and tried:
            given_arms(assigned, registered)  # what is wrong with it is told with all else
    with together:
        if tried:
            counted_looks(EVALUATE, ledger, registered)
    with together:
        said = {name: text for name, text in given.items() if name not in tried}
        in_use = dict(zip(said, read_policies(said.values()), strict=True))
    arms: dict[str, dict[str, RecallPolicy]] = {}
    named: dict[str, dict[str, RecallPolicy]] | None = None
    if tried and log is not None:
        if policies is not None:
            with together:
                named = matching(load_arms(policies), tried, str(policies))
        if registered is not None:
            with together:
                arms = matching(registered.arms, tried, str(design))
        elif policies is None:
            from simkit.trial.read.delivered import delivered_policies

            with together:
                arms = delivered_policies(log, scenario.calendar)
            notes.append(
                "nobody said which policy each arm was (--policies), so it is taken from the "
                f"median gap between calls: {one_line(arms)}"
            )
        else:
            arms = named or {}
    else:
        unused = [str(path) for path in (policies, design, assigned, ledger) if path is not None]
        unused += ["--expected-share"] if expected_shares else []
        notes += [f"{path} is not used: the log names no arms" for path in unused]
    together.tell()
    in_use |= {name: arms[name][arm] for name, arm in control.items()}
    return Question(
        scenario,
        economics,
        segments,
        log,
        arms,
        control,
        in_use,
        tuple(notes),
        registered,
        named,
        assigned if tried else None,
        ledger if tried else None,
        expected_shares,
    )


def _nominal_days(interval: RecallPolicy | Span) -> float:
    from simkit.policy import Span

    span = interval if isinstance(interval, Span) else interval.interval
    return span.calendar_days()
