"""Random numbers: streams of Philox (Salmon et al. 2011), each named by a seed and a number, the same on every machine."""

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 2**63
"""The stream of random directions. Those below 2**52 are the blocks of starts."""


def uniform(seed: int, stream: int, n: int) -> NDArray[np.float64]:
    """Uniform numbers (n,) in the open interval (0, 1)."""
    raw = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)).random_raw(n)
    raw >>= np.uint64(12)  # 52 bits, so that adding a half is exact and 1 is never reached
    numbers: NDArray[np.float64] = raw.astype(np.float64)
    numbers += 0.5
    numbers *= 2.0**-52
    return numbers
