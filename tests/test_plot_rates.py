"""Pictures of tables of runs: every line, band and name is the table's."""

from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import landscape as ls
from landscape import plot
from landscape.plot.style import HIGHEST, SPARE_COLOURS
from landscape.problems import BOOLEAN_NAMES

matplotlib.use("agg")
LEVELS = {"sigmoid": 1.0, "tanh": 10.0}


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def vertices(band: matplotlib.collections.Collection) -> set[tuple[float, float]]:
    drawn: NDArray[np.float64] = band.get_paths()[0].vertices
    return {(float(x), float(y)) for x, y in drawn}


def test_learning_curves_are_median_and_quantiles_of_each_level() -> None:
    """Of losses 1 to 11, times the level: the median is 6, the tenth and the ninetieth hundredth are 2 and 10."""
    rows = [(a, e, n * size / (1 + e)) for a, size in LEVELS.items() for e in (0, 9, 99) for n in range(1, 12)]
    ax = plot.learning_curves(pd.DataFrame(rows, columns=["activation", "epoch", "loss"]), by="activation")
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epochs", "loss")
    for line, band, (name, size) in zip(ax.get_lines(), ax.collections, LEVELS.items(), strict=True):
        assert (line.get_label(), line.get_color()) == (name, plot.COLOURS[name])
        np.testing.assert_allclose(line.get_xydata(), [(e, 6.0 * size / (1 + e)) for e in (0, 9, 99)])
        edges = {(float(e), share * size / (1 + e)) for e in (0, 9, 99) for share in (2.0, 10.0)}
        np.testing.assert_allclose(sorted(vertices(band)), sorted(edges))


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], type[Exception], str]] = {
    "no loss": ({"loss": None}, {}, ValueError, 'column="loss" is not known; Known: run, epoch, solved'),
    "text": ({"loss": "low"}, {}, TypeError, "column 'loss' of type .* holds no numbers"),
    "one quantile": ({}, {"quantiles": 0.5}, TypeError, "quantiles=0.5 are not a pair; give two shares"),
    "a quantile of words": ({}, {"quantiles": ("a", "b")}, TypeError, "quantiles='a' is not a number"),
    "quantiles beyond all": ({}, {"quantiles": (0.5, 1.5)}, ValueError, "are not two shares from 0 to 1, the lower first"),
    "quantiles turned round": ({}, {"quantiles": (0.9, 0.1)}, ValueError, "are not two shares from 0 to 1, the lower first"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_learning_curves_of_other_tables_are_refused(case: str) -> None:
    columns, given, kind, message = REFUSED[case]
    table = pd.DataFrame({"run": [0, 1], "epoch": 1, "loss": [0.1, 0.2], "solved": True}).assign(**columns)
    with pytest.raises(kind, match=message):
        plot.learning_curves(table.dropna(axis="columns"), **given)


def test_where_the_upper_quantile_diverged_the_band_reaches_above_the_median() -> None:
    losses = {
        1: np.linspace(1.0, 2.0, 10),
        10: [*[1e3] * 8, np.inf, np.nan],
        100: [*np.linspace(1e5, 2e5, 6), *[np.nan] * 4],
    }
    table = pd.concat([pd.DataFrame({"run": range(10), "epoch": epoch, "loss": loss}) for epoch, loss in losses.items()])
    ax = plot.learning_curves(table)
    (line,), vertices = ax.lines, ax.collections[0].get_paths()[0].vertices
    for epoch, median in zip(*line.get_data(), strict=True):
        band = vertices[vertices[:, 0] == epoch, 1]
        assert band.min() <= median <= band.max()


def test_a_loss_beyond_what_can_be_drawn_counts_as_diverged() -> None:
    ax = plot.learning_curves(pd.DataFrame({"run": [0, 0], "epoch": [1, 10], "loss": [1.0, 1e307]}))
    ax.figure.canvas.draw()
    assert np.isnan(ax.lines[0].get_ydata()[1])


def test_a_heat_map_has_no_lines_to_choose_by_and_missing_levels_are_drawn() -> None:
    table = pd.DataFrame({"a": ["x", "y"], "b": [1, 1], "c": ["u", "u"], "rate": [0.1, 0.9], "low": 0.0, "high": 1.0})
    with pytest.raises(ValueError, match="by='a' gives lines, and y='b' a heat map, which has none"):
        plot.success_rates(table, "c", by="a", y="b")
    line = plot.success_rates(table.assign(precision=["float32", np.nan]), "precision").lines[0]
    assert list(line.get_xdata()) == ["float32", "missing"]
    with pytest.raises(ValueError, match="the table has several curves; choose one"):
        plot.time_to_solution(table.assign(epoch=1))
    for draw in (plot.success_rates, plot.expected_running_time):
        with pytest.raises(TypeError, match="column=None is not a name"):
            draw(table, None)


def test_rates_that_are_no_numbers_are_refused_and_none_are_drawn_as_none() -> None:
    table = pd.DataFrame({"activation": ["tanh"], "rate": [0.5], "low": [0.4], "high": [0.6]})
    with pytest.raises(TypeError, match=r"column 'rate' of type .* holds no numbers"):
        plot.success_rates(table.assign(rate="half"), "activation")
    assert not plot.success_rates(table.head(0).astype({"activation": "category"}), "activation").lines


def test_time_to_solution_has_the_interval_as_steps() -> None:
    table = pd.DataFrame({"epoch": [0, 3, 50, 100], "rate": [0.0, 0.25, 0.5, 0.5], "low": [0.0, 0.1, 0.2, 0.2]})
    table = table.assign(high=table["rate"] + 0.3, activation="tanh")
    ax = plot.time_to_solution(pd.concat([table, table.assign(rate=0.1, activation="sigmoid")]), by="activation")
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == ("epochs", "share solved", "symlog")
    assert [(line.get_label(), line.get_color()) for line in ax.get_lines()] == [
        (name, plot.COLOURS[name]) for name in ("tanh", "sigmoid")
    ]
    corners = vertices(ax.collections[0])
    for side in ("low", "high"):
        held = zip(table["epoch"][1:], table[side][:-1], strict=True)  # to the next epoch the rate stays
        assert {(float(epoch), rate) for epoch, rate in held} <= corners
    assert {y for _, y in corners} == {*table["low"], *table["high"]}


@pytest.mark.parametrize(("epochs", "scale"), [((100, 2000), "linear"), ((100, 4000), "log")])
def test_an_axis_is_logarithmic_beyond_a_factor_of_thirty(epochs: tuple[int, int], scale: str) -> None:
    table = pd.DataFrame({"epoch": epochs, "rate": 0.5, "low": 0.4, "high": 0.6})
    assert plot.success_rates(table, "epoch").get_xscale() == scale


def test_settings_that_are_pooled_are_named_below_the_axis() -> None:
    runs = pd.DataFrame({"run": [0, 1] * 4, "hidden": [2] * 4 + [3] * 4, "lr": [0.1, 0.1, 1.0, 1.0] * 2, "solved": True})
    pooled = ls.success_rates(runs, "hidden")
    line = "hidden units\npooled over lr = 0.1, 1"
    assert plot.success_rates(pooled, "hidden").get_xlabel() == line
    assert plot.success_rates(pooled.assign(problem="xor"), "hidden", y="problem").get_xlabel() == line
    assert plot.success_rates(ls.success_rates(runs, ["hidden", "lr"]).head(2), "lr").get_xlabel() == "learning rate"
    seen = runs.assign(epoch=10, loss=0.1)
    assert plot.learning_curves(seen, "hidden").get_xlabel() == "epochs\npooled over lr = 0.1, 1"
    with pytest.raises(ValueError, match="run 0 stands more than once"):
        plot.learning_curves(pd.concat([seen, seen]), "hidden")
    with pytest.raises(ValueError, match=r"different budget \(1, 2\) are in one group"):
        plot.learning_curves(pd.concat([seen.assign(budget=1), seen.assign(budget=2)]), "hidden")


def test_a_colour_means_one_thing() -> None:
    assert len(set(plot.COLOURS.values())) == len(plot.COLOURS)
    assert len(set(plot.OUTCOME_COLOURS.values())) == len(plot.OUTCOME_COLOURS)
    assert set(plot.FUNCTION_COLOURS) == {"undecided", *BOOLEAN_NAMES}
    assert len(set(plot.FUNCTION_COLOURS.values())) == 17
    assert plot.OUTCOME_COLOURS["diverged"] not in plot.FUNCTION_COLOURS.values()
    assert plot.OUTCOME_COLOURS["diverged"] not in {*plot.COLOURS.values(), *SPARE_COLOURS}


def test_costs_are_drawn_with_their_intervals_the_first_on_top() -> None:
    inf = np.inf
    table = pd.DataFrame(
        {
            "hidden": [2, 2, 3, 3],
            "activation": ["tanh", "relu"] * 2,
            "expected_running_time": [100.0, 5000.0, 30.0, inf],
            "low": [80.0, 3000.0, 20.0, 9000.0],
            "high": [120.0, inf, 50.0, inf],
        }
    )
    ax = plot.expected_running_time(table, "hidden", by="activation")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["2", "3"]
    assert ax.yaxis_inverted()
    assert ax.get_xscale() == "log"
    marks = {line.get_label(): line for line in ax.get_lines() if not line.get_label().startswith("_")}
    assert marks["tanh"].get_xdata().tolist() == [100.0, 30.0]
    assert marks["relu"].get_xdata().tolist() == [5000.0]
    assert marks["tanh"].get_color() == plot.COLOURS["tanh"]
    (beyond,) = (line for line in ax.get_lines() if line.get_marker() == ">" and len(line.get_xdata()))
    assert np.round(beyond.get_ydata()).tolist() == [1.0]
    ends = [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert ends == [[80.0, 120.0], [20.0, 50.0]]
    with plt.rc_context({"figure.dpi": 100}):
        for limits in ((1.0, 1e4), (1.0, 1e6)):  # wherever the edge is, intervals without an end go to it
            ax.set_xlim(limits)
            ax.figure.canvas.draw()
            drawn = [text.arrow_patch.get_window_extent() for text in ax.texts]
            starts = ax.transData.transform([(3000.0, 0.0), (9000.0, 0.0)])[:, 0]
            np.testing.assert_allclose([box.x0 for box in drawn], starts, atol=1.0)
            np.testing.assert_allclose([box.x1 for box in drawn], ax.get_window_extent().x1, atol=1.0)
            assert beyond.get_window_extent().x0 < ax.get_window_extent().x1 < beyond.get_window_extent().x1
    with pytest.raises(ValueError, match="several rows for the same hidden"):
        plot.expected_running_time(table, "hidden")
    plot.expected_running_time(table.head(0), "hidden")
    plot.expected_running_time(table.tail(1), "hidden").figure.canvas.draw()


def test_missing_levels_are_drawn_like_others() -> None:
    """Runs in float64 have no precision in a table."""
    table = pd.DataFrame({"hidden": [2, 3, 2, 3], "precision": ["float32", "float32", None, None]})
    table = table.assign(rate=[0.1, 0.2, 0.3, 0.4], low=0.0, high=1.0)
    for gap in (None, np.nan):
        given = table.assign(precision=table["precision"].where(table["precision"].notna(), gap))
        lines = {
            line.get_label(): line.get_ydata().tolist() for line in plot.success_rates(given, "hidden", "precision").lines
        }
        assert lines == {"float32": [0.1, 0.2], "missing": [0.3, 0.4]}
        drawn = [text.get_text() for text in plot.success_rates(given, "hidden", y="precision").texts]
        assert drawn == ["0.10", "0.20", "0.30", "0.40"]
    times = table.assign(epoch=[0, 5, 0, 5]).drop(columns="hidden")
    curves = plot.time_to_solution(times, "precision").lines
    assert [(line.get_label(), len(line.get_xdata())) for line in curves] == [("float32", 2), ("missing", 2)]
    cost = table.assign(l2=[0.1, np.nan, 0.1, np.nan], expected_running_time=[1.0, 2.0, 3.0, 4.0]).drop(columns="hidden")
    ax = plot.expected_running_time(cost, "l2", "precision")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0.1", "missing"]
    assert [line.get_xdata().tolist() for line in ax.lines] == [[1.0, 2.0], [3.0, 4.0]]


def rates(**columns: Any) -> pd.DataFrame:
    """A table of rates, with the same interval everywhere."""
    return pd.DataFrame({"rate": 0.5, "low": 0.4, "high": 0.6} | columns)


def test_words_among_numbers_and_words_that_a_line_lacks_stay_in_order() -> None:
    table = rates(size=[0.9, np.nan, 0.1, 0.5], rate=[0.1, 0.2, 0.3, 0.4], low=0.0, high=1.0)
    line = plot.success_rates(table, "size").lines[0]
    assert list(line.get_xdata()) == ["0.1", "0.5", "0.9", "missing"]
    assert line.get_ydata().tolist() == [0.3, 0.4, 0.1, 0.2]
    words = rates(activation=["relu", "tanh", "relu", "sigmoid", "tanh"], hidden=[2, 2, 3, 3, 3])
    ax = plot.success_rates(words, "activation", by="hidden")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["relu", "sigmoid", "tanh"]


def test_levels_of_a_heat_map_look_different() -> None:
    table = rates(budget=[1_000_000, 1_000_001, 3000], bias=[True, False, True])
    ax = plot.success_rates(table, "budget", y="bias")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["3000", "1000000", "1000001"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["False", "True"]
    ax = plot.success_rates(table.iloc[[0, 2]], "budget", y="bias")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["3k", "1000k"]
    with pytest.raises(ValueError, match="x and y are both 'budget'"):
        plot.success_rates(table, "budget", y="budget")
    with pytest.raises(ValueError, match='column="size" is not known; Known: 0, rate'):
        plot.success_rates(pd.DataFrame({0: [1], "rate": [0.5]}), "size")


@pytest.mark.parametrize(
    "loss", [[np.nan] * 3, [np.inf] * 3, [1.0, np.nan, np.nan], [0.2, 1e290, 1e300], [1e-30, 1.0, 1e240]]
)
def test_learning_curves_of_runs_that_diverge_can_be_drawn(loss: list[float]) -> None:
    ax = plot.learning_curves(pd.DataFrame({"run": 0, "epoch": [0, 10, 20], "loss": loss}))
    ax.figure.canvas.draw()
    shown = np.isfinite(ax.lines[0].get_ydata())
    assert shown.sum() == sum(each < HIGHEST for each in loss)
    assert (ax.lines[0].get_marker() not in ("", "None")) == (shown.sum() == 1), "one point makes no line"


def test_costs_of_nothing_and_intervals_from_nothing_lie_in_the_picture() -> None:
    table = pd.DataFrame({"a": ["x", "y", "z"], "expected_running_time": [1.0, 1e5, 3.0], "low": [0.0, 1e4, 1.0]})
    ax = plot.expected_running_time(table.assign(high=[np.inf, 1e6, 6.0]), y="a")
    ax.figure.canvas.draw()
    (arrow,) = ax.texts
    assert ax.get_xscale() == "log"
    frame, drawn = ax.bbox, arrow.arrow_patch.get_path().transformed(arrow.arrow_patch.get_transform()).vertices
    assert frame.x0 - 1.0 <= drawn[:, 0].min() <= drawn[:, 0].max() <= frame.x1 + 1.0
    free = table.assign(expected_running_time=[0.0, 1e5, 3.0], high=[0.0, 1e6, 6.0])
    ax = plot.expected_running_time(free, y="a")
    ax.figure.canvas.draw()
    assert ax.get_xlim()[0] <= 0.0, "a cost of 0 has its place"
