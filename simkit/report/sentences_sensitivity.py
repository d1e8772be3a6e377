"""Words of the figure that shows what the best interval hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from simkit.recommend.numbers import listed

MOST_NAMED = 3

EFFECT_AXIS = (
    "how many times the best interval doubles or halves over the parameter's range\n"
    "[doublings: 1 is twice or half the interval]"
)
DIRECTION_LEGEND: Mapping[str, str] = MappingProxyType(
    {
        "longer": "↑  best interval longer as the parameter grows",
        "shorter": "↓  shorter as it grows",
        "both": "↕  longer or shorter, as the others stand",
    }
)
DIRECTION_MARK: Mapping[str, str] = MappingProxyType(
    {"longer": "↑", "shorter": "↓", "both": "↕", "none": ""}
)
INTERVAL = "95 % interval"
SIGMA = (
    "σ: large beside the bar where the effect is\nno straight line or depends on other parameters"
)
INSIDE = "effects without those that lead to or from\nthe shortest or longest interval tried"
LUCK = "luck: other contacts of the same kind,\nwith its 95 % interval"
PALE = "pale: cannot be told from luck"


def parameter_label(parameter: str, low: float, high: float, unit: str) -> str:
    """Name a parameter and its range: ``"need_per_year"`` above ``"0.4 to 3.6 1/year"``."""
    return f"{parameter.rpartition('.')[2]}\n{low:g} to {high:g} {unit}".replace("-", "−")


def sensitivity_title(
    segment: str, optimum_days: float, surely: Sequence[tuple[str, float]], parameters: int
) -> str:
    """State on what the best interval hangs most, and how many parameters hardly matter.

    Parameters
    ----------
    segment
        The segment.
    optimum_days
        The best interval as assumed.
    surely
        Name and effect [doublings] of the parameters that move it by more than luck, the largest
        first.
    parameters
        How many were varied.
    """
    begin = f"{segment}: the best interval (about {optimum_days:.0f} days as assumed)"
    if not surely:
        text = f"cannot be shown to move by more than luck with any of {parameters} parameters"
        return f"{begin}\n{text}"
    first, *others = [
        f"{name.rpartition('.')[2]} ({effect:.1f}{{}})" for name, effect in surely[:MOST_NAMED]
    ]
    named = [first.format(" doublings"), *(other.format("") for other in others)]
    text = f"{begin} hangs most on {listed(named)}"
    rest = parameters - len(surely)
    return f"{text}; {rest} of {parameters} parameters cannot be told from luck" if rest else text
