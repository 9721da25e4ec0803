"""Which folders are installed under which names; all else stands in pyproject.toml, which cannot say this.

``studies/`` and ``figures/`` are installed as ``landscape.studies`` and ``landscape.figures``, so that no other name reaches
the place where packages are installed.
"""

from setuptools import find_namespace_packages, find_packages, setup

FOLDERS = ("studies", "figures")
BESIDE = find_namespace_packages(include=[*FOLDERS, "figures.report", "studies.template"])

setup(
    packages=sorted({*find_packages(include=["landscape*"]), *(f"landscape.{name}" for name in BESIDE)}),
    package_dir={f"landscape.{name}": name for name in FOLDERS},
)
