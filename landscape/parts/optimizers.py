"""Optimizers: how a gradient moves a parameter.

One function each, of one parameter: ``(theta, g, a, b, numbers, settings)`` with the gradient g, the optimizer's memory a
and b, both 0 at the start, the ``StepNumbers`` of the run and the ``OptimizerSettings`` of the protocol. It returns the new
theta, a and b. Adding an optimizer: one function and its name in ``OPTIMIZERS``.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from landscape._simd.lanes import fma, sqrt, where


class StepNumbers(NamedTuple):
    """Of the runs in hand: learning rate (0 in a lane without a run), and, for optimizers with a state, ``1 / (1 -
    beta1**t)`` and the same of beta2, with t the number of steps a run has made, the present one included."""

    lr: float
    correction1: float
    correction2: float


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


def adam(theta: float, g: float, m: float, v: float, numbers: StepNumbers, settings: OptimizerSettings) -> Three:
    """Moments with their bias corrected, ``theta -= lr m' / (sqrt(v') + epsilon)`` (Kingma & Ba 2015, algorithm 1)."""
    m = fma(settings.beta1, m, (1.0 - settings.beta1) * g)
    v = fma(settings.beta2, v, (1.0 - settings.beta2) * (g * g))
    mean, square = m * numbers.correction1, v * numbers.correction2
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
    """One step; whether it keeps any state; whether it makes sense pattern after pattern."""

    step: Callable[[float, float, float, float, StepNumbers, OptimizerSettings], Three]
    stateful: bool
    online: bool


OPTIMIZERS: MappingProxyType[str, Optimizer] = MappingProxyType(
    {
        "gd": Optimizer(gd, stateful=False, online=True),
        "momentum": Optimizer(momentum, stateful=True, online=True),
        "nesterov": Optimizer(nesterov, stateful=True, online=True),
        "adagrad": Optimizer(adagrad, stateful=True, online=False),
        "rmsprop": Optimizer(rmsprop, stateful=True, online=False),
        "adam": Optimizer(adam, stateful=True, online=False),
        "rprop": Optimizer(rprop, stateful=True, online=False),
    }
)
