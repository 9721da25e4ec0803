"""Kinds of points: each by cases whose answer is known on paper, and the index against finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from analytic import ANALYTIC, KINKED, Analytic, Kinked, curved, monkey_saddle, peak, quartic, tail
from conftest import THREE_BY_TWO, XOR
from numpy.typing import NDArray
from test_surface import differences

import landscape as ls
from landscape.critical.classify import KINDS, classify_all
from landscape.critical.kink_planes import put_on
from landscape.critical.trust_region import GTOL
from landscape.parts.activations import ACTIVATIONS

Array = NDArray[np.float64]

BY_HAND = np.array([20.0, 20.0, -20.0, -20.0, -10.0, 30.0, 20.0, 20.0, -30.0])
"""A sigmoid network that computes XOR: OR and NAND into AND."""


def powers(a: float, m: int, b: float, n: int) -> Analytic:
    """``a x^m + b y^n``."""

    def curvature(c: float, k: int, z: Array) -> Array:
        return c * k * (k - 1) * z ** (k - 2) if k > 1 else 0.0 * z

    def formula(x: Array, y: Array) -> tuple[Array, tuple[Array, ...], tuple[tuple[Any, ...], ...]]:
        gradient = a * m * x ** (m - 1), b * n * y ** (n - 1)
        return a * x**m + b * y**n, gradient, ((curvature(a, m, x), 0.0), (0.0, curvature(b, n, y)))

    return Analytic(2, formula, [])


def negative(f: Analytic) -> Analytic:
    def formula(*theta: Array) -> tuple[Array, tuple[Any, ...], tuple[tuple[Any, ...], ...]]:
        loss, gradient, hessian = f.formula(*theta)
        return -loss, tuple(-part for part in gradient), tuple(tuple(-cell for cell in row) for row in hessian)

    return Analytic(f.n_parameters, formula, [])


def bent(fourth: float) -> Analytic:
    """On ``y = 3/2 x^2`` this is ``(fourth - 9/4) x^4``."""
    return Analytic(2, lambda x, y: curved(x, y, fourth), [])


def wall(f: Analytic, jump: float) -> Kinked:
    """With ``jump max(0, x)``."""
    return Kinked(f, [[1.0, 0.0]], [0.0], [jump], [])


FLAT, DOWN = "flat_minimum", "degenerate_saddle"
AT_THE_ORIGIN: list[tuple[str, Analytic, str, int, int]] = [
    ("x^2 + y^2", powers(1, 2, 1, 2), "strict_minimum", 0, 0),
    ("x^2 - y^2", powers(1, 2, -1, 2), "saddle", 1, 0),
    ("-x^2 - y^2", powers(-1, 2, -1, 2), "maximum", 2, 0),
    ("x^4 + y^2", Analytic(2, quartic, []), FLAT, 0, 1),
    ("x^4 + y^4", powers(1, 4, 1, 4), FLAT, 0, 2),
    ("x^6 + y^2", powers(1, 6, 1, 2), FLAT, 0, 1),
    ("y^2", powers(0, 4, 1, 2), FLAT, 0, 1),
    ("0", powers(0, 4, 0, 4), FLAT, 0, 2),
    ("x^3 + y^2", powers(1, 3, 1, 2), DOWN, 0, 1),
    ("-x^3 + y^2", powers(-1, 3, 1, 2), DOWN, 0, 1),
    ("x^3 - y^2", powers(1, 3, -1, 2), DOWN, 1, 1),
    ("-x^4 + y^2", powers(-1, 4, 1, 2), DOWN, 0, 1),
    ("x^4 - y^2", powers(1, 4, -1, 2), DOWN, 1, 1),
    ("x^4 - y^4", powers(1, 4, -1, 4), DOWN, 0, 2),
    ("-x^4 - y^2", powers(-1, 4, -1, 2), "maximum", 1, 1),
    ("-y^2", powers(0, 4, -1, 2), "maximum", 1, 1),
    ("-x^4 - y^4", Analytic(2, peak, []), "maximum", 0, 2),
    ("monkey saddle", Analytic(2, monkey_saddle, []), DOWN, 0, 2),
    ("(y - x^2) (y - 2 x^2)", bent(2.0), DOWN, 0, 1),
    ("y^2 - 3 x^2 y + 2.24 x^4", bent(2.24), DOWN, 0, 1),
    ("y^2 - 3 x^2 y + 2.26 x^4", bent(2.26), FLAT, 0, 1),
    ("-(y - x^2) (y - 2 x^2)", negative(bent(2.0)), DOWN, 1, 1),
    ("-(y^2 - 3 x^2 y + 2.26 x^4)", negative(bent(2.26)), "maximum", 1, 1),
    ("x + y^2", powers(1, 1, 1, 2), "not_stationary", 0, 1),
    ("-x^2 + y", powers(-1, 2, 1, 1), "not_stationary", 1, 1),
]
AT_A_KINK: list[tuple[str, Analytic, str, int, int]] = [
    ("|x| + y^2", wall(powers(-1, 1, 1, 2), 2.0), "strict_minimum", 0, 0),
    ("|x| + y^4", wall(powers(-1, 1, 1, 4), 2.0), FLAT, 0, 1),
    ("|x| + y^3", wall(powers(-1, 1, 1, 3), 2.0), DOWN, 0, 1),
    ("|x| - y^2", wall(powers(-1, 1, -1, 2), 2.0), "saddle", 1, 0),
    ("x^2 + y^2 + max(0, x)", wall(powers(1, 2, 1, 2), 1.0), "strict_minimum", 0, 0),
    ("y^2 + max(0, x)", wall(powers(0, 1, 1, 2), 1.0), FLAT, 0, 1),
    ("-x^2 + y^2 + max(0, x)", wall(powers(-1, 2, 1, 2), 1.0), DOWN, 0, 0),
    ("x^3 + y^2 + max(0, x)", wall(powers(1, 3, 1, 2), 1.0), DOWN, 0, 1),
    ("-x^3 + y^2 + max(0, x)", wall(powers(-1, 3, 1, 2), 1.0), FLAT, 0, 1),
    ("-x^4 - y^4 + max(0, x)", wall(powers(-1, 4, -1, 4), 1.0), DOWN, 0, 2),
    ("-|x| + y^2", wall(powers(1, 1, 1, 2), -2.0), "not_stationary", 0, 1),
    ("x^2 + y^2 - max(0, x)", wall(powers(1, 2, 1, 2), -1.0), "not_stationary", 0, 0),
]


@pytest.mark.parametrize(
    ("f", "kind", "index", "nullity"), [case[1:] for case in AT_THE_ORIGIN], ids=[c[0] for c in AT_THE_ORIGIN]
)
def test_the_origin_of(f: Analytic, kind: str, index: int, nullity: int) -> None:
    found = ls.classify(f, np.zeros(2))
    assert (found.kind, found.index, found.nullity, found.kink) == (kind, index, nullity, False)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(f.hessian(np.zeros(2))), atol=1e-15)
    assert found.loss == 0.0
    assert found.grad_norm == np.linalg.norm(f.gradient(np.zeros(2)))


@pytest.mark.parametrize(("f", "kind", "index", "nullity"), [case[1:] for case in AT_A_KINK], ids=[c[0] for c in AT_A_KINK])
def test_the_origin_on_a_kink_of(f: Analytic, kind: str, index: int, nullity: int) -> None:
    found = ls.classify(f, np.zeros(2))
    assert (found.kind, found.kink) == (kind, True)
    if kind != "not_stationary":
        assert (found.index, found.nullity) == (index, nullity)


def test_what_a_kink_holds_has_an_infinite_eigenvalue() -> None:
    found = ls.classify(KINKED["v"], [0.0, 1.0])
    assert found.eigenvalues.tolist() == [2.0, np.inf]
    assert ls.classify(KINKED["corner"], np.zeros(2)).eigenvalues.tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("name", [name for name, f in {**ANALYTIC, **KINKED}.items() if f.points])
def test_every_point_known(name: str) -> None:
    f = {**ANALYTIC, **KINKED}[name]
    found = ls.classify(f, [point.theta for point in f.points])
    assert (found.grad_norm < GTOL).all()
    assert found.kind.tolist() == [point.kind for point in f.points]
    assert found.index.tolist() == [point.index for point in f.points]
    if name != "ledge":
        assert found.nullity.tolist() == [point.nullity for point in f.points]


def test_a_degenerate_point_not_quite_reached_is_degenerate() -> None:
    """Where the search for it stopped: the gradient is below the tolerance, the curvature not yet."""
    cases: list[tuple[Callable[..., Any], list[float], str, int]] = [
        (quartic, [2.5e-4, 0.0], FLAT, 1),
        (peak, [2.5e-4, -2.5e-4], "maximum", 2),
        (monkey_saddle, [4e-6, -4e-6], DOWN, 2),
        (curved, [2e-4, 6e-8], DOWN, 1),
    ]
    for formula, here, kind, nullity in cases:
        found = ls.classify(Analytic(2, formula, []), here)
        assert found.grad_norm <= GTOL
        assert (found.kind, found.index, found.nullity) == (kind, 0, nullity)


@pytest.mark.parametrize(("depth", "kind"), [(1.1, DOWN), (0.9, FLAT)])
def test_a_narrow_way_down_among_many_is_found(depth: float, kind: str) -> None:
    """``|v|^4 - depth (u v)^4``: with 1.1 it falls within 13 degrees of one line, in four dimensions without curvature."""
    u = np.array([0.5, -0.7, 0.4, 0.3])
    u /= np.linalg.norm(u)

    def formula(*theta: Array) -> tuple[Array, tuple[Array, ...], tuple[tuple[Array, ...], ...]]:
        r, along = sum(z * z for z in theta), sum(a * z for a, z in zip(u, theta, strict=True))
        gradient = tuple(4.0 * r * z - 4.0 * depth * along**3 * a for a, z in zip(u, theta, strict=True))
        cells = [
            [8.0 * theta[i] * theta[j] + 4.0 * r * (i == j) - 12.0 * depth * along**2 * u[i] * u[j] for j in range(4)]
            for i in range(4)
        ]
        return r * r - depth * along**4, gradient, tuple(tuple(row) for row in cells)  # type: ignore[return-value]

    f = Analytic(4, formula, [])
    here = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(f.hessian(here), differences(f.gradient, here, 1e-3), atol=1e-8)
    found = ls.classify(f, np.zeros(4))
    assert (found.kind, found.nullity) == (kind, 4)


def test_what_lies_deeper_some_way_off_is_no_way_down() -> None:
    """``x^4 - 200 x^6 + y^2`` rises up to x = 0.06, and is below 0 from 0.07 on."""

    def formula(x: Array, y: Array) -> tuple[Array, tuple[Array, ...], tuple[tuple[Any, ...], ...]]:
        slope = 4.0 * x**3 - 1200.0 * x**5, 2.0 * y
        return x**4 - 200.0 * x**6 + y**2, slope, ((12.0 * x**2 - 6000.0 * x**4, 0.0), (0.0, 2.0))

    assert ls.classify(Analytic(2, formula, []), np.zeros(2)).kind == FLAT


def test_beside_a_flat_minimum_by_less_than_the_tolerance_it_is_one() -> None:
    assert ls.classify(powers(0, 4, 1, 2), [[1.0, 4e-11], [-3.0, 1e-12]]).kind.tolist() == [FLAT] * 2


def test_a_tail_escapes() -> None:
    found = ls.classify(Analytic(2, tail, []), [[23.1, 0.0], [26.0, 0.0], [29.0, 0.0], [20.0, 0.0]])
    assert found.kind.tolist() == ["escaping"] * 3 + ["not_stationary"]


@pytest.mark.parametrize("x", [31.0, 40.0, 100.0, 800.0])
def test_a_tail_escapes_also_where_nothing_is_left_of_its_slope(x: float) -> None:
    assert ls.classify(Analytic(2, tail, []), [x, 0.0]).kind == "escaping"


def test_what_moves_inward_does_not_escape() -> None:
    """A valley all but level, ``1e-10 x^2 + y^2``: its end is near, and zero to the tolerance."""
    assert ls.classify(powers(1e-10, 2, 1, 2), [[0.4, 0.0], [-0.4, 0.0], [0.0, 0.0]]).kind.tolist() == [FLAT] * 3


def test_far_out_on_the_way_down_is_escaping() -> None:
    f = powers(-1, 1, 1, 2)
    assert ls.classify(f, [[2e6, 0.0], [-2e6, 0.0], [10.0, 0.0]]).kind.tolist() == [
        "escaping",
        "not_stationary",
        "not_stationary",
    ]


def test_every_kind_has_been_seen() -> None:
    seen = {case[2] for case in AT_THE_ORIGIN} | {"escaping", "unresolved"}
    assert seen == set(KINDS)


def test_a_single_sigmoid_unit_at_the_origin() -> None:
    """Mean squared error 1/4; the Hessian is the mean of x x' / 8, which no direction makes zero."""
    found = ls.classify(ls.Surface(hidden=0), np.zeros(3))
    x = np.c_[XOR.inputs, np.ones(4)]
    assert (found.kind, found.loss, found.grad_norm, found.index, found.nullity) == ("strict_minimum", 0.25, 0.0, 0, 0)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(x.T @ x / 4 / 8), rtol=1e-12)


def test_a_network_whose_units_are_dead_is_a_flat_minimum() -> None:
    """All sums are negative: the output is 1/2 for every pattern, and only its bias matters, with curvature 1/8."""
    theta = np.array([1.0, 1.0, -1.0, 2.0, -10.0, -10.0, 1.0, -1.0, 0.0])
    for activation in ("relu", "hard_tanh"):
        found = ls.classify(ls.Surface(activation=activation), theta)
        assert (found.kind, found.loss, found.index, found.nullity) == (FLAT, 0.25, 0, 8)
        np.testing.assert_allclose(found.eigenvalues[-1], 0.125 if activation == "relu" else found.eigenvalues[-1])


def test_a_penalised_origin_is_a_minimum_or_a_saddle_by_the_penalty() -> None:
    """Tanh at theta = 0: nothing but the output bias and the penalty curves it."""
    for l2 in (1e-3, 1e-2, 1.0):
        found = ls.classify(ls.Surface(activation="tanh", l2=l2), np.zeros(9))
        assert (found.kind, found.index, found.nullity) == ("strict_minimum", 0, 0)
        np.testing.assert_allclose(found.eigenvalues, [2 * l2] * 8 + [2 * l2 + 0.125], rtol=1e-12)
    found = ls.classify(ls.Surface(activation="tanh"), np.zeros(9))
    assert (found.kind, found.index, found.nullity) == (DOWN, 0, 8)  # a saddle of fourth order


@pytest.mark.parametrize("factor", [1.15, 1.2, 1.5, 2.0, 10.0])
def test_a_saturated_network_escapes(factor: float) -> None:
    """It computes XOR: the loss falls on as all weights grow, and comes to 0 nowhere."""
    theta = factor * BY_HAND
    found = ls.classify(ls.Surface(), theta)
    assert found.grad_norm <= GTOL
    assert found.kind == "escaping"


def test_a_network_that_computes_xor_with_a_penalty_does_not_escape() -> None:
    surface = ls.Surface(l2=1e-4)
    found = ls.find_minima(surface, starts=BY_HAND, threads=1)
    assert found.table.kind.tolist() == ["strict_minimum"]
    assert np.round(surface.forward(found.theta[0]).ravel()).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_index_and_eigenvalues_are_those_of_finite_differences(activation: str) -> None:
    surface = ls.Surface(hidden=2, activation=activation, l2=2e-3)
    found = ls.find_stationary_points(surface, starts=15, seed=3, max_index=2, threads=1)
    assert len(found.table) > 1
    smooth = np.flatnonzero(~found.table.kink)
    theta = found.theta[smooth]
    classified = ls.classify(surface, theta)
    values = np.linalg.eigvalsh(differences(surface.gradient, theta, 1e-4))
    rough = 1e-5 if activation in ("elu", "softsign") else 1e-7  # their curvature jumps at 0
    for row, number in enumerate(smooth):
        if ACTIVATIONS[activation].kinks and np.abs(surface.kinks(theta[[row]]).distance).min() < 1e-3:
            continue
        np.testing.assert_allclose(classified.eigenvalues[row], values[row], atol=rough)
        zero = np.abs(values[row]) < 2e-6
        assert classified.index[row] == found.table["index"][number] == ((values[row] < 0.0) & ~zero).sum()
        assert classified.nullity[row] == zero.sum()
        if not zero.any():
            low = classified.index[row]
            expected = "strict_minimum" if low == 0 else "maximum" if low == 9 else "saddle"
            assert classified.kind[row] == expected


def test_eigenvalues_on_a_kink_are_those_of_the_side_where_the_unit_is_off(rng: np.random.Generator) -> None:
    surface = ls.Surface(THREE_BY_TWO, 2, "relu", l2=0.01)
    differ = 0
    for _ in range(20):
        theta, k = rng.normal(size=(1, surface.n_parameters)), rng.integers(10)
        normal = surface.kinks(theta).normal[0, k]
        theta -= surface.kinks(theta).distance[0, k] / (normal @ normal) * normal
        put_on(theta, surface.kinks(theta))
        found = ls.classify(surface, theta[0])
        if np.isfinite(found.eigenvalues).all() and found.kink:
            off, on = (np.linalg.eigvalsh(surface.hessian(theta[0] + side * 1e-7 * normal)) for side in (-1.0, 1.0))
            np.testing.assert_allclose(found.eigenvalues, off, atol=1e-5)
            differ += np.abs(on - off).max() > 1e-4
    assert differ > 5


@pytest.mark.parametrize("lead", [(), (1,), (5,), (2, 3), (0,), (4, 0)])
def test_leading_axes_are_kept(lead: tuple[int, ...], rng: np.random.Generator) -> None:
    for activation in ("tanh", "relu"):
        theta = rng.normal(size=(*lead, 9))
        found = ls.classify(ls.Surface(activation=activation), theta)
        assert found.eigenvalues.shape == (*lead, 9)
        for field in (found.kind, found.loss, found.grad_norm, found.index, found.nullity, found.zero, found.kink):
            assert np.shape(field) == lead


def test_points_are_classified_each_by_itself() -> None:
    f = ANALYTIC["camel"]
    theta = np.array([point.theta for point in f.points] + [(0.1, 0.2)])
    together = ls.classify(f, theta)
    for row, here in enumerate(theta):
        for one, all_of_them in zip(ls.classify(f, here), together, strict=True):
            assert np.array_equal(one, all_of_them[row])


def test_threads_and_company_change_nothing() -> None:
    surface = ls.Surface(activation="tanh", l2=1e-3)
    theta = ls.find_stationary_points(surface, starts=5, threads=1).ends
    one, four = classify_all(surface, theta), classify_all(surface, theta, threads=4)
    for a, b in zip(one, four, strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(set(one.kind)) > 1


def test_numbers_that_are_none_are_not_stationary() -> None:
    theta = np.zeros((4, 9))
    theta[0, 3], theta[1, 0], theta[2, 8] = np.nan, np.inf, -np.inf
    found = ls.classify(ls.Surface(l2=0.1), theta)
    assert found.kind[:3].tolist() == ["not_stationary"] * 3
    assert found.kind[3] != "not_stationary"
    assert np.isnan(found.grad_norm[:3]).all()
    assert found.index[:3].tolist() == [0, 0, 0]


def test_the_tolerance_decides_what_is_stationary() -> None:
    f, here = ANALYTIC["bowl"], [1e-6, 0.0]
    assert ls.classify(f, here).kind == "not_stationary"
    assert ls.classify(f, here, gtol=1e-5).kind == "strict_minimum"
    for gtol in (1e-12, 1e-8, 1e-6, 1e-4):  # it changes no name
        assert ls.classify(powers(1e-3, 2, 1, 2), np.zeros(2), gtol=gtol).kind == "strict_minimum"
    assert ls.classify(f, here).zero == pytest.approx(GTOL / 1e-4 + 2e-12, rel=1e-12)


def test_bad_input_is_refused() -> None:
    surface = ls.Surface()
    for theta in (np.zeros(8), 1.0, np.zeros((9, 2)), np.zeros((3, 0))):
        with pytest.raises(ValueError, match="does not fit a function of 9 parameters; give shape"):
            ls.classify(surface, theta)
    for gtol in (0.0, -1e-10, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"gtol=.* is not allowed; give a finite number, above 0"):
            ls.classify(surface, np.zeros(9), gtol=gtol)
    with pytest.raises(TypeError, match="gtol='small' is not a number"):
        ls.classify(surface, np.zeros(9), gtol="small")  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        ls.classify(surface, ["a"] * 9)
    with pytest.raises((TypeError, ValueError)):
        ls.classify(surface, np.zeros(9) + 1j)
