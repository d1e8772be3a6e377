"""The result of designing a trial: what is registered, how large it must be, what it can find."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.whole import whole_file
from simkit.result import Result
from simkit.scenario import Economics, Scenario
from simkit.trial.design.size_table import GUARDRAIL, PRIMARY
from simkit.trial.design.too_small import in_a_year, size_words, too_small_sentence
from simkit.trial.design.trial_design import TrialDesign
from simkit.trial.sentences import label

SIZES_ENDING = ".sizes.csv"


@dataclass(frozen=True, eq=False, repr=False)
class DesignedTrial(Result):
    """A trial ready to be registered, with what its size rests on.

    Parameters
    ----------
    design
        What is registered.
    sizes
        One row per segment, outcome and arm against its control. ``segment``, ``outcome``, ``role``
        (primary, guardrail, secondary), ``arm``, ``control``, ``unit``; ``difference`` (to be
        found, arm less control; a guardrail's margin: in ``unit`` per contact over the horizon,
        where the prices' ``worthwhile_eur`` is a year's); ``contacts_needed`` and
        ``control_needed`` (of the two arms), ``segment_needed`` (all arms together), with
        ``needed_low`` and ``needed_high``, between which that number truly lies at 95 % since the
        spread was itself estimated; ``contacts``, ``control_contacts``, ``accounts`` as planned
        (accounts of the arm); ``mde``, the difference that so many find with the design's power,
        and of a guardrail the margin that so many show if there is no difference; ``power`` of the
        planned contacts at ``difference`` (guardrail: of being within the margin if there is no
        difference).
        Then what this rests on: ``base`` (mean or share under the control), ``sd`` between
        contacts, ``source`` ("simulated" or "log"), ``icc`` (correlation within accounts),
        ``account_size`` and ``account_size_cv``, ``design_effect``, ``r2`` of the covariates,
        ``df`` of the variance, ``alpha`` and ``sides`` of the comparison.
    basis
        Where the spread comes from, in words.
    warnings
        What should be mended before calls begin.
    scenario
        The world that it was planned for; None where it was planned from a log.
    economics
        Prices by segment; None without.
    """

    design: TrialDesign
    sizes: pd.DataFrame
    basis: str
    warnings: tuple[str, ...]
    scenario: Scenario | None = None
    economics: dict[str, Economics] | None = None

    @property
    def table(self) -> pd.DataFrame:
        """The sizes."""
        return self.sizes

    def sentences(self) -> list[str]:
        """Say first where it is too small; then by segment what it needs and what it can find."""
        short = too_small_sentence(self.design, self.sizes)
        of_segments = [self._segment(segment) for segment in self.design.segments]
        return [short, *of_segments] if short else of_segments

    def sentence(self) -> str:
        """Give the answer first: whether it is too small, what each segment needs and finds."""
        return " ".join(self.sentences())

    def write(self, path: str | Path) -> Path:
        """Register the trial: the design as TOML, and beside it the sizes as CSV.

        Parameters
        ----------
        path
            The file of the design; the sizes get its name with ``.sizes.csv``.

        Raises
        ------
        InputError
            If the design's file exists: a registered design is not overwritten.
        """
        place = self.design.write(path)
        with whole_file(place.with_suffix(SIZES_ENDING)) as fresh:
            self.sizes.to_csv(fresh, index=False, lineterminator="\n")
        return place

    def _segment(self, segment: str) -> str:
        here = self.sizes[self.sizes["segment"] == segment]
        primary = _largest(here[here["role"] == PRIMARY])
        guards = here[here["role"] == GUARDRAIL]
        days, power = f"{self.design.horizon_days:g} days", f"{self.design.power:g}"
        name = label(self.design.primary)
        planned = int(self.design.contacts[segment])
        if math.isnan(primary.difference):
            found = size_words(primary.mde, primary.unit)
            text = (
                f"{segment}: with {self._contacts(segment, planned)} it finds {found} of {name} in "
                f"{days} with probability {power}"
            )
        else:
            wanted = size_words(primary.difference, primary.unit)
            text = (
                f"{segment} needs {self._contacts(segment, primary.segment_needed)} to find "
                f"{wanted} of {name} in {days}"
                f"{in_a_year(self.design, segment, primary.difference)} with probability {power}"
            )
            if planned < primary.segment_needed:
                found = size_words(primary.mde, primary.unit)
                text += f". The planned {self._contacts(segment, planned)} find {found}"
        for outcome in dict.fromkeys(guards["outcome"]):
            row = _largest(guards[guards["outcome"] == outcome])
            margin = size_words(row.difference, row.unit)
            text += (
                f". To show that its {label(outcome)} stay within {margin} it needs "
                f"{self._contacts(segment, row.segment_needed)}"
            )
            if planned < row.segment_needed:
                text += (
                    f"; those planned show it with probability {row.power:.2f}, if the arms do not "
                    "differ"
                )
        return f"{text}."

    def _contacts(self, segment: str, number: float) -> str:
        """Write a number of contacts an arm where arms are alike, else in all."""
        if not math.isfinite(number):
            return "more contacts than there are"
        parts = set(self.design.parts(segment).values())
        arms = len(self.design.arms[segment])
        if max(parts) - min(parts) < 1e-12:
            return f"{math.ceil(number / arms):,} contacts an arm ({int(number):,} in all)"
        return f"{int(number):,} contacts in all"

    def _repr_html_(self) -> str:
        shown = (
            *("segment", "outcome", "role", "arm", "difference", "contacts_needed"),
            *("segment_needed", "contacts", "accounts", "mde", "power", "base", "sd"),
            *("design_effect", "source"),
        )
        table = self.sizes[list(shown)].to_html(index=False, float_format="{:,.4g}".format)
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>{table}"
            f"<p>{escape(self.basis)}</p>{f'<ul>{notes}</ul>' if notes else ''}"
        )


def _largest(rows: pd.DataFrame) -> Any:
    """Return the row that needs most contacts, or finds least where no difference was named."""
    by = rows["segment_needed"] if rows["segment_needed"].notna().any() else rows["mde"].abs()
    return next(rows.loc[[by.idxmax()]].itertuples(index=False))
