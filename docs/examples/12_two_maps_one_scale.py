"""
Two maps on one scale
=====================

The plane of starts under full-batch and under online updates, with one colour bar for both: ``ls.plot.epochs_scale``
gives it.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2)
theta = surface.pack(W1=[[0.0, 0.0], [0.6, 0.8]], b1=[-0.3, 0.3], W2=[[0.1, 0.7]], b2=[-0.3])
plane = ls.slices.parameter_plane(surface, theta, (1, 0), low=-10.0, high=10.0, steps=151)
figure, panels = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained")
for axes, update in zip(panels, ("batch", "online"), strict=True):
    basins = ls.basin_map(surface, ls.Protocol(lr=3.25, update=update, budget=200), plane)
    ls.plot.basin_map(basins, ax=axes, colorbar=False)
    axes.set_title(update, loc="right")
figure.colorbar(ls.plot.epochs_scale(basins), ax=panels, label="epochs")
