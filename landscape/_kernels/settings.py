"""A protocol as kernels see it, and what a kernel is specialized for."""

from typing import NamedTuple

from landscape._kernels.network import FOUR, TWO, Network, own_activations, taken_together, whole_layer
from landscape._simd.jit import inline
from landscape.parts.gradients import Gradient
from landscape.parts.optimizers import OptimizerSettings


class TrainerSettings(NamedTuple):
    """A protocol as kernels see it.

    optimizer : place among the optimizers with a memory if ``stateful``, else among those without
    criterion : place among the criteria with a function, or -1 for those on the loss
    limit : a run is solved when its distance is below this
    squared_stall : a run has stalled when its squared gradient norm is below this; 0 for never
    harmless : with online updates, an epoch is not evaluated if the sizes of the parameters add up to at most this; 0 if
        every epoch must be evaluated
    """

    optimizer: int
    stateful: bool
    lr: float
    of_optimizer: OptimizerSettings
    online: bool
    gradient: Gradient
    criterion: int
    limit: float
    budget: int
    squared_stall: float
    harmless: float


def usual_settings(settings: TrainerSettings) -> TrainerSettings:
    """The settings with the exact gradient; kernels read all others at run time."""
    return TrainerSettings(
        settings.optimizer, settings.stateful, settings.lr, settings.of_optimizer, settings.online, Gradient(True, True),
        settings.criterion, settings.limit, settings.budget, settings.squared_stall, settings.harmless,
    )  # fmt: skip


as_usual_settings = inline(usual_settings)


class Specialization(NamedTuple):
    """What a training kernel is compiled for. Each field is a tuple whose length is known at compile time.

    together : as many items as patterns are processed together
    The others have an item if network and settings are ``usual`` ones, if updates are ``online``, if the patterns of a usual
    network are in ``counting`` order, if activations may be registered (``own``), and if outputs and cost are those of a
    ``whole`` layer.
    """

    together: tuple[int, ...]
    usual: tuple[int, ...]
    online: tuple[int, ...]
    counting: tuple[int, ...]
    own: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()


YES, NO = (0,), ()


def specialization_of(net: Network, settings: TrainerSettings) -> Specialization:
    """The fastest specialization that serves network and settings. All that serve them give the same bits, except for the
    final parameters of a diverged run."""
    together = taken_together(net)
    is_usual = together == FOUR and settings == usual_settings(settings)
    if together == FOUR and (settings.online or not is_usual):
        together = TWO  # online, more would leave fewer runs side by side, and a step on one pattern needs them
    counting = is_usual and net.counting
    online, usual = YES if settings.online else NO, YES if is_usual else NO
    return Specialization(together, usual, online, YES if counting else NO, own_activations(net), whole_layer(net))
