"""SQL over a study's blocks, by DuckDB, which is imported here and nowhere else."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.fs import LocalFileSystem

from landscape.deprecation import current_names, words_of
from landscape.extras import needed_for
from landscape.schema import BY_NAME, CELL, CHECKPOINTS, IDENTITY, PROBLEM, RESULTS, VERSION, Column
from landscape.study.blocks import HELD, TYPES

_BLOCKS = pa.schema(
    {
        name: pa.dictionary(pa.int8() if column.name in RESULTS else pa.int32(), kind) if column.type is str else kind
        for (name, kind), column in zip(TYPES.items(), HELD.values(), strict=True)
    }
)
"""What is read from blocks, whichever release wrote them: what a file lacks is null, what else it has is left alone."""


def _views(cells: pd.DataFrame, old: Mapping[str, str]) -> str:
    """The views ``runs`` and ``checkpoints`` over blocks and the table of cells, which alone is asked for settings; with
    columns by ``old`` names beside the new ones."""
    settings = [name for name in cells if name not in (CELL, PROBLEM, "runs")]
    described = [f'c."{name}"{"::varchar" if BY_NAME[name].type is str else ""} as "{name}"' for name in settings]
    before = [*map(_from_block, IDENTITY.values()), *described]
    after = [f'b."{CELL}"', f'b."{VERSION}"', f'c."{PROBLEM}"']
    results = [_from_block(column) for column in RESULTS.values()]
    seen = [_from_block(column, unnested=True) for column in CHECKPOINTS.values()]
    joined = f'from _blocks as b join cells as c on b."{CELL}" = c."{CELL}"'
    views = {
        "runs": ([*before, *results, *after], {*IDENTITY, *settings, *RESULTS}),
        "checkpoints": ([*before, *after, *seen], {*IDENTITY, *settings, *CHECKPOINTS}),
    }
    return "".join(
        f"create view {view} as select *{''.join(f', {now} as {was}' for was, now in old.items() if now in names)} "
        f"from (select {', '.join(columns)} {joined});"
        for view, (columns, names) in views.items()
    )


def _from_block(column: Column, unnested: bool = False) -> str:
    """A column of a block, by its name in tables. Booleans are 1 or 0, because DuckDB has no average of booleans, and
    ``avg(solved)`` is the question most often asked."""
    value = f'b."{column.stored}"'
    if column.type is bool:
        value += "::utinyint[]" if unnested else "::utinyint"
    value = f"unnest({value})" if unnested else value
    if column.missing is not None:
        value = f"coalesce({value}, {_literal(column)})"
    return f'{value} as "{column.name}"'


def _literal(column: Column) -> str:
    """What rows of older blocks show, in SQL."""
    return f"{int(column.missing)}" if column.type in (int, bool) else f"'{column.missing}'::double"


def answer(query: str, blocks: Sequence[Path], cells: pd.DataFrame) -> pd.DataFrame:
    """What the query says of the views ``runs``, ``cells`` and ``checkpoints``.

    DuckDB is handed a reader of these files and may touch no other: no path is ever part of a query, and no query can read
    or write anything else. Only columns and rows that the query needs are read.
    """
    with needed_for("queries need"):
        import duckdb
    if not isinstance(query, str):
        raise TypeError(f"query={query!r} is not text; ask something such as: select count(*) from runs")
    if not blocks:
        raise ValueError("nothing is stored yet; run the study first")
    words = words_of(query, over=False)
    old = dict(zip(words, current_names(words), strict=True))
    connection = duckdb.connect(":memory:")
    try:
        connection.register("_blocks", ds.dataset([str(path) for path in blocks], _BLOCKS, filesystem=LocalFileSystem()))
        connection.register("cells", cells.assign(**{was: cells[now] for was, now in old.items() if now in cells}))
        connection.execute(_views(cells, old))
        connection.execute("set temp_directory = ''; set enable_external_access = false; set lock_configuration = true")
        with ThreadPoolExecutor(1) as thread:  # DuckDB hears no Ctrl-C while it works, and this thread does
            work = thread.submit(_answer, connection, query)
            try:
                return work.result()
            except KeyboardInterrupt:
                while not work.done():  # a query that has not begun yet is not interrupted
                    connection.interrupt()
                    wait([work], timeout=0.1)
                raise
    except duckdb.Error as error:
        current_names(words_of(query, over=True))  # raises, where it asks for an old name
        raise ValueError(f"the query cannot be answered: {error}") from None
    finally:
        connection.close()


def _answer(connection: Any, query: str) -> pd.DataFrame:
    result = connection.execute(query)
    if result is None:
        raise ValueError("the query is empty; ask something such as: select count(*) from runs")
    return result.df()
