"""Functions for kernels, called from Python: on plain floats, and on NumPy arrays as lanes, to the bits of the compiled."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

import landscape as ls
from landscape import random, surface
from landscape._kernels import outputs
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
from landscape._simd.unroll import by_precision, chooser, consecutive, each, either, fold, repeat
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.objectives import OBJECTIVES
from landscape.parts.optimizers import OPTIMIZERS, OptimizerSettings, StepNumbers
from landscape.training import batch

Array = NDArray[Any]
Flat = Callable[[Any], tuple[float, ...]]
"""From the numbers of one call to the tuple of its results."""
SETTINGS = OptimizerSettings(0.9, 0.9, 0.999, 1e-8)
PRECISIONS = {"float64": np.float64, "float32": np.float32}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 2.3e-308, 1e308, -1e308, 2.0**51, 37.7]


def points(arguments: int, n: int = 300) -> Array:
    """Calls (n, arguments): of ordinary size, of every size, and with special numbers."""
    rng = np.random.default_rng(arguments)
    wide = rng.choice([-1.0, 1.0], (n, arguments)) * 10.0 ** rng.uniform(-320.0, 308.0, (n, arguments))
    special = rng.choice(SPECIAL, (n, arguments))
    return np.concatenate([rng.normal(scale=3.0, size=(n, arguments)), wide, special])


def bits(x: Any) -> Array:
    """Representations of numbers, all NaN alike."""
    x = np.array(x)
    x[np.isnan(x)] = math.nan
    return x.view(np.int64 if x.dtype == np.float64 else np.int32)


def compiled(function: Flat, x: Array) -> Array:
    """Results (n, results) of a kernel that calls the function on one number each."""
    inlined = inline(function)
    results = len(function([1.0] * x.shape[1]))

    @kernel
    def run(x: Array, out: Array) -> None:
        for i in range(x.shape[0]):
            answers = inlined(x[i])
            for k in range(results):
                out[i, k] = answers[k]

    out = np.empty((len(x), results))
    run(x, out)
    return out


def same_bits(function: Flat, x: Array) -> None:
    answers = [function(call) for call in x.tolist()]
    assert all(type(number) is float for answer in answers for number in answer)
    np.testing.assert_array_equal(bits(answers), bits(compiled(function, x)))


def of_activation(function: Callable[..., Any]) -> Flat:
    return lambda x: function(x[0], 0.01)


def of_objective(function: Callable[..., Any]) -> Flat:
    return lambda x: function(x[0], x[1], x[2], x[3], x[4])


def of_optimizer(function: Callable[..., Any]) -> Flat:
    return lambda x: function(x[0], x[1], x[2], x[3], StepNumbers(x[4], x[5], x[6], 1.0), SETTINGS)


def of_criterion(function: Callable[..., Any]) -> Flat:
    return lambda x: (function(x[0], x[1], x[2]),)


PARTS = {
    **{name: (of_activation(inline(part.function)), 1) for name, part in ACTIVATIONS.items()},
    **{name: (of_objective(inline(part.function)), 5) for name, part in OBJECTIVES.items()},
    **{name: (of_optimizer(inline(part.step)), 7) for name, part in OPTIMIZERS.items()},
    **{name: (of_criterion(inline(part.distance)), 3) for name, part in CRITERIA.items() if part.distance},
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_give_in_python_the_bits_that_they_give_in_kernels(name: str) -> None:
    function, arguments = PARTS[name]
    same_bits(function, points(arguments))


ELEMENTARY: dict[str, tuple[Flat, int]] = {
    "exp_neg": (lambda x: (elementary.exp_neg(-fabs(x[0])),), 1),
    "exp_and_expm1": (lambda x: elementary.exp_and_expm1(-fabs(x[0])), 1),
    "log1p_unit": (lambda x: (elementary.log1p_unit(x[0]),), 1),
    "softplus": (lambda x: (elementary.softplus(x[0]),), 1),
    "sincos": (lambda x: elementary.sincos(x[0]), 1),
    "normal_tail": (lambda x: elementary.normal_tail(x[0]), 1),
    "gaussian_bell": (lambda x: (elementary.gaussian_bell(x[0]),), 1),
    "exp2": (lambda x: exp2(1.5 * 2.0**52 + 16.0 * 1023.0 + x[0]), 1),
    "minus_log": (lambda x: random.minus_log(x[0]), 1),
    "fma": (lambda x: (fma(x[0], x[1], x[2]),), 3),
    "fma that cancels": (lambda x: (fma(x[0], x[1], -(x[0] * x[1])),), 2),
    "others": (lambda x: (fabs(x[0]), sqrt(x[0]), where(x[0] < x[1], x[0], 1), like(x[0], x[1]), 0.5 * sqrt(fabs(x[1]))), 2),
    "a choice": (lambda x: outputs.activation(2, x[0], 0.01), 1),
}


@pytest.mark.parametrize("name", ELEMENTARY)
def test_elementary_functions_and_operations_give_the_bits_of_kernels(name: str) -> None:
    function, arguments = ELEMENTARY[name]
    same_bits(function, points(arguments))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_fused_multiply_add_is_rounded_once(precision: str) -> None:
    """Against many digits: ordinary numbers, those that cancel, and sums halfway between two numbers and a little off."""
    number = PRECISIONS[precision]
    rng = np.random.default_rng(5)
    x, y, z = rng.normal(size=(3, 200)).astype(number)
    half, little = np.spacing(np.abs(z)) / number(2), np.finfo(number).eps
    x = np.concatenate([x, x, np.full(600, 1 + little)])
    z = np.concatenate([z, -(x[:200] * y), z, z, z])
    y = np.concatenate([y, y, half, half * (1 - little), half * (1 + little)])
    with mpmath.workdps(80):
        exact = [mpmath.mpf(float(a)) * mpmath.mpf(float(b)) + mpmath.mpf(float(c)) for a, b, c in zip(x, y, z, strict=True)]
        for found, true in zip(np.asarray(fma(x, y, z)), exact, strict=True):
            error = abs(mpmath.mpf(float(found)) - true)
            for other in (np.nextafter(found, number(np.inf)), np.nextafter(found, number(-np.inf))):
                other_error = abs(mpmath.mpf(float(other)) - true)
                assert error < other_error or (error == other_error and int(bits(found)) % 2 == 0)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_arrays_are_lanes(name: str, precision: str) -> None:
    function = inline(ACTIVATIONS[name].function)

    @kernel
    def run(x: Array, out: Array) -> None:
        source, sink = rows(x, (0,)), rows(out, (0,))
        value, slope, curvature = function(load(source, 0), 0.01)
        store(sink, 0, value)
        store(sink, 1, slope)
        store(sink, 2, curvature)

    x = np.concatenate([np.random.default_rng(3).normal(scale=4.0, size=LANES - 5), [0.0, -0.0, np.nan, 30.0, -1000.0]])
    x = x.astype(PRECISIONS[precision])
    found, expected = np.zeros((2, 3, LANES), x.dtype)
    run(x, expected.ravel())
    run.py_func(x, found.ravel())  # type: ignore[attr-defined]
    np.testing.assert_array_equal(bits(found), bits(expected))
    assert found.any()


def test_rows_and_pointers_reach_into_the_array() -> None:
    x = np.arange(96.0)
    at = rows(x, (0,))
    assert (lanes_of(at), lanes_of(rows(x, (0, 1, 2, 3))), lanes_of(rows(np.zeros(64, np.float32), (0, 1, 2, 3)))) == (
        32,
        16,
        32,
    )
    lower = below(at, 1)
    assert (load(lower, 1) == x[64:]).all()
    held = load(lower, 0)
    store(lower, 0, 7.0)
    lower[33] = -1.0
    assert (x[32:64] == 7.0).all()
    assert (x[65], lower[33]) == (-1.0, -1.0)
    assert (held == np.arange(32.0, 64.0)).all()
    assert (same(at, 2.0) == np.full(32, 2.0)).all()
    assert any_lane(held > 62.5)
    assert not any_lane(held > 63.5)
    with pytest.raises(ValueError, match="broadcast"):
        store(lower, 0, held[:31])

    table = np.arange(6).reshape(2, 3)
    counter = pointer(table, 4)
    assert (take(counter), take(counter), table[1, 1]) == (4, 5, 6)


def test_tuples_are_walked_as_in_kernels() -> None:
    both = inline(lambda x, y: (x - y, x * y))
    shift = inline(lambda digit, number: 10 * number + digit)
    add_or_multiply = chooser([lambda x, y: x + y, lambda x, y: x * y])

    def walk(items: tuple[int, ...]) -> tuple[Any, ...]:
        numbers = consecutive(4, items)
        return (
            numbers, each(both, numbers, 2), each(both, repeat(7, items), items), fold(shift, 9, numbers), each(shift, 1, 2),
            each(both, 5, 2), add_or_multiply(1, items, 3), add_or_multiply(0, 4, 3), either(items, shift, both, 1, 2),
        )  # fmt: skip

    items = (3, 5, 8)
    assert walk(items) == kernel(walk)(items)
    assert either((), shift, both, 1, 2) == (-1, 2)
    assert each(lambda numbers: numbers.lr, StepNumbers(1.0, 2.0, 3.0, 4.0)) == 1.0  # a named tuple is one thing
    for call in (lambda: each(shift, (1, 2), (3, 4, 5)), lambda: fold(shift, 9, ()), lambda: fold(shift, 9, 1)):
        with pytest.raises(ValueError, match="one length, and items"):
            call()


def test_a_function_is_chosen_by_precision() -> None:
    which = by_precision(lambda x: 2.0 * x, lambda x: 3.0 * x)
    assert which(1.0) == 2.0
    assert (which(np.ones(2)) == 2.0).all()  # type: ignore[arg-type]
    assert (which(np.ones(2, np.float32)) == 3.0).all()  # type: ignore[arg-type]


def plain(kernel_: Any) -> Callable[..., Any]:
    """The Python function of a kernel, and a count of its calls."""

    def call(*args: Any) -> None:
        call.calls += 1  # type: ignore[attr-defined]
        with np.errstate(all="ignore"):
            kernel_.py_func(*args)

    call.calls = 0  # type: ignore[attr-defined]
    return call


SURFACES = {
    "usual": ls.Surface(hidden=2),
    "every setting": ls.Surface(
        ls.Problem([[0.2, -1.0], [1.1, 0.4], [-0.8, 0.9]], [[0.0, 1.0], [1.0, 0.0], [0.3, 0.6]], "three"),
        hidden=3, activation="gelu", output="sigmoid", objective="cross_entropy", l2=0.01, shortcut=True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_can_be_stepped_through(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loss, gradient, outputs and Hessian with no kernel compiled."""
    of = SURFACES[name]
    theta = np.random.default_rng(1).normal(size=(3, of.n_parameters))

    def asked() -> tuple[Array, ...]:
        return (*of.loss_and_gradient(theta), of.forward(theta), of.hessian(theta), of.unit_sums(theta))

    expected = asked()
    stepped = {name: plain(getattr(surface, name)) for name in ("evaluate", "second_derivatives", "unit_sums")}
    for place, function in stepped.items():
        monkeypatch.setattr(surface, place, function)
    for found, true in zip(asked(), expected, strict=True):
        np.testing.assert_array_equal(bits(found), bits(true))
    assert [function.calls for function in stepped.values()] == [2, 1, 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("usual", ls.Protocol(lr=2.0, budget=6)),
        ("usual", ls.Protocol("adam", budget=4, stall=0.05)),
        ("every setting", ls.Protocol(update="online", budget=3, criterion="margin")),
        ("every setting", ls.Protocol("rprop", budget=4, gradient="sigmoid_slope", criterion="loss")),
    ],
)
def test_a_training_can_be_stepped_through(
    name: str, protocol: ls.Protocol, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> Any:
        return ls.train(SURFACES[name], protocol, runs=3, precision=precision, checkpoints=(1, 3))

    expected, stepped = asked(), plain(batch.descend)
    monkeypatch.setattr(batch, "descend", stepped)
    found = asked()
    assert stepped.calls >= 1  # type: ignore[attr-defined]
    np.testing.assert_array_equal(bits(found.theta), bits(expected.theta))
    columns = ["outcome", "epochs", "loss", "grad_norm"]
    assert found.runs[columns].equals(expected.runs[columns])
    assert found.checkpoints.equals(expected.checkpoints)
