"""The trainer: against the plain twin, its conventions, and the same bits whatever the company."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import twin
from conftest import THREE_BY_TWO, assert_same_bits, random_theta
from llvmlite.binding import get_host_cpu_features

import landscape as ls
from landscape._kernels import evaluation, trainer
from landscape._kernels.network import FOUR, ONE, TWO
from landscape._kernels.settings import NO, YES, Specialization
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.initializers import INITIALIZERS
from landscape.parts.objectives import OBJECTIVES
from landscape.parts.optimizers import OPTIMIZERS
from landscape.training import batch
from landscape.training import settings as kernel_settings
from landscape.training.precision import PRECISIONS
from landscape.training.settings import trainer_settings

FOUR_PATTERNS = ls.Problem(THREE_BY_TWO.inputs[:4], THREE_BY_TWO.targets[:4], "four patterns")
"""An even number of them, which kernels take two together."""
WAYS = [
    (optimizer, update, gradient)
    for optimizer, update, gradient in itertools.product(OPTIMIZERS, ("batch", "online"), GRADIENTS)
    if update == "batch" or OPTIMIZERS[optimizer].online
]


@pytest.mark.parametrize("table", [THREE_BY_TWO, FOUR_PATTERNS], ids=lambda table: table.name)
@pytest.mark.parametrize(("optimizer", "update", "gradient"), WAYS)
def test_kernel_follows_the_twin(
    optimizer: str, update: str, gradient: str, table: ls.Problem, rng: np.random.Generator
) -> None:
    """Hundreds of epochs of every optimizer, update and gradient on a table without symmetry. (At three times this rate one
    rmsprop run is chaotic: the twin itself, started 1e-15 away, ends 1e-4 away.)"""
    surface = ls.Surface(table, 3, "tanh", shortcut=True, l2=1e-3)
    plain = dict.fromkeys(("gd", "momentum", "nesterov", "adagrad"), 0.1)
    lr = (plain | {"rprop": 0.01, "rmsprop": 0.003}).get(optimizer, 0.02)
    protocol = ls.Protocol(
        optimizer,
        lr,
        update,
        momentum=0.7,
        beta1=0.8,
        beta2=0.99,
        epsilon=1e-3,
        gradient=gradient,
        criterion="never",
        budget=300,
    )
    theta0 = random_theta(rng, surface, 3)
    marks = (0, 1, 2, 50, 300)
    result = ls.train(surface, protocol, theta0=theta0, checkpoints=marks)
    for i, start in enumerate(theta0):
        expected = twin.train(surface, protocol, start, marks)
        np.testing.assert_allclose(result.theta[i], expected.theta, rtol=1e-10, atol=1e-11)
        seen = result.checkpoints[result.checkpoints.run == i]
        np.testing.assert_allclose(seen.loss, [loss for _, loss, _ in expected.checkpoints], rtol=1e-11)
        assert seen.epoch.tolist() == list(marks)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_usual_kernel_has_the_bits_of_the_general_one(
    activation: str, optimizer: str, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is fixed when it is compiled changes no result, nor how many patterns are taken together, nor how many runs."""
    surface = ls.Surface(hidden=3, activation=activation, objective=objective)
    protocol = ls.Protocol(optimizer, lr=0.1, criterion="margin", budget=150)
    net, rule = surface.network, trainer_settings(surface, protocol)
    assert batch.specialization_of(net, rule) == Specialization(FOUR, YES, NO, YES)
    usual = ls.train(surface, protocol, runs=70, checkpoints=(0, 7, 150))
    for other in (Specialization(FOUR, YES, NO, NO), Specialization(TWO, NO, NO, NO), Specialization(ONE, NO, NO, NO)):
        monkeypatch.setattr(batch, "specialization_of", lambda net, rule, other=other: other)
        general = ls.train(surface, protocol, runs=70, checkpoints=(0, 7, 150))
        assert_same_bits(usual, general)


OTHERWISE = {
    "stall": {"stall": 0.03},
    "stall, adam": {"stall": 0.03, "optimizer": "adam"},
    "online": {"update": "online"},
    "online, momentum": {"update": "online", "optimizer": "momentum"},
    "online, stall": {"update": "online", "stall": 0.03},
    "online, nothing to see": {"update": "online", "criterion": "never"},
}


@pytest.mark.parametrize("way", OTHERWISE)
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "sine"])
def test_a_usual_network_has_the_bits_of_a_general_one_however_it_descends(
    activation: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = ls.Surface(hidden=3, activation=activation)
    protocol = ls.Protocol(**{"lr": 0.1, "criterion": "margin", "budget": 150} | OTHERWISE[way])
    form = batch.specialization_of(surface.network, trainer_settings(surface, protocol))
    online = YES if "online" in way else NO
    assert form == Specialization(TWO if online else FOUR, YES, online, YES)
    usual = ls.train(surface, protocol, runs=70, checkpoints=(0, 7, 150))
    assert ("stalled" in set(usual.runs.outcome)) == ("stall" in way)
    for other in (form._replace(counting=NO), Specialization(TWO, NO, online, NO), Specialization(ONE, NO, online, NO)):
        monkeypatch.setattr(batch, "specialization_of", lambda net, rule, other=other: other)
        general = ls.train(surface, protocol, runs=70, checkpoints=(0, 7, 150))
        assert_same_bits(usual, general)


def test_inputs_are_taken_for_binary_digits_only_where_they_are() -> None:
    """XOR with its rows in another order, or with other numbers for true, has a kernel that reads them."""
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    for inputs in (corners[::-1], np.multiply(corners, 0.9), np.multiply(corners, 2) - 1):
        surface = ls.Surface(ls.Problem(inputs, [0, 1, 1, 0]))
        protocol = ls.Protocol(lr=0.5, criterion="never", budget=40)
        assert batch.specialization_of(surface.network, trainer_settings(surface, protocol)) == Specialization(
            FOUR, YES, NO, NO
        )
        path = ls.replay(surface, protocol)
        np.testing.assert_allclose(path.theta[1:], path.theta[:-1] - 0.5 * surface.gradient(path.theta[:-1]), rtol=1e-12)


STEEP = {
    "gd": {"lr": 1e30},
    "online": {"lr": 3.0, "update": "online"},
    "momentum": {"lr": 1e30, "optimizer": "momentum"},
    "adam": {"lr": 1e77, "optimizer": "adam"},
    "in many epochs": {"lr": 3.0},
}


@pytest.mark.parametrize("way", STEEP)
def test_runs_diverge_in_the_same_epoch_in_every_form(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    surface = ls.Surface(hidden=3, activation="leaky_relu", output="identity", slope=0.1)
    protocol = ls.Protocol(**{"criterion": "never", "budget": 300, "init_scale": 3.0} | STEEP[way])
    usual = ls.train(surface, protocol, 100, checkpoints=(0, 1, 5, 40))
    assert "diverged" in set(usual.runs.outcome)
    form = batch.specialization_of(surface.network, trainer_settings(surface, protocol))
    for other in (form._replace(counting=NO), Specialization(ONE, NO, form.online, NO)):
        monkeypatch.setattr(batch, "specialization_of", lambda net, rule, other=other: other)
        general = ls.train(surface, protocol, 100, checkpoints=(0, 1, 5, 40))
        pd.testing.assert_frame_equal(usual.runs[["outcome", "epochs"]], general.runs[["outcome", "epochs"]])
        pd.testing.assert_frame_equal(usual.checkpoints, general.checkpoints, check_exact=True)


def test_an_infinite_gradient_ends_a_run_whatever_the_optimizer() -> None:
    """Of a pattern whose first inputs are 0, so that only the bias sees it."""
    surface = ls.Surface(activation="relu", output="identity")
    for optimizer in OPTIMIZERS:
        protocol = ls.Protocol(optimizer, lr=0.01, criterion="never", budget=20)
        result = ls.train(surface, protocol, theta0=[-1.0, -1.0, 0.0, 0.0, 1e-150, 0.0, 1e250, 0.0, 0.0])
        assert result.runs[["outcome", "epochs"]].to_numpy().tolist() == [["diverged", 1]]


@pytest.mark.parametrize(("precision", "scale"), [("float64", 1e308), ("float32", 3e38)])
def test_a_run_that_starts_at_infinity_has_diverged(precision: str, scale: float) -> None:
    """Even where all units are bounded, so that the loss is not infinite."""
    surface = ls.Surface(hidden=3, activation="softsign", output="hard_tanh")
    with np.errstate(over="ignore"):
        result = ls.train(surface, ls.Protocol(init="normal", init_scale=scale, budget=3), 400, precision=precision)
    lost = ~np.isfinite(result.theta0).all(axis=1)
    assert 100 < lost.sum() < 400
    assert (result.runs.outcome[lost] == "diverged").all()
    assert (result.runs.epochs[lost] == 0).all()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_epoch_that_is_not_looked_at_has_nothing_to_show(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Online and with criterion "never", a loss is computed where it is asked for or might be infinite; runs that diverge
    are seen to do so in the same epoch."""
    surface = ls.Surface(hidden=2, activation="leaky_relu", output="identity", reduction="sum")
    protocol = ls.Protocol(lr=0.3, update="online", init="normal", init_scale=2.0, criterion="never", budget=400)
    assert trainer_settings(surface, protocol).harmless > 0.0
    found = ls.train(surface, protocol, 200, checkpoints=(0, 9, 150), precision=precision)
    monkeypatch.setattr(kernel_settings, "HARMLESS", 0.0)
    looked = ls.train(surface, protocol, 200, checkpoints=(0, 9, 150), precision=precision)
    assert set(found.runs.outcome) == {"diverged", "budget"}
    assert found.runs.epochs.nunique() > 5
    assert_same_bits(found, looked)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_loss_is_infinite_where_it_is_not_looked_at(
    activation: str, objective: str, precision: str, rng: np.random.Generator
) -> None:
    """At the largest parameters, inputs, targets, slope and penalty for which epochs go by unseen."""
    inputs = 4.0 * np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    for output in ["sigmoid"] if objective == "cross_entropy" else ACTIVATIONS:
        low, high = max(ACTIVATIONS[output].low, -1e3), min(ACTIVATIONS[output].high, 1e3)
        table = ls.Problem(inputs, np.array([low, high, high, low]))
        surface = ls.Surface(table, 2, activation, output=output, objective=objective, slope=1.0, l2=1e3, reduction="sum")
        protocol = ls.Protocol(lr=1e-9, update="online", criterion="never", budget=1)
        theta = rng.choice([-1.0, 1.0], (400, 9)) * rng.dirichlet(np.full(9, 0.3), 400)
        theta[:9] = np.eye(9)
        theta[9:18] = 0.5 * np.eye(9) + 0.5 * np.eye(9)[-2]  # one weight in, one weight out
        theta *= trainer_settings(surface, protocol, precision).harmless
        assert np.abs(theta).sum() > 1.0
        seen = ls.train(surface, protocol, theta0=theta, checkpoints=(0,), precision=precision).checkpoints
        assert np.isfinite(seen.loss).all()


UNSEEN = {
    "criterion": ({}, {"criterion": "margin"}),
    "stall": ({}, {"stall": 1e-6}),
    "batch": ({}, {"update": "batch"}),
    "slope": ({"slope": -1.5}, {}),
    "penalty": ({"l2": 1e4}, {}),
    "inputs": ({"problem": ls.Problem([[0.0], [4.5]], [0.0, 1.0])}, {}),
    "targets": ({"problem": ls.Problem([[0.0], [1.0]], [0.0, 1e4]), "output": "identity"}, {}),
}


@pytest.mark.parametrize("case", UNSEEN)
def test_every_epoch_is_looked_at_where_there_may_be_something(case: str) -> None:
    of_surface, of_protocol = UNSEEN[case]
    protocol = ls.Protocol(**{"update": "online", "criterion": "never"} | of_protocol)
    assert trainer_settings(ls.Surface(**of_surface), protocol).harmless == 0.0


@pytest.mark.parametrize(("optimizer", "update"), [way[:2] for way in WAYS if way[2] == "exact"])
def test_a_run_that_may_stall_and_does_not_takes_the_same_path(optimizer: str, update: str) -> None:
    """The gradient is then kept before a step is made of it."""
    surface = ls.Surface(hidden=3)
    plain, wary = (
        ls.train(surface, ls.Protocol(optimizer, lr=0.05, update=update, criterion="never", budget=120, stall=stall), 40)
        for stall in (0.0, 1e-150)
    )
    assert (wary.runs.outcome == "budget").all()
    np.testing.assert_array_equal(plain.theta, wary.theta)


def test_ends_are_evaluated_alike_in_many_pieces() -> None:
    surface = ls.Surface(hidden=200)
    result = ls.train(surface, ls.Protocol(budget=1), 300)
    assert result.theta.size > 2 * 2**16
    assert (result.runs.loss == surface.loss(result.theta)).all()
    assert (result.runs.grad_norm == np.linalg.norm(surface.gradient(result.theta), axis=1)).all()


UNUSUAL = {
    "table": ({"problem": THREE_BY_TWO}, {}),
    "inputs": ({"problem": "parity3"}, {}),
    "penalty": ({"l2": 1e-3}, {}),
    "no bias": ({"bias": False}, {}),
    "shortcut": ({"shortcut": True}, {}),
    "no hidden units": ({"hidden": 0}, {}),
    "three patterns": ({"problem": ls.Problem([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0.0, 1.0, 1.0])}, {}),
    "gradient": ({}, {"gradient": "posted"}),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_the_usual_kernel_is_not_taken_where_a_choice_is_another(case: str) -> None:
    of_surface, of_protocol = UNUSUAL[case]
    surface, protocol = ls.Surface(**of_surface), ls.Protocol(**of_protocol)
    net, rule = surface.network, trainer_settings(surface, protocol)
    together = ONE if net.n_patterns % 2 else TWO
    assert batch.specialization_of(net, rule) == Specialization(together, NO, NO, NO)
    online = trainer_settings(surface, ls.Protocol(update="online", **of_protocol))
    assert batch.specialization_of(net, online) == Specialization(together, NO, YES, NO)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_trains_like_the_twin(activation: str, rng: np.random.Generator) -> None:
    surface = ls.Surface(hidden=3, activation=activation, objective="cross_entropy", slope=0.1)
    protocol = ls.Protocol(lr=0.3, criterion="margin", tolerance=0.3, budget=250)
    theta0 = random_theta(rng, surface, 4)
    result = ls.train(surface, protocol, theta0=theta0)
    for i, start in enumerate(theta0):
        expected = twin.train(surface, protocol, start)
        assert (result.runs.outcome[i], result.runs.epochs[i]) == (expected.outcome, expected.epochs)
        np.testing.assert_allclose(result.theta[i], expected.theta, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("checkpoints", [(), (0, 7, 200)])
def test_runs_end_as_the_twins_do(criterion: str, checkpoints: tuple[int, ...], rng: np.random.Generator) -> None:
    """Outcome, epochs and checkpoints of runs that are solved, stall, diverge or run out of epochs."""
    surface = ls.Surface(hidden=2, activation="leaky_relu", output="identity", reduction="sum", slope=0.3)
    protocol = ls.Protocol(lr=0.05, criterion=criterion, tolerance=0.2, budget=200, stall=0.02)
    theta0 = random_theta(rng, surface, 40) * np.geomspace(0.1, 4.0, 40)[:, np.newaxis]
    result = ls.train(surface, protocol, theta0=theta0, checkpoints=checkpoints)
    seen = result.checkpoints
    for i, start in enumerate(theta0):
        expected = twin.train(surface, protocol, start, checkpoints)
        row = result.runs.iloc[i]
        assert (row.outcome, row.solved, row.epochs) == (expected.outcome, expected.outcome == "solved", expected.epochs)
        mine = seen[seen.run == i]
        assert mine.solved.tolist() == [solved for _, _, solved in expected.checkpoints]
        np.testing.assert_allclose(mine.loss, [loss for _, loss, _ in expected.checkpoints], rtol=1e-6)
        if row.outcome != "diverged":
            np.testing.assert_allclose(row.loss, expected.loss, rtol=1e-6)
    outcomes = set(result.runs.outcome)
    assert outcomes >= {"diverged", "stalled", "budget"}
    assert ("solved" in outcomes) == (criterion != "never")


UNLIKE = ls.Problem(THREE_BY_TWO.inputs, THREE_BY_TWO.targets.round() * [1.0, 8.0] - [0.0, 5.0], "unlike outputs")
"""Targets 0 and 1 of one output, -5 and 3 of the other."""


@pytest.mark.parametrize("update", ["batch", "online"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_output_counts(criterion: str, update: str, rng: np.random.Generator) -> None:
    """Two outputs with midpoints of their own, and runs that stall, in both update orders."""
    surface = ls.Surface(UNLIKE, hidden=3, activation="tanh", output="identity")
    protocol = ls.Protocol(lr=0.02, update=update, criterion=criterion, tolerance=0.9, budget=150, stall=0.15)
    theta0 = random_theta(rng, surface, 24)
    result = ls.train(surface, protocol, theta0=theta0)
    for i, start in enumerate(theta0):
        expected = twin.train(surface, protocol, start)
        assert (result.runs.outcome[i], result.runs.epochs[i]) == (expected.outcome, expected.epochs)
    assert result.runs.epochs.nunique() > 5 or criterion == "never"


BITS = """
import hashlib, itertools, re, numba, numpy as np, landscape as ls
from landscape.parts.activations import ACTIVATIONS
from landscape._simd.lanes import load, rows, store

digest = hashlib.sha256()
protocols = [ls.Protocol(budget=100), ls.Protocol(update="online", budget=100), ls.Protocol("adam", budget=100)]
for hidden, activation, protocol in itertools.product((2, 3), ACTIVATIONS, protocols):
    result = ls.train(ls.Surface("xor", hidden, activation), protocol, 40)
    digest.update(result.theta.tobytes() + result.runs[["epochs", "loss", "grad_norm"]].to_numpy().tobytes())
digest.update(ls.train(ls.Surface(l2=1e-3), ls.Protocol("rmsprop", budget=100), 40).theta.tobytes())
digest.update(ls.train(ls.Surface(), ls.Protocol(budget=100), 40, precision="float32").theta.tobytes())


@numba.njit
def double(x, y):
    store(rows(y, (0,)), 0, 2.0 * load(rows(x, (0,)), 0))


double(np.zeros(32), np.zeros(32))
(assembly,) = double.inspect_asm().values()
print(max(re.findall("[xyz]mm", assembly)), digest.hexdigest())
"""


def test_kernels_are_compiled_once_whatever_the_architecture() -> None:
    """Once for each precision and number of patterns together that was asked for in this process, here or elsewhere."""
    for hidden, bias, shortcut in itertools.product((0, 1, 2), (True, False), (True, False)):
        surface = ls.Surface(hidden=hidden, bias=bias, shortcut=shortcut)
        result = ls.train(surface, ls.Protocol(budget=2), runs=200, checkpoints=(1,))
        surface.forward(result.theta)
        surface.forward(np.asfortranarray(result.theta), [[0, 0.5]])
    evaluated = [tuple(len(kind) for kind in known[:3]) for _, *known in evaluation.evaluate.signatures]
    starts = trainer.Batch._fields.index("starts")
    trained = [
        (*(len(kind) for kind in form.types), chunk.types[starts].dtype.name)
        for _, _, form, chunk in trainer.descend.signatures
    ]
    for compiled in (evaluated, trained):
        assert len(compiled) == len(set(compiled))
    assert {(2, 0, 0), (4, 0, 0)} <= set(evaluated)
    assert {(2, 0, 0, 0, 0, 0, "float64"), (4, 1, 0, 1, 0, 0, "float64")} <= set(trained)


@pytest.mark.skipif(not get_host_cpu_features().get("avx512f"), reason="there is no wider machine here to compare with")
def test_a_machine_without_avx512_gives_the_same_bits() -> None:
    """Narrower registers split the same instructions. Code for the processor named here runs on any that has AVX2."""
    found = []
    for register, processor in (("zmm", {}), ("ymm", {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"})):
        done = subprocess.run(
            [sys.executable, "-c", BITS], capture_output=True, text=True, check=True, env={**os.environ, **processor}
        )
        widest, digest = done.stdout.split()
        assert widest == register
        found.append(digest)
    assert found[0] == found[1]


def test_epochs_count_the_updates_before_the_criterion_first_held() -> None:
    solution = np.array([20, 20, -20, -20, -10, 30, 20, 20, -30.0])
    surface = ls.Surface()
    assert ls.train(surface, theta0=solution).runs.loc[0, ["outcome", "epochs"]].tolist() == ["solved", 0]
    # one step of known length: a single linear unit that must get from 0.4 above 0.5
    line = ls.Surface(ls.Problem([[1.0], [-1.0]], [1.0, 0.0]), hidden=0, output="identity", reduction="sum", bias=False)
    protocol = ls.Protocol(lr=0.1, criterion="loss", tolerance=1.2, budget=5)
    start = np.array([-0.2])
    losses = [
        float(line.loss(theta))
        for theta in ls.replay(line, ls.Protocol(lr=0.1, criterion="never", budget=1), theta0=start).theta
    ]
    assert losses[0] >= 1.2 > losses[1]
    assert ls.train(line, protocol, theta0=start).runs.loc[0, ["outcome", "epochs"]].tolist() == ["solved", 1]
    nothing = ls.train(line, ls.Protocol(lr=0.1, criterion="loss", tolerance=1.2, budget=0), theta0=start)
    assert nothing.runs.loc[0, ["outcome", "epochs"]].tolist() == ["budget", 0]
    assert nothing.theta.tolist() == [start.tolist()]
    exactly = ls.train(line, ls.Protocol(lr=0.1, criterion="loss", tolerance=1.2, budget=1), theta0=start)
    assert exactly.runs.loc[0, ["outcome", "epochs"]].tolist() == ["solved", 1]


def test_given_starts_say_so() -> None:
    assert ls.train(ls.Surface(), ls.Protocol(budget=1), theta0=np.zeros((2, 9))).runs.init.tolist() == ["given"] * 2


def test_stationary_start_stalls_at_once() -> None:
    result = ls.train(ls.Surface(), ls.Protocol(stall=1e-9), theta0=np.zeros(9))
    assert result.runs.loc[0, ["outcome", "epochs", "grad_norm", "loss"]].tolist() == ["stalled", 0, 0.0, 0.25]


def test_a_diverging_run_is_data() -> None:
    """A linear output and a huge learning rate: every run leaves the finite numbers, and says so."""
    surface = ls.Surface(hidden=3, activation="identity", output="identity")
    result = ls.train(surface, ls.Protocol(lr=1e6, budget=1000), runs=50, checkpoints=(1, 500, 1000))
    assert (result.runs.outcome == "diverged").all()
    assert not result.runs.solved.any()
    assert result.runs.epochs.between(1, 30).all()
    assert result.checkpoints.loss[result.checkpoints.epoch >= 500].isna().all()
    assert not result.checkpoints.solved[result.checkpoints.epoch >= 500].any()


def test_a_parameter_that_is_lost_is_seen_even_where_the_loss_is_not() -> None:
    """Heavy ball carries the one weight beyond the largest number; the sigmoid's output, and so the loss, stay finite."""
    surface = ls.Surface(ls.Problem([[1.0]], [1.0]), hidden=0, bias=False)
    protocol = ls.Protocol("momentum", lr=1e308, momentum=0.99, criterion="never", budget=100)
    result = ls.train(surface, protocol, theta0=[0.0])
    assert result.runs.outcome[0] == "diverged"
    assert 2 < result.runs.epochs[0] < 20
    assert result.runs.loss[0] == 0.0


@pytest.mark.parametrize(("precision", "lr"), [("float64", 1e308), ("float32", 1e38)])
@pytest.mark.parametrize(
    ("of_surface", "of_protocol"), [({}, {}), ({}, {"update": "online"}), ({}, {"stall": 1e-10}), ({"bias": False}, {})]
)
def test_a_weight_that_gd_loses_is_seen_at_once(
    of_surface: dict[str, bool], of_protocol: dict[str, str | float], precision: str, lr: float
) -> None:
    """Targets of 1 and a vast rate carry the weights of large inputs beyond the largest number, where the loss is 0."""
    table = ls.Problem([[1e3, 1e3], [2e3, 1e3], [1e3, 2e3], [3e3, 1e3]], [1.0] * 4)
    surface = ls.Surface(table, reduction="sum", **of_surface)
    theta0 = np.zeros(surface.n_parameters)
    surface.unpack(theta0)["W2"][:] = 1.0
    result = ls.train(
        surface, ls.Protocol(lr=lr, criterion="never", budget=5, **of_protocol), 1, theta0=theta0, precision=precision
    )
    assert np.isinf(surface.unpack(result.theta)["W1"]).all()
    assert (result.runs.outcome[0], result.runs.epochs[0], result.runs.loss[0]) == ("diverged", 1, 0.0)


@pytest.fixture(scope="module")
def reference() -> tuple[ls.Surface, ls.Protocol, ls.Result]:
    surface, protocol = ls.Surface(hidden=2, reduction="sum"), ls.Protocol(optimizer="adam", lr=0.1, budget=700)
    return surface, protocol, ls.train(surface, protocol, runs=1500, seed=5, checkpoints=(10, 300), threads=1)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize(("first_run", "runs"), [(0, 1500), (0, 10), (1000, 100), (37, 1), (1023, 2)])
def test_a_run_has_the_same_bits_in_any_company(
    reference: tuple[ls.Surface, ls.Protocol, ls.Result], threads: int, first_run: int, runs: int
) -> None:
    """Whatever the threads, the chunks and how many runs are asked."""
    surface, protocol, whole = reference
    part = ls.train(surface, protocol, runs, seed=5, first_run=first_run, checkpoints=(10, 300), threads=threads)
    rows = slice(first_run, first_run + runs)
    assert (part.theta0 == whole.theta0[rows]).all()
    assert (part.theta == whole.theta[rows]).all()
    pd.testing.assert_frame_equal(part.runs, whole.runs[rows].reset_index(drop=True))
    here = whole.checkpoints[whole.checkpoints.run.between(first_run, first_run + runs - 1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.checkpoints, here)


def test_loss_and_gradient_norm_are_the_surfaces_own(reference: tuple[ls.Surface, ls.Protocol, ls.Result]) -> None:
    surface, _, result = reference
    assert (result.runs.loss == surface.loss(result.theta)).all()
    assert (result.runs.grad_norm == np.linalg.norm(surface.gradient(result.theta), axis=1)).all()


@pytest.mark.parametrize("update", ["batch", "online"])
@pytest.mark.parametrize("table", [THREE_BY_TWO, FOUR_PATTERNS, "xor"], ids=str)
def test_recorded_losses_are_the_surfaces_own(table: ls.Problem | str, update: str, rng: np.random.Generator) -> None:
    """To the last bit, whether a kernel takes one pattern, two or four together."""
    surface = ls.Surface(table, hidden=3)
    result = ls.train(surface, ls.Protocol(update=update, criterion="never", budget=20), 200, checkpoints=(20,))
    assert (result.checkpoints.loss == surface.loss(result.theta)).all()


@pytest.mark.parametrize("update", ["batch", "online"])
@pytest.mark.parametrize("every", [1, 7, 100_000])
def test_a_replayed_run_ends_in_the_very_same_bits(update: str, every: int) -> None:
    surface, protocol = ls.Surface(hidden=3, activation="tanh"), ls.Protocol(lr=1.0, update=update, budget=300)
    result = ls.train(surface, protocol, runs=40, seed=3)
    for run in (0, 17, 39):
        path = ls.replay(surface, protocol, seed=3, run=run, every=every)
        assert (path.theta[0] == result.theta0[run]).all()
        assert (path.theta[-1] == result.theta[run]).all()
        assert path.outcome == result.runs.outcome[run]
        assert path.epochs[-1] == result.runs.epochs[run]
        assert (np.diff(path.epochs)[:-1] == every).all()
        assert path.loss[-1] == result.runs.loss[run]
        assert path.grad_norm[-1] == result.runs.grad_norm[run]
        assert path.outputs.shape == (len(path.epochs), 4, 1)


def test_every_epoch_of_a_path_is_one_update_from_the_last() -> None:
    surface, protocol = ls.Surface(reduction="sum"), ls.Protocol(lr=0.3, budget=50, criterion="never")
    path = ls.replay(surface, protocol, run=2)
    np.testing.assert_allclose(path.theta[1:], path.theta[:-1] - 0.3 * surface.gradient(path.theta[:-1]), rtol=1e-13)


def test_table_has_the_columns_it_promises() -> None:
    runs = ls.train(ls.Surface(), ls.Protocol(budget=5), runs=3, seed=9, first_run=4).runs
    settings = [*ls.Surface().settings, *ls.Protocol().settings]
    assert list(runs) == [
        "run",
        "seed",
        "architecture",
        *settings,
        "outcome",
        "solved",
        "epochs",
        "loss",
        "grad_norm",
        "_problem",
    ]
    assert runs.columns.is_unique
    assert runs.run.tolist() == [4, 5, 6]
    assert set(runs.seed) == {9}
    assert set(runs.architecture) == {"2-2-1"}
    for name, value in (ls.Surface().settings | ls.Protocol(budget=5).settings).items():
        assert (runs[name] == value).all()
        assert isinstance(runs[name].dtype, pd.CategoricalDtype) == isinstance(value, str)


def test_no_runs_give_empty_tables() -> None:
    result = ls.train(ls.Surface(), runs=0, checkpoints=(5,))
    assert len(result.runs) == len(result.checkpoints) == 0
    assert result.theta.shape == (0, 9)


def test_a_budget_beyond_a_solution_changes_nothing() -> None:
    short, long = (ls.train(ls.Surface(), ls.Protocol(lr=2.0, budget=b), runs=64).runs for b in (3000, 4000))
    solved = short.solved
    assert 0 < solved.sum() < 64
    pd.testing.assert_series_equal(short.epochs[solved], long.epochs[solved])


def test_with_checkpoints_a_run_goes_on_to_the_last() -> None:
    surface, protocol = ls.Surface(), ls.Protocol(lr=2.0, budget=3000)
    plain, seen = ls.train(surface, protocol, 64), ls.train(surface, protocol, 64, checkpoints=(3000,))
    pd.testing.assert_frame_equal(plain.runs[["outcome", "epochs"]], seen.runs[["outcome", "epochs"]])
    assert (seen.checkpoints.loss.to_numpy() == seen.runs.loss.to_numpy()).all()
    assert (seen.runs.loss < plain.runs.loss)[plain.runs.solved].mean() > 0.9


@pytest.mark.parametrize("init", INITIALIZERS)
def test_every_initializer_trains(init: str) -> None:
    result = ls.train(ls.Surface(hidden=4), ls.Protocol(init=init, init_bias="same", budget=5), runs=20)
    assert result.runs.outcome.isin(["budget", "solved"]).all()


def test_ten_thousand_runs_to_the_first_solve() -> None:
    """Finished runs leave their lanes; 1.6 s of processor time, however many others want the processors."""
    import time

    surface, protocol = ls.Surface(), ls.Protocol(lr=2.0, budget=20_000)
    ls.train(surface, protocol, runs=16)
    start = time.process_time()
    ls.train(surface, protocol, runs=10_000)
    assert time.process_time() - start < 6.0


def test_an_interrupt_ends_training_at_once() -> None:
    """Ctrl-C while kernels run on all threads, which do not hear it: the call, of months, ends all the same. The sign that
    they run is processor time."""
    import signal

    script = """
import threading, time
import landscape as ls

def tell():
    begin = time.process_time()
    while time.process_time() < begin + 0.5:
        time.sleep(0.01)
    print("on", flush=True)

s = ls.Surface()
ls.train(s, ls.Protocol(budget=5), runs=4)
threading.Thread(target=tell, daemon=True).start()
ls.train(s, ls.Protocol(budget=10**12, criterion="never"), runs=500)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=600)
        assert "KeyboardInterrupt" in error


def test_one_run_in_an_array_of_no_axes_is_one_run() -> None:
    surface, protocol = ls.Surface(), ls.Protocol(budget=3)
    assert ls.replay(surface, protocol, run=np.array(3)).theta.tolist() == ls.replay(surface, protocol, run=3).theta.tolist()
