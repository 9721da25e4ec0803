"""Activations of a user's own: the bits of the package's where they are the same, and checked at the door."""

import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest
from conftest import assert_same_bits, random_theta

import landscape as ls
from landscape import registry
from landscape.lanes import exp_and_expm1, exp_neg, fabs, like, where

Three = tuple[float, float, float]


def bent_tanh(x: float, leak: float) -> Three:
    """The package's tanh, written again."""
    e, e_minus_1 = exp_and_expm1(-2.0 * fabs(x))
    w = 2.0 / (1.0 + e)
    minus_twice = e_minus_1 * w
    minus_twice = where(x > 0.0, minus_twice, -minus_twice)
    slope = e * w * w
    return -0.5 * minus_twice, slope, minus_twice * slope


def softened(x: float, leak: float) -> Three:
    """``x tanh(log(1 + e**x))`` (Misra 2020)."""
    e = exp_neg(-fabs(x))
    over = where(x >= 0.0, 1.0 + 2.0 * e, e * e + 2.0 * e)
    t = over / where(x >= 0.0, 1.0 + 2.0 * e + 2.0 * e * e, e * e + 2.0 * e + 2.0)
    s = where(x >= 0.0, like(x, 1.0), e) / (1.0 + e)
    w = (1.0 - t) * (1.0 + t) * s
    return x * t, t + x * w, w * (2.0 + x * (1.0 - s - 2.0 * t * s))


TANH, MISH = ls.Activation(bent_tanh, -1.0, 1.0), ls.Activation(softened, -0.3088401, math.inf)


def pair(**settings: Any) -> tuple[ls.Surface, ls.Surface]:
    return ls.Surface(activation=TANH, **settings), ls.Surface(activation="tanh", **settings)


@pytest.mark.parametrize("settings", [{"hidden": 3}, {"problem": "parity3", "hidden": 2, "shortcut": True, "l2": 1e-3}])
def test_the_same_function_gives_the_same_surface(settings: dict[str, Any], rng: np.random.Generator) -> None:
    mine, theirs = pair(**settings)
    theta = random_theta(rng, mine, 40)
    for found, expected in zip(mine.loss_and_gradient(theta), theirs.loss_and_gradient(theta), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(mine.hessian(theta), theirs.hessian(theta))
    np.testing.assert_array_equal(mine.activate(theta)[1], theirs.activate(theta)[1])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("update", ["batch", "online"])
def test_the_same_function_trains_to_the_same_bits(update: str, precision: str) -> None:
    mine, theirs = (ls.train(s, ls.Protocol(lr=0.5, budget=300, update=update), 40, precision=precision) for s in pair())
    assert mine.runs["activation"].unique().tolist() == [mine.surface.activation]
    mine.runs["activation"] = theirs.runs["activation"]
    assert_same_bits(mine, theirs)
    outputs = [ls.train(ls.Surface(output=output), ls.Protocol(budget=50), 9).theta for output in (TANH, "tanh")]
    np.testing.assert_array_equal(*outputs)


def test_what_is_new_is_searched_stored_and_named(tmp_path: Any) -> None:
    surface = ls.Surface(activation=MISH, l2=1e-3)
    name, digest = surface.activation.split("@")
    assert (name, len(digest)) == ("softened", 8)
    assert ls.register(MISH) == surface.activation == ls.Surface(activation="softened").activation
    assert ls.Surface(activation=ls.Activation(softened, -1.0, math.inf)).activation != surface.activation
    study = ls.Study(tmp_path, ls.grid(activation=[surface.activation, "tanh"], lr=1.0, budget=200), runs=20).run()
    assert set(study.runs()["activation"]) == {surface.activation, "tanh"}
    points = ls.find_minima(surface, starts=10)
    assert set(points.table["kind"]) <= {"strict_minimum", "flat_minimum", "unresolved", "escaping"}
    assert (points.table["grad_norm"] <= 1e-10).all()
    assert ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=1.0, budget=100), 5)).ends["runs"].sum() == 5


def trained(surface: ls.Surface) -> Any:
    return ls.train(surface, ls.Protocol(budget=20), 5).theta


def test_another_process_is_given_the_record() -> None:
    surface = ls.Surface(activation=MISH)
    assert pickle.loads(pickle.dumps(surface)) == surface
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        np.testing.assert_array_equal(pool.submit(trained, surface).result(), trained(surface))


def wrong(slope: float, curvature: float) -> Any:
    return lambda x, leak: (x * x, slope * x, curvature + 0.0 * x)


def of_libm(x: float, leak: float) -> Three:
    t = math.tanh(x)
    return t, 1.0 - t * t, -2.0 * t * (1.0 - t * t)


REFUSED: dict[str, tuple[Any, str | None, type[Exception], str]] = {
    "a function alone": (softened, None, TypeError, "record of type function does not fit; give one of type Activation"),
    "a name of the package": (MISH, "tanh", ValueError, 'name="tanh" is that of an activation of the package'),
    "no name": (ls.Activation(lambda x, leak: (x, x, x), 0.0, 1.0), None, ValueError, "'<lambda>' is no name of a part"),
    "an empty range": (ls.Activation(softened, 1.0, 0.0), None, ValueError, "from 1 to 0 is empty"),
    "a range too small": (
        ls.Activation(bent_tanh, 0.0, 1.0),
        None,
        ValueError,
        "takes values from -0.99.* beyond",
    ),
    "another slope": (
        ls.Activation(wrong(3.0, 2.0), 0.0, math.inf),
        "square",
        ValueError,
        "the slope of square at -5.99",
    ),
    "another curvature": (ls.Activation(wrong(2.0, 3.0), 0.0, math.inf), "square", ValueError, "the curvature of square at"),
    "no kernel": (ls.Activation(of_libm, -1.0, 1.0), None, ValueError, "of_libm cannot be compiled for kernels"),
    "too few arguments": (
        ls.Activation(lambda x: x, -9.0, 9.0),
        "few",
        ValueError,
        "few does not give value, slope",
    ),
    "a range of words": (ls.Activation(softened, "low", 1.0), None, TypeError, "low='low' and high=1.0 are not numbers"),  # type: ignore[arg-type]
    "not finite": (ls.Activation(lambda x, leak: (x, math.nan, x), -9.0, 9.0), "lost", ValueError, "three finite numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_activation_is_refused(case: str) -> None:
    record, name, kind, message = REFUSED[case]
    before = list(registry._registered)
    with pytest.raises(kind, match=message):
        ls.register(record, name)
    assert list(registry._registered) == before


def test_functions_that_differ_only_far_out_have_two_names() -> None:
    plain = ls.register(ls.Activation(lambda x, leak: (x, like(x, 1.0), like(x, 0.0)), -math.inf, math.inf), "line")

    def bent(x: float, leak: float) -> Three:
        return where(x > 9.0, 9.0, x), where(x > 9.0, 0.0, like(x, 1.0)), like(x, 0.0)

    assert ls.register(ls.Activation(bent, -math.inf, math.inf, kinks=()), "line") != plain


@pytest.mark.parametrize("given", [["tanh"], 3, None])
def test_what_is_no_name_is_refused_as_ever(given: Any) -> None:
    with pytest.raises(TypeError, match="is not a name; give one of: identity"):
        ls.Surface(activation=given)


def test_what_is_not_registered_here_is_said() -> None:
    with pytest.raises(ValueError, match="is an activation of somebody's own that is not registered here; give its record"):
        ls.Surface(activation="swish@00000000")


def test_a_kink_is_left_out_of_the_check() -> None:
    def steep(x: float, leak: float) -> Three:
        return where(x > 0.51, 3.0 * x - 1.02, x), where(x > 0.51, like(x, 3.0), 1.0), like(x, 0.0)

    name = ls.register(ls.Activation(steep, -math.inf, math.inf, kinks=(0.51,)))
    surface = ls.Surface(activation=name)
    assert surface.kinks(np.zeros((1, surface.n_parameters))).distance.shape[1] == 8
    assert registry.named("activation", "steep") == name
