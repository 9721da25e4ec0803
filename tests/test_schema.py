"""The schema says of columns what surfaces, protocols, tables and files have."""

import inspect
import keyword
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import landscape as ls
from landscape import schema
from landscape.study import blocks
from landscape.study.grid import FIELDS
from landscape.training.batch import BatchResult
from landscape.training.tables import results_of

RESULT = ls.train(ls.Surface(), ls.Protocol(budget=5), runs=3, checkpoints=(1, 5), precision="float32")


@pytest.mark.parametrize("kind", [ls.Surface, ls.Protocol])
def test_settings_are_the_fields_with_their_defaults(kind: type) -> None:
    of_schema = {name: column.default for name, column in schema.SETTINGS.items() if column.owner == kind.__name__}
    assert list(of_schema.items()) == [(field.name, field.default) for field in fields(kind)]
    made = kind().settings
    assert {name: type(made[name]) for name in made} == {name: schema.SETTINGS[name].type for name in of_schema}


def test_precision_is_the_setting_that_train_has() -> None:
    others = {name: column for name, column in schema.SETTINGS.items() if name not in FIELDS}
    assert list(others) == ["precision"]
    assert inspect.signature(ls.train).parameters["precision"].default == others["precision"].default
    assert others["precision"].owner == "train"


def test_names_are_one_flat_namespace() -> None:
    """A result that checkpoints have too is the one name that stands twice; files tell the two apart."""
    names = [column.name for column in schema.COLUMNS if column.kind is not schema.Kind.CHECKPOINT]
    assert len(set(names)) == len(names)
    stored = [column.stored for column in schema.COLUMNS]
    assert len(set(stored)) == len(stored)
    assert not [name for name in names if keyword.iskeyword(name)]
    assert all(column.meaning and column.label for column in schema.COLUMNS)


NUMPY = {int: "i", float: "f", bool: "b"}


def is_of(column: schema.Column, values: pd.Series) -> bool:
    if column.type is str:
        return isinstance(values.dtype, pd.CategoricalDtype)
    return isinstance(values.dtype, np.dtype) and values.dtype.kind == NUMPY[column.type]


def test_tables_have_the_columns_in_their_order_and_types() -> None:
    runs = [column for column in schema.COLUMNS if column.kind.name in ("IDENTITY", "DERIVED", "SETTING", "RESULT")]
    assert list(RESULT.runs) == [*(column.name for column in runs), "_problem"]
    assert all(is_of(column, RESULT.runs[column.name]) for column in runs)
    assert list(RESULT.checkpoints) == ["run", *schema.CHECKPOINTS]
    assert all(is_of(column, RESULT.checkpoints[name]) for name, column in schema.CHECKPOINTS.items())


def test_results_are_computed_under_their_names_in_files() -> None:
    surface = ls.Surface()
    found = results_of(surface, BatchResult.empty(0, surface.n_parameters, 2), np.array([1, 5]))
    expected = [*schema.RESULTS.values(), *schema.LISTS.values(), *schema.CHECKPOINTS.values()]
    assert list(found) == [column.stored for column in expected]
    assert all(found[column.stored].dtype.kind == NUMPY.get(column.type, "i") for column in expected)


def test_files_have_every_column(tmp_path: Path) -> None:
    study = ls.Study(tmp_path, ls.grid(budget=5), runs=3, checkpoints=(1, 5), precision="float32").run(progress=False)
    (file,) = (study.path / "blocks").iterdir()
    names = pq.read_schema(file).names
    assert set(names) == {column.stored for column in schema.COLUMNS} - {"_problem"}
    assert list(study.query("select * from runs")) == [*list(RESULT.runs)[:-1], "_cell", "_version", "_problem"]
    assert blocks.read(file).lacks == frozenset()
