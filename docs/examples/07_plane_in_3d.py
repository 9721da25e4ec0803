"""
The surface around a solution
=============================

A random plane through a trained network, filter-normalised, as a surface in three dimensions.
"""

import landscape as ls

surface = ls.Surface("xor", hidden=2, l2=1e-4)
minimum = ls.find_minima(surface, starts=50).theta[0]
plane = ls.slices.random_plane(surface, minimum, distance=1.5, steps=61, seed=3, normalization="filter")
ls.plot.plane(plane, kind="surface")
print(plane.caption)
