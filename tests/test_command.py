"""The command as a shell runs it: what it prints, where, and with which exit code.

A process takes most of a second to start, so the many ways to be wrong call its ``main`` in this one.
"""

import dataclasses
import importlib.util
import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pytest
from click.shell_completion import ShellComplete
from filelock import FileLock

import landscape as ls
from landscape.cli import arguments, command, settings_text
from landscape.critical.diagnosis import ENDS
from landscape.io.tables import cell
from landscape.options import OPTIONS, RECORDS, applies
from landscape.plot import kinds
from landscape.schema import OUTCOMES
from landscape.study import sql
from landscape.study.store import Store

LANDSCAPE = Path(sys.executable).parent / "landscape"
GIVEN = ("activation=tanh,relu", "lr=0.5,2", "budget=300", "--runs", "40", "--seed", "3", "--checkpoints", "10,100")
NASTY = "it's \"a'; drop table runs; --[1]*?"
DUCKDB = pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="needs DuckDB")
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of another kind")

PATIENCE = 600
"""Seconds after which a process hangs, however busy the machine is; most leave in one."""

Done = subprocess.CompletedProcess[str]


def landscape(*words: object, cwd: Path | None = None) -> Done:
    line = [str(word) for word in (LANDSCAPE, *words)]
    return subprocess.run(line, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)


def fine(done: Done, code: int = 0) -> str:
    """What it prints where all goes well: nothing goes to standard error, which is no terminal here."""
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


def pooled(done: Done, over: str) -> str:
    """What it prints where a line on standard error says that settings are pooled."""
    assert (done.returncode, done.stderr.split(";")[0]) == (0, f"pooled over {over}")
    assert len(done.stderr.splitlines()) == 1
    return done.stdout


def said(*words: object, cwd: Path | None = None, code: int = 0) -> str:
    return fine(landscape(*words, cwd=cwd), code)


def one_line(done: Done, code: int) -> str:
    """The reason why it did not."""
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.startswith("landscape: ")
    assert done.stderr.endswith("\n")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr.removeprefix("landscape: ")


def files(path: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a study, and when it was written."""
    return {
        str(file.relative_to(path)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in path.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


def csv(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def as_read(table: pd.DataFrame) -> pd.DataFrame:
    """A file does not tell categories from words."""
    return table.astype({name: object for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)})


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(as_read(one), as_read(other), check_exact=True, check_dtype=False)


def is_csv_of(text: str, table: pd.DataFrame) -> None:
    """Digit for digit; read as words first, because some versions of pandas read a number's last bit wrong."""
    same(pd.read_csv(io.StringIO(text), dtype=str).astype(as_read(table).dtypes), table)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of four cells, made by the command; tests only read it."""
    path = tmp_path_factory.mktemp("command") / "study"
    assert "stored: 160 runs" in said("run", path, *GIVEN)
    return path


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """``landscape``, in this process."""

    def call(*words: object, cwd: Path | None = None) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["landscape", *map(str, words)])
            patch.setattr(warnings, "showwarning", warnings.showwarning)  # so that it is put back
            patch.chdir(cwd or Path.cwd())
            with pytest.raises(SystemExit) as left:
                command.main()
        assert isinstance(left.value.code, int)
        return Done(words, left.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The same to do with as one likes."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


# Running


def test_plan_does_nothing(folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    told = said("plan", "new", *GIVEN, cwd=tmp_path)
    assert told.startswith("new: 4 cells x 40 runs\nstored: 0 runs; left: 160, up to about ")
    assert list(tmp_path.iterdir()) == []

    before = files(folder)
    assert fine(called("plan", folder)).endswith("4 cells x 40 runs\nstored: 160 runs; left: 0\n")
    assert "4 cells x 50 runs\nstored: 160 runs; left: 40, about" in fine(called("plan", folder, "--runs", 50))
    grown = fine(called("plan", folder, "activation=gelu", "budget=300"))
    assert "5 cells x 40 runs\nstored: 160 runs; left: 40, up to about" in grown
    assert files(folder) == before


def test_a_study_is_what_python_makes(folder: Path) -> None:
    study = ls.open_study(folder)
    assert (study.manifest.runs, study.manifest.seed, study.manifest.checkpoints) == (40, 3, (10, 100))
    expected = [
        ls.train(ls.Surface(activation=a), ls.Protocol(lr=lr, budget=300), runs=40, seed=3, checkpoints=(10, 100)).runs
        for a in ("relu", "tanh")
        for lr in (0.5, 2.0)
    ]
    same(study.runs().drop(columns="_cell"), pd.concat(map(as_read, expected), ignore_index=True))


def test_status_of_a_study_that_is_done(folder: Path) -> None:
    assert said("status", folder).startswith(f"{folder}: 4 cells x 40 runs, seed 3\nstored: 160 runs in 1 file, ")


def test_settings_that_print_alike_are_said(tmp_path: Path) -> None:
    """In one line on standard error; the work goes on."""
    done = landscape("plan", tmp_path / "s", "lr=0.3,0.30000000000000004")
    assert done.returncode == 0
    assert done.stderr.strip() == (
        "landscape: warning: lr=0.3 and 0.30000000000000004 print alike and are different cells; round them if they are one"
    )
    assert "2 cells x 1,000 runs" in done.stdout


def test_a_second_run_changes_nothing(folder: Path, called: Callable[..., Done]) -> None:
    before = files(folder)
    assert said("run", folder) == fine(called("status", folder))
    fine(called("run", folder, *GIVEN))
    fine(called("run", folder, "lr=2", "activation=tanh", "budget=300", "--runs", 7))
    assert files(folder) == before


def test_runs_that_were_lost_are_left_and_then_trained(folder: Path, copy: Path, called: Callable[..., Done]) -> None:
    (block,) = (copy / "blocks").iterdir()
    block.unlink()
    assert "stored: 0 runs in 0 files, 0.0 kB; left: 160\n" in said("status", copy, code=3)
    assert "stored: 160 runs in 1 file, " in said("run", copy, "--threads", 1)
    assert "; left: 0\n" in fine(called("status", copy))
    pd.testing.assert_frame_equal(ls.open_study(copy).runs(), ls.open_study(folder).runs())


def test_a_damaged_file_is_told_in_one_line_and_trained_again(folder: Path, copy: Path, called: Callable[..., Done]) -> None:
    (block,) = (copy / "blocks").iterdir()
    block.write_bytes(block.read_bytes()[:-1])
    assert f"{block.name} is damaged" in fine(called("status", copy), code=3)
    done = landscape("run", copy)
    assert done.returncode == 0
    assert done.stderr.startswith("landscape: warning: ")
    assert len(done.stderr.splitlines()) == 1
    pd.testing.assert_frame_equal(ls.open_study(copy).runs(), ls.open_study(folder).runs())


def test_extend(copy: Path, called: Callable[..., Done]) -> None:
    before = ls.open_study(copy).runs()
    assert "4 cells x 50 runs, seed 3\nstored: 200 runs in 2 files" in said("extend", copy, 50)
    then = files(copy)
    for runs in (50, 10):
        assert "4 cells x 50 runs" in fine(called("extend", copy, runs))
    assert files(copy) == then
    after = ls.open_study(copy).runs()
    assert len(after) == 200
    same(after[after.run < 40].reset_index(drop=True), before)


def test_run_until_intervals_are_narrow(copy: Path, called: Callable[..., Done]) -> None:
    said = fine(called("run", copy, "--until", "0.25"))
    rates = ls.success_rates(ls.open_study(copy).runs(), "_cell")
    assert (rates.high - rates.low <= 0.25).all()
    assert f"4 cells x {rates.runs[0]} runs" in said
    assert rates.runs[0] > 40
    assert "until=7.0 is not allowed" in one_line(called("run", copy, "--until", "7"), code=2)


def test_new_settings_are_added(copy: Path, called: Callable[..., Done]) -> None:
    """With the number of runs, the seed and the checkpoints that are there."""
    before = ls.open_study(copy).runs()
    told = fine(called("run", copy, "activation=gelu", "budget=300"))
    assert "5 cells x 40 runs, seed 3\nstored: 200 runs in 2 files" in told
    after = ls.open_study(copy)
    same(after.runs(where={"activation": ["tanh", "relu"]}), before)
    assert after.checkpoints(where={"activation": "gelu"}).epoch.tolist() == [10, 100] * 40


def test_a_file_with_problems_of_ones_own(tmp_path: Path, called: Callable[..., Done]) -> None:
    (tmp_path / "mine.toml").write_text("""
        runs = 1000
        seed = 5
        checkpoints = [20]
        [grid]
        problem = ["xor", "inverse"]
        budget = "50"
        [problems.inverse]
        inputs = [[0], [1]]
        targets = [1, 0]
    """)
    assert "2 cells x 20 runs, seed 5\n" in said("run", "own", "--from", "mine.toml", "--runs", 20, cwd=tmp_path)
    study = ls.open_study(tmp_path / "own")
    assert study.manifest.checkpoints == (20,)
    inverse = ls.Surface(ls.Problem([[0], [1]], [1, 0], name="inverse"))
    expected = ls.train(inverse, ls.Protocol(budget=50), runs=20, seed=5, checkpoints=(20,)).runs
    same(study.runs(where={"problem": "inverse"}).drop(columns="_cell"), expected)
    assert "inverse" in fine(called("show", study.path, 3, "problem=inverse"))
    assert csv(fine(called("table", study.path, "--format", "csv"))).problem.tolist() == ["inverse", "xor"]


# Tables


def test_a_table_as_csv_is_exact(folder: Path, called: Callable[..., Done]) -> None:
    """Grouped by the settings that differ, unless told."""
    runs = ls.open_study(folder).runs()
    is_csv_of(said("table", folder, "--format", "csv"), ls.success_rates(runs, ["activation", "lr"]))
    is_csv_of(fine(called("table", folder, "--format", "csv", "--by", "_cell")), ls.success_rates(runs, "_cell"))
    for by in ("lr", "lr, hidden,seed"):
        told = pooled(called("table", folder, "--format", "csv", "--by", by), "activation = relu, tanh")
        is_csv_of(told, ls.success_rates(runs, by.replace(" ", "").split(",")))


def test_a_table_at_the_checkpoints(folder: Path, called: Callable[..., Done]) -> None:
    expected = ls.success_rates(ls.open_study(folder).checkpoints(), ["epoch", "activation"])
    assert expected.epoch.tolist() == [10, 10, 100, 100]
    told = called("table", folder, "--format", "csv", "--by", "epoch,activation")
    is_csv_of(pooled(told, "lr = 0.5, 2"), expected)
    assert fine(called("table", folder, "--by", "epoch,activation")).splitlines()[-1] == told.stderr.rstrip()
    said = one_line(called("table", folder, "epoch=10,100", "--by", "activation,lr"), code=1)
    assert "runs with different epoch (10, 100) are in one group (activation=relu, lr=0.5)" in said


def test_a_table_of_some_rows(folder: Path, called: Callable[..., Done]) -> None:
    study = ls.open_study(folder)
    expected = ls.success_rates(study.runs(where={"activation": "tanh", "lr": 2.0, "run": range(5, 15)}), ["hidden", "lr"])
    assert expected.runs.tolist() == [10]
    words = ("activation=tanh", "lr=2", "run=5..14", "--by", "hidden,lr")
    is_csv_of(fine(called("table", folder, *words, "--format", "csv")), expected)

    expected = ls.success_rates(study.checkpoints(where={"epoch": 100, "solved": True}), ["epoch", "lr"])
    words = ("epoch=100", "solved=true", "--by", "epoch,lr", "--format", "csv")
    done = called("table", folder, *words)
    is_csv_of(pooled(done, "activation = relu, tanh"), expected)
    assert done.stderr.endswith("; of runs chosen by how they went (solved), not of all runs\n")
    assert called("table", folder, "outcome=budget").stdout.splitlines()[-1] == (
        "of runs chosen by how they went (outcome), not of all runs"
    )


def test_levels_that_print_alike_are_told_apart_in_a_table(tmp_path: Path, called: Callable[..., Done]) -> None:
    called("run", tmp_path / "s", "lr=1,1.0000001,0.5", "budget=3", "--runs", "4", "--quiet")
    rows = fine(called("table", tmp_path / "s", "--by", "lr")).splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["0.5", "1.0", "1.0000001"]
    rows = fine(called("query", tmp_path / "s", "select distinct lr from runs order by lr")).splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["0.5", "1.0", "1.0000001"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.000"), (1.0, "1.000"), (0.5, "0.500"), (0.99949, "0.999"), (0.99996, "0.99996"), (9999 / 10_000, "0.9999"),
     (0.0004, "0.0004"), (2e-7, "0.0000002"), (1 - 2e-16, "0.9999999999999998"), (1e-30, "1e-30"), (-0.0001, "-0.0001"),
     (float("nan"), "nan"), (float("inf"), "inf")],
)  # fmt: skip
def test_a_share_near_0_or_1_does_not_read_as_one_of_them(share: float, text: str) -> None:
    assert cell("rate", share) == text


def test_a_table_does_not_pool_budgets(tmp_path: Path, called: Callable[..., Done]) -> None:
    """The command and the function say the same, whatever columns the command had to read."""
    study = ls.Study(tmp_path, ls.grid(hidden=[1, 2], lr=[0.5, 2.0], budget=[20, 30]), runs=5).run()
    with pytest.raises(
        ValueError, match=r"different budget \(20, 30\) are in one group \(problem=xor, hidden=1\)"
    ) as refused:
        ls.success_rates(study.runs(), ["problem", "hidden"])
    assert one_line(called("table", tmp_path, "--by", "problem,hidden"), code=1).strip() == str(refused.value)
    lines = fine(called("table", tmp_path, "budget=30", "--by", "problem,hidden")).splitlines()
    assert lines[-1].startswith("pooled over lr = 0.5, 2; ")
    assert "pooled" not in fine(called("table", tmp_path))


@pytest.mark.parametrize(
    ("form", "line", "begins"), [("text", 1, "----"), ("markdown", 1, "|:---"), ("latex", 0, r"\begin{tabular}{lr")]
)
def test_a_table_to_look_at(folder: Path, form: str, line: int, begins: str, called: Callable[..., Done]) -> None:
    """Rates with three digits, other numbers with six; columns in line."""
    expected = ls.success_rates(ls.open_study(folder).runs(), ["activation", "lr"])
    lines = fine(called("table", folder, "--format", form)).replace(r"\_", "_").splitlines()
    cells = [line.replace("|", " ").replace("&", " ").replace(r"\\", " ").split() for line in lines if "--" not in line]
    rows = [row for row in cells if len(row) == len(expected.columns)]
    assert rows == [list(expected.columns)] + [
        [f"{value:.3f}" if name in ("rate", "low", "high") else f"{value:.6g}" if isinstance(value, float) else str(value)
         for name, value in row.items()]
        for row in expected.to_dict("records")
    ]  # fmt: skip
    assert len({len(line) for line in lines if form != "latex" or "&" in line}) == 1
    assert lines[line].startswith(begins)


@DUCKDB
def test_a_query(folder: Path, called: Callable[..., Done]) -> None:
    asked = "select activation, count(*) as n, avg(solved) as rate, avg(loss) as loss from runs group by all order by all"
    expected = ls.query(folder, asked)
    assert expected.n.tolist() == [80, 80]
    is_csv_of(fine(called("query", folder, asked, "--format", "csv")), expected)
    seen = fine(called("query", folder, "select count(*) as n from checkpoints where epoch = 10"))
    assert seen.split() == ["n", "---", "160"]
    assert fine(called("query", folder, "select run from runs where run < 0")).split() == ["run", "-----"]


@DUCKDB
def test_a_query_of_a_folder_with_a_strange_name(folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    shutil.copytree(folder, tmp_path / NASTY)
    assert said("query", NASTY, "select count(*) as n from runs", "--format", "csv", cwd=tmp_path) == "n\n160\n"
    assert fine(called("status", NASTY, cwd=tmp_path)).startswith(NASTY)
    assert fine(called("table", NASTY, cwd=tmp_path)) == fine(called("table", folder))


@DUCKDB
def test_a_query_changes_nothing(copy: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    before = files(copy)
    for asked in ("drop view runs", "copy (select 1) to 'out.csv'", "attach 'mine.db'", "select * from '/etc/hosts'"):
        called("query", copy, asked, cwd=tmp_path)
    assert files(copy) == before
    assert list(tmp_path.iterdir()) == [copy]


def shown(text: str) -> tuple[dict[str, str], pd.DataFrame]:
    """Facts, one a line, and the table of outputs."""
    facts, table, *_ = text.split("\n\n")
    lines = [line for line in table.splitlines() if "--" not in line]
    columns = lines[0].replace(" 1", "1").replace(" 2", "2").split()
    return dict(line.split(maxsplit=1) for line in facts.splitlines()), pd.DataFrame(
        [[float(number) for number in line.split()] for line in lines[1:]], columns=columns
    )


@pytest.mark.parametrize(("activation", "lr", "run"), [("tanh", 2, 17), ("relu", 0.5, 0)])
def test_show_is_what_is_stored(folder: Path, activation: str, lr: float, run: int, called: Callable[..., Done]) -> None:
    study = ls.open_study(folder)
    text = fine(called("show", folder, run, f"activation={activation}", f"lr={lr}"))
    facts, table = shown(text)
    row = study.runs(where={"activation": activation, "lr": lr, "run": run}).iloc[0]
    assert facts.pop("stored") == "yes"
    cell = study.cell(row["_cell"])
    without = {"slope", "momentum", "beta1", "beta2", "epsilon", "tolerance"}
    assert without == {name for name in OPTIONS if not applies(name, cell.surface.settings | cell.protocol.settings)}
    told = {name: v for name, v in row.items() if name not in without}
    assert facts == {name: f"{v:.6g}" if isinstance(v, float) else str(v) for name, v in told.items()}
    theta = study.theta(cell)[run]
    assert table[["input1", "input2"]].to_numpy().tolist() == cell.surface.table.inputs.tolist()
    assert table[["target1"]].to_numpy().tolist() == cell.surface.table.targets.tolist()
    np.testing.assert_allclose(table[["output1"]], cell.surface.forward(theta), rtol=1e-5)
    numbers = text[text.index("\nW1") :].translate(str.maketrans("[]", "  ")).split()
    weights = [float(number) for number in numbers if number not in ("W1", "b1", "W2", "b2")]
    np.testing.assert_allclose(weights, theta, atol=1e-6)


SETTINGS_OF_SHOW = {
    "threshold": ([], "strictly on its target's side of the midpoint (midpoint 0.5). An output of "),
    "margin": (["tolerance"], "nearer to its target than the tolerance (tolerance 0.45). An output of "),
    "loss": (["tolerance"], "The loss is below the tolerance (tolerance 0.45). The loss is "),
}
"""By criterion: settings that only it reads, and what is said of a run that it takes for solved."""


@pytest.mark.parametrize("criterion", SETTINGS_OF_SHOW)
def test_show_says_what_makes_a_run_solved(criterion: str, tmp_path: Path, called: Callable[..., Done]) -> None:
    """And it shows the settings that apply, and no others."""
    given = (
        "activation=gaussian",
        "hidden=4",
        "bias=false",
        "optimizer=adam",
        "lr=0.05",
        "tolerance=0.45",
        f"criterion={criterion}",
    )
    fine(called("run", tmp_path, *given, "budget=2000", "--runs", 20))
    text = fine(called("show", tmp_path, ls.open_study(tmp_path).runs(where={"solved": True}).run[0]))
    facts, table = shown(text)
    reads, sentence = SETTINGS_OF_SHOW[criterion]
    assert facts["outcome"] == "solved"
    assert set(OPTIONS) - set(facts) == {"init_bias", "momentum", "slope", "tolerance"} - set(reads)
    words = " ".join(text.split())
    assert f"solved by criterion={criterion}: " in words
    assert sentence in words
    farthest = (table["output1"] - table["target1"]).abs().idxmax()
    told = f"An output of {table['output1'][farthest]:.4g} for a target of {table['target1'][farthest]:g} is right by this"
    assert (told in words) == (criterion != "loss")


def test_show_of_a_run_that_failed_says_what_to_try(tmp_path: Path, called: Callable[..., Done]) -> None:
    fine(called("run", tmp_path, "budget=3", "--runs", 1))
    text = " ".join(fine(called("show", tmp_path, 0)).split())
    assert f"budget: {' '.join(OUTCOMES['budget'])}" in text


OUT = {
    "table": ["--by", "activation,lr"],
    "query": ["select activation, lr, solved, loss from runs order by all limit 7"],
    "stuck": ["activation=tanh", "lr=2"],
}


@DUCKDB
@pytest.mark.parametrize("name", OUT)
def test_a_table_goes_to_a_file(name: str, folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    """Instead of being printed, and with every digit, as in CSV; what there is to say of it goes to standard error."""
    text = called(name, folder, *OUT[name], "--format", "csv").stdout
    file = tmp_path / "table.csv"
    done = called(name, folder, *OUT[name], "--out", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert file.read_text() == text
    assert f"{len(csv(text))} rows written to {file}" in done.stderr or len(csv(text)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_stuck_says_what_each_end_means_and_what_to_try(folder: Path, called: Callable[..., Done]) -> None:
    text = " ".join(fine(called("stuck", folder, "activation=tanh", "lr=2")).split())
    found = csv(called("stuck", folder, "activation=tanh", "lr=2", "--format", "csv").stdout)
    for name, end in ENDS.items():
        assert (f"{name}: {' '.join(end)}" in text) == (name in set(found["end"]))


def test_options_as_tables(tmp_path: Path, called: Callable[..., Done]) -> None:
    assert csv(fine(called("options", "--format", "csv"))).setting.tolist() == list(OPTIONS)
    assert called("options", "init", "--out", tmp_path / "init.csv").returncode == 0
    assert pd.read_csv(tmp_path / "init.csv")["value"].tolist() == list(RECORDS["init"])


# Completion


def offered(words: str, incomplete: str, kind: str = "plain") -> list[str]:
    """What a shell is offered after these words."""
    shell = ShellComplete(command.cli, {}, "landscape", "_LANDSCAPE_COMPLETE")
    return [item.value for item in shell.get_completions(shlex.split(words), incomplete) if item.type == kind]


def test_settings_are_completed_and_their_values() -> None:
    names = [f"{name}=" for name in OPTIONS]
    assert offered("run new", "") == names
    assert offered("run new", "init_") == ["init_scale=", "init_bias="]
    assert offered("run new", "act") == [f"activation={name}" for name in RECORDS["activation"]]
    assert offered("run new", "activation=si") == ["activation=sigmoid", "activation=silu", "activation=sine"]
    assert offered("run new", "activation=tanh,re") == ["activation=tanh,relu"]
    assert offered("run new activation =", "tanh,re") == ["tanh,relu"]  # as bash parts it
    assert offered("run new", "bias=") == ["bias=true", "bias=false"]
    assert offered("run new", "problem=parity1")[:2] == ["problem=parity1", "problem=parity10"]
    assert offered("stuck", "criterion=") == [f"criterion={name}" for name in RECORDS["criterion"]]
    assert offered("options", "init") == ["init", "init_scale", "init_bias"]
    for name, table in RECORDS.items():
        for word in offered("run new", f"{name}="):
            assert settings_text.settings([word])[name][0] in table or name == "problem"
            assert word not in ("problem=parity", "problem=parity1..parity16")


def test_cells_of_a_study_are_completed(folder: Path) -> None:
    path = shlex.quote(str(folder))
    assert offered(f"show {path} 3", "") == ["activation=", "lr="]
    assert offered(f"show {path} 3", "activation=") == ["activation=relu", "activation=tanh"]
    assert offered(f"table {path}", "lr=") == ["lr=0.5", "lr=2.0"]
    assert offered(f"stuck {path}", "activation=t") == ["activation=tanh"]
    assert "activation=gelu" in offered(f"run {path}", "activation=")
    assert offered(f"table {path} --by", "activation,hid") == ["activation,hidden"]


def test_paths_are_left_to_the_shell(tmp_path: Path) -> None:
    for words in ("status", "show", "table", "run", "stuck"):
        assert offered(words, "res", "dir") == ["res"]
    assert offered("run new --from", "m", "file") == ["m"]
    assert offered("table old --out", "r", "file") == ["r"]
    for folder in ("nowhere", str(tmp_path)):
        assert offered(f"show {folder} 1", "hid")[0] == "hidden=2"


@UNIX
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_help_says_how_to_turn_completion_on(shell: str, called: Callable[..., Done]) -> None:
    (line,) = [line for line in fine(called("--help")).splitlines() if f"{shell}_source" in line]
    assert f"_LANDSCAPE_COMPLETE={shell}_source landscape" in line
    env = {**os.environ, "_LANDSCAPE_COMPLETE": f"{shell}_source"}
    script = subprocess.run([LANDSCAPE], env=env, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    assert f"_LANDSCAPE_COMPLETE={shell}_complete" in script
    bash = shutil.which("bash")
    if shell != "bash" or bash is None:
        return
    words = "COMP_WORDS=(landscape run new activation = tanh,sigm); COMP_CWORD=5"
    typed = f'{line.split(maxsplit=1)[1]}; {words}; _landscape_completion landscape; echo "${{COMPREPLY[@]}}"'
    env = {**os.environ, "PATH": f"{LANDSCAPE.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([bash, "-c", typed], env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout == "tanh,sigmoid\n", done.stderr


def test_show_of_several_cells_says_what_to_choose_by(folder: Path, called: Callable[..., Done]) -> None:
    told = one_line(landscape("show", folder, 3), 1)
    assert told == "4 cells have these settings; choose one by activation=relu,tanh; lr=0.5,2.0\n"
    told = one_line(called("show", folder, 3, "lr=2.0"), 1)
    assert told == "2 cells have these settings; choose one by activation=relu,tanh\n"


# What goes wrong

WHOLE = "give a whole number"
REFUSED: dict[str, tuple[int, str, str]] = {
    # the shape of the command
    "unknown command": (2, "plam STUDY", "No such command 'plam'"),
    "no path": (2, "status", "Missing argument 'PATH'"),
    "a word too many": (2, "status STUDY more", "unexpected extra argument (more)"),
    "unknown option": (2, "run NEW hidden=2 --thread 3", "--thread"),
    "option without a value": (2, "run NEW hidden=2 --runs", "requires an argument"),
    "runs as words": (2, "run NEW hidden=2 --runs many", "'many' is not a valid integer"),
    "half a thread": (2, "run NEW hidden=2 --threads 1.5", "'1.5' is not a valid integer"),
    "unknown format": (2, "table STUDY --format html", "'html' is not one of 'text', 'markdown', 'latex', 'csv'"),
    "no number of runs": (2, "extend STUDY", "Missing argument 'RUNS'"),
    "a file of another kind": (2, "table STUDY --out t.pdf", 't.pdf" ends with none of .csv, .parquet, .xlsx'),
    "no folder for a file": (1, "table STUDY --out nowhere/t.csv", "nowhere"),
    "unknown setting to explain": (2, "options hiden", 'setting="hiden" is not known; did you mean "hidden"?'),
    "no query": (2, "query STUDY", "Missing argument 'SQL'"),
    "no run": (2, "show STUDY", "Missing argument 'RUN'"),
    "half a run": (2, "show STUDY 1.5", "'1.5' is not a valid integer"),
    # settings
    "no setting": (2, "plan NEW hidden", '"hidden" is not a setting; give name=value'),
    "unknown setting": (2, "plan NEW hiden=2", 'field="hiden" is not known; did you mean "hidden"?'),
    "unknown value": (2, "plan NEW activation=tahn,relu", 'activation="tahn" is not known; did you mean "tanh"?'),
    "twice": (2, "plan NEW lr=1 lr=2", "lr is given twice"),
    "empty": (2, "plan NEW hidden=", '"" has an empty value'),
    "half a range": (2, "plan NEW hidden=2..", '"2.." is not a range'),
    "backward range": (2, "plan NEW hidden=4..2", '"4..2" is empty; give the smaller number first'),
    "half a unit": (2, "run NEW hidden=2.5", f"hidden=2.5 is not a whole number; {WHOLE}"),
    "endless": (2, "run NEW lr=inf", "lr=inf is not allowed; give a finite number"),
    "senseless combination": (2, "run NEW update=online optimizer=adam", 'use update="batch", or an optimizer out of: gd'),
    "settings of a table": (2, "table STUDY lr", '"lr" is not a setting'),
    "settings twice": (2, "run NEW lr=2 --from good.toml", "both in good.toml and as words; give them in one place"),
    "settings to diagnose": (2, "stuck hidden=-1", f"hidden=-1 is out of range; {WHOLE}"),
    "unknown setting to diagnose": (2, "stuck hidden=2 frob=1", 'field="frob" is not known'),
    "no runs in a file": (2, "run NEW --from runs.toml", f"runs.toml: runs=-1 is out of range; {WHOLE} from 1"),
    # numbers
    "no runs": (2, "run NEW hidden=2 --runs 0", f"runs=0 is out of range; {WHOLE} from 1"),
    "negative seed": (2, "run NEW hidden=2 --seed -1", f"seed=-1 is out of range; {WHOLE} from 0"),
    "no threads": (2, "run STUDY --threads 0", f"threads=0 is out of range; {WHOLE}, 1 or more"),
    "extend to nothing": (2, "extend STUDY 0", f"runs=0 is out of range; {WHOLE} from 1"),
    "checkpoints out of order": (2, "run NEW --checkpoints 10,5 hidden=2", "go from 10 to 5; give ascending epochs"),
    "checkpoints beyond the budget": (2, "run NEW budget=9 --checkpoints 10", "go beyond budget=9"),
    "negative run": (2, "show STUDY -- -1", f"run=-1 is out of range; {WHOLE} from 0"),
    "an interval too narrow": (2, "run STUDY --until 1e-9", "until=1e-09 is not allowed; give 1e-08 or more"),
    "an interval of no width": (2, "run STUDY --until nan", "until=nan is not allowed; give the width of the widest"),
    # files
    "missing file": (2, "run NEW --from nothing.toml", "File 'nothing.toml' does not exist"),
    "bad file": (2, "run NEW --from bad.toml", "bad.toml is not TOML:"),
    "unknown key": (2, "run NEW --from key.toml", 'key.toml: key="run" is not known; did you mean "runs"?'),
    "grid of another kind": (2, "run NEW --from grid.toml", "grid"),
    # folders
    "empty path": (1, "run '' hidden=2", 'path="" is empty; give a folder'),
    "empty path to diagnose": (1, "stuck ''", 'path="" is empty; give a folder'),
    "no study": (1, "status NEW", "there is no study at NEW"),
    "nothing to run": (1, "run NEW", "there is no study at NEW"),
    "nothing to run, from a file": (1, "run NEW --from empty.toml", "there is no study at NEW"),
    "nothing to extend": (1, "extend NEW 5", "there is no study at NEW"),
    "nothing to tabulate": (1, "table NEW", "there is no study at NEW"),
    "nothing to ask": (1, "query NEW 'select 1'", "there is no study at NEW"),
    "nothing to show": (1, "show NEW 1", "there is no study at NEW"),
    "a file": (1, "run bad.toml hidden=2", "bad.toml is a file; give a folder for the study"),
    "no manifest": (1, "status DAMAGED", "study.json is damaged: it is not a manifest"),
    "another seed": (1, "run STUDY lr=2 --seed 4", "has seed=3, not 4"),
    "other checkpoints": (1, "run STUDY lr=2 --checkpoints 5", "has checkpoints=(10, 100), not (5,)"),
    # tables
    "unknown column": (1, "table STUDY --by activaton", 'column="activaton" is not known; did you mean "activation"?'),
    "result to group by": (1, "table STUDY --by solved", "cannot hold 'solved': it is a result"),
    "twice to group by": (1, "table STUDY --by lr,lr", "cannot hold 'lr': it is a result, or named twice"),
    "value that no cell has": (1, "table STUDY activation=gelu", "'gelu' is in no cell of the study; it has: relu, tanh"),
    "unknown column to choose rows by": (1, "table STUDY hiden=2", 'column="hiden" is not known; did you mean "hidden"?'),
    "unknown outcome": (1, "table STUDY outcome=won", 'outcome="won" is not known; Known: solved, stalled'),
    "neither true nor false": (1, "table STUDY solved=maybe", "solved"),
    "rates at no checkpoints": (1, "table PLAIN --by epoch", "has no checkpoints"),
    # pictures
    "no file": (2, "plot STUDY --x lr", "Missing option '-o' / '--out'"),
    "no x": (2, "plot STUDY -o a.png", "success_rates needs --x; the settings that differ are: activation, lr"),
    "x of epochs": (2, "plot STUDY --kind ecdf --x lr -o a.png", "--x is for a picture over a column; ecdf goes over"),
    "unknown picture": (2, "plot STUDY --kind sucess_rates -o a.png", 'is not known; did you mean "success_rates"?'),
    "unknown ending": (2, "plot STUDY --x lr -o a.txt", 'ending=".txt" is not known; Known: .pdf, .svg, .png'),
    "no ending": (2, "plot STUDY --x lr -o rates", 'ending="" is not known'),
    "nothing to draw": (1, "plot NEW --x lr -o a.png", "there is no study at NEW"),
    "unknown column of lines": (1, "plot STUDY --x lr --by activaton -o a.png", 'did you mean "activation"?'),
    "three columns of lines": (1, "plot STUDY lr=2 --x lr --by lr,activation,hidden -o a.png", "is not one column or two"),
    "curves that are pooled": (1, "plot STUDY --kind ecdf --by lr -o a.png", "name 'activation' among the columns"),
    "losses at no checkpoints": (1, "plot PLAIN --kind learning_curves -o a.png", "has no checkpoints"),
    # one run
    "no cell": (1, "show STUDY 1 lr=7", "lr=7 is in no cell of the study; it has: 0.5, 2.0"),
    "unknown setting of a cell": (1, "show STUDY 1 hiden=2", 'setting="hiden" is not known; did you mean "hidden"?'),
}  # fmt: skip
QUERIES: dict[str, tuple[int, str, str]] = {
    "no SQL": (1, "query STUDY selct", "the query cannot be answered: Parser Error"),
    "nothing": (1, "query STUDY ''", "the query"),
    "a comment": (1, "query STUDY '/* nothing */'", "the query"),
    "unknown column": (1, "query STUDY 'select hiden from runs'", 'Referenced column "hiden" not found'),
    "unknown table": (1, "query STUDY 'select 1 from run'", "Table with name run does not exist"),
    "several lines": (1, "query STUDY 'select\n1\nfrom\nrun'", "Table with name run does not exist"),
    "files": (1, "query STUDY \"select * from '/etc/hosts'\"", "the query cannot be answered"),
    "write": (1, "query STUDY \"copy runs to 'runs.csv'\"", "the query cannot be answered: Permission Error"),
    "write to runs": (1, "query STUDY 'delete from runs'", "the query cannot be answered"),
}


@pytest.fixture(scope="module")
def place(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all of that is tried. Nothing of it makes a folder NEW."""
    here = tmp_path_factory.mktemp("refused")
    shutil.copytree(folder, here / "STUDY")
    ls.Study(here / "PLAIN", ls.grid(budget=5), runs=1).run(progress=False)
    (here / "DAMAGED").mkdir()
    for name, text in {
        "DAMAGED/study.json": "{",
        "bad.toml": "[grid\n",
        "good.toml": "[grid]\nhidden = 2\n",
        "key.toml": "run = 5\n",
        "grid.toml": "grid = 5\n",
        "empty.toml": "",
        "runs.toml": "runs = -1\n[grid]\nhidden = 2\n",
    }.items():
        (here / name).write_text(text)
    before = files(here)
    yield here
    assert not (here / "NEW").exists()
    assert files(here) == before


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_line(case: str, place: Path, called: Callable[..., Done]) -> None:
    code, words, message = REFUSED[case]
    assert message in one_line(called(*shlex.split(words), cwd=place), code)


@DUCKDB
@pytest.mark.parametrize("case", QUERIES)
def test_bad_queries_are_refused_in_one_line(case: str, place: Path, called: Callable[..., Done]) -> None:
    code, words, message = QUERIES[case]
    assert message in one_line(called(*shlex.split(words), cwd=place), code)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["status", "NEW"], 1), (["plan", "NEW", "hidden=two"], 2)],
)
def test_a_process_that_is_refused_says_so(words: list[str], code: int, place: Path) -> None:
    """The same, as a shell sees it."""
    assert one_line(landscape(*words, cwd=place), code)


def test_an_error_without_words_is_named(monkeypatch: pytest.MonkeyPatch, called: Callable[..., Done]) -> None:
    """As Python's own lack of memory, for hidden=1..1000000000000."""

    def full(path: Path) -> None:
        raise MemoryError

    monkeypatch.setattr(arguments, "open_study", full)
    assert "memory" in one_line(called("status", "study"), 1).lower()


def test_another_process_writes(copy: Path, called: Callable[..., Done]) -> None:
    """Reading goes on meanwhile."""
    with FileLock(copy / ".lock"):
        for words in (["run", copy, "hidden=3"], ["extend", copy, "99"]):
            assert "is being written by another process; wait until it is done" in one_line(landscape(*words), 4)
        assert said("status", copy).splitlines()[3:] == ["being written by another process"]
        assert fine(called("table", copy))
    assert len(fine(called("status", copy)).splitlines()) == 3


# Stopping


def interrupted(process: subprocess.Popen[str]) -> Done:
    """What a process said that was sent Ctrl-C, and left."""
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    return Done(process.args, process.returncode, out, err)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A process that goes on meanwhile; in the end none is left."""
    processes: list[subprocess.Popen[str]] = []

    def call(*words: object, **environment: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **{name: str(value) for name, value in environment.items()}},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job would ignore it
        )
        processes.append(process)
        return process

    yield call
    for process in processes:
        process.kill()
        process.communicate()


WORKING = """
import sys, threading, time
from landscape.cli.command import main

def tell():
    begin = time.process_time()
    while time.process_time() < begin + 0.5:
        time.sleep(0.01)
    print("working", flush=True)

threading.Thread(target=tell, daemon=True).start()
main()
"""
"""``landscape`` that gives a sign when it has worked for half a second of processor time, in which all that it needs is long
imported and compiled."""


@pytest.fixture
def working(tmp_path: Path, start: Callable[..., subprocess.Popen[str]]) -> Callable[..., subprocess.Popen[str]]:
    """Starts it, and waits for the sign. A file: DuckDB takes a program without one for a person, and draws a bar."""
    (tmp_path / "working.py").write_text(WORKING)

    def call(*words: object) -> subprocess.Popen[str]:
        return at_work(start(sys.executable, tmp_path / "working.py", *words))

    return call


def at_work(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    return process


@UNIX
def test_a_study_that_is_interrupted_keeps_what_it_has(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], called: Callable[..., Done]
) -> None:
    """Half of it is done in no time, the other half never."""
    path = tmp_path / "long"
    process = start(LANDSCAPE, "run", path, "budget=50,1000000000", "criterion=never", "--runs", 100)
    while not list(path.glob("blocks/*.parquet")):
        assert process.poll() is None
        time.sleep(0.05)
    told = fine(called("status", path), code=3)
    assert "stored: 100 runs in 1 file" in told
    assert f"being written by process {process.pid} on " in told

    done = interrupted(process)
    assert "interrupted; stopped: 100 of 200 runs are stored" in one_line(done, 130)
    first, second = said("status", path, code=3).splitlines()
    assert first.endswith("2 cells x 100 runs, seed 0")
    assert second.endswith("; left: 100")
    assert csv(fine(called("table", path, "--by", "budget", "--format", "csv"))).runs.tolist() == [100]


@UNIX
def test_a_replay_that_is_interrupted(
    tmp_path: Path, working: Callable[..., subprocess.Popen[str]], called: Callable[..., Done]
) -> None:
    study = ls.Study(tmp_path / "study", ls.grid(budget=[5, 10**9], criterion="never"), runs=1)
    study.path.mkdir()
    Store(study.path).write_manifest(study.manifest)
    fine(called("show", study.path, 0, "budget=5"))  # compiles
    assert one_line(interrupted(working("show", study.path, 0, "budget=1000000000")), 130) == "interrupted\n"


@UNIX
@DUCKDB
def test_a_query_that_is_interrupted(folder: Path, working: Callable[..., subprocess.Popen[str]]) -> None:
    endless = "select count(*) from range(100000000000) where range % 7 = 3"
    assert one_line(interrupted(working("query", folder, endless)), 130) == "interrupted\n"


@DUCKDB
def test_a_query_that_is_interrupted_before_it_begins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not hear the one word that came too early."""
    begun, answer = threading.Event(), sql._answer

    def late(connection: Any, query: str) -> Any:
        begun.wait()
        return answer(connection, query)

    class Words:
        def __init__(self, connection: Any) -> None:
            self.connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        def interrupt(self) -> None:
            self.connection.interrupt()
            begun.set()

    import duckdb

    def interrupt(future: Any) -> Any:
        raise KeyboardInterrupt

    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *given: Words(connect(*given)))
    monkeypatch.setattr(sql, "_answer", late)
    monkeypatch.setattr(Future, "result", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ls.query(folder, "select count(*) from range(100000000000) where range % 7 = 3")


SLOW_IMPORT = """
import signal
print("importing", flush=True)
try:
    signal.pause()
except KeyboardInterrupt:  # as in an extension that clears errors while it is imported
    signal.pause()
"""


@UNIX
def test_an_interrupt_while_it_is_imported(tmp_path: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    (tmp_path / "numba.py").write_text(SLOW_IMPORT)
    process = start(LANDSCAPE, "--help", PYTHONPATH=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    assert one_line(interrupted(process), 130) == "interrupted\n"


def test_an_interrupt_while_words_are_read(called: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.cli, "parse_args", interrupt)
    done = called("status", "study")
    assert (done.returncode, done.stderr.strip()) == (130, "landscape: interrupted")


@UNIX
@DUCKDB
def test_a_reader_that_leaves_early(folder: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    """As head does."""
    process = start(LANDSCAPE, "query", folder, "select range from range(200000)", "--format", "csv")
    assert process.stdout is not None
    assert process.stdout.readline() == "range\n"
    process.stdout.close()
    process.stdout = None
    assert process.communicate(timeout=PATIENCE)[1] == ""
    assert process.returncode in (0, 1)  # 0 where the system took it all


@UNIX
@pytest.mark.parametrize("quiet", [False, True])
def test_a_bar_on_a_terminal_alone(tmp_path: Path, quiet: bool) -> None:
    """Elsewhere nothing is told but the end, see ``fine``."""
    termios = pytest.importorskip("termios")
    mine, its = os.openpty()
    termios.tcsetwinsize(its, (24, 100))
    words = [str(LANDSCAPE), "run", str(tmp_path / "bar"), "budget=50", "--runs", "20", *["--quiet"] * quiet]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its, text=True, timeout=PATIENCE)
    os.set_blocking(mine, False)
    try:
        drawn = os.read(mine, 100_000).decode()
    except BlockingIOError:
        drawn = ""
    finally:
        os.close(mine)
        os.close(its)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{tmp_path / 'bar'}: 1 cell x 20 runs")
    assert ("20.0/20.0" in drawn) != quiet
    assert "Traceback" not in drawn


def test_stuck_of_a_study_is_the_diagnosis_of_its_runs(folder: Path, called: Callable[..., Done]) -> None:
    study = ls.open_study(folder)
    found = csv(called("stuck", folder, "activation=tanh", "--format", "csv").stdout)
    names = study.cells({"activation": "tanh"})["_cell"]
    ends = [ls.diagnose(study.cell(name).surface, study.result(name)).ends for name in names]
    assert found["runs"].sum() == sum(table.loc[table["end"] != "solved", "runs"].sum() for table in ends) > 0
    assert set(found["end"]) <= set(ENDS) - {"solved"}
    assert "lr" in found


def test_stuck_trains_what_is_asked_for_and_keeps_nothing(tmp_path: Path, called: Callable[..., Done]) -> None:
    words = ["stuck", "hidden=2,4", "activation=tanh", "lr=1", "budget=500", "--runs", 100, "--seed", 3]
    told = fine(called(*words, cwd=tmp_path))
    assert "escaping" in told
    assert told.strip().endswith("of 200 runs are solved")
    assert not list(tmp_path.iterdir())
    assert fine(called("stuck", "hidden=4", "lr=1", "--runs", 20, cwd=tmp_path)) == "20 of 20 runs are solved\n"


def test_stuck_of_nothing_is_refused(folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    assert called("stuck", folder, "--runs", 5).returncode == command.USAGE
    assert called("stuck", tmp_path / "none").returncode == command.FAILED
    assert called("stuck", "hiden=2").returncode in (command.USAGE, command.FAILED)
    assert called("stuck", folder, "activation=gelu").returncode == command.FAILED


# Help

COMMANDS = sorted(command.cli.commands)
OURS = ("plan", "run", "extend", "status", "table", "query", "show", "stuck", "options")


MAGIC = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG"}
"""How a file of each format begins."""


@pytest.mark.parametrize("ending", MAGIC)
def test_a_picture_in_each_format(ending: str, folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    out = tmp_path / "new" / f"rates{ending}"
    asked = ("plot", folder, "--x", "lr", "--by", "activation", "-o", out)
    assert fine(called(*asked)) == f"{out}\n"
    first = out.read_bytes()
    assert first.startswith(MAGIC[ending])
    assert fine(called(*asked)) == f"{out}\n"
    assert out.read_bytes() == first


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_picture_of_each_kind_shows_the_stored_runs(
    kind: str, folder: Path, tmp_path: Path, called: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    record = kinds.KINDS[kind]

    def draw(table: pd.DataFrame, **given: Any) -> Any:
        drawn.append((table, given))
        return record.draw(table, **given)

    monkeypatch.setitem(kinds.KINDS, kind, dataclasses.replace(record, draw=draw))
    over = ("--x", "activation") if record.over_x else ()
    out = tmp_path / "picture.png"
    asked = ("plot", folder, "--kind", kind, *over, "--by", "activation", "--facet", "lr", "-o", out)
    assert fine(called(*asked)) == f"{out}\n"
    ((table, given),) = drawn
    assert given == {"by": ["activation"], "facet": "lr", **({"x": "activation"} if record.over_x else {})}
    study = ls.open_study(folder)
    runs = study.checkpoints() if record.at_checkpoints else study.runs()
    told = runs if record.table is None else record.table(runs, ["activation", "lr"])
    keys = ["activation", "lr", *[key for key in ("epoch", "run") if key in told.columns]]
    same(table.sort_values(keys)[[*keys]].reset_index(drop=True), told.sort_values(keys)[[*keys]].reset_index(drop=True))
    assert kind in fine(called("plot", "--help"))


def test_a_picture_of_some_rows_says_what_is_pooled(folder: Path, tmp_path: Path, called: Callable[..., Done]) -> None:
    out = tmp_path / "picture.png"
    assert fine(called("plot", folder, "lr=2", "--x", "activation", "-o", out)) == f"{out}\n"
    assert pooled(called("plot", folder, "--x", "activation", "-o", out), "lr = 0.5, 2") == f"{out}\n"
    done = called("plot", folder, "lr=2", "solved=true", "--x", "activation", "-o", out)
    assert "of runs chosen by how they went (solved), not of all runs" in done.stderr
    assert fine(called("plot", folder, "lr=2", "--x", "epoch", "--by", "activation", "-o", out)) == f"{out}\n"


def examples(text: str) -> list[list[str]]:
    """Words of each line that is a command, without the explanation after three spaces or more."""
    lines = [line.strip().split("   ")[0] for line in text.splitlines() if line.strip().startswith("landscape ")]
    return [shlex.split(part)[1:] for line in lines for part in line.split(" || ")]


def test_all_help_names_every_command(called: Callable[..., Done]) -> None:
    told = said("--help")
    assert all(f"\n  {name} " in told for name in COMMANDS)
    assert {words[0] for words in examples(told)} == set(COMMANDS)
    assert fine(called("--version")) == f"landscape, version {ls.__version__}\n"


def test_the_file_in_the_help_of_run_is_whole(tmp_path: Path, called: Callable[..., Done]) -> None:
    text = fine(called("run", "--help"))
    _, found, file = text.partition("A file for --from, whole, in TOML\n")
    assert found
    assert textwrap.dedent(file).strip() == settings_text.EXAMPLE.strip()
    (tmp_path / "mine.toml").write_text(textwrap.dedent(file))
    told = fine(called("run", tmp_path / "mine", "--from", tmp_path / "mine.toml", "--runs", 2))
    assert f"{tmp_path / 'mine'}: 12 cells x 2 runs, seed 0" in told


@pytest.mark.parametrize("name", ["", *OURS])
def test_help_fits_a_terminal(name: str, called: Callable[..., Done]) -> None:
    lines = fine(called(*[name] * bool(name), "--help")).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= (40 if name else 50)


def test_the_command_alone_says_how_to_use_it(called: Callable[..., Done]) -> None:
    done = called()
    assert fine(called("--help")).strip() in done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_an_example(name: str, called: Callable[..., Done]) -> None:
    told = fine(called(name, "--help"))
    assert told.startswith(f"Usage: landscape {name} ")
    assert examples(told)[0][0] == name


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_examples_make_sense(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, called: Callable[..., Done]
) -> None:
    """They parse, what they ask for can be made, and they choose rows and columns of a study that they make."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text("[grid]\nhidden = 2\n")
    cells = ls.grid(**settings_text.settings(["activation=sigmoid,tanh", "hidden=2..8", "lr=0.1,1"])).cells
    for command_name, *words in examples(fine(called(*[name] * bool(name), "--help"))):
        try:
            given = command.cli.commands[command_name].make_context(command_name, words).params
        except click.ClickException as error:
            pytest.fail(f"{command_name} {words}: {error.format_message()}")
        asked = settings_text.settings(given.get("settings", ()))
        if command_name in ("plan", "run"):
            assert not asked or set(ls.grid(**asked).cells) == set(cells)
        assert any(all(cell.settings[key] in levels for key, levels in asked.items()) for cell in cells)
        assert set((given.get("by") or "lr").split(",")) <= set(cells[0].settings)
