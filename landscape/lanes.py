"""What activations of your own are written with: operations on numbers, and on many at once in kernels.

``where(condition, x, y)`` instead of ``if``; ``fma(x, y, z)`` is ``x * y + z`` with one rounding; ``like(x, number)`` is a
number where a result needs the form of x, such as a curvature that is 2 everywhere. Sums, products, quotients and
comparisons are written as always.

``exp_neg(x)`` is ``e**x`` and ``exp_and_expm1(x)`` is ``e**x`` and ``e**x - 1``, both for x <= 0; ``log1p_unit(u)`` is
``log(1 + u)`` for 0 <= u <= 1. Functions of ``math`` and ``numpy`` are not known in kernels.
"""

from landscape._simd.elementary import exp_and_expm1, exp_neg, gaussian_bell, log1p_unit, normal_tail, sincos
from landscape._simd.lanes import fabs, fma, like, sqrt, where

__all__ = [
    "exp_and_expm1",
    "exp_neg",
    "fabs",
    "fma",
    "gaussian_bell",
    "like",
    "log1p_unit",
    "normal_tail",
    "sincos",
    "sqrt",
    "where",
]
