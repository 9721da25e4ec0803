"""Statistics of runs: from a table of runs to a table of rates, times, costs and comparisons.

pandas and SciPy only: any table with the columns named in a function's docstring will do, wherever it comes from. A run that
is not solved, whatever became of it, is never dropped: it counts as not solved by any epoch, and its epochs count as spent.

Every statistic sees that each group is one sample. Rows that agree in seed, run and every setting are one run counted
several times, and are refused; so are groups that mix settings, except by ``success_rates``, which says what it pools. The
answer's ``attrs`` hold ``sample``, a sentence ("one sample", "pooled over ...", or that the table lacks the columns to know
by), and ``pooled_over``, the levels of each setting that is pooled.
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
