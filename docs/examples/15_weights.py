"""
A network and its weights
=========================

Hidden units, weights and biases of a network made by hand: OR and NAND, and AND of the two.
"""

import landscape as ls

surface = ls.Surface("xor", hidden=2)
theta = surface.pack(W1=[[20, 20], [-20, -20]], b1=[-10, 30], W2=[[20, 20]], b2=[-30])
ls.plot.weights(surface, theta)
