"""Pictures of maps: every cell, scale and name is the map's."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import LogNorm, to_rgba
from numpy.typing import NDArray

import landscape as ls
from landscape import plot
from landscape._kernels.trainer import OUTCOMES
from landscape.plot.maps import SOLVED

matplotlib.use("agg")
Array = NDArray[np.float64]


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def small_map(codes: list[list[int]]) -> ls.BasinMap:
    """Starts in two rows of three, with these outcomes and 10, 20, ... epochs."""
    surface, outcome = ls.Surface(), np.array(codes, np.int8)
    plane = ls.slices.parameter_plane(surface, np.zeros(9), (0, 5), 1.0, 3.0, (3, 2))
    epochs = 10 * np.arange(1, outcome.size + 1).reshape(outcome.shape)
    ends = np.zeros((*outcome.shape, 9))
    return ls.BasinMap(surface, ls.Protocol(budget=100), plane, outcome, epochs, epochs * 0.1, ends)


def test_a_basin_map_has_each_start_in_its_place_and_colour() -> None:
    """On a scale from 0 to the budget where solved, in the outcome's own colour elsewhere."""
    data = small_map([[0, 1, 2], [3, 0, 0]])
    ax = plot.basin_map(data)
    (image,) = ax.images
    assert image.origin == "lower"
    assert tuple(image.get_extent()) == pytest.approx((0.5, 3.5, 0.0, 4.0))
    assert (ax.get_xlabel(), ax.get_ylabel()) == data.plane.labels == ("W1[0,0]", "b1[1]")
    for place in np.ndindex(2, 3):
        name = OUTCOMES[data.outcome[place]]
        expected = SOLVED(data.epochs[place] / 100.0) if name == "solved" else to_rgba(plot.OUTCOME_COLOURS[name])
        np.testing.assert_allclose(image.get_array()[place], expected, atol=0.005, err_msg=str(place))
    legend = ax.get_legend()
    named = {text.get_text(): patch.get_facecolor() for patch, text in zip(
        legend.get_patches(), legend.get_texts(), strict=True)}  # fmt: skip
    words = {"stalled": "stalled", "diverged": "diverged", "not solved": "budget"}
    assert named == {word: to_rgba(plot.OUTCOME_COLOURS[outcome]) for word, outcome in words.items()}
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "epochs until solved"
    assert bar.get_ylim() == (0.0, 100.0)
    assert plot.epochs_scale(data).get_clim() == (0.0, 100.0)


def test_a_basin_map_where_all_are_solved_needs_no_legend() -> None:
    assert plot.basin_map(small_map([[0, 0, 0], [0, 0, 0]])).get_legend() is None


def trained() -> pd.DataFrame:
    """Two scales by three rates; one cell where more than half of the runs diverged, one where less than half did."""
    places = [(lr, scale) for scale in (1.0, 2.0) for lr in (0.1, 1.0, 10.0)]
    shares = {"rate": np.linspace(0.1, 0.6, 6), "diverged_rate": [0.0, 0.0, 0.6, 0.0, 0.0, 0.4]}
    table = pd.DataFrame(places, columns=["lr", "init_scale"]).assign(
        **shares, median_epochs=[3.0, 5.0, 7.0, 9.0, 11.0, np.inf]
    )
    return table.sample(frac=1.0, random_state=0)[["lr", "init_scale", "rate", "diverged_rate", "median_epochs"]]


@pytest.mark.parametrize("value", ["rate", "median_epochs"])
def test_a_trainability_map_has_each_cell_in_its_place(value: str) -> None:
    table = trained()
    ax = plot.trainability_map(table, value=value)
    cells, over = ax.collections
    drawn = np.ma.masked_array(cells.get_array()).reshape(2, 3)
    where = table.set_index(["init_scale", "lr"])
    for row, column in np.ndindex(2, 3):
        cell = where.loc[((1.0, 2.0)[row], (0.1, 1.0, 10.0)[column])]
        hidden = cell["diverged_rate"] > 0.5 or not np.isfinite(cell[value])
        assert drawn.mask[row, column] == hidden
        assert hidden or drawn[row, column] == cell[value]
    corners = cells.get_coordinates()
    np.testing.assert_allclose(corners[0, :, 0], 10.0 ** np.array([-1.5, -0.5, 0.5, 1.5]))
    np.testing.assert_allclose(corners[:, 0, 1], [0.5, 1.5, 2.5])
    covered = np.ma.masked_array(over.get_array()).reshape(2, 3)
    assert covered.mask.tolist() == [[True, True, False], [True, True, True]]
    over.update_scalarmappable()
    assert to_rgba(plot.OUTCOME_COLOURS["diverged"]) in {tuple(colour) for colour in over.get_facecolors()}
    said = ["more than half diverged", *(["fewer than half solved"] if value == "median_epochs" else [])]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == said
    assert ax.get_legend().get_patches()[0].get_facecolor() == to_rgba(plot.OUTCOME_COLOURS["diverged"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate", "scale of the initial weights")
    assert ax.figure.axes[1].get_ylabel() == {"rate": "success rate", "median_epochs": "epochs until half are solved"}[value]
    assert cells.get_clim() == ((0.0, 1.0) if value == "rate" else (3.0, 11.0))


@pytest.mark.parametrize("kind", ["str", "category", "object"])
def test_a_trainability_map_of_words_names_its_cells(kind: str) -> None:
    table = trained().assign(optimizer=lambda table: np.where(table["init_scale"] == 1.0, "adam", "gd"))
    table["optimizer"] = table["optimizer"].astype(kind)
    ax = plot.trainability_map(table, "lr", "optimizer", colorbar=False)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["adam", "gd"]
    assert ax.get_yticks().tolist() == [0, 1]
    drawn = np.ma.masked_array(ax.collections[0].get_array()).reshape(2, 3)
    np.testing.assert_allclose(drawn[:, 0], [0.1, 0.4])
    with pytest.raises(ValueError, match="several rows for the same optimizer and rate"):
        plot.trainability_map(table.assign(rate=0.5), "optimizer", "rate")


def test_a_map_beyond_all_numbers_is_refused() -> None:
    surface = ls.Surface()
    plane = ls.slices.parameter_plane(surface, np.zeros(9), (0, 1), low=-1e308, high=1e308, steps=3)
    uneven = dataclasses.replace(plane, coordinates=(np.array([0.0, 1.0, 10.0]), np.array([0.0, 1.0, 2.0])))
    with pytest.raises(ValueError, match="are not even, as a picture's are"):
        plot.basin_map(ls.basin_map(surface, ls.Protocol(budget=1), uneven))
    with pytest.raises(ValueError, match="the map reaches beyond 1e\\+300, which no picture does"):
        plot.basin_map(ls.basin_map(surface, ls.Protocol(budget=1), plane))


def test_a_map_of_infinite_values_is_in_the_colour_of_what_is_not_solved() -> None:
    ax = plot.trainability_map(trained().assign(median_epochs=np.inf, diverged_rate=0.0), value="median_epochs")
    (patch,) = ax.patches
    assert patch.get_facecolor() == to_rgba(plot.OUTCOME_COLOURS["budget"])
    box = patch.get_path().get_extents().get_points()
    np.testing.assert_allclose(box, [[10.0**-1.5, 0.5], [10.0**1.5, 2.5]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["fewer than half solved"]
    assert len(ax.figure.axes) == 1  # there is nothing that a colour bar could say


def test_values_over_decades_have_a_logarithmic_scale() -> None:
    cells = plot.trainability_map(trained().assign(median_epochs=[1, 10, 100, 1000, 10_000, 20]), value="median_epochs")
    assert isinstance(cells.collections[0].norm, LogNorm)


BAD_MAPS: dict[str, tuple[dict[str, Any], dict[str, Any], type[Exception], str]] = {
    "x twice": ({}, {"y": "lr"}, ValueError, "x and y are both 'lr'"),
    "a level is missing": ({"lr": [0.1, np.nan]}, {}, ValueError, "column 'lr' lacks a value"),
    "rates in words": ({"rate": ["a", "b"]}, {}, TypeError, "column 'rate' of type .* holds no numbers"),
}


@pytest.mark.parametrize("case", BAD_MAPS)
def test_a_map_of_what_has_no_place_or_number_is_refused(case: str) -> None:
    columns, given, error, message = BAD_MAPS[case]
    table = pd.DataFrame({"lr": [0.1, 0.2], "hidden": 2, "rate": 0.5, "diverged_rate": 0.0} | columns)
    with pytest.raises(error, match=message):
        plot.trainability_map(table, **given)
    with pytest.raises(ValueError, match='column="rate" is not known'):
        plot.trainability_map(pd.DataFrame())
