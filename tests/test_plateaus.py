"""Plateaus: known stretches, a brute-force twin, and the nearest point of a catalogue."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import landscape as ls
from landscape.slices.plateaus import _longest


def run_with(loss: Any, every: int = 1) -> ls.Trajectory:
    """A run whose losses are made up; it moves by 1 an epoch along the first parameter."""
    loss = np.asarray(loss, dtype=np.float64)
    theta = np.zeros((len(loss), 9))
    theta[:, 0] = every * np.arange(len(loss))
    run = ls.Trajectory(ls.Surface(), ls.Protocol(), 0, 0, "budget", every * np.arange(len(loss)), theta)
    run.__dict__["loss"] = loss
    run.__dict__["grad_norm"] = np.linspace(2.0, 1.0, len(loss))
    return run


def test_two_known_plateaus_are_found_with_their_levels() -> None:
    loss = np.concatenate(
        [np.full(30, 0.25), np.geomspace(0.25, 0.125, 10), np.full(50, 0.125), np.geomspace(0.1, 1e-4, 10)]
    )
    table = ls.plateaus(run_with(loss, every=5))
    assert table["first"].tolist() == [0, 195]
    assert table["last"].tolist() == [150, 445]  # one epoch of the fall is still within a twentieth
    assert table["epochs"].tolist() == [150, 250]
    assert table["level"].tolist() == [0.25, 0.125]
    assert table["moved"].tolist() == [150.0, 250.0]
    assert table["slowest"].tolist() == [150, 445]


def test_a_steady_fall_has_no_plateau() -> None:
    assert ls.plateaus(run_with(1.0 / np.arange(1, 1000))).empty
    assert ls.plateaus(run_with(np.geomspace(1.0, 1e-6, 200))).empty
    assert list(ls.plateaus(run_with([1.0])).columns)[:3] == ["first", "last", "epochs"]


def test_change_and_share_are_what_they_say() -> None:
    loss = np.concatenate([np.full(20, 1.0), np.full(20, 0.93), np.full(60, 0.5)])
    assert ls.plateaus(run_with(loss))["level"].tolist() == [1.0, 0.93, 0.5]
    assert ls.plateaus(run_with(loss), change=0.1)["epochs"].tolist() == [39, 59]
    assert ls.plateaus(run_with(loss), share=0.3)["level"].tolist() == [0.5]


@pytest.mark.parametrize("seed", range(20))
def test_the_longest_stretch_is_that_of_trying_them_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    loss = np.exp(np.cumsum(rng.normal(0.0, 0.02, 80)))
    loss[rng.integers(0, 80, 2)] = [np.nan, np.inf]
    epochs = np.cumsum(rng.integers(1, 4, 80))
    first, last = _longest(loss, epochs, 0.05)
    lengths = [
        epochs[j] - epochs[i]
        for i in range(80)
        for j in range(i, 80)
        if np.isfinite(loss[i : j + 1]).all() and loss[i : j + 1].min() >= 0.95 * loss[i : j + 1].max()
    ]
    assert epochs[last] - epochs[first] == max(lengths)
    assert loss[first : last + 1].min() >= 0.95 * loss[first : last + 1].max()


def test_a_run_that_rests_at_a_catalogued_point_is_told_which() -> None:
    surface = ls.Surface(l2=1e-3)
    points = ls.find_minima(surface, 60)
    wanted = 2
    image = ls.symmetries(surface).orbit(points.theta[wanted])[-1]
    run = ls.replay(surface, ls.Protocol(budget=50, criterion="never"), theta0=image)
    (row,) = ls.plateaus(run, points).itertuples()
    assert (row.point, row.kind, row.index) == (wanted, "strict_minimum", 0)
    assert row.distance < 1e-6
    assert row.point_loss == pytest.approx(row.level, abs=1e-9)


def test_what_is_no_trajectory_is_refused() -> None:
    with pytest.raises(TypeError, match=r"is not one; give what landscape\.replay returns"):
        ls.plateaus(np.zeros(4))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"change=1\.5 is not allowed"):
        ls.plateaus(run_with([1.0, 1.0]), change=1.5)


def test_several_runs_are_replayed_as_each_alone_and_units_are_what_they_put_out() -> None:
    surface, protocol = ls.Surface(activation="tanh"), ls.Protocol(budget=40)
    for run, number in zip(ls.replay(surface, protocol, 7, [3, 17], every=9), (3, 17), strict=True):
        alone = ls.replay(surface, protocol, 7, number, every=9)
        assert (run.run, run.outcome, run.epochs.tolist()) == (number, alone.outcome, alone.epochs.tolist())
        np.testing.assert_array_equal(run.theta, alone.theta)
        parts = surface.unpack(run.theta)
        sums = np.einsum("pi,nji->npj", surface.table.inputs, parts["W1"]) + parts["b1"][:, np.newaxis]
        np.testing.assert_allclose(run.units, np.tanh(sums), rtol=1e-12, atol=1e-15)
    starts = ls.train(surface, protocol, runs=2).theta0
    given = ls.replay(surface, protocol, run=range(2), theta0=starts)
    assert [run.theta[0].tolist() for run in given] == starts.tolist()
    assert ls.replay(surface, protocol, run=[]) == []
    with pytest.raises(ValueError, match=r"theta0 of shape \(2, 9\) does not fit"):
        ls.replay(surface, protocol, run=[1, 2, 3], theta0=starts)


def test_a_slow_fall_takes_time_in_proportion_to_its_length() -> None:
    """Counted in lines of the search that are run: a copy of all places at each step makes them four times as many where
    the run is twice as long."""

    def lines(n: int) -> int:
        count = 0

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal count
            count += 1
            return trace

        loss, epochs = np.linspace(1.0, 0.5, n), np.arange(n)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            _longest(loss, epochs, 0.05)
        finally:
            sys.settrace(before)
        return count

    assert lines(2000) < 3 * lines(1000)


def test_a_run_beyond_all_images_is_near_no_point() -> None:
    surface = ls.Surface()
    points = ls.find_minima(surface, starts=4, seed=0)
    far = replace(run_with(np.full(10, 0.25)), theta=np.full((10, 9), 1e200))
    table = ls.plateaus(far, points)
    assert table["point"].tolist() == [-1]
    assert np.isinf(table["distance"]).all()
