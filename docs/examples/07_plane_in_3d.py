"""
The surface around a solution
=============================

A random plane through a trained network, filter-normalised, as a surface in three dimensions.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2, l2=1e-4)
minimum = ls.find_minima(surface, starts=50).theta[0]
plane = ls.slices.random_plane(surface, minimum, distance=1.5, steps=61, seed=3, normalization="filter")
figure, axes = plt.subplots(figsize=(6.0, 5.2), subplot_kw={"projection": "3d"})
ls.plot.plane(plane, kind="surface", ax=axes)
axes.set_box_aspect(None, zoom=0.85)
print(plane.caption)
