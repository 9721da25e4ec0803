"""Training: seeded runs of a surface under a protocol, in a batch, and the network class people start from."""
