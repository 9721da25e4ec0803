"""SQL over a study: the same answers as from its tables, and nothing else is read or written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import landscape as ls

pytest.importorskip("duckdb", reason="needs the extra [sql]")

GRID = ls.grid(activation=["tanh", "sigmoid"], hidden=[1, 2], lr=[0.5, 2.0], budget=40)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ls.Study:
    return ls.Study(tmp_path_factory.mktemp("study"), GRID, runs=30, checkpoints=(0, 20, 40)).run()


def test_rates_are_those_of_the_table(study: ls.Study) -> None:
    asked = study.query("select activation, hidden, avg(solved) from runs group by all order by all")
    rates = study.runs().groupby(["activation", "hidden"], observed=True)["solved"].mean().reset_index()
    assert asked.iloc[:, 2].tolist() == rates["solved"].tolist()
    assert asked["activation"].tolist() == rates["activation"].tolist()
    pd.testing.assert_frame_equal(ls.query(study.path, "from cells"), study.query("select * from cells"))


def test_views_hold_the_columns_and_rows_of_the_tables(study: ls.Study) -> None:
    runs = study.query("select * from runs order by _cell, run")
    assert set(runs) == {*study.runs(), "_version"}
    own = study.runs().sort_values(["_cell", "run"])
    for name in ("run", "lr", "epochs", "loss", "grad_norm", "solved"):
        assert (runs[name].to_numpy() == own[name].to_numpy()).all()
    seen = study.query("select * from checkpoints order by _cell, run, epoch")
    assert set(seen) == {*study.checkpoints(), "_version"}
    own = study.checkpoints().sort_values(["_cell", "run", "epoch"])
    for name in ("run", "epoch", "loss", "solved"):
        assert (seen[name].to_numpy() == own[name].to_numpy()).all()
    cells = study.query("select * from cells")
    assert cells["runs"].tolist() == [30] * 8
    joined = study.query("select count(*) as n from runs join cells using (_cell) where cells.lr = runs.lr")
    assert joined["n"].tolist() == [240]


def test_statistics_take_answers_for_tables_of_runs(study: ls.Study) -> None:
    """In any order of rows, with booleans as SQL has them."""

    def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
        words = {"activation": str}
        pd.testing.assert_frame_equal(found.astype(words), expected.astype(words), check_dtype=False)

    asked = ls.query(study.path, "select * from runs order by loss")
    rates = ls.success_rates(asked, "activation")
    same(rates, ls.success_rates(study.runs(), "activation"))
    assert rates.attrs["pooled_over"] == {"hidden": [1, 2], "lr": [0.5, 2.0]}
    by = ["activation", "hidden", "lr"]
    for statistic in (ls.expected_running_time, ls.time_to_solution, ls.time_quantiles):
        found = statistic(asked, by)
        same(found, statistic(study.runs(), by))
        assert found.attrs["sample"] == "one sample"
    seen = study.query("select * from checkpoints order by random()")
    same(ls.curve_through(seen, by), ls.curve_through(study.checkpoints(), by))
    few = study.query("select activation, solved = 1 as solved, case when solved then 1 else 0 end as number from runs")
    for solved in (few["solved"], few["number"]):
        found = ls.success_rates(few.assign(solved=solved), "activation")
        assert found["solved"].tolist() == rates["solved"].tolist()
        assert "cannot be known: the table has no column seed, run, problem" in found.attrs["sample"]
    with pytest.raises(ValueError, match="run 0 stands more than once in a group"):
        ls.success_rates(study.query("select * from runs union all select * from runs order by run"), "activation")
    with pytest.raises(ValueError, match=r"column 'solved' holds more than True and False \(other numbers than 1 and 0\)"):
        ls.success_rates(study.query("select activation, avg(solved) as solved from runs group by all"), "activation")


@pytest.mark.parametrize("condition", ["solved", "not solved", "solved = true", "solved = 0", "outcome = 'budget'"])
def test_solved_serves_as_a_condition(study: ls.Study, condition: str) -> None:
    solved = study.runs()["solved"].sum()
    n = study.query(f"select count(*) as n from runs where {condition}")["n"].iloc[0]
    assert n == (solved if condition in ("solved", "solved = true") else 240 - solved)


def test_without_checkpoints_the_view_is_empty(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, ls.grid(budget=3), runs=5).run()
    assert made.query("select count(*) as n from checkpoints")["n"].tolist() == [0]


def test_cells_that_are_not_of_the_study_are_left_out(tmp_path: Path) -> None:
    """As where the manifest was lost and the study made again with less."""
    ls.Study(tmp_path, ls.grid(hidden=[1, 2], budget=3), runs=5, checkpoints=(0, 3)).run()
    (tmp_path / "study.json").unlink()
    made = ls.Study(tmp_path, ls.grid(hidden=1, budget=3), runs=5, checkpoints=(0, 3))
    assert made.query("select count(*) as n from runs")["n"].tolist() == [len(made.runs())] == [5]
    assert made.query("select count(*) as n from checkpoints")["n"].tolist() == [len(made.checkpoints())] == [10]
    assert made.status().done == made.plan().done == 5


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{path}/out.csv'",
        "select * from read_csv('{path}/secret.csv')",
        "select * from '{path}/secret.csv'",
        "attach '{path}/other.db' as other",
        "export database '{path}/all'",
        "insert into runs select * from runs",
        "delete from runs",
        "update cells set hidden = 3",
        "set enable_external_access = true",
        "set log_query_path = '{path}/queries'; select 1",
        "set secret_directory = '{path}'",
        "install httpfs",
        "select getenv('HOME')",
        "selct 1",
        "select hiden from runs",
    ],
)
def test_nothing_else_can_be_read_or_written(study: ls.Study, tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    before = {path: path.read_bytes() for path in study.path.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="the query cannot be answered: "):
        study.query(sql.format(path=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert before == {path: path.read_bytes() for path in study.path.rglob("*") if path.is_file()}


def test_tables_can_be_dropped_and_are_there_again(study: ls.Study) -> None:
    study.query("drop view runs")
    assert study.query("select count(*) as n from runs")["n"].tolist() == [240]


def test_nan_and_infinity_come_through(tmp_path: Path) -> None:
    made = ls.Study(tmp_path, ls.grid(activation="relu", output="identity", lr=1e3, budget=200), runs=40).run()
    asked = made.query("select loss, outcome from runs order by run")
    np.testing.assert_array_equal(asked["loss"], made.runs()["loss"])
    assert not np.isfinite(asked["loss"]).all()


def test_nothing_stored_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing is stored yet; run the study first"):
        ls.Study(tmp_path / "none", GRID).query("select 1")


def test_a_missing_duckdb_is_said(study: ls.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(ImportError, match="queries need DuckDB; install it with"):
        study.query("select 1")
