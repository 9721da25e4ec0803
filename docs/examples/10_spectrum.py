"""
The spectrum of every point
===========================

Eigenvalues of the Hessian at each class of minima and saddles of a penalised surface.
"""

import landscape as ls

surface = ls.Surface("xor", hidden=2, l2=1e-3)
points = ls.find_stationary_points(surface, starts=200, max_index=1)
ls.plot.spectrum(points)
print(points.table[["kind", "loss", "index", "hits"]].round(4).to_string(index=False))
