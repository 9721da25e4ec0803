"""The figures of a checkout stand at its top, in ``figures/``. An installed package has them here, as ``setup.py`` says."""

from pathlib import Path

__path__ = [str(Path(__file__).parents[2] / "figures")]
