"""Descents of many starts at once: a fixed step or an exact line search, steepest or conjugate; and SciPy's, one by one.

The trainer of the library takes fixed steps along the gradient of a surface. Here the penalty may leave out the biases, and
the step may come from a search along the line.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, line_search, minimize

Array = NDArray[np.float64]

FLAT = 1e-8
"""Gradient norm below which a descent has failed (Kramer & Sangiovanni-Vincentelli 1988)."""
CURVATURE = 0.4
"""The strong Wolfe conditions ask for this much of the first slope at most; SciPy's number for conjugate gradients."""


class Task(NamedTuple):
    """What is descended, and when it is enough: functions of theta (..., P), shapes (...), (..., P) and (...)."""

    loss: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    solved: Callable[[Array], NDArray[np.bool_]]


class Ends(NamedTuple):
    """Of n descents: whether solved, after how many steps, and, in SciPy's, how many evaluations of the loss."""

    solved: NDArray[np.bool_]
    steps: NDArray[np.int64]
    evaluations: NDArray[np.int64]


def exact_step(task: Task, theta: Array, direction: Array) -> Array:
    """Steps (n, 1) to a zero of the slope along each direction: doubled from 1 until the slope has turned, 60 times at most,
    and the bracket halved 40 times."""

    def falls(steps: Array, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        moved = theta[rows] + steps[:, np.newaxis] * direction[rows]
        return np.asarray((task.gradient(moved) * direction[rows]).sum(axis=1) < 0.0)

    every = going = np.arange(len(theta))
    low, high = np.zeros(len(theta)), np.ones(len(theta))
    for _ in range(60):
        going = going[falls(high[going], going)]
        if not len(going):
            break
        low[going] = high[going]
        high[going] *= 2.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        before = falls(middle, every)
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return (0.5 * (low + high))[:, np.newaxis]


def descend(task: Task, starts: Array, most: int, step: float | None = None, conjugate: bool = False) -> Ends:
    """Descend from starts (n, P), all at once, until solved, until the gradient norm is below ``FLAT``, or ``most`` steps.

    Parameters
    ----------
    step : a fixed one, times the direction; None for the exact line search
    conjugate : along the directions of Polak & Ribiere (1969), begun anew where they lead up; else along minus the gradient
    """
    ends = Ends(np.zeros(len(starts), np.bool_), np.full(len(starts), most), np.zeros(len(starts), np.int64))
    live, theta = np.arange(len(starts)), starts
    before = direction = np.zeros_like(starts)
    for k in range(most + 1):
        gradient, right = task.gradient(theta), task.solved(theta)
        over = right | ((gradient**2).sum(axis=1) < FLAT**2)
        if over.any():
            ends.solved[live[right]], ends.steps[live[over]] = True, k
            live, theta, gradient, before, direction = (x[~over] for x in (live, theta, gradient, before, direction))
        if not len(live):
            break
        if conjugate and k > 0:
            beta = (gradient * (gradient - before)).sum(axis=1) / (before**2).sum(axis=1)
            direction = beta[:, np.newaxis] * direction - gradient
            up = (direction * gradient).sum(axis=1) >= 0.0
            direction[up] = -gradient[up]
        else:
            direction = -gradient
        before = gradient
        theta = theta + (exact_step(task, theta, direction) if step is None else step) * direction
    return ends


def descend_wolfe(task: Task, starts: Array, most: int, conjugate: bool = False) -> Ends:
    """The same with SciPy's line search for the strong Wolfe conditions, one start after the other. A descent whose line
    search finds no step has failed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The line search algorithm")
        rows = [(_conjugate if conjugate else _steepest)(task, start, most) for start in starts]
    solved, steps, evaluations = zip(*rows, strict=True)
    return Ends(np.array(solved, np.bool_), np.array(steps, np.int64), np.array(evaluations, np.int64))


def _conjugate(task: Task, start: Array, most: int) -> tuple[bool, int, int]:
    """SciPy's, with the factor of Polak & Ribiere where it is positive, else 0 (Nocedal & Wright 2006, eq. 5.45)."""

    def stop(intermediate_result: OptimizeResult) -> None:
        if task.solved(intermediate_result.x):
            raise StopIteration

    if task.solved(start):
        return True, 0, 0
    options = {"gtol": FLAT, "norm": 2, "maxiter": most, "c2": CURVATURE}
    end = minimize(lambda x: float(task.loss(x)), start, jac=task.gradient, method="CG", callback=stop, options=options)
    return bool(task.solved(end.x)), end.nit, end.nfev


def _steepest(task: Task, start: Array, most: int) -> tuple[bool, int, int]:
    """The first step is guessed as SciPy's conjugate gradients do. The search gives up after ten cuts of its bracket; a
    looser condition is then tried."""

    def loss(x: Array) -> float:
        return float(task.loss(x))

    theta, value, evaluations = start, loss(start), 1
    before = value + 0.5 * float(np.linalg.norm(task.gradient(start)))
    for k in range(most):
        gradient = task.gradient(theta)
        if task.solved(theta) or np.linalg.norm(gradient) < FLAT:
            return bool(task.solved(theta)), k, evaluations
        for curvature in (CURVATURE, 0.9):
            found = line_search(loss, task.gradient, theta, -gradient, gradient, value, before, c2=curvature, maxiter=50)
            evaluations += found[1]
            if found[0] is not None:
                break
        else:
            return False, k, evaluations
        theta, before, value = theta - found[0] * gradient, value, found[3]
    return bool(task.solved(theta)), most, evaluations
