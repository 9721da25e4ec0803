"""Starts: nested, the same in any company, and of the distributions they are named for."""

import ast
import hashlib
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from references import of
from scipy import special, stats

import landscape as ls
from landscape.parts.initializers import GENERATORS, INITIALIZERS
from landscape.slices.directions import random_directions
from landscape.training.initial_weights import STREAM_RUNS, draw_starts, uniforms


def test_the_first_runs_of_many_are_the_runs_of_few() -> None:
    surface, protocol = ls.Surface(hidden=3), ls.Protocol(init_bias="same")
    many = draw_starts(surface, protocol, 3 * STREAM_RUNS, seed=1)
    n = STREAM_RUNS
    for first, runs in [(0, 10), (0, n), (n - 1, 2), (1500, 1), (n, n), (7, 2 * n), (2, 3 * n - 5)]:
        assert (draw_starts(surface, protocol, runs, 1, first) == many[first : first + runs]).all()


@pytest.mark.parametrize("init", INITIALIZERS)
def test_a_run_is_the_same_in_any_company_whatever_the_number_of_inputs(init: str) -> None:
    """With nine inputs, as the sum of more than eight numbers is where NumPy's order depends on the shape."""
    surface, protocol = ls.Surface(ls.problems.parity(9), hidden=3), ls.Protocol(init=init)
    many = draw_starts(surface, protocol, 60, 0)
    assert all((draw_starts(surface, protocol, 1, 0, run) == many[run : run + 1]).all() for run in range(60))


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
    first, second = (draw_starts(surface, protocol, 2 * STREAM_RUNS, seed) for seed in (0, 1))
    assert len(np.unique(np.r_[first, second][:, 0])) == 4 * STREAM_RUNS


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("hidden", [0, 1, 4])
def test_starts_fill_every_architecture(bias: bool, hidden: int) -> None:
    surface = ls.Surface(ls.problems.parity(3), hidden, bias=bias, shortcut=True)
    starts = draw_starts(surface, ls.Protocol(init_bias="same"), 5, 0)
    assert starts.shape == (5, surface.n_parameters)
    assert np.isfinite(starts).all()
    assert starts.all()


@pytest.mark.parametrize("init", INITIALIZERS)
def test_initializers_have_the_distribution_they_are_named_for(init: str) -> None:
    surface = ls.Surface(hidden=4, activation="tanh")
    expected_start = of("INITIALIZERS", init)
    parts = surface.unpack(draw_starts(surface, ls.Protocol(init=init, init_bias="same"), 4000, 11))
    assert (expected_start.hidden and expected_start.output) or expected_start.holds, "a reference that asks nothing"
    if expected_start.holds:
        expected_start.holds(parts)
    for layer, expected in (("1", expected_start.hidden), ("2", expected_start.output)):
        for name in ("W" + layer, "b" + layer) if expected is not None else ():
            assert stats.kstest(parts[name].ravel(), expected.cdf).pvalue > 1e-3


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
    raw = np.random.Philox(key=np.array([0, 0], dtype=np.uint64)).random_raw(7 * STREAM_RUNS)
    expected = ((raw[::STREAM_RUNS] >> np.uint64(12)) + 0.5) * 2.0**-52
    assert (np.r_[ends.ravel(), units.ravel()] == expected).all()


ARCHITECTURES = [
    (problem, hidden, activation, shortcut, bias)
    for problem, hidden in (("xor", 2), ("xor", 0), ("parity3", 11), ("parity9", 11))
    for activation in ("sigmoid", "tanh", "relu")
    for shortcut, bias in ((hidden == 0, "same"), (True, "zero"))
]
BITS = {
    "uniform": "022ca4c816f77680",
    "normal": "733b3164e184367e",
    "xavier_uniform": "3bf94eefc85847fe",
    "xavier_normal": "f09c430c43c6f648",
    "he_uniform": "0554d22c78e26306",
    "he_normal": "d55096583b55faa6",
    "lecun_normal": "86f110ac8d01327b",
    "nguyen_widrow": "931e292ebf104983",
    "posted": "b65110ca7329a2fc",
}
"""Hashes of the starts of all of these. An initializer that joins the table gets a line here, too: a seed means these
runs."""


@pytest.mark.parametrize("init", INITIALIZERS)
def test_bits_of_starts(init: str) -> None:
    """Whatever machine this runs on: a seed means these runs."""
    digest = hashlib.sha256()
    for name, hidden, activation, shortcut, bias in ARCHITECTURES:
        problem = name if name in ("xor", "parity3") else ls.problems.parity(9)
        surface = ls.Surface(problem, hidden, activation, shortcut=shortcut)
        starts = draw_starts(surface, ls.Protocol(init=init, init_bias=bias, init_scale=0.7), 700, 3, STREAM_RUNS - 300)
        digest.update(starts.astype("<f8").tobytes())
    assert digest.hexdigest()[:16] == BITS.get(init, f"no hash of {init}: add it to BITS")


def test_bits_of_random_directions() -> None:
    surface = ls.Surface("parity3", 40)
    theta = draw_starts(surface, ls.Protocol(init="normal"), 1, 0)[0]
    found = [random_directions(surface, theta, 2, 5, normalization) for normalization in (None, "filter", "layer", "model")]
    assert hashlib.sha256(np.array(found).astype("<f8").tobytes()).hexdigest()[:16] == "cf404f430c0280df"


def test_generators_differ_in_the_last_bits_of_normal_starts_only() -> None:
    for init in BITS:  # a younger initializer was never drawn by the first generator
        first, now = (
            draw_starts(ls.Surface(hidden=5), ls.Protocol(init=init, init_bias="same"), 500, 0, generator=generator)
            for generator in GENERATORS
        )
        np.testing.assert_allclose(first, now, rtol=1e-14)
        assert (first == now).all() == ("normal" not in init and init != "posted")


def test_roots_are_rounded_from_their_exact_values() -> None:
    """Decimal arithmetic against whole numbers: squares, and the midpoints to the neighbours of other roots."""
    root = GENERATORS[2].root
    for x in range(1, 300):
        for n in (1, 2, 4):  # 1 / n is exact
            found = root(x, n)
            low, high = (
                (Fraction(found) + Fraction(float(np.nextafter(found, away)))) / 2 for away in (-math.inf, math.inf)
            )
            assert low**n <= x <= high**n
    assert root(7, 3) == pytest.approx(7 ** (1 / 3), rel=1e-15)


def test_no_module_of_the_starts_uses_scipy() -> None:
    """When it is imported: SciPy's inverse normal serves the first generator, and is asked for by it alone."""
    folder = Path(ls.__file__).parent
    for name in ("random", "layout", "parts/initializers", "training/initial_weights", "slices/directions"):
        for node in ast.parse((folder / f"{name}.py").read_text()).body:
            found = [node.module] if isinstance(node, ast.ImportFrom) else []
            found += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(module.startswith("scipy") for module in found), name


def test_only_the_first_generator_asks_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(u: object) -> None:
        raise AssertionError("SciPy was asked")

    monkeypatch.setattr(special, "ndtri", asked)
    for init in INITIALIZERS:
        draw_starts(ls.Surface(), ls.Protocol(init=init), 5, 0)
    with pytest.raises(AssertionError, match="SciPy was asked"):
        draw_starts(ls.Surface(), ls.Protocol(init="normal"), 5, 0, generator=1)
