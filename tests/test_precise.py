"""The second look: a surface in seventy digits, and what the way down from a point tells."""

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

import landscape as ls
from landscape.critical.high_precision import MOST_PARAMETERS, Precise, can_look, look
from landscape.critical.trust_region import minimise
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.jets import context
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS
from landscape.parts.output_layers import LAYER_COSTS


def exact(theta: Any) -> Any:
    return np.array([context().mpf(float(x)) for x in theta], dtype=object)


THREE_CLASSES = ls.Problem(np.eye(4, 3), np.array([[4, 0, 0], [0, 4, 0], [1, 1, 2], [0, 0, 4]]) / 4, name="three classes")
SURFACES = [
    ls.Surface(
        "parity3",
        2,
        activation,
        "sigmoid" if objective == "cross_entropy" else output,
        objective,
        reduction,
        l2,
        bias,
        direct,
    )
    for (activation, (output, objective)), reduction, (l2, bias, direct) in zip(
        itertools.product(
            ACTIVATIONS, [("tanh", "squared_error"), ("sigmoid", "cross_entropy"), ("identity", "squared_error")]
        ),
        itertools.cycle(REDUCTIONS),
        itertools.cycle([(0.0, True, False), (0.01, True, True), (0.0, False, False)]),
        strict=False,
    )
] + [ls.Surface(hidden=0), ls.Surface(ls.Problem([[0, 1], [1, 1], [2, -1]], [[0, 1], [1, 0], [1, 1]], name="odd"), 3)]
SURFACES += [
    ls.Surface(table, 2, "tanh", output, objective, reduction, l2=0.01, shortcut=True)
    for output, objective in LAYER_COSTS
    for table, reduction in ((ls.problems.one_hot("xor"), "mean"), (THREE_CLASSES, "half_sum"))
]


@pytest.mark.parametrize(
    "surface", SURFACES, ids=lambda s: f"{s.activation}-{s.output}-{s.objective}-{s.reduction}-{s.architecture}"
)
def test_a_surface_in_many_digits_is_the_surface(surface: ls.Surface, rng: np.random.Generator) -> None:
    theta = rng.normal(size=surface.n_parameters)
    loss, gradient, hessian, outputs = Precise(surface)(exact(theta))
    assert Precise(surface)(exact(theta), curvature=False)[0] == loss
    assert float(loss) == pytest.approx(float(surface.loss(theta)), rel=1e-14, abs=1e-15)
    np.testing.assert_allclose(gradient.astype(float), surface.gradient(theta), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(hessian.astype(float), surface.hessian(theta), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(outputs, surface.forward(theta).ravel(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("name", "objective"), list(itertools.product(["sigmoid", "tanh", "gelu", "softsign"], OBJECTIVES)))
def test_derivatives_agree_with_differences_in_all_digits(name: str, objective: str, rng: np.random.Generator) -> None:
    """By central differences of 1e-25, right to 45 digits, in a direction at random."""
    surface = ls.Surface(activation=name, objective=objective)
    f, here, d, h = Precise(surface), exact(rng.normal(size=9)), exact(rng.normal(size=9)), context().mpf(10) ** -25
    up, down = f(here + d * h), f(here - d * h)
    _, gradient, hessian, _ = f(here)
    assert abs((up[0] - down[0]) / (2 * h) - (gradient * d).sum()) < 1e-42
    for found, true in zip((up[1] - down[1]) * (1 / (2 * h)), hessian @ d, strict=True):
        assert abs(found - true) < 1e-42


def test_precision_is_that_of_the_package_whatever_others_set() -> None:
    theta = ls.find_minima(ls.Surface(), 1).theta[0]
    seen = look(ls.Surface(), theta)
    with mpmath.workdps(5):
        again = look(ls.Surface(), theta)
    assert again.found == seen.found
    np.testing.assert_array_equal(again.theta, seen.theta)


def test_a_tail_goes_on_and_a_valley_does_not() -> None:
    """XOR with targets out of reach is solved at infinity; with targets within reach, at a place."""
    table = ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [[0.1], [0.9], [0.9], [0.1]], name="xor within")
    for surface, found, level in ((ls.Surface(), "tail", 1e-20), (ls.Surface(table), "stationary", 1e-30)):
        theta = ls.find_minima(surface, 6, protocol=ls.Protocol()).theta[0]
        seen = look(surface, theta)
        assert seen.found == found
        assert seen.loss < level
        assert (np.linalg.norm(seen.theta) > 1.5 * np.linalg.norm(theta)) == (found == "tail")
        np.testing.assert_allclose(seen.outputs, surface.table.targets.ravel(), atol=1e-8)


def test_the_tail_at_one_eighth_in_twice_the_digits_of_float64() -> None:
    """Targets 0.1 and 0.9: where float64 sees a gradient of 1e-12 and no way on, the loss goes on falling to 0.08 and the
    norm grows by as much in every stretch."""
    table = ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [[0.1], [0.9], [0.9], [0.1]], name="xor within")
    surface = ls.Surface(table)
    starts = ls.train(surface, ls.Protocol(init_scale=3.0, budget=0), runs=22).theta0
    ends = minimise(surface, starts, 1e-12).theta
    stuck = ends[np.abs(surface.loss(ends) - 0.08) < 1e-6]
    assert len(stuck) > 3
    for theta in stuck[:3]:
        seen = look(surface, theta)
        assert seen.found == "tail"
        assert seen.loss == pytest.approx(0.08, abs=1e-15)


@pytest.mark.parametrize("weight", [10.0, 15.0, 20.0, 40.0])
def test_a_steep_slope_does_not_hide_a_faint_one(weight: float) -> None:
    """tanh is 1 at infinity only, however near the bias has come to the place where the other pattern is right: its slope of
    1e-12 stands before one of e**(-4 w), 1e-26 to 1e-70."""
    surface = ls.Surface(ls.Problem([[0], [1]], [[0], [1]], name="itself"), hidden=0, output="tanh")
    assert ls.classify(surface, [weight, 1e-12]).kind == "escaping"
    points = ls.find_minima(surface, [[weight, 0.3], [3.0, 0.3]])
    assert points.table["kind"].tolist() == ["escaping"]


def test_a_plateau_is_left() -> None:
    """Inputs of +-1, tanh throughout, targets of +-0.8: |g| = 1e-11 at a loss of 0.83, from which 0.74 are still to fall."""
    square = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    surface = ls.Surface(
        ls.Problem(square, [[-0.8], [0.8], [0.8], [-0.8]], name="xor centred within"), activation="tanh", output="tanh"
    )
    theta = np.array([9.0, 9.0, 0.3, -9.0, 9.0, 0.2, 0.4, -0.3, 12.5])
    gradient = np.linalg.norm(surface.gradient(theta))
    assert gradient < 1e-8
    assert look(surface, theta).found == "falls"
    assert ls.classify(surface, theta, gtol=1e-8).kind == "not_stationary"
    points = ls.find_minima(surface, theta[np.newaxis], gtol=1e-8)
    assert points.table["loss"][0] < surface.loss(theta) - 0.5


def test_an_eigenvalue_of_a_small_penalty_is_not_zero() -> None:
    surface = ls.Surface(l2=1e-9)
    points = ls.find_minima(surface, 6)
    assert set(points.table["kind"]) == {"strict_minimum"}
    assert (points.table["smallest_eigenvalue"] < 1e-7).any()


def test_only_surfaces_of_a_stated_size_are_looked_at() -> None:
    assert can_look(ls.Surface())
    assert not can_look(ls.Surface(hidden=64))
    assert ls.Surface(hidden=64).n_parameters > MOST_PARAMETERS
    assert not can_look(object())
