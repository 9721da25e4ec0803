"""The surface: a problem, an architecture and an objective as a function of one flat vector, with gradient and Hessian.

Shapes: P parameters, in the order of ``W1 (hidden, n_inputs)``, ``b1 (hidden,)``, ``W2 (n_outputs, output_width)``,
``b2 (n_outputs,)``, see ``layout``. Every method takes ``theta`` of shape (..., P) and keeps the leading axes.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape import registry
from landscape._kernels.evaluation import activate, evaluate, evaluation_rows, unit_sums
from landscape._kernels.hessian import hessian_rows, second_derivatives
from landscape._kernels.network import Network, aligned, known_when_compiled
from landscape._simd.lanes import LANES
from landscape.deprecation import takes_old_names
from landscape.function import Kinks
from landscape.layout import Layout
from landscape.machine import fits_in_memory
from landscape.options import checked
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS
from landscape.parts.output_layers import LAYER_COSTS, OUTPUT_LAYERS, OutputLayer
from landscape.problems import Problem, in_counting_order
from landscape.summary import Summary, python_of, summarized
from landscape.validation import real_array, table_of_numbers

Array = NDArray[np.float64]

NONE: Array = np.empty((0, 1))
"""What is not asked of a kernel."""


@summarized
@takes_old_names
@dataclass(frozen=True)
class Surface:
    """Loss of a network with one hidden layer on a truth table, as a function of its flat parameter vector.

    Parameters
    ----------
    problem : Problem, name ("xor", "and", "parity3", ...) or number (0 to 15, a Boolean function of two inputs)
    hidden : int, 0 to a million
        Units in the hidden layer; with 0 the output layer reads the inputs.
    activation, output : str, or ``Activation``
        Of the hidden units and of the output units, names from ``activations.ACTIVATIONS``, or records of your own, see
        ``register``. ``output`` may also be "softmax", for one-hot targets.
    objective : "squared_error" or "cross_entropy"
        Cross-entropy is computed on the logits and needs ``output="sigmoid"`` or ``output="softmax"``.
    reduction : "mean", "sum", "half_mean" or "half_sum", over patterns and outputs; with softmax, over patterns
    l2 : float, 0 or more
        Adds ``l2 * ||theta||^2``, biases included.
    bias : bool
        Whether the layers have biases.
    shortcut : bool
        Whether the output layer reads the inputs beside the hidden units.
    slope : float
        Of leaky_relu for negative arguments.

    Raises
    ------
    ValueError, TypeError
        for an unknown name, a value out of range, or a combination that makes no sense: cross-entropy without a sigmoid
        output, targets that the output cannot reach. Methods raise ValueError for ``theta`` of the wrong shape and TypeError
        for values that are not real numbers.

    Notes
    -----
    Methods take ``theta``, array_like (..., P), and keep the leading axes. P counts the parameters, in the order of
    ``W1 (hidden, n_inputs)``, ``b1 (hidden,)``, ``W2 (n_outputs, output_width)``, ``b2 (n_outputs,)``.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2, l2=1e-4)
    >>> surface.architecture, surface.n_parameters
    ('2-2-1', 9)
    >>> float(surface.loss([0.0] * 9)), surface.gradient([[0.0] * 9] * 5).shape
    (0.25, (5, 9))
    """

    problem: Problem | str | int = "xor"
    hidden: int = 2
    activation: str = "sigmoid"
    output: str = "sigmoid"
    objective: str = "squared_error"
    reduction: str = "mean"
    l2: float = 0.0
    bias: bool = True
    shortcut: bool = False
    slope: float = 0.01

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, checked(field.name, getattr(self, field.name)))
        if self.output in OUTPUT_LAYERS:
            self._check_layer(OUTPUT_LAYERS[self.output])
            return
        objective = OBJECTIVES[self.objective]
        if objective.output not in (None, self.output):
            free = " or ".join(f'objective="{name}"' for name, part in OBJECTIVES.items() if part.output is None)
            raise ValueError(
                f'objective="{self.objective}" is the cost of {objective.of}, but output="{self.output}" does not give one; '
                f'use output="{objective.output}", or {free}'
            )
        low, high = self.output_range
        targets = self.table.targets
        if targets.min() < low or targets.max() > high:
            names = [name for name, part in ACTIVATIONS.items() if part.low <= targets.min() and targets.max() <= part.high]
            raise ValueError(
                f'targets from {targets.min():g} to {targets.max():g} are out of reach of output="{self.output}", which '
                f"gives {low:g} to {high:g}; code the targets within that range, or use an output out of: {', '.join(names)}"
            )

    def _check_layer(self, layer: OutputLayer) -> None:
        """Raise ValueError unless objective and targets are such as outputs of a whole layer go with."""
        if self.objective not in layer.costs:
            able = " or ".join(f'objective="{name}"' for name in layer.costs)
            raise ValueError(f'output="{self.output}" does not go with objective="{self.objective}"; use {able}')
        targets = self.table.targets
        outside = targets.min() < layer.low or targets.max() > layer.high
        if targets.shape[1] < 2 or outside or not np.allclose(targets.sum(axis=1), layer.total, rtol=1e-9, atol=0.0):
            raise ValueError(
                f'output="{self.output}" gives a pattern outputs that sum to {layer.total:g}, each from {layer.low:g} to '
                f'{layer.high:g}; the targets of problem "{self.table.name}" do not; give one column a class, such as '
                "landscape.problems.one_hot makes"
            )

    @property
    def output_range(self) -> tuple[float, float]:
        """The smallest and largest value that an output comes arbitrarily near to."""
        part = OUTPUT_LAYERS[self.output] if self.output in OUTPUT_LAYERS else registry.activation(self.output)
        return part.low, part.high

    def _summary(self) -> Summary:
        return Summary(python_of(self, {"problem": self.table._as_argument()}), whole=True)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone, and activations of one's own: what is cached would arrive in another process as read-only
        arrays, and kernels compile anew."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"_own": registry.records(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, record in state.pop("_own", {}).items():
            registry.register(record, name.partition("@")[0])
        self.__dict__.update(state)

    @property
    def table(self) -> Problem:
        """Problem of the surface; the field ``problem`` may have been given as a name."""
        assert isinstance(self.problem, Problem)
        return self.problem

    @cached_property
    def layout(self) -> Layout:
        """Layout: which numbers of theta belong to which layer and unit."""
        return Layout((self.table.n_inputs, self.hidden, self.table.n_outputs), self.bias, self.shortcut)

    @property
    def architecture(self) -> str:
        """Sizes of the layers, such as "2-3-1", or "2-1" without hidden units."""
        return self.layout.architecture

    @property
    def settings(self) -> dict[str, Any]:
        """Value of every field by name, the problem by its own name, as tables of runs show them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"problem": self.table.name}

    @property
    def parameter_names(self) -> list[str]:
        """Names of the parameters in the order of theta: "W1[0,1]" is the weight of input 1 into hidden unit 0."""
        return self.layout.names

    @property
    def output_width(self) -> int:
        """Number of values that an output unit reads."""
        return self.layout.layers[-1].columns

    @property
    def n_parameters(self) -> int:
        """P, the length of the parameter vector."""
        return self.layout.size

    @cached_property
    def network(self) -> Network:
        """The surface as kernels see it."""
        reduction = REDUCTIONS[self.reduction]
        whole = self.output in OUTPUT_LAYERS
        return Network(
            n_patterns=self.table.n_patterns,
            n_inputs=self.table.n_inputs,
            n_outputs=self.table.n_outputs,
            n_parameters=self.n_parameters,
            hidden=self.hidden,
            activation=registry.code(self.activation),
            output=0 if whole else registry.code(self.output),
            objective=(
                LAYER_COSTS.index((self.output, self.objective)) if whole else list(OBJECTIVES).index(self.objective)
            ),
            weight=reduction.weight,
            averaged=reduction.averaged,
            l2=self.l2,
            bias=self.bias,
            direct=self.layout.direct,
            leak=self.slope,
            counting=in_counting_order(self.table.inputs),
            whole=whole,
        )

    @cached_property
    def truth_table(self) -> tuple[Array, Array]:
        """Inputs and targets for kernels: writable copies, because Numba compiles anew for a read-only array."""
        return self.table.inputs.copy(), self.table.targets.copy()

    def flat(self, theta: ArrayLike) -> tuple[Array, tuple[int, ...]]:
        """Return ``theta`` (..., P) as a contiguous float64 array (n, P), and its leading axes as a tuple.

        Raises
        ------
        ValueError
            unless the last axis has length P.
        TypeError
            for values that are not real numbers.
        """
        array = self.layout.vectors(theta)
        lead = array.shape[:-1]
        return np.require(array.reshape(-1, self.n_parameters), requirements=["C", "W"]), lead

    def loss(self, theta: ArrayLike) -> Array:
        """Return the loss (...) at ``theta`` (..., P)."""
        return self._evaluate(theta)[0]

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient (..., P) of the loss at ``theta`` (..., P)."""
        return self._evaluate(theta, gradient=True)[1]

    def loss_and_gradient(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Return loss (...) and gradient (..., P) at ``theta`` (..., P), for the price of the gradient."""
        return self._evaluate(theta, gradient=True)

    def _evaluate(self, theta: ArrayLike, gradient: bool = False) -> tuple[Array, Array]:
        flat, lead = self.flat(theta)
        loss, slopes = np.empty(len(flat)), np.empty((len(flat) if gradient else 0, self.n_parameters))
        space = aligned(evaluation_rows(self.network))
        evaluate(
            self.network,
            *known_when_compiled(self.network),
            *self.truth_table,
            flat,
            loss,
            slopes,
            NONE,
            NONE,
            space,
        )
        return loss.reshape(lead), slopes.reshape((*lead, self.n_parameters)) if gradient else slopes

    def forward(self, theta: ArrayLike, inputs: ArrayLike | None = None) -> Array:
        """Compute the network's outputs at ``theta`` (..., P).

        Parameters
        ----------
        theta : array_like (..., P)
        inputs : array_like (patterns, n_inputs), default the problem's patterns

        Returns
        -------
        ndarray (..., patterns, n_outputs)

        Raises
        ------
        ValueError
            for theta or inputs of the wrong shape, or inputs that are not finite.
        TypeError
            for values that are not real numbers.
        """
        flat, lead = self.flat(theta)
        x = self.truth_table[0] if inputs is None else table_of_numbers("inputs", inputs)
        if x.ndim != 2 or x.shape[1] != self.table.n_inputs:
            raise ValueError(f"inputs of shape {x.shape} do not fit; give shape (patterns, {self.table.n_inputs})")
        asked, n_outputs = len(x), self.table.n_outputs
        if asked % 2:  # kernels take two patterns together
            x = np.concatenate([x, x[-1:]])
        network = self.network._replace(n_patterns=len(x), counting=False)
        outputs = np.empty((len(flat), len(x) * n_outputs))
        space = aligned(evaluation_rows(network))
        targets = np.zeros((len(x), n_outputs))
        evaluate(
            network,
            *known_when_compiled(network),
            x,
            targets,
            flat,
            np.empty(0),
            NONE,
            outputs,
            NONE,
            space,
        )
        return outputs.reshape((*lead, len(x), n_outputs))[..., :asked, :]

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the Hessian (..., P, P) of the loss at ``theta`` (..., P), symmetric to the last bit.

        Where a hidden unit or an output is at a kink of its activation, slope and curvature are those from below, as in
        ``activations``.

        Raises
        ------
        ValueError
            for theta of the wrong shape, or more Hessians than fit in memory.
        TypeError
            for values that are not real numbers.
        """
        flat, lead = self.flat(theta)
        size = self.n_parameters
        needed = 8.0 * (len(flat) * size**2 + LANES * hessian_rows(self.network))
        fits_in_memory(f"{len(flat)} Hessians of {size} x {size}", needed, "ask for fewer at a time, or a smaller network")
        hessian = np.empty((len(flat), size, size))
        space = aligned(hessian_rows(self.network))
        second_derivatives(self.network, *self.truth_table, flat, hessian, space)
        return hessian.reshape((*lead, size, size))

    def unit_sums(self, theta: ArrayLike) -> Array:
        """Return the sum (..., patterns, hidden) that each hidden unit forms for each pattern at ``theta`` (..., P)."""
        flat, lead = self.flat(theta)
        sums = np.empty((len(flat), self.table.n_patterns, self.hidden))
        unit_sums(self.network, self.truth_table[0], flat, sums)
        return sums.reshape(*lead, *sums.shape[1:])

    def activate(self, sums: ArrayLike) -> tuple[Array, Array]:
        """Apply the activation of the hidden units.

        Parameters
        ----------
        sums : array_like of any shape

        Returns
        -------
        tuple of ndarray
            Value and slope of the activation, both of the shape of ``sums``.
        """
        z = real_array("sums", sums)
        value, slope = np.empty(z.size), np.empty(z.size)
        activate(self.network.activation, np.require(z.reshape(-1), requirements=["C", "W"]), self.slope, value, slope)
        return value.reshape(z.shape), slope.reshape(z.shape)

    def kinks(self, theta: ArrayLike) -> Kinks:
        """Find where the gradient jumps, as seen from ``theta`` (n, P).

        There is one kink for each pattern, hidden unit and jump of the slope of ``activation``. Kinks of ``output`` are left
        out: where an output reaches its targets they bend downward, and no minimum lies on one.

        Returns
        -------
        Kinks
            Signed distance (n, K), its gradient by the parameters (n, K, P), and jump of the loss's slope (n, K).
        """
        flat, _ = self.flat(theta)
        n, net, x = len(flat), self.network, self.truth_table[0]
        places = np.array(registry.activation(self.activation).kinks if self.hidden else ())
        if not len(places) or n == 0:
            return Kinks(np.empty((n, 0)), np.empty((n, 0, net.n_parameters)), np.empty((n, 0)))
        deltas = np.empty((n, self.table.targets.size))
        space = aligned(evaluation_rows(net))
        evaluate(net, *known_when_compiled(net), *self.truth_table, flat, np.empty(0), NONE, NONE, deltas, space)
        with np.errstate(over="ignore", invalid="ignore"):  # a point beyond all reason is data, not an error
            by_value = deltas.reshape(n, *self.table.targets.shape) @ self.unpack(flat)["W2"][:, :, : self.hidden]
        normal = np.zeros((len(x), self.hidden, net.n_parameters))  # the unit's sum by the parameters
        read = np.concatenate([x, np.ones((len(x), int(self.bias)))], axis=1)
        for j, into in enumerate(self.layout.layers[0].into):
            normal[:, j, into] = read
        below, above = (self.activate(np.nextafter(places, side))[1] for side in (-np.inf, np.inf))
        distance = self.unit_sums(flat)[..., np.newaxis] - places
        jump = by_value[..., np.newaxis] * (above - below)
        normals = np.empty((*jump.shape, net.n_parameters))
        normals[:] = normal[:, :, np.newaxis]
        return Kinks(distance.reshape(n, -1), normals.reshape(n, -1, net.n_parameters), jump.reshape(n, -1))

    def unpack(self, theta: ArrayLike) -> dict[str, Array]:
        """Return weights (..., rows, columns) and biases (..., rows) of ``theta`` (..., P) by name.

        Names are ``W1``, ``b1``, ``W2``, ``b2``; arrays that the surface does not have are left out.
        """
        return self.layout.unpack(theta)

    def pack(self, **arrays: ArrayLike) -> Array:
        """Return the parameter vector of given weights and biases: the inverse of ``unpack``.

        Parameters
        ----------
        W1, b1, W2, b2 : array_like
            ``arrays`` by name: weights (..., rows, columns) and biases (..., rows), each of those that the surface has.
            Leading axes are broadcast: an array without them is the same for every vector.

        Returns
        -------
        ndarray (..., P)

        Raises
        ------
        ValueError
            for an array that is missing, that the surface does not have, or that has another shape.
        TypeError
            for what is no array of real numbers.

        Examples
        --------
        OR and NAND into AND, which is XOR:

        >>> import landscape as ls
        >>> surface = ls.Surface("xor", hidden=2)
        >>> theta = surface.pack(W1=[[20, 20], [-20, -20]], b1=[-10, 30], W2=[[20, 20]], b2=[-30])
        >>> surface.forward(theta).round().ravel().tolist()
        [0.0, 1.0, 1.0, 0.0]
        """
        return self.layout.pack(**arrays)
