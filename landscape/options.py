"""Options: what each setting of ``Surface`` and ``Protocol`` takes, what its values mean, and when it says anything.

``schema`` knows names, defaults and limits; records of parts know their meaning, and which settings only they read. Here
they come together: the checks of ``Surface`` and ``Protocol``, ``landscape options``, ``landscape show``, the completion of
a shell and the documentation read this module. ``settings_table()`` and ``values_table("activation")`` are its tables.
"""

import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from landscape import registry
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.initializers import BIASES, INITIALIZERS
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS
from landscape.parts.optimizers import OPTIMIZERS, UPDATES
from landscape.parts.output_layers import OUTPUT_LAYERS
from landscape.problems import FAMILIES, PROBLEMS, Family, Problem, problem
from landscape.schema import SETTINGS, Column
from landscape.validation import allowed_integers, allowed_reals, flag, integer, known, real

OPTIONS: Mapping[str, Column] = MappingProxyType(
    {name: column for name, column in SETTINGS.items() if column.owner in ("Surface", "Protocol")}
)
"""Fields of ``Surface``, then of ``Protocol``, in order."""
RECORDS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "problem": {**PROBLEMS, **FAMILIES},
        "activation": ACTIVATIONS,
        "output": {**ACTIVATIONS, **OUTPUT_LAYERS},
        "objective": OBJECTIVES,
        "reduction": REDUCTIONS,
        "optimizer": OPTIMIZERS,
        "update": UPDATES,
        "gradient": GRADIENTS,
        "init": INITIALIZERS,
        "init_bias": BIASES,
        "criterion": CRITERIA,
    }
)
"""Of each setting that takes names, the table of these."""


def checked(name: str, value: Any) -> Any:
    """The value of a setting as its owner keeps it. Raises ValueError or TypeError for what the setting does not take."""
    column = OPTIONS[name]
    if name == "problem":
        return problem(value)
    if name in ("activation", "output"):
        return registry.named(name, value, OUTPUT_LAYERS if name == "output" else ())
    if name in RECORDS:
        return known(name, value, RECORDS[name])
    if column.type is bool:
        return flag(name, value)
    above, least, below, most = column.limits
    return integer(name, value, int(least), int(most)) if column.type is int else real(name, value, above, least, below)


def takes(name: str) -> str:
    """What a setting takes, in words."""
    column = OPTIONS[name]
    if name in RECORDS:
        return ", ".join(shown(value, record) for value, record in RECORDS[name].items())
    if column.type is bool:
        return "true, false"
    above, least, below, most = column.limits
    return allowed_integers(int(least), int(most)) if column.type is int else allowed_reals(above, least, below)


def shown(name: str, record: Any) -> str:
    """The name of a value; of a family of problems its first and last."""
    return f"{name}1..{name}{record.most}" if isinstance(record, Family) else name


def meaning(record: Any) -> str:
    """What a value means, in a sentence: that of its record, or the first one of the docstring of its function."""
    if isinstance(record, str):
        return record
    if isinstance(record, Problem):
        return f"Targets {_each(record.targets.ravel())} for inputs {_each(record.inputs)}."
    given = getattr(record, "meaning", "")
    if given:
        return str(given)
    text = next(inspect.cleandoc(part.__doc__ or "") for part in record if inspect.isfunction(part))
    return re.split(r"(?<=\.)\s+(?=[A-Z])", " ".join(text.split("\n\n")[0].split()))[0]


def _each(values: Any) -> str:
    """Numbers, or rows of numbers, such as (0,1)."""
    rows = [f"{row:g}" if row.ndim == 0 else f"({','.join(f'{x:g}' for x in row)})" for row in values]
    return " ".join(rows)


def conditions(name: str) -> list[tuple[str, list[str]]]:
    """Other settings, and values of each, of which one has to be given for this setting to say anything. An empty list of
    values stands for any but False and 0; no condition at all means that the setting always applies."""
    needs = OPTIONS[name].needs
    readers = {other: [value for value, part in table.items() if name in _reads(part)] for other, table in RECORDS.items()}
    return [*([(needs, [])] if needs else []), *((other, values) for other, values in readers.items() if values)]


def _reads(record: Any) -> tuple[str, ...]:
    return getattr(record, "reads", ())


def applies(name: str, settings: Mapping[str, Any]) -> bool:
    """Whether a setting says anything beside all the others of a run, by their names."""

    def holds(other: str, values: list[str]) -> bool:
        value = settings[other]
        own = other in ("activation", "output") and value not in RECORDS[other]  # a registered one, with a record of its own
        met = bool(value) if not values else name in _reads(registry.activation(value)) if own else value in values
        return met and applies(other, settings)

    found = conditions(name)
    return not found or any(holds(other, values) for other, values in found)


def only_with(name: str) -> str:
    """When a setting says anything, in words such as "optimizer=adam"; "" for always."""
    words = {other: ",".join(values) for other, values in conditions(name)}
    return " or ".join(
        f"{other}={value}" if value else f"{other}=true" if OPTIONS[other].type is bool else f"{other} above 0"
        for other, value in words.items()
    )


def settings_table() -> pd.DataFrame:
    """Every setting of ``Surface`` and ``Protocol``.

    Returns
    -------
    DataFrame
        Columns setting, of (its owner), default, meaning, unit, takes (names or range) and only_with (other settings, of
        which it needs one to say anything; empty for none).

    Examples
    --------
    >>> from landscape.options import settings_table
    >>> settings_table().set_index("setting").loc["momentum", ["default", "only_with"]].tolist()
    ['0.9', 'optimizer=momentum,nesterov']
    """
    return pd.DataFrame(
        {
            "setting": name,
            "of": column.owner,
            "default": str(column.default).lower() if column.type is bool else f"{column.default}",
            "meaning": column.meaning,
            "unit": column.unit,
            "takes": takes(name),
            "only_with": only_with(name),
        }
        for name, column in OPTIONS.items()
    )


def values_table(name: str) -> pd.DataFrame:
    """Every value of a setting that takes names.

    Parameters
    ----------
    name : str, a key of ``RECORDS``

    Returns
    -------
    DataFrame
        Columns value, meaning, and where there is something to say: range (of an activation's values), reads (settings that
        others do not read) and only_with (other settings without which it is refused).

    Raises
    ------
    ValueError
        for a setting that takes no names.

    Examples
    --------
    >>> from landscape.options import values_table
    >>> values_table("activation").query("value == 'leaky_relu'")[["range", "reads"]].to_numpy().tolist()
    [['-inf to inf', 'slope']]
    """
    table = pd.DataFrame(
        {
            "value": shown(value, record),
            "meaning": meaning(record),
            "range": f"{record.low:.4g} to {record.high:.4g}" if hasattr(record, "low") else "",
            "reads": ", ".join(_reads(record)),
            "only_with": _refused_without(name, value, record),
        }
        for value, record in RECORDS[known("setting", name, RECORDS)].items()
    )
    return table[[column for column in table if (table[column] != "").any()]]


def _refused_without(name: str, value: str, record: Any) -> str:
    """Settings without which a value is refused."""
    if name == "optimizer" and not record.online:
        return "update=batch"
    if name != "objective":
        return ""
    layers = [output for output, layer in OUTPUT_LAYERS.items() if value in layer.costs]
    return f"output={','.join([str(record.output), *layers])}" if record.output else ""
