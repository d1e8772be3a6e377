"""The result of looking at a running trial."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from simkit.trial.evaluation import DO_NOT_ACT
from simkit.trial.monitor.decisions import BETTER, FUTILE, WORSE
from simkit.trial.monitor.guarding import HELD, STOP_ARM
from simkit.trial.monitor.words import (
    guard_words,
    held_words,
    look_words,
    method_words,
    row_words,
    stopped_words,
)

SHOWN = (
    *("look", "segment", "arm", "fraction", "estimate", "ci_low", "ci_high", "z", "bound"),
    *("p_adjusted", "conditional_power", "decision"),
)


@dataclass(frozen=True, eq=False)
class Monitoring:
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
        ``spent`` (error used up so far); ``conditional_power`` (probability of still showing the
        arm better, if the effect is the one the trial was sized for) and
        ``conditional_power_as_seen``; ``decision`` (a guardrail that stops the arm goes before
        all else); ``guardrail`` (those that decided it, if any); ``claimed_at`` (number of the look
        at which a difference was shown, 0 for none); ``p_stagewise``, ``median_unbiased``,
        ``final_low``, ``final_high`` (where the comparison ended: read in the order of stages, free
        of the bias of stopping at a high point); ``level`` (the error rate that the bound keeps, by
        Holm); ``unit``, ``method``, ``reason``.
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
    primary, alpha, horizon_days, planned, spending, method
        As registered; the rule by which bounds were computed.
    trustworthy
        False when a check failed: then nothing here may be acted on.
    warnings
        What a reader must know, in words.
    """

    table: pd.DataFrame
    guardrails: pd.DataFrame
    looks: pd.DataFrame
    bounds: pd.DataFrame
    checks: pd.DataFrame
    primary: str
    alpha: float
    horizon_days: float
    planned: tuple[float, ...]
    spending: str
    method: str
    trustworthy: bool
    warnings: tuple[str, ...]

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
        return [
            *(row_words(row, self.horizon_days) for row in rows.itertuples(index=False)),
            *(guard_words(row) for row in guards.itertuples(index=False)),
        ]

    def sentence(self) -> str:
        """Give the answer first: what to stop, or that the trial goes on."""
        look: Any = next(self.looks.iloc[[-1]].itertuples(index=False))
        last = self.last
        guards = self.guardrails[self.guardrails["look"] == look.look]
        parts = []
        for decision, word in ((BETTER, "better"), (WORSE, "worse"), (FUTILE, "futile")):
            rows = last[last["decision"] == decision]
            names = [f"{row.segment} · {row.arm}" for row in rows.itertuples(index=False)]
            if names and decision == FUTILE:
                parts.append(f"success has become unlikely for {', '.join(names)}")
            elif names:
                parts.append(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {word}")
        held = last[last["decision"] == HELD]
        parts += [held_words(row) for row in held.itertuples(index=False)]
        stopped = guards[guards["decision"] == STOP_ARM]
        better = last[last["claimed_at"].gt(0) & (last["decision"] == STOP_ARM)]
        shown = set(zip(better["segment"], better["arm"], strict=True))
        parts += [
            stopped_words(segment, arm, rows, self.primary if (segment, arm) in shown else "")
            for (segment, arm), rows in stopped.groupby(["segment", "arm"], sort=False)
        ]
        if last["z"].isna().all():
            parts.append(
                "nothing can be told, and this is not counted as a look"
                if look.fraction <= 0
                else "nothing can be told of the primary outcome"
            )
        if not parts:
            parts.append("nothing may be claimed" if look.final else "go on: nothing to stop for")
        text = f"{look_words(look, self.planned)}: {'; '.join(parts)}."
        if look.fraction > 0:
            text += f" Bounds by {method_words(self.method, self.spending)}."
        if not self.trustworthy:
            text = f"{DO_NOT_ACT} {text}"
        return text

    def _repr_html_(self) -> str:
        table = self.table[list(SHOWN)].to_html(index=False, float_format="{:.4g}".format)
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        said = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p><ul>{said}</ul>{table}"
            f"{f'<p>Warnings</p><ul>{notes}</ul>' if notes else ''}"
        )
