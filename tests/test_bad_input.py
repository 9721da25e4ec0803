"""Bad input: refused at the door, with what was given, what is allowed and what to do."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import landscape as ls

S, P = ls.Surface, ls.Protocol
GOOD, FAST = ls.Surface(), ls.Protocol(budget=10)

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    # names
    "misspelt activation": (lambda: S(activation="sigmiod"), ValueError, r'activation="sigmiod" is not known; did you mean "sigmoid"\? Known: identity, sigmoid, tanh'),
    "capital activation": (lambda: S(activation="ReLU"), ValueError, r'did you mean "relu"\?'),
    "unlike any activation": (lambda: S(activation="qqq"), ValueError, r'activation="qqq" is not known; Known: identity'),
    "activation as number": (lambda: S(activation=3), TypeError, "activation=3 is not a name; give one of: identity"),
    "output": (lambda: S(output="soft_max"), ValueError, r'output="soft_max" is not known; did you mean "softmax"\?'),
    "softmax and error": (lambda: S(output="softmax"), ValueError, 'output="softmax" does not go with objective="squared_error"; use objective="cross_entropy"'),
    "softmax of one": (lambda: S(output="softmax", objective="cross_entropy"), ValueError, 'targets of problem "xor" do not; give one column a class'),
    "softmax of no classes": (lambda: S(ls.Problem([[0], [1]], [[1, 1], [0, 1]]), output="softmax", objective="cross_entropy"), ValueError, "outputs that sum to 1, each from 0 to 1"),
    "softmax below 0": (lambda: S(ls.Problem([[0], [1]], [[-1, 2], [0, 1]]), output="softmax", objective="cross_entropy"), ValueError, "each from 0 to 1"),
    "softmax without its slope": (lambda: ls.train(S(ls.problems.one_hot("xor"), output="softmax", objective="cross_entropy"), P(gradient="posted")), ValueError, "leaves out the slope of the output"),
    "one hot of several": (lambda: ls.problems.one_hot(ls.problems.one_hot("xor")), ValueError, "has 2 outputs; give one whose single output is the class"),
    "one hot of one class": (lambda: ls.problems.one_hot("true"), ValueError, 'all targets of problem "true" are 1; give one of two classes'),
    "problem": (lambda: S("xro"), ValueError, r'problem="xro" is not known; did you mean "xor"\?'),
    "problem number": (lambda: S(16), ValueError, "problem=16 is out of range; give a whole number from 0 to 15"),
    "objective": (lambda: S(objective="mse"), ValueError, "Known: squared_error, cross_entropy"),
    "reduction": (lambda: S(reduction="average"), ValueError, "Known: mean, sum, half_mean, half_sum"),
    "optimizer": (lambda: P("adma"), ValueError, r'optimizer="adma" is not known; did you mean "adam"\?'),
    "update": (lambda: P(update="minibatch"), ValueError, r'did you mean "batch"\? Known: batch, online'),
    "gradient": (lambda: P(gradient="posted_program"), ValueError, r'did you mean "posted"\?'),
    "init": (lambda: P(init="xavier"), ValueError, 'init="xavier" is not known; did you mean "xavier_'),
    "init_bias": (lambda: P(init_bias="ones"), ValueError, "Known: zero, same"),
    "criterion": (lambda: P(criterion="accuracy"), ValueError, "Known: threshold, margin, loss, never"),
    # numbers
    "lr 0": (lambda: P(lr=0), ValueError, "lr=0 is not allowed; give a finite number, above 0"),
    "lr negative": (lambda: P(lr=-0.1), ValueError, "lr=-0.1 is not allowed"),
    "lr infinite": (lambda: P(lr=math.inf), ValueError, "lr=inf is not allowed; give a finite number"),
    "lr NaN": (lambda: P(lr=math.nan), ValueError, "lr=nan is not allowed"),
    "lr text": (lambda: P(lr="0.1"), TypeError, "lr='0.1' is not a number"),
    "lr flag": (lambda: P(lr=True), TypeError, "lr=True is not a number"),
    "tolerance 0": (lambda: P(tolerance=0.0), ValueError, "tolerance=0.0 is not allowed"),
    "tolerance NaN": (lambda: P(tolerance=math.nan), ValueError, "tolerance=nan is not allowed"),
    "momentum 1": (lambda: P(momentum=1.0), ValueError, "momentum=1.0 is not allowed; give a finite number, 0 or more, below 1"),
    "beta1": (lambda: P(beta1=-0.1), ValueError, "beta1=-0.1"),
    "beta2": (lambda: P(beta2=1.0), ValueError, "beta2=1.0"),
    "epsilon": (lambda: P(epsilon=0.0), ValueError, "epsilon=0.0"),
    "init_scale": (lambda: P(init_scale=-1.0), ValueError, "init_scale=-1.0"),
    "budget negative": (lambda: P(budget=-1), ValueError, "budget=-1 is out of range; give a whole number"),
    "budget broken": (lambda: P(budget=1.5), TypeError, "budget=1.5 is not a whole number"),
    "stall": (lambda: P(stall=-1e-9), ValueError, "stall=-1e-09 is not allowed; give a finite number, 0 or more"),
    "hidden negative": (lambda: S(hidden=-1), ValueError, "hidden=-1 is out of range; give a whole number from 0 to 1000000"),
    "hidden broken": (lambda: S(hidden=2.0), TypeError, "hidden=2.0 is not a whole number"),
    "hidden flag": (lambda: S(hidden=True), TypeError, "hidden=True is not a whole number"),
    "l2": (lambda: S(l2=-0.1), ValueError, "l2=-0.1"),
    "slope": (lambda: S(slope=math.nan), ValueError, "slope=nan"),
    "bias": (lambda: S(bias=1), TypeError, "bias=1 is neither True nor False"),
    "shortcut": (lambda: S(shortcut="yes"), TypeError, "shortcut='yes' is neither True nor False"),
    "runs negative": (lambda: ls.train(GOOD, FAST, runs=-1), ValueError, "runs=-1 is out of range"),
    "runs broken": (lambda: ls.train(GOOD, FAST, runs=1e3), TypeError, "runs=1000.0 is not a whole number"),
    "runs beyond memory": (lambda: ls.train(GOOD, FAST, runs=10**12), ValueError, r"runs=1000000000000 would take about .* GiB, this machine has .* GiB; ask for fewer"),
    "seed": (lambda: ls.train(GOOD, FAST, seed=-1), ValueError, "seed=-1 is out of range"),
    "first_run": (lambda: ls.train(GOOD, FAST, first_run=-5), ValueError, "first_run=-5 is out of range"),
    "threads": (lambda: ls.train(GOOD, FAST, threads=0), ValueError, "threads=0 is out of range; give a whole number, 1 or more"),
    "every beyond all": (lambda: ls.replay(GOOD, FAST, every=10**30), ValueError, "every=1000000000000000000000000000000 is out of range"),
    "map without values": (lambda: ls.trainability_map(GOOD, FAST, ("lr", 0.1), ("hidden", [1])), TypeError, "is not an axis; give a setting and its values"),
    "map of one number in an array": (lambda: ls.trainability_map(GOOD, FAST, ("lr", np.array(0.1)), ("hidden", [1])), TypeError, "is not an axis; give a setting and its values"),
    "map without a surface": (lambda: ls.trainability_map(None, FAST, ("lr", [0.1]), ("hidden", [1])), TypeError, "surface of type NoneType does not fit; give one of type Surface"),
    "map beyond memory": (lambda: ls.trainability_map(GOOD, FAST, ("lr", [0.1]), ("hidden", [1]), runs=10**12), ValueError, r"runs=1000000000000 of 5 parameters would take about .* GiB"),
    "map of networks beyond memory": (lambda: ls.trainability_map(GOOD, FAST, ("lr", [0.1]), ("hidden", [10**6]), runs=10**5), ValueError, "of 4000001 parameters would take about"),
    "no trajectories": (lambda: ls.slices.trajectory_plane(GOOD, None), TypeError, "trajectories=None are none; give one or more, as replay returns them"),
    "parity beyond numbers": (lambda: S("parity" + "9" * 5000), ValueError, 'problem="parity9.* is not known'),
    "parity beyond bits": (lambda: S("parity99"), ValueError, "n=99 is out of range; give a whole number from 1 to 16"),
    "every": (lambda: ls.replay(GOOD, FAST, every=0), ValueError, "every=0 is out of range"),
    # combinations
    "cross-entropy of tanh": (lambda: S(objective="cross_entropy", output="tanh"), ValueError, 'output="tanh" does not give one; use output="sigmoid", or objective="squared_error"'),
    "targets beyond a sigmoid": (lambda: S(ls.Problem([[0], [1]], [-1, 1])), ValueError, r'targets from -1 to 1 are out of reach of output="sigmoid", which gives 0 to 1; .* out of: identity, tanh'),
    "targets beyond a sigmoid under cross-entropy": (lambda: S(ls.Problem([[0], [1]], [0, 1.5]), objective="cross_entropy"), ValueError, "targets from 0 to 1.5 are out of reach"),
    "online adam": (lambda: P("adam", update="online"), ValueError, r'use update="batch", or an optimizer out of: gd, momentum, nesterov'),
    "no output slope under cross-entropy": (lambda: ls.train(S(objective="cross_entropy"), P(gradient="posted")), ValueError, 'use objective="squared_error".*, or a gradient out of: exact, sigmoid_slope'),
    "target on the midpoint": (lambda: ls.train(S(ls.Problem([[0], [1], [2]], [0, 0.5, 1])), FAST), ValueError, 'some targets of problem "mine" lie right there; use criterion="margin"'),
    # tables
    "ragged inputs": (lambda: ls.Problem([[0, 1], [1]], [0, 1]), ValueError, "inputs is not a rectangular table of numbers"),
    "ragged targets": (lambda: ls.Problem([[0], [1]], [[0, 1], [1]]), ValueError, "targets is not a rectangular table"),
    "words": (lambda: ls.Problem([["a"], ["b"]], [0, 1]), TypeError, "inputs of kind <U1 is not real; give real numbers"),
    "unequal lengths": (lambda: ls.Problem([[0], [1]], [0, 1, 1]), ValueError, r"inputs of shape \(2, 1\) and targets of shape \(3, 1\) are not one truth table"),
    "flat inputs": (lambda: ls.Problem([0, 1], [0, 1]), ValueError, r"give inputs \(patterns, n_inputs\)"),
    "empty table": (lambda: ls.Problem([], []), ValueError, "inputs is empty"),
    "NaN in a table": (lambda: ls.Problem([[0], [math.nan]], [0, 1]), ValueError, r"inputs holds nan at \(1, 0\); give finite numbers only"),
    "name of a table": (lambda: ls.Problem([[0]], [0], name=7), TypeError, "name=7 is not text"),
    "boolean number": (lambda: ls.problems.boolean(-1), ValueError, "k=-1 is out of range"),
    "parity": (lambda: ls.problems.parity(0), ValueError, "n=0 is out of range; give a whole number from 1 to 16"),
    # starts and points
    "theta0 too short": (lambda: ls.train(GOOD, FAST, theta0=np.zeros((3, 8))), ValueError, r"theta0 of shape \(3, 8\) does not fit this 2-2-1 surface with runs=None; give shape \(runs, 9\)"),
    "theta0 of other runs": (lambda: ls.train(GOOD, FAST, runs=4, theta0=np.zeros((3, 9))), ValueError, r"with runs=4; give shape \(4, 9\)"),
    "theta0 of three axes": (lambda: ls.train(GOOD, FAST, theta0=np.zeros((1, 1, 9))), ValueError, "does not fit"),
    "theta0 with NaN": (lambda: ls.train(GOOD, FAST, theta0=np.r_[np.zeros((2, 9)), np.full((1, 9), math.nan)]), ValueError, r"theta0 is not finite in row 2 \(1 rows in all\)"),
    "theta0 of words": (lambda: ls.train(GOOD, FAST, theta0=[["a"] * 9]), TypeError, "theta0 of kind <U1 is not real"),
    "theta of another surface": (lambda: GOOD.loss(np.zeros(13)), ValueError, r"theta of shape \(13,\) does not fit this 2-2-1 surface; give shape \(\.\.\., 9\)"),
    "theta a number": (lambda: GOOD.gradient(1.0), ValueError, r"theta of shape \(\) does not fit"),
    "inputs of another problem": (lambda: GOOD.forward(np.zeros(9), np.zeros((4, 3))), ValueError, r"inputs of shape \(4, 3\) do not fit; give shape \(patterns, 2\)"),
    # checkpoints
    "checkpoints out of order": (lambda: ls.train(GOOD, FAST, checkpoints=(5, 3)), ValueError, "go from 5 to 3; give ascending epochs, each once"),
    "checkpoints twice": (lambda: ls.train(GOOD, FAST, checkpoints=(5, 5)), ValueError, "go from 5 to 5"),
    "checkpoints beyond the budget": (lambda: ls.train(GOOD, FAST, checkpoints=(5, 11)), ValueError, r"checkpoints=\(5, 11\) go beyond budget=10; give epochs up to the budget, or a larger budget"),
    "checkpoint negative": (lambda: ls.train(GOOD, FAST, checkpoints=(-1,)), ValueError, "checkpoints=-1 is out of range"),
    "checkpoint broken": (lambda: ls.train(GOOD, FAST, checkpoints=(1.5,)), TypeError, "checkpoints=1.5 is not a whole number"),
    "checkpoints as number": (lambda: ls.train(GOOD, FAST, checkpoints=100), TypeError, r"checkpoints=100 is not a sequence of epochs; give a tuple such as \(100, 1000\)"),
    # the wrong thing altogether
    "name for a surface": (lambda: ls.train("xor"), TypeError, "surface='xor' is not a Surface; give one such as"),
    "surface for a protocol": (lambda: ls.train(GOOD, GOOD), TypeError, "is not a Protocol; give landscape.Protocol"),
    "runs for a protocol": (lambda: ls.train(GOOD, 1000), TypeError, "protocol=1000 is not a Protocol; .* runs by name"),
    "nothing for a problem": (lambda: S(None), TypeError, 'problem=None is not one; give a Problem, a name such as "xor"'),
    "stall too small": (lambda: P(stall=1e-170), ValueError, "stall=1e-170 is too small for its square"),
    "stall too large": (lambda: P(stall=1e200), ValueError, "stall=1e.200 is not allowed"),
    "lr beyond floats": (lambda: P(lr=10**400), ValueError, "is not allowed; give a finite number"),
    "hidden as array": (lambda: S(hidden=np.array([3])), TypeError, "is not a whole number"),
    "complex theta": (lambda: GOOD.loss(np.zeros(9) * 1j), TypeError, "theta of kind complex128 is not real"),
    "text as numbers": (lambda: ls.Problem([["0"], ["1"]], [0, 1]), TypeError, "inputs of kind <U1 is not real"),
    "a huge Hessian": (lambda: S(hidden=50_000).hessian(np.zeros(200_001)), ValueError, "Hessians of 200001 x 200001 would take"),
    "masked checkpoints": (lambda: ls.train(GOOD, FAST, checkpoints=np.ma.masked_array([1, 2], [0, 1])), TypeError, "checkpoints of kind masked int64 is not real"),
    "masked runs": (lambda: ls.replay(GOOD, FAST, run=np.ma.masked_array([1, 2], [0, 1])), TypeError, "run of kind masked int64 is not real"),
    "masked ranks": (lambda: ls.slices.hessian_plane(GOOD, np.zeros(9), ranks=np.ma.masked_array([0, 1], [0, 1])), TypeError, "ranks of kind masked int64 is not real"),
    "points to align": (lambda: ls.symmetries(GOOD).aligned(np.zeros((2, 9)), np.zeros(9)), ValueError, r"theta of shape \(2, 9\) does not fit; give shape \(9,\)"),
    "a seed of half": (lambda: ls.find_minima(GOOD, 6, seed=0.5), TypeError, "seed=0.5 is not a whole number"),
    "a seed of words": (lambda: ls.find_stationary_points(GOOD, 6, seed="7"), TypeError, "seed='7' is not a whole number"),
    "a negative seed": (lambda: ls.find_minima(GOOD, 6, seed=-1), ValueError, "seed=-1 is out of range"),
    "an optimizer for a protocol": (lambda: ls.find_minima(GOOD, 6, protocol="gd"), TypeError, "protocol of type str does not fit; give one of type Protocol or NoneType"),
    "starts beyond memory": (lambda: ls.find_minima(GOOD, 10**12), ValueError, r"starts=1000000000000 would take about .* GiB"),
    "a table to diagnose": (lambda: ls.diagnose(ls.train(GOOD, FAST, runs=1).runs, None), TypeError, "surface of type DataFrame does not fit"),
    "checkpoints of one number in an array": (lambda: ls.train(GOOD, FAST, checkpoints=np.array(2)), TypeError, r"checkpoints=array\(2\) is not a sequence of epochs"),
    "checkpoints of bytes": (lambda: ls.train(GOOD, FAST, checkpoints=b"ab"), TypeError, "checkpoints=b'ab' is not a sequence of epochs"),
    "a number for trajectories": (lambda: ls.slices.trajectory_plane(GOOD, np.array(2)), TypeError, r"trajectories=array\(2\) are none"),
    "ragged ranks": (lambda: ls.slices.hessian_plane(GOOD, np.zeros(9), ranks=[[1, 2], [3]]), TypeError, r"ranks=\[1, 2\] is not a whole number"),
    "ragged runs": (lambda: ls.replay(GOOD, FAST, run=[[1, 2], [3]]), TypeError, r"run=\[1, 2\] is not a whole number"),
    "no path to save to": (lambda: ls.save(3, None), TypeError, "path of type NoneType does not fit; give one of type str or Path"),
    "no path to load from": (lambda: ls.load(None), TypeError, "path of type NoneType does not fit; give one of type str or Path"),
    "a filter of words": (lambda: ls.grid().filter("hidden"), TypeError, "keep='hidden' cannot be called; give a function of the settings"),
    "no cells": (lambda: ls.grid(None), TypeError, "None is no list of cells; give one, or the fields by name"),
    "a folder that cannot be": (lambda: ls.Study("a\0b", ls.grid()), ValueError, "holds a character that no name of a file may"),
    "an interval too narrow": (lambda: ls.Study("nowhere", ls.grid()).run(until=1e-9), ValueError, "until=1e-09 is not allowed; give 1e-08 or more"),
    "a value twice": (lambda: ls.trainability_map(GOOD, FAST, ("lr", [0.1, 1.0, 0.1]), ("hidden", [1])), ValueError, "x has lr=0.1 twice; give each value once"),
    # the class
    "no hidden nodes": (lambda: ls.NeuralNetwork(2, 0, 1, 0.1), ValueError, "hidden_nodes=0 is out of range"),
    "class beyond memory": (lambda: ls.NeuralNetwork(10**9, 10**9, 1, 0.1), ValueError, "would take about .* GiB, this machine has .* GiB; give fewer nodes"),
    "class activation": (lambda: ls.NeuralNetwork(2, 2, 1, 0.1, activation="tahn"), ValueError, 'did you mean "tanh"'),
    "class targets": (lambda: ls.NeuralNetwork(2, 2, 1, 0.1).fit([(0, 0)], [[0, 1]]), ValueError, "targets have 2 columns, this network has 1 nodes"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_what_to_do(case: str) -> None:
    attempt, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        attempt()
