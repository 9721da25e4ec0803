"""Pictures of surfaces: every line, level, mark and name is the slice's."""

from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from analytic import Analytic
from matplotlib.colors import to_hex, to_rgba
from numpy.typing import NDArray

import landscape as ls
from landscape import plot
from landscape.slices import linear_interpolation, parameter_plane

matplotlib.use("agg")
Array = NDArray[np.float64]

TILTED = Analytic(2, lambda x, y: (x + 10.0 * y, None, None), [])
STEEP = Analytic(2, lambda x, y: (10.0 ** (x + 2.0 * y), None, None), [])
S = ls.Surface(hidden=2, activation="tanh")
HALF_ADDER = ls.Surface(ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [[0, 0], [1, 0], [1, 0], [0, 1]]))
LINEAR = ls.Surface("false", hidden=0, output="identity")
THETA = np.random.default_rng(5).normal(size=(3, 9))


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def shades(collection: Any) -> list[str]:
    return [to_hex(colour).upper() for colour in collection.get_facecolors()]


@pytest.mark.parametrize("quantity", ["loss", "grad_norm", "patterns_right"])
def test_a_line_is_the_quantity_over_its_coordinates(quantity: str) -> None:
    along = linear_interpolation(S, THETA[0], THETA[1], 7, margin=0.3)
    ax = plot.line(along, quantity, label="way")
    first = ax.get_lines()[0]
    np.testing.assert_array_equal(first.get_xydata(), np.column_stack([along.coordinates[0], along.values(quantity)]))
    assert first.get_label() == "way"
    assert ax.get_xlabel() == "from a (0) to b (1)"
    assert ax.get_ylabel() == {"loss": "loss", "grad_norm": "gradient norm", "patterns_right": "patterns right"}[quantity]
    assert [text.get_text() for text in ax.texts] == (["a", "b"] if quantity == "loss" else [])
    if quantity == "loss":
        marks = [tuple(mark.get_xydata()[0]) for mark in ax.get_lines()[1:]]
        assert marks == [(0.0, S.loss(THETA[0])), (1.0, S.loss(THETA[1]))]
        assert [text.xy for text in ax.texts] == marks


def test_a_line_of_outputs_has_one_line_a_pattern_and_output() -> None:
    theta = np.random.default_rng(1).normal(size=(2, HALF_ADDER.n_parameters))
    along = linear_interpolation(HALF_ADDER, *theta, 5)
    lines = plot.line(along, "outputs").get_lines()
    assert len(lines) == 8
    np.testing.assert_array_equal([line.get_ydata() for line in lines], along.values("outputs").reshape(5, 8).T)


def test_a_line_has_gaps_where_it_is_not_finite_and_decades_where_it_spans_them() -> None:
    far = linear_interpolation(LINEAR, np.zeros(3), np.full(3, 1e160), 5)
    drawn = plot.line(far).get_lines()[0].get_ydata()
    assert np.isnan(drawn).tolist() == (~np.isfinite(far.loss)).tolist() == [False, True, True, True, True]
    steep = linear_interpolation(STEEP, [0.0, 0.0], [2.0, 0.0], 5)
    assert plot.line(steep).get_yscale() == "log"
    assert plot.line(linear_interpolation(STEEP, [0.0, 0.0], [1.0, 0.0], 5)).get_yscale() == "linear"


@pytest.mark.parametrize("kind", ["filled", "lines"])
def test_contours_run_where_the_value_is_their_level(kind: str) -> None:
    """Of x + 10 y, on a grid that is not square, interpolation is exact."""
    flat = parameter_plane(TILTED, [0.0, 0.0], (0, 1), -1.0, 2.0, (7, 4))
    ax = plot.plane(flat, kind=kind)
    contours = ax.collections[-1]
    levels = contours.levels
    assert len(levels) >= 10
    assert np.ptp(np.diff(levels)) < 1e-12
    seen = 0
    for number, path in enumerate(contours.get_paths()):
        if len(path.vertices):
            values = path.vertices @ [1.0, 10.0]
            seen += 1
            if kind == "lines":
                np.testing.assert_allclose(values, levels[number], atol=1e-9)
            else:
                assert levels[number] - 1e-9 <= values.min() <= values.max() <= levels[number + 1] + 1e-9
    assert seen >= 8
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("parameter 0", "parameter 1")
    assert ax.get_aspect() == 1.0
    assert ax.figure.axes[1].get_ylabel() == "loss"
    wide = flat.zoom((-10.0, 10.0), (0.0, 1.0))
    assert plot.plane(wide).get_aspect() == "auto"


def test_levels_are_1_2_5_of_each_decade_and_the_decades_alone_of_many() -> None:
    flat = parameter_plane(STEEP, [0.0, 0.0], (0, 1), 0.0, 1.0, (7, 4))  # from 1 to 1000
    contours = plot.plane(flat).collections[0]
    np.testing.assert_allclose(contours.levels, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
    assert isinstance(contours.norm, matplotlib.colors.LogNorm)
    many = parameter_plane(STEEP, [0.0, 0.0], (0, 1), 0.0, 3.0, (7, 4))
    np.testing.assert_allclose(plot.plane(many).collections[0].levels, 10.0 ** np.arange(10))


def test_what_is_not_finite_is_left_to_the_colour_of_what_diverged() -> None:
    """Weights beyond 1e154 have an infinite loss; no contour reaches there, and the ground has the colour."""
    flat = parameter_plane(LINEAR, np.zeros(3), (0, 1), -1e155, 1e155, steps=21)
    bad = ~np.isfinite(flat.loss)
    assert 0 < bad.sum() < bad.size
    ax = plot.plane(flat)
    assert to_hex(ax.get_facecolor()).upper() == plot.OUTCOME_COLOURS["diverged"]
    inside = np.argwhere(~bad)
    reach = np.abs([flat.coordinates[0][inside[:, 1]], flat.coordinates[1][inside[:, 0]]]).max()
    assert max(np.abs(path.vertices).max(initial=0.0) for path in ax.collections[0].get_paths()) <= reach


def test_a_loss_of_0_is_drawn_at_the_lowest_level_and_leaves_no_hole() -> None:
    small = parameter_plane(LINEAR, np.zeros(3), (0, 1), -1.0, 1.0, steps=21)
    assert small.loss[10, 10] == 0.0
    contours = plot.plane(small).collections[0]
    assert [path.contains_point((0.0, 0.0)) for path in contours.get_paths()].index(True) == 0


def test_of_outputs_that_of_the_pattern_and_the_output_is_drawn() -> None:
    theta = np.random.default_rng(1).normal(size=HALF_ADDER.n_parameters)
    flat = ls.slices.random_plane(HALF_ADDER, theta, 0.5, steps=(5, 3))
    values = flat.values("outputs")[:, :, 0, 1]
    ax = plot.plane(flat, "outputs", pattern=0, output=1)
    levels = ax.collections[0].levels
    assert ax.figure.axes[1].get_ylabel() == "output 1 for pattern 0"
    step = levels[1] - levels[0]
    assert levels[0] <= values.min() < levels[0] + step
    assert levels[-1] - step < values.max() <= levels[-1]


@pytest.mark.parametrize(("function", "label"), [(TILTED, "loss"), (STEEP, "loss, logarithm to base 10")])
def test_a_surface_in_3_d_stands_on_its_plane(function: Any, label: str) -> None:
    """Its corners lie on x + 10 y, or, of the logarithm, on x + 2 y."""
    flat = parameter_plane(function, [0.0, 0.0], (0, 1), 1.0, 2.0, (7, 4))
    ax: Any = plot.plane(flat, kind="surface")
    drawn = ax.collections[0]  # its corners, in Matplotlib 3.9 one array
    corners = np.concatenate([np.asarray(face) for face in drawn._faces]) if hasattr(drawn, "_faces") else drawn._vec[:3].T
    np.testing.assert_allclose(corners[:, 2], corners[:, :2] @ [1.0, 10.0 if function is TILTED else 2.0], atol=1e-9)
    assert ax.get_zlabel() == label


def test_counts_and_names_have_a_colour_each_that_the_legend_names() -> None:
    flat = ls.slices.random_plane(S, THETA[0], 4.0, steps=(21, 13), seed=2)
    for quantity, title in (("patterns_right", "patterns right"), ("function", "function computed")):
        ax = plot.plane(flat, quantity)
        legend, mesh = ax.get_legend(), ax.collections[0]
        assert legend.get_title().get_text() == title
        shown = {to_hex(patch.get_facecolor()): text.get_text() for patch, text in zip(
            legend.get_patches(), legend.get_texts(), strict=True)}  # fmt: skip
        assert len(shown) == len(np.unique(flat.values(quantity)))
        if quantity == "function":
            assert {name: colour.upper() for colour, name in shown.items()}.items() <= plot.FUNCTION_COLOURS.items()
        drawn = mesh.to_rgba(mesh.get_array()).reshape(-1, 4)
        names = [shown[to_hex(colour)] for colour in drawn]
        assert names == [str(value) for value in flat.values(quantity).ravel()]


def test_an_index_where_nothing_is_finite_has_the_colour_of_what_diverged() -> None:
    deep = ls.Surface(activation="identity", output="identity")
    flat = parameter_plane(deep, np.zeros(9), (0, 6), -1e160, 1e160, steps=5)
    assert -1 in flat.values("index")
    legend = plot.plane(flat, "index").get_legend()
    colours = {text.get_text(): to_hex(patch.get_facecolor()).upper() for patch, text in zip(
        legend.get_patches(), legend.get_texts(), strict=True)}  # fmt: skip
    assert colours["-1"] == plot.OUTCOME_COLOURS["diverged"]


def laid_path() -> ls.Laid:
    """From (0, 0) by (4, 0) to (4, 1); its second half is drawn at half its loss."""
    coordinates = np.array([[x, 0.0] for x in np.linspace(0.0, 4.0, 41)] + [[4.0, y] for y in np.linspace(0.1, 1.0, 10)])
    loss = np.ones(len(coordinates))
    drawn = np.where(np.arange(len(loss)) < 30, 1.0, 0.5)
    return ls.Laid(coordinates, coordinates, np.zeros(len(loss)), loss, drawn)


def test_a_path_goes_from_a_square_to_a_star_and_is_hollow_where_it_is_off() -> None:
    laid = laid_path()
    figure, ax = plt.subplots()
    ax.set(xlim=(0.0, 10.0), ylim=(0.0, 10.0))
    plot.trajectory(laid, ax=ax, color="red", label="run 3")
    for line in ax.get_lines():
        np.testing.assert_array_equal(line.get_xydata(), laid.coordinates)
    assert [line.get_label() for line in ax.get_lines()][1] == "run 3"
    full, hollow, start, end = ax.collections
    assert shades(full) == shades(start) == ["#FF0000"]
    assert not shades(hollow)
    assert not shades(end)
    np.testing.assert_array_equal(start.get_offsets(), [[0.0, 0.0]])
    np.testing.assert_array_equal(end.get_offsets(), [[4.0, 1.0]])
    assert len(start.get_paths()[0].vertices) < len(end.get_paths()[0].vertices)  # a square and a star
    marks = np.concatenate([full.get_offsets(), hollow.get_offsets()])
    assert (full.get_offsets()[:, 0] < 2.95).all()
    assert (hollow.get_offsets()[:, 0] > 2.95).all()
    assert {(0.0, 0.0), (4.0, 1.0)} <= {tuple(place) for place in marks}
    assert 10 <= len(marks) <= 16  # half the picture long: half of 25, and both ends
    gaps = np.abs(np.diff(np.asarray(marks), axis=0)).sum(axis=1)
    assert gaps.max() <= 0.5  # four hundredths of the picture, up to the next point of the path
    whole = plot.trajectory(laid, color="red", off_by=0.6).collections
    assert shades(whole[0]) == shades(whole[3]) == ["#FF0000"]
    assert not len(whole[1].get_offsets())
    plt.close(figure)


def test_a_spectrum_is_all_eigenvalues_in_the_order_of_loss() -> None:
    points = ls.find_stationary_points(ls.Surface(l2=1e-3), 40, max_index=2)
    ax = plot.spectrum(points)
    drawn = np.concatenate([np.asarray(each.get_offsets()) for each in ax.collections])
    finite = np.isfinite(points.eigenvalues)
    expected = np.column_stack([np.nonzero(finite)[0], points.eigenvalues[finite]])
    np.testing.assert_array_equal(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    zero = points.tolerances["zero_eigenvalue"]
    for each in ax.collections:
        columns = points.table.iloc[np.unique(np.asarray(each.get_offsets())[:, 0]).astype(int)]
        (named,) = set(zip(columns["kind"].str.replace("_", " "), columns["index"], strict=True))
        assert each.get_label() == (named[0] if named[1] == 0 else f"{named[0]} of index {named[1]}")
    assert ax.yaxis.get_transform().linthresh == max(zero, 1e-12)
    assert {"strict minimum", "saddle of index 1"} <= {each.get_label() for each in ax.collections}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("stationary point, by loss", "Hessian eigenvalue")


@pytest.mark.parametrize("kind", ["filled", "lines", "surface"])
@pytest.mark.parametrize("far", [1e160, 1e200])
def test_what_is_not_finite_has_its_colour_and_a_name(kind: str, far: float) -> None:
    """Squared errors of weights beyond 1e154 are infinite: all of them, or all but those in the middle."""
    middle = 0.0 if far == 1e160 else 1.5e200
    on = parameter_plane(LINEAR, np.full(3, middle), (0, 1), middle - far / 10, middle + far / 10, steps=11)
    finite = np.isfinite(on.loss)
    assert finite.any() == (far == 1e160)
    ax = plot.plane(on, kind=kind)
    (said,) = ax.get_legend().get_texts()
    assert said.get_text() == "not finite"
    if kind == "surface":
        ax.figure.canvas.draw()
        drawn = ax.collections[0].get_facecolors()
        assert to_rgba(plot.OUTCOME_COLOURS["diverged"]) in {tuple(colour) for colour in drawn}
        assert len(drawn) == 100  # no hole
    fine = plot.plane(parameter_plane(LINEAR, np.zeros(3), (0, 1), -1.0, 1.0, steps=11), kind=kind)
    assert fine.get_legend() is None


def test_spectra_and_lines_of_outputs_are_explained_and_counts_have_whole_ticks() -> None:
    points = ls.find_minima(S, 20)
    ax = plot.spectrum(points)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ax.get_legend_handles_labels()[1]
    assert all(tick == round(tick) for tick in ax.get_xticks())
    along = linear_interpolation(S, THETA[0], THETA[1], 7)
    assert len(plot.line(along, "outputs").get_legend().get_texts()) == 4
    right = plot.line(along, "patterns_right")
    assert all(tick == round(tick) for tick in right.get_yticks())
