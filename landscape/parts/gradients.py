"""Gradients a run may follow: the exact one, and the faults of the posted program, one by one and together.

With o = g(z) the outputs, h the hidden outputs and e = dE/do, back-propagation sends W2' (e g'(z)) back to the hidden
units and multiplies it by their slope. The posted program leaves out g'(z) there (while it keeps it for the output
weights) and takes h (1 - h), the sigmoid's slope, for every activation.
"""

from types import MappingProxyType
from typing import NamedTuple


class Gradient(NamedTuple):
    """One gradient.

    output_slope : whether what is sent back has the slope of the output
    hidden_slope : whether it is multiplied by the hidden units' own slope
    """

    output_slope: bool
    hidden_slope: bool

    @property
    def meaning(self) -> str:
        """What is wrong in it, in a sentence. Kernels are given this record, so it holds no text."""
        faults = [
            *(["without the slope of the output in what goes back to the hidden units"] if not self.output_slope else []),
            *(["with sigmoid's slope for every hidden activation"] if not self.hidden_slope else []),
        ]
        return f"Faulty: {' and '.join(faults)}." if faults else "The gradient of the loss."


GRADIENTS: MappingProxyType[str, Gradient] = MappingProxyType(
    {
        "exact": Gradient(output_slope=True, hidden_slope=True),
        "posted": Gradient(output_slope=False, hidden_slope=False),
        "no_output_slope": Gradient(output_slope=False, hidden_slope=True),
        "sigmoid_slope": Gradient(output_slope=True, hidden_slope=False),
    }
)

EXACT = GRADIENTS["exact"]
