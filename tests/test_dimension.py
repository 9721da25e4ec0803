"""Basin entropy, uncertainty exponent and box dimension on sets of known dimension."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from landscape.dimension import basin_entropy, box_dimension, uncertainty_exponent

Labels = NDArray[np.int64]
CANTOR, KOCH = np.log(2.0) / np.log(3.0), np.log(4.0) / np.log(3.0)
NEWTON = 1.4445
"""Zero of the pressure of the Julia set of Newton's method for z^3 - 1, from its preimages of orders 11 and 12, by three
starts which agree to 0.001."""


def grid(n: int, m: int, turn: float = 0.4) -> tuple[Any, Any]:
    """Coordinates of m rows of n samples over a unit square, turned, the origin in the middle."""
    x, y = np.meshgrid((np.arange(n) + 0.31) / n - 0.5, (np.arange(m) + 0.47) / n - 0.5 * m / n)
    return x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)


def line(n: int, m: int) -> Labels:
    return (grid(n, m)[0] > 0.05).astype(np.int64)


def circle(n: int, m: int) -> Labels:
    x, y = grid(n, m)
    return (np.hypot(x - 0.03, y + 0.07) < 0.33).astype(np.int64)


def gap(u: Any) -> Labels:
    """Number of the step of the middle-thirds construction at which each u in [0, 1) is taken out, odd or even."""
    u, out = np.array(u, dtype=np.float64), np.full(np.shape(u), 40)
    for step in range(30):
        u = 3.0 * u
        digit = np.floor(u)
        u -= digit
        out = np.where((digit == 1) & (out == 40), step, out)
    return out % 2


def cantor(n: int, m: int) -> Labels:
    return gap(0.013 + 0.97 * (np.arange(8 * n) + 0.3) / (8 * n))


def cantor_by_interval(n: int, m: int) -> Labels:
    return np.repeat(gap(0.11 + 0.83 * (np.arange(n) + 0.5) / n)[np.newaxis], m, axis=0)


def koch(n: int, m: int) -> Labels:
    """Inside or outside of Koch's curve over the unit interval, by following a point down the four pieces."""
    x, y = grid(n, m, 0.2)
    z = 0.5 + 0.3j + 0.9 * (x + 1j * y)
    inside = np.zeros(z.shape, np.int64)
    turn = np.exp(1j * np.pi / 3.0)
    edges = np.array([0.0, 1.0], dtype=np.complex128)
    for _ in range(6):  # each middle third gives way to two sides of a triangle, whose inside is added
        a, d = edges[:-1], np.diff(edges) / 3.0
        for start, side in zip(a + d, d, strict=True):
            w = (z - start) / (side * turn**0.5)  # the triangle, its first corner at 0
            inside |= (np.abs(np.angle(w)) <= np.pi / 6.0) & ((w * np.exp(0.0j)).real <= np.cos(np.pi / 6.0))
        edges = np.append(np.stack([a, a + d, a + d + d * turn, a + 2 * d], axis=1).ravel(), edges[-1])
    return np.where(z.imag < 0.0, 1, inside)


def newton(n: int, m: int) -> Labels:
    x, y = grid(n, m)
    z = 2.0 * (x + 1j * y)
    for _ in range(60):
        z = z - (z**3 - 1.0) / (3.0 * z**2)
    return np.abs(z[..., np.newaxis] - np.exp(2j * np.pi * np.arange(3) / 3.0)).argmin(axis=-1)


def noise(n: int, m: int) -> Labels:
    return np.random.default_rng(0).integers(0, 2, (m, n))


SETS = {
    "line": (line, 1.0),
    "circle": (circle, 1.0),
    "cantor": (cantor, CANTOR),
    "cantor_by_interval": (cantor_by_interval, 1.0 + CANTOR),
    "koch": (koch, KOCH),
    "newton": (newton, NEWTON),
    "noise": (noise, 2.0),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("shape", [(300, 300), (360, 260)])
def test_sets_of_known_dimension(name: str, shape: tuple[int, int]) -> None:
    make, dimension = SETS[name]
    labels = make(*shape)
    pairs, boxes = uncertainty_exponent(labels), box_dimension(labels)
    assert abs(labels.ndim - pairs.value - dimension) < min(2.0 * pairs.error, 0.1)
    assert abs(boxes.value - dimension) <= min(2.0 * boxes.error, 0.15)


@pytest.mark.parametrize("name", ["line", "newton"])
@pytest.mark.parametrize("measure", [uncertainty_exponent, box_dimension, basin_entropy])
def test_names_and_sides_do_not_matter(name: str, measure: Any) -> None:
    labels = SETS[name][0](320, 320)
    first = measure(labels)[0]
    for other in (labels.T, labels[::-1], labels[:, ::-1], 7 - labels, np.array(["ab", "c", "d"])[labels]):
        assert measure(other)[0] == pytest.approx(first, abs=1e-12)
    assert measure(SimpleNamespace(labels=labels))[0] == first


def test_shares_are_those_of_pairs_and_boxes_counted_one_by_one() -> None:
    labels = newton(260, 240)
    pairs, boxes = uncertainty_exponent(labels), box_dimension(labels)
    for s, share in zip(pairs.scales, pairs.shares, strict=True):
        unlike = [labels[s:] != labels[:-s], labels[:, s:] != labels[:, :-s]]
        assert share == pytest.approx(np.concatenate([each.ravel() for each in unlike]).mean(), rel=1e-12)
    for s, crossed in zip(boxes.scales, boxes.shares, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(labels, (s + 1, s + 1))
        assert crossed == pytest.approx((windows.max(axis=(2, 3)) != windows.min(axis=(2, 3))).mean(), rel=1e-12)


def test_basin_entropy_of_known_maps() -> None:
    board = np.indices((40, 60)).sum(axis=0) % 2
    found = basin_entropy(board, box=2)
    assert found.entropy == found.boundary_entropy == pytest.approx(np.log(2.0))
    assert (found.boxes, found.boundary_boxes, found.fractal) == (600, 600, False)
    half = np.zeros((40, 60), np.int64)
    half[:, 33:] = 1  # boxes from column 30 to 34 hold two columns of five
    found = basin_entropy(half, box=5)
    two_fifths = -0.4 * np.log(0.4) - 0.6 * np.log(0.6)
    assert found.boundary_entropy == pytest.approx(two_fifths)
    assert found.entropy == pytest.approx(two_fifths / 12)
    assert (found.boxes, found.boundary_boxes) == (96, 8)
    assert basin_entropy(half[0], box=5).boundary_entropy == pytest.approx(two_fifths)
    nothing = basin_entropy(np.zeros((10, 10), np.int64))
    assert nothing.entropy == 0.0
    assert np.isnan(nothing.boundary_entropy)
    assert not nothing.fractal


def test_three_basins_that_meet_everywhere_are_above_log_2() -> None:
    """Newton's basins for z^3 - 1 have one common boundary (the Wada property)."""
    assert basin_entropy(newton(500, 500)).fractal
    assert not basin_entropy(circle(500, 500)).fractal


def test_errors_of_basin_entropy_cover_what_maps_differ_by() -> None:
    values = [basin_entropy(np.random.default_rng(seed).integers(0, 2, (100, 100))) for seed in range(60)]
    spread = np.std([found.entropy for found in values], ddof=1)
    assert np.mean([found.error for found in values]) == pytest.approx(spread, rel=0.3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((300, 300), np.int64), "no boundary"),
        (np.zeros((3, 3, 3), np.int64), "one or two dimensions"),
        (np.array([]), "one or two dimensions"),
        (np.full((300, 300), np.nan), "do not name outcomes"),
        (np.arange(20) % 2, "too small for a fit; give at least"),
        (np.pad([[1]], (0, 299)), "one corner"),
    ],
)
@pytest.mark.parametrize("measure", [uncertainty_exponent, box_dimension])
def test_what_cannot_be_measured_is_refused(measure: Any, labels: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        measure(labels)


def test_boxes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit into a map"):
        basin_entropy(np.zeros((4, 9), np.int64), box=5)
    with pytest.raises(ValueError, match="box=1 is out of range"):
        basin_entropy(np.zeros((4, 9), np.int64), box=1)
