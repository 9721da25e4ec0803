"""A network as kernels see it, and where its numbers lie while a row of parameter vectors is worked on.

Buffers hold rows of lanes, a number of each of sixteen or thirty-two parameter vectors; row r of the buffer ``p`` is
parameter r of the flat vector (weights row-major, then biases, layer by layer). Pattern q, input i, hidden unit j, output k.
Patterns are gone through so many ``together``; q is then the tuple of their numbers, and what belongs to a pattern, a logit
or an error, is a tuple too.
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
    """A surface as kernels see it: sizes, integers for names, numbers; whether patterns are in counting order, so that
    input i of pattern q is a binary digit of q; and whether outputs and cost are those of a whole layer, which
    ``objective`` then numbers among ``LAYER_COSTS``."""

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
    """The same with every choice at its usual value, but for those that are left to run time: hidden units, activations
    and objective."""
    return Network(
        4, 2, 1, 4 * net.hidden + 1, net.hidden, net.activation, net.output, net.objective, net.weight, net.averaged, 0.0,
        True, False, net.leak, net.counting, False,
    )  # fmt: skip


as_usual = inline(usual)


def taken_together(net: Network) -> tuple[int, ...]:
    """How many patterns kernels are to take together: four in a usual network, and kernels compiled for four serve no
    other; else two, or one where there is an odd number of patterns. It changes no bit of a finite result."""
    if net == usual(net):
        return FOUR
    return TWO if net.n_patterns % 2 == 0 else ONE


ADDRESS = 4096
"""Codes from here on are addresses, of activations that are not in the package's table."""


def own_activations(net: Network) -> tuple[int, ...]:
    """A tuple that has an item if the network has such an activation."""
    return (0,) if max(net.activation, net.output) >= ADDRESS else ()


def whole_layer(net: Network) -> tuple[int, ...]:
    """A tuple that has an item if the network's outputs and cost are those of a whole layer."""
    return (0,) if net.whole else ()


def known_when_compiled(net: Network) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """What kernels that evaluate a network are compiled for: how many patterns together, whether activations are called by
    their address, and whether outputs and cost are those of a whole layer."""
    return taken_together(net), own_activations(net), whole_layer(net)


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
    read; ``own`` has one where activations may be called by their address; ``whole`` has one where outputs and cost are
    those of a whole layer, and the rows of ``error`` then hold the outputs."""

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
    """Room for that many rows of lanes, starting on a cache line: unaligned, every vector load is split in two."""
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
    """How many costs a mean counts for each pattern: one an output, or that of the whole layer."""
    return 1 if len(whole) > 0 else net.n_outputs


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
def places(q: tuple[int, ...], width: int, place: int) -> tuple[int, ...]:
    """Where in a table of so many columns the patterns' entries of one column are."""
    found: tuple[int, ...] = each(operator.add, each(operator.mul, q, width), place)
    return found


@inline
def of_unit(net: Network, held: Rows, j: int) -> Rows:
    """Where a hidden unit's values or slopes begin, a row a pattern."""
    return below(held, j * net.n_patterns)
