"""One row for each comparison of a trial to come: what it needs, and what it can find."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from simkit.measures import OUTCOMES
from simkit.trial.design.planned_test import Means, PlannedTest, Shares
from simkit.trial.design.sizes import design_effect, variance_range
from simkit.trial.design.spread import Accounts, Pilot, Spread
from simkit.trial.design.trial_design import TrialDesign

PRIMARY, SECONDARY, GUARDRAIL = "primary", "secondary", "guardrail"
NOT_KNOWN = float("nan")


@dataclass(frozen=True)
class SizeRow:
    """One arm against its control on one outcome; see `simkit.trial.design.DesignedTrial`."""

    segment: str
    outcome: str
    role: str
    arm: str
    control: str
    unit: str
    difference: float
    contacts_needed: float
    control_needed: float
    segment_needed: float
    needed_low: float
    needed_high: float
    contacts: float
    control_contacts: float
    accounts: float
    mde: float
    power: float
    base: float
    sd: float
    source: str
    icc: float
    account_size: float
    account_size_cv: float
    design_effect: float
    r2: float
    df: float
    alpha: float
    sides: int


def level_of(design: TrialDesign) -> float:
    """Return the two-sided level of Holm's first step: α ÷ comparisons over arms and segments."""
    return design.alpha / sum(len(arms) - 1 for arms in design.arms.values())


def planned_test(
    design: TrialDesign,
    segment: str,
    arm: str,
    outcome: str,
    spread: Spread,
    accounts: Accounts,
    *,
    level: float,
    inflation: float,
) -> PlannedTest:
    """Return the test that will compare an arm with its control on one outcome.

    Parameters
    ----------
    design
        The trial.
    segment, arm, outcome
        Which comparison.
    spread, accounts
        How much contacts differ, and their accounts.
    level
        Two-sided level of one comparison of a primary or secondary outcome.
    inflation
        By which looks before the end raise the contacts needed. A guardrail is passed at the end
        only, and costs nothing by being watched before.
    """
    parts = design.parts(segment)
    clustered = design.unit == "account" and accounts.size > 1
    one_by_one = None if spread.share else 1.0
    guardrail = outcome in design.guardrails
    null = 0.0
    if guardrail:
        null = harm_sign(outcome) * design.guardrails[outcome][segment]
    return PlannedTest(
        Shares(spread.mean) if spread.share else Means((spread.sd, spread.sd)),
        parts=(parts[arm], parts[design.control[segment]]),
        null=null,
        alpha=design.alpha if guardrail else level,
        sides=1 if guardrail else 2,
        design_effect=effect_of(spread, accounts) if clustered else 1.0,
        unit_size=accounts.size if clustered else one_by_one,
        r2=spread.r2,
        inflation=1.0 if guardrail else inflation,
    )


def size_rows(
    design: TrialDesign,
    pilot: Pilot,
    worthwhile: Mapping[str, float],
    contacts: Mapping[str, int],
    *,
    inflation: float,
) -> Iterator[SizeRow]:
    """Yield a row for each segment, outcome and arm but the control.

    Parameters
    ----------
    design
        The trial.
    pilot
        How much contacts differ.
    worthwhile
        Segment → improvement of the primary outcome that is to be found; a segment may be missing.
    contacts
        Segment → contacts planned, all arms together; may be empty.
    inflation
        By which looks before the end raise the contacts needed.
    """
    how = {"level": level_of(design), "inflation": inflation}
    for segment, arms in design.arms.items():
        accounts = pilot.accounts[segment]
        planned = contacts.get(segment, NOT_KNOWN)
        for outcome in design.outcomes:
            spread = pilot.spreads[segment][outcome]
            better = -harm_sign(outcome)
            for arm in arms:
                if arm == design.control[segment]:
                    continue
                test = planned_test(design, segment, arm, outcome, spread, accounts, **how)
                if outcome in design.guardrails:
                    role, wanted, truth = GUARDRAIL, test.null, 0.0
                elif outcome == design.primary:
                    role, wanted = PRIMARY, better * worthwhile.get(segment, NOT_KNOWN)
                    truth = wanted
                else:
                    role, wanted, truth = SECONDARY, NOT_KNOWN, NOT_KNOWN
                unknown = math.isnan(truth)
                needed = NOT_KNOWN if unknown else test.contacts(truth, design.power)
                low, high = _range(needed, spread.df)
                found = _found(test, role, planned, design.power, better)
                yield SizeRow(
                    segment=segment,
                    outcome=outcome,
                    role=role,
                    arm=arm,
                    control=design.control[segment],
                    unit=OUTCOMES[outcome].unit,
                    difference=wanted,
                    contacts_needed=needed * test.parts[0],
                    control_needed=needed * test.parts[1],
                    segment_needed=needed,
                    needed_low=low,
                    needed_high=high,
                    contacts=planned * test.parts[0],
                    control_contacts=planned * test.parts[1],
                    accounts=planned * test.parts[0] / accounts.size,
                    mde=found,
                    power=NOT_KNOWN
                    if unknown or math.isnan(planned)
                    else test.power(truth, planned),
                    base=spread.mean,
                    sd=spread.sd,
                    source=pilot.source,
                    icc=spread.icc,
                    account_size=accounts.size,
                    account_size_cv=accounts.size_cv,
                    design_effect=test.design_effect,
                    r2=spread.r2,
                    df=spread.df,
                    alpha=test.alpha,
                    sides=test.sides,
                )


def size_table(rows: list[SizeRow]) -> pd.DataFrame:
    """Write the rows as a table, numbers of contacts and accounts as whole numbers, rounded up."""
    table = pd.DataFrame([asdict(row) for row in rows])
    for name in ("contacts_needed", "control_needed", "segment_needed", "contacts", "accounts"):
        table[name] = table[name].map(whole)
    for name in ("control_contacts", "needed_low", "needed_high"):
        table[name] = table[name].map(whole)
    return table


def whole(contacts: float) -> float:
    """Round a number of contacts up; inf and NaN stay."""
    return float(math.ceil(round(contacts, 6))) if math.isfinite(contacts) else contacts


def harm_sign(outcome: str) -> float:
    """Return 1 where more of an outcome is the harm, −1 where less is."""
    return 1.0 if OUTCOMES[outcome].better == "lower" else -1.0


def effect_of(spread: Spread, accounts: Accounts) -> float:
    """Return the design effect of a segment's accounts on one outcome."""
    icc = 0.0 if math.isnan(spread.icc) else spread.icc
    return design_effect(accounts.size, icc, accounts.size_cv)


def _found(test: PlannedTest, role: str, planned: float, power: float, better: float) -> float:
    if math.isnan(planned):
        return NOT_KNOWN
    if role == GUARDRAIL:
        return -better * test.margin(planned, power)
    return better * test.detectable(planned, power, better)


def _range(needed: float, df: float) -> tuple[float, float]:
    if not (math.isfinite(needed) and df > 0):
        return NOT_KNOWN, NOT_KNOWN
    fewer, more = variance_range(df)
    return needed * fewer, needed * more
