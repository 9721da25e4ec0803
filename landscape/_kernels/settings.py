"""A protocol as kernels see it, and what of it is known when they are compiled."""

from typing import NamedTuple

from landscape._kernels.network import FOUR, TWO, Network, own_activations, taken_together, whole_layer
from landscape._simd.jit import inline
from landscape.parts.gradients import Gradient
from landscape.parts.optimizers import OptimizerSettings


class TrainerSettings(NamedTuple):
    """A protocol as kernels see it.

    ``optimizer`` counts among the optimizers with a memory, or among those without; ``criterion`` among those with a
    function, or is -1. Whether updates are online, kernels know from their specialization. Online, an epoch is not looked at
    where the sizes of the parameters add up to no more than ``harmless``, which is 0 where something may have to be seen.
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
    """The same with the exact gradient: what else a protocol may choose is left to run time."""
    return TrainerSettings(
        settings.optimizer, settings.stateful, settings.lr, settings.of_optimizer, settings.online, Gradient(True, True),
        settings.criterion, settings.limit, settings.budget, settings.squared_stall, settings.harmless,
    )  # fmt: skip


as_usual_settings = inline(usual_settings)


class Specialization(NamedTuple):
    """What is known of a training when its kernel is compiled: how many patterns are taken together, as a tuple of that
    length; and, as tuples that have an item if so, whether network and settings are usual ones, whether updates are online,
    whether the patterns of a usual network are in counting order, whether an activation is called by its address, and
    whether outputs and cost are those of a whole layer."""

    together: tuple[int, ...]
    usual: tuple[int, ...]
    online: tuple[int, ...]
    counting: tuple[int, ...]
    own: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()


YES, NO = (0,), ()


def specialization_of(net: Network, settings: TrainerSettings) -> Specialization:
    """The fastest form that serves these. Others that do give the same bits, but for the parameters that a diverged run is
    left with."""
    together = taken_together(net)
    is_usual = together == FOUR and settings == usual_settings(settings)
    if together == FOUR and (settings.online or not is_usual):
        together = TWO  # online, more would leave fewer runs side by side, and a step on one pattern needs them
    counting = is_usual and net.counting
    online, usual = YES if settings.online else NO, YES if is_usual else NO
    return Specialization(together, usual, online, YES if counting else NO, own_activations(net), whole_layer(net))
