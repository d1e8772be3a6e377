"""Figures of results, for reports and notebooks: each function returns a matplotlib figure."""

from simkit.report.figures.audit import audit_figure
from simkit.report.figures.curves import horizon_figure, sweep_figure
from simkit.report.figures.exposure import exposure_figure
from simkit.report.figures.forest import forest_figure
from simkit.report.figures.incidence import incidence_figure
from simkit.report.figures.landscape import landscape_figure
from simkit.report.figures.rehearsal import (
    looks_figure,
    power_figure,
    winners_figure,
    wrong_winner_figure,
)
from simkit.report.figures.response import pareto_figure, response_figure
from simkit.report.figures.sensitivity import sensitivity_figure
from simkit.report.figures.sequential import sequential_figure
from simkit.report.figures.style import svg
from simkit.report.figures.trace import trace_figure

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
    "svg",
    "sweep_figure",
    "trace_figure",
    "winners_figure",
    "wrong_winner_figure",
]
