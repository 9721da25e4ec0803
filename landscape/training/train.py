"""Training: many seeded runs of a surface under a protocol, and one of them again, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, SupportsIndex, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape._kernels.network import work_rows
from landscape._kernels.trainer import OUTCOMES, extra_rows
from landscape._simd.lanes import LANES
from landscape.machine import fits_in_memory, processors
from landscape.parts.initializers import GENERATOR
from landscape.progress import Bar
from landscape.protocol import Protocol
from landscape.statistics import wilson_interval
from landscape.summary import Summary, counted, interval, network, summarized, tally
from landscape.surface import Surface
from landscape.training.batch import final_loss, train_on_threads
from landscape.training.initial_weights import STREAM_RUNS, draw_starts
from landscape.training.precision import rounded
from landscape.training.settings import settings_of, trainer_settings
from landscape.training.tables import checkpoints_table, results_of, runs_table
from landscape.validation import checked_checkpoints, integer, known, of_class, real_array, shaped, unmasked

Array = NDArray[np.float64]


@summarized
@dataclass(frozen=True, eq=False)
class Result:
    """What one call of ``train`` gives.

    Attributes
    ----------
    surface : Surface
    protocol : Protocol
    runs : DataFrame
        One row a run: run, seed, architecture, every setting, outcome, solved, epochs, loss, grad_norm. Loss and gradient
        norm are the surface's own at the end, in float64, so ``grad_norm`` is exact even where the run followed another
        gradient. Runs in float32 have a column ``precision`` after the settings. The last column, ``_problem``, is a hash of
        the truth table, as two tables may have one name.
    theta, theta0 : ndarray (runs, P)
        Where each run ended, and where it began.
    checkpoints : DataFrame
        One row a run and checkpoint: run, epoch, loss, solved (the criterion holds at that epoch).

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=200), runs=3, checkpoints=(0, 100))
    >>> result.theta.shape, len(result.runs), len(result.checkpoints)
    ((3, 9), 3, 6)
    """

    surface: Surface
    protocol: Protocol
    runs: pd.DataFrame
    theta: Array
    theta0: Array
    checkpoints: pd.DataFrame

    def _summary(self) -> Summary:
        n, outcome = len(self.runs), self.runs["outcome"]
        first = f"Result: {counted(n, 'run')} of {network(self.surface)}"
        if n and self.protocol.criterion != "never":
            solved = int(self.runs["solved"].sum())
            first += f", {solved:,} solved {interval(*wilson_interval(solved, n))}"
        if others := tally(outcome[outcome != "solved"]):
            first += f", {others}"
        seen = ["run", "seed", "outcome", "solved", "epochs", "loss", "grad_norm"]
        return Summary(
            first, ("runs", "theta", "theta0", "checkpoints", "surface", "protocol"), lambda: self.runs.filter(seen)
        )


@summarized
@dataclass(frozen=True, eq=False)
class Trajectory:
    """The path of one run.

    Attributes
    ----------
    surface : Surface
    protocol : Protocol
    seed, run : int
        Name of the run.
    outcome : "solved", "stalled", "diverged" or "budget"
    epochs : ndarray (n,)
        Epochs kept: every so many, and the last.
    theta : ndarray (n, P)
        Parameters after so many epochs.
    loss, grad_norm : ndarray (n,)
        Of the surface; the gradient is exact, whatever gradient the run followed.
    outputs : ndarray (n, patterns, n_outputs)
    units : ndarray (n, patterns, hidden)
        Activations of the hidden units.

    Raises
    ------
    ValueError, TypeError
        for epochs that do not ascend, arrays of the wrong shape, an outcome that is not known.

    Examples
    --------
    >>> import landscape as ls
    >>> path = ls.replay(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=100), every=50)
    >>> path.theta.shape, path.outputs.shape, path.units.shape
    ((3, 9), (3, 4, 1), (3, 4, 2))
    """

    surface: Surface
    protocol: Protocol
    seed: int
    run: int
    outcome: str
    epochs: NDArray[np.int64]
    theta: Array

    def __post_init__(self) -> None:
        of_class("surface", self.surface, Surface)
        of_class("protocol", self.protocol, Protocol)
        integer("seed", self.seed, 0, 2**63 - 1)
        integer("run", self.run, 0, 2**62)
        known("outcome", self.outcome, OUTCOMES)
        epochs = shaped("epochs", self.epochs, (None,), whole=True)
        if not (np.diff(epochs, prepend=-1) > 0).all():
            raise ValueError("epochs do not ascend from 0 or more; give each once, in order")
        shaped("theta", self.theta, (len(epochs), self.surface.n_parameters))

    def _summary(self) -> Summary:
        last = f"{self.outcome} after {counted(int(self.epochs[-1]), 'epoch')}" if len(self.epochs) else self.outcome
        first = f"Trajectory: run {self.run:,} of seed {self.seed} of {network(self.surface)}, {last}"
        computed = {name: vars(self)[name] for name in ("loss", "grad_norm") if name in vars(self)}
        return Summary(
            f"{first}; {counted(len(self.epochs), 'epoch')} kept",
            ("epochs", "theta", "loss", "grad_norm", "outputs", "units"),
            lambda: pd.DataFrame({"epoch": self.epochs, "norm of theta": np.linalg.norm(self.theta, axis=1)} | computed),
        )

    @cached_property
    def loss(self) -> Array:
        """Loss (n,) at each epoch kept."""
        return self.surface.loss(self.theta)

    @cached_property
    def grad_norm(self) -> Array:
        """Norm (n,) of the exact gradient at each epoch kept."""
        return final_loss(self.surface, self.theta)[1]

    @cached_property
    def outputs(self) -> Array:
        """Outputs (n, patterns, n_outputs) at each epoch kept."""
        return self.surface.forward(self.theta)

    @cached_property
    def units(self) -> Array:
        """Activations (n, patterns, hidden) of the hidden units at each epoch kept."""
        return self.surface.activate(self.surface.unit_sums(self.theta))[0]


def train(
    surface: Surface,
    protocol: Protocol | None = None,
    runs: int | None = None,
    seed: int = 0,
    first_run: int = 0,
    theta0: ArrayLike | None = None,
    checkpoints: Sequence[int] = (),
    threads: int | None = None,
    precision: str = "float64",
    generator: int = GENERATOR,
) -> Result:
    """Train seeded runs of a surface under a protocol.

    A run is evaluated before each of its updates and stops, in this order, when its loss or a parameter is no longer finite
    (``diverged``), when the criterion holds (``solved``), when the gradient norm is below ``stall`` (``stalled``), or when
    it has made ``budget`` updates (``budget``). ``epochs`` counts the updates made before that: a run whose start satisfies
    the criterion has 0, and one that was solved by its first update has 1.

    Parameters
    ----------
    surface : Surface
    protocol : Protocol, default ``Protocol()``
    runs : int, 0 or more, default 1000, or one for each row of ``theta0``
    seed, first_run : int, 0 or more
        Runs ``first_run`` to ``first_run + runs - 1`` of this seed. Run 17 of seed 0 is the same whatever else is asked.
    theta0 : array_like (runs, P) or (P,), optional
        Starts of your own instead of drawn ones; ``init`` then reads "given", and ``replay`` needs the same start.
    checkpoints : ascending epochs, from 0 to the budget
        Loss and criterion are recorded there for every run, also after it was first solved: with checkpoints a run goes on
        to the last of them, and ``theta`` and ``loss`` are where it then is; outcome and ``epochs`` stay those of the first
        decision. A run that diverges ends there; at later checkpoints its loss is NaN and it counts as not solved.
    threads : int, 1 or more, default all processors this process may use
        Results are the same bit for bit whatever the number of threads.
    precision : "float64" or "float32"
        In float32 a run takes about half the time. Its start is the same, rounded, and steps, criterion and recorded
        losses are float32; loss and gradient norm of the table are computed in float64 where it ended.
    generator : 1 or 2
        Which generator draws the starts. The two differ in the last bits of normal starts only. 1 is the generator of
        releases up to 0.2.0, for runs of these releases; what it draws also depends on the machine.

    Returns
    -------
    Result
        Table of runs, ends and starts (runs, P), and table of checkpoints.

    Raises
    ------
    ValueError, TypeError
        for numbers out of range, starts that are not real numbers, of the wrong shape or not finite, checkpoints out of
        order or beyond the budget, a protocol that makes no sense on this surface, settings that float32 cannot hold,
        results that would not fit in memory. A diverging run is data, not an error.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=2000), runs=200)
    >>> int(result.runs["solved"].sum())
    167
    >>> result.runs["epochs"].head(3).tolist()
    [176, 92, 1371]
    """
    protocol = Protocol() if protocol is None else protocol
    settings = trainer_settings(surface, protocol, precision)
    seed = integer("seed", seed, 0, 2**63 - 1)
    first_run = integer("first_run", first_run, 0, 2**62)
    threads = processors() if threads is None else integer("threads", threads, 1)
    epochs = np.array(checked_checkpoints(checkpoints, protocol.budget), dtype=np.int64)
    runs = None if runs is None else integer("runs", runs, 0)
    generator = integer("generator", generator, 1, GENERATOR)
    given = None if theta0 is None else _given_starts(surface, theta0, runs, precision)
    runs = (1000 if runs is None else runs) if given is None else len(given)
    room = 8.0 * LANES * threads * (work_rows(surface.network) + extra_rows(surface.n_parameters))
    needed = (
        room + 8.0 * STREAM_RUNS * surface.n_parameters + runs * (3 * 8.0 * surface.n_parameters + 500 + 60 * len(epochs))
    )
    fits_in_memory(f"runs={runs}", needed, "ask for fewer at a time, and for the next ones with first_run")
    starts = rounded(draw_starts(surface, protocol, runs, seed, first_run, generator), precision) if given is None else given

    with Bar(runs, "runs") as shown:
        last = int(epochs[-1]) if len(epochs) else 0
        ends = train_on_threads(surface, settings, starts, epochs, threads, last, shown=shown)
    results, numbers = results_of(surface, ends, epochs), np.arange(first_run, first_run + runs)
    described = settings_of(surface, protocol, precision) | ({} if given is None else {"init": "given"})
    return Result(
        surface,
        protocol,
        runs_table(surface, described, seed, numbers, results),
        ends.theta,
        starts.astype(np.float64, copy=False),
        checkpoints_table(numbers, results),
    )


@overload
def replay(
    surface: Surface,
    protocol: Protocol | None = ...,
    seed: int = ...,
    run: SupportsIndex = ...,
    every: int = ...,
    theta0: ArrayLike | None = ...,
    precision: str = ...,
    generator: int = ...,
) -> Trajectory: ...
@overload
def replay(
    surface: Surface,
    protocol: Protocol | None = ...,
    seed: int = ...,
    run: Sequence[int] = ...,
    every: int = ...,
    theta0: ArrayLike | None = ...,
    precision: str = ...,
    generator: int = ...,
) -> list[Trajectory]: ...
def replay(
    surface: Surface,
    protocol: Protocol | None = None,
    seed: int = 0,
    run: Any = 0,
    every: int = 1,
    theta0: ArrayLike | None = None,
    precision: str = "float64",
    generator: int = GENERATOR,
) -> Trajectory | list[Trajectory]:
    """Train one run again and keep its path; of several runs a list of paths.

    The path is the one of ``train`` without checkpoints, bit for bit.

    Parameters
    ----------
    surface : Surface
    protocol : Protocol, default ``Protocol()``
    seed : int, 0 or more
    run : int, 0 or more, or a sequence of them such as ``[3, 17]``
    every : int, 1 or more
        Epochs between two points that are kept; the last epoch is always kept.
    theta0 : array_like (P,) or (runs, P), optional
        Start of the run instead of the drawn one, or one for each run.
    precision : "float64" or "float32", as for ``train``
    generator : 1 or 2, as for ``train``; of a run of a study, ``study.manifest.generator``

    Returns
    -------
    Trajectory, or a list of them if ``run`` is a sequence

    Raises
    ------
    ValueError, TypeError
        for numbers out of range, starts that are not real numbers, of the wrong shape or not finite, a protocol that makes
        no sense on this surface, settings that float32 cannot hold, a path that would not fit in memory.

    Examples
    --------
    >>> import landscape as ls
    >>> path = ls.replay(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=2000), run=0, every=100)
    >>> path.outcome, path.epochs.tolist(), path.loss.round(3).tolist()
    ('solved', [0, 100, 176], [0.293, 0.249, 0.177])
    """
    protocol = Protocol() if protocol is None else protocol
    settings = trainer_settings(surface, protocol, precision)
    every, seed = integer("every", every, 1, 2**53), integer("seed", seed, 0, 2**63 - 1)
    generator = integer("generator", generator, 1, GENERATOR)
    several = (isinstance(run, Sequence) and not isinstance(run, str)) or (isinstance(run, np.ndarray) and run.ndim > 0)
    unmasked("run", run)
    runs = [integer("run", number, 0, 2**62) for number in (run if several else [run])]
    if theta0 is None:
        starts = [rounded(draw_starts(surface, protocol, 1, seed, number, generator), precision) for number in runs]
    else:
        starts = list(_given_starts(surface, theta0, len(runs), precision)[:, np.newaxis])
    found = []
    for number, start in zip(runs, starts, strict=True):
        ends = train_on_threads(surface, settings, start, np.empty(0, np.int64), threads=1)  # how long it is
        last = int(ends.epochs[0])
        fits_in_memory(f"{last // every} epochs", 32.0 * (last // every) * surface.n_parameters, "keep fewer: every=1000")
        epochs = np.unique(np.append(np.arange(0, last + 1, every), last))
        path = np.empty((len(epochs), surface.n_parameters))
        train_on_threads(surface, settings, start, epochs, threads=1, path=path)
        found.append(Trajectory(surface, protocol, seed, number, OUTCOMES[ends.outcomes[0]], epochs, path))
    return found if several else found[0]


def _given_starts(surface: Surface, theta0: ArrayLike, runs: int | None, precision: str) -> NDArray[Any]:
    starts = np.atleast_2d(np.array(real_array("theta0", theta0), order="C"))
    expected = f"(runs, {surface.n_parameters})" if runs is None else f"({runs}, {surface.n_parameters})"
    if starts.ndim != 2 or starts.shape[1] != surface.n_parameters or (runs is not None and len(starts) != runs):
        raise ValueError(
            f"theta0 of shape {np.shape(theta0)} does not fit this {surface.architecture} surface with runs={runs}; "
            f"give shape {expected}, in the order W1, b1, W2, b2"
        )
    found = rounded(starts, precision)
    if not np.isfinite(found).all():
        bad = [int(row) for row in np.flatnonzero(~np.isfinite(found).all(axis=1))]
        where = f" as {precision}" if np.isfinite(starts).all() else ""
        raise ValueError(f"theta0 is not finite{where} in row {bad[0]} ({len(bad)} rows in all); give finite starts only")
    return found
