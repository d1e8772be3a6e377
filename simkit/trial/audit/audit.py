"""What a log without randomisation can tell about fatigue, and what it cannot."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from simkit.calllog import DISPOSITIONS, CallLog
from simkit.errors import InputError, Problem
from simkit.result import Result
from simkit.trial.audit.cells import (
    GAP_EDGES_DAYS,
    PERIOD,
    attempt_cells,
    default_strata,
)
from simkit.trial.audit.heterogeneity import BetaGeometric, fit_beta_geometric
from simkit.trial.effects.laws import normal_isf
from simkit.trial.effects.proportions import wilson
from simkit.trial.read.data import as_names, natural_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHERE = "audit"
YEAR_MONTH = re.compile(r"\d{4}-\d{2}")
YEAR = "period_year"
CRUDE = "crude"
FALLS = "falls"
#: Beyond it the other model has essentially no support (K. P. Burnham, D. R. Anderson 2002, Model
#: Selection and Multimodel Inference, section 2.6).
BETTER_FIT_AIC = 10.0
#: The usual level.
LEVEL = 0.95
QUANTILE = normal_isf((1 - LEVEL) / 2)
SEPARATED_SE = 10.0  # log odds per attempt: a slope so uncertain runs off to infinity


@dataclass(frozen=True, eq=False, repr=False)
class AuditReport(Result):
    """Success by attempt, as it looks and as it looks within strata, and what that can prove.

    Parameters
    ----------
    table
        One row per attempt number: ``tried``, ``successes``, ``crude`` (successes ÷ tried) with
        its 95 % Wilson interval ``ci_low``, ``ci_high``; ``stratified`` (what the number would
        give if each had the strata of all: overall rate × successes ÷ successes expected from the
        strata alone); ``beta_geometric`` and ``constant``, the two fits without any fatigue.
    odds_ratios
        ``model``, ``odds_ratio`` per attempt, ``ci_low``, ``ci_high``, ``tried``: logit of success
        on the attempt number, alone, with the period, and with all strata.
    strata
        ``stratum``, ``level``, ``attempt_no``, ``tried``, ``successes``, ``crude``, ``ci_low``,
        ``ci_high``: the same within each level of each stratum (and within years).
    intervals
        Of a log of attempts: success by days since the attempt before (``days_from``, ``days_to``,
        ``tried``, ``successes``, ``crude``, ``ci_low``, ``ci_high``). Whoever chose the day chose
        the contact: no effect either. Empty for final counts.
    heterogeneity
        The fit of a model in which contacts differ and nobody tires.
    identified
        Whether the log can show what calling more often does: only if intervals were assigned at
        random.
    reason
        Why, in words.
    """

    table: pd.DataFrame
    odds_ratios: pd.DataFrame
    strata: pd.DataFrame
    intervals: pd.DataFrame
    heterogeneity: BetaGeometric
    identified: bool
    reason: str

    def sentence(self) -> str:
        """Say whether fatigue is identified, then what was seen."""
        verdict = "Identified" if self.identified else "Not identified"
        return f"{verdict}: {self.reason} {' '.join(self.sentences())}"

    def sentences(self) -> list[str]:
        """Say what the log shows: the trend, its odds ratios, and the fit without fatigue.

        Success is said to fall or rise where the interval of the crude odds ratio leaves out 1.
        """
        first, last = self.table.iloc[0], self.table.iloc[-1]
        found = []
        trend = self._trend()
        if len(self.table) > 1:
            found.append(
                f"Success per attempt {trend}: {100 * first['crude']:.1f} % at attempt 1, "
                f"{100 * last['crude']:.1f} % at attempt {int(last['attempt_no'])}."
            )
        if len(self.odds_ratios):
            parts = [
                f"{row.odds_ratio:.3f} {row.model}"
                for row in self.odds_ratios.itertuples(index=False)
            ]
            found.append(f"Odds ratio per attempt: {', '.join(parts)}.")
        return [*found, self._fit(trend)]

    def _fit(self, trend: str) -> str:
        """Say how the fit without fatigue does: beating a constant tells that, not why."""
        model = "A model in which contacts differ and nobody tires (beta-geometric)"
        gain = self.heterogeneity.aic_gain
        if gain <= BETTER_FIT_AIC:
            return f"{model} fits no better than one probability for all, or hardly better."
        better = f"{model} fits better than one probability for all by {gain:,.0f} AIC points"
        if trend != FALLS:
            return f"{better}, over all attempts: it does not show why."
        return (
            f"{better}: that easy buyers leave first could by itself make success fall. Contacts "
            "who tire could do the same."
        )

    def _trend(self) -> str:
        """Say which way success goes with the attempt, as far as all attempts shown can tell."""
        crude = self.odds_ratios[self.odds_ratios["model"] == CRUDE]
        if (crude["ci_high"] < 1).any():
            return FALLS
        if (crude["ci_low"] > 1).any():
            return "rises"
        return "cannot be told to change"

    def _repr_html_(self) -> str:
        return (
            f"<p><strong>{escape(self.sentence())}</strong></p>"
            f"{self.table.to_html(index=False, float_format='{:.4f}'.format)}"
            f"{self.odds_ratios.to_html(index=False, float_format='{:.3f}'.format)}"
        )


def audit(
    log: CallLog,
    *,
    success: str | Sequence[str] = "sale",
    strata: Sequence[str] | None = None,
    attempts: int = 10,
) -> AuditReport:
    """Ask a log without randomisation what it knows about fatigue.

    Success per attempt falls in nearly every log, for three reasons that look alike: contacts
    tire; easy buyers leave first; hard months have long lists of attempts. The audit shows the
    crude fall, the fall within strata, and how well a model without any fatigue explains it. None
    of this separates the three: only intervals assigned at random do, and then the arms are to be
    compared (``evaluate``).

    Attempts are the unit here, and rightly: the probability of success at an attempt, given that
    the contact is still called, is a discrete-time hazard, whose likelihood is the product over
    attempts. A contact with n attempts in final counts has n of them, the last a success or not;
    in a log of attempts those that count are numbered, up to the first success.

    Parameters
    ----------
    log
        A validated log, of attempts or of final counts.
    success
        Dispositions that are a success.
    strata
        What was known before each attempt: columns of contacts; ``period`` and
        ``previous_disposition`` a log of attempts has of itself. Default: those two and, where
        contacts have them, ``period``, ``contact``, ``contact_type``, ``poutcome``,
        ``previous_outcome``.
    attempts
        Attempt numbers shown, and used for odds ratios (1 to this). The fits use all.

    Returns
    -------
    AuditReport
        Tables, fits and the sentence.

    Raises
    ------
    InputError
        If the log holds no attempt, or a setting names what is not there.
    """
    wanted = (success,) if isinstance(success, str) else tuple(success)
    problems = [
        Problem(WHERE, "success", name, f"must be one of: {', '.join(DISPOSITIONS)}")
        for name in wanted or (None,)
        if name not in DISPOSITIONS
    ]
    if attempts < 1:
        problems.append(Problem(WHERE, "attempts", attempts, "must be at least 1"))
    if problems:
        raise InputError(problems)
    named = default_strata(log) if strata is None else tuple(strata)
    cells = attempt_cells(log, wanted, named)
    if not len(cells):
        rule = "must be at least 1: there is nothing to audit"
        raise InputError([Problem(WHERE, "attempts in the log", 0, rule)])
    whole = cells.groupby("attempt_no")[["tried", "successes"]].sum().reset_index()
    fit = fit_beta_geometric(whole["tried"].to_numpy(), whole["successes"].to_numpy())
    shown = cells[cells["attempt_no"] <= attempts]
    identified, reason = _identified(log)
    return AuditReport(
        table=_by_attempt(shown, named, fit),
        odds_ratios=_odds_ratios(shown, named),
        strata=_within(shown, named),
        intervals=_by_interval(cells),
        heterogeneity=fit,
        identified=identified,
        reason=reason,
    )


def _identified(log: CallLog) -> tuple[bool, str]:
    assigned = log.contacts.loc[log.contacts["arm"].notna(), ["segment", "arm"]]
    arms = assigned.assign(arm=as_names(assigned["arm"])).drop_duplicates()
    if (arms["segment"].value_counts() > 1).any():
        names = ", ".join(natural_order([str(name) for name in arms["arm"].unique()]))
        return True, (
            f"contacts belong to arms ({names}); if these were assigned at random, comparing the "
            "arms as assigned shows what calling more often does; success by attempt below still "
            "does not."
        )
    return False, (
        "nobody assigned at random how often contacts are called, so this log cannot tell contacts "
        "who tire from easy buyers who leave first, or from the months in which the calls were "
        "made."
    )


def _with_interval(table: pd.DataFrame) -> pd.DataFrame:
    crude = table["successes"] / table["tried"]
    tried = table["tried"].to_numpy(dtype=np.float64)
    low, high = wilson(crude.to_numpy(dtype=np.float64), tried, QUANTILE)
    return table.assign(crude=crude, ci_low=low, ci_high=high)


def _by_attempt(cells: pd.DataFrame, strata: Sequence[str], fit: BetaGeometric) -> pd.DataFrame:
    found = _logit(cells, strata, slope=False) if strata else None
    rate = cells["successes"].sum() / cells["tried"].sum()
    expected = cells["tried"] * (rate if found is None else found.fitted)
    sums = cells.assign(expected=expected).groupby("attempt_no")[["tried", "successes", "expected"]]
    table = _with_interval(sums.sum().reset_index())
    table["stratified"] = rate * table["successes"] / table.pop("expected")
    table["beta_geometric"] = fit.success(table["attempt_no"].to_numpy())
    table["constant"] = fit.constant_prob
    return table


def _odds_ratios(cells: pd.DataFrame, strata: Sequence[str]) -> pd.DataFrame:
    models: dict[str, Sequence[str]] = {CRUDE: ()}
    if PERIOD in strata:
        models["with period"] = (PERIOD,)
    if strata and tuple(strata) != (PERIOD,):
        models[f"with {', '.join(name.replace('_', ' ') for name in strata)}"] = tuple(strata)
    rows = []
    for model, names in models.items():
        found = _logit(cells, names, slope=True)
        if found is None or found.slope is None:
            continue
        slope, se = found.slope
        limits = np.exp([slope, slope - QUANTILE * se, slope + QUANTILE * se])
        rows.append((model, *map(float, limits), found.tried))
    return pd.DataFrame(rows, columns=["model", "odds_ratio", "ci_low", "ci_high", "tried"])


@dataclass(frozen=True, eq=False)
class _Logit:
    """A logit of success: fitted probability of each cell, slope on the number with its error."""

    fitted: NDArray[np.float64]
    slope: tuple[float, float] | None
    tried: int


def _logit(cells: pd.DataFrame, strata: Sequence[str], *, slope: bool) -> _Logit | None:
    """Fit success to the strata's dummies, with or without the attempt number.

    A level in which all attempts failed, or all succeeded, has its own rate exactly and says
    nothing about the slope: it stays out of the likelihood.
    """
    tried = cells["tried"].to_numpy(dtype=np.float64)
    won = cells["successes"].to_numpy(dtype=np.float64)
    fitted = np.zeros(len(cells))
    use = np.ones(len(cells), dtype=np.bool_)
    for name in (*strata, None):
        codes = (
            np.zeros(len(cells), dtype=np.int64) if name is None else pd.factorize(cells[name])[0]
        )
        sums = np.bincount(codes, weights=won), np.bincount(codes, weights=tried)
        none, every = sums[0] == 0, sums[0] == sums[1]
        fitted[every[codes]] = 1.0
        use &= ~(none | every)[codes]
    if not use.any():
        return None if slope else _Logit(fitted, None, 0)
    columns = [np.ones(int(use.sum()))]
    for name in strata:
        codes = pd.factorize(cells.loc[use, name])[0]
        columns += [(codes == level).astype(np.float64) for level in range(1, codes.max() + 1)]
    number = cells.loc[use, "attempt_no"].to_numpy(dtype=np.float64)
    if slope:
        if np.ptp(number) == 0:
            return None
        columns.append(number)
    design = np.column_stack(columns)
    both = np.column_stack([won[use], tried[use] - won[use]])
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Totals that the strata fit exactly are reported as separation, and are none.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        result = GLM(both, design, family=Binomial()).fit()
    fitted[use] = result.fittedvalues
    line = (float(result.params[-1]), float(result.bse[-1])) if slope else None
    if line is not None and not line[1] < SEPARATED_SE:
        return None
    return _Logit(fitted, line, int(tried[use].sum()))


def _within(cells: pd.DataFrame, strata: Sequence[str]) -> pd.DataFrame:
    columns = {name: cells[name].astype(str) for name in strata}
    if PERIOD in columns and columns[PERIOD].str.fullmatch(YEAR_MONTH).all():
        columns[YEAR] = columns[PERIOD].str[:4]
    parts = []
    for name, levels in columns.items():
        by = cells.assign(stratum=name, level=levels)
        keys = ["stratum", "level", "attempt_no"]
        parts.append(by.groupby(keys)[["tried", "successes"]].sum().reset_index())
    if not parts:
        shown = ["stratum", "level", "attempt_no", "tried", "successes", "crude"]
        return pd.DataFrame(columns=[*shown, "ci_low", "ci_high"])
    return _with_interval(pd.concat(parts, ignore_index=True))


def _by_interval(cells: pd.DataFrame) -> pd.DataFrame:
    names = ["days_from", "days_to", "tried", "successes"]
    if "gap" not in cells or not (cells["gap"] >= 0).any():
        return pd.DataFrame(columns=[*names, "crude", "ci_low", "ci_high"])
    sums = cells[cells["gap"] >= 0].groupby("gap")[["tried", "successes"]].sum().reset_index()
    at = sums.pop("gap").to_numpy(dtype=np.int64)
    edges = np.array(GAP_EDGES_DAYS)
    return _with_interval(sums.assign(days_from=edges[at], days_to=edges[at + 1])[names])
