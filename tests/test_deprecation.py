"""Old names and values at every door: answered for two minor releases, with one warning, and then refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import landscape as ls
from landscape import deprecation
from landscape.cli import command, settings_text
from landscape.deprecation import CHANGES, Change

MAJOR, MINOR = map(int, ls.__version__.split(".")[:2])
NOW, LONG_AGO, AFTER = f"{MAJOR}.{MINOR}.0", f"{MAJOR}.{MINOR - 2}.0", f"{MAJOR}.{MINOR + 2}.0"


def changes(since: str) -> tuple[Change, ...]:
    """Made up: two renamed settings, a renamed result, and an optimizer that is written with two settings now."""

    def optimizer(value: Any) -> dict[str, Any] | None:
        return {"optimizer": "momentum", "momentum": 0.5} if value == "heavy_ball" else None

    return (
        Change("learning_rate", "lr", since),
        Change("units", "hidden", since),
        Change("steps", "epochs", since),
        Change("optimizer", optimizer, since),
        Change("update", lambda value: {"update": "online"} if value == "stochastic" else None, since),
    )


SAYS = f"learning_rate is written lr since {NOW}; give lr, the old way ends with {AFTER}"
GRID = {"lr": [0.5, 2.0], "hidden": [2, 3], "budget": 30}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ls.Study:
    return ls.Study(tmp_path_factory.mktemp("study"), ls.grid(**GRID), runs=5, checkpoints=(10,)).run(progress=False)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecation, "CHANGES", changes(NOW))


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecation, "CHANGES", changes(LONG_AGO))


def settings_of(grid: Any) -> list[tuple[float, int]]:
    return [(cell.protocol.lr, cell.surface.hidden) for cell in grid]


def from_toml(folder: Path, text: str) -> Any:
    (folder / "mine.toml").write_text(text)
    return settings_text.from_toml(folder / "mine.toml").grid


def called(*words: object) -> str:
    done = CliRunner().invoke(command.cli, list(map(str, words)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


def rows_of(*words: object) -> list[list[str]]:
    """The first two words of the lines of an answer that begin with a number or with ``lr``."""
    lines = [line.split() for line in called(*words).splitlines()]
    return [line[:2] for line in lines if line and (line[0].isdigit() or line[0] == "lr")]


DOORS: dict[str, tuple[Callable[[ls.Study, str], Any], Any]] = {
    "constructor": (lambda study, lr: ls.Protocol(**{lr: 2.0}), ls.Protocol(lr=2.0)),
    "constructor, by place too": (lambda study, lr: ls.Protocol("adam", **{lr: 2.0}), ls.Protocol("adam", 2.0)),
    "grid": (lambda study, lr: settings_of(ls.grid(**{lr: [0.5, 2.0], "hidden": 3})), [(0.5, 3), (2.0, 3)]),
    "grid of cells": (lambda study, lr: settings_of(ls.grid([{lr: 0.5}, {lr: 2.0}], hidden=3)), [(0.5, 3), (2.0, 3)]),
    "grid over pairs": (
        lambda study, lr: settings_of(ls.grid([(ls.Surface(hidden=3), ls.Protocol())], **{lr: 2.0})), [(2.0, 3)],
    ),
    "where of runs": (lambda study, lr: study.runs(["lr"], {lr: [2.0]})["lr"].tolist(), [2.0] * 10),
    "where of checkpoints": (lambda study, lr: study.checkpoints(["lr"], {lr: 2.0})["lr"].tolist(), [2.0] * 10),
    "where of cells": (lambda study, lr: study.cells({lr: 2.0})["lr"].tolist(), [2.0] * 2),
    "columns": (lambda study, lr: study.runs([lr, "run"])[lr].tolist(), [0.5] * 5 + [2.0] * 5 + [0.5] * 5 + [2.0] * 5),
    "columns of checkpoints": (lambda study, lr: study.checkpoints(lr)[lr].sum(), 25.0),
    "SQL, runs": (lambda study, lr: study.query(f"select sum({lr}) as s from runs")["s"].tolist(), [25.0]),
    "SQL, checkpoints": (lambda study, lr: study.query(f"select sum({lr}) as s from checkpoints")["s"].tolist(), [25.0]),
    "SQL, cells": (lambda study, lr: study.query(f"select sum({lr}) as s from cells")["s"].tolist(), [5.0]),
    "TOML": (lambda study, lr: settings_of(from_toml(study.path, f'[grid]\n{lr} = "0.5,2"')), [(0.5, 2), (2.0, 2)]),
    "command table": (lambda study, lr: rows_of("table", study.path, f"{lr}=2", "--by", "hidden"), [["2", "5"], ["3", "5"]]),
    "command table by": (lambda study, lr: called("table", study.path, "--by", lr).split()[0], "lr"),
    "command plan": (lambda study, lr: "2 cells x 1,000" in called("plan", study.path / "new", f"{lr}=1,2"), True),
    "command show": (lambda study, lr: ["lr", "2"] in rows_of("show", study.path, 1, f"{lr}=2", "hidden=3"), True),
}  # fmt: skip
"""Each way in for the name of a setting: a call that gives it, and what then comes of it."""


@pytest.mark.parametrize("door", DOORS)
def test_an_old_name_is_answered_with_one_warning(door: str, study: ls.Study, announced: None) -> None:
    call, expected = DOORS[door]
    assert call(study, "lr") == expected, "the new name, and no warning"
    with pytest.warns(FutureWarning) as said:
        assert call(study, "learning_rate") == expected
    assert [str(each.message) for each in said] == [SAYS]
    if not door.startswith("command"):
        assert said[0].filename == __file__


@pytest.mark.parametrize("door", DOORS)
def test_an_old_name_is_refused_after_its_time(door: str, study: ls.Study, over: None) -> None:
    call, expected = DOORS[door]
    assert call(study, "lr") == expected
    with pytest.raises(
        (ValueError, AssertionError), match=f"learning_rate.* since {LONG_AGO}, and refused since {NOW}; give lr"
    ):
        call(study, "learning_rate")


VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "constructor": (lambda: ls.Protocol(optimizer="heavy_ball"), ls.Protocol("momentum", momentum=0.5)),
    "constructor, by place": (lambda: ls.Protocol("heavy_ball", 2.0), ls.Protocol("momentum", 2.0, momentum=0.5)),
    "grid": (
        lambda: [cell.protocol for cell in ls.grid(optimizer=["gd", "heavy_ball"], lr=[1.0, 2.0])],
        [ls.Protocol(name, lr, momentum=m) for name, m in (("gd", 0.9), ("momentum", 0.5)) for lr in (1.0, 2.0)],
    ),
}


@pytest.mark.parametrize("door", VALUES)
def test_an_old_value_becomes_the_settings_that_mean_it(door: str, announced: None) -> None:
    call, expected = VALUES[door]
    with pytest.warns(FutureWarning) as said:
        assert call() == expected
    (only,) = said
    assert str(only.message).startswith(
        f"optimizer='heavy_ball' is written optimizer='momentum', momentum=0.5 since {NOW}; give optimizer='momentum', momen"
    )


def test_old_values_choose_rows(tmp_path: Path, announced: None) -> None:
    grid = ls.grid(update=["batch", "online"], optimizer=["gd", "momentum"], momentum=0.5, budget=5)
    study = ls.Study(tmp_path, grid, runs=2).run(progress=False)
    with pytest.warns(FutureWarning, match="update='stochastic' is written update='online'"):
        assert len(study.runs(where={"update": ["stochastic", "batch"]})) == 8
    with pytest.warns(FutureWarning, match="update='stochastic'"):
        assert len(study.runs(where={"update": "stochastic"})) == 4
    with pytest.warns(FutureWarning, match="optimizer='heavy_ball'"):
        assert len(study.runs(where={"optimizer": "heavy_ball"})) == 4
    with (
        pytest.warns(FutureWarning, match="optimizer='heavy_ball'"),
        pytest.raises(
            ValueError, match="values of optimizer are spread over several settings now; give one of them at a time"
        ),
    ):
        study.runs(where={"optimizer": ["heavy_ball", "gd"]})


def test_an_old_column_of_results_is_answered(study: ls.Study, announced: None) -> None:
    with pytest.warns(FutureWarning, match="steps is written epochs"):
        assert study.runs(["steps"])["steps"].tolist() == study.runs()["epochs"].tolist()
    with pytest.warns(FutureWarning, match="steps is written epochs"):
        assert study.runs(where={"steps": 30})["epochs"].tolist() == study.runs(where={"epochs": 30})["epochs"].tolist()
    with pytest.warns(FutureWarning, match="steps is written epochs"):
        found = study.query("select steps, epochs from runs")
    assert (found["steps"] == found["epochs"]).all()
    assert list(study.query("select * from runs")) == list(study.query("from runs")), "no old names where none is asked for"
    assert "steps" not in study.query("select * from runs")


def test_several_old_names_are_said_each_once(announced: None) -> None:
    with pytest.warns(FutureWarning) as said:
        assert settings_of(ls.grid(learning_rate=[1.0, 2.0], units=[2, 3])) == [(1.0, 2), (1.0, 3), (2.0, 2), (2.0, 3)]
    assert [str(each.message).split()[0] for each in said] == ["learning_rate", "units"]


def test_an_old_and_a_new_name_together_are_refused(study: ls.Study, announced: None) -> None:
    for call in (
        lambda: ls.Protocol(lr=1.0, learning_rate=2.0),
        lambda: ls.grid([{"lr": 1.0, "learning_rate": 2.0}]),
        lambda: ls.grid(lr=1.0, learning_rate=2.0),
    ):
        with pytest.raises(ValueError, match="lr is given, and by the older learning_rate too; give lr alone"):
            call()
    with (
        pytest.warns(FutureWarning, match="learning_rate"),
        pytest.raises(ValueError, match="lr is given both in a cell and for all of them"),
    ):
        ls.grid([{"lr": 1.0}], learning_rate=2.0)
    with (
        pytest.warns(FutureWarning, match="learning_rate"),
        pytest.raises(ValueError, match="lr is given by an old and a new name"),
    ):
        study.runs(where={"lr": 2.0, "learning_rate": 2.0})


def test_constructors_refuse_what_they_refused(announced: None) -> None:
    for wrong in (lambda: ls.Protocol("gd", optimizer="gd"), lambda: ls.Protocol(*range(99)), lambda: ls.Protocol(hiden=2)):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            wrong()
    assert "lr" in str(__import__("inspect").signature(ls.Protocol))


def test_two_minor_releases_pass() -> None:
    assert Change("a", "b", "0.4.0").until == "0.6.0"
    assert Change("a", "b", "1.10.3").until == "1.12.0"
    assert not Change("a", "b", NOW).over
    assert not Change("a", "b", f"{MAJOR}.{MINOR - 1}.0").over
    assert Change("a", "b", LONG_AGO).over


def test_what_is_announced_names_what_there_is() -> None:
    """A new name is a column; an old one is none any more."""
    from landscape.schema import BY_NAME

    for change in CHANGES:
        assert not isinstance(change.now, str) or (change.now in BY_NAME and change.old not in BY_NAME)
    assert np.all([change.since.count(".") == 2 for change in CHANGES])
