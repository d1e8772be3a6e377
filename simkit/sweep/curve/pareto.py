"""Net value against what it costs: which intervals are worth discussing, and the price of more.

Net value already counts opt-outs and agents' time in EUR. Whoever doubts these prices, or cannot
buy more agents, looks at both sides apart: an interval is *dominated* if another has more net value
and less of the cost.

Means decide what lies on the front. That an interval is *surely* dominated is a claim about the
true means, with joint confidence for all such claims: see ``simkit.sweep.curve.dominance``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.errors import InputError, Problem
from simkit.measures import OUTCOMES
from simkit.result import Result
from simkit.sweep.asked import MAIN_MEASURE, asked_for, delivered_days, runs_by_interval
from simkit.sweep.compare import mean_interval, paired_means
from simkit.sweep.curve.dominance import fieller, surely_dominated
from simkit.sweep.words import listed, measure_in_words

if TYPE_CHECKING:
    from simkit.sweep.result import SweepResult

AGENT_TIME = "agent_s"
THOUSAND = 1000
S_PER_HOUR = 3600
HOURS = "hours per 1,000 contacts"
# How a sentence counts a cost; the rest are money.
COUNTED: Mapping[str, str] = MappingProxyType(
    {"opt_out": "opt-outs", "complaint": "complaints", AGENT_TIME: "agents' hours"}
)


@dataclass(frozen=True, repr=False)
class ParetoFront(Result):
    """Net value against a cost, interval by interval.

    Parameters
    ----------
    table
        One row per interval, in the grid's order: ``interval``, ``delivered_days``,
        ``net_value_eur`` with ``net_value_low`` and ``net_value_high``, ``cost`` with ``cost_low``
        and ``cost_high`` (means with their t intervals over replications), ``on_front`` (no other
        interval has a better mean in one and as good a mean in the other), ``surely_dominated``
        (another is better in both true means; all these claims hold together at the front's
        confidence), ``dominated_by`` (that other; empty where there is none), ``p_adjusted``
        (smallest of the claims against it; Holm).
    steps
        One row per step along the front, from little cost to much: ``from_interval``,
        ``to_interval``, ``more_eur`` (per contact), ``more_cost``, and ``price``, ``price_low``,
        ``price_high``: what 1,000 EUR more of net value cost on this step, in opt-outs, agents'
        hours, ... (Fieller's interval of that step alone; NaN where the gain cannot be told from 0,
        so that the price may be anything).
    whole
        The same for the whole way along the front: one row, or none where one interval is best in
        both.
    segment, horizon_days, against, unit, confidence
        What it is the front of: the measure that counts as cost, its unit as shown, and the
        confidence of each interval and of all claims together.
    """

    table: pd.DataFrame
    steps: pd.DataFrame
    whole: pd.DataFrame
    segment: str
    horizon_days: float
    against: str
    unit: str
    confidence: float

    def sentences(self) -> list[str]:
        """Say which intervals are worth discussing, which are not, and what more money costs."""
        table = self.table
        front = table.loc[table["on_front"], "interval"].tolist()
        beaten = table.loc[table["surely_dominated"], "interval"].tolist()
        where = f"{self.segment}: over {self.horizon_days:g} days"
        if len(front) == 1:
            said = [f"{where} {front[0]} has the most net value and the least {self._noun()}."]
        else:
            said = [
                f"{where} more net value comes with more {self._noun()} when calling "
                f"{listed(front)}: which is best depends on what one is worth in the other."
            ]
        if beaten:
            said.append(
                f"No need to call {listed(beaten)}: another interval is surely better in both "
                f"({self.confidence:.0%} confidence for all such claims together)."
            )
        # The whole way says what the choice is about, the last step what the last EUR cost.
        ways = [self.whole] if len(self.steps) == 1 else [self.whole, self.steps.tail(1)]
        return said + [self._price(row) for way in ways for row in way.to_dict("records")]

    def sentence(self) -> str:
        """Say all sentences in one text."""
        return " ".join(self.sentences())

    def _noun(self) -> str:
        return COUNTED.get(self.against, measure_in_words(self.against))

    def _price(self, row: Mapping[Any, Any]) -> str:
        way = f"from {row['from_interval']} to {row['to_interval']}"
        if np.isnan(row["price_low"]):
            return f"Whether net value grows {way} cannot be told, nor what 1,000 EUR more cost."
        noun = COUNTED.get(self.against, f"EUR of {measure_in_words(self.against)}")
        return (
            f"1,000 EUR more cost {_number(row['price'])} {noun} {way} "
            f"({self.confidence:.0%} interval {_number(row['price_low'])} to "
            f"{_number(row['price_high'])})."
        )

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(text)}</li>" for text in self.sentences())
        tables = "".join(
            table.to_html(index=False, float_format=lambda value: f"{value:,.4g}", na_rep="–")
            for table in (self.table, self.steps)
        )
        return f"<ul>{items}</ul>{tables}"


def pareto(
    sweep: SweepResult,
    segment: str | None = None,
    *,
    against: str = "opt_out",
    horizon_days: float | None = None,
) -> ParetoFront:
    """Set net value against opt-outs, agents' time or another cost, interval by interval.

    Parameters
    ----------
    sweep
        The sweep.
    segment
        One of its segments; may be left out where there is only one.
    against
        What is to be kept small: an outcome per contact of which less is better, such as
        ``"opt_out"`` or ``"complaint"``, or ``"agent_s"``, the agents' time, which is shown in
        hours per 1,000 contacts.
    horizon_days
        One of the sweep's horizons; None for the longest.

    Returns
    -------
    ParetoFront
        The front, what it surely beats, and the price of a step along it.

    Raises
    ------
    InputError
        If the sweep has no such segment, horizon or cost, or if an interval has fewer than two
        replications with both values.
    """
    costs = [name for name in sweep.table["measure"].unique() if _is_cost(name)]
    name, days = asked_for("pareto", sweep, segment, horizon_days, [("against", against, costs)])
    level = float(sweep.settings["confidence"])
    value = runs_by_interval(sweep, name, days, MAIN_MEASURE)
    cost = runs_by_interval(sweep, name, days, against) * _scale(against)
    both = value.notna() & cost.notna()
    value, cost = value.where(both), cost.where(both)
    few = both.columns[both.sum() < 2]
    if len(few):
        rule = "must have two replications with both values"
        raise InputError([Problem("pareto", "intervals", label, rule) for label in few])
    table = _table(value, cost, delivered_days(sweep, name, days), level)
    rows = table[table["on_front"]].sort_values(["cost", "net_value_eur"], kind="stable")
    front, scale = rows["interval"].tolist(), _price_scale(against)
    return ParetoFront(
        table=table,
        steps=_steps(value, cost, front, scale, level),
        whole=_steps(value, cost, front[:: max(len(front) - 1, 1)], scale, level),
        segment=name,
        horizon_days=float(days),
        against=against,
        unit=HOURS if against == AGENT_TIME else OUTCOMES[against].unit,
        confidence=level,
    )


def _is_cost(measure: str) -> bool:
    if measure == AGENT_TIME:
        return True  # a resource that is spent, whatever direction the registry gives it
    return measure in OUTCOMES and OUTCOMES[measure].better == "lower"


def _scale(against: str) -> float:
    """Return the factor from the sweep's unit to the one shown."""
    return THOUSAND / S_PER_HOUR if against == AGENT_TIME else 1.0


def _price_scale(against: str) -> float:
    """Return the factor from shown cost per EUR per contact to cost per 1,000 EUR."""
    return 1.0 if against == AGENT_TIME else float(THOUSAND)


def _table(
    value: pd.DataFrame, cost: pd.DataFrame, delivered: pd.Series, confidence: float
) -> pd.DataFrame:
    p_values, by = surely_dominated(value.to_numpy(), cost.to_numpy())
    # Where some were left out of later replications, as if they had met them all.
    worths, costs = paired_means(value.to_numpy()), paired_means(cost.to_numpy())
    means = np.column_stack([worths, -costs])
    gaps = means[None, :, :] - means[:, None, :]
    on_front = ~((gaps.min(axis=2) >= 0) & (gaps.max(axis=2) > 0)).any(axis=1)
    labels = [str(label) for label in value]
    rows = []
    for place, label in enumerate(labels):
        worth = mean_interval(value[label].to_numpy(), confidence)
        spent = mean_interval(cost[label].to_numpy(), confidence)
        more_worth, more_spent = worths[place] - worth.mean, costs[place] - spent.mean
        surely = bool(p_values[place] <= 1 - confidence)
        rows.append(
            {
                "interval": label,
                "delivered_days": float(delivered[label]),
                "net_value_eur": worths[place],
                "net_value_low": worth.low + more_worth,
                "net_value_high": worth.high + more_worth,
                "cost": costs[place],
                "cost_low": spent.low + more_spent,
                "cost_high": spent.high + more_spent,
                "on_front": bool(on_front[place]),
                "surely_dominated": surely,
                "dominated_by": labels[by[place]] if surely else "",
                "p_adjusted": float(p_values[place]),
            }
        )
    return pd.DataFrame(rows)


def _steps(
    value: pd.DataFrame, cost: pd.DataFrame, front: list[str], scale: float, confidence: float
) -> pd.DataFrame:
    rows = []
    for here, there in pairwise(front):
        gaps = pd.concat([value[there] - value[here], cost[there] - cost[here]], axis=1).dropna()
        more_eur, more_cost = gaps.to_numpy().T
        nothing = (float("nan"),) * 3
        known = fieller(more_cost, more_eur, confidence) if len(gaps) >= 2 else nothing
        price, low, high = (scale * part for part in known)
        rows.append(
            {
                "from_interval": here,
                "to_interval": there,
                "more_eur": float(more_eur.mean()),
                "more_cost": float(more_cost.mean()),
                "price": price,
                "price_low": low,
                "price_high": high,
            }
        )
    return pd.DataFrame(rows, columns=list(_STEPS))


_STEPS = (
    *("from_interval", "to_interval", "more_eur", "more_cost"),
    *("price", "price_low", "price_high"),
)


def _number(value: float) -> str:
    """Return a number with three leading digits."""
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"
