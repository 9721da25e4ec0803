"""
Standing still, and going on
============================

The loss of one run, the gradient norm and what the hidden units give for each pattern. Shaded is the plateau: long
after it began, and long before it ends, nothing seems to happen.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2)
path = ls.replay(surface, ls.Protocol(lr=0.5, criterion="loss", tolerance=0.005, budget=20_000), run=0, every=5)
plateaus = ls.plateaus(path)
figure, axes = plt.subplots(figsize=(6.5, 4.5))
figure.subplots_adjust(right=0.85)
ls.plot.plateau_strip(path, plateaus, ax=axes)
print(plateaus.round(4).to_string(index=False))
