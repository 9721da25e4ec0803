"""The training loop of a study: missing runs are trained and stored, block by block."""

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from landscape.progress import Bar
from landscape.study.manifest import Manifest
from landscape.study.scheduler import dispatch
from landscape.study.store import Store
from landscape.study.work_units import Piece, Trained, bytes_per_run, seconds_per_run, tasks_of

BLOCK_RUNS, BLOCK_BYTES, BLOCK_SECONDS = 32_768, 64 * 2**20, 2.0
"""A block is written as soon as so many runs or bytes wait for it, or so many seconds have passed since the last one. The
seconds bound what a killed study loses."""
TASK_SECONDS = 1.0
"""Longest task, by the rule of thumb: an interrupted or killed study loses no more than that on each thread."""


def train_missing(
    store: Store,
    path: Path,
    manifest: Manifest,
    missing: Sequence[Piece],
    executor: Executor | None,
    threads: int,
    progress: bool,
) -> None:
    """Train the missing runs and store them, with a progress bar if asked for. The caller holds the lock of the store;
    ``path`` is the folder as the user wrote it. Whatever stops the training is raised with a note of what is stored."""
    total, stored, epochs = sum(piece.runs for piece in missing), 0, 0
    bound = sum(piece.runs * seconds_per_run(piece.cell) for piece in missing)
    size = min(TASK_SECONDS, max(0.02, bound / (64 * threads)))
    tasks = tasks_of(missing, len(manifest.checkpoints), size)
    results = dispatch(tasks, manifest.seed, manifest.checkpoints, manifest.generator, executor, threads)
    waiting: list[tuple[Piece, Trained]] = []
    since = time.monotonic()

    def flush() -> None:
        nonlocal stored, since
        if waiting:
            store.write_block(waiting, manifest)
            stored += sum(piece.runs for piece, _ in waiting)
            waiting.clear()
        since = time.monotonic()

    try:
        with (
            Bar(
                total, path.name, progress, patience=0.0, unit=" runs", unit_scale=True, leave=True, bar_format=None
            ) as shown,
            closing(results),
        ):
            for trained in results:
                waiting += trained
                runs = sum(piece.runs for piece, _ in waiting)
                held = sum(piece.runs * bytes_per_run(piece.cell, len(manifest.checkpoints)) for piece, _ in waiting)
                if runs >= BLOCK_RUNS or held >= BLOCK_BYTES or time.monotonic() - since >= BLOCK_SECONDS:
                    flush()
                epochs += sum(ends.epochs for _, ends in trained)
                rate = tqdm.format_sizeof(epochs / max(shown.seconds, 1e-9))
                shown.update(sum(piece.runs for piece, _ in trained), f"{rate} epochs/s")
        flush()
    except BaseException as error:
        if not isinstance(error, OSError):  # a block that could not be written is not tried again
            flush()
        if store.is_there():
            there = f"{stored:,} of {total:,} runs are stored in {path}; the next run goes on from there"
        else:
            there = f"{path} was moved or deleted meanwhile, with the runs that were stored in it"
        error.add_note(f"stopped: {there}")
        raise
