"""Names of what networks and their units compute, on networks written on paper."""

import numpy as np
import pytest
from conftest import THREE_BY_TWO, XOR
from numpy.typing import NDArray

import landscape as ls
from landscape.critical.boolean import computed, idle_units, names_of, unit_gates
from landscape.parts.activations import ACTIVATIONS
from landscape.problems import BOOLEAN_NAMES

Array = NDArray[np.float64]

TRUTH = (np.arange(16)[:, np.newaxis] >> np.arange(4) & 1).astype(bool)
"""Row k is the column of function k."""


def network(surface: ls.Surface, into: object, bias: object, out: object, end: object) -> Array:
    """One network as (1, P)."""
    theta = np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in (into, bias, out, end)])
    assert theta.size == surface.n_parameters
    return theta[np.newaxis]


def test_names_of_the_sixteen_functions() -> None:
    assert names_of(TRUTH, XOR).tolist() == list(BOOLEAN_NAMES)
    for k, name in enumerate(BOOLEAN_NAMES):
        assert names_of(ls.problems.boolean(k).targets.T == 1.0, XOR).tolist() == [name]


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
@pytest.mark.parametrize(("low", "high"), [((0.0, 0.0), (1.0, 1.0)), ((-1.0, -1.0), (1.0, 1.0)), ((5.0, -0.2), (9.0, -0.1))])
def test_names_know_patterns_in_any_order_and_coding(
    order: tuple[int, ...], low: tuple[float, ...], high: tuple[float, ...]
) -> None:
    rows = list(order)
    inputs = np.where(XOR.inputs > 0.5, high, low)[rows]
    assert names_of(TRUTH[:, rows], ls.Problem(inputs, XOR.targets[rows])).tolist() == list(BOOLEAN_NAMES)


def test_other_tables_are_named_by_their_bits() -> None:
    assert names_of(ls.problems.parity(3).targets.T == 1.0, ls.problems.parity(3)).tolist() == ["01101001"]
    assert names_of(np.array([[True, False, False, True, True]]), THREE_BY_TWO).tolist() == ["10011"]
    corners = XOR.inputs.copy()
    for inputs in (corners[[0, 1, 2, 2]], corners[:3], [[0, 0], [0, 1], [0.7, 0], [1, 1]], [[0, 0], [0, 0], [0, 1], [0, 1]]):
        n = len(inputs)
        assert names_of(TRUTH[6:7, :n], ls.Problem(inputs, np.zeros(n))).tolist() == ["0110"[:n]]
    assert names_of(np.empty((0, 4), dtype=bool), XOR).shape == (0,)


@pytest.mark.parametrize("k", range(16))
def test_a_network_with_that_truth_column_is_named_by_it(k: int) -> None:
    """Four hidden units, one for each pattern, into an OR of those where the function is 1."""
    surface = ls.Surface("xor", 4)
    into = 40.0 * XOR.inputs - 20.0
    theta = network(surface, into, 10.0 - 20.0 * XOR.inputs.sum(axis=1), 40.0 * TRUTH[k], -20.0)
    function, right = computed(surface, theta)
    assert function.tolist() == [BOOLEAN_NAMES[k]]
    assert right.tolist() == [int((TRUTH[k] == TRUTH[6]).sum())]
    assert unit_gates(surface, theta).tolist() == ["nor, not_a_and_b, a_and_not_b, and"]


OR_NAND = {
    "sigmoid": ([[20, 20], [-20, -20]], [-10, 30], [20, 20], -30),
    "tanh": ([[20, 20], [-20, -20]], [-10, 30], [20, 20], -20),
    "hard_tanh": ([[20, 20], [-20, -20]], [-10, 30], [20, 20], -20),
    "softsign": ([[99, 99], [-99, -99]], [-50, 150], [20, 20], -20),
    "relu": ([[1, 1], [-1, -1]], [0, 1.5], [-60, -80], 110),  # below the line through (0, 3/2) and (2, 0)
}
"""Weights in, biases, weights out, output bias: OR and NAND into AND."""


@pytest.mark.parametrize("activation", OR_NAND)
def test_or_and_nand_make_xor(activation: str) -> None:
    surface = ls.Surface(activation=activation)
    theta = network(surface, *OR_NAND[activation])
    assert np.round(surface.forward(theta), 3).ravel().tolist() == [0, 1, 1, 0]
    assert [part.tolist() for part in computed(surface, theta)] == [["xor"], [4]]
    assert unit_gates(surface, theta).tolist() == ["or, nand"]
    for table, right in (("and", 1), ("xnor", 0), ("or", 3), ("nand", 3)):
        other = ls.Surface(table, activation=activation)
        assert [part.tolist() for part in computed(other, theta)] == [["xor"], [right]]


def test_many_networks_at_once() -> None:
    surface = ls.Surface()
    xor = network(surface, *OR_NAND["sigmoid"])
    swapped = network(surface, [[-20, -20], [20, 20]], [30, -10], [20, 20], -30)
    negated = network(surface, [[20, 20], [-20, -20]], [-10, 30], [-20, -20], 30)
    theta = np.concatenate([xor, swapped, negated, np.zeros((1, 9))])
    function, right = computed(surface, theta)
    assert function.tolist() == ["xor", "xor", "xnor", "undecided"]
    assert right.tolist() == [4, 4, 0, 0]
    assert unit_gates(surface, theta).tolist() == ["or, nand", "nand, or", "or, nand", "undecided, undecided"]
    function, right = computed(surface, theta[:0])
    assert (function.shape, right.shape, unit_gates(surface, theta[:0]).shape) == ((0,), (0,), (0,))


def test_an_output_at_its_midpoint_is_undecided_and_not_right() -> None:
    surface = ls.Surface("a", hidden=0, output="identity")
    for end, function, right in (
        (0.5, "undecided", 2),
        (0.5 + 5e-7, "undecided", 2),
        (0.5 + 2e-6, "true", 4),
        (0.5 - 2e-6, "a", 4),
    ):
        theta = np.array([[0.3, 0.0, end]])  # (0, 0) and (0, 1) are on the edge
        expected_right = {"true": 2, "a": 4}.get(function, right)
        assert [part.tolist() for part in computed(surface, theta)] == [[function], [expected_right]]


def test_signed_targets_are_read_about_zero() -> None:
    surface = ls.Surface(ls.Problem(XOR.inputs, 1.6 * XOR.targets - 0.8), activation="tanh", output="tanh")
    theta = network(surface, *OR_NAND["tanh"])
    assert [part.tolist() for part in computed(surface, theta)] == [["xor"], [4]]
    level = ls.Surface(ls.Problem(XOR.inputs, 1.6 * XOR.targets - 0.8), hidden=0, output="identity")
    assert [part.tolist() for part in computed(level, np.array([[0.0, 0.0, 0.3]]))] == [["true"], [2]]
    constant = ls.Surface("true", hidden=0)  # its targets are all 1: read about 1/2
    assert [part.tolist() for part in computed(constant, np.array([[0.0, 0.0, 0.1]]))] == [["true"], [4]]


def test_several_outputs_are_named_one_by_one() -> None:
    """Half adder: XOR of OR and NAND, AND as NOT NAND. A pattern is right where both outputs are."""
    surface = ls.Surface(ls.Problem(XOR.inputs, np.c_[XOR.targets, ls.problems.and_.targets]))
    into, bias = OR_NAND["sigmoid"][:2]
    adder = network(surface, into, bias, [[20, 20], [0, -20]], [-30, 10])
    wrong = network(surface, into, bias, [[20, 20], [0, 20]], [-30, -10])
    half = network(surface, into, bias, [[20, 20], [0, 0]], [-30, 0])
    mixed = network(surface, into, bias, [[20, 0], [0, -20]], [-10, 10])
    function, right = computed(surface, np.concatenate([adder, wrong, half, mixed]))
    assert function.tolist() == ["xor, and", "xor, nand", "xor, undecided", "or, and"]
    assert right.tolist() == [4, 0, 0, 3]


def test_parity_of_three_is_named_by_its_bits() -> None:
    """Units that count: at least one, two, three inputs on; out 1, -1, 1."""
    surface = ls.Surface("parity3", 3)
    theta = network(surface, np.full((3, 3), 40.0), [-20, -60, -100], [40, -40, 40], -20)
    assert [part.tolist() for part in computed(surface, theta)] == [["01101001"], [8]]
    assert unit_gates(surface, theta).tolist() == ["01111111, 00010111, 00000001"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_unit_is_on_above_its_middle(activation: str) -> None:
    """A bounded activation above the middle of its range, an unbounded one for positive sums; on an edge a bounded one is
    undecided and an unbounded one off."""
    part = ACTIVATIONS[activation]
    surface = ls.Surface(hidden=1, activation=activation)
    bounded = np.isfinite(part.low) and np.isfinite(part.high)
    edge = {"gaussian": np.sqrt(np.log(2.0))}.get(activation, 0.0)
    rises = -1.0 if activation == "gaussian" else 1.0  # a bell falls off to the right
    for weight, name in ((0.4 * rises, "a"), (-0.4 * rises, "not_a")):
        theta = network(surface, [weight, 0.0], edge - 0.5 * weight, 1.0, 0.0)
        assert unit_gates(surface, theta).tolist() == [name]
    at = network(surface, [0.4 * rises, 0.0], edge, 1.0, 0.0)
    assert unit_gates(surface, at).tolist() == ["undecided" if bounded else "a"]


def test_no_hidden_unit_has_no_name() -> None:
    surface = ls.Surface(hidden=0)
    assert unit_gates(surface, np.zeros((3, 3))).tolist() == [""] * 3
    assert [part.tolist() for part in idle_units(surface, np.zeros((3, 3)))] == [[0] * 3] * 2


def test_dead_and_saturated_units() -> None:
    """A sigmoid's slope is a hundredth of its largest, 1/400, where the sum is 5.986; a relu's slope is 1 or 0."""
    sigmoid, relu, clipped = (ls.Surface(activation=a) for a in ("sigmoid", "relu", "hard_tanh"))
    assert np.log1p(np.sqrt(0.99)) - np.log1p(-np.sqrt(0.99)) == pytest.approx(5.986, abs=1e-3)
    cases = [
        (sigmoid, [[0, 0], [0, 0]], [5.95, -5.95], (0, 0)),
        (sigmoid, [[0, 0], [0, 0]], [6.02, 0], (0, 1)),
        (sigmoid, [[0, 0], [0, 0]], [6.02, -6.02], (0, 2)),
        (sigmoid, [[20, 20], [-20, -20]], [-10, 30], (0, 2)),
        (sigmoid, [[20, 20], [-20, 19]], [-10, 30], (0, 2)),
        (sigmoid, [[20, 20], [-20, -10]], [-10, 30], (0, 1)),  # the second unit is at 0 for (1, 1)
        (sigmoid, [[0, 0], [0, 0]], [-1000, 1000], (2, 2)),
        (relu, [[1, 1], [-1, -1]], [0, 1.5], (0, 0)),
        (relu, [[1, 1], [-1, -1]], [-3, 1.5], (1, 1)),
        (relu, [[1, 1], [-1, -1]], [-2, 0], (2, 2)),  # on the kink the slope is 0
        (relu, [[1, 1], [-1, -1]], [-1.9, 0.1], (0, 0)),
        (clipped, [[1, 1], [1, 1]], [1.1, -3.1], (2, 2)),
        (clipped, [[1, 1], [1, 1]], [0.9, -2.9], (0, 0)),
    ]  # fmt: skip
    for surface, into, bias, (dead, saturated) in cases:
        theta = network(surface, into, bias, [1, 1], 0)
        assert [part.tolist() for part in idle_units(surface, theta)] == [[dead], [saturated]], (surface.activation, bias)
    many = np.concatenate([network(relu, into, bias, [1, 1], 0) for surface, into, bias, _ in cases if surface is relu])
    assert [part.tolist() for part in idle_units(relu, many)] == [[0, 1, 2, 0], [0, 1, 2, 0]]
