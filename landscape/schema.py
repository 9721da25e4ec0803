"""The columns of tables of runs and of a study's files, each written down once.

Trainer, blocks, tables, SQL, statistics, plots and the command line read ``COLUMNS``, so a column is added here and where
its values come from:

* A result: a ``Column`` of kind RESULT here, its values in ``training.tables.results_of``. Give ``format``, one above the
  last that blocks have, and ``missing``, what rows of older blocks show. A CHECKPOINT is a result at each checkpoint, a LIST
  a row of numbers a run that only files hold; both likewise.
* A setting: a ``_setting`` here with ``since``, the release it comes with, and a field of ``Surface`` or ``Protocol`` of the
  same default, in the same place. Cells that have the default keep their identity, and older studies read as having it. Give
  a number its ``limits``; a name takes the parts of a table, which ``options.RECORDS`` tells. Where only some parts read it,
  their records say so in ``reads``.
* A new name for a column: change ``name``, give the old one as ``stored``, since files and identities keep it, and announce
  the change in ``deprecation.CHANGES``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

FIRST = "0.1.0"
"""The first release. Cells are identified by all settings that it had, and by later ones where these are not ``missing``."""
CELL, PROBLEM, VERSION = "_cell", "_problem", "_version"
"""Bookkeeping: what tells cells apart, what tells truth tables apart, and which release trained a run."""


class Kind(Enum):
    """What a column says of a run."""

    IDENTITY = "which run it is"
    DERIVED = "what follows from the settings"
    SETTING = "what was trained, and how"
    RESULT = "how it went"
    CHECKPOINT = "how it stood at a checkpoint: in a block a list with one element a checkpoint"
    LIST = "numbers in a block only, one list a run"
    BOOKKEEPING = "where it belongs"


class Limits(NamedTuple):
    """Which numbers a setting takes: above ``above``, not below ``least``, below ``below`` and not above ``most``."""

    above: float = -inf
    least: float = -inf
    below: float = inf
    most: float = inf


ANY_NUMBER = Limits()


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name : in tables of runs, SQL, grids and on the command line
    type : int, float, bool or str; of a list that of its elements
    meaning : a noun phrase, for documentation and errors
    label : what an axis calls it, by default its name
    unit : such as "epochs"
    owner : of a setting, "Surface" or "Protocol", whose field it is, or "train", of which it is a parameter
    default : of a setting
    limits : of a setting that is a number
    needs : of a setting, another without which it says nothing: where that is False or 0
    since : the release that had it first
    format : of blocks, from which on each has it
    missing : what it is where an older file lacks it; of a setting, by default its ``default``
    stored : its name in files and in the identity of a cell, by default its name
    pooled : whether runs that differ in it may share a group of a statistic
    """

    name: str
    kind: Kind
    type: type
    meaning: str
    label: str = ""
    unit: str = ""
    owner: str = ""
    default: Any = None
    limits: Limits = ANY_NUMBER
    needs: str = ""
    since: str = FIRST
    format: int = 1
    missing: Any = None
    stored: str = ""
    pooled: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.name)
        object.__setattr__(self, "stored", self.stored or self.name)
        object.__setattr__(self, "missing", self.default if self.missing is None else self.missing)


class Ending(NamedTuple):
    """How a run may end: a sentence that says what it means, and one that says what to try next."""

    meaning: str
    advice: str


OUTCOMES: Mapping[str, Ending] = MappingProxyType(
    {
        "solved": Ending("The criterion held.", "Look at how many epochs it took, or ask more of it: criterion=margin."),
        "stalled": Ending(
            "The gradient norm fell below stall.",
            "It rests at a minimum, at a saddle or on a plateau; landscape stuck says which.",
        ),
        "diverged": Ending("The loss or a parameter was no longer finite.", "Try a smaller lr, or a smaller init_scale."),
        "budget": Ending(
            "It was neither solved nor stalled when the budget was spent.",
            "Try a larger budget or another lr; landscape stuck says whether that would help.",
        ),
    }
)
"""Outcomes in the order of their codes."""


def _setting(owner: str, name: str, default: Any, meaning: str, label: str = "", **more: Any) -> Column:
    return Column(name, Kind.SETTING, type(default), meaning, label, owner=owner, default=default, **more)


def _surface(name: str, default: Any, meaning: str, label: str = "", **more: Any) -> Column:
    return _setting("Surface", name, default, meaning, label, **more)


def _protocol(name: str, default: Any, meaning: str, label: str = "", **more: Any) -> Column:
    return _setting("Protocol", name, default, meaning, label, **more)


def _at_checkpoint(name: str, type: type, meaning: str, label: str = "", **more: Any) -> Column:
    return Column(name, Kind.CHECKPOINT, type, meaning, label, stored=f"checkpoint_{name}", **more)


COLUMNS: tuple[Column, ...] = (
    Column("run", Kind.IDENTITY, int, "number of the run"),
    Column("seed", Kind.IDENTITY, int, "seed of the run"),
    Column("architecture", Kind.DERIVED, str, 'sizes of the layers, such as "2-3-1"'),
    _surface("problem", "xor", "name of the truth table"),
    _surface("hidden", 2, "units in the hidden layer", "hidden units", limits=Limits(least=0, most=10**6)),
    _surface("activation", "sigmoid", "activation of the hidden units", needs="hidden"),
    _surface("output", "sigmoid", "activation of the output units, or softmax"),
    _surface("objective", "squared_error", "what is summed over patterns and outputs"),
    _surface("reduction", "mean", "how it is summed"),
    _surface("l2", 0.0, "factor of the squared norm of the parameters in the loss", limits=Limits(least=0.0)),
    _surface("bias", True, "whether the layers have biases"),
    _surface("shortcut", False, "whether the output layer reads the inputs too", needs="hidden"),
    _surface("slope", 0.01, "slope of leaky_relu for negative arguments"),
    _protocol("optimizer", "gd", "rule of the updates"),
    _protocol("lr", 0.5, "learning rate", "learning rate", limits=Limits(above=0.0)),
    _protocol("update", "batch", "whether an update sees all patterns or one"),
    _protocol("momentum", 0.9, "share of the last step in the next", limits=Limits(least=0.0, below=1.0)),
    _protocol("beta1", 0.9, "decay of the mean gradient", limits=Limits(least=0.0, below=1.0)),
    _protocol("beta2", 0.999, "decay of the mean squared gradient", limits=Limits(least=0.0, below=1.0)),
    _protocol("epsilon", 1e-8, "what is added to divisors", limits=Limits(above=0.0)),
    _protocol("gradient", "exact", "gradient that a run follows, exact or faulty", needs="hidden"),
    _protocol("init", "xavier_normal", "initializer of the weights"),
    _protocol("init_scale", 1.0, "scale of the initial weights", "scale of the initial weights", limits=Limits(above=0.0)),
    _protocol("init_bias", "zero", "how biases start", needs="bias"),
    _protocol("criterion", "threshold", "when a run counts as solved"),
    _protocol("tolerance", 0.4, "limit of the criterion", limits=Limits(above=0.0)),
    _protocol(
        "budget", 20_000, "most epochs a run may take", unit="epochs", pooled=False, limits=Limits(least=0, most=2**53)
    ),
    _protocol(
        "stall", 0.0, "gradient norm below which a run counts as stalled; 0 is off", limits=Limits(least=0.0, below=1e150)
    ),
    _setting("train", "precision", "float64", "type of number that runs were trained in"),
    Column("outcome", Kind.RESULT, str, f"how the run ended: {', '.join(OUTCOMES)}"),
    Column("solved", Kind.RESULT, bool, "whether the criterion held"),
    Column("epochs", Kind.RESULT, int, "epochs spent", unit="epochs"),
    Column("loss", Kind.RESULT, float, "loss at the end, in float64"),
    Column("grad_norm", Kind.RESULT, float, "norm of the exact gradient at the end, in float64", "gradient norm"),
    Column("theta", Kind.LIST, float, "parameters at the end, in the order W1, b1, W2, b2"),
    _at_checkpoint("epoch", int, "epoch at which the run was looked at", "epochs", unit="epochs", pooled=False),
    _at_checkpoint("loss", float, "loss at that epoch, in the precision of the run"),
    _at_checkpoint("solved", bool, "whether the criterion held at that epoch"),
    Column(PROBLEM, Kind.BOOKKEEPING, str, "hash of the truth table", since="0.3.0"),
    Column(CELL, Kind.BOOKKEEPING, str, "name of the cell, a hash of its settings and truth table"),
    Column(VERSION, Kind.BOOKKEEPING, str, "release that trained the run"),
)
"""In the order of a table of runs, then what tables of checkpoints and files have."""


def _of(kind: Kind) -> Mapping[str, Column]:
    return MappingProxyType({column.name: column for column in COLUMNS if column.kind is kind})


IDENTITY, SETTINGS, RESULTS = _of(Kind.IDENTITY), _of(Kind.SETTING), _of(Kind.RESULT)
CHECKPOINTS, LISTS = _of(Kind.CHECKPOINT), _of(Kind.LIST)
"""Columns of each kind by name, in order."""
BY_NAME: Mapping[str, Column] = {**{column.name: column for column in COLUMNS}, **RESULTS}
"""All by name; of a result that checkpoints have too, the one at the end of a run."""
LATER: Mapping[str, Column] = MappingProxyType({name: column for name, column in SETTINGS.items() if column.since != FIRST})
"""Settings that the first release did not have."""
