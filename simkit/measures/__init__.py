"""What a call log says: outcomes of each contact, and measures of groups of contacts."""

from simkit.measures.outcomes import contact_outcomes
from simkit.measures.registry import MEASURES, OUTCOMES, Measure, Outcome
from simkit.measures.table import MeasureTable, measures

__all__ = [
    "MEASURES",
    "OUTCOMES",
    "Measure",
    "MeasureTable",
    "Outcome",
    "contact_outcomes",
    "measures",
]
