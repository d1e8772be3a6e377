"""What a picture of a trial must itself say, since pictures are copied without their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkit.trial.checks.interaction import INTERACTION
from simkit.trial.monitor.words import failed_names

if TYPE_CHECKING:
    from simkit.trial import Checks, Evaluation
    from simkit.trial.monitor import Monitoring

LONGEST = 230
"""Letters after which further reasons are only counted: about two lines of a picture (assumed)."""


@dataclass(frozen=True)
class Caution:
    """A line that a picture bears on its face.

    Parameters
    ----------
    text
        The line, in the words of the result's own headline.
    forbids
        Whether nothing here may be acted on; else something is to be doubted.
    """

    text: str
    forbids: bool


def of_evaluation(evaluation: Evaluation | None) -> Caution | None:
    """Return what a picture of an evaluation must say: that nothing may be acted on, or a doubt.

    Parameters
    ----------
    evaluation
        The trial; None where the picture knows of none.
    """
    if evaluation is None:
        return None
    if not evaluation.trustworthy:
        return _forbidden("Do not act on these results", evaluation.failures())
    # What doubts every number goes before what doubts only that segments differ.
    checks = evaluation.checks
    apart = set(checks.loc[checks["check"] == INTERACTION, "meaning"])
    doubts = sorted(evaluation.doubted(), key=lambda text: text in apart)
    if not doubts:
        return None
    return Caution(_line("Doubtful", doubts, ("doubt", "doubts")), forbids=False)


def of_checks(checks: Checks) -> Caution | None:
    """Return that no result of a trial may be acted on, where one of its checks failed."""
    if checks.passed:
        return None
    failed = tuple(dict.fromkeys(checks.found("fail")["meaning"]))
    return _forbidden("Do not act on results of this trial", failed)


def of_monitoring(monitoring: Monitoring) -> Caution | None:
    """Return that no look of a trial may be acted on, where one of its checks failed."""
    if monitoring.trustworthy:
        return None
    failed = failed_names(monitoring.checks)
    head = "a check failed" if len(failed) == 1 else f"{len(failed)} checks failed"
    return _forbidden(f"Do not act on this: {head}", failed)


def _forbidden(head: str, failures: Sequence[str]) -> Caution:
    line = _line(head, failures, ("failed check", "failed checks"))
    return Caution(line, forbids=True)


def _line(head: str, reasons: Sequence[str], others: tuple[str, str]) -> str:
    """Write as many reasons as are read at a glance, and count the rest."""
    told = [reasons[0]]
    for text in reasons[1:]:
        if len("; ".join([head, *told, text])) > LONGEST:
            break
        told.append(text)
    left = len(reasons) - len(told)
    more = f" (and {left} more {others[min(left, 2) - 1]})" if left else ""
    return f"{head}: {'; '.join(told)}{more}."
