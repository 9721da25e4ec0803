"""Kinks: the steepest one-sided slope against every side tried, and what surfaces say of their kinks against one-sided
differences."""

import itertools
from typing import Any

import numpy as np
import pytest
from analytic import KINKED, Analytic, Kinked
from conftest import THREE_BY_TWO, XOR, random_theta
from numpy.typing import NDArray
from scipy.optimize import linprog, lsq_linear, nnls

import landscape as ls
from landscape.critical.kink_planes import NEAR, on_kink, put_on, taken_together
from landscape.critical.kink_slopes import hold, off_side
from landscape.function import Kinks
from landscape.parts.activations import ACTIVATIONS

Array = NDArray[np.float64]

BENT = [name for name, part in ACTIVATIONS.items() if part.kinks]
SIGNED = ls.Problem(2.0 * XOR.inputs - 1.0, XOR.targets, name="xor of signs")


def directional(gradient: Array, kinks: Kinks, d: Array) -> Array:
    """``f'(d) = g d + sum_k jump_k max(0, a_k d)`` at one point, for directions (m, P); g is that of all negative sides."""
    return d @ gradient + np.maximum(0.0, d @ kinks.normal[0].T) @ kinks.jump[0]


def steepest(gradient: Array, kinks: Kinks) -> Array:
    """The plain twin: on each combination of sides the function is linear, so that its steepest way down there is minus the
    gradient projected onto the cone of these sides (Moreau); the best of all combinations, as a slope (P,)."""
    best = np.zeros_like(gradient)
    for sides in itertools.product((0.0, 1.0), repeat=kinks.jump.shape[1]):
        there = gradient + (np.array(sides) * kinks.jump[0]) @ kinks.normal[0]
        polar = (1.0 - 2.0 * np.array(sides))[:, np.newaxis] * kinks.normal[0]
        slope = there + polar.T @ nnls(polar.T, -there)[0]
        if slope @ slope > best @ best:
            best = slope
    return best


def random_kinks(rng: np.random.Generator, size: int, jumps: Array) -> Kinks:
    """One point on kinks with these jumps."""
    return Kinks(np.zeros((1, len(jumps))), rng.normal(size=(1, len(jumps), size)), jumps[np.newaxis])


def at_random(rng: np.random.Generator, signs: str, count: int, size: int) -> tuple[Array, Kinks]:
    """Gradient and kinks, in half of the cases such that the point is held by some of them; in half of the cases, too, no
    kink reads the last parameter, so that many kinks depend on one another."""
    jumps = (
        rng.uniform(0.2, 2.0, size=count) * {"convex": 1.0, "concave": -1.0, "mixed": rng.choice((-1.0, 1.0), count)}[signs]
    )
    kinks = random_kinks(rng, size, jumps)
    kinks.normal[..., -1] *= rng.choice((0.0, 1.0))
    gradient = rng.normal(size=size)
    if rng.random() < 0.5:
        gradient = 0.1 * gradient - rng.uniform(0.0, 1.0, size=count) @ (kinks.jump[0][:, np.newaxis] * kinks.normal[0])
    return gradient, kinks


@pytest.mark.parametrize("signs", ["convex", "concave", "mixed"])
def test_the_slope_is_the_steepest_on_any_side(signs: str, rng: np.random.Generator) -> None:
    held_somewhere = 0
    for count, size in itertools.product((1, 2, 3, 5), (2, 3, 6)):
        for _ in range(10):
            gradient, kinks = at_random(rng, signs, count, size)
            held = hold(gradient[np.newaxis], kinks)
            slope, expected = held.slope[0], steepest(gradient, kinks)
            assert np.linalg.norm(slope) == pytest.approx(np.linalg.norm(expected), rel=1e-6, abs=1e-8)
            assert directional(gradient, kinks, -slope[np.newaxis])[0] == pytest.approx(-slope @ slope, rel=1e-6, abs=1e-10)
            d = rng.normal(size=(1000, size))
            least = -np.linalg.norm(slope) * np.linalg.norm(d, axis=1)
            assert (directional(gradient, kinks, d) >= least - 1e-8).all()
            held_somewhere += held.rank[0] > 0
    assert (held_somewhere > 10) == (signs != "concave")


@pytest.mark.parametrize("signs", ["convex", "concave", "mixed"])
def test_directions_that_are_held_lead_up(signs: str, rng: np.random.Generator) -> None:
    for count, size in itertools.product((1, 2, 3, 5), (2, 3, 6)):
        gradient, kinks = at_random(rng, signs, count, size)
        held = hold(gradient[np.newaxis], kinks)
        basis = held.basis[0, : held.rank[0]]
        np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)
        np.testing.assert_allclose(basis @ held.slope[0], 0.0, atol=1e-9)
        np.testing.assert_allclose(basis @ held.inward[0], 0.0, atol=1e-9)
        convex = np.where(kinks.jump > 0.0, kinks.jump, 0.0)
        if len(basis):
            d = rng.normal(size=(500, len(basis))) @ basis
            rise = directional(held.gradient[0], kinks._replace(jump=convex), d)
            assert (rise > 0.0).all()


def in_pieces(rng: np.random.Generator, gradient: Array, kinks: Kinks, whole: float) -> tuple[Array, Kinks]:
    """The same function with each kink in two: one of another length with the part ``whole`` of the jump, and one of the
    opposite normal with the rest."""
    to, fro = rng.uniform(0.5, 2.0, size=(2, kinks.jump.shape[1]))
    rest = (1.0 - whole) * kinks.jump
    pieces = Kinks(
        np.zeros((1, 2 * kinks.jump.shape[1])),
        np.concatenate([to[:, np.newaxis] * kinks.normal, -fro[:, np.newaxis] * kinks.normal], axis=1),
        np.concatenate([whole * kinks.jump / to, rest / fro], axis=1),
    )
    return gradient + rest[0] @ kinks.normal[0], pieces


@pytest.mark.parametrize("signs", ["convex", "concave", "mixed"])
@pytest.mark.parametrize("whole", [0.3, 1.0, 1.4])
def test_kinks_in_one_plane_are_one_kink(signs: str, whole: float, rng: np.random.Generator) -> None:
    """Also where one of the two undoes a part of the other."""
    held_somewhere = 0
    for count, size in itertools.product((1, 2, 3), (2, 3, 6)):
        for _ in range(10):
            gradient, kinks = at_random(rng, signs, count, size)
            there, pieces = in_pieces(rng, gradient, kinks, whole)
            d = rng.normal(size=(100, size))
            np.testing.assert_allclose(directional(there, pieces, d), directional(gradient, kinks, d), atol=1e-12)
            expected, held = hold(gradient[np.newaxis], kinks), hold(there[np.newaxis], pieces)
            for name in ("slope", "gradient", "rank"):
                np.testing.assert_allclose(getattr(held, name), getattr(expected, name), atol=1e-9, err_msg=name)
            one, other = (found.basis[0, : found.rank[0]] for found in (expected, held))
            np.testing.assert_allclose(one.T @ one, other.T @ other, atol=1e-9)
            together, length = taken_together(pieces).jump, np.linalg.norm(pieces.normal, axis=2)
            assert not together[0, count:].any()
            assert (together * length).sum() == pytest.approx((pieces.jump * length).sum())
            held_somewhere += held.rank[0] > 0
    assert (held_somewhere > 10) == (signs != "concave")


def test_where_two_kinks_undo_each_other_there_is_none() -> None:
    normal = np.array([[[1.0, 2.0], [-2.0, -4.0]]])
    kinks = Kinks(np.zeros((1, 2)), normal, np.array([[2.0, -1.0]]))
    held = hold(np.array([[0.5, 0.0]]), kinks)  # on the negative side of both, where no point is
    assert held.slope.tolist() == held.gradient.tolist() == [[2.5, 4.0]]
    assert held.rank.tolist() == [0]


def test_kinks_in_parallel_planes_are_two() -> None:
    normal = np.ones((1, 2, 3))
    for distance, together in (([0.0, 1e-9], False), ([0.5, 0.5], True)):
        kinks = Kinks(np.array([distance]), normal, np.ones((1, 2)))
        assert taken_together(kinks).jump.tolist() == [[2.0, 0.0] if together else [1.0, 1.0]]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_kinks_that_depend_on_one_another_hold_in_all_their_directions(count: int) -> None:
    """Planes through an axis at even angles, and halfway between the slopes on both sides of all of them. Bounded least
    squares may take the slope up with a few kinks alone, at shares of 0 and 1: with 3, all by the one between the others."""
    angle = np.pi * np.arange(count) / count
    normal = np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)
    held = hold(-0.5 * normal.sum(axis=0)[np.newaxis], Kinks(np.zeros((1, count)), normal[np.newaxis], np.ones((1, count))))
    np.testing.assert_allclose(held.slope, 0.0, atol=1e-14)
    assert held.rank.tolist() == [2]


@pytest.mark.parametrize("angle", [1e-2, 1e-4, 1e-6])
def test_kinks_at_a_small_angle(angle: float) -> None:
    """Both shares are needed: coordinate descent gains the square of the angle a sweep."""
    normal = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]])
    for shares in ([0.5, 0.5], [0.1, 0.9], [0.7, 0.0]):
        kinks = Kinks(np.zeros((1, 2)), normal[np.newaxis], np.ones((1, 2)))
        held = hold(-(np.array(shares) @ normal)[np.newaxis], kinks)
        np.testing.assert_allclose(held.slope, 0.0, atol=1e-15)
        assert held.rank.tolist() == [2 if shares[1] else 1]


def test_many_dependent_kinks(rng: np.random.Generator) -> None:
    """Against SciPy's bounded least squares."""
    for count, size in itertools.product((4, 10, 24), (2, 3, 8)):
        for _ in range(5):
            kinks = random_kinks(rng, size, rng.uniform(0.1, 2.0, size=count))
            gradient = -rng.uniform(0.0, 1.3) * rng.uniform(size=count) @ (kinks.jump[0][:, np.newaxis] * kinks.normal[0])
            columns = (kinks.jump[0][:, np.newaxis] * kinks.normal[0]).T
            best = lsq_linear(columns, -gradient, (0.0, 1.0), method="bvls", tol=1e-14, max_iter=10_000)
            slope = hold(gradient[np.newaxis], kinks).slope[0]
            np.testing.assert_allclose(slope, gradient + columns @ best.x, atol=1e-9)


def test_gradient_is_that_of_the_negative_sides_and_of_the_steeper_side_of_a_concave_kink(rng: np.random.Generator) -> None:
    normal = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    kinks = Kinks(np.zeros((1, 2)), normal, np.array([[3.0, -2.0]]))
    for by_y, expected in ((0.5, -1.5), (1.5, 1.5)):  # on the sides of the concave kink: by_y and by_y - 2
        held = hold(np.array([[-1.0, by_y, 0.25]]), kinks)
        np.testing.assert_allclose(held.gradient, [[-1.0, expected, 0.25]], atol=1e-15)
        np.testing.assert_allclose(held.slope, [[0.0, expected, 0.25]], atol=1e-12)
        assert held.rank.tolist() == [1]
        np.testing.assert_allclose(np.abs(held.basis[0, 0]), [1.0, 0.0, 0.0], atol=1e-12)


def test_a_point_hardly_beyond_a_kink_is_on_it(rng: np.random.Generator) -> None:
    """The gradient given is then that of the positive side."""
    for signs in ("convex", "concave", "mixed"):
        gradient, kinks = at_random(rng, signs, 3, 4)
        expected = hold(gradient[np.newaxis], kinks)
        beyond = np.array([[0.5 * NEAR, -0.5 * NEAR, 0.0]])
        there = gradient + kinks.jump[0, 0] * kinks.normal[0, 0]
        for one, other in zip(hold(there[np.newaxis], kinks._replace(distance=beyond)), expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


def test_what_is_no_kink_changes_nothing(rng: np.random.Generator) -> None:
    """Too far, too faint, or moved by no parameter."""
    gradient = rng.normal(size=(1, 4))
    normal = rng.normal(size=(1, 3, 4))
    normal[0, 2] = 0.0
    kinks = Kinks(np.array([[2.0 * NEAR, 0.0, 0.0]]), normal, np.array([[1.0, 1e-14, 1.0]]))
    assert on_kink(kinks).tolist() == [[False, True, False]]
    held = hold(gradient, kinks)
    assert (held.slope == gradient).all()
    assert (held.gradient == gradient).all()
    assert not held.inward.any()
    assert held.rank.tolist() == [0]
    assert on_kink(Kinks(np.array([[0.0, -NEAR, 1.1 * NEAR]]), np.ones((1, 3, 4)), np.ones((1, 3)))).tolist() == [
        [True, True, False]
    ]


def test_rows_are_held_each_by_itself(rng: np.random.Generator) -> None:
    cases = [at_random(rng, signs, 3, 4) for signs in ("convex", "concave", "mixed", "convex", "mixed") for _ in range(4)]
    gradient = np.array([gradient for gradient, _ in cases])
    kinks = Kinks(*(np.concatenate(parts) for parts in zip(*(kinks for _, kinks in cases), strict=True)))
    together = hold(gradient, kinks)
    for row, (g, k) in enumerate(cases):
        for one, all_of_them in zip(hold(g[np.newaxis], k), together, strict=True):
            assert (one[0] == all_of_them[row]).all()


def leaves(kinks: Kinks, inward: Array, sides: Array) -> NDArray[np.bool_]:
    """On which kinks a step inward leads to its side, 1 or -1; 0 is either."""
    along = kinks.normal[0] @ inward
    return (sides * along > 0.0) | (sides == 0.0)


@pytest.mark.parametrize("signs", ["convex", "concave", "mixed"])
def test_inward_is_the_side_to_which_the_slope_leads(signs: str, rng: np.random.Generator) -> None:
    for count, size in itertools.product((1, 2, 3), (3, 6)):
        for _ in range(10):
            gradient, kinks = at_random(rng, signs, count, size)
            held = hold(gradient[np.newaxis], kinks)
            along = -kinks.normal[0] @ held.slope[0]
            assert leaves(kinks, held.inward[0], np.where(np.abs(along) > 1e-6, np.sign(along), 0.0)).all()


def test_inward_of_one_kink() -> None:
    """To the side where the slope leads down, or nowhere; and by ``off_side`` always to the negative one."""
    kinks = Kinks(np.zeros((1, 1)), np.array([[[0.0, 2.0]]]), np.ones((1, 1)))
    concave = kinks._replace(jump=-kinks.jump)
    cases = [(kinks, 1.0, -0.5), (kinks, -3.0, 0.5), (concave, 4.0, -0.5), (concave, -1.0, 0.5), (kinks, 0.0, -0.5)]
    for where, by_y, expected in cases:
        held = hold(np.array([[0.3, by_y]]), where)
        assert held.inward.tolist() == [[0.0, expected]]
        moved, one_sided = off_side(where, held)
        assert moved.inward.tolist() == [[0.0, -0.5]]
        assert one_sided.tolist() == [True]
    held = hold(np.array([[0.3, -1.0]]), kinks)
    assert held.rank.tolist() == [1]
    assert not held.inward.any()
    moved, one_sided = off_side(kinks, held)
    assert not moved.inward.any()
    assert one_sided.tolist() == [False]


def test_off_side_is_the_other_one_where_only_that_one_is_level() -> None:
    """``max(-x, 0)`` at 0: on the negative side the loss rises whatever its curvature."""
    kinks = Kinks(np.zeros((1, 1)), np.array([[[2.0, 0.0]]]), np.ones((1, 1)))
    for by_x, expected in ((-2.0, 0.5), (0.0, -0.5)):
        held = hold(np.array([[by_x, 0.0]]), kinks)
        assert not held.slope.any()
        moved, one_sided = off_side(kinks, held)
        assert moved.inward.tolist() == [[expected, 0.0]]
        assert one_sided.tolist() == [True]


@pytest.mark.parametrize("signs", ["convex", "concave", "mixed"])
def test_off_side_is_the_negative_side_of_every_kink_that_does_not_hold(signs: str, rng: np.random.Generator) -> None:
    for _ in range(30):
        gradient, kinks = at_random(rng, signs, 3, 4)
        held = hold(gradient[np.newaxis], kinks)
        basis = held.basis[0, : held.rank[0]]
        free = kinks.normal[0] - kinks.normal[0] @ basis.T @ basis
        loose = (free**2).sum(axis=1) > 1e-16
        moved, one_sided = off_side(kinks, held)
        assert one_sided.tolist() == [loose.any()]
        possible = linprog(np.zeros(4), A_ub=free[loose], b_ub=-np.ones(loose.sum()), bounds=(None, None)).status == 0
        if loose.any() and possible:
            assert (free[loose] @ moved.inward[0] < 0.0).all()
        np.testing.assert_allclose(basis @ moved.inward[0], 0.0, atol=1e-9)


def test_put_on_moves_what_is_all_but_on_a_kink_and_nothing_else(rng: np.random.Generator) -> None:
    normal = rng.normal(size=(4, 1, 5))
    distance = np.array([[0.9 * NEAR], [-0.4 * NEAR], [1.1 * NEAR], [0.0]])
    theta = rng.normal(size=(4, 5)) * 1e-4
    offset = (normal[:, 0] * theta).sum(axis=1) - distance[:, 0]
    moved = theta.copy()
    put_on(moved, Kinks(distance, normal, np.ones((4, 1))))
    left = (normal[:, 0] * moved).sum(axis=1) - offset
    assert (np.abs(left[:2]) <= 1e-3 * NEAR).all()
    assert (moved[:2] != theta[:2]).any(axis=1).all()
    assert (moved[2:] == theta[2:]).all()


def test_put_on_two_kinks_at_once(rng: np.random.Generator) -> None:
    for _ in range(50):
        normal = rng.normal(size=(1, 2, 3))
        distance = rng.uniform(-0.5 * NEAR, 0.5 * NEAR, size=(1, 2))
        moved = np.zeros((1, 3))
        put_on(moved, Kinks(distance, normal, np.ones((1, 2))))
        assert (np.abs(distance[0] + normal[0] @ moved[0]) <= 1e-2 * NEAR).all()


def test_put_on_kinks_that_rounding_sets_apart(rng: np.random.Generator) -> None:
    """Four planes in three dimensions have no point in common once rounding has moved them."""
    for _ in range(20):
        moved = np.zeros((1, 3))
        distance = rng.uniform(-0.5 * NEAR, 0.5 * NEAR, size=(1, 4))
        put_on(moved, Kinks(distance, rng.normal(size=(1, 4, 3)), np.ones((1, 4))))
        assert 0.0 < np.linalg.norm(moved) < 1e4 * NEAR


def bent_surfaces() -> list[ls.Surface]:
    """Every activation with kinks, on tables and settings that differ in all that kinks read."""
    return [
        surface
        for name in BENT
        for surface in (
            ls.Surface("xor", 2, name),
            ls.Surface(SIGNED, 3, name, l2=0.02, reduction="half_sum", objective="cross_entropy"),
            ls.Surface(THREE_BY_TWO, 2, name, output="tanh", shortcut=True, slope=0.3),
            ls.Surface(THREE_BY_TWO, 2, name, output="identity", bias=False, slope=-0.5),
        )
    ]


def put_on_kinks(surface: ls.Surface, theta: Array, chosen: list[int]) -> Array:
    """Moved onto the chosen kinks, as far as they allow."""
    for _ in range(3):
        kinks = surface.kinks(theta)
        theta = theta - np.linalg.lstsq(kinks.normal[0, chosen], kinks.distance[0, chosen], rcond=None)[0]
    put_on(theta, surface.kinks(theta))
    return theta


def test_every_jump_of_a_slope_is_in_the_table() -> None:
    """Slopes a millionth apart differ by a millionth, elsewhere than at the kinks named."""
    places = np.linspace(-4.0, 4.0, 801)
    for name, part in ACTIVATIONS.items():
        surface = ls.Surface(hidden=1, activation=name, slope=0.3)
        below, above = (surface.activate(places + side)[1] for side in (-1e-7, 1e-7))
        jumps = places[np.abs(above - below) > 1e-5]
        np.testing.assert_allclose(jumps, part.kinks, atol=1e-9)


@pytest.mark.parametrize("surface", bent_surfaces(), ids=lambda s: f"{s.activation}-{s.table.name}-{s.output}")
def test_jumps_are_those_of_the_gradient(surface: ls.Surface, rng: np.random.Generator) -> None:
    n_kinks = surface.kinks(random_theta(rng, surface, 1)).distance.shape[1]
    assert n_kinks == surface.table.n_patterns * surface.hidden * len(ACTIVATIONS[surface.activation].kinks)
    checked = 0
    for k in range(n_kinks):
        theta = put_on_kinks(surface, random_theta(rng, surface, 1), [k])
        kinks = surface.kinks(theta)
        if np.abs(kinks.distance[0, k]) > NEAR or on_kink(kinks).sum() != 1:
            continue  # a unit without bias at input 0
        step = 1e-8 * kinks.normal[0, k]
        gained = surface.gradient(theta + step) - surface.gradient(theta - step)
        np.testing.assert_allclose(gained[0], kinks.jump[0, k] * kinks.normal[0, k], atol=2e-6)
        checked += 1
    assert checked > n_kinks // 2


def test_distances_are_those_of_the_sums_and_normals_their_derivatives(rng: np.random.Generator) -> None:
    for surface in bent_surfaces():
        theta, step = random_theta(rng, surface, 5), random_theta(rng, surface, 5)
        here, there = surface.kinks(theta), surface.kinks(theta + step)
        expected = surface.unit_sums(theta)[..., np.newaxis] - np.array(ACTIVATIONS[surface.activation].kinks)
        np.testing.assert_allclose(here.distance, expected.reshape(5, -1), atol=1e-15)
        np.testing.assert_allclose(here.distance + np.einsum("nkp,np->nk", here.normal, step), there.distance, atol=1e-12)
        assert surface.kinks(theta[:0]).distance.shape[0] == 0


def test_a_smooth_activation_has_no_kink(rng: np.random.Generator) -> None:
    for surface in (ls.Surface(activation="tanh"), ls.Surface(hidden=0)):
        theta = random_theta(rng, surface, 3)
        kinks = surface.kinks(theta)
        assert (kinks.distance.shape, kinks.normal.shape, kinks.jump.shape) == ((3, 0), (3, 0, surface.n_parameters), (3, 0))


def one_sided(surface: ls.Surface, theta: Array, d: Array) -> Array:
    """Directional derivatives (m,) along d (m, P): forward differences, their error of first order taken out."""
    t = 1e-5 / np.linalg.norm(d, axis=1, keepdims=True)
    here, near, far = surface.loss(theta), surface.loss(theta + 0.5 * t * d), surface.loss(theta + t * d)
    return (4.0 * near - far - 3.0 * here) / t[:, 0]


@pytest.mark.parametrize("surface", bent_surfaces(), ids=lambda s: f"{s.activation}-{s.table.name}-{s.output}")
@pytest.mark.parametrize("several", [1, 2, 3])
def test_on_kinks_of_a_surface_the_slope_is_the_steepest(
    surface: ls.Surface, several: int, rng: np.random.Generator
) -> None:
    for _ in range(5):
        n_kinks = surface.kinks(random_theta(rng, surface, 1)).distance.shape[1]
        theta = random_theta(rng, surface, 1)
        theta = put_on_kinks(surface, theta, rng.choice(n_kinks, several, replace=False).tolist())
        kinks = surface.kinks(theta)
        near = on_kink(kinks)[0]
        slope = hold(surface.gradient(theta), kinks).slope[0]
        length = np.linalg.norm(slope)
        d = np.concatenate(
            [
                rng.normal(size=(300, len(slope))),
                -slope[np.newaxis],
                slope - 0.1 * length * rng.normal(size=(20, len(slope))),
            ]
        )
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        seen = one_sided(surface, theta, d)
        assert (seen >= -length - 1e-5).all()
        assert seen[300] == pytest.approx(-length, abs=1e-5)
        base = surface.gradient(theta)[0] - np.where(near & (kinks.distance[0] > 0.0), kinks.jump[0], 0.0) @ kinks.normal[0]
        formula = d @ base + np.maximum(0.0, d @ kinks.normal[0].T) @ np.where(near, kinks.jump[0], 0.0)
        np.testing.assert_allclose(seen, formula, atol=1e-5)


def test_slopes_known_on_paper() -> None:
    """|x| + (y - 1)^2 and -|x| + x^2 + y^2 on their kinks."""
    for y in (-1.0, 1.0, 4.0):
        v, ridge = KINKED["v"], KINKED["ridge"]
        here = np.array([[0.0, y]])
        assert hold(v.gradient(here), v.kinks(here)).slope.tolist() == [[0.0, 2.0 * (y - 1.0)]]
        slope = hold(ridge.gradient(here), ridge.kinks(here)).slope
        assert np.abs(slope).tolist() == [[1.0, 2.0 * abs(y)]]


MULTIPLES = ls.Problem([[1, 1], [2, 2], [-1, -1], [0, 0], [1, 0], [1, 0]], [[0], [1], [1], [0], [1], [1]], name="multiples")
"""For a unit without bias most of its kinks lie in one plane, and one is nowhere."""


@pytest.mark.parametrize("activation", BENT)
@pytest.mark.parametrize("table", [SIGNED, MULTIPLES], ids=lambda table: table.name)
@pytest.mark.parametrize("hidden", [1, 2])
def test_minima_of_units_without_bias(activation: str, table: ls.Problem, hidden: int, rng: np.random.Generator) -> None:
    """What is called a minimum is one, within the kinks and across them, and its eigenvalues say the same."""
    surface = ls.Surface(table, hidden, activation, objective="cross_entropy", bias=False, l2=0.05)
    found = ls.find_minima(surface, starts=8, threads=1)
    assert (found.table.kind != "not_stationary").all()
    minima = found.table.kind.isin(["strict_minimum", "flat_minimum"]).to_numpy()
    assert minima.any()
    for theta, kind, smallest in zip(
        found.theta[minima], found.table.kind[minima], found.table.smallest_eigenvalue[minima], strict=True
    ):
        d = rng.normal(size=(3000, len(theta)))
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        kinks = surface.kinks(theta[np.newaxis])
        ahead = np.abs(kinks.distance[0])[np.abs(kinks.distance[0]) > 1e-6]  # inputs are 3 long at most
        for reach in (min(1e-2, 0.1 * ahead.min()), min(1e-3, 0.5 * ahead.min())):
            rise = (surface.loss(theta + reach * d) - surface.loss(theta)).min() / reach**2
            assert rise > 0.0 if kind == "strict_minimum" else rise > -1e-7
        assert smallest > 0.0 if kind == "strict_minimum" else smallest > -1e-6


def test_two_kinks_of_opposite_normals_hold_a_minimum() -> None:
    """The patterns (-1, -1) and (1, 1) of a unit with weights w and -w: it is on beside both, and off at neither."""
    surface = ls.Surface(SIGNED, 1, "relu", objective="cross_entropy", bias=False, l2=0.05)
    found = ls.find_minima(surface, starts=4, threads=1)
    assert found.table.kind.tolist() == ["strict_minimum"]
    assert found.theta[0, 0] == pytest.approx(-found.theta[0, 1])
    assert found.eigenvalues[0, 0] > 0.1
    assert found.eigenvalues[0, 2] == np.inf


def test_curvature_of_a_side_that_leads_up_says_nothing() -> None:
    """``x^2`` for x > 0 and ``-x - x^2`` for x < 0, and ``y^2``: a strict minimum at the origin."""

    def bent(x: Any, y: Any) -> Any:
        sign = np.where(x > 0.0, 1.0, -1.0)
        return sign * x * x + y * y - x, (2.0 * sign * x - 1.0, 2.0 * y), ((2.0 * sign, 0.0), (0.0, 2.0))

    found = ls.classify(Kinked(Analytic(2, bent, []), [[1.0, 0.0]], [0.0], [1.0], []), np.zeros(2))
    assert found.kind == "strict_minimum"
    np.testing.assert_allclose(found.eigenvalues, [2.0, 2.0])


def test_no_minimum_has_a_negative_eigenvalue() -> None:
    """A unit that is all zero meets every kink at once. On each side of them the form of the Hessian is indefinite and the
    loss rises nonetheless, since the form falls only beyond that side."""
    table = ls.Problem([[1, 0], [1, 0], [0, 1], [1, 1], [-1, -1]], [[0], [0], [1], [1], [0]], name="repeated")
    two, three = (ls.Surface(table, hidden, "leaky_relu", bias=False, l2=1e-3) for hidden in (2, 3))
    lowest = two.unpack(ls.find_minima(two, starts=12, threads=1).theta[0])
    found = ls.classify(three, [*lowest["W1"].ravel(), 0.0, 0.0, *lowest["W2"].ravel(), 0.0])
    assert found.kind == "strict_minimum"
    assert np.isnan(found.eigenvalues[0])
    points = ls.find_minima(three, starts=12, threads=1).table
    minima = points[points.kind.isin(["strict_minimum", "flat_minimum"])]
    assert len(minima) > 3
    assert not (minima.smallest_eigenvalue < -1e-6).any()
