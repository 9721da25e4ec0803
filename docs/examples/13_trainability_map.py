"""
Where training works
====================

The success rate over learning rate and scale of the initial weights. Too small a start stands still, too large a one
saturates.
"""

import numpy as np

import landscape as ls

surface = ls.Surface("xor", hidden=2, activation="tanh")
table = ls.trainability_map(
    surface,
    ls.Protocol(budget=1000),
    x=("lr", np.geomspace(0.03, 30.0, 16)),
    y=("init_scale", np.geomspace(0.1, 10.0, 14)),
    runs=40,
)
ls.plot.trainability_map(table)
