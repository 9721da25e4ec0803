"""A laboratory for one question: when does a small network learn a Boolean function, and where does it end when it does not?

>>> import landscape as ls
>>> result = ls.train(ls.Surface(hidden=2, activation="sigmoid"), ls.Protocol(lr=1.0), runs=1000)
>>> ls.success_rates(result.runs, by=["activation", "hidden"])
"""

import importlib
from types import ModuleType

from landscape import lanes, problems, slices
from landscape._version import __version__
from landscape.critical.catalogue import Points
from landscape.critical.classify import classify
from landscape.critical.diagnosis import Diagnosis, diagnose
from landscape.critical.pathway import Pathway, minimum_energy_path
from landscape.critical.search import find_minima, find_stationary_points
from landscape.critical.symmetry import canonicalize, orbit_size, symmetries
from landscape.io import load, save
from landscape.maps.basins import BasinMap, basin_map
from landscape.maps.dimension import basin_entropy, box_dimension, uncertainty_exponent
from landscape.maps.trainability import trainability_map
from landscape.parts.activations import Activation
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.registry import register
from landscape.slices.plateaus import plateaus
from landscape.slices.slice import Laid, Slice
from landscape.statistics import (
    best_restart,
    compare,
    curve_through,
    expected_running_time,
    flips,
    required_runs,
    success_rates,
    time_quantiles,
    time_to_solution,
)
from landscape.study.grid import grid
from landscape.study.study import Study, open_study, query
from landscape.surface import Surface
from landscape.training.neural_network import NeuralNetwork
from landscape.training.train import Result, Trajectory, replay, train

__all__ = [
    "Activation",
    "BasinMap",
    "Diagnosis",
    "Laid",
    "NeuralNetwork",
    "Pathway",
    "Points",
    "Problem",
    "Protocol",
    "Result",
    "Slice",
    "Study",
    "Surface",
    "Trajectory",
    "__version__",
    "basin_entropy",
    "basin_map",
    "best_restart",
    "box_dimension",
    "canonicalize",
    "classify",
    "compare",
    "curve_through",
    "diagnose",
    "expected_running_time",
    "find_minima",
    "find_stationary_points",
    "flips",
    "grid",
    "lanes",
    "load",
    "minimum_energy_path",
    "open_study",
    "orbit_size",
    "plateaus",
    "plot",
    "problems",
    "query",
    "register",
    "replay",
    "required_runs",
    "save",
    "slices",
    "success_rates",
    "symmetries",
    "time_quantiles",
    "time_to_solution",
    "train",
    "trainability_map",
    "uncertainty_exponent",
]


def __getattr__(name: str) -> ModuleType:
    """``landscape.plot`` at its first use: Matplotlib takes longer to import than all the rest."""
    if name == "plot":
        return importlib.import_module("landscape.plot")
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
