"""Who may import whom, how long files and functions may be, one name for one thing, and what importing does not do."""

import ast
import subprocess
import sys
from pathlib import Path

import landscape as ls
from landscape.schema import COLUMNS, Kind

PACKAGE = Path(ls.__file__).parent
LEVELS: list[set[str]] = [
    {"_version", "extras", "machine", "schema", "sections", "summary", "validation"},
    {"_simd", "deprecation", "function", "layout", "problems"},
    {"lanes", "progress", "random", "statistics"},
    {"parts"},
    {"_kernels", "registry"},
    {"options"},  # what settings take: the checks of surface and protocol
    {"surface", "protocol"},
    {"training"},
    {"study", "critical"},
    {"slices"},
    {"maps"},
    {"io"},
    {"plot"},
    {"cli"},
]
"""Rooms, and modules beside them: each imports from levels before its own, and a room from itself."""
ALONE = {"statistics": {"schema"}}
"""Rooms, and all that they import of ours."""
ONLY_IN: dict[str, set[str]] = {
    "llvmlite": {"_simd"},
    "numba.core": {"_simd"},
    "numba.extending": {"_simd"},
    "matplotlib": {"plot"},
    "pyarrow": {"study"},
    "duckdb": {"study"},
    "filelock": {"study"},
    "click": {"cli"},
    "mpmath": {"parts"},
}
"""Packages of others, and where alone they are imported."""
OUTSIDE = {"studies", "figures"}
"""Folders at the top of a checkout, installed within the package. None of its modules imports them: what they add to the
command line is found by entry points."""
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 80
"""Without docstrings. A longer file usually holds two ideas, and so does a longer function."""
TEMPLATE_FIGURE = PACKAGE.parent / "studies" / "template" / "my_study_figure.py"
"""The one file of ``studies/`` that is a figure."""


def imports(path: Path) -> set[str]:
    """Names of the modules a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "landscape" else {str(node.module)}
            )
    return found


def room_of(module: str) -> str:
    """Room, or module beside the rooms, of ``landscape.room.module``."""
    return module.split(".")[1]


def modules() -> list[tuple[str, Path]]:
    """Every file of the package but its front door, with its room."""
    rooms = [(path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path) for path in PACKAGE.rglob("*.py")]
    return [(room, path) for room, path in rooms if room not in OUTSIDE and path != PACKAGE / "__init__.py"]


def test_rooms_import_only_from_the_levels_below() -> None:
    level = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
    assert {room for room, _ in modules()} == set(level)
    for room, path in modules():
        ours = {room_of(module) for module in imports(path) if module.startswith("landscape.")} - {room}
        assert all(level[other] < level[room] for other in ours), path
        assert ours <= ALONE.get(room, ours), path
        assert "landscape" not in imports(path), path


def test_packages_of_others_are_imported_in_one_place() -> None:
    for room, path in modules():
        for module in imports(path):
            for package, rooms in ONLY_IN.items():
                if module == package or module.startswith(package + "."):
                    assert room in rooms, (path, module)


def words(tree: ast.AST) -> int:
    """Lines of docstrings, of modules, classes, functions and constants: examples and references make those of public names
    long, and are not to be cut for it."""
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return sum((text.end_lineno or text.lineno) - text.lineno + 1 for text in texts)


def test_files_are_short() -> None:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        found[str(path.relative_to(PACKAGE))] = len(text.splitlines()) - words(ast.parse(text))
    assert {name: count for name, count in found.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    longer = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1 - words(node)
                if lines > MOST_LINES_OF_A_FUNCTION:
                    longer[path.relative_to(PACKAGE).as_posix(), node.name] = lines
    assert longer == {}


def test_no_module_is_named_like_a_public_function() -> None:
    functions = {name for name in ls.__all__ if callable(getattr(ls, name))}
    assert not functions & {path.stem for path in PACKAGE.iterdir()}


def test_the_front_door_shows_the_public_names_and_no_others() -> None:
    assert dir(ls) == sorted(ls.__all__)


def test_studies_and_figures_do_not_import_each_other() -> None:
    """Figures train nothing, studies draw nothing. The figure of the template is one."""
    folders = {name: [each for each in outside(name) if each != TEMPLATE_FIGURE] for name in OUTSIDE}
    assert all(folders.values())
    for path in folders["studies"]:
        assert not {module for module in imports(path) if module.startswith(("landscape.figures", "matplotlib"))}, path
    allowed = {"plot", "io", "io.tables", "io.sentences", "extras", "sections"}
    for path in [*folders["figures"], TEMPLATE_FIGURE]:
        ours = {module for module in imports(path) if module.startswith("landscape")}
        theirs = {module.removeprefix("landscape.") for module in ours if not module.startswith("landscape.figures")}
        assert theirs <= allowed, path


def test_studies_and_figures_are_imported_by_the_names_that_they_are_installed_under() -> None:
    """A bare name works in a script of a checkout only, and may be anybody's."""
    stems = {path.stem for name in OUTSIDE for path in outside(name)}
    for path in [path for name in OUTSIDE for path in outside(name)]:
        assert not {module.split(".")[0] for module in imports(path)} & (stems | OUTSIDE), path


def test_the_package_imports_no_studies_and_no_figures() -> None:
    """Neither a module of it, nor the command when it starts. In a checkout their places in the package hold only the way to
    them."""
    names = {f"landscape.{name}" for name in OUTSIDE}
    for _, path in [*modules(), ("", PACKAGE / "__init__.py")]:
        found = {module for module in imports(path) if ".".join(module.split(".")[:2]) in names}
        assert not found, (path, found)
    script = f"import sys, landscape.cli.command; print([m for m in sys.modules if m.startswith({tuple(names)})])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    for name in OUTSIDE:
        assert [path.name for path in (PACKAGE / name).glob("*.py")] == ["__init__.py"]
        assert set(outside(name)) >= set((PACKAGE.parent / name).glob("*.py"))


def outside(name: str) -> list[Path]:
    """Scripts of one of the folders."""
    return sorted((PACKAGE.parent / name).rglob("*.py"))


def test_settings_and_results_share_one_namespace() -> None:
    surface, protocol = set(ls.Surface().settings), set(ls.Protocol().settings)
    assert not surface & protocol
    assert not (surface | protocol) & {column.name for column in COLUMNS if column.kind is not Kind.SETTING}


def test_importing_is_light() -> None:
    """No Matplotlib and no scipy.stats before they are asked for: they cost a second."""
    late = ("matplotlib", "scipy.stats", "jax", "duckdb", "distributed", "click")
    script = f"import sys, landscape; print([m for m in {late} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
