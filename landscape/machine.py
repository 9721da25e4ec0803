"""This machine: its processors and its memory."""

import os


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fits_in_memory(what: str, needed: float, advice: str) -> None:
    """Refuse work whose tables would not fit in this machine's memory, before any of it is done."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", ()):  # as on Windows; there the allocation itself fails
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > memory:
        raise ValueError(
            f"{what} would take about {needed / 2**30:,.1f} GiB, this machine has {memory / 2**30:,.1f} GiB; {advice}"
        )
