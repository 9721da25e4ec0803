"""The protocol: how a run is started, moved and stopped. It knows nothing of a surface."""

from dataclasses import dataclass, fields
from typing import Any

from landscape.deprecation import takes_old_names
from landscape.options import checked
from landscape.parts.optimizers import OPTIMIZERS
from landscape.summary import Summary, python_of, summarized


@summarized
@takes_old_names
@dataclass(frozen=True)
class Protocol:
    """How a run is started, moved and stopped.

    Parameters
    ----------
    optimizer : str, a name from ``optimizers.OPTIMIZERS``
    lr : float, above 0
        Learning rate; rprop's first step.
    update : "batch" or "online"
        Batch: one step an epoch along the gradient of the loss. Online: one step after each pattern, in order, along the
        gradient of the same surface with this pattern as its whole problem; for gd, momentum, nesterov.
    momentum : float, 0 to below 1
        Of momentum and nesterov.
    beta1, beta2 : float, 0 to below 1
        Of adam; rmsprop reads beta2.
    epsilon : float, above 0
        Of adagrad, rmsprop and adam.
    gradient : "exact", or one of the faulty ones of ``gradients.GRADIENTS``
    init : str, a name from ``initializers.INITIALIZERS``
    init_scale : float, above 0
        Multiplies what the initializer draws.
    init_bias : "zero" or "same" (drawn like the weights)
    criterion : "threshold", "margin", "loss" or "never", see ``criteria.CRITERIA``
    tolerance : float, above 0
        Limit of margin and loss.
    budget : int, 0 or more
        Most epochs a run may take.
    stall : float, 0 or 1e-150 to 1e150
        A run whose gradient (the one it follows, of all patterns) has a norm below this counts as stalled; 0 = off.

    Raises
    ------
    ValueError, TypeError
        for an unknown name, a value out of range, or an optimizer that does not go with online updates.

    Examples
    --------
    >>> import landscape as ls
    >>> protocol = ls.Protocol(optimizer="adam", lr=0.1, budget=500)
    >>> protocol.settings["beta2"], protocol.criterion
    (0.999, 'threshold')
    """

    optimizer: str = "gd"
    lr: float = 0.5
    update: str = "batch"
    momentum: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    gradient: str = "exact"
    init: str = "xavier_normal"
    init_scale: float = 1.0
    init_bias: str = "zero"
    criterion: str = "threshold"
    tolerance: float = 0.4
    budget: int = 20_000
    stall: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, checked(field.name, getattr(self, field.name)))
        if 0.0 < self.stall < 1e-150:
            raise ValueError(f"stall={self.stall!r} is too small for its square; give 0 (off), or 1e-150 or more")
        if self.update == "online" and not OPTIMIZERS[self.optimizer].online:
            able = ", ".join(name for name, part in OPTIMIZERS.items() if part.online)
            raise ValueError(
                f'optimizer="{self.optimizer}" adapts its steps to the gradient of all patterns and is not defined pattern '
                f'after pattern; use update="batch", or an optimizer out of: {able}'
            )

    def _summary(self) -> Summary:
        return Summary(python_of(self), whole=True)

    @property
    def settings(self) -> dict[str, Any]:
        """Value of every field by name, as tables of runs show them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
