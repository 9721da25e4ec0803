"""Who may import whom, one name for one thing, and what importing the package does not do."""

import ast
import subprocess
import sys
from pathlib import Path

import landscape as ls

PACKAGE = Path(ls.__file__).parent
TOOLS = {"_calls", "_checks", "_exp2", "_jets", "_jit", "_lanes", "_math", "_normal", "_random", "_version"}
PARTS = {"activations", "criteria", "gradients", "initializers", "objectives", "optimizers", "problems"}
SURFACE = {"network", "passes", "evaluation", "hessian", "kinks", "surface"}
LAYERS: dict[str, set[str]] = {
    **dict.fromkeys(TOOLS, TOOLS),
    **dict.fromkeys(PARTS, TOOLS),
    **dict.fromkeys(SURFACE, TOOLS | PARTS | SURFACE),
    "protocol": TOOLS | PARTS,
    "starts": TOOLS | PARTS | SURFACE | {"protocol"},
    "rule": TOOLS | PARTS | SURFACE,
    "updates": TOOLS | PARTS | SURFACE | {"rule"},
    "descent": TOOLS | PARTS | SURFACE | {"rule", "updates"},
    "chunks": TOOLS | PARTS | SURFACE | {"protocol", "rule", "descent"},
    "training": TOOLS | PARTS | SURFACE | {"protocol", "starts", "descent", "chunks"},
    "grid": TOOLS | PARTS | SURFACE | {"protocol", "chunks"},
    "tasks": TOOLS | PARTS | SURFACE | {"protocol", "starts", "chunks", "grid"},
    "dispatch": {"tasks"},
    "blocks": {"_version", "descent", "initializers", "tasks"},
    "manifest": TOOLS | PARTS | {"grid", "blocks"},
    "store": {"initializers", "tasks", "blocks", "manifest"},
    "reading": {"_checks", "descent", "grid", "blocks"},
    "sql": {"blocks"},
    "planning": TOOLS
    | SURFACE
    | {"initializers", "starts", "descent", "chunks", "grid", "tasks", "blocks", "manifest", "reading"},
    "study": {
        "_checks",
        "chunks",
        "grid",
        "tasks",
        "dispatch",
        "blocks",
        "manifest",
        "store",
        "reading",
        "sql",
        "planning",
        "starts",
        "statistics",
        "training",
    },
    "settings_text": {"_checks", "problems", "grid"},
    "command": {
        "_checks",
        "chunks",
        "_version",
        "training",
        "diagnosis",
        "statistics",
        "grid",
        "blocks",
        "store",
        "study",
        "settings_text",
        "tables",
    },
    "neural_network": TOOLS | PARTS | SURFACE | {"protocol", "chunks"},
    "steps": {"_jit", "kinks"},
    "second_order": {"kinks", "steps"},
    "precise": TOOLS | PARTS | SURFACE,
    "classification": {"_checks", "kinks", "precise", "steps", "second_order"},
    "gates": PARTS | SURFACE,
    "parts": SURFACE,
    "table_symmetries": PARTS | {"parts"},
    "alignment": set(),
    "symmetry": PARTS | SURFACE | {"_checks", "parts", "table_symmetries", "alignment"},
    "classes": SURFACE | {"steps", "second_order", "symmetry"},
    "catalogue": SURFACE
    | {"_checks", "statistics", "precise", "steps", "second_order", "classification", "gates", "symmetry", "classes"},
    "stationary": TOOLS | SURFACE | {"protocol", "starts", "chunks", "training", "second_order", "catalogue"},
    "diagnosis": TOOLS
    | PARTS
    | SURFACE
    | {"protocol", "chunks", "descent", "training", "steps", "second_order", "classification", "gates"}
    | {"catalogue", "statistics"},
    "quantities": {"gates", "second_order", "steps"} | SURFACE,
    "directions": {"_normal", "_random", "second_order"} | SURFACE,
    "slice": TOOLS | SURFACE | {"chunks", "quantities", "second_order", "steps"},
    "slices": TOOLS | SURFACE | {"directions", "second_order", "slice", "symmetry"},
    "pathway": TOOLS | SURFACE | {"classification", "second_order", "slice", "steps", "symmetry"},
    "plateaus": {"_checks", "catalogue", "steps", "symmetry", "training"},
    "basins": TOOLS | SURFACE | {"protocol", "descent", "chunks", "gates", "slice"},
    "trainability": TOOLS | SURFACE | {"protocol", "starts", "descent", "chunks", "grid", "statistics"},
    "dimension": {"_checks"},
    "frames": {"_checks"},
    "saved": SURFACE | {"_checks", "frames", "problems", "protocol", "basins", "pathway", "slice", "catalogue", "training"},
    "statistics": {"statistics"},
    "tables": {"statistics"},
    "plot": {
        "_checks",
        "problems",
        "activations",
        "descent",
        "surface",
        "training",
        "slice",
        "quantities",
        "catalogue",
        "basins",
        "statistics",
        "plot",
    },
}
"""Each module, and those of our own that it may import."""


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


def test_modules_import_only_from_the_layers_below() -> None:
    modules = [(path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path) for path in PACKAGE.rglob("*.py")]
    modules = [(name, path) for name, path in modules if name != "__init__"]
    assert {name for name, _ in modules} == set(LAYERS)
    for name, path in modules:
        ours = {module.split(".")[1] for module in imports(path) if module.startswith("landscape.")}
        assert ours <= LAYERS[name], name
        assert "landscape" not in imports(path), name
        if name != "plot":
            assert not any(module.startswith("matplotlib") for module in imports(path)), name


def test_studies_and_figures_do_not_import_each_other() -> None:
    """Scripts import one another by bare names; figures train nothing, studies draw nothing."""
    folders = {name: list((PACKAGE.parent / name).rglob("*.py")) for name in ("studies", "figures")}
    assert all(folders.values())
    stems = {name: {path.stem for path in paths} for name, paths in folders.items()}
    for path in folders["studies"]:
        assert not {module.split(".")[0] for module in imports(path)} & (
            (stems["figures"] - stems["studies"]) | {"matplotlib"}
        ), path
    for path in folders["figures"]:
        used = imports(path)
        assert not {module.split(".")[0] for module in used} & (stems["studies"] - stems["figures"]), path
        ours = {module for module in used if module.startswith("landscape")}
        assert ours <= {"landscape.plot", "landscape.saved", "landscape.tables"}, path


def test_settings_and_results_share_one_namespace() -> None:
    surface, protocol = set(ls.Surface().settings), set(ls.Protocol().settings)
    assert not surface & protocol
    assert not (surface | protocol) & {
        "run",
        "seed",
        "architecture",
        "outcome",
        "solved",
        "epochs",
        "epoch",
        "loss",
        "grad_norm",
    }


def test_importing_is_light() -> None:
    """No Matplotlib and no scipy.stats before they are asked for: they cost a second."""
    late = ("matplotlib", "scipy.stats", "jax", "duckdb", "distributed", "click")
    script = f"import sys, landscape; print([m for m in {late} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
