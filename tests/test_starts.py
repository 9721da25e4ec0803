"""Starts: nested, the same in any company, and of the distributions they are named for."""

import math

import numpy as np
import pytest
from scipy import stats

import landscape as ls
from landscape.initializers import INITIALIZERS
from landscape.starts import BLOCK, draw_starts, uniforms


def test_the_first_runs_of_many_are_the_runs_of_few() -> None:
    surface, protocol = ls.Surface(hidden=3), ls.Protocol(init_bias="same")
    many = draw_starts(surface, protocol, 3 * BLOCK, seed=1)
    for first, runs in [(0, 10), (0, BLOCK), (BLOCK - 1, 2), (1500, 1), (BLOCK, BLOCK), (7, 2 * BLOCK), (2, 3 * BLOCK - 5)]:
        assert (draw_starts(surface, protocol, runs, 1, first) == many[first : first + runs]).all()


def test_a_unit_draws_the_same_for_every_width_activation_and_initializer() -> None:
    narrow, wide = uniforms(4, 0, 50, 2, 1, 2), uniforms(4, 0, 50, 2, 1, 9)
    assert (narrow[0] == wide[0]).all()
    assert (narrow[1] == wide[1][:, :2]).all()
    plain = ls.Protocol(init="normal", init_bias="same")
    few, many = ls.Surface(hidden=2), ls.Surface(hidden=5, activation="relu", shortcut=True)
    a, b = few.unpack(draw_starts(few, plain, 20, 0)), many.unpack(draw_starts(many, plain, 20, 0))
    for name in ("W1", "b1"):
        assert (a[name] == b[name][:, :2]).all()
    assert (a["W2"] == b["W2"][:, :, :2]).all()
    assert (a["b2"] == b["b2"]).all()
    scaled = few.unpack(draw_starts(few, ls.Protocol(init="xavier_normal"), 20, 0))
    np.testing.assert_allclose(scaled["W1"], a["W1"] * math.sqrt(2 / 4))
    assert not scaled["b1"].any()


def test_seeds_and_runs_are_unlike() -> None:
    surface, protocol = ls.Surface(), ls.Protocol()
    first, second = (draw_starts(surface, protocol, 2 * BLOCK, seed) for seed in (0, 1))
    assert len(np.unique(np.r_[first, second][:, 0])) == 4 * BLOCK


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("hidden", [0, 1, 4])
def test_starts_fill_every_architecture(bias: bool, hidden: int) -> None:
    surface = ls.Surface(ls.problems.parity(3), hidden, bias=bias, shortcut=True)
    starts = draw_starts(surface, ls.Protocol(init_bias="same"), 5, 0)
    assert starts.shape == (5, surface.n_parameters)
    assert np.isfinite(starts).all()
    assert starts.all()


DISTRIBUTIONS = {
    "uniform": (stats.uniform(-1, 2), stats.uniform(-1, 2)),
    "normal": (stats.norm(), stats.norm()),
    "xavier_uniform": (stats.uniform(-1, 2), stats.uniform(-math.sqrt(6 / 5), 2 * math.sqrt(6 / 5))),
    "xavier_normal": (stats.norm(scale=math.sqrt(2 / 6)), stats.norm(scale=math.sqrt(2 / 5))),
    "he_uniform": (stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)), stats.uniform(-math.sqrt(1.5), 2 * math.sqrt(1.5))),
    "he_normal": (stats.norm(scale=1.0), stats.norm(scale=math.sqrt(0.5))),
    "lecun_normal": (stats.norm(scale=math.sqrt(0.5)), stats.norm(scale=0.5)),
    "nguyen_widrow": (None, stats.uniform(-0.5, 1)),
    "posted": (stats.norm(scale=2 * math.sqrt(2 / 6)), stats.norm(scale=2 * math.sqrt(2 / 6))),
}
"""Of W1 and W2 of a 2-4-1 network with tanh units."""


@pytest.mark.parametrize("init", INITIALIZERS)
def test_initializers_have_the_distribution_they_are_named_for(init: str) -> None:
    surface = ls.Surface(hidden=4, activation="tanh")
    hidden, output = DISTRIBUTIONS[init]
    parts = surface.unpack(draw_starts(surface, ls.Protocol(init=init, init_bias="same"), 4000, 11))
    if init == "xavier_uniform":
        hidden = stats.uniform(-1, 2)  # sqrt(6 / (2 + 4)) = 1
    if hidden is not None:
        assert stats.kstest(parts["W1"].ravel(), hidden.cdf).pvalue > 1e-3
        assert stats.kstest(parts["b1"].ravel(), hidden.cdf).pvalue > 1e-3
    assert stats.kstest(parts["W2"].ravel(), output.cdf).pvalue > 1e-3
    assert stats.kstest(parts["b2"].ravel(), output.cdf).pvalue > 1e-3


def test_nguyen_widrow_spreads_directions_at_one_length() -> None:
    surface = ls.Surface(hidden=4)
    parts = surface.unpack(draw_starts(surface, ls.Protocol(init="nguyen_widrow", init_bias="same"), 4000, 0))
    np.testing.assert_allclose(np.linalg.norm(parts["W1"], axis=2), 0.7 * 4**0.5)
    assert stats.kstest(parts["b1"].ravel(), stats.uniform(-1.4, 2.8).cdf).pvalue > 1e-3


@pytest.mark.parametrize("shortcut", [False, True])
@pytest.mark.parametrize("init", INITIALIZERS)
def test_weights_are_the_same_whether_biases_are_drawn_or_not(init: str, shortcut: bool) -> None:
    surface = ls.Surface("parity3", hidden=4, shortcut=shortcut)
    drawn, zero = (
        surface.unpack(draw_starts(surface, ls.Protocol(init=init, init_bias=bias), 2000, 0)) for bias in ("same", "zero")
    )
    for name in drawn:
        assert (zero[name] == (0.0 if name.startswith("b") else drawn[name])).all()
        assert drawn[name].all()


def test_init_scale_multiplies() -> None:
    surface = ls.Surface()
    one, three = (draw_starts(surface, ls.Protocol(init="uniform", init_scale=s), 100, 0) for s in (1.0, 3.0))
    np.testing.assert_allclose(three, 3 * one)


def test_known_draws() -> None:
    """The stream is part of what a seed means: a change here changes everybody's runs."""
    ends, units = uniforms(0, 0, 1, 2, 1, 1)
    raw = np.random.Philox(key=np.array([0, 0], dtype=np.uint64)).random_raw(7 * BLOCK)
    expected = ((raw[::BLOCK] >> np.uint64(12)) + 0.5) * 2.0**-52
    assert (np.r_[ends.ravel(), units.ravel()] == expected).all()
