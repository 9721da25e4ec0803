"""Critical points: searches for minima and saddles, their kinds, their classes modulo symmetry, the ways between them."""
