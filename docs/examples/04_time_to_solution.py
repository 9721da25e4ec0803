"""
Time to solution
================

The share of runs solved by each epoch. No run is left out: a curve that ends below 1 tells how many never got there.
"""

import pandas as pd

import landscape as ls

tables = [
    ls.train(ls.Surface("xor", hidden=2), ls.Protocol(optimizer=name, lr=lr, budget=5000), runs=300).runs
    for name, lr in (("gd", 1.0), ("momentum", 1.0), ("adam", 0.1), ("rprop", 0.1))
]
table = ls.time_to_solution(pd.concat(tables), by="optimizer")
ls.plot.ecdf(table, by="optimizer")
