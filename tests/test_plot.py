"""Pictures: what is drawn, not only that something is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape import plot
from landscape.slices.quantities import QUANTITIES

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def table() -> pd.DataFrame:
    places = [(a, e) for a in ("sigmoid", "tanh") for e in (100, 1000, 10_000)]
    rates = np.array([0.0, 0.25, 0.5, 0.3, 0.9, 1.0])
    return pd.DataFrame(places, columns=["activation", "epoch"]).assign(rate=rates, low=rates * 0.9, high=rates * 0.9 + 0.1)


def test_lines_and_bands_are_the_rates_and_their_intervals(table: pd.DataFrame) -> None:
    _, ax = plt.subplots()
    assert plot.success_rates(table, "epoch", by="activation", ax=ax) is ax
    for line, band, name in zip(ax.get_lines(), ax.collections, ("sigmoid", "tanh"), strict=True):
        rows = table[table.activation == name]
        assert line.get_label() == name
        assert line.get_color() == plot.COLOURS[name]
        np.testing.assert_array_equal(line.get_xydata(), rows[["epoch", "rate"]])
        drawn = band.get_paths()[0].vertices
        assert drawn[:, 1].min() == rows.low.min()
        assert drawn[:, 1].max() == rows.high.max()
    assert ax.get_xscale() == "log"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epochs", "success rate")


def test_heat_map_is_not_transposed_and_shows_its_numbers(table: pd.DataFrame) -> None:
    ax = plot.success_rates(table, "epoch", y="activation")
    (mesh,) = ax.collections
    np.testing.assert_array_equal(np.asarray(mesh.get_array()).reshape(2, 3), [[0.0, 0.25, 0.5], [0.3, 0.9, 1.0]])
    assert mesh.get_clim() == (0.0, 1.0)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["100", "1k", "10k"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["sigmoid", "tanh"]
    numbers = {text.get_position(): text.get_text() for text in ax.texts}
    assert numbers[1.5, 0.5] == "0.25"
    assert numbers[0.5, 1.5] == "0.30"


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("y", [None, "activation"])
def test_small_tables_are_drawn_too(table: pd.DataFrame, rows: int, y: str | None) -> None:
    ax = plot.success_rates(table.head(rows), "epoch", y=y)
    assert ax.get_xlabel() == "epochs"


def test_several_rows_for_one_place_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="several rows for the same epoch; choose one of each first"):
        plot.success_rates(table, "epoch")


def test_figures_are_saved_thrice_and_the_same_each_time(table: pd.DataFrame, tmp_path: Path) -> None:
    written = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        with plt.rc_context(plot.STYLE):
            figure, ax = plt.subplots()
            plot.success_rates(table, "epoch", by="activation", ax=ax)
            written.append([path.read_bytes() for path in plot.save(figure, folder, "rates")])
    assert [path.name for path in sorted((tmp_path / "a").iterdir())] == ["rates.pdf", "rates.png", "rates.svg"]
    assert written[0] == written[1]


def test_drawing_leaves_the_global_style_alone(table: pd.DataFrame) -> None:
    before = dict(matplotlib.rcParams)
    plot.success_rates(table, "epoch", by="activation")
    assert dict(matplotlib.rcParams) == before


@pytest.fixture(scope="module")
def surface() -> ls.Surface:
    return ls.Surface(hidden=2, activation="tanh")


@pytest.fixture(scope="module")
def solved(surface: ls.Surface) -> ls.Result:
    return ls.train(surface, ls.Protocol(lr=1.0, budget=2_000), runs=40)


def one_plane(surface: ls.Surface, solved: ls.Result) -> ls.Slice:
    return ls.slices.random_plane(surface, solved.theta[0], distance=4.0, steps=(21, 31), seed=2)


def pictures(surface: ls.Surface, solved: ls.Result) -> dict[str, Callable[..., Any]]:
    """Every picture of a surface, as a function of the axes."""
    flat = one_plane(surface, solved)
    run = ls.replay(surface, solved.protocol, run=0, every=5)
    points = ls.find_minima(surface, 20)
    lr, scale = ("lr", [0.1, 1.0, 10.0]), ("init_scale", [0.5, 1.0])
    trained = ls.trainability_map(surface, ls.Protocol(budget=50), lr, scale, runs=4)
    seen = ls.train(surface, solved.protocol, runs=9, checkpoints=range(0, 2001, 100)).checkpoints
    return {
        "line": partial(plot.line, ls.slices.random_line(surface, solved.theta[0])),
        **{name: partial(plot.plane, flat, name) for name in QUANTITIES},
        "lines": partial(plot.plane, flat, kind="lines"),
        "trajectory": partial(plot.trajectory, flat.lay(run.theta)),
        "spectrum": partial(plot.spectrum, points),
        "basin_map": partial(plot.basin_map, ls.basin_map(surface, ls.Protocol(budget=20), flat)),
        "trainability_map": partial(plot.trainability_map, trained),
        "decision_surface": partial(plot.decision_surface, surface, solved.theta[0]),
        "weights": partial(plot.weights, surface, solved.theta[0]),
        "plateau_strip": partial(plot.plateau_strip, run, ls.plateaus(run)),
        "learning_curves": partial(plot.learning_curves, seen),
        "time_to_solution": partial(plot.time_to_solution, ls.time_to_solution(solved.runs)),
        "expected_running_time": partial(
            plot.expected_running_time, ls.expected_running_time(solved.runs, "activation"), "activation"
        ),
    }


def test_every_picture_is_drawn_on_its_own_axes_and_on_given_ones(
    surface: ls.Surface, solved: ls.Result, tmp_path: Path
) -> None:
    before = dict(matplotlib.rcParams)
    for name, draw in pictures(surface, solved).items():
        figure, ax = plt.subplots()
        assert draw(ax=ax) is ax, name
        assert ax.has_data() or ax.child_axes or ax.patches, name
        own = draw()
        assert own.figure is not figure, name
        own.figure.savefig(tmp_path / "picture.png")
        plt.close("all")
    assert dict(matplotlib.rcParams) == before


def test_a_plane_is_not_transposed_and_has_the_levels_of_its_loss(surface: ls.Surface, solved: ls.Result) -> None:
    flat = one_plane(surface, solved)
    ax = plot.plane(flat, "patterns_right")
    mesh = ax.collections[0]
    names = [int(text.get_text()) for text in ax.get_legend().get_texts()]
    drawn = np.array(names)[np.asarray(mesh.get_array()).reshape(flat.shape)]
    np.testing.assert_array_equal(drawn, flat.values("patterns_right"))
    assert flat.shape == (31, 21)
    assert ax.get_xlabel() == "random direction 1"
    filled = plot.plane(flat)
    contours = filled.collections[0]
    assert contours.levels[0] <= flat.loss.min()
    assert contours.levels[-1] >= flat.loss.max()
    assert filled.figure.axes[1].get_ylabel() == "loss"


def test_losses_of_0_and_infinity_are_drawn_as_what_they_are() -> None:
    """A linear unit of weights beyond 1e154 has an infinite squared error; with all weights 0 and targets 0 it has none."""
    flat = ls.slices.parameter_plane(
        ls.Surface("false", hidden=0, output="identity"), np.zeros(3), (0, 1), -1e160, 1e160, steps=21
    )
    assert np.isinf(flat.loss).any()
    assert (flat.loss == 0.0).any()
    ax = plot.plane(flat)
    assert ax.get_facecolor() == matplotlib.colors.to_rgba(plot.OUTCOME_COLOURS["diverged"])
    small = ls.slices.parameter_plane(flat.surface, np.zeros(3), (0, 1), -1.0, 1.0, steps=21)
    assert small.loss.min() == 0.0
    contours = plot.plane(small).collections[0]
    assert contours.levels[0] > 0.0
    assert contours.norm.vmin > 0.0
    plot.plane(small, kind="surface").figure.canvas.draw()
    nowhere = ls.slices.parameter_plane(flat.surface, np.full(3, 1e200), (0, 1), 1e200, 2e200, steps=3)
    plot.plane(nowhere).figure.canvas.draw()


def test_points_that_are_off_are_hollow(surface: ls.Surface, solved: ls.Result) -> None:
    flat = one_plane(surface, solved)
    laid = flat.lay(np.vstack([flat.theta[3, 4], flat.theta[20, 9], solved.theta[5]]))
    assert laid.off().tolist() == [False, False, True]
    faces = [len(each.get_facecolors()) for each in plot.trajectory(laid).collections]
    assert faces == [1, 0, 1, 0]  # marks on the plane, off it; start on it, end off it
    assert "1 of 3 points" in laid.caption()


def test_a_basin_map_shows_epochs_where_solved_and_outcomes_elsewhere(surface: ls.Surface, solved: ls.Result) -> None:
    data = ls.basin_map(surface, ls.Protocol(lr=1.0, budget=30), one_plane(surface, solved), (12, 8))
    ax = plot.basin_map(data)
    image = ax.images[0].get_array()
    assert image.shape[:2] == (8, 12)
    black = (np.asarray(image)[..., :3] == 0.0).all(axis=-1)
    np.testing.assert_array_equal(black, data.outcome == 3)
    x = data.plane.coordinates[0]
    assert ax.images[0].get_extent()[:2] == pytest.approx([x[0] - (x[1] - x[0]) / 2, x[-1] + (x[1] - x[0]) / 2])


def test_a_trainability_map_has_logarithmic_axes_and_shows_what_diverged() -> None:
    rates = np.linspace(0.0, 1.0, 6)
    places = [(lr, scale) for scale in (1.0, 2.0) for lr in (0.1, 1.0, 10.0)]
    table = pd.DataFrame(places, columns=["lr", "init_scale"]).assign(rate=rates, diverged_rate=[0, 0, 1, 0, 0, 0.4])
    ax = plot.trainability_map(table)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    values = np.ma.masked_array(ax.collections[0].get_array()).reshape(2, 3)
    assert values.mask.tolist() == [[False, False, True], [False, False, False]]
    np.testing.assert_allclose(values.compressed(), rates[[0, 1, 3, 4, 5]])
    assert ax.get_xlim() == pytest.approx((10**-1.5, 10**1.5))
    plot.trainability_map(table.head(1))
    plot.trainability_map(table.head(0))


def test_weights_are_squares_of_their_area(surface: ls.Surface) -> None:
    theta = np.arange(1.0, 10.0) * np.where(np.arange(9) % 2, -1.0, 1.0)
    squares = plot.weights(surface, theta).patches[1::2]
    areas = np.array([square.get_width() * square.get_height() for square in squares])
    colours = [square.get_facecolor()[0] > 0.5 for square in squares]
    shown = theta[[0, 1, 4, 2, 3, 5, 6, 7, 8]]
    np.testing.assert_allclose(areas / areas.max(), np.abs(shown) / 9.0)
    assert colours == (shown > 0.0).tolist()


def test_a_decision_surface_shows_the_outputs_over_the_square(surface: ls.Surface, solved: ls.Result) -> None:
    ax = plot.decision_surface(surface, solved.theta[3])
    values = np.asarray(ax.collections[0].get_array()).reshape(201, 201)
    corners = [values[50, 50], values[150, 50], values[50, 150], values[150, 150]]  # (0, 0), (0, 1), (1, 0), (1, 1)
    np.testing.assert_allclose(corners, surface.forward(solved.theta[3])[:, 0], rtol=1e-9)
    with pytest.raises(ValueError, match="3 inputs make no square"):
        plot.decision_surface(ls.Surface("parity3"), np.zeros(11))


def test_learning_curves_count_diverged_runs_as_infinite() -> None:
    table = pd.DataFrame(
        {"run": [0, 1, 2, 0, 1, 2], "epoch": [0, 0, 0, 9, 9, 9], "loss": [1.0, 2.0, 3.0, 0.1, np.nan, np.nan]}
    )
    (median,) = plot.learning_curves(table).get_lines()
    np.testing.assert_array_equal(median.get_ydata(), [2.0, np.nan])


def test_time_to_solution_is_drawn_as_steps_to_the_budget() -> None:
    runs = pd.DataFrame({"solved": [True, True, False, False], "epochs": [3, 50, 100, 2], "budget": 100})
    table = ls.time_to_solution(runs)
    assert table[["epoch", "solved"]].to_numpy().tolist() == [[0, 0], [3, 1], [50, 2], [100, 2]]
    (curve,) = plot.time_to_solution(table).get_lines()
    np.testing.assert_array_equal(curve.get_xydata(), table[["epoch", "rate"]])
    assert curve.get_drawstyle() == "steps-post"
    plot.time_to_solution(ls.time_to_solution(runs.head(0)))


@pytest.mark.parametrize("rows", [0, 1])
def test_every_picture_of_a_table_takes_no_row_and_one(surface: ls.Surface, solved: ls.Result, rows: int) -> None:
    seen = pd.DataFrame({"run": [0], "epoch": [0], "loss": [1.0], "activation": ["tanh"]}).head(rows)
    assert len(plot.learning_curves(seen).get_lines()) == 1
    assert len(plot.learning_curves(seen, by="activation").get_lines()) == rows
    times = ls.time_to_solution(solved.runs.head(rows), by=["activation"])
    assert len(plot.time_to_solution(times, by="activation").get_lines()) == rows
    flat = one_plane(surface, solved)
    assert len(plot.trajectory(flat.lay(solved.theta[:rows])).get_lines()) == 2 * rows
    points = ls.find_minima(surface, 20)
    few = replace(points, table=points.table.head(rows), theta=points.theta[:rows], eigenvalues=points.eigenvalues[:rows])
    assert (
        sum(len(each.get_offsets()) for each in plot.spectrum(few).collections) == rows * np.isfinite(few.eigenvalues).sum()
    )
    run = ls.replay(surface, solved.protocol, run=0, every=5)
    assert len(plot.plateau_strip(run, ls.plateaus(run).head(rows)).child_axes[0].patches) == rows
    plt.gcf().canvas.draw()


LINE = ls.slices.random_line(ls.Surface(), np.zeros(9), steps=3)
PLANE = ls.slices.parameter_plane(ls.Surface(), np.zeros(9), (0, 1), steps=3)
RUN = ls.replay(ls.Surface(), ls.Protocol(budget=3))
MAP = ls.trainability_map(ls.Surface(), ls.Protocol(budget=3), ("lr", [0.1]), ("hidden", [1]), runs=2)
NO_PICTURE: dict[str, tuple[Callable[[], Any], str]] = {
    "basin_map": (lambda: plot.basin_map(None), "data of type NoneType does not fit; give one of type BasinMap"),
    "trainability_map": (lambda: plot.trainability_map(None), "table of type NoneType does not fit"),
    "trainability_map of no column": (lambda: plot.trainability_map(MAP, value="x"), 'column="x" is not known'),
    "line": (lambda: plot.line(None), "along of type NoneType does not fit; give one of type Slice"),
    "line of names": (lambda: plot.line(LINE, "function"), 'quantity="function" has names and no heights'),
    "plane": (lambda: plot.plane(None), "on of type NoneType does not fit; give one of type Slice"),
    "plane of a pattern too many": (lambda: plot.plane(PLANE, "outputs", pattern=4), "pattern=4 is out of range"),
    "plane of an output too many": (lambda: plot.plane(PLANE, "outputs", output=1), "output=1 is out of range"),
    "surface of counts": (lambda: plot.plane(PLANE, "index", "surface"), 'quantity="index" is drawn point by point'),
    "surface of names": (lambda: plot.plane(PLANE, "function", "surface"), 'give kind="filled"'),
    "trajectory": (lambda: plot.trajectory(None), "laid of type NoneType does not fit; give one of type Laid"),
    "spectrum": (lambda: plot.spectrum(None), "points of type NoneType does not fit; give one of type Points"),
    "decision_surface": (lambda: plot.decision_surface(None, np.zeros(9)), "surface of type NoneType does not fit"),
    "decision_surface of an output too many": (
        lambda: plot.decision_surface(ls.Surface(), np.zeros(9), output=1),
        "output=1 is out of range",
    ),
    "weights": (lambda: plot.weights(None, np.zeros(9)), "surface of type NoneType does not fit"),
    "plateau_strip": (lambda: plot.plateau_strip(None), "trajectory of type NoneType does not fit"),
    "plateau_strip of no table": (lambda: plot.plateau_strip(RUN, 3), "plateaus of type int does not fit"),
    "success_rates": (lambda: plot.success_rates(None, "lr"), "table of type NoneType does not fit"),
    "success_rates of no column": (lambda: plot.success_rates(MAP, "width"), 'column="width" is not known'),
    "time_to_solution of runs": (lambda: plot.time_to_solution(MAP), 'column="epoch" is not known'),
    "expected_running_time of rates": (lambda: plot.expected_running_time(MAP, "lr"), 'column="expected_running_time" is'),
    "save of no figure": (
        lambda: plot.save(None, "x", "y"),
        "figure of type NoneType does not fit; give one of type Figure",
    ),
    "save without a name": (lambda: plot.save(plt.figure(), "x", ""), "title='' names no file; give one such as"),
    "save of a hidden name": (lambda: plot.save(plt.figure(), "x", "."), "title='.' names no file"),
}


@pytest.mark.parametrize("case", NO_PICTURE)
def test_what_cannot_be_drawn_is_refused_before_a_figure_is_made(case: str) -> None:
    attempt, message = NO_PICTURE[case]
    plt.close("all")
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        attempt()
    assert len(plt.get_fignums()) == ("without a name" in case or "hidden" in case)
    plt.close("all")
