"""A protocol as kernels see it, and what of it is known when they are compiled."""

from typing import NamedTuple

from landscape._kernels.network import FOUR, TWO, Network, taken_together
from landscape._simd.jit import inline
from landscape.parts.gradients import Gradient
from landscape.parts.optimizers import Settings


class Rule(NamedTuple):
    """A protocol as kernels see it. The optimizer's number is that among those with a state, or among those without; the
    criterion's is that among those with a function, or -1. Whether updates are online, kernels know from their form. Online,
    an epoch is not looked at where the sizes of the parameters add up to no more than ``harmless``; it is 0 where there is
    anything to see."""

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
    harmless: float


def usual_rule(rule: Rule) -> Rule:
    """The same with the exact gradient: what else a protocol may choose is left to run time."""
    return Rule(
        rule.optimizer, rule.stateful, rule.lr, rule.settings, rule.online, Gradient(True, True), rule.criterion, rule.limit,
        rule.budget, rule.squared_stall, rule.harmless,
    )  # fmt: skip


as_usual_rule = inline(usual_rule)


class Form(NamedTuple):
    """What is known of a training when its kernel is compiled: how many patterns are taken together, as a tuple of that
    length; and, as tuples that have an item if so, whether network and rule are usual ones, whether updates are online, and
    whether the patterns of a usual network are in counting order."""

    together: tuple[int, ...]
    usual: tuple[int, ...]
    online: tuple[int, ...]
    counting: tuple[int, ...]


YES, NO = (0,), ()


def form_of(net: Network, rule: Rule) -> Form:
    """The fastest form that serves these. Others that do give the same bits, but for the parameters that a diverged run is
    left with."""
    together = taken_together(net)
    is_usual = together == FOUR and rule == usual_rule(rule)
    if together == FOUR and (rule.online or not is_usual):
        together = TWO  # online, more would leave fewer runs side by side, and a step on one pattern needs them
    counting = is_usual and net.counting
    return Form(together, YES if is_usual else NO, YES if rule.online else NO, YES if counting else NO)
