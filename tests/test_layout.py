"""The layout of the parameter vector: counted out one by one, against what kernels reckon, and its inverse."""

import doctest
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import landscape as ls
from landscape import surface as surface_module
from landscape._kernels.network import hidden_bias, output_weights
from landscape._simd.jit import kernel
from landscape.layout import Layout

ARCHITECTURES = list(itertools.product(range(6), (1, 2, 3), (1, 2, 3), (True, False), (False, True)))
"""Hidden units, inputs, outputs, bias, shortcut."""
SEVERAL_LAYERS = [
    Layout((*sizes, outputs), bias, shortcut)
    for sizes in ((2, 3, 2), (1, 1, 4, 2), (3, 2, 2, 2))
    for outputs in (1, 2)
    for bias in (True, False)
    for shortcut in (True, False)
]


def surface_of(hidden: int, n_inputs: int, n_outputs: int, bias: bool, shortcut: bool) -> ls.Surface:
    table = ls.Problem(np.eye(n_inputs), np.zeros((n_inputs, n_outputs)))
    return ls.Surface(table, hidden, bias=bias, shortcut=shortcut)


SURFACES = [surface_of(*architecture) for architecture in ARCHITECTURES]
LAYOUTS = [surface.layout for surface in SURFACES] + SEVERAL_LAYERS


def counted(layout: Layout) -> tuple[list[str], list[int], list[tuple[int, int]]]:
    """The plain twin: of each parameter in order its name, its layer and its unit, as (layer, unit)."""
    names, of_layer, of_unit = [], [], []
    inputs, *inner, outputs = layout.sizes
    reads = inputs
    for number, units in enumerate([*inner, outputs], 1):
        if number == len(inner) + 1 and (layout.shortcut or inner == [0]):
            reads += inputs
        places = [(f"W{number}[{unit},{column}]", unit) for unit in range(units) for column in range(reads)]
        places += [(f"b{number}[{unit}]", unit) for unit in range(units) if layout.bias]
        for name, unit in places:
            names.append(name)
            of_layer.append(number)
            of_unit.append((number, unit))
        reads = units
    return names, of_layer, of_unit


def test_parameters_come_layer_by_layer_weights_before_biases() -> None:
    for layout in LAYOUTS:
        names, of_layer, of_unit = counted(layout)
        assert layout.names == names
        assert layout.size == len(names)
        for by, belongs in (("layer", of_layer), ("filter", of_unit)):
            groups: dict[Any, set[int]] = {}
            for place, group in enumerate(belongs):
                groups.setdefault(group, set()).add(place)
            found = layout.groups(by)  # type: ignore[arg-type]
            assert [set(group.tolist()) for group in found] == list(groups.values())
            assert sorted(np.concatenate(found)) == list(range(layout.size))


def test_into_a_unit_are_its_weights_and_last_its_bias() -> None:
    for layout in LAYOUTS:
        names = layout.names
        for layer in layout.layers:
            assert layer.into.shape == (layer.rows, layer.columns + layout.bias)
            for unit, places in enumerate(layer.into):
                own = [f"W{layer.number}[{unit},{column}]" for column in range(layer.columns)]
                assert [names[place] for place in places] == own + [f"b{layer.number}[{unit}]"] * layout.bias


def test_architectures_are_named_by_their_sizes() -> None:
    assert Layout((2, 3, 1)).architecture == "2-3-1"
    assert Layout((2, 0, 1)).architecture == "2-1"
    assert Layout((4, 3, 2, 2)).architecture == "4-3-2-2"


def test_a_shortcut_reads_the_inputs_after_the_hidden_units() -> None:
    shortcut, none, several = Layout((2, 3, 1), shortcut=True), Layout((2, 0, 1)), Layout((2, 4, 3, 1), shortcut=True)
    assert [layout.layers[-1].columns for layout in (shortcut, none, several)] == [5, 2, 5]
    assert [layout.direct for layout in (shortcut, none, several, Layout((2, 3, 1)))] == [True, True, True, False]


def test_surfaces_have_the_layout_of_their_architecture() -> None:
    for (hidden, n_inputs, n_outputs, bias, shortcut), surface in zip(ARCHITECTURES, SURFACES, strict=True):
        assert surface.layout == Layout((n_inputs, hidden, n_outputs), bias, shortcut)
        assert surface.layout is surface.layout
        assert surface.n_parameters == surface.layout.size
        assert surface.parameter_names == surface.layout.names


@kernel
def rows_of_kernels(net: Any, first_bias: NDArray[np.int64], first_weights: NDArray[np.int64]) -> None:
    first_bias[0] = hidden_bias(net)
    for k in range(net.n_outputs):
        first_weights[k] = output_weights(net, k)


def test_kernels_reckon_the_same_places() -> None:
    for surface in SURFACES:
        first_bias, first_weights = np.full(1, -1), np.full(surface.table.n_outputs, -1)
        rows_of_kernels(surface.network, first_bias, first_weights)
        hidden, outputs = surface.layout.layers
        assert first_bias[0] == hidden.biases.start
        assert first_weights.tolist() == outputs.into[:, 0].tolist()
        assert surface.network.n_parameters == surface.layout.size
        assert surface.network.direct == surface.layout.direct


@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (0,)])
def test_pack_is_the_inverse_of_unpack(lead: tuple[int, ...], rng: np.random.Generator) -> None:
    for layout in LAYOUTS:
        theta = rng.normal(size=(*lead, layout.size))
        arrays = layout.unpack(theta)
        assert all(np.shares_memory(array, theta) for array in arrays.values()) or theta.size == 0
        again = layout.pack(**arrays)
        np.testing.assert_array_equal(again, theta, strict=True)
        assert not np.shares_memory(again, theta)
        for name, array in layout.unpack(again).items():
            np.testing.assert_array_equal(array, arrays[name], strict=True)


def test_every_array_is_found_under_the_names_of_its_parameters() -> None:
    for layout in LAYOUTS:
        arrays = layout.unpack(np.arange(layout.size))
        named = [f"{name}[{','.join(map(str, at))}]" for name, array in arrays.items() for at in np.ndindex(array.shape)]
        assert [place for array in arrays.values() for place in array.ravel()] == list(range(layout.size))
        assert named == layout.names


def test_pack_broadcasts_leading_axes(rng: np.random.Generator) -> None:
    surface = ls.Surface("parity3", hidden=2)
    W1, b1, W2, b2 = rng.normal(size=(4, 1, 2, 3)), [0.0, 1.0], rng.normal(size=(5, 1, 2)), [[[3]]]
    packed = surface.pack(W1=W1, b1=b1, W2=W2, b2=b2)
    assert packed.shape == (4, 5, surface.n_parameters)
    for i, j in np.ndindex(4, 5):
        np.testing.assert_array_equal(packed[i, j], np.concatenate([W1[i, 0].ravel(), b1, W2[j].ravel(), [3.0]]))
    packed[0, 0] = 7.0  # a vector of its own
    assert (packed[0, 1] != 7.0).all()
    assert packed.flags.c_contiguous


GIVEN: dict[str, Any] = {"W1": np.ones((2, 2)), "b1": np.ones(2), "W2": np.ones((1, 2)), "b2": np.ones(1)}
SHAPES = r"W1 \(\.\.\., 2, 2\), b1 \(\.\.\., 2\), W2 \(\.\.\., 1, 2\), b2 \(\.\.\., 1\)"
NOT_PACKED: dict[str, tuple[ls.Surface, dict[str, Any], str]] = {
    "a missing array": (
        ls.Surface(),
        {name: GIVEN[name] for name in ("W1", "W2", "b2")},
        f"^b1 is missing; this 2-2-1 surface is made up of {SHAPES}: give these$",
    ),
    "another name": (
        ls.Surface(),
        {"w1": GIVEN["W1"], **{name: GIVEN[name] for name in ("b1", "W2", "b2")}},
        f"^W1 is missing, w1 is not known; this 2-2-1 surface is made up of {SHAPES}: give these$",
    ),
    "an array too many": (ls.Surface(), GIVEN | {"W3": [[1.0]]}, "^W3 is not known; this 2-2-1 surface is made up of W1"),
    "biases of a surface without": (ls.Surface(bias=False), GIVEN, "^b1 is not known, b2 is not known; this 2-2-1 surface"),
    "weights turned": (
        ls.Surface(),
        GIVEN | {"W2": np.ones((2, 1))},
        r"^W2 of shape \(2, 1\) does not fit this 2-2-1 surface; give shape \(\.\.\., 1, 2\)$",
    ),
    "a row too many": (
        ls.Surface(),
        GIVEN | {"W1": np.ones((3, 2))},
        r"^W1 of shape \(3, 2\) does not fit this 2-2-1 surface",
    ),
    "a number for a bias": (
        ls.Surface(),
        GIVEN | {"b2": 1.0},
        r"^b2 of shape \(\) does not fit .* give shape \(\.\.\., 1\)$",
    ),
    "leading axes of different lengths": (
        ls.Surface(),
        GIVEN | {"W1": np.ones((3, 2, 2)), "b1": np.ones((4, 2))},
        r"^leading axes \(3,\) of W1, \(4,\) of b1, \(\) of W2, .* do not broadcast; give arrays with equal ones, or none",
    ),
    "rows of unequal length": (
        ls.Surface(),
        GIVEN | {"W1": [[1.0, 2.0], [3.0]]},
        "^W1 is not a rectangular table of numbers",
    ),
}


@pytest.mark.parametrize("case", NOT_PACKED)
def test_arrays_that_do_not_make_up_a_vector_are_refused(case: str) -> None:
    surface, arrays, message = NOT_PACKED[case]
    with pytest.raises(ValueError, match=message):
        surface.pack(**arrays)


def test_the_order_told_is_that_of_the_surface() -> None:
    for surface, order in (
        (ls.Surface(), "W1, b1, W2, b2"),
        (ls.Surface(bias=False), "W1, W2"),
        (ls.Surface(hidden=0), "W2, b2"),
    ):
        for ask in (surface.loss, surface.unpack):
            with pytest.raises(ValueError, match=rf"^theta of shape \(20,\) does not fit this .*, in the order {order}$"):
                ask(np.zeros(20))


def test_the_example_of_pack_runs() -> None:
    found = doctest.testmod(surface_module)
    assert found.attempted > 0
    assert found.failed == 0
