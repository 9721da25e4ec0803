"""Loss, gradient and Hessian: finite differences, the plain twin, and answers known on paper."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import twin
from conftest import THREE_BY_TWO, XOR, random_theta

import landscape as ls
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS

KINKED = {"relu", "leaky_relu", "hard_tanh", "elu", "softsign"}
"""Not smooth somewhere: finite differences across the kink are no derivative."""


def every_surface() -> list[ls.Surface]:
    """Every activation x objective x reduction x shortcut x bias, on a table without symmetry."""
    choices = itertools.product(ACTIVATIONS, OBJECTIVES, REDUCTIONS, (False, True), (False, True))
    return [
        ls.Surface(THREE_BY_TWO, 3, a, "sigmoid", o, r, l2=0.03, bias=b, shortcut=s, slope=0.2) for a, o, r, s, b in choices
    ]


def differences(function, theta: np.ndarray, step: float) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Central differences of fourth order, (..., P) for a scalar function and (..., P, P) for a vector one."""
    columns = []
    for unit in np.eye(theta.shape[-1]):
        near = function(theta + step * unit) - function(theta - step * unit)
        far = function(theta + 2 * step * unit) - function(theta - 2 * step * unit)
        columns.append((8 * near - far) / (12 * step))
    return np.stack(columns, axis=-1)


def test_gradient_and_hessian_are_the_derivatives_of_the_loss(rng: np.random.Generator) -> None:
    surfaces = every_surface()
    assert len(surfaces) == len(ACTIVATIONS) * len(OBJECTIVES) * 4 * 2 * 2
    for surface in surfaces:
        theta = random_theta(rng, surface, 3)
        if surface.activation in KINKED:  # keep those points that are away from a kink
            parts = surface.unpack(theta)
            z = parts["W1"] @ THREE_BY_TWO.inputs.T + (parts["b1"][..., np.newaxis] if surface.bias else 0.0)
            kink = np.abs(np.abs(z) - 1.0) if surface.activation == "hard_tanh" else np.abs(z)
            theta = theta[kink.min(axis=(1, 2)) > 0.02]
            if len(theta) == 0:
                continue
        gradient = surface.gradient(theta)
        np.testing.assert_allclose(gradient, differences(surface.loss, theta, 1e-3), rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(surface.hessian(theta), differences(surface.gradient, theta, 1e-3), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_far_from_its_targets(objective: str, rng: np.random.Generator) -> None:
    """Outputs without bound where the objective takes them."""
    surface = ls.Surface(THREE_BY_TWO, 3, "tanh", OBJECTIVES[objective].output or "identity", objective)
    theta = 4.0 * random_theta(rng, surface, 20)
    for row in theta:
        np.testing.assert_allclose(surface.loss(row), twin.loss(surface, row), rtol=1e-13)
        np.testing.assert_allclose(surface.gradient(row), twin.gradient(surface, row), rtol=1e-11, atol=1e-14)
    expected = differences(surface.gradient, theta, 1e-3)
    np.testing.assert_allclose(surface.hessian(theta), expected, rtol=1e-7, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("output", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [0, 1, 3])
def test_every_output_activation(output: str, hidden: int, rng: np.random.Generator) -> None:
    surface = ls.Surface(THREE_BY_TWO, hidden, "tanh", output, slope=0.2)
    theta = random_theta(rng, surface, 3)
    for row in theta:
        np.testing.assert_allclose(surface.forward(row), twin.forward(surface, row), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(surface.loss(row), twin.loss(surface, row), rtol=1e-13)
        np.testing.assert_allclose(surface.gradient(row), twin.gradient(surface, row), rtol=1e-11, atol=1e-14)
    if output not in KINKED:
        np.testing.assert_allclose(surface.hessian(theta), differences(surface.gradient, theta, 1e-3), rtol=1e-8, atol=1e-8)


def test_loss_and_gradient_are_the_twins_to_full_precision(rng: np.random.Generator) -> None:
    for surface in every_surface():
        for row in random_theta(rng, surface, 2):
            np.testing.assert_allclose(surface.loss(row), twin.loss(surface, row), rtol=1e-14)
            expected = twin.gradient(surface, row)
            np.testing.assert_allclose(surface.gradient(row), expected, rtol=1e-13, atol=1e-15 * np.abs(expected).max())


def test_hessian_is_symmetric_to_the_last_bit(rng: np.random.Generator) -> None:
    surface = ls.Surface(THREE_BY_TWO, 3, "gelu", shortcut=True, l2=0.1)
    hessian = surface.hessian(random_theta(rng, surface, 20))
    assert (hessian == np.swapaxes(hessian, 1, 2)).all()


@pytest.mark.parametrize("lead", [(), (1,), (17,), (2, 3), (0,), (4, 0)])
def test_leading_axes_are_kept(lead: tuple[int, ...], rng: np.random.Generator) -> None:
    surface = ls.Surface(THREE_BY_TWO, 2, "tanh")
    size = surface.n_parameters
    theta = rng.normal(size=(*lead, size))
    assert surface.loss(theta).shape == lead
    assert surface.gradient(theta).shape == (*lead, size)
    assert surface.hessian(theta).shape == (*lead, size, size)
    assert surface.forward(theta).shape == (*lead, 5, 2)
    assert surface.forward(theta, np.zeros((7, 3))).shape == (*lead, 7, 2)
    parts = surface.unpack(theta)
    assert {name: part.shape for name, part in parts.items()} == {
        "W1": (*lead, 2, 3), "b1": (*lead, 2), "W2": (*lead, 2, 2), "b2": (*lead, 2),
    }  # fmt: skip


def test_a_vector_has_the_same_bits_in_any_company(rng: np.random.Generator) -> None:
    surface = ls.Surface(hidden=3, activation="silu")
    theta = random_theta(rng, surface, 37)
    for i in (0, 15, 16, 36):
        assert surface.loss(theta[i]) == surface.loss(theta)[i]
        assert (surface.gradient(theta[i]) == surface.gradient(theta)[i]).all()
        assert (surface.hessian(theta[i]) == surface.hessian(theta)[i]).all()


def test_theta_is_laid_out_layer_by_layer() -> None:
    surface = ls.Surface(hidden=2, activation="identity", output="identity", shortcut=True)
    parts = surface.unpack(np.arange(surface.n_parameters, dtype=float))
    assert parts["W1"].tolist() == [[0, 1], [2, 3]]
    assert parts["b1"].tolist() == [4, 5]
    assert parts["W2"].tolist() == [[6, 7, 8, 9]]
    assert parts["b2"].tolist() == [10]
    hidden = XOR.inputs @ parts["W1"].T + parts["b1"]
    expected = np.concatenate([hidden, XOR.inputs], axis=1) @ parts["W2"].T + parts["b2"]
    np.testing.assert_array_equal(surface.forward(np.arange(11.0)), expected)


def test_a_network_made_by_hand_computes_xor() -> None:
    """OR and NAND into AND."""
    theta = [20, 20, -20, -20, -10, 30, 20, 20, -30]
    assert np.round(ls.Surface().forward(theta).ravel(), 3).tolist() == [0, 1, 1, 0]
    assert ls.Surface().loss(theta) < 1e-7


def test_outputs_at_four_other_inputs(rng: np.random.Generator) -> None:
    """As many as XOR has patterns, of a network that is a usual one but for these."""
    surface, theta, inputs = ls.Surface(hidden=3), rng.normal(size=13), rng.normal(size=(4, 2))
    one_by_one = [surface.forward(theta, inputs[[k]])[0] for k in range(4)]
    np.testing.assert_array_equal(surface.forward(theta, inputs), one_by_one)
    np.testing.assert_allclose(one_by_one[2], twin.forward(ls.Surface(ls.Problem(inputs, [0, 1, 1, 0]), 3), theta)[2])


@pytest.mark.parametrize(
    ("objective", "four", "three"),
    [("squared_error", 1 / 4, 1 / 6), ("cross_entropy", math.log(2.0), (math.log(3.0) - 2 / 3 * math.log(2.0)) * 3 / 4)],
)
def test_levels_at_which_stuck_runs_sit(objective: str, four: float, three: float) -> None:
    """All outputs 1/2; one pattern right and the other three at 2/3: losses known on paper."""
    surface = ls.Surface(hidden=1, objective=objective)
    assert surface.loss(np.zeros(5)) == pytest.approx(four, rel=1e-15)
    assert not surface.gradient(np.zeros(5)).any()
    nor = [-60.0, -60.0, 30.0, -40.0, math.log(2.0)]  # the hidden unit answers to (0, 0) alone
    assert surface.forward(nor).ravel() == pytest.approx([0.0, 2 / 3, 2 / 3, 2 / 3], abs=1e-12)
    assert surface.loss(nor) == pytest.approx(three, rel=1e-12)
    assert np.abs(surface.gradient(nor)).max() < 1e-12


def test_single_sigmoid_unit_on_xor_at_the_origin() -> None:
    """No hidden layer: stationary at mean squared error 1/4, where the Hessian is 2 s'(0)^2 times the mean of x x'."""
    surface = ls.Surface(hidden=0)
    assert surface.n_parameters == 3
    assert surface.loss(np.zeros(3)) == 0.25
    assert not surface.gradient(np.zeros(3)).any()
    extended = np.c_[XOR.inputs, np.ones(4)]
    np.testing.assert_array_equal(surface.hessian(np.zeros(3)), 2 / 16 * extended.T @ extended / 4)


def test_cross_entropy_is_exact_for_large_logits() -> None:
    surface = ls.Surface(
        ls.Problem([[1.0], [1.0]], [0.0, 1.0]), hidden=0, objective="cross_entropy", reduction="sum", bias=False
    )
    assert surface.loss([1000.0]) == 1000.0
    assert surface.loss([-1000.0]) == 1000.0
    assert surface.gradient([1000.0]).tolist() == [1.0]


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("z", [-700.0, -40.0, -3.0, -1e-9, 0.0, 1e-9, 3.0, 20.0, 36.0, 40.0, 700.0])
def test_cross_entropy_keeps_its_digits(z: float, target: float) -> None:
    """A right answer's small cost and slope too, against four hundred digits."""
    with mpmath.workdps(400):
        x, y = mpmath.mpf(z), mpmath.mpf(target)
        cost = float(y * mpmath.log1p(mpmath.exp(-x)) + (1 - y) * mpmath.log1p(mpmath.exp(x)))
        slope = float(1 / (1 + mpmath.exp(-x)) - y)
    surface = ls.Surface(ls.Problem([[1.0]], [target]), 0, objective="cross_entropy", reduction="sum", bias=False)
    assert surface.loss([z]) == pytest.approx(cost, rel=2e-15, abs=1e-300)
    assert surface.gradient([z])[0] == pytest.approx(slope, rel=2e-15, abs=1e-300)


def test_reductions_and_penalty() -> None:
    theta = np.linspace(-1.0, 2.0, 11)
    surfaces = {
        r: ls.Surface(ls.Problem(XOR.inputs, np.c_[XOR.targets, 1 - XOR.targets]), 1, reduction=r) for r in REDUCTIONS
    }
    theta = theta[: surfaces["sum"].n_parameters]
    total = surfaces["sum"].loss(theta)
    assert surfaces["mean"].loss(theta) == pytest.approx(total / 8)
    assert surfaces["half_mean"].loss(theta) == pytest.approx(total / 16)
    assert surfaces["half_sum"].loss(theta) == pytest.approx(total / 2)
    penalised = ls.Surface(surfaces["sum"].problem, 1, reduction="sum", l2=0.5)
    assert penalised.loss(theta) == pytest.approx(total + 0.5 * theta @ theta)


def test_non_finite_theta_is_not_hidden() -> None:
    theta = np.zeros((2, 9))
    theta[1, 3] = np.nan
    loss = ls.Surface().loss(theta)
    assert loss[0] == 0.25
    assert np.isnan(loss[1])


def test_surfaces_compare_by_what_they_are() -> None:
    assert ls.Surface() == ls.Surface(problem=6) == ls.Surface(ls.problems.xor)
    assert len({ls.Surface(), ls.Surface("xor"), ls.Surface(hidden=3)}) == 2
    assert ls.Surface("xnor") != ls.Surface()
    assert ls.Surface(hidden=3).architecture == "2-3-1"
    assert ls.Surface(hidden=0).architecture == "2-1"


def test_ten_thousand_hessians_in_well_under_a_second(rng: np.random.Generator) -> None:
    """Of this process's own time, whatever else the machine does."""
    import time

    surface = ls.Surface()
    theta = random_theta(rng, surface, 10_000)
    surface.hessian(theta[:1])
    start = time.process_time()
    surface.hessian(theta)
    assert time.process_time() - start < 0.5
