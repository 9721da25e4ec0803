"""Forward and backward propagation: loss and gradient of a network, for one row of parameter vectors at a time.

Surface and trainer call the same functions, so that the loss of a run is the loss of its surface to the last bit.
"""

import operator
from collections.abc import Callable
from typing import Any

from landscape._kernels.inputs import into_each, into_one
from landscape._kernels.network import (
    Network,
    Patterns,
    Work,
    costs_of_a_pattern,
    hidden_bias,
    of_unit,
    output_weights,
    places,
)
from landscape._kernels.outputs import costs_of_layers, costs_one_by_one
from landscape._simd.foreign import by_address
from landscape._simd.jit import inline
from landscape._simd.lanes import Rows, fma, load, same, store
from landscape._simd.unroll import chooser, consecutive, each, either, fold, repeat
from landscape.parts.activations import ACTIVATIONS, Three
from landscape.parts.gradients import Gradient


@inline
def _unit_sums(net: Network, work: Work, q: tuple[int, ...], j: int) -> tuple[float, ...]:
    """Sums that hidden unit j forms for the patterns."""
    z: tuple[float, ...] = repeat(load(work.p, hidden_bias(net) + j) if net.bias else same(work.p, 0.0), q)
    for i in range(net.n_inputs):
        z = into_each(net, work, q, i, load(work.p, j * net.n_inputs + i), z)
    return z


def _layer(function: Callable[[float, float], Three]) -> Callable[[Network, Work, Patterns, int], None]:
    """Make the function that computes a hidden layer with one activation and stores value and slope of each unit.

    The activation is chosen once for the layer and not for each unit, so that registers are allocated for one function: relu
    2-8-1 would take a fifth longer. Units store their own results, which spares moves to a common place for the results of
    all activations: 2 percent of the time of sigmoid 2-2-1.
    """
    compiled = inline(function)

    @inline
    def keep_unit(x: float, leak: float, values: Rows, slopes: Rows, row: int) -> None:
        value, slope, _ = compiled(x, leak)
        store(values, row, value)
        store(slopes, row, slope)

    def keep_layer(net: Network, work: Work, patterns: Patterns, first: int) -> None:
        q = consecutive(first, patterns.together)
        for j in range(net.hidden):
            sums = _unit_sums(net, work, q, j)
            each(keep_unit, sums, net.leak, of_unit(net, work.value, j), of_unit(net, work.slope, j), q)

    return keep_layer


@inline
def _keep_own_unit(code: int, x: float, leak: float, values: Rows, slopes: Rows, row: int) -> None:
    value, slope, _ = by_address(code, x, leak)
    store(values, row, value)
    store(slopes, row, slope)


def _keep_own_layer(code: int, net: Network, work: Work, patterns: Patterns, first: int) -> None:
    """Compute a hidden layer with a registered activation."""
    q = consecutive(first, patterns.together)
    for j in range(net.hidden):
        sums = _unit_sums(net, work, q, j)
        each(_keep_own_unit, code, sums, net.leak, of_unit(net, work.value, j), of_unit(net, work.slope, j), q)


_LAYERS = [_layer(part.function) for part in ACTIVATIONS.values()]
_keep_layer, _keep_any_layer = chooser(_LAYERS), chooser(_LAYERS, otherwise=_keep_own_layer)


@inline
def forward(
    net: Network,
    work: Work,
    gradient: Gradient,
    patterns: Patterns,
    use: Callable[..., Any],
    given: Any,
    result: float,
) -> tuple[float, float]:
    """Compute the loss of the patterns as if they were the whole problem, and what ``backward`` needs.

    ``use(given, q, k, output, target, result)`` sees every output and returns the next ``result``. Returns the loss and the
    last ``result``. The derivative by the outputs is kept only for gradients that leave out the output slope.
    """
    low, high, size, together = patterns
    output_bias, counted = output_weights(net, net.n_outputs), costs_of_a_pattern(net, work.whole)
    factor = net.weight / ((high - low) * counted) if net.averaged else net.weight
    share = net.weight / (size * counted) if net.averaged else net.weight
    total = same(work.p, 0.0)
    for first in range(low, high, len(together)):
        q = consecutive(first, together)
        either(work.own, _keep_any_layer, _keep_layer, net.activation, net, work, patterns, first)
        costs, result = either(
            work.whole, costs_of_layers, costs_one_by_one, net, work, gradient, share, q, use, given, result
        )
        total = fold(operator.add, total, costs)  # pattern by pattern, however many are taken together
    total = factor * total
    if net.l2 > 0.0:
        squares = same(work.p, 0.0)
        for row in range(output_bias + (net.n_outputs if net.bias else 0)):
            squares = fma(load(work.p, row), load(work.p, row), squares)
        total = fma(net.l2, squares, total)
    return total, result


@inline
def keep(given: Any, work: Work, row: int, g: float, kept: float) -> float:
    """For ``backward``: store the gradient of parameter ``row`` in ``work.g``."""
    store(work.g, row, g)
    return kept


@inline
def _so_far(work: Work, row: int, anew: bool) -> float:
    """Sum over earlier patterns, from ``work.g``, or 0 if there are none."""
    return same(work.g, 0.0) if anew else load(work.g, row)


@inline
def _pass_on(
    net: Network, work: Work, row: int, g: float, last: bool, use: Callable[..., Any], given: Any, result: float
) -> float:
    """Store the sum over the patterns so far; after the last patterns, add the gradient of the penalty and ``use`` it."""
    if last:
        if net.l2 > 0.0:
            g = fma(2.0 * net.l2, load(work.p, row), g)
        result = use(given, work, row, g, result)
    else:
        store(work.g, row, g)
    return result


@inline
def _logistic_slope(value: float) -> float:
    return value * (1.0 - value)


@inline
def backward(
    net: Network,
    work: Work,
    gradient: Gradient,
    patterns: Patterns,
    use: Callable[..., Any],
    given: Any,
    result: float,
) -> float:
    """Compute the gradient of the patterns' loss, exact or with the faults of ``gradient``.

    ``use(given, work, row, g, result)`` sees the gradient of each parameter once and returns the next ``result``; the last
    one is returned. A parameter is not read again after its gradient was used, so ``use`` may change it.

    The sum over patterns processed together stays in registers; between groups of them it is stored in ``work.g``.
    """
    low, high, _, together = patterns
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    output_bias = output_weights(net, n_outputs)
    sent = work.delta if gradient.output_slope else work.error
    for first in range(low, high, len(together)):
        q = consecutive(first, together)
        anew, last = first == low, first + len(together) >= high
        for j in range(net.hidden):
            value = each(load, of_unit(net, work.value, j), q)
            slope = each(load, of_unit(net, work.slope, j), q) if gradient.hidden_slope else each(_logistic_slope, value)
            back = repeat(same(work.p, 0.0), q)
            for k in range(n_outputs):
                back = each(fma, load(work.p, output_weights(net, k) + j), each(load, sent, places(q, n_outputs, k)), back)
            for k in range(n_outputs):
                row = output_weights(net, k) + j
                delta = each(load, work.delta, places(q, n_outputs, k))
                g = fold(fma, _so_far(work, row, anew), delta, value)
                result = _pass_on(net, work, row, g, last, use, given, result)
            delta = each(operator.mul, back, slope)
            for i in range(n_inputs):
                row = j * n_inputs + i
                g = into_one(net, work, q, i, delta, _so_far(work, row, anew))
                result = _pass_on(net, work, row, g, last, use, given, result)
            if net.bias:
                row = hidden_bias(net) + j
                g = fold(operator.add, _so_far(work, row, anew), delta)
                result = _pass_on(net, work, row, g, last, use, given, result)
        for k in range(n_outputs):
            delta = each(load, work.delta, places(q, n_outputs, k))
            if net.direct:
                for i in range(n_inputs):
                    row = output_weights(net, k) + net.hidden + i
                    g = into_one(net, work, q, i, delta, _so_far(work, row, anew))
                    result = _pass_on(net, work, row, g, last, use, given, result)
            if net.bias:
                row = output_bias + k
                g = fold(operator.add, _so_far(work, row, anew), delta)
                result = _pass_on(net, work, row, g, last, use, given, result)
    return result


@inline
def squared_norm(net: Network, work: Work) -> float:
    """Squared norm of the gradient in ``work.g``."""
    squares = same(work.p, 0.0)
    for row in range(net.n_parameters):
        squares = fma(load(work.g, row), load(work.g, row), squares)
    return squares
