"""
What a network answers
======================

The output over the square of inputs, the line of each hidden unit, and the four patterns: a run that learned XOR and
one that did not.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2)
result = ls.train(surface, ls.Protocol(lr=1.0), runs=50)
solved = result.runs["solved"]
figure, panels = plt.subplots(1, 2, figsize=(7.5, 3.2), layout="constrained")
for axes, title, run in zip(panels, ("solved", "not solved"), (solved.idxmax(), (~solved).idxmax()), strict=True):
    ls.plot.decision_surface(surface, result.theta[run], ax=axes)
    axes.set_title(f"run {run}: {title}")
