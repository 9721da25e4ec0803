"""Searches: where they end, that nothing but the start decides it, and that each step is the best its model allows."""

import numpy as np
import pytest
from analytic import ANALYTIC, KINKED, Analytic, Kinked
from conftest import THREE_BY_TWO, XOR
from numpy.typing import NDArray
from test_surface import differences

import landscape as ls
from landscape.critical import trust_region
from landscape.critical.kink_planes import put_on
from landscape.critical.subproblems import norms, respect_kinks, step_along, step_down
from landscape.critical.trust_region import (
    DISTANCE,
    FAR,
    GTOL,
    SearchEnds,
    curvature_at,
    follow,
    minimise,
    slope_at,
    zero_eigenvalue,
)
from landscape.parts.activations import ACTIVATIONS
from landscape.training.initial_weights import draw_starts

Array = NDArray[np.float64]

BOUNDED = [name for name in ANALYTIC if name != "tail"]


def everywhere(f: Analytic, n: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).uniform(-f.box, f.box, size=(n, f.n_parameters))


def at_index(n: int, index: int) -> NDArray[np.int64]:
    return np.full(n, index)


def lowest_nearby(f: object, theta: Array, reach: float) -> Array:
    """The least loss (n,) among 400 points about each of theta (n, P), at distances up to ``reach``."""
    rng = np.random.default_rng(5)
    d = rng.normal(size=(400, theta.shape[1]))
    d *= reach * rng.random((400, 1)) / np.linalg.norm(d, axis=1, keepdims=True)
    return np.array([f.loss(row + d).min() for row in theta])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [*ANALYTIC, *KINKED])
def test_analytic_gradients_and_hessians_are_derivatives(name: str) -> None:
    f = {**ANALYTIC, **KINKED}[name]
    theta = everywhere(f, 50)
    if isinstance(f, Kinked):
        theta = theta[np.abs(f.distance(theta)).min(axis=1) > 0.01]
    size = np.abs(f.hessian(theta)).max()
    np.testing.assert_allclose(f.gradient(theta), differences(f.loss, theta, 1e-3), rtol=1e-6, atol=1e-9 * size)
    np.testing.assert_allclose(f.hessian(theta), differences(f.gradient, theta, 1e-3), rtol=1e-6, atol=1e-9 * size)


@pytest.mark.parametrize("name", [*BOUNDED, *KINKED])
def test_a_descent_ends_at_a_minimum_from_everywhere(name: str) -> None:
    f = {**ANALYTIC, **KINKED}[name]
    starts = everywhere(f, 100)
    ends, _ = minimise(f, starts)
    slope, held = slope_at(f, ends)
    assert (norms(slope) <= GTOL).all()
    values, _ = curvature_at(f, ends, held)
    assert (values[:, 0] >= -zero_eigenvalue(values)).all()
    loss = f.loss(ends)
    assert (loss <= f.loss(starts)).all()
    assert (lowest_nearby(f, ends, 0.02) >= loss - 1e-9).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_on_a_penalised_surface_too(activation: str) -> None:
    surface = ls.Surface(hidden=2, activation=activation, l2=1e-3)
    starts = np.random.default_rng(4).normal(scale=1.5, size=(30, 9))
    ends, steps = minimise(surface, starts)
    slope, held = slope_at(surface, ends)
    assert (norms(slope) <= GTOL).all()
    values, _ = curvature_at(surface, ends, held)
    kind = ls.classify(surface, ends).kind
    down = values[:, 0] < -zero_eigenvalue(values)  # a unit that is all zero lies on every kink at once, and holds a search
    assert (kind[down] == "degenerate_saddle").all()
    loss = surface.loss(ends)
    assert (loss <= surface.loss(starts)).all()
    assert np.median(steps) < 60
    lower = lowest_nearby(surface, ends, 1e-2) < loss - 1e-12  # the origin of relu, with all units off, is no minimum
    assert (kind[lower] == "degenerate_saddle").all()
    assert np.isin(kind[kind != "degenerate_saddle"], ("strict_minimum", "flat_minimum")).all()
    assert lower.mean() < 0.5


class Watched:
    """Keeps the losses at the points where a search asks for gradient and Hessian: those it has moved to."""

    def __init__(self, f: Analytic | ls.Surface) -> None:
        self.n_parameters, self.loss, self.f, self.seen, self.here = f.n_parameters, f.loss, f, [np.inf], np.inf
        if hasattr(f, "kinks"):
            self.kinks = f.kinks

    def gradient(self, theta: Array) -> Array:
        self.here = float(self.f.loss(theta)[0])
        return self.f.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        self.seen.append(self.here)
        return self.f.hessian(theta)


@pytest.mark.parametrize(
    "f",
    [*ANALYTIC.values(), *KINKED.values(), *(ls.Surface(activation=a, l2=1e-4) for a in ("tanh", "relu", "hard_tanh"))],
    ids=[*ANALYTIC, *KINKED, "tanh", "relu", "hard_tanh"],
)
def test_the_loss_never_rises_on_the_way(f: Analytic | ls.Surface) -> None:
    rng = np.random.default_rng(8)
    box = f.box if isinstance(f, Analytic) else 2.0
    for _ in range(10):
        watched = Watched(f)
        minimise(watched, rng.uniform(-box, box, size=(1, f.n_parameters)))
        seen = np.array(watched.seen)
        assert len(seen) > 2
        assert (seen[1:] <= seen[:-1] + 1e-12 * np.abs(seen[1:])).all()


def test_a_descent_leaves_saddles_and_maxima() -> None:
    """Where the gradient is 0 to the last bit."""
    for f, here in (
        (ANALYTIC["camel"], [0.0, 0.0]),
        (ANALYTIC["double_well"], [0.0, 0.0]),
        (ANALYTIC["ring"], [0.0, 0.0, 0.0]),
        (KINKED["pass"], [0.0, 0.0]),
    ):
        theta = np.array([here])
        assert not slope_at(f, theta)[0].any()
        ends, steps = minimise(f, theta)
        assert steps[0] > 0
        assert f.loss(ends)[0] == pytest.approx(min(f.loss(np.array([point.theta]))[0] for point in f.points), abs=0.9)
        assert norms(f.gradient(ends))[0] <= GTOL or f is KINKED["pass"]
        assert curvature_at(f, ends, slope_at(f, ends)[1])[0][0, 0] > -1e-6


def test_steps_are_newtons_where_the_model_is_right() -> None:
    bowl = ANALYTIC["bowl"]
    ends, steps = minimise(bowl, np.array([[0.0, 0.0], [0.3, -0.4], [30.0, 40.0], [3e4, -4e4]]))
    assert steps[:2].tolist() == [0, 1]
    assert steps[2] < 15
    assert steps[3] < 60
    assert not ends.any()
    _, steps = minimise(ANALYTIC["himmelblau"], everywhere(ANALYTIC["himmelblau"], 100))
    assert steps.max() < 25


def test_the_tolerance_is_kept_and_no_more() -> None:
    f = ANALYTIC["tail"]
    for gtol in (1e-3, 1e-6, 1e-10):
        ends, _ = minimise(f, np.array([[0.0, 0.5]]), gtol)
        assert gtol / 20.0 < norms(f.gradient(ends))[0] <= gtol


def test_no_step_runs_away_along_a_flat_valley(rng: np.random.Generator) -> None:
    """A descent into ``(a x - 1)^2`` is a straight line, whatever rounding makes of the zero eigenvalues."""
    for _ in range(20):
        a = rng.normal(size=3)
        hessian = tuple(tuple(float(2.0 * b * c) for c in a) for b in a)

        def formula(x: Array, y: Array, z: Array, a: Array = a, hessian: object = hessian) -> tuple[Array, object, object]:
            away = a[0] * x + a[1] * y + a[2] * z - 1.0
            return away**2, tuple(2.0 * away * b for b in a), hessian

        f, start = Analytic(3, formula, []), rng.uniform(-30.0, 30.0, size=(1, 3))  # type: ignore[arg-type]
        ends, _ = minimise(f, start)
        np.testing.assert_allclose(ends, start - (start @ a - 1.0)[:, np.newaxis] / (a @ a) * a, atol=1e-3)


def test_what_falls_for_ever_is_left_far_out() -> None:
    slope = Analytic(2, lambda x, y: (y * y - x, (-1.0, 2.0 * y), ((0.0, 0.0), (0.0, 2.0))), [])
    ends, steps = minimise(slope, np.array([[0.0, 1.0]]))
    assert FAR <= ends[0, 0] < 10.0 * FAR
    assert abs(ends[0, 1]) < 1e-6
    assert steps[0] < 200


@pytest.mark.parametrize("name", ["himmelblau", "camel", "mueller_brown", "double_well", "monkey_saddle", "curved"])
def test_following_comes_back_to_the_point_nearby(name: str) -> None:
    f = ANALYTIC[name]
    for point in f.points:
        if point.nullity:
            continue
        starts = np.array(point.theta) + np.random.default_rng(2).uniform(-0.01, 0.01, size=(10, f.n_parameters))
        for index in (point.index, -1):
            ends, steps = follow(f, starts, at_index(10, index))
            np.testing.assert_allclose(ends, np.broadcast_to(point.theta, ends.shape), atol=1e-7)
            assert (norms(f.gradient(ends)) <= GTOL).all()
            assert steps.max() < 12


@pytest.mark.parametrize("name", ["himmelblau", "camel", "double_well"])
def test_following_reaches_every_point_of_its_index(name: str) -> None:
    f = ANALYTIC[name]
    for index in (0, 1, 2):
        wanted = {point.theta for point in f.points if point.index == index}
        ends, _ = follow(f, everywhere(f, 200), at_index(200, index))
        ends = ends[norms(ends) < FAR]
        ends = ends[norms(f.gradient(ends)) <= GTOL]
        found = (np.linalg.eigvalsh(f.hessian(ends)) < 0.0).sum(axis=1)
        assert (found == index).mean() > 0.95 if wanted else True
        for theta in wanted:
            assert norms(ends - np.array(theta)).min() < 1e-6


def test_following_climbs_from_a_minimum_to_the_pass() -> None:
    f = ANALYTIC["double_well"]
    near = np.array([[0.5**0.5 - 0.05, 0.03], [-(0.5**0.5) + 0.05, -0.03]])
    np.testing.assert_allclose(follow(f, near, at_index(2, 1)).theta, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.abs(follow(f, near, at_index(2, 0)).theta), [[0.5**0.5, 0.0]] * 2, atol=1e-9)
    np.testing.assert_allclose(np.abs(follow(f, near, np.array([1, 0])).theta), [[0.0, 0.0], [0.5**0.5, 0.0]], atol=1e-9)


def test_following_on_a_surface() -> None:
    surface = ls.Surface(hidden=2, activation="tanh", l2=1e-3)
    for index in (1, 2):
        ends, _ = follow(surface, np.random.default_rng(3).normal(size=(60, 9)), at_index(60, index))
        ends = ends[norms(surface.gradient(ends)) <= GTOL]
        assert len(ends) > 5
        values = np.linalg.eigvalsh(differences(surface.gradient, ends, 1e-3))
        assert ((values < 0.0).sum(axis=1) == index).mean() > 0.8


def test_following_goes_no_farther_than_its_model_holds() -> None:
    """At the end of each step the gradient is nearly the one foretold: off by less than twice the change."""
    f = ANALYTIC["mueller_brown"]
    rng = np.random.default_rng(9)
    for _ in range(10):
        went: list[Array] = []

        class Walked(Analytic):
            def hessian(self, theta: Array) -> Array:
                went.append(theta[0].copy())  # noqa: B023
                return super().hessian(theta)

        follow(Walked(2, f.formula, []), rng.uniform(-1.0, 1.0, size=(1, 2)), at_index(1, 1))
        walk = np.array([theta for theta in went if np.abs(theta).max() < 3.0])
        step = np.diff(walk, axis=0)
        change = np.einsum("nij,nj->ni", f.hessian(walk[:-1]), step)
        missed = norms(f.gradient(walk[1:]) - f.gradient(walk[:-1]) - change)
        assert ((missed < 2.0 * norms(change) + 1e-9) | (norms(step) < 1e-5)).all()


SEARCHED = [
    ls.Surface(hidden=2, activation="tanh", l2=1e-3),
    ls.Surface(hidden=2, activation="relu", l2=1e-3),
    ls.Surface(THREE_BY_TWO, 2, "hard_tanh", l2=1e-3, shortcut=True),
    ls.Surface(hidden=2, activation="sigmoid"),
]


@pytest.mark.parametrize("surface", SEARCHED, ids=lambda s: s.activation)
@pytest.mark.parametrize("how", ["minimise", "follow"])
def test_a_search_has_the_same_bits_in_any_company(surface: ls.Surface, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_region, "CHUNK", 7)
    n = 20
    starts = np.random.default_rng(6).normal(size=(n, surface.n_parameters))
    index = np.arange(n) % 4 - 1

    def search(rows: NDArray[np.int64], threads: int = 1) -> SearchEnds:
        if how == "minimise":
            return minimise(surface, starts[rows], GTOL, threads)
        return follow(surface, starts[rows], index[rows], GTOL, threads)

    kept = starts.copy()
    together = search(np.arange(n), 4)
    assert (starts == kept).all()
    assert together.theta.shape == starts.shape
    for rows in (np.arange(n), np.arange(n)[::-1], np.arange(7), np.arange(6, 10), *np.arange(n)[::6, np.newaxis]):
        ends = search(rows)
        np.testing.assert_array_equal(ends.theta, together.theta[rows])
        np.testing.assert_array_equal(ends.steps, together.steps[rows])


def test_no_starts_no_ends() -> None:
    f, none = ANALYTIC["bowl"], np.empty((0, 2))
    assert minimise(f, none).theta.shape == (0, 2)
    assert follow(f, none, at_index(0, 1), threads=2).theta.shape == (0, 2)
    assert minimise(ls.Surface(activation="relu"), np.empty((0, 9))).steps.shape == (0,)


def test_norms_and_the_size_of_a_zero_eigenvalue(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(50, 7))
    np.testing.assert_allclose(norms(rows), np.linalg.norm(rows, axis=1), rtol=1e-15)
    values = np.array([[-3.0, 0.0, 2.0], [1.0, 1e9, np.inf]])
    np.testing.assert_allclose(zero_eigenvalue(values), [GTOL / DISTANCE + 3e-12, GTOL / DISTANCE + 1e-3], rtol=1e-14)


def best_decrease(hessian: Array, slope: Array, radius: float) -> float:
    """Of the quadratic model within the radius, to ten digits: the dual, maximised by bisection (More & Sorensen 1983)."""
    values, vectors = np.linalg.eigh(hessian)
    along = vectors.T @ slope
    low = max(0.0, -values[0])
    high = low + np.linalg.norm(slope) / radius + 1.0

    def length(shift: float) -> float:
        return float(np.linalg.norm(along / (values + shift)))

    shift = low + 1e-13 * (1.0 + low)
    if (values[0] <= 0.0 or length(0.0) > radius) and length(shift) > radius:
        for _ in range(200):
            shift = 0.5 * (low + high)
            low, high = (shift, high) if length(shift) > radius else (low, shift)
    elif values[0] > 0.0:
        shift = 0.0
    return float(0.5 * (along**2 / (values + shift)).sum() + 0.5 * shift * radius**2)


def down(hessian: Array, slope: Array, radius: Array) -> tuple[Array, Array, Array]:
    values, vectors = np.linalg.eigh(hessian)
    step, predicted, shift = np.empty_like(slope), np.empty(len(slope)), np.empty(len(slope))
    step_down(values, vectors, slope, radius, step, predicted, shift)
    return step, predicted, shift


def test_a_step_is_the_best_within_its_radius(rng: np.random.Generator) -> None:
    for size in (1, 2, 5, 9):
        root = rng.normal(size=(200, size, size))
        hessian = root + root.swapaxes(1, 2)
        hessian[::2] = root[::2] @ root[::2].swapaxes(1, 2)  # half of them convex
        slope, radius = rng.normal(size=(200, size)), 10.0 ** rng.uniform(-3.0, 1.0, size=200)
        step, predicted, _ = down(hessian, slope, radius)
        assert (norms(step) <= radius * (1.0 + 1e-12)).all()
        model = -(slope * step).sum(axis=1) - 0.5 * np.einsum("ni,nij,nj->n", step, hessian, step)
        np.testing.assert_allclose(predicted, model, rtol=1e-9, atol=1e-12)
        best = np.array([best_decrease(*case) for case in zip(hessian, slope, radius, strict=True)])
        assert (predicted <= best * (1.0 + 1e-8) + 1e-14).all()
        assert (predicted >= 0.98 * best).all()


def test_where_the_slope_says_nothing_the_lowest_eigenvector_leads() -> None:
    """The hard case: slope across the way down, or none at all."""
    hessian = np.array([np.diag([-2.0, 1.0])] * 2)
    step, predicted, _ = down(hessian, np.array([[0.0, 0.0], [0.0, 0.3]]), np.full(2, 0.5))
    np.testing.assert_allclose(norms(step), 0.5, rtol=0.03)
    np.testing.assert_allclose(step[:, 1], [0.0, -0.1], atol=1e-3)
    np.testing.assert_allclose(predicted, [0.25, 0.265], rtol=0.01)


def test_a_slope_below_rounding_is_no_reason_to_stay() -> None:
    f = ANALYTIC["double_well"]
    for x in (1e-12, 1e-17, 1e-100, 5e-324):
        np.testing.assert_allclose(minimise(f, np.array([[x, 0.0]])).theta, [[0.5**0.5, 0.0]], atol=1e-9)


def test_a_step_along_goes_up_the_lowest_and_down_the_others(rng: np.random.Generator) -> None:
    root = rng.normal(size=(5, 4, 4))
    hessian, slope = root + root.swapaxes(1, 2), rng.normal(size=(5, 4))
    values, vectors = np.linalg.eigh(hessian)
    index, step, expected = np.array([0, 1, 2, 4, -1]), np.empty((5, 4)), np.empty((5, 4))
    step_along(values, vectors, slope, np.full(5, 1e9), index, step, expected)
    along, by = np.einsum("nji,nj->ni", vectors, slope), np.einsum("nji,nj->ni", vectors, step)
    for row, k in enumerate(index[:4]):
        np.testing.assert_allclose(by[row, :k], along[row, :k] / np.abs(values[row, :k]), rtol=1e-9)
        np.testing.assert_allclose(by[row, k:], -along[row, k:] / np.abs(values[row, k:]), rtol=1e-9)
    np.testing.assert_allclose(step[4], -np.linalg.solve(hessian[4], slope[4]), rtol=1e-9)
    np.testing.assert_allclose(expected, slope + np.einsum("nij,nj->ni", hessian, step), rtol=1e-9, atol=1e-12)
    long = step.copy()
    step_along(values, vectors, slope, np.full(5, 0.01), index, step, expected)
    np.testing.assert_allclose(norms(step), 0.01, rtol=1e-12)
    np.testing.assert_allclose(step / 0.01, long / norms(long)[:, np.newaxis], rtol=1e-9)
    np.testing.assert_allclose(expected, slope + np.einsum("nij,nj->ni", hessian, step), rtol=1e-9, atol=1e-12)


def bent_bowl(rng: np.random.Generator, size: int, count: int) -> Kinked:
    """A convex function with one minimum, most often on several of its kinks."""
    root = rng.normal(size=(size, size))
    hessian, centre = root @ root.T + 0.1 * np.eye(size), rng.normal(size=size)

    def formula(*theta: Array) -> tuple[Array, tuple[Array, ...], tuple[tuple[float, ...], ...]]:
        away = np.stack(theta, axis=-1) - centre
        slope = (away[..., np.newaxis, :] * hessian).sum(axis=-1)
        rows = tuple(tuple(float(cell) for cell in row) for row in hessian)
        return 0.5 * (away * slope).sum(axis=-1), tuple(np.moveaxis(slope, -1, 0)), rows

    smooth = Analytic(size, formula, [])
    return Kinked(
        smooth, rng.normal(size=(count, size)), 0.3 * rng.normal(size=count), rng.uniform(1.0, 6.0, size=count), []
    )


def test_a_step_over_kinks_promises_what_it_keeps(rng: np.random.Generator) -> None:
    """On a bent bowl the model is the function; and with room enough the step goes to the minimum at once."""
    for radius in (0.1, 1.0, 1e6):
        for size, count in ((2, 3), (4, 6)):
            f = bent_bowl(rng, size, count)
            lowest = f.loss(minimise(f, np.zeros((1, size))).theta)[0]
            theta = rng.uniform(-2.0, 2.0, size=(20, size))
            gradient, here = f.gradient(theta), f.loss(theta)
            values, vectors = np.linalg.eigh(f.hessian(theta))
            step, predicted, shift = np.empty_like(theta), np.empty(20), np.empty(20)
            step_down(values, vectors, gradient, np.full(20, radius), step, predicted, shift)
            kinks = f.kinks(theta)
            respect_kinks(*kinks, values, vectors, gradient, np.full(20, radius), shift, step, predicted)
            np.testing.assert_allclose(predicted, here - f.loss(theta + step), rtol=1e-6, atol=1e-10)
            assert (norms(step) <= 1.1 * radius * (1.0 + 1e-12)).all()
            if radius == 1e6:
                np.testing.assert_allclose(f.loss(theta + step), lowest, rtol=1e-9, atol=1e-12)


def test_the_minimum_of_a_bent_bowl_is_found_on_its_kinks(rng: np.random.Generator) -> None:
    """Exactly, from everywhere, and in few steps."""
    held = 0
    for size, count in ((2, 1), (2, 4), (4, 3), (4, 6), (6, 8)):
        for _ in range(5):
            f = bent_bowl(rng, size, count)
            ends, steps = minimise(f, rng.uniform(-3.0, 3.0, size=(10, size)))
            slope, kinks = slope_at(f, ends)
            assert (norms(slope) <= GTOL).all()
            np.testing.assert_allclose(ends, ends[:1].repeat(10, axis=0), atol=1e-8)
            assert steps.max() < 40
            assert kinks is not None
            held += kinks.rank[0]
    assert held > 25


def tilted_ring(x: Array, y: Array, z: Array) -> tuple[object, tuple[object, ...], tuple[tuple[object, ...], ...]]:
    """Its slope at the origin is half of what the kinks of the next test can take up."""
    loss, gradient, hessian = ANALYTIC["ring"].formula(x, y, z)
    return loss - 4.5 * (x + 2.0 * y + 2.0 * z), (gradient[0] - 4.5, gradient[1] - 9.0, gradient[2] - 9.0), hessian


def test_curvature_within_a_kink_and_across(rng: np.random.Generator) -> None:
    """Held by two kinks: two eigenvalues are infinite, the others those of the Hessian on the plane that is left."""
    smooth = Analytic(3, tilted_ring, [])
    f = Kinked(smooth, [[1.0, 1.0, 0.0], [0.0, 1.0, 2.0]], [0.0, 0.0], [9.0, 9.0], [])
    here = np.zeros((1, 3))
    slope, held = slope_at(f, here)
    assert held is not None
    assert held.rank.tolist() == [2]
    np.testing.assert_allclose(slope, 0.0, atol=1e-12)
    values, vectors = curvature_at(f, here, held)
    along = np.cross(*f.normal) / np.linalg.norm(np.cross(*f.normal))
    np.testing.assert_allclose(values, [[along @ f.hessian(here)[0] @ along, np.inf, np.inf]], rtol=1e-6)
    np.testing.assert_allclose(np.abs(vectors[0, :, 0]), np.abs(along), atol=1e-9)
    np.testing.assert_allclose(vectors[0].T @ vectors[0], np.eye(3), atol=1e-12)


def test_without_kinks_curvature_is_that_of_the_hessian(rng: np.random.Generator) -> None:
    surface = ls.Surface(XOR, 3, "gelu")
    theta = rng.normal(size=(4, surface.n_parameters))
    slope, held = slope_at(surface, theta)
    assert held is None
    assert (slope == surface.gradient(theta)).all()
    values, vectors = curvature_at(surface, theta, held)
    np.testing.assert_allclose(np.einsum("nij,nj,nkj->nik", vectors, values, vectors), surface.hessian(theta), atol=1e-12)


def test_curvature_on_a_kink_is_that_of_the_side_to_which_the_slope_leads(rng: np.random.Generator) -> None:
    surface = ls.Surface(THREE_BY_TWO, 2, "relu", l2=0.01)
    sides = []
    for _ in range(40):
        theta, k = rng.normal(size=(1, surface.n_parameters)), rng.integers(10)
        normal = surface.kinks(theta).normal[0, k]
        theta -= surface.kinks(theta).distance[0, k] / (normal @ normal) * normal
        put_on(theta, surface.kinks(theta))
        slope, held = slope_at(surface, theta)
        assert held is not None
        if held.rank[0] == 0 and abs(surface.kinks(theta).distance[0, k]) <= 1e-14 and abs(slope[0] @ normal) > 1e-9:
            side = -np.sign(slope[0] @ normal)
            expected = np.linalg.eigvalsh(surface.hessian(theta + 1e-7 * side * normal))
            np.testing.assert_allclose(curvature_at(surface, theta, held)[0], expected, atol=1e-5)
            if np.abs(expected - np.linalg.eigvalsh(surface.hessian(theta - 1e-7 * side * normal))).max() > 1e-4:
                sides.append(side)
    assert {-1.0, 1.0} <= set(sides)


def test_rounding_of_a_gradient_does_not_stop_a_search() -> None:
    """On the tail of a table that contradicts itself the loss stays near 0.46 and hides what a step gains, and steps below
    1e-5 change the gradient by less than its rounding: a third of the searches spent their 2000 steps there."""
    table = ls.Problem([[0, 0], [0, 0], [1, 1]], [[0], [1], [1]], name="contradiction")
    surface = ls.Surface(table, objective="cross_entropy")
    starts = draw_starts(surface, ls.Protocol(init_scale=4.0), 20, seed=3)
    ends, steps = minimise(surface, starts, 1e-12)
    assert np.linalg.norm(surface.gradient(ends), axis=1).max() <= 1e-12
    assert steps.max() < 1000
