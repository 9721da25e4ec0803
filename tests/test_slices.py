"""Slices: the directions they run along, what stands where on their grids, and how far from them lies what is drawn."""

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from analytic import ANALYTIC, Analytic
from conftest import THREE_BY_TWO, XOR, random_theta
from numpy.typing import NDArray

import landscape as ls
from landscape import slice as slice_module
from landscape import slices
from landscape.activations import ACTIVATIONS
from landscape.directions import NORMALIZATIONS, random_directions
from landscape.problems import BOOLEAN_NAMES
from landscape.quantities import QUANTITIES
from landscape.second_order import zero_eigenvalue

Array = NDArray[np.float64]

SURFACES = {
    "2-2-1": ls.Surface(),
    "no bias": ls.Surface(bias=False, activation="tanh"),
    "shortcut": ls.Surface(hidden=3, activation="softplus", shortcut=True),
    "several outputs": ls.Surface(THREE_BY_TWO, hidden=4, activation="sine", output="identity"),
    "no hidden units": ls.Surface(THREE_BY_TWO, hidden=0),
    "penalised": ls.Surface(activation="gelu", objective="cross_entropy", l2=1e-2),
}
SMOOTH = [name for name, activation in ACTIVATIONS.items() if not activation.kinks]
FUNCTIONS: dict[str, Any] = {name: ls.Surface(activation=name, output="identity", l2=1e-3) for name in SMOOTH} | ANALYTIC
SADDLE, WELL = np.zeros(2), np.array([0.5**0.5, 0.0])
DOUBLE, BOWL = ANALYTIC["double_well"], ANALYTIC["bowl"]
S = SURFACES["2-2-1"]
XOR_NET = np.array([20.0, 20.0, 20.0, 20.0, -10.0, -30.0, 20.0, -20.0, -10.0])
"""An or and an and, and their difference: xor, on all four patterns right."""


def points(f: Any, n: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(scale=0.9, size=(n, f.n_parameters))


def on_line(f: Analytic, *places: float) -> Array:
    """Points of the first axis."""
    return np.array([[place] + [0.0] * (f.n_parameters - 1) for place in places])


def every_kind(f: Any, steps: Any = (7, 5), seed: int = 1) -> dict[str, ls.Slice]:
    a, b, c = points(f, 3, seed)
    return {
        "linear_interpolation": slices.linear_interpolation(f, a, b, 7, margin=0.3),
        "random_line": slices.random_line(f, a, 2.0, 7, seed=4),
        "random_plane": slices.random_plane(f, a, 0.7, steps, seed=4),
        "planar_interpolation": slices.planar_interpolation(f, a, b, c, steps=(31, 41)),
        "hessian_plane": slices.hessian_plane(f, a, steps=steps),
        "trajectory_plane": slices.trajectory_plane(f, points(f, 20, seed), steps),
        "parameter_plane": slices.parameter_plane(f, a, (1, 0), -2.0, 3.0, steps),
    }


KINDS = list(every_kind(S))


# Directions


@pytest.mark.parametrize("name", FUNCTIONS)
def test_along_eigenvectors_the_second_difference_is_the_eigenvalue(name: str) -> None:
    """To 1e-6 of the largest: the five-point rule at a step of 1e-3 leaves terms of 1e-12, rounding 1e-10 of the loss."""
    f = FUNCTIONS[name]
    size, rule = f.n_parameters, np.array([-1.0, 16.0, -30.0, 16.0, -1.0]) / 12.0
    for theta in points(f, 3):
        hessian = f.hessian(theta[np.newaxis])[0]
        every = np.linalg.eigvalsh(hessian)
        scale = 1.0 + np.abs(every).max() + abs(float(f.loss(theta[np.newaxis])[0]))
        for ranks in ((0, -1), (1, 0), (-2, size // 2 - 2)):
            made = slices.hessian_plane(f, theta, ranks, distance=2e-3, steps=5)
            assert made.eigenvalues is not None
            np.testing.assert_allclose(made.eigenvalues, every[list(ranks)], rtol=0.0, atol=1e-12 * scale)
            np.testing.assert_allclose(made.directions @ made.directions.T, np.eye(2), rtol=0.0, atol=1e-13)
            pulled = made.directions @ hessian - made.eigenvalues[:, np.newaxis] * made.directions
            assert np.abs(pulled).max() <= 1e-12 * scale
            bends = np.array([made.loss[2] @ rule, made.loss[:, 2] @ rule]) / 1e-6
            np.testing.assert_allclose(bends, made.eigenvalues, rtol=0.0, atol=1e-6 * scale)
            largest = np.abs(made.directions).argmax(axis=1)
            assert (made.directions[[0, 1], largest] > 0.0).all()  # the same picture every time
            assert made.labels == tuple(f"along eigenvalue {value:.2g}" for value in made.eigenvalues)


def test_random_directions_prefer_none() -> None:
    """On the unit sphere: mean 0, covariance I / P, fourth moment 3 / (P (P + 2)); each within five sampling errors, which
    follow from the moments of the sphere. The same for the second direction, and between one seed and the next."""
    P, n = S.n_parameters, 4000
    pairs = np.array([random_directions(S, np.ones(P), 2, seed, None) for seed in range(n)])
    np.testing.assert_allclose(np.linalg.norm(pairs, axis=2), 1.0, rtol=1e-14)
    np.testing.assert_allclose((pairs[:, 0] * pairs[:, 1]).sum(axis=1), 0.0, atol=1e-14)
    fourth, eighth = 3.0 / (P * (P + 2)), 105.0 / (P * (P + 2) * (P + 4) * (P + 6))
    for rows in (pairs[:, 0], pairs[:, 1], pairs.sum(axis=1) / math.sqrt(2.0)):
        assert np.abs(rows.mean(axis=0)).max() < 5.0 * math.sqrt(1.0 / P / n)
        off = rows.T @ rows / n - np.eye(P) / P
        assert np.abs(np.diag(off)).max() < 5.0 * math.sqrt((fourth - 1.0 / P**2) / n)
        assert np.abs(off - np.diag(np.diag(off))).max() < 5.0 * math.sqrt(fourth / 3.0 / n)
        assert np.abs((rows**4).mean(axis=0) - fourth).max() < 5.0 * math.sqrt((eighth - fourth**2) / n)
        assert np.abs((rows > 0.0).mean(axis=0) - 0.5).max() < 5.0 * math.sqrt(0.25 / n)
        assert abs((rows[1:] * rows[:-1]).sum(axis=1).mean()) < 5.0 * math.sqrt(1.0 / P / n)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_seed_is_a_direction(normalization: str | None) -> None:
    theta = points(S, 1)[0]
    made = [slices.random_plane(S, theta, steps=3, seed=seed, normalization=normalization) for seed in (0, 0, 1, 2**63 - 1)]
    assert (made[0].directions == made[1].directions).all()
    assert len({slice.directions.tobytes() for slice in made}) == 3
    line = slices.random_line(S, theta, steps=3, seed=0, normalization=normalization)
    assert (line.directions[0] == made[0].directions[0]).all()  # the plane goes through the line
    assert all(((slice.directions < 0.0).any() and (slice.directions > 0.0).any()) for slice in made)


def owners(surface: ls.Surface, normalization: str) -> list[Any]:
    """To which filter, layer or model each parameter belongs, read off its name."""
    names = surface.parameter_names
    layer = [name[1] for name in names]
    unit = [name[name.index("[") + 1 :].split(",")[0].rstrip("]") for name in names]
    return {"filter": list(zip(layer, unit, strict=True)), "layer": layer, "model": [0] * len(names)}[normalization]


@pytest.mark.parametrize("normalization", ["filter", "layer", "model"])
@pytest.mark.parametrize("name", SURFACES)
def test_groups_have_the_size_of_the_points(name: str, normalization: str) -> None:
    surface = SURFACES[name]
    theta = points(surface, 1)[0]
    directions = slices.random_plane(surface, theta, steps=3, seed=5, normalization=normalization).directions
    owner = owners(surface, normalization)
    for group in set(owner):
        mine = np.array([one == group for one in owner])
        size = np.linalg.norm(theta[mine])
        np.testing.assert_allclose(np.linalg.norm(directions[:, mine], axis=1), size, rtol=1e-13)
        assert abs(directions[0, mine] @ directions[1, mine]) <= 1e-13 * size**2
        without = np.where(mine, 0.0, theta)  # a group that is 0 stays so, the others are as before
        if without.any():
            rest = slices.random_plane(surface, without, steps=3, seed=5, normalization=normalization).directions
            expected = directions * np.where(mine, 0.0, np.linalg.norm(without) / np.linalg.norm(theta))
            assert not rest[:, mine].any()
            np.testing.assert_allclose(rest, expected if normalization == "model" else directions * ~mine, rtol=1e-13)


# Grids


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["2-2-1", "several outputs", "ring"])
def test_a_row_has_one_y_and_a_column_one_x(name: str, kind: str) -> None:
    f = FUNCTIONS.get(name) or SURFACES[name]
    made = every_kind(f)[kind]
    assert made.kind == kind
    assert made.theta.shape == (*made.shape, f.n_parameters)
    for number in np.ndindex(*made.shape):
        place = np.array([axis[k] for axis, k in zip(made.coordinates, number[::-1], strict=True)])
        expected = made.origin + sum(x * direction for x, direction in zip(place, made.directions, strict=True))
        np.testing.assert_allclose(made.theta[number], expected, rtol=0.0, atol=1e-14)
        assert (made.at(place) == made.theta[number]).all()
    np.testing.assert_array_equal(made.loss, f.loss(made.theta))
    assert made.loss is made.values("loss")


def by_hand(surface: Any, theta: Array) -> dict[str, Any]:
    """Every quantity of one point, from the surface's own methods."""
    eigenvalues = np.linalg.eigvalsh(surface.hessian(theta[np.newaxis])[0])
    found = {
        "loss": surface.loss(theta[np.newaxis])[0],
        "grad_norm": np.linalg.norm(surface.gradient(theta[np.newaxis])[0]),
        "smallest_eigenvalue": eigenvalues[0],
        "index": (eigenvalues < -zero_eigenvalue(eigenvalues)).sum(),
    }
    if not isinstance(surface, ls.Surface):
        return found
    outputs = surface.forward(theta)
    side, target = outputs > surface.table.midpoint, surface.table.targets > surface.table.midpoint
    bits = ["".join("01"[bit] for bit in column) for column in side.T.astype(int)]
    names = [BOOLEAN_NAMES[int(column[::-1], 2)] for column in bits] if surface.table == XOR else bits
    right = (side == target).all(axis=1).sum()
    return found | {"outputs": outputs, "patterns_right": right, "function": ", ".join(names)}


@pytest.mark.parametrize("name", ["2-2-1", "shortcut", "several outputs", "no hidden units", "himmelblau", "ring"])
def test_every_quantity_stands_where_it_belongs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a grid is cut into parts that end in the middle of a row."""
    monkeypatch.setattr(slice_module, "PART", 4)
    f = FUNCTIONS.get(name) or SURFACES[name]
    made = slices.random_plane(f, points(f, 1)[0], 2.5, steps=(7, 5), seed=2)
    assert set(by_hand(S, XOR_NET)) == set(QUANTITIES)
    for quantity in by_hand(f, made.theta[0, 0]):
        values = made.values(quantity)
        assert values.shape[:2] == made.shape == (5, 7)
        for j, i in np.ndindex(5, 7):
            theta = made.at([made.coordinates[0][i], made.coordinates[1][j]])
            expected = by_hand(f, theta)[quantity]
            if quantity == "function":
                assert values[j, i] == expected
            else:
                np.testing.assert_allclose(values[j, i], expected, rtol=1e-12, atol=1e-12)


def test_quantities_of_known_points() -> None:
    line = slices.linear_interpolation(S, np.zeros(9), XOR_NET, 3)
    assert list(line.values("function")[[0, 2]]) == ["undecided", "xor"]
    assert list(line.values("patterns_right")[[0, 2]]) == [0, 4]
    x = np.linspace(-1.0, 1.0, 9)  # x^4 - x^2 + 3 y^2 bends down where x^2 < 1/6
    plane = slices.parameter_plane(DOUBLE, SADDLE, (0, 1), -1.0, 1.0, (9, 4))
    np.testing.assert_array_equal(plane.values("index"), np.tile(x**2 < 1.0 / 6.0, (4, 1)))
    least = np.minimum(12.0 * x**2 - 2.0, 6.0)
    np.testing.assert_allclose(plane.values("smallest_eigenvalue"), np.tile(least, (4, 1)), rtol=1e-14, atol=1e-14)
    assert slices.random_line(ANALYTIC["ring"], np.zeros(3), steps=3).values("index")[1] == 2


@pytest.mark.parametrize("steps", [3, 5, 101])
@pytest.mark.parametrize("distance", [1.0, 0.1, 1.0 / 3.0, 7.3])
def test_centre_and_ends_are_on_the_grid_to_the_last_bit(distance: float, steps: int) -> None:
    a = points(S, 1)[0]
    made = [
        slices.random_line(S, a, distance, steps),
        slices.random_plane(S, a, distance, (steps, 9), normalization="filter"),
        slices.hessian_plane(S, a, distance=distance, steps=(9, steps)),
    ]
    for slice in made:
        for axis in slice.coordinates:
            assert (axis == -axis[::-1]).all()
            assert axis[-1] == distance
            np.testing.assert_allclose(np.diff(axis), 2.0 * distance / (len(axis) - 1), rtol=1e-12)
        assert (slice.theta[tuple(n // 2 for n in slice.shape)] == a).all()
        assert slice.laid["centre"].loss == slice.laid["centre"].drawn == S.loss(a)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.25, 2.0])
@pytest.mark.parametrize("f", [S, BOWL], ids=["surface", "function"])
def test_a_line_runs_from_one_point_to_the_other(f: Any, margin: float) -> None:
    a, b = points(f, 2)
    line = slices.linear_interpolation(f, a, b, 31, margin)
    (x,) = line.coordinates
    assert (x == 0.0).sum() == (x == 1.0).sum() == 1
    np.testing.assert_allclose([x[0], x[-1]], [-margin, 1.0 + margin], rtol=1e-15)
    assert (np.diff(x) > 0.0).all()
    assert (line.theta[x == 0.0] == a).all()
    np.testing.assert_allclose(line.theta[x == 1.0][0], b, rtol=0.0, atol=4e-16)
    np.testing.assert_allclose(line.theta, a + x[:, np.newaxis] * (b - a), rtol=0.0, atol=1e-14)
    np.testing.assert_allclose([line.laid[name].coordinates[0, 0] for name in "ab"], [0.0, 1.0], rtol=0.0, atol=1e-14)


@pytest.mark.parametrize("steps", [(41, 61), 101])
@pytest.mark.parametrize("margin", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("c", ["anywhere", "right angle at a", "right angle at b", "beyond", "behind"])
def test_a_plane_holds_its_three_points(c: str, margin: float, steps: Any) -> None:
    a, b, aside = points(S, 3)
    across = aside - a - ((aside - a) @ (b - a)) / ((b - a) @ (b - a)) * (b - a)
    along = {"anywhere": 0.4, "right angle at a": 0.0, "right angle at b": 1.0, "beyond": 1.7, "behind": -0.9}[c]
    three = np.array([a, b, a + along * (b - a) + across])
    plane = slices.planar_interpolation(S, *three, steps, margin)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), rtol=0.0, atol=1e-14)
    feet = np.concatenate([plane.laid[name].coordinates for name in "abc"])
    for axis, places in zip(plane.coordinates, feet.T, strict=True):
        assert np.abs(axis[:, np.newaxis] - places).min(axis=0).max() <= 1e-14
        reach = margin * (places.max() - places.min())
        np.testing.assert_allclose(axis[[0, -1]], [places.min() - reach, places.max() + reach], atol=1e-14)
        assert (np.diff(axis) > 0.0).all()
    assert all((plane.coordinates[k] == 0.0).sum() == 1 for k in (0, 1))
    assert feet[2, 1] > 0.0
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.linalg.norm(feet[i] - feet[j]) == pytest.approx(np.linalg.norm(three[i] - three[j]), rel=1e-14)
    assert all(plane.laid[name].distance[0] <= 1e-14 for name in "abc")
    np.testing.assert_allclose(np.concatenate([plane.laid[name].theta for name in "abc"]), three, rtol=0.0, atol=0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_coordinates_are_the_same_bits(kind: str) -> None:
    made = every_kind(S)[kind]
    made.values("loss")
    near = made.zoom(*((axis[1], axis[4]) for axis in made.coordinates), steps=4)
    assert near.shape == (4,) * len(made.coordinates)
    same = [np.isin(axis, other) for axis, other in zip(made.coordinates, near.coordinates, strict=True)][::-1]
    back = [np.isin(other, axis) for axis, other in zip(made.coordinates, near.coordinates, strict=True)][::-1]
    assert all(mine.sum() >= 2 for mine in same)
    assert (made.loss[np.ix_(*same)] == near.loss[np.ix_(*back)]).all()
    assert (made.theta[np.ix_(*same)] == near.theta[np.ix_(*back)]).all()
    assert made.zoom(*[(0.0, 1.0)] * len(made.coordinates)).shape == made.shape
    assert (near.directions, near.laid, near.kind) == (made.directions, made.laid, made.kind)


def test_parameters_are_the_coordinates() -> None:
    theta = points(S, 1)[0]
    plane = slices.parameter_plane(S, theta, (6, 2), -1.0, 2.0, (4, 3))
    assert plane.labels == ("W2[0,0]", "W1[1,0]")
    expected = np.tile(theta, (3, 4, 1))
    expected[:, :, 6], expected[:, :, 2] = [-1.0, 0.0, 1.0, 2.0], np.array([[-1.0], [0.5], [2.0]])
    np.testing.assert_array_equal(plane.theta, expected)
    assert slices.parameter_plane(BOWL, SADDLE, (0, 1), steps=2).labels == ("parameter 0", "parameter 1")


# Trajectories


@pytest.mark.parametrize("name", ["2-2-1", "several outputs", "ring"])
def test_no_plane_is_nearer_to_a_path(name: str) -> None:
    f = FUNCTIONS.get(name) or SURFACES[name]
    rng, size = np.random.default_rng(3), f.n_parameters
    paths = [np.cumsum(rng.normal(size=(n, size)) * rng.random(size), axis=0) + 3.0 for n in (12, 30)]
    plane = slices.trajectory_plane(f, paths, steps=(5, 3), margin=0.5)
    every = np.concatenate(paths)
    values, vectors = np.linalg.eigh(np.cov(every.T))
    np.testing.assert_allclose(plane.origin, every.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(np.abs(plane.directions @ vectors[:, [-1, -2]]), np.eye(2), rtol=0.0, atol=1e-10)
    np.testing.assert_allclose(plane.explained_variance, values[[-1, -2]] / values.sum(), rtol=1e-10)
    assert list(plane.laid) == ["path 0", "path 1"]
    for laid, path in zip(plane.laid.values(), paths, strict=True):
        np.testing.assert_array_equal(laid.theta, path)
        np.testing.assert_array_equal(laid.loss, f.loss(path))
    feet = np.concatenate([laid.coordinates for laid in plane.laid.values()])
    for axis, places in zip(plane.coordinates, feet.T, strict=True):
        reach = 0.5 * np.ptp(places)
        np.testing.assert_allclose(axis[[0, -1]], [places.min() - reach, places.max() + reach], rtol=1e-12)
    least = sum((laid.distance**2).sum() for laid in plane.laid.values())
    scatter = (every - plane.origin).T @ (every - plane.origin)
    for size_of_turn in (1e-3, 0.1, 10.0):
        for _ in range(30):
            other = np.linalg.qr((plane.directions + size_of_turn * rng.normal(size=(2, size))).T)[0]
            assert np.trace(scatter) - np.trace(other.T @ scatter @ other) >= least * (1.0 - 1e-12)


def test_paths_are_called_by_their_runs() -> None:
    two = ls.replay(S, ls.Protocol(lr=1.0, budget=40), run=[3, 17])
    assert list(slices.trajectory_plane(S, two).laid) == ["run 3", "run 17"]
    assert list(slices.trajectory_plane(S, two[0]).laid) == ["run 3"]
    assert list(slices.trajectory_plane(S, [*two, two[0]]).laid) == ["run 3", "run 17", "run 3 (2)"]
    alone, listed = slices.trajectory_plane(S, two[1].theta), slices.trajectory_plane(S, [two[1].theta])
    assert list(alone.laid) == list(listed.laid) == ["path 0"]
    assert (alone.directions == listed.directions).all()


# What is laid on a slice


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("axes", [1, 2])
def test_the_distance_is_the_way_to_the_nearest_point(axes: int, oblique: bool) -> None:
    rng, size = np.random.default_rng(6), S.n_parameters
    basis = np.linalg.qr(rng.normal(size=(size, size)))[0].T
    directions = np.array([[3.0, 0.0], [2.0, 0.5]])[:axes, :axes] @ basis[:axes] if oblique else basis[:axes]
    grid, origin = np.linspace(-1.0, 1.0, 5), rng.normal(size=size)
    made = ls.Slice(S, "mine", origin, directions, (grid,) * axes, ("x", "y")[:axes])
    places, away = rng.normal(size=(20, axes)), np.append(0.0, rng.random(19) * 5.0)
    offset = rng.normal(size=(20, size - axes)) @ basis[axes:]
    offset *= away[:, np.newaxis] / np.linalg.norm(offset, axis=1, keepdims=True)
    theta = origin + places @ directions + offset
    laid = made.lay(theta)
    np.testing.assert_allclose(laid.coordinates, places, rtol=0.0, atol=1e-12)
    np.testing.assert_allclose(laid.distance, away, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(laid.drawn, S.loss(origin + places @ directions), rtol=1e-12)
    np.testing.assert_array_equal(laid.loss, S.loss(theta))
    np.testing.assert_array_equal(laid.theta, theta)
    for step in rng.normal(size=(50, axes)) * 0.1:
        assert (np.linalg.norm(theta - made.at(laid.coordinates + step), axis=1) >= laid.distance - 1e-12).all()
    assert made.lay(theta[3]).distance.shape == (1,)


def test_points_are_off_by_their_loss() -> None:
    """Of x^2 + y^2 along the x axis: a point at (1, y) is drawn at 1 and is 1 + y^2."""
    line = slices.linear_interpolation(BOWL, SADDLE, [1.0, 0.0], 3)
    laid = line.lay([[1.0, y] for y in (0.0, 0.3, -0.35, 2.0)])
    np.testing.assert_allclose(laid.distance, [0.0, 0.3, 0.35, 2.0], rtol=1e-14)
    assert laid.off().tolist() == [False, False, True, True]  # 0.3^2 = 0.083 of 1.09, 0.35^2 = 0.109 of 1.1225
    assert laid.off(0.5).tolist() == [False, False, False, True]
    assert laid.off(0.0).tolist() == [False, True, True, True]
    assert laid.caption().startswith("2 of 4 points lie off the slice")
    assert "more than 50 %" in laid.caption(0.5)
    assert laid.caption(0.5).startswith("1 of 4 points")
    assert laid.caption().endswith("farthest is at a distance of 2.")
    below = replace(laid, loss=-laid.loss, drawn=-laid.drawn)
    assert below.off().tolist() == laid.off().tolist()
    on = line.lay([0.0, 0.0])  # both losses exactly 0
    assert on.off().tolist() == [False]
    assert on.caption().startswith("0 of 1 points")


@pytest.mark.parametrize("by", [0.0, 0.1, 2.0])
def test_what_is_not_finite_is_off(by: float) -> None:
    inf, nan = math.inf, math.nan
    loss, drawn = np.array([inf, inf, 1.0, nan, 1.0, nan, 0.0]), np.array([inf, 1.0, inf, 1.0, nan, nan, 0.0])
    laid = ls.Laid(np.zeros((7, 2)), np.zeros((7, 1)), np.zeros(7), loss, drawn)
    assert laid.off(by).tolist() == [True] * 6 + [False]
    assert laid.caption(by).startswith("6 of 7 points")


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_a_loss_beyond_all_numbers_is_no_error(activation: str) -> None:
    surface = ls.Surface(activation=activation, output="identity")
    huge = np.full(9, 1e200)
    line = slices.linear_interpolation(surface, np.zeros(9), huge, 5)
    assert line.loss[0] == 0.5
    assert not np.isfinite(line.loss[1:]).any()
    assert line.laid["b"].off().all()
    for quantity in QUANTITIES:
        assert len(line.values(quantity)) == 5
    assert line.values("index")[0] == (2 if activation == "identity" else 0)  # of relu all units are off
    assert (line.values("index")[1:] == -1).all()
    assert np.isnan(line.values("smallest_eigenvalue")[1:]).all()
    assert not np.isfinite(line.values("grad_norm")[1:]).any()
    assert not np.isfinite(line.barrier)
    plane = slices.random_plane(surface, huge, 0.5, steps=3)
    assert not np.isfinite(plane.loss).any()
    assert "1 of 1 points" in plane.laid["centre"].caption()


# Lines from one minimum to another


@pytest.mark.parametrize("steps", [3, 11, 101])
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_the_barrier_of_a_double_well_is_a_quarter(steps: int, margin: float) -> None:
    """Minima of -1/4 on both sides of a saddle of 0; and along a bowl, which lies below its chord, there is none."""
    well = slices.linear_interpolation(DOUBLE, -WELL, WELL, steps if not margin else 2 * steps - 1, margin)
    assert well.barrier == pytest.approx(0.25, rel=1e-12)
    tilted = Analytic(2, lambda x, y: (x**4 - x**2 + 5.0 * x, None, None), [])
    made = slices.linear_interpolation(tilted, -WELL, WELL, 101)
    assert made.barrier == pytest.approx(0.25, rel=1e-12)  # a slope of its own adds nothing
    assert slices.linear_interpolation(BOWL, SADDLE, WELL, steps, margin).barrier == 0.0


def test_the_barrier_of_a_part_is_measured_from_the_same_line() -> None:
    whole = slices.linear_interpolation(DOUBLE, -WELL, WELL, 101)
    assert whole.zoom((0.25, 0.75), steps=51).barrier == pytest.approx(0.25, rel=1e-12)
    assert whole.zoom((0.0, 0.5), steps=51).barrier == pytest.approx(0.25, rel=1e-12)
    assert whole.zoom((2.0, 3.0)).barrier == 0.0


ORBITS = {
    "sigmoid": ls.Surface(),
    "tanh": ls.Surface(hidden=3, activation="tanh"),
    "sigmoid shortcut": ls.Surface(shortcut=True),
    "relu": ls.Surface(hidden=3, activation="relu"),
    "penalised": ls.Surface(activation="tanh", l2=1e-2),
    "no symmetric table": ls.Surface(THREE_BY_TWO, hidden=3, activation="tanh"),
}


@pytest.mark.parametrize("name", ORBITS)
def test_alignment_finds_the_nearest_of_an_orbit(name: str) -> None:
    surface, rng = ORBITS[name], np.random.default_rng(8)
    for _ in range(3):
        a, b, c = random_theta(rng, surface, 3)
        plain, line = (slices.linear_interpolation(surface, a, b, 5, align=align) for align in (False, True))
        orbit = ls.symmetries(surface).orbit(b)
        away = np.linalg.norm(orbit - a, axis=1)
        moved = line.laid["b"].theta[0]
        np.testing.assert_allclose(moved, orbit[away.argmin()], rtol=0.0, atol=1e-12)
        assert line.laid["b"].loss[0] == pytest.approx(plain.laid["b"].loss[0], rel=1e-12)
        assert np.linalg.norm(line.directions[0]) <= np.linalg.norm(plain.directions[0]) + 1e-12
        plane = slices.planar_interpolation(surface, a, b, c, 301, align=True)
        np.testing.assert_array_equal(plane.laid["b"].theta[0], moved)
        nearest = min(ls.symmetries(surface).orbit(c), key=lambda theta: float(np.linalg.norm(theta - a)))
        np.testing.assert_allclose(plane.laid["c"].theta[0], nearest, rtol=0.0, atol=1e-12)


def test_between_members_of_an_orbit_nothing_rises_once_they_are_aligned() -> None:
    for member in ls.symmetries(S).orbit(XOR_NET)[1:]:
        if np.linalg.norm(member - XOR_NET) > 1e-6:
            assert slices.linear_interpolation(S, XOR_NET, member, 51).barrier > 0.1
            near = member + 1e-3  # the same point once aligned would leave no line
            assert abs(slices.linear_interpolation(S, XOR_NET, near, 51, align=True).barrier) < 1e-6


# Captions and bad input


def test_captions_say_what_is_seen() -> None:
    made = every_kind(S)
    assert made["random_line"].caption == (
        "Random line: 2-2-1 on xor, 7 points. Random directions of seed 4, normalisation none (unit length)."
    )
    assert made["random_plane"].caption.startswith("Random plane: 2-2-1 on xor, 7 x 5 points. ")
    assert "normalisation filter." in slices.random_line(S, XOR_NET, normalization="filter").caption
    assert slices.random_line(BOWL, SADDLE, steps=3).caption.startswith("Random line: function, 3 points.")
    plane = slices.hessian_plane(DOUBLE, SADDLE, (1, 0), steps=3)
    assert plane.caption == "Hessian plane: function, 3 x 3 points. Eigenvalues along the axes: 6, -2."
    cross = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # variances as 9 to 1
    drawn = slices.trajectory_plane(BOWL, cross, steps=3)
    assert drawn.caption.endswith(" Variance along the axes: 90.0 %, 10.0 %.")
    assert drawn.labels == ("component 1 (90.0 % of the variance)", "component 2 (10.0 % of the variance)")


A, B, C = points(S, 3)
LINE, FLAT = slices.linear_interpolation(S, A, B, 3), slices.random_plane(S, A, steps=3)
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "even steps": (lambda: slices.random_plane(S, A, steps=(3, 4)), ValueError, "steps=4 .*none in the centre.* odd.* 5"),
    "few steps": (lambda: slices.random_line(S, A, steps=1), ValueError, "steps=1 is out of range; .* 3 or more"),
    "broken steps": (lambda: slices.hessian_plane(S, A, steps=5.0), TypeError, "steps=5.0 is not a whole number"),
    "steps of two axes": (lambda: slices.random_line(S, A, steps=(3, 5)), ValueError, "does not fit 1 axes"),
    "steps beyond memory": (lambda: slices.random_plane(S, A, steps=10**8 + 1), ValueError, "grid points would take.*fewer"),
    "no room": (lambda: slices.planar_interpolation(BOWL, SADDLE, [1, 0], [1e-3, 1], 5), ValueError, "too few .* give more"),
    "one line": (lambda: slices.planar_interpolation(S, A, B, 3.0 * B - 2.0 * A), ValueError, "lie on one line"),
    "b is a": (lambda: slices.planar_interpolation(S, A, A, C), ValueError, "lie on one line"),
    "nowhere to go": (lambda: slices.linear_interpolation(S, A, A), ValueError, "a and b are the same point; give two"),
    "same once aligned": (
        lambda: slices.linear_interpolation(S, A, ls.symmetries(S).orbit(A)[1], align=True),
        ValueError,
        "the same point once b is aligned",
    ),
    "align a function": (lambda: slices.linear_interpolation(BOWL, SADDLE, WELL, align=True), TypeError, "only a Surface"),
    "align a word": (lambda: slices.linear_interpolation(S, A, B, align=1), TypeError, "align=1 is neither True nor False"),
    "margin": (lambda: slices.linear_interpolation(S, A, B, margin=-0.1), ValueError, "margin=-0.1 is not allowed"),
    "shape": (lambda: slices.random_line(S, A[:8]), ValueError, r"theta of shape \(8,\) does not fit; give shape \(9,\)"),
    "several points": (
        lambda: slices.linear_interpolation(S, [A, A], B),
        ValueError,
        r"a of shape \(2, 9\) is not one point",
    ),
    "not finite": (lambda: slices.hessian_plane(S, A * math.nan), ValueError, "theta is not finite"),
    "complex": (lambda: slices.random_line(S, A * 1j), TypeError, "theta of kind complex128 is not real"),
    "distance": (lambda: slices.random_line(S, A, 0.0), ValueError, "distance=0.0 is not allowed; .* above 0"),
    "seed": (lambda: slices.random_line(S, A, seed=-1), ValueError, "seed=-1 is out of range"),
    "normalization": (
        lambda: slices.random_line(S, A, normalization="weight"),
        ValueError,
        "'weight' is not known; .*'filter'",
    ),
    "layers": (lambda: slices.random_line(BOWL, WELL, normalization="layer"), ValueError, "only a Surface has; .*'model'"),
    "no size": (
        lambda: slices.random_line(S, 0.0 * A, normalization="filter"),
        ValueError,
        "theta is 0.*normalization=None",
    ),
    "no second direction": (
        lambda: slices.random_plane(ls.Surface(hidden=1, bias=False), [0.0, 0.0, 1.0], normalization="filter"),
        ValueError,
        "two directions .* are one line",
    ),
    "one rank": (lambda: slices.hessian_plane(S, A, (0,)), ValueError, "two different ranks"),
    "same rank": (lambda: slices.hessian_plane(S, A, (0, -9)), ValueError, r"ranks=\(0, -9\) are not two directions"),
    "no such rank": (lambda: slices.hessian_plane(S, A, (0, 9)), ValueError, "ranks=9 is out of range; .* -9 to 8"),
    "no Hessian": (
        lambda: slices.hessian_plane(ls.Surface(activation="identity", output="identity"), np.full(9, 1e300)),
        ValueError,
        "the Hessian is not finite",
    ),
    "no path": (lambda: slices.trajectory_plane(S, []), ValueError, "no trajectory is given"),
    "straight path": (lambda: slices.trajectory_plane(S, [A, B]), ValueError, "the 2 points lie on one line"),
    "standing path": (lambda: slices.trajectory_plane(S, np.array([A, A, A])), ValueError, "the 3 points lie on one line"),
    "one point": (lambda: slices.trajectory_plane(S, [A]), ValueError, "the 1 points lie on one line"),
    "diverged path": (
        lambda: slices.trajectory_plane(S, SimpleNamespace(run=7, theta=np.array([A, A * math.inf]))),
        ValueError,
        "run 7 is not finite",
    ),
    "same parameter": (lambda: slices.parameter_plane(S, A, (2, 2)), ValueError, r"parameters=\(2, 2\) are not two"),
    "no such parameter": (
        lambda: slices.parameter_plane(S, A, (0, 9)),
        ValueError,
        "parameters=9 is out of range; .* 0 to 8",
    ),
    "empty range": (lambda: slices.parameter_plane(S, A, (0, 1), 1.0, 1.0), ValueError, "low=1.0 is not below high=1.0"),
    "quantity": (lambda: LINE.values("los"), ValueError, 'quantity="los" is not known; did you mean "loss"'),
    "of networks": (
        lambda: slices.random_line(BOWL, WELL).values("outputs"),
        ValueError,
        'quantity="outputs" is one of networks; of a plain function',
    ),
    "barrier of a plane": (lambda: FLAT.barrier, ValueError, "made by random_plane has no two ends"),
    "one range": (lambda: FLAT.zoom((0.0, 1.0)), ValueError, "1 ranges do not fit 2 axes"),
    "range upside down": (lambda: LINE.zoom((1.0, 0.0)), ValueError, "from 1.0 to 0.0 holds nothing"),
    "coordinates": (lambda: LINE.at(LINE.coordinates[0]), ValueError, r"coordinates of shape \(3,\) do not fit"),
    "by": (lambda: LINE.laid["a"].off(-0.1), ValueError, "by=-0.1 is not allowed"),
    "laid shape": (lambda: FLAT.lay(A[:3]), ValueError, r"theta of shape \(3,\) does not fit"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_with_advice(case: str) -> None:
    attempt, error, words = REFUSED[case]
    with pytest.raises(error, match=words):
        attempt()
