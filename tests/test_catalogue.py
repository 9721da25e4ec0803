"""Kinds of points do not depend on what must not matter: the gradient tolerance, how many starts there are and in which
order, which member stands for a class. Surfaces with tails, plateaus and valleys, from starts of three widths."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import landscape as ls
from landscape import statistics
from landscape.critical import catalogue, classify, clustering
from landscape.critical.high_precision import Look, look
from landscape.training.initial_weights import draw_starts

WIDTHS, EACH = (1.0, 3.0, 6.0), 3
SQUARE = [[0, 0], [0, 1], [1, 0], [1, 1]]
CENTRED = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
TENTH = ls.Problem(SQUARE, [[0.1], [0.9], [0.9], [0.1]], name="xor within")
FIFTH = ls.Problem(CENTRED, [[-0.8], [0.8], [0.8], [-0.8]], name="xor centred within")
SURFACES = {
    "tanh, tanh": ls.Surface(activation="tanh", output="tanh"),
    "targets within, sigmoid": ls.Surface(TENTH),
    "targets within, tanh": ls.Surface(TENTH, activation="tanh"),
    "identity output": ls.Surface(output="identity"),
    "centred, tanh": ls.Surface(FIFTH, activation="tanh", output="tanh"),
    "sigmoid": ls.Surface(),
    "tanh": ls.Surface(activation="tanh"),
    "cross-entropy": ls.Surface(objective="cross_entropy"),
    "penalty": ls.Surface(l2=1e-3),
    "small penalty": ls.Surface(l2=1e-7),
    "and": ls.Surface("and"),
    "three units": ls.Surface(hidden=3),
    "one unit": ls.Surface(hidden=1),
    "no units": ls.Surface(hidden=0),
    "shortcut": ls.Surface(hidden=1, shortcut=True),
    "no bias": ls.Surface(hidden=3, bias=False),
    "softsign": ls.Surface(activation="softsign"),
    "softsign output": ls.Surface(TENTH, output="softsign"),
    "gaussian": ls.Surface(activation="gaussian"),
    "softplus": ls.Surface(activation="softplus"),
    "silu": ls.Surface(activation="silu"),
    "sine": ls.Surface(activation="sine", output="tanh"),
    "elu": ls.Surface(activation="elu", output="identity"),
    "relu": ls.Surface(activation="relu"),
    "parity": ls.Surface("parity3", hidden=3, activation="tanh"),
    "two outputs": ls.Surface(ls.Problem(SQUARE, [[0, 1], [1, 0], [1, 0], [0, 1]], name="both"), activation="tanh"),
}


@pytest.fixture(autouse=True)
def each_look_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look depends on surface and point only: what was seen before is not computed again."""
    seen: dict[tuple[ls.Surface, bytes, bool], Look] = {}

    def remembered(surface: ls.Surface, theta: NDArray[np.float64], down: bool = True) -> Look:
        key = surface, theta.tobytes(), down
        if key not in seen:
            seen[key] = look(surface, theta, down)
        return seen[key]

    monkeypatch.setattr(classify, "look", remembered)
    monkeypatch.setattr(catalogue, "look", remembered)


def starts(surface: ls.Surface) -> NDArray[np.float64]:
    """By turns of the three widths."""
    drawn = [draw_starts(surface, ls.Protocol(init_scale=width), EACH, seed=5) for width in WIDTHS]
    return np.stack(drawn, axis=1).reshape(-1, surface.n_parameters)


@lru_cache(maxsize=1)
def found(name: str) -> ls.Points:
    return ls.find_minima(SURFACES[name], starts(SURFACES[name]))


def kinds(points: ls.Points) -> list[str]:
    """Of each search's end."""
    of_class = points.table["kind"].astype(str).to_numpy()
    return [of_class[member] if member >= 0 else "none" for member in points.member]


@pytest.mark.parametrize("name", SURFACES)
def test_kinds_do_not_depend_on_what_must_not_matter(name: str) -> None:
    surface, theta, points = SURFACES[name], starts(SURFACES[name]), found(name)
    for gtol in (1e-8, 1e-12):
        assert kinds(ls.find_minima(surface, theta, gtol=gtol)) == kinds(points), gtol
    assert kinds(ls.find_minima(surface, theta[: len(theta) // 2])) == kinds(points)[: len(theta) // 2]
    backward = ls.find_minima(surface, theta[::-1].copy())
    assert kinds(backward)[::-1] == kinds(points)
    partition = {tuple(np.flatnonzero(points.member == n)) for n in range(len(points.table))}
    assert {tuple(np.flatnonzero(backward.member[::-1] == n)) for n in range(len(backward.table))} == partition


def test_one_end_at_infinity_is_one_class() -> None:
    """From wide starts, tanh 2-2-1 is stuck at 1/8 with four sets of outputs that are one modulo the table's symmetries."""
    surface = SURFACES["tanh"]
    starts = draw_starts(surface, ls.Protocol(init_scale=4.0), 60, seed=0)
    table = ls.find_minima(surface, starts).table
    assert table["kind"].tolist() == ["escaping"] * len(table)
    assert (np.abs(table["loss"] - 0.125) < 1e-6).sum() == 1
    assert table["hits"].sum() == 60


def test_more_starts_split_no_valley() -> None:
    surface = ls.Surface(activation="relu", output="relu")
    ends = ls.train(surface, ls.Protocol(lr=0.01, init="xavier_uniform", budget=2345), runs=160).theta
    more, fewer = ls.find_minima(surface, ends), ls.find_minima(surface, ends[:80])
    assert more.table["told_apart"].all()
    for a in range(80):
        together = fewer.member[:80] == fewer.member[a]
        assert (more.member[:80][together] == more.member[a]).all()
    assert more.chao1 <= len(more.table) + 1


def test_what_was_not_told_apart_says_so_and_counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    surface = ls.Surface(activation="relu", output="relu")
    starts = draw_starts(surface, ls.Protocol(), 40, seed=1)
    known = ls.find_minima(surface, starts)
    monkeypatch.setattr(clustering, "MOST_FAILED", 0)
    given_up = ls.find_minima(surface, starts)
    assert known.table["told_apart"].all()
    unsure = ~given_up.table["told_apart"]
    assert unsure.sum() > known.table["kind"].size
    levels = given_up.table["loss"].round(6)
    assert given_up.chao1 <= statistics.chao1([given_up.table["hits"][levels == level].sum() for level in levels.unique()])
    assert given_up.coverage >= known.coverage


def test_a_minimum_beside_a_kink_is_one_whichever_member_stands_for_it() -> None:
    """All sums of a dead network are below -0.002: the loss depends on one bias only, and falls beyond the next kink."""
    surface = ls.Surface(
        ls.Problem([[1, 0], [0, 1], [0.5, 0.5]], [[0], [0], [1]], name="three"),
        activation="relu",
        output="identity",
        reduction="half_sum",
    )
    theta = [0.219, 0.027, -0.125, 0.667, -0.246, -0.669, -0.331, 0.953, 1 / 3]
    assert ls.classify(surface, theta).kind == "flat_minimum"
    points = ls.find_minima(surface, 60, protocol=ls.Protocol())
    for number, kind in enumerate(points.table["kind"]):
        assert set(ls.classify(surface, points.ends[points.member == number]).kind) == {kind}


def test_starts_of_three_widths_see_what_one_width_does_not() -> None:
    surface = ls.Surface(activation="tanh", l2=3e-3)
    narrow = ls.find_stationary_points(surface, 60, max_index=1, protocol=ls.Protocol())
    assert (narrow.table["index"] == 1).sum() == 6
    assert narrow.coverage == 1.0
    assert (ls.find_stationary_points(surface, 60, max_index=1).table["index"] == 1).sum() == 9


WEAK = {
    "one minimum": (ls.Surface(2, hidden=1, activation="identity", output="tanh", l2=1e-11), [0.078224]),
    "two minima": (ls.Surface(5, hidden=1, activation="elu", output="identity", l2=1e-11), [2.611049e-11, 2.708208e-11]),
}
"""Surfaces whose minima have hardly any curvature, and the losses of these minima, from Newton's method in ninety digits."""


@pytest.mark.parametrize("name", WEAK)
@pytest.mark.parametrize("gtol", [1e-10, 1e-13])
def test_minima_with_hardly_any_curvature_are_told_apart_by_place(name: str, gtol: float) -> None:
    """At a gradient norm of 1e-12 ends of one of them are 0.1 apart, and those of two of one loss and output."""
    surface, losses = WEAK[name]
    points = ls.find_minima(surface, starts=60, gtol=gtol)
    assert points.table["kind"].tolist() == ["strict_minimum"] * len(losses)
    np.testing.assert_allclose(points.table["loss"], losses, rtol=1e-6)
    assert points.table["hits"].sum() == 60


def test_the_lowest_comes_first_however_low() -> None:
    loss = ls.find_minima(ls.Surface("and", activation="tanh", output="identity", l2=1e-10), starts=25, seed=2).table["loss"]
    assert len(loss) > 1
    assert loss.is_monotonic_increasing


def test_a_valley_along_a_kink_has_one_kind_whichever_start_comes_first() -> None:
    """Two relu units that do the work of one form a valley, all of it on kinks; at its end, on more of them, one unit is
    dead and can be given another direction, in which the loss falls."""
    targets = ls.Problem(ls.problems.xor.inputs, [0.1, 0.9, 0.8, 0.15])
    surface = ls.Surface(targets, activation="relu", output="tanh", l2=1e-3)
    theta = draw_starts(surface, ls.Protocol(init_scale=2.0), 40, seed=0)[[28, 30]]
    found = [ls.find_minima(surface, starts) for starts in (theta, theta[::-1])]
    assert [points.table["kind"].tolist() for points in found] == [["flat_minimum"]] * 2
    assert (found[0].theta == found[1].theta).all()
    assert ls.classify(surface, found[0].ends[0]).kind == "degenerate_saddle"


@pytest.mark.parametrize(("activation", "output"), [("silu", "identity"), ("sine", "tanh")])
def test_the_order_of_starts_makes_no_difference(activation: str, output: str) -> None:
    """Of two units with more parameters than patterns the solutions are wide valleys, and not every path between two members
    of one is found: which are tried must not depend on the order of the starts."""
    targets = ls.Problem(ls.problems.xor.inputs, [0.1, 0.9, 0.8, 0.15])
    surface = ls.Surface(targets, activation=activation, output=output)
    theta = draw_starts(surface, ls.Protocol(init_scale=2.0), 40, seed=0)
    forward, backward = ls.find_minima(surface, theta), ls.find_minima(surface, theta[::-1])
    assert (forward.ends == backward.ends[::-1]).all()
    assert (forward.member == backward.member[::-1]).all()
    pd.testing.assert_frame_equal(forward.table, backward.table)


def test_no_end_of_relu_is_a_minimum_where_an_output_would_have_to_be_0_or_1() -> None:
    """Above the solution a sigmoid output has stationary points at 1/4 only: at 1/8 and 1/6 some outputs are exactly 0 or 1,
    which it reaches at infinity. Newton's steps there are long by rounding, and prove no arrival."""
    surface = ls.Surface(hidden=2, activation="relu")
    found = ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=1.0), runs=300)).points.table
    minima = found[found["kind"].isin(["flat_minimum", "strict_minimum"]) & (found["loss"] > 1e-9)]
    assert minima["loss"].round(6).tolist() == [0.25]
    levels = found[(found["kind"] == "escaping") & (found["loss"] > 1e-9)]["loss"].round(6).tolist()
    assert {0.125, 0.166667} <= set(levels)
