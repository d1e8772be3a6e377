"""What the world is: frozen parameters with units and sources, calendars, bundled scenarios."""

from simkit.scenario.calendar import Calendar, WeekHours
from simkit.scenario.economics import Economics, load_prices
from simkit.scenario.hours import (
    DAY_S,
    NEVER_S,
    OpenHours,
    WorkingDays,
    add_working_days,
    intersect,
    is_open,
    roll_open,
)
from simkit.scenario.load import bundled_scenarios, bundled_with, load_scenario, segment_rule
from simkit.scenario.scenario import Scenario, Staff, is_assumed
from simkit.scenario.segment import Segment

__all__ = [
    "DAY_S",
    "NEVER_S",
    "Calendar",
    "Economics",
    "OpenHours",
    "Scenario",
    "Segment",
    "Staff",
    "WeekHours",
    "WorkingDays",
    "add_working_days",
    "bundled_scenarios",
    "bundled_with",
    "intersect",
    "is_assumed",
    "is_open",
    "load_prices",
    "load_scenario",
    "roll_open",
    "segment_rule",
]
