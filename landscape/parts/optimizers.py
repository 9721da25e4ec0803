"""Optimizers: how a gradient moves a parameter.

One function each, of one parameter: ``(theta, g, a, b, numbers, settings)`` with the gradient g, the optimizer's memory of
this parameter a and b, both 0 at the start, the ``StepNumbers`` of the run and the ``OptimizerSettings`` of the protocol.
It returns the new theta, a and b. Numbers that all parameters of a run share, such as adam's bias corrections, are computed
once a step by a second function, ``prepare(lr, carried, settings)``, from up to four numbers that a run carries from step to
step.

Adding an optimizer: one function here and a record in ``OPTIMIZERS``; one row in ``tests/references.py``.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from landscape._simd.lanes import fma, like, sqrt, where


class StepNumbers(NamedTuple):
    """Numbers of one step of a run: learning rate (0 in a lane without a run), and up to three of the optimizer's own."""

    lr: float
    first: float
    second: float
    third: float


class Carried(NamedTuple):
    """Numbers that a run carries from step to step, such as powers; each is 1 before the first step."""

    first: float
    second: float
    third: float
    fourth: float


class OptimizerSettings(NamedTuple):
    """The protocol's numbers that an optimizer may read."""

    momentum: float
    beta1: float
    beta2: float
    epsilon: float


Three = tuple[float, float, float]


def gd(theta: float, g: float, a: float, b: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """Gradient descent, ``theta -= lr g`` (Cauchy 1847)."""
    return fma(-numbers.lr, g, theta), a, b


def momentum(theta: float, g: float, v: float, b: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """Heavy ball, ``v = mu v - lr g; theta += v`` (Polyak 1964, eq. 9)."""
    v = fma(settings.momentum, v, -(numbers.lr * g))
    return theta + v, v, b


def nesterov(theta: float, g: float, v: float, b: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """Nesterov's accelerated gradient (Sutskever et al. 2013, eq. 3-4), in the variable of Bengio et al. 2013, eq. 7: theta
    is the point ahead, where the gradient is taken: ``v = mu v - lr g; theta += mu v - lr g``."""
    v = fma(settings.momentum, v, -(numbers.lr * g))
    return theta + fma(settings.momentum, v, -(numbers.lr * g)), v, b


def adagrad(theta: float, g: float, s: float, b: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """``s += g^2; theta -= lr g / (sqrt(s) + epsilon)`` (Duchi, Hazan & Singer 2011, diagonal form)."""
    s = fma(g, g, s)
    return theta - numbers.lr * g / (sqrt(s) + settings.epsilon), s, b


def rmsprop(theta: float, g: float, s: float, b: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """``s = beta2 s + (1 - beta2) g^2; theta -= lr g / (sqrt(s) + epsilon)`` (Tieleman & Hinton 2012, lecture 6e)."""
    s = fma(settings.beta2, s, (1.0 - settings.beta2) * (g * g))
    return theta - numbers.lr * g / (sqrt(s) + settings.epsilon), s, b


def no_numbers(lr: float, carried: Carried, settings: OptimizerSettings) -> tuple[StepNumbers, Carried]:
    """The learning rate alone."""
    one = like(lr, 1.0)
    return StepNumbers(lr, one, one, one), carried


def bias_corrections(lr: float, carried: Carried, settings: OptimizerSettings) -> tuple[StepNumbers, Carried]:
    """``1 / (1 - beta1**t)`` and ``1 / (1 - beta2**t)`` of step t, with one quotient."""
    power1, power2 = settings.beta1 * carried.first, settings.beta2 * carried.second
    lack1, lack2 = 1.0 - power1, 1.0 - power2
    both = 1.0 / (lack1 * lack2)
    return StepNumbers(lr, both * lack2, both * lack1, like(lr, 1.0)), Carried(power1, power2, carried.third, carried.fourth)


def adam(theta: float, g: float, m: float, v: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """Moments with their bias corrected, ``theta -= lr m' / (sqrt(v') + epsilon)`` (Kingma & Ba 2015, algorithm 1)."""
    m = fma(settings.beta1, m, (1.0 - settings.beta1) * g)
    v = fma(settings.beta2, v, (1.0 - settings.beta2) * (g * g))
    mean, square = m * numbers.first, v * numbers.second
    return theta - numbers.lr * mean / (sqrt(square) + settings.epsilon), m, v


GROW, SHRINK, SMALLEST_STEP, LARGEST_STEP = 1.2, 0.5, 1e-6, 50.0


def rprop(theta: float, g: float, step: float, before: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """iRprop- (Igel & Huesken 2003, algorithm 3): the sign of the gradient, a step for each parameter that starts at
    ``lr``, grows by 1.2 up to 50 while the sign stays and halves down to 1e-6 when it turns. An infinite gradient has a
    sign, but leads nowhere: the parameter is lost."""
    step = where(step == 0.0, numbers.lr, step)
    agreement = g * before
    grown, halved = step * GROW, step * SHRINK
    step = where(agreement > 0.0, where(grown > LARGEST_STEP, LARGEST_STEP, grown), step)
    step = where(agreement < 0.0, where(halved < SMALLEST_STEP, SMALLEST_STEP, halved), step)
    g = where(agreement < 0.0, 0.0, g)
    return theta - fma(g, 0.0, where(g > 0.0, step, where(g < 0.0, -step, g))), step, g


class Optimizer(NamedTuple):
    """One optimizer.

    step : moves one parameter
    stateful : whether it keeps a memory of each parameter
    online : whether it makes sense pattern after pattern
    prepare : numbers of a step; only of one with a memory
    reads : settings, of ``OptimizerSettings``, that it reads and others do not
    """

    step: Callable[[float, float, float, float, StepNumbers, OptimizerSettings], Three]
    stateful: bool
    online: bool
    prepare: Callable[[float, Carried, OptimizerSettings], tuple[StepNumbers, Carried]] = no_numbers
    reads: tuple[str, ...] = ()


OPTIMIZERS: MappingProxyType[str, Optimizer] = MappingProxyType(
    {
        "gd": Optimizer(gd, stateful=False, online=True),
        "momentum": Optimizer(momentum, stateful=True, online=True, reads=("momentum",)),
        "nesterov": Optimizer(nesterov, stateful=True, online=True, reads=("momentum",)),
        "adagrad": Optimizer(adagrad, stateful=True, online=False, reads=("epsilon",)),
        "rmsprop": Optimizer(rmsprop, stateful=True, online=False, reads=("beta2", "epsilon")),
        "adam": Optimizer(adam, stateful=True, online=False, prepare=bias_corrections, reads=("beta1", "beta2", "epsilon")),
        "rprop": Optimizer(rprop, stateful=True, online=False),
    }
)

UPDATES: MappingProxyType[str, str] = MappingProxyType(
    {
        "batch": "One step an epoch, along the gradient of the loss.",
        "online": "One step after each pattern, in order, along the gradient of this pattern alone.",
    }
)
"""When a step is made, each in a sentence."""
