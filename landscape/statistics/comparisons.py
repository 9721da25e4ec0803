"""Comparisons: two levels of a setting, on the same starts where the runs have them."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from landscape.statistics.groups import SETTINGS, checked, confident, groups_of, one_sample, several, told
from landscape.statistics.two_samples import difference_interval, holm, logrank, test_of_rates

ENOUGH = 2
"""Runs a level that a comparison takes at least."""


def compare(
    runs: pd.DataFrame, factor: str | Sequence[str], by: str | Sequence[str] = (), confidence: float = 0.95
) -> pd.DataFrame:
    """Every pair of levels of a factor: difference of success rates and of times to solution, with tests.

    Where both levels have the same starts, the same (seed, run), they are compared pair by pair: common random numbers.
    Otherwise, if no start is in both, as two samples.

    Parameters
    ----------
    runs : DataFrame with one row a run and the columns ``run``, ``solved``; for times ``epochs`` and ``budget``
    factor : column whose levels are compared; several, where settings go together, as an optimizer and its own learning
        rate: their combinations are the levels then
    by : column or columns to group by: levels are compared within each group

    Returns
    -------
    DataFrame, one row a group and pair of levels: the columns of ``by``, then

    - ``a``, ``b``: the levels; of several columns as text
    - ``runs_a``, ``runs_b``, ``rate_a``, ``rate_b``; ``difference``, b less a, with ``low`` and ``high`` (Newcombe 1998)
    - ``paired``; ``only_a``, ``only_b``: starts solved under that level alone, of pairs
    - ``test`` of the rates: "mcnemar" (exact, of pairs), "boschloo" or "fisher"; its two-sided ``p``
    - ``z`` and ``logrank_p`` of the times, where there are epochs: log-rank test, positive where b is solved earlier; of
      pairs with the variance of the pairs' own differences (O'Brien & Fleming 1987, with log-rank scores)
    - ``p_holm``, ``logrank_p_holm``: corrected for all rows of this table (Holm 1979)

    Raises
    ------
    ValueError
        for an empty table, one level, a level with fewer than two runs, levels that share some starts but not all, levels
        that differ in more settings than the factor, settings mixed in one level.
    """
    keys, names = _keys_and_factor(runs, factor, by)
    confident(confidence)
    timed = "epochs" in runs.columns and "budget" in runs.columns
    if timed:
        checked(runs, (), ["epochs", "budget"])
    rows = []
    for values, first, second, both in _pairs_of_levels(runs, names, keys):
        one, other, paired = _brought_together(first, second, both, values)
        x, y = one["solved"].to_numpy(), other["solved"].to_numpy()
        row = {**values, "a": both[0], "b": both[1], "runs_a": len(x), "runs_b": len(y)}
        row |= {"rate_a": x.mean(), "rate_b": y.mean(), "difference": y.mean() - x.mean()}
        row["low"], row["high"] = difference_interval(x, y, paired, confidence)
        row |= {"paired": paired, **test_of_rates(x, y, paired)}
        if timed:
            row["z"], row["logrank_p"] = logrank(one, other, paired)
        rows.append(row)
    table = pd.DataFrame(rows)
    for name in ("p", "logrank_p") if timed else ("p",):
        table[f"{name}_holm"] = holm(table[name])
    return table


def flips(runs: pd.DataFrame, factor: str | Sequence[str], by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Starts that are solved under one level of a factor and not under another.

    Parameters as for ``compare``; levels must have the same starts.

    Returns
    -------
    DataFrame, one row a pair of levels and start: the columns of ``by``, seed (if there is one), run, ``solved_under``,
    ``not_under`` (levels). Empty where no start flips.
    """
    keys, names = _keys_and_factor(runs, factor, by)
    found, identity = [], [name for name in _identity(runs) if name not in keys]
    for values, first, second, both in _pairs_of_levels(runs, names, keys):
        one, other, paired = _brought_together(first, second, both, values)
        if not paired:
            raise ValueError(f"{both[0]} and {both[1]}{told(values)} have no start in common; train both with the same seed")
        for under, not_under, left, right in ((both[0], both[1], one, other), (both[1], both[0], other, one)):
            flipped = left.loc[left["solved"].to_numpy() & ~right["solved"].to_numpy(), identity]
            found.append(flipped.assign(**values, solved_under=under, not_under=not_under))
    table = pd.concat(found, ignore_index=True)
    return table[[*keys, *identity, "solved_under", "not_under"]]


def _identity(runs: pd.DataFrame) -> list[str]:
    """Columns that name a start."""
    return [name for name in ("seed", "run") if name in runs.columns]


def _keys_and_factor(
    runs: pd.DataFrame, factor: str | Sequence[str], by: str | Sequence[str]
) -> tuple[list[str], list[str]]:
    """Columns to group by and those whose levels are compared, once it is known that the levels can be."""
    names = checked(runs, factor, ["run", "solved"])
    keys = checked(runs, by, [], ("a", "b"))
    if not names or set(names) & set(keys):
        raise ValueError(f"factor={factor!r} and by={by!r} must be different columns; give one factor or more")
    if runs.empty:
        raise ValueError("there are no runs in the table; give those of two levels or more")
    one_sample(runs, [*keys, *names])
    return keys, names


def _pairs_of_levels(
    runs: pd.DataFrame, names: list[str], keys: list[str]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.DataFrame, tuple[Any, Any]]]:
    """Each group's values, the rows of two levels, and what these are called."""
    settings = [name for name in SETTINGS if name in runs.columns and name not in names and name not in keys]
    for values, group in groups_of(runs, keys):
        levels = [(tuple(level.values()), rows) for level, rows in groups_of(group, names)]
        if len(levels) < 2:
            only = ", ".join(map(str, levels[0][0]))
            raise ValueError(f"there is one level of {', '.join(names)}{told(values)}, {only}; two make a pair")
        for (one, first), (other, second) in combinations(levels, 2):
            one_name, other_name = (
                each[0] if len(names) == 1 else ", ".join(f"{name}={value}" for name, value in zip(names, each, strict=True))
                for each in (one, other)
            )
            for name in settings:
                if several(pd.concat([first[name].iloc[:1], second[name].iloc[:1]])):
                    raise ValueError(
                        f"{one_name} and {other_name}{told(values)} differ in {name} as well ({first[name].iloc[0]}, "
                        f"{second[name].iloc[0]}); make it part of the factor, [{', '.join([*names, name])}], or group by it"
                    )
            yield values, first, second, (one_name, other_name)


def _brought_together(
    first: pd.DataFrame, second: pd.DataFrame, both: tuple[Any, Any], values: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """Two levels in the same order of starts, and whether they have the same ones."""
    few = [f"{level} has {len(rows)}" for level, rows in zip(both, (first, second), strict=True) if len(rows) < ENOUGH]
    if few:
        raise ValueError(f"{few[0]} run{told(values)}, too few to compare; train more, {ENOUGH} at least")
    identity = _identity(first)
    one, other = first.sort_values(identity), second.sort_values(identity)
    if len(one) == len(other) and (one[identity].to_numpy() == other[identity].to_numpy()).all():
        return one, other, True
    if len(pd.merge(one[identity], other[identity])):
        raise ValueError(
            f"{both[0]} and {both[1]}{told(values)} share some starts and not others; give the same runs of both, "
            "for pairs, or runs of different seeds"
        )
    return one, other, False
