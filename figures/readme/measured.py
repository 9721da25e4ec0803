"""Every number that README and documentation tell, by study and name, and how it comes from the tables of a whole study.

``docs/measured.json`` keeps them, each study with machine, date and command, so that the pages can be written where no study
has been run. Adding a number: one line here, ``make readme`` where the study was run, and its name in a template.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from landscape.figures.readme.values import Values

STORED = Path(__file__).parents[2] / "docs" / "measured.json"
Number = Callable[[Values], Any]


def in_throughput(column: str, program: str, **where: Any) -> Number:
    """A column of the one row of a program."""
    return lambda values: values.value("throughput", column, program=program, **where)


def of_job(column: str, job: str, scale: float = 1.0) -> Number:
    """A column of the row of a job that was timed."""
    return lambda values: scale * values.value("throughput_jobs", column, job=job)


def timed(column: str) -> Number:
    """What is the same for all rows of the study of speed."""
    return lambda values: values.rows("throughput").iloc[0][column]


def slowest(column: str) -> Number:
    """Of the activation that takes longest."""
    return lambda values: values.rows("throughput", program="landscape", hidden=2).sort_values("to_sigmoid").iloc[-1][column]


def speeds() -> Iterator[tuple[str, Number]]:
    """Nanoseconds and ratios of the table of programs."""
    for name in ("sigmoid", "tanh", "relu"):
        for hidden in (2, 3, 8):
            ours = {"program": "landscape", "activation": name, "hidden": hidden}
            yield f"{name}_{hidden}_ns", in_throughput("median", **ours)
            yield f"{name}_{hidden}_to_yardstick", in_throughput("to_yardstick", **ours)
        for peer in ("jax vmap", "jax tuned"):
            theirs = {"program": peer, "activation": name, "hidden": 2}
            yield f"{name}_{peer.replace(' ', '_')}_ns", in_throughput("median", **theirs)
            yield f"{name}_{peer.replace(' ', '_')}_times", in_throughput("to_landscape", **theirs)


def solves_to_epochs(values: Values) -> float:
    """Time of runs to the first solve against the time that their epochs alone would take."""
    job = values.rows("throughput_jobs", job="runs to the first solve").iloc[0]
    ns = values.value("throughput", "median", program="landscape", activation="sigmoid", hidden=2)
    return float(1e9 * job["seconds"] / job["epochs"] / ns)


SIGMOID = {"activation": "sigmoid", "hidden": 2}
SPEED: dict[str, Number] = {
    "runs": timed("runs"),
    "epochs": timed("epochs"),
    "rounds": timed("rounds"),
    **dict(speeds()),
    "slowest": slowest("activation"),
    "slowest_times": slowest("to_sigmoid"),
    "momentum_times": in_throughput("to_landscape", "landscape, momentum"),
    "adam_times": in_throughput("to_landscape", "landscape, adam"),
    "online_times": in_throughput("to_landscape", "landscape, online"),
    "watched_times": in_throughput("to_landscape", "landscape, online, watched"),
    "one_thread_times": in_throughput("to_landscape", "landscape, one thread", activation="sigmoid"),
    "avx2_times": in_throughput("to_landscape", "landscape, AVX2", activation="sigmoid"),
    "float32_times": in_throughput("to_landscape", "landscape, float32", **SIGMOID),
    "pytorch_times": in_throughput("to_landscape", "pytorch", **SIGMOID),
    "numpy_times": in_throughput("to_landscape", "numpy loop", **SIGMOID),
    "scikit_learn_times": in_throughput("to_landscape", "scikit-learn", **SIGMOID),
    "solves": of_job("size", "runs to the first solve"),
    "solves_seconds": of_job("seconds", "runs to the first solve"),
    "solves_to_epochs": solves_to_epochs,
    "solves_alone_seconds": of_job("seconds", "runs to the first solve, on one thread"),
    "descents": of_job("size", "starts to their minima, l2 = 1e-4"),
    "descents_seconds": of_job("seconds", "starts to their minima, l2 = 1e-4"),
    "diagnoses": of_job("size", "ended runs diagnosed"),
    "diagnoses_seconds": of_job("seconds", "ended runs diagnosed"),
    "plane": of_job("size", "losses of a plane"),
    "plane_ms": of_job("seconds", "losses of a plane", 1000.0),
    "basins": of_job("size", "starts of a map of basins"),
    "basins_seconds": of_job("seconds", "starts of a map of basins"),
    "first_call_seconds": of_job("seconds", "first call ever, from the start of Python"),
    "second_process_seconds": of_job("seconds", "first call of a second process"),
    "million": of_job("size", "runs of 10 epochs, in a process of their own"),
    "million_gib": of_job("gib", "runs of 10 epochs, in a process of their own"),
}


def networks(values: Values) -> int:
    """How many networks the study of the posted program trains."""
    last = {"posted_program_widths": 10_000, "posted_program_rates": 100_000}
    return sum(int(values.rows(table, epoch=epoch)["runs"].sum()) for table, epoch in last.items())


def shares(values: Values) -> dict[str, dict[str, float]]:
    """How two-unit networks end, by activation."""
    rows = values.rows("local_minima_shares", hidden=2).drop(columns="hidden")
    return {row.pop("activation"): row for row in rows.to_dict("records")}


def escaping(activation: str, hidden: int) -> Number:
    """Share of runs on their way to infinity."""
    return lambda values: values.value("local_minima_shares", "escaping", activation=activation, hidden=hidden)


def overhead(column: str, epochs: int) -> Number:
    """A column of the table of what studies cost, by the epochs of a run."""
    return lambda values: values.rows("store_overhead", epochs=epochs).iloc[0][column]


def millions(column: str, step: str | None = None) -> Number:
    """A column of the table of a study of millions of runs: of one step, or the most."""
    table = "store_overhead_millions"
    return lambda values: values.rows(table)[column].max() if step is None else values.value(table, column, step=step)


NUMBERS: dict[str, dict[str, Number]] = {
    "posted_program": {
        "networks": networks,
        "seconds": lambda values: values.made("posted_program")["seconds"],
        "processors": lambda values: values.made("posted_program")["made_with"]["processors"],
        "epochs_caption": lambda values: values.caption("posted_program_epochs"),
    },
    "success_rates": {"restarts": lambda values: values.finding("success_rates", "Of two units")},
    "precision": {"flips": lambda values: values.finding("precision", "Of ")},
    "local_minima": {
        "runs": lambda values: values.made("local_minima")["runs"],
        "lr": lambda values: values.made("local_minima")["settings"]["lr"],
        "budget": lambda values: values.made("local_minima")["settings"]["budget"],
        "shares": shares,
        **{f"{name}_{hidden}_escaping": escaping(name, hidden) for name in ("sigmoid", "tanh") for hidden in (2, 3)},
    },
    "basins": {"zooms_caption": lambda values: values.caption("basins_zooms")},
    "throughput": {
        "processors": lambda values: values.made("throughput")["made_with"]["processors"],
        "cpu": lambda values: values.made("throughput")["made_with"]["cpu"],
        **SPEED,
    },
    "store_overhead": {
        "cells": overhead("cells", 1000),
        "runs": overhead("runs", 1000),
        "to_cell_by_cell": overhead("to_cell_by_cell", 1000),
        "to_in_few_calls": overhead("to_in_few_calls", 1000),
        "small_runs": overhead("runs", 200),
        "small_ms_a_cell": overhead("more_ms_a_cell", 200),
        "millions": millions("runs"),
        "megabytes": millions("megabytes"),
        "gib_to_make": millions("gib", "trained and stored"),
        "three_columns_seconds": millions("seconds", "three columns read"),
        "all_columns_seconds": millions("seconds", "all columns read"),
        "all_columns_gib": millions("gib", "all columns read"),
    },
}
"""Of each study the numbers that are told, and the sentences it found."""


def plain(value: Any) -> Any:
    """As JSON keeps it."""
    return value.item() if hasattr(value, "item") else value


def measured(values: Values) -> dict[str, dict[str, Any]]:
    """All numbers out of stored results, with machine, date and command of each study."""
    found = {}
    for study, numbers in NUMBERS.items():
        record = values.made(study)
        made = record["made_with"]
        found[study] = {
            "machine": f"{made['processors']} cores of {made['cpu']}",
            "date": made["time_utc"][:10],
            "command": record["command"],
            "numbers": {name: plain(number(values)) for name, number in numbers.items()},
        }
    return found


def stored() -> dict[str, dict[str, Any]]:
    """What ``docs/measured.json`` holds."""
    return dict(json.loads(STORED.read_text(encoding="utf-8")))


def written(found: dict[str, dict[str, Any]]) -> str:
    """The text of ``docs/measured.json``."""
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
