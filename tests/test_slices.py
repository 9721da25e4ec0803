"""Slices: the directions they run along, the points they hold, and what they are refused."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from analytic import ANALYTIC
from conftest import THREE_BY_TWO, random_theta
from numpy.typing import NDArray

import landscape as ls
from landscape.parts.activations import ACTIVATIONS
from landscape.slices import (
    hessian_plane,
    linear_interpolation,
    parameter_plane,
    planar_interpolation,
    random_line,
    random_plane,
    trajectory_plane,
)
from landscape.slices.directions import NORMALIZATIONS, random_directions

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


def every_kind(f: Any, steps: Any = (7, 5), seed: int = 1) -> dict[str, ls.Slice]:
    a, b, c = points(f, 3, seed)
    return {
        "linear_interpolation": linear_interpolation(f, a, b, 7, margin=0.3),
        "random_line": random_line(f, a, 2.0, 7, seed=4),
        "random_plane": random_plane(f, a, 0.7, steps, seed=4),
        "planar_interpolation": planar_interpolation(f, a, b, c, steps=(31, 41)),
        "hessian_plane": hessian_plane(f, a, steps=steps),
        "trajectory_plane": trajectory_plane(f, points(f, 20, seed), steps),
        "parameter_plane": parameter_plane(f, a, (1, 0), -2.0, 3.0, steps),
    }


KINDS = list(every_kind(S))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_along_eigenvectors_the_second_difference_is_the_eigenvalue(name: str) -> None:
    """To 1e-6 of the largest: the five-point rule with a step of 1e-3 leaves 1e-12, and rounding 1e-10 of the loss."""
    f = FUNCTIONS[name]
    size, rule = f.n_parameters, np.array([-1.0, 16.0, -30.0, 16.0, -1.0]) / 12.0
    for theta in points(f, 3):
        hessian = f.hessian(theta[np.newaxis])[0]
        every = np.linalg.eigvalsh(hessian)
        scale = 1.0 + np.abs(every).max() + abs(float(f.loss(theta[np.newaxis])[0]))
        for ranks in ((0, -1), (1, 0), (-2, size // 2 - 2)):
            made = hessian_plane(f, theta, ranks, distance=2e-3, steps=5)
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
    seeds = (0, 0, 1, 2**32, 2**63 - 1)
    made = [random_plane(S, theta, steps=3, seed=seed, normalization=normalization) for seed in seeds]
    assert (made[0].directions == made[1].directions).all()
    assert len({slice.directions.tobytes() for slice in made}) == 4
    line = random_line(S, theta, steps=3, seed=0, normalization=normalization)
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
    directions = random_plane(surface, theta, steps=3, seed=5, normalization=normalization).directions
    owner = owners(surface, normalization)
    for group in set(owner):
        mine = np.array([one == group for one in owner])
        size = np.linalg.norm(theta[mine])
        np.testing.assert_allclose(np.linalg.norm(directions[:, mine], axis=1), size, rtol=1e-13)
        assert abs(directions[0, mine] @ directions[1, mine]) <= 1e-13 * size**2
        without = np.where(mine, 0.0, theta)  # a group that is 0 stays so, the others are as before
        if without.any():
            rest = random_plane(surface, without, steps=3, seed=5, normalization=normalization).directions
            expected = directions * np.where(mine, 0.0, np.linalg.norm(without) / np.linalg.norm(theta))
            assert not rest[:, mine].any()
            np.testing.assert_allclose(rest, expected if normalization == "model" else directions * ~mine, rtol=1e-13)


@pytest.mark.parametrize("steps", [3, 5, 99])
@pytest.mark.parametrize("distance", [1.0, 0.1, 1.0 / 3.0, 7.3])
def test_centre_and_ends_are_on_the_grid_to_the_last_bit(distance: float, steps: int) -> None:
    a = points(S, 1)[0]
    made = [
        random_line(S, a, distance, steps),
        random_plane(S, a, distance, (steps, 9), normalization="filter"),
        hessian_plane(S, a, distance=distance, steps=(9, steps)),
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
    line = linear_interpolation(f, a, b, 31, margin)
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
@pytest.mark.parametrize("c", ["anywhere", "right angle at a", "right angle at b", "beyond", "behind", "nearly in line"])
def test_a_plane_holds_its_three_points(c: str, margin: float, steps: Any) -> None:
    a, b, aside = points(S, 3)
    across = aside - a - ((aside - a) @ (b - a)) / ((b - a) @ (b - a)) * (b - a)
    along = {"right angle at a": 0.0, "right angle at b": 1.0, "beyond": 1.7, "behind": -0.9}.get(c, 0.4)
    three = np.array([a, b, a + along * (b - a) + across * (1e-6 if c == "nearly in line" else 1.0)])
    plane = planar_interpolation(S, *three, steps, margin)
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


def test_parameters_are_the_coordinates() -> None:
    theta = points(S, 1)[0]
    plane = parameter_plane(S, theta, (6, 2), -1.0, 2.0, (4, 3))
    assert plane.labels == ("W2[0,0]", "W1[1,0]")
    expected = np.tile(theta, (3, 4, 1))
    expected[:, :, 6], expected[:, :, 2] = [-1.0, 0.0, 1.0, 2.0], np.array([[-1.0], [0.5], [2.0]])
    np.testing.assert_array_equal(plane.theta, expected)
    assert parameter_plane(BOWL, SADDLE, (0, 1), steps=2).labels == ("parameter 0", "parameter 1")


@pytest.mark.parametrize("name", ["2-2-1", "several outputs", "ring"])
def test_no_plane_is_nearer_to_a_path(name: str) -> None:
    f = FUNCTIONS.get(name) or SURFACES[name]
    rng, size = np.random.default_rng(3), f.n_parameters
    paths = [np.cumsum(rng.normal(size=(n, size)) * rng.random(size), axis=0) + 3.0 for n in (12, 30)]
    plane = trajectory_plane(f, paths, steps=(5, 3), margin=0.5)
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
    assert list(trajectory_plane(S, two).laid) == ["run 3", "run 17"]
    assert list(trajectory_plane(S, two[0]).laid) == ["run 3"]
    assert list(trajectory_plane(S, [*two, two[0]]).laid) == ["run 3", "run 17", "run 3 (2)"]
    alone, listed = trajectory_plane(S, two[1].theta), trajectory_plane(S, [two[1].theta])
    assert list(alone.laid) == list(listed.laid) == ["path 0"]
    assert (alone.directions == listed.directions).all()


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
        plain, line = (linear_interpolation(surface, a, b, 5, align=align) for align in (False, True))
        orbit = ls.symmetries(surface).orbit(b)
        away = np.linalg.norm(orbit - a, axis=1)
        moved = line.laid["b"].theta[0]
        np.testing.assert_array_equal(moved, ls.symmetries(surface).aligned(b, a))
        if not ls.symmetries(surface).scales:  # else some member that the finite orbit does not hold is nearer
            np.testing.assert_allclose(moved, orbit[away.argmin()], rtol=0.0, atol=1e-12)
        assert line.laid["b"].loss[0] == pytest.approx(plain.laid["b"].loss[0], rel=1e-12)
        assert np.linalg.norm(line.directions[0]) <= np.linalg.norm(plain.directions[0]) + 1e-12
        plane = planar_interpolation(surface, a, b, c, 301, align=True)
        np.testing.assert_array_equal(plane.laid["b"].theta[0], moved)
        np.testing.assert_array_equal(plane.laid["c"].theta[0], ls.symmetries(surface).aligned(c, a))


def test_between_members_of_an_orbit_nothing_rises_once_they_are_aligned() -> None:
    for member in ls.symmetries(S).orbit(XOR_NET)[1:]:
        if np.linalg.norm(member - XOR_NET) > 1e-6:
            assert linear_interpolation(S, XOR_NET, member, 51).barrier > 0.1
            near = member + 1e-3
            assert abs(linear_interpolation(S, XOR_NET, near, 51, align=True).barrier) < 1e-6


def test_between_a_point_and_its_image_lies_a_line_without_length() -> None:
    for member in ls.symmetries(S).orbit(XOR_NET)[1:]:
        if (member != XOR_NET).any():
            line = linear_interpolation(S, XOR_NET, member, 51, margin=0.2, align=True)
            assert not line.directions.any()
            assert (line.theta == XOR_NET).all()
            assert (line.loss == S.loss(XOR_NET)).all()
            assert line.barrier == pytest.approx(0.0, abs=1e-15)
            assert (line.laid["b"].theta == XOR_NET).all()
            assert line.laid["b"].distance.tolist() == [0.0]


A, B, C = points(S, 3)
ORBIT = ls.symmetries(S).orbit(A)
LINEAR, STRAIT = ls.Surface(activation="identity", output="identity"), ls.Surface(hidden=1, bias=False)
DIVERGED = SimpleNamespace(run=7, theta=np.array([A, A * math.inf]))
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "even steps": (lambda: random_plane(S, A, steps=(3, 4)), "steps=4 .*none in the centre.* odd.* 5"),
    "few steps": (lambda: random_line(S, A, steps=1), "steps=1 is out of range; .* 3 or more"),
    "steps of two axes": (lambda: random_line(S, A, steps=(3, 5)), "does not fit 1 axes"),
    "steps beyond memory": (lambda: random_plane(S, A, steps=10**8 + 1), "grid points would take.*fewer"),
    "no room": (lambda: planar_interpolation(BOWL, SADDLE, [1, 0], [1e-3, 1], 5), "too few .* give more"),
    "one line": (lambda: planar_interpolation(S, A, B, 3.0 * B - 2.0 * A), "lie on one line"),
    "b is a": (lambda: planar_interpolation(S, A, A, C), "lie on one line"),
    "nowhere to go": (lambda: linear_interpolation(S, A, A), "a and b are the same point; give two"),
    "the same, to be aligned": (lambda: linear_interpolation(S, A, A, align=True), "a and b are the same point; give two"),
    "one line once aligned": (
        lambda: planar_interpolation(S, A, ORBIT[1], C, align=True),
        "one line once b and c are align",
    ),
    "margin": (lambda: linear_interpolation(S, A, B, margin=-0.1), "margin=-0.1 is not allowed"),
    "shape": (lambda: random_line(S, A[:8]), r"theta of shape \(8,\) does not fit; give shape \(9,\)"),
    "several points": (lambda: linear_interpolation(S, [A, A], B), r"a of shape \(2, 9\) is not one point"),
    "not finite": (lambda: hessian_plane(S, A * math.nan), "theta is not finite"),
    "distance": (lambda: random_line(S, A, 0.0), "distance=0.0 is not allowed; .* above 0"),
    "seed": (lambda: random_line(S, A, seed=-1), "seed=-1 is out of range"),
    "normalization": (lambda: random_line(S, A, normalization="weight"), "'weight' is not known; .*'filter'"),
    "layers": (lambda: random_line(BOWL, WELL, normalization="layer"), "only a Surface has; .*'model'"),
    "no size": (lambda: random_line(S, 0.0 * A, normalization="filter"), "theta is 0.*normalization=None"),
    "one direction": (lambda: random_plane(STRAIT, [0, 0, 1], normalization="filter"), "two directions .* are one line"),
    "one rank": (lambda: hessian_plane(S, A, (0,)), "two different ranks"),
    "same rank": (lambda: hessian_plane(S, A, (0, -9)), r"ranks=\(0, -9\) are not two directions"),
    "a rank": (lambda: hessian_plane(S, A, ranks=0), "ranks=0 are not two directions; give two different ranks"),
    "a parameter": (lambda: parameter_plane(S, A, 3), "parameters=3 are not two; give the places"),
    "too large": (lambda: random_line(S, A * 1e305), "theta is not finite, or beyond 1e[+]300"),
    "no norm": (lambda: random_line(S, A * 1e160, normalization="layer"), "theta is beyond 1e154.* give normalization=None"),
    "no distance": (lambda: planar_interpolation(S, A, B * 1e160, C), "too far apart .* give points below 1e150"),
    "no such rank": (lambda: hessian_plane(S, A, (0, 9)), "ranks=9 is out of range; .* -9 to 8"),
    "no Hessian": (lambda: hessian_plane(LINEAR, np.full(9, 1e300)), "the Hessian is not finite"),
    "no path": (lambda: trajectory_plane(S, []), "no trajectory is given"),
    "straight path": (lambda: trajectory_plane(S, [A, B]), "the 2 points lie on one line"),
    "standing path": (lambda: trajectory_plane(S, np.array([A, A, A])), "the 3 points lie on one line"),
    "one point": (lambda: trajectory_plane(S, [A]), "the 1 points lie on one line"),
    "diverged path": (lambda: trajectory_plane(S, DIVERGED), "run 7 is not finite"),
    "same parameter": (lambda: parameter_plane(S, A, (2, 2)), r"parameters=\(2, 2\) are not two"),
    "no such parameter": (lambda: parameter_plane(S, A, (0, 9)), "parameters=9 is out of range; .* 0 to 8"),
    "empty range": (lambda: parameter_plane(S, A, (0, 1), 1.0, 1.0), "low=1.0 is not below high=1.0"),
}
OF_ANOTHER_TYPE: dict[str, tuple[Callable[[], Any], str]] = {
    "broken steps": (lambda: hessian_plane(S, A, steps=5.0), "steps=5.0 is not a whole number"),
    "align a function": (lambda: linear_interpolation(BOWL, SADDLE, WELL, align=True), "only a Surface has symmetries"),
    "align": (lambda: linear_interpolation(S, A, B, align=1), "align=1 is neither True nor False"),
    "complex": (lambda: random_line(S, A * 1j), "theta of kind complex128 is not real"),
}


@pytest.mark.parametrize("case", [*REFUSED, *OF_ANOTHER_TYPE])
def test_is_refused_with_advice(case: str) -> None:
    attempt, words = (REFUSED | OF_ANOTHER_TYPE)[case]
    with pytest.raises(TypeError if case in OF_ANOTHER_TYPE else ValueError, match=words):
        attempt()
