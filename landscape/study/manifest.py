"""The manifest, stored as ``study.json``: what a study was asked for, and who wrote to it, when and with which versions."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numba
import numpy as np

from landscape._version import __version__
from landscape.parts.initializers import GENERATOR
from landscape.problems import Problem
from landscape.schema import CELL, LATER, SETTINGS
from landscape.study.blocks import FORMATS, DamagedError, format_of, generator_of
from landscape.study.grid import Cell, cell_of, one_table_a_name
from landscape.summary import Summary, counted, summarized
from landscape.validation import integer


@summarized
@dataclass(frozen=True)
class Manifest:
    """What a study was asked for. Cells are ordered by their settings, in whatever order they were given. The generator of
    the starts is the one that the study was begun with. It never changes, so that no cell mixes starts of two generators."""

    cells: tuple[Cell, ...]
    runs: int
    seed: int
    checkpoints: tuple[int, ...]
    written: tuple[dict[str, Any], ...] = ()
    generator: int = GENERATOR

    def _summary(self) -> Summary:
        return Summary(
            f"Manifest: {counted(len(self.cells), 'cell')} x {counted(self.runs, 'run')}, seed {self.seed}, "
            f"{self.precision}, {counted(len(self.checkpoints), 'checkpoint')}",
            ("cells", "runs", "seed", "checkpoints", "precision", "generator", "written"),
        )

    def levels(self) -> dict[str, list[Any]]:
        """The values of each setting, in the order of the cells."""
        every = [cell.settings for cell in self.cells]
        return {name: list(dict.fromkeys(own[name] for own in every)) for name in SETTINGS if name in every[0]}

    @property
    def precision(self) -> str:
        """The precision of all runs; all cells share it."""
        return self.cells[0].precision

    def joined(self, other: "Manifest", path: Path) -> "Manifest":
        """The union of two manifests: a study only grows. Raises ValueError where they differ in what all runs share."""
        for name in ("seed", "checkpoints", "precision"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ValueError(
                    f"the study at {path} has {name}={mine!r}, not {theirs!r}; all runs of a study share them: "
                    f"give {name}={mine!r}, or another folder"
                )
        cells = in_order([*self.cells, *other.cells])
        return replace(self, cells=cells, runs=max(self.runs, other.runs))


def in_order(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Each cell once, ordered by its settings. Raises ValueError where two truth tables have one name."""
    unique = {cell.id: cell for cell in cells}
    one_table_a_name(unique.values())
    architecture = 1  # left out: as text "2-10-1" comes before "2-2-1", and problem and hidden say the same
    return tuple(sorted(unique.values(), key=lambda cell: tuple(cell.settings.values())[architecture:]))


def to_text(manifest: Manifest) -> str:
    """The manifest as JSON. Settings that all cells share are written once, problems with their truth tables."""
    settings = [
        {SETTINGS[name].stored: cell.settings[name] for name in SETTINGS if name in cell.settings} for cell in manifest.cells
    ]
    shared = {name: value for name, value in settings[0].items() if all(other[name] == value for other in settings)}
    cells = [
        {"_cell": cell.id} | {name: value for name, value in own.items() if name not in shared}
        for cell, own in zip(manifest.cells, settings, strict=True)
    ]
    problems = {cell.surface.table.name: cell.surface.table for cell in manifest.cells}
    content = {
        "format": format_of(manifest.generator),
        "runs": manifest.runs,
        "seed": manifest.seed,
        "checkpoints": list(manifest.checkpoints),
        "generator": manifest.generator,
        "written": list(manifest.written),
        "problems": {name: {"inputs": p.inputs.tolist(), "targets": p.targets.tolist()} for name, p in problems.items()},
        "settings": shared,
        "cells": cells,
    }
    return json.dumps({**content, "digest": _digest(content)}, indent=1)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def from_file(path: Path) -> Manifest:
    """Read a manifest. Raises ``DamagedError`` for damaged content, ValueError for an unknown format, generator or
    setting."""
    try:
        content = json.loads(path.read_text("utf-8"))
        form, digest = content["format"], content.pop("digest")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedError(f"{path} is damaged: it is not a manifest") from None
    if digest != _digest(content) and (form in FORMATS or digest in [_digest({**content, "format": f}) for f in FORMATS]):
        raise DamagedError(f"{path} is damaged: it is not what was written")
    generator = generator_of(content, path)
    try:
        return _read(content, path, generator)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} is damaged: it describes no study ({type(error).__name__}: {error})") from None


def _read(content: dict[str, Any], path: Path, generator: int) -> Manifest:
    """Parse the content of a manifest. Raises ValueError for unknown settings, and KeyError, TypeError or AttributeError for
    content that describes no study."""
    problems = {name: Problem._stored(**table, name=name) for name, table in content["problems"].items()}
    writers = ", ".join(sorted({each["landscape"] for each in content["written"]}))
    cells = []
    for own in content["cells"]:
        stored = {**content["settings"], **own}
        identity = stored.pop(CELL)
        unknown = sorted(stored.keys() - {column.stored for column in SETTINGS.values()})
        if unknown:
            raise ValueError(
                f"{path} has the setting {unknown[0]}={stored[unknown[0]]!r}, which landscape {__version__} does not know; "
                f"open the study with a release that wrote it ({writers}), or a later one"
            )
        settings = {name: stored[column.stored] for name, column in SETTINGS.items() if column.stored in stored}
        settings = {name: column.missing for name, column in LATER.items()} | settings
        cell = cell_of(settings | {"problem": problems[settings["problem"]]})
        if cell.id != identity:
            raise ValueError(
                f"{path} names a cell {identity} whose settings make {cell.id}; was it written by another version?"
            )
        cells.append(cell)
    if not cells:
        raise KeyError("cells")
    runs, seed = integer("runs", content["runs"], 1, 2**40), integer("seed", content["seed"], 0, 2**63 - 1)
    checkpoints = tuple(integer("checkpoints", epoch, 0) for epoch in content["checkpoints"])
    return Manifest(tuple(cells), runs, seed, checkpoints, tuple(content["written"]), generator)


def now() -> str:
    """The current time in UTC, to the second, in ISO format."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def environment() -> dict[str, Any]:
    """Where and when a study is written: time, versions, platform, and the commit if the package is a checkout."""
    checkout = Path(__file__).parents[2]
    commit = None
    if (checkout / ".git").exists():
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
                cwd=checkout, capture_output=True, text=True, timeout=10, check=True,
            )  # fmt: skip
            commit = done.stdout.strip()
    return {
        "time_utc": now(),
        "landscape": __version__,
        "commit": commit,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "platform": platform.platform(),
    }
