"""Random numbers: uniform ones from streams of Philox, normal ones out of these, the same bits on every machine.

A stream of Philox (Salmon et al. 2011) is named by a seed and a number.

Normal numbers take only sums, products, quotients, square roots, ``fma`` and comparisons, in a fixed order: a library's
logarithm or inverse normal has other last bits on another processor. The ratios of polynomials interpolate in Chebyshev
nodes, computed with 60 digits from Newton's iteration on ``erfc``, and each stands for what a simple leading term leaves
over, so that its own rounding hardly counts. Errors, in units in the last place (ulp), are the largest seen in 600,000
numbers; ``tests/test_random.py`` looks again at thousands, with mpmath.
"""

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import fabs, fma, sqrt

DIRECTIONS = 2**63
"""The stream of random directions. Those below 2**52 are the blocks of starts."""


def uniform(seed: int, stream: int, n: int) -> NDArray[np.float64]:
    """Uniform numbers (n,) in the open interval (0, 1)."""
    raw = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)).random_raw(n)
    raw >>= np.uint64(12)  # 52 bits, so that adding a half is exact and 1 is never reached
    numbers: NDArray[np.float64] = raw.astype(np.float64)
    numbers += 0.5
    numbers *= 2.0**-52
    return numbers


CENTRE = 0.425
"""So far from 1/2 the quantile is ``q (MIDDLE + P / Q)`` of ``CENTRE**2 - q**2``, where all coefficients of Q are positive;
an error of the fit of 2**-57."""
MIDDLE = 2.625
CENTRE_P = (
    0.7621328727963669, 30.085750626191665, 402.53393611308593, 1449.7012451489272, -13022.500115800944,
    -139247.24743943816, -485343.0704721665, -716052.4250518633, -400626.24154877674, -55395.16399394824,
)  # fmt: skip
CENTRE_Q = (
    1.0, 52.831937249429, 1135.7701222515911, 12818.244715578627, 81857.5377525994,
    297827.2025479828, 592776.8233874465, 586386.2572520972, 237397.53921448093, 24659.993400567433,
)  # fmt: skip
NEAR = 3.25
"""In the tails, with ``r = sqrt(-log(p))``, it is ``AT + LACK + d (SLOPE + P / Q)`` of the distance d from r to a place: 9/4
up to here, else 9/2. Errors of the fits: 2**-56 and 2**-58."""
NEAR_P = (
    -0.027305793236829714, -0.10200713424362993, -0.10311093246336353, -0.0457303942785355, -0.009832512334740216,
    -0.0009608046445523774, -3.1339353369062865e-05,
)  # fmt: skip
NEAR_Q = (
    1.0, 1.624356570187949, 1.0566938186023154, 0.3485194718379871, 0.0603458271826722, 0.005034570331499493,
    0.00014876802371246146,
)  # fmt: skip
NEAR_LACK = -0.006791007926332878
FAR_P = (
    -0.019948919296635968, -0.02314588525845226, -0.007252172696226406, -0.0008618479226049984, -3.836098492483497e-05,
    -4.649541222826219e-07,
)  # fmt: skip
FAR_Q = (
    1.0, 0.5965089834457269, 0.12907723080368907, 0.012206424076387857, 0.00047495988369902916, 5.4197404062262825e-06,
)  # fmt: skip
FAR_LACK = -0.01704165783960658
LEAST = 2.0**-53
"""The smallest probability of a tail that a uniform number can have, and that the fits reach."""
# (log(m) - 2 s) / s**3 in s**2, s = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2); relative error of log(m) 2**-61
LOG = (
    0.6666666666666666, 0.4000000000000088, 0.28571428570803614, 0.22222222391713917,
    0.18181795640132906, 0.15386239702814658, 0.13268773138656886, 0.13086626147840102,
)  # fmt: skip
ROOT_HALF = 0.7071067811865476
LN2_HIGH, LN2_LOW = 0.6931471805598903, 5.497923018708371e-14
"""The first has 42 bits, so that its products with exponents are exact."""


@inline
def _polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    """From the constant on. The loop is written out by the compiler."""
    value = coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        value = fma(value, x, coefficients[i])
    return value


@inline
def minus_log(x: float) -> tuple[float, float]:
    """``-log(x)`` for 0 < x <= 1, NaN elsewhere, rounded, and what that lacks. Errors: 0.54 ulp, and of their
    sum 2**-58 of the larger of it and 1."""
    if not 0.0 < x <= 1.0:
        return np.nan, np.nan
    halvings = 0.0
    while x < ROOT_HALF:
        x += x
        halvings += 1.0
    f, t = x - 1.0, x + 1.0
    s = f / t
    s_low = fma(-s, x - (t - 1.0), fma(-s, t, f)) / t  # (t - 1) is exact, and t lacks x less that
    whole = halvings * LN2_HIGH
    high = whole - 2.0 * s
    z = s * s
    low = ((whole - high) - 2.0 * s) + fma(halvings, LN2_LOW, -fma(s * z, _polynomial(z, LOG), 2.0 * s_low))
    total = high + low
    return total, (high - total) + low


@inline
def _centre(q: float) -> float:
    """For |q| <= CENTRE."""
    s = fma(-q, q, CENTRE * CENTRE)
    return fma(q, MIDDLE, q * (_polynomial(s, CENTRE_P) / _polynomial(s, CENTRE_Q)))


@inline
def _tail(p: float) -> float:
    """How far from 0 the tail of probability p begins, for ``LEAST <= p <= 1/2 - CENTRE``; NaN for less."""
    if not p >= LEAST:
        return np.nan
    square, lack = minus_log(p)
    r = sqrt(square)
    r_low = (fma(-r, r, square) + lack) / (r + r)
    if r <= NEAR:
        d = r - 2.25
        rest = fma(d, _polynomial(d, NEAR_P) / _polynomial(d, NEAR_Q), NEAR_LACK)
        return 2.5 + fma(d, 1.625, fma(r_low, 1.625, rest))
    d = r - 4.5
    rest = fma(d, _polynomial(d, FAR_P) / _polynomial(d, FAR_Q), FAR_LACK)
    return 5.9375 + fma(d, 1.5, fma(r_low, 1.5, rest))


@kernel
def _fill(u: NDArray[np.float64], x: NDArray[np.float64]) -> None:
    """First all as if they lay in the centre, many at a time; then the tails, 15 in a hundred."""
    for i in range(u.size):
        x[i] = _centre(u[i] - 0.5)
    for i in range(u.size):
        if fabs(u[i] - 0.5) > CENTRE:
            x[i] = -_tail(u[i]) if u[i] < 0.5 else _tail(1.0 - u[i])


def normal_quantile(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the standard normal distribution function takes the values u, of any shape, from 2**-53 to 1 - 2**-53; NaN
    beyond. Error: 1.3 ulp. Odd about 1/2, to the bit, as far as 1 - u is exact."""
    numbers = np.copy(u)  # in the order in which u lies in memory
    x = np.empty_like(numbers)
    _fill(numbers.ravel("K"), x.ravel("K"))
    return x
