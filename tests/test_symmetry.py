"""Symmetry: maps that keep the loss, the axioms of a group, orders and sizes of orbits known on paper."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import THREE_BY_TWO, XOR, random_theta
from numpy.typing import NDArray
from scipy.spatial import cKDTree

import landscape as ls
from landscape.critical.units import Parts, unit_vectors
from landscape.critical.units import with_units as parts_with_units
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.objectives import REDUCTIONS

Array = NDArray[np.float64]

SIGNED = ls.Problem(2.0 * XOR.inputs - 1.0, 1.6 * XOR.targets - 0.8, name="signed xor")
MIXED = ls.Problem(SIGNED.inputs, XOR.targets, name="xor of signs")
HALF_ADDER = ls.Problem(XOR.inputs, np.c_[XOR.targets, ls.problems.and_.targets], name="half adder")
OPPOSITES = ls.Problem(XOR.inputs, np.c_[XOR.targets, 1.0 - XOR.targets], name="xor and xnor")
TABLES = (XOR, "and", "a_and_not_b", "parity3", SIGNED, HALF_ADDER, OPPOSITES, THREE_BY_TWO)

FLIPS = {
    "identity": -1.0, "sigmoid": -1.0, "tanh": -1.0, "relu": 1.0, "leaky_relu": 1.0, "elu": 0.0, "softplus": 1.0,
    "silu": 1.0, "gelu": 1.0, "sine": -1.0, "gaussian": 1.0, "softsign": -1.0, "hard_tanh": -1.0,
}  # fmt: skip
"""Sign with which each activation meets its mirror image, ``f(-z) = sign f(z) + a straight line``; 0 where it does not."""
BENT = {"relu", "leaky_relu", "softplus", "silu", "gelu"}
"""Their line is not level: the shortcut must take it back."""
SCALED = {"identity", "relu", "leaky_relu"}


def every_surface() -> Iterator[ls.Surface]:
    """Every activation on several tables, with and without penalty, bias and shortcut; then every width, output, reduction
    and cross-entropy. At most a few hundred symmetries each."""
    switches = [(0.0, True, False), (0.01, True, True), (0.0, True, True), (0.0, False, False), (0.01, False, True)]
    for activation, table in itertools.product(ACTIVATIONS, (XOR, SIGNED, HALF_ADDER, THREE_BY_TWO)):
        for l2, bias, shortcut in switches:
            output = "tanh" if table is SIGNED else "sigmoid"
            yield ls.Surface(table, 2, activation, output, l2=l2, bias=bias, shortcut=shortcut, slope=0.2)
    for table, hidden, output in itertools.product(TABLES, range(4), ("sigmoid", "tanh", "identity")):
        if (table is SIGNED and output == "sigmoid") or (table in ("parity3", OPPOSITES) and hidden > 1):
            continue
        yield ls.Surface(table, hidden, "sigmoid", output)
        yield ls.Surface(table, hidden, "tanh", output, l2=0.03, bias=hidden != 1)
    for reduction in REDUCTIONS:
        yield ls.Surface("xor", 1, "tanh", objective="cross_entropy", reduction=reduction)


def same_set(some: Array, others: Array) -> bool:
    """Whether rows (n, P) and (m, P) are the same points, however often each."""
    near = 1e-9 * (1.0 + np.abs(others).max())
    return bool((cKDTree(others).query(some)[0] < near).all() and (cKDTree(some).query(others)[0] < near).all())


def distinct(points: Array, tolerance: float = 1e-7) -> int:
    """How many of the points (n, P) differ."""
    kept: list[Array] = []
    for point in points:
        if not kept or np.abs(np.array(kept) - point).max(axis=1).min() > tolerance:
            kept.append(point)
    return len(kept)


def units(surface: ls.Surface, theta: Array) -> tuple[Array, Array]:
    """Views of weights in and bias (..., hidden, n_inputs + 1), and of weights out (..., hidden, n_outputs), copied."""
    parts = surface.unpack(theta)
    bias = parts.get("b1", np.zeros((*theta.shape[:-1], surface.hidden)))
    into = np.concatenate([parts["W1"], bias[..., np.newaxis]], axis=-1)
    return into, np.swapaxes(parts["W2"][..., : surface.hidden], -1, -2).copy()


def with_units(surface: ls.Surface, theta: Array, into: Array, out: Array) -> Array:
    """Points (..., P) with these weights and biases of their units, the rest as it was."""
    changed = np.array(theta)
    parts = surface.unpack(changed)  # views
    parts["W1"][...] = into[..., :-1]
    if surface.bias:
        parts["b1"][...] = into[..., -1]
    parts["W2"][..., : surface.hidden] = np.swapaxes(out, -1, -2)
    return changed


def scaled(surface: ls.Surface, theta: Array, factor: Array) -> Array:
    into, out = units(surface, theta)
    return with_units(surface, theta, into * factor[..., np.newaxis], out / factor[..., np.newaxis])


def shifted(surface: ls.Surface, theta: Array, turns: Array) -> Array:
    """Units of a sine shifted by so many half periods."""
    into, out = units(surface, theta)
    into[..., -1] += np.pi * turns
    return with_units(surface, theta, into, out * np.where(turns % 2, -1.0, 1.0)[..., np.newaxis])


def balanced(surface: ls.Surface, theta: Array) -> Array:
    """Weights in and out of equal norm; units of which one side is zero at norm 1."""
    into, out = (np.linalg.norm(side, axis=-1) for side in units(surface, theta))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.select([(into > 0) & (out > 0), into > 0, out > 0], [np.sqrt(out / into), 1 / into, out], 1.0)
    return scaled(surface, theta, factor)


# ---- the group ---------------------------------------------------------------------------------------------


def test_every_element_keeps_the_loss(rng: np.random.Generator) -> None:
    surfaces = list(every_surface())
    assert {surface.activation for surface in surfaces} == set(ACTIVATIONS)
    for surface in surfaces:
        theta = 2.0 * random_theta(rng, surface, 1)[0]
        orbit = ls.symmetries(surface).orbit(theta)
        assert orbit.shape == (ls.symmetries(surface).order, surface.n_parameters)
        np.testing.assert_allclose(surface.loss(orbit), surface.loss(theta), rtol=1e-12, err_msg=str(surface))


def test_no_element_is_counted_twice(rng: np.random.Generator) -> None:
    """A point in general position has as many images as the group has elements."""
    surfaces = [*every_surface(), *(surface for surface, _ in ON_PAPER if ls.symmetries(surface).order < 1000)]
    counted = {}
    for surface in surfaces:
        orbit = ls.symmetries(surface).orbit(random_theta(rng, surface, 1)[0])
        counted[surface] = (len(orbit), distinct(orbit))
    assert {surface: counts for surface, counts in counted.items() if counts[0] != counts[1]} == {}


def test_images_are_a_group(rng: np.random.Generator) -> None:
    """The orbit of any image is the same set, so that products and inverses are images; the point itself is the first."""
    for surface in every_surface():
        theta = random_theta(rng, surface, 1)[0]
        group = ls.symmetries(surface)
        orbit = group.orbit(theta)
        np.testing.assert_array_equal(orbit[0], theta)
        for image in orbit[rng.integers(len(orbit), size=3)]:
            assert same_set(group.orbit(image), orbit), surface


SWAP = 2  # of the inputs
SQUARE = 8
CUBE = 48

ON_PAPER = [
    # units x flips x symmetries of the truth table
    (ls.Surface(), 2 * 4 * SQUARE),
    (ls.Surface(l2=1e-3), 2 * 1 * SWAP),
    (ls.Surface(hidden=0), SQUARE),
    (ls.Surface(hidden=0, l2=0.1), SWAP),
    (ls.Surface(hidden=1), 2 * SQUARE),
    (ls.Surface(hidden=3), 6 * 8 * SQUARE),
    (ls.Surface(hidden=3, objective="cross_entropy"), 6 * 8 * SQUARE),
    (ls.Surface(bias=False), 2 * SWAP),
    (ls.Surface(output="tanh"), 2 * 4 * 4),  # half of the square keeps XOR, the other half negates it about 1/2
    (ls.Surface(output="identity"), 2 * 4 * SQUARE),
    (ls.Surface(output="identity", l2=0.1), 2 * SWAP),
    (ls.Surface(SIGNED, output="tanh"), 2 * 4 * SQUARE),
    (ls.Surface(SIGNED, activation="tanh", output="tanh", l2=0.01), 2 * 4 * SQUARE),
    (ls.Surface(SIGNED, activation="tanh", output="tanh", bias=False), 2 * 4 * SQUARE),
    (ls.Surface(SIGNED, activation="sigmoid", output="tanh", l2=0.01), 2 * SQUARE),
    (ls.Surface(MIXED, activation="tanh"), 2 * 4 * SQUARE),
    (ls.Surface(MIXED, activation="tanh", bias=False), 2 * 4 * SQUARE),
    (ls.Surface("and"), 2 * 4 * SWAP),
    (ls.Surface("and", l2=0.1), 2 * SWAP),
    (ls.Surface("a_and_not_b"), 2 * 4 * 2),
    (ls.Surface("a_and_not_b", l2=0.1), 2),
    (ls.Surface("a"), 2 * 4 * 4),
    (ls.Surface("false", output="identity"), 2 * 4 * SQUARE * 2),
    (ls.Surface("false"), 2 * 4 * SQUARE),
    (ls.Surface("parity3"), 2 * 4 * CUBE),
    (ls.Surface("parity3", l2=0.1), 2 * 6),
    (ls.Surface(HALF_ADDER), 2 * 4 * SWAP),
    (ls.Surface(OPPOSITES), 2 * 4 * 2 * SQUARE),
    (ls.Surface(OPPOSITES, l2=0.1), 2 * 2 * SWAP),
    (ls.Surface(THREE_BY_TWO), 2 * 4),
    (ls.Surface(THREE_BY_TWO, l2=0.1), 2),
    (ls.Surface(ls.Problem([[5.0, 0.1], [5.0, 0.3], [9.0, 0.1], [9.0, 0.3]], XOR.targets)), 2 * 4 * SQUARE),
    (ls.Surface(ls.Problem([[5.0, 0.1], [5.0, 0.3], [9.0, 0.1], [9.0, 0.3]], XOR.targets), l2=0.1), 2),
    (ls.Surface(ls.problems.parity(6), 1), 2),  # too many inputs: the table is not searched
]


@pytest.mark.parametrize(("surface", "order"), ON_PAPER, ids=lambda value: str(value) if isinstance(value, int) else "")
def test_order_on_paper(surface: ls.Surface, order: int) -> None:
    assert ls.symmetries(surface).order == order


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_holds_for_each_activation(activation: str) -> None:
    """On XOR as 0 and 1: a penalty on the biases forbids what moves them, except flips of odd and even functions."""
    for l2, bias, shortcut in itertools.product((0.0, 1e-8, 0.1), (True, False), (True, False)):
        group = ls.symmetries(ls.Surface(activation=activation, l2=l2, bias=bias, shortcut=shortcut, slope=0.2))
        flips = FLIPS.get(activation, 0.0) != 0.0
        if activation in BENT:
            flips = shortcut and l2 == 0.0
        if activation == "sigmoid":
            flips = bias and l2 == 0.0
        assert (group.flip is not None) == flips, (l2, bias, shortcut)
        assert group.flip is None or group.flip.sigma == FLIPS.get(activation)
        assert group.shifts == (activation == "sine" and bias and l2 == 0.0)
        assert group.scales == (activation in SCALED and l2 == 0.0)
        if bias:
            assert len(group.table) == (SQUARE if l2 == 0.0 else SWAP)


def test_a_leak_of_minus_one_is_even_and_of_one_is_odd() -> None:
    assert ls.symmetries(ls.Surface(activation="leaky_relu", slope=-1.0)).flip.sigma == 1.0  # type: ignore[union-attr]
    assert ls.symmetries(ls.Surface(activation="leaky_relu", slope=1.0)).flip.sigma == -1.0  # type: ignore[union-attr]
    assert ls.symmetries(ls.Surface(activation="leaky_relu", slope=0.5)).flip is None


@pytest.mark.parametrize("l2", [1e-6, 1e-8, 1e-12])
def test_a_penalty_however_small_forbids_what_changes_the_norm(l2: float, rng: np.random.Generator) -> None:
    for activation in ("sigmoid", "relu", "sine"):
        surface = ls.Surface(activation=activation, l2=l2)
        group = ls.symmetries(surface)
        assert (group.shifts, group.scales, len(group.table)) == (False, False, SWAP)
        theta = 1e6 * random_theta(rng, surface, 1)[0]  # where the penalty is worth 1e12 times as much
        np.testing.assert_allclose(np.linalg.norm(group.orbit(theta), axis=1), np.linalg.norm(theta), rtol=1e-12)


def test_a_table_all_but_symmetric_is_not() -> None:
    nearly = ls.Problem([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0 - 1e-6, 0.0])
    assert len(ls.symmetries(ls.Surface(nearly)).table) < SQUARE
    assert ls.symmetries(ls.Surface(ls.Problem([[0.0], [1.0], [1.1]], [0.0, 1.0, 0.0]), 1)).order == 2
    twice = ls.Problem(np.r_[XOR.inputs, [[0.0, 0.0]]], np.r_[XOR.targets, [[0.0]]])
    assert len(ls.symmetries(ls.Surface(twice)).table) == SWAP


def test_generators_in_words() -> None:
    assert ls.symmetries(ls.Surface()).generators == [
        "permutations of 2 hidden units", "sign flips of hidden units", "8 symmetries of the truth table",
    ]  # fmt: skip
    assert ls.symmetries(ls.Surface(THREE_BY_TWO, 1, "relu")).generators == ["positive scaling of hidden units"]
    assert ls.symmetries(ls.Surface(THREE_BY_TWO, 1, "sine")).generators == [
        "sign flips of hidden units", "shifts of hidden units by half a period",
    ]  # fmt: skip
    assert ls.symmetries(ls.Surface(THREE_BY_TWO, 0)).generators == []


# ---- the member that stands for an orbit -----------------------------------------------------------------------


def test_canonical_points_are_those_of_the_orbit(rng: np.random.Generator) -> None:
    for surface in every_surface():
        group = ls.symmetries(surface)
        theta = random_theta(rng, surface, 1)[0]
        orbit = group.orbit(theta)
        members = orbit[rng.integers(len(orbit), size=40)]
        if group.scales:
            members = scaled(surface, members, np.exp(rng.normal(size=(40, surface.hidden))))
        if group.shifts:
            members = shifted(surface, members, rng.integers(-5, 6, size=(40, surface.hidden)))
        np.testing.assert_allclose(surface.loss(members), surface.loss(theta), rtol=1e-10)
        canonical = ls.canonicalize(surface, np.r_[[theta], members])
        np.testing.assert_allclose(
            canonical, np.broadcast_to(canonical[0], canonical.shape), atol=1e-9, err_msg=str(surface)
        )
        np.testing.assert_allclose(ls.canonicalize(surface, canonical), canonical, atol=1e-12)
        np.testing.assert_allclose(surface.loss(canonical), surface.loss(theta), rtol=1e-10)
        if not group.scales and not group.shifts:
            assert np.abs(orbit - canonical[0]).max(axis=1).min() < 1e-12


@pytest.mark.parametrize("factor", [1e-9, 1e-4, 1e4, 1e9])
def test_scaling_may_be_large(factor: float, rng: np.random.Generator) -> None:
    surface = ls.Surface(activation="relu")
    theta = random_theta(rng, surface, 10)
    far = scaled(surface, theta, np.array([factor, 1.0 / factor]))
    np.testing.assert_allclose(surface.loss(far), surface.loss(theta), rtol=1e-9)
    np.testing.assert_allclose(ls.canonicalize(surface, far), ls.canonicalize(surface, theta), atol=1e-9)
    np.testing.assert_array_equal(ls.orbit_size(surface, far), ls.orbit_size(surface, theta))


def test_points_of_different_orbits_stay_apart(rng: np.random.Generator) -> None:
    for surface in (
        ls.Surface(),
        ls.Surface(l2=0.1),
        ls.Surface(hidden=3, activation="relu"),
        ls.Surface(activation="sine"),
    ):
        canonical = ls.canonicalize(surface, random_theta(rng, surface, 30))
        assert distinct(canonical, 1e-3) == 30


def test_canonical_units_are_balanced_in_order_and_upright(rng: np.random.Generator) -> None:
    surface = ls.Surface(hidden=3, activation="relu")
    into, out = units(surface, ls.canonicalize(surface, 3.0 * random_theta(rng, surface, 50)))
    np.testing.assert_allclose(np.linalg.norm(into, axis=-1), np.linalg.norm(out, axis=-1), rtol=1e-12)
    surface = ls.Surface(hidden=3, activation="sine")
    assert (
        np.abs(units(surface, ls.canonicalize(surface, 9.0 * random_theta(rng, surface, 50)))[0][..., -1]).max() <= np.pi / 2
    )


def special_points(rng: np.random.Generator, surface: ls.Surface) -> list[Array]:
    """Two equal units, a unit and its flip, units that read or give nothing, zero; and points that a symmetry of the table
    fixes."""
    points = [np.zeros(surface.n_parameters)]
    for theta in random_theta(rng, surface, 2):
        into, out = units(surface, theta)
        points.append(
            with_units(
                surface, theta, np.repeat(into[:1], surface.hidden, axis=0), np.repeat(out[:1], surface.hidden, axis=0)
            )
        )
        points.append(with_units(surface, theta, np.repeat(into[:1], surface.hidden, axis=0), out))
        points.append(with_units(surface, theta, np.r_[-into[1:2], into[1:]], np.r_[-out[1:2], out[1:]]))
        points.append(with_units(surface, theta, np.r_[-into[1:2], into[1:]], np.r_[out[1:2], out[1:]]))
        for i, o in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0)):
            one = np.arange(surface.hidden)[:, np.newaxis] == 0
            points.append(with_units(surface, theta, np.where(one, i * into, into), np.where(one, o * out, out)))
        alike = into.copy()
        alike[:, 1] = alike[:, 0]  # the inputs weigh alike: fixed by their swap
        points.append(with_units(surface, theta, alike, out))
        mirrored = into.copy()
        mirrored[1] = mirrored[0][[1, 0, *range(2, into.shape[1])]]  # fixed by the swap of inputs with that of units
        points.append(with_units(surface, theta, mirrored, np.repeat(out[:1], surface.hidden, axis=0)))
        level = into.copy()
        level[:, :-1] = 0.0
        points.append(with_units(surface, theta, level, out))
    return points


SPECIAL = (
    [
        ls.Surface(table, hidden, activation, "tanh" if table is SIGNED else "sigmoid", l2=l2, shortcut=shortcut)
        for table in (XOR, SIGNED, HALF_ADDER)
        for activation in ("sigmoid", "tanh", "relu", "softplus", "gaussian", "sine")
        for hidden, l2, shortcut in ((2, 0.0, False), (2, 0.01, False), (2, 0.0, True))
    ]
    + [ls.Surface(MIXED, 2, "tanh"), ls.Surface(MIXED, 2, "tanh", bias=False), ls.Surface(XOR, 2, "gaussian", bias=False)]
    + [ls.Surface(hidden=3, l2=0.1), ls.Surface(hidden=3, activation="tanh", l2=0.1)]
)


@pytest.mark.parametrize(
    "surface", SPECIAL, ids=lambda s: f"{s.problem.name}-{s.hidden}-{s.activation}-{s.l2}-{s.bias}-{s.shortcut}"
)
def test_special_points_have_one_canonical_member_and_the_orbit_counted(
    surface: ls.Surface, rng: np.random.Generator
) -> None:
    group = ls.symmetries(surface)
    for theta in [*special_points(rng, surface), *random_theta(rng, surface, 2)]:
        orbit = group.orbit(theta)
        if group.scales:
            orbit = balanced(surface, orbit)
        if group.shifts:
            orbit = shifted(surface, orbit, -np.round(units(surface, orbit)[0][..., -1] / np.pi))
        canonical = ls.canonicalize(surface, orbit)
        np.testing.assert_allclose(canonical, np.broadcast_to(canonical[0], canonical.shape), atol=1e-9)
        assert ls.orbit_size(surface, theta) == distinct(orbit), theta


def test_a_cosine_and_its_mirror_image_are_one() -> None:
    """sin(z + pi/2) is even: its unit is flipped by turning the weights in alone."""
    surface = ls.Surface(SIGNED, 2, "sine", "tanh")
    w = np.array([0.3, -0.7])
    rest = [1.1, -0.4, 0.2]
    here = np.array([*w, 0.5, 0.9, np.pi / 2, 0.1, *rest])
    there = np.array([*-w, 0.5, 0.9, np.pi / 2, 0.1, *rest])
    assert surface.loss(here) == pytest.approx(surface.loss(there), rel=1e-14)
    for turns in range(-4, 5):
        turned = shifted(surface, np.array([here, there]), np.array([turns, 0]))
        np.testing.assert_allclose(surface.loss(turned), surface.loss(here), rtol=1e-12)
        expected = np.tile(ls.canonicalize(surface, here), (2, 1))
        np.testing.assert_allclose(ls.canonicalize(surface, turned), expected, atol=1e-9)


def test_orbit_sizes_on_paper() -> None:
    tied = ls.Surface(l2=0.1)  # 2 orders of the units, 2 of the inputs
    general = [0.3, -1.0, 0.8, 0.5, 0.2, -0.1, 0.7, -0.6, 0.4]
    both = [0.3, 0.3, 0.8, 0.8, 0.2, -0.1, 0.7, -0.6, 0.4]
    assert ls.orbit_size(tied, [general, both, [0.3, -1.0, 0.3, -1.0, 0.2, 0.2, 0.7, 0.7, 0.4], [0.0] * 9]).tolist() == [
        4,
        2,
        2,
        1,
    ]
    assert ls.orbit_size(tied, [0.3, -1.0, -1.0, 0.3, 0.2, 0.2, 0.7, 0.7, 0.4]) == 2  # the swaps undo each other
    free = ls.Surface()
    assert ls.orbit_size(free, general) == 64
    assert ls.orbit_size(free, [0.0] * 9) == 1
    assert ls.orbit_size(ls.Surface(activation="tanh"), [0.0] * 9) == 1
    assert ls.orbit_size(
        ls.Surface(hidden=0), [[0.0, 0.0, 0.0], [1.0, 1.0, -1.0], [1.0, 1.0, 0.0], [2.0, 1.0, 0.0]]
    ).tolist() == [1, 4, 4, 8]
    assert ls.orbit_size(ls.Surface(hidden=3, l2=0.1), [*[0.3, -1.0] * 3, *[0.2] * 3, *[0.7] * 3, 0.4]) == 2
    nearly = np.array([0.3, 0.3 + 1e-4, 0.8, 0.8 + 1e-4, 0.2, -0.1, 0.7, -0.6, 0.4])
    assert (ls.orbit_size(tied, nearly), ls.symmetries(tied).orbit_size(nearly, tolerance=1e-3)) == (4, 2)


# ---- the nearest image -----------------------------------------------------------------------------------------


def test_aligned_is_the_nearest_image(rng: np.random.Generator) -> None:
    surfaces = [s for s in every_surface() if s.hidden > 0][::9]
    wide = [
        ls.Surface(hidden=4, activation=a, shortcut=a in BENT) for a in ("tanh", "sigmoid", "softplus", "gaussian", "elu")
    ]
    for surface in [*surfaces, *wide, ls.Surface(HALF_ADDER, 4), ls.Surface(hidden=0)]:
        group = ls.symmetries(surface)
        theta, other = random_theta(rng, surface, 2)
        orbit = group.orbit(theta)
        away = np.linalg.norm(orbit - other, axis=1)
        image = group.aligned(theta, other)
        np.testing.assert_allclose(surface.loss(image), surface.loss(theta), rtol=1e-10)
        assert np.linalg.norm(image - other) <= away.min() * (1.0 + 1e-12)
        if not group.scales and not group.shifts:
            assert np.linalg.norm(image - other) == pytest.approx(away.min(), rel=1e-12)
            assert np.abs(orbit - image).max(axis=1).min() < 1e-12
        there = orbit[rng.integers(len(orbit))]
        np.testing.assert_allclose(group.aligned(theta, there), there, atol=1e-12)


MOVED = [
    ls.Surface(activation="relu"),
    ls.Surface(activation="relu", hidden=3, shortcut=True),
    ls.Surface(HALF_ADDER, activation="leaky_relu", slope=0.2, bias=False),
    ls.Surface(SIGNED, activation="identity", output="tanh"),
    ls.Surface(activation="sine"),
    ls.Surface(THREE_BY_TWO, hidden=3, activation="sine", output="identity", shortcut=True),
]


@pytest.mark.parametrize("surface", MOVED, ids=lambda surface: surface.activation)
def test_what_the_group_has_moved_is_brought_back(surface: ls.Surface, rng: np.random.Generator) -> None:
    """By a permutation, flips, a symmetry of the table, and factors up to 1e6 or shifts up to nine half periods."""
    group = ls.symmetries(surface)
    assert group.scales or group.shifts
    for theta in random_theta(rng, surface, 5):
        orbit = group.orbit(theta)
        there = orbit[rng.integers(len(orbit))]
        if group.scales:
            there = scaled(surface, there, 10.0 ** rng.uniform(-6.0, 6.0, surface.hidden))
        if group.shifts:
            there = shifted(surface, there, rng.integers(-9, 10, surface.hidden))
        np.testing.assert_allclose(group.aligned(theta, there), there, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(group.aligned(there, theta), theta, rtol=1e-8, atol=1e-8)
        assert (group.aligned(theta, theta) == theta).all()


@pytest.mark.parametrize("surface", [MOVED[0], MOVED[2], MOVED[4]], ids=lambda surface: surface.activation)
def test_no_factor_and_no_shift_brings_a_unit_nearer(surface: ls.Surface, rng: np.random.Generator) -> None:
    """Against all members of the finite orbit with thirty thousand factors, or all shifts, of each unit."""
    group = ls.symmetries(surface)
    factors = np.geomspace(1e-4, 1e4, 30_001) if group.scales else np.ones(15)
    turns = np.zeros(len(factors)) if group.scales else np.arange(-7, 8)
    for theta, other in rng.normal(scale=3.0, size=(8, 2, surface.n_parameters)):
        members = []
        for member in group.orbit(theta):
            many = np.tile(member, (len(factors), 1))
            both = np.ones((1, surface.hidden))
            many = scaled(surface, many, factors[:, np.newaxis] * both)
            many = shifted(surface, many, turns[:, np.newaxis] * both) if group.shifts else many
            apart = [np.concatenate(one, axis=-1) for one in (units(surface, many), units(surface, other[np.newaxis]))]
            of_units = ((apart[0] - apart[1]) ** 2).sum(axis=2).min(axis=0).sum()
            rest = surface.n_parameters - len(group.surface.table.targets[0]) if surface.bias else surface.n_parameters
            members.append(of_units + ((member - other)[rest:] ** 2).sum())
        found = group.aligned(theta, other)
        assert ((found - other) ** 2).sum() == pytest.approx(min(members), rel=1e-6)
        assert np.linalg.norm(found - other) <= np.linalg.norm(theta - other)
        np.testing.assert_allclose(surface.loss(found), surface.loss(theta), rtol=1e-9)


MANY_UNITS = [
    ls.Surface(hidden=64, activation="tanh"),
    ls.Surface(HALF_ADDER, hidden=64),
    ls.Surface(hidden=64, activation="softplus", shortcut=True),
    ls.Surface(hidden=40, activation="relu", shortcut=True),
    ls.Surface("parity3", hidden=40, activation="sine"),
]


@pytest.mark.parametrize("surface", MANY_UNITS, ids=lambda surface: surface.activation)
def test_wide_networks_are_aligned(surface: ls.Surface, rng: np.random.Generator) -> None:
    """A copy is brought back to the last bit, one that is moved a little to where it came from; the same of any two."""
    group = ls.symmetries(surface)
    theta, other = random_theta(rng, surface, 2)
    parts = group.table[-1](Parts.of(surface, theta[np.newaxis]))
    if group.flip:
        parts = group.flip(parts, rng.random((1, surface.hidden)) < 0.5)
    copy = parts_with_units(parts, unit_vectors(parts)[:, rng.permutation(surface.hidden)]).flat(surface)[0]
    assert np.linalg.norm(copy - theta) > 1.0
    assert (group.aligned(copy, theta) == theta).all()
    near = 1e-4 * random_theta(rng, surface, 1)[0]
    assert np.linalg.norm(group.aligned(copy + near, theta) - theta) <= 100.0 * np.linalg.norm(near)
    image = group.aligned(other, theta)
    np.testing.assert_allclose(surface.loss(image), surface.loss(other), rtol=1e-10)
    assert np.linalg.norm(image - theta) < np.linalg.norm(other - theta)
    images, points = np.array([copy, image]), np.array([theta, other])
    np.testing.assert_allclose(group.canonicalize(images), group.canonicalize(points), atol=1e-7)


def test_units_that_do_nothing_are_aligned_as_far_as_they_can_be() -> None:
    """Weights out of 0: those in are scaled to fit, or stay where no factor fits; and the other way round."""
    surface = ls.Surface(hidden=1, activation="relu")
    group = ls.symmetries(surface)
    for theta, other, expected in (
        ([1.0, 2.0, 3.0, 0.0, 5.0], [2.0, 4.0, 6.0, 0.0, 5.0], [2.0, 4.0, 6.0, 0.0, 5.0]),
        ([0.0, 0.0, 0.0, 3.0, 5.0], [1.0, 1.0, 1.0, 9.0, 5.0], [0.0, 0.0, 0.0, 9.0, 5.0]),
        ([0.0, 0.0, 0.0, 0.0, 5.0], [1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 5.0]),
    ):
        np.testing.assert_allclose(group.aligned(np.array(theta), np.array(other)), expected, rtol=1e-12)
    theta, other = np.array([3.0, 0.0, 0.0, 0.0, 5.0]), np.array([-1.0, 0.0, 0.0, 2.0, 5.0])
    assert np.linalg.norm(group.aligned(theta, other) - other) <= np.linalg.norm(theta - other)


# ---- shapes and errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead", [(), (1,), (7,), (2, 3), (0,), (4, 0)])
@pytest.mark.parametrize("hidden", [0, 2])
def test_leading_axes_are_kept(lead: tuple[int, ...], hidden: int, rng: np.random.Generator) -> None:
    surface = ls.Surface(hidden=hidden)
    theta = rng.normal(size=(*lead, surface.n_parameters))
    canonical, size = ls.canonicalize(surface, theta), ls.orbit_size(surface, theta)
    assert canonical.shape == theta.shape
    assert np.shape(size) == lead
    for place in np.ndindex(lead):
        np.testing.assert_array_equal(canonical[place], ls.canonicalize(surface, theta[place]))
        assert np.asarray(size)[place] == ls.orbit_size(surface, theta[place])


def test_theta_is_not_changed(rng: np.random.Generator) -> None:
    surface = ls.Surface(hidden=3, activation="relu")
    theta = random_theta(rng, surface, 4)
    before = theta.copy()
    ls.canonicalize(surface, theta)
    ls.orbit_size(surface, theta)
    ls.symmetries(surface).orbit(theta[0])
    ls.symmetries(surface).aligned(theta[0], theta[1])
    np.testing.assert_array_equal(theta, before)


def test_what_does_not_fit_is_refused() -> None:
    surface = ls.Surface()
    with pytest.raises(TypeError, match="surface='xor' is not a Surface"):
        ls.symmetries("xor")  # type: ignore[arg-type]
    for function in (ls.canonicalize, ls.orbit_size):
        with pytest.raises(TypeError, match="is not a Surface"):
            function(XOR, np.zeros(9))
        with pytest.raises(ValueError, match=r"theta of shape \(2, 8\) does not fit this 2-2-1 surface"):
            function(surface, np.zeros((2, 8)))
        with pytest.raises(TypeError, match="not real"):
            function(surface, np.zeros(9) * 1j)
    with pytest.raises(ValueError, match="does not fit"):
        ls.symmetries(surface).orbit(np.zeros(8))
    with pytest.raises(ValueError, match="theta"):
        ls.symmetries(surface).orbit(np.arange(18.0).reshape(2, 9))  # images of one point are asked for


def test_orbits_of_wide_networks_are_counted_and_not_listed(rng: np.random.Generator) -> None:
    """Beyond 2**63 as floating-point numbers, not wrapped around; listing them is refused at once."""
    for hidden, exact in ((14, True), (16, False), (64, False), (200, False)):
        surface = ls.Surface(hidden=hidden)
        group, theta = ls.symmetries(surface), random_theta(rng, surface, 2)
        sizes = ls.orbit_size(surface, theta)
        assert sizes.dtype == (np.int64 if exact else np.float64)
        assert sizes.tolist() == [group.order if exact else float(group.order) if hidden < 100 else np.inf] * 2
        with pytest.raises(ValueError, match=f"a point has {group.order} images here, too many to list; take canonicalize"):
            group.orbit(theta[0])


def test_a_large_group_of_the_table_is_found(rng: np.random.Generator) -> None:
    """All 3840 symmetries of the cube in five dimensions, half of which turn parity into its complement."""
    surface = ls.Surface("parity5", 2, activation="tanh")
    group = ls.symmetries(surface)
    assert len(group.table) == 2**5 * math.factorial(5)
    theta = random_theta(rng, surface, 1)
    image = group.table[1234](Parts.of(surface, theta)).flat(surface)
    np.testing.assert_allclose(group.canonicalize(image), group.canonicalize(theta), atol=1e-9)


def test_order_counts_the_factors() -> None:
    assert ls.symmetries(ls.Surface("parity3", 4, l2=0.1)).order == math.factorial(4) * 6


BEYOND = {
    "not finite": (np.nan, "tanh"),
    "infinite": (np.inf, "sigmoid"),
    "no square of a unit that is scaled": (1e200, "relu"),
}


@pytest.mark.parametrize("case", BEYOND)
def test_points_without_images_are_refused(case: str, rng: np.random.Generator) -> None:
    size, activation = BEYOND[case]
    surface = ls.Surface(hidden=2, activation=activation)
    group, (good, other) = ls.symmetries(surface), random_theta(rng, surface, 2)
    bad = size * good
    for ask in (group.canonicalize, group.orbit_size, group.orbit, lambda theta: group.aligned(theta, other)):
        ask(good)
        with pytest.raises(ValueError, match=r"theta is not finite, or beyond .*, and cannot be compared with its images"):
            ask(bad)
    with pytest.raises(ValueError, match="cannot be compared with its images"):
        group.aligned(good, bad)


def test_lengths_are_measured_where_points_are_aligned(rng: np.random.Generator) -> None:
    """The order of units needs no squares, their distances do."""
    surface = ls.Surface(hidden=2, activation="tanh")
    a, b = 1e200 * random_theta(rng, surface, 2)
    assert np.isfinite(ls.canonicalize(surface, a)).all()
    with pytest.raises(ValueError, match=r"beyond 1e\+150"):
        ls.slices.linear_interpolation(surface, a, b, align=True)


@pytest.mark.parametrize("tolerance", [np.nan, -1.0, "1", True])
def test_a_tolerance_tells_points_apart(tolerance: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"tolerance=.* is not"):
        ls.symmetries(ls.Surface()).orbit_size(np.ones(9), tolerance)


def test_what_is_no_surface_has_no_symmetries() -> None:
    for given in ("xor", [1], {}):
        with pytest.raises(TypeError, match="is not a Surface; symmetries are those of a network"):
            ls.symmetries(given)  # type: ignore[arg-type]
