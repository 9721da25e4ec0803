"""Value, slope and curvature in as many digits as are wanted: a function written once, as a formula, gives all three.

A ``Jet`` holds a number of mpmath and its first and second derivative by one variable. mpmath is imported at the first use;
its numbers are those of a context of our own, whose precision no other thread or program sets.
"""

from __future__ import annotations

from functools import cache
from typing import Any

DIGITS = 70


@cache
def context() -> Any:
    """mpmath's functions and numbers, ``mpf``, of ``DIGITS`` digits."""
    from mpmath import MPContext

    ours = MPContext()
    ours.dps = DIGITS
    return ours


class Jet:
    """A number that depends on one variable: its value, and its first and second derivative."""

    def __init__(self, value: Any, slope: Any = 0, curvature: Any = 0) -> None:
        self.value, self.slope, self.curvature = value, slope, curvature

    def through(self, value: Any, slope: Any, curvature: Any) -> Jet:
        """The jet of a function of this number, given its value, slope and curvature here (chain rule)."""
        return Jet(value, slope * self.slope, curvature * self.slope * self.slope + slope * self.curvature)

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.slope, -self.curvature)

    def __add__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slope, self.curvature)
        return Jet(self.value + other.value, self.slope + other.slope, self.curvature + other.curvature)

    def __radd__(self, other: Any) -> Jet:
        return self.__add__(other)

    def __sub__(self, other: Any) -> Jet:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Jet:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.slope * other, self.curvature * other)
        return Jet(
            self.value * other.value,
            self.slope * other.value + self.value * other.slope,
            self.curvature * other.value + 2 * self.slope * other.slope + self.value * other.curvature,
        )

    def __rmul__(self, other: Any) -> Jet:
        return self.__mul__(other)

    def __rtruediv__(self, other: Any) -> Jet:
        inverse = 1 / self.value
        return self.through(inverse, -inverse * inverse, 2 * inverse * inverse * inverse).__mul__(other)

    def __truediv__(self, other: Jet) -> Jet:
        return self.__mul__(1 / other)

    def __abs__(self) -> Jet:
        return -self if self.value < 0 else self


def exp(x: Jet) -> Jet:
    """``e**x``."""
    e = context().exp(x.value)
    return x.through(e, e, e)


def log1p(x: Jet) -> Jet:
    """``log(1 + x)``."""
    slope = 1 / (1 + x.value)
    return x.through(context().log1p(x.value), slope, -slope * slope)


def sin(x: Jet) -> Jet:
    """``sin(x)``."""
    s, c = context().sin(x.value), context().cos(x.value)
    return x.through(s, c, -s)


def normal(x: Jet) -> Jet:
    """The distribution function of the normal distribution."""
    mp = context()
    density = mp.npdf(x.value)
    return x.through(mp.erfc(-x.value / mp.sqrt(2)) / 2, density, -x.value * density)
