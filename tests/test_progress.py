"""What a person who waits is shown, and that nobody else is shown anything."""

import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape import progress
from landscape._simd.listeners import listeners
from landscape.progress import COMPILING, PATIENCE, Bar, followed, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in place of standard error. No fixture: between set-up and test pytest puts its own there."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    return made


@pytest.fixture(autouse=True)
def listening() -> Iterator[list[Callable[[], None]]]:
    """Listeners as they were; the test begins without."""
    before = listeners.copy()
    listeners.clear()
    yield before
    listeners[:] = before


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the clock of bars go on by so many seconds at each look."""

    def set_to(seconds: float) -> None:
        ticks = count()
        monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: seconds * next(ticks)))

    return set_to


def test_a_terminal_is_watched_and_a_pipe_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    assert watched()
    closed = io.StringIO()
    closed.close()
    for nobody in (io.StringIO(), closed, None):
        monkeypatch.setattr(sys, "stderr", nobody)
        assert not watched()


@pytest.mark.parametrize(("shell", "seen"), [("IPKernelApp", True), ("TerminalIPythonApp", False), (None, False)])
def test_a_notebook_is_watched(shell: str | None, seen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its standard error is no terminal."""
    running = SimpleNamespace(config={shell: {}}) if shell else None
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: running))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert watched() == seen


def test_a_bar_appears_after_two_seconds_and_goes(clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    assert PATIENCE == 2.0
    clock(0.2)
    assert list(followed(iter("abcde"), 5, "letters")) == list("abcde")
    assert terminal.getvalue() == ""
    clock(0.9)
    seen = []
    for letter in followed(iter("abcde"), 5, "letters"):
        seen.append((letter, "letters:" in terminal.getvalue()))
    assert seen == [("a", False), ("b", False), ("c", True), ("d", True), ("e", True)]
    assert terminal.getvalue().endswith(" \r"), "it is gone"


def test_a_bar_goes_where_a_loop_is_left_or_fails(clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    clock(10.0)

    def failing() -> Iterator[int]:
        yield 1
        raise OSError("full")

    for _ in followed(range(5), 5, "left"):
        break
    with pytest.raises(OSError, match="full"):
        list(followed(failing(), 5, "failed"))
    assert terminal.getvalue().count(" \r") == 2


def test_nobody_looks_and_nothing_is_written(capfd: pytest.CaptureFixture[str], clock: Callable[[float], None]) -> None:
    clock(10.0)
    assert list(followed(range(3), 3, "numbers")) == [0, 1, 2]
    with Bar(3, "numbers") as shown:
        shown.update(1)
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_gone_when_its_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with Bar(3, "numbers", patience=0.0) as shown:
        shown.update(1)
        assert not terminal.getvalue().endswith(" \r")
    assert terminal.getvalue().endswith(" \r")
    assert shown.shown


def test_a_bar_that_is_not_wanted_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with Bar(3, "numbers", show=False, patience=0.0) as shown:
        shown.update(1)
    assert terminal.getvalue() == ""


SURFACE, PROTOCOL = ls.Surface("xor", hidden=1, l2=1e-3), ls.Protocol(lr=5.0, budget=50)
STARTS = np.linspace(-1.0, 1.0, 300 * 5).reshape(300, 5)


def basins() -> Any:
    return ls.basin_map(SURFACE, PROTOCOL, ls.slices.parameter_plane(SURFACE, np.ones(5), [0, 3], steps=9)).theta


def trainability() -> Any:
    return ls.trainability_map(SURFACE, PROTOCOL, ("lr", [1.0, 2.0]), ("hidden", [1, 2]), runs=4)


LONG: dict[str, tuple[Callable[[], Any], str]] = {
    "train": (lambda: ls.train(SURFACE, PROTOCOL, runs=40).theta, "runs:"),
    "find_minima": (lambda: ls.find_minima(SURFACE, STARTS).ends, "searches:"),
    "find_stationary_points": (lambda: ls.find_stationary_points(SURFACE, STARTS[::9], max_index=1).ends, "indices:"),
    "diagnose": (lambda: ls.diagnose(SURFACE, ls.train(SURFACE, PROTOCOL, runs=20)).points.ends, "searches:"),
    "basin_map": (basins, "starts:"),
    "trainability_map": (trainability, "combinations:"),
    "slice": (lambda: ls.slices.random_plane(SURFACE, np.ones(5), steps=9).loss, "loss on the slice:"),
    "minimum_energy_path": (lambda: ls.minimum_energy_path(SURFACE, *MINIMA, images=11).theta, "steps, at most:"),
}
"""What may take longer than two seconds: its result, and what its bar is called."""
MINIMA = np.array([[3.0, 3.0, -4.0, 4.0, -2.0], [-3.0, -3.0, 4.0, 4.0, -2.0]])


@pytest.mark.parametrize("name", LONG)
def test_what_takes_long_shows_a_bar_and_gives_what_it_gave(
    name: str, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = at_a_terminal(monkeypatch)
    call, called = LONG[name]
    clock(10.0)
    watched_result = call()
    assert called in terminal.getvalue()
    assert terminal.getvalue().endswith("\r"), "nothing is left"
    monkeypatch.setattr(sys, "stderr", quiet := io.StringIO())
    result = call()
    if isinstance(result, pd.DataFrame):
        pd.testing.assert_frame_equal(result, watched_result, check_exact=True)
    else:
        np.testing.assert_array_equal(result, watched_result)
    assert quiet.getvalue() == ""


KERNELS = """
from landscape._simd.jit import kernel

@kernel
def one(x):
    return x + 1

@kernel
def two(x):
    return one(x) + 1
"""


def test_compiling_is_said_once_where_a_person_looks_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two kernels in a file of their own: not kept in the first module made of it, kept in the second."""
    terminal = at_a_terminal(monkeypatch)
    file = tmp_path / f"kernels_{tmp_path.name}.py"
    file.write_text(KERNELS)

    def fresh() -> Any:
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, file.stem, module)
        spec.loader.exec_module(module)
        return module

    listeners.append(progress.say_compiling)
    with monkeypatch.context() as piped:
        piped.setattr(sys, "stderr", quiet := io.StringIO())
        assert fresh().one(1.5) == 2.5
    assert quiet.getvalue() == ""
    module = fresh()
    assert module.one(1.5) == 2.5, "kept"
    assert terminal.getvalue() == ""
    assert (module.one(1), module.two(1), module.two(1.5)) == (2, 3, 3.5)
    assert terminal.getvalue() == f"{COMPILING}\n"


def test_compiling_is_said_where_kernels_have_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    from landscape._simd import compiler
    from landscape._simd.jit import kernel

    monkeypatch.setattr(compiler, "CACHE_DIRECTORY", None)
    listeners.append(progress.say_compiling)

    @kernel
    def three(x: int) -> int:
        return x + 3

    assert three(1) == 4
    assert terminal.getvalue() == f"{COMPILING}\n"


def test_the_package_listens(listening: list[Callable[[], None]]) -> None:
    assert progress.say_compiling in listening or sys.stderr.isatty()
