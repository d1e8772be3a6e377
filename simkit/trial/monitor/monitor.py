"""The verb: look at a running trial as it stood on a day, and count the look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import InputError, Problem
from simkit.trial.assign import Assigned
from simkit.trial.checks.check import checks_table, said_of
from simkit.trial.design import GivenDesign, as_design
from simkit.trial.direction import guess_words
from simkit.trial.looks.cost import costs_by_segment
from simkit.trial.looks.guarded import Guarded
from simkit.trial.looks.history import spends_error
from simkit.trial.looks.kinds import OFF_PLAN, passed_by
from simkit.trial.looks.ledger import Look, read_ledger, read_watched, write_ledger
from simkit.trial.monitor.arms import UNCOUNTED_FOR_ARMS, WRONG_ARMS, arms_checks
from simkit.trial.monitor.arrivals import arrival_words, arrivals
from simkit.trial.monitor.assigned import held_checks, whole_list, with_held
from simkit.trial.monitor.decisions import (
    BY_SEQUENCE,
    BY_SPENDING,
    Course,
    Interim,
)
from simkit.trial.monitor.guarding import judge_looks
from simkit.trial.monitor.marking import mark_looks
from simkit.trial.monitor.monitoring import Monitoring
from simkit.trial.monitor.opening import opened
from simkit.trial.monitor.reading import read_look, uncompared
from simkit.trial.monitor.tables import bounds_table, looks_table, rows_table
from simkit.trial.monitor.words import (
    NO_HISTORY,
    NO_LOOK,
    NONE_REGISTERED,
    cost_words,
    cut_short_words,
    passed_words,
    repeated_words,
    still_followed_words,
)
from simkit.trial.rare import few_doubts

if TYPE_CHECKING:
    from simkit.calllog import CallLog
    from simkit.scenario import Economics
    from simkit.trial.evaluation import Evaluation

WHERE = "monitor"


def monitor(
    log: CallLog,
    design: GivenDesign,
    *,
    economics: Mapping[str, Economics] | None = None,
    as_of: object = None,
    earlier: Sequence[object] | None = None,
    ledger: str | Path | None = None,
    final: bool | None = None,
    assigned: Assigned | None = None,
) -> Monitoring:
    """Look at a running trial without being fooled by looking.

    **What is seen.** The log as it stood on the day: later calls, contacts and cancellations are
    not known. A contact counts once it was followed for the registered horizon. Estimates and
    errors are those of `simkit.trial.evaluate`.

    **What may be claimed.** With registered looks and a ledger, the error rate is spent by the part
    of the planned information that is in (Lan and DeMets): at any times, also unplanned ones, and
    any number. A look off the plan is allowed and spends, and the result says what it has cost at
    the end. It is the timing that must not depend on results.

    **An end before its time.** The end of a trial spends all the error that is left. Who may end it
    with fewer contacts than planned, at a day of his choice and after having seen results, would
    so get a low bound at each look: with 5 looks 14 % false claims instead of 5 %
    (``tests/statistical/test_ending_when_it_suits.py``). Such an end therefore spends what its part
    of the information allows, as if the trial went on, and claims what may be claimed however it
    came to end. Only where no result was seen before, the first look may spend all, and a warning
    says on what that rests. A day that was read as a look before the end stays one.

    **More contacts than planned.** The first look that has the planned number ends a comparison,
    and spends all its error at the information that it has, be it more than planned. A look stands
    in the ledger and is made once, so that this holds, if no result decided when it was made; an
    evaluation of contacts that no look counted can be made again and again, and claims only what
    holds however often one looks.

    **Where looks are not known.** Where it is not known which looks
    were made, or none were registered, bounds come from a confidence sequence, which holds however
    often one looks. Over arms and segments, Holm keeps the error rate of the family.

    **Arms that are not as registered.** Where contacts stand in an arm that was not registered, or
    a registered arm has so few that chance does not make it, nothing is compared, and the day is
    not counted as a look: neither can it claim anything, nor does it spend anything.

    **Guardrails** are watched all the time: one-sided confidence sequences, at every look. An arm
    that one of them stops is stopped, also where it is better. At the end an arm that
    `simkit.trial.evaluate` vetoes is stopped too.

    Parameters
    ----------
    log
        The running trial's log of attempts.
    design
        As registered, with the contacts planned; or its file.
    economics
        Prices of each segment, where the primary outcome is money.
    as_of
        The day, at its midnight, or a time; default: the last moment that the log knows of.
    earlier
        Days of looks that were made before and stand in no ledger; an empty list says that there
        were none.
    ledger
        A file beside the design to which this look is added, with what was seen. It holds all
        looks before; it is made with the first. The same day twice is one look. Where a look saw
        other contacts than the log now holds for its day, or other results, a warning says so.
    final
        Whether the trial ends with this look; default: once all planned contacts are in, or as
        the ledger says of this day. Say True where fewer contacts were assigned than planned, and
        no more will come, before anything was seen. A warning says how many contacts are still
        being followed.
    assigned
        The assignment, its file, or contact_id → arm: whether all who have entered stand in that
        arm is checked, and how the arms were drawn. Who is in the list and not in the log is told,
        and fails the check only at the end of the trial, if many.

    Returns
    -------
    Monitoring
        Decisions, intervals, sentences.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    design = as_design(design, WHERE)
    start = opened(
        WHERE,
        log,
        design,
        as_of=as_of,
        assigned=assigned,
        ledger=ledger,
        economics=economics,
        earlier=earlier,
        final=final,
    )
    drawn, moment, file = start.drawn, start.moment, start.ledger
    before = [] if file is None else read_ledger(file, design)
    known = file is not None or earlier is not None
    held = {look.moment: look for look in before}
    if final is None and moment in held and held[moment].final:
        final = True
    listed = whole_list(log, drawn)
    before += [
        read_look(log, design, day, economics=economics, assigned=listed)[0]
        for day in dict.fromkeys(start.days)
        if day not in held
    ]
    before = sorted(
        (look for look in before if look.moment != moment), key=lambda look: look.moment
    )
    late = [look.as_of for look in before if look.moment > moment]
    if late:
        rule = f"must not be before a look that was made: {late[-1]} is in the ledger or among them"
        raise InputError([Problem(WHERE, "as_of", str(moment), rule)])
    wrong = arms_checks(log, design, moment)
    evaluation: Evaluation | None = None
    warnings: tuple[str, ...] = ()
    if wrong:
        look = uncompared(log, design, moment, WRONG_ARMS)
    else:
        look, evaluation, warnings = read_look(
            log, design, moment, economics=economics, final=final, assigned=listed
        )
        if moment in held:
            _require_same_end(held[moment], look)
    looks = [*before, look]
    changed: list[str] = []
    if look.fraction > 0:
        looks, changed = mark_looks(log, design, looks, held)
    if file is not None and look.fraction > 0:
        write_ledger(file, design, looks)
    by_spending = known and spends_error(looks, registered=design.looks is not None)
    course = Course(design, looks, by_spending)
    watched = [] if file is None else read_watched(file, design)
    names, (rows, guarded) = course.names, judge_looks(course, watched)
    as_drawn = held_checks(log, drawn, moment, running=not look.final)
    found = checks_table(wrong) if evaluation is None else evaluation.checks
    checks = with_held(found, as_drawn)
    notes = [*warnings, *(evaluation.warnings if evaluation is not None else ())]
    notes += said_of(checks_table([*wrong, *as_drawn]))
    notes += repeated_words(start.days)
    came = arrivals(log, design, moment, look)
    following = sum(each.following for each in came)
    if look.fraction <= 0:
        notes.insert(0, UNCOUNTED_FOR_ARMS if wrong else NO_LOOK)
    elif not known:
        notes.insert(0, NO_HISTORY)
    elif not by_spending:
        notes.insert(0, NONE_REGISTERED)
    elif OFF_PLAN in names:
        costs = costs_by_segment(
            looks, course.planned, course.keys, design.contacts, course.level, course.spending
        )
        more = not look.final and not any(each.to_come for each in came)
        if costs:  # else they came when all had ended
            notes.insert(0, cost_words(costs, course.level, if_more_come=more))
    passed = passed_by(looks, course.planned)
    unlisted = ""
    # Who says which days were looks before, or that there were none, has been asked.
    if file is not None and earlier is None and not before and passed:
        unlisted = passed_words(passed)
        notes.insert(0, unlisted)
    if by_spending and look.cut_short:
        notes.insert(0, cut_short_words(spends_all=course.spends_all[-1]))
    if look.final and following:
        notes.insert(0, still_followed_words(following))
    last = [row for row in rows if row.look == len(looks)]
    if evaluation is not None:  # also where only an earlier look, or this one's bound, claims it
        claimed = {(row.segment, row.arm) for row in last if row.claimed_at > 0}
        notes[:0] = few_doubts(evaluation.table, claimed)
    if look.fraction > 0:
        notes[:0] = arrival_words(came, last, final=look.final, by_spending=by_spending)
    notes[:0] = changed
    return Monitoring(
        table=rows_table(rows, Interim),
        guardrails=rows_table(guarded, Guarded),
        looks=looks_table(looks, names),
        bounds=bounds_table(course, rows),
        checks=checks,
        arrivals=came,
        primary=design.primary,
        alpha=design.alpha,
        horizon_days=design.horizon_days,
        planned=course.planned,
        spending=course.spending,
        method=BY_SPENDING if by_spending else BY_SEQUENCE,
        trustworthy=not (checks["verdict"] == "fail").any(),
        warnings=tuple(dict.fromkeys(notes)),
        unlisted=unlisted,
        uncompared=WRONG_ARMS if wrong else "",
        guess=guess_words(design.primary, less=design.less_is_better(design.primary))
        if evaluation is not None and evaluation.guessed
        else "",
    )


def _require_same_end(held: Look, look: Look) -> None:
    """Raise InputError where a day that the ledger holds is now to be the end, or no longer."""
    if held.final and not look.final:
        rule = "must not be False: the ledger says that the trial ended with this look"
    elif look.cut_short and not held.final:
        rule = (
            "must not be True: the ledger holds this day as a look before the end, and who ends a "
            "trial after having seen its result claims too much. The trial may end here; what this "
            "look claims holds all the same"
        )
    else:
        return
    raise InputError([Problem(WHERE, "final", look.final, rule)])
