"""Parts: activations, objectives, optimizers, initializers, criteria and gradients, one record each in one table a kind."""
