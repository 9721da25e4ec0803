"""Roughness of boundaries, on sets whose dimension is known.

Cantor's set, Sierpinski's carpet and Koch's curve are similar to themselves under powers of three alone, and so have waves
around their power law; the tolerance is stated with each.
"""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import comb, logsumexp, xlogy

from landscape.maps.dimension import basin_entropy, box_dimension, uncertainty_exponent

Map = NDArray[np.int64] | NDArray[np.bool_]
CANTOR = np.log(2) / np.log(3)
NEWTON = 1.4445
"""Dimension of the boundary of Newton's basins for z**3 = 1, computed in `test_newtons_dimension`."""


def plane(rng: np.random.Generator, n: int, m: int, turn: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of n by m samples around the origin, n of them on a length of 1, turned and shifted at random."""
    x = (np.arange(n) + rng.random()) / n - 0.5
    y = (np.arange(m) + rng.random() - 0.5 * m) / n
    z = (x[:, None] + 1j * y) * np.exp(2j * np.pi * rng.random() * turn)
    return z.real, z.imag


def line(rng: np.random.Generator, n: int, m: int) -> Map:
    return plane(rng, n, m)[0] > rng.uniform(-0.3, 0.3)


def circle(rng: np.random.Generator, n: int, m: int) -> Map:
    x, y = plane(rng, n, m)
    return np.hypot(x - rng.uniform(-0.1, 0.1), y - rng.uniform(-0.1, 0.1)) < rng.uniform(0.2, 0.4)


def depth(u: NDArray[np.float64]) -> NDArray[np.int64]:
    """At which step of the middle-thirds construction the point u of [0, 1) is taken away."""
    found = np.full(u.shape, 40)
    for k in range(40):
        u = 3 * (u % 1)
        found = np.where((found == 40) & (np.floor(u) == 1), k, found)
    return found


def cantor(rng: np.random.Generator, n: int, m: int) -> Map:
    """A line of 4 n samples over all or a part of [0, 1], labelled by the parity of the step; its shift is random."""
    width = rng.uniform(0.5, 1.0)
    return depth(rng.uniform(0, 1 - width) + width * (np.arange(4 * n) + rng.random()) / (4 * n)) % 2


def stripes(rng: np.random.Generator, n: int, m: int) -> Map:
    return np.repeat((depth((np.arange(n) + rng.random()) / n) % 2)[:, None], m, axis=1)


def carpet(rng: np.random.Generator, n: int, m: int) -> Map:
    """Sierpinski's carpet, its holes labelled by the parity of the step that makes them."""
    x, y = (0.5 + u for u in plane(rng, n, n, turn=False))
    found = np.full(x.shape, 20)
    for k in range(20):
        x, y = 3 * (x % 1), 3 * (y % 1)
        found = np.where((found == 20) & (np.floor(x) == 1) & (np.floor(y) == 1), k, found)
    return found % 2


def triangle(rng: np.random.Generator, n: int, m: int) -> Map:
    """Sierpinski's triangle (one with a right angle), its holes labelled by the parity of the step that makes them."""
    x, y = (0.5 + u for u in plane(rng, n, n, turn=False))
    found = np.full(x.shape, 20)
    for k in range(20):
        x, y = 2 * (x % 1), 2 * (y % 1)
        found = np.where((found == 20) & (x >= 1) & (y >= 1), k, found)
    return found % 2


def koch(rng: np.random.Generator, n: int, m: int) -> Map:
    """Inside of a snowflake whose shortest edges are below the step of the samples."""
    corners = 1j * np.exp(-2j * np.pi * np.arange(4) / 3)
    for _ in range(5):
        start, third = corners[:-1], np.diff(corners) / 3
        bump = start + third * (1 + np.exp(1j * np.pi / 3))
        corners = np.append(np.stack([start, start + third, bump, start + 2 * third], axis=1).ravel(), corners[-1])
    x, y = plane(rng, n, m)
    samples = np.stack([x.ravel(), y.ravel()], axis=1) * rng.uniform(2.2, 3.0)
    return Path(np.stack([corners.real, corners.imag], axis=1)).contains_points(samples).reshape(x.shape)


def newton(rng: np.random.Generator, n: int, m: int) -> Map:
    """Which root of z**3 = 1 Newton's method finds."""
    x, y = plane(rng, n, m)
    z = rng.uniform(1.0, 3.0) * (x + 1j * y)
    for _ in range(60):
        z -= (z**3 - 1) / (3 * z**2)
    return np.argmin(np.abs(z[..., None] - np.exp(2j * np.pi * np.arange(3) / 3)), axis=-1)


def noise(rng: np.random.Generator, n: int, m: int) -> Map:
    return rng.integers(0, 2, (n, m))


KNOWN: dict[Callable[[np.random.Generator, int, int], Map], tuple[float, float, float]] = {
    line: (1.0, 0.04, 0.03),
    circle: (1.0, 0.06, 0.03),
    cantor: (CANTOR, 0.06, 0.06),
    stripes: (1 + CANTOR, 0.09, 0.09),
    carpet: (np.log(8) / np.log(3), 0.04, 0.06),
    triangle: (np.log(3) / np.log(2), 0.08, 0.08),
    koch: (np.log(4) / np.log(3), 0.06, 0.03),
    newton: (NEWTON, 0.06, 0.04),
    noise: (2.0, 0.003, 0.003),
}
"""Each set: the dimension of its boundary, and how far from it boxes and pairs may come out on some 240 samples."""


def test_newtons_dimension() -> None:
    """Zero of the pressure: the sum over all preimages of n steps of |derivative|**-t neither grows nor falls with n at the
    dimension t of the Julia set, which is the boundary of each basin (derivatives on the sphere; Przytycki 1999, Trans. Am.
    Math. Soc. 351, 2081). Two ends of preimages must agree within 0.003 after ten steps; the value is that of twelve."""
    found = []
    for end in (2.7 + 1.3j, -2 + 0.5j):
        points, log_growth, sums = np.array([end]), np.zeros(1), []
        for _ in range(10):
            companion = np.zeros((points.size, 3, 3), dtype=complex)  # of z**3 - 1.5 w z**2 + 0.5, whose roots map to w
            companion[:, 1, 0] = companion[:, 2, 1] = 1
            companion[:, 0, 2], companion[:, 2, 2] = -0.5, 1.5 * points
            z = np.linalg.eigvals(companion)
            stretch = np.log(np.abs(2 * (z**3 - 1) / (3 * z**3))) + np.log1p(np.abs(z) ** 2)
            log_growth = (log_growth[:, None] + stretch - np.log1p(np.abs(points) ** 2)[:, None]).ravel()
            points = z.ravel()
            sums.append(log_growth)
        found.append(brentq(lambda t, a, b: logsumexp(-t * a) - logsumexp(-t * b), 1, 2, args=(sums[-1], sums[-2])))
    assert found == pytest.approx([NEWTON, NEWTON], abs=0.003)


@pytest.mark.parametrize("make", KNOWN, ids=lambda make: make.__name__)
def test_known_dimensions(make: Callable[[np.random.Generator, int, int], Map]) -> None:
    """Mean over three shifts and turns: of boxes; of pairs, as D - alpha; and the two agree."""
    truth, of_boxes, of_pairs = KNOWN[make]
    maps = [make(np.random.default_rng(seed), 220 + 17 * seed, 220 + 17 * seed) for seed in range(3)]
    boxes = np.mean([box_dimension(map).dimension for map in maps])
    pairs = np.mean([map.ndim - uncertainty_exponent(map).exponent for map in maps])
    assert boxes == pytest.approx(truth, abs=of_boxes)
    assert pairs == pytest.approx(truth, abs=of_pairs)
    assert boxes == pytest.approx(pairs, abs=max(of_boxes, of_pairs))


@pytest.mark.parametrize(("make", "maps"), [(line, 30), (circle, 30), (cantor, 30), (stripes, 20), (koch, 8), (newton, 8)])
def test_the_truth_lies_within_two_errors(make: Callable[[np.random.Generator, int, int], Map], maps: int) -> None:
    """In at least four of five maps of random size and place, not square; and the error says something: it is below 0.25."""
    truth = KNOWN[make][0]
    boxes, pairs = [], []
    for seed in range(maps):
        rng = np.random.default_rng(100 + seed)
        map = make(rng, int(rng.integers(160, 280)), int(rng.integers(160, 280)))
        box, pair = box_dimension(map), uncertainty_exponent(map)
        boxes.append((abs(box.dimension - truth), box.error))
        pairs.append((abs(map.ndim - pair.exponent - truth), pair.error))
    for misses in (np.array(boxes), np.array(pairs)):
        assert np.mean(misses[:, 0] <= 2 * misses[:, 1]) >= 0.8
        assert np.median(misses[:, 1]) < 0.25


def test_a_fit_worked_out_by_hand() -> None:
    """One jump in a row of n: h of the n - h pairs differ, 2 h of the n - 2 h boxes; rows side by side change nothing."""
    row = np.arange(160) < 70
    pair, box = uncertainty_exponent(row), box_dimension(row)
    h = np.array([1, 2, 3, 4, 5, 6, 8, 10])
    np.testing.assert_array_equal(pair.distances, h)
    np.testing.assert_allclose(pair.shares, h / (160 - h), rtol=1e-14)
    np.testing.assert_array_equal(box.sizes, 2 * h[:5])
    np.testing.assert_allclose(box.shares, 2 * h[:5] / (160 - 2 * h[:5]), rtol=1e-14)
    assert pair.exponent == pytest.approx(np.polyfit(np.log(h), np.log(h / (160 - h)), 1)[0], abs=1e-12)
    np.testing.assert_allclose(box_dimension(np.tile(row, (170, 1))).shares, box.shares, rtol=1e-14)
    across = uncertainty_exponent(np.tile(row, (90, 1)))
    np.testing.assert_allclose(across.shares, 90 * h[:5] / (90 * (160 - h[:5]) + 160 * (90 - h[:5])), rtol=1e-14)


def plain_entropy(labels: NDArray[np.int64], box: int) -> tuple[float, float]:
    """The two means, box after box."""
    found = []
    for i in range(0, labels.shape[0] - box + 1, box):
        for j in range(0, labels.shape[1] - box + 1, box):
            inside = labels[i : i + box, j : j + box].ravel().tolist()
            shares = [inside.count(label) / len(inside) for label in set(inside)]
            found.append(-sum(p * np.log(p) for p in shares))
    return float(np.mean(found)), float(np.mean([entropy for entropy in found if entropy > 0]))


@pytest.mark.parametrize("box", [2, 3, 5, 7])
def test_entropy_is_that_of_a_plain_loop(box: int) -> None:
    labels = np.random.default_rng(box).integers(0, 4, (23, 31)) // 2 + np.arange(31) // 12
    result = basin_entropy(labels, box)
    assert (result.entropy, result.boundary_entropy) == pytest.approx(plain_entropy(labels, box), abs=1e-12)
    assert result.boxes == (23 // box) * (31 // box)


def test_entropies_worked_out_by_hand() -> None:
    """A checkerboard has ln 2 in each box of 2 by 2 and, 13 fields against 12, a little less in one of 5 by 5. A half plane
    that ends inside a box after 3 of 5 columns has the entropy of 3/5 in one column of boxes of four."""
    board = np.indices((20, 40)).sum(axis=0) % 2
    even = basin_entropy(board, 2)
    assert even[:4] == pytest.approx((np.log(2), 0.0, np.log(2), 0.0), abs=1e-12)
    assert not even.fractal
    uneven = basin_entropy(board)
    assert uneven.entropy == pytest.approx(-(12 * np.log(12 / 25) + 13 * np.log(13 / 25)) / 25, abs=1e-12)
    half = basin_entropy(np.tile(np.arange(20) < 8, (40, 1)))
    mixed = -(0.6 * np.log(0.6) + 0.4 * np.log(0.4))
    assert half.boundary_entropy == pytest.approx(mixed, abs=1e-12)
    assert (half.boundary_entropy_error, half.boxes, half.boundary_boxes) == (pytest.approx(0.0, abs=1e-12), 32, 8)
    assert half.entropy == pytest.approx(mixed / 4, abs=1e-12)
    assert half.entropy_error == pytest.approx(mixed / 4 * np.sqrt(16 / 15 * (4 * 9 + 12)) / 16, abs=1e-12)
    assert basin_entropy(np.arange(20) // 5, 10).entropy == pytest.approx(np.log(2), abs=1e-12)


def test_entropy_of_noise_is_the_binomials() -> None:
    """k of 25 samples have the first label with the chance C(25, k) / 2**25. Over 300 maps of 40 x 40 the mean is within 4
    of its standard errors, and the error that a map tells is what the maps scatter by, within 10 % (of 300: 4 %)."""
    k = np.arange(26)
    chance, p = comb(25, k) / 2.0**25, k / 25
    truth = float(-(chance * (xlogy(p, p) + xlogy(1 - p, 1 - p))).sum())
    results = [basin_entropy(noise(np.random.default_rng(seed), 40, 40)) for seed in range(300)]
    entropies = np.array([result.entropy for result in results])
    assert entropies.mean() == pytest.approx(truth, abs=4 * entropies.std() / np.sqrt(300))
    assert np.sqrt(np.mean([result.entropy_error**2 for result in results])) == pytest.approx(entropies.std(), rel=0.1)


def test_boxes_that_are_alike_do_not_count_twice() -> None:
    """Patches of 4 by 4 boxes are of one kind, so the error of independent boxes is a quarter of what maps scatter by."""
    entropies, errors, naive = [], [], []
    for seed in range(200):
        wide = np.repeat(np.random.default_rng(seed).random((16, 16)) < 0.5, 20, axis=0)
        labels = np.repeat(wide, 20, axis=1) & (np.indices((320, 320)).sum(axis=0) % 2 == 0)
        result = basin_entropy(labels)
        entropies.append(result.entropy)
        errors.append(result.entropy_error)
        share = result.boundary_boxes / result.boxes
        naive.append(np.sqrt(share * (1 - share) / result.boxes) * result.boundary_entropy)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(entropies), rel=0.15)
    assert np.mean(naive) < 0.3 * np.std(entropies)


def test_newtons_basins_are_fractal_and_of_wada() -> None:
    """The boundary entropy is above ln 2, as two labels cannot make it; most boxes of 15 by 15 with two labels have the
    third as well. A plane of three sectors is not fractal, nor one with Koch's curve: sufficient is not necessary."""
    labels = newton(np.random.default_rng(1), 480, 480)
    assert basin_entropy(labels).fractal
    boxes = labels.reshape(32, 15, 32, 15).swapaxes(1, 2).reshape(1024, 225)
    kinds = np.array([len(set(box)) for box in boxes.tolist()])
    assert (kinds == 3).sum() > 0.8 * (kinds > 1).sum()
    x, y = plane(np.random.default_rng(1), 480, 480)
    assert not basin_entropy((x > 0).astype(int) + ((x > 0) & (y > 0))).fractal
    assert not basin_entropy(koch(np.random.default_rng(1), 240, 240)).fractal


@pytest.mark.parametrize("what", [basin_entropy, uncertainty_exponent, box_dimension])
def test_names_and_sides_do_not_matter(what: Callable[..., tuple[float, ...]]) -> None:
    """All but the error of an exponent, whose tiles are of unequal size by a row: it is the same within a fifth."""
    labels = newton(np.random.default_rng(4), 160, 200)
    expected = what(labels)
    same = {
        "renamed": np.array([7, -2, 300])[labels],
        "words": np.array(["one", "two", "three"])[labels],
        "object": SimpleNamespace(labels=labels),
        "lists": labels.tolist(),
        "transposed": labels.T,
        "flipped": labels[::-1],
        "turned": np.rot90(labels),
    }
    for name, map in same.items():
        for field, (given, wanted) in enumerate(zip(what(map), expected, strict=True)):
            loose = field == 1 and what is not basin_entropy
            np.testing.assert_allclose(given, wanted, rtol=0.2 if loose else 1e-10, err_msg=name)


def test_without_a_boundary() -> None:
    """Entropy is 0, entropy at the boundary is nothing; one boundary box has no error."""
    empty = basin_entropy(np.zeros((20, 30), dtype=int))
    assert (empty.entropy, empty.entropy_error, empty.boundary_boxes, empty.fractal) == (0.0, 0.0, 0, False)
    assert np.isnan([empty.boundary_entropy, empty.boundary_entropy_error]).all()
    single = basin_entropy(np.arange(20) < 7)
    assert single.boundary_boxes == 1
    assert single.boundary_entropy == pytest.approx(-(0.4 * np.log(0.4) + 0.6 * np.log(0.6)), abs=1e-12)
    assert np.isnan(single.boundary_entropy_error)
    assert not single.fractal


def test_what_cannot_be_answered_is_refused() -> None:
    for exponent, least in ((uncertainty_exponent, 80), (box_dimension, 160)):
        with pytest.raises(ValueError, match="one label only"):
            exponent(np.zeros((200, 200), dtype=int))
        with pytest.raises(ValueError, match=f"give {least} or more samples an axis"):
            exponent(np.random.default_rng(0).integers(0, 2, (least - 1, 200)))
        with pytest.raises(ValueError, match=r"of shape \(2, 2, 2\) are not a map"):
            exponent(np.zeros((2, 2, 2), dtype=int))
        assert np.isfinite(exponent(np.arange(least) < 30).error)
    with pytest.raises(ValueError, match="no samples 2 apart differ"):
        uncertainty_exponent(np.arange(100) % 2)
    with pytest.raises(TypeError, match="labels of kind float64 are not names"):
        basin_entropy([0.0, np.nan])
    with pytest.raises(ValueError, match=r"of shape \(0,\) are not a map"):
        basin_entropy(np.array([], dtype=int))
    with pytest.raises(ValueError, match="box=5 does not fit in a map of shape \\(4, 9\\); give at most 4"):
        basin_entropy(np.zeros((4, 9), dtype=int))
    with pytest.raises(ValueError, match="box=1 is out of range"):
        basin_entropy(np.zeros((4, 9), dtype=int), box=1)
