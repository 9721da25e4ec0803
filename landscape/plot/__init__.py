"""Pictures: data in, axes out. Matplotlib is imported here and nowhere else in the package.

One function a picture. It takes what it shows and the axes to draw on (its own if there are none) and returns those axes.
Nothing global is touched: ``with matplotlib.rc_context(STYLE)`` gives a report's look, ``save`` writes a figure in three
formats.
"""

from landscape.plot.animation import animate
from landscape.plot.costs import expected_running_time
from landscape.plot.curves import ecdf, learning_curves
from landscape.plot.maps import basin_map, epochs_scale, trainability_map
from landscape.plot.networks import decision_surface, plateau_strip, weights
from landscape.plot.rates import success_rates
from landscape.plot.style import COLOURS, COLUMN, FUNCTION_COLOURS, NAMES, OUTCOME_COLOURS, PAGE, STYLE, name, save
from landscape.plot.surfaces import line, plane, spectrum, trajectory

time_to_solution = ecdf
"""The name of the statistic; of the picture that of the benchmarking field is the one to write."""

__all__ = [
    "COLOURS",
    "COLUMN",
    "FUNCTION_COLOURS",
    "NAMES",
    "OUTCOME_COLOURS",
    "PAGE",
    "STYLE",
    "animate",
    "basin_map",
    "decision_surface",
    "ecdf",
    "epochs_scale",
    "expected_running_time",
    "learning_curves",
    "line",
    "name",
    "plane",
    "plateau_strip",
    "save",
    "spectrum",
    "success_rates",
    "time_to_solution",
    "trainability_map",
    "trajectory",
    "weights",
]
