"""Statistics of runs: from a table of runs to a table of rates, times, costs and comparisons.

pandas and SciPy only: any table with the columns named in a function's docstring will do, wherever it comes from. A run that
is not solved, whatever became of it, is never dropped: it counts as not solved by any epoch, and its epochs count as spent.
"""

from landscape.statistics.comparisons import compare, flips
from landscape.statistics.costs import best_restart, expected_running_time
from landscape.statistics.rates import curve_through, required_runs, success_rates, wilson_interval
from landscape.statistics.richness import chao1, coverage
from landscape.statistics.times import time_quantiles, time_to_solution

__all__ = [
    "best_restart",
    "chao1",
    "compare",
    "coverage",
    "curve_through",
    "expected_running_time",
    "flips",
    "required_runs",
    "success_rates",
    "time_quantiles",
    "time_to_solution",
    "wilson_interval",
]
