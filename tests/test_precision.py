"""Training in float32: near float64 step by step, the same bits in any company, never mixed up with float64."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import twin
from click.testing import CliRunner
from conftest import THREE_BY_TWO, assert_same_bits, random_theta

import landscape as ls
from landscape._kernels.network import FOUR, ONE, TWO
from landscape._kernels.settings import NO, YES, Specialization
from landscape.cli.command import cli
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.study.grid import Cell
from landscape.training import batch

SINGLE = {"precision": "float32"}
GRID = ls.grid(activation=["sigmoid", "relu"], hidden=[2, 3], budget=60)
WAYS = [
    (optimizer, update)
    for optimizer in OPTIMIZERS
    for update in ("batch", "online")
    if update == "batch" or OPTIMIZERS[optimizer].online
]


def is_single(values: Any) -> bool:
    return bool((values == np.float32(values)).all())


@pytest.mark.parametrize(("optimizer", "update"), WAYS)
def test_float32_follows_the_float64_twin(optimizer: str, update: str, rng: np.random.Generator) -> None:
    """Fifty epochs from the same starts: parameters of order 1 are off by 2e-6 at most, losses by a millionth."""
    surface = ls.Surface(THREE_BY_TWO, 3, "tanh", shortcut=True, l2=1e-3)
    lr = {"rprop": 0.01, "adam": 0.02, "rmsprop": 0.003}.get(optimizer, 0.1)
    protocol = ls.Protocol(optimizer, lr, update, 0.7, 0.8, 0.99, 1e-3, criterion="never", budget=50)
    theta0 = np.float32(random_theta(rng, surface, 8)).astype(np.float64)
    marks = (0, 1, 2, 50)
    result = ls.train(surface, protocol, theta0=theta0, checkpoints=marks, **SINGLE)
    for i, start in enumerate(theta0):
        expected = twin.train(surface, protocol, start, marks)
        np.testing.assert_allclose(result.theta[i], expected.theta, rtol=0, atol=4e-6)
        seen = result.checkpoints.loss[result.checkpoints.run == i]
        np.testing.assert_allclose(seen, [loss for _, loss, _ in expected.checkpoints], rtol=3e-6)


@pytest.mark.parametrize("objective", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_epoch_is_a_float64_step_rounded(activation: str, objective: str) -> None:
    """Parameters of order 1, whose neighbours in float32 are 6e-8 to 2.4e-7 apart."""
    surface = ls.Surface(hidden=3, activation=activation, objective=objective, slope=0.1)
    for path in ls.replay(surface, ls.Protocol(lr=0.3, criterion="never", budget=60), run=range(5), **SINGLE):
        step = path.theta[:-1] - 0.3 * surface.gradient(path.theta[:-1])
        np.testing.assert_allclose(path.theta[1:], step, rtol=0, atol=2.5e-7)
        assert is_single(path.theta)
        assert not (path.theta[1:] == step).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_the_usual_kernel_has_the_bits_of_the_general_one(
    activation: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = ls.Surface(hidden=3, activation=activation)
    protocol = ls.Protocol(optimizer, lr=0.1, criterion="margin", budget=150)
    usual = ls.train(surface, protocol, 70, checkpoints=(0, 7, 150), **SINGLE)
    for other in (Specialization(FOUR, YES, NO, NO), Specialization(TWO, NO, NO, NO), Specialization(ONE, NO, NO, NO)):
        monkeypatch.setattr(batch, "specialization_of", lambda net, rule, other=other: other)
        general = ls.train(surface, protocol, 70, checkpoints=(0, 7, 150), **SINGLE)
        assert_same_bits(usual, general)


@pytest.fixture(scope="module")
def whole() -> ls.Result:
    return ls.train(ls.Surface(), ls.Protocol(lr=2.0, budget=2000), 1500, seed=5, threads=1, **SINGLE)


def test_results_are_float32_numbers_in_float64_arrays(whole: ls.Result) -> None:
    assert whole.theta.dtype == whole.theta0.dtype == np.float64
    assert is_single(whole.theta)
    drawn = ls.train(whole.surface, ls.Protocol(budget=0), 1500, seed=5).theta0
    assert (whole.theta0 == np.float32(drawn)).all()
    assert (whole.runs.loss == whole.surface.loss(whole.theta)).all()
    assert (whole.runs.grad_norm == np.linalg.norm(whole.surface.gradient(whole.theta), axis=1)).all()
    assert 0.2 < whole.runs.solved.mean() < 0.9


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize(("first_run", "runs"), [(0, 1500), (1000, 100), (1023, 2)])
def test_a_run_has_the_same_bits_in_any_company(whole: ls.Result, threads: int, first_run: int, runs: int) -> None:
    part = ls.train(whole.surface, whole.protocol, runs, 5, first_run, threads=threads, **SINGLE)
    rows = slice(first_run, first_run + runs)
    assert (part.theta == whole.theta[rows]).all()
    pd.testing.assert_frame_equal(part.runs, whole.runs[rows].reset_index(drop=True))


def test_a_replayed_run_ends_in_the_very_same_bits(whole: ls.Result) -> None:
    for path in ls.replay(whole.surface, whole.protocol, 5, run=[0, 17, 39], every=100, **SINGLE):
        assert (path.theta[0] == whole.theta0[path.run]).all()
        assert (path.theta[-1] == whole.theta[path.run]).all()
        assert (path.outcome, path.epochs[-1]) == (whole.runs.outcome[path.run], whole.runs.epochs[path.run])


@pytest.mark.parametrize("checkpoints", [(), (0,)])
def test_a_limit_is_a_float32_too(checkpoints: tuple[int, ...]) -> None:
    """The output is 0.7 in float32, which is less than 0.7 but not less than 0.7 in float32, whoever looks."""
    assert float(np.float32(0.7)) < 0.7
    line = ls.Surface(ls.Problem([[1.0]], [0.0]), hidden=0, output="identity", bias=False)
    protocol = ls.Protocol(criterion="margin", tolerance=0.7, budget=0)
    run = ls.train(line, protocol, theta0=[0.7], checkpoints=checkpoints, **SINGLE).runs.iloc[0]
    assert run.outcome == "budget"


def test_a_run_that_leaves_float32_has_diverged() -> None:
    surface = ls.Surface(hidden=3, activation="identity", output="identity")
    protocol = ls.Protocol(lr=1e6, criterion="never", budget=1000)
    single, double = (ls.train(surface, protocol, 50, precision=p).runs for p in ("float32", "float64"))
    assert (single.outcome == "diverged").all()
    assert (single.epochs < double.epochs).all()


def test_a_table_says_precision_where_it_is_not_the_usual_one() -> None:
    usual, single = (ls.train(ls.Surface(), ls.Protocol(budget=1), 3, precision=p).runs for p in ("float64", "float32"))
    pd.testing.assert_frame_equal(usual, ls.train(ls.Surface(), ls.Protocol(budget=1), 3).runs)
    assert set(single.precision) == {"float32"}
    assert list(single.drop(columns="precision")) == list(usual)
    assert list(single)[list(single).index("outcome") - 1] == "precision"


def test_runs_of_two_precisions_are_not_one_sample() -> None:
    tables = [ls.train(ls.Surface(), ls.Protocol(budget=1), 3, precision=p).runs for p in ("float64", "float32")]
    with pytest.raises(ValueError, match=r"runs with different precision \(nan, float32\) are in one group"):
        ls.expected_running_time(pd.concat(tables, ignore_index=True), by="activation")


def test_a_study_holds_what_train_makes(tmp_path: Path) -> None:
    study = ls.Study(tmp_path / "s", GRID, 70, seed=5, checkpoints=(3, 40), **SINGLE).run(threads=2)
    for opened in (study, ls.open_study(study.path)):
        assert set(opened.runs().precision) == set(opened.checkpoints().precision) == {"float32"}
        for cell in GRID:
            result = ls.train(cell.surface, cell.protocol, 70, 5, checkpoints=(3, 40), **SINGLE)
            stored = opened.result(cell)
            assert (stored.theta == result.theta).all()
            assert (stored.theta0 == result.theta0).all()
            pd.testing.assert_frame_equal(stored.runs, result.runs, check_categorical=False)
            pd.testing.assert_frame_equal(stored.checkpoints, result.checkpoints)
    opened = ls.open_study(study.path).extend(90)
    assert len(opened.runs(where={"precision": "float32"})) == 4 * 90
    counted = opened.query("select precision, count(*) as runs from runs group by all")
    assert counted.to_numpy().tolist() == [["float32", 360]]


def test_the_command_goes_on_in_the_precision_of_a_study(tmp_path: Path) -> None:
    study = ls.Study(tmp_path / "s", GRID, 20, **SINGLE).run()
    more = CliRunner().invoke(cli, ["run", str(study.path), "activation=tanh", "budget=60", "--runs", "25"])
    assert more.exit_code == 0, more.output
    assert set(ls.open_study(study.path).runs().precision) == {"float32"}
    shown = CliRunner().invoke(cli, ["show", str(study.path), "17", "activation=relu", "hidden=2"])
    theta = ls.train(ls.Surface(activation="relu"), ls.Protocol(budget=60), 1, 0, 17, **SINGLE).theta[0]
    assert np.array2string(theta[:4].reshape(2, 2), precision=6) in shown.output
    assert "float32" in shown.output


def test_a_study_of_before_is_float64_and_none_is_both(tmp_path: Path) -> None:
    """The files of a float64 study do not say so, but for its blocks."""
    double = ls.Study(tmp_path / "double", GRID, 5).run()
    single = ls.Study(tmp_path / "single", GRID, 5, **SINGLE).run()
    text = (double.path / "study.json").read_text()
    assert "precision" not in text
    assert ls.open_study(double.path).manifest.precision == "float64"
    assert json.loads((single.path / "study.json").read_text())["settings"]["precision"] == "float32"
    assert "precision" not in double.runs()
    with pytest.raises(ValueError, match="has precision='float64', not 'float32'; all runs of a study share them"):
        ls.Study(double.path, GRID, 5, **SINGLE)
    with pytest.raises(ValueError, match="has precision='float32', not 'float64'"):
        ls.Study(single.path, GRID, 5)
    for one, other in ((single, double), (double, single)):
        copy = tmp_path / f"copy of {one.path.name}"
        shutil.copytree(one.path, copy)
        for block in (other.path / "blocks").glob("*.parquet"):
            shutil.copy(block, copy / "blocks")
        with pytest.raises(
            ValueError, match=r"was made with precision='float\d\d', not 'float\d\d'; move it where it belongs"
        ):
            ls.open_study(copy).runs()


def test_kernels_are_compiled_for_float32_when_it_is_asked_for() -> None:
    script = """
import landscape as ls
from landscape._kernels.trainer import descend
for precision in ("float64", "float32"):
    ls.train(ls.Surface(), ls.Protocol(budget=1), 3, precision=precision)
    print(len(descend.signatures))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "2"]


def test_cells_of_two_precisions_are_two() -> None:
    cell = Cell(ls.Surface(), ls.Protocol())
    assert cell.at("float32").id != cell.id == cell.at("float32").at("float64").id
    assert list(cell.at("float32").settings) == [*cell.settings, "precision"]


SURFACE, FAST = ls.Surface(), ls.Protocol(budget=1)
LARGE = ls.Problem([[1e39], [0.0]], [1.0, 0.0])
NEAR = ls.Problem([[1.0], [0.0]], [0.5, 0.5 + 1e-9])
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "unknown": (
        lambda: ls.train(SURFACE, FAST, precision="float16"),
        ValueError,
        'precision="float16" is not known;.* Known: float64, float32',
    ),
    "no name": (
        lambda: ls.replay(SURFACE, FAST, precision=32),
        TypeError,
        "precision=32 is not a name; give one of: float64",
    ),
    "of a study": (lambda: ls.Study("nowhere", GRID, precision="single"), ValueError, 'precision="single" is not known'),
    "rate": (
        lambda: ls.train(SURFACE, ls.Protocol(lr=1e39), **SINGLE),
        ValueError,
        r"lr=1e\+39 is beyond float32, which holds",
    ),
    "epsilon": (
        lambda: ls.train(SURFACE, ls.Protocol(epsilon=1e-50), **SINGLE),
        ValueError,
        "epsilon=1e-50 is beyond float32",
    ),
    "decay": (
        lambda: ls.train(SURFACE, ls.Protocol(beta2=1 - 1e-9), **SINGLE),
        ValueError,
        "beta2=0.999999999 is beyond float32.*in steps of 6e-08.*give another, or precision=",
    ),
    "stall": (lambda: ls.train(SURFACE, ls.Protocol(stall=1e-20), **SINGLE), ValueError, "stall=1e-20 is beyond float32"),
    "penalty": (lambda: ls.replay(ls.Surface(l2=1e40), FAST, **SINGLE), ValueError, r"l2=1e\+40 is beyond float32"),
    "inputs": (lambda: ls.train(ls.Surface(LARGE), FAST, **SINGLE), ValueError, r"inputs=1e\+39 is beyond float32"),
    "midpoint": (
        lambda: ls.train(ls.Surface(NEAR), FAST, **SINGLE),
        ValueError,
        "some targets of problem .* lie right there",
    ),
    "starts": (
        lambda: ls.train(SURFACE, FAST, theta0=np.full(9, 1e39), **SINGLE),
        ValueError,
        "theta0 is not finite as float32 in row 0",
    ),
    "a cell of a study": (
        lambda: ls.Study("nowhere", ls.grid(lr=[1.0, 1e39]), **SINGLE),
        ValueError,
        r"lr=1e\+39 is beyond float32",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_float32_cannot_hold_is_refused(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
    assert not Path("nowhere").exists()
