"""Outputs that depend on every logit of their layer: many digits, the plain twin, finite differences, the trainer."""

from pathlib import Path

import mpmath
import numpy as np
import pytest
import twin
from conftest import random_theta
from scipy.special import expit

import landscape as ls
from landscape.parts.output_layers import LAYER_COSTS, OUTPUT_LAYERS

XOR = ls.problems.one_hot("xor")
SOFT = ls.Problem(np.eye(5, 3), np.array([[3, 1, 0], [0, 4, 0], [0, 0, 4], [1, 1, 2], [2, 2, 0]]) / 4, name="three classes")
CASES = [(table, output, objective) for output, objective in LAYER_COSTS for table in (XOR, SOFT)]


def by_logits(targets: list[float]) -> ls.Surface:
    """A softmax whose parameters are weights that an input of 0 does not read, and the logits of its only pattern."""
    return ls.Surface(ls.Problem([[0.0]], [targets], name="logits"), 0, output="softmax", objective="cross_entropy")


@pytest.mark.parametrize("scale", [1e-9, 1.0, 30.0, 600.0])
@pytest.mark.parametrize("targets", [[1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.5, 0.25, 0.25]])
def test_softmax_keeps_its_digits(scale: float, targets: list[float], rng: np.random.Generator) -> None:
    """Cost, derivatives and outputs in many digits, also where one output is 1 but for what float64 cannot hold."""
    n = len(targets)
    surface = by_logits(targets)
    logits = np.concatenate([scale * rng.normal(size=(40, n)), np.zeros((1, n)), np.eye(n) * scale])
    theta = np.hstack([np.zeros_like(logits), logits])
    loss, gradient = surface.loss_and_gradient(theta)
    hessian, outputs = surface.hessian(theta)[:, n:, n:], surface.forward(theta)[:, 0]
    with mpmath.workdps(350):
        for row, z in enumerate(logits):
            e = [mpmath.exp(mpmath.mpf(float(x))) for x in z]
            o = [x / mpmath.fsum(e) for x in e]
            others = [mpmath.fsum(x for i, x in enumerate(o) if i != k) for k in range(n)]
            cost = mpmath.fsum(-y * mpmath.log(x) for x, y in zip(o, targets, strict=True) if y)
            first = [(1 - y) * x - y * rest for x, y, rest in zip(o, targets, others, strict=True)]
            second = [[o[k] * (others[k] if k == m else -o[m]) for m in range(n)] for k in range(n)]
            tiny = 1e-300  # below it exponentials go to 0
            near = 4e-15 + 2.3e-16 * float(np.ptp(z))  # a difference of logits is rounded before it is an exponent
            assert float(loss[row]) == pytest.approx(float(cost), rel=near, abs=tiny)
            np.testing.assert_allclose(outputs[row], [float(x) for x in o], rtol=near, atol=tiny)
            loose = 4e-15 * max(targets) if 0.5 in targets else tiny  # soft targets are differences of what is near them
            np.testing.assert_allclose(gradient[row, n:], [float(x) for x in first], rtol=near, atol=loose)
            np.testing.assert_allclose(hessian[row], np.array(second, dtype=float), rtol=2 * near, atol=tiny)


def test_two_classes_are_a_sigmoid_of_the_difference(rng: np.random.Generator) -> None:
    surface = by_logits([0.0, 1.0])
    z = 5.0 * rng.normal(size=(100, 2))
    theta = np.hstack([np.zeros_like(z), z])
    np.testing.assert_allclose(surface.forward(theta)[:, 0, 1], expit(z[:, 1] - z[:, 0]), rtol=1e-14)
    np.testing.assert_allclose(surface.loss(theta), np.log1p(np.exp(z[:, 0] - z[:, 1])), rtol=1e-13)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_equal_logits_cost_the_logarithm_of_the_number_of_classes(n: int) -> None:
    table = ls.Problem(np.eye(n), np.eye(n), name="classes")
    surface = ls.Surface(table, 2, output="softmax", objective="cross_entropy")
    assert float(surface.loss(np.zeros(surface.n_parameters))) == pytest.approx(np.log(n), rel=1e-15)


@pytest.mark.parametrize(("table", "output", "objective"), CASES)
@pytest.mark.parametrize("reduction", ["mean", "half_sum"])
@pytest.mark.parametrize(("hidden", "bias", "shortcut"), [(0, True, False), (3, True, True), (2, False, False)])
def test_surfaces_are_the_twins_and_their_derivatives_true(
    table: ls.Problem, output: str, objective: str, reduction: str, hidden: int, bias: bool, shortcut: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    surface = ls.Surface(table, hidden, "tanh", output, objective, reduction, l2=0.01, bias=bias, shortcut=shortcut)
    theta = random_theta(rng, surface, 3)
    outputs, hessian = surface.forward(theta), surface.hessian(theta)
    np.testing.assert_allclose(outputs.sum(axis=-1), OUTPUT_LAYERS[output].total, rtol=1e-14)
    for row, point in enumerate(theta):
        np.testing.assert_allclose(outputs[row], twin.forward(surface, point), rtol=1e-13)
        np.testing.assert_allclose(surface.loss(point), twin.loss(surface, point), rtol=1e-13)
        np.testing.assert_allclose(surface.gradient(point), twin.gradient(surface, point), rtol=1e-11, atol=1e-14)
        steps = 1e-5 * np.eye(len(point))
        by_differences = (surface.gradient(point + steps) - surface.gradient(point - steps)) / 2e-5
        np.testing.assert_allclose(hessian[row], by_differences, rtol=1e-7, atol=1e-9)
    assert (hessian == np.swapaxes(hessian, 1, 2)).all()


@pytest.mark.parametrize(("table", "output", "objective"), CASES)
@pytest.mark.parametrize("settings", [{}, {"update": "online"}, {"optimizer": "adam"}, {"stall": 1e-3}])
def test_training_is_the_twins(
    table: ls.Problem, output: str, objective: str, settings: dict[str, object], rng: np.random.Generator
) -> None:
    surface = ls.Surface(table, 2, "tanh", output, objective)
    protocol = ls.Protocol(lr=0.1, criterion="margin", tolerance=0.1, budget=150, **settings)  # type: ignore[arg-type]
    starts = random_theta(rng, surface, 3)
    result = ls.train(surface, protocol, theta0=starts)
    for row, start in enumerate(starts):
        np.testing.assert_allclose(result.theta[row], twin.train(surface, protocol, start).theta, rtol=1e-9, atol=1e-10)


def test_xor_is_learned_by_softmax_and_kept(tmp_path: Path) -> None:
    """From starts to a stored study and a replay, on one road with all other surfaces."""
    surface = ls.Surface(XOR, 3, "tanh", "softmax", "cross_entropy")
    protocol = ls.Protocol(lr=1.0, budget=2000)
    result = ls.train(surface, protocol, runs=100)
    assert result.runs.solved.mean() > 0.8
    fields = {
        "hidden": 3,
        "activation": "tanh",
        "output": "softmax",
        "objective": "cross_entropy",
        "lr": 1.0,
        "budget": 2000,
    }
    study = ls.Study(tmp_path / "study", ls.grid(problem=XOR, **fields), runs=100)
    study.run()
    np.testing.assert_array_equal(study.theta(study.cells()["_cell"][0]), result.theta)
    again = ls.replay(surface, protocol, run=3)
    np.testing.assert_array_equal(again.theta[-1], result.theta[3])
    in_single = ls.train(surface, protocol, runs=100, precision="float32")
    assert abs(in_single.runs.solved.mean() - result.runs.solved.mean()) < 0.1


def test_adding_a_number_to_all_logits_changes_nothing() -> None:
    """Without a penalty every point lies in a flat valley of as many directions as one output has parameters."""
    surface = ls.Surface(XOR, 2, "tanh", "softmax", "cross_entropy")
    theta = ls.find_minima(surface, 4).theta[0]
    smallest = np.abs(np.linalg.eigvalsh(surface.hessian(theta)))
    assert (np.sort(smallest)[:3] < 1e-12).all()
    parts = surface.unpack(theta)
    moved = surface.pack(W1=parts["W1"], b1=parts["b1"], W2=parts["W2"] + 0.5, b2=parts["b2"] - 0.3)
    assert float(surface.loss(moved)) == pytest.approx(float(surface.loss(theta)), rel=1e-10, abs=1e-15)
