"""Checks of what a user gives: the suggestion in an error is one that helps."""

import pytest

import landscape as ls
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.initializers import INITIALIZERS
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.problems import PROBLEMS
from landscape.slices.quantities import QUANTITIES
from landscape.study.grid import FIELDS
from landscape.validation import known

MEANT = {
    "activation": (ACTIVATIONS, {
        "sigmiod": "sigmoid", "Sigmoid": "sigmoid", "sigm": "sigmoid", "tahn": "tanh", "Tanh": "tanh", "tan h": "tanh",
        "ReLU": "relu", "rleu": "relu", "leaky-relu": "leaky_relu", "LeakyReLU": "leaky_relu", "lrelu": "relu", "ELU": "elu",
        "SiLU": "silu", "GELU": "gelu", "gauss": "gaussian", "sin": "sine", "soft_sign": "softsign", "soft plus": "softplus",
        "hardtanh": "hard_tanh", "hard-tanh": "hard_tanh", "identiy": "identity", "id": "identity",
    }),
    "objective": (OBJECTIVES, {
        "crossentropy": "cross_entropy", "cross-entropy": "cross_entropy", "binary_cross_entropy": "cross_entropy",
        "squared_eror": "squared_error", "squared": "squared_error", "SquaredError": "squared_error",
        "mean_squared_error": "squared_error",
    }),
    "reduction": (REDUCTIONS, {"Mean": "mean", "halfmean": "half_mean", "summ": "sum"}),
    "optimizer": (OPTIMIZERS, {
        "adma": "adam", "Adam": "adam", "RMSProp": "rmsprop", "rms_prop": "rmsprop", "rms": "rmsprop", "r-prop": "rprop",
        "nestrov": "nesterov", "sgd": "gd", "ada_grad": "adagrad", "momentun": "momentum",
    }),
    "gradient": (GRADIENTS, {"posted_program": "posted", "Exact": "exact", "no-output-slope": "no_output_slope"}),
    "init": (INITIALIZERS, {
        "xavier": "xavier_normal", "Xavier-Uniform": "xavier_uniform", "he": "he_uniform",
        "nguyen": "nguyen_widrow", "nguyen-widrow": "nguyen_widrow", "unifrom": "uniform",
    }),
    "criterion": (CRITERIA, {"treshold": "threshold", "margins": "margin", "Loss": "loss", "nevre": "never"}),
    "problem": (PROBLEMS, {"xro": "xor", "XOR": "xor", "exor": "xor", "x-or": "xor", "implies_b": "a_implies_b"}),
    "quantity": (QUANTITIES, {"gradnorm": "grad_norm", "output": "outputs", "eigenvalue": "smallest_eigenvalue"}),
    "field": (FIELDS, {"hiden": "hidden", "optimiser": "optimizer", "init scale": "init_scale"}),
}  # fmt: skip
"""Of each table of parts: what people write, and what they mean."""

NOTHING_LIKE_IT = {
    "activation": (ACTIVATIONS, ["softmax", "log_softmax", "linear", "maxout", "logistic", "heaviside", "step"]),
    "objective": (OBJECTIVES, ["mse", "mae", "bce", "hinge", "huber", "log_loss", "kl"]),
    "optimizer": (OPTIMIZERS, ["lbfgs", "newton", "lion", "adadelta"]),
    "criterion": (CRITERIA, ["accuracy", "argmax"]),
    "problem": (PROBLEMS, ["equality", "majority", "?", ""]),
}  # fmt: skip
"""Of each: what is there under no name at all. To be pointed to another function is no help."""


def near(table: object, name: str) -> str | None:
    with pytest.raises(ValueError, match="is not known;") as refused:
        known("part", name, table)  # type: ignore[arg-type]
    text = str(refused.value)
    assert text.endswith(f"Known: {', '.join(table)}")  # type: ignore[arg-type]
    return text.split('did you mean "')[1].split('"?')[0] if "did you mean" in text else None


@pytest.mark.parametrize("kind", MEANT)
def test_what_was_probably_meant_is_offered(kind: str) -> None:
    table, words = MEANT[kind]
    assert {word: near(table, word) for word in words} == words


@pytest.mark.parametrize("kind", NOTHING_LIKE_IT)
def test_nothing_is_offered_for_what_is_not_there(kind: str) -> None:
    table, words = NOTHING_LIKE_IT[kind]
    absent = [word for word in words if word not in table]
    assert {word: near(table, word) for word in absent} == dict.fromkeys(absent)


def test_softmax_is_no_softsign() -> None:
    with pytest.raises(ValueError, match=r'^activation="softmax" is not known; Known: identity, sigmoid'):
        ls.Surface(activation="softmax")
