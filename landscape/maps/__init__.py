"""Maps: what becomes of every start of a plane, and of every pair of settings; how rough the boundaries are."""
