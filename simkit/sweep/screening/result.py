"""What a study of sensitivity found: a table, its points, sentences."""

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
from simkit.sweep.screening.top import LONGEST, SHORTEST

LONGER, SHORTER, BOTH, NONE = "longer", "shorter", "both", "none"
MOST_NAMED = 3
DIRECTION_WORDS: Mapping[str, str] = {
    LONGER: "longer the higher it is",
    SHORTER: "shorter the higher it is",
    BOTH: "longer or shorter, as the others stand",
    NONE: "not at all",
}


@dataclass(frozen=True, repr=False)
class Sensitivity(Result):
    """Which assumed parameters of a segment move the optimal recall interval most.

    Effects on the interval are in doublings: 1 is twice or half the interval, over the whole range
    of the parameter (see ``simkit.sweep.screening.morris``).

    Parameters
    ----------
    table
        One row a parameter, the largest effect first: ``parameter``, ``meaning``, ``unit``,
        ``value`` (the scenario's), ``low``, ``high``, ``scale`` (on which the range was cut,
        linear or log), ``source`` (of the range); ``mu`` [doublings], ``mu_star`` [doublings] with
        ``mu_star_low`` and ``mu_star_high`` (95 % interval over trajectories), ``sigma``
        [doublings]; ``direction`` of the interval as the parameter grows (longer, shorter, both
        where effects of either sign are about as large, none); ``beyond_luck`` (μ* is larger for
        sure than what other populations alone do); ``mu_star_inside`` [doublings], the mean size
        of those ``steps_inside`` effects that lead from a best interval inside the grid to
        another inside; ``mu_star_net_value_eur``, μ* of the net value per contact at the
        optimum [EUR].
    points
        One row a point of the design: ``trajectory``, ``populations``, ``optimum_days``, ``edge``
        (shortest, longest or empty), ``net_value_eur`` at the optimum, ``loss_eur`` (what it costs
        there to keep to the interval that is best as assumed), then the parameters' values.
    left_out
        One row for each assumed parameter that was not varied: ``parameter``, ``reason``.
    optimum_days, net_value_eur
        The best interval and its net value per contact with all numbers as they are.
    luck, luck_low, luck_high
        μ* of a step that changes nothing but the populations, with its 95 % interval [doublings].
    settings
        What the study was asked for: scenario, segment, intervals, trajectories, seed, ...
    """

    table: pd.DataFrame
    points: pd.DataFrame
    left_out: pd.DataFrame
    optimum_days: float
    net_value_eur: float
    luck: float
    luck_low: float
    luck_high: float
    settings: Mapping[str, Any]

    @property
    def segment(self) -> str:
        """The segment."""
        return str(self.settings["segment"])

    @property
    def at_edge(self) -> dict[str, int]:
        """How many points have their best interval at the shortest and at the longest tried."""
        return {edge: int((self.points["edge"] == edge).sum()) for edge in (SHORTEST, LONGEST)}

    def sentences(self) -> list[str]:
        """Say what the best interval hangs on, how large luck is, and what a wrong guess costs."""
        said = [self._main(), self._luck(), self._loss()]
        return said + self._edges() if any(self.at_edge.values()) else said

    def sentence(self) -> str:
        """Say all sentences in one text."""
        return " ".join(self.sentences())

    def write(self, folder: str | Path) -> Path:
        """Write the tables as CSV and the settings as JSON; each file appears whole or not at all.

        Parameters
        ----------
        folder
            Where: ``sensitivity.csv``, ``sensitivity_points.csv``, ``sensitivity.json``.
        """
        room = Path(folder)
        tables = {"sensitivity.csv": self.table, "sensitivity_points.csv": self.points}
        for name, table in tables.items():
            with whole_file(room / name) as path:
                table.to_csv(path, index=False, lineterminator="\n")
        about = dict(self.settings) | {
            "optimum_days": self.optimum_days,
            "net_value_eur": self.net_value_eur,
            "luck": {"mu_star": self.luck, "low": self.luck_low, "high": self.luck_high},
            "at_edge": self.at_edge,
            "left_out": self.left_out.to_dict(orient="records"),
        }
        with whole_file(room / "sensitivity.json") as path:
            path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        return room

    def _main(self) -> str:
        begin = f"{self.segment}: over these ranges the best interval, about "
        begin += f"{self.optimum_days:.0f} days as assumed, "
        sure = self.table[self.table["beyond_luck"]]
        if sure.empty:
            return f"{begin}cannot be shown to move by more than luck with any parameter."
        named = []
        for each in sure.head(MOST_NAMED).itertuples():
            row: Any = each
            key, words = row.parameter.rpartition(".")[2], DIRECTION_WORDS[row.direction]
            named.append(f"{key} ({row.mu_star:.1f} doublings, {words})")
        return f"{begin}hangs most on: {', '.join(named)}."

    def _luck(self) -> str:
        unsure = int((~self.table["beyond_luck"]).sum())
        return (
            f"Other contacts of the same kind alone move it by {self.luck:.1f} doublings "
            f"(95 % interval {self.luck_low:.1f} to {self.luck_high:.1f}): {unsure} of "
            f"{many(len(self.table), 'parameter')} cannot be told from such luck, each judged by "
            "itself."
        )

    def _loss(self) -> str:
        losses = self.points["loss_eur"]
        return (
            "Keeping to the interval that is best as assumed would cost "
            f"{losses.mean():,.2f} EUR per contact on average over these ranges, and "
            f"{losses.quantile(0.9):,.2f} EUR or more at a tenth of the points tried (a little too "
            "much: the best of each point is picked among estimates)."
        )

    def _edges(self) -> list[str]:
        edges, points = self.at_edge, self.points
        idle = int(((points["edge"] == LONGEST) & (points["net_value_eur"] <= 0)).sum())
        never = f", at {idle} of which calling does not pay" if idle else ""
        said = [
            f"In {sum(edges.values())} of {many(len(points), 'point')} the best interval lies at "
            f"the edge of those tried ({edges[SHORTEST]} shortest, {edges[LONGEST]} longest"
            f"{never}): how far it moves to there depends on what was tried."
        ]
        known = self.table[2 * self.table["steps_inside"] >= self.settings["trajectories"]]
        largest = known[known["mu_star_inside"] > 0].nlargest(MOST_NAMED, "mu_star_inside")
        if not largest.empty:
            pairs = zip(largest["parameter"], largest["mu_star_inside"], strict=True)
            named = [f"{name.rpartition('.')[2]} ({size:.1f})" for name, size in pairs]
            said.append(
                f"Changes that begin and end inside are largest with: {', '.join(named)} doublings."
            )
        return said

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        shown = self.table.drop(columns=["source", "scale", "mu"])
        table = shown.to_html(index=False, float_format=lambda value: f"{value:,.2f}")
        return f"<ul>{items}</ul>{table}"
