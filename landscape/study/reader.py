"""Reading: from blocks to tables.

Rows are ordered by cell, in the order of the study's cells, and within a cell by run, wherever they lie in the blocks. Each
piece is copied to its place in the table: nothing is sorted, and memory holds the table and one block only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from landscape._kernels.trainer import OUTCOMES
from landscape.deprecation import current_levels, current_names
from landscape.schema import BY_NAME, CELL, CHECKPOINTS, IDENTITY, PROBLEM, RESULTS, Column
from landscape.study.blocks import HELD, LISTED, Block, coded
from landscape.study.grid import Cell
from landscape.training.tables import shown
from landscape.validation import elements, flag, is_real, known

_DTYPES = {int: np.int64, float: np.float64, bool: np.bool_, str: np.int8}
"""NumPy types of columns; words are outcomes, held as their places in ``OUTCOMES``."""

Array = NDArray[Any]
Where = Mapping[str, Any]


def runs_table(
    cells: Sequence[Cell], blocks: Sequence[Block], columns: Sequence[str] | None, where: Where | None
) -> pd.DataFrame:
    """Table of stored runs, one row a run."""
    return _table(cells, blocks, RESULTS, 1, columns, where)


def checkpoints_table(
    cells: Sequence[Cell], blocks: Sequence[Block], checkpoints: int, columns: Sequence[str] | None, where: Where | None
) -> pd.DataFrame:
    """Table of stored runs at their checkpoints, one row a run and checkpoint."""
    return _table(cells, blocks, CHECKPOINTS, checkpoints, columns, where)


def cells_where(cells: Sequence[Cell], where: Where | None) -> list[Cell]:
    """Cells whose settings are among the values in ``where``. Raises ValueError for a value that no cell has."""
    wanted = _wanted(where)
    for name, values in wanted.items():
        known("setting", name, [*cells[0].settings, PROBLEM, CELL])
        levels = sorted({_setting(cell, name) for cell in cells})
        for value in values:
            if value not in levels or isinstance(value, bool) != isinstance(levels[0], bool):
                shown = ", ".join(str(level) for level in levels[:20]) + (" ..." if len(levels) > 20 else "")
                raise ValueError(f"{name}={value!r} is in no cell of the study; it has: {shown}")
    return [cell for cell in cells if all(_setting(cell, name) in values for name, values in wanted.items())]


def cells_table(cells: Sequence[Cell], blocks: Sequence[Block], where: Where | None = None) -> pd.DataFrame:
    """One row a cell: ``_cell``, its settings, ``_problem``, and how many ``runs`` of it are stored."""
    chosen = cells_where(cells, where)
    each = np.ones(len(chosen), np.int64)
    columns = {
        name: _repeated([_setting(cell, name) for cell in chosen], each) for name in (CELL, *cells[0].settings, PROBLEM)
    }
    return pd.DataFrame(columns | {"runs": np.array(stored_runs(chosen, blocks), np.int64)})


def theta(cell: Cell, blocks: Sequence[Block]) -> NDArray[np.float64]:
    """Ends (runs, P) of the stored runs of a cell, in the order of runs."""
    return _gather([cell], blocks, {"theta": cell.surface.n_parameters})[1]["theta"]


def stored_runs(cells: Iterable[Cell], blocks: Iterable[Block]) -> list[int]:
    """Number of stored runs of each cell."""
    stored: dict[str, int] = {}
    for block in blocks:
        for piece in block.pieces:
            stored[piece.cell] = stored.get(piece.cell, 0) + piece.runs
    return [stored.get(cell.id, 0) for cell in cells]


def _table(
    cells: Sequence[Cell],
    blocks: Sequence[Block],
    results: Mapping[str, Column],
    rows: int,
    columns: Sequence[str] | None,
    where: Where | None,
) -> pd.DataFrame:
    """A table with ``rows`` rows for each run. ``where`` selects rows: it gives the allowed value or values of some
    columns."""
    settings = list(cells[0].settings)
    names = [*IDENTITY, *settings, *results, PROBLEM, CELL]
    if not isinstance(columns, (Iterable, type(None))):
        raise TypeError(f"columns={columns!r} are no names; give a list of them, such as ['hidden', 'solved']")
    columns = names if columns is None else [columns] if isinstance(columns, str) else list(columns)
    asked, columns, wanted = columns, current_names(columns), _wanted(where)
    for name in [*columns, *wanted]:
        known("column", name, names)
    for name in wanted.keys() & {*IDENTITY, *results}:
        _possible(name, wanted[name])

    chosen = cells_where(cells, {name: values for name, values in wanted.items() if name in (*settings, PROBLEM, CELL)})
    held = {name: column for name, column in {**IDENTITY, **results}.items() if name in columns or name in wanted}
    listed = {name for name, column in held.items() if column in LISTED}
    counts, found = _gather(chosen, blocks, {column.stored: rows if name in listed else 0 for name, column in held.items()})
    values = {name: found[column.stored] for name, column in held.items()}
    values = {name: each.ravel() if name in listed else np.repeat(each, rows) for name, each in values.items()}
    counts = counts * rows

    keep: NDArray[np.bool_] | slice = slice(None)
    for name in wanted.keys() & values.keys():
        codes = [OUTCOMES.index(value) for value in wanted[name]] if name == "outcome" else wanted[name]
        here = np.isin(values[name], codes)
        keep = here if isinstance(keep, slice) else keep & here
    data: dict[str, Any] = {}
    for called, name in zip(asked, columns, strict=True):
        if name in values:
            data[called] = shown(name, values[name][keep])
        else:
            data[called] = _repeated([_setting(cell, name) for cell in chosen], counts, keep)
    rows_kept = int(counts.sum()) if isinstance(keep, slice) else int(keep.sum())
    return pd.DataFrame(data, index=pd.RangeIndex(rows_kept), copy=False)


def _setting(cell: Cell, name: str) -> Any:
    if name == PROBLEM:
        return cell.surface.table.digest
    return cell.id if name == CELL else cell.settings[name]


def _values(given: Any) -> list[Any]:
    """A list of the values given, be it one or several."""
    if isinstance(given, (np.ndarray, np.generic)):
        return elements(given)
    values = [given] if isinstance(given, str) or not isinstance(given, Collection) else list(given)
    if any(value is pd.NA for value in values):
        raise ValueError("a value to choose rows by is missing (pandas.NA); give values that rows have")
    return [elements(value)[0] if isinstance(value, np.generic) else value for value in values]


def _wanted(where: Where | None) -> dict[str, list[Any]]:
    """The allowed values of each column in ``where``, with current names."""
    if not isinstance(where, (Mapping, type(None))):
        raise TypeError(f'where={where!r} is not a choice of rows; give a dictionary such as {{"activation": "tanh"}}')
    return current_levels({name: _values(value) for name, value in (where or {}).items()})


def _possible(name: str, values: Sequence[Any]) -> None:
    """Refuse values that a result cannot have: otherwise a misspelt value would give an empty table without a word."""
    for value in values:
        if name == "outcome":
            known("outcome", value, OUTCOMES)
        elif BY_NAME[name].type is bool:
            flag(name, value)
        elif not is_real(value):
            raise TypeError(f"{name}={value!r} is not a number; give one, or several")
        elif value != value and BY_NAME[name].type is int:
            raise ValueError(f"{name}={value!r} is no whole number, which all rows have there; give one, or several")


def _gather(cells: Sequence[Cell], blocks: Sequence[Block], widths: Mapping[str, int]) -> tuple[Array, dict[str, Array]]:
    """Number of stored runs of each cell (cells,), and the columns named in ``widths``, in the order of cells and runs:
    (runs,) for width 0, and (runs, width) for lists."""
    pieces: dict[str, list[tuple[int, int]]] = {cell.id: [] for cell in cells}
    for block in blocks:
        for piece in block.pieces:
            if piece.cell in pieces:
                pieces[piece.cell].append((piece.first, piece.runs))
    counts = np.array([sum(runs for _, runs in pieces[cell.id]) for cell in cells], np.int64)
    places: dict[tuple[str, int], int] = {}
    total = 0
    for cell in cells:
        for first, runs in sorted(pieces[cell.id]):
            places[cell.id, first] = total
            total += runs
    found: dict[str, Array] = {
        name: np.empty((total, width) if width else total, _DTYPES[HELD[name].type]) for name, width in widths.items()
    }
    for block in blocks:
        if not any(piece.cell in pieces for piece in block.pieces):
            continue
        columns = pq.read_table(block.path, columns=[name for name in widths if name not in block.lacks], memory_map=True)
        for name, width in widths.items():
            if name in block.lacks:
                for piece in block.pieces:
                    if piece.cell in pieces:
                        place = places[piece.cell, piece.first]
                        found[name][place : place + piece.runs] = HELD[name].missing
                continue
            column = columns[name].combine_chunks()
            values = _array(column.values if width else column)
            edges = column.offsets.to_numpy() if width else np.arange(len(column) + 1)
            row = 0
            for piece in block.pieces:
                if piece.cell in pieces:
                    part = values[edges[row] : edges[row + piece.runs]]
                    place = places[piece.cell, piece.first]
                    found[name][place : place + piece.runs] = part.reshape(piece.runs, width) if width else part
                row += piece.runs
    return counts, found


def _array(values: pa.Array) -> Array:
    """A column as a NumPy array; outcomes as their places in ``OUTCOMES``."""
    if pa.types.is_dictionary(values.type):
        codes = np.array([OUTCOMES.index(word) for word in values.dictionary.to_pylist()], np.int8)
        outcomes: Array = codes[values.indices.to_numpy()]
        return outcomes
    return np.asarray(values)


def _repeated(values: list[Any], counts: Array, keep: NDArray[np.bool_] | slice = slice(None)) -> Any:
    """A column with one value for each cell, repeated for its rows; words become a categorical with sorted categories."""
    if values and isinstance(values[0], str):
        words, codes = coded(values)
        small = codes.astype(np.int8) if len(words) < 128 else codes
        return pd.Categorical.from_codes(np.repeat(small, counts)[keep], words)
    return np.repeat(np.array(values), counts)[keep]
