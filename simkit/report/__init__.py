"""From a decision to what people look at: figures, sentences, a page. It computes nothing."""

from simkit.report.figures import (
    audit_figure,
    exposure_figure,
    forest_figure,
    horizon_figure,
    incidence_figure,
    landscape_figure,
    looks_figure,
    pareto_figure,
    power_figure,
    response_figure,
    sensitivity_figure,
    sequential_figure,
    sweep_figure,
    trace_figure,
    winners_figure,
    wrong_winner_figure,
)
from simkit.report.page import write_report

__all__ = [
    "audit_figure",
    "exposure_figure",
    "forest_figure",
    "horizon_figure",
    "incidence_figure",
    "landscape_figure",
    "looks_figure",
    "pareto_figure",
    "power_figure",
    "response_figure",
    "sensitivity_figure",
    "sequential_figure",
    "sweep_figure",
    "trace_figure",
    "winners_figure",
    "write_report",
    "wrong_winner_figure",
]
