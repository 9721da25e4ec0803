"""A laboratory for one question: when does a small network learn a Boolean function, and where does it end when it does not?

>>> import landscape as ls
>>> result = ls.train(ls.Surface(hidden=2, activation="sigmoid"), ls.Protocol(lr=1.0), runs=1000)
>>> ls.success_rates(result.runs, by=["activation", "hidden"])
"""

import importlib
from types import ModuleType

from landscape import problems
from landscape._version import __version__
from landscape.classification import classify
from landscape.diagnosis import Diagnosis, diagnose
from landscape.grid import grid
from landscape.neural_network import NeuralNetwork
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.stationary import Points, find_minima, find_stationary_points
from landscape.statistics import success_rates
from landscape.study import Study, open_study, query
from landscape.surface import Surface
from landscape.symmetry import canonicalize, orbit_size, symmetries
from landscape.training import Result, Trajectory, replay, train

__all__ = [
    "Diagnosis",
    "NeuralNetwork",
    "Points",
    "Problem",
    "Protocol",
    "Result",
    "Study",
    "Surface",
    "Trajectory",
    "__version__",
    "canonicalize",
    "classify",
    "diagnose",
    "find_minima",
    "find_stationary_points",
    "grid",
    "open_study",
    "orbit_size",
    "plot",
    "problems",
    "query",
    "replay",
    "success_rates",
    "symmetries",
    "train",
]


def __getattr__(name: str) -> ModuleType:
    """``landscape.plot`` at its first use: Matplotlib takes longer to import than all the rest."""
    if name == "plot":
        return importlib.import_module("landscape.plot")
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")
