"""Elementary functions without branches, for one number and for many lanes, in float64 and in float32.

Only sums, products, quotients, ``fma``, comparisons and ``where``: they inline into kernels as vector code, and the order of
operations, and with it every bit, is fixed. A call to the C library would do neither. Polynomials are minimax fits for the
relative error on the reduced range, evaluated so that the chain of dependent operations is short (Estrin's scheme). Errors,
in units in the last place (ulp), are the largest seen in millions of numbers, float64 first and then float32 where they
differ; ``tests/test_math.py`` looks again at thousands, with mpmath. A polynomial has two forms where float32 is served by a
much shorter one, else its coefficients are rounded.

A clamp is written ``where(x < c, c, x)``, which lets NaN pass: a number that is lost must be seen.
"""

from collections.abc import Callable
from typing import NamedTuple

from landscape._simd.exp2 import exp2
from landscape._simd.jit import inline
from landscape._simd.lanes import fabs, fma, where
from landscape._simd.unroll import by_precision


class Constants(NamedTuple):
    """Numbers that belong to a precision."""

    magic: float  # 1.5 * 2**52 or 2**23: adding it rounds to a whole number, which then stands in the low bits
    fourfold: float  # four times that: adding it rounds to a multiple of 4
    exponent: float  # the magic number and what exp2 asks for: sixteen times the bias of an exponent
    exp_floor: float  # here e**x comes out as 0; it goes there below the smallest normal number
    ln2_low: float  # what SIXTEENTH_OF_LN2 lacks
    half_pi_middle: float  # what HALF_PI lacks
    half_pi_low: float  # what their sum lacks
    sine_limit: float
    normal_limit: float  # e**(-x**2 / 2) is about to become 0
    gaussian_limit: float  # e**(-x**2) is about to become 0
    vast: float  # 1 / x is about to become subnormal


DOUBLE = Constants(
    magic=1.5 * 2.0**52,
    fourfold=6.0 * 2.0**52,
    exponent=1.5 * 2.0**52 + 16.0 * 1023.0,
    exp_floor=-709.0895657128241,
    ln2_low=1.4494042586539372e-18,
    half_pi_middle=6.123233995736766e-17,
    half_pi_low=-1.4973849048591698e-33,
    sine_limit=2.0**50,
    normal_limit=37.6587,
    gaussian_limit=26.6287,
    vast=1e300,
)
SINGLE = Constants(
    magic=1.5 * 2.0**23,
    fourfold=6.0 * 2.0**23,
    exponent=1.5 * 2.0**23 + 16.0 * 127.0,
    exp_floor=-88.02969193111305,
    ln2_low=-1.190408937473605e-10,
    half_pi_middle=-4.371138828673793e-08,
    half_pi_low=-1.7151245100058819e-15,
    sine_limit=2.0**21,
    normal_limit=13.2687,
    gaussian_limit=9.3824,
    vast=1e37,
)
constants: Callable[[float], Constants] = by_precision(lambda x: DOUBLE, lambda x: SINGLE)
"""Those of its argument's precision."""

SIXTEEN_LOG2_E = 23.083120654223414
SIXTEENTH_OF_LN2 = 0.04332169878499658
HALF_PI = 1.5707963267948966
# (e**r - 1 - r) / r**2 for |r| <= ln(2) / 32, fitted for the relative error of e**r, then of e**r - 1
EXP = (0.49999999999999606, 0.1666666666441797, 0.04166666669324882, 0.008333471920792498, 0.0013888594079607185)
EXPM1 = (
    0.5000000000000001, 0.16666666666666669, 0.041666666663595475, 0.00833333333299209,
    0.0013889063440655327, 0.0001984146378747018,
)  # fmt: skip
EXP_SINGLE = (0.5, 0.16666959, 0.041667156)
# (log(1 + u) - u) / u**2 in w = u - 1/2, for 0 <= u <= 1
LOG = (
    -0.37813956756734257, 0.17922493693603742, -0.09323036636359372, 0.05108344610523435,
    -0.02894318317405955, 0.016788742511833973, -0.009909900298995045, 0.005929010578081247,
    -0.003585676003265009, 0.002187670955255303, -0.0013443814930379553, 0.0008310332303490764,
    -0.0005176997986939416, 0.00032585808952874254, -0.00019967784539439193, 0.00011476364448978928,
    -8.356369540670348e-05, 7.831057496579801e-05, -3.873953608456176e-05,
)  # fmt: skip
LOG_SINGLE = (
    -0.37813956, 0.17922583, -0.09323422, 0.05104328, -0.028802343, 0.017170457, -0.011288014, 0.005367366,
)  # fmt: skip
# (sin(r) - r) / r**3 in r**2, for |r| <= pi / 4
SIN = (
    -0.16666666666666646, 0.008333333333326119, -0.00019841269832809158, 2.7557314718786252e-06,
    -2.5050914493599784e-08, 1.590556869300714e-10,
)  # fmt: skip
SIN_SINGLE = (-0.16666655, 0.008332189, -0.00019518286)
# (cos(r) - 1) / r**2 in r**2, for |r| <= pi / 4
COS = (
    -0.5, 0.04166666666666659, -0.001388888888887219, 2.480158728830074e-05,
    -2.7557314017393237e-07, 2.0875678486037698e-09, -1.135736196933711e-11,
)  # fmt: skip
COS_SINGLE = (-0.5, 0.041666646, -0.0013887309, 2.4432327e-05)
# Mills ratio Phi(-a) / phi(a) = Q / (a Q + P), for 0 <= a <= 37.7
MILLS_Q = (
    1.873005486524648, 3.170858811560363, 2.6551979003192026, 1.4237177958713605,
    0.5367184998052653, 0.14804430152151485, 0.03023225208277626, 0.004521166112402021,
    0.0004760048112826876, 3.211851155234724e-05, 1.0699641144780023e-06,
)  # fmt: skip
MILLS_P = (
    1.4944421599970759, 1.8493661301796414, 1.1704843615210856, 0.48093353936877753,
    0.13932322263085462, 0.02929093942765407, 0.004456929165772922, 0.00047386488156217173,
    3.211851156992427e-05, 1.0699641143843598e-06,
)  # fmt: skip
TWO_BY_PI = 0.6366197723675814
NAN = float("nan")
ROOT_2PI_INVERSE = 0.3989422804014327


def _exp_rest_double(r: float) -> float:
    r2 = r * r
    return fma(r2, fma(r2, EXP[4], fma(r, EXP[3], EXP[2])), fma(r, EXP[1], EXP[0]))


def _expm1_rest_double(r: float) -> float:
    r2 = r * r
    high = fma(r2, fma(r, EXPM1[5], EXPM1[4]), fma(r, EXPM1[3], EXPM1[2]))
    return fma(r2, high, fma(r, EXPM1[1], EXPM1[0]))


def _exp_rest_single(r: float) -> float:
    return fma(r, fma(r, EXP_SINGLE[2], EXP_SINGLE[1]), EXP_SINGLE[0])


_exp_rest = by_precision(_exp_rest_double, _exp_rest_single)
"""(e**r - 1 - r) / r**2 for |r| <= ln(2) / 32, as accurate as e**r asks for."""
_expm1_rest = by_precision(_expm1_rest_double, _exp_rest_single)
"""The same, as accurate as e**r - 1 asks for."""


@inline
def _reduced(x: float) -> tuple[float, float, float]:
    """For x <= 0 a number r with |r| <= ln(2) / 32, a power of two, rounded, and what that lacks as a part of itself, so
    that ``e**x`` is the power times ``e**r``."""
    of = constants(x)
    x = where(x < of.exp_floor, of.exp_floor, x)
    shifted = fma(x, SIXTEEN_LOG2_E, of.exponent)
    n = shifted - of.exponent
    power, lack = exp2(shifted)
    return fma(n, -of.ln2_low, fma(n, -SIXTEENTH_OF_LN2, x)), power, lack


@inline
def exp_neg(x: float) -> float:
    """``e**x`` for x <= 0. Error: 1.1 ulp; 1.0."""
    r, power, _ = _reduced(x)
    return fma(power, fma(r * r, _exp_rest(r), r), power)


@inline
def exp_and_expm1(x: float) -> tuple[float, float]:
    """``e**x`` and ``e**x - 1`` for x <= 0. Errors: 0.6 and 1.3 ulp; 0.6 and 1.1."""
    r, power, lack = _reduced(x)
    s = r + fma(r * r, _expm1_rest(r), lack)
    return fma(power, s, power), fma(power, s, power - 1.0)


@inline
def _exp_neg_product(x: float, y: float, factor: float) -> float:
    """``factor * e**(x y)`` for x y <= 0, with the part of the product that rounding loses."""
    of = constants(x)
    high = x * y
    low = fma(x, y, -high)
    shifted = fma(high, SIXTEEN_LOG2_E, of.exponent)
    n = shifted - of.exponent
    r = fma(n, -SIXTEENTH_OF_LN2, high) + fma(n, -of.ln2_low, low)
    power, lack = exp2(shifted)
    power = power * factor
    return fma(power, r + fma(r * r, _exp_rest(r), lack), power)


def _log1p_unit_double(u: float) -> float:
    w = u - 0.5
    w2 = w * w
    w4 = w2 * w2
    p0 = fma(w2, fma(w, LOG[3], LOG[2]), fma(w, LOG[1], LOG[0]))
    p1 = fma(w2, fma(w, LOG[7], LOG[6]), fma(w, LOG[5], LOG[4]))
    p2 = fma(w2, fma(w, LOG[11], LOG[10]), fma(w, LOG[9], LOG[8]))
    p3 = fma(w2, fma(w, LOG[15], LOG[14]), fma(w, LOG[13], LOG[12]))
    p4 = fma(w2, LOG[18], fma(w, LOG[17], LOG[16]))
    p = fma(w4, fma(w4, fma(w4, fma(w4, p4, p3), p2), p1), p0)
    return fma(u * u, p, u)


def _log1p_unit_single(u: float) -> float:
    w = u - 0.5
    w2 = w * w
    p0 = fma(w2, fma(w, LOG_SINGLE[3], LOG_SINGLE[2]), fma(w, LOG_SINGLE[1], LOG_SINGLE[0]))
    p1 = fma(w2, fma(w, LOG_SINGLE[7], LOG_SINGLE[6]), fma(w, LOG_SINGLE[5], LOG_SINGLE[4]))
    return fma(u * u, fma(w2 * w2, p1, p0), u)


log1p_unit = by_precision(_log1p_unit_double, _log1p_unit_single)
"""``log(1 + u)`` for 0 <= u <= 1. Error: 1.8 ulp; 1.6."""


@inline
def softplus(z: float) -> float:
    """``log(1 + e**z)``. Error: 2.5 ulp; 2.7."""
    return where(z > 0.0, z, 0.0) + log1p_unit(exp_neg(-fabs(z)))


def _waves_double(z: float) -> tuple[float, float]:
    z2 = z * z
    s = fma(z, fma(z2, fma(z2, SIN[5], fma(z, SIN[4], SIN[3])), fma(z, SIN[2], SIN[1])), SIN[0])
    c = fma(z, fma(z2, fma(z2, fma(z, COS[6], COS[5]), fma(z, COS[4], COS[3])), fma(z, COS[2], COS[1])), COS[0])
    return s, c


def _waves_single(z: float) -> tuple[float, float]:
    s = fma(z, fma(z, SIN_SINGLE[2], SIN_SINGLE[1]), SIN_SINGLE[0])
    c = fma(z * z, fma(z, COS_SINGLE[3], COS_SINGLE[2]), fma(z, COS_SINGLE[1], COS_SINGLE[0]))
    return s, c


_waves = by_precision(_waves_double, _waves_single)
"""(sin(r) - r) / r**3 and (cos(r) - 1) / r**2 in z = r**2, for |r| <= pi / 4."""


@inline
def sincos(x: float) -> tuple[float, float]:
    """Sine and cosine for ``|x| <= 2**50``, or 2**21 in float32, NaN beyond, where neighbouring numbers are soon farther
    apart than a wave is long. Error: 1.5 ulp for ``|x|`` up to 2**48, 6.5 ulp up to the limit; 1.8 in float32.

    With k the quarter turns taken off, modulo 4 and in -2..2, ``1 - |k|`` and ``k (2 - |k|)`` are cosine and sine of k
    quarter turns.
    """
    of = constants(x)
    x = where(fabs(x) <= of.sine_limit, x, NAN)
    q = fma(x, TWO_BY_PI, of.magic) - of.magic
    r = fma(q, -of.half_pi_low, fma(q, -of.half_pi_middle, fma(q, -HALF_PI, x)))
    k = q - ((q + of.fourfold) - of.fourfold)
    turn_cos = 1.0 - fabs(k)
    turn_sin = fma(k, turn_cos, k)
    z = r * r
    s, c = _waves(z)
    sin_r, cos_r = fma(r * z, s, r), fma(z, c, 1.0)
    return fma(sin_r, turn_cos, cos_r * turn_sin), fma(cos_r, turn_cos, -(sin_r * turn_sin))


@inline
def normal_tail(x: float) -> tuple[float, float, float]:
    """``a = |x|``, at most 37.6587, or 13.2687 in float32, with the standard normal density at a and the probability beyond
    a. Errors: 1.5 and 3.9 ulp; 1.3 and 4.6."""
    a, of = fabs(x), constants(x)
    a = where(a > of.normal_limit, of.normal_limit, a)
    density = _exp_neg_product(a, -0.5 * a, ROOT_2PI_INVERSE)
    a2 = a * a
    a4 = a2 * a2
    q0 = fma(a2, fma(a, MILLS_Q[4], MILLS_Q[3]), fma(a, MILLS_Q[2], MILLS_Q[1]))
    q1 = fma(a2, fma(a, MILLS_Q[8], MILLS_Q[7]), fma(a, MILLS_Q[6], MILLS_Q[5]))
    q = fma(a, fma(a4, fma(a4, fma(a, MILLS_Q[10], MILLS_Q[9]), q1), q0), MILLS_Q[0])
    p0 = fma(a2, fma(a, MILLS_P[4], MILLS_P[3]), fma(a, MILLS_P[2], MILLS_P[1]))
    p1 = fma(a2, fma(a, MILLS_P[8], MILLS_P[7]), fma(a, MILLS_P[6], MILLS_P[5]))
    p = fma(a, fma(a4, fma(a4, MILLS_P[9], p1), p0), MILLS_P[0])
    return a, density, density * q / fma(a, q, p)


@inline
def gaussian_bell(x: float) -> float:
    """``e**(-x**2)``. Error: 0.7 ulp; 0.6."""
    limit = constants(x).gaussian_limit
    x = where(x < -limit, -limit, x)
    x = where(x > limit, limit, x)
    return _exp_neg_product(x, -x, 1.0)
