"""Figures: drawn by name from what studies stored, what is missing is named, and what is drawn can be read."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.markers import MarkerStyle
from reading import overlap, words

import landscape as ls
from landscape import plot
from landscape.figures.common import load
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.studies.sections import SECTIONS

ROOT = Path(__file__).parents[1]
NAMES = sorted(name for section in SECTIONS for name in section.figures)


def figures(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "figures", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_figure_is_drawn_with_a_caption_from_its_table(tmp_path: Path) -> None:
    places = [(a, h, g, e) for a in ("sigmoid", "tanh") for h in (2, 3) for g in ("exact", "posted") for e in (10, 500)]
    table = pd.DataFrame(places, columns=["activation", "hidden", "gradient", "epoch"])
    table.assign(rate=0.5, low=0.4, high=0.6, runs=1234).to_parquet(tmp_path / "posted_program_widths.parquet")
    done = figures("posted_program_widths", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert made == [f"posted_program_widths.{suffix}" for suffix in ("pdf", "png", "svg", "txt")]
    caption = (tmp_path / "figures" / "posted_program_widths.txt").read_text()
    assert "1,234 networks" in caption
    assert "500 epochs" in caption


def test_missing_tables_and_unknown_names_are_said(tmp_path: Path) -> None:
    done = figures("--results", tmp_path)
    assert done.returncode == 1
    assert f"make it with: landscape study basins --out {tmp_path}" in done.stderr
    assert "posted_program_rates: " in done.stderr
    done = figures("basin", "--results", tmp_path)
    assert done.returncode == 2
    assert "'basin' is not a figure; known: basins, basins_zooms, boolean_functions" in done.stderr


# What follows draws every figure from small results, and looks at it as a reader does.


def rates(**levels: Sequence[Any]) -> pd.DataFrame:
    """A table of success rates over a grid, from 0 to 1 within each group of eleven rows, so that marks lie at both ends."""
    table = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
    rate = np.arange(len(table)) % 11 / 10.0
    return table.assign(rate=rate, low=(rate - 0.1).clip(0.0), high=(rate + 0.1).clip(None, 1.0), runs=1000, solved=500)


def tables() -> dict[str, pd.DataFrame]:
    """What the studies leave that keep tables."""
    activations, widths = ("relu", "sigmoid", "tanh"), (2, 3)
    gradients = ("exact", "posted", "no_output_slope", "sigmoid_slope")
    named = rates(activation=activations, hidden=(1, 2, 3), problem=ls.problems.BOOLEAN_NAMES)
    costs = rates(
        activation=("sigmoid", "tanh"),
        hidden=widths,
        problem=("xor 0/1 to 0/1", "xor -1/1 to 0.1/0.9"),
        objective=("a_b", "c"),
    )
    cost = np.where(costs["hidden"] == 2, np.linspace(300.0, 2000.0, len(costs)), np.geomspace(7.0, 900.0, len(costs)))
    low, high = cost / 2.0, 2.0 * cost
    cost[0] = high[0] = np.inf  # nothing solved
    programs = (
        "landscape",
        "landscape, float32",
        "yardstick",
        "jax vmap",
        "jax tuned",
        "pytorch",
        "scikit-learn",
        "numpy loop",
    )
    speed = pd.DataFrame(list(product(programs, (2, 3, 8))), columns=["program", "hidden"]).assign(
        activation="sigmoid", rounds=3
    )
    speed["median"] = (
        speed["program"].map(dict(zip(programs, (6, 4, 5, 60, 40, 900, 7e4, 2e4), strict=True))) * speed["hidden"]
    )
    return {
        "posted_program_widths": rates(activation=activations, gradient=gradients, hidden=widths, epoch=(100, 500, 10_000)),
        "posted_program_rates": rates(gradient=("posted", "exact"), hidden=widths, lr=(0.1, 1.0, 10.0), epoch=(100, 1000)),
        "success_rates": rates(init=("uniform", "xavier_normal"), activation=list(ACTIVATIONS), hidden=range(1, 11)),
        "optimizers_curves": rates(
            activation=activations, hidden=widths, optimizer=list(OPTIMIZERS), epoch=range(1, 2001, 100)
        ),
        "initial_scale": rates(
            activation=activations, hidden=widths, init=("normal", "uniform", "xavier_normal"), init_scale=(0.1, 1.0, 20.0)
        ),
        "trainability": rates(
            activation=("sigmoid", "tanh", "relu"), init_scale=(0.1, 1.0, 10.0), lr=(0.01, 1.0, 100.0)
        ).assign(output="sigmoid", diverged_rate=lambda t: np.where(t["activation"] == "relu", t["lr"] > 1.0, 0.0)),
        "boolean_functions": named.assign(number=named["problem"].map(ls.problems.BOOLEAN_NAMES.index)),
        "parity": rates(
            problem=[f"parity{n}" for n in range(2, 6)], activation=("sigmoid", "sine", "tanh"), hidden=range(1, 11)
        ),
        "encodings": costs.assign(expected_running_time=cost, cost_low=low, cost_high=high),
        "throughput": speed.assign(min=0.9 * speed["median"], max=1.1 * speed["median"]),
        **published(),
    }


def published() -> dict[str, pd.DataFrame]:
    """Two readings of each published figure, shares from 0 to 1."""
    figures = [("hamey", "Hamey 1991", f"solved by epoch {n}", "share") for n in ("54", "2,000")]
    figures += [
        ("hamey", "Hamey 1991", name, "epochs") for name in ("mean of the solved", "harmonic mean", "peak efficiency")
    ]
    for key in ("fixed_step", "steepest_descent", "polak_ribiere"):
        named = key.replace("_", " ")
        figures += [(key, "Kramer", f"{named}, solved", "share"), (key, "Kramer", f"{named}, solved after", "epochs")]
    for way in ("gd_relu", "gd_sigmoid", "adam_relu", "adam_sigmoid"):
        named = way.replace("_", ", ")
        figures += [(way, "Swirszcz et al. 2016", f"{named}, h = {h}", "share") for h in range(2, 8)]
    settings = [f"eta {eta}, momentum {momentum}" for eta in (1, 2) for momentum in (0, 0.5, 0.9)]
    starts = (0.1, 0.25, 0.5, 2, 3, 4)
    figures += [("kolen", "Kolen & Pollack 1990", f"{s}, p = {p}", "share not solved") for s in settings for p in starts]
    figures += [("schmidhuber", "Schmidhuber 1993", "draws until one computes XOR", "draws")]
    figures += [
        ("posted", "replica", f"{gradient}, {n} epochs", "share") for gradient in ("posted", "exact") for n in (500, 9000)
    ]
    table = pd.DataFrame(figures * 2, columns=["key", "name", "figure", "quantity"])
    size = np.where(table["quantity"].str.startswith("share"), 1.0, 1000.0)
    ours = size * (0.001 * (size > 1.0) + np.arange(len(table)) % 3 / 2.0)
    given = np.where(table["key"] == "kolen", np.nan, ours)
    table = table.assign(ours=ours, low=0.9 * ours, high=ours + 0.01, published=given, published_low=0.9 * ours)
    verdicts = pd.DataFrame({"readings": [2, 3], "against_text": [1, 0], "agreeing": [1, 0]})
    return {
        "published_rates": table.assign(published_high=ours + 0.01, best=table.index < len(figures)),
        "published_rates_verdicts": verdicts,
    }


def slices() -> dict[str, Any]:
    """What the study of slices leaves, of few points and few pairs."""
    surface = ls.Surface("xor", hidden=2, activation="sigmoid", l2=1e-4)
    protocol = ls.Protocol(lr=1.0, criterion="loss", tolerance=0.06, budget=5_000)
    points = ls.find_stationary_points(surface, 60, max_index=2, protocol=ls.Protocol())
    minimum = points.theta[points.table["kind"] == "strict_minimum"][0]
    saddle = points.theta[points.table["index"] == 1][0]
    planes = {
        "minimum, eigenvectors": ls.slices.hessian_plane(surface, minimum, distance=4.0, steps=41),
        "minimum, random by filter": ls.slices.random_plane(surface, minimum, steps=41, normalization="filter"),
        "saddle, eigenvectors": ls.slices.hessian_plane(surface, saddle, distance=4.0, steps=41),
    }
    runs = ls.train(surface, protocol, runs=100).runs
    chosen = [int(runs[solved]["run"].iloc[0]) for solved in (runs["solved"], ~runs["solved"] & (runs["loss"] < 0.2))]
    paths = [ls.replay(surface, protocol, 0, run, every=50) for run in chosen]
    a, b = points.ends[np.isin(points.member, points.table.index[points.table["patterns_right"] == 4])][:2]
    lines = {
        name: ls.slices.linear_interpolation(surface, a, b, align=name == "aligned") for name in ("straight", "aligned")
    }
    run = ls.replay(surface, protocol, 0, chosen[0], every=10)
    return {
        "loss_slices_planes": planes,
        "loss_slices_trajectories": ls.slices.trajectory_plane(surface, paths, steps=21),
        "loss_slices_paths": lines | {"least climbing": ls.minimum_energy_path(surface, a, b, align=True)},
        "loss_slices_plateau": {"run": run, "plateaus": ls.plateaus(run, points), "points": points},
    }


def basins() -> tuple[dict[str, Any], pd.DataFrame]:
    """Maps and zooms, each of few starts, and the table of both."""
    surface, maps, rows = ls.Surface(), {}, []
    for plane, update, width in product(range(1, 6), ("batch", "online"), (20.0, 3.6, 0.8)):
        if width < 20.0 and plane < 5:
            continue
        flat = ls.slices.parameter_plane(surface, np.zeros(9), (0, 5), -width / 2, width / 2, steps=9)
        name = f"{plane} {update}" if width == 20.0 else f"{update} {width}"
        maps[name] = ls.basin_map(surface, ls.Protocol(lr=3.0, update=update, budget=50), flat)
        rows.append({"plane": plane, "update": update, "step": width / 8, "dimension": 1 + len(rows) / 100})
    return maps, pd.DataFrame(rows).assign(dimension_error=0.1)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the figures are drawn from, small."""
    folder = tmp_path_factory.mktemp("results")
    for name, table in tables().items():
        table.to_parquet(folder / f"{name}.parquet")
    made = slices()
    barriers = pd.DataFrame({"straight": [0.4], "aligned": [0.3], "least_climbing": [0.1]})
    barriers.to_parquet(folder / "loss_slices_barriers.parquet")
    maps, table = basins()
    table.to_parquet(folder / "basins_table.parquet")
    made["basins"] = {name: each for name, each in maps.items() if name[0].isdigit()}
    made["basins_zooms"] = {name: each for name, each in maps.items() if not name[0].isdigit()}
    for name, thing in made.items():
        ls.save(thing, folder / f"{name}.npz")
    return folder


@pytest.fixture(scope="module")
def drawn(results: Path) -> Iterator[dict[str, tuple[Figure, str]]]:
    """Every figure, laid out, with its caption."""
    plt.switch_backend("agg")
    with plt.rc_context(plot.STYLE):
        found = {name: import_module(f"landscape.figures.{name}").draw(results) for name in NAMES}
        for figure, _ in found.values():
            figure.canvas.draw()
        yield found
    plt.close("all")


@pytest.mark.parametrize("name", NAMES)
def test_no_word_lies_on_another(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    for (one, box), (other, beside) in combinations(words(drawn[name][0]), 2):
        assert overlap(box, beside) < 0.5, (one, other)


@pytest.mark.parametrize("name", NAMES)
def test_legends_lie_outside_of_what_they_explain(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    figure = drawn[name][0]
    axes = [ax for ax in figure.findobj(Axes) if ax.axison]
    for legend in figure.findobj(Legend):
        for ax in axes:
            assert overlap(legend.get_window_extent(), ax.get_window_extent()) < 0.5, ax.get_title()
            for axis in (ax.xaxis, ax.yaxis):
                ticks = axis.get_tightbbox()
                assert ticks is None or overlap(legend.get_window_extent(), ticks) < 0.5, ax.get_title()


@pytest.mark.parametrize("name", NAMES)
def test_no_word_lies_on_a_curve(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    for ax in drawn[name][0].findobj(Axes):
        for text in (each for each in ax.texts if each.get_text().strip()):
            for line in ax.get_lines():
                path = line.get_path().transformed(line.get_transform())
                assert len(path) < 2 or not path.intersects_bbox(text.get_window_extent(), filled=False), text.get_text()


@pytest.mark.parametrize("name", NAMES)
def test_no_mark_is_cut(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    """Whatever point lies within the limits lies there with all of its mark, or is drawn over the edge."""
    figure = drawn[name][0]
    for ax in figure.findobj(Axes):
        low, high = ax.get_window_extent().get_points()
        for line in ax.get_lines():
            if line.get_marker() in (None, "None", "", "_", "|") or not line.get_clip_on() or not len(line.get_xdata()):
                continue
            mark = MarkerStyle(line.get_marker())
            reach = np.abs(mark.get_path().transformed(mark.get_transform()).get_extents().get_points()).max()
            radius = (reach * line.get_markersize() + 0.5 * line.get_markeredgewidth()) * figure.dpi / 72.0
            places = line.get_transform().transform(line.get_xydata())
            inside = ((places >= low - 1e-6) & (places <= high + 1e-6)).all(axis=1)
            near = ((places[inside] - low < radius) | (high - places[inside] < radius)).any(axis=1)
            assert not near.any(), (ax.get_title(), line.get_label())


@pytest.mark.parametrize("name", NAMES)
def test_one_quantity_has_one_scale(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    """Panels that share the words beside an axis share its limits and its kind of scale."""
    if name in ("published_rates", "basins_zooms"):  # claims of several papers; zooms of several widths
        return
    shown: dict[tuple[str, str], set[Any]] = {}
    for ax in (each for each in drawn[name][0].findobj(Axes) if each.axison):
        for side, label, limits, scale in (
            ("x", ax.get_xlabel(), ax.get_xlim(), ax.get_xscale()),
            ("y", ax.get_ylabel(), ax.get_ylim(), ax.get_yscale()),
        ):
            if label:
                shown.setdefault((side, label), set()).add((*np.round(limits, 9), scale))
    assert {label: scales for label, scales in shown.items() if len(scales) > 1} == {}


@pytest.mark.parametrize(
    ("name", "first", "last"), [("success_rates", "elu", "tanh"), ("boolean_functions", "0 false", "15 true")]
)
def test_words_read_from_the_top_down(drawn: dict[str, tuple[Figure, str]], name: str, first: str, last: str) -> None:
    places = {said.strip(): box.y0 for said, box in words(drawn[name][0])}
    assert places[first] > places[last]


def test_the_way_down_from_a_saddle_is_seen(drawn: dict[str, tuple[Figure, str]], results: Path) -> None:
    """Along the axis of the negative eigenvalue both ends are in a lower band of colour than the saddle."""
    ax = next(ax for ax in drawn["slices_planes"][0].axes if ax.get_title() == "saddle, eigenvectors")
    plane = load(results, "loss_slices_planes", "loss_slices")["saddle, eigenvectors"]
    levels = ax.collections[0].levels
    along = plane.loss[20] - (plane.loss[20, 20] if levels[0] < 0.0 else 0.0)
    left, middle, right = np.searchsorted(levels, along[[0, 20, 40]])
    assert max(left, right) < middle


def test_parts_of_a_caption_are_found_in_the_picture(drawn: dict[str, tuple[Figure, str]]) -> None:
    figure, caption = drawn["basins_zooms"]
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert [title[0] for title in titles] == list("abcd")
    for title in titles:
        assert f"{title[0]} ({title[3:]}" in caption
    assert caption.count(" +- ") == 6
    figure, _ = drawn["slices_trajectories"]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert ["not solved" in each for each in said] == [False, True]
    assert said[0].endswith("solved: 4 of 4 patterns right")


def test_minima_and_saddles_have_a_colour_and_a_mark_each(drawn: dict[str, tuple[Figure, str]]) -> None:
    (ax,) = drawn["spectrum"][0].axes
    kinds = {each.get_label(): each for each in ax.collections if len(each.get_offsets())}
    assert {"strict minimum", "saddle of index 1"} <= set(kinds)
    assert len({tuple(each.get_facecolor()[0]) for each in kinds.values()}) == len(kinds)
    assert len({each.get_paths()[0].vertices.tobytes() for each in kinds.values()}) == len(kinds)


@pytest.mark.parametrize("name", ["optimizers", "parity", "throughput", "published_rates", "slices_paths", "plateau"])
def test_the_colours_of_activations_mean_nothing_else(drawn: dict[str, tuple[Figure, str]], name: str) -> None:
    reserved = {plot.COLOURS[each].lower() for each in ACTIVATIONS}
    lines = [line for ax in drawn[name][0].findobj(Axes) for line in ax.get_lines()]
    assert not {to_hex(line.get_color()) for line in lines} & reserved


def test_the_order_of_parity_is_that_of_its_colours(drawn: dict[str, tuple[Figure, str]]) -> None:
    lines = {line.get_label(): to_rgb(line.get_color()) for line in drawn["parity"][0].axes[0].get_lines()}
    assert list(lines) == ["2", "3", "4", "5"]
    assert (np.diff([np.dot(colour, [0.2126, 0.7152, 0.0722]) for colour in lines.values()]) > 0.05).all()
