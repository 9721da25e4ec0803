"""Searches on functions whose stationary points are all known: they find these, count them rightly, and nothing else."""

import numpy as np
import pytest
from analytic import ANALYTIC, KINKED, Analytic, monkey_saddle
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.optimize import root

import landscape as ls
from landscape.critical.trust_region import FAR, GTOL
from landscape.statistics import chao1, coverage

Array = NDArray[np.float64]

KNOWN = {**ANALYTIC, **KINKED}
SEARCHES_A_START = {1: 3, 2: 4, 3: 5}
"""A descent, a Newton search, and one for each index from 1 to the number of parameters."""


def starts(f: Analytic, n: int = 80, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-f.box, f.box, size=(n, f.n_parameters))


def roots_from_a_grid(f: Analytic, n: int) -> Array:
    """Zeros of the gradient within the box by SciPy's hybrid method, (m, P)."""
    axis = np.linspace(-f.box, f.box, n)
    found: list[Array] = []
    for start in np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2):
        with np.errstate(all="ignore"):
            answer = root(f.gradient, start, jac=f.hessian, tol=1e-13)
        near = answer.x if np.abs(answer.x).max() <= f.box and np.abs(answer.fun).max() < 1e-8 else None
        if near is not None and all(np.linalg.norm(near - other) > 1e-3 for other in found):
            found.append(near)
    return np.array(found)


def same_places(one: Array, other: Array, reach: float) -> bool:
    """Whether two sets of points are one, each member within reach of one of the other set."""
    distance = np.linalg.norm(one[:, np.newaxis] - other, axis=2)
    return len(one) == len(other) and bool((distance.min(axis=0) < reach).all() and (distance.min(axis=1) < reach).all())


def places(f: Analytic) -> Array:
    return np.array([point.theta for point in f.points])


@pytest.mark.parametrize(("name", "n"), [("himmelblau", 9), ("camel", 15), ("mueller_brown", 15), ("double_well", 9)])
def test_the_lists_of_known_points_are_complete(name: str, n: int) -> None:
    """Himmelblau's has as many as two cubics can have (Bezout)."""
    f = ANALYTIC[name]
    assert same_places(roots_from_a_grid(f, n), places(f), 1e-9)


def test_the_camel_has_fifteen_points() -> None:
    """One coordinate out of the other: the real roots of a polynomial of degree fifteen."""
    x = Polynomial([0.0, 1.0])
    y = -(8.0 * x - 8.4 * x**3 + 2.0 * x**5)
    roots = (x - 8.0 * y + 16.0 * y**3).roots()
    assert len(roots) == 15
    assert np.abs(roots.imag).max() < 1e-9
    assert same_places(np.column_stack([roots.real, y(roots.real)]), places(ANALYTIC["camel"]), 1e-6)


@pytest.mark.parametrize("name", [name for name, f in ANALYTIC.items() if f.points])
def test_indices_of_a_list_balance(name: str) -> None:
    """Morse, Poincare and Hopf: the turns of the gradient about all points of a function that rises outward sum to one."""
    f = ANALYTIC[name]
    if f.n_parameters > 2:  # the ring: a circle counts nothing, the peak with index 2 one
        return
    turns = 0
    for point in f.points:
        phi = np.linspace(0.0, 2.0 * np.pi, 2001)
        slope = f.gradient(np.array(point.theta) + 1e-2 * np.column_stack([np.cos(phi), np.sin(phi)]))
        turns += round(np.diff(np.unwrap(np.arctan2(slope[:, 1], slope[:, 0]))).sum() / (2.0 * np.pi))
    assert turns == 1


def test_energies_of_mueller_and_brown() -> None:
    """As in the paper, to its digits."""
    f = ANALYTIC["mueller_brown"]
    np.testing.assert_allclose(f.loss(places(f)), [-146.700, -108.167, -80.768, -40.665, -72.249], atol=1e-3)


NOT_SOUGHT = pytest.mark.xfail(strict=True, reason="saddles that lie on a kink are not searched for")


@pytest.mark.parametrize("name", [pytest.param(name, marks=NOT_SOUGHT) if name == "pass" else name for name in KNOWN])
def test_every_stationary_point_is_found_and_nothing_else(name: str) -> None:
    f = KNOWN[name]
    found = ls.find_stationary_points(f, starts(f), threads=1)
    table = found.table
    expected = {(point.kind, point.index, point.nullity) for point in f.points}
    seen = set(zip(table.kind, table["index"], table.nullity, strict=True))
    if not f.points:
        assert table.kind.tolist() == ["escaping"]
        return
    assert seen == expected
    assert len(table) == len(f.points)
    if name != "ring":
        assert same_places(found.theta, places(f), 1e-3)
        for point in f.points:
            row = np.linalg.norm(found.theta - np.array(point.theta), axis=1).argmin()
            assert (table.kind[row], table["index"][row], table.nullity[row]) == (point.kind, point.index, point.nullity)
            if not point.nullity:
                np.testing.assert_allclose(found.theta[row], point.theta, atol=1e-8)


@pytest.mark.parametrize("name", [name for name, f in KNOWN.items() if f.points and name not in ("curved", "ledge")])
def test_minima_are_found_alone(name: str) -> None:
    """But where a degenerate saddle is in the way: for 3e-4 about it the gradient is below the tolerance."""
    f = KNOWN[name]
    found = ls.find_minima(f, starts(f), threads=1)
    minima = [point for point in f.points if point.kind in ("strict_minimum", "flat_minimum")]
    assert len(found.table) == len(minima)
    assert set(found.table.kind) == {point.kind for point in minima}
    assert found.searches == 80
    assert (found.member >= 0).all()
    if name != "ring":
        assert same_places(found.theta, np.array([point.theta for point in minima]), 1e-3)


def test_a_flat_valley_counts_once() -> None:
    f = ANALYTIC["ring"]
    for seed, n in ((0, 3), (1, 10), (2, 40)):
        found = ls.find_minima(f, starts(f, n, seed), threads=1)
        np.testing.assert_allclose(np.linalg.norm(found.ends[:, :2], axis=1), 1.0, atol=1e-6)
        assert found.table.kind.tolist() == ["flat_minimum"]
        assert found.table.hits.tolist() == [n]


def test_two_valleys_at_one_level_count_twice() -> None:
    """Circles about x = -3 and 3."""

    def rings(x: Array, y: Array) -> tuple[Array, tuple[Array, ...], tuple[tuple[Array, ...], ...]]:
        a, b = (x - 3.0) ** 2 + y**2 - 1.0, (x + 3.0) ** 2 + y**2 - 1.0
        ax, bx, cy = 2.0 * (x - 3.0), 2.0 * (x + 3.0), 2.0 * y
        c, cx, cyy = a * b, ax * b + a * bx, cy * (a + b)
        xx, xy, yy = 2.0 * (a + b) + 2.0 * ax * bx, cy * (ax + bx), 2.0 * (a + b) + 2.0 * cy * cy
        scale = 1e-2
        return (
            scale * c * c,
            (2.0 * scale * c * cx, 2.0 * scale * c * cyy),
            (
                (2.0 * scale * (cx * cx + c * xx), 2.0 * scale * (cx * cyy + c * xy)),
                (2.0 * scale * (cx * cyy + c * xy), 2.0 * scale * (cyy * cyy + c * yy)),
            ),
        )

    f = Analytic(2, rings, [])
    phi = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
    away = np.array([3.0, 0.0])
    circle = 1.05 * np.column_stack([np.cos(phi), np.sin(phi)])
    found = ls.find_minima(f, np.concatenate([circle + away, circle[:12] - away]), threads=1)
    assert found.table.kind.tolist() == ["flat_minimum"] * 2
    assert found.table.hits.tolist() == [24, 12]


def test_a_straight_valley_counts_once_however_long() -> None:
    """Starts up to a thousand apart, on ``(x - y)^2``."""
    f = Analytic(2, lambda x, y: ((x - y) ** 2, (2.0 * (x - y), 2.0 * (y - x)), ((2.0, -2.0), (-2.0, 2.0))), [])
    found = ls.find_minima(f, np.random.default_rng(1).uniform(-500.0, 500.0, size=(30, 2)), threads=1)
    assert found.table[["kind", "hits"]].to_numpy().tolist() == [["flat_minimum", 30]]


def test_a_plain_fall_is_one_class_without_level() -> None:
    """The monkey saddle left open: what runs off in its three ways down is one class."""
    f = Analytic(2, monkey_saddle, [])
    found = ls.find_minima(f, np.random.default_rng(3).uniform(-1.0, 1.0, size=(30, 2)), threads=1)
    assert found.table.kind.tolist() == ["escaping"]
    assert (np.linalg.norm(found.ends, axis=1) >= FAR).all()


@pytest.mark.parametrize("max_index", [0, 1, None])
def test_max_index_leaves_out_what_is_above(max_index: int | None) -> None:
    f = ANALYTIC["himmelblau"]
    found = ls.find_stationary_points(f, starts(f), max_index=max_index, threads=1)
    highest = 2 if max_index is None else max_index
    assert len(found.table) == sum(point.index <= highest for point in f.points)
    assert found.table["index"].max() == highest
    assert found.searches == 80 * (2 + highest)


@pytest.mark.parametrize("name", ["himmelblau", "camel", "double_well", "quartic", "monkey_saddle", "peak", "tail"])
def test_hits_shares_and_members_agree(name: str) -> None:
    f = KNOWN[name]
    given = starts(f, 30)
    found = ls.find_stationary_points(f, given, threads=1)
    table = found.table
    assert found.searches == len(found.ends) == 30 * SEARCHES_A_START[f.n_parameters]
    assert table.hits.sum() + (found.member == -1).sum() == found.searches
    assert np.bincount(found.member[found.member >= 0], minlength=len(table)).tolist() == table.hits.tolist()
    np.testing.assert_allclose(table.share, table.hits / found.searches, rtol=1e-15)
    assert ((table.low <= table.share) & (table.share <= table.high)).all()
    assert (table.low > 0.0).all()
    assert table.point.tolist() == list(range(len(table)))
    assert (np.diff(table.loss) > -1e-8).all()
    np.testing.assert_allclose(table.loss, f.loss(found.theta), rtol=1e-15, atol=1e-15)
    assert (table.grad_norm <= GTOL).all()
    assert (table.smallest_eigenvalue == found.eigenvalues[:, 0]).all()
    for number, end in zip(found.member, found.ends, strict=True):
        if number >= 0 and name != "tail":
            assert np.linalg.norm(end - found.theta[number]) < 2e-3
        elif number < 0 and np.linalg.norm(end) < 1e3:
            assert np.linalg.norm(f.gradient(end)) > GTOL
    assert found.coverage == coverage(table.hits)
    assert found.chao1 == chao1(table.hits)
    assert found.tolerances["gtol"] == GTOL


def test_threads_change_nothing() -> None:
    f = ANALYTIC["camel"]
    one, two = (ls.find_stationary_points(f, starts(f, 100), threads=threads) for threads in (1, 3))
    assert one.table.equals(two.table)
    assert (one.theta == two.theta).all()
    assert (one.ends == two.ends).all()
    assert (one.member == two.member).all()


def test_no_search_no_class() -> None:
    found = ls.find_minima(ANALYTIC["bowl"], np.empty((0, 2)), threads=1)
    assert found.searches == 0
    assert len(found.table) == 0
    assert np.isnan(found.coverage)


def test_one_start_may_be_given_plainly() -> None:
    found = ls.find_minima(ANALYTIC["bowl"], [1.0, 2.0], threads=1)
    assert found.table.hits.tolist() == [1]
    assert found.theta.tolist() == [[0.0, 0.0]]
    assert found.coverage == 0.0
    assert found.chao1 == 1.0


def test_coverage_and_chao1_by_hand() -> None:
    assert coverage([5, 1, 1, 3]) == 0.8
    assert coverage([2, 2]) == 1.0
    assert coverage([1]) == 0.0
    assert np.isnan(coverage([]))
    assert np.isnan(coverage([0, 0]))
    assert chao1([5, 1, 1, 3]) == 4 + 2 * 1 / 2
    assert chao1([4, 1, 1, 1, 2, 2]) == 6 + 3 * 2 / (2 * 3)
    assert chao1([7, 2, 0]) == 2.0
    assert chao1([]) == 0.0


def test_coverage_is_about_what_is_left_unseen() -> None:
    """200 samples of 100 hits of 40 classes, known shares: Turing's estimate is the share seen, on average and to 0.01."""
    share = 1.0 / np.arange(1, 41)
    share /= share.sum()
    hits = np.random.default_rng(2).multinomial(100, share, size=200)
    assert np.mean([coverage(row) for row in hits]) == pytest.approx(((hits > 0) @ share).mean(), abs=0.01)
    assert np.mean([chao1(row) for row in hits]) < 41


def test_until_goes_on_until_it_is_covered() -> None:
    surface, narrow = ls.Surface(l2=1e-4), ls.Protocol()
    once = ls.find_minima(surface, starts=3, seed=2, protocol=narrow, threads=1)
    more = ls.find_minima(surface, starts=3, seed=2, protocol=narrow, until=0.9, threads=1)
    assert more.coverage >= 0.9
    assert once.coverage < 0.9
    assert more.searches == 33
    np.testing.assert_array_equal(more.ends[:3], once.ends)
    whole = ls.find_minima(surface, starts=more.searches, seed=2, protocol=narrow, threads=1)
    np.testing.assert_array_equal(more.ends, whole.ends)
    fewer = ls.find_minima(surface, starts=more.searches - 3, seed=2, protocol=narrow, threads=1)
    assert fewer.coverage < 0.9


def test_bad_input_is_refused() -> None:
    f, surface = ANALYTIC["bowl"], ls.Surface()
    with pytest.raises(ValueError, match="until asks for more starts"):
        ls.find_minima(f, [[0.0, 1.0]], until=0.9)
    with pytest.raises(ValueError, match="until asks for more starts"):
        ls.find_stationary_points(surface, np.zeros((3, 9)), until=0.9)
    for until in (0.0, 1.0, -0.5, 90.0, np.nan):
        with pytest.raises(ValueError, match=r"until=.* is not allowed; give a finite number, above 0, below 1"):
            ls.find_minima(surface, 5, until=until)
    with pytest.raises(TypeError, match=r"until='0\.9' is not a number"):
        ls.find_minima(surface, 5, until="0.9")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="can be drawn for a Surface only"):
        ls.find_minima(f, 10)
    for wrong in (np.zeros(3), np.zeros((2, 3)), np.zeros((2, 2, 2)), 1.5):
        with pytest.raises(ValueError, match=r"do not fit; give a number, or shape \(n, 2\)"):
            ls.find_minima(f, wrong)
    with pytest.raises(ValueError, match="starts are not finite"):
        ls.find_minima(f, [[0.0, np.nan]])
    for count in (0, -1):
        with pytest.raises(ValueError, match=f"starts={count} is out of range"):
            ls.find_minima(surface, count)
    for gtol in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match=r"gtol=.* is not allowed"):
            ls.find_minima(surface, 5, gtol=gtol)
    for max_index in (-1, 10):
        with pytest.raises(ValueError, match=r"max_index=.* is out of range; give a whole number from 0 to 9"):
            ls.find_stationary_points(surface, 5, max_index=max_index)
    with pytest.raises(ValueError, match="threads=0 is out of range"):
        ls.find_minima(surface, 5, threads=0)
    with pytest.raises(ValueError, match="the runs are those of another surface"):
        ls.find_minima(surface, ls.train(ls.Surface(hidden=3), ls.Protocol(budget=5), runs=2))
