"""Measures, amounts and intervals as sentences say them."""

from __future__ import annotations

from simkit.calllog.source import many


def staff_in_words(agents: int | None) -> str:
    """Return a number of agents as a sentence says it."""
    return "as many agents as it takes" if agents is None else many(agents, "agent")


def measure_in_words(measure: str) -> str:
    """Return a measure's name as a sentence says it."""
    return measure.removesuffix("_eur").replace("_", " ")


def amount(value: float, unit: str) -> str:
    """Return a number with as many digits as a reader of its unit wants."""
    if unit.startswith("EUR"):
        return f"{value:,.2f} EUR"
    return f"{value:.2%}" if unit.startswith("share") else f"{value:,.4g}"


def listed(labels: list[str]) -> str:
    """Return ``"every 5, 10 or 15 working days"`` for labels that share their unit."""
    if len(labels) == 1:
        return labels[0]
    split = [label.removeprefix("every ").partition(" ") for label in labels]
    unit = {unit for number, _, unit in split}
    if len(unit) == 1 and all(number.replace(".", "").isdigit() for number, _, _ in split):
        numbers = [number for number, _, _ in split]
        return f"every {', '.join(numbers[:-1])} or {numbers[-1]} {unit.pop()}"
    return f"{', '.join(labels[:-1])} or {labels[-1]}"
