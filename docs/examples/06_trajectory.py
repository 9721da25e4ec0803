"""
Three runs on one plane
=======================

The plane nearest to the paths of three runs from different starts, and the paths laid on it. Points at which the loss
drawn is not the loss of the run are hollow; the caption counts them.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2, activation="tanh")
paths = ls.replay(surface, ls.Protocol(lr=0.5, budget=1500), run=[0, 1, 2], every=10)
plane = ls.slices.trajectory_plane(surface, paths)
figure, axes = plt.subplots(figsize=(6.4, 5.0), layout="compressed")
ls.plot.plane(plane, ax=axes)
for laid, colour in zip(plane.laid.values(), ("white", "orange", "cyan"), strict=True):
    ls.plot.trajectory(laid, ax=axes, color=colour)
print(plane.caption)
print(*(laid.caption() for laid in plane.laid.values()), sep="\n")
