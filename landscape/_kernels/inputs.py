"""Products with the inputs: added to the sum of each pattern, or to one sum over patterns."""

import operator
from typing import Any

from landscape._kernels.network import Network, Work, places
from landscape._simd.jit import inline
from landscape._simd.lanes import fma
from landscape._simd.unroll import each, either, fold


@inline
def _inputs(net: Network, work: Work, q: tuple[int, ...], i: int) -> tuple[float, ...]:
    inputs: tuple[float, ...] = each(operator.getitem, work.inputs, places(q, net.n_inputs, i))
    return inputs


@inline
def _add_where_on(net: Network, q: int, i: int, x: float, total: float) -> float:
    """Add x to the total if input i of pattern q is 1, for patterns in counting order."""
    if (q >> (net.n_inputs - 1 - i)) & 1:
        total = total + x
    return total


@inline
def _binary_into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    return each(_add_where_on, net, q, i, x, totals)


@inline
def _inputs_into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    return each(fma, _inputs(net, work, q, i), x, totals)


@inline
def into_each(net: Network, work: Work, q: tuple[int, ...], i: int, x: float, totals: tuple[float, ...]) -> Any:
    """Add input i times x to each pattern's total. If inputs are known to be binary digits, x is added or not: that spares
    16 of a hidden unit's 32 products an epoch, and gives the same bits unless x is infinite or the total is a signed
    zero."""
    return either(work.counting, _binary_into_each, _inputs_into_each, net, work, q, i, x, totals)


@inline
def _binary_into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    return fold(_add_where_on, total, net, q, i, x)


@inline
def _inputs_into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    return fold(fma, total, _inputs(net, work, q, i), x)


@inline
def into_one(net: Network, work: Work, q: tuple[int, ...], i: int, x: tuple[float, ...], total: float) -> Any:
    """Add input i times x to one total, pattern by pattern."""
    return either(work.counting, _binary_into_one, _inputs_into_one, net, work, q, i, x, total)
