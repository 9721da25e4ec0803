"""The same work in JAX: full-batch gradient descent on XOR, float64, on the processor.

``vmap`` is what the manual leads to, one network vectorised over runs; ``tuned`` is what an expert would write, parameters
laid out with the runs last, in groups that stay in the cache.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from landscape.studies.peers import INPUTS, TARGETS

jax.config.update("jax_enable_x64", True)
HIDDEN = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}


def _descend(loss: Callable, epochs: int, lr: float) -> Callable:
    """Epochs of gradient descent as one compiled loop."""

    def epoch(_, parameters):
        gradient = jax.grad(loss)(parameters)
        return tuple(p - lr * g for p, g in zip(parameters, gradient, strict=True))

    return lambda parameters: jax.lax.fori_loop(0, epochs, epoch, parameters)


def vmap(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
    """A function that trains all runs once; it is compiled here."""
    act = HIDDEN[activation]

    def loss(parameters):
        w1, b1, w2, b2 = parameters
        outputs = jax.nn.sigmoid(act(INPUTS @ w1.T + b1) @ w2 + b2)
        return jnp.sum((outputs - TARGETS) ** 2)

    rng = np.random.default_rng(0)
    start = tuple(jnp.asarray(rng.normal(size=(runs, *shape))) for shape in ((hidden, 2), (hidden,), (hidden,), ()))
    train = jax.jit(jax.vmap(_descend(loss, epochs, lr)))
    jax.block_until_ready(train(start))
    return lambda: jax.block_until_ready(train(start))


def tuned(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
    """The same in groups of 256 runs, one after the other."""
    group = min(256, runs)
    act = HIDDEN[activation]

    def loss(parameters):
        w1, b1, w2, b2 = parameters
        total = 0.0
        for (left, right), target in zip(INPUTS, TARGETS, strict=True):
            units = act(left * w1[0] + right * w1[1] + b1)
            total += jnp.sum((jax.nn.sigmoid(jnp.sum(units * w2, axis=0) + b2) - target) ** 2)
        return total

    rng = np.random.default_rng(0)
    shapes = ((2, hidden, group), (hidden, group), (hidden, group), (group,))
    start = tuple(jnp.asarray(rng.normal(size=shape)) for shape in shapes)
    train = jax.jit(_descend(loss, epochs, lr))
    jax.block_until_ready(train(start))

    def repeat() -> None:
        for _ in range(runs // group):
            jax.block_until_ready(train(start))

    return repeat
