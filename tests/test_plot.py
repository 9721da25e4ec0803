"""Pictures: what is drawn, not only that something is."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from landscape import plot

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
