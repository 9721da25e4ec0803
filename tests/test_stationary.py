"""Classes of stationary points: known answers on analytic functions and small surfaces, and what must not matter."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import THREE_BY_TWO, XOR
from numpy.typing import NDArray

import landscape as ls
from landscape.critical import search
from landscape.critical.boolean import computed, unit_gates
from landscape.statistics import chao1, coverage, wilson_interval

Array = NDArray[np.float64]

OF_ANY = {
    "point", "kind", "loss", "grad_norm", "index", "nullity", "smallest_eigenvalue", "kink", "told_apart", "orbit_size",
    "hits", "share", "low", "high",
}  # fmt: skip
OF_SURFACES = {"patterns_right", "function", "units", "outputs"}

PENALISED = ls.Surface(l2=1e-3)
RELU = ls.Surface(activation="relu", output="identity")


class Analytic:
    """A function of its own coordinates, from its value, gradient and Hessian at (n, P)."""

    def __init__(self, size: int, loss: Callable[[Array], Array], gradient: Any, hessian: Any) -> None:
        self.n_parameters, self.loss, self._gradient, self._hessian = size, loss, gradient, hessian

    def gradient(self, theta: Array) -> Array:
        return np.stack(np.broadcast_arrays(*self._gradient(*theta.T)), axis=-1)

    def hessian(self, theta: Array) -> Array:
        zero = 0.0 * theta[:, 0]
        rows = [np.stack([entry + zero for entry in row], axis=-1) for row in self._hessian(*theta.T)]
        return np.stack(rows, axis=-2)


HIMMELBLAU = Analytic(
    2,
    lambda t: (t[:, 0] ** 2 + t[:, 1] - 11) ** 2 + (t[:, 0] + t[:, 1] ** 2 - 7) ** 2,
    lambda x, y: (4 * x * (x * x + y - 11) + 2 * (x + y * y - 7), 2 * (x * x + y - 11) + 4 * y * (x + y * y - 7)),
    lambda x, y: ((12 * x * x + 4 * y - 42, 4 * x + 4 * y), (4 * x + 4 * y, 4 * x + 12 * y * y - 26)),
)
"""Four minima, four saddles, one maximum (Himmelblau 1972)."""
WELLS = Analytic(
    1,
    lambda t: (t[:, 0] ** 2 / 100 - 1) ** 2,
    lambda x: (x / 25 * (x * x / 100 - 1),),
    lambda x: ((3 * x * x / 2500 - 1 / 25,),),
)
"""Minima at -10 and 10, far apart for a first step of 1."""
LINES = Analytic(
    2,
    lambda t: (t[:, 0] ** 2 - 1) ** 2,
    lambda x, y: (4 * x * (x * x - 1), 0 * y),
    lambda x, y: ((12 * x * x - 4, 0), (0, 0)),
)
"""Two valleys, x = -1 and x = 1."""
QUARTIC = Analytic(
    2, lambda t: t[:, 0] ** 4 + t[:, 1] ** 2, lambda x, y: (4 * x**3, 2 * y), lambda x, y: ((12 * x * x, 0), (0, 2))
)


class Rings:
    """``prod_i (r^2 - R_i^2)^2``: valleys that are circles, all at level 0, of radii R_i."""

    n_parameters = 2

    def __init__(self, *radii: float) -> None:
        self._polynomial = np.poly1d([1.0])
        for radius in radii:
            self._polynomial *= np.poly1d([1.0, -(radius**2)]) ** 2

    def loss(self, theta: Array) -> Array:
        value: Array = self._polynomial((theta**2).sum(axis=1))
        return value

    def gradient(self, theta: Array) -> Array:
        slope: Array = 2.0 * theta * self._polynomial.deriv()((theta**2).sum(axis=1))[:, np.newaxis]
        return slope

    def hessian(self, theta: Array) -> Array:
        square = (theta**2).sum(axis=1)[:, np.newaxis, np.newaxis]
        outer = theta[:, :, np.newaxis] * theta[:, np.newaxis]
        bend: Array = 2.0 * self._polynomial.deriv()(square) * np.eye(2) + 4.0 * self._polynomial.deriv(2)(square) * outer
        return bend


def grid_of_starts(size: int, reach: float = 5.0) -> Array:
    line = np.linspace(-reach, reach, size)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def check(f: Any, points: ls.Points, searches: int) -> None:
    """What holds for any classes: columns, order, counts, intervals, estimates, and what the columns say of the points."""
    table, classes = points.table, len(points.table)
    assert set(table.columns) == (OF_ANY | OF_SURFACES if isinstance(f, ls.Surface) else OF_ANY)
    assert table.point.tolist() == list(range(classes))
    assert (np.diff(table.loss) > -1e-8).all()
    assert points.searches == searches == len(points.ends) == len(points.member)
    assert points.theta.shape == points.eigenvalues.shape == (classes, f.n_parameters)
    assert points.ends.shape == (searches, f.n_parameters)
    assert table.hits.tolist() == [(points.member == k).sum() for k in range(classes)]
    assert (points.member >= -1).all()
    assert (table.hits > 0).all()
    low, high = wilson_interval(table.hits, searches)
    np.testing.assert_array_equal(table.share, table.hits / searches)
    np.testing.assert_array_equal(table.low, low)
    np.testing.assert_array_equal(table.high, high)
    np.testing.assert_equal(points.coverage, coverage(table.hits))
    assert points.chao1 == chao1(table.hits)
    np.testing.assert_array_equal(table.loss, f.loss(points.theta))
    still = (table.kind != "escaping").to_numpy()
    assert (table.grad_norm[still] <= points.tolerances["gtol"]).all()
    np.testing.assert_array_equal(table["index"] + table.nullity <= f.n_parameters, True)
    known = np.flatnonzero(points.member >= 0)
    known = known[still[points.member[known]]]
    np.testing.assert_allclose(f.loss(points.ends[known]), table.loss.to_numpy()[points.member[known]], atol=2e-9)
    if isinstance(f, ls.Surface):
        function, right = computed(f, points.theta)
        assert table.function.tolist() == function.tolist()
        assert table.patterns_right.tolist() == right.tolist()
        assert table.units.tolist() == unit_gates(f, points.theta).tolist()
        assert table.orbit_size.tolist() == ls.orbit_size(f, points.theta).tolist()
        np.testing.assert_allclose(f.loss(ls.canonicalize(f, points.theta)), table.loss, rtol=1e-9, atol=1e-15)


def same_partition(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether two numberings group the same ends, and leave out the same."""
    together = (one[:, np.newaxis] == one) == (other[:, np.newaxis] == other)
    return bool(together.all() and ((one < 0) == (other < 0)).all())


# ---- known answers on analytic functions -------------------------------------------------------------------------


def test_the_nine_points_of_himmelblau() -> None:
    starts = grid_of_starts(9)
    points = ls.find_stationary_points(HIMMELBLAU, starts)
    check(HIMMELBLAU, points, 81 * 4)  # a descent, Newton's method, and a search for each of the indices 1 and 2
    table = points.table
    assert table.kind.tolist() == ["strict_minimum"] * 4 + ["saddle"] * 4 + ["maximum"]
    assert table["index"].tolist() == [0] * 4 + [1] * 4 + [2]
    assert not table.nullity.any()
    assert (table.orbit_size == 1).all()
    np.testing.assert_allclose(table.loss[:4], 0.0, atol=1e-20)
    np.testing.assert_allclose(points.theta[8], [-0.270845, -0.923039], atol=1e-6)
    np.testing.assert_allclose(table.loss[8], 181.61652, atol=1e-5)
    np.testing.assert_allclose(np.sort(points.theta[:4, 0]), [-3.779310, -2.805118, 3.0, 3.584428], atol=1e-6)
    away = np.linalg.norm(points.ends[:, np.newaxis] - points.theta, axis=2)
    known = points.member >= 0
    np.testing.assert_array_equal(away.argmin(axis=1)[known], points.member[known])
    assert away.min(axis=1)[known].max() < 1e-6
    assert (ls.classify(HIMMELBLAU, points.ends[~known]).kind == "not_stationary").all()
    assert known[:162].all()  # descents, and Newton's method


@pytest.mark.parametrize(("max_index", "classes"), [(0, 4), (1, 8), (2, 9), (None, 9)])
def test_max_index_is_respected(max_index: int | None, classes: int) -> None:
    starts = grid_of_starts(9)
    points = ls.find_stationary_points(HIMMELBLAU, starts, max_index=max_index)
    most = 2 if max_index is None else max_index
    check(HIMMELBLAU, points, 81 * (2 + most))
    assert len(points.table) == classes
    assert points.table["index"].max() == most
    ends = ls.classify(HIMMELBLAU, points.ends)
    np.testing.assert_array_equal(points.member >= 0, (ends.kind != "not_stationary") & (ends.index <= most))


def test_minima_alone_are_searched_by_find_minima() -> None:
    points = ls.find_minima(HIMMELBLAU, grid_of_starts(9))
    check(HIMMELBLAU, points, 81)
    assert points.table.kind.tolist() == ["strict_minimum"] * 4
    assert points.table.hits.min() > 10


def test_shares_are_those_of_known_basins() -> None:
    starts = np.array([-31.0, -18.0, -12.0, -7.0, -0.5, 0.1, 14.0, 29.0, -0.01, 3.0])[:, np.newaxis]
    points = ls.find_minima(WELLS, starts)
    check(WELLS, points, 10)
    np.testing.assert_allclose(points.theta[points.member], 10.0 * np.sign(starts), atol=1e-8)
    assert sorted(points.table.hits) == [4, 6]
    once = ls.find_minima(WELLS, starts[[0, 1, 2, 6]])
    assert (once.coverage, once.chao1) == (0.75, 2.0)  # three hits of one, one of the other
    with_top = ls.find_stationary_points(WELLS, starts)
    assert with_top.table.kind.tolist() == ["strict_minimum", "strict_minimum", "maximum"]


def test_basins_on_a_surface_of_one_parameter() -> None:
    """(sin(w / 10) - 1/2)^2, no hidden unit: a descent stays between the tops at -15.7, 15.7 and 47.1."""
    surface = ls.Surface(ls.Problem([[0.1]], [0.5]), 0, output="sine", bias=False)
    starts = np.linspace(-15.0, 46.0, 62)[:, np.newaxis]
    flow = starts.copy()
    for _ in range(20_000):
        flow -= 5.0 * surface.gradient(flow)
    points = ls.find_minima(surface, starts)
    check(surface, points, 62)
    np.testing.assert_allclose(flow, points.theta[points.member], atol=1e-6)
    np.testing.assert_allclose(np.sort(points.theta[:, 0]), [10 * np.pi / 6, 50 * np.pi / 6], atol=1e-8)
    np.testing.assert_array_equal(points.member == points.member[0], starts[:, 0] < 5 * np.pi)


def test_two_parameters_searched_by_brute_force(rng: np.random.Generator) -> None:
    """v sin(w x) through three points, with a penalty: the best v of each w is known, and the local minima of what is left
    are the classes, up to the sign that a flip gives both."""
    problem = ls.Problem([[1.0], [2.0], [3.0]], [0.2, 0.9, -0.5])
    surface = ls.Surface(problem, 1, "sine", "identity", bias=False, l2=1e-3)
    points = ls.find_minima(surface, rng.uniform(-12.0, 12.0, (300, 2)) * [1.0, 0.1])
    check(surface, points, 300)
    w = np.linspace(-0.01, 9.0, 200_001)
    units = np.sin(w * problem.inputs)  # (3, w)
    v = (units * problem.targets).mean(axis=0) / ((units**2).mean(axis=0) + 1e-3)
    loss = surface.loss(np.stack([w, v], axis=1))
    lowest = 1 + np.flatnonzero((loss[1:-1] < loss[:-2]) & (loss[1:-1] < loss[2:]))
    upright = points.theta * np.sign(points.theta[:, :1])
    seen = np.argsort(upright[:, 0])[: len(lowest)]
    np.testing.assert_allclose(upright[seen], np.stack([w, v], axis=1)[lowest], atol=1e-3)
    assert np.delete(upright[:, 0], seen).min() > 9.0
    assert (points.table.orbit_size == 2).all()


def test_a_curve_and_a_saddle_of_two_weights(rng: np.random.Generator) -> None:
    """v tanh(w) = 1/2: one curve, of two branches that a flip exchanges; and the saddle at the origin, of curvature 1."""
    surface = ls.Surface(ls.Problem([[1.0]], [0.5]), 1, "tanh", "identity", bias=False)
    points = ls.find_stationary_points(surface, rng.normal(size=(40, 2)))
    check(surface, points, 160)
    assert points.table.kind.tolist() == ["flat_minimum", "saddle"]
    assert points.table.nullity.tolist() == [1, 0]
    assert points.table.loss.tolist() == pytest.approx([0.0, 0.25], abs=1e-15)
    np.testing.assert_allclose(points.eigenvalues[1], [-1.0, 1.0], atol=1e-9)
    assert points.table.orbit_size.tolist() == [2, 1]


# ---- valleys -------------------------------------------------------------------------------------------------------


def test_two_lines_are_two_valleys(rng: np.random.Generator) -> None:
    starts = rng.uniform(-5.0, 5.0, (40, 2))
    points = ls.find_minima(LINES, starts)
    check(LINES, points, 40)
    assert points.table.kind.tolist() == ["flat_minimum"] * 2
    assert points.table.nullity.tolist() == [1, 1]
    np.testing.assert_array_equal(points.member == points.member[0], (points.ends[:, 0] > 0) == (points.ends[0, 0] > 0))


@pytest.mark.parametrize("radii", [(1.0,), (3.0,), (1.0, 3.0)])
def test_a_ring_is_one_valley(radii: tuple[float, ...]) -> None:
    """All its points are as far from the origin: only a path along it joins them."""
    angle, rings = np.linspace(-3.0, 3.0, 13), Rings(*radii)
    starts = np.repeat(radii, 13)[:, np.newaxis] * np.tile(np.c_[np.cos(angle), np.sin(angle)], (len(radii), 1))
    points = ls.find_minima(rings, starts)
    check(rings, points, len(starts))
    assert points.table.kind.tolist() == ["flat_minimum"] * len(radii)
    assert same_partition(points.member, np.repeat(np.arange(len(radii)), 13))


def test_what_falls_without_end_is_one_class() -> None:
    """Minus the distance from the origin, rounded off there: every search leaves, each as far as its last step leads."""
    cone = Analytic(
        1, lambda t: -np.sqrt(1 + t[:, 0] ** 2), lambda x: (-x / np.sqrt(1 + x * x),), lambda x: ((-((1 + x * x) ** -1.5),),)
    )
    points = ls.find_minima(cone, np.array([[-700.0], [-3.0], [-0.4], [0.2], [1.0], [50.0]]))
    check(cone, points, 6)
    assert points.table.kind.tolist() == ["escaping"]
    assert points.table.hits.tolist() == [6]


def test_a_minimum_of_fourth_order_is_one_point() -> None:
    points = ls.find_minima(QUARTIC, grid_of_starts(8))
    check(QUARTIC, points, 64)
    assert points.table.kind.tolist() == ["flat_minimum"]
    assert np.abs(points.theta).max() < 1e-3


def dead(surface: ls.Surface, theta: Array, unit: int, rng: np.random.Generator) -> Array:
    """Points (n, P) whose unit gives nothing: weights and bias below 0, whatever it sends on."""
    parts = surface.unpack(theta)
    parts["W1"][:, unit] = -rng.uniform(0.1, 4.0, parts["W1"][:, unit].shape)
    parts["b1"][:, unit] = -rng.uniform(0.1, 4.0, len(theta))
    parts["W2"][:, :, unit] = rng.normal(scale=3.0, size=parts["W2"][:, :, unit].shape)
    return theta


def test_dead_units_do_not_make_new_points(rng: np.random.Generator) -> None:
    """AND by relu(a + b - 1), XOR by relu(a + b) - 2 relu(a + b - 1); nothing by a network all dead."""
    conjunction = ls.Surface("and", 2, "relu", "identity")
    points = ls.find_minima(conjunction, dead(conjunction, np.tile([1.0, 1, 0, 0, -1, 0, 1, 0, 0], (20, 1)), 1, rng))
    check(conjunction, points, 20)
    assert points.table.hits.tolist() == [20]
    assert points.table.function.tolist() == ["and"]
    three = ls.Surface("xor", 3, "relu", "identity")
    solved = np.tile([1.0, 1, 1, 1, 0, 0, 0, -1, 0, 1, -2, 0, 0], (20, 1))
    points = ls.find_minima(three, dead(three, solved, 2, rng))
    check(three, points, 20)
    assert points.table.hits.tolist() == [20]
    assert points.table.function.tolist() == ["xor"]
    points = ls.find_minima(RELU, dead(RELU, dead(RELU, rng.normal(size=(20, 9)), 0, rng), 1, rng))
    check(RELU, points, 20)
    assert points.table.loss.tolist() == pytest.approx([0.25], rel=1e-12)
    assert points.table.nullity.tolist() == [8]  # only the output bias matters


def test_scaled_copies_are_one_point(rng: np.random.Generator) -> None:
    factor = np.exp(rng.normal(size=(20, 2)))
    theta = np.zeros((20, 9))
    parts = RELU.unpack(theta)
    parts["W1"][:] = factor[:, :, np.newaxis]
    parts["b1"][:, 1] = -factor[:, 1]
    parts["W2"][:, 0] = [1.0, -2.0] / factor
    points = ls.find_minima(RELU, theta)
    check(RELU, points, 20)
    assert points.table.hits.tolist() == [20]
    assert points.table.function.tolist() == ["xor"]
    images = ls.symmetries(RELU).orbit(theta[0])
    assert ls.find_minima(RELU, images).table.hits.tolist() == [len(images)]


def test_shifted_copies_are_one_point(rng: np.random.Generator) -> None:
    """A sine through XOR of signs: its solution, moved by half periods and mirrored."""
    surface = ls.Surface(ls.Problem(2 * XOR.inputs - 1, 1.6 * XOR.targets - 0.8), 2, "sine", "tanh", l2=0.0)
    end = ls.find_minima(surface, 1).ends[0]
    copies = np.repeat(ls.symmetries(surface).orbit(end), 3, axis=0)
    turns = rng.integers(-3, 4, (len(copies), 2))
    parts = surface.unpack(copies)
    parts["b1"][:] += np.pi * turns
    parts["W2"][:, 0] *= np.where(turns % 2, -1.0, 1.0)
    points = ls.find_minima(surface, copies)
    check(surface, points, len(copies))
    assert points.table.hits.tolist() == [len(copies)]


# ---- the sigmoid network ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [1e-4, 1e-3])
def test_classes_of_the_sigmoid_network_are_different_points(l2: float) -> None:
    """By brute force over all images: no two classes are one, and every end is an image of its class."""
    surface = ls.Surface(l2=l2)
    points = ls.find_minima(surface, 300, seed=1)
    check(surface, points, 300)
    assert set(points.table.kind) == {"strict_minimum"}
    assert not points.table["index"].any()
    assert not points.table.nullity.any()
    assert not points.table.kink.any()
    assert (points.member >= 0).all()
    assert len(points.table) > 5
    np.testing.assert_allclose(np.linalg.norm(surface.gradient(points.theta), axis=1), points.table.grad_norm, atol=1e-15)
    np.testing.assert_allclose(np.linalg.eigvalsh(surface.hessian(points.theta)), points.eigenvalues, atol=1e-12)
    np.testing.assert_array_equal(points.table.smallest_eigenvalue, points.eigenvalues[:, 0])
    assert (points.eigenvalues[:, 0] > 0).all()
    np.testing.assert_allclose(ls.canonicalize(surface, points.theta), points.theta, atol=1e-12)
    images = np.array([ls.symmetries(surface).orbit(theta) for theta in points.theta])  # (classes, order, P)
    away = np.linalg.norm(images[:, :, np.newaxis] - points.theta, axis=3).min(axis=1)
    assert (away + np.eye(len(away))).min() > points.tolerances["distance"]
    from_end = np.linalg.norm(images[:, :, np.newaxis] - points.ends, axis=3).min(axis=1)  # (classes, searches)
    np.testing.assert_array_equal(from_end.argmin(axis=0), points.member)
    assert from_end.min(axis=0).max() < points.tolerances["distance"]


def test_ends_at_infinity_are_told_apart_by_their_outputs() -> None:
    """Without a penalty runs leave for loss 0, XOR, or for 1/8, where one pattern of each value is right."""
    points = ls.find_minima(ls.Surface(), 60)
    check(ls.Surface(), points, 60)
    assert points.table.kind.tolist() == ["escaping", "escaping"]
    np.testing.assert_allclose(points.table.loss, [0.0, 0.125], atol=1e-8)
    assert points.table.function.tolist() == ["xor", "undecided"]
    assert points.table.patterns_right.tolist() == [4, 2]
    np.testing.assert_allclose(ls.Surface().loss(points.ends), points.table.loss.to_numpy()[points.member], atol=1e-8)


def test_saddles_of_the_sigmoid_network() -> None:
    points = ls.find_stationary_points(PENALISED, 20, max_index=2)
    check(PENALISED, points, 80)
    assert set(points.table["index"]) == {0, 1, 2}
    assert set(points.table.kind[points.table["index"] > 0]) == {"saddle"}
    negative = (np.linalg.eigvalsh(PENALISED.hessian(points.theta)) < 0).sum(axis=1)
    np.testing.assert_array_equal(negative, points.table["index"])
    images = np.array([ls.symmetries(PENALISED).orbit(theta) for theta in points.theta])
    known = points.member >= 0
    from_end = np.linalg.norm(images[:, :, np.newaxis] - points.ends[known], axis=3).min(axis=1)
    np.testing.assert_array_equal(from_end.argmin(axis=0), points.member[known])
    assert from_end.min(axis=0).max() < points.tolerances["distance"]
    left_out = ls.classify(PENALISED, points.ends[~known])
    assert ((left_out.kind == "not_stationary") | (left_out.index > 2)).all()


@pytest.mark.parametrize("table", ["parity3", THREE_BY_TWO], ids=str)
def test_other_tables_have_points_too(table: ls.Problem | str) -> None:
    surface = ls.Surface(table, 2, "tanh", l2=0.003)
    points = ls.find_minima(surface, 40)
    check(surface, points, 40)
    assert set(points.table.kind) == {"strict_minimum"}
    images = np.concatenate([ls.symmetries(surface).orbit(theta) for theta in points.theta])
    assert np.linalg.norm(images - points.ends[:, np.newaxis], axis=2).min(axis=1).max() < 1e-4


# ---- what must not matter --------------------------------------------------------------------------------------------

THREE_RELU = ls.Surface(hidden=3, activation="relu", output="identity")


@pytest.mark.parametrize(("surface", "starts"), [(PENALISED, 300), (ls.Surface(), 40), (RELU, 24), (THREE_RELU, 24)])
def test_the_order_of_starts_does_not_matter(surface: ls.Surface, starts: int) -> None:
    theta = ls.train(surface, ls.Protocol(budget=0), runs=starts).theta0
    points = ls.find_minima(surface, theta)
    check(surface, points, starts)
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(starts)
        again = ls.find_minima(surface, theta[order])
        np.testing.assert_array_equal(again.ends, points.ends[order])
        assert same_partition(again.member, points.member[order])
        np.testing.assert_allclose(np.sort(again.table.loss), np.sort(points.table.loss), atol=1e-9)
        assert sorted(again.table.hits) == sorted(points.table.hits)
        if surface is PENALISED:
            assert again.table.orbit_size.tolist() == points.table.orbit_size.tolist()
            np.testing.assert_allclose(again.theta, points.theta, atol=1e-6)


def test_a_valley_is_one_from_whichever_end_it_is_reached() -> None:
    """Some of these are joined by a path only through another of them."""
    theta = ls.train(THREE_RELU, ls.Protocol(budget=0), runs=40).theta0[[5, 8, 19, 28, 33, 34]]
    forward, backward = ls.find_minima(THREE_RELU, theta), ls.find_minima(THREE_RELU, theta[::-1])
    np.testing.assert_allclose(THREE_RELU.loss(forward.ends), 0.125, atol=1e-12)
    assert same_partition(forward.member, backward.member[::-1])


@pytest.mark.parametrize(("surface", "starts"), [(PENALISED, 600), (RELU, 15)])
def test_the_number_of_threads_does_not_matter(surface: ls.Surface, starts: int) -> None:
    one, two = (ls.find_minima(surface, starts, seed=3, threads=threads) for threads in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    for name in ("theta", "eigenvalues", "ends", "member"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert (one.coverage, one.chao1, one.tolerances) == (two.coverage, two.chao1, two.tolerances)


def test_starts_are_drawn_given_or_taken_from_runs() -> None:
    protocol = ls.Protocol(lr=1.0, budget=50, init="uniform")
    result = ls.train(PENALISED, protocol, runs=25, seed=7)
    drawn = ls.find_minima(PENALISED, 25, seed=7, protocol=protocol)
    given = ls.find_minima(PENALISED, result.theta0)
    pd.testing.assert_frame_equal(drawn.table, given.table, check_exact=True)
    np.testing.assert_array_equal(drawn.ends, given.ends)
    taken = ls.find_minima(PENALISED, result)
    np.testing.assert_array_equal(taken.ends, ls.find_minima(PENALISED, result.theta).ends)
    assert not np.array_equal(taken.ends, given.ends)
    assert not np.array_equal(ls.find_minima(PENALISED, 25, seed=8, protocol=protocol).ends, given.ends)
    assert not np.array_equal(ls.find_minima(PENALISED, 25, seed=7).ends, given.ends)
    listed = ls.find_minima(PENALISED, result.theta0[:2].tolist())
    np.testing.assert_array_equal(listed.ends, given.ends[:2])
    np.testing.assert_array_equal(ls.find_minima(PENALISED, result.theta0[0]).ends, given.ends[:1])


def test_runs_that_diverged_are_left_out() -> None:
    """They end at finite weights, of which the loss is finite no more."""
    surface = ls.Surface(activation="leaky_relu", output="identity")
    result = ls.train(surface, ls.Protocol(lr=1.0, budget=500, criterion="never", init_scale=2.0), runs=20)
    diverged = (result.runs.outcome == "diverged").sum()
    assert 0 < diverged < 20
    points = ls.find_minima(surface, result)
    check(surface, points, 20 - diverged)


def test_a_start_beyond_all_reason_ends_nowhere() -> None:
    points = ls.find_minima(RELU, [np.full(9, 1e200), np.zeros(9)])
    check(RELU, points, 2)
    assert points.member.tolist() == [-1, 0]


def test_starts_are_not_changed() -> None:
    starts = np.random.default_rng(0).normal(size=(10, 9))
    before = starts.copy()
    ls.find_minima(RELU, starts)
    np.testing.assert_array_equal(starts, before)


def test_no_start_and_no_point_are_no_class() -> None:
    none = ls.find_minima(PENALISED, np.empty((0, 9)))
    check(PENALISED, none, 0)
    assert np.isnan(none.coverage)
    assert none.chao1 == 0.0
    never = ls.find_minima(PENALISED, 3, gtol=1e-200)
    check(PENALISED, never, 3)
    assert never.member.tolist() == [-1] * 3


# ---- completeness ----------------------------------------------------------------------------------------------------


def test_until_goes_on_until_the_hits_are_covered() -> None:
    points = ls.find_minima(PENALISED, 15, until=0.93)
    check(PENALISED, points, points.searches)
    assert points.coverage >= 0.93
    assert points.searches % 15 == 0
    assert points.searches > 15
    pd.testing.assert_frame_equal(points.table, ls.find_minima(PENALISED, points.searches).table, check_exact=True)
    for fewer in range(15, points.searches, 15):
        assert ls.find_minima(PENALISED, fewer).coverage < 0.93
    higher = ls.find_stationary_points(PENALISED, 10, max_index=1, until=0.8)
    assert higher.coverage >= 0.8
    assert higher.searches % 30 == 0


def test_until_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """(sin(w) - 1/2)^2 far from the origin: nearly every start finds a minimum of its own."""
    assert search.MOST_BATCHES == 100
    monkeypatch.setattr(search, "MOST_BATCHES", 7)
    surface = ls.Surface(ls.Problem([[1.0]], [0.5]), 0, output="sine", bias=False)
    points = ls.find_minima(surface, 2, until=0.999, protocol=ls.Protocol(init="normal", init_scale=1e5))
    assert points.searches == 14
    assert points.coverage < 0.5
    assert points.chao1 > 14
    none = ls.find_minima(PENALISED, 2, until=0.5, gtol=1e-200)  # no end is stationary: nothing is covered
    assert none.searches == 14


@pytest.mark.parametrize(
    ("hits", "share", "classes"),
    [
        ([5], 1.0, 1.0),
        ([1], 0.0, 1.0),
        ([], np.nan, 0.0),
        ([0, 0], np.nan, 0.0),
        ([2, 2, 2], 1.0, 3.0),
        ([1, 1, 2, 6], 0.8, 4.5),
        ([1, 1, 1, 1], 0.0, 10.0),
        ([1, 1, 1, 2, 2, 3, 0], 0.7, 7.0),
        ([10, 1, 2], 12 / 13, 3.0),
    ],
)
def test_estimates_on_counts_made_by_hand(hits: list[int], share: float, classes: float) -> None:
    assert coverage(hits) == pytest.approx(share, nan_ok=True)
    assert chao1(hits) == classes


# ---- errors ------------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "too short": (
        lambda: ls.find_minima(PENALISED, np.zeros((3, 8))),
        ValueError,
        r"starts of shape \(3, 8\) do not fit; .*\(n, 9\)",
    ),
    "three axes": (lambda: ls.find_minima(PENALISED, np.zeros((1, 2, 9))), ValueError, "do not fit"),
    "flag": (lambda: ls.find_minima(PENALISED, True), ValueError, "do not fit"),
    "not finite": (lambda: ls.find_minima(PENALISED, np.full((2, 9), np.nan)), ValueError, "starts are not finite"),
    "none": (lambda: ls.find_minima(PENALISED, 0), ValueError, "starts=0 is out of range"),
    "drawn for a function": (lambda: ls.find_minima(HIMMELBLAU, 10), TypeError, "starts=10 can be drawn for a Surface only"),
    "until without a number": (
        lambda: ls.find_minima(PENALISED, np.zeros((2, 9)), until=0.9),
        ValueError,
        "until asks for more starts",
    ),
    "until 1": (lambda: ls.find_minima(PENALISED, 5, until=1.0), ValueError, "until=1.0 is not allowed"),
    "until 0": (lambda: ls.find_minima(PENALISED, 5, until=0.0), ValueError, "until=0.0 is not allowed"),
    "gtol": (lambda: ls.find_minima(PENALISED, 5, gtol=0.0), ValueError, "gtol=0.0 is not allowed"),
    "threads": (lambda: ls.find_minima(PENALISED, 5, threads=0), ValueError, "threads=0 is out of range"),
    "max_index": (lambda: ls.find_stationary_points(PENALISED, 5, max_index=10), ValueError, "max_index=10 is out of range"),
    "max_index negative": (
        lambda: ls.find_stationary_points(PENALISED, 5, max_index=-1),
        ValueError,
        "max_index=-1 is out of range",
    ),
    "another surface": (
        lambda: ls.find_minima(PENALISED, ls.train(ls.Surface(), ls.Protocol(budget=1), runs=2)),
        ValueError,
        "those of another surface",
    ),
    "another shape": (
        lambda: ls.find_minima(PENALISED, ls.train(ls.Surface(hidden=3), ls.Protocol(budget=1), runs=2)),
        ValueError,
        "those of another surface",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_what_to_do(case: str) -> None:
    attempt, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        attempt()
