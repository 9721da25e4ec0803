"""Groups of runs, and the check that each is one sample. Every statistic of runs begins with ``sample_of``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape import schema
from landscape.schema import CELL, PROBLEM
from landscape.statistics.codes import Codes, codes_of, dense, differing, factorized, first_rows, joined, numbered
from landscape.statistics.columns import READ, HasRuns, Values, names_of, present, table_of

RESULTS = tuple(dict.fromkeys([*schema.IDENTITY, *schema.RESULTS, *schema.CHECKPOINTS]))
"""Columns that identify a run or say how it went. Of these, only ``seed`` and ``epoch`` can be grouped by."""

SETTINGS = tuple(schema.SETTINGS)
"""Columns that say what was trained and how. Runs that differ in one of them are not one sample."""
UNSAID = ("precision", *schema.LATER)
"""Settings that a table may lack: runs in float64 have no column of precision, tables of older releases no later
settings."""
NEVER_POOLED = tuple(column.name for column in schema.COLUMNS if not column.pooled)
"""Columns over which no statistic pools, as budget and epoch: a success rate holds by one epoch, and a mixture has no
meaning."""
ONE_SAMPLE = "one sample"
SHOWN = 6
"""Most levels, or names, that a sentence lists."""


@dataclass(frozen=True)
class Sample:
    """A table of runs in groups, each of which is one sample as far as the table tells.

    Attributes
    ----------
    keys : columns by which the table is grouped
    levels : values of the keys, one row a group, in order
    group : (rows,), number of the group of each row
    columns : by name, the columns (rows,) that the statistic computes with
    runs : (groups,), number of rows of each group
    starts : (groups,), float, effective number of independent starts: the number of rows, but where settings are pooled the
        rows of one start count once
    start : (rows,), a number for each (seed, run), in their order; all 0 without a column ``run``
    pooled_over : levels of each setting that differs within a group
    unknown : columns missing from the table without which it cannot be known whether each group is one sample
    """

    keys: list[str]
    levels: pd.DataFrame
    group: Codes
    columns: dict[str, Values]
    runs: Codes
    starts: NDArray[np.float64]
    start: Codes
    pooled_over: dict[str, list[Any]]
    unknown: list[str]

    def groups(self) -> Iterator[tuple[dict[str, Any], Codes]]:
        """Each group in turn: the values of its keys, and the numbers of its rows."""
        order = np.argsort(self.group, kind="stable")
        ends = np.cumsum(self.runs)
        levels = self.levels.itertuples(index=False, name=None) if self.keys else [()] * len(self.levels)
        for values, last, runs in zip(levels, ends, self.runs, strict=True):
            yield dict(zip(self.keys, values, strict=True)), order[last - runs : last]

    def said_of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table, with ``pooled_over`` and ``sample`` in its ``attrs``; ``sample`` is a sentence that says whether each
        group is one sample."""
        said = [f"{pooled(self.pooled_over)}; intervals count starts, not rows"] if self.pooled_over else []
        if self.unknown:
            more = f" and {len(self.unknown) - SHOWN} more" if len(self.unknown) > SHOWN else ""
            names = ", ".join(self.unknown[:SHOWN])
            said.append(f"whether each group is one sample cannot be known: the table has no column {names}{more}")
        table.attrs = {"sample": "; ".join(said) or ONE_SAMPLE, "pooled_over": self.pooled_over}
        return table


def sample_of(
    runs: pd.DataFrame | HasRuns,
    by: str | Sequence[str],
    needed: Sequence[str] = (),
    taken: Sequence[str] = (),
    pools: bool = False,
    along: Sequence[str] = (),
) -> Sample:
    """Split a table of runs into groups, and check that each is one sample.

    Parameters
    ----------
    needed : columns that the statistic computes with
    taken : names of columns that the statistic adds itself, which cannot be grouped by
    pools : whether the statistic may pool over settings
    along : columns that tell rows of one run apart, as ``epoch`` along a curve

    Raises
    ------
    ValueError
        for rows that agree in seed, run and every setting (copies of one run), for budgets or epochs that differ within a
        group, for other settings that differ unless the statistic ``pools``, and for different truth tables of one name.
    """
    table = table_of(runs)
    keys = names_of("by", by, table)
    present(needed, table)
    wrong = [
        key for key in keys if (key in RESULTS and key not in (*NEVER_POOLED, "seed")) or key in taken or keys.count(key) > 1
    ]
    if wrong:
        raise ValueError(f"by={keys!r} cannot hold {wrong[0]!r}: it is a result, or named twice; give settings, each once")
    guards = [name for name in ("seed", "run", "budget", "epoch") if name in table.columns]
    columns = {name: READ[name](table, name) for name in dict.fromkeys([*needed, *guards]) if name in READ}
    if {"epochs", "budget"} <= columns.keys() and not (columns["budget"] >= columns["epochs"]).all():
        raise ValueError(
            "column 'budget' is below 'epochs', or missing, in some rows; give the most epochs a run was allowed"
        )

    _refuse_namesakes(table)
    group, levels = numbered(table, keys)
    mixed = _mixed(table, group, len(levels), [name for name in (*SETTINGS, CELL, "epoch") if name not in (*keys, *along)])
    for name, rows in mixed.items():
        if name in NEVER_POOLED or not pools:
            first = group[rows][0]
            shown = ", ".join(map(str, table[name][group == first].unique()[:4].tolist()))
            raise ValueError(
                f"runs with different {name} ({shown}) are in one group{told(levels, first)}; name {name!r} among the "
                "columns to group by, or choose rows of one level"
            )

    start = np.zeros(len(table), np.int64)
    for name in ("seed", "run"):
        if name in columns:
            start = joined(start, columns[name])
    kind = group  # a number for each combination of group and settings
    for name in (each for each in mixed if each != CELL):
        kind = dense(joined(kind, factorized(table[name], sort=False)))
    told_apart = set(mixed) - {CELL}
    if CELL in mixed and _mixed(table, kind, int(kind.max()) + 1, [CELL]):  # cells differ where no setting does
        told_apart.add(CELL)
        kind = dense(joined(kind, factorized(table[CELL], sort=False)))
    if "run" in columns:
        row = joined(kind, start)
        for name in along:
            row = joined(row, pd.factorize(columns[name])[0])
        _refuse_copies(row, columns, levels, group)

    counts = np.bincount(group, minlength=len(levels))
    starts = counts.astype(np.float64)
    if mixed:
        # without a column run, rows of different settings are taken to share their starts
        number = start if "run" in columns else pd.Series(kind).groupby(kind).cumcount().to_numpy()
        starts = _independent(group, number, counts)
    pooled_over = {name: _levels(table[name][mixed[name]]) for name in mixed if name in told_apart}
    unknown = [name for name in ("seed", "run") if name not in table.columns]
    if CELL not in table.columns or table[CELL].isna().any():
        unknown += [name for name in SETTINGS if name not in table.columns and name not in UNSAID]
        unknown += [PROBLEM] if PROBLEM not in table.columns or table[PROBLEM].isna().any() else []
    return Sample(keys, levels, group, columns, counts, starts, start, pooled_over, unknown)


def _independent(group: Codes, start: Codes, counts: Codes) -> NDArray[np.float64]:
    """Effective sample size (groups,) of each group, where rows of one start count as copies: (sum of m)^2 / sum of m^2,
    with m rows of each start (Kish 1965)."""
    own = dense(joined(group, start))
    rows_alike = np.bincount(own)[own]
    return np.asarray(counts.astype(np.float64) ** 2 / np.bincount(group, weights=rows_alike, minlength=len(counts)))


def told(levels: pd.DataFrame, number: int) -> str:
    """The keys of a group and their values, in words for an error message."""
    values = ", ".join(f"{name}={levels[name].iloc[number]}" for name in levels)
    return f" ({values})" if values else ""


def _mixed(table: pd.DataFrame, group: Codes, groups: int, names: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """By name, the columns out of ``names`` whose values differ within a group, with the rows (rows,) of these groups
    marked."""
    found: dict[str, NDArray[np.bool_]] = {}
    first = first_rows(group, groups)
    for name in names:
        if name not in table.columns:
            continue
        values = codes_of(table[name])
        if len(values) and not (values == values[0]).all():
            apart = differing(values, values[first][group])
            if apart.any():
                found[name] = (np.bincount(group[apart], minlength=groups) > 0)[group]
    return found


def _refuse_namesakes(table: pd.DataFrame) -> None:
    """Refuse two truth tables of one name, as grids do: grouped by problem, they would be taken for one."""
    if not {"problem", PROBLEM} <= set(table.columns) or codes_of(table[PROBLEM]).max(initial=0) <= 0:
        return
    told = table.loc[table[PROBLEM].notna().to_numpy(), ["problem", PROBLEM]].drop_duplicates()
    for name in told["problem"][told["problem"].duplicated()]:
        raise ValueError(
            f'two different problems are named "{name}" in the table; give each a name of its own, with '
            "landscape.Problem(inputs, targets, name=...)"
        )


def _refuse_copies(row: Codes, columns: dict[str, Values], levels: pd.DataFrame, group: Codes) -> None:
    """Refuse rows with the same code: they are copies of one run."""
    if (np.diff(row) > 0).all() or (row.max() < 8 * len(row) and np.bincount(row).max() == 1):
        return
    copies = pd.Series(row).duplicated().to_numpy()
    if copies.any():
        at = int(np.flatnonzero(copies)[0])
        alike = (
            "seed, run and every setting are the same" if "seed" in columns else "there is no column seed to tell them apart"
        )
        raise ValueError(
            f"run {columns['run'][at]} stands more than once in a group ({copies.sum():,} rows too many): {alike}"
            f"{told(levels, group[at])}; give each run once. Where train was called twice with starts of your own, give the "
            "second call first_run=, so that its runs have numbers of their own; where a column tells the copies apart, "
            "keep it in the table and name it among the columns to group by"
        )


def pooled(over: Mapping[str, Sequence[Any]]) -> str:
    """The settings that are pooled over and their levels, in one line; empty without any."""
    said = []
    for name, levels in over.items():
        more = f" ... ({len(levels)})" if len(levels) > SHOWN else ""
        said.append(f"{name} = {', '.join(shown(levels)[:SHOWN])}{more}")
    return f"pooled over {'; '.join(said)}" if said else ""


def shown(levels: Sequence[Any]) -> list[str]:
    """Levels as text; numbers with six digits, or with all digits where two levels would look alike."""
    words = ["missing" if value is None else str(value) for value in levels]
    short = [f"{value:.6g}" if isinstance(value, float) else word for value, word in zip(levels, words, strict=True)]
    return short if len(set(short)) == len(set(words)) else words


def _levels(column: pd.Series) -> list[Any]:
    """The different values, sorted, as types that JSON knows: tables keep ``attrs`` as JSON in Parquet files. None, for
    missing values, comes last."""
    there = column[~column.isna()]
    values = [value if isinstance(value, (bool, int, float, str)) else str(value) for value in there.unique().tolist()]
    missing = [None] if len(there) < len(column) else []
    try:
        return sorted(values) + missing
    except TypeError:
        return sorted(values, key=str) + missing
