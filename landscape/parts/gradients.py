"""Gradients a run may follow: the exact one, and the faults of the posted program, one by one and together.

With o = g(z) the outputs, h the hidden outputs and e = dE/do, back-propagation sends W2' (e g'(z)) back to the hidden
units and multiplies it by their slope. The posted program leaves out g'(z) there (while it keeps it for the output
weights) and takes h (1 - h), the sigmoid's slope, for every activation.
"""

from types import MappingProxyType
from typing import NamedTuple


class Gradient(NamedTuple):
    """What is right in it: the output slope in what is sent back, the hidden units' own slope."""

    output_slope: bool
    hidden_slope: bool


GRADIENTS: MappingProxyType[str, Gradient] = MappingProxyType(
    {
        "exact": Gradient(output_slope=True, hidden_slope=True),
        "posted": Gradient(output_slope=False, hidden_slope=False),
        "no_output_slope": Gradient(output_slope=False, hidden_slope=True),
        "sigmoid_slope": Gradient(output_slope=True, hidden_slope=False),
    }
)

EXACT = GRADIENTS["exact"]
