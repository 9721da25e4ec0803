"""Evaluation: loss, gradient and outputs of a network, and the sums and values of its units, at many parameter vectors."""

from landscape._kernels.network import FOUR, Array, Network, Patterns, as_usual, divide, places, rows_of_work, work_rows
from landscape._kernels.outputs import any_activation
from landscape._kernels.propagation import backward, forward, keep
from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import Rows, below, fma, lanes_of, rows, same, store
from landscape._simd.unroll import each
from landscape.parts.gradients import EXACT


def evaluation_rows(net: Network) -> int:
    """Rows that ``evaluate`` needs."""
    return work_rows(net) + 1 + net.n_patterns * net.n_outputs


@inline
def gather(theta: Array, first: int, p: Rows) -> int:
    """Copy parameter vectors from ``first`` on into the lanes of ``p`` and return how many there are; the last one fills the
    lanes left over."""
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
    each(store, outputs, places(q, net.n_outputs, k), output)
    return kept


@kernel
def evaluate(
    net: Network,
    together: tuple[int, ...],
    own: tuple[int, ...],
    whole: tuple[int, ...],
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
    vectors (n, P); an array without rows is not filled. ``together``, ``own`` and ``whole`` as ``known_when_compiled`` has
    them. ``space`` has ``evaluation_rows`` rows."""
    if len(together) == len(FOUR):
        net = as_usual(net)
    n, every = theta.shape[0], Patterns(0, net.n_patterns, net.n_patterns, together)
    work = divide(net, inputs, targets, rows(space, together), (), own, whole)
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
    """Sums (n, patterns, hidden) of the hidden units at parameter vectors (n, P), with the bits of ``forward``: the side of
    a kink on which a point lies must not depend on the function that asks."""
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
        value[i], slope[i], _ = any_activation(code, z[i], leak)
