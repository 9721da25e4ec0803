"""Colours, line styles and markers: nobody takes one thing for another, in colour, without red and green, or in grey."""

from collections.abc import Iterator
from itertools import combinations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from landscape import plot
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.plot.maps import SOLVED
from landscape.plot.style import LOOKS, SPARE_COLOURS, looks

matplotlib.use("agg")
Array = NDArray[np.float64]

EYES = {
    "all cones": np.eye(3),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
}
"""What a linear sRGB colour looks like (Machado, Oliveira & Fernandes 2009, of full severity)."""
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def lab(colour: object, eyes: str = "all cones") -> Array:
    """CIE 1976 lightness (0 to 100), a and b, by D65."""
    encoded = np.array(to_rgb(colour))
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    ratios = TO_XYZ @ (EYES[eyes] @ linear).clip(0.0, 1.0) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(one: object, other: object) -> float:
    """The distance of two colours for whoever tells them apart worst."""
    return min(float(np.linalg.norm(lab(one, eyes) - lab(other, eyes))) for eyes in EYES)


def test_lightness_and_distance_are_those_known() -> None:
    np.testing.assert_allclose(lab("white"), [100.0, 0.0, 0.0], atol=0.02)
    np.testing.assert_allclose(lab("#FF0000"), [53.24, 80.09, 67.20], atol=0.05)
    assert apart("#FF0000", "#00AA00") < 0.5 * np.linalg.norm(lab("#FF0000") - lab("#00AA00"))


OWN = {
    kind: [name for name in table if name in LOOKS]
    for kind, table in (("activations", ACTIVATIONS), ("optimizers", OPTIMIZERS))
}
"""Those with a look of their own; a part that is new has a spare one until it gets its own."""


@pytest.mark.parametrize("names", OWN.values(), ids=OWN)
def test_all_of_a_kind_can_be_told_apart(names: list[str]) -> None:
    """Where they are lines of points, by their marker; where they are lines alone, by their style, or by their colour,
    whoever looks, and by its lightness in grey."""
    assert len(names) >= 7
    assert len({LOOKS[name]["marker"] for name in names}) == len(names)
    assert ">" not in {LOOKS[name]["marker"] for name in names}  # which says that nothing was solved
    for one, other in combinations([LOOKS[name] for name in names], 2):
        assert one["color"] != other["color"]
        if one["linestyle"] == other["linestyle"]:
            assert apart(one["color"], other["color"]) >= 15.0, (one, other)
            assert abs(lab(one["color"])[0] - lab(other["color"])[0]) >= 10.0, (one, other)


def test_the_colours_of_activations_are_those_of_nothing_else() -> None:
    own = [plot.COLOURS[name] for name in OWN["activations"]]
    ordered = [look["color"] for n in range(2, 7) for look in looks(range(n))]
    others = [
        *(plot.COLOURS[name] for name in OWN["optimizers"]),
        *plot.OUTCOME_COLOURS.values(),
        *plot.FUNCTION_COLOURS.values(),
        *SPARE_COLOURS,
        *ordered,
    ]
    for one in own:
        for other in others:
            assert np.linalg.norm(lab(one) - lab(other)) >= 9.0, (one, other)
    assert set(LOOKS) <= {*ACTIVATIONS, *OPTIMIZERS}


def test_a_name_without_a_colour_takes_none_that_is_reserved() -> None:
    names = ["mine", *ACTIVATIONS, *(f"added {i}" for i in range(20)), *OPTIMIZERS]
    found = dict(zip(names, looks(names), strict=True))
    reserved = {*plot.COLOURS.values(), *plot.OUTCOME_COLOURS.values(), *plot.FUNCTION_COLOURS.values()}
    strangers = [name for name in names if name not in LOOKS]
    assert not {found[name]["color"] for name in strangers} & reserved
    assert len({(found[name]["color"], str(found[name]["linestyle"])) for name in names}) == len(names)
    assert all(found[name] == LOOKS[name] for name in LOOKS)


@pytest.mark.parametrize("values", [[3, 1, 2], [0.1, 10.0, 1.0, 100.0], list(np.arange(10)), [5]])
def test_numbers_have_colours_in_their_order(values: list[float]) -> None:
    """The larger the lighter, in whatever order they come; and each can be seen on white."""
    lightness = np.array([lab(look["color"])[0] for look in looks(values)])
    assert (np.diff(lightness[np.argsort(values)]) > 0.0).all()
    assert lightness.max() < 85.0
    assert len(looks([True, False])) == 2
    assert looks([True, False])[0]["color"] in SPARE_COLOURS  # they have no order


def test_functions_can_be_told_apart_by_whoever_looks() -> None:
    for one, other in combinations(plot.FUNCTION_COLOURS.values(), 2):
        assert apart(one, other) >= 15.0, (one, other)


def test_the_epochs_of_a_map_have_an_order_and_none_looks_like_an_outcome() -> None:
    lightness = np.array([lab(colour)[0] for colour in SOLVED(np.linspace(0.0, 1.0, 64))])
    assert (np.diff(lightness) > 0.0).all()
    assert lightness.min() > 35.0  # not solved is black
    for outcome in ("stalled", "diverged", "budget"):
        assert min(apart(colour, plot.OUTCOME_COLOURS[outcome]) for colour in SOLVED(np.linspace(0.0, 1.0, 64))) >= 15.0


def test_lines_of_rates_have_the_look_of_their_level() -> None:
    table = pd.DataFrame({"activation": OWN["activations"] * 2, "hidden": np.repeat([1, 2], len(OWN["activations"]))})
    table = table.assign(rate=0.5, low=0.4, high=0.6, epoch=table["hidden"], expected_running_time=9.0, loss=1.0)
    for ax in (
        plot.success_rates(table, "hidden", by="activation"),
        plot.time_to_solution(table, by="activation"),
        plot.learning_curves(table, by="activation"),
        plot.expected_running_time(table[table["hidden"] == 1], "hidden", by="activation"),
    ):
        for name, line in zip(OWN["activations"], ax.get_lines(), strict=True):
            assert (line.get_label(), line.get_color()) == (name, LOOKS[name]["color"])
            assert line.get_marker() in (LOOKS[name]["marker"], "")


def painted(figure: Figure) -> Array:
    """The picture as it is seen."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3] / 255.0


def test_what_diverged_is_hatched_and_so_known_in_grey() -> None:
    table = pd.DataFrame({"lr": [0.1, 1.0, 10.0], "init_scale": 1.0, "rate": [0.2, 0.5, 0.0], "diverged_rate": [0, 0, 1]})
    ax = plot.trainability_map(table, colorbar=False)
    picture = painted(ax.figure)
    box = ax.get_window_extent()
    rows = slice(int(len(picture) - box.y1) + 5, int(len(picture) - box.y0) - 5)
    third = box.width / 3.0
    for cell, kinds in enumerate((1, 1, 2)):
        inside = picture[rows, int(box.x0 + cell * third) + 5 : int(box.x0 + (cell + 1) * third) - 5]
        greys = inside @ [0.2126, 0.7152, 0.0722]
        assert (greys.max() - greys.min() > 0.3) == (kinds == 2)
