"""
Success rates over width
========================

How often does XOR get learned, for three activations and two to six hidden units? Bands are 95 % intervals.
"""

import pandas as pd

import landscape as ls

tables = [
    ls.train(ls.Surface("xor", hidden=hidden, activation=activation), ls.Protocol(lr=1.0, budget=5000), runs=200).runs
    for activation in ("sigmoid", "tanh", "relu")
    for hidden in range(2, 7)
]
rates = ls.success_rates(pd.concat(tables), by=["activation", "hidden"])
axes = ls.plot.success_rates(rates, x="hidden", by="activation")
axes.legend()
