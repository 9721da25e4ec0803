"""Normal numbers out of uniform ones: right to the last place, odd, rising, and the same bits on every machine."""

import hashlib
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from landscape._simd.jit import kernel
from landscape.random import CENTRE, LEAST, NEAR, minus_log, normal_quantile

Array = NDArray[Any]
GRID = 2.0**-52
"""Uniform numbers are ``(k + 1/2)`` of these."""


@kernel
def _minus_logs(x: Array, out: Array, lack: Array) -> None:
    for i in range(x.size):
        out[i], lack[i] = minus_log(x[i])


def grid(numbers: Any) -> Array:
    """The uniform numbers with these k."""
    return (np.asarray(numbers, np.float64) + 0.5) * GRID


def off(u: Array, x: Array) -> Array:
    """Errors in ulp: what x lacks, from the distribution function at x with fifty digits and its first two derivatives."""
    errors = []
    with mpmath.workdps(50):
        for probability, value in zip(u, x, strict=True):
            at = mpmath.mpf(float(value))
            tail = mpmath.erfc(abs(at) / mpmath.sqrt(2)) / 2
            reached = tail if value < 0 else 1 - tail
            d = (mpmath.mpf(float(probability)) - reached) / mpmath.npdf(at)
            errors.append(float(d + at * d**2 / 2) / np.spacing(abs(value)))
    return np.abs(errors)


SAMPLES = {
    "everywhere": lambda rng: grid(rng.integers(0, 2**52, 3000)),
    "tails": lambda rng: grid(np.floor(2.0 ** rng.uniform(0, 51, 3000))),
    "near one half": lambda rng: 0.5 + rng.choice([-1, 1], 3000) * grid(np.floor(2.0 ** rng.uniform(0, 51, 3000))),
    "smallest": lambda rng: grid(np.arange(1000)),
    "largest": lambda rng: grid(2**52 - 1 - np.arange(1000)),
    "where the tails begin": lambda rng: grid(np.rint((0.5 - CENTRE) / GRID) + rng.integers(-(2**42), 2**42, 2000)),
    "where the fits of a tail meet": lambda rng: grid(np.rint(np.exp(-(NEAR**2)) / GRID * rng.uniform(0.99, 1.01, 1000))),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_quantiles_are_right_to_the_last_place(sample: str, rng: np.random.Generator) -> None:
    u = SAMPLES[sample](rng)
    assert off(u, normal_quantile(u)).max() < 1.35


@pytest.mark.parametrize("sample", SAMPLES)
def test_quantiles_are_odd_and_rise_strictly(sample: str, rng: np.random.Generator) -> None:
    """Neighbours among the uniform numbers have quantiles two ulp apart at least, more than the errors of both."""
    u = SAMPLES[sample](rng)
    u = np.unique(np.concatenate([u - GRID, u, u + GRID]))
    u = u[(u >= LEAST) & (u <= 1.0 - LEAST)]
    x = normal_quantile(u)
    assert (np.diff(x) > 0.0).all()
    assert (normal_quantile(1.0 - u) == -x).all()


def test_quantiles_beyond_the_uniform_numbers_are_not_a_number() -> None:
    assert np.isnan(normal_quantile(np.array([0.0, 1.0, -1.0, 2.0, np.nan, np.inf, -np.inf, LEAST / 2, 1e-300]))).all()
    assert normal_quantile(np.array([LEAST, 0.5, 1.0 - LEAST])) == pytest.approx(
        [-8.209536151601387, 0.0, 8.209536151601387]
    )


def test_quantiles_keep_shape_and_leave_what_is_given(rng: np.random.Generator) -> None:
    whole = rng.uniform(size=(6, 5, 4))
    before = whole.copy()
    views = [
        whole,
        whole.T,
        whole[1:3, ::2, ::-1],
        whole.transpose(1, 0, 2)[:, 1:],
        whole[0, 0, 0],
        whole[:0],
        np.float64(0.3),
    ]
    for u in views:
        x = normal_quantile(u)
        assert x.shape == np.shape(u)
        assert (x.ravel() == [normal_quantile(np.array([one]))[0] for one in np.ravel(u)]).all()
    assert (whole == before).all()


def test_logarithms_are_right_to_the_last_place(rng: np.random.Generator) -> None:
    x = np.concatenate(
        [rng.uniform(size=1000), 2.0 ** -rng.uniform(0, 1074, 500), 1.0 - 2.0 ** -rng.uniform(1, 53, 500), [0.5, 5e-324]]
    )
    found, lack = np.empty_like(x), np.empty_like(x)
    _minus_logs(x, found, lack)
    with mpmath.workdps(50):
        true = [-mpmath.log(mpmath.mpf(float(value))) for value in x]
        for value, rest, exact in zip(found, lack, true, strict=True):
            assert abs(float(value - exact)) < 0.54 * np.spacing(value)
            assert abs(float(exact - value - mpmath.mpf(float(rest)))) < 2.0**-58 * max(1.0, value)
    _minus_logs(np.array([0.0, -1.0, 1.1, np.nan, np.inf]), found, lack)
    assert np.isnan(found[:5]).all()
    _minus_logs(np.ones(1), found, lack)
    assert (found[0], lack[0]) == (0.0, 0.0)


PINNED = {
    "0x1.0p-53": "-0x1.06b48528cea52p+3",
    "0x1.8p-52": "-0x1.02734508d1f1dp+3",
    "0x1.4f8b588e368f1p-17": "-0x1.10f3f8843a3d9p+2",
    "0x1.0p-10": "-0x1.8c73502ae34efp+1",
    "0x1.3333333333333p-4": "-0x1.7085226d3e524p+0",
    "0x1.3333333333335p-4": "-0x1.7085226d3e524p+0",
    "0x1.0p-2": "-0x1.5956b87528a4ap-1",
    "0x1.ffffffffffffep-2": "-0x1.40d931ff62706p-52",
    "0x1.8p-1": "0x1.5956b87528a4ap-1",
    "0x1.fffffffffffffp-1": "0x1.06b48528cea52p+3",
}
"""Some quantiles, written in hexadecimal digits."""


def test_bits_of_quantiles() -> None:
    """Whatever machine this runs on."""
    found = normal_quantile(np.array([float.fromhex(u) for u in PINNED]))
    assert {u: x.hex() for u, x in zip(PINNED, found.tolist(), strict=True)} == PINNED
    many = normal_quantile(grid(np.arange(2**17) * (2**35 - 31) + 12345))
    assert hashlib.sha256(many.astype("<f8").tobytes()).hexdigest()[:16] == "e80838d48fb98677"
