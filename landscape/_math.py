"""Elementary functions without branches, for one number and for thirty-two.

Only sums, products, quotients, ``fma``, comparisons and ``where``: they inline into kernels as vector code, and the order of
operations, and with it every bit, is fixed. A call to the C library would do neither. Polynomials are minimax fits for the
relative error on the reduced range, evaluated so that the chain of dependent operations is short (Estrin's scheme). Errors,
in units in the last place (ulp), are the largest seen in millions of numbers; ``tests/test_math.py`` looks again at
thousands, with mpmath.

A clamp is written ``where(x < c, c, x)``, which lets NaN pass: a number that is lost must be seen.
"""

from landscape._jit import inline
from landscape._lanes import fabs, fma, shift_to_exponent, where

MAGIC = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, which then stands in the low bits
EXPONENT = MAGIC + 1023.0  # the same, and the bias of an exponent: shifting these bits to their place gives 2**n
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17
EXP_FLOOR = -709.0  # here n = -1023 and 2**n comes out as 0: e**x is 0 instead of a subnormal number

# (e**r - 1 - r) / r**2 for |r| <= ln(2) / 2
EXP = (
    0.5000000000000009, 0.1666666666666666, 0.04166666666654549, 0.008333333333337922,
    0.0013888888939651023, 0.00019841269839287359, 2.480149709298739e-05, 2.75572948965598e-06,
    2.7628877888168984e-07, 2.509060236105739e-08,
)  # fmt: skip
# (log(1 + u) - u) / u**2 in w = u - 1/2, for 0 <= u <= 1
LOG = (
    -0.37813956756734257, 0.17922493693603742, -0.09323036636359372, 0.05108344610523435,
    -0.02894318317405955, 0.016788742511833973, -0.009909900298995045, 0.005929010578081247,
    -0.003585676003265009, 0.002187670955255303, -0.0013443814930379553, 0.0008310332303490764,
    -0.0005176997986939416, 0.00032585808952874254, -0.00019967784539439193, 0.00011476364448978928,
    -8.356369540670348e-05, 7.831057496579801e-05, -3.873953608456176e-05,
)  # fmt: skip
# (sin(r) - r) / r**3 in r**2, for |r| <= pi / 4
SIN = (
    -0.16666666666666646, 0.008333333333326119, -0.00019841269832809158, 2.7557314718786252e-06,
    -2.5050914493599784e-08, 1.590556869300714e-10,
)  # fmt: skip
# (cos(r) - 1) / r**2 in r**2, for |r| <= pi / 4
COS = (
    -0.5, 0.04166666666666659, -0.001388888888887219, 2.480158728830074e-05,
    -2.7557314017393237e-07, 2.0875678486037698e-09, -1.135736196933711e-11,
)  # fmt: skip
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
HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)  # their sum is pi / 2 to 160 bits
FOURFOLD = 4.0 * MAGIC  # adding it rounds to a multiple of 4
SINE_LIMIT = 2.0**50
NAN = float("nan")
ROOT_2PI_INVERSE = 0.3989422804014327
NORMAL_LIMIT = 37.65625  # e**(-x**2 / 2) is about to become 0
GAUSSIAN_LIMIT = 26.626953125  # e**(-x**2) is about to become 0


@inline
def _exp_rest(r: float, r2: float) -> float:
    """(e**r - 1 - r) / r**2 for |r| <= ln(2) / 2, with r2 = r * r."""
    r4 = r2 * r2
    low = fma(r2, fma(r, EXP[4], EXP[3]), fma(r, EXP[2], EXP[1]))
    high = fma(r4, EXP[9], fma(r2, fma(r, EXP[8], EXP[7]), fma(r, EXP[6], EXP[5])))
    return fma(r, fma(r4, high, low), EXP[0])


@inline
def exp_neg(x: float) -> tuple[float, float]:
    """``e**x`` and ``e**x - 1`` for x <= 0. Errors: 1.0 and 1.2 ulp."""
    x = where(x < EXP_FLOOR, EXP_FLOOR, x)
    shifted = fma(x, LOG2_E, EXPONENT)
    n = shifted - EXPONENT
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, x))
    r2 = r * r
    scale = shift_to_exponent(shifted)
    s = fma(r2, _exp_rest(r, r2), r)
    return fma(scale, s, scale), fma(scale, s, scale - 1.0)


@inline
def _exp_neg_product(x: float, y: float, factor: float) -> float:
    """``factor * e**(x y)`` for x y <= 0, with the part of the product that rounding loses."""
    high = x * y
    low = fma(x, y, -high)
    shifted = fma(high, LOG2_E, EXPONENT)
    n = shifted - EXPONENT
    r = fma(n, -LN2_HIGH, high) + fma(n, -LN2_LOW, low)
    r2 = r * r
    scale = shift_to_exponent(shifted) * factor
    return fma(scale, fma(r2, _exp_rest(r, r2), r), scale)


@inline
def log1p_unit(u: float) -> float:
    """``log(1 + u)`` for 0 <= u <= 1. Error: 1.8 ulp."""
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


@inline
def softplus(z: float) -> float:
    """``log(1 + e**z)``. Error: 2.3 ulp."""
    return where(z > 0.0, z, 0.0) + log1p_unit(exp_neg(-fabs(z))[0])


@inline
def sincos(x: float) -> tuple[float, float]:
    """Sine and cosine for |x| <= 2**50, NaN beyond, where neighbouring numbers are farther apart than a wave.
    Error: 1.5 ulp for |x| up to 2**48, 6.5 ulp up to the limit.

    With k the quarter turns taken off, modulo 4 and in -2..2, ``1 - |k|`` and ``k (2 - |k|)`` are cosine and sine of k
    quarter turns.
    """
    x = where(fabs(x) <= SINE_LIMIT, x, NAN)
    q = fma(x, TWO_BY_PI, MAGIC) - MAGIC
    r = fma(q, -HALF_PI[2], fma(q, -HALF_PI[1], fma(q, -HALF_PI[0], x)))
    k = q - ((q + FOURFOLD) - FOURFOLD)
    turn_cos = 1.0 - fabs(k)
    turn_sin = fma(k, turn_cos, k)
    z = r * r
    z2 = z * z
    s = fma(z, fma(z2, fma(z2, SIN[5], fma(z, SIN[4], SIN[3])), fma(z, SIN[2], SIN[1])), SIN[0])
    c = fma(z, fma(z2, fma(z2, fma(z, COS[6], COS[5]), fma(z, COS[4], COS[3])), fma(z, COS[2], COS[1])), COS[0])
    sin_r, cos_r = fma(r * z, s, r), fma(z, c, 1.0)
    return fma(sin_r, turn_cos, cos_r * turn_sin), fma(cos_r, turn_cos, -(sin_r * turn_sin))


@inline
def normal_tail(x: float) -> tuple[float, float, float]:
    """``a = |x|``, at most 37.65625, with the standard normal density at a and the probability beyond a. Errors: 1.4 and
    3.9 ulp."""
    a = fabs(x)
    a = where(a > NORMAL_LIMIT, NORMAL_LIMIT, a)
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
    """``e**(-x**2)``. Error: 1.0 ulp."""
    x = where(x < -GAUSSIAN_LIMIT, -GAUSSIAN_LIMIT, x)
    x = where(x > GAUSSIAN_LIMIT, GAUSSIAN_LIMIT, x)
    return _exp_neg_product(x, -x, 1.0)
