"""The door to field trials: compare the arms of a call log or a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from simkit.calllog import CallLog
from simkit.calllog.stored import StoredLog
from simkit.errors import Together
from simkit.trial.adjusted import adjusted_words, check_names, make_adjustment, with_covariates
from simkit.trial.as_designed import design_checks
from simkit.trial.asked import hold_against
from simkit.trial.assign import Assigned, given_arms
from simkit.trial.checks.arguments import lacking_problems, unknown_shares
from simkit.trial.checks.assigned import who_is_missing
from simkit.trial.checks.assignment import assignment_checks
from simkit.trial.checks.balance import balance_checks
from simkit.trial.checks.exposure import Policies
from simkit.trial.checks.horizon import horizon_checks, interval_checks
from simkit.trial.checks.interaction import crossed_check, interaction_check
from simkit.trial.checks.log_checks import Which, data_checks
from simkit.trial.checks.margins import margin_checks
from simkit.trial.checks.one_to_a_row import one_to_a_row_check
from simkit.trial.checks.opposed import opposed_arms, opposed_check
from simkit.trial.checks.planned import followed_in, names_in
from simkit.trial.checks.registered import registered_checks
from simkit.trial.checks.unit import columns_of
from simkit.trial.compare import compare
from simkit.trial.conclude import conclusion, gravest_first
from simkit.trial.contrasts import (
    Intervals,
    any_adjusted,
    check_intervals,
    not_adjusted,
    too_well_told,
    trends,
    unadjusted,
    with_contrasts,
)
from simkit.trial.design import GivenDesign
from simkit.trial.deviations import Request
from simkit.trial.effects.adjust import Method
from simkit.trial.evaluation import Evaluation
from simkit.trial.level import Level
from simkit.trial.level_words import apart_words, looks_taken
from simkit.trial.levels import levels_left
from simkit.trial.looks.ending import arms_stopped, counted_looks, off_plan_in
from simkit.trial.looks.ledger import Look
from simkit.trial.missing import at_worst
from simkit.trial.money_parts import parts_said
from simkit.trial.plan import make_plan, setting_problems
from simkit.trial.rare import few_doubts
from simkit.trial.read.began import SIMULATED
from simkit.trial.read.columns import readable
from simkit.trial.read.logs import MONEY_FIRST, WITHOUT_MONEY
from simkit.trial.read.marks import moments_us
from simkit.trial.read.names import NET_VALUE, WHERE
from simkit.trial.read.trial import data_problems, read_trial
from simkit.trial.seen_again import Found, found_in
from simkit.trial.settings import Margins, require_kinds
from simkit.trial.unrecorded import unseen_doubts

if TYPE_CHECKING:
    from simkit.scenario import Economics


def evaluate(
    data: CallLog | StoredLog | pd.DataFrame,
    *,
    design: GivenDesign | None = None,
    control: str | Mapping[str, str] | None = None,
    arm: str = "arm",
    outcomes: Sequence[str] | None = None,
    cluster: str | None = None,
    segment: str | None = None,
    horizon_days: float | None = None,
    economics: Mapping[str, Economics] | None = None,
    lower_is_better: Collection[str] = (),
    higher_is_better: Collection[str] = (),
    margins: Margins | None = None,
    guardrails: Margins | None = None,
    expected_shares: Mapping[str, float] | None = None,
    covariates: Sequence[str] | None = None,
    worth_eur: Mapping[str, float] | None = None,
    alpha: float | None = None,
    adjust: Sequence[str] | None = None,
    adjust_method: Method = "lin",
    intervals: Intervals | None = None,
    n: str | None = None,
    errors: str = "auto",
    second_cluster: str | None = None,
    policies: Policies | None = None,
    assigned: Assigned | None = None,
    ledger: str | Path | None = None,
    person: Sequence[str] | None = None,
    checks: Which = "all",
) -> Evaluation:
    """Compare the arms of a trial as assigned, per contact, each against the control.

    Three kinds of data are taken: a call log, in memory or (`simkit.calllog.stored.open_call_log`)
    on disk, where it is read in passing with the same result (skewed money of contacts assigned one
    by one in unequal arms can there only be doubted); a table with one row per assigned
    contact, which the answer says is taken on trust where no column is an id of contacts, one to a
    row; a table of totals with one row per arm (and segment), recognised by a column ``n`` and one
    row an arm.

    **What is compared.** The mean per assigned contact at one horizon, whoever was reached or
    called. At a fixed horizon with everybody followed, the share with an event *is* its cumulative
    incidence, whatever other end came first (a sale, an opt-out, a dead number): no contact is
    censored, so no survival estimate is needed. Contacts not followed for the whole horizon are
    left out and counted. Figures per call or of those reached only, a rate in each row, tables of
    calls or groups, logs that were left with those reached or called often, and splits by what an
    arm brought about are refused, with the reason. In a call log, sales per dial and per agent-hour
    stand beside as secondary descriptions.

    **Errors** follow the unit assigned. Where contacts share accounts: ordinary least squares with
    errors clustered by account, the bias-reduced CR2, and Student's t with Bell and McCaffrey's
    degrees of freedom, which fall where few accounts hold most of the contacts. Two arms whose
    accounts tell at most as much as 100 of one size do (few, or a few large ones among many), or
    where one has over twice the other's (the smaller at most 4,000), are compared by assigning the
    accounts anew (permutation), exact however few they are where the arms do nothing, and off (to
    14 %) where the spread of one is ten times the other's; a p-value smaller than the assignments
    allow is CR2's. About 5 in 100 trials without an effect claim one
    (4 to 6, by outcome), with 200 accounts and with 10, and fewer where few contacts of 10 accounts
    buy at all (``benchmarks/cluster_errors.py``). Where contacts were assigned one by one: HC2 with
    Welch's t, or permutation of contacts where one arm has over twice the other's and the outcome
    is so skewed that t is misled; such a row cannot tell, and says what to do, where they cannot be
    assigned anew (sums of a log on disk, more than 4,000). For yes/no outcomes, also in totals,
    Newcombe's hybrid score interval, which has a width even when an arm has no event; where
    contacts or events are few it reaches 0 unless an exact test rejects too.

    **Corrections.** Holm over arms × segments, within each outcome; an adjusted interval leaves
    out 0 exactly where Holm rejects; these hold each by itself, not all at once. Guardrails
    are not corrected.

    **Beside the difference** stand the ratio of the two means; for the primary outcome Dunnett's
    comparisons, whose intervals hold for all arms of a segment at once; and in ``trend`` what each
    doubling of the days between calls changes, over all arms. They describe: Holm decides.

    **Segments.** Whether the arms' effects differ between segments is tested first; where that is
    not shown and the verdicts differ, a warning says so. Where segments have arms and controls of
    the same names, each estimate also stands drawn towards the mean of the segments (``shrunk``):
    the best-looking of many owes a part of it to luck. No verdict rests on that. An arm that is
    known to be longer than its control in one segment and shorter in another is another change in
    each: it is neither tested nor drawn, and there is no choice for all segments together.

    **Verdicts.** better and worse: the adjusted interval leaves out 0. equivalent: it lies within
    ± the margin. cannot tell: neither. refused: no effect can be had from this, see ``reason``.

    Parameters
    ----------
    data
        The log or the table.
    design
        What was registered before the trial: a `TrialDesign`, what `design_trial` gave, or a file.
        It gives every setting that is not given here, and the prices. With looks registered, what
        decides is claimed at the bound of the last one; in a segment with fewer contacts than
        planned, or more, only where it holds however often one looks. What is asked otherwise is
        said, in the result and its sentence; where it could turn the verdict in somebody's favour
        (another horizon or control, segments that were not registered, a wider margin) nothing may
        be acted on. Its primary outcome and guardrails are always evaluated, corrections count all
        comparisons that were registered, and other outcomes explore. A design that was registered
        after the first call fails. Arms that its salt draws by hash are drawn again and compared,
        also of a log on disk.
    control
        The arm that the others are compared with; or segment → that arm. Needed without a design.
    arm
        Column of the arms' names.
    outcomes
        Columns to compare. Net value (``net_value_eur``) is the primary outcome where it is among
        them, else the first. Of a log, any numeric column of ``contact_outcomes``; default: net
        value (with economics), sales, opt-outs, complaints, cancellations.
    cluster
        Column of the account, if whole accounts were assigned or contacts of one account talk to
        each other. Default: with a design the column of the unit that it assigns (``account_id``,
        ``contact_id``), where the data have it; else ``account_id`` of a log, none of a table. Any
        other was not registered; where accounts were assigned, one that joins them, or that names
        them in a table without ``account_id``, is said and may decide.
    segment
        Column whose values are compared separately, in the design's order, else in that of the
        data. Of a log: ``segment`` unless another is named.
    horizon_days
        Days since entry at which a log's outcomes are read; default: the design's. Without one it
        is chosen by entry and end of observation alone, the same for all arms: the most whole days
        that every assigned contact was followed, or all but those who entered late, where these are
        at most 5 % of each arm, no more of one than of another, and without them at least a tenth
        more contact-days are compared. The warnings say which; where late entries shorten the
        comparison, the sentence says so and what another horizon would leave out. For a table it
        is only told in sentences.
    economics
        Prices of each segment. They give a log its net value, and the default margins: for net
        value ``worthwhile_eur`` scaled to the horizon, and the guardrail on opt-outs
        ``optout_margin_prob``.
    lower_is_better, higher_is_better
        Outcomes of which less, or more, is better. Not needed for those of a log, nor where every
        word of a name is known: opt-outs, complaints, cancellations, costs or sales, and numbers,
        people or days (``"n_complaints_30d"``). One other word may turn it round
        (``"no_complaints"``, ``"disdetta_revocata"``): of such a name less is taken as better if it
        holds a word of harm, else more. That is a guess, and where it is one of the primary outcome
        the answer and the choice say so. The direction of a guardrail, and of what is given a
        worth, is never guessed: it must be named here, unless its name tells it.
    margins
        Outcome → difference too small to matter (or segment → that), in the outcome's unit.
    guardrails
        Outcome → harm that is tolerated (or segment → that), named before looking. Tested for
        non-inferiority with a one-sided bound at level ``1 - alpha``: yes/no outcomes of contacts
        assigned one by one by Farrington and Manning's score at the margin, all else by the t of
        its comparison. One that is not among the outcomes named is compared all the same.
    expected_shares
        Arm → its intended part of the units; default: equal parts.
    covariates
        Columns known at assignment, whose balance is checked; of a log, by default, all its
        further contact columns.
    worth_eur
        Of a table: column → what one of it is worth [EUR], below 0 for a loss, as
        ``{"bought": 40, "unsubscribed": -15}``. Harm that is worth more than nothing is refused,
        and gain that is worth less, unless ``higher_is_better`` or ``lower_is_better`` names it; so
        is what neither its name nor these tell the direction of (``"lost_sales"``).
        Their sum is the net value per contact, and decides. Of totals, which do not tell how many
        contacts did several of these things, its error is the largest that they allow.
    adjust
        Columns known before the assignment, such as last year's calls and sales, by which the
        means are adjusted; numbers, or labels of at most 20 values. The rows of the table are then
        the adjusted ones, and decide; the plain ones stand in ``unadjusted``. So they are named
        before looking. What is counted during the trial is refused. Guardrails that are shares
        keep the tests of shares. Of a log, contact columns. Default: the design's covariates.
    adjust_method
        ``"lin"``: regression with slopes of their own in each arm. ``"cuped"``: one column, one
        slope. See `simkit.trial.effects.adjust`.
    intervals
        Days between calls of the arms: arm → days, or segment → that. The trend over them stands
        in ``trend``. Default: the median days that the arms of a log delivered. An arm that is not
        named, such as one without calls, stays out.
    alpha
        Error rate of each family, two-sided; default: the design's, else .05.
    n
        Column of totals with the number of contacts assigned; names the table as one of totals.
    errors
        Which errors the comparisons get, contacts assigned one by one as accounts of one; totals
        take only ``"auto"``. ``"cr2"``; ``"crv3"`` (cluster jackknife) or ``"cr1"`` with
        Satterthwaite's degrees of freedom; ``"wild"`` (restricted wild cluster bootstrap) or
        ``"permutation"`` (accounts assigned anew; exact however few an arm has, if all accounts
        could have been in either), both with the interval of what they do not reject. ``"auto"`` is
        permutation of few accounts and in unequal arms, else CR2 or HC2; CR2 with a second cluster.
        With a design all else is chosen after the fact, but permutation where t is misled.
    second_cluster
        Column of a grouping that crosses the accounts, whose contacts may also be alike. Of a log,
        ``"agent_id"``: the agent who made most of the contact's dials. Errors then follow both, and
        are never below those by account alone (`simkit.trial.effects.clusters.added`). An arm that
        lies within one group, or none, is refused. Default: the design's; ``""`` for none, which is
        not as registered where it has one.
    policies
        Segment → arm → policy, of a log: the intervals intended, which the delivered ones are
        checked against; default: the design's.
    assigned
        The assignment, its file, or contact_id → arm: whether everybody stayed in that arm (of a
        file also segment, account and strata) is checked, whether nobody is missing, and whether
        the arms were drawn once, from this design.
        Without it contacts without an arm are told; with a design, more than half a per cent of
        them are too many.
    ledger
        The file in which `simkit.trial.monitor.monitor` counted the looks before this one. What
        decides is then claimed at what these leave, whatever was registered, and the sentence says
        so: each comparison at the information that the looks had of it, so that at the end of a
        trial the same is claimed as there. Of the contacts that a look saw, known by their ids and
        results, it is said again what that look claimed. A segment ended at the look at which its
        planned contacts were in, and all ended with the trial, also with one that was ended early:
        of other contacts than the end saw nothing new is claimed, and what was claimed by then
        stands. It stands of what they saw: not of a part of its contacts, of others, of other
        results (a corrected export), nor at another horizon or control. An arm that
        a guardrail stopped at a look, or on a day on which guardrails alone were watched, stays
        vetoed whatever has come since: the bounds that stopped it hold at all times. Else
        guardrails are judged by their own test. The ledger is only read: contacts that no look saw,
        before the planned ones are in or with more, claim only what holds however often one looks,
        so that the evaluation need not be counted.
    checks
        ``"all"``; or ``"assignment"``, without those of calls and people, which take most of the
        time: for trials that were simulated by the thousand. The result and its sentence say so.
        A log without any call fails all the same. Nor is a log in memory then given the types of
        a call log and held against its rules (`CallLog.conformed`, `validate`), as it is else.
    person
        Columns that tell persons apart (telephone, e-mail, tax code), to look for people who
        stand in the list more than once; default: columns so named whose values are mostly unique.

    Returns
    -------
    Evaluation
        Rows, sentences and checks.

    Raises
    ------
    InputError
        With everything that is wrong with data and settings.
    """
    require_kinds(
        WHERE,
        data,
        tables={
            "margins": margins,
            "guardrails": guardrails,
            "expected_shares": expected_shares,
            "intervals": intervals,
            "worth_eur": worth_eur,
        },
        economics=economics,
        control=control,
        numbers={"alpha": alpha, "horizon_days": horizon_days},
        columns={
            "arm": arm,
            "cluster": cluster,
            "segment": segment,
            "n": n,
            "second_cluster": second_cluster,
        },
        lists={
            "outcomes": outcomes,
            "lower_is_better": lower_is_better,
            "higher_is_better": higher_is_better,
            "covariates": covariates,
            "adjust": adjust,
            "person": person,
        },
        words={"adjust_method": adjust_method, "errors": errors, "checks": checks},
    )
    data = readable(data) if isinstance(data, pd.DataFrame) else data
    lower_is_better, higher_is_better = tuple(lower_is_better or ()), tuple(higher_is_better or ())
    on_calls = isinstance(data, CallLog | StoredLog)
    together = Together()
    together.problems += data_problems(data)
    with together:
        asked = hold_against(
            design,
            Request(
                columns=columns_of(data),
                control=control,
                outcomes=outcomes,
                cluster=cluster,
                horizon_days=horizon_days,
                margins=margins,
                guardrails=guardrails,
                expected_shares=expected_shares,
                adjust=adjust,
                second_cluster=second_cluster,
                economics=economics,
                alpha=alpha,
                lower_is_better=lower_is_better,
                higher_is_better=higher_is_better,
                worth_eur=worth_eur,
                policies=policies,
                free={
                    "errors": (errors, "auto"),
                    "adjust_method": (adjust_method, "lin"),
                    # A table may call its arms as it likes, but not two columns of them.
                    "arm": (arm if on_calls or "arm" in columns_of(data) else "arm", "arm"),
                },
            ),
        )
    together.tell()  # without what is asked nothing else can be judged
    looks: Sequence[Look] | None = None
    with together:
        looks = counted_looks(WHERE, ledger, asked.design)
    with together:
        check_names(
            asked.adjust,
            adjust_method,
            {arm, segment, asked.cluster, *(asked.outcomes or ())},
            on_disk=isinstance(data, StoredLog),
        )
    if on_calls:
        together.problems += lacking_problems(asked.design, columns_of(data), asked.adjust)
    with together:
        if isinstance(data, CallLog) and checks != "assignment":
            data.require_attempts("evaluate")
            data = data.conformed().validate()
    with together:
        drawn = given_arms(assigned, asked.design)
    if on_calls or assigned is not None:
        together.tell()  # reading is long, and relies on the rules of a log
    less, more = asked.directions([*(worth_eur or ())], lower_is_better, higher_is_better)
    with together:
        trial = read_trial(
            data,
            arm=arm,
            outcomes=asked.outcomes,
            control=asked.control,
            cluster=asked.cluster,
            segment=segment,
            horizon_days=asked.horizon_days,
            economics=asked.economics if on_calls else economics,
            covariates=with_covariates(covariates, asked.adjust, of_log=isinstance(data, CallLog)),
            worth_eur=worth_eur,
            lower_is_better=less,
            higher_is_better=more,
            n=n,
            second_cluster=asked.second_cluster,
            shown=drawn.shown,
            recorded=drawn.recorded,
            strata=(*asked.strata, *asked.adjust),
            moments_us=_moments_us(data, looks),
        )
        together.problems += unknown_shares(WHERE, expected_shares, trial.arms, asked.design)
    usual = (MONEY_FIRST if asked.economics else WITHOUT_MONEY) if on_calls else ()
    named = [*(asked.outcomes or usual), *(worth_eur or ()), *((NET_VALUE,) if worth_eur else ())]
    if together.problems and named:
        together.problems += setting_problems(
            list(dict.fromkeys(named)),
            alpha=asked.alpha,
            lower_is_better=lower_is_better,
            higher_is_better=higher_is_better,
            margins=asked.margins,
            guardrails=asked.guardrails,
        )
    together.tell()
    if asked.design is not None:
        trial = trial.in_order(asked.design.segments)
    asked = asked.with_segments(trial.segments)
    there, names = followed_in(trial, asked.design), names_in(trial, asked.design)
    primary = "" if asked.design is None else asked.design.primary
    settled = drawn.settles(there)

    def left_to(found: Found) -> dict[tuple[str, str], Level]:
        left = levels_left(
            asked.design,
            there,
            asked.alpha,
            looks,
            settled=settled,
            as_looked_at=asked.as_looked_at,
            found=found,
        )
        return {(names.get(segment, segment), arm): one for (segment, arm), one in left.items()}

    levels = left_to(found_in(trial, names, primary))
    stopped = {
        (outcome, names.get(segment, segment), arm): day
        for (outcome, segment, arm), day in arms_stopped(ledger, asked.design).items()
    }
    lower, higher = asked.directions(trial.outcomes, lower_is_better, higher_is_better)
    plan = make_plan(
        trial,
        lower_is_better=lower,
        higher_is_better=higher,
        margins=asked.margins,
        guardrails=asked.guardrails,
        expected_shares=asked.expected_shares,
        registered_shares=None if asked.design is None else asked.design.shares,
        alpha=asked.alpha,
        primary=asked.primary,
        exploratory=asked.exploratory(trial.outcomes),
        comparisons=asked.comparisons,
        errors=errors,
        levels=levels,
        stopped=stopped,
    )
    intended = asked.policies(trial.segments) if policies is None else policies
    with ThreadPoolExecutor(1) as beside:
        # The checks ask their own questions of the calls, and wait for the answers.
        checking = beside.submit(
            data_checks,
            data,
            trial,
            design=asked.design,
            arm=arm,
            cluster=asked.cluster,
            policies=policies,
            intended=intended,
            assigned=drawn.roster,
            person=person,
            which=checks,
        )
        check_intervals(intervals, trial)
        opposed = opposed_arms(trial, intervals, intended)
        plan = replace(plan, opposed=frozenset(opposed))
        adjustment = make_adjustment(trial, plan, asked.adjust, adjust_method)
        found = compare(trial, plan, adjustment)
        if looks:  # their results are known now: a look may have seen others
            levels, before = left_to(found_in(trial, names, primary, found.table)), levels
            if levels != before:
                plan = replace(plan, levels=levels)
                found = compare(trial, plan, adjustment)
        complete = replace(found, table=with_contrasts(found, plan))
        trend = trends(trial, plan, found, intervals)
        calls = checking.result()
    asked = asked.as_advised(errors, found)
    all_checks = [
        *registered_checks(
            data,
            trial,
            asked,
            levels,
            looks=looks,
            missing=who_is_missing(calls),
        ),
        *design_checks(
            asked.design,
            data,
            trial,
            arm=arm,
            cluster=asked.cluster,
            segment=segment,
            drawn=drawn,
            without_arm=trial.without_arm,
        ),
        *drawn.checks,
        *one_to_a_row_check(trial),
        *assignment_checks(trial, asked.expected_shares, asked.strata),
        *calls,
        *horizon_checks(trial, intended),
        *interval_checks(trial, intervals, intended),
        *margin_checks(found.table),
        *crossed_check(trial),
        *opposed_check(opposed),
        *interaction_check(trial, plan.primary, found.primary_means, found.table, opposed),
        *balance_checks(trial, adjusted=any_adjusted(found)),
    ]
    result = conclusion(trial, plan, complete, all_checks, asked.design)
    plain = unadjusted(found, plan, adjustment)
    doubts, remarks = at_worst(trial, plan, found, adjustment)
    doubts += [*too_well_told(plain, asked.adjust), *apart_words(levels)]
    taken = looks_taken(asked.design, there, levels, asked.alpha, looks, names)
    unseen = unseen_doubts(found.table)
    all_doubts = (*few_doubts(found.table), *result.doubts, *unseen, *doubts)
    warnings = (*result.warnings, *taken, *all_doubts, *remarks)
    warnings += tuple(not_adjusted(trial, plan, adjustment))
    return replace(
        result,
        unadjusted=plain,
        trend=trend,
        doubts=all_doubts,
        looks=taken[0] if looks is not None else "",
        off_plan=off_plan_in(looks, asked.design),
        opposed=opposed,
        parts=parts_said(
            found.table,
            trial,
            plan.primary,
            registered=asked.design is not None and asked.economics == asked.design.prices,
        ),
        adjusted=adjusted_words(
            trial,
            adjustment,
            {name: found.means[plan.primary, name] for name in trial.segments},
            plan.primary,
            registered=asked.design is not None and {*asked.adjust} == {*asked.design.covariates},
        ),
        # Written out, since a type checker does not see what on_calls says of the data.
        simulated=isinstance(data, CallLog | StoredLog) and data.header.source == SIMULATED,
        warnings=gravest_first(warnings, result.checks, all_doubts),
    )


def _moments_us(data: object, looks: Sequence[Look] | None) -> list[int] | None:
    """Return when a log was looked at, in its civil time; None without a log or a look."""
    if not (looks and isinstance(data, CallLog | StoredLog)):
        return None
    return moments_us(data, [look.moment for look in looks])
