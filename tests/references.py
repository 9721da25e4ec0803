"""What each part is meant to be, written a second time, straight from its source: the tests of all parts compare with it.

Adding a part: one row here.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logsumexp, softmax

Array = NDArray[np.float64]


def of(kind: str, name: str) -> Any:
    """The reference of a part; AssertionError that says where to add it."""
    assert name in globals()[kind], f"{name} has no reference: add it here, to {kind} in {__file__}"
    return globals()[kind][name]


ACTIVATIONS: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "leaky_relu": lambda x: x if x > 0 else mpmath.mpf(0.01) * x,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "sine": mpmath.sin,
    "gaussian": lambda x: mpmath.exp(-x * x),
    "softsign": lambda x: x / (1 + abs(x)),
    "hard_tanh": lambda x: min(max(x, mpmath.mpf(-1)), mpmath.mpf(1)),
}
"""In as many digits as mpmath is set to; slope 0.01 of leaky_relu."""


class Cost(NamedTuple):
    """Of logits z, outputs o and targets y: the cost, and its derivative by o, or by z where the source gives that."""

    cost: Callable[[Array, Array, Array], Array]
    by_output: Callable[[Array, Array], Array] | None = None
    by_logit: Callable[[Array, Array], Array] | None = None


OBJECTIVES = {
    "squared_error": Cost(lambda z, o, y: (o - y) ** 2, by_output=lambda o, y: 2 * (o - y)),
    "cross_entropy": Cost(
        lambda z, o, y: np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z))), by_logit=lambda z, y: expit(z) - y
    ),
}


OUTPUT_LAYERS: dict[tuple[str, str], tuple[Callable[[Array], Array], Cost]] = {
    ("softmax", "cross_entropy"): (
        softmax,
        Cost(lambda z, o, y: logsumexp(z) * y.sum() - (y * z).sum(), by_logit=lambda z, y: softmax(z) * y.sum() - y),
    ),
}
"""By output and objective: the outputs of one pattern, and the cost of its whole layer."""


def gd(run: Any, theta: Array, g: Array) -> Array:
    """theta -= lr g."""
    return theta - run.lr * g


def momentum(run: Any, theta: Array, g: Array) -> Array:
    """v = mu v - lr g; theta += v (heavy ball, Polyak 1964)."""
    run.m = run.mu * run.m - run.lr * g
    return theta + run.m


def nesterov(run: Any, theta: Array, g: Array) -> Array:
    """v = mu v - lr g; theta += mu v - lr g (Sutskever et al. 2013, as in Bengio et al. 2013)."""
    run.m = run.mu * run.m - run.lr * g
    return theta + run.mu * run.m - run.lr * g


def adagrad(run: Any, theta: Array, g: Array) -> Array:
    """s += g^2; theta -= lr g / (sqrt(s) + epsilon) (Duchi et al. 2011)."""
    run.s = run.s + g**2
    return theta - run.lr * g / (np.sqrt(run.s) + run.epsilon)


def rmsprop(run: Any, theta: Array, g: Array) -> Array:
    """s = beta2 s + (1 - beta2) g^2; theta -= lr g / (sqrt(s) + epsilon) (Tieleman & Hinton 2012)."""
    run.s = run.beta2 * run.s + (1 - run.beta2) * g**2
    return theta - run.lr * g / (np.sqrt(run.s) + run.epsilon)


def adam(run: Any, theta: Array, g: Array) -> Array:
    """theta -= lr mhat / (sqrt(shat) + epsilon) (Kingma & Ba 2015, Algorithm 1).

    m = beta1 m + (1 - beta1) g and s = beta2 s + (1 - beta2) g^2; at the k-th step, k = 1, 2, ...,
    mhat = m / (1 - beta1^k) and shat = s / (1 - beta2^k).
    """
    run.m = run.beta1 * run.m + (1 - run.beta1) * g
    run.s = run.beta2 * run.s + (1 - run.beta2) * g**2
    m_hat = run.m / (1 - run.beta1**run.count)
    s_hat = run.s / (1 - run.beta2**run.count)
    return theta - run.lr * m_hat / (np.sqrt(s_hat) + run.epsilon)


def rprop(run: Any, theta: Array, g: Array) -> Array:
    """theta -= sign(g) step, each parameter with a step of its own (iRprop-, Igel & Huesken 2003).

    The step grows by 1.2 while the gradient keeps its sign, and is halved when the sign changes; the
    gradient is then set to 0, so the parameter rests and the next step is not compared with it.
    """
    g = g.copy()
    for i in range(len(g)):
        agreement = g[i] * run.previous[i]
        if agreement > 0:
            run.sizes[i] = min(run.sizes[i] * 1.2, 50.0)
        elif agreement < 0:
            run.sizes[i] = max(run.sizes[i] * 0.5, 1e-6)
            g[i] = 0.0
    run.previous = g
    return theta - np.sign(g) * run.sizes


OPTIMIZERS: dict[str, Callable[[Any, Array, Array], Array]] = {
    "gd": gd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "rprop": rprop,
}
"""One step from theta with gradient g. ``run`` has the protocol's settings, ``count`` (steps made, this one included), and
room for state: ``m``, ``s`` and ``previous``, zero at first, and ``sizes``, ``lr`` at first."""


class Start(NamedTuple):
    """Of a 2-4-1 network with tanh units: distributions of weights and biases of each layer, None where they have several,
    and what else holds of arrays W1 (runs, 4, 2), b1, W2 and b2, which raises AssertionError."""

    hidden: Any
    output: Any
    holds: Callable[[dict[str, Array]], None] | None = None


def _of_one_length(parts: dict[str, Array]) -> None:
    """Directions of length 0.7 sqrt(4), and biases uniform up to it."""
    np.testing.assert_allclose(np.linalg.norm(parts["W1"], axis=2), 1.4)
    assert stats.kstest(parts["b1"].ravel(), stats.uniform(-1.4, 2.8).cdf).pvalue > 1e-3


INITIALIZERS: dict[str, Start] = {
    "uniform": Start(stats.uniform(-1, 2), stats.uniform(-1, 2)),
    "normal": Start(stats.norm(), stats.norm()),
    "xavier_uniform": Start(stats.uniform(-1, 2), stats.uniform(-math.sqrt(6 / 5), 2 * math.sqrt(6 / 5))),
    "xavier_normal": Start(stats.norm(scale=math.sqrt(2 / 6)), stats.norm(scale=math.sqrt(2 / 5))),
    "he_uniform": Start(stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)), stats.uniform(-math.sqrt(1.5), 2 * math.sqrt(1.5))),
    "he_normal": Start(stats.norm(scale=1.0), stats.norm(scale=math.sqrt(0.5))),
    "lecun_normal": Start(stats.norm(scale=math.sqrt(0.5)), stats.norm(scale=0.5)),
    "nguyen_widrow": Start(None, stats.uniform(-0.5, 1), _of_one_length),
    "posted": Start(stats.norm(scale=2 * math.sqrt(2 / 6)), stats.norm(scale=2 * math.sqrt(2 / 6))),
}

FAMILIES: dict[str, Callable[[list[int]], int]] = {"parity": lambda bits: sum(bits) % 2}
"""The output for one pattern of n bits."""
