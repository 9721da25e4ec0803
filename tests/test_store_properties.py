"""Whatever order of running, extending, growing, damage and interruption: the table is that of one clean run."""

import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from numpy.typing import NDArray

import landscape as ls
from landscape.study.grid import Cell

CELLS = ls.grid(activation=["tanh", "sigmoid"], hidden=[1, 2, 5], budget=12).cells
MOST = 150
CHECKPOINTS = (0, 5, 12)


@pytest.fixture(scope="module", autouse=True)
def clean(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All cells, more runs than any study below asks for."""
    made = ls.Study(tmp_path_factory.mktemp("clean"), ls.grid(CELLS), runs=MOST, checkpoints=CHECKPOINTS).run()
    Folder.clean, Folder.seen = made.runs(), made.checkpoints()
    Folder.theta = {cell.id: made.theta(cell) for cell in CELLS}


class Folder(RuleBasedStateMachine):
    """One study, and what it should hold: the cells and the most runs that were ever asked for and run."""

    clean: pd.DataFrame
    seen: pd.DataFrame
    theta: dict[str, NDArray[np.float64]]

    @initialize()
    def start(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.path = Path(self.temporary.name) / "study"
        self.cells: set[str] = set()
        self.runs = 0
        self.whole = True  # nothing was damaged since the last run

    def teardown(self) -> None:
        if hasattr(self, "temporary"):
            self.temporary.cleanup()

    @property
    def blocks(self) -> list[Path]:
        return sorted((self.path / "blocks").glob("*.parquet"))

    @rule(chosen=st.sets(st.sampled_from(CELLS), min_size=1), runs=st.integers(1, MOST), threads=st.integers(1, 3))
    def run(self, chosen: set[Cell], runs: int, threads: int) -> None:
        ordered = sorted(chosen, key=lambda cell: hash((cell.id, runs)))
        study = ls.Study(self.path, ls.grid(ordered), runs=runs, checkpoints=CHECKPOINTS)
        self.cells |= {cell.id for cell in chosen}
        self.runs = max(self.runs, runs)
        study.run(threads=threads)
        self.whole = True

    @precondition(lambda self: self.runs)
    @rule(runs=st.integers(1, MOST))
    def extend(self, runs: int) -> None:
        self.runs = max(self.runs, runs)
        ls.open_study(self.path).extend(runs)
        self.whole = True

    @precondition(lambda self: self.runs and self.blocks)
    @rule(which=st.integers(0, 10**6), at=st.floats(0, 1), how=st.sampled_from(["flip", "cut", "delete", "swap"]))
    def damage(self, which: int, at: float, how: str) -> None:
        path = self.blocks[which % len(self.blocks)]
        content = path.read_bytes()
        place = int(at * (len(content) - 1))
        if how == "flip" and content:  # of a file that was cut to nothing no bit is left
            path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        elif how == "cut":
            path.write_bytes(content[:place])
        elif how == "delete":
            path.unlink()
        else:
            path.write_bytes(self.blocks[0].read_bytes() + b"\0")
        self.whole = False

    @invariant()
    def what_is_there_is_right(self) -> None:
        if not getattr(self, "runs", 0):
            return
        study = ls.open_study(self.path)
        table, seen = study.runs(), study.checkpoints()
        rows = self.clean[self.clean["_cell"].isin(self.cells) & (self.clean["run"] < self.runs)]
        if self.whole:
            assert study.status().left == 0
            assert table["_cell"].astype(str).tolist() == rows["_cell"].astype(str).tolist()
            assert table["run"].tolist() == rows["run"].tolist()
        found = rows.merge(table[["_cell", "run"]], on=["_cell", "run"])
        assert len(found) == len(table), "no run that was not asked for, and none twice"
        for name in ("epochs", "loss", "grad_norm", "solved", "lr", "hidden"):
            assert (found[name].to_numpy() == table[name].to_numpy()).all()
        found = self.seen.merge(seen[["_cell", "run", "epoch"]], on=["_cell", "run", "epoch"])
        assert (found["loss"].to_numpy() == seen["loss"].to_numpy()).all()
        for cell in self.cells:
            runs = table.loc[table["_cell"] == cell, "run"]
            assert (study.theta(cell) == self.theta[cell][runs]).all()


@pytest.mark.filterwarnings("ignore:.*(damaged|holds runs)")
def test_any_order_ends_in_the_table_of_a_clean_run() -> None:
    run_state_machine_as_test(
        Folder,
        settings=settings(
            max_examples=25, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
        ),
    )


WRITER = """
    import sys, landscape as ls
    from landscape.study import training_loop
    training_loop.BLOCK_SECONDS, training_loop.TASK_SECONDS = 0.0, 0.002
    grid = ls.grid(activation=["tanh", "sigmoid"], hidden=[2, 3], lr=[0.1, 1.0], budget=4_000, criterion="never")
    ls.Study(sys.argv[1], grid, runs=1_500, checkpoints=(1_000,)).run()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_random_moments_and_run_again(tmp_path: Path) -> None:
    """A real process, killed with SIGKILL until it happens to finish; the table is that of a study never stopped."""
    grid = ls.grid(activation=["tanh", "sigmoid"], hidden=[2, 3], lr=[0.1, 1.0], budget=4_000, criterion="never")
    clean = ls.Study(tmp_path / "clean", grid, runs=1_500, checkpoints=(1_000,)).run()
    path, rng = tmp_path / "killed", random.Random(7)
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    kills, before, stages = 0, 0, set()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        while True:
            (path / ".writer.json").unlink(missing_ok=True)
            there_already, more = len(list(path.glob("blocks/*.parquet"))), rng.choice([0, 1, 10, 30])
            writer = subprocess.Popen(command)
            while writer.poll() is None and not (path / ".writer.json").exists():
                time.sleep(0.002)
            while writer.poll() is None and len(list(path.glob("blocks/*.parquet"))) < there_already + more:
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, 0.02))
            if writer.poll() is None:
                writer.send_signal(signal.SIGKILL)
                kills += 1
            code = writer.wait()
            there = ls.open_study(path) if (path / "study.json").exists() else None
            done = there.status().done if there else 0
            assert done >= before, "nothing that was stored is lost"
            before = done
            stages.add(done)
            if code == 0:
                break
            assert kills < 60
    assert len(stages) > 4, f"{kills} kills hit no moment that matters"
    assert there
    pd.testing.assert_frame_equal(there.runs(), clean.runs(), check_exact=True)
    pd.testing.assert_frame_equal(there.checkpoints(), clean.checkpoints(), check_exact=True)
    for cell in grid:
        assert (there.theta(cell) == clean.theta(cell)).all()
