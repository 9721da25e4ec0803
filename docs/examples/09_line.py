"""
A barrier that is none
======================

On the straight line between two solutions the loss climbs. Bring the second together with the first, by the symmetries
of the surface alone, and most of the barrier is gone: it was a renaming of units.
"""

import landscape as ls

surface = ls.Surface("xor", hidden=3, activation="tanh", l2=1e-4)
points = ls.find_minima(surface, starts=100)
raw = [points.ends[points.member == 0][number] for number in (0, 1)]
axes = None
for align, label in ((False, "as found"), (True, "aligned")):
    line = ls.slices.linear_interpolation(surface, *raw, align=align)
    axes = ls.plot.line(line, ax=axes, label=f"{label}, barrier {line.barrier:.3f}")
axes.legend(loc="center")
