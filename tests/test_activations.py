"""Activations at their kinks: one convention for trainer, gradient and Hessian."""

import inspect
import re

import numpy as np
import pytest

import landscape as ls
from landscape.parts.activations import ACTIVATIONS

KINKS = [(name, kink) for name, part in ACTIVATIONS.items() for kink in part.kinks]
LEAK = 0.25


def below(x: float) -> float:
    return float(np.nextafter(x, -np.inf))


def above(x: float) -> float:
    return float(np.nextafter(x, np.inf))


def test_there_are_kinks() -> None:
    assert KINKS == [("relu", 0.0), ("leaky_relu", 0.0), ("hard_tanh", -1.0), ("hard_tanh", 1.0)]


@pytest.mark.parametrize(("name", "kink"), KINKS)
def test_slope_and_curvature_at_a_kink_are_those_from_below(name: str, kink: float) -> None:
    activate = ls.Surface(activation=name, slope=LEAK).activate
    value, slope = activate([below(kink), kink, above(kink)])
    assert slope[1] == slope[0] != slope[2]
    assert value[1] == pytest.approx(value[0], abs=1e-15)
    assert value[1] == pytest.approx(value[2], abs=1e-15)


@pytest.mark.parametrize(("name", "kink"), KINKS)
def test_what_the_docstring_says_of_a_kink_holds(name: str, kink: float) -> None:
    """Each kink is named there with its slope: "at 1 it is 1"."""
    said = dict(re.findall(r"at (-?\d) (?:the slope|it) is ([\w`]+)", inspect.getdoc(ACTIVATIONS[name].function) or ""))
    slope = ls.Surface(activation=name, slope=LEAK).activate(kink)[1]
    assert float({"``leak``": LEAK}.get(said[f"{kink:g}"], said[f"{kink:g}"])) == slope


@pytest.mark.parametrize("place", ["activation", "output"])
@pytest.mark.parametrize(("name", "kink"), KINKS)
def test_gradient_hessian_and_training_agree_at_a_kink(name: str, kink: float, place: str) -> None:
    """With weights in of 0 every pattern lies on the kink, to the last bit; a step of training is one along the gradient."""
    problem = ls.Problem([[1.0], [2.0]], [0.3, 0.9])
    other = {"output": "identity"} if place == "activation" else {"hidden": 0}
    surface = ls.Surface(problem, slope=LEAK, l2=0.1, **{"hidden": 1, "activation": "relu", **other, place: name})

    def at(sum_in: float) -> np.ndarray:
        return np.array([0.0, sum_in, 0.7, -0.2] if place == "activation" else [0.0, sum_in])

    there, under, over = at(kink), at(below(kink)), at(above(kink))
    np.testing.assert_allclose(surface.gradient(there), surface.gradient(under), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(surface.hessian(there), surface.hessian(under), rtol=1e-12, atol=1e-15)
    assert not np.allclose(surface.gradient(there), surface.gradient(over), rtol=1e-3, atol=0.0)
    for update in ("batch", "online"):
        protocol = ls.Protocol(lr=0.125, update=update, budget=1, criterion="never")
        moved = [ls.train(surface, protocol, theta0=theta).theta[0] for theta in (there, under, over)]
        np.testing.assert_allclose(moved[0], moved[1], rtol=1e-12, atol=1e-14)
        assert not np.allclose(moved[0], moved[2], rtol=1e-3, atol=0.0)
    moved = ls.train(surface, ls.Protocol(lr=0.125, budget=1, criterion="never"), theta0=there).theta[0]
    np.testing.assert_allclose(moved, there - 0.125 * surface.gradient(there), rtol=1e-12, atol=1e-15)
