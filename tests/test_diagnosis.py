"""Diagnosis: every end by a network whose end is known, and tables that fit together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape.critical.diagnosis import ENDS

Array = np.ndarray
PENALISED = ls.Surface(hidden=2, l2=1e-4)


def shown(surface: ls.Surface, theta0: Array, protocol: ls.Protocol | None = None) -> pd.Series:
    """The diagnosis of a few epochs from one start."""
    result = ls.train(surface, protocol or ls.Protocol(lr=0.01, budget=10, criterion="margin"), theta0=theta0)
    found = ls.diagnose(surface, result)
    row = found.runs.iloc[0]
    assert row["point"] == (found.points.member[0] if len(found.points.member) else -1)
    return row


def test_a_saddle_is_where_a_run_stalls() -> None:
    points = ls.find_stationary_points(PENALISED, starts=200, max_index=1)
    saddles = points.table[(points.table["kind"] == "saddle") & (points.table["loss"] > 0.1)]
    row = shown(PENALISED, points.theta[saddles["point"].iloc[0]])
    assert row["end"] == "saddle_stall"
    assert row["distance"] < 1e-4
    assert row["smallest_eigenvalue"] < 0.0
    assert row["descent_loss"] == pytest.approx(saddles["loss"].iloc[0], abs=1e-9)


def test_a_strict_minimum() -> None:
    points = ls.find_minima(PENALISED, starts=200)
    failing = points.table[(points.table["loss"] > 0.1) & (points.table["kind"] == "strict_minimum")]
    row = shown(PENALISED, points.theta[failing["point"].iloc[0]] + 1e-3)
    assert row["end"] == "strict_minimum"
    assert 0.0 < row["distance"] < 1e-2
    assert row["smallest_eigenvalue"] > 0.0


def test_dead_units() -> None:
    """Both units of this relu network are off on every pattern: only the output bias is left."""
    row = shown(ls.Surface(activation="relu"), np.array([1.0, 1.0, -1.0, 2.0, -10.0, -10.0, 1.0, -1.0, 0.3]))
    assert (row["end"], row["dead_units"], row["saturated_units"]) == ("dead_units", 2, 2)
    assert row["descent_loss"] == pytest.approx(0.25)


def test_escaping() -> None:
    """Units "a implies b" and "or", saturated: two patterns share 1/2, and the weights grow."""
    theta = 2.0 * np.array([-8.0, 8.0, 8.0, 8.0, 4.0, -4.0, -6.0, 6.0, 0.0])
    theta[8] = -theta[6] - theta[7]
    row = shown(ls.Surface(), theta)
    assert (row["end"], row["saturated_units"]) == ("escaping", 2)
    assert row["descent_loss"] == pytest.approx(0.125, abs=1e-6)


def test_slow_is_tried_not_guessed() -> None:
    surface = ls.Surface(hidden=3)
    result = ls.train(surface, ls.Protocol(lr=0.1, budget=100), runs=50)
    found = ls.diagnose(surface, result).runs
    assert (found["end"] == "slow").all()  # with three units every start leads to a solution
    assert (found["descent_loss"] < 1e-6).all()


def test_a_flat_minimum() -> None:
    surface = ls.Surface(activation="leaky_relu")
    found = ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=1.0, budget=3000), runs=200)).runs
    assert (found["end"] == "flat_minimum").sum() > 20


def test_solved_and_diverged() -> None:
    surface = ls.Surface(activation="leaky_relu", output="identity")
    fast, slow = (ls.train(surface, ls.Protocol(lr=lr, budget=2000), runs=200) for lr in (1.0, 0.7))
    assert (ls.diagnose(surface, slow).runs["end"] == "solved").sum() == slow.runs["solved"].sum() > 0
    result = fast
    found = ls.diagnose(surface, result)
    outcome = result.runs["outcome"].astype(str).to_numpy()
    end = found.runs["end"].astype(str).to_numpy()
    assert "diverged" in outcome
    assert ((end == "solved") == (outcome == "solved")).all()
    assert ((end == "diverged") == (outcome == "diverged")).all()
    lost = found.runs[end == "diverged"]
    assert (lost["point"] == -1).all()
    assert lost["descent_loss"].isna().all()


def test_tables_fit_together() -> None:
    surface, protocol = ls.Surface(), ls.Protocol(lr=1.0, budget=1000)
    result = ls.train(surface, protocol, runs=300, first_run=7)
    found = ls.diagnose(surface, result, threads=1)
    pd.testing.assert_frame_equal(found.runs[list(result.runs)], result.runs)
    assert found.runs["end"].cat.categories.tolist() == list(ENDS)
    assert found.ends["runs"].sum() == 300
    assert (found.ends["low"] <= found.ends["share"]).all()
    assert (found.ends["share"] <= found.ends["high"]).all()
    hits = found.runs["point"].value_counts().sort_index()
    assert hits.to_dict() == found.points.table.set_index("point")["hits"].to_dict()
    pd.testing.assert_frame_equal(found.runs, ls.diagnose(surface, result, threads=3).runs)
    alone = ls.diagnose(surface, ls.train(surface, protocol, runs=1, first_run=20)).runs.iloc[0]
    same = found.runs[found.runs["run"] == 20].iloc[0]
    for name in ("end", "distance", "descent_loss", "smallest_eigenvalue", "growth"):
        assert alone[name] == same[name]


def test_where_no_run_is_ever_solved_the_outputs_decide() -> None:
    surface = ls.Surface(hidden=3)
    found = ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=1.0, budget=5000, criterion="never"), runs=50)).runs
    assert (found["end"] == "solved").sum() > 40


def test_what_does_not_fit_is_refused() -> None:
    result = ls.train(ls.Surface(), ls.Protocol(budget=10), runs=2)
    with pytest.raises(ValueError, match="another surface"):
        ls.diagnose(ls.Surface(hidden=3), result)
    with pytest.raises(TypeError, match="is not a Result"):
        ls.diagnose(ls.Surface(), result.runs)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="gtol"):
        ls.diagnose(ls.Surface(), result, gtol=0.0)


def test_a_stored_cell_is_a_result(tmp_path: Path) -> None:
    study = ls.Study(tmp_path / "s", ls.grid(activation=["tanh", "relu"], budget=200), 40, seed=3, checkpoints=(50,)).run()
    for cell in study.manifest.cells:
        stored, trained = study.result(cell), ls.train(cell.surface, cell.protocol, 40, 3, checkpoints=(50,))
        np.testing.assert_array_equal(stored.theta, trained.theta)
        np.testing.assert_array_equal(stored.theta0, trained.theta0)
        for name in ("run", "epochs", "loss", "solved"):
            assert stored.runs[name].tolist() == trained.runs[name].tolist()
        assert stored.checkpoints["loss"].tolist() == trained.checkpoints["loss"].tolist()
        pd.testing.assert_series_equal(
            ls.diagnose(cell.surface, stored).runs["end"], ls.diagnose(cell.surface, trained).runs["end"]
        )


def test_a_way_down_from_where_two_patterns_share_an_output() -> None:
    """The loss falls along the whole path, as a finer look sees too, from every run that is stuck at 1/8."""
    from landscape.studies.descending_path import descending_path, falls_along

    surface = ls.Surface()
    result = ls.train(surface, ls.Protocol(lr=1.0, budget=20_000), runs=60)
    stuck = np.flatnonzero(ls.diagnose(surface, result).runs["end"] == "escaping")
    assert len(stuck) > 3
    for run in stuck:
        path = descending_path(surface, result.theta[run])
        assert path is not None
        assert (path[0] == result.theta[run]).all()
        assert surface.loss(path[-1]) < 1e-6
        assert falls_along(surface, path, checks=211)
    assert not falls_along(surface, path[::-1])


def test_a_cell_of_a_study_is_diagnosed_as_its_result(tmp_path: Path) -> None:
    study = ls.Study(tmp_path, ls.grid(hidden=[2, 3], lr=5.0, budget=500), runs=20, precision="float32").run()
    name = study.cells()["_cell"][0]
    expected = ls.diagnose(study.cell(name).surface, study.result(name))
    for cell in (name, study.cell(name)):
        found = ls.diagnose(study, cell)
        pd.testing.assert_frame_equal(found.runs, expected.runs, check_exact=True)
        np.testing.assert_array_equal(found.points.ends, expected.points.ends)
    with pytest.raises(ValueError, match="cell='none' is not in the study"):
        ls.diagnose(study, "none")
    for surface, result in ((study.plan(), name), (study.runs(), name), (None, None)):
        with pytest.raises(TypeError, match="does not fit; give a Surface, or a Study and one of its cells"):
            ls.diagnose(surface, result)
    with pytest.raises(TypeError, match="is not a Result"):
        ls.diagnose(study.cell(name).surface, name)
