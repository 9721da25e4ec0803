"""Layout: which numbers of the flat parameter vector belong to which layer, unit and kind.

The vector theta has P parameters. It holds one layer after the other, and of each layer the weights first, row-major as
(rows, columns), a row for each unit of the layer and a column for each number that the unit reads; then the layer's biases
(rows,), where the network has biases. Layers are numbered from 1. The output layer reads the units of the last hidden layer
and, with a shortcut or without hidden units, the inputs after them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.validation import real_array

Array = NDArray[np.float64]
Places = NDArray[np.int64]


class LayerLayout(NamedTuple):
    """One layer of units.

    number : int, 1 for the first
    rows, columns : int, units, and numbers that each of them reads
    bias : bool, whether each unit has a bias
    start : int, place in theta of the layer's first weight
    """

    number: int
    rows: int
    columns: int
    bias: bool
    start: int

    @property
    def weights(self) -> slice:
        """Places in theta of the weights, row-major."""
        return slice(self.start, self.start + self.rows * self.columns)

    @property
    def biases(self) -> slice:
        """Places in theta of the biases, right after the weights; empty without biases."""
        start = self.weights.stop
        return slice(start, start + self.rows if self.bias else start)

    @property
    def into(self) -> Places:
        """Places in theta of the parameters into each unit, (rows, columns + 1): its weights, then its bias; without biases
        (rows, columns)."""
        weights = np.arange(self.weights.start, self.weights.stop).reshape(self.rows, self.columns)
        biases = np.arange(self.biases.start, self.biases.stop).reshape(self.rows, int(self.bias))
        return np.concatenate([weights, biases], axis=1)


@dataclass(frozen=True)
class Layout:
    """Places of the parameters of a network of full layers.

    Parameters
    ----------
    sizes : tuple of int
        Number of inputs, units of each hidden layer, number of outputs. A hidden layer of 0 units has no parameters but
        keeps its number: with ``sizes=(2, 0, 1)`` the output layer is layer 2 and reads the inputs.
    bias : bool
        Whether the layers have biases.
    shortcut : bool
        Whether the output layer reads the inputs beside the hidden units.
    """

    sizes: tuple[int, ...]
    bias: bool = True
    shortcut: bool = False

    @property
    def direct(self) -> bool:
        """Whether the output layer reads the inputs: with a shortcut, or where there is no hidden unit."""
        return self.shortcut or not any(self.sizes[1:-1])

    @cached_property
    def layers(self) -> tuple[LayerLayout, ...]:
        """The hidden layers, those of 0 units included, and the output layer."""
        layers: list[LayerLayout] = []
        last, start = len(self.sizes) - 1, 0
        for number in range(1, last + 1):
            columns = self.sizes[number - 1] + (self.sizes[0] if number == last and self.direct else 0)
            layers.append(LayerLayout(number, self.sizes[number], columns, self.bias, start))
            start = layers[-1].biases.stop
        return tuple(layers)

    @cached_property
    def size(self) -> int:
        """P, the length of theta."""
        return int(self.layers[-1].biases.stop)

    @property
    def architecture(self) -> str:
        """Such as "2-3-1", or "2-1" without hidden units."""
        return "-".join(str(size) for size in self.sizes if size)

    @cached_property
    def arrays(self) -> dict[str, tuple[slice, tuple[int, ...]]]:
        """Of each array that theta is made of, in order, its places and its shape: "W1", the weights of layer 1, as (rows,
        columns), "b1", its biases, as (rows,), and so on. Arrays that the network does not have are left out."""
        found: dict[str, tuple[slice, tuple[int, ...]]] = {}
        for layer in self.layers:
            if layer.rows:
                found[f"W{layer.number}"] = layer.weights, (layer.rows, layer.columns)
            if layer.rows and layer.bias:
                found[f"b{layer.number}"] = layer.biases, (layer.rows,)
        return found

    @property
    def names(self) -> list[str]:
        """Of each parameter in the order of theta: "W1[0,1]" is the weight of input 1 into unit 0 of layer 1."""
        return [f"{name}[{','.join(map(str, at))}]" for name, (_, shape) in self.arrays.items() for at in np.ndindex(shape)]

    def groups(self, by: Literal["layer", "filter"]) -> list[Places]:
        """Places of the parameters of each layer, or of each filter: the weights into a unit, and its bias. Within a layer
        unit comes after unit."""
        layers = [layer.into for layer in self.layers if layer.rows]
        return [into.ravel() for into in layers] if by == "layer" else [unit for into in layers for unit in into]

    def vectors(self, theta: ArrayLike) -> Array:
        """``theta`` as a float64 array (..., P), not copied where it is one. Raises ValueError unless the last axis has
        length P, and TypeError for what is no array of real numbers."""
        array = real_array("theta", theta)
        if array.ndim == 0 or array.shape[-1] != self.size:
            raise ValueError(
                f"theta of shape {array.shape} does not fit this {self.architecture} surface; give shape "
                f"(..., {self.size}), in the order {', '.join(self.arrays)}"
            )
        return array

    def unpack(self, theta: ArrayLike) -> dict[str, Array]:
        """Weights and biases by name, as views (..., rows, columns) and (..., rows) of ``theta`` (..., P)."""
        array = self.vectors(theta)
        return {
            name: array[..., places].reshape((*array.shape[:-1], *shape)) for name, (places, shape) in self.arrays.items()
        }

    def pack(self, **arrays: ArrayLike) -> Array:
        """The inverse of ``unpack``: a new theta (..., P) of weights (..., rows, columns) and biases (..., rows), each given
        by its name. Leading axes are broadcast. Raises ValueError for an array that is missing, that the network does not
        have or that has another shape, and TypeError for what is no array of real numbers."""
        if arrays.keys() != self.arrays.keys():
            amiss = [f"{name} is missing" for name in self.arrays if name not in arrays]
            amiss += [f"{name} is not known" for name in arrays if name not in self.arrays]
            wanted = ", ".join(f"{name} {_shaped(shape)}" for name, (_, shape) in self.arrays.items())
            raise ValueError(f"{', '.join(amiss)}; this {self.architecture} surface is made up of {wanted}: give these")
        rows, leads = [], []
        for name, (places, shape) in self.arrays.items():
            array = real_array(name, arrays[name])
            if array.shape[-len(shape) :] != shape:
                raise ValueError(
                    f"{name} of shape {array.shape} does not fit this {self.architecture} surface; give shape "
                    f"{_shaped(shape)}"
                )
            leads.append(array.shape[: -len(shape)])
            rows.append(array.reshape((*leads[-1], places.stop - places.start)))
        if len(set(leads)) > 1:
            try:
                lead = np.broadcast_shapes(*leads)
            except ValueError:
                told = ", ".join(f"{axes} of {name}" for name, axes in zip(self.arrays, leads, strict=True))
                raise ValueError(f"leading axes {told} do not broadcast; give arrays with equal ones, or none") from None
            rows = [np.broadcast_to(row, (*lead, row.shape[-1])) for row in rows]
        return np.concatenate(rows, axis=-1)


def _shaped(shape: tuple[int, ...]) -> str:
    return f"(..., {', '.join(map(str, shape))})"
