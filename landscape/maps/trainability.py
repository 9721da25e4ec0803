"""Trainability: how many runs are solved, over two settings at once."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from landscape._kernels.trainer import OUTCOMES
from landscape.machine import fits_in_memory, processors
from landscape.progress import followed
from landscape.protocol import Protocol
from landscape.statistics import wilson_interval
from landscape.study.grid import FIELDS, PROTOCOL_FIELDS
from landscape.surface import Surface
from landscape.training.batch import BatchResult, train_batch
from landscape.training.initial_weights import STREAM_RUNS, draw_starts
from landscape.training.settings import trainer_settings
from landscape.validation import elements, integer, known, of_class, unmasked

Axis = tuple[str, Sequence[Any]]


def trainability_map(
    surface: Surface,
    protocol: Protocol,
    x: Axis,
    y: Axis,
    runs: int = 100,
    seed: int = 0,
    threads: int | None = None,
) -> pd.DataFrame:
    """Train a number of runs at every combination of two settings, from the same starts everywhere (common random numbers).

    Parameters
    ----------
    surface : Surface
    protocol : Protocol
    x, y : (str, sequence)
        A setting of surface or protocol and its values, such as ``("lr", np.geomspace(0.01, 100, 41))``; a picture shows
        evenly spaced ratios on a logarithmic axis.
    runs : int, 1 or more
        At each combination: runs 0 to runs - 1 of the seed.
    seed : int, 0 or more
    threads : int, 1 or more, default all processors
        The table is the same whatever the number of threads.

    Returns
    -------
    DataFrame
        One row a combination: the two settings, runs; how many are solved, stalled and diverged, the others having spent
        their budget; rate, the share solved, with its 95 % interval low and high; stalled_rate and diverged_rate;
        median_epochs, by which half of all runs are solved, infinite where fewer are.

    Raises
    ------
    ValueError, TypeError
        for a setting that is not known or stands on both axes, no values, or values that surface or protocol refuse.

    Examples
    --------
    >>> import landscape as ls
    >>> protocol = ls.Protocol(budget=1000)
    >>> table = ls.trainability_map(ls.Surface("xor"), protocol, ("lr", [1.0, 5.0]), ("hidden", [2, 3]), runs=50)
    >>> table[["lr", "hidden", "rate"]].to_numpy().tolist()
    [[1.0, 2.0, 0.46], [5.0, 2.0, 0.74], [1.0, 3.0, 0.84], [5.0, 3.0, 1.0]]
    """
    runs, seed = integer("runs", runs, 1), integer("seed", seed, 0, 2**63 - 1)
    threads = processors() if threads is None else integer("threads", threads, 1)
    of_class("surface", surface, Surface)
    of_class("protocol", protocol, Protocol)
    (across, columns), (up, rows) = _axis("x", x), _axis("y", y)
    if across == up:
        raise ValueError(f'x and y are both "{across}"; give two different settings')
    places = [(a, b) for b in rows for a in columns]
    cells = [(_with(surface, protocol, across, a, up, b)) for a, b in places]
    settings = [trainer_settings(*cell) for cell in cells]
    largest = max(own.n_parameters for own, _ in cells)
    needed = 8.0 * min(threads, len(cells)) * largest * (2 * runs + STREAM_RUNS)
    fits_in_memory(f"runs={runs} of {largest} parameters", needed, "ask for fewer runs, or with fewer threads")
    stop = np.zeros(1, np.bool_)

    def outcome(number: int) -> tuple[Any, float]:
        own, its_protocol = cells[number]
        ends = BatchResult.empty(runs, own.n_parameters, 0)
        train_batch(
            own, settings[number], draw_starts(own, its_protocol, runs, seed), ends, np.empty(0, np.int64), stop=stop
        )
        solved = ends.outcomes == OUTCOMES.index("solved")
        half = np.quantile(np.where(solved, ends.epochs, np.inf), 0.5, method="lower")
        return np.bincount(ends.outcomes, minlength=len(OUTCOMES)), float(half)

    with ThreadPoolExecutor(threads) as executor:
        try:
            found = list(followed(executor.map(outcome, range(len(cells))), len(cells), "combinations"))
        except BaseException:
            stop[0] = True  # an interrupt ends what is being trained within a turn
            raise
    counts = np.array([each for each, _ in found])
    table = pd.DataFrame(places, columns=[across, up]).assign(runs=runs)
    for name in ("solved", "stalled", "diverged"):
        table[name] = counts[:, OUTCOMES.index(name)]
    table["rate"] = table["solved"] / runs
    table["low"], table["high"] = wilson_interval(table["solved"], table["runs"])
    table["stalled_rate"], table["diverged_rate"] = table["stalled"] / runs, table["diverged"] / runs
    return table.assign(median_epochs=[half for _, half in found])


def _axis(name: str, given: Any) -> tuple[str, list[Any]]:
    if not (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[0], str)
        and isinstance(given[1], Iterable)
        and not isinstance(given[1], str)
        and getattr(given[1], "ndim", 1) > 0
    ):
        raise TypeError(f'{name}={given!r} is not an axis; give a setting and its values, such as ("lr", [0.1, 1.0])')
    unmasked(given[0], given[1])
    values = elements(given[1]) if isinstance(given[1], np.ndarray) else list(given[1])
    if any(value is pd.NA for value in values):  # which compares with nothing
        raise ValueError(f"{name} lacks a value of {given[0]}; give one in every place")
    if not values:
        raise ValueError(f"{name}={given!r} has no values; give one or more")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{name} has {given[0]}={value!r} twice; give each value once")
    return known(name, given[0], FIELDS), values


def _with(surface: Surface, protocol: Protocol, across: str, a: Any, up: str, b: Any) -> tuple[Surface, Protocol]:
    """Surface and protocol with two settings changed."""
    settings = {across: a, up: b}
    of_protocol = {name: value for name, value in settings.items() if name in PROTOCOL_FIELDS}
    of_surface = {name: value for name, value in settings.items() if name not in PROTOCOL_FIELDS}
    return replace(surface, **of_surface), replace(protocol, **of_protocol)
