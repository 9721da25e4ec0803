"""Batches of runs, trained on one thread or on several threads that share a queue."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._kernels.network import aligned, work_rows
from landscape._kernels.settings import TrainerSettings, specialization_of
from landscape._kernels.trainer import UNDECIDED, Batch, descend, extra_rows
from landscape._simd.lanes import LANES
from landscape.progress import TURN, Bar
from landscape.surface import Surface

Array = NDArray[np.float64]


class BatchResult(NamedTuple):
    """The results of a batch of n runs with P parameters and c checkpoints.

    theta : (n, P), where each run ended
    outcomes : (n,), places in ``OUTCOMES``
    epochs : (n,), epochs of each run
    seen_loss, seen_solved : (n, c), loss at each checkpoint, and whether the criterion held there
    """

    theta: Array
    outcomes: NDArray[np.int8]
    epochs: NDArray[np.int64]
    seen_loss: Array
    seen_solved: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, n_parameters: int, c: int) -> "BatchResult":
        """Results to be filled, every outcome undecided."""
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
    """Train the runs that begin at ``starts`` (n, P) on this thread, in the number type of ``starts``, and write their
    results to ``ends``, which is ``empty`` before (see ``Batch`` of the trainer). With a ``queue``, train the runs that
    other threads have not taken."""
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
    shown: Bar | None = None,
) -> BatchResult:
    """Train the runs that begin at ``starts`` (n, P) on several threads. Each thread takes the next run from one queue as
    soon as it has a free lane, so that no thread waits for another, and lanes are empty only when no run is left. The kernel
    releases the GIL; an interrupt stops all threads within a turn of the kernel. A bar that is ``shown`` counts runs taken
    from the queue."""
    ends = BatchResult.empty(len(starts), surface.n_parameters, len(checkpoints))
    queue, stop, taken = np.zeros(1, np.int64), np.zeros(1, np.bool_), 0
    threads = max(1, min(threads, -(-len(starts) // LANES)))
    with ThreadPoolExecutor(threads) as executor:
        try:
            work = [
                executor.submit(train_batch, surface, settings, starts, ends, checkpoints, last, path, stop, queue)
                for _ in range(threads)
            ]
            while shown is not None and shown.shown and wait(work, TURN).not_done:
                now = min(int(queue[0]), len(starts))
                shown.update(now - taken)
                taken = now
            for thread in work:
                thread.result()
        except BaseException:
            stop[0] = True
            raise
    return ends


def final_loss(surface: Surface, theta: Array) -> tuple[Array, Array]:
    """Loss (n,) and norm (n,) of the exact gradient at the ends (n, P) of runs; infinite or NaN, without a warning, for a
    run that diverged.

    Computed piece by piece, so that gradients reuse the same memory: half a megabyte, or one row of lanes where that is
    more. Fresh memory costs more than the arithmetic (2.7 instead of 0.9 ms for 8,192 runs of 2-8-1), and gradients of
    millions of runs would need as much memory as their ends.
    """
    loss, norm = np.empty(len(theta)), np.empty(len(theta))
    rows = LANES * max(1, 2**16 // (LANES * surface.n_parameters))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(theta), rows):
            piece = slice(first, first + rows)
            loss[piece], gradient = surface.loss_and_gradient(theta[piece])
            norm[piece] = np.linalg.norm(gradient, axis=-1)
    return loss, norm
