"""The network's arithmetic: loss, gradient and outputs of one hidden layer, thirty-two parameter vectors at a time.

Buffers are one-dimensional and hold rows of ``LANES`` numbers, one of each of thirty-two parameter vectors; row r of the
buffer ``p`` is parameter r of the flat vector (weights row-major, then biases, layer by layer). Pattern q, input i, hidden
unit j, output k.

Surface and trainer call the same functions, so the loss of a run is the loss of its surface to the last bit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._jit import chooser, inline, kernel
from landscape._lanes import LANES, Pointer, fma, load, pointer, same, store
from landscape.activations import ACTIVATIONS
from landscape.gradients import EXACT, Gradient
from landscape.objectives import OBJECTIVES

Array = NDArray[np.float64]

activation = chooser([part.function for part in ACTIVATIONS.values()])
objective = chooser(list(OBJECTIVES.values()))


class Network(NamedTuple):
    """A surface as kernels see it: sizes, integers for names, numbers."""

    n_patterns: int
    n_inputs: int
    n_outputs: int
    n_parameters: int
    hidden: int
    activation: int
    output: int
    objective: int
    weight: float
    averaged: bool
    l2: float
    bias: bool
    direct: bool
    leak: float


class Work(NamedTuple):
    """What the two passes read and write: the truth table, and rows of parameters ``p``, gradient ``g``, hidden units'
    value and slope, outputs, the error at the outputs with and without the output slope, the error at one hidden unit."""

    inputs: Pointer
    targets: Pointer
    p: Pointer
    g: Pointer
    value: Pointer
    slope: Pointer
    output: Pointer
    delta: Pointer
    error: Pointer
    unit_delta: Pointer


def work_rows(net: Network) -> int:
    """Rows that ``Work`` needs."""
    return 2 * net.n_parameters + net.n_patterns * (2 * net.hidden + 3 * net.n_outputs + 1)


rows_of_work = inline(work_rows)


@inline
def divide(net: Network, inputs: Array, targets: Array, space: Array) -> Work:
    """Lay out the first ``work_rows`` rows of ``space``."""
    units, ends = net.n_patterns * net.hidden, net.n_patterns * net.n_outputs
    value = 2 * net.n_parameters
    output = value + 2 * units
    return Work(
        pointer(inputs, 0),
        pointer(targets, 0),
        pointer(space, 0),
        pointer(space, net.n_parameters * LANES),
        pointer(space, value * LANES),
        pointer(space, (value + units) * LANES),
        pointer(space, output * LANES),
        pointer(space, (output + ends) * LANES),
        pointer(space, (output + 2 * ends) * LANES),
        pointer(space, (output + 3 * ends) * LANES),
    )


@inline
def hidden_bias(net: Network) -> int:
    """Row of the first hidden unit's bias."""
    return net.hidden * net.n_inputs


@inline
def output_weights(net: Network, k: int) -> int:
    """Row of the first weight into output k: the hidden units', then the inputs' where the output reads them."""
    width = net.hidden + (net.n_inputs if net.direct else 0)
    return hidden_bias(net) + (net.hidden if net.bias else 0) + k * width


@inline
def forward(net: Network, work: Work, gradient: Gradient, patterns: tuple[int, int]) -> float:
    """Loss of the patterns from the first to before the second number, as if they were the whole problem. The error without
    the output slope is kept only where the gradient is to leave it out."""
    low, high = patterns
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    output_bias = output_weights(net, n_outputs)
    factor = net.weight / ((high - low) * n_outputs) if net.averaged else net.weight
    total = same(work.p, 0.0)
    for q in range(low, high):
        for j in range(net.hidden):
            z = load(work.p, hidden_bias(net) + j) if net.bias else same(work.p, 0.0)
            for i in range(n_inputs):
                z = fma(work.inputs[q * n_inputs + i], load(work.p, j * n_inputs + i), z)
            value, slope, _ = activation(net.activation, z, net.leak)
            store(work.value, q * net.hidden + j, value)
            store(work.slope, q * net.hidden + j, slope)
    for q in range(low, high):
        for k in range(n_outputs):
            row = output_weights(net, k)
            z = load(work.p, output_bias + k) if net.bias else same(work.p, 0.0)
            for j in range(net.hidden):
                z = fma(load(work.p, row + j), load(work.value, q * net.hidden + j), z)
            if net.direct:
                for i in range(n_inputs):
                    z = fma(work.inputs[q * n_inputs + i], load(work.p, row + net.hidden + i), z)
            value, slope, curvature = activation(net.output, z, net.leak)
            cost, by_logit, _, by_output = objective(
                net.objective, z, value, slope, curvature, work.targets[q * n_outputs + k]
            )
            total = total + cost
            store(work.output, q * n_outputs + k, value)
            store(work.delta, q * n_outputs + k, factor * by_logit)
            if not gradient.output_slope:
                store(work.error, q * n_outputs + k, factor * by_output)
    total = factor * total
    if net.l2 > 0.0:
        squares = same(work.p, 0.0)
        for row in range(output_bias + (n_outputs if net.bias else 0)):
            squares = fma(load(work.p, row), load(work.p, row), squares)
        total = fma(net.l2, squares, total)
    return total


@inline
def _put(net: Network, work: Work, row: int, value: float) -> None:
    """Store one row of the gradient, the penalty's part added."""
    if net.l2 > 0.0:
        value = fma(2.0 * net.l2, load(work.p, row), value)
    store(work.g, row, value)


@inline
def backward(net: Network, work: Work, gradient: Gradient, patterns: tuple[int, int]) -> None:
    """Gradient of what ``forward`` returned, or what the faulty program takes for it, into ``work.g``.

    One parameter after the other, the sum over patterns in a register: a third fewer loads and stores than pattern after
    pattern.
    """
    low, high = patterns
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    output_bias = output_weights(net, n_outputs)
    sent = work.delta if gradient.output_slope else work.error
    for j in range(net.hidden):
        total = same(work.p, 0.0)
        for q in range(low, high):
            back = same(work.p, 0.0)
            for k in range(n_outputs):
                back = fma(load(work.p, output_weights(net, k) + j), load(sent, q * n_outputs + k), back)
            if gradient.hidden_slope:
                delta = back * load(work.slope, q * net.hidden + j)
            else:
                value = load(work.value, q * net.hidden + j)
                delta = back * (value * (1.0 - value))
            store(work.unit_delta, q, delta)
            total = total + delta
        for i in range(n_inputs):
            by_weight = same(work.p, 0.0)
            for q in range(low, high):
                by_weight = fma(work.inputs[q * n_inputs + i], load(work.unit_delta, q), by_weight)
            _put(net, work, j * n_inputs + i, by_weight)
        if net.bias:
            _put(net, work, hidden_bias(net) + j, total)
    for k in range(n_outputs):
        row = output_weights(net, k)
        for j in range(net.hidden):
            by_weight = same(work.p, 0.0)
            for q in range(low, high):
                by_weight = fma(load(work.delta, q * n_outputs + k), load(work.value, q * net.hidden + j), by_weight)
            _put(net, work, row + j, by_weight)
        if net.direct:
            for i in range(n_inputs):
                by_weight = same(work.p, 0.0)
                for q in range(low, high):
                    by_weight = fma(work.inputs[q * n_inputs + i], load(work.delta, q * n_outputs + k), by_weight)
                _put(net, work, row + net.hidden + i, by_weight)
        if net.bias:
            total = same(work.p, 0.0)
            for q in range(low, high):
                total = total + load(work.delta, q * n_outputs + k)
            _put(net, work, output_bias + k, total)


@inline
def squared_norm(net: Network, work: Work) -> float:
    """Of the gradient in ``work.g``."""
    squares = same(work.p, 0.0)
    for row in range(net.n_parameters):
        squares = fma(load(work.g, row), load(work.g, row), squares)
    return squares


@inline
def gather(theta: Array, first: int, p: Pointer) -> int:
    """Parameter vectors ``first`` and after into the lanes of ``p``, the last one repeated where there are no more;
    returns how many there are."""
    count: int = min(LANES, theta.shape[0] - first)
    for lane in range(LANES):
        source = first + min(lane, count - 1)
        for row in range(theta.shape[1]):
            p[row * LANES + lane] = theta[source, row]
    return count


@kernel
def evaluate(
    net: Network,
    inputs: Array,
    targets: Array,
    theta: Array,
    loss: Array,
    gradient: Array,
    outputs: Array,
    deltas: Array,
    space: Array,
) -> None:
    """Loss (n,), gradient (n, P), outputs and the loss's derivatives by their logits (n, patterns * n_outputs) of parameter
    vectors (n, P); an array without rows is not filled. ``space`` has room for ``work_rows`` rows and one more."""
    n = theta.shape[0]
    work = divide(net, inputs, targets, space)
    losses = pointer(space, rows_of_work(net) * LANES)
    # not a literal 0, for which Numba would compile both passes once more
    every: tuple[int, int] = (np.int64(0), net.n_patterns)  # type: ignore[assignment]
    for first in range(0, n, LANES):
        count = gather(theta, first, work.p)
        store(losses, 0, forward(net, work, EXACT, every))
        for lane in range(min(count, loss.shape[0])):
            loss[first + lane] = losses[lane]
        if gradient.shape[0] > 0:
            backward(net, work, EXACT, every)
            for lane in range(count):
                for row in range(net.n_parameters):
                    gradient[first + lane, row] = work.g[row * LANES + lane]
        if outputs.shape[0] > 0:
            for lane in range(count):
                for row in range(outputs.shape[1]):
                    outputs[first + lane, row] = work.output[row * LANES + lane]
        if deltas.shape[0] > 0:
            for lane in range(count):
                for row in range(deltas.shape[1]):
                    deltas[first + lane, row] = work.delta[row * LANES + lane]


@kernel
def unit_sums(net: Network, inputs: Array, theta: Array, sums: Array) -> None:
    """Sums (n, patterns, hidden) of the hidden units at parameter vectors (n, P), to the bit those of ``forward``: on which
    side of a kink a point lies must not depend on who asks."""
    for row in range(theta.shape[0]):
        for q in range(net.n_patterns):
            for j in range(net.hidden):
                z = theta[row, net.hidden * net.n_inputs + j] if net.bias else 0.0
                for i in range(net.n_inputs):
                    z = fma(inputs[q, i], theta[row, j * net.n_inputs + i], z)
                sums[row, q, j] = z


@kernel
def activate(code: int, z: Array, leak: float, value: Array, slope: Array) -> None:
    """Value and slope (n,) of an activation at z (n,)."""
    for i in range(z.size):
        value[i], slope[i], _ = activation(code, z[i], leak)
