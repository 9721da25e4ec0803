"""
All sixteen functions
=====================

A heat map of success rates over two columns, with the numbers in it: how often networks of one to four sigmoid units
learn each Boolean function of two inputs. XOR and its negation are the two that need a hidden layer.
"""

import matplotlib.pyplot as plt
import pandas as pd

import landscape as ls

tables = [
    ls.train(ls.Surface(function, hidden=hidden), ls.Protocol(lr=2.0, budget=3000), runs=100).runs
    for function in range(16)
    for hidden in (1, 2, 3, 4)
]
rates = ls.success_rates(pd.concat(tables), by=["problem", "hidden"])
figure, axes = plt.subplots(figsize=(4.5, 5), layout="constrained")
ls.plot.success_rates(rates, x="hidden", y="problem", ax=axes)
