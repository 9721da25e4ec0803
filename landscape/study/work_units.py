"""Work units: pieces and tasks, which a study sends to its workers, and their results.

A piece is a number of consecutive runs of one cell. A task is a list of pieces for one worker: a thread, a process, or
another machine. Results do not depend, to the bit, on how runs are divided into pieces and tasks.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.protocol import Protocol
from landscape.study.grid import Cell
from landscape.surface import Surface
from landscape.training.batch import BatchResult, final_loss, train_batch
from landscape.training.initial_weights import draw_starts
from landscape.training.precision import rounded
from landscape.training.settings import trainer_settings
from landscape.training.tables import Columns, results_of

MOST_RUNS = 8192
"""Most runs of a task. More would not train faster, and readers would wait longer for the first results."""
MOST_BYTES = 16 * 2**20
"""Most bytes of the results of a task, unless that would leave fewer than ``SMALLEST`` runs."""
SMALLEST = 64
"""Fewest runs of a piece, except for the last piece of a cell: with fewer, lanes would stay empty."""


class Piece(NamedTuple):
    """Runs ``first`` to ``first + runs - 1`` of a cell."""

    cell: Cell
    first: int
    runs: int


class Trained(NamedTuple):
    """The results of a piece (see ``training.tables.results_of``), and the processor time that it took, in seconds."""

    results: Columns
    seconds: float

    @property
    def epochs(self) -> int:
        """Epochs spent by all runs together."""
        return int(self.results["epochs"].sum())


def bytes_per_run(cell: Cell, checkpoints: int) -> int:
    """Bytes that the results of a run take in memory and, before compression, in a file."""
    return 8 * cell.surface.n_parameters + 33 + 9 * checkpoints


def seconds_per_run(cell: Cell) -> float:
    """Processor time, in seconds, of a run that spends its whole budget, by a rule of thumb: 11 ns an epoch for 2-2-1, 34 ns
    for 2-8-1 (AMD Zen 4), twice that for online updates. Tasks and estimates use it; no result depends on it."""
    surface, protocol = cell.surface, cell.protocol
    epoch = 0.7e-9 * surface.table.n_patterns * surface.table.n_outputs * (1.0 + surface.n_parameters / 3.0)
    return 1e-6 + protocol.budget * epoch * (2.0 if protocol.update == "online" else 1.0)


def tasks_of(pieces: Iterable[Piece], checkpoints: int, seconds: float) -> Iterator[list[Piece]]:
    """Cut pieces and pack them into tasks of at most ``seconds`` (by the rule of thumb, with every run spending its budget),
    ``MOST_RUNS`` runs and ``MOST_BYTES`` bytes. Pieces are not cut below ``SMALLEST`` runs."""
    task: list[Piece] = []
    room = 1.0  # share of a full task that is still free
    for cell, first, runs in pieces:
        largest = min(MOST_RUNS, MOST_BYTES // bytes_per_run(cell, checkpoints), seconds / seconds_per_run(cell))
        full = max(SMALLEST, int(largest) // SMALLEST * SMALLEST)
        for start in range(first, first + runs, full):
            n = min(full, first + runs - start)
            if task and n / full > room:
                yield task
                task, room = [], 1.0
            task.append(Piece(cell, start, n))
            room -= n / full
    if task:
        yield task


@cache
def compile_kernels(precision: str) -> None:
    """Compile the kernels, once for each process and precision. This happens before time is taken, so that estimates of a
    study do not include seconds of compiling."""
    surface = Surface()
    drawn, ends = draw_starts(surface, Protocol(), 1, 0), BatchResult.empty(0, surface.n_parameters, 0)  # normal starts
    train_batch(surface, trainer_settings(surface, Protocol()), rounded(drawn[:0], precision), ends, np.empty(0, np.int64))
    final_loss(surface, ends.theta)


def train_task(
    task: Sequence[Piece],
    seed: int,
    checkpoints: Sequence[int],
    generator: int,
    stop: NDArray[np.bool_] | None = None,
) -> list[Trained]:
    """Train the pieces of a task, in order, on this thread, with starts of this generator. Returns an empty list soon after
    ``stop[0]`` became true."""
    compile_kernels(task[0].cell.precision)
    epochs = np.array(checkpoints, dtype=np.int64)
    trained = []
    for cell, first, runs in task:
        begin = time.thread_time()
        surface, protocol = cell.surface, cell.protocol
        starts = rounded(draw_starts(surface, protocol, runs, seed, first, generator), cell.precision)
        ends = BatchResult.empty(runs, surface.n_parameters, len(epochs))
        last = int(epochs[-1]) if len(epochs) else 0
        train_batch(surface, trainer_settings(surface, protocol, cell.precision), starts, ends, epochs, last, stop=stop)
        if stop is not None and stop[0]:
            return []
        results = results_of(surface, ends, epochs)
        trained.append(Trained(results, time.thread_time() - begin))
    return trained
