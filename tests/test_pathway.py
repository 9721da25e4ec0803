"""Minimum-energy paths: over the known saddles of analytic functions, and never higher than the straight line."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from analytic import ANALYTIC, Analytic

import landscape as ls

LOWEST_SADDLE = {
    ("mueller_brown", 0, 1): (3, False),
    ("mueller_brown", 0, 2): (3, True),
    ("mueller_brown", 1, 2): (4, True),
    ("himmelblau", 0, 1): (5, True),
    ("himmelblau", 0, 3): (4, True),
    ("himmelblau", 1, 2): (6, True),
    ("himmelblau", 2, 3): (7, True),
}
"""Between two minima, by their places in the list of known points: the highest saddle on the way, and whether it alone
joins them."""


@pytest.mark.parametrize("case", LOWEST_SADDLE)
@pytest.mark.parametrize("images", [11, 41])
def test_known_saddles_are_found(case: tuple[str, int, int], images: int) -> None:
    name, a, b = case
    saddle, joins = LOWEST_SADDLE[case]
    f = ANALYTIC[name]
    start, end, top = (np.array(f.points[number].theta) for number in (a, b, saddle))
    for one, other in ((start, end), (end, start)):
        found = ls.minimum_energy_path(f, one, other, images=images)
        assert found.saddle is not None
        np.testing.assert_allclose(found.saddle, top, atol=1e-6)
        assert found.saddle_loss == pytest.approx(float(f.loss(top)), rel=1e-12)
        assert found.barrier == pytest.approx(float(f.loss(top) - max(f.loss(start), f.loss(end))), rel=1e-9)
        assert found.converged
        assert found.slope <= 1e-4
        assert found.theta[0].tolist() == one.tolist()
        assert found.theta[-1].tolist() == other.tolist()
        apart = np.linalg.norm(np.diff(found.theta, axis=0), axis=1)
        assert apart.max() < 1.5 * apart.min()
        np.testing.assert_allclose(found.arc, np.append(0.0, np.cumsum(apart)))
        if case != ("mueller_brown", 0, 1) and case != ("mueller_brown", 0, 2):
            assert found.joins == joins


def test_an_intermediate_minimum_is_told_by_the_descents_from_the_saddle() -> None:
    """From minimum 0 to 1 of Mueller & Brown the way leads through minimum 2: the saddle that is highest joins 0 and 2."""
    f = ANALYTIC["mueller_brown"]
    a, b, c = (np.array(f.points[number].theta) for number in range(3))
    assert not ls.minimum_energy_path(f, a, b).joins
    assert ls.minimum_energy_path(f, a, c).joins


def trough(x: Any, y: Any, z: Any) -> Any:
    """``(x^2 - 1)^2 + 2 y^2``, whatever z: two straight valleys."""
    nothing = 0.0 * z
    hessian = ((12.0 * x * x - 4.0, nothing, nothing), (nothing, 4.0 + nothing, nothing), (nothing,) * 3)
    return (x * x - 1.0) ** 2 + 2.0 * y * y + nothing, (4.0 * x * (x * x - 1.0), 4.0 * y, nothing), hessian


def two_rings(x: Any, y: Any, z: Any) -> Any:
    """``(z^2 - 1)^2 + (x^2 + y^2 - 1)^2``: two valleys that are circles, one above the other."""
    loss, (by_x, by_y, _), (first, second, _) = ANALYTIC["ring"].formula(x, y, 0.0 * z)
    return loss + (z * z - 1.0) ** 2, (by_x, by_y, 4.0 * z * (z * z - 1.0)), (first, second, (0.0, 0.0, 12.0 * z * z - 4.0))


def three_troughs(x: Any, y: Any, tilt: float = 0.0) -> Any:
    """``x^2 (x^2 - 1)^2 + tilt x``, whatever y: three straight valleys at -1, 0 and 1, of equal depth without a tilt."""
    nothing = 0.0 * y
    slope, bend = 6.0 * x**5 - 8.0 * x**3 + 2.0 * x + tilt, 30.0 * x**4 - 24.0 * x**2 + 2.0
    return x**2 * (x**2 - 1.0) ** 2 + tilt * x + nothing, (slope, nothing), ((bend, nothing), (nothing, nothing))


def cliff(x: Any, y: Any) -> Any:
    """``x^2 - x^3 + y^2``: a minimum at the origin, a saddle at 2/3, and no bottom beyond."""
    return x**2 - x**3 + y**2, (2.0 * x - 3.0 * x**2, 2.0 * y), ((2.0 - 6.0 * x, 0.0), (0.0, 2.0))


@pytest.mark.parametrize("z", [0.0, 2.0, -0.3, 50.0])
def test_descents_into_flat_valleys_join_them_at_another_place(z: float) -> None:
    found = ls.minimum_energy_path(Analytic(3, trough, []), [-1.0, 0.0, 0.0], [1.0, 0.0, z])
    assert found.joins is True
    assert found.barrier == pytest.approx(1.0)


@pytest.mark.parametrize("turn", [0.0, 0.5, 1.0, 2.0, 2.8])
def test_a_valley_may_be_bent(turn: float) -> None:
    """The descents end half a turn away from both points, as the crow flies through the ring's middle."""
    f, a, b = Analytic(3, two_rings, []), [1.0, 0.0, -1.0], [np.cos(turn), np.sin(turn), 1.0]
    assert ls.minimum_energy_path(f, a, b).joins is True
    assert ls.minimum_energy_path(f, b, a).joins is True


def test_other_valleys_on_the_way_are_not_joined() -> None:
    """At another depth they are other valleys; at the same depth no level way to them is found, which proves nothing."""
    tilted = Analytic(2, lambda x, y: three_troughs(x, y, 0.01), [])
    ends = ls.find_minima(tilted, starts=[[-1.0, 0.0], [1.0, 0.7]]).theta
    assert ls.minimum_energy_path(tilted, *ends).joins is False
    assert ls.minimum_energy_path(Analytic(2, three_troughs, []), [-1.0, 0.0], [1.0, 0.7]).joins is None


def test_where_a_descent_has_no_end_nothing_is_said() -> None:
    found = ls.minimum_energy_path(Analytic(2, cliff, []), [0.0, 0.0], [3.0, 0.0])
    assert found.saddle is not None
    np.testing.assert_allclose(found.saddle, [2.0 / 3.0, 0.0], atol=1e-9)
    assert found.joins is None


def test_a_point_and_its_image_are_one_once_aligned() -> None:
    surface = ls.Surface(activation="tanh", l2=1e-3)
    point = ls.find_minima(surface, 20).theta[0]
    for image in ls.symmetries(surface).orbit(point)[1:4]:
        found = ls.minimum_energy_path(surface, point, image, images=9, align=True)
        assert (found.theta == point).all()
        assert (found.barrier, found.saddle, found.joins, found.converged) == (0.0, None, False, True)


def test_a_way_that_only_falls_has_no_barrier_and_no_saddle() -> None:
    f = ANALYTIC["himmelblau"]
    found = ls.minimum_energy_path(f, [3.3, 2.3], [3.0, 2.0], images=9)
    assert (found.highest, found.saddle, found.barrier, found.joins) == (0, None, 0.0, False)
    assert np.isnan(found.saddle_loss)


def test_between_minima_of_xor_no_way_is_higher_than_the_straight_line() -> None:
    surface = ls.Surface(l2=1e-3)
    theta = ls.find_minima(surface, 60).theta[:4]
    for a, b in combinations(range(4), 2):
        for align in (False, True):
            found = ls.minimum_energy_path(surface, theta[a], theta[b], images=21, align=align)
            straight = ls.slices.linear_interpolation(surface, theta[a], theta[b], align=align)
            assert found.loss.max() <= straight.loss.max()
            if found.saddle is not None:
                assert ls.classify(surface, found.saddle).index == 1


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "hard_tanh"])
def test_kinks_are_refused(activation: str) -> None:
    with pytest.raises(ValueError, match=r"has kinks, .* take slices\.linear_interpolation, or a smooth"):
        ls.minimum_energy_path(ls.Surface(activation=activation), np.ones(9), np.zeros(9))


def test_what_has_no_way_is_refused() -> None:
    surface = ls.Surface()
    with pytest.raises(ValueError, match="the same point"):
        ls.minimum_energy_path(surface, np.ones(9), np.ones(9))
    with pytest.raises(ValueError, match=r"a of shape \(2, 9\) is not one point"):
        ls.minimum_energy_path(surface, np.ones((2, 9)), np.ones(9))
    with pytest.raises(ValueError, match="images=4 is out of range"):
        ls.minimum_energy_path(surface, np.ones(9), np.zeros(9), images=4)
    with pytest.raises(TypeError, match="only a Surface has symmetries"):
        ls.minimum_energy_path(ANALYTIC["camel"], [0.0, 0.0], [1.0, 1.0], align=True)


def test_paths_that_cannot_be_measured_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 9))
    with pytest.raises(ValueError, match="a and b are too far apart to measure their distance; give points below 1e150"):
        ls.minimum_energy_path(ls.Surface(), 1e200 * a, 1e200 * b, images=11)
    linear = ls.Surface(activation="identity", output="identity")
    with pytest.raises(ValueError, match="the curvature between a and b is not finite"), np.errstate(all="ignore"):
        ls.minimum_energy_path(linear, 1e100 * a, 1e100 * b, images=11)
    with pytest.raises(ValueError, match=r"images=1000000000 of 9 parameters would take about .* GiB"):
        ls.minimum_energy_path(ls.Surface(), a, b, images=10**9)
