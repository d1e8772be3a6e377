"""The result of comparing the arms of a trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from simkit.calllog.source import many
from simkit.result import Result
from simkit.trial.assign.given import DRAWN
from simkit.trial.assign.redraw import REDRAWN
from simkit.trial.checks.assigned import LOST_ARMS
from simkit.trial.checks.assignment import WHOLE_ACCOUNTS
from simkit.trial.checks.check import said_of, worst_first
from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.checks.log_checks import CALLS
from simkit.trial.checks.one_to_a_row import ONE_TO_A_ROW
from simkit.trial.checks.registration import DESIGN_FILE, NO_DAY, REGISTERED, REGISTERED_ON
from simkit.trial.choice import choice_of
from simkit.trial.design import TrialDesign
from simkit.trial.direction import guess_words
from simkit.trial.effects.means import ArmMeans
from simkit.trial.effects.shrinkage import TELLING_SEGMENTS
from simkit.trial.headline import headline
from simkit.trial.read.data import ALL
from simkit.trial.read.logs import PER_CALL_REASON
from simkit.trial.regret import Regret
from simkit.trial.rows import on_few
from simkit.trial.segments import segment_lines, told_among_lines
from simkit.trial.sentences import (
    guess_warning,
    label,
    name_direction,
    per_call_sentence,
    place_words,
    row_sentence,
    trend_sentence,
)

UNREGISTERED = (
    "no design was given: nothing shows that this was to decide before anyone looked, nor that it "
    "is the only comparison that was looked at"
)
SAID = "as said above"
#: Checks that show who was assigned, and how: what they warn of is told with the answer.
SHOW_WHO = (DESIGN_FILE, REGISTERED_ON, DRAWN, REDRAWN, LOST_ARMS, WHOLE_ACCOUNTS)
DO_NOT_ACT = "Do not act on this: a check failed, see checks."
NOT_TO_BE_ACTED_ON = ", not to be acted on"
SILENT = ("cannot tell", "refused")
"""Verdicts that claim nothing, so that nobody can act on them."""


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Result):
    """What a trial says: a row, and a sentence, for each outcome and arm.

    Parameters
    ----------
    table
        One row per outcome, segment and arm. ``outcome``, ``arm``, ``control``; ``estimate`` (mean
        of the arm less mean of its control, per assigned contact), ``se``, ``ci_low``, ``ci_high``
        (at level ``1 - alpha``, alone), ``p_value``; ``p_adjusted`` (Holm within the outcome, over
        arms and segments, of the smallest error rates at which each would be claimed, looks
        counted; a guardrail's is not corrected); ``n`` (contacts of the arm);
        ``verdict`` (better, worse, equivalent, cannot tell, refused; of a guardrail also not
        worse); ``segment``; ``role`` (primary, secondary, guardrail, exploratory: not registered);
        ``unit``; ``mean_arm``, ``mean_control``; ``n_control``; ``clusters``
        (accounts of both arms together; 0 where contacts were assigned one by one);
        ``ci_low_adjusted``, ``ci_high_adjusted`` (the interval that agrees with Holm's decision:
        each holds by itself at level ``1 - alpha`` or more, not all at once, and where Holm rejects
        all before, the last is uncorrected; a guardrail's are its one-sided bounds); ``margin``;
        ``reason``; ``df`` and ``method`` of the interval;
        ``shrunk``, ``shrunk_low``, ``shrunk_high`` (the estimate drawn towards the mean
        of all segments in which arm and control have these names, with its interval at level
        ``1 - alpha``; see `simkit.trial.effects.shrinkage`). It keeps luck from being read as what
        is special about the best-looking of many segments, and decides nothing. Only names are
        compared: where ``long`` is 10 days in one segment and 20 in another, the segments are drawn
        to the mean effect of *longer than today*; whether they are alike enough for that is the
        reader's to judge. NaN where no other segment has such an arm, and where it is known to be
        longer than its control in one segment and shorter in another. ``ratio``, ``ratio_low``,
        ``ratio_high``, ``ratio_method``: the arm's mean in parts of its control's (1.45: 45 %
        more), with its interval at level ``1 - alpha``; NaN where the control's mean is not above
        0, as net value may be, and without an interval where it cannot be told from 0.
        ``p_dunnett``, ``ci_low_dunnett``, ``ci_high_dunnett``: of the primary outcome, where a
        segment has two arms or more besides the control, Dunnett's comparisons: intervals that
        hold all at once within the segment. They decide nothing: Holm does, over all segments.
        ``better``: which way the outcome is taken to be better (lower, higher, neither).
        ``corrected_for``: what the verdicts of its family, with which the adjusted intervals agree,
        are corrected for, in words (comparisons, looks, other contacts than planned); empty for
        nothing.
        ``median_unbiased``, ``final_low``, ``final_high``: of the primary outcome where a ledger
        tells which looks were made and the comparison ended here: the estimate freed of the bias
        of ending where a difference stands out, with its interval, as `simkit.trial.monitor` has
        it. It decides nothing, and is what to use in a report; NaN where looks cost nothing, where
        an earlier look showed it (`monitor` has its estimate), or where only what always holds is
        claimed. ``rare``: that too few contacts make up the means for any claim, however clear the
        figures (`simkit.trial.rare.too_rare`), in words; empty where they are enough.
        ``unseen``: of a guardrail, or of what rests on sales, that nothing of the kind is recorded
        in the trial, or in the arm or its control where those of the others would make many at its
        dials, in words: it is then not shown to be within its margin, and such a control shows no
        harm (``unseen_in_control``). ``missed``: the same of a segment, and of an arm whose dials
        are not known, which is a doubt alone.
        ``few``: that the arm or its control has fewer than ten contacts or accounts, in words: a
        verdict stands, as its test is exact, and nothing is to be decided by it.
        ``trustworthy``: that of the whole trial, so that a saved table says it too; where it is
        False no verdict may be acted on, and `verdicts` says so beside each.
    checks
        ``check``, ``segment``, ``found``, ``p_value``, ``verdict`` (ok, warning, fail),
        ``meaning``, ``advice`` (what to do).
    exposure
        What each arm delivered, per segment: contacts, contacts dialled, dials, median days
        between dials, agents' hours (as far as the data tell). A dose: it drops nobody.
    left_out
        ``reason``, ``count`` of the contacts that were not compared.
    vetoes
        One row per guardrail, segment and arm: ``estimate``, ``margin``, ``state`` ("veto",
        "within margin" or that it cannot be told), one-sided bounds ``lower`` and ``upper``,
        ``power`` to pass if there is no difference, ``p_value`` (one-sided, of a harm as large as
        the margin: within it below ``alpha``) and ``method`` of test and bounds; ``stopped_on``:
        the day of the look of the ledger at which it stopped the arm, so that it vetoes it whatever
        these contacts show; empty for none.
    winners
        One row per segment: the best arm on the primary outcome among those that are better than
        the control, not only by less than the margin, of ten contacts or accounts in each at
        least, and not vetoed; and its lead over the next
        of them, without an interval where t is misled between the two; ``corrected_for``: what
        looks cost that interval, in words (its level is the lower of what they leave to the two).
    primary
        The outcome that decides.
    alpha
        Error rate of a family of comparisons.
    horizon_days
        Days since assignment that the outcomes cover; None where not known.
    unadjusted
        The differences without adjustment for covariates, beside the rows that have it:
        ``outcome``, ``segment``, ``arm``, ``control``, ``estimate``, ``se``, ``ci_low``,
        ``ci_high``, ``p_value``; ``variance_reduction_percent`` (by how much the adjustment made
        the variance smaller); ``reason`` why a row was not adjusted. No rows without covariates.
    trend
        One row per outcome and segment of which the days between calls are known: ``slope`` of
        the mean per doubling of the interval, ``se``, ``ci_low``, ``ci_high``, ``p_value``,
        ``df``; ``departure_p`` (of no departure from that line; NaN with two arms); ``arms``,
        ``days`` and ``source`` of them; ``unit``, ``method``; ``reason`` where there is no line.
        The p-values stand alone, without correction.
    trustworthy
        False when a check failed: then nothing here may be acted on.
    warnings
        What a reader must know, in words.
    means
        Segment → the arms' means of the primary outcome with their covariance; None where one of
        its comparisons is refused or in doubt.
    lower_is_better, guessed
        Whether less of the primary outcome is better, and whether that is a guess: then the answer
        and the choice say so.
    design
        What was registered; None where nothing was.
    doubts
        What may make every estimate wrong, in words: it stands in the sentence too.
    looks
        That the looks of a ledger were counted, and what they leave; empty where none was given.
    off_plan
        How many of them were off the registered plan.
    refusals
        Outcome → why these data hold no effect on it, however many contacts there were; it stands
        as the reason of its rows too.
    balance
        How far each covariate of an arm lies from its control's, in standard deviations; see
        `simkit.trial.checks.balance.balance_table`.
    simulated
        Whether a simulation played the log, so that nobody was called.
    adjusted
        For which covariates the outcome that decides was adjusted, or why not, and what was done
        with contacts that lack a value; empty where none were named.
    parts
        Segment → of each arm, what its difference in net value is made of, in words; of a log
        with prices.
    opposed
        Arm → that it is a longer interval than its control in one segment and a shorter one in
        another, in words. What it does in these together is not told.
    """

    table: pd.DataFrame
    checks: pd.DataFrame
    exposure: pd.DataFrame
    left_out: pd.DataFrame
    vetoes: pd.DataFrame
    winners: pd.DataFrame
    primary: str
    alpha: float
    horizon_days: float | None
    trustworthy: bool
    warnings: tuple[str, ...]
    means: Mapping[str, ArmMeans | None] = field(default_factory=dict)
    lower_is_better: bool = False
    guessed: bool = False
    design: TrialDesign | None = None
    doubts: tuple[str, ...] = ()
    looks: str = ""
    off_plan: int = 0
    refusals: Mapping[str, str] = field(default_factory=dict)
    unadjusted: pd.DataFrame = field(default_factory=pd.DataFrame)
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    balance: pd.DataFrame = field(default_factory=pd.DataFrame)
    simulated: bool = False
    adjusted: str = ""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    opposed: Mapping[str, str] = field(default_factory=dict)

    def regret(self, times: Sequence[float] = (1.0, 2.0, 4.0)) -> Regret:
        """Read the trial as a choice: how likely each arm is best, and what being wrong costs.

        Where a comparison of the primary outcome is refused or in doubt, or rests on too few
        contacts, its segment has no choice, and ``why_not`` says why. Segments whose arms were not
        shown to differ in effect have one choice for all of them (`simkit.trial.choice`).

        Parameters
        ----------
        times
            Sizes of a further trial whose worth is asked, as multiples of this one.

        Returns
        -------
        Regret
            Probabilities, expected regrets, and the value of testing longer.
        """
        return choice_of(
            self.table,
            self.vetoes,
            self.checks,
            self.means,
            outcome=self.primary,
            lower_is_better=self.lower_is_better,
            guessed=self.guessed,
            times=times,
            caution="" if self.trustworthy else DO_NOT_ACT,
            opposed=self.opposed,
        )

    def sentences(self) -> list[str]:
        """Say each row of the table, in its order.

        Figures per dial and per agent-hour, which are refused as effects, are told once. An
        estimate of the primary outcome that is drawn towards the mean of at least five segments is
        said so: fewer do not tell how far segments differ.
        """
        alike = self.table.groupby(["outcome", "arm", "control", "unit"])["shrunk"]
        told = (self.table["role"] == "primary") & (alike.transform("count") >= TELLING_SEGMENTS)
        rows: Iterable[Any] = self.table.assign(verdict=self.verdicts()).itertuples(index=False)
        per_call = self.table["reason"].str.startswith(PER_CALL_REASON)
        refused = list(dict.fromkeys(self.table.loc[per_call, "outcome"]))
        said = []
        first: dict[str, str] = {}  # why something is refused → of what that was said first
        for one, drawn in zip(rows, told, strict=True):
            row: Any = one
            if row.reason.startswith(PER_CALL_REASON):
                said.append(per_call_sentence(refused, self.horizon_days))
                continue
            if row.verdict == "refused":
                whose = f"{place_words(row.segment)}{row.arm}, {label(row.outcome)}"
                if first.setdefault(row.reason, whose) != whose:
                    row = row._replace(reason=f"as {first[row.reason]}, for the same reason")
            said.append(row_sentence(row, self.alpha, self.horizon_days, drawn=drawn))
        return list(dict.fromkeys(said))

    def sentence(self) -> str:
        """Give the answer first: which arm wins on the primary outcome, if any can be told."""
        return " ".join(self.paragraphs())

    def verdicts(self) -> pd.Series[Any]:
        """Give each row's verdict as it is to be read: what may not be acted on says so itself."""
        shown = self.table["verdict"]
        if self.trustworthy:
            return shown
        return shown.where(shown.isin(SILENT), shown + NOT_TO_BE_ACTED_ON)

    def failures(self) -> tuple[str, ...]:
        """Say what the checks that failed mean; nothing may be acted on where there is one."""
        failed = self.checks.loc[self.checks["verdict"] == "fail", "meaning"]
        return tuple(dict.fromkeys(failed))

    def doubted(self) -> tuple[str, ...]:
        """Say what must be known before an answer is acted on, as the headline does."""
        tested = self.checks[(self.checks["check"] == INTERACTION) & self.checks["p_value"].notna()]
        doubts = [*tested.loc[tested["verdict"] == "warning", "meaning"]]
        if self.design is not None:
            asked = self.checks[self.checks["check"] == REGISTERED]
            alike = asked[asked["verdict"] != "ok"].groupby("meaning", sort=False)
            doubts += [
                "not as registered"
                + ";".join(f"{_of(str(row.segment))}: {row.found}" for row in rows.itertuples())
                + f": {meaning}"
                for meaning, rows in alike
            ]
        proof = self.checks["check"].isin(SHOW_WHO)
        # Without a day nothing is known to be wrong: that stands among the warnings alone.
        proven = self.checks[proof & (self.checks["verdict"] == "warning")]
        proven = proven[proven["found"] != NO_DAY]
        drawn = [f"{row.found}: {row.meaning}" for row in proven.itertuples(index=False)]
        calls = self.checks[(self.checks["check"] == CALLS) & (self.checks["verdict"] == "warning")]
        drawn += [
            f"the calls were {row.found}: {row.meaning}" for row in calls.itertuples(index=False)
        ]
        rows = self.checks[self.checks["check"] == ONE_TO_A_ROW].itertuples(index=False)
        unshown = [f"{row.found}: {row.meaning}; {row.advice}" for row in rows]
        unregistered = () if self.design is not None else (UNREGISTERED,)
        return (*doubts, *drawn, *self.doubts, *unshown, *unregistered)

    def paragraphs(self) -> list[str]:
        """Give the answer as `sentence` does: each segment, and each thing to know, by itself."""
        # The answer says itself that it is a guess: what to do about it is left to say.
        to_do = {self._guess_warning: name_direction(self.primary)}
        told = headline(
            self.table,
            self.vetoes,
            self.winners,
            alpha=self.alpha,
            horizon_days=self.horizon_days,
            failures=self.failures(),
            doubts=tuple(to_do.get(text, text) for text in self.doubted()),
            guess=guess_words("it", less=self.lower_is_better) if self.guessed else "",
        )
        beside = [text for text in (self.adjusted, self.looks) if text]
        return [*told, *(f"{text[0].upper()}{text[1:]}." for text in beside)]

    @property
    def _guess_warning(self) -> str:
        """Say that the direction of the primary outcome is a guess; empty where it is known."""
        return guess_warning([self.primary], less=self.lower_is_better) if self.guessed else ""

    def further(self) -> dict[str, list[str]]:
        """Give what stands below the comparisons, by title, the gravest of it first."""
        above = " ".join(self.paragraphs())
        failed = said_of(self.checks[self.checks["verdict"] == "fail"])
        said = told_among_lines(self.checks)
        parts = [text for lines in self.parts.values() for text in lines]
        told = {
            "What makes up the difference in net value?": parts if self.trustworthy else [],
            "Do the segments differ?": segment_lines(
                self.table,
                self.checks,
                self.primary,
                registered=self.design is not None,
                opposed=self.opposed,
            ),
            "What to know": [
                *(f"Check failed: {_shorter(text, self.checks, above)}" for text in failed),
                *(
                    f"Warning: {_shorter(text, self.checks, above)}"
                    for text in self.warnings
                    if text not in (*failed, *said, self._guess_warning) and text[1:] not in above
                ),
            ],
        }
        return {title: lines for title, lines in told.items() if lines}

    def lines(self) -> list[str]:
        """Say the answer, each comparison, whether segments differ, and what else to know."""
        parts = {"Each comparison": self.sentences(), **self.further()}
        below = [["", title, *(f"  - {text}" for text in told)] for title, told in parts.items()]
        return [*self.paragraphs(), *(line for part in below for line in part)]

    def gist(self) -> str:
        """Say how large and how long the trial was, and the verdicts on what decides."""
        rows = self.table[self.table["role"] == "primary"]
        arms = {*rows["arm"], *rows["control"]}
        contacts = rows["n"].sum() + rows.groupby("segment")["n_control"].first().sum()
        segments = rows["segment"].nunique()
        size = [
            *([many(segments, "segment")] if segments > 1 else []),
            many(len(arms), "arm"),
            many(int(contacts), "contact"),
            *([f"{self.horizon_days:g} days"] if self.horizon_days else []),
        ]
        told = (
            f"{row.verdict} among far too few" if on_few(row) else str(row.verdict)
            for row in rows.itertuples(index=False)
        )
        verdicts = ", ".join(dict.fromkeys(told)) if self.trustworthy else DO_NOT_ACT
        guess = guess_words(self.primary, less=self.lower_is_better) if self.guessed else ""
        return "; ".join([", ".join(size), verdicts, *filter(None, [guess])])

    def trend_sentences(self) -> list[str]:
        """Say each trend over the interval between calls."""
        rows = self.trend.itertuples(index=False)
        return [trend_sentence(row, self.alpha, self.horizon_days) for row in rows]

    def _repr_html_(self) -> str:
        shown = (
            *("segment", "outcome", "arm", "control", "estimate", "ci_low", "ci_high"),
            *("p_adjusted", "n", "verdict", "reason"),
        )
        told = self.table.assign(verdict=self.verdicts())[list(shown)]
        table = told.to_html(index=False, float_format="{:.4g}".format)
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        said = "".join(f"<p>{escape(text)}</p>" for text in self._said_beside())
        columns = ["check", "segment", "found", "verdict", "advice"]
        folded = {"Checks": worst_first(self.checks)[columns]}
        if len(self.unadjusted):
            plain = ["segment", "outcome", "arm", "estimate", "ci_low", "ci_high"]
            folded |= {
                "Without adjustment": self.unadjusted[
                    [*plain, "variance_reduction_percent", "reason"]
                ]
            }
        tables = "".join(
            f"<details><summary>{summary}</summary>"
            f"{shown.to_html(index=False, float_format='{:.4g}'.format)}</details>"
            for summary, shown in folded.items()
        )
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>{table}{said}"
            f"{f'<ul>{notes}</ul>' if notes else ''}{tables}"
        )

    def _said_beside(self) -> list[str]:
        """Say the trends of the primary outcome, and the choice where the trial may be acted on."""
        outcomes = self.trend["outcome"] if len(self.trend) else ()
        trends = zip(outcomes, self.trend_sentences(), strict=True)
        said = [text for outcome, text in trends if outcome == self.primary]
        choice = self.regret().sentence() if self.trustworthy else ""
        return [*said, choice] if choice else said


def _of(segment: str) -> str:
    return "" if segment == ALL else f" in {segment}"


def _shorter(text: str, checks: pd.DataFrame, above: str) -> str:
    """Leave out of a check's sentence what the answer has said of it: what to do stays."""
    said = checks.loc[checks["verdict"] != "ok", "meaning"].unique()
    for meaning in sorted(said, key=len, reverse=True):
        if f": {meaning}; " in text and meaning[1:] in above:
            return text.replace(f": {meaning}; ", f": {SAID}; ", 1)
    return text
