"""Words of the audit: what a log tells by attempt."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ATTEMPT_AXIS = "attempt number of the contact [attempts]"
SUCCESS_AXIS = "attempts that succeed [%]"
AUDIT_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "crude": "as it looks, with\n95 % intervals",
        "stratified": "with the strata of all\nattempts",
        "beta_geometric": "fit in which contacts\ndiffer and nobody tires",
    }
)
AUDIT_CAPTION = "Success by attempt"
AUDIT_COLUMNS = (
    *("attempt", "tried", "successes", "as it looks", "95 % from", "to"),
    *("with the strata of all", "fit without fatigue"),
)
AUDIT_NOTE = "None of these figures shows what calling more or less often would do."


def audit_title(*, identified: bool) -> str:
    """State whether a log can show what calling more often does."""
    if identified:
        return "The arms were assigned: compare them; success by attempt is no effect"
    return "This log cannot tell tired contacts from easy buyers who leave first"
