"""What a map of the optimum found: a table of pairs of values, sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.source import many
from simkit.calllog.whole import whole_file
from simkit.result import Result
from simkit.sweep.curve.optimum import short_days
from simkit.sweep.screening.top import LONGEST, SHORTEST

FAILS, HOLDS, OPEN = "fails", "holds", "open"
BEYOND: Mapping[str, str] = {SHORTEST: "at most", LONGEST: "at least"}


@dataclass(frozen=True, repr=False)
class Landscape(Result):
    """The best interval over two parameters, and what usual practice costs there.

    Parameters
    ----------
    table
        One row a pair of values, ascending: a column for each of the two parameters;
        ``optimum_days`` (the best interval in calendar days, between those tried), ``edge``
        (shortest or longest where it is the first or last tried, so that the true one may lie
        beyond; else empty), ``net_value_eur`` per contact there; ``best`` and ``practice`` (the
        best interval tried, and the best one within usual practice), ``practice_net_value_eur``;
        ``loss_eur`` per contact (what practice's best costs against the best tried) with
        ``loss_low`` and ``loss_high`` (95 % interval); ``beaten`` (it costs something for sure);
        ``worthwhile_eur`` (the scenario's: the least difference worth a change); ``verdict``:
        *fails* where practice surely costs more than that, *holds* where it surely costs no more,
        else *open*.
    as_assumed
        The same columns with all numbers as the scenario has them.
    settings
        What the map was asked for: scenario, segment, parameters, units, practice_days, ...
    """

    table: pd.DataFrame
    as_assumed: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def segment(self) -> str:
        """The segment."""
        return str(self.settings["segment"])

    @property
    def parameters(self) -> tuple[str, str]:
        """Both parameters, in the order asked for."""
        first, second = self.settings["parameters"]
        return str(first), str(second)

    @property
    def practice_days(self) -> tuple[float, float]:
        """The range of usual practice in calendar days."""
        low, high = self.settings["practice_days"]
        return float(low), float(high)

    @property
    def verdicts(self) -> dict[str, int]:
        """In how many pairs the rule of usual practice fails, holds, or neither is sure."""
        return {each: int((self.table["verdict"] == each).sum()) for each in (FAILS, HOLDS, OPEN)}

    def grid(self, column: str) -> pd.DataFrame:
        """Return a column of the table as a map: the first parameter across, the second down.

        Parameters
        ----------
        column
            E.g. ``"optimum_days"``, ``"loss_eur"``.
        """
        across, down = self.parameters
        return self.table.pivot_table(index=down, columns=across, values=column, aggfunc="first")

    def sentences(self) -> list[str]:
        """Say where the best interval lies, where usual practice fails, and what it costs."""
        said = [self._range(), self._verdicts(), self._worst()]
        return [text for text in [*said, self._edges()] if text]

    def sentence(self) -> str:
        """Say all sentences in one text."""
        return " ".join(self.sentences())

    def write(self, folder: str | Path) -> Path:
        """Write the table as CSV and the rest as JSON; each file appears whole or not at all.

        Parameters
        ----------
        folder
            Where: ``landscape.csv``, ``landscape.json``.
        """
        room = Path(folder)
        with whole_file(room / "landscape.csv") as path:
            self.table.to_csv(path, index=False, lineterminator="\n")
        about = dict(self.settings) | {
            "as_assumed": dict(self.as_assumed),
            "verdicts": self.verdicts,
        }
        with whole_file(room / "landscape.json") as path:
            path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        return room

    def _range(self) -> str:
        days, edge = self.table["optimum_days"].to_numpy(), self.table["edge"].to_numpy()
        low, high = (
            f"{BEYOND.get(edge[place], '')} {short_days(days[place])}".strip()
            for place in (days.argmin(), days.argmax())
        )
        spans = [
            f"{key.rpartition('.')[2]} ({self.table[key].min():g} to {self.table[key].max():g})"
            for key in self.parameters
        ]
        own = BEYOND.get(self.as_assumed["edge"], "about")
        return (
            f"{self.segment}: over {' and '.join(spans)} the best interval goes from {low} to "
            f"{high} days; as assumed it is {own} {short_days(self.as_assumed['optimum_days'])}."
        )

    def _verdicts(self) -> str:
        found, table = self.verdicts, self.table
        low, high = self.practice_days
        worth = table["worthwhile_eur"]
        least = f"{worth.min():g}" + (f" to {worth.max():g}" if worth.min() < worth.max() else "")
        return (
            f"Usual practice, every {low:g} to {high:g} days, fails in {found[FAILS]} of "
            f"{many(len(table), 'pair')}: it surely costs more than the {least} EUR per contact "
            f"that are worth a change. It surely costs no more in {found[HOLDS]}, and "
            f"{found[OPEN]} are open. That it costs something is sure in "
            f"{int(table['beaten'].sum())}."
        )

    def _worst(self) -> str:
        worst = self.table.iloc[int(self.table["loss_eur"].to_numpy().argmax())]
        if worst["loss_eur"] <= 0:
            return "In no pair of values an interval outside practice does better."
        own = self.as_assumed
        at = " and ".join(f"{key.rpartition('.')[2]} {worst[key]:g}" for key in self.parameters)
        return (
            f"It costs most with {at}: {worst['loss_eur']:,.2f} EUR per contact (95 % interval "
            f"{worst['loss_low']:,.2f} to {worst['loss_high']:,.2f}), where {worst['best']} is "
            f"best; as assumed {own['loss_eur']:,.2f} ({own['loss_low']:,.2f} to "
            f"{own['loss_high']:,.2f})."
        )

    def _edges(self) -> str:
        edges = {each: self.table["edge"] == each for each in (SHORTEST, LONGEST)}
        if not any(mask.any() for mask in edges.values()):
            return ""
        idle = int((edges[LONGEST] & (self.table["net_value_eur"] <= 0)).sum())
        never = f", in {idle} of which calling does not pay" if idle else ""
        counts = {each: int(mask.sum()) for each, mask in edges.items()}
        return (
            f"In {many(sum(counts.values()), 'pair')} the best interval lies at the edge of those "
            f"tried ({counts[SHORTEST]} shortest, {counts[LONGEST]} longest{never}), "
            "and the true one may lie beyond."
        )

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        shown = self.table.drop(columns=["practice_net_value_eur", "beaten"])
        table = shown.to_html(index=False, float_format=lambda value: f"{value:,.2f}")
        return f"<ul>{items}</ul>{table}"
