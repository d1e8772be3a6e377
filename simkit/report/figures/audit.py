"""What a log without randomisation shows: success by attempt, three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simkit.report import sentences_audit as words
from simkit.report.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simkit.trial import AuditReport


def audit_figure(audit: AuditReport) -> Figure:
    """Draw success by attempt: as it looks, within strata, and with nobody tiring.

    Parameters
    ----------
    audit
        The audit.

    Returns
    -------
    Figure
        One panel: crude success with its 95 % intervals, stratified success, and the fit of a
        model in which contacts differ and nobody tires.
    """
    table = audit.table
    x, y = table["attempt_no"].to_numpy(), table["crude"].to_numpy()
    low, high = table["ci_low"].to_numpy(), table["ci_high"].to_numpy()
    with style.styled():
        figure, (axes,) = style.new_figure(height_in=3.9)
        axes.errorbar(
            x,
            y,
            yerr=np.vstack([np.maximum(y - low, 0), np.maximum(high - y, 0)]),
            fmt="o",
            color=style.CURVE,
            capsize=3,
            label=words.AUDIT_LEGEND["crude"],
        )
        axes.plot(
            x,
            table["stratified"],
            marker="D",
            ms=4.5,
            color=style.SECOND,
            linewidth=1.2,
            label=words.AUDIT_LEGEND["stratified"],
        )
        axes.plot(
            x,
            table["beta_geometric"],
            color=style.INK,
            linestyle=(0, (5, 3)),
            linewidth=1.4,
            label=words.AUDIT_LEGEND["beta_geometric"],
        )
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        axes.set_xlabel(words.ATTEMPT_AXIS)
        axes.set_ylabel(words.SUCCESS_AXIS)
        title = words.audit_title(identified=audit.identified)
        axes.set_title(style.wrapped(title, style.WIDE_TITLE))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
