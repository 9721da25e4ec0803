"""
Panels
======

``facet`` makes a panel for each level of a column, on common axes, and ``order`` says in which order levels come. Here
success rates over the learning rate, for three optimizers and two activations.
"""

import pandas as pd

import landscape as ls

tables = [
    ls.train(
        ls.Surface("xor", hidden=2, activation=activation), ls.Protocol(optimizer=name, lr=lr, budget=1000), runs=100
    ).runs
    for activation in ("sigmoid", "tanh")
    for name in ("gd", "momentum", "adam")
    for lr in (0.01, 0.1, 1.0, 10.0)
]
rates = ls.success_rates(pd.concat(tables), by=["activation", "optimizer", "lr"])
ls.plot.success_rates(rates, x="lr", by="optimizer", facet="activation", order=["gd", "momentum", "adam"])
