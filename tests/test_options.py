"""Options: every setting and every value is told, limits are those that are checked, what does not apply changes no bit."""

import math
import re
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import landscape as ls
from landscape._kernels import trainer
from landscape.cli.command import cli
from landscape.critical.diagnosis import ENDS
from landscape.options import OPTIONS, RECORDS, applies, conditions, only_with, settings_table, takes, values_table
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.initializers import GENERATOR, GENERATORS, INITIALIZERS, Layer
from landscape.parts.optimizers import OPTIMIZERS, Carried, OptimizerSettings
from landscape.schema import OUTCOMES

DEFAULTS = ls.Surface().settings | ls.Protocol().settings
OWNERS = {"Surface": ls.Surface, "Protocol": ls.Protocol}
NUMBERS = [name for name, column in OPTIONS.items() if column.type in (int, float)]


def printed(*words: str) -> str:
    done = CliRunner().invoke(cli, ["options", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_field_is_listed_in_order_with_its_default() -> None:
    names = [field.name for kind in OWNERS.values() for field in fields(kind)]
    table = settings_table()
    assert table["setting"].tolist() == names
    assert table[["meaning", "default", "takes"]].ne("").all(axis=None)
    lines = printed().splitlines()
    for name, default in zip(names, table["default"], strict=True):
        (line,) = [line for line in lines if line.startswith(f"{name}=")]
        assert line.split()[0] == f"{name}={default}"
        assert OPTIONS[name].meaning in line
    assert max(map(len, lines)) <= 85


@pytest.mark.parametrize("name", RECORDS)
def test_every_value_has_a_sentence(name: str) -> None:
    table = values_table(name)
    assert len(table) == len(RECORDS[name])
    assert table["meaning"].str.fullmatch(r"[^\n]{1,250}\.").all(), table["meaning"].tolist()
    assert table["meaning"].is_unique
    text = printed(name)
    assert [line.split()[0] for line in text.splitlines() if line[:1].strip()][3:] == table["value"].tolist()
    assert "``" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", NUMBERS)
def test_limits_are_what_is_taken(name: str) -> None:
    column, owner = OPTIONS[name], OWNERS[OPTIONS[name].owner]
    above, least, below, most = column.limits
    for allowed in (x for x in (least, most) if math.isfinite(x)):
        assert getattr(owner(**{name: column.type(allowed)}), name) == allowed
    step = 1 if column.type is int else 1e-9
    for refused in (x for x in (above, least - step, below, most + step) if math.isfinite(x)):
        with pytest.raises(ValueError, match=f"{name}=.*give {re.escape(takes(name))}"):
            owner(**{name: column.type(refused)})


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_reads_slope_where_it_changes_with_it(name: str) -> None:
    part = ACTIVATIONS[name]
    changes = any(part.function(x, 0.01) != part.function(x, 0.3) for x in (-2.0, -0.5, 0.0, 0.5, 2.0))
    assert ("slope" in part.reads) == changes


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_what_its_steps_change_with(name: str) -> None:
    part, usual = OPTIMIZERS[name], OptimizerSettings(0.9, 0.9, 0.999, 1e-8)

    def steps(settings: OptimizerSettings) -> list[float]:
        theta, a, b, carried, path = 1.0, 0.0, 0.0, Carried(1.0, 1.0, 1.0, 1.0), []
        for g in (0.3, -0.2, 0.5):
            numbers, carried = part.prepare(0.1, carried, settings)
            theta, a, b = part.step(theta, g, a, b, numbers, settings)
            path.append(theta)
        return path

    changed = {field: steps(usual._replace(**{field: 0.5})) for field in OptimizerSettings._fields}
    assert {field for field, path in changed.items() if path != steps(usual)} == set(part.reads)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_reads_what_its_draws_change_with(name: str) -> None:
    def drawn(activation: str) -> Any:
        layer = Layer(2, 3, False, 2, 3, activation, GENERATORS[GENERATOR])
        return INITIALIZERS[name].draw(np.linspace(0.1, 0.9, 9).reshape(1, 3, 3), layer)

    changes = (drawn("tanh") != drawn("sigmoid")).any()
    assert (INITIALIZERS[name].reads == ("activation",)) == changes


def test_conditions_are_those_of_the_records() -> None:
    assert only_with("momentum") == "optimizer=momentum,nesterov"
    assert only_with("tolerance") == "criterion=margin,loss"
    assert only_with("init_bias") == "bias=true"
    assert only_with("activation") == "hidden above 0 or init=posted"
    assert {name for name in OPTIONS if conditions(name)} == {
        *("activation", "shortcut", "slope", "gradient", "init_bias", "tolerance"),
        *OptimizerSettings._fields,
    }
    assert all(
        applies("tolerance", DEFAULTS | {"criterion": name}) == (part.limit is None) for name, part in CRITERIA.items()
    )


OTHERS: dict[str, Any] = {"activation": "tanh", "shortcut": True, "slope": 0.5, "gradient": "posted", "init_bias": "same",
                          "tolerance": 0.7, "momentum": 0.2, "beta1": 0.2, "beta2": 0.2, "epsilon": 0.5}  # fmt: skip
WORLDS: list[dict[str, Any]] = [
    {},
    {"bias": False},
    {"hidden": 0},
    {"hidden": 0, "init": "posted"},
    {"activation": "leaky_relu", "criterion": "margin"},
    {"output": "leaky_relu", "hidden": 0, "criterion": "loss"},
    {"optimizer": "adam"},
]


def train(settings: dict[str, Any]) -> tuple[Any, ...]:
    surface = ls.Surface(**{name: value for name, value in settings.items() if OPTIONS[name].owner == "Surface"})
    protocol = ls.Protocol(
        budget=40, **{name: value for name, value in settings.items() if OPTIONS[name].owner == "Protocol"}
    )
    result = ls.train(surface, protocol, runs=40)
    return result.theta.tobytes(), tuple(result.runs["epochs"]), tuple(result.runs["outcome"])


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_a_setting_has_an_effect_exactly_where_it_applies(world: dict[str, Any]) -> None:
    usual = train(world)
    for name, value in OTHERS.items():
        if name not in world:
            assert (train(world | {name: value}) != usual) == applies(name, DEFAULTS | world), name


def test_whether_a_registered_activation_reads_slope_is_found_by_trying() -> None:
    def line(x: float, leak: float) -> tuple[float, float, float]:
        return 2.0 * x, ls.lanes.like(x, 2.0), ls.lanes.like(x, 0.0)

    def leaning(x: float, leak: float) -> tuple[float, float, float]:
        return (1.0 + leak) * x, ls.lanes.like(x, 1.0) + leak, ls.lanes.like(x, 0.0)

    for function, reads in ((line, False), (leaning, True)):
        record = ls.Activation(function, low=-math.inf, high=math.inf)
        assert applies("slope", DEFAULTS | ls.Surface(activation=record).settings) == reads
    assert not applies("slope", DEFAULTS | replace(ls.Surface(activation=record), hidden=0).settings)


def test_every_end_and_outcome_says_what_it_means_and_what_to_try() -> None:
    assert trainer.OUTCOMES == ("solved", "stalled", "diverged", "budget")
    assert [trainer.OUTCOMES[code] for code in (trainer.SOLVED, trainer.STALLED, trainer.DIVERGED, trainer.BUDGET)] == list(
        OUTCOMES
    )
    for ending in (*ENDS.values(), *OUTCOMES.values()):
        assert all(text[0].isupper() and text.endswith(".") and "\n" not in text for text in ending)


def test_a_setting_that_is_not_there() -> None:
    done = CliRunner().invoke(cli, ["options", "actvation"])
    assert done.exit_code == 2
    assert 'did you mean "activation"?' in done.output
