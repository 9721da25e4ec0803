"""SQL over a study's blocks, by DuckDB, which is imported here and nowhere else."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
from pyarrow.fs import LocalFileSystem

from landscape.study.blocks import CELL, LISTS, RESULTS

_LISTS, _RESULTS = ", ".join(LISTS), ", ".join(RESULTS)
_VIEWS = f"""
create view runs as
    select * exclude ({_LISTS}) replace (solved::utinyint as solved)
    from _blocks join (select {CELL}, _problem from cells) using ({CELL});
create view checkpoints as
    select * exclude ({_RESULTS}, {_LISTS}),
        unnest(checkpoint_epoch) as epoch, unnest(checkpoint_loss) as loss, unnest(checkpoint_solved::utinyint[]) as solved
    from _blocks join (select {CELL}, _problem from cells) using ({CELL});
"""
"""``solved`` is 1 or 0, because DuckDB has no average of booleans, and ``avg(solved)`` is the question most often asked."""


def answer(query: str, blocks: Sequence[Path], cells: pd.DataFrame) -> pd.DataFrame:
    """What the query says of the views ``runs``, ``cells`` and ``checkpoints``.

    DuckDB is handed a reader of these files and may touch no other: no path is ever part of a query, and no query can read
    or write anything else. Only columns and rows that the query needs are read.
    """
    try:
        import duckdb
    except ImportError:
        raise ImportError("queries need DuckDB; install it with: pip install duckdb") from None
    if not isinstance(query, str):
        raise TypeError(f"query={query!r} is not text; ask something such as: select count(*) from runs")
    if not blocks:
        raise ValueError("nothing is stored yet; run the study first")
    connection = duckdb.connect(":memory:")
    try:
        connection.register("_blocks", ds.dataset([str(path) for path in blocks], filesystem=LocalFileSystem()))
        connection.register("cells", cells)
        connection.execute(_VIEWS)
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
        raise ValueError(f"the query cannot be answered: {error}") from None
    finally:
        connection.close()


def _answer(connection: Any, query: str) -> pd.DataFrame:
    result = connection.execute(query)
    if result is None:
        raise ValueError("the query is empty; ask something such as: select count(*) from runs")
    return result.df()
