"""
Which starts learn XOR?
=======================

Two weights of the start run over a plane, the seven others are fixed (Kolen & Pollack 1990). Grey tells the epochs to a
solution, black that there was none within 200. The boundary is rough; its dimension is printed below.
"""

import landscape as ls

surface = ls.Surface("xor", hidden=2)
theta = surface.pack(W1=[[0.7, 0.4], [-0.9, -0.5]], b1=[-0.9, 0.0], W2=[[-0.3, 0.9]], b2=[0.0])
plane = ls.slices.parameter_plane(surface, theta, (8, 5), low=-10.0, high=10.0, steps=201)
basins = ls.basin_map(surface, ls.Protocol(lr=3.0, optimizer="momentum", momentum=0.7, budget=200), plane)
ls.plot.basin_map(basins)
print(f"dimension of the boundary: {ls.box_dimension(basins).dimension:.2f}")
