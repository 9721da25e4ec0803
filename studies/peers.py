"""The same work in other libraries: full-batch gradient descent on XOR with a sigmoid output, float64, on the processor.

One network at a time, as most programs that are posted do it: ``numpy_loop``, and scikit-learn's ``MLPClassifier``, whose
loss is the cross entropy. All runs at once: PyTorch, on tensors with the runs first. JAX has a file of its own. Each returns
a function that trains once; libraries that are not installed raise ``ImportError``.
"""

import warnings
from collections.abc import Callable

import numpy as np

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


NUMPY = {
    "sigmoid": (_sigmoid, lambda h: h * (1.0 - h)),
    "tanh": (np.tanh, lambda h: 1.0 - h * h),
    "relu": (lambda x: np.maximum(x, 0.0), lambda h: (h > 0.0).astype(float)),
}
"""Activation, and its slope from its value."""


def numpy_loop(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
    """Run after run, each epoch a dozen operations on small arrays."""
    value, slope = NUMPY[activation]

    def train() -> None:
        rng = np.random.default_rng(0)
        for _ in range(runs):
            w1, b1 = rng.normal(size=(2, hidden)), rng.normal(size=hidden)
            w2, b2 = rng.normal(size=hidden), rng.normal()
            for _ in range(epochs):
                h = value(INPUTS @ w1 + b1)
                o = _sigmoid(h @ w2 + b2)
                delta = 2.0 * (o - TARGETS) * o * (1.0 - o)
                back = np.outer(delta, w2) * slope(h)
                w2 -= lr * (delta @ h)
                b2 -= lr * delta.sum()
                w1 -= lr * (INPUTS.T @ back)
                b1 -= lr * back.sum(axis=0)

    return train


def scikit_learn(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
    """Run after run, as the manual has it, with stopping and shuffling off."""
    from sklearn.neural_network import MLPClassifier

    name = {"sigmoid": "logistic"}.get(activation, activation)
    plain = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "alpha": 0.0}
    whole = {"batch_size": 4, "shuffle": False, "tol": 0.0, "n_iter_no_change": epochs + 1, "max_iter": epochs}

    def train() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it did not converge
            for run in range(runs):
                MLPClassifier((hidden,), activation=name, learning_rate_init=lr, random_state=run, **plain, **whole).fit(
                    INPUTS, TARGETS
                )

    return train


def pytorch(hidden: int, activation: str, runs: int, epochs: int, lr: float) -> Callable[[], object]:
    """All runs in one tensor, gradients by ``backward``."""
    import torch

    value = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    inputs, targets = torch.from_numpy(INPUTS), torch.from_numpy(TARGETS)[:, None]

    def train() -> None:
        rng = np.random.default_rng(0)
        shapes = ((runs, 2, hidden), (runs, 1, hidden), (runs, hidden, 1), (runs, 1, 1))
        parameters = [torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes]
        descent = torch.optim.SGD(parameters, lr=lr)
        w1, b1, w2, b2 = parameters
        for _ in range(epochs):
            descent.zero_grad()
            outputs = torch.sigmoid(value(inputs @ w1 + b1) @ w2 + b2)
            ((outputs - targets) ** 2).sum().backward()
            descent.step()

    return train
