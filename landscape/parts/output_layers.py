"""Output layers: outputs that depend on every logit of their layer, together with what they cost.

Two functions for each objective, of one pattern with ``size`` outputs. Its logits are rows ``z`` of lanes, its targets
``y[first]`` and after.

- ``(size, z, o, y, first)`` fills the rows ``o`` with the outputs, replaces each logit by the cost's derivative by it, and
  returns the cost.
- ``(size, o, y, first, k, m)`` returns the cost's second derivative by logits k and m.

Adding an output layer: its functions here and a record in ``OUTPUT_LAYERS``; one row in ``tests/references.py``.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

from landscape._simd.elementary import exp_neg, log1p_unit
from landscape._simd.lanes import Pointer, Rows, fabs, fma, load, same, store, where
from landscape.parts import jets
from landscape.parts.jets import Jet


def softmax_cross_entropy(size: int, z: Rows, o: Rows, y: Pointer, first: int) -> float:
    """``-sum y log o`` with ``o = e**z / sum e**z``.

    Cost and derivatives keep their digits where an output is near 0 or 1: the sum of exponentials and its logarithm are
    those beside the largest logit so far, and ``1 - o`` is summed from the other outputs.
    """
    top, total, log_total = load(z, 0), same(z, 1.0), same(z, 0.0)
    everything = y[first]
    for k in range(1, size):
        everything += y[first + k]
        logit = load(z, k)
        drop = -fabs(logit - top)
        e = exp_neg(drop)
        higher = logit > top
        part = where(higher, total * e, e / total)  # of the smaller sum in the larger one, where that is at most 1
        beyond = part > 1.0
        log_total = where(beyond, log_total + drop, where(higher, 0.0, log_total)) + log1p_unit(
            where(beyond, 1.0 / part, part)
        )
        total = where(higher, 1.0 + total * e, total + e)
        top = where(higher, logit, top)
    cost, before, after = same(z, 0.0), same(z, 0.0), same(z, 0.0)
    for k in range(size):
        below_top = load(z, k) - top
        store(o, k, exp_neg(below_top) / total)
        cost = fma(y[first + k], log_total - below_top, cost)
        store(z, k, before)
        before = before + load(o, k)
    for k in range(size - 1, -1, -1):
        others = load(z, k) + after
        store(z, k, (everything - y[first + k]) * load(o, k) - y[first + k] * others)
        after = after + load(o, k)
    return cost


def softmax_cross_entropy_curvature(size: int, o: Rows, y: Pointer, first: int, k: int, m: int) -> float:
    """``sum(y) o_k (1 - o_k)`` for k = m, and else ``-sum(y) o_k o_m``."""
    everything, others = 0.0, same(o, 0.0)
    for i in range(size):
        everything += y[first + i]
        if i != k:
            others = others + load(o, i)
    return everything * load(o, k) * (others if k == m else -load(o, m))


def _softmax_cross_entropy(z: list[Jet], y: list[float]) -> tuple[list[Jet], Jet]:
    top = max(range(len(z)), key=lambda k: z[k].value)
    e = [jets.exp(logit - z[top]) for logit in z]
    rest = sum((e[k] for k in range(len(z)) if k != top), 0 * z[top])
    cost = sum((y[k] * (jets.log1p(rest) - (z[k] - z[top])) for k in range(len(z))), 0 * z[top])
    return [each / (1 + rest) for each in e], cost


class LayerCost(NamedTuple):
    """What the outputs of a layer cost under one objective.

    function, curvature : see above
    formula : outputs and cost out of logits and targets, in as many digits as are wanted
    """

    function: Callable[[int, Rows, Rows, Pointer, int], float]
    curvature: Callable[[int, Rows, Pointer, int, int, int], float]
    formula: Callable[[list[Jet], list[Any]], tuple[list[Jet], Jet]]


class OutputLayer(NamedTuple):
    """Outputs that depend on every logit of their layer.

    low, high : the smallest and largest value that an output comes arbitrarily near to
    total : what the outputs of a pattern add up to, and its targets must
    costs : what they cost, by the objectives that they go with; the mean of such costs is one over patterns
    meaning : a sentence
    """

    low: float
    high: float
    total: float
    costs: MappingProxyType[str, LayerCost]
    meaning: str


OUTPUT_LAYERS: MappingProxyType[str, OutputLayer] = MappingProxyType(
    {
        "softmax": OutputLayer(
            0.0,
            1.0,
            1.0,
            MappingProxyType(
                {"cross_entropy": LayerCost(softmax_cross_entropy, softmax_cross_entropy_curvature, _softmax_cross_entropy)}
            ),
            "``e**z / sum e**z`` over the outputs of a pattern, for one-hot targets.",
        ),
    }
)

LAYER_COSTS = [(output, objective) for output, layer in OUTPUT_LAYERS.items() for objective in layer.costs]
"""Output and objective, in the order of the codes by which kernels know them."""
