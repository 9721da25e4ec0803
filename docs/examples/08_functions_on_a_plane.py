"""
Which function does the network compute?
========================================

Two weights run over a plane, the seven others stay as they were drawn. Colours name the Boolean function that the
network computes at each point; a function and its negation share a hue.
"""

import matplotlib.pyplot as plt

import landscape as ls

surface = ls.Surface("xor", hidden=2)
theta = ls.train(surface, ls.Protocol(lr=1.0), runs=1).theta[0]
plane = ls.slices.parameter_plane(surface, theta, (0, 3), low=-20.0, high=20.0, steps=201)
figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ls.plot.plane(plane, quantity="function", ax=axes)
