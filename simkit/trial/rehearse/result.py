"""What a rehearsal found: tables, sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.whole import whole_file
from simkit.result import Result
from simkit.trial.design import TrialDesign
from simkit.trial.rehearse import coverage_words, differences_words, words, year_words
from simkit.trial.rehearse.duration import (
    durations_table,
    may_do_days,
    run_for_days,
    surely_too_often,
    unsettled,
    winners_table,
)
from simkit.trial.rehearse.looks_words import looks_sentences
from simkit.trial.rehearse.stopping import looks_table, stops_table
from simkit.trial.rehearse.tables import (
    Noted,
    bias_table,
    false_positives_table,
    guardrails_table,
    load_table,
    power_table,
    truth_table,
)

TABLES = (
    *("table", "false_positives", "guardrails", "bias", "load"),
    *("durations", "winners", "truth", "looks", "stops"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Rehearsal(Result):
    """What a trial would find out, from many trials on the simulator.

    Every figure has its Monte Carlo interval of 95 % beside it, ``..._low`` and ``..._high``:
    Wilson's for shares of trials, Student's t for means. "Truth" is what an arm's policy gives,
    less what the control's does, when each alone serves everybody.

    Parameters
    ----------
    table
        Power of the evaluation at the end, one row per segment, arm and duration, on the primary
        outcome; with looks registered, at the bound of the last one, as if all looks before had
        shown nothing (what the looks find together stands in ``stops``). ``segment``, ``arm``,
        ``control``, ``horizon_days``; ``truth`` and ``truth_se``; ``mean_estimate``, ``mean_se``
        (the error that trials state), ``sd_estimate`` (the one they make); the shares of trials
        that call the arm ``better``, ``worse``, ``equivalent``; ``power``: better or worse, as is
        true; ``wrong_sign``: of those that call it either, how many the wrong one (type S);
        ``exaggeration``: in these, the mean size of the estimate over that of the truth (type M);
        ``coverage``: how often the interval of the comparison alone holds the truth, of the trials
        that give one; ``trials``.
    false_positives
        Of the evaluation at the end, as in ``table``, of trials in which every arm follows its
        control's policy: ``segment``, ``arm`` ("any" for
        any of them), ``outcome``; ``claim``: better or worse, of a guardrail a veto; ``coverage``
        of 0.
    guardrails
        One row per guardrail, segment, arm and duration: ``margin``, ``truth``, ``truly_within``;
        shares of trials that ``veto``, find it ``within`` the margin, leave it ``open``.
    bias
        One row per outcome, segment, arm and duration: ``truth``, ``mean_estimate`` and ``bias``,
        their difference: what arms in one trial take from each other's agents, and sales that can
        still be cancelled, which a field log counts in full.
    load
        One row per segment and arm at the design's horizon: ``contacts``, ``dials_per_contact``
        and ``agent_hours_per_contact`` in the trial and alone, and ``times_control``, the agents'
        time of a contact against that of the control.
    durations
        One row per segment and duration: ``best_of_year``, ``best_then`` (the truly best arm at
        that duration), ``too_short`` (they differ, by more than luck); ``wrong``: how often the arm
        with the best estimate is not that of the year, ``wrong_costly``: how often it loses more in
        the year than ``worthwhile_eur`` (where net value judges, else NaN), ``wrong_then``: how
        often it is not that of the duration; how often the year's best arm is ``declared_right``,
        another ``declared_wrong``, none ``declared_none`` (the winner of `simkit.trial.evaluate`:
        better, by more than the margin, not vetoed); what a contact loses in a year if the
        arm with the best estimate is followed (``loss_highest``), or the declared one, else the
        control (``loss_declared``), in the unit of ``judged_by``; no interval of it is below 0.
    winners
        One row per segment, duration and arm: how often it has the ``highest`` estimate and is
        ``declared`` the winner; ``loss_in_year`` against the year's best.
    truth
        One row per outcome, segment, arm and horizon: ``mean`` of the arm alone, ``difference``
        from the control.
    looks
        What the registered looks have decided by each of them, empty where none were registered.
        They are taken and judged as `simkit.trial.monitor` does, and obeyed: an arm is out at the
        first look that says stop, so that nothing is claimed of it later. One row per segment, arm
        (and "any" for all together) and look: ``look``, ``fraction`` (registered part of the
        contacts), ``days`` (since the start, mean), ``entered`` (part of the contacts that had
        entered), ``own_day`` (in how many trials it did not fall on the day of the next, as which
        it is then made); shares of trials, cumulative: ``better``, ``worse``, ``futile`` (NaN where
        not registered), stopped by a ``guardrail`` (also at the look that shows the arm better),
        and ``stopped`` for any of these ("any": all arms are); ``false_claim``, the share of the
        trials without a difference that have claimed one; ``trials``.
    stops
        What these looks find and save, one row per segment and arm, and "any". ``power`` of all
        looks together, ``power_at_end`` of one evaluation at the end if no looks were registered
        (and no guardrail stops an arm), ``false_claim`` and ``false_claim_at_end`` likewise where
        no arm differs ("any": at least one claim); ``stopped_early``: before the end; ``days``
        until the arm is out ("any": the last arm), ``end_days``, ``days_saved``; the parts of the
        contacts ``followed`` to the horizon and ``entered`` by then; ``exaggeration``: in trials
        that show a difference before the end, the mean size of the estimate at that look over that
        of the truth, and ``exaggeration_corrected``, of the median unbiased estimate of
        `simkit.trial.monitor`.
    run_for
        Segment → the shortest duration tried from which on the arm with the best estimate is
        wrong for the year with a probability of at most ``wrong_at_most``, by the upper end of its
        Monte Carlo interval [days]; None where no duration tried will do.
    run_for_worthwhile
        The same for an arm that loses more than ``worthwhile_eur`` in the year (``wrong_costly``).
    design
        The design.
    settings
        What was rehearsed: scenario, contacts, agents, replications, durations, seed.
    wrong_at_most
        The probability of picking the wrong arm that is accepted.
    judged_by
        The outcome over a year by which an arm is right or wrong.
    worthwhile_eur
        Segment → net value a contact-year that is worth a change of policy.
    unsettled
        Segment → the year's best arm and the next, where the rehearsal cannot tell them apart; else
        None.
    warnings
        What a reader must know, in words.
    """

    table: pd.DataFrame
    false_positives: pd.DataFrame
    guardrails: pd.DataFrame
    bias: pd.DataFrame
    load: pd.DataFrame
    durations: pd.DataFrame
    winners: pd.DataFrame
    truth: pd.DataFrame
    looks: pd.DataFrame
    stops: pd.DataFrame
    run_for: Mapping[str, float | None]
    run_for_worthwhile: Mapping[str, float | None]
    design: TrialDesign
    settings: Mapping[str, Any]
    wrong_at_most: float
    judged_by: str
    worthwhile_eur: Mapping[str, float]
    unsettled: Mapping[str, tuple[str, str] | None]
    warnings: tuple[str, ...]

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments, in the design's order."""
        return self.design.segments

    @property
    def may_do(self) -> dict[str, float | None]:
        """What ``run_for`` says, by the share that was seen, which may be luck."""
        return {
            segment: may_do_days(self.durations, segment, self.wrong_at_most)
            for segment in self.design.segments
        }

    @property
    def surely_wrong(self) -> dict[str, bool]:
        """Whether even the longest duration tried is wrong too often, by the interval's low end."""
        return {
            segment: surely_too_often(self.durations, segment, self.wrong_at_most)
            for segment in self.design.segments
        }

    def sentence(self) -> str:
        """Give the answer first: what the trial finds, and how long it must run."""
        return " ".join(self._headlines())

    def _headlines(self) -> list[str]:
        return [
            year_words.given_up(self, segment) + words.headline(self, segment)
            for segment in self.segments
        ]

    def sentences(self) -> list[str]:
        """Say all that was found, the answer first.

        Intervals that are too short follow; looks, power, errors, guardrails, bias, load.
        """
        return [
            *self._headlines(),
            *coverage_words.coverage_sentences(self),
            *looks_sentences(self),
            *differences_words.power_sentences(self),
            words.false_positives_sentence(self),
            *words.guardrail_sentences(self),
            *differences_words.shared_agents_sentence(self),
            *differences_words.bias_sentences(self),
            *words.load_sentences(self),
            *year_words.too_short_sentences(self),
        ]

    def write(self, folder: str | Path) -> None:
        """Write the tables as CSV and the rest as ``rehearsal.json``.

        Parameters
        ----------
        folder
            Where; made if it is not there. Each file appears whole or not at all.
        """
        place = Path(folder)
        for name in TABLES:
            with whole_file(place / f"rehearsal_{name}.csv") as path:
                getattr(self, name).to_csv(path, index=False, lineterminator="\n")
        about = {
            "sentences": self.sentences(),
            "run_for_days": dict(self.run_for),
            "run_for_worthwhile_days": dict(self.run_for_worthwhile),
            "wrong_at_most": self.wrong_at_most,
            "settings": {**self.settings, "durations_days": list(self.settings["durations_days"])},
            "warnings": list(self.warnings),
        }
        with whole_file(place / "rehearsal.json") as path:
            text = json.dumps(about, indent=2, ensure_ascii=False, default=str) + "\n"
            path.write_text(text, encoding="utf-8", newline="\n")

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(text)}</p>" for text in self.sentences()[len(self.segments) :])
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        shown = (
            *("segment", "horizon_days", "best_of_year", "wrong", "wrong_low", "wrong_high"),
            *("declared_right", "declared_wrong", "loss_highest", "loss_declared"),
        )
        table = self.durations[list(shown)].to_html(index=False, float_format="{:.3g}".format)
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>{told}{table}"
            f"{f'<ul>{notes}</ul>' if notes else ''}"
        )


def made(noted: Noted, settings: Mapping[str, Any], wrong_at_most: float) -> Rehearsal:
    """Return what was noted of a rehearsal as its result.

    Parameters
    ----------
    noted
        All that was noted.
    settings
        What was rehearsed.
    wrong_at_most
        The probability of picking the wrong arm that is accepted.
    """
    durations = durations_table(noted)
    close = {segment: unsettled(noted, segment) for segment in noted.design.segments}
    failed = int((noted.layout.of_arm(noted.trials, "trustworthy") == 0).any(axis=(1, 2)).sum())
    return Rehearsal(
        table=power_table(noted),
        false_positives=false_positives_table(noted),
        guardrails=guardrails_table(noted),
        bias=bias_table(noted),
        load=load_table(noted),
        durations=durations,
        winners=winners_table(noted),
        truth=truth_table(noted),
        looks=looks_table(noted),
        stops=stops_table(noted),
        run_for={
            segment: run_for_days(durations, segment, wrong_at_most)
            for segment in noted.design.segments
        },
        run_for_worthwhile={
            segment: run_for_days(durations, segment, wrong_at_most, "wrong_costly")
            for segment in noted.design.segments
        },
        design=noted.design,
        settings=settings,
        wrong_at_most=wrong_at_most,
        judged_by=noted.judged_by,
        worthwhile_eur=noted.worthwhile_eur,
        unsettled=close,
        warnings=words.warnings(noted.design, settings, close, failed, len(noted.trials)),
    )
