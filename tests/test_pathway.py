"""Minimum-energy paths: over the known saddles of analytic functions, and never higher than the straight line."""

from itertools import combinations

import numpy as np
import pytest
from analytic import ANALYTIC

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
