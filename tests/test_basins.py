"""Maps of starts, and of two settings: what ``train`` says of each start, laid out without a turn."""

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape.critical.boolean import computed
from landscape.maps import basins, trainability
from landscape.statistics import wilson_interval

SURFACE = ls.Surface(reduction="half_sum")
PROTOCOLS = [
    ls.Protocol(optimizer="momentum", lr=3.25, momentum=0.4, budget=60),
    ls.Protocol(optimizer="gd", lr=2.0, update="online", budget=600),
    ls.Protocol(optimizer="adam", lr=0.3, budget=60, criterion="margin", tolerance=0.3, stall=1e-4),
]


def plane(surface: ls.Surface = SURFACE, steps: tuple[int, int] = (13, 9)) -> ls.Slice:
    theta = ls.train(surface, runs=1, seed=3).theta0[0]
    return ls.slices.parameter_plane(surface, theta, (1, 8), -6.0, 6.0, steps=steps)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.optimizer} {p.update}")
def test_a_map_is_what_train_says_of_each_start(protocol: ls.Protocol) -> None:
    where = plane()
    found = ls.basin_map(SURFACE, protocol, where)
    assert found.outcome.shape == (9, 13)
    single = ls.train(SURFACE, protocol, theta0=where.theta.reshape(-1, 9))
    x, y = where.coordinates
    for j, i in [(0, 0), (8, 0), (0, 12), (5, 3)]:
        start = where.origin.copy()
        start[1], start[8] = x[i], y[j]
        (run,) = ls.train(SURFACE, protocol, theta0=start).runs.itertuples()
        assert (found.table["outcome"].iloc[j * 13 + i], found.epochs[j, i], found.loss[j, i]) == (
            run.outcome,
            run.epochs,
            run.loss,
        )
    np.testing.assert_array_equal(found.theta.reshape(-1, 9), single.theta)
    pd.testing.assert_series_equal(found.table["epochs"], single.runs["epochs"])
    pd.testing.assert_series_equal(found.table["outcome"], single.runs["outcome"])
    assert found.table["x"].tolist() == list(x) * 9
    assert found.table["y"].tolist() == list(np.repeat(y, 13))
    np.testing.assert_array_equal(found.function.ravel(), computed(SURFACE, single.theta)[0])
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.shares["solved"] == single.runs["solved"].mean()
    for outcome, share in found.shares.items():
        assert (f"{outcome} {100 * share:.1f} %" in found.caption) == (share > 0.0)
    assert "13 x 9 starts of 2-2-1 on xor" in found.caption


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.optimizer} {p.update}")
def test_threads_and_tiles_do_not_change_a_bit(protocol: ls.Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ls.basin_map(SURFACE, protocol, plane(), 40, threads=1)
    for tile, threads in [(7, 1), (333, 2), (2**16, 3)]:
        monkeypatch.setattr(basins, "TILE", tile)
        other = ls.basin_map(SURFACE, protocol, plane(), 40, threads=threads)
        for name in ("outcome", "epochs", "loss", "theta"):
            np.testing.assert_array_equal(getattr(whole, name), getattr(other, name))


def test_a_zoom_has_the_same_ends_where_it_has_the_same_starts() -> None:
    where = plane()
    part = where.zoom((where.coordinates[0][2], where.coordinates[0][6]), (where.coordinates[1][1], where.coordinates[1][3]))
    part = part.zoom(*((axis[0], axis[-1]) for axis in part.coordinates), steps=(5, 3))
    same = np.isclose(part.coordinates[0], where.coordinates[0][2:7], rtol=0.0, atol=0.0)
    whole, zoomed = (ls.basin_map(SURFACE, PROTOCOLS[0], each) for each in (where, part))
    rows = np.isclose(part.coordinates[1], where.coordinates[1][1:4], rtol=0.0, atol=0.0)
    assert same.sum() >= 3
    np.testing.assert_array_equal(zoomed.theta[np.ix_(rows, same)], whole.theta[1:4, 2:7][np.ix_(rows, same)])


def test_resolution_is_starts_an_axis_over_the_same_plane() -> None:
    found = ls.basin_map(SURFACE, PROTOCOLS[0], plane(), (5, 3))
    assert found.outcome.shape == (3, 5)
    for axis, before in zip(found.plane.coordinates, plane().coordinates, strict=True):
        assert axis[[0, -1]].tolist() == before[[0, -1]].tolist()


def test_diverged_starts_are_said_to_have_diverged() -> None:
    surface = ls.Surface(activation="relu", output="identity")
    found = ls.basin_map(surface, ls.Protocol(lr=50.0, budget=500), plane(surface))
    assert found.shares["diverged"] > 0.5
    assert not np.isfinite(found.loss[found.outcome == 2]).all()


def test_what_makes_no_map_is_refused() -> None:
    line = ls.slices.random_line(SURFACE, np.ones(9))
    with pytest.raises(TypeError, match="not a slice with two axes"):
        ls.basin_map(SURFACE, PROTOCOLS[0], line)
    with pytest.raises(ValueError, match="one of 9 parameters, this surface has 13"):
        ls.basin_map(ls.Surface(hidden=3), PROTOCOLS[0], plane())
    with pytest.raises(ValueError, match="steps=1 is out of range"):
        ls.basin_map(SURFACE, PROTOCOLS[0], plane(), 1)
    with pytest.raises(ValueError, match="threads=0 is out of range"):
        ls.basin_map(SURFACE, PROTOCOLS[0], plane(), threads=0)


AXES = [
    (("lr", [0.1, 1.0, 100.0]), ("init_scale", (0.5, 3.0))),
    (("hidden", [1, 2]), ("optimizer", ["gd", "adam", "momentum"])),
    (("activation", ["tanh", "relu"]), ("l2", np.array([0.0, 1e-3]))),
]


@pytest.mark.parametrize(("x", "y"), AXES)
def test_a_cell_of_a_trainability_map_is_a_training(x: Any, y: Any) -> None:
    protocol = ls.Protocol(budget=300, stall=1e-3)
    table = ls.trainability_map(ls.Surface(), protocol, x, y, runs=40, seed=5)
    assert len(table) == len(x[1]) * len(y[1])
    pd.testing.assert_frame_equal(table, ls.trainability_map(ls.Surface(), protocol, x, y, runs=40, seed=5, threads=3))
    for _, row in table.iterrows():
        own = {x[0]: row[x[0]], y[0]: row[y[0]]}
        own = {name: value.item() if isinstance(value, np.generic) else value for name, value in own.items()}
        (cell,) = ls.grid(budget=300, stall=1e-3, **own)
        runs = ls.train(cell.surface, cell.protocol, runs=40, seed=5).runs
        for outcome in ("solved", "stalled", "diverged"):
            assert row[outcome] == (runs["outcome"] == outcome).sum(), own
        rates = ls.success_rates(runs.assign(all=1), "all").iloc[0]
        assert (row["rate"], row["low"], row["high"]) == (rates["rate"], *wilson_interval(row["solved"], 40))
        assert row["median_epochs"] == rates["median_epochs"]
        assert row["stalled_rate"] == row["stalled"] / 40
        assert row["diverged_rate"] == row["diverged"] / 40
    settings = set(ls.Surface().settings) | set(ls.Protocol().settings)
    assert settings & set(table.columns) == {x[0], y[0]}


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (("lr", [1.0]), ("lr", [2.0]), 'x and y are both "lr"'),
        (("lr", []), ("momentum", [0.5]), "has no values"),
        (("rate", [1.0]), ("lr", [1.0]), 'x="rate" is not known'),
        ([1.0, 2.0], ("lr", [1.0]), "is not an axis; give a setting and its values"),
        (("lr", 1.0), ("momentum", [0.5]), r"x=\('lr', 1.0\) is not an axis"),
        (("lr", [1.0]), ("activation", "tanh"), r"y=\('activation', 'tanh'\) is not an axis"),
        (("lr", [-1.0]), ("momentum", [0.5]), "lr=-1.0 is not allowed"),
        (("optimizer", ["adam"]), ("update", ["online"]), "not defined pattern after pattern"),
    ],
)
def test_axes_that_make_no_sense_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        ls.trainability_map(ls.Surface(), ls.Protocol(budget=5), x, y, runs=2)


def test_an_interrupted_map_of_trainability_ends_what_is_being_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two combinations one takes months; the other is where the interrupt arrives, once the first is being trained."""
    begun, train_batch = threading.Event(), trainability.train_batch

    def train(surface: ls.Surface, rule: Any, *given: Any, **named: Any) -> None:
        if rule.budget == 1:
            begun.wait()
            raise KeyboardInterrupt
        begun.set()
        train_batch(surface, rule, *given, **named)

    monkeypatch.setattr(trainability, "train_batch", train)
    endless = ls.Protocol(criterion="never")
    with pytest.raises(KeyboardInterrupt):
        ls.trainability_map(ls.Surface(), endless, ("lr", [1.0]), ("budget", [1, 10**12]), runs=16, threads=2)
