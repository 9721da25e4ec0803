"""Updates: one optimizer step, or one for each pattern, after the forward pass."""

from typing import NamedTuple

from landscape._kernels.network import ONE, Network, Patterns, Work
from landscape._kernels.propagation import backward, forward
from landscape._kernels.settings import TrainerSettings
from landscape._simd.jit import inline
from landscape._simd.lanes import Rows, load, same, store
from landscape._simd.unroll import chooser
from landscape.parts.optimizers import OPTIMIZERS, Carried, StepNumbers

_step = chooser([part.step for part in OPTIMIZERS.values() if part.stateful])
_prepare = chooser([part.prepare for part in OPTIMIZERS.values() if part.stateful])
_stateless_step = chooser([part.step for part in OPTIMIZERS.values() if not part.stateful])


class State(NamedTuple):
    """State of the runs beside their parameters, in rows.

    a, b : the optimizer's memory, two numbers for each parameter
    lr : learning rate, 0 in a lane without a run
    carried : the optimizer's own four numbers of a run
    lost : 0, or NaN if a parameter is no longer finite
    """

    a: Rows
    b: Rows
    lr: Rows
    carried: Rows
    lost: Rows


@inline
def _ignore(
    given: int, q: tuple[int, ...], k: int, output: tuple[float, ...], target: tuple[float, ...], result: int
) -> int:
    """For ``forward``: do nothing with the outputs. The criterion looks at them once an epoch, not in every online
    update."""
    return result


@inline
def _move_stateless(given: tuple[TrainerSettings, StepNumbers], work: Work, row: int, g: float, lost: float) -> float:
    """For ``backward``: step one parameter by an optimizer without memory. Returns 0, or NaN in lanes in which a parameter
    so far is no longer finite."""
    settings, numbers = given
    none = same(work.p, 0.0)
    theta, _, _ = _stateless_step(settings.optimizer, load(work.p, row), g, none, none, numbers, settings.of_optimizer)
    store(work.p, row, theta)
    lost = lost + (theta - theta)
    return lost


@inline
def _move(given: tuple[TrainerSettings, StepNumbers, State], work: Work, row: int, g: float, lost: float) -> float:
    """For ``backward``: step one parameter by an optimizer with memory. Returns what ``_move_stateless`` does."""
    settings, numbers, state = given
    a, b = load(state.a, row), load(state.b, row)
    theta, a, b = _step(settings.optimizer, load(work.p, row), g, a, b, numbers, settings.of_optimizer)
    store(state.a, row, a)
    store(state.b, row, b)
    store(work.p, row, theta)
    lost = lost + (theta - theta)
    return lost


@inline
def _move_all(net: Network, settings: TrainerSettings, work: Work, state: State, numbers: StepNumbers) -> float:
    """Step every parameter by the gradient in ``work.g``."""
    lost = same(work.p, 0.0)
    for row in range(net.n_parameters):
        if settings.stateful:
            lost = _move((settings, numbers, state), work, row, load(work.g, row), lost)
        else:
            lost = _move_stateless((settings, numbers), work, row, load(work.g, row), lost)
    return lost


@inline
def _advance(net: Network, settings: TrainerSettings, work: Work, state: State, patterns: Patterns, kept: bool) -> float:
    """Make one optimizer step on patterns whose forward pass is done; if ``kept``, their gradient is in ``work.g`` already.
    Returns 0, or NaN in lanes in which a parameter is no longer finite."""
    none, one = same(work.p, 0.0), same(work.p, 1.0)
    numbers = StepNumbers(load(state.lr, 0), one, one, one)
    if settings.stateful:
        own = state.carried
        carried = Carried(load(own, 0), load(own, 1), load(own, 2), load(own, 3))
        numbers, carried = _prepare(settings.optimizer, load(state.lr, 0), carried, settings.of_optimizer)
        store(own, 0, carried.first)
        store(own, 1, carried.second)
        store(own, 2, carried.third)
        store(own, 3, carried.fourth)
    if kept:
        return _move_all(net, settings, work, state, numbers)
    if settings.stateful:
        return backward(net, work, settings.gradient, patterns, _move, (settings, numbers, state), none)
    return backward(net, work, settings.gradient, patterns, _move_stateless, (settings, numbers), none)


@inline
def advance_together(
    net: Network, settings: TrainerSettings, work: Work, state: State, every: Patterns, kept: bool, looked: bool
) -> None:
    """Make one step on all patterns (batch updates)."""
    store(state.lost, 0, _advance(net, settings, work, state, every, kept))


@inline
def advance_one_by_one(
    net: Network, settings: TrainerSettings, work: Work, state: State, every: Patterns, kept: bool, looked: bool
) -> None:
    """Make a step on each pattern in turn (online updates). The forward pass of the first pattern is spared if the epoch was
    evaluated with a batch size of 1."""
    for q in range(every.end):
        if q > 0 or not looked or every.size > 1:
            forward(net, work, settings.gradient, Patterns(q, q + 1, 1, ONE), _ignore, 0, 0)
        _advance(net, settings, work, state, Patterns(q, q + 1, 1, ONE), False)
