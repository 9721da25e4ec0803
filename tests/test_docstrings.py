"""Docstrings of public names: every example runs, and every section that a reader looks for is there."""

import doctest
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import pytest

import landscape as ls
from landscape import statistics

NO_RAISES = {
    "problems.in_counting_order": "takes the checked inputs of a Problem",
    "plot.epochs_scale": "reads the budget of a BasinMap, which has checked it",
    "plot.name": "a column without a name of its own keeps its name",
}
"""Functions that raise nothing of their own, and why."""

NEEDS = {"query": "duckdb"}
"""Functions whose examples need a package that may be missing."""

SECTION = re.compile(r"^([A-Z][a-z]+)\n-+$", re.MULTILINE)
NAMED = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: :.*)?$", re.MULTILINE)


def functions_and_classes() -> dict[str, Any]:
    """Public functions and classes of the package, by the names that users write after ``ls.``."""
    found: dict[str, Any] = {}
    modules = {"": ls, "slices.": ls.slices, "plot.": ls.plot, "statistics.": statistics}
    for prefix, module in modules.items():
        found |= {prefix + name: getattr(module, name) for name in module.__all__}
    found |= {
        f"problems.{name}": each
        for name, each in vars(ls.problems).items()
        if not name.startswith("_") and getattr(each, "__module__", "") == ls.problems.__name__
    }
    described = {name: each for name, each in found.items() if inspect.isfunction(each) or inspect.isclass(each)}
    first = {each: name for name, each in reversed(described.items())}  # statistics are reached by two names
    return {name: each for each, name in reversed(first.items()) if each.__module__.startswith(ls.__name__)}


PUBLIC = functions_and_classes()


def methods(kind: type) -> Iterator[tuple[str, str | None, list[str]]]:
    """Of each public method and property of a class its name, its docstring and its parameters."""
    for name, member in vars(kind).items():
        function = getattr(member, "__func__", getattr(member, "func", getattr(member, "fget", member)))
        if not name.startswith("_") and inspect.isfunction(function) and function.__module__.startswith(ls.__name__):
            yield name, member.__doc__, parameters_of(function)


def sections(text: str) -> dict[str, str]:
    """Sections of a docstring by heading; the text before the first is called ``""``."""
    parts = SECTION.split(inspect.cleandoc(text))
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def named_in(section: str) -> list[str]:
    """Names that a section describes, each at the margin, in order."""
    return [name.strip("* ") for names in NAMED.findall(section.strip("\n")) for name in names.split(",")]


def parameters_of(called: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(called).parameters if name not in ("self", "cls")]


def lacks_summary(name: str, text: str | None) -> list[str]:
    """What is wrong with the first line of a docstring, in sentences."""
    if not text:
        return [f"{name} has no docstring; say in one line what it does"]
    first, *rest = inspect.cleandoc(text).split("\n")
    if not first.endswith(".") or (rest and rest[0]):
        return [f"{name} does not begin with one line that ends with a full stop; its first line is: {first}"]
    return []


def lacks(name: str, each: Any) -> list[str]:
    """What the docstring of a public function or class lacks, in sentences."""
    wrong = lacks_summary(name, each.__doc__)
    said = sections(each.__doc__ or "")
    parameters, wanted = parameters_of(each), []
    if inspect.isclass(each):
        described = named_in(said.get("Parameters", "")) + named_in(said.get("Attributes", ""))
        wrong += [
            f"{name} does not describe {lost}; add it to Parameters or Attributes"
            for lost in parameters
            if lost not in described
        ]
    else:
        described = named_in(said.get("Parameters", ""))
        if described != parameters:
            wrong.append(f"Parameters of {name} names {described}; its signature has {parameters}")
        wanted += ["Returns"] if inspect.signature(each).return_annotation not in (None, "None") else []
        if name in NO_RAISES and "Raises" in said:
            wrong.append(f"{name} has a section Raises; take it out of NO_RAISES")
        wanted += [] if name in NO_RAISES else ["Raises"]
    wanted += ["Examples"]
    wrong += [f"{name} has no section {section}; add one" for section in wanted if section not in said]
    if "Examples" in said and ">>> " not in said["Examples"]:
        wrong.append(f"{name} has no example that runs; add lines that begin with >>>")
    return wrong


def method_lacks(kind: type, name: str, text: str | None, parameters: list[str]) -> list[str]:
    """What the docstring of a method lacks, in sentences; its parameters may be described by the class."""
    called = f"{kind.__name__}.{name}"
    described = [
        *named_in(sections(text or "").get("Parameters", "")),
        *re.findall(r"``\*{0,2}(\w+)", f"{text} {kind.__doc__}"),
    ]
    described += named_in(sections(kind.__doc__ or "").get("Parameters", ""))
    return lacks_summary(called, text) + [
        f"neither {called} nor its class says what {parameter} is; describe it in Parameters"
        for parameter in parameters
        if parameter not in described
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_has_the_sections_that_a_reader_looks_for(name: str) -> None:
    assert "; ".join(lacks(name, PUBLIC[name])) == ""


@pytest.mark.parametrize("name", [name for name, each in PUBLIC.items() if inspect.isclass(each)])
def test_every_method_says_what_it_does_and_what_it_takes(name: str) -> None:
    wrong = [said for method in methods(PUBLIC[name]) for said in method_lacks(PUBLIC[name], *method)]
    assert "; ".join(wrong) == ""


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_print_what_is_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    said: list[str] = []
    for example in doctest.DocTestFinder().find(PUBLIC[name], name, module=ModuleType(""), globs={}):
        runner.run(example, out=said.append)
    plt.close("all")
    assert "".join(said) == ""


def test_every_exception_is_of_a_public_name() -> None:
    assert NO_RAISES.keys() <= PUBLIC.keys()


def whole(a: int, *, b: float = 1.0) -> float:
    """Add two numbers.

    Parameters
    ----------
    a : int
    b : float

    Returns
    -------
    float

    Raises
    ------
    TypeError
        for text.

    Examples
    --------
    >>> whole(1)
    2.0
    """
    return a + b


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", ""), ""),
        (("Add two numbers.", "Add two\n    numbers."), "whole does not begin with one line .*: Add two"),
        (("a : int", "c : int"), r"Parameters of whole names \['c', 'b'\]; its signature has \['a', 'b'\]"),
        (("    b : float\n", ""), r"Parameters of whole names \['a'\]; .*"),
        (("Returns\n    -------", "Gives\n    -----"), "whole has no section Returns; add one"),
        (("Raises\n    ------", "Fails\n    -----"), "whole has no section Raises; add one"),
        (("Examples\n    --------", "Uses\n    ----"), "whole has no section Examples; add one"),
        ((">>> ", ""), "whole has no example that runs; add lines that begin with >>>"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(change: tuple[str, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "__doc__", str(whole.__doc__).replace(*change))
    assert re.fullmatch(said, "; ".join(lacks("whole", whole)))


class Sum:
    """A sum of ``first`` and ``second``."""

    def of(self, first: float, second: float, third: float) -> float:
        """Add three numbers.

        Parameters
        ----------
        third : float
        """
        return first + second + third


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", ""), ""),
        (("third : float", "fourth : float"), "neither Sum.of nor its class says what third is; describe it in Parameters"),
        (("Add three numbers.", "Add three numbers"), "Sum.of does not begin with one line .*: Add three numbers"),
    ],
)
def test_what_a_method_lacks_is_said(change: tuple[str, str], said: str) -> None:
    text = str(Sum.of.__doc__).replace(*change)
    assert re.fullmatch(said, "; ".join(method_lacks(Sum, "of", text, parameters_of(Sum.of))))
