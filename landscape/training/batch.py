"""Batches of runs: what one thread trains, or several threads out of one queue."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._kernels.network import aligned, work_rows
from landscape._kernels.settings import TrainerSettings, specialization_of
from landscape._kernels.trainer import UNDECIDED, Batch, descend, extra_rows
from landscape._simd.lanes import LANES
from landscape.surface import Surface

Array = NDArray[np.float64]


class BatchResult(NamedTuple):
    """What the kernel says of a batch of n runs with c checkpoints, once trained."""

    theta: Array
    outcomes: NDArray[np.int8]
    epochs: NDArray[np.int64]
    seen_loss: Array
    seen_solved: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, n_parameters: int, c: int) -> "BatchResult":
        return cls(
            np.empty((n, n_parameters)),
            np.full(n, UNDECIDED, np.int8),
            np.empty(n, np.int64),
            np.empty((n, c)),
            np.empty((n, c), np.bool_),
        )


def train_batch(
    surface: Surface,
    settings: TrainerSettings,
    starts: NDArray[Any],
    ends: BatchResult,
    checkpoints: NDArray[np.int64],
    last: int = 0,
    path: Array | None = None,
    stop: NDArray[np.bool_] | None = None,
    queue: NDArray[np.int64] | None = None,
) -> None:
    """Train the rows of ``starts``, in their type of number, on this thread and write down their ends, which are ``empty``
    before; see ``descent.Batch``. With a ``queue``, those that other threads have not taken."""
    net, number = surface.network, starts.dtype
    inputs, targets = surface.truth_table
    batch = Batch(
        inputs.astype(number, copy=False),
        targets.astype(number, copy=False),
        surface.table.midpoint.astype(number, copy=False),
        starts,
        np.zeros(1, np.int64) if queue is None else queue,
        checkpoints,
        last,
        ends.theta,
        ends.outcomes,
        ends.epochs,
        ends.seen_loss,
        ends.seen_solved,
        np.empty((0, surface.n_parameters)) if path is None else path,
        aligned(work_rows(net) + extra_rows(surface.n_parameters), number),
        np.zeros((3, LANES), np.int64),
        np.zeros(1, np.bool_) if stop is None else stop,
    )
    descend(net, settings, specialization_of(net, settings), batch)


def train_on_threads(
    surface: Surface,
    settings: TrainerSettings,
    starts: NDArray[Any],
    checkpoints: NDArray[np.int64],
    threads: int,
    last: int = 0,
    path: Array | None = None,
) -> BatchResult:
    """Train the rows of ``starts`` on several threads and return their ends.

    Threads take runs from one queue, each as soon as it has a free lane: no thread waits for another, and lanes run empty
    only when no run is left. An interrupt stops them within a turn.
    """
    ends = BatchResult.empty(len(starts), surface.n_parameters, len(checkpoints))
    queue, stop = np.zeros(1, np.int64), np.zeros(1, np.bool_)
    threads = max(1, min(threads, -(-len(starts) // LANES)))
    with ThreadPoolExecutor(threads) as executor:
        try:
            work = [
                executor.submit(train_batch, surface, settings, starts, ends, checkpoints, last, path, stop, queue)
                for _ in range(threads)
            ]
            for thread in work:
                thread.result()
        except BaseException:
            stop[0] = True
            raise
    return ends


def final_loss(surface: Surface, theta: Array) -> tuple[Array, Array]:
    """Compute loss and norm of the exact gradient (n,) where runs ended (n, P).

    Both are infinite or NaN where a run diverged, which is no reason for a warning.

    Piece by piece, so that gradients use the same memory again, half a megabyte where that holds a row of lanes: fresh
    memory costs more than the arithmetic, 2.7 instead of 0.9 ms for 8,192 runs of 2-8-1, and millions of runs would need as
    much again as their ends.
    """
    loss, norm = np.empty(len(theta)), np.empty(len(theta))
    rows = LANES * max(1, 2**16 // (LANES * surface.n_parameters))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(theta), rows):
            piece = slice(first, first + rows)
            loss[piece], gradient = surface.loss_and_gradient(theta[piece])
            norm[piece] = np.linalg.norm(gradient, axis=-1)
    return loss, norm
