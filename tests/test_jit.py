"""Compiled kernels: kept for the next process, and never stale."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import landscape
from landscape._jit import chooser, kernel
from landscape._lanes import LANES, load, pointer, store

SCRIPT = """
import landscape as ls, numpy as np
from landscape.network import evaluate
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
    import numba

    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba.config.CACHE_DIR


def test_a_chooser_calls_the_function_of_that_number() -> None:
    choose = chooser([lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y])

    @kernel
    def call(code: int, x: np.ndarray) -> None:
        at = pointer(x, 0)
        store(at, 0, choose(code, load(at, 0), 3.0))

    for code, expected in enumerate((5.0, 6.0, -1.0)):
        x = np.full(LANES, 2.0)
        call(code, x)
        assert (x == expected).all()
