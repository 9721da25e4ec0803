"""Kernels: the arithmetic of networks and of their training, for rows of lanes."""
