"""Philox4x32-10: random words that are a function of a counter and a key, nothing else.

Written with plain 64-bit integer operations and 32-bit masks, so that Python integers, numpy
``int64`` arrays and compiled code give the same words. The products may overflow a signed 64-bit
integer; the masks keep just the bits that are the same either way.

Source: Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011.
"""

from __future__ import annotations

from typing import Any

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85


def philox4x32(c0: Any, c1: Any, c2: Any, c3: Any, k0: int, k1: int) -> tuple[Any, Any, Any, Any]:
    """Return the four random words of a counter under a key.

    Parameters
    ----------
    c0, c1, c2, c3
        The counter: four 32-bit words, each an int or an int64 array (shapes broadcast).
    k0, k1
        The key: two 32-bit words.

    Returns
    -------
    tuple
        Four words in [0, 2**32), of the counter's type and shape.
    """
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0 = ((p1 >> 32) & MASK) ^ c1 ^ k0
        c2 = ((p0 >> 32) & MASK) ^ c3 ^ k1
        c1 = p1 & MASK
        c3 = p0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3
