"""What objects say of themselves at the prompt and in a notebook, over a table of all that do."""

import pickle
import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from html.parser import HTMLParser
from inspect import isclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape import statistics, summary
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.summary import ROWS, WIDTH, Summary

SCRIPT = "<script>alert('x')</script> & \"more\""
OWN = ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], name=SCRIPT)
"""A problem whose name would be a program in HTML."""
SURFACE, PROTOCOL = ls.Surface(OWN, hidden=2), ls.Protocol(lr=5.0, budget=300)
ONES = np.ones(9)
X, Y = ls.problems.xor.inputs, ls.problems.xor.targets


@cache
def result() -> ls.Result:
    return ls.train(SURFACE, PROTOCOL, runs=40, checkpoints=(0, 100))


@cache
def points() -> ls.Points:
    return ls.find_minima(ls.Surface(OWN, hidden=1, l2=1e-3), starts=20)


def basins() -> ls.BasinMap:
    return ls.basin_map(SURFACE, PROTOCOL, ls.slices.parameter_plane(SURFACE, ONES, parameters=[0, 3], steps=9))


def study() -> ls.Study:
    problems = [OWN, "xor"]
    return ls.Study("a folder that is not there", ls.grid(problem=problems, hidden=[2, 3], lr=5.0), runs=7)


def network() -> ls.NeuralNetwork:
    made = ls.NeuralNetwork(2, 3, 1, lr=2.0, seed=42)
    made.fit(X, Y, epochs=3)
    return made


def halves() -> np.ndarray:
    """A map of two labels, whose boundary is a circle."""
    x, y = np.meshgrid(np.arange(160), np.arange(160))
    return (x - 80) ** 2 + (y - 80) ** 2 < 50**2


def never_finite() -> ls.Slice:
    plane = ls.slices.random_plane(SURFACE, ONES, steps=(5, 3))
    return replace(plane, surface=Nowhere(), origin=np.zeros(2), directions=np.eye(2), laid={}, exact=None)


class Nowhere:
    """A function that is finite nowhere."""

    n_parameters = 2

    def loss(self, theta: Any) -> np.ndarray:
        return np.full(np.shape(theta)[:-1], np.nan)


def drawn(made: ls.Slice) -> ls.Slice:
    assert made.loss.size
    return made


THINGS: dict[str, Callable[[], Any]] = {
    "Surface": lambda: ls.Surface("xor", hidden=3, activation="tanh"),
    "Surface, own problem": lambda: SURFACE,
    "Protocol": lambda: ls.Protocol(lr=1.0),
    "Problem": lambda: OWN,
    "Result": result,
    "Result, no runs": lambda: ls.train(SURFACE, PROTOCOL, runs=0),
    "Result, never solved": lambda: ls.train(SURFACE, replace(PROTOCOL, criterion="never"), runs=5),
    "Result, all diverged": lambda: ls.train(ls.Surface(activation="relu", output="identity"), ls.Protocol(lr=1e5), runs=6),
    "Trajectory": lambda: ls.replay(SURFACE, PROTOCOL, every=20),
    "Slice": lambda: drawn(ls.slices.random_plane(SURFACE, ONES, steps=(5, 3))),
    "Slice, a line": lambda: ls.slices.linear_interpolation(SURFACE, ONES, -ONES, steps=5),
    "Slice, nowhere finite": lambda: drawn(never_finite()),
    "Laid": lambda: ls.slices.random_line(SURFACE, ONES).lay(result().theta),
    "Laid, nothing": lambda: ls.slices.random_line(SURFACE, ONES).lay(np.empty((0, 9))),
    "Points": points,
    "Points, none": lambda: ls.find_minima(ls.Surface(OWN, hidden=1, l2=1e-3), starts=np.empty((0, 5))),
    "Diagnosis": lambda: ls.diagnose(SURFACE, result()),
    "Diagnosis, no runs": lambda: ls.diagnose(SURFACE, ls.train(SURFACE, PROTOCOL, runs=0)),
    "Symmetries": lambda: ls.symmetries(SURFACE),
    "Symmetries, of many units": lambda: replace(ls.symmetries(SURFACE), surface=ls.Surface(hidden=10**6)),
    "BasinMap": basins,
    "Pathway": lambda: ls.minimum_energy_path(
        ls.Surface(OWN, hidden=1, l2=1e-3), *ls.find_minima(ls.Surface("xor", hidden=1, l2=1e-3), 20).theta[:2], images=21
    ),
    "Classification": lambda: ls.classify(SURFACE, result().theta[0]),
    "Classification, many": lambda: ls.classify(SURFACE, result().theta),
    "Classification, not finite": lambda: ls.classify(SURFACE, np.full((2, 9), np.nan)),
    "UncertaintyExponent": lambda: ls.uncertainty_exponent(halves()),
    "BoxDimension": lambda: ls.box_dimension(halves()),
    "BasinEntropy": lambda: ls.basin_entropy(halves()),
    "BasinEntropy, no boundary": lambda: ls.basin_entropy(np.zeros((20, 20), int)),
    "NeuralNetwork": network,
    "NeuralNetwork, new": lambda: ls.NeuralNetwork(2, 3, 1, lr=2.0, seed=42),
    "Kinks": lambda: ls.Surface(OWN, activation="relu").kinks(np.ones((2, 9))),
    "Study": study,
    "Plan": lambda: study().plan(),
    "Status": lambda: study().status(),
    "Manifest": lambda: study().manifest,
    "Grid": lambda: ls.grid(hidden=[2, 3], lr=5.0),
}
"""One of each thing, and what is odd of it, by name of its class."""
AS_PYTHON = ("Surface", "Protocol")


@cache
def thing(name: str) -> Any:
    return THINGS[name]()


class Read(HTMLParser):
    """Tags that are open, all tags, attributes, text and rows of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.styles: list[str] = []
        self.text, self.rows = "", 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.rows += tag == "tr"
        self.styles += [value for name, value in attributes if name == "style"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_public_class_is_in_the_table() -> None:
    classes = {name for name in ls.__all__ if isclass(getattr(ls, name))}
    assert classes - {"Activation"} <= set(THINGS)
    assert {type(thing(name)).__name__ for name in THINGS} == {name.split(",")[0] for name in THINGS}


@pytest.mark.parametrize("name", THINGS)
def test_two_lines_say_what_it_is_and_what_to_ask(name: str) -> None:
    it = thing(name)
    first, *second = repr(it).split("\n")
    assert "cannot be described" not in first
    assert first.startswith(type(it).__name__)
    assert len(second) == (type(it).__name__ not in AS_PYTHON)
    assert max(map(len, (first, *second))) <= WIDTH == 200
    assert not re.search(r"array|\[\[|dtype", first)
    asked = re.findall(r"(?<!\S)\.(\w+)", " ".join(second))
    assert len(asked) == len(set(asked)) >= 3 * len(second)
    assert set(asked) <= set(dir(it))


@pytest.mark.parametrize("name", THINGS)
def test_html_is_whole_escaped_and_inherits_its_colours(name: str) -> None:
    it = thing(name)
    read = Read(it._repr_html_())
    assert read.open == []
    assert read.tags <= {"div", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert read.text.startswith(repr(it).split("\n")[0])
    assert read.rows <= ROWS + 1
    assert set(read.styles) <= {"opacity: 0.7", "text-align: right", "text-align: right;"}


@pytest.mark.parametrize("name", THINGS)
def test_a_summary_computes_nothing_and_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel, which might have to be compiled, and nothing kept in the object that would go with it into a file."""
    it = THINGS[name]()
    kept = set(getattr(it, "__dict__", ()))

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a kernel is called")

    for method in ("_evaluate", "forward", "hessian", "unit_sums", "activate"):
        monkeypatch.setattr(ls.Surface, method, refused)
    text, html = repr(it), it._repr_html_()
    assert set(getattr(it, "__dict__", ())) == kept
    monkeypatch.undo()
    assert (repr(it), it._repr_html_()) == (text, html), "without kernels as with them"


def test_the_lines_are_these() -> None:
    assert repr(ls.Surface("xor", hidden=3, activation="tanh")) == 'Surface("xor", hidden=3, activation="tanh")'
    assert (repr(ls.Surface()), repr(ls.Protocol()), repr(ls.Protocol(lr=1.0))) == (
        'Surface("xor")', "Protocol()", "Protocol(lr=1.0)"
    )  # fmt: skip
    runs = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=300), runs=40)
    rate = ls.success_rates(runs, by="hidden").loc[0]
    assert repr(runs) == (
        f"Result: 40 runs of 2-2-1 sigmoid on xor, {rate['solved']:.0f} solved [{rate['low']:.2f}, {rate['high']:.2f}], "
        f"{40 - rate['solved']:.0f} budget\n.runs .theta .theta0 .checkpoints .surface .protocol"
    )


@pytest.mark.parametrize("name", ["Diagnosis", "Points"])
def test_a_share_has_the_interval_of_its_table(name: str) -> None:
    it = thing(name)
    table = it.ends if name == "Diagnosis" else it.table
    row, n = table.iloc[0], len(it.runs) if name == "Diagnosis" else it.searches
    k = int((it.runs["end"] == row["end"]).sum()) if name == "Diagnosis" else int(row["hits"])
    low, high = statistics.wilson_interval(k, n)
    assert re.search(rf"\b{k} (end|{row.get('end')}) \[{low:.2f}, {high:.2f}\]", repr(it))


SETTINGS: dict[type, list[dict[str, Any]]] = {
    ls.Surface: [
        *({"problem": name} for name in ("and", "parity3", 9)),
        *({"activation": name} for name in ACTIVATIONS),
        {"hidden": 0}, {"output": "tanh"}, {"objective": "cross_entropy"}, {"reduction": "half_sum"}, {"l2": 0.1 + 0.2},
        {"bias": False}, {"shortcut": True}, {"slope": -1e-17},
    ],
    ls.Protocol: [
        *({"optimizer": name} for name in OPTIMIZERS),
        {"lr": 1e-300}, {"update": "online"}, {"momentum": 0.0}, {"beta1": 1 / 3}, {"beta2": 0.5}, {"epsilon": 1e-7},
        {"gradient": "posted"}, {"init": "uniform"}, {"init_scale": 9.0}, {"init_bias": "same"}, {"criterion": "margin"},
        {"tolerance": 0.25}, {"budget": 10**12}, {"stall": 1e-9},
    ],
}  # fmt: skip
"""Values that are not the defaults, of every setting."""


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_surface_and_a_protocol_are_shown_as_python_that_makes_an_equal_one(kind: type) -> None:
    assert {name for settings in SETTINGS[kind] for name in settings} == {field.name for field in fields(kind)}
    every: dict[str, Any] = {}
    for settings in SETTINGS[kind]:
        made = kind(**settings)
        assert eval(repr(made), vars(ls).copy()) == made
        named = set(re.findall(r"(\w+)=", repr(made)))
        assert named == {name for name in settings if name != "problem" and made != kind()}
        every |= settings | {"update": "batch"} if kind is ls.Protocol else settings | {"output": "sigmoid"}
    assert eval(repr(kind(**every)), vars(ls).copy()) == kind(**every)


def test_a_problem_of_ones_own_is_not_taken_for_the_one_of_its_name() -> None:
    """Releases before 0.3 stored such."""
    other = ls.Problem._stored(X, 1.0 - Y, "xor")
    assert repr(ls.Surface(other)) == "Surface(<Problem 'xor': 4 patterns, 2 inputs, 1 output>)"
    assert repr(ls.Surface(ls.Problem(X, Y, name="xor"))) == 'Surface("xor")'


def test_what_cannot_be_described_says_so_and_what_it_should_have() -> None:
    half_made = object.__new__(ls.Result)
    lines = ["Result that cannot be described (AttributeError: 'Result' object has no attribute 'runs')"]
    lines += [".surface .protocol .runs .theta .theta0 .checkpoints"]
    assert repr(half_made).split("\n") == lines
    assert Read(half_made._repr_html_()).text == "".join(lines)
    torn = replace(result(), runs=result().runs.drop(columns="outcome"))
    assert repr(torn).startswith("Result that cannot be described (KeyError: 'outcome')\n.surface ")
    unordered = replace(result(), runs=result().runs.assign(outcome=np.nan, solved=np.nan))
    assert repr(unordered).count("\n") == 1


def test_a_damaged_study_says_so_without_a_warning(tmp_path: Path) -> None:
    """The warning is kept for who asks the study for something."""
    made = ls.Study(tmp_path, ls.grid(hidden=2, budget=5), runs=3).run(progress=False)
    (tmp_path / "study.json").write_text("{")
    assert "study.json is damaged" in repr(made)
    with pytest.warns(UserWarning, match="damaged"):
        made.status()


def test_long_tables_say_how_much_is_left_out() -> None:
    text = Read(result()._repr_html_()).text
    assert text.endswith("30 of 40 rows are not shown")
    assert text.count("solved") >= 1
    assert "not shown" not in Read(thing("Problem")._repr_html_()).text


def test_long_names_are_cut_and_a_path_keeps_its_end() -> None:
    long = ls.Problem(X, Y, name="x" * 500)
    lines = repr(ls.train(ls.Surface(long), PROTOCOL, runs=3)).split("\n")
    assert f"on {'x' * 37}... " in lines[0].replace(",", " ")
    made = ls.Study("a/" * 150 + "end", ls.grid(hidden=2), runs=3)
    assert "/a/end: 1 cell x 3 runs" in repr(made)
    assert "/a/end: 1 cell x 3 runs" in repr(made.plan())
    assert summary.short("a\nb\tc\x1b[0m") == "a b c [0m"
    assert Summary("y" * 900).lines() == ["y" * (WIDTH - 3) + "..."]


def test_a_summary_leaves_a_class_as_it_was() -> None:
    """Equality, hash, pickles and fields."""
    assert ls.Surface() == ls.Surface()
    assert hash(ls.Protocol(lr=1.0)) == hash(ls.Protocol(lr=1.0))
    assert result() != replace(result())
    found = thing("BasinEntropy")
    assert found == tuple(found) == pickle.loads(pickle.dumps(found))
    assert found._fields[0] == "entropy"
    again = pickle.loads(pickle.dumps(result()))
    pd.testing.assert_frame_equal(again.runs, result().runs)
    assert repr(again) == repr(result())
