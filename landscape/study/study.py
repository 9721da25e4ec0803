"""Studies: a grid of surfaces and protocols, so many runs a cell, kept in a folder.

>>> study = Study("results/widths", grid(activation=["sigmoid", "tanh"], hidden=range(2, 9)), runs=1000)
>>> study.run()                                       # stop it, and run it again: it goes on where it was
>>> study.runs(columns=["activation", "hidden", "solved", "epochs"])
>>> study.extend(5000)                                # runs 0 to 999 are those already there
"""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape.machine import processors
from landscape.statistics import required_runs, success_rates
from landscape.study import reader, sql
from landscape.study.blocks import Block, DamagedError
from landscape.study.grid import Cell, Grid, alike, grid
from landscape.study.manifest import Manifest, in_order
from landscape.study.planning import Plan, Status, checked_width, missing_runs, plan_of, refuse_too_large, status_of
from landscape.study.reader import Where
from landscape.study.store import Store, folder_of
from landscape.study.training_loop import train_missing
from landscape.summary import WIDTH, Summary, counted, place_of, short, summarized
from landscape.training.initial_weights import draw_starts
from landscape.training.precision import rounded
from landscape.training.train import Result
from landscape.validation import checked_checkpoints, flag, integer, of_class

T = TypeVar("T")


@summarized
class Study:
    """A grid of cells with a number of seeded runs each, kept in a folder.

    Nothing is written before ``run``. A study only grows: where the folder holds one already, the study joins the cells
    and runs asked for there and here; what is stored is used, never computed again and never renumbered. To ask for
    less than before, delete its ``study.json`` and give the grid anew: no block is lost by it. Every call looks at the
    folder anew, so a study that another process is running can be read and asked meanwhile.

    Parameters
    ----------
    path : str or path
        The folder, made if need be.
    grid : Grid, see ``grid``
    runs : int, 1 or more
        Of each cell: runs 0 to ``runs - 1``, equal bit for bit to what ``train`` makes with this seed, and with
        ``generator=study.manifest.generator`` where the study was begun with release 0.2.0 or before.
    seed : int, 0 or more
    checkpoints : ascending epochs, see ``train``
    precision : "float64" or "float32", of all runs, see ``train``

    Raises
    ------
    ValueError, TypeError
        for a grid without cells, settings that make no sense, another seed, other checkpoints or another precision than the
        folder has, a folder of another format version.

    Notes
    -----
    Two parameters are common to the methods that read: ``columns``, names of columns, and ``where``, a dictionary of columns
    and the value, or the list of values, that rows are wanted of. ``cell`` is a ``Cell``, or its name in the column
    ``_cell``.

    Examples
    --------
    >>> import landscape as ls
    >>> study = ls.Study("widths", ls.grid(hidden=[2, 3], lr=5.0, budget=1000), runs=100)
    >>> study.run(progress=False)
    Study widths: 2 cells x 100 runs, seed 0; over hidden
    .run() .status() .plan() .runs() .cells() .result(cell) .theta(cell) .query(sql) .extend(runs)
    >>> ls.success_rates(study.runs(), by="hidden")[["hidden", "rate"]].to_numpy().tolist()
    [[2.0, 0.8], [3.0, 1.0]]
    >>> study.extend(150, progress=False).status().done
    300
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        grid: Grid,
        runs: int = 1000,
        seed: int = 0,
        checkpoints: Sequence[int] = (),
        precision: str = "float64",
    ) -> None:
        if not isinstance(grid, Grid):
            raise TypeError(f"grid={grid!r} is not a Grid; give one such as landscape.grid(hidden=[2, 3])")
        if not grid.cells:
            raise ValueError("the grid has no cells; give at least one combination, and a filter that keeps some")
        least = min(cell.protocol.budget for cell in grid.cells)
        self._asked = Manifest(
            in_order(cell.at(precision) for cell in grid.cells),
            integer("runs", runs, 1, 2**40),
            integer("seed", seed, 0, 2**63 - 1),
            checked_checkpoints(checkpoints, least),
        )
        self.path = folder_of(path)
        for place in (self.path, *self.path.parents):
            if place.exists() and not place.is_dir():
                raise ValueError(f"{place} is a file; give a folder for the study")
        self._store, self._warned = Store(self.path.absolute()), set[str]()
        for said in set(alike(self.manifest.cells)) - set(alike(grid.cells)):  # raises where the two do not fit
            self._warn(said)

    @property
    def manifest(self) -> Manifest:
        """What the study is asked for, here and in the folder: cells, runs of each, seed, checkpoints and precision.

        Its ``generator`` of the starts is that of the release the study was begun with.
        """
        try:
            there = self._store.manifest()
        except DamagedError as error:
            self._warn(f"{error}; the next run sets it aside and writes it anew for the grid given here; no block is lost")
            there = None
        if there is None:
            return replace(self._asked, generator=self._store.generator())
        return there.joined(self._asked, self.path)

    def _blocks(self) -> list[Block]:
        """The good blocks, with a warning, once, about each of the others."""
        good, bad = self._store.blocks(self.manifest)
        for reason in bad.values():
            self._warn(f"{reason}; left out; the next run sets it aside and trains its runs again")
        return good

    def _read(self, table: Callable[[list[Block]], T]) -> T:
        """Read a table from the blocks; read again if a writer has just set one of them aside."""
        try:
            return table(self._blocks())
        except FileNotFoundError:
            return table(self._blocks())

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            warnings.warn(message, stacklevel=4)

    def status(self) -> Status:
        """Return where the study stands: runs stored and left, files, damage, and who is writing."""
        manifest = self.manifest
        good, bad = self._store.blocks(manifest)
        return status_of(self.path, manifest, good, bad, self._store.writer())

    def plan(self) -> Plan:
        """Return what ``run`` would do, and an estimate of what it would take, without doing it."""
        manifest = self.manifest
        return plan_of(self.path, manifest, self._store.blocks(manifest)[0])

    def run(
        self,
        executor: Executor | None = None,
        threads: int | None = None,
        progress: bool = True,
        until: float | None = None,
    ) -> "Study":
        """Train the runs that are missing and store them; return the study.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Where tasks go: a process pool, ``dask.distributed.Client(...).get_executor()``. The bits are the same anywhere.
            Interrupted, it is left to finish the tasks it has begun, of 64 runs or more; our own threads stop at once.
        threads : int, default all processors this process may use; without an executor
        progress : bool
            Show a bar, in a terminal or a notebook.
        until : float between 0 and 1, optional
            Go on until the 95 % interval of every cell's success rate, from its low end to its high end, is no wider than
            this. Every cell gets the same runs, as many as the widest needs, so that cells stay comparable start by start:
            0.02 takes 9,600 of each where one is at one half, 189 where all are at 0 or 1. How many is judged by the rates
            so far: for 0.02 at a rate of 0.02, begun with 10 runs it takes 1.8 times what is needed, with 1,000 hardly more
            than these. Intervals cover although the data say when to stop: they held the truth in 0.92 to 0.98 of samples.

        Returns
        -------
        Study
            The study itself.

        Raises
        ------
        BlockingIOError
            when another process writes to this study.
        KeyboardInterrupt, OSError, ...
            what stopped it, as a full disk or a broken executor, with a note of what is stored; ``run`` goes on from there.
        ValueError, TypeError
            for numbers out of range, threads beside an executor, what is no executor, or a cell too large for memory.
        """
        if executor is not None and threads is not None:
            raise ValueError(f"threads={threads} are not used where an executor is given; give one of the two")
        if executor is not None and (isinstance(executor, type) or not callable(getattr(executor, "submit", None))):
            raise TypeError(f"executor={executor!r} is not an executor; give one with submit(), or threads=2")
        threads = processors() if threads is None else integer("threads", threads, 1)
        progress = flag("progress", progress)
        width = 1.0 if until is None else checked_width(until)
        for cell in self.manifest.cells:
            refuse_too_large(cell, threads)
        self._run(executor, threads, progress)
        while until is not None and (runs := self._runs_until(width)) > self.manifest.runs:
            self._asked = replace(self._asked, runs=runs)
            self._run(executor, threads, progress)
        return self

    def _runs_until(self, width: float) -> int:
        """Number of runs of each cell for intervals no wider than ``width``, estimated from the success rates so far."""
        rates = success_rates(self.runs(columns=["_cell", "seed", "run", "solved"]), "_cell")
        wide = rates[rates["high"] - rates["low"] > width]
        runs = self.manifest.runs
        return runs if wide.empty else max(runs + 1, int(required_runs(wide["rate"], width).max()))

    def _run(self, executor: Executor | None, threads: int, progress: bool) -> None:
        """Train the runs that are missing, under the lock of the store; set damaged files aside first."""
        with self._store.writing():
            damaged = self._store.manifest_is_damaged()
            manifest = self.manifest
            good, bad = self._store.blocks(manifest)
            for path, reason in bad.items():
                self._warn(f"{reason}; set aside as {self._store.set_aside(path)}")
            missing = missing_runs(manifest, good)
            if missing or damaged or manifest != self._store.manifest():
                self._store.write_manifest(manifest)
            train_missing(self._store, self.path, manifest, missing, executor, threads, progress)

    def extend(
        self, runs: int, executor: Executor | None = None, threads: int | None = None, progress: bool = True
    ) -> "Study":
        """Train more runs of every cell, until there are ``runs`` of each; return the study.

        Stored runs stay as they are, and the next numbers follow; when ``runs`` of each are stored, nothing is trained.

        Parameters
        ----------
        runs : int, 1 or more
        executor, threads, progress : as for ``run``

        Returns
        -------
        Study
            The study itself.
        """
        self._asked = replace(self._asked, runs=max(self._asked.runs, integer("runs", runs, 1, 2**40)))
        return self.run(executor, threads, progress)

    def runs(self, columns: Sequence[str] | None = None, where: Where | None = None) -> pd.DataFrame:
        """Return the stored runs, one row a run, ordered by cell and run.

        Parameters
        ----------
        columns : list of str, default all
            Names of columns to read, out of: run, seed, architecture, every setting, outcome, solved, epochs, loss,
            grad_norm, and ``_problem`` and ``_cell``, which tell truth tables and cells apart.
        where : dict, optional
            Columns and the value, or the list of values, that rows are wanted of, such as
            ``{"activation": "tanh", "hidden": range(2, 5), "solved": True}``.

        Returns
        -------
        DataFrame
        """
        return self._read(lambda blocks: reader.runs_table(self.manifest.cells, blocks, columns, where))

    def checkpoints(self, columns: Sequence[str] | None = None, where: Where | None = None) -> pd.DataFrame:
        """Return the stored runs at their checkpoints, one row a run and checkpoint.

        The columns ``epoch``, and ``loss`` and ``solved`` at that epoch, stand in place of a run's results; ``columns`` and
        ``where`` as for ``runs``. Raises ValueError for a study without checkpoints.
        """
        manifest = self.manifest
        if not manifest.checkpoints:
            raise ValueError(f"the study at {self.path} has no checkpoints; make one with checkpoints=(100, 1000)")
        count = len(manifest.checkpoints)
        return self._read(lambda blocks: reader.checkpoints_table(manifest.cells, blocks, count, columns, where))

    def cells(self, where: Where | None = None) -> pd.DataFrame:
        """Return one row a cell: ``_cell``, its settings, and how many ``runs`` of it are stored.

        ``where`` as for ``runs``, of settings.
        """
        return reader.cells_table(self.manifest.cells, self._blocks(), where)

    def theta(self, cell: Cell | str) -> NDArray[np.float64]:
        """Return where the stored runs of a cell ended, (runs, P), in the order of ``runs(where={"_cell": cell})``.

        Parameters
        ----------
        cell : Cell, or str, its name in the column ``_cell``

        Returns
        -------
        ndarray (runs, P)
        """
        return self._read(lambda blocks: reader.theta(self.cell(cell), blocks))

    def result(self, cell: Cell | str) -> Result:
        """Return the stored runs of a cell as ``train`` gives them, with their starts, for ``diagnose`` and ``find_minima``.

        Parameters
        ----------
        cell : Cell, or str, its name in the column ``_cell``

        Returns
        -------
        Result
        """
        cell = self.cell(cell)
        runs = self.runs(where={"_cell": cell.id}).drop(columns="_cell")
        numbers = runs["run"].to_numpy()
        count = int(numbers.max()) + 1 if len(numbers) else 0
        manifest = self.manifest
        drawn = draw_starts(cell.surface, cell.protocol, count, manifest.seed, generator=manifest.generator)[numbers]
        theta0 = rounded(drawn, cell.precision).astype(np.float64, copy=False)
        where = {"_cell": cell.id}
        seen = ["run", "epoch", "loss", "solved"]
        checkpoints = self.checkpoints(seen, where) if manifest.checkpoints else pd.DataFrame(columns=seen)
        return Result(cell.surface, cell.protocol, runs, self.theta(cell), theta0, checkpoints)

    def cell(self, cell: Cell | str) -> Cell:
        """Return the cell of a name. Raises ValueError where the study has none."""
        of_class("cell", cell, Cell, str)
        name = cell.at(self.manifest.precision).id if isinstance(cell, Cell) else cell
        for own in self.manifest.cells:
            if own.id == name:
                return own
        raise ValueError(
            f"cell={cell!r} is not in the study at {self.path}; the column _cell of cells() names those that are"
        )

    def query(self, query: str) -> pd.DataFrame:
        """Answer a question in SQL, asked of the tables ``runs``, ``cells`` and ``checkpoints``; needs DuckDB.

        Parameters
        ----------
        query : str
            Such as "select activation, hidden, avg(solved) as rate from runs group by all order by all".

        Returns
        -------
        DataFrame

        Raises
        ------
        ValueError
            for a query that cannot be answered, or a study without stored runs.
        ImportError
            where DuckDB is not installed.
        """
        manifest, blocks = self.manifest, self._blocks()
        return sql.answer(query, [block.path for block in blocks], reader.cells_table(manifest.cells, blocks))

    def _summary(self) -> Summary:
        try:
            there = self._store.manifest()
            asked = self._asked if there is None else there.joined(self._asked, self.path)
            levels = {name: values for name, values in asked.levels().items() if len(values) > 1}
            said = f"{counted(len(asked.cells), 'cell')} x {counted(asked.runs, 'run')}, seed {asked.seed}"
            said += f"; over {', '.join(levels)}" if levels else ""
        except DamagedError as error:  # ``manifest`` warns, once; a summary must not be where it is said
            levels, said = {}, f"{error}; the next run writes it anew"
        asks = (
            "run()",
            "status()",
            "plan()",
            "runs()",
            "cells()",
            "result(cell)",
            "theta(cell)",
            "query(sql)",
            "extend(runs)",
        )
        rows = [(name, short(", ".join(map(str, values)), WIDTH)) for name, values in levels.items()]
        return Summary(
            f"Study {place_of(self.path)}: {said}", asks, lambda: pd.DataFrame(rows, columns=["setting", "levels"])
        )


def open_study(path: str | os.PathLike[str]) -> Study:
    """Open the study in a folder, as far as it has come.

    Parameters
    ----------
    path : str or path
        The study's folder.

    Returns
    -------
    Study

    Raises
    ------
    FileNotFoundError
        where there is no study.
    ValueError
        where its manifest is damaged or of another format version.
    TypeError
        for what is no path.

    Examples
    --------
    >>> import landscape as ls
    >>> made = ls.Study("small", ls.grid(hidden=2, budget=10), runs=5).run(progress=False)
    >>> ls.open_study("small")
    Study small: 1 cell x 5 runs, seed 0
    .run() .status() .plan() .runs() .cells() .result(cell) .theta(cell) .query(sql) .extend(runs)
    """
    try:
        manifest = Store(folder_of(path)).manifest()
    except DamagedError as error:
        raise ValueError(f"{error}; open it with Study({str(path)!r}, grid, ...) and run it: no block is lost") from None
    if manifest is None:
        raise FileNotFoundError(f"there is no study at {path}; make one with landscape.Study({str(path)!r}, grid)")
    return Study(path, grid(manifest.cells), manifest.runs, manifest.seed, manifest.checkpoints, manifest.precision)


def query(path: str | os.PathLike[str], query: str) -> pd.DataFrame:
    """Answer a question in SQL, asked of a study's folder: ``open_study(path).query(query)``.

    Parameters
    ----------
    path : str or path
        The study's folder.
    query : str
        Asked of the tables ``runs``, ``cells`` and ``checkpoints``; needs DuckDB.

    Returns
    -------
    DataFrame

    Raises
    ------
    FileNotFoundError
        where there is no study.
    ValueError
        for a query that cannot be answered, or a study without stored runs.
    ImportError
        where DuckDB is not installed.

    Examples
    --------
    >>> import landscape as ls
    >>> made = ls.Study("asked", ls.grid(hidden=[2, 3], budget=10), runs=5).run(progress=False)
    >>> ls.query("asked", "select hidden, count(*) as n from runs group by all order by all").to_numpy().tolist()
    [[2, 5], [3, 5]]
    """
    return open_study(path).query(query)
