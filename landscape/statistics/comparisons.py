"""Comparisons: two levels of a setting, on the same starts where the runs have them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape.statistics.codes import codes_of, differing, numbered
from landscape.statistics.columns import HasRuns, confident, names_of, table_of
from landscape.statistics.groups import SETTINGS, Sample, sample_of, told
from landscape.statistics.two_samples import difference_interval, holm, logrank, test_of_rates

ENOUGH = 2
"""Runs a level that a comparison takes at least."""
OWN = (
    *("a", "b", "runs_a", "runs_b", "rate_a", "rate_b", "difference", "low", "high", "paired", "only_a", "only_b", "test"),
    *("p", "z", "logrank_p", "p_holm", "logrank_p_holm"),
)
"""Columns of the table that ``compare`` makes."""


@dataclass(frozen=True)
class Pair:
    """Two levels of a factor within one group: the group's values, what the levels are called, and the rows of each; where
    they are ``paired``, in the same order of starts."""

    values: dict[str, Any]
    names: tuple[Any, Any]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    paired: bool


def compare(
    runs: pd.DataFrame | HasRuns, factor: str | Sequence[str], by: str | Sequence[str] = (), confidence: float = 0.95
) -> pd.DataFrame:
    """Compare every pair of levels of a factor: success rates and times to solution, with tests.

    Where both levels have the same starts, the same (seed, run), they are compared pair by pair: common random numbers.
    Otherwise, if no start is in both, as two samples.

    Parameters
    ----------
    runs : DataFrame, or Result or Study
        One row a run and the columns ``run``, ``solved``; for times ``epochs`` and ``budget``.
    factor : str or list of str
        Column whose levels are compared; several, where settings go together, as an optimizer and its own learning rate:
        their combinations are the levels then.
    by : str or list of str
        Column or columns to group by: levels are compared within each group.
    confidence : float between 0 and 1, of the intervals

    Returns
    -------
    DataFrame, one row a group and pair of levels: the columns of ``by``, then

    - ``a``, ``b``: the levels; of several columns as text
    - ``runs_a``, ``runs_b``, ``rate_a``, ``rate_b``; ``difference``, b less a, with ``low`` and ``high``
    - ``paired``; ``only_a``, ``only_b``: starts solved under that level alone, of pairs
    - ``test`` of the rates: "mcnemar" (exact, of pairs), "boschloo" or "fisher"; its two-sided ``p``
    - ``z`` and ``logrank_p`` of the times, where there are epochs: log-rank test, positive where b is solved earlier; of
      pairs with the variance of the pairs' own differences
    - ``p_holm``, ``logrank_p_holm``: corrected for all rows of this table

    Raises
    ------
    ValueError
        for an empty table, one level, a level with fewer than two runs, levels that share some starts but not all, levels
        that differ in more settings than the factor, a level that mixes settings or holds a run twice.
    TypeError
        for what is no table, or names no columns.

    References
    ----------
    Newcombe 1998 (difference of rates); O'Brien & Fleming 1987, with log-rank scores (times of pairs); Holm 1979
    (correction).

    Examples
    --------
    >>> import landscape as ls
    >>> import pandas as pd
    >>> protocol = ls.Protocol(lr=5.0, budget=2000)
    >>> runs = pd.concat([ls.train(ls.Surface("xor", hidden=h), protocol, runs=100).runs for h in (2, 3)])
    >>> row = ls.compare(runs, factor="hidden").loc[0]
    >>> int(row["a"]), int(row["b"]), float(row["rate_a"]), float(row["rate_b"]), row["test"]
    (2, 3, 0.82, 1.0, 'mcnemar')
    """
    confident(confidence)
    runs = table_of(runs)
    timed = {"epochs", "budget"} <= set(runs.columns)
    sample, keys, names = _levels_of(runs, factor, by, OWN, ("epochs", "budget") if timed else ())
    solved, rows = sample.columns["solved"], []
    for pair in _pairs(runs, sample, keys, names):
        x, y = solved[pair.first], solved[pair.second]
        row = {**pair.values, "a": pair.names[0], "b": pair.names[1], "runs_a": len(x), "runs_b": len(y)}
        row |= {"rate_a": x.mean(), "rate_b": y.mean(), "difference": y.mean() - x.mean()}
        row["low"], row["high"] = difference_interval(x, y, pair.paired, confidence)
        row |= {"paired": pair.paired, **test_of_rates(x, y, pair.paired)}
        if timed:
            one, other = (
                {name: sample.columns[name][place] for name in ("solved", "epochs", "budget")}
                for place in (pair.first, pair.second)
            )
            row["z"], row["logrank_p"] = logrank(one, other, pair.paired)
        rows.append(row)
    table = pd.DataFrame(rows)
    for name in ("p", "logrank_p") if timed else ("p",):
        table[f"{name}_holm"] = holm(table[name])
    return sample.said_of(table)


def flips(runs: pd.DataFrame | HasRuns, factor: str | Sequence[str], by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Starts that are solved under one level of a factor and not under another.

    Parameters
    ----------
    runs : DataFrame, or Result or Study
        One row a run and the columns ``run``, ``solved``; all levels with the same starts.
    factor : str or list of str
        Column whose levels are compared, or several, as for ``compare``.
    by : str or list of str
        Column or columns to group by: levels are compared within each group.

    Returns
    -------
    DataFrame
        One row a pair of levels and start: the columns of ``by``, seed (if there is one), run, ``solved_under``,
        ``not_under`` (levels). Empty where no start flips.

    Raises
    ------
    ValueError
        as ``compare``, and for levels without a start in common.
    TypeError
        for what is no table, or names no columns.

    Examples
    --------
    >>> import landscape as ls
    >>> import pandas as pd
    >>> protocol = ls.Protocol(lr=5.0, budget=2000)
    >>> runs = pd.concat([ls.train(ls.Surface("xor", hidden=h), protocol, runs=20).runs for h in (2, 3)])
    >>> ls.flips(runs, factor="hidden")[["run", "solved_under", "not_under"]].to_numpy().tolist()
    [[6, 3, 2], [10, 3, 2], [18, 3, 2], [19, 3, 2]]
    """
    runs = table_of(runs)
    sample, keys, names = _levels_of(runs, factor, by, ("solved_under", "not_under"), ())
    solved, found = sample.columns["solved"], []
    identity = [name for name in ("seed", "run") if name in sample.columns and name not in keys]
    for pair in _pairs(runs, sample, keys, names):
        if not pair.paired:
            raise ValueError(
                f"{pair.names[0]} and {pair.names[1]}{_told(pair.values)} have no start in common; train both with the same "
                "seed"
            )
        x, y = solved[pair.first], solved[pair.second]
        for (under, not_under), flipped in ((pair.names, x & ~y), (pair.names[::-1], ~x & y)):
            starts = {name: sample.columns[name][pair.first[flipped]] for name in identity}
            found.append(pd.DataFrame(starts).assign(**pair.values, solved_under=under, not_under=not_under))
    table = pd.concat(found, ignore_index=True)
    return sample.said_of(table[[*keys, *identity, "solved_under", "not_under"]])


def _levels_of(
    runs: pd.DataFrame, factor: str | Sequence[str], by: str | Sequence[str], taken: Sequence[str], needed: Sequence[str]
) -> tuple[Sample, list[str], list[str]]:
    """The groups of each level, the columns grouped by, and those whose levels are compared."""
    keys, names = names_of("by", by, runs), names_of("factor", factor, runs)
    if not names or set(names) & set(keys):
        raise ValueError(f"factor={factor!r} and by={by!r} must be different columns; give one factor or more")
    clash = [key for key in keys if key in taken]
    if clash:
        raise ValueError(f"by={keys!r} cannot hold {clash[0]!r}: the answer has a column of that name; rename it")
    sample = sample_of(runs, [*keys, *names], ["run", "solved", *needed])
    if not len(sample.levels):
        raise ValueError("there are no runs in the table; give those of two levels or more")
    return sample, keys, names


def _pairs(runs: pd.DataFrame, sample: Sample, keys: list[str], names: list[str]) -> Iterator[Pair]:
    """Every two levels of each group."""
    groups = list(sample.groups())
    settings = [name for name in SETTINGS if name in runs.columns and name not in sample.keys]
    ones = {name: codes_of(runs[name].iloc[[rows[0] for _, rows in groups]]) for name in settings}
    group, _ = numbered(sample.levels, keys)
    for number in range(group.max() + 1):
        levels = np.flatnonzero(group == number)
        values = {key: groups[levels[0]][0][key] for key in keys}
        if len(levels) < 2:
            only = ", ".join(str(groups[levels[0]][0][name]) for name in names)
            raise ValueError(f"there is one level of {', '.join(names)}{_told(values)}, {only}; two make a pair")
        for pair in combinations(levels, 2):
            one, other = (
                level[names[0]] if len(names) == 1 else ", ".join(f"{name}={level[name]}" for name in names)
                for level in (groups[place][0] for place in pair)
            )
            for name, codes in ones.items():
                if differing(codes[pair[:1]], codes[pair[1:]]).any():
                    first, second = (runs[name].iloc[groups[place][1][0]] for place in pair)
                    raise ValueError(
                        f"{one} and {other}{_told(values)} differ in {name} as well ({first}, {second}); make it part of "
                        f"the factor, [{', '.join([*names, name])}], or group by it"
                    )
            yield _paired(sample, values, (one, other), groups[pair[0]][1], groups[pair[1]][1])


def _paired(
    sample: Sample, values: dict[str, Any], names: tuple[Any, Any], first: NDArray[np.int64], second: NDArray[np.int64]
) -> Pair:
    """Two levels in the same order of starts, and whether they have the same ones."""
    few = [f"{level} has {len(rows)}" for level, rows in zip(names, (first, second), strict=True) if len(rows) < ENOUGH]
    if few:
        raise ValueError(f"{few[0]} run{_told(values)}, too few to compare; train more, {ENOUGH} at least")
    first, second = (rows[np.argsort(sample.start[rows], kind="stable")] for rows in (first, second))
    one, other = sample.start[first], sample.start[second]
    paired = np.array_equal(one, other)
    if not paired and np.isin(one, other).any():
        raise ValueError(
            f"{names[0]} and {names[1]}{_told(values)} share some starts and not others; give the same runs of both, "
            "for pairs, or runs of different seeds"
        )
    return Pair(values, names, first, second, paired)


def _told(values: dict[str, Any]) -> str:
    return told(pd.DataFrame([values]), 0) if values else ""
