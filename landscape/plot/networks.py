"""Pictures of one network: what it computes, its weights, and its course of learning."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from landscape.plot.style import axes_for, finished, name, spans_decades, spare_look, to_scale
from landscape.surface import Surface
from landscape.training.train import Trajectory
from landscape.validation import integer, known, of_class

MARGIN = 0.5
"""How far beyond the patterns the input square reaches, in parts of their extent."""


@finished
def decision_surface(
    surface: Surface, theta: ArrayLike, ax: Axes | None = None, output: int = 0, colorbar: bool = True
) -> Axes:
    """Draw one output of a network of two inputs over the input square.

    The output is shown in colours, black where it is at the middle of its targets; each hidden unit's line, where its sum is
    0, is dashed; patterns are filled where the target is above the middle.

    Parameters
    ----------
    surface : Surface on a problem of two inputs
    theta : array_like (P,)
    ax : Axes, default new ones
    output : int, 0 to n_outputs - 1
    colorbar : bool

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for another number of inputs, an output that there is not, parameters that are not finite or of the wrong shape.
    TypeError
        for what is no Surface, or no real numbers.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> theta = surface.pack(W1=[[20, 20], [-20, -20]], b1=[-10, 30], W2=[[20, 20]], b2=[-30])
    >>> ls.plot.decision_surface(surface, theta).get_xlabel()
    'input 0'
    """
    of_class("surface", surface, Surface)
    problem = surface.table
    output = integer("output", output, 0, problem.n_outputs - 1)
    if problem.n_inputs != 2:
        raise ValueError(f"{problem.n_inputs} inputs make no square; a decision surface needs a problem of two inputs")
    axes = axes_for(ax)
    low, high = problem.inputs.min(axis=0), problem.inputs.max(axis=0)
    reach = MARGIN * np.where(high > low, high - low, 1.0)
    x, y = (np.linspace(a - r, b + r, 201) for a, b, r in zip(low, high, reach, strict=True))
    square = np.stack(np.meshgrid(x, y), axis=-1)
    point = _one(surface, theta)
    values = surface.forward(point, square.reshape(-1, 2))[:, output].reshape(201, 201)
    finite = values[np.isfinite(values)]
    least, most = surface.output_range
    if not np.isfinite([least, most]).all():
        least, most = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    drawn = axes.pcolormesh(x, y, values, cmap="PuOr", vmin=least, vmax=most, rasterized=True)
    middle = problem.midpoint[output]
    if finite.size and finite.min() < middle < finite.max():
        axes.contour(x, y, values, levels=[middle], colors="black", linewidths=1.4)
    parts = surface.unpack(point)
    for j in range(surface.hidden):
        bias = parts["b1"][j] if surface.bias else 0.0
        sums = square @ parts["W1"][j] + bias
        if sums.min() < 0.0 < sums.max():
            axes.contour(x, y, sums, levels=[0.0], colors=unit_look(j)["color"], linewidths=0.9, linestyles="dashed")
    on = problem.targets[:, output] > middle
    axes.scatter(
        problem.inputs[:, 0], problem.inputs[:, 1], c=np.where(on, "black", "white"), edgecolors="black", s=24, zorder=3
    )
    axes.set(xlabel="input 0", ylabel="input 1", xlim=x[[0, -1]], ylim=y[[0, -1]])
    to_scale(axes, own=ax is None)
    if colorbar:
        axes.figure.colorbar(drawn, ax=axes, label="output" if problem.n_outputs == 1 else f"output {output}")
    return axes


@finished
def weights(surface: Surface, theta: ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw the Hinton diagram of a network.

    There is a square for each weight and bias, its area in proportion to its size, white above 0 and black below; a row for
    each unit, hidden ones above the outputs, and a column for each number that units read.

    Parameters
    ----------
    surface : Surface
    theta : array_like (P,)
    ax : Axes, default new ones

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for parameters that are not finite or of the wrong shape.
    TypeError
        for what is no Surface, or no real numbers.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> theta = surface.pack(W1=[[20, 20], [-20, -20]], b1=[-10, 30], W2=[[20, 20]], b2=[-30])
    >>> ls.plot.weights(surface, theta).get_title()
    'largest weight 30'
    """
    of_class("surface", surface, Surface)
    axes = axes_for(ax)
    parts, inputs, hidden = surface.unpack(_one(surface, theta)), surface.table.n_inputs, surface.hidden
    names = [f"hidden {j}" for j in range(hidden)]
    reads = [*(f"input {i}" for i in range(inputs)), *names, *(["bias"] if surface.bias else [])]
    units = [*names, *(f"output {k}" for k in range(surface.table.n_outputs))]
    values = np.full((len(units), len(reads)), np.nan)
    if hidden:
        values[:hidden, :inputs] = parts["W1"]
    values[hidden:, inputs : inputs + hidden] = parts["W2"][:, :hidden]
    if surface.output_width > hidden:
        values[hidden:, :inputs] = parts["W2"][:, hidden:]
    if surface.bias:
        values[:, -1] = np.concatenate([parts["b1"], parts["b2"]]) if hidden else parts["b2"]
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    for (row, column), value in np.ndenumerate(values):
        if np.isnan(value):
            continue
        axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor="0.6", linewidth=0))
        side = 0.92 * np.sqrt(abs(value) / largest) if largest > 0.0 else 0.0
        colour = "white" if value > 0.0 else "black"
        axes.add_patch(Rectangle((column - side / 2, row - side / 2), side, side, facecolor=colour, linewidth=0))
    axes.set(xlim=(-0.6, len(reads) - 0.4), ylim=(len(units) - 0.4, -0.6))
    axes.set_xticks(range(len(reads)), reads, rotation=90)
    axes.set_yticks(range(len(units)), units)
    axes.tick_params(length=0)
    axes.set_aspect("equal")
    axes.set_title(f"largest weight {largest:.3g}")
    return axes


def _one(surface: Surface, theta: ArrayLike) -> NDArray[np.float64]:
    """The finite parameters (P,) of one network."""
    flat, lead = surface.flat(theta)
    if lead:
        raise ValueError(f"theta of shape {np.shape(theta)} is not one network; give shape ({surface.n_parameters},)")
    point: NDArray[np.float64] = flat[0]
    if not np.isfinite(point).all():
        raise ValueError(
            "theta is not finite and cannot be drawn; give finite parameters, a diverged run up to where it was"
        )
    return point


@finished
def plateau_strip(trajectory: Trajectory, plateaus: Any = None, ax: Axes | None = None) -> Axes:
    """Draw the course of one run in three panels over epochs: loss, gradient norm, and the hidden units' activations.

    The activations are drawn for each pattern, one colour and line style a unit.

    Parameters
    ----------
    trajectory : Trajectory
    plateaus : DataFrame, optional
        The table of ``landscape.plateaus``, whose plateaus are shaded.
    ax : Axes, default new ones

    Returns
    -------
    Axes
        The panels are its children.

    Raises
    ------
    TypeError
        for what is no Trajectory or no table.
    ValueError
        for a table without the columns first and last.

    Examples
    --------
    >>> import landscape as ls
    >>> path = ls.replay(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=300))
    >>> axes = ls.plot.plateau_strip(path, ls.plateaus(path))
    >>> [panel.get_ylabel() for panel in axes.child_axes]
    ['loss', 'gradient norm', 'hidden units']
    """
    of_class("trajectory", trajectory, Trajectory)
    of_class("plateaus", plateaus, pd.DataFrame, type(None))
    for column in () if plateaus is None else ("first", "last"):
        known("column", column, plateaus.columns)
    axes = axes_for(ax, height=4.0)
    axes.set_axis_off()
    epochs = trajectory.epochs
    panels = [axes.inset_axes((0.0, bottom, 1.0, 0.3)) for bottom in (0.7, 0.35, 0.0)]
    for panel, values, label in zip(panels, (trajectory.loss, trajectory.grad_norm), ("loss", "grad_norm"), strict=False):
        panel.plot(epochs, np.where(np.isfinite(values), values, np.nan), color="black")
        if spans_decades(values[np.isfinite(values) & (values > 0.0)]):
            panel.set_yscale("log")
        panel.set(ylabel=name(label), xticklabels=[])
    for j in range(trajectory.surface.hidden):
        lines = panels[2].plot(epochs, trajectory.units[:, :, j], linewidth=0.8, **unit_look(j))
        lines[0].set_label(f"unit {j}")
    if trajectory.surface.hidden:
        panels[2].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    panels[2].set(xlabel=name("epoch"), ylabel="hidden units")
    for panel in panels:
        panel.set_xlim(epochs[0], max(epochs[-1], epochs[0] + 1))
        for _, row in () if plateaus is None else plateaus.iterrows():
            panel.axvspan(row["first"], row["last"], color="0.9", zorder=0)
    return axes


def unit_look(unit: int) -> dict[str, Any]:
    """Colour and line style of a hidden unit, in every picture of its network. The first spare colour is too near to the
    black of a decision boundary."""
    return {"color": spare_look(unit + 1)["color"], "linestyle": spare_look(unit)["linestyle"]}
