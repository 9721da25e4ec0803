"""The single-network class people start from, in the conventions of the posted program, on top of ``Surface``."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.layout import Layout
from landscape.machine import fits_in_memory
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.initializers import posted_deviation
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.summary import Summary, counted, short, summarized
from landscape.surface import Surface
from landscape.training.batch import BatchResult, train_batch, train_on_threads
from landscape.training.settings import trainer_settings
from landscape.validation import integer, known, real_array

Array = NDArray[np.float64]


@summarized
class NeuralNetwork:
    """One network with sigmoid outputs, trained by full-batch gradient descent on the sum of squares.

    Parameters
    ----------
    input_nodes, hidden_nodes, output_nodes : int, 1 or more
    lr : float, above 0
        Learning rate.
    activation : str
        Of the hidden units, a name from ``activations.ACTIVATIONS``.
    gradient : str
        "exact"; "posted" does what the posted program does, see ``gradients.GRADIENTS``.
    seed : int, 0 to 2**32 - 1, optional
        Of NumPy's legacy generator, so that ``seed=42`` begins where ``np.random.seed(42)`` did. None draws a fresh start.

    Attributes
    ----------
    theta : ndarray (P,)
        The parameters as ``Surface`` orders them; ``wih``, ``bh``, ``who``, ``bo`` are its parts.
    epoch_count : int
        Updates made.
    mse_loss : float
        Mean squared error before the last update; NaN before the first.

    Raises
    ------
    ValueError, TypeError
        for an unknown name, a number out of range, or a network that would not fit in memory.

    Examples
    --------
    >>> import landscape as ls
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> network = ls.NeuralNetwork(2, 3, 1, lr=2.0, seed=42)
    >>> network.fit(X, y, epochs=3000, verbose=False)
    >>> network.predict(X), network.epoch_count
    ([0, 1, 1, 0], 3000)
    """

    def __init__(
        self,
        input_nodes: int,
        hidden_nodes: int,
        output_nodes: int,
        lr: float,
        activation: str = "sigmoid",
        gradient: str = "exact",
        seed: int | None = None,
    ) -> None:
        self.inodes = integer("input_nodes", input_nodes, 1)
        self.hnodes = integer("hidden_nodes", hidden_nodes, 1)
        self.onodes = integer("output_nodes", output_nodes, 1)
        layout = Layout((self.inodes, self.hnodes, self.onodes))
        fits_in_memory(f"a network of {layout.size} parameters", 24.0 * layout.size, "give fewer nodes")
        self.activation = known("activation", activation, ACTIVATIONS)
        self.protocol = Protocol(lr=lr, gradient=gradient, criterion="never", budget=1)
        generator = np.random.RandomState(None if seed is None else integer("seed", seed, 0, 2**32 - 1))
        deviation = posted_deviation(self.inodes, self.hnodes, self.activation)
        drawn = {
            name: generator.normal(0.0, deviation, shape) if name[0] == "W" else np.zeros(shape)
            for name, (_, shape) in layout.arrays.items()
        }
        self.theta: Array = layout.pack(**drawn)
        self.epoch_count = 0
        self.mse_loss = float("nan")
        self._surface: Surface | None = None

    def _summary(self) -> Summary:
        first = f"NeuralNetwork: {self.inodes}-{self.hnodes}-{self.onodes} {short(self.activation)}, lr {self.protocol.lr:g}"
        loss = f", mean squared error {self.mse_loss:.4g} before the last" if self.epoch_count else ""
        return Summary(
            f"{first}, {counted(self.epoch_count, 'epoch')} made{loss}",
            ("fit(X, y, epochs=1000)", "predict(X)", "forward(X)", "theta", "mse_loss", "epoch_count"),
        )

    wih = property(lambda self: self._part("W1"), doc="Weights into the hidden units, (hidden_nodes, input_nodes).")
    bh = property(lambda self: self._part("b1"), doc="Biases of the hidden units, (hidden_nodes, 1).")
    who = property(lambda self: self._part("W2"), doc="Weights into the outputs, (output_nodes, hidden_nodes).")
    bo = property(lambda self: self._part("b2"), doc="Biases of the outputs, (output_nodes, 1).")

    def _part(self, name: str) -> Array:
        part = self._any_surface.unpack(self.theta)[name]
        return part if part.ndim == 2 else part[:, np.newaxis]

    @cached_property
    def _any_surface(self) -> Surface:
        """A surface of this architecture, for what does not depend on the truth table."""
        return self._surface_of(Problem(np.zeros((1, self.inodes)), np.zeros((1, self.onodes))))

    def _surface_of(self, problem: Problem) -> Surface:
        for what, given, nodes in [
            ("inputs", problem.n_inputs, self.inodes),
            ("targets", problem.n_outputs, self.onodes),
        ]:
            if given != nodes:
                raise ValueError(
                    f"{what} have {given} columns, this network has {nodes} nodes for them; give {nodes} columns"
                )
        return Surface(problem, hidden=self.hnodes, activation=self.activation, reduction="sum")

    def fit(self, X: ArrayLike, y: ArrayLike, verbose: bool = True, epochs: int = 1) -> None:
        """Make epochs, one update on all patterns each. A network that has diverged stays where it is.

        Many epochs in one call end, to the last bit, where as many calls of one end.

        Parameters
        ----------
        X : array_like (patterns, input_nodes)
        y : array_like (patterns,) or (patterns, output_nodes)
        verbose : bool
            Print the loss at every hundredth epoch.
        epochs : int, 1 or more
            A call takes 60 us, and an epoch in it 0.1 to 0.2 us for a few hidden units.

        Raises
        ------
        ValueError, TypeError
            for inputs or targets of the wrong shape, not finite or without real numbers, and for a number of epochs that is
            none.
        """
        epochs = integer("epochs", epochs, 1, 2**53)
        problem = Problem(X, y)
        if self._surface is None or self._surface.problem != problem:
            self._surface = self._surface_of(problem)
        last = self.epoch_count + epochs
        while self.epoch_count < last:
            told = min(last, 100 * (self.epoch_count // 100 + 1)) if verbose else last
            self._descend(told - 1 - self.epoch_count)
            self.mse_loss = float(self._surface.loss(self.theta)) / problem.targets.size
            self._descend(1)
            if verbose and self.epoch_count % 100 == 0:
                print(f"epoch {self.epoch_count:4d} mse loss: {self.mse_loss}")

    def _descend(self, epochs: int) -> None:
        """Make so many updates on the problem that is being fitted."""
        assert self._surface is not None
        surface, start, no_checkpoints = self._surface, self.theta[np.newaxis], np.empty(0, np.int64)
        if epochs == 0:
            return
        if epochs == 1:
            ends = BatchResult.empty(1, surface.n_parameters, 0)
            train_batch(surface, trainer_settings(surface, self.protocol), start, ends, no_checkpoints)
        else:  # on a thread, which costs 100 us, so that Ctrl-C is heard
            settings = trainer_settings(surface, replace(self.protocol, budget=epochs))
            ends = train_on_threads(surface, settings, start, no_checkpoints, threads=1)
        self.theta = ends.theta[0]
        self.epoch_count += epochs

    def forward(self, X: ArrayLike, output: bool = True) -> Array | None:
        """Compute the outputs (output_nodes, patterns) and keep them in ``final_outputs``.

        Parameters
        ----------
        X : array_like (patterns, input_nodes)
        output : bool
            Whether to return the outputs.

        Returns
        -------
        ndarray (output_nodes, patterns), or None
        """
        self.final_outputs: Array = self._any_surface.forward(self.theta, real_array("inputs", X)).T
        return self.final_outputs if output else None

    def predict(self, X: ArrayLike) -> list[int] | list[list[int]]:
        """Predict 1 where an output is above 0.5, else 0.

        Parameters
        ----------
        X : array_like (patterns, input_nodes)

        Returns
        -------
        list
            One number a pattern, or one list a pattern with several outputs.
        """
        self.forward(X)
        classes = (self.final_outputs.T > 0.5).astype(int)
        predictions: list[int] | list[list[int]] = (classes[:, 0] if self.onodes == 1 else classes).tolist()
        return predictions
