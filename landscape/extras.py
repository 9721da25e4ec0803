"""What only some people need is installed on demand: here a missing package becomes one sentence that says how."""

from collections.abc import Iterator
from contextlib import contextmanager

OF_PACKAGES = {
    "duckdb": ("DuckDB", "sql"),
    "distributed": ("Dask", "cluster"),
    "jinja2": ("Jinja2", "report"),
    "openpyxl": ("openpyxl", "excel"),
}
"""By the name under which a package is imported: its name, and the extra of ``pyproject.toml`` that installs it."""


@contextmanager
def needed_for(purpose: str) -> Iterator[None]:
    """Around the import of an optional package: where it is missing, one sentence says what needs it and how to install it.

    >>> with needed_for("queries need"):
    ...     import duckdb

    Parameters
    ----------
    purpose
        The beginning of the sentence, up to the name of the package.

    Raises
    ------
    ImportError
        Where a package of ``OF_PACKAGES`` is not installed. Any other error of an import stays what it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in OF_PACKAGES:
            raise
        name, extra = OF_PACKAGES[error.name]
        raise ImportError(f"{purpose} {name}; install it with: pip install 'xor-landscape[{extra}]'") from None
