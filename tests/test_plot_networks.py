"""Pictures of one network: every colour, line, square and name is the network's."""

from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba

import landscape as ls
from landscape import plot
from landscape.plot.style import SPARE_COLOURS

matplotlib.use("agg")
INPUTS = [[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]]
TWO = ls.Surface(ls.Problem(INPUTS, [[0, 1], [1, 1], [1, 0], [1, 0]]), hidden=2, shortcut=True)
THETA = np.random.default_rng(3).normal(scale=2.0, size=TWO.n_parameters)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("output", [0, 1])
def test_a_decision_surface_is_that_of_the_output(output: int) -> None:
    ax = plot.decision_surface(TWO, THETA, output=output)
    mesh, *contours, patterns = ax.collections
    x, y = np.linspace(-1.0, 3.0, 201), np.linspace(-0.5, 1.5, 201)
    square = np.stack(np.meshgrid(x, y), axis=-1)
    values = TWO.forward(THETA, square.reshape(-1, 2))[:, output].reshape(201, 201)
    np.testing.assert_array_equal(np.asarray(mesh.get_array()).reshape(201, 201), values)
    np.testing.assert_allclose([*ax.get_xlim(), *ax.get_ylim()], [-1.0, 3.0, -0.5, 1.5])
    assert mesh.get_clim() == (0.0, 1.0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input 0", "input 1")
    assert ax.figure.axes[1].get_ylabel() == f"output {output}"
    on = TWO.table.targets[:, output] > 0.5
    np.testing.assert_array_equal(patterns.get_offsets(), INPUTS)
    assert [to_hex(colour) for colour in patterns.get_facecolors()] == ["#000000" if each else "#ffffff" for each in on]
    parts = TWO.unpack(THETA)
    expected = {"#000000": lambda at: TWO.forward(THETA, at)[:, output] - 0.5}
    for j in range(2):
        expected[SPARE_COLOURS[j + 1].lower()] = lambda at, j=j: at @ parts["W1"][j] + parts["b1"][j]
    assert len(contours) == 3
    for contour in contours:
        vertices = np.concatenate([path.vertices for path in contour.get_paths()])
        assert np.abs(expected[to_hex(contour.get_edgecolors()[0])](vertices)).max() < 1e-3


def test_an_output_of_one_is_called_output() -> None:
    surface = ls.Surface()
    ax = plot.decision_surface(surface, np.ones(9))
    assert ax.figure.axes[1].get_ylabel() == "output"


def test_weights_stand_in_the_row_of_their_unit_and_the_column_of_what_it_reads() -> None:
    ax = plot.weights(TWO, THETA)
    parts = TWO.unpack(THETA)
    columns = [text.get_text() for text in ax.get_xticklabels()]
    rows = [text.get_text() for text in ax.get_yticklabels()]
    assert columns == ["input 0", "input 1", "hidden 0", "hidden 1", "bias"]
    assert rows == ["hidden 0", "hidden 1", "output 0", "output 1"]
    expected = {}
    for j in range(2):
        read = {"input 0": parts["W1"][j, 0], "input 1": parts["W1"][j, 1], "bias": parts["b1"][j]}
        expected |= {(f"hidden {j}", name): value for name, value in read.items()}
    for k in range(2):
        names = ("hidden 0", "hidden 1", "input 0", "input 1")
        expected |= {(f"output {k}", name): value for name, value in zip(names, parts["W2"][k], strict=True)}
        expected[f"output {k}", "bias"] = parts["b2"][k]
    squares = ax.patches[1::2]
    found = {}
    for square in squares:
        x, y = square.get_x() + square.get_width() / 2, square.get_y() + square.get_height() / 2
        sign = 1.0 if square.get_facecolor() == to_rgba("white") else -1.0
        found[rows[round(y)], columns[round(x)]] = sign * (square.get_width() / 0.92) ** 2
    assert set(found) == set(expected)
    largest = np.abs(THETA).max()
    for place, value in expected.items():
        assert found[place] == pytest.approx(value / largest), place
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row above
    assert ax.get_title() == f"largest weight {largest:.3g}"


def test_a_strip_shows_loss_slope_and_units_with_the_plateaus_shaded() -> None:
    surface = ls.Surface(hidden=2)
    run: Any = ls.replay(surface, ls.Protocol(lr=1.0, budget=2_000), run=0, every=20)
    still = ls.plateaus(run)
    assert len(still)
    panels = plot.plateau_strip(run, still).child_axes
    assert len(panels) == 3
    for panel, values, label in zip(panels, (run.loss, run.grad_norm), ("loss", "gradient norm"), strict=False):
        np.testing.assert_array_equal(panel.get_lines()[0].get_xydata(), np.column_stack([run.epochs, values]))
        assert panel.get_ylabel() == label
        assert panel.get_yscale() == ("log" if values.max() > 30.0 * values.min() else "linear")
    assert {panel.get_yscale() for panel in panels[:2]} == {"linear", "log"}
    lines = panels[2].get_lines()
    for number, line in enumerate(lines):
        j, pattern = divmod(number, 4)
        np.testing.assert_array_equal(line.get_ydata(), run.units[:, pattern, j])
        assert line.get_color() == SPARE_COLOURS[j + 1]
    legend = panels[2].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["unit 0", "unit 1"]
    assert [line.get_color() for line in legend.get_lines()] == list(SPARE_COLOURS[1:3])
    assert (panels[2].get_xlabel(), panels[2].get_ylabel()) == ("epochs", "hidden units")
    for panel in panels:
        assert panel.get_xlim() == (0.0, run.epochs[-1])
        shaded = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in panel.patches]
        assert shaded == [(row.first, row.last) for row in still.itertuples(index=False)]


@pytest.mark.parametrize("draw", [plot.weights, plot.decision_surface])
@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_network_that_is_not_finite_is_refused(draw: Any, value: float) -> None:
    theta = np.ones(9)
    theta[3] = value
    with pytest.raises(ValueError, match="theta is not finite and cannot be drawn"):
        draw(ls.Surface(), theta)


def test_outputs_beyond_all_numbers_are_drawn_as_none() -> None:
    surface = ls.Surface(activation="identity", output="identity")
    ax = plot.decision_surface(surface, np.full(9, 1e200))
    assert len(ax.collections) == 2  # outputs and patterns, and no boundary


def test_a_table_of_something_else_shades_nothing() -> None:
    run: Any = ls.replay(ls.Surface(), ls.Protocol(budget=5))
    with pytest.raises(ValueError, match='column="first" is not known; Known: epochs'):
        plot.plateau_strip(run, pd.DataFrame({"epochs": [1]}))
