"""
What a solution costs
=====================

Epochs spent for one solution, failures at what they really spent, when one starts over after each. An interval without
an upper end goes to the right edge.
"""

import pandas as pd

import landscape as ls

tables = [
    ls.train(ls.Surface("xor", hidden=hidden, activation=activation), ls.Protocol(lr=1.0, budget=5000), runs=200).runs
    for activation in ("sigmoid", "tanh", "relu")
    for hidden in (2, 3, 4)
]
costs = ls.expected_running_time(pd.concat(tables), by=["activation", "hidden"])
ls.plot.expected_running_time(costs, y="activation", by="hidden")
