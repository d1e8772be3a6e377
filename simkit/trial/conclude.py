"""What an evaluation concludes: rows, checks and warnings as one result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simkit.trial.checks.balance import balance_table
from simkit.trial.checks.check import Check, checks_table, said_of
from simkit.trial.checks.registration import REGISTERED
from simkit.trial.compare import Comparison
from simkit.trial.design import TrialDesign
from simkit.trial.evaluation import Evaluation
from simkit.trial.headline import CHECK_FAILED, NOT_AS_ASKED
from simkit.trial.plan import Plan
from simkit.trial.read.data import ALL, TrialData
from simkit.trial.read.unsaid import TIMED

if TYPE_CHECKING:
    import pandas as pd

#: Of rows that agents' time is part of, where that of many calls is not known.
TIME_UNKNOWN = (
    "in doubt: a part of the agents' time is not known and costs nothing here, which flatters the "
    "arm that calls most"
)


def gravest_first(
    warnings: Sequence[str], checks: pd.DataFrame, doubts: Sequence[str]
) -> tuple[str, ...]:
    """Return each warning once: failed checks, what may make every estimate wrong, then the rest.

    Parameters
    ----------
    warnings
        All of them.
    checks
        The checks' table.
    doubts
        Those that may make every estimate wrong.
    """
    failed = said_of(checks[checks["verdict"] == "fail"])
    first = [text for text in (*failed, *doubts) if text in warnings]
    return tuple(dict.fromkeys([*first, *warnings]))


def _with_reason(table: pd.DataFrame, at: pd.Series, text: str) -> pd.DataFrame:
    """Add a reason to some rows, behind those that they have."""
    old = table["reason"]
    joined = old.map(lambda said: f"{said}; {text}" if said else text)
    return table.assign(reason=joined.where(at, old))


def conclusion(
    data: TrialData,
    plan: Plan,
    found: Comparison,
    checks: Sequence[Check],
    design: TrialDesign | None,
) -> Evaluation:
    """Return what a comparison and its checks come to: rows, warnings, whether to trust them.

    Parameters
    ----------
    data, plan
        The trial, and what was to be compared.
    found
        Rows and verdicts.
    checks
        All checks that were made; rows of a segment in which one failed are marked.
    design
        What was registered; None without a design.
    """
    table = found.table
    failed = [check for check in checks if check.verdict == "fail"]
    if failed:
        segments = {check.segment for check in failed}
        flag = CHECK_FAILED
        if all(check.check == REGISTERED for check in failed):
            flag = NOT_AS_ASKED
        at = table["segment"].isin(segments) | (ALL in segments)
        table = _with_reason(table, at, flag)
    table = table.assign(trustworthy=not failed)
    warnings = [
        f"{count:,} contacts left out: {reason}"
        for reason, count in data.left_out.itertuples(index=False)
    ]
    doubts = (*data.doubts, *plan.against_their_names())
    # What agents' time is part of is in doubt; the answer is only where it rests on that.
    if plan.primary in TIMED:
        doubts = (*data.time_doubts, *doubts)
    elif data.time_doubts:
        table = _with_reason(table, table["outcome"].isin(TIMED), TIME_UNKNOWN)
        warnings += data.time_doubts
    guesses = plan.guesses()
    if plan.primary in plan.guessed:  # then the answer itself rests on the guess
        doubts, guesses = (*doubts, *guesses), ()
    warnings += [*data.warnings, *doubts]
    warnings += [
        f"no margin was named beforehand for {name}: it is compared, but cannot veto"
        for name in plan.without_margin()
    ]
    silent = table[(table["role"] == "guardrail") & (table["verdict"] == "refused")]
    for reason, alike in silent.groupby("reason", sort=False):
        whose = [f"{row.outcome} of {row.arm}" for row in alike.itertuples(index=False)]
        guards = "guardrail" if len(dict.fromkeys(whose)) == 1 else "guardrails"
        named = ", ".join(dict.fromkeys(whose))
        warnings.append(f"the {guards} on {named} could not be judged: {reason}")
    warnings += guesses
    warnings += said_of(checks_table(checks))
    return Evaluation(
        table=table,
        checks=checks_table(checks),
        exposure=data.exposure,
        left_out=data.left_out,
        vetoes=found.vetoes,
        winners=found.winners,
        primary=plan.primary,
        alpha=plan.alpha,
        horizon_days=data.horizon_days,
        trustworthy=not failed,
        warnings=tuple(warnings),
        means=found.primary_means,
        lower_is_better=plan.primary in plan.lower_is_better,
        guessed=plan.primary in plan.guessed,
        design=design,
        doubts=doubts,
        refusals=data.refusals,
        balance=balance_table(data),
    )
