"""Elementary functions against fifty-digit arithmetic, and the vector type against numbers one by one."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from landscape import _math
from landscape._jit import inline, kernel
from landscape._lanes import LANES, any_lane, fabs, fma, like, load, pointer, same, sqrt, store, where
from landscape.activations import ACTIVATIONS

mpmath.mp.dps = 50
Array = NDArray[np.float64]


def on_lanes(function: Callable[..., tuple[float, ...]], results: int) -> Callable[[Array], Array]:
    """The function of one number, evaluated on all lanes; returns (results, n)."""
    inlined = inline(function)

    @kernel
    def run(x: Array, out: Array) -> None:
        source, sink = pointer(x, 0), pointer(out, 0)
        rows = x.shape[0] // LANES
        for row in range(rows):
            answers = inlined(load(source, row))
            for i in range(results):
                store(sink, i * rows + row, answers[i])

    def call(x: Array) -> Array:
        padded = np.concatenate([x, np.ones(-len(x) % LANES)])
        out = np.empty((results, len(padded)))
        run(padded, out.ravel())
        return out[:, : len(x)]

    return call


def ulps(found: Array, exact: Callable[[mpmath.mpf], mpmath.mpf], x: Array) -> float:
    """Largest error in units in the last place; results below the normal range are to be 0 or there."""
    worst = 0.0
    for value, argument in zip(found, x, strict=True):
        true = exact(mpmath.mpf(float(argument)))
        if abs(true) < 2.3e-308:
            assert abs(value) < 2.3e-308
        else:
            worst = max(worst, float(abs(mpmath.mpf(float(value)) - true)) / float(np.spacing(abs(float(true)))))
    return worst


def spread(low: float, high: float, n: int = 1500) -> Array:
    """Evenly spread, log-spread towards 0, and random numbers of an interval."""
    rng = np.random.default_rng(1)
    small = np.geomspace(1e-18, max(abs(low), abs(high)), n)
    return np.concatenate(
        [np.linspace(low, high, n), *(s[(s >= low) & (s <= high)] for s in (small, -small)), rng.uniform(low, high, n)]
    )


ELEMENTARY = {
    "exp_neg": (lambda x: _math.exp_neg(x), [mpmath.exp, mpmath.expm1], (-708.0, 0.0), [1.1, 1.2]),
    "log1p_unit": (lambda x: (_math.log1p_unit(x),), [mpmath.log1p], (0.0, 1.0), [1.8]),
    "sincos": (lambda x: _math.sincos(x), [mpmath.sin, mpmath.cos], (-100.0, 100.0), [1.55, 1.55]),
    "sincos of large numbers": (lambda x: _math.sincos(x), [mpmath.sin, mpmath.cos], (-1e15, 1e15), [7.0, 7.0]),
    "gaussian_bell": (lambda x: (_math.gaussian_bell(x),), [lambda x: mpmath.exp(-x * x)], (-26.6, 26.6), [1.1]),
    "normal_tail": (
        lambda x: _math.normal_tail(x),
        [abs, lambda x: mpmath.npdf(x), lambda x: mpmath.erfc(abs(x) / mpmath.sqrt(2)) / 2],
        (-37.5, 37.5),
        [0.0, 1.5, 4.0],
    ),
    "softplus": (lambda x: (_math.softplus(x),), [lambda x: mpmath.log1p(mpmath.exp(x))], (-700.0, 800.0), [2.4]),
}


@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_functions_are_right_to_the_last_places(name: str) -> None:
    function, exact, (low, high), allowed = ELEMENTARY[name]
    x = spread(low, high)
    found = on_lanes(function, len(exact))(x)
    for values, true, limit in zip(found, exact, allowed, strict=True):
        assert ulps(values, true, x) <= limit


EXACT: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "leaky_relu": lambda x: x if x > 0 else mpmath.mpf(0.01) * x,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "sine": mpmath.sin,
    "gaussian": lambda x: mpmath.exp(-x * x),
    "softsign": lambda x: x / (1 + abs(x)),
    "hard_tanh": lambda x: min(max(x, mpmath.mpf(-1)), mpmath.mpf(1)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_give_value_slope_and_curvature(name: str) -> None:
    """Relative error near 1e-15; near a zero of silu's or gelu's slope or curvature, absolute error near 1e-15."""
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.uniform(-25.0, 25.0, 200), rng.normal(size=200), rng.normal(scale=1e-5, size=50)])
    function = inline(ACTIVATIONS[name].function)
    found = on_lanes(lambda x: function(x, 0.01), 3)(x)
    for order, values in enumerate(found):
        for value, argument in zip(values, x, strict=True):
            true = mpmath.diff(EXACT[name], mpmath.mpf(float(argument)), order, h=mpmath.mpf("1e-16"))
            true = true if order == 0 else _one_sided(name, float(argument), order, true)
            assert value == pytest.approx(float(true), rel=3e-15, abs=1e-15 if order else 1e-300)


def _one_sided(name: str, x: float, order: int, true: mpmath.mpf) -> mpmath.mpf:
    """Piecewise linear functions have no curvature; numerical differences of theirs would be noise."""
    if name in ("identity", "relu", "leaky_relu", "hard_tanh") and order == 2:
        return mpmath.mpf(0)
    return true


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_lost_number_is_seen_and_large_ones_are_not_lost(name: str) -> None:
    function = inline(ACTIVATIONS[name].function)
    found = on_lanes(lambda x: function(x, 0.01), 3)(np.array([np.nan, 1e3, -1e3, 0.0]))
    assert np.isnan(found[0, 0])
    assert np.isfinite(found[:, 1:]).all()
    low, high = ACTIVATIONS[name].low, ACTIVATIONS[name].high
    assert ((found[0, 1:] >= low) & (found[0, 1:] <= high)).all()


def test_sine_of_a_number_beyond_precision_is_not_a_number() -> None:
    assert np.isnan(on_lanes(lambda x: _math.sincos(x), 2)(np.array([2.0**51, -(2.0**51)]))).all()


def test_lanes_do_what_numbers_do(rng: np.random.Generator) -> None:
    def every_operation(x: float) -> tuple[float, ...]:
        y = 3.0 - 0.5 * x
        return (
            x + y, x - y, x * y, x / y, -x, fabs(x), sqrt(fabs(x)), fma(x, y, 2.0),
            where(x < y, x, 1.0), where(x > y, x, 1.0), where(x <= 0.5, x, y), where(x >= 0.5, x, y),
            where(x == x, 2.0, y), where(x != x, 2.0, y), like(x, 7.0),
        )  # fmt: skip

    x = np.concatenate([rng.normal(size=61), [np.nan, 0.5, np.inf]])
    y = 3.0 - 0.5 * x
    with np.errstate(invalid="ignore"):
        fused = np.array(
            [np.nan if not np.isfinite(a) else float(mpmath.mpf(a) * mpmath.mpf(b) + 2) for a, b in zip(x, y, strict=True)]
        )
        fused[-1] = -np.inf
        expected = [
            x + y, x - y, x * y, x / y, -x, abs(x), np.sqrt(abs(x)), fused,
            np.where(x < y, x, 1.0), np.where(x > y, x, 1.0), np.where(x <= 0.5, x, y), np.where(x >= 0.5, x, y),
            np.where(x == x, 2.0, y), np.where(x != x, 2.0, y), np.full_like(x, 7.0),
        ]  # fmt: skip
    np.testing.assert_array_equal(on_lanes(every_operation, len(expected))(x), np.array(expected))


def test_any_lane_finds_a_single_one() -> None:
    @kernel
    def some_above(x: Array, limit: float) -> bool:
        return any_lane(load(pointer(x, 0), 0) > same(limit))

    x = np.zeros(LANES)
    assert not some_above(x, 0.5)
    for lane in range(LANES):
        x[:] = 0.0
        x[lane] = 1.0
        assert some_above(x, 0.5)
