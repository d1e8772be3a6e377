"""The result: a decision for each segment, the evidence beside it, and the files for its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from simkit.calllog.whole import whole_folder
from simkit.errors import InputError, Problem
from simkit.policy import RecallPolicy
from simkit.recommend import sentences as words
from simkit.recommend.folder import DECISION_FILE, POLICY_FILE, refuse_other
from simkit.recommend.next_trial import NextTrial
from simkit.recommend.policy_file import policy_text
from simkit.recommend.verdict import Estimate, Verdict
from simkit.result import Result
from simkit.sweep import SweepResult


@dataclass(frozen=True, eq=False, repr=False)
class Decision(Result):
    """What to do in one segment.

    Parameters
    ----------
    segment
        Its name.
    verdict
        ``"adopt"``, ``"keep"``, ``"cannot tell: test longer"``,
        ``"cannot tell: a check failed"``, ``"cannot tell: another outcome decides"``,
        ``"test this interval"``.
    interval
        The interval of the answer: to adopt, to keep (also while testing longer), to test.
    wished_days, delivered_days
        Its length in calendar days, as wished for and as the simulation delivered it.
    as_good
        The simulated intervals that cannot be told from the best over the year, shortest first.
    range_days
        Delivered length of the first and the last of them.
    net_value
        Simulated net value at the interval [EUR per contact-year].
    opt_outs
        Simulated opt-outs at the interval over the year [share of contacts].
    current, use_now
        The policy in use and the one to use now; None where it is not known.
    arm
        The arm of the trial that is adopted; None otherwise.
    next_trial
        What to test; None where nothing is open.
    headline, reason, next_step
        The answer in a line, why, and the trial to run (empty where there is none).
    """

    segment: str
    verdict: Verdict
    interval: str
    wished_days: float
    delivered_days: float
    as_good: tuple[str, ...]
    range_days: tuple[float, float]
    net_value: Estimate
    opt_outs: Estimate
    current: RecallPolicy | None
    use_now: RecallPolicy | None
    arm: str | None
    next_trial: NextTrial | None
    headline: str
    reason: str
    next_step: str = ""

    def sentence(self) -> str:
        """Say the answer, why, and what to do next."""
        return " ".join(
            part
            for part in (f"{self.segment}: {self.headline}", self.reason, self.next_step)
            if part
        )


@dataclass(frozen=True, eq=False, repr=False)
class Recommendation(Result):
    """How often to call, segment by segment, and on what that rests.

    Parameters
    ----------
    decisions
        One a segment.
    evidence
        Field and simulation side by side, one row per segment and arm: ``segment``, ``arm``,
        ``interval``, ``control``, ``control_interval``; ``field_days``, ``field``, ``field_low``,
        ``field_high`` (net value per contact less that of the control [EUR], with the interval
        that agrees with the trial's verdict over all comparisons), ``contacts``, ``state`` (what
        became of the arm); ``simulated_days`` (the sweep's horizon nearest to the trial's),
        ``simulated``, ``simulated_low``, ``simulated_high``; ``year_days``, ``year``, ``year_low``,
        ``year_high`` (the same at the horizon that decides); ``agree`` (yes; in sign, which is all
        that different horizons tell; in sign, not in size; no; cannot tell; no trial).
    horizons
        The simulation's winner at each horizon: ``segment``, ``horizon_days``, ``interval``,
        ``delivered_days``, ``as_good_over_the_year``.
    assumed
        Every assumed parameter that the answer rests on: ``parameter``, ``value``, ``unit``,
        ``meaning``, ``source``.
    warnings
        What a reader must know, in words: of the decisions, of the field trial, of the log.
    sweep
        The simulated experiment.
    horizon_days
        The horizon that decides.
    scenario
        Name and fingerprint of the scenario.
    design
        Identity of the field trial's registered design; None where nothing was registered.
    """

    decisions: tuple[Decision, ...]
    evidence: pd.DataFrame
    horizons: pd.DataFrame
    assumed: pd.DataFrame
    warnings: tuple[str, ...]
    sweep: SweepResult
    horizon_days: float
    scenario: Mapping[str, str]
    design: str | None = None

    @property
    def table(self) -> pd.DataFrame:
        """The decisions as a table, one row a segment.

        ``segment``, ``verdict``, ``interval``, ``wished_days``, ``delivered_days``, ``use_now``,
        ``current``, ``as_good``, ``range_low_days``, ``range_high_days``,
        ``net_value_eur_per_contact_year`` and ``opt_outs_per_contact`` with ``_low`` and
        ``_high``, ``test_arms``, ``test_days``, ``test_contacts_per_arm`` with ``_low`` and
        ``_high`` (empty where the spread behind it is well known), ``reason``, ``design``.
        """
        return pd.DataFrame([_row(one) | {"design": self.design} for one in self.decisions])

    @property
    def policies(self) -> dict[str, RecallPolicy]:
        """The policy to use now, by segment; a segment where it is not known is not there."""
        return {one.segment: one.use_now for one in self.decisions if one.use_now is not None}

    def decision(self, segment: str) -> Decision:
        """Return the decision of a segment.

        Raises
        ------
        InputError
            If there is no such segment.
        """
        for one in self.decisions:
            if one.segment == segment:
                return one
        known = ", ".join(one.segment for one in self.decisions)
        raise InputError([Problem("recommendation", "segment", segment, f"must be one of {known}")])

    def sentences(self) -> list[str]:
        """Say each decision with its reason, then the warnings."""
        said = [one.sentence() for one in self.decisions]
        return said + [f"Warning: {text}" for text in self.warnings]

    def sentence(self) -> str:
        """Give the answer: one line a segment."""
        return "\n".join(f"{one.segment}: {one.headline}" for one in self.decisions)

    def write(self, folder: str | Path) -> Path:
        """Write the decision for those who act on it; the folder appears whole or not at all.

        Parameters
        ----------
        folder
            Its name. An earlier recommendation or study that stands there is replaced as a whole,
            if nothing but simkit's own files is in it.

        Returns
        -------
        Path
            The folder: ``policy.toml`` (see `load_policies`), ``decision.csv``, ``evidence.csv``,
            ``horizons.csv``, ``assumptions.csv``, ``warnings.txt`` and the sweep's files.

        Raises
        ------
        InputError
            If anything else stands there: a file, a link, or a folder with a file of another name.
        """
        target = Path(folder)
        refuse_other(target)
        tables = {
            DECISION_FILE: self.table,
            "evidence.csv": self.evidence,
            "horizons.csv": self.horizons,
            "assumptions.csv": self.assumed,
        }
        with whole_folder(target) as room:
            text = policy_text(self.policies, {one.segment: _notes(one) for one in self.decisions})
            (room / POLICY_FILE).write_text(text, encoding="utf-8")
            for name, table in tables.items():
                table.to_csv(room / name, index=False, lineterminator="\n")
            lines = "".join(f"{text}\n" for text in self.warnings)
            (room / "warnings.txt").write_text(lines, encoding="utf-8")
            self.sweep.write(room)
        return target

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<p><strong>{escape(one.segment)}: {escape(one.headline)}</strong> "
            f"{escape(one.reason)} {escape(one.next_step)}</p>"
            for one in self.decisions
        )
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        table = self.table.drop(columns="reason").to_html(
            index=False, float_format="{:,.3f}".format
        )
        return f"{lines}{f'<ul>{notes}</ul>' if notes else ''}{table}"


def _row(one: Decision) -> dict[str, Any]:
    trial = one.next_trial
    bounds = (trial.contacts_range if trial else None) or (None, None)
    return {
        "segment": one.segment,
        "verdict": one.verdict,
        "interval": one.interval,
        "wished_days": one.wished_days,
        "delivered_days": one.delivered_days,
        "use_now": _label(one.use_now),
        "current": _label(one.current),
        "as_good": "; ".join(one.as_good),
        "range_low_days": one.range_days[0],
        "range_high_days": one.range_days[1],
        "net_value_eur_per_contact_year": one.net_value.value,
        "net_value_eur_per_contact_year_low": one.net_value.low,
        "net_value_eur_per_contact_year_high": one.net_value.high,
        "opt_outs_per_contact": one.opt_outs.value,
        "opt_outs_per_contact_low": one.opt_outs.low,
        "opt_outs_per_contact_high": one.opt_outs.high,
        "test_arms": "; ".join(trial.arms) if trial else "",
        "test_days": trial.days if trial else None,
        "test_contacts_per_arm": trial.contacts_per_arm if trial else None,
        "test_contacts_per_arm_low": bounds[0],
        "test_contacts_per_arm_high": bounds[1],
        "reason": one.reason,
    }


def _label(policy: RecallPolicy | None) -> str:
    return "" if policy is None else policy.describe()


def _notes(one: Decision) -> dict[str, str]:
    notes = {"verdict": one.verdict, "answer": one.headline, "reason": one.reason}
    if one.next_step:
        notes["next_step"] = one.next_step
    if one.use_now is None:
        notes["policy_not_known"] = words.POLICY_UNKNOWN
    return notes
