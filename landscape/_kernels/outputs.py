"""Outputs of a network and what they cost: each output by itself, or those of a whole layer."""

import operator
from collections.abc import Callable
from typing import Any

from landscape._kernels.inputs import into_each
from landscape._kernels.network import Network, Work, of_unit, output_weights, places
from landscape._simd.foreign import by_address
from landscape._simd.jit import inline
from landscape._simd.lanes import Rows, below, fma, load, same, store
from landscape._simd.unroll import chooser, each, either, repeat
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.gradients import Gradient
from landscape.parts.objectives import OBJECTIVES
from landscape.parts.output_layers import LAYER_COSTS, OUTPUT_LAYERS

activation = chooser([part.function for part in ACTIVATIONS.values()])
any_activation = chooser([part.function for part in ACTIVATIONS.values()], otherwise=by_address)
"""Also takes the address of a registered activation. Kernels are compiled with it only if they need it: it would cost all
others 2 percent of their time."""
objective = chooser([part.function for part in OBJECTIVES.values()])
layer_cost = chooser([OUTPUT_LAYERS[output].costs[name].function for output, name in LAYER_COSTS])
layer_curvature = chooser([OUTPUT_LAYERS[output].costs[name].curvature for output, name in LAYER_COSTS])


@inline
def _keep_scaled(kept: Rows, row: int, factor: float, value: float) -> None:
    store(kept, row, factor * value)


@inline
def _logits(net: Network, work: Work, q: tuple[int, ...], k: int) -> tuple[float, ...]:
    """Logits of output k for the patterns."""
    row = output_weights(net, k)
    z: tuple[float, ...] = repeat(load(work.p, output_weights(net, net.n_outputs) + k) if net.bias else same(work.p, 0.0), q)
    for j in range(net.hidden):
        z = each(fma, load(work.p, row + j), each(load, of_unit(net, work.value, j), q), z)
    if net.direct:
        for i in range(net.n_inputs):
            z = into_each(net, work, q, i, load(work.p, row + net.hidden + i), z)
    return z


@inline
def costs_one_by_one(
    net: Network,
    work: Work,
    gradient: Gradient,
    share: float,
    q: tuple[int, ...],
    use: Callable[..., Any],
    given: Any,
    result: float,
) -> tuple[tuple[float, ...], float]:
    """Cost of each pattern, summed over its outputs, and the last ``result`` of ``use``; arguments as for ``forward``."""
    costs: tuple[float, ...] = repeat(same(work.p, 0.0), q)
    for k in range(net.n_outputs):
        z = _logits(net, work, q, k)
        value, slope, curvature = either(work.own, any_activation, activation, net.output, z, net.leak)
        ends = places(q, net.n_outputs, k)
        target = each(operator.getitem, work.targets, ends)
        cost, by_logit, _, by_output = objective(net.objective, z, value, slope, curvature, target)
        costs = each(operator.add, costs, cost)
        result = use(given, q, k, value, target, result)
        each(_keep_scaled, work.delta, ends, share, by_logit)
        if not gradient.output_slope:
            each(_keep_scaled, work.error, ends, share, by_output)
    return costs, result


@inline
def _cost_of_layer(net: Network, work: Work, q: int) -> float:
    """Cost of one pattern whose logits stand in ``delta``, where their derivatives replace them."""
    first = q * net.n_outputs
    cost: float = layer_cost(
        net.objective, net.n_outputs, below(work.delta, first), below(work.error, first), work.targets, first
    )
    return cost


@inline
def costs_of_layers(
    net: Network,
    work: Work,
    gradient: Gradient,
    share: float,
    q: tuple[int, ...],
    use: Callable[..., Any],
    given: Any,
    result: float,
) -> tuple[tuple[float, ...], float]:
    """Cost of each pattern, for outputs and cost of a whole layer, and the last ``result`` of ``use``."""
    for k in range(net.n_outputs):
        each(store, work.delta, places(q, net.n_outputs, k), _logits(net, work, q, k))
    costs: tuple[float, ...] = each(_cost_of_layer, net, work, q)
    for k in range(net.n_outputs):
        ends = places(q, net.n_outputs, k)
        target = each(operator.getitem, work.targets, ends)
        result = use(given, q, k, each(load, work.error, ends), target, result)
        each(_keep_scaled, work.delta, ends, share, each(load, work.delta, ends))
    return costs, result
