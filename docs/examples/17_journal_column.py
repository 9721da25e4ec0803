"""
In a journal's column
=====================

``STYLE`` is the look of a report, ``COLUMN`` the width of a column, ``COLOURS`` keeps a colour for each activation,
``name`` knows what an axis calls a column, and ``save`` writes PDF, SVG and PNG.
"""

import tempfile

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

import landscape as ls

with matplotlib.rc_context(ls.plot.STYLE):
    figure, axes = plt.subplots(figsize=(ls.plot.COLUMN, 2.2), layout="constrained")
    z = np.linspace(-4.0, 4.0, 201)
    for activation in ("sigmoid", "tanh", "softsign", "gelu"):
        value, slope = ls.Surface("xor", activation=activation).activate(z)
        axes.plot(z, value, color=ls.plot.COLOURS[activation], label=ls.plot.name(activation))
    axes.set(xlabel="weighted sum", ylabel=ls.plot.name("activation"), ylim=(-1.2, 2.0))
    axes.legend()
    paths = ls.plot.save(figure, tempfile.mkdtemp(), "activations")
print(*(path.name for path in paths))
