"""
Learning curves
===============

The median loss over epochs, with a band from the tenth to the ninetieth of a hundred runs. The upper edge is where the
failed runs are: at a mean squared error of 1/8.
"""

import pandas as pd

import landscape as ls

checkpoints = (0, 10, 30, 100, 200, 300, 500, 1000, 2000, 3000, 5000)
tables = []
for activation in ("sigmoid", "tanh"):
    surface = ls.Surface("xor", hidden=2, activation=activation)
    result = ls.train(surface, ls.Protocol(lr=1.0, budget=5000), runs=300, checkpoints=checkpoints)
    tables.append(result.checkpoints.assign(activation=activation))
axes = ls.plot.learning_curves(pd.concat(tables), by="activation")
axes.set_xscale("symlog", linthresh=10)
axes.set_xlim(left=0)
