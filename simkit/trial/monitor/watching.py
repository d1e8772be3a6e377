"""The verb: watch the guardrails of a running trial, and nothing of what decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from simkit.errors import InputError, Problem
from simkit.result import Result
from simkit.trial.checks.check import checks_table, said_of
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.design import GivenDesign, as_design
from simkit.trial.looks.guarded import Guarded, crossings
from simkit.trial.looks.ledger import Look, read_ledger, read_watched, write_ledger
from simkit.trial.monitor.answer import NOTHING_DECIDED
from simkit.trial.monitor.arms import WRONG_ARMS, arms_checks
from simkit.trial.monitor.assigned import held_checks, whole_list, with_held
from simkit.trial.monitor.guarding import guard
from simkit.trial.monitor.opening import opened
from simkit.trial.monitor.reading import NOT_YET, read_look, uncompared
from simkit.trial.monitor.tables import rows_table
from simkit.trial.monitor.words import crossed_words, failed_words, guard_words
from simkit.trial.sentences import PERCENT

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics
    from simkit.trial.assign import Assigned
    from simkit.trial.evaluation import Evaluation

WHERE = "watch_guardrails"
WATCHED = "guardrails only"
UNSEEN = "The primary outcome was not looked at, and nothing of its error rate is spent."


@dataclass(frozen=True, eq=False, repr=False)
class Watching(Result):
    """The guardrails of a running trial on a day.

    Parameters
    ----------
    table
        One row per guardrail, segment and arm, with the columns of `Monitoring.guardrails`.
    as_of, fraction
        The day; part of the planned contacts that have been followed for the whole horizon.
    checks
        Of the trial as it stood, without those that compare effects.
    trustworthy
        False when a check failed: then nothing here may be acted on.
    stopped
        Guardrails that were beyond their margin, today or on a day that the ledger holds, in words.
    warnings
        What a reader must know, in words.
    uncompared
        Why nothing was compared whatever had come by then, in words; empty where that is not so.
    unseen
        Why a harm cannot be seen in these data, in words (`simkit.trial.unrecorded`).
    """

    table: pd.DataFrame
    as_of: str
    fraction: float
    checks: pd.DataFrame
    trustworthy: bool
    stopped: tuple[str, ...]
    warnings: tuple[str, ...]
    uncompared: str = ""
    unseen: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """Say each guardrail of each arm."""
        return [guard_words(row) for row in self.table.itertuples(index=False)]

    def sentence(self) -> str:
        """Give the answer first: which arm to stop, or that there is nothing to stop for."""
        blind = f"cannot tell: {self.unseen[0]}" if self.unseen else "nothing to stop for"
        told = "; ".join(self.stopped) or blind
        found = told if self.fraction > 0 else NOT_YET
        if not (self.trustworthy or self.stopped):
            found = NOTHING_DECIDED
        so_many = f", with {PERCENT * self.fraction:.0f} % of the planned contacts followed to the "
        so_many += "horizon"
        if self.uncompared:
            so_many, found = "", "; ".join([*self.stopped, self.uncompared])
        text = f"Guardrails as of {self.as_of[:10]}{so_many}: {found}. {UNSEEN}"
        return text if self.trustworthy else f"{failed_words(self.checks)} {text}"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p><ul>{said}</ul>"
            f"{f'<p>Warnings</p><ul>{notes}</ul>' if notes else ''}"
        )


def watch_guardrails(
    log: CallLog,
    design: GivenDesign,
    *,
    economics: Mapping[str, Economics] | None = None,
    as_of: object = None,
    ledger: str | Path | None = None,
    assigned: Assigned | None = None,
) -> Watching:
    """Watch guardrails between looks: nothing of the primary outcome is shown, or spent.

    Their bounds are one-sided confidence sequences, which hold however often one looks, so that a
    day costs nothing. It is no look: what `simkit.trial.monitor.monitor` may claim later stays as
    it was. Whoever has seen the primary outcome on that day by other means has looked all the same.

    Parameters
    ----------
    log, design, economics, as_of, assigned
        As `simkit.trial.monitor.monitor` takes them.
    ledger
        The file of the trial's looks, in which the day is noted apart from them. An arm that a
        guardrail stops stays stopped, here and at later looks.

    Returns
    -------
    Watching
        The guardrails, in a table and in words.

    Raises
    ------
    InputError
        With everything that is wrong; if the design has no guardrail.
    """
    design = as_design(design, WHERE)
    if not design.guardrails:
        rule = "must be registered: without a guardrail there is nothing to watch"
        raise InputError([Problem("TrialDesign", "guardrails", {}, rule)])
    start = opened(
        WHERE,
        log,
        design,
        as_of=as_of,
        assigned=assigned,
        ledger=ledger,
        economics=economics,
    )
    drawn, moment, file = start.drawn, start.moment, start.ledger
    made = [] if file is None else read_ledger(file, design)
    watched = [] if file is None else read_watched(file, design)
    wrong = arms_checks(log, design, moment)
    evaluation: Evaluation | None = None
    notes: tuple[str, ...] = ()
    if wrong:
        whole = uncompared(log, design, moment, WRONG_ARMS)
    else:
        whole, evaluation, notes = read_look(
            log,
            design,
            moment,
            economics=economics,
            final=False,
            assigned=whole_list(log, drawn),
        )
    seen = tuple(row for row in whole.seen if row.role == "guardrail")
    now = Look(whole.as_of, whole.fraction, False, seen)
    days = [day for day in watched if day.moment != moment]
    if file is not None and now.fraction > 0:
        write_ledger(file, design, made, watched=[*days, now])
    before = [day for day in (*made, *days) if day.moment < moment]
    known = sorted(before, key=lambda day: day.moment)
    checks = checks_table(wrong)
    unseen: tuple[str, ...] = ()
    if evaluation is not None:
        guards = evaluation.table[evaluation.table["role"] == "guardrail"]
        unseen = tuple(text for text in guards["unseen"].unique() if text)
        # That check tells how far the arms' effects on the primary outcome differ.
        checks = evaluation.checks[evaluation.checks["check"] != INTERACTION]
    checks = with_held(checks, held_checks(log, drawn, moment, running=True))
    return Watching(
        table=rows_table(guard([now], [WATCHED], design.alpha, known), Guarded),
        as_of=now.as_of,
        fraction=now.fraction,
        checks=checks,
        trustworthy=not (checks["verdict"] == "fail").any(),
        stopped=tuple(crossed_words(row) for row in crossings([*known, now], design.alpha)),
        warnings=(*unseen, *notes, *said_of(checks)),
        uncompared=WRONG_ARMS if wrong else "",
        unseen=unseen,
    )
