"""Basins: a plane of starts, each trained to its end."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape._kernels.trainer import OUTCOMES
from landscape.critical.boolean import computed
from landscape.machine import fits_in_memory, processors
from landscape.progress import Bar
from landscape.protocol import Protocol
from landscape.slices.slice import Slice
from landscape.summary import Summary, network, summarized
from landscape.surface import Surface
from landscape.training.batch import BatchResult, train_on_threads
from landscape.training.settings import trainer_settings
from landscape.validation import integer, of_class, shaped

Array = NDArray[np.float64]

TILE = 2**16
"""Starts trained at a time: they and their ends, not the whole map, are held twice."""


@summarized
@dataclass(frozen=True, eq=False)
class BasinMap:
    """Ends of trainings from every start on a plane.

    Attributes
    ----------
    surface : Surface
    protocol : Protocol
    plane : Slice
        Its coordinates are the coordinates of the starts.
    outcome : int8 ndarray (len(y), len(x))
        Places in ``OUTCOMES``: 0 solved, 1 stalled, 2 diverged, 3 budget.
    epochs : int64 ndarray (len(y), len(x))
        Epochs spent.
    loss : ndarray (len(y), len(x))
        Loss at the end.
    theta : ndarray (len(y), len(x), P)
        Parameters at the end.

    Raises
    ------
    ValueError, TypeError
        for a slice with one axis, arrays of the wrong shape, an outcome that there is not.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> plane = ls.slices.parameter_plane(surface, np.ones(9), parameters=[0, 3], steps=9)
    >>> map = ls.basin_map(surface, ls.Protocol(lr=5.0, budget=500), plane)
    >>> map.table.shape, round(map.shares["solved"], 2)
    ((81, 6), 0.37)
    """

    surface: Surface
    protocol: Protocol
    plane: Slice
    outcome: NDArray[np.int8]
    epochs: NDArray[np.int64]
    loss: Array
    theta: Array

    def __post_init__(self) -> None:
        of_class("surface", self.surface, Surface)
        of_class("protocol", self.protocol, Protocol)
        of_class("plane", self.plane, Slice)
        grid = self.plane.shape
        if len(grid) != 2:
            raise ValueError(f"the slice of a map has {len(grid)} axis; give one with two axes")
        outcome = shaped("outcome", self.outcome, grid, whole=True)
        if not ((outcome >= 0) & (outcome < len(OUTCOMES))).all():
            raise ValueError(f"outcome goes from {outcome.min()} to {outcome.max()}; give places in {OUTCOMES}")
        shaped("epochs", self.epochs, grid, whole=True)
        shaped("loss", self.loss, grid)
        shaped("theta", self.theta, (*grid, self.surface.n_parameters))

    def _summary(self) -> Summary:
        starts = np.bincount(self.outcome.ravel(), minlength=len(OUTCOMES))
        rows, columns = self.outcome.shape
        said = ", ".join(f"{number:,} {name}" for name, number in zip(OUTCOMES, starts, strict=True) if number)
        return Summary(  # counts without an interval: starts on a grid are no sample
            f"BasinMap: {columns} x {rows} starts of {network(self.surface)}, {self.protocol.optimizer} with lr "
            f"{self.protocol.lr:g}{': ' if said else ''}{said}",
            ("shares", "table", "outcome", "epochs", "loss", "theta", "function", "plane", "caption"),
            lambda: pd.DataFrame({"outcome": OUTCOMES, "starts": starts}),
        )

    @property
    def labels(self) -> NDArray[np.int8]:
        """Labels of the basins, as ``basin_entropy`` and its neighbours read them: the outcomes."""
        return self.outcome

    @cached_property
    def function(self) -> NDArray[np.str_]:
        """Boolean function (len(y), len(x)) that the network computes at its end."""
        return computed(self.surface, self.theta.reshape(-1, self.theta.shape[-1]))[0].reshape(self.outcome.shape)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the starts that have each outcome."""
        counts = np.bincount(self.outcome.ravel(), minlength=len(OUTCOMES))
        return {name: float(count / self.outcome.size) for name, count in zip(OUTCOMES, counts, strict=True)}

    @property
    def table(self) -> pd.DataFrame:
        """One row a start: x, y, outcome, solved, epochs, loss."""
        x, y = np.meshgrid(*self.plane.coordinates)
        outcome = pd.Categorical.from_codes(self.outcome.ravel(), OUTCOMES)
        solved = self.outcome.ravel() == OUTCOMES.index("solved")
        columns = {"x": x.ravel(), "y": y.ravel(), "outcome": outcome, "solved": solved}
        return pd.DataFrame({**columns, "epochs": self.epochs.ravel(), "loss": self.loss.ravel()})

    @property
    def caption(self) -> str:
        """Caption for a picture: what the map is, in sentences."""
        rows, columns = self.outcome.shape
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in self.shares.items() if share > 0.0)
        protocol = self.protocol
        return (
            f"{columns} x {rows} starts of {self.surface.architecture} on {self.surface.table.name}, {protocol.optimizer} "
            f"with learning rate {protocol.lr:g}, {protocol.update} updates, at most {protocol.budget:,} epochs: {shares}."
        )


def basin_map(
    surface: Surface, protocol: Protocol, plane: Slice, resolution: Any = None, threads: int | None = None
) -> BasinMap:
    """Train a surface from every point of a plane of parameters.

    The protocol's ``init`` is not used.

    Parameters
    ----------
    surface : Surface
    protocol : Protocol
    plane : Slice with two axes, such as ``slices.parameter_plane`` makes it
    resolution : int or (x, y), default the plane's own grid
        Starts an axis over the plane's own range.
    threads : int, 1 or more, default all processors
        The map is the same to the last bit whatever the number of threads, and a start that lies on two grids ends the same
        way in both.

    Returns
    -------
    BasinMap

    Raises
    ------
    ValueError, TypeError
        for a line instead of a plane, a plane of another number of parameters, a protocol that makes no sense on this
        surface, a map that would not fit in memory.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> plane = ls.slices.parameter_plane(surface, np.ones(9), parameters=[0, 3])
    >>> map = ls.basin_map(surface, ls.Protocol(lr=5.0, budget=500), plane, resolution=9)
    >>> map.outcome.shape, int((map.outcome == 0).sum())
    ((9, 9), 30)
    """
    settings = trainer_settings(surface, protocol)
    if not isinstance(plane, Slice) or len(plane.coordinates) != 2:
        raise TypeError("plane is not a slice with two axes; give one such as landscape.slices.parameter_plane makes")
    if len(plane.origin) != surface.n_parameters:
        raise ValueError(
            f"the plane is one of {len(plane.origin)} parameters, this surface has {surface.n_parameters}; "
            "make the plane with this surface"
        )
    threads = processors() if threads is None else integer("threads", threads, 1)
    if resolution is not None:
        plane = plane.zoom(*((axis[0], axis[-1]) for axis in plane.coordinates), steps=resolution)
    (rows, columns), size = plane.shape, surface.n_parameters
    n = rows * columns
    fits_in_memory(f"a map of {columns} x {rows} starts", n * (8.0 * size + 40.0), "take a smaller resolution")
    ends = BatchResult.empty(n, size, 0)
    y, x = np.divmod(np.arange(n), columns)
    with Bar(n, "starts") as shown:
        for first in range(0, n, TILE):
            part = slice(first, min(first + TILE, n))
            places = np.column_stack([plane.coordinates[0][x[part]], plane.coordinates[1][y[part]]])
            starts = np.ascontiguousarray(plane.at(places))
            done = train_on_threads(surface, settings, starts, np.empty(0, np.int64), threads, shown=shown)
            ends.theta[part], ends.outcomes[part], ends.epochs[part] = done.theta, done.outcomes, done.epochs
    loss = surface.loss(ends.theta)
    grid = plane.shape
    return BasinMap(
        surface,
        protocol,
        plane,
        ends.outcomes.reshape(grid),
        ends.epochs.reshape(grid),
        loss.reshape(grid),
        ends.theta.reshape(*grid, size),
    )
