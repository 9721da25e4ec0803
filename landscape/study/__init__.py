"""Studies: a grid of surfaces and protocols, so many runs a cell, kept in a folder of content-addressed files."""
