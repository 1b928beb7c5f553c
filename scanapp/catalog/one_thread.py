"""Matrix products on the caller's thread alone.

OpenBLAS gives products above a quarter of a million multiplications to threads of its own, and those wait by
spinning: on two busy cores a product of 1 ms then costs 16 ms of CPU. In small blocks, one after the other, it
stays on this thread and takes no longer. Nothing is set for the whole process, which is not ours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MOST = 1 << 18
"""Multiplications of one block."""
MOST_OF_VECTOR = 1 << 13
"""The same where the right side is one vector."""

Floats = npt.NDArray[np.float32]


def product(left: Floats, right: Floats) -> Floats:
    """left (n, k) times right (k, m) or (k,)."""
    most = MOST if right.ndim == 2 else MOST_OF_VECTOR
    step = max(1, most // right.size)
    whole = len(left) // step * step
    blocks = np.matmul(left[:whole].reshape(-1, step, left.shape[1]), right)
    return np.concatenate([blocks.reshape(whole, *right.shape[1:]), left[whole:] @ right])
