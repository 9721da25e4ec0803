"""A network as kernels see it, and the layout of their working memory.

Kernels work on sixteen or thirty-two parameter vectors at a time, one in each SIMD lane. Buffers are rows of lanes: row r of
the buffer ``p`` holds parameter r of every vector, in the order of the flat vector. Indices are q for patterns, i for
inputs, j for hidden units, k for outputs. Several patterns are processed ``together``: q is then the tuple of their
numbers, and a quantity of a pattern, such as a logit, is a tuple of as many rows.
"""

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import inline
from landscape._simd.lanes import LANES, Pointer, Rows, below, pointer
from landscape._simd.unroll import each

Array = NDArray[np.float64]


class Network(NamedTuple):
    """A surface as kernels see it.

    activation, output, objective : codes, places in the tables of parts, or the address of a registered activation
    weight, averaged : factor of the loss, and whether it is a mean
    direct : whether the output layer reads the inputs
    leak : slope of leaky_relu below 0
    counting : whether patterns are in counting order, so that input i of pattern q is a binary digit of q
    whole : whether outputs and cost are those of a whole layer; ``objective`` is then a place in ``LAYER_COSTS``
    """

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
    whole: bool


ONE, TWO, FOUR = (0,), (0, 1), (0, 1, 2, 3)
"""How many patterns are taken together."""


def usual(net: Network) -> Network:
    """The network with every setting at its most frequent value, except those that a kernel reads at run time: number of
    hidden units, activations and objective."""
    return Network(
        4, 2, 1, 4 * net.hidden + 1, net.hidden, net.activation, net.output, net.objective, net.weight, net.averaged, 0.0,
        True, False, net.leak, net.counting, False,
    )  # fmt: skip


as_usual = inline(usual)


def taken_together(net: Network) -> tuple[int, ...]:
    """How many patterns kernels process together: four in a usual network (kernels compiled for four serve no other), else
    two, or one if the number of patterns is odd. Finite results have the same bits either way."""
    if net == usual(net):
        return FOUR
    return TWO if net.n_patterns % 2 == 0 else ONE


ADDRESS = 4096
"""Codes from here on are addresses of registered activations."""


def own_activations(net: Network) -> tuple[int, ...]:
    """A tuple with an item if the network has a registered activation."""
    return (0,) if max(net.activation, net.output) >= ADDRESS else ()


def whole_layer(net: Network) -> tuple[int, ...]:
    """A tuple with an item if outputs and cost are those of a whole layer."""
    return (0,) if net.whole else ()


def known_when_compiled(net: Network) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The arguments that kernels of evaluation are specialized for: patterns processed together, registered activations,
    outputs of a whole layer."""
    return taken_together(net), own_activations(net), whole_layer(net)


class Patterns(NamedTuple):
    """A range of patterns for one forward or backward pass.

    first, end : the range ``first <= q < end``
    size : batch size, the number of patterns over which a mean loss averages when its gradient is taken
    together : as many items as patterns are processed together
    """

    first: int
    end: int
    size: int
    together: tuple[int, ...]


class Work(NamedTuple):
    """What forward and backward pass read and write.

    inputs, targets : the truth table
    p, g : parameters and gradient
    value, slope : of the hidden units, unit by unit, so that the patterns of a unit are neighbours
    delta : derivative of the loss by the logits
    error : derivative by the outputs, kept for gradients that leave out the output slope; outputs of a whole layer
    counting : has an item if inputs are known to be binary digits; ``inputs`` is not read then
    own : has an item if activations may be registered ones
    whole : has an item if outputs and cost are those of a whole layer
    """

    inputs: Pointer
    targets: Pointer
    p: Rows
    g: Rows
    value: Rows
    slope: Rows
    delta: Rows
    error: Rows
    counting: tuple[int, ...]
    own: tuple[int, ...]
    whole: tuple[int, ...]


def work_rows(net: Network) -> int:
    """Rows that ``Work`` needs."""
    return 2 * net.n_parameters + net.n_patterns * 2 * (net.hidden + net.n_outputs)


rows_of_work = inline(work_rows)


def aligned(rows: int, number: Any = np.float64) -> NDArray[Any]:
    """Allocate rows of lanes that start on a cache line: of unaligned rows every vector load is split in two."""
    size = np.dtype(number).itemsize
    room = np.empty(rows * LANES + 64 // size, number)
    first = -(room.ctypes.data // size) % (64 // size)
    return room[first : first + rows * LANES]


@inline
def divide(
    net: Network,
    inputs: Array,
    targets: Array,
    space: Rows,
    counting: tuple[int, ...],
    own: tuple[int, ...],
    whole: tuple[int, ...],
) -> Work:
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
        own,
        whole,
    )


@inline
def costs_of_a_pattern(net: Network, whole: tuple[int, ...]) -> int:
    """How many costs a pattern adds to a mean: one for each output, or one for the whole layer."""
    return 1 if len(whole) > 0 else net.n_outputs


@inline
def hidden_bias(net: Network) -> int:
    """Row of the first hidden unit's bias."""
    return net.hidden * net.n_inputs


@inline
def output_weights(net: Network, k: int) -> int:
    """Row of the first weight into output k: weights of the hidden units, then of the inputs if the output reads them."""
    width = net.hidden + (net.n_inputs if net.direct else 0)
    return hidden_bias(net) + (net.hidden if net.bias else 0) + k * width


@inline
def places(q: tuple[int, ...], width: int, place: int) -> tuple[int, ...]:
    """Indices of the patterns' entries in column ``place`` of a row-major table with ``width`` columns."""
    found: tuple[int, ...] = each(operator.add, each(operator.mul, q, width), place)
    return found


@inline
def of_unit(net: Network, held: Rows, j: int) -> Rows:
    """The rows of one hidden unit's values or slopes, one for each pattern."""
    return below(held, j * net.n_patterns)
