"""The result of looking at a running trial."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from simkit.result import Result
from simkit.trial.monitor.answer import NOTHING_DECIDED, found_parts, look_words, what_is_left
from simkit.trial.monitor.arrivals import Arrival
from simkit.trial.monitor.words import failed_words, guard_words, method_words, row_words, waits

SHOWN_COLUMNS = (
    *("look", "segment", "arm", "fraction", "estimate", "ci_low", "ci_high", "z", "bound"),
    *("p_adjusted", "conditional_power", "decision"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Monitoring(Result):
    """What a running trial says on a day, and what it may claim.

    Parameters
    ----------
    table
        One row per look, segment and arm, on the primary outcome, all looks made so far. ``look``,
        ``as_of``, ``kind`` (planned, off plan, ended early, after the end, too early,
        unregistered, not counted); ``segment``, ``arm``, ``control``, ``outcome``; ``fraction`` (of
        the planned information, by contacts in both arms: 1/(1/n + 1/m), which does not depend on
        results), ``information`` (1/se², what was seen of it); ``n``, ``n_control``; ``estimate``,
        ``se`` (of `evaluate`); ``ci_low``,
        ``ci_high`` (repeated interval: all of them hold at once); ``z``, ``bound``
        (of the size of z), ``futility_bound`` (of z; NaN for none); ``p_value`` (of this look
        alone, never to be read by itself); ``p_sequential`` (smallest error rate at which this or
        an earlier look would have claimed it); ``p_adjusted`` (that, by Holm over the family);
        ``spent`` (error used up so far); ``planned_effect`` (that the planned contacts find with
        the registered power, in the outcome's unit, by the error seen) and ``conditional_power``
        (probability of still showing the arm better, if its effect is that one),
        ``conditional_power_as_seen``; ``decision`` (a guardrail that stops the arm goes before
        all else); ``guardrail`` (those that decided it, if any); ``claimed_at`` (number of the look
        at which a difference was shown, 0 for none); ``ended_at`` (of the look that was the
        comparison's end, since what was planned was in or the trial ended); ``p_stagewise``,
        ``median_unbiased``, ``final_low``, ``final_high`` (where the comparison ended: read in the
        order of stages, free of the bias of stopping at a high point); ``level`` (the error rate
        that the bound keeps, by Holm); ``margin`` (difference too small to matter) and
        ``too_small`` (whether the repeated interval lies within it, as `evaluate` has it: such an
        arm is better, and not to be adopted) and ``turned`` (whether an arm that an earlier look
        showed to be better is not by now: nor is that one); ``unit``, ``method``, ``reason``. Where
        there is no bound, it and the interval are infinite.
    guardrails
        One row per look, guardrail, segment and arm: ``estimate``, ``se``, ``low``, ``high`` (of
        one-sided confidence sequences, in the outcome's direction), ``margin``, ``state``,
        ``decision``, ``crossed_at``.
    looks
        One row per look: ``look``, ``as_of``, ``kind``, ``fraction``, ``final``.
    bounds
        The bounds for a picture, one row per comparison and look made or to come: ``segment``,
        ``arm``, ``fraction``, ``upper``, ``lower``, ``futility``, ``made``.
    checks
        Of the evaluation of the last look.
    arrivals
        The contacts of each segment at the last look: planned, entered, followed.
    primary, alpha, horizon_days, planned, spending, method
        As registered; the rule by which bounds were computed.
    trustworthy
        False when a check failed: then nothing here may be acted on.
    warnings
        What a reader must know, in words.
    unlisted
        That registered looks had gone by while the ledger held none, in words: it stands in the
        sentence too; empty where it is not so.
    uncompared
        Why nothing was compared whatever had come by then, in words; empty where that is not so.
    guess
        That it is a guess which way the primary outcome is better, in words, of a design that was
        made before this had to be said; empty where it is known.
    """

    table: pd.DataFrame
    guardrails: pd.DataFrame
    looks: pd.DataFrame
    bounds: pd.DataFrame
    checks: pd.DataFrame
    arrivals: tuple[Arrival, ...]
    primary: str
    alpha: float
    horizon_days: float
    planned: tuple[float, ...]
    spending: str
    method: str
    trustworthy: bool
    warnings: tuple[str, ...]
    unlisted: str = ""
    uncompared: str = ""
    guess: str = ""

    @property
    def last(self) -> pd.DataFrame:
        """The comparisons at the last look."""
        at: pd.DataFrame = self.table[self.table["look"] == self.table["look"].max()]
        return at

    def sentences(self, look: int | None = None) -> list[str]:
        """Say each comparison and each guardrail at a look.

        Parameters
        ----------
        look
            Its number; None for the last.
        """
        number = int(self.table["look"].max()) if look is None else look
        rows = self.table[self.table["look"] == number]
        guards = self.guardrails[self.guardrails["look"] == number]
        final = bool(self.looks.loc[self.looks["look"] == number, "final"].any())
        waiting = waits(rows, guards, final=final)
        return [
            *(
                row_words(row, self.horizon_days, waits=words, trusted=self.trustworthy)
                for row, words in zip(rows.itertuples(index=False), waiting, strict=True)
            ),
            *(guard_words(row) for row in guards.itertuples(index=False)),
        ]

    def found(self) -> list[str]:
        """Say what was found at the last look; nothing where there is nothing to stop."""
        return list(found_parts(self._look, self.last, self._guards, self.primary))

    def look_words(self) -> str:
        """Say which look the last one is, when, and how many contacts it has."""
        return look_words(self._look, self.planned, self.arrivals, self.uncompared)

    def answer(self) -> str:
        """Say what was found at the last look, what has ended, and what goes on."""
        found = self.found()
        left = what_is_left(self._look, self.last, self.arrivals, found=bool(found))
        return "; ".join([*found, *left])

    def sentence(self) -> str:
        """Say which look this is, and the answer: what to stop, or that the trial goes on."""
        look = self.look_words()
        text = f"{look}: {self.answer()}."
        if not self.trustworthy:
            failed = failed_words(self.checks)
            would = "; ".join(self.found())
            rest = f" If the checks had passed, this would read: {would}." if would else ""
            text = f"{failed} {look}: {NOTHING_DECIDED}.{rest}"
        told = [one for one in (self.guess, self.unlisted) if one]
        text += "".join(f" {one[0].upper()}{one[1:]}." for one in told)
        if self._look.fraction > 0:
            text += f" Bounds by {method_words(self.method, self.spending)}."
        return text

    def further(self) -> list[str]:
        """Return the warnings that the sentence does not hold."""
        return [text for text in self.warnings if text != self.unlisted]

    @property
    def _look(self) -> Any:
        return next(self.looks.iloc[[-1]].itertuples(index=False))

    @property
    def _guards(self) -> pd.DataFrame:
        at: pd.DataFrame = self.guardrails[self.guardrails["look"] == self._look.look]
        return at

    def _repr_html_(self) -> str:
        shown = self.table[list(SHOWN_COLUMNS)].replace([np.inf, -np.inf], np.nan)
        table = shown.to_html(index=False, na_rep="-", float_format="{:.4g}".format)
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.further())
        said = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p><ul>{said}</ul>{table}"
            f"{f'<p>Warnings</p><ul>{notes}</ul>' if notes else ''}"
        )
