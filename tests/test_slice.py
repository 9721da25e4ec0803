"""A slice: what stands where on its grid, how far from it lies what is drawn on it, and what rises between its ends."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from analytic import ANALYTIC, Analytic
from conftest import XOR
from numpy.typing import NDArray
from test_slices import BOWL, DOUBLE, FUNCTIONS, KINDS, SADDLE, SURFACES, WELL, XOR_NET, A, B, S, every_kind, points

import landscape as ls
from landscape.critical.trust_region import zero_eigenvalue
from landscape.problems import BOOLEAN_NAMES
from landscape.slices import (
    hessian_plane,
    linear_interpolation,
    parameter_plane,
    planar_interpolation,
    random_line,
    random_plane,
    trajectory_plane,
)
from landscape.slices import slice as slice_module
from landscape.slices.quantities import QUANTITIES

Array = NDArray[np.float64]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["2-2-1", "several outputs", "ring"])
def test_a_row_has_one_y_and_a_column_one_x(name: str, kind: str) -> None:
    f = FUNCTIONS.get(name) or SURFACES[name]
    made = every_kind(f)[kind]
    assert made.kind == kind
    assert made.theta.shape == (*made.shape, f.n_parameters)
    for number in list(np.ndindex(*made.shape))[::5]:
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
    made = random_plane(f, points(f, 1)[0], 2.5, steps=(7, 5), seed=2)
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
    line = linear_interpolation(S, np.zeros(9), XOR_NET, 3)
    assert list(line.values("function")[[0, 2]]) == ["undecided", "xor"]
    assert list(line.values("patterns_right")[[0, 2]]) == [0, 4]
    x = np.linspace(-1.0, 1.0, 9)  # x^4 - x^2 + 3 y^2 bends down where x^2 < 1/6
    plane = parameter_plane(DOUBLE, SADDLE, (0, 1), -1.0, 1.0, (9, 4))
    np.testing.assert_array_equal(plane.values("index"), np.tile(x**2 < 1.0 / 6.0, (4, 1)))
    least = np.minimum(12.0 * x**2 - 2.0, 6.0)
    np.testing.assert_allclose(plane.values("smallest_eigenvalue"), np.tile(least, (4, 1)), rtol=1e-14, atol=1e-14)
    assert random_line(ANALYTIC["ring"], np.zeros(3), steps=3).values("index")[1] == 2


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


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e16])
def test_the_points_that_make_a_slice_are_met_to_the_last_bit(size: float) -> None:
    """Where a + (b - a) is not b: in most places by rounding, and by 0.1 where a is 1e16 and b is 0.1."""
    a, b, c = points(S, 3) * np.array([[size], [0.1], [1.0]])
    line = linear_interpolation(S, a, b, 5, margin=0.5)
    assert size < 1.0 or (a + (b - a) != b).any()
    assert (line.theta[[1, 3]] == [a, b]).all()
    assert (line.at([[0.0], [1.0]]) == [a, b]).all()
    assert (line.at([1.0]) == b).all()
    assert (line.at([0.5]) == a + 0.5 * (b - a)).all()
    assert (line.loss[[1, 3]] == [S.loss(a), S.loss(b)]).all()
    assert (line.zoom((0.5, 1.0), steps=2).theta[1] == b).all()
    assert [float(line.laid[name].coordinates[0, 0]) for name in "ab"] == [0.0, 1.0]
    a, b, c = points(S, 3) * np.array([[1.0], [10.0], [0.3]])
    plane = planar_interpolation(S, a, b, c, (501, 301))
    for name, point in (("a", a), ("b", b), ("c", c)):
        assert (plane.theta == point).all(axis=2).sum() == 1
        assert plane.laid[name].distance.tolist() == [0.0]
        assert (plane.at(plane.laid[name].coordinates[0]) == point).all()


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
    line = linear_interpolation(BOWL, SADDLE, [1.0, 0.0], 3)
    laid = line.lay([[1.0, y] for y in (0.0, 0.33, -0.35, 2.0)])
    np.testing.assert_allclose(laid.distance, [0.0, 0.33, 0.35, 2.0], rtol=1e-14)
    assert laid.off().tolist() == [False, False, True, True]  # 0.33^2 is 0.098 of 1.1089, 0.35^2 is 0.109 of 1.1225
    assert laid.off(0.5).tolist() == [False, False, False, True]
    assert laid.off(0.0).tolist() == [False, True, True, True]
    assert laid.caption().startswith("2 of 4 points lie off the slice")
    assert "more than 50 %" in laid.caption(0.5)
    assert laid.caption(0.5).startswith("1 of 4 points")
    assert laid.caption().endswith("farthest is at a distance of 2.")
    for other in (replace(laid, loss=-laid.loss, drawn=-laid.drawn), replace(laid, loss=laid.drawn, drawn=laid.loss)):
        assert other.off().tolist() == laid.off().tolist()
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
    line = linear_interpolation(surface, np.zeros(9), huge, 5)
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
    plane = random_plane(surface, huge, 0.5, steps=3)
    assert not np.isfinite(plane.loss).any()
    assert "1 of 1 points" in plane.laid["centre"].caption()


@pytest.mark.parametrize("steps", [3, 11, 101])
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_the_barrier_of_a_double_well_is_a_quarter(steps: int, margin: float) -> None:
    """Minima of -1/4 on both sides of a saddle of 0; and along a bowl, which lies below its chord, there is none."""
    tilted = Analytic(2, lambda x, y: (x**4 - x**2 + 5.0 * x, None, None), [])  # a slope of its own adds nothing
    for f in (DOUBLE, tilted):
        well = linear_interpolation(f, -WELL, WELL, steps if not margin else 2 * steps - 1, margin)
        for part in (well, well.zoom((0.25, 0.75), steps=3), well.zoom((0.0, 0.5), steps=51)):
            assert part.barrier == pytest.approx(0.25, rel=1e-12)
        assert well.zoom((2.0, 3.0)).barrier == 0.0
    assert linear_interpolation(BOWL, SADDLE, WELL, steps, margin).barrier == 0.0


def test_captions_say_what_is_seen() -> None:
    made = every_kind(S)
    assert made["random_line"].caption == (
        "Random line: 2-2-1 on xor, 7 points. Random directions of seed 4, normalisation none (unit length)."
    )
    assert made["random_plane"].caption.startswith("Random plane: 2-2-1 on xor, 7 x 5 points. ")
    assert "normalisation filter." in random_line(S, XOR_NET, normalization="filter").caption
    assert random_line(BOWL, SADDLE, steps=3).caption.startswith("Random line: function, 3 points.")
    plane = hessian_plane(DOUBLE, SADDLE, (1, 0), steps=3)
    assert plane.caption == "Hessian plane: function, 3 x 3 points. Eigenvalues along the axes: 6, -2."
    cross = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # variances as 9 to 1
    drawn = trajectory_plane(BOWL, cross, steps=3)
    assert drawn.caption.endswith(" Variance along the axes: 90.0 %, 10.0 %.")
    assert drawn.labels == ("component 1 (90.0 % of the variance)", "component 2 (10.0 % of the variance)")


LINE, FLAT = linear_interpolation(S, A, B, 3), random_plane(S, A, steps=3)
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "quantity": (lambda: LINE.values("los"), 'quantity="los" is not known; did you mean "loss"'),
    "of networks": (lambda: random_line(BOWL, WELL).values("outputs"), 'quantity="outputs" is one of networks'),
    "barrier of a plane": (lambda: FLAT.barrier, "made by random_plane has no two ends"),
    "one range": (lambda: FLAT.zoom((0.0, 1.0)), "1 ranges do not fit 2 axes"),
    "three numbers": (lambda: LINE.zoom((0, 1, 2)), r"the range \(0, 1, 2\) is not two numbers; give \(low, high\)"),
    "no range": (lambda: LINE.zoom(1.0), "the range 1.0 is not two numbers"),
    "range upside down": (lambda: LINE.zoom((1.0, 0.0)), "from 1.0 to 0.0 holds nothing"),
    "coordinates": (lambda: LINE.at(LINE.coordinates[0]), r"coordinates of shape \(3,\) do not fit"),
    "by": (lambda: LINE.laid["a"].off(-0.1), "by=-0.1 is not allowed"),
    "laid shape": (lambda: FLAT.lay(A[:3]), r"theta of shape \(3,\) does not fit"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_with_advice(case: str) -> None:
    attempt, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        attempt()


@pytest.mark.parametrize(
    ("surface", "quantity", "numbers"),
    [
        (ls.Surface(hidden=100), "smallest_eigenvalue", 401**2),
        (ls.Surface("parity16", hidden=1), "patterns_right", 2**16),
        (ls.Surface(), "index", 81),
    ],
    ids=["Hessians of a wide network", "outputs of many patterns", "the usual network"],
)
def test_a_task_holds_so_many_numbers(
    surface: ls.Surface, quantity: str, numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Hessians of 8192 points of a network with a hundred hidden units would be 10 GB, for each thread."""
    seen: list[int] = []

    def counted(f: Any, theta: Any) -> Any:
        seen.append(len(theta))
        return np.zeros(len(theta))

    plane = random_plane(surface, np.ones(surface.n_parameters), steps=(101, 101))
    own = QUANTITIES[quantity]._replace(function=counted)
    monkeypatch.setattr(slice_module, "QUANTITIES", {**QUANTITIES, quantity: own})
    plane.values(quantity)
    assert max(seen) == min(2**23 // numbers, slice_module.PART)
    assert sum(seen) == 101**2


def test_axes_and_outputs_beyond_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landscape.machine.os.sysconf", lambda name: 2**20 if name == "SC_PHYS_PAGES" else 2**10)  # 1 GiB
    with pytest.raises(ValueError, match=r"50000001 grid points would take about 2\.6 GiB, this machine has 1\.0 GiB"):
        linear_interpolation(S, np.zeros(9), XOR_NET, 50_000_001)
    plane = random_plane(ls.Surface("parity16", hidden=1), np.ones(19), steps=(101, 101))
    with pytest.raises(ValueError, match=r"outputs at 10201 points would take about 10\.0 GiB"):
        plane.values("outputs")


def test_what_is_known_of_a_slice_is_not_known_of_another() -> None:
    plane = ls.slices.random_plane(ls.Surface(), np.ones(9), steps=5)
    loss = plane.values("loss")
    for change in ({"surface": ls.Surface(activation="tanh")}, {"coordinates": (np.arange(5.0), np.arange(5.0))}):
        other = replace(plane, **change)
        np.testing.assert_array_equal(other.values("loss")[0, 0], other.surface.loss(other.theta[0, 0]))
    np.testing.assert_array_equal(replace(plane, labels=("a", "b")).known_values["loss"], loss)
