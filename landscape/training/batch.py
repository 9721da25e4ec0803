"""Chunks of runs: what one thread trains, or several threads out of one queue."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._kernels.network import work_rows
from landscape._kernels.settings import Rule, form_of
from landscape._kernels.trainer import UNDECIDED, Chunk, descend, extra_rows
from landscape._simd.lanes import LANES
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.optimizers import OPTIMIZERS, Settings
from landscape.protocol import Protocol
from landscape.surface import Surface, aligned
from landscape.validation import integer, known, unmasked

Array = NDArray[np.float64]

PRECISIONS: MappingProxyType[str, type[np.floating[Any]]] = MappingProxyType({"float64": np.float64, "float32": np.float32})
"""Types of number that runs are trained in."""


HARMLESS = 500.0
"""See ``_nothing_to_see``."""


def rounded(starts: Array, precision: str) -> NDArray[Any]:
    """Starts in that precision, which the kernel takes from them; infinite where it cannot hold them."""
    with np.errstate(over="ignore"):
        return starts.astype(PRECISIONS[precision], copy=False)


class Ends(NamedTuple):
    """What the kernel says of a chunk of n runs with c checkpoints, once trained."""

    theta: Array
    outcomes: NDArray[np.int8]
    epochs: NDArray[np.int64]
    seen_loss: Array
    seen_solved: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, n_parameters: int, c: int) -> "Ends":
        return cls(
            np.empty((n, n_parameters)),
            np.full(n, UNDECIDED, np.int8),
            np.empty(n, np.int64),
            np.empty((n, c)),
            np.empty((n, c), np.bool_),
        )


def rule_of(surface: Surface, protocol: Protocol, precision: str = "float64") -> Rule:
    """The protocol as kernels see it, once it is known to make sense on this surface and in this precision."""
    if not isinstance(surface, Surface):
        raise TypeError(f"surface={surface!r} is not a Surface; give one such as landscape.Surface('xor', hidden=2)")
    if not isinstance(protocol, Protocol):
        raise TypeError(f"protocol={protocol!r} is not a Protocol; give landscape.Protocol(lr=0.5), and runs by name")
    gradient, criterion = GRADIENTS[protocol.gradient], CRITERIA[protocol.criterion]
    if not gradient.output_slope and surface.objective == "cross_entropy":
        able = ", ".join(name for name, part in GRADIENTS.items() if part.output_slope)
        raise ValueError(
            f'gradient="{protocol.gradient}" leaves out the slope of the output, which cancels in '
            f'objective="cross_entropy"; use objective="squared_error", or a gradient out of: {able}'
        )
    number = PRECISIONS[known("precision", precision, PRECISIONS)]
    _refuse_out_of_reach(surface, protocol, number)
    problem = surface.table
    if protocol.criterion == "threshold" and (problem.targets.astype(number) == problem.midpoint.astype(number)).any():
        raise ValueError(
            f'criterion="threshold" asks on which side of {problem.midpoint.tolist()} an output lies, but some targets of '
            f'problem "{problem.name}" lie right there; use criterion="margin" or "loss"'
        )
    stateful = OPTIMIZERS[protocol.optimizer].stateful
    looked_at = [name for name, part in CRITERIA.items() if part.distance]
    alike = [name for name, part in OPTIMIZERS.items() if part.stateful == stateful]
    return Rule(
        optimizer=alike.index(protocol.optimizer),
        stateful=stateful,
        lr=protocol.lr,
        settings=Settings(protocol.momentum, protocol.beta1, protocol.beta2, protocol.epsilon),
        online=protocol.update == "online",
        gradient=gradient,
        criterion=looked_at.index(protocol.criterion) if criterion.distance else -1,
        # rounded here, so that the kernel finds the same whether it compares lanes or numbers
        limit=float(number(protocol.tolerance if criterion.limit is None else criterion.limit)),
        budget=protocol.budget,
        squared_stall=float(number(protocol.stall**2)),
        harmless=HARMLESS if protocol.update == "online" and _nothing_to_see(surface, protocol) else 0.0,
    )


def _nothing_to_see(surface: Surface, protocol: Protocol) -> bool:
    """Whether all that could end a run is a loss or a parameter that is not finite, and where the sizes of the parameters
    add up to no more than ``HARMLESS`` there is none: hidden units then get sums up to 2,000, outputs sums up to a million,
    whatever their activation, which all of them turn into finite numbers, in float32 too."""
    inputs, targets = (float(np.abs(table).max()) for table in (surface.table.inputs, surface.table.targets))
    ordinary = inputs <= 4.0 and targets <= 1e3 and abs(surface.slope) <= 1.0 and surface.l2 <= 1e3
    return ordinary and protocol.criterion == "never" and protocol.stall == 0.0


def _refuse_out_of_reach(surface: Surface, protocol: Protocol, number: type[np.floating[Any]]) -> None:
    """Refuse what would come out as 0, as infinity or, of a rate of decay, as 1, once it is rounded."""
    if number is np.float64:
        return
    smallest, largest, step = (
        float(limit) for limit in (np.finfo(number).tiny, np.finfo(number).max, np.finfo(number).epsneg)
    )
    settings = surface.settings | protocol.settings
    numbers = {name: value for name, value in settings.items() if isinstance(value, float)}
    tables = {"inputs": surface.table.inputs, "targets": surface.table.targets}
    for name, value in [*numbers.items(), *((name, float(np.abs(table).max())) for name, table in tables.items())]:
        size = value**2 if name == "stall" else abs(value)
        lost = 0.0 < size < smallest and name not in tables  # an input may be as good as 0
        if lost or size > largest or (name.startswith("beta") and number(value) == 1.0):
            raise ValueError(
                f"{name}={value!r} is beyond {number.__name__}, which holds {smallest:.2g} to {largest:.2g}, below 1 in "
                f'steps of {step:.1g}, and a stall is squared; give another, or precision="float64"'
            )


def settings_of(surface: Surface, protocol: Protocol, precision: str) -> dict[str, Any]:
    """Every column of a table of runs that describes them; ``precision`` only where it is not float64."""
    settings = {"architecture": surface.architecture} | surface.settings | protocol.settings
    return settings if precision == "float64" else settings | {"precision": precision}


def train_chunk(
    surface: Surface,
    rule: Rule,
    starts: NDArray[Any],
    ends: Ends,
    checkpoints: NDArray[np.int64],
    last: int = 0,
    path: Array | None = None,
    stop: NDArray[np.bool_] | None = None,
    queue: NDArray[np.int64] | None = None,
) -> None:
    """Train the rows of ``starts``, in their type of number, on this thread and write down their ends, which are ``empty``
    before; see ``descent.Chunk``. With a ``queue``, those that other threads have not taken."""
    net, number = surface.network, starts.dtype
    inputs, targets = surface.truth_table
    chunk = Chunk(
        inputs.astype(number, copy=False),
        targets.astype(number, copy=False),
        surface.table.midpoint.astype(number, copy=False),
        starts,
        np.zeros(1, np.int64) if queue is None else queue,
        checkpoints,
        last,
        ends.theta,
        ends.outcomes,
        ends.epochs,
        ends.seen_loss,
        ends.seen_solved,
        np.empty((0, surface.n_parameters)) if path is None else path,
        aligned(work_rows(net) + extra_rows(surface.n_parameters), number),
        np.zeros((3, LANES), np.int64),
        np.zeros(1, np.bool_) if stop is None else stop,
    )
    descend(net, rule, form_of(net, rule), chunk)


def checked_checkpoints(epochs: Sequence[int], budget: int) -> tuple[int, ...]:
    """Ascending epochs from 0 to the budget."""
    if isinstance(epochs, str) or not isinstance(epochs, (Sequence, np.ndarray)):
        raise TypeError(f"checkpoints={epochs!r} is not a sequence of epochs; give a tuple such as (100, 1000)")
    unmasked("checkpoints", epochs)
    checked = tuple(integer("checkpoints", epoch, 0) for epoch in epochs)
    for before, after in pairwise(checked):
        if after <= before:
            raise ValueError(f"checkpoints={checked} go from {before} to {after}; give ascending epochs, each once")
    if checked and checked[-1] > budget:
        raise ValueError(
            f"checkpoints={checked} go beyond budget={budget}; give epochs up to the budget, or a larger budget"
        )
    return checked


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def final_loss(surface: Surface, theta: Array) -> tuple[Array, Array]:
    """Loss and norm of the exact gradient where runs ended (n, P); infinite or NaN where one diverged, which is no reason
    for a warning.

    Piece by piece, so that gradients use the same memory again, half a megabyte where that holds a row of lanes: fresh
    memory costs more than the arithmetic, 2.7 instead of 0.9 ms for 8,192 runs of 2-8-1, and millions of runs would need as
    much again as their ends.
    """
    loss, norm = np.empty(len(theta)), np.empty(len(theta))
    rows = LANES * max(1, 2**16 // (LANES * surface.n_parameters))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(theta), rows):
            piece = slice(first, first + rows)
            loss[piece], gradient = surface.loss_and_gradient(theta[piece])
            norm[piece] = np.linalg.norm(gradient, axis=-1)
    return loss, norm


def train_chunks(
    surface: Surface,
    rule: Rule,
    starts: NDArray[Any],
    checkpoints: NDArray[np.int64],
    threads: int,
    last: int = 0,
    path: Array | None = None,
) -> Ends:
    """The same on several threads, which take runs from one queue, each as soon as it has a free lane: no thread waits for
    another, and lanes run empty only when no run is left. An interrupt stops them within a turn."""
    ends = Ends.empty(len(starts), surface.n_parameters, len(checkpoints))
    queue, stop = np.zeros(1, np.int64), np.zeros(1, np.bool_)
    threads = max(1, min(threads, -(-len(starts) // LANES)))
    with ThreadPoolExecutor(threads) as executor:
        try:
            work = [
                executor.submit(train_chunk, surface, rule, starts, ends, checkpoints, last, path, stop, queue)
                for _ in range(threads)
            ]
            for thread in work:
                thread.result()
        except BaseException:
            stop[0] = True
            raise
    return ends
