"""How much memory this process has taken at most."""

import sys
from math import nan


def most_gib() -> float:
    """In GiB; NaN on Windows, whose Python has no module for it. Linux counts in KiB, macOS in bytes."""
    try:
        import resource
    except ImportError:
        return nan
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
