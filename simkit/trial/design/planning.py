"""The verb that designs a trial: from a scenario or a past log to a design with its sizes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from simkit.calllog import CallLog
from simkit.errors import InputError, Problem
from simkit.measures.money import DAYS_PER_YEAR
from simkit.policy import RecallPolicy
from simkit.scenario import Scenario
from simkit.trial.design.arguments import (
    WHERE,
    by_segment,
    guards_of,
    own_problems,
    planned_of,
    prices_of,
    registered,
    require_kinds,
    segments_of,
    size_problems,
    strange_segments,
)
from simkit.trial.design.cautions import NO_NAME, cautions
from simkit.trial.design.designed_trial import DesignedTrial
from simkit.trial.design.looks import Looks
from simkit.trial.design.looks_cost import inflation_of
from simkit.trial.design.piloting import pilot_for
from simkit.trial.design.planned_test import FEWEST_UNITS
from simkit.trial.design.size_table import (
    GUARDRAIL,
    PRIMARY,
    SizeRow,
    harm_sign,
    size_rows,
    size_table,
    whole,
)
from simkit.trial.design.sizes import POWER
from simkit.trial.design.spread import Pilot
from simkit.trial.design.trial_design import Drawing, TrialDesign, usual_drawing
from simkit.trial.read.names import NET_VALUE
from simkit.trial.settings import Margins

if TYPE_CHECKING:
    from simkit.scenario import Economics

Arms = Mapping[str, RecallPolicy] | Mapping[str, Mapping[str, RecallPolicy]]


def design_trial(
    basis: Scenario | CallLog,
    arms: Arms,
    *,
    control: str | Mapping[str, str],
    horizon_days: float,
    primary: str = NET_VALUE,
    secondary: Sequence[str] = (),
    guardrails: Margins | None = None,
    worthwhile: float | Mapping[str, float] | None = None,
    contacts: int | Mapping[str, int] | None = None,
    unit: Literal["account", "contact"] = "account",
    method: Drawing | None = None,
    shares: Mapping[str, float] | None = None,
    strata: Collection[str] = (),
    looks: Looks | Sequence[float] | None = None,
    covariates: Collection[str] = (),
    second_cluster: str | None = None,
    alpha: float = 0.05,
    power: float = POWER,
    agents: int | Mapping[str, int] | None = None,
    salt: str | None = None,
    name: str = NO_NAME,
    economics: Mapping[str, Economics] | None = None,
    inflation: float | None = None,
    seed: int = 1,
    registered_on: date | str | None = None,
) -> DesignedTrial:
    """Design a trial: what is compared, in whom, how long, and how many contacts that takes.

    **How much contacts differ** is read from a past log (whether or not it is a trial), or from
    contacts of the scenario simulated under the control's policy, at the same horizon; the sizes
    say which. Where accounts are assigned, their sizes and the correlation within them count.

    **Sizes** follow from the test that `evaluate` will make: two-sided with Holm's first step over
    arms × segments for the primary outcome, by which an evaluation decides (Dunnett's intervals
    stand beside and describe), with accounts' degrees of freedom; for a guardrail the one-sided
    test of non-inferiority, with Farrington and Manning's variance for shares, if the arms do not
    differ. Without ``contacts`` the trial gets as many as the neediest
    of these takes; with them, it says what they find.

    Parameters
    ----------
    basis
        The scenario, or a log of attempts.
    arms
        Arm → policy, the same in every segment, or segment → arm → policy.
    control
        The arm that the others are compared with; or segment → that arm.
    horizon_days
        Days since entry at which arms will be compared.
    primary, secondary
        The outcome that decides, and those shown beside it: columns of ``contact_outcomes``.
    guardrails
        Outcome → harm that is tolerated (or segment → that). Default: opt-outs, with the prices'
        ``optout_margin_prob``; ``{}`` for none.
    worthwhile
        Improvement of the primary outcome that is to be found (or segment → that), per contact
        over the horizon, in the outcome's unit [net value: EUR a contact]. Default for net value:
        the prices' ``worthwhile_eur``, which is a year's, times horizon_days / 365.
    contacts
        Segment → contacts to be assigned, all arms together; a number where there is one segment.
    unit
        What is assigned as a whole.
    method
        How arms are drawn: ``"hash"`` or ``"blocks"``, as `simkit.trial.assign.assign` does, or
        ``"outside"`` of simkit. By hash the evaluation draws them again and compares: where others
        deal the arms, say ``"outside"``. Default: blocks with strata, else hash.
    shares
        Arm → its part of the units, on any scale; default: equal parts.
    strata, covariates
        Columns of the contacts, known before assignment: within which it is done, and by which
        estimates will be adjusted. A log that has the covariates tells what that gains.
    second_cluster
        Column of a grouping across accounts that errors will follow too, see
        `simkit.trial.evaluate`. The sizes do not know it, and are too small by what it adds.
    looks
        Parts of the information at each look, rising to 1, or `Looks`; None: once, at the end.
    alpha, power
        Error rate of each family of comparisons; probability to find what is worth finding.
    agents
        Agents shared by all arms, or arm → its own.
    salt
        Text that makes this trial's assignment its own; default: the name.
    name
        What the trial is called. Two trials of one name and salt assign the same contacts alike:
        give each its own.
    economics
        Prices by segment; default: the scenario's.
    inflation
        By which the looks before the end raise the contacts needed; default: as the spending of
        the error rate over them makes it.
    seed
        Of the simulated contacts.
    registered_on
        The day on which the design is registered, as ``"2026-01-12"``: nothing here asks what day
        it is. An evaluation holds it against the first call.

    Returns
    -------
    DesignedTrial
        The design, its sizes, and what should be mended before it is registered.

    Raises
    ------
    InputError
        With everything that is wrong with the arguments; then with what the contacts do not tell.
    """
    require_kinds(
        basis,
        arms,
        control,
        horizon_days=horizon_days,
        primary=primary,
        economics=economics,
        contacts=contacts,
        agents=agents,
        seed=seed,
        secondary=secondary,
        strata=strata,
        covariates=covariates,
        looks=looks,
        inflation=inflation,
        worthwhile=worthwhile,
        shares=shares,
        guardrails=guardrails,
    )
    by_arm = {k: v for k, v in arms.items() if isinstance(v, RecallPolicy)}
    problems = own_problems(inflation, [primary, *secondary], shares)
    if by_arm and problems:
        raise InputError(problems)
    known = segments_of(basis)
    policies: dict[str, Any] = (
        dict.fromkeys(known, by_arm) if by_arm else {k: dict(v) for k, v in arms.items()}
    )
    segments = list(policies)
    problems += strange_segments(segments, basis)
    strange = set(segments) - set(known)
    prices = prices_of(basis, economics)
    priced_ones = segments if prices is None else prices
    lacking = [name for name in segments if name not in priced_ones and name not in strange]
    if prices is not None:
        rule = "must have prices in economics"
        problems += [Problem(WHERE, "economics", name, rule) for name in lacking]
    elif primary == NET_VALUE:
        rule = "must be given: net value needs prices; or name another primary outcome"
        problems.append(Problem(WHERE, "economics", None, rule))
    priced = {} if prices is None else {name: prices[name] for name in segments if name in prices}
    wanted = by_segment("worthwhile", worthwhile, segments, problems)
    if worthwhile is None and primary == NET_VALUE:
        wanted = {
            segment: row.worthwhile_eur * horizon_days / DAYS_PER_YEAR
            for segment, row in priced.items()
        }
    guards = guards_of(guardrails, priced, primary, segments, problems)
    planned = planned_of(contacts, segments, problems)
    if not wanted and planned is None and not lacking:
        rule = "must be given, or contacts: one follows from the other"
        problems.append(Problem(WHERE, "worthwhile", None, rule))
    problems += [
        Problem(WHERE, f"worthwhile[{segment!r}]", value, "must be above 0")
        for segment, value in wanted.items()
        if not 0 < value < math.inf
    ]
    problems += size_problems("worthwhile", wanted)
    fields: dict[str, Any] = {
        "name": name,
        "arms": policies,
        "control": dict.fromkeys(segments, control) if isinstance(control, str) else dict(control),
        "unit": unit,
        "method": usual_drawing(tuple(strata)) if method is None else method,
        "shares": {arm: float(part) for arm, part in (shares or {}).items()},
        "strata": tuple(strata),
        "salt": name if salt is None else salt,
        "horizon_days": float(horizon_days),
        "primary": primary,
        "secondary": tuple(secondary),
        "guardrails": guards,
        "margins": {primary: wanted} if len(wanted) == len(segments) else {},
        "prices": priced,
        "covariates": tuple(covariates),
        "second_cluster": second_cluster,
        "alpha": alpha,
        "power": power,
        "contacts": planned or {},
        "agents": dict(agents) if isinstance(agents, Mapping) else agents,
        "registered_on": registered_on,
    }
    try:
        fields["looks"] = looks
        if looks is not None and not isinstance(looks, Looks):
            fields["looks"] = Looks(fractions=tuple(float(part) for part in looks))
    except InputError as error:
        problems += error.problems
        fields["looks"] = None
    design = registered(fields, problems)
    if problems or design is None:
        # What a segment lacks that is not there at all is no problem of its own.
        raise InputError(
            one
            for one in problems
            if one.value is not None or one.field.rpartition(".")[2] not in strange
        )
    pilot = pilot_for(basis, design, priced or None, planned, seed)
    _check_reach(design, pilot, wanted, planned or {})
    if inflation is None:
        inflation = inflation_of(design)
    how = {"inflation": inflation}
    if planned is None:
        rows = list(size_rows(design, pilot, wanted, {}, **how))
        planned = _enough(rows, segments)
        design = design.replace(contacts=planned)
    sizes = size_table(list(size_rows(design, pilot, wanted, planned, **how)))
    world = basis if isinstance(basis, Scenario) else None
    return DesignedTrial(
        design=design,
        sizes=sizes,
        basis=pilot.words,
        warnings=tuple(cautions(design, sizes, pilot, world)),
        scenario=world,
        economics=priced or None,
    )


def _check_reach(
    design: TrialDesign, pilot: Pilot, wanted: Mapping[str, float], planned: Mapping[str, int]
) -> None:
    """Refuse a difference that a share cannot have, and contacts too few to compare arms at all."""
    problems = []
    for segment, number in planned.items():
        size = pilot.accounts[segment].size if design.unit == "account" else 1.0
        least = int(whole(FEWEST_UNITS * size / min(design.parts(segment).values())))
        if number < least:
            rule = (
                f"must be at least {least:,}: {FEWEST_UNITS} {design.unit}s in each arm, or there "
                "is no spread to compare them by"
            )
            problems.append(Problem(WHERE, f"contacts[{segment!r}]", number, rule))
    better = -harm_sign(design.primary)
    for segment, value in wanted.items():
        spread = pilot.spreads[segment][design.primary]
        if spread.share and not 0 <= spread.mean + better * value <= 1:
            room = 1 - spread.mean if better > 0 else spread.mean
            rule = f"must be at most {room:.4g}: the share in the control is {spread.mean:.4g}"
            problems.append(Problem(WHERE, f"worthwhile[{segment!r}]", value, rule))
    if problems:
        raise InputError(problems)


def _enough(rows: Sequence[SizeRow], segments: Sequence[str]) -> dict[str, int]:
    """Return the contacts of each segment that its neediest comparison takes."""
    needed = {
        segment: max(
            row.segment_needed
            for row in rows
            if row.segment == segment and row.role in (PRIMARY, GUARDRAIL)
        )
        for segment in segments
    }
    rule = "must be above 0: no number of contacts shows a margin of 0; or give contacts"
    problems = [
        Problem(WHERE, f"guardrails in {segment}", 0.0, rule)
        for segment, number in needed.items()
        if not math.isfinite(number)
    ]
    if problems:
        raise InputError(problems)
    return {segment: max(int(whole(number)), 2) for segment, number in needed.items()}
