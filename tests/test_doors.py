"""One door for arrays: what is no array of real numbers is refused everywhere, by the same sentence."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape.validation import real_array

S, FAST = ls.Surface(), ls.Protocol(budget=3)
XOR = ls.problems.xor
THETA = np.linspace(-1.0, 1.0, 2 * S.n_parameters).reshape(2, -1)
"""Two points; a door that takes one is given the first."""
LINE, PLANE = ls.slices.random_line(S, THETA[0], steps=3), ls.slices.parameter_plane(S, THETA[0], (0, 1), steps=3)
GROUP = ls.symmetries(S)
STEPS = {"steps": 3}


def figure_free(draw: Callable[..., Any], theta: Any) -> None:
    """A picture that is closed again."""
    import matplotlib.pyplot as plt

    try:
        draw(S, theta)
    finally:
        plt.close("all")


DOORS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "Problem inputs": (XOR.inputs, lambda x: ls.Problem(x, [0, 1, 1, 0]).inputs),
    "Problem targets": (XOR.targets, lambda y: ls.Problem(XOR.inputs, y).targets),
    "Problem targets, flat": (XOR.targets[:, 0], lambda y: ls.Problem(XOR.inputs, y).targets),
    "Surface.loss": (THETA, S.loss),
    "Surface.gradient": (THETA, S.gradient),
    "Surface.loss_and_gradient": (THETA, S.loss_and_gradient),
    "Surface.hessian": (THETA, S.hessian),
    "Surface.forward": (THETA, S.forward),
    "Surface.forward inputs": (XOR.inputs, lambda x: S.forward(THETA, x)),
    "Surface.unit_sums": (THETA, S.unit_sums),
    "Surface.activate": (THETA, S.activate),
    "Surface.kinks": (THETA, ls.Surface(activation="relu").kinks),
    "Surface.unpack": (THETA, lambda x: S.unpack(x)["W2"]),
    "Surface.pack weights": (THETA[:, :2], lambda x: S.pack(W1=x, b1=[1, 2], W2=[[3, 4]], b2=[5])),
    "Surface.pack biases": (THETA[:, :2], lambda x: S.pack(W1=[[1, 2], [3, 4]], b1=x, W2=[[3, 4]], b2=[5])),
    "train": (THETA, lambda x: ls.train(S, FAST, theta0=x).theta),
    "train, one start": (THETA[0], lambda x: ls.train(S, FAST, theta0=x).theta),
    "replay": (THETA[0], lambda x: ls.replay(S, FAST, theta0=x).theta),
    "replay of several": (THETA, lambda x: ls.replay(S, FAST, run=[0, 1], theta0=x)[1].theta),
    "classify": (THETA, lambda x: ls.classify(S, x).loss),
    "find_minima": (THETA, lambda x: ls.find_minima(S, x).ends),
    "find_stationary_points": (THETA, lambda x: ls.find_stationary_points(S, x, max_index=0).ends),
    "canonicalize": (THETA, lambda x: ls.canonicalize(S, x)),
    "orbit_size": (THETA, lambda x: ls.orbit_size(S, x)),
    "Symmetries.orbit": (THETA[0], GROUP.orbit),
    "minimum_energy_path a": (THETA[0], lambda x: ls.minimum_energy_path(S, x, THETA[1], images=5).theta),
    "minimum_energy_path b": (THETA[1], lambda x: ls.minimum_energy_path(S, THETA[0], x, images=5).theta),
    "linear_interpolation a": (THETA[0], lambda x: ls.slices.linear_interpolation(S, x, THETA[1], **STEPS).loss),
    "linear_interpolation b": (THETA[1], lambda x: ls.slices.linear_interpolation(S, THETA[0], x, **STEPS).loss),
    "planar_interpolation a": (THETA[0], lambda x: ls.slices.planar_interpolation(S, x, THETA[1], -(THETA[1] ** 2)).loss),
    "planar_interpolation b": (THETA[1], lambda x: ls.slices.planar_interpolation(S, THETA[0], x, -(THETA[1] ** 2)).loss),
    "planar_interpolation c": (THETA[1] ** 2, lambda x: ls.slices.planar_interpolation(S, THETA[0], THETA[1], x).loss),
    "random_line": (THETA[0], lambda x: ls.slices.random_line(S, x, **STEPS).loss),
    "random_plane": (THETA[0], lambda x: ls.slices.random_plane(S, x, **STEPS).loss),
    "hessian_plane": (THETA[0], lambda x: ls.slices.hessian_plane(S, x, **STEPS).loss),
    "parameter_plane": (THETA[0], lambda x: ls.slices.parameter_plane(S, x, (0, 1), **STEPS).loss),
    "trajectory_plane": (THETA[:, ::-1] ** 2, lambda x: ls.slices.trajectory_plane(S, [x, THETA**3], **STEPS).loss),
    "Slice.at": (np.array([[0.5], [0.25]]), LINE.at),
    "Slice.lay": (THETA, lambda x: LINE.lay(x).distance),
    "Slice origin": (THETA[0], lambda x: ls.Slice(S, "mine", x, PLANE.directions, PLANE.coordinates, PLANE.labels).loss),
    "Slice coordinates": (
        PLANE.coordinates[0],
        lambda x: ls.Slice(S, "mine", THETA[0], PLANE.directions, (x, x), PLANE.labels).loss,
    ),
    "NeuralNetwork.fit inputs": (XOR.inputs, lambda x: ls.NeuralNetwork(2, 2, 1, 0.1, seed=1).fit(x, [0, 1, 1, 0])),
    "NeuralNetwork.fit targets": (XOR.targets, lambda y: ls.NeuralNetwork(2, 2, 1, 0.1, seed=1).fit(XOR.inputs, y)),
    "NeuralNetwork.forward": (XOR.inputs, ls.NeuralNetwork(2, 2, 1, 0.1, seed=1).forward),
    "NeuralNetwork.predict": (XOR.inputs, ls.NeuralNetwork(2, 2, 1, 0.1, seed=1).predict),
    "plot.decision_surface": (THETA[0], lambda x: figure_free(ls.plot.decision_surface, x)),
    "plot.weights": (THETA[0], lambda x: figure_free(ls.plot.weights, x)),
}
"""Each public way in for an array: a good array, and a call that takes it."""

BAD: dict[str, tuple[Callable[[Any], Any], str]] = {
    "complex": (lambda a: a + 1j, "complex128"),
    "complex without an imaginary part": (lambda a: a.astype(complex), "complex128"),
    "objects": (lambda a: a.astype(object), "object"),
    "text": (lambda a: a.astype(str), "<U32"),
    "bytes": (lambda a: a.astype("S32"), r"\|S32"),
    "dates": (lambda a: np.full(a.shape, np.datetime64("2024-02-29")), r"datetime64\[D\]"),
    "durations": (lambda a: a.astype("m8[s]"), r"timedelta64\[s\]"),
    "masked": (lambda a: np.ma.masked_array(a, np.arange(a.size).reshape(a.shape) == 1), "masked float64"),
    "masked in nothing": (np.ma.masked_array, "masked float64"),
    "masked in a list": (lambda a: [np.ma.masked_array(row, True) for row in a], "masked float64"),
    "None in a list": (lambda a: [None] if a.ndim == 1 else [[None] * a.shape[1]], "object"),
}
"""Each kind that is no array of real numbers: made of a good one, and what the sentence calls it."""


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_not_real_is_refused_by_one_sentence(door: str, bad: str) -> None:
    good, call = DOORS[door]
    make, kind = BAD[bad]
    sentence = rf"^\w+( \d)? of kind {kind} is not real; give real numbers \(floats, integers or booleans\), without a mask$"
    with pytest.raises(TypeError, match=sentence):
        call(make(good))


GOOD: dict[str, Callable[[Any], Any]] = {
    "list": lambda a: a.tolist(),
    "pandas": lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a),
    "float32": lambda a: a.astype(np.float32),
    "the other byte order": lambda a: a.astype(">f8"),
    "Fortran order": np.asfortranarray,
    "read-only": lambda a: np.frombuffer(a.tobytes()).reshape(a.shape),
}


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("door", DOORS)
def test_real_numbers_in_any_dress_give_the_same(door: str, good: str) -> None:
    """Of float32 the same as of those numbers in float64."""
    given, call = DOORS[door]
    dressed = GOOD[good](np.ascontiguousarray(given))
    plain, other = call(np.asarray(dressed, dtype=np.float64, order="C")), call(dressed)
    np.testing.assert_equal(other, plain)


@pytest.mark.parametrize("door", ["Problem inputs", "Problem targets", "Surface.forward inputs", "NeuralNetwork.forward"])
def test_whole_numbers_and_booleans_are_numbers(door: str) -> None:
    """Truth tables are often written so."""
    given, call = DOORS[door]
    for kind in (np.int8, np.uint64, np.bool_):
        np.testing.assert_equal(call(given.astype(kind)), call(given))


def test_rows_of_unequal_length_are_refused_at_any_door() -> None:
    for call in (S.loss, lambda x: ls.train(S, FAST, theta0=x), lambda x: ls.Problem(x, [0, 1])):
        with pytest.raises(ValueError, match=r"is not a rectangular table of numbers .*; give rows of equal length"):
            call([[0.0, 1.0], [1.0]])


def test_one_network_is_not_several_and_not_none() -> None:
    """Without inputs ``Surface.forward`` takes those of its problem, which a network of the class does not have."""
    for draw in (ls.plot.decision_surface, ls.plot.weights):
        with pytest.raises(ValueError, match=r"theta of shape \(2, 9\) is not one network; give shape \(9,\)"):
            figure_free(draw, THETA)
    with pytest.raises(TypeError, match="inputs of kind object is not real"):
        ls.NeuralNetwork(2, 2, 1, 0.1).forward(None)
    with pytest.raises(TypeError, match="inputs of kind object is not real"):
        ls.NeuralNetwork(2, 2, 1, 0.1).predict(None)


def test_a_catalogue_is_one_of_the_same_surface() -> None:
    run, points = ls.replay(S, FAST), ls.find_minima(ls.Surface(hidden=1), 2)
    with pytest.raises(TypeError, match="catalogue of type str does not fit; give one of type Points"):
        ls.plateaus(run, "minima")
    with pytest.raises(ValueError, match="the catalogue is one of another surface"):
        ls.plateaus(run, points)


WRONG: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "Slice without a surface": (lambda: PLANE, {"surface": None}),
    "Slice of another surface": (lambda: PLANE, {"surface": ls.Surface(hidden=3)}),
    "Slice with one label": (lambda: PLANE, {"labels": ("x",)}),
    "Slice with a short axis of three": (lambda: PLANE, {"coordinates": PLANE.coordinates * 2}),
    "Slice with a word for its seed": (lambda: PLANE, {"seed": "0"}),
    "Slice with points laid on a line": (lambda: PLANE, {"laid": LINE.laid}),
    "Slice with values of another grid": (lambda: PLANE, {"known_values": {"loss": np.zeros(9)}}),
    "Laid with a loss too few": (lambda: PLANE.lay(THETA), {"loss": np.zeros(1)}),
    "Laid with points that are no table": (lambda: PLANE.lay(THETA), {"theta": THETA[0]}),
    "Trajectory without a protocol": (lambda: ls.replay(S, FAST), {"protocol": None}),
    "Trajectory with an epoch too few": (lambda: ls.replay(S, FAST), {"epochs": np.arange(2)}),
    "Trajectory that ended as nothing does": (lambda: ls.replay(S, FAST), {"outcome": "lost"}),
    "BasinMap on a line": (lambda: ls.basin_map(S, FAST, PLANE), {"plane": LINE}),
    "BasinMap with outcomes beyond all": (lambda: ls.basin_map(S, FAST, PLANE), {"outcome": np.full((3, 3), 4, np.int8)}),
    "BasinMap with broken epochs": (lambda: ls.basin_map(S, FAST, PLANE), {"epochs": np.full((3, 3), 0.5)}),
    "Pathway without a surface": (lambda: ls.minimum_energy_path(S, *THETA, images=5), {"surface": "xor"}),
    "Pathway with a loss too few": (lambda: ls.minimum_energy_path(S, *THETA, images=5), {"loss": np.zeros(4)}),
    "Pathway with its top beyond its end": (lambda: ls.minimum_energy_path(S, *THETA, images=5), {"highest": 5}),
    "Points without a table": (lambda: ls.find_minima(S, THETA), {"table": None}),
    "Points with a point too many": (lambda: ls.find_minima(S, THETA), {"theta": np.zeros((9, 9))}),
    "Points with an end too few": (lambda: ls.find_minima(S, THETA), {"ends": THETA[:1]}),
}
"""A good object, and a change that makes no object of its class."""


@pytest.mark.parametrize("case", WRONG)
def test_objects_check_themselves(case: str) -> None:
    make, change = WRONG[case]
    good = make()
    assert type(replace(good)) is type(good)
    with pytest.raises((TypeError, ValueError), match=r"fit|neither|is not|are not|give"):
        replace(good, **change)


def test_the_door_makes_no_copy_of_what_is_right_already() -> None:
    assert real_array("theta", THETA) is THETA
    assert np.isnan(real_array("theta", [np.nan, np.inf])[0]), "what NaN means is up to who asks"


@pytest.mark.parametrize("measure", [ls.basin_entropy, ls.box_dimension, ls.uncertainty_exponent])
def test_labels_of_a_map_are_names_without_a_mask(measure: Callable[[Any], Any]) -> None:
    labels = (np.arange(200)[:, np.newaxis] + np.arange(200)) // 150
    for bad in (np.ma.masked_array(labels, labels == 0), [np.ma.masked_array(row) for row in labels]):
        with pytest.raises(TypeError, match="labels of kind masked int64 is not real; give real numbers"):
            measure(bad)


@pytest.mark.parametrize("levels", [np.ma.masked_array([0.1, 0.2], [False, True]), np.ma.masked_array([0.1, 0.2])])
def test_levels_have_no_mask(levels: Any) -> None:
    with pytest.raises(TypeError, match="lr of kind masked float64 is not real"):
        ls.grid(lr=levels)
    with pytest.raises(TypeError, match="lr of kind masked float64 is not real"):
        ls.trainability_map(S, FAST, ("lr", levels), ("init_scale", [1.0]), runs=2)
    with pytest.raises(TypeError, match="is not a number"):
        len(ls.grid(lr=np.array([1j])))


DURATIONS = [np.timedelta64(5, "s"), np.timedelta64(5, "ns"), np.timedelta64(5)]
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "lr": lambda value: ls.Protocol(lr=value),
    "l2": lambda value: ls.Surface(l2=value),
    "gtol": lambda value: ls.find_minima(S, THETA, gtol=value),
    "distance": lambda value: ls.slices.random_line(S, THETA[0], distance=value, **STEPS),
    "a range": lambda value: LINE.zoom((0.0, value)),
    "off by": lambda value: LINE.laid["centre"].off(value),
    "init_scale": lambda value: ls.grid(init_scale=np.array([1.0 if value is None else value])).cells,
}


@pytest.mark.parametrize("duration", DURATIONS)
@pytest.mark.parametrize("name", NUMBERS)
def test_a_duration_is_no_number(name: str, duration: Any) -> None:
    with pytest.raises(TypeError, match="is not a number; give a finite number"):
        NUMBERS[name](duration)


@pytest.mark.parametrize("kind", ["M8[ns]", "m8[ns]", "M8[D]"])
def test_levels_are_no_dates(kind: str) -> None:
    levels = np.array([1, 2], kind)
    with pytest.raises(TypeError, match="is not a number"):
        len(ls.grid(lr=levels))
    with pytest.raises(TypeError, match="is not a number"):
        ls.trainability_map(S, FAST, ("lr", levels), ("init_scale", [1.0]), runs=2)
    with pytest.raises(TypeError, match="is not a whole number"):
        len(ls.grid(hidden=levels))


def test_a_level_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="x lacks a value of lr"):
        ls.trainability_map(S, FAST, ("lr", [0.1, pd.NA]), ("init_scale", [1.0]), runs=2)
    with pytest.raises(ValueError, match="normalization=<NA> is not known"):
        ls.slices.random_line(S, THETA[0], normalization=pd.NA, **STEPS)


def test_a_mask_is_seen_inside_any_sequence_and_around_one_number() -> None:
    masked = np.ma.masked_array(THETA, THETA < -0.99)
    with pytest.raises(TypeError, match="theta of kind masked float64 is not real"):
        S.loss(deque(masked))
    with pytest.raises(TypeError, match="budget of kind masked int64 is not real"):
        ls.Protocol(budget=np.ma.masked_array(3, True))
    with pytest.raises(TypeError, match="range of kind masked float64 is not real"):
        LINE.zoom((0.0, np.ma.masked))


COUNTS: dict[str, Callable[[int], Any]] = {
    "runs": lambda many: ls.train(S, FAST, runs=many),
    "threads": lambda many: ls.train(S, FAST, runs=1, threads=many),
    "starts": lambda many: ls.find_minima(S, starts=many),
    "steps": lambda many: ls.slices.random_plane(S, THETA[0], steps=(3, many)),
    "images": lambda many: ls.minimum_energy_path(S, *THETA, images=many),
    "resolution": lambda many: ls.basin_map(S, FAST, PLANE, resolution=many),
    "nodes": lambda many: ls.NeuralNetwork(2, many, 1, lr=0.1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_beyond_64_bits_is_out_of_range(name: str) -> None:
    for many in (2**63, 10**400, 10**5000):
        with pytest.raises(ValueError, match="is out of range; give a whole number"):
            COUNTS[name](many)


def test_what_are_not_two_directions_are_refused() -> None:
    for ranks in (np.array(1), deque([0]), np.array([[0, 1]])):
        with pytest.raises(ValueError, match="are not two directions"):
            ls.slices.hessian_plane(S, THETA[0], ranks=ranks, **STEPS)
    assert ls.slices.hessian_plane(S, THETA[0], ranks=deque([0, 1]), **STEPS).shape == (3, 3)


def test_a_share_of_any_number_type_is_told() -> None:
    laid = LINE.laid["centre"]
    assert laid.caption(np.int8(3)) == laid.caption(Fraction(3)) == laid.caption(3.0)
