"""The scheduler: sends tasks to an executor, and yields their results in the order of completion."""

from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue

import numpy as np

from landscape.study.work_units import Piece, Trained, bytes_per_run, compile_kernels, train_task

MOST_BYTES_OUT = 256 * 2**20
"""Most bytes of results of all tasks that are out. This bounds the memory, and is enough for thousands of tasks."""


def dispatch(
    tasks: Iterable[Sequence[Piece]],
    seed: int,
    checkpoints: Sequence[int],
    generator: int,
    executor: Executor | None,
    threads: int,
) -> Generator[list[tuple[Piece, Trained]]]:
    """Train every task, on an executor or on ``threads`` threads of this process (kernels release the GIL).

    Yields the pieces of each finished task with their results, and an empty list whenever half a second passes without one,
    so that the caller can write what waits. When the generator is closed early, tasks that have not begun are cancelled, and
    threads of this process stop within a turn of the kernel.
    """
    stop = np.zeros(1, np.bool_)
    own = ThreadPoolExecutor(threads) if executor is None else None
    work = partial(train_task, seed=seed, checkpoints=checkpoints, generator=generator, stop=stop if own else None)
    submit = (own or executor).submit  # type: ignore[union-attr]  # one of the two is there
    out: dict[Future[list[Trained]], tuple[Sequence[Piece], int]] = {}
    back: SimpleQueue[Future[list[Trained]]] = SimpleQueue()
    bytes_out = 0
    try:
        waiting = iter(tasks)
        task = next(waiting, None)
        if own and task:
            compile_kernels(task[0].cell.precision)  # on this thread: a worker that compiles would not notice Ctrl-C
        while task or out:
            while task and (not out or bytes_out < MOST_BYTES_OUT):
                future = submit(work, task)
                out[future] = task, sum(piece.runs * bytes_per_run(piece.cell, len(checkpoints)) for piece in task)
                bytes_out += out[future][1]
                future.add_done_callback(back.put)
                task = next(waiting, None)
            try:
                future = back.get(timeout=0.5)
            except Empty:
                yield []
                continue
            pieces, size = out.pop(future)
            bytes_out -= size
            yield list(zip(pieces, future.result(), strict=True))
    finally:
        stop[0] = True
        for future in out:
            future.cancel()
        if own:
            own.shutdown(cancel_futures=True)
