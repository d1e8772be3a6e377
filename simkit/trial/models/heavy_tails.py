"""What a few large sales do to a difference of means, and whether its interval may be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simkit.errors import Problem
from simkit.result import Result
from simkit.trial.models.cells import cells_of, refuse_unreadable, require_contacts
from simkit.trial.models.contrasts import (
    WHERE,
    contrasts_table,
    shown_html,
)
from simkit.trial.models.tails_of_arms import BOOTSTRAP, MEAN, Pair
from simkit.trial.read.data import TrialData
from simkit.trial.read.names import NET_VALUE
from simkit.trial.sentences import PERCENT, amount, label, place_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

#: (199 + 1) · .05 is whole, and the tail has ten of them.
LEAST_RESAMPLES = 199
#: At each end: more would leave less than half of the contacts.
MOST_TRIM = 0.25
TAIL_COLUMNS = (
    *("outcome", "segment", "arm", "control", "difference", "largest_share"),
    *("top_difference", "top_share"),
    *("cap_low", "cap_high", "skewness_arm", "skewness_control", "kurtosis_arm"),
    *("kurtosis_control", "units_arm", "units_control", "needed_arm", "needed_control"),
    *("skewness_difference", "trusted"),
)
DECIDES_NOTHING = (
    "the capped and the trimmed mean leave out what the largest sales are worth: they are not the "
    "value per contact, show what rests on few, and decide nothing"
)


@dataclass(frozen=True, eq=False, repr=False)
class RobustValue(Result):
    """A difference of means beside what becomes of it without its largest values.

    Parameters
    ----------
    table
        One row per segment, arm and ``estimator``: the columns that all models share. "mean, t" is
        the main estimate; "mean, bootstrap-t" the same with an interval from resampled accounts;
        "capped mean" sets what lies beyond the outer parts of both arms' values to their bounds;
        "trimmed mean" leaves the outer parts of each arm out.
    tails
        One row per segment and arm: ``difference``; ``largest_share`` of both arms' contacts, and
        what it adds to the difference: ``top_difference`` in its unit, ``top_share`` as a part of
        it (above 1 or below 0 where the others pull the other way); ``cap_low``, ``cap_high``;
        ``skewness_*`` and ``kurtosis_*`` (in excess of the normal's) of the accounts' pulls on
        their arm's mean; ``units_*`` and ``needed_*`` (355 · skewness²);
        ``skewness_difference`` (of the difference of means); ``trusted``: whether both arms have as
        many units as needed, or their skewness cancels in the difference.
    outcome, alpha
        What was asked.
    warnings
        What a reader must know.
    """

    table: pd.DataFrame
    tails: pd.DataFrame
    outcome: str
    alpha: float
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """Say of each arm whether its interval may be trusted, and what rests on few contacts."""
        found = []
        tails = {(tail["segment"], tail["arm"]): tail for tail in self.tails.to_dict("records")}
        for (segment, arm), rows in self.table.groupby(["segment", "arm"], sort=False):
            estimates = {row["estimator"]: row for row in rows.to_dict("records")}
            if (segment, arm) in tails:
                found.append(_tail_sentence(tails[segment, arm], estimates, self.alpha))
            else:
                row = estimates[MEAN]
                found.append(f"{_head(row)}: {row['reason']}.")
        return " ".join(found)

    def _repr_html_(self) -> str:
        columns = (
            *("segment", "outcome", "arm", "control", "estimator", "estimate", "ci_low"),
            *("ci_high", "n", "n_control", "method", "reason"),
        )
        return shown_html(self.sentence(), self.table, columns, self.warnings)


def robust_value(
    trial: TrialData,
    outcome: str = NET_VALUE,
    *,
    outer_share: float = 0.01,
    largest_share: float = 0.01,
    resamples: int = 1999,
    seed: int = 0,
    alpha: float = 0.05,
) -> RobustValue:
    """Show how far a difference of means rests on a few large values.

    The value per contact is the mean, whatever its tails: a sale of 10,000 EUR is worth 10,000 EUR.
    What tails threaten is the interval. It may be trusted where each arm has at least 355 · s²
    units, s the skewness of what they add to the mean (Kohavi and others): the mean's own skewness
    is then at most 1 ÷ √355 = .053. Arms alike in size and skewness need fewer, for in the
    difference the two cancel: it may be trusted, too, where the skewness of the difference is no
    more than that. Where neither holds, the interval from resampled accounts stands beside it.
    In 400 simulated trials each (``benchmarks/models.py``: 8 % buy for lognormal sums) both covered
    94 to 98 % with equal arms; with one account of five in the arm and 40 accounts t covered 85 %,
    the resampled one 89 %: where next to nobody of a small arm buys, no interval knows better.

    Parameters
    ----------
    trial
        Contacts as assigned: `read_trial`, with the settings of `simkit.trial.evaluate`.
    outcome
        One of its outcomes.
    outer_share
        Part of the contacts at each end that is capped, or trimmed. Where fewer buy than that, the
        cap cuts sales as such.
    largest_share
        Part of both arms' contacts that count as the largest.
    resamples, seed
        Of the bootstrap.
    alpha
        One minus the level of the intervals.

    Returns
    -------
    RobustValue
        Estimates, and what the tails are like.

    Raises
    ------
    InputError
        With everything that is wrong.

    References
    ----------
    R. Kohavi, A. Deng, R. Longbotham, Y. Xu (2014), Seven rules of thumb for web site
    experimenters, KDD, rule 7: 355 · s².
    K. K. Yuen (1974), The two-sample trimmed t for unequal population variances, Biometrika 61,
    165-170.
    """
    require_contacts(trial)
    problems = [
        Problem(WHERE, name, value, f"must be above 0, below {most}")
        for name, value, most in (
            ("outer_share", outer_share, MOST_TRIM),
            ("largest_share", largest_share, 1),
        )
        if not 0 < value < most
    ]
    if resamples < LEAST_RESAMPLES:
        rule = f"must be at least {LEAST_RESAMPLES}"
        problems.append(Problem(WHERE, "resamples", resamples, rule))
    refuse_unreadable(trial, outcome, alpha, problems=problems)
    rows: list[dict[str, Any]] = []
    tails: list[dict[str, Any]] = []
    for place, segment in enumerate(trial.segments):
        cells = cells_of(trial, outcome, segment)
        control = trial.control[segment]
        for number, arm in enumerate(trial.arms[segment]):
            if arm == control:
                continue
            row: dict[str, Any] = {"outcome": outcome, "segment": segment, "arm": arm}
            row["control"] = control
            pair = Pair.of(cells, arm, control)
            why = trial.refusals.get(outcome, "")
            if not why and pair is not None and np.ptp(pair.values) == 0:
                why = "the outcome does not vary in either arm: there is nothing to tell from"
            if pair is None or why:
                reason = why or cells.why_not(arm, control)
                rows.append(row | {"estimator": MEAN, "reason": reason})
                continue
            rng = np.random.default_rng([seed, place, number])
            more, tail = pair.judged(outcome, outer_share, largest_share, resamples, alpha, rng)
            rows += [row | one for one in more]
            tails.append(row | tail)
    return RobustValue(
        contrasts_table(rows, alpha, ("estimator",), family=("outcome", "estimator")),
        pd.DataFrame(tails, columns=list(TAIL_COLUMNS)),
        outcome,
        alpha,
        (DECIDES_NOTHING,),
    )


def _head(row: Mapping[Any, Any]) -> str:
    place = place_words(row["segment"])
    return f"{place}{row['arm']} against {row['control']}: {label(row['outcome'])}"


def _tail_sentence(
    tail: Mapping[Any, Any], estimates: Mapping[Any, Mapping[Any, Any]], alpha: float
) -> str:
    mean, boot = estimates[MEAN], estimates[BOOTSTRAP]
    unit, width = mean["unit"], mean["ci_high"] - mean["ci_low"]

    def interval(row: Mapping[Any, Any]) -> str:
        if np.isnan(row["ci_low"]):
            return "not to be had"
        ends = (amount(row[end], unit, width, named=False) for end in ("ci_low", "ci_high"))
        return " to ".join(ends)

    text = (
        f"{_head(tail)} {amount(tail['difference'], unit, width)}, of which "
        f"{amount(tail['top_difference'], unit, width)} from the largest "
        f"{PERCENT * tail['largest_share']:g} % of contacts; {(1 - alpha) * PERCENT:g} % interval "
        f"by t {interval(mean)}, by resampled accounts {interval(boot)}"
    )
    units = f"{tail['units_arm']:,} and {tail['units_control']:,}"
    if np.isnan([tail["needed_arm"], tail["needed_control"]]).any():
        return f"{text}. Do not lean on either: an arm shows no spread."
    needed = " and ".join(
        f"{np.ceil(tail[name]):,.0f}" for name in ("needed_arm", "needed_control")
    )
    if tail["trusted"]:
        enough = tail["units_arm"] >= tail["needed_arm"]
        enough &= tail["units_control"] >= tail["needed_control"]
        why = f"{needed} needed" if enough else "and the arms' skewness cancels in the difference"
        return f"{text}. The t interval may be trusted: {units} units, {why}."
    return (
        f"{text}. Do not lean on the t interval: the values are so skewed that {needed} units "
        f"would be needed, and there are {units}; claim nothing that the other does not show."
    )
