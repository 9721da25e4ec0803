"""A surface and a protocol together: the check that they fit, the settings of the trainer, the settings in a table."""

from typing import Any

import numpy as np

from landscape._kernels.settings import TrainerSettings
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.objectives import OBJECTIVES
from landscape.parts.optimizers import OPTIMIZERS, OptimizerSettings
from landscape.protocol import Protocol
from landscape.schema import SETTINGS
from landscape.surface import Surface
from landscape.training.precision import PRECISIONS, refuse_out_of_reach
from landscape.validation import known

HARMLESS = 500.0
"""Sum of the sizes of the parameters up to which an epoch needs no check; see ``_needs_no_checks``."""


def trainer_settings(surface: Surface, protocol: Protocol, precision: str = "float64") -> TrainerSettings:
    """The settings of the trainer's kernel. Raises ValueError or TypeError where the protocol does not fit the surface or
    the precision."""
    if not isinstance(surface, Surface):
        raise TypeError(f"surface={surface!r} is not a Surface; give one such as landscape.Surface('xor', hidden=2)")
    if not isinstance(protocol, Protocol):
        raise TypeError(f"protocol={protocol!r} is not a Protocol; give landscape.Protocol(lr=0.5), and runs by name")
    gradient, criterion = GRADIENTS[protocol.gradient], CRITERIA[protocol.criterion]
    if not gradient.output_slope and OBJECTIVES[surface.objective].slope_cancels:
        able = ", ".join(name for name, part in GRADIENTS.items() if part.output_slope)
        others = " or ".join(f'objective="{name}"' for name, part in OBJECTIVES.items() if not part.slope_cancels)
        raise ValueError(
            f'gradient="{protocol.gradient}" leaves out the slope of the output, which cancels in '
            f'objective="{surface.objective}"; use {others}, or a gradient out of: {able}'
        )
    number = PRECISIONS[known("precision", precision, PRECISIONS)]
    refuse_out_of_reach(surface, protocol, number)
    problem = surface.table
    if criterion.takes_sides and (problem.targets.astype(number) == problem.midpoint.astype(number)).any():
        others = " or ".join(f'"{name}"' for name, part in CRITERIA.items() if not part.takes_sides and name != "never")
        raise ValueError(
            f'criterion="{protocol.criterion}" asks on which side of {problem.midpoint.tolist()} an output lies, but some '
            f'targets of problem "{problem.name}" lie right there; use criterion={others}'
        )
    stateful = OPTIMIZERS[protocol.optimizer].stateful
    looked_at = [name for name, part in CRITERIA.items() if part.distance]
    alike = [name for name, part in OPTIMIZERS.items() if part.stateful == stateful]
    return TrainerSettings(
        optimizer=alike.index(protocol.optimizer),
        stateful=stateful,
        lr=protocol.lr,
        of_optimizer=OptimizerSettings(protocol.momentum, protocol.beta1, protocol.beta2, protocol.epsilon),
        online=protocol.update == "online",
        gradient=gradient,
        criterion=looked_at.index(protocol.criterion) if criterion.distance else -1,
        # rounded here, so that comparisons in lanes and of single numbers agree
        limit=float(number(protocol.tolerance if criterion.limit is None else criterion.limit)),
        budget=protocol.budget,
        squared_stall=float(number(protocol.stall**2)),
        harmless=HARMLESS if protocol.update == "online" and _needs_no_checks(surface, protocol) else 0.0,
    )


def _needs_no_checks(surface: Surface, protocol: Protocol) -> bool:
    """Whether an epoch needs no check while the sizes of the parameters add up to ``HARMLESS`` at most.

    That is so if a run can end early only by a loss or a parameter that is not finite, and inputs, targets and settings are
    of ordinary size. The weighted sums of hidden units are then at most 2,000 and those of outputs at most a million, for
    which every activation is finite, in float32, too."""
    inputs, targets = (float(np.abs(table).max()) for table in (surface.table.inputs, surface.table.targets))
    ordinary = inputs <= 4.0 and targets <= 1e3 and abs(surface.slope) <= 1.0 and surface.l2 <= 1e3
    return ordinary and protocol.criterion == "never" and protocol.stall == 0.0


def settings_of(surface: Surface, protocol: Protocol, precision: str) -> dict[str, Any]:
    """The settings of runs, by their columns in a table of runs; ``precision`` only where it is not float64."""
    settings = {"architecture": surface.architecture} | surface.settings | protocol.settings
    return settings if precision == SETTINGS["precision"].default else settings | {"precision": precision}
