"""An evaluation on the console: the answer, its rows, what to know of it, and the choice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simkit.cli.output import bullets, say

if TYPE_CHECKING:
    from simkit.trial import Evaluation


def tell(found: Evaluation) -> None:
    """Print a result: the answer, its rows, what a check or else warns of, and the choice."""
    from simkit.calllog.source import many
    from simkit.trial.checks.check import said_of
    from simkit.trial.rare import as_said_above
    from simkit.trial.read.logs import PER_CALL_REASON

    paragraphs, further = found.paragraphs(), found.further()
    say(*paragraphs, style="bold")
    say("", "Each comparison", style="bold")
    bullets(found.sentences())
    for title, told in further.items():
        say("", title, style="bold")
        bullets(told)
    verdicts = found.checks["verdict"]
    failed, warned = (len(said_of(found.checks[verdicts == bad])) for bad in ("fail", "warning"))
    made = f"{len(verdicts)} made, {failed or 'none'} failed, {warned or 'none'} warned"
    rows = found.table[~found.table["reason"].str.startswith(PER_CALL_REASON)]
    refused = int((rows["verdict"] == "refused").sum())
    of_data = f" But {many(refused, 'comparison')} refused, as said above." if refused else ""
    say("", f"Checks: {made}.{of_data}")
    if found.trustworthy:
        above = " ".join([*paragraphs, *(text for told in further.values() for text in told)])
        choice = found.regret()
        why_not = as_said_above(choice.why_not, found.table["few"].unique(), above)
        say("", replace(choice, why_not=why_not).sentence())
