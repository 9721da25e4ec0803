"""Compiled kernels: kept for the next process, and never stale."""

import operator
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary
from numba.core.errors import TypingError

import landscape
from landscape._calls import chooser, consecutive, each, fold, repeat
from landscape._jit import inline, kernel
from landscape._lanes import LANES, load, rows, store

SCRIPT = """
import landscape as ls, numpy as np
from landscape.evaluation import evaluate
surface = ls.Surface(hidden=1, activation="softsign", output="identity")
print(surface.loss(np.ones(5)), sum(evaluate.stats.cache_hits.values()))
"""


def run(folder: Path) -> tuple[float, int]:
    """Loss, and how many kernels came out of the cache, in a fresh process that uses the package in ``folder``."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, cwd=folder, env=environment
    )
    loss, hits = done.stdout.split()
    return float(loss), int(hits)


def test_an_edited_package_never_runs_an_old_kernel(tmp_path: Path) -> None:
    """An activation is changed in a file that the cached kernel's own file only imports."""
    shutil.copytree(Path(landscape.__file__).parent, tmp_path / "landscape", ignore=shutil.ignore_patterns("__pycache__"))
    first, hits = run(tmp_path)
    assert hits == 0
    assert run(tmp_path) == (first, 1)
    path = tmp_path / "landscape" / "activations.py"
    text = path.read_text()
    assert "x * v), v * v" in text
    path.write_text(text.replace("x * v), v * v", "x * v * 2.0), v * v"))
    edited, hits = run(tmp_path)
    assert hits == 0
    softsign = np.array([1 / 2, 2 / 3, 2 / 3, 3 / 4])  # at the four patterns, with all parameters 1
    for loss, outputs in ((first, softsign + 1), (edited, 2 * softsign + 1)):
        assert loss == pytest.approx(np.mean((outputs - [0, 1, 1, 0]) ** 2))


def test_numba_keeps_its_own_cache_for_others() -> None:
    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba.config.CACHE_DIR


def test_a_chooser_calls_the_function_of_that_number() -> None:
    choose = chooser([lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y])

    @kernel
    def call(code: int, x: np.ndarray) -> None:
        at = rows(x, (0,))
        store(at, 0, choose(code, load(at, 0), 3.0))

    for code, expected in enumerate((5.0, 6.0, -1.0)):
        x = np.full(LANES, 2.0)
        call(code, x)
        assert (x == expected).all()


def test_each_and_fold_walk_tuples_in_order() -> None:
    """One call an item, in the order of the items; what is not a tuple is the same in every call."""

    @inline
    def both(x: float, y: float) -> tuple[float, float]:
        return x - y, x * y

    @inline
    def shift(digit: int, number: int) -> int:
        return 10 * number + digit

    @kernel
    def walk(first: int, items: tuple[int, ...]) -> tuple[object, ...]:
        numbers = consecutive(first, items)
        less, times = each(both, numbers, 2)
        return numbers, less, times, each(both, repeat(7, items), items), fold(shift, 9, numbers), each(shift, 1, 2)

    assert walk(4, (3, 5, 8)) == (
        (4, 5, 6),
        (2, 3, 4),
        (8, 10, 12),
        ((4, 2, -1), (21, 35, 56)),
        9456,
        21,
    )


def test_a_chooser_walks_tuples_too() -> None:
    choose = chooser([lambda x, y: x + y, lambda x, y: x * y])

    @kernel
    def call(code: int, items: tuple[int, ...]) -> tuple[int, ...]:
        return choose(code, items, 3)

    assert [call(code, (1, 2, 5, 9)) for code in (0, 1)] == [(4, 5, 8, 12), (3, 6, 15, 27)]


def test_tuples_of_different_lengths_are_not_walked_together() -> None:
    @kernel
    def add(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
        return each(operator.add, x, y)

    assert add((1, 2), (3, 4)) == (4, 6)
    with pytest.raises(TypingError, match="one length"):
        add((1, 2), (3, 4, 5))
    with pytest.raises(TypingError, match="all of one type"):
        add((1, 2), (3, 4.5))


def test_what_is_only_inlined_is_compiled_with_the_kernel_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    @inline
    def twice(x: float) -> float:
        return 2.0 * x

    @kernel
    def outer(x: float) -> float:
        return twice(x) + 1.0

    made: list[str] = []
    for step in ("_optimize_final_module", "_finalize_specific"):
        done = getattr(JITCodeLibrary, step)
        monkeypatch.setattr(JITCodeLibrary, step, lambda self, done=done: (made.append(self.name), done(self))[1])
    assert outer(3.0) == 7.0
    assert sum("outer" in name for name in made) == 2
    assert not any("twice" in name for name in made)
