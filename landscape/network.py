"""The network's arithmetic: loss, gradient and outputs of one hidden layer, a row of parameter vectors at a time.

Buffers hold rows of lanes, a number of each of sixteen or thirty-two parameter vectors; row r of the buffer ``p`` is
parameter r of the flat vector (weights row-major, then biases, layer by layer). Pattern q, input i, hidden unit j, output k.
Patterns are gone through so many ``together``; q is then the tuple of their numbers, and what belongs to a pattern, a logit
or an error, is a tuple too.

Surface and trainer call the same functions, so the loss of a run is the loss of its surface to the last bit.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._calls import chooser, consecutive, each, either, fold, repeat
from landscape._jit import inline, kernel
from landscape._lanes import Pointer, Rows, below, fma, lanes_of, load, pointer, rows, same, store
from landscape.activations import ACTIVATIONS, Three
from landscape.gradients import EXACT, Gradient
from landscape.objectives import OBJECTIVES

Array = NDArray[np.float64]

activation = chooser([part.function for part in ACTIVATIONS.values()])
objective = chooser(list(OBJECTIVES.values()))


class Network(NamedTuple):
    """A surface as kernels see it: sizes, integers for names, numbers; and whether patterns are in counting order, so that
    input i of pattern q is a binary digit of q."""

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
    counting: bool


ONE, TWO, FOUR = (0,), (0, 1), (0, 1, 2, 3)
"""How many patterns are taken together."""


def usual(net: Network) -> Network:
    """The same with every choice at its usual value, but for those that are left to run time: hidden units, activations
    and objective."""
    return Network(
        4, 2, 1, 4 * net.hidden + 1, net.hidden, net.activation, net.output, net.objective, net.weight, net.averaged, 0.0,
        True, False, net.leak, net.counting,
    )  # fmt: skip


as_usual = inline(usual)


def taken_together(net: Network) -> tuple[int, ...]:
    """How many patterns kernels are to take together: four in a usual network, and kernels compiled for four serve no
    other; else two, or one where there is an odd number of patterns. It changes no bit."""
    if net == usual(net):
        return FOUR
    return TWO if net.n_patterns % 2 == 0 else ONE


class Patterns(NamedTuple):
    """Those that a pass goes through: the first one, the one after the last, of how many patterns the loss is whose gradient
    is kept (all of these, or 1 for a step on one pattern), and how many are taken together."""

    first: int
    end: int
    size: int
    together: tuple[int, ...]


class Work(NamedTuple):
    """What the two passes read and write: the truth table, and rows of parameters ``p``, gradient ``g``, hidden units'
    value and slope (unit by unit, so that the patterns of a unit are neighbours), and the error at the outputs with and
    without the output slope. ``counting`` has an item where inputs are known to be binary digits, and ``inputs`` is not
    read."""

    inputs: Pointer
    targets: Pointer
    p: Rows
    g: Rows
    value: Rows
    slope: Rows
    delta: Rows
    error: Rows
    counting: tuple[int, ...]


def work_rows(net: Network) -> int:
    """Rows that ``Work`` needs."""
    return 2 * net.n_parameters + net.n_patterns * 2 * (net.hidden + net.n_outputs)


rows_of_work = inline(work_rows)


def evaluation_rows(net: Network) -> int:
    """Rows that ``evaluate`` needs."""
    return work_rows(net) + 1 + net.n_patterns * net.n_outputs


@inline
def divide(net: Network, inputs: Array, targets: Array, space: Rows, counting: tuple[int, ...]) -> Work:
    """Lay out the first ``work_rows`` rows of ``space``."""
    units, ends = net.n_patterns * net.hidden, net.n_patterns * net.n_outputs
    value = 2 * net.n_parameters
    delta = value + 2 * units
    return Work(
        pointer(inputs, 0),
        pointer(targets, 0),
        space,
        below(space, net.n_parameters),
        below(space, value),
        below(space, value + units),
        below(space, delta),
        below(space, delta + ends),
        counting,
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
def _places(q: tuple[int, ...], width: int, place: int) -> tuple[int, ...]:
    """Where in a table of so many columns the patterns' entries of one column are."""
    places: tuple[int, ...] = each(operator.add, each(operator.mul, q, width), place)
    return places


@inline
def _inputs(net: Network, work: Work, q: tuple[int, ...], i: int) -> tuple[float, ...]:
    inputs: tuple[float, ...] = each(operator.getitem, work.inputs, _places(q, net.n_inputs, i))
    return inputs


@inline
def _where_on(net: Network, q: int, i: int, x: float, total: float) -> float:
    """The total, and x with it where input i of pattern q is 1, in counting order."""
    if (q >> (net.n_inputs - 1 - i)) & 1:
        total = total + x
    return total


@inline
def _digits_into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    return each(_where_on, net, q, i, x, totals)


@inline
def _inputs_into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    return each(fma, _inputs(net, work, q, i), x, totals)


@inline
def _into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    """Each pattern's total, and with it input i times x. Where inputs are known to be 0 or 1 that is nothing or x itself, to
    the same bits but for x infinite and for the sign of a total 0: of a hidden unit's 32 products an epoch it spares 16."""
    return either(work.counting, _digits_into_each, _inputs_into_each, net, work, q, i, x, totals)


@inline
def _digits_into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    return fold(_where_on, total, net, q, i, x)


@inline
def _inputs_into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    return fold(fma, total, _inputs(net, work, q, i), x)


@inline
def _into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    """The total, and with it, pattern by pattern, input i times x."""
    return either(work.counting, _digits_into_one, _inputs_into_one, net, work, q, i, x, total)


@inline
def _of_unit(net: Network, held: Rows, j: int) -> Rows:
    """Where a hidden unit's values or slopes begin, a row a pattern."""
    return below(held, j * net.n_patterns)


@inline
def _unit_sums(net: Network, work: Work, q: tuple[int, ...], j: int) -> tuple[float, ...]:
    """What a hidden unit gets from each pattern."""
    z: tuple[float, ...] = repeat(load(work.p, hidden_bias(net) + j) if net.bias else same(work.p, 0.0), q)
    for i in range(net.n_inputs):
        z = _into_each(net, work, q, i, load(work.p, j * net.n_inputs + i), z)
    return z


def _layer(function: Callable[[float, float], Three]) -> Callable[[Network, Work, Patterns, int], None]:
    """A layer of units with that activation, each of which puts value and slope in their rows.

    Chosen as a whole and not unit by unit, so that sums and results lie in registers that suit the one function: else relu
    2-8-1 takes a fifth longer. That units store their own results saves moving them to where all functions would return
    them: 2 percent of the time of sigmoid 2-2-1.
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
            each(keep_unit, sums, net.leak, _of_unit(net, work.value, j), _of_unit(net, work.slope, j), q)

    return keep_layer


_keep_layer = chooser([_layer(part.function) for part in ACTIVATIONS.values()])


@inline
def _keep_scaled(kept: Rows, row: int, factor: float, value: float) -> None:
    store(kept, row, factor * value)


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
    """Loss of the patterns, as if they were the whole problem. Outputs go to ``use(given, q, k, output, target, result)``,
    which returns the next ``result``; the last one is returned too. The error without the output slope is kept only where
    the gradient is to leave it out."""
    low, high, size, together = patterns
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    output_bias = output_weights(net, n_outputs)
    factor = net.weight / ((high - low) * n_outputs) if net.averaged else net.weight
    share = net.weight / (size * n_outputs) if net.averaged else net.weight
    total = same(work.p, 0.0)
    for first in range(low, high, len(together)):
        q = consecutive(first, together)
        _keep_layer(net.activation, net, work, patterns, first)
        costs = repeat(same(work.p, 0.0), q)
        for k in range(n_outputs):
            row = output_weights(net, k)
            z = repeat(load(work.p, output_bias + k) if net.bias else same(work.p, 0.0), q)
            for j in range(net.hidden):
                z = each(fma, load(work.p, row + j), each(load, _of_unit(net, work.value, j), q), z)
            if net.direct:
                for i in range(n_inputs):
                    z = _into_each(net, work, q, i, load(work.p, row + net.hidden + i), z)
            value, slope, curvature = activation(net.output, z, net.leak)
            ends = _places(q, n_outputs, k)
            target = each(operator.getitem, work.targets, ends)
            cost, by_logit, _, by_output = objective(net.objective, z, value, slope, curvature, target)
            costs = each(operator.add, costs, cost)
            result = use(given, q, k, value, target, result)
            each(_keep_scaled, work.delta, ends, share, by_logit)
            if not gradient.output_slope:
                each(_keep_scaled, work.error, ends, share, by_output)
        total = fold(operator.add, total, costs)  # pattern by pattern, however many are taken together
    total = factor * total
    if net.l2 > 0.0:
        squares = same(work.p, 0.0)
        for row in range(output_bias + (n_outputs if net.bias else 0)):
            squares = fma(load(work.p, row), load(work.p, row), squares)
        total = fma(net.l2, squares, total)
    return total, result


@inline
def keep(given: Any, work: Work, row: int, g: float, kept: float) -> float:
    """For ``backward``: keep a row of the gradient in ``work.g``."""
    store(work.g, row, g)
    return kept


@inline
def _so_far(work: Work, row: int, anew: bool) -> float:
    """The sum over the patterns before, which stands in ``work.g``."""
    return same(work.g, 0.0) if anew else load(work.g, row)


@inline
def _pass_on(
    net: Network, work: Work, row: int, g: float, last: bool, use: Callable[..., Any], given: Any, result: float
) -> float:
    """Keep the sum over the patterns so far, or, after the last of them, add the penalty's part and use it."""
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
    """Gradient of those patterns' loss, or what the faulty program takes for it, row by row to ``use(given, work, row,
    g, result)``, which returns the next ``result``; the last one is returned. A row's parameter is not read again after it
    was used, so ``use`` may change it.

    Over patterns taken together the sum stays in registers; from one group to the next it waits in ``work.g``, which ``use``
    may fill too.
    """
    low, high, _, together = patterns
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    output_bias = output_weights(net, n_outputs)
    sent = work.delta if gradient.output_slope else work.error
    for first in range(low, high, len(together)):
        q = consecutive(first, together)
        anew, last = first == low, first + len(together) >= high
        for j in range(net.hidden):
            value = each(load, _of_unit(net, work.value, j), q)
            slope = each(load, _of_unit(net, work.slope, j), q) if gradient.hidden_slope else each(_logistic_slope, value)
            back = repeat(same(work.p, 0.0), q)
            for k in range(n_outputs):
                back = each(fma, load(work.p, output_weights(net, k) + j), each(load, sent, _places(q, n_outputs, k)), back)
            for k in range(n_outputs):
                row = output_weights(net, k) + j
                delta = each(load, work.delta, _places(q, n_outputs, k))
                g = fold(fma, _so_far(work, row, anew), delta, value)
                result = _pass_on(net, work, row, g, last, use, given, result)
            delta = each(operator.mul, back, slope)
            for i in range(n_inputs):
                row = j * n_inputs + i
                g = _into_one(net, work, q, i, delta, _so_far(work, row, anew))
                result = _pass_on(net, work, row, g, last, use, given, result)
            if net.bias:
                row = hidden_bias(net) + j
                g = fold(operator.add, _so_far(work, row, anew), delta)
                result = _pass_on(net, work, row, g, last, use, given, result)
        for k in range(n_outputs):
            delta = each(load, work.delta, _places(q, n_outputs, k))
            if net.direct:
                for i in range(n_inputs):
                    row = output_weights(net, k) + net.hidden + i
                    g = _into_one(net, work, q, i, delta, _so_far(work, row, anew))
                    result = _pass_on(net, work, row, g, last, use, given, result)
            if net.bias:
                row = output_bias + k
                g = fold(operator.add, _so_far(work, row, anew), delta)
                result = _pass_on(net, work, row, g, last, use, given, result)
    return result


@inline
def squared_norm(net: Network, work: Work) -> float:
    """Of the gradient in ``work.g``."""
    squares = same(work.p, 0.0)
    for row in range(net.n_parameters):
        squares = fma(load(work.g, row), load(work.g, row), squares)
    return squares


@inline
def gather(theta: Array, first: int, p: Rows) -> int:
    """Parameter vectors ``first`` and after into the lanes of ``p``, the last one repeated where there are no more;
    returns how many there are."""
    lanes = lanes_of(p)
    count: int = min(lanes, theta.shape[0] - first)
    for lane in range(lanes):
        source = first + min(lane, count - 1)
        for row in range(theta.shape[1]):
            p[row * lanes + lane] = theta[source, row]
    return count


@inline
def _keep_outputs(
    given: tuple[Network, Rows], q: tuple[int, ...], k: int, output: tuple[float, ...], target: tuple[float, ...], kept: int
) -> int:
    """For ``forward``: keep the outputs, pattern by pattern."""
    net, outputs = given
    each(store, outputs, _places(q, net.n_outputs, k), output)
    return kept


@kernel
def evaluate(
    net: Network,
    together: tuple[int, ...],
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
    vectors (n, P); an array without rows is not filled. ``together`` as ``taken_together`` has it. ``space`` has
    ``evaluation_rows`` rows."""
    if len(together) == len(FOUR):
        net = as_usual(net)
    n, every = theta.shape[0], Patterns(0, net.n_patterns, net.n_patterns, together)
    work = divide(net, inputs, targets, rows(space, together), ())
    lanes, losses = lanes_of(work.p), below(work.p, rows_of_work(net))
    kept = below(losses, 1)
    for first in range(0, n, lanes):
        count = gather(theta, first, work.p)
        total, _ = forward(net, work, EXACT, every, _keep_outputs, (net, kept), 0)
        store(losses, 0, total)
        for lane in range(min(count, loss.shape[0])):
            loss[first + lane] = losses[lane]
        if gradient.shape[0] > 0:
            backward(net, work, EXACT, every, keep, None, same(work.p, 0.0))
            for lane in range(count):
                for row in range(net.n_parameters):
                    gradient[first + lane, row] = work.g[row * lanes + lane]
        if outputs.shape[0] > 0:
            for lane in range(count):
                for row in range(outputs.shape[1]):
                    outputs[first + lane, row] = kept[row * lanes + lane]
        if deltas.shape[0] > 0:
            for lane in range(count):
                for row in range(deltas.shape[1]):
                    deltas[first + lane, row] = work.delta[row * lanes + lane]


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
