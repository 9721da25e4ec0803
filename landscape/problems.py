"""Problems: truth tables to be learned.

The sixteen Boolean functions of two inputs, n-bit parity, and any table of one's own. Patterns run through the inputs in
counting order, (0,0) (0,1) (1,0) (1,1), and bit i of a function's number is its output for pattern i, the usual numbering:
nor 1, xor 6, nand 7, and 8, or 14.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.summary import Summary, counted, short, summarized
from landscape.validation import integer, known, table_of_numbers

Table = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Inputs and targets."""


@summarized
class Problem:
    """A truth table.

    Parameters
    ----------
    inputs : array_like (patterns, n_inputs)
    targets : array_like (patterns, n_outputs), or (patterns,) for one output
    name : str
        Tables of runs tell problems apart by name. The name of a built-in problem is allowed for its own truth table only.

    Attributes
    ----------
    inputs, targets : read-only float64 arrays of two dimensions
    midpoint : ndarray (n_outputs,)
        Halfway between the smallest and the largest target of each output; 0.5 for an output whose targets are all 0 or
        all 1.

    Raises
    ------
    ValueError, TypeError
        for a table that is ragged, empty, not finite, or whose inputs and targets differ in length; for what is no array of
        real numbers (booleans count as 0 and 1); for a name that is taken.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.Problem(inputs=[[0, 0], [0, 1], [1, 1]], targets=[0, 1, 1], name="three patterns")
    Problem 'three patterns': 3 patterns, 2 inputs, 1 output
    .inputs .targets .midpoint .name .digest
    """

    def __init__(self, inputs: ArrayLike, targets: ArrayLike, name: str = "mine") -> None:
        self.name = _printable(name)
        x, y = table_of_numbers("inputs", inputs), table_of_numbers("targets", targets)
        y = y[:, np.newaxis] if y.ndim == 1 else y
        if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
            raise ValueError(
                f"inputs of shape {x.shape} and targets of shape {y.shape} are not one truth table; "
                "give inputs (patterns, n_inputs) and targets (patterns, n_outputs) with as many rows"
            )
        x.setflags(write=False)
        y.setflags(write=False)
        self.inputs, self.targets = x, y
        taken = _built_in(name)
        if taken is not None and not (np.array_equal(x, taken[0]) and np.array_equal(y, taken[1][:, np.newaxis])):
            raise ValueError(
                f'name="{name}" is that of a built-in problem with another truth table, and tables of runs could not tell '
                "the two apart; give yours another name"
            )

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return int(self.inputs.shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return int(self.targets.shape[1])

    @property
    def n_patterns(self) -> int:
        """Number of patterns, the rows of the table."""
        return len(self.inputs)

    @property
    def midpoint(self) -> NDArray[np.float64]:
        """Halfway (n_outputs,) between the smallest and the largest target of each output."""
        low, high = self.targets.min(axis=0), self.targets.max(axis=0)
        return np.where((low == high) & ((low == 0.0) | (low == 1.0)), 0.5, 0.5 * (low + high))

    @cached_property
    def digest(self) -> str:
        """Hash of inputs and targets, by which equal tables are known whatever their names.

        The digest begins with a letter, so that no reader of text takes it for a number.
        """
        content = [array.shape for array in (self.inputs, self.targets)], self.inputs.tobytes(), self.targets.tobytes()
        return "t" + hashlib.sha256(repr(content).encode()).hexdigest()[:15]

    def _key(self) -> tuple[Any, ...]:
        return self.name, self.inputs.shape, self.targets.shape, self.inputs.tobytes(), self.targets.tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @classmethod
    def _stored(cls, inputs: ArrayLike, targets: ArrayLike, name: str) -> "Problem":
        """One that was stored: checked like any other, but for its name. Releases before 0.3 let a table of one's own take
        that of a built-in one, and what was stored then is still to be read."""
        made = cls(inputs, targets)
        made.name = _printable(name)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and sent to other processes through the constructor, so that the arrays stay read-only."""
        return Problem._stored, (self.inputs, self.targets, self.name)

    def _as_argument(self) -> str:
        """The problem as an argument of ``Surface``: the name of a built-in one in quotes, of another what it is."""
        try:
            built_in = problem(self.name) == self
        except ValueError:
            built_in = False
        return f'"{self.name}"' if built_in else f"<{self._words()}>"

    def _words(self) -> str:
        sizes = [(self.n_patterns, "pattern"), (self.n_inputs, "input"), (self.n_outputs, "output")]
        return f"Problem {short(self.name)!r}: {', '.join(counted(number, noun) for number, noun in sizes)}"

    def _summary(self) -> Summary:
        def table() -> pd.DataFrame:
            named = {"input": self.inputs, "target": self.targets}
            return pd.DataFrame(
                {f"{name} {place + 1}": column for name, array in named.items() for place, column in enumerate(array.T)}
            )

        return Summary(self._words(), ("inputs", "targets", "midpoint", "name", "digest"), table)


def _printable(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"name={name!r} is not text; give the problem a name such as 'mine'")
    if not name.isprintable():
        raise ValueError(f"name={name!r} cannot be written down; give the problem a name such as 'mine'")
    return name


def _counting(n: int) -> NDArray[np.int64]:
    """All n-bit patterns in counting order, the first input the most significant bit; shape (2**n, n)."""
    return (np.arange(2**n)[:, np.newaxis] >> np.arange(n)[::-1]) & 1


def in_counting_order(inputs: NDArray[np.float64]) -> bool:
    """Tell whether inputs are all n-bit patterns in counting order.

    Parameters
    ----------
    inputs : ndarray (patterns, n)

    Returns
    -------
    bool

    Examples
    --------
    >>> import landscape as ls
    >>> ls.problems.in_counting_order(ls.problems.xor.inputs)
    True
    """
    count, n = inputs.shape
    return count == 2**n and np.array_equal(inputs, _counting(n))


def _parity_table(n: int) -> Table:
    """1 where an odd number of the n inputs is 1."""
    inputs = _counting(n)
    return inputs, inputs.sum(axis=1) % 2


def _boolean_table(k: int) -> Table:
    return _counting(2), k >> np.arange(4) & 1


BOOLEAN_NAMES = (
    "false", "nor", "not_a_and_b", "not_a", "a_and_not_b", "not_b", "xor", "nand",
    "and", "xnor", "b", "a_implies_b", "a", "b_implies_a", "or", "true",
)  # fmt: skip
"""Names of functions 0 to 15, with a the first input and b the second."""


class Family(NamedTuple):
    """Problems named by a number n, such as "parity3".

    To add a family, write one function that makes the table and add a record to ``FAMILIES``.

    Attributes
    ----------
    table : callable
        Makes inputs (patterns, n_inputs) and targets (patterns,) from n.
    most : int
        The largest n.

    Examples
    --------
    >>> import landscape as ls
    >>> inputs, targets = ls.problems.FAMILIES["parity"].table(2)
    >>> targets.tolist()
    [0, 1, 1, 0]
    """

    table: Callable[[int], Table]
    most: int


FAMILIES: MappingProxyType[str, Family] = MappingProxyType({"parity": Family(_parity_table, 16)})
MEMBER = re.compile(r"([a-z_]+?)([1-9][0-9]{0,5})")


def _member(name: str) -> tuple[str, int] | None:
    """Family and number of a name such as "parity3"; None for a name of another kind."""
    found = MEMBER.fullmatch(name)
    return (found[1], int(found[2])) if found and found[1] in FAMILIES else None


def _built_in(name: str) -> Table | None:
    """Inputs and targets of the problem that ``problem`` finds by this name."""
    plain = name.strip().removesuffix("_")
    if plain in BOOLEAN_NAMES:
        return _boolean_table(BOOLEAN_NAMES.index(plain))
    member = _member(plain)
    return FAMILIES[member[0]].table(member[1]) if member and member[1] <= FAMILIES[member[0]].most else None


def boolean(k: int) -> Problem:
    """Return the Boolean function of two inputs with number k.

    Parameters
    ----------
    k : int, 0 to 15
        Bit i of k is the output for pattern i, of (0,0), (0,1), (1,0), (1,1).

    Returns
    -------
    Problem

    Raises
    ------
    ValueError, TypeError
        for another number.

    Examples
    --------
    >>> import landscape as ls
    >>> function = ls.problems.boolean(6)
    >>> function.name, function.targets.ravel().tolist()
    ('xor', [0.0, 1.0, 1.0, 0.0])
    """
    k = integer("k", k, 0, 15)
    return Problem(*_boolean_table(k), name=BOOLEAN_NAMES[k])


def of_family(name: str, n: int) -> Problem:
    """Return the problem with number n of a family.

    Parameters
    ----------
    name : str, a name from ``FAMILIES`` such as "parity"
    n : int, 1 to the family's ``most``

    Returns
    -------
    Problem

    Raises
    ------
    ValueError, TypeError
        for an unknown family, or a number out of range.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.problems.of_family("parity", 3)
    Problem 'parity3': 8 patterns, 3 inputs, 1 output
    .inputs .targets .midpoint .name .digest
    """
    family = FAMILIES[known("family", name, FAMILIES)]
    n = integer("n", n, 1, family.most)
    return Problem(*family.table(n), name=f"{name}{n}")


def parity(n: int) -> Problem:
    """Return n-bit parity: 1 where an odd number of inputs is 1.

    Parameters
    ----------
    n : int, 1 to 16
        Number of inputs; ``parity(2)`` has the truth table of XOR.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError, TypeError
        for another number.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.problems.parity(3).targets.ravel().tolist()
    [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    """
    return of_family("parity", n)


def one_hot(given: Problem | str | int) -> Problem:
    """Return a problem with one output a class, 1 for the class of the pattern and 0 for the others.

    Parameters
    ----------
    given : Problem of one output, name or number
        Each value among its targets is a class; they are ordered from the smallest to the largest.

    Returns
    -------
    Problem
        Under the name of the problem given and ``_one_hot``.

    Raises
    ------
    ValueError, TypeError
        for a problem of several outputs, and one with a single value among its targets.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.problems.one_hot("xor").targets.tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    """
    table = problem(given)
    if table.n_outputs != 1:
        raise ValueError(f'problem "{table.name}" has {table.n_outputs} outputs; give one whose single output is the class')
    classes = np.unique(table.targets)
    if len(classes) < 2:
        raise ValueError(f'all targets of problem "{table.name}" are {classes[0]:g}; give one of two classes or more')
    return Problem(table.inputs, table.targets == classes, name=f"{table.name}_one_hot")


PROBLEMS: MappingProxyType[str, Problem] = MappingProxyType({name: boolean(k) for k, name in enumerate(BOOLEAN_NAMES)})
"""The sixteen by name. Each is an attribute of this module too, with an underscore where Python keeps the word."""

false_, nor, not_a_and_b, not_a, a_and_not_b, not_b, xor, nand = (boolean(k) for k in range(8))
and_, xnor, b, a_implies_b, a, b_implies_a, or_, true_ = (boolean(k) for k in range(8, 16))


def problem(given: Problem | str | int) -> Problem:
    """Return the problem with a name or number; a Problem is returned as it is.

    Parameters
    ----------
    given : Problem, str or int
        A name ("xor", "and", "parity3") or the number of a Boolean function of two inputs, 0 to 15.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError, TypeError
        for a name or number that no problem has.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.problems.problem("nand") == ls.problems.problem(7)
    True
    """
    if isinstance(given, Problem):
        return given
    if not isinstance(given, str):
        if not isinstance(given, SupportsIndex):
            raise TypeError(f'problem={given!r} is not one; give a Problem, a name such as "xor" or "parity3", or 0 to 15')
        return boolean(integer("problem", given, 0, 15))
    name = given.removesuffix("_")
    member = _member(name)
    return of_family(*member) if member else PROBLEMS[known("problem", name, PROBLEMS)]
