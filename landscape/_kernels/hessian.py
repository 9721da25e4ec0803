"""Second derivatives of the loss, thirty-two parameter vectors at a time; buffers as in ``network``.

With z_k the logits of one pattern and E its cost, the Hessian is the sum over k of

    dE/dz_k d2z_k/dp2  +  (dv_k/dp) (dz_k/dp)',   dv_k/dp = sum over m of d2E/dz_k dz_m  dz_m/dp.

Where outputs do not depend on each other's logits, m is k alone. d2z_k/dp2 is not zero only among the weights into one
hidden unit and between those and the weight out of it.
"""

from typing import NamedTuple

from landscape._kernels.evaluation import gather
from landscape._kernels.network import ONE, Array, Network, hidden_bias, output_weights
from landscape._kernels.outputs import any_activation, layer_cost, layer_curvature, objective
from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import Pointer, Rows, below, fma, lanes_of, load, pointer, rows, same, store


def hessian_rows(net: Network) -> int:
    """Rows of lanes that ``second_derivatives`` needs."""
    of_outputs = net.n_outputs * (net.n_parameters + net.n_outputs + 2)
    return net.n_parameters * (net.n_parameters + 2) + 3 * net.hidden + of_outputs


class Held(NamedTuple):
    """Rows of one pattern: parameters; value, slope and curvature of the hidden units; the derivative of each logit by the
    parameters (outputs * P); the outputs; first (outputs,) and second derivatives (outputs * outputs) of the cost by the
    logits; dv/dp of one output (P,). And the Hessian (P * P), of which the lower half is filled."""

    p: Rows
    value: Rows
    slope: Rows
    bend: Rows
    dz: Rows
    output: Rows
    by_logit: Rows
    twice: Rows
    dv: Rows
    h: Rows


@inline
def _divide(net: Network, p: Rows) -> Held:
    """Lay out the ``hessian_rows`` rows from ``p`` on."""
    size, hidden, ends = net.n_parameters, net.hidden, net.n_outputs
    value = below(p, size)
    dz = below(value, 3 * hidden)
    output = below(dz, ends * size)
    twice = below(output, 2 * ends)
    dv = below(twice, ends * ends)
    return Held(
        p, value, below(value, hidden), below(value, 2 * hidden), dz, output, below(output, ends), twice, dv, below(dv, size)
    )


@inline
def _weight_into(net: Network, j: int, i: int) -> int:
    """Row of the weight of input i into a hidden unit; its bias is the weight of an input more, which is always 1."""
    return j * net.n_inputs + i if i < net.n_inputs else hidden_bias(net) + j


@inline
def _read(net: Network, x: Pointer, q: int, i: int) -> float:
    """Input i of a pattern, or the 1 that a bias reads."""
    return x[q * net.n_inputs + i] if i < net.n_inputs else 1.0


@inline
def _hidden_units(net: Network, held: Held, x: Pointer, q: int) -> None:
    """Fill in the hidden units at a pattern."""
    p, value, slope, bend = held[:4]
    for j in range(net.hidden):
        z = load(p, hidden_bias(net) + j) if net.bias else same(p, 0.0)
        for i in range(net.n_inputs):
            z = fma(_read(net, x, q, i), load(p, j * net.n_inputs + i), z)
        f0, f1, f2 = any_activation(net.activation, z, net.leak)
        store(value, j, f0)
        store(slope, j, f1)
        store(bend, j, f2)


@inline
def _logit(net: Network, held: Held, x: Pointer, q: int, k: int, extended: int) -> float:
    """The logit of output k at a pattern; its derivative by the parameters is filled in."""
    p, weights, dz = held.p, output_weights(net, k), below(held.dz, k * net.n_parameters)
    for row in range(net.n_parameters):
        store(dz, row, 0.0)
    z = same(p, 0.0)
    if net.bias:
        z = load(p, output_weights(net, net.n_outputs) + k)
        store(dz, output_weights(net, net.n_outputs) + k, 1.0)
    for j in range(net.hidden):
        z = fma(load(p, weights + j), load(held.value, j), z)
        store(dz, weights + j, load(held.value, j))
        into = load(p, weights + j) * load(held.slope, j)
        for i in range(extended):
            store(dz, _weight_into(net, j, i), into * _read(net, x, q, i))
    if net.direct:
        for i in range(net.n_inputs):
            z = fma(_read(net, x, q, i), load(p, weights + net.hidden + i), z)
            store(dz, weights + net.hidden + i, _read(net, x, q, i))
    return z


@inline
def _of_layer(net: Network, held: Held, y: Pointer, q: int, factor: float) -> None:
    """Turn the logits in ``by_logit`` into the derivatives of the cost of a whole layer."""
    ends, first = net.n_outputs, q * net.n_outputs
    layer_cost(net.objective, ends, held.by_logit, held.output, y, first)
    for k in range(ends):
        store(held.by_logit, k, factor * load(held.by_logit, k))
        for m in range(ends):
            second = layer_curvature(net.objective, ends, held.output, y, first, k, m)
            store(held.twice, k * ends + m, factor * second)


@inline
def _add_slopes(net: Network, held: Held, k: int) -> None:
    """Add (dv_k/dp) (dz_k/dp)' to the lower half of the Hessian."""
    size, dz = net.n_parameters, below(held.dz, k * net.n_parameters)
    for r in range(size):
        if net.whole:
            dv = same(held.p, 0.0)
            for m in range(net.n_outputs):
                dv = fma(load(held.twice, k * net.n_outputs + m), load(held.dz, m * size + r), dv)
        else:
            dv = load(held.twice, k) * load(dz, r)
        store(held.dv, r, dv)
    for r in range(size):
        left = load(held.dv, r)
        for c in range(r + 1):
            store(held.h, r * size + c, fma(left, load(dz, c), load(held.h, r * size + c)))


@inline
def _add_bends(net: Network, held: Held, x: Pointer, q: int, k: int, extended: int) -> None:
    """Add dE/dz_k d2z_k/dp2 to the lower half of the Hessian."""
    p, h, weights, error = held.p, held.h, output_weights(net, k), load(held.by_logit, k)
    for j in range(net.hidden):
        curved = error * load(p, weights + j) * load(held.bend, j)
        for i in range(extended):
            r, xi = _weight_into(net, j, i), _read(net, x, q, i)
            cell = (weights + j) * net.n_parameters + r
            store(h, cell, fma(error * load(held.slope, j), xi, load(h, cell)))
            for m in range(i + 1):
                cell = r * net.n_parameters + _weight_into(net, j, m)
                store(h, cell, fma(curved * xi, _read(net, x, q, m), load(h, cell)))


@kernel
def second_derivatives(net: Network, inputs: Array, targets: Array, theta: Array, hessian: Array, space: Array) -> None:
    """Hessians (n, P, P) of the loss at parameter vectors (n, P). ``space`` has ``hessian_rows`` rows."""
    n, size, ends = theta.shape[0], net.n_parameters, net.n_outputs
    extended = net.n_inputs + 1 if net.bias else net.n_inputs
    counted = 1 if net.whole else ends
    factor = net.weight / (net.n_patterns * counted) if net.averaged else net.weight
    x, y, p = pointer(inputs, 0), pointer(targets, 0), rows(space, ONE)
    held, lanes = _divide(net, p), lanes_of(p)
    for first in range(0, n, lanes):
        count = gather(theta, first, p)
        for cell in range(size * size):
            store(held.h, cell, 0.0)
        for q in range(net.n_patterns):
            _hidden_units(net, held, x, q)
            for k in range(ends):
                z = _logit(net, held, x, q, k, extended)
                if net.whole:
                    store(held.by_logit, k, z)
                else:
                    f0, f1, f2 = any_activation(net.output, z, net.leak)
                    _, once, twice, _ = objective(net.objective, z, f0, f1, f2, y[q * ends + k])
                    store(held.by_logit, k, factor * once)
                    store(held.twice, k, factor * twice)
            if net.whole:
                _of_layer(net, held, y, q, factor)
            for k in range(ends):
                _add_slopes(net, held, k)
                _add_bends(net, held, x, q, k, extended)
        for lane in range(count):
            for r in range(size):
                for c in range(r + 1):
                    entry = held.h[(r * size + c) * lanes + lane]
                    if r == c:
                        entry += 2.0 * net.l2
                    hessian[first + lane, r, c] = entry
                    hessian[first + lane, c, r] = entry
