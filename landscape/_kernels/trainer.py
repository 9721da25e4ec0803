"""The trainer's kernel: a batch of runs, sixteen or thirty-two at a time.

A run occupies one SIMD lane from its start to its end; then the next run takes the lane. Lanes never exchange arithmetic,
so that the bits of a run depend on neither its lane nor its neighbours.

One turn of the loop: (1) compute loss and gradient of every lane; (2) write down the runs that are decided or at a
checkpoint; (3) make one optimizer step; (4) put waiting runs into free lanes. Step 2 examines single lanes, and only if a
vector comparison says that one of them is due. With online updates, steps 1 and 2 are skipped while no criterion or
checkpoint needs the epoch's loss and parameters are too small for it to overflow.

What the machine makes of it, what helped and what did not: ``docs/performance.md``.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape import schema
from landscape._kernels.network import Array, Network, Patterns, Work, as_usual, divide, rows_of_work
from landscape._kernels.propagation import backward, forward, keep, squared_norm
from landscape._kernels.settings import Specialization, TrainerSettings, as_usual_settings
from landscape._kernels.updates import State, advance_one_by_one, advance_together
from landscape._simd.jit import inline, kernel
from landscape._simd.lanes import (
    Pointer,
    Rows,
    any_lane,
    below,
    fabs,
    fma,
    lanes_of,
    load,
    pointer,
    rows,
    same,
    store,
    take,
    where,
)
from landscape._simd.unroll import chooser, either, fold
from landscape.parts.criteria import CRITERIA

_distance = chooser([part.distance for part in CRITERIA.values() if part.distance])

NEVER = np.iinfo(np.int64).max
UNDECIDED, SOLVED, STALLED, DIVERGED, BUDGET = -1, 0, 1, 2, 3
OUTCOMES = tuple(schema.OUTCOMES)
"""In the order of their codes; ``schema.OUTCOMES`` says what each means."""


def extra_rows(n_parameters: int) -> int:
    """Rows that ``descend`` needs beside those of ``Work``: two for each parameter and eleven more."""
    return 2 * n_parameters + 11


@inline
def _larger(x: float, y: float) -> float:
    return where(x > y, x, y)


@inline
def _largest_distance(
    given: tuple[int, Pointer],
    q: tuple[int, ...],
    k: int,
    output: tuple[float, ...],
    target: tuple[float, ...],
    worst: float,
) -> float:
    """For ``forward``: the largest distance of an output from what the criterion asks."""
    criterion, midpoint = given
    if criterion >= 0:
        worst = fold(_larger, worst, _distance(criterion, output, target, midpoint[k]))
    return worst


@inline
def _lost(net: Network, work: Work) -> float:
    """0, or NaN in lanes in which a parameter is no longer finite."""
    lost = same(work.p, 0.0)
    for row in range(net.n_parameters):
        lost = lost + (load(work.p, row) - load(work.p, row))
    return lost


@inline
def _harmless(net: Network, settings: TrainerSettings, work: Work) -> bool:
    """Whether the sizes of the parameters add up to at most ``settings.harmless`` in every lane."""
    size = same(work.p, 0.0)
    for row in range(net.n_parameters):
        size = size + fabs(load(work.p, row))
    return settings.harmless > 0.0 and not any_lane((size > settings.harmless) | (size != size))


class Batch(NamedTuple):
    """Runs that one call trains, and working memory.

    inputs, targets, midpoint : of the problem
    starts : (n, P). These four and ``space`` are all float64 or all float32: the precision in which runs are trained.
    queue : (1,), the first run that waits; shared by the threads that train the same runs
    checkpoints : epochs, ascending
    last : a run goes on to this epoch after it was decided
    ends, outcomes, epochs : (n, P), (n,), ``UNDECIDED`` before, and (n,); filled in
    seen_loss, seen_solved : (n, checkpoints), filled in
    path : (checkpoints, P), parameters at the checkpoints of a single run, filled in; without rows, nothing is stored
    space : rows of ``Work`` and ``extra_rows``, of one thread
    lanes : (3, LANES), of one thread
    stop : (1,); when it becomes true the call returns at once, with unfinished results
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    midpoint: NDArray[Any]
    starts: NDArray[Any]
    queue: NDArray[np.int64]
    checkpoints: NDArray[np.int64]
    last: int
    ends: Array
    outcomes: NDArray[np.int8]
    epochs: NDArray[np.int64]
    seen_loss: Array
    seen_solved: NDArray[np.bool_]
    path: Array
    space: NDArray[Any]
    lanes: NDArray[np.int64]
    stop: NDArray[np.bool_]


class Lanes(NamedTuple):
    """State of the lanes.

    run : number of the run, or -1
    born : turn at which the run began
    seen : number of checkpoints that the run has passed
    limit, stall : of an undecided run, the distance below which it is solved and the squared gradient norm below which it
        has stalled; -inf and -1 in other lanes
    loss, distance, squares : loss, distance and squared gradient norm, when last evaluated
    """

    run: NDArray[np.int64]
    born: NDArray[np.int64]
    seen: NDArray[np.int64]
    limit: Rows
    stall: Rows
    loss: Rows
    distance: Rows
    squares: Rows


@inline
def _take_waiting(
    batch: Batch, settings: TrainerSettings, p: Rows, state: State, lanes: Lanes, next_run: Pointer, turn: int, wake: int
) -> tuple[int, int]:
    """Put waiting runs into free lanes. Returns their number, and the next turn at which a run is due."""
    starts, width, taken = batch.starts, lanes_of(p), 0
    n, n_parameters = starts.shape
    for lane in range(width):
        if lanes.run[lane] >= 0:
            continue
        waiting = take(next_run)
        lost_at_start = 0.0
        for row in range(n_parameters):  # a lane without a run stays at 0, where nothing is due
            start = starts[waiting, row] if waiting < n else 0.0
            lost_at_start += start - start
            p[row * width + lane] = start
            state.a[row * width + lane] = 0.0
            state.b[row * width + lane] = 0.0
        state.lost[lane] = lost_at_start
        if waiting < n:
            lanes.run[lane], lanes.born[lane], lanes.seen[lane] = waiting, turn, 0
            state.lr[lane] = settings.lr
            for number in range(4):
                state.carried[number * width + lane] = 1.0
            lanes.limit[lane], lanes.stall[lane] = settings.limit, settings.squared_stall
            wake = min(wake, turn + (batch.checkpoints[0] if batch.checkpoints.size > 0 else settings.budget))
            taken += 1
    return taken, wake


@inline
def _write_down(batch: Batch, settings: TrainerSettings, p: Rows, state: State, lanes: Lanes, turn: int) -> tuple[int, int]:
    """Decide runs, and write down checkpoints and ends. Returns the number of lanes that became free, and the next turn at
    which a run is due."""
    checkpoints, width, left, wake = batch.checkpoints, lanes_of(p), 0, NEVER
    n_parameters = batch.starts.shape[1]
    for lane in range(width):
        r = lanes.run[lane]
        if r < 0:
            continue
        epoch = turn - lanes.born[lane]
        diverged, holds = state.lost[lane] != 0.0, lanes.distance[lane] < settings.limit
        if batch.outcomes[r] == UNDECIDED:
            if diverged:
                batch.outcomes[r] = DIVERGED
            elif holds:
                batch.outcomes[r] = SOLVED
            elif lanes.squares[lane] < settings.squared_stall:
                batch.outcomes[r] = STALLED
            elif epoch == settings.budget:
                batch.outcomes[r] = BUDGET
            if batch.outcomes[r] != UNDECIDED:
                batch.epochs[r], lanes.limit[lane], lanes.stall[lane] = epoch, -np.inf, -1.0
        while lanes.seen[lane] < checkpoints.size and (checkpoints[lanes.seen[lane]] == epoch or diverged):
            mark = lanes.seen[lane]
            batch.seen_loss[r, mark] = np.nan if diverged else lanes.loss[lane]
            batch.seen_solved[r, mark] = holds and not diverged
            if batch.path.shape[0] > 0:
                for row in range(n_parameters):
                    batch.path[mark, row] = p[row * width + lane]
            lanes.seen[lane] += 1
        if batch.outcomes[r] != UNDECIDED and (diverged or epoch >= batch.last):
            for row in range(n_parameters):
                batch.ends[r, row] = p[row * width + lane]
            lanes.run[lane], state.lr[lane], lanes.limit[lane], lanes.stall[lane] = -1, 0.0, -np.inf, -1.0
            left += 1
        else:
            due = checkpoints[lanes.seen[lane]] if lanes.seen[lane] < checkpoints.size else settings.budget
            wake = min(wake, lanes.born[lane] + due)
    return left, wake


@kernel
def descend(net: Network, settings: TrainerSettings, specialization: Specialization, batch: Batch) -> None:
    """Train every waiting run of a batch to its end.

    Compiled once for each specialization, so that the compiler drops branches and unrolls loops that it decides.
    """
    if len(specialization.usual) > 0:
        net, settings = as_usual(net), as_usual_settings(settings)
    online = len(specialization.online) > 0
    all_rows, room = rows(batch.space, specialization.together), batch.lanes
    middle, next_run = pointer(batch.midpoint, 0), pointer(batch.queue, 0)
    work = divide(net, batch.inputs, batch.targets, all_rows, *specialization[3:])
    p = work.p
    a = below(all_rows, rows_of_work(net))
    b, lr = below(a, net.n_parameters), below(a, 2 * net.n_parameters)
    carried, lost = below(lr, 1), below(lr, 5)
    state = State(a, b, lr, carried, lost)
    lanes = Lanes(room[0], room[1], room[2], below(lr, 6), below(lr, 7), below(lr, 8), below(lr, 9), below(lr, 10))
    for number in range(4):
        store(carried, number, 1.0)
    store(lr, 0, 0.0)
    store(lanes.limit, 0, -np.inf)
    store(lanes.stall, 0, -1.0)
    lanes.run[:] = -1
    busy, vacated, turn, wake = 0, True, 0, NEVER
    stalls = settings.squared_stall > 0.0  # then the whole gradient is known before anything is looked at
    every = Patterns(0, net.n_patterns, 1 if online and not stalls else net.n_patterns, specialization.together)

    while not batch.stop[0]:
        if vacated:
            taken, wake = _take_waiting(batch, settings, p, state, lanes, next_run, turn, wake)
            busy, vacated = busy + taken, False
        if busy == 0:
            return

        looked = not online or turn >= wake or not _harmless(net, settings, work)
        if looked:
            loss, distance = forward(
                net, work, settings.gradient, every, _largest_distance, (settings.criterion, middle), same(p, -np.inf)
            )
            if settings.criterion < 0:
                distance = loss
            if stalls:
                backward(net, work, settings.gradient, every, keep, None, same(p, 0.0))
            squares = squared_norm(net, work) if stalls else same(p, np.inf)
            if online:
                store(lost, 0, _lost(net, work))
            broken = fma(loss, 0.0, load(lost, 0))
            ended = (distance < load(lanes.limit, 0)) | (broken != broken) | (squares < load(lanes.stall, 0))
            if turn >= wake or any_lane(ended):
                store(lanes.loss, 0, loss)
                store(lanes.distance, 0, distance)
                store(lanes.squares, 0, squares)
                store(lost, 0, broken)
                left, wake = _write_down(batch, settings, p, state, lanes, turn)
                busy, vacated = busy - left, left > 0

        either(
            specialization.online, advance_one_by_one, advance_together, net, settings, work, state, every, stalls, looked
        )
        turn += 1
