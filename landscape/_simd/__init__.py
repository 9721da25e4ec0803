"""Lanes: vectors of numbers in Numba's kernels, loops written out, elementary functions, compiler options and the cache.

All that is asked of the inside of Numba and LLVM is asked here."""
