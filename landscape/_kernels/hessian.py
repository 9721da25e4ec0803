"""Second derivatives of the loss, thirty-two parameter vectors at a time; buffers as in ``network``."""

from landscape._kernels.evaluation import gather
from landscape._kernels.network import ONE, Array, Network, hidden_bias, output_weights
from landscape._kernels.propagation import any_activation, objective
from landscape._simd.jit import kernel
from landscape._simd.lanes import below, fma, lanes_of, load, pointer, rows, same, store


def hessian_rows(net: Network) -> int:
    """Rows of lanes that ``second_derivatives`` needs."""
    return net.n_parameters * (net.n_parameters + 2) + 3 * net.hidden


@kernel
def second_derivatives(net: Network, inputs: Array, targets: Array, theta: Array, hessian: Array, space: Array) -> None:
    """Hessians (n, P, P) of the loss at parameter vectors (n, P). ``space`` has ``hessian_rows`` rows.

    With z the logit of one output for one pattern, E its cost: the sum of E'' (dz/dp)(dz/dp)' + E' d2z/dp2, where d2z/dp2
    is not zero only among the weights into one hidden unit and between those and the weight out of it.
    """
    n, n_parameters = theta.shape
    n_inputs, n_outputs = net.n_inputs, net.n_outputs
    hidden = net.hidden
    output_bias = output_weights(net, n_outputs)
    extended = n_inputs + 1 if net.bias else n_inputs  # the bias is the weight of an input that is always 1
    factor = net.weight / (net.n_patterns * n_outputs) if net.averaged else net.weight
    x, y = pointer(inputs, 0), pointer(targets, 0)
    p = rows(space, ONE)
    dz, value = below(p, n_parameters), below(p, 2 * n_parameters)
    slope, bend, h = below(value, hidden), below(value, 2 * hidden), below(value, 3 * hidden)
    lanes = lanes_of(p)
    for first in range(0, n, lanes):
        count = gather(theta, first, p)
        for cell in range(n_parameters * n_parameters):
            store(h, cell, 0.0)
        for q in range(net.n_patterns):
            xq = q * n_inputs
            for j in range(hidden):
                z = load(p, hidden_bias(net) + j) if net.bias else same(p, 0.0)
                for i in range(n_inputs):
                    z = fma(x[xq + i], load(p, j * n_inputs + i), z)
                f0, f1, f2 = any_activation(net.activation, z, net.leak)
                store(value, j, f0)
                store(slope, j, f1)
                store(bend, j, f2)
            for k in range(n_outputs):
                weights = output_weights(net, k)
                for row in range(n_parameters):
                    store(dz, row, 0.0)
                z = same(p, 0.0)
                if net.bias:
                    z = load(p, output_bias + k)
                    store(dz, output_bias + k, 1.0)
                for j in range(hidden):
                    z = fma(load(p, weights + j), load(value, j), z)
                    store(dz, weights + j, load(value, j))
                    into = load(p, weights + j) * load(slope, j)
                    for i in range(extended):
                        row = j * n_inputs + i if i < n_inputs else hidden_bias(net) + j
                        store(dz, row, into * (x[xq + i] if i < n_inputs else 1.0))
                if net.direct:
                    for i in range(n_inputs):
                        z = fma(x[xq + i], load(p, weights + hidden + i), z)
                        store(dz, weights + hidden + i, x[xq + i])
                f0, f1, f2 = any_activation(net.output, z, net.leak)
                _, by_logit, twice, _ = objective(net.objective, z, f0, f1, f2, y[q * n_outputs + k])
                by_logit, twice = factor * by_logit, factor * twice
                for r in range(n_parameters):
                    left = twice * load(dz, r)
                    for c in range(r + 1):
                        cell = r * n_parameters + c
                        store(h, cell, fma(left, load(dz, c), load(h, cell)))
                for j in range(hidden):
                    curved = by_logit * load(p, weights + j) * load(bend, j)
                    for i in range(extended):
                        r = j * n_inputs + i if i < n_inputs else hidden_bias(net) + j
                        xi = x[xq + i] if i < n_inputs else 1.0
                        cell = (weights + j) * n_parameters + r
                        store(h, cell, fma(by_logit * load(slope, j), xi, load(h, cell)))
                        for m in range(i + 1):
                            cell = r * n_parameters + j * n_inputs + m if m < n_inputs else r * n_parameters + r
                            xm = x[xq + m] if m < n_inputs else 1.0
                            store(h, cell, fma(curved * xi, xm, load(h, cell)))
        for lane in range(count):
            for r in range(n_parameters):
                for c in range(r + 1):
                    entry = h[(r * n_parameters + c) * lanes + lane]
                    if r == c:
                        entry += 2.0 * net.l2
                    hessian[first + lane, r, c] = entry
                    hessian[first + lane, c, r] = entry
