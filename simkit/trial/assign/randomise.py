"""Chance that can be had again: arms from SHA-256 of a salt and an id."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

BITS = 53
"""As many as a double holds: each of 2⁵³ numbers in [0, 1) is exact."""

#: The least common multiple of 1 to 6: parts in ratios of such numbers fit (assumed to be enough);
#: a longer block would seldom be filled in a stratum.
LARGEST_BLOCK = 60
#: Parts that differ by less differ by rounding.
CLOSE = 1e-9


def uniform(text: str) -> float:
    """Return the number in [0, 1) that a text stands for.

    The first 53 bits of SHA-256 of its UTF-8 bytes, over 2⁵³: anybody can compute it again, and
    nobody can foresee it without the whole text.
    """
    code = hashlib.sha256(text.encode()).digest()
    number: int = int.from_bytes(code[:8], "big") >> (64 - BITS)
    return number / 2.0**BITS


def uniforms(texts: Iterable[str]) -> NDArray[np.float64]:
    """Return `uniform` of each of many texts."""
    codes = b"".join(hashlib.sha256(text.encode()).digest()[:8] for text in texts)
    whole = np.frombuffer(codes, dtype=">u8").astype(np.uint64) >> np.uint64(64 - BITS)
    return whole / 2.0**BITS


def by_hash(units: Iterable[str], salt: str, parts: Mapping[str, float]) -> list[str]:
    """Return each unit's arm, from nothing but the salt, its id and the arms' parts.

    Arms take their parts of [0, 1) in the order of their names; a unit gets the arm in whose part
    `uniform` of ``"<salt>:<id>"`` lies. So an arm never depends on who else is on the list.

    Parameters
    ----------
    units
        Ids.
    salt
        The trial's.
    parts
        Arm → its part; they sum to 1.
    """
    drawn: list[str] = arms_at(codes_of(units, salt), parts).tolist()
    return drawn


def codes_of(units: Iterable[str], salt: str) -> NDArray[np.float64]:
    """Return `uniform` of ``"<salt>:<id>"`` for each unit."""
    return uniforms(f"{salt}:{unit}" for unit in units)


def arms_at(codes: NDArray[np.float64], parts: Mapping[str, float]) -> NDArray[np.str_]:
    """Return the arm in whose part of [0, 1) each code lies; parts follow the arms' names."""
    names = sorted(parts)
    ends = np.cumsum([parts[name] for name in names])
    return np.array(names)[np.searchsorted(ends[:-1], codes, "right")]


def block_of(parts: Mapping[str, float]) -> tuple[str, ...] | None:
    """Return the smallest block that holds each arm in its part; None where it is too large.

    Parameters
    ----------
    parts
        Arm → its part; they sum to 1.
    """
    fractions = {
        name: Fraction(part).limit_denominator(LARGEST_BLOCK) for name, part in parts.items()
    }
    size = math.lcm(*(fraction.denominator for fraction in fractions.values()))
    exact = all(abs(float(fractions[name]) - part) < CLOSE for name, part in parts.items())
    if not exact or size > LARGEST_BLOCK or sum(fractions.values()) != 1:
        return None
    return tuple(name for name in sorted(parts) for _ in range(int(fractions[name] * size)))


def by_blocks(
    units: Sequence[str], salt: str, stratum: str, block: Sequence[str], dealt: int
) -> dict[str, str]:
    """Deal permuted blocks to the new units of a stratum, in the order of their hashes.

    Parameters
    ----------
    units
        Ids of units without an arm, in any order.
    salt, stratum
        The trial's salt; the segment and stratum in words.
    block
        The arms of one block, from `block_of`.
    dealt
        Units of the stratum that got their arms before: the next goes on from there.

    Returns
    -------
    dict[str, str]
        Unit → arm. Together with those dealt before, arms differ from their parts by less than one
        block.
    """
    order = sorted(units, key=lambda unit: (uniform(f"order:{salt}:{unit}"), unit))
    size = len(block)
    blocks: dict[int, list[str]] = {}
    found = {}
    for place, unit in enumerate(order, start=dealt):
        number = place // size
        if number not in blocks:
            key = f"block:{salt}:{stratum}:{number}"
            draws = [uniform(f"{key}:{slot}") for slot in range(size)]
            blocks[number] = [block[slot] for slot in np.argsort(draws, kind="stable")]
        found[unit] = blocks[number][place % size]
    return found


def digest(parts: Iterable[str], digits: int = 16) -> str:
    """Return a short text that changes with any of some texts (hexadecimal digits)."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:digits]
