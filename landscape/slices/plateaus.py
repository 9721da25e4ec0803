"""Plateaus: where a run stood still, how long, at what level, and near which stationary point."""

from collections import deque
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape.critical.catalogue import Points
from landscape.critical.subproblems import norms
from landscape.critical.symmetry import symmetries
from landscape.critical.symmetry_group import FARTHEST
from landscape.training.train import Trajectory
from landscape.validation import of_class, real

Array = NDArray[np.float64]

CHANGE = 0.05
"""On a plateau the loss stays within this part of its highest value there."""
SHARE = 0.1
"""A plateau takes at least this part of the run's epochs: a loss that falls as 1/t loses a twentieth in a twentieth of the
time it has had, and is no plateau anywhere."""


def plateaus(
    trajectory: Trajectory, catalogue: Points | None = None, change: float = CHANGE, share: float = SHARE
) -> pd.DataFrame:
    """Find stretches of a run on which the loss hardly changed.

    The longest stretch is found first, then the longest of what is left.

    Parameters
    ----------
    trajectory : Trajectory
        As ``replay`` returns it; epochs that it does not keep are not seen.
    catalogue : Points, optional
        Of the same surface, as ``find_stationary_points`` returns them.
    change : float, 0 to below 1
        Loss on a plateau changes by no more than this part: its lowest loss is at least ``1 - change`` times its highest.
    share : float between 0 and 1
        A plateau takes at least this part of the run's epochs.

    Returns
    -------
    DataFrame
        One row a plateau, in the order of time: first and last (epochs), epochs between them, level (the median loss), moved
        (distance between its two ends), slowest (the epoch of the smallest gradient norm), grad_norm then; and with a
        catalogue: point (the class nearest to where the run was slowest, over all members of its orbit), kind, point_loss,
        index, distance. Point -1, at an infinite distance, is none: the catalogue is empty, or the run was then beyond
        1e150.

    Raises
    ------
    ValueError
        for a part out of range, or a catalogue of another number of parameters.
    TypeError
        for what is no Trajectory or no Points.

    Examples
    --------
    >>> import landscape as ls
    >>> path = ls.replay(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=2000), run=2)
    >>> ls.plateaus(path)[["first", "last"]].to_numpy().tolist()
    [[1, 1284]]
    """
    if not isinstance(trajectory, Trajectory):
        raise TypeError(f"trajectory of type {type(trajectory).__name__} is not one; give what landscape.replay returns")
    if catalogue is not None:
        of_class("catalogue", catalogue, Points)
        if catalogue.theta.shape[1] != trajectory.surface.n_parameters:
            raise ValueError("the catalogue is one of another surface; give one of the surface that the run was on")
    change, share = real("change", change, least=0.0, below=1.0), real("share", share, above=0.0, below=1.0)
    loss, epochs = trajectory.loss, trajectory.epochs
    rows = []
    for first, last in _level_stretches(loss, epochs, change, share * (epochs[-1] - epochs[0])):
        part = slice(first, last + 1)
        slowest = first + int(np.argmin(trajectory.grad_norm[part]))
        row = {
            "first": epochs[first],
            "last": epochs[last],
            "epochs": epochs[last] - epochs[first],
            "level": np.median(loss[part]),
            "moved": np.linalg.norm(trajectory.theta[last] - trajectory.theta[first]),
            "slowest": epochs[slowest],
            "grad_norm": trajectory.grad_norm[slowest],
        }
        rows.append(row | ({} if catalogue is None else _nearest(trajectory, slowest, catalogue)))
    columns = ["first", "last", "epochs", "level", "moved", "slowest", "grad_norm"]
    columns += [] if catalogue is None else ["point", "kind", "point_loss", "index", "distance"]
    return pd.DataFrame(rows, columns=columns)


def _level_stretches(loss: Array, epochs: NDArray[np.int64], change: float, least: float) -> list[tuple[int, int]]:
    """First and last place of each stretch of at least so many epochs, above none, in the order of time."""
    found, open_parts = [], [(0, len(loss))]
    while open_parts:
        start, stop = open_parts.pop()
        first, last = _longest(loss[start:stop], epochs[start:stop], change)
        if epochs[start + last] - epochs[start + first] >= max(least, 1):
            found.append((start + first, start + last))
            open_parts += [(start, start + first), (start + last + 1, stop)]
            open_parts = [(low, high) for low, high in open_parts if high - low > 1]
    return sorted(found)


def _longest(loss: Array, epochs: NDArray[np.int64], change: float) -> tuple[int, int]:
    """First and last place of the longest stretch whose losses differ by no more than that part of the highest."""
    best, first = (0, 0), 0
    highest: deque[int] = deque()  # places of falling losses, the first the highest of the stretch
    lowest: deque[int] = deque()  # places of rising losses, the first the lowest
    for last, value in enumerate(loss):
        if not np.isfinite(value):
            highest.clear()
            lowest.clear()
            first = last + 1
            continue
        while highest and loss[highest[-1]] <= value:
            highest.pop()
        while lowest and loss[lowest[-1]] >= value:
            lowest.pop()
        highest.append(last)
        lowest.append(last)
        while loss[lowest[0]] < (1.0 - change) * loss[highest[0]]:
            first = min(highest[0], lowest[0]) + 1
            for places in (highest, lowest):
                while places[0] < first:
                    places.popleft()
        if epochs[last] - epochs[first] > epochs[best[1]] - epochs[best[0]]:
            best = (first, last)
    return best


def _nearest(trajectory: Trajectory, place: int, catalogue: Points) -> dict[str, Any]:
    """The class of the catalogue of which some member is nearest to where the run was then."""
    theta, group = trajectory.theta[place], symmetries(trajectory.surface)
    if not len(catalogue.theta) or not (np.abs(theta) <= FARTHEST).all():
        return {"point": -1, "kind": "", "point_loss": np.nan, "index": -1, "distance": np.inf}
    distance = norms(np.array([group.aligned(point, theta) for point in catalogue.theta]) - theta)
    nearest = int(np.argmin(distance))
    row = catalogue.table.iloc[nearest]
    return {
        "point": nearest,
        "kind": str(row["kind"]),
        "point_loss": row["loss"],
        "index": row["index"],
        "distance": distance[nearest],
    }
