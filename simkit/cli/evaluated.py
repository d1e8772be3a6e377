"""An evaluation on the console: the answer, its rows, what to know of it, and the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.cli.output import bullets, say

if TYPE_CHECKING:
    from simkit.trial import Evaluation


def tell(found: Evaluation) -> None:
    """Print a result: the answer, its rows, what a check or else warns of, and the choice."""
    from simkit.calllog.source import many
    from simkit.trial.checks.check import said_of
    from simkit.trial.read.logs import PER_CALL_REASON

    say(*found.paragraphs(), style="bold")
    say("", "Each comparison", style="bold")
    bullets(found.sentences())
    for title, told in found.further().items():
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
        say("", found.regret().sentence())
