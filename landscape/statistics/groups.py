"""Tables of runs, checked once and taken apart into groups: the public door of every statistic."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

RESULTS = ("run", "seed", "outcome", "solved", "epochs", "epoch", "loss", "grad_norm")
"""Columns that tell who a run is and how it went: no groups are made of them but of ``seed`` and ``epoch``."""

SETTINGS = (
    *("problem", "hidden", "activation", "output", "objective", "reduction", "l2", "bias", "shortcut", "slope"),
    *("optimizer", "lr", "update", "momentum", "beta1", "beta2", "epsilon", "gradient", "init", "init_scale", "init_bias"),
    *("criterion", "tolerance", "budget", "stall", "precision"),
)
"""Columns that say what was trained and how. Runs that differ in one of them are not one sample."""


def checked(runs: pd.DataFrame, by: str | Sequence[str], needed: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """The columns to group by, once the table is known to have them and those ``needed``; ``taken`` are names that the
    answer gives to columns of its own."""
    if not isinstance(runs, pd.DataFrame):
        raise TypeError(f"runs of type {type(runs).__name__} is not a table; give a DataFrame such as result.runs")
    if not isinstance(by, (str, Sequence)):
        raise TypeError(f"by={by!r} names no columns; give one name or a list of them")
    keys = [by] if isinstance(by, str) else list(by)
    missing = [name for name in [*keys, *needed] if name not in runs.columns]
    if missing:
        raise ValueError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, runs.columns))}")
    own = [name for name in RESULTS if name not in ("seed", "epoch")] + list(taken)
    wrong = [key for key in keys if key in own or keys.count(key) > 1]
    if wrong:
        raise ValueError(f"by={keys!r} cannot hold {wrong[0]!r}: it is a result, or named twice; give settings, each once")
    if "solved" in needed and (not pd.api.types.is_bool_dtype(runs["solved"]) or runs["solved"].isna().any()):
        raise ValueError("column 'solved' holds more than True and False; give a table with True or False in every row")
    if "epochs" in needed:
        epochs = runs["epochs"]
        if not pd.api.types.is_numeric_dtype(epochs) or not (np.isfinite(epochs) & (epochs >= 0)).all():
            raise ValueError("column 'epochs' holds more than numbers of 0 and above; give the epochs spent in every row")
    if "budget" in needed and not (runs["budget"] >= runs["epochs"]).all():
        raise ValueError(
            "column 'budget' is below 'epochs', or missing, in some rows; give the most epochs a run was allowed"
        )
    return keys


def fraction(field: str, value: float, allowed: str) -> float:
    """A number strictly between 0 and 1."""
    if not (isinstance(value, (float, np.floating)) and 0.0 < value < 1.0):
        raise ValueError(f"{field}={value!r} is not allowed; give {allowed}")
    return float(value)


def confident(confidence: float) -> float:
    """The confidence of an interval."""
    return fraction("confidence", confidence, "a number between 0 and 1, such as 0.95")


def groups_of(runs: pd.DataFrame, keys: Sequence[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Each group that has rows, with the values of its keys; all rows without keys."""
    if not keys:
        if len(runs):
            yield {}, runs
        return
    for values, group in runs.groupby(list(keys), observed=True, sort=True, dropna=False):
        yield dict(zip(keys, values, strict=True)), group


def one_sample(runs: pd.DataFrame, keys: Sequence[str]) -> None:
    """Refuse groups whose runs differ in a setting, or that hold a run twice: their runs are not one sample."""
    one_setting(runs, keys, SETTINGS)
    identity = [name for name in ("seed", "run") if name in runs.columns and name not in keys]
    if "run" not in identity:
        return
    copies = runs.duplicated([*keys, *identity]).to_numpy()
    if copies.any():
        raise ValueError(
            f"run {runs['run'].to_numpy()[copies][0]} stands more than once in a group ({copies.sum():,} rows too many); "
            "give each run once, and name what tells the copies apart among the columns to group by"
        )


def one_setting(runs: pd.DataFrame, keys: Sequence[str], names: Sequence[str]) -> None:
    """Refuse groups whose runs differ in one of these settings."""
    varying = [name for name in names if name in runs.columns and name not in keys and several(runs[name])]
    for values, group in groups_of(runs, keys) if varying else ():  # of five million rows, groups take seconds
        for name in varying:
            if several(group[name]):
                levels = ", ".join(map(str, group[name].unique()[:4].tolist()))
                raise ValueError(
                    f"runs with different {name} ({levels}) are in one group{told(values)}; name {name!r} among the columns "
                    "to group by, or choose rows of one level"
                )


def told(values: dict[str, Any]) -> str:
    """A group, for an error: its keys with their values."""
    return f" ({', '.join(f'{name}={value}' for name, value in values.items())})" if values else ""


def several(column: pd.Series) -> bool:
    """Whether a column holds more than one value; missing values are one of their own."""
    if isinstance(column.dtype, pd.CategoricalDtype) and len(column.cat.categories) == 1 and not column.hasnans:
        return False
    return bool(column.nunique(dropna=False) > 1)
