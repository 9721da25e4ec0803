"""How fast is the trainer, beside what else there is?

Time per run and epoch, in one go, contenders taking turns: full-batch gradient descent on XOR in float64, 8,192 runs of
1,000 epochs, no stopping; and in float32, by other optimizers, with online updates, on one thread, and compiled for a
machine without AVX-512. A yardstick, written by hand for this case (yardstick.cpp), takes part where there is a C++
compiler; JAX, PyTorch and scikit-learn where they are installed (pip install 'xor-landscape[peers]'), and a loop in NumPy.
Slow ones do less of it.
Then single jobs: the first call ever and the second start, a hundred thousand runs to the first solve, on every thread and
on one, the memory of a million runs, descents, diagnoses, a slice and a map of basins. Run it with nothing else running.
Writes throughput and throughput_jobs to the folder of results.

    python studies/throughput.py
"""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import landscape as ls
from landscape.parts.activations import ACTIVATIONS
from landscape.studies import peers
from landscape.studies.options import options, record

WIDTHS = (2, 3, 8)
PEERED = ("sigmoid", "tanh", "relu")
LR = 1.0
WAYS: dict[str, dict[str, Any]] = {
    "momentum": {"optimizer": "momentum"},
    "adam": {"optimizer": "adam"},
    "online": {"update": "online"},
    "online, watched": {"update": "online", "criterion": "margin", "tolerance": 1e-9},
}
"""Other ways to move, timed with sigmoid 2-2-1; in the last, a criterion that no run meets asks for the outputs of every
epoch."""


def jax_peer(name: str) -> Callable[..., Callable[[], object]]:
    """One of ``jax_peers``, imported when it is made: importing JAX takes a second."""

    def make(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
        from landscape.studies import jax_peers

        return getattr(jax_peers, name)(hidden, activation, runs, epochs, lr)

    return make


PEERS: dict[str, tuple[Callable[..., Callable[[], object]], int | None, int]] = {
    "jax vmap": (jax_peer("vmap"), None, 1),
    "jax tuned": (jax_peer("tuned"), None, 1),
    "pytorch": (peers.pytorch, None, 20),
    "scikit-learn": (peers.scikit_learn, 1, 1),
    "numpy loop": (peers.numpy_loop, 4, 1),
}
"""Other programs: how each is made, its runs where it does not do all, and into which part of the epochs it is cut."""


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Seconds that the work takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return measure


def trainer(
    hidden: int,
    activation: str,
    runs: int,
    epochs: int,
    precision: str = "float64",
    threads: int | None = None,
    **way: Any,
) -> Callable[[], float]:
    """The whole call: starts, training, tables."""
    surface = ls.Surface("xor", hidden, activation, reduction="sum")
    protocol = ls.Protocol(**{"lr": LR, "init": "normal", "criterion": "never", "budget": epochs} | way)
    return timed(lambda: ls.train(surface, protocol, runs, precision=precision, threads=threads))


ELSEWHERE = (
    "from landscape.studies.throughput import trainer; "
    "measure = trainer(2, {activation!r}, {runs}, {epochs}); measure(); print(measure())"
)


def without_avx512(activation: str, runs: int, epochs: int) -> Callable[[], float]:
    """2-2-1 as compiled for the processor Haswell, which has AVX2, in a process of its own."""
    script = ELSEWHERE.format(activation=activation, runs=runs, epochs=epochs)
    environment = {**os.environ, "NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}

    def measure() -> float:
        command = [sys.executable, "-c", script]
        return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)

    return measure


def yardstick(hidden: int, activation: str, runs: int, epochs: int, folder: Path) -> Callable[[], float]:
    """The compiled program's own clock."""
    source, program = Path(__file__).with_name("yardstick.cpp"), folder / f"yardstick_{activation}_{hidden}"
    flags = ["-O3", "-march=native", "-fno-signed-zeros", "-fno-trapping-math", f"-DH={hidden}", f"-D{activation.upper()}"]
    subprocess.run(["g++", str(source), *flags, "-lpthread", "-o", str(program)], check=True)
    command = [str(program), str(runs), str(epochs)]
    return lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])


class Contender(NamedTuple):
    """Measures the seconds that so many runs of so many epochs take."""

    measure: Callable[[], float]
    runs: int
    epochs: int


def contenders(runs: int, epochs: int, folder: Path) -> dict[tuple[str, str, int], Contender]:
    """By name, activation and hidden units."""
    found: dict[tuple[str, str, int], Contender] = {}
    for hidden in WIDTHS:
        for activation in PEERED if shutil.which("g++") else ():
            measure = yardstick(hidden, activation, runs, epochs, folder)
            found["yardstick", activation, hidden] = Contender(measure, runs, epochs)
        for activation in ACTIVATIONS if hidden == WIDTHS[0] else PEERED:
            found["landscape", activation, hidden] = Contender(trainer(hidden, activation, runs, epochs), runs, epochs)
        for activation in PEERED:
            measure = trainer(hidden, activation, runs, epochs, precision="float32")
            found["landscape, float32", activation, hidden] = Contender(measure, runs, epochs)
    for name, way in WAYS.items():
        found[f"landscape, {name}", "sigmoid", 2] = Contender(trainer(2, "sigmoid", runs, epochs, **way), runs, epochs)
    for activation in PEERED:
        measure = trainer(2, activation, runs, epochs, threads=1)
        found["landscape, one thread", activation, 2] = Contender(measure, runs, epochs)
        if platform.machine() in ("x86_64", "AMD64"):
            found["landscape, AVX2", activation, 2] = Contender(without_avx512(activation, runs, epochs), runs, epochs)
    return found | others(runs, epochs)


def others(runs: int, epochs: int) -> dict[tuple[str, str, int], Contender]:
    """Those that are installed: with two hidden units and every activation, and with sigmoid at every width. Those that take
    one network at a time do one or four of them, PyTorch a twentieth of the epochs: a second or so each."""
    found: dict[tuple[str, str, int], Contender] = {}
    for key in [*((activation, WIDTHS[0]) for activation in PEERED), *(("sigmoid", hidden) for hidden in WIDTHS[1:])]:
        activation, hidden = key
        for name, (make, size, length) in PEERS.items():
            size, length = size or runs, max(1, epochs // length)
            with contextlib.suppress(ImportError):
                found[name, *key] = Contender(timed(make(hidden, activation, size, length, LR)), size, length)
    return found


def per_run_and_epoch(runs: int, epochs: int, rounds: int) -> pd.DataFrame:
    """Nanoseconds, median and range of the rounds; and ratios, the median of the rounds' own: to the yardstick, to sigmoid,
    and to this trainer's gradient descent."""
    with tempfile.TemporaryDirectory() as folder:
        work = contenders(runs, epochs, Path(folder))
        for contender in work.values():  # what is compiled is compiled now
            contender.measure()
        rows = [{key: of.measure() / (of.runs * of.epochs) for key, of in work.items()} for _ in range(rounds)]
    seconds = pd.DataFrame(rows)
    seconds.columns = pd.MultiIndex.from_tuples(list(work), names=["program", "activation", "hidden"])
    table = (1e9 * seconds).agg(["median", "min", "max"]).T

    def ratio(key: tuple[str, str, int], other: tuple[str, str, int]) -> float:
        return float((seconds[key] / seconds[other]).median()) if other in seconds else np.nan

    table["to_yardstick"] = [ratio(key, ("yardstick", *key[1:])) for key in table.index]
    table["to_sigmoid"] = [ratio(key, (key[0], "sigmoid", key[2])) for key in table.index]
    table["to_landscape"] = [ratio(key, ("landscape", *key[1:])) for key in table.index]
    sizes = {"runs": [of.runs for of in work.values()], "epochs": [of.epochs for of in work.values()]}
    return table.reset_index().assign(**sizes, rounds=rounds)


FIRST = "import landscape as ls; ls.train(ls.Surface(), ls.Protocol(budget=100), runs=100)"
MILLION = (
    "import landscape as ls; from landscape.studies.memory import most_gib; "
    "ls.train(ls.Surface(), ls.Protocol(budget=10), runs=%d); print(most_gib())"
)


def python(script: str, cache: str) -> tuple[float, str]:
    """Seconds of a fresh interpreter, and what it printed."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    return time.perf_counter() - start, done.stdout


def in_this_process(quick: bool) -> dict[str, tuple[int, Callable[[], object]]]:
    """Jobs on sigmoid 2-2-1, by what they are, each with its size."""
    surface, penalised = ls.Surface(), ls.Surface(l2=1e-4)
    solves, starts, ended = (500, 200, 200) if quick else (100_000, 10_000, 100_000)
    to_solve = ls.Protocol(budget=20_000)
    side, steps = (41, 50) if quick else (401, 500)
    ones = np.ones(surface.n_parameters)
    weights = ls.slices.parameter_plane(surface, ones, (8, 3), steps=steps)
    result = ls.train(surface, ls.Protocol(lr=1.0), runs=ended)
    return {
        "runs to the first solve": (solves, lambda: ls.train(surface, to_solve, solves)),
        "runs to the first solve, on one thread": (solves, lambda: ls.train(surface, to_solve, solves, threads=1)),
        "starts to their minima, l2 = 1e-4": (starts, lambda: ls.find_minima(penalised, starts)),
        "ended runs diagnosed": (ended, lambda: ls.diagnose(surface, result)),
        "losses of a plane": (side**2, lambda: ls.slices.random_plane(surface, ones, steps=side).values("loss")),
        "starts of a map of basins": (steps**2, lambda: ls.basin_map(surface, ls.Protocol(lr=3.25, budget=200), weights)),
    }


def jobs(quick: bool, rounds: int) -> pd.DataFrame:
    """Seconds, medians; epochs that all runs of a training really spent; and memory at most where a process of its own did
    the job. Those come first, while this process is small: what a child is said to take at most is never less than its
    parent took when it was made."""
    many = 10_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as cache:
        first, again = python(FIRST, cache)[0], np.median([python(FIRST, cache)[0] for _ in range(rounds)])
        seconds, memory = python(MILLION % many, cache)
    rows: list[dict[str, Any]] = [
        {"job": "first call ever, from the start of Python", "size": 100, "seconds": first},
        {"job": "first call of a second process", "size": 100, "seconds": again},
        {"job": "runs of 10 epochs, in a process of their own", "size": many, "seconds": seconds, "gib": float(memory)},
    ]
    for job, (size, work) in in_this_process(quick).items():
        done = work()  # compiles, and fills the caches
        spent = done.runs["epochs"].sum() if isinstance(done, ls.Result) else np.nan
        seconds = np.median([timed(work)() for _ in range(rounds)])
        rows.append({"job": job, "size": size, "seconds": seconds, "epochs": spent})
    return pd.DataFrame(rows)


def main() -> None:
    given = options(__doc__, runs=8_192, quick_runs=512)
    epochs, rounds = (100, 2) if given.quick else (1_000, 9)
    single = jobs(given.quick, 2 if given.quick else 3)
    table = per_run_and_epoch(given.runs, epochs, rounds)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"Nanoseconds per run and epoch, {given.runs:,} runs of {epochs:,} epochs, {rounds} rounds:\n")
    print(table.to_string(index=False, float_format="%.2f", na_rep=""))

    print("\nSingle jobs, sigmoid 2-2-1:\n")
    print(single.to_string(index=False, float_format="%.3f", na_rep=""))
    ours = table[(table["program"] == "landscape") & (table["hidden"] == WIDTHS[0])].set_index("activation")
    times = ", ".join(f"{median:.1f} ns with {name}" for name, median in ours.loc[list(PEERED), "median"].items())
    findings = [
        f"One run and epoch of 2-2-1 takes {times}, and at most {ours['to_sigmoid'].max():.1f} times sigmoid's time, with "
        f"{ours['to_sigmoid'].idxmax()}.",
    ]
    solves, alone = (single[single["job"] == f"runs to the first solve{where}"].iloc[0] for where in ("", ", on one thread"))
    findings.append(
        f"{solves['size']:,} runs to the first solve take {solves['seconds']:.2f} s, {alone['seconds']:.2f} s on one thread."
    )
    for program, rows in table[~table["program"].isin(["landscape", "yardstick"])].groupby("program", sort=False):
        two = rows[rows["hidden"] == WIDTHS[0]]
        ratios = ", ".join(
            f"{row.to_landscape:{'.2g' if row.to_landscape < 99.5 else ',.0f'}} times as long with {row.activation}"
            for row in two.itertuples()
        )
        findings.append(f"{program} takes {ratios}.")
    tables = {
        "throughput": ("Nanoseconds per run and epoch: median and range of the rounds, and medians of their ratios", table),
        "throughput_jobs": ("Single jobs on sigmoid 2-2-1: seconds, epochs of all runs, and memory at most", single),
    }
    record(given, tables, findings, {"problem": "xor", "optimizer": "gd", "reduction": "sum", "lr": LR, "budget": epochs})


if __name__ == "__main__":
    main()
