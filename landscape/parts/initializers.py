"""Initializers: how a run's first weights are drawn.

One function each, ``(u, layer)``: a transform of uniform numbers u in (0, 1), shape ``(runs, units, fan_in + 1)``, the
last column for the bias, or ``(runs, units, fan_in)`` where biases are not drawn, into weights and biases of the same shape
for ``init_scale=1``. Starts are therefore common random numbers: the same u serve every initializer. It is given a whole
layer, so that weights may depend on one another, as directions of one length do.

To add an initializer, write one function here and a record in ``INITIALIZERS``; one row in ``tests/references.py``.

Every operation has one result on every machine: those of NumPy that IEEE 754 defines, one by one, sums in a fixed order,
and the functions of a generator. Arithmetic that gives other bits is a new generator, and the old one stays, so that what it
drew can be drawn again.
"""

import math
from collections.abc import Callable
from decimal import Context, Decimal
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.random import normal_quantile

Array = NDArray[np.float64]


class Generator(NamedTuple):
    """The functions that starts are made with beside sums, products, quotients and square roots."""

    quantile: Callable[[Array], Array]  # of the standard normal distribution
    root: Callable[[int, int], float]  # the n-th root of a whole number


def _quantile_of_scipy(u: Array) -> Array:
    from scipy.special import ndtri  # where runs of an old release are drawn again, and nowhere else

    quantile: Array = ndtri(u)
    return quantile


def _root_of_libm(x: int, n: int) -> float:
    return float(x ** (1.0 / n))


@cache
def _root(x: int, n: int) -> float:
    """Rounded from fifty digits: decimal arithmetic is the same everywhere, the power of a C library is not."""
    return float(Context(prec=50).power(Decimal(x), Decimal(1.0 / n)))


GENERATORS: MappingProxyType[int, Generator] = MappingProxyType(
    {1: Generator(_quantile_of_scipy, _root_of_libm), 2: Generator(normal_quantile, _root)}
)
"""By number: the first up to release 0.2.0, whose last bits depend on the machine, and that of now."""
GENERATOR = max(GENERATORS)


class Layer(NamedTuple):
    """What an initializer may know of the layer it fills, and the generator it uses."""

    fan_in: int
    fan_out: int
    is_output: bool
    n_inputs: int
    hidden: int
    activation: str
    generator: Generator


def _uniform(u: Array, half_width: float) -> Array:
    return half_width * (2.0 * u - 1.0)


def _normal(u: Array, deviation: float, layer: Layer) -> Array:
    return deviation * layer.generator.quantile(u)


def uniform(u: Array, layer: Layer) -> Array:
    """U(-1, 1); with ``init_scale=s``, U(-s, s)."""
    return _uniform(u, 1.0)


def normal(u: Array, layer: Layer) -> Array:
    """N(0, 1); with ``init_scale=s``, standard deviation s."""
    return _normal(u, 1.0, layer)


def xavier_uniform(u: Array, layer: Layer) -> Array:
    """U(-w, w), w = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 16)."""
    return _uniform(u, math.sqrt(6.0 / (layer.fan_in + layer.fan_out)))


def xavier_normal(u: Array, layer: Layer) -> Array:
    """Variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 12)."""
    return _normal(u, math.sqrt(2.0 / (layer.fan_in + layer.fan_out)), layer)


def he_uniform(u: Array, layer: Layer) -> Array:
    """U(-w, w), w = sqrt(6 / fan_in), of the variance of ``he_normal``."""
    return _uniform(u, math.sqrt(6.0 / layer.fan_in))


def he_normal(u: Array, layer: Layer) -> Array:
    """Variance 2 / fan_in (He, Zhang, Ren & Sun 2015, eq. 10)."""
    return _normal(u, math.sqrt(2.0 / layer.fan_in), layer)


def lecun_normal(u: Array, layer: Layer) -> Array:
    """Variance 1 / fan_in (LeCun, Bottou, Orr & Mueller 1998, eq. 16)."""
    return _normal(u, math.sqrt(1.0 / layer.fan_in), layer)


def nguyen_widrow(u: Array, layer: Layer) -> Array:
    """Hidden units: weights of random direction and length 0.7 H^(1/n_inputs), biases uniform over that length either way;
    output layer U(-0.5, 0.5) (Nguyen & Widrow 1990, section 4). The biases are part of the method: ``init_bias="same"``."""
    if layer.is_output:
        return _uniform(u, 0.5)
    length = 0.7 * layer.generator.root(layer.hidden, layer.n_inputs)
    drawn = _uniform(u, 1.0)
    weights = drawn[..., : layer.fan_in]
    # one after the other: np.sum adds eight and more in an order that depends on how many runs are drawn
    squares = np.add.accumulate(weights * weights, axis=-1)[..., -1:]
    weights /= np.sqrt(squares)
    drawn *= length
    return drawn


def posted_deviation(n_inputs: int, hidden: int, activation: str) -> float:
    """The posted program's: sqrt(2 / (n_inputs + hidden)), doubled for tanh and times sqrt(2) for relu."""
    return {"tanh": 2.0, "relu": math.sqrt(2.0)}.get(activation, 1.0) * math.sqrt(2.0 / (n_inputs + hidden))


def posted(u: Array, layer: Layer) -> Array:
    """Normal, with the one deviation that the posted program uses for both layers."""
    return _normal(u, posted_deviation(layer.n_inputs, layer.hidden, layer.activation), layer)


class Initializer(NamedTuple):
    """One initializer.

    draw : weights and biases of a layer from uniform numbers, see above
    reads : settings, beside sizes of layers, that what it draws depends on
    """

    draw: Callable[[Array, Layer], Array]
    reads: tuple[str, ...] = ()


INITIALIZERS: MappingProxyType[str, Initializer] = MappingProxyType(
    {
        "uniform": Initializer(uniform),
        "normal": Initializer(normal),
        "xavier_uniform": Initializer(xavier_uniform),
        "xavier_normal": Initializer(xavier_normal),
        "he_uniform": Initializer(he_uniform),
        "he_normal": Initializer(he_normal),
        "lecun_normal": Initializer(lecun_normal),
        "nguyen_widrow": Initializer(nguyen_widrow),
        "posted": Initializer(posted, reads=("activation",)),
    }
)

BIASES: MappingProxyType[str, str] = MappingProxyType(
    {"zero": "Biases start at 0.", "same": "Biases are drawn like the weights."}
)
"""How biases start, each in a sentence."""
