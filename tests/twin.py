"""The plain NumPy twin of the kernels: a slow reference for a network with at most one hidden layer and its training.

Everything is written pattern by pattern, straight from the formulas. Notation: x inputs, a = W1 x + b1 and
h = f(a) hidden units, u = what the output layer reads, z = W2 u + b2 and o = g(z) outputs, y targets, E loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from references import of
from scipy.special import expit, ndtr

from landscape.parts.activations import ACTIVATIONS as PARTS
from landscape.parts.jets import Jet as Digits
from landscape.parts.jets import context

Array = NDArray[np.float64]
Jet = tuple[Array, Array, Array]  # value, first and second derivative


# ---- activations: name -> function(x, slope) -> (f(x), f'(x), f''(x)) ------------------------------------


def _identity(x: Array, slope: float) -> Jet:
    """f = x."""
    return x, np.ones_like(x), np.zeros_like(x)


def _sigmoid(x: Array, slope: float) -> Jet:
    """f = 1 / (1 + e^-x), f' = f(x) f(-x), f'' = f' (1 - 2 f)."""
    s = expit(x)
    d = s * expit(-x)
    return s, d, d * (1 - 2 * s)


def _tanh(x: Array, slope: float) -> Jet:
    """f = tanh x, f' = sech^2 x = 4 sigmoid(2x) sigmoid(-2x), f'' = -2 f f'."""
    t = np.tanh(x)
    d = 4 * expit(2 * x) * expit(-2 * x)
    return t, d, -2 * t * d


def _relu(x: Array, slope: float) -> Jet:
    """f = max(x, 0), with f'(0) = 0."""
    return np.maximum(x, 0.0), np.where(x > 0, 1.0, 0.0), np.zeros_like(x)


def _leaky_relu(x: Array, slope: float) -> Jet:
    """f = x where x > 0, else slope * x."""
    return np.where(x > 0, x, slope * x), np.where(x > 0, 1.0, slope), np.zeros_like(x)


def _elu(x: Array, slope: float) -> Jet:
    """f = x where x > 0, else e^x - 1 (Clevert et al. 2016, alpha = 1)."""
    e = np.exp(np.minimum(x, 0.0))
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))), np.where(x > 0, 1.0, e), np.where(x > 0, 0.0, e)


def _softplus(x: Array, slope: float) -> Jet:
    """f = log(1 + e^x), f' = sigmoid(x), f'' = sigmoid'(x)."""
    s, d, _ = _sigmoid(x, slope)
    return np.logaddexp(0.0, x), s, d


def _silu(x: Array, slope: float) -> Jet:
    """f = x s(x) with the sigmoid s, f' = s + x s', f'' = 2 s' + x s''."""
    s, d, c = _sigmoid(x, slope)
    return x * s, s + x * d, 2 * d + x * c


def _gelu(x: Array, slope: float) -> Jet:
    """f = x Phi(x), f' = Phi + x phi, f'' = (2 - x^2) phi, with the normal distribution Phi, density phi."""
    phi = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return x * ndtr(x), ndtr(x) + x * phi, (2 - x**2) * phi


def _sine(x: Array, slope: float) -> Jet:
    """f = sin x."""
    return np.sin(x), np.cos(x), -np.sin(x)


def _gaussian(x: Array, slope: float) -> Jet:
    """f = e^(-x^2), f' = -2 x f, f'' = (4 x^2 - 2) f."""
    e = np.exp(-(x**2))
    return e, -2 * x * e, (4 * x**2 - 2) * e


def _softsign(x: Array, slope: float) -> Jet:
    """f = x / (1 + |x|), f' = 1 / (1 + |x|)^2, f'' = -2 sign(x) / (1 + |x|)^3."""
    q = 1 + np.abs(x)
    return x / q, 1 / q**2, -2 * np.sign(x) / q**3


def _hard_tanh(x: Array, slope: float) -> Jet:
    """f = min(max(x, -1), 1), with f' = 1 strictly inside and 0 elsewhere."""
    return np.clip(x, -1.0, 1.0), np.where(np.abs(x) < 1, 1.0, 0.0), np.zeros_like(x)


ACTIVATIONS: dict[str, Callable[[Array, float], Jet]] = {
    "identity": _identity,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "softplus": _softplus,
    "silu": _silu,
    "gelu": _gelu,
    "sine": _sine,
    "gaussian": _gaussian,
    "softsign": _softsign,
    "hard_tanh": _hard_tanh,
}


def activation(name: str) -> Callable[[Array, float], Jet]:
    """The function of that name; one without a row above from its formula, number by number."""
    return ACTIVATIONS.get(name) or partial(_from_formula, name)


def _from_formula(name: str, x: Array, slope: float) -> Jet:
    """Value and derivatives of an activation's formula in seventy digits."""
    formula = PARTS[name].formula
    found = [formula(Digits(context().mpf(float(each)), 1), slope) for each in np.ravel(x)]
    shape = np.shape(x)
    value, first, second = ([float(getattr(jet, part)) for jet in found] for part in ("value", "slope", "curvature"))
    return np.reshape(value, shape), np.reshape(first, shape), np.reshape(second, shape)


# ---- the network and its loss ----------------------------------------------------------------------------


def _problem(surface: Any) -> tuple[Array, Array]:
    """The inputs (patterns, n_in) and targets (patterns, n_out) as float64."""
    return np.asarray(surface.problem.inputs, np.float64), np.asarray(surface.problem.targets, np.float64)


def unpack(surface: Any, theta: Array) -> tuple[Array, Array, Array, Array]:
    """W1 (H, n_in), b1 (H), W2 (n_out, fan_in), b2 (n_out) out of theta (zeros for absent biases)."""
    inputs, targets = _problem(surface)
    n_in, n_hidden, n_out = inputs.shape[1], surface.hidden, targets.shape[1]
    fan_in = n_hidden + (n_in if surface.shortcut or n_hidden == 0 else 0)
    theta = np.asarray(theta, np.float64)
    at = 0
    parts: list[Array] = []
    for rows, columns in ((n_hidden, n_in), (n_out, fan_in)):
        parts.append(theta[at : at + rows * columns].reshape(rows, columns))
        at += rows * columns
        if surface.bias:
            parts.append(theta[at : at + rows].reshape(rows))
            at += rows
        else:
            parts.append(np.zeros(rows))
    if theta.shape != (at,):
        raise ValueError(f"theta has shape {theta.shape}, this network needs ({at},)")
    w1, b1, w2, b2 = parts
    return w1, b1, w2, b2


def _read(surface: Any, x: Array, h: Array) -> Array:
    """u, what the output layer reads: the hidden units, then the inputs if there is a shortcut or H = 0."""
    return np.concatenate([h, x]) if surface.shortcut or surface.hidden == 0 else h


def _logits(surface: Any, theta: Array) -> Array:
    """z = W2 u + b2 of every pattern, (patterns, n_out)."""
    inputs, targets = _problem(surface)
    w1, b1, w2, b2 = unpack(surface, theta)
    z = np.empty(targets.shape)
    for p, x in enumerate(inputs):
        h = activation(surface.activation)(w1 @ x + b1, surface.slope)[0]
        z[p] = w2 @ _read(surface, x, h) + b2
    return z


def _layer(surface: Any) -> Any:
    """Outputs and cost of a whole output layer, or None where each output has its own."""
    return of("OUTPUT_LAYERS", (surface.output, surface.objective)) if surface.output == "softmax" else None


def forward(surface: Any, theta: Array) -> Array:
    """o = g(z) of every pattern, (patterns, n_out)."""
    if layer := _layer(surface):
        return np.array([layer[0](z) for z in _logits(surface, theta)])
    return activation(surface.output)(_logits(surface, theta), surface.slope)[0]


def _factor(surface: Any, patterns: int, outputs: int) -> float:
    """What the sum over patterns and outputs is multiplied by."""
    n = patterns if _layer(surface) else patterns * outputs
    return {"mean": 1 / n, "sum": 1.0, "half_mean": 0.5 / n, "half_sum": 0.5}[surface.reduction]


def loss(surface: Any, theta: Array) -> float:
    """E = factor * sum of (o - y)^2 or of log(1 + e^z) - y z, plus l2 * |theta|^2.

    log(1 + e^z) is taken as max(z, 0) + log(1 + e^-|z|), which does not overflow.
    """
    y, z = _problem(surface)[1], _logits(surface, theta)
    if layer := _layer(surface):
        terms = np.array([layer[1].cost(each, layer[0](each), targets) for each, targets in zip(z, y, strict=True)])
        return float(_factor(surface, *y.shape) * np.sum(terms) + surface.l2 * np.sum(np.asarray(theta) ** 2))
    terms = of("OBJECTIVES", surface.objective).cost(z, activation(surface.output)(z, surface.slope)[0], y)
    return float(_factor(surface, *y.shape) * np.sum(terms) + surface.l2 * np.sum(np.asarray(theta) ** 2))


def gradient(surface: Any, theta: Array, kind: str = "exact", patterns: int | None = None) -> Array:
    """dE/dtheta by back-propagation (Rumelhart, Hinton & Williams 1986), or one of its altered kinds.

    dE/dz = 2 (o - y) g'(z) factor for the squared error, (sigmoid(z) - y) factor for the cross-entropy;
    dE/dW2 = dE/dz u^T, dE/da = (W2^T dE/dz) f'(a), dE/dW1 = dE/da x^T, and 2 l2 theta is added.
    "no_output_slope" sends back W2^T 2 (o - y) factor instead of W2^T dE/dz; "sigmoid_slope" puts h (1 - h)
    for f'(a); "posted" does both. With `patterns` an index, that pattern is the whole problem.
    """
    if kind not in ("exact", "no_output_slope", "sigmoid_slope", "posted"):
        raise ValueError(f"unknown gradient {kind!r}")
    inputs, targets = _problem(surface)
    if patterns is not None:
        inputs, targets = inputs[[patterns]], targets[[patterns]]
    w1, b1, w2, b2 = unpack(surface, theta)
    factor = _factor(surface, *targets.shape)
    dw1, db1, dw2, db2 = np.zeros_like(w1), np.zeros_like(b1), np.zeros_like(w2), np.zeros_like(b2)
    for x, y in zip(inputs, targets, strict=True):
        h, h_slope, _ = activation(surface.activation)(w1 @ x + b1, surface.slope)
        u = _read(surface, x, h)
        z = w2 @ u + b2
        cost = layer[1] if (layer := _layer(surface)) else of("OBJECTIVES", surface.objective)
        if cost.by_output is not None:
            o, o_slope, _ = activation(surface.output)(z, surface.slope)
            de_do = cost.by_output(o, y) * factor
            de_dz = de_do * o_slope
            sent_back = de_do if kind in ("no_output_slope", "posted") else de_dz
        else:
            if kind in ("no_output_slope", "posted"):
                raise ValueError(f"{kind!r} is defined where the output's slope does not cancel")
            de_dz = sent_back = cost.by_logit(z, y) * factor
        if kind in ("sigmoid_slope", "posted"):
            h_slope = h * (1 - h)
        de_da = (w2[:, : surface.hidden].T @ sent_back) * h_slope
        dw2 += np.outer(de_dz, u)
        db2 += de_dz
        dw1 += np.outer(de_da, x)
        db1 += de_da
    layers = [dw1.ravel(), db1, dw2.ravel(), db2] if surface.bias else [dw1.ravel(), dw2.ravel()]
    return np.concatenate(layers) + 2 * surface.l2 * np.asarray(theta, np.float64)


# ---- training --------------------------------------------------------------------------------------------


class _Optimizer:
    """One optimizer; `step(theta, g)` returns the new theta. State starts at zero, rprop's steps at lr."""

    def __init__(self, protocol: Any, size: int) -> None:
        self.name = str(protocol.optimizer)
        self.lr, self.mu = float(protocol.lr), float(protocol.momentum)
        self.beta1, self.beta2 = float(protocol.beta1), float(protocol.beta2)
        self.epsilon = float(protocol.epsilon)
        self.count = 0  # steps taken, for adam's bias corrections
        self.m = np.zeros(size)  # velocity, or first moment
        self.s = np.zeros(size)  # sum or mean of squared gradients
        self.previous = np.zeros(size)  # rprop: previous gradient
        self.sizes = np.full(size, self.lr)  # rprop: step of each parameter

    def step(self, theta: Array, g: Array) -> Array:
        """One step, as the optimizer's reference has it."""
        self.count += 1
        found: Array = of("OPTIMIZERS", self.name)(self, theta, g)
        return found


@dataclass
class Run:
    """Where a run ended (theta, loss), its first event and that event's epoch, and its checkpoints."""

    theta: Array
    outcome: str
    epochs: int
    loss: float
    checkpoints: list[tuple[int, float, bool]]


def _holds(surface: Any, protocol: Any, theta: Array, value: float) -> bool:
    """Whether the criterion holds at theta, where the loss is `value`.

    "threshold" asks each output to be strictly on its target's side of the output's midpoint, (min + max) / 2
    of its targets or 0.5 if they are all equal; a target on the midpoint has no side and is never met.
    """
    if protocol.criterion == "never":
        return False
    if protocol.criterion == "loss":
        return bool(value < protocol.tolerance)
    y, o = _problem(surface)[1], forward(surface, theta)
    if protocol.criterion == "margin":
        return bool(np.all(np.abs(o - y) < protocol.tolerance))
    if protocol.criterion != "threshold":
        raise ValueError(f"unknown criterion {protocol.criterion!r}")
    for k in range(y.shape[1]):
        low, high = y[:, k].min(), y[:, k].max()
        middle = 0.5 if low == high else (low + high) / 2
        for output, target in zip(o[:, k], y[:, k], strict=True):
            if not ((output > middle and target > middle) or (output < middle and target < middle)):
                return False
    return True


def train(surface: Any, protocol: Any, theta0: Array, checkpoints: Sequence[int] = ()) -> Run:
    """Train from theta0: at each epoch evaluate (diverged? solved? stalled? out of budget?), then update.

    A run that is solved or stalled goes on to the last checkpoint, keeping its outcome and epochs; a run that
    diverges stops there, and (nan, False) is recorded at that epoch's checkpoint and at all later ones.
    """
    if protocol.update not in ("batch", "online"):
        raise ValueError(f"unknown update {protocol.update!r}")
    marks = [int(mark) for mark in checkpoints]
    if marks != sorted(marks) or (marks and marks[-1] > protocol.budget):
        raise ValueError("checkpoints must ascend and not exceed the budget")
    last = marks[-1] if marks else 0
    theta = np.array(theta0, np.float64)
    optimizer = _Optimizer(protocol, theta.size)
    steps: list[int | None] = [None] if protocol.update == "batch" else list(range(len(_problem(surface)[0])))
    records: list[tuple[int, float, bool]] = []
    outcome, epochs, t = "", 0, 0
    with np.errstate(all="ignore"):
        while True:
            value = loss(surface, theta)
            if not (np.isfinite(value) and np.all(np.isfinite(theta))):
                records += [(mark, float("nan"), False) for mark in marks if mark >= t]
                if not outcome:
                    outcome, epochs = "diverged", t
                break
            holds = _holds(surface, protocol, theta, value)
            records += [(mark, value, holds) for mark in marks if mark == t]
            if not outcome:
                if holds:
                    outcome, epochs = "solved", t
                elif protocol.stall > 0 and (np.linalg.norm(gradient(surface, theta, protocol.gradient)) < protocol.stall):
                    outcome, epochs = "stalled", t
                elif t == protocol.budget:
                    outcome, epochs = "budget", t
            if outcome and t >= last:
                break
            for pattern in steps:
                theta = optimizer.step(theta, gradient(surface, theta, protocol.gradient, pattern))
            t += 1
    return Run(theta, outcome, epochs, value, records)
