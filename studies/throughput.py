"""How fast the trainer is, beside what else there is: time per run and epoch, in one go, contenders taking turns.

Full-batch gradient descent on XOR in float64, 8,192 runs of 1,000 epochs, no stopping. The yardstick, a hand-written program
for one case (yardstick.cpp), takes part where there is a C++ compiler, JAX where it is installed (pip install -e .[peers]).
Then the first call ever and the second start, ten thousand runs to the first solve, and the memory of a million runs.
Run it with nothing else running. Writes throughput to the folder of results.

    python studies/throughput.py
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from options import options, save

import landscape as ls
from landscape.activations import ACTIVATIONS

WIDTHS = (2, 3, 8)
PEERED = ("sigmoid", "tanh", "relu")
LR = 1.0


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Seconds that the work takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return measure


def trainer(hidden: int, activation: str, runs: int, epochs: int) -> Callable[[], float]:
    """The whole call: starts, training, tables."""
    surface = ls.Surface("xor", hidden, activation, reduction="sum")
    protocol = ls.Protocol(lr=LR, init="normal", criterion="never", budget=epochs)
    return timed(lambda: ls.train(surface, protocol, runs))


def yardstick(hidden: int, runs: int, epochs: int, folder: Path) -> Callable[[], float]:
    """The compiled program's own clock."""
    source, program = Path(__file__).with_name("yardstick.cpp"), folder / f"yardstick{hidden}"
    flags = ["-O3", "-march=native", "-fno-signed-zeros", "-fno-trapping-math", f"-DH={hidden}", "-lpthread"]
    subprocess.run(["g++", str(source), *flags, "-o", str(program)], check=True)
    command = [str(program), str(runs), str(epochs)]
    return lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])


def contenders(runs: int, epochs: int, folder: Path) -> dict[tuple[str, str, int], Callable[[], float]]:
    """By name, activation and hidden units; each measures itself once."""
    found: dict[tuple[str, str, int], Callable[[], float]] = {}
    for hidden in WIDTHS:
        if shutil.which("g++"):
            found["yardstick", "sigmoid", hidden] = yardstick(hidden, runs, epochs, folder)
        for activation in ACTIVATIONS if hidden == WIDTHS[0] else PEERED:
            found["landscape", activation, hidden] = trainer(hidden, activation, runs, epochs)
    try:
        import jax_peers as peers
    except ImportError:
        return found
    group = min(256, runs)
    for activation in PEERED:
        found["jax vmap", activation, 2] = timed(peers.vmap(2, activation, runs, epochs, LR))
        found["jax tuned", activation, 2] = timed(peers.tuned(2, activation, runs, epochs, LR, group))
    return found


def per_run_and_epoch(runs: int, epochs: int, rounds: int) -> pd.DataFrame:
    """Nanoseconds, median and range of the rounds; and ratios, the median of the rounds' own: to the yardstick, to sigmoid,
    and of each JAX to this trainer."""
    with tempfile.TemporaryDirectory() as folder:
        work = contenders(runs, epochs, Path(folder))
        for measure in work.values():  # what is compiled is compiled now
            measure()
        rows = [{key: measure() for key, measure in work.items()} for _ in range(rounds)]
    seconds = pd.DataFrame(rows)
    seconds.columns = pd.MultiIndex.from_tuples(list(work), names=["program", "activation", "hidden"])
    nanoseconds = seconds * 1e9 / (runs * epochs)
    table = nanoseconds.agg(["median", "min", "max"]).T

    def ratio(key: tuple[str, str, int], other: tuple[str, str, int]) -> float:
        return float((seconds[key] / seconds[other]).median()) if other in seconds else np.nan

    table["to_yardstick"] = [ratio(key, ("yardstick", *key[1:])) for key in table.index]
    table["to_sigmoid"] = [ratio(key, (key[0], "sigmoid", key[2])) for key in table.index]
    table["to_landscape"] = [ratio(key, ("landscape", *key[1:])) for key in table.index]
    return table.reset_index()


FIRST = "import landscape as ls; ls.train(ls.Surface(), ls.Protocol(budget=100), runs=100)"
MILLION = (
    "import landscape as ls, resource; ls.train(ls.Surface(), ls.Protocol(budget=10), runs=%d); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
)


def python(script: str, cache: str) -> tuple[float, str]:
    """Seconds of a fresh interpreter, and what it printed."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    return time.perf_counter() - start, done.stdout


def whole_job(runs: int, rounds: int) -> float:
    """Seconds for so many sigmoid 2-2-1 runs to the first solve, budget 20,000, median."""
    surface, protocol = ls.Surface(), ls.Protocol(budget=20_000)
    return float(np.median([timed(lambda: ls.train(surface, protocol, runs))() for _ in range(rounds)]))


def main() -> None:
    given = options(__doc__, runs=8_192, quick_runs=512)
    epochs, rounds = (100, 2) if given.quick else (1_000, 9)
    table = per_run_and_epoch(given.runs, epochs, rounds)
    save(table, given.out, "throughput")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"Nanoseconds per run and epoch, {given.runs:,} runs of {epochs:,} epochs, {rounds} rounds:\n")
    print(table.to_string(index=False, float_format="%.2f", na_rep=""))

    job = 500 if given.quick else 10_000
    solving = whole_job(job, 3)
    with tempfile.TemporaryDirectory() as cache:
        first, second = python(FIRST, cache)[0], np.median([python(FIRST, cache)[0] for _ in range(rounds)])
        many = 10_000 if given.quick else 1_000_000
        memory = float(python(MILLION % many, cache)[1])
    print(f"\n{job:,} runs to the first solve, learning rate 0.5, budget 20,000: {solving:.2f} s")
    print(f"first call ever, from the start of Python: {first:.1f} s; in a second process: {second:.2f} s")
    print(f"{many:,} runs: {memory:.2f} GiB at most")


if __name__ == "__main__":
    main()
