"""Activations: what a unit makes of the sum of its inputs.

One function each, ``(x, leak)``, that returns value, slope and curvature (first and second derivative) at x; ``leak`` is the
surface's ``slope`` setting, which leaky_relu reads. Trainer, gradient and Hessian all use it, on many numbers at once:
sums, products, quotients, comparisons, and what ``landscape.lanes`` offers; ``where`` instead of ``if``. Each is
accurate to a few units in the last place wherever it is not itself a cancelling difference, down to where ``e**x`` or
``e**(-x**2)`` is no longer a normal number and goes to 0. At a kink, where the slope jumps, slope and curvature are those
from below: trainer, gradient, Hessian and the search among kinks all take that side.

Adding an activation: one function here and a record in ``ACTIVATIONS``; one row in ``tests/references.py``. Without touching
the package: ``registry.register``.
"""

from collections.abc import Callable
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from landscape._simd.elementary import constants, exp_and_expm1, exp_neg, gaussian_bell, log1p_unit, normal_tail, sincos
from landscape._simd.lanes import fabs, fma, like, where
from landscape.parts import jets
from landscape.parts.jets import Jet

Three = tuple[float, float, float]


def identity(x: float, leak: float) -> Three:
    """x."""
    return x, like(x, 1.0), like(x, 0.0)


def sigmoid(x: float, leak: float) -> Three:
    """``1 / (1 + e**-x)``."""
    e = exp_neg(-fabs(x))
    larger = 1.0 / (1.0 + e)  # the value at |x|
    smaller = e * larger  # at -|x|
    slope = smaller * larger
    _, e_minus_1 = exp_and_expm1(-fabs(x))
    bend = e_minus_1 * larger  # 1 - 2 larger
    return where(x >= 0.0, larger, smaller), slope, slope * where(x >= 0.0, bend, -bend)


def tanh(x: float, leak: float) -> Three:
    """``(1 - e**-2x) / (1 + e**-2x)``."""
    e, e_minus_1 = exp_and_expm1(-2.0 * fabs(x))
    w = 2.0 / (1.0 + e)
    minus_twice = e_minus_1 * w  # -2 tanh(|x|)
    minus_twice = where(x > 0.0, minus_twice, -minus_twice)
    slope = e * w * w
    return -0.5 * minus_twice, slope, minus_twice * slope


def relu(x: float, leak: float) -> Three:
    """``max(x, 0)``; at 0 the slope is 0."""
    return where(x < 0.0, 0.0, x), where(x > 0.0, like(x, 1.0), 0.0), like(x, 0.0)


def leaky_relu(x: float, leak: float) -> Three:
    """x above 0, else ``leak * x``; at 0 the slope is ``leak``."""
    return where(x > 0.0, x, leak * x), where(x > 0.0, like(x, 1.0), leak), like(x, 0.0)


def elu(x: float, leak: float) -> Three:
    """x above 0, else ``e**x - 1`` (Clevert, Unterthiner & Hochreiter 2016, alpha = 1)."""
    e, e_minus_1 = exp_and_expm1(where(x > 0.0, 0.0, x))
    return where(x > 0.0, x, e_minus_1), e, where(x > 0.0, 0.0, e)


def softplus(x: float, leak: float) -> Three:
    """``log(1 + e**x)``."""
    e = exp_neg(-fabs(x))
    larger = 1.0 / (1.0 + e)
    smaller = e * larger
    return where(x > 0.0, x, 0.0) + log1p_unit(e), where(x >= 0.0, larger, smaller), smaller * larger


def silu(x: float, leak: float) -> Three:
    """``x sigmoid(x)`` (Elfwing, Uchibe & Doya 2018)."""
    y, floor = -fabs(x), constants(x).exp_floor
    y = where(y < floor, floor, y)
    e, e_minus_1 = exp_and_expm1(y)
    larger = 1.0 / (1.0 + e)
    smaller = e * larger  # sigmoid(y)
    slope = smaller * fma(y, larger, 1.0)  # at y; at -y it is 1 minus this
    value = fma(y, smaller, where(x > 0.0, x, 0.0))
    return value, where(x >= 0.0, 1.0 - slope, slope), smaller * larger * fma(-y, e_minus_1 * larger, 2.0)


def gelu(x: float, leak: float) -> Three:
    """``x Phi(x)``, exact (Hendrycks & Gimpel 2016)."""
    a, density, tail = normal_tail(x)
    lost = fma(a, density, -tail)  # minus the slope at -a; at a it is 1 plus this
    value = fma(-a, tail, where(x > 0.0, x, 0.0))
    return value, where(x >= 0.0, 1.0 + lost, -lost), density * fma(-a, a, 2.0)


def sine(x: float, leak: float) -> Three:
    """``sin(x)``; NaN beyond 2**50, in float32 2**21, where it soon has no meaning in that precision."""
    s, c = sincos(x)
    return s, c, -s


def gaussian(x: float, leak: float) -> Three:
    """``e**(-x**2)``."""
    bell = gaussian_bell(x)
    d = -2.0 * x
    return bell, where(bell > 0.0, d * bell, bell), where(bell > 0.0, fma(d, d, -2.0) * bell, bell)


def softsign(x: float, leak: float) -> Three:
    """``x / (1 + |x|)``."""
    v = 1.0 / (1.0 + fabs(x))
    bend = 2.0 * v * v * v
    return where(fabs(x) > constants(x).vast, where(x > 0.0, like(x, 1.0), -1.0), x * v), v * v, where(x >= 0.0, -bend, bend)


def hard_tanh(x: float, leak: float) -> Three:
    """x between -1 and 1, else the nearer of the two; at -1 the slope is 0, at 1 it is 1."""
    value = where(x > 1.0, 1.0, where(x < -1.0, -1.0, x))
    return value, where(x > 1.0, 0.0, where(x > -1.0, like(x, 1.0), 0.0)), like(x, 0.0)


class Activation(NamedTuple):
    """One activation, of the package or of your own (``register``).

    Attributes
    ----------
    function : callable ``(x, leak)``
        Value, slope and curvature at x, written for SIMD lanes; ``leak`` is the surface's ``slope``.
    low, high : float
        The smallest and largest value it takes or comes arbitrarily near to, infinite where there is no bound.
    formula : callable, optional
        Its value in as many digits as are wanted. Without one no second look in more digits is taken at its points.
    kinks : tuple of float
        Where its slope jumps.
    reads : tuple of str
        Settings that it reads: ("slope",) where its function uses ``leak``. Of a registered one this is found by trying.

    Examples
    --------
    >>> import math
    >>> import landscape as ls
    >>> def square(x, leak):
    ...     return x * x, 2.0 * x, ls.lanes.like(x, 2.0)
    >>> record = ls.Activation(square, low=0.0, high=math.inf)
    >>> ls.Surface(hidden=2, activation=record).activation.split("@")[0]
    'square'
    """

    function: Callable[[float, float], Three]
    low: float
    high: float
    formula: Callable[[Jet, float], Jet] | None = None
    kinks: tuple[float, ...] = ()
    reads: tuple[str, ...] = ()


def _logistic(x: Jet) -> Jet:
    return 1 / (1 + jets.exp(-x))


ACTIVATIONS: MappingProxyType[str, Activation] = MappingProxyType(
    {
        "identity": Activation(identity, -inf, inf, lambda x, leak: x),
        "sigmoid": Activation(sigmoid, 0.0, 1.0, lambda x, leak: _logistic(x)),
        "tanh": Activation(tanh, -1.0, 1.0, lambda x, leak: 2 * _logistic(2 * x) - 1),
        "relu": Activation(relu, 0.0, inf, lambda x, leak: x if x.value > 0 else 0 * x, (0.0,)),
        "leaky_relu": Activation(leaky_relu, -inf, inf, lambda x, leak: x if x.value > 0 else leak * x, (0.0,), ("slope",)),
        "elu": Activation(elu, -1.0, inf, lambda x, leak: x if x.value > 0 else jets.exp(x) - 1),
        "softplus": Activation(softplus, 0.0, inf, lambda x, leak: x + jets.log1p(jets.exp(-x))),
        "silu": Activation(silu, -0.2784645427610738, inf, lambda x, leak: x * _logistic(x)),
        "gelu": Activation(gelu, -0.16997120747990369, inf, lambda x, leak: x * jets.normal(x)),
        "sine": Activation(sine, -1.0, 1.0, lambda x, leak: jets.sin(x)),
        "gaussian": Activation(gaussian, 0.0, 1.0, lambda x, leak: jets.exp(-(x * x))),
        "softsign": Activation(softsign, -1.0, 1.0, lambda x, leak: x / (1 + abs(x))),
        "hard_tanh": Activation(
            hard_tanh, -1.0, 1.0, lambda x, leak: x if abs(x.value) < 1 else 0 * x + (1 if x.value > 0 else -1), (-1.0, 1.0)
        ),
    }
)
