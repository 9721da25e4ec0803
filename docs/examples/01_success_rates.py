"""
Success rates over width
========================

How often is XOR learned, with three activations and two to six hidden units? Bands are 95 % intervals.
``ls.plot.success_rates`` draws the table that ``ls.success_rates`` makes.
"""

import pandas as pd

import landscape as ls

tables = [
    ls.train(ls.Surface("xor", hidden=hidden, activation=activation), ls.Protocol(lr=1.0, budget=5000), runs=200).runs
    for activation in ("sigmoid", "tanh", "relu")
    for hidden in range(2, 7)
]
runs = pd.concat(tables)
ls.plot.success_rates(ls.success_rates(runs, by=["activation", "hidden"]), x="hidden", by="activation")
