"""The trainer's kernel: a chunk of runs, thirty-two at a time.

A run lives in a lane from its start to its end, then the next one takes the lane. Lanes never exchange arithmetic, so a
run's bits depend on neither its lane nor its neighbours.

One turn of the loop: (1) loss and gradient of every lane at its present parameters, (2) runs that have come to a decision
or a checkpoint are written down, (3) a step, (4) waiting runs are put into free lanes. Step 2 looks at single lanes and is
taken only when a vector comparison says that there is something to see.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._jit import chooser, inline, kernel
from landscape._lanes import LANES, Pointer, any_lane, fma, load, pointer, same, store, where
from landscape.criteria import CRITERIA
from landscape.gradients import Gradient
from landscape.network import Array, Network, Work, backward, divide, forward, rows_of_work, squared_norm
from landscape.optimizers import OPTIMIZERS, Settings, Steps

_step = chooser([part.step for part in OPTIMIZERS.values()])
_distance = chooser([part.distance for part in CRITERIA.values()])

NEVER = np.iinfo(np.int64).max
UNDECIDED, SOLVED, STALLED, DIVERGED, BUDGET = -1, 0, 1, 2, 3
OUTCOMES = ("solved", "stalled", "diverged", "budget")
"""In the order of their codes: the criterion held; the gradient norm fell below ``stall``; the loss or a parameter was no
longer finite; none of these within the budget."""


class Rule(NamedTuple):
    """A protocol as kernels see it."""

    optimizer: int
    stateful: bool
    lr: float
    settings: Settings
    online: bool
    gradient: Gradient
    criterion: int
    limit: float
    budget: int
    squared_stall: float


def extra_rows(n_parameters: int) -> int:
    """Rows of lanes that ``descend`` needs beside those of ``Work``: two states a parameter, nine numbers a lane."""
    return 2 * n_parameters + 9


@inline
def _largest_distance(net: Network, criterion: int, midpoint: Pointer, work: Work, loss: float) -> float:
    """How far the worst output is from what the criterion asks."""
    worst = same(work.p, -np.inf)
    for q in range(net.n_patterns):
        for k in range(net.n_outputs):
            row = q * net.n_outputs + k
            distance = _distance(criterion, load(work.output, row), work.targets[row], midpoint[k], loss)
            worst = where(distance > worst, distance, worst)
    return worst


@inline
def _move(rule: Rule, work: Work, a: Pointer, b: Pointer, steps: Steps, n_parameters: int) -> float:
    """One step of every parameter; returns 0, or NaN in a lane where a parameter is no longer finite."""
    finite = same(work.p, 0.0)
    a_row, b_row = same(work.p, 0.0), same(work.p, 0.0)
    for row in range(n_parameters):
        if rule.stateful:  # plain gd is spared the traffic, a twentieth of an epoch
            a_row, b_row = load(a, row), load(b, row)
        theta, a_row, b_row = _step(rule.optimizer, load(work.p, row), load(work.g, row), a_row, b_row, steps, rule.settings)
        store(work.p, row, theta)
        if rule.stateful:
            store(a, row, a_row)
            store(b, row, b_row)
        finite = fma(theta, 0.0, finite)
    return finite


class Chunk(NamedTuple):
    """Runs that one call trains, and room to work in.

    ``inputs``, ``targets`` and ``midpoint`` are the problem's; ``starts`` (n, P). These and ``space`` are all float64 or all
    float32, and in that precision runs are trained. Filled are ``ends`` (n, P), ``outcomes``
    and ``epochs`` (n,), and ``seen_loss`` and ``seen_solved`` (n, checkpoints). A run goes on to epoch ``last`` after it was
    decided. ``path`` (checkpoints, P) keeps the parameters at the checkpoints of a single run; without rows, nothing is
    kept. ``space``, the rows of ``Work`` and ``extra_rows``, and ``lanes``, (3, LANES), are the room. When ``stop[0]``
    becomes true, the call returns at once, with nothing to rely on.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    midpoint: NDArray[Any]
    starts: NDArray[Any]
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


def as_usual(net: Network, rule: Rule) -> tuple[Network, Rule]:
    """The same with every choice at its usual value, but for those that are left to run time: hidden units, activations,
    objective, optimizer and criterion."""
    usual = Network(
        4, 2, 1, 4 * net.hidden + 1, net.hidden, net.activation, net.output, net.objective, net.weight, net.averaged, 0.0,
        True, False, net.leak,
    )  # fmt: skip
    exact = Rule(
        rule.optimizer, rule.stateful, rule.lr, rule.settings, False, Gradient(True, True), rule.criterion, rule.limit,
        rule.budget, 0.0,
    )  # fmt: skip
    return usual, exact


_as_usual = inline(as_usual)


@inline
def _descend(net: Network, rule: Rule, chunk: Chunk) -> None:
    """What both kernels do."""
    inputs, targets, midpoint, starts, checkpoints, last = chunk[:6]
    ends, outcomes, epochs, seen_loss, seen_solved, path, space, lanes, stop = chunk[6:]
    n, n_parameters = starts.shape[0], net.n_parameters
    passes = net.n_patterns + 1 if rule.online else 1
    work, middle = divide(net, inputs, targets, space), pointer(midpoint, 0)
    p, rows = work.p, rows_of_work(net)
    a, b = pointer(space, rows * LANES), pointer(space, (rows + n_parameters) * LANES)
    rows += 2 * n_parameters
    lr, power1, power2 = pointer(space, rows * LANES), pointer(space, (rows + 1) * LANES), pointer(space, (rows + 2) * LANES)
    limit, stall = pointer(space, (rows + 3) * LANES), pointer(space, (rows + 4) * LANES)  # of a lane still undecided
    finite, loss_now = pointer(space, (rows + 5) * LANES), pointer(space, (rows + 6) * LANES)
    distance_now, squares_now = pointer(space, (rows + 7) * LANES), pointer(space, (rows + 8) * LANES)
    for lane in range(LANES):
        lr[lane], power1[lane], power2[lane], limit[lane], stall[lane] = 0.0, 1.0, 1.0, -np.inf, -1.0
    run, born, seen = lanes[0], lanes[1], lanes[2]
    run[:] = -1
    outcomes[:] = UNDECIDED
    waiting, busy, vacated, turn, wake = 0, 0, True, 0, NEVER

    while not stop[0]:
        if vacated:
            vacated = False
            for lane in range(LANES):
                if run[lane] >= 0:
                    continue
                for row in range(n_parameters):  # a lane without a run rests at 0, so that it never calls for a look
                    p[row * LANES + lane] = starts[waiting, row] if waiting < n else 0.0
                    a[row * LANES + lane] = 0.0
                    b[row * LANES + lane] = 0.0
                finite[lane] = 0.0
                if waiting < n:
                    run[lane], born[lane], seen[lane] = waiting, turn, 0
                    lr[lane], power1[lane], power2[lane] = rule.lr, 1.0, 1.0
                    limit[lane], stall[lane] = rule.limit, rule.squared_stall
                    wake = min(wake, turn + (checkpoints[0] if checkpoints.size > 0 else rule.budget))
                    waiting += 1
                    busy += 1
        if busy == 0:
            return

        for part in range(passes):  # online: all patterns for the criterion, then a step after each
            patterns = (0, net.n_patterns) if part == 0 else (part - 1, part)
            loss = forward(net, work, rule.gradient, patterns)
            stalls = part == 0 and rule.squared_stall > 0.0
            if part > 0 or not rule.online or stalls:
                backward(net, work, rule.gradient, patterns)
            squares = squared_norm(net, work) if stalls else same(work.p, np.inf)
            if part == 0:
                distance = _largest_distance(net, rule.criterion, middle, work, loss)
                broken = fma(loss, 0.0, load(finite, 0))
                if (
                    turn >= wake
                    or any_lane(distance < load(limit, 0))
                    or any_lane(broken != broken)
                    or any_lane(squares < load(stall, 0))
                ):
                    store(loss_now, 0, loss)
                    store(distance_now, 0, distance)
                    store(squares_now, 0, squares)
                    store(finite, 0, broken)
                    wake = NEVER
                    for lane in range(LANES):
                        r = run[lane]
                        if r < 0:
                            continue
                        epoch = turn - born[lane]
                        diverged, holds = finite[lane] != 0.0, distance_now[lane] < rule.limit
                        if outcomes[r] == UNDECIDED:
                            if diverged:
                                outcomes[r] = DIVERGED
                            elif holds:
                                outcomes[r] = SOLVED
                            elif squares_now[lane] < rule.squared_stall:
                                outcomes[r] = STALLED
                            elif epoch == rule.budget:
                                outcomes[r] = BUDGET
                            if outcomes[r] != UNDECIDED:
                                epochs[r], limit[lane], stall[lane] = epoch, -np.inf, -1.0
                        while seen[lane] < checkpoints.size and (checkpoints[seen[lane]] == epoch or diverged):
                            seen_loss[r, seen[lane]] = np.nan if diverged else loss_now[lane]
                            seen_solved[r, seen[lane]] = holds and not diverged
                            if path.shape[0] > 0:
                                for row in range(n_parameters):
                                    path[seen[lane], row] = p[row * LANES + lane]
                            seen[lane] += 1
                        if outcomes[r] != UNDECIDED and (diverged or epoch >= last):
                            for row in range(n_parameters):
                                ends[r, row] = p[row * LANES + lane]
                            run[lane], lr[lane], limit[lane], stall[lane] = -1, 0.0, -np.inf, -1.0
                            vacated = True
                            busy -= 1
                        else:
                            due = checkpoints[seen[lane]] if seen[lane] < checkpoints.size else rule.budget
                            wake = min(wake, born[lane] + due)
            if part > 0 or not rule.online:
                steps = Steps(load(lr, 0), rule.settings.beta1 * load(power1, 0), rule.settings.beta2 * load(power2, 0))
                store(power1, 0, steps.power1)
                store(power2, 0, steps.power2)
                store(finite, 0, _move(rule, work, a, b, steps, n_parameters))
        turn += 1


@kernel
def descend(net: Network, rule: Rule, chunk: Chunk) -> None:
    """Train every run of a chunk to its end."""
    _descend(net, rule, chunk)


@kernel
def descend_usual(net: Network, rule: Rule, chunk: Chunk) -> None:
    """The same, to the bit, where ``as_usual`` changes nothing: what it fixes is known to the compiler, which drops branches
    and unrolls the loops over patterns and inputs. Sigmoid 2-2-1, 2-3-1 and 2-8-1 take 8.9, 11.5 and 26 ns per run and epoch
    instead of 10.9, 13.8 and 32, relu 6.5, 7.3 and 15 instead of 8.1, 9.3 and 21. With hidden units and activation fixed as
    well it was a twentieth faster at most, and a compilation of five seconds for each."""
    usual, exact = _as_usual(net, rule)
    _descend(usual, exact, chunk)
