"""Tables as files: every kind is read again, and a file is whole or as it was."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landscape.io import files
from landscape.io.tables import cell

NASTY = ["plain", 'a, "b"', "<b>&amp;</b>", "50 % _x_ {y} $z$"]
TABLE = pd.DataFrame(
    {
        "name": NASTY,
        "runs": [1, 2**53 + 1, -3, 0],
        "rate": [0.1 + 0.2, 1e-300, 1.0, 0.5],
        "loss": [np.inf, 1 / 3, -np.inf, np.nan],
        "solved": [True, False, True, False],
    }
)


def back(path: Path) -> pd.DataFrame:
    """What a file holds; text is read as words first, because some versions of pandas read a number's last bit wrong."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    words, kinds = pd.read_csv(path, dtype=str), pd.read_csv(path).dtypes
    return words.assign(solved=words["solved"] == "True").astype(kinds)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_values_and_types_come_back(ending: str, tmp_path: Path) -> None:
    path = files.write(TABLE, tmp_path / f"t{ending}")
    read = back(path)
    assert [kind.kind for kind in read.dtypes.drop("name")] == ["i", "f", "f", "b"]
    pd.testing.assert_frame_equal(read.astype({"name": object}), TABLE.astype({"name": object}), check_exact=True)


def test_notes_of_statistics_do_not_keep_a_table_from_parquet(tmp_path: Path) -> None:
    table = TABLE.copy()
    table.attrs["pooled_over"] = {"lr": {0.1, 0.2}}
    assert len(back(files.write(table, tmp_path / "t.parquet"))) == len(table)
    assert table.attrs


def test_a_sheet_of_excel_holds_words_as_words(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    table = TABLE.assign(formula="=1+1", outputs=[np.array([0.0, 1.0])] * len(TABLE), runs=[1, 2, 3, 4])
    read = pd.read_excel(files.write(table, tmp_path / "t.xlsx"))
    assert read["name"].tolist() == NASTY
    assert read["formula"].tolist() == ["=1+1"] * 4
    assert read["outputs"].tolist() == ["[0.0, 1.0]"] * 4
    assert read["runs"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(read["rate"], TABLE["rate"], rtol=1e-15)  # all that Excel keeps


def expected() -> list[list[str]]:
    """Rows as people read them."""
    return [[cell(name, value) for name, value in row.items()] for row in TABLE.to_dict("records")]


def test_markdown(tmp_path: Path) -> None:
    table = TABLE.assign(name=["a|b", "c\nd", "e", "f"])
    lines = files.write(table, tmp_path / "t.md").read_text().splitlines()
    rows = [[text.strip().replace(r"\|", "|") for text in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert rows[0] == list(TABLE.columns)
    assert [row[0] for row in rows[2:]] == ["a|b", "c d", "e", "f"]
    assert [row[1:] for row in rows[2:]] == [row[1:] for row in expected()]


def test_latex(tmp_path: Path) -> None:
    lines = files.write(TABLE, tmp_path / "t.tex").read_text().splitlines()
    assert lines[0].startswith(r"\begin{tabular}{lrrr")
    assert (lines[1], lines[-2], lines[-1]) == (r"\toprule", r"\bottomrule", r"\end{tabular}")
    rows = [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in lines if line.endswith(r"\\")]
    assert [len(row) for row in rows] == [5] * 5
    assert rows[4][0].strip() == r"50 \% \_x\_ \{y\} \$z\$"


class Cells(HTMLParser):
    """Words of the cells of a table, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def test_html_is_escaped(tmp_path: Path) -> None:
    reader = Cells()
    reader.feed(files.write(TABLE, tmp_path / "t.html").read_text(encoding="utf-8"))
    words = [text.strip() for text in reader.cells]
    assert words == [*TABLE.columns, *(text for row in expected() for text in row)]
    assert "b" not in reader.tags


@pytest.mark.parametrize("ending", files.FILES)
def test_a_table_without_rows(ending: str, tmp_path: Path) -> None:
    if ending == ".xlsx":
        pytest.importorskip("openpyxl")
    assert files.write(TABLE.head(0), tmp_path / f"t{ending}").stat().st_size > 0


def test_nothing_is_overwritten_halfway(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("before")

    def stop(stream: Any) -> None:
        stream.write(b"half of it")
        stream.flush()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), files.whole(file) as stream:
        stop(stream)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert file.read_text() == "before"
    files.write(TABLE, file)
    assert file.read_text().startswith("name,runs")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"t\.pdf. ends with none of \.csv, \.parquet"):
        files.write(TABLE, tmp_path / "t.pdf")


def test_a_missing_openpyxl_is_named_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        ImportError, match=r"^files of Excel need openpyxl; install it with: pip install 'xor-landscape\[excel\]'$"
    ):
        files.ready("t.xlsx")
