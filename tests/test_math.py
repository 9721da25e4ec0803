"""Elementary functions against fifty-digit arithmetic, and the vector type against numbers one by one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mpmath
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.typing import NDArray
from references import of

from landscape._simd import elementary
from landscape._simd.exp2 import exp2
from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import (
    LANES,
    any_lane,
    below,
    fabs,
    fma,
    lanes_of,
    like,
    load,
    pointer,
    rows,
    same,
    sqrt,
    store,
    take,
    where,
)
from landscape.parts.activations import ACTIVATIONS

mpmath.mp.dps = 50
Array = NDArray[Any]
ONE = (0,)
PRECISIONS = {"float64": np.float64, "float32": np.float32}


def on_lanes(function: Callable[..., tuple[float, ...]], results: int) -> Callable[[Array], Array]:
    """The function of one number, evaluated on all lanes; returns (results, n)."""
    inlined = inline(function)

    @kernel
    def run(x: Array, out: Array) -> None:
        source, sink = rows(x, ONE), rows(out, ONE)
        height = x.shape[0] // LANES
        for row in range(height):
            answers = inlined(load(source, row))
            for i in range(results):
                store(sink, i * height + row, answers[i])

    def call(x: Array) -> Array:
        padded = np.concatenate([x, np.ones(-len(x) % LANES, x.dtype)])
        out = np.empty((results, len(padded)), x.dtype)
        run(padded, out.ravel())
        return out[:, : len(x)]

    return call


def ulps(found: Array, exact: Callable[[mpmath.mpf], mpmath.mpf], x: Array) -> float:
    """Largest error in units in the last place; results below the normal range are to be 0 or there."""
    worst, least = 0.0, 1.01 * float(np.finfo(x.dtype).tiny)
    for value, argument in zip(found, x, strict=True):
        true = exact(mpmath.mpf(float(argument)))
        if abs(true) < least:
            assert abs(value) < least
        else:
            place = float(np.spacing(x.dtype.type(abs(float(true)))))
            worst = max(worst, float(abs(mpmath.mpf(float(value)) - true)) / place)
    return worst


def spread(low: float, high: float, n: int = 1500) -> Array:
    """Evenly spread, log-spread towards 0, and random numbers of an interval."""
    rng = np.random.default_rng(1)
    small = np.geomspace(1e-18, max(abs(low), abs(high)), n)
    return np.concatenate(
        [np.linspace(low, high, n), *(s[(s >= low) & (s <= high)] for s in (small, -small)), rng.uniform(low, high, n)]
    )


def tail(x: mpmath.mpf) -> mpmath.mpf:
    return mpmath.erfc(abs(x) / mpmath.sqrt(2)) / 2


ELEMENTARY = {
    "exp_neg": (lambda x: (elementary.exp_neg(x),), [mpmath.exp]),
    "exp_and_expm1": (lambda x: elementary.exp_and_expm1(x), [mpmath.exp, mpmath.expm1]),
    "log1p_unit": (lambda x: (elementary.log1p_unit(x),), [mpmath.log1p]),
    "sincos": (lambda x: elementary.sincos(x), [mpmath.sin, mpmath.cos]),
    "gaussian_bell": (lambda x: (elementary.gaussian_bell(x),), [lambda x: mpmath.exp(-x * x)]),
    "normal_tail": (lambda x: elementary.normal_tail(x), [abs, lambda x: mpmath.npdf(x), tail]),
    "softplus": (lambda x: (elementary.softplus(x),), [lambda x: mpmath.log1p(mpmath.exp(x))]),
}
RIGHT = [
    ("float64", "exp_neg", (-708.0, 0.0), [1.1]),
    ("float64", "exp_and_expm1", (-708.0, 0.0), [0.6, 1.2]),
    ("float64", "log1p_unit", (0.0, 1.0), [1.8]),
    ("float64", "sincos", (-100.0, 100.0), [1.55, 1.55]),
    ("float64", "sincos", (-1e15, 1e15), [7.0, 7.0]),
    ("float64", "gaussian_bell", (-26.6, 26.6), [0.7]),
    ("float64", "normal_tail", (-37.5, 37.5), [0.0, 1.5, 4.0]),
    ("float64", "softplus", (-700.0, 800.0), [2.4]),
    ("float32", "exp_neg", (-87.0, 0.0), [1.1]),
    ("float32", "exp_and_expm1", (-87.0, 0.0), [0.6, 1.1]),
    ("float32", "log1p_unit", (0.0, 1.0), [1.6]),
    ("float32", "sincos", (-100.0, 100.0), [1.5, 1.5]),
    ("float32", "sincos", (-2e6, 2e6), [1.8, 1.8]),
    ("float32", "gaussian_bell", (-9.3, 9.3), [0.6]),
    ("float32", "normal_tail", (-13.0, 13.0), [0.0, 1.3, 4.6]),
    ("float32", "softplus", (-87.0, 100.0), [2.4]),
]


@pytest.mark.parametrize(("precision", "name", "range_", "allowed"), RIGHT)
def test_elementary_functions_are_right_to_the_last_places(
    precision: str, name: str, range_: tuple[float, float], allowed: list[float]
) -> None:
    function, exact = ELEMENTARY[name]
    x = spread(*range_).astype(PRECISIONS[precision])
    found = on_lanes(function, len(exact))(x)
    assert found.dtype == x.dtype
    for values, true, limit in zip(found, exact, allowed, strict=True):
        assert ulps(values, true, x) <= limit


@pytest.mark.parametrize("precision", PRECISIONS)
def test_powers_of_two_by_sixteenths_are_right_with_what_they_lack(precision: str) -> None:
    """Correctly rounded; with what it lacks each is right to as many places again; zero at the bottom."""
    number = PRECISIONS[precision]
    bias, magic = {"float64": (1023, 1.5 * 2.0**52), "float32": (127, 1.5 * 2.0**23)}[precision]
    n = np.concatenate([[-16 * bias], np.arange(-16 * (bias - 1), 1, 1 if bias == 127 else 7), np.arange(-33, 17)])
    power, lack = on_lanes(lambda x: exp2(x), 2)((magic + 16 * bias + n).astype(number))
    assert power[0] == 0.0
    for found, rest, k in zip(power[1:], lack[1:], n[1:], strict=True):
        true = mpmath.mpf(2) ** (mpmath.mpf(int(k)) / 16)
        assert found == number(float(true))
        assert abs(rest) < np.finfo(number).eps
        assert abs(mpmath.mpf(float(found)) * (1 + mpmath.mpf(float(rest))) / true - 1) < float(np.finfo(number).eps) ** 2


def test_powers_of_two_are_the_same_for_one_number_as_for_many() -> None:
    x = 1.5 * 2.0**52 + 16 * 1023 + np.arange(-16000.0, 17.0, 13.0)
    function = inline(lambda x: exp2(x))

    @kernel
    def one_by_one(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[0, i], out[1, i] = function(x[i])

    out = np.empty((2, x.size))
    one_by_one(x, out)
    np.testing.assert_array_equal(out, on_lanes(lambda x: exp2(x), 2)(x))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_exponentials_end_at_zero(precision: str) -> None:
    """Exactly, however far the argument; on the way there, below the smallest normal number, without a step up."""
    number = PRECISIONS[precision]
    far = np.array([-1e3, -1e30, -np.inf], number)
    for function in (lambda x: (elementary.exp_neg(x),), lambda x: (elementary.exp_and_expm1(x)[0],)):
        assert (on_lanes(function, 1)(far) == 0.0).all()
        near = np.linspace(np.log(np.finfo(number).tiny) - 2.0, np.log(np.finfo(number).tiny) + 1.0, 4000, dtype=number)
        assert (np.diff(on_lanes(function, 1)(near)[0]) >= 0.0).all()
    assert (on_lanes(lambda x: (elementary.gaussian_bell(x),), 1)(far[:2]) == 0.0).all()
    assert (on_lanes(lambda x: elementary.normal_tail(x), 3)(far)[1:] == 0.0).all()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_give_value_slope_and_curvature(name: str, precision: str) -> None:
    """Relative error of some last places; near a zero of silu's or gelu's slope or curvature, absolute error as small."""
    relative, absolute, smallest = {"float64": (3e-15, 1e-15, 1e-300), "float32": (8e-7, 4e-7, 1e-37)}[precision]
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.uniform(-25.0, 25.0, 200), rng.normal(size=200), rng.normal(scale=1e-5, size=50)]).astype(
        PRECISIONS[precision]
    )
    function = inline(ACTIVATIONS[name].function)
    found = on_lanes(lambda x: function(x, 0.01), 3)(x)
    for order, values in enumerate(found):
        for value, argument in zip(values, x, strict=True):
            true = mpmath.diff(of("ACTIVATIONS", name), mpmath.mpf(float(argument)), order, h=mpmath.mpf("1e-16"))
            true = true if order == 0 else _one_sided(name, float(argument), order, true)
            assert float(value) == pytest.approx(float(true), rel=relative, abs=absolute if order else smallest)


def _one_sided(name: str, x: float, order: int, true: mpmath.mpf) -> mpmath.mpf:
    """Piecewise linear functions have no curvature; numerical differences of theirs would be noise."""
    if name in ("identity", "relu", "leaky_relu", "hard_tanh") and order == 2:
        return mpmath.mpf(0)
    return true


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_lost_number_is_seen_and_large_ones_are_not_lost(name: str, precision: str) -> None:
    function = inline(ACTIVATIONS[name].function)
    found = on_lanes(lambda x: function(x, 0.01), 3)(np.array([np.nan, 1e3, -1e3, 0.0], PRECISIONS[precision]))
    assert np.isnan(found[0, 0])
    assert np.isfinite(found[:, 1:]).all()
    low, high = ACTIVATIONS[name].low, ACTIVATIONS[name].high
    assert ((found[0, 1:] >= low) & (found[0, 1:] <= high)).all()


def test_sine_of_a_number_beyond_precision_is_not_a_number() -> None:
    for x in (np.array([2.0**51, -(2.0**51)]), np.array([2.0**22, -(2.0**22)], np.float32)):
        assert np.isnan(on_lanes(lambda x: elementary.sincos(x), 2)(x)).all()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_lanes_do_what_numbers_do(precision: str, rng: np.random.Generator) -> None:
    """A float64 number that meets float32 lanes is rounded; nothing is computed in float64 on the way."""
    number = PRECISIONS[precision]

    def every_operation(x: float) -> tuple[float, ...]:
        y = 3.0 - 0.7 * x
        return (
            x + y, x - y, x * y, x / y, -x, fabs(x), sqrt(fabs(x)), fma(x, y, 2.1),
            where(x < y, x, 1.0), where(x > y, x, 1.0), where(x <= 0.5, x, y), where(x >= 0.5, x, y),
            where(x == x, 2.0, y), where(x != x, 2.0, y), like(x, 7.1), 1.0 / 3.0 * x,
        )  # fmt: skip

    x = np.concatenate([rng.normal(size=61), [np.nan, 0.5, np.inf]]).astype(number)
    y = number(3.0) - number(0.7) * x
    with np.errstate(invalid="ignore"):
        fused = np.array([np.nan if not np.isfinite(a) else rounded(a, b, number(2.1)) for a, b in zip(x, y, strict=True)])
        fused[-1] = -np.inf
        expected = [
            x + y, x - y, x * y, x / y, -x, abs(x), np.sqrt(abs(x)), fused,
            np.where(x < y, x, number(1)), np.where(x > y, x, number(1)), np.where(x <= 0.5, x, y), np.where(x >= 0.5, x, y),
            np.where(x == x, number(2), y), np.where(x != x, number(2), y), np.full_like(x, 7.1), number(1 / 3) * x,
        ]  # fmt: skip
    found = on_lanes(every_operation, len(expected))(x)
    assert found.dtype == np.array(expected, number).dtype == number
    np.testing.assert_array_equal(found, np.array(expected, number))


def rounded(x: Any, y: Any, z: Any) -> Any:
    """``x y + z`` with one rounding."""
    return type(x)(mpmath.mpf(float(x)) * mpmath.mpf(float(y)) + mpmath.mpf(float(z)))


def test_lanes_of_two_types_do_not_meet() -> None:
    @kernel
    def add(x: Array, y: Array) -> None:
        store(rows(x, ONE), 0, load(rows(x, ONE), 0) + load(rows(y, ONE), 0))

    with pytest.raises(TypingError, match="Lanes"):
        add(np.zeros(LANES), np.zeros(LANES, np.float32))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_any_lane_finds_a_single_one(precision: str) -> None:
    @kernel
    def some_above(x: Array, limit: float) -> bool:
        at = rows(x, ONE)
        return any_lane(load(at, 0) > same(at, limit))

    x = np.zeros(LANES, PRECISIONS[precision])
    assert not some_above(x, 0.5)
    for lane in range(LANES):
        x[:] = 0.0
        x[lane] = 1.0
        assert some_above(x, 0.5)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("together", [(0,), (0, 1), (0, 1, 2, 3)])
def test_rows_of_every_width_hold_their_numbers(precision: str, together: tuple[int, ...], rng: np.random.Generator) -> None:
    """Sixteen float64 numbers where four patterns are taken together, else thirty-two; row after row."""

    @kernel
    def double(x: Array, together: tuple[int, ...], out: Array) -> int:
        source, sink = rows(x, together), below(rows(out, together), 1)
        for row in range(x.size // lanes_of(source)):
            store(sink, row, 2.0 * load(source, row))
        return lanes_of(sink)

    x = rng.normal(size=4 * LANES).astype(PRECISIONS[precision])
    out = np.zeros(5 * LANES, x.dtype)
    width = double(x, together, out)
    assert width == (16 if len(together) == 4 and precision == "float64" else LANES)
    assert (out[:width] == 0).all()
    assert (out[width : width + x.size] == 2 * x).all()
    assert (out[width + x.size :] == 0).all()


def test_either_of_two_masks() -> None:
    @kernel
    def outside(x: Array) -> bool:
        at = load(rows(x, ONE), 0)
        return any_lane((at < -1.0) | (at > 1.0))

    x = np.zeros(LANES)
    assert not outside(x)
    for lane, value in ((3, 2.0), (20, -2.0)):
        x[:] = 0.0
        x[lane] = value
        assert outside(x)


def test_threads_that_count_together_never_take_the_same_number() -> None:
    @kernel
    def count(counter: Array, taken: Array) -> int:
        many = 0
        while True:
            number = take(pointer(counter, 0))
            if number >= taken.size:
                return many
            taken[number] += 1
            many += 1

    counter, taken = np.zeros(1, np.int64), np.zeros(1_000_000, np.int64)
    with ThreadPoolExecutor(4) as executor:
        found = [executor.submit(count, counter, taken) for _ in range(4)]
        assert sum(thread.result() for thread in found) == taken.size
    assert (taken == 1).all()
