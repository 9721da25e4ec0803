"""Compiled kernels: kept for the next process, and never stale."""

import ast
import operator
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary
from numba.core.errors import TypingError

import landscape
from landscape._simd import cache, internals, jit
from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import LANES, fma, load, rows, store, where
from landscape._simd.unroll import chooser, consecutive, each, fold, repeat

SCRIPT = """
import landscape as ls, numpy as np
from landscape._kernels.evaluation import evaluate
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
    path = tmp_path / "landscape" / "parts" / "activations.py"
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


def test_a_function_is_compiled_once_however_often_it_is_inlined() -> None:
    """A part serves the surface's kernels and the trainer's; it stays the Python function that it is."""

    def twice(x: float) -> float:
        return 2.0 * x

    assert inline(twice) is twice
    compiled = jit._known[twice]
    assert inline(twice) is twice
    assert jit._known[twice] is compiled
    assert twice(1.5) == 3.0


def test_a_choice_between_plain_numbers_lane_by_lane_says_what_to_write() -> None:
    @kernel
    def signs(x: np.ndarray, y: np.ndarray) -> None:
        lanes = load(rows(x, (0,)), 0)
        store(rows(y, (0,)), 0, where(lanes > 0.0, 1.0, -1.0))

    with pytest.raises(TypingError, match="write one as like"):
        signs(np.zeros(32), np.zeros(32))


def test_with_the_compiler_switched_off_everything_runs_in_python(tmp_path: Path) -> None:
    script = (
        "import landscape as ls; r = ls.train(ls.Surface(), ls.Protocol(lr=1.0, budget=4), runs=2); "
        "print(r.theta.tobytes().hex())"
    )
    found = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script], env=os.environ | off, capture_output=True, text=True, check=True
        ).stdout
        for off in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    assert found[0] == found[1] != ""


def test_an_operation_may_stand_in_a_table() -> None:
    """It is compiled already: its Python form is not for kernels."""
    choose = chooser([fma, lambda x, y, z: x + y + z])

    @kernel
    def call(code: int) -> float:
        return choose(code, 2.0, 3.0, 4.0)

    assert [call(code) for code in (0, 1)] == [choose(code, 2.0, 3.0, 4.0) for code in (0, 1)] == [10.0, 9.0]


# Names of Numba that are not promised


def test_every_name_of_numbas_inside_is_in_the_table_and_there() -> None:
    listed = {(entry.module, entry.name.split(".")[0]) for entry in internals.COMPILER + internals.EXTENSION}
    used = set()
    for path in Path(internals.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.Import) or not any(name.name.startswith("numba.") for name in node.names)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("numba.core"):
                used |= {(str(node.module), name.name) for name in node.names}
    assert used
    assert used <= listed
    assert internals.missing(internals.COMPILER + internals.EXTENSION) == []


def test_what_is_missing_is_named() -> None:
    lost = [("numba.core.lost", "anything"), ("numba.core.caching", "lost"), ("numba.core.caching", "FunctionCache.lost")]
    entries = [internals.Internal(module, name, "never", "nothing") for module, name in lost]
    assert internals.missing([*internals.COMPILER, *entries]) == [f"{module}.{name}" for module, name in lost]


PLAIN = """
import sys, warnings
from numba.core import options, typed_passes

if "plain" in sys.argv:
    del typed_passes.AnnotateTypes, options.DefaultOptions.forceinline
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    from landscape._kernels.evaluation import evaluate
for warning in seen:
    print(warning.category.__name__, warning.message, file=sys.stderr)
import landscape as ls

surface = ls.Surface(hidden=3, activation="tanh")
theta = ls.train(surface, ls.Protocol("momentum", budget=200), runs=20).theta
print(theta.tobytes().hex() + surface.gradient(theta).tobytes().hex())
"""


def test_without_numbas_inside_plain_njit_gives_the_same_bits(tmp_path: Path) -> None:
    """As in a Numba to come: with one warning, which names what is missing, and nothing kept for the next process."""
    environment = {**os.environ, "PYTHONPATH": str(Path(landscape.__file__).parents[1])}
    printed = {}
    for road in ("ours", "plain"):
        line = [sys.executable, "-c", PLAIN, road]
        environment["NUMBA_CACHE_DIR"] = str(tmp_path) if road == "plain" else os.environ.get("NUMBA_CACHE_DIR", "")
        done = subprocess.run(line, capture_output=True, text=True, check=True, env=environment)
        printed[road] = done.stdout
        warned = done.stderr.splitlines()
        assert len(warned) == (road == "plain")
    assert warned[0].startswith("RuntimeWarning")
    assert "lacks numba.core.typed_passes.AnnotateTypes, numba.core.options.DefaultOptions.forceinline:" in warned[0]
    assert printed["ours"] == printed["plain"]
    assert len(printed["ours"]) > 20 * 13 * 16
    assert list(tmp_path.iterdir()) == []


# Where kernels are kept, and that training needs no such place

ROOMS = ("_simd", "parts", "_kernels")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, whose kernels are asked for."""
    folder = shutil.copytree(
        Path(landscape.__file__).parent, tmp_path / "landscape", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(cache, "_PACKAGE", folder)
    return folder


def test_the_folder_of_kernels_is_named_by_what_they_are_made_of(copied: Path) -> None:
    """A change in any file that a kernel can be made of names another folder; one in any other file does not."""
    made_of, name = set(cache._sources()), cache._folder_name()
    paths = {path.relative_to(copied).as_posix(): path for path in copied.rglob("*.py")}
    assert {"random.py", "critical/subproblems.py", "parts/gradients.py", "_kernels/trainer.py", "_simd/jit.py"} < made_of
    assert not {place for place in made_of if place.startswith(("statistics/", "study/", "plot/", "surface"))}
    assert made_of < set(paths)
    for place, path in paths.items():
        text = path.read_text()
        path.write_text(text.replace('"""', '"""Words. ', 1))
        assert (cache._folder_name() != name) == (place in made_of), place
        path.write_text(text)
    assert cache._folder_name() == name
    (copied / "parts" / "activations.py").rename(copied / "parts" / "activation.py")
    assert cache._folder_name() != name


def test_kernels_are_made_of_no_other_files(copied: Path) -> None:
    """What a file of kernels imports of ours is of such files again; outside the three rooms, what its compiled functions
    name: the rest of that file may import what it likes."""
    made_of, compiled = cache._sources(), 0
    for place, text in made_of.items():
        tree = ast.parse(text)
        imported = {
            alias.asname or alias.name: str(node.module)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("landscape.")
            for alias in node.names
        }
        names = set(imported)
        if not place.startswith(ROOMS):
            marks = ("kernel", "inline")
            bodies = [
                function
                for function in ast.walk(tree)
                if isinstance(function, ast.FunctionDef)
                and any(isinstance(mark, ast.Name) and mark.id in marks for mark in function.decorator_list)
            ]
            names &= {node.id for body in bodies for node in ast.walk(body) if isinstance(node, ast.Name)}
            compiled += len(bodies)
        for name in names:
            module = imported[name].removeprefix("landscape.").replace(".", "/")
            assert {f"{module}.py", f"{module}/__init__.py", f"{module}/{name}.py"} & set(made_of), (place, imported[name])
    assert compiled > 20


BARE = ("HOME", "LOCALAPPDATA", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "NUMBA_CACHE_LOCATOR_CLASSES")
CHILD = """
import pathlib, sys

def homeless():
    raise RuntimeError("Could not determine home directory.")

if "homeless" in sys.argv:
    pathlib.Path.home = homeless
from landscape._simd import cache, jit

@jit.kernel
def double(x):
    return 2 * x

for word in sys.argv:
    if word == "full":
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
print(double(21), sum(double.stats.cache_hits.values()), cache.CACHE_DIRECTORY)
"""


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., tuple[int, Path | None]]:
    """A process that compiles a small kernel of its own, as it finds the environment; says how many it found compiled, and
    where it keeps them."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)

    def call(*words: str, package: Path | None = None, **environment: object) -> tuple[int, Path | None]:
        bare = {name: value for name, value in os.environ.items() if name not in BARE}
        given = {name: str(value) for name, value in environment.items()}
        ours = {"PYTHONPATH": str(package or Path(landscape.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
        line = [sys.executable, str(script), *words]
        done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env=bare | ours | given)
        assert (done.returncode, done.stderr) == (0, "")
        result, hits, place = done.stdout.split()
        assert result == "42"
        return int(hits), None if place == "None" else Path(place)

    return call


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A copy of the package into which nobody can write kernels, not even root."""
    copied = shutil.copytree(
        Path(landscape.__file__).parent, tmp_path / "sealed" / "landscape", ignore=shutil.ignore_patterns("__pycache__")
    )
    (copied / "__pycache__").write_text("no folder")
    return copied.parent


def test_without_any_place_to_keep_kernels_they_are_compiled(child: Callable[..., Any], sealed: Path) -> None:
    assert child("homeless", package=sealed) == (0, None)


def test_a_read_only_package_keeps_kernels_at_home(child: Callable[..., Any], sealed: Path, tmp_path: Path) -> None:
    hits, place = child(package=sealed, HOME=tmp_path / "home")
    assert hits == 0
    assert place is not None
    assert place.parent == tmp_path / "home" / ".cache" / "xor-landscape"
    assert child(package=sealed, HOME=tmp_path / "home") == (1, place)


def test_home_is_not_asked_where_numba_is_told_where(child: Callable[..., Any], tmp_path: Path) -> None:
    """Nor may another setting of Numba's send kernels to where stale ones are not told from fresh ones."""
    hits, place = child("homeless", NUMBA_CACHE_DIR=tmp_path / "kept", NUMBA_CACHE_LOCATOR_CLASSES="InTreeCacheLocator")
    assert hits == 0
    assert place is not None
    assert place.parent == tmp_path / "kept"
    assert list(place.rglob("*.nbc"))
    (tmp_path / "file").write_text("no folder")
    assert child("homeless", NUMBA_CACHE_DIR=tmp_path / "file") == (0, None)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files there")
def test_a_full_disk_and_damaged_files_cost_time_only(child: Callable[..., Any], tmp_path: Path) -> None:
    assert child("full", NUMBA_CACHE_DIR=tmp_path / "kept")[0] == 0
    _, place = child(NUMBA_CACHE_DIR=tmp_path / "kept")
    for damaged in ("*.nbc", "*.nbi"):
        assert child(NUMBA_CACHE_DIR=tmp_path / "kept")[0] == 1
        (file,) = place.rglob(damaged)
        file.write_bytes(file.read_bytes()[:-9])
        assert child(NUMBA_CACHE_DIR=tmp_path / "kept")[0] == 0


def test_old_kernels_are_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of folders of this package those that nobody has used for a month; in them Numba's files."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    month = time.time() - 86_400 * (cache._DAYS_KEPT + 1)
    folders = {
        name: tmp_path / name
        for name in (
            "kernels-0123456789abcdef",  # old
            "kernels-00000000000read0",  # another's, by its name
            "kernels-1111111111111111",  # old, but one of its kernels was read today
            "kernels-2222222222222222",  # old, and somebody keeps a file of his own there
            "kernels-3333333333333333",  # used today
            "other-0123456789abcdef",
            Path(cache._cache_directory()).name,
        )
    }
    for folder in folders.values():
        (folder / "landscape_0").mkdir(parents=True)
        for name in ("f-1.py311.nbi", "f-1.py311.1.nbc", "f-1.py311.1.nbc.tmp.0a1b"):
            (folder / "landscape_0" / name).write_bytes(b"kernel")
    (folders["kernels-2222222222222222"] / "mine.txt").write_text("precious")
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        os.utime(path, (month, month))
    os.utime(folders["kernels-1111111111111111"] / "landscape_0" / "f-1.py311.nbi", (time.time(), month))
    os.utime(folders["kernels-3333333333333333"])

    before = {name: sorted(folder.rglob("*")) for name, folder in folders.items()}
    cache._cache_directory()
    left = {name: sorted(folder.rglob("*")) for name, folder in folders.items() if folder.exists()}
    del before["kernels-0123456789abcdef"]
    before["kernels-2222222222222222"] = [folders["kernels-2222222222222222"] / "mine.txt"]
    assert left == before
