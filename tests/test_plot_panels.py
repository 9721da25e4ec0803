"""What pictures of tables share: lines by two columns, panels, orders, scales, legends, and that all of it can be read."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from reading import overlap, words

import landscape as ls
from landscape import plot
from landscape.parts.activations import ACTIVATIONS
from landscape.plot.panels import MOST_ACROSS
from landscape.plot.scales import whole_ticks
from landscape.plot.style import LINE_STYLES, MARKERS, ink, told_apart

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def rates(**levels: Sequence[Any]) -> pd.DataFrame:
    table = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
    rate = np.arange(len(table)) % 11 / 10.0
    cost = 10.0 ** (1.0 + 3.0 * rate)
    table = table.assign(rate=rate, low=(rate - 0.1).clip(0.0), high=(rate + 0.1).clip(None, 1.0))
    return table.assign(expected_running_time=cost)


def costs(**levels: Sequence[Any]) -> pd.DataFrame:
    """One that is never solved, one whose interval has no end."""
    table = rates(**levels)
    table = table.assign(low=0.5 * table["expected_running_time"], high=2.0 * table["expected_running_time"])
    table.loc[1, ["expected_running_time", "high"]] = np.inf
    table.loc[3, "high"] = np.inf
    return table


def times(**levels: Sequence[Any]) -> pd.DataFrame:
    """Shares solved by epochs up to 1000."""
    table = rates(**levels, epoch=(0, 1, 10, 100, 1000))
    rate = table["epoch"].map({0: 0.0, 1: 0.1, 10: 0.2, 100: 0.5, 1000: 0.9})
    return table.assign(rate=rate, low=0.9 * rate, high=rate + 0.05)


def losses(**levels: Sequence[Any]) -> pd.DataFrame:
    table = pd.DataFrame(list(product(*levels.values(), range(3), (0, 10, 100, 1000))), columns=[*levels, "run", "epoch"])
    return table.assign(loss=(1.0 + table["run"]) / (1.0 + table["epoch"]))


Draw = Callable[..., Axes]
PICTURES: dict[str, tuple[Draw, Callable[..., pd.DataFrame]]] = {
    "success_rates": (lambda table, **given: plot.success_rates(table, "x", **given), lambda **to: rates(**to, x=(2, 3, 8))),
    "rates of words": (
        lambda table, **given: plot.success_rates(table, "x", **given),
        lambda **to: rates(**to, x=("a", "b")),
    ),
    "expected_running_time": (
        lambda table, **given: plot.expected_running_time(table, "x", **given),
        lambda **to: costs(**to, x=("a", "b")),
    ),
    "costs over numbers": (
        lambda table, **given: plot.expected_running_time(table, x="x", **given),
        lambda **to: costs(**to, x=(2, 3, 8)),
    ),
    "ecdf": (plot.ecdf, times),
    "learning_curves": (plot.learning_curves, losses),
}
"""Every picture of a table with lines, and its table over some levels."""
each_picture = pytest.mark.parametrize("name", PICTURES)


def said(axes: Axes) -> list[str]:
    """Title and entries of the only legend of a figure."""
    figure: Any = axes.figure
    (legend,) = [*figure.legends, *(each.get_legend() for each in figure.axes if each.get_legend())]
    return [text.get_text() for text in (legend.get_title(), *legend.get_texts()) if text.get_text()]


def labelled(axes: Axes) -> dict[str, Any]:
    return {str(line.get_label()): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}


@each_picture
def test_one_legend_explains_the_colours_and_the_styles_of_two_columns(name: str) -> None:
    draw, table = PICTURES[name]
    ax = draw(table(activation=("tanh", "relu"), hidden=(2, 30)), by=["activation", "hidden"])
    entries = [entry for entry in said(ax) if entry != "none solved"]
    assert entries == ["activation", "tanh", "relu", "hidden units", "2", "30"]
    lines = labelled(ax)
    assert list(lines) == ["tanh, 2", "tanh, 30", "relu, 2", "relu, 30"]
    for label, line in lines.items():
        activation, hidden = label.split(", ")
        assert line.get_color() == plot.COLOURS[activation]
        place = ["2", "30"].index(hidden)
        assert line.get_marker() in (MARKERS[place], "", "None")
        assert line.get_linestyle() in (LINE_STYLES[place], "None")
        assert line.get_marker() == MARKERS[place] or line.get_linestyle() == LINE_STYLES[place]


@each_picture
def test_one_column_has_a_legend_of_its_name_and_none_where_it_is_not_wanted(name: str) -> None:
    draw, table = PICTURES[name]
    rows = table(hidden=(3, 2))
    assert [entry for entry in said(draw(rows, by="hidden")) if entry != "none solved"] == ["hidden units", "2", "3"]
    ax = draw(rows, by="hidden", legend=False)
    assert ax.get_legend() is None
    given = plt.subplots()[1]
    assert draw(rows, by="hidden", ax=given) is given
    assert "hidden units" in said(given)


@each_picture
def test_panels_have_one_scale_and_say_their_level(name: str) -> None:
    draw, table = PICTURES[name]
    rows = table(activation=("tanh", "relu"), lr=(0.1, 0.1 + 0.2, 10.0, 20.0, 30.0))
    rows = rows[~((rows["lr"] == 10.0) & (rows["activation"] == "relu"))]
    first = draw(rows, by="activation", facet="lr")
    figure: Any = first.figure
    assert [ax.get_title() for ax in figure.axes] == ["lr = 0.1", "lr = 0.3", "lr = 10", "lr = 20", "lr = 30"]
    assert len({(*ax.get_xlim(), *ax.get_ylim(), ax.get_xscale(), ax.get_yscale()) for ax in figure.axes}) == 1
    assert [entry for entry in said(first) if entry != "none solved"] == ["activation", "tanh", "relu"]
    assert [list(labelled(ax)) for ax in figure.axes][2] == ["tanh"]
    for ax, (_, panel) in zip(figure.axes, rows.groupby("lr"), strict=True):
        alone = draw(panel, by="activation", order=["tanh"])
        if len(labelled(alone)) < 2:  # marks stand elsewhere where there is nothing beside them
            continue
        for label, line in labelled(alone).items():
            np.testing.assert_array_equal(labelled(ax)[label].get_ydata(), line.get_ydata())
            assert labelled(ax)[label].get_color() == line.get_color()
    assert len({round(ax.get_position().x0, 3) for ax in figure.axes}) <= MOST_ACROSS


@each_picture
def test_levels_come_in_the_order_asked_for(name: str) -> None:
    draw, table = PICTURES[name]
    rows = table(activation=("tanh", "relu", "elu"), lr=(0.3, 0.1 + 0.2, 1.0))
    ax = draw(rows, by="activation", facet="lr", order={"activation": ["elu", "tanh"], "lr": [1, 0.1 + 0.2]})
    assert list(labelled(ax)) == ["elu", "tanh", "relu"]
    titles = [panel.get_title() for panel in ax.figure.axes]  # type: ignore[union-attr]
    assert titles == ["lr = 1", "lr = 0.30000000000000004", "lr = 0.3"]  # two would be alike
    assert list(labelled(draw(rows[rows["lr"] == 1.0], by="activation", order=["relu"]))) == ["relu", "tanh", "elu"]


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "panels on given axes": ({"facet": "lr", "ax": True}, ValueError, "facet='lr' makes panels of its own, and ax= is one"),
    "no column": ({"facet": "lrr"}, ValueError, 'column="lrr" is not known; did you mean "lr"?'),
    "three columns": ({"by": ["lr", "activation", "hidden"]}, ValueError, "is not one column or two"),
    "one twice": ({"by": ["lr", "lr"]}, ValueError, "is not one column or two"),
    "no name": ({"by": 3}, TypeError, "by=3 names no columns"),
    "many styles": (
        {"by": ["activation", "hidden"]},
        ValueError,
        "hidden has 6 levels, and there are 5 line styles; name it",
    ),
    "no level": ({"by": "activation", "order": ["tahn"]}, ValueError, "order holds 'tahn', which is no level of activation"),
    "a level twice": ({"by": "activation", "order": ["tanh", "tanh"]}, ValueError, "names 'tanh' twice"),
    "no order": ({"by": "activation", "order": "tanh"}, TypeError, "order='tanh' is no sequence of levels"),
    "order of no column": ({"order": {"width": [1]}}, ValueError, 'order="width" is not known'),
    "no axis": ({"by": ["activation", "lr"], "facet": "hidden", "log": "z"}, ValueError, 'log="z" is not known'),
}


@each_picture
@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_before_a_figure_is_made(name: str, case: str) -> None:
    draw, table = PICTURES[name]
    given, kind, message = REFUSED[case]
    ax = {"ax": plt.subplots()[1]} if given.get("ax") else {}
    before = len(plt.get_fignums())
    rows = table(activation=("tanh", "relu"), lr=(0.1, 1.0), hidden=range(6))
    with pytest.raises(kind, match=message.replace("(", r"\(").replace("?", r"\?").replace("[", r"\[")):
        draw(rows, **given | ax)
    assert len(plt.get_fignums()) == before


def test_axes_are_logarithmic_where_it_is_asked_for_and_possible() -> None:
    table = rates(x=(2, 3, 8)).assign(rate=[0.1, 0.2, 0.3])
    assert plot.success_rates(table, "x", log="xy").get_yscale() == "log"
    ax = plot.success_rates(table, "x", log="x")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2", "3", "8"]
    assert plot.success_rates(table.assign(x=[1, 10, 1000]), "x", log="").get_xscale() == "linear"
    for changed, what in (({"x": [-1, 2, 3]}, "numbers from -1"), ({"x": ["a", "b", "c"]}, "words")):
        with pytest.raises(ValueError, match=f"logarithmic x axis of {what}"):
            plot.success_rates(table.assign(**changed), "x", log="x")
    with pytest.raises(ValueError, match="cells of a heat map are of equal size"):
        plot.success_rates(table.assign(y=1), "x", y="y", log="x")
    assert plot.learning_curves(losses(), log="").get_yscale() == "linear"
    assert plot.ecdf(times(), log="").get_xscale() == "linear"
    assert plot.expected_running_time(costs(x=(2, 3, 8, 9)), x="x", log="").get_yscale() == "linear"
    with pytest.raises(ValueError, match="logarithmic y axis of words"):
        plot.expected_running_time(costs(x=("a", "b", "c", "d")), "x", log="xy")


@pytest.mark.parametrize("levels", [[3], [2, 3], range(2, 30), [1, 1000, 1001]])
def test_counts_have_ticks_at_whole_numbers(levels: Sequence[int]) -> None:
    ax = plot.success_rates(rates(hidden=levels), "hidden", log="")
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    seen = [tick for tick in ax.get_xticks() if low <= tick <= high]
    assert seen
    assert seen == np.round(seen).tolist()


@pytest.mark.parametrize("limits", [(3.8, 4.2), (0.0, 1.0), (0.0, 2.0), (1.5, 4.5), (0.0, 4e6)])
def test_ticks_of_counts_are_whole_within_any_limits(limits: tuple[float, float]) -> None:
    ax = plt.subplots()[1]
    ax.set_ylim(limits)
    whole_ticks(ax.yaxis)
    ticks = [tick for tick in ax.get_yticks() if limits[0] <= tick <= limits[1]]
    assert ticks
    assert ticks == np.round(ticks).tolist()


def test_a_rate_alone_has_its_interval() -> None:
    ax = plot.success_rates(rates(hidden=[3]).assign(rate=0.5, low=0.4, high=0.6), "hidden")
    (segment,) = ax.collections[0].get_segments()  # type: ignore[attr-defined]
    assert segment.tolist() == [[3.0, 0.4], [3.0, 0.6]]


def test_marks_over_words_stand_side_by_side_with_their_intervals() -> None:
    table = rates(activation=("tanh", "relu"), init=("normal", "uniform"))
    ax = plot.success_rates(table, "init", by="activation")
    left, right = (line.get_transform().transform([(0.0, 0.0)])[0, 0] for line in ax.get_lines())
    assert left < ax.transData.transform([(0.0, 0.0)])[0, 0] < right
    for line, bars in zip(ax.get_lines(), ax.collections, strict=True):
        rows = table[table["activation"] == line.get_label()]
        assert list(line.get_xdata()) == ["normal", "uniform"]
        assert line.get_linestyle() == "None"
        ends = [segment[:, 1].tolist() for segment in bars.get_segments()]  # type: ignore[attr-defined]
        np.testing.assert_allclose(ends, rows[["low", "high"]])


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ([100, 1000, 10_000], ["100", "1k", "10k"]),
        ([0.1 + 0.2, 0.5], ["0.3", "0.5"]),
        ([0.3, 0.1 + 0.2], ["0.3", "0.30000000000000004"]),
        ([10_000, 10_001], ["10k", "10.001k"]),
        (["a", 1], ["a", "1"]),
        ([True, False], ["True", "False"]),
    ],
)
def test_levels_are_rounded_unless_two_would_be_alike(levels: list[Any], names: list[str]) -> None:
    assert told_apart(levels) == names


def contrast(one: object, other: object) -> float:
    """As the Web Content Accessibility Guidelines define it; 4.5 is what they ask of small text."""
    parts = [np.array(to_rgb(colour)) for colour in (one, other)]  # type: ignore[arg-type]
    linear = [np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) for part in parts]
    dark, light = sorted(float(each @ [0.2126, 0.7152, 0.0722]) for each in linear)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scale", ["cividis", "viridis", "gray"])
def test_digits_can_be_read_on_every_shade(scale: str) -> None:
    assert min(contrast(colour, ink(colour)) for colour in matplotlib.colormaps[scale](np.linspace(0.0, 1.0, 256))) >= 4.5


def test_a_heat_map_has_one_named_bar_and_digits_that_fit_their_cells() -> None:
    table = rates(activation=list(ACTIVATIONS), hidden=range(2, 14), lr=(0.1, 1.0))
    figure: Any = plot.success_rates(table, "hidden", y="activation", facet="lr").figure
    narrow: Any = plot.success_rates(table[table["lr"] == 1.0], "hidden", y="activation").figure
    assert [each.axes[-1].get_ylabel() for each in (figure, narrow)] == ["success rate"] * 2
    figure.canvas.draw()
    narrow.canvas.draw()
    for ax in (*figure.axes[:-1], *narrow.axes[:-1]):
        colours = ax.collections[0].to_rgba(ax.collections[0].get_array())
        cell = ax.get_window_extent().width / 12.0, ax.get_window_extent().height / len(ACTIVATIONS)
        assert len(ax.texts) == 12 * len(ACTIVATIONS)
        for text in ax.texts:
            box = text.get_window_extent()
            assert box.width < cell[0]
            assert box.height < cell[1]
            column, row = (int(place) for place in text.get_position())
            assert contrast(colours[row, column], text.get_color()) >= 4.5
    crowded = plot.success_rates(rates(lr=range(40), hidden=range(40)), "hidden", y="lr")
    assert not crowded.texts  # none that could be read
    assert len(crowded.get_xticks()) < 40
    assert len(plot.success_rates(table[table["lr"] == 1.0], "hidden", y="activation", legend=False).figure.axes) == 1


def test_the_normalised_ecdf_of_memoryless_times_is_one_curve() -> None:
    """Of geometric times the share solved after x expected costs is 1 - exp(-x), whatever they cost."""
    epoch = np.arange(0, 4001)
    parts = [
        pd.DataFrame({"lr": lr, "epoch": epoch, "rate": 1.0 - (1.0 - chance) ** epoch})
        for lr, chance in ((0.1, 1e-3), (1, 0.01))
    ]
    table = pd.concat(parts).assign(low=lambda t: t["rate"], high=lambda t: t["rate"])
    for line in plot.ecdf(table, by="lr", normalise=True).get_lines():
        x, share = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        np.testing.assert_allclose(share, -np.expm1(-x), atol=0.003)
    never = pd.concat([table, table[table["lr"] == 1].assign(lr=9, rate=0.0)])
    flat = plot.ecdf(never, by="lr", normalise=True).get_lines()[-1]
    assert set(flat.get_ydata()) == {0.0}
    assert np.max(flat.get_xdata()) == max(np.max(line.get_xdata()) for line in flat.axes.get_lines())
    assert plot.time_to_solution is plot.ecdf
    with pytest.raises(TypeError, match="normalise=1 is neither True nor False"):
        plot.ecdf(table, by="lr", normalise=1)


def test_costs_stand_over_numbers_or_in_rows() -> None:
    table = costs(hidden=(2, 3, 8, 9))
    ax = plot.expected_running_time(table, x="hidden")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("hidden units", "epochs a solution costs")
    line = ax.get_lines()[0]
    np.testing.assert_array_equal(line.get_xdata(), [2, 3, 8, 9])
    np.testing.assert_array_equal(
        line.get_ydata(), table["expected_running_time"].where(np.isfinite(table["high"]) | (table.index == 3))
    )
    assert said(ax) == ["none solved"]
    ends = [segment.tolist() for segment in ax.collections[0].get_segments()]  # type: ignore[attr-defined]
    assert [end[0][0] for end in ends] == [2.0, 8.0]
    for given in ({}, {"x": "hidden", "y": "hidden"}):
        with pytest.raises((ValueError, TypeError), match="give one of"):
            plot.expected_running_time(table, **given)


def seen(name: str, rows: str, given: dict[str, Any]) -> Callable[[], Axes]:
    draw, table = PICTURES[name]
    levels = {"activation": list(ACTIVATIONS)[:4], "hidden": (2, 3), "lr": (0.1, 0.1 + 0.2, 1.0)}
    return lambda: draw(table(**levels).query(rows), **given)


S = ls.Surface("xor", hidden=2)
THETA = np.random.default_rng(3).normal(size=9)
SEEN: dict[str, Callable[[], Axes]] = {
    **{f"{name}, one column": seen(name, "hidden == 2 and lr == 1", {"by": "activation"}) for name in PICTURES},
    **{f"{name}, two": seen(name, "lr == 1", {"by": ["activation", "hidden"]}) for name in PICTURES},
    **{f"{name}, panels": seen(name, "hidden > 0", {"by": ["activation", "hidden"], "facet": "lr"}) for name in PICTURES},
    "decision surface": lambda: plot.decision_surface(S, THETA),
    "functions": lambda: plot.plane(ls.slices.random_plane(S, THETA, distance=8.0, steps=21), "function"),
    "thirteen lines": lambda: plot.success_rates(rates(activation=list(ACTIVATIONS), x=(2, 3)), "x", by="activation"),
    "thirteen words": lambda: plot.success_rates(rates(activation=list(ACTIVATIONS)), "activation"),
    "thirteen panels": lambda: plot.success_rates(rates(activation=list(ACTIVATIONS), x=(2, 3)), "x", facet="activation"),
    "heat map": lambda: plot.success_rates(rates(activation=list(ACTIVATIONS), x=range(9)), "x", y="activation"),
}


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("style", [{}, plot.STYLE], ids=["plain", "style"])
def test_no_word_lies_on_another_or_is_cut(name: str, style: dict[str, Any]) -> None:
    with plt.rc_context(style):
        figure: Any = SEEN[name]().figure
    figure.canvas.draw()
    turned = {text.get_text() for ax in figure.axes for text in ax.get_xticklabels() if text.get_rotation()}
    for (one, box), (other, beside) in combinations([pair for pair in words(figure) if pair[0] not in turned], 2):
        assert overlap(box, beside) < 0.5, (one, other)
    for word, box in words(figure):
        within = np.array([box.min - figure.bbox.min, figure.bbox.max - box.max])
        assert within.min() > -1.0, word


def test_a_picture_on_its_own_axes_has_the_look_of_reports_but_for_what_is_set() -> None:
    table = rates(hidden=(2, 3))
    with plt.rc_context({"font.size": 13.0, "axes.labelsize": "medium"}):
        ax = plot.success_rates(table, "hidden")
        assert ax.yaxis.label.get_fontsize() == plot.STYLE["axes.labelsize"]
    with plt.rc_context({"axes.labelsize": 11.0}):
        ax = plot.success_rates(table, "hidden")
    ax.figure.canvas.draw()
    assert ax.yaxis.label.get_fontsize() == 11.0
    assert ax.get_xticklabels()[0].get_fontsize() == plot.STYLE["xtick.labelsize"]
    assert not ax.spines["top"].get_visible()


def test_pooled_settings_are_said_below_panels() -> None:
    runs = pd.DataFrame(
        list(product((2, 3), (0.1, 1.0), ("tanh", "relu"), range(3))), columns=["hidden", "lr", "activation", "run"]
    )
    table = ls.success_rates(runs.assign(solved=True), ["hidden", "activation"])
    figure: Any = plot.success_rates(table, "hidden", facet="activation").figure
    assert figure.get_supxlabel() == "hidden units\npooled over lr = 0.1, 1"
