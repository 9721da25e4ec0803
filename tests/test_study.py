"""Studies: the runs of ``train``, whatever stops, resumes, extends or executes them."""

import multiprocessing
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import THREE_BY_TWO

import landscape as ls
from landscape.parts.initializers import GENERATOR
from landscape.study import scheduler, training_loop
from landscape.study.grid import Cell
from landscape.study.work_units import Piece, train_task

GRID = ls.grid(activation=["tanh", "sigmoid"], hidden=[2, 10], lr=[0.5, 2.0], budget=60)
POINTS = (0, 20, 60)
Frame = pd.DataFrame


def same(a: Frame, b: Frame) -> None:
    """To the last bit, dtypes included; NaN at the same places."""
    pd.testing.assert_frame_equal(a, b, check_exact=True)


def expected(grid: Any, runs: int, checkpoints: tuple[int, ...] = (), seed: int = 0) -> dict[str, ls.Result]:
    return {cell.id: ls.train(cell.surface, cell.protocol, runs=runs, seed=seed, checkpoints=checkpoints) for cell in grid}


class Inline(Executor):
    """Does each task at once, but for the one that fails."""

    def __init__(self, fails_at: int = -1, error: BaseException | None = None) -> None:
        self.tasks, self.fails_at, self.error = 0, fails_at, error

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.tasks == self.fails_at:
            future.set_exception(self.error)
        else:
            future.set_result(work(*args, **kwargs))
        self.tasks += 1
        return future


def test_runs_theta_and_checkpoints_are_those_of_train(tmp_path: Path) -> None:
    made = ls.Study(tmp_path / "s", GRID, runs=70, seed=5, checkpoints=POINTS).run()
    table, seen = made.runs(), made.checkpoints()
    assert len(table) == 8 * 70
    for name, result in expected(GRID, 70, POINTS, seed=5).items():
        own = table[table["_cell"] == name].reset_index(drop=True)
        for column in result.runs:
            assert (own[column].to_numpy() == result.runs[column].to_numpy()).all(), column
        assert (made.theta(name) == result.theta).all()
        own = seen[seen["_cell"] == name].reset_index(drop=True)
        same(own[list(result.checkpoints)], result.checkpoints)
    one = made.runs(where={"_cell": name})
    same(one.drop(columns="_cell"), result.runs)


def test_diverged_runs_and_odd_problems_come_back_as_they_were(tmp_path: Path) -> None:
    grid = ls.grid(
        [
            {"problem": THREE_BY_TWO, "activation": "relu", "output": "identity", "lr": 1e3},
            {"hidden": 0, "stall": 10.0},
            {"hidden": 1, "bias": False, "shortcut": True, "update": "online"},
        ],
        budget=30,
    )
    made = ls.Study(tmp_path / "s", grid, runs=40, checkpoints=(0, 30)).run()
    assert set(made.runs()["outcome"]) >= {"diverged", "stalled"}
    for name, result in expected(grid, 40, (0, 30)).items():
        same(made.runs(where={"_cell": name}).drop(columns="_cell"), result.runs)
        np.testing.assert_array_equal(made.theta(name), result.theta)
        same(made.checkpoints(where={"_cell": name})[["run", "epoch", "loss", "solved"]], result.checkpoints)


def test_rows_come_in_the_order_of_settings(tmp_path: Path) -> None:
    table = ls.Study(tmp_path / "s", GRID, runs=3).run().runs()
    by = ["problem", "hidden", "activation", "lr", "run"]
    assert table[by].apply(tuple, axis=1).is_monotonic_increasing
    assert table["architecture"].unique().tolist() == ["2-2-1", "2-10-1"]


def test_running_again_writes_nothing(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, GRID, runs=10).run()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix in (".json", ".parquet")}
    made.run()
    ls.Study(tmp_path, GRID, runs=10).run()
    ls.Study(tmp_path, ls.grid(GRID.cells[:1]), runs=5).run()
    ls.open_study(tmp_path).extend(10)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix in (".json", ".parquet")}
    assert before == after


def test_extending_and_growing_in_any_order_gives_the_same_table(tmp_path: Path) -> None:
    clean = ls.Study(tmp_path / "clean", GRID, runs=90).run()
    a = ls.Study(tmp_path / "a", ls.grid(GRID.cells[3:5]), runs=20).run()
    first = a.runs()
    a.extend(90)
    same(a.runs(where={"run": range(20)}), first)
    a = ls.Study(tmp_path / "a", GRID, runs=50).run()
    same(a.runs(), clean.runs())
    b = ls.Study(tmp_path / "b", ls.grid(GRID.cells[::-1]), runs=90).run()
    same(b.runs(), clean.runs())
    same(ls.open_study(tmp_path / "b").runs(), clean.runs())
    for cell in GRID:
        assert (a.theta(cell) == clean.theta(cell)).all()


def test_until_goes_on_until_every_interval_is_narrow_enough(tmp_path: Path) -> None:
    made = ls.Study(tmp_path / "s", GRID, runs=40).run(until=0.15)
    rates = ls.success_rates(made.runs(), "_cell")
    assert (rates.high - rates.low <= 0.15).all()
    assert rates.runs.nunique() == 1  # of every cell as many: cells stay pairs
    runs = int(rates.runs[0])
    assert 40 < runs <= ls.required_runs(0.5, 0.15)
    same(made.runs(), ls.Study(tmp_path / "clean", GRID, runs=runs).run().runs())
    assert made.run(until=0.15).manifest.runs == runs
    assert ls.open_study(tmp_path / "s").run(until=0.5).manifest.runs == runs


def test_until_takes_up_where_it_was_stopped(tmp_path: Path) -> None:
    counting = Inline()
    once = ls.Study(tmp_path / "once", GRID, runs=40).run(counting, until=0.15)
    with pytest.raises(OSError, match="stop"):
        ls.Study(tmp_path / "s", GRID, runs=40).run(Inline(counting.tasks - 1, OSError("stop")), until=0.15)
    same(ls.Study(tmp_path / "s", GRID, runs=40).run(until=0.15).runs(), once.runs())


def test_more_than_is_in_one_task_or_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "BLOCK_RUNS", 500)
    monkeypatch.setattr(training_loop, "TASK_SECONDS", 1e-4)
    made = ls.Study(tmp_path, ls.grid(lr=[0.5, 1.0], budget=3), runs=2_500).run()
    assert made.status().blocks > 3
    for name, result in expected(ls.grid(lr=[0.5, 1.0], budget=3), 2_500).items():
        same(made.runs(where={"_cell": name}).drop(columns="_cell"), result.runs)


def test_a_block_is_written_when_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "BLOCK_SECONDS", 0.0)
    assert ls.Study(tmp_path, GRID, runs=2_000).run(Inline()).status().blocks > 1


@pytest.mark.parametrize(
    "executor",
    [
        pytest.param(lambda: ThreadPoolExecutor(3), id="threads"),
        pytest.param(lambda: ProcessPoolExecutor(2, multiprocessing.get_context("spawn")), id="processes"),
    ],
)
def test_any_executor_gives_the_same_bits(tmp_path: Path, executor: Callable[[], Executor]) -> None:
    clean = ls.Study(tmp_path / "clean", GRID, runs=40, checkpoints=POINTS).run(threads=1)
    with executor() as pool:
        other = ls.Study(tmp_path / "other", GRID, runs=40, checkpoints=POINTS).run(pool)
    same(other.runs(), clean.runs())
    same(other.checkpoints(), clean.checkpoints())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError("no room")])
def test_what_was_finished_is_kept_when_it_stops(tmp_path: Path, error: BaseException) -> None:
    made = ls.Study(tmp_path, GRID, runs=2_000)
    with pytest.raises(type(error)) as caught:
        made.run(Inline(fails_at=2, error=error))
    done = made.status().done
    assert 0 < done < 8 * 2_000
    assert caught.value.__notes__ == [
        f"stopped: {done:,} of 16,000 runs are stored in {tmp_path}; the next run goes on from there"
    ]
    same(made.run().runs(), ls.Study(tmp_path / "clean", GRID, runs=2_000).run().runs())


def test_an_interrupt_stops_long_runs_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that would take a year: the threads stop within a turn of the kernel, and what waited for them is cancelled."""
    results = scheduler.dispatch(
        [[Piece(cell, 0, 64)] for cell in ls.grid(budget=[10**12, 10**12 + 1, 10**12 + 2], criterion="never")],
        seed=0,
        checkpoints=(),
        generator=GENERATOR,
        executor=None,
        threads=2,
    )
    assert next(results) == [], "half a second has brought nothing"
    results.close()
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]


def test_memory_is_bounded_by_the_tasks_that_are_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "MOST_BYTES_OUT", 3 * 64 * 105)
    inline = Inline()
    tasks = [[Piece(cell, 0, 64)] for cell in ls.grid(lr=np.arange(1, 40), budget=1)]
    out = [inline.tasks - number for number, _ in enumerate(scheduler.dispatch(tasks, 0, (), GENERATOR, inline, 1))]
    assert inline.tasks == len(tasks)
    assert out == [3] * (len(tasks) - 2) + [2, 1], "three tasks at any time, until none are left"


def test_a_task_that_is_stopped_brings_nothing() -> None:
    task = [Piece(cell, 0, 64) for cell in ls.grid(lr=[0.1, 0.2], budget=5)]
    assert train_task(task, 0, (), GENERATOR, stop=np.array([True])) == []
    assert len(train_task(task, 0, (), GENERATOR, stop=np.array([False]))) == 2


def test_columns_and_rows_can_be_chosen(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, GRID, runs=30, checkpoints=POINTS).run()
    whole = made.runs()
    chosen = made.runs(columns=["epochs", "lr", "_cell"], where={"activation": "tanh", "hidden": [2], "solved": True})
    rows = whole[(whole["activation"] == "tanh") & (whole["hidden"] == 2) & whole["solved"]]
    assert 0 < len(chosen) < 60
    assert list(chosen) == ["epochs", "lr", "_cell"]
    assert (chosen["epochs"].to_numpy() == rows["epochs"].to_numpy()).all()
    assert (chosen["lr"].to_numpy() == rows["lr"].to_numpy()).all()
    assert len(made.runs(where={"run": range(3), "outcome": ["solved", "budget"]})) == 24
    assert len(made.runs(where={"lr": np.array([0.5])})) == 120
    assert len(made.runs(columns="run")) == 240
    seen = made.checkpoints(columns=["run", "hidden", "epoch"], where={"epoch": 20, "run": [0, 1]})
    assert (seen["epoch"] == 20).all()
    assert seen["run"].tolist() == [0, 1] * 8
    rates = ls.success_rates(made.checkpoints(columns=["activation", "epoch", "solved"]), by=["activation", "epoch"])
    assert rates["runs"].tolist() == [120] * 6


def test_rows_are_counted_without_columns_and_problems_filter_by_name(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, GRID, runs=5).run()
    assert len(made.runs(columns=[])) == 40
    assert len(made.runs(where={"hidden": np.array(2)})) == 20
    with pytest.raises(ValueError, match="a value to choose rows by is missing"):
        made.runs(where={"lr": pd.NA})
    with pytest.raises(TypeError, match="cell of type Series does not fit; give one of type Cell or str"):
        made.theta(made.cells()["_cell"])
    with pytest.raises(TypeError, match="progress='no' is neither True nor False"):
        made.run(progress="no")
    assert len(made.runs(where={"hidden": np.int64(2), "bias": np.True_, "solved": [np.True_, np.False_]})) == 20
    with pytest.raises(ValueError, match="lr=True is in no cell"):
        made.runs(where={"lr": True})
    for grid in (ls.grid(), ls.grid(problem=6), ls.grid(made.manifest.cells)):
        assert len(grid.filter(lambda s: s["problem"] == "xor")) == len(grid)
    assert len(ls.grid(hidden=np.array(0))) == 1


def test_plan_and_status(tmp_path: Path) -> None:
    path = tmp_path / "s"
    made = ls.Study(path, GRID, runs=30)
    plan = made.plan()
    assert (plan.cells, plan.runs, plan.done, plan.left, plan.unknown) == (8, 30, 0, 240, 8)
    assert plan.seconds > 0
    assert "left: 240, up to about" in str(plan)
    assert not path.exists(), "nothing is done"
    assert made.status().left == 240
    assert not path.exists()
    status = made.run().status()
    assert (status.done, status.left, status.damaged, status.writer, status.seed) == (240, 0, (), None, 0)
    assert status.bytes == sum(file.stat().st_size for file in path.rglob("*.parquet"))
    assert status.written[0]["landscape"] == ls.__version__
    assert {"time_utc", "commit", "python", "numpy", "numba", "platform"} <= set(status.written[0])
    more = ls.Study(path, GRID + ls.grid(hidden=3), runs=100).plan()
    assert (more.done, more.left, more.unknown) == (240, 8 * 70 + 100, 1)
    said, asks = repr(made).split("\n")
    assert said == f"Study {path}: 8 cells x 30 runs, seed 0; over hidden, activation, lr"
    assert asks.startswith(".run() .status() .plan() ")
    assert made.cells()["runs"].tolist() == [30] * 8


def test_the_size_in_the_plan_is_about_right(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, ls.grid(hidden=[2, 8], budget=50), runs=3_000)
    planned = made.plan().bytes
    assert 0.6 < made.run().status().bytes / planned < 1.4


def test_an_open_study_sees_what_others_add(tmp_path: Path) -> None:
    writer = ls.Study(tmp_path, ls.grid(hidden=[2], budget=5), runs=10).run()
    reader = ls.open_study(tmp_path)
    assert len(reader.runs()) == 10
    writer.extend(20)
    ls.Study(tmp_path, ls.grid(hidden=[3], budget=5), runs=20).run()
    assert len(reader.runs()) == 40
    assert reader.cells()["hidden"].tolist() == [2, 3]


def test_files_are_read_without_this_package(tmp_path: Path) -> None:
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    made = ls.Study(tmp_path, GRID, runs=20, checkpoints=(0, 60)).run()
    clean = made.runs()
    rates = clean.groupby(["activation", "hidden"], observed=True)["solved"].mean()
    folder = tmp_path / "blocks"
    read = pd.read_parquet(folder)
    assert (read.groupby(["activation", "hidden"], observed=True)["solved"].mean() == rates).all()
    assert set(clean) - {"_problem"} < set(read)  # which the files tell by _cell
    lazy = polars.scan_parquet(folder / "*.parquet").filter(polars.col("hidden") == 2)
    assert lazy.select(polars.col("epochs").sum()).collect().item() == clean.loc[clean["hidden"] == 2, "epochs"].sum()
    asked = duckdb.sql(f"select activation, hidden, avg(solved::int) from '{folder}/*.parquet' group by all order by all")
    assert [row[2] for row in asked.fetchall()] == rates.tolist()
    theta = read["theta"].to_numpy()
    assert {len(row) for row in theta} == {9, 41}


def test_importing_the_store_unpickles_nothing() -> None:
    """No module of the package can: what is in a folder is data, never code."""
    for path in Path(ls.__file__).parent.glob("*.py"):
        assert "pickle" not in path.read_text().replace("unpickl", ""), path


def test_a_study_can_be_pickled(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, GRID, runs=10).run()
    same(pickle.loads(pickle.dumps(made)).runs(), made.runs())


OTHER_XOR = ls.Problem._stored(ls.problems.xor.inputs, [0.1, 0.9, 0.9, 0.1], name="xor")
"""A table of one's own with a built-in name, as studies before 0.3 may hold one."""


def test_a_stored_study_keeps_a_problem_with_a_built_in_name(tmp_path: Path) -> None:
    """It is opened, asked, resumed and made longer; the built-in problem is not added to it."""
    made = ls.Study(tmp_path, ls.grid(problem=OTHER_XOR, budget=20), runs=5).run(executor=Inline())
    there = ls.open_study(tmp_path)
    assert [cell.surface.table for cell in there.manifest.cells] == [OTHER_XOR]
    same(there.runs(), made.runs())
    same(there.extend(7).runs()[:5], made.runs()[:5])
    assert pickle.loads(pickle.dumps(there.manifest.cells)) == there.manifest.cells, "and sent to other processes"
    with pytest.raises(ValueError, match='two different problems are named "xor"'):
        ls.Study(tmp_path, ls.grid(problem="xor", budget=20))


def test_settings_that_print_like_stored_ones_are_said(tmp_path: Path) -> None:
    ls.Study(tmp_path, ls.grid(lr=0.3, budget=20), runs=5).run()
    with pytest.warns(UserWarning, match=r"lr=0\.3 and 0\.30000000000000004 print alike and are different cells"):
        ls.Study(tmp_path, ls.grid(lr=0.1 + 0.2, budget=20), runs=5).run()
    assert len(ls.open_study(tmp_path).runs()) == 10, "what is stored is opened without a word"


REFUSED: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "no grid": (lambda p: ls.Study(p, {"hidden": 2}), TypeError, r"is not a Grid; give one such as landscape.grid\("),
    "no cells": (lambda p: ls.Study(p, ls.grid().filter(lambda s: False)), ValueError, "the grid has no cells"),
    "no runs": (lambda p: ls.Study(p, GRID, runs=0), ValueError, "runs=0 is out of range; give a whole number from 1"),
    "broken runs": (lambda p: ls.Study(p, GRID, runs=1e3), TypeError, "runs=1000.0 is not a whole number"),
    "seed": (lambda p: ls.Study(p, GRID, seed=-1), ValueError, "seed=-1 is out of range"),
    "checkpoints": (lambda p: ls.Study(p, GRID, checkpoints=(5, 100)), ValueError, r"\(5, 100\) go beyond budget=60"),
    "other seed": (lambda p: ls.Study(p, GRID, seed=1), ValueError, "has seed=0, not 1; all runs of a study share them"),
    "other checkpoints": (lambda p: ls.Study(p, GRID, checkpoints=(5,)), ValueError, r"has checkpoints=\(\), not \(5,\)"),
    "two tables": (lambda p: ls.Study(p, ls.grid(problem=["xor", OTHER_XOR])), ValueError, 'two different problems are named "xor"'),
    "two tables, later": (lambda p: ls.Study(p, ls.grid(problem=OTHER_XOR)), ValueError, 'two different problems are named "xor"'),
    "a file": (lambda p: ls.Study(p / "study.json", GRID), ValueError, "is a file; give a folder"),
    "nothing there": (lambda p: ls.open_study(p / "no"), FileNotFoundError, r"there is no study at .*; make one with"),
    "column": (lambda p: ls.open_study(p).runs(columns=["epoch"]), ValueError, 'column="epoch" is not known; did you mean "epochs"'),
    "where column": (lambda p: ls.open_study(p).runs(where={"hiden": 2}), ValueError, 'did you mean "hidden"'),
    "where level": (lambda p: ls.open_study(p).runs(where={"lr": 3.0}), ValueError, "lr=3.0 is in no cell of the study; it has: 0.5, 2.0"),
    "where outcome": (lambda p: ls.open_study(p).runs(where={"outcome": "sovled"}), ValueError, 'did you mean "solved"'),
    "where text": (lambda p: ls.open_study(p).runs(where="hidden == 2"), TypeError, "is not a choice of rows; give a dictionary"),
    "no checkpoints": (lambda p: ls.open_study(p).checkpoints(), ValueError, "has no checkpoints; make one with"),
    "cell": (lambda p: ls.open_study(p).theta("abc"), ValueError, "cell='abc' is not in the study"),
    "other cell": (lambda p: ls.open_study(p).theta(Cell(ls.Surface("and"), ls.Protocol())), ValueError, "is not in the study"),
    "both": (lambda p: ls.open_study(p).run(Inline(), threads=2), ValueError, "threads=2 are not used where an executor is given"),
    "threads": (lambda p: ls.open_study(p).run(threads=0), ValueError, "threads=0 is out of range"),
    "until": (lambda p: ls.open_study(p).run(until=2), ValueError, "until=2 is not allowed; give the width of the widest interval"),
    "extend": (lambda p: ls.open_study(p).extend("5"), TypeError, "runs='5' is not a whole number"),
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study")
    ls.Study(path, GRID, runs=5).run()
    return path


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused(case: str, there: Path) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call(there)
    assert len(ls.open_study(there).runs()) == 40, "and nothing is lost by it"


def test_what_is_asked_of_a_study_is_checked(tmp_path: Path) -> None:
    study = ls.Study(tmp_path / "study", ls.grid(hidden=2, budget=3), runs=2).run(progress=False)
    with pytest.raises(TypeError, match="columns=3 are no names; give a list of them"):
        study.runs(columns=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="query=None is not text; ask something such as"):
        study.query(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="epochs=nan is no whole number, which all rows have there"):
        study.runs(where={"epochs": float("nan")})
    assert len(study.runs(where={"loss": float("nan")})) == 0
    for moment in (np.timedelta64(3, "ns"), np.datetime64(3, "ns"), np.array([3], "m8[ns]"), [np.timedelta64(3)]):
        with pytest.raises(TypeError, match="is not a number"):
            study.runs(where={"epochs": moment})
