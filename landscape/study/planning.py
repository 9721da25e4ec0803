"""Planning: what of a study is stored, what is missing, and what that would take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landscape._kernels.network import work_rows
from landscape._kernels.trainer import extra_rows
from landscape._simd.lanes import LANES
from landscape.machine import fits_in_memory, processors
from landscape.parts.initializers import GENERATOR
from landscape.statistics.columns import fraction
from landscape.statistics.rates import NARROWEST
from landscape.study.blocks import Block
from landscape.study.grid import Cell
from landscape.study.manifest import Manifest
from landscape.study.reader import stored_runs
from landscape.study.work_units import SMALLEST, Piece, bytes_per_run, seconds_per_run
from landscape.summary import Summary, counted, place_of, summarized
from landscape.training.initial_weights import STREAM_RUNS


@summarized
@dataclass(frozen=True)
class Status:
    """Where a study stands.

    Attributes
    ----------
    cells, runs, seed, checkpoints : what it was asked for, ``runs`` for each cell
    done, left : runs stored and runs still to be trained, in all cells
    blocks, bytes : files that hold them, and their size
    damaged : what is wrong with each file that was not read
    versions : of the package, that made the blocks; where there are several, their numbers may differ in the last bits
    writer : who is writing to it now, or None
    written : when, on what and with which versions it was written to
    generator : of the starts of all runs, see ``train``
    """

    path: Path
    cells: int
    runs: int
    seed: int
    checkpoints: tuple[int, ...]
    done: int
    left: int
    blocks: int
    bytes: int
    damaged: tuple[str, ...]
    versions: tuple[str, ...]
    writer: str | None
    written: tuple[dict[str, Any], ...]
    generator: int

    def _summary(self) -> Summary:
        first, stored = self._lines(place_of(self.path))
        damaged = f"; {counted(len(self.damaged), 'damaged file')}" if self.damaged else ""
        return Summary(
            f"Status of {first}; {stored}{damaged}",
            ("done", "left", "blocks", "bytes", "damaged", "writer", "written", "versions", "generator"),
        )

    def _lines(self, path: str) -> list[str]:
        return [
            f"{path}: {counted(self.cells, 'cell')} x {counted(self.runs, 'run')}, seed {self.seed}",
            f"stored: {counted(self.done, 'run')} in {counted(self.blocks, 'file')}, {_size(self.bytes)}; "
            f"left: {self.left:,}",
        ]

    def __str__(self) -> str:
        lines = self._lines(str(self.path))
        if self.checkpoints:
            lines.append(f"checkpoints: {', '.join(map(str, self.checkpoints))}")
        if len(self.versions) > 1:
            lines.append(f"made by different versions: {', '.join(self.versions)}")
        if self.generator != GENERATOR:
            lines.append(
                f"starts by generator {self.generator}, with which the study was begun; new studies use {GENERATOR}, whose "
                "normal starts differ in the last bits"
            )
        if self.writer:
            lines.append(f"being written by {self.writer}")
        return "\n".join([*lines, *self.damaged])


@summarized
@dataclass(frozen=True)
class Plan:
    """What a study would do, with nothing of it done.

    Attributes
    ----------
    cells, runs : what it was asked for, ``runs`` for each cell
    done, left : runs stored and runs still to be trained, in all cells
    seconds : of the clock, for what is left, on all processors that this process may use; by what the stored runs of a cell
        took, or, for the ``unknown`` cells of which none is stored, if every run spent its whole budget
    unknown : how many cells have no run stored: while there are any, it will rather take less
    bytes : that the files of what is left will take, about
    """

    path: Path
    cells: int
    runs: int
    done: int
    left: int
    seconds: float
    unknown: int
    bytes: int

    def _summary(self) -> Summary:
        return Summary(
            f"Plan of {'; '.join(self._lines(place_of(self.path)))}",
            ("cells", "runs", "done", "left", "seconds", "unknown", "bytes"),
        )

    def __str__(self) -> str:
        return "\n".join(self._lines(str(self.path)))

    def _lines(self, path: str) -> list[str]:
        lines = [
            f"{path}: {counted(self.cells, 'cell')} x {counted(self.runs, 'run')}",
            f"stored: {counted(self.done, 'run')}; left: {self.left:,}",
        ]
        if self.left:
            bound = "up to about" if self.unknown else "about"
            lines[1] += f", {bound} {_duration(self.seconds)} on {processors()} processors, {_size(self.bytes)}"
        return lines


def missing_runs(manifest: Manifest, blocks: Sequence[Block]) -> list[Piece]:
    """Runs asked for and not stored, cell by cell."""
    have: dict[str, list[tuple[int, int]]] = {}
    for block in blocks:
        for piece in block.pieces:
            have.setdefault(piece.cell, []).append((piece.first, piece.runs))
    missing = []
    for cell in manifest.cells:
        next_run = 0
        for first, runs in [*sorted(have.get(cell.id, [])), (manifest.runs, 0)]:
            gap = min(first, manifest.runs) - next_run
            if gap > 0:
                missing.append(Piece(cell, next_run, gap))
            next_run = max(next_run, first + runs)
    return missing


def status_of(
    path: Path, manifest: Manifest, blocks: Sequence[Block], bad: Mapping[Path, str], writer: str | None
) -> Status:
    """Where the study in a folder stands, from its good blocks and what is wrong with the others."""
    return Status(
        path,
        len(manifest.cells),
        manifest.runs,
        manifest.seed,
        manifest.checkpoints,
        sum(stored_runs(manifest.cells, blocks)),
        sum(piece.runs for piece in missing_runs(manifest, blocks)),
        len(blocks),
        sum(block.bytes for block in blocks),
        tuple(bad.values()),
        tuple(sorted({block.version for block in blocks})),
        writer,
        manifest.written,
        manifest.generator,
    )


def plan_of(path: Path, manifest: Manifest, blocks: Sequence[Block]) -> Plan:
    """What is missing, and what it would take."""
    took: dict[str, tuple[float, int]] = {}  # seconds and runs of each cell
    for block in blocks:
        for piece in block.pieces:
            seconds, runs = took.get(piece.cell, (0.0, 0))
            took[piece.cell] = seconds + piece.seconds, runs + piece.runs
    missing = missing_runs(manifest, blocks)
    left = 0.0
    for cell, _, runs in missing:
        seconds, stored = took.get(cell.id, (seconds_per_run(cell), 1))
        left += runs * seconds / stored
    return Plan(
        path,
        len(manifest.cells),
        manifest.runs,
        sum(stored_runs(manifest.cells, blocks)),
        sum(piece.runs for piece in missing),
        left / processors(),
        sum(cell.id not in took for cell in manifest.cells),
        sum(piece.runs * bytes_per_run(piece.cell, len(manifest.checkpoints)) for piece in missing),
    )


def refuse_too_large(cell: Cell, threads: int) -> None:
    """Refuse a cell of which not even one task could be trained here, before it becomes part of the study."""
    surface = cell.surface
    rows = work_rows(surface.network) + extra_rows(surface.n_parameters) + 4 * SMALLEST // LANES * surface.n_parameters
    needed = 8.0 * threads * (LANES * rows + STREAM_RUNS * surface.n_parameters)
    fits_in_memory(f"hidden={surface.hidden}", needed, "give fewer hidden units or patterns, or fewer threads")


def _size(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 1.5 else "a second"


def checked_width(until: float) -> float:
    """The width of intervals at which a study stops (``until``), checked. Raises ValueError for a width that no number of
    runs gives."""
    width = fraction("until", until, "the width of the widest interval, such as 0.02")
    if width < NARROWEST:
        raise ValueError(f"until={until!r} is not allowed; give {NARROWEST:g} or more, the width of the widest interval")
    return width
