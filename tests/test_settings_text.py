"""Settings as people write them: the little language of the command line, and TOML files."""

import math
from pathlib import Path
from typing import Any

import pytest

import landscape as ls
from landscape.cli.settings_text import Asked, from_toml, settings, values

VALUES: dict[str, list[Any]] = {
    "tanh": ["tanh"],
    "sigmoid,tanh": ["sigmoid", "tanh"],
    " sigmoid , tanh ": ["sigmoid", "tanh"],
    "3": [3],
    "-3": [-3],
    "0.1,1": [0.1, 1],
    ".5,1e-3,1E4,1.0": [0.5, 1e-3, 1e4, 1.0],
    "inf,-inf": [math.inf, -math.inf],
    "true,false": [True, False],
    "True,FALSE": [True, False],
    "1,0": [1, 0],
    "2..4": [2, 3, 4],
    "2 .. 4": [2, 3, 4],
    "7..7": [7],
    "-1..1": [-1, 0, 1],
    "2..4,8": [2, 3, 4, 8],
    "8,2..4,16,1..2": [8, 2, 3, 4, 16, 1, 2],
    "2..3,tanh,0.5,true": [2, 3, "tanh", 0.5, True],
    "2,2": [2, 2],
    "2-2-1": ["2-2-1"],
    "a=b": ["a=b"],
    "1.": [1.0],
}


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    """With their kinds: 1, 1.0 and true are equal in Python, and not as settings."""
    assert [(type(value), value) for value in values(text)] == [(type(value), value) for value in VALUES[text]]


def test_not_a_number_is_a_number() -> None:
    """So that it is refused where a number is wanted, and not taken for a name."""
    (value,) = values("nan")
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["", " ", ",", "2,,3", "2,", ",2"])
def test_empty_values_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f'^"{text}" has an empty value; give values such as sigmoid,tanh or 2..8$'):
        values(text)


@pytest.mark.parametrize("word", ["2..", "..8", "..", "2...4", "2..4..6", "a..b", "2..x", "0.1..0.5", "1e1..20"])
def test_half_ranges_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f'^"{word}" is not a range; give two whole numbers, such as 2..8$'):
        values(f"1,{word},3")


def test_backward_ranges_are_refused() -> None:
    with pytest.raises(ValueError, match=r'^"4..2" is empty; give the smaller number first$'):
        values("4..2")


def test_settings_keep_names_and_order() -> None:
    found = settings(["lr=0.1,1", "activation=tanh", "hidden=2..4", "anything=a=b"])
    assert list(found.items()) == [("lr", [0.1, 1]), ("activation", ["tanh"]), ("hidden", [2, 3, 4]), ("anything", ["a=b"])]
    assert settings([]) == {}


@pytest.mark.parametrize("word", ["hidden", "=2", "=", "", "2..8"])
def test_words_that_are_no_settings_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f'^"{word}" is not a setting; give name=value, such as hidden=2..8$'):
        settings(["lr=1", word])


def test_a_setting_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^hidden is given twice; give all its values at once, such as hidden=3,\.\.\.$"):
        settings(["hidden=2", "lr=1", "hidden=3"])


def test_every_problem_can_be_named() -> None:
    """Two of them are called true and false."""
    names = list(ls.problems.PROBLEMS)
    cells = ls.grid(**settings(["problem=" + ",".join(names)])).cells
    assert [cell.surface.table for cell in cells] == list(ls.problems.PROBLEMS.values())


# Files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def asked(file: Path, text: str) -> Asked:
    file.write_text(text)
    return from_toml(file)


def cells(asked: Asked, *names: str) -> list[tuple[Any, ...]]:
    """These settings of every cell."""
    assert asked.grid is not None
    return [tuple(cell.settings[name] for name in names) for cell in asked.grid]


INVERSE = """
[problems.inverse]
inputs = [[0], [1]]
targets = [1, 0]
"""


def test_a_file_with_everything(file: Path) -> None:
    found = asked(
        file,
        """
        runs = 50            # not the default
        seed = 7
        checkpoints = [10, 100]
        [grid]
        activation = ["sigmoid", "tanh"]
        hidden = "2..3,8"
        lr = 1
        bias = [true, false]
        """,
    )
    assert (found.runs, found.seed, found.checkpoints) == (50, 7, (10, 100))
    assert cells(found, "activation", "hidden", "lr", "bias") == [
        (activation, hidden, 1.0, bias)
        for activation in ("sigmoid", "tanh")
        for hidden in (2, 3, 8)
        for bias in (True, False)
    ]


def test_what_a_file_does_not_say_is_none(file: Path) -> None:
    assert asked(file, "") == asked(file, "# nothing\n") == Asked(None, None, None, None)
    assert asked(file, "runs = 5") == Asked(None, 5, None, None)
    assert asked(file, "checkpoints = []").checkpoints == ()


def test_an_empty_grid_is_one_cell_of_defaults(file: Path) -> None:
    (cell,) = asked(file, "[grid]").grid or ()
    assert (cell.surface, cell.protocol) == (ls.Surface(), ls.Protocol())


def test_several_grids_are_added(file: Path) -> None:
    found = asked(file, '[[grid]]\nhidden = 2\n[[grid]]\nhidden = "3..4"\nlr = [0.1, 1]\n[[grid]]\nhidden = [2]')
    assert cells(found, "hidden", "lr") == [(2, 0.5), (3, 0.1), (3, 1.0), (4, 0.1), (4, 1.0)]


@pytest.mark.parametrize("value", ["true", '"true"', "[true]"])
def test_text_is_read_as_on_the_command_line(file: Path, value: str) -> None:
    assert cells(asked(file, f'[grid]\nlr = "0.1,1"\nshortcut = {value}'), "shortcut", "lr") == [(True, 0.1), (True, 1.0)]


@pytest.mark.parametrize("given", ['["xor", "inverse"]', '"xor,inverse"', '[6, "inverse"]'])
def test_problems_of_ones_own(file: Path, given: str) -> None:
    """Beside those that are known."""
    found = asked(file, f"[grid]\nproblem = {given}\n{INVERSE}").grid or ()
    assert [cell.surface.table for cell in found] == [ls.problems.xor, ls.Problem([[0], [1]], [1, 0], name="inverse")]
    assert [cell.settings["problem"] for cell in found] == ["xor", "inverse"]


def test_a_problem_with_several_outputs(file: Path) -> None:
    adder = "[problems.adder]\ninputs = [[0, 0], [0, 1], [1, 0], [1, 1]]\ntargets = [[0, 0], [0, 1], [0, 1], [1, 0]]"
    (cell,) = asked(file, f'grid.problem = "adder"\n{adder}').grid or ()
    assert cell.settings["architecture"] == "2-2-2"
    assert cell.surface.table.targets.tolist() == [[0, 0], [0, 1], [0, 1], [1, 0]]


def test_problems_nobody_asks_for_are_left_alone(file: Path) -> None:
    assert cells(asked(file, f"[grid]\nhidden = 3\n{INVERSE}"), "problem") == [("xor",)]


@pytest.mark.parametrize("name", ["7", "1e3", "2..3"])
def test_names_that_look_like_numbers_stay_names(file: Path, name: str) -> None:
    assert settings([f"problem={name}", f"_cell={name}", "init_scale=7"]) == {
        "problem": [name], "_cell": [name], "init_scale": [7]
    }  # fmt: skip
    own = f'[problems."{name}"]\ninputs = [[0], [1]]\ntargets = [1, 0]'
    assert cells(asked(file, f'[grid]\nproblem = "{name}"\n{own}'), "problem") == [(name,)]


@pytest.mark.parametrize("name", ["true", "false"])
def test_problems_called_true_and_false(file: Path, name: str) -> None:
    assert cells(asked(file, f'[grid]\nproblem = "{name}"'), "problem") == [(name,)]


def test_windows_line_ends(file: Path) -> None:
    file.write_bytes(b"runs = 5\r\n[grid]\r\nhidden = [2, 3]\r\n")
    assert cells(from_toml(file), "hidden") == [(2,), (3,)]


REFUSED: dict[str, tuple[str, str]] = {
    # not TOML
    "no value": ("runs =\n", r"mine\.toml is not TOML: .*line 1"),
    "nested beyond all": ("runs = " + "[" * 100_000, r"mine\.toml is not TOML: maximum recursion"),
    "a word without quotes": ("[grid]\nactivation = tanh", r"mine\.toml is not TOML: .*line 2"),
    "twice the same key": ("runs = 1\nruns = 2\n", r"mine\.toml is not TOML: .*line 2"),
    "one grid and several": ("[grid]\n[[grid]]", r"mine\.toml is not TOML: .*line 2"),
    # unknown keys
    "misspelt key": ("run = 5", r'mine\.toml: key="run" is not known; did you mean "runs"\? Known: grid, runs, seed, check'),
    "an option of run": ("threads = 2", r'mine\.toml: key="threads" is not known; Known: grid, runs, seed'),
    "misspelt setting": ("[grid]\nhiden = 2", r'field="hiden" is not known; did you mean "hidden"\?'),
    "key below the grid": ("[grid]\nlr = 1\nseed = 3", 'field="seed" is not known'),
    "settings without a grid": ("hidden = 2", r'mine\.toml: key="hidden" is not known'),
    # values
    "no levels": ("[grid]\nhidden = []", "hidden has no levels; give one value or more"),
    "half a range": ('[grid]\nhidden = "2.."', '"2.." is not a range; give two whole numbers'),
    "empty text": ('[grid]\nactivation = ""', '"" has an empty value'),
    "unknown problem": (f'[grid]\nproblem = "invers"\n{INVERSE}', 'problem="invers" is not known'),
    # kinds
    "number for a grid": ("grid = 3", "grid"),
    "text for a grid": ('grid = "hidden=2"', "grid"),
    "numbers for grids": ("grid = [1, 2]", "grid"),
    "number for problems": ("problems = 3", "problems"),
    "list for problems": ("problems = [1]", "problems"),
    "number for a problem": ("problems.inverse = 3", "inverse"),
    "list in a list of problems": (f'[grid]\nproblem = [["inverse"]]\n{INVERSE}', r"problem=\[.inverse.\]"),
    "checkpoints as number": ("checkpoints = 100\n[grid]", "checkpoints=100 is not a list of epochs"),
    # problems of one's own
    "no inputs and targets": ("[problems.inverse]", r"inverse.*inputs"),
    "no targets": ("[problems.inverse]\ninputs = [[0], [1]]", r"inverse.*targets"),
    "a key too many": (INVERSE + "outputs = [1]", r"inverse.*outputs"),
    "unequal lengths": ("[problems.inverse]\ninputs = [[0], [1]]\ntargets = [1]", r"not one truth table; give inputs"),
    "words": (
        '[problems.inverse]\ninputs = [["a"], ["b"]]\ntargets = [0, 1]',
        r"mine\.toml: inputs of kind <U1 is not real; give real numbers",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_files_are_refused_with_what_to_do(file: Path, case: str) -> None:
    text, message = REFUSED[case]
    with pytest.raises((ValueError, TypeError), match=message) as refused:
        len(asked(file, text).grid or ())  # a grid is checked when it is looked at
    for python in ("__init__", "argument", "iterable", "unhashable", "attribute"):
        assert python not in str(refused.value)


def test_checkpoints_as_text_are_no_letters(file: Path) -> None:
    """They are read as on the command line, or refused as what they are; never letter by letter."""
    try:
        assert asked(file, 'checkpoints = "10,100"').checkpoints == (10, 100)
    except (ValueError, TypeError) as error:
        assert "10,100" in str(error)  # noqa: PT017


def test_bytes_that_are_no_text_name_the_file(file: Path) -> None:
    file.write_bytes(b'[grid]\nactivation = "\xff"\n')
    with pytest.raises(ValueError, match=r"mine\.toml"):
        from_toml(file)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"mine\.toml"):
        from_toml(file)
