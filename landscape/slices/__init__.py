"""Slices: a surface along a line or on a plane, how each is chosen, and what can be shown on it."""

from landscape.slices.constructors import (
    hessian_plane,
    linear_interpolation,
    parameter_plane,
    planar_interpolation,
    random_line,
    random_plane,
    trajectory_plane,
)

__all__ = [
    "hessian_plane",
    "linear_interpolation",
    "parameter_plane",
    "planar_interpolation",
    "random_line",
    "random_plane",
    "trajectory_plane",
]
